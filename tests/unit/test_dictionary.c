/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary: ids and terms both ways, terms that share a hash, the cache and what an
 * abort makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/dictionary.h"
#include "catalog/siphash.h"
#include "catalog/term_cache.h"
#include "catalog/term_id.h"
#include "catalog/term_record.h"

#define DOUBLE IC_NS_XSD "double"

struct fixture {
    char directory[64];
    struct store store;
    struct ic_error error;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->directory, "/tmp/intercloud-terms-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(store_open(&f->store, f->directory, true, NULL, &f->error), IC_OK);
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

/* The same store with an empty cache. */
static void reopen(struct fixture *f)
{
    store_close(&f->store);
    assert_int_equal(store_open(&f->store, f->directory, false, NULL, &f->error), IC_OK);
}

static void begin(struct fixture *f)
{
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
}

static void commit(struct fixture *f)
{
    assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
}

static uint64_t add(struct fixture *f, const struct ic_term *term)
{
    uint64_t id;
    if (dictionary_add(&f->store, term, &id, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    return id;
}

static uint64_t find(struct fixture *f, const struct ic_term *term)
{
    uint64_t id;
    assert_int_equal(dictionary_find(&f->store, term, &id, &f->error), IC_OK);
    return id;
}

static void check_term(struct fixture *f, uint64_t id, const struct ic_term *expected)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term term;
    if (dictionary_get(&f->store, id, arena, &term, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    assert_true(ic_term_equal(&term, expected));
    assert_int_equal(strlen(term.text), term.length);
    ic_arena_free(arena);
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
        ic_term_literal("http://x.org/", "http://x.org/"),
        ic_term_literal("5e0", DOUBLE),
        ic_term_literal("5e0", "http://x.org/type"),
        {.kind = IC_LITERAL, .text = "a", .length = 1, .language = "en-GB"},
        {.kind = IC_LITERAL, .text = "a", .length = 1, .language = "en"},
        {.kind = IC_LITERAL, .text = "", .length = 0},
        ic_term_literal(large, NULL),
        ic_term_literal("-0", IC_NS_XSD "integer"),
        ic_term_literal("0.5", IC_XSD_DECIMAL),
    };
    enum { COUNT = sizeof terms / sizeof terms[0] };
    uint64_t ids[COUNT];
    begin(f);
    for (int i = 0; i < COUNT; i++) {
        uint64_t inlined;
        if (!term_id_of_inline(&terms[i], &inlined))
            assert_int_equal(find(f, &terms[i]), 0);
        ids[i] = add(f, &terms[i]);
        for (int k = 0; k < i; k++)
            assert_true(ids[k] != ids[i]);
    }
    commit(f);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            if (round == 2)
                reopen(f);
            assert_true(find(f, &terms[i]) == ids[i]);
            check_term(f, ids[i], &terms[i]);
        }
        reopen(f);
        for (int i = 0; i < COUNT; i++)
            check_term(f, ids[i], &terms[i]);
    }
    struct ic_term none;
    struct ic_arena *arena = ic_arena_new();
    static const uint64_t unknown[] = {0, 2, 999 << 2, UINT64_MAX - 1, UINT64_MAX - 3};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        assert_int_equal(dictionary_get(&f->store, unknown[i], arena, &none, &f->error),
                         IC_CORRUPT);
    ic_arena_free(arena);
    free(large);
}

static void languages_are_found_without_regard_to_case(void **state)
{
    struct fixture *f = *state;
    const struct ic_term upper = {
        .kind = IC_LITERAL, .text = "a", .length = 1, .language = "EN-gb"};
    const struct ic_term lower = {
        .kind = IC_LITERAL, .text = "a", .length = 1, .language = "en-gb"};
    begin(f);
    const uint64_t id = add(f, &upper);
    assert_true(add(f, &lower) == id);
    commit(f);
}

static void ids_say_whether_there_is_a_value(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *datatype;
        bool valued;
    } cases[] = {{"5e0", DOUBLE, true},
                 {"NaN", DOUBLE, false},
                 {"x", DOUBLE, false},
                 {"300", IC_NS_XSD "byte", false},
                 {"30", IC_NS_XSD "byte", true},
                 {"+5", IC_XSD_DECIMAL, true},
                 {"5", NULL, false}};
    begin(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ic_term term = ic_term_literal(cases[i].text, cases[i].datatype);
        assert_int_equal(term_id_has_value(add(f, &term)), cases[i].valued);
        assert_false(term_id_is_inline(add(f, &term)));
    }
    commit(f);
}

static void value_keys_are_those_of_the_terms(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *text, *datatype;
    } cases[] = {{"0.1", DOUBLE}, {"0.1", IC_XSD_DECIMAL}, {"+5", IC_NS_XSD "integer"}};
    uint64_t ids[3];
    struct value_key key, expected;
    const struct ic_term plain = ic_term_literal("5", NULL);
    begin(f);
    for (int i = 0; i < 3; i++) {
        const struct ic_term term = ic_term_literal(cases[i].text, cases[i].datatype);
        ids[i] = add(f, &term);
    }
    const uint64_t without = add(f, &plain);
    commit(f);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 3; i++) {
            const struct ic_term term = ic_term_literal(cases[i].text, cases[i].datatype);
            assert_true(value_key_of(&term, &expected));
            assert_int_equal(dictionary_value_key(&f->store, ids[i], &key, &f->error), IC_OK);
            assert_int_equal(value_key_compare(&key, &expected), 0);
        }
        reopen(f);
    }
    assert_int_equal(dictionary_value_key(&f->store, without, &key, &f->error), IC_CORRUPT);
}

/* With two bits of hash, four lists hold all. */
static void terms_that_share_a_hash_stay_apart(void **state)
{
    enum { COUNT = 60 };
    struct fixture *f = *state;
    uint64_t ids[COUNT];
    char text[32];
    dictionary_narrow_hash(&f->store, 2);
    begin(f);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "http://x.org/%d", i);
        const struct ic_term term = ic_term_iri(text);
        ids[i] = add(f, &term);
    }
    commit(f);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < COUNT; i++) {
            snprintf(text, sizeof text, "http://x.org/%d", i);
            const struct ic_term term = ic_term_iri(text);
            const struct ic_term other = ic_term_literal(text, NULL);
            assert_true(find(f, &term) == ids[i]);
            assert_int_equal(find(f, &other), 0);
        }
        reopen(f);
        dictionary_narrow_hash(&f->store, 2);
    }
}

static void a_list_of_one_hash_has_an_end(void **state)
{
    struct fixture *f = *state;
    enum ic_status status = IC_OK;
    dictionary_narrow_hash(&f->store, 0);
    begin(f);
    int count = 0;
    for (; status == IC_OK && count < 1000; count++) {
        char text[32];
        uint64_t id;
        snprintf(text, sizeof text, "http://x.org/%d", count);
        const struct ic_term term = ic_term_iri(text);
        status = dictionary_add(&f->store, &term, &id, &f->error);
    }
    assert_int_equal(status, IC_TOO_LARGE);
    assert_true(count > 30 && count < 100);
    store_abort(&f->store);
}

/* What an aborted transaction added is unknown after it, and its numbers are given out again:
 * an id that the cache still had would now mean another term. */
static void an_abort_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    const struct ic_term kept = ic_term_iri("http://x.org/kept");
    const struct ic_term lost = ic_term_iri("http://x.org/lost");
    const struct ic_term next = ic_term_iri("http://x.org/next");
    begin(f);
    const uint64_t first = add(f, &kept);
    commit(f);
    begin(f);
    const uint64_t second = add(f, &lost);
    assert_true(find(f, &lost) == second);
    store_abort(&f->store);
    assert_int_equal(find(f, &lost), 0);
    assert_true(find(f, &kept) == first);
    begin(f);
    assert_true(add(f, &next) == second);
    commit(f);
    check_term(f, second, &next);
    assert_int_equal(find(f, &lost), 0);
}

/* The very first transaction also draws the key of the hashes. */
static void an_aborted_first_transaction_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    const struct ic_term term = ic_term_iri("http://x.org/one");
    begin(f);
    add(f, &term);
    store_abort(&f->store);
    assert_int_equal(find(f, &term), 0);
    begin(f);
    const uint64_t id = add(f, &term);
    commit(f);
    reopen(f);
    assert_true(find(f, &term) == id);
}

/* More terms than the cache holds: all are still found, and numbers go on after reopening. */
static void the_cache_forgets_the_dictionary_does_not(void **state)
{
    enum { COUNT = 30000 };
    struct fixture *f = *state;
    char text[64];
    uint64_t *ids = calloc(COUNT, sizeof *ids);
    begin(f);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "http://x.org/a/rather/long/name/%d", i);
        const struct ic_term term = ic_term_iri(text);
        ids[i] = add(f, &term);
        assert_true(ids[i] == (uint64_t)(i + 1) << 2);
    }
    commit(f);
    for (int i = COUNT - 1; i >= 0; i -= 7) {
        snprintf(text, sizeof text, "http://x.org/a/rather/long/name/%d", i);
        const struct ic_term term = ic_term_iri(text);
        assert_true(find(f, &term) == ids[i]);
        check_term(f, ids[i], &term);
    }
    reopen(f);
    const struct ic_term last = ic_term_iri("http://x.org/last");
    begin(f);
    assert_true(add(f, &last) == (uint64_t)(COUNT + 1) << 2);
    commit(f);
    free(ids);
}

/* The cache against an array: what it gives is right, and what was just put is there. */
static void the_cache_tells_no_lies(void **state)
{
    enum { IDS = 4000, ROUNDS = 60000 };
    struct term_cache *cache = term_cache_new(64 * 1024);
    struct value_key key = {.size = 3, .bytes = {7, 8, 9}};
    uint64_t seed = 20240229;
    int hits = 0;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        char text[32];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t id = (seed >> 33) % IDS << 2;
        const size_t size = (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
        const uint64_t hash = id % 97; /* many share one */
        const struct cached_term *by_id = term_cache_get(cache, id);
        if (by_id) {
            assert_true(by_id->id == id && by_id->size == size && by_id->key_size == 3);
            assert_memory_equal(by_id->bytes, text, size);
            assert_memory_equal(by_id->bytes + size, key.bytes, 3);
            hits++;
        }
        const struct cached_term *found = term_cache_find(cache, hash, text, size);
        assert_true(!found || found->id == id);
        term_cache_put(cache, id, hash, text, size, &key);
        assert_non_null(term_cache_get(cache, id));
        found = term_cache_find(cache, hash, text, size);
        assert_true(found && found->id == id);
    }
    assert_true(hits > ROUNDS / 20);
    term_cache_clear(cache);
    for (uint64_t id = 0; id < IDS; id++)
        assert_null(term_cache_get(cache, id << 2));
    term_cache_free(cache);
}

/* The paper's test vector: key 00 01 .. 0f, input 00 01 .. 0e. */
static void siphash_is_siphash(void **state)
{
    unsigned char key[SIPHASH_KEY_BYTES], input[15];
    (void)state;
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
    for (unsigned i = 0; i < sizeof input; i++)
        input[i] = (unsigned char)i;
    assert_true(siphash(key, input, sizeof input) == 0xa129ca6149be45e5u);
    key[0] ^= 1;
    assert_true(siphash(key, input, sizeof input) != 0xa129ca6149be45e5u);
}

/* Every cut of a record is an error or a shorter term, never a read beyond its end. */
static void damaged_records_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {{"", 0},  {"x", 1},    {"l\5en", 4}, {"l\xFF", 2},
               {"d", 1}, {"d\0a", 3}, {"\xFF", 1},  {"d\xFF\xFF", 3}};
    (void)state;
    struct ic_arena *arena = ic_arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned char *exact = malloc(bad[i].size + (bad[i].size == 0));
        struct ic_term term;
        uint64_t datatype;
        memcpy(exact, bad[i].bytes, bad[i].size);
        assert_int_equal(term_record_decode(exact, bad[i].size, arena, &term, &datatype),
                         TERM_RECORD_BAD);
        free(exact);
    }
    ic_arena_free(arena);
}

static int compare_ids(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* Side by side and far apart, with a datatype of their own, and numbers that are their ids. */
static void many_at_once_are_each_alone(void **state)
{
    enum { TERMS = 600 };
    struct fixture *f = *state;
    static uint64_t ids[TERMS];
    static struct ic_term terms[TERMS];
    struct ic_arena *arena = ic_arena_new();
    size_t count = 0;
    begin(f);
    for (int i = 0; i < 5 * TERMS; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i);
        const struct ic_term term = {.kind = IC_LITERAL,
                                     .text = text,
                                     .length = strlen(text),
                                     .datatype = i % 7 == 0   ? "http://example.org/type"
                                                 : i % 7 == 1 ? IC_NS_XSD "integer"
                                                              : NULL};
        const uint64_t id = add(f, &term);
        if (count < TERMS && (i < 200 || i % 97 == 0 || i > 4 * TERMS))
            ids[count++] = id;
    }
    commit(f);
    reopen(f);
    qsort(ids, count, sizeof *ids, compare_ids);
    assert_int_equal(dictionary_get_many(&f->store, ids, count, arena, terms, &f->error),
                     IC_OK);
    for (size_t i = 0; i < count; i++) {
        struct ic_term alone;
        assert_int_equal(dictionary_get(&f->store, ids[i], arena, &alone, &f->error), IC_OK);
        assert_true(ic_term_equal(&terms[i], &alone));
    }
    ids[count - 1] = (ids[count - 1] | 3) + ((uint64_t)1 << 30); /* nobody's number */
    ids[count - 1] &= ~(uint64_t)3;
    assert_int_equal(dictionary_get_many(&f->store, ids, count, arena, terms, &f->error),
                     IC_CORRUPT);
    ids[count - 1] = UINT64_C(1) << 60;
    assert_int_equal(dictionary_get_many(&f->store, ids, count, arena, terms, &f->error),
                     IC_CORRUPT);
    ic_arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(terms_come_back_as_they_were),
        TEST(languages_are_found_without_regard_to_case),
        TEST(ids_say_whether_there_is_a_value),
        TEST(value_keys_are_those_of_the_terms),
        TEST(terms_that_share_a_hash_stay_apart),
        TEST(a_list_of_one_hash_has_an_end),
        TEST(an_abort_leaves_nothing_behind),
        TEST(an_aborted_first_transaction_leaves_nothing_behind),
        TEST(the_cache_forgets_the_dictionary_does_not),
        TEST(many_at_once_are_each_alone),
        cmocka_unit_test(the_cache_tells_no_lies),
        cmocka_unit_test(siphash_is_siphash),
        cmocka_unit_test(damaged_records_are_refused),
    };
    return cmocka_run_group_tests_name("dictionary", tests, NULL, NULL);
}
