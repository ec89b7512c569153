/* SPDX-License-Identifier: Apache-2.0 */
/* Replaced values: a red-black tree of keys for each database, a list of values for each key,
 * and one list of all values in the order of their numbers, by which they are forgotten. */
#include "store_versions.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* What the allocator takes beside the bytes that were asked for. */
enum { ALLOCATION_BYTES = 16 };

int version_compare(const void *a, size_t a_size, const void *b, size_t b_size)
{
    const size_t common = a_size < b_size ? a_size : b_size;
    const int order = common ? memcmp(a, b, common) : 0;
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_keys(const struct version_key *a, const struct version_key *b)
{
    return version_compare(a->bytes, a->size, b->bytes, b->size);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
RB_GENERATE_INTERNAL(version_tree, version_key, link, compare_keys, static)
#pragma GCC diagnostic pop

bool versions_init(struct versions *versions, unsigned databases)
{
    *versions = (struct versions){.tree_count = databases};
    versions->trees = calloc(databases, sizeof *versions->trees);
    return versions->trees != NULL;
}

void versions_free(struct versions *versions)
{
    if (versions->trees)
        versions_prune(versions, UINT64_MAX, SIZE_MAX);
    free(versions->trees);
    *versions = (struct versions){.trees = NULL};
}

static struct version_key *find_key(struct versions *versions, unsigned database,
                                    const void *key, size_t size)
{
    struct version_key wanted = {.bytes = key, .size = size};
    struct version_tree *tree = &versions->trees[database];
    return RB_EMPTY(tree) ? NULL : RB_FIND(version_tree, tree, &wanted);
}

const struct version *version_seen(const struct version_key *key, uint64_t snapshot)
{
    const struct version *seen = NULL;
    for (const struct version *at = key->newest; at && at->number > snapshot; at = at->older)
        seen = at;
    return seen;
}

const struct version *versions_find(struct versions *versions, unsigned database,
                                    const void *key, size_t size, uint64_t snapshot)
{
    const struct version_key *found = find_key(versions, database, key, size);
    return found ? version_seen(found, snapshot) : NULL;
}

struct version_key *versions_from(struct versions *versions, unsigned database, const void *key,
                                  size_t size)
{
    struct version_key wanted = {.bytes = key, .size = size};
    return RB_NFIND(version_tree, &versions->trees[database], &wanted);
}

struct version_key *versions_after(struct version_key *key)
{
    return RB_NEXT(version_tree, NULL, key);
}

bool versions_recorded(struct versions *versions, unsigned database, const void *key,
                       size_t size, uint64_t number)
{
    const struct version_key *found = find_key(versions, database, key, size);
    return found && found->newest->number >= number;
}

static size_t key_bytes(size_t size)
{
    return sizeof(struct version_key) + size + ALLOCATION_BYTES;
}

static size_t version_bytes(size_t size)
{
    return sizeof(struct version) + size + ALLOCATION_BYTES;
}

static struct version_key *add_key(struct versions *versions, unsigned database,
                                   const void *key, size_t size)
{
    struct version_key *added = malloc(sizeof *added + size);
    if (!added)
        return NULL;
    unsigned char *bytes = (unsigned char *)(added + 1);
    if (size)
        memcpy(bytes, key, size);
    *added = (struct version_key){.database = database, .size = size, .bytes = bytes};
    RB_INSERT(version_tree, &versions->trees[database], added);
    versions->bytes += key_bytes(size);
    return added;
}

static void remove_key(struct versions *versions, struct version_key *key)
{
    RB_REMOVE(version_tree, &versions->trees[key->database], key);
    versions->bytes -= key_bytes(key->size);
    free(key);
}

bool versions_add(struct versions *versions, unsigned database, const void *key,
                  size_t key_size, const void *data, size_t size, uint64_t number)
{
    struct version *version = malloc(sizeof *version + size);
    struct version_key *of = version ? find_key(versions, database, key, key_size) : NULL;
    if (version && !of)
        of = add_key(versions, database, key, key_size);
    if (!of) {
        free(version);
        return false;
    }
    *version = (struct version){
        .key = of, .older = of->newest, .number = number, .absent = !data, .size = size};
    if (size)
        memcpy(version->data, data, size);
    of->newest = version;
    DL_APPEND(versions->first, version);
    versions->bytes += version_bytes(size);
    return true;
}

static void remove_version(struct versions *versions, struct version *version)
{
    struct version_key *key = version->key;
    struct version **at = &key->newest;
    while (*at != version)
        at = &(*at)->older;
    *at = version->older;
    DL_DELETE(versions->first, version);
    versions->bytes -= version_bytes(version->size);
    free(version);
    if (!key->newest)
        remove_key(versions, key);
}

void versions_prune(struct versions *versions, uint64_t oldest, size_t limit)
{
    while (limit-- && versions->first && versions->first->number <= oldest)
        remove_version(versions, versions->first);
}

void versions_drop(struct versions *versions, uint64_t number)
{
    while (versions->first && versions->first->prev->number >= number)
        remove_version(versions, versions->first->prev);
}
