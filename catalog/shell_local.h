/* SPDX-License-Identifier: Apache-2.0 */
/* What a command has to do with the world when it runs in the caller's own process, and what
 * a client does for a command that runs in another one. */
#ifndef IC_SHELL_LOCAL_H
#define IC_SHELL_LOCAL_H

#include "shell.h"

struct ic_local_io;

/* stdin, stdout, stderr and files of this process. When `cancel_fd` (or -1) becomes
 * readable, reading and writing fail with ECANCELED. Owned: ic_local_io_free. NULL when memory
 * is out. */
struct ic_local_io *ic_local_io_new(int cancel_fd);
struct ic_io *ic_local_io(struct ic_local_io *local);

/* Passes on what readers have not taken yet; waits at most `stall_ms` (negative: for ever) for
 * one that takes nothing. The errno value of a failure on stdout, or 0. */
int ic_local_io_flush(struct ic_local_io *local, int stall_ms);
void ic_local_io_free(struct ic_local_io *local);

/* The same without an ic_local_io: a descriptor (owned: close) of a file to read. -1: `error`.
 */
int ic_local_open(const char *path, uint64_t *size_bytes, struct ic_error *error);
enum ic_status ic_local_list(const char *directory, const char *suffix, char ***paths,
                             size_t *count, struct ic_error *error);
char *ic_local_absolute(const char *path);

enum { IC_LOCAL_LIST_MAX = 4096 }; /* files of one directory */

/* Facts about the terminal. */
void ic_local_terminal(bool *out, bool *err, unsigned *columns);

#endif
