/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's side of the catalog's socket: takes connections and gives each a thread.
 *
 * Invariants: a slot's socket is closed and its thread joined exactly once, by whoever reaps
 * the slot; `lock` guards the slots and `stopping`. No command starts once `stopping` is set.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server_session.h"
#include "shell.h"
#include "shell_wire.h"

enum {
    SESSIONS_MAX = 16,
    BACKLOG = 64,
    ACCEPT_PAUSE_MS = 100, /* when descriptors or memory are out */
    STOP_TICK_MS = 50,
    STALL_MS = 10 * 1000 /* a client that holds up the end for so long is dropped */
};

struct slot {
    struct ic_server *server;
    struct ic_session session;
    pthread_t thread;
    bool used, started, ended;
};

struct ic_server {
    struct ic_catalog *catalog;
    int listen_fd, wake_fd;
    pthread_t acceptor;
    pthread_mutex_t lock;
    bool stopping;
    struct slot slots[SESSIONS_MAX];
};

static bool may_start(void *context)
{
    struct slot *slot = context;
    pthread_mutex_lock(&slot->server->lock);
    slot->started = !slot->server->stopping;
    pthread_mutex_unlock(&slot->server->lock);
    return slot->started;
}

static void *serve(void *context)
{
    struct slot *slot = context;
    ic_session_run(&slot->session);
    pthread_mutex_lock(&slot->server->lock);
    shutdown(slot->session.fd, SHUT_RDWR);
    slot->ended = true;
    pthread_mutex_unlock(&slot->server->lock);
    return NULL;
}

/* A thread that takes no signals: they belong to the program. */
static int create_thread(pthread_t *thread, void *(*run)(void *), void *context)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int problem = pthread_create(thread, NULL, run, context);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return problem;
}

/* Joins the threads that have ended; how many are still at work. Only one thread at a time
 * reaps: the acceptor, then ic_server_stop. */
static size_t reap(struct ic_server *server)
{
    size_t busy = 0;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct slot *slot = &server->slots[i];
        pthread_mutex_lock(&server->lock);
        const bool used = slot->used, ended = slot->ended;
        pthread_mutex_unlock(&server->lock);
        if (used && ended) {
            pthread_join(slot->thread, NULL);
            pthread_mutex_lock(&server->lock);
            close(slot->session.fd);
            slot->used = false;
            pthread_mutex_unlock(&server->lock);
        }
        busy += used && !ended;
    }
    return busy;
}

/* Tells a client to try again later. */
static void turn_away(int fd)
{
    struct ic_frame frame = {0};
    size_t size = 0;
    ic_frame_begin(&frame, IC_WIRE_BUSY);
    ic_frame_put_string(&frame, "too many commands run at once");
    const unsigned char *bytes = ic_frame_bytes(&frame, &size);
    if (bytes)
        (void)!send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    ic_frame_free(&frame);
    close(fd);
}

static void take_connection(struct ic_server *server, int fd)
{
    unsigned uid;
    if (!ic_wire_peer(fd, &uid) || (uid != geteuid() && uid != 0)) {
        close(fd);
        return;
    }
    reap(server);
    struct slot *slot = server->slots;
    while (slot < server->slots + SESSIONS_MAX && slot->used)
        slot++;
    if (slot == server->slots + SESSIONS_MAX) {
        turn_away(fd);
        return;
    }
    pthread_mutex_lock(&server->lock);
    *slot = (struct slot){
        .server = server,
        .used = true,
        .session = {
            .catalog = server->catalog, .fd = fd, .start = may_start, .start_context = slot}};
    if (create_thread(&slot->thread, serve, slot) != 0) {
        slot->used = false;
        turn_away(fd);
    }
    pthread_mutex_unlock(&server->lock);
}

static void *accept_connections(void *context)
{
    struct ic_server *server = context;
    for (;;) {
        struct pollfd ready[] = {{.fd = server->listen_fd, .events = POLLIN},
                                 {.fd = server->wake_fd, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (ready[1].revents)
            return NULL;
        const int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            take_connection(server, fd);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            poll(&ready[1], 1, ACCEPT_PAUSE_MS);
    }
}

/* A listening socket in the directory: made anew, readable and writable by its owner alone from
 * the start. -1 with errno. */
static int listen_in(int directory_fd)
{
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    struct sockaddr_un address;
    ic_wire_address(directory_fd, &address);
    if ((unlinkat(directory_fd, IC_WIRE_SOCKET, 0) == 0 || errno == ENOENT) &&
        fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    const int problem = errno;
    close(fd);
    errno = problem;
    return -1;
}

static void free_server(struct ic_server *server)
{
    if (server->listen_fd >= 0)
        close(server->listen_fd);
    if (server->wake_fd >= 0)
        close(server->wake_fd);
    pthread_mutex_destroy(&server->lock);
    free(server);
}

enum ic_status ic_server_start(struct ic_catalog *catalog, struct ic_server **started,
                               struct ic_error *error)
{
    struct ic_server *server = calloc(1, sizeof *server);
    if (!server)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    pthread_mutex_init(&server->lock, NULL);
    server->catalog = catalog;
    server->wake_fd = eventfd(0, EFD_CLOEXEC);
    server->listen_fd = listen_in(ic_catalog_directory_fd(catalog));
    int problem = server->listen_fd < 0 || server->wake_fd < 0 ? errno : 0;
    if (problem == 0) {
        problem = create_thread(&server->acceptor, accept_connections, server);
        if (problem)
            unlinkat(ic_catalog_directory_fd(catalog), IC_WIRE_SOCKET, 0);
    }
    if (problem) {
        free_server(server);
        return ic_fail_errno(error, problem, "%s: cannot listen on its socket",
                             ic_catalog_directory(catalog));
    }
    *started = server;
    return IC_OK;
}

/* Shuts the sockets of the sessions that need not, or must not, be waited for any longer. */
static void drop_sessions(struct ic_server *server, bool all)
{
    const int64_t now = ic_session_now_ms();
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        struct slot *slot = &server->slots[i];
        const int64_t since = slot->session.waiting_since_ms;
        if (slot->used && !slot->ended &&
            (all || !slot->started || (since && now - since > STALL_MS)))
            shutdown(slot->session.fd, SHUT_RDWR);
    }
    pthread_mutex_unlock(&server->lock);
}

void ic_server_stop(struct ic_server *server, long grace_ms)
{
    if (!server)
        return;
    pthread_mutex_lock(&server->lock);
    server->stopping = true;
    pthread_mutex_unlock(&server->lock);
    unlinkat(ic_catalog_directory_fd(server->catalog), IC_WIRE_SOCKET, 0);
    eventfd_write(server->wake_fd, 1);
    pthread_join(server->acceptor, NULL);

    const int64_t begin = ic_session_now_ms();
    while (reap(server)) {
        drop_sessions(server, grace_ms >= 0 && ic_session_now_ms() - begin >= grace_ms);
        poll(NULL, 0, STOP_TICK_MS);
    }
    free_server(server);
}
