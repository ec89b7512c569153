/* SPDX-License-Identifier: Apache-2.0 */
/* A client's command, run by the owner of the catalog: its streams and files are at the other
 * end of a socket.
 *
 * Invariant: everything sent goes through the spool, so the command waits for its client only
 * where it asks for input, and commands hold nothing of the catalog while they read input. */
#include "server_session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "shell_local.h"
#include "shell_spool.h"
#include "shell_wire.h"

enum { INPUT_BUFFER_BYTES = IC_WIRE_DATA_BYTES };

struct remote;

struct stream {
    struct remote *remote;
    unsigned char type;
};

struct remote {
    struct ic_io io; /* first: a command's struct ic_io is one of these */
    struct ic_session *session;
    struct ic_spool *spool;
    struct ic_frame request, reply;
    struct ic_wire_reader reader;
    struct stream out, err;
    bool broken; /* the client is gone or does not keep to the protocol */
};

int64_t ic_session_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- frames ---- */

static bool send_frame(struct remote *remote, struct ic_frame *frame)
{
    size_t size = 0;
    const unsigned char *bytes = ic_frame_bytes(frame, &size);
    if (!bytes || ic_spool_write(remote->spool, bytes, size) != 0)
        remote->broken = true;
    return !remote->broken;
}

/* Waits for the client's next frame and passes output on meanwhile. */
static bool receive_frame(struct remote *remote, struct ic_frame *frame, int limit_ms)
{
    struct ic_session *session = remote->session;
    while (!remote->broken) {
        const enum ic_receipt receipt =
            ic_spool_push(remote->spool) == 0
                ? ic_wire_receive(session->fd, &remote->reader, frame)
                : IC_RECEIVED_END;
        if (receipt == IC_RECEIVED) {
            session->waiting_since_ms = 0;
            return true;
        }
        session->waiting_since_ms = ic_session_now_ms();
        const bool more = !ic_spool_empty(remote->spool);
        struct pollfd ready = {.fd = session->fd,
                               .events = (short)(more ? POLLIN | POLLOUT : POLLIN)};
        if (receipt != IC_RECEIVED_NOTHING || poll(&ready, 1, limit_ms) == 0)
            remote->broken = true;
    }
    return false;
}

/* The client's "cannot": fills `error` and errno. */
static void take_failure(struct remote *remote, struct ic_error *error)
{
    const uint64_t status = ic_frame_get_number(&remote->reply, 1);
    const int number = (int)ic_frame_get_number(&remote->reply, 4);
    const char *file = ic_frame_get_string(&remote->reply, IC_WIRE_PATH_BYTES_MAX);
    const char *text = ic_frame_get_string(&remote->reply, IC_ERROR_TEXT_MAX);
    if (!ic_frame_done(&remote->reply) || status == IC_OK || status >= IC_STATUS_COUNT) {
        remote->broken = true;
        return;
    }
    ic_fail_at(error, (enum ic_status)status, file, 0, 0, "%s", text);
    errno = number;
}

/* Sends remote->request and waits for the answer of `type` in remote->reply. */
static bool ask(struct remote *remote, enum ic_wire_type type, struct ic_error *error)
{
    if (remote->io.out)
        fflush(remote->io.out);
    ic_fail(error, IC_IO, "the connection to the caller is gone");
    errno = EIO;
    if (remote->broken || !send_frame(remote, &remote->request) ||
        !receive_frame(remote, &remote->reply, IC_SESSION_IDLE_MS))
        return false;
    if (remote->reply.type == type)
        return true;
    if (remote->reply.type == IC_WIRE_FAILED)
        take_failure(remote, error);
    else
        remote->broken = true;
    return false;
}

/* ---- input ---- */

struct remote_file {
    struct remote *remote;
    uint32_t handle;
};

static ssize_t file_read(void *cookie, char *buffer, size_t size)
{
    const struct remote_file *file = cookie;
    struct remote *remote = file->remote;
    size = size < IC_WIRE_DATA_BYTES ? size : IC_WIRE_DATA_BYTES;
    ic_frame_begin(&remote->request, IC_WIRE_GET);
    ic_frame_put_number(&remote->request, file->handle, 4);
    ic_frame_put_number(&remote->request, size, 4);
    if (!ask(remote, IC_WIRE_DATA, NULL))
        return -1;
    if (remote->reply.length > size) {
        remote->broken = true;
        errno = EIO;
        return -1;
    }
    memcpy(buffer, ic_frame_payload(&remote->reply), remote->reply.length);
    return (ssize_t)remote->reply.length;
}

static int file_close(void *cookie)
{
    struct remote_file *file = cookie;
    ic_frame_begin(&file->remote->request, IC_WIRE_CLOSE);
    ic_frame_put_number(&file->remote->request, file->handle, 4);
    if (!file->remote->broken)
        send_frame(file->remote, &file->remote->request);
    free(file);
    return 0;
}

static FILE *remote_open(struct ic_io *io, const char *path, uint64_t *size_bytes,
                         struct ic_error *error)
{
    struct remote *remote = (struct remote *)io;
    if (strlen(path) > IC_WIRE_PATH_BYTES_MAX) {
        ic_fail_at(error, IC_NOT_FOUND, path, 0, 0, "cannot open it: the name is too long");
        return NULL;
    }
    ic_frame_begin(&remote->request, IC_WIRE_OPEN);
    ic_frame_put_string(&remote->request, path);
    if (!ask(remote, IC_WIRE_OPENED, error))
        return NULL;
    struct remote_file *file = malloc(sizeof *file);
    const cookie_io_functions_t functions = {.read = file_read, .close = file_close};
    FILE *stream = file ? fopencookie(file, "r", functions) : NULL;
    if (!stream) {
        free(file);
        remote->broken = true; /* its end would keep the file open */
        ic_fail(error, IC_NO_MEMORY, "out of memory");
        return NULL;
    }
    const uint64_t handle = ic_frame_get_number(&remote->reply, 4);
    const uint64_t size = ic_frame_get_number(&remote->reply, 8);
    remote->broken = remote->broken || !ic_frame_done(&remote->reply);
    *file = (struct remote_file){remote, (uint32_t)handle};
    if (size_bytes)
        *size_bytes = size;
    setvbuf(stream, NULL, _IOFBF, INPUT_BUFFER_BYTES);
    return stream;
}

/* Copies `wanted` strings of the reply; how many there were memory and bytes for. */
static size_t copy_strings(struct ic_frame *reply, char **paths, size_t wanted)
{
    size_t count = 0;
    for (; count < wanted; count++) {
        const char *path = ic_frame_get_string(reply, IC_WIRE_PATH_BYTES_MAX);
        if (!path || !(paths[count] = strdup(path)))
            break;
    }
    return count;
}

static enum ic_status remote_list(struct ic_io *io, const char *directory, const char *suffix,
                                  char ***paths, size_t *count, struct ic_error *error)
{
    struct remote *remote = (struct remote *)io;
    struct ic_error why;
    *paths = NULL;
    *count = 0;
    if (strlen(directory) > IC_WIRE_PATH_BYTES_MAX)
        return ic_fail_at(error, IC_NOT_FOUND, directory, 0, 0,
                          "cannot read the directory: the name is too long");
    ic_frame_begin(&remote->request, IC_WIRE_LIST);
    ic_frame_put_string(&remote->request, directory);
    ic_frame_put_string(&remote->request, suffix);
    if (!ask(remote, IC_WIRE_LISTED, &why)) {
        if (error)
            *error = why;
        return why.status;
    }
    const size_t wanted = (size_t)ic_frame_get_number(&remote->reply, 4);
    if (wanted <= IC_LOCAL_LIST_MAX)
        *paths = calloc(wanted + 1, sizeof **paths);
    const size_t got = *paths ? copy_strings(&remote->reply, *paths, wanted) : 0;
    if (*paths && got == wanted && ic_frame_done(&remote->reply)) {
        *count = wanted;
        return IC_OK;
    }
    remote->broken = true;
    for (size_t i = 0; i < got; i++)
        free((*paths)[i]);
    free(*paths);
    *paths = NULL;
    return ic_fail(error, IC_IO, "the caller's list of files cannot be read");
}

static char *remote_absolute(struct ic_io *io, const char *path)
{
    struct remote *remote = (struct remote *)io;
    ic_frame_begin(&remote->request, IC_WIRE_ABSOLUTE);
    ic_frame_put_string(&remote->request, path);
    if (!ask(remote, IC_WIRE_PATH, NULL))
        return NULL;
    const char *absolute = ic_frame_get_string(&remote->reply, IC_WIRE_PATH_BYTES_MAX);
    if (absolute && ic_frame_done(&remote->reply) && absolute[0] == '/')
        return strdup(absolute);
    remote->broken = true;
    return NULL;
}

/* ---- output ---- */

static int remote_out_error(struct ic_io *io)
{
    const struct remote *remote = (struct remote *)io;
    const int problem = ic_spool_error(remote->spool);
    return problem ? problem : remote->broken ? EPIPE : 0;
}

/* The caller hung up, or was killed. */
static bool remote_cancelled(struct ic_io *io)
{
    const struct remote *remote = (struct remote *)io;
    struct pollfd gone = {.fd = remote->session->fd, .events = POLLRDHUP};
    return remote->broken ||
           (poll(&gone, 1, 0) > 0 && (gone.revents & (POLLRDHUP | POLLHUP | POLLERR)));
}

static ssize_t stream_write(void *cookie, const char *data, size_t length)
{
    const struct stream *stream = cookie;
    struct remote *remote = stream->remote;
    for (size_t done = 0, part; done < length && !remote->broken; done += part) {
        part = length - done < IC_WIRE_DATA_BYTES ? length - done : IC_WIRE_DATA_BYTES;
        const unsigned char head[IC_WIRE_HEAD_BYTES] = {
            stream->type, (unsigned char)(part >> 24), (unsigned char)(part >> 16 & 0xFF),
            (unsigned char)(part >> 8 & 0xFF), (unsigned char)(part & 0xFF)};
        if (ic_spool_write(remote->spool, head, sizeof head) != 0 ||
            ic_spool_write(remote->spool, data + done, part) != 0)
            remote->broken = true;
    }
    errno = ic_spool_error(remote->spool) ? ic_spool_error(remote->spool) : EPIPE;
    return remote->broken ? 0 : (ssize_t)length;
}

static FILE *open_stream(struct remote *remote, struct stream *stream, unsigned char type,
                         bool by_lines)
{
    *stream = (struct stream){remote, type};
    const cookie_io_functions_t functions = {.write = stream_write};
    FILE *file = fopencookie(stream, "w", functions);
    if (file)
        setvbuf(file, NULL, by_lines ? _IOLBF : _IOFBF, by_lines ? 4096 : 65536);
    return file;
}

/* ---- the conversation ---- */

static bool greet(struct remote *remote)
{
    if (!receive_frame(remote, &remote->reply, IC_SESSION_HELLO_MS) ||
        remote->reply.type != IC_WIRE_HELLO)
        return false;
    const uint64_t version = ic_frame_get_number(&remote->reply, 4);
    ic_frame_begin(&remote->request, IC_WIRE_HELLO);
    ic_frame_put_number(&remote->request, IC_WIRE_VERSION, 4);
    return send_frame(remote, &remote->request) && version == IC_WIRE_VERSION;
}

/* The words of the command, in an array that ends with NULL; they point into `frame`. */
static char **take_words(struct remote *remote, struct ic_frame *frame, int *argc)
{
    const uint64_t flags = ic_frame_get_number(frame, 1);
    const uint64_t columns = ic_frame_get_number(frame, 4);
    const uint64_t count = ic_frame_get_number(frame, 4);
    if (frame->bad || count == 0 || count > IC_COMMAND_WORDS_MAX)
        return NULL;
    char **words = calloc((size_t)count + 1, sizeof *words);
    for (uint64_t i = 0; words && i < count; i++)
        words[i] = (char *)ic_frame_get_string(frame, IC_COMMAND_BYTES_MAX);
    if (words && !ic_frame_done(frame)) {
        free(words);
        return NULL;
    }
    *argc = (int)count;
    remote->io.out_is_terminal = flags & IC_WIRE_OUT_TERMINAL;
    remote->io.err_is_terminal = flags & IC_WIRE_ERR_TERMINAL;
    remote->io.columns = (unsigned)columns;
    return words;
}

static int run_words(struct remote *remote, int argc, char **words)
{
    struct ic_io *io = &remote->io;
    io->open = remote_open;
    io->list = remote_list;
    io->absolute = remote_absolute;
    io->out_error = remote_out_error;
    io->cancelled = remote_cancelled;
    io->out = open_stream(remote, &remote->out, IC_WIRE_OUT, io->out_is_terminal);
    io->err = open_stream(remote, &remote->err, IC_WIRE_ERR, true);
    int status = ic_status_exit(IC_NO_MEMORY);
    if (io->out && io->err)
        status = ic_shell_run(remote->session->catalog, io, argc, words);
    if (io->out)
        fclose(io->out);
    if (io->err)
        fclose(io->err);
    return status;
}

/* Waits until the client has taken all output, as long as it takes any. */
static void finish_output(struct remote *remote)
{
    struct pollfd ready = {.fd = remote->session->fd, .events = POLLOUT};
    do
        remote->session->waiting_since_ms = ic_session_now_ms();
    while (ic_spool_push(remote->spool) == 0 && !ic_spool_empty(remote->spool) &&
           poll(&ready, 1, IC_SESSION_IDLE_MS) != 0);
}

static void converse(struct remote *remote, struct ic_frame *command)
{
    struct ic_session *session = remote->session;
    int argc = 0;
    if (!greet(remote) || !receive_frame(remote, command, IC_SESSION_HELLO_MS) ||
        command->type != IC_WIRE_RUN)
        return;
    char **words = take_words(remote, command, &argc);
    if (words && session->start(session->start_context)) {
        ic_frame_begin(&remote->request, IC_WIRE_STARTED);
        if (send_frame(remote, &remote->request)) {
            const int status = run_words(remote, argc, words);
            ic_frame_begin(&remote->request, IC_WIRE_EXIT);
            ic_frame_put_number(&remote->request, (uint64_t)status, 1);
            if (!remote->broken && send_frame(remote, &remote->request))
                finish_output(remote);
        }
    }
    free(words);
}

void ic_session_run(struct ic_session *session)
{
    struct remote remote = {.session = session, .spool = ic_spool_new(session->fd, -1)};
    struct ic_frame command = {0};
    if (remote.spool)
        converse(&remote, &command);
    ic_frame_free(&command);
    ic_frame_free(&remote.request);
    ic_frame_free(&remote.reply);
    ic_spool_free(remote.spool);
}
