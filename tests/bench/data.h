/* SPDX-License-Identifier: Apache-2.0 */
/* The clouds of the benches, drawn from a seeded stream: cloud number n is the same in a set of
 * any size, so what a query must answer can be counted without asking a catalog.
 *
 * Two sets. "plain": 25.5 statements a cloud, plain spellings, no offers. "offers": 100 offers
 * a cloud; units, datatypes and countries' names spelled in many ways. Threads: any; nothing is
 * shared. */
#ifndef BENCH_DATA_H
#define BENCH_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BENCH_COUNTRIES = 40,
    BENCH_METHODS = 6,
    BENCH_PROTOCOLS = 6,
    BENCH_AVAILABILITIES = 6,
    BENCH_REPLICATION_MAX = 7,
    BENCH_PRICES = 20000, /* 0.0000 to 1.9999 */
    BENCH_SPELLINGS = 3,  /* of a country */
    BENCH_OFFERS = 100,   /* a cloud's, in the set "offers" */
    BENCH_TEXT_MAX = 64   /* one value's text */
};

enum bench_set { BENCH_PLAIN, BENCH_WITH_OFFERS };

/* What requests ask for, of one offer; in the plain set a cloud is its own offer. */
struct bench_offer {
    uint64_t countries;      /* bit i: bench_countries[i] */
    uint64_t capacity_bytes; /* only in the set "offers" */
    uint32_t availability;   /* ten-millionths of a percent */
    uint16_t price;          /* ten-thousandths */
    uint8_t methods;         /* bit i: bench_methods[i] */
    uint8_t protocols;       /* bit i: bench_protocols[i] */
    uint8_t replication;
    int8_t gpus; /* -1: not stated */
};

enum bench_kind { BENCH_IRI, BENCH_STRING, BENCH_DECIMAL, BENCH_INTEGER, BENCH_DOUBLE };

/* One statement; `property` is a local name of resOntology, or NULL for rdf:type. Strings are
 * borrowed for the call. */
struct bench_fact {
    const char *subject, *property, *value;
    enum bench_kind kind;
};

struct bench_sink {
    void *context;
    void (*fact)(void *context, const struct bench_fact *fact);
    void (*offer)(void *context, uint64_t cloud, const struct bench_offer *offer);
};

extern const char *const bench_countries[BENCH_COUNTRIES][BENCH_SPELLINGS];
extern const char *const bench_methods[BENCH_METHODS];
extern const char *const bench_protocols[BENCH_PROTOCOLS];
extern const char *const bench_availabilities[BENCH_AVAILABILITIES];

#define BENCH_NAMESPACE "http://www.csp/resOntology#"
#define BENCH_XSD "http://www.w3.org/2001/XMLSchema#"
#define BENCH_RDF_TYPE "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

/* A stream of numbers (splitmix64). */
struct bench_stream {
    uint64_t state;
};
uint64_t bench_next(struct bench_stream *stream);
/* A number below `limit`. */
unsigned bench_below(struct bench_stream *stream, unsigned limit);

/* Draws cloud `number` and tells `sink` its statements (`fact`, may be NULL) and its offers
 * (`offer`, may be NULL). `redraw` 0 is the set's own; any other number draws everything but
 * the cloud's name anew. */
void bench_draw(enum bench_set set, uint64_t number, uint64_t redraw,
                const struct bench_sink *sink);

/* "plain" or "offers"; false: neither. */
bool bench_set_named(const char *name, enum bench_set *set);

/* The IRI of the datatype of literals of `kind`; NULL for IRIs and plain strings. */
const char *bench_datatype(enum bench_kind kind);

#endif
