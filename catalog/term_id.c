/* SPDX-License-Identifier: Apache-2.0 */
/* Small decimals and integers as ids. */
#include "term_id.h"

#include <stdio.h>
#include <string.h>

enum {
    TAG_DECIMAL = 1,
    TAG_INTEGER = 3,
    SCALE_SHIFT = 2,
    SCALE_MAX = 15,
    MINUS = 1 << 6,
    DIGITS_SHIFT = 7,
    POINT_NONE = -1
};

/* The tag of the datatypes that have inline ids, else 0. */
static unsigned tag_of(const struct ic_term *term)
{
    static const char decimal[] = IC_XSD_DECIMAL, integer[] = IC_NS_XSD "integer";
    if (term->kind != IC_LITERAL || term->language || !term->datatype)
        return 0;
    if (strcmp(term->datatype, decimal) == 0)
        return TAG_DECIMAL;
    return strcmp(term->datatype, integer) == 0 ? TAG_INTEGER : 0;
}

/* Digits with at most one point between them, and no zero too many in front. False: the
 * spelling would not come back. */
static bool read_digits(const char *text, const char *end, uint64_t *digits, int *scale)
{
    *digits = 0;
    *scale = POINT_NONE;
    if (text == end || *text == '.' || (*text == '0' && end - text > 1 && text[1] != '.'))
        return false;
    for (; text < end; text++) {
        if (*text == '.' && *scale == POINT_NONE) {
            *scale = 0;
            continue;
        }
        if (*text < '0' || *text > '9' || *scale == SCALE_MAX)
            return false;
        *digits = *digits * 10 + (uint64_t)(*text - '0');
        if (*digits >= TERM_ID_DIGITS_MAX)
            return false;
        *scale += *scale != POINT_NONE;
    }
    return *scale != 0; /* nothing behind the point */
}

bool term_id_of_inline(const struct ic_term *term, uint64_t *id)
{
    const unsigned tag = tag_of(term);
    if (!tag || term->length >= TERM_ID_TEXT_MAX)
        return false;
    const bool minus = *term->text == '-';
    uint64_t digits;
    int scale;
    if (!read_digits(term->text + minus, term->text + term->length, &digits, &scale) ||
        (minus && digits == 0) || (tag == TAG_INTEGER && scale != POINT_NONE))
        return false;
    const unsigned behind = scale == POINT_NONE ? 0 : (unsigned)scale;
    *id = digits << DIGITS_SHIFT | (minus ? MINUS : 0U) | behind << SCALE_SHIFT | tag;
    return true;
}

static unsigned scale_of(uint64_t id)
{
    return (unsigned)(id >> SCALE_SHIFT) & SCALE_MAX;
}

void term_id_term(uint64_t id, char *text, struct ic_term *term)
{
    const unsigned scale = scale_of(id);
    const char *minus = id & MINUS ? "-" : "";
    const uint64_t digits = (id >> DIGITS_SHIFT) & (TERM_ID_DIGITS_MAX - 1);
    uint64_t unit = 1;
    for (unsigned i = 0; i < scale; i++)
        unit *= 10;
    int length =
        snprintf(text, TERM_ID_TEXT_MAX, "%s%llu", minus, (unsigned long long)(digits / unit));
    if (scale)
        length += snprintf(text + length, (size_t)(TERM_ID_TEXT_MAX - length), ".%0*llu",
                           (int)scale, (unsigned long long)(digits % unit));
    *term = (struct ic_term){.kind = IC_LITERAL,
                             .text = text,
                             .length = (size_t)length,
                             .datatype = (id & 3) == TAG_DECIMAL ? IC_XSD_DECIMAL
                                                                 : IC_NS_XSD "integer"};
}

void term_id_value_key(uint64_t id, struct value_key *key)
{
    value_key_of_scaled((id & MINUS) != 0, (id >> DIGITS_SHIFT) & (TERM_ID_DIGITS_MAX - 1),
                        scale_of(id), key);
}
