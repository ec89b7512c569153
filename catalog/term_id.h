/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of terms. A small decimal or integer is its own id and needs no place in the dictionary;
 * every other term has a number there.
 *
 *   bits  ... 00   dictionary term, number << 2
 *         ... 10   dictionary term that is a number and has a value key, number << 2 | 2
 *         ... 01   xsd:decimal  \  bits 2-5: digits behind the point, bit 6: minus,
 *         ... 11   xsd:integer  /  bits 7 on: all digits as one integer (below 2^50)
 *
 * Only literals whose spelling follows from that are ids of their own: -?(0|[1-9][0-9]*) with,
 * for a decimal, an optional point and 1 to 15 digits behind it, and no "-0". IC_ANY is 0: the
 * dictionary's numbers begin at 1. Small values give small ids, which records hold as LEB128.
 * Threads: any. */
#ifndef IC_TERM_ID_H
#define IC_TERM_ID_H

#include "term.h"
#include "value_key.h"

enum { TERM_ID_TEXT_MAX = 24 }; /* bytes of an inline number's spelling, NUL included */
#define TERM_ID_DIGITS_MAX ((uint64_t)1 << 50)

static inline bool term_id_is_inline(uint64_t id)
{
    return id & 1;
}

/* It is a number: postings keep it in the order of values. */
static inline bool term_id_has_value(uint64_t id)
{
    return (id & 3) != 0;
}

/* The id of a term that is its own; false: it goes to the dictionary. */
bool term_id_of_inline(const struct ic_term *term, uint64_t *id);

/* The term of an inline id; `text` (TERM_ID_TEXT_MAX bytes) holds its spelling. */
void term_id_term(uint64_t id, char *text, struct ic_term *term);

/* The value key of an inline id. */
void term_id_value_key(uint64_t id, struct value_key *key);

#endif
