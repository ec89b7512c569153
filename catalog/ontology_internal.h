/* SPDX-License-Identifier: Apache-2.0 */
/* What the ontology's files share: the parts of a finished ontology, and the statements and
 * tables that exist while one is built.
 *
 * Invariants: everything a finished ontology points to lives in its arena; the graph is freed
 * when building ends. */
#ifndef IC_ONTOLOGY_INTERNAL_H
#define IC_ONTOLOGY_INTERNAL_H

#include <stdatomic.h>

#include "ontology.h"
#include "ontology_unit.h"

enum {
    IC_ONTOLOGY_STATEMENTS_MAX = 4 * 1024 * 1024, /* of all documents */
    IC_ONTOLOGY_CLOSURE_MAX = 16 * 1024 * 1024, /* pairs (general, specific) of one hierarchy */
    IC_ONTOLOGY_SPELLING_BYTES_MAX = 1024,      /* of a concept, as written */
    IC_ONTOLOGY_FOLDED_BYTES = 4096             /* room for a folded spelling with its NUL */
};

/* ---- maps from strings (ontology_map.c) ---- */

struct ic_ontology_map_entry;
struct ic_ontology_map {
    struct ic_ontology_map_entry *head;
};

/* `key` must live as long as the map. False when memory is out. */
bool ic_ontology_map_put(struct ic_ontology_map *map, struct ic_arena *arena, const char *key,
                         const void *value);
/* NULL when it has none. */
const void *ic_ontology_map_get(const struct ic_ontology_map *map, const char *key,
                                size_t length);
void ic_ontology_map_clear(struct ic_ontology_map *map);

/* A spelling without regard to case, width and composition (nameprep, RFC 3491: case folding
 * and NFKC; text that nameprep refuses is folded in ASCII alone). IC_TOO_LARGE: no concept can
 * be spelled so; IC_NO_MEMORY. */
enum ic_status ic_ontology_fold(const char *text, size_t length,
                                char folded[IC_ONTOLOGY_FOLDED_BYTES]);

/* Moves *text and *length over white space at both ends. */
void ic_ontology_trim(const char **text, size_t *length);

/* What follows the last '#' or '/' (':' in a URN) of an IRI; the whole IRI when nothing does.
 */
const char *ic_ontology_local_name(const char *iri);

/* ---- a finished ontology ---- */

/* A datatype that an rdfs:range may name. `minimum` and `maximum` belong to its values; NULL:
 * unbounded. */
struct ic_ontology_datatype {
    const char *iri;
    enum ic_value_kind kind;
    bool whole;
    const char *minimum, *maximum;
};

/* NULL: not one that attributes can have. */
const struct ic_ontology_datatype *ic_ontology_datatype(const char *iri);

struct ic_ontology_scheme {
    struct ic_scheme public;
    uint32_t node;
    const struct ic_concept **concepts; /* by IRI */
    size_t concept_count;
    struct ic_ontology_map spellings; /* folded -> struct ic_concept */
};

struct ic_ontology_concept {
    struct ic_concept public;
    uint32_t node;
    struct ic_ontology_scheme **schemes; /* by IRI */
    size_t scheme_count;
};

struct ic_ontology_property {
    struct ic_property public;
    uint32_t node;
    const struct ic_ontology_datatype *datatype; /* NULL with a scheme or a class */
    const struct ic_ontology_unit *unit;         /* NULL: none, or not described */
};

/* A class with itself and everything it is below. */
struct ic_ontology_class {
    const char *iri;
    const char *const *ancestors;
    size_t ancestor_count;
};

/* A namespace prefix; `iri` NULL: two files declare it differently, so it means nothing. */
struct ic_ontology_prefix {
    const char *prefix, *iri;
};

struct ic_ontology {
    atomic_size_t references;
    struct ic_arena *arena;
    char digest[65];
    const char *version;
    const struct ic_property **properties; /* by name */
    size_t property_count;
    const struct ic_scheme **schemes; /* by IRI */
    size_t scheme_count;
    struct ic_ontology_concept **concepts; /* by IRI */
    size_t concept_count;
    struct ic_ontology_map property_by_iri, property_by_name; /* struct ic_property */
    struct ic_ontology_map concept_by_iri;                    /* struct ic_concept */
    struct ic_ontology_map scheme_by_iri;                     /* struct ic_ontology_scheme */
    struct ic_ontology_map any_spelling;   /* folded -> struct ic_concept of any scheme */
    struct ic_ontology_map unit_by_iri;    /* struct ic_ontology_unit */
    struct ic_ontology_map unit_spellings; /* to the letter -> struct ic_unit_named */
    struct ic_ontology_map unit_lowercase; /* all of them in ASCII lower case -> the same */
    struct ic_ontology_unit **units;       /* by factor, then IRI */
    size_t unit_count;
    struct ic_unit_rate *rates; /* by IRI of `from`, then `to`; one of each pair */
    size_t rate_count;
    struct ic_ontology_map classes;      /* by IRI: struct ic_ontology_class */
    struct ic_ontology_prefix *prefixes; /* of the files */
    size_t prefix_count;
};

/* The prefix that all files use for a namespace, or NULL. */
const char *ic_ontology_prefix_of(const struct ic_ontology *ontology, const char *iri,
                                  size_t length);

/* The concept that is spelled so, in `scheme` or (NULL) in any; *concept NULL: none. */
enum ic_status ic_ontology_find_concept(const struct ic_ontology *ontology,
                                        const struct ic_scheme *scheme, const char *spelling,
                                        size_t length, const struct ic_concept **concept);

/* Canonical forms of xsd:date (without zone) and xsd:dateTime (UTC), years 0001 to 9999, into
 * `arena`. IC_BAD_INPUT (no text): not such a date; IC_NO_MEMORY. */
enum ic_status ic_ontology_date(const char *text, size_t length, struct ic_arena *arena,
                                const char **canonical);
enum ic_status ic_ontology_datetime(const char *text, size_t length, struct ic_arena *arena,
                                    const char **canonical);

/* ---- statements while building (ontology_graph.c) ---- */

struct ic_ontology_fact {
    uint32_t subject, predicate, object;
    uint32_t source; /* which document */
    uint32_t line;
};

/* The statements of all documents, each once, by subject, predicate and object. Terms are
 * numbered in order of first appearance; blank nodes of different documents differ. */
struct ic_ontology_graph {
    const struct ic_document *terms;
    struct ic_document *own_terms; /* NULL: they are those of the only document */
    struct ic_ontology_fact *facts;
    size_t count;
    uint32_t *first;    /* by subject: its first fact; one more entry at the end */
    uint32_t type;      /* the node of rdf:type */
    const char **names; /* of the documents */
    struct ic_ontology *ontology;
    struct ic_error *error;
};

enum ic_status ic_ontology_graph_load(struct ic_ontology_graph *graph,
                                      struct ic_document *const *documents, size_t count);
void ic_ontology_graph_free(struct ic_ontology_graph *graph);

/* Writes the SHA-256 of the statements, in hexadecimal. */
enum ic_status ic_ontology_graph_digest(const struct ic_ontology_graph *graph, char digest[65]);

static inline const struct ic_term *ic_ontology_term(const struct ic_ontology_graph *graph,
                                                     uint32_t node)
{
    return ic_document_term(graph->terms, node);
}

/* The facts of a subject with a predicate; *count of them. NULL when there are none. */
const struct ic_ontology_fact *ic_ontology_facts(const struct ic_ontology_graph *graph,
                                                 uint32_t subject, const char *predicate,
                                                 size_t *count);

/* The one fact of a subject with a predicate, or NULL; two are an error. */
enum ic_status ic_ontology_one(const struct ic_ontology_graph *graph, uint32_t subject,
                               const char *predicate, const struct ic_ontology_fact **fact);

/* The literal for people, copied into the ontology's arena: without language or in English
 * before any other, then the first in order. *text NULL: none. */
enum ic_status ic_ontology_text(const struct ic_ontology_graph *graph, uint32_t subject,
                                const char *predicate, const char **text);

/* True when `subject` is stated to be of class `type`. */
bool ic_ontology_has_type(const struct ic_ontology_graph *graph, uint32_t subject,
                          const char *type);

/* IC_BAD_INPUT at the place of `fact`. */
enum ic_status ic_ontology_fail(const struct ic_ontology_graph *graph,
                                const struct ic_ontology_fact *fact, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
enum ic_status ic_ontology_no_memory(const struct ic_ontology_graph *graph);

/* ---- the steps of building, in their order ---- */

enum ic_status ic_ontology_read_units(struct ic_ontology_graph *graph);
enum ic_status ic_ontology_read_concepts(struct ic_ontology_graph *graph);
enum ic_status ic_ontology_read_properties(struct ic_ontology_graph *graph);
/* Fills what a property's annotations say; its node and name are known. */
enum ic_status ic_ontology_read_annotations(const struct ic_ontology_graph *graph,
                                            struct ic_ontology_property *property);
/* Fills `specific` of concepts and properties, and the classes. */
enum ic_status ic_ontology_read_hierarchies(struct ic_ontology_graph *graph);

#endif
