/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts: the advertisements that a document describes, before they are stored. A draft
 * knows its cloud, offers and parts, what was stated, and what is effective: values resolved by
 * the ontology, offers with what they inherit (README.md, "Data model"). Internal to catalog/.
 */
#ifndef IC_DRAFT_H
#define IC_DRAFT_H

#include "document.h"
#include "entries.h"
#include "node_marks.h"
#include "ontology.h"
#include "status.h"

enum {
    DRAFT_CLOUDS_MAX = 100000, /* clouds in one document */
    /* What a document may come to when parts that clouds share count for each of them, and
     * values that offers inherit for each offer: so much, and more by its statements. */
    DRAFT_FACTS_FREE = 64 * 1024,
    DRAFT_FACTS_A_STATEMENT = 16
};

/* Numbers of the document's terms; `original` is IC_NO_NODE unless IC_NORMALISED. */
struct draft_fact {
    uint32_t predicate, object, original, line;
    unsigned flags;
};

struct draft_entry {
    uint32_t subject, stated_subject;
    enum entry_kind kind;
    struct draft_fact *facts;
    size_t fact_count, fact_room;
};

struct draft {
    char *cloud_name;            /* normalised */
    uint32_t cloud;              /* its node */
    uint32_t line;               /* where it is named */
    struct draft_entry *entries; /* the cloud, its offers, its parts */
    size_t entry_count, entry_room;
    size_t offers, stated, effective;
    uint64_t bytes;  /* of the stated statements as N-Triples, a line each */
    char digest[65]; /* SHA-256 of the sorted stated statements */
};

struct drafts {
    struct draft *items;
    size_t count, room;
    size_t facts, facts_max; /* of all of them, inherited ones too */
    bool unplaced;           /* after a failure: it was for statements that hang on no cloud */
};

struct draft_options {
    const char *cloud_name; /* for a document that names no cloud, or NULL */
    bool strict;            /* a warning is an error */
    bool lenient;           /* a value of the wrong type is kept as stated, with a warning */
    void (*warn)(void *context, const struct ic_error *warning);
    void *warn_context;
};

/* Adds to `document` what it needs (normalised terms, derived names). IC_BAD_INPUT with the
 * document's line. Owned: drafts_free. */
enum ic_status drafts_read(struct ic_document *document, const struct ic_ontology *ontology,
                           const struct draft_options *options, struct drafts *drafts,
                           struct ic_error *error);
void drafts_free(struct drafts *drafts);

/* ---- shared by the draft_*.c files ---- */

/* A document's statements by subject. */
struct subject_index {
    const struct ic_document *document;
    struct ic_statement *statements; /* sorted by subject, predicate, object; no repeats */
    size_t count;
    uint32_t *first; /* by node: where its statements begin; count: none */
    size_t nodes;
    uint32_t type; /* node of rdf:type, or IC_NO_NODE */
};
enum ic_status subject_index_build(const struct ic_document *document,
                                   struct subject_index *index, struct ic_error *error);
void subject_index_free(struct subject_index *index);
/* The statements about `node`. */
const struct ic_statement *subject_statements(const struct subject_index *index, uint32_t node,
                                              size_t *count);
/* True when `node` has an rdf:type that is `class_iri` or below it. */
bool subject_is_a(const struct subject_index *index, const struct ic_ontology *ontology,
                  uint32_t node, const char *class_iri);

/* Finds clouds, offers and parts; fills entries with stated facts only. */
enum ic_status draft_structure(const struct subject_index *index,
                               const struct ic_ontology *ontology, struct drafts *drafts,
                               struct ic_error *error);
/* For a document that names no cloud: adds the statements that make `cloud_name` its cloud. */
enum ic_status draft_name_cloud(struct ic_document *document,
                                const struct ic_ontology *ontology, const char *cloud_name,
                                struct ic_error *error);
/* What the drafts of one document share while they are made. Zero-initialise. */
struct resolved_value;
struct draft_work {
    struct node_marks marks, names;  /* for one step at a time; cleared behind it */
    struct node_marks warned;        /* unknown properties that were told */
    struct resolved_value *resolved; /* values resolved before, by property and stated node */
    struct ic_arena *arena;          /* of those */
};
void draft_work_free(struct draft_work *work);

/* Turns stated facts into effective ones. */
enum ic_status draft_resolve(struct ic_document *document, const struct ic_ontology *ontology,
                             const struct draft_options *options, struct draft *draft,
                             struct draft_work *work, struct ic_error *error);
/* Gives offers that were blank nodes their deterministic IRIs, everywhere in the draft. */
enum ic_status draft_name_offers(struct ic_document *document, struct draft *draft,
                                 struct draft_work *work, struct ic_error *error);
/* Adds what offers inherit and what is derived; counts what is effective. */
enum ic_status draft_inherit(struct ic_document *document, struct draft *draft,
                             struct draft_work *work, struct ic_error *error);
/* Fills draft->digest and draft->bytes. Before draft_resolve. */
enum ic_status draft_digest(const struct ic_document *document, struct draft *draft,
                            struct ic_error *error);
/* SHA-256 over what an offer states, blank nodes without their labels; 64 hex digits. */
enum ic_status draft_entry_digest(const struct ic_document *document,
                                  const struct draft_entry *entry, char digest[65],
                                  struct ic_error *error);
/* Appends a fact. IC_NO_MEMORY. */
enum ic_status draft_entry_add(struct draft_entry *entry, struct draft_fact fact,
                               struct ic_error *error);

#endif
