/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads and documents for the tests of the parser processes. */
#ifndef IC_TESTS_PARSER_SUPPORT_H
#define IC_TESTS_PARSER_SUPPORT_H

#include <glob.h>

#include "catalog/ontology.h"
#include "tests/unit/import_support.h"
#include "xmpp-frontend/parser_codec.h"

#define DOCUMENT(type, text)                                                                   \
    "<document xmlns='http://www.csp/resOntology' type='" type "'>" text "</document>"

/* A small generator: SplitMix64. */
static inline uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The file's bytes, NUL-terminated. Owned: free. */
static inline char *file_text(const char *path, size_t *length)
{
    char *text = NULL;
    FILE *in = fopen(path, "re");
    if (!in)
        fail_msg("cannot read %s", path);
    FILE *out = open_memstream(&text, length);
    assert_non_null(out);
    for (int c; (c = fgetc(in)) != EOF;)
        fputc(c, out);
    fclose(in);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* The ontology of the tree. Owned: ic_ontology_release. */
static inline struct ic_ontology *tree_ontology(void)
{
    struct ic_document *documents[16];
    struct ic_ontology *ontology = NULL;
    struct ic_error error = {0};
    glob_t files;
    assert_int_equal(glob("ontology/*.ttl", 0, NULL, &files), 0);
    assert_true(files.gl_pathc <= 16);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        size_t length;
        char *text = file_text(files.gl_pathv[i], &length);
        documents[i] = import_text("turtle", text);
        free(text);
    }
    if (ic_ontology_build(documents, files.gl_pathc, &ontology, &error) != IC_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < files.gl_pathc; i++)
        ic_document_free(documents[i]);
    globfree(&files);
    return ontology;
}

/* Terms, order, lines and lease. */
static inline void assert_same_documents(const struct ic_document *a,
                                         const struct ic_document *b, const char *what)
{
    size_t count, others;
    const struct ic_statement *x = ic_document_statements(a, &count);
    const struct ic_statement *y = ic_document_statements(b, &others);
    char *first = written(a, IC_RDF_NQUADS), *second = written(b, IC_RDF_NQUADS);
    if (count != others || strcmp(first, second) != 0 ||
        ic_document_lease(a) != ic_document_lease(b))
        fail_msg("%s\nbecame\n%s\nand, otherwise,\n%s", what, first, second);
    for (size_t i = 0; i < count; i++)
        if (x[i].line != y[i].line)
            fail_msg("%s: statement %zu has the lines %u and %u", what, i, x[i].line,
                     y[i].line);
    free(first);
    free(second);
}

#endif
