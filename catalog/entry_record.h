/* SPDX-License-Identifier: Apache-2.0 */
/* An entry as bytes.
 *
 *   head, subject, stated subject | left out … | fact | fact | …
 *
 * All LEB128; differences are zigzag: 0, -1, 1, -2 … as 0, 1, 2, 3.
 *
 *   head      without a base: advertisement << 4 | offered << 3 | kind << 1
 *             with one: ordinals back to the base << 4 | offered << 3 | kind << 1 | 1
 *   subject   its number, or its difference from the base's
 *   stated    its number's difference from the subject's
 *   left out  with a base: how many of the base's predicates the entry has no fact about, and
 *             for each how many of them stand between it and the one before
 *   fact      step of the predicate's number * 5 + form, object, and by form an original
 *
 *   form 0 stated, 1 inherited, 2 normalised: original follows, 3 normalised: the original is
 *   the integer of the object's digits, 4 others: flags follow, then the original
 *
 *   object    after a fact of the same predicate (step 0): what its id is more than that one's;
 *             else packed, as originals:
 *             number << 1                   a term
 *             digits << 5 | scale << 3 | 1  a decimal, not negative, up to 3 digits behind the
 *                                           point
 *             digits << 3 | 3               an integer, not negative
 *             id << 3 | 5                   any other number that is its own id
 *             number << 3 | 7               a term that is a number
 *
 * The offers of a cloud have most facts in common, above all what they inherit. So one entry
 * of an advertisement is the base of others: about a predicate that an entry has no fact of
 * its own about, and does not leave out, it has the base's facts.
 *
 * Internal to entries.c. Threads: any. */
#ifndef IC_ENTRY_RECORD_H
#define IC_ENTRY_RECORD_H

#include "codec.h"
#include "entries.h"

/* Is the record one that needs a base? Then *back is how many ordinals before it that is. */
bool entry_record_needs_base(struct decoder record, uint32_t *back);

/* Appends the record of `entry` (sorted). `base`, `back` ordinals before it, is used where that
 * saves something; NULL: there is none. A base must have been written without one. */
void entry_encode(struct encoder *record, const struct entry *entry, const struct entry *base,
                  uint32_t back);

/* Reads a record into `entry`, reusing its memory. `base`: what it needs, else NULL.
 * IC_CORRUPT, IC_NO_MEMORY. */
enum ic_status entry_decode(struct decoder *record, const struct entry *base,
                            struct entry *entry, struct ic_error *error);

#endif
