/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of cloud names that answers used lately, in memory (cloud_names.h).
 *
 * As the cache of postings (posting_cache.h) it holds the committed state, is read under the
 * store's latch held shared, and changed while it is held alone. */
#ifndef IC_NAME_CACHE_H
#define IC_NAME_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NAME_CACHE_BLOCK = 64, /* ordinals */
    NAME_CACHE_NONE = UINT16_MAX
};

/* Names of a block, each ending with a NUL. */
struct name_block {
    uint16_t at[NAME_CACHE_BLOCK]; /* by place: where in `text`, or NAME_CACHE_NONE */
    uint16_t length[NAME_CACHE_BLOCK];
    char text[];
};

struct name_cache;

/* NULL: out of memory. */
struct name_cache *name_cache_new(size_t bytes_max);
void name_cache_free(struct name_cache *cache);

/* A block that is kept; NULL: none. */
const struct name_block *name_cache_find(struct name_cache *cache, uint32_t number);
/* Keeps a block (malloc'ed, of that size in bytes), if it fits and is not there; returns the
 * one that is kept, or NULL: then `block` stays the caller's. */
const struct name_block *name_cache_keep(struct name_cache *cache, uint32_t number,
                                         struct name_block *block, size_t bytes);

/* The running transaction changed a block; it committed (the latch is held alone), or did not.
 */
void name_cache_note(struct name_cache *cache, uint32_t number);
void name_cache_apply(struct name_cache *cache);
void name_cache_discard(struct name_cache *cache);

/* Of the blocks that are kept. */
size_t name_cache_bytes(struct name_cache *cache);

/* Forgets everything (the latch is held alone). */
void name_cache_clear(struct name_cache *cache);

#endif
