/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a command that runs in the caller's own process. */
#include "shell_local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell_spool.h"

enum { INPUT_BUFFER_BYTES = 256 * 1024 };

struct ic_local_io {
    struct ic_io io; /* first: a command's struct ic_io is one of these */
    struct ic_spool *out, *err;
    int cancel_fd;
};

/* ---- reading ---- */

struct input {
    int fd, cancel_fd;
};

static ssize_t input_read(void *cookie, char *buffer, size_t size)
{
    const struct input *input = cookie;
    for (;;) {
        struct pollfd ready[] = {{.fd = input->fd, .events = POLLIN},
                                 {.fd = input->cancel_fd, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return -1;
        if (ready[1].revents) {
            errno = ECANCELED;
            return -1;
        }
        if (!ready[0].revents)
            continue;
        const ssize_t got = read(input->fd, buffer, size);
        if (got >= 0 || (errno != EINTR && errno != EAGAIN))
            return got;
    }
}

static int input_close(void *cookie)
{
    struct input *input = cookie;
    const int result = close(input->fd);
    free(input);
    return result;
}

int ic_local_open(const char *path, uint64_t *size_bytes, struct ic_error *error)
{
    struct stat info;
    const bool standard = strcmp(path, "-") == 0;
    const int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                            : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int problem = fd < 0 || fstat(fd, &info) != 0 ? errno : 0;
    if (!problem && S_ISDIR(info.st_mode))
        problem = EISDIR;
    if (problem) {
        if (fd >= 0)
            close(fd);
        char reason[128];
        const enum ic_status status =
            problem == ENOENT || problem == ENOTDIR || problem == EISDIR || problem == EACCES
                ? IC_NOT_FOUND
                : IC_IO;
        ic_fail_at(error, status, path, 0, 0, "cannot open it: %s",
                   strerror_r(problem, reason, sizeof reason));
        return -1;
    }
    if (size_bytes)
        *size_bytes = S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
    return fd;
}

static FILE *local_open(struct ic_io *io, const char *path, uint64_t *size_bytes,
                        struct ic_error *error)
{
    struct ic_local_io *local = (struct ic_local_io *)io;
    const int fd = ic_local_open(path, size_bytes, error);
    if (fd < 0)
        return NULL;
    struct input *input = malloc(sizeof *input);
    const cookie_io_functions_t functions = {.read = input_read, .close = input_close};
    FILE *stream = input ? fopencookie(input, "r", functions) : NULL;
    if (!stream) {
        free(input);
        close(fd);
        ic_fail(error, IC_NO_MEMORY, "out of memory");
        return NULL;
    }
    *input = (struct input){fd, local->cancel_fd};
    setvbuf(stream, NULL, _IOFBF, INPUT_BUFFER_BYTES);
    return stream;
}

/* ---- directories ---- */

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "directory/name" when that is a regular file, NULL otherwise or when memory is out
 * (*problem ENOMEM). */
static char *regular_file(const char *directory, const char *name, int *problem)
{
    char *path = NULL;
    struct stat info;
    if (asprintf(&path, "%s/%s", directory, name) < 0) {
        *problem = ENOMEM;
        return NULL;
    }
    if (stat(path, &info) == 0 && S_ISREG(info.st_mode))
        return path;
    free(path);
    return NULL;
}

static bool ends_in(const char *name, const char *suffix)
{
    const size_t length = strlen(name), tail = strlen(suffix);
    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int list_entries(DIR *stream, const char *directory, const char *suffix, char **paths,
                        size_t *count)
{
    int problem = 0;
    for (const struct dirent *entry; problem == 0 && (entry = readdir(stream));) {
        if (entry->d_name[0] == '.' || !ends_in(entry->d_name, suffix))
            continue;
        char *path = regular_file(directory, entry->d_name, &problem);
        if (path && *count == IC_LOCAL_LIST_MAX) {
            free(path);
            problem = EMFILE;
        } else if (path) {
            paths[(*count)++] = path;
        }
    }
    return problem;
}

enum ic_status ic_local_list(const char *directory, const char *suffix, char ***paths,
                             size_t *count, struct ic_error *error)
{
    *count = 0;
    *paths = NULL;
    DIR *stream = opendir(directory);
    if (!stream) {
        char reason[128];
        return ic_fail_at(error, errno == ENOMEM ? IC_NO_MEMORY : IC_NOT_FOUND, directory, 0, 0,
                          "cannot read the directory: %s",
                          strerror_r(errno, reason, sizeof reason));
    }
    *paths = calloc(IC_LOCAL_LIST_MAX, sizeof **paths);
    const int problem =
        *paths ? list_entries(stream, directory, suffix, *paths, count) : ENOMEM;
    closedir(stream);
    if (problem == 0) {
        qsort(*paths, *count, sizeof **paths, compare_strings);
        return IC_OK;
    }
    for (size_t i = 0; i < *count; i++)
        free((*paths)[i]);
    free(*paths);
    *paths = NULL;
    *count = 0;
    if (problem == EMFILE)
        return ic_fail_at(error, IC_TOO_LARGE, directory, 0, 0, "more than %d %s files",
                          IC_LOCAL_LIST_MAX, suffix);
    return ic_fail(error, IC_NO_MEMORY, "out of memory");
}

static enum ic_status local_list(struct ic_io *io, const char *directory, const char *suffix,
                                 char ***paths, size_t *count, struct ic_error *error)
{
    (void)io;
    return ic_local_list(directory, suffix, paths, count, error);
}

char *ic_local_absolute(const char *path)
{
    if (path[0] == '/')
        return strdup(path);
    char *result = NULL, *here = getcwd(NULL, 0);
    if (here && asprintf(&result, "%s/%s", strcmp(here, "/") ? here : "", path) < 0)
        result = NULL;
    free(here);
    return result;
}

static char *local_absolute(struct ic_io *io, const char *path)
{
    (void)io;
    return ic_local_absolute(path);
}

static int local_out_error(struct ic_io *io)
{
    return ic_spool_error(((struct ic_local_io *)io)->out);
}

static bool local_cancelled(struct ic_io *io)
{
    return ic_spool_cancelled(((struct ic_local_io *)io)->out);
}

/* ---- the whole ---- */

void ic_local_terminal(bool *out, bool *err, unsigned *columns)
{
    struct winsize size;
    *out = isatty(STDOUT_FILENO) == 1;
    *err = isatty(STDERR_FILENO) == 1;
    *columns = 0;
    if (ioctl(*out ? STDOUT_FILENO : STDERR_FILENO, TIOCGWINSZ, &size) == 0)
        *columns = size.ws_col;
}

struct ic_local_io *ic_local_io_new(int cancel_fd)
{
    struct ic_local_io *local = calloc(1, sizeof *local);
    if (!local)
        return NULL;
    struct ic_io *io = &local->io;
    *io = (struct ic_io){.open = local_open,
                         .list = local_list,
                         .absolute = local_absolute,
                         .out_error = local_out_error,
                         .cancelled = local_cancelled};
    ic_local_terminal(&io->out_is_terminal, &io->err_is_terminal, &io->columns);
    local->cancel_fd = cancel_fd;
    local->out = ic_spool_new(STDOUT_FILENO, cancel_fd);
    local->err = ic_spool_new(STDERR_FILENO, cancel_fd);
    io->out = local->out ? ic_spool_stream(local->out, io->out_is_terminal) : NULL;
    io->err = local->err ? ic_spool_stream(local->err, true) : NULL;
    if (!io->out || !io->err) {
        ic_local_io_free(local);
        return NULL;
    }
    return local;
}

struct ic_io *ic_local_io(struct ic_local_io *local)
{
    return &local->io;
}

int ic_local_io_flush(struct ic_local_io *local, int stall_ms)
{
    fflush(local->io.out);
    fflush(local->io.err);
    ic_spool_flush(local->err, stall_ms);
    return ic_spool_flush(local->out, stall_ms);
}

void ic_local_io_free(struct ic_local_io *local)
{
    if (!local)
        return;
    if (local->io.out)
        fclose(local->io.out);
    if (local->io.err)
        fclose(local->io.err);
    ic_spool_free(local->out);
    ic_spool_free(local->err);
    free(local);
}
