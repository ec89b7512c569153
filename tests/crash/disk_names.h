/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a path leads to, as recorded calls change it. */
#ifndef IC_TESTS_CRASH_DISK_NAMES_H
#define IC_TESTS_CRASH_DISK_NAMES_H

#include "disk.h"

struct disk_names {
    uint32_t count;
    struct disk_name items[DISK_NAMES_MAX];
};

/* The object at `path`, or 0. */
uint32_t disk_names_find(const struct disk_names *names, const char *path);
/* Object 0: the path leads nowhere any more. */
void disk_names_set(struct disk_names *names, const char *path, uint32_t object);
/* Also for everything below `from`, when that is a directory. */
void disk_names_rename(struct disk_names *names, const char *from, const char *to);
/* Gives every file below the directory a number, from 1 on, in the order of the paths. */
void disk_names_scan(struct disk_names *names, const char *directory);

#endif
