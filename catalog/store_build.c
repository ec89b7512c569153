/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of databases: copying, building, switching, cleaning up. */
#include "store_build.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bulk_build.h"
#include "store_shared.h"

/* STORE_META of a build is a file of its own until the switch. */
#define BUILD_META "meta-next.db"

static enum ic_status failed(struct store *build, int code, struct ic_error *error)
{
    return store_fail(build, code, "cannot build the next generation of the catalog's files",
                      error);
}

static void drop_message(const DB_ENV *env, const char *prefix, const char *message)
{
    (void)env;
    (void)prefix;
    (void)message;
}

/* Berkeley DB makes a file under another name first. One that a full disk left there it takes
 * for somebody else's and waits for it for ever. */
static void remove_unfinished(DB_ENV *env, const char *name)
{
    const char *home = NULL;
    char path[PATH_MAX];
    if (env->get_home(env, &home) == 0 && home &&
        (size_t)snprintf(path, sizeof path, "%s/__db.%s", home, name) < sizeof path)
        unlink(path);
}

static int open_build_database(struct store_shared *shared, enum store_database which)
{
    char name[STORE_FILE_NAME_MAX];
    DB *database;
    if (which == STORE_META)
        memcpy(name, BUILD_META, sizeof BUILD_META);
    else
        store_database_file(which, shared->generation, name);
    int code = db_create(&database, shared->env, 0);
    if (code)
        return code;
    remove_unfinished(shared->env, name);
    code = database->set_pagesize(database, STORE_PAGE_BYTES);
    if (!code)
        code = database->set_flags(database, DB_CHKSUM);
    if (!code)
        code = database->open(database, NULL, name, NULL, DB_BTREE,
                              DB_THREAD | DB_CREATE | DB_EXCL, 0600);
    if (code)
        database->close(database, 0);
    else
        shared->databases[which] = database;
    return code;
}

static int open_build(struct store_shared *shared, const char *directory, size_t cache_bytes)
{
    int code = db_env_create(&shared->env, 0);
    if (code) {
        shared->env = NULL;
        return code;
    }
    shared->env->set_errcall(shared->env, drop_message);
    code = store_set_cache(shared->env, cache_bytes);
    if (!code)
        code = shared->env->open(shared->env, directory,
                                 DB_CREATE | DB_PRIVATE | DB_THREAD | DB_INIT_MPOOL, 0600);
    for (int i = 0; !code && i < STORE_DATABASE_COUNT; i++)
        code = open_build_database(shared, (enum store_database)i);
    return code;
}

/* ---- files ---- */

/* Calls unlink for the files of generations that `unwanted` names. */
static void remove_files(const char *directory, uint64_t wanted)
{
    DIR *files = opendir(directory);
    if (!files)
        return;
    for (const struct dirent *file; (file = readdir(files));) {
        uint64_t generation;
        const bool old = store_is_database_file(file->d_name, &generation) && generation &&
                         generation != wanted;
        if (old || strcmp(file->d_name, BUILD_META) == 0)
            unlinkat(dirfd(files), file->d_name, 0);
    }
    closedir(files);
}

void store_build_clean(const struct store *store, const char *directory)
{
    remove_files(directory, store->shared->generation);
}

/* Files and their names, to disk. */
static enum ic_status sync_files(const struct store *build, const char *directory,
                                 struct ic_error *error)
{
    const int at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = at < 0 ? errno : 0;
    for (int i = 0; !code && i < STORE_DATABASE_COUNT; i++) {
        char name[STORE_FILE_NAME_MAX];
        if (i == STORE_META)
            continue; /* its content goes through the log */
        store_database_file((enum store_database)i, build->shared->generation, name);
        const int file = openat(at, name, O_RDWR | O_CLOEXEC);
        if (file < 0 || fsync(file) != 0)
            code = errno;
        if (file >= 0)
            close(file);
    }
    if (!code && fsync(at) != 0)
        code = errno;
    if (at >= 0)
        close(at);
    return code ? ic_fail_errno(error, code, "cannot write the catalog's files to disk")
                : IC_OK;
}

/* ---- building ---- */

static enum ic_status copy_database(struct store *from, struct store *build,
                                    enum store_database which, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status = store_scan_open(from, which, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        status = store_put(build, which, scan.key.data, scan.key.size, scan.data.data,
                           scan.data.size, error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

enum ic_status store_build_open(struct store *from, const char *directory, size_t cache_bytes,
                                struct store *build, struct ic_error *error)
{
    struct store_shared *shared = new_shared(&from->shared->limits);
    *build = (struct store){.shared = shared, .writing = STORE_ALONE};
    if (!shared)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
    build->dictionary = shared->dictionary;
    shared->building = true;
    shared->generation = from->shared->generation + 1;
    remove_files(directory, from->shared->generation);
    const int code = open_build(shared, directory, cache_bytes);
    enum ic_status status = code ? failed(build, code, error) : IC_OK;
    for (int i = 0; status == IC_OK && i < STORE_DATABASE_COUNT; i++)
        if (!build_writes_last((enum store_database)i))
            status = copy_database(from, build, (enum store_database)i, error);
    if (status != IC_OK)
        store_build_discard(build, directory);
    return status;
}

static int close_databases(struct store *build)
{
    struct store_shared *shared = build->shared;
    int code = 0;
    for (int i = 0; shared->env && i < STORE_DATABASE_COUNT; i++) {
        DB *database = shared->databases[i];
        const int closed = database ? database->close(database, 0) : 0;
        code = code ? code : closed;
        shared->databases[i] = NULL;
    }
    const int closed = shared->env ? shared->env->close(shared->env, 0) : 0;
    shared->env = NULL;
    return code ? code : closed;
}

static void free_build(struct store *build)
{
    free_shared(build->shared);
    store_value_free(&build->before);
    *build = (struct store){.shared = NULL};
}

enum ic_status store_build_close(struct store *build, struct ic_error *error)
{
    const char *directory = NULL;
    build->shared->env->get_home(build->shared->env, &directory);
    char *home = directory ? strdup(directory) : NULL;
    enum ic_status status =
        home ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
    const int code = close_databases(build);
    if (status == IC_OK && code)
        status = failed(build, code, error);
    if (status == IC_OK)
        status = sync_files(build, home, error);
    free(home);
    free_build(build);
    return status;
}

void store_build_discard(struct store *build, const char *directory)
{
    if (!build->shared)
        return;
    const uint64_t wanted = build->shared->generation - 1;
    close_databases(build);
    free_build(build);
    remove_files(directory, wanted);
}

/* ---- switching ---- */

/* Puts what the build's STORE_META has into the one in force. */
static enum ic_status take_meta(struct store *store, const char *directory,
                                struct ic_error *error)
{
    char *path = NULL;
    DB *database;
    DBC *cursor = NULL;
    if (asprintf(&path, "%s/" BUILD_META, directory) < 0)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
    int code = db_create(&database, NULL, 0);
    if (code) {
        free(path);
        return failed(store, code, error);
    }
    code = database->open(database, NULL, path, NULL, DB_BTREE, DB_RDONLY, 0);
    if (!code)
        code = database->cursor(database, NULL, &cursor, 0);
    enum ic_status status = IC_OK;
    DBT key = {.data = NULL}, data = {.data = NULL};
    while (status == IC_OK && !code && (code = cursor->get(cursor, &key, &data, DB_NEXT)) == 0)
        status = store_put(store, STORE_META, key.data, key.size, data.data, data.size, error);
    if (cursor)
        cursor->close(cursor);
    database->close(database, DB_NOSYNC);
    free(path);
    return status == IC_OK && code != DB_NOTFOUND ? failed(store, code, error) : status;
}

/* A backup begins either before the generation's files are whole, and then its log ends before
 * the switch, or after the databases were opened anew. */
static enum ic_status commit_and_reopen(struct store *store, const char *directory,
                                        struct ic_error *error)
{
    const uint64_t next = store->shared->generation + 1;
    pthread_mutex_lock(&store->shared->maintenance);
    enum ic_status status = store_begin(store, error);
    if (status == IC_OK)
        status = take_meta(store, directory, error);
    if (status == IC_OK)
        status = store_put_number(store, "generation", next, error);
    if (status == IC_OK)
        status = store_commit(store, error);
    store_abort(store);
    if (status == IC_OK)
        status = store_reopen_maintained(store, directory, error);
    pthread_mutex_unlock(&store->shared->maintenance);
    return status;
}

enum ic_status store_build_switch(struct store *store, const char *directory,
                                  struct ic_error *error)
{
    enum ic_status status = commit_and_reopen(store, directory, error);
    /* The log must not lead a recovery to files that are gone. */
    if (status == IC_OK)
        status = store_checkpoint(store, true, error);
    if (status == IC_OK)
        store_build_clean(store, directory);
    return status;
}
