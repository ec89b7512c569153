/* SPDX-License-Identifier: Apache-2.0 */
/* The log of what was refused to whom, in so few lines that no flood fills the disk: the first
 * refusal of each kind to each requester at once, the others of a minute counted in one line at
 * its end. At most 2 * IC_REFUSALS_KINDS + 1 lines a minute. Threads: any. */
#ifndef IC_REFUSALS_H
#define IC_REFUSALS_H

#include <stdint.h>

enum { IC_REFUSALS_KINDS = 32, IC_REFUSALS_MINUTE_MS = 60 * 1000 };

struct ic_refusals;

/* Owned: ic_refusals_free, which logs what was only counted. NULL when memory is out. */
struct ic_refusals *ic_refusals_new(void);
void ic_refusals_free(struct ic_refusals *refusals);

/* `what` was refused to `requester` (a normalised bare JID), because of `why`: one line without
 * what a client wrote freely. `now_ms` is of a clock that never steps back. */
void ic_refusals_log(struct ic_refusals *refusals, const char *requester, const char *what,
                     const char *why, int64_t now_ms);

/* Logs what was counted when the minute is over; to be called now and then. */
void ic_refusals_tick(struct ic_refusals *refusals, int64_t now_ms);

#endif
