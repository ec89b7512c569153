/* SPDX-License-Identifier: Apache-2.0 */
/* The store: the Berkeley DB environment of one catalog directory and its databases.
 *
 * Internal to catalog/. README.md draws every database's keys and records, and says how
 * writers and readers share them.
 *
 * A `struct store` is a handle. The one that store_open fills is the writer's: it reads the
 * present state and writes in transactions. A reader opens a snapshot, a handle that sees the
 * state of one commit for as long as it is open, whatever is written meanwhile.
 *
 * Invariants: every write happens inside a transaction, and every read of the writer carries
 * it. All integers in keys are big-endian, so that keys sort by value; keys are unique.
 * Threads: the writer's handle belongs to one thread at a time, which its callers see to (the
 * catalog's writer mutex); a snapshot too. Any number of them at the same time. */
#ifndef IC_STORE_H
#define IC_STORE_H

#include <db.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "limits.h"
#include "status.h"

enum {
    STORE_PAGE_BYTES = 4096,
    STORE_LOG_FILE_BYTES = 1024 * 1024, /* at most: half of the limit log */
    STORE_PREFIX_MAX = 512              /* bytes of a scan's prefix */
};

struct bulk_build;
struct dictionary;
struct name_cache;
struct posting_cache;

enum store_database {
    STORE_META,            /* name -> value */
    STORE_TERMS,           /* term number -> term */
    STORE_TERM_IDS,        /* hash of a term -> term ids */
    STORE_ENTRIES,         /* ordinal -> entry record */
    STORE_SUBJECTS,        /* subject's number, ordinal -> nothing */
    STORE_POSTINGS,        /* property id, value, object id, chunk -> ordinals */
    STORE_POSTING_CHANGES, /* number -> changes that wait for STORE_POSTINGS */
    STORE_ADVERTISEMENTS,  /* advertisement number -> record */
    STORE_EXPIRES,         /* time, advertisement number -> its run of ordinals */
    STORE_CLOUD_NAMES,     /* block of 64 ordinals -> names of the clouds in it */
    STORE_GRAPHS,          /* graph's term id -> what it is */
    STORE_NAMES,           /* cloud name -> claim */
    STORE_CHANGES,         /* sequence -> change */
    STORE_GSPO,            /* quads of plain and ontology graphs, in three orders */
    STORE_GPOS,
    STORE_GOSP,
    STORE_DATABASE_COUNT
};

/* A value read from the store. Owned: store_value_free; reusable for the next read. */
struct store_value {
    void *data;
    size_t size, room;
};
void store_value_free(struct store_value *value);
/* Makes it a copy of `data`. IC_NO_MEMORY. */
enum ic_status store_value_set(struct store_value *value, const void *data, size_t size,
                               struct ic_error *error);

/* What all handles of one environment share (store_shared.h). */
struct store_shared;

/* How the writer's transaction stands to readers (README.md, "Writing beside readers"). */
enum store_writing {
    STORE_UNWRITTEN, /* nothing was written yet */
    STORE_ALONE,     /* it holds the latch alone until it ends */
    STORE_RECORDING  /* it keeps what it replaces, and holds the latch for one write */
};

struct store {
    struct store_shared *shared;
    struct dictionary *dictionary;  /* what is remembered of terms: the shared one */
    struct posting_cache *postings; /* and of postings */
    struct name_cache *names;       /* and of clouds' names */
    struct bulk_build *build;       /* this store is being built (bulk_build.h); else NULL */

    /* the writer's */
    DB_TXN *txn; /* that is running, or NULL */
    enum store_writing writing;
    bool many;                 /* this transaction will write much */
    bool expiries_change;      /* this transaction changes what expires when */
    uint64_t writes;           /* so far, in all transactions */
    uint64_t written_bytes;    /* keys and values, in this transaction */
    uint64_t written_max;      /* 0: as many as it wants */
    struct store_value before; /* of the key being written */

    /* a snapshot's */
    bool is_snapshot;
    bool latched;      /* the holder has called store_latch_shared */
    uint64_t snapshot; /* the commit that it sees */
    uint64_t terms;    /* numbers that the dictionary had given out with it */
    struct store *prev, *next;
};

/* Opens the environment in `directory`, running recovery; makes missing databases when
 * `create`. `limits` NULL: the defaults. On failure nothing stays open. */
enum ic_status store_open(struct store *store, const char *directory, bool create,
                          const struct ic_limits *limits, struct ic_error *error);

/* Checkpoints and closes. All snapshots must be closed. */
void store_close(struct store *store);

/* True when Berkeley DB asked for recovery: nothing works before store_reopen. */
bool store_broken(const struct store *store);

/* Closes the environment and opens it, which recovers it. Snapshots of before answer IC_BUSY.
 * For the one who may write. */
enum ic_status store_reopen(struct store *store, const char *directory, struct ic_error *error);

/* Checkpoints when the limit `log` was passed since the last, or with `force`, so that
 * the databases' files hold everything and recovery has nothing to do. One at a time: a
 * checkpoint that is not forced is left to the one that is running. */
enum ic_status store_checkpoint(struct store *store, bool force, struct ic_error *error);

/* Copies the environment into an empty directory; opening the copy recovers it. Beside readers
 * and a writer; holds off checkpoints. */
enum ic_status store_backup(struct store *store, const char *directory, struct ic_error *error);

/* The one place that maps Berkeley DB's codes. `what` says what was being done. */
enum ic_status store_fail(struct store *store, int code, const char *what,
                          struct ic_error *error);

/* The file of a database. All but STORE_META are of a generation: a bulk import builds the next
 * one beside the one in force (store_build.h). */
enum { STORE_FILE_NAME_MAX = 64 };
void store_database_file(enum store_database database, uint64_t generation,
                         char name[STORE_FILE_NAME_MAX]);
/* Is it the name of a database's file, and of which generation (0: of all)? */
bool store_is_database_file(const char *name, uint64_t *generation);
uint64_t store_generation(const struct store *store);

/* ---- transactions: store_transaction.c ---- */

/* One writer's transaction. Commit returns when it is on disk; after a failed commit the
 * transaction is gone. Abort without a transaction does nothing. */
enum ic_status store_begin(struct store *store, struct ic_error *error);
enum ic_status store_commit(struct store *store, struct ic_error *error);
void store_abort(struct store *store);

/* Says before the first write that this transaction will write much, so that readers must get
 * in before it ends. */
void store_expect_many(struct store *store);

/* Holds this transaction to the limit `transaction`: a write beyond it is IC_TOO_LARGE, after
 * which there is only the abort. */
void store_limit_transaction(struct store *store);

/* Keeps everybody else out until the transaction ends, when no snapshot is open; *alone false:
 * there is one. No snapshot is then open at the commit either. */
void store_be_alone(struct store *store, bool *alone);

/* A commit that readers see and that is not on disk yet. */
struct store_ticket {
    uint64_t number, opening;
};

/* Commit in two steps: between them the next writer may run. */
enum ic_status store_commit_write(struct store *store, struct store_ticket *ticket,
                                  struct ic_error *error);

/* Calls of whoever keeps something beside the store, while nobody reads: after a commit, an
 * abort of a transaction that wrote, a reopening, which fails when its call does. */
struct store_hooks {
    void (*committed)(void *context);
    void (*aborted)(void *context);
    enum ic_status (*reopened)(void *context, struct ic_error *error);
    void *context;
};
void store_set_hooks(struct store *store, const struct store_hooks *hooks);

/* ---- flushing: store_flush.c ---- */

/* Returns when the commit is on disk: one flush of the log for all that wait. Any thread,
 * holding no lock. */
enum ic_status store_wait(struct store *store, const struct store_ticket *ticket,
                          struct ic_error *error);

/* ---- snapshots: store_snapshot.c ---- */

/* Opens a snapshot of the last commit; `taken` (may be NULL) is called at that moment, when no
 * commit can happen. Owned: store_snapshot_close. The handle must not move in memory. */
void store_snapshot_open(struct store *store, struct store *snapshot,
                         void (*taken)(void *context), void *context);
void store_snapshot_close(struct store *snapshot);

/* The time from which on something stored has expired, INT64_MAX: nothing will; 0: not known.
 * Kept for the last commit: read and set by those who hold the latch shared, forgotten when a
 * transaction that called store_expiry_changes commits. */
int64_t store_first_expiry(const struct store *store);
void store_set_first_expiry(struct store *store, int64_t ms);
void store_expiry_changes(struct store *store);

/* Forgets postings when more are kept than should be, unless somebody reads or writes. */
void store_trim(struct store *store);

/* Over several reads of a snapshot that must not be torn apart by a commit: keeps the writer
 * out. Short; no waiting for anything inside. */
void store_latch_shared(struct store *snapshot);
void store_unlatch(struct store *snapshot);

/* Memory in bytes: of the pages that Berkeley DB keeps, and of what is kept for snapshots. */
enum ic_status store_memory(struct store *snapshot, uint64_t *pages, uint64_t *versions,
                            struct ic_error *error);

/* True when the snapshot sees the last commit and nothing that is being written. Only between
 * store_latch_shared and store_unlatch; the writer's handle is always current. */
bool store_is_current(const struct store *snapshot);

/* ---- records: store_records.c ---- */

/* Reads the record of `key`; *found false when there is none. */
enum ic_status store_get(struct store *store, enum store_database database, const void *key,
                         size_t key_size, struct store_value *value, bool *found,
                         struct ic_error *error);
/* Writes or replaces a record. */
enum ic_status store_put(struct store *store, enum store_database database, const void *key,
                         size_t key_size, const void *data, size_t size,
                         struct ic_error *error);
/* Deletes the record of `key`; missing is no error. Keys being unique, `data` is NULL. */
enum ic_status store_delete(struct store *store, enum store_database database, const void *key,
                            size_t key_size, const void *data, size_t size,
                            struct ic_error *error);

/* Big-endian integers in keys and records. */
static inline void put_u64(unsigned char *p, uint64_t value)
{
    for (int i = 7; i >= 0; i--, value >>= 8)
        p[i] = (unsigned char)value;
}

static inline uint64_t get_u64(const unsigned char *p)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value = value << 8 | p[i];
    return value;
}

/* Numbers in keys take 5 bytes: a Berkeley DB item of 4 is no smaller. */
enum { NUMBER_KEY_BYTES = 5 };
#define NUMBER_KEY_MAX (((uint64_t)1 << 8 * NUMBER_KEY_BYTES) - 1)

static inline void put_number_key(unsigned char *p, uint64_t value)
{
    for (int i = NUMBER_KEY_BYTES - 1; i >= 0; i--, value >>= 8)
        p[i] = (unsigned char)value;
}

static inline uint64_t get_number_key(const unsigned char *p)
{
    uint64_t value = 0;
    for (int i = 0; i < NUMBER_KEY_BYTES; i++)
        value = value << 8 | p[i];
    return value;
}

/* And ordinals 4. */
enum { ORDINAL_KEY_BYTES = 4 };

static inline void put_ordinal_key(unsigned char *p, uint32_t value)
{
    for (int i = ORDINAL_KEY_BYTES - 1; i >= 0; i--, value >>= 8)
        p[i] = (unsigned char)value;
}

static inline uint32_t get_ordinal_key(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Numbers in STORE_META, 0 when absent. */
enum ic_status store_get_number(struct store *store, const char *name, uint64_t *value,
                                struct ic_error *error);
enum ic_status store_put_number(struct store *store, const char *name, uint64_t value,
                                struct ic_error *error);
/* Adds `count` to the number and returns the first of the new ones in *first (numbers begin at
 * 1). */
enum ic_status store_take(struct store *store, const char *name, uint64_t count,
                          uint64_t *first, struct ic_error *error);

/* ---- scans: store_scan.c ---- */

/* Walks records in key order. The records are fetched many at a time, without a Berkeley DB
 * cursor that stays open: a scan may be left standing for ever. A snapshot's scan sees its
 * commit; the writer's sees at each step what the transaction has written so far. */
struct store_scan {
    struct store *store;
    DBT key, data; /* of the record the scan stands on; borrowed until the next step */
    enum store_database database;
    unsigned char prefix[STORE_PREFIX_MAX];
    size_t prefix_size;
    struct store_value position; /* where the next fetch begins */
    unsigned char *records;      /* fetched: sizes and bytes of key and data */
    size_t size, at, room;
    void *bulk; /* Berkeley DB's, of a fetch */
    size_t bulk_bytes;
    unsigned fetches;
    bool ended;      /* nothing is left to fetch */
    uint64_t writes; /* of the store, when it was fetched */
};

/* All records whose key begins with `prefix` (at most STORE_PREFIX_MAX bytes), beginning at
 * `start` (or, when NULL, at the prefix). */
enum ic_status store_scan_open(struct store *store, enum store_database database,
                               const void *prefix, size_t prefix_size, const void *start,
                               size_t start_size, struct store_scan *scan,
                               struct ic_error *error);
enum ic_status store_scan_next(struct store_scan *scan, bool *found, struct ic_error *error);
void store_scan_close(struct store_scan *scan);

#endif
