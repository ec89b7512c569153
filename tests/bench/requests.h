/* SPDX-License-Identifier: Apache-2.0 */
/* The benches' requests: shapes, 10,000 different requests of each, and what each must find.
 *
 * A request of shape q1 to q4 asks for as much as the query of that name does (the same
 * thresholds in other words, another country, method, protocol), so that its time compares with
 * other engines' on the query itself; a wide one has its threshold anywhere.
 * Threads: any; nothing is shared. */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include "data.h"

enum bench_shape {
    BENCH_Q1,        /* the paper's five constraints */
    BENCH_Q2,        /* two countries: few or none */
    BENCH_Q3,        /* two ranges: more than a quarter of all clouds */
    BENCH_Q4,        /* SPARQL: OPTIONAL, ORDER BY price and name, LIMIT 10 */
    BENCH_RANGE,     /* half of all prices */
    BENCH_UNITS,     /* a quantity in another unit; only in the set "offers" */
    BENCH_Q1_SPARQL, /* q1 written by hand in SPARQL */
    BENCH_SHAPES
};

enum { BENCH_REQUESTS = 10000, BENCH_REQUEST_MAX = 768, BENCH_PAGE = 10 };

/* What one offer must have; zero bits and zero minima ask nothing. */
struct bench_want {
    uint64_t countries; /* all of them */
    uint64_t capacity_min;
    uint32_t availability_min;
    uint32_t price_max;
    uint8_t methods, protocols; /* any of them */
    uint8_t replication_min;
};

/* How q4 sorts and pages. */
struct bench_order {
    unsigned offset;
    bool price_down, name_down;
};

struct bench_request {
    char text[BENCH_REQUEST_MAX];
    struct bench_want want;
    struct bench_order order; /* q4 */
};

const char *bench_shape_name(enum bench_shape shape);

/* Whether its texts are SPARQL; the others are requests. */
static inline bool bench_is_sparql(enum bench_shape shape)
{
    return shape == BENCH_Q4 || shape == BENCH_Q1_SPARQL;
}

/* The query itself, as people wrote it, for the plain set. */
void bench_request_paper(enum bench_shape shape, struct bench_request *request);

/* Request `number`, below BENCH_REQUESTS; different numbers give different texts. */
void bench_request_draw(enum bench_set set, enum bench_shape shape, bool wide, unsigned number,
                        struct bench_request *request);

static inline bool bench_meets(const struct bench_offer *offer, const struct bench_want *want)
{
    return (offer->countries & want->countries) == want->countries &&
           (!want->methods || offer->methods & want->methods) &&
           (!want->protocols || offer->protocols & want->protocols) &&
           offer->availability >= want->availability_min &&
           offer->replication >= want->replication_min && offer->price <= want->price_max &&
           offer->capacity_bytes >= want->capacity_min;
}

#endif
