/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: the ways from its blocks to rows. Names alone are read off a set of clouds;
 * the first rows by a number are found by walking its values; all else is collected. */
#include "native.h"

#include <stdlib.h>

enum {
    TICKS_PER_LOOK = 64, /* how often the clock is read */
    WALK_MIN = 256,      /* entries below which all are sorted */
    NAMES_FEW = 4096     /* names beyond which sorting all is cheaper than choosing */
};

static bool failed(struct native_run *run, enum ic_status status)
{
    if (run->status == IC_OK)
        run->status = status;
    return run->status != IC_OK;
}

enum ic_status native_hold(struct native_run *run, size_t count, size_t size)
{
    run->held += count * size;
    failed(run,
           query_holds(run->options, run->held + ic_arena_size_bytes(run->arena), run->error));
    return run->status;
}

bool native_running(struct native_run *run)
{
    const struct ic_query_options *options = run->options;
    if (run->status != IC_OK || native_hold(run, 0, 0) != IC_OK)
        return false;
    if (run->ticks++ % TICKS_PER_LOOK != 0)
        return true;
    if (options->cancelled && options->cancelled(options->cancelled_context))
        return !failed(run, ic_fail_at(run->error, IC_TIMEOUT, options->name, 0, 0,
                                       "the query was cancelled"));
    if (!run->has_deadline)
        return true;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec > run->deadline.tv_sec ||
        (now.tv_sec == run->deadline.tv_sec && now.tv_nsec > run->deadline.tv_nsec))
        failed(run, ic_fail_at(run->error, IC_TIMEOUT, options->name, 0, 0,
                               "the query took longer than its %ld ms", options->timeout_ms));
    return run->status == IC_OK;
}

/* From here on the sets are no longer used: whoever receives results may take his time. */
static enum ic_status begin(struct native_run *run)
{
    const struct sparql_query *query = run->plan->query;
    const size_t shown = run->plan->shown;
    const char **names = ic_arena_alloc(run->arena, (shown + 1) * sizeof *names);
    sets_end(run->view);
    if (!names)
        return native_fail_memory(run);
    for (size_t i = 0; i < shown; i++)
        names[i] = query->variables[run->plan->columns[i]].name;
    failed(run, run->sink->begin(run->sink->context, query->kind, names, shown, run->error));
    return run->status;
}

static enum ic_status end(struct native_run *run)
{
    if (run->status == IC_OK)
        failed(run, run->sink->end(run->sink->context, run->error));
    return run->status;
}

/* ---- names alone ---- */

/* Whether any entry has several values where each one counts. */
static bool repeats(struct native_run *run, const struct native_block *block,
                    const roaring_bitmap_t *entries)
{
    bool any = false;
    for (size_t i = 0; run->status == IC_OK && !any && i < block->value_count; i++) {
        struct entry_set set = {.bits = NULL};
        if (failed(run, set_repeated(run->view, block->values[i].property, &set, run->error)))
            break;
        any = roaring_bitmap_intersect(set.bits, entries);
        entry_set_free(&set);
    }
    return any;
}

static bool is_names_alone(struct native_run *run, const roaring_bitmap_t *entries)
{
    const struct native_plan *plan = run->plan;
    const struct native_block *block = plan->blocks;
    return plan->block_count == 1 && plan->column_count == 1 &&
           block->columns[0].kind == NATIVE_NAME && !block->columns[0].of_cloud &&
           !repeats(run, block, entries);
}

/* How many of the first names the results need; 0: all. */
static size_t names_wanted(const struct native_run *run)
{
    const struct sparql_select *select = &run->plan->query->select;
    if (!run->plan->order_count || run->plan->order[0].descending)
        return 0;
    if (select->has_limit)
        return select->limit && select->limit < NAMES_FEW && select->offset < NAMES_FEW
                   ? (size_t)(select->offset + select->limit)
                   : 0;
    const size_t wanted = native_rows_wanted(run);
    return wanted < NAMES_FEW && !select->offset ? wanted : 0;
}

/* Gives those of `count` names that the query asks for; `names` has all, or enough. */
static enum ic_status give_names(struct native_run *run, const struct cloud_name **names,
                                 size_t held, size_t count)
{
    enum { ROWS_PER_LOOK = 64 };
    const struct native_plan *plan = run->plan;
    const bool descending = plan->order_count && plan->order[0].descending;
    size_t first, last, given = 0;
    if (plan->order_count && !native_sort_names(names, held))
        return native_fail_memory(run);
    native_slice(run, count, &first, &last);
    for (size_t i = first; i < last && !native_counts_rest(run, given, last - i); i++) {
        if (run->status != IC_OK || (given % ROWS_PER_LOOK == 0 && !native_running(run)))
            break;
        const struct ic_term name = cloud_name_term(names[descending ? count - 1 - i : i]);
        native_give(run, (const struct ic_term *[]){&name}, &given);
    }
    return run->status;
}

/* A name is claimed by one advertisement, and that describes one cloud: names of different
 * clouds differ, and DISTINCT has nothing to do. */
static enum ic_status run_names(struct native_run *run, const roaring_bitmap_t *clouds)
{
    const size_t count = (size_t)roaring_bitmap_get_cardinality(clouds);
    const size_t wanted = names_wanted(run);
    const size_t held = wanted && wanted < count ? wanted : count;
    struct cloud_name *names = NULL;
    if (native_hold(run, held, sizeof *names + sizeof(struct cloud_name *)) != IC_OK)
        return run->status;
    const struct cloud_name **pointers = malloc((held + 1) * sizeof *pointers);
    if (!pointers)
        return native_fail_memory(run);
    if (count)
        failed(run, cloud_names(run->view, clouds, held, run->arena, &names, run->error));
    for (size_t i = 0; run->status == IC_OK && i < held; i++)
        pointers[i] = &names[i];
    if (run->status == IC_OK && begin(run) == IC_OK &&
        give_names(run, pointers, held, count) == IC_OK)
        end(run);
    free(pointers);
    return run->status;
}

/* ---- the first rows by a number ---- */

/* Whether all values of the property that the entries have are numbers. */
static bool all_numbers(struct native_run *run, uint64_t property,
                        const roaring_bitmap_t *entries)
{
    struct entry_set unordered = {.bits = NULL};
    if (failed(run, set_unordered(run->view, property, &unordered, run->error)))
        return false;
    const bool all = !roaring_bitmap_intersect(entries, unordered.bits);
    entry_set_free(&unordered);
    return all;
}

static bool can_walk(struct native_run *run, const roaring_bitmap_t *entries)
{
    const struct native_plan *plan = run->plan;
    const struct native_block *block = plan->blocks;
    const struct sparql_select *select = &plan->query->select;
    if (plan->block_count != 1 || plan->distinct || !plan->order_count || !select->has_limit ||
        select->limit > WALK_MIN || select->offset > WALK_MIN ||
        roaring_bitmap_get_cardinality(entries) < WALK_MIN)
        return false;
    const struct native_column *column = &block->columns[plan->order[0].column];
    return column->kind == NATIVE_VALUE && !block->of_cloud[column->value] &&
           !block->values[column->value].optional &&
           all_numbers(run, block->values[column->value].property, entries);
}

/* The key of a number's id. */
static enum ic_status key_of(struct native_run *run, uint64_t object, struct value_key *key)
{
    struct ic_term term;
    if (!failed(run,
                ic_dataset_term(&run->view->dataset, object, run->arena, &term, run->error)) &&
        !value_key_of(&term, key))
        failed(run,
               ic_fail(run->error, IC_CORRUPT, "a value among numbers is none; run verify"));
    return run->status;
}

/* Collects rows by ascending or descending value until there are enough, and then those that
 * are equal to the last in value. */
static enum ic_status walk(struct native_run *run, const roaring_bitmap_t *entries,
                           struct native_rows *rows)
{
    const struct native_plan *plan = run->plan;
    const struct native_block *block = plan->blocks;
    const struct sparql_select *select = &plan->query->select;
    const size_t value = block->columns[plan->order[0].column].value;
    const size_t enough = (size_t)(select->limit + select->offset);
    struct value_key last = {.size = 0}, key;
    struct value_walk *values = NULL;
    struct native_fixed fixed = {.value = value};
    bool found = true;
    failed(run, value_walk_open(run->view, block->values[value].property,
                                plan->order[0].descending, &values, run->error));
    while (native_running(run)) {
        struct entry_set set = {.bits = NULL};
        if (failed(run, value_walk_next(values, &fixed.object, &set, &found, run->error)) ||
            !found)
            break;
        if (!roaring_bitmap_intersect(set.bits, entries)) {
            entry_set_free(&set);
            continue;
        }
        roaring_bitmap_t *here = roaring_bitmap_and(set.bits, entries);
        entry_set_free(&set);
        if (!here) {
            native_fail_memory(run);
            break;
        }
        bool done = false;
        if (key_of(run, fixed.object, &key) == IC_OK) {
            done = rows->count >= enough && value_key_compare(&key, &last) != 0;
            last = key;
            if (!done)
                native_collect_rows(run, block, here, &fixed, rows);
        }
        roaring_bitmap_free(here);
        if (done)
            break;
    }
    value_walk_close(values);
    return run->status;
}

/* ---- all ---- */

static enum ic_status run_rows(struct native_run *run, struct entry_set *sets)
{
    const struct native_plan *plan = run->plan;
    struct native_rows rows = {.width = plan->column_count};
    if (can_walk(run, sets[0].bits)) {
        walk(run, sets[0].bits, &rows);
    } else {
        for (size_t i = 0; run->status == IC_OK && i < plan->block_count; i++)
            native_collect_rows(run, &plan->blocks[i], sets[i].bits, NULL, &rows);
    }
    if (run->status == IC_OK && begin(run) == IC_OK && native_give_rows(run, &rows) == IC_OK)
        end(run);
    free(rows.cells);
    return run->status;
}

static enum ic_status run_ask(struct native_run *run, const struct entry_set *sets)
{
    bool any = false;
    for (size_t i = 0; i < run->plan->block_count; i++)
        any = any || !roaring_bitmap_is_empty(sets[i].bits);
    if (begin(run) == IC_OK)
        failed(run, run->sink->boolean(run->sink->context, any, run->error));
    return end(run);
}

/* Whether no subject that several advertisements describe can matter to a block. */
static bool merges_nothing(struct native_run *run)
{
    struct entry_set shared = {.bits = NULL};
    bool touches = false;
    if (!run->plan->default_graph || failed(run, set_shared(run->view, &shared, run->error)))
        return true;
    if (!roaring_bitmap_is_empty(shared.bits))
        for (size_t i = 0; run->status == IC_OK && !touches && i < run->plan->block_count; i++)
            native_touches(run, run->plan->blocks[i].set, shared.bits, &touches);
    entry_set_free(&shared);
    return !touches;
}

enum ic_status native_execute(struct native_run *run, bool *covered)
{
    const struct native_plan *plan = run->plan;
    *covered = merges_nothing(run);
    if (run->status != IC_OK || !*covered)
        return run->status;
    struct entry_set *sets = calloc(plan->block_count + 1, sizeof *sets);
    if (!sets)
        return native_fail_memory(run);
    for (size_t i = 0; run->status == IC_OK && i < plan->block_count; i++)
        native_evaluate_visible(run, plan->blocks[i].set, &sets[i]);
    *covered = !run->uncovered;
    if (run->status == IC_OK && *covered && plan->query->kind == IC_QUERY_ASK)
        run_ask(run, sets);
    else if (run->status == IC_OK && *covered) {
        if (plan->block_count && is_names_alone(run, sets[0].bits))
            run_names(run, sets[0].bits);
        else if (run->status == IC_OK)
            run_rows(run, sets);
    }
    for (size_t i = 0; i < plan->block_count; i++)
        entry_set_free(&sets[i]);
    free(sets);
    return run->status;
}
