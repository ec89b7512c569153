/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations of our own objects that fail: the linker sends their calls here (--wrap); what
 * libraries allocate is not counted. Works with the sanitizers' allocators too. */
#include <errno.h>
#include <pthread.h>
#include <roaring/roaring.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

static struct {
    bool counting, lasting;
    long at;
    _Atomic long calls;
    _Atomic bool happened;
} fault;

void memory_fault_begin(long at, bool lasting)
{
    fault.at = at;
    fault.lasting = lasting;
    fault.calls = 0;
    fault.happened = false;
    fault.counting = true;
}

long memory_fault_end(void)
{
    fault.counting = false;
    return fault.calls;
}

bool memory_fault_happened(void)
{
    return fault.happened;
}

static bool fails(void)
{
    if (!fault.counting)
        return false;
    const long number = atomic_fetch_add(&fault.calls, 1);
    if (fault.at < 0 || (number != fault.at && !(fault.lasting && number > fault.at)))
        return false;
    fault.happened = true;
    errno = ENOMEM;
    return true;
}

/* For each function: what the linker calls the real one, and what it calls ours. */
#define WRAP(type, name, parameters, arguments)                                                \
    type __real_##name parameters;                                                             \
    type __wrap_##name parameters;                                                             \
    type __wrap_##name parameters                                                              \
    {                                                                                          \
        return fails() ? NULL : __real_##name arguments;                                       \
    }

WRAP(void *, malloc, (size_t size), (size))
WRAP(void *, calloc, (size_t count, size_t size), (count, size))
WRAP(void *, realloc, (void *old, size_t size), (old, size))
WRAP(char *, strdup, (const char *text), (text))
WRAP(char *, strndup, (const char *text, size_t size), (text, size))
WRAP(char *, realpath, (const char *path, char *resolved), (path, resolved))
WRAP(FILE *, open_memstream, (char **text, size_t *size), (text, size))
WRAP(FILE *, fmemopen, (void *data, size_t size, const char *mode), (data, size, mode))
WRAP(roaring_bitmap_t *, roaring_bitmap_create, (void), ())
WRAP(roaring_bitmap_t *, roaring_bitmap_create_with_capacity, (uint32_t room), (room))
WRAP(roaring_bitmap_t *, roaring_bitmap_copy, (const roaring_bitmap_t *set), (set))

int __real_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_vasprintf(char **text, const char *format, va_list arguments);
int __wrap_vasprintf(char **text, const char *format, va_list arguments)
{
    return fails() ? -1 : __real_vasprintf(text, format, arguments);
}

int __wrap_asprintf(char **text, const char *format, ...);
int __wrap_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int size = fails() ? -1 : __real_vasprintf(text, format, arguments);
    va_end(arguments);
    return size;
}
