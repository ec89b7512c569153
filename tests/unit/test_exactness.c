/* SPDX-License-Identifier: Apache-2.0 */
/* Values compare as what they are: numbers exactly whatever their datatypes, times on the time
 * line. Every line is asked of a real catalog. */
#include "catalog_fixture.h"

#include "catalog/ontology.h"

#define PROPERTY(name, range)                                                                  \
    ":" name " a rdf:Property ; rdfs:label \"" name "\"@en ; rdfs:comment \"c\"@en ; "         \
    "ic:appliesTo ic:Cloud, ic:Offer ; ic:match ic:AtLeast ; rdfs:range " range " .\n"

static const char ontology_text[] =
    "@prefix ic: <http://www.csp/resOntology/meta#> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    ":Cloud a rdfs:Class ; rdfs:label \"cloud\"@en ; rdfs:comment \"c\"@en .\n"
    ":Offer a rdfs:Class ; rdfs:label \"offer\"@en ; rdfs:comment \"c\"@en .\n"
    ":cloudName a rdf:Property ; rdfs:label \"name\"@en ; rdfs:comment \"c\"@en ; "
    "ic:appliesTo ic:Cloud ; rdfs:range xsd:string ; ic:match ic:Equal .\n"
    ":offers a rdf:Property ; rdfs:label \"offers\"@en ; rdfs:comment \"c\"@en ; "
    "ic:appliesTo ic:Cloud ; rdfs:range :Offer ; ic:match ic:Equal .\n" PROPERTY(
        "n", "xsd:decimal") PROPERTY("f", "xsd:double") PROPERTY("i", "xsd:integer")
        PROPERTY("day", "xsd:date") PROPERTY("at", "xsd:dateTime");

static int set_up(void **state)
{
    if (fixture_setup(state) != 0)
        return 1;
    struct fixture *f = *state;
    struct ic_document *document = fixture_document(ontology_text);
    if (ic_catalog_load_ontology(f->catalog, &document, 1, &f->error) != IC_OK)
        fail_msg("%s:%lu: %s", f->error.file, f->error.line, f->error.text);
    ic_document_free(document);
    return 0;
}

/* One cloud that states `attribute` as `value`. */
static enum ic_status state_value(struct fixture *f, const char *attribute, const char *value)
{
    char *text = NULL;
    assert_true(
        asprintf(&text, "x:c a :Cloud ; :cloudName \"c\" ; :%s %s .", attribute, value) > 0);
    const enum ic_status status = fixture_publish(f, "owner", text, 0, NULL);
    free(text);
    return status;
}

/* Requests about one attribute, a "no: " in front where the value must not match. */
struct claims {
    const char *values[10], *requests[12];
    /* What rasqal, asked as a second opinion, does not compare exactly: more than 40 digits of
     * a constant are refused, and of a second it keeps milliseconds. */
    const char *beyond_rasqal[4];
};

enum verdict { MATCHES, DOES_NOT, REFUSED };

static enum verdict ask(struct fixture *f, const char *attribute, const char *claim,
                        const char *engine)
{
    char *text = NULL;
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.engine = engine};
    assert_true(asprintf(&text, "%s %s", attribute, claim) > 0);
    const char *const texts[] = {text};
    if (ic_request_parse("request", texts, 1, &request, &f->error) != IC_OK)
        fail_msg("%s: %s", text, f->error.text);
    const enum ic_status status =
        ic_catalog_match(f->catalog, request, &options, &answer, &f->error);
    const enum verdict verdict = status != IC_OK   ? REFUSED
                                 : answer->matched ? MATCHES
                                                   : DOES_NOT;
    if (status != IC_OK && status != IC_UNSUPPORTED)
        fail_msg("%s: %s", text, f->error.text);
    ic_answer_free(answer);
    ic_request_free(request);
    free(text);
    return verdict;
}

static enum verdict verdict_on(struct fixture *f, const char *attribute, const char *claim,
                               const char *engine, enum verdict *wanted)
{
    const bool no = strncmp(claim, "no: ", 4) == 0;
    *wanted = no ? DOES_NOT : MATCHES;
    return ask(f, attribute, claim + (no ? 4 : 0), engine);
}

/* The default engine and rasqal are right about the claim. */
static int wrong_about(struct fixture *f, const char *attribute, const char *value,
                       const char *claim)
{
    static const char *const engines[] = {NULL, "rasqal"};
    int wrong = 0;
    for (size_t i = 0; i < 2; i++) {
        enum verdict wanted;
        if (verdict_on(f, attribute, claim, engines[i], &wanted) != wanted) {
            print_error("%s (%s): wrong about %s %s\n", value,
                        engines[i] ? engines[i] : "default", attribute, claim);
            wrong++;
        }
    }
    return wrong;
}

/* rasqal is not right about the claim; the native engine is. */
static int wrong_beyond_rasqal(struct fixture *f, const char *attribute, const char *value,
                               const char *claim)
{
    enum verdict wanted;
    /* Once it is right, the claim belongs to the others. */
    assert_true(verdict_on(f, attribute, claim, "rasqal", &wanted) != wanted);
    const enum verdict verdict = verdict_on(f, attribute, claim, "native", &wanted);
    if (verdict == wanted)
        return 0;
    print_error("%s (native): wrong about %s %s\n", value, attribute, claim);
    return 1;
}

/* Every claim about every value. */
static void check(struct fixture *f, const char *attribute, const struct claims *claims)
{
    int wrong = 0;
    for (size_t v = 0; v < 10 && claims->values[v]; v++) {
        const char *value = claims->values[v];
        if (state_value(f, attribute, value) != IC_OK)
            fail_msg("%s %s: %s", attribute, value, f->error.text);
        for (size_t r = 0; r < 12 && claims->requests[r]; r++)
            wrong += wrong_about(f, attribute, value, claims->requests[r]);
        for (size_t r = 0; r < 4 && claims->beyond_rasqal[r]; r++)
            wrong += wrong_beyond_rasqal(f, attribute, value, claims->beyond_rasqal[r]);
    }
    assert_int_equal(wrong, 0);
}

static void numbers_are_not_rounded(void **state)
{
    /* The first number that a double does not have. */
    static const struct claims beyond_double = {
        .values = {"9007199254740993", "9007199254740993.0", "\"9007199254740993\"^^xsd:long",
                   "\"9007199254740993\"^^xsd:unsignedLong",
                   "\"+0009007199254740993\"^^xsd:integer", "9007199254740993e0",
                   "9.007199254740993e15", "\"9007199254740993\""},
        .requests = {"> 9007199254740992", ">= 9007199254740993", "= 9007199254740993",
                     "= 900719925474099.3e1", "!= 9007199254740992", "no: = 9007199254740992",
                     "!= 9007199254740994", "no: != 9007199254740993", "no: > 9007199254740993",
                     "in (1, 9007199254740993)"}};
    static const struct claims tenth = {
        .values = {"0.1", "0.100", "1e-1", "\"0.1\"^^xsd:float", "\".1\""},
        .requests = {"= 0.1", "no: > 0.1", "no: < 0.1", "= 10e-2",
                     "no: = 0.100000000000000005551115123125782702118",
                     "> 0.0999999999999999999999999999999999999999",
                     "< 0.100000000000000000000000000000000000001"},
        .beyond_rasqal = {"< 0.10000000000000000000000000000000000000001",
                          "!= 0.1000000000000000055511151231257827021181583404541015625"}};
    check(*state, "n", &beyond_double);
    check(*state, "f", &beyond_double);
    check(*state, "i", &beyond_double);
    check(*state, "n", &tenth);
    check(*state, "f", &tenth);
}

static void numbers_of_any_size_and_spelling(void **state)
{
    static const struct claims one = {
        .values = {"1", "1.0", "1e0", "\"+1\"^^xsd:byte", "\"001\"", "10e-1"},
        .requests = {"= 1", "= 1.0", "= 1e0", "!= 1.1", "no: < 1", "no: > 1"}};
    static const struct claims zero = {
        .values = {"0", "-0.0", "-0e0", "\"-0\"^^xsd:integer", "\"0e-9\""},
        .requests = {"= 0", "= -0.0", ">= 0", "<= -0", "no: < 0", "no: > -0.0", "no: != 0"}};
    static const struct claims large = {
        .values = {"1e399", "\"1e399\"^^xsd:float", "10e398"},
        .requests = {"> 1e398", "< 1.00001e399", "!= 1e398", "> 9.99999e398", "= 1e399"},
    };
    static const struct claims small = {.values = {"1e-400", "0.1e-399"},
                                        .requests = {"> 0", "= 1e-400", "< 1e-399", "!= 0"}};
    check(*state, "n", &one);
    check(*state, "n", &zero);
    check(*state, "n", &large);
    check(*state, "n", &small);
}

static void times_are_points_of_the_time_line(void **state)
{
#define AT(time) "\"" time "\"^^xsd:dateTime"
    static const struct claims new_year = {
        .values = {AT("2026-01-01T00:00:00Z"), AT("2026-01-01T00:00:00"),
                   AT("2026-01-01T00:00:00.000Z"), AT("2026-01-01T14:00:00+14:00"),
                   AT("2025-12-31T10:00:00-14:00"), AT("2025-12-31T24:00:00Z"),
                   AT("2025-12-31T24:00:00-00:00"), AT("2026-01-01T05:30:00+05:30"),
                   "\"2026-01-01T00:00:00Z\""},
        .requests = {"= 2026-01-01T00:00:00Z", "= 2026-01-01T00:00:00",
                     "= 2025-12-31T24:00:00Z", "= 2026-01-01T14:00:00+14:00",
                     "= 2025-12-31T10:00:00-14:00", "> 2025-12-31T23:59:59.999Z",
                     "< 2026-01-01T00:00:00.001Z", "no: != 2026-01-01T01:00:00+01:00",
                     "no: > 2025-12-31T23:00:00-01:00", "no: < 2025-12-31T23:59:59Z"},
        .beyond_rasqal = {"< 2026-01-01T00:00:00.000000000000000000000001Z"}};
#define DAY(day) "\"" day "\"^^xsd:date"
    static const struct claims day = {
        .values = {DAY("2024-02-29"), DAY("2024-02-29Z"), DAY("2024-02-29+14:00"),
                   DAY("2024-02-29-14:00"), "\"2024-02-29\""},
        .requests = {"= 2024-02-29", "= 2024-02-29+14:00", "> 2024-02-28", "< 2024-03-01",
                     "no: > 2024-02-29", "no: != 2024-02-29Z"}};
    check(*state, "at", &new_year);
    check(*state, "day", &day);
}

static void what_is_no_value_is_refused(void **state)
{
    static const struct {
        const char *attribute, *value;
    } refused[] = {
        {"n", "\"NaN\"^^xsd:double"},
        {"n", "\"INF\"^^xsd:double"},
        {"f", "\"-INF\"^^xsd:double"},
        {"n", "\"1e400\"^^xsd:double"},
        {"n", "\"123e398\"^^xsd:double"},
        {"n", "\"0.1e-400\"^^xsd:double"},
        {"n", "\"0x10\""},
        {"n", "\"1,5\""},
        {"n", "true"},
        {"i", "1.5"},
        {"day", DAY("2026-02-29")},
        {"day", DAY("2026-01-01+14:01")},
        {"at", AT("2026-06-30T23:59:60Z")}, /* leap seconds: not in XML Schema */
        {"at", AT("2026-01-01T24:00:01Z")},
        {"at", AT("2026-01-01T00:00:00+14:01")},
    };
    struct fixture *f = *state;
    assert_int_equal(state_value(f, "n", "7"), IC_OK);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (state_value(f, refused[i].attribute, refused[i].value) != IC_BAD_INPUT)
            fail_msg("%s %s is not refused", refused[i].attribute, refused[i].value);
    assert_string_equal(fixture_match(f, "n 7"), "c");
}

static void what_is_no_value_cannot_be_asked_for(void **state)
{
    static const char *const refused[] = {
        "n = NaN",          "n <= INF",       "n = 1e400", "n = 0x10",
        "day = 2026-02-29", "day = tomorrow", "n != NaN",  "not at 2026-06-30T23:59:60Z"};
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strncmp(fixture_match(f, refused[i]), "bad-input: ", 11) != 0)
            fail_msg("%s gives '%s'", refused[i], fixture_match(f, refused[i]));
}

/* ---- SPARQL, on what no ontology knows ---- */

static enum ic_status take_boolean(void *context, bool value, struct ic_error *error)
{
    (void)error;
    *(enum verdict *)context = value ? MATCHES : DOES_NOT;
    return IC_OK;
}

static enum ic_status take_begin(void *context, enum ic_query_kind kind,
                                 const char *const *variables, size_t count,
                                 struct ic_error *error)
{
    (void)context, (void)variables, (void)count, (void)error;
    assert_int_equal(kind, IC_QUERY_ASK);
    return IC_OK;
}

static enum ic_status take_end(void *context, struct ic_error *error)
{
    (void)context, (void)error;
    return IC_OK;
}

/* Whether the value of x:v passes the filter. */
static enum verdict ask_sparql(struct fixture *f, const char *filter, const char *engine)
{
    enum verdict verdict = REFUSED;
    struct ic_dataset *dataset = NULL;
    char *query = NULL;
    const struct ic_view view = {.as = NULL};
    const struct ic_query_options options = {.name = "query", .engine = engine};
    const struct ic_query_sink sink = {
        .context = &verdict, .begin = take_begin, .boolean = take_boolean, .end = take_end};
    assert_int_equal(ic_catalog_dataset(f->catalog, &view, &dataset, &f->error), IC_OK);
    assert_true(asprintf(&query,
                         "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
                         "ASK { GRAPH ?ad { ?c <http://x.org/v> ?v . FILTER (?v %s) } "
                         "FILTER (STRSTARTS(STR(?ad), \"urn:intercloud:ad:\")) }",
                         filter) > 0);
    const enum ic_status status = ic_query_run(dataset, query, &options, &sink, &f->error);
    if (status != IC_OK && status != IC_UNSUPPORTED)
        fail_msg("%s: %s", query, f->error.text);
    free(query);
    ic_dataset_free(dataset);
    return verdict;
}

/* By value means: a double is the number that IEEE 754 makes of it. */
static const struct {
    const char *value, *filter;
    enum verdict truth, rasqal;
    const char *why; /* rasqal differs */
} compared[] = {
    {"9007199254740993", "= 9007199254740992", DOES_NOT, DOES_NOT, NULL},
    {"9007199254740993", "= 9007199254740992e0", DOES_NOT, DOES_NOT, NULL},
    {"9007199254740993", "> 9007199254740992e0", MATCHES, MATCHES, NULL},
    {"9007199254740992.0", "= 9007199254740992e0", MATCHES, MATCHES, NULL},
    {"\"9007199254740992\"^^xsd:unsignedLong", "= 9.007199254740992e15", MATCHES, MATCHES,
     NULL},
    {"9007199254740993e0", "= 9007199254740992", MATCHES, DOES_NOT,
     "it takes a double for the decimal that its digits say"},
    {"1e-1", "= 0.1", DOES_NOT, MATCHES,
     "it takes a double for the decimal that its digits say"},
    {"1e-1", "> 0.1", MATCHES, DOES_NOT,
     "it takes a double for the decimal that its digits say"},
    {"1e-1", "= 1e-1", MATCHES, MATCHES, NULL},
    {"5e-1", "= 0.5", MATCHES, MATCHES, NULL},
    {"1e0", "= 1", MATCHES, MATCHES, NULL},
    {"-0.0", "= 0", MATCHES, MATCHES, NULL},
    {"\"-0\"^^xsd:double", "= 0", MATCHES, MATCHES, NULL},
    {"\"-0\"^^xsd:double", "< 0", DOES_NOT, DOES_NOT, NULL},
    {"\"NaN\"^^xsd:double", "= 5", DOES_NOT, DOES_NOT, NULL},
    {"\"NaN\"^^xsd:double", ">= 5", DOES_NOT, DOES_NOT, NULL},
    {"\"NaN\"^^xsd:double", "< 5", DOES_NOT, DOES_NOT, NULL},
    {"\"INF\"^^xsd:float", "> 1e308", MATCHES, MATCHES, NULL},
    {"\"-INF\"^^xsd:double", "< -1e308", MATCHES, MATCHES, NULL},
    {"\"INF\"^^xsd:double", "= 5", DOES_NOT, DOES_NOT, NULL},
    {"\"five\"^^xsd:integer", ">= 0", DOES_NOT, DOES_NOT, NULL},
    {"\"1.5\"^^xsd:integer", ">= 0", DOES_NOT, DOES_NOT, NULL},
    {"\"300\"^^xsd:byte", "= 300", DOES_NOT, MATCHES,
     "it does not know the bounds of derived types"},
    {"\"5\"", "= 5", DOES_NOT, DOES_NOT, NULL},
    {"\"5\"@en", "<= 5", DOES_NOT, DOES_NOT, NULL},
    {"true", "= 1", DOES_NOT, DOES_NOT, NULL},
    {"<http://x.org/5>", ">= 0", DOES_NOT, DOES_NOT, NULL},
};

static void sparql_compares_by_value(void **state)
{
    struct fixture *f = *state;
    int wrong = 0;
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
        char *text = NULL;
        assert_true(asprintf(&text, "x:c a :Cloud ; :cloudName \"c\" ; x:v %s .",
                             compared[i].value) > 0);
        if (fixture_publish(f, "owner", text, 0, NULL) != IC_OK)
            fail_msg("%s: %s", text, f->error.text);
        free(text);
        const enum verdict native = ask_sparql(f, compared[i].filter, "native");
        const enum verdict rasqal = ask_sparql(f, compared[i].filter, "rasqal");
        if (native != compared[i].truth)
            print_error("%s %s: the native engine is wrong\n", compared[i].value,
                        compared[i].filter);
        if (rasqal != compared[i].rasqal)
            print_error("%s %s: rasqal gives %d; %s\n", compared[i].value, compared[i].filter,
                        rasqal, compared[i].why ? compared[i].why : "no difference is known");
        wrong +=
            (native != REFUSED && native != compared[i].truth) || rasqal != compared[i].rasqal;
        assert_true((compared[i].truth != compared[i].rasqal) == (compared[i].why != NULL));
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_not_rounded),
        cmocka_unit_test(numbers_of_any_size_and_spelling),
        cmocka_unit_test(times_are_points_of_the_time_line),
        cmocka_unit_test(what_is_no_value_is_refused),
        cmocka_unit_test(what_is_no_value_cannot_be_asked_for),
        cmocka_unit_test(sparql_compares_by_value),
    };
    return cmocka_run_group_tests(tests, set_up, fixture_teardown);
}
