/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a configuration names, and secrets in files of their own.
 * Threads: any. */
#ifndef IC_SECRET_H
#define IC_SECRET_H

#include "catalog/status.h"

enum { IC_SECRET_BYTES_MAX = 1023 };

/* `name` as a configuration file at `config_path` means it: relative to that file's folder.
 * Owned: free(*path). */
enum ic_status ic_config_relative(const char *config_path, const char *name, char **path,
                                  struct ic_error *error);

/* The first line of a regular file that belongs to us or root and is closed to everybody else
 * (mode 0600 or 0400). IC_FORBIDDEN: it is not; IC_BAD_INPUT: an empty line; IC_TOO_LARGE;
 * IC_IO. Owned: ic_secret_free. */
enum ic_status ic_secret_read(const char *path, char **secret, struct ic_error *error);

/* Overwrites it, then frees it. NULL is allowed. */
void ic_secret_free(char *secret);

#endif
