/* SPDX-License-Identifier: Apache-2.0 */
/* Records of what each owner holds. */
#include "owner_usage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "codec.h"
#include "names.h"

enum { KEY_PREFIX = sizeof OWNER_USAGE_KEY - 1, KEY_MAX = KEY_PREFIX + IC_JID_BYTES_MAX };

static size_t make_key(char key[KEY_MAX + 1], const char *owner)
{
    return (size_t)snprintf(key, KEY_MAX + 1, "%s%s", OWNER_USAGE_KEY, owner);
}

static enum ic_status decode(const void *data, size_t size, struct ic_owner_usage *usage,
                             struct ic_error *error)
{
    struct decoder in = decoder_of(data, size);
    usage->clouds = decode_number(&in);
    usage->statements = decode_number(&in);
    usage->bytes = decode_number(&in);
    return decoder_done(&in)
               ? IC_OK
               : ic_fail(error, IC_CORRUPT, "what an owner holds is damaged; restore a backup");
}

enum ic_status owner_usage_read(struct store *store, const char *owner,
                                struct ic_owner_usage *usage, struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    char key[KEY_MAX + 1];
    bool found;
    *usage = (struct ic_owner_usage){.clouds = 0};
    enum ic_status status =
        store_get(store, STORE_META, key, make_key(key, owner), &value, &found, error);
    if (status == IC_OK && found)
        status = decode(value.data, value.size, usage, error);
    store_value_free(&value);
    return status;
}

static enum ic_status write_usage(struct store *store, const char *owner,
                                  const struct ic_owner_usage *usage, struct ic_error *error)
{
    struct encoder out = {.data = NULL};
    char key[KEY_MAX + 1];
    const size_t size = make_key(key, owner);
    if (!usage->clouds)
        return store_delete(store, STORE_META, key, size, NULL, 0, error);
    encode_number(&out, usage->clouds);
    encode_number(&out, usage->statements);
    encode_number(&out, usage->bytes);
    const enum ic_status status =
        out.failed ? ic_fail(error, IC_NO_MEMORY, "out of memory for a record")
                   : store_put(store, STORE_META, key, size, out.data, out.size, error);
    encoder_free(&out);
    return status;
}

enum ic_status owner_usage_add(struct store *store, const char *owner,
                               const struct ic_owner_usage *more, struct ic_error *error)
{
    struct ic_owner_usage usage;
    const enum ic_status status = owner_usage_read(store, owner, &usage, error);
    if (status != IC_OK || !more->clouds)
        return status;
    usage.clouds += more->clouds;
    usage.statements += more->statements;
    usage.bytes += more->bytes;
    return write_usage(store, owner, &usage, error);
}

/* One owner's, from one advertisement to the other. */
static enum ic_status change(struct store *store, const char *owner,
                             const struct advertisement *was, const struct advertisement *is,
                             struct ic_error *error)
{
    struct ic_owner_usage usage;
    const enum ic_status status = owner_usage_read(store, owner, &usage, error);
    if (status != IC_OK)
        return status;
    if (was && (usage.clouds < 1 || usage.statements < was->stated || usage.bytes < was->bytes))
        return ic_fail(error, IC_CORRUPT,
                       "what %s holds is counted wrongly; restore a backup or an export",
                       owner);
    usage.clouds += (uint64_t)(is != NULL) - (uint64_t)(was != NULL);
    usage.statements += (is ? is->stated : 0) - (was ? was->stated : 0);
    usage.bytes += (is ? is->bytes : 0) - (was ? was->bytes : 0);
    return write_usage(store, owner, &usage, error);
}

enum ic_status owner_usage_change(struct store *store, const struct advertisement *was,
                                  const struct advertisement *is, struct ic_error *error)
{
    if (store->build)
        return IC_OK;
    if (was && is && strcmp(was->owner, is->owner) == 0)
        return was->stated == is->stated && was->bytes == is->bytes
                   ? IC_OK
                   : change(store, is->owner, was, is, error);
    enum ic_status status = was ? change(store, was->owner, was, NULL, error) : IC_OK;
    if (status == IC_OK && is)
        status = change(store, is->owner, NULL, is, error);
    return status;
}

static enum ic_status check(const char *owner, const char *name, uint64_t value, uint64_t quota,
                            uint64_t before, bool bytes, struct ic_error *error)
{
    char has[IC_LIMIT_TEXT_MAX], may[IC_LIMIT_TEXT_MAX];
    if (!quota || value <= quota || value <= before)
        return IC_OK;
    if (bytes) {
        ic_bytes_format(value, has);
        ic_bytes_format(quota, may);
    } else {
        snprintf(has, sizeof has, "%" PRIu64, value);
        snprintf(may, sizeof may, "%" PRIu64, quota);
    }
    return ic_fail(
        error, IC_TOO_LARGE,
        "with this publication %.200s would have %s = %s, more than the quota of %s; "
        "publish less, withdraw a cloud, or ask the operator for more",
        owner, name, has, may);
}

enum ic_status owner_usage_check(struct store *store, const char *owner,
                                 const struct ic_owner_usage *quota,
                                 const struct ic_owner_usage *before, struct ic_error *error)
{
    struct ic_owner_usage now;
    enum ic_status status = owner_usage_read(store, owner, &now, error);
    if (status == IC_OK)
        status =
            check(owner, "clouds", now.clouds, quota->clouds, before->clouds, false, error);
    if (status == IC_OK)
        status = check(owner, "statements", now.statements, quota->statements,
                       before->statements, false, error);
    if (status == IC_OK)
        status = check(owner, "bytes", now.bytes, quota->bytes, before->bytes, true, error);
    return status;
}

enum ic_status owner_usage_each(struct store *store,
                                enum ic_status (*each)(void *context, const char *owner,
                                                       const struct ic_owner_usage *usage,
                                                       struct ic_error *error),
                                void *context, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(store, STORE_META, OWNER_USAGE_KEY, KEY_PREFIX, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct ic_owner_usage usage;
        char *owner = strndup((char *)scan.key.data + KEY_PREFIX, scan.key.size - KEY_PREFIX);
        status = owner ? decode(scan.data.data, scan.data.size, &usage, error)
                       : ic_fail(error, IC_NO_MEMORY, "out of memory for an owner");
        if (status == IC_OK)
            status = each(context, owner, &usage, error);
        free(owner);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

/* ---- for callers of the catalog ---- */

enum ic_status ic_catalog_owner_usage(struct ic_catalog *catalog, const char *owner,
                                      struct ic_owner_usage *usage, struct ic_error *error)
{
    struct store snapshot;
    enum ic_status status = catalog_snapshot(catalog, &snapshot, NULL, error);
    if (status != IC_OK)
        return status;
    status = owner_usage_read(&snapshot, owner, usage, error);
    catalog_release(&snapshot, NULL);
    return status;
}

enum ic_status ic_catalog_owners(struct ic_catalog *catalog,
                                 enum ic_status (*each)(void *context, const char *owner,
                                                        const struct ic_owner_usage *usage,
                                                        struct ic_error *error),
                                 void *context, struct ic_error *error)
{
    struct store snapshot;
    enum ic_status status = catalog_snapshot(catalog, &snapshot, NULL, error);
    if (status != IC_OK)
        return status;
    status = owner_usage_each(&snapshot, each, context, error);
    catalog_release(&snapshot, NULL);
    return status;
}
