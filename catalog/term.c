/* SPDX-License-Identifier: Apache-2.0 */
/* RDF terms: identity, order and the N-Triples form. */
#include "term.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "rdf_chars.h"
#include "utf8.h"

struct ic_term ic_term_iri(const char *iri)
{
    return (struct ic_term){.kind = IC_IRI, .text = iri, .length = strlen(iri)};
}

struct ic_term ic_term_literal(const char *text, const char *datatype)
{
    if (datatype && strcmp(datatype, IC_XSD_STRING) == 0)
        datatype = NULL;
    return (struct ic_term){
        .kind = IC_LITERAL, .text = text, .length = strlen(text), .datatype = datatype};
}

/* strcmp where NULL comes first. */
static int compare_optional(const char *a, const char *b,
                            int (*compare)(const char *, const char *))
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return compare(a, b);
}

int ic_term_compare(const struct ic_term *a, const struct ic_term *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    const size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, common);
    if (order == 0 && a->length != b->length)
        order = a->length < b->length ? -1 : 1;
    if (order == 0)
        order = compare_optional(a->datatype, b->datatype, strcmp);
    if (order == 0)
        order = compare_optional(a->language, b->language, strcasecmp);
    return order;
}

bool ic_term_equal(const struct ic_term *a, const struct ic_term *b)
{
    return a->length == b->length && ic_term_compare(a, b) == 0;
}

/* Writes what stands before the next character that must be escaped; returns how much. */
static size_t write_plain(FILE *out, const char *text, size_t length, bool (*plain)(long))
{
    size_t run = 0;
    while (run < length && plain((unsigned char)text[run]))
        run++;
    fwrite_unlocked(text, 1, run, out);
    return run;
}

static bool plain_in_string(long c)
{
    return c >= 0x20 && c != 0x7F && c != '"' && c != '\\';
}

/* Canonical N-Triples: only what must be escaped is. */
static void write_string(FILE *out, const char *text, size_t length)
{
    putc_unlocked('"', out);
    for (size_t i = write_plain(out, text, length, plain_in_string); i < length;
         i += 1 + write_plain(out, text + i + 1, length - i - 1, plain_in_string)) {
        const char c = text[i];
        const char *escape = c == '"'    ? "\\\""
                             : c == '\\' ? "\\\\"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                             : c == '\t' ? "\\t"
                                         : NULL;
        if (escape)
            fputs(escape, out);
        else
            fprintf(out, "\\u%04X", (unsigned char)c);
    }
    putc_unlocked('"', out);
}

static void write_iri(FILE *out, const char *iri)
{
    const size_t length = strlen(iri);
    putc_unlocked('<', out);
    for (size_t i = write_plain(out, iri, length, ic_rdf_iri_character); i < length;
         i += 1 + write_plain(out, iri + i + 1, length - i - 1, ic_rdf_iri_character))
        fprintf(out, "\\u%04X", (unsigned char)iri[i]);
    putc_unlocked('>', out);
}

void ic_term_write(FILE *out, const struct ic_term *term)
{
    switch (term->kind) {
    case IC_IRI:
        write_iri(out, term->text);
        break;
    case IC_BLANK:
        fprintf(out, "_:%s", term->text);
        break;
    case IC_LITERAL:
        write_string(out, term->text, term->length);
        if (term->language) {
            fprintf(out, "@%s", term->language);
        } else if (term->datatype) {
            fputs("^^", out);
            write_iri(out, term->datatype);
        }
        break;
    }
}
