/* SPDX-License-Identifier: Apache-2.0 */
/* Value keys: bytes that sort (memcmp) as the numbers that literals denote, exactly, whatever
 * their datatype: integer 5, decimal 5.0 and double 5e0 have one key (XSD 1.1 part 2, 3.3.3
 * to 3.3.5; a double is its IEEE 754 value, so double 0.1 is a little more than decimal 0.1).
 *
 * Layout: one byte of sign and decimal exponent (two more where it is far from zero), then the
 * digits two to a byte, twice their value, plus one in all bytes but the last; all bytes
 * inverted below zero. A key is never the beginning of another.
 * Threads: any. */
#ifndef IC_VALUE_KEY_H
#define IC_VALUE_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "term.h"

enum { VALUE_KEY_MAX = 448 }; /* bytes: a double has up to 767 digits */

struct value_key {
    unsigned size;
    unsigned char bytes[VALUE_KEY_MAX];
};

/* The key of a number. False: the term is no number, is ill-typed (also a byte of 300), is NaN,
 * or passes the limits of number.h; it has no place in the order. */
bool value_key_of(const struct ic_term *term, struct value_key *key);

/* The key of digits * 10^-scale, as value_key_of would give it. */
void value_key_of_scaled(bool negative, uint64_t digits, unsigned scale, struct value_key *key);

int value_key_compare(const struct value_key *a, const struct value_key *b);

/* How many bytes at `data` (of `size`) are a key; 0: none is there. */
unsigned value_key_length(const unsigned char *data, unsigned size);

#endif
