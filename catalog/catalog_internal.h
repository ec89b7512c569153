/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalog*.c files share: the open catalog, its snapshots and write transactions.
 *
 * Lock order: catalog->writer, then the store's locks (store_shared.h). A writer holds it from
 * catalog_begin to the end of its transaction, but not while its commit is flushed; `store` is
 * the handle of who holds it. Readers have snapshots of their own and take no lock of the
 * catalog. */
#ifndef IC_CATALOG_INTERNAL_H
#define IC_CATALOG_INTERNAL_H

#include <pthread.h>

#include "catalog.h"
#include "draft.h"
#include "records.h"
#include "store.h"

enum { CATALOG_FORMAT_VERSION = 3 };

/* How far a sweep of the dictionary has come. */
struct term_sweep {
    int step;
    unsigned char position[32]; /* the last key of the step */
    size_t position_size;
};

struct ic_catalog {
    char *directory; /* absolute */
    int directory_fd, lock_fd;
    struct ic_clock clock;
    struct ic_limits limits;
    _Atomic int64_t latest_ms; /* the latest time that was seen */
    int64_t fixed_now_ms;      /* of $INTERCLOUD_NOW */
    /* In force. It changes in the moment of a commit, while nobody can open a snapshot, so that
     * a snapshot and the ontology that is taken with it are of one commit. */
    struct ic_ontology *ontology;
    struct ic_ontology *next_ontology; /* becomes `ontology` when the transaction commits */
    bool trying_ontology;              /* --ontology: for reading only */
    pthread_mutex_t writer;
    pthread_mutex_t
        ontology_mutex;           /* of the pointer `ontology`, which changes under the latch */
    struct term_sweep term_sweep; /* the writer's */
    struct store store;           /* the writer's */
};

/* Opens a snapshot of the last commit and retains its ontology (NULL: not wanted). Reopens the
 * store first when an earlier failure asks for it. Owned: catalog_release, both. */
enum ic_status catalog_snapshot(struct ic_catalog *catalog, struct store *snapshot,
                                struct ic_ontology **ontology, struct ic_error *error);
void catalog_release(struct store *snapshot, struct ic_ontology *ontology);

/* Becomes the writer; reopens the store when an earlier failure asks for it. */
enum ic_status catalog_writer_lock(struct ic_catalog *catalog, struct ic_error *error);
void catalog_writer_unlock(struct ic_catalog *catalog);

/* Becomes the writer and begins a transaction; on failure nothing is held. */
enum ic_status catalog_begin(struct ic_catalog *catalog, struct ic_error *error);

/* Commits when `status` is IC_OK and `keep`, else aborts; lets the next writer in, and returns
 * when the commit is on disk. Returns `status`, or what the commit failed with. */
enum ic_status catalog_end(struct ic_catalog *catalog, enum ic_status status, bool keep,
                           struct ic_error *error);

/* Publishes a window of a bulk import into a catalog under construction, where nothing is
 * replaced: IC_UNSUPPORTED, when a cloud of that name is there. Adds to the counts. */
struct catalog_window_counts {
    size_t clouds, offers, statements;
    uint64_t bytes;
};
enum ic_status catalog_publish_window(struct ic_catalog *catalog, struct ic_document *document,
                                      const struct drafts *drafts,
                                      const struct ic_publish_options *options, int64_t now_ms,
                                      struct catalog_window_counts *counts,
                                      struct ic_error *error);

/* How a draft is stored. */
struct storing {
    const char *owner, *format, *audience;
    const char *digest; /* NULL: the draft's */
    uint64_t version;   /* 0: the next one */
    int64_t published_ms, expires_ms;
    bool log_change;
};

/* Writes a draft as the advertisement of its name, replacing `old` (NULL: there is none);
 * `record` gets what was stored, its strings borrowed. Needs a transaction. */
enum ic_status catalog_store_draft(struct ic_catalog *catalog, struct ic_document *document,
                                   const struct draft *draft, const struct storing *how,
                                   const struct advertisement *old,
                                   struct advertisement *record, struct ic_error *error);

/* Removes an advertisement's entries and record; the claim on its name stays until
 * `claim_until_ms`. Needs a transaction. */
enum ic_status catalog_remove(struct ic_catalog *catalog, const struct advertisement *record,
                              int64_t claim_until_ms, struct ic_error *error);

/* ---- catalog_sweep.c ---- */

/* What each publication sweeps in its own transaction, after what it publishes: a few expired
 * advertisements, and claims that ran out. Before it: how many entries these have. */
enum ic_status catalog_sweep_some(struct ic_catalog *catalog, struct ic_error *error);
enum ic_status catalog_sweep_size(struct ic_catalog *catalog, uint64_t *entries,
                                  struct ic_error *error);

/* True when the advertisement counts at that time. */
static inline bool advertisement_live(const struct advertisement *record, int64_t at_ms)
{
    return record->expires_ms == 0 || record->expires_ms > at_ms;
}

/* What was stated in an advertisement, as a document of its own. Owned: ic_document_free. */
enum ic_status catalog_stated_document(struct store *store, const struct advertisement *record,
                                       struct ic_document **document, struct ic_error *error);

/* Calls `each` for every advertisement's record in the order of numbers. */
enum ic_status catalog_each_advertisement(struct store *store,
                                          enum ic_status (*each)(void *context,
                                                                 const struct advertisement *,
                                                                 struct ic_error *error),
                                          void *context, struct ic_error *error);

/* ---- catalog_ontology.c ---- */

/* Reads all Turtle files of a directory. Owned: free each, free. */
enum ic_status catalog_read_directory(const char *directory, struct ic_document ***documents,
                                      size_t *count, struct ic_error *error);
void catalog_free_documents(struct ic_document **documents, size_t count);
/* Puts an ontology's statements into its graph and remembers prefixes and digest. Needs a
 * transaction. */
enum ic_status catalog_store_ontology(struct ic_catalog *catalog,
                                      struct ic_document *const *documents, size_t count,
                                      const struct ic_ontology *ontology,
                                      struct ic_error *error);
/* Builds the ontology in force from the stored graph. */
enum ic_status catalog_build_ontology(struct ic_catalog *catalog, struct ic_ontology **ontology,
                                      struct ic_error *error);

/* ---- catalog_files.c ---- */

/* Opens or makes the directory and takes its lock. *fresh: there is no catalog in it yet. */
enum ic_status catalog_take_directory(struct ic_catalog *catalog, const char *directory,
                                      bool create, bool *fresh, bool *made,
                                      struct ic_error *error);
/* Says on disk that the catalog is complete. */
enum ic_status catalog_write_format(int directory_fd, struct ic_error *error);
/* Removes what a failed creation left. */
void catalog_discard(struct ic_catalog *catalog, bool made);
/* Sizes of the databases and of the log in bytes. */
void catalog_file_sizes(const struct ic_catalog *catalog, uint64_t *databases, uint64_t *log);

/* ---- quads.c: statements of plain and ontology graphs ---- */

/* dictionary_add for terms that statements have: notes in STORE_META that some statement names
 * an advertisement's graph. Where none does, such a name needs no place in the dictionary. */
#define CATALOG_NAMED_GRAPHS "named-graphs"
enum ic_status catalog_add_term(struct store *store, const struct ic_term *term, uint64_t *id,
                                struct ic_error *error);

enum ic_status quad_add(struct store *store, const uint64_t quad[4], struct ic_error *error);
enum ic_status quad_remove(struct store *store, const uint64_t quad[4], struct ic_error *error);
enum ic_status quad_present(struct store *store, const uint64_t quad[4], bool *present,
                            struct ic_error *error);
/* Has the graph any statement? */
enum ic_status quads_any(struct store *store, uint64_t graph, bool *any,
                         struct ic_error *error);
enum ic_status quads_clear(struct store *store, uint64_t graph, struct ic_error *error);
/* Adds a document's statements to a graph; its blank nodes are named apart by `scope`. */
enum ic_status quads_add_document(struct store *store, uint64_t graph,
                                  const struct ic_document *document, const char *scope,
                                  struct ic_error *error);

/* ---- catalog_publish.c ---- */

/* IC_FORBIDDEN: a graph of the catalog's own; IC_BAD_INPUT: no absolute IRI. */
enum ic_status catalog_check_plain(const char *iri, struct ic_error *error);

/* ---- catalog_metadata.c ---- */

typedef enum ic_status (*metadata_each)(void *context, const struct ic_term *subject,
                                        const struct ic_term *predicate,
                                        const struct ic_term *object, struct ic_error *error);
/* The metadata of one advertisement as statements about its graph. */
enum ic_status metadata_of(const struct advertisement *record, const char *graph,
                           metadata_each each, void *context, struct ic_error *error);

#endif
