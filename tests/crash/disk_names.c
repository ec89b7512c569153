/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a path leads to, as recorded calls change it. */
#include "disk_names.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support.h"

static struct disk_name *find(const struct disk_names *names, const char *path)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i].path, path) == 0)
            return (struct disk_name *)(uintptr_t)&names->items[i];
    return NULL;
}

uint32_t disk_names_find(const struct disk_names *names, const char *path)
{
    const struct disk_name *name = find(names, path);
    return name ? name->object : 0;
}

void disk_names_set(struct disk_names *names, const char *path, uint32_t object)
{
    struct disk_name *name = find(names, path);
    if (!name && !object)
        return;
    if (!object) {
        *name = names->items[--names->count];
        return;
    }
    if (!name) {
        if (names->count == DISK_NAMES_MAX)
            give_up("more than %d files", DISK_NAMES_MAX);
        name = &names->items[names->count++];
        snprintf(name->path, sizeof name->path, "%s", path);
    }
    name->object = object;
}

void disk_names_rename(struct disk_names *names, const char *from, const char *to)
{
    const size_t length = strlen(from);
    disk_names_set(names, to, 0);
    for (uint32_t i = 0; i < names->count; i++) {
        char *path = names->items[i].path, moved[2 * DISK_PATH_BYTES_MAX];
        if (strncmp(path, from, length) != 0 || (path[length] && path[length] != '/'))
            continue;
        snprintf(moved, sizeof moved, "%s%s", to, path + length);
        snprintf(path, DISK_PATH_BYTES_MAX, "%.*s", DISK_PATH_BYTES_MAX - 1, moved);
    }
}

static void scan(struct disk_names *names, const char *directory, const char *below)
{
    struct dirent **entries;
    const int count = scandir(directory, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[PATH_BYTES_MAX], name[PATH_BYTES_MAX];
        struct stat stat;
        const char *leaf = entries[i]->d_name;
        join_path(path, directory, leaf);
        if (*below)
            join_path(name, below, leaf);
        else
            snprintf(name, sizeof name, "%s", leaf);
        if (strcmp(leaf, ".") != 0 && strcmp(leaf, "..") != 0 && lstat(path, &stat) == 0) {
            if (S_ISDIR(stat.st_mode))
                scan(names, path, name);
            else if (S_ISREG(stat.st_mode))
                disk_names_set(names, name, names->count + 1);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void disk_names_scan(struct disk_names *names, const char *directory)
{
    scan(names, directory, "");
}
