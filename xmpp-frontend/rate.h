/* SPDX-License-Identifier: Apache-2.0 */
/* How often somebody may do something: a bucket of tokens for each of them, in a table of one
 * size that no number of requesters makes larger.
 *
 * A bucket holds a minute's worth, so that a burst is as good as a steady flow. The table keeps
 * of each only a keyed hash and the time at which his bucket is full again, and forgets him
 * then. Threads: one at a time. */
#ifndef IC_RATE_H
#define IC_RATE_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/status.h"

struct ic_rate;

enum {
    IC_RATE_PLACES = 64 * 1024, /* requesters whose bucket is not full, about: 1 MiB */
    IC_RATE_MAX = 1000000       /* a minute */
};

/* Owned: ic_rate_free. NULL when memory or random numbers are out. */
struct ic_rate *ic_rate_new(void);
void ic_rate_free(struct ic_rate *rate);

/* Takes one token of `who` (a normalised bare JID), who has `a_minute` of them: 1 to
 * IC_RATE_MAX, 0: as many as he likes. `now_ms` is of a clock that never steps back. IC_BUSY:
 * there is none, nothing is taken, and the text says in how many seconds there will be. `what`
 * is what he asks for, in the plural. */
enum ic_status ic_rate_take(struct ic_rate *rate, const char *who, size_t a_minute,
                            const char *what, int64_t now_ms, struct ic_error *error);

#endif
