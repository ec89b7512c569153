/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of verification share. Internal to catalog_verify*.c. */
#ifndef IC_CATALOG_VERIFY_H
#define IC_CATALOG_VERIFY_H

#include <roaring/roaring.h>

#include "catalog_internal.h"

enum { VERIFY_MARKS = 4 }; /* live, clouds, offered, shared: their objects are 0, 4, 8, 12 */

struct verifier {
    struct ic_catalog *catalog;
    struct store store; /* a snapshot */
    void (*problem)(void *context, const char *message);
    void *context;
    uint64_t problems;
    roaring_bitmap_t *marks[VERIFY_MARKS];    /* as the postings have them */
    roaring_bitmap_t *expected[VERIFY_MARKS]; /* as the entries say */
    uint64_t advertisements, expiring, entries, values;
};

void verify_complain(struct verifier *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is the term there? */
enum ic_status verify_term(struct verifier *v, uint64_t id, const char *where,
                           struct ic_error *error);

/* Every record of the indexes, of the dictionary and of the rest leads to what it is of. After
 * the advertisements were counted. */
enum ic_status verify_indexes(struct verifier *v, struct ic_error *error);

/* What owners hold is what their advertisements come to. */
enum ic_status verify_owners(struct verifier *v, struct ic_error *error);

#endif
