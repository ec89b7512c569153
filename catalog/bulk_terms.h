/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary of a bulk import, in memory: 16 bytes and some room for a term, which is told
 * from all others by 96 bits of two keyed hashes. Its records go to the store at once, its
 * index of hashes at the end, sorted. Internal to catalog/. Threads: one. */
#ifndef IC_BULK_TERMS_H
#define IC_BULK_TERMS_H

#include <stdbool.h>
#include <stdint.h>

#include "siphash.h"
#include "status.h"

struct bulk_term {
    uint64_t hash;
    uint32_t more; /* of another hash */
    uint32_t id;   /* 0: free */
};

struct bulk_terms {
    unsigned char key[SIPHASH_KEY_BYTES], other_key[SIPHASH_KEY_BYTES];
    struct bulk_term *items; /* open addressing */
    size_t count, room;
    uint32_t known; /* ids up to this one were there before */
};

enum { BULK_TERM_NUMBERS_MAX = UINT32_MAX / 4 };

/* `key` is the dictionary's. IC_IO: no random numbers. */
enum ic_status bulk_terms_open(struct bulk_terms *terms,
                               const unsigned char key[SIPHASH_KEY_BYTES],
                               struct ic_error *error);
void bulk_terms_close(struct bulk_terms *terms);

/* The place of the term with this record; its id is 0 when it is new, and then the caller's to
 * set (and to count). Borrowed until the next call. NULL: memory is out. */
struct bulk_term *bulk_terms_place(struct bulk_terms *terms, const void *record, size_t size);

/* Ends finding: leaves the terms sorted by their masked hashes in items[0] to
 * items[return value - 1]. */
size_t bulk_terms_sort(struct bulk_terms *terms, uint64_t hash_mask);

#endif
