/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's log: one line per event on stderr, control characters escaped.
 * Threads: any; a line is written with one call. */
#ifndef IC_LOG_H
#define IC_LOG_H

#include "catalog/status.h"

enum { IC_LOG_LINE_BYTES_MAX = 4096 };

/* "2026-01-31T12:00:00Z text\n". Never pass a secret. */
void ic_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, followed by ": " and the error's place and text. */
void ic_log_error(const struct ic_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
