/* SPDX-License-Identifier: Apache-2.0 */
/* Building a store: collecting, and writing in the order of keys. */
#include "bulk_build.h"

#include <stdlib.h>
#include <string.h>

#include "cloud_names.h"
#include "dictionary.h"
#include "dictionary_internal.h"
#include "posting_writer.h"
#include "records.h"
#include "term_id.h"

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
}

/* ---- terms ---- */

enum ic_status build_term(struct store *store, const struct ic_term *term,
                          const struct term_record *record, bool add, uint64_t *id,
                          struct ic_error *error)
{
    struct bulk_build *build = store->build;
    struct value_key value;
    unsigned char key[NUMBER_KEY_BYTES];
    struct bulk_term *place = bulk_terms_place(&build->terms, record->data, record->size);
    *id = place ? place->id : 0;
    if (!place)
        return no_memory(error);
    if (*id || !add)
        return IC_OK;
    if (build->last_term >= BULK_TERM_NUMBERS_MAX)
        return ic_fail(error, IC_TOO_LARGE, "the import has more than %u different terms",
                       (unsigned)BULK_TERM_NUMBERS_MAX);
    const uint64_t number = ++build->last_term;
    *id = number << 2 | (value_key_of(term, &value) ? 2U : 0U);
    bulk_terms_add(&build->terms, place, (uint32_t)*id);
    put_number_key(key, number);
    return store_put(store, STORE_TERMS, key, sizeof key, record->data, record->size, error);
}

/* The terms that are there already. */
static enum ic_status load_terms(struct store *store, struct ic_error *error)
{
    struct bulk_build *build = store->build;
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(build->from, STORE_TERM_IDS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    struct store_value record = {.data = NULL};
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct decoder ids = decoder_of(scan.data.data, scan.data.size);
        while (status == IC_OK && ids.at < ids.end && !ids.bad) {
            unsigned char key[NUMBER_KEY_BYTES];
            const uint64_t id = decode_number(&ids);
            put_number_key(key, id >> 2);
            status = store_get(store, STORE_TERMS, key, sizeof key, &record, &found, error);
            if (status == IC_OK && (!found || id > UINT32_MAX))
                status = ic_fail(error, IC_CORRUPT,
                                 "the dictionary is damaged or too large for an import");
            struct bulk_term *place =
                status == IC_OK ? bulk_terms_place(&build->terms, record.data, record.size)
                                : NULL;
            if (status == IC_OK && !place)
                status = ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
            if (status == IC_OK)
                bulk_terms_add(&build->terms, place, (uint32_t)id);
        }
        if (status != IC_OK)
            break;
    }
    store_value_free(&record);
    store_scan_close(&scan);
    return status;
}

/* The index of hashes: terms of one hash stand together. */
static enum ic_status write_part(struct store *store, const struct bulk_term *terms,
                                 size_t count, struct encoder *list, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < count;) {
        unsigned char key[NUMBER_KEY_BYTES];
        const uint64_t hash = terms[i].hash;
        put_number_key(key, hash);
        list->size = 0;
        for (; i < count && terms[i].hash == hash; i++)
            encode_number(list, terms[i].id);
        status = list->failed ? no_memory(error)
                              : store_put(store, STORE_TERM_IDS, key, sizeof key, list->data,
                                          list->size, error);
    }
    return status;
}

static enum ic_status write_term_ids(struct store *store, struct ic_error *error)
{
    struct encoder list = {.data = NULL};
    enum ic_status status = IC_OK;
    for (unsigned part = 0; status == IC_OK && part < BULK_TERMS_PARTS; part++) {
        size_t count;
        const struct bulk_term *terms = bulk_terms_sort(&store->build->terms, part, &count);
        status = write_part(store, terms, count, &list, error);
    }
    encoder_free(&list);
    return status;
}

/* ---- subjects, claims, numbers, names ---- */

enum ic_status build_get_claim(struct store *store, const void *key, size_t key_size,
                               struct store_value *value, bool *found, struct ic_error *error)
{
    const void *data;
    size_t size;
    build_records_get(&store->build->claims, key, key_size, &data, &size);
    if (!data)
        return store_get(store->build->from, STORE_NAMES, key, key_size, value, found, error);
    *found = true;
    return store_value_set(value, data, size, error);
}

enum ic_status build_put_claim(struct store *store, const void *key, size_t key_size,
                               const void *data, size_t size, struct ic_error *error)
{
    return build_records_put(&store->build->claims, key, key_size, data, size, error);
}

bool build_is_first_subject(struct store *store, uint64_t subject)
{
    struct bulk_build *build = store->build;
    return subject > build->terms.known &&
           roaring_bitmap_add_checked(build->subjects, (uint32_t)(subject >> 2));
}

static struct build_number *find_number(const struct store *store, const char *name)
{
    struct bulk_build *build = store->build;
    for (size_t i = 0; i < build->number_count; i++)
        if (strcmp(build->numbers[i].name, name) == 0)
            return &build->numbers[i];
    return NULL;
}

bool build_get_number(const struct store *store, const char *name, uint64_t *value)
{
    const struct build_number *number = find_number(store, name);
    if (number)
        *value = number->value;
    return number != NULL;
}

bool build_put_number(struct store *store, const char *name, uint64_t value)
{
    struct bulk_build *build = store->build;
    struct build_number *number = find_number(store, name);
    if (!number) {
        const size_t size = strlen(name) + 1;
        if (build->number_count == BUILD_NUMBERS_MAX || size > BUILD_NUMBER_NAME_MAX)
            return false;
        number = &build->numbers[build->number_count++];
        memcpy(number->name, name, size);
    }
    number->value = value;
    return true;
}

static enum ic_status write_names(struct store *store, struct ic_error *error)
{
    struct bulk_build *build = store->build;
    if (build->names.failed)
        return no_memory(error);
    if (build->names.size == 0)
        return IC_OK;
    const enum ic_status status = cloud_names_put_block(
        store, build->names_block, build->names.data, build->names.size, error);
    build->names.size = 0;
    return status;
}

enum ic_status build_cloud_name(struct store *store, uint32_t ordinal, const char *name,
                                struct ic_error *error)
{
    struct bulk_build *build = store->build;
    const uint32_t block = ordinal / CLOUD_NAMES_BLOCK;
    enum ic_status status = IC_OK;
    if (block != build->names_block) {
        status = write_names(store, error);
        build->names_block = block;
    }
    if (status == IC_OK && build->names.size == 0)
        status = cloud_names_get_block(store, block, &build->names, error);
    encode_byte(&build->names, ordinal % CLOUD_NAMES_BLOCK);
    encode_string(&build->names, name);
    return status;
}

/* ---- postings ---- */

/* Numbers sort behind all other objects of a property. */
#define NUMBER_BIT ((uint64_t)1 << 63)

/* Many small runs take long to merge, and memory for it. */
enum { SORTING_MIN_SHARE = 8 };

static size_t memory_left(const struct bulk_build *build)
{
    const size_t taken =
        bulk_terms_memory(&build->terms) + build_records_memory(&build->claims);
    const size_t least = build->memory_max / SORTING_MIN_SHARE;
    return taken + least < build->memory_max ? build->memory_max - taken : least;
}

enum ic_status build_add_posting(struct store *store, uint64_t property, uint64_t object,
                                 uint32_t ordinal, struct ic_error *error)
{
    const bool number = property != POSTING_MARKS && term_id_has_value(object);
    struct bulk_build *build = store->build;
    if (posting_sort_full(build->postings)) {
        /* What terms and claims have taken meanwhile is no longer there for sorting. */
        const enum ic_status status =
            posting_sort_spill(build->postings, memory_left(build), error);
        if (status != IC_OK)
            return status;
    }
    return posting_sort_add(
        build->postings,
        (struct posting_tuple){.property = (uint32_t)(property >> 2),
                               .ordinal = ordinal,
                               .object = object | (number ? NUMBER_BIT : 0)},
        error);
}

static enum ic_status write_postings(struct store *store, struct ic_error *error)
{
    struct posting_sort *sort = store->build->postings;
    struct posting_writer *writer;
    struct posting_tuple tuple;
    bool found;
    enum ic_status status =
        posting_writer_new(store, store->build->had_entries, &writer, error);
    if (status != IC_OK)
        return status;
    status = posting_sort_end(sort, error);
    while (status == IC_OK &&
           (status = posting_sort_next(sort, &tuple, &found, error)) == IC_OK && found)
        status = posting_writer_add(writer, (uint64_t)tuple.property << 2,
                                    tuple.object & ~NUMBER_BIT, tuple.ordinal, error);
    if (status == IC_OK)
        status = posting_writer_end(writer, error);
    posting_writer_free(writer);
    return status;
}

/* ---- the whole ---- */

enum ic_status bulk_build_open(struct store *store, struct store *from, int directory,
                               size_t memory_max, struct ic_error *error)
{
    struct bulk_build *build = calloc(1, sizeof *build);
    if (!build)
        return no_memory(error);
    build->from = from;
    build->memory_max = memory_max;
    unsigned char key[SIPHASH_KEY_BYTES];
    uint64_t entries;
    enum ic_status status = dictionary_hash_key(store, key, error);
    if (status == IC_OK)
        status = store_get_number(store, "ordinals", &entries, error);
    if (status == IC_OK)
        status = store_get_number(store, "terms", &build->last_term, error);
    if (status == IC_OK)
        status = posting_sort_new(directory, memory_max / 2, &build->postings, error);
    if (status == IC_OK)
        status = bulk_terms_open(&build->terms, key, store->dictionary->hash_mask, error);
    if (status == IC_OK && !(build->subjects = roaring_bitmap_create()))
        status = no_memory(error);
    store->build = build;
    if (status == IC_OK) {
        build->had_entries = entries != 0;
        build->terms.known = (uint32_t)(build->last_term << 2 | 3);
        status = build->last_term < BULK_TERM_NUMBERS_MAX
                     ? load_terms(store, error)
                     : ic_fail(error, IC_UNSUPPORTED, "the catalog has too many terms");
    }
    if (status != IC_OK)
        bulk_build_close(store);
    return status;
}

void bulk_build_close(struct store *store)
{
    struct bulk_build *build = store->build;
    if (!build)
        return;
    posting_sort_free(build->postings);
    bulk_terms_close(&build->terms);
    if (build->subjects)
        roaring_bitmap_free(build->subjects);
    encoder_free(&build->names);
    build_records_free(&build->claims);
    free(build);
    store->build = NULL;
}

enum ic_status bulk_build_finish(struct store *store, struct ic_error *error)
{
    struct bulk_build *build = store->build;
    enum ic_status status = write_names(store, error);
    if (status == IC_OK && posting_sort_spilled(build->postings))
        status = posting_sort_spill(build->postings, 0, error);
    if (status == IC_OK)
        status = write_term_ids(store, error);
    bulk_terms_close(&build->terms); /* its memory is needed for merging */
    if (status == IC_OK)
        status = write_postings(store, error);
    store->build = NULL; /* from here on claims and numbers are written */
    if (status == IC_OK)
        status = build_records_write(&build->claims, build->from, store, STORE_NAMES, error);
    for (size_t i = 0; status == IC_OK && i < build->number_count; i++)
        status =
            store_put_number(store, build->numbers[i].name, build->numbers[i].value, error);
    if (status == IC_OK)
        status = store_put_number(store, "terms", build->last_term, error);
    store->build = build;
    bulk_build_close(store);
    return status;
}
