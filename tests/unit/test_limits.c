/* SPDX-License-Identifier: Apache-2.0 */
/* The configured limits: how they are written, and what each does when it is reached. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "catalog_fixture.h"

#include "catalog/limits.h"

#define KIB ((uint64_t)1024)
#define MIB ((uint64_t)1024 * 1024)
#define GIB ((uint64_t)1024 * 1024 * 1024)

enum { CLOUDS = 600 };

/* ---- texts ---- */

static void values_are_bytes_or_have_a_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {{"1048576", MIB},      {"1048577", MIB + 1}, {"1048576 bytes", MIB},
                {"1024K", MIB},        {"1024 KiB", MIB},    {"64M", 64 * MIB},
                {"64MiB", 64 * MIB},   {"64 MiB", 64 * MIB}, {"1G", GIB},
                {"64  GiB", 64 * GIB}, {"0001048576", MIB}};
    static const char *const bad[] = {"",
                                      " ",
                                      "M",
                                      "-1",
                                      "1",
                                      "1048575",
                                      "65 GiB",
                                      "64 MB",
                                      "64 m",
                                      "64 MiB x",
                                      "64.5M",
                                      "0x100000",
                                      "+64M",
                                      "64 TiB",
                                      "18446744073709551616",
                                      "18014398509481985 KiB"};
    struct ic_limits limits = {{0}};
    struct ic_error error;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(ic_limit_parse(&limits, IC_LIMIT_CACHE, good[i].text, &error), IC_OK);
        assert_int_equal(ic_limit_value(&limits, IC_LIMIT_CACHE), good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        limits.values[IC_LIMIT_CACHE] = 7;
        assert_int_equal(ic_limit_parse(&limits, IC_LIMIT_CACHE, bad[i], &error), IC_BAD_INPUT);
        assert_non_null(strstr(error.text, "the limit cache = "));
        assert_non_null(strstr(error.text, "from 1 MiB to 64 GiB"));
        assert_int_equal(limits.values[IC_LIMIT_CACHE], 7);
    }
}

static void a_count_has_no_unit(void **state)
{
    struct ic_limits limits = {{0}};
    struct ic_error error;
    (void)state;
    assert_int_equal(ic_limit_parse(&limits, IC_LIMIT_STATEMENTS, "1000", &error), IC_OK);
    assert_int_equal(ic_limit_value(&limits, IC_LIMIT_STATEMENTS), 1000);
    assert_int_equal(ic_limit_parse(&limits, IC_LIMIT_STATEMENTS, "1K", &error), IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "from 1 to 4294967295"));
}

static void every_limit_is_found_by_its_name_and_has_a_default(void **state)
{
    struct ic_limits limits = {{0}};
    (void)state;
    for (int i = 0; i < IC_LIMIT_COUNT; i++) {
        const char *name = ic_limit_name((enum ic_limit)i);
        enum ic_limit found = IC_LIMIT_COUNT;
        struct ic_error error;
        char text[IC_LIMIT_TEXT_MAX];
        assert_true(ic_limit_find(name, strlen(name), &found));
        assert_int_equal(found, i);
        const uint64_t usual = ic_limit_value(NULL, found);
        assert_int_equal(ic_limit_value(&limits, found), usual);
        ic_limit_format(found, usual, text);
        assert_int_equal(ic_limit_parse(&limits, found, text, &error), IC_OK);
        assert_int_equal(limits.values[i], usual);
    }
}

static void several_are_set_in_one_text(void **state)
{
    struct ic_limits limits = {{0}};
    struct ic_error error;
    char name_only[] = "cache";
    (void)state;
    assert_int_equal(ic_limits_parse(&limits, "", &error), IC_OK);
    assert_int_equal(ic_limits_parse(&limits, "cache=64MiB, result=1 GiB,", &error), IC_OK);
    assert_int_equal(ic_limit_value(&limits, IC_LIMIT_CACHE), 64 * MIB);
    assert_int_equal(ic_limit_value(&limits, IC_LIMIT_RESULT), GIB);
    assert_int_equal(ic_limits_parse(&limits, "cache=64MiB,speed=1", &error), IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "\"speed=1\""));
    assert_non_null(strstr(error.text, "cache, postings, "));
    assert_int_equal(ic_limits_parse(&limits, name_only, &error), IC_BAD_INPUT);
    assert_int_equal(ic_limits_parse(&limits, "=1", &error), IC_BAD_INPUT);
    assert_int_equal(ic_limits_parse(&limits, "cach=1M", &error), IC_BAD_INPUT);
    assert_int_equal(ic_limits_parse(&limits, "caches=1M", &error), IC_BAD_INPUT);
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(ic_limits_parse(&limits, longer, &error), IC_BAD_INPUT);
}

/* ---- documents ---- */

static enum ic_status add(struct ic_document *document, const char *value, size_t length,
                          struct ic_error *error)
{
    const struct ic_term subject = ic_term_iri("http://x.org/s");
    const struct ic_term predicate = ic_term_iri("http://x.org/p");
    const struct ic_term object = {.kind = IC_LITERAL, .text = value, .length = length};
    return ic_document_add(document, &subject, &predicate, &object, NULL, 3, error);
}

static void documents_name_the_limits_they_pass(void **state)
{
    const struct ic_document_limits limits = {.statements_max = 2, .term_bytes_max = 2048};
    struct ic_document *document = ic_document_new("d", &limits);
    struct ic_error error;
    char text[4096];
    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(add(document, text, 2048, &error), IC_OK);
    assert_int_equal(add(document, text, 2049, &error), IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "a term of 2049 bytes is longer than the limit "
                                       "term = 2 KiB"));
    assert_int_equal(add(document, "b", 1, &error), IC_OK);
    assert_int_equal(add(document, "c", 1, &error), IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "the limit statements = 2"));
    assert_int_equal(error.line, 3);
    ic_document_free(document);
}

static void a_document_that_takes_more_memory_than_a_publication_may_is_refused(void **state)
{
    const struct ic_document_limits limits = {.memory_max = 256 * 1024};
    struct ic_document *document = ic_document_new("d", &limits);
    struct ic_error error;
    enum ic_status status = IC_OK;
    size_t added;
    (void)state;
    for (added = 0; status == IC_OK && added < 100000; added++) {
        char text[32];
        snprintf(text, sizeof text, "value %zu", added);
        status = add(document, text, strlen(text), &error);
    }
    assert_int_equal(status, IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "the limit transaction = 256 KiB"));
    assert_true(added > 100);
    assert_in_range(ic_document_memory(document), 256 * 1024, 512 * 1024);
    ic_document_free(document);
}

/* ---- a catalog with limits ---- */

static void reopen(struct fixture *f, const char *limits)
{
    struct ic_catalog_options options = {
        .directory = f->catalog_directory, .create = true, .clock = {fixture_now, f}};
    ic_catalog_close(f->catalog);
    f->catalog = NULL;
    assert_int_equal(ic_limits_parse(&options.limits, limits, &f->error), IC_OK);
    if (ic_catalog_open(&options, &f->catalog, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

/* Clouds c0, c1, ... in Turtle; free. With another first one they all are others. */
static char *clouds_turtle(size_t first, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = first; i < first + count; i++)
        fprintf(out,
                "<http://c%zu.org/> a :Cloud ; :cloudName \"c%zu\" ; :availabilityQuantity "
                "99.%zu ; :description \"the cloud number %zu, which was told after %zu\" .\n",
                i, i, i % 100, i, first);
    fclose(out);
    return text;
}

static enum ic_status publish_clouds(struct fixture *f, size_t first, size_t count)
{
    char *text = clouds_turtle(first, count);
    const enum ic_status status = fixture_publish(f, IC_OWNER_ADMIN, text, 0, NULL);
    free(text);
    return status;
}

static enum ic_status ignore_info(void *context, const struct ic_advertisement_info *info,
                                  struct ic_error *error)
{
    (void)info;
    (void)error;
    ++*(size_t *)context;
    return IC_OK;
}

static size_t count_clouds(struct fixture *f)
{
    const struct ic_view view = {NULL, 0};
    size_t count = 0;
    assert_int_equal(ic_catalog_list(f->catalog, &view, ignore_info, &count, &f->error), IC_OK);
    return count;
}

static void a_publication_that_writes_more_than_a_transaction_may_changes_nothing(void **state)
{
    struct fixture *f = *state;
    reopen(f, "transaction=64 KiB");
    assert_int_equal(publish_clouds(f, 0, 3), IC_OK);
    assert_int_equal(publish_clouds(f, 1, CLOUDS), IC_TOO_LARGE);
    assert_non_null(strstr(f->error.text, "the limit transaction = 64 KiB"));
    assert_int_equal(count_clouds(f), 3);
    assert_int_equal(publish_clouds(f, 3, 3), IC_OK);
    assert_int_equal(count_clouds(f), 6);
    reopen(f, "");
    assert_int_equal(publish_clouds(f, 1, CLOUDS), IC_OK);
}

static void a_graph_that_is_larger_than_a_transaction_changes_nothing(void **state)
{
    struct fixture *f = *state;
    char *text = clouds_turtle(0, CLOUDS);
    struct ic_document *large = fixture_document(text);
    struct ic_document *small = fixture_document("x:a x:b x:c .");
    reopen(f, "transaction=64 KiB");
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", small, false, &f->error), IC_OK);
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", large, false, &f->error),
        IC_TOO_LARGE);
    assert_non_null(strstr(f->error.text, "the limit transaction = 64 KiB"));
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", small, false, &f->error), IC_OK);
    ic_document_free(large);
    ic_document_free(small);
    free(text);
}

/* ---- results ---- */

static enum ic_status no_begin(void *context, enum ic_query_kind kind,
                               const char *const *variables, size_t count,
                               struct ic_error *error)
{
    (void)context;
    (void)kind;
    (void)variables;
    (void)count;
    (void)error;
    return IC_OK;
}

static enum ic_status count_row(void *context, const struct ic_term *const *cells, size_t count,
                                struct ic_error *error)
{
    (void)cells;
    (void)count;
    (void)error;
    ++*(size_t *)context;
    return IC_OK;
}

static enum ic_status count_triple(void *context, const struct ic_term *subject,
                                   const struct ic_term *predicate,
                                   const struct ic_term *object, struct ic_error *error)
{
    (void)subject;
    (void)predicate;
    (void)object;
    return count_row(context, NULL, 0, error);
}

static enum ic_status no_end(void *context, struct ic_error *error)
{
    (void)context;
    (void)error;
    return IC_OK;
}

static enum ic_status query(struct fixture *f, const char *engine, size_t memory_max,
                            const char *text, size_t *rows)
{
    const struct ic_view view = {NULL, 0};
    const struct ic_query_options options = {.engine = engine, .memory_max = memory_max};
    const struct ic_query_sink sink = {.context = rows,
                                       .begin = no_begin,
                                       .row = count_row,
                                       .triple = count_triple,
                                       .end = no_end};
    struct ic_dataset *dataset = NULL;
    char *whole = NULL;
    *rows = 0;
    assert_true(asprintf(&whole, "PREFIX : <http://www.csp/resOntology#> %s", text) > 0);
    assert_int_equal(ic_catalog_dataset(f->catalog, &view, &dataset, &f->error), IC_OK);
    const enum ic_status status = ic_query_run(dataset, whole, &options, &sink, &f->error);
    ic_dataset_free(dataset);
    free(whole);
    return status;
}

#define AD "FILTER (STRSTARTS(STR(?g), \"urn:intercloud:ad:\"))"

static void queries_that_remember_more_than_a_result_may_are_refused(void **state)
{
    static const struct {
        const char *engine, *text;
    } queries[] = {
        {"native",
         "SELECT ?n ?d { GRAPH ?g { ?s a :Cloud ; :cloudName ?n ; :description ?d } " AD
         "} ORDER BY ?d"},
        {"native", "SELECT DISTINCT ?d { GRAPH ?g { ?s a :Cloud ; :description ?d } " AD "}"},
        {"rasqal", "SELECT ?n ?d { GRAPH ?g { ?s :cloudName ?n ; :description ?d } } "
                   "ORDER BY ?d"},
        {"rasqal", "SELECT DISTINCT ?d { GRAPH ?g { ?s :description ?d } }"},
        {"rasqal", "CONSTRUCT { ?s :description ?d } { GRAPH ?g { ?s :description ?d } }"},
    };
    struct fixture *f = *state;
    assert_int_equal(publish_clouds(f, 0, CLOUDS), IC_OK);
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        size_t rows;
        if (query(f, queries[i].engine, 0, queries[i].text, &rows) != IC_OK)
            fail_msg("%zu: %s", i, f->error.text);
        assert_int_equal(rows, CLOUDS);
        if (query(f, queries[i].engine, 16 * KIB, queries[i].text, &rows) != IC_TOO_LARGE)
            fail_msg("%zu: %s", i, f->error.text);
        assert_non_null(strstr(f->error.text, "the limit result = 16 KiB"));
    }
}

static void an_answer_is_held_to_the_limit_of_its_catalog(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(publish_clouds(f, 0, CLOUDS), IC_OK);
    reopen(f, "result=64 KiB");
    const char *names = fixture_match(f, "cloudName exists");
    assert_non_null(strstr(names, "too-large: "));
    assert_non_null(strstr(names, "the limit result = 64 KiB"));
    assert_string_equal(fixture_match(f, "cloudName c17"), "c17");
    size_t rows;
    assert_int_equal(query(f, NULL, 0, "SELECT ?d { ?s :description ?d } ORDER BY ?d", &rows),
                     IC_TOO_LARGE);
}

/* ---- what is only remembered ---- */

static uint64_t log_bytes(const struct fixture *f)
{
    DIR *directory = opendir(f->catalog_directory);
    uint64_t bytes = 0;
    assert_non_null(directory);
    for (const struct dirent *file; (file = readdir(directory));) {
        struct stat info;
        if (strncmp(file->d_name, "log.", 4) == 0 &&
            fstatat(dirfd(directory), file->d_name, &info, 0) == 0)
            bytes += (uint64_t)info.st_size;
    }
    closedir(directory);
    return bytes;
}

static void with_the_least_of_everything_the_answers_are_the_same(void **state)
{
    enum { BATCH = 100, ROUNDS = 10, LOG_MAX = 3 * 1024 * 1024 };
    struct fixture *f = *state;
    char *former = f->catalog_directory;
    assert_true(asprintf(&f->catalog_directory, "%s-2", former) >
                0); /* with a log of its own */
    free(former);
    reopen(f, "cache=1M,postings=64K,names=64K,terms=64K,versions=64K,log=1M");
    for (int round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < CLOUDS; i += BATCH)
            assert_int_equal(publish_clouds(f, i + (size_t)round, BATCH), IC_OK);
    assert_int_equal(count_clouds(f), CLOUDS + ROUNDS - 1);
    assert_string_equal(fixture_match(f, "availabilityQuantity 99.99"),
                        "c199 c299 c399 c499 c599 c99");
    size_t rows;
    assert_int_equal(query(f, NULL, 0, "SELECT ?n { GRAPH ?g { ?s :cloudName ?n } }", &rows),
                     IC_OK);
    assert_int_equal(rows, CLOUDS + ROUNDS - 1);
    assert_in_range(log_bytes(f), 1, LOG_MAX);
    reopen(f, "");
    assert_string_equal(fixture_match(f, "availabilityQuantity 99.99"),
                        "c199 c299 c399 c499 c599 c99");
}

static void a_reader_whose_versions_were_forgotten_is_told_which_limit_did_it(void **state)
{
    struct fixture *f = *state;
    const struct ic_view view = {NULL, 0};
    struct ic_dataset *dataset = NULL;
    const struct ic_query_options options = {.engine = "rasqal"};
    size_t rows = 0;
    const struct ic_query_sink sink = {
        .context = &rows, .begin = no_begin, .row = count_row, .end = no_end};
    reopen(f, "versions=64K");
    assert_int_equal(publish_clouds(f, 0, CLOUDS), IC_OK);
    assert_int_equal(ic_catalog_dataset(f->catalog, &view, &dataset, &f->error), IC_OK);
    assert_int_equal(publish_clouds(f, 1, CLOUDS), IC_OK);
    assert_int_equal(publish_clouds(f, 2, CLOUDS), IC_OK);
    assert_int_equal(ic_query_run(dataset,
                                  "SELECT ?n { GRAPH ?g { ?s "
                                  "<http://www.csp/resOntology#cloudName> ?n } }",
                                  &options, &sink, &f->error),
                     IC_BUSY);
    assert_non_null(strstr(f->error.text, "the limit versions = 64 KiB"));
    ic_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_bytes_or_have_a_unit),
        cmocka_unit_test(a_count_has_no_unit),
        cmocka_unit_test(every_limit_is_found_by_its_name_and_has_a_default),
        cmocka_unit_test(several_are_set_in_one_text),
        cmocka_unit_test(documents_name_the_limits_they_pass),
        cmocka_unit_test(a_document_that_takes_more_memory_than_a_publication_may_is_refused),
        cmocka_unit_test_setup_teardown(
            a_publication_that_writes_more_than_a_transaction_may_changes_nothing,
            fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_graph_that_is_larger_than_a_transaction_changes_nothing, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(
            queries_that_remember_more_than_a_result_may_are_refused, fixture_setup,
            fixture_teardown),
        cmocka_unit_test_setup_teardown(an_answer_is_held_to_the_limit_of_its_catalog,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(with_the_least_of_everything_the_answers_are_the_same,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            a_reader_whose_versions_were_forgotten_is_told_which_limit_did_it, fixture_setup,
            fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
