/* SPDX-License-Identifier: Apache-2.0 */
/* The ontology as the engine uses it: attributes with their comparison, unit and scheme, and
 * concepts with their spellings and hierarchy, built from the statements of ontology files.
 *
 * Threads: an ontology is immutable once built and may be read by any number of threads. */
#ifndef IC_ONTOLOGY_H
#define IC_ONTOLOGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "document.h"
#include "status.h"
#include "term.h"

struct ic_ontology;

/* What a property's values are; from rdfs:range and ic:scheme. */
enum ic_value_kind {
    IC_VALUE_STRING,   /* xsd:string */
    IC_VALUE_NUMBER,   /* xsd:decimal, xsd:integer and derived, xsd:double, xsd:float */
    IC_VALUE_BOOLEAN,  /* xsd:boolean */
    IC_VALUE_DATE,     /* xsd:date */
    IC_VALUE_DATETIME, /* xsd:dateTime */
    IC_VALUE_CONCEPT,  /* ic:scheme: a concept of that scheme */
    IC_VALUE_IRI,      /* xsd:anyURI */
    IC_VALUE_NODE /* rdfs:Resource or a class: a node of the description, not matched by value
                   */
};

/* ic:match: the comparison when a request gives only a value. */
enum ic_comparison {
    IC_MATCH_EQUAL,
    IC_MATCH_AT_LEAST,
    IC_MATCH_AT_MOST,
    IC_MATCH_ONE_OF,
    IC_MATCH_WITHIN
};

struct ic_scheme {
    const char *iri;
    const char *label;
};

struct ic_concept {
    const char *iri;
    const char *label;              /* skos:prefLabel */
    const struct ic_scheme *scheme; /* its first skos:inScheme */
    size_t specific_count;          /* itself first, then everything narrower, by IRI */
    const struct ic_concept *const *specific;
};

struct ic_property {
    const char *iri;
    const char *name;    /* as requests write it: the local name in the attributes'
                            namespace; of another namespace prefix:name, else <IRI> */
    const char *label;   /* rdfs:label */
    const char *comment; /* rdfs:comment */
    const char *range;   /* rdfs:range IRI, or NULL */
    enum ic_value_kind kind;
    enum ic_comparison match;
    const char *unit;               /* ic:unit IRI, or NULL */
    const char *unit_name;          /* how people write the unit ("GB", "ms"), or NULL */
    const struct ic_scheme *scheme; /* or NULL */
    bool cloud, offer;              /* ic:appliesTo */
    const char *worst, *best;       /* canonical decimals, or NULL */
    size_t specific_count; /* itself first, then subproperties and equivalents (transitive), by
                              IRI */
    const struct ic_property *const *specific;
};

/* Builds from one or more documents (all files of an ontology directory), checking: every
 * property has label, comment, ic:match and range or ic:scheme; ic:unit only on numbers;
 * ic:worst and ic:best are numbers, differ; schemes exist and have concepts; no spelling names
 * two concepts of one scheme, whatever its case; no two properties' names differ in case alone;
 * hierarchies have no cycle but equivalence and join only values of one kind, unit and scheme.
 * IC_BAD_INPUT with file and line; IC_TOO_LARGE. `documents` are not kept. Owned:
 * ic_ontology_release. */
enum ic_status ic_ontology_build(struct ic_document *const *documents, size_t count,
                                 struct ic_ontology **ontology, struct ic_error *error);

/* The same for statements whose digest is known (64 hex digits): it takes as long to compute as
 * the rest. */
enum ic_status ic_ontology_build_known(struct ic_document *const *documents, size_t count,
                                       const char *digest, struct ic_ontology **ontology,
                                       struct ic_error *error);

/* Reference counting, thread-safe. */
struct ic_ontology *ic_ontology_retain(struct ic_ontology *ontology);
void ic_ontology_release(struct ic_ontology *ontology);

/* SHA-256 over the sorted statements it was built from, 64 hex digits; borrowed. */
const char *ic_ontology_digest(const struct ic_ontology *ontology);
/* owl:versionInfo of the ontology, or "". */
const char *ic_ontology_version(const struct ic_ontology *ontology);

/* All properties, by name; borrowed. */
const struct ic_property *const *ic_ontology_properties(const struct ic_ontology *ontology,
                                                        size_t *count);
const struct ic_scheme *const *ic_ontology_schemes(const struct ic_ontology *ontology,
                                                   size_t *count);
/* All concepts of a scheme, by IRI; borrowed. */
const struct ic_concept *const *ic_ontology_concepts(const struct ic_ontology *ontology,
                                                     const struct ic_scheme *scheme,
                                                     size_t *count);

const struct ic_property *ic_ontology_property_iri(const struct ic_ontology *ontology,
                                                   const char *iri);

/* An ATTRIBUTE of a request: a local name, prefix:name (prefixes of the ontology files) or
 * <IRI>; white space around it is trimmed; exact spelling. NULL when unknown. */
const struct ic_property *ic_ontology_attribute(const struct ic_ontology *ontology,
                                                const char *attribute);

/* The property name nearest to `attribute` without regard to case: by edit distance, else the
 * shortest that begins with it or contains it; NULL when nothing is near. Borrowed. */
const char *ic_ontology_nearest(const struct ic_ontology *ontology, const char *attribute);

/* Adds statements and prefixes to `document` from which ic_ontology_build makes an ontology of
 * the same attributes under the same names: ic_ontology_attribute finds the same IRIs in it and
 * ic_ontology_nearest the same names; everything else is left out. IC_TOO_LARGE, IC_NO_MEMORY.
 */
enum ic_status ic_ontology_write_names(const struct ic_ontology *ontology,
                                       struct ic_document *document, struct ic_error *error);

/* The concept of `scheme` (NULL: of any) that is spelled so: IRI, skos:prefLabel,
 * skos:altLabel, skos:notation, the local name of its IRI; exact, else without regard to
 * case. NULL: none. */
const struct ic_concept *ic_ontology_concept(const struct ic_ontology *ontology,
                                             const struct ic_scheme *scheme,
                                             const char *spelling);
const struct ic_concept *ic_ontology_concept_iri(const struct ic_ontology *ontology,
                                                 const char *iri);

/* True when class `iri` is `ancestor` or below it (rdfs:subClassOf, transitive). */
bool ic_ontology_is_a(const struct ic_ontology *ontology, const char *iri,
                      const char *ancestor);

/* Units that values of a property can be in beside its own. The first group of a property with
 * a unit holds those of the whole (`kind` NULL); where the unit is composed there is one group
 * more for each thing that it is composed of ("money", exponent 1; "data", exponent -1), since
 * any units of these make one. The smaller units first. */
struct ic_unit_group {
    const char *kind;
    int exponent;
    const char *const *names;
    size_t count;
};

/* One `from` is `rate` (a decimal) `to`. */
struct ic_exchange_rate {
    const char *from, *to, *rate, *date, *source;
};

/* Allocated in `arena`; the texts are borrowed from the ontology. *count 0: the property has no
 * unit that the ontology describes. IC_NO_MEMORY (no text). */
enum ic_status ic_ontology_units(const struct ic_ontology *ontology,
                                 const struct ic_property *property, struct ic_arena *arena,
                                 const struct ic_unit_group **groups, size_t *count);

/* The exchange rates that convert values of a property to its own currency. As above. */
enum ic_status ic_ontology_rates(const struct ic_ontology *ontology,
                                 const struct ic_property *property, struct ic_arena *arena,
                                 const struct ic_exchange_rate **rates, size_t *count);

enum ic_resolution {
    IC_RESOLVED_SAME,       /* effective is the stated term */
    IC_RESOLVED_CHANGED,    /* effective is another term */
    IC_RESOLVED_UNKNOWN,    /* no concept of the scheme is spelled so: kept as a string */
    IC_RESOLVED_UNCONVERTED /* a price in a currency that has no exchange rate to the
                               attribute's: kept as a string; the message in `error` says which
                             */
};

/* The effective term of a value of `property`: white space around it trimmed; a number as
 * canonical xsd:decimal, a concept as its IRI (a value that no concept spells stays a plain
 * string: IC_RESOLVED_UNKNOWN), booleans and dates canonical (dateTime in UTC, without zone
 * taken as UTC; a date without zone; years 0001 to 9999), strings without language, IRIs as IRI
 * terms. A number of a property with a unit may be followed by any unit of the same
 * kind ("500 GB", "0.5 TB") and is converted exactly (ontology_unit.h); another unit is
 * refused, and so is a number outside its rdfs:range (4.5 for an xsd:integer). `text` may come
 * from a request (then a plain literal) or from an advertisement. The result is allocated in
 * `arena` or borrowed from `stated` or the ontology. IC_BAD_INPUT (without place): a wrong
 * type; the message names property, value and what would be right. */
enum ic_status ic_ontology_resolve(const struct ic_ontology *ontology,
                                   const struct ic_property *property,
                                   const struct ic_term *stated, struct ic_arena *arena,
                                   struct ic_term *effective, enum ic_resolution *resolution,
                                   struct ic_error *error);

/* As ic_ontology_resolve for a value that a request compares with: any number will do, whatever
 * the property's range (replicationFactor >= 4.5). */
enum ic_status ic_ontology_resolve_asked(const struct ic_ontology *ontology,
                                         const struct ic_property *property,
                                         const struct ic_term *asked, struct ic_arena *arena,
                                         struct ic_term *effective,
                                         enum ic_resolution *resolution,
                                         struct ic_error *error);

#endif
