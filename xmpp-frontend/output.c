/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of an output are cut between items. */
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ic_output_init(struct ic_output *output, size_t bytes_max)
{
    *output = (struct ic_output){.bytes_max = bytes_max};
    ic_buffer_init(&output->head, bytes_max);
    ic_buffer_init(&output->items, bytes_max);
    ic_buffer_init(&output->tail, bytes_max);
}

void ic_output_free(struct ic_output *output)
{
    ic_buffer_free(&output->head);
    ic_buffer_free(&output->items);
    ic_buffer_free(&output->tail);
    free(output->ends);
    *output = (struct ic_output){0};
}

void ic_output_summarize(struct ic_output *output, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(output->summary, sizeof output->summary, format, arguments);
    va_end(arguments);
}

void ic_output_end_item(struct ic_output *output)
{
    if (output->items.status != IC_OK)
        return;
    if (output->count == output->capacity) {
        const size_t capacity = output->capacity ? 2 * output->capacity : 16;
        size_t *ends = realloc(output->ends, capacity * sizeof *ends);
        if (!ends) {
            output->items.status = IC_NO_MEMORY;
            return;
        }
        output->ends = ends;
        output->capacity = capacity;
    }
    output->ends[output->count++] = output->items.length;
}

enum ic_status ic_output_status(const struct ic_output *output)
{
    if (output->head.status != IC_OK)
        return output->head.status;
    if (output->items.status != IC_OK)
        return output->items.status;
    if (output->tail.status != IC_OK)
        return output->tail.status;
    return ic_output_bytes(output) > output->bytes_max ? IC_TOO_LARGE : IC_OK;
}

size_t ic_output_bytes(const struct ic_output *output)
{
    return output->head.length + output->items.length + output->tail.length;
}

size_t ic_output_memory(const struct ic_output *output)
{
    return output->head.capacity + output->items.capacity + output->tail.capacity +
           output->capacity * sizeof *output->ends;
}

static size_t start_of(const struct ic_output *output, size_t item)
{
    return item == 0 ? 0 : output->ends[item - 1];
}

bool ic_output_page(const struct ic_output *output, size_t first, size_t count_max,
                    size_t bytes_max, struct ic_page *page)
{
    const size_t around = output->head.length + output->tail.length;
    *page = (struct ic_page){.first = first < output->count ? first : output->count};
    if (around > bytes_max)
        return false;
    const size_t left = output->count - page->first;
    const size_t start = start_of(output, page->first);
    /* The last item that still fits, by bisection: outputs have up to millions. */
    size_t low = 0, high = count_max && count_max < left ? count_max : left;
    while (low < high) {
        const size_t middle = low + (high - low + 1) / 2;
        if (output->ends[page->first + middle - 1] - start <= bytes_max - around)
            low = middle;
        else
            high = middle - 1;
    }
    page->count = low;
    return low > 0 || left == 0;
}

size_t ic_output_pages(const struct ic_output *output, size_t bytes_max)
{
    size_t pages = 0, next = 0;
    do {
        struct ic_page page;
        if (!ic_output_page(output, next, 0, bytes_max, &page))
            return 0;
        pages++;
        next = page.first + page.count;
    } while (next < output->count);
    return pages;
}

void ic_output_write(const struct ic_output *output, const struct ic_page *page,
                     struct ic_buffer *buffer)
{
    const size_t start = start_of(output, page->first);
    const size_t end = start_of(output, page->first + page->count);
    if (output->head.length)
        ic_buffer_add(buffer, output->head.data, output->head.length);
    if (end > start)
        ic_buffer_add(buffer, output->items.data + start, end - start);
    if (output->tail.length)
        ic_buffer_add(buffer, output->tail.data, output->tail.length);
}
