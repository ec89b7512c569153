/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded cache of the dictionary's terms, found by their record or by their id.
 *
 * Two generations of half the memory each: what is used moves to the young one; when that is
 * full the old one is emptied and they change places.
 * Threads: the caller locks. Internal to the dictionary. */
#ifndef IC_TERM_CACHE_H
#define IC_TERM_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "value_key.h"

enum { TERM_CACHE_TERM_MAX = 4096 /* bytes: longer terms are not kept */ };

struct cached_term {
    uint64_t id, hash;
    uint32_t next_by_hash, next_by_id; /* within the generation */
    uint32_t size;                     /* of the record */
    uint32_t key_size;                 /* of the value key behind it; 0: none */
    unsigned char bytes[];
};

struct term_cache;

/* NULL: out of memory. */
struct term_cache *term_cache_new(size_t bytes);
void term_cache_free(struct term_cache *cache);
void term_cache_clear(struct term_cache *cache);

/* Borrowed until the next call; NULL: not there. */
const struct cached_term *term_cache_find(struct term_cache *cache, uint64_t hash,
                                          const void *record, size_t size);
const struct cached_term *term_cache_get(struct term_cache *cache, uint64_t id);

/* Keeps a term that is not there yet; `key` NULL: it has no value. */
void term_cache_put(struct term_cache *cache, uint64_t id, uint64_t hash, const void *record,
                    size_t size, const struct value_key *key);

#endif
