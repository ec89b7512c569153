/* SPDX-License-Identifier: Apache-2.0 */
/* Documents and stanzas on expat, and their indented form. */
#include "gateway_xml.h"

#include <expat.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "xml_build.h"

enum { INDENT = 2 };

struct reader {
    XML_Parser parser;
    struct ic_xml_builder builder;
    bool has_doctype;
};

/* Where the event that the parser reports ends. */
static size_t offset(const struct reader *reader)
{
    const long long index = XML_GetCurrentByteIndex(reader->parser);
    const int count = XML_GetCurrentByteCount(reader->parser);
    return (index < 0 ? 0 : (size_t)index) + (count < 0 ? 0 : (size_t)count);
}

static void on_declaration(void *context, const char *prefix, const char *uri)
{
    struct reader *reader = context;
    ic_xml_builder_declare(&reader->builder, prefix, uri);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    ic_xml_builder_start(&reader->builder, name, attributes, offset(reader));
}

static void on_end(void *context, const char *name)
{
    struct reader *reader = context;
    (void)name;
    ic_xml_builder_end(&reader->builder);
}

static void on_text(void *context, const char *text, int length)
{
    struct reader *reader = context;
    ic_xml_builder_add_text(&reader->builder, text, (size_t)length, offset(reader));
}

static void on_doctype(void *context, const char *name, const char *system_id,
                       const char *public_id, int has_internal_subset)
{
    struct reader *reader = context;
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    reader->has_doctype = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static enum ic_status judge(const char *name, const struct reader *reader,
                            enum XML_Status parsed, struct ic_error *error)
{
    const unsigned long line = XML_GetCurrentLineNumber(reader->parser);
    const unsigned long column = XML_GetCurrentColumnNumber(reader->parser) + 1;
    const enum XML_Error code = XML_GetErrorCode(reader->parser);
    if (reader->builder.no_memory || code == XML_ERROR_NO_MEMORY)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (reader->has_doctype)
        return ic_fail_at(error, IC_BAD_INPUT, name, line, column,
                          "a document type declaration is not allowed; remove <!DOCTYPE ...>");
    if (parsed != XML_STATUS_OK)
        return ic_fail_at(error, IC_BAD_INPUT, name, line, column,
                          "this is not well-formed XML: %s", XML_ErrorString(code));
    if (reader->builder.refused)
        return ic_fail_at(error, IC_TOO_LARGE, name, 0, 0, "the XML has too many %s",
                          reader->builder.refused);
    return IC_OK;
}

static void set_handlers(struct reader *reader)
{
    XML_SetReturnNSTriplet(reader->parser, 1);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartNamespaceDeclHandler(reader->parser, on_declaration);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
}

enum ic_status ic_gateway_xml_parse(const char *name, const char *bytes, size_t length,
                                    const struct ic_xml_limits *limits, struct ic_arena **arena,
                                    struct ic_element **root, struct ic_error *error)
{
    struct reader reader = {.parser = XML_ParserCreateNS(NULL, IC_XML_SEPARATOR)};
    enum ic_status status = IC_OK;
    if (!reader.parser)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    ic_xml_builder_init(&reader.builder, limits);
    set_handlers(&reader);
    if (length > INT_MAX)
        status = ic_fail_at(error, IC_TOO_LARGE, name, 0, 0, "the XML has more than %d bytes",
                            INT_MAX);
    else
        status =
            judge(name, &reader, XML_Parse(reader.parser, bytes, (int)length, XML_TRUE), error);
    if (status == IC_OK) {
        *arena = reader.builder.arena;
        *root = reader.builder.root;
        reader.builder.arena = NULL;
    }
    ic_xml_builder_clear(&reader.builder);
    XML_ParserFree(reader.parser);
    return status;
}

/* ---- for people ---- */

static bool is_space(const char *text, size_t length)
{
    return strspn(text, " \t\r\n") >= length;
}

/* True when it has elements and, between them, nothing but white space. */
static bool has_lines(const struct ic_element *element)
{
    bool elements = false;
    for (const struct ic_xml_node *node = element->first; node; node = node->next) {
        if (node->element)
            elements = true;
        else if (!is_space(node->text, node->length))
            return false;
    }
    return elements;
}

/* Text keeps its line ends and tabs; other control characters are shown as \xNN. */
static void print_text(FILE *out, const char *text, size_t length, bool quoted)
{
    for (size_t i = 0; i < length;) {
        const size_t plain = strcspn(text + i, quoted ? "&<>'\n\t" : "&<>\n\t");
        const size_t run = plain < length - i ? plain : length - i;
        ic_print_escaped(out, text + i, run);
        i += run;
        if (i >= length)
            break;
        switch (text[i++]) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '\'':
            fputs("&apos;", out);
            break;
        case '\n':
            fputs(quoted ? "&#10;" : "\n", out);
            break;
        default:
            fputs(quoted ? "&#9;" : "\t", out);
            break;
        }
    }
}

static void print_value(FILE *out, const char *value)
{
    fputs("='", out);
    print_text(out, value, strlen(value), true);
    fputc('\'', out);
}

static void print_name(FILE *out, const char *prefix, const char *name)
{
    if (prefix) {
        ic_print_escaped(out, prefix, strlen(prefix));
        fputc(':', out);
    }
    ic_print_escaped(out, name, strlen(name));
}

static void print_start(const struct ic_element *element, FILE *out)
{
    fputc('<', out);
    print_name(out, element->prefix, element->name);
    for (const struct ic_xml_declaration *d = element->declarations; d; d = d->next) {
        fputs(" xmlns", out);
        if (d->prefix) {
            fputc(':', out);
            print_name(out, NULL, d->prefix);
        }
        print_value(out, d->uri);
    }
    for (const struct ic_xml_attribute *a = element->attributes; a; a = a->next) {
        fputc(' ', out);
        print_name(out, a->prefix, a->name);
        print_value(out, a->value);
    }
    fputs(element->first ? ">" : "/>", out);
}

static void print_end(const struct ic_element *element, FILE *out)
{
    fputs("</", out);
    print_name(out, element->prefix, element->name);
    fputc('>', out);
}

/* The depth is bounded by the limits that the tree was built with. */
static void print_element(const struct ic_element *element, int depth, bool lines, FILE *out)
{
    const bool inner = lines && has_lines(element);
    print_start(element, out);
    if (!element->first)
        return;
    for (const struct ic_xml_node *node = element->first; node; node = node->next) {
        if (inner && node->element)
            fprintf(out, "\n%*s", (depth + 1) * INDENT, "");
        if (node->element)
            print_element(node->element, depth + 1, inner, out);
        else if (!inner)
            print_text(out, node->text, node->length, false);
    }
    if (inner)
        fprintf(out, "\n%*s", depth * INDENT, "");
    print_end(element, out);
}

void ic_gateway_xml_indent(const struct ic_element *element, FILE *out)
{
    print_element(element, 0, true, out);
    fputc('\n', out);
}
