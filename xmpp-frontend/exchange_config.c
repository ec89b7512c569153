/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the exchange's configuration with libconfuse, which knows all values as texts; each is
 * checked on its line by its key (exchange_values.c), and what is wrong is collected. */
#include "exchange_config.h"

#include <confuse.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exchange_keys.h"
#include "secret.h"

enum {
    MISTAKES_MAX = 100, /* told; a file with more is another kind of file */
    UNKNOWN_MAX = 20
};

struct record {
    struct ic_exchange_config config; /* first: what callers see */
    atomic_uint holders;
    char *path;
    unsigned long lines[IC_EXCHANGE_KEYS]; /* where a key was given; 0: nowhere */
};

/* One reading of the file. */
struct reading {
    char *anchor; /* how libconfuse's callbacks find this: see find_reading */
    const char *path;
    struct record *record;
    struct ic_error *mistakes;
    size_t mistake_count;
    /* Keys that no table has. libconfuse stops at one, so that the file is read again with it.
     */
    struct {
        char *name;
        enum ic_key_section section;
    } unknown[UNKNOWN_MAX];
    size_t unknown_count;
    bool again;
    bool cut; /* a mistake of syntax ended the reading */
};

/* ---- mistakes ---- */

static void add_mistake(struct reading *r, const struct ic_error *error)
{
    if (r->mistake_count < MISTAKES_MAX)
        r->mistakes[r->mistake_count++] = *error;
}

static void mistake(struct reading *r, unsigned long line, enum ic_status status,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void mistake(struct reading *r, unsigned long line, enum ic_status status,
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

static enum ic_status tell_mistakes(const struct reading *r, ic_exchange_config_tell *tell,
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

/* ---- libconfuse's callbacks ---- */

/* libconfuse hands nothing of ours to its callbacks, but each section has an option whose value
 * has its place in `anchor`. */
#define ANCHOR "(reading)"

static struct reading *find_reading(cfg_t *cfg)
{
    char *place = (char *)cfg_getopt(cfg, ANCHOR)->simple_value.string;
    return (struct reading *)(void *)(place - offsetof(struct reading, anchor));
}

static enum ic_key_section section_of(cfg_t *cfg)
{
    const char *name = cfg_name(cfg);
    if (strcmp(name, "limits") == 0)
        return IC_KEYS_LIMITS;
    return strcmp(name, "quotas") == 0 || strcmp(name, "quota") == 0 ? IC_KEYS_QUOTAS
                                                                     : IC_KEYS_TOP;
}

static void report(cfg_t *cfg, const char *format, va_list arguments)
{
    static const char unknown[] = "no such option '";
    struct reading *r = find_reading(cfg);
    const enum ic_key_section section = section_of(cfg);
    char text[IC_ERROR_TEXT_MAX], keys[IC_ERROR_TEXT_MAX / 2];
    vsnprintf(text, sizeof text, format, arguments);
    if (strncmp(text, unknown, sizeof unknown - 1) != 0) {
        mistake(r, (unsigned long)cfg->line, IC_BAD_INPUT, "%s", text);
        return;
    }
    ic_key_list(section, keys, sizeof keys);
    mistake(r, (unsigned long)cfg->line, IC_BAD_INPUT, "%s; %s", text, keys);
    const char *name = text + sizeof unknown - 1;
    const char *end = strrchr(name, '\'');
    if (end && r->unknown_count < UNKNOWN_MAX) {
        r->unknown[r->unknown_count].name = strndup(name, (size_t)(end - name));
        r->unknown[r->unknown_count].section = section;
        r->again = r->unknown[r->unknown_count].name != NULL;
        r->unknown_count += r->again;
    }
}

/* Whose quota a section is about. */
static struct ic_quota *find_quota(struct reading *r, cfg_t *cfg, struct ic_error *error)
{
    struct ic_quota *quota = NULL;
    const char *holder = cfg_title(cfg);
    struct ic_quotas *quotas = r->record->config.quotas;
    if (!holder)
        return ic_quotas_general(quotas);
    return ic_quotas_add(quotas, holder, &quota, error) == IC_OK ? quota : NULL;
}

/* An item of a list was read, or its end, where the last one is there again. */
static void check_item(struct reading *r, const struct ic_key *key, const char *text,
                       unsigned long line)
{
    struct ic_error error = {0};
    char *name = NULL;
    r->record->lines[key - ic_exchange_keys] = line;
    if (strcmp(text, IC_ROLES_EVERYBODY) != 0 && ic_holder_name(text, &name, &error) != IC_OK) {
        char whole[IC_ERROR_TEXT_MAX + 64];
        snprintf(whole, sizeof whole, "%s: %s", key->name, error.text);
        if (!r->mistake_count || strcmp(r->mistakes[r->mistake_count - 1].text, whole) != 0)
            mistake(r, line, error.status, "%s", whole);
    }
    free(name);
}

static void check_value(struct reading *r, cfg_t *cfg, const struct ic_key *key,
                        const char *text, unsigned long line)
{
    const size_t place = (size_t)(key - ic_exchange_keys);
    struct ic_error error = {0};
    struct ic_quota *quota = NULL;
    if (!cfg_title(cfg)) {
        if (r->record->lines[place])
            mistake(r, line, IC_BAD_INPUT, "%s was given before, on line %lu; write it once",
                    key->name, r->record->lines[place]);
        r->record->lines[place] = line;
    }
    if (key->section == IC_KEYS_QUOTAS && !(quota = find_quota(r, cfg, &error)))
        return; /* told at the end of the section */
    if (ic_key_set(key, text, r->path, &r->record->config, quota, &error) != IC_OK)
        mistake(r, line, error.status, "%s", error.text);
}

/* A value was read: never a failure for libconfuse, which would stop. */
static int check(cfg_t *cfg, cfg_opt_t *option)
{
    struct reading *r = find_reading(cfg);
    const struct ic_key *key = &ic_exchange_keys[ic_key_find(section_of(cfg), option->name)];
    const unsigned size = cfg_opt_size(option);
    const char *text = size ? cfg_opt_getnstr(option, size - 1) : NULL;
    const unsigned long line = (unsigned long)cfg->line;
    if (text && key->type == IC_KEY_ROLE)
        check_item(r, key, text, line);
    else if (text)
        check_value(r, cfg, key, text, line);
    return 0;
}

/* Gives the roles when all lists are read; items that are wrong were told. */
static enum ic_status give_roles(struct reading *r, cfg_t *cfg, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        cfg_opt_t *option = key->type == IC_KEY_ROLE ? cfg_getopt(cfg, key->name) : NULL;
        if (!option || !(option->flags & CFGF_MODIFIED)) /* also by an empty list */
            continue;
        ic_roles_clear(r->record->config.roles, (enum ic_role)key->place);
        for (unsigned k = 0; k < cfg_opt_size(option); k++) {
            status = ic_key_set(key, cfg_opt_getnstr(option, k), r->path, &r->record->config,
                                NULL, error);
            if (status == IC_NO_MEMORY)
                return status;
            if (status == IC_TOO_LARGE) {
                mistake(r, r->record->lines[i], status, "%s", error->text);
                break;
            }
        }
    }
    return IC_OK;
}

/* The end of a section `quota`. */
static int check_quota(cfg_t *cfg, cfg_opt_t *option)
{
    struct reading *r = find_reading(cfg);
    struct ic_error error = {0};
    cfg_t *section = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
    if (section && !find_quota(r, section, &error))
        mistake(r, (unsigned long)cfg->line, error.status, "quota: %s", error.text);
    return 0;
}

/* ---- reading ---- */

/* What libconfuse knows: each section ends with CFG_END. */
struct options {
    cfg_opt_t top[IC_EXCHANGE_KEYS + UNKNOWN_MAX + 5];
    cfg_opt_t sections[IC_KEY_SECTION_COUNT][IC_EXCHANGE_KEYS + UNKNOWN_MAX + 2];
};

static void declare(struct reading *r, enum ic_key_section section, cfg_opt_t *option)
{
    *option++ = (cfg_opt_t)CFG_SIMPLE_STR(ANCHOR, &r->anchor);
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++) {
        const struct ic_key *key = &ic_exchange_keys[i];
        if (key->section != section)
            continue;
        *option = key->type == IC_KEY_ROLE
                      ? (cfg_opt_t)CFG_STR_LIST(key->name, NULL, CFGF_NODEFAULT)
                      : (cfg_opt_t)CFG_STR(key->name, NULL, CFGF_NODEFAULT);
        option++->validcb = check;
    }
    for (size_t i = 0; i < r->unknown_count; i++)
        if (r->unknown[i].section == section)
            *option++ = (cfg_opt_t)CFG_STR_LIST(r->unknown[i].name, NULL, CFGF_NODEFAULT);
    if (section == IC_KEYS_TOP)
        return;
    *option = (cfg_opt_t)CFG_END();
}

static enum ic_status parse(struct reading *r, FILE *file, struct ic_error *error)
{
    struct options *options = calloc(1, sizeof *options);
    if (!options)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    for (int section = 0; section < IC_KEY_SECTION_COUNT; section++)
        declare(r, (enum ic_key_section)section,
                section == IC_KEYS_TOP ? options->top : options->sections[section]);
    cfg_opt_t *option = options->top;
    while (option->name)
        option++;
    *option++ = (cfg_opt_t)CFG_SEC("limits", options->sections[IC_KEYS_LIMITS], CFGF_NONE);
    *option++ = (cfg_opt_t)CFG_SEC("quotas", options->sections[IC_KEYS_QUOTAS], CFGF_NONE);
    *option =
        (cfg_opt_t)CFG_SEC("quota", options->sections[IC_KEYS_QUOTAS], CFGF_MULTI | CFGF_TITLE);
    option++->validcb = check_quota;
    *option = (cfg_opt_t)CFG_END();
    cfg_t *cfg = cfg_init(options->top, CFGF_NONE);
    free(options);
    if (!cfg)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    cfg_set_error_function(cfg, report);
    const size_t before = r->mistake_count;
    const int code = cfg_parse_fp(cfg, file);
    const enum ic_status status = give_roles(r, cfg, error);
    cfg_free(cfg);
    free(r->anchor);
    r->anchor = NULL;
    r->cut = code != CFG_SUCCESS;
    if (r->cut && r->mistake_count == before)
        mistake(r, 0, IC_IO, "cannot read it");
    return status;
}

static void free_record(struct record *record)
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
static enum ic_status begin_record(struct reading *r, struct ic_error *error)
{
    free_record(r->record);
    struct record *record = r->record = calloc(1, sizeof *record);
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
static void check_whole(struct reading *r)
{
    const struct ic_exchange_config *config = &r->record->config;
    const unsigned long *lines = r->record->lines;
    for (size_t i = 0; i < IC_EXCHANGE_KEYS; i++)
        if (ic_exchange_keys[i].example && !lines[i])
            mistake(r, 0, IC_BAD_INPUT, "%s is missing; write for example %s = \"%s\"",
                    ic_exchange_keys[i].name, ic_exchange_keys[i].name,
                    ic_exchange_keys[i].example);
    if (config->lease_max_ms &&
        (config->lease_ms == 0 || config->lease_ms > config->lease_max_ms))
        mistake(r, lines[ic_key_find(IC_KEYS_LIMITS, "lease_max")], IC_BAD_INPUT,
                "lease is longer than lease_max; make lease shorter or lease_max \"never\"");
    ic_quotas_complete(config->quotas);
}

static enum ic_status read_file(struct reading *r, FILE *file, struct ic_error *error)
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
            status = parse(r, file, error);
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
    struct reading r = {.path = path, .mistakes = calloc(MISTAKES_MAX, sizeof *r.mistakes)};
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
    atomic_fetch_add(&((struct record *)(void *)config)->holders, 1);
    return config;
}

void ic_exchange_config_release(struct ic_exchange_config *config)
{
    struct record *record = (struct record *)(void *)config;
    if (record && atomic_fetch_sub(&record->holders, 1) == 1)
        free_record(record);
}

unsigned long ic_exchange_config_line(const struct ic_exchange_config *config, const char *key)
{
    const struct record *record = (const struct record *)(const void *)config;
    return record->lines[ic_key_find(IC_KEYS_TOP, key)];
}

const char *ic_exchange_config_path(const struct ic_exchange_config *config)
{
    return ((const struct record *)(const void *)config)->path;
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
