/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are numbers, with or without their unit. */
#include "ontology_resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "number.h"

static size_t digits_at(const char *text, size_t length, size_t at)
{
    size_t count = 0;
    while (at + count < length && text[at + count] >= '0' && text[at + count] <= '9')
        count++;
    return count;
}

/* How many bytes at the beginning look like a number: "5e3" of "5e3 GB", "5" of "5 EB". */
static size_t number_length(const char *text, size_t length)
{
    size_t at = length && (text[0] == '+' || text[0] == '-');
    at += digits_at(text, length, at);
    if (at < length && text[at] == '.')
        at += 1 + digits_at(text, length, at + 1);
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        const size_t sign = at + 1 < length && (text[at + 1] == '+' || text[at + 1] == '-');
        const size_t digits = digits_at(text, length, at + 1 + sign);
        if (digits)
            at += 1 + sign + digits;
    }
    return at;
}

/* The property's own unit, by its IRI, local name or any of its spellings. */
static bool is_own_unit(const struct ic_ontology_property *property, const char *text,
                        size_t length)
{
    const struct ic_ontology_unit *unit = property->unit;
    if (!property->public.unit)
        return false;
    if (length > 2 && text[0] == '<' && text[length - 1] == '>')
        return ic_resolve_is(property->public.unit, text + 1, length - 2);
    if (ic_resolve_is(property->public.unit, text, length) ||
        ic_resolve_is(ic_ontology_local_name(property->public.unit), text, length))
        return true;
    for (size_t i = 0; unit && i < unit->spelling_count; i++)
        if (ic_resolve_is(unit->spellings[i], text, length))
            return true;
    for (size_t i = 0; unit && i < unit->label_count; i++)
        if (strlen(unit->labels[i]) == length &&
            strncasecmp(unit->labels[i], text, length) == 0)
            return true;
    return false;
}

static enum ic_status refuse_unit(const struct ic_resolving *r, const char *unit, size_t length)
{
    const struct ic_property *p = &r->property->public;
    if (!p->unit)
        return ic_fail(r->error, IC_BAD_INPUT,
                       "%s: '%s' has the unit '%s', but %s takes a number without one", p->name,
                       ic_resolve_show(r->text, r->length).text,
                       ic_resolve_show(unit, length).text, p->name);
    return ic_fail(r->error, IC_BAD_INPUT,
                   "%s: '%s' has the unit '%s'; this version converts no units: write the "
                   "number of %s, with or without '%s'",
                   p->name, ic_resolve_show(r->text, r->length).text,
                   ic_resolve_show(unit, length).text, p->unit_name, p->unit_name);
}

/* How a number compares with a bound of a datatype; 0 without one. */
static int compare_bound(const mpq_t number, const char *bound)
{
    int order = 0;
    mpq_t limit;
    mpq_init(limit);
    if (bound && ic_number_parse(limit, bound, strlen(bound)))
        order = mpq_cmp(number, limit);
    mpq_clear(limit);
    return order;
}

/* The number must lie in its datatype's value space. */
static enum ic_status check_space(const struct ic_resolving *r, const mpq_t number)
{
    const struct ic_ontology_datatype *datatype = r->property->datatype;
    char what[64];
    if (datatype->whole && mpz_cmp_ui(mpq_denref(number), 1) != 0)
        return ic_resolve_refuse(r, "a whole number");
    if (compare_bound(number, datatype->minimum) < 0)
        snprintf(what, sizeof what, "a number of at least %s", datatype->minimum);
    else if (compare_bound(number, datatype->maximum) > 0)
        snprintf(what, sizeof what, "a number of at most %s", datatype->maximum);
    else
        return IC_OK;
    return ic_resolve_refuse(r, what);
}

static enum ic_status give_number(const struct ic_resolving *r, const mpq_t number)
{
    const enum ic_status status = r->compared ? IC_OK : check_space(r, number);
    if (status != IC_OK)
        return status;
    char *decimal = ic_number_decimal(number);
    const char *kept = decimal ? ic_arena_strdup(r->arena, decimal) : NULL;
    free(decimal);
    return ic_resolve_give(r, kept, IC_XSD_DECIMAL);
}

enum ic_status ic_resolve_number(const struct ic_resolving *r)
{
    const struct ic_term *stated = r->stated;
    const struct ic_ontology_datatype *datatype =
        stated->datatype ? ic_ontology_datatype(stated->datatype) : NULL;
    if (stated->kind != IC_LITERAL || stated->language ||
        (stated->datatype && (!datatype || datatype->kind != IC_VALUE_NUMBER)))
        return ic_resolve_refuse(r, "a number");
    const size_t size = number_length(r->text, r->length);
    const char *unit = r->text + size;
    size_t unit_length = r->length - size;
    ic_ontology_trim(&unit, &unit_length);

    mpq_t number;
    mpq_init(number);
    enum ic_status status;
    if (!ic_number_parse(number, r->text, size))
        status = ic_resolve_refuse(r, "a number, such as 5 or 99.95");
    else if (unit_length && !is_own_unit(r->property, unit, unit_length))
        status = refuse_unit(r, unit, unit_length);
    else
        status = give_number(r, number);
    mpq_clear(number);
    return status;
}
