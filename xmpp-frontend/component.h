/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's connection to its server (XEP-0114): connects, shakes hands, delivers
 * stanzas, sends answers, and connects again whenever the stream ends, for whatever reason,
 * after a delay that doubles up to a maximum and is spread at random. Two components of one
 * name on a server that lets the newer one take over would throw each other out for ever; being
 * thrown out so never shortens the delay.
 *
 * Invariants: the outbox never holds more than `outbox_bytes_max` plus one answer, because no
 * further stanza is delivered while it is full; a server that takes nothing for
 * `stall_timeout_ms` loses the connection.
 * Threads: the loop's thread. */
#ifndef IC_COMPONENT_H
#define IC_COMPONENT_H

#include "loop.h"
#include "stream.h"

struct ic_component;

enum ic_component_state {
    IC_COMPONENT_WAITING,     /* until the next attempt */
    IC_COMPONENT_CONNECTING,  /* TCP */
    IC_COMPONENT_OPENING,     /* our stream header is out */
    IC_COMPONENT_HANDSHAKING, /* our digest is out */
    IC_COMPONENT_UP,
    IC_COMPONENT_CLOSING, /* our end tag is out */
    IC_COMPONENT_STOPPED
};

/* Times in milliseconds; 0 takes the default beside it. */
struct ic_component_options {
    const char *jid;    /* the component's own name, normalised */
    const char *server; /* host name or address */
    unsigned port;
    const char *secret;
    struct ic_xml_limits limits;
    size_t outbox_bytes_max;   /* 4 MiB */
    size_t answer_bytes_max;   /* the longest single ic_component_send; 256 KiB */
    int64_t open_timeout_ms;   /* from connect to handshake; 10 s */
    int64_t stall_timeout_ms;  /* 30 s */
    int64_t keepalive_ms;      /* a space after so much silence of ours; 60 s */
    int64_t backoff_first_ms;  /* 1 s */
    int64_t backoff_max_ms;    /* 60 s */
    int64_t backoff_forget_ms; /* up for so long: the next delay is the first again; 10 s */

    void *context;
    /* An iq, message or presence that came in; the receiver owns it. */
    void (*stanza)(void *context, struct ic_stanza *stanza);
    void (*room)(void *context); /* the outbox has room again after IC_BUSY; or NULL */
    void (*changed)(void *context, enum ic_component_state state); /* or NULL */
};

/* Copies the options' strings. Owned: ic_component_free. */
enum ic_status ic_component_new(struct ic_loop *loop,
                                const struct ic_component_options *options,
                                struct ic_component **component, struct ic_error *error);
void ic_component_free(struct ic_component *component);

/* Takes other options from now on, whose strings it copies: server, port and secret count for
 * the next connection, limits for the next stream, the size of the outbox at once (`jid`,
 * `context` and functions stay). IC_NO_MEMORY: everything stays as it was. */
enum ic_status ic_component_configure(struct ic_component *component,
                                      const struct ic_component_options *options,
                                      struct ic_error *error);

/* Begins the first attempt at once. */
void ic_component_start(struct ic_component *component);

/* Puts one whole stanza into the outbox. IC_BUSY: not connected, or the outbox is full; the
 * stanza is then dropped. IC_TOO_LARGE: over `answer_bytes_max`. */
enum ic_status ic_component_send(struct ic_component *component, const char *bytes,
                                 size_t length, struct ic_error *error);

/* Between these, stanzas are gathered and sent together. Not from an event. */
void ic_component_cork(struct ic_component *component);
void ic_component_uncork(struct ic_component *component);

/* Sends what is in the outbox, ends the stream and waits for the server's end, at most
 * `grace_ms`; then the state is IC_COMPONENT_STOPPED. */
void ic_component_stop(struct ic_component *component, int64_t grace_ms);

/* The delay before the next attempt: `first_ms` doubled with each failure up to `max_ms` (below
 * a day), then somewhere from half of that to the whole as `random` says, so that many
 * components do not come back at the same moment. */
int64_t ic_component_delay_ms(int64_t first_ms, int64_t max_ms, unsigned failures,
                              uint32_t random);

enum ic_component_state ic_component_state(const struct ic_component *component);

#endif
