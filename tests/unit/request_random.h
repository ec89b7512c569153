/* SPDX-License-Identifier: Apache-2.0 */
/* Random requests for the round-trip tests, built without a parser. */
#ifndef IC_TESTS_REQUEST_RANDOM_H
#define IC_TESTS_REQUEST_RANDOM_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "catalog/request_internal.h"

struct random {
    uint64_t state;
};

/* xorshift64* */
static inline uint64_t random_next(struct random *random)
{
    random->state ^= random->state >> 12;
    random->state ^= random->state << 25;
    random->state ^= random->state >> 27;
    return random->state * 2685821657736338717ULL;
}

static inline size_t random_below(struct random *random, size_t bound)
{
    return (size_t)((random_next(random) >> 33) % bound);
}

static inline bool random_chance(struct random *random, size_t one_in)
{
    return random_below(random, one_in) == 0;
}

/* From $INTERCLOUD_TEST_SEED, else the time; printed, so that a failure can be repeated. */
static inline struct random random_seeded(void)
{
    const char *text = getenv("INTERCLOUD_TEST_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    printf("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)seed);
    struct random random = {seed * 0x9e3779b97f4a7c15ULL + 1};
    for (int i = 0; i < 8; i++)
        random_next(&random);
    return random;
}

static const char *random_text(struct random *random, struct ic_request *request, bool controls)
{
    static const char *const pieces[] = {
        "a", "Z",   "7",        " ",   "\n", "\t",   "\r", "\"",   "\\",          "\\u0041",
        "'", ";",   "(",        ")",   "{",  "}",    ",",  "<",    ">",           "=",
        "!", "&",   "&lt;",     "]]>", "é",  "日本", "😀",  "\x7f", "or",          "in",
        "-", "\\n", "\xc2\x85", "#",   "GB", "%",    "?x", ".",    "\xe2\x80\xa8"};
    static const char *const whole[] = {
        "",       "or", "not",  "in",     "within", "exists", "weight", "offer",        "limit",
        "prefer", "5",  "-0.5", "99.999", "1e3",    "+7",     " JP ",   "<http://a/b>", ">=5"};
    static const char *const control_pieces[] = {"\x01", "\x1b[2J", "\x02"};
    char text[256] = "";
    if (random_chance(random, 3))
        return ic_arena_strdup(request->arena,
                               whole[random_below(random, sizeof whole / sizeof *whole)]);
    for (size_t n = random_below(random, 8) + 1; n > 0; n--)
        strcat(text, pieces[random_below(random, sizeof pieces / sizeof *pieces)]);
    if (controls && random_chance(random, 4))
        strcat(text, control_pieces[random_below(random, 3)]);
    return ic_arena_strdup(request->arena, text);
}

static inline struct ic_request_value random_value(struct random *random,
                                                   struct ic_request *request, bool controls)
{
    static const char *const numbers[] = {"500", "0.05", "-1", "+2.5e3", "99.999"};
    static const char *const units[] = {"GB", "USD/h", "in", "weight", "not", "%", "m²"};
    struct ic_request_value value = {0};
    if (random_chance(random, 4)) {
        value.text = numbers[random_below(random, 5)];
        value.unit = units[random_below(random, 7)];
    } else {
        value.text = random_text(random, request, controls);
    }
    return value;
}

static const char *random_attribute(struct random *random)
{
    static const char *const names[] = {"availabilityQuantity",
                                        "tierCountries",
                                        "in",
                                        "exists",
                                        "weight",
                                        "within",
                                        "gx:name",
                                        "lowest",
                                        "größe",
                                        "<http://example.org/a;b(c),{d}>",
                                        "x-1.2",
                                        "a'b"};
    return names[random_below(random, sizeof names / sizeof *names)];
}

static inline void random_constraint(struct random *random, struct ic_request *request,
                                     struct ic_group *group, bool controls)
{
    struct ic_constraint constraint = {0};
    do {
        struct ic_simple simple = {.negated = random_chance(random, 4),
                                   .attribute = random_attribute(random),
                                   .op = (enum ic_operator)random_below(random, 13)};
        const bool exists = simple.op == IC_OP_EXISTS || simple.op == IC_OP_NOT_EXISTS;
        size_t count = exists ? 0 : random_chance(random, 2) ? 1 : random_below(random, 5) + 1;
        for (; count > 0; count--) {
            const struct ic_request_value value = random_value(random, request, controls);
            assert(ic_request_add_value(request, &simple, &value, NULL) == IC_OK);
        }
        assert(ic_request_add_simple(request, &constraint, &simple, NULL) == IC_OK);
    } while (random_chance(random, 3));
    assert(ic_request_add_constraint(request, group, &constraint, NULL) == IC_OK);
}

static inline void random_preference(struct random *random, struct ic_request *request,
                                     bool controls)
{
    struct ic_preference preference = {.kind = (enum ic_preference_kind)random_below(random, 4),
                                       .attribute = random_attribute(random),
                                       .weight = random_chance(random, 2) ? "2.5" : NULL};
    if (preference.kind == IC_PREFER_NEAR || preference.kind == IC_PREFER_HAVING)
        preference.value = random_value(random, request, controls);
    assert(ic_request_add_preference(request, &preference, NULL) == IC_OK);
}

/* A request that uses the whole grammar. `controls`: also characters that XML cannot carry. */
static inline struct ic_request *random_request(struct random *random, bool controls)
{
    struct ic_request *request = NULL;
    assert(ic_request_new("random", &request, NULL) == IC_OK);
    for (size_t n = random_below(random, 4) + 1; n > 0; n--)
        random_constraint(random, request, &request->main, controls);
    for (size_t n = random_chance(random, 3) ? random_below(random, 3) : 0; n > 0; n--) {
        struct ic_group group = {0};
        for (size_t m = random_below(random, 3) + 1; m > 0; m--)
            random_constraint(random, request, &group, controls);
        assert(ic_request_add_group(request, &group, NULL) == IC_OK);
    }
    for (size_t n = random_chance(random, 3) ? random_below(random, 3) : 0; n > 0; n--)
        random_preference(random, request, controls);
    if (random_chance(random, 3))
        request->limit = random_below(random, 1000) + 1;
    return request;
}

#endif
