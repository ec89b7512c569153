/* SPDX-License-Identifier: Apache-2.0 */
/* Output kept aside for slow readers: first in memory, then in a temporary file. */
#include "shell_spool.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum spool_target { TARGET_FILE, TARGET_SOCKET, TARGET_STREAM };

struct ic_spool {
    int fd, cancel_fd, error;
    enum spool_target target;
    char *memory; /* IC_SPOOL_MEMORY_BYTES, waiting bytes in [head, tail) */
    size_t head, tail;
    FILE *file; /* waiting bytes in [file_head, file_tail) */
    uint64_t file_head, file_tail;
};

struct ic_spool *ic_spool_new(int fd, int cancel_fd)
{
    struct ic_spool *spool = calloc(1, sizeof *spool);
    if (!spool)
        return NULL;
    spool->memory = malloc(IC_SPOOL_MEMORY_BYTES);
    if (!spool->memory) {
        free(spool);
        return NULL;
    }
    spool->fd = fd;
    spool->cancel_fd = cancel_fd;
    struct stat info;
    spool->target = TARGET_STREAM;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        spool->target = TARGET_FILE;
    else if (fstat(fd, &info) == 0 && S_ISSOCK(info.st_mode))
        spool->target = TARGET_SOCKET;
    return spool;
}

void ic_spool_free(struct ic_spool *spool)
{
    if (!spool)
        return;
    if (spool->file)
        fclose(spool->file);
    free(spool->memory);
    free(spool);
}

bool ic_spool_empty(const struct ic_spool *spool)
{
    return spool->head == spool->tail && spool->file_head == spool->file_tail;
}

int ic_spool_error(const struct ic_spool *spool)
{
    return spool->error;
}

/* Writes what the descriptor takes without waiting; -1 with EAGAIN when that is nothing. The
 * descriptor itself stays blocking: others (the terminal's other programs) may share it. */
static ssize_t write_now(const struct ic_spool *spool, const char *data, size_t length)
{
    if (spool->target == TARGET_SOCKET)
        return send(spool->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (spool->target == TARGET_FILE)
        return write(spool->fd, data, length);
    struct pollfd ready = {.fd = spool->fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) == 0) {
        errno = EAGAIN;
        return -1;
    }
    /* A pipe that is ready takes this much at once (POSIX, write). */
    return write(spool->fd, data, length < PIPE_BUF ? length : PIPE_BUF);
}

/* Puts the next bytes of the file into memory, which is empty. */
static int refill(struct ic_spool *spool)
{
    const uint64_t waiting = spool->file_tail - spool->file_head;
    const size_t want =
        waiting < IC_SPOOL_MEMORY_BYTES ? (size_t)waiting : IC_SPOOL_MEMORY_BYTES;
    const ssize_t got =
        pread(fileno(spool->file), spool->memory, want, (off_t)spool->file_head);
    if (got <= 0)
        return got < 0 ? errno : EIO;
    spool->head = 0;
    spool->tail = (size_t)got;
    spool->file_head += (uint64_t)got;
    if (spool->file_head == spool->file_tail) {
        spool->file_head = spool->file_tail = 0;
        if (ftruncate(fileno(spool->file), 0) != 0)
            return errno;
    }
    return 0;
}

/* Appends to the file. */
static int overflow(struct ic_spool *spool, const char *data, size_t length)
{
    if (!spool->file && !(spool->file = tmpfile()))
        return errno;
    if (length > IC_SPOOL_FILE_BYTES_MAX - spool->file_tail)
        return EFBIG;
    while (length) {
        const ssize_t put = pwrite(fileno(spool->file), data, length, (off_t)spool->file_tail);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return put < 0 ? errno : EIO;
        spool->file_tail += (uint64_t)put;
        data += put;
        length -= (size_t)put;
    }
    return 0;
}

/* Keeps a copy of the bytes, behind those that wait. */
static int keep(struct ic_spool *spool, const char *data, size_t length)
{
    if (spool->file_head == spool->file_tail) {
        if (spool->head) {
            memmove(spool->memory, spool->memory + spool->head, spool->tail - spool->head);
            spool->tail -= spool->head;
            spool->head = 0;
        }
        const size_t room = IC_SPOOL_MEMORY_BYTES - spool->tail;
        const size_t fits = length < room ? length : room;
        memcpy(spool->memory + spool->tail, data, fits);
        spool->tail += fits;
        data += fits;
        length -= fits;
    }
    return length ? overflow(spool, data, length) : 0;
}

bool ic_spool_cancelled(const struct ic_spool *spool)
{
    struct pollfd ready = {.fd = spool->cancel_fd, .events = POLLIN};
    return spool->cancel_fd >= 0 && poll(&ready, 1, 0) > 0;
}

int ic_spool_push(struct ic_spool *spool)
{
    while (spool->error == 0 && !ic_spool_empty(spool)) {
        if (ic_spool_cancelled(spool)) {
            spool->error = ECANCELED;
        } else if (spool->head == spool->tail) {
            spool->error = refill(spool);
        } else {
            const ssize_t put =
                write_now(spool, spool->memory + spool->head, spool->tail - spool->head);
            if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
                return 0;
            if (put < 0 && errno != EINTR)
                spool->error = errno;
            else if (put > 0)
                spool->head += (size_t)put;
        }
    }
    return spool->error;
}

int ic_spool_write(struct ic_spool *spool, const void *data, size_t length)
{
    if (spool->error == 0)
        spool->error = keep(spool, data, length);
    return ic_spool_push(spool);
}

/* What has not been passed on yet. */
static uint64_t waiting(const struct ic_spool *spool)
{
    return spool->tail - spool->head + spool->file_tail - spool->file_head;
}

int ic_spool_flush(struct ic_spool *spool, int stall_ms)
{
    uint64_t before = waiting(spool);
    while (ic_spool_push(spool) == 0 && !ic_spool_empty(spool)) {
        struct pollfd ready[] = {{.fd = spool->fd, .events = POLLOUT},
                                 {.fd = spool->cancel_fd, .events = POLLIN}};
        const int count = poll(ready, 2, stall_ms);
        if (count == 0 && waiting(spool) == before)
            return ETIMEDOUT;
        before = waiting(spool);
    }
    return spool->error;
}

static ssize_t stream_write(void *cookie, const char *data, size_t length)
{
    const int error = ic_spool_write(cookie, data, length);
    if (error == 0)
        return (ssize_t)length;
    errno = error;
    return 0;
}

FILE *ic_spool_stream(struct ic_spool *spool, bool by_lines)
{
    const cookie_io_functions_t functions = {.write = stream_write};
    FILE *stream = fopencookie(spool, "w", functions);
    if (stream && setvbuf(stream, NULL, by_lines ? _IOLBF : _IOFBF, by_lines ? 4096 : 65536)) {
        fclose(stream);
        return NULL;
    }
    return stream;
}
