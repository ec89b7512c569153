/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting the postings of a bulk import: more than fits in memory, by property, object,
 * ordinal. Sorted runs go to files without a name in the catalog's directory and are merged.
 * Internal to catalog/. Threads: one. */
#ifndef IC_POSTING_SORT_H
#define IC_POSTING_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct posting_tuple {
    uint32_t property; /* id >> 2 */
    uint32_t ordinal;
    uint64_t object;
};

struct posting_sort;

/* Uses about `bytes_max` bytes of memory. `directory` must stay open. */
enum ic_status posting_sort_new(int directory, size_t bytes_max, struct posting_sort **sort,
                                struct ic_error *error);
void posting_sort_free(struct posting_sort *sort);

/* Is there no room left? Then adding writes a run. */
bool posting_sort_full(const struct posting_sort *sort);
/* Are there runs in files? */
bool posting_sort_spilled(const struct posting_sort *sort);
/* Writes what is in memory as a run, and goes on with at most `bytes_max` bytes where that is
 * less than before. IC_NO_SPACE, IC_IO, IC_NO_MEMORY. */
enum ic_status posting_sort_spill(struct posting_sort *sort, size_t bytes_max,
                                  struct ic_error *error);

/* Tuples of one (property, object) must come with ascending ordinals. IC_NO_SPACE, IC_IO. */
enum ic_status posting_sort_add(struct posting_sort *sort, struct posting_tuple tuple,
                                struct ic_error *error);

/* Ends adding; then `next` gives every tuple in order. */
enum ic_status posting_sort_end(struct posting_sort *sort, struct ic_error *error);
enum ic_status posting_sort_next(struct posting_sort *sort, struct posting_tuple *tuple,
                                 bool *found, struct ic_error *error);

#endif
