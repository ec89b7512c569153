/* SPDX-License-Identifier: Apache-2.0 */
/* Walking records in key order.
 *
 * A fetch, under the latch: what the databases have from `position` on, some single records the
 * first time (most scans are short), then a buffer full; merged with the versions of the same
 * range of keys into `records`. What was fetched stays right for a snapshot, whatever is
 * written afterwards. The next fetch begins at the key after the last, which is that key with a
 * zero byte behind it.
 *
 * records: { key bytes 4, data bytes 4, key, data } ... */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store_shared.h"

enum {
    SINGLE_RECORDS = 4,        /* of the first fetch */
    BULK_BYTES_MIN = 8 * 1024, /* of the second; doubled each time */
    BULK_BYTES_MAX = 128 * 1024,
    BULK_UNIT_BYTES = 1024,                /* Berkeley DB wants multiples of it */
    RECORD_BYTES_MAX = 2 * BULK_BYTES_MAX, /* of a fetch, but for the last record of it */
    STEPS_MAX = 8192, /* of a fetch, where versions say that many keys were not there */
    HEAD_BYTES = 8
};

/* What one fetch reads from the database, record by record. */
struct source {
    struct store_scan *scan;
    DBC *cursor;
    bool bulk;
    DBT buffer;    /* bulk: what was read */
    void *at;      /* and the place in it */
    unsigned left; /* otherwise: single records still to be read */
    struct store_value key_room, data_room;
    DBT key, data; /* the record that it stands on */
    bool done;     /* there is none: nothing more in this fetch */
    bool ended;    /* and nothing more in the database */
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a scan");
}

static bool within(const struct store_scan *scan, const void *key, size_t size)
{
    return size >= scan->prefix_size && memcmp(key, scan->prefix, scan->prefix_size) == 0;
}

static bool set_position(struct store_scan *scan, const void *key, size_t size, bool after)
{
    if (!value_reserve(&scan->position, size + 1))
        return false;
    if (size)
        memmove(scan->position.data, key, size);
    ((unsigned char *)scan->position.data)[size] = 0;
    scan->position.size = size + after;
    return true;
}

static bool append(struct store_scan *scan, const void *key, size_t key_size, const void *data,
                   size_t data_size)
{
    const uint32_t sizes[2] = {(uint32_t)key_size, (uint32_t)data_size};
    const size_t wanted = scan->size + HEAD_BYTES + key_size + data_size;
    if (wanted > scan->room) {
        const size_t room = wanted < 256 ? 256 : wanted + wanted / 2;
        unsigned char *grown = realloc(scan->records, room);
        if (!grown)
            return false;
        scan->records = grown;
        scan->room = room;
    }
    unsigned char *to = scan->records + scan->size;
    memcpy(to, sizes, sizeof sizes);
    if (key_size)
        memcpy(to + HEAD_BYTES, key, key_size);
    if (data_size)
        memcpy(to + HEAD_BYTES + key_size, data, data_size);
    scan->size = wanted;
    return true;
}

/* ---- the database ---- */

/* Sets `key` to room where Berkeley DB may write the key it finds, holding the scan's position
 * where `step` goes by it. */
static void set_key(struct source *source, u_int32_t step)
{
    const struct store_value *position = &source->scan->position;
    source->key = (DBT){.data = source->key_room.data,
                        .ulen = (u_int32_t)source->key_room.room,
                        .flags = DB_DBT_USERMEM};
    if (step != DB_SET_RANGE)
        return;
    memcpy(source->key.data, position->data, position->size);
    source->key.size = (u_int32_t)position->size;
}

/* A cursor's get of one record, with room that grows. */
static int get_single(struct source *source, u_int32_t step)
{
    for (;;) {
        set_key(source, step);
        source->data = (DBT){.data = source->data_room.data,
                             .ulen = (u_int32_t)source->data_room.room,
                             .flags = DB_DBT_USERMEM};
        const int code = source->cursor->get(source->cursor, &source->key, &source->data, step);
        if (code != DB_BUFFER_SMALL)
            return code;
        if (!value_reserve(&source->key_room, source->key.size) ||
            !value_reserve(&source->data_room, source->data.size))
            return DB_BUFFER_SMALL;
    }
}

static size_t round_up(size_t bytes)
{
    return (bytes + BULK_UNIT_BYTES - 1) / BULK_UNIT_BYTES * BULK_UNIT_BYTES;
}

static bool grow_bulk(struct store_scan *scan, size_t asked)
{
    const size_t least = 2 * scan->bulk_bytes;
    const size_t bytes = round_up(asked > least ? asked : least);
    void *grown = bytes > UINT32_MAX ? NULL : realloc(scan->bulk, bytes);
    if (!grown)
        return false;
    scan->bulk = grown;
    scan->bulk_bytes = bytes;
    return true;
}

/* As many records as the buffer holds, and at least one. */
static int get_bulk(struct source *source, u_int32_t step)
{
    struct store_scan *scan = source->scan;
    for (;;) {
        set_key(source, step);
        source->buffer = (DBT){
            .data = scan->bulk, .ulen = (u_int32_t)scan->bulk_bytes, .flags = DB_DBT_USERMEM};
        const int code = source->cursor->get(source->cursor, &source->key, &source->buffer,
                                             step | DB_MULTIPLE_KEY);
        if (code != DB_BUFFER_SMALL)
            return code;
        if (source->key.size > source->key_room.room
                ? !value_reserve(&source->key_room, source->key.size)
                : !grow_bulk(scan, source->buffer.size))
            return DB_BUFFER_SMALL;
    }
}

/* Moves to the next record, or sets `done`. */
static int source_next(struct source *source)
{
    if (source->bulk) {
        unsigned char *key, *data;
        size_t key_size, data_size;
        DB_MULTIPLE_KEY_NEXT(source->at, &source->buffer, key, key_size, data, data_size);
        source->done = source->at == NULL;
        if (!source->done) {
            source->key = (DBT){.data = key, .size = (u_int32_t)key_size};
            source->data = (DBT){.data = data, .size = (u_int32_t)data_size};
        }
        return 0;
    }
    source->done = source->left == 0;
    if (source->done)
        return 0;
    source->left--;
    const int code = get_single(source, DB_NEXT);
    source->done = source->ended = code == DB_NOTFOUND;
    return code == DB_NOTFOUND ? 0 : code;
}

/* Stands on the first record at or after the scan's position. */
static int source_open(struct source *source, struct store_scan *scan)
{
    struct store *store = scan->store;
    DB *db = store->shared->databases[scan->database];
    const u_int32_t step = scan->position.size ? DB_SET_RANGE : DB_FIRST;
    *source =
        (struct source){.scan = scan, .bulk = scan->fetches > 0, .left = SINGLE_RECORDS - 1};
    int code = db->cursor(db, store->txn, &source->cursor, 0);
    if (code) {
        source->cursor = NULL;
        return code;
    }
    if (!value_reserve(&source->key_room, scan->position.size + 1))
        code = DB_BUFFER_SMALL;
    else if (!source->bulk)
        code = get_single(source, step);
    else if ((code = get_bulk(source, step)) == 0)
        DB_MULTIPLE_INIT(source->at, &source->buffer);
    source->done = source->ended = code == DB_NOTFOUND;
    if (code)
        return code == DB_NOTFOUND ? 0 : code;
    return source->bulk ? source_next(source) : 0;
}

static int source_close(struct source *source)
{
    const int code = source->cursor ? source->cursor->close(source->cursor) : 0;
    store_value_free(&source->key_room);
    store_value_free(&source->data_room);
    return code;
}

/* ---- merging ---- */

/* Takes the next record of database and versions, whichever comes first; where both have the
 * key, what the snapshot sees. False: no memory. */
static bool take(struct source *source, struct version_key **version, int *code)
{
    struct store_scan *scan = source->scan;
    struct version_key *key = *version;
    const int order = !key           ? -1
                      : source->done ? 1
                                     : version_compare(source->key.data, source->key.size,
                                                       key->bytes, key->size);
    const struct version *seen = order >= 0 ? version_seen(key, scan->store->snapshot) : NULL;
    const void *bytes = order > 0 ? key->bytes : source->key.data;
    const size_t size = order > 0 ? key->size : source->key.size;
    bool good = set_position(scan, bytes, size, true);
    if (good && seen && !seen->absent)
        good = append(scan, bytes, size, seen->data, seen->size);
    else if (good && !seen && order <= 0)
        good = append(scan, bytes, size, source->data.data, source->data.size);
    if (order >= 0)
        *version = versions_after(key);
    if (order <= 0)
        *code = source_next(source);
    return good;
}

/* Fills `records` from where the source stands. */
static enum ic_status merge(struct source *source, struct ic_error *error)
{
    struct store_scan *scan = source->scan;
    struct store *store = scan->store;
    struct version_key *version = store->is_snapshot
                                      ? versions_from(&store->shared->versions, scan->database,
                                                      scan->position.data, scan->position.size)
                                      : NULL;
    for (int steps = 0; steps < STEPS_MAX && scan->size < RECORD_BYTES_MAX; steps++) {
        if (!source->done && !within(scan, source->key.data, source->key.size))
            source->done = source->ended = true;
        if (version && !within(scan, version->bytes, version->size))
            version = NULL;
        scan->ended = source->ended && !version;
        /* Beyond the last key that was read, the database may have more before a version. */
        if (scan->ended || (source->done && !source->ended))
            return IC_OK;
        int code = 0;
        if (!take(source, &version, &code))
            return no_memory(error);
        if (code)
            return store_fail(store, code, "cannot read the catalog", error);
    }
    return IC_OK;
}

static bool reserve_bulk(struct store_scan *scan)
{
    size_t bytes = BULK_BYTES_MIN;
    for (unsigned i = 1; i < scan->fetches && bytes < BULK_BYTES_MAX; i++)
        bytes *= 2;
    if (bytes <= scan->bulk_bytes)
        return true;
    free(scan->bulk);
    scan->bulk = malloc(bytes);
    scan->bulk_bytes = scan->bulk ? bytes : 0;
    return scan->bulk != NULL;
}

static enum ic_status fetch(struct store_scan *scan, struct ic_error *error)
{
    struct store *store = scan->store;
    struct source source;
    scan->size = scan->at = 0;
    if (scan->fetches && !reserve_bulk(scan))
        return no_memory(error);
    enum ic_status status = read_begin(store, error);
    if (status != IC_OK)
        return status;
    int code = source_open(&source, scan);
    if (!code)
        status = merge(&source, error);
    const int closed = source_close(&source);
    read_end(store);
    scan->fetches++;
    scan->writes = store->writes;
    code = code ? code : closed;
    return code && status == IC_OK ? store_fail(store, code, "cannot read the catalog", error)
                                   : status;
}

/* ---- the scan ---- */

enum ic_status store_scan_open(struct store *store, enum store_database database,
                               const void *prefix, size_t prefix_size, const void *start,
                               size_t start_size, struct store_scan *scan,
                               struct ic_error *error)
{
    assert(prefix_size <= STORE_PREFIX_MAX);
    *scan =
        (struct store_scan){.store = store, .database = database, .prefix_size = prefix_size};
    if (prefix_size)
        memcpy(scan->prefix, prefix, prefix_size);
    const bool good = start ? set_position(scan, start, start_size, false)
                            : set_position(scan, prefix, prefix_size, false);
    return good ? IC_OK : no_memory(error);
}

/* What the writer changed since the fetch may lie ahead: fetch again from here. */
static bool fetch_anew(struct store_scan *scan)
{
    scan->writes = scan->store->writes;
    scan->at = scan->size;
    scan->ended = false;
    scan->fetches = 0;
    return !scan->key.data || set_position(scan, scan->key.data, scan->key.size, true);
}

enum ic_status store_scan_next(struct store_scan *scan, bool *found, struct ic_error *error)
{
    *found = false;
    if (scan->fetches && scan->writes != scan->store->writes && !fetch_anew(scan))
        return no_memory(error);
    while (scan->at == scan->size) {
        if (scan->ended)
            return IC_OK;
        const enum ic_status status = fetch(scan, error);
        if (status != IC_OK)
            return status;
    }
    uint32_t sizes[2];
    unsigned char *at = scan->records + scan->at;
    memcpy(sizes, at, sizeof sizes);
    scan->key = (DBT){.data = at + HEAD_BYTES, .size = sizes[0]};
    scan->data = (DBT){.data = at + HEAD_BYTES + sizes[0], .size = sizes[1]};
    scan->at += HEAD_BYTES + sizes[0] + (size_t)sizes[1];
    *found = true;
    return IC_OK;
}

void store_scan_close(struct store_scan *scan)
{
    free(scan->records);
    free(scan->bulk);
    store_value_free(&scan->position);
    *scan = (struct store_scan){.store = scan->store};
}
