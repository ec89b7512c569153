/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a line of the configuration means: an account ("user@domain"), every account of a domain
 * ("domain") or everybody ("*"), normalised as senders are before they are compared.
 * Threads: any, while nobody adds. */
#ifndef IC_HOLDERS_H
#define IC_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/status.h"

#define IC_HOLDERS_EVERYBODY "*"

enum { IC_HOLDERS_MAX = 10000 }; /* of one list */

/* A set of accounts and domains, each with a number that its owner gave it. Zero-initialise;
 * ic_holders_clear. */
struct ic_holders {
    struct ic_holder {
        char *name; /* with '@' an account, without one a domain */
        size_t value;
    } * items; /* by name */
    size_t count;
};

/* The normalised form of `text` in *name. IC_BAD_INPUT: neither account nor domain, a resource,
 * letters of several scripts in one name (names.h); the text says what to write. Owned: free.
 */
enum ic_status ic_holder_name(const char *text, char **name, struct ic_error *error);

/* Adds a normalised name, which it owns from then on, failed or not; one that is there keeps
 * its value. *item (may be NULL) is borrowed until the next call. IC_TOO_LARGE, IC_NO_MEMORY.
 */
enum ic_status ic_holders_add(struct ic_holders *holders, char *name, size_t value,
                              const struct ic_holder **item, struct ic_error *error);

/* The entry of a normalised bare JID, else that of its domain, else NULL. A domain means itself
 * and its accounts, no domain below it. */
const struct ic_holder *ic_holders_find(const struct ic_holders *holders, const char *jid);

void ic_holders_clear(struct ic_holders *holders);

#endif
