/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and records of postings, shared by those who write them. Private to posting*.c. */
#ifndef IC_POSTINGS_INTERNAL_H
#define IC_POSTINGS_INTERNAL_H

#include "postings.h"

struct posting_key {
    unsigned char bytes[POSTING_KEY_MAX];
    unsigned pair; /* size up to and with the object */
    unsigned size;
};

/* The key of a pair, without a chunk. */
enum ic_status posting_make_pair(struct store *store, uint64_t property, uint64_t object,
                                 struct posting_key *key, struct ic_error *error);

/* Chunk 0: the sparse record; else the ordinals from (chunk - 1) * CHUNK_ORDINALS on. */
void posting_set_chunk(struct posting_key *key, uint32_t chunk);

/* What becomes of one ordinal of a pair. */
struct posting_change {
    uint32_t ordinal, order; /* order: of changes of the same ordinal */
    bool added;
};

/* Makes changes of one pair in STORE_POSTINGS: ascending, each ordinal once. */
enum ic_status posting_apply(struct store *store, struct posting_key *pair,
                             const struct posting_change *changes, size_t count,
                             struct ic_error *error);

/* Does STORE_POSTINGS have the ordinal under the pair? */
enum ic_status posting_stored(struct store *store, struct posting_key *pair, uint32_t ordinal,
                              bool *has, struct ic_error *error);

enum ic_status posting_damaged(struct ic_error *error);

/* Integers of records. */
static inline uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t get16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

enum { POSTING_LIST_MAX = CHUNK_BYTES / 2 - 1 }; /* ordinals of a chunk's list */

#endif
