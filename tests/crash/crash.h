/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness: what its three parts share.
 *
 * The supervisor (crash.c) starts a worker (crash_worker.c) that does everything to one catalog
 * at once, kills it, and starts a checker (crash_check.c) that opens the catalog and compares
 * it with what the worker noted in shared memory before and after each call.
 *
 * Invariants: a slot is something that the catalog replaces as a whole. One thread writes a
 * slot: it sets `attempt` to the next version, calls the catalog, and on IC_OK sets `acked` to
 * it. So whenever the worker dies, the catalog must hold `acked` or `attempt`, whole. */
#ifndef IC_TESTS_CRASH_CRASH_H
#define IC_TESTS_CRASH_CRASH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "support.h"
#include "world.h"

enum {
    PUBLISHERS = 3,
    CLOUDS_EACH = 5,
    CLOUD_SLOTS = PUBLISHERS * CLOUDS_EACH,
    FILE_SLOTS = 2,
    SLOT_FILES = CLOUD_SLOTS,
    SLOT_GRAPH = SLOT_FILES + FILE_SLOTS,
    SLOT_ONTOLOGY,
    SLOT_BULK, /* how many bulk imports, each of clouds of its own */
    SLOTS,
    READERS = 2,
    THREADS = 1 + PUBLISHERS + 2 + READERS, /* the worker itself; bulk writer; caretaker */
    CHANGES_MAX = 1 << 18,
    FAILURE_BYTES_MAX = 1024,
    FILE_CLOUDS_MAX = 200,
    BULK_CLOUDS = 60,
    BULKS_MAX = 25 /* into one catalog */
};

enum phase {
    PHASE_IDLE,
    PHASE_OPEN,
    PHASE_PUBLISH,
    PHASE_WITHDRAW,
    PHASE_RENEW,
    PHASE_IMPORT,
    PHASE_ONTOLOGY,
    PHASE_GRAPH,
    PHASE_COUNTER,
    PHASE_BULK,
    PHASE_BACKUP,
    PHASE_VERIFY, /* it makes a checkpoint first */
    PHASE_READ,
    PHASE_CLOSE,
    PHASE_RECOVERY,
    PHASE_SHELL_IMPORT,
    PHASE_SHELL_ONTOLOGY,
    PHASE_SHELL_CREATE,
    PHASES
};

struct slot {
    _Atomic uint64_t acked, attempt;
};

struct change {
    uint64_t sequence, version;
    uint32_t slot;
};

struct shared {
    struct slot slots[SLOTS];
    uint64_t base[SLOTS];           /* versions when the round began */
    _Atomic uint64_t counter;       /* the last number that was given out */
    _Atomic uint64_t last_sequence; /* the highest that was acknowledged */
    _Atomic uint32_t change_count;
    struct change changes[CHANGES_MAX]; /* of this round, acknowledged */

    _Atomic int phases[THREADS];
    _Atomic uint64_t phase_us[PHASES]; /* how long the last one took */
    bool left_out[PHASES];             /* not done in this run */
    int focus;                         /* the phase that this round wants to hit */

    _Atomic uint64_t backup;          /* the last one that was finished; 0: none */
    _Atomic uint64_t backup_ontology; /* acknowledged when it began */
    _Atomic uint64_t reads, publishes, checked_backups, refused_backups;

    _Atomic bool failed;
    char failure[FAILURE_BYTES_MAX];
};

struct harness {
    struct shared *shared;
    uint64_t seed; /* of this round */
    char scratch[PATH_BYTES_MAX];
    char disk[PATH_BYTES_MAX]; /* what a power cut hits: the catalog and the backups */
    char catalog[PATH_BYTES_MAX], backups[PATH_BYTES_MAX];
    char ontologies[WORLD_ONTOLOGIES][PATH_BYTES_MAX];
    char digests[WORLD_ONTOLOGIES][65];
    char program[PATH_BYTES_MAX]; /* intercloud-catalog */
};

/* Opens the harness's catalog (or another directory in the same world). */
enum ic_status harness_open(const struct harness *harness, const char *directory, bool create,
                            struct ic_catalog **catalog, struct ic_error *error);
/* Notes the first failure; returns false. */
bool harness_fail(const struct harness *harness, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Names and shapes. A big cloud has hundreds of statements. */
void cloud_slot_name(unsigned slot, char name[32]);
const char *cloud_slot_owner(unsigned slot);
bool cloud_slot_big(unsigned slot);
unsigned file_clouds(unsigned file);
void file_cloud_name(unsigned file, unsigned index, char name[32]);
void bulk_cloud_name(uint64_t bulk, unsigned index, char name[32]);

/* The worker: never ends by itself but by a failure (status 1). Context: struct harness. */
int worker_run(void *context);
/* Opens the catalog and waits to be killed. */
int opener_run(void *context);
/* The checker: status 0 when all is well; then the slots say what was found. */
int checker_run(void *context);

#endif
