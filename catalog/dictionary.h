/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary: term -> id and back (term_id.h says what ids are). Numbers begin at 1 and
 * are never given out twice, but for those of a transaction that was aborted.
 *
 * Threads: any number of readers beside one writer. Internal to catalog/. */
#ifndef IC_DICTIONARY_H
#define IC_DICTIONARY_H

#include "arena.h"
#include "status.h"
#include "store.h"
#include "term.h"
#include "value_key.h"

/* What an open store remembers of its dictionary. Made and freed by the store; NULL: out of
 * memory. */
struct dictionary *dictionary_new(size_t cache_bytes);
void dictionary_free(struct dictionary *dictionary);

/* Forgets everything, for the databases may have lost what they had, and reads how many
 * numbers they have given out. Before anything else of an open store. */
enum ic_status dictionary_load(struct store *store, struct ic_error *error);

/* How many numbers the last commit has given out: a snapshot of it sees those. For those who
 * hold the store's latch. */
uint64_t dictionary_committed(struct dictionary *dictionary);

/* Before a transaction commits: writes how many numbers were given out. */
enum ic_status dictionary_flush(struct store *store, struct ic_error *error);
/* After a transaction: what it added stays, or must be forgotten. */
void dictionary_end(struct store *store, bool kept);

/* The id of `term`, 0 when it has none. */
enum ic_status dictionary_find(struct store *store, const struct ic_term *term, uint64_t *id,
                               struct ic_error *error);

/* The id of `term`, giving it one when it has none. Needs a transaction. */
enum ic_status dictionary_add(struct store *store, const struct ic_term *term, uint64_t *id,
                              struct ic_error *error);

/* The term of `id`, allocated in `arena`. IC_CORRUPT: there is none. */
enum ic_status dictionary_get(struct store *store, uint64_t id, struct ic_arena *arena,
                              struct ic_term *term, struct ic_error *error);

/* The terms of `count` ids, ascending, allocated in `arena`: what lies side by side is read in
 * one scan, and does not fill the cache. IC_CORRUPT: one has none. */
enum ic_status dictionary_get_many(struct store *store, const uint64_t *ids, size_t count,
                                   struct ic_arena *arena, struct ic_term *terms,
                                   struct ic_error *error);

/* The value key of an id with term_id_has_value. IC_CORRUPT: it has none. */
enum ic_status dictionary_value_key(struct store *store, uint64_t id, struct value_key *key,
                                    struct ic_error *error);

/* ---- dictionary_sweep.c: taking out what nothing uses ----
 *
 * A sweep marks every term in use, over any number of transactions; what dictionary_add gives
 * out meanwhile is marked too. Then it takes out what has no mark. Reopening the store, or a
 * failure, ends it: it begins anew. */
enum ic_status dictionary_begin_marks(struct store *store, struct ic_error *error);
bool dictionary_marking(const struct store *store);
enum ic_status dictionary_mark(struct store *store, uint64_t id, struct ic_error *error);
bool dictionary_marked(const struct store *store, uint64_t id);
void dictionary_end_marks(struct dictionary *dictionary);
/* Takes a term out; `record` is its record. Needs a transaction, and no reader that may hold
 * its id. */
enum ic_status dictionary_remove(struct store *store, uint64_t number, const void *record,
                                 size_t size, struct ic_error *error);

/* The key in `term-ids` of a term's record, for verification and sweeping. */
enum ic_status dictionary_hash(struct store *store, const void *record, size_t size,
                               unsigned char key[NUMBER_KEY_BYTES], struct ic_error *error);

/* The catalog's hash key, for those who look terms up by themselves. */
enum ic_status dictionary_hash_key(struct store *store, unsigned char key[16],
                                   struct ic_error *error);

/* For tests: only so many bits of a hash count, so that terms collide. On an empty store. */
void dictionary_narrow_hash(struct store *store, unsigned bits);

#endif
