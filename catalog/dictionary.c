/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary over two databases: terms by id, and ids by a hash of the term.
 *
 * On disk, a term is: kind (1 byte: 'i' IRI, 'b' blank node, 's' plain literal, 'd' typed, 'l'
 * with language), for 'd' and 'l' the datatype IRI or language tag as a string, then the text
 * to the end. Its hash is the first 8 bytes of that record's SHA-256; terms that share one are
 * told apart by comparing records. Language tags are kept in lower case (RDF 1.1
 * Concepts, 3.3). */
#include "dictionary.h"

#include <openssl/evp.h>
#include <string.h>

#include "codec.h"

enum { HASH_BYTES = 8 };

static void encode_language(struct encoder *record, const char *language)
{
    encode_number(record, strlen(language));
    for (const char *p = language; *p; p++)
        encode_byte(record, *p >= 'A' && *p <= 'Z' ? (unsigned)(*p - 'A' + 'a') : (unsigned)*p);
}

static void encode_term(struct encoder *record, const struct ic_term *term)
{
    switch (term->kind) {
    case IC_IRI:
        encode_byte(record, 'i');
        break;
    case IC_BLANK:
        encode_byte(record, 'b');
        break;
    case IC_LITERAL:
        encode_byte(record, term->language ? 'l' : term->datatype ? 'd' : 's');
        if (term->language)
            encode_language(record, term->language);
        else if (term->datatype)
            encode_string(record, term->datatype);
        break;
    }
    encode_bytes(record, term->text, term->length);
}

static enum ic_status hash_record(const struct encoder *record, unsigned char hash[HASH_BYTES],
                                  struct ic_error *error)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (record->failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a term");
    if (!EVP_Digest(record->data, record->size, digest, NULL, EVP_sha256(), NULL))
        return ic_fail(error, IC_IO, "OpenSSL cannot compute SHA-256");
    memcpy(hash, digest, HASH_BYTES);
    return IC_OK;
}

/* Looks through the ids under `hash` for the one whose record is the same. */
static enum ic_status find_record(struct store *store, const unsigned char hash[HASH_BYTES],
                                  const struct encoder *record, uint64_t *id,
                                  struct ic_error *error)
{
    struct store_value candidate = {.data = NULL};
    struct store_scan scan;
    bool found;
    *id = 0;
    enum ic_status status =
        store_scan_open(store, STORE_TERM_IDS, hash, HASH_BYTES, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while (*id == 0 && (status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        const unsigned char *at = scan.key.data;
        bool known;
        if (scan.key.size != HASH_BYTES + 8)
            status = ic_fail(error, IC_CORRUPT, "the dictionary is damaged; restore a backup");
        else
            status =
                store_get(store, STORE_TERMS, at + HASH_BYTES, 8, &candidate, &known, error);
        if (status != IC_OK)
            break;
        if (known && candidate.size == record->size &&
            memcmp(candidate.data, record->data, record->size) == 0)
            *id = get_u64(at + HASH_BYTES);
    }
    store_scan_close(&scan);
    store_value_free(&candidate);
    return status;
}

static enum ic_status find_or_add(struct store *store, const struct ic_term *term, bool add,
                                  uint64_t *id, struct ic_error *error)
{
    struct encoder record = {.data = NULL};
    unsigned char hash[HASH_BYTES + 8], key[8];
    encode_term(&record, term);
    enum ic_status status = hash_record(&record, hash, error);
    if (status == IC_OK)
        status = find_record(store, hash, &record, id, error);
    if (status == IC_OK && *id == 0 && add) {
        status = store_take(store, "terms", 1, id, error);
        put_u64(key, *id);
        put_u64(hash + HASH_BYTES, *id);
        if (status == IC_OK)
            status =
                store_put(store, STORE_TERMS, key, sizeof key, record.data, record.size, error);
        if (status == IC_OK)
            status = store_put(store, STORE_TERM_IDS, hash, sizeof hash, "", 0, error);
    }
    encoder_free(&record);
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
    return find_or_add(store, term, true, id, error);
}

static enum ic_status damaged(uint64_t id, struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT,
                   "term %llu of the dictionary is missing or damaged; restore a backup",
                   (unsigned long long)id);
}

static bool decode_term(struct decoder *record, struct ic_arena *arena, struct ic_term *term,
                        bool *no_memory)
{
    const unsigned kind = decode_byte(record);
    *term = (struct ic_term){.kind = kind == 'i'   ? IC_IRI
                                     : kind == 'b' ? IC_BLANK
                                                   : IC_LITERAL};
    if (record->bad || !strchr("ibsdl", (int)kind))
        return false;
    if (kind == 'd' || kind == 'l') {
        size_t length;
        const char *text = decode_string(record, &length);
        const char *qualifier = ic_arena_copy(arena, text, length);
        *no_memory = !qualifier;
        if (kind == 'd')
            term->datatype = qualifier;
        else
            term->language = qualifier;
    }
    if (record->bad || *no_memory)
        return false;
    term->length = (size_t)(record->end - record->at);
    term->text = ic_arena_copy(arena, (const char *)record->at, term->length);
    *no_memory = !term->text;
    return !*no_memory;
}

enum ic_status dictionary_get(struct store *store, uint64_t id, struct ic_arena *arena,
                              struct ic_term *term, struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    unsigned char key[8];
    bool found, no_memory = false;
    put_u64(key, id);
    enum ic_status status =
        store_get(store, STORE_TERMS, key, sizeof key, &value, &found, error);
    if (status == IC_OK && !found)
        status = damaged(id, error);
    if (status == IC_OK) {
        struct decoder record = decoder_of(value.data, value.size);
        if (!decode_term(&record, arena, term, &no_memory))
            status = no_memory ? ic_fail(error, IC_NO_MEMORY, "out of memory for a term")
                               : damaged(id, error);
    }
    store_value_free(&value);
    return status;
}
