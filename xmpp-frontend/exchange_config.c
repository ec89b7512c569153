/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the exchange's configuration with libconfuse, every value checked on its line. */
#include "exchange_config.h"

#include <confuse.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/duration.h"
#include "catalog/names.h"
#include "secret.h"

enum {
    PORT_MAX = 65535,
    BYTES_MIN = 10 * 1000, /* a stanza may be no smaller limited: RFC 6120, 13.12 */
    BYTES_MAX = 64 * 1024 * 1024,
    SECONDS_MAX = 24 * 60 * 60
};

/* What libconfuse fills. `jid` and `lease` are where report() finds the rest. */
struct parsed {
    char *jid, *server, *secret_file, *catalog, *ontology, *lease, *lease_max;
    char *catalog_limits[IC_LIMIT_COUNT]; /* by name, as written */
    long port, stanza_bytes, answer_bytes, outbox_bytes, match_seconds;
    const char *path;
    struct ic_error error; /* the first one */
};

/* libconfuse hands nothing of ours to its error function, so it is found through the place
 * that was given for the value of one of the keys, which must be one that exists: libconfuse
 * would report an unknown one here again. */
static void report(cfg_t *cfg, const char *format, va_list arguments)
{
    const bool in_limits = strcmp(cfg_name(cfg), "limits") == 0;
    char *place = (char *)cfg_getopt(cfg, in_limits ? "lease" : "jid")->simple_value.string;
    const size_t offset =
        in_limits ? offsetof(struct parsed, lease) : offsetof(struct parsed, jid);
    struct parsed *parsed = (struct parsed *)(void *)(place - offset);
    char text[IC_ERROR_TEXT_MAX];
    if (parsed->error.status != IC_OK)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    const char *keys = "";
    if (strstr(text, "no such option"))
        keys = in_limits ? "; the keys in limits are lease, lease_max, stanza_bytes, "
                           "answer_bytes, outbox_bytes and match_seconds, and the catalog's: "
                           "cache, postings, names, terms, versions, log, import, "
                           "transaction, result, statements and term"
                         : "; the keys are jid, server, port, secret_file, catalog, ontology, "
                           "admins, publishers and limits { }";
    ic_fail_at(&parsed->error, IC_BAD_INPUT, parsed->path, (unsigned long)cfg->line, 0, "%s%s",
               text, keys);
}

static int refuse(cfg_t *cfg, const cfg_opt_t *option, const struct ic_error *why)
{
    cfg_error(cfg, "%s: %s", option->name, why->text);
    return -1;
}

static int check_jid(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_error error = {0};
    const char *jid = cfg_opt_getnstr(option, 0);
    char *bare = NULL;
    enum ic_status status = ic_name_jid(jid, &bare, &error);
    if (status == IC_OK && strpbrk(jid, "@/"))
        status = ic_fail(&error, IC_BAD_INPUT,
                         "\"%.200s\" is no component's name; write a domain such as "
                         "\"service.example.org\"",
                         jid);
    free(bare);
    return status == IC_OK ? 0 : refuse(cfg, option, &error);
}

static int check_holders(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_error error = {0};
    struct ic_roles *roles = ic_roles_new();
    enum ic_status status = roles ? IC_OK : ic_fail(&error, IC_NO_MEMORY, "memory is out");
    for (unsigned i = 0; status == IC_OK && i < cfg_opt_size(option); i++)
        status = ic_roles_give(roles, IC_ROLE_PUBLISH, cfg_opt_getnstr(option, i), &error);
    ic_roles_free(roles);
    return status == IC_OK ? 0 : refuse(cfg, option, &error);
}

static int check_range(cfg_t *cfg, const cfg_opt_t *option, long value, long minimum,
                       long maximum)
{
    if (value >= minimum && value <= maximum)
        return 0;
    cfg_error(cfg, "%s = %ld is not from %ld to %ld", option->name, value, minimum, maximum);
    return -1;
}

static int check_port(cfg_t *cfg, cfg_opt_t *option)
{
    return check_range(cfg, option, cfg_opt_getnint(option, 0), 1, PORT_MAX);
}

static int check_bytes(cfg_t *cfg, cfg_opt_t *option)
{
    return check_range(cfg, option, cfg_opt_getnint(option, 0), BYTES_MIN, BYTES_MAX);
}

static int check_seconds(cfg_t *cfg, cfg_opt_t *option)
{
    return check_range(cfg, option, cfg_opt_getnint(option, 0), 1, SECONDS_MAX);
}

/* "never" is 0. */
static enum ic_status read_lease(const char *text, int64_t *ms, struct ic_error *error)
{
    *ms = 0;
    return strcmp(text, "never") == 0 ? IC_OK : ic_duration_parse(text, ms, error);
}

static int check_lease(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_error error = {0};
    int64_t ms;
    if (read_lease(cfg_opt_getnstr(option, 0), &ms, &error) == IC_OK)
        return 0;
    return refuse(cfg, option, &error);
}

/* A limit of the catalog. */
static int check_limit(cfg_t *cfg, cfg_opt_t *option)
{
    struct ic_limits limits = {{0}};
    struct ic_error error = {0};
    enum ic_limit limit;
    if (ic_limit_find(option->name, strlen(option->name), &limit) &&
        ic_limit_parse(&limits, limit, cfg_opt_getnstr(option, 0), &error) == IC_OK)
        return 0;
    cfg_error(cfg, "%s", error.text);
    return -1;
}

static int check_text(cfg_t *cfg, cfg_opt_t *option)
{
    if (cfg_opt_getnstr(option, 0)[0])
        return 0;
    cfg_error(cfg, "%s is empty; leave the line out or give a name", option->name);
    return -1;
}

static void set_checks(cfg_t *cfg)
{
    static const struct {
        const char *key;
        cfg_validate_callback_t check;
    } checks[] = {{"jid", check_jid},
                  {"server", check_text},
                  {"port", check_port},
                  {"secret_file", check_text},
                  {"catalog", check_text},
                  {"ontology", check_text},
                  {"admins", check_holders},
                  {"publishers", check_holders},
                  {"limits|lease", check_lease},
                  {"limits|lease_max", check_lease},
                  {"limits|stanza_bytes", check_bytes},
                  {"limits|answer_bytes", check_bytes},
                  {"limits|outbox_bytes", check_bytes},
                  {"limits|match_seconds", check_seconds}};
    cfg_set_error_function(cfg, report);
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        cfg_set_validate_func(cfg, checks[i].key, checks[i].check);
    for (int i = 0; i < IC_LIMIT_COUNT; i++) {
        char key[64];
        snprintf(key, sizeof key, "limits|%s", ic_limit_name((enum ic_limit)i));
        cfg_set_validate_func(cfg, key, check_limit);
    }
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
    if (fstat(fileno(opened), &info) != 0 || S_ISDIR(info.st_mode)) {
        fclose(opened);
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0, "a configuration is a file");
    }
    *file = opened;
    return IC_OK;
}

static enum ic_status parse(cfg_t *cfg, const char *path, struct parsed *parsed,
                            struct ic_error *error)
{
    FILE *file = NULL;
    const enum ic_status status = open_file(path, &file, error);
    if (status != IC_OK)
        return status;
    if (cfg_parse_fp(cfg, file) != CFG_SUCCESS) {
        if (parsed->error.status == IC_OK)
            ic_fail_at(&parsed->error, IC_IO, path, 0, 0, "cannot read it");
        if (error)
            *error = parsed->error;
    }
    fclose(file);
    return parsed->error.status;
}

/* ---- from what was parsed to the configuration ---- */

static enum ic_status take_file(const char *path, const char *key, const char *name,
                                char **file, struct ic_error *error)
{
    if (!name)
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                          "%s is missing; write for example %s", key,
                          strcmp(key, "catalog") == 0 ? "catalog = \"catalog.db\""
                                                      : "secret_file = \"exchange.secret\"");
    return ic_config_relative(path, name, file, error);
}

static enum ic_status give_roles(cfg_t *cfg, struct ic_exchange_config *config,
                                 struct ic_error *error)
{
    static const struct {
        const char *key;
        enum ic_role role;
    } lists[] = {{"admins", IC_ROLE_ADMINISTER}, {"publishers", IC_ROLE_PUBLISH}};
    config->roles = ic_roles_new();
    if (!config->roles)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    enum ic_status status = IC_OK;
    for (size_t list = 0; list < sizeof lists / sizeof *lists; list++)
        for (unsigned i = 0; status == IC_OK && i < cfg_size(cfg, lists[list].key); i++)
            status = ic_roles_give(config->roles, lists[list].role,
                                   cfg_getnstr(cfg, lists[list].key, i), error);
    return status;
}

static enum ic_status take_leases(const char *path, const struct parsed *parsed,
                                  struct ic_exchange_config *config, struct ic_error *error)
{
    enum ic_status status = read_lease(parsed->lease, &config->lease_ms, error);
    if (status == IC_OK)
        status = read_lease(parsed->lease_max, &config->lease_max_ms, error);
    if (status == IC_OK && config->lease_max_ms &&
        (config->lease_ms == 0 || config->lease_ms > config->lease_max_ms))
        status =
            ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                       "limits: lease = \"%.50s\" is longer than lease_max = \"%.50s\"; make "
                       "lease shorter or lease_max \"never\"",
                       parsed->lease, parsed->lease_max);
    return status;
}

static enum ic_status take_limits(const struct parsed *parsed,
                                  struct ic_exchange_config *config, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (int i = 0; status == IC_OK && i < IC_LIMIT_COUNT; i++)
        if (parsed->catalog_limits[i])
            status = ic_limit_parse(&config->catalog_limits, (enum ic_limit)i,
                                    parsed->catalog_limits[i], error);
    return status;
}

static enum ic_status fill(cfg_t *cfg, const char *path, const struct parsed *parsed,
                           struct ic_exchange_config *config, struct ic_error *error)
{
    enum ic_status status;
    if (!parsed->jid)
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                          "jid is missing; write for example jid = \"service.example.org\"");
    status = ic_name_jid(parsed->jid, &config->jid, error);
    if (status == IC_OK)
        status =
            take_file(path, "secret_file", parsed->secret_file, &config->secret_file, error);
    if (status == IC_OK)
        status = take_file(path, "catalog", parsed->catalog, &config->catalog, error);
    if (status == IC_OK && parsed->ontology)
        status = ic_config_relative(path, parsed->ontology, &config->ontology, error);
    if (status == IC_OK)
        status = take_leases(path, parsed, config, error);
    if (status == IC_OK)
        status = take_limits(parsed, config, error);
    if (status == IC_OK)
        status = give_roles(cfg, config, error);
    config->server = strdup(parsed->server);
    if (status == IC_OK && !config->server)
        status = ic_fail(error, IC_NO_MEMORY, "memory is out");
    config->port = (unsigned)parsed->port;
    config->stanza_bytes_max = (size_t)parsed->stanza_bytes;
    config->answer_bytes_max = (size_t)parsed->answer_bytes;
    config->outbox_bytes_max = (size_t)parsed->outbox_bytes;
    config->match_timeout_ms = parsed->match_seconds * 1000;
    return status;
}

static enum ic_status read_file(const char *path, struct parsed *parsed,
                                struct ic_exchange_config *config, struct ic_error *error)
{
    char everybody[] = "{\"*\"}", nobody[] = "{}";
    const cfg_opt_t own[] = {CFG_SIMPLE_STR("lease", &parsed->lease),
                             CFG_SIMPLE_STR("lease_max", &parsed->lease_max),
                             CFG_SIMPLE_INT("stanza_bytes", &parsed->stanza_bytes),
                             CFG_SIMPLE_INT("answer_bytes", &parsed->answer_bytes),
                             CFG_SIMPLE_INT("outbox_bytes", &parsed->outbox_bytes),
                             CFG_SIMPLE_INT("match_seconds", &parsed->match_seconds)};
    enum { OWN = sizeof own / sizeof *own };
    cfg_opt_t limits[OWN + IC_LIMIT_COUNT + 1] = {0};
    memcpy(limits, own, sizeof own);
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        limits[OWN + i] = (cfg_opt_t)CFG_SIMPLE_STR(ic_limit_name((enum ic_limit)i),
                                                    &parsed->catalog_limits[i]);
    cfg_opt_t options[] = {CFG_SIMPLE_STR("jid", &parsed->jid),
                           CFG_SIMPLE_STR("server", &parsed->server),
                           CFG_SIMPLE_INT("port", &parsed->port),
                           CFG_SIMPLE_STR("secret_file", &parsed->secret_file),
                           CFG_SIMPLE_STR("catalog", &parsed->catalog),
                           CFG_SIMPLE_STR("ontology", &parsed->ontology),
                           CFG_STR_LIST("admins", nobody, CFGF_NONE),
                           CFG_STR_LIST("publishers", everybody, CFGF_NONE),
                           CFG_SEC("limits", limits, CFGF_NONE),
                           CFG_END()};
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (!cfg)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    set_checks(cfg);
    enum ic_status status = parse(cfg, path, parsed, error);
    if (status == IC_OK)
        status = fill(cfg, path, parsed, config, error);
    cfg_free(cfg);
    return status;
}

enum ic_status ic_exchange_config_read(const char *path, struct ic_exchange_config **out,
                                       struct ic_error *error)
{
    struct parsed parsed = {.path = path,
                            .server = strdup("127.0.0.1"),
                            .lease = strdup("P7D"),
                            .lease_max = strdup("never"),
                            .port = 5347,
                            .stanza_bytes = 1024 * 1024,
                            .answer_bytes = 256 * 1024,
                            .outbox_bytes = 4 * 1024 * 1024,
                            .match_seconds = 10};
    struct ic_exchange_config *config = calloc(1, sizeof *config);
    enum ic_status status = IC_OK;
    if (!config || !parsed.server || !parsed.lease || !parsed.lease_max)
        status = ic_fail(error, IC_NO_MEMORY, "memory is out");
    else
        status = read_file(path, &parsed, config, error);
    char *const owned[] = {parsed.jid,      parsed.server, parsed.secret_file, parsed.catalog,
                           parsed.ontology, parsed.lease,  parsed.lease_max};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        free(parsed.catalog_limits[i]);
    if (status != IC_OK) {
        ic_exchange_config_free(config);
        return status;
    }
    *out = config;
    return IC_OK;
}

void ic_exchange_config_free(struct ic_exchange_config *config)
{
    if (!config)
        return;
    free(config->jid);
    free(config->server);
    free(config->secret_file);
    free(config->catalog);
    free(config->ontology);
    ic_roles_free(config->roles);
    free(config);
}
