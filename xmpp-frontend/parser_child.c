/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, asking and ending a parser process. */
#include "parser_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "parser_codec.h"
#include "parser_process.h"
#include "sandbox.h"

enum { RECEIVE_BYTES = 64 * 1024 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- starting ---- */

/* Nothing is inherited: not the environment (of which sanitizers get their own settings), not a
 * descriptor. Signals that a terminal or a service manager sends to all processes are blocked:
 * what is in flight when the exchange is stopped is still read. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int fd)
{
    const char *const null = "/dev/null";
    sigset_t blocked, usual;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGHUP);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGXCPU);
    int failed = posix_spawn_file_actions_adddup2(actions, fd, IC_PARSER_FD);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, null, O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, null, O_WRONLY, 0);
    if (!failed && !IC_SANDBOX_SANITIZED)
        failed = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, null, O_WRONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, IC_PARSER_FD + 1);
    if (!failed)
        failed = posix_spawnattr_setsigmask(attributes, &blocked);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(attributes, &usual);
    if (!failed)
        failed = posix_spawnattr_setflags(attributes,
                                          POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return failed;
}

/* "NAME=value" of a sanitizer's settings, or NULL. Its report comes without what it would have
 * to open or ask for. Owned: free. */
static char *setting(const char *name)
{
    char *text = NULL;
    if (!IC_SANDBOX_SANITIZED)
        return NULL;
    const char *value = getenv(name);
    return asprintf(&text, "%s=%s:symbolize=0:color=never", name, value ? value : "") < 0
               ? NULL
               : text;
}

static int spawn(const struct ic_parsers_options *options, int fd, pid_t *pid)
{
    /* The link is followed in the new process: the file that runs now, also when another one
     * was installed under its name. */
    const char *program = options->program ? options->program : "/proc/self/exe";
    char memory[24], name[] = "intercloud-exchange", argument[] = IC_PARSER_ARGUMENT;
    char *arguments[] = {options->program ? (char *)(uintptr_t)program : name, argument, memory,
                         NULL};
    char *environment[4] = {NULL};
    static const char *const settings[] = {"ASAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};
    size_t count = 0;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed) {
        posix_spawn_file_actions_destroy(&actions);
        return failed;
    }
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if ((environment[count] = setting(settings[i])) != NULL)
            count++;
    snprintf(memory, sizeof memory, "%zu", options->memory_bytes);
    failed = prepare(&actions, &attributes, fd);
    if (!failed)
        failed = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    while (count > 0)
        free(environment[--count]);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* ---- messages ---- */

/* Waits until the socket is ready for `events`. */
static enum ic_status wait_for(const struct parser_child *child, short events,
                               int64_t deadline_ms, struct ic_error *error)
{
    for (;;) {
        struct pollfd poll_fd = {.fd = child->fd, .events = events};
        const int64_t left = deadline_ms - now_ms();
        const int ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
        if (ready > 0)
            return IC_OK;
        if (ready == 0)
            return ic_fail(error, IC_TIMEOUT, "a parser process does not answer");
        if (errno != EINTR)
            return ic_fail_errno(error, errno, "cannot wait for a parser process");
    }
}

static enum ic_status ended(struct ic_error *error)
{
    return ic_fail(error, IC_IO, "a parser process has ended");
}

/* Length and content in one call, so that the process is woken once. */
static enum ic_status send_message(const struct parser_child *child,
                                   const struct encoder *message, int64_t deadline_ms,
                                   struct ic_error *error)
{
    unsigned char length[IC_PARSER_LENGTH_BYTES];
    ic_parser_put_length(length, message->size);
    struct iovec parts[] = {{length, sizeof length}, {message->data, message->size}};
    for (size_t i = 0; i < 2;) {
        const struct msghdr header = {.msg_iov = parts + i, .msg_iovlen = 2 - i};
        const ssize_t sent = sendmsg(child->fd, &header, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            const enum ic_status status = wait_for(child, POLLOUT, deadline_ms, error);
            if (status != IC_OK)
                return status;
        } else if (sent < 0 && errno != EINTR) {
            return ended(error);
        }
        ic_parser_sent(parts, 2, &i, sent > 0 ? (size_t)sent : 0);
    }
    return IC_OK;
}

static enum ic_status receive_bytes(const struct parser_child *child, void *to, size_t size,
                                    int64_t deadline_ms, struct ic_error *error)
{
    for (char *at = to; size > 0;) {
        const ssize_t got = recv(child->fd, at, size, 0);
        if (got > 0) {
            at += got;
            size -= (size_t)got;
        } else if (got < 0 && errno == EAGAIN) {
            const enum ic_status status = wait_for(child, POLLIN, deadline_ms, error);
            if (status != IC_OK)
                return status;
        } else if (got == 0 || errno != EINTR) {
            return ended(error);
        }
    }
    return IC_OK;
}

/* Memory is taken as bytes come, not as they are announced. */
static enum ic_status receive_message(const struct parser_child *child, int64_t deadline_ms,
                                      struct encoder *answer, struct ic_error *error)
{
    unsigned char length[IC_PARSER_LENGTH_BYTES], piece[RECEIVE_BYTES];
    enum ic_status status = receive_bytes(child, length, sizeof length, deadline_ms, error);
    size_t left = status == IC_OK ? ic_parser_get_length(length) : 0;
    if (left > IC_PARSER_ANSWER_BYTES_MAX)
        return ic_fail(error, IC_IO, "a parser process announces an answer of %zu bytes", left);
    while (left > 0 && status == IC_OK) {
        const size_t size = left < sizeof piece ? left : sizeof piece;
        status = receive_bytes(child, piece, size, deadline_ms, error);
        if (status == IC_OK)
            encode_bytes(answer, piece, size);
        left -= size;
    }
    return status == IC_OK && answer->failed
               ? ic_fail(error, IC_NO_MEMORY, "out of memory for statements")
               : status;
}

/* The kernel ends a process that computes longer, also when nobody waits for it any more. */
static void bound_time(const struct parser_child *child, unsigned cpu_s)
{
    clockid_t clock;
    struct timespec used = {0};
    struct rlimit limit;
    if (clock_getcpuclockid(child->pid, &clock) == 0 && clock_gettime(clock, &used) == 0 &&
        prlimit(child->pid, RLIMIT_CPU, NULL, &limit) == 0) {
        limit.rlim_cur = (rlim_t)used.tv_sec + cpu_s + 1;
        prlimit(child->pid, RLIMIT_CPU, &limit, NULL);
    }
}

enum ic_status parser_child_ask(struct parser_child *child, const struct encoder *message,
                                unsigned wait_ms, unsigned cpu_s, struct encoder *answer,
                                struct ic_error *error)
{
    const int64_t deadline_ms = now_ms() + wait_ms;
    bound_time(child, cpu_s);
    enum ic_status status = send_message(child, message, deadline_ms, error);
    if (status == IC_OK)
        status = receive_message(child, deadline_ms, answer, error);
    return status;
}

bool parser_child_is_idle(const struct parser_child *child)
{
    struct pollfd poll_fd = {.fd = child->fd, .events = POLLIN};
    return poll(&poll_fd, 1, 0) == 0;
}

/* ---- life ---- */

/* Its first message: empty, or an answer with the reason. */
static enum ic_status await_start(const struct ic_parsers_options *options,
                                  const struct parser_child *child, struct ic_error *error)
{
    struct encoder answer = {0};
    enum ic_status said = IC_OK;
    enum ic_status status =
        receive_message(child, now_ms() + options->start_ms, &answer, error);
    if (status == IC_OK && answer.size > 0) {
        struct ic_document *none = ic_document_new("a parser process", NULL);
        status =
            none ? ic_parser_decode_answer(answer.data, answer.size, none, NULL, &said, error)
                 : ic_fail(error, IC_NO_MEMORY, "memory is out");
        ic_document_free(none);
        if (status == IC_OK)
            status =
                said == IC_OK ? ic_fail(error, IC_IO, "a parser process did not start") : said;
    }
    encoder_free(&answer);
    return status;
}

enum ic_status parser_child_new(const struct ic_parsers_options *options,
                                struct parser_child **child, struct ic_error *error)
{
    int pair[2];
    struct parser_child *made = calloc(1, sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a parser process");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        free(made);
        return ic_fail_errno(error, errno, "cannot make the socket of a parser process");
    }
    made->fd = pair[0];
    /* This end alone: the other one's reads wait. */
    fcntl(made->fd, F_SETFL, O_NONBLOCK);
    const int failed = spawn(options, pair[1], &made->pid);
    close(pair[1]);
    if (failed) {
        close(made->fd);
        free(made);
        return ic_fail_errno(error, failed, "cannot start a parser process");
    }
    enum ic_status status = await_start(options, made, error);
    if (status == IC_OK) {
        *child = made;
        return status;
    }
    char end[PARSER_CHILD_END_BYTES];
    const struct ic_error why = *error;
    parser_child_end(parser_child_free(made), end);
    return ic_fail(error, status == IC_NO_MEMORY ? status : IC_IO,
                   "payloads cannot be read: %s%s", why.text, end);
}

void parser_child_end(int status, char text[PARSER_CHILD_END_BYTES])
{
    *text = '\0';
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        snprintf(text, PARSER_CHILD_END_BYTES, "; it was killed by signal %d, %s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WIFEXITED(status))
        snprintf(text, PARSER_CHILD_END_BYTES, "; it ended with status %d",
                 WEXITSTATUS(status));
}

int parser_child_free(struct parser_child *child)
{
    int status = 0;
    if (!child)
        return status;
    kill(child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    close(child->fd);
    free(child);
    return status;
}
