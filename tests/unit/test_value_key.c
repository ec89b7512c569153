/* SPDX-License-Identifier: Apache-2.0 */
/* Value keys order numbers of every datatype exactly as GMP orders their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/number.h"
#include "catalog/value_key.h"

static struct ic_term number(const char *text, const char *type)
{
    static char datatypes[8][80];
    static unsigned next;
    char *datatype = datatypes[next++ % 8];
    snprintf(datatype, sizeof datatypes[0], IC_NS_XSD "%s", type);
    return (struct ic_term){
        .kind = IC_LITERAL, .text = text, .length = strlen(text), .datatype = datatype};
}

static struct value_key key_of(const char *text, const char *type)
{
    struct value_key key;
    const struct ic_term term = number(text, type);
    if (!value_key_of(&term, &key))
        fail_msg("\"%s\"^^xsd:%s has no key", text, type);
    assert_int_equal(value_key_length(key.bytes, key.size), key.size);
    return key;
}

static void assert_order(const char *a, const char *a_type, const char *b, const char *b_type,
                         int order)
{
    const struct value_key one = key_of(a, a_type), other = key_of(b, b_type);
    const int found = value_key_compare(&one, &other);
    if ((found > 0) - (found < 0) != order)
        fail_msg("%s (%s) against %s (%s): %d, not %d", a, a_type, b, b_type, found, order);
}

static void test_equal_values_have_one_key(void **state)
{
    (void)state;
    assert_order("5", "integer", "5.0", "decimal", 0);
    assert_order("5", "integer", "5e0", "double", 0);
    assert_order("+05.50", "decimal", "5.5", "float", 0);
    assert_order("0", "integer", "-0.0", "double", 0);
    assert_order("100", "byte", "1e2", "double", 0);
    assert_order("1e400", "double", "INF", "double", 0); /* as IEEE 754 rounds it */
}

static void test_nothing_is_rounded(void **state)
{
    (void)state;
    assert_order("9007199254740993", "integer", "9007199254740992", "integer", 1);
    assert_order("9007199254740993", "integer", "9007199254740992", "double", 1);
    assert_order("9007199254740993", "double", "9007199254740992", "integer", 0);
    assert_order("0.1", "double", "0.1", "decimal", 1);
    assert_order("0.1", "float", "0.1", "double", 1);
    assert_order("99.9990000000000000000000000001", "decimal", "99.999", "decimal", 1);
    assert_order("123456789012345678901234567890", "integer", "123456789012345678901234567891",
                 "integer", -1);
}

static void test_signs_and_infinities(void **state)
{
    (void)state;
    const char *const ascending[][2] = {
        {"-INF", "double"},     {"-1e308", "double"},  {"-1000000", "integer"},
        {"-10.5", "decimal"},   {"-10.49", "decimal"}, {"-1", "integer"},
        {"-0.001", "decimal"},  {"-1e-300", "double"}, {"0", "integer"},
        {"4.9e-324", "double"}, {"1e-30", "double"},   {"0.001", "decimal"},
        {"0.0011", "decimal"},  {"1", "integer"},      {"1.000000001", "decimal"},
        {"9.99", "decimal"},    {"10", "integer"},     {"99", "integer"},
        {"100", "integer"},     {"1e39", "double"},    {"1e40", "double"},
        {"1e41", "double"},     {"1e308", "double"},   {"INF", "float"}};
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++)
        for (size_t k = 0; k < sizeof ascending / sizeof *ascending; k++)
            assert_order(ascending[i][0], ascending[i][1], ascending[k][0], ascending[k][1],
                         (i > k) - (i < k));
}

static void test_what_has_no_place(void **state)
{
    (void)state;
    const char *const none[][2] = {
        {"NaN", "double"},  {"300", "byte"},       {"-1", "nonNegativeInteger"},
        {"5.0", "integer"}, {"1e2", "decimal"},    {"0x10", "double"},
        {"", "decimal"},    {".", "decimal"},      {"1e", "double"},
        {"nan", "double"},  {"infinity", "float"}, {"5", "string"},
        {" 5", "integer"},  {"5", "boolean"},      {"0", "positiveInteger"}};
    struct value_key key;
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct ic_term term = number(none[i][0], none[i][1]);
        if (value_key_of(&term, &key))
            fail_msg("\"%s\"^^xsd:%s has a key", none[i][0], none[i][1]);
    }
    const struct ic_term iri = ic_term_iri("http://x.org/5"), text = ic_term_literal("5", NULL);
    assert_false(value_key_of(&iri, &key));
    assert_false(value_key_of(&text, &key));
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* A number of a random datatype: its key and its value. */
static void make_random(uint64_t *seed, mpq_t value, struct value_key *key)
{
    char text[400];
    const char *sign = next_random(seed) % 2 ? "-" : "";
    switch (next_random(seed) % 4) {
    case 0:
        snprintf(text, sizeof text, "%s%d.%0*d", sign, (int)(next_random(seed) % 300),
                 1 + (int)(next_random(seed) % 6), (int)(next_random(seed) % 10));
        *key = key_of(text, "decimal");
        assert_true(ic_number_parse(value, text, strlen(text)));
        break;
    case 1:
        snprintf(text, sizeof text, "%s%llu", sign,
                 (unsigned long long)(next_random(seed) % 1200));
        *key = key_of(text, "integer");
        assert_true(ic_number_parse(value, text, strlen(text)));
        break;
    case 2:
        snprintf(text, sizeof text, "%s%d.%de%d", sign, (int)(next_random(seed) % 12),
                 (int)(next_random(seed) % 10), (int)(next_random(seed) % 80) - 40);
        *key = key_of(text, "double");
        mpq_set_d(value, strtod(text, NULL));
        break;
    default:
        snprintf(text, sizeof text, "%s%d.%d", sign, (int)(next_random(seed) % 1000),
                 (int)(next_random(seed) % 100));
        *key = key_of(text, "float");
        mpq_set_d(value, (double)strtof(text, NULL));
    }
}

static void test_random_pairs(void **state)
{
    enum { PAIRS = 20000 };
    uint64_t seed = 20240229;
    mpq_t one, other;
    (void)state;
    mpq_inits(one, other, NULL);
    for (int i = 0; i < PAIRS; i++) {
        struct value_key a, b;
        make_random(&seed, one, &a);
        make_random(&seed, other, &b);
        const int values = mpq_cmp(one, other), keys = value_key_compare(&a, &b);
        assert_int_equal((values > 0) - (values < 0), (keys > 0) - (keys < 0));
    }
    mpq_clears(one, other, NULL);
}

static void test_scaled(void **state)
{
    (void)state;
    struct value_key scaled, parsed = key_of("-99.999", "decimal");
    value_key_of_scaled(true, 99999, 3, &scaled);
    assert_int_equal(value_key_compare(&scaled, &parsed), 0);
    value_key_of_scaled(false, 500, 2, &scaled);
    parsed = key_of("5", "integer");
    assert_int_equal(value_key_compare(&scaled, &parsed), 0);
    value_key_of_scaled(false, 0, 4, &scaled);
    parsed = key_of("0", "integer");
    assert_int_equal(value_key_compare(&scaled, &parsed), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_values_have_one_key),
        cmocka_unit_test(test_nothing_is_rounded),
        cmocka_unit_test(test_signs_and_infinities),
        cmocka_unit_test(test_what_has_no_place),
        cmocka_unit_test(test_random_pairs),
        cmocka_unit_test(test_scaled),
    };
    return cmocka_run_group_tests_name("value_key", tests, NULL, NULL);
}
