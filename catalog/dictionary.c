/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary over two databases: terms by number, and ids by a hash of the term.
 *
 * On disk: `terms`, number (5 bytes, big-endian) -> record (term_record.h). `term-ids`, hash
 * (5 bytes) -> the ids of the terms that have it (LEB128 each, almost always one), which are
 * told apart by comparing records. The hash is SipHash under a key that each catalog draws for
 * itself: who publishes cannot choose terms that share one.
 *
 * Numbers of a running transaction are counted in memory and written once, when it commits. A
 * snapshot sees the numbers that its commit had given out, in the cache too: a term that comes
 * later stays unknown to it. An abort of a transaction that gave out numbers empties the
 * cache. */
#include "dictionary.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bulk_build.h"
#include "codec.h"
#include "dictionary_internal.h"
#include "term_id.h"
#include "term_record.h"

enum { TERMS_OF_A_HASH_MAX = 64 };
#define HASH_KEY_NAME "term-hash-key"

struct dictionary *dictionary_new(size_t cache_bytes)
{
    struct dictionary *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->hash_mask = NUMBER_KEY_MAX;
    d->cache = term_cache_new(cache_bytes);
    if (!d->cache || pthread_mutex_init(&d->mutex, NULL) != 0) {
        term_cache_free(d->cache);
        free(d);
        return NULL;
    }
    return d;
}

void dictionary_free(struct dictionary *d)
{
    if (!d)
        return;
    pthread_mutex_destroy(&d->mutex);
    dictionary_end_marks(d);
    term_cache_free(d->cache);
    free(d);
}

void dictionary_narrow_hash(struct store *store, unsigned bits)
{
    store->dictionary->hash_mask = ((uint64_t)1 << bits) - 1;
}

static enum ic_status damaged(uint64_t id, struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT,
                   "term %llu of the dictionary is missing or damaged; restore a backup",
                   (unsigned long long)id);
}

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a term");
}

/* ---- transactions ---- */

enum ic_status dictionary_flush(struct store *store, struct ic_error *error)
{
    const struct dictionary *d = store->dictionary;
    return d->last > d->committed ? store_put_number(store, "terms", d->last, error) : IC_OK;
}

void dictionary_end(struct store *store, bool kept)
{
    struct dictionary *d = store->dictionary;
    pthread_mutex_lock(&d->mutex);
    if (kept) {
        d->committed = d->last;
    } else {
        if (d->last != d->committed)
            term_cache_clear(d->cache);
        d->last = d->committed;
        d->keyed = false; /* it may have been this transaction that drew the key */
    }
    pthread_mutex_unlock(&d->mutex);
}

enum ic_status dictionary_load(struct store *store, struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    uint64_t given = 0;
    const enum ic_status status = store_get_number(store, "terms", &given, error);
    dictionary_end_marks(d);
    pthread_mutex_lock(&d->mutex);
    term_cache_clear(d->cache);
    d->keyed = false;
    d->committed = d->last = given;
    pthread_mutex_unlock(&d->mutex);
    return status;
}

uint64_t dictionary_committed(struct dictionary *d)
{
    pthread_mutex_lock(&d->mutex);
    const uint64_t committed = d->committed;
    pthread_mutex_unlock(&d->mutex);
    return committed;
}

/* The next number of the transaction. */
static enum ic_status take_number(struct store *store, uint64_t *number, struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    if (d->last >= NUMBER_KEY_MAX)
        return ic_fail(error, IC_TOO_LARGE,
                       "the dictionary has no numbers left; export the catalog and restore it "
                       "into a new one");
    *number = ++d->last;
    return IC_OK;
}

/* Reads the catalog's hash key; draws one when there is none and `draw` says so. */
static enum ic_status read_hash_key(struct store *store, bool draw, bool *keyed,
                                    struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    struct store_value value = {.data = NULL};
    unsigned char key[SIPHASH_KEY_BYTES];
    enum ic_status status = store_get(store, STORE_META, HASH_KEY_NAME, strlen(HASH_KEY_NAME),
                                      &value, keyed, error);
    if (status == IC_OK && *keyed && value.size != sizeof key)
        status = ic_fail(error, IC_CORRUPT, "the dictionary's hash key is damaged");
    else if (status == IC_OK && *keyed)
        memcpy(key, value.data, sizeof key);
    store_value_free(&value);
    if (status == IC_OK && !*keyed && draw) {
        if (getrandom(key, sizeof key, 0) != sizeof key)
            return ic_fail(error, IC_IO, "the system gives no random bytes");
        status = store_put(store, STORE_META, HASH_KEY_NAME, strlen(HASH_KEY_NAME), key,
                           sizeof key, error);
        *keyed = true;
    }
    if (status == IC_OK && *keyed) {
        pthread_mutex_lock(&d->mutex);
        memcpy(d->hash_key, key, sizeof key);
        d->keyed = true;
        pthread_mutex_unlock(&d->mutex);
    }
    return status;
}

/* ---- the cache ---- */

/* Had the number been given out when what the handle sees was committed? */
static bool sees(const struct store *store, uint64_t id)
{
    return !store->is_snapshot || id >> 2 <= store->terms;
}

/* One visit to the cache: hashes the record when there is a key, and looks for it. */
static bool look_up(struct store *store, const struct term_record *record, uint64_t *hash,
                    bool *keyed, uint64_t *id)
{
    struct dictionary *d = store->dictionary;
    const struct cached_term *term = NULL;
    pthread_mutex_lock(&d->mutex);
    *keyed = d->keyed;
    if (d->keyed) {
        *hash = siphash(d->hash_key, record->data, record->size) & d->hash_mask;
        term = term_cache_find(d->cache, *hash, record->data, record->size);
    }
    const bool found = term && sees(store, term->id);
    if (found)
        *id = term->id;
    pthread_mutex_unlock(&d->mutex);
    return found;
}

/* Keeps a term, with its value key where it has one. */
static void remember(struct store *store, uint64_t id, uint64_t hash, const void *record,
                     size_t size, const struct ic_term *term)
{
    struct dictionary *d = store->dictionary;
    struct value_key key;
    const bool valued = term_id_has_value(id) && value_key_of(term, &key);
    pthread_mutex_lock(&d->mutex);
    if (d->keyed)
        term_cache_put(d->cache, id, hash, record, size, valued ? &key : NULL);
    pthread_mutex_unlock(&d->mutex);
}

/* ---- term -> id ---- */

/* Looks through the ids under a hash for the one whose record is the same; `ids` gets the
 * list. */
static enum ic_status find_record(struct store *store, const unsigned char *hash,
                                  const struct term_record *record, struct store_value *ids,
                                  uint64_t *id, struct ic_error *error)
{
    struct store_value candidate = {.data = NULL};
    bool found;
    *id = 0;
    enum ic_status status =
        store_get(store, STORE_TERM_IDS, hash, NUMBER_KEY_BYTES, ids, &found, error);
    struct decoder list = decoder_of(ids->data, ids->size);
    while (status == IC_OK && *id == 0 && list.at < list.end) {
        unsigned char key[NUMBER_KEY_BYTES];
        const uint64_t next = decode_number(&list);
        put_number_key(key, next >> 2);
        status = store_get(store, STORE_TERMS, key, sizeof key, &candidate, &found, error);
        if (status == IC_OK && (list.bad || !found))
            status = damaged(next >> 2, error);
        else if (status == IC_OK && candidate.size == record->size &&
                 memcmp(candidate.data, record->data, record->size) == 0)
            *id = next;
    }
    store_value_free(&candidate);
    return status;
}

/* Gives the term a number; `ids` are those that share its hash. */
static enum ic_status add_record(struct store *store, const struct ic_term *term,
                                 const unsigned char *hash, const struct term_record *record,
                                 const struct store_value *ids, uint64_t *id,
                                 struct ic_error *error)
{
    struct encoder list = {.data = NULL};
    struct value_key value;
    unsigned char key[NUMBER_KEY_BYTES];
    uint64_t number = 0;
    if (ids->size >= TERMS_OF_A_HASH_MAX)
        return ic_fail(error, IC_TOO_LARGE,
                       "too many terms share one hash; at most %d bytes "
                       "of ids do",
                       TERMS_OF_A_HASH_MAX);
    enum ic_status status = take_number(store, &number, error);
    if (status != IC_OK)
        return status;
    *id = number << 2 | (value_key_of(term, &value) ? 2U : 0U);
    encode_bytes(&list, ids->data, ids->size);
    encode_number(&list, *id);
    put_number_key(key, number);
    status = list.failed ? no_memory(error)
                         : store_put(store, STORE_TERMS, key, sizeof key, record->data,
                                     record->size, error);
    if (status == IC_OK)
        status = store_put(store, STORE_TERM_IDS, hash, NUMBER_KEY_BYTES, list.data, list.size,
                           error);
    encoder_free(&list);
    return status;
}

/* After the cache: the store. */
static enum ic_status search(struct store *store, const struct ic_term *term, bool add,
                             const struct term_record *record, uint64_t hash, uint64_t *id,
                             struct ic_error *error)
{
    struct store_value ids = {.data = NULL};
    unsigned char key[NUMBER_KEY_BYTES];
    put_number_key(key, hash);
    enum ic_status status = find_record(store, key, record, &ids, id, error);
    if (status == IC_OK && *id == 0 && add)
        status = add_record(store, term, key, record, &ids, id, error);
    if (status == IC_OK && *id)
        remember(store, *id, hash, record->data, record->size, term);
    store_value_free(&ids);
    return status;
}

/* A term whose record is made up. */
static enum ic_status find_or_add_record(struct store *store, const struct ic_term *term,
                                         bool add, const struct term_record *record,
                                         uint64_t *id, struct ic_error *error)
{
    uint64_t hash;
    bool keyed;
    *id = 0;
    if (store->build)
        return build_term(store, term, record, add, id, error);
    if (look_up(store, record, &hash, &keyed, id))
        return IC_OK;
    if (!keyed) {
        const enum ic_status status = read_hash_key(store, add, &keyed, error);
        if (status != IC_OK || !keyed || look_up(store, record, &hash, &keyed, id))
            return status;
    }
    return search(store, term, add, record, hash, id, error);
}

static enum ic_status find_or_add(struct store *store, const struct ic_term *term, bool add,
                                  uint64_t *id, struct ic_error *error)
{
    struct term_record record;
    uint64_t datatype = 0;
    enum ic_status status = IC_OK;
    *id = 0;
    if (term_id_of_inline(term, id))
        return IC_OK;
    if (term_record_names_datatype(term)) {
        const struct ic_term iri = ic_term_iri(term->datatype);
        status = find_or_add(store, &iri, add, &datatype, error);
        if (status == IC_OK && add)
            status = dictionary_mark(store, datatype, error);
        if (status != IC_OK || !datatype)
            return status;
    }
    if (!term_record_encode(&record, term, datatype))
        return no_memory(error);
    status = find_or_add_record(store, term, add, &record, id, error);
    term_record_free(&record);
    return status;
}

enum ic_status dictionary_find(struct store *store, const struct ic_term *term, uint64_t *id,
                               struct ic_error *error)
{
    return find_or_add(store, term, false, id, error);
}

enum ic_status dictionary_add(struct store *store, const struct ic_term *term, uint64_t *id,
                              struct ic_error *error)
{
    const enum ic_status status = find_or_add(store, term, true, id, error);
    return status == IC_OK ? dictionary_mark(store, *id, error) : status;
}

/* ---- id -> term ---- */

static enum ic_status get_inline(uint64_t id, struct ic_arena *arena, struct ic_term *term,
                                 struct ic_error *error)
{
    char text[TERM_ID_TEXT_MAX];
    term_id_term(id, text, term);
    term->text = ic_arena_copy(arena, text, term->length);
    return term->text ? IC_OK : no_memory(error);
}

/* Unpacks a term of the cache. */
static bool get_cached(struct store *store, uint64_t id, struct ic_arena *arena,
                       struct ic_term *term, uint64_t *datatype, enum term_record_state *state)
{
    struct dictionary *d = store->dictionary;
    pthread_mutex_lock(&d->mutex);
    const struct cached_term *cached = sees(store, id) ? term_cache_get(d->cache, id) : NULL;
    if (cached)
        *state = term_record_decode(cached->bytes, cached->size, arena, term, datatype);
    pthread_mutex_unlock(&d->mutex);
    return cached;
}

/* Fills in what the record only names. */
static enum ic_status complete(struct store *store, uint64_t id, struct ic_arena *arena,
                               uint64_t datatype, struct ic_term *term, struct ic_error *error)
{
    struct ic_term iri;
    if (!datatype)
        return IC_OK;
    if (datatype >= id) /* it was added before: no circle can come about */
        return damaged(id >> 2, error);
    const enum ic_status status = dictionary_get(store, datatype, arena, &iri, error);
    if (status == IC_OK && iri.kind != IC_IRI)
        return damaged(id >> 2, error);
    term->datatype = iri.text;
    return status;
}

static enum ic_status get_stored(struct store *store, uint64_t id, struct ic_arena *arena,
                                 struct ic_term *term, struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    struct store_value value = {.data = NULL};
    unsigned char key[NUMBER_KEY_BYTES];
    enum term_record_state state = TERM_RECORD_BAD;
    uint64_t datatype;
    bool found;
    put_number_key(key, id >> 2);
    enum ic_status status =
        store_get(store, STORE_TERMS, key, sizeof key, &value, &found, error);
    if (status == IC_OK && found)
        state = term_record_decode(value.data, value.size, arena, term, &datatype);
    if (status == IC_OK && state != TERM_RECORD_GOOD)
        status = state == TERM_RECORD_BAD ? damaged(id >> 2, error) : no_memory(error);
    if (status == IC_OK)
        status = complete(store, id, arena, datatype, term, error);
    if (status == IC_OK) {
        pthread_mutex_lock(&d->mutex);
        const bool keyed = d->keyed;
        const uint64_t hash =
            keyed ? siphash(d->hash_key, value.data, value.size) & d->hash_mask : 0;
        pthread_mutex_unlock(&d->mutex);
        if (keyed)
            remember(store, id, hash, value.data, value.size, term);
    }
    store_value_free(&value);
    return status;
}

enum ic_status dictionary_get(struct store *store, uint64_t id, struct ic_arena *arena,
                              struct ic_term *term, struct ic_error *error)
{
    enum term_record_state state;
    uint64_t datatype;
    if (term_id_is_inline(id))
        return get_inline(id, arena, term, error);
    if (id >> 2 == 0 || id >> 2 > NUMBER_KEY_MAX)
        return damaged(id >> 2, error);
    if (!get_cached(store, id, arena, term, &datatype, &state))
        return get_stored(store, id, arena, term, error);
    if (state != TERM_RECORD_GOOD)
        return state == TERM_RECORD_BAD ? damaged(id >> 2, error) : no_memory(error);
    return complete(store, id, arena, datatype, term, error);
}

/* The records of ids from ids[0] on, until one of them is so far away that looking it up by
 * itself costs less than scanning to it; *done of them. */
static enum ic_status scan_terms(struct store *store, const uint64_t *ids, size_t count,
                                 struct ic_arena *arena, struct ic_term *terms, size_t *done,
                                 struct ic_error *error)
{
    enum { GAP_MAX = 64 };
    unsigned char key[NUMBER_KEY_BYTES];
    struct store_scan scan;
    uint64_t datatype;
    bool found;
    put_number_key(key, ids[0] >> 2);
    enum ic_status status =
        store_scan_open(store, STORE_TERMS, "", 0, key, sizeof key, &scan, error);
    if (status != IC_OK)
        return status;
    for (*done = 0; status == IC_OK && *done < count;) {
        const uint64_t wanted = ids[*done] >> 2;
        if (*done && wanted - (ids[*done - 1] >> 2) > GAP_MAX)
            break;
        put_number_key(key, wanted);
        do {
            status = store_scan_next(&scan, &found, error);
        } while (status == IC_OK && found && memcmp(scan.key.data, key, sizeof key) < 0);
        if (status != IC_OK)
            break;
        enum term_record_state state = TERM_RECORD_BAD;
        if (found && memcmp(scan.key.data, key, sizeof key) == 0)
            state = term_record_decode(scan.data.data, scan.data.size, arena, &terms[*done],
                                       &datatype);
        if (state != TERM_RECORD_GOOD)
            status = state == TERM_RECORD_BAD ? damaged(wanted, error) : no_memory(error);
        else
            status = complete(store, ids[*done], arena, datatype, &terms[*done], error);
        ++*done;
    }
    store_scan_close(&scan);
    return status;
}

/* Whether a term of the dictionary can have it. */
static bool has_number(uint64_t id)
{
    return !term_id_is_inline(id) && id >> 2 != 0 && id >> 2 <= NUMBER_KEY_MAX;
}

enum ic_status dictionary_get_many(struct store *store, const uint64_t *ids, size_t count,
                                   struct ic_arena *arena, struct ic_term *terms,
                                   struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0, end, done; status == IC_OK && i < count; i = end) {
        for (end = i; end < count && has_number(ids[end]);)
            end++;
        if (end == i) {
            status = dictionary_get(store, ids[i], arena, &terms[i], error);
            end++;
        } else {
            status = scan_terms(store, ids + i, end - i, arena, terms + i, &done, error);
            end = i + done;
        }
    }
    return status;
}

enum ic_status dictionary_value_key(struct store *store, uint64_t id, struct value_key *key,
                                    struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    if (term_id_is_inline(id)) {
        term_id_value_key(id, key);
        return IC_OK;
    }
    pthread_mutex_lock(&d->mutex);
    const struct cached_term *cached = sees(store, id) ? term_cache_get(d->cache, id) : NULL;
    if (cached && cached->key_size) {
        key->size = cached->key_size;
        memcpy(key->bytes, cached->bytes + cached->size, cached->key_size);
    }
    const bool known = cached && cached->key_size;
    pthread_mutex_unlock(&d->mutex);
    if (known)
        return IC_OK;

    struct ic_arena *arena = ic_arena_new();
    struct ic_term term;
    enum ic_status status =
        arena ? dictionary_get(store, id, arena, &term, error) : no_memory(error);
    if (status == IC_OK && !value_key_of(&term, key))
        status = damaged(id >> 2, error);
    ic_arena_free(arena);
    return status;
}

enum ic_status dictionary_hash_key(struct store *store, unsigned char key[SIPHASH_KEY_BYTES],
                                   struct ic_error *error)
{
    bool keyed;
    const enum ic_status status = read_hash_key(store, true, &keyed, error);
    if (status == IC_OK)
        memcpy(key, store->dictionary->hash_key, SIPHASH_KEY_BYTES);
    return status;
}

enum ic_status dictionary_hash(struct store *store, const void *record, size_t size,
                               unsigned char key[NUMBER_KEY_BYTES], struct ic_error *error)
{
    struct dictionary *d = store->dictionary;
    pthread_mutex_lock(&d->mutex);
    bool keyed = d->keyed;
    pthread_mutex_unlock(&d->mutex);
    const enum ic_status status = keyed ? IC_OK : read_hash_key(store, false, &keyed, error);
    if (status != IC_OK)
        return status;
    if (!keyed)
        return ic_fail(error, IC_CORRUPT, "the dictionary's hash key is missing");
    pthread_mutex_lock(&d->mutex);
    put_number_key(key, siphash(d->hash_key, record, size) & d->hash_mask);
    pthread_mutex_unlock(&d->mutex);
    return IC_OK;
}
