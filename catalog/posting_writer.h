/* SPDX-License-Identifier: Apache-2.0 */
/* Writing many postings at once, in the order of their keys.
 * Internal to catalog/. Threads: one. */
#ifndef IC_POSTING_WRITER_H
#define IC_POSTING_WRITER_H

#include "postings.h"

struct posting_writer;

/* `merge`: the store may have postings already, which stay. */
enum ic_status posting_writer_new(struct store *store, bool merge,
                                  struct posting_writer **writer, struct ic_error *error);
void posting_writer_free(struct posting_writer *writer);

/* One posting. They come by property; of each first all objects that are no numbers, by id;
 * then the numbers, in any order; of one object by ordinal. Repeated ones count once. */
enum ic_status posting_writer_add(struct posting_writer *writer, uint64_t property,
                                  uint64_t object, uint32_t ordinal, struct ic_error *error);
enum ic_status posting_writer_end(struct posting_writer *writer, struct ic_error *error);

#endif
