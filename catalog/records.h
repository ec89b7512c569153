/* SPDX-License-Identifier: Apache-2.0 */
/* The records about advertisements, claimed names, graphs and changes.
 * Internal to catalog/. Writing needs a transaction. */
#ifndef IC_RECORDS_H
#define IC_RECORDS_H

#include "arena.h"
#include "status.h"
#include "store.h"

enum { NAME_GRACE_DAYS = 30 }; /* a name stays its owner's so long after expiry or withdrawal */
#define NAME_GRACE_MS ((int64_t)NAME_GRACE_DAYS * 24 * 60 * 60 * 1000)

/* Strings are allocated in the arena given to the reader. */
struct advertisement {
    uint64_t number, version, sequence;
    int64_t published_ms, expires_ms;                /* expires 0: never */
    uint64_t first_ordinal, entry_count, entry_room; /* its run of ordinals */
    uint64_t offers, stated, effective;              /* counts */
    uint64_t bytes;                                  /* of what is stated, as N-Triples */
    const char *cloud_name, *owner, *format, *audience, *digest;
};

/* A claim on a cloud name: an advertisement's, whose record says who has it; or when that is
 * gone (0) whose the name is, and for how long. */
struct claim {
    uint64_t advertisement;
    const char *owner; /* with advertisement 0 only, else NULL */
    int64_t until_ms;  /* likewise */
};

/* An advertisement's graph has no record: its name follows from owner and cloud name. */
enum graph_kind { GRAPH_ADVERTISEMENT = 'a', GRAPH_PLAIN = 'p', GRAPH_ONTOLOGY = 'o' };

enum change_kind {
    CHANGE_PUBLISHED = 'p',
    CHANGE_WITHDRAWN = 'w',
    CHANGE_ONTOLOGY = 'o',
    CHANGE_EXPIRED = 'x',
    CHANGE_GRAPH = 'g',
    CHANGE_IMPORTED = 'i' /* a bulk import: any number of advertisements with this sequence */
};

enum ic_status advertisement_read(struct store *store, uint64_t number, struct ic_arena *arena,
                                  struct advertisement *record, bool *found,
                                  struct ic_error *error);
enum ic_status advertisement_decode(const void *data, size_t size, uint64_t number,
                                    struct ic_arena *arena, struct advertisement *record,
                                    struct ic_error *error);
enum ic_status advertisement_write(struct store *store, const struct advertisement *record,
                                   struct ic_error *error);
enum ic_status advertisement_delete(struct store *store, uint64_t number,
                                    struct ic_error *error);

enum ic_status claim_read(struct store *store, const char *name, struct ic_arena *arena,
                          struct claim *claim, bool *found, struct ic_error *error);
enum ic_status claim_decode(const void *data, size_t size, struct ic_arena *arena,
                            struct claim *claim, struct ic_error *error);
enum ic_status claim_write(struct store *store, const char *name, const struct claim *claim,
                           struct ic_error *error);

/* Whose the name is; NULL: nobody's. */
enum ic_status claim_owner(struct store *store, const char *name, struct ic_arena *arena,
                           const char **owner, struct ic_error *error);
enum ic_status claim_delete(struct store *store, const char *name, struct ic_error *error);

/* What the graph of this term id is: plain or the ontology. */
enum ic_status graph_read(struct store *store, uint64_t graph, enum graph_kind *kind,
                          bool *found, struct ic_error *error);
enum ic_status graph_decode(const void *data, size_t size, enum graph_kind *kind,
                            struct ic_error *error);
enum ic_status graph_write(struct store *store, uint64_t graph, enum graph_kind kind,
                           struct ic_error *error);
enum ic_status graph_delete(struct store *store, uint64_t graph, struct ic_error *error);

/* The advertisements that expire, in the order of their times: `each` gets the first `most` of
 * those that have expired at `at_ms` (INT64_MAX: that ever will) with their runs of ordinals.
 */
struct expiry {
    int64_t at_ms;
    uint64_t advertisement, first_ordinal, entry_count;
};
enum ic_status expiry_each(struct store *store, int64_t at_ms,
                           enum ic_status (*each)(void *context, const struct expiry *,
                                                  struct ic_error *error),
                           void *context, struct ic_error *error);
/* The first `most` of them. */
enum ic_status expiry_first(struct store *store, int64_t at_ms, uint64_t most,
                            enum ic_status (*each)(void *context, const struct expiry *,
                                                   struct ic_error *error),
                            void *context, struct ic_error *error);

/* Appends a change and returns its sequence number. `name`: the cloud's or graph's; it is not
 * kept where the advertisement's record has it, which is while that is there. */
enum ic_status change_append(struct store *store, enum change_kind kind, const char *name,
                             uint64_t advertisement, int64_t at_ms, uint64_t *sequence,
                             struct ic_error *error);

#endif
