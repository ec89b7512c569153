/* SPDX-License-Identifier: Apache-2.0 */
/* Writing RDF: exact text of each syntax, what cannot be said, and reading back. */
#include "tests/unit/import_support.h"

#include <unistd.h>

static const char *const names[] = {"turtle", "ntriples", "nquads", "rdfxml"};

static const char source[] =
    "@prefix : <http://e/> .\n"
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
    ":a a :C ; :p 1, 1.5, 1e0, true, 'x'@en, '<&>\\n\\t\\r\"\\\\', :b, <http://f/x>, _:n, '' "
    ".\n"
    "_:n :q '01'^^xsd:integer, '1.'^^xsd:decimal, 'x'^^xsd:integer, '1'^^xsd:double,\n"
    "  '1'^^:t, <http://f/?a&b> ; <http://f#r> 'y' ; rdf:_1 'z' .\n"
    ":a :p 2 .\n"
    "<http://e/%20> :x.y <http://e/> .\n";

static void writes_turtle(void **state)
{
    (void)state;
    struct ic_document *document = import_text("turtle", source);
    char *text = written(document, IC_RDF_TURTLE);
    assert_string_equal(
        text,
        "@prefix : <http://e/> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n\n"
        ":a a :C ;\n"
        "    :p 1, 1.5, 1e0, true, \"x\"@en, \"<&>\\n\\t\\r\\\"\\\\\", :b, <http://f/x>, _:n, "
        "\"\" .\n\n"
        "_:n :q 01, \"1.\"^^xsd:decimal, \"x\"^^xsd:integer, \"1\"^^xsd:double, \"1\"^^:t, "
        "<http://f/?a&b> ;\n"
        "    <http://f#r> \"y\" ;\n"
        "    rdf:_1 \"z\" .\n\n"
        ":a :p 2 .\n\n"
        "<http://e/%20> <http://e/x.y> <http://e/> .\n");
    free(text);
    ic_document_free(document);
}

static void writes_lines(void **state)
{
    (void)state;
    static const char quads[] =
        "<http://e/a> <http://e/p> \"a\\tb\\u0001\\u007F\\\"\\\\\\r\\n\xC3\xA9\"@en "
        "<http://e/g> .\n"
        "_:x <http://e/p> \"1\"^^<http://e/t> .\n";
    struct ic_document *document = import_text("nquads", quads);
    char *text = written(document, IC_RDF_NQUADS);
    assert_string_equal(text, quads);
    free(text);
    ic_document_free(document);
}

static void writes_xml(void **state)
{
    (void)state;
    struct ic_document *document = import_text(
        "turtle",
        "@prefix : <http://e/> . @prefix xml: <http://x/> . @prefix e: <http://e/f&> .\n"
        ":a a :C ; :p '<a&\"b>\\r\\n\\t'@en, '1'^^:t, :b ; <http://f/?x=1&q> _:1, '' .\n"
        "_:1 <http://www.w3.org/1999/02/22-rdf-syntax-ns#_1> <http://e/&'> .");
    char *text = written(document, IC_RDF_XML);
    assert_string_equal(text,
                        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"\n"
                        "    xmlns=\"http://e/\"\n"
                        "    xmlns:e=\"http://e/f&amp;\">\n"
                        "  <rdf:Description rdf:about=\"http://e/a\">\n"
                        "    <rdf:type rdf:resource=\"http://e/C\"/>\n"
                        "    <p xml:lang=\"en\">&lt;a&amp;\"b&gt;&#13;\n\t</p>\n"
                        "    <p rdf:datatype=\"http://e/t\">1</p>\n"
                        "    <p rdf:resource=\"http://e/b\"/>\n"
                        "    <ns:q xmlns:ns=\"http://f/?x=1&amp;\" rdf:nodeID=\"b1\"/>\n"
                        "    <ns:q xmlns:ns=\"http://f/?x=1&amp;\"></ns:q>\n"
                        "  </rdf:Description>\n"
                        "  <rdf:Description rdf:nodeID=\"b1\">\n"
                        "    <rdf:_1 rdf:resource=\"http://e/&amp;'\"/>\n"
                        "  </rdf:Description>\n"
                        "</rdf:RDF>\n");
    free(text);
    ic_document_free(document);
}

static void writes_nothing(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "", "", "",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF "
        "xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n</rdf:RDF>\n"};
    struct ic_document *document = ic_document_new("empty", NULL);
    for (size_t i = 0; i < 4; i++) {
        enum ic_rdf_syntax syntax;
        assert_true(ic_syntax_find(names[i], &syntax));
        char *text = written(document, syntax);
        assert_string_equal(text, expected[i]);
        free(text);
    }
    ic_document_free(document);
}

/* What was written reads back as the same statements. Blank nodes: one, so that its label is
 * the only difference. */
static void reads_back(void **state)
{
    (void)state;
    struct ic_document *document = import_text("turtle", source);
    char *original = sort_lines(written(document, IC_RDF_NTRIPLES));
    for (size_t i = 0; i < 4; i++) {
        enum ic_rdf_syntax syntax;
        assert_true(ic_syntax_find(names[i], &syntax));
        char *text = written(document, syntax);
        struct ic_document *again = import_text(names[i], text);
        char *lines = written(again, IC_RDF_NTRIPLES);
        for (char *label; (label = strstr(lines, "_:bn")) != NULL;)
            memmove(label + 2, label + 3, strlen(label + 2)); /* as RDF/XML spells _:n */
        assert_string_equal(sort_lines(lines), original);
        free(lines);
        free(text);
        ic_document_free(again);
    }
    free(original);
    ic_document_free(document);
}

/* ---- what cannot be said ---- */

static enum ic_status try_to_write(enum ic_rdf_syntax syntax, const char *nquads,
                                   struct ic_error *error)
{
    struct ic_document *document = import_text("nquads", nquads);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    *error = (struct ic_error){0};
    assert_non_null(out);
    const enum ic_status status = ic_write_document(document, syntax, out, error);
    assert_int_equal(fclose(out), 0);
    free(text);
    ic_document_free(document);
    return status;
}

static void refuses(void **state)
{
    (void)state;
    static const struct {
        enum ic_rdf_syntax syntax;
        const char *nquads, *part;
    } cases[] = {
        {IC_RDF_TURTLE, "<a:a> <a:b> <a:c> <a:g> .\n", "<a:g>"},
        {IC_RDF_NTRIPLES, "<a:a> <a:b> <a:c> <a:g> .\n", "nquads"},
        {IC_RDF_XML, "<a:a> <a:b> <a:c> <a:g> .\n", "nquads"},
        {IC_RDF_XML, "<a:a> <http://e/1> <a:c> .\n", "<http://e/1>"},
        {IC_RDF_XML, "<a:a> <http://e/> <a:c> .\n", "XML name"},
        {IC_RDF_XML, "<a:a> <a:b> \"\\u0001\" .\n", "control characters"},
        {IC_RDF_XML, "<a:a> <a:b> \"\xEF\xBF\xBF\" .\n", "control characters"},
        {IC_RDF_XML, "<a:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#li> <a:c> .\n",
         "rdf:li"},
        {IC_RDF_XML, "<a:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#Description> <a:c> .\n",
         "rdf:Description"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ic_error error;
        assert_int_equal(try_to_write(cases[i].syntax, cases[i].nquads, &error), IC_BAD_INPUT);
        assert_non_null(strstr(error.text, cases[i].part));
    }
}

static void reports_a_full_disk(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        return; /* not Linux */
    struct ic_document *document = import_text("turtle", source);
    struct ic_error error = {0};
    assert_int_equal(ic_write_document(document, IC_RDF_TURTLE, full, &error), IC_NO_SPACE);
    assert_int_equal(error.status, IC_NO_SPACE);
    fclose(full);
    ic_document_free(document);
}

static void finds_syntaxes(void **state)
{
    (void)state;
    enum ic_rdf_syntax syntax;
    assert_true(ic_syntax_find("Turtle", &syntax) && syntax == IC_RDF_TURTLE);
    assert_true(ic_syntax_find("application/n-quads", &syntax) && syntax == IC_RDF_NQUADS);
    assert_false(ic_syntax_find("trig", &syntax));
    assert_false(ic_syntax_find("", &syntax));
    for (size_t i = 0; i < 4; i++)
        assert_non_null(strstr(ic_syntax_names(), names[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_turtle),       cmocka_unit_test(writes_lines),
        cmocka_unit_test(writes_xml),          cmocka_unit_test(writes_nothing),
        cmocka_unit_test(reads_back),          cmocka_unit_test(refuses),
        cmocka_unit_test(reports_a_full_disk), cmocka_unit_test(finds_syntaxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
