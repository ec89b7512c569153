/* SPDX-License-Identifier: Apache-2.0 */
/* SPARQL 1.1 Query Results JSON Format (W3C Recommendation, 21 March 2013), streaming. */
#include <string.h>

#include "results_internal.h"

/* A JSON string (RFC 8259, section 7). C1 controls and DEL are escaped too, so that the text
 * is safe on a terminal. */
static void write_string(FILE *out, const char *text, size_t length)
{
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        const unsigned char next = i + 1 < length ? (unsigned char)text[i + 1] : 0;
        if (c == '"' || c == '\\') {
            fputc('\\', out);
            fputc(c, out);
        } else if (c == '\n') {
            fputs("\\n", out);
        } else if (c < 0x20 || c == 0x7F) {
            fprintf(out, "\\u%04X", c);
        } else if (c == 0xC2 && next < 0xA0) { /* U+0080 to U+009F */
            fprintf(out, "\\u%04X", next);
            i++;
        } else {
            fputc(c, out);
        }
    }
    fputc('"', out);
}

static void write_text(FILE *out, const char *text)
{
    write_string(out, text, strlen(text));
}

static void write_term(FILE *out, const struct ic_term *term)
{
    static const char *const types[] = {
        [IC_IRI] = "uri", [IC_BLANK] = "bnode", [IC_LITERAL] = "literal"};
    fprintf(out, "{\"type\":\"%s\",\"value\":", types[term->kind]);
    write_string(out, term->text, term->length);
    if (term->kind == IC_LITERAL && term->language) {
        fputs(",\"xml:lang\":", out);
        write_text(out, term->language);
    } else if (term->kind == IC_LITERAL && term->datatype) {
        fputs(",\"datatype\":", out);
        write_text(out, term->datatype);
    }
    fputc('}', out);
}

static enum ic_status json_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    if (writer->kind == IC_QUERY_ASK) {
        fputs("{\"head\":{},\"boolean\":", writer->out);
        return IC_OK;
    }
    fputs("{\"head\":{\"vars\":[", writer->out);
    for (size_t i = 0; i < writer->columns; i++) {
        fputs(i ? "," : "", writer->out);
        write_text(writer->out, writer->names[i]);
    }
    fputs("]},\"results\":{\"bindings\":[", writer->out);
    return IC_OK;
}

static enum ic_status json_row(struct ic_results_writer *writer,
                               const struct ic_term *const *cells, struct ic_error *error)
{
    (void)error;
    const char *before = "";
    fputs(writer->count ? ",\n{" : "\n{", writer->out);
    for (size_t i = 0; i < writer->columns; i++) {
        if (!cells[i])
            continue;
        fputs(before, writer->out);
        write_text(writer->out, writer->names[i]);
        fputc(':', writer->out);
        write_term(writer->out, cells[i]);
        before = ",";
    }
    fputc('}', writer->out);
    return IC_OK;
}

static enum ic_status json_boolean(struct ic_results_writer *writer, bool value,
                                   struct ic_error *error)
{
    (void)error;
    fputs(value ? "true" : "false", writer->out);
    return IC_OK;
}

static enum ic_status json_end(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    fputs(writer->kind == IC_QUERY_ASK ? "}\n" : "\n]}}\n", writer->out);
    return IC_OK;
}

const struct results_format results_json_format = {.name = "json",
                                                   .begin = json_begin,
                                                   .row = json_row,
                                                   .boolean = json_boolean,
                                                   .end = json_end};
