/* SPDX-License-Identifier: Apache-2.0 */
/* Names of clouds in blocks of 64 ordinals.
 *
 * Key: ordinal / 64 as 4 bytes, big-endian. Record: for each name, ascending, the ordinal's
 * place in the block (1 byte), the name's length (LEB128) and its bytes. A block stays well
 * under a quarter of a page with usual names, so that an update logs little. */
#include "cloud_names.h"

#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "codec.h"

enum { BLOCK = CLOUD_NAMES_BLOCK, KEY_BYTES = 4 };

static void make_key(unsigned char *key, uint32_t ordinal)
{
    const uint32_t block = ordinal / BLOCK;
    for (int i = 0; i < KEY_BYTES; i++)
        key[i] = (unsigned char)(block >> (8 * (KEY_BYTES - 1 - i)));
}

static enum ic_status damaged(struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT,
                   "a block of cloud names is damaged or missing; restore a backup");
}

/* The next name of a block; false at its end. */
static bool next_name(struct decoder *record, unsigned *place, const char **text,
                      size_t *length)
{
    if (record->bad || record->at == record->end)
        return false;
    *place = decode_byte(record);
    *text = decode_string(record, length);
    return !record->bad;
}

/* Makes the block of `ordinal` anew with this name, or with none (NULL). */
static enum ic_status change(struct store *store, uint32_t ordinal, const char *name,
                             struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    struct store_value value = {.data = NULL};
    struct encoder out = {.data = NULL};
    bool found;
    make_key(key, ordinal);
    enum ic_status status =
        store_get(store, STORE_CLOUD_NAMES, key, sizeof key, &value, &found, error);
    struct decoder in = decoder_of(value.data, status == IC_OK && found ? value.size : 0);
    const unsigned wanted = ordinal % BLOCK;
    if (store->names)
        name_cache_note(store->names, ordinal / BLOCK);
    bool placed = name == NULL;
    unsigned place;
    const char *text;
    size_t length;
    while (next_name(&in, &place, &text, &length)) {
        if (!placed && place >= wanted) {
            encode_byte(&out, wanted);
            encode_string(&out, name);
            placed = true;
        }
        if (place == wanted)
            continue;
        encode_byte(&out, place);
        encode_number(&out, length);
        encode_bytes(&out, text, length);
    }
    if (!placed) {
        encode_byte(&out, wanted);
        encode_string(&out, name);
    }
    if (status == IC_OK && in.bad)
        status = damaged(error);
    else if (status == IC_OK && out.failed)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a cloud's name");
    if (status == IC_OK && out.size)
        status =
            store_put(store, STORE_CLOUD_NAMES, key, sizeof key, out.data, out.size, error);
    else if (status == IC_OK)
        status = store_delete(store, STORE_CLOUD_NAMES, key, sizeof key, NULL, 0, error);
    encoder_free(&out);
    store_value_free(&value);
    return status;
}

enum ic_status cloud_names_get_block(struct store *store, uint32_t number,
                                     struct encoder *block, struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    struct store_value value = {.data = NULL};
    bool found;
    make_key(key, number * BLOCK);
    const enum ic_status status =
        store_get(store, STORE_CLOUD_NAMES, key, sizeof key, &value, &found, error);
    if (status == IC_OK && found)
        encode_bytes(block, value.data, value.size);
    store_value_free(&value);
    return status;
}

enum ic_status cloud_names_put_block(struct store *store, uint32_t number, const void *data,
                                     size_t size, struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    make_key(key, number * BLOCK);
    return store_put(store, STORE_CLOUD_NAMES, key, sizeof key, data, size, error);
}

enum ic_status cloud_name_put(struct store *store, uint32_t ordinal, const char *name,
                              struct ic_error *error)
{
    return store->build ? build_cloud_name(store, ordinal, name, error)
                        : change(store, ordinal, name, error);
}

enum ic_status cloud_name_remove(struct store *store, uint32_t ordinal, struct ic_error *error)
{
    return change(store, ordinal, NULL, error);
}

/* ---- reading ---- */

/* The ordinals that are asked for, ascending, and the names found so far. */
struct reading {
    const uint32_t *ordinals;
    size_t count, done;
    struct ic_arena *arena;
    struct cloud_name *names;
    size_t kept, room; /* names; when that is less than `count`, the last on top of a heap */
};

static void sink_down(struct cloud_name *heap, size_t at, size_t count)
{
    const struct cloud_name sunk = heap[at];
    for (size_t below; (below = 2 * at + 1) < count; at = below) {
        if (below + 1 < count && cloud_name_compare(&heap[below], &heap[below + 1]) < 0)
            below++;
        if (cloud_name_compare(&sunk, &heap[below]) >= 0)
            break;
        heap[at] = heap[below];
    }
    heap[at] = sunk;
}

/* Takes the name of the next ordinal: it is kept, unless it comes behind as many as there is
 * room for. */
static enum ic_status take_name(struct reading *reading, const char *text, size_t length,
                                struct ic_error *error)
{
    struct cloud_name *heap = reading->names, name = {text, (uint32_t)length};
    const bool full = reading->kept == reading->room;
    reading->done++;
    if (full && cloud_name_compare(&name, &heap[0]) > 0)
        return IC_OK;
    name.text = ic_arena_copy(reading->arena, text, length);
    if (!name.text)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for names");
    if (!full)
        heap[reading->kept++] = name;
    else
        heap[0] = name;
    if (full)
        sink_down(heap, 0, reading->room);
    else if (reading->kept == reading->room && reading->room < reading->count)
        for (size_t i = reading->room / 2; i > 0; i--)
            sink_down(heap, i - 1, reading->room);
    return IC_OK;
}

/* Takes the names that are asked for from one block; it must have all of them. */
static enum ic_status take_block(struct reading *reading, uint32_t block, const void *data,
                                 size_t size, struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    enum ic_status status = IC_OK;
    unsigned place;
    const char *text;
    size_t length;
    while (status == IC_OK && reading->done < reading->count &&
           reading->ordinals[reading->done] / BLOCK == block) {
        const unsigned wanted = reading->ordinals[reading->done] % BLOCK;
        do {
            if (!next_name(&in, &place, &text, &length))
                return damaged(error);
        } while (place != wanted);
        status = take_name(reading, text, length, error);
    }
    return status;
}

static enum ic_status read_one_block(struct store *store, struct reading *reading,
                                     struct store_value *value, struct ic_error *error)
{
    const uint32_t ordinal = reading->ordinals[reading->done];
    unsigned char key[KEY_BYTES];
    bool found;
    make_key(key, ordinal);
    enum ic_status status =
        store_get(store, STORE_CLOUD_NAMES, key, sizeof key, value, &found, error);
    if (status == IC_OK && !found)
        status = damaged(error);
    return status == IC_OK
               ? take_block(reading, ordinal / BLOCK, value->data, value->size, error)
               : status;
}

/* All blocks from the first that is needed on: cheaper than one by one when most are. */
static enum ic_status scan_blocks(struct store *store, struct reading *reading,
                                  struct ic_error *error)
{
    unsigned char start[KEY_BYTES];
    struct store_scan scan;
    bool found;
    make_key(start, reading->ordinals[0]);
    enum ic_status status =
        store_scan_open(store, STORE_CLOUD_NAMES, "", 0, start, sizeof start, &scan, error);
    if (status != IC_OK)
        return status;
    while (reading->done < reading->count &&
           (status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        const unsigned char *key = scan.key.data;
        if (scan.key.size != KEY_BYTES) {
            status = damaged(error);
            break;
        }
        const uint32_t block = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
                               (uint32_t)key[2] << 8 | (uint32_t)key[3];
        if (block == reading->ordinals[reading->done] / BLOCK)
            status = take_block(reading, block, scan.data.data, scan.data.size, error);
        else if (block > reading->ordinals[reading->done] / BLOCK)
            status = damaged(error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status == IC_OK && reading->done < reading->count ? damaged(error) : status;
}

/* Is a scan over all blocks between the first and the last cheaper than reading each? */
static bool is_dense(const struct reading *reading)
{
    enum { SCAN_GAIN = 8 }; /* one read costs about so many steps of a scan */
    size_t blocks = 1;
    for (size_t i = 1; i < reading->count; i++)
        blocks += reading->ordinals[i] / BLOCK != reading->ordinals[i - 1] / BLOCK;
    const uint32_t span =
        reading->ordinals[reading->count - 1] / BLOCK - reading->ordinals[0] / BLOCK + 1;
    return blocks * SCAN_GAIN > span;
}

static enum ic_status read_blocks(struct store *store, struct reading *reading,
                                  struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    enum ic_status status = is_dense(reading) ? scan_blocks(store, reading, error) : IC_OK;
    while (status == IC_OK && reading->done < reading->count)
        status = read_one_block(store, reading, &value, error);
    store_value_free(&value);
    return status;
}

/* ---- through the cache ---- */

/* A record as the cache keeps it. NULL: memory is out, or (*bad) it is damaged. */
static struct name_block *make_block(const struct store_value *value, size_t *bytes, bool *bad)
{
    struct decoder in = decoder_of(value->data, value->size);
    unsigned place;
    const char *text;
    size_t length, used = 0;
    *bytes = sizeof(struct name_block) + value->size + BLOCK;
    struct name_block *block = value->size < NAME_CACHE_NONE ? malloc(*bytes) : NULL;
    if (!block)
        return NULL;
    for (size_t i = 0; i < BLOCK; i++)
        block->at[i] = NAME_CACHE_NONE;
    while (next_name(&in, &place, &text, &length) && place < BLOCK) {
        block->at[place] = (uint16_t)used;
        block->length[place] = (uint16_t)length;
        memcpy(block->text + used, text, length);
        used += length;
        block->text[used++] = '\0';
    }
    *bad = in.bad || in.at != in.end;
    if (!*bad)
        return block;
    free(block);
    return NULL;
}

/* The block, kept or (*own) the caller's. NULL with IC_OK: it is none that the cache takes. */
static enum ic_status find_block(struct store *store, struct name_cache *cache, uint32_t number,
                                 const struct name_block **block, struct name_block **own,
                                 struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    unsigned char key[KEY_BYTES];
    bool found, bad = false;
    size_t bytes;
    *own = NULL;
    *block = name_cache_find(cache, number);
    if (*block)
        return IC_OK;
    make_key(key, number * BLOCK);
    enum ic_status status =
        store_get(store, STORE_CLOUD_NAMES, key, sizeof key, &value, &found, error);
    if (status == IC_OK && !found)
        status = damaged(error);
    struct name_block *made = status == IC_OK ? make_block(&value, &bytes, &bad) : NULL;
    store_value_free(&value);
    if (bad)
        status = damaged(error);
    if (!made)
        return status;
    *block = name_cache_keep(cache, number, made, bytes);
    if (!*block)
        *block = *own = made;
    return status;
}

/* Takes the names of one block that are asked for. */
static enum ic_status take_cached(struct reading *reading, uint32_t number,
                                  const struct name_block *block, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && reading->done < reading->count &&
           reading->ordinals[reading->done] / BLOCK == number) {
        const uint32_t place = reading->ordinals[reading->done] % BLOCK;
        status = block->at[place] == NAME_CACHE_NONE
                     ? damaged(error)
                     : take_name(reading, block->text + block->at[place], block->length[place],
                                 error);
    }
    return status;
}

static enum ic_status read_cached(struct store *store, struct name_cache *cache,
                                  struct reading *reading, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && reading->done < reading->count) {
        const uint32_t number = reading->ordinals[reading->done] / BLOCK;
        const struct name_block *block;
        struct name_block *own;
        status = find_block(store, cache, number, &block, &own, error);
        if (status == IC_OK && block)
            status = take_cached(reading, number, block, error);
        else if (status == IC_OK)
            status = read_blocks(store, reading, error);
        free(own);
    }
    return status;
}

enum ic_status cloud_names_read(struct store *store, struct name_cache *cache,
                                const roaring_bitmap_t *clouds, size_t wanted,
                                struct ic_arena *arena, struct cloud_name **names,
                                struct ic_error *error)
{
    const size_t count = (size_t)roaring_bitmap_get_cardinality(clouds);
    const size_t room = wanted && wanted < count ? wanted : count;
    uint32_t *ordinals = malloc((count + 1) * sizeof *ordinals);
    struct reading reading = {
        .ordinals = ordinals, .count = count, .arena = arena, .room = room};
    enum ic_status status = IC_OK;
    *names = reading.names = ic_arena_alloc(arena, (room + 1) * sizeof *reading.names);
    if (!ordinals || !reading.names) {
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for names");
    } else if (count) {
        roaring_bitmap_to_uint32_array(clouds, ordinals);
        status = cache ? read_cached(store, cache, &reading, error)
                       : read_blocks(store, &reading, error);
    }
    free(ordinals);
    return status;
}

enum ic_status cloud_names_each(struct store *store,
                                enum ic_status (*each)(void *context, uint32_t ordinal,
                                                       const char *name, size_t length,
                                                       struct ic_error *error),
                                void *context, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(store, STORE_CLOUD_NAMES, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while (status == IC_OK && (status = store_scan_next(&scan, &found, error)) == IC_OK &&
           found) {
        const unsigned char *key = scan.key.data;
        struct decoder in = decoder_of(scan.data.data, scan.data.size);
        unsigned place;
        const char *text;
        size_t length;
        if (scan.key.size != KEY_BYTES) {
            status = damaged(error);
            break;
        }
        const uint32_t block = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 |
                               (uint32_t)key[2] << 8 | (uint32_t)key[3];
        while (status == IC_OK && next_name(&in, &place, &text, &length))
            status = place < BLOCK ? each(context, block * BLOCK + place, text, length, error)
                                   : damaged(error);
        if (status == IC_OK && in.bad)
            status = damaged(error);
    }
    store_scan_close(&scan);
    return status;
}
