/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary: term -> id and back. Ids begin at 1 and are never given out twice.
 * Internal to catalog/. */
#ifndef IC_DICTIONARY_H
#define IC_DICTIONARY_H

#include "arena.h"
#include "status.h"
#include "store.h"
#include "term.h"

/* The id of `term`, 0 when it has none. */
enum ic_status dictionary_find(struct store *store, const struct ic_term *term, uint64_t *id,
                               struct ic_error *error);

/* The id of `term`, giving it one when it has none. Needs a transaction. */
enum ic_status dictionary_add(struct store *store, const struct ic_term *term, uint64_t *id,
                              struct ic_error *error);

/* The term of `id`, allocated in `arena`. IC_CORRUPT: there is none. */
enum ic_status dictionary_get(struct store *store, uint64_t id, struct ic_arena *arena,
                              struct ic_term *term, struct ic_error *error);

#endif
