/* SPDX-License-Identifier: Apache-2.0 */
/* Non-blocking connects over the addresses that a host name has. */
#include "tcp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static enum ic_status begin(const struct addrinfo *address, const char *host, unsigned port,
                            int *out, struct ic_error *error)
{
    const int fd =
        socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
               address->ai_protocol);
    if (fd < 0)
        return ic_fail_errno(error, errno, "cannot make a socket");
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS) {
        const int reason = errno;
        close(fd);
        return ic_fail_errno(error, reason, "cannot connect to %s port %u", host, port);
    }
    *out = fd;
    return IC_OK;
}

enum ic_status ic_tcp_connect(const char *host, unsigned port, size_t index, bool *more,
                              int *fd, struct ic_error *error)
{
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses = NULL;
    char service[16];
    snprintf(service, sizeof service, "%u", port);
    *more = false;
    const int code = getaddrinfo(host, service, &hints, &addresses);
    if (code != 0)
        return ic_fail(error, IC_IO, "cannot look up the server \"%s\": %s", host,
                       code == EAI_SYSTEM ? "the resolver failed" : gai_strerror(code));
    const struct addrinfo *address = addresses;
    for (size_t i = 0; i < index && address; i++)
        address = address->ai_next;
    *more = address && address->ai_next;
    const enum ic_status status =
        address ? begin(address, host, port, fd, error)
                : ic_fail(error, IC_IO, "the server \"%s\" has no address left to try", host);
    freeaddrinfo(addresses);
    return status;
}

enum ic_status ic_tcp_result(int fd, unsigned timeout_ms, struct ic_error *error)
{
    int reason = 0, yes = 1;
    socklen_t size = sizeof reason;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &reason, &size) != 0)
        reason = errno;
    if (reason == ECONNREFUSED)
        return ic_fail(error, IC_IO,
                       "Connection refused; is the server running, and is this its port for "
                       "components?");
    if (reason != 0)
        return ic_fail_errno(error, reason, "cannot connect");
    /* Both only help to notice sooner, or to be quicker. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
    return IC_OK;
}
