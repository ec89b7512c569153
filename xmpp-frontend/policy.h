/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of requesters to hold them to the configuration, and beyond it: how often each
 * publishes, and what was refused to whom. It stays when another configuration comes.
 * Threads: ic_policy_admit_publication is one thread's; the others may be called by any. Times
 * are of one clock that never steps back. */
#ifndef IC_POLICY_H
#define IC_POLICY_H

#include <stdint.h>

#include "catalog/catalog.h"
#include "catalog/status.h"
#include "quotas.h"

struct ic_policy;

/* Owned: ic_policy_free. NULL when memory or random numbers are out. */
struct ic_policy *ic_policy_new(void);
void ic_policy_free(struct ic_policy *policy);

/* Lets one more publication of `owner` in, before any work on it, whatever comes of it: 0 a
 * minute is any number. IC_BUSY says when he may try again. */
enum ic_status ic_policy_admit_publication(struct ic_policy *policy, const char *owner,
                                           const struct ic_quota *quota, int64_t now_ms,
                                           struct ic_error *error);

/* What an owner may hold, for ic_publish_options. */
struct ic_owner_usage ic_policy_may_hold(const struct ic_quota *quota);

/* Logs that `what` (a command) was refused to `requester` (a normalised bare JID) when `error`
 * is about who he is or how much he asks: a role, ownership, a name, a limit, a quota. Mistakes
 * of syntax and failures of ours are none of it. A flood makes few lines (refusals.h). */
void ic_policy_refused(struct ic_policy *policy, const char *requester, const char *what,
                       const struct ic_error *error, int64_t now_ms);

/* Time has passed: logs refusals that were only counted. */
void ic_policy_tick(struct ic_policy *policy, int64_t now_ms);

#endif
