/* SPDX-License-Identifier: Apache-2.0 */
/* What each owner holds in the catalog: kept beside the advertisements, in the same
 * transactions, so that a quota is checked exactly. Internal to catalog/. */
#ifndef IC_OWNER_USAGE_H
#define IC_OWNER_USAGE_H

#include "catalog.h"
#include "records.h"
#include "store.h"

/* STORE_META has a record for each owner with an advertisement: OWNER_USAGE_KEY and the JID ->
 * its clouds, statements and bytes, as numbers of codec.h. */
#define OWNER_USAGE_KEY "owner/"

enum ic_status owner_usage_read(struct store *store, const char *owner,
                                struct ic_owner_usage *usage, struct ic_error *error);

/* Counts what an advertisement was and is; either may be NULL: it was not there, it goes. In a
 * store that is built (bulk_build.h) it does nothing: owner_usage_add, once, when it is ready.
 * Needs a transaction. */
enum ic_status owner_usage_change(struct store *store, const struct advertisement *was,
                                  const struct advertisement *is, struct ic_error *error);
enum ic_status owner_usage_add(struct store *store, const char *owner,
                               const struct ic_owner_usage *more, struct ic_error *error);

/* IC_TOO_LARGE: the owner holds more than the quota allows, and more than `before` (what he
 * held when the publication began). */
enum ic_status owner_usage_check(struct store *store, const char *owner,
                                 const struct ic_owner_usage *quota,
                                 const struct ic_owner_usage *before, struct ic_error *error);

/* Calls `each` for every record, by owner in byte order. */
enum ic_status owner_usage_each(struct store *store,
                                enum ic_status (*each)(void *context, const char *owner,
                                                       const struct ic_owner_usage *usage,
                                                       struct ic_error *error),
                                void *context, struct ic_error *error);

#endif
