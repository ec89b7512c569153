/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop of the I/O thread: descriptors by epoll, timers by one timerfd.
 *
 * Watches and timers are embedded in what they belong to; the loop never allocates for them.
 * Threads: one thread runs a loop and alone touches its watches and timers; only
 * ic_loop_stop may be called from another thread. */
#ifndef IC_LOOP_H
#define IC_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/status.h"

struct ic_loop;

struct ic_watch {
    int fd;
    uint32_t events; /* EPOLLIN, EPOLLOUT; what is waited for now */
    void (*ready)(void *context, uint32_t events);
    void *context;
    bool active;
};

struct ic_timer {
    void (*expired)(void *context);
    void *context;
    int64_t at_ms; /* ic_loop_now_ms */
    bool active;
    struct ic_timer *next;
};

/* Owned: ic_loop_free, after every watch was removed. */
enum ic_status ic_loop_new(struct ic_loop **loop, struct ic_error *error);
void ic_loop_free(struct ic_loop *loop);

/* Monotonic milliseconds. */
int64_t ic_loop_now_ms(void);

/* Runs until ic_loop_stop. IC_IO: epoll failed. */
enum ic_status ic_loop_run(struct ic_loop *loop, struct ic_error *error);
/* From any thread: ic_loop_run returns after the events at hand. */
void ic_loop_stop(struct ic_loop *loop);

/* `turned` is called whenever the events at hand have been handled, before the loop waits.
 * True: there is more to do, so that the loop only looks for events and does not wait for one.
 */
void ic_loop_on_turn(struct ic_loop *loop, bool (*turned)(void *context), void *context);

/* Waits for `watch->events` on `watch->fd`; the caller keeps both structure and descriptor. */
enum ic_status ic_loop_watch(struct ic_loop *loop, struct ic_watch *watch,
                             struct ic_error *error);
/* Changes what is waited for; nothing happens when it is the same. */
void ic_loop_change(struct ic_loop *loop, struct ic_watch *watch, uint32_t events);
/* To be called before the descriptor is closed. Does nothing when not watched. */
void ic_loop_unwatch(struct ic_loop *loop, struct ic_watch *watch);

/* Calls `timer->expired` once, in `delay_ms`; sets it anew when it was running. */
void ic_loop_start_timer(struct ic_loop *loop, struct ic_timer *timer, int64_t delay_ms);
void ic_loop_stop_timer(struct ic_loop *loop, struct ic_timer *timer);

#endif
