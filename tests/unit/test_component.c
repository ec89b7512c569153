/* SPDX-License-Identifier: Apache-2.0 */
/* The component against a scripted server: a thread that says what a server may say, right
 * and wrong. The component must get through to the next connection whatever happened on the
 * one before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "xmpp-frontend/component_internal.h"

enum { PATIENCE_MS = 20 * 1000, HEARD_BYTES = 1 << 16, ANSWER_BYTES = 4000 };

#define JID "service.example.org"
#define SECRET "test"
#define STREAM_ID "3BF96D32" /* with the secret above, XEP-0114's example */
#define HANDSHAKE "<handshake>aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e</handshake>"
#define HEADER                                                                                 \
    "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' "     \
    "xmlns='jabber:component:accept' from='" JID "' id='" STREAM_ID "'>"
#define IQ "<iq type='get' id='q' from='u@h/r' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>"

/* The server's side; its thread uses everything here, the test reads `failure` afterwards. */
struct peer {
    int listener, fd;
    char heard[HEARD_BYTES];
    size_t length;
    char failure[256];
    void (*script)(struct peer *peer);
    const void *argument;
    struct ic_loop *loop;
    struct ic_component *component;
    /* The component's side, for the loop's thread. */
    size_t stanzas, refused, not_sent;
    bool large_answers, stop_after_answer;
    struct ic_timer stop;
    unsigned states; /* a bit for each that was entered */
};

/* ---- the server's thread ---- */

static void fault(struct peer *peer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void fault(struct peer *peer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (!peer->failure[0])
        vsnprintf(peer->failure, sizeof peer->failure, format, arguments);
    va_end(arguments);
}

static bool wait_for(int fd, short events)
{
    struct pollfd poll_fd = {.fd = fd, .events = events};
    return poll(&poll_fd, 1, PATIENCE_MS) == 1;
}

static void hang_up(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
}

static void take_connection(struct peer *peer)
{
    hang_up(peer);
    peer->length = 0;
    peer->heard[0] = '\0';
    if (!wait_for(peer->listener, POLLIN))
        fault(peer, "the component did not connect");
    else
        peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
}

/* Reads once; false at the end. */
static bool hear(struct peer *peer)
{
    if (peer->fd < 0 || !wait_for(peer->fd, POLLIN) || peer->length + 1 >= sizeof peer->heard)
        return false;
    const ssize_t count =
        recv(peer->fd, peer->heard + peer->length, sizeof peer->heard - 1 - peer->length, 0);
    if (count <= 0)
        return false;
    peer->length += (size_t)count;
    peer->heard[peer->length] = '\0';
    return true;
}

/* Reads until `text` has come, and forgets everything up to its end. */
static void expect(struct peer *peer, const char *text)
{
    char *found;
    while (!peer->failure[0] && !(found = strstr(peer->heard, text)))
        if (!hear(peer))
            fault(peer, "did not hear %s, but %.100s", text, peer->heard);
    if (peer->failure[0])
        return;
    found += strlen(text);
    peer->length -= (size_t)(found - peer->heard);
    memmove(peer->heard, found, peer->length + 1);
}

static void expect_end(struct peer *peer)
{
    while (hear(peer))
        peer->length = 0;
    hang_up(peer);
}

/* A component that has gone already is no fault of the script's. */
static void say(struct peer *peer, const char *text)
{
    for (size_t sent = 0, length = strlen(text); peer->fd >= 0 && sent < length;) {
        const ssize_t count = send(peer->fd, text + sent, length - sent, MSG_NOSIGNAL);
        if (count < 0)
            return;
        sent += (size_t)count;
    }
}

static void accept_component(struct peer *peer)
{
    take_connection(peer);
    expect(peer, "<stream:stream xmlns='jabber:component:accept' "
                 "xmlns:stream='http://etherx.jabber.org/streams' to='" JID "'>");
    say(peer, HEADER);
    expect(peer, HANDSHAKE);
    say(peer, "<handshake/>");
}

static void serve_once(struct peer *peer)
{
    accept_component(peer);
    say(peer, IQ);
    expect(peer, "<iq type='result' id='q'");
}

static void *run_script(void *argument)
{
    struct peer *peer = argument;
    peer->script(peer);
    if (!peer->stop_after_answer || peer->failure[0])
        ic_loop_stop(peer->loop);
    return NULL;
}

/* ---- the component's thread: the test's own ---- */

static void on_stanza(void *context, struct ic_stanza *stanza)
{
    static const char answer[] = "<iq type='result' id='q' from='" JID "' to='u@h/r'>";
    struct peer *peer = context;
    struct ic_buffer buffer;
    ic_buffer_init(&buffer, 2 * ANSWER_BYTES);
    ic_buffer_text(&buffer, answer);
    for (size_t i = 0; peer->large_answers && i < ANSWER_BYTES / 10; i++)
        ic_buffer_text(&buffer, "0123456789");
    ic_buffer_text(&buffer, "</iq>");
    peer->stanzas++;
    if (stanza->refused)
        peer->refused++;
    if (ic_component_send(peer->component, buffer.data, buffer.length, NULL) != IC_OK)
        peer->not_sent++;
    if (peer->stop_after_answer)
        ic_loop_start_timer(peer->loop, &peer->stop, 0);
    ic_buffer_free(&buffer);
    ic_stanza_free(stanza);
}

static void on_change(void *context, enum ic_component_state state)
{
    struct peer *peer = context;
    peer->states |= 1u << state;
    if (state == IC_COMPONENT_STOPPED)
        ic_loop_stop(peer->loop);
}

static int new_listener(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void stop_component(void *context)
{
    ic_component_stop(((struct peer *)context)->component, 100);
}

static void out_of_patience(void *context)
{
    struct peer *peer = context;
    ic_loop_stop(peer->loop);
}

/* A component with small times, not started yet, and the server that `script` will be.
 * `listening` false leaves the port closed until the script opens it. */
static struct peer *prepare(void (*script)(struct peer *), const void *argument,
                            const struct ic_component_options *given, bool listening)
{
    struct peer *peer = calloc(1, sizeof *peer);
    struct ic_error error = {0};
    uint16_t port;
    assert_non_null(peer);
    *peer = (struct peer){.fd = -1, .script = script, .argument = argument};
    peer->listener = new_listener(&port);
    if (listening)
        assert_int_equal(listen(peer->listener, 5), 0);

    struct ic_component_options options = given ? *given : (struct ic_component_options){0};
    options.jid = JID;
    options.server = "localhost";
    options.port = port;
    options.secret = SECRET;
    options.context = peer;
    options.stanza = on_stanza;
    options.changed = on_change;
    options.open_timeout_ms = options.open_timeout_ms ? options.open_timeout_ms : PATIENCE_MS;
    options.backoff_first_ms = 4;
    options.backoff_max_ms = 20;
    peer->large_answers = options.outbox_bytes_max > 0;
    assert_int_equal(ic_loop_new(&peer->loop, &error), IC_OK);
    assert_int_equal(ic_component_new(peer->loop, &options, &peer->component, &error), IC_OK);
    peer->stop = (struct ic_timer){.expired = stop_component, .context = peer};
    return peer;
}

static void talk(struct peer *peer)
{
    struct ic_error error = {0};
    struct ic_timer end = {.expired = out_of_patience, .context = peer};
    pthread_t thread;
    ic_loop_start_timer(peer->loop, &end, 2 * PATIENCE_MS);
    assert_int_equal(pthread_create(&thread, NULL, run_script, peer), 0);
    ic_component_start(peer->component);
    assert_int_equal(ic_loop_run(peer->loop, &error), IC_OK);
    assert_int_equal(pthread_join(thread, NULL), 0);
    ic_loop_stop_timer(peer->loop, &end);
    if (peer->failure[0])
        fail_msg("%s", peer->failure);
}

static struct peer *converse(void (*script)(struct peer *), const void *argument,
                             const struct ic_component_options *options, bool listening)
{
    struct peer *peer = prepare(script, argument, options, listening);
    talk(peer);
    return peer;
}

static void finish(struct peer *peer)
{
    ic_component_free(peer->component);
    ic_loop_free(peer->loop);
    hang_up(peer);
    close(peer->listener);
    free(peer);
}

/* ---- the scripts ---- */

static void shakes_hands_and_answers(void **state)
{
    (void)state;
    struct peer *peer = converse(serve_once, NULL, NULL, true);
    assert_int_equal(peer->stanzas, 1);
    assert_int_equal(ic_component_state(peer->component), IC_COMPONENT_UP);
    finish(peer);
}

static void trickle(struct peer *peer)
{
    const char *const texts[] = {HEADER, "<handshake/>", IQ, IQ};
    take_connection(peer);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (const char *byte = texts[i]; *byte; byte++)
            say(peer, (const char[]){*byte, '\0'});
        if (i == 0)
            expect(peer, HANDSHAKE);
    }
    expect(peer, "<iq type='result' id='q'");
    expect(peer, "<iq type='result' id='q'");
}

static void reads_one_byte_at_a_time(void **state)
{
    (void)state;
    struct peer *peer = converse(trickle, NULL, NULL, true);
    assert_int_equal(peer->stanzas, 2);
    finish(peer);
}

/* What a server does wrong, in the first connection: what it says before and after the
 * component's handshake, then it hangs up, or waits for the component to. */
static const struct wrong {
    const char *name, *before, *after;
    bool hangs_up;
} wrongs[] = {
    {"closes at once", NULL, NULL, true},
    {"closes after its header", HEADER, NULL, true},
    {"closes after the handshake", HEADER, "<handshake/>", true},
    {"is no XMPP server", "HTTP/1.1 400 Bad Request\r\n\r\n", NULL, false},
    {"is the client port",
     "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
     "id='1'>",
     NULL, false},
    {"has no id",
     "<stream:stream xmlns='jabber:component:accept' "
     "xmlns:stream='http://etherx.jabber.org/streams' from='" JID "'>",
     NULL, false},
    {"is somebody else",
     "<stream:stream xmlns='jabber:component:accept' "
     "xmlns:stream='http://etherx.jabber.org/streams' from='other.example.org' id='1'>",
     NULL, false},
    {"is not ready",
     HEADER "<stream:error><invalid-namespace "
            "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
     NULL, false},
    {"refuses the secret", HEADER,
     "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
     "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Given token does not match\n\x7F</text>"
     "</stream:error></stream:stream>",
     false},
    {"has another component of the name", HEADER,
     "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
     false},
    {"talks before the handshake", HEADER, IQ, false},
    {"is stopping", HEADER,
     "<handshake/><stream:error><system-shutdown "
     "xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>",
     false},
    {"ends the stream", HEADER, "<handshake/></stream:stream>", false},
    {"sends half a stanza", HEADER, "<handshake/><iq type='get'><ping", true},
    {"sends garbage", HEADER, "<handshake/>\x01\x02<<<", false},
    {"opens another stream", HEADER, "<handshake/>" HEADER, false},
    {"sends a DTD", "<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s/>", NULL, false},
    {"sends an entity", HEADER, "<handshake/><iq>&xxe;</iq>", false},
};

static void go_wrong(struct peer *peer)
{
    const struct wrong *wrong = peer->argument;
    take_connection(peer);
    expect(peer, "<stream:stream ");
    if (wrong->before)
        say(peer, wrong->before);
    if (wrong->after) {
        expect(peer, HANDSHAKE);
        say(peer, wrong->after);
    }
    if (wrong->hangs_up)
        hang_up(peer);
    else
        expect_end(peer);
    serve_once(peer);
}

static void comes_back_after_every_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        print_message("the server %s\n", wrongs[i].name);
        struct peer *peer = converse(go_wrong, &wrongs[i], NULL, true);
        assert_int_equal(peer->stanzas, 1);
        assert_true(peer->states & 1u << IC_COMPONENT_WAITING);
        finish(peer);
    }
}

enum { THROWN_OUT = 3 };

/* Ends several streams by one error, each after it was up for longer than makes a failure
 * forgotten. */
static void throw_out(struct peer *peer)
{
    for (size_t i = 0; i < THROWN_OUT; i++) {
        serve_once(peer);
        usleep(5 * 1000);
        say(peer, peer->argument);
        expect_end(peer);
    }
    serve_once(peer);
}

static void waits_longer_each_time_another_takes_its_name(void **state)
{
    const struct ic_component_options options = {.backoff_forget_ms = 1};
    (void)state;
    struct peer *peer = converse(
        throw_out, "<stream:error><conflict xmlns='" IC_NS_STREAM_ERRORS "'/></stream:error>",
        &options, true);
    assert_int_equal(peer->component->failures, THROWN_OUT);
    finish(peer);
    peer = converse(throw_out,
                    "<stream:error><reset xmlns='" IC_NS_STREAM_ERRORS "'/></stream:error>",
                    &options, true);
    assert_int_equal(peer->component->failures, 1);
    finish(peer);
}

static void open_late(struct peer *peer)
{
    usleep(100 * 1000);
    if (listen(peer->listener, 5) != 0)
        fault(peer, "cannot listen");
    serve_once(peer);
}

static void waits_for_a_server_that_is_not_up(void **state)
{
    (void)state;
    struct peer *peer = converse(open_late, NULL, NULL, false);
    assert_true(peer->states & 1u << IC_COMPONENT_WAITING);
    assert_int_equal(peer->stanzas, 1);
    finish(peer);
}

/* Accepts and never says what is due: first not even a header, then no handshake. */
static void hang(struct peer *peer)
{
    take_connection(peer);
    expect_end(peer);
    take_connection(peer);
    say(peer, HEADER);
    expect(peer, HANDSHAKE);
    expect_end(peer);
    serve_once(peer);
}

static void gives_up_on_a_server_that_hangs(void **state)
{
    const struct ic_component_options options = {.open_timeout_ms = 150};
    (void)state;
    struct peer *peer = converse(hang, NULL, &options, true);
    assert_int_equal(peer->stanzas, 1);
    finish(peer);
}

static void send_huge(struct peer *peer)
{
    accept_component(peer);
    say(peer, "<iq type='set' id='q' from='u@h/r' to='" JID "'><a>");
    for (size_t i = 0; i < 1000; i++)
        say(peer, "0123456789<b/>");
    say(peer, "</a></iq>" IQ);
    expect(peer, "<iq type='result' id='q'");
    expect(peer, "<iq type='result' id='q'");
}

static void outlives_a_huge_stanza(void **state)
{
    const struct ic_component_options options = {.limits = {.bytes_max = 5000}};
    (void)state;
    struct peer *peer = converse(send_huge, NULL, &options, true);
    assert_int_equal(peer->stanzas, 2);
    assert_int_equal(peer->refused, 1);
    finish(peer);
}

enum { FLOOD = 3000 };

/* Asks without listening until the component stops reading, then takes everything. */
static void flood(struct peer *peer)
{
    char answers[1 << 16], tail[8] = "";
    size_t asked = 0, heard = 0;
    struct ic_buffer pending;
    accept_component(peer);
    ic_buffer_init(&pending, (size_t)FLOOD * sizeof IQ);
    for (size_t i = 0; i < FLOOD; i++)
        ic_buffer_text(&pending, IQ);
    while (peer->fd >= 0 && heard < FLOOD) {
        struct pollfd poll_fd = {.fd = peer->fd, .events = POLLOUT};
        const bool writable = asked < pending.length && poll(&poll_fd, 1, 200) == 1;
        const ssize_t count =
            writable ? send(peer->fd, pending.data + asked, pending.length - asked,
                            MSG_DONTWAIT | MSG_NOSIGNAL)
            : wait_for(peer->fd, POLLIN) ? recv(peer->fd, answers, sizeof answers - 1, 0)
                                         : 0;
        if (count <= 0) {
            fault(peer, "the component is gone after %zu answers", heard);
            break;
        }
        if (writable) {
            asked += (size_t)count;
            continue;
        }
        /* "</iq>" may be cut in two. */
        for (ssize_t i = 0; i < count; i++) {
            memmove(tail, tail + 1, 4);
            tail[4] = answers[i];
            heard += memcmp(tail, "</iq>", 5) == 0;
        }
    }
    ic_buffer_free(&pending);
}

static void stops_reading_while_its_outbox_is_full(void **state)
{
    const struct ic_component_options options = {.outbox_bytes_max = 64 * 1024};
    (void)state;
    struct peer *peer = converse(flood, NULL, &options, true);
    assert_int_equal(peer->stanzas, FLOOD);
    assert_int_equal(peer->not_sent, 0);
    finish(peer);
}

/* Sends all that waits while no stanza can come in: what an exchange does at a turn's end. */
static bool empty_outbox(void *context)
{
    const struct peer *peer = context;
    struct ic_component *c = peer->component;
    while (c->stream && ic_stream_paused(c->stream) && ic_component_pending(c) > 0 &&
           wait_for(c->watch.fd, POLLOUT)) {
        ic_component_cork(c);
        ic_component_uncork(c);
    }
    return false;
}

static void reads_on_when_its_outbox_was_emptied_aside(void **state)
{
    const struct ic_component_options options = {.outbox_bytes_max = 64 * 1024};
    (void)state;
    struct peer *peer = prepare(flood, NULL, &options, true);
    ic_loop_on_turn(peer->loop, empty_outbox, peer);
    talk(peer);
    assert_int_equal(peer->stanzas, FLOOD);
    assert_int_equal(peer->not_sent, 0);
    finish(peer);
}

/* Asks for more than sockets hold and takes none of it. */
static void take_nothing(struct peer *peer)
{
    accept_component(peer);
    for (size_t i = 0; i < FLOOD; i++) {
        struct pollfd poll_fd = {.fd = peer->fd, .events = POLLOUT};
        if (poll(&poll_fd, 1, 100) != 1)
            break;
        send(peer->fd, IQ, strlen(IQ), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (!wait_for(peer->fd, POLLRDHUP))
        fault(peer, "the component stays connected");
    serve_once(peer);
}

static void leaves_a_server_that_takes_nothing(void **state)
{
    const struct ic_component_options options = {.outbox_bytes_max = 64 * 1024,
                                                 .stall_timeout_ms = 150};
    (void)state;
    struct peer *peer = converse(take_nothing, NULL, &options, true);
    assert_true(peer->states & 1u << IC_COMPONENT_WAITING);
    finish(peer);
}

static void keep_quiet(struct peer *peer)
{
    accept_component(peer);
    expect(peer, " ");
    expect(peer, " ");
}

static void keeps_the_connection_alive(void **state)
{
    const struct ic_component_options options = {.keepalive_ms = 20};
    (void)state;
    finish(converse(keep_quiet, NULL, &options, true));
}

/* ---- stopping ---- */

static void be_stopped(struct peer *peer)
{
    serve_once(peer);
    expect(peer, "</stream:stream>");
    if (peer->argument)
        say(peer, "</stream:stream>");
    expect_end(peer);
}

static void check_stop(const void *polite)
{
    struct peer *peer = prepare(be_stopped, polite, NULL, true);
    peer->stop_after_answer = true;
    talk(peer);
    assert_int_equal(ic_component_state(peer->component), IC_COMPONENT_STOPPED);
    finish(peer);
}

static void ends_its_stream_when_it_stops(void **state)
{
    (void)state;
    check_stop("politely");
}

static void stops_although_the_server_does_not_answer(void **state)
{
    (void)state;
    check_stop(NULL);
}

static void sends_nothing_when_it_is_not_up(void **state)
{
    const struct ic_component_options options = {
        .jid = JID, .server = "127.0.0.1", .port = 1, .secret = SECRET};
    struct ic_loop *loop;
    struct ic_component *component;
    (void)state;
    assert_int_equal(ic_loop_new(&loop, NULL), IC_OK);
    assert_int_equal(ic_component_new(loop, &options, &component, NULL), IC_OK);
    assert_int_equal(ic_component_send(component, "<iq/>", 5, NULL), IC_BUSY);
    ic_component_stop(component, 1000);
    assert_int_equal(ic_component_state(component), IC_COMPONENT_STOPPED);
    ic_component_free(component);
    ic_loop_free(loop);
}

static void delays_double_up_to_a_maximum(void **state)
{
    (void)state;
    assert_int_equal(ic_component_delay_ms(1000, 60000, 0, 0), 500);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 0, UINT32_MAX), 1000);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 3, 0), 4000);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 3, UINT32_MAX), 8000);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 3, UINT32_MAX / 2), 5999);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 6, UINT32_MAX), 60000);
    assert_int_equal(ic_component_delay_ms(1000, 60000, 4000000000u, UINT32_MAX), 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shakes_hands_and_answers),
        cmocka_unit_test(reads_one_byte_at_a_time),
        cmocka_unit_test(comes_back_after_every_fault),
        cmocka_unit_test(waits_longer_each_time_another_takes_its_name),
        cmocka_unit_test(waits_for_a_server_that_is_not_up),
        cmocka_unit_test(gives_up_on_a_server_that_hangs),
        cmocka_unit_test(outlives_a_huge_stanza),
        cmocka_unit_test(stops_reading_while_its_outbox_is_full),
        cmocka_unit_test(reads_on_when_its_outbox_was_emptied_aside),
        cmocka_unit_test(leaves_a_server_that_takes_nothing),
        cmocka_unit_test(keeps_the_connection_alive),
        cmocka_unit_test(ends_its_stream_when_it_stops),
        cmocka_unit_test(stops_although_the_server_does_not_answer),
        cmocka_unit_test(sends_nothing_when_it_is_not_up),
        cmocka_unit_test(delays_double_up_to_a_maximum),
    };
    return cmocka_run_group_tests_name("component", tests, NULL, NULL);
}
