/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the owner of a catalog: a client's command, run here.
 *
 * Threads: a session belongs to its thread; others may only read `state` and `waiting_since_ms`
 * and shut the socket down. */
#ifndef IC_SERVER_SESSION_H
#define IC_SERVER_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog.h"

enum {
    IC_SESSION_HELLO_MS = 10 * 1000,    /* to say what is wanted */
    IC_SESSION_IDLE_MS = 15 * 60 * 1000 /* without taking output or giving input */
};

struct ic_session {
    struct ic_catalog *catalog;
    int fd;
    /* Asked before the command is started; false: not any more. */
    bool (*start)(void *context);
    void *start_context;
    /* Monotonic; 0 while it is not waiting for its client. */
    _Atomic int64_t waiting_since_ms;
};

/* Runs the session to its end. The socket stays open: it is the caller's. */
void ic_session_run(struct ic_session *session);

int64_t ic_session_now_ms(void);

#endif
