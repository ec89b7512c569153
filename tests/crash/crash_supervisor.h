/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness's supervisor: what crash.c and crash_shell.c share. */
#ifndef IC_TESTS_CRASH_CRASH_SUPERVISOR_H
#define IC_TESTS_CRASH_CRASH_SUPERVISOR_H

#include "crash.h"
#include "disk.h"

enum {
    BAG_MAX = 64,
    CHECK_MAX_MS = 120000 /* for a checker */
};

struct supervisor {
    struct harness harness;
    struct chance chance;
    enum phase bag[BAG_MAX]; /* phases still to be hit before the bag is filled again */
    unsigned in_bag, fillings;
    unsigned hits[PHASES], kills, checks;
    struct disk_journal *journal; /* power cuts; or NULL */
    char before[PATH_BYTES_MAX];  /* the disk as it was when recording began */
    uint64_t lost_blocks, recorded_bytes;
    char target[PATH_BYTES_MAX], output[PATH_BYTES_MAX]; /* of the command that runs */
    const char *const *arguments;
};

/* A process that was in these phases was killed. */
void count_hits(struct supervisor *s);
/* Runs a check in a process of its own; false: it failed, crashed or hangs. */
bool check_in_child(struct supervisor *s, int (*check)(void *context), void *context);
/* A round of PHASE_SHELL_...: kills intercloud-catalog itself. */
bool shell_round(struct supervisor *s, enum phase phase);

#endif
