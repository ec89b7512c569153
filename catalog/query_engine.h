/* SPDX-License-Identifier: Apache-2.0 */
/* What a query engine is to query.c; one of these per engine. Private to the catalog. */
#ifndef IC_QUERY_ENGINE_H
#define IC_QUERY_ENGINE_H

#include "query.h"

/* IC_TOO_LARGE, saying so, when a query holds more than options->memory_max. */
enum ic_status query_holds(const struct ic_query_options *options, size_t bytes,
                           struct ic_error *error);

/* The functions have the contracts of ic_query_run and ic_query_check; options and error are
 * never NULL, options->memory_max not 0. */
struct query_engine {
    const char *name;
    enum ic_status (*run)(struct ic_dataset *dataset, const char *text,
                          const struct ic_query_options *options,
                          const struct ic_query_sink *sink, struct ic_error *error);
    enum ic_status (*check)(const char *text, const struct ic_query_options *options,
                            struct ic_error *error);
};

extern const struct query_engine engine_native;
extern const struct query_engine engine_rasqal;

/* As engine_native.run. *covered false: the engine does not cover the query or could not parse
 * it; the error says what, and the sink was given nothing. */
enum ic_status native_query_run(struct ic_dataset *dataset, const char *text,
                                const struct ic_query_options *options,
                                const struct ic_query_sink *sink, bool *covered,
                                struct ic_error *error);

#endif
