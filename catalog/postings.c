/* SPDX-License-Identifier: Apache-2.0 */
/* Postings in Berkeley DB.
 *
 * On disk: key = property id, object id (8 bytes each), chunk number (4 bytes). Record = either
 * exactly 512 bytes, a bitset of the chunk's 4,096 ordinals (ordinal n of the chunk is bit
 * n % 8 of byte n / 8), or 2 to 510 bytes, their sorted 16-bit list. Small against a page, so
 * that an update logs little (a Berkeley DB item over a quarter page is logged whole). */
#include "postings.h"

#include <string.h>

enum {
    BITSET_BYTES = POSTING_CHUNK_ORDINALS / 8,
    LIST_MAX = BITSET_BYTES / 2 - 1, /* ordinals in a list */
    KEY_BYTES = 20
};

/* One chunk, unpacked. */
struct chunk {
    unsigned char bits[BITSET_BYTES];
    unsigned count;
};

static void make_key(unsigned char key[KEY_BYTES], uint64_t property, uint64_t object,
                     uint32_t chunk)
{
    put_u64(key, property);
    put_u64(key + 8, object);
    for (int i = 0; i < 4; i++)
        key[16 + i] = (unsigned char)(chunk >> (24 - 8 * i));
}

static void make_object_key(unsigned char key[16], uint64_t property, uint64_t object)
{
    put_u64(key, object);
    put_u64(key + 8, property);
}

static bool has(const struct chunk *chunk, unsigned n)
{
    return chunk->bits[n / 8] & 1u << n % 8;
}

static bool unpack(const unsigned char *data, size_t size, struct chunk *chunk)
{
    *chunk = (struct chunk){.count = 0};
    if (size == BITSET_BYTES) {
        memcpy(chunk->bits, data, BITSET_BYTES);
        for (unsigned n = 0; n < POSTING_CHUNK_ORDINALS; n++)
            chunk->count += has(chunk, n);
        return chunk->count > LIST_MAX;
    }
    if (size == 0 || size % 2 || size > 2 * LIST_MAX)
        return false;
    for (size_t i = 0, least = 0; i < size; i += 2) {
        const unsigned n = (unsigned)(data[i] << 8 | data[i + 1]);
        if (n < least || n >= POSTING_CHUNK_ORDINALS)
            return false;
        chunk->bits[n / 8] |= (unsigned char)(1u << n % 8);
        chunk->count++;
        least = n + 1;
    }
    return true;
}

static size_t pack(const struct chunk *chunk, unsigned char out[BITSET_BYTES])
{
    if (chunk->count > LIST_MAX) {
        memcpy(out, chunk->bits, BITSET_BYTES);
        return BITSET_BYTES;
    }
    size_t size = 0;
    for (unsigned n = 0; n < POSTING_CHUNK_ORDINALS; n++) {
        if (!has(chunk, n))
            continue;
        out[size++] = (unsigned char)(n >> 8);
        out[size++] = (unsigned char)n;
    }
    return size;
}

static enum ic_status damaged(struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT, "a posting of the catalog is damaged; restore a backup");
}

static enum ic_status read_chunk(struct store *store, const unsigned char key[KEY_BYTES],
                                 struct chunk *chunk, struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    bool found;
    enum ic_status status =
        store_get(store, STORE_POSTINGS, key, KEY_BYTES, &value, &found, error);
    *chunk = (struct chunk){.count = 0};
    if (status == IC_OK && found && !unpack(value.data, value.size, chunk))
        status = damaged(error);
    store_value_free(&value);
    return status;
}

/* Removes `property` from the properties that have `object`, when no chunk is left. */
static enum ic_status forget_object(struct store *store, uint64_t property, uint64_t object,
                                    struct ic_error *error)
{
    unsigned char key[KEY_BYTES], object_key[16];
    struct store_scan scan;
    bool found;
    make_key(key, property, object, 0);
    enum ic_status status =
        store_scan_open(store, STORE_POSTINGS, key, 16, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    status = store_scan_next(&scan, &found, error);
    store_scan_close(&scan);
    if (status != IC_OK || found)
        return status;
    make_object_key(object_key, property, object);
    return store_delete(store, STORE_OBJECTS, object_key, sizeof object_key, NULL, 0, error);
}

enum ic_status posting_add(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, struct ic_error *error)
{
    unsigned char key[KEY_BYTES], object_key[16], packed[BITSET_BYTES];
    struct chunk chunk;
    const unsigned n = ordinal % POSTING_CHUNK_ORDINALS;
    make_key(key, property, object, ordinal / POSTING_CHUNK_ORDINALS);
    enum ic_status status = read_chunk(store, key, &chunk, error);
    if (status != IC_OK || has(&chunk, n))
        return status;
    const bool first = chunk.count == 0 && property != POSTING_LIVE;
    chunk.bits[n / 8] |= (unsigned char)(1u << n % 8);
    chunk.count++;
    status =
        store_put(store, STORE_POSTINGS, key, KEY_BYTES, packed, pack(&chunk, packed), error);
    make_object_key(object_key, property, object);
    if (status == IC_OK && first)
        status = store_put(store, STORE_OBJECTS, object_key, sizeof object_key, "", 0, error);
    return status;
}

enum ic_status posting_remove(struct store *store, uint64_t property, uint64_t object,
                              uint32_t ordinal, struct ic_error *error)
{
    unsigned char key[KEY_BYTES], packed[BITSET_BYTES];
    struct chunk chunk;
    const unsigned n = ordinal % POSTING_CHUNK_ORDINALS;
    make_key(key, property, object, ordinal / POSTING_CHUNK_ORDINALS);
    enum ic_status status = read_chunk(store, key, &chunk, error);
    if (status != IC_OK || !has(&chunk, n))
        return status;
    chunk.bits[n / 8] &= (unsigned char)~(1u << n % 8);
    if (--chunk.count)
        return store_put(store, STORE_POSTINGS, key, KEY_BYTES, packed, pack(&chunk, packed),
                         error);
    status = store_delete(store, STORE_POSTINGS, key, KEY_BYTES, NULL, 0, error);
    if (status == IC_OK && property != POSTING_LIVE)
        status = forget_object(store, property, object, error);
    return status;
}

enum ic_status posting_has(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, bool *has_it, struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    struct chunk chunk;
    make_key(key, property, object, ordinal / POSTING_CHUNK_ORDINALS);
    const enum ic_status status = read_chunk(store, key, &chunk, error);
    *has_it = status == IC_OK && has(&chunk, ordinal % POSTING_CHUNK_ORDINALS);
    return status;
}

enum ic_status posting_unpack(const void *data, size_t size, uint32_t first,
                              void (*each)(void *context, uint32_t ordinal), void *context,
                              struct ic_error *error)
{
    struct chunk chunk;
    if (!unpack(data, size, &chunk))
        return damaged(error);
    for (unsigned n = 0; n < POSTING_CHUNK_ORDINALS; n++)
        if (has(&chunk, n))
            each(context, first + n);
    return IC_OK;
}

static void add_to_bitmap(void *context, uint32_t ordinal)
{
    roaring_bitmap_add(context, ordinal);
}

enum ic_status posting_read(struct store *store, uint64_t property, uint64_t object,
                            roaring_bitmap_t *bitmap, struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    struct store_scan scan;
    bool found;
    make_key(key, property, object, 0);
    enum ic_status status = store_scan_open(
        store, STORE_POSTINGS, key, property && !object ? 8 : 16, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        const unsigned char *at = scan.key.data;
        if (scan.key.size != KEY_BYTES) {
            status = damaged(error);
            break;
        }
        const uint32_t chunk = (uint32_t)(get_u64(at + 12) & 0xFFFFFFFF);
        status = posting_unpack(scan.data.data, scan.data.size, chunk * POSTING_CHUNK_ORDINALS,
                                add_to_bitmap, bitmap, error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}
