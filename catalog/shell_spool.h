/* SPDX-License-Identifier: Apache-2.0 */
/* A spool: output that is kept aside until its slow reader takes it, so that a command never
 * waits for a reader while it holds the catalog.
 *
 * Invariants: bytes leave in the order they came. The oldest are in memory; once memory is
 * full, newer ones go to an unnamed temporary file until that has been read to its end.
 * Threads: a spool belongs to one thread at a time. */
#ifndef IC_SHELL_SPOOL_H
#define IC_SHELL_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { IC_SPOOL_MEMORY_BYTES = 1024 * 1024 };
#define IC_SPOOL_FILE_BYTES_MAX ((uint64_t)16 << 30)

struct ic_spool;

/* Writes to `fd`, which stays the caller's: a socket, pipe, terminal or file. When `cancel_fd`
 * (or -1) becomes readable, writing fails with ECANCELED. Owned: ic_spool_free. NULL when
 * memory is out. */
struct ic_spool *ic_spool_new(int fd, int cancel_fd);
void ic_spool_free(struct ic_spool *spool);

/* Takes a copy of `length` bytes, and passes on what can be passed on without waiting. 0, or
 * the errno value of this or an earlier failure: from then on nothing is taken. */
int ic_spool_write(struct ic_spool *spool, const void *data, size_t length);

/* Passes on what can be passed on without waiting. */
int ic_spool_push(struct ic_spool *spool);

/* Waits until everything has been passed on; ETIMEDOUT when the reader has taken nothing for
 * `stall_ms` (negative: for ever), which may be tried again. */
int ic_spool_flush(struct ic_spool *spool, int stall_ms);

bool ic_spool_empty(const struct ic_spool *spool);
/* True when its cancelling descriptor is readable. */
bool ic_spool_cancelled(const struct ic_spool *spool);

int ic_spool_error(const struct ic_spool *spool);

/* A stream that writes to the spool: by lines or by blocks. Owned: fclose, which leaves the
 * spool alone. NULL when memory is out. */
FILE *ic_spool_stream(struct ic_spool *spool, bool by_lines);

#endif
