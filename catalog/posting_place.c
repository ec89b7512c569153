/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the records of postings, those of one pair at a time. */
#include <endian.h>
#include <string.h>

#include "postings_internal.h"

static void put32(unsigned char *p, uint32_t value)
{
    for (int i = 0; i < 4; i++, value >>= 8)
        p[i] = (unsigned char)value;
}

/* The record of a pair that holds an ordinal, or would: as plain bits of its chunk, or as the
 * sparse list. */
struct place {
    struct posting_key key;
    bool sparse, exists;
    uint32_t list[POSTING_SPARSE_MAX + 1]; /* sparse */
    unsigned count;
    unsigned char bits[CHUNK_BYTES];
};

static uint64_t get_word(const unsigned char *bits, unsigned i)
{
    uint64_t word;
    memcpy(&word, bits + i * 8, sizeof word);
    return le64toh(word);
}

static unsigned pack_chunk(const struct place *place, unsigned char *packed)
{
    unsigned size = 0;
    if (place->count > POSTING_LIST_MAX) {
        memcpy(packed, place->bits, CHUNK_BYTES);
        return CHUNK_BYTES;
    }
    for (unsigned i = 0; i < CHUNK_BYTES / 8; i++)
        for (uint64_t word = get_word(place->bits, i); word; word &= word - 1) {
            const unsigned n = i * 64 + (unsigned)__builtin_ctzll(word);
            packed[size++] = (unsigned char)n;
            packed[size++] = (unsigned char)(n >> 8);
        }
    return size;
}

static bool unpack_chunk(struct place *place, const unsigned char *data, size_t size)
{
    place->count = 0;
    if (size == CHUNK_BYTES) {
        memcpy(place->bits, data, CHUNK_BYTES);
        for (unsigned i = 0; i < CHUNK_BYTES / 8; i++)
            place->count += (unsigned)__builtin_popcountll(get_word(data, i));
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
        status = posting_damaged(error);
    if (status == IC_OK && !place->sparse && !unpack_chunk(place, value.data, size))
        status = posting_damaged(error);
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
static enum ic_status find_place(struct store *store, const struct posting_key *pair,
                                 uint32_t ordinal, struct place *place, struct ic_error *error)
{
    bool chunked = false;
    place->key = *pair;
    place->sparse = false;
    posting_set_chunk(&place->key, ordinal / CHUNK_ORDINALS + 1);
    enum ic_status status = read_place(store, place, error);
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

/* True when that changed the place. A sparse list may come to have one too many. */
static bool change(struct place *place, uint32_t ordinal, bool added)
{
    if (is_there(place, ordinal) == added)
        return false;
    if (!place->sparse) {
        const unsigned n = ordinal % CHUNK_ORDINALS;
        place->bits[n / 8] ^= (unsigned char)(1u << n % 8);
        place->count += added ? 1U : -1U;
        return true;
    }
    const unsigned i = list_position(place, ordinal);
    if (added) {
        memmove(place->list + i + 1, place->list + i, (place->count - i) * sizeof *place->list);
        place->list[i] = ordinal;
        place->count++;
    } else {
        place->count--;
        memmove(place->list + i, place->list + i + 1, (place->count - i) * sizeof *place->list);
    }
    return true;
}

static bool belongs(const struct place *place, uint32_t ordinal, uint32_t first)
{
    return place->sparse ? place->count <= POSTING_SPARSE_MAX
                         : ordinal / CHUNK_ORDINALS == first / CHUNK_ORDINALS;
}

enum ic_status posting_apply(struct store *store, struct posting_key *pair,
                             const struct posting_change *changes, size_t count,
                             struct ic_error *error)
{
    for (size_t i = 0; i < count;) {
        struct place place;
        const uint32_t first = changes[i].ordinal;
        bool changed = false;
        enum ic_status status = find_place(store, pair, first, &place, error);
        if (status != IC_OK)
            return status;
        for (; i < count && belongs(&place, changes[i].ordinal, first); i++)
            changed |= change(&place, changes[i].ordinal, changes[i].added);
        if (changed)
            status = place.sparse && place.count > POSTING_SPARSE_MAX
                         ? split(store, &place, error)
                         : write_place(store, &place, error);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

enum ic_status posting_stored(struct store *store, struct posting_key *pair, uint32_t ordinal,
                              bool *has, struct ic_error *error)
{
    struct place place;
    const enum ic_status status = find_place(store, pair, ordinal, &place, error);
    *has = status == IC_OK && is_there(&place, ordinal);
    return status;
}
