/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of strangers: what the engine rasqal would take without bound is refused. */
#include <stdio.h>

#include "tests/unit/catalog_fixture.h"

static enum ic_status begin(void *context, enum ic_query_kind kind,
                            const char *const *variables, size_t count, struct ic_error *error)
{
    (void)context, (void)kind, (void)variables, (void)count, (void)error;
    return IC_OK;
}

static enum ic_status row(void *context, const struct ic_term *const *cells, size_t count,
                          struct ic_error *error)
{
    (void)cells, (void)count, (void)error;
    ++*(size_t *)context;
    return IC_OK;
}

static enum ic_status end(void *context, struct ic_error *error)
{
    (void)context, (void)error;
    return IC_OK;
}

/* By the engine rasqal; what it says must have `text` in it. */
static void ask(struct fixture *f, const char *query, bool guarded, enum ic_status expected,
                const char *text)
{
    size_t rows = 0;
    struct ic_dataset *dataset = NULL;
    const struct ic_view view = {0};
    const struct ic_query_sink sink = {
        .context = &rows, .begin = begin, .row = row, .end = end};
    const struct ic_query_options options = {
        .engine = "rasqal", .memory_max = (size_t)1024 * 1024, .guarded = guarded};
    f->error = (struct ic_error){0};
    assert_int_equal(ic_catalog_dataset(f->catalog, &view, &dataset, &f->error), IC_OK);
    const enum ic_status status = ic_query_run(dataset, query, &options, &sink, &f->error);
    ic_dataset_free(dataset);
    if (status != expected || !strstr(f->error.text, text))
        fail_msg("%.300s: %s, %s", query, ic_status_name(status), f->error.text);
    if (expected == IC_OK)
        assert_true(rows > 0);
}

static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    return fixture_publish(f, "a@b.org",
                           "x:c a :Cloud ; :cloudName \"c\" ; :replicationFactor 5 .", 0,
                           NULL) != IC_OK;
}

#define WHERE(expression)                                                                      \
    "SELECT * { ?c <http://www.csp/resOntology#replicationFactor> ?n FILTER(" expression ") }"

static void refuses_long_sums(void **state)
{
    static const char *const bad[] = {WHERE("?n + 1 + 2 > 3"), WHERE("?n - 1 * 2 + 3 > 3"),
                                      WHERE("?n +1 +2 > 3"), WHERE("3 < (?n + 1 - 2)"),
                                      WHERE("STRLEN(STR(?n)) + 1 + ?n > 3")};
    static const char *const good[] = {WHERE("(?n + 1) + 2 > 3"), WHERE("-1 + ?n * -2 < 3"),
                                       WHERE("?n + 1 > 2 - 1 && ?n - 1 < ?n + 1")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int guarded = 0; guarded < 2; guarded++)
            ask(*state, bad[i], guarded, IC_UNSUPPORTED, "write parentheses");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ask(*state, good[i], true, IC_OK, "");
}

/* rasqal reads these arguments after it has freed them. */
static void refuses_what_is_freed_too_early(void **state)
{
    static const char *const bad[] = {WHERE("CONCAT(\"a\", STR(?n)) != \"\""),
                                      WHERE("STRBEFORE(STR(?c), \"c\") != \"a\""),
                                      WHERE("STRAFTER(UCASE(?n), \"c\") != \"a\"")};
    static const char *const good[] = {
        "SELECT * { ?c <http://www.csp/resOntology#cloudName> ?n BIND(STR(?c) AS ?s) "
        "FILTER(CONCAT(?n, ?s, \"-\") = \"chttp://x.org/c-\") "
        "FILTER(STRBEFORE(?s, STR(\"//\")) = \"http:\" && STRAFTER(?s, \"org\") = \"/c\") }"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (int guarded = 0; guarded < 2; guarded++)
            ask(*state, bad[i], guarded, IC_UNSUPPORTED, "bind it to a variable first");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ask(*state, good[i], true, IC_OK, "");
}

struct way {
    const char *before, *between, *after;
};

/* Each variable computed from the one before; `steps` of them, in SELECT the last one first. */
static void double_up(char *query, size_t size, int steps, const struct way *way, bool select)
{
    size_t used = (size_t)snprintf(query, size, select ? "SELECT " : "SELECT * { ?c ?p ?a0 ");
    for (int step = 1; step <= steps; step++) {
        const int i = select ? steps - step + 1 : step;
        used += (size_t)snprintf(query + used, size - used, "%s(%s?a%d%s?a%d%s AS ?a%d) ",
                                 select ? "" : "BIND", way->before, i - 1, way->between, i - 1,
                                 way->after, i);
    }
    snprintf(query + used, size - used, select ? "{ ?c ?p ?a0 }" : "}");
}

static void refuses_values_that_double(void **state)
{
    static const struct way ways[] = {{"CONCAT(STR(", "), STR(", "))"},
                                      {"", " * ", ""},
                                      {"ENCODE_FOR_URI(STR(", ")) = ", ""}};
    char query[4000];
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (int select = 0; select < 2; select++) {
            double_up(query, sizeof query, 30, &ways[i], select);
            ask(*state, query, true, IC_TOO_LARGE, "computes values from each other");
        }
    }
}

static void bounds_texts_and_variables(void **state)
{
    char *query = malloc(40000);
    assert_non_null(query);
    size_t used = (size_t)snprintf(query, 40000, "SELECT * { ?s ?p ?o ");
    for (int i = 0; i < 33; i++)
        used += (size_t)snprintf(query + used, 40000 - used, "BIND(%d AS ?x%d) ", i, i);
    snprintf(query + used, 40000 - used, "}");
    ask(*state, query, true, IC_TOO_LARGE, "more than 32 variables");
    snprintf(query, 40000, "#%20000s\nSELECT * { ?s ?p ?o }", "");
    ask(*state, query, true, IC_TOO_LARGE, "longer than");
    ask(*state, query, false, IC_OK, "");
    used = (size_t)snprintf(query, 40000, "SELECT * { ?s ?p ?o FILTER(CONCAT(?o");
    for (int i = 0; i < 40; i++)
        used += (size_t)snprintf(query + used, 40000 - used, ", ?o");
    snprintf(query + used, 40000 - used, ") != \"\") }");
    ask(*state, query, true, IC_TOO_LARGE, "computes values from each other");
    free(query);
}

static void counts_rows_that_are_kept(void **state)
{
    ask(*state,
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?r . ?u ?v ?w . ?x ?y ?z . "
        "?k ?l ?m . ?g ?h ?i . ?d ?e ?f } GROUP BY ?p",
        true, IC_TOO_LARGE, "the query's rows take more memory");
    ask(*state, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p", true, IC_OK, "");
}

static void bounds_repetitions(void **state)
{
    ask(*state, WHERE("regex(STR(?n), \"((a{1,100}){1,100}){1,100}\")"), true, IC_UNSUPPORTED,
        "repeats more");
    ask(*state, WHERE("regex(STR(?n), \"(a{99999})\")"), true, IC_UNSUPPORTED, "repeats more");
    ask(*state, WHERE("regex(STR(?n), \"^[0-9]{1,3}$\")"), true, IC_OK, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(refuses_long_sums),          TEST(refuses_what_is_freed_too_early),
        TEST(refuses_values_that_double), TEST(bounds_texts_and_variables),
        TEST(counts_rows_that_are_kept),  TEST(bounds_repetitions),
    };
    return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
