/* SPDX-License-Identifier: Apache-2.0 */
/* Backup: a copy of the directory that opens by itself. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog_internal.h"

static enum ic_status check_target(const char *directory, struct ic_error *error)
{
    if (mkdir(directory, 0700) == 0)
        return IC_OK;
    if (errno != EEXIST)
        return ic_fail_errno(error, errno, "cannot make the backup directory %s", directory);
    DIR *entries = opendir(directory);
    if (!entries)
        return ic_fail_errno(error, errno, "cannot write the backup to %s", directory);
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(entries));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(entries);
    return empty ? IC_OK
                 : ic_fail(error, IC_BAD_INPUT,
                           "%s is not empty; give the backup a new directory", directory);
}

/* Syncs every file and the directory: the backup outlives a power failure. */
static enum ic_status sync_directory(int fd, struct ic_error *error)
{
    return syncfs(fd) == 0 ? IC_OK
                           : ic_fail_errno(error, errno, "cannot write the backup to disk");
}

enum ic_status ic_catalog_backup(struct ic_catalog *catalog, const char *directory,
                                 struct ic_error *error)
{
    enum ic_status status = check_target(directory, error);
    if (status == IC_OK)
        status = store_backup(&catalog->store, directory, error);
    const int fd = status == IC_OK ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (status == IC_OK && fd < 0)
        status = ic_fail_errno(error, errno, "cannot write the backup to %s", directory);
    if (status == IC_OK)
        status = catalog_write_format(fd, error);
    if (status == IC_OK)
        status = sync_directory(fd, error);
    if (fd >= 0)
        close(fd);
    return status;
}
