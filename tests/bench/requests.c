/* SPDX-License-Identifier: Apache-2.0 */
/* The benches' requests: how each shape is drawn and written. */
#include "requests.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PREFIXES                                                                               \
    "PREFIX : <" BENCH_NAMESPACE "> PREFIX place: <http://www.csp/resOntology/place#> "
#define SCHEME_PREFIXES                                                                        \
    "PREFIX replication: <http://www.csp/resOntology/replication#> "                           \
    "PREFIX protocol: <http://www.csp/resOntology/protocol#> "

const char *bench_shape_name(enum bench_shape shape)
{
    static const char *const names[BENCH_SHAPES] = {"q1",    "q2",    "q3",       "q4",
                                                    "range", "units", "q1-sparql"};
    return names[shape];
}

/* What a request for method `at` accepts: the ontology says that GridFTP is a kind of FTP. */
static uint8_t methods_within(unsigned at)
{
    unsigned bits = 1u << at;
    if (strcmp(bench_methods[at], "FTP") == 0)
        for (unsigned i = 0; i < BENCH_METHODS; i++)
            bits |= strcmp(bench_methods[i], "GRIDFTP") == 0 ? 1u << i : 0;
    return (uint8_t)bits;
}

/* A request being written. */
struct drawing {
    struct bench_stream stream;
    struct bench_request *request;
    size_t length;
    bool mixed; /* spell countries in any way */
    bool wide;
    unsigned number;
};

static void __attribute__((format(printf, 2, 3)))
add(struct drawing *d, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int written =
        vsnprintf(d->request->text + d->length, BENCH_REQUEST_MAX - d->length, format, values);
    va_end(values);
    d->length += written > 0 ? (size_t)written : 0;
    if (d->length >= BENCH_REQUEST_MAX)
        d->length = BENCH_REQUEST_MAX - 1;
}

static void ask_country(struct drawing *d, unsigned at)
{
    unsigned spelling = d->mixed ? bench_below(&d->stream, BENCH_SPELLINGS) : 0;
    d->request->want.countries |= UINT64_C(1) << at;
    add(d, "tierCountries \"%s\"; ", bench_countries[at][spelling]);
}

static void ask_method(struct drawing *d)
{
    unsigned at = bench_below(&d->stream, BENCH_METHODS);
    d->request->want.methods = methods_within(at);
    add(d, "StorageReplicationMethod %s; ", bench_methods[at]);
}

static void ask_protocol(struct drawing *d)
{
    unsigned at = bench_below(&d->stream, BENCH_PROTOCOLS);
    d->request->want.protocols = (uint8_t)(1u << at);
    add(d, "InterCloudStorageAccess %s; ", bench_protocols[at]);
}

/* A threshold above `low` up to `high` (ten-millionths), another for each request number. The
 * values that clouds state are such that none lies between the two. */
static void ask_availability(struct drawing *d, uint32_t low, uint32_t high)
{
    if (d->wide)
        low = 989000000;
    unsigned step = (high - low) / BENCH_REQUESTS;
    uint32_t least = low + 1 + d->number * step + bench_below(&d->stream, step);
    d->request->want.availability_min = least;
    add(d, "availabilityQuantity %u.%07u; ", least / 10000000, least % 10000000);
}

static void ask_replication(struct drawing *d, unsigned least)
{
    if (d->wide)
        least = 1 + bench_below(&d->stream, BENCH_REPLICATION_MAX);
    d->request->want.replication_min = (uint8_t)least;
    add(d, "replicationFactor %u", least);
}

/* Prices up to about 1.0000: 10,000 different ones, which is half of them. */
static void ask_price(struct drawing *d)
{
    unsigned width = d->wide ? 200 : 2;
    unsigned most = (d->wide ? 0 : 990000) + d->number * width + bench_below(&d->stream, width);
    d->request->want.price_max = most / 100;
    add(d, "pricePerGB <= %u.%06u", most / 1000000, most % 1000000);
}

/* 400 to 600 GB (or GiB), in four units. */
static void ask_capacity(struct drawing *d)
{
    unsigned amount = 400000 + d->number * 20 + bench_below(&d->stream, 20);
    uint64_t *least = &d->request->want.capacity_min;
    *least = UINT64_C(1000000) * amount;
    switch (bench_below(&d->stream, 4)) {
    case 0:
        add(d, "storageCapacity >= %u MB", amount);
        break;
    case 1:
        add(d, "storageCapacity >= %u.%03u GB", amount / 1000, amount % 1000);
        break;
    case 2:
        add(d, "storageCapacity >= %u.%06u TB", amount / 1000000, amount % 1000000);
        break;
    default: /* rounded up: capacities are whole bytes */
        *least = ((UINT64_C(1) << 30) * amount + 999) / 1000;
        add(d, "storageCapacity >= %u.%03u GiB", amount / 1000, amount % 1000);
    }
}

/* 11,200 combinations; a step that shares no factor with that visits each once. */
static void write_page(struct drawing *d, enum bench_set set)
{
    static const char *const optional[] = {"gpuCount", "region",        "latencyMs",
                                           "cpuCount", "bandwidthMbps", "hypervisor",
                                           "storageTB"};
    unsigned rest = (unsigned)(d->number * UINT64_C(7919) % 11200);
    unsigned country = rest % BENCH_COUNTRIES;
    rest /= BENCH_COUNTRIES;
    struct bench_order *order = &d->request->order;
    order->offset = rest % 10;
    rest /= 10;
    order->price_down = rest & 1;
    order->name_down = rest & 2;
    d->request->want.countries = UINT64_C(1) << country;
    const char *has = optional[rest / 4];
    const char *place = bench_countries[country][2];
    add(d, PREFIXES "SELECT ?n ?p ?g WHERE { ");
    if (set == BENCH_PLAIN)
        add(d,
            "?c :tierCountries place:%s ; :cloudName ?n ; :pricePerGB ?p . "
            "OPTIONAL { ?c :%s ?g }",
            place, has);
    else
        add(d,
            "?c :cloudName ?n ; :offers ?o . ?o :tierCountries place:%s ; :pricePerGB ?p . "
            "OPTIONAL { ?o :%s ?g }",
            place, has);
    add(d, " } ORDER BY %s %s LIMIT %d OFFSET %u", order->price_down ? "DESC(?p)" : "?p",
        order->name_down ? "DESC(?n)" : "?n", BENCH_PAGE, order->offset);
}

/* q1 as one would write it who knows the concepts' IRIs: narrower ones are not asked for. */
static void write_q1(struct drawing *d, enum bench_set set, unsigned country)
{
    static const char *const methods[BENCH_METHODS] = {"AMQP", "UDT",   "HTTP",
                                                       "FTP",  "rsync", "GridFTP"};
    unsigned method = bench_below(&d->stream, BENCH_METHODS);
    unsigned protocol = bench_below(&d->stream, BENCH_PROTOCOLS);
    uint32_t least = 999900001 + d->number * 9 + bench_below(&d->stream, 9);
    struct bench_want *want = &d->request->want;
    want->countries = UINT64_C(1) << country;
    want->methods = (uint8_t)(1u << method);
    want->protocols = (uint8_t)(1u << protocol);
    want->availability_min = least;
    want->replication_min = 5;
    const char *subject = set == BENCH_PLAIN ? "?c" : "?o";
    add(d, PREFIXES SCHEME_PREFIXES "SELECT %s?n WHERE { ?c :cloudName ?n . ",
        set == BENCH_PLAIN ? "" : "DISTINCT ");
    if (set != BENCH_PLAIN)
        add(d, "?c :offers ?o . ");
    add(d,
        "%s :tierCountries place:%s ; :StorageReplicationMethod replication:%s ; "
        ":InterCloudStorageAccess protocol:%s ; :availabilityQuantity ?a ; "
        ":replicationFactor ?r . FILTER (?a >= %u.%07u) FILTER (?r >= 5) }",
        subject, bench_countries[country][2], methods[method], bench_protocols[protocol],
        least / 10000000, least % 10000000);
}

static void begin(struct drawing *d, struct bench_request *request)
{
    *request = (struct bench_request){.want.price_max = BENCH_PRICES};
    d->request = request;
}

void bench_request_draw(enum bench_set set, enum bench_shape shape, bool wide, unsigned number,
                        struct bench_request *request)
{
    struct drawing d = {.mixed = set == BENCH_WITH_OFFERS, .wide = wide, .number = number};
    d.stream.state =
        (number + 1) * (2 * (uint64_t)shape + 1 + wide) * UINT64_C(0xA0761D6478BD642F);
    begin(&d, request);
    unsigned country = bench_below(&d.stream, BENCH_COUNTRIES);
    switch (shape) {
    case BENCH_Q1:
        ask_country(&d, country);
        ask_method(&d);
        ask_protocol(&d);
        ask_availability(&d, 999900000, 999990000);
        ask_replication(&d, 5);
        break;
    case BENCH_Q2:
        ask_country(&d, country);
        ask_country(&d, (country + 1 + bench_below(&d.stream, BENCH_COUNTRIES - 1)) %
                            BENCH_COUNTRIES);
        ask_method(&d);
        ask_protocol(&d);
        ask_availability(&d, 999000000, 999500000);
        ask_replication(&d, 6);
        break;
    case BENCH_Q3:
        ask_availability(&d, 999000000, 999500000);
        ask_replication(&d, 4);
        break;
    case BENCH_Q4:
        write_page(&d, set);
        break;
    case BENCH_RANGE:
        ask_price(&d);
        break;
    case BENCH_Q1_SPARQL:
        write_q1(&d, set, country);
        break;
    case BENCH_UNITS:
    case BENCH_SHAPES:
        ask_country(&d, country);
        ask_protocol(&d);
        ask_capacity(&d);
    }
}

void bench_request_paper(enum bench_shape shape, struct bench_request *request)
{
    static const char *const texts[BENCH_SHAPES] = {
        "availabilityQuantity 99.999; replicationFactor 5; tierCountries JAPAN; "
        "StorageReplicationMethod AMQP; InterCloudStorageAccess NFS",
        "availabilityQuantity 99.95; replicationFactor 6; tierCountries JAPAN; tierCountries "
        "ICELAND; StorageReplicationMethod AMQP; InterCloudStorageAccess NFS",
        "availabilityQuantity 99.95; replicationFactor 4",
        PREFIXES "SELECT ?n ?p ?g WHERE { ?c :tierCountries place:JP ; :cloudName ?n ; "
                 ":pricePerGB ?p . OPTIONAL { ?c :gpuCount ?g } } ORDER BY ?p ?n LIMIT 10",
        "pricePerGB <= 0.9999",
        "storageCapacity >= 500 GB; tierCountries JAPAN; InterCloudStorageAccess NFS",
        PREFIXES SCHEME_PREFIXES
        "SELECT ?n WHERE { ?c :cloudName ?n ; :tierCountries place:JP ; "
        ":StorageReplicationMethod replication:AMQP ; :InterCloudStorageAccess protocol:NFS ; "
        ":availabilityQuantity ?a ; :replicationFactor ?r . FILTER (?a >= 99.999) "
        "FILTER (?r >= 5) }"};
    const uint64_t japan = 1, iceland = UINT64_C(1) << 39;
    static const uint32_t none = BENCH_PRICES;
    const struct bench_want q1 = {.countries = japan,
                                  .availability_min = 999990000,
                                  .replication_min = 5,
                                  .methods = 1,
                                  .protocols = 1,
                                  .price_max = none};
    const struct bench_want wants[BENCH_SHAPES] = {
        q1,
        {.countries = japan | iceland,
         .availability_min = 999500000,
         .replication_min = 6,
         .methods = 1,
         .protocols = 1,
         .price_max = none},
        {.availability_min = 999500000, .replication_min = 4, .price_max = none},
        {.countries = japan, .price_max = none},
        {.price_max = 9999},
        {.countries = japan,
         .protocols = 1,
         .capacity_min = UINT64_C(500000000000),
         .price_max = none},
        q1};
    *request = (struct bench_request){.want = wants[shape]};
    snprintf(request->text, sizeof request->text, "%s", texts[shape]);
}
