/* SPDX-License-Identifier: Apache-2.0 */
/* A command run by the owner of the catalog, seen from the caller's side. */
#include "client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "command.h"
#include "shell_local.h"
#include "shell_wire.h"

enum { HELLO_MS = 3000 };

struct client {
    int fd;
    int argc;
    char *const *argv;
    char **listed; /* files of directories that the owner asked for, which he may open too */
    size_t listed_count;
    int files[IC_WIRE_HANDLES_MAX]; /* -1: free */
    struct ic_frame in, out;
    struct ic_wire_reader reader;
    struct ic_client_outcome *outcome;
    struct ic_error *error;
};

/* ---- frames ---- */

/* The next frame; false when the owner is gone, sends nonsense, or says nothing for `limit_ms`
 * (-1: no limit). */
static bool receive_frame(struct client *client, int limit_ms)
{
    for (;;) {
        const enum ic_receipt receipt =
            ic_wire_receive(client->fd, &client->reader, &client->in);
        if (receipt != IC_RECEIVED_NOTHING)
            return receipt == IC_RECEIVED;
        struct pollfd ready = {.fd = client->fd, .events = POLLIN};
        if (poll(&ready, 1, limit_ms) == 0)
            return false;
    }
}

static bool send_frame(struct client *client)
{
    size_t size = 0;
    const unsigned char *bytes = ic_frame_bytes(&client->out, &size);
    while (bytes && size) {
        const ssize_t put = send(client->fd, bytes, size, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        size -= (size_t)put;
    }
    return bytes != NULL;
}

static bool send_failure(struct client *client, const struct ic_error *why, int number)
{
    ic_frame_begin(&client->out, IC_WIRE_FAILED);
    ic_frame_put_number(&client->out, (uint64_t)why->status, 1);
    ic_frame_put_number(&client->out, (uint64_t)number, 4);
    ic_frame_put_string(&client->out, why->file);
    ic_frame_put_string(&client->out, why->text);
    return send_frame(client);
}

/* ---- what the owner may ask for ---- */

/* The command line names `path`: as a word, or behind '=' in one. */
static bool named(const struct client *client, const char *path)
{
    const size_t length = strlen(path);
    for (int i = 0; i < client->argc; i++) {
        const size_t word = strlen(client->argv[i]);
        if (word >= length && strcmp(client->argv[i] + word - length, path) == 0 &&
            (word == length || client->argv[i][word - length - 1] == '='))
            return true;
    }
    for (size_t i = 0; i < client->listed_count; i++)
        if (strcmp(client->listed[i], path) == 0)
            return true;
    return false;
}

static bool do_open(struct client *client)
{
    struct ic_error why;
    uint64_t size = 0;
    const char *path = ic_frame_get_string(&client->in, IC_WIRE_PATH_BYTES_MAX);
    if (!path || !ic_frame_done(&client->in))
        return false;
    size_t handle = 0;
    while (handle < IC_WIRE_HANDLES_MAX && client->files[handle] >= 0)
        handle++;
    if (!named(client, path)) {
        ic_fail_at(&why, IC_FORBIDDEN, path, 0, 0,
                   "the command line does not name this file, so it is not opened");
        return send_failure(client, &why, EACCES);
    }
    if (handle == IC_WIRE_HANDLES_MAX) {
        ic_fail_at(&why, IC_TOO_LARGE, path, 0, 0, "more than %d files open",
                   IC_WIRE_HANDLES_MAX);
        return send_failure(client, &why, EMFILE);
    }
    client->files[handle] = ic_local_open(path, &size, &why);
    if (client->files[handle] < 0)
        return send_failure(client, &why, ENOENT);
    ic_frame_begin(&client->out, IC_WIRE_OPENED);
    ic_frame_put_number(&client->out, handle, 4);
    ic_frame_put_number(&client->out, size, 8);
    return send_frame(client);
}

/* The descriptor of a handle in the frame; NULL when there is none. */
static int *take_handle(struct client *client)
{
    const uint64_t handle = ic_frame_get_number(&client->in, 4);
    if (client->in.bad || handle >= IC_WIRE_HANDLES_MAX || client->files[handle] < 0)
        return NULL;
    return &client->files[handle];
}

static bool do_get(struct client *client)
{
    const int *file = take_handle(client);
    const uint64_t size = ic_frame_get_number(&client->in, 4);
    if (!file || !ic_frame_done(&client->in) || size > IC_WIRE_DATA_BYTES)
        return false;
    ic_frame_begin(&client->out, IC_WIRE_DATA);
    unsigned char *to = ic_frame_reserve(&client->out, (size_t)size);
    if (!to)
        return false;
    ssize_t got;
    do
        got = read(*file, to, (size_t)size);
    while (got < 0 && errno == EINTR);
    if (got >= 0) {
        client->out.length += (size_t)got;
        return send_frame(client);
    }
    struct ic_error why;
    const int number = errno;
    ic_fail_errno(&why, number, "cannot read");
    return send_failure(client, &why, number);
}

static bool do_close(struct client *client)
{
    int *file = take_handle(client);
    if (!file || !ic_frame_done(&client->in))
        return false;
    close(*file);
    *file = -1;
    return true;
}

static void forget_listed(struct client *client)
{
    for (size_t i = 0; i < client->listed_count; i++)
        free(client->listed[i]);
    free(client->listed);
    client->listed = NULL;
    client->listed_count = 0;
}

static bool do_list(struct client *client)
{
    struct ic_error why;
    const char *directory = ic_frame_get_string(&client->in, IC_WIRE_PATH_BYTES_MAX);
    const char *suffix = ic_frame_get_string(&client->in, IC_WIRE_PATH_BYTES_MAX);
    if (!directory || !suffix || !ic_frame_done(&client->in))
        return false;
    forget_listed(client);
    if (!named(client, directory)) {
        ic_fail_at(&why, IC_FORBIDDEN, directory, 0, 0,
                   "the command line does not name this directory, so it is not read");
        return send_failure(client, &why, EACCES);
    }
    if (ic_local_list(directory, suffix, &client->listed, &client->listed_count, &why) != IC_OK)
        return send_failure(client, &why, ENOENT);
    ic_frame_begin(&client->out, IC_WIRE_LISTED);
    ic_frame_put_number(&client->out, client->listed_count, 4);
    for (size_t i = 0; i < client->listed_count; i++)
        ic_frame_put_string(&client->out, client->listed[i]);
    return send_frame(client);
}

static bool do_absolute(struct client *client)
{
    const char *path = ic_frame_get_string(&client->in, IC_WIRE_PATH_BYTES_MAX);
    if (!path || !ic_frame_done(&client->in))
        return false;
    char *absolute = ic_local_absolute(path);
    if (!absolute)
        return false;
    ic_frame_begin(&client->out, IC_WIRE_PATH);
    ic_frame_put_string(&client->out, absolute);
    free(absolute);
    return send_frame(client);
}

/* Writes the frame's data; errno value or 0. */
static int do_output(struct client *client, int fd)
{
    const unsigned char *data = ic_frame_payload(&client->in);
    for (size_t done = 0; done < client->in.length;) {
        const ssize_t put = write(fd, data + done, client->in.length - done);
        if (put < 0 && errno != EINTR && errno != EAGAIN)
            return errno;
        if (put > 0) {
            done += (size_t)put;
            client->outcome->printed = true;
        } else if (put < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            poll(&ready, 1, -1);
        }
    }
    return 0;
}

/* ---- the conversation ---- */

static enum ic_client_result lost(struct client *client)
{
    ic_fail(client->error, IC_IO,
            "the process that owns the catalog went away before the command was done");
    return IC_CLIENT_LOST;
}

static enum ic_client_result take_exit(struct client *client)
{
    const uint64_t status = ic_frame_get_number(&client->in, 1);
    if (!ic_frame_done(&client->in))
        return lost(client);
    client->outcome->exit_status = (int)status;
    return IC_CLIENT_DONE;
}

/* Does what the owner asks for until he says how the command ended. */
static enum ic_client_result serve_owner(struct client *client)
{
    while (receive_frame(client, -1)) {
        bool good = true;
        int problem = 0;
        switch (client->in.type) {
        case IC_WIRE_OUT:
            problem = do_output(client, STDOUT_FILENO);
            break;
        case IC_WIRE_ERR:
            do_output(client, STDERR_FILENO);
            break;
        case IC_WIRE_OPEN:
            good = do_open(client);
            break;
        case IC_WIRE_GET:
            good = do_get(client);
            break;
        case IC_WIRE_CLOSE:
            good = do_close(client);
            break;
        case IC_WIRE_LIST:
            good = do_list(client);
            break;
        case IC_WIRE_ABSOLUTE:
            good = do_absolute(client);
            break;
        case IC_WIRE_EXIT:
            return take_exit(client);
        default:
            good = false;
        }
        if (problem) {
            client->outcome->pipe_closed = problem == EPIPE;
            ic_fail_errno(client->error, problem, "cannot write to standard output");
            return IC_CLIENT_FAILED;
        }
        if (!good)
            return lost(client);
    }
    return lost(client);
}

static enum ic_client_result not_started(struct client *client, const char *why)
{
    ic_fail(client->error, IC_BUSY, "the process that owns the catalog %s", why);
    return IC_CLIENT_NOT_STARTED;
}

static void put_command(struct client *client)
{
    bool out, err;
    unsigned columns;
    ic_local_terminal(&out, &err, &columns);
    ic_frame_begin(&client->out, IC_WIRE_RUN);
    ic_frame_put_number(
        &client->out, (out ? IC_WIRE_OUT_TERMINAL : 0U) | (err ? IC_WIRE_ERR_TERMINAL : 0U), 1);
    ic_frame_put_number(&client->out, columns, 4);
    ic_frame_put_number(&client->out, (uint64_t)client->argc, 4);
    for (int i = 0; i < client->argc; i++)
        ic_frame_put_string(&client->out, client->argv[i]);
}

static enum ic_client_result converse(struct client *client)
{
    ic_frame_begin(&client->out, IC_WIRE_HELLO);
    ic_frame_put_number(&client->out, IC_WIRE_VERSION, 4);
    const bool sent = send_frame(client);
    /* One who turns us away may have closed already; what he said is still there. */
    if (!receive_frame(client, HELLO_MS))
        return not_started(client, "does not answer");
    if (client->in.type == IC_WIRE_BUSY)
        return not_started(client, "is busy: too many commands run at once");
    const uint64_t version = ic_frame_get_number(&client->in, 4);
    if (!sent || client->in.type != IC_WIRE_HELLO || !ic_frame_done(&client->in) ||
        version != IC_WIRE_VERSION) {
        ic_fail(client->error, IC_FORMAT,
                "the process that owns the catalog is another version of this program; use its "
                "own intercloud-catalog");
        return IC_CLIENT_FAILED;
    }
    put_command(client);
    if (client->out.bad) {
        ic_fail(client->error, IC_TOO_LARGE, "the command line is longer than %d bytes",
                IC_WIRE_PAYLOAD_MAX);
        return IC_CLIENT_FAILED;
    }
    if (!send_frame(client) || !receive_frame(client, -1) || client->in.type != IC_WIRE_STARTED)
        return not_started(client, "is closing it");
    return serve_owner(client);
}

/* A connected socket, -1 when nobody listens (`error` says why). */
static int connect_to(const char *directory, struct ic_error *error, bool *trusted)
{
    const int directory_fd = ic_wire_directory(directory);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address;
    struct stat info = {0};
    unsigned uid = 0;
    ic_wire_address(directory_fd, &address);
    if (directory_fd < 0 || fd < 0 || fstat(directory_fd, &info) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        !ic_wire_peer(fd, &uid)) {
        ic_fail_errno(error, errno,
                      "another process owns the catalog and does not listen on its "
                      "socket");
        if (directory_fd >= 0)
            close(directory_fd);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(directory_fd);
    *trusted = uid == geteuid() || uid == 0 || (geteuid() == 0 && uid == info.st_uid);
    return fd;
}

enum ic_client_result ic_client_run(const char *directory, int argc, char *const *argv,
                                    struct ic_client_outcome *outcome, struct ic_error *error)
{
    bool trusted = false;
    *outcome = (struct ic_client_outcome){0};
    struct client client = {.argc = argc, .argv = argv, .outcome = outcome, .error = error};
    client.fd = connect_to(directory, error, &trusted);
    if (client.fd < 0)
        return IC_CLIENT_NOT_STARTED;
    for (size_t i = 0; i < IC_WIRE_HANDLES_MAX; i++)
        client.files[i] = -1;

    enum ic_client_result result = IC_CLIENT_FAILED;
    if (trusted)
        result = converse(&client);
    else
        ic_fail(error, IC_FORBIDDEN, "%s: its socket belongs to another user", directory);

    for (size_t i = 0; i < IC_WIRE_HANDLES_MAX; i++)
        if (client.files[i] >= 0)
            close(client.files[i]);
    forget_listed(&client);
    ic_frame_free(&client.in);
    ic_frame_free(&client.out);
    close(client.fd);
    return result;
}
