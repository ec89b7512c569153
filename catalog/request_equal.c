/* SPDX-License-Identifier: Apache-2.0 */
/* Equality of requests. */
#include <string.h>

#include "request_internal.h"

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_value(const struct ic_request_value *a, const struct ic_request_value *b)
{
    return same_text(a->text, b->text) && same_text(a->unit, b->unit);
}

static bool same_simple(const struct ic_simple *a, const struct ic_simple *b)
{
    if (a->negated != b->negated || a->op != b->op || a->value_count != b->value_count ||
        !same_text(a->attribute, b->attribute))
        return false;
    for (size_t i = 0; i < a->value_count; i++)
        if (!same_value(&a->values[i], &b->values[i]))
            return false;
    return true;
}

static bool same_constraint(const struct ic_constraint *a, const struct ic_constraint *b)
{
    if (a->simple_count != b->simple_count)
        return false;
    for (size_t i = 0; i < a->simple_count; i++)
        if (!same_simple(&a->simples[i], &b->simples[i]))
            return false;
    return true;
}

static bool same_group(const struct ic_group *a, const struct ic_group *b)
{
    if (a->constraint_count != b->constraint_count)
        return false;
    for (size_t i = 0; i < a->constraint_count; i++)
        if (!same_constraint(&a->constraints[i], &b->constraints[i]))
            return false;
    return true;
}

static bool same_preference(const struct ic_preference *a, const struct ic_preference *b)
{
    return a->kind == b->kind && same_value(&a->value, &b->value) &&
           same_text(a->attribute, b->attribute) && same_text(a->weight, b->weight);
}

bool ic_request_equal(const struct ic_request *a, const struct ic_request *b)
{
    if (a->limit != b->limit || a->group_count != b->group_count ||
        a->preference_count != b->preference_count || !same_group(&a->main, &b->main))
        return false;
    for (size_t i = 0; i < a->group_count; i++)
        if (!same_group(&a->groups[i], &b->groups[i]))
            return false;
    for (size_t i = 0; i < a->preference_count; i++)
        if (!same_preference(&a->preferences[i], &b->preferences[i]))
            return false;
    return true;
}
