/* SPDX-License-Identifier: Apache-2.0 */
/* The Berkeley DB environment: opening, reopening, checkpoints, backup, error codes.
 *
 * The environment is private to the process that holds the catalog's lock (DB_PRIVATE), so no
 * region files outlive it, and it runs recovery at every open: after a clean close there is a
 * checkpoint at the end of the log and recovery reads nothing. There is no locking subsystem:
 * one writer and the latch take its place. */
#include "store.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "dictionary.h"
#include "name_cache.h"
#include "posting_cache.h"
#include "posting_delta.h"
#include "store_log_end.h"
#include "store_shared.h"

enum {
    SPACE_TO_RECOVER_BYTES = 2 * STORE_LOG_FILE_BYTES,
    CACHE_MUTEXES = 256 /* else one for each chain of pages: they take longer to make than an
                           open takes otherwise */
};

static const char *const files[STORE_DATABASE_COUNT] = {
    [STORE_META] = "meta",
    [STORE_TERMS] = "terms",
    [STORE_TERM_IDS] = "term-ids",
    [STORE_ENTRIES] = "entries",
    [STORE_SUBJECTS] = "subjects",
    [STORE_POSTINGS] = "postings",
    [STORE_POSTING_CHANGES] = "posting-changes",
    [STORE_ADVERTISEMENTS] = "advertisements",
    [STORE_EXPIRES] = "expires",
    [STORE_CLOUD_NAMES] = "cloud-names",
    [STORE_GRAPHS] = "graphs",
    [STORE_NAMES] = "names",
    [STORE_CHANGES] = "changes",
    [STORE_GSPO] = "gspo",
    [STORE_GPOS] = "gpos",
    [STORE_GOSP] = "gosp",
};

void store_database_file(enum store_database database, uint64_t generation,
                         char name[STORE_FILE_NAME_MAX])
{
    if (database == STORE_META)
        snprintf(name, STORE_FILE_NAME_MAX, "%s.db", files[database]);
    else
        snprintf(name, STORE_FILE_NAME_MAX, "%s.%llu.db", files[database],
                 (unsigned long long)generation);
}

bool store_is_database_file(const char *name, uint64_t *generation)
{
    const char *dot = strchr(name, '.');
    char *end;
    *generation = 0;
    for (int i = 0; dot && i < STORE_DATABASE_COUNT; i++) {
        if (strlen(files[i]) != (size_t)(dot - name) ||
            strncmp(name, files[i], (size_t)(dot - name)) != 0)
            continue;
        if (i == STORE_META)
            return strcmp(dot, ".db") == 0;
        *generation = strtoull(dot + 1, &end, 10);
        return *generation && strcmp(end, ".db") == 0;
    }
    return false;
}

uint64_t store_generation(const struct store *store)
{
    return store->shared->generation;
}

enum ic_status store_fail(struct store *store, int code, const char *what,
                          struct ic_error *error)
{
    switch (code) {
    case DB_RUNRECOVERY:
        store->shared->broken = true;
        return ic_fail(error, IC_IO,
                       "%s: the database stopped after an earlier failure; try again", what);
    case DB_VERIFY_BAD:
    case DB_PAGE_NOTFOUND:
    case DB_SECONDARY_BAD:
    case DB_CHKSUM_FAIL:
        return ic_fail(error, IC_CORRUPT,
                       "%s: the catalog's files are damaged (%s); restore a backup", what,
                       db_strerror(code));
    case DB_VERSION_MISMATCH:
    case DB_OLD_VERSION:
        return ic_fail(error, IC_FORMAT,
                       "%s: the files were written by another version of Berkeley DB", what);
    case DB_BUFFER_SMALL:
        return ic_fail(error, IC_NO_MEMORY, "%s: out of memory", what);
    case DB_LOCK_DEADLOCK:
    case DB_LOCK_NOTGRANTED:
        return ic_fail(error, IC_BUSY, "%s: the catalog is busy; try again", what);
    default:
        if (code > 0)
            return ic_fail_errno(error, code, "%s", what);
        return ic_fail(error, IC_IO, "%s: %s", what, db_strerror(code));
    }
}

bool store_broken(const struct store *store)
{
    return store->shared->broken || !store->shared->env;
}

/* Berkeley DB's own messages are dropped: the code that a call returns becomes the one
 * message. */
static void drop_message(const DB_ENV *env, const char *prefix, const char *message)
{
    (void)env;
    (void)prefix;
    (void)message;
}

int store_set_cache(DB_ENV *env, uint64_t bytes)
{
    const uint64_t gigabyte = (uint64_t)1 << 30;
    return env->set_cachesize(env, (u_int32_t)(bytes / gigabyte), (u_int32_t)(bytes % gigabyte),
                              1);
}

static int configure(DB_ENV *env, const struct ic_limits *limits)
{
    const size_t log = ic_limit_value(limits, IC_LIMIT_LOG);
    env->set_errcall(env, drop_message);
    int code = store_set_cache(env, ic_limit_value(limits, IC_LIMIT_CACHE));
    if (!code)
        code = env->set_mp_mtxcount(env, CACHE_MUTEXES);
    if (!code)
        code = env->set_lg_max(env, log / 2 < STORE_LOG_FILE_BYTES ? (u_int32_t)(log / 2)
                                                                   : STORE_LOG_FILE_BYTES);
    if (!code)
        code = env->set_flags(env, DB_AUTO_COMMIT, 1);
    if (!code)
        code = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
    if (!code) /* its blocks are there then: a sync writes no metadata */
        code = env->log_set_config(env, DB_LOG_ZERO, 1);
    return code;
}

static int open_database(struct store_shared *shared, enum store_database which, bool create)
{
    char name[STORE_FILE_NAME_MAX];
    DB *database;
    store_database_file(which, shared->generation, name);
    int code = db_create(&database, shared->env, 0);
    if (code)
        return code;
    code = database->set_pagesize(database, STORE_PAGE_BYTES);
    if (!code)
        code = database->set_flags(database, DB_CHKSUM);
    if (!code)
        code = database->open(database, NULL, name, NULL, DB_BTREE,
                              DB_THREAD | DB_AUTO_COMMIT | (create ? DB_CREATE : 0U), 0600);
    if (code)
        database->close(database, 0);
    else
        shared->databases[which] = database;
    return code;
}

/* Berkeley DB answers a full disk during recovery with "run recovery". */
static bool disk_full(const char *directory)
{
    struct statvfs disk;
    return statvfs(directory, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < SPACE_TO_RECOVER_BYTES;
}

static void close_databases(struct store_shared *shared)
{
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        DB *database = shared->databases[i];
        if (database)
            database->close(database, shared->broken ? DB_NOSYNC : 0);
        shared->databases[i] = NULL;
    }
}

static void close_environment(struct store_shared *shared)
{
    if (!shared->env)
        return;
    close_databases(shared);
    shared->env->close(shared->env, 0);
    shared->env = NULL;
}

/* Was the limit `log` passed since the last checkpoint? Asked here, because Berkeley DB's own
 * answer to that looks for log files to remove each time. */
static int checkpoint_is_due(struct store_shared *shared, bool *due)
{
    DB_LOG_STAT *log;
    const int code = shared->env->log_stat(shared->env, &log, 0);
    *due = !code && ((uint64_t)log->st_wc_mbytes << 20) + log->st_wc_bytes >=
                        ic_limit_value(&shared->limits, IC_LIMIT_LOG);
    if (!code)
        free(log);
    return code;
}

enum ic_status store_memory(struct store *snapshot, uint64_t *pages, uint64_t *versions,
                            struct ic_error *error)
{
    DB_MPOOL_STAT *pool = NULL;
    store_latch_shared(snapshot);
    const int code = snapshot->shared->env->memp_stat(snapshot->shared->env, &pool, NULL, 0);
    *versions = snapshot->shared->versions.bytes;
    store_unlatch(snapshot);
    *pages = code ? 0 : (uint64_t)pool->st_pages * STORE_PAGE_BYTES;
    free(pool);
    return code ? store_fail(snapshot, code, "cannot read the cache's figures", error) : IC_OK;
}

static int checkpoint(struct store_shared *shared, bool force)
{
    bool due = true;
    const int code = force ? 0 : checkpoint_is_due(shared, &due);
    if (code || !due)
        return code;
    const int written = shared->env->txn_checkpoint(shared->env, 0, 0, DB_FORCE);
    if (!written)
        store_note_checkpoint(shared->env);
    return written;
}

/* Which generation of the other databases is in force: the first, until another is named. */
static enum ic_status read_generation(struct store *store, struct ic_error *error)
{
    uint64_t generation;
    const enum ic_status status = store_get_number(store, "generation", &generation, error);
    if (status == IC_OK && generation)
        store->shared->generation = generation;
    return status;
}

static enum ic_status open_environment(struct store *store, const char *directory, bool create,
                                       struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    const char *what = "cannot open the catalog's databases";
    shared->broken = false;
    const enum ic_status log = store_check_log_end(directory, error);
    if (log != IC_OK)
        return log;
    int code = db_env_create(&shared->env, 0);
    if (code) {
        shared->env = NULL;
        return store_fail(store, code, what, error);
    }
    code = configure(shared->env, &shared->limits);
    if (!code)
        code = shared->env->open(shared->env, directory,
                                 DB_CREATE | DB_PRIVATE | DB_THREAD | DB_INIT_MPOOL |
                                     DB_INIT_LOG | DB_INIT_TXN | DB_RECOVER,
                                 0600);
    shared->generation = 1;
    if (!code)
        code = open_database(shared, STORE_META, create);
    enum ic_status status = IC_OK;
    if (!code)
        status = read_generation(store, error);
    if (status != IC_OK) {
        close_environment(shared);
        return status;
    }
    for (int i = 0; !code && i < STORE_DATABASE_COUNT; i++)
        if (i != STORE_META)
            code = open_database(shared, (enum store_database)i, create);
    if (code == DB_RUNRECOVERY && disk_full(directory))
        status = ic_fail(error, IC_NO_SPACE,
                         "the disk of %s is full: free some space and try again; nothing that "
                         "was acknowledged is lost",
                         directory);
    else if (code == ENOENT)
        status =
            ic_fail(error, IC_CORRUPT, "a file of the catalog is missing; restore a backup");
    else if (code || (code = checkpoint(shared, true)) != 0)
        status = store_fail(store, code, what, error);
    if (status != IC_OK)
        close_environment(shared);
    return status;
}

/* Readers come and go all the time: without this a writer might never get its turn. */
static bool init_latch(pthread_rwlock_t *latch)
{
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    const bool good = pthread_rwlock_init(latch, &attributes) == 0;
    pthread_rwlockattr_destroy(&attributes);
    return good;
}

void free_shared(struct store_shared *shared)
{
    dictionary_free(shared->dictionary);
    posting_cache_free(shared->postings);
    posting_delta_free(shared->delta);
    name_cache_free(shared->names);
    flush_free(&shared->flush);
    versions_free(&shared->versions);
    pthread_rwlock_destroy(&shared->latch);
    pthread_mutex_destroy(&shared->maintenance);
    pthread_mutex_destroy(&shared->snapshots_mutex);
    free(shared);
}

struct store_shared *new_shared(const struct ic_limits *limits)
{
    struct store_shared *shared = calloc(1, sizeof *shared);
    if (!shared)
        return NULL;
    if (limits)
        shared->limits = *limits;
    shared->version_bytes_max = ic_limit_value(limits, IC_LIMIT_VERSIONS);
    const bool good = versions_init(&shared->versions, STORE_DATABASE_COUNT) &
                      flush_init(&shared->flush) & init_latch(&shared->latch);
    pthread_mutex_init(&shared->maintenance, NULL);
    pthread_mutex_init(&shared->snapshots_mutex, NULL);
    shared->dictionary = dictionary_new(ic_limit_value(limits, IC_LIMIT_TERMS));
    shared->names = name_cache_new(ic_limit_value(limits, IC_LIMIT_NAMES));
    shared->delta = posting_delta_new(ic_limit_value(limits, IC_LIMIT_CHANGES));
    if (good && shared->dictionary && shared->names && shared->delta &&
        posting_cache_new(ic_limit_value(limits, IC_LIMIT_POSTINGS), &shared->postings, NULL) ==
            IC_OK)
        return shared;
    free_shared(shared);
    return NULL;
}

enum ic_status store_open(struct store *store, const char *directory, bool create,
                          const struct ic_limits *limits, struct ic_error *error)
{
    *store = (struct store){.shared = new_shared(limits)};
    if (!store->shared)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for the catalog's databases");
    store->dictionary = store->shared->dictionary;
    store->postings = store->shared->postings;
    store->names = store->shared->names;
    enum ic_status status = open_environment(store, directory, create, error);
    if (status == IC_OK)
        status = dictionary_load(store, error);
    if (status == IC_OK)
        status = posting_delta_load(store, error);
    if (status != IC_OK)
        store_close(store);
    return status;
}

void store_close(struct store *store)
{
    struct store_shared *shared = store->shared;
    if (!shared)
        return;
    assert(!shared->snapshots);
    store_abort(store);
    if (shared->env && !shared->broken)
        posting_delta_settle(store, NULL); /* or the next one to close does */
    const bool sound =
        shared->env && !shared->broken && store_checkpoint(store, true, NULL) == IC_OK;
    close_databases(shared);
    if (sound && !shared->broken && shared->env->log_flush(shared->env, NULL) == 0)
        store_note_log_end(shared->env);
    close_environment(shared);
    free_shared(shared);
    store_value_free(&store->before);
    store->shared = NULL;
}

enum ic_status store_reopen_maintained(struct store *store, const char *directory,
                                       struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    store_abort(store);
    latch_alone(shared);
    flush_stop(&shared->flush);
    /* A number of its own: what was committed last may be gone, and no snapshot sees it. */
    shared->floor = shared->reopened = ++shared->committed;
    versions_prune(&shared->versions, UINT64_MAX, SIZE_MAX);
    posting_cache_clear(shared->postings);
    name_cache_clear(shared->names);
    shared->first_expiry_ms = 0;
    close_environment(shared);
    enum ic_status status = open_environment(store, directory, false, error);
    if (status == IC_OK) {
        status = dictionary_load(store, error);
        if (status == IC_OK)
            status = posting_delta_load(store, error);
        if (status == IC_OK && shared->hooks.reopened)
            status = shared->hooks.reopened(shared->hooks.context, error);
        if (status != IC_OK)
            close_environment(shared);
    }
    flush_resume(&shared->flush);
    latch_free(shared);
    return status;
}

enum ic_status store_reopen(struct store *store, const char *directory, struct ic_error *error)
{
    store_abort(store); /* it may hold the latch */
    pthread_mutex_lock(&store->shared->maintenance);
    const enum ic_status status = store_reopen_maintained(store, directory, error);
    pthread_mutex_unlock(&store->shared->maintenance);
    return status;
}

enum ic_status store_checkpoint(struct store *store, bool force, struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    if (force)
        pthread_mutex_lock(&shared->maintenance);
    else if (pthread_mutex_trylock(&shared->maintenance) != 0)
        return IC_OK;
    const int code = store_broken(store) ? DB_RUNRECOVERY : checkpoint(shared, force);
    pthread_mutex_unlock(&shared->maintenance);
    return code ? store_fail(store, code, "cannot write a checkpoint", error) : IC_OK;
}

/* Recovery of the copy begins at the last checkpoint in its log. A checkpoint after some page
 * was copied would make it begin too late for that page: none runs meanwhile. */
enum ic_status store_backup(struct store *store, const char *directory, struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    pthread_mutex_lock(&shared->maintenance);
    int code = store_broken(store) ? DB_RUNRECOVERY : checkpoint(shared, true);
    if (!code)
        code = store_copy_files(shared, directory);
    pthread_mutex_unlock(&shared->maintenance);
    return code ? store_fail(store, code, "cannot copy the catalog", error) : IC_OK;
}
