/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and unpacking the records about advertisements, names, graphs and changes. */
#include "records.h"

#include <stdio.h>
#include <string.h>

#include "bulk_build.h"
#include "codec.h"

static enum ic_status damaged(struct ic_error *error, const char *what)
{
    return ic_fail(error, IC_CORRUPT, "%s of the catalog is damaged; restore a backup", what);
}

static enum ic_status put(struct store *store, enum store_database database, const void *key,
                          size_t key_size, struct encoder *record, struct ic_error *error)
{
    enum ic_status status =
        record->failed
            ? ic_fail(error, IC_NO_MEMORY, "out of memory for a record")
            : store_put(store, database, key, key_size, record->data, record->size, error);
    encoder_free(record);
    return status;
}

/* A string of a record, copied into the arena; NULL in *failed's case. */
static const char *copy_string(struct decoder *record, struct ic_arena *arena, bool *failed)
{
    size_t length;
    const char *text = decode_string(record, &length);
    const char *copy = ic_arena_copy(arena, text, length);
    *failed |= !copy;
    return copy;
}

/* The usual formats. Their places are on disk: add at the end, change none. */
static const char *const formats[] = {NULL,     "",     "turtle", "ntriples",
                                      "nquads", "trig", "rdfxml", "advertisement"};
enum { FORMATS = sizeof formats / sizeof *formats };

enum {
    RECORD_AUDIENCE = 1,    /* an audience other than "all" is given */
    RECORD_TEXT_DIGEST = 2, /* the digest is a text, not 64 hexadecimal digits */
    DIGEST_BYTES = 32
};

static bool unhex(const char *text, unsigned char digest[DIGEST_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    if (strlen(text) != (size_t)2 * DIGEST_BYTES)
        return false;
    for (size_t i = 0; i < (size_t)2 * DIGEST_BYTES; i++) {
        const char *at = strchr(digits, text[i]);
        if (!at)
            return false;
        digest[i / 2] = (unsigned char)(digest[i / 2] << 4 | (at - digits));
    }
    return true;
}

static const char *decode_digest(struct decoder *record, struct ic_arena *arena, bool *failed)
{
    char text[2 * DIGEST_BYTES + 1];
    for (int i = 0; i < DIGEST_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", decode_byte(record));
    const char *copy = ic_arena_copy(arena, text, sizeof text - 1);
    *failed |= !copy;
    return copy;
}

static const char *decode_format(struct decoder *record, struct ic_arena *arena, bool *failed)
{
    const unsigned code = decode_byte(record);
    if (code == 0)
        return copy_string(record, arena, failed);
    record->bad |= code >= FORMATS;
    return record->bad ? "" : formats[code];
}

static void encode_format(struct encoder *record, const char *format)
{
    unsigned code = 1;
    while (code < FORMATS && strcmp(format, formats[code]) != 0)
        code++;
    encode_byte(record, code % FORMATS);
    if (code == FORMATS)
        encode_string(record, format);
}

enum ic_status advertisement_decode(const void *data, size_t size, uint64_t number,
                                    struct ic_arena *arena, struct advertisement *record,
                                    struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    bool failed = false;
    *record = (struct advertisement){.number = number};
    record->expires_ms = (int64_t)decode_number(&in);
    record->version = decode_number(&in);
    record->sequence = decode_number(&in);
    record->published_ms = (int64_t)decode_number(&in);
    record->first_ordinal = decode_number(&in);
    record->entry_count = decode_number(&in);
    const uint64_t spare = decode_number(&in);
    record->entry_room = record->entry_count + spare;
    record->offers = decode_number(&in);
    record->stated = decode_number(&in);
    record->effective = decode_number(&in);
    record->bytes = decode_number(&in);
    const unsigned flags = decode_byte(&in);
    record->digest = flags & RECORD_TEXT_DIGEST ? copy_string(&in, arena, &failed)
                                                : decode_digest(&in, arena, &failed);
    record->format = decode_format(&in, arena, &failed);
    record->audience = flags & RECORD_AUDIENCE ? copy_string(&in, arena, &failed) : "all";
    record->owner = copy_string(&in, arena, &failed);
    record->cloud_name = copy_string(&in, arena, &failed);
    if (failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
    if (!decoder_done(&in) || flags > (RECORD_AUDIENCE | RECORD_TEXT_DIGEST) ||
        record->first_ordinal > UINT32_MAX || record->entry_count > UINT32_MAX ||
        spare > UINT32_MAX || record->first_ordinal + record->entry_room > UINT32_MAX)
        return damaged(error, "an advertisement");
    return IC_OK;
}

enum ic_status advertisement_read(struct store *store, uint64_t number, struct ic_arena *arena,
                                  struct advertisement *record, bool *found,
                                  struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    struct store_value value = {.data = NULL};
    put_number_key(key, number);
    enum ic_status status =
        store_get(store, STORE_ADVERTISEMENTS, key, sizeof key, &value, found, error);
    if (status == IC_OK && *found)
        status = advertisement_decode(value.data, value.size, number, arena, record, error);
    store_value_free(&value);
    return status;
}

/* ---- expiry ---- */

enum { EXPIRY_KEY_BYTES = 16 };

static void make_expiry_key(unsigned char key[EXPIRY_KEY_BYTES], int64_t at_ms, uint64_t number)
{
    put_u64(key, at_ms < 0 ? 0 : (uint64_t)at_ms);
    put_u64(key + 8, number);
}

/* When the stored advertisement expires; 0: never, or it is not there. */
static enum ic_status stored_expiry(struct store *store, uint64_t number, int64_t *at_ms,
                                    struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    struct store_value value = {.data = NULL};
    bool found;
    put_number_key(key, number);
    *at_ms = 0;
    const enum ic_status status =
        store_get(store, STORE_ADVERTISEMENTS, key, sizeof key, &value, &found, error);
    if (status == IC_OK && found) {
        struct decoder in = decoder_of(value.data, value.size);
        *at_ms = (int64_t)decode_number(&in);
    }
    store_value_free(&value);
    return status;
}

/* Moves an advertisement to its place among those that expire; `record` NULL: it is gone. */
static enum ic_status move_expiry(struct store *store, uint64_t number,
                                  const struct advertisement *record, struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[EXPIRY_KEY_BYTES];
    const int64_t to = record ? record->expires_ms : 0;
    int64_t from;
    enum ic_status status = stored_expiry(store, number, &from, error);
    if (from != to)
        store_expiry_changes(store);
    if (status == IC_OK && from && from != to) {
        make_expiry_key(key, from, number);
        status = store_delete(store, STORE_EXPIRES, key, sizeof key, NULL, 0, error);
    }
    if (status != IC_OK || !to)
        return status;
    make_expiry_key(key, to, number);
    encode_number(&out, record->first_ordinal);
    encode_number(&out, record->entry_count);
    return put(store, STORE_EXPIRES, key, sizeof key, &out, error);
}

enum ic_status expiry_first(struct store *store, int64_t at_ms, uint64_t most,
                            enum ic_status (*each)(void *context, const struct expiry *,
                                                   struct ic_error *error),
                            void *context, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status = store_scan_open(store, STORE_EXPIRES, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while (most-- && (status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct decoder in = decoder_of(scan.data.data, scan.data.size);
        struct expiry expiry = {.at_ms = 0};
        expiry.first_ordinal = decode_number(&in);
        expiry.entry_count = decode_number(&in);
        if (scan.key.size != EXPIRY_KEY_BYTES || !decoder_done(&in) ||
            expiry.first_ordinal > UINT32_MAX ||
            expiry.entry_count > UINT32_MAX - expiry.first_ordinal) {
            status = damaged(error, "an expiry");
            break;
        }
        expiry.at_ms = (int64_t)get_u64(scan.key.data);
        expiry.advertisement = get_u64((unsigned char *)scan.key.data + 8);
        if (expiry.at_ms > at_ms || (status = each(context, &expiry, error)) != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

enum ic_status expiry_each(struct store *store, int64_t at_ms,
                           enum ic_status (*each)(void *context, const struct expiry *,
                                                  struct ic_error *error),
                           void *context, struct ic_error *error)
{
    return expiry_first(store, at_ms, UINT64_MAX, each, context, error);
}

enum ic_status advertisement_write(struct store *store, const struct advertisement *record,
                                   struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[NUMBER_KEY_BYTES], digest[DIGEST_BYTES];
    const bool raw = unhex(record->digest, digest), audience = strcmp(record->audience, "all");
    const enum ic_status status = move_expiry(store, record->number, record, error);
    if (status != IC_OK)
        return status;
    put_number_key(key, record->number);
    encode_number(&out, (uint64_t)record->expires_ms);
    encode_number(&out, record->version);
    encode_number(&out, record->sequence);
    encode_number(&out, (uint64_t)record->published_ms);
    encode_number(&out, record->first_ordinal);
    encode_number(&out, record->entry_count);
    encode_number(&out, record->entry_room - record->entry_count);
    encode_number(&out, record->offers);
    encode_number(&out, record->stated);
    encode_number(&out, record->effective);
    encode_number(&out, record->bytes);
    encode_byte(&out, (audience ? RECORD_AUDIENCE : 0U) | (raw ? 0U : RECORD_TEXT_DIGEST));
    if (raw)
        encode_bytes(&out, digest, sizeof digest);
    else
        encode_string(&out, record->digest);
    encode_format(&out, record->format);
    if (audience)
        encode_string(&out, record->audience);
    encode_string(&out, record->owner);
    encode_string(&out, record->cloud_name);
    return put(store, STORE_ADVERTISEMENTS, key, sizeof key, &out, error);
}

enum ic_status advertisement_delete(struct store *store, uint64_t number,
                                    struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    put_number_key(key, number);
    const enum ic_status status = move_expiry(store, number, NULL, error);
    return status == IC_OK
               ? store_delete(store, STORE_ADVERTISEMENTS, key, sizeof key, NULL, 0, error)
               : status;
}

/* ---- names ---- */

enum ic_status claim_decode(const void *data, size_t size, struct ic_arena *arena,
                            struct claim *claim, struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    bool failed = false;
    *claim = (struct claim){.owner = NULL};
    claim->advertisement = decode_number(&in);
    if (!claim->advertisement) {
        claim->until_ms = (int64_t)decode_number(&in);
        claim->owner = copy_string(&in, arena, &failed);
    }
    if (failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a name");
    return decoder_done(&in) ? IC_OK : damaged(error, "a claimed name");
}

enum ic_status claim_read(struct store *store, const char *name, struct ic_arena *arena,
                          struct claim *claim, bool *found, struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    enum ic_status status =
        store_get(store, STORE_NAMES, name, strlen(name), &value, found, error);
    if (status == IC_OK && *found)
        status = claim_decode(value.data, value.size, arena, claim, error);
    store_value_free(&value);
    return status;
}

enum ic_status claim_write(struct store *store, const char *name, const struct claim *claim,
                           struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    encode_number(&out, claim->advertisement);
    if (!claim->advertisement) {
        encode_number(&out, (uint64_t)claim->until_ms);
        encode_string(&out, claim->owner);
    }
    return put(store, STORE_NAMES, name, strlen(name), &out, error);
}

enum ic_status claim_owner(struct store *store, const char *name, struct ic_arena *arena,
                           const char **owner, struct ic_error *error)
{
    struct claim claim;
    struct advertisement record;
    bool found;
    *owner = NULL;
    enum ic_status status = claim_read(store, name, arena, &claim, &found, error);
    if (status != IC_OK || !found)
        return status;
    *owner = claim.owner;
    if (claim.advertisement) {
        status = advertisement_read(store, claim.advertisement, arena, &record, &found, error);
        if (status == IC_OK && !found)
            return damaged(error, "a claimed name");
        *owner = status == IC_OK ? record.owner : NULL;
    }
    return status;
}

enum ic_status claim_delete(struct store *store, const char *name, struct ic_error *error)
{
    return store_delete(store, STORE_NAMES, name, strlen(name), NULL, 0, error);
}

/* ---- graphs and changes ---- */

enum ic_status graph_decode(const void *data, size_t size, enum graph_kind *kind,
                            struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    const unsigned code = decode_byte(&in);
    *kind = (enum graph_kind)code;
    if (!decoder_done(&in) || (code != GRAPH_PLAIN && code != GRAPH_ONTOLOGY))
        return damaged(error, "a graph's record");
    return IC_OK;
}

enum ic_status graph_read(struct store *store, uint64_t graph, enum graph_kind *kind,
                          bool *found, struct ic_error *error)
{
    unsigned char key[8];
    struct store_value value = {.data = NULL};
    put_u64(key, graph);
    enum ic_status status =
        store_get(store, STORE_GRAPHS, key, sizeof key, &value, found, error);
    if (status == IC_OK && *found)
        status = graph_decode(value.data, value.size, kind, error);
    store_value_free(&value);
    return status;
}

enum ic_status graph_write(struct store *store, uint64_t graph, enum graph_kind kind,
                           struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[8];
    put_u64(key, graph);
    encode_byte(&out, kind);
    return put(store, STORE_GRAPHS, key, sizeof key, &out, error);
}

enum ic_status graph_delete(struct store *store, uint64_t graph, struct ic_error *error)
{
    unsigned char key[8];
    put_u64(key, graph);
    return store_delete(store, STORE_GRAPHS, key, sizeof key, NULL, 0, error);
}

enum ic_status change_append(struct store *store, enum change_kind kind, const char *name,
                             uint64_t advertisement, int64_t at_ms, uint64_t *sequence,
                             struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[NUMBER_KEY_BYTES];
    if (store->build && kind == CHANGE_PUBLISHED) {
        kind = CHANGE_IMPORTED;
        name = "";
        advertisement = 0;
    }
    if (store->build && store->build->sequence) {
        *sequence = store->build->sequence;
        return IC_OK;
    }
    enum ic_status status = store_take(store, "sequence", 1, sequence, error);
    if (status != IC_OK)
        return status;
    if (store->build)
        store->build->sequence = *sequence;
    put_number_key(key, *sequence);
    encode_byte(&out, kind);
    encode_number(&out, advertisement);
    encode_number(&out, (uint64_t)at_ms);
    if (kind != CHANGE_PUBLISHED)
        encode_bytes(&out, name, strlen(name));
    return put(store, STORE_CHANGES, key, sizeof key, &out, error);
}
