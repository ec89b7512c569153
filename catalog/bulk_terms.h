/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary of a bulk import, in memory: 16 bytes and some room for a term, which is told
 * from all others by 96 bits of two keyed hashes. Its records go to the store at once, its
 * index of hashes at the end, sorted. It is in parts by the highest bits of the hashes, so that
 * only one of them at a time has to be held twice: to grow, and to be sorted.
 * Internal to catalog/. Threads: one. */
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

enum { BULK_TERMS_PARTS = 16 };

struct bulk_terms {
    unsigned char key[SIPHASH_KEY_BYTES], other_key[SIPHASH_KEY_BYTES];
    uint64_t hash_mask;
    struct bulk_terms_part {
        struct bulk_term *items; /* open addressing */
        size_t count, room;
    } parts[BULK_TERMS_PARTS];
    uint32_t known; /* ids up to this one were there before */
};

enum { BULK_TERM_NUMBERS_MAX = UINT32_MAX / 4 };

/* `key` is the dictionary's, and those bits of its hashes count that `hash_mask` has. IC_IO: no
 * random numbers. */
enum ic_status bulk_terms_open(struct bulk_terms *terms,
                               const unsigned char key[SIPHASH_KEY_BYTES], uint64_t hash_mask,
                               struct ic_error *error);
void bulk_terms_close(struct bulk_terms *terms);

/* The place of the term with this record; its id is 0 when it is new. Borrowed until the next
 * call. NULL: memory is out. */
struct bulk_term *bulk_terms_place(struct bulk_terms *terms, const void *record, size_t size);

/* Gives a new term, whose place was the last that was asked for, its id. */
void bulk_terms_add(struct bulk_terms *terms, struct bulk_term *place, uint32_t id);

/* Ends finding: the terms of one part, sorted by their masked hashes. The parts follow each
 * other in that order too. Borrowed until the next call. */
const struct bulk_term *bulk_terms_sort(struct bulk_terms *terms, unsigned part, size_t *count);

/* Bytes that the terms take. */
size_t bulk_terms_memory(const struct bulk_terms *terms);

#endif
