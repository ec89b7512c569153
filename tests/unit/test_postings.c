/* SPDX-License-Identifier: Apache-2.0 */
/* Postings and their cache against plain sets: random changes, ranges, eviction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/posting_cache.h"
#include "catalog/postings.h"
#include "catalog/store.h"
#include "catalog/term_id.h"

enum { PROPERTIES = 3, OBJECTS = 24, ORDINALS = 20000 };

struct fixture {
    char directory[64];
    struct store store;
    struct posting_cache *cache;
    uint64_t properties[PROPERTIES], objects[OBJECTS];
    bool model[PROPERTIES][OBJECTS][ORDINALS];
    struct ic_error error;
};

static uint64_t number_id(const char *text, const char *datatype)
{
    const struct ic_term term = {
        .kind = IC_LITERAL, .text = text, .length = strlen(text), .datatype = datatype};
    uint64_t id;
    assert_true(term_id_of_inline(&term, &id));
    return id;
}

static int setup(void **state)
{
    static const char *const decimals[] = {"-2.5", "-1.0", "0.0",  "0.25", "1.0",
                                           "1.5",  "9.0",  "10.0", "99.9"};
    static const char *const integers[] = {"-1", "0", "1", "10", "1000"};
    struct fixture *f = calloc(1, sizeof *f);
    size_t count = 0;
    strcpy(f->directory, "/tmp/intercloud-postings-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(store_open(&f->store, f->directory, true, NULL, &f->error), IC_OK);
    assert_int_equal(posting_cache_new(1024 * 1024, &f->cache, &f->error), IC_OK);
    f->store.postings = f->cache;
    for (size_t i = 0; i < PROPERTIES; i++)
        f->properties[i] = (i * 300 + 1) << 2; /* short and long keys */
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
        f->objects[count++] = number_id(decimals[i], IC_XSD_DECIMAL);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        f->objects[count++] = number_id(integers[i], IC_NS_XSD "integer");
    for (uint64_t id = 1; count < OBJECTS; id = id * 7 + 1)
        f->objects[count++] = id << 2;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    f->store.postings = NULL;
    posting_cache_free(f->cache);
    store_close(&f->store);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f);
    return code;
}

static uint32_t next_random(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % limit;
}

/* One transaction of changes; a tenth of them are given up. */
static void change(struct fixture *f, uint64_t *seed)
{
    const bool keep = next_random(seed, 10) != 0;
    const uint32_t count = next_random(seed, 400);
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t p = next_random(seed, PROPERTIES), o = next_random(seed, OBJECTS);
        /* Some values are dense, some rare. */
        const uint32_t ordinal = o % 3 == 0   ? next_random(seed, 600)
                                 : o % 3 == 1 ? next_random(seed, 40) * 500
                                              : next_random(seed, ORDINALS);
        const bool add = next_random(seed, 3) != 0;
        assert_int_equal((add ? posting_add : posting_remove)(
                             &f->store, f->properties[p], f->objects[o], ordinal, &f->error),
                         IC_OK);
        if (keep)
            f->model[p][o][ordinal] = add;
    }
    if (keep) {
        assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
        posting_cache_apply(f->cache);
    } else {
        store_abort(&f->store);
        posting_cache_discard(f->cache);
    }
    if (posting_cache_is_full(f->cache))
        posting_cache_evict(f->cache);
}

static roaring_bitmap_t *model_set(const struct fixture *f, size_t p, size_t o)
{
    roaring_bitmap_t *set = roaring_bitmap_create();
    for (uint32_t i = 0; i < ORDINALS; i++)
        if (f->model[p][o][i])
            roaring_bitmap_add(set, i);
    return set;
}

static void check_pair(struct fixture *f, size_t p, size_t o)
{
    roaring_bitmap_t *expected = model_set(f, p, o), *found = roaring_bitmap_create();
    const struct posting_slot *slot;
    bool kept;
    assert_int_equal(posting_read(&f->store, f->properties[p], f->objects[o], found, &f->error),
                     IC_OK);
    assert_true(roaring_bitmap_equals(expected, found));
    roaring_bitmap_free(found);
    assert_int_equal(posting_cache_slot(f->cache, &f->store, f->properties[p], f->objects[o],
                                        &slot, &kept, &f->error),
                     IC_OK);
    found = slot->bits ? roaring_bitmap_copy(slot->bits)
                       : roaring_bitmap_of_ptr(slot->count, slot->list);
    assert_true(roaring_bitmap_equals(expected, found));
    roaring_bitmap_free(found);
    roaring_bitmap_free(expected);
    if (!kept) {
        posting_slot_free((struct posting_slot *)(uintptr_t)slot);
        free((void *)(uintptr_t)slot);
    }
}

static bool in_range(uint64_t object, const struct value_range *range)
{
    struct value_key key;
    if (!term_id_has_value(object))
        return false;
    term_id_value_key(object, &key);
    const int low = range->low ? value_key_compare(&key, range->low) : 1;
    const int high = range->high ? value_key_compare(&key, range->high) : -1;
    return low >= (range->above_low ? 1 : 0) && high <= (range->below_high ? -1 : 0);
}

static void check_range(struct fixture *f, size_t p, uint64_t *seed)
{
    struct value_key low, high;
    struct value_range range = {.above_low = next_random(seed, 2),
                                .below_high = next_random(seed, 2)};
    const uint64_t one = f->objects[next_random(seed, 14)],
                   other = f->objects[next_random(seed, 14)];
    term_id_value_key(one, &low);
    term_id_value_key(other, &high);
    range.low = next_random(seed, 4) ? &low : NULL;
    range.high = next_random(seed, 4) ? &high : NULL;

    roaring_bitmap_t *expected = roaring_bitmap_create(), *found = roaring_bitmap_create();
    for (size_t o = 0; o < OBJECTS; o++)
        if (in_range(f->objects[o], &range)) {
            roaring_bitmap_t *set = model_set(f, p, o);
            roaring_bitmap_or_inplace(expected, set);
            roaring_bitmap_free(set);
        }
    assert_int_equal(posting_read_range(&f->store, f->properties[p], &range, found, &f->error),
                     IC_OK);
    assert_true(roaring_bitmap_equals(expected, found));
    roaring_bitmap_free(found);

    struct posting_index *index;
    size_t first, last;
    bool kept;
    assert_int_equal(
        posting_cache_index(f->cache, &f->store, f->properties[p], &index, &kept, &f->error),
        IC_OK);
    assert_int_equal(posting_index_range(index, &f->store, &range, &first, &last, &f->error),
                     IC_OK);
    assert_int_equal(posting_index_union(index, first, last, &found, &f->error), IC_OK);
    assert_true(roaring_bitmap_equals(expected, found));
    roaring_bitmap_free(found);
    roaring_bitmap_free(expected);
    if (!kept) {
        posting_index_free(index);
        free(index);
    }
}

static void check_stated(struct fixture *f, size_t p)
{
    roaring_bitmap_t *once = roaring_bitmap_create(), *twice = roaring_bitmap_create();
    const roaring_bitmap_t *stated, *repeated;
    for (uint32_t i = 0; i < ORDINALS; i++) {
        int values = 0;
        for (size_t o = 0; o < OBJECTS; o++)
            values += f->model[p][o][i];
        if (values)
            roaring_bitmap_add(once, i);
        if (values > 1)
            roaring_bitmap_add(twice, i);
    }
    assert_int_equal(
        posting_cache_stated(f->cache, f->properties[p], &stated, &repeated, &f->error), IC_OK);
    if (stated) {
        assert_true(roaring_bitmap_equals(once, stated));
        assert_true(roaring_bitmap_equals(twice, repeated));
    }
    roaring_bitmap_free(once);
    roaring_bitmap_free(twice);
}

static void postings_and_cache_are_sets(void **state)
{
    enum { ROUNDS = 60 };
    struct fixture *f = *state;
    const char *given = getenv("INTERCLOUD_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20240229;
    print_message("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)seed);
    for (int round = 0; round < ROUNDS; round++) {
        change(f, &seed);
        for (int i = 0; i < 8; i++)
            check_pair(f, next_random(&seed, PROPERTIES), next_random(&seed, OBJECTS));
        for (int i = 0; i < 4; i++)
            check_range(f, next_random(&seed, PROPERTIES), &seed);
        if (round % 8 == 7)
            check_stated(f, next_random(&seed, PROPERTIES));
    }
    for (size_t p = 0; p < PROPERTIES; p++)
        for (size_t o = 0; o < OBJECTS; o++)
            check_pair(f, p, o);
}

static void properties_are_listed(void **state)
{
    struct fixture *f = *state;
    uint64_t *properties;
    size_t count;
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    posting_add(&f->store, POSTING_MARKS, POSTING_LIVE, 1, &f->error);
    posting_add(&f->store, 400000, 8, 1, &f->error);
    posting_add(&f->store, 8, f->objects[0], 1, &f->error);
    posting_add(&f->store, 8, 12, 2, &f->error);
    assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
    assert_int_equal(posting_properties(&f->store, &properties, &count, &f->error), IC_OK);
    assert_int_equal(count, 2);
    assert_int_equal(properties[0], 8);
    assert_int_equal(properties[1], 400000);
    free(properties);
}

/* Writes a record that no posting has and expects every reader to refuse it. */
static void damaged_records_are_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *key;
        size_t key_size;
        const char *record;
        size_t size;
    } bad[] = {
        {"\x02\x00\x08\x00", 4, "\x01\x00\x00", 3},                     /* not whole ordinals */
        {"\x02\x00\x08\x00", 4, "\x05\x00\x00\x00\x04\x00\x00\x00", 8}, /* not ascending */
        {"\x02\x00\x08\x01", 4, "\x00\x10", 2},                         /* beyond the chunk */
        {"\x02\x00\x08\x01", 4, "", 0},                                 /* empty */
        {"\x02\x00\x08\xF9\x01", 5, "\x00\x00", 2},                     /* key cut short */
        {"\x02\x00", 2, "\x00\x00", 2},
        {"\x02\x99\x01\x03\x00", 5, "\x00\x00\x00\x00", 4}, /* a value without its end */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        roaring_bitmap_t *found = roaring_bitmap_create();
        assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
        assert_int_equal(store_put(&f->store, STORE_POSTINGS, bad[i].key, bad[i].key_size,
                                   bad[i].record, bad[i].size, &f->error),
                         IC_OK);
        const enum ic_status status = posting_read(&f->store, 8, 0, found, &f->error);
        if (status != IC_CORRUPT)
            fail_msg("record %zu: %d", i, (int)status);
        store_abort(&f->store);
        roaring_bitmap_free(found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(postings_and_cache_are_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(properties_are_listed, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_records_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("postings", tests, NULL, NULL);
}
