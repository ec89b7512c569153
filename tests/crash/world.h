/* SPDX-License-Identifier: Apache-2.0 */
/* A world whose every part is a function of a name and a number, so that what a catalog should
 * hold can be said without keeping it.
 *
 * A cloud's content is a function of its name and a version from 1 on; version 0 is "never
 * published", and every version that world_withdrawn() names is "withdrawn". There are two
 * ontologies; they differ in the concept that each of the places' labels means, so that an
 * advertisement's effective statements tell which of them was in force. */
#ifndef IC_TESTS_CRASH_WORLD_H
#define IC_TESTS_CRASH_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"

enum { WORLD_ONTOLOGIES = 2, WORLD_OWNER_BYTES = 64 };

/* Writes ontology `which` as a directory of Turtle files. */
void world_write_ontology(const char *directory, unsigned which);
/* The same as documents for ic_catalog_load_ontology: one. Owned: ic_document_free. */
struct ic_document *world_ontology_document(unsigned which, struct ic_error *error);
/* Its digest, as ic_catalog_stats gives it. */
enum ic_status world_ontology_digest(unsigned which, char digest[65], struct ic_error *error);

bool world_withdrawn(uint64_t version);

/* Calls `each` for every statement of the cloud. `big` clouds have many offers. */
struct world_cloud {
    const char *name;
    uint64_t version;
    bool big;
};
typedef enum ic_status world_each(void *context, const struct ic_term *s,
                                  const struct ic_term *p, const struct ic_term *o,
                                  struct ic_error *error);
enum ic_status world_statements(const struct world_cloud *cloud, world_each *each,
                                void *context, struct ic_error *error);

/* Adds the cloud's statements to `document`. */
enum ic_status world_add(struct ic_document *document, const struct world_cloud *cloud,
                         struct ic_error *error);
/* Writes them as N-Triples. */
enum ic_status world_write(FILE *out, const struct world_cloud *cloud, struct ic_error *error);

/* A set of statements, told by their number and the sum of their hashes. */
struct world_sum {
    uint64_t count, sum;
};
void world_sum_add(struct world_sum *sum, const struct ic_term *s, const struct ic_term *p,
                   const struct ic_term *o);
struct world_sum world_sum_of(const struct world_cloud *cloud);

/* What a catalog says about one cloud. */
struct world_found {
    bool there;                        /* it is advertised */
    uint64_t version;                  /* of the world, from its :serial; 0: it states none */
    struct world_sum stated;           /* as its owner wrote them */
    bool normalised[WORLD_ONTOLOGIES]; /* it has a place as this ontology has it */
    struct ic_advertisement_info info; /* numbers only: its strings are NULL */
};
/* Reads a cloud with ic_catalog_show. IC_OK also when it is not advertised. */
enum ic_status world_read(struct ic_catalog *catalog, const char *name,
                          struct world_found *found, struct ic_error *error);
/* True when what was found is exactly one version of this cloud; else `why` says what is
 * wrong. */
bool world_whole(const struct world_found *found, const char *name, bool big, char *why,
                 size_t why_bytes);

/* Statements of the plain graph's version, and the sum of them. */
#define WORLD_GRAPH "urn:crash:graph"
enum ic_status world_graph_document(uint64_t version, struct ic_document **document,
                                    struct ic_error *error);
struct world_sum world_graph_sum(uint64_t version);

#endif
