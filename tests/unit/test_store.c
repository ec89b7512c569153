/* SPDX-License-Identifier: Apache-2.0 */
/* The store: transactions, the dictionary, postings against a plain set, entries and their
 * indexes, records that are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/dictionary.h"
#include "catalog/entries.h"
#include "catalog/postings.h"
#include "catalog/records.h"
#include "catalog/store.h"

struct fixture {
    char directory[64];
    struct store store;
    struct ic_error error;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->directory, "/tmp/intercloud-store-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(store_open(&f->store, f->directory, true, &f->error), IC_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    store_close(&f->store);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f);
    return code;
}

static uint64_t seed_of_test(void)
{
    const char *given = getenv("INTERCLOUD_TEST_SEED");
    const uint64_t seed = given ? strtoull(given, NULL, 10) : 20240229;
    print_message("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % limit;
}

static void aborted_writes_are_gone(void **state)
{
    struct fixture *f = *state;
    uint64_t first, value;
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    assert_int_equal(store_take(&f->store, "n", 5, &first, &f->error), IC_OK);
    assert_int_equal(first, 1);
    store_abort(&f->store);
    assert_int_equal(store_get_number(&f->store, "n", &value, &f->error), IC_OK);
    assert_int_equal(value, 0);
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    store_take(&f->store, "n", 5, &first, &f->error);
    assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
    store_get_number(&f->store, "n", &value, &f->error);
    assert_int_equal(value, 5);
}

static void terms_come_back_as_they_were(void **state)
{
    struct fixture *f = *state;
    char *large = malloc(100001);
    memset(large, 'x', 100000);
    large[100000] = '\0';
    const struct ic_term terms[] = {
        ic_term_iri("http://x.org/"),
        {.kind = IC_BLANK, .text = "http://x.org/", .length = 13},
        ic_term_literal("http://x.org/", NULL),
        ic_term_literal("http://x.org/", IC_XSD_DECIMAL),
        {.kind = IC_LITERAL, .text = "a", .length = 1, .language = "en-GB"},
        {.kind = IC_LITERAL, .text = "", .length = 0},
        ic_term_literal(large, NULL),
    };
    enum { COUNT = sizeof terms / sizeof terms[0] };
    uint64_t ids[COUNT], again;
    struct ic_arena *arena = ic_arena_new();
    store_begin(&f->store, &f->error);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(dictionary_find(&f->store, &terms[i], &again, &f->error), IC_OK);
        assert_int_equal(again, 0);
        assert_int_equal(dictionary_add(&f->store, &terms[i], &ids[i], &f->error), IC_OK);
        assert_int_equal(ids[i], i + 1);
    }
    store_commit(&f->store, &f->error);
    for (int i = 0; i < COUNT; i++) {
        struct ic_term term;
        assert_int_equal(dictionary_find(&f->store, &terms[i], &again, &f->error), IC_OK);
        assert_int_equal(again, ids[i]);
        assert_int_equal(dictionary_get(&f->store, ids[i], arena, &term, &f->error), IC_OK);
        assert_true(ic_term_equal(&term, &terms[i]));
    }
    struct ic_term none;
    assert_int_equal(dictionary_get(&f->store, 999, arena, &none, &f->error), IC_CORRUPT);
    ic_arena_free(arena);
    free(large);
}

/* Random adds and removes over three chunks, compared with a plain array. */
static void postings_are_sets(void **state)
{
    enum { ORDINALS = 3 * POSTING_CHUNK_ORDINALS, ROUNDS = 9000 };
    struct fixture *f = *state;
    uint64_t seed = seed_of_test();
    bool *expected = calloc(ORDINALS, sizeof *expected);
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    for (int i = 0; i < ROUNDS; i++) {
        const bool add = random_below(&seed, 4) != 0;
        const uint32_t ordinal = random_below(&seed, i % 2 ? ORDINALS : 400);
        expected[ordinal] = add;
        assert_int_equal(
            (add ? posting_add : posting_remove)(&f->store, 7, 9, ordinal, &f->error), IC_OK);
    }
    assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
    roaring_bitmap_t *read = roaring_bitmap_create();
    assert_int_equal(posting_read(&f->store, 7, 9, read, &f->error), IC_OK);
    for (uint32_t i = 0; i < ORDINALS; i++)
        assert_int_equal(roaring_bitmap_contains(read, i), expected[i]);
    roaring_bitmap_free(read);
    free(expected);
}

static void an_empty_posting_leaves_no_trace(void **state)
{
    struct fixture *f = *state;
    struct store_scan scan;
    bool found;
    store_begin(&f->store, &f->error);
    posting_add(&f->store, 7, 9, 1, &f->error);
    posting_add(&f->store, 7, 9, 5000, &f->error);
    posting_remove(&f->store, 7, 9, 1, &f->error);
    assert_int_equal(posting_remove(&f->store, 7, 9, 5000, &f->error), IC_OK);
    store_commit(&f->store, &f->error);
    const enum store_database databases[] = {STORE_POSTINGS, STORE_OBJECTS};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            store_scan_open(&f->store, databases[i], "", 0, NULL, 0, &scan, &f->error), IC_OK);
        assert_int_equal(store_scan_next(&scan, &found, &f->error), IC_OK);
        assert_false(found);
        store_scan_close(&scan);
    }
}

static void damaged_postings_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {{"", 0}, {"\0", 1}, {"\x10\x00", 2}, {"\0\2\0\1", 4}, {"\0\1\0\1", 4}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(posting_unpack(bad[i].bytes, bad[i].size, 0, NULL, NULL, NULL),
                         IC_CORRUPT);
    unsigned char empty_bitset[512] = {0};
    assert_int_equal(posting_unpack(empty_bitset, 512, 0, NULL, NULL, NULL), IC_CORRUPT);
}

static void entries_move_their_postings(void **state)
{
    struct fixture *f = *state;
    struct entry entry = {
        .advertisement = 1, .subject = 3, .stated_subject = 3, .kind = ENTRY_CLOUD};
    roaring_bitmap_t *bitmap = roaring_bitmap_create();
    bool found;
    store_begin(&f->store, &f->error);
    entry_add(&entry, (struct entry_fact){.predicate = 5, .object = 6, .flags = IC_STATED},
              NULL);
    entry_add(&entry, (struct entry_fact){5, 7, 8, IC_NORMALISED}, NULL);
    entry_add(&entry, (struct entry_fact){5, 7, 9, IC_NORMALISED}, NULL);
    entry_sort(&entry);
    assert_int_equal(entry.fact_count, 3);
    assert_true(entry_repeats(&entry, 2));
    assert_int_equal(entry_write(&f->store, 11, &entry, &f->error), IC_OK);
    posting_read(&f->store, 5, 0, bitmap, &f->error);
    assert_int_equal(roaring_bitmap_get_cardinality(bitmap), 1);

    entry.facts[0].object = 60; /* 6 leaves, 60 comes */
    entry_sort(&entry);
    assert_int_equal(entry_write(&f->store, 11, &entry, &f->error), IC_OK);
    roaring_bitmap_clear(bitmap);
    posting_read(&f->store, 5, 6, bitmap, &f->error);
    assert_true(roaring_bitmap_is_empty(bitmap));
    posting_read(&f->store, 5, 60, bitmap, &f->error);
    assert_true(roaring_bitmap_contains(bitmap, 11));

    struct entry read = {.facts = NULL};
    assert_int_equal(entry_read(&f->store, 11, &read, &found, &f->error), IC_OK);
    assert_int_equal(read.fact_count, 3);
    assert_int_equal(read.facts[0].original, 8);
    assert_int_equal(entry_write(&f->store, 11, NULL, &f->error), IC_OK);
    assert_int_equal(entry_read(&f->store, 11, &read, &found, &f->error), IC_OK);
    assert_false(found);
    roaring_bitmap_clear(bitmap);
    posting_read(&f->store, 5, 0, bitmap, &f->error);
    posting_read(&f->store, POSTING_LIVE, 0, bitmap, &f->error);
    assert_true(roaring_bitmap_is_empty(bitmap));
    store_commit(&f->store, &f->error);
    entry_free(&read);
    entry_free(&entry);
    roaring_bitmap_free(bitmap);
}

/* Every cut and every changed byte of a record is an error or another record, never a crash or
 * a read beyond its end (which ASan would see). */
static void damaged_records_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct advertisement record = {.number = 1,
                                         .version = 300,
                                         .cloud_name = "cloud",
                                         .owner = "a@a.org",
                                         .format = "",
                                         .audience = "all",
                                         .digest = "00",
                                         .entry_room = 2,
                                         .entry_count = 2};
    struct store_value value = {.data = NULL};
    unsigned char key[8];
    bool found;
    store_begin(&f->store, &f->error);
    assert_int_equal(advertisement_write(&f->store, &record, &f->error), IC_OK);
    store_commit(&f->store, &f->error);
    put_u64(key, 1);
    assert_int_equal(
        store_get(&f->store, STORE_ADVERTISEMENTS, key, 8, &value, &found, &f->error), IC_OK);
    assert_true(found);
    struct ic_arena *arena = ic_arena_new();
    for (size_t size = 0; size < value.size; size++) {
        struct advertisement read;
        unsigned char *cut = malloc(size + 1);
        memcpy(cut, value.data, size);
        cut = realloc(cut, size ? size : 1);
        assert_int_equal(advertisement_decode(cut, size, 1, arena, &read, &f->error),
                         IC_CORRUPT);
        free(cut);
    }
    for (size_t i = 0; i < value.size; i++) {
        struct advertisement read;
        ((unsigned char *)value.data)[i] ^= 0xFF;
        const enum ic_status status =
            advertisement_decode(value.data, value.size, 1, arena, &read, &f->error);
        assert_true(status == IC_OK || status == IC_CORRUPT);
        ((unsigned char *)value.data)[i] ^= 0xFF;
    }
    ic_arena_free(arena);
    store_value_free(&value);
}

static void numbers_pack_and_unpack(void **state)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 16384, UINT32_MAX, UINT64_MAX};
    struct encoder out = {.data = NULL};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        encode_number(&out, numbers[i]);
    struct decoder in = decoder_of(out.data, out.size);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(decode_number(&in) == numbers[i]);
    assert_true(decoder_done(&in));
    assert_int_equal(decode_number(&in), 0);
    assert_false(decoder_done(&in));
    encoder_free(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(aborted_writes_are_gone),
        TEST(terms_come_back_as_they_were),
        TEST(postings_are_sets),
        TEST(an_empty_posting_leaves_no_trace),
        TEST(damaged_postings_are_refused),
        TEST(entries_move_their_postings),
        TEST(damaged_records_are_refused),
        cmocka_unit_test(numbers_pack_and_unpack),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
