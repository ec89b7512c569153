/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the exchange's keys: from text to their place in the configuration, by type. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/duration.h"
#include "catalog/names.h"
#include "exchange_keys.h"
#include "secret.h"

#define NEVER "never"
#define NONE "none"
#define PROCESSORS "processors"

static bool is_bytes(const struct ic_key *key)
{
    return key->type == IC_KEY_BYTES || key->type == IC_KEY_QUOTA_BYTES;
}

static enum ic_status out_of_range(const struct ic_key *key, const char *text,
                                   struct ic_error *error)
{
    char minimum[IC_LIMIT_TEXT_MAX], maximum[IC_LIMIT_TEXT_MAX];
    const bool quota = key->section == IC_KEYS_QUOTAS;
    if (is_bytes(key)) {
        ic_bytes_format(key->minimum, minimum);
        ic_bytes_format(key->maximum, maximum);
    } else {
        snprintf(minimum, sizeof minimum, "%" PRIu64, key->minimum);
        snprintf(maximum, sizeof maximum, "%" PRIu64, key->maximum);
    }
    return ic_fail(error, IC_BAD_INPUT, "%s = \"%.50s\" is not from %s to %s%s%s", key->name,
                   text, minimum, maximum, quota ? ", nor \"" NONE "\"" : "",
                   key->type == IC_KEY_WORKERS ? ", nor \"" PROCESSORS "\"" : "");
}

static enum ic_status set_number(const struct ic_key *key, const char *text, size_t *place,
                                 struct ic_error *error)
{
    uint64_t value;
    if (key->section == IC_KEYS_QUOTAS && strcmp(text, NONE) == 0) {
        *place = IC_QUOTA_NONE;
        return IC_OK;
    }
    if (key->type == IC_KEY_WORKERS && strcmp(text, PROCESSORS) == 0) {
        const long count = sysconf(_SC_NPROCESSORS_ONLN);
        *place = count < 2 ? 2 : (uint64_t)count > key->maximum ? key->maximum : (size_t)count;
        return IC_OK;
    }
    /* Bytes without a unit are written as any number. */
    const bool unit = strspn(text, "0123456789") != strlen(text);
    if ((unit && !is_bytes(key)) || !ic_bytes_parse(text, &value) || value < key->minimum ||
        value > key->maximum)
        return out_of_range(key, text, error);
    *place = (size_t)value;
    return IC_OK;
}

static enum ic_status empty(const struct ic_key *key, struct ic_error *error)
{
    return ic_fail(error, IC_BAD_INPUT, "%s is empty; leave the line out or give a name",
                   key->name);
}

static enum ic_status set_text(const char *text, char **place, struct ic_error *error)
{
    free(*place);
    *place = strdup(text);
    return *place ? IC_OK : ic_fail(error, IC_NO_MEMORY, "memory is out");
}

static enum ic_status set_file(const char *path, const char *text, char **place,
                               struct ic_error *error)
{
    free(*place);
    *place = NULL;
    return ic_config_relative(path, text, place, error);
}

static enum ic_status set_domain(const struct ic_key *key, const char *text, char **place,
                                 struct ic_error *error)
{
    struct ic_error why;
    char *name = NULL;
    enum ic_status status = ic_name_jid(text, &name, &why);
    if (status == IC_OK && strpbrk(text, "@/"))
        status = ic_fail(&why, IC_BAD_INPUT,
                         "\"%.200s\" is no component's name; write a domain such as "
                         "\"service.example.org\"",
                         text);
    if (status != IC_OK) {
        free(name);
        return ic_fail(error, status, "%s: %s", key->name, why.text);
    }
    free(*place);
    *place = name;
    return IC_OK;
}

static enum ic_status set_duration(const struct ic_key *key, const char *text, int64_t *place,
                                   struct ic_error *error)
{
    struct ic_error why;
    int64_t ms = 0;
    const enum ic_status status =
        strcmp(text, NEVER) == 0 ? IC_OK : ic_duration_parse(text, &ms, &why);
    if (status != IC_OK)
        return ic_fail(error, status, "%s: %s, or \"" NEVER "\"", key->name, why.text);
    *place = ms;
    return IC_OK;
}

static enum ic_status set_holder(const struct ic_key *key, const char *text,
                                 struct ic_exchange_config *config, struct ic_error *error)
{
    struct ic_error why;
    const enum ic_status status =
        ic_roles_give(config->roles, (enum ic_role)key->place, text, &why);
    return status == IC_OK ? IC_OK : ic_fail(error, status, "%s: %s", key->name, why.text);
}

enum ic_status ic_key_set(const struct ic_key *key, const char *text, const char *path,
                          struct ic_exchange_config *config, struct ic_quota *quota,
                          struct ic_error *error)
{
    char *const base = key->section == IC_KEYS_QUOTAS ? (char *)quota : (char *)config;
    void *const place =
        key->type == IC_KEY_ROLE || key->type == IC_KEY_CATALOG ? NULL : base + key->place;
    switch (key->type) {
    case IC_KEY_DOMAIN:
        return set_domain(key, text, place, error);
    case IC_KEY_TEXT:
        return *text ? set_text(text, place, error) : empty(key, error);
    case IC_KEY_FILE:
        return *text ? set_file(path, text, place, error) : empty(key, error);
    case IC_KEY_ROLE:
        return set_holder(key, text, config, error);
    case IC_KEY_DURATION:
        return set_duration(key, text, place, error);
    case IC_KEY_CATALOG:
        return ic_limit_parse(&config->catalog_limits, (enum ic_limit)key->place, text, error);
    case IC_KEY_NUMBER:
    case IC_KEY_WORKERS:
    case IC_KEY_BYTES:
    case IC_KEY_SECONDS:
    case IC_KEY_QUOTA:
    case IC_KEY_QUOTA_BYTES:
        break;
    }
    return set_number(key, text, place, error);
}

/* ---- what a reload keeps ---- */

/* Where a key with `restart` has its value: a text, or a number. */
static char **text_of(const struct ic_key *key, const struct ic_exchange_config *config)
{
    return (char **)(void *)((char *)config + key->place);
}

static size_t *workers_of(const struct ic_key *key, const struct ic_exchange_config *config)
{
    return (size_t *)(void *)((char *)config + key->place);
}

static uint64_t catalog_limit(const struct ic_key *key, const struct ic_exchange_config *config)
{
    return ic_limit_value(&config->catalog_limits, (enum ic_limit)key->place);
}

bool ic_key_same(const struct ic_key *key, const struct ic_exchange_config *a,
                 const struct ic_exchange_config *b)
{
    if (key->type == IC_KEY_CATALOG)
        return catalog_limit(key, a) == catalog_limit(key, b);
    if (key->type == IC_KEY_WORKERS)
        return *workers_of(key, a) == *workers_of(key, b);
    return strcmp(*text_of(key, a), *text_of(key, b)) == 0;
}

enum ic_status ic_key_copy(const struct ic_key *key, const struct ic_exchange_config *from,
                           struct ic_exchange_config *to, struct ic_error *error)
{
    if (key->type == IC_KEY_CATALOG)
        to->catalog_limits.values[key->place] = from->catalog_limits.values[key->place];
    else if (key->type == IC_KEY_WORKERS)
        *workers_of(key, to) = *workers_of(key, from);
    else
        return set_text(*text_of(key, from), text_of(key, to), error);
    return IC_OK;
}
