/* SPDX-License-Identifier: Apache-2.0 */
/* Session ids of commands: "RPC-SESSION-" and a number of at least seven digits that the
 * catalog never gives out again, also after a crash. Numbers are taken in blocks, so that an
 * answer costs no write.
 * Threads: any. */
#ifndef IC_SESSIONS_H
#define IC_SESSIONS_H

#include <stdint.h>

#include "catalog/catalog.h"

#define IC_SESSION_PREFIX "RPC-SESSION-"

enum {
    IC_SESSION_ID_BYTES = 40, /* room for an id with its NUL */
    IC_SESSION_BLOCK = 1000,  /* numbers taken at once */
    IC_SESSION_DIGITS_MIN = 7
};

struct ic_sessions;

/* Owned: ic_sessions_free, before the catalog is closed. NULL when memory is out. */
struct ic_sessions *ic_sessions_new(struct ic_catalog *catalog);
void ic_sessions_free(struct ic_sessions *sessions);

/* A new id. Fails as ic_catalog_take_numbers does. */
enum ic_status ic_sessions_new_id(struct ic_sessions *sessions, char id[IC_SESSION_ID_BYTES],
                                  struct ic_error *error);

/* Whether `id` was given out: IC_OK (its session is over: every command completes with its
 * first answer), IC_NOT_FOUND, or as ic_catalog_take_numbers. */
enum ic_status ic_sessions_find(struct ic_sessions *sessions, const char *id,
                                struct ic_error *error);

#endif
