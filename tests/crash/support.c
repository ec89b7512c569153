/* SPDX-License-Identifier: Apache-2.0 */
/* What the crash tests share. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_STEP_US = 500, TREE_DESCRIPTORS = 16, HOLE_BYTES = 4096 };

/* ---- what the leak checker asks, in sanitized trees ---- */

/* Its library looks for them, whatever the program is compiled with. */
#pragma GCC visibility push(default)

const char *__lsan_default_suppressions(void);
/* Berkeley DB leaks a few of its own records when a call fails. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libdb-5.3.so\n";
}

/* Else each suppression would look like a report. */
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}

#pragma GCC visibility pop

/* ---- chance and time ---- */

uint64_t chance_next(struct chance *chance)
{
    uint64_t z = (chance->state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

uint64_t chance_below(struct chance *chance, uint64_t limit)
{
    return chance_next(chance) % limit;
}

bool chance_one_in(struct chance *chance, uint64_t n)
{
    return chance_below(chance, n) == 0;
}

uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void sleep_us(uint64_t us)
{
    struct timespec left = {.tv_sec = (time_t)(us / 1000000),
                            .tv_nsec = (long)(us % 1000000) * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("Bail out! ", stdout);
    vprintf(format, arguments);
    fputs("\n", stdout);
    fflush(stdout);
    va_end(arguments);
    exit(1);
}

void make_scratch(char path[PATH_BYTES_MAX], bool fast)
{
    const char *base = fast && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
    char wanted[PATH_BYTES_MAX], real[PATH_MAX];
    join_path(wanted, base && *base ? base : "/tmp", "intercloud-crash-XXXXXX");
    if (!mkdtemp(wanted) || !realpath(wanted, real) || strlen(real) >= PATH_BYTES_MAX)
        give_up("cannot make a directory %s: %s", wanted, strerror(errno));
    strcpy(path, real);
}

void join_path(char path[PATH_BYTES_MAX], const char *directory, const char *name)
{
    const int size = snprintf(path, PATH_BYTES_MAX, "%s/%s", directory, name);
    if (size < 0 || size >= PATH_BYTES_MAX)
        give_up("the path %s/%s is too long", directory, name);
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat, (void)walk;
    return type == FTW_DP ? rmdir(path) : unlink(path); /* not remove(): disk.c must see it */
}

void remove_tree(const char *path)
{
    if (nftw(path, remove_one, TREE_DESCRIPTORS, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        give_up("cannot remove %s: %s", path, strerror(errno));
}

unsigned char *read_whole(const char *path, size_t *size)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat stat;
    if (fd < 0)
        return NULL;
    unsigned char *data = fstat(fd, &stat) == 0 ? malloc((size_t)stat.st_size + 1) : NULL;
    *size = 0;
    while (data && *size < (size_t)stat.st_size) {
        const ssize_t got = read(fd, data + *size, (size_t)stat.st_size - *size);
        if (got <= 0)
            break;
        *size += (size_t)got;
    }
    close(fd);
    if (data)
        data[*size] = '\0';
    return data;
}

void write_whole(const char *path, const void *data, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        give_up("cannot write %s: %s", path, strerror(errno));
    for (size_t done = 0; done < size;) {
        const ssize_t put = write(fd, (const char *)data + done, size - done);
        if (put <= 0)
            give_up("cannot write %s: %s", path, strerror(errno));
        done += (size_t)put;
    }
    close(fd);
}

/* Holes stay holes: Berkeley DB's log files are mostly that. */
static void copy_one(const char *source, const char *target)
{
    static const unsigned char zeros[HOLE_BYTES];
    size_t size;
    unsigned char *data = read_whole(source, &size);
    const int fd = data ? open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    bool good = fd >= 0 && ftruncate(fd, (off_t)size) == 0;
    for (size_t at = 0; good && at < size; at += HOLE_BYTES) {
        const size_t part = size - at < HOLE_BYTES ? size - at : HOLE_BYTES;
        if (memcmp(data + at, zeros, part) != 0)
            good = pwrite(fd, data + at, part, (off_t)at) == (ssize_t)part;
    }
    if (!good)
        give_up("cannot copy %s to %s: %s", source, target, strerror(errno));
    close(fd);
    free(data);
}

void copy_tree(const char *from, const char *to)
{
    DIR *directory = opendir(from);
    if (!directory || mkdir(to, 0700) != 0)
        give_up("cannot copy %s to %s: %s", from, to, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(directory));) {
        char source[PATH_BYTES_MAX], target[PATH_BYTES_MAX];
        struct stat stat;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        join_path(source, from, entry->d_name);
        join_path(target, to, entry->d_name);
        if (lstat(source, &stat) == 0 && S_ISREG(stat.st_mode))
            copy_one(source, target);
        else if (S_ISDIR(stat.st_mode))
            copy_tree(source, target);
    }
    closedir(directory);
}

pid_t start_child(int (*run)(void *context), void *context)
{
    const pid_t parent = getpid();
    fflush(NULL);
    const pid_t pid = fork();
    if (pid < 0)
        give_up("cannot fork: %s", strerror(errno));
    if (pid == 0) {
        /* Whoever stops the test stops its children too. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        exit(run(context));
    }
    return pid;
}

static struct child_result judge(int status)
{
    if (WIFSIGNALED(status))
        return (struct child_result){CHILD_SIGNALLED, WTERMSIG(status)};
    const int code = WEXITSTATUS(status);
    return (struct child_result){code ? CHILD_BAD : CHILD_GOOD, code};
}

struct child_result wait_child(pid_t pid, uint64_t limit_ms)
{
    const uint64_t until_us = now_us() + limit_ms * 1000;
    int status;
    for (;;) {
        const pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid)
            return judge(status);
        if (ended < 0)
            give_up("cannot wait for a child: %s", strerror(errno));
        if (now_us() > until_us)
            break;
        sleep_us(WAIT_STEP_US);
    }
    kill_child(pid);
    return (struct child_result){CHILD_LATE, 0};
}

struct child_result kill_child(pid_t pid)
{
    int status;
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return judge(status);
}

const char *describe_child(struct child_result result, char text[64])
{
    switch (result.end) {
    case CHILD_GOOD:
        return "ended well";
    case CHILD_BAD:
        snprintf(text, 64, "ended with status %d", result.code);
        return text;
    case CHILD_SIGNALLED:
        snprintf(text, 64, "crashed (signal %d)", result.code);
        return text;
    case CHILD_LATE:
        break;
    }
    return "did not end in time";
}
