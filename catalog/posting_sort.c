/* SPDX-License-Identifier: Apache-2.0 */
/* External sorting of postings: radix sort of what is in memory, runs on disk, a merge. */
#include "posting_sort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
    READ_TUPLES = 16 * 1024, /* of a run, when merging */
    TUPLES_MIN = 64 * 1024
};

/* A sorted file being read back. */
struct run {
    int fd;
    off_t at;
    uint64_t left; /* tuples not yet read from the file */
    struct posting_tuple *buffer;
    size_t next, count;
};

struct posting_sort {
    int directory;
    struct posting_tuple *tuples, *spare;
    size_t count, room;
    struct run *runs;
    size_t run_count, run_room;
    size_t *heap; /* of runs that have a tuple, the smallest first */
    size_t heap_count;
    size_t next; /* in tuples, when there is no run */
};

enum ic_status posting_sort_new(int directory, size_t bytes_max, struct posting_sort **sort,
                                struct ic_error *error)
{
    struct posting_sort *made = calloc(1, sizeof *made);
    const size_t tuples = bytes_max / (2 * sizeof *made->tuples);
    if (made) {
        made->directory = directory;
        made->room = tuples < TUPLES_MIN ? TUPLES_MIN : tuples;
        made->tuples = malloc(made->room * sizeof *made->tuples);
        made->spare = malloc(made->room * sizeof *made->spare);
        if (made->tuples && made->spare) {
            *sort = made;
            return IC_OK;
        }
    }
    posting_sort_free(made);
    return ic_fail(error, IC_NO_MEMORY, "out of memory for sorting an import");
}

void posting_sort_free(struct posting_sort *sort)
{
    if (!sort)
        return;
    for (size_t i = 0; i < sort->run_count; i++) {
        close(sort->runs[i].fd);
        free(sort->runs[i].buffer);
    }
    free(sort->runs);
    free(sort->heap);
    free(sort->tuples);
    free(sort->spare);
    free(sort);
}

/* ---- in memory ---- */

/* One stable pass by a digit of the object, or of the property; false: all had the same. */
static bool pass(struct posting_sort *sort, bool by_property, unsigned shift)
{
    size_t starts[DIGITS + 1] = {0};
    const struct posting_tuple *from = sort->tuples;
    for (size_t i = 0; i < sort->count; i++) {
        const uint64_t key = by_property ? from[i].property : from[i].object;
        starts[(key >> shift & (DIGITS - 1)) + 1]++;
    }
    for (size_t i = 1; i <= DIGITS; i++) {
        if (starts[i] == sort->count)
            return false;
        starts[i] += starts[i - 1];
    }
    for (size_t i = 0; i < sort->count; i++) {
        const uint64_t key = by_property ? from[i].property : from[i].object;
        sort->spare[starts[key >> shift & (DIGITS - 1)]++] = from[i];
    }
    struct posting_tuple *swap = sort->tuples;
    sort->tuples = sort->spare;
    sort->spare = swap;
    return true;
}

static void sort_tuples(struct posting_sort *sort)
{
    uint64_t objects = 0;
    uint32_t properties = 0;
    for (size_t i = 0; i < sort->count; i++) {
        objects |= sort->tuples[i].object;
        properties |= sort->tuples[i].property;
    }
    for (unsigned shift = 0; shift < 64 && objects >> shift; shift += DIGIT_BITS)
        pass(sort, false, shift);
    for (unsigned shift = 0; shift < 32 && properties >> shift; shift += DIGIT_BITS)
        pass(sort, true, shift);
}

/* ---- runs ---- */

static enum ic_status write_all(int fd, const void *data, size_t size, struct ic_error *error)
{
    const char *at = data;
    while (size) {
        const ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return ic_fail_errno(error, written ? errno : ENOSPC,
                                 "cannot write a temporary file of an import");
        at += written;
        size -= (size_t)written;
    }
    return IC_OK;
}

static enum ic_status write_run(struct posting_sort *sort, struct ic_error *error)
{
    if (sort->run_count == sort->run_room) {
        const size_t room = sort->run_room ? sort->run_room * 2 : 16;
        struct run *grown = realloc(sort->runs, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for sorting an import");
        sort->runs = grown;
        sort->run_room = room;
    }
    const int fd = openat(sort->directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0)
        return ic_fail_errno(error, errno, "cannot make a temporary file for an import");
    sort->runs[sort->run_count++] = (struct run){.fd = fd, .left = sort->count};
    sort_tuples(sort);
    const enum ic_status status =
        write_all(fd, sort->tuples, sort->count * sizeof *sort->tuples, error);
    sort->count = 0;
    return status;
}

bool posting_sort_full(const struct posting_sort *sort)
{
    return sort->count == sort->room;
}

bool posting_sort_spilled(const struct posting_sort *sort)
{
    return sort->run_count > 0;
}

/* Fewer tuples; they are not needed. False: memory is out. */
static bool shrink(struct posting_sort *sort, size_t room)
{
    struct posting_tuple *tuples = realloc(sort->tuples, room * sizeof *tuples);
    if (!tuples)
        return false;
    sort->tuples = tuples;
    struct posting_tuple *spare = realloc(sort->spare, room * sizeof *spare);
    if (!spare)
        return false;
    sort->spare = spare;
    sort->room = room;
    return true;
}

enum ic_status posting_sort_spill(struct posting_sort *sort, size_t bytes_max,
                                  struct ic_error *error)
{
    const size_t wanted = bytes_max / (2 * sizeof *sort->tuples);
    const size_t room = wanted < TUPLES_MIN ? TUPLES_MIN : wanted;
    const enum ic_status status = sort->count ? write_run(sort, error) : IC_OK;
    if (status != IC_OK || room >= sort->room)
        return status;
    return shrink(sort, room)
               ? IC_OK
               : ic_fail(error, IC_NO_MEMORY, "out of memory for sorting an import");
}

enum ic_status posting_sort_add(struct posting_sort *sort, struct posting_tuple tuple,
                                struct ic_error *error)
{
    if (sort->count == sort->room) {
        const enum ic_status status = write_run(sort, error);
        if (status != IC_OK)
            return status;
    }
    sort->tuples[sort->count++] = tuple;
    return IC_OK;
}

/* ---- merging ---- */

static enum ic_status fill(struct run *run, struct ic_error *error)
{
    const size_t wanted = run->left < READ_TUPLES ? (size_t)run->left : READ_TUPLES;
    size_t got = 0;
    while (got < wanted * sizeof *run->buffer) {
        const ssize_t size = pread(run->fd, (char *)run->buffer + got,
                                   wanted * sizeof *run->buffer - got, run->at);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return ic_fail_errno(error, size ? errno : EIO,
                                 "cannot read a temporary file of an import");
        got += (size_t)size;
        run->at += size;
    }
    run->left -= wanted;
    run->count = wanted;
    run->next = 0;
    return IC_OK;
}

static int compare(const struct posting_tuple *a, const struct posting_tuple *b)
{
    if (a->property != b->property)
        return a->property < b->property ? -1 : 1;
    if (a->object != b->object)
        return a->object < b->object ? -1 : 1;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

static const struct posting_tuple *head(const struct posting_sort *sort, size_t place)
{
    const struct run *run = &sort->runs[sort->heap[place]];
    return &run->buffer[run->next];
}

/* Lets the run at a place of the heap sink to where it belongs. */
static void sink(struct posting_sort *sort, size_t place)
{
    for (;;) {
        size_t least = place;
        for (size_t child = 2 * place + 1; child <= 2 * place + 2; child++)
            if (child < sort->heap_count && compare(head(sort, child), head(sort, least)) < 0)
                least = child;
        if (least == place)
            return;
        const size_t swap = sort->heap[place];
        sort->heap[place] = sort->heap[least];
        sort->heap[least] = swap;
        place = least;
    }
}

enum ic_status posting_sort_end(struct posting_sort *sort, struct ic_error *error)
{
    if (sort->run_count == 0) {
        sort_tuples(sort);
        return IC_OK;
    }
    enum ic_status status = sort->count ? write_run(sort, error) : IC_OK;
    free(sort->tuples);
    free(sort->spare);
    sort->tuples = sort->spare = NULL;
    sort->heap = malloc(sort->run_count * sizeof *sort->heap);
    if (status == IC_OK && !sort->heap)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for sorting an import");
    for (size_t i = 0; status == IC_OK && i < sort->run_count; i++) {
        struct run *run = &sort->runs[i];
        run->buffer = malloc(READ_TUPLES * sizeof *run->buffer);
        status = run->buffer
                     ? fill(run, error)
                     : ic_fail(error, IC_NO_MEMORY, "out of memory for sorting an import");
        sort->heap[sort->heap_count++] = i;
    }
    for (size_t place = sort->heap_count; status == IC_OK && place-- > 0;)
        sink(sort, place);
    return status;
}

enum ic_status posting_sort_next(struct posting_sort *sort, struct posting_tuple *tuple,
                                 bool *found, struct ic_error *error)
{
    if (sort->run_count == 0) {
        *found = sort->next < sort->count;
        if (*found)
            *tuple = sort->tuples[sort->next++];
        return IC_OK;
    }
    *found = sort->heap_count > 0;
    if (!*found)
        return IC_OK;
    struct run *run = &sort->runs[sort->heap[0]];
    *tuple = run->buffer[run->next++];
    enum ic_status status = IC_OK;
    if (run->next == run->count) {
        if (run->left)
            status = fill(run, error);
        else
            sort->heap[0] = sort->heap[--sort->heap_count];
    }
    if (status == IC_OK)
        sink(sort, 0);
    return status;
}
