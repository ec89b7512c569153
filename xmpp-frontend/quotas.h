/* SPDX-License-Identifier: Apache-2.0 */
/* How much one owner may hold and ask for: the quotas of everybody, and those of single
 * accounts and domains. Threads: quotas are only read once made. */
#ifndef IC_QUOTAS_H
#define IC_QUOTAS_H

#include <stddef.h>

#include "catalog/status.h"

/* Of one owner; IC_QUOTA_NONE: as much as he likes. */
struct ic_quota {
    size_t statements; /* in the catalog, as stated */
    size_t clouds;
    size_t bytes; /* of these statements (catalog.h, struct ic_owner_usage) */
    size_t publications_a_minute;
    size_t sessions; /* open at the same time */
};
#define IC_QUOTA_NONE ((size_t)0)
#define IC_QUOTA_OPEN ((size_t)-1) /* not set: as for everybody */

struct ic_quotas;

/* Owned: ic_quotas_free. NULL when memory is out. */
struct ic_quotas *ic_quotas_new(void);
void ic_quotas_free(struct ic_quotas *quotas);

/* Everybody's, to be filled. */
struct ic_quota *ic_quotas_general(struct ic_quotas *quotas);

/* Those of an account or a domain, to be filled; at first all IC_QUOTA_OPEN. IC_BAD_INPUT: it
 * is neither; IC_TOO_LARGE: more than IC_HOLDERS_MAX. Borrowed until the next call. */
enum ic_status ic_quotas_add(struct ic_quotas *quotas, const char *holder,
                             struct ic_quota **quota, struct ic_error *error);

/* Puts what holds for everybody in the place of what is IC_QUOTA_OPEN. To be called once. */
void ic_quotas_complete(struct ic_quotas *quotas);

/* What holds for a normalised bare JID: its own, else its domain's, else everybody's. Borrowed.
 */
const struct ic_quota *ic_quotas_of(const struct ic_quotas *quotas, const char *owner);

#endif
