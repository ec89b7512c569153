/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the bench program: each measures one thing in a catalog and prints figures. */
#ifndef BENCH_H
#define BENCH_H

#include "catalog/catalog.h"

#include "requests.h"

struct bench_options {
    const char *directory; /* of the catalog */
    enum bench_set set;
    size_t clouds;
    double seconds;           /* for each figure, about */
    const char *const *names; /* what to measure, ended by NULL; first NULL: all */
};

/* Whether the options ask for `name`. */
bool bench_wanted(const struct bench_options *options, const char *name);

/* Opens the catalog; ends the program with the reason when that fails. */
struct ic_catalog *bench_open(const char *directory);

/* An answer that must be freed. Ends the program when the request is refused. */
struct ic_answer *bench_match(struct ic_catalog *catalog, const char *text);

/* Prints the requests, each behind the name of its figure. */
int bench_requests(const struct bench_options *options);
/* q1, q2, q3, q4, range, units, warm, each answer checked. */
int bench_queries(const struct bench_options *options);
/* A new process: open, first answer. After a clean close; after kill -9 while publishing. */
int bench_opening(const struct bench_options *options);
int bench_crashed(const struct bench_options *options);
/* What those start: open, one request, tell how long; publish until killed. */
int bench_first_answer(const struct bench_options *options);
int bench_publish_for_ever(const struct bench_options *options);
/* Memory that queries need, default settings. */
int bench_memory(const struct bench_options *options);
/* Durable publishes by 1 and 8 threads; q1 while 8 threads publish. */
int bench_publish(const struct bench_options *options);
int bench_mixed(const struct bench_options *options);

#endif
