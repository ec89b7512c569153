/* SPDX-License-Identifier: Apache-2.0 */
/* Marking terms that are in use, and taking out others. */
#include "codec.h"
#include "dictionary_internal.h"
#include "term_id.h"

enum ic_status dictionary_begin_marks(struct store *store, struct ic_error *error)
{
    dictionary_end_marks(store->dictionary);
    store->dictionary->marks = roaring_bitmap_create();
    return store->dictionary->marks
               ? IC_OK
               : ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep of the dictionary");
}

bool dictionary_marking(const struct store *store)
{
    return store->dictionary->marks;
}

enum ic_status dictionary_mark(struct store *store, uint64_t id, struct ic_error *error)
{
    roaring_bitmap_t *marks = store->dictionary->marks;
    if (!marks || id == 0 || term_id_is_inline(id))
        return IC_OK;
    if (id >> 2 > UINT32_MAX)
        return ic_fail(error, IC_TOO_LARGE,
                       "the dictionary has given out more than 2^32 numbers: export the "
                       "catalog and restore it into a new one to sweep it");
    roaring_bitmap_add(marks, (uint32_t)(id >> 2));
    return IC_OK;
}

bool dictionary_marked(const struct store *store, uint64_t id)
{
    return id >> 2 > UINT32_MAX ||
           roaring_bitmap_contains(store->dictionary->marks, (uint32_t)(id >> 2));
}

void dictionary_end_marks(struct dictionary *dictionary)
{
    if (dictionary->marks)
        roaring_bitmap_free(dictionary->marks);
    dictionary->marks = NULL;
}

/* Takes a number out of the list of its hash. */
static enum ic_status unlist(struct store *store, uint64_t number,
                             const unsigned char key[NUMBER_KEY_BYTES], struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    struct encoder rest = {.data = NULL};
    bool found;
    enum ic_status status =
        store_get(store, STORE_TERM_IDS, key, NUMBER_KEY_BYTES, &value, &found, error);
    struct decoder list = decoder_of(value.data, value.size);
    while (status == IC_OK && !list.bad && list.at < list.end) {
        const uint64_t id = decode_number(&list);
        if (id >> 2 != number)
            encode_number(&rest, id);
    }
    if (status == IC_OK && rest.failed)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep of the dictionary");
    if (status == IC_OK)
        status = rest.size ? store_put(store, STORE_TERM_IDS, key, NUMBER_KEY_BYTES, rest.data,
                                       rest.size, error)
                           : store_delete(store, STORE_TERM_IDS, key, NUMBER_KEY_BYTES, NULL, 0,
                                          error);
    encoder_free(&rest);
    store_value_free(&value);
    return status;
}

enum ic_status dictionary_remove(struct store *store, uint64_t number, const void *record,
                                 size_t size, struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    unsigned char hash[NUMBER_KEY_BYTES], key[NUMBER_KEY_BYTES];
    enum ic_status status = dictionary_hash(store, record, size, hash, error);
    if (status == IC_OK)
        status = unlist(store, number, hash, error);
    put_number_key(key, number);
    if (status == IC_OK)
        status = store_delete(store, STORE_TERMS, key, sizeof key, NULL, 0, error);
    pthread_mutex_lock(&d->mutex);
    term_cache_clear(d->cache);
    pthread_mutex_unlock(&d->mutex);
    return status;
}
