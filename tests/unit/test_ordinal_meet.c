/* SPDX-License-Identifier: Apache-2.0 */
/* Intersecting unions of bitmaps, against CRoaring's own operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "catalog/ordinal_meet.h"

enum { UNIONS_MAX = 5, PARTS_MAX = 6, SPAN = 5 * 65536, ROUNDS = 400 };

struct random {
    uint64_t state;
};

/* splitmix64 */
static size_t random_below(struct random *random, size_t bound)
{
    uint64_t x = random->state += 0x9e3779b97f4a7c15ULL;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return (size_t)((x ^ x >> 31) % bound);
}

static bool random_chance(struct random *random, size_t one_in)
{
    return random_below(random, one_in) == 0;
}

/* From $INTERCLOUD_TEST_SEED, else the time; printed, so that a failure can be repeated. */
static struct random random_seeded(void)
{
    const char *text = getenv("INTERCLOUD_TEST_SEED");
    const uint64_t seed = text ? strtoull(text, NULL, 10) : (uint64_t)time(NULL);
    printf("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)seed);
    return (struct random){seed};
}

/* Sparse, dense, runs, or a few places far apart. */
static roaring_bitmap_t *random_bitmap(struct random *random)
{
    roaring_bitmap_t *bitmap = roaring_bitmap_create();
    const size_t kind = random_below(random, 5);
    const uint32_t step = (uint32_t[]){2000, 60, 17, 3, 90000}[kind];
    if (random_chance(random, 12))
        return bitmap;
    for (uint32_t at = (uint32_t)random_below(random, step); at < SPAN;
         at += 1 + (uint32_t)random_below(random, 2 * (size_t)step))
        roaring_bitmap_add(bitmap, at);
    if (random_chance(random, 4)) {
        const uint32_t first = (uint32_t)random_below(random, SPAN);
        roaring_bitmap_add_range(bitmap, first, first + 1 + random_below(random, 70000));
    }
    if (random_chance(random, 3))
        roaring_bitmap_run_optimize(bitmap);
    return bitmap;
}

static void as_croaring_does(void **state)
{
    struct random random = random_seeded();
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        roaring_bitmap_t *bitmaps[UNIONS_MAX][PARTS_MAX];
        struct ordinal_union unions[UNIONS_MAX];
        const size_t count = 1 + random_below(&random, UNIONS_MAX);
        roaring_bitmap_t *expected = NULL;
        for (size_t i = 0; i < count; i++) {
            const size_t parts = random_chance(&random, 20) ? 0 : 1 + random_below(&random, 6);
            for (size_t k = 0; k < parts; k++)
                bitmaps[i][k] = random_bitmap(&random);
            unions[i] =
                (struct ordinal_union){(const roaring_bitmap_t *const *)bitmaps[i], parts};
            roaring_bitmap_t *all =
                roaring_bitmap_or_many(parts, (const roaring_bitmap_t **)bitmaps[i]);
            if (expected)
                roaring_bitmap_and_inplace(expected, all);
            else
                expected = roaring_bitmap_copy(all);
            roaring_bitmap_free(all);
        }
        roaring_bitmap_t *found = ordinal_meet(unions, count);
        assert_non_null(found);
        assert_true(roaring_bitmap_equals(found, expected));
        roaring_bitmap_free(found);
        roaring_bitmap_free(expected);
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; k < unions[i].count; k++)
                roaring_bitmap_free(bitmaps[i][k]);
    }
}

/* The last container, and what stands at both ends of one. */
static void at_the_edges(void **state)
{
    static const uint32_t edges[] = {0, 65535, 65536, UINT32_MAX - 1, UINT32_MAX};
    roaring_bitmap_t *some = roaring_bitmap_of_ptr(sizeof edges / sizeof *edges, edges);
    roaring_bitmap_t *all = roaring_bitmap_from_range(0, (uint64_t)UINT32_MAX + 1, 1);
    const roaring_bitmap_t *first = some, *second = all;
    const struct ordinal_union unions[] = {{&first, 1}, {&second, 1}};
    (void)state;
    roaring_bitmap_t *found = ordinal_meet(unions, 2);
    assert_non_null(found);
    assert_true(roaring_bitmap_equals(found, some));
    roaring_bitmap_free(found);
    roaring_bitmap_free(some);
    roaring_bitmap_free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_croaring_does),
                                       cmocka_unit_test(at_the_edges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
