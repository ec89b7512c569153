/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that waits for signals. */
#include "shell_interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct ic_interrupt {
    sigset_t before;
    int signal_fd, cancel_fd, done_fd;
    int signal; /* written by the thread, read when it has been joined */
    pthread_t thread;
};

static int next_signal(const struct ic_interrupt *interrupt)
{
    struct signalfd_siginfo info;
    return read(interrupt->signal_fd, &info, sizeof info) == (ssize_t)sizeof info
               ? (int)info.ssi_signo
               : 0;
}

static void *wait_for_signals(void *context)
{
    struct ic_interrupt *interrupt = context;
    struct pollfd ready[] = {{.fd = interrupt->signal_fd, .events = POLLIN},
                             {.fd = interrupt->done_fd, .events = POLLIN}};
    while (poll(ready, 2, -1) < 0)
        ;
    if (ready[1].revents)
        return NULL;
    interrupt->signal = next_signal(interrupt);
    eventfd_write(interrupt->cancel_fd, 1);

    /* A command that computes cannot be stopped; the catalog recovers when it is next opened.
     */
    while (poll(ready, 2, IC_INTERRUPT_GRACE_MS) < 0)
        ;
    if (!ready[1].revents)
        _exit(128 + interrupt->signal);
    return NULL;
}

static void release(struct ic_interrupt *interrupt)
{
    pthread_sigmask(SIG_SETMASK, &interrupt->before, NULL);
    if (interrupt->signal_fd >= 0)
        close(interrupt->signal_fd);
    if (interrupt->cancel_fd >= 0)
        close(interrupt->cancel_fd);
    if (interrupt->done_fd >= 0)
        close(interrupt->done_fd);
    free(interrupt);
}

struct ic_interrupt *ic_interrupt_begin(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct ic_interrupt *interrupt = calloc(1, sizeof *interrupt);
    if (!interrupt)
        return NULL;
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        /* nohup and background jobs have them ignored, which is to stay so. */
        if (sigaction(numbers[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&signals, numbers[i]);
    }
    pthread_sigmask(SIG_BLOCK, &signals, &interrupt->before);
    interrupt->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    interrupt->cancel_fd = eventfd(0, EFD_CLOEXEC);
    interrupt->done_fd = eventfd(0, EFD_CLOEXEC);
    if (interrupt->signal_fd < 0 || interrupt->cancel_fd < 0 || interrupt->done_fd < 0 ||
        pthread_create(&interrupt->thread, NULL, wait_for_signals, interrupt) != 0) {
        release(interrupt);
        return NULL;
    }
    return interrupt;
}

int ic_interrupt_fd(const struct ic_interrupt *interrupt)
{
    return interrupt->cancel_fd;
}

int ic_interrupt_end(struct ic_interrupt *interrupt)
{
    eventfd_write(interrupt->done_fd, 1);
    pthread_join(interrupt->thread, NULL);
    const int signal = interrupt->signal;
    release(interrupt);
    return signal;
}

_Noreturn void ic_interrupt_die(int number)
{
    sigset_t set;
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    _exit(128 + number);
}
