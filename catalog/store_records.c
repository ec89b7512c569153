/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing single records of the store. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "store_shared.h"

static DBT input(const void *data, size_t size)
{
    return (DBT){.data = (void *)(uintptr_t)data, .size = (u_int32_t)size};
}

void store_value_free(struct store_value *value)
{
    free(value->data);
    *value = (struct store_value){.data = NULL};
}

bool value_reserve(struct store_value *value, size_t size)
{
    if (size <= value->room)
        return true;
    void *grown = realloc(value->data, size);
    if (!grown)
        return false;
    value->data = grown;
    value->room = size;
    return true;
}

enum ic_status database_get(struct store *store, enum store_database database, const void *key,
                            size_t key_size, struct store_value *value, bool *found,
                            struct ic_error *error)
{
    DB *db = store->shared->databases[database];
    DBT wanted = input(key, key_size);
    for (;;) {
        DBT data = {
            .data = value->data, .ulen = (u_int32_t)value->room, .flags = DB_DBT_USERMEM};
        const int code = db->get(db, store->txn, &wanted, &data, 0);
        if (code == DB_BUFFER_SMALL) {
            if (!value_reserve(value, data.size))
                return ic_fail(error, IC_NO_MEMORY, "out of memory for a record");
            continue;
        }
        *found = code == 0;
        value->size = code == 0 ? data.size : 0;
        return code == 0 || code == DB_NOTFOUND
                   ? IC_OK
                   : store_fail(store, code, "cannot read the catalog", error);
    }
}

enum ic_status store_value_set(struct store_value *value, const void *data, size_t size,
                               struct ic_error *error)
{
    value->size = 0;
    if (!value_reserve(value, size))
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a record");
    if (size)
        memcpy(value->data, data, size);
    value->size = size;
    return IC_OK;
}

/* What a version has, as store_get returns it. */
static enum ic_status get_version(const struct version *version, struct store_value *value,
                                  bool *found, struct ic_error *error)
{
    *found = !version->absent;
    return store_value_set(value, version->data, version->size, error);
}

enum ic_status store_get(struct store *store, enum store_database database, const void *key,
                         size_t key_size, struct store_value *value, bool *found,
                         struct ic_error *error)
{
    if (store->build && database == STORE_NAMES)
        return build_get_claim(store, key, key_size, value, found, error);
    enum ic_status status = read_begin(store, error);
    if (status != IC_OK)
        return status;
    const struct version *version =
        store->is_snapshot
            ? versions_find(&store->shared->versions, database, key, key_size, store->snapshot)
            : NULL;
    status = version ? get_version(version, value, found, error)
                     : database_get(store, database, key, key_size, value, found, error);
    read_end(store);
    return status;
}

enum ic_status store_put(struct store *store, enum store_database database, const void *key,
                         size_t key_size, const void *data, size_t size, struct ic_error *error)
{
    if (store->build && database == STORE_NAMES)
        return build_put_claim(store, key, key_size, data, size, error);
    DB *db = store->shared->databases[database];
    DBT at = input(key, key_size), value = input(data, size);
    const enum ic_status status = write_begin(store, database, key, key_size, size, error);
    if (status != IC_OK)
        return status;
    const int code = db->put(db, store->txn, &at, &value, 0);
    write_end(store);
    return code ? store_fail(store, code, "cannot write the catalog", error) : IC_OK;
}

enum ic_status store_delete(struct store *store, enum store_database database, const void *key,
                            size_t key_size, const void *data, size_t size,
                            struct ic_error *error)
{
    DB *db = store->shared->databases[database];
    DBT at = input(key, key_size);
    assert(!data && !size);
    (void)data;
    (void)size;
    const enum ic_status status = write_begin(store, database, key, key_size, size, error);
    if (status != IC_OK)
        return status;
    const int code = db->del(db, store->txn, &at, 0);
    write_end(store);
    return code == 0 || code == DB_NOTFOUND
               ? IC_OK
               : store_fail(store, code, "cannot write the catalog", error);
}

enum ic_status store_get_number(struct store *store, const char *name, uint64_t *value,
                                struct ic_error *error)
{
    struct store_value record = {.data = NULL};
    bool found;
    if (store->build && build_get_number(store, name, value))
        return IC_OK;
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
    if (store->build && build_put_number(store, name, value))
        return IC_OK;
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
