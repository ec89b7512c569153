/* SPDX-License-Identifier: Apache-2.0 */
/* The RDF writer: syntaxes, prefixes, N-Triples and N-Quads. */
#include "serialize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rdf_chars.h"
#include "serialize_internal.h"

enum { PREFIXES_MAX = 1000 }; /* more are ignored: each name looks through all of them */

static const struct {
    const char *name, *media_type;
    enum ic_rdf_syntax syntax;
} syntaxes[] = {
    {"turtle", "text/turtle", IC_RDF_TURTLE},
    {"ntriples", "application/n-triples", IC_RDF_NTRIPLES},
    {"nquads", "application/n-quads", IC_RDF_NQUADS},
    {"rdfxml", "application/rdf+xml", IC_RDF_XML},
};

bool ic_syntax_find(const char *name, enum ic_rdf_syntax *syntax)
{
    for (size_t i = 0; i < sizeof syntaxes / sizeof syntaxes[0]; i++) {
        if (strcasecmp(syntaxes[i].name, name) == 0 ||
            strcasecmp(syntaxes[i].media_type, name) == 0) {
            *syntax = syntaxes[i].syntax;
            return true;
        }
    }
    return false;
}

const char *ic_syntax_names(void)
{
    return "turtle, ntriples, nquads, rdfxml";
}

enum ic_status ic_writer_new(enum ic_rdf_syntax syntax, FILE *out, struct ic_writer **writer,
                             struct ic_error *error)
{
    struct ic_writer *made = calloc(1, sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for writing RDF");
    made->syntax = syntax;
    made->out = out;
    *writer = made;
    return IC_OK;
}

/* Prefixes of ASCII letters, digits, '_' and '-' are legal in Turtle and XML alike. */
static bool plain_prefix(const char *prefix)
{
    for (const char *p = prefix; *p; p++) {
        const unsigned char c = (unsigned char)*p;
        if (c >= 0x80 ||
            !(p == prefix ? ic_rdf_name_start(c) && c != '_' : ic_rdf_name_character(c)))
            return false;
    }
    return true;
}

static bool plain_iri(const char *iri)
{
    const char *p = iri;
    while (*p && ic_rdf_iri_character((unsigned char)*p))
        p++;
    return *iri && !*p;
}

enum ic_status ic_writer_prefix(struct ic_writer *writer, const char *prefix, const char *iri,
                                struct ic_error *error)
{
    if (writer->begun || writer->prefix_count >= PREFIXES_MAX || !plain_prefix(prefix) ||
        !plain_iri(iri))
        return IC_OK;
    for (size_t i = 0; i < writer->prefix_count; i++) {
        if (strcmp(writer->prefixes[i].prefix, prefix) == 0)
            return IC_OK;
    }
    struct ic_writer_prefix *grown =
        realloc(writer->prefixes, (writer->prefix_count + 1) * sizeof *grown);
    if (!grown)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for writing RDF");
    writer->prefixes = grown;
    struct ic_writer_prefix *added = &grown[writer->prefix_count];
    *added = (struct ic_writer_prefix){strdup(prefix), strdup(iri), strlen(iri)};
    if (!added->prefix || !added->iri) {
        free(added->prefix);
        free(added->iri);
        return ic_fail(error, IC_NO_MEMORY, "out of memory for writing RDF");
    }
    writer->prefix_count++;
    return IC_OK;
}

const struct ic_writer_prefix *ic_writer_find_prefix(const struct ic_writer *writer,
                                                     const char *iri)
{
    const struct ic_writer_prefix *best = NULL;
    for (size_t i = 0; i < writer->prefix_count; i++) {
        const struct ic_writer_prefix *prefix = &writer->prefixes[i];
        if (strncmp(iri, prefix->iri, prefix->iri_length) == 0 &&
            (!best || prefix->iri_length > best->iri_length))
            best = prefix;
    }
    return best;
}

enum ic_status ic_writer_same(char **kept, const struct ic_term *term, bool *same,
                              struct ic_error *error)
{
    *same =
        *kept && (*kept)[0] == (char)('0' + term->kind) && strcmp(*kept + 1, term->text) == 0;
    if (*same)
        return IC_OK;
    char *key = malloc(term->length + 2);
    if (!key)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for writing RDF");
    key[0] = (char)('0' + term->kind);
    memcpy(key + 1, term->text, term->length + 1);
    free(*kept);
    *kept = key;
    return IC_OK;
}

static void write_line(struct ic_writer *writer, const struct ic_term *subject,
                       const struct ic_term *predicate, const struct ic_term *object,
                       const struct ic_term *graph)
{
    const struct ic_term *const terms[] = {subject, predicate, object, graph};
    for (size_t i = 0; i < 4 && terms[i]; i++) {
        ic_term_write(writer->out, terms[i]);
        fputc(' ', writer->out);
    }
    fputs(".\n", writer->out);
}

enum ic_status ic_writer_statement(struct ic_writer *writer, const struct ic_term *subject,
                                   const struct ic_term *predicate,
                                   const struct ic_term *object, const struct ic_term *graph,
                                   struct ic_error *error)
{
    if (graph && writer->syntax != IC_RDF_NQUADS)
        return ic_fail(
            error, IC_BAD_INPUT,
            "statements of graph <%.200s> can only be written as nquads, which keeps "
            "graph names",
            graph->text);
    switch (writer->syntax) {
    case IC_RDF_TURTLE:
        return ic_turtle_write(writer, subject, predicate, object, error);
    case IC_RDF_XML:
        return ic_rdfxml_write(writer, subject, predicate, object, error);
    case IC_RDF_NTRIPLES:
    case IC_RDF_NQUADS:
        break;
    }
    write_line(writer, subject, predicate, object, graph);
    return IC_OK;
}

enum ic_status ic_writer_end(struct ic_writer *writer, struct ic_error *error)
{
    if (writer->syntax == IC_RDF_TURTLE)
        ic_turtle_end(writer);
    else if (writer->syntax == IC_RDF_XML)
        ic_rdfxml_end(writer);
    errno = 0;
    if (fflush(writer->out) != 0 || ferror(writer->out))
        return ic_fail_errno(error, errno ? errno : EIO, "cannot write");
    return IC_OK;
}

void ic_writer_free(struct ic_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < writer->prefix_count; i++) {
        free(writer->prefixes[i].prefix);
        free(writer->prefixes[i].iri);
    }
    free(writer->prefixes);
    free(writer->subject);
    free(writer->predicate);
    free(writer);
}

static enum ic_status write_all(struct ic_writer *writer, const struct ic_document *document,
                                struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < ic_document_prefix_count(document) && status == IC_OK; i++) {
        const char *prefix, *iri;
        ic_document_prefix(document, i, &prefix, &iri);
        status = ic_writer_prefix(writer, prefix, iri, error);
    }
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; i < count && status == IC_OK; i++) {
        const struct ic_statement *s = &statements[i];
        status = ic_writer_statement(
            writer, ic_document_term(document, s->subject),
            ic_document_term(document, s->predicate), ic_document_term(document, s->object),
            s->graph == IC_NO_NODE ? NULL : ic_document_term(document, s->graph), error);
    }
    return status == IC_OK ? ic_writer_end(writer, error) : status;
}

enum ic_status ic_write_document(const struct ic_document *document, enum ic_rdf_syntax syntax,
                                 FILE *out, struct ic_error *error)
{
    struct ic_writer *writer = NULL;
    enum ic_status status = ic_writer_new(syntax, out, &writer, error);
    if (status != IC_OK)
        return status;
    status = write_all(writer, document, error);
    ic_writer_free(writer);
    return status;
}
