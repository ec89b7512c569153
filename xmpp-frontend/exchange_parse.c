/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's configuration by libconfuse, which knows all values as texts; each is checked
 * on its line by its key (exchange_values.c). */
#include <confuse.h>
#include <stdlib.h>
#include <string.h>

#include "exchange_reading.h"

/* ---- libconfuse's callbacks ---- */

/* libconfuse hands nothing of ours to its callbacks, but each section has an option whose value
 * has its place in `anchor`. */
#define ANCHOR "(reading)"

static struct ic_reading *find_reading(cfg_t *cfg)
{
    char *place = (char *)cfg_getopt(cfg, ANCHOR)->simple_value.string;
    return (struct ic_reading *)(void *)(place - offsetof(struct ic_reading, anchor));
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
    struct ic_reading *r = find_reading(cfg);
    const enum ic_key_section section = section_of(cfg);
    char text[IC_ERROR_TEXT_MAX], keys[IC_ERROR_TEXT_MAX / 2];
    vsnprintf(text, sizeof text, format, arguments);
    if (strncmp(text, unknown, sizeof unknown - 1) != 0) {
        ic_reading_mistake(r, (unsigned long)cfg->line, IC_BAD_INPUT, "%s", text);
        return;
    }
    ic_key_list(section, keys, sizeof keys);
    ic_reading_mistake(r, (unsigned long)cfg->line, IC_BAD_INPUT, "%s; %s", text, keys);
    const char *name = text + sizeof unknown - 1;
    const char *end = strrchr(name, '\'');
    if (end && r->unknown_count < IC_READING_UNKNOWN_MAX) {
        r->unknown[r->unknown_count].name = strndup(name, (size_t)(end - name));
        r->unknown[r->unknown_count].section = section;
        r->again = r->unknown[r->unknown_count].name != NULL;
        r->unknown_count += r->again;
    }
}

/* Whose quota a section is about. */
static struct ic_quota *find_quota(struct ic_reading *r, cfg_t *cfg, struct ic_error *error)
{
    struct ic_quota *quota = NULL;
    const char *holder = cfg_title(cfg);
    struct ic_quotas *quotas = r->record->config.quotas;
    if (!holder)
        return ic_quotas_general(quotas);
    return ic_quotas_add(quotas, holder, &quota, error) == IC_OK ? quota : NULL;
}

/* An item of a list was read, or its end, where the last one is there again. */
static void check_item(struct ic_reading *r, const struct ic_key *key, const char *text,
                       unsigned long line)
{
    struct ic_error error = {0};
    char *name = NULL;
    r->record->lines[key - ic_exchange_keys] = line;
    if (strcmp(text, IC_ROLES_EVERYBODY) != 0 && ic_holder_name(text, &name, &error) != IC_OK) {
        char whole[IC_ERROR_TEXT_MAX + 64];
        snprintf(whole, sizeof whole, "%s: %s", key->name, error.text);
        if (!r->mistake_count || strcmp(r->mistakes[r->mistake_count - 1].text, whole) != 0)
            ic_reading_mistake(r, line, error.status, "%s", whole);
    }
    free(name);
}

static void check_value(struct ic_reading *r, cfg_t *cfg, const struct ic_key *key,
                        const char *text, unsigned long line)
{
    const size_t place = (size_t)(key - ic_exchange_keys);
    struct ic_error error = {0};
    struct ic_quota *quota = NULL;
    if (!cfg_title(cfg)) {
        if (r->record->lines[place])
            ic_reading_mistake(r, line, IC_BAD_INPUT,
                               "%s was given before, on line %lu; write it once", key->name,
                               r->record->lines[place]);
        r->record->lines[place] = line;
    }
    if (key->section == IC_KEYS_QUOTAS && !(quota = find_quota(r, cfg, &error)))
        return; /* told at the end of the section */
    if (ic_key_set(key, text, r->path, &r->record->config, quota, &error) != IC_OK)
        ic_reading_mistake(r, line, error.status, "%s", error.text);
}

/* A value was read: never a failure for libconfuse, which would stop. */
static int check(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_reading *r = find_reading(cfg);
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
static enum ic_status give_roles(struct ic_reading *r, cfg_t *cfg, struct ic_error *error)
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
                ic_reading_mistake(r, r->record->lines[i], status, "%s", error->text);
                break;
            }
        }
    }
    return IC_OK;
}

/* The end of a section `quota`. */
static int check_quota(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_reading *r = find_reading(cfg);
    struct ic_error error = {0};
    cfg_t *section = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
    if (section && !find_quota(r, section, &error))
        ic_reading_mistake(r, (unsigned long)cfg->line, error.status, "quota: %s", error.text);
    return 0;
}

/* ---- reading ---- */

/* What libconfuse knows: each section ends with CFG_END. */
struct options {
    cfg_opt_t top[IC_EXCHANGE_KEYS + IC_READING_UNKNOWN_MAX + 5];
    cfg_opt_t sections[IC_KEY_SECTION_COUNT][IC_EXCHANGE_KEYS + IC_READING_UNKNOWN_MAX + 2];
};

static void declare(struct ic_reading *r, enum ic_key_section section, cfg_opt_t *option)
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

enum ic_status ic_reading_parse(struct ic_reading *r, FILE *file, struct ic_error *error)
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
        ic_reading_mistake(r, 0, IC_IO, "cannot read it");
    return status;
}
