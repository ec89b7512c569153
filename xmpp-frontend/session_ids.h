/* SPDX-License-Identifier: Apache-2.0 */
/* Session ids of commands: "RPC-SESSION-" and a number of at least seven digits that the
 * catalog never gives out again, also after a crash. Numbers are taken from the catalog in
 * blocks, ahead of need, so that an id costs no write.
 * Threads: any. */
#ifndef IC_SESSION_IDS_H
#define IC_SESSION_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"

#define IC_SESSION_PREFIX "RPC-SESSION-"

enum {
    IC_SESSION_ID_BYTES = 40, /* room for an id with its NUL */
    IC_SESSION_BLOCK = 1000,  /* numbers taken at once */
    IC_SESSION_DIGITS_MIN = 7
};

struct ic_session_ids;

/* Owned: ic_session_ids_free, before the catalog is closed. NULL when memory is out. */
struct ic_session_ids *ic_session_ids_new(struct ic_catalog *catalog);
void ic_session_ids_free(struct ic_session_ids *ids);

/* Less than half of a block is left. */
bool ic_session_ids_short(struct ic_session_ids *ids);

/* Takes the next block when they are short, which writes to the disk: for a thread that may
 * wait. While one thread does, others wait only when no number is left. Fails as
 * ic_catalog_take_numbers does. */
enum ic_status ic_session_ids_prepare(struct ic_session_ids *ids, struct ic_error *error);

/* A new id. Fails as ic_session_ids_prepare does, where that was not called in time. */
enum ic_status ic_session_ids_take(struct ic_session_ids *ids, char id[IC_SESSION_ID_BYTES],
                                   struct ic_error *error);

/* Whether `id` was ever given out. */
bool ic_session_ids_given(struct ic_session_ids *ids, const char *id);

#endif
