/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded byte buffer in which outgoing XML is written.
 *
 * The first failure sticks in `status` and later calls do nothing, so a writer is checked
 * once, at its end. Threads: a buffer belongs to one thread at a time. */
#ifndef IC_BUFFER_H
#define IC_BUFFER_H

#include <stddef.h>

#include "catalog/status.h"

struct ic_buffer {
    char *data; /* `length` bytes and, once anything was written, a NUL */
    size_t length, capacity;
    size_t bytes_max;      /* more than this is IC_TOO_LARGE */
    enum ic_status status; /* IC_OK, IC_TOO_LARGE or IC_NO_MEMORY */
};

void ic_buffer_init(struct ic_buffer *buffer, size_t bytes_max);
void ic_buffer_free(struct ic_buffer *buffer);

/* Drops everything from byte `length` on and clears a failure. */
void ic_buffer_truncate(struct ic_buffer *buffer, size_t length);

/* Drops the first `count` bytes. */
void ic_buffer_consume(struct ic_buffer *buffer, size_t count);

/* As they are: markup, or text that is known to need no escape. */
void ic_buffer_add(struct ic_buffer *buffer, const char *bytes, size_t length);
void ic_buffer_text(struct ic_buffer *buffer, const char *text);
void ic_buffer_format(struct ic_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As XML character data, line ends kept; what XML 1.0 (section 2.2) does not allow, and
 * invalid UTF-8, becomes U+FFFD. */
void ic_buffer_escape(struct ic_buffer *buffer, const char *text, size_t length);

/* As an attribute's value with its quotes. */
void ic_buffer_quote(struct ic_buffer *buffer, const char *text);

/* " NAME='escaped value'", or nothing when `value` is NULL. */
void ic_buffer_attribute(struct ic_buffer *buffer, const char *name, const char *value);

/* "<NAME>escaped text</NAME>". */
void ic_buffer_element(struct ic_buffer *buffer, const char *name, const char *text);

/* An error's place and text as character data, control characters made visible. */
void ic_buffer_error(struct ic_buffer *buffer, const struct ic_error *error);

#endif
