/* SPDX-License-Identifier: Apache-2.0 */
/* Terms as Turtle for people. */
#include "shell_turtle.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

static const struct {
    const char *name, *iri;
} known[] = {{"", IC_NS},          {"ic", IC_NS_META}, {"xsd", IC_NS_XSD},  {"rdf", IC_NS_RDF},
             {"rdfs", IC_NS_RDFS}, {"owl", IC_NS_OWL}, {"skos", IC_NS_SKOS}};

/* A name that needs no escape on either side of a prefix's colon. */
static bool plain(const char *text, size_t length)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const size_t good = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789_-.");
    return length > 0 && good >= length && strchr(letters, text[0]) && text[length - 1] != '.';
}

/* The prefix for `iri`, whose local name begins at *length: a known one, or for the schemes
 * beside the attributes' namespace (http://www.csp/resOntology/place#) the last part of theirs.
 */
static bool find_prefix(const char *iri, struct ic_turtle_prefix *prefix, size_t *length)
{
    static const char beside[] = IC_NS_PAYLOAD "/";
    const char *hash = strchr(iri, '#');
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        *length = strlen(known[i].iri);
        if (strncmp(iri, known[i].iri, *length) == 0) {
            snprintf(prefix->name, sizeof prefix->name, "%s", known[i].name);
            snprintf(prefix->iri, sizeof prefix->iri, "%s", known[i].iri);
            return plain(iri + *length, strlen(iri + *length));
        }
    }
    if (!hash || strncmp(iri, beside, sizeof beside - 1) != 0)
        return false;
    const char *name = iri + sizeof beside - 1;
    const size_t name_length = (size_t)(hash - name);
    *length = (size_t)(hash + 1 - iri);
    if (!plain(name, name_length) || name_length >= sizeof prefix->name ||
        *length >= sizeof prefix->iri || !plain(hash + 1, strlen(hash + 1)))
        return false;
    snprintf(prefix->name, sizeof prefix->name, "%.*s", (int)name_length, name);
    snprintf(prefix->iri, sizeof prefix->iri, "%.*s", (int)*length, iri);
    return true;
}

/* Notes that the prefix is used. False: there are too many, or its name means something else.
 */
static bool use_prefix(struct ic_turtle *turtle, const struct ic_turtle_prefix *prefix)
{
    for (size_t i = 0; i < turtle->count; i++)
        if (strcmp(turtle->prefixes[i].name, prefix->name) == 0)
            return strcmp(turtle->prefixes[i].iri, prefix->iri) == 0;
    if (turtle->count == IC_TURTLE_PREFIXES_MAX)
        return false;
    turtle->prefixes[turtle->count++] = *prefix;
    return true;
}

/* `extra` are characters that must be escaped beside controls. */
static void print_characters(FILE *out, const char *text, size_t length, const char *extra)
{
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code = 0xFFFD;
        size = ic_utf8_next(text + i, length - i, &code);
        size = size ? size : 1;
        if (code < 0x20 || (code >= 0x7F && code < 0xA0) ||
            (code < 0x80 && strchr(extra, (int)code)))
            fprintf(out, "\\u%04X", (unsigned)code);
        else
            fwrite(text + i, 1, size, out);
    }
}

static void print_iri(struct ic_turtle *turtle, FILE *out, const char *iri)
{
    struct ic_turtle_prefix prefix;
    size_t length;
    if (find_prefix(iri, &prefix, &length) && use_prefix(turtle, &prefix)) {
        fprintf(out, "%s:%s", prefix.name, iri + length);
        return;
    }
    fputc('<', out);
    print_characters(out, iri, strlen(iri), "<>\"{}|^`\\ ");
    fputc('>', out);
}

/* Turtle writes these without quotes and means the same term. */
static bool bare(const struct ic_term *term)
{
    const char *text = term->text;
    if (!term->datatype)
        return false;
    if (strcmp(term->datatype, IC_NS_XSD "boolean") == 0)
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    text += *text == '-' || *text == '+';
    const size_t whole = strspn(text, "0123456789");
    if (strcmp(term->datatype, IC_NS_XSD "integer") == 0)
        return whole > 0 && text[whole] == '\0';
    const size_t part = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
    return strcmp(term->datatype, IC_XSD_DECIMAL) == 0 && whole > 0 && part > 0 &&
           text[whole + 1 + part] == '\0';
}

void ic_turtle_term(struct ic_turtle *turtle, const struct ic_term *term, FILE *out)
{
    if (term->kind == IC_IRI) {
        print_iri(turtle, out, term->text);
    } else if (term->kind == IC_BLANK) {
        fprintf(out, "_:%s", term->text);
    } else if (bare(term)) {
        fputs(term->text, out);
    } else {
        fputc('"', out);
        print_characters(out, term->text, term->length, "\"\\");
        fputc('"', out);
        if (term->language) {
            fprintf(out, "@%s", term->language);
        } else if (term->datatype) {
            fputs("^^", out);
            print_iri(turtle, out, term->datatype);
        }
    }
}

char *ic_turtle_text(struct ic_turtle *turtle, const struct ic_term *term)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    ic_turtle_term(turtle, term, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct ic_turtle_prefix *one = a, *other = b;
    return strcmp(one->name, other->name);
}

void ic_turtle_prefixes(struct ic_turtle *turtle, FILE *out)
{
    qsort(turtle->prefixes, turtle->count, sizeof *turtle->prefixes, compare_prefixes);
    for (size_t i = 0; i < turtle->count; i++)
        fprintf(out, "@prefix %s: <%s> .\n", turtle->prefixes[i].name, turtle->prefixes[i].iri);
}
