/* SPDX-License-Identifier: Apache-2.0 */
/* SPARQL Query Results XML Format (Second Edition, W3C Recommendation, 21 March 2013),
 * streaming.
 *
 * XML 1.0 has no way to write most control characters (section 2.2); a result with one is
 * refused instead of changed. */
#include <string.h>

#include "results_internal.h"
#include "utf8.h"

static bool xml_character(uint32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' ||
           (code >= 0x20 && code != 0xFFFE && code != 0xFFFF);
}

/* Text or an attribute's value. White space that a parser would normalise, and controls that
 * a terminal would obey, become references. */
static enum ic_status write_text(FILE *out, const char *text, size_t length, bool attribute,
                                 struct ic_error *error)
{
    for (size_t i = 0; i < length;) {
        uint32_t code;
        const size_t size = ic_utf8_next(text + i, length - i, &code);
        if (size == 0 || !xml_character(code))
            return ic_fail(error, IC_BAD_INPUT,
                           "XML 1.0 cannot carry the character U+%04X of a result; use the "
                           "results format json",
                           size ? (unsigned)code : (unsigned char)text[i]);
        if (code == '<')
            fputs("&lt;", out);
        else if (code == '>')
            fputs("&gt;", out);
        else if (code == '&')
            fputs("&amp;", out);
        else if (code == '"' && attribute)
            fputs("&quot;", out);
        else if (code == '\r' || (attribute && (code == '\t' || code == '\n')) ||
                 (code >= 0x7F && code <= 0x9F))
            fprintf(out, "&#x%X;", (unsigned)code);
        else
            fwrite(text + i, 1, size, out);
        i += size;
    }
    return IC_OK;
}

static enum ic_status write_attribute(FILE *out, const char *name, const char *value,
                                      struct ic_error *error)
{
    fprintf(out, " %s=\"", name);
    const enum ic_status status = write_text(out, value, strlen(value), true, error);
    fputc('"', out);
    return status;
}

static enum ic_status write_term(FILE *out, const struct ic_term *term, struct ic_error *error)
{
    static const char *const elements[] = {
        [IC_IRI] = "uri", [IC_BLANK] = "bnode", [IC_LITERAL] = "literal"};
    const char *element = elements[term->kind];
    enum ic_status status = IC_OK;
    fprintf(out, "<%s", element);
    if (term->kind == IC_LITERAL && term->language)
        status = write_attribute(out, "xml:lang", term->language, error);
    else if (term->kind == IC_LITERAL && term->datatype)
        status = write_attribute(out, "datatype", term->datatype, error);
    fputc('>', out);
    if (status == IC_OK)
        status = write_text(out, term->text, term->length, false, error);
    fprintf(out, "</%s>", element);
    return status;
}

static enum ic_status xml_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    fputs("<?xml version=\"1.0\"?>\n"
          "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">\n<head>\n",
          writer->out);
    for (size_t i = 0; status == IC_OK && i < writer->columns; i++) {
        fputs("<variable", writer->out);
        status = write_attribute(writer->out, "name", writer->names[i], error);
        fputs("/>\n", writer->out);
    }
    fputs(writer->kind == IC_QUERY_ASK ? "</head>\n" : "</head>\n<results>\n", writer->out);
    return status;
}

static enum ic_status xml_row(struct ic_results_writer *writer,
                              const struct ic_term *const *cells, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    fputs("<result>\n", writer->out);
    for (size_t i = 0; status == IC_OK && i < writer->columns; i++) {
        if (!cells[i])
            continue;
        fputs("<binding", writer->out);
        status = write_attribute(writer->out, "name", writer->names[i], error);
        fputc('>', writer->out);
        if (status == IC_OK)
            status = write_term(writer->out, cells[i], error);
        fputs("</binding>\n", writer->out);
    }
    fputs("</result>\n", writer->out);
    return status;
}

static enum ic_status xml_boolean(struct ic_results_writer *writer, bool value,
                                  struct ic_error *error)
{
    (void)error;
    fprintf(writer->out, "<boolean>%s</boolean>\n", value ? "true" : "false");
    return IC_OK;
}

static enum ic_status xml_end(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    fputs(writer->kind == IC_QUERY_ASK ? "</sparql>\n" : "</results>\n</sparql>\n",
          writer->out);
    return IC_OK;
}

const struct results_format results_xml_format = {
    .name = "xml", .begin = xml_begin, .row = xml_row, .boolean = xml_boolean, .end = xml_end};
