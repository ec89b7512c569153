/* SPDX-License-Identifier: Apache-2.0 */
/* What requests must find: the offers of a set in memory, gone through one by one. */
#ifndef BENCH_POPULATION_H
#define BENCH_POPULATION_H

#include "requests.h"

/* The offers of clouds 0 to clouds - 1, by cloud. */
struct bench_population {
    struct bench_offer *offers;
    uint32_t *owners; /* the cloud of each offer */
    size_t count, room, clouds;
};

/* An answer, as few numbers: equal ones are equal answers. */
struct bench_found {
    size_t rows;
    uint64_t mark; /* of the names, and for q4 of the prices and their order */
};

/* Draws all of them; ends the program when memory is out. */
void bench_population_draw(enum bench_set set, size_t clouds, struct bench_population *all);
void bench_population_free(struct bench_population *all);

/* What a request other than q4 finds. `only_even`: among the clouds with even numbers. */
struct bench_found bench_expect(const struct bench_population *all,
                                const struct bench_want *want, bool only_even);
/* What q4 finds: one page. */
struct bench_found bench_expect_page(const struct bench_population *all,
                                     const struct bench_request *request);

/* Adds cloud `number` to an answer in which order does not count. */
void bench_found_cloud(struct bench_found *found, uint64_t number);
/* Adds a row of q4; order counts. */
void bench_found_row(struct bench_found *found, uint64_t number, unsigned price);

/* The number in "cloud7"; UINT64_MAX: another name. */
uint64_t bench_cloud_number(const char *name);

#endif
