/* SPDX-License-Identifier: Apache-2.0 */
/* The engine native: parses, plans, runs; or says what it does not cover. */
#include "native.h"

#include <stdlib.h>

static void set_deadline(struct native_run *run)
{
    const long ms = run->options->timeout_ms;
    run->has_deadline = ms > 0;
    if (!run->has_deadline)
        return;
    clock_gettime(CLOCK_MONOTONIC, &run->deadline);
    run->deadline.tv_sec += ms / 1000;
    run->deadline.tv_nsec += ms % 1000 * 1000000;
    if (run->deadline.tv_nsec >= 1000000000) {
        run->deadline.tv_nsec -= 1000000000;
        run->deadline.tv_sec++;
    }
}

static enum ic_status not_covered(const struct ic_query_options *options,
                                  struct sparql_place place, const char *what,
                                  struct ic_error *error)
{
    return ic_fail_at(error, IC_UNSUPPORTED, options->name, place.line, place.column,
                      "the engine native does not do %s; leave out --engine native", what);
}

static enum ic_status run_plan(struct native_run *run, bool *covered)
{
    sets_begin(run->view);
    const enum ic_status status = native_execute(run, covered);
    sets_end(run->view);
    if (status == IC_OK && !*covered)
        return not_covered(run->options, (struct sparql_place){0, 0},
                           run->uncovered
                               ? "comparisons of times that are not in canonical form"
                               : "queries of the default graph about subjects that "
                                 "several advertisements describe",
                           run->error);
    return status;
}

static enum ic_status plan_and_run(struct native_run *run, const char *text, bool *covered)
{
    struct native_plan plan = {.query = NULL};
    struct native_planner planner = {
        .plan = &plan, .arena = run->arena, .view = run->view, .error = run->error};
    struct sparql_query *query;
    const enum ic_status status = sparql_parse(text, run->options->name, run->options->base,
                                               run->arena, &query, run->error);
    if (status != IC_OK)
        return status;
    if (!run->view) {
        *covered = false;
        return not_covered(run->options, (struct sparql_place){0, 0}, "datasets in memory",
                           run->error);
    }
    run->plan = &plan;
    if (native_plan_query(&planner, query))
        return run_plan(run, covered);
    *covered = !planner.reason;
    return *covered
               ? planner.status
               : not_covered(run->options, planner.reason_place, planner.reason, run->error);
}

enum ic_status native_query_run(struct ic_dataset *dataset, const char *text,
                                const struct ic_query_options *options,
                                const struct ic_query_sink *sink, bool *covered,
                                struct ic_error *error)
{
    struct native_run run = {
        .view = view_of_dataset(dataset), .options = options, .sink = sink, .error = error};
    *covered = true;
    run.arena = ic_arena_new();
    if (!run.arena)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    set_deadline(&run);
    const enum ic_status status = plan_and_run(&run, text, covered);
    ic_arena_free(run.arena);
    return status;
}

static enum ic_status run_native(struct ic_dataset *dataset, const char *text,
                                 const struct ic_query_options *options,
                                 const struct ic_query_sink *sink, struct ic_error *error)
{
    bool covered;
    return native_query_run(dataset, text, options, sink, &covered, error);
}

static enum ic_status check_native(const char *text, const struct ic_query_options *options,
                                   struct ic_error *error)
{
    struct sparql_query *query;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    const enum ic_status status =
        sparql_parse(text, options->name, options->base, arena, &query, error);
    ic_arena_free(arena);
    return status;
}

const struct query_engine engine_native = {
    .name = "native", .run = run_native, .check = check_native};
