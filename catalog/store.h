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
    STORE_CHECKPOINT_KBYTES = 16 * 1024,
    STORE_PREFIX_MAX = 512 /* bytes of a scan's prefix */
};

struct dictionary;
struct posting_cache;

enum store_database {
    STORE_META,           /* name -> value */
    STORE_TERMS,          /* term number -> term */
    STORE_TERM_IDS,       /* hash of a term -> term ids */
    STORE_ENTRIES,        /* ordinal -> entry record */
    STORE_SUBJECTS,       /* subject's number, ordinal -> nothing */
    STORE_POSTINGS,       /* property id, object id, chunk -> ordinals within the chunk */
    STORE_ADVERTISEMENTS, /* advertisement number -> record */
    STORE_EXPIRES,        /* time, advertisement number -> its run of ordinals */
    STORE_CLOUD_NAMES,    /* block of 64 ordinals -> names of the clouds in it */
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
    DB_TXN *txn;                    /* of the writer that is running, or NULL */
    struct dictionary *dictionary;  /* what is remembered of it */
    struct posting_cache *postings; /* or NULL */
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
    unsigned char prefix[STORE_PREFIX_MAX];
    size_t prefix_size;
    bool started;
};

/* All records whose key begins with `prefix` (at most STORE_PREFIX_MAX bytes), beginning at
 * `start` (or, when NULL, at the prefix). */
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

#endif
