/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of units: their products, the ratio between two, what they measure; and the decimals
 * that stand for exact values. */
#include "ontology_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* ---- arithmetic ---- */

void ic_unit_form_init(struct ic_unit_form *form)
{
    form->count = 0;
    mpq_init(form->factor);
    mpq_set_ui(form->factor, 1, 1);
}

void ic_unit_form_clear(struct ic_unit_form *form)
{
    mpq_clear(form->factor);
}

/* Adds to the exponent of one base unit. */
static bool add_power(struct ic_unit_form *form, const struct ic_ontology_unit *base,
                      int exponent)
{
    size_t at = 0;
    while (at < form->count && strcmp(form->powers[at].base->iri, base->iri) < 0)
        at++;
    struct ic_unit_power *power = &form->powers[at];
    const size_t behind = form->count - at;
    if (at == form->count || power->base != base) {
        if (form->count == IC_UNIT_POWERS_MAX)
            return false;
        memmove(power + 1, power, behind * sizeof *power);
        *power = (struct ic_unit_power){base, 0};
        form->count++;
    }
    power->exponent += exponent;
    if (power->exponent == 0) {
        memmove(power, power + 1, (form->count - at - 1) * sizeof *power);
        form->count--;
        return true;
    }
    return abs(power->exponent) <= IC_UNIT_EXPONENT_MAX;
}

bool ic_unit_form_multiply(struct ic_unit_form *form, const struct ic_unit_form *by,
                           int exponent)
{
    for (int i = 0; i < abs(exponent); i++) {
        if (exponent > 0)
            mpq_mul(form->factor, form->factor, by->factor);
        else
            mpq_div(form->factor, form->factor, by->factor);
        for (size_t p = 0; p < by->count; p++)
            if (!add_power(form, by->powers[p].base,
                           exponent > 0 ? by->powers[p].exponent : -by->powers[p].exponent))
                return false;
    }
    return mpz_sizeinbase(mpq_numref(form->factor), 2) <= IC_UNIT_FACTOR_BITS_MAX &&
           mpz_sizeinbase(mpq_denref(form->factor), 2) <= IC_UNIT_FACTOR_BITS_MAX;
}

/* ---- from one to another ---- */

/* The power of a currency in a form; NULL: none, or more than one. */
static const struct ic_unit_power *currency_of(const struct ic_unit_form *form)
{
    const struct ic_unit_power *found = NULL;
    for (size_t i = 0; i < form->count; i++) {
        if (!form->powers[i].base->currency)
            continue;
        if (found)
            return NULL;
        found = &form->powers[i];
    }
    return found;
}

/* True when both have the same powers, but for the two that are left out. */
static bool same_powers(const struct ic_unit_form *a, const struct ic_unit_power *not_a,
                        const struct ic_unit_form *b, const struct ic_unit_power *not_b)
{
    size_t i = 0, j = 0;
    for (;;) {
        i += i < a->count && &a->powers[i] == not_a;
        j += j < b->count && &b->powers[j] == not_b;
        if (i == a->count || j == b->count)
            return i == a->count && j == b->count;
        if (a->powers[i].base != b->powers[j].base ||
            a->powers[i].exponent != b->powers[j].exponent)
            return false;
        i++;
        j++;
    }
}

/* Multiplies by the rate between two currencies, to the power that both have. */
static bool multiply_rate(mpq_t ratio, const struct ic_unit_rate *rate, int exponent)
{
    if (!rate)
        return false;
    for (; exponent > 0; exponent--)
        mpq_mul(ratio, ratio, rate->rate);
    for (; exponent < 0; exponent++)
        mpq_div(ratio, ratio, rate->rate);
    return true;
}

enum ic_unit_fit ic_unit_ratio(const struct ic_ontology *ontology,
                               const struct ic_unit_form *from, const struct ic_unit_form *to,
                               mpq_t ratio, const struct ic_ontology_unit *missing[2])
{
    mpq_div(ratio, from->factor, to->factor);
    if (same_powers(from, NULL, to, NULL))
        return IC_UNIT_FITS;
    const struct ic_unit_power *own = currency_of(from), *other = currency_of(to);
    if (!own || !other || own->exponent != other->exponent ||
        !same_powers(from, own, to, other))
        return IC_UNIT_OTHER;
    missing[0] = own->base;
    missing[1] = other->base;
    return multiply_rate(ratio, ic_unit_rate(ontology, own->base, other->base), own->exponent)
               ? IC_UNIT_FITS
               : IC_UNIT_NO_RATE;
}

/* ---- for people ---- */

/* Appends what one base unit measures, once for each of its powers on this side of the line. */
static void describe_side(FILE *out, const struct ic_unit_form *form, int sign)
{
    bool first = true;
    for (size_t i = 0; i < form->count; i++)
        for (int e = form->powers[i].exponent * sign; e > 0; e--, first = false)
            fprintf(out, "%s%s", first ? "" : " and ", form->powers[i].base->kind);
    if (first && sign > 0)
        fputs("number", out);
}

void ic_unit_describe(const struct ic_unit_form *form, char *text, size_t size)
{
    bool below = false;
    for (size_t i = 0; i < form->count; i++)
        below = below || form->powers[i].exponent < 0;
    text[0] = '\0';
    FILE *out = fmemopen(text, size, "w");
    if (!out)
        return;
    describe_side(out, form, 1);
    if (below) {
        fputs(" per ", out);
        describe_side(out, form, -1);
    }
    fclose(out);
    text[size - 1] = '\0';
}

/* ---- decimals ---- */

bool ic_unit_settle(mpq_t number)
{
    const long places = ic_number_places(number);
    if (places >= 0)
        return places <= IC_UNIT_PLACES_MAX;
    mpz_t scale, limit;
    mpz_init(scale);
    mpz_init(limit);
    mpz_ui_pow_ui(limit, 10, IC_UNIT_DENOMINATOR_DIGITS);
    const bool good = mpz_cmp(mpq_denref(number), limit) < 0;
    if (good) {
        mpz_ui_pow_ui(scale, 10, IC_UNIT_PLACES_MAX);
        mpz_mul(mpq_numref(number), mpq_numref(number), scale);
        mpz_fdiv_q(mpq_numref(number), mpq_numref(number), mpq_denref(number));
        mpz_mul_ui(mpq_numref(number), mpq_numref(number), 2);
        mpz_add_ui(mpq_numref(number), mpq_numref(number), 1);
        mpz_mul_ui(mpq_denref(number), scale, 2);
        mpq_canonicalize(number);
    }
    mpz_clears(scale, limit, NULL);
    return good;
}
