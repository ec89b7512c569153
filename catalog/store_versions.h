/* SPDX-License-Identifier: Apache-2.0 */
/* Versions: values that commits replaced, kept in memory for the snapshots that still see them.
 *
 * A version says: until commit `number`, this key had this value (or none). A snapshot that was
 * opened at commit S sees of a key the version with the smallest number above S; when there is
 * none, what the database has.
 * Threads: none of its own; the store's latch guards it, held alone for every change. */
#ifndef IC_STORE_VERSIONS_H
#define IC_STORE_VERSIONS_H

#include <bsd/sys/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct version {
    struct version_key *key;
    struct version *older;       /* of the same key */
    struct version *prev, *next; /* of all, in the order of their numbers */
    uint64_t number;
    bool absent;
    size_t size;
    unsigned char data[];
};

struct version_key {
    RB_ENTRY(version_key) link;
    struct version *newest; /* never NULL */
    unsigned database;
    size_t size;
    const unsigned char *bytes; /* behind the struct */
};

RB_HEAD(version_tree, version_key);

struct versions {
    struct version_tree *trees; /* by database */
    unsigned tree_count;
    struct version *first; /* the oldest; prev of it is the newest */
    size_t bytes;          /* of memory */
};

bool versions_init(struct versions *versions, unsigned databases);
void versions_free(struct versions *versions);

/* The order of Berkeley DB's keys: bytes, then length. */
int version_compare(const void *a, size_t a_size, const void *b, size_t b_size);

/* What `snapshot` sees of a key when it is not what the database has; else NULL. */
const struct version *versions_find(struct versions *versions, unsigned database,
                                    const void *key, size_t size, uint64_t snapshot);

/* The first key at or after `key` that has versions, and the one after it; NULL: none. */
struct version_key *versions_from(struct versions *versions, unsigned database, const void *key,
                                  size_t size);
struct version_key *versions_after(struct version_key *key);
/* Of one key. */
const struct version *version_seen(const struct version_key *key, uint64_t snapshot);

/* True when the key has a version of that number or a later one. */
bool versions_recorded(struct versions *versions, unsigned database, const void *key,
                       size_t size, uint64_t number);
/* Remembers what a key had (NULL: nothing) before commit `number`, not below any number that
 * was added before. False: no memory. */
bool versions_add(struct versions *versions, unsigned database, const void *key,
                  size_t key_size, const void *data, size_t size, uint64_t number);
/* Forgets at most `limit` versions that no snapshot at `oldest` or later needs. */
void versions_prune(struct versions *versions, uint64_t oldest, size_t limit);
/* Forgets those of `number`, which was the last. */
void versions_drop(struct versions *versions, uint64_t number);

#endif
