/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluating set expressions: the operands of an AND are intersected all at once, what needs to
 * look at entries comes last. */
#include "native.h"

#include <stdlib.h>

static bool failed(struct native_run *run, enum ic_status status)
{
    if (run->status == IC_OK)
        run->status = status;
    return run->status != IC_OK;
}

enum ic_status native_fail_memory(struct native_run *run)
{
    failed(run, ic_fail(run->error, IC_NO_MEMORY, "out of memory for a query"));
    return run->status;
}

/* Makes `bits` the set's own. NULL: no memory. */
static enum ic_status own(struct native_run *run, roaring_bitmap_t *bits, struct entry_set *set)
{
    if (!bits)
        return native_fail_memory(run);
    if (set->owned)
        roaring_bitmap_free(set->owned);
    *set = (struct entry_set){bits, bits};
    return IC_OK;
}

/* Takes away the clouds' entries that are not among what `expr` offers. */
static enum ic_status keep_offers_of(struct native_run *run, const struct native_set *expr,
                                     struct entry_set *set)
{
    struct entry_set clouds = {.bits = NULL};
    if (native_evaluate(run, expr->args[0], &clouds) != IC_OK)
        return run->status;
    roaring_bitmap_t *kept = roaring_bitmap_create();
    roaring_uint32_iterator_t *it = kept ? roaring_create_iterator(set->bits) : NULL;
    for (; it && it->has_value && native_running(run); roaring_advance_uint32_iterator(it)) {
        uint32_t cloud;
        if (!failed(run, entry_cloud(run->view, it->current_value, &cloud, run->error)) &&
            roaring_bitmap_contains(clouds.bits, cloud))
            roaring_bitmap_add(kept, it->current_value);
    }
    if (it)
        roaring_free_uint32_iterator(it);
    else
        native_fail_memory(run);
    entry_set_free(&clouds);
    if (run->status == IC_OK)
        return own(run, kept, set);
    if (kept)
        roaring_bitmap_free(kept);
    return run->status;
}

/* What makes an AND smaller without being an operand of it. */
static enum ic_status narrow(struct native_run *run, const struct native_set *expr,
                             struct entry_set *set)
{
    for (size_t i = 0; run->status == IC_OK && i < expr->arg_count; i++) {
        const struct native_set *arg = expr->args[i];
        struct entry_set other = {.bits = NULL};
        if (roaring_bitmap_is_empty(set->bits))
            break;
        if (arg->kind == NATIVE_OFFERS_OF) {
            keep_offers_of(run, arg, set);
        } else if (arg->kind == NATIVE_TESTED && !arg->negated) {
            native_keep_tested(run, arg, set);
        } else if (arg->negated && native_evaluate(run, arg, &other) == IC_OK) {
            if (set->owned)
                roaring_bitmap_andnot_inplace(set->owned, other.bits);
            else
                own(run, roaring_bitmap_andnot(set->bits, other.bits), set);
        }
        entry_set_free(&other);
    }
    return run->status;
}

/* What makes a union without being evaluated before: ORs of values, ranges. */
static enum ic_status add_parts(struct native_run *run, const struct native_set *expr,
                                struct entry_union *parts)
{
    struct entry_set set = {.bits = NULL};
    if (expr->kind == NATIVE_OR) {
        for (size_t i = 0; i < expr->arg_count && native_running(run); i++)
            add_parts(run, expr->args[i], parts);
    } else if (expr->kind == NATIVE_RANGE) {
        failed(run, set_range(run->view, expr->property, &expr->range, parts, run->error));
    } else if (native_evaluate(run, expr, &set) == IC_OK) {
        failed(run, entry_union_add(parts, set, run->error));
    }
    return run->status;
}

static bool is_nothing(const struct entry_union *parts)
{
    size_t i = 0;
    while (i < parts->count && roaring_bitmap_is_empty(parts->sets[i].bits))
        i++;
    return i == parts->count;
}

/* What is in each union; a single set stays borrowed. */
static enum ic_status meet(struct native_run *run, struct entry_union *unions, size_t count,
                           struct entry_set *set)
{
    if (count == 1 && unions[0].count == 1) {
        *set = unions[0].sets[0];
        unions[0].count = 0;
        return run->status;
    }
    failed(run, entry_unions_meet(unions, count, set, run->error));
    return run->status;
}

/* The operands that an AND intersects, in `unions`, which has room for two more than its
 * arguments. With `visible` what the view shows is one of them. */
static enum ic_status gather(struct native_run *run, const struct native_set *expr,
                             bool visible, struct entry_union *unions, size_t *count)
{
    bool anything = true, offers = false;
    struct entry_set all = {.bits = NULL};
    for (size_t i = 0; run->status == IC_OK && anything && i < expr->arg_count; i++) {
        const struct native_set *arg = expr->args[i];
        offers = offers || arg->kind == NATIVE_OFFERS_OF;
        if (arg->negated || arg->kind == NATIVE_OFFERS_OF || arg->kind == NATIVE_TESTED)
            continue;
        if (add_parts(run, arg, &unions[(*count)++]) == IC_OK)
            anything = !is_nothing(&unions[*count - 1]);
    }
    if (run->status == IC_OK && *count == 0 && offers &&
        !failed(run, set_offered(run->view, &all, run->error)))
        failed(run, entry_union_add(&unions[(*count)++], all, run->error));
    if (run->status == IC_OK && (visible || *count == 0) && anything &&
        !failed(run, set_visible(run->view, &all, run->error)))
        failed(run, entry_union_add(&unions[(*count)++], all, run->error));
    return run->status;
}

static enum ic_status evaluate_and(struct native_run *run, const struct native_set *expr,
                                   bool visible, struct entry_set *set)
{
    struct entry_union *unions = calloc(expr->arg_count + 2, sizeof *unions);
    size_t count = 0;
    if (!unions)
        return native_fail_memory(run);
    if (gather(run, expr, visible, unions, &count) == IC_OK &&
        meet(run, unions, count, set) == IC_OK)
        narrow(run, expr, set);
    for (size_t i = 0; i < expr->arg_count + 2; i++)
        entry_union_free(&unions[i]);
    free(unions);
    return run->status;
}

static enum ic_status evaluate_union(struct native_run *run, const struct native_set *expr,
                                     struct entry_set *set)
{
    struct entry_union parts = {.sets = NULL};
    if (add_parts(run, expr, &parts) == IC_OK)
        meet(run, &parts, 1, set);
    entry_union_free(&parts);
    return run->status;
}

/* What the view shows of a set, in place. */
static enum ic_status show(struct native_run *run, struct entry_set *set)
{
    struct entry_set visible = {.bits = NULL};
    if (failed(run, set_visible(run->view, &visible, run->error)))
        return run->status;
    if (set->owned)
        roaring_bitmap_and_inplace(set->owned, visible.bits);
    else
        own(run, roaring_bitmap_and(set->bits, visible.bits), set);
    entry_set_free(&visible);
    return run->status;
}

static enum ic_status evaluate_clouds(struct native_run *run, const struct native_set *expr,
                                      struct entry_set *set)
{
    struct entry_set offers = {.bits = NULL};
    if (native_evaluate_visible(run, expr->args[0], &offers) == IC_OK)
        failed(run, set_clouds_of(run->view, offers.bits, set, run->error));
    entry_set_free(&offers);
    return run->status;
}

static enum ic_status evaluate_tested(struct native_run *run, const struct native_set *expr,
                                      struct entry_set *set)
{
    if (!failed(run, set_stated(run->view, expr->property, set, run->error)) &&
        show(run, set) == IC_OK)
        native_keep_tested(run, expr, set);
    return run->status;
}

static enum ic_status evaluate(struct native_run *run, const struct native_set *expr,
                               struct entry_set *set)
{
    switch (expr->kind) {
    case NATIVE_EQUAL:
        return set_equal(run->view, expr->property, expr->object, set, run->error);
    case NATIVE_STATED:
        return expr->of_each_cloud ? set_clouds(run->view, set, run->error)
                                   : set_stated(run->view, expr->property, set, run->error);
    case NATIVE_RANGE:
    case NATIVE_OR:
        return evaluate_union(run, expr, set);
    case NATIVE_TESTED:
        return evaluate_tested(run, expr, set);
    case NATIVE_OFFERED:
        return set_offered(run->view, set, run->error);
    case NATIVE_AND:
        return evaluate_and(run, expr, false, set);
    case NATIVE_CLOUDS_OF:
        return evaluate_clouds(run, expr, set);
    case NATIVE_OFFERS_OF:
        break; /* evaluate_and asks for it */
    }
    return IC_OK;
}

enum ic_status native_evaluate(struct native_run *run, const struct native_set *expr,
                               struct entry_set *set)
{
    *set = (struct entry_set){.bits = NULL};
    if (!native_running(run) || !failed(run, evaluate(run, expr, set)))
        return run->status;
    entry_set_free(set);
    return run->status;
}

enum ic_status native_evaluate_visible(struct native_run *run, const struct native_set *expr,
                                       struct entry_set *set)
{
    *set = (struct entry_set){.bits = NULL};
    if (expr->kind == NATIVE_AND && native_running(run))
        evaluate_and(run, expr, true, set);
    else if (native_evaluate(run, expr, set) == IC_OK)
        show(run, set);
    if (run->status != IC_OK)
        entry_set_free(set);
    return run->status;
}

/* ---- entries that the default graph merges ---- */

/* Whether the expression leads from entries to others. */
static bool has_links(const struct native_set *expr)
{
    bool has = expr->kind == NATIVE_OFFERED || expr->kind == NATIVE_CLOUDS_OF ||
               expr->kind == NATIVE_OFFERS_OF;
    for (size_t i = 0; !has && i < expr->arg_count; i++)
        has = has_links(expr->args[i]);
    return has;
}

/* One subject's entries can meet an AND together only when each operand has one of them. */
static enum ic_status touches_star(struct native_run *run, const struct native_set *expr,
                                   const roaring_bitmap_t *shared, bool *touches)
{
    struct entry_set set = {.bits = NULL};
    *touches = expr->kind != NATIVE_OR;
    if (expr->kind == NATIVE_AND) {
        for (size_t i = 0; run->status == IC_OK && *touches && i < expr->arg_count; i++)
            if (!expr->args[i]->negated)
                touches_star(run, expr->args[i], shared, touches);
    } else if (expr->kind == NATIVE_OR) {
        for (size_t i = 0; run->status == IC_OK && !*touches && i < expr->arg_count; i++)
            touches_star(run, expr->args[i], shared, touches);
    } else if (native_evaluate(run, expr, &set) == IC_OK) {
        *touches = roaring_bitmap_intersect(set.bits, shared);
        entry_set_free(&set);
    }
    return run->status;
}

enum ic_status native_touches(struct native_run *run, const struct native_set *expr,
                              const roaring_bitmap_t *shared, bool *touches)
{
    *touches = true;
    return has_links(expr) ? run->status : touches_star(run, expr, shared, touches);
}
