/* SPDX-License-Identifier: Apache-2.0 */
/* What `--check` looks at beside the configuration itself, without changing anything. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "exchange_config.h"
#include "secret.h"

struct checking {
    const struct ic_exchange_config *config;
    ic_exchange_config_tell *tell;
    void *context;
    enum ic_status status; /* the first failure's */
};

static void failed(struct checking *c, const char *key, const struct ic_error *why)
{
    struct ic_error error = {0};
    char place[IC_ERROR_FILE_MAX + 32] = "";
    if (why->file[0] && why->line)
        snprintf(place, sizeof place, "%s:%lu: ", why->file, why->line);
    else if (why->file[0])
        snprintf(place, sizeof place, "%s: ", why->file);
    ic_fail_at(&error, why->status, ic_exchange_config_path(c->config),
               ic_exchange_config_line(c->config, key), 0, "%s: %s%s", key, place, why->text);
    if (c->status == IC_OK)
        c->status = why->status;
    if (c->tell)
        c->tell(c->context, &error);
}

static void check_secret(struct checking *c)
{
    struct ic_error why = {0};
    char *secret = NULL;
    if (ic_secret_read(c->config->secret_file, &secret, &why) != IC_OK)
        failed(c, "secret_file", &why);
    ic_secret_free(secret);
}

/* The directory itself where there is one, else the one in which it would be made. */
static void check_catalog(struct checking *c)
{
    struct ic_error why = {0};
    struct stat info;
    const char *path = c->config->catalog;
    char *folder = strdup(path);
    if (!folder) {
        ic_fail(&why, IC_NO_MEMORY, "memory is out");
    } else if (stat(path, &info) == 0) {
        if (!S_ISDIR(info.st_mode))
            ic_fail(&why, IC_BAD_INPUT, "%s is no directory; name one", path);
        else if (access(path, R_OK | W_OK | X_OK) != 0)
            ic_fail(&why, IC_IO, "the directory %s cannot be written: %s", path,
                    strerror(errno));
    } else {
        size_t length = strlen(folder);
        while (length > 1 && folder[length - 1] == '/')
            folder[--length] = '\0';
        char *slash = strrchr(folder, '/');
        if (slash)
            slash[slash == folder] = '\0';
        const char *above = slash ? folder : ".";
        if (access(above, W_OK | X_OK) != 0)
            ic_fail(&why, IC_IO, "the directory %s cannot be made in %s: %s", path, above,
                    strerror(errno));
    }
    free(folder);
    if (why.status != IC_OK)
        failed(c, "catalog", &why);
}

static void check_ontology(struct checking *c)
{
    struct ic_error why = {0};
    if (c->config->ontology && ic_ontology_check_directory(c->config->ontology, &why) != IC_OK)
        failed(c, "ontology", &why);
}

static void check_server(struct checking *c)
{
    struct ic_error why = {0};
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    const int code = getaddrinfo(c->config->server, NULL, &hints, &addresses);
    if (code == 0) {
        freeaddrinfo(addresses);
        return;
    }
    ic_fail(&why, IC_IO,
            "\"%.200s\" has no address: %s; write the server's name or its address",
            c->config->server, gai_strerror(code));
    failed(c, "server", &why);
}

enum ic_status ic_exchange_config_check(const struct ic_exchange_config *config,
                                        ic_exchange_config_tell *tell, void *context)
{
    struct checking checking = {.config = config, .tell = tell, .context = context};
    check_server(&checking);
    check_secret(&checking);
    check_catalog(&checking);
    check_ontology(&checking);
    return checking.status;
}
