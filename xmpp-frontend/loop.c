/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop: epoll, a timerfd for the nearest timer, an eventfd for stopping. */
#include "loop.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 16 };

struct ic_loop {
    int epoll;
    struct ic_watch timer_watch, stop_watch;
    struct ic_timer *timers; /* the nearest first */
    bool stopping;
    bool (*turned)(void *context);
    void *turned_context;
    /* The events at hand: a watch that goes away takes its pending ones along. */
    struct epoll_event events[EVENTS_AT_ONCE];
    int event_count;
};

int64_t ic_loop_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Sets the timerfd to the nearest timer, or off. */
static void arm(struct ic_loop *loop)
{
    struct itimerspec at = {0};
    if (loop->timers) {
        const int64_t at_ms = loop->timers->at_ms;
        at.it_value.tv_sec = (time_t)(at_ms / 1000);
        at.it_value.tv_nsec = (long)(at_ms % 1000) * 1000000;
    }
    timerfd_settime(loop->timer_watch.fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void drain(int fd)
{
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        continue;
}

static void timers_expired(void *context, uint32_t events)
{
    struct ic_loop *loop = context;
    (void)events;
    drain(loop->timer_watch.fd);
    const int64_t now = ic_loop_now_ms();
    while (loop->timers && loop->timers->at_ms <= now) {
        struct ic_timer *timer = loop->timers;
        loop->timers = timer->next;
        timer->active = false;
        timer->expired(timer->context);
    }
    arm(loop);
}

static void stop_requested(void *context, uint32_t events)
{
    struct ic_loop *loop = context;
    (void)events;
    drain(loop->stop_watch.fd);
    loop->stopping = true;
}

enum ic_status ic_loop_new(struct ic_loop **out, struct ic_error *error)
{
    struct ic_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->timer_watch =
        (struct ic_watch){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
                          .events = EPOLLIN,
                          .ready = timers_expired,
                          .context = loop};
    loop->stop_watch = (struct ic_watch){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
                                         .events = EPOLLIN,
                                         .ready = stop_requested,
                                         .context = loop};
    enum ic_status status = IC_OK;
    if (loop->epoll < 0 || loop->timer_watch.fd < 0 || loop->stop_watch.fd < 0)
        status = ic_fail_errno(error, errno, "cannot make an event loop");
    if (status == IC_OK)
        status = ic_loop_watch(loop, &loop->timer_watch, error);
    if (status == IC_OK)
        status = ic_loop_watch(loop, &loop->stop_watch, error);
    if (status != IC_OK) {
        ic_loop_free(loop);
        return status;
    }
    *out = loop;
    return IC_OK;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void ic_loop_free(struct ic_loop *loop)
{
    if (!loop)
        return;
    close_if_open(loop->timer_watch.fd);
    close_if_open(loop->stop_watch.fd);
    close_if_open(loop->epoll);
    free(loop);
}

enum ic_status ic_loop_run(struct ic_loop *loop, struct ic_error *error)
{
    bool more = false;
    loop->stopping = false;
    while (!loop->stopping) {
        loop->event_count =
            epoll_wait(loop->epoll, loop->events, EVENTS_AT_ONCE, more ? 0 : -1);
        if (loop->event_count < 0 && errno != EINTR)
            return ic_fail_errno(error, errno, "epoll_wait failed");
        for (int i = 0; i < loop->event_count; i++) {
            const struct ic_watch *watch = loop->events[i].data.ptr;
            if (watch)
                watch->ready(watch->context, loop->events[i].events);
        }
        more = loop->turned && loop->turned(loop->turned_context);
    }
    return IC_OK;
}

void ic_loop_on_turn(struct ic_loop *loop, bool (*turned)(void *context), void *context)
{
    loop->turned = turned;
    loop->turned_context = context;
}

void ic_loop_stop(struct ic_loop *loop)
{
    const uint64_t one = 1;
    while (write(loop->stop_watch.fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

enum ic_status ic_loop_watch(struct ic_loop *loop, struct ic_watch *watch,
                             struct ic_error *error)
{
    assert(!watch->active);
    struct epoll_event event = {.events = watch->events, .data.ptr = watch};
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, watch->fd, &event) != 0)
        return ic_fail_errno(error, errno, "cannot wait for a descriptor");
    watch->active = true;
    return IC_OK;
}

void ic_loop_change(struct ic_loop *loop, struct ic_watch *watch, uint32_t events)
{
    if (!watch->active || watch->events == events)
        return;
    watch->events = events;
    struct epoll_event event = {.events = events, .data.ptr = watch};
    const int changed = epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event);
    assert(changed == 0); /* only a descriptor that is not watched makes it fail */
    (void)changed;
}

void ic_loop_unwatch(struct ic_loop *loop, struct ic_watch *watch)
{
    if (!watch->active)
        return;
    epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->active = false;
    for (int i = 0; i < loop->event_count; i++)
        if (loop->events[i].data.ptr == watch)
            loop->events[i].data.ptr = NULL;
}

static void unlink_timer(struct ic_loop *loop, struct ic_timer *timer)
{
    struct ic_timer **link = &loop->timers;
    while (*link && *link != timer)
        link = &(*link)->next;
    if (*link)
        *link = timer->next;
    timer->active = false;
}

void ic_loop_start_timer(struct ic_loop *loop, struct ic_timer *timer, int64_t delay_ms)
{
    if (timer->active)
        unlink_timer(loop, timer);
    timer->at_ms = ic_loop_now_ms() + (delay_ms > 0 ? delay_ms : 0);
    struct ic_timer **link = &loop->timers;
    while (*link && (*link)->at_ms <= timer->at_ms)
        link = &(*link)->next;
    timer->next = *link;
    *link = timer;
    timer->active = true;
    if (loop->timers == timer)
        arm(loop);
}

void ic_loop_stop_timer(struct ic_loop *loop, struct ic_timer *timer)
{
    if (timer->active)
        unlink_timer(loop, timer);
}
