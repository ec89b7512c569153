/* SPDX-License-Identifier: Apache-2.0 */
/* Postings in bulk: one object after the other; a property's numbers are held back until all
 * are there, and written in the order of their values. */
#include "posting_writer.h"

#include <stdlib.h>
#include <string.h>

#include "postings_internal.h"
#include "term_id.h"

/* A number of the current property: its key and where its ordinals are. */
struct held {
    size_t key, key_size; /* in the writer's bytes */
    uint64_t object;
    size_t first, count; /* in the writer's ordinals */
};

struct posting_writer {
    struct store *store;
    bool merge;
    uint64_t property, object;
    uint32_t *ordinals; /* of the object that is coming in, behind those of held numbers */
    size_t count, room, begin;
    struct held *held;
    size_t held_count, held_room;
    unsigned char *keys;
    size_t key_bytes, key_room;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
}

enum ic_status posting_writer_new(struct store *store, bool merge,
                                  struct posting_writer **writer, struct ic_error *error)
{
    *writer = calloc(1, sizeof **writer);
    if (!*writer)
        return no_memory(error);
    (*writer)->store = store;
    (*writer)->merge = merge;
    return IC_OK;
}

void posting_writer_free(struct posting_writer *writer)
{
    if (!writer)
        return;
    free(writer->ordinals);
    free(writer->held);
    free(writer->keys);
    free(writer);
}

/* Doubles an array when `needed` elements do not fit. */
static bool reserve(void **array, size_t *room, size_t needed, size_t size)
{
    if (needed <= *room)
        return true;
    size_t wanted = *room ? *room * 2 : 256;
    while (wanted < needed)
        wanted *= 2;
    void *grown = realloc(*array, wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

/* ---- records ---- */

static void put_le(unsigned char *p, uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 8)
        p[i] = (unsigned char)value;
}

static enum ic_status put_sparse(struct posting_writer *writer, struct posting_key *key,
                                 const uint32_t *ordinals, size_t count, struct ic_error *error)
{
    unsigned char record[POSTING_SPARSE_MAX * 4];
    for (size_t i = 0; i < count; i++)
        put_le(record + 4 * i, ordinals[i], 4);
    posting_set_chunk(key, 0);
    return store_put(writer->store, STORE_POSTINGS, key->bytes, key->size, record, count * 4,
                     error);
}

/* The ordinals of one chunk. */
static enum ic_status put_chunk(struct posting_writer *writer, struct posting_key *key,
                                const uint32_t *ordinals, size_t count, struct ic_error *error)
{
    unsigned char record[CHUNK_BYTES];
    size_t size = CHUNK_BYTES;
    if (count > POSTING_LIST_MAX) {
        memset(record, 0, sizeof record);
        for (size_t i = 0; i < count; i++) {
            const uint32_t n = ordinals[i] % CHUNK_ORDINALS;
            record[n / 8] |= (unsigned char)(1u << n % 8);
        }
    } else {
        size = count * 2;
        for (size_t i = 0; i < count; i++)
            put_le(record + 2 * i, ordinals[i] % CHUNK_ORDINALS, 2);
    }
    posting_set_chunk(key, ordinals[0] / CHUNK_ORDINALS + 1);
    return store_put(writer->store, STORE_POSTINGS, key->bytes, key->size, record, size, error);
}

/* All of an object that had none before. */
static enum ic_status put_new(struct posting_writer *writer, struct posting_key *key,
                              const uint32_t *ordinals, size_t count, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (count <= POSTING_SPARSE_MAX)
        return put_sparse(writer, key, ordinals, count, error);
    for (size_t i = 0, end; status == IC_OK && i < count; i = end) {
        for (end = i + 1;
             end < count && ordinals[end] / CHUNK_ORDINALS == ordinals[i] / CHUNK_ORDINALS;)
            end++;
        status = put_chunk(writer, key, ordinals + i, end - i, error);
    }
    return status;
}

struct existing {
    struct ordinal_bits bits;
    bool any;
};

static enum ic_status note_existing(void *context, uint64_t object, struct ordinal_bits *bits,
                                    struct ic_error *error)
{
    struct existing *existing = context;
    roaring_bitmap_t *had = ordinal_bits_bitmap(bits);
    (void)object;
    if (!had)
        return no_memory(error);
    ordinal_bits_add_bitmap(&existing->bits, had);
    existing->any = true;
    roaring_bitmap_free(had);
    return IC_OK;
}

/* Removes the records that an object has for these ordinals, in either form. */
static enum ic_status delete_existing(struct posting_writer *writer, struct posting_key *key,
                                      const roaring_bitmap_t *had, struct ic_error *error)
{
    roaring_uint32_iterator_t at;
    posting_set_chunk(key, 0);
    enum ic_status status =
        store_delete(writer->store, STORE_POSTINGS, key->bytes, key->size, NULL, 0, error);
    roaring_init_iterator(had, &at);
    while (status == IC_OK && at.has_value) {
        const uint32_t chunk = at.current_value / CHUNK_ORDINALS;
        posting_set_chunk(key, chunk + 1);
        status =
            store_delete(writer->store, STORE_POSTINGS, key->bytes, key->size, NULL, 0, error);
        if (chunk == UINT32_MAX / CHUNK_ORDINALS)
            break;
        roaring_move_uint32_iterator_equalorlarger(&at, (chunk + 1) * CHUNK_ORDINALS);
    }
    return status;
}

/* Joins with what the object has. */
static enum ic_status put_merged(struct posting_writer *writer, struct posting_key *key,
                                 uint64_t object, const uint32_t *ordinals, size_t count,
                                 struct ic_error *error)
{
    struct existing existing = {.any = false};
    enum ic_status status = posting_each_of(writer->store, writer->property, object,
                                            note_existing, &existing, error);
    if (status == IC_OK && !existing.any)
        status = put_new(writer, key, ordinals, count, error);
    if (status != IC_OK || !existing.any) { /* written, or failed */
        ordinal_bits_free(&existing.bits);
        return status;
    }
    roaring_bitmap_t *all = ordinal_bits_bitmap(&existing.bits);
    if (all)
        status = delete_existing(writer, key, all, error);
    for (size_t i = 0; all && i < count; i++)
        roaring_bitmap_add(all, ordinals[i]);
    uint32_t *list = all ? malloc(roaring_bitmap_get_cardinality(all) * sizeof *list) : NULL;
    if (list) {
        roaring_bitmap_to_uint32_array(all, list);
        if (status == IC_OK)
            status = put_new(writer, key, list, roaring_bitmap_get_cardinality(all), error);
    } else {
        status = no_memory(error);
    }
    free(list);
    if (all)
        roaring_bitmap_free(all);
    ordinal_bits_free(&existing.bits);
    return status;
}

static enum ic_status put_object(struct posting_writer *writer, struct posting_key *key,
                                 uint64_t object, const uint32_t *ordinals, size_t count,
                                 struct ic_error *error)
{
    return writer->merge ? put_merged(writer, key, object, ordinals, count, error)
                         : put_new(writer, key, ordinals, count, error);
}

/* ---- numbers ---- */

static enum ic_status hold(struct posting_writer *writer, const struct posting_key *key,
                           struct ic_error *error)
{
    if (!reserve((void **)&writer->held, &writer->held_room, writer->held_count + 1,
                 sizeof *writer->held) ||
        !reserve((void **)&writer->keys, &writer->key_room, writer->key_bytes + key->pair, 1))
        return no_memory(error);
    writer->held[writer->held_count++] = (struct held){.key = writer->key_bytes,
                                                       .key_size = key->pair,
                                                       .object = writer->object,
                                                       .first = writer->begin,
                                                       .count = writer->count - writer->begin};
    memcpy(writer->keys + writer->key_bytes, key->bytes, key->pair);
    writer->key_bytes += key->pair;
    writer->begin = writer->count;
    return IC_OK;
}

static int compare_keys(const void *left, const void *right, void *context)
{
    const struct held *a = left, *b = right;
    const struct posting_writer *writer = context;
    const size_t shorter = a->key_size < b->key_size ? a->key_size : b->key_size;
    const int order = memcmp(writer->keys + a->key, writer->keys + b->key, shorter);
    return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* The property is complete. */
static enum ic_status put_numbers(struct posting_writer *writer, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (writer->held_count)
        qsort_r(writer->held, writer->held_count, sizeof *writer->held, compare_keys, writer);
    for (size_t i = 0; status == IC_OK && i < writer->held_count; i++) {
        const struct held *held = &writer->held[i];
        struct posting_key key = {.pair = (unsigned)held->key_size};
        memcpy(key.bytes, writer->keys + held->key, held->key_size);
        status = put_object(writer, &key, held->object, writer->ordinals + held->first,
                            held->count, error);
    }
    writer->held_count = writer->key_bytes = writer->begin = writer->count = 0;
    return status;
}

/* ---- one after the other ---- */

static enum ic_status end_object(struct posting_writer *writer, struct ic_error *error)
{
    struct posting_key key;
    if (writer->count == writer->begin)
        return IC_OK;
    enum ic_status status =
        posting_make_pair(writer->store, writer->property, writer->object, &key, error);
    if (status != IC_OK)
        return status;
    if (writer->property != POSTING_MARKS && term_id_has_value(writer->object))
        return hold(writer, &key, error);
    status = put_object(writer, &key, writer->object, writer->ordinals + writer->begin,
                        writer->count - writer->begin, error);
    writer->count = writer->begin;
    return status;
}

enum ic_status posting_writer_add(struct posting_writer *writer, uint64_t property,
                                  uint64_t object, uint32_t ordinal, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    const bool any = writer->count > writer->begin;
    if (any && property == writer->property && object == writer->object &&
        writer->ordinals[writer->count - 1] == ordinal)
        return IC_OK;
    if (property != writer->property || object != writer->object)
        status = end_object(writer, error);
    if (status == IC_OK && property != writer->property)
        status = put_numbers(writer, error);
    writer->property = property;
    writer->object = object;
    if (status == IC_OK && !reserve((void **)&writer->ordinals, &writer->room,
                                    writer->count + 1, sizeof *writer->ordinals))
        status = no_memory(error);
    if (status == IC_OK)
        writer->ordinals[writer->count++] = ordinal;
    return status;
}

enum ic_status posting_writer_end(struct posting_writer *writer, struct ic_error *error)
{
    const enum ic_status status = end_object(writer, error);
    return status == IC_OK ? put_numbers(writer, error) : status;
}
