/* SPDX-License-Identifier: Apache-2.0 */
/* SPARQL 1.1 Query Results CSV and TSV Formats (W3C Recommendation, 21 March 2013). They
 * have no form for the boolean of ASK. */
#include <string.h>

#include "results_internal.h"

/* A field (RFC 4180): quoted when it holds a quote, a comma or an end of line. */
static void write_field(FILE *out, const char *text, size_t length)
{
    bool quoted = false;
    for (size_t i = 0; i < length && !quoted; i++)
        quoted = strchr("\",\r\n", text[i]) != NULL;
    if (!quoted) {
        fwrite(text, 1, length, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            fputc('"', out);
        fputc(text[i], out);
    }
    fputc('"', out);
}

static enum ic_status csv_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    for (size_t i = 0; i < writer->columns; i++)
        fprintf(writer->out, "%s%s", i ? "," : "", writer->names[i]);
    fputs("\r\n", writer->out);
    return IC_OK;
}

static enum ic_status csv_row(struct ic_results_writer *writer,
                              const struct ic_term *const *cells, struct ic_error *error)
{
    (void)error;
    for (size_t i = 0; i < writer->columns; i++) {
        if (i)
            fputc(',', writer->out);
        if (cells[i] && cells[i]->kind == IC_BLANK)
            fputs("_:", writer->out);
        if (cells[i])
            write_field(writer->out, cells[i]->text, cells[i]->length);
    }
    fputs("\r\n", writer->out);
    return IC_OK;
}

static enum ic_status tsv_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    for (size_t i = 0; i < writer->columns; i++)
        fprintf(writer->out, "%s?%s", i ? "\t" : "", writer->names[i]);
    fputc('\n', writer->out);
    return IC_OK;
}

static enum ic_status tsv_row(struct ic_results_writer *writer,
                              const struct ic_term *const *cells, struct ic_error *error)
{
    (void)error;
    for (size_t i = 0; i < writer->columns; i++) {
        if (i)
            fputc('\t', writer->out);
        if (cells[i])
            ic_term_write(writer->out, cells[i]);
    }
    fputc('\n', writer->out);
    return IC_OK;
}

static enum ic_status nothing_to_end(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)writer;
    (void)error;
    return IC_OK;
}

const struct results_format results_csv_format = {
    .name = "csv", .begin = csv_begin, .row = csv_row, .end = nothing_to_end};
const struct results_format results_tsv_format = {
    .name = "tsv", .begin = tsv_begin, .row = tsv_row, .end = nothing_to_end};
