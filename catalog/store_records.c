/* SPDX-License-Identifier: Apache-2.0 */
/* Reading, writing and walking records of the store. */
#include <stdlib.h>
#include <string.h>

#include "store.h"

static DBT input(const void *data, size_t size)
{
    return (DBT){.data = (void *)(uintptr_t)data, .size = (u_int32_t)size};
}

void store_value_free(struct store_value *value)
{
    free(value->data);
    *value = (struct store_value){.data = NULL};
}

enum ic_status store_get(struct store *store, enum store_database database, const void *key,
                         size_t key_size, struct store_value *value, bool *found,
                         struct ic_error *error)
{
    DB *db = store->databases[database];
    DBT wanted = input(key, key_size);
    for (;;) {
        DBT data = {
            .data = value->data, .ulen = (u_int32_t)value->room, .flags = DB_DBT_USERMEM};
        const int code = db->get(db, store->txn, &wanted, &data, 0);
        if (code == DB_BUFFER_SMALL) {
            void *grown = realloc(value->data, data.size);
            if (!grown)
                return ic_fail(error, IC_NO_MEMORY, "out of memory for a record");
            value->data = grown;
            value->room = data.size;
            continue;
        }
        *found = code == 0;
        value->size = code == 0 ? data.size : 0;
        return code == 0 || code == DB_NOTFOUND
                   ? IC_OK
                   : store_fail(store, code, "cannot read the catalog", error);
    }
}

enum ic_status store_put(struct store *store, enum store_database database, const void *key,
                         size_t key_size, const void *data, size_t size, struct ic_error *error)
{
    DB *db = store->databases[database];
    DBT at = input(key, key_size), value = input(data, size);
    u_int32_t flags = 0;
    db->get_flags(db, &flags);
    const bool duplicates = (flags & DB_DUPSORT) != 0;
    const int code = db->put(db, store->txn, &at, &value, duplicates ? DB_NODUPDATA : 0);
    if (code == 0 || (duplicates && code == DB_KEYEXIST))
        return IC_OK;
    return store_fail(store, code, "cannot write the catalog", error);
}

enum ic_status store_delete(struct store *store, enum store_database database, const void *key,
                            size_t key_size, const void *data, size_t size,
                            struct ic_error *error)
{
    DB *db = store->databases[database];
    DBT at = input(key, key_size);
    int code;
    if (!data) {
        code = db->del(db, store->txn, &at, 0);
    } else {
        DBC *cursor;
        code = db->cursor(db, store->txn, &cursor, 0);
        if (code == 0) {
            DBT value = input(data, size);
            code = cursor->get(cursor, &at, &value, DB_GET_BOTH);
            if (code == 0)
                code = cursor->del(cursor, 0);
            const int closed = cursor->close(cursor);
            code = code ? code : closed;
        }
    }
    return code == 0 || code == DB_NOTFOUND
               ? IC_OK
               : store_fail(store, code, "cannot write the catalog", error);
}

enum ic_status store_scan_open(struct store *store, enum store_database database,
                               const void *prefix, size_t prefix_size, const void *start,
                               size_t start_size, struct store_scan *scan,
                               struct ic_error *error)
{
    *scan = (struct store_scan){.store = store, .prefix_size = prefix_size};
    if (prefix_size)
        memcpy(scan->prefix, prefix, prefix_size);
    if (!start) {
        start = prefix;
        start_size = prefix_size;
    }
    /* REALLOC lets the key be both the place to start and the place for what is found. */
    scan->key.flags = scan->data.flags = DB_DBT_REALLOC;
    if (start_size) {
        scan->key.data = malloc(start_size);
        if (!scan->key.data)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a scan");
        memcpy(scan->key.data, start, start_size);
    }
    scan->key.size = (u_int32_t)start_size;
    DB *db = store->databases[database];
    const int code = db->cursor(db, store->txn, &scan->cursor, 0);
    if (code) {
        scan->cursor = NULL;
        store_scan_close(scan);
        return store_fail(store, code, "cannot read the catalog", error);
    }
    return IC_OK;
}

enum ic_status store_scan_next(struct store_scan *scan, bool *found, struct ic_error *error)
{
    const u_int32_t step = scan->started ? DB_NEXT : scan->key.size ? DB_SET_RANGE : DB_FIRST;
    const int code = scan->cursor->get(scan->cursor, &scan->key, &scan->data, step);
    scan->started = true;
    if (code && code != DB_NOTFOUND)
        return store_fail(scan->store, code, "cannot read the catalog", error);
    *found = code == 0 && scan->key.size >= scan->prefix_size &&
             memcmp(scan->key.data, scan->prefix, scan->prefix_size) == 0;
    return IC_OK;
}

void store_scan_close(struct store_scan *scan)
{
    if (scan->cursor)
        scan->cursor->close(scan->cursor);
    free(scan->key.data);
    free(scan->data.data);
    scan->cursor = NULL;
    scan->key.data = scan->data.data = NULL;
}

enum ic_status store_get_number(struct store *store, const char *name, uint64_t *value,
                                struct ic_error *error)
{
    struct store_value record = {.data = NULL};
    bool found;
    enum ic_status status =
        store_get(store, STORE_META, name, strlen(name), &record, &found, error);
    *value = 0;
    if (status == IC_OK && found && record.size != 8)
        status = ic_fail(error, IC_CORRUPT, "the catalog's number \"%s\" is damaged", name);
    else if (status == IC_OK && found)
        *value = get_u64(record.data);
    store_value_free(&record);
    return status;
}

enum ic_status store_put_number(struct store *store, const char *name, uint64_t value,
                                struct ic_error *error)
{
    unsigned char bytes[8];
    put_u64(bytes, value);
    return store_put(store, STORE_META, name, strlen(name), bytes, sizeof bytes, error);
}

enum ic_status store_take(struct store *store, const char *name, uint64_t count,
                          uint64_t *first, struct ic_error *error)
{
    uint64_t taken;
    enum ic_status status = store_get_number(store, name, &taken, error);
    if (status == IC_OK)
        status = store_put_number(store, name, taken + count, error);
    *first = taken + 1;
    return status;
}
