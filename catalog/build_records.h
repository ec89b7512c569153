/* SPDX-License-Identifier: Apache-2.0 */
/* Records that come in no order and are written in the order of their keys when all are there:
 * a B-tree that grows at its end has full pages. Internal to catalog/. Threads: one. */
#ifndef IC_BUILD_RECORDS_H
#define IC_BUILD_RECORDS_H

#include "codec.h"
#include "store.h"

/* Zero-initialise. */
struct build_records {
    struct encoder bytes; /* keys and records, one after the other */
    struct build_record {
        size_t at;
        uint32_t key_size, size;
    } * items;
    size_t count, room;
    uint32_t *places; /* open addressing by key: number of the item + 1; 0: free */
    size_t place_count;
};

void build_records_free(struct build_records *records);

/* Adds or replaces. IC_NO_MEMORY. */
enum ic_status build_records_put(struct build_records *records, const void *key,
                                 size_t key_size, const void *data, size_t size,
                                 struct ic_error *error);
/* *data NULL: there is none; borrowed until the next put. */
void build_records_get(const struct build_records *records, const void *key, size_t key_size,
                       const void **data, size_t *size);

/* Bytes that they take. */
size_t build_records_memory(const struct build_records *records);

/* Writes them to `database` of `store`, which is empty, together with those that `from` has
 * under other keys. */
enum ic_status build_records_write(struct build_records *records, struct store *from,
                                   struct store *store, enum store_database database,
                                   struct ic_error *error);

#endif
