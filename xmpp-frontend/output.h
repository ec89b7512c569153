/* SPDX-License-Identifier: Apache-2.0 */
/* What a command answers: one XML element that may be given out in pages.
 *
 *     HEAD  item  item  item …  TAIL
 *
 * Head and tail hold the start and end tags around the items; a page is the head, some items
 * that follow each other, and the tail, so each page is a document of its own and valid by the
 * command's schema.
 * Threads: an output belongs to one thread at a time. */
#ifndef IC_OUTPUT_H
#define IC_OUTPUT_H

#include <stdbool.h>

#include "buffer.h"

enum { IC_OUTPUT_SUMMARY_BYTES = 80 };

struct ic_output {
    char summary[IC_OUTPUT_SUMMARY_BYTES]; /* what people read above a page; or "" */
    struct ic_buffer head, items, tail;
    size_t *ends; /* of each item in `items` */
    size_t count, capacity;
    size_t bytes_max; /* of everything */
};

/* A part of an output. */
struct ic_page {
    size_t first, count; /* items */
};

void ic_output_init(struct ic_output *output, size_t bytes_max);
void ic_output_free(struct ic_output *output);

/* Says in words what it is all about, as printf does; what is too long is cut. */
void ic_output_summarize(struct ic_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* To be called when an item was written to `output->items`. */
void ic_output_end_item(struct ic_output *output);

/* IC_OK, or the first failure: IC_TOO_LARGE (more than `bytes_max`), IC_NO_MEMORY. */
enum ic_status ic_output_status(const struct ic_output *output);

/* Bytes of the whole, and of what it takes in memory. */
size_t ic_output_bytes(const struct ic_output *output);
size_t ic_output_memory(const struct ic_output *output);

/* The page that begins with item `first`: as many items as fit into `bytes_max`, at most
 * `count_max` of them (0: any number). *page has at least one item unless there is none there.
 * False: a single item is larger than `bytes_max`. */
bool ic_output_page(const struct ic_output *output, size_t first, size_t count_max,
                    size_t bytes_max, struct ic_page *page);

/* How many such pages the output has; 0: one item is larger. */
size_t ic_output_pages(const struct ic_output *output, size_t bytes_max);

void ic_output_write(const struct ic_output *output, const struct ic_page *page,
                     struct ic_buffer *buffer);

#endif
