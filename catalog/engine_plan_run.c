/* SPDX-License-Identifier: Apache-2.0 */
/* Running a plan: nested loops by recursion, one level a step, rows passed on as they come. */
#include "engine_plan.h"

#include <stdlib.h>
#include <string.h>

struct run {
    struct plan *plan;
    struct engine *engine;
    uint64_t *values; /* by variable; IC_ANY: unbound */
    rasqal_evaluation_context *expressions;
    plan_row each;
    void *context;
    bool done;
    bool found; /* the block of the EXISTS that is being decided gave a row */
};

/* Where a block goes on when its last step is through: the step behind it in the block that
 * holds it; NULL: a row is complete. */
struct rest {
    const struct plan_block *block; /* NULL: nowhere, the row is all that an EXISTS asks */
    size_t step;
    const struct rest *then;
    bool *matched; /* set on the way: an OPTIONAL's block gave a row */
};

static void run_step(struct run *run, const struct plan_block *block, size_t i,
                     const struct rest *then);

static bool going(const struct run *run)
{
    return run->engine->status == IC_OK && !run->done && !run->found;
}

static void finish_block(struct run *run, const struct rest *then)
{
    if (!then) {
        const enum ic_status status = run->each(run->context, run->values, &run->done);
        if (run->engine->status == IC_OK)
            run->engine->status = status;
        return;
    }
    if (!then->block) {
        run->found = true;
        return;
    }
    if (then->matched)
        *then->matched = true;
    run_step(run, then->block, then->step, then->then);
}

/* ---- triples ---- */

static uint64_t wanted(const struct run *run, struct plan_place place)
{
    return place.variable < 0 ? place.id : run->values[place.variable];
}

/* Gives the place's variable a value; false when it has another one (the same variable twice in
 * a triple). *bound: it had none. */
static bool assign(struct run *run, struct plan_place place, uint64_t value, bool *bound)
{
    *bound = false;
    if (place.variable < 0)
        return true;
    uint64_t *at = &run->values[place.variable];
    if (*at != IC_ANY)
        return *at == value;
    *at = value;
    *bound = true;
    return true;
}

static void unassign(struct run *run, struct plan_place place, bool bound)
{
    if (bound)
        run->values[place.variable] = IC_ANY;
}

static void take_quad(struct run *run, const struct plan_block *block, size_t i,
                      const struct ic_quad *quad, const struct rest *then)
{
    const struct plan_step *step = &block->steps[i];
    bool s = false, p = false, o = false, g = false;
    if (assign(run, step->subject, quad->subject, &s) &&
        assign(run, step->predicate, quad->predicate, &p) &&
        assign(run, step->object, quad->object, &o) &&
        (step->default_graph || assign(run, step->graph, quad->graph, &g)))
        run_step(run, block, i + 1, then);
    unassign(run, step->subject, s);
    unassign(run, step->predicate, p);
    unassign(run, step->object, o);
    unassign(run, step->graph, g);
}

static void run_triple(struct run *run, const struct plan_block *block, size_t i,
                       const struct rest *then)
{
    const struct plan_step *step = &block->steps[i];
    const struct ic_quad pattern = {
        wanted(run, step->subject), wanted(run, step->predicate), wanted(run, step->object),
        step->default_graph ? IC_DEFAULT_GRAPH : wanted(run, step->graph)};
    struct ic_cursor *cursor = NULL;
    struct engine *engine = run->engine;
    if (pattern.subject == IC_UNKNOWN_TERM || pattern.predicate == IC_UNKNOWN_TERM ||
        pattern.object == IC_UNKNOWN_TERM || pattern.graph == IC_UNKNOWN_TERM)
        return;
    engine->status = ic_dataset_open(engine->dataset, &pattern, &cursor, engine->error);
    while (going(run) && engine_running(engine)) {
        struct ic_quad quad;
        bool found = false;
        engine->status = ic_cursor_next(cursor, &quad, &found, engine->error);
        if (engine->status != IC_OK || !found)
            break;
        take_quad(run, block, i, &quad, then);
    }
    ic_cursor_close(cursor);
}

/* ---- graphs ---- */

static void run_graphs(struct run *run, const struct plan_block *block, size_t i,
                       const struct rest *then)
{
    const struct plan_place place = block->steps[i].graph;
    struct engine *engine = run->engine;
    uint64_t *ids = NULL;
    size_t count = 0;
    const uint64_t only = wanted(run, place);
    engine->status = ic_dataset_graphs(engine->dataset, &ids, &count, engine->error);
    for (size_t k = 0; k < count && going(run); k++) {
        bool bound = false;
        if (only != IC_ANY && only != ids[k])
            continue;
        if (assign(run, place, ids[k], &bound))
            run_step(run, block, i + 1, then);
        unassign(run, place, bound);
    }
    free(ids);
}

/* ---- filters ---- */

/* SPARQL 1.1, section 17.2.2. */
static bool effective_boolean(rasqal_literal *literal)
{
    literal = literal ? rasqal_literal_value(literal) : NULL;
    if (!literal)
        return false;
    switch ((int)literal->type) {
    case RASQAL_LITERAL_BOOLEAN:
    case RASQAL_LITERAL_INTEGER:
        return literal->value.integer != 0;
    case RASQAL_LITERAL_FLOAT:
    case RASQAL_LITERAL_DOUBLE:
        return literal->value.floating > 0 || literal->value.floating < 0;
    case RASQAL_LITERAL_DECIMAL:
        return !rasqal_xsd_decimal_is_zero(literal->value.decimal);
    case RASQAL_LITERAL_STRING:
    case RASQAL_LITERAL_XSD_STRING:
        return literal->string_len > 0 && !literal->datatype;
    default:
        return false;
    }
}

static bool passes(struct run *run, const struct plan_step *step)
{
    struct engine *engine = run->engine;
    rasqal_variable **variables = run->plan->variables;
    for (size_t i = 0; i < step->hidden_count; i++)
        rasqal_variable_set_value(variables[step->hidden[i]], NULL);
    for (size_t i = 0; i < step->seen_count; i++) {
        const uint64_t id = run->values[step->seen[i]];
        rasqal_literal *value = id == IC_ANY ? NULL : terms_literal(engine, id);
        if (engine->status != IC_OK)
            return false;
        rasqal_variable_set_value(variables[step->seen[i]], value);
    }
    int failed = 0;
    rasqal_literal *result =
        rasqal_expression_evaluate2(step->filter, run->expressions, &failed);
    const bool passed = !failed && effective_boolean(result);
    if (result)
        rasqal_free_literal(result);
    return passed && engine->status == IC_OK;
}

/* Decides an EXISTS: its block runs until it has a row. The variables that it may not see are
 * its own meanwhile. */
static bool exists(struct run *run, const struct plan_step *step)
{
    static const struct rest nowhere = {NULL, 0, NULL, NULL};
    uint64_t *kept = step->hidden_count ? malloc(step->hidden_count * sizeof *kept) : NULL;
    if (step->hidden_count && !kept) {
        engine_fail(run->engine, IC_NO_MEMORY, "out of memory while running the query");
        return false;
    }
    for (size_t i = 0; i < step->hidden_count; i++) {
        kept[i] = run->values[step->hidden[i]];
        run->values[step->hidden[i]] = IC_ANY;
    }
    run_step(run, step->blocks[0], 0, &nowhere);
    for (size_t i = 0; i < step->hidden_count; i++)
        run->values[step->hidden[i]] = kept[i];
    free(kept);
    const bool found = run->found;
    run->found = false;
    return found;
}

static bool decides(enum plan_step_kind kind)
{
    return kind == PLAN_FILTER || kind == PLAN_EXISTS || kind == PLAN_NOT_EXISTS;
}

/* True when the row passes a step that decides. */
static bool holds(struct run *run, const struct plan_step *step)
{
    if (step->kind == PLAN_FILTER)
        return passes(run, step);
    return exists(run, step) == (step->kind == PLAN_EXISTS) && run->engine->status == IC_OK;
}

/* ---- blocks ---- */

static void run_blocks(struct run *run, const struct plan_block *block, size_t i,
                       const struct rest *then)
{
    const struct plan_step *step = &block->steps[i];
    bool matched = false;
    const bool optional = step->kind == PLAN_OPTIONAL;
    const struct rest rest = {block, i + 1, then, optional ? &matched : NULL};
    for (size_t k = 0; k < step->block_count && going(run); k++)
        run_step(run, step->blocks[k], 0, &rest);
    if (optional && !matched && going(run))
        run_step(run, block, i + 1, then);
}

static void run_step(struct run *run, const struct plan_block *block, size_t i,
                     const struct rest *then)
{
    while (i < block->step_count && decides(block->steps[i].kind)) {
        if (!holds(run, &block->steps[i]))
            return;
        i++;
    }
    if (i == block->step_count) {
        finish_block(run, then);
        return;
    }
    switch (block->steps[i].kind) {
    case PLAN_TRIPLE:
        run_triple(run, block, i, then);
        break;
    case PLAN_GRAPHS:
        run_graphs(run, block, i, then);
        break;
    case PLAN_BLOCKS:
    case PLAN_OPTIONAL:
        run_blocks(run, block, i, then);
        break;
    case PLAN_FILTER:
    case PLAN_EXISTS:
    case PLAN_NOT_EXISTS:
        break;
    }
}

enum ic_status plan_run(struct plan *plan, plan_row each, void *context)
{
    struct engine *engine = plan->engine;
    struct run run = {.plan = plan, .engine = engine, .each = each, .context = context};
    run.values = calloc(plan->variable_count + 1, sizeof *run.values);
    run.expressions = rasqal_new_evaluation_context(engine->world, NULL, RASQAL_COMPARE_XQUERY);
    if (!run.values || !run.expressions)
        engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    else
        run_step(&run, plan->root, 0, NULL);
    if (run.expressions)
        rasqal_free_evaluation_context(run.expressions);
    free(run.values);
    return engine->status;
}
