/* SPDX-License-Identifier: Apache-2.0 */
/* What the results writers share. Private to results*.c. */
#ifndef IC_RESULTS_INTERNAL_H
#define IC_RESULTS_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>

#include "arena.h"
#include "query.h"

struct ic_writer;
struct results_table;

/* A format; NULL where it cannot carry that. `begin` is called first, with the kind that
 * fits. */
struct results_format {
    const char *name;
    enum ic_status (*begin)(struct ic_results_writer *writer, struct ic_error *error);
    enum ic_status (*row)(struct ic_results_writer *writer, const struct ic_term *const *cells,
                          struct ic_error *error);
    enum ic_status (*boolean)(struct ic_results_writer *writer, bool value,
                              struct ic_error *error);
    enum ic_status (*triple)(struct ic_results_writer *writer, const struct ic_term *subject,
                             const struct ic_term *predicate, const struct ic_term *object,
                             struct ic_error *error);
    enum ic_status (*end)(struct ic_results_writer *writer, struct ic_error *error);
};

struct ic_results_writer {
    struct ic_query_sink sink;
    const struct results_format *format; /* NULL until begin when none was asked for */
    FILE *out;
    struct ic_arena *arena;
    enum ic_query_kind kind;
    const char **names; /* the columns' variables */
    size_t columns;
    size_t count;                /* rows or triples written */
    struct results_table *table; /* owned */
    struct ic_writer *rdf;       /* owned */
};

extern const struct results_format results_table_format;
extern const struct results_format results_json_format;
extern const struct results_format results_xml_format;
extern const struct results_format results_csv_format;
extern const struct results_format results_tsv_format;
extern const struct results_format results_turtle_format;
extern const struct results_format results_ntriples_format;
extern const struct results_format results_nquads_format;

void results_table_free(struct results_table *table);

#endif
