/* SPDX-License-Identifier: Apache-2.0 */
/* System calls on files, in the place of libc's: whoever links disk.c has every call of the
 * program and of its libraries (Berkeley DB's too) on files below one directory recorded, or
 * made to fail.
 *
 * Threads: any; recorded calls are made one at a time, so that the record has their order. */
#ifndef IC_TESTS_CRASH_DISK_H
#define IC_TESTS_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DISK_PATH_BYTES_MAX = 160, DISK_OBJECTS_MAX = 8192, DISK_NAMES_MAX = 1024 };

/* What is recorded. Objects are files, whatever they are called; 0 is none. Paths are relative
 * to the directory that is watched. */
enum disk_kind {
    DISK_CREATE,   /* path: a new empty file */
    DISK_WRITE,    /* at `offset`, `size` bytes of data */
    DISK_TRUNCATE, /* to `offset` */
    DISK_SYNC,     /* the object; of object 0: the names in a directory */
    DISK_SYNC_ALL,
    DISK_RENAME, /* two paths, each with its NUL: files below the first move too */
    DISK_UNLINK  /* path */
};

struct disk_record {
    uint32_t kind, object;
    uint64_t offset, size; /* size: of what follows, without the padding to 8 bytes */
    unsigned char data[];
};

struct disk_name {
    uint32_t object;
    char path[DISK_PATH_BYTES_MAX];
};

/* In memory that is shared between processes. */
struct disk_journal {
    struct disk_name names[DISK_NAMES_MAX]; /* when the recording began */
    uint32_t name_count, object_count;
    uint64_t room, used;
    unsigned char records[];
};

/* An empty journal with this many bytes of records. Ends the program on failure. */
struct disk_journal *disk_journal_new(size_t room);

/* From now on this process (and what it forks) records what happens below `directory`, a real
 * path; syncing is only recorded. The journal forgets what it held and notes the files that
 * are there. A journal that is full stops the process at its next call. NULL: no longer. */
void disk_record(struct disk_journal *journal, const char *directory);

/* What a power cut leaves: of what was not synced, a part that chance decides; names as a
 * journalled file system has them: in order, and a sync of any file makes all earlier ones
 * lasting. `before`: a copy of the directory from when recording began. Rewrites `directory`;
 * returns how many blocks were lost. */
uint64_t disk_power_cut(const struct disk_journal *journal, const char *before,
                        const char *directory, uint64_t seed);

/* Calls that can be made to fail. */
enum disk_call {
    DISK_CALL_OPEN = 1,
    DISK_CALL_READ = 2,
    DISK_CALL_WRITE = 4,
    DISK_CALL_SYNC = 8,
    DISK_CALL_NAME = 16, /* rename, unlink */
    DISK_CALL_TRUNCATE = 32
};

/* Fails call number `at` (from 0) of those in `calls` below `directory` with `error`; with
 * `lasting` all later ones too. */
struct disk_fault {
    unsigned calls;
    long at;
    int error;
    bool lasting;
};
/* Files that are opened from now on below `directory` are those that calls can fail on. */
void disk_watch(const char *directory);
/* Begins; `at` < 0: none fails, all are counted. */
void disk_fail(struct disk_fault fault);
/* Ends it. Returns how many calls there were, failed ones too. */
long disk_fail_end(void);
/* While it holds, whoever syncs a file below the directory waits. */
void disk_hold_syncs(bool hold);
/* Does anybody wait? */
bool disk_sync_waits(void);

/* Has the fault happened? */
bool disk_failed(void);

#endif
