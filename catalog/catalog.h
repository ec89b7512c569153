/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: one directory that holds advertisements, ontology, plain graphs and metadata,
 * owned by one process at a time.
 *
 * Threads: every function may be called from any thread; readers run beside each other,
 * a writer runs alone. Durable: a call that changes the catalog returns IC_OK only when
 * the change is on disk. */
#ifndef IC_CATALOG_H
#define IC_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataset.h"
#include "document.h"
#include "limits.h"
#include "ontology.h"
#include "request.h"
#include "status.h"

struct ic_catalog;

#define IC_OWNER_ADMIN "admin" /* owner of what is imported at the shell */

/* Time comes from here, so that tests move it: UTC milliseconds since 1970. */
struct ic_clock {
    int64_t (*now_ms)(void *context);
    void *context;
};

struct ic_catalog_options {
    const char *directory;
    bool create; /* make an empty catalog where there is none */
    const char
        *ontology; /* a directory of Turtle files to use for this process only, or NULL */
    /* Where a new catalog takes its ontology when `ontology` is NULL: tried in order, ended by
     * NULL; NULL: $INTERCLOUD_ONTOLOGY, the build tree's, the installed one. */
    const char *const *ontology_candidates;
    struct ic_clock clock; /* now_ms NULL: the system's, or $INTERCLOUD_NOW (ISO 8601) */
    struct ic_limits limits;
};

/* Takes the lock, recovers what a crash left, checks the format version. IC_OWNED: another
 * process has it; IC_NOT_FOUND: no catalog there (and `create` is false); IC_FORMAT: another
 * version, and how to cross; IC_CORRUPT, IC_IO, IC_NO_SPACE. Owned: ic_catalog_close. */
enum ic_status ic_catalog_open(const struct ic_catalog_options *options,
                               struct ic_catalog **catalog, struct ic_error *error);
void ic_catalog_close(struct ic_catalog *catalog);

const char *ic_catalog_directory(const struct ic_catalog *catalog);
/* A descriptor of that directory, for the socket; borrowed. */
int ic_catalog_directory_fd(const struct ic_catalog *catalog);
/* Those that it was opened with; borrowed. */
const struct ic_limits *ic_catalog_limits(const struct ic_catalog *catalog);
/* The clock's time, but never earlier than one that a call gave or a commit recorded before: a
 * clock that steps back revives nothing. */
int64_t ic_catalog_now_ms(struct ic_catalog *catalog);

/* The ontology in force. Owned: ic_ontology_release. */
struct ic_ontology *ic_catalog_ontology(struct ic_catalog *catalog);

/* Who asks, and at which time: this is the dataset that match and sparql see. */
struct ic_view {
    const char *as; /* normalised bare JID, or NULL: an administrator */
    int64_t at_ms;  /* 0: now */
};

/* ---- writing ---- */

/* What one owner holds in the catalog: what has expired too, until it is swept. */
struct ic_owner_usage {
    uint64_t clouds, statements; /* statements: as stated */
    uint64_t bytes; /* of these statements as N-Triples, a line each (RDF 1.1 N-Triples) */
};

struct ic_publish_options {
    const char *owner; /* normalised bare JID or IC_OWNER_ADMIN */
    /* What he may hold when it is done; 0: any number. What does not grow by the publication is
     * let through, so that who is above a quota may renew and shrink. */
    struct ic_owner_usage quota;
    const char *cloud_name; /* for a document that names no cloud; else NULL */
    const char *only_cloud; /* refuse a document that describes any other; or NULL */
    const char *format;     /* recorded as source format, or NULL */
    int64_t lease_ms;       /* 0: never expires */
    bool dry_run;           /* check everything, change nothing */
    bool strict;            /* warnings are errors */
    void (*warn)(void *context, const struct ic_error *warning); /* or NULL; place and text */
    void *warn_context;
};

enum ic_publish_outcome { IC_PUBLISHED_NEW, IC_PUBLISHED_REPLACED, IC_PUBLISHED_RENEWED };

/* One advertisement that a document became. Borrowed for the report call. */
struct ic_published {
    const char *cloud_name, *owner, *graph;
    enum ic_publish_outcome outcome;
    uint64_t version, sequence;
    int64_t expires_ms;        /* 0: never */
    size_t offers, statements; /* statements: as stated */
};

/* Turns `document` into one advertisement per cloud and stores them all or none (in one
 * transaction). The same content again only renews the lease. IC_BAD_INPUT: line and what is
 * wrong, also a new name that mixes scripts (names.h), which only IC_OWNER_ADMIN may give;
 * IC_TOO_LARGE: a quota; IC_CONFLICT: a cloud name that another owner claimed; IC_FORBIDDEN:
 * statements about another owner's cloud. `report` (may be NULL) is called for each after the
 * commit. */
enum ic_status ic_catalog_publish(struct ic_catalog *catalog, struct ic_document *document,
                                  const struct ic_publish_options *options,
                                  void (*report)(void *context, const struct ic_published *),
                                  void *report_context, struct ic_error *error);

/* What an owner holds; nothing: all are 0. */
enum ic_status ic_catalog_owner_usage(struct ic_catalog *catalog, const char *owner,
                                      struct ic_owner_usage *usage, struct ic_error *error);

/* Calls `each` for every owner who holds something, by JID in byte order; stops when it returns
 * other than IC_OK. */
enum ic_status ic_catalog_owners(struct ic_catalog *catalog,
                                 enum ic_status (*each)(void *context, const char *owner,
                                                        const struct ic_owner_usage *usage,
                                                        struct ic_error *error),
                                 void *context, struct ic_error *error);

/* ---- bulk import ---- */

/* Publishing what is larger than memory, from a stream of statements: a new generation of the
 * catalog's files is built beside the one in force, and one transaction switches to it. Until
 * then nothing of it is seen, and a failure or a crash leaves the catalog as it was. Other
 * writers wait meanwhile; readers do not, but snapshots from before the switch end with
 * IC_BUSY. */
struct ic_bulk;

struct ic_bulk_options {
    struct ic_publish_options publish; /* owner, format, lease, strict, warn (called by another
                                          thread, one call at a time, each warning once); no
                                          quota */
    uint64_t input_bytes; /* 0: unknown. Where the catalog is much larger than its input,
                             building it anew does not pay: IC_UNSUPPORTED */
    size_t memory_max;    /* bytes, about, for terms, sorting and caches; 0: the limit import */
};
enum { IC_BULK_WINDOW_STATEMENTS = 16 * 1024 };

struct ic_bulk_counts {
    size_t clouds, offers, statements; /* statements: as stated */
    uint64_t sequence;
};

/* IC_UNSUPPORTED, here or later: this catalog or this stream needs ic_catalog_publish of the
 * whole document (a cloud that is advertised already, or statements that belong together and do
 * not stand together). Owned: ic_bulk_end. */
enum ic_status ic_bulk_begin(struct ic_catalog *catalog, const struct ic_bulk_options *options,
                             struct ic_bulk **bulk, struct ic_error *error);

/* To be the window of an import context (importer.h): takes whole clouds off the document. */
enum ic_status ic_bulk_window(void *bulk, struct ic_document *document, struct ic_error *error);

/* With IC_OK publishes the rest (`document`, may be NULL), switches, and fills `counts` (may be
 * NULL); with another status, or dry_run, gives everything up. */
enum ic_status ic_bulk_end(struct ic_bulk *bulk, enum ic_status status,
                           struct ic_document *document, struct ic_bulk_counts *counts,
                           struct ic_error *error);

/* Ends an advertisement; its name stays its owner's for a while. `owner` IC_OWNER_ADMIN may
 * withdraw anything. IC_NOT_FOUND, IC_FORBIDDEN. */
enum ic_status ic_catalog_withdraw(struct ic_catalog *catalog, const char *owner,
                                   const char *cloud_name, uint64_t *sequence,
                                   struct ic_error *error);

/* Replaces plain graph `iri` by the document's statements (their own graph names are
 * refused). IC_FORBIDDEN: a reserved or an advertisement's graph. */
enum ic_status ic_catalog_put_graph(struct ic_catalog *catalog, const char *iri,
                                    struct ic_document *document, bool dry_run,
                                    struct ic_error *error);

/* A change to a plain graph. The numbers are those of a document that holds the terms; `graph`
 * is an IRI. Blank nodes are the catalog's own: a label is that of the node that datasets show
 * under it, or of a new one. */
enum ic_graph_change_kind { IC_GRAPH_ADD, IC_GRAPH_REMOVE, IC_GRAPH_CLEAR };
struct ic_graph_change {
    enum ic_graph_change_kind kind;
    uint32_t graph, subject, predicate, object; /* IC_GRAPH_CLEAR: only the graph */
};

enum { IC_GRAPH_CHANGES_MAX = 4 * 1024 * 1024 }; /* in one call */

struct ic_graphs_changed {
    size_t added, removed; /* statements that were not, were there; a cleared graph is one */
    uint64_t sequence;     /* of the last change record; 0: nothing changed */
};

/* Makes the changes in their order, all or none, in one transaction. A graph comes into being
 * with its first statement and goes with its last. IC_FORBIDDEN: a reserved or an
 * advertisement's graph; IC_BAD_INPUT: what RDF does not allow in that place; IC_TOO_LARGE. */
enum ic_status ic_catalog_change_graphs(struct ic_catalog *catalog,
                                        const struct ic_document *terms,
                                        const struct ic_graph_change *changes, size_t count,
                                        struct ic_graphs_changed *changed,
                                        struct ic_error *error);

/* Checks ontology documents and replaces the catalog's ontology; advertisements' effective
 * statements are derived anew, all in one transaction. */
enum ic_status ic_catalog_load_ontology(struct ic_catalog *catalog,
                                        struct ic_document *const *documents, size_t count,
                                        struct ic_error *error);

/* Reads the Turtle files of a directory as a new catalog would: are they an ontology? What they
 * fail with has file and line. Needs no catalog. */
enum ic_status ic_ontology_check_directory(const char *directory, struct ic_error *error);

/* Restores what ic_catalog_export wrote into a catalog without advertisements; starts a new
 * epoch. */
enum ic_status ic_catalog_restore(struct ic_catalog *catalog, struct ic_document *document,
                                  bool dry_run, struct ic_error *error);

/* Removes what has expired: advertisements, whose names stay their owners' for the rest of 30
 * days, and names whose time is over; at most `budget` of each. `more`: call it again. */
struct ic_swept {
    uint64_t advertisements, names;
    bool more;
};
enum ic_status ic_catalog_sweep(struct ic_catalog *catalog, size_t budget,
                                struct ic_swept *swept, struct ic_error *error);

/* Removes terms that nothing uses, a part of the work in each call: `budget` records are looked
 * at. *done: the whole dictionary was swept; the next call begins anew. */
enum ic_status ic_catalog_sweep_terms(struct ic_catalog *catalog, size_t budget,
                                      uint64_t *removed, bool *done, struct ic_error *error);

/* Takes `count` numbers of a persistent counter, from *first on; never given out again, also
 * after a crash. The first number ever is 1. */
enum ic_status ic_catalog_take_numbers(struct ic_catalog *catalog, const char *counter,
                                       uint64_t count, uint64_t *first, struct ic_error *error);

/* ---- reading ---- */

struct ic_answer_cloud {
    const char *name;
    const char *owner; /* with_owners */
    /* IRIs (or _:labels) of the offers that matched, sorted; with_offers. Of several groups,
     * group after group: groups[i] is the number of the offer { } that offers[i] meets, from 1
     * in the order of the request; 0: the constraints outside any. */
    const char *const *offers;
    const size_t *groups;
    size_t offer_count;
};

struct ic_answer {
    size_t matched, shown;
    uint64_t sequence;                    /* the change up to which the answer is true */
    const struct ic_answer_cloud *clouds; /* `shown` of them, by name in code point order */
    const char *sparql;                   /* the query that ran */
};

struct ic_match_options {
    struct ic_view view;
    size_t limit;      /* 0: the request's own, else none */
    const char *after; /* only clouds after this name (paging), or NULL */
    bool with_offers, with_owners;
    const char *engine;               /* or NULL */
    long timeout_ms;                  /* 0: none */
    bool (*cancelled)(void *context); /* as in struct ic_query_options, or NULL */
    void *cancelled_context;
    void (*warn)(void *context, const char *message);
    void *warn_context;
};

/* Which clouds satisfy `request`. Owned: ic_answer_free. */
enum ic_status ic_catalog_match(struct ic_catalog *catalog, const struct ic_request *request,
                                const struct ic_match_options *options,
                                struct ic_answer **answer, struct ic_error *error);
void ic_answer_free(struct ic_answer *answer);

/* The dataset of a view; holds off writers until ic_dataset_free. */
enum ic_status ic_catalog_dataset(struct ic_catalog *catalog, const struct ic_view *view,
                                  struct ic_dataset **dataset, struct ic_error *error);

/* An advertisement's record. Strings are borrowed for the call that passes it. */
struct ic_advertisement_info {
    const char *cloud_name, *owner, *graph, *format, *audience, *digest;
    uint64_t version, sequence;
    int64_t published_ms, expires_ms; /* expires 0: never */
    size_t offers, statements;        /* statements: as stated */
    bool live;                        /* at the view's time */
};

/* Calls `each` for every advertisement, by cloud name; stops when it returns other than IC_OK.
 */
enum ic_status ic_catalog_list(struct ic_catalog *catalog, const struct ic_view *view,
                               enum ic_status (*each)(void *context,
                                                      const struct ic_advertisement_info *,
                                                      struct ic_error *error),
                               void *context, struct ic_error *error);

/* Flags of a statement as the catalog keeps it. */
enum {
    IC_STATED = 1,     /* written by the owner and effective as it is */
    IC_NORMALISED = 2, /* effective form of a stated value; `original` is what was written */
    IC_INHERITED =
        4 /* taken over from the cloud, or derived (:offers of a cloud without offers) */
};

struct ic_fact {
    const struct ic_term *subject, *predicate, *object;
    const struct ic_term *stated_subject; /* differs for an offer that was a blank node */
    const struct ic_term *original;       /* the stated value where IC_NORMALISED, else NULL */
    unsigned flags;
};

/* The record and statements of one advertisement. `head` gets the record first (may be NULL),
 * `each` every effective statement with its flags. IC_NOT_FOUND names the nearest cloud. */
enum ic_status ic_catalog_show(
    struct ic_catalog *catalog, const char *cloud_name, const struct ic_view *view,
    enum ic_status (*head)(void *context, const struct ic_advertisement_info *,
                           struct ic_error *error),
    enum ic_status (*each)(void *context, const struct ic_fact *, struct ic_error *error),
    void *context, struct ic_error *error);

/* Every quad that a restore needs: stated advertisements, metadata, ontology, plain graphs. */
enum ic_status
ic_catalog_export(struct ic_catalog *catalog,
                  enum ic_status (*each)(void *context, const struct ic_term *s,
                                         const struct ic_term *p, const struct ic_term *o,
                                         const struct ic_term *graph, struct ic_error *error),
                  void *context, struct ic_error *error);

/* name -> owner (normalised bare JID). Owned: free(*owner). IC_NOT_FOUND: no live advertisement
 * of that name. */
enum ic_status ic_catalog_resolve(struct ic_catalog *catalog, const char *cloud_name,
                                  const struct ic_view *view, char **owner,
                                  struct ic_error *error);

struct ic_catalog_stats {
    char uuid[37];
    uint64_t epoch, sequence, format_version;
    uint64_t advertisements, live_advertisements, entries, offers;
    uint64_t stated, effective; /* statements of advertisements */
    uint64_t terms, plain_graphs, plain_statements, ontology_statements;
    uint64_t database_bytes, log_bytes;
    /* Memory of this process, in bytes: what the limits `cache`, `postings`, `names` and
     * `versions` are about. */
    uint64_t cache_bytes, posting_bytes, name_bytes, version_bytes;
    char ontology_digest[65];
};
enum ic_status ic_catalog_stats(struct ic_catalog *catalog, struct ic_catalog_stats *stats,
                                struct ic_error *error);

/* Checks every page and that the databases agree with each other; `problem` is called for each
 * of the first 100 contradictions. IC_CORRUPT when there was any. */
enum ic_status ic_catalog_verify(struct ic_catalog *catalog,
                                 void (*problem)(void *context, const char *message),
                                 void *context, struct ic_error *error);

/* Copies the catalog, consistent, to the new directory `directory` (must not exist or be
 * empty). */
enum ic_status ic_catalog_backup(struct ic_catalog *catalog, const char *directory,
                                 struct ic_error *error);

#endif
