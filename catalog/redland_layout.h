/* SPDX-License-Identifier: Apache-2.0 */
/* What librdf keeps of a query and its results in memory.
 *
 * A storage that runs queries itself (supports_query, query_execute) is handed a query object
 * and returns a results object, and librdf publishes neither how to ask the one for its text
 * nor how to make the other. These declarations describe the memory of librdf 1.0.13 to 1.0.17
 * (the last release); redland_knows_queries checks version and memory before they are used,
 * and otherwise leaves queries to librdf, which runs them by rasqal over our streams. */
#ifndef IC_REDLAND_LAYOUT_H
#define IC_REDLAND_LAYOUT_H

#include <redland.h>

enum { REDLAND_LAYOUT_FIRST = 10013, REDLAND_LAYOUT_LAST = 10017 }; /* librdf_version_decimal */

struct redland_query_methods;

struct redland_query {
    librdf_world *world;
    int usage;
    void *context;
    const struct redland_query_methods *methods;
    librdf_query_results *results;
};

struct redland_query_results {
    struct redland_query *query;
    librdf_query_results *next;
};

/* The context of queries in the languages that rasqal brings. */
struct redland_rasqal_query {
    librdf_query *query;
    librdf_model *model;
    rasqal_query *rasqal;
    rasqal_query_results *results;
    char *language;
    unsigned char *text;
    librdf_uri *base;
    int errors, warnings;
};

/* What a query language does; librdf's functions on results end in these. */
struct redland_query_methods {
    librdf_world *world;
    struct redland_query_methods *next;
    char *name;
    librdf_uri *uri;
    size_t context_size;
    int (*init)(librdf_query *, const char *name, librdf_uri *, const unsigned char *text,
                librdf_uri *base);
    int (*clone)(librdf_query *made, librdf_query *from);
    void (*terminate)(librdf_query *);
    librdf_query_results *(*execute)(librdf_query *, librdf_model *);
    int (*get_limit)(librdf_query *);
    int (*set_limit)(librdf_query *, int);
    int (*get_offset)(librdf_query *);
    int (*set_offset)(librdf_query *, int);
    librdf_stream *(*as_stream)(librdf_query_results *);
    int (*get_count)(librdf_query_results *);
    int (*next_row)(librdf_query_results *);
    int (*finished)(librdf_query_results *);
    int (*get_bindings)(librdf_query_results *, const char ***names, librdf_node **values);
    librdf_node *(*get_value)(librdf_query_results *, int column);
    const char *(*get_name)(librdf_query_results *, int column);
    librdf_node *(*get_value_by_name)(librdf_query_results *, const char *name);
    int (*get_columns)(librdf_query_results *);
    void (*free_results)(librdf_query_results *);
    int (*is_bindings)(librdf_query_results *);
    int (*is_boolean)(librdf_query_results *);
    int (*is_graph)(librdf_query_results *);
    int (*is_syntax)(librdf_query_results *);
    int (*get_boolean)(librdf_query_results *);
    librdf_query_results_formatter *(*new_formatter)(librdf_query_results *, const char *name,
                                                     const char *mime_type, librdf_uri *);
    void (*free_formatter)(librdf_query_results_formatter *);
    int (*write)(raptor_iostream *, librdf_query_results_formatter *, librdf_query_results *,
                 librdf_uri *base);
};

struct redland_formatter {
    librdf_query_results *results;
    const char *format; /* of results writers */
};

#endif
