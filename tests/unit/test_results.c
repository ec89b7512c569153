/* SPDX-License-Identifier: Apache-2.0 */
/* The results writers: what each format looks like, also where it is empty, unbound, hostile
 * or refused. */
#include "query_support.h"

#include <expat.h>
#include <jansson.h>

static const struct ic_term iri = {IC_IRI, 20, "http://www.csp/x?a&b", NULL, NULL};
static const struct ic_term short_iri = {IC_IRI, sizeof IC_NS "replication" - 1,
                                         IC_NS "replication", NULL, NULL};
static const struct ic_term blank = {IC_BLANK, 2, "b0", NULL, NULL};
static const struct ic_term quoted = {IC_LITERAL, 9, "a \"b\",\t<c", NULL, NULL};
static const struct ic_term lines = {IC_LITERAL, 6, "x\r\ny\\z", NULL, NULL};
static const struct ic_term tagged = {IC_LITERAL, 4, "na\xC3\xAF", NULL, "fr-CA"};
static const struct ic_term number = {IC_LITERAL, 6, "99.999", IC_XSD_DECIMAL, NULL};
static const struct ic_term date = {IC_LITERAL, 10, "2025-01-01", IC_NS_XSD "date", NULL};
static const struct ic_term escape_code = {IC_LITERAL, 5, "\x1B[31m", NULL, NULL};
static const struct ic_term c1_code = {IC_LITERAL, 3,
                                       "\xC2\x9B"
                                       "m",
                                       NULL, NULL};
static const struct ic_term empty = {IC_LITERAL, 0, "", NULL, NULL};

/* Writes `rows` rows of `columns` cells. */
static struct outcome write_rows(const char *format, const char *const *names, size_t columns,
                                 const struct ic_term *const *cells, size_t rows)
{
    struct outcome outcome = {0};
    struct ic_results_writer *writer;
    FILE *out = open_memstream(&outcome.text, &outcome.size);
    assert_int_equal(ic_results_writer_new(format, out, &writer, &outcome.error), IC_OK);
    const struct ic_query_sink *sink = ic_results_writer_sink(writer);
    outcome.status =
        sink->begin(sink->context, IC_QUERY_SELECT, names, columns, &outcome.error);
    for (size_t i = 0; outcome.status == IC_OK && i < rows; i++)
        outcome.status = sink->row(sink->context, cells + i * columns, columns, &outcome.error);
    if (outcome.status == IC_OK)
        outcome.status = sink->end(sink->context, &outcome.error);
    if (outcome.status == IC_OK)
        assert_int_equal(ic_results_writer_count(writer), rows);
    ic_results_writer_free(writer);
    fclose(out);
    return outcome;
}

static const char *const two_names[] = {"a", "b"};
static const struct ic_term *const all_cells[] = {&iri,    &blank, &quoted, &lines, &tagged,
                                                  &number, NULL,   &date,   &empty, NULL};

static void writes(const char *format, const char *expected)
{
    struct outcome outcome =
        write_rows(format, two_names, 2, all_cells, sizeof all_cells / sizeof *all_cells / 2);
    assert_int_equal(outcome.status, IC_OK);
    assert_string_equal(outcome.text, expected);
    free(outcome.text);
}

static void csv_follows_rfc_4180(void **state)
{
    (void)state;
    writes("csv", "a,b\r\nhttp://www.csp/x?a&b,_:b0\r\n\"a \"\"b\"\",\t<c\",\"x\r\ny\\z\"\r\n"
                  "na\xC3\xAF,99.999\r\n,2025-01-01\r\n,\r\n");
}

static void tsv_has_terms_and_no_raw_tabs(void **state)
{
    (void)state;
    writes("tsv",
           "?a\t?b\n<http://www.csp/x?a&b>\t_:b0\n\"a \\\"b\\\",\\t<c\"\t\"x\\r\\ny\\\\z\"\n"
           "\"na\xC3\xAF\"@fr-CA\t\"99.999\"^^<" XSD "decimal>\n\t\"2025-01-01\"^^<" XSD
           "date>\n\"\"\t\n");
}

static void json_is_the_recommendations(void **state)
{
    (void)state;
    writes("json",
           "{\"head\":{\"vars\":[\"a\",\"b\"]},\"results\":{\"bindings\":[\n"
           "{\"a\":{\"type\":\"uri\",\"value\":\"http://www.csp/x?a&b\"},"
           "\"b\":{\"type\":\"bnode\",\"value\":\"b0\"}},\n"
           "{\"a\":{\"type\":\"literal\",\"value\":\"a \\\"b\\\",\\u0009<c\"},"
           "\"b\":{\"type\":\"literal\",\"value\":\"x\\u000D\\ny\\\\z\"}},\n"
           "{\"a\":{\"type\":\"literal\",\"value\":\"na\xC3\xAF\",\"xml:lang\":\"fr-CA\"},"
           "\"b\":{\"type\":\"literal\",\"value\":\"99.999\",\"datatype\":\"" XSD
           "decimal\"}},\n"
           "{\"b\":{\"type\":\"literal\",\"value\":\"2025-01-01\",\"datatype\":\"" XSD
           "date\"}},\n{\"a\":{\"type\":\"literal\",\"value\":\"\"}}\n]}}\n");
}

static void xml_is_the_recommendations(void **state)
{
    (void)state;
    writes("xml",
           "<?xml version=\"1.0\"?>\n"
           "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">\n"
           "<head>\n<variable name=\"a\"/>\n<variable name=\"b\"/>\n</head>\n<results>\n"
           "<result>\n<binding name=\"a\"><uri>http://www.csp/x?a&amp;b</uri></binding>\n"
           "<binding name=\"b\"><bnode>b0</bnode></binding>\n</result>\n"
           "<result>\n<binding name=\"a\"><literal>a \"b\",\t&lt;c</literal></binding>\n"
           "<binding name=\"b\"><literal>x&#xD;\ny\\z</literal></binding>\n</result>\n"
           "<result>\n<binding name=\"a\"><literal xml:lang=\"fr-CA\">na\xC3\xAF</literal>"
           "</binding>\n<binding name=\"b\"><literal datatype=\"" XSD
           "decimal\">99.999</literal></binding>\n</result>\n"
           "<result>\n<binding name=\"b\"><literal datatype=\"" XSD
           "date\">2025-01-01</literal></binding>\n</result>\n"
           "<result>\n<binding name=\"a\"><literal></literal></binding>\n</result>\n"
           "</results>\n</sparql>\n");
}

static void table_is_aligned_for_people(void **state)
{
    (void)state;
    writes("table", "a                       b\n"
                    "----------------------  ----------------------\n"
                    "<http://www.csp/x?a&b>  _:b0\n"
                    "\"a \\\"b\\\",\\t<c\"          \"x\\r\\ny\\\\z\"\n"
                    "\"na\xC3\xAF\"@fr-CA             99.999\n"
                    "                        \"2025-01-01\"^^xsd:date\n"
                    "\"\"\n");
}

static void tables_shorten_known_names(void **state)
{
    (void)state;
    const struct ic_term type = ic_term_iri(IC_RDF_TYPE);
    const struct ic_term odd = ic_term_iri(IC_NS "two words");
    const struct ic_term *const cells[] = {&short_iri, &type, &odd, &iri};
    struct outcome outcome = write_rows("table", two_names, 2, cells, 2);
    assert_string_equal(outcome.text,
                        "a                                       b\n"
                        "--------------------------------------  ----------------------\n"
                        ":replication                            rdf:type\n"
                        "<http://www.csp/resOntology#two words>  <http://www.csp/x?a&b>\n");
    free(outcome.text);
}

/* Rows past the look-ahead are written as they come, none is lost or cut. */
static void long_tables_flow(void **state)
{
    (void)state;
    enum { ROWS = 1000 };
    const struct ic_term **cells = calloc(ROWS, sizeof *cells);
    char *wide = malloc(301);
    assert_non_null(cells);
    assert_non_null(wide);
    memset(wide, 'w', 300);
    wide[300] = '\0';
    const struct ic_term wide_term = ic_term_literal(wide, NULL);
    for (size_t i = 0; i < ROWS; i++)
        cells[i] = i == 900 ? &wide_term : &number;
    struct outcome outcome = write_rows("table", two_names, 1, cells, ROWS);
    size_t count = 0;
    for (const char *p = outcome.text; (p = strchr(p, '\n')); p++)
        count++;
    assert_int_equal(count, ROWS + 2);
    assert_non_null(strstr(outcome.text, wide));
    free(outcome.text);
    free(cells);
    free(wide);
}

static void nothing_aims_at_the_terminal(void **state)
{
    (void)state;
    const struct ic_term *const cells[] = {&escape_code, &c1_code};
    static const char *const formats[] = {"table", "json", "tsv"};
    for (size_t i = 0; i < 3; i++) {
        struct outcome outcome = write_rows(formats[i], two_names, 2, cells, 1);
        assert_int_equal(outcome.status, IC_OK);
        assert_null(strchr(outcome.text, '\x1B'));
        free(outcome.text);
    }
    struct outcome outcome = write_rows("table", two_names, 2, cells, 1);
    assert_non_null(strstr(outcome.text, "\\x1B[31m"));
    free(outcome.text);
    outcome = write_rows("json", two_names, 2, cells, 1);
    assert_non_null(strstr(outcome.text, "\"\\u001B[31m\""));
    assert_non_null(strstr(outcome.text, "\"\\u009Bm\""));
    free(outcome.text);
}

static void xml_refuses_what_it_cannot_carry(void **state)
{
    (void)state;
    const struct ic_term *const cells[] = {&escape_code, NULL};
    struct outcome outcome = write_rows("xml", two_names, 2, cells, 1);
    assert_int_equal(outcome.status, IC_BAD_INPUT);
    assert_non_null(strstr(outcome.error.text, "U+001B"));
    assert_non_null(strstr(outcome.error.text, "json"));
    free(outcome.text);
    const struct ic_term *const allowed[] = {&c1_code, NULL};
    outcome = write_rows("xml", two_names, 2, allowed, 1);
    assert_int_equal(outcome.status, IC_OK);
    assert_non_null(strstr(outcome.text, "<literal>&#x9B;m</literal>"));
    free(outcome.text);
}

static void empty_results_keep_their_header(void **state)
{
    (void)state;
    static const char *const expected[][2] = {
        {"table", "a  b\n-  -\n"},
        {"csv", "a,b\r\n"},
        {"tsv", "?a\t?b\n"},
        {"json", "{\"head\":{\"vars\":[\"a\",\"b\"]},\"results\":{\"bindings\":[\n]}}\n"},
        {"xml",
         "<?xml version=\"1.0\"?>\n"
         "<sparql xmlns=\"http://www.w3.org/2005/sparql-results#\">\n<head>\n"
         "<variable name=\"a\"/>\n<variable name=\"b\"/>\n</head>\n<results>\n</results>\n"
         "</sparql>\n"}};
    for (size_t i = 0; i < 5; i++) {
        struct outcome outcome = write_rows(expected[i][0], two_names, 2, NULL, 0);
        assert_int_equal(outcome.status, IC_OK);
        assert_string_equal(outcome.text, expected[i][1]);
        free(outcome.text);
    }
}

/* What a strict parser of another library makes of the output. */
static void other_parsers_read_json_and_xml(void **state)
{
    (void)state;
    struct outcome outcome = write_rows("json", two_names, 2, all_cells, 5);
    json_error_t error;
    json_t *root = json_loads(outcome.text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    const json_t *bindings = json_object_get(json_object_get(root, "results"), "bindings");
    assert_int_equal(json_array_size(bindings), 5);
    const json_t *second = json_object_get(json_array_get(bindings, 1), "b");
    assert_string_equal(json_string_value(json_object_get(second, "value")), lines.text);
    json_decref(root);
    free(outcome.text);

    outcome = write_rows("xml", two_names, 2, all_cells, 5);
    XML_Parser parser = XML_ParserCreate(NULL);
    assert_int_equal(XML_Parse(parser, outcome.text, (int)outcome.size, 1), XML_STATUS_OK);
    XML_ParserFree(parser);
    free(outcome.text);
}

/* ---- kinds ---- */

static enum ic_status begin_kind(const char *format, enum ic_query_kind kind,
                                 struct ic_error *error)
{
    struct ic_results_writer *writer;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(ic_results_writer_new(format, out, &writer, error), IC_OK);
    const struct ic_query_sink *sink = ic_results_writer_sink(writer);
    const enum ic_status status = sink->begin(sink->context, kind, NULL, 0, error);
    ic_results_writer_free(writer);
    fclose(out);
    free(text);
    return status;
}

static void formats_carry_their_kinds_only(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        bool rows, boolean, triples;
    } table[] = {{"table", true, true, false},     {"json", true, true, false},
                 {"xml", true, true, false},       {"csv", true, false, false},
                 {"tsv", true, false, false},      {"turtle", false, false, true},
                 {"ntriples", false, false, true}, {"nquads", false, false, true},
                 {NULL, true, true, true}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct ic_error error = {0};
        const char *format = table[i].format;
        assert_int_equal(begin_kind(format, IC_QUERY_SELECT, &error),
                         table[i].rows ? IC_OK : IC_BAD_INPUT);
        assert_int_equal(begin_kind(format, IC_QUERY_ASK, &error),
                         table[i].boolean ? IC_OK : IC_BAD_INPUT);
        assert_int_equal(begin_kind(format, IC_QUERY_CONSTRUCT, &error),
                         table[i].triples ? IC_OK : IC_BAD_INPUT);
        assert_int_equal(begin_kind(format, IC_QUERY_DESCRIBE, &error),
                         table[i].triples ? IC_OK : IC_BAD_INPUT);
    }
    struct ic_error error;
    begin_kind("csv", IC_QUERY_ASK, &error);
    assert_string_equal(error.text,
                        "the query gives a boolean, which csv cannot carry; use one "
                        "of: table, json, xml");
}

static void unknown_formats_list_the_known(void **state)
{
    (void)state;
    struct ic_results_writer *writer = NULL;
    struct ic_error error;
    assert_int_equal(ic_results_writer_new("yaml", stdout, &writer, &error), IC_USAGE);
    assert_null(writer);
    assert_string_equal(error.text,
                        "there is no results format \"yaml\"; there are: table, json, "
                        "xml, csv, tsv, turtle, ntriples, nquads");
}

static void booleans_and_triples(void **state)
{
    (void)state;
    static const char data[] = PREFIXES ":s a :T ; :v 1 .";
    expect("turtle", data, "ASK { ?s a :T }", "table", "true\n");
    expect("turtle", data, "ASK { ?s a :U }", "json", "{\"head\":{},\"boolean\":false}\n");
    expect("turtle", data, "CONSTRUCT WHERE { ?s :v ?v }", "nquads",
           "<urn:t:s> <urn:t:v> \"1\"^^<" XSD "integer> .\n");
    struct outcome outcome = run("turtle", data, "CONSTRUCT WHERE { ?s ?p ?v }", NULL);
    assert_int_equal(outcome.status, IC_OK);
    struct ic_document *document = import_text("turtle", outcome.text);
    size_t count;
    ic_document_statements(document, &count);
    assert_int_equal(count, 2);
    ic_document_free(document);
    free(outcome.text);
}

/* A stream that fails ends the query with an error. */
static void a_full_disk_is_reported(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        return;
    setvbuf(full, NULL, _IONBF, 0);
    struct ic_results_writer *writer;
    struct ic_error error;
    assert_int_equal(ic_results_writer_new("csv", full, &writer, &error), IC_OK);
    const struct ic_query_sink *sink = ic_results_writer_sink(writer);
    const struct ic_term *const cells[] = {&number, NULL};
    assert_int_equal(sink->begin(sink->context, IC_QUERY_SELECT, two_names, 2, &error), IC_OK);
    assert_int_equal(sink->row(sink->context, cells, 2, &error), IC_NO_SPACE);
    ic_results_writer_free(writer);
    fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_follows_rfc_4180),
        cmocka_unit_test(tsv_has_terms_and_no_raw_tabs),
        cmocka_unit_test(json_is_the_recommendations),
        cmocka_unit_test(xml_is_the_recommendations),
        cmocka_unit_test(table_is_aligned_for_people),
        cmocka_unit_test(tables_shorten_known_names),
        cmocka_unit_test(long_tables_flow),
        cmocka_unit_test(nothing_aims_at_the_terminal),
        cmocka_unit_test(xml_refuses_what_it_cannot_carry),
        cmocka_unit_test(empty_results_keep_their_header),
        cmocka_unit_test(other_parsers_read_json_and_xml),
        cmocka_unit_test(formats_carry_their_kinds_only),
        cmocka_unit_test(unknown_formats_list_the_known),
        cmocka_unit_test(booleans_and_triples),
        cmocka_unit_test(a_full_disk_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
