/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the exchange's configuration: usual values, what the file says, what is wrong with it
 * as a whole; and the references to what was read. */
#include "exchange_config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange_reading.h"

/* ---- mistakes ---- */

static void add_mistake(struct ic_reading *r, const struct ic_error *error)
{
    if (r->mistake_count < IC_READING_MISTAKES_MAX)
        r->mistakes[r->mistake_count++] = *error;
}

void ic_reading_mistake(struct ic_reading *r, unsigned long line, enum ic_status status,
                        const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    struct ic_error error = {0};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ic_fail_at(&error, status, r->path, line, 0, "%s", text);
    add_mistake(r, &error);
}

static int compare_lines(const void *left, const void *right)
{
    const unsigned long a = ((const struct ic_error *)left)->line - 1; /* those without: last */
    const unsigned long b = ((const struct ic_error *)right)->line - 1;
    return (a > b) - (a < b);
}

static enum ic_status tell_mistakes(const struct ic_reading *r, ic_exchange_config_tell *tell,
                                    void *context, struct ic_error *error)
{
    if (!r->mistake_count)
        return IC_OK;
    qsort(r->mistakes, r->mistake_count, sizeof *r->mistakes, compare_lines);
    for (size_t i = 0; tell && i < r->mistake_count; i++)
        tell(context, &r->mistakes[i]);
    if (error)
        *error = r->mistakes[0];
    return r->mistakes[0].status;
}

static void free_record(struct ic_config_record *record)
{
    if (!record)
        return;
    free(record->config.jid);
    free(record->config.server);
    free(record->config.secret_file);
    free(record->config.catalog);
    free(record->config.ontology);
    ic_roles_free(record->config.roles);
    ic_quotas_free(record->config.quotas);
    free(record->path);
    free(record);
}

/* A configuration in which every key has its usual value. */
static enum ic_status begin_record(struct ic_reading *r, struct ic_error *error)
{
    free_record(r->record);
    struct ic_config_record *record = r->record = calloc(1, sizeof *record);
    if (!record)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    atomic_init(&record->holders, 1);
    record->path = strdup(r->path);
    record->config.roles = ic_roles_new();
    record->config.quotas = ic_quotas_new();
    if (!record->path || !record->config.roles || !record->config.quotas)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    ic_roles_clear(record->config.roles, IC_ROLE_QUERY);
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        if (key->usual && *key->usual)
            status = ic_key_set(key, key->usual, r->path, &record->config,
                                ic_quotas_general(record->config.quotas), error);
    }
    return status;
}

/* What can only be said when all is read. */
static void check_whole(struct ic_reading *r)
{
    const struct ic_exchange_config *config = &r->record->config;
    const unsigned long *lines = r->record->lines;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++)
        if (ic_exchange_keys[i].example && !lines[i])
            ic_reading_mistake(r, 0, IC_BAD_INPUT,
                               "%s is missing; write for example %s = \"%s\"",
                               ic_exchange_keys[i].name, ic_exchange_keys[i].name,
                               ic_exchange_keys[i].example);
    if (config->lease_max_ms &&
        (config->lease_ms == 0 || config->lease_ms > config->lease_max_ms))
        ic_reading_mistake(
            r, lines[ic_key_find(IC_KEYS_LIMITS, "lease_max")], IC_BAD_INPUT,
            "lease is longer than lease_max; make lease shorter or lease_max \"never\"");
    ic_quotas_complete(config->quotas);
}

static enum ic_status read_file(struct ic_reading *r, FILE *file, struct ic_error *error)
{
    enum ic_status status;
    do {
        /* Of the readings before, only the keys that they did not know count. */
        size_t kept = 0;
        for (size_t i = 0; i < r->mistake_count; i++)
            if (strstr(r->mistakes[i].text, "no such option '") == r->mistakes[i].text)
                r->mistakes[kept++] = r->mistakes[i];
        r->mistake_count = kept;
        r->again = false;
        rewind(file);
        status = begin_record(r, error);
        if (status == IC_OK)
            status = ic_reading_parse(r, file, error);
    } while (status == IC_OK && r->again);
    return status;
}

/* libconfuse ends the process when it cannot read what it parses, a directory for example. */
static enum ic_status open_file(const char *path, FILE **file, struct ic_error *error)
{
    struct stat info;
    FILE *opened = fopen(path, "re");
    if (!opened && errno == ENOENT)
        return ic_fail_at(error, IC_NOT_FOUND, path, 0, 0,
                          "there is no such configuration file");
    if (!opened)
        return ic_fail_errno(error, errno, "cannot read %s", path);
    if (fstat(fileno(opened), &info) != 0 || !S_ISREG(info.st_mode)) {
        fclose(opened);
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0, "a configuration is a file");
    }
    *file = opened;
    return IC_OK;
}

enum ic_status ic_exchange_config_read(const char *path, ic_exchange_config_tell *tell,
                                       void *context, struct ic_exchange_config **config,
                                       struct ic_error *error)
{
    struct ic_error failure = {0};
    struct ic_reading r = {.path = path,
                           .mistakes = calloc(IC_READING_MISTAKES_MAX, sizeof *r.mistakes)};
    FILE *file = NULL;
    enum ic_status status =
        r.mistakes ? IC_OK : ic_fail(&failure, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = open_file(path, &file, &failure);
    if (status == IC_OK)
        status = read_file(&r, file, &failure);
    if (status == IC_OK && !r.cut)
        check_whole(&r);
    else if (status != IC_OK && r.mistakes)
        add_mistake(&r, &failure);
    status = r.mistakes ? tell_mistakes(&r, tell, context, error) : status;
    if (file)
        fclose(file);
    if (status == IC_OK)
        *config = &r.record->config;
    else
        free_record(r.record);
    for (size_t i = 0; i < r.unknown_count; i++)
        free(r.unknown[i].name);
    free(r.mistakes);
    return status;
}

struct ic_exchange_config *ic_exchange_config_retain(struct ic_exchange_config *config)
{
    atomic_fetch_add(&((struct ic_config_record *)(void *)config)->holders, 1);
    return config;
}

void ic_exchange_config_release(struct ic_exchange_config *config)
{
    struct ic_config_record *record = (struct ic_config_record *)(void *)config;
    if (record && atomic_fetch_sub(&record->holders, 1) == 1)
        free_record(record);
}

unsigned long ic_exchange_config_line(const struct ic_exchange_config *config, const char *key)
{
    const struct ic_config_record *record =
        (const struct ic_config_record *)(const void *)config;
    return record->lines[ic_key_find(IC_KEYS_TOP, key)];
}

const char *ic_exchange_config_path(const struct ic_exchange_config *config)
{
    return ((const struct ic_config_record *)(const void *)config)->path;
}

enum ic_status ic_exchange_config_keep(struct ic_exchange_config *next,
                                       const struct ic_exchange_config *running,
                                       void (*changed)(void *context, const char *key),
                                       void *context, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        if (!key->restart || ic_key_same(key, next, running))
            continue;
        changed(context, key->name);
        status = ic_key_copy(key, running, next, error);
    }
    return status;
}
