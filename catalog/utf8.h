/* SPDX-License-Identifier: Apache-2.0 */
/* Reading UTF-8 one character at a time (RFC 3629). */
#ifndef IC_UTF8_H
#define IC_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length in bytes (1 to 4) of the well-formed character that `text` begins with, its code
 * point in *code (may be NULL). 0: not well-formed, or cut off at `length`. U+0000 counts as
 * well-formed here. */
size_t ic_utf8_next(const char *text, size_t length, uint32_t *code);

/* The longest prefix of at most `limit` bytes that ends between characters. */
size_t ic_utf8_cut(const char *text, size_t length, size_t limit);

#endif
