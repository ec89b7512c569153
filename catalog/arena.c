/* SPDX-License-Identifier: Apache-2.0 */
/* Arena allocation: a list of blocks, each cut from the front. */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 16 * 1024 };

struct block {
    struct block *next;
    size_t used, size;
    max_align_t data[];
};

struct ic_arena {
    struct block *first; /* the one being filled; full ones and large ones behind it */
    size_t handed_out;
};

struct ic_arena *ic_arena_new(void)
{
    return calloc(1, sizeof(struct ic_arena));
}

void ic_arena_free(struct ic_arena *arena)
{
    if (!arena)
        return;
    for (struct block *block = arena->first, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

static struct block *new_block(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = malloc(sizeof *block + size);
    if (block)
        *block = (struct block){.size = size};
    return block;
}

static struct block *room_for(struct ic_arena *arena, size_t size)
{
    struct block *first = arena->first;
    if (first && first->size - first->used >= size)
        return first;

    /* A large allocation gets a block of its own and does not end the current one. */
    struct block *block = new_block(size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES);
    if (!block)
        return NULL;
    if (first && size > BLOCK_BYTES / 4) {
        block->next = first->next;
        first->next = block;
    } else {
        block->next = first;
        arena->first = block;
    }
    return block;
}

/* Memory with anything in it; `size` is rounded up. NULL: there is none. */
static void *take(struct ic_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX - align)
        return NULL;
    const size_t rounded = (size + align - 1) / align * align;
    struct block *block = room_for(arena, rounded);
    if (!block)
        return NULL;
    void *result = (char *)block->data + block->used;
    block->used += rounded;
    arena->handed_out += rounded;
    return result;
}

void *ic_arena_alloc(struct ic_arena *arena, size_t size)
{
    void *result = take(arena, size);
    return result ? memset(result, 0, size) : NULL;
}

char *ic_arena_copy(struct ic_arena *arena, const char *text, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *copy = take(arena, length + 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *ic_arena_strdup(struct ic_arena *arena, const char *text)
{
    return ic_arena_copy(arena, text, strlen(text));
}

char *ic_arena_printf(struct ic_arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return NULL;

    char *text = ic_arena_alloc(arena, (size_t)length + 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

size_t ic_arena_size_bytes(const struct ic_arena *arena)
{
    return arena->handed_out;
}
