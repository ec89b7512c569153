/* SPDX-License-Identifier: Apache-2.0 */
/* Matching: a request becomes SPARQL, the query runs on a view, its rows become an answer. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "query.h"
#include "view.h"

/* One row: a cloud and, when asked for, an offer that matched and what it met. */
struct row {
    const char *name, *offer;
    size_t group;
};

struct collector {
    struct ic_arena *arena;
    size_t memory_max; /* the limit `result` */
    struct row *rows;
    size_t count, room;
    size_t more;   /* rows that were counted only, behind those */
    bool unsorted; /* a row came before its place */
    struct column {
        enum { COLUMN_OTHER, COLUMN_NAME, COLUMN_OFFER } kind;
        size_t group; /* COLUMN_OFFER */
    } * columns;
};

/* What ic_answer_free frees. */
struct answer {
    struct ic_answer answer; /* first */
    struct ic_arena *arena;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for an answer");
}

static enum ic_status begin(void *context, enum ic_query_kind kind,
                            const char *const *variables, size_t count, struct ic_error *error)
{
    struct collector *collector = context;
    (void)kind;
    collector->columns =
        ic_arena_alloc(collector->arena, (count + 1) * sizeof *collector->columns);
    if (!collector->columns)
        return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        struct column *column = &collector->columns[i];
        if (strcmp(variables[i], "cloudName") == 0)
            column->kind = COLUMN_NAME;
        else if (sscanf(variables[i], "offer%zu", &column->group) == 1 ||
                 strcmp(variables[i], "offer") == 0)
            column->kind = COLUMN_OFFER;
    }
    return IC_OK;
}

static const char *copy_cell(struct ic_arena *arena, const struct ic_term *term)
{
    return ic_arena_printf(arena, "%s%s", term->kind == IC_BLANK ? "_:" : "", term->text);
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const int order = strcmp(a->name, b->name); /* UTF-8: code point order */
    if (order || a->group != b->group)
        return order ? order : a->group < b->group ? -1 : 1;
    return strcmp(a->offer, b->offer);
}

/* With what group_rows will make of the rows. */
static size_t held_bytes(const struct collector *collector)
{
    const size_t grouped = sizeof(struct ic_answer_cloud) + sizeof(char *) + sizeof(size_t);
    return ic_arena_size_bytes(collector->arena) + collector->room * sizeof *collector->rows +
           collector->count * grouped;
}

static enum ic_status add_row(struct collector *collector, const struct row *row,
                              struct ic_error *error)
{
    if (held_bytes(collector) > collector->memory_max)
        return ic_limit_passed(IC_LIMIT_RESULT, collector->memory_max,
                               "the answer takes more memory", "ask for less", error);
    if (collector->count && !collector->unsorted) {
        const int order = compare_rows(&collector->rows[collector->count - 1], row);
        collector->unsorted = order > 0;
        if (order == 0)
            return IC_OK;
    }
    if (collector->count == collector->room) {
        const size_t room = collector->room ? collector->room * 2 : 64;
        struct row *grown = realloc(collector->rows, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        collector->rows = grown;
        collector->room = room;
    }
    collector->rows[collector->count++] = *row;
    return IC_OK;
}

static enum ic_status take_row(void *context, const struct ic_term *const *cells, size_t count,
                               struct ic_error *error)
{
    struct collector *collector = context;
    struct row row = {.name = NULL, .offer = ""};
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &collector->columns[i];
        if (!cells[i] || column->kind == COLUMN_OTHER)
            continue;
        const char *text =
            column->kind == COLUMN_NAME
                ? ic_arena_copy(collector->arena, cells[i]->text, cells[i]->length)
                : copy_cell(collector->arena, cells[i]);
        if (!text)
            return no_memory(error);
        if (column->kind == COLUMN_NAME) {
            row.name = text;
        } else {
            row.offer = text;
            row.group = column->group;
        }
    }
    return row.name ? add_row(collector, &row, error) : IC_OK;
}

static void counted(void *context, size_t rows)
{
    ((struct collector *)context)->more += rows;
}

static enum ic_status end(void *context, struct ic_error *error)
{
    (void)context;
    (void)error;
    return IC_OK;
}

/* Groups the sorted rows by cloud. Rows that came in order are different from each other. */
static enum ic_status group_rows(struct collector *collector, bool with_offers,
                                 struct ic_answer_cloud **clouds, size_t *count,
                                 struct ic_error *error)
{
    const size_t room = with_offers ? collector->count + 1 : 1;
    if (collector->unsorted)
        qsort(collector->rows, collector->count, sizeof *collector->rows, compare_rows);
    *count = 0;
    *clouds = ic_arena_alloc(collector->arena, (collector->count + 1) * sizeof **clouds);
    const char **offers = ic_arena_alloc(collector->arena, room * sizeof *offers);
    size_t *groups = ic_arena_alloc(collector->arena, room * sizeof *groups);
    if (!*clouds || !offers || !groups)
        return no_memory(error);
    for (size_t i = 0, used = 0; i < collector->count; i++) {
        const struct row *row = &collector->rows[i];
        const bool again = i && (with_offers || collector->unsorted);
        if (again && compare_rows(row, row - 1) == 0)
            continue;
        if (!again || strcmp(row->name, row[-1].name) != 0)
            (*clouds)[(*count)++] = (struct ic_answer_cloud){
                .name = row->name, .offers = offers + used, .groups = groups + used};
        if (row->offer[0]) {
            groups[used] = row->group;
            offers[used++] = row->offer;
            (*clouds)[*count - 1].offer_count++;
        }
    }
    return IC_OK;
}

/* Cuts to the page that was asked for and looks up owners. */
static enum ic_status choose_page(struct store *store, struct answer *answer,
                                  struct ic_answer_cloud *clouds, size_t count, size_t limit,
                                  const struct ic_match_options *options,
                                  struct ic_error *error)
{
    const char *after = options->after;
    size_t first = 0;
    while (after && first < count && strcmp(clouds[first].name, after) <= 0)
        first++;
    size_t shown = count - first;
    if (limit && shown > limit)
        shown = limit;
    for (size_t i = first; options->with_owners && i < first + shown; i++) {
        const char *owner;
        const enum ic_status status =
            claim_owner(store, clouds[i].name, answer->arena, &owner, error);
        if (status != IC_OK)
            return status;
        clouds[i].owner = owner ? owner : "";
    }
    answer->answer.shown = shown;
    answer->answer.clouds = clouds + first;
    return IC_OK;
}

/* How many rows are enough: the page of an answer without offers that begins with the first. */
static size_t rows_wanted(const struct ic_match_options *options, size_t limit)
{
    return options->after || options->with_offers ? 0 : limit;
}

static enum ic_status run(const char *sparql, const struct ic_match_options *options,
                          size_t limit, struct collector *collector, struct ic_dataset *dataset,
                          struct ic_error *error)
{
    const size_t wanted = rows_wanted(options, limit);
    const struct ic_query_options query = {.name = "request",
                                           .engine = options->engine,
                                           .timeout_ms = options->timeout_ms,
                                           .cancelled = options->cancelled,
                                           .cancelled_context = options->cancelled_context,
                                           .rows_wanted = wanted};
    const struct ic_query_sink sink = {.context = collector,
                                       .begin = begin,
                                       .row = take_row,
                                       .counted = wanted ? counted : NULL,
                                       .end = end};
    return ic_query_run(dataset, sparql, &query, &sink, error);
}

/* The request as SPARQL, by the ontology of the view's commit. */
static enum ic_status compile(const struct ic_request *request, const struct view *view,
                              const struct ic_match_options *options, struct answer *answer,
                              struct ic_error *error)
{
    char *sparql = NULL;
    enum ic_status status =
        ic_request_compile(request, view->ontology, options->with_offers, options->warn,
                           options->warn_context, &sparql, error);
    if (status == IC_OK && !(answer->answer.sparql = ic_arena_strdup(answer->arena, sparql)))
        status = no_memory(error);
    free(sparql);
    return status;
}

static enum ic_status fill(struct ic_catalog *catalog, const struct ic_request *request,
                           const struct ic_match_options *options, struct answer *answer,
                           struct ic_error *error)
{
    struct collector collector = {.arena = answer->arena,
                                  .memory_max =
                                      ic_limit_value(&catalog->limits, IC_LIMIT_RESULT)};
    struct ic_dataset *dataset = NULL;
    struct ic_answer_cloud *clouds;
    size_t count;
    const size_t limit = options->limit ? options->limit : ic_request_limit(request);
    enum ic_status status = ic_catalog_dataset(catalog, &options->view, &dataset, error);
    if (status != IC_OK)
        return status;
    struct view *view = (struct view *)dataset;
    status = compile(request, view, options, answer, error);
    if (status == IC_OK)
        status = store_get_number(&view->store, "sequence", &answer->answer.sequence, error);
    if (status == IC_OK)
        status = run(answer->answer.sparql, options, limit, &collector, dataset, error);
    if (status == IC_OK)
        status = group_rows(&collector, options->with_offers, &clouds, &count, error);
    if (status == IC_OK)
        status = choose_page(&view->store, answer, clouds, count, limit, options, error);
    if (status == IC_OK)
        answer->answer.matched = count + collector.more;
    ic_dataset_free(dataset);
    free(collector.rows);
    return status;
}

enum ic_status ic_catalog_match(struct ic_catalog *catalog, const struct ic_request *request,
                                const struct ic_match_options *options,
                                struct ic_answer **result, struct ic_error *error)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (!answer || !(answer->arena = ic_arena_new())) {
        free(answer);
        return no_memory(error);
    }
    const enum ic_status status = fill(catalog, request, options, answer, error);
    if (status == IC_OK)
        *result = &answer->answer;
    else
        ic_answer_free(&answer->answer);
    return status;
}

void ic_answer_free(struct ic_answer *result)
{
    struct answer *answer = (struct answer *)result;
    if (!answer)
        return;
    ic_arena_free(answer->arena);
    free(answer);
}
