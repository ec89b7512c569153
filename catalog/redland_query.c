/* SPDX-License-Identifier: Apache-2.0 */
/* SPARQL that a librdf program runs on a model goes to our engine, text and base IRI as the
 * program gave them; rasqal never parses it. */
#include <string.h>

#include "redland.h"
#include "redland_layout.h"

static const struct redland_rasqal_query *rasqal_query_of(librdf_query *query)
{
    return ((const struct redland_query *)query)->context;
}

bool redland_knows_queries(librdf_world *world)
{
    static const unsigned char text[] = "ASK {}";
    if (librdf_version_decimal < REDLAND_LAYOUT_FIRST ||
        librdf_version_decimal > REDLAND_LAYOUT_LAST)
        return false;
    librdf_query *query = librdf_new_query(world, "sparql", NULL, text, NULL);
    if (!query)
        return false;
    const struct redland_query *q = (const struct redland_query *)query;
    const struct redland_rasqal_query *rasqal = q->context;
    const bool known = q->world == world && q->usage == 1 && !q->results && q->methods &&
                       q->methods->context_size == sizeof *rasqal && rasqal &&
                       rasqal->query == query && !rasqal->model && !rasqal->results &&
                       !rasqal->base && rasqal->text &&
                       strcmp((const char *)rasqal->text, (const char *)text) == 0;
    librdf_free_query(query);
    return known;
}

/* SPARQL in all its names; librdf's other languages stay with rasqal. */
static int supports_query(librdf_storage *storage, librdf_query *query)
{
    if (!redland_of(storage)->takes_queries)
        return 0;
    const struct redland_query_methods *methods =
        ((const struct redland_query *)query)->methods;
    return strncmp(methods->name, "sparql", 6) == 0 &&
           methods->context_size == sizeof(struct redland_rasqal_query);
}

/* ---- collecting what the query gives ---- */

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for results");
}

static enum ic_status collect_begin(void *context, enum ic_query_kind kind,
                                    const char *const *variables, size_t count,
                                    struct ic_error *error)
{
    struct redland_answer *answer = context;
    const bool triples = kind == IC_QUERY_CONSTRUCT || kind == IC_QUERY_DESCRIBE;
    answer->kind = kind;
    redland_rows_free(answer->rows);
    answer->rows = redland_rows_new(triples ? 3 : count);
    if (!answer->rows)
        return no_memory(error);
    struct ic_arena *arena = redland_rows_arena(answer->rows);
    answer->names = ic_arena_alloc(arena, (count + 1) * sizeof *answer->names);
    if (!answer->names)
        return no_memory(error);
    for (size_t i = 0; i < count; i++)
        if (!(answer->names[i] = ic_arena_strdup(arena, variables[i])))
            return no_memory(error);
    return IC_OK;
}

static enum ic_status collect_row(void *context, const struct ic_term *const *cells,
                                  size_t count, struct ic_error *error)
{
    const struct redland_answer *answer = context;
    (void)count;
    return redland_rows_add(answer->rows, cells, error);
}

static enum ic_status collect_triple(void *context, const struct ic_term *subject,
                                     const struct ic_term *predicate,
                                     const struct ic_term *object, struct ic_error *error)
{
    const struct ic_term *const cells[3] = {subject, predicate, object};
    return collect_row(context, cells, 3, error);
}

static enum ic_status collect_boolean(void *context, bool value, struct ic_error *error)
{
    struct redland_answer *answer = context;
    (void)error;
    answer->boolean = value;
    return IC_OK;
}

static enum ic_status collect_end(void *context, struct ic_error *error)
{
    (void)context;
    (void)error;
    return IC_OK;
}

/* ---- running ---- */

static enum ic_status run_on(struct ic_dataset *dataset, librdf_query *query,
                             struct redland_answer *answer, struct ic_error *error)
{
    const struct redland_rasqal_query *asked = rasqal_query_of(query);
    const struct ic_query_options options = {
        .name = "query",
        .base = asked->base ? (const char *)librdf_uri_as_string(asked->base) : NULL};
    const struct ic_query_sink sink = {.context = answer,
                                       .begin = collect_begin,
                                       .row = collect_row,
                                       .boolean = collect_boolean,
                                       .triple = collect_triple,
                                       .end = collect_end};
    return ic_query_run(dataset, (const char *)asked->text, &options, &sink, error);
}

/* The model's default graph is the query's. */
static enum ic_status run(struct redland *redland, librdf_query *query,
                          struct redland_answer *answer, struct ic_error *error)
{
    struct redland_reader *reader;
    enum ic_status status = redland_reader_take(redland->catalog, &reader, error);
    if (status != IC_OK)
        return status;
    struct ic_dataset *inner = redland_reader_dataset(reader), *dataset = inner;
    if (redland->graph) {
        uint64_t graph;
        status = redland_find_graph(redland, inner, NULL, &graph, error);
        if (status == IC_OK)
            status = redland_dataset_new(inner, graph, &dataset, error);
    }
    if (status == IC_OK)
        status = run_on(dataset, query, answer, error);
    if (dataset != inner)
        ic_dataset_free(dataset);
    redland_reader_give(reader);
    return status;
}

static librdf_query_results *query_execute(librdf_storage *storage, librdf_query *query)
{
    struct redland *redland = redland_of(storage);
    struct redland_answer answer = {.rows = NULL};
    struct ic_error error;
    librdf_query_results *results = NULL;
    enum ic_status status = run(redland, query, &answer, &error);
    if (status == IC_OK) {
        results = redland_results_new(redland->world, &answer);
        if (!results)
            status = no_memory(&error);
    }
    if (status != IC_OK)
        redland_log(redland->world, LIBRDF_FROM_QUERY, &error);
    redland_rows_free(answer.rows);
    return results;
}

void redland_set_query_methods(librdf_storage_factory *factory)
{
    factory->supports_query = supports_query;
    factory->query_execute = query_execute;
}
