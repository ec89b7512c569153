/* SPDX-License-Identifier: Apache-2.0 */
/* Postings: which ordinals have a property with a value, in the order of values, so that a
 * range of numbers is one scan. README.md draws keys and records.
 * Internal to catalog/. Writing needs a transaction.
 *
 * Changes wait in memory and in a database of their own before they come into STORE_POSTINGS
 * (posting_delta.h); everything here reads both.
 *
 * Invariants: a property's id is a dictionary id; a (property, object) pair has either one
 * sparse record, or one record a chunk of 4,096 ordinals. */
#ifndef IC_POSTINGS_H
#define IC_POSTINGS_H

#include <roaring/roaring.h>

#include "ordinal_bits.h"
#include "status.h"
#include "store.h"
#include "value_key.h"

enum {
    POSTING_SPARSE_MAX = 32, /* ordinals of a pair that share one record */
    POSTING_KEY_MAX = 9 + VALUE_KEY_MAX + 9 + 9
};

/* Marks of entries, kept like the values of a property that no description has. */
#define POSTING_MARKS ((uint64_t)0)
#define POSTING_LIVE ((uint64_t)0)   /* every entry */
#define POSTING_CLOUDS ((uint64_t)4) /* clouds */
#define POSTING_OFFERED                                                                        \
    ((uint64_t)8) /* what its cloud names by :offers, within its advertisement */
#define POSTING_SHARED ((uint64_t)12) /* its subject is that of another entry too */

/* Adds or removes one ordinal under (property, object). Adding twice and removing what is not
 * there are no errors. */
enum ic_status posting_add(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, struct ic_error *error);
enum ic_status posting_remove(struct store *store, uint64_t property, uint64_t object,
                              uint32_t ordinal, struct ic_error *error);

/* Is the ordinal under (property, object)? */
enum ic_status posting_has(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, bool *has, struct ic_error *error);

/* Adds to `bitmap` every ordinal under (property, object); with object 0 (and a property other
 * than POSTING_MARKS), under any object. */
enum ic_status posting_read(struct store *store, uint64_t property, uint64_t object,
                            roaring_bitmap_t *bitmap, struct ic_error *error);

/* Adds every ordinal with a number in the range. */
struct value_range;
enum ic_status posting_read_range(struct store *store, uint64_t property,
                                  const struct value_range *range, roaring_bitmap_t *bitmap,
                                  struct ic_error *error);

/* A part of a property's values: all, or the numbers between two keys. */
struct value_range {
    const struct value_key *low, *high; /* NULL: no end on that side */
    bool above_low, below_high;         /* the end itself is excluded */
};

/* Walks the objects of a property: first those without a value key, by id, then numbers by
 * value. With `range` only the numbers in it. `bits` holds the object's ordinals and is
 * borrowed for the call. */
enum ic_status
posting_each(struct store *store, uint64_t property, const struct value_range *range,
             enum ic_status (*each)(void *context, uint64_t object, struct ordinal_bits *bits,
                                    struct ic_error *error),
             void *context, struct ic_error *error);

/* The same for one object, if it has any ordinal. */
enum ic_status posting_each_of(struct store *store, uint64_t property, uint64_t object,
                               enum ic_status (*each)(void *context, uint64_t object,
                                                      struct ordinal_bits *bits,
                                                      struct ic_error *error),
                               void *context, struct ic_error *error);

/* The properties that any entry has, or had until lately, ascending. Owned: free(*properties).
 */
enum ic_status posting_properties(struct store *store, uint64_t **properties, size_t *count,
                                  struct ic_error *error);

/* Takes a record apart, for verification. IC_CORRUPT: it is none. */
enum ic_status posting_decode(const void *key, size_t key_size, const void *data, size_t size,
                              uint64_t *property, uint64_t *object, struct ordinal_bits *bits,
                              struct ic_error *error);

#endif
