/* SPDX-License-Identifier: Apache-2.0 */
/* A request in memory: building it, reading it, comparing two. */
#include "request.h"

#include <gmp.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "request_internal.h"

enum ic_status ic_request_no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory while reading a request");
}

enum ic_status ic_request_new(const char *name, struct ic_request **out, struct ic_error *error)
{
    struct ic_request *request = calloc(1, sizeof *request);
    if (request) {
        request->arena = ic_arena_new();
        request->name = request->arena ? ic_arena_strdup(request->arena, name) : NULL;
        request->returned.rsm_max = -1;
    }
    if (!request || !request->name) {
        ic_request_free(request);
        return ic_request_no_memory(error);
    }
    *out = request;
    return IC_OK;
}

void ic_request_free(struct ic_request *request)
{
    if (!request)
        return;
    ic_arena_free(request->arena);
    free(request);
}

const char *ic_request_keep(struct ic_request *request, const char *text, size_t length)
{
    if (request->simple_count > IC_REQUEST_CONSTRAINTS_MAX)
        return "";
    return ic_arena_copy(request->arena, text, length);
}

/* `array` with room for an element behind its `count`: itself, or a copy twice as large. The
 * capacity is always `count` rounded up to a power of two. */
static void *with_room(struct ic_request *request, void *array, size_t count, size_t size)
{
    if (count != 0 && (count & (count - 1)) != 0)
        return array;
    void *larger = ic_arena_alloc(request->arena, (count ? 2 * count : 1) * size);
    if (larger && count)
        memcpy(larger, array, count * size);
    return larger;
}

enum ic_status ic_request_add_value(struct ic_request *request, struct ic_simple *simple,
                                    const struct ic_request_value *value,
                                    struct ic_error *error)
{
    if (simple->value_count < IC_REQUEST_VALUES_MAX) {
        struct ic_request_value *values =
            with_room(request, simple->values, simple->value_count, sizeof *values);
        if (!values)
            return ic_request_no_memory(error);
        values[simple->value_count] = *value;
        simple->values = values;
    }
    simple->value_count++;
    return IC_OK;
}

static enum ic_status check_simple(const struct ic_request *request,
                                   const struct ic_simple *simple, struct ic_error *error)
{
    const struct ic_request_place at = simple->place;
    const struct ic_excerpt name =
        ic_request_excerpt(simple->attribute, strlen(simple->attribute));
    const bool exists = simple->op == IC_OP_EXISTS || simple->op == IC_OP_NOT_EXISTS;

    if (exists && simple->value_count)
        return ic_fail_at(error, IC_BAD_INPUT, request->name, at.line, at.column,
                          "'%s %s' takes no value", name.text, ic_operator_names[simple->op]);
    if (!exists && simple->value_count == 0 && simple->op == IC_OP_DEFAULT)
        return ic_fail_at(error, IC_BAD_INPUT, request->name, at.line, at.column,
                          "%s needs a value, or 'exists' when any value will do", name.text);
    if (!exists && simple->value_count == 0)
        return ic_fail_at(error, IC_BAD_INPUT, request->name, at.line, at.column,
                          "'%s %s' needs a value (a word that is meant as a value stands in "
                          "quotes)",
                          name.text, ic_operator_names[simple->op]);
    if (simple->value_count > IC_REQUEST_VALUES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, request->name, at.line, at.column,
                          "%s has a list of %zu values; at most %d are allowed", name.text,
                          simple->value_count, IC_REQUEST_VALUES_MAX);
    return IC_OK;
}

enum ic_status ic_request_add_simple(struct ic_request *request,
                                     struct ic_constraint *constraint,
                                     const struct ic_simple *simple, struct ic_error *error)
{
    const enum ic_status status = check_simple(request, simple, error);
    if (status != IC_OK)
        return status;
    if (++request->simple_count > IC_REQUEST_CONSTRAINTS_MAX)
        return IC_OK;
    struct ic_simple *simples =
        with_room(request, constraint->simples, constraint->simple_count, sizeof *simples);
    if (!simples)
        return ic_request_no_memory(error);
    simples[constraint->simple_count++] = *simple;
    constraint->simples = simples;
    return IC_OK;
}

enum ic_status ic_request_add_constraint(struct ic_request *request, struct ic_group *group,
                                         const struct ic_constraint *constraint,
                                         struct ic_error *error)
{
    if (request->simple_count > IC_REQUEST_CONSTRAINTS_MAX)
        return IC_OK;
    struct ic_constraint *constraints =
        with_room(request, group->constraints, group->constraint_count, sizeof *constraints);
    if (!constraints)
        return ic_request_no_memory(error);
    constraints[group->constraint_count++] = *constraint;
    group->constraints = constraints;
    return IC_OK;
}

enum ic_status ic_request_add_group(struct ic_request *request, const struct ic_group *group,
                                    struct ic_error *error)
{
    if (request->simple_count > IC_REQUEST_CONSTRAINTS_MAX)
        return IC_OK;
    struct ic_group *groups =
        with_room(request, request->groups, request->group_count, sizeof *groups);
    if (!groups)
        return ic_request_no_memory(error);
    groups[request->group_count++] = *group;
    request->groups = groups;
    return IC_OK;
}

static bool is_positive(const char *text)
{
    mpq_t number;
    mpq_init(number);
    const bool is = ic_number_parse(number, text, strlen(text)) && mpq_sgn(number) > 0;
    mpq_clear(number);
    return is;
}

enum ic_status ic_request_add_preference(struct ic_request *request,
                                         const struct ic_preference *preference,
                                         struct ic_error *error)
{
    const struct ic_request_place at = preference->place;
    if (preference->weight && !is_positive(preference->weight)) {
        const struct ic_excerpt weight =
            ic_request_excerpt(preference->weight, strlen(preference->weight));
        return ic_fail_at(error, IC_BAD_INPUT, request->name, at.line, at.column,
                          "the weight '%s' is not a positive number", weight.text);
    }
    if (request->preference_count == IC_REQUEST_PREFERENCES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, request->name, at.line, at.column,
                          "a request has at most %d preferences", IC_REQUEST_PREFERENCES_MAX);
    struct ic_preference *preferences = with_room(
        request, request->preferences, request->preference_count, sizeof *preferences);
    if (!preferences)
        return ic_request_no_memory(error);
    preferences[request->preference_count++] = *preference;
    request->preferences = preferences;
    return IC_OK;
}

size_t ic_request_count(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        count = count * 10 + (size_t)(text[i] - '0');
        if (count > IC_REQUEST_LIMIT_MAX)
            return 0;
    }
    return count;
}

enum ic_status ic_request_set_limit(struct ic_request *request, const char *text, size_t length,
                                    struct ic_request_place place, struct ic_error *error)
{
    const size_t limit = ic_request_count(text, length);
    if (limit == 0) {
        const struct ic_excerpt excerpt = ic_request_excerpt(text, length);
        return ic_fail_at(error, IC_BAD_INPUT, request->name, place.line, place.column,
                          "the limit '%s' is not a whole number from 1 to %d", excerpt.text,
                          IC_REQUEST_LIMIT_MAX);
    }
    if (request->limit)
        return ic_fail_at(error, IC_BAD_INPUT, request->name, place.line, place.column,
                          "a second limit; a request has one");
    request->limit = limit;
    return IC_OK;
}

enum ic_status ic_request_finish(const struct ic_request *request, const char *example,
                                 struct ic_error *error)
{
    if (request->simple_count > IC_REQUEST_CONSTRAINTS_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, request->name, 0, 0,
                          "%zu constraints; a request has at most %d", request->simple_count,
                          IC_REQUEST_CONSTRAINTS_MAX);
    if (!request->simple_count && !request->preference_count && !request->limit)
        return ic_fail_at(error, IC_BAD_INPUT, request->name, 0, 0,
                          "no constraints; write one as in %s", example);
    return IC_OK;
}

const struct ic_group *ic_request_main(const struct ic_request *request)
{
    return &request->main;
}

const struct ic_group *ic_request_groups(const struct ic_request *request, size_t *count)
{
    *count = request->group_count;
    return request->groups;
}

const struct ic_preference *ic_request_preferences(const struct ic_request *request,
                                                   size_t *count)
{
    *count = request->preference_count;
    return request->preferences;
}

size_t ic_request_limit(const struct ic_request *request)
{
    return request->limit;
}

const struct ic_request_return *ic_request_return(const struct ic_request *request)
{
    return &request->returned;
}
