/* SPDX-License-Identifier: Apache-2.0 */
/* What the handles of one environment share. Internal to store*.c, and to its tests.
 *
 * Lock order: the catalog's writer mutex, `maintenance`, `latch`, then `flush.mutex` or
 * `snapshots_mutex`. No two of the last. Nothing is locked under them. */
#ifndef IC_STORE_SHARED_H
#define IC_STORE_SHARED_H

#include <pthread.h>
#include <stdatomic.h>

#include "store.h"
#include "store_versions.h"

struct store_flush {
    pthread_mutex_t mutex;
    pthread_cond_t done[2]; /* of an even and of an odd round: it ended, or nobody runs it */
    uint64_t round;         /* that runs, or ran last */
    uint64_t target;        /* commits up to this one are in it */
    bool running;           /* some thread is in log_flush for all */
    uint64_t flushed;       /* commits up to this one are on disk */
    uint64_t opening; /* counts reopenings: a commit of an earlier one that was not yet known to
                         be on disk is in doubt for ever */
    uint64_t flushes; /* counted for tests */
};

struct store_shared {
    DB_ENV *env; /* these two change under `maintenance`, `latch` alone and no flush running */
    DB *databases[STORE_DATABASE_COUNT];
    uint64_t generation;
    bool building; /* no log, no transactions, one thread (store_build.h) */
    atomic_bool broken;
    pthread_mutex_t maintenance; /* checkpoint or backup: one at a time */

    /* Shared: one call of a reader into the databases and versions. Alone: writing them. Never
     * while the log is synced. */
    pthread_rwlock_t latch;
    _Atomic uint64_t committed; /* number of the last commit; changes under the latch alone */
    struct versions versions;
    struct dictionary *dictionary;
    struct posting_cache *postings;
    struct posting_delta *delta;
    struct name_cache *names;
    _Atomic int64_t first_expiry_ms; /* 0: not known */
    struct ic_limits limits;
    size_t version_bytes_max; /* the limit `versions` */
    uint64_t floor;           /* snapshots below it lost their versions */
    uint64_t reopened;        /* snapshots below it are of before the last reopening */
    struct store_hooks hooks;

    pthread_mutex_t snapshots_mutex;
    struct store *snapshots; /* open, the oldest first */
    struct store_flush flush;
};

/* `limits` NULL: the defaults. */
struct store_shared *new_shared(const struct ic_limits *limits);
void free_shared(struct store_shared *shared);

/* Sets the size of Berkeley DB's cache before the environment is opened. */
int store_set_cache(DB_ENV *env, uint64_t bytes);

/* store_reopen for a caller that holds `maintenance`. */
enum ic_status store_reopen_maintained(struct store *store, const char *directory,
                                       struct ic_error *error);

/* store_backup.c. With `maintenance`. 0, or a code of Berkeley DB or errno. */
int store_copy_files(struct store_shared *shared, const char *directory);

/* The latch. Shared is taken again and again by readers, so it spins before it sleeps. */
void latch_shared(struct store_shared *shared);
void latch_alone(struct store_shared *shared);
void latch_free(struct store_shared *shared);

/* The commit that the oldest readable snapshot sees; the last commit when there is none. For
 * those who hold the latch alone. */
uint64_t oldest_snapshot(struct store_shared *shared);
bool has_snapshots(struct store_shared *shared);

/* Begins and ends a read of a snapshot; for the writer's handle they do nothing. */
enum ic_status read_begin(struct store *store, struct ic_error *error);
void read_end(struct store *store);

/* Around each write of one key: takes the latch, keeps what the key had when a snapshot may
 * need it (`size`: of the new value), and gives the latch back as `store->writing` says. */
enum ic_status write_begin(struct store *store, enum store_database database, const void *key,
                           size_t key_size, size_t size, struct ic_error *error);
void write_end(struct store *store);

/* Berkeley DB's own get into a value. *found false: there is none. */
enum ic_status database_get(struct store *store, enum store_database database, const void *key,
                            size_t key_size, struct store_value *value, bool *found,
                            struct ic_error *error);

/* Room for `size` bytes. False: no memory. */
bool value_reserve(struct store_value *value, size_t size);

bool flush_init(struct store_flush *flush);
void flush_free(struct store_flush *flush);
/* No flush runs and none begins until the mutex is given back: for reopening. */
void flush_stop(struct store_flush *flush);
void flush_resume(struct store_flush *flush);

#endif
