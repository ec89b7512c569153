/* SPDX-License-Identifier: Apache-2.0 */
/* System calls on files, in the place of libc's: recorded, or made to fail.
 *
 * A program's own definition of a function comes before that of any shared library, so that
 * libdb's calls end here too. What libc does inside itself (stdio) does not. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "disk_names.h"
#include "support.h"

enum { DESCRIPTORS_MAX = 4096, DIRECTORY_OBJECT = UINT32_MAX };

/* The one watcher of this process. */
static struct {
    pthread_mutex_t lock;
    char directory[PATH_BYTES_MAX]; /* "" : none */
    struct disk_journal *journal;   /* or NULL */
    struct disk_names names;        /* as they are now */
    uint32_t objects[DESCRIPTORS_MAX];
    struct disk_fault fault;
    bool failing, failed;
    long calls;
    pthread_mutex_t gate_lock;
    pthread_cond_t gate;
    bool held;
    unsigned waiting;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER,
           .gate_lock = PTHREAD_MUTEX_INITIALIZER,
           .gate = PTHREAD_COND_INITIALIZER};

/* ---- what is watched ---- */

/* The path below the watched directory; false: it is elsewhere. */
static bool watched(int directory_fd, const char *path, char found[DISK_PATH_BYTES_MAX])
{
    char whole[PATH_MAX + NAME_MAX];
    const size_t length = strlen(watch.directory);
    if (!length)
        return false;
    if (path[0] == '/' || directory_fd == AT_FDCWD) {
        snprintf(whole, sizeof whole, "%s", path);
    } else {
        char link[32], directory[PATH_MAX];
        snprintf(link, sizeof link, "/proc/self/fd/%d", directory_fd);
        const long size =
            syscall(SYS_readlinkat, AT_FDCWD, link, directory, sizeof directory - 1);
        if (size < 0)
            return false;
        directory[size] = '\0';
        snprintf(whole, sizeof whole, "%s/%s", directory, path);
    }
    if (strncmp(whole, watch.directory, length) != 0 || whole[length] != '/')
        return false;
    snprintf(found, DISK_PATH_BYTES_MAX, "%.*s", DISK_PATH_BYTES_MAX - 1, whole + length + 1);
    return true;
}

static uint32_t object_of(int fd)
{
    return fd >= 0 && fd < DESCRIPTORS_MAX ? watch.objects[fd] : 0;
}

/* Is it this call's turn to fail? The caller holds the lock. */
static bool fails(unsigned call)
{
    if (!watch.failing || !(watch.fault.calls & call))
        return false;
    const long number = watch.calls++;
    const long at = watch.fault.at;
    if (at < 0 || (number != at && !(watch.fault.lasting && number > at)))
        return false;
    watch.failed = true;
    errno = watch.fault.error;
    return true;
}

/* Appends a record; a full journal ends all work here. */
static void record(enum disk_kind kind, uint32_t object, uint64_t offset, const void *data,
                   size_t size)
{
    struct disk_journal *journal = watch.journal;
    if (!journal)
        return;
    const uint64_t whole = (sizeof(struct disk_record) + size + 7) / 8 * 8;
    if (journal->used + whole > journal->room)
        for (;;)
            pause();
    struct disk_record *added =
        (struct disk_record *)(void *)(journal->records + journal->used);
    *added = (struct disk_record){(uint32_t)kind, object, offset, size};
    if (size)
        memcpy(added->data, data, size);
    journal->used += whole;
}

static uint32_t new_object(const char *path)
{
    struct disk_journal *journal = watch.journal;
    if (!journal)
        return 1; /* only told from what is not watched */
    if (journal->object_count + 1 >= DISK_OBJECTS_MAX)
        give_up("more than %d files", DISK_OBJECTS_MAX);
    const uint32_t object = ++journal->object_count;
    disk_names_set(&watch.names, path, object);
    record(DISK_CREATE, object, 0, path, strlen(path) + 1);
    return object;
}

/* Seen by libraries, whatever the program is compiled with. */
#pragma GCC visibility push(default)

/* ---- files ---- */

static void note_opened(int fd, const char *path, int flags)
{
    struct stat stat;
    if (fd >= DESCRIPTORS_MAX || fstat(fd, &stat) != 0)
        return;
    if (S_ISDIR(stat.st_mode)) {
        watch.objects[fd] = DIRECTORY_OBJECT;
    } else if (S_ISREG(stat.st_mode)) {
        const uint32_t known = disk_names_find(&watch.names, path);
        watch.objects[fd] = known ? known : new_object(path);
        if (known && (flags & O_TRUNC))
            record(DISK_TRUNCATE, known, 0, NULL, 0);
    }
}

static int open_watched(int directory_fd, const char *path, int flags, mode_t mode)
{
    char name[DISK_PATH_BYTES_MAX];
    int fd = -1;
    pthread_mutex_lock(&watch.lock);
    const bool below = watched(directory_fd, path, name);
    if (!below || !fails(DISK_CALL_OPEN)) {
        fd = (int)syscall(SYS_openat, directory_fd, path, flags, mode);
        if (fd >= 0 && fd < DESCRIPTORS_MAX)
            watch.objects[fd] = 0;
        if (fd >= 0 && below)
            note_opened(fd, name, flags);
    }
    pthread_mutex_unlock(&watch.lock);
    return fd;
}

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

#define OPEN(function)                                                                         \
    int function(const char *path, int flags, ...)                                             \
    {                                                                                          \
        va_list arguments;                                                                     \
        va_start(arguments, flags);                                                            \
        const mode_t mode = mode_of(flags, arguments);                                         \
        va_end(arguments);                                                                     \
        return open_watched(AT_FDCWD, path, flags, mode);                                      \
    }
#define OPENAT(function)                                                                       \
    int function(int directory_fd, const char *path, int flags, ...)                           \
    {                                                                                          \
        va_list arguments;                                                                     \
        va_start(arguments, flags);                                                            \
        const mode_t mode = mode_of(flags, arguments);                                         \
        va_end(arguments);                                                                     \
        return open_watched(directory_fd, path, flags, mode);                                  \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int fd)
{
    pthread_mutex_lock(&watch.lock);
    if (fd >= 0 && fd < DESCRIPTORS_MAX)
        watch.objects[fd] = 0;
    const int result = (int)syscall(SYS_close, fd);
    pthread_mutex_unlock(&watch.lock);
    return result;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    const uint32_t object = object_of(fd);
    if (!object)
        return syscall(SYS_pwrite64, fd, data, size, offset);
    pthread_mutex_lock(&watch.lock);
    const ssize_t put =
        fails(DISK_CALL_WRITE) ? -1 : syscall(SYS_pwrite64, fd, data, size, offset);
    if (put > 0)
        record(DISK_WRITE, object, (uint64_t)offset, data, (size_t)put);
    pthread_mutex_unlock(&watch.lock);
    return put;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    const uint32_t object = object_of(fd);
    if (!object)
        return syscall(SYS_write, fd, data, size);
    pthread_mutex_lock(&watch.lock);
    const ssize_t put = fails(DISK_CALL_WRITE) ? -1 : syscall(SYS_write, fd, data, size);
    if (put > 0) {
        const off_t end = lseek(fd, 0, SEEK_CUR);
        record(DISK_WRITE, object, (uint64_t)(end - put), data, (size_t)put);
    }
    pthread_mutex_unlock(&watch.lock);
    return put;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (!object_of(fd))
        return syscall(SYS_writev, fd, parts, count);
    ssize_t whole = 0;
    for (int i = 0; i < count; i++) {
        const ssize_t put = write(fd, parts[i].iov_base, parts[i].iov_len);
        if (put < 0)
            return whole ? whole : put;
        whole += put;
        if ((size_t)put < parts[i].iov_len)
            break;
    }
    return whole;
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    bool failing = false;
    if (object_of(fd)) {
        pthread_mutex_lock(&watch.lock);
        failing = fails(DISK_CALL_READ);
        pthread_mutex_unlock(&watch.lock);
    }
    return failing ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t pread64(int fd, void *data, size_t size, off64_t offset)
{
    return pread(fd, data, size, offset);
}

ssize_t read(int fd, void *data, size_t size)
{
    bool failing = false;
    if (object_of(fd)) {
        pthread_mutex_lock(&watch.lock);
        failing = fails(DISK_CALL_READ);
        pthread_mutex_unlock(&watch.lock);
    }
    return failing ? -1 : syscall(SYS_read, fd, data, size);
}

int ftruncate(int fd, off_t size)
{
    const uint32_t object = object_of(fd);
    if (!object)
        return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&watch.lock);
    const int result = fails(DISK_CALL_TRUNCATE) ? -1 : (int)syscall(SYS_ftruncate, fd, size);
    if (result == 0)
        record(DISK_TRUNCATE, object, (uint64_t)size, NULL, 0);
    pthread_mutex_unlock(&watch.lock);
    return result;
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

/* As a disk that is slow. */
static void pass_gate(void)
{
    pthread_mutex_lock(&watch.gate_lock);
    watch.waiting++;
    while (watch.held)
        pthread_cond_wait(&watch.gate, &watch.gate_lock);
    watch.waiting--;
    pthread_mutex_unlock(&watch.gate_lock);
}

/* While recording nothing is synced: the record says that it was. */
static int sync_object(int fd, long number)
{
    const uint32_t object = object_of(fd);
    if (!object)
        return (int)syscall(number, fd);
    pass_gate();
    pthread_mutex_lock(&watch.lock);
    int result = fails(DISK_CALL_SYNC) ? -1 : 0;
    if (result == 0 && watch.journal)
        record(number == SYS_syncfs ? DISK_SYNC_ALL : DISK_SYNC,
               object == DIRECTORY_OBJECT ? 0 : object, 0, NULL, 0);
    else if (result == 0)
        result = (int)syscall(number, fd);
    pthread_mutex_unlock(&watch.lock);
    return result;
}

int fsync(int fd)
{
    return sync_object(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_object(fd, SYS_fdatasync);
}

int syncfs(int fd)
{
    return sync_object(fd, SYS_syncfs);
}

/* ---- names ---- */

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    char names[2][DISK_PATH_BYTES_MAX], both[2 * DISK_PATH_BYTES_MAX];
    int result = -1;
    pthread_mutex_lock(&watch.lock);
    const bool below = watched(from_fd, from, names[0]) && watched(to_fd, to, names[1]);
    if (!below || !fails(DISK_CALL_NAME))
        result = (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, 0);
    if (result == 0 && below) {
        const size_t first = strlen(names[0]) + 1, second = strlen(names[1]) + 1;
        memcpy(both, names[0], first);
        memcpy(both + first, names[1], second);
        disk_names_rename(&watch.names, names[0], names[1]);
        record(DISK_RENAME, 0, 0, both, first + second);
    }
    pthread_mutex_unlock(&watch.lock);
    return result;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int directory_fd, const char *path, int flags)
{
    char name[DISK_PATH_BYTES_MAX];
    int result = -1;
    pthread_mutex_lock(&watch.lock);
    const bool below = watched(directory_fd, path, name);
    if (!below || !fails(DISK_CALL_NAME))
        result = (int)syscall(SYS_unlinkat, directory_fd, path, flags);
    if (result == 0 && below && !(flags & AT_REMOVEDIR)) {
        disk_names_set(&watch.names, name, 0);
        record(DISK_UNLINK, 0, 0, name, strlen(name) + 1);
    }
    pthread_mutex_unlock(&watch.lock);
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

#pragma GCC visibility pop

/* ---- control ---- */

struct disk_journal *disk_journal_new(size_t room)
{
    struct disk_journal *journal = mmap(NULL, sizeof *journal + room, PROT_READ | PROT_WRITE,
                                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (journal == MAP_FAILED)
        give_up("no shared memory: %s", strerror(errno));
    journal->room = room;
    return journal;
}

void disk_record(struct disk_journal *journal, const char *directory)
{
    watch.journal = NULL;
    watch.directory[0] = '\0';
    if (!journal)
        return;
    const uint64_t room = journal->room;
    madvise(journal, sizeof *journal + room, MADV_REMOVE);
    journal->room = room;
    watch.names = (struct disk_names){.count = 0};
    disk_names_scan(&watch.names, directory);
    journal->object_count = journal->name_count = watch.names.count;
    memcpy(journal->names, watch.names.items, sizeof journal->names);
    snprintf(watch.directory, sizeof watch.directory, "%s", directory);
    watch.journal = journal;
}

void disk_watch(const char *directory)
{
    snprintf(watch.directory, sizeof watch.directory, "%s", directory);
}

void disk_fail(struct disk_fault fault)
{
    watch.fault = fault;
    watch.calls = 0;
    watch.failed = false;
    watch.failing = true;
}

long disk_fail_end(void)
{
    watch.failing = false;
    return watch.calls;
}

void disk_hold_syncs(bool hold)
{
    pthread_mutex_lock(&watch.gate_lock);
    watch.held = hold;
    pthread_cond_broadcast(&watch.gate);
    pthread_mutex_unlock(&watch.gate_lock);
}

bool disk_sync_waits(void)
{
    pthread_mutex_lock(&watch.gate_lock);
    const bool waits = watch.held && watch.waiting;
    pthread_mutex_unlock(&watch.gate_lock);
    return waits;
}

bool disk_failed(void)
{
    return watch.failed;
}
