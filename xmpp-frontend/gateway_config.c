/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's configuration file, by libconfuse. */
#include "gateway_config.h"

#include <confuse.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog/names.h"
#include "secret.h"

enum { TIMEOUT_S = 30, STANZA_BYTES_MIN = 10000, STANZA_BYTES_MAX = 64 * 1024 * 1024 };

/* What libconfuse fills. `jid` must stay the first member: see report(). */
struct parsed {
    char *jid, *exchange, *password_file, *server, *ca_file;
    long port, timeout_s, stanza_bytes_max;
    struct ic_error error; /* the first one that it reported */
};

/* libconfuse passes its error function nothing of ours, so it is found through the place that
 * was given for the value of "jid". */
static void report(cfg_t *cfg, const char *format, va_list arguments)
{
    struct parsed *parsed =
        (struct parsed *)(void *)cfg_getopt(cfg, "jid")->simple_value.string;
    char text[IC_ERROR_TEXT_MAX];
    if (parsed->error.status != IC_OK)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    ic_fail_at(&parsed->error, IC_BAD_INPUT, cfg->filename, (unsigned long)cfg->line, 0,
               "%s; the keys are jid, password_file, exchange, server, port, ca_file, timeout "
               "and stanza_bytes_max",
               text);
}

/* libconfuse ends the process when it cannot read what it parses, a directory for example. */
static enum ic_status open_file(const char *path, FILE **file, struct ic_error *error)
{
    struct stat info;
    FILE *opened = fopen(path, "re");
    if (!opened && errno == ENOENT)
        return ic_fail_at(error, IC_NOT_FOUND, path, 0, 0,
                          "there is no such configuration file; name one with --config or "
                          "$INTERCLOUD_GATEWAY_CONFIG");
    if (!opened)
        return ic_fail_errno(error, errno, "cannot read %s", path);
    if (fstat(fileno(opened), &info) != 0 || S_ISDIR(info.st_mode)) {
        fclose(opened);
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                          "a configuration file cannot be a directory");
    }
    *file = opened;
    return IC_OK;
}

static enum ic_status parse_file(const char *path, struct parsed *parsed,
                                 struct ic_error *error)
{
    cfg_opt_t options[] = {
        CFG_SIMPLE_STR("jid", &parsed->jid),
        CFG_SIMPLE_STR("exchange", &parsed->exchange),
        CFG_SIMPLE_STR("password_file", &parsed->password_file),
        CFG_SIMPLE_STR("server", &parsed->server),
        CFG_SIMPLE_STR("ca_file", &parsed->ca_file),
        CFG_SIMPLE_INT("port", &parsed->port),
        CFG_SIMPLE_INT("timeout", &parsed->timeout_s),
        CFG_SIMPLE_INT("stanza_bytes_max", &parsed->stanza_bytes_max),
        CFG_END(),
    };
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (!cfg)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    cfg_set_error_function(cfg, report);

    FILE *file = NULL;
    enum ic_status status = open_file(path, &file, error);
    if (file) {
        /* Without a name of its own, messages would be about "FILE". */
        free(cfg->filename);
        cfg->filename = strdup(path);
        if (!cfg->filename || cfg_parse_fp(cfg, file) != CFG_SUCCESS) {
            if (parsed->error.status == IC_OK)
                ic_fail_at(&parsed->error, IC_IO, path, 0, 0, "cannot read it");
            status = parsed->error.status;
            if (error)
                *error = parsed->error;
        }
        fclose(file);
    }
    cfg_free(cfg);
    return status;
}

static enum ic_status missing(const char *path, const char *key, const char *example,
                              struct ic_error *error)
{
    return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                      "%s is missing; write for example %s = %s", key, key, example);
}

static enum ic_status check_number(const char *path, const char *key, long value, long minimum,
                                   long maximum, struct ic_error *error)
{
    if (value >= minimum && value <= maximum)
        return IC_OK;
    return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0, "%s = %ld is not from %ld to %ld", key,
                      value, minimum, maximum);
}

/* Prefixes "jid: " or "exchange: " and the file to a message about a JID. */
static enum ic_status check_jid(const char *path, const char *key, const char *jid, char **bare,
                                struct ic_error *error)
{
    struct ic_error reason = {.status = IC_OK};
    const enum ic_status status = ic_name_jid(jid, bare, &reason);
    if (status != IC_OK)
        return ic_fail_at(error, status, path, 0, 0, "%s: %s", key, reason.text);
    return IC_OK;
}

static enum ic_status check_values(const char *path, const struct parsed *parsed,
                                   struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (!parsed->jid)
        return missing(path, "jid", "\"user@cloud1.example\"", error);
    if (!parsed->exchange)
        return missing(path, "exchange", "\"service.exchange1.example\"", error);
    if (!parsed->password_file)
        return missing(path, "password_file", "\"gateway.password\"", error);
    if ((status = check_number(path, "port", parsed->port, 0, UINT16_MAX, error)) != IC_OK ||
        (status = check_number(path, "timeout", parsed->timeout_s, 1, IC_GATEWAY_TIMEOUT_MAX_S,
                               error)) != IC_OK)
        return status;
    return check_number(path, "stanza_bytes_max", parsed->stanza_bytes_max, STANZA_BYTES_MIN,
                        STANZA_BYTES_MAX, error);
}

/* Moves what was parsed into `config`, normalised. */
static enum ic_status fill(const char *path, struct parsed *parsed,
                           struct ic_gateway_config *config, struct ic_error *error)
{
    enum ic_status status = check_values(path, parsed, error);
    if (status != IC_OK ||
        (status = check_jid(path, "jid", parsed->jid, &config->account, error)) != IC_OK ||
        (status = check_jid(path, "exchange", parsed->exchange, &config->exchange, error)) !=
            IC_OK)
        return status;
    if (!strchr(config->account, '@'))
        return ic_fail_at(error, IC_BAD_INPUT, path, 0, 0,
                          "jid = %s has no account; write USER@DOMAIN", parsed->jid);
    if ((status = ic_config_relative(path, parsed->password_file, &config->password_file,
                                     error)) != IC_OK)
        return status;
    if (parsed->ca_file &&
        (status = ic_config_relative(path, parsed->ca_file, &config->ca_file, error)) != IC_OK)
        return status;
    config->server = parsed->server;
    parsed->server = NULL;
    config->port = parsed->port;
    config->timeout_s = parsed->timeout_s;
    config->stanza_bytes_max = parsed->stanza_bytes_max;
    return IC_OK;
}

/* Owned: free. */
static char *default_path(void)
{
    const char *named = getenv("INTERCLOUD_GATEWAY_CONFIG"), *home = getenv("HOME");
    char *path = NULL;
    if (named && named[0])
        return strdup(named);
    if (asprintf(&path, "%s/.config/intercloud/gateway.conf", home ? home : "") < 0)
        return NULL;
    return path;
}

enum ic_status ic_gateway_config_read(const char *path, struct ic_gateway_config **config,
                                      struct ic_error *error)
{
    struct parsed parsed = {
        .timeout_s = TIMEOUT_S,
        .stanza_bytes_max = IC_GATEWAY_STANZA_BYTES,
    };
    char *name = path ? strdup(path) : default_path();
    struct ic_gateway_config *read = calloc(1, sizeof *read);
    enum ic_status status = IC_OK;
    if (!name || !read)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    else if ((status = parse_file(name, &parsed, error)) == IC_OK)
        status = fill(name, &parsed, read, error);
    free(parsed.jid);
    free(parsed.exchange);
    free(parsed.password_file);
    free(parsed.server);
    free(parsed.ca_file);
    free(name);
    if (status != IC_OK) {
        ic_gateway_config_free(read);
        return status;
    }
    *config = read;
    return IC_OK;
}

void ic_gateway_config_free(struct ic_gateway_config *config)
{
    if (!config)
        return;
    free(config->account);
    free(config->exchange);
    free(config->password_file);
    free(config->server);
    free(config->ca_file);
    free(config);
}
