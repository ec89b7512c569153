/* SPDX-License-Identifier: Apache-2.0 */
/* A set of 64-bit hashes, 8 bytes each at most 16 with the room to grow.
 * Internal to catalog/. Threads: those of its owner. */
#ifndef IC_HASH_SET_H
#define IC_HASH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
struct hash_set {
    uint64_t *items; /* open addressing; 0: free */
    size_t count, room;
};

bool hash_set_has(const struct hash_set *set, uint64_t hash);
/* False: memory is out. */
bool hash_set_add(struct hash_set *set, uint64_t hash);
void hash_set_free(struct hash_set *set);

#endif
