/* SPDX-License-Identifier: Apache-2.0 */
/* Running queries in tests: N-Quads in, results as text out. */
#ifndef IC_TESTS_QUERY_SUPPORT_H
#define IC_TESTS_QUERY_SUPPORT_H

#include "catalog/dataset.h"
#include "catalog/query.h"
#include "import_support.h"

/* Namespaces of the tests' data and queries. */
#define XSD "http://www.w3.org/2001/XMLSchema#"
#define PREFIXES "PREFIX : <urn:t:> PREFIX xsd: <" XSD ">\n"

/* What a query gave: the results, or the error. */
struct outcome {
    enum ic_status status;
    struct ic_error error;
    char *text; /* owned: free */
    size_t size;
};

static inline struct outcome run_on(struct ic_dataset *dataset, const char *text,
                                    const char *format, const struct ic_query_options *options)
{
    struct outcome outcome = {0};
    struct ic_results_writer *writer;
    FILE *out = open_memstream(&outcome.text, &outcome.size);
    assert_non_null(out);
    assert_int_equal(ic_results_writer_new(format, out, &writer, &outcome.error), IC_OK);
    outcome.status =
        ic_query_run(dataset, text, options, ic_results_writer_sink(writer), &outcome.error);
    ic_results_writer_free(writer);
    assert_int_equal(fclose(out), 0);
    return outcome;
}

static inline struct ic_dataset *dataset_of(const struct ic_document *document)
{
    struct ic_document *documents[] = {(struct ic_document *)(uintptr_t)document};
    struct ic_dataset *dataset;
    struct ic_error error;
    assert_int_equal(ic_dataset_from_documents(documents, NULL, 1, &dataset, &error), IC_OK);
    return dataset;
}

/* The results of `query` (PREFIXES before it) over `data` (Turtle with PREFIXES, or N-Quads
 * when it has a graph), as `format`; CSV has bare values. */
static inline struct outcome run(const char *data_format, const char *data, const char *query,
                                 const char *format)
{
    struct ic_document *document = import_text(data_format, data);
    struct ic_dataset *dataset = dataset_of(document);
    char *text;
    assert_true(asprintf(&text, "%s%s", PREFIXES, query) > 0);
    struct outcome outcome = run_on(dataset, text, format, NULL);
    free(text);
    ic_dataset_free(dataset);
    ic_document_free(document);
    return outcome;
}

static inline void expect(const char *data_format, const char *data, const char *query,
                          const char *format, const char *expected)
{
    struct outcome outcome = run(data_format, data, query, format);
    if (outcome.status != IC_OK)
        fail_msg("%s\nin: %s", outcome.error.text, query);
    if (strcmp(outcome.text, expected) != 0)
        fail_msg("%s\ngives:\n%s\ninstead of:\n%s", query, outcome.text, expected);
    free(outcome.text);
}

#endif
