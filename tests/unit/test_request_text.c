/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of requests: grammar, places of errors, limits, round trip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/request.h"
#include "tests/unit/request_random.h"

static struct ic_request *parse(const char *text)
{
    struct ic_request *request = NULL;
    struct ic_error error;
    if (ic_request_parse("request", &text, 1, &request, &error) != IC_OK)
        fail_msg("%lu:%lu: %s\nin: %s", error.line, error.column, error.text, text);
    return request;
}

static char *written(const struct ic_request *request)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(ic_request_write(request, out), IC_OK);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* Each is read and written so; NULL: as it was. */
static const struct {
    const char *text, *written;
} accepted[] = {
    {"availabilityQuantity 99.999", NULL},
    {"  availabilityQuantity\t99.999\n", "availabilityQuantity 99.999"},
    {"availabilityQuantity>=99.999", "availabilityQuantity >= 99.999"},
    {"a>5;b<=6;c=7;d!=8;e<9", "a > 5; b <= 6; c = 7; d != 8; e < 9"},
    {"storage >= 500 GB", NULL},
    {"price <= 0.05 USD/h or price exists", NULL},
    {"tierCountries in (JP, \"United Kingdom\", KOREA)", NULL},
    {"tierCountries (JP,KR)", "tierCountries (JP, KR)"},
    {"tierCountries in JP", NULL},
    {"tierCountries not in(JP)", "tierCountries not in JP"},
    {"not tierCountries within Europe", NULL},
    {"not a not in (b, c)", NULL},
    {"a not exists; not b exists", NULL},
    {"a not within x", NULL},
    {"gx:name x; <http://example.org/a;b> y", NULL},
    {"<http://a>>=5", "<http://a> >= 5"},
    {"in in in_", NULL},
    {"exists exists", NULL},
    {"weight 5 weight", NULL},
    {"a \"or\"", NULL},
    {"a \"plain\"", "a plain"},
    {"a \"\"", NULL},
    {"a \" x \"", NULL},
    {"a \">=5\"", NULL},
    {"a = <http://x/y>", "a = \"<http://x/y>\""},
    {"a \"\\\"\\\\\\n\\t\\u00e9\\ud83d\\ude00\\u0001\"", "a \"\\\"\\\\\\n\\té😀\\u0001\""},
    {"a \"x\ny\"", "a \"x\\ny\""},
    {"a 5in", NULL},
    {"a 5 in", NULL}, /* inches */
    {"a 5 or b 6", NULL},
    {"a (5 GB, 6 TB)", NULL},
    {"a 'b", NULL},
    {"offer { a 5; b 6 or c 7 }; offer{d 8}", "offer { a 5; b 6 or c 7 }; offer { d 8 }"},
    {"offer { a 5 }; b 6", "b 6; offer { a 5 }"},
    {"prefer lowest price", NULL},
    {"prefer highest availability weight 2.5", NULL},
    {"prefer near 50 ms latency weight 2", NULL},
    {"prefer near 50 latency weight 2", NULL},
    {"prefer near 50 latency", NULL},
    {"prefer near 50 ms latency", NULL},
    {"prefer near 50 ms <http://x/a(b)>", NULL},
    {"prefer near 50 weight weight 2", NULL},
    {"prefer having \"SOC 2\" certification", NULL},
    {"limit 10; a 5", "a 5; limit 10"},
    {"limit 010", "limit 10"},
};

static void test_accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct ic_request *request = parse(accepted[i].text);
        char *text = written(request);
        assert_string_equal(text, accepted[i].written ? accepted[i].written : accepted[i].text);
        struct ic_request *again = parse(text);
        assert_true(ic_request_equal(request, again));
        ic_request_free(again);
        ic_request_free(request);
        free(text);
    }
}

static const struct {
    const char *text;
    unsigned long line, column;
    const char *says;
} refused[] = {
    {"", 0, 0, "no constraints; write one as in 'availabilityQuantity >= 99.999"},
    {" \n", 0, 0, "no constraints"},
    {"a 5;", 1, 5, "a constraint is missing"},
    {"; a 5", 1, 1, "a constraint is missing"},
    {"a 5; ; b 6", 1, 6, "a constraint is missing"},
    {"a", 1, 1, "a needs a value, or 'exists'"},
    {"a >=", 1, 1, "'a >=' needs a value"},
    {"a in", 1, 1, "'a in' needs a value"},
    {"a in; b 5", 1, 1, "'a in' needs a value"},
    {"a in ()", 1, 7, "a value is expected"},
    {"a in (x", 1, 6, "never closed"},
    {"a in (x y)", 1, 9, "',' or ')' is expected"},
    {"a in (x,)", 1, 9, "a value is expected"},
    {"a in (x,", 1, 9, "a value is missing"},
    {"a exists 5", 1, 10, "'5' is not expected here"},
    {"a exists (5)", 1, 1, "'a exists' takes no value"},
    {"a => 5", 1, 3, "'=>' is not an operator; there are >= <="},
    {"a == 5", 1, 3, "'==' is not an operator"},
    {"a = or", 1, 1, "needs a value"},
    {"a = in", 1, 5, "write \"in\" when it is a value"},
    {"a not 5", 1, 3, "'not' stands before"},
    {"a 5 b 6", 1, 7, "'6' is not expected here; put ';'"},
    {"tierCountries United Kingdom", 1, 22, "'Kingdom' is not expected here"},
    {"a 5 or", 1, 7, "an attribute is missing"},
    {"a 5 or or b 6", 1, 8, "'or' is a word of the request language"},
    {"not not a 5", 1, 5, "'not' is a word of the request language"},
    {"or 5", 1, 1, "'or' is a word"},
    {"= 5", 1, 1, "an attribute is expected here"},
    {"(a) 5", 1, 1, "an attribute is expected here"},
    {"\"a\" 5", 1, 1, "an attribute is expected here"},
    {"<http://x 5", 1, 1, "is not an attribute"},
    {"<> 5", 1, 1, "is not an attribute"},
    {"a \"x", 1, 3, "never closed"},
    {"a \"x\\\"", 1, 3, "never closed"},
    {"a \"x\\q\"", 1, 5, "unknown escape"},
    {"a \"\\u12g4\"", 1, 4, "four hexadecimal digits"},
    {"a \"\\u12\"", 1, 4, "four hexadecimal digits"},
    {"a \"\\u0000\"", 1, 4, "\\u0000 cannot stand"},
    {"a \"\\ud83d\"", 1, 4, "half a surrogate pair"},
    {"a \"\\ud83d\\u0041\"", 1, 4, "half a surrogate pair"},
    {"a \"\\ude00\"", 1, 4, "half a surrogate pair"},
    {"a x\"y\"", 1, 4, "is not expected here"},
    {"a x\x1by", 1, 4, "is not expected here"},
    {"é 5;\n日本 é \xff", 2, 6, "not UTF-8"},
    {"a \xc0\xaf", 1, 3, "not UTF-8"},
    {"é \"é\"; b (", 1, 11, "a value is missing"},
    {"a 5;\nb 6;\n  c", 3, 3, "c needs a value"},
    {"offer a 5", 1, 7, "'{' is expected"},
    {"offer { a 5", 1, 7, "never closed"},
    {"offer { }", 1, 9, "an attribute is expected"},
    {"offer { a 5; }", 1, 14, "an attribute is expected"},
    {"offer { limit 5 }", 1, 9, "is a word of the request language"},
    {"offer { offer { a 5 } }", 1, 9, "is a word of the request language"},
    {"offer { a 5 } b 6", 1, 15, "is not expected here"},
    {"a 5 }", 1, 5, "'}' is not expected here"},
    {"prefer price", 1, 8, "lowest, highest, near or having"},
    {"prefer lowest", 1, 14, "an attribute is missing"},
    {"prefer near latency", 1, 20, "an attribute is missing"},
    {"prefer lowest price weight x", 1, 28, "a number is expected after 'weight'"},
    {"prefer lowest price weight 0", 1, 1, "not a positive number"},
    {"prefer lowest price weight -2", 1, 1, "not a positive number"},
    {"limit", 1, 1, "is not a whole number"},
    {"limit 0", 1, 1, "is not a whole number"},
    {"limit 2.5", 1, 1, "is not a whole number"},
    {"limit 99999999999999999999999", 1, 1, "is not a whole number"},
    {"limit 5; limit 5", 1, 10, "a second limit"},
};

static void test_refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ic_request *request = NULL;
        struct ic_error error = {0};
        const enum ic_status status =
            ic_request_parse("request", &refused[i].text, 1, &request, &error);
        if (status != IC_BAD_INPUT || error.status != status || request ||
            error.line != refused[i].line || error.column != refused[i].column ||
            !strstr(error.text, refused[i].says) || strcmp(error.file, "request") != 0)
            fail_msg("%s\n gave %s:%lu:%lu: %s\n not %lu:%lu: %s", refused[i].text, error.file,
                     error.line, error.column, error.text, refused[i].line, refused[i].column,
                     refused[i].says);
    }
}

static void test_several_texts(void **state)
{
    (void)state;
    const char *good[] = {"a 5; b 6", "c\n>= 7"};
    struct ic_request *request = NULL;
    struct ic_error error;
    assert_int_equal(ic_request_parse("request", good, 2, &request, &error), IC_OK);
    assert_int_equal(ic_request_main(request)->constraint_count, 3);
    const struct ic_simple *last = &ic_request_main(request)->constraints[2].simples[0];
    assert_int_equal(last->op, IC_OP_GE);
    assert_int_equal(last->place.line, 2);
    assert_int_equal(last->place.column, 1);
    ic_request_free(request);

    /* The line is the argument's number, the column counts through its newlines. */
    const char *bad[] = {"a 5", "b 6;\né =", "d 7"};
    assert_int_equal(ic_request_parse("request", bad, 3, &request, &error), IC_BAD_INPUT);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 6);

    /* An empty argument is a mistake, not a wider request. */
    const char *empty[] = {"a 5", ""};
    assert_int_equal(ic_request_parse("request", empty, 2, &request, &error), IC_BAD_INPUT);
    assert_int_equal(error.line, 2);
    assert_int_equal(ic_request_parse("request", NULL, 0, &request, &error), IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "no constraints"));
}

static void test_keeps_what_was_said(void **state)
{
    (void)state;
    struct ic_request *request =
        parse("not storage not in (500 GB, \" x \") or b exists; limit 3");
    const struct ic_constraint *constraint = ic_request_main(request)->constraints;
    assert_int_equal(constraint->simple_count, 2);
    const struct ic_simple *simple = constraint->simples;
    assert_true(simple->negated);
    assert_int_equal(simple->op, IC_OP_NOT_IN);
    assert_int_equal(simple->value_count, 2);
    assert_string_equal(simple->values[0].text, "500");
    assert_string_equal(simple->values[0].unit, "GB");
    assert_false(simple->values[0].quoted);
    assert_string_equal(simple->values[1].text, " x ");
    assert_null(simple->values[1].unit);
    assert_true(simple->values[1].quoted);
    assert_int_equal(constraint->simples[1].op, IC_OP_EXISTS);
    assert_int_equal(constraint->simples[1].place.column, 39);
    assert_int_equal(ic_request_limit(request), 3);
    assert_int_equal(ic_request_return(request)->rsm_max, -1);
    assert_false(ic_request_return(request)->version1);
    ic_request_free(request);
}

static void test_equal_sees_differences(void **state)
{
    (void)state;
    static const char *const different[] = {
        "a 5",
        "a 6",
        "b 5",
        "a = 5",
        "not a 5",
        "a 5 GB",
        "a 5 TB",
        "a (5, 6)",
        "a (6, 5)",
        "a 5 or b 6",
        "a 5; b 6",
        "b 6; a 5",
        "offer { a 5 }",
        "a 5; offer { b 6 }",
        "prefer lowest a",
        "prefer highest a",
        "prefer lowest b",
        "prefer lowest a weight 2",
        "prefer near 5 a",
        "prefer near 6 a",
        "prefer having 5 a",
        "limit 5",
        "limit 6",
        "a 5; limit 5",
    };
    const size_t count = sizeof different / sizeof *different;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct ic_request *one = parse(different[i]), *other = parse(different[j]);
            assert_int_equal(ic_request_equal(one, other), i == j);
            ic_request_free(one);
            ic_request_free(other);
        }
    }
}

/* `piece` repeated, and `end`. Owned: free. */
static char *repeated(const char *start, const char *piece, size_t count, const char *end)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(start, out);
    while (count--)
        fputs(piece, out);
    fputs(end, out);
    fclose(out);
    return text;
}

static void expect(char *text, enum ic_status expected, const char *says)
{
    struct ic_request *request = NULL;
    struct ic_error error = {.text = ""};
    const char *texts[] = {text};
    assert_int_equal(ic_request_parse("request", texts, 1, &request, &error), expected);
    if (says && !strstr(error.text, says))
        fail_msg("'%s' does not say '%s'", error.text, says);
    ic_request_free(request);
    free(text);
}

static void test_limits(void **state)
{
    (void)state;
    expect(repeated("a 5", "; a 5", 255, ""), IC_OK, NULL);
    expect(repeated("a 5", "; a 5", 256, ""), IC_TOO_LARGE,
           "257 constraints; a request has at most 256");
    expect(repeated("a 5", "; a 5", 9999, ""), IC_TOO_LARGE,
           "10000 constraints; a request has at most 256");
    expect(repeated("a 5", " or a 5", 9999, ""), IC_TOO_LARGE, "10000 constraints");
    expect(repeated("offer { a 5", "; a 5", 256, " }"), IC_TOO_LARGE, "257 constraints");
    expect(repeated("a (5", ", 5", 1023, ")"), IC_OK, NULL);
    expect(repeated("a (5", ", 5", 1024, ")"), IC_TOO_LARGE,
           "a has a list of 1025 values; at most 1024 are allowed");
    expect(repeated("prefer lowest a", "; prefer lowest a", 63, ""), IC_OK, NULL);
    expect(repeated("prefer lowest a", "; prefer lowest a", 64, ""), IC_TOO_LARGE,
           "at most 64 preferences");
    expect(repeated("a \"", "x", 1000000, "\""), IC_OK, NULL);
    expect(repeated("a \"", "x", IC_REQUEST_BYTES_MAX - 4, "\""), IC_OK, NULL);
    expect(repeated("a \"", "x", IC_REQUEST_BYTES_MAX - 3, "\""), IC_TOO_LARGE,
           "longer than 4194304 bytes");
    expect(repeated("a ", "(", 100000, ""), IC_BAD_INPUT, "a value is expected");
}

static void test_round_trip(void **state)
{
    (void)state;
    struct random random = random_seeded();
    for (int i = 0; i < 3000; i++) {
        struct ic_request *request = random_request(&random, true);
        char *text = written(request);
        struct ic_request *again = parse(text);
        if (!ic_request_equal(request, again))
            fail_msg("request %d is not what it was: %s", i, text);
        char *twice = written(again);
        assert_string_equal(text, twice);
        ic_request_free(request);
        ic_request_free(again);
        free(text);
        free(twice);
    }
}

/* What is cut off or changed anywhere gives a request or an error, never anything else. */
static void test_damaged(void **state)
{
    (void)state;
    struct random random = random_seeded();
    for (int i = 0; i < 3000; i++) {
        struct ic_request *request = random_request(&random, true);
        char *text = written(request);
        ic_request_free(request);
        const size_t length = strlen(text);
        const size_t at = random_below(&random, length);
        if (random_chance(&random, 2))
            text[at] = '\0';
        else
            text[at] = (char)(random_below(&random, 255) + 1);
        const char *texts[] = {text};
        struct ic_error error = {.status = IC_OK};
        const enum ic_status status = ic_request_parse("request", texts, 1, &request, &error);
        assert_true(status == IC_OK || (status == IC_BAD_INPUT && error.text[0]));
        if (status == IC_OK)
            ic_request_free(request);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_several_texts),
        cmocka_unit_test(test_keeps_what_was_said),
        cmocka_unit_test(test_equal_sees_differences),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
