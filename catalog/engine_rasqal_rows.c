/* SPDX-License-Identifier: Apache-2.0 */
/* DISTINCT, ORDER BY, OFFSET and LIMIT over rows of cells.
 *
 * rasqal sorts in an unbalanced tree, recursing as deep as there are rows when they come in
 * order, and its DISTINCT compares each row with all others. Here rows are equal when their
 * cells are (terms, not values), and the order is that of SPARQL 1.1, section 15.1, made total
 * by ic_term_compare. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

/* What a cell sorts by. Classes order as SPARQL wants; within a class of values rasqal's
 * comparison is exact (engine_rasqal_terms.c). */
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
    rasqal_literal *value; /* in the classes that compare by value; owned */
    struct ic_term term;
};

struct row {
    struct sort_key *keys;
    size_t number; /* keeps the sort stable */
    bool lost;     /* uthash had no memory for it */
    UT_hash_handle hh;
    struct cell cells[];
};

struct rows {
    struct engine *engine;
    struct row_plan plan;
    row_function each;
    void *context;
    struct ic_arena *arena; /* rows that must be remembered */
    struct cell *scratch;   /* a row that may turn out to be known */
    struct row *seen;       /* by their shown cells */
    struct row **sorted;
    size_t count, room;
    size_t passed, skipped;
};

static enum ic_status no_memory(struct rows *rows)
{
    return engine_fail(rows->engine, IC_NO_MEMORY, "out of memory while collecting rows");
}

struct rows *rows_new(struct engine *engine, const struct row_plan *plan, row_function each,
                      void *context)
{
    struct rows *rows = calloc(1, sizeof *rows);
    if (rows)
        rows->arena = ic_arena_new();
    if (rows && rows->arena)
        rows->scratch =
            ic_arena_alloc(rows->arena, (plan->columns + 1) * sizeof *rows->scratch);
    if (!rows || !rows->scratch) {
        ic_arena_free(rows ? rows->arena : NULL);
        free(rows);
        engine_fail(engine, IC_NO_MEMORY, "out of memory while collecting rows");
        return NULL;
    }
    rows->engine = engine;
    rows->plan = *plan;
    rows->each = each;
    rows->context = context;
    return rows;
}

void rows_free(struct rows *rows)
{
    if (!rows)
        return;
    HASH_CLEAR(hh, rows->seen);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < rows->plan.order_count; k++)
            if (rows->sorted[i]->keys[k].value)
                rasqal_free_literal(rows->sorted[i]->keys[k].value);
    free(rows->sorted);
    ic_arena_free(rows->arena);
    free(rows);
}

/* Past OFFSET and up to LIMIT. */
static enum ic_status pass_on(struct rows *rows, const struct cell *cells, bool *done)
{
    if (rows->skipped < rows->plan.offset) {
        rows->skipped++;
        return IC_OK;
    }
    if (rows->passed < rows->plan.limit) {
        rows->passed++;
        const enum ic_status status = rows->each(rows->context, cells, rows->plan.shown);
        if (status != IC_OK)
            return status;
    }
    *done = rows->passed >= rows->plan.limit;
    return IC_OK;
}

/* NULL: no memory, or too much of it. */
static struct row *keep_row(struct rows *rows, const struct cell *cells)
{
    const size_t size = rows->plan.columns * sizeof *cells;
    const size_t keys = rows->plan.order_count * sizeof(struct sort_key);
    if (engine_hold(rows->engine, sizeof(struct row) + size + keys) != IC_OK)
        return NULL;
    struct row *row = ic_arena_alloc(rows->arena, sizeof *row + size);
    if (row && size)
        memcpy(row->cells, cells, size);
    return row;
}

/* The row when it is the first of its kind, else NULL with IC_OK. */
static enum ic_status first_of_kind(struct rows *rows, const struct cell *cells,
                                    struct row **first)
{
    const size_t key = rows->plan.shown * sizeof *cells;
    struct row *same = NULL;
    *first = NULL;
    for (size_t i = 0; i < rows->plan.columns; i++) {
        /* Every byte of a cell is part of the hash key, those between its members too. */
        memset(&rows->scratch[i], 0, sizeof rows->scratch[i]);
        rows->scratch[i].kind = cells[i].kind;
        rows->scratch[i].id = cells[i].kind == CELL_UNBOUND ? 0 : cells[i].id;
    }
    HASH_FIND(hh, rows->seen, rows->scratch, key, same);
    if (same)
        return IC_OK;
    struct row *row = keep_row(rows, rows->scratch);
    if (!row)
        return no_memory(rows);
    HASH_ADD_KEYPTR(hh, rows->seen, row->cells, key, row);
    if (row->lost)
        return no_memory(rows);
    *first = row;
    return IC_OK;
}

/* ---- ORDER BY ---- */

static enum sort_class class_of(const struct ic_term *term, const rasqal_literal *value)
{
    if (term->kind == IC_BLANK)
        return SORT_BLANK;
    if (term->kind == IC_IRI)
        return SORT_IRI;
    if (!term->datatype)
        return SORT_STRING;
    switch ((int)value->type) {
    case RASQAL_LITERAL_DECIMAL:
    case RASQAL_LITERAL_DOUBLE:
    case RASQAL_LITERAL_INTEGER:
        return SORT_NUMBER;
    case RASQAL_LITERAL_BOOLEAN:
        return SORT_BOOLEAN;
    case RASQAL_LITERAL_DATE:
    case RASQAL_LITERAL_DATETIME:
        return SORT_TIME;
    default:
        return SORT_OTHER;
    }
}

static enum ic_status make_key(struct rows *rows, const struct cell *cell, struct sort_key *key)
{
    *key = (struct sort_key){.class = SORT_UNBOUND};
    if (cell->kind == CELL_UNBOUND)
        return IC_OK;
    const enum ic_status status = terms_term(rows->engine, cell, rows->arena, &key->term);
    if (status != IC_OK)
        return status;
    if (key->term.kind == IC_LITERAL && key->term.datatype) {
        key->value = cell->kind == CELL_DATA
                         ? terms_literal(rows->engine, cell->id)
                         : values_literal(rows->engine, &key->term, IC_UNKNOWN_TERM);
        if (!key->value)
            return rows->engine->status;
    }
    key->class = class_of(&key->term, key->value);
    return IC_OK;
}

static int compare_keys(const struct sort_key *a, const struct sort_key *b)
{
    if (a->class != b->class)
        return a->class < b->class ? -1 : 1;
    if (a->class == SORT_UNBOUND)
        return 0;
    if (a->class == SORT_NUMBER || a->class == SORT_BOOLEAN || a->class == SORT_TIME) {
        int error = 0;
        const int result =
            rasqal_literal_compare(a->value, b->value, RASQAL_COMPARE_XQUERY, &error);
        if (!error && result)
            return result;
    }
    return ic_term_compare(&a->term, &b->term);
}

static int compare_rows(const void *a, const void *b, void *context)
{
    const struct rows *rows = context;
    const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;
    for (size_t i = 0; i < rows->plan.order_count; i++) {
        const int result = compare_keys(&x->keys[i], &y->keys[i]);
        if (result)
            return rows->plan.order[i].descending ? -result : result;
    }
    return (x->number > y->number) - (x->number < y->number);
}

static enum ic_status hold_back(struct rows *rows, struct row *row)
{
    if (rows->count == rows->room) {
        const size_t room = rows->room ? rows->room * 2 : 256;
        struct row **grown = realloc(rows->sorted, room * sizeof(struct row *));
        if (!grown)
            return no_memory(rows);
        rows->sorted = grown;
        rows->room = room;
    }
    row->keys = ic_arena_alloc(rows->arena, rows->plan.order_count * sizeof *row->keys);
    if (!row->keys)
        return no_memory(rows);
    row->number = rows->count;
    rows->sorted[rows->count++] = row;
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < rows->plan.order_count; i++)
        status = make_key(rows, &row->cells[rows->plan.order[i].column], &row->keys[i]);
    return status;
}

/* ---- in and out ---- */

enum ic_status rows_add(struct rows *rows, const struct cell *cells, bool *done)
{
    struct row *row = NULL;
    *done = false;
    if (rows->plan.distinct) {
        const enum ic_status status = first_of_kind(rows, cells, &row);
        if (status != IC_OK || !row)
            return status;
    }
    if (rows->plan.order_count == 0)
        return pass_on(rows, cells, done);
    if (!row)
        row = keep_row(rows, cells);
    return row ? hold_back(rows, row) : no_memory(rows);
}

enum ic_status rows_end(struct rows *rows)
{
    if (rows->count)
        qsort_r(rows->sorted, rows->count, sizeof(struct row *), compare_rows, rows);
    enum ic_status status = IC_OK;
    bool done = false;
    for (size_t i = 0; status == IC_OK && !done && i < rows->count; i++) {
        if (!engine_running(rows->engine))
            return rows->engine->status;
        status = pass_on(rows, rows->sorted[i]->cells, &done);
    }
    return status;
}
