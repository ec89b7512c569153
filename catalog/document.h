/* SPDX-License-Identifier: Apache-2.0 */
/* A document: statements read from one source, in memory, each with the line it came from.
 *
 * Invariants: terms are interned (equal terms have one number); statements keep the order
 * of the source and may repeat; blank nodes are scoped to the document.
 * Threads: a document belongs to one thread at a time; a finished one may be read by many. */
#ifndef IC_DOCUMENT_H
#define IC_DOCUMENT_H

#include <stdint.h>

#include "arena.h"
#include "status.h"
#include "term.h"

struct ic_document;

#define IC_NO_NODE UINT32_MAX /* no term: the default graph, or "not found" */

/* Term numbers of one statement; `graph` is IC_NO_NODE for the default graph. `line` is 0
 * where the source has none. */
struct ic_statement {
    uint32_t subject, predicate, object, graph, line;
};

struct ic_document_limits {
    size_t statements_max;  /* 0: the default of the limit `statements` */
    size_t term_bytes_max;  /* one term's text; 0: the default of the limit `term` */
    size_t total_bytes_max; /* all terms; 0: IC_DOCUMENT_TOTAL_BYTES_MAX */
    size_t memory_max;      /* the limit `transaction` of who reads it; 0: none */
};

enum { IC_DOCUMENT_PREFIXES_MAX = 4096 };
#define IC_DOCUMENT_TOTAL_BYTES_MAX ((size_t)4 << 30)

/* `name` is the source's name in messages ("-" for stdin); copied. `limits` NULL: defaults.
 * Owned: free with ic_document_free. NULL when memory is out. */
struct ic_document *ic_document_new(const char *name, const struct ic_document_limits *limits);
void ic_document_free(struct ic_document *document);

const char *ic_document_name(const struct ic_document *document);

/* Those in force: no value is a default's 0 but memory_max. Borrowed. */
const struct ic_document_limits *ic_document_limits(const struct ic_document *document);

/* Memory that lives as long as the document. */
struct ic_arena *ic_document_arena(struct ic_document *document);
/* Bytes, about, that terms and statements take. */
size_t ic_document_memory(const struct ic_document *document);

/* The number of `term`, interning a copy of it. IC_TOO_LARGE names the limit;
 * IC_BAD_INPUT: a term with U+0000 or invalid UTF-8. */
enum ic_status ic_document_intern(struct ic_document *document, const struct ic_term *term,
                                  uint32_t *node, struct ic_error *error);

/* The number of `term`, or IC_NO_NODE when the document does not have it. */
uint32_t ic_document_find(const struct ic_document *document, const struct ic_term *term);
uint32_t ic_document_find_iri(const struct ic_document *document, const char *iri);

/* Borrowed until the document is freed. */
const struct ic_term *ic_document_term(const struct ic_document *document, uint32_t node);
size_t ic_document_term_count(const struct ic_document *document);

/* A fresh blank node that no source can have written. */
enum ic_status ic_document_new_blank(struct ic_document *document, uint32_t *node,
                                     struct ic_error *error);

/* Appends a statement of terms by value. `graph` NULL: default graph. */
enum ic_status ic_document_add(struct ic_document *document, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               const struct ic_term *graph, uint32_t line,
                               struct ic_error *error);

/* Appends a statement of term numbers. */
enum ic_status ic_document_add_nodes(struct ic_document *document,
                                     struct ic_statement statement, struct ic_error *error);

/* All statements, in source order; borrowed until the next add. */
const struct ic_statement *ic_document_statements(const struct ic_document *document,
                                                  size_t *count);

/* The lease that the source asked for, in milliseconds; 0: none was stated.
 * (<advertisement lease='PT1H'>) */
/* Moves all terms and the statements before number `first` to a new document *taken (owned:
 * ic_document_free) of the same name; `document` keeps its settings and, with terms of their
 * own, the statements from `first` on. Numbers of terms given out before are the taken
 * document's. On failure `document` is only good for being freed. */
enum ic_status ic_document_detach(struct ic_document *document, size_t first,
                                  struct ic_document **taken, struct ic_error *error);

void ic_document_set_lease(struct ic_document *document, int64_t lease_ms);
int64_t ic_document_lease(const struct ic_document *document);

/* Namespace prefixes that the source declared, for pretty output; later wins.
 * IC_TOO_LARGE: more than IC_DOCUMENT_PREFIXES_MAX. */
enum ic_status ic_document_set_prefix(struct ic_document *document, const char *prefix,
                                      const char *iri, struct ic_error *error);
size_t ic_document_prefix_count(const struct ic_document *document);
void ic_document_prefix(const struct ic_document *document, size_t index, const char **prefix,
                        const char **iri);

#endif
