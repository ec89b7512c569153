/* SPDX-License-Identifier: Apache-2.0 */
/* Making and comparing value keys. */
#include "value_key.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

/* First bytes. Between the small and the large exponents, one byte says it all. */
enum {
    KEY_NEGATIVE_INFINITY = 0x3B,
    KEY_ZERO = 0x80,
    KEY_TINY = 0x82, /* exponent below EXPONENT_NEAR_MIN: two bytes follow */
    KEY_NEAR = 0x84, /* + exponent - EXPONENT_NEAR_MIN */
    KEY_HUGE = 0xC2, /* exponent above EXPONENT_NEAR_MAX: two bytes follow */
    KEY_INFINITY = 0xC4,
    EXPONENT_NEAR_MIN = -20,
    EXPONENT_NEAR_MAX = 40,
    EXPONENT_BIAS = 0x8000,
    DIGITS_MAX = 800
};

/* A number as its significant digits, the first and last of them not 0: 0.DIGITS * 10^exponent.
 * No digits: zero. */
struct digits {
    bool negative;
    char text[DIGITS_MAX];
    unsigned count;
    int exponent;
};

static void put(struct value_key *key, unsigned byte)
{
    key->bytes[key->size++] = (unsigned char)byte;
}

static void put_exponent(struct value_key *key, int exponent)
{
    if (exponent >= EXPONENT_NEAR_MIN && exponent <= EXPONENT_NEAR_MAX) {
        put(key, (unsigned)(KEY_NEAR + exponent - EXPONENT_NEAR_MIN));
        return;
    }
    const unsigned biased = (unsigned)(exponent + EXPONENT_BIAS);
    put(key, exponent < 0 ? KEY_TINY : KEY_HUGE);
    put(key, biased >> 8);
    put(key, biased & 0xFF);
}

static void encode(const struct digits *digits, struct value_key *key)
{
    key->size = 0;
    if (digits->count == 0) {
        put(key, KEY_ZERO);
        return;
    }
    put_exponent(key, digits->exponent);
    for (unsigned i = 0; i < digits->count; i += 2) {
        const unsigned low = i + 1 < digits->count ? (unsigned)(digits->text[i + 1] - '0') : 0;
        const unsigned pair = (unsigned)(digits->text[i] - '0') * 10 + low;
        put(key, pair * 2 + (i + 2 < digits->count));
    }
    for (unsigned i = 0; digits->negative && i < key->size; i++)
        key->bytes[i] = (unsigned char)~key->bytes[i];
}

static bool add_digit(struct digits *digits, char digit)
{
    if (digits->count == DIGITS_MAX)
        return false;
    digits->text[digits->count++] = digit;
    return true;
}

static void trim(struct digits *digits)
{
    while (digits->count && digits->text[digits->count - 1] == '0')
        digits->count--;
}

/* [+-] digits [. digits], `point` allowed or not. */
static bool read_decimal(const char *text, size_t length, bool point, struct digits *digits)
{
    const char *p = text, *end = text + length;
    bool any = false, behind = false;
    *digits = (struct digits){.negative = p < end && *p == '-'};
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    for (; p < end; p++) {
        if (*p == '.' && point && !behind) {
            behind = true;
            continue;
        }
        if (!isdigit((unsigned char)*p))
            return false;
        any = true;
        if (digits->count == 0 && *p == '0') {
            digits->exponent -= behind;
            continue;
        }
        digits->exponent += !behind;
        if (!add_digit(digits, *p))
            return false;
    }
    trim(digits);
    return any && digits->count <= IC_NUMBER_DIGITS_MAX &&
           digits->exponent <= EXPONENT_BIAS / 2 && digits->exponent >= -EXPONENT_BIAS / 2;
}

/* XSD 1.1 part 2, 3.3.5: not what strtod knows besides, such as hexadecimal. */
static bool is_double(const char *text)
{
    const char *p = text + (*text == '-' || *text == '+');
    size_t before = strspn(p, "0123456789");
    p += before;
    if (*p == '.') {
        const size_t after = strspn(++p, "0123456789");
        p += after;
        before += after;
    }
    if (before == 0)
        return false;
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '-' || *p == '+';
        const size_t exponent = strspn(p, "0123456789");
        if (exponent == 0)
            return false;
        p += exponent;
    }
    return *p == '\0';
}

static void infinity(bool negative, struct value_key *key)
{
    key->size = 0;
    put(key, negative ? KEY_NEGATIVE_INFINITY : KEY_INFINITY);
}

/* Every double has a finite decimal expansion: its digits are exact. */
static bool double_key(const struct ic_term *term, bool single, struct value_key *key)
{
    char text[DIGITS_MAX + 16];
    struct digits digits = {.count = 0};
    if (strcmp(term->text, "INF") == 0 || strcmp(term->text, "+INF") == 0 ||
        strcmp(term->text, "-INF") == 0) {
        infinity(*term->text == '-', key);
        return true;
    }
    if (!is_double(term->text))
        return false;
    const double value = single ? (double)strtof(term->text, NULL) : strtod(term->text, NULL);
    if (isinf(value)) {
        infinity(value < 0, key);
        return true;
    }
    snprintf(text, sizeof text, "%.*e", DIGITS_MAX - 1, value);
    const char *exponent = strchr(text, 'e');
    digits.negative = *text == '-';
    for (const char *p = text; p < exponent; p++)
        if (isdigit((unsigned char)*p) && (digits.count || *p != '0') &&
            !add_digit(&digits, *p))
            return false;
    trim(&digits);
    digits.exponent = (int)strtol(exponent + 1, NULL, 10) + 1;
    encode(&digits, key);
    return true;
}

struct integer_type {
    const char *name;
    const char *low, *high; /* the values it has, both ends included; NULL: no end */
};

static const struct integer_type integer_types[] = {
    {"integer", NULL, NULL},
    {"long", "-9223372036854775808", "9223372036854775807"},
    {"int", "-2147483648", "2147483647"},
    {"short", "-32768", "32767"},
    {"byte", "-128", "127"},
    {"nonNegativeInteger", "0", NULL},
    {"positiveInteger", "1", NULL},
    {"unsignedLong", "0", "18446744073709551615"},
    {"unsignedInt", "0", "4294967295"},
    {"unsignedShort", "0", "65535"},
    {"unsignedByte", "0", "255"},
    {"nonPositiveInteger", NULL, "0"},
    {"negativeInteger", NULL, "-1"},
};

static void text_key(const char *text, struct value_key *key)
{
    struct digits digits;
    if (read_decimal(text, strlen(text), false, &digits))
        encode(&digits, key);
}

static bool has_value(const struct integer_type *type, const struct value_key *key)
{
    struct value_key end;
    if (type->low) {
        text_key(type->low, &end);
        if (value_key_compare(key, &end) < 0)
            return false;
    }
    if (type->high) {
        text_key(type->high, &end);
        if (value_key_compare(key, &end) > 0)
            return false;
    }
    return true;
}

bool value_key_of(const struct ic_term *term, struct value_key *key)
{
    struct digits digits;
    if (term->kind != IC_LITERAL || !term->datatype ||
        strncmp(term->datatype, IC_NS_XSD, sizeof IC_NS_XSD - 1) != 0)
        return false;
    const char *type = term->datatype + sizeof IC_NS_XSD - 1;
    if (strcmp(type, "double") == 0 || strcmp(type, "float") == 0)
        return double_key(term, *type == 'f', key);
    if (strcmp(type, "decimal") == 0) {
        if (!read_decimal(term->text, term->length, true, &digits))
            return false;
        encode(&digits, key);
        return true;
    }
    for (size_t i = 0; i < sizeof integer_types / sizeof *integer_types; i++) {
        if (strcmp(type, integer_types[i].name) != 0)
            continue;
        if (!read_decimal(term->text, term->length, false, &digits))
            return false;
        encode(&digits, key);
        return has_value(&integer_types[i], key);
    }
    return false;
}

void value_key_of_scaled(bool negative, uint64_t number, unsigned scale, struct value_key *key)
{
    struct digits digits = {.negative = negative};
    char text[24];
    const int length = snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    if (number) {
        digits.count = (unsigned)length;
        memcpy(digits.text, text, digits.count);
        digits.exponent = length - (int)scale;
        trim(&digits);
    }
    encode(&digits, key);
}

int value_key_compare(const struct value_key *a, const struct value_key *b)
{
    const unsigned shorter = a->size < b->size ? a->size : b->size;
    const int order = memcmp(a->bytes, b->bytes, shorter);
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

unsigned value_key_length(const unsigned char *data, unsigned size)
{
    if (size == 0)
        return 0;
    const unsigned first = *data;
    if (first == KEY_ZERO || first == KEY_INFINITY || first == KEY_NEGATIVE_INFINITY)
        return 1;
    const unsigned flip = first < KEY_ZERO ? 0xFF : 0;
    const unsigned positive = first ^ flip;
    unsigned at = positive == KEY_TINY || positive == KEY_HUGE ? 3 : 1;
    while (at < size && at < VALUE_KEY_MAX)
        if (((data[at++] ^ flip) & 1) == 0)
            return at;
    return 0;
}
