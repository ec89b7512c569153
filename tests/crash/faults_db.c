/* SPDX-License-Identifier: Apache-2.0 */
/* Berkeley DB's methods that fail: every handle that our objects make gets ours in the place of
 * its own (the linker sends db_create and db_env_create here).
 *
 * A method that fails does nothing, as if it had found out before it began; what ends a handle
 * (close, commit, abort, verify) does end it, so that nothing leaks that nobody could free. */
#include <db.h>
#include <stdatomic.h>
#include <string.h>

#include "faults.h"

static struct {
    bool counting, after;
    long at;
    int code;
    _Atomic long calls;
    _Atomic bool happened;
} fault;

/* Berkeley DB's own methods; the same for every handle of a kind. */
static DB db_real;
static DBC cursor_real;
static DB_ENV env_real;
static DB_TXN txn_real;

void db_fault_begin(long at, int code, bool after)
{
    fault.at = at;
    fault.code = code;
    fault.after = after;
    fault.calls = 0;
    fault.happened = false;
    fault.counting = true;
}

long db_fault_end(void)
{
    fault.counting = false;
    return fault.calls;
}

bool db_fault_happened(void)
{
    return fault.happened;
}

static bool fails(void)
{
    if (!fault.counting || atomic_fetch_add(&fault.calls, 1) != fault.at)
        return false;
    fault.happened = true;
    return true;
}

/* ---- cursors ---- */

static int cursor_get(DBC *cursor, DBT *key, DBT *data, u_int32_t flags)
{
    return fails() ? fault.code : cursor_real.get(cursor, key, data, flags);
}

static int cursor_put(DBC *cursor, DBT *key, DBT *data, u_int32_t flags)
{
    return fails() ? fault.code : cursor_real.put(cursor, key, data, flags);
}

static int cursor_del(DBC *cursor, u_int32_t flags)
{
    return fails() ? fault.code : cursor_real.del(cursor, flags);
}

static int cursor_count(DBC *cursor, db_recno_t *count, u_int32_t flags)
{
    return fails() ? fault.code : cursor_real.count(cursor, count, flags);
}

static int cursor_close(DBC *cursor)
{
    const int code = cursor_real.close(cursor);
    return fails() ? fault.code : code;
}

static void wrap_cursor(DBC *cursor)
{
    if (cursor->close == cursor_close)
        return; /* Berkeley DB uses closed ones again */
    cursor_real = *cursor;
    cursor->get = cursor_get;
    cursor->put = cursor_put;
    cursor->del = cursor_del;
    cursor->count = cursor_count;
    cursor->close = cursor_close;
}

static int cursor_dup(DBC *cursor, DBC **copy, u_int32_t flags)
{
    const int code = fails() ? fault.code : cursor_real.dup(cursor, copy, flags);
    if (code == 0)
        wrap_cursor(*copy);
    return code;
}

/* ---- databases ---- */

static int db_cursor(DB *db, DB_TXN *txn, DBC **cursor, u_int32_t flags)
{
    const int code = fails() ? fault.code : db_real.cursor(db, txn, cursor, flags);
    if (code == 0) {
        wrap_cursor(*cursor);
        (*cursor)->dup = cursor_dup;
    }
    return code;
}

static int db_open(DB *db, DB_TXN *txn, const char *file, const char *name, DBTYPE type,
                   u_int32_t flags, int mode)
{
    return fails() ? fault.code : db_real.open(db, txn, file, name, type, flags, mode);
}

static int db_close(DB *db, u_int32_t flags)
{
    const int code = db_real.close(db, flags);
    return fails() ? fault.code : code;
}

static int db_get(DB *db, DB_TXN *txn, DBT *key, DBT *data, u_int32_t flags)
{
    return fails() ? fault.code : db_real.get(db, txn, key, data, flags);
}

static int db_put(DB *db, DB_TXN *txn, DBT *key, DBT *data, u_int32_t flags)
{
    return fails() ? fault.code : db_real.put(db, txn, key, data, flags);
}

static int db_del(DB *db, DB_TXN *txn, DBT *key, u_int32_t flags)
{
    return fails() ? fault.code : db_real.del(db, txn, key, flags);
}

static int db_exists(DB *db, DB_TXN *txn, DBT *key, u_int32_t flags)
{
    return fails() ? fault.code : db_real.exists(db, txn, key, flags);
}

static int db_sync(DB *db, u_int32_t flags)
{
    return fails() ? fault.code : db_real.sync(db, flags);
}

static int db_truncate(DB *db, DB_TXN *txn, u_int32_t *count, u_int32_t flags)
{
    return fails() ? fault.code : db_real.truncate(db, txn, count, flags);
}

static int db_stat(DB *db, DB_TXN *txn, void *stat, u_int32_t flags)
{
    return fails() ? fault.code : db_real.stat(db, txn, stat, flags);
}

static int db_verify(DB *db, const char *file, const char *name, FILE *out, u_int32_t flags)
{
    const int code = db_real.verify(db, file, name, out, flags);
    return fails() ? fault.code : code;
}

int __real_db_create(DB **db, DB_ENV *env, u_int32_t flags);
int __wrap_db_create(DB **db, DB_ENV *env, u_int32_t flags);
int __wrap_db_create(DB **db, DB_ENV *env, u_int32_t flags)
{
    const int code = fails() ? fault.code : __real_db_create(db, env, flags);
    if (code)
        return code;
    DB *made = *db;
    db_real = *made;
    made->cursor = db_cursor;
    made->open = db_open;
    made->close = db_close;
    made->get = db_get;
    made->put = db_put;
    made->del = db_del;
    made->exists = db_exists;
    made->sync = db_sync;
    made->truncate = db_truncate;
    made->stat = db_stat;
    made->verify = db_verify;
    return 0;
}

/* ---- transactions ---- */

/* Failing: what was written is not there; `after`: it is, and nobody was told. */
static int txn_commit(DB_TXN *txn, u_int32_t flags)
{
    if (!fails())
        return txn_real.commit(txn, flags);
    if (fault.after)
        txn_real.commit(txn, flags);
    else
        txn_real.abort(txn);
    return fault.code;
}

static int txn_abort(DB_TXN *txn)
{
    const int code = txn_real.abort(txn);
    return fails() ? fault.code : code;
}

static int env_txn_begin(DB_ENV *env, DB_TXN *parent, DB_TXN **txn, u_int32_t flags)
{
    const int code = fails() ? fault.code : env_real.txn_begin(env, parent, txn, flags);
    if (code || (*txn)->commit == txn_commit)
        return code;
    txn_real = **txn;
    (*txn)->commit = txn_commit;
    (*txn)->abort = txn_abort;
    return 0;
}

/* ---- environments ---- */

static int env_open(DB_ENV *env, const char *home, u_int32_t flags, int mode)
{
    return fails() ? fault.code : env_real.open(env, home, flags, mode);
}

static int env_close(DB_ENV *env, u_int32_t flags)
{
    const int code = env_real.close(env, flags);
    return fails() ? fault.code : code;
}

static int env_txn_checkpoint(DB_ENV *env, u_int32_t kbytes, u_int32_t minutes, u_int32_t flags)
{
    return fails() ? fault.code : env_real.txn_checkpoint(env, kbytes, minutes, flags);
}

static int env_log_flush(DB_ENV *env, const DB_LSN *lsn)
{
    return fails() ? fault.code : env_real.log_flush(env, lsn);
}

static int env_log_archive(DB_ENV *env, char ***list, u_int32_t flags)
{
    return fails() ? fault.code : env_real.log_archive(env, list, flags);
}

static int env_memp_sync(DB_ENV *env, DB_LSN *lsn)
{
    return fails() ? fault.code : env_real.memp_sync(env, lsn);
}

static int env_backup(DB_ENV *env, const char *target, u_int32_t flags)
{
    return fails() ? fault.code : env_real.backup(env, target, flags);
}

static int env_dbremove(DB_ENV *env, DB_TXN *txn, const char *file, const char *name,
                        u_int32_t flags)
{
    return fails() ? fault.code : env_real.dbremove(env, txn, file, name, flags);
}

static int env_dbrename(DB_ENV *env, DB_TXN *txn, const char *file, const char *name,
                        const char *new_name, u_int32_t flags)
{
    return fails() ? fault.code : env_real.dbrename(env, txn, file, name, new_name, flags);
}

static int env_set_cachesize(DB_ENV *env, u_int32_t gigabytes, u_int32_t bytes, int regions)
{
    return fails() ? fault.code : env_real.set_cachesize(env, gigabytes, bytes, regions);
}

int __real_db_env_create(DB_ENV **env, u_int32_t flags);
int __wrap_db_env_create(DB_ENV **env, u_int32_t flags);
int __wrap_db_env_create(DB_ENV **env, u_int32_t flags)
{
    const int code = fails() ? fault.code : __real_db_env_create(env, flags);
    if (code)
        return code;
    DB_ENV *made = *env;
    env_real = *made;
    made->open = env_open;
    made->close = env_close;
    made->txn_begin = env_txn_begin;
    made->txn_checkpoint = env_txn_checkpoint;
    made->log_flush = env_log_flush;
    made->log_archive = env_log_archive;
    made->memp_sync = env_memp_sync;
    made->backup = env_backup;
    made->dbremove = env_dbremove;
    made->dbrename = env_dbrename;
    made->set_cachesize = env_set_cachesize;
    return 0;
}
