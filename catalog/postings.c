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

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "dictionary.h"
#include "posting_delta.h"
#include "postings_internal.h"
#include "store_versions.h"
#include "term_id.h"

enum {
    PLAIN = 0 /* where a number has its value key */
};

enum ic_status posting_damaged(struct ic_error *error)
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

/* All but the chunk. */
static bool parse_pair(const void *data, size_t size, struct parsed_key *key)
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
    key->pair = (unsigned)(p + used - begin);
    return (key->value_size != 0) ==
           (key->property != POSTING_MARKS && term_id_has_value(key->object));
}

static bool parse_key(const void *data, size_t size, struct parsed_key *key)
{
    const unsigned char *begin = data, *end = begin + size;
    if (!parse_pair(data, size, key))
        return false;
    const unsigned used = get_ordered(begin + key->pair, end, &key->chunk);
    return used && begin + key->pair + used == end &&
           key->chunk <= (UINT32_MAX / CHUNK_ORDINALS) + 1;
}

/* ---- records ---- */

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
        return posting_damaged(error);
    *property = parsed.property;
    *object = parsed.object;
    return bits->failed ? ic_fail(error, IC_NO_MEMORY, "out of memory for a posting") : IC_OK;
}

/* ---- one ordinal ---- */

enum ic_status posting_add(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, struct ic_error *error)
{
    return store->build ? build_add_posting(store, property, object, ordinal, error)
                        : posting_delta_note(store, property, object, ordinal, true, error);
}

enum ic_status posting_remove(struct store *store, uint64_t property, uint64_t object,
                              uint32_t ordinal, struct ic_error *error)
{
    assert(!store->build); /* where every ordinal is new */
    return posting_delta_note(store, property, object, ordinal, false, error);
}

/* The writer reads also what its transaction has changed so far. */
static enum ic_status begin_reading(struct store *store, struct ic_error *error)
{
    return store->is_snapshot || store->build ? IC_OK
                                              : posting_delta_write_through(store, error);
}

enum ic_status posting_has(struct store *store, uint64_t property, uint64_t object,
                           uint32_t ordinal, bool *has, struct ic_error *error)
{
    struct posting_key key;
    enum ic_status status = begin_reading(store, error);
    if (status == IC_OK)
        status = posting_make_pair(store, property, object, &key, error);
    if (status == IC_OK)
        status = posting_stored(store, &key, ordinal, has, error);
    return status == IC_OK ? posting_delta_has(store, key.bytes, key.pair, ordinal, has, error)
                           : status;
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

/* A walk over the records of some pairs and the changes that wait for these, both in the order
 * of keys. */
struct walk {
    struct store *store;
    const struct value_range *range;
    each_object each;
    void *context;
    const unsigned char *prefix;
    unsigned prefix_size;

    bool any; /* the pair whose records are being read */
    struct posting_key pair;
    uint64_t object;
    struct ordinal_bits bits;

    bool waits; /* the next pair with changes */
    struct posting_key waiting;
};

/* Goes to the first pair with changes at or behind a key. */
static enum ic_status find_waiting(struct walk *walk, const void *key, unsigned size,
                                   bool after, struct ic_error *error)
{
    const enum ic_status status =
        posting_delta_find(walk->store, key, size, after, &walk->waiting, &walk->waits, error);
    if (status == IC_OK && walk->waits &&
        (walk->waiting.pair < walk->prefix_size ||
         memcmp(walk->waiting.bytes, walk->prefix, walk->prefix_size) != 0))
        walk->waits = false;
    return status;
}

/* Makes the changes of the next pair that has some, in `bits`, and goes on behind it. */
static enum ic_status take_waiting(struct walk *walk, struct ic_error *error)
{
    const struct posting_key key = walk->waiting;
    const enum ic_status status =
        posting_delta_overlay(walk->store, key.bytes, key.pair, &walk->bits, error);
    return status == IC_OK ? find_waiting(walk, key.bytes, key.pair, true, error) : status;
}

/* Passes on what was collected for an object, if that is anything. */
static enum ic_status pass(struct walk *walk, uint64_t object, struct ic_error *error)
{
    if (walk->bits.failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
    const enum ic_status status = ordinal_bits_count(&walk->bits)
                                      ? walk->each(walk->context, object, &walk->bits, error)
                                      : IC_OK;
    ordinal_bits_clear(&walk->bits);
    return status;
}

/* Passes on the pairs that have nothing but changes, up to a key; NULL: all that are left. */
static enum ic_status pass_waiting(struct walk *walk, const void *key, size_t size,
                                   struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && walk->waits &&
           (!key || version_compare(walk->waiting.bytes, walk->waiting.pair, key, size) < 0)) {
        struct parsed_key parsed;
        const struct posting_key waiting = walk->waiting;
        if (!parse_pair(waiting.bytes, waiting.pair, &parsed))
            return posting_damaged(error);
        const int place = walk->range ? place_in_range(&parsed, walk->range) : 0;
        if (place > 0) {
            walk->waits = false;
            break;
        }
        status = take_waiting(walk, error);
        if (place < 0)
            ordinal_bits_clear(&walk->bits);
        else if (status == IC_OK)
            status = pass(walk, parsed.object, error);
    }
    return status;
}

/* The records of a pair were all read. */
static enum ic_status end_pair(struct walk *walk, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (!walk->any)
        return IC_OK;
    walk->any = false;
    if (walk->waits && walk->waiting.pair == walk->pair.pair &&
        memcmp(walk->waiting.bytes, walk->pair.bytes, walk->pair.pair) == 0)
        status = take_waiting(walk, error);
    return status == IC_OK ? pass(walk, walk->object, error) : status;
}

static bool same_pair(const struct walk *walk, const struct parsed_key *key, const void *data)
{
    return walk->any && walk->pair.pair == key->pair &&
           memcmp(walk->pair.bytes, data, key->pair) == 0;
}

/* Takes one record. *more false: it is behind the range. */
static enum ic_status take_record(struct walk *walk, const DBT *at, const DBT *data, bool *more,
                                  struct ic_error *error)
{
    struct parsed_key key;
    enum ic_status status = IC_OK;
    if (!parse_key(at->data, at->size, &key))
        return posting_damaged(error);
    const int place = walk->range ? place_in_range(&key, walk->range) : 0;
    *more = place <= 0;
    if (place != 0)
        return IC_OK;
    if (!same_pair(walk, &key, at->data)) {
        status = end_pair(walk, error);
        if (status == IC_OK)
            status = pass_waiting(walk, at->data, key.pair, error);
        walk->any = true;
        walk->object = key.object;
        walk->pair.pair = key.pair;
        memcpy(walk->pair.bytes, at->data, key.pair);
    }
    if (status == IC_OK && !decode_record(&key, data->data, data->size, &walk->bits))
        status = posting_damaged(error);
    return status;
}

/* The pairs whose keys begin with `prefix`, from `start` on (NULL: all of them). */
static enum ic_status run(struct walk *walk, const void *start, unsigned start_size,
                          struct ic_error *error)
{
    struct store_scan scan;
    bool found = true, more = true;
    enum ic_status status = begin_reading(walk->store, error);
    if (status == IC_OK)
        status = find_waiting(walk, start ? start : walk->prefix,
                              start ? start_size : walk->prefix_size, false, error);
    if (status == IC_OK)
        status = store_scan_open(walk->store, STORE_POSTINGS, walk->prefix, walk->prefix_size,
                                 start, start_size, &scan, error);
    if (status != IC_OK)
        return status;
    while (status == IC_OK && more &&
           (status = store_scan_next(&scan, &found, error)) == IC_OK && found)
        status = take_record(walk, &scan.key, &scan.data, &more, error);
    store_scan_close(&scan);
    if (status == IC_OK)
        status = end_pair(walk, error);
    if (status == IC_OK)
        status = pass_waiting(walk, NULL, 0, error);
    ordinal_bits_free(&walk->bits);
    return status;
}

enum ic_status posting_each(struct store *store, uint64_t property,
                            const struct value_range *range, each_object each, void *context,
                            struct ic_error *error)
{
    unsigned char prefix[9], start[POSTING_KEY_MAX];
    const unsigned size = put_ordered(prefix, property >> 2);
    const unsigned start_size = range ? range_start(property, range, start) : 0;
    struct walk walk = {.store = store,
                        .range = range,
                        .each = each,
                        .context = context,
                        .prefix = prefix,
                        .prefix_size = size};
    return run(&walk, range ? start : NULL, start_size, error);
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
    const enum ic_status status = posting_make_pair(store, property, object, &key, error);
    struct walk walk = {.store = store,
                        .each = each,
                        .context = context,
                        .prefix = key.bytes,
                        .prefix_size = key.pair};
    return status == IC_OK ? run(&walk, NULL, 0, error) : status;
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

static enum ic_status property_of(const void *key, size_t size, uint64_t *property,
                                  struct ic_error *error)
{
    struct parsed_key parsed;
    if (!parse_pair(key, size, &parsed))
        return posting_damaged(error);
    *property = parsed.property;
    return IC_OK;
}

/* The first property at or behind `least`; *found false: there is none. */
static enum ic_status next_property(struct store *store, uint64_t least, uint64_t *property,
                                    bool *found, struct ic_error *error)
{
    unsigned char start[9];
    struct store_scan scan;
    struct posting_key waiting;
    bool stored, waits = false;
    const unsigned size = put_ordered(start, least >> 2);
    enum ic_status status =
        store_scan_open(store, STORE_POSTINGS, "", 0, start, size, &scan, error);
    if (status != IC_OK)
        return status;
    status = store_scan_next(&scan, &stored, error);
    if (status == IC_OK && stored)
        status = property_of(scan.key.data, scan.key.size, property, error);
    store_scan_close(&scan);
    if (status == IC_OK)
        status = posting_delta_find(store, start, size, false, &waiting, &waits, error);
    if (status == IC_OK && waits) {
        uint64_t other = 0;
        status = property_of(waiting.bytes, waiting.pair, &other, error);
        if (status == IC_OK && (!stored || other < *property))
            *property = other;
    }
    *found = stored || waits;
    return status;
}

enum ic_status posting_properties(struct store *store, uint64_t **properties, size_t *count,
                                  struct ic_error *error)
{
    size_t room = 0;
    *properties = NULL;
    *count = 0;
    const enum ic_status reading = begin_reading(store, error);
    if (reading != IC_OK)
        return reading;
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
