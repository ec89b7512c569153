/* SPDX-License-Identifier: Apache-2.0 */
/* Exact numbers: parsing, comparing and writing decimals without ever rounding (GMP mpq).
 * Threads: any. */
#ifndef IC_NUMBER_H
#define IC_NUMBER_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    IC_NUMBER_DIGITS_MAX =
        400, /* of the canonical decimal, and written but for zeros at an end */
    IC_NUMBER_EXPONENT_MAX = 400 /* decimal places, and the absolute exponent as written */
};

/* Parses the whole of `text`: [+-] digits [. digits] [(e|E) [+-] digits], at least one digit.
 * `out` must be initialised (mpq_init). False (out unchanged) when it is not such a number or
 * passes a limit above. */
bool ic_number_parse(mpq_t out, const char *text, size_t length);

/* How many decimal places the number has, or -1 when it has no finite decimal expansion. */
long ic_number_places(const mpq_t number);

/* The canonical decimal (XSD 1.1: "99.999", "5", "-0.5", "0"), or NULL when the value has no
 * finite decimal expansion or memory is out. Owned: free. */
char *ic_number_decimal(const mpq_t number);

#endif
