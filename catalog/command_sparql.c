/* SPDX-License-Identifier: Apache-2.0 */
/* sparql: queries on the catalog, or on files. */
#include <stdlib.h>
#include <string.h>

#include "command_run.h"
#include "query.h"

enum { QUERY_BYTES_MAX = 16 * 1024 * 1024 };

/* The files of a dataset in memory. */
struct files {
    struct ic_document **documents;
    char **graphs; /* NULL: the default graph */
    size_t count;
};

static bool in_memory(const struct ic_invocation *invocation)
{
    return ic_option_given(invocation, "data") || ic_option_given(invocation, "graph") ||
           ic_option_given(invocation, "empty");
}

unsigned ic_sparql_needs(const struct ic_invocation *invocation)
{
    if (in_memory(invocation) || ic_option_given(invocation, "check") ||
        ic_option_given(invocation, "check-update"))
        return IC_COMMAND_READ_ONLY;
    return IC_COMMAND_CATALOG | IC_COMMAND_READ_ONLY;
}

static enum ic_status take_text(const struct ic_invocation *invocation, char **text,
                                struct ic_error *error)
{
    const char *file = ic_option_value(invocation, "file");
    if (!file) {
        *text = strdup(invocation->operands[0]);
        return *text ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory");
    }
    size_t length;
    enum ic_status status =
        ic_file_read(invocation->io, file, QUERY_BYTES_MAX, text, &length, error);
    if (status == IC_OK && strlen(*text) != length) {
        status = ic_fail_at(error, IC_BAD_INPUT, file, 0, 0,
                            "the query has U+0000 in it, which SPARQL does not allow");
        free(*text);
    }
    return status;
}

/* ---- a dataset in memory ---- */

static void free_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        ic_document_free(files->documents[i]);
        free(files->graphs[i]);
    }
    free(files->documents);
    free(files->graphs);
}

static enum ic_status add_file(const struct ic_invocation *invocation, struct files *files,
                               const char *graph, size_t graph_length, const char *path,
                               struct ic_error *error)
{
    struct ic_io *io = invocation->io;
    char *name = graph ? strndup(graph, graph_length) : NULL;
    char *base = ic_file_iri(io, path);
    const struct ic_file_source source = {.path = path,
                                          .base = base,
                                          .progress = true,
                                          .limits = ic_invocation_limits(invocation)};
    enum ic_status status = IC_OK;
    if (!base || (graph && !name))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    else
        status = ic_file_import(io, &source, &files->documents[files->count], NULL, error);
    free(base);
    if (status == IC_OK)
        files->graphs[files->count++] = name;
    else
        free(name);
    return status;
}

static enum ic_status read_files(const struct ic_invocation *invocation, struct files *files,
                                 struct ic_error *error)
{
    files->documents = calloc(invocation->value_count + 1, sizeof *files->documents);
    files->graphs = calloc(invocation->value_count + 1, sizeof *files->graphs);
    if (!files->documents || !files->graphs)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    enum ic_status status = IC_OK;
    size_t cursor = 0;
    for (const char *path;
         status == IC_OK && (path = ic_option_next(invocation, "data", &cursor));)
        status = add_file(invocation, files, NULL, 0, path, error);
    cursor = 0;
    for (const char *pair;
         status == IC_OK && (pair = ic_option_next(invocation, "graph", &cursor));) {
        /* IRIs have '=' in them more often than names of files. */
        const char *equals = strrchr(pair, '=');
        status = add_file(invocation, files, pair, (size_t)(equals - pair), equals + 1, error);
    }
    return status;
}

/* ---- running ---- */

static enum ic_status run_query(const struct ic_invocation *invocation,
                                struct ic_dataset *dataset, const char *text,
                                const struct ic_query_options *options, struct ic_error *error)
{
    const char *format = ic_option_value(invocation, "results");
    struct ic_results_writer *writer = NULL;
    if (ic_option_given(invocation, "json"))
        format = "json";
    enum ic_status status = ic_results_writer_new(format, invocation->io->out, &writer, error);
    if (status == IC_OK)
        status = ic_query_run(dataset, text, options, ic_results_writer_sink(writer), error);
    ic_results_writer_free(writer);
    return status;
}

static enum ic_status query_files(const struct ic_invocation *invocation, const char *text,
                                  const struct ic_query_options *options,
                                  struct ic_error *error)
{
    struct files files = {0};
    struct ic_dataset *dataset = NULL;
    enum ic_status status = read_files(invocation, &files, error);
    if (status == IC_OK)
        status = ic_dataset_from_documents(files.documents, (const char *const *)files.graphs,
                                           files.count, &dataset, error);
    if (status == IC_OK)
        status = run_query(invocation, dataset, text, options, error);
    ic_dataset_free(dataset);
    free_files(&files);
    return status;
}

static enum ic_status query_catalog(const struct ic_invocation *invocation, const char *text,
                                    const struct ic_query_options *options,
                                    struct ic_error *error)
{
    struct ic_view view;
    char *as = NULL;
    struct ic_dataset *dataset = NULL;
    enum ic_status status = ic_option_view(invocation, &view, &as, error);
    if (status == IC_OK)
        status = ic_catalog_dataset(invocation->catalog, &view, &dataset, error);
    if (status == IC_OK)
        status = run_query(invocation, dataset, text, options, error);
    ic_dataset_free(dataset);
    free(as);
    return status;
}

/* --memory is the limit `result` of this query. */
static enum ic_status take_memory(const struct ic_invocation *invocation,
                                  struct ic_limits *limits, struct ic_error *error)
{
    const char *text = ic_option_value(invocation, "memory");
    struct ic_error why;
    if (!text || ic_limit_parse(limits, IC_LIMIT_RESULT, text, &why) == IC_OK)
        return IC_OK;
    return ic_fail(error, IC_USAGE, "sparql: --memory: %s", why.text);
}

static enum ic_status check_dataset(const struct ic_invocation *invocation,
                                    struct ic_error *error)
{
    static const char *const views[] = {"as", "at", NULL};
    size_t cursor = 0;
    for (size_t i = 0; in_memory(invocation) && views[i]; i++)
        if (ic_option_given(invocation, views[i]))
            return ic_fail(error, IC_USAGE,
                           "sparql: --%s chooses what is seen of a catalog; --data, --graph "
                           "and --empty use none",
                           views[i]);
    for (const char *pair; (pair = ic_option_next(invocation, "graph", &cursor));) {
        const char *equals = strrchr(pair, '=');
        if (!equals || equals == pair || !equals[1])
            return ic_fail(error, IC_USAGE, "sparql: --graph: '%s' is not IRI=FILE", pair);
    }
    return IC_OK;
}

enum ic_status ic_check_sparql(const struct ic_invocation *invocation, struct ic_error *error)
{
    static const char *const later[] = {"update", "check-update", "explain", NULL};
    static const char *const forms[] = {"results", "json", NULL};
    const bool file = ic_option_given(invocation, "file");
    struct ic_view view;
    char *as = NULL;
    long timeout_ms;
    struct ic_limits limits = {{0}};
    enum ic_status status = ic_options_refuse(invocation, later, error);
    if (status == IC_OK && file == (invocation->operand_count > 0))
        status = ic_fail(error, IC_USAGE,
                         file ? "sparql: give --file F or QUERY, not both"
                              : "sparql: QUERY is missing, or --file F");
    if (status == IC_OK)
        status = ic_options_exclude(invocation, forms, error);
    if (status == IC_OK)
        status = ic_option_seconds(invocation, "timeout", &timeout_ms, error);
    if (status == IC_OK)
        status = take_memory(invocation, &limits, error);
    if (status == IC_OK)
        status = check_dataset(invocation, error);
    if (status == IC_OK)
        status = ic_option_view(invocation, &view, &as, error);
    free(as);
    return status;
}

enum ic_status ic_run_sparql(struct ic_invocation *invocation, struct ic_error *error)
{
    const char *file = ic_option_value(invocation, "file");
    struct ic_query_options options = {.name = file ? file : "query",
                                       .base = ic_option_value(invocation, "base"),
                                       .engine = ic_option_value(invocation, "engine"),
                                       .cancelled = ic_command_cancelled,
                                       .cancelled_context = invocation->io};
    struct ic_limits limits = {{0}};
    char *text = NULL, *base = NULL;
    const struct ic_limits *given = ic_invocation_limits(invocation);
    if (given)
        limits = *given;
    enum ic_status status =
        ic_option_seconds(invocation, "timeout", &options.timeout_ms, error);
    if (status == IC_OK)
        status = take_memory(invocation, &limits, error);
    options.memory_max = ic_limit_value(&limits, IC_LIMIT_RESULT);
    if (status == IC_OK)
        status = take_text(invocation, &text, error);
    if (status != IC_OK)
        return status;

    if (file && !options.base)
        options.base = base = ic_file_iri(invocation->io, file);
    if (ic_option_given(invocation, "check"))
        status = ic_query_check(text, &options, error);
    else if (in_memory(invocation))
        status = query_files(invocation, text, &options, error);
    else
        status = query_catalog(invocation, text, &options, error);
    free(base);
    free(text);
    return status;
}
