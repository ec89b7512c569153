/* SPDX-License-Identifier: Apache-2.0 */
/* The writer's transactions, and what they keep for snapshots.
 *
 * A transaction that finds no snapshot and expects to write little keeps nothing: it holds the
 * latch alone from its first write to its end, so nobody can come to need what it replaces. Any
 * other keeps what a key had at the first write of it, and holds the latch for one write.
 * Its versions carry the number that its commit will get, so that the snapshots of now find
 * them and those of after the commit do not. */
#include <assert.h>

#include "dictionary.h"
#include "name_cache.h"
#include "posting_cache.h"
#include "posting_delta.h"
#include "store_shared.h"

enum { PRUNE_AT_COMMIT = 4096 /* versions, while readers are kept out */ };

enum ic_status store_begin(struct store *store, struct ic_error *error)
{
    DB_ENV *env = store->shared->env;
    assert(!store->is_snapshot && !store->txn);
    store->writing = STORE_UNWRITTEN;
    store->many = store->expiries_change = false;
    store->written_bytes = store->written_max = 0;
    const int code =
        store_broken(store) ? DB_RUNRECOVERY : env->txn_begin(env, NULL, &store->txn, 0);
    if (code)
        store->txn = NULL;
    return code ? store_fail(store, code, "cannot begin a transaction", error) : IC_OK;
}

void store_expect_many(struct store *store)
{
    store->many = true;
}

void store_limit_transaction(struct store *store)
{
    store->written_max = ic_limit_value(&store->shared->limits, IC_LIMIT_TRANSACTION);
}

void store_be_alone(struct store *store, bool *alone)
{
    struct store_shared *shared = store->shared;
    assert(store->txn);
    if (store->writing != STORE_ALONE)
        latch_alone(shared);
    pthread_mutex_lock(&shared->snapshots_mutex);
    *alone = !shared->snapshots; /* nor one that is lost: its holder may not know yet */
    pthread_mutex_unlock(&shared->snapshots_mutex);
    if (*alone)
        store->writing = STORE_ALONE;
    else if (store->writing != STORE_ALONE)
        latch_free(shared);
}

void store_set_hooks(struct store *store, const struct store_hooks *hooks)
{
    store->shared->hooks = *hooks;
}

/* The transaction ends: takes the latch alone, if it does not have it yet. */
static void end_begin(struct store *store)
{
    if (store->writing != STORE_ALONE)
        latch_alone(store->shared);
}

enum ic_status store_commit_write(struct store *store, struct store_ticket *ticket,
                                  struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    DB_TXN *txn = store->txn;
    if (shared->broken) { /* by another thread's flush: there is no use in adding to it */
        store_abort(store);
        return store_fail(store, DB_RUNRECOVERY, "cannot commit", error);
    }
    enum ic_status status = posting_delta_flush(store, error);
    if (status == IC_OK)
        status = dictionary_flush(store, error);
    if (status != IC_OK) {
        store_abort(store);
        return status;
    }
    end_begin(store);
    store->txn = NULL;
    bool remembered = true;
    const int code = txn->commit(txn, DB_TXN_NOSYNC);
    if (code) {
        shared->broken = true; /* what is on disk is known only after recovery */
    } else {
        posting_cache_apply(shared->postings);
        name_cache_apply(shared->names);
        if (store->expiries_change)
            shared->first_expiry_ms = 0;
        shared->committed++;
        if (store->writing == STORE_ALONE)
            shared->floor = shared->committed;
        remembered = posting_delta_committed(store);
        if (!remembered)
            shared->broken = true; /* so that everything is read anew */
        if (shared->hooks.committed)
            shared->hooks.committed(shared->hooks.context);
        versions_prune(&shared->versions, oldest_snapshot(shared), PRUNE_AT_COMMIT);
        *ticket = (struct store_ticket){shared->committed, shared->flush.opening};
    }
    dictionary_end(store, code == 0);
    store->writing = STORE_UNWRITTEN;
    latch_free(shared);
    if (!remembered)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for what a commit changed");
    return code ? store_fail(store, code, "cannot commit", error) : IC_OK;
}

enum ic_status store_commit(struct store *store, struct ic_error *error)
{
    struct store_ticket ticket;
    enum ic_status status = store_commit_write(store, &ticket, error);
    if (status == IC_OK)
        status = store_wait(store, &ticket, error);
    /* The commit stands; a checkpoint that fails now is tried again by the next one. */
    if (status == IC_OK)
        store_checkpoint(store, false, NULL);
    return status;
}

void store_abort(struct store *store)
{
    struct store_shared *shared = store->shared;
    if (!shared || !store->txn)
        return;
    const bool wrote = store->writing != STORE_UNWRITTEN;
    end_begin(store);
    if (store->txn->abort(store->txn))
        shared->broken = true;
    store->txn = NULL;
    store->writes++;
    store->writing = STORE_UNWRITTEN;
    versions_drop(&shared->versions, shared->committed + 1);
    posting_cache_discard(shared->postings);
    posting_delta_aborted(store);
    name_cache_discard(shared->names);
    dictionary_end(store, false);
    if (wrote && shared->hooks.aborted)
        shared->hooks.aborted(shared->hooks.context);
    latch_free(shared);
}

/* Nothing more can be kept of what this transaction replaces: until its end nobody reads, and
 * when it commits, the snapshots of before are lost. */
static void stop_recording(struct store *store)
{
    struct store_shared *shared = store->shared;
    versions_prune(&shared->versions, UINT64_MAX, SIZE_MAX);
    shared->floor = shared->committed;
    store->writing = STORE_ALONE;
}

/* Gives up the oldest snapshots until the rest fits. */
static void make_room(struct store *store)
{
    struct store_shared *shared = store->shared;
    struct versions *versions = &shared->versions;
    while (versions->bytes > shared->version_bytes_max) {
        const uint64_t number = versions->first->number;
        if (number > shared->committed) {
            stop_recording(store);
            return;
        }
        shared->floor = number;
        versions_prune(versions, number, SIZE_MAX);
    }
}

/* Keeps what `key` has, when this is the transaction's first write of it. */
static enum ic_status record(struct store *store, enum store_database database, const void *key,
                             size_t key_size, struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    const uint64_t number = shared->committed + 1;
    bool found;
    if (versions_recorded(&shared->versions, database, key, key_size, number))
        return IC_OK;
    const enum ic_status status =
        database_get(store, database, key, key_size, &store->before, &found, error);
    if (status != IC_OK)
        return status;
    const void *had = !found ? NULL : store->before.size ? store->before.data : "";
    if (versions_add(&shared->versions, database, key, key_size, had, store->before.size,
                     number))
        make_room(store);
    else
        stop_recording(store);
    return IC_OK;
}

enum ic_status write_begin(struct store *store, enum store_database database, const void *key,
                           size_t key_size, size_t size, struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    assert(store->txn || shared->building);
    store->writes++;
    store->written_bytes += key_size + size;
    if (store->written_max && store->written_bytes > store->written_max)
        return ic_limit_passed(IC_LIMIT_TRANSACTION, store->written_max,
                               "what is published writes more", "publish less at once", error);
    if (store->writing == STORE_ALONE)
        return IC_OK;
    latch_alone(shared);
    if (store->writing == STORE_UNWRITTEN)
        store->writing = store->many || has_snapshots(shared) ? STORE_RECORDING : STORE_ALONE;
    if (store->writing == STORE_ALONE)
        return IC_OK;
    const enum ic_status status = record(store, database, key, key_size, error);
    if (status != IC_OK)
        write_end(store);
    return status;
}

void write_end(struct store *store)
{
    if (store->writing == STORE_RECORDING)
        latch_free(store->shared);
}
