/* SPDX-License-Identifier: Apache-2.0 */
/* Open addressing with linear probing, at most three quarters full. */
#include "hash_set.h"

#include <stdlib.h>

/* 0 marks a free place: the hash 0 is kept as 1. */
static uint64_t kept(uint64_t hash)
{
    return hash ? hash : 1;
}

/* Where the hash is, or the free place where it belongs. */
static size_t place_of(const struct hash_set *set, uint64_t hash)
{
    size_t i = (size_t)hash & (set->room - 1);
    while (set->items[i] && set->items[i] != hash)
        i = (i + 1) & (set->room - 1);
    return i;
}

bool hash_set_has(const struct hash_set *set, uint64_t hash)
{
    return set->room && set->items[place_of(set, kept(hash))];
}

static bool grow(struct hash_set *set)
{
    struct hash_set larger = {.room = set->room ? set->room * 2 : 1024, .count = set->count};
    larger.items = calloc(larger.room, sizeof *larger.items);
    if (!larger.items)
        return false;
    for (size_t i = 0; i < set->room; i++)
        if (set->items[i])
            larger.items[place_of(&larger, set->items[i])] = set->items[i];
    free(set->items);
    *set = larger;
    return true;
}

bool hash_set_add(struct hash_set *set, uint64_t hash)
{
    if (set->count >= set->room / 4 * 3 && !grow(set))
        return false;
    const size_t i = place_of(set, kept(hash));
    if (!set->items[i]) {
        set->items[i] = kept(hash);
        set->count++;
    }
    return true;
}

void hash_set_free(struct hash_set *set)
{
    free(set->items);
    *set = (struct hash_set){.items = NULL};
}
