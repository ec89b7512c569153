/* SPDX-License-Identifier: Apache-2.0 */
/* Records held back until they can be written in order. */
#include "build_records.h"

#include <stdlib.h>
#include <string.h>

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
}

void build_records_free(struct build_records *records)
{
    encoder_free(&records->bytes);
    free(records->items);
    free(records->places);
    *records = (struct build_records){.items = NULL};
}

/* FNV-1a: who chooses keys that collide slows his own import down, and nothing else. */
static uint64_t hash_key(const unsigned char *key, size_t size)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ key[i]) * 1099511628211u;
    return hash ^ hash >> 32;
}

static const unsigned char *key_of(const struct build_records *records, size_t item)
{
    return records->bytes.data + records->items[item].at;
}

/* Where the key is, or the free place where it belongs. */
static uint32_t *find(const struct build_records *records, const void *key, size_t key_size)
{
    size_t i = hash_key(key, key_size) & (records->place_count - 1);
    for (; records->places[i]; i = (i + 1) & (records->place_count - 1)) {
        const struct build_record *item = &records->items[records->places[i] - 1];
        if (item->key_size == key_size &&
            memcmp(records->bytes.data + item->at, key, key_size) == 0)
            break;
    }
    return &records->places[i];
}

static bool grow(struct build_records *records)
{
    const size_t count = records->place_count ? records->place_count * 2 : 1024;
    uint32_t *old = records->places;
    records->places = calloc(count, sizeof *records->places);
    if (!records->places) {
        records->places = old;
        return false;
    }
    free(old);
    records->place_count = count;
    for (size_t i = 0; i < records->count; i++)
        *find(records, key_of(records, i), records->items[i].key_size) = (uint32_t)(i + 1);
    return true;
}

enum ic_status build_records_put(struct build_records *records, const void *key,
                                 size_t key_size, const void *data, size_t size,
                                 struct ic_error *error)
{
    if (records->count >= records->place_count / 4 * 3 && !grow(records))
        return no_memory(error);
    if (records->count == records->room) {
        const size_t room = records->room ? records->room * 2 : 256;
        struct build_record *grown = realloc(records->items, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        records->items = grown;
        records->room = room;
    }
    uint32_t *place = find(records, key, key_size);
    const struct build_record item = {records->bytes.size, (uint32_t)key_size, (uint32_t)size};
    encode_bytes(&records->bytes, key, key_size);
    encode_bytes(&records->bytes, data, size);
    if (records->bytes.failed)
        return no_memory(error);
    if (!*place)
        *place = (uint32_t)++records->count;
    records->items[*place - 1] = item;
    return IC_OK;
}

void build_records_get(const struct build_records *records, const void *key, size_t key_size,
                       const void **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    if (!records->place_count)
        return;
    const uint32_t place = *find(records, key, key_size);
    if (!place)
        return;
    const struct build_record *item = &records->items[place - 1];
    *data = records->bytes.data + item->at + item->key_size;
    *size = item->size;
}

size_t build_records_memory(const struct build_records *records)
{
    return records->bytes.room + records->room * sizeof *records->items +
           records->place_count * sizeof *records->places;
}

/* ---- writing ---- */

static int compare_keys(const void *a, size_t a_size, const void *b, size_t b_size)
{
    const int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
    return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int compare_items(const void *left, const void *right, void *context)
{
    const struct build_record *a = left, *b = right;
    const unsigned char *bytes = context;
    return compare_keys(bytes + a->at, a->key_size, bytes + b->at, b->key_size);
}

static enum ic_status put_item(const struct build_records *records, size_t i,
                               struct store *store, enum store_database database,
                               struct ic_error *error)
{
    const struct build_record *item = &records->items[i];
    const unsigned char *key = records->bytes.data + item->at;
    return store_put(store, database, key, item->key_size, key + item->key_size, item->size,
                     error);
}

enum ic_status build_records_write(struct build_records *records, struct store *from,
                                   struct store *store, enum store_database database,
                                   struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    size_t next = 0;
    if (records->count)
        qsort_r(records->items, records->count, sizeof *records->items, compare_items,
                records->bytes.data);
    enum ic_status status = store_scan_open(from, database, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        int order = 1;
        while (status == IC_OK && next < records->count &&
               (order = compare_keys(key_of(records, next), records->items[next].key_size,
                                     scan.key.data, scan.key.size)) < 0)
            status = put_item(records, next++, store, database, error);
        if (status == IC_OK && (order || next == records->count))
            status = store_put(store, database, scan.key.data, scan.key.size, scan.data.data,
                               scan.data.size, error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    while (status == IC_OK && next < records->count)
        status = put_item(records, next++, store, database, error);
    return status;
}
