/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that are numbers: which spellings have one, that it gives the spelling back, and that
 * its value key is the literal's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/dataset.h"
#include "catalog/term_id.h"
#include "catalog/view.h"

#define INTEGER IC_NS_XSD "integer"

static void check_round_trip(const char *text, const char *datatype)
{
    const struct ic_term term = ic_term_literal(text, datatype);
    char back[TERM_ID_TEXT_MAX];
    struct value_key key, expected;
    struct ic_term read;
    uint64_t id;
    if (!term_id_of_inline(&term, &id))
        fail_msg("%s has no inline id", text);
    assert_true(term_id_is_inline(id) && term_id_has_value(id));
    assert_true(id < VIEW_LOCAL / 2);
    term_id_term(id, back, &read);
    assert_string_equal(read.text, text);
    assert_true(ic_term_equal(&read, &term));
    term_id_value_key(id, &key);
    assert_true(value_key_of(&term, &expected));
    assert_int_equal(value_key_compare(&key, &expected), 0);
}

static void spellings_come_back_exactly(void **state)
{
    static const char *const both[] = {
        "0", "7", "10", "-1", "1125899906842623", "-1125899906842623"};
    static const char *const decimals[] = {"0.0",
                                           "0.00",
                                           "5.0",
                                           "99.999",
                                           "-0.05",
                                           "0.000000000000001",
                                           "-0.000000000000001",
                                           "10.0",
                                           "100.50",
                                           "1.000000000000000",
                                           "112589990684.2623"};
    (void)state;
    for (size_t i = 0; i < sizeof both / sizeof *both; i++) {
        check_round_trip(both[i], INTEGER);
        check_round_trip(both[i], IC_XSD_DECIMAL);
    }
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++)
        check_round_trip(decimals[i], IC_XSD_DECIMAL);
}

static void other_spellings_have_none(void **state)
{
    static const char *const bad[] = {"",
                                      "-",
                                      "+5",
                                      "05",
                                      "-05",
                                      "00",
                                      "00.5",
                                      ".5",
                                      "-.5",
                                      "5.",
                                      "-0",
                                      "-0.0",
                                      "1e5",
                                      " 5",
                                      "5 ",
                                      "1.2.3",
                                      "5.-1",
                                      "1125899906842624",
                                      "0.0000000000000001",
                                      "-1125899906842624",
                                      "99999999999999999999999",
                                      "INF",
                                      "--5"};
    uint64_t id;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct ic_term decimal = ic_term_literal(bad[i], IC_XSD_DECIMAL);
        const struct ic_term integer = ic_term_literal(bad[i], INTEGER);
        assert_false(term_id_of_inline(&decimal, &id));
        assert_false(term_id_of_inline(&integer, &id));
    }
    const struct ic_term terms[] = {
        ic_term_literal("5.0", INTEGER),
        ic_term_literal("5", NULL),
        ic_term_literal("5", IC_NS_XSD "int"),
        ic_term_literal("5", IC_NS_XSD "double"),
        ic_term_iri("5"),
        {.kind = IC_LITERAL, .text = "5", .length = 1, .language = "en"},
        {.kind = IC_LITERAL, .text = "5\0", .length = 2, .datatype = INTEGER},
    };
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
        assert_false(term_id_of_inline(&terms[i], &id));
}

static void different_terms_have_different_ids(void **state)
{
    static const struct {
        const char *text, *datatype;
    } terms[] = {{"5", INTEGER},          {"5", IC_XSD_DECIMAL},   {"5.0", IC_XSD_DECIMAL},
                 {"0.5", IC_XSD_DECIMAL}, {"50", IC_XSD_DECIMAL},  {"5.00", IC_XSD_DECIMAL},
                 {"-5", INTEGER},         {"-5", IC_XSD_DECIMAL},  {"0", INTEGER},
                 {"0", IC_XSD_DECIMAL},   {"0.0", IC_XSD_DECIMAL}, {"500", IC_XSD_DECIMAL}};
    enum { COUNT = sizeof terms / sizeof *terms };
    uint64_t ids[COUNT];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        const struct ic_term term = ic_term_literal(terms[i].text, terms[i].datatype);
        assert_true(term_id_of_inline(&term, &ids[i]));
        for (int k = 0; k < i; k++)
            assert_true(ids[i] != ids[k]);
    }
}

static void random_numbers_come_back(void **state)
{
    uint64_t seed = 20240229;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const uint64_t digits = (seed >> 8) % (TERM_ID_DIGITS_MAX >> seed % 50);
        const unsigned scale = (unsigned)(seed >> 60);
        uint64_t unit = 1;
        for (unsigned k = 0; k < scale; k++)
            unit *= 10;
        if (scale)
            snprintf(text, sizeof text, "%s%llu.%0*llu", digits && seed & 64 ? "-" : "",
                     (unsigned long long)(digits / unit), (int)scale,
                     (unsigned long long)(digits % unit));
        else
            snprintf(text, sizeof text, "%llu", (unsigned long long)digits);
        check_round_trip(text, IC_XSD_DECIMAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_come_back_exactly),
        cmocka_unit_test(other_spellings_have_none),
        cmocka_unit_test(different_terms_have_different_ids),
        cmocka_unit_test(random_numbers_come_back),
    };
    return cmocka_run_group_tests_name("term_id", tests, NULL, NULL);
}
