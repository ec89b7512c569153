/* SPDX-License-Identifier: Apache-2.0 */
/* The store: the Berkeley DB environment of one catalog directory and its databases.
 *
 * Internal to catalog/. README.md draws every database's keys and records.
 *
 * Invariants: every write happens inside a transaction, and every read of a writer carries
 * that transaction. All integers in keys are big-endian, so that keys sort by value.
 * Threads: struct ic_catalog's lock gives one writer or many readers; nothing here locks. */
#ifndef IC_STORE_H
#define IC_STORE_H

#include <db.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum {
    STORE_PAGE_BYTES = 4096,
    STORE_CACHE_BYTES = 16 * 1024 * 1024,
    STORE_LOG_FILE_BYTES = 8 * 1024 * 1024,
    STORE_CHECKPOINT_KBYTES = 16 * 1024
};

enum store_database {
    STORE_META,           /* name -> value */
    STORE_TERMS,          /* term id -> term */
    STORE_TERM_IDS,       /* hash of a term -> term ids (duplicates) */
    STORE_ENTRIES,        /* ordinal -> entry record */
    STORE_SUBJECTS,       /* subject id -> ordinals (duplicates) */
    STORE_POSTINGS,       /* property id, object id, chunk -> ordinals within the chunk */
    STORE_OBJECTS,        /* object id -> property ids (duplicates) */
    STORE_ADVERTISEMENTS, /* advertisement number -> record */
    STORE_GRAPHS,         /* graph's term id -> what it is */
    STORE_NAMES,          /* cloud name -> claim */
    STORE_CHANGES,        /* sequence -> change */
    STORE_GSPO,           /* quads of plain and ontology graphs, in three orders */
    STORE_GPOS,
    STORE_GOSP,
    STORE_DATABASE_COUNT
};

struct store {
    DB_ENV *env;
    DB *databases[STORE_DATABASE_COUNT];
    DB_TXN *txn; /* of the writer that is running, or NULL */
    bool broken; /* Berkeley DB asked for recovery: reopen before anything else */
};

/* Opens the environment in `directory`, running recovery; makes missing databases when
 * `create`. On failure nothing stays open. */
enum ic_status store_open(struct store *store, const char *directory, bool create,
                          struct ic_error *error);

/* Checkpoints and closes. */
void store_close(struct store *store);

/* Checkpoints, so that the databases' files hold everything and recovery has nothing to do. */
enum ic_status store_checkpoint(struct store *store, bool force, struct ic_error *error);

/* One writer's transaction. Commit returns when it is on disk; after a failed commit the
 * transaction is gone. Abort without a transaction does nothing. */
enum ic_status store_begin(struct store *store, struct ic_error *error);
enum ic_status store_commit(struct store *store, struct ic_error *error);
void store_abort(struct store *store);

/* The one place that maps Berkeley DB's codes. `what` says what was being done. */
enum ic_status store_fail(struct store *store, int code, const char *what,
                          struct ic_error *error);

const char *store_database_file(enum store_database database);

/* A value read from the store. Owned: store_value_free; reusable for the next read. */
struct store_value {
    void *data;
    size_t size, room;
};
void store_value_free(struct store_value *value);

/* Reads the record of `key`; *found false when there is none. */
enum ic_status store_get(struct store *store, enum store_database database, const void *key,
                         size_t key_size, struct store_value *value, bool *found,
                         struct ic_error *error);
/* Writes or replaces a record. In a database with duplicates: adds the pair when it is not
 * there. */
enum ic_status store_put(struct store *store, enum store_database database, const void *key,
                         size_t key_size, const void *data, size_t size,
                         struct ic_error *error);
/* Deletes the record of `key`, or with `data` (duplicates) that pair; missing is no error. */
enum ic_status store_delete(struct store *store, enum store_database database, const void *key,
                            size_t key_size, const void *data, size_t size,
                            struct ic_error *error);

/* Walks records in key order. */
struct store_scan {
    struct store *store;
    DBC *cursor;
    DBT key, data; /* of the record the scan stands on; borrowed until the next step */
    unsigned char prefix[32];
    size_t prefix_size;
    bool started;
};

/* All records whose key begins with `prefix` (at most 32 bytes), beginning at `start` (or, when
 * NULL, at the prefix). */
enum ic_status store_scan_open(struct store *store, enum store_database database,
                               const void *prefix, size_t prefix_size, const void *start,
                               size_t start_size, struct store_scan *scan,
                               struct ic_error *error);
enum ic_status store_scan_next(struct store_scan *scan, bool *found, struct ic_error *error);
void store_scan_close(struct store_scan *scan);

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

/* Numbers in STORE_META, 0 when absent. */
enum ic_status store_get_number(struct store *store, const char *name, uint64_t *value,
                                struct ic_error *error);
enum ic_status store_put_number(struct store *store, const char *name, uint64_t value,
                                struct ic_error *error);
/* Adds `count` to the number and returns the first of the new ones in *first (numbers begin at
 * 1). */
enum ic_status store_take(struct store *store, const char *name, uint64_t count,
                          uint64_t *first, struct ic_error *error);

#endif
