/* SPDX-License-Identifier: Apache-2.0 */
/* An arena: many small allocations that are freed together.
 * Threads: an arena belongs to one thread at a time. */
#ifndef IC_ARENA_H
#define IC_ARENA_H

#include <stddef.h>

struct ic_arena;

/* Owned: free with ic_arena_free. NULL when memory is out. */
struct ic_arena *ic_arena_new(void);

/* Frees everything allocated from it. NULL is allowed. */
void ic_arena_free(struct ic_arena *arena);

/* `size` zeroed bytes, aligned for any type; borrowed until the arena is freed. NULL when
 * memory is out. */
void *ic_arena_alloc(struct ic_arena *arena, size_t size);

/* A NUL-terminated copy of `length` bytes; borrowed until the arena is freed. */
char *ic_arena_copy(struct ic_arena *arena, const char *text, size_t length);
char *ic_arena_strdup(struct ic_arena *arena, const char *text);
char *ic_arena_printf(struct ic_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out so far. */
size_t ic_arena_size_bytes(const struct ic_arena *arena);

#endif
