/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of terms: two generations, each a block of memory that fills from its beginning
 * and two tables of chains into it. */
#include "term_cache.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES_A_CHAIN = 64 }; /* about the size of a term: chains of one */

/* Places are offsets into `block`, one more than they are: 0 ends a chain. */
struct generation {
    unsigned char *block;
    uint32_t used;
    uint32_t *by_hash, *by_id;
};

struct term_cache {
    struct generation generations[2];
    unsigned young; /* which one */
    uint32_t room;  /* bytes of a block */
    uint32_t chains;
};

static void empty(const struct term_cache *cache, struct generation *g)
{
    g->used = 0;
    memset(g->by_hash, 0, cache->chains * sizeof *g->by_hash);
    memset(g->by_id, 0, cache->chains * sizeof *g->by_id);
}

struct term_cache *term_cache_new(size_t bytes)
{
    struct term_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->room = (uint32_t)(bytes / 2);
    cache->chains = 1;
    while (cache->chains * BYTES_A_CHAIN < cache->room)
        cache->chains *= 2;
    for (int i = 0; i < 2; i++) {
        struct generation *g = &cache->generations[i];
        g->block = malloc(cache->room);
        g->by_hash = calloc(cache->chains, sizeof *g->by_hash);
        g->by_id = calloc(cache->chains, sizeof *g->by_id);
        if (!g->block || !g->by_hash || !g->by_id) {
            term_cache_free(cache);
            return NULL;
        }
    }
    return cache;
}

void term_cache_free(struct term_cache *cache)
{
    for (int i = 0; cache && i < 2; i++) {
        free(cache->generations[i].block);
        free(cache->generations[i].by_hash);
        free(cache->generations[i].by_id);
    }
    free(cache);
}

void term_cache_clear(struct term_cache *cache)
{
    for (int i = 0; i < 2; i++)
        empty(cache, &cache->generations[i]);
}

static struct cached_term *at(const struct generation *g, uint32_t place)
{
    return place ? (struct cached_term *)(void *)(g->block + place - 1) : NULL;
}

/* Ids of neighbours differ in their low bits; the lowest two are a tag. */
static uint32_t id_chain(const struct term_cache *cache, uint64_t id)
{
    return (uint32_t)(id >> 2) & (cache->chains - 1);
}

static uint32_t hash_chain(const struct term_cache *cache, uint64_t hash)
{
    return (uint32_t)hash & (cache->chains - 1);
}

static size_t bytes_of(size_t record, size_t key)
{
    const size_t align = _Alignof(struct cached_term);
    return (sizeof(struct cached_term) + record + key + align - 1) / align * align;
}

/* A place at the end of the young generation, linked into its chains; NULL: it is full. */
static struct cached_term *append(struct term_cache *cache, uint64_t id, uint64_t hash,
                                  size_t size, size_t key_size)
{
    struct generation *g = &cache->generations[cache->young];
    const size_t bytes = bytes_of(size, key_size);
    if (cache->room - g->used < bytes)
        return NULL;
    const uint32_t place = g->used + 1;
    uint32_t *by_hash = &g->by_hash[hash_chain(cache, hash)];
    uint32_t *by_id = &g->by_id[id_chain(cache, id)];
    struct cached_term *term = at(g, place);
    *term = (struct cached_term){.id = id,
                                 .hash = hash,
                                 .next_by_hash = *by_hash,
                                 .next_by_id = *by_id,
                                 .size = (uint32_t)size,
                                 .key_size = (uint32_t)key_size};
    *by_hash = *by_id = place;
    g->used += (uint32_t)bytes;
    return term;
}

/* Found in the old generation: it is in use, and stays for as long as the young one does. */
static const struct cached_term *promote(struct term_cache *cache,
                                         const struct cached_term *old)
{
    struct cached_term *term = append(cache, old->id, old->hash, old->size, old->key_size);
    if (!term)
        return old;
    memcpy(term->bytes, old->bytes, old->size + old->key_size);
    return term;
}

const struct cached_term *term_cache_find(struct term_cache *cache, uint64_t hash,
                                          const void *record, size_t size)
{
    for (unsigned age = 0; age < 2; age++) {
        const struct generation *g = &cache->generations[cache->young ^ age];
        const struct cached_term *term = at(g, g->by_hash[hash_chain(cache, hash)]);
        while (term && (term->hash != hash || term->size != size ||
                        memcmp(term->bytes, record, size) != 0))
            term = at(g, term->next_by_hash);
        if (term)
            return age ? promote(cache, term) : term;
    }
    return NULL;
}

const struct cached_term *term_cache_get(struct term_cache *cache, uint64_t id)
{
    for (unsigned age = 0; age < 2; age++) {
        const struct generation *g = &cache->generations[cache->young ^ age];
        const struct cached_term *term = at(g, g->by_id[id_chain(cache, id)]);
        while (term && term->id != id)
            term = at(g, term->next_by_id);
        if (term)
            return age ? promote(cache, term) : term;
    }
    return NULL;
}

void term_cache_put(struct term_cache *cache, uint64_t id, uint64_t hash, const void *record,
                    size_t size, const struct value_key *key)
{
    const size_t key_size = key ? key->size : 0;
    if (size > TERM_CACHE_TERM_MAX || term_cache_get(cache, id))
        return;
    struct cached_term *term = append(cache, id, hash, size, key_size);
    if (!term) {
        cache->young ^= 1;
        empty(cache, &cache->generations[cache->young]);
        term = append(cache, id, hash, size, key_size);
    }
    if (!term)
        return;
    memcpy(term->bytes, record, size);
    if (key_size)
        memcpy(term->bytes + size, key->bytes, key_size);
}
