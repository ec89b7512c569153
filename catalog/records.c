/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and unpacking the records about advertisements, names, graphs and changes. */
#include "records.h"

#include <string.h>

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

enum ic_status advertisement_decode(const void *data, size_t size, uint64_t number,
                                    struct ic_arena *arena, struct advertisement *record,
                                    struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    bool failed = false;
    *record = (struct advertisement){.number = number};
    record->version = decode_number(&in);
    record->sequence = decode_number(&in);
    record->graph = decode_number(&in);
    record->published_ms = (int64_t)decode_number(&in);
    record->expires_ms = (int64_t)decode_number(&in);
    record->first_ordinal = decode_number(&in);
    record->entry_count = decode_number(&in);
    record->entry_room = decode_number(&in);
    record->offers = decode_number(&in);
    record->stated = decode_number(&in);
    record->effective = decode_number(&in);
    record->cloud_name = copy_string(&in, arena, &failed);
    record->owner = copy_string(&in, arena, &failed);
    record->format = copy_string(&in, arena, &failed);
    record->audience = copy_string(&in, arena, &failed);
    record->digest = copy_string(&in, arena, &failed);
    if (failed)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
    if (!decoder_done(&in) || record->first_ordinal + record->entry_room > UINT32_MAX ||
        record->entry_count > record->entry_room)
        return damaged(error, "an advertisement");
    return IC_OK;
}

enum ic_status advertisement_read(struct store *store, uint64_t number, struct ic_arena *arena,
                                  struct advertisement *record, bool *found,
                                  struct ic_error *error)
{
    unsigned char key[8];
    struct store_value value = {.data = NULL};
    put_u64(key, number);
    enum ic_status status =
        store_get(store, STORE_ADVERTISEMENTS, key, sizeof key, &value, found, error);
    if (status == IC_OK && *found)
        status = advertisement_decode(value.data, value.size, number, arena, record, error);
    store_value_free(&value);
    return status;
}

enum ic_status advertisement_write(struct store *store, const struct advertisement *record,
                                   struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[8];
    put_u64(key, record->number);
    encode_number(&out, record->version);
    encode_number(&out, record->sequence);
    encode_number(&out, record->graph);
    encode_number(&out, (uint64_t)record->published_ms);
    encode_number(&out, (uint64_t)record->expires_ms);
    encode_number(&out, record->first_ordinal);
    encode_number(&out, record->entry_count);
    encode_number(&out, record->entry_room);
    encode_number(&out, record->offers);
    encode_number(&out, record->stated);
    encode_number(&out, record->effective);
    encode_string(&out, record->cloud_name);
    encode_string(&out, record->owner);
    encode_string(&out, record->format);
    encode_string(&out, record->audience);
    encode_string(&out, record->digest);
    return put(store, STORE_ADVERTISEMENTS, key, sizeof key, &out, error);
}

enum ic_status advertisement_delete(struct store *store, uint64_t number,
                                    struct ic_error *error)
{
    unsigned char key[8];
    put_u64(key, number);
    return store_delete(store, STORE_ADVERTISEMENTS, key, sizeof key, NULL, 0, error);
}

enum ic_status claim_decode(const void *data, size_t size, struct ic_arena *arena,
                            struct claim *claim, struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    bool failed = false;
    claim->advertisement = decode_number(&in);
    claim->until_ms = (int64_t)decode_number(&in);
    claim->owner = copy_string(&in, arena, &failed);
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
    encode_number(&out, (uint64_t)claim->until_ms);
    encode_string(&out, claim->owner);
    return put(store, STORE_NAMES, name, strlen(name), &out, error);
}

enum ic_status graph_decode(const void *data, size_t size, enum graph_kind *kind,
                            uint64_t *number, struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    const unsigned code = decode_byte(&in);
    *number = decode_number(&in);
    *kind = (enum graph_kind)code;
    if (!decoder_done(&in) ||
        (code != GRAPH_ADVERTISEMENT && code != GRAPH_PLAIN && code != GRAPH_ONTOLOGY))
        return damaged(error, "a graph's record");
    return IC_OK;
}

enum ic_status graph_read(struct store *store, uint64_t graph, enum graph_kind *kind,
                          uint64_t *number, bool *found, struct ic_error *error)
{
    unsigned char key[8];
    struct store_value value = {.data = NULL};
    put_u64(key, graph);
    enum ic_status status =
        store_get(store, STORE_GRAPHS, key, sizeof key, &value, found, error);
    if (status == IC_OK && *found)
        status = graph_decode(value.data, value.size, kind, number, error);
    store_value_free(&value);
    return status;
}

enum ic_status graph_write(struct store *store, uint64_t graph, enum graph_kind kind,
                           uint64_t number, struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    unsigned char key[8];
    put_u64(key, graph);
    encode_byte(&out, kind);
    encode_number(&out, number);
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
    unsigned char key[8];
    enum ic_status status = store_take(store, "sequence", 1, sequence, error);
    if (status != IC_OK)
        return status;
    put_u64(key, *sequence);
    encode_byte(&out, kind);
    encode_number(&out, advertisement);
    encode_number(&out, (uint64_t)at_ms);
    encode_string(&out, name);
    return put(store, STORE_CHANGES, key, sizeof key, &out, error);
}
