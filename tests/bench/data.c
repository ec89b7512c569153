/* SPDX-License-Identifier: Apache-2.0 */
/* The benches' clouds: tables of what they can state, and the draw of one cloud. */
#include "data.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Each as most write it, as the ontology labels it, as ISO 3166-1 codes it. */
const char *const bench_countries[BENCH_COUNTRIES][BENCH_SPELLINGS] = {
    {"JAPAN", "Japan", "JP"},
    {"USA", "United States", "US"},
    {"GERMANY", "Germany", "DE"},
    {"FRANCE", "France", "FR"},
    {"UK", "United Kingdom", "GB"},
    {"ITALY", "Italy", "IT"},
    {"SPAIN", "Spain", "ES"},
    {"PORTUGAL", "Portugal", "PT"},
    {"INDIA", "India", "IN"},
    {"CHINA", "China", "CN"},
    {"KOREA", "South Korea", "KR"},
    {"SINGAPORE", "Singapore", "SG"},
    {"AUSTRALIA", "Australia", "AU"},
    {"BRAZIL", "Brazil", "BR"},
    {"CANADA", "Canada", "CA"},
    {"MEXICO", "Mexico", "MX"},
    {"NORWAY", "Norway", "NO"},
    {"SWEDEN", "Sweden", "SE"},
    {"FINLAND", "Finland", "FI"},
    {"DENMARK", "Denmark", "DK"},
    {"IRELAND", "Ireland", "IE"},
    {"NETHERLANDS", "Netherlands", "NL"},
    {"BELGIUM", "Belgium", "BE"},
    {"AUSTRIA", "Austria", "AT"},
    {"SWITZERLAND", "Switzerland", "CH"},
    {"POLAND", "Poland", "PL"},
    {"CZECHIA", "Czechia", "CZ"},
    {"HUNGARY", "Hungary", "HU"},
    {"ROMANIA", "Romania", "RO"},
    {"GREECE", "Greece", "GR"},
    {"TURKEY", "Turkey", "TR"},
    {"ISRAEL", "Israel", "IL"},
    {"EGYPT", "Egypt", "EG"},
    {"KENYA", "Kenya", "KE"},
    {"NIGERIA", "Nigeria", "NG"},
    {"CHILE", "Chile", "CL"},
    {"ARGENTINA", "Argentina", "AR"},
    {"INDONESIA", "Indonesia", "ID"},
    {"MALAYSIA", "Malaysia", "MY"},
    {"ICELAND", "Iceland", "IS"},
};
const char *const bench_methods[BENCH_METHODS] = {"AMQP", "UDT",   "HTTP",
                                                  "FTP",  "RSYNC", "GRIDFTP"};
const char *const bench_protocols[BENCH_PROTOCOLS] = {"NFS", "CIFS",   "iSCSI",
                                                      "S3",  "WebDAV", "FTP"};
const char *const bench_availabilities[BENCH_AVAILABILITIES] = {"99.0",  "99.5",  "99.9",
                                                                "99.95", "99.99", "99.999"};

static const uint32_t availability_values[BENCH_AVAILABILITIES] = {
    990000000, 995000000, 999000000, 999500000, 999900000, 999990000};
static const char *const certifications[] = {"ISO27001", "SOC2",    "PCIDSS",
                                             "HIPAA",    "FEDRAMP", "CSASTAR"};
static const char *const hypervisors[] = {"KVM", "XEN", "HYPERV", "ESXI"};
static const char *const systems[] = {"Debian", "Ubuntu", "RHEL", "SLES", "FreeBSD", "Windows"};
static const unsigned backup_hours[] = {1, 2, 4, 6, 12, 24};

#define COUNT(array) ((unsigned)(sizeof(array) / sizeof(*(array))))

uint64_t bench_next(struct bench_stream *stream)
{
    uint64_t z = stream->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

unsigned bench_below(struct bench_stream *stream, unsigned limit)
{
    return (unsigned)(bench_next(stream) % limit);
}

bool bench_set_named(const char *name, enum bench_set *set)
{
    *set = strcmp(name, "offers") == 0 ? BENCH_WITH_OFFERS : BENCH_PLAIN;
    return *set == BENCH_WITH_OFFERS || strcmp(name, "plain") == 0;
}

const char *bench_datatype(enum bench_kind kind)
{
    switch (kind) {
    case BENCH_DECIMAL:
        return BENCH_XSD "decimal";
    case BENCH_INTEGER:
        return BENCH_XSD "integer";
    case BENCH_DOUBLE:
        return BENCH_XSD "double";
    case BENCH_IRI:
    case BENCH_STRING:
        break;
    }
    return NULL;
}

/* Where a drawn resource's statements go. */
struct drawing {
    struct bench_stream stream;
    const struct bench_sink *sink;
    const char *subject;
};

static void state(struct drawing *d, const char *property, enum bench_kind kind,
                  const char *value)
{
    struct bench_fact fact = {d->subject, property, value, kind};
    if (d->sink->fact)
        d->sink->fact(d->sink->context, &fact);
}

static void __attribute__((format(printf, 4, 5)))
statef(struct drawing *d, const char *property, enum bench_kind kind, const char *format, ...)
{
    char text[BENCH_TEXT_MAX];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    state(d, property, kind, text);
}

static void state_whole(struct drawing *d, const char *property, unsigned value)
{
    statef(d, property, BENCH_INTEGER, "%u", value);
}

/* `count` different indexes below `limit`, in the order drawn; returns them as bits too. */
static uint64_t pick(struct drawing *d, unsigned limit, unsigned count, uint8_t *chosen)
{
    uint8_t left[BENCH_COUNTRIES];
    uint64_t bits = 0;
    for (unsigned i = 0; i < limit; i++)
        left[i] = (uint8_t)i;
    for (unsigned i = 0; i < count; i++, limit--) {
        unsigned at = bench_below(&d->stream, limit);
        chosen[i] = left[at];
        bits |= UINT64_C(1) << left[at];
        memmove(left + at, left + at + 1, limit - at - 1);
    }
    return bits;
}

/* States `count` different ones of `words`. */
static uint8_t state_words(struct drawing *d, const char *property, const char *const *words,
                           unsigned limit, unsigned count)
{
    uint8_t chosen[BENCH_COUNTRIES];
    uint64_t bits = pick(d, limit, count, chosen);
    for (unsigned i = 0; i < count; i++)
        state(d, property, BENCH_STRING, words[chosen[i]]);
    return (uint8_t)bits;
}

static uint64_t state_countries(struct drawing *d, bool mixed)
{
    uint8_t chosen[BENCH_COUNTRIES];
    unsigned count = 1 + bench_below(&d->stream, 4);
    uint64_t bits = pick(d, BENCH_COUNTRIES, count, chosen);
    for (unsigned i = 0; i < count; i++) {
        unsigned spelling = mixed ? bench_below(&d->stream, BENCH_SPELLINGS) : 0;
        state(d, "tierCountries", BENCH_STRING, bench_countries[chosen[i]][spelling]);
    }
    return bits;
}

static void state_price(struct drawing *d, struct bench_offer *offer)
{
    offer->price = (uint16_t)bench_below(&d->stream, BENCH_PRICES);
    statef(d, "pricePerGB", BENCH_DECIMAL, "%u.%04u", offer->price / 10000u,
           offer->price % 10000u);
}

/* What a cloud states about its machines and its operator: nothing that requests ask for. */
static void state_machines(struct drawing *d)
{
    state_whole(d, "latencyMs", 1 + bench_below(&d->stream, 250));
    state_whole(d, "cpuCount", 1u << bench_below(&d->stream, 8));
    state_whole(d, "memoryGB", 1u << bench_below(&d->stream, 11));
    state_whole(d, "storageTB", 1 + bench_below(&d->stream, 5000));
    state_whole(d, "bandwidthMbps", 100 * (1 + bench_below(&d->stream, 400)));
}

static void state_operator(struct drawing *d, uint64_t number)
{
    unsigned count = bench_below(&d->stream, 4);
    state_words(d, "certification", certifications, COUNT(certifications), count);
    count = 1 + bench_below(&d->stream, 3);
    state_words(d, "operatingSystem", systems, COUNT(systems), count);
    state(d, "hypervisor", BENCH_STRING, hypervisors[bench_below(&d->stream, 4)]);
    state_whole(d, "backupIntervalHours",
                backup_hours[bench_below(&d->stream, COUNT(backup_hours))]);
    unsigned credit = bench_below(&d->stream, 1000);
    statef(d, "slaCreditPercent", BENCH_DECIMAL, "%u.%u", credit / 10, credit % 10);
    state_whole(d, "established", 1998 + bench_below(&d->stream, 28));
    statef(d, "contactMail", BENCH_STRING, "ops%u@cloud%llu.example",
           bench_below(&d->stream, 1000000), (unsigned long long)number);
    if (bench_below(&d->stream, 2))
        statef(d, "region", BENCH_STRING, "region-%u", bench_below(&d->stream, 60));
}

static void state_gpus(struct drawing *d, struct bench_offer *offer)
{
    offer->gpus = -1;
    if (bench_below(&d->stream, 2)) {
        offer->gpus = (int8_t)bench_below(&d->stream, 9);
        state_whole(d, "gpuCount", (unsigned)offer->gpus);
    }
}

static void draw_plain(struct drawing *d, uint64_t number)
{
    struct bench_offer offer = {0};
    unsigned at = bench_below(&d->stream, BENCH_AVAILABILITIES);
    offer.availability = availability_values[at];
    state(d, "availabilityQuantity", BENCH_DECIMAL, bench_availabilities[at]);
    offer.replication = (uint8_t)(1 + bench_below(&d->stream, BENCH_REPLICATION_MAX));
    state_whole(d, "replicationFactor", offer.replication);
    offer.countries = state_countries(d, false);
    unsigned count = 1 + bench_below(&d->stream, 2);
    offer.methods =
        state_words(d, "StorageReplicationMethod", bench_methods, BENCH_METHODS, count);
    count = 1 + bench_below(&d->stream, 3);
    offer.protocols =
        state_words(d, "InterCloudStorageAccess", bench_protocols, BENCH_PROTOCOLS, count);
    state_price(d, &offer);
    state_machines(d);
    state_operator(d, number);
    state_gpus(d, &offer);
    if (d->sink->offer)
        d->sink->offer(d->sink->context, number, &offer);
}

/* The same quantity in one of six ways: three datatypes, three units. */
static void state_capacity(struct drawing *d, struct bench_offer *offer)
{
    unsigned amount = 5 * (1 + bench_below(&d->stream, 2000));
    unsigned way = bench_below(&d->stream, 6);
    offer->capacity_bytes = UINT64_C(1000000000) * amount;
    switch (way) {
    case 0:
        state_whole(d, "storageCapacity", amount);
        break;
    case 1:
        statef(d, "storageCapacity", BENCH_DECIMAL, "%u.0", amount);
        break;
    case 2:
        statef(d, "storageCapacity", BENCH_DOUBLE, "%u.0E0", amount);
        break;
    case 3:
        statef(d, "storageCapacity", BENCH_STRING, "%u GB", amount);
        break;
    case 4:
        statef(d, "storageCapacity", BENCH_STRING, "%u.%03u TB", amount / 1000, amount % 1000);
        break;
    default:
        offer->capacity_bytes = (UINT64_C(1) << 30) * amount;
        statef(d, "storageCapacity", BENCH_STRING, "%u GiB", amount);
    }
}

/* As a decimal, as a quantity with its unit, or as a double where that is exact. */
static void state_availability(struct drawing *d, struct bench_offer *offer)
{
    unsigned at = bench_below(&d->stream, BENCH_AVAILABILITIES);
    unsigned way = bench_below(&d->stream, 3);
    offer->availability = availability_values[at];
    if (way == 0)
        statef(d, "availabilityQuantity", BENCH_STRING, "%s %%", bench_availabilities[at]);
    else if (way == 1 && at < 2) /* 99.0 and 99.5 are sums of powers of two */
        statef(d, "availabilityQuantity", BENCH_DOUBLE, "%sE0", bench_availabilities[at]);
    else
        state(d, "availabilityQuantity", BENCH_DECIMAL, bench_availabilities[at]);
}

static void draw_offer(struct drawing *d, uint64_t cloud, unsigned number,
                       struct bench_offer offer)
{
    state(d, NULL, BENCH_IRI, BENCH_NAMESPACE "StorageOffer");
    statef(d, "offerName", BENCH_STRING, "tier %u", number);
    state_availability(d, &offer);
    offer.replication = (uint8_t)(1 + bench_below(&d->stream, BENCH_REPLICATION_MAX));
    state_whole(d, "replicationFactor", offer.replication);
    unsigned count = 1 + bench_below(&d->stream, 3);
    offer.protocols =
        state_words(d, "InterCloudStorageAccess", bench_protocols, BENCH_PROTOCOLS, count);
    state_price(d, &offer);
    state_capacity(d, &offer);
    state_gpus(d, &offer);
    if (d->sink->offer)
        d->sink->offer(d->sink->context, cloud, &offer);
}

static void draw_with_offers(struct drawing *d, uint64_t number)
{
    struct bench_offer shared = {0};
    shared.countries = state_countries(d, true);
    unsigned count = 1 + bench_below(&d->stream, 2);
    shared.methods =
        state_words(d, "StorageReplicationMethod", bench_methods, BENCH_METHODS, count);
    state_machines(d);
    state_operator(d, number);
    const char *cloud = d->subject;
    for (unsigned i = 0; i < BENCH_OFFERS; i++) {
        char offer[BENCH_TEXT_MAX];
        snprintf(offer, sizeof offer, "%soffer/%u", cloud, i);
        d->subject = cloud;
        state(d, "offers", BENCH_IRI, offer);
        d->subject = offer;
        draw_offer(d, number, i, shared);
    }
}

void bench_draw(enum bench_set set, uint64_t number, uint64_t redraw,
                const struct bench_sink *sink)
{
    char subject[BENCH_TEXT_MAX];
    snprintf(subject, sizeof subject, "http://cloud%llu.example/", (unsigned long long)number);
    struct drawing d = {.sink = sink, .subject = subject};
    d.stream.state = number * UINT64_C(0xD1342543DE82EF95) + 12345;
    /* Far from the seed of any other cloud, whatever the redraw. */
    if (redraw)
        d.stream.state ^= bench_next(&(struct bench_stream){redraw});
    state(&d, NULL, BENCH_IRI, BENCH_NAMESPACE "Cloud");
    statef(&d, "cloudName", BENCH_STRING, "cloud%llu", (unsigned long long)number);
    if (set == BENCH_PLAIN)
        draw_plain(&d, number);
    else
        draw_with_offers(&d, number);
}
