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
    uint64_t graph;                                  /* term id of the minted graph */
    int64_t published_ms, expires_ms;                /* expires 0: never */
    uint64_t first_ordinal, entry_count, entry_room; /* its run of ordinals */
    uint64_t offers, stated, effective;              /* counts */
    const char *cloud_name, *owner, *format, *audience, *digest;
};

/* A claim on a cloud name: who has it, for how long after `advertisement` is gone (0 then). */
struct claim {
    const char *owner;
    uint64_t advertisement;
    int64_t until_ms; /* with advertisement 0: the claim's end; otherwise unused */
};

enum graph_kind { GRAPH_ADVERTISEMENT = 'a', GRAPH_PLAIN = 'p', GRAPH_ONTOLOGY = 'o' };

enum change_kind {
    CHANGE_PUBLISHED = 'p',
    CHANGE_WITHDRAWN = 'w',
    CHANGE_ONTOLOGY = 'o',
    CHANGE_GRAPH = 'g'
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

/* What the graph of this term id is; `number` is its advertisement, else 0. */
enum ic_status graph_read(struct store *store, uint64_t graph, enum graph_kind *kind,
                          uint64_t *number, bool *found, struct ic_error *error);
enum ic_status graph_decode(const void *data, size_t size, enum graph_kind *kind,
                            uint64_t *number, struct ic_error *error);
enum ic_status graph_write(struct store *store, uint64_t graph, enum graph_kind kind,
                           uint64_t number, struct ic_error *error);
enum ic_status graph_delete(struct store *store, uint64_t graph, struct ic_error *error);

/* Appends a change and returns its sequence number. `name`: the cloud's or graph's. */
enum ic_status change_append(struct store *store, enum change_kind kind, const char *name,
                             uint64_t advertisement, int64_t at_ms, uint64_t *sequence,
                             struct ic_error *error);

#endif
