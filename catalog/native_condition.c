/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on one value: what FILTER asks of a variable, as intervals of numbers and terms
 * (SPARQL 1.1 Query, sections 17.3 and 17.4.1.7). An error of a comparison leaves the value
 * out, and so does false: both sides of || and && are sets of the values for which they are
 * true. */
#include <stdlib.h>
#include <string.h>

#include "native.h"

static struct native_condition *new_condition(struct native_planner *planner)
{
    return native_allocate(planner, sizeof(struct native_condition));
}

static bool add_range(struct native_planner *planner, struct native_condition *condition,
                      struct value_range range)
{
    condition->ranges = native_grow(planner, condition->ranges, condition->range_count,
                                    sizeof *condition->ranges);
    if (condition->ranges)
        condition->ranges[condition->range_count++] = range;
    return condition->ranges != NULL;
}

static bool add_term(struct native_planner *planner, struct native_condition *condition,
                     const struct ic_term *term)
{
    uint64_t id;
    if (!native_find(planner, term, &id))
        return false;
    condition->terms =
        native_grow(planner, condition->terms, condition->term_count, sizeof *condition->terms);
    if (condition->terms)
        condition->terms[condition->term_count++] = id;
    return condition->terms != NULL;
}

/* ---- comparisons ---- */

static bool compare_number(struct native_planner *planner, struct native_condition *condition,
                           enum sparql_expr_kind kind, const struct value_key *number)
{
    struct value_key *key = native_allocate(planner, sizeof *key);
    if (!key)
        return false;
    memcpy(key, number, sizeof *key);
    struct value_range range = {NULL, NULL, false, false};
    if (kind != SPARQL_EXPR_LT && kind != SPARQL_EXPR_LE)
        range.low = key;
    if (kind != SPARQL_EXPR_GT && kind != SPARQL_EXPR_GE)
        range.high = key;
    range.above_low = kind == SPARQL_EXPR_GT;
    range.below_high = kind == SPARQL_EXPR_LT;
    return add_range(planner, condition, range);
}

/* A boolean has two spellings of each value. */
static bool equal_boolean(struct native_planner *planner, struct native_condition *condition,
                          const struct ic_term *term, struct sparql_place place)
{
    const bool yes = strcmp(term->text, "true") == 0 || strcmp(term->text, "1") == 0;
    if (!yes && strcmp(term->text, "false") != 0 && strcmp(term->text, "0") != 0)
        return native_not_covered(planner, place, "an ill-typed boolean");
    const struct ic_term word = ic_term_literal(yes ? "true" : "false", term->datatype);
    const struct ic_term digit = ic_term_literal(yes ? "1" : "0", term->datatype);
    return add_term(planner, condition, &word) && add_term(planner, condition, &digit);
}

static bool add_tests(struct native_planner *planner, struct native_condition *condition,
                      struct native_test *tests)
{
    condition->tests = native_grow(planner, condition->tests, condition->test_count,
                                   sizeof(struct native_test *));
    if (condition->tests)
        condition->tests[condition->test_count++] = tests;
    return condition->tests != NULL;
}

static bool compare_time(struct native_planner *planner, struct native_condition *condition,
                         enum sparql_expr_kind kind, const struct ic_term *term)
{
    struct native_test *test = native_allocate(planner, sizeof *test);
    if (!test)
        return false;
    *test = (struct native_test){.kind = kind, .term = *term};
    return add_tests(planner, condition, test);
}

static bool compare_with(struct native_planner *planner, struct native_condition *condition,
                         enum sparql_expr_kind kind, const struct ic_term *term,
                         struct sparql_place place)
{
    struct value_key key;
    if (value_key_of(term, &key))
        return compare_number(planner, condition, kind, &key);
    if (native_is_time(term))
        return compare_time(planner, condition, kind, term);
    if (kind != SPARQL_EXPR_EQ)
        return native_not_covered(planner, place,
                                  "an order comparison with something other than a number");
    if (term->kind == IC_IRI || !term->datatype)
        return add_term(planner, condition, term);
    if (strcmp(term->datatype, IC_NS_XSD "boolean") == 0)
        return equal_boolean(planner, condition, term, place);
    return native_not_covered(planner, place, "a comparison with a literal of this datatype");
}

static enum sparql_expr_kind turned(enum sparql_expr_kind kind)
{
    return kind == SPARQL_EXPR_LT   ? SPARQL_EXPR_GT
           : kind == SPARQL_EXPR_GT ? SPARQL_EXPR_LT
           : kind == SPARQL_EXPR_LE ? SPARQL_EXPR_GE
           : kind == SPARQL_EXPR_GE ? SPARQL_EXPR_LE
                                    : kind;
}

static bool is_variable(const struct sparql_expr *expr)
{
    return expr->kind == SPARQL_EXPR_TERM && expr->term.variable >= 0;
}

static bool is_constant(const struct sparql_expr *expr)
{
    return expr->kind == SPARQL_EXPR_TERM && expr->term.variable < 0;
}

static struct native_condition *comparison(struct native_planner *planner,
                                           const struct sparql_expr *expr, int *variable)
{
    const struct sparql_expr *a = expr->args[0], *b = expr->args[1];
    const bool turn = is_constant(a) && is_variable(b);
    struct native_condition *condition = new_condition(planner);
    if (turn) {
        a = expr->args[1];
        b = expr->args[0];
    }
    if (!is_variable(a) || !is_constant(b)) {
        native_not_covered(planner, expr->place,
                           "a comparison of other things than a variable and a constant");
        return NULL;
    }
    *variable = a->term.variable;
    return condition && compare_with(planner, condition, turn ? turned(expr->kind) : expr->kind,
                                     &b->term.term, expr->place)
               ? condition
               : NULL;
}

/* ---- ranges as sets ---- */

static int compare_lows(const struct value_range *a, const struct value_range *b)
{
    if (!a->low || !b->low)
        return (a->low != NULL) - (b->low != NULL);
    const int order = value_key_compare(a->low, b->low);
    return order ? order : a->above_low - b->above_low;
}

static int compare_highs(const struct value_range *a, const struct value_range *b)
{
    if (!a->high || !b->high)
        return (a->high == NULL) - (b->high == NULL);
    const int order = value_key_compare(a->high, b->high);
    return order ? order : b->below_high - a->below_high;
}

/* Whether a number can be in it. */
static bool is_range(const struct value_range *range)
{
    if (!range->low || !range->high)
        return true;
    const int order = value_key_compare(range->low, range->high);
    return order < 0 || (order == 0 && !range->above_low && !range->below_high);
}

/* Whether `b`, which begins no sooner than `a`, begins in it or right behind it. */
static bool goes_on(const struct value_range *a, const struct value_range *b)
{
    if (!a->high || !b->low)
        return true;
    const int order = value_key_compare(b->low, a->high);
    return order < 0 || (order == 0 && !(a->below_high && b->above_low));
}

static int compare_ranges(const void *a, const void *b)
{
    return compare_lows(a, b);
}

/* Sorts the ranges and joins those that meet. */
static void tidy(struct native_condition *condition)
{
    struct value_range *ranges = condition->ranges;
    size_t kept = 0;
    if (condition->range_count > 1)
        qsort(ranges, condition->range_count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < condition->range_count; i++) {
        if (!is_range(&ranges[i]))
            continue;
        if (kept && goes_on(&ranges[kept - 1], &ranges[i])) {
            if (compare_highs(&ranges[i], &ranges[kept - 1]) > 0) {
                ranges[kept - 1].high = ranges[i].high;
                ranges[kept - 1].below_high = ranges[i].below_high;
            }
            continue;
        }
        ranges[kept++] = ranges[i];
    }
    condition->range_count = kept;
}

/* A list that holds where both do. */
static struct native_test *both_tests(struct native_planner *planner, struct native_test *a,
                                      struct native_test *b)
{
    struct native_test *both = b;
    for (; a; a = a->next) {
        struct native_test *copy = native_allocate(planner, sizeof *copy);
        if (!copy)
            return NULL;
        *copy = (struct native_test){.kind = a->kind, .term = a->term, .next = both};
        both = copy;
    }
    return both;
}

struct native_condition *native_condition_and(struct native_planner *planner,
                                              struct native_condition *a,
                                              struct native_condition *b)
{
    if (!a || !b)
        return a ? a : b;
    struct native_condition *both = new_condition(planner);
    if (!both)
        return NULL;
    for (size_t i = 0; i < a->range_count; i++)
        for (size_t k = 0; k < b->range_count; k++) {
            const struct value_range *x = &a->ranges[i], *y = &b->ranges[k];
            const struct value_range *low = compare_lows(x, y) > 0 ? x : y;
            const struct value_range *high = compare_highs(x, y) < 0 ? x : y;
            const struct value_range range = {low->low, high->high, low->above_low,
                                              high->below_high};
            if (is_range(&range) && !add_range(planner, both, range))
                return NULL;
        }
    for (size_t i = 0; i < a->term_count; i++)
        for (size_t k = 0; k < b->term_count; k++) {
            if (a->terms[i] != b->terms[k])
                continue;
            both->terms =
                native_grow(planner, both->terms, both->term_count, sizeof *both->terms);
            if (!both->terms)
                return NULL;
            both->terms[both->term_count++] = a->terms[i];
        }
    for (size_t i = 0; i < a->test_count; i++)
        for (size_t k = 0; k < b->test_count; k++) {
            struct native_test *tests = both_tests(planner, a->tests[i], b->tests[k]);
            if (!tests || !add_tests(planner, both, tests))
                return NULL;
        }
    return both;
}

/* ---- whole expressions ---- */

/* Adds what `from` lets pass; takes care that both are about one variable. */
static bool add_all(struct native_planner *planner, struct native_condition *to,
                    const struct native_condition *from)
{
    for (size_t i = 0; i < from->range_count; i++)
        if (!add_range(planner, to, from->ranges[i]))
            return false;
    for (size_t i = 0; i < from->term_count; i++) {
        to->terms = native_grow(planner, to->terms, to->term_count, sizeof *to->terms);
        if (!to->terms)
            return false;
        to->terms[to->term_count++] = from->terms[i];
    }
    for (size_t i = 0; i < from->test_count; i++)
        if (!add_tests(planner, to, from->tests[i]))
            return false;
    return true;
}

static struct native_condition *junction(struct native_planner *planner,
                                         const struct sparql_expr *expr, int *variable)
{
    struct native_condition *result = NULL;
    for (size_t i = 0; i < expr->arg_count; i++) {
        int other;
        struct native_condition *next = native_condition_of(planner, expr->args[i], &other);
        if (!next)
            return NULL;
        if (i && other != *variable) {
            native_not_covered(planner, expr->place, "|| of conditions on several variables");
            return NULL;
        }
        *variable = other;
        if (!result)
            result = next;
        else if (expr->kind == SPARQL_EXPR_AND)
            result = native_condition_and(planner, result, next);
        else if (!add_all(planner, result, next))
            return NULL;
        if (!result)
            return NULL;
    }
    tidy(result);
    return result;
}

static struct native_condition *membership(struct native_planner *planner,
                                           const struct sparql_expr *expr, int *variable)
{
    struct native_condition *condition = new_condition(planner);
    if (!is_variable(expr->args[0])) {
        native_not_covered(planner, expr->place, "IN of something other than a variable");
        return NULL;
    }
    *variable = expr->args[0]->term.variable;
    for (size_t i = 1; condition && i < expr->arg_count; i++) {
        const struct sparql_expr *member = expr->args[i];
        if (!is_constant(member)) {
            native_not_covered(planner, member->place, "IN a list with other than constants");
            return NULL;
        }
        if (!compare_with(planner, condition, SPARQL_EXPR_EQ, &member->term.term,
                          member->place))
            return NULL;
    }
    if (condition)
        tidy(condition);
    return condition;
}

struct native_condition *native_condition_of(struct native_planner *planner,
                                             const struct sparql_expr *expr, int *variable)
{
    switch ((int)expr->kind) {
    case SPARQL_EXPR_EQ:
    case SPARQL_EXPR_LT:
    case SPARQL_EXPR_GT:
    case SPARQL_EXPR_LE:
    case SPARQL_EXPR_GE:
        return comparison(planner, expr, variable);
    case SPARQL_EXPR_IN:
        return membership(planner, expr, variable);
    case SPARQL_EXPR_AND:
    case SPARQL_EXPR_OR:
        return junction(planner, expr, variable);
    default:
        native_not_covered(planner, expr->place, "this expression in a FILTER");
        return NULL;
    }
}

/* ---- as a set ---- */

struct native_set *native_condition_set(struct native_planner *planner, uint64_t property,
                                        struct native_condition *condition)
{
    struct native_set *set = native_new_set(planner, condition ? NATIVE_OR : NATIVE_STATED);
    if (!set)
        return NULL;
    set->property = property;
    if (!condition)
        return set;
    const size_t tested = condition->test_count > 0;
    const size_t count = condition->range_count + condition->term_count + tested;
    for (size_t i = 0; i < count - tested; i++) {
        const bool range = i < condition->range_count;
        struct native_set *one = native_new_set(planner, range ? NATIVE_RANGE : NATIVE_EQUAL);
        if (!one)
            return NULL;
        one->property = property;
        if (range)
            one->range = condition->ranges[i];
        else
            one->object = condition->terms[i - condition->range_count];
        if (count == 1)
            return one;
        if (!native_add_set(planner, set, one))
            return NULL;
    }
    if (!tested)
        return set;
    struct native_set *last = native_new_set(planner, NATIVE_TESTED);
    if (!last)
        return NULL;
    last->property = property;
    last->condition = condition;
    if (count == 1)
        return last;
    return native_add_set(planner, set, last) ? set : NULL;
}
