/* SPDX-License-Identifier: Apache-2.0 */
/* The Berkeley DB environment: opening, transactions, error codes.
 *
 * The environment is private to the process that holds the catalog's lock (DB_PRIVATE), so no
 * region files outlive it, and it runs recovery at every open: after a clean close there is a
 * checkpoint at the end of the log and recovery reads nothing. */
#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "dictionary.h"

enum { SPACE_TO_RECOVER_BYTES = 1024 * 1024 };

static const struct {
    const char *file;
    bool duplicates;
} layout[STORE_DATABASE_COUNT] = {
    [STORE_META] = {"meta.db", false},
    [STORE_TERMS] = {"terms.db", false},
    [STORE_TERM_IDS] = {"term-ids.db", false},
    [STORE_ENTRIES] = {"entries.db", false},
    [STORE_SUBJECTS] = {"subjects.db", false},
    [STORE_POSTINGS] = {"postings.db", false},
    [STORE_ADVERTISEMENTS] = {"advertisements.db", false},
    [STORE_EXPIRES] = {"expires.db", false},
    [STORE_CLOUD_NAMES] = {"cloud-names.db", false},
    [STORE_GRAPHS] = {"graphs.db", false},
    [STORE_NAMES] = {"names.db", false},
    [STORE_CHANGES] = {"changes.db", false},
    [STORE_GSPO] = {"gspo.db", false},
    [STORE_GPOS] = {"gpos.db", false},
    [STORE_GOSP] = {"gosp.db", false},
};

const char *store_database_file(enum store_database database)
{
    return layout[database].file;
}

enum ic_status store_fail(struct store *store, int code, const char *what,
                          struct ic_error *error)
{
    switch (code) {
    case DB_RUNRECOVERY:
        store->broken = true;
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

/* Berkeley DB's own messages are dropped: the code that a call returns becomes the one
 * message. */
static void drop_message(const DB_ENV *env, const char *prefix, const char *message)
{
    (void)env;
    (void)prefix;
    (void)message;
}

static int configure(DB_ENV *env)
{
    env->set_errcall(env, drop_message);
    int code = env->set_cachesize(env, 0, STORE_CACHE_BYTES, 1);
    if (!code)
        code = env->set_lg_max(env, STORE_LOG_FILE_BYTES);
    if (!code)
        code = env->set_flags(env, DB_AUTO_COMMIT, 1);
    if (!code)
        code = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
    return code;
}

static int open_database(struct store *store, enum store_database which, bool create)
{
    DB *database;
    int code = db_create(&database, store->env, 0);
    if (code)
        return code;
    code = database->set_pagesize(database, STORE_PAGE_BYTES);
    if (!code)
        code = database->set_flags(database, DB_CHKSUM);
    if (!code && layout[which].duplicates)
        code = database->set_flags(database, DB_DUPSORT);
    if (!code)
        code = database->open(database, NULL, layout[which].file, NULL, DB_BTREE,
                              DB_THREAD | DB_AUTO_COMMIT | (create ? DB_CREATE : 0U), 0600);
    if (code)
        database->close(database, 0);
    else
        store->databases[which] = database;
    return code;
}

/* Berkeley DB answers a full disk during recovery with "run recovery". */
static bool disk_full(const char *directory)
{
    struct statvfs disk;
    return statvfs(directory, &disk) == 0 &&
           (uint64_t)disk.f_bavail * disk.f_frsize < SPACE_TO_RECOVER_BYTES;
}

enum ic_status store_open(struct store *store, const char *directory, bool create,
                          struct ic_error *error)
{
    *store = (struct store){.env = NULL};
    const char *what = "cannot open the catalog's databases";
    store->dictionary = dictionary_new();
    if (!store->dictionary)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a catalog");
    int code = db_env_create(&store->env, 0);
    if (code)
        return store_fail(store, code, what, error);
    code = configure(store->env);
    if (!code)
        code = store->env->open(store->env, directory,
                                DB_CREATE | DB_PRIVATE | DB_THREAD | DB_INIT_MPOOL |
                                    DB_INIT_LOG | DB_INIT_TXN | DB_RECOVER,
                                0600);
    for (int i = 0; !code && i < STORE_DATABASE_COUNT; i++)
        code = open_database(store, (enum store_database)i, create);
    enum ic_status status = IC_OK;
    if (code == DB_RUNRECOVERY && disk_full(directory))
        status = ic_fail(error, IC_NO_SPACE,
                         "the disk of %s is full: free some space and try again; nothing that "
                         "was acknowledged is lost",
                         directory);
    else if (code == ENOENT)
        status =
            ic_fail(error, IC_CORRUPT, "a file of the catalog is missing; restore a backup");
    else if (code)
        status = store_fail(store, code, what, error);
    else
        status = store_checkpoint(store, true, error);
    if (status != IC_OK)
        store_close(store);
    return status;
}

void store_close(struct store *store)
{
    store_abort(store);
    dictionary_free(store->dictionary);
    store->dictionary = NULL;
    if (!store->env)
        return;
    if (!store->broken)
        store_checkpoint(store, true, NULL);
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        if (store->databases[i])
            store->databases[i]->close(store->databases[i], store->broken ? DB_NOSYNC : 0);
        store->databases[i] = NULL;
    }
    store->env->close(store->env, 0);
    store->env = NULL;
}

enum ic_status store_checkpoint(struct store *store, bool force, struct ic_error *error)
{
    const int code = store->env->txn_checkpoint(store->env, force ? 0 : STORE_CHECKPOINT_KBYTES,
                                                0, force ? DB_FORCE : 0);
    return code ? store_fail(store, code, "cannot write a checkpoint", error) : IC_OK;
}

enum ic_status store_begin(struct store *store, struct ic_error *error)
{
    const int code = store->env->txn_begin(store->env, NULL, &store->txn, 0);
    if (code)
        store->txn = NULL;
    return code ? store_fail(store, code, "cannot begin a transaction", error) : IC_OK;
}

enum ic_status store_commit(struct store *store, struct ic_error *error)
{
    const enum ic_status status = dictionary_flush(store, error);
    if (status != IC_OK) {
        store_abort(store);
        return status;
    }
    DB_TXN *txn = store->txn;
    store->txn = NULL;
    const int code = txn->commit(txn, DB_TXN_SYNC);
    dictionary_end(store, code == 0);
    if (code) {
        store->broken = true; /* what is on disk is known only after recovery */
        return store_fail(store, code, "cannot commit", error);
    }
    /* The commit stands; a checkpoint that fails now is tried again by the next one. */
    store_checkpoint(store, false, NULL);
    return IC_OK;
}

void store_abort(struct store *store)
{
    if (!store->txn)
        return;
    if (store->txn->abort(store->txn))
        store->broken = true;
    store->txn = NULL;
    dictionary_end(store, false);
}
