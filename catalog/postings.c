/* SPDX-License-Identifier: Apache-2.0 */
/* Postings in the store.
 *
 * Key: property, value key (numbers) or a zero byte (all others), object, chunk; property,
 * object and chunk as integers that sort by value. Chunk 0 is the sparse record of the pair;
 * chunk n holds the ordinals from (n - 1) * 4,096 on.
 * Record: sparse, up to POSTING_SPARSE_MAX ordinals of 4 bytes, ascending; a chunk, 512 bytes
 * of bits or fewer bytes that are an ascending list of 2-byte ordinals from the chunk's first.
 * Integers of records are little-endian. */
#include "postings.h"

#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "dictionary.h"
#include "posting_cache.h"
#include "postings_internal.h"
#include "term_id.h"

enum {
    PLAIN = 0 /* where a number has its value key */
};

static enum ic_status damaged(struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT, "a posting of the catalog is damaged; restore a backup");
}

/* ---- keys ---- */

/* Big-endian behind their number of bytes; small ones in one byte. */
static unsigned put_ordered(unsigned char *p, uint64_t value)
{
    enum { ONE_BYTE_MAX = 0xF6 };
    if (value <= ONE_BYTE_MAX) {
        *p = (unsigned char)value;
        return 1;
    }
    unsigned bytes = 1;
    while (bytes < 8 && value >> (8 * bytes))
        bytes++;
    p[0] = (unsigned char)(ONE_BYTE_MAX + bytes);
    for (unsigned i = 0; i < bytes; i++)
        p[1 + i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
    return 1 + bytes;
}

/* How many bytes it takes; 0: it is damaged. */
static unsigned get_ordered(const unsigned char *p, const unsigned char *end, uint64_t *value)
{
    enum { ONE_BYTE_MAX = 0xF6 };
    if (p == end)
        return 0;
    *value = *p;
    if (*p <= ONE_BYTE_MAX)
        return 1;
    const unsigned bytes = (unsigned)(*p - ONE_BYTE_MAX);
    if (bytes > 8 || (size_t)(end - p) < 1 + bytes)
        return 0;
    *value = 0;
    for (unsigned i = 0; i < bytes; i++)
        *value = *value << 8 | p[1 + i];
    return 1 + bytes;
}

enum ic_status posting_make_pair(struct store *store, uint64_t property, uint64_t object,
                                 struct posting_key *key, struct ic_error *error)
{
    key->pair = put_ordered(key->bytes, property >> 2);
    if (property != POSTING_MARKS && term_id_has_value(object)) {
        struct value_key value;
        const enum ic_status status = dictionary_value_key(store, object, &value, error);
        if (status != IC_OK)
            return status;
        memcpy(key->bytes + key->pair, value.bytes, value.size);
        key->pair += value.size;
    } else {
        key->bytes[key->pair++] = PLAIN;
    }
    key->pair += put_ordered(key->bytes + key->pair, object);
    key->size = key->pair;
    return IC_OK;
}

void posting_set_chunk(struct posting_key *key, uint32_t chunk)
{
    key->size = key->pair + put_ordered(key->bytes + key->pair, chunk);
}

struct parsed_key {
    uint64_t property, object, chunk;
    unsigned pair; /* bytes up to and with the object */
    const unsigned char *value;
    unsigned value_size;
};

static bool parse_key(const void *data, size_t size, struct parsed_key *key)
{
    const unsigned char *begin = data, *end = begin + size, *p = begin;
    unsigned used = get_ordered(p, end, &key->property);
    if (!used || (p += used) == end)
        return false;
    key->property <<= 2;
    key->value = p;
    key->value_size = 0;
    if (*p == PLAIN)
        p++;
    else if ((key->value_size = value_key_length(p, (unsigned)(end - p))) == 0)
        return false;
    p += key->value_size;
    if (!(used = get_ordered(p, end, &key->object)))
        return false;
    p += used;
    key->pair = (unsigned)(p - begin);
    used = get_ordered(p, end, &key->chunk);
    return used && p + used == end && key->chunk <= (UINT32_MAX / CHUNK_ORDINALS) + 1 &&
           (key->value_size != 0) ==
               (key->property != POSTING_MARKS && term_id_has_value(key->object));
}

/* ---- records ---- */

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 8)
        p[i] = (unsigned char)value;
}

static uint32_t get16(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static bool decode_sparse(const unsigned char *data, size_t size, struct ordinal_bits *bits)
{
    if (size == 0 || size % 4 || size > POSTING_SPARSE_MAX * 4)
        return false;
    for (size_t i = 0; i < size; i += 4) {
        if (i && get32(data + i) <= get32(data + i - 4))
            return false;
        ordinal_bits_add(bits, get32(data + i));
    }
    return true;
}

static bool decode_chunk(const unsigned char *data, size_t size, uint32_t first,
                         struct ordinal_bits *bits)
{
    if (size == CHUNK_BYTES) {
        ordinal_bits_add_chunk(bits, first, data);
        return true;
    }
    if (size == 0 || size % 2 || size > POSTING_LIST_MAX * 2)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        const uint32_t n = get16(data + i);
        if (n >= CHUNK_ORDINALS || (i && n <= get16(data + i - 2)))
            return false;
        ordinal_bits_add(bits, first + n);
    }
    return true;
}

static bool decode_record(const struct parsed_key *key, const void *data, size_t size,
                          struct ordinal_bits *bits)
{
    return key->chunk == 0
               ? decode_sparse(data, size, bits)
               : decode_chunk(data, size, (uint32_t)(key->chunk - 1) * CHUNK_ORDINALS, bits);
}

enum ic_status posting_decode(const void *key, size_t key_size, const void *data, size_t size,
                              uint64_t *property, uint64_t *object, struct ordinal_bits *bits,
                              struct ic_error *error)
{
    struct parsed_key parsed;
    if (!parse_key(key, key_size, &parsed) || !decode_record(&parsed, data, size, bits))
        return damaged(error);
    *property = parsed.property;
    *object = parsed.object;
    return bits->failed ? ic_fail(error, IC_NO_MEMORY, "out of memory for a posting") : IC_OK;
}

/* ---- one ordinal ---- */

/* The record of a pair that holds an ordinal, or would: as plain bits of its chunk, or as the
 * sparse list. */
struct place {
    struct posting_key key;
    bool sparse, exists;
    uint32_t list[POSTING_SPARSE_MAX + 1]; /* sparse */
    unsigned count;
    unsigned char bits[CHUNK_BYTES];
};

static unsigned pack_chunk(const struct place *place, unsigned char *packed)
{
    unsigned size = 0;
    if (place->count > POSTING_LIST_MAX) {
        memcpy(packed, place->bits, CHUNK_BYTES);
        return CHUNK_BYTES;
    }
    for (unsigned i = 0; i < CHUNK_BYTES; i++)
        for (unsigned byte = place->bits[i]; byte; byte &= byte - 1) {
            const unsigned n = i * 8 + (unsigned)__builtin_ctz(byte);
            packed[size++] = (unsigned char)n;
            packed[size++] = (unsigned char)(n >> 8);
        }
    return size;
}

static bool unpack_chunk(struct place *place, const unsigned char *data, size_t size)
{
    if (size == CHUNK_BYTES) {
        memcpy(place->bits, data, CHUNK_BYTES);
        place->count = 0;
        for (unsigned i = 0; i < CHUNK_BYTES; i++)
            place->count += (unsigned)__builtin_popcount(place->bits[i]);
        return true;
    }
    memset(place->bits, 0, CHUNK_BYTES);
    if (size % 2 || size > POSTING_LIST_MAX * 2)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        const uint32_t n = get16(data + i);
        if (n >= CHUNK_ORDINALS)
            return false;
        place->bits[n / 8] |= (unsigned char)(1u << n % 8);
    }
    place->count = (unsigned)(size / 2);
    return true;
}

static bool unpack_sparse(struct place *place, const unsigned char *data, size_t size)
{
    if (size == 0 || size % 4 || size > POSTING_SPARSE_MAX * 4)
        return false;
    place->count = (unsigned)(size / 4);
    for (unsigned i = 0; i < place->count; i++)
        place->list[i] = get32(data + 4 * i);
    return true;
}

/* Reads the record of a key into `place`. */
static enum ic_status read_place(struct store *store, struct place *place,
                                 struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    enum ic_status status = store_get(store, STORE_POSTINGS, place->key.bytes, place->key.size,
                                      &value, &place->exists, error);
    const size_t size = status == IC_OK && place->exists ? value.size : 0;
    place->count = 0;
    if (status == IC_OK && place->sparse && place->exists &&
        !unpack_sparse(place, value.data, size))
        status = damaged(error);
    if (status == IC_OK && !place->sparse && !unpack_chunk(place, value.data, size))
        status = damaged(error);
    store_value_free(&value);
    return status;
}

/* Does the pair have a record? It is by chunk then, when it has no sparse one. */
static enum ic_status has_record(struct store *store, const struct posting_key *key, bool *has,
                                 struct ic_error *error)
{
    struct store_scan scan;
    enum ic_status status =
        store_scan_open(store, STORE_POSTINGS, key->bytes, key->pair, NULL, 0, &scan, error);
    if (status == IC_OK) {
        status = store_scan_next(&scan, has, error);
        store_scan_close(&scan);
    }
    return status;
}

/* Finds the record where the ordinal belongs: its chunk's, else the pair's sparse one. A pair
 * without any record begins sparse. */
static enum ic_status find_place(struct store *store, uint64_t property, uint64_t object,
                                 uint32_t ordinal, struct place *place, struct ic_error *error)
{
    bool chunked = false;
    enum ic_status status = posting_make_pair(store, property, object, &place->key, error);
    place->sparse = false;
    posting_set_chunk(&place->key, ordinal / CHUNK_ORDINALS + 1);
    if (status == IC_OK)
        status = read_place(store, place, error);
    if (status != IC_OK || place->exists)
        return status;
    place->sparse = true;
    posting_set_chunk(&place->key, 0);
    status = read_place(store, place, error);
    if (status == IC_OK && !place->exists)
        status = has_record(store, &place->key, &chunked, error);
    if (status == IC_OK && chunked) {
        place->sparse = false;
        memset(place->bits, 0, CHUNK_BYTES);
        posting_set_chunk(&place->key, ordinal / CHUNK_ORDINALS + 1);
    }
    return status;
}

/* Where the ordinal is in the sparse list, or belongs. */
static unsigned list_position(const struct place *place, uint32_t ordinal)
{
    unsigned i = 0;
    while (i < place->count && place->list[i] < ordinal)
        i++;
    return i;
}

static bool is_there(const struct place *place, uint32_t ordinal)
{
    if (place->sparse) {
        const unsigned i = list_position(place, ordinal);
        return i < place->count && place->list[i] == ordinal;
    }
    const unsigned n = ordinal % CHUNK_ORDINALS;
    return place->bits[n / 8] >> n % 8 & 1;
}

static enum ic_status write_place(struct store *store, const struct place *place,
                                  struct ic_error *error)
{
    unsigned char packed[CHUNK_BYTES];
    unsigned size = 0;
    if (place->count == 0)
        return store_delete(store, STORE_POSTINGS, place->key.bytes, place->key.size, NULL, 0,
                            error);
    if (place->sparse)
        for (; size < place->count * 4; size += 4)
            put32(packed + size, place->list[size / 4]);
    else
        size = pack_chunk(place, packed);
    return store_put(store, STORE_POSTINGS, place->key.bytes, place->key.size, packed, size,
                     error);
}

/* A list that is full becomes records by chunk. */
static enum ic_status split(struct store *store, struct place *place, struct ic_error *error)
{
    enum ic_status status =
        store_delete(store, STORE_POSTINGS, place->key.bytes, place->key.size, NULL, 0, error);
    for (unsigned i = 0; status == IC_OK && i < place->count;) {
        struct place chunk = {.key = place->key};
        const uint32_t number = place->list[i] / CHUNK_ORDINALS;
        for (; i < place->count && place->list[i] / CHUNK_ORDINALS == number; i++) {
            const unsigned n = place->list[i] % CHUNK_ORDINALS;
            chunk.bits[n / 8] |= (unsigned char)(1u << n % 8);
            chunk.count++;
        }
        posting_set_chunk(&chunk.key, number + 1);
        status = write_place(store, &chunk, error);
    }
    return status;
}

enum ic_status posting_add(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, struct ic_error *error)
{
    struct place place;
    if (store->build)
        return build_add_posting(store, property, object, ordinal, error);
    enum ic_status status = find_place(store, property, object, ordinal, &place, error);
    if (status != IC_OK || is_there(&place, ordinal))
        return status;
    if (place.sparse) {
        const unsigned i = list_position(&place, ordinal);
        memmove(place.list + i + 1, place.list + i, (place.count - i) * sizeof *place.list);
        place.list[i] = ordinal;
        status = ++place.count > POSTING_SPARSE_MAX ? split(store, &place, error)
                                                    : write_place(store, &place, error);
    } else {
        const unsigned n = ordinal % CHUNK_ORDINALS;
        place.bits[n / 8] |= (unsigned char)(1u << n % 8);
        place.count++;
        status = write_place(store, &place, error);
    }
    return status == IC_OK
               ? posting_cache_note(store->postings, property, object, ordinal, true, error)
               : status;
}

enum ic_status posting_remove(struct store *store, uint64_t property, uint64_t object,
                              uint32_t ordinal, struct ic_error *error)
{
    struct place place;
    enum ic_status status = find_place(store, property, object, ordinal, &place, error);
    if (status != IC_OK || !is_there(&place, ordinal))
        return status;
    place.count--;
    if (place.sparse) {
        const unsigned i = list_position(&place, ordinal);
        memmove(place.list + i, place.list + i + 1, (place.count - i) * sizeof *place.list);
    } else {
        const unsigned n = ordinal % CHUNK_ORDINALS;
        place.bits[n / 8] &= (unsigned char)~(1u << n % 8);
    }
    status = write_place(store, &place, error);
    return status == IC_OK
               ? posting_cache_note(store->postings, property, object, ordinal, false, error)
               : status;
}

enum ic_status posting_has(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, bool *has, struct ic_error *error)
{
    struct place place;
    const enum ic_status status = find_place(store, property, object, ordinal, &place, error);
    *has = status == IC_OK && is_there(&place, ordinal);
    return status;
}

/* ---- many ---- */

typedef enum ic_status (*each_object)(void *context, uint64_t object, struct ordinal_bits *bits,
                                      struct ic_error *error);

/* Is a record's value in the range, below it (-1) or above (1)? */
static int place_in_range(const struct parsed_key *key, const struct value_range *range)
{
    struct value_key value = {.size = key->value_size};
    memcpy(value.bytes, key->value, key->value_size);
    if (range->low) {
        const int order = value_key_compare(&value, range->low);
        if (order < 0 || (order == 0 && range->above_low))
            return -1;
    }
    if (range->high) {
        const int order = value_key_compare(&value, range->high);
        if (order > 0 || (order == 0 && range->below_high))
            return 1;
    }
    return 0;
}

/* Where a range's scan begins: at its low end, or at the first number. */
static unsigned range_start(uint64_t property, const struct value_range *range,
                            unsigned char *start)
{
    unsigned size = put_ordered(start, property >> 2);
    if (range->low) {
        memcpy(start + size, range->low->bytes, range->low->size);
        return size + range->low->size;
    }
    start[size++] = PLAIN + 1;
    return size;
}

/* An object whose records are being read. */
struct current {
    bool any;
    unsigned char pair[POSTING_KEY_MAX];
    unsigned pair_size;
    uint64_t object;
    struct ordinal_bits bits;
};

static bool same_object(const struct current *current, const struct parsed_key *key,
                        const void *data)
{
    return current->any && current->pair_size == key->pair &&
           memcmp(current->pair, data, key->pair) == 0;
}

static enum ic_status pass(struct current *current, each_object each, void *context,
                           struct ic_error *error)
{
    if (!current->any)
        return IC_OK;
    if (current->bits.failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
    const enum ic_status status = each(context, current->object, &current->bits, error);
    ordinal_bits_clear(&current->bits);
    return status;
}

/* Passes on the objects of a scan, whose records stand together. */
static enum ic_status walk(struct store_scan *scan, const struct value_range *range,
                           each_object each, void *context, struct ic_error *error)
{
    struct current current = {.any = false};
    enum ic_status status;
    bool found;
    while ((status = store_scan_next(scan, &found, error)) == IC_OK && found) {
        struct parsed_key key;
        if (!parse_key(scan->key.data, scan->key.size, &key)) {
            status = damaged(error);
            break;
        }
        const int place = range ? place_in_range(&key, range) : 0;
        if (place > 0)
            break;
        if (place < 0)
            continue;
        if (!same_object(&current, &key, scan->key.data)) {
            status = pass(&current, each, context, error);
            current.any = true;
            current.object = key.object;
            current.pair_size = key.pair;
            memcpy(current.pair, scan->key.data, key.pair);
        }
        if (status == IC_OK &&
            !decode_record(&key, scan->data.data, scan->data.size, &current.bits))
            status = damaged(error);
        if (status != IC_OK)
            break;
    }
    if (status == IC_OK)
        status = pass(&current, each, context, error);
    ordinal_bits_free(&current.bits);
    return status;
}

enum ic_status posting_each(struct store *store, uint64_t property,
                            const struct value_range *range, each_object each, void *context,
                            struct ic_error *error)
{
    unsigned char prefix[9], start[POSTING_KEY_MAX];
    struct store_scan scan;
    const unsigned size = put_ordered(prefix, property >> 2);
    const unsigned start_size = range ? range_start(property, range, start) : 0;
    enum ic_status status = store_scan_open(store, STORE_POSTINGS, prefix, size,
                                            range ? start : NULL, start_size, &scan, error);
    if (status == IC_OK) {
        status = walk(&scan, range, each, context, error);
        store_scan_close(&scan);
    }
    return status;
}

static enum ic_status add_to_bitmap(void *context, uint64_t object, struct ordinal_bits *bits,
                                    struct ic_error *error)
{
    roaring_bitmap_t *all = context;
    (void)object;
    roaring_bitmap_t *one = ordinal_bits_bitmap(bits);
    if (!one)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
    roaring_bitmap_or_inplace(all, one);
    roaring_bitmap_free(one);
    return IC_OK;
}

enum ic_status posting_each_of(struct store *store, uint64_t property, uint64_t object,
                               each_object each, void *context, struct ic_error *error)
{
    struct posting_key key;
    struct store_scan scan;
    enum ic_status status = posting_make_pair(store, property, object, &key, error);
    if (status == IC_OK)
        status =
            store_scan_open(store, STORE_POSTINGS, key.bytes, key.pair, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    status = walk(&scan, NULL, each, context, error);
    store_scan_close(&scan);
    return status;
}

enum ic_status posting_read(struct store *store, uint64_t property, uint64_t object,
                            roaring_bitmap_t *bitmap, struct ic_error *error)
{
    if (object == 0 && property != POSTING_MARKS)
        return posting_each(store, property, NULL, add_to_bitmap, bitmap, error);
    return posting_each_of(store, property, object, add_to_bitmap, bitmap, error);
}

enum ic_status posting_read_range(struct store *store, uint64_t property,
                                  const struct value_range *range, roaring_bitmap_t *bitmap,
                                  struct ic_error *error)
{
    return posting_each(store, property, range, add_to_bitmap, bitmap, error);
}

/* The first property at or behind `least`; *found false: there is none. */
static enum ic_status next_property(struct store *store, uint64_t least, uint64_t *property,
                                    bool *found, struct ic_error *error)
{
    unsigned char start[9];
    struct store_scan scan;
    const unsigned size = put_ordered(start, least >> 2);
    enum ic_status status =
        store_scan_open(store, STORE_POSTINGS, "", 0, start, size, &scan, error);
    if (status != IC_OK)
        return status;
    status = store_scan_next(&scan, found, error);
    struct parsed_key key;
    if (status == IC_OK && *found) {
        if (parse_key(scan.key.data, scan.key.size, &key))
            *property = key.property;
        else
            status = damaged(error);
    }
    store_scan_close(&scan);
    return status;
}

enum ic_status posting_properties(struct store *store, uint64_t **properties, size_t *count,
                                  struct ic_error *error)
{
    size_t room = 0;
    *properties = NULL;
    *count = 0;
    for (uint64_t least = 4;;) { /* behind the marks */
        uint64_t property;
        bool found;
        enum ic_status status = next_property(store, least, &property, &found, error);
        if (status == IC_OK && found && *count == room) {
            room = room ? room * 2 : 64;
            uint64_t *grown = realloc(*properties, room * sizeof *grown);
            if (grown)
                *properties = grown;
            else
                status = ic_fail(error, IC_NO_MEMORY, "out of memory for the properties");
        }
        if (status != IC_OK) {
            free(*properties);
            *properties = NULL;
            return status;
        }
        if (!found)
            return IC_OK;
        (*properties)[(*count)++] = property;
        least = property + 4;
    }
}
