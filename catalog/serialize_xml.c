/* SPDX-License-Identifier: Apache-2.0 */
/* Writing RDF/XML (RDF 1.1 XML Syntax): one rdf:Description for each run of statements of one
 * subject, one property element for each statement. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rdf_chars.h"
#include "serialize_internal.h"
#include "utf8.h"

/* Names of the RDF namespace that cannot be property elements, or mean another one. */
static const char *const reserved[] = {
    "RDF",      "ID",    "about",     "parseType",   "resource", "nodeID",
    "datatype", "bagID", "aboutEach", "Description", "li",       "aboutEachPrefix"};

static bool usable_prefix(const struct ic_writer_prefix *prefix)
{
    return strncasecmp(prefix->prefix, "xml", 3) != 0 && strcmp(prefix->prefix, "rdf") != 0;
}

/* Text of an attribute or element: markup escaped, and what readers would normalise. */
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
            fprintf(out, "&#%d;", c);
        else
            fputc(c, out);
    }
}

static void write_attribute(FILE *out, const char *name, const char *value)
{
    fprintf(out, " %s=\"", name);
    write_escaped(out, value, strlen(value), true);
    fputc('"', out);
}

static void write_head(struct ic_writer *writer)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF", writer->out);
    write_attribute(writer->out, "xmlns:rdf", IC_NS_RDF);
    for (size_t i = 0; i < writer->prefix_count; i++) {
        const struct ic_writer_prefix *prefix = &writer->prefixes[i];
        if (!usable_prefix(prefix))
            continue;
        fprintf(writer->out, "\n    xmlns%s%s=\"", prefix->prefix[0] ? ":" : "",
                prefix->prefix);
        write_escaped(writer->out, prefix->iri, prefix->iri_length, true);
        fputc('"', writer->out);
    }
    fputs(">\n", writer->out);
    writer->begun = true;
}

/* XML 1.0, production 2; U+FFFE and U+FFFF are no characters there. */
static bool xml_characters(const char *text, size_t length)
{
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code;
        size = ic_utf8_next(text + i, length - i, &code);
        if (size == 0 || (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
            code == 0xFFFE || code == 0xFFFF)
            return false;
    }
    return true;
}

/* Where the local name of `iri` begins: the longest end that is an XML name without colon. */
static const char *local_name(const char *iri)
{
    const char *local = NULL;
    for (const char *p = iri + strlen(iri); p > iri;) {
        do
            p--;
        while (p > iri && ((unsigned char)*p & 0xC0) == 0x80);
        uint32_t code;
        if (ic_utf8_next(p, strlen(p), &code) == 0 ||
            !(ic_rdf_name_character((long)code) || code == '.'))
            break;
        if (ic_rdf_name_start((long)code))
            local = p;
    }
    return local && local > iri ? local : NULL;
}

static enum ic_status check(const struct ic_term *predicate, const struct ic_term *object,
                            struct ic_error *error)
{
    const char *local = local_name(predicate->text);
    if (!local)
        return ic_fail(error, IC_BAD_INPUT,
                       "predicate <%.200s> does not end in an XML name, which RDF/XML needs; "
                       "write turtle",
                       predicate->text);
    const size_t space = (size_t)(local - predicate->text);
    if (space == sizeof IC_NS_RDF - 1 && strncmp(predicate->text, IC_NS_RDF, space) == 0) {
        for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
            if (strcmp(local, reserved[i]) == 0)
                return ic_fail(error, IC_BAD_INPUT,
                               "RDF/XML cannot have rdf:%s as a predicate; write turtle",
                               local);
        }
    }
    if (object->kind == IC_LITERAL && !xml_characters(object->text, object->length))
        return ic_fail(error, IC_BAD_INPUT,
                       "a literal of <%.200s> has control characters, which XML cannot carry; "
                       "write turtle",
                       predicate->text);
    return IC_OK;
}

/* Writes the element's name, declaring its namespace on it when no prefix stands for it. */
static void write_name(const struct ic_writer *writer, const char *iri, bool start)
{
    const char *local = local_name(iri);
    const size_t space = (size_t)(local - iri);
    if (space == sizeof IC_NS_RDF - 1 && strncmp(iri, IC_NS_RDF, space) == 0) {
        fprintf(writer->out, "rdf:%s", local);
        return;
    }
    for (size_t i = 0; i < writer->prefix_count; i++) {
        const struct ic_writer_prefix *prefix = &writer->prefixes[i];
        if (prefix->iri_length == space && strncmp(iri, prefix->iri, space) == 0 &&
            usable_prefix(prefix)) {
            fprintf(writer->out, "%s%s%s", prefix->prefix, prefix->prefix[0] ? ":" : "", local);
            return;
        }
    }
    fprintf(writer->out, "ns:%s", local);
    if (start) {
        fputs(" xmlns:ns=\"", writer->out);
        write_escaped(writer->out, iri, space, true);
        fputc('"', writer->out);
    }
}

/* Labels may begin with a digit, names in XML may not. */
static void write_node(FILE *out, const struct ic_term *node, const char *iri_attribute)
{
    if (node->kind == IC_BLANK)
        fprintf(out, " rdf:nodeID=\"b%s\"", node->text);
    else
        write_attribute(out, iri_attribute, node->text);
}

static void end_description(struct ic_writer *writer)
{
    if (writer->subject)
        fputs("  </rdf:Description>\n", writer->out);
}

enum ic_status ic_rdfxml_write(struct ic_writer *writer, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               struct ic_error *error)
{
    FILE *out = writer->out;
    enum ic_status status = check(predicate, object, error);
    if (status != IC_OK)
        return status;
    if (!writer->begun)
        write_head(writer);
    const bool open = writer->subject != NULL;
    bool same;
    status = ic_writer_same(&writer->subject, subject, &same, error);
    if (status != IC_OK)
        return status;
    if (!same) {
        if (open)
            end_description(writer);
        fputs("  <rdf:Description", out);
        write_node(out, subject, "rdf:about");
        fputs(">\n", out);
    }

    fputs("    <", out);
    write_name(writer, predicate->text, true);
    if (object->kind != IC_LITERAL) {
        write_node(out, object, "rdf:resource");
        fputs("/>\n", out);
        return IC_OK;
    }
    if (object->language)
        write_attribute(out, "xml:lang", object->language);
    else if (object->datatype)
        write_attribute(out, "rdf:datatype", object->datatype);
    fputc('>', out);
    write_escaped(out, object->text, object->length, false);
    fputs("</", out);
    write_name(writer, predicate->text, false);
    fputs(">\n", out);
    return IC_OK;
}

void ic_rdfxml_end(struct ic_writer *writer)
{
    if (!writer->begun)
        write_head(writer);
    end_description(writer);
    fputs("</rdf:RDF>\n", writer->out);
    free(writer->subject);
    writer->subject = NULL;
}
