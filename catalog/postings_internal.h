/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of postings, shared by those who write them. Private to postings.c and posting_writer.c.
 */
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

enum { POSTING_LIST_MAX = CHUNK_BYTES / 2 - 1 }; /* ordinals of a chunk's list */

#endif
