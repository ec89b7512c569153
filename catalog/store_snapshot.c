/* SPDX-License-Identifier: Apache-2.0 */
/* The latch, and snapshots: handles that see the state of one commit. */
#include <utlist.h>

#include "dictionary.h"
#include "posting_cache.h"
#include "store_shared.h"

/* A writer holds the latch for a few microseconds, less than sleeping and waking takes. */
enum {
    LATCH_SPINS = 200,
    PRUNE_AT_ONCE = 4096 /* versions, while readers are kept out */
};

void latch_shared(struct store_shared *shared)
{
    for (int i = 0; i < LATCH_SPINS; i++)
        if (pthread_rwlock_tryrdlock(&shared->latch) == 0)
            return;
    pthread_rwlock_rdlock(&shared->latch);
}

void latch_alone(struct store_shared *shared)
{
    pthread_rwlock_wrlock(&shared->latch);
}

void latch_free(struct store_shared *shared)
{
    pthread_rwlock_unlock(&shared->latch);
}

/* The oldest snapshot that can still be read, or NULL. The caller holds the latch alone. */
static const struct store *oldest_readable(const struct store_shared *shared)
{
    const struct store *at = shared->snapshots;
    while (at && at->snapshot < shared->floor)
        at = at->next;
    return at;
}

uint64_t oldest_snapshot(struct store_shared *shared)
{
    pthread_mutex_lock(&shared->snapshots_mutex);
    const struct store *first = oldest_readable(shared);
    const uint64_t number = first ? first->snapshot : shared->committed;
    pthread_mutex_unlock(&shared->snapshots_mutex);
    return number;
}

bool has_snapshots(struct store_shared *shared)
{
    pthread_mutex_lock(&shared->snapshots_mutex);
    const bool has = oldest_readable(shared) != NULL;
    pthread_mutex_unlock(&shared->snapshots_mutex);
    return has;
}

void store_snapshot_open(struct store *store, struct store *snapshot,
                         void (*taken)(void *context), void *context)
{
    struct store_shared *shared = store->shared;
    *snapshot = (struct store){.shared = shared,
                               .dictionary = shared->dictionary,
                               .postings = shared->postings,
                               .names = shared->names,
                               .is_snapshot = true};
    /* Under the latch: a writer that found no snapshot keeps it until its commit. */
    latch_shared(shared);
    pthread_mutex_lock(&shared->snapshots_mutex);
    snapshot->snapshot = shared->committed;
    snapshot->terms = dictionary_committed(shared->dictionary);
    DL_APPEND(shared->snapshots, snapshot);
    pthread_mutex_unlock(&shared->snapshots_mutex);
    if (taken)
        taken(context);
    latch_free(shared);
}

/* Forgets some versions that nobody needs any more. False when there is nothing more to do, or
 * others are reading or writing: then the next commit does it. */
static bool prune_some(struct store_shared *shared)
{
    if (pthread_rwlock_trywrlock(&shared->latch) != 0)
        return false;
    const uint64_t oldest = oldest_snapshot(shared);
    versions_prune(&shared->versions, oldest, PRUNE_AT_ONCE);
    const struct version *first = shared->versions.first;
    const bool more = first && first->number <= oldest;
    latch_free(shared);
    return more;
}

void store_snapshot_close(struct store *snapshot)
{
    struct store_shared *shared = snapshot->shared;
    if (!shared)
        return;
    pthread_mutex_lock(&shared->snapshots_mutex);
    const bool was_first = shared->snapshots == snapshot;
    DL_DELETE(shared->snapshots, snapshot);
    pthread_mutex_unlock(&shared->snapshots_mutex);
    snapshot->shared = NULL;
    if (was_first)
        while (prune_some(shared))
            ;
}

int64_t store_first_expiry(const struct store *store)
{
    return store->shared->first_expiry_ms;
}

void store_set_first_expiry(struct store *store, int64_t ms)
{
    store->shared->first_expiry_ms = ms;
}

void store_expiry_changes(struct store *store)
{
    store->expiries_change = true;
}

void store_trim(struct store *store)
{
    struct store_shared *shared = store->shared;
    if (!posting_cache_is_full(shared->postings) ||
        pthread_rwlock_trywrlock(&shared->latch) != 0)
        return;
    posting_cache_evict(shared->postings);
    latch_free(shared);
}

void store_latch_shared(struct store *snapshot)
{
    if (!snapshot->is_snapshot)
        return;
    latch_shared(snapshot->shared);
    snapshot->latched = true;
}

void store_unlatch(struct store *snapshot)
{
    if (!snapshot->is_snapshot)
        return;
    snapshot->latched = false;
    latch_free(snapshot->shared);
}

bool store_is_current(const struct store *snapshot)
{
    return !snapshot->is_snapshot || snapshot->snapshot == snapshot->shared->committed;
}

static enum ic_status forgotten(const struct store_shared *shared, struct ic_error *error)
{
    char limit[IC_LIMIT_TEXT_MAX];
    ic_limit_format(IC_LIMIT_VERSIONS, shared->version_bytes_max, limit);
    return ic_fail(error, IC_BUSY,
                   "the query ran too long beside many changes: what they replaced does not "
                   "fit in the limit %s = %s; ask again, or raise the limit",
                   ic_limit_name(IC_LIMIT_VERSIONS), limit);
}

enum ic_status read_begin(struct store *store, struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    if (!store->is_snapshot)
        return IC_OK;
    if (!store->latched)
        latch_shared(shared);
    if (store->snapshot >= shared->floor)
        return IC_OK;
    const bool reopened = store->snapshot < shared->reopened;
    read_end(store);
    return reopened ? ic_fail(error, IC_BUSY,
                              "the database was opened anew after a failure; ask again")
                    : forgotten(shared, error);
}

void read_end(struct store *store)
{
    if (store->is_snapshot && !store->latched)
        latch_free(store->shared);
}
