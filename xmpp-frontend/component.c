/* SPDX-License-Identifier: Apache-2.0 */
/* The state machine of the connection. Every way in which a connection can end meets in
 * lose(). */
#include "component_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "tcp.h"

enum { READ_BYTES = 64 * 1024 };

static void connect_now(void *context);
static void give_up(void *context);

void ic_component_enter(struct ic_component *c, enum ic_component_state state)
{
    c->state = state;
    if (c->options.changed)
        c->options.changed(c->options.context, state);
}

size_t ic_component_pending(const struct ic_component *c)
{
    return c->out.length - c->sent;
}

static void disconnect(struct ic_component *c)
{
    if (c->watch.fd >= 0) {
        ic_loop_unwatch(c->loop, &c->watch);
        close(c->watch.fd);
        c->watch.fd = -1;
    }
    ic_loop_stop_timer(c->loop, &c->phase);
    ic_loop_stop_timer(c->loop, &c->stall);
    ic_loop_stop_timer(c->loop, &c->keepalive);
    ic_stream_free(c->stream);
    c->stream = NULL;
    ic_buffer_truncate(&c->out, 0);
    c->sent = 0;
}

int64_t ic_component_delay_ms(int64_t first_ms, int64_t max_ms, unsigned failures,
                              uint32_t random)
{
    int64_t delay = first_ms;
    for (unsigned i = 0; i < failures && delay < max_ms; i++)
        delay *= 2;
    if (delay > max_ms)
        delay = max_ms;
    return delay / 2 + (int64_t)((uint64_t)(delay - delay / 2) * random / UINT32_MAX);
}

static int64_t next_delay_ms(const struct ic_component *c)
{
    uint32_t random = 0;
    if (getrandom(&random, sizeof random, GRND_NONBLOCK) != (ssize_t)sizeof random)
        random = UINT32_MAX;
    return ic_component_delay_ms(c->options.backoff_first_ms, c->options.backoff_max_ms,
                                 c->failures, random);
}

static void lose(struct ic_component *c, const struct ic_error *error)
{
    const size_t unsent = c->state == IC_COMPONENT_UP ? ic_component_pending(c) : 0;
    const bool closing = c->state == IC_COMPONENT_CLOSING;
    const bool connecting = c->state == IC_COMPONENT_CONNECTING;
    disconnect(c);
    if (closing) {
        ic_component_enter(c, IC_COMPONENT_STOPPED);
        return;
    }
    if (unsent > 0)
        ic_log("%zu bytes of answers were not sent", unsent);
    if (c->up_since_ms && !c->replaced &&
        ic_loop_now_ms() - c->up_since_ms >= c->options.backoff_forget_ms)
        c->failures = 0;
    c->up_since_ms = 0;
    c->replaced = false;
    int64_t delay = 0;
    if (connecting && c->more_addresses) {
        c->address++;
    } else {
        c->address = 0;
        delay = next_delay_ms(c);
        c->failures++;
    }
    ic_log_error(error, "not connected to %s port %u, next attempt in %lld ms",
                 c->options.server, c->options.port, (long long)delay);
    c->phase.expired = connect_now;
    ic_loop_start_timer(c->loop, &c->phase, delay);
    ic_component_enter(c, IC_COMPONENT_WAITING);
}

/* Reading stops while a stanza waits for room in the outbox. Whoever waits for room goes on in
 * ready(), which an outbox that was emptied elsewhere must bring about too. */
static void want(struct ic_component *c)
{
    const bool paused = c->stream && ic_stream_paused(c->stream);
    const bool writes = ic_component_pending(c) > 0 || paused || c->sender_waits;
    ic_loop_change(c->loop, &c->watch,
                   (paused ? 0u : (uint32_t)EPOLLIN) | (writes ? (uint32_t)EPOLLOUT : 0u));
}

/* The kernel gives up on a peer that takes nothing as soon as our own timer does. */
static enum ic_status broken(const struct ic_component *c, int reason, const char *what,
                             struct ic_error *error)
{
    if (reason != ETIMEDOUT)
        return ic_fail_errno(error, reason, "%s", what);
    return ic_fail(error, IC_TIMEOUT, "the server has taken nothing for %lld ms",
                   (long long)c->options.stall_timeout_ms);
}

/* Writes what the socket takes. */
static enum ic_status flush(struct ic_component *c, struct ic_error *error)
{
    while (ic_component_pending(c) > 0) {
        const ssize_t count =
            send(c->watch.fd, c->out.data + c->sent, ic_component_pending(c), MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (count < 0)
            return broken(c, errno, "cannot send to the server", error);
        c->sent += (size_t)count;
        ic_loop_stop_timer(c->loop, &c->stall);
        ic_loop_start_timer(c->loop, &c->keepalive, c->options.keepalive_ms);
    }
    if (ic_component_pending(c) == 0) {
        ic_buffer_truncate(&c->out, 0);
        c->sent = 0;
    } else if (!c->stall.active) {
        ic_loop_start_timer(c->loop, &c->stall, c->options.stall_timeout_ms);
    }
    return IC_OK;
}

/* Space before bytes that were already sent is used again first. */
enum ic_status ic_component_queue(struct ic_component *c, const char *bytes, size_t length,
                                  struct ic_error *error)
{
    if (c->sent >= c->out.length / 2) {
        ic_buffer_consume(&c->out, c->sent);
        c->sent = 0;
    }
    const size_t before = c->out.length;
    ic_buffer_add(&c->out, bytes, length);
    const enum ic_status status = c->out.status;
    if (status == IC_OK)
        return IC_OK;
    ic_buffer_truncate(&c->out, before);
    return ic_fail(error, status == IC_NO_MEMORY ? status : IC_BUSY,
                   "the outbox is full: the server takes answers too slowly");
}

/* ---- what the loop reports ---- */

/* What it may mean that the server leaves us without a word. */
static const char *meaning(enum ic_component_state state)
{
    return state == IC_COMPONENT_OPENING
               ? " before it opened a stream; is it the server's port for components?"
           : state == IC_COMPONENT_HANDSHAKING
               ? " before it answered the handshake; its own log may say why"
               : "";
}

static enum ic_status take(struct ic_component *c, struct ic_error *error)
{
    char bytes[READ_BYTES];
    const ssize_t count = recv(c->watch.fd, bytes, sizeof bytes, 0);
    if (count < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
        return IC_OK;
    if (count < 0)
        return broken(c, errno, "cannot read from the server", error);
    if (count == 0)
        return ic_fail(error, IC_IO, "the server closed the connection%s", meaning(c->state));
    return ic_stream_feed(c->stream, bytes, (size_t)count, error);
}

/* Delivers what waited for room, as far as there is room again. */
static enum ic_status catch_up(struct ic_component *c, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && ic_stream_paused(c->stream) &&
           ic_component_pending(c) <= c->options.outbox_bytes_max / 2) {
        status = ic_stream_resume(c->stream, error);
        if (status == IC_OK)
            status = flush(c, error);
    }
    return status;
}

/* The connection is over, but what came last is not read, because a stanza waits for room. */
static enum ic_status hung_up(const struct ic_component *c, struct ic_error *error)
{
    int reason = 0;
    socklen_t size = sizeof reason;
    if (getsockopt(c->watch.fd, SOL_SOCKET, SO_ERROR, &reason, &size) == 0 && reason != 0)
        return broken(c, reason, "the connection broke", error);
    return ic_fail(error, IC_IO, "the server closed the connection");
}

static enum ic_status handle(struct ic_component *c, uint32_t events, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (c->state == IC_COMPONENT_CONNECTING) {
        status = ic_component_open_stream(c, error);
    } else if (!ic_stream_paused(c->stream)) {
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
            status = take(c, error);
    } else if (events & (EPOLLHUP | EPOLLERR)) {
        status = hung_up(c, error);
    }
    if (status == IC_OK)
        status = flush(c, error);
    if (status == IC_OK)
        status = catch_up(c, error);
    if (status == IC_OK && ic_stream_closed(c->stream))
        status = ic_fail(error, IC_IO, "the server closed the stream");
    return status;
}

static void ready(void *context, uint32_t events)
{
    struct ic_component *c = context;
    struct ic_error error = {0};
    c->in_event = true;
    enum ic_status status = handle(c, events, &error);
    if (status == IC_OK && c->sender_waits &&
        ic_component_pending(c) <= c->options.outbox_bytes_max / 2) {
        c->sender_waits = false;
        if (c->options.room)
            c->options.room(c->options.context);
        status = flush(c, &error);
    }
    c->in_event = false;
    if (status != IC_OK)
        lose(c, &error);
    else
        want(c);
}

static void connect_now(void *context)
{
    struct ic_component *c = context;
    struct ic_error error = {0};
    ic_component_enter(c, IC_COMPONENT_CONNECTING);
    enum ic_status status = ic_tcp_connect(c->options.server, c->options.port, c->address,
                                           &c->more_addresses, &c->watch.fd, &error);
    if (status == IC_OK) {
        c->watch.events = EPOLLOUT;
        status = ic_loop_watch(c->loop, &c->watch, &error);
    }
    if (status != IC_OK) {
        lose(c, &error);
        return;
    }
    c->phase.expired = give_up;
    ic_loop_start_timer(c->loop, &c->phase, c->options.open_timeout_ms);
}

static void give_up(void *context)
{
    struct ic_component *c = context;
    struct ic_error error = {0};
    ic_fail(&error, IC_TIMEOUT, "the server did not %s in time",
            c->state == IC_COMPONENT_CONNECTING ? "accept the connection"
            : c->state == IC_COMPONENT_OPENING  ? "open a stream"
            : c->state == IC_COMPONENT_CLOSING  ? "end the stream"
                                                : "answer the handshake");
    lose(c, &error);
}

static void stalled(void *context)
{
    struct ic_error error = {0};
    broken(context, ETIMEDOUT, "", &error);
    lose(context, &error);
}

/* White space between stanzas means nothing (RFC 6120, section 4.6.1), but it makes TCP find
 * out that the server is gone. */
static void keep_alive(void *context)
{
    struct ic_component *c = context;
    struct ic_error error = {0};
    enum ic_status status = IC_OK;
    if (c->state == IC_COMPONENT_UP && ic_component_pending(c) == 0)
        status = ic_component_queue(c, " ", 1, &error);
    if (status == IC_OK && c->state == IC_COMPONENT_UP)
        status = flush(c, &error);
    if (status != IC_OK)
        lose(c, &error);
    else if (c->watch.fd >= 0)
        want(c);
}

/* ---- the interface ---- */

static void default_time(int64_t *value, int64_t fallback)
{
    if (*value <= 0)
        *value = fallback;
}

static void set_defaults(struct ic_component_options *o)
{
    o->outbox_bytes_max = o->outbox_bytes_max ? o->outbox_bytes_max : 4 * 1024 * 1024;
    o->answer_bytes_max = o->answer_bytes_max ? o->answer_bytes_max : 256 * 1024;
    default_time(&o->open_timeout_ms, 10 * 1000);
    default_time(&o->stall_timeout_ms, 30 * 1000);
    default_time(&o->keepalive_ms, 60 * 1000);
    default_time(&o->backoff_first_ms, 1000);
    default_time(&o->backoff_max_ms, 60 * 1000);
    default_time(&o->backoff_forget_ms, 10 * 1000);
}

static void free_texts(struct ic_component_options *o)
{
    if (o->secret)
        explicit_bzero((char *)o->secret, strlen(o->secret));
    free((char *)o->secret);
    free((char *)o->server);
    free((char *)o->jid);
}

static enum ic_status copy_options(const struct ic_component_options *from,
                                   struct ic_component_options *to, struct ic_error *error)
{
    *to = *from;
    set_defaults(to);
    to->jid = strdup(from->jid);
    to->server = strdup(from->server);
    to->secret = strdup(from->secret);
    if (to->jid && to->server && to->secret)
        return IC_OK;
    free_texts(to);
    *to = (struct ic_component_options){.jid = NULL};
    return ic_fail(error, IC_NO_MEMORY, "memory is out");
}

static size_t outbox_room(const struct ic_component_options *o)
{
    return o->outbox_bytes_max + o->answer_bytes_max + IC_COMPONENT_MARKUP_BYTES;
}

enum ic_status ic_component_new(struct ic_loop *loop,
                                const struct ic_component_options *options,
                                struct ic_component **out, struct ic_error *error)
{
    struct ic_component *c = calloc(1, sizeof *c);
    if (!c)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    c->loop = loop;
    c->watch = (struct ic_watch){.fd = -1, .ready = ready, .context = c};
    c->phase = (struct ic_timer){.context = c};
    c->stall = (struct ic_timer){.expired = stalled, .context = c};
    c->keepalive = (struct ic_timer){.expired = keep_alive, .context = c};
    const enum ic_status status = copy_options(options, &c->options, error);
    if (status != IC_OK) {
        ic_component_free(c);
        return status;
    }
    ic_buffer_init(&c->out, outbox_room(&c->options));
    *out = c;
    return IC_OK;
}

enum ic_status ic_component_configure(struct ic_component *c,
                                      const struct ic_component_options *options,
                                      struct ic_error *error)
{
    struct ic_component_options next, old = c->options;
    const enum ic_status status = copy_options(options, &next, error);
    if (status != IC_OK)
        return status;
    const char *const jid = next.jid;
    next.jid = old.jid;
    old.jid = jid;
    next.context = old.context;
    next.stanza = old.stanza;
    next.changed = old.changed;
    if (strcmp(next.server, old.server) != 0)
        c->address = 0;
    c->options = next;
    c->out.bytes_max = outbox_room(&next);
    free_texts(&old);
    return IC_OK;
}

void ic_component_free(struct ic_component *c)
{
    if (!c)
        return;
    disconnect(c);
    ic_buffer_free(&c->out);
    free_texts(&c->options);
    free(c);
}

void ic_component_start(struct ic_component *c)
{
    connect_now(c);
}

static void send_now(struct ic_component *c)
{
    struct ic_error error = {0};
    if (flush(c, &error) != IC_OK)
        lose(c, &error);
    else
        want(c);
}

enum ic_status ic_component_send(struct ic_component *c, const char *bytes, size_t length,
                                 struct ic_error *error)
{
    if (c->state != IC_COMPONENT_UP)
        return ic_fail(error, IC_BUSY, "not connected to the server");
    if (length > c->options.answer_bytes_max)
        return ic_fail(error, IC_TOO_LARGE, "a stanza of %zu bytes; at most %zu are sent",
                       length, c->options.answer_bytes_max);
    const enum ic_status status = ic_component_queue(c, bytes, length, error);
    c->sender_waits = c->sender_waits || status == IC_BUSY;
    if (status == IC_OK && !c->in_event)
        send_now(c);
    return status;
}

void ic_component_cork(struct ic_component *c)
{
    c->in_event = true;
}

void ic_component_uncork(struct ic_component *c)
{
    c->in_event = false;
    if (c->state == IC_COMPONENT_UP)
        send_now(c);
}

void ic_component_stop(struct ic_component *c, int64_t grace_ms)
{
    struct ic_error error = {0};
    if (c->state == IC_COMPONENT_STOPPED || c->state == IC_COMPONENT_CLOSING)
        return;
    const bool up = c->state == IC_COMPONENT_UP;
    c->state = IC_COMPONENT_CLOSING;
    enum ic_status status =
        up ? ic_component_queue(c, "</stream:stream>", strlen("</stream:stream>"), &error)
           : IC_TIMEOUT;
    if (status == IC_OK)
        status = flush(c, &error);
    if (status != IC_OK) {
        lose(c, &error);
        return;
    }
    c->phase.expired = give_up;
    ic_loop_start_timer(c->loop, &c->phase, grace_ms);
    want(c);
}

enum ic_component_state ic_component_state(const struct ic_component *c)
{
    return c->state;
}
