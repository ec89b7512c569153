/* SPDX-License-Identifier: Apache-2.0 */
/* Failing calls: the n-th call of one kind fails while something is done to a catalog.
 *
 * Kinds ("sites"): Berkeley DB's methods (faults_db.c), allocations of our own objects
 * (faults_memory.c), system calls on files (disk.c). faults.c counts, faults_work.c has what is
 * done and what must be true afterwards. */
#ifndef IC_TESTS_CRASH_FAULTS_H
#define IC_TESTS_CRASH_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

/* From now on call number `at` (from 0) fails: a method of Berkeley DB with `code` (`after` it
 * was done, where that is possible: closing, committing), an allocation with NULL. `lasting`:
 * all later ones fail too. at < 0: none fails, all are counted. */
void db_fault_begin(long at, int code, bool after);
/* Returns how many calls there were. */
long db_fault_end(void);
bool db_fault_happened(void);

void memory_fault_begin(long at, bool lasting);
long memory_fault_end(void);
bool memory_fault_happened(void);

/* ---- what is done ---- */

struct work {
    const char *name;
    bool opens;   /* the work itself opens the catalog: it gets none */
    bool nothing; /* it needs no catalog at all */
    /* Makes documents and the like, which must not fail. May be NULL. */
    void *(*prepare)(const struct bench *bench);
    enum ic_status (*run)(const struct bench *bench, struct ic_catalog *catalog, void *prepared,
                          struct ic_error *error);
    void (*release)(void *prepared);
    /* Is what the work changes as it was, or as the work makes it? NULL: it changes nothing. */
    enum outcome (*look)(const struct bench *bench, struct ic_catalog *catalog);
    /* What must be true of `other` when the work ended with `status`. May be NULL. */
    bool (*check_other)(const struct bench *bench, enum ic_status status);
};

extern const struct work works[];
extern const unsigned work_count;

#endif
