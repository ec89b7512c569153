/* SPDX-License-Identifier: Apache-2.0 */
/* The format RDF/XML: expat reads, raptor makes statements.
 *
 * raptor reads XML with libxml2, which would open what a DTD or an entity names. So expat reads
 * the document first, and each of its events is written anew for raptor: the same elements and
 * text, entities replaced, without DTD. raptor is fed event by event; the place of a statement
 * or an error is therefore the place of the event that expat is at. */
#include <stdlib.h>
#include <string.h>

#include "catalog/rdf_chars.h"
#include "formats.h"
#include "raptor.h"
#include "xml.h"

#define XML_SPACE "http://www.w3.org/XML/1998/namespace"
#define XINCLUDE "http://www.w3.org/2001/XInclude"
#define RDF_ROOT IC_XML_IN(IC_NS_RDF, "RDF")
#define ABOUT_EACH IC_XML_IN(IC_NS_RDF, "aboutEach") /* also aboutEachPrefix */

/* What an element's children are (RDF 1.1 XML Syntax, section 2.2: nodes and properties take
 * turns). */
enum stripe { NODES, PROPERTIES, RAW };

struct run {
    struct ic_xml xml;
    enum stripe children[IC_XML_DEPTH_MAX + 1]; /* by depth; [0]: of the document */
    bool language[IC_XML_DEPTH_MAX + 1];        /* an xml:lang is in scope */
    struct ic_raptor *raptor;
    struct ic_document *document;
    struct ic_error *error;
    char *declarations; /* xmlns attributes for the next start tag */
    size_t declarations_length;
    unsigned declared; /* how many they are */
    FILE *declare;     /* writes to them; NULL between tags */
    char *event;       /* the event written anew */
    size_t event_length;
    FILE *out; /* writes to it */
};

/* ---- writing an event ---- */

static void write_escaped(FILE *out, const char *text, size_t length, bool attribute)
{
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        if (c == '&')
            fputs("&amp;", out);
        else if (c == '<')
            fputs("&lt;", out);
        else if (c == '>')
            fputs("&gt;", out);
        else if (c == '"' && attribute)
            fputs("&quot;", out);
        else if (c == '\r' || (attribute && (c == '\n' || c == '\t')))
            fprintf(out, "&#%d;", c); /* readers would normalise it away */
        else
            fputc(c, out);
    }
}

/* NAMESPACE SEPARATOR LOCAL [SEPARATOR PREFIX] as prefix:local. */
static void write_name(FILE *out, const char *name)
{
    const char *local = strchr(name, IC_XML_SEPARATOR);
    if (!local) {
        fputs(name, out);
        return;
    }
    const char *prefix = strchr(++local, IC_XML_SEPARATOR);
    if (!prefix)
        fputs(local, out);
    else
        fprintf(out, "%s:%.*s", prefix + 1, (int)(prefix - local), local);
}

/* Hands the event to raptor. */
static void feed(struct run *run)
{
    if (fflush(run->out) != 0 || ferror(run->out)) {
        ic_xml_fail(&run->xml, IC_NO_MEMORY, "out of memory");
        return;
    }
    const enum ic_status status = ic_raptor_feed(run->raptor, run->event, run->event_length);
    if (status != IC_OK && run->xml.status == IC_OK) {
        run->xml.status = status;
        XML_StopParser(run->xml.parser, XML_FALSE);
    }
    rewind(run->out);
}

/* ---- events ---- */

static void on_namespace(void *user_data, const XML_Char *prefix, const XML_Char *uri)
{
    struct ic_xml *xml = user_data;
    struct run *run = xml->context;
    if (++run->declared > IC_XML_ATTRIBUTES_MAX) {
        ic_xml_fail(xml, IC_TOO_LARGE,
                    "an element declares more namespaces than the limit of %d",
                    IC_XML_ATTRIBUTES_MAX);
        return;
    }
    if (!run->declare)
        run->declare = open_memstream(&run->declarations, &run->declarations_length);
    if (!run->declare) {
        ic_xml_fail(xml, IC_NO_MEMORY, "out of memory");
        return;
    }
    fprintf(run->declare, " xmlns%s%s=\"", prefix ? ":" : "", prefix ? prefix : "");
    if (uri)
        write_escaped(run->declare, uri, strlen(uri), true);
    fputc('"', run->declare);
}

static void write_declarations(struct run *run)
{
    run->declared = 0;
    if (!run->declare)
        return;
    if (fclose(run->declare) != 0)
        ic_xml_fail(&run->xml, IC_NO_MEMORY, "out of memory");
    else
        fwrite(run->declarations, 1, run->declarations_length, run->out);
    run->declare = NULL;
    free(run->declarations);
    run->declarations = NULL;
}

static bool in_space(const char *name, const char *space)
{
    const size_t length = strlen(space);
    return strncmp(name, space, length) == 0 && name[length] == IC_XML_SEPARATOR;
}

/* An attribute that is a property of the node: of a namespace, and not syntax itself. */
static bool is_property(const char *name)
{
    static const char *const syntax[] = {"RDF",      "ID",        "about",       "nodeID",
                                         "resource", "parseType", "datatype",    "type",
                                         "bagID",    "aboutEach", "Description", "li"};
    if (!strchr(name, IC_XML_SEPARATOR) || in_space(name, XML_SPACE))
        return false;
    char local[128];
    ic_xml_local(name, local, sizeof local);
    for (size_t i = 0; in_space(name, IC_NS_RDF) && i < sizeof syntax / sizeof syntax[0]; i++) {
        if (strcmp(local, syntax[i]) == 0)
            return false;
    }
    return true;
}

/* What raptor would read wrongly in a property attribute: it forgets the language and makes
 * spaces of tabs and line ends. */
static bool misread(const struct run *run, const char *value)
{
    return run->language[run->xml.depth] || strpbrk(value, "\t\n\r");
}

static enum stripe stripe_of(const struct run *run, const char *name, const char **attributes)
{
    const unsigned depth = run->xml.depth;
    const char *type = ic_xml_attribute(attributes, IC_XML_IN(IC_NS_RDF, "parseType"));
    if (run->children[depth - 1] == RAW)
        return RAW;
    if (run->children[depth - 1] == NODES)
        return depth == 1 && ic_xml_is(name, RDF_ROOT) ? NODES : PROPERTIES;
    if (!type || strcmp(type, "Collection") == 0)
        return NODES;
    return strcmp(type, "Resource") == 0 ? PROPERTIES : RAW;
}

/* Refuses what raptor would follow or read wrongly. */
static bool acceptable(struct run *run, const char *name, const char **attributes, bool node)
{
    struct ic_xml *xml = &run->xml;
    const char *language = ic_xml_attribute(attributes, IC_XML_IN(XML_SPACE, "lang"));
    if (in_space(name, XINCLUDE)) {
        ic_xml_fail(xml, IC_BAD_INPUT,
                    "XInclude is not followed: nothing outside is read; put the text here");
        return false;
    }
    if (language && *language && !ic_rdf_tag(language)) {
        ic_xml_fail(xml, IC_BAD_INPUT, "xml:lang is a language tag such as en or en-GB");
        return false;
    }
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strncmp(attributes[i], ABOUT_EACH, sizeof ABOUT_EACH - 1) == 0) {
            ic_xml_fail(xml, IC_BAD_INPUT,
                        "rdf:aboutEach is no longer part of RDF/XML; describe each member with "
                        "rdf:about");
            return false;
        }
        if (!node && run->children[xml->depth] != RAW && is_property(attributes[i]) &&
            misread(run, attributes[i + 1])) {
            ic_xml_fail(xml, IC_BAD_INPUT,
                        "a property attribute on a property element, with a language or line "
                        "ends, is not supported; write a <rdf:Description> inside");
            return false;
        }
    }
    return true;
}

/* Property attributes of nodes become property elements, which mean the same (section 2.5) and
 * which raptor reads rightly. */
static void write_property_elements(struct run *run, const char **attributes)
{
    for (size_t i = 0; attributes[i]; i += 2) {
        if (!is_property(attributes[i]))
            continue;
        fputc('<', run->out);
        write_name(run->out, attributes[i]);
        fputc('>', run->out);
        write_escaped(run->out, attributes[i + 1], strlen(attributes[i + 1]), false);
        fputs("</", run->out);
        write_name(run->out, attributes[i]);
        fputc('>', run->out);
    }
}

static void on_start(struct ic_xml *xml, const char *name, const char **attributes)
{
    struct run *run = xml->context;
    const unsigned depth = xml->depth;
    const char *language = ic_xml_attribute(attributes, IC_XML_IN(XML_SPACE, "lang"));
    run->language[depth] = language ? *language != '\0' : run->language[depth - 1];
    run->children[depth] = stripe_of(run, name, attributes);
    const bool node = run->children[depth - 1] == NODES && run->children[depth] == PROPERTIES;
    if (!acceptable(run, name, attributes, node))
        return;

    fputc('<', run->out);
    write_name(run->out, name);
    write_declarations(run);
    for (size_t i = 0; attributes[i]; i += 2) {
        if (node && is_property(attributes[i]))
            continue;
        fputc(' ', run->out);
        write_name(run->out, attributes[i]);
        fputs("=\"", run->out);
        write_escaped(run->out, attributes[i + 1], strlen(attributes[i + 1]), true);
        fputc('"', run->out);
    }
    fputc('>', run->out);
    if (node)
        write_property_elements(run, attributes);
    feed(run);
}

static void on_end(struct ic_xml *xml, const char *name)
{
    struct run *run = xml->context;
    fputs("</", run->out);
    write_name(run->out, name);
    fputs(">", run->out);
    feed(run);
}

static void on_text(struct ic_xml *xml, const char *text, size_t length)
{
    struct run *run = xml->context;
    write_escaped(run->out, text, length, false);
    feed(run);
}

/* Comments and instructions matter inside parseType="Literal" alone, where they belong to the
 * value. */
static void on_comment(void *user_data, const XML_Char *text)
{
    struct ic_xml *xml = user_data;
    struct run *run = xml->context;
    if (xml->status != IC_OK || xml->depth == 0)
        return;
    fprintf(run->out, "<!--%s-->", text);
    feed(run);
}

static void on_instruction(void *user_data, const XML_Char *target, const XML_Char *data)
{
    struct ic_xml *xml = user_data;
    struct run *run = xml->context;
    if (xml->status != IC_OK || xml->depth == 0)
        return;
    fprintf(run->out, "<?%s %s?>", target, data);
    feed(run);
}

/* ---- raptor's questions ---- */

static struct ic_place current(void *context)
{
    const struct run *run = context;
    struct ic_place place = {0};
    ic_xml_place(&run->xml, &place.line, &place.column);
    return place;
}

static bool statement_place(void *context, struct ic_place *place)
{
    *place = current(context);
    return true;
}

/* ---- the format ---- */

static enum ic_status parse(struct run *run, struct ic_source *source)
{
    struct ic_xml *xml = &run->xml;
    xml->context = run;
    xml->allow_dtd = !source->context->network_payload;
    xml->start = on_start;
    xml->end = on_end;
    xml->text = on_text;
    XML_SetNamespaceDeclHandler(xml->parser, on_namespace, NULL);
    XML_SetCommentHandler(xml->parser, on_comment);
    XML_SetProcessingInstructionHandler(xml->parser, on_instruction);
    const enum ic_status status = ic_xml_read(xml, source);
    return status == IC_OK ? ic_raptor_end(run->raptor) : status;
}

static enum ic_status run_rdfxml(const struct ic_import_context *context,
                                 struct ic_document *document, struct ic_error *error)
{
    struct run run = {.document = document, .error = error};
    struct ic_source source = {.context = context, .document = document};
    const struct ic_raptor_hooks hooks = {&run, statement_place, current};
    enum ic_status status = ic_xml_open(&run.xml, ic_document_name(document), true, error);
    if (status == IC_OK)
        status = ic_raptor_new("rdfxml", context, document, hooks, &run.raptor, error);
    if (status == IC_OK)
        status = ic_raptor_begin(run.raptor);
    if (status == IC_OK && !(run.out = open_memstream(&run.event, &run.event_length)))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (status == IC_OK)
        status = parse(&run, &source);

    if (run.declare)
        fclose(run.declare);
    if (run.out)
        fclose(run.out);
    free(run.declarations);
    free(run.event);
    ic_raptor_free(run.raptor);
    ic_xml_close(&run.xml);
    return status;
}

/* RDF/XML is any XML that binds the RDF namespace before its root element has begun. */
static void note_root(struct ic_xml *xml, const char *name, const char **attributes)
{
    (void)attributes;
    int *score = xml->context;
    if (strcmp(name, RDF_ROOT) == 0)
        *score = 95;
    XML_StopParser(xml->parser, XML_FALSE);
}

static void note_namespace(void *user_data, const XML_Char *prefix, const XML_Char *uri)
{
    struct ic_xml *xml = user_data;
    int *score = xml->context;
    (void)prefix;
    if (uri && strcmp(uri, IC_NS_RDF) == 0 && *score < 60)
        *score = 60;
}

static int recognise_rdfxml(const char *head, size_t length)
{
    int score = 0;
    struct ic_xml xml;
    if (ic_xml_open(&xml, "", false, NULL) == IC_OK) {
        xml.allow_dtd = true;
        xml.context = &score;
        xml.start = note_root;
        XML_SetNamespaceDeclHandler(xml.parser, note_namespace, NULL);
        ic_xml_parse(&xml, head, length, false);
    }
    ic_xml_close(&xml);
    return score;
}

const struct ic_importer ic_importer_rdfxml = {
    .name = "rdfxml",
    .label = "RDF 1.1 XML",
    .media_type = "application/rdf+xml",
    .extensions = "rdf xml owl",
    .recognise = recognise_rdfxml,
    .run = run_rdfxml,
};
