/* SPDX-License-Identifier: Apache-2.0 */
/* Connecting to a server without waiting for it.
 * Threads: any. */
#ifndef IC_TCP_H
#define IC_TCP_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/status.h"

/* Begins to connect to address number `index` (from 0) of `host`; *more tells whether there is
 * another one behind it. The descriptor does not block; it becomes writable when
 * ic_tcp_result can be asked. Looking up a name (not an address) waits for the resolver.
 * Owned: close(*fd). IC_IO. */
enum ic_status ic_tcp_connect(const char *host, unsigned port, size_t index, bool *more,
                              int *fd, struct ic_error *error);

/* What became of it: IC_OK, or IC_IO with the reason. Then sets what a connection of stanzas
 * needs: no delay, and an end when the peer takes nothing for `timeout_ms`. */
enum ic_status ic_tcp_result(int fd, unsigned timeout_ms, struct ic_error *error);

#endif
