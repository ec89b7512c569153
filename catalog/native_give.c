/* SPDX-License-Identifier: Apache-2.0 */
/* From rows of ids to results: DISTINCT, ORDER BY, OFFSET, LIMIT, then terms for what is left.
 * The order is that of SPARQL 1.1 Query, section 15.1, made total as in engine_rasqal_rows.c:
 * by kind, numbers by their exact value, equals by ic_term_compare. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_ARENA = 1024 };

/* Names of the clouds in rows, and what each ordinal's is called. */
struct names {
    uint32_t *ordinals;              /* ascending */
    size_t *ranks;                   /* by the same index: equal names have equal ranks */
    const struct cloud_name **names; /* by rank */
    size_t count;
};

enum sort_class {
    SORT_UNBOUND,
    SORT_BLANK,
    SORT_IRI,
    SORT_STRING,
    SORT_NUMBER,
    SORT_BOOLEAN,
    SORT_TIME,
    SORT_OTHER
};

struct sort_key {
    enum sort_class class;
    struct ic_term term;
    const unsigned char *number; /* a value key's bytes */
    unsigned number_size;
};

struct giving {
    struct native_run *run;
    struct native_rows *rows;
    struct names names;
    size_t *order; /* rows that are left, in their order */
    size_t count;
    struct sort_key *keys; /* by row and ORDER BY */
};

static bool failed(struct native_run *run, enum ic_status status)
{
    if (run->status == IC_OK)
        run->status = status;
    return run->status != IC_OK;
}

/* ---- names ---- */

static bool is_name(uint64_t cell)
{
    return (cell & NATIVE_NAME_CELL) != 0;
}

/* Ranks of the names, which are sorted here; names[i] is that of ordinals[i]. */
static enum ic_status rank_names(struct giving *g, struct cloud_name *names)
{
    struct native_run *run = g->run;
    for (size_t i = 0; i < g->names.count; i++)
        g->names.names[i] = &names[i];
    if (!native_sort_names(g->names.names, g->names.count))
        return native_fail_memory(run);
    size_t rank = 0;
    for (size_t i = 0; i < g->names.count; i++) {
        rank = i && cloud_name_equal(g->names.names[i], g->names.names[i - 1]) ? rank : i;
        g->names.ranks[g->names.names[i] - names] = rank;
    }
    return IC_OK;
}

static int compare_ordinals(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void replace_ordinals(struct giving *g)
{
    const size_t cells = g->rows->count * g->rows->width;
    for (size_t i = 0; i < cells; i++) {
        const uint32_t ordinal = (uint32_t)g->rows->cells[i];
        if (!is_name(g->rows->cells[i]))
            continue;
        const uint32_t *found = bsearch(&ordinal, g->names.ordinals, g->names.count,
                                        sizeof ordinal, compare_ordinals);
        g->rows->cells[i] = NATIVE_NAME_CELL | g->names.ranks[found - g->names.ordinals];
    }
}

/* Names take the place of ordinals: a name's cell has its rank from here on. */
static enum ic_status find_names(struct giving *g)
{
    struct native_run *run = g->run;
    roaring_bitmap_t *clouds = roaring_bitmap_create();
    struct cloud_name *names = NULL;
    if (!clouds)
        return native_fail_memory(run);
    for (size_t i = 0; i < g->rows->count * g->rows->width; i++)
        if (is_name(g->rows->cells[i]))
            roaring_bitmap_add(clouds, (uint32_t)g->rows->cells[i]);
    const size_t count = (size_t)roaring_bitmap_get_cardinality(clouds);
    g->names.count = count;
    g->names.ordinals = ic_arena_alloc(run->arena, (count + 1) * sizeof *g->names.ordinals);
    g->names.ranks = ic_arena_alloc(run->arena, (count + 1) * sizeof *g->names.ranks);
    g->names.names = ic_arena_alloc(run->arena, (count + 1) * sizeof *g->names.names);
    if (!g->names.ordinals || !g->names.ranks || !g->names.names)
        native_fail_memory(run);
    else if (count &&
             !failed(run, cloud_names(run->view, clouds, 0, run->arena, &names, run->error))) {
        roaring_bitmap_to_uint32_array(clouds, g->names.ordinals);
        if (rank_names(g, names) == IC_OK)
            replace_ordinals(g);
    }
    roaring_bitmap_free(clouds);
    return run->status;
}

static enum ic_status read_term(struct giving *g, uint64_t cell, struct ic_arena *arena,
                                struct ic_term *term)
{
    struct native_run *run = g->run;
    if (is_name(cell))
        *term = cloud_name_term(g->names.names[cell & ~NATIVE_NAME_CELL]);
    else
        failed(run, ic_dataset_term(&run->view->dataset, cell, arena, term, run->error));
    return run->status;
}

/* ---- DISTINCT ---- */

static int compare_cells(const void *left, const void *right, void *context)
{
    const struct giving *g = context;
    const size_t a = *(const size_t *)left, b = *(const size_t *)right;
    const size_t width = g->rows->width;
    for (size_t i = 0; i < g->run->plan->shown; i++) {
        const uint64_t x = g->rows->cells[a * width + i], y = g->rows->cells[b * width + i];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_numbers(const void *left, const void *right)
{
    const size_t a = *(const size_t *)left, b = *(const size_t *)right;
    return (a > b) - (a < b);
}

static int compare_cells_then_number(const void *left, const void *right, void *context)
{
    const int order = compare_cells(left, right, context);
    return order ? order : compare_numbers(left, right);
}

/* Keeps the first of equal rows. */
static void keep_distinct(struct giving *g)
{
    size_t kept = 0;
    qsort_r(g->order, g->count, sizeof *g->order, compare_cells_then_number, g);
    for (size_t i = 0; i < g->count; i++)
        if (!i || compare_cells(&g->order[kept - 1], &g->order[i], g) != 0)
            g->order[kept++] = g->order[i];
    g->count = kept;
    qsort(g->order, g->count, sizeof *g->order, compare_numbers);
}

/* ---- ORDER BY ---- */

static enum sort_class class_of(const struct ic_term *term)
{
    const char *type = term->datatype;
    if (term->kind != IC_LITERAL)
        return term->kind == IC_BLANK ? SORT_BLANK : SORT_IRI;
    if (!type)
        return SORT_STRING;
    if (strcmp(type, IC_NS_XSD "boolean") == 0)
        return SORT_BOOLEAN;
    if (strcmp(type, IC_NS_XSD "date") == 0 || strcmp(type, IC_NS_XSD "dateTime") == 0)
        return SORT_TIME;
    return SORT_OTHER;
}

static enum ic_status make_key(struct giving *g, uint64_t cell, struct sort_key *key)
{
    struct native_run *run = g->run;
    struct value_key number;
    *key = (struct sort_key){.class = SORT_UNBOUND};
    if (!cell || read_term(g, cell, run->arena, &key->term) != IC_OK)
        return run->status;
    key->class = class_of(&key->term);
    if (!value_key_of(&key->term, &number))
        return IC_OK;
    key->class = SORT_NUMBER;
    key->number_size = number.size;
    key->number =
        (const unsigned char *)ic_arena_copy(run->arena, (char *)number.bytes, number.size);
    return key->number ? IC_OK : native_fail_memory(run);
}

static int compare_keys(const struct sort_key *a, const struct sort_key *b)
{
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->class == SORT_UNBOUND)
        return 0;
    if (a->class == SORT_NUMBER) {
        const unsigned shorter =
            a->number_size < b->number_size ? a->number_size : b->number_size;
        const int order = memcmp(a->number, b->number, shorter);
        if (order || a->number_size != b->number_size)
            return order ? order : a->number_size < b->number_size ? -1 : 1;
    }
    return ic_term_compare(&a->term, &b->term);
}

static int compare_rows(const void *left, const void *right, void *context)
{
    const struct giving *g = context;
    const size_t a = *(const size_t *)left, b = *(const size_t *)right;
    const struct native_plan *plan = g->run->plan;
    for (size_t i = 0; i < plan->order_count; i++) {
        const int order = compare_keys(&g->keys[a * plan->order_count + i],
                                       &g->keys[b * plan->order_count + i]);
        if (order)
            return plan->order[i].descending ? -order : order;
    }
    return compare_numbers(left, right); /* stable */
}

static enum ic_status sort_rows(struct giving *g)
{
    const struct native_plan *plan = g->run->plan;
    if (native_hold(g->run, g->rows->count * plan->order_count, sizeof *g->keys) != IC_OK)
        return g->run->status;
    g->keys = calloc(g->rows->count * plan->order_count + 1, sizeof *g->keys);
    if (!g->keys)
        return native_fail_memory(g->run);
    for (size_t i = 0; i < g->count && native_running(g->run); i++)
        for (size_t k = 0; k < plan->order_count; k++) {
            const size_t row = g->order[i];
            make_key(g, g->rows->cells[row * g->rows->width + plan->order[k].column],
                     &g->keys[row * plan->order_count + k]);
        }
    if (g->run->status == IC_OK)
        qsort_r(g->order, g->count, sizeof *g->order, compare_rows, g);
    return g->run->status;
}

/* ---- giving ---- */

enum ic_status native_give(struct native_run *run, const struct ic_term *const *cells,
                           size_t *given)
{
    const size_t most = run->options->rows_max;
    if (most && *given >= most)
        return run->status = ic_fail_at(
                   run->error, IC_TOO_LARGE, run->options->name, 0, 0,
                   "the query has more than %zu results; ask for fewer with LIMIT", most);
    ++*given;
    failed(run, run->sink->row(run->sink->context, cells, run->plan->shown, run->error));
    return run->status;
}

size_t native_rows_wanted(const struct native_run *run)
{
    const struct ic_query_options *options = run->options;
    return run->sink->counted && !options->rows_max ? options->rows_wanted : 0;
}

bool native_counts_rest(const struct native_run *run, size_t given, size_t left)
{
    const size_t wanted = native_rows_wanted(run);
    if (!wanted || given < wanted)
        return false;
    run->sink->counted(run->sink->context, left);
    return true;
}

void native_slice(const struct native_run *run, size_t count, size_t *first, size_t *end)
{
    const struct sparql_select *select = &run->plan->query->select;
    *first = select->offset < count ? (size_t)select->offset : count;
    *end = select->has_limit && select->limit < count - *first ? *first + (size_t)select->limit
                                                               : count;
}

static enum ic_status give_row(struct giving *g, size_t row, struct ic_arena *arena,
                               size_t *given)
{
    const size_t shown = g->run->plan->shown;
    struct ic_term *terms = ic_arena_alloc(arena, (shown + 1) * sizeof *terms);
    const struct ic_term **cells = ic_arena_alloc(arena, (shown + 1) * sizeof *cells);
    if (!terms || !cells)
        return native_fail_memory(g->run);
    for (size_t i = 0; i < shown; i++) {
        const uint64_t cell = g->rows->cells[row * g->rows->width + i];
        if (!cell)
            continue;
        if (read_term(g, cell, arena, &terms[i]) != IC_OK)
            return g->run->status;
        cells[i] = &terms[i];
    }
    return native_give(g->run, cells, given);
}

static enum ic_status give_all(struct giving *g)
{
    struct ic_arena *arena = NULL;
    size_t first, end, given = 0;
    native_slice(g->run, g->count, &first, &end);
    for (size_t i = first; i < end && native_running(g->run); i++) {
        if ((i - first) % ROWS_PER_ARENA == 0) {
            ic_arena_free(arena);
            arena = ic_arena_new();
            if (!arena)
                return native_fail_memory(g->run);
        }
        give_row(g, g->order[i], arena, &given);
    }
    ic_arena_free(arena);
    return g->run->status;
}

enum ic_status native_give_rows(struct native_run *run, struct native_rows *rows)
{
    struct giving g = {.run = run, .rows = rows, .count = rows->count};
    if (native_hold(run, rows->count, sizeof *g.order) != IC_OK)
        return run->status;
    g.order = malloc((rows->count + 1) * sizeof *g.order);
    if (!g.order)
        return native_fail_memory(run);
    for (size_t i = 0; i < rows->count; i++)
        g.order[i] = i;
    if (find_names(&g) == IC_OK && run->plan->distinct)
        keep_distinct(&g);
    if (run->status == IC_OK && run->plan->order_count)
        sort_rows(&g);
    if (run->status == IC_OK)
        give_all(&g);
    free(g.order);
    free(g.keys);
    return run->status;
}
