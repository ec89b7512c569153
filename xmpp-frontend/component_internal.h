/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the component: its state, shared by the connection (component.c) and the stream on
 * it (component_stream.c). */
#ifndef IC_COMPONENT_INTERNAL_H
#define IC_COMPONENT_INTERNAL_H

#include "component.h"

enum { IC_COMPONENT_MARKUP_BYTES = 8 * 1024 }; /* stream header and handshake */

struct ic_component {
    struct ic_loop *loop;
    struct ic_component_options options; /* the strings are copies */
    enum ic_component_state state;
    struct ic_watch watch;
    struct ic_stream *stream;
    struct ic_buffer out;
    size_t sent;                             /* bytes of `out` that the server has taken */
    struct ic_timer phase, stall, keepalive; /* phase: the end of any state but UP */
    size_t address;                          /* which of the server's addresses */
    bool more_addresses;
    bool in_event;       /* flushed when it is over */
    bool sender_waits;   /* a stanza was refused for want of room */
    unsigned failures;   /* since it was last up for long enough */
    int64_t up_since_ms; /* 0: was not up in this connection */
    bool replaced;       /* the stream ended because another component has our name */
};

void ic_component_enter(struct ic_component *c, enum ic_component_state state);

/* Puts bytes into the outbox. IC_BUSY: it is full; IC_NO_MEMORY. */
enum ic_status ic_component_queue(struct ic_component *c, const char *bytes, size_t length,
                                  struct ic_error *error);

/* Bytes in the outbox that the server has not taken. */
size_t ic_component_pending(const struct ic_component *c);

/* The connection stands: writes our stream header and makes the stream that reads the
 * server's. */
enum ic_status ic_component_open_stream(struct ic_component *c, struct ic_error *error);

#endif
