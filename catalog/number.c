/* SPDX-License-Identifier: Apache-2.0 */
/* Exact decimal numbers over GMP rationals. */
#include "number.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The parts of a numeric literal. `digits` holds the significant ones, both sides of the
 * point, without leading zeros; the value is digits * 10^exponent. */
struct literal {
    bool negative;
    char digits[IC_NUMBER_DIGITS_MAX + 1];
    size_t count;
    long exponent;
};

static bool add_digit(struct literal *literal, char digit)
{
    if (digit == '0' && literal->count == 0)
        return true;
    if (literal->count == IC_NUMBER_DIGITS_MAX)
        return false;
    literal->digits[literal->count++] = digit;
    return true;
}

/* The digits behind the point. Zeros at their end say nothing and do not count. */
static const char *scan_fraction(struct literal *literal, const char *p, const char *end)
{
    size_t zeros = 0;
    for (; p < end && isdigit((unsigned char)*p); p++) {
        if (*p == '0') {
            zeros++;
            continue;
        }
        for (literal->exponent -= (long)zeros; zeros > 0; zeros--)
            if (!add_digit(literal, '0'))
                return NULL;
        if (!add_digit(literal, *p) || --literal->exponent < -IC_NUMBER_EXPONENT_MAX)
            return NULL;
    }
    return p;
}

/* digits [. digits]; returns the place behind them, or NULL. */
static const char *scan_digits(struct literal *literal, const char *p, const char *end)
{
    const char *start = p;
    for (; p < end && isdigit((unsigned char)*p); p++)
        if (!add_digit(literal, *p))
            return NULL;
    const bool any = p > start;
    if (p == end || *p != '.')
        return any ? p : NULL;
    const char *behind = scan_fraction(literal, p + 1, end);
    return any || behind != p + 1 ? behind : NULL;
}

static const char *scan_exponent(struct literal *literal, const char *p, const char *end)
{
    if (p == end || (*p != 'e' && *p != 'E'))
        return p;
    p++;
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    if (p == end)
        return NULL;
    long exponent = 0;
    for (; p < end && isdigit((unsigned char)*p); p++) {
        exponent = exponent * 10 + (*p - '0');
        if (exponent > IC_NUMBER_EXPONENT_MAX)
            return NULL;
    }
    literal->exponent += negative ? -exponent : exponent;
    return p;
}

/* The canonical decimal of an accepted number is accepted too. */
static bool within_limits(const struct literal *literal)
{
    if (literal->exponent > 0)
        return (long)literal->count + literal->exponent <= IC_NUMBER_DIGITS_MAX ||
               literal->count == 0;
    return literal->exponent >= -IC_NUMBER_EXPONENT_MAX;
}

bool ic_number_parse(mpq_t out, const char *text, size_t length)
{
    struct literal literal = {.exponent = 0};
    const char *p = text, *end = text + length;
    if (p < end && (*p == '-' || *p == '+'))
        literal.negative = *p++ == '-';
    p = scan_digits(&literal, p, end);
    if (p)
        p = scan_exponent(&literal, p, end);
    if (p != end || !p || !within_limits(&literal))
        return false;
    if (literal.count == 0)
        literal.digits[literal.count++] = '0';
    literal.digits[literal.count] = '\0';

    mpz_set_str(mpq_numref(out), literal.digits, 10);
    mpz_set_ui(mpq_denref(out), 1);
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(literal.exponent));
    if (literal.exponent < 0)
        mpz_set(mpq_denref(out), power);
    else
        mpz_mul(mpq_numref(out), mpq_numref(out), power);
    mpz_clear(power);
    if (literal.negative)
        mpq_neg(out, out);
    mpq_canonicalize(out);
    return true;
}

long ic_number_places(const mpq_t number)
{
    mpz_t rest, factor;
    mpz_init_set(rest, mpq_denref(number));
    mpz_init_set_ui(factor, 2);
    const mp_bitcnt_t twos = mpz_remove(rest, rest, factor);
    mpz_set_ui(factor, 5);
    const mp_bitcnt_t fives = mpz_remove(rest, rest, factor);
    const bool finite = mpz_cmp_ui(rest, 1) == 0;
    mpz_clears(rest, factor, NULL);
    return finite ? (long)(twos > fives ? twos : fives) : -1;
}

/* Puts the point into a string of digits: at least one digit before it. */
static char *with_point(const char *digits, bool negative, size_t places)
{
    const size_t count = strlen(digits);
    const size_t padding = count <= places ? places + 1 - count : 0;
    char *text = malloc(count + padding + 3);
    if (!text)
        return NULL;
    char *p = text;
    if (negative)
        *p++ = '-';
    memset(p, '0', padding);
    memcpy(p + padding, digits, count);
    p += count + padding - places;
    if (places) {
        memmove(p + 1, p, places);
        *p = '.';
        p += 1 + places;
    }
    *p = '\0';
    return text;
}

char *ic_number_decimal(const mpq_t number)
{
    const long places = ic_number_places(number);
    if (places < 0)
        return NULL;
    mpz_t scaled;
    mpz_init(scaled);
    mpz_ui_pow_ui(scaled, 10, (unsigned long)places);
    mpz_mul(scaled, scaled, mpq_numref(number));
    mpz_divexact(scaled, scaled, mpq_denref(number));
    const bool negative = mpz_sgn(scaled) < 0;
    mpz_abs(scaled, scaled);

    char *digits = malloc(mpz_sizeinbase(scaled, 10) + 2);
    char *text = NULL;
    if (digits) {
        mpz_get_str(digits, 10, scaled);
        text = with_point(digits, negative, (size_t)places);
    }
    free(digits);
    mpz_clear(scaled);
    return text;
}
