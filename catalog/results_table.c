/* SPDX-License-Identifier: Apache-2.0 */
/* Results as a table for people.
 *
 * The columns' widths come from the first LOOK_AHEAD rows (or LOOK_AHEAD_BYTES of them); those
 * are held back until then, later ones are written at once and push their line's columns apart
 * where they are wider. Nothing is cut. Terms are as in Turtle, shortened, and safe on a
 * terminal. */
#include <stdlib.h>
#include <string.h>

#include "results_internal.h"
#include "utf8.h"

enum {
    LOOK_AHEAD = 200,
    LOOK_AHEAD_BYTES = 1 << 20,
    WIDTH_MAX = 60, /* of a column: one long text does not push the others off the screen */
    GAP = 2
};

struct results_table {
    char **cells; /* LOOK_AHEAD rows of columns; the texts are in the arena */
    size_t rows, bytes;
    size_t *widths;
    bool flowing; /* past the look-ahead */
};

void results_table_free(struct results_table *table)
{
    if (!table)
        return;
    free(table->widths);
    free(table->cells);
    free(table);
}

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory while writing results");
}

/* ---- terms ---- */

static const struct {
    const char *prefix, *iri;
} prefixes[] = {{"ic:", IC_NS_META},  {":", IC_NS},          {"xsd:", IC_NS_XSD},
                {"rdf:", IC_NS_RDF},  {"rdfs:", IC_NS_RDFS}, {"owl:", IC_NS_OWL},
                {"skos:", IC_NS_SKOS}};

/* What a local name may consist of without escapes, whatever stands around it. */
static bool simple_name(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               length;
}

static void write_iri(FILE *out, const char *iri)
{
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const size_t length = strlen(prefixes[i].iri);
        if (strncmp(iri, prefixes[i].iri, length) == 0 && simple_name(iri + length)) {
            fprintf(out, "%s%s", prefixes[i].prefix, iri + length);
            return;
        }
    }
    fputc('<', out);
    ic_print_escaped(out, iri, strlen(iri));
    fputc('>', out);
}

/* Numbers and booleans are written bare where their text says what they are. */
static bool is_bare(const struct ic_term *term)
{
    static const char *const bare[] = {"integer", "decimal", "double", "boolean"};
    const size_t prefix = sizeof IC_NS_XSD - 1;
    if (!term->datatype || strncmp(term->datatype, IC_NS_XSD, prefix) != 0)
        return false;
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        if (strcmp(term->datatype + prefix, bare[i]) == 0)
            return true;
    return false;
}

static void write_quoted(FILE *out, const char *text, size_t length)
{
    static const char escaped[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
    size_t start = 0;
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        const char *found = strchr(escaped, text[i]);
        if (!found)
            continue;
        ic_print_escaped(out, text + start, i - start);
        fprintf(out, "\\%c", letters[found - escaped]);
        start = i + 1;
    }
    ic_print_escaped(out, text + start, length - start);
    fputc('"', out);
}

static void write_term(FILE *out, const struct ic_term *term)
{
    if (term->kind == IC_IRI) {
        write_iri(out, term->text);
    } else if (term->kind == IC_BLANK) {
        fputs("_:", out);
        ic_print_escaped(out, term->text, term->length);
    } else if (is_bare(term)) {
        ic_print_escaped(out, term->text, term->length);
    } else {
        write_quoted(out, term->text, term->length);
        if (term->language) {
            fputc('@', out);
            ic_print_escaped(out, term->language, strlen(term->language));
        } else if (term->datatype) {
            fputs("^^", out);
            write_iri(out, term->datatype);
        }
    }
}

/* The term as it is shown; NULL when memory is out. Owned: free. */
static char *term_text(const struct ic_term *term)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    if (term)
        write_term(out, term);
    const bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

/* ---- columns ---- */

/* How many places of a terminal a character takes: combining marks none, East Asian wide
 * ones two (UAX 11, in broad ranges). */
static size_t character_width(uint32_t code)
{
    if (code >= 0x300 && code <= 0x36F)
        return 0;
    const bool wide =
        (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
        (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
        (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
        (code >= 0xFFE0 && code <= 0xFFE6) || (code >= 0x1F300 && code <= 0x1FAFF) ||
        (code >= 0x20000 && code <= 0x3FFFD);
    return wide ? 2 : 1;
}

static size_t text_width(const char *text)
{
    const size_t length = strlen(text);
    size_t width = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code = 0;
        const size_t size = ic_utf8_next(text + i, length - i, &code);
        width += character_width(code);
        i += size ? size : 1;
    }
    return width;
}

static void write_line(const struct ic_results_writer *writer, const char *const *texts)
{
    size_t wanted = 0, at = 0;
    for (size_t i = 0; i < writer->columns; i++) {
        if (*texts[i] == '\0') { /* nothing to pad for, perhaps nothing behind */
            wanted += writer->table->widths[i] + GAP;
            continue;
        }
        if (at > 0 && at + 1 > wanted)
            wanted = at + 1; /* an earlier column was wider than planned */
        for (; at < wanted; at++)
            fputc(' ', writer->out);
        fputs(texts[i], writer->out);
        at += text_width(texts[i]);
        wanted += writer->table->widths[i] + GAP;
    }
    fputc('\n', writer->out);
}

static void write_head(const struct ic_results_writer *writer)
{
    write_line(writer, writer->names);
    for (size_t i = 0; i < writer->columns; i++) {
        for (size_t k = 0; k < writer->table->widths[i]; k++)
            fputc('-', writer->out);
        fputs(i + 1 < writer->columns ? "  " : "", writer->out);
    }
    fputc('\n', writer->out);
}

/* Writes what was held back. */
static void flow(struct ic_results_writer *writer)
{
    struct results_table *table = writer->table;
    table->flowing = true;
    write_head(writer);
    for (size_t row = 0; row < table->rows; row++)
        write_line(writer, (const char *const *)table->cells + row * writer->columns);
}

static enum ic_status table_begin(struct ic_results_writer *writer, struct ic_error *error)
{
    const size_t columns = writer->columns;
    struct results_table *table = writer->table = calloc(1, sizeof *table);
    if (!table)
        return no_memory(error);
    table->widths = calloc(columns + 1, sizeof *table->widths);
    table->cells = calloc(columns * LOOK_AHEAD + 1, sizeof *table->cells);
    if (!table->widths || !table->cells)
        return no_memory(error);
    for (size_t i = 0; i < columns; i++)
        table->widths[i] = text_width(writer->names[i]);
    return IC_OK;
}

static void widen(struct results_table *table, size_t column, const char *text)
{
    const size_t width = text_width(text);
    if (width > table->widths[column])
        table->widths[column] = width < WIDTH_MAX ? width : WIDTH_MAX;
}

static enum ic_status flow_row(struct ic_results_writer *writer,
                               const struct ic_term *const *cells, struct ic_error *error)
{
    char **texts = calloc(writer->columns + 1, sizeof *texts);
    bool complete = texts != NULL;
    for (size_t i = 0; complete && i < writer->columns; i++)
        complete = (texts[i] = term_text(cells[i])) != NULL;
    if (complete)
        write_line(writer, (const char *const *)texts);
    for (size_t i = 0; texts && i < writer->columns; i++)
        free(texts[i]);
    free(texts);
    return complete ? IC_OK : no_memory(error);
}

static enum ic_status table_row(struct ic_results_writer *writer,
                                const struct ic_term *const *cells, struct ic_error *error)
{
    struct results_table *table = writer->table;
    if (table->flowing)
        return flow_row(writer, cells, error);
    for (size_t i = 0; i < writer->columns; i++) {
        char *text = term_text(cells[i]);
        char *kept = text ? ic_arena_strdup(writer->arena, text) : NULL;
        free(text);
        if (!kept)
            return no_memory(error);
        table->cells[table->rows * writer->columns + i] = kept;
        table->bytes += strlen(kept);
        widen(table, i, kept);
    }
    table->rows++;
    if (table->rows == LOOK_AHEAD || table->bytes > LOOK_AHEAD_BYTES)
        flow(writer);
    return IC_OK;
}

static enum ic_status table_boolean(struct ic_results_writer *writer, bool value,
                                    struct ic_error *error)
{
    (void)error;
    fputs(value ? "true\n" : "false\n", writer->out);
    return IC_OK;
}

static enum ic_status table_end(struct ic_results_writer *writer, struct ic_error *error)
{
    (void)error;
    if (writer->kind == IC_QUERY_SELECT && !writer->table->flowing)
        flow(writer);
    return IC_OK;
}

const struct results_format results_table_format = {.name = "table",
                                                    .begin = table_begin,
                                                    .row = table_row,
                                                    .boolean = table_boolean,
                                                    .end = table_end};
