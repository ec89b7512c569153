/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of postings that are committed and wait to be merged into STORE_POSTINGS.
 *
 * A publication changes some fifty postings on as many pages. Its changes go into one record of
 * STORE_POSTING_CHANGES and into memory instead, from where they are merged in the order of
 * keys, so that a page is fetched and written once for the changes of many publications.
 *
 * Invariants: postings are what STORE_POSTINGS has and then, in the order of their commits, the
 * changes that wait. A change says what becomes of one ordinal, not how it was: after a crash
 * changes may be merged a second time, as long as later ones follow. So records go oldest
 * first, after all that they say was merged; and a transaction with so many changes that it
 * writes them through merges everything before and deletes all records. A change stays in
 * memory until no snapshot is open of before the commit that merged it.
 * Threads: changed by the writer, under the store's latch held alone; read under the latch. */
#ifndef IC_POSTING_DELTA_H
#define IC_POSTING_DELTA_H

#include "postings_internal.h"

struct posting_delta;

/* About `bytes_max` bytes of changes wait. NULL: no memory. Owned: posting_delta_free. */
struct posting_delta *posting_delta_new(size_t bytes_max);
void posting_delta_free(struct posting_delta *delta);

/* ---- the writer ---- */

/* Reads what waits, when the store was opened. */
enum ic_status posting_delta_load(struct store *store, struct ic_error *error);

/* One change of the running transaction. */
enum ic_status posting_delta_note(struct store *store, uint64_t property, uint64_t object,
                                  uint32_t ordinal, bool added, struct ic_error *error);

/* Writes what the running transaction noted to STORE_POSTINGS, so that the writer reads it. */
enum ic_status posting_delta_write_through(struct store *store, struct ic_error *error);

/* Before a transaction commits: writes the record of its changes, and merges about twice as
 * many when more wait than should. */
enum ic_status posting_delta_flush(struct store *store, struct ic_error *error);

/* After it did, or did not; the latch is held alone. False: no memory, what is in memory is no
 * longer what was committed. */
bool posting_delta_committed(struct store *store);
void posting_delta_aborted(struct store *store);

/* Merges all, in transactions of its own. */
enum ic_status posting_delta_settle(struct store *store, struct ic_error *error);

/* ---- readers ---- */

/* The first pair at `key`, or with `after` behind it, that has changes which the handle sees;
 * *found false: there is none. */
enum ic_status posting_delta_find(struct store *store, const void *key, unsigned size,
                                  bool after, struct posting_key *pair, bool *found,
                                  struct ic_error *error);

/* Makes the changes of a pair in `bits`. */
enum ic_status posting_delta_overlay(struct store *store, const void *key, unsigned size,
                                     struct ordinal_bits *bits, struct ic_error *error);

/* What the changes make of one ordinal: *has stays when they do not name it. */
enum ic_status posting_delta_has(struct store *store, const void *key, unsigned size,
                                 uint32_t ordinal, bool *has, struct ic_error *error);

/* How many changes wait; for tests. */
size_t posting_delta_count(const struct posting_delta *delta);

#endif
