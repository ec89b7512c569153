/* SPDX-License-Identifier: Apache-2.0 */
/* Values that are numbers, with or without their unit. */
#include "ontology_resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "number.h"

enum { FITTING_MAX = 6 }; /* other units in a message */

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

/* A number in the property's unit becomes the effective term. */
static enum ic_status give_number(const struct ic_resolving *r, mpq_t number)
{
    const struct ic_property *p = &r->property->public;
    const enum ic_status status = r->compared ? IC_OK : check_space(r, number);
    if (status != IC_OK)
        return status;
    if (p->unit && !ic_unit_settle(number))
        return ic_fail(r->error, IC_BAD_INPUT,
                       "%s: '%s' cannot be held exactly in %s: that takes more than %d decimal "
                       "places, or a fraction with a denominator of more than %d digits",
                       p->name, ic_resolve_show(r->text, r->length).text, p->unit_name,
                       IC_UNIT_PLACES_MAX, IC_UNIT_DENOMINATOR_DIGITS);
    char *decimal = ic_number_decimal(number);
    /* What is written must be read back: the longest decimals are not. */
    const bool fits = !decimal || strlen(decimal) <= IC_NUMBER_DIGITS_MAX ||
                      ic_number_parse(number, decimal, strlen(decimal));
    const char *kept = decimal && fits ? ic_arena_strdup(r->arena, decimal) : NULL;
    free(decimal);
    if (fits)
        return ic_resolve_give(r, kept, IC_XSD_DECIMAL);
    return ic_fail(r->error, IC_BAD_INPUT, "%s: '%s' has more than %d digits", p->name,
                   ic_resolve_show(r->text, r->length).text, IC_NUMBER_DIGITS_MAX);
}

/* ---- units ---- */

/* "NAME: 'VALUE' has the unit 'UNIT', WHY". */
static enum ic_status refuse_unit(const struct ic_resolving *r, const char *unit, size_t length,
                                  const char *why)
{
    return ic_fail(r->error, IC_BAD_INPUT, "%s: '%s' has the unit '%s', %s",
                   r->property->public.name, ic_resolve_show(r->text, r->length).text,
                   ic_resolve_show(unit, length).text, why);
}

/* The property's own unit by its IRI or local name, also when the ontology describes it not. */
static bool is_own_unit(const struct ic_property *p, const char *text, size_t length)
{
    if (length > 2 && text[0] == '<' && text[length - 1] == '>')
        return ic_resolve_is(p->unit, text + 1, length - 2);
    return ic_resolve_is(p->unit, text, length) ||
           ic_resolve_is(ic_ontology_local_name(p->unit), text, length);
}

/* True when values in a unit become values of the property. */
static bool fits(const struct ic_resolving *r, const struct ic_ontology_unit *unit, mpq_t ratio)
{
    const struct ic_ontology_unit *missing[2];
    return ic_unit_ratio(r->ontology, &unit->form, &r->property->unit->form, ratio, missing) ==
           IC_UNIT_FITS;
}

/* The names of the property's unit and of those nearest to it in size. */
static void list_fitting(const struct ic_resolving *r, char *text, size_t size)
{
    struct ic_ontology_unit *const *units = r->ontology->units;
    const struct ic_ontology_unit *own = r->property->unit;
    size_t used = (size_t)snprintf(text, size, "%s", own->name), at = 0, smaller = 0;
    mpq_t ratio;
    mpq_init(ratio);
    for (size_t i = 0; units[i] != own; i++)
        smaller += fits(r, units[i], ratio);
    const size_t from = smaller > FITTING_MAX / 2 ? smaller - FITTING_MAX / 2 : 0;
    for (size_t i = 0, shown = 0; i < r->ontology->unit_count; i++) {
        if (units[i] == own || !fits(r, units[i], ratio) || at++ < from)
            continue;
        if (++shown > FITTING_MAX || used >= size)
            break;
        used += (size_t)snprintf(text + used, size - used, ", %s", units[i]->name);
    }
    mpq_clear(ratio);
}

static enum ic_status refuse_other(const struct ic_resolving *r, const char *unit,
                                   size_t length, const struct ic_unit_form *form)
{
    char have[256], want[256], fitting[512], why[IC_ERROR_TEXT_MAX];
    ic_unit_describe(form, have, sizeof have);
    ic_unit_describe(&r->property->unit->form, want, sizeof want);
    list_fitting(r, fitting, sizeof fitting);
    snprintf(why, sizeof why, "which measures %s; %s is %s, in a unit such as %s", have,
             r->property->public.name, want, fitting);
    return refuse_unit(r, unit, length, why);
}

/* A price in a currency without a rate: kept as it is written, but no request can use it. */
static enum ic_status keep_price(const struct ic_resolving *r,
                                 const struct ic_ontology_unit *const missing[2])
{
    ic_fail(r->error, IC_BAD_INPUT,
            "%s: '%s' is in %s and %s in %s, and the ontology has no ic:ExchangeRate from %s "
            "to %s%s",
            r->property->public.name, ic_resolve_show(r->text, r->length).text,
            missing[0]->name, r->property->public.name, missing[1]->name, missing[0]->name,
            missing[1]->name, r->compared ? "" : ": kept as a text that no number matches");
    if (r->compared)
        return IC_BAD_INPUT;
    *r->unconverted = true;
    return ic_resolve_give_text(r);
}

/* What a number of nines is as a share: 5 is 0.99999. */
static bool share_of_nines(mpq_t number)
{
    if (mpz_cmp_ui(mpq_denref(number), 1) != 0 || mpq_sgn(number) <= 0 ||
        mpz_cmp_ui(mpq_numref(number), IC_UNIT_NINES_MAX) > 0)
        return false;
    const unsigned long count = mpz_get_ui(mpq_numref(number));
    mpz_ui_pow_ui(mpq_denref(number), 10, count);
    mpz_sub_ui(mpq_numref(number), mpq_denref(number), 1);
    return true;
}

static enum ic_status convert_form(const struct ic_resolving *r, mpq_t number, const char *unit,
                                   size_t length, const struct ic_unit_form *form, bool nines)
{
    const struct ic_ontology_unit *missing[2];
    mpq_t ratio;
    mpq_init(ratio);
    const enum ic_unit_fit fit =
        ic_unit_ratio(r->ontology, form, &r->property->unit->form, ratio, missing);
    enum ic_status status;
    if (fit == IC_UNIT_OTHER) {
        status = refuse_other(r, unit, length, form);
    } else if (fit == IC_UNIT_NO_RATE) {
        status = keep_price(r, missing);
    } else if (nines && !share_of_nines(number)) {
        status = ic_fail(r->error, IC_BAD_INPUT,
                         "%s: '%s' is not 1 to %d whole nines; write the share in %s",
                         r->property->public.name, ic_resolve_show(r->text, r->length).text,
                         IC_UNIT_NINES_MAX, r->property->public.unit_name);
    } else {
        mpq_mul(number, number, ratio);
        status = give_number(r, number);
    }
    mpq_clear(ratio);
    return status;
}

/* A number with a unit behind it. */
static enum ic_status convert(const struct ic_resolving *r, mpq_t number, const char *unit,
                              size_t length)
{
    const struct ic_property *p = &r->property->public;
    if (!p->unit)
        return refuse_unit(r, unit, length, "but the attribute takes a number without one");
    if (is_own_unit(p, unit, length))
        return give_number(r, number);
    if (!r->property->unit)
        return refuse_unit(r, unit, length,
                           "but the ontology does not describe the "
                           "attribute's own; write the number without one");
    if (ic_unit_single(r->ontology, unit, length) == r->property->unit)
        return give_number(r, number);
    struct ic_unit_form form;
    struct ic_error problem;
    bool nines;
    ic_unit_form_init(&form);
    enum ic_status status = ic_unit_parse(r->ontology, unit, length, &form, &nines, &problem);
    if (status == IC_OK) {
        status = convert_form(r, number, unit, length, &form, nines);
    } else {
        char fitting[512], why[IC_ERROR_TEXT_MAX];
        list_fitting(r, fitting, sizeof fitting);
        snprintf(why, sizeof why, "%.1024s; %s is in a unit such as %s", problem.text, p->name,
                 fitting);
        status = refuse_unit(r, unit, length, why);
    }
    ic_unit_form_clear(&form);
    return status;
}

/* A number in English words before nines: "five nines", "five-nines". 0: none; *length of it.
 */
static unsigned long number_word(const char *text, size_t size, size_t *length)
{
    static const char *const words[] = {"one",   "two",   "three", "four", "five",   "six",
                                        "seven", "eight", "nine",  "ten",  "eleven", "twelve"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        *length = strlen(words[i]);
        if (size > *length + 1 && strncasecmp(words[i], text, *length) == 0 &&
            (text[*length] == ' ' || text[*length] == '-'))
            return i + 1;
    }
    *length = 0;
    return 0;
}

/* "five nines" of an attribute that is a share. False: it is not that. */
static bool read_words(const struct ic_resolving *r, mpq_t number, size_t *size)
{
    size_t length;
    const unsigned long count = number_word(r->text, r->length, &length);
    const char *unit = r->text + length + 1;
    size_t unit_length = r->length - length - 1;
    if (!count || !r->property->unit)
        return false;
    ic_ontology_trim(&unit, &unit_length);
    const struct ic_ontology_unit *named = ic_unit_single(r->ontology, unit, unit_length);
    if (!named || !named->nines)
        return false;
    mpq_set_ui(number, count, 1);
    *size = length + 1;
    return true;
}

static enum ic_status refuse_number(const struct ic_resolving *r)
{
    char what[80];
    snprintf(what, sizeof what, "a number, such as 5 or 99.95, of at most %d digits",
             IC_NUMBER_DIGITS_MAX);
    return ic_resolve_refuse(r, what);
}

enum ic_status ic_resolve_number(const struct ic_resolving *r)
{
    const struct ic_term *stated = r->stated;
    const struct ic_ontology_datatype *datatype =
        stated->datatype ? ic_ontology_datatype(stated->datatype) : NULL;
    if (stated->kind != IC_LITERAL || stated->language ||
        (stated->datatype && (!datatype || datatype->kind != IC_VALUE_NUMBER)))
        return ic_resolve_refuse(r, "a number");
    size_t size = number_length(r->text, r->length);

    mpq_t number;
    mpq_init(number);
    enum ic_status status;
    if (!ic_number_parse(number, r->text, size) && !read_words(r, number, &size)) {
        status = refuse_number(r);
    } else {
        const char *unit = r->text + size;
        size_t length = r->length - size;
        ic_ontology_trim(&unit, &length);
        status = length ? convert(r, number, unit, length) : give_number(r, number);
    }
    mpq_clear(number);
    return status;
}
