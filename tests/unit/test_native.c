/* SPDX-License-Identifier: Apache-2.0 */
/* The engine native against rasqal: random catalogs, random queries, the same rows. And which
 * queries it takes, which it leaves, and why. */
#include "catalog_fixture.h"

#include <stdio.h>

#include "catalog/native.h"
#include "catalog/request.h"
#include "tests/unit/request_random.h"

#define PREFIXES                                                                               \
    "PREFIX : <http://www.csp/resOntology#> PREFIX x: <http://x.org/> "                        \
    "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
#define OF_ADVERTISEMENTS "FILTER (STRSTARTS(STR(?ad), \"urn:intercloud:ad:\"))"

enum { ROWS_MAX = 20000 };

/* ---- rows as text ---- */

struct rows {
    enum ic_status status;
    struct ic_error error;
    char **lines; /* owned, with what they point to */
    size_t count;
    bool truth;
    bool done; /* the sink's end was called */
};

static enum ic_status take_begin(void *context, enum ic_query_kind kind,
                                 const char *const *variables, size_t count,
                                 struct ic_error *error)
{
    (void)context, (void)kind, (void)variables, (void)count, (void)error;
    return IC_OK;
}

static enum ic_status take_row(void *context, const struct ic_term *const *cells, size_t count,
                               struct ic_error *error)
{
    struct rows *rows = context;
    size_t size;
    (void)error;
    if (rows->count == ROWS_MAX)
        return ic_fail(error, IC_TOO_LARGE, "more rows than the test compares");
    rows->lines = realloc(rows->lines, (rows->count + 1) * sizeof *rows->lines);
    FILE *out = open_memstream(&rows->lines[rows->count++], &size);
    for (size_t i = 0; i < count; i++) {
        if (cells[i])
            ic_term_write(out, cells[i]);
        fputc('\t', out);
    }
    fclose(out);
    return IC_OK;
}

static enum ic_status take_boolean(void *context, bool value, struct ic_error *error)
{
    (void)error;
    ((struct rows *)context)->truth = value;
    return IC_OK;
}

static enum ic_status take_end(void *context, struct ic_error *error)
{
    (void)error;
    ((struct rows *)context)->done = true;
    return IC_OK;
}

static struct rows ask(struct fixture *f, const char *query,
                       const struct ic_query_options *options)
{
    struct rows rows = {.lines = NULL};
    struct ic_dataset *dataset;
    const struct ic_query_sink sink = {.context = &rows,
                                       .begin = take_begin,
                                       .row = take_row,
                                       .boolean = take_boolean,
                                       .end = take_end};
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    rows.status = ic_query_run(dataset, query, options, &sink, &rows.error);
    ic_dataset_free(dataset);
    return rows;
}

static struct rows run(struct fixture *f, const char *engine, const char *query)
{
    return ask(f, query, &(struct ic_query_options){.engine = engine});
}

static void free_rows(struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->lines[i]);
    free(rows->lines);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct rows *rows)
{
    if (rows->count)
        qsort(rows->lines, rows->count, sizeof *rows->lines, compare_lines);
}

static void expect_equal(const struct rows *native, const struct rows *other, const char *query)
{
    bool equal = native->count == other->count && native->truth == other->truth;
    for (size_t i = 0; equal && i < native->count; i++)
        equal = strcmp(native->lines[i], other->lines[i]) == 0;
    if (equal)
        return;
    print_error("%s\n-- native, %zu rows:\n", query, native->count);
    for (size_t i = 0; i < native->count; i++)
        print_error("%s\n", native->lines[i]);
    print_error("-- rasqal, %zu rows:\n", other->count);
    for (size_t i = 0; i < other->count; i++)
        print_error("%s\n", other->lines[i]);
    fail_msg("the engines differ");
}

/* Runs it natively and by rasqal. False: one of them does not do it, *reason (unless NULL) says
 * why. `ordered`: the rows' order
 * counts too. */
static bool same(struct fixture *f, const char *query, bool ordered, size_t *rows,
                 struct ic_error *reason)
{
    struct rows native = run(f, "native", query);
    if (native.status != IC_OK && native.status != IC_UNSUPPORTED)
        fail_msg("%s: %s\n%s", ic_status_name(native.status), native.error.text, query);
    struct rows other = {.status = IC_UNSUPPORTED};
    if (native.status == IC_OK)
        other = run(f, "rasqal", query);
    const bool both = native.status == IC_OK && other.status == IC_OK;
    if (native.status == IC_OK)
        assert_true(native.done);
    if (both && !ordered) {
        sort(&native);
        sort(&other);
    }
    if (both)
        expect_equal(&native, &other, query);
    *rows = native.count;
    if (!both && reason)
        *reason = native.status == IC_OK ? other.error : native.error;
    free_rows(&native);
    free_rows(&other);
    return both;
}

/* What native answers, row by row; the same as rasqal's. */
static void expect_rows(struct fixture *f, const char *query, const char *expected)
{
    char *text = NULL, *got = NULL;
    size_t size;
    assert_true(asprintf(&text, PREFIXES "%s", query) > 0);
    struct rows rows = run(f, "native", text);
    if (rows.status != IC_OK)
        fail_msg("%s: %s\n%s", ic_status_name(rows.status), rows.error.text, query);
    FILE *out = open_memstream(&got, &size);
    for (size_t i = 0; i < rows.count; i++)
        fprintf(out, "%s%s", rows.lines[i], i + 1 < rows.count ? "|" : "");
    fclose(out);
    assert_string_equal(got, expected);
    free(got);
    free(text);
    free_rows(&rows);
}

static void expect_reason(struct fixture *f, const char *query, const char *reason)
{
    char *text = NULL;
    assert_true(asprintf(&text, PREFIXES "%s", query) > 0);
    struct rows rows = run(f, "native", text);
    if (rows.status != IC_UNSUPPORTED || !strstr(rows.error.text, reason))
        fail_msg("%s: %s\ninstead of: %s\n%s", ic_status_name(rows.status), rows.error.text,
                 reason, query);
    assert_int_equal(rows.count, 0);
    free(text);
    free_rows(&rows);
}

static void publish(struct fixture *f, const char *owner, const char *turtle)
{
    if (fixture_publish(f, owner, turtle, 0, NULL) != IC_OK)
        fail_msg("%s\n%s", f->error.text, turtle);
}

/* ---- random catalogs ---- */

static const char *const numbers[] = {"1",
                                      "2",
                                      "2.0",
                                      "3",
                                      "5e0",
                                      "\"5\"^^xsd:float",
                                      "7.25",
                                      "-1",
                                      "9007199254740993",
                                      "9007199254740992.0",
                                      "1e30",
                                      "\"INF\"^^xsd:double"};
static const char *const others[] = {"\"a\"", "\"b\"", "\"a\"@en",    "x:i",
                                     "true",  "\"1\"", "\"x\"^^x:dt", "\"oops\"^^xsd:integer"};

static const char *some(struct random *random, const char *const *list, size_t count)
{
    return list[random_below(random, count)];
}
#define SOME(random, list) some(random, list, sizeof(list) / sizeof *(list))

/* x:p is mostly one number, x:q several of anything, x:r rarely there, x:s one string. */
static void put_values(struct random *random, FILE *out)
{
    if (!random_chance(random, 5))
        fprintf(out, " ; x:p %s", SOME(random, numbers));
    for (size_t i = random_below(random, 4); i; i--)
        fprintf(out, " ; x:q %s",
                random_chance(random, 3) ? SOME(random, others) : SOME(random, numbers));
    if (random_chance(random, 4))
        fprintf(out, " ; x:r %s", SOME(random, others));
    if (!random_chance(random, 3))
        fprintf(out, " ; x:s %s", random_chance(random, 2) ? "\"a\"" : "\"b\"");
}

static void publish_random(struct fixture *f, struct random *random, size_t number)
{
    char *text = NULL;
    size_t size;
    const size_t offers = random_below(random, 4);
    FILE *out = open_memstream(&text, &size);
    fprintf(out, "x:c%zu a :Cloud ; :cloudName \"c%zu\"", number, number);
    put_values(random, out);
    for (size_t i = 0; i < offers; i++)
        fprintf(out, " ; :offers x:o%zu_%zu", number, i);
    fprintf(out, " .\n");
    for (size_t i = 0; i < offers; i++) {
        fprintf(out, "x:o%zu_%zu a :Offer", number, i);
        put_values(random, out);
        fprintf(out, " .\n");
    }
    fclose(out);
    publish(f, "a@a.org", text);
    free(text);
}

/* ---- random queries ---- */

struct writing {
    struct random *random;
    FILE *out;
    size_t variables;
    bool offers; /* there is ?o */
};

static const char *random_property(struct random *random)
{
    static const char *const properties[] = {"x:p", "x:q", "x:r", "x:s"};
    return SOME(random, properties);
}

static void put_comparison(struct writing *w, size_t variable)
{
    static const char *const signs[] = {">=", "<=", "<", ">", "="};
    if (random_chance(w->random, 4))
        fprintf(w->out, "?v%zu IN (%s, %s)", variable, SOME(w->random, numbers),
                random_chance(w->random, 2) ? "\"a\"" : "x:i");
    else if (random_chance(w->random, 4))
        fprintf(w->out, "?v%zu = %s", variable, random_chance(w->random, 2) ? "\"a\"" : "x:i");
    else if (random_chance(w->random, 5))
        fprintf(w->out, "%s %s ?v%zu", SOME(w->random, numbers), SOME(w->random, signs),
                variable);
    else
        fprintf(w->out, "?v%zu %s %s", variable, SOME(w->random, signs),
                SOME(w->random, numbers));
}

static void put_filter(struct writing *w, size_t variable)
{
    fprintf(w->out, "FILTER (");
    put_comparison(w, variable);
    if (random_chance(w->random, 3)) {
        fprintf(w->out, " %s ", random_chance(w->random, 2) ? "&&" : "||");
        put_comparison(w, variable);
    }
    fprintf(w->out, ") ");
}

static const char *subject(struct writing *w)
{
    return w->offers && !random_chance(w->random, 3) ? "?o" : "?c";
}

static void put_part(struct writing *w, int depth);

static void put_parts(struct writing *w, int depth)
{
    for (size_t i = 1 + random_below(w->random, 2); i; i--)
        put_part(w, depth);
}

static void put_triple(struct writing *w)
{
    const char *s = subject(w);
    if (random_chance(w->random, 3)) {
        fprintf(w->out, "%s %s %s . ", s, random_property(w->random), SOME(w->random, others));
        return;
    }
    const size_t variable = w->variables++;
    fprintf(w->out, "%s %s ?v%zu . ", s, random_property(w->random), variable);
    if (!random_chance(w->random, 3))
        put_filter(w, variable);
}

static void put_union(struct writing *w, int depth)
{
    if (random_chance(w->random, 2)) { /* one variable of several properties */
        const char *s = subject(w);
        const size_t variable = w->variables++;
        fprintf(w->out, "{ %s x:p ?v%zu } UNION { %s x:q ?v%zu } ", s, variable, s, variable);
        put_filter(w, variable);
        return;
    }
    fprintf(w->out, "{ ");
    put_parts(w, depth - 1);
    fprintf(w->out, "} UNION { ");
    put_parts(w, depth - 1);
    fprintf(w->out, "} ");
}

static void put_part(struct writing *w, int depth)
{
    switch (depth > 0 ? random_below(w->random, 9) : 0) {
    case 5:
        put_union(w, depth);
        break;
    case 6:
        fprintf(w->out, "FILTER %sEXISTS { ", random_chance(w->random, 3) ? "" : "NOT ");
        put_parts(w, depth - 1);
        fprintf(w->out, "} ");
        break;
    case 7: {
        const char *s = subject(w);
        fprintf(w->out, "OPTIONAL { %s %s ?v%zu } ", s, random_property(w->random),
                w->variables++);
        break;
    }
    case 8:
        if (random_chance(w->random, 2)) {
            fprintf(w->out, "MINUS { ");
            put_parts(w, depth - 1);
            fprintf(w->out, "} ");
            break;
        }
        if (w->offers) {
            fprintf(w->out, "FILTER EXISTS { ?c :offers ?o%zu . ?o%zu x:s \"a\" . } ",
                    w->variables, w->variables);
            w->variables++;
            break;
        }
        put_triple(w);
        break;
    default:
        put_triple(w);
    }
}

static void put_head(struct writing *w, const char *what, size_t shown)
{
    fprintf(w->out, PREFIXES "SELECT %s", what);
    if (random_chance(w->random, 3) || !shown)
        fprintf(w->out, "?n");
    else
        for (size_t i = 0; i < shown; i++)
            fprintf(w->out, "%s ",
                    i == 0   ? "?n"
                    : i == 1 ? (w->offers ? "?o" : "?c")
                    : i == 2 ? "?v0"
                             : "?v1");
    fprintf(w->out, " { ");
}

/* A query, owned, over the default graph or each advertisement. */
static char *random_query(struct random *random)
{
    static const char *const whats[] = {"", "DISTINCT ", "DISTINCT ", "REDUCED "};
    char *text = NULL;
    size_t size;
    struct writing w = {.random = random, .out = open_memstream(&text, &size)};
    const bool graph = random_chance(random, 2);
    const char *what = SOME(random, whats);
    w.offers = random_chance(random, 2);
    put_head(&w, strcmp(what, "REDUCED ") == 0 ? "DISTINCT " : what, random_below(random, 5));
    fprintf(w.out, "%s ?c :cloudName ?n . %s", graph ? "GRAPH ?ad {" : "",
            w.offers ? "?c :offers ?o . " : "");
    for (size_t i = 1 + random_below(random, 3); i; i--)
        put_part(&w, 2);
    fprintf(w.out, "%s }", graph ? "} " OF_ADVERTISEMENTS : "");
    fclose(w.out);
    return text;
}

static void random_queries_have_the_same_rows(void **state)
{
    struct fixture *f = *state;
    struct random random = random_seeded();
    size_t both = 0, some_rows = 0;
    enum { CLOUDS = 25, QUERIES = 400 };
    for (size_t i = 0; i < CLOUDS; i++)
        publish_random(f, &random, i);
    for (size_t i = 0; i < QUERIES; i++) {
        char *query = random_query(&random);
        size_t rows;
        const bool answered = same(f, query, false, &rows, NULL);
        both += answered;
        some_rows += answered && rows;
        free(query);
    }
    print_message("%zu of %d queries were run by both engines, %zu of them have rows\n", both,
                  QUERIES, some_rows);
    assert_true(both >= QUERIES / 2 && some_rows >= QUERIES / 8);
}

/* Clouds of two owners with one subject, parts that several describe, and one that ran out. */
static void subjects_of_several_advertisements(void **state)
{
    struct fixture *f = *state;
    struct random random = random_seeded();
    enum { CLOUDS = 6, QUERIES = 150 };
    size_t both = 0;
    for (size_t i = 0; i < CLOUDS; i++)
        publish_random(f, &random, i);
    publish(f, "a@a.org", "x:c1 a :Cloud ; :cloudName \"again\" ; x:p 5 ; x:s \"a\" ; x:q 1 .");
    publish(f, "a@a.org",
            "x:d a :Cloud ; :cloudName \"d\" ; :offers x:o2_0, x:part . x:part x:p 3 .");
    assert_int_equal(
        fixture_publish(f, "a@a.org",
                        "x:e a :Cloud ; :cloudName \"e\" ; :offers x:o3_0 ; x:p 2 .", DAY_MS,
                        NULL),
        IC_OK);
    f->now_ms += 2 * DAY_MS;
    for (size_t i = 0; i < QUERIES; i++) {
        size_t rows;
        char *query = random_query(&random);
        both += same(f, query, false, &rows, NULL);
        free(query);
    }
    assert_true(both > QUERIES / 15);
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n FILTER (?n = \"d\") }", "\"d\"\t");
    expect_reason(f, "SELECT ?n { ?c :cloudName ?n ; x:s \"a\" }", "several advertisements");
    expect_reason(f, "SELECT ?n { ?c :cloudName ?n ; :offers ?o . ?o x:nowhere 1 }",
                  "several advertisements");
    expect_rows(f,
                "SELECT ?n { GRAPH ?ad { ?c :cloudName ?n ; x:s \"a\" ; x:p 5 ; x:q 1 "
                "FILTER (?n = \"again\") } " OF_ADVERTISEMENTS " }",
                "\"again\"\t");
}

/* ---- order ---- */

static void first_rows_in_order(void **state)
{
    static const char *const orders[] = {
        "?p ?n", "DESC(?p) ?n", "?p DESC(?n)", "DESC(?n)",
        "?n",    "?q ?p ?n ?c", "?c ?q ?p",    "DESC(?q) ?n ?p"};
    struct fixture *f = *state;
    struct random random = random_seeded();
    enum { CLOUDS = 60 };
    for (size_t i = 0; i < CLOUDS; i++)
        publish_random(f, &random, i);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (size_t limit = 0; limit < 40; limit += 7) {
            char *query = NULL;
            size_t rows;
            assert_true(asprintf(&query,
                                 PREFIXES "SELECT ?c ?n ?p ?q { ?c :cloudName ?n ; x:p ?p . "
                                          "OPTIONAL { ?c x:q ?q } } ORDER BY %s LIMIT %zu "
                                          "OFFSET %zu",
                                 orders[i], limit, limit / 3) > 0);
            /* Of equal keys any may come first: the orders that name all of a row are total. */
            assert_true(same(f, query, strstr(orders[i], "?q") != NULL, &rows, NULL) ||
                        strstr(orders[i], "?q") == NULL);
            free(query);
        }
}

/* Enough clouds for a walk over values, which are equal in value and not as terms. */
static void the_cheapest_of_many(void **state)
{
    struct fixture *f = *state;
    char *text = NULL;
    size_t size, rows;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < 400; i++)
        fprintf(out, "x:c%d a :Cloud ; :cloudName \"c%03d\" ; x:price %d%s ; x:g %d .\n", i, i,
                100 + i * 7 % 50, i % 3 ? "" : ".0", i % 4);
    fclose(out);
    publish(f, "a@a.org", text);
    free(text);
    static const char *const orders[] = {"?p ?n", "DESC(?p) ?n", "?p DESC(?n)"};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (size_t limit = 1; limit < 60; limit += 13) {
            char *query = NULL;
            assert_true(asprintf(&query,
                                 PREFIXES "SELECT ?n ?p ?g { ?c :cloudName ?n ; x:price ?p "
                                          "OPTIONAL { ?c x:g ?g } FILTER (?p > 101.5) } "
                                          "ORDER BY %s LIMIT %zu OFFSET 3",
                                 orders[i], limit) > 0);
            assert_true(same(f, query, true, &rows, NULL));
            assert_int_equal(rows, limit);
            free(query);
        }
}

static struct ic_answer *match(struct fixture *f, const struct ic_request *request,
                               size_t limit)
{
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.limit = limit, .engine = "native"};
    if (ic_catalog_match(f->catalog, request, &options, &answer, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    return answer;
}

/* A query for names alone chooses the first ones without sorting all; names come from one
 * advertisement after the other in no order. */
static void the_first_names_of_many(void **state)
{
    static const char *const orders[] = {"?n", "DESC(?n)"};
    enum { CLOUDS = 300 };
    struct fixture *f = *state;
    struct random random = random_seeded();
    struct ic_request *request = NULL;
    for (size_t i = 0; i < CLOUDS; i++) {
        char *text = NULL;
        assert_true(asprintf(&text, "x:c%zu a :Cloud ; :cloudName \"%s%zu\" ; x:p %zu .", i,
                             random_chance(&random, 2) ? "c" : "cloud-",
                             i * 7919 + random_below(&random, 7919), i % 2) > 0);
        publish(f, "a@a.org", text);
        free(text);
    }
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++)
        for (size_t limit = 0; limit < CLOUDS; limit += 1 + random_below(&random, 60)) {
            char *query = NULL;
            size_t rows;
            assert_true(asprintf(&query,
                                 PREFIXES "SELECT DISTINCT ?n { ?c :cloudName ?n ; x:p 1 } "
                                          "ORDER BY %s LIMIT %zu OFFSET %zu",
                                 orders[i], limit, random_below(&random, 9)) > 0);
            assert_true(same(f, query, true, &rows, NULL));
            free(query);
        }
    const char *text = "cloudName exists";
    assert_int_equal(ic_request_parse("request", &text, 1, &request, &f->error), IC_OK);
    struct ic_answer *all = match(f, request, 0);
    assert_int_equal(all->shown, CLOUDS);
    for (size_t limit = 1; limit <= CLOUDS + 1; limit += 1 + random_below(&random, 60)) {
        struct ic_answer *some = match(f, request, limit);
        assert_int_equal(some->matched, CLOUDS);
        assert_int_equal(some->shown, limit < CLOUDS ? limit : CLOUDS);
        for (size_t i = 0; i < some->shown; i++)
            assert_string_equal(some->clouds[i].name, all->clouds[i].name);
        ic_answer_free(some);
    }
    ic_answer_free(all);
    ic_request_free(request);
}

static int compare_texts(const void *a, const void *b)
{
    const struct cloud_name *const *x = a, *const *y = b;
    return strcmp((*x)->text, (*y)->text);
}

static void names_sort_by_code_points(void **state)
{
    enum { NAMES = 3000 };
    static const char *const heads[] = {"cloud-", "cloud-\xC3\xA9", "cl", "",
                                        "cloud-0123456789"};
    struct random random = random_seeded();
    static struct cloud_name names[NAMES];
    static const struct cloud_name *sorted[NAMES], *expected[NAMES];
    (void)state;
    for (size_t most = 1; most <= NAMES; most = most * 3 + 1) {
        const size_t same_head = random_below(&random, 2);
        for (size_t i = 0; i < most; i++) {
            char *text = NULL;
            const char *head = same_head ? heads[0] : SOME(&random, heads);
            assert_true(asprintf(&text, "%s%zu%s", head,
                                 random_below(&random, random_chance(&random, 2) ? 30 : 100000),
                                 random_chance(&random, 3) ? "\xF0\x9F\x98\x80" : "") > 0);
            names[i] = (struct cloud_name){text, (uint32_t)strlen(text)};
            sorted[i] = expected[i] = &names[i];
        }
        assert_true(native_sort_names(sorted, most));
        qsort(expected, most, sizeof *expected, compare_texts);
        for (size_t i = 0; i < most; i++)
            assert_string_equal(sorted[i]->text, expected[i]->text);
        for (size_t i = 0; i < most; i++)
            free((void *)(uintptr_t)names[i].text);
    }
}

/* ---- requests ---- */

static void every_request_runs_natively(void **state)
{
    static const char *const requests[] = {
        "availabilityQuantity >= 99.999; replicationFactor >= 5",
        "not memorySize >= 64 GB; replicationFactor not exists; operatingSystem != Debian",
        "accessProtocol NFS or availabilityQuantity >= 99; accessProtocol not in (NFS, SMB)",
        "not memorySize >= 64 GB or gpuCount not exists; cloudName c1 or cpuCount >= 2",
        "offer { memorySize >= 1 GB }; offer { not cpuCount > 4; dataResidency within EU }",
        "replicationFactor >= 2; offer { memorySize >= 1 GB or cloudName not exists }",
        "dataResidency not within EU; cloudName != c3"};
    struct fixture *f = *state;
    struct ic_ontology *ontology = ic_catalog_ontology(f->catalog);
    publish(f, "a@a.org",
            "x:c1 a :Cloud ; :cloudName \"c1\" ; :replicationFactor 5 ; :offers x:o1, x:o2 ."
            "x:o1 :cpuCount 2 . x:o2 :cpuCount 8 ; :InterCloudStorageAccess \"NFS\" .");
    for (size_t i = 0; i < 2 * sizeof requests / sizeof *requests; i++) {
        struct ic_request *request;
        char *sparql = NULL;
        size_t rows;
        if (ic_request_parse("request", &requests[i / 2], 1, &request, &f->error) != IC_OK ||
            ic_request_compile(request, ontology, i % 2, NULL, NULL, &sparql, &f->error) !=
                IC_OK)
            fail_msg("%s: %s", requests[i / 2], f->error.text);
        if (!same(f, sparql, true, &rows, &f->error))
            fail_msg("%s\n%s\n%s", requests[i / 2], sparql, f->error.text);
        free(sparql);
        ic_request_free(request);
    }
    ic_ontology_release(ontology);
}

/* ---- one by one ---- */

static void fill(struct fixture *f)
{
    publish(f, "a@a.org",
            "x:c1 a :Cloud ; :cloudName \"c1\" ; x:m 1, 2.0, 3 ; x:k \"a\", \"b\" ; x:t true ;"
            " x:d \"2024-02-28\"^^xsd:date ; :offers x:o1, x:o2 ."
            "x:o1 x:m 10 . x:o2 x:w \"2024-02-28Z\"^^xsd:date .");
    publish(
        f, "a@a.org",
        "x:c2 a :Cloud ; :cloudName \"c2\" ; x:m 9007199254740993 ; x:t \"1\"^^xsd:boolean ;"
        " x:d \"2024-02-29\"^^xsd:date ; x:n \"NaN\"^^xsd:double .");
}

static void rows_count_as_often_as_they_come(void **state)
{
    struct fixture *f = *state;
    fill(f);
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:k ?k . ?c x:m ?m FILTER (?m >= 2) } ",
                "\"c1\"\t|\"c1\"\t|\"c1\"\t|\"c1\"\t");
    expect_rows(f, "SELECT DISTINCT ?n { ?c :cloudName ?n ; x:k ?k }", "\"c1\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n . { ?c x:k \"a\" } UNION { ?c x:m 3 } }",
                "\"c1\"\t|\"c1\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; :offers ?o . ?o x:m ?m FILTER (?m > 2) }",
                "\"c1\"\t|\"c1\"\t|\"c2\"\t");
    expect_rows(f, "SELECT ?k { ?c :cloudName \"c1\" ; x:k ?k FILTER (?k = \"b\") }",
                "\"b\"\t");
    expect_rows(f, "SELECT ?ad { GRAPH ?ad { ?c :cloudName \"c2\" } " OF_ADVERTISEMENTS " }",
                "<urn:intercloud:ad:a@a.org:c2>\t");
    expect_rows(f, "SELECT ?z ?n { ?c :cloudName ?n ; x:k \"a\" }", "\t\"c1\"\t");
}

/* What is asked natively alone: rasqal has no MINUS and no groups in OPTIONAL. */
static void minus_and_optional(void **state)
{
    struct fixture *f = *state;
    fill(f);
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n MINUS { ?c x:k \"a\" } }", "\"c2\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n MINUS { ?c x:m ?m FILTER (?m > 3) } }",
                "\"c1\"\t");
    expect_rows(f,
                "SELECT ?n ?m { ?c :cloudName ?n OPTIONAL { ?c x:m ?m FILTER (?m < 2) } } "
                "ORDER BY ?n",
                "\"c1\"\t\"1\"^^<http://www.w3.org/2001/XMLSchema#integer>\t|\"c2\"\t\t");
    expect_rows(f,
                "SELECT ?n { ?c :cloudName ?n FILTER EXISTS { ?c :offers ?o . ?o x:m 10 } "
                "MINUS { ?c x:t false } }",
                "\"c1\"\t");
    struct rows rows = run(f, "native", PREFIXES "ASK { ?c x:m 3 ; x:k \"b\" }");
    assert_int_equal(rows.status, IC_OK);
    assert_true(rows.truth && rows.done);
    free_rows(&rows);
    rows = run(f, "native", PREFIXES "ASK { ?c x:m 10 ; :cloudName \"c1\" }");
    assert_true(!rows.truth && rows.done);
    free_rows(&rows);
}

static void values_compare_exactly(void **state)
{
    struct fixture *f = *state;
    fill(f);
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:m ?m FILTER (?m = 9007199254740992) }",
                "");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:m ?m FILTER (?m >= 9007199254740993.0) }",
                "\"c2\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:m ?m FILTER (?m > 1 && ?m < 2) }", "");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:m ?m FILTER (?m > 1 && ?m < 3) }",
                "\"c1\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:t ?t FILTER (?t = true) } ORDER BY ?n",
                "\"c1\"\t|\"c2\"\t");
    expect_rows(f, "SELECT ?n { ?c :cloudName ?n ; x:n ?x FILTER (?x >= 0 || ?x < 0) }", "");
    expect_rows(f,
                "SELECT ?n { ?c :cloudName ?n ; x:d ?d "
                "FILTER (?d > \"2024-02-28\"^^xsd:date) }",
                "\"c2\"\t");
}

static void what_is_not_covered_is_said(void **state)
{
    static const struct {
        const char *query, *reason;
    } cases[] = {
        {"CONSTRUCT WHERE { ?a x:p ?b }", "CONSTRUCT"},
        {"SELECT ?n FROM <urn:x> { ?c :cloudName ?n }", "FROM"},
        {"SELECT (COUNT(*) AS ?k) { ?c :cloudName ?n }", "aggregates"},
        {"SELECT (STR(?n) AS ?k) { ?c :cloudName ?n }", "an expression in SELECT"},
        {"SELECT ?n { ?c :cloudName ?n } ORDER BY STRLEN(?n)", "ORDER BY"},
        {"SELECT DISTINCT ?n { ?c :cloudName ?n ; x:m ?m } ORDER BY ?m", "DISTINCT"},
        {"SELECT ?n { GRAPH ?g { ?c :cloudName ?n } }", "STRSTARTS"},
        {"SELECT ?n { GRAPH <urn:x> { ?c :cloudName ?n } }", "one IRI"},
        {"SELECT ?n { ?c ?p ?n }", "a property that is no IRI"},
        {"SELECT ?n { ?c x:p/x:q ?n }", "a property that is no IRI"},
        {"SELECT ?n { x:c :cloudName ?n }", "a subject"},
        {"SELECT ?n { ?c x:p ?d . ?d x:q ?n }", "another property than :offers"},
        {"SELECT ?n { ?c x:p ?v ; x:q ?v }", "a join"},
        {"SELECT ?n { ?c x:p ?v FILTER (?v != 3) }", "this expression"},
        {"SELECT ?n { ?c x:p ?v FILTER (?v < \"a\") }", "an order comparison"},
        {"SELECT ?n { ?c x:p ?v FILTER (?v = \"a\"^^x:dt) }", "this datatype"},
        {"SELECT ?n { ?c x:p ?v ; x:q ?w FILTER (?v > 3 || ?w > 3) }", "several variables"},
        {"SELECT ?n { ?c x:p ?v FILTER (?v > ?w) }", "a variable and a constant"},
        {"SELECT ?n { ?c x:p ?v FILTER (?w > 3) }", "its group does not bind"},
        {"SELECT ?n { ?c x:p ?v BIND (3 AS ?w) }", "BIND"},
        {"SELECT ?n { ?c x:p ?v VALUES ?v { 3 } }", "VALUES"},
        {"SELECT ?n { ?c x:p ?v { SELECT ?v { ?d x:p ?v } } }", "a SELECT inside"},
        {"SELECT ?n { ?c x:p ?v OPTIONAL { ?c x:q ?w ; x:r ?u } }", "more than one triple"},
        {"SELECT ?n { ?c x:p ?v . ?d x:p ?w }", "several offers"},
        {"SELECT ?n { ?c x:p ?v FILTER NOT EXISTS { ?d x:q 3 } }", "no entry in common"},
        {"SELECT ?n { ?c x:p ?v FILTER NOT EXISTS { ?c x:q ?v } }", "inside EXISTS"},
        {"SELECT ?n { ?c :offers ?o . ?o x:p 3 }", "no :cloudName"},
        {"SELECT ?n { OPTIONAL { ?c x:q ?w } ?c x:p ?v }", "this OPTIONAL"},
        {"SELECT ?n { ?c x:p ?v OPTIONAL { ?c x:q ?w FILTER (?w > 1 && EXISTS { ?c x:r 1 }) } "
         "}",
         "this FILTER in an OPTIONAL"},
        {"SELECT ?n { ?c :cloudName ?n MINUS { ?o x:p 1 } ?c :offers ?o }", "stands behind"},
        {"ASK { ?c x:p ?v } LIMIT 1", "ASK with LIMIT"},
        {"SELECT ?n { ?c :cloudName ?n ; :offers ?o . ?o x:w ?d "
         "FILTER (?d > \"2024-01-01\"^^xsd:date) }",
         "times"},
    };
    struct fixture *f = *state;
    fill(f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_reason(f, cases[i].query, cases[i].reason);
}

/* ---- limits ---- */

static bool yes(void *context)
{
    (void)context;
    return true;
}

static void options_hold(void **state)
{
    static const char query[] = PREFIXES "SELECT ?n { ?c :cloudName ?n }";
    struct fixture *f = *state;
    fill(f);
    struct ic_query_options options = {.engine = "native", .rows_max = 1};
    struct rows rows = ask(f, query, &options);
    assert_int_equal(rows.status, IC_TOO_LARGE);
    assert_int_equal(rows.count, 1);
    free_rows(&rows);
    options = (struct ic_query_options){.engine = "native", .rows_max = 2};
    rows = ask(f, query, &options);
    assert_int_equal(rows.status, IC_OK);
    free_rows(&rows);
    options = (struct ic_query_options){.engine = "native", .cancelled = yes};
    rows = ask(f, query, &options);
    assert_int_equal(rows.status, IC_TIMEOUT);
    assert_int_equal(rows.count, 0);
    free_rows(&rows);
    rows = run(f, "native", "SELECT ?n { ?c ");
    assert_int_equal(rows.status, IC_BAD_INPUT);
    assert_int_equal(rows.error.line, 1);
    free_rows(&rows);
    rows = run(f, "native", "SELECT (1 AS ?n) {}");
    assert_int_equal(rows.status, IC_UNSUPPORTED);
    free_rows(&rows);
    rows = run(f, NULL, "SELECT (1 AS ?n) {}"); /* another engine does it */
    assert_int_equal(rows.status, IC_OK);
    assert_int_equal(rows.count, 1);
    free_rows(&rows);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(random_queries_have_the_same_rows),
                                       TEST(subjects_of_several_advertisements),
                                       TEST(first_rows_in_order),
                                       TEST(the_cheapest_of_many),
                                       TEST(the_first_names_of_many),
                                       cmocka_unit_test(names_sort_by_code_points),
                                       TEST(every_request_runs_natively),
                                       TEST(rows_count_as_often_as_they_come),
                                       TEST(minus_and_optional),
                                       TEST(values_compare_exactly),
                                       TEST(what_is_not_covered_is_said),
                                       TEST(options_hold)};
    return cmocka_run_group_tests_name("native", tests, NULL, NULL);
}
