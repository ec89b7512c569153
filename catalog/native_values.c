/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on values one by one. Times are compared in their canonical form, which effective
 * values have; what else a property may hold as a time is not covered. */
#include "native.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DATE_BYTES = 10, SECONDS_BYTES = 19 };

/* ---- times ---- */

static bool has_type(const struct ic_term *term, const char *type)
{
    return term->kind == IC_LITERAL && term->datatype && strcmp(term->datatype, type) == 0;
}

bool native_has_time_type(const struct ic_term *term)
{
    return has_type(term, IC_NS_XSD "date") || has_type(term, IC_NS_XSD "dateTime");
}

/* Whether `text` has digits where `form` has 0 and else the same characters, to its end. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; text++, form++)
        if (*form == '0' ? !isdigit((unsigned char)*text) : *text != *form)
            return false;
    return true;
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + text[1] - '0';
}

static bool is_day(const char *text)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const int year = two_digits(text) * 100 + two_digits(text + 2);
    const int month = two_digits(text + 5), day = two_digits(text + 8);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

bool native_is_time(const struct ic_term *term)
{
    const char *text = term->text;
    if (!native_has_time_type(term) || term->length < DATE_BYTES ||
        !has_form(text, "0000-00-00") || !is_day(text))
        return false;
    if (has_type(term, IC_NS_XSD "date"))
        return term->length == DATE_BYTES;
    if (term->length <= SECONDS_BYTES || !has_form(text + DATE_BYTES, "T00:00:00") ||
        two_digits(text + 11) > 23 || two_digits(text + 14) > 59 || two_digits(text + 17) > 59)
        return false;
    const char *p = text + SECONDS_BYTES;
    if (*p == '.') {
        const size_t digits = strspn(p + 1, "0123456789");
        if (digits == 0)
            return false;
        p += 1 + digits;
    }
    return strcmp(p, "Z") == 0;
}

/* Digits of a fraction; 0 behind its end. */
static int compare_fractions(const char *a, const char *b)
{
    while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
        const char x = isdigit((unsigned char)*a) ? *a++ : '0';
        const char y = isdigit((unsigned char)*b) ? *b++ : '0';
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Two times of one type, both canonical. */
static int compare_times(const struct ic_term *a, const struct ic_term *b)
{
    const bool seconds = a->length > SECONDS_BYTES;
    const int order = memcmp(a->text, b->text, seconds ? SECONDS_BYTES : DATE_BYTES);
    if (order || !seconds)
        return order;
    const char *x = a->text + SECONDS_BYTES, *y = b->text + SECONDS_BYTES;
    return compare_fractions(x + (*x == '.'), y + (*y == '.'));
}

static bool holds(enum sparql_expr_kind kind, int order)
{
    switch ((int)kind) {
    case SPARQL_EXPR_EQ:
        return order == 0;
    case SPARQL_EXPR_LT:
        return order < 0;
    case SPARQL_EXPR_GT:
        return order > 0;
    case SPARQL_EXPR_LE:
        return order <= 0;
    default:
        return order >= 0;
    }
}

/* Comparing a time with anything else is an error, so that the value is out. */
static bool passes(struct native_run *run, const struct native_test *test,
                   const struct ic_term *term)
{
    for (; test; test = test->next) {
        if (!native_has_time_type(term))
            return false;
        if (!native_is_time(term) || strcmp(term->datatype, test->term.datatype) != 0) {
            run->uncovered = true;
            return false;
        }
        if (!holds(test->kind, compare_times(term, &test->term)))
            return false;
    }
    return true;
}

/* ---- any value ---- */

static bool in_range(const struct value_range *range, const struct value_key *key)
{
    const int low = range->low ? value_key_compare(key, range->low) : 1;
    const int high = range->high ? value_key_compare(key, range->high) : -1;
    return low >= (range->above_low ? 1 : 0) && high <= (range->below_high ? -1 : 0);
}

enum ic_status native_accepts(struct native_run *run, const struct native_condition *condition,
                              uint64_t object, bool *accepts)
{
    struct value_key key;
    struct ic_term term;
    *accepts = !condition;
    for (size_t i = 0; condition && i < condition->term_count; i++)
        *accepts = *accepts || condition->terms[i] == object;
    if (*accepts || !(condition->range_count + condition->test_count))
        return run->status;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return native_fail_memory(run);
    const enum ic_status status =
        ic_dataset_term(&run->view->dataset, object, arena, &term, run->error);
    if (run->status == IC_OK)
        run->status = status;
    if (status == IC_OK && condition->range_count && value_key_of(&term, &key))
        for (size_t i = 0; i < condition->range_count; i++)
            *accepts = *accepts || in_range(&condition->ranges[i], &key);
    for (size_t i = 0; status == IC_OK && i < condition->test_count; i++)
        *accepts = passes(run, condition->tests[i], &term) || *accepts;
    ic_arena_free(arena);
    return run->status;
}

/* Whether one of the entry's values passes. All are looked at: one that cannot be compared
 * must be noticed. */
static bool has_passing(struct native_run *run, const struct native_set *expr, uint32_t entry)
{
    uint64_t *objects = NULL;
    size_t count = 0;
    bool any = false;
    const enum ic_status status =
        entry_values(run->view, entry, expr->property, &objects, &count, run->error);
    if (run->status == IC_OK)
        run->status = status;
    for (size_t i = 0; run->status == IC_OK && i < count; i++) {
        bool accepts;
        native_accepts(run, expr->condition, objects[i], &accepts);
        any = any || accepts;
    }
    free(objects);
    return any;
}

enum ic_status native_keep_tested(struct native_run *run, const struct native_set *expr,
                                  struct entry_set *set)
{
    roaring_bitmap_t *kept = roaring_bitmap_create();
    roaring_uint32_iterator_t *it = kept ? roaring_create_iterator(set->bits) : NULL;
    if (!it) {
        if (kept)
            roaring_bitmap_free(kept);
        return native_fail_memory(run);
    }
    for (; it->has_value && native_running(run); roaring_advance_uint32_iterator(it))
        if (has_passing(run, expr, it->current_value))
            roaring_bitmap_add(kept, it->current_value);
    roaring_free_uint32_iterator(it);
    entry_set_free(set);
    *set = (struct entry_set){kept, kept};
    return run->status;
}
