/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration is read as at the start. The ontology is loaded by the shell's command
 * `ontology load`, so that file, line and column of a mistake are reported alike, with the log
 * in the terminal's place. */
#include "reload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/shell.h"
#include "catalog/shell_local.h"
#include "log.h"
#include "secret.h"

static void log_mistake(void *context, const struct ic_error *error)
{
    (void)context;
    ic_log_error(error, "the configuration is wrong");
}

static void log_restart(void *context, const char *key)
{
    (void)context;
    ic_log("%s is different now, which takes effect when the exchange is started again", key);
}

enum ic_status ic_reload_config(const struct ic_exchange_config *running,
                                struct ic_exchange_config **next, char **secret)
{
    struct ic_error error = {0};
    const char *path = ic_exchange_config_path(running);
    *secret = NULL;
    *next = NULL;
    enum ic_status status = ic_exchange_config_read(path, log_mistake, NULL, next, NULL);
    if (status == IC_OK) {
        status = ic_secret_read((*next)->secret_file, secret, &error);
        if (status == IC_OK)
            status = ic_exchange_config_keep(*next, running, log_restart, NULL, &error);
        if (status != IC_OK)
            log_mistake(NULL, &error);
    }
    if (status != IC_OK) {
        ic_log("%s was refused; the configuration in force stays", path);
        ic_secret_free(*secret);
        ic_exchange_config_release(*next);
        *secret = NULL;
        *next = NULL;
    }
    return status;
}

/* The shell's io of a load. */
struct load_io {
    struct ic_io io; /* first */
    const atomic_bool *cancelled;
};

static FILE *open_file(struct ic_io *io, const char *path, uint64_t *size_bytes,
                       struct ic_error *error)
{
    (void)io;
    const int fd = ic_local_open(path, size_bytes, error);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && !file) {
        ic_fail_errno(error, errno, "cannot read %s", path);
        close(fd);
    }
    return file;
}

static enum ic_status list_files(struct ic_io *io, const char *directory, const char *suffix,
                                 char ***paths, size_t *count, struct ic_error *error)
{
    (void)io;
    return ic_local_list(directory, suffix, paths, count, error);
}

static char *absolute_path(struct ic_io *io, const char *path)
{
    (void)io;
    return ic_local_absolute(path);
}

static bool is_cancelled(struct ic_io *io)
{
    return atomic_load_explicit(((const struct load_io *)(void *)io)->cancelled,
                                memory_order_relaxed);
}

static int no_error(struct ic_io *io)
{
    (void)io;
    return 0;
}

static void log_lines(char *text)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        ic_log("ontology: %s", line);
}

void ic_reload_ontology(struct ic_catalog *catalog, const char *directory,
                        const atomic_bool *cancelled)
{
    char *text = NULL, *name = strdup(directory), ontology[] = "ontology", verb[] = "load";
    size_t length = 0;
    int status = -1;
    char *arguments[] = {ontology, verb, name, NULL};
    FILE *out = open_memstream(&text, &length);
    struct load_io load = {.io = {.out = out,
                                  .err = out,
                                  .open = open_file,
                                  .list = list_files,
                                  .absolute = absolute_path,
                                  .out_error = no_error,
                                  .cancelled = is_cancelled},
                           .cancelled = cancelled};
    if (out && name)
        status = ic_shell_run(catalog, &load.io, 3, arguments);
    if (out && fclose(out) == 0)
        log_lines(text);
    ic_log(status == 0 ? "loaded the ontology of %s"
                       : "the ontology of %s was refused; the one in force stays",
           directory);
    free(text);
    free(name);
}
