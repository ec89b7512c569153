/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of names in a table by number. When the table is full it stays as it is: which names
 * answers use hardly changes. */
#include "name_cache.h"

#include <pthread.h>
#include <stdlib.h>

enum { NOTED_MAX = 256 /* blocks of a transaction; beyond, it empties the cache */ };

struct name_cache {
    pthread_mutex_t mutex;
    struct name_block **blocks; /* by number; NULL: not kept */
    size_t *sizes;
    size_t room, bytes, bytes_max;
    uint32_t noted[NOTED_MAX];
    size_t noted_count; /* more than NOTED_MAX: too many */
};

struct name_cache *name_cache_new(size_t bytes_max)
{
    struct name_cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->bytes_max = bytes_max;
    pthread_mutex_init(&cache->mutex, NULL);
    return cache;
}

void name_cache_clear(struct name_cache *cache)
{
    for (size_t i = 0; i < cache->room; i++)
        free(cache->blocks[i]);
    free(cache->blocks);
    free(cache->sizes);
    cache->blocks = NULL;
    cache->sizes = NULL;
    cache->room = cache->bytes = cache->noted_count = 0;
}

void name_cache_free(struct name_cache *cache)
{
    if (!cache)
        return;
    name_cache_clear(cache);
    pthread_mutex_destroy(&cache->mutex);
    free(cache);
}

const struct name_block *name_cache_find(struct name_cache *cache, uint32_t number)
{
    pthread_mutex_lock(&cache->mutex);
    const struct name_block *block = number < cache->room ? cache->blocks[number] : NULL;
    pthread_mutex_unlock(&cache->mutex);
    return block;
}

/* Room for a block's number. */
static bool grow(struct name_cache *cache, uint32_t number)
{
    if (number < cache->room)
        return true;
    const size_t room = ((size_t)number + 1) * 2;
    const size_t more = (room - cache->room) * (sizeof *cache->blocks + sizeof *cache->sizes);
    if (cache->bytes + more > cache->bytes_max)
        return false;
    struct name_block **blocks = realloc(cache->blocks, room * sizeof *blocks);
    if (blocks)
        cache->blocks = blocks;
    size_t *sizes = realloc(cache->sizes, room * sizeof *sizes);
    if (sizes)
        cache->sizes = sizes;
    if (!blocks || !sizes)
        return false;
    for (size_t i = cache->room; i < room; i++) {
        blocks[i] = NULL;
        sizes[i] = 0;
    }
    cache->room = room;
    cache->bytes += more;
    return true;
}

const struct name_block *name_cache_keep(struct name_cache *cache, uint32_t number,
                                         struct name_block *block, size_t bytes)
{
    const struct name_block *kept = NULL;
    pthread_mutex_lock(&cache->mutex);
    if (grow(cache, number) && !cache->blocks[number] &&
        cache->bytes + bytes <= cache->bytes_max) {
        cache->blocks[number] = block;
        cache->sizes[number] = bytes;
        cache->bytes += bytes;
        kept = block;
    }
    pthread_mutex_unlock(&cache->mutex);
    return kept;
}

void name_cache_note(struct name_cache *cache, uint32_t number)
{
    if (cache->noted_count < NOTED_MAX)
        cache->noted[cache->noted_count++] = number;
    else
        cache->noted_count = NOTED_MAX + 1;
}

void name_cache_apply(struct name_cache *cache)
{
    if (cache->noted_count > NOTED_MAX) {
        name_cache_clear(cache);
        return;
    }
    for (size_t i = 0; i < cache->noted_count; i++) {
        const uint32_t number = cache->noted[i];
        if (number >= cache->room || !cache->blocks[number])
            continue;
        free(cache->blocks[number]);
        cache->blocks[number] = NULL;
        cache->bytes -= cache->sizes[number];
    }
    cache->noted_count = 0;
}

void name_cache_discard(struct name_cache *cache)
{
    cache->noted_count = 0;
}

size_t name_cache_bytes(struct name_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    const size_t bytes = cache->bytes;
    pthread_mutex_unlock(&cache->mutex);
    return bytes;
}
