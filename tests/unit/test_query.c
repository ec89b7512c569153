/* SPDX-License-Identifier: Apache-2.0 */
/* Running SPARQL: right answers where the engine gives one, a clear refusal where it cannot. */
#include "query_support.h"

#include <pthread.h>

/* ---- values ---- */

/* Expects the local names of the subjects whose :v passes the filter, as one word each. */
static void passes(const char *data, const char *filter, const char *expected)
{
    char *turtle, *query;
    assert_true(asprintf(&turtle, "%s%s", PREFIXES, data) > 0);
    assert_true(asprintf(&query, "SELECT ?s { ?s :v ?v FILTER(%s) } ORDER BY ?s", filter) > 0);
    struct outcome outcome = run("turtle", turtle, query, "csv");
    if (outcome.status != IC_OK)
        fail_msg("%s\nin: %s", outcome.error.text, filter);
    char found[512] = "";
    const char *line = strchr(outcome.text, '\n') + 1;
    for (const char *end; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
        const size_t used = strlen(found);
        snprintf(found + used, sizeof found - used, "%s%.*s", used ? " " : "",
                 (int)(end - line - 6), line + 6); /* without "urn:t:" */
    }
    if (strcmp(found, expected) != 0)
        fail_msg("FILTER(%s) passes \"%s\" instead of \"%s\"", filter, found, expected);
    free(outcome.text);
    free(turtle);
    free(query);
}

static void decimals_compare_exactly(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v 99.999 . :b :v 99.99900 . :c :v 99.9989999999999999999999999999999999999 .\n"
        ":d :v 99.9990000000000000000000000000000000001 . :e :v 100 . :f :v 9.9999e1 .\n"
        ":g :v \"99999e-3\"^^xsd:double . :h :v \"+099.999\"^^xsd:decimal . :i :v -99.999 .\n"
        ":j :v \"99.999\"^^xsd:float . :k :v \"100\"^^xsd:unsignedByte .";
    passes(data, "?v >= 99.999", "a b d e f g h j k");
    passes(data, "?v > 99.999", "d e k");
    passes(data, "?v < 99.999", "c i");
    passes(data, "?v <= 99.9990", "a b c f g h i j");
    passes(data, "?v = 99.999", "a b f g h j");
    passes(data, "99.999 = ?v", "a b f g h j");
    passes(data, "?v != 99.999", "c d e i k");
    passes(data, "?v IN (99.999, 100.0)", "a b e f g h j k");
    passes(data, "?v NOT IN (99.999, 100.0)", "c d i");
    passes(data, "?v = 9.9999E1", "a b f g h j");
    passes(data, "?v = 99.9990000000000000000000000000000000001", "d");
}

static void large_integers_do_not_wrap(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v 2147483647 . :b :v 2147483648 . :c :v -2147483648 . :d :v 4294967296 .\n"
        ":e :v 12345678901234567890123456789012345678 . :f :v 0 .\n"
        ":g :v 12345678901234567890123456789012345679 .";
    passes(data, "?v > 2147483647", "b d e g");
    passes(data, "?v > -2147483648", "a b d e f g");
    passes(data, "?v = 0", "f");
    passes(data, "?v = 4294967296", "d");
    passes(data, "?v >= 12345678901234567890123456789012345679", "g");
    passes(data, "?v < 12345678901234567890123456789012345679 && ?v > 4294967296", "e");
}

/* More digits than fit are cut, but never to the other side of a number that does fit. */
static void very_long_numbers_keep_their_side(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v 1.00000000000000000000000000000000000000000000000000000000000000000000000001 .\n"
        ":b :v 0.99999999999999999999999999999999999999999999999999999999999999999999999999 .\n"
        ":c :v 1 .";
    passes(data, "?v > 1", "a");
    passes(data, "?v < 1", "b");
    passes(data, "?v = 1.0", "c");
}

static void what_is_no_number_matches_no_range(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v 5 . :b :v <urn:iri> . :c :v [] . :d :v \"5\" . :e :v true . :f :v "
        "\"x\"^^xsd:int .\n"
        ":g :v \"NaN\"^^xsd:double . :h :v \"5\"^^<urn:type> . :i :v \"2025-01-01\"^^xsd:date "
        ".\n"
        ":j :v \"5\"@en . :k :v \"INF\"^^xsd:double . :l :v \"-INF\"^^xsd:double .";
    passes(data, "?v <= 5", "a l");
    passes(data, "?v >= 5", "a k");
    passes(data, "?v < 1e300", "a l");
    passes(data, "!(?v > 5)", "a l");
    passes(data, "?v = 5", "a");
    passes(data, "?v IN (5, 6)", "a");
    passes(data, "?v = 1", ""); /* true is not 1 */
    passes(data, "?v = true", "e");
    passes(data, "?v < true", "");
    passes(data, "?v = \"5\"", "d");
    passes(data, "isNumeric(?v)", "a k l");
}

static void truth_of_values(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v 0 . :b :v 0.0 . :c :v 0.1 . :d :v true . :e :v false . :f :v \"\" . :g :v \"x\" "
        ".\n"
        ":h :v \"1\"^^xsd:boolean . :i :v \"2025-01-01\"^^xsd:date . :j :v 12345678901 .";
    passes(data, "?v", "c d g h j");
    passes(data, "!?v", "a b e f");
    passes(data, "?v && true", "c d g h j");
    passes(data, "?v = true", "d h");
    passes(data, "?v != true", "e");
}

static void dates_and_times_compare(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v \"2025-01-01\"^^xsd:date . :b :v \"2024-12-31\"^^xsd:date .\n"
        ":c :v \"2025-01-01T00:00:00Z\"^^xsd:dateTime .\n"
        ":d :v \"2025-01-01T01:00:00+01:00\"^^xsd:dateTime .\n"
        ":e :v \"2025-01-01T00:00:00.5Z\"^^xsd:dateTime .\n"
        ":f :v \"2025-02-30\"^^xsd:date . :g :v \"2147483646-12-31T24:00:00Z\"^^xsd:dateTime .";
    passes(data, "?v >= \"2025-01-01\"^^xsd:date", "a");
    passes(data, "?v < \"2025-01-01\"^^xsd:date", "b");
    passes(data, "?v = \"2025-01-01T00:00:00Z\"^^xsd:dateTime", "c d");
    passes(data, "?v > \"2025-01-01T00:00:00Z\"^^xsd:dateTime", "e g");
    passes(data, "?v <= \"2025-01-01T00:00:00Z\"^^xsd:dateTime", "c d");
}

static void strings_are_data(void **state)
{
    (void)state;
    static const char data[] =
        ":a :v \"he said \\\"hi\\\"\" . :b :v \"line\\nbreak\" . :c :v \"}\" . :d :v \"\\\\\" "
        ".\n"
        ":e :v \"\\u00FCn\\u00EF\\U0001F600\" . :f :v \"# no comment\" . :g :v \"A\"@en .";
    passes(data, "?v = \"he said \\\"hi\\\"\"", "a");
    passes(data, "?v = \"line\\nbreak\"", "b");
    passes(data, "?v = \"}\"", "c");
    passes(data, "?v = \"\\\\\"", "d");
    passes(data, "?v = \"\\u00FCn\xC3\xAF\xF0\x9F\x98\x80\"", "e");
    passes(data, "?v = \"# no comment\"", "f");
    passes(data, "?v = \"A\"@EN", "g");
    passes(data, "?v IN (\"}\", \"# no comment\")", "c f");
    passes(data, "regex(?v, \"^l.*K$\", \"i\")", ""); /* "." is no end of line */
    passes(data, "regex(?v, \"^LINE\", \"i\")", "b");
}

static void a_million_characters(void **state)
{
    (void)state;
    enum { LENGTH = 1000000 };
    char *text = malloc(LENGTH + 1), *data, *filter;
    assert_non_null(text);
    memset(text, '}', LENGTH);
    text[LENGTH] = '\0';
    assert_true(asprintf(&data, ":a :v \"%s\" . :b :v \"%s\" .", text, text + 1) > 0);
    assert_true(asprintf(&filter, "?v = \"%s\"", text) > 0);
    passes(data, filter, "a");
    free(text);
    free(data);
    free(filter);
}

/* Results are the dataset's terms, not another spelling of their values. */
static void terms_come_back_as_they_were(void **state)
{
    (void)state;
    expect("turtle",
           PREFIXES
           ":s :p \"01\"^^xsd:integer, 1, 1.0, \"1\"^^xsd:boolean, 1e0, \"1\"^^xsd:byte,\n"
           "\"2025-01-01T00:00:00+00:00\"^^xsd:dateTime, \"x\"@en-US, \"x\"^^xsd:date .",
           "SELECT ?o { :s :p ?o FILTER(isLiteral(?o)) } ORDER BY ?o", "tsv",
           "?o\n\"x\"@en-US\n"
           "\"01\"^^<" XSD "integer>\n"
           "\"1\"^^<" XSD "byte>\n"
           "\"1\"^^<" XSD "integer>\n"
           "\"1.0\"^^<" XSD "decimal>\n"
           "\"1e0\"^^<" XSD "double>\n"
           "\"1\"^^<" XSD "boolean>\n"
           "\"2025-01-01T00:00:00+00:00\"^^<" XSD "dateTime>\n"
           "\"x\"^^<" XSD "date>\n");
}

static void arithmetic_and_aggregates(void **state)
{
    (void)state;
    static const char data[] =
        PREFIXES ":a :v 2000000000 . :b :v 2000000000 . :c :w 0.1, 0.2 .";
    expect("turtle", data, "SELECT (SUM(?v) AS ?sum) { ?s :v ?v }", "tsv",
           "?sum\n\"4000000000\"^^<" XSD "integer>\n");
    expect("turtle", data, "SELECT (?v * ?v AS ?square) { :a :v ?v }", "tsv",
           "?square\n\"4000000000000000000\"^^<" XSD "integer>\n");
    expect("turtle", data, "SELECT (SUM(?w) AS ?sum) { ?s :w ?w }", "tsv",
           "?sum\n\"0.3\"^^<" XSD "decimal>\n");
    expect("turtle", data, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "csv", "n\r\n4\r\n");
    expect("turtle", data, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?p",
           "csv", "p,n\r\nurn:t:v,2\r\nurn:t:w,2\r\n");
}

/* ---- datasets ---- */

static const char two_graphs[] =
    "<urn:t:a> <urn:t:v> \"1\" <urn:g:1> .\n<urn:t:a> <urn:t:w> \"x\" <urn:g:2> .\n"
    "<urn:t:b> <urn:t:v> \"2\" <urn:g:2> .\n<urn:t:b> <urn:t:w> \"y\" <urn:g:2> .\n"
    "<urn:t:c> <urn:t:v> \"3\" .\n<urn:t:a> <urn:t:v> \"1\" <urn:g:3> .\n";

static void graphs_stay_apart(void **state)
{
    (void)state;
    expect("nquads", two_graphs, "SELECT ?s { ?s :v ?v }", "csv", "s\r\nurn:t:c\r\n");
    expect("nquads", two_graphs, "SELECT ?g ?s { GRAPH ?g { ?s :v ?v . ?s :w ?w } }", "csv",
           "g,s\r\nurn:g:2,urn:t:b\r\n");
    expect("nquads", two_graphs, "SELECT ?s { GRAPH <urn:g:1> { ?s :v ?v } }", "csv",
           "s\r\nurn:t:a\r\n");
    expect("nquads", two_graphs, "SELECT ?s { GRAPH <urn:g:9> { ?s :v ?v } }", "csv", "s\r\n");
    expect("nquads", two_graphs, "SELECT ?g { GRAPH ?g { ?s :v ?v } } ORDER BY DESC(?g)", "csv",
           "g\r\nurn:g:3\r\nurn:g:2\r\nurn:g:1\r\n");
    expect("nquads", two_graphs, "ASK { GRAPH ?g { ?s :v \"3\" } }", "json",
           "{\"head\":{},\"boolean\":false}\n");
}

static void from_restricts_the_dataset(void **state)
{
    (void)state;
    expect("nquads", two_graphs, "SELECT ?s FROM <urn:g:1> FROM <urn:g:3> { ?s :v ?v }", "csv",
           "s\r\nurn:t:a\r\n"); /* a merge has each triple once */
    expect("nquads", two_graphs, "SELECT ?g ?s FROM NAMED <urn:g:2> { GRAPH ?g { ?s :v ?v } }",
           "csv", "g,s\r\nurn:g:2,urn:t:b\r\n");
    expect("nquads", two_graphs, "SELECT ?s FROM NAMED <urn:g:2> { ?s :v ?v }", "csv", "s\r\n");
    expect("nquads", two_graphs, "SELECT ?s FROM <urn:g:2> { GRAPH <urn:g:2> { ?s :w ?w } }",
           "csv", "s\r\n");
    /* Nothing is fetched: a file that exists is no graph of the dataset. */
    expect("nquads", two_graphs, "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }", "csv",
           "s,p,o\r\n");
    expect("nquads", two_graphs, "SELECT ?s FROM <http://127.0.0.1:9/> { ?s ?p ?o }", "csv",
           "s\r\n");
}

/* The shape that requests compile to. */
static void clouds_match_inside_their_graph(void **state)
{
    (void)state;
    enum { CLOUDS = 60 };
    char *data = NULL, expected[2048] = "n,o\r\n";
    size_t size;
    FILE *out = open_memstream(&data, &size);
    for (int i = 0; i < CLOUDS; i++) {
        fprintf(out, "<urn:t:c%d> <urn:t:name> \"c%02d\" <urn:g:%d> .\n", i, i, i);
        for (int k = 0; k < 2; k++) {
            fprintf(out, "<urn:t:c%d> <urn:t:offers> <urn:t:o%d-%d> <urn:g:%d> .\n", i, i, k,
                    i);
            fprintf(out,
                    "<urn:t:o%d-%d> <urn:t:av> \"99.99%d\"^^<" XSD "decimal> <urn:g:%d> .\n", i,
                    k, i % 10, i);
            fprintf(out, "<urn:t:o%d-%d> <urn:t:a> \"%d.0\"^^<" XSD "decimal> <urn:g:%d> .\n",
                    i, k, k ? 5 : 3, i);
            /* What somebody else says about the same offer, in his graph. */
            fprintf(out, "<urn:t:o%d-%d> <urn:t:b> <urn:t:B> <urn:g:%d> .\n", i, k,
                    (i + 1) % CLOUDS);
        }
        if (i % 10 == 9)
            snprintf(expected + strlen(expected), sizeof expected - strlen(expected),
                     "c%02d,urn:t:o%d-1\r\n", i, i);
    }
    fclose(out);
    expect("nquads", data,
           "SELECT DISTINCT ?n ?o WHERE { GRAPH ?ad { ?c :name ?n ; :offers ?o . ?o :av ?v1 .\n"
           "FILTER(?v1 >= 99.999) { ?o :a ?x FILTER(?x = 5) } UNION { ?o :b ?y . FILTER(?y IN "
           "(:B, :C)) } } } ORDER BY ?n",
           "csv", expected);
    free(data);
}

/* ---- forms and modifiers ---- */

static void order_distinct_and_slices(void **state)
{
    (void)state;
    static const char data[] =
        PREFIXES ":a :v 10 ; :w \"x\" . :b :v 9.5 ; :w \"x\" . :c :v \"text\" ; :w \"y\" .\n"
                 ":d :v :iri ; :w \"y\" . :e :w \"z\" .";
    expect("turtle", data, "SELECT ?s { ?s :w ?w OPTIONAL { ?s :v ?v } } ORDER BY ?v", "csv",
           "s\r\nurn:t:e\r\nurn:t:d\r\nurn:t:c\r\nurn:t:b\r\nurn:t:a\r\n");
    expect("turtle", data, "SELECT ?s { ?s :v ?v } ORDER BY DESC(?v) LIMIT 2 OFFSET 1", "csv",
           "s\r\nurn:t:b\r\nurn:t:c\r\n");
    expect("turtle", data, "SELECT DISTINCT ?w { ?s :w ?w } ORDER BY ?w", "csv",
           "w\r\nx\r\ny\r\nz\r\n");
    expect("turtle", data, "SELECT DISTINCT ?w { ?s :w ?w } ORDER BY ?w LIMIT 1 OFFSET 1",
           "csv", "w\r\ny\r\n");
    expect("turtle", data, "SELECT ?s { ?s :w ?w } LIMIT 0", "csv", "s\r\n");
    expect("turtle", data, "SELECT DISTINCT ?v { { :a :v ?v } UNION { :a :v ?v } }", "csv",
           "v\r\n10\r\n");
    expect("turtle", data, "SELECT ?s { ?s :w ?w } ORDER BY DESC(STR(?s))", "csv",
           "s\r\nurn:t:e\r\nurn:t:d\r\nurn:t:c\r\nurn:t:b\r\nurn:t:a\r\n");
    /* Distinct is about terms: 10 and 10.0 are two. */
    expect("turtle", PREFIXES ":a :v 10, 10.0 .", "SELECT DISTINCT ?v { ?s :v ?v } ORDER BY ?v",
           "csv", "v\r\n10\r\n10.0\r\n");
}

static void ask_construct_and_describe(void **state)
{
    (void)state;
    static const char data[] =
        PREFIXES ":a :v 1 ; :part [ :v 2 ; :part [ :v 3 ] ] . :b :v 4 ; :v 4.0 ; :part :a .";
    expect(
        "turtle", data, "ASK { ?s :v 4 }", "xml",
        "<?xml version=\"1.0\"?>\n<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">\n"
        "<head>\n</head>\n<boolean>true</boolean>\n</sparql>\n");
    expect("turtle", data,
           "CONSTRUCT { ?s :w ?v . ?v :bad ?s } WHERE { ?s :v ?v FILTER(?v > 3) }", "ntriples",
           "<urn:t:b> <urn:t:w> \"4\"^^<" XSD "integer> .\n"
           "<urn:t:b> <urn:t:w> \"4.0\"^^<" XSD "decimal> .\n");
    expect("turtle", data, "CONSTRUCT { :x :y :z } WHERE { ?s :v ?v }", "nquads",
           "<urn:t:x> <urn:t:y> <urn:t:z> .\n"); /* once */
    expect("turtle", data, "CONSTRUCT WHERE { ?s :part :a }", "ntriples",
           "<urn:t:b> <urn:t:part> <urn:t:a> .\n");
    struct outcome outcome = run("turtle", data, "DESCRIBE ?s { ?s :v 1 }", "ntriples");
    assert_int_equal(outcome.status, IC_OK);
    size_t lines = 0;
    for (const char *p = outcome.text; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, 5); /* :a, its part and the part of that; not :b */
    assert_null(strstr(outcome.text, "<urn:t:b>"));
    free(outcome.text);
    expect("turtle", data, "DESCRIBE <urn:nobody>", "ntriples", "");
}

/* Each solution has its own blank nodes, and none is one of the data's. */
static void constructed_blank_nodes_are_fresh(void **state)
{
    (void)state;
    struct outcome outcome =
        run("ntriples", "_:ic0 <urn:t:v> \"1\" .\n_:ic1 <urn:t:v> \"2\" .\n",
            "CONSTRUCT { ?s :has _:n . _:n :v ?v } WHERE { ?s :v ?v } ORDER BY ?v", "ntriples");
    assert_int_equal(outcome.status, IC_OK);
    assert_string_equal(outcome.text, "_:ic0 <urn:t:has> _:ic2 .\n_:ic2 <urn:t:v> \"1\" .\n"
                                      "_:ic1 <urn:t:has> _:ic3 .\n_:ic3 <urn:t:v> \"2\" .\n");
    free(outcome.text);
}

static void select_star_shows_what_patterns_bind(void **state)
{
    (void)state;
    static const char data[] = PREFIXES ":a :v 1 .";
    expect("turtle", data, "SELECT * { ?s :v ?v FILTER(!BOUND(?nothing)) }", "csv",
           "s,v\r\nurn:t:a,1\r\n");
    expect("turtle", data, "SELECT * { ?s :v ?v OPTIONAL { ?s :w ?w } }", "tsv",
           "?s\t?v\t?w\n<urn:t:a>\t\"1\"^^<" XSD "integer>\t\n");
}

/* ---- refusals ---- */

static struct outcome run_empty(const char *query, const struct ic_query_options *options)
{
    struct ic_document *document = import_text("ntriples", "<urn:t:s> <urn:t:p> \"1\" .\n");
    struct ic_dataset *dataset = dataset_of(document);
    struct outcome outcome = run_on(dataset, query, "csv", options);
    ic_dataset_free(dataset);
    ic_document_free(document);
    return outcome;
}

static void refused(const char *query, enum ic_status status, unsigned long line,
                    unsigned long column, const char *text)
{
    struct outcome outcome = run_empty(query, &(struct ic_query_options){.name = "q.rq"});
    if (outcome.status != status || outcome.error.line != line ||
        outcome.error.column != column || !strstr(outcome.error.text, text))
        fail_msg("%s: status %d, %lu:%lu: %s", query, outcome.status, outcome.error.line,
                 outcome.error.column, outcome.error.text);
    assert_string_equal(outcome.error.file, "q.rq");
    assert_null(strchr(outcome.error.text, '\n'));
    free(outcome.text);
    struct ic_error error;
    const struct ic_query_options options = {.name = "q.rq", .engine = "rasqal"};
    assert_int_equal(ic_query_check(query, &options, &error), status);
}

static void syntax_errors_have_a_place(void **state)
{
    (void)state;
    refused("SELECT ?s\nWHERE { ?s ?p }", IC_BAD_INPUT, 2, 15, "a term");
    refused("SELECT ?s { ?s :p ?o }", IC_BAD_INPUT, 1, 16, "prefix");
    refused("SELEKT ?s { ?s ?p ?o }", IC_BAD_INPUT, 1, 1, "SELEKT");
    refused("", IC_BAD_INPUT, 1, 1, "ends");
    refused("SELECT ?s { ?s ?p \"\xFF\" }", IC_BAD_INPUT, 0, 0, "UTF-8");
    refused("SELECT ?s {\n ?s ?p \"\\u0000\" }", IC_BAD_INPUT, 2, 0, "\\u0000");
    refused("SELECT ?s { ?s ?p \"\\uFFFE\" }", IC_BAD_INPUT, 1, 0, "\\uFFFE");
    refused("SELECT ?s { ?s ?p <urn:\\U0000D800> }", IC_BAD_INPUT, 1, 0, "\\U0000D800");
    refused("SELECT ?s { ?s ?p \"open }", IC_BAD_INPUT, 1, 19, "does not end");
    refused("SELECT ?s { ?s ?p ?o ", IC_BAD_INPUT, 1, 22, "ends");
    refused("INSERT DATA { <urn:a> <urn:b> <urn:c> }", IC_UNSUPPORTED, 1, 1, "update");
    /* What rasqal would run, with any values. */
    refused("SELECT (COUNT(*) AS ?o) { ?s ?p ?o }", IC_BAD_INPUT, 1, 8, "?o");
    refused("SELECT (1 AS ?s) (2 AS ?s) { ?x ?p ?o }", IC_BAD_INPUT, 1, 18, "?s");
    refused("SELECT * { ?s ?p ?o BIND(1 AS ?o) }", IC_BAD_INPUT, 1, 21, "?o");
    refused("SELECT * { _:a ?p ?o . GRAPH ?g { _:a ?p ?o } }", IC_BAD_INPUT, 1, 35, "_:a");
}

static void what_rasqal_does_wrong_is_refused(void **state)
{
    (void)state;
    refused("SELECT * {\n ?s ?p ?o FILTER (?o = 1 || NOT EXISTS { ?s <urn:x> ?y }) }",
            IC_UNSUPPORTED, 2, 33, "EXISTS");
    refused("SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?s <urn:x> ?y FILTER(?y > ?o) } }",
            IC_UNSUPPORTED, 0, 0, "does not bind");
    refused("SELECT * { ?s ?p ?o MINUS { ?s <urn:x> ?y } }", IC_UNSUPPORTED, 1, 21, "MINUS");
    refused("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", IC_UNSUPPORTED, 1, 12,
            "SERVICE");
    refused("SELECT * { { SELECT ?s { ?s ?p ?o } } }", IC_UNSUPPORTED, 1, 14, "SELECT inside");
    refused("SELECT * { VALUES ?s { <urn:s> } ?s ?p ?o }", IC_UNSUPPORTED, 1, 12, "VALUES");
    refused("SELECT * { ?s <urn:a>/<urn:b> ?o }", IC_UNSUPPORTED, 1, 22, "property paths");
    refused("SELECT * { ?s <urn:a>+ ?o }", IC_UNSUPPORTED, 1, 22, "property paths");
    refused("SELECT * { FILTER EXISTS { ?s ?p ?o } ?s <urn:a>+ ?o }", IC_UNSUPPORTED, 1, 49,
            "property paths");
    refused("SELECT * { ?s ?p ?o FILTER(<urn:f>(?o)) }", IC_UNSUPPORTED, 0, 0, "<urn:f>");
    refused("SELECT * { GRAPH ?g { ?s ?p ?o } GRAPH ?g { ?s ?q ?o } }", IC_UNSUPPORTED, 0, 0,
            "GRAPH ?g");
    refused("SELECT * { GRAPH ?g { ?s ?p ?o FILTER(?g = <urn:x>) } }", IC_UNSUPPORTED, 0, 0,
            "?g in an expression");
    refused("SELECT * { ?s ?p ?o { BIND(?o AS ?x) } UNION { BIND(?s AS ?x) } }", IC_UNSUPPORTED,
            0, 0, "in an expression");
    refused("SELECT * { ?s ?p ?o { ?s ?q ?r FILTER(!BOUND(?o)) } UNION { ?s ?q ?r } }",
            IC_UNSUPPORTED, 0, 0, "does not bind");
    refused("SELECT * { ?c ?p ?d . { ?b ?q ?a } OPTIONAL { ?c ?r ?s } FILTER(isIRI(?b)) }",
            IC_UNSUPPORTED, 0, 0, "one group");
    refused("SELECT * { ?s ?p ?o FILTER(regex(?o, \"\\\\d+\")) }", IC_UNSUPPORTED, 0, 0,
            "regular expression");
    refused("SELECT * { ?s ?p ?v FILTER(?v > "
            "1.00000000000000000000000000000000000000000000000000001) }",
            IC_UNSUPPORTED, 0, 0, "40 digits");
}

/* These show only while they run. */
static void wrong_rows_are_noticed(void **state)
{
    (void)state;
    struct outcome outcome =
        run("turtle", PREFIXES ":a :v 1 .", "SELECT (COUNT(*) AS ?n) { ?s :no ?v }", "csv");
    assert_int_equal(outcome.status, IC_UNSUPPORTED);
    free(outcome.text);
    outcome =
        run("turtle", PREFIXES ":a :v 1 .", "SELECT * { ?s :v ?v BIND(?v / 0 AS ?x) }", "csv");
    assert_int_equal(outcome.status, IC_UNSUPPORTED);
    assert_non_null(strstr(outcome.error.text, "BIND"));
    free(outcome.text);
    outcome =
        run("turtle", PREFIXES ":a :v 1, 1.5 .", "SELECT (SUM(?v) AS ?n) { ?s :v ?v }", "csv");
    assert_int_equal(outcome.status, IC_UNSUPPORTED);
    free(outcome.text);
}

static void optional_union_and_bind(void **state)
{
    (void)state;
    static const char data[] =
        PREFIXES ":a :v 1 ; :w 2 . :b :v 5 ; :no 7 ; :w 7, 8 . :z :z 2 .\n"
                 ":c :v 9 ; :no 3 ; :w 4 .";
    expect("turtle", data,
           "SELECT * { ?s :v ?v OPTIONAL { ?s :no ?x } OPTIONAL { ?s :w ?x } } ORDER BY ?s",
           "csv", "s,v,x\r\nurn:t:a,1,2\r\nurn:t:b,5,7\r\nurn:t:c,9,3\r\n");
    expect("turtle", data,
           "SELECT * { { ?s :v ?v } UNION { ?s :w ?y } ?t :z ?y } ORDER BY ?s ?v", "csv",
           "s,v,y,t\r\nurn:t:a,,2,urn:t:z\r\nurn:t:a,1,2,urn:t:z\r\nurn:t:b,5,2,urn:t:z\r\n"
           "urn:t:c,9,2,urn:t:z\r\n");
    expect("turtle", data, "SELECT ?s ?x { ?s :v ?v BIND(?v + 1 AS ?x) FILTER(?x = 6) }", "csv",
           "s,x\r\nurn:t:b,6\r\n");
    expect("turtle", data,
           "SELECT ?s ?y { ?s :v ?v OPTIONAL { ?s :no ?y FILTER(?v < 6) } } ORDER BY ?s", "csv",
           "s,y\r\nurn:t:a,\r\nurn:t:b,7\r\nurn:t:c,\r\n");
}

/* SPARQL 1.1, section 8.1: about the solution of the group that the filter stands in. */
static void exists_is_about_its_group(void **state)
{
    (void)state;
    static const char data[] =
        PREFIXES ":a :v 1 ; :w 2 . :b :v 5 ; :w 7, 8 . :c :v 9 . :d :w 4 ; :x :a .";
    expect("turtle", data, "SELECT ?s { ?s :v ?v FILTER NOT EXISTS { ?s :w ?w } }", "csv",
           "s\r\nurn:t:c\r\n");
    expect("turtle", data,
           "SELECT ?s { ?s :v ?v filter # one of them\n exists{ ?s :w ?w } } ORDER BY ?s",
           "csv", "s\r\nurn:t:a\r\nurn:t:b\r\n");
    /* Its variables are its own, a filter inside is about them. */
    expect("turtle", data,
           "SELECT * { ?s :v ?v FILTER NOT EXISTS { ?s :w ?w FILTER(?w > 7) } } ORDER BY ?s",
           "csv", "s,v\r\nurn:t:a,1\r\nurn:t:c,9\r\n");
    expect("turtle", data,
           "SELECT * { ?s :v ?v FILTER NOT EXISTS { { ?s :w 8 } UNION { ?x :x ?s } } }", "csv",
           "s,v\r\nurn:t:c,9\r\n");
    /* It may stand before what binds the variables. */
    expect("turtle", data, "SELECT ?s { FILTER NOT EXISTS { ?s :w ?w } ?s :v ?v }", "csv",
           "s\r\nurn:t:c\r\n");
    /* In a group of its own it is about nothing outside: somebody has a :w. */
    expect("turtle", data, "SELECT ?s { ?s :v ?v { FILTER NOT EXISTS { ?s :w ?w } } }", "csv",
           "s\r\n");
    expect("turtle", data,
           "SELECT ?s { ?s :v ?v { FILTER NOT EXISTS { ?s :no ?w } } } ORDER BY ?s", "csv",
           "s\r\nurn:t:a\r\nurn:t:b\r\nurn:t:c\r\n");
    /* One inside the other; ?v of the outer group is the same in both. */
    expect("turtle", data,
           "SELECT ?s { ?s :w ?v FILTER NOT EXISTS { ?s :x ?t "
           "FILTER NOT EXISTS { ?t :w ?v } } } ORDER BY ?s ?v",
           "csv", "s\r\nurn:t:a\r\nurn:t:b\r\nurn:t:b\r\n");
    expect("turtle", data,
           "SELECT ?s ?w { ?s :v ?v OPTIONAL { ?s :w ?w FILTER EXISTS { ?d :x ?s } } } "
           "ORDER BY ?s",
           "csv", "s,w\r\nurn:t:a,2\r\nurn:t:b,\r\nurn:t:c,\r\n");
    /* With a variable that has no value in some rows. */
    expect("turtle", data,
           "SELECT ?s { ?s :v ?v OPTIONAL { ?s :w ?w } FILTER EXISTS { ?d :w ?w . ?d :x :a } } "
           "ORDER BY ?s",
           "csv", "s\r\nurn:t:c\r\n");
    expect("turtle", data, "ASK { ?s :v 9 FILTER NOT EXISTS { ?s :w ?w } }", "json",
           "{\"head\":{},\"boolean\":true}\n");
}

static void exists_stays_in_its_graph(void **state)
{
    (void)state;
    static const char data[] = "<urn:t:a> <urn:t:v> \"1\" <urn:t:g> .\n"
                               "<urn:t:a> <urn:t:w> \"2\" <urn:t:h> .\n"
                               "<urn:t:b> <urn:t:v> \"1\" <urn:t:h> .\n"
                               "<urn:t:b> <urn:t:w> \"2\" <urn:t:h> .\n";
    expect("nquads", data, "SELECT ?s { GRAPH ?g { ?s :v ?v FILTER NOT EXISTS { ?s :w ?w } } }",
           "csv", "s\r\nurn:t:a\r\n");
    expect("nquads", data, "SELECT ?g { GRAPH ?g { FILTER NOT EXISTS { ?s :w ?w } } }", "csv",
           "g\r\nurn:t:g\r\n");
    expect("nquads", data,
           "SELECT ?s { GRAPH <urn:t:g> { ?s :v ?v } FILTER EXISTS "
           "{ GRAPH <urn:t:h> { ?s :w ?w } } }",
           "csv", "s\r\nurn:t:a\r\n");
}

static void limits_end_a_query(void **state)
{
    (void)state;
    char *data = NULL;
    size_t size;
    FILE *out = open_memstream(&data, &size);
    for (int i = 0; i < 400; i++)
        fprintf(out, "<urn:t:s%d> <urn:t:p> \"%d\" .\n", i, i);
    fclose(out);
    struct ic_document *document = import_text("ntriples", data);
    struct ic_dataset *dataset = dataset_of(document);

    struct ic_query_options options = {.timeout_ms = 30};
    struct outcome outcome = run_on(
        dataset, "ASK { ?a ?p ?b . ?c ?q ?d . ?e ?r ?f FILTER(?f = \"x\") }", "json", &options);
    assert_int_equal(outcome.status, IC_TIMEOUT);
    free(outcome.text);

    options = (struct ic_query_options){.rows_max = 10};
    outcome = run_on(dataset, "SELECT * { ?s ?p ?o }", "csv", &options);
    assert_int_equal(outcome.status, IC_TOO_LARGE);
    free(outcome.text);
    outcome = run_on(dataset, "SELECT * { ?s ?p ?o } LIMIT 10", "csv", &options);
    assert_int_equal(outcome.status, IC_OK);
    free(outcome.text);
    ic_dataset_free(dataset);
    ic_document_free(document);
    free(data);
}

/* `count` times `piece` between the two ends. Owned: free. */
static char *repeated(const char *start, const char *piece, size_t count, const char *end)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(start, out);
    for (size_t i = 0; i < count; i++)
        fputs(piece, out);
    fputs(end, out);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void hostile_shapes_end_in_an_error(void **state)
{
    (void)state;
    enum { MANY = 30000 };
    static const char ends[] = "}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}}";
    char *query = repeated("ASK ", "{", MANY, "");
    refused(query, IC_TOO_LARGE, 1, 262, "nested");
    free(query);
    query = repeated("ASK { ?s ?p ?o ", "FILTER EXISTS { ?s ?p ?o ", MANY, "");
    refused(query, IC_TOO_LARGE, 1, 6407, "nested");
    free(query);
    query = repeated("ASK { ?s ?p ?o ", "OPTIONAL { ?s ?p ?o ", 40, ends);
    refused(query, IC_TOO_LARGE, 0, 0, "nested");
    free(query);
    query = repeated("ASK { ?s ?p ?o FILTER(?o = 1", " || ?o = 1", MANY, ") }");
    refused(query, IC_TOO_LARGE, 0, 0, "20000");
    free(query);
    query = repeated("ASK { ?s ?p ?o ", "FILTER(?o = 1) ", MANY, "}");
    refused(query, IC_TOO_LARGE, 0, 0, "20000");
    free(query);
    query = repeated("SELECT * { ?s ?p ?o FILTER(?o IN (", "\"1\", ", MANY, "\"2\")) }");
    struct outcome outcome = run_empty(query, NULL);
    assert_int_equal(outcome.status, IC_OK);
    assert_string_equal(outcome.text, "s,p,o\r\nurn:t:s,urn:t:p,1\r\n");
    free(outcome.text);
    free(query);
}

static void unknown_engines_are_named(void **state)
{
    (void)state;
    struct outcome outcome =
        run_empty("ASK {}", &(struct ic_query_options){.engine = "abacus"});
    assert_int_equal(outcome.status, IC_USAGE);
    assert_non_null(strstr(outcome.error.text, "abacus"));
    free(outcome.text);
}

/* ---- sinks ---- */

struct stopping {
    size_t rows, stop_after;
};

static enum ic_status stopping_begin(void *context, enum ic_query_kind kind,
                                     const char *const *variables, size_t count,
                                     struct ic_error *error)
{
    (void)context;
    (void)error;
    assert_int_equal(kind, IC_QUERY_SELECT);
    assert_int_equal(count, 1);
    assert_string_equal(variables[0], "s");
    return IC_OK;
}

static enum ic_status stopping_row(void *context, const struct ic_term *const *cells,
                                   size_t count, struct ic_error *error)
{
    struct stopping *stopping = context;
    assert_int_equal(count, 1);
    assert_non_null(cells[0]);
    if (++stopping->rows > stopping->stop_after)
        return ic_fail(error, IC_BUSY, "enough");
    return IC_OK;
}

static enum ic_status stopping_end(void *context, struct ic_error *error)
{
    (void)context;
    (void)error;
    fail_msg("a stopped query has no end");
    return IC_OK;
}

static void a_sink_can_stop_the_query(void **state)
{
    (void)state;
    struct ic_document *document =
        import_text("turtle", PREFIXES ":a :v 1 . :b :v 2 . :c :v 3 . :d :v 4 .");
    struct ic_dataset *dataset = dataset_of(document);
    static const char *const queries[] = {"SELECT ?s { ?s ?p ?o }",
                                          "SELECT ?s { ?s ?p ?o } ORDER BY ?s",
                                          "SELECT DISTINCT ?s { ?s ?p ?o }"};
    for (size_t i = 0; i < 3; i++) {
        struct stopping stopping = {.stop_after = 2};
        const struct ic_query_sink sink = {.context = &stopping,
                                           .begin = stopping_begin,
                                           .row = stopping_row,
                                           .end = stopping_end};
        struct ic_error error;
        assert_int_equal(ic_query_run(dataset, queries[i], NULL, &sink, &error), IC_BUSY);
        assert_string_equal(error.text, "enough");
        assert_int_equal(stopping.rows, 3);
    }
    ic_dataset_free(dataset);
    ic_document_free(document);
}

/* ---- threads ---- */

static void *query_in_a_thread(void *argument)
{
    const struct ic_document *document = argument;
    struct ic_dataset *dataset = dataset_of(document);
    size_t *wrong = calloc(1, sizeof *wrong);
    for (int i = 0; i < 20; i++) {
        struct outcome outcome = run_on(
            dataset, PREFIXES "SELECT ?s { ?s :v ?v FILTER(?v > 1) } ORDER BY ?s", "csv", NULL);
        *wrong +=
            outcome.status != IC_OK || strcmp(outcome.text, "s\r\nurn:t:b\r\nurn:t:c\r\n") != 0;
        free(outcome.text);
    }
    ic_dataset_free(dataset);
    return wrong;
}

static void queries_run_in_parallel(void **state)
{
    (void)state;
    enum { THREADS = 4 };
    struct ic_document *document =
        import_text("turtle", PREFIXES ":a :v 1 . :b :v 2 . :c :v 3 .");
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, query_in_a_thread, document), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong;
        assert_int_equal(pthread_join(threads[i], &wrong), 0);
        assert_int_equal(*(size_t *)wrong, 0);
        free(wrong);
    }
    ic_document_free(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_compare_exactly),
        cmocka_unit_test(large_integers_do_not_wrap),
        cmocka_unit_test(very_long_numbers_keep_their_side),
        cmocka_unit_test(what_is_no_number_matches_no_range),
        cmocka_unit_test(truth_of_values),
        cmocka_unit_test(dates_and_times_compare),
        cmocka_unit_test(strings_are_data),
        cmocka_unit_test(a_million_characters),
        cmocka_unit_test(terms_come_back_as_they_were),
        cmocka_unit_test(arithmetic_and_aggregates),
        cmocka_unit_test(graphs_stay_apart),
        cmocka_unit_test(from_restricts_the_dataset),
        cmocka_unit_test(clouds_match_inside_their_graph),
        cmocka_unit_test(order_distinct_and_slices),
        cmocka_unit_test(ask_construct_and_describe),
        cmocka_unit_test(constructed_blank_nodes_are_fresh),
        cmocka_unit_test(select_star_shows_what_patterns_bind),
        cmocka_unit_test(syntax_errors_have_a_place),
        cmocka_unit_test(what_rasqal_does_wrong_is_refused),
        cmocka_unit_test(wrong_rows_are_noticed),
        cmocka_unit_test(optional_union_and_bind),
        cmocka_unit_test(exists_is_about_its_group),
        cmocka_unit_test(exists_stays_in_its_graph),
        cmocka_unit_test(limits_end_a_query),
        cmocka_unit_test(hostile_shapes_end_in_an_error),
        cmocka_unit_test(unknown_engines_are_named),
        cmocka_unit_test(a_sink_can_stop_the_query),
        cmocka_unit_test(queries_run_in_parallel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
