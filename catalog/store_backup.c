/* SPDX-License-Identifier: Apache-2.0 */
/* Copying the files of an open environment: the databases in force, then the log, from which
 * recovery makes the copies whole. What an import builds beside them is left out. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_shared.h"

enum { BLOCK_BYTES = 1024 * 1024 };

/* Writes the whole block, or returns errno. */
static int write_block(int to, const char *block, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(to, block, size);
        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            block += written;
            size -= (size_t)written;
        }
    }
    return 0;
}

static int copy_blocks(int from, int to)
{
    char *block = malloc(BLOCK_BYTES);
    int code = block ? 0 : ENOMEM;
    while (!code) {
        const ssize_t size = read(from, block, BLOCK_BYTES);
        if (size == 0)
            break;
        if (size > 0)
            code = write_block(to, block, (size_t)size);
        else if (errno != EINTR)
            code = errno;
    }
    free(block);
    return code;
}

static int copy_file(int from_directory, int to_directory, const char *name)
{
    const int from = openat(from_directory, name, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return errno;
    const int to = openat(to_directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int code = to < 0 ? errno : copy_blocks(from, to);
    if (to >= 0 && close(to) != 0 && !code)
        code = errno;
    close(from);
    return code;
}

/* The log's files and what says where it ends. */
static int copy_log(const char *home, int to)
{
    DIR *files = opendir(home);
    if (!files)
        return errno;
    int code = 0;
    for (const struct dirent *file; !code && (file = readdir(files));)
        if (strncmp(file->d_name, "log", 3) == 0)
            code = copy_file(dirfd(files), to, file->d_name);
    closedir(files);
    return code;
}

int store_copy_files(struct store_shared *shared, const char *directory)
{
    const char *home = NULL;
    int code = shared->env->get_home(shared->env, &home);
    for (int i = 0; !code && i < STORE_DATABASE_COUNT; i++) {
        char name[STORE_FILE_NAME_MAX];
        store_database_file((enum store_database)i, shared->generation, name);
        code = shared->env->dbbackup(shared->env, name, directory, DB_EXCL);
    }
    const int to = code ? -1 : open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!code && to < 0)
        code = errno;
    if (!code)
        code = copy_log(home, to);
    if (to >= 0)
        close(to);
    return code;
}
