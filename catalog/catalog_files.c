/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog's directory: its lock, its format file, what a failed creation leaves.
 *
 * The file `lock` is locked (flock) by the owner for as long as it runs; the kernel gives it
 * up when the process ends in any way. Who has it is written in it. The file `format` is
 * written last when a catalog is made: a directory without it is not, or not yet, a catalog. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "catalog_internal.h"
#include "store_log_end.h"

#define FORMAT_LINE "intercloud-catalog "

static enum ic_status check_format(const struct ic_catalog *catalog, int fd,
                                   struct ic_error *error)
{
    char text[64];
    const ssize_t size = read(fd, text, sizeof text - 1);
    if (size < 0)
        return ic_fail_errno(error, errno, "cannot read %s/format", catalog->directory);
    text[size] = '\0';
    const size_t prefix = strlen(FORMAT_LINE);
    if (strncmp(text, FORMAT_LINE, prefix) != 0)
        return ic_fail(error, IC_FORMAT, "%s/format is not a catalog's format file",
                       catalog->directory);
    const long version = strtol(text + prefix, NULL, 10);
    if (version == CATALOG_FORMAT_VERSION)
        return IC_OK;
    return ic_fail(
        error, IC_FORMAT,
        "%s has format version %ld, this program reads version %d; run `export` with "
        "the program that wrote it, then `import --restore` into a new catalog",
        catalog->directory, version, CATALOG_FORMAT_VERSION);
}

/* Stands in a directory for as long as a catalog is being made there: only then is what lies
 * beside it worth nothing. */
#define CREATING "creating"

static bool is_own_file(const char *name)
{
    if (strcmp(name, "lock") == 0 || strcmp(name, "socket") == 0 ||
        strcmp(name, "format.new") == 0 || strcmp(name, "format") == 0 ||
        strncmp(name, "log.", 4) == 0 || strncmp(name, "__db.", 5) == 0 ||
        strcmp(name, "meta-next.db") == 0 || strcmp(name, CREATING) == 0 ||
        strncmp(name, STORE_LOG_END_FILE, strlen(STORE_LOG_END_FILE)) == 0)
        return true;
    uint64_t generation;
    return store_is_database_file(name, &generation);
}

/* Calls `each` for every entry of the directory but "." and "..". */
static void walk(int directory_fd, void (*each)(void *context, const char *name), void *context)
{
    const int fd = openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd < 0 ? NULL : fdopendir(fd);
    if (!directory) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(directory));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            each(context, entry->d_name);
    closedir(directory);
}

static void note_foreign(void *context, const char *name)
{
    bool *foreign = context;
    *foreign |= !is_own_file(name);
}

static void unlink_own(void *context, const char *name)
{
    const int *directory_fd = context;
    if (is_own_file(name) && strcmp(name, "lock") != 0 && strcmp(name, CREATING) != 0)
        unlinkat(*directory_fd, name, 0);
}

static void note_data(void *context, const char *name)
{
    bool *data = context;
    *data |= strncmp(name, "log.", 4) == 0 || strstr(name, ".db") != NULL;
}

struct irregular {
    int directory_fd;
    char name[64]; /* of the first one; empty: none */
};

static void note_irregular(void *context, const char *name)
{
    struct irregular *irregular = context;
    struct stat stat;
    if (!irregular->name[0] && (strncmp(name, "log.", 4) == 0 || strstr(name, ".db")) &&
        fstatat(irregular->directory_fd, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(stat.st_mode))
        snprintf(irregular->name, sizeof irregular->name, "%s", name);
}

/* Berkeley DB would wait for ever for a pipe. */
static enum ic_status check_files(const struct ic_catalog *catalog, struct ic_error *error)
{
    struct irregular irregular = {.directory_fd = catalog->directory_fd};
    walk(catalog->directory_fd, note_irregular, &irregular);
    return irregular.name[0]
               ? ic_fail(error, IC_CORRUPT, "%s/%s is no ordinary file; restore a backup",
                         catalog->directory, irregular.name)
               : IC_OK;
}

/* What lies in a directory without `format` is what a creation left, or a catalog that lost it.
 */
static enum ic_status begin_creation(const struct ic_catalog *catalog, struct ic_error *error)
{
    bool data = false;
    if (faccessat(catalog->directory_fd, CREATING, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        walk(catalog->directory_fd, note_data, &data);
    if (data)
        return ic_fail(
            error, IC_CORRUPT,
            "%s has a catalog's files and lacks the file \"format\"; restore a backup",
            catalog->directory);
    const int fd = openat(catalog->directory_fd, CREATING,
                          O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fsync(fd) != 0 || fsync(catalog->directory_fd) != 0) {
        const int code = errno;
        if (fd >= 0)
            close(fd);
        return ic_fail_errno(error, code, "cannot write in the catalog directory %s",
                             catalog->directory);
    }
    close(fd);
    walk(catalog->directory_fd, unlink_own, &(int){catalog->directory_fd});
    return IC_OK;
}

static enum ic_status open_directory(struct ic_catalog *catalog, const char *directory,
                                     bool create, bool *made, struct ic_error *error)
{
    if (create && mkdir(directory, 0700) == 0)
        *made = true;
    else if (create && errno != EEXIST)
        return ic_fail_errno(error, errno, "cannot make the catalog directory %s", directory);
    catalog->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (catalog->directory_fd < 0 && errno == ENOENT)
        return ic_fail(
            error, IC_NOT_FOUND,
            "there is no catalog at %s; name one with --db DIR or $INTERCLOUD_DB, or "
            "make one with `import` or `ontology load`",
            directory);
    if (catalog->directory_fd < 0)
        return ic_fail_errno(error, errno, "cannot open the catalog directory %s", directory);
    catalog->directory = realpath(directory, NULL);
    return catalog->directory
               ? IC_OK
               : ic_fail_errno(error, errno, "cannot open the catalog directory %s", directory);
}

/* The owner signs the lock file, so that others can be told who it is; a signature is only read
 * while the lock is held. Without room for it there is none. */
static void sign_lock(int lock_fd)
{
    if (ftruncate(lock_fd, 0) == 0)
        dprintf(lock_fd, "%ld %.64s\n", (long)getpid(), program_invocation_short_name);
}

static enum ic_status fail_owned(const struct ic_catalog *catalog, struct ic_error *error)
{
    char text[128], name[65];
    long pid;
    const ssize_t size = pread(catalog->lock_fd, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    if (sscanf(text, "%ld %64[^\n]", &pid, name) == 2)
        return ic_fail(error, IC_OWNED, "process %ld (%s) owns the catalog %s", pid, name,
                       catalog->directory);
    return ic_fail(error, IC_OWNED, "another process owns the catalog %s", catalog->directory);
}

static enum ic_status take_lock(struct ic_catalog *catalog, struct ic_error *error)
{
    catalog->lock_fd =
        openat(catalog->directory_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (catalog->lock_fd < 0)
        return ic_fail_errno(error, errno, "cannot write in the catalog directory %s",
                             catalog->directory);
    if (flock(catalog->lock_fd, LOCK_EX | LOCK_NB) == 0) {
        sign_lock(catalog->lock_fd);
        return IC_OK;
    }
    if (errno == EWOULDBLOCK)
        return fail_owned(catalog, error);
    return ic_fail_errno(error, errno, "cannot lock the catalog %s", catalog->directory);
}

/* Is there a catalog; if not, may one be made here? */
static enum ic_status look(struct ic_catalog *catalog, bool create, bool *fresh,
                           struct ic_error *error)
{
    const int fd = openat(catalog->directory_fd, "format", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        const enum ic_status status = check_format(catalog, fd, error);
        close(fd);
        *fresh = false;
        return status;
    }
    if (errno != ENOENT)
        return ic_fail_errno(error, errno, "cannot read %s/format", catalog->directory);
    bool foreign = false;
    *fresh = true;
    walk(catalog->directory_fd, note_foreign, &foreign);
    if (foreign)
        return ic_fail(error, IC_IO, "%s is not a catalog and holds other files",
                       catalog->directory);
    if (!create)
        return ic_fail(error, IC_NOT_FOUND,
                       "there is no catalog at %s; make one with `import` or `ontology load`",
                       catalog->directory);
    return IC_OK;
}

enum ic_status catalog_take_directory(struct ic_catalog *catalog, const char *directory,
                                      bool create, bool *fresh, bool *made,
                                      struct ic_error *error)
{
    enum ic_status status = open_directory(catalog, directory, create, made, error);
    if (status == IC_OK)
        status = look(catalog, create, fresh, error);
    if (status == IC_OK)
        status = take_lock(catalog, error);
    if (status == IC_OK) /* again: another process may have made it meanwhile */
        status = look(catalog, create, fresh, error);
    if (status == IC_OK && !*fresh)
        status = check_files(catalog, error);
    if (status == IC_OK && *fresh) {
        status = begin_creation(catalog, error);
        *fresh = status == IC_OK; /* else there is nothing to discard */
    }
    return status;
}

enum ic_status catalog_write_format(int directory_fd, struct ic_error *error)
{
    char text[64];
    const int size = snprintf(text, sizeof text, FORMAT_LINE "%d\n", CATALOG_FORMAT_VERSION);
    const int fd = openat(directory_fd, "format.new",
                          O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ic_fail_errno(error, errno, "cannot write the catalog's format file");
    const bool written = write(fd, text, (size_t)size) == size && fsync(fd) == 0;
    const int written_errno = errno;
    close(fd);
    if (!written)
        return ic_fail_errno(error, written_errno, "cannot write the catalog's format file");
    if (renameat(directory_fd, "format.new", directory_fd, "format") != 0 ||
        fsync(directory_fd) != 0)
        return ic_fail_errno(error, errno, "cannot write the catalog's format file");
    unlinkat(directory_fd, CREATING, 0);
    return IC_OK;
}

void catalog_discard(struct ic_catalog *catalog, bool made)
{
    walk(catalog->directory_fd, unlink_own, &catalog->directory_fd);
    if (!made)
        return;
    unlinkat(catalog->directory_fd, CREATING, 0);
    unlinkat(catalog->directory_fd, "lock", 0);
    rmdir(catalog->directory);
}

struct sizes {
    int directory_fd;
    uint64_t databases, log;
};

static void add_size(void *context, const char *name)
{
    struct sizes *sizes = context;
    struct stat stat;
    if (!is_own_file(name) || fstatat(sizes->directory_fd, name, &stat, 0) != 0)
        return;
    if (strncmp(name, "log.", 4) == 0)
        sizes->log += (uint64_t)stat.st_size;
    else if (strstr(name, ".db"))
        sizes->databases += (uint64_t)stat.st_size;
}

void catalog_file_sizes(const struct ic_catalog *catalog, uint64_t *databases, uint64_t *log)
{
    struct sizes sizes = {.directory_fd = catalog->directory_fd};
    walk(catalog->directory_fd, add_size, &sizes);
    *databases = sizes.databases;
    *log = sizes.log;
}
