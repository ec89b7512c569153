/* SPDX-License-Identifier: Apache-2.0 */
/* Postings: which ordinals have a property with a value, in chunks of 4,096 ordinals.
 * Internal to catalog/. Writing needs a transaction. */
#ifndef IC_POSTINGS_H
#define IC_POSTINGS_H

#include <roaring/roaring.h>

#include "status.h"
#include "store.h"

enum { POSTING_CHUNK_ORDINALS = 4096 };

/* The posting of the entries that count. */
#define POSTING_LIVE ((uint64_t)0)

/* Adds or removes one ordinal under (property, object). Adding twice and removing what is not
 * there are no errors. */
enum ic_status posting_add(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, struct ic_error *error);
enum ic_status posting_remove(struct store *store, uint64_t property, uint64_t object,
                              uint32_t ordinal, struct ic_error *error);

/* Is the ordinal under (property, object)? */
enum ic_status posting_has(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, bool *has, struct ic_error *error);

/* Adds to `bitmap` every ordinal under (property, object); with object 0, under any object. */
enum ic_status posting_read(struct store *store, uint64_t property, uint64_t object,
                            roaring_bitmap_t *bitmap, struct ic_error *error);

/* Unpacks one chunk's record into ordinals, which it passes to `each` in order. IC_CORRUPT:
 * the record is no chunk. */
enum ic_status posting_unpack(const void *data, size_t size, uint32_t first,
                              void (*each)(void *context, uint32_t ordinal), void *context,
                              struct ic_error *error);

#endif
