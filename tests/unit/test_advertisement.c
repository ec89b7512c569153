/* SPDX-License-Identifier: Apache-2.0 */
/* The XML advertisement, and what may be published over XMPP. */
#include "tests/unit/import_support.h"

#include "catalog/ontology.h"
#include "importers/payload.h"

#define CLOUD "<urn:intercloud:cloud:my%20cloud"
#define TYPE "<" IC_RDF_TYPE "> <" IC_NS
#define HEAD "<advertisement xmlns='http://www.csp/resOntology'>"
#define NAMED HEAD "<cloudName>c</cloudName>"
#define TAIL "</advertisement>"

static struct ic_ontology *small_ontology(void)
{
    static const char text[] =
        "@prefix : <http://www.csp/resOntology#> .\n"
        "@prefix ic: <http://www.csp/resOntology/meta#> .\n"
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
        ":storageSize a owl:DatatypeProperty ; rdfs:label 'size'@en ; rdfs:comment 'Bytes.'@en "
        ";\n"
        "  rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:appliesTo ic:Cloud, ic:Offer .\n";
    struct ic_document *document = import_text("turtle", text);
    struct ic_ontology *ontology = NULL;
    struct ic_error error = {0};
    if (ic_ontology_build(&document, 1, &ontology, &error) != IC_OK)
        fail_msg("%lu: %s", error.line, error.text);
    ic_document_free(document);
    return ontology;
}

static void becomes_statements(void **state)
{
    (void)state;
    struct ic_document *document = import_text(
        "advertisement",
        "<?xml version='1.0'?>\n"
        "<a:advertisement xmlns:a='http://www.csp/resOntology' lease='PT1H'>\n"
        "  <a:cloudName> my cloud\n</a:cloudName>\n"
        "  <a:capability><a:attribute>availabilityQuantity </a:attribute>\n"
        "    <a:value> 99.999\n</a:value><a:value>5</a:value></a:capability>\n"
        "  <a:offer id='small: 1'><a:capability><a:attribute>&lt;http://e/p&gt;</a:attribute>\n"
        "    <a:value unit='GB'>500</a:value></a:capability></a:offer>\n"
        "  <a:offer/><a:offer/>\n"
        "  <a:capability><a:attribute>x</a:attribute><a:value><![CDATA[<&>]]></a:value>"
        "</a:capability>\n"
        "</a:advertisement>\n");
    char *text = written(document, IC_RDF_NTRIPLES);
    static const char expected[] = CLOUD
        "> " TYPE "Cloud> .\n" CLOUD "> <" IC_NS "cloudName> \"my cloud\" .\n" CLOUD "> <" IC_NS
        "availabilityQuantity> \"99.999\" .\n" CLOUD "> <" IC_NS
        "availabilityQuantity> \"5\" .\n" CLOUD "> <" IC_NS "offers> " CLOUD
        "#offer-small%3A%201> .\n" CLOUD "#offer-small%3A%201> " TYPE "Offer> .\n" CLOUD
        "#offer-small%3A%201> <http://e/p> \"500 GB\" .\n" CLOUD "> <" IC_NS "offers> " CLOUD
        "#offer-1> .\n" CLOUD "#offer-1> " TYPE "Offer> .\n" CLOUD "> <" IC_NS "offers> " CLOUD
        "#offer-2> .\n" CLOUD "#offer-2> " TYPE "Offer> .\n" CLOUD "> <" IC_NS "x> \"<&>\" .\n";
    assert_string_equal(text, expected);
    assert_int_equal(ic_document_lease(document), 3600 * 1000);
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    assert_int_equal(statements[2].line, 6);
    assert_int_equal(statements[6].line, 9);
    free(text);
    ic_document_free(document);
}

struct refusal {
    const char *text;
    unsigned long line, column;
    const char *part;
};

static const struct refusal refused[] = {
    {HEAD TAIL, 1, 51, "<cloudName> is missing"},
    {HEAD "\n<capability/>" TAIL, 2, 1, "<cloudName> is missing"},
    {HEAD "\n<offer/>" TAIL, 2, 1, "<cloudName> is missing"},
    {HEAD "<cloudName> </cloudName>" TAIL, 1, 63, "empty"},
    {HEAD "<cloudName>&#x2;</cloudName>" TAIL, 1, 62, "U+0000 and most control"},
    {NAMED "\n <cloudName>d</cloudName>" TAIL, 2, 2, "second <cloudName>"},
    {NAMED "\n\n  <price>5</price>" TAIL, 3, 3, "<price> does not belong"},
    {NAMED "\n<x:offer xmlns:x='http://e/'/>" TAIL, 2, 1, "<offer> does not belong"},
    {NAMED "\n<offer><offer/></offer>" TAIL, 2, 8, "there can be <capability>"},
    {NAMED "\n<offer id='x'/>\n<offer id='x'/>" TAIL, 3, 1, "second offer \"x\""},
    {NAMED "\n<offer name='x'/>" TAIL, 2, 1, "no attribute \"name\"; it can have \"id\""},
    {NAMED "\n<offer id=''/>" TAIL, 2, 1, "id of an offer is empty"},
    {NAMED "\n<capability x='1'/>" TAIL, 2, 1, "no attribute \"x\""},
    {NAMED "\n<capability/>" TAIL, 2, 14, "needs an <attribute>"},
    {NAMED "\n<capability><attribute>a</attribute></capability>" TAIL, 2, 37, "and a <value>"},
    {NAMED "\n<capability><value>1</value></capability>" TAIL, 2, 13, "<attribute> is missing"},
    {NAMED "\n<capability><attribute>a</attribute><attribute>b</attribute></capability>" TAIL,
     2, 37, "second <attribute>"},
    {NAMED "\n<capability><attribute/><value>1</value></capability>" TAIL, 2, 25, "is empty"},
    {NAMED "\n<capability><attribute>a b</attribute><value>1</value></capability>" TAIL, 2, 27,
     "\"a b\" is not the name"},
    {NAMED "\n<capability><attribute>&lt;x&gt;</attribute><value>1</value></capability>" TAIL,
     2, 33, "absolute IRI"},
    {NAMED "\n<capability><attribute>a</attribute><value> </value></capability>" TAIL, 2, 45,
     "<value> is empty"},
    {NAMED "\n<capability><attribute>a</attribute><value><b/></value></capability>" TAIL, 2, 44,
     "only text"},
    {NAMED "\n text" TAIL, 2, 1, "text does not belong"},
    {NAMED "\n<capability>", 2, 13, "malformed XML"},
    {NAMED "</x>", 1, 77, "mismatched tag"},
    {"<advertisement/>", 1, 1, "<advertisement>"},
    {"<advertisement xmlns='http://www.csp/resOntology' lease='P1M'/>", 1, 1, "\"P1M\""},
    {"<!DOCTYPE x []>" NAMED TAIL, 1, 13, "<!DOCTYPE"},
    {NAMED "&x;" TAIL, 1, 75, "undefined entity"},
    {NAMED "\xFF" TAIL, 1, 75, "UTF-8"},
};

static void refuses_with_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct ic_error error;
        struct ic_document *document =
            import_bytes("advertisement", refused[i].text, strlen(refused[i].text),
                         (struct ic_import_context){0}, &error);
        if (document)
            fail_msg("accepted: %s", refused[i].text);
        if (error.status != IC_BAD_INPUT || error.line != refused[i].line ||
            error.column != refused[i].column || !strstr(error.text, refused[i].part))
            fail_msg("expected %lu:%lu ...%s..., got %s %lu:%lu: %s\nin: %s", refused[i].line,
                     refused[i].column, refused[i].part, ic_status_name(error.status),
                     error.line, error.column, error.text, refused[i].text);
    }
}

static void bounds_texts(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(NAMED "<capability><attribute>a</attribute><value>", out);
    for (unsigned i = 0; i < 64 * 1024 + 1; i++)
        fputc('x', out);
    fputs("</value></capability>" TAIL, out);
    assert_int_equal(fclose(out), 0);
    struct ic_error error;
    assert_null(
        import_bytes("advertisement", text, size, (struct ic_import_context){0}, &error));
    assert_int_equal(error.status, IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "65536"));
    free(text);

    char name[600];
    snprintf(name, sizeof name, HEAD "<cloudName>%0300d</cloudName>" TAIL, 0);
    assert_null(import_bytes("advertisement", name, strlen(name), (struct ic_import_context){0},
                             &error));
    assert_int_equal(error.status, IC_TOO_LARGE);
}

static void asks_the_ontology(void **state)
{
    (void)state;
    struct ic_import_context context = {.ontology = small_ontology()};
    struct ic_error error;
    static const char known[] = NAMED "<capability><attribute> storageSize\n</attribute><value "
                                      "unit='GB'>5</value></capability>" TAIL;
    struct ic_document *document =
        import_bytes("advertisement", known, sizeof known - 1, context, &error);
    assert_non_null(document);
    assert_int_not_equal(ic_document_find_iri(document, IC_NS "storageSize"), IC_NO_NODE);
    ic_document_free(document);

    static const char unknown[] = NAMED
        "\n<capability><attribute>storageSise</attribute><value>5</value></capability>" TAIL;
    assert_null(import_bytes("advertisement", unknown, sizeof unknown - 1, context, &error));
    assert_int_equal(error.status, IC_BAD_INPUT);
    assert_int_equal(error.line, 2);
    assert_int_equal(error.column, 35);
    assert_non_null(strstr(error.text, "\"storageSise\""));
    assert_non_null(strstr(error.text, "nearest is \"storageSize\""));
    ic_ontology_release((struct ic_ontology *)(uintptr_t)context.ontology);
}

/* ---- payloads ---- */

/* The document that a payload became; NULL and *error when it was refused. */
static struct ic_document *publish(const char *xml, size_t bytes_max, const char **format,
                                   struct ic_error *error)
{
    struct ic_document *document = ic_document_new("payload", NULL);
    const struct ic_importer *chosen = NULL;
    assert_non_null(document);
    *error = (struct ic_error){0};
    const enum ic_status status =
        ic_import_payload(xml, strlen(xml), NULL, bytes_max, document, &chosen, error);
    *format = chosen ? chosen->name : NULL;
    if (status == IC_OK)
        return document;
    assert_int_equal(error->status, status);
    ic_document_free(document);
    return NULL;
}

#define DOCUMENT(type, text)                                                                   \
    "<document xmlns='http://www.csp/resOntology' type='" type "'>" text "</document>"
#define RDF(text)                                                                              \
    "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:e='http://e/'>" text   \
    "</r:RDF>"

static void reads_payloads(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *format;
        size_t statements;
    } cases[] = {
        {NAMED TAIL, "advertisement", 2},
        {RDF("<e:C r:about='http://e/x' e:p='1'/>"), "rdfxml", 2},
        {DOCUMENT("text/turtle", "\n@prefix e: &lt;http://e/&gt; . e:a e:b 1, 2 ."), "turtle",
         2},
        {DOCUMENT("text/turtle; charset=utf-8", "<![CDATA[<a:a> <a:b> <a:c> .]]>"), "turtle",
         1},
        {DOCUMENT("turtle", ""), "turtle", 0},
        {DOCUMENT("application/n-triples", "&lt;a:a> &lt;a:b> &lt;a:c> ."), "ntriples", 1},
        {DOCUMENT("application/n-quads", "&lt;a:a> &lt;a:b> &lt;a:c> ."), "nquads", 1},
        {DOCUMENT("application/rdf+xml", "<![CDATA[" RDF("<e:C/>") "]]>"), "rdfxml", 1},
        {DOCUMENT("advertisement", "<![CDATA[" NAMED TAIL "]]>"), "advertisement", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *format;
        struct ic_error error;
        size_t count;
        struct ic_document *document = publish(cases[i].xml, 0, &format, &error);
        if (!document)
            fail_msg("%lu:%lu: %s\nin: %s", error.line, error.column, error.text, cases[i].xml);
        assert_string_equal(format, cases[i].format);
        ic_document_statements(document, &count);
        assert_int_equal(count, cases[i].statements);
        ic_document_free(document);
    }
}

static const struct refusal refused_payloads[] = {
    {"", 1, 1, "malformed XML"},
    {"text", 1, 1, "malformed XML"},
    {"<x/>", 1, 1, "<x> cannot be published"},
    {"<advertisement/>", 1, 1, "cannot be published"},
    {NAMED, 1, 75, "malformed XML"},
    {NAMED TAIL "\n<x/>", 2, 1, "one root"},
    {"<document xmlns='http://www.csp/resOntology'/>", 1, 1, "no attribute \"type\""},
    {DOCUMENT("application/trig", ""), 1, 1, "a type that cannot be published"},
    {DOCUMENT("text/html", ""), 1, 1, "a type that cannot be published"},
    {DOCUMENT("text/turtle", "\n<b/>"), 2, 1, "an element in <document>"},
    {DOCUMENT("text/turtle", "x"), 1, 1, "means nothing"},
    {DOCUMENT("text/turtle", "\n\n &lt;a:a> &lt;a:b> 'c"), 3, 14, "not closed"},
    {DOCUMENT("application/n-quads", "\n&lt;a:a> &lt;a:b> &lt;a:c> &lt;a:g> ."), 2, 19,
     "graph"},
    {DOCUMENT("application/rdf+xml", "&lt;!DOCTYPE x []>" RDF("")), 1, 91, "an element in"},
    {DOCUMENT("application/rdf+xml", "<![CDATA[<!DOCTYPE x [<!ENTITY e SYSTEM "
                                     "'file:///etc/hosts'>]>" RDF("&e;") "]]>"),
     1, 13, "<!DOCTYPE"},
    {"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hosts'>]>" RDF("&e;"), 1, 13, "<!DOCTYPE"},
    {"<!DOCTYPE x>" NAMED TAIL, 1, 12, "<!DOCTYPE"},
    {RDF("&e;"), 1, 82, "undefined entity"},
    {RDF("<i:include xmlns:i='http://www.w3.org/2001/XInclude' href='/etc/hosts'/>"), 1, 82,
     "XInclude"},
};

static void refuses_payloads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_payloads / sizeof refused_payloads[0]; i++) {
        const struct refusal *refusal = &refused_payloads[i];
        const char *format;
        struct ic_error error;
        struct ic_document *document = publish(refusal->text, 0, &format, &error);
        if (document)
            fail_msg("accepted: %s", refusal->text);
        if (error.status != IC_BAD_INPUT || error.line != refusal->line ||
            error.column != refusal->column || !strstr(error.text, refusal->part))
            fail_msg("expected %lu:%lu ...%s..., got %s %lu:%lu: %s\nin: %s", refusal->line,
                     refusal->column, refusal->part, ic_status_name(error.status), error.line,
                     error.column, error.text, refusal->text);
    }
}

static void bounds_payloads(void **state)
{
    (void)state;
    const char *format;
    struct ic_error error;
    static const char xml[] = DOCUMENT("text/turtle", "&lt;a:a> &lt;a:b> &lt;a:c> .");
    ic_document_free(publish(xml, sizeof xml - 1, &format, &error));
    assert_int_equal(error.status, IC_OK);
    assert_null(publish(xml, sizeof xml - 2, &format, &error));
    assert_int_equal(error.status, IC_TOO_LARGE);
}

static void survives_truncation(void **state)
{
    (void)state;
    static const char xml[] = DOCUMENT("text/turtle", "&lt;a:a> &lt;a:b> '&#x20AC;' .");
    for (size_t length = 0; length < sizeof xml - 1; length++) {
        char *copy = strndup(xml, length);
        const char *format;
        struct ic_error error;
        assert_null(publish(copy, 0, &format, &error));
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(becomes_statements), cmocka_unit_test(refuses_with_place),
        cmocka_unit_test(bounds_texts),       cmocka_unit_test(asks_the_ontology),
        cmocka_unit_test(reads_payloads),     cmocka_unit_test(refuses_payloads),
        cmocka_unit_test(bounds_payloads),    cmocka_unit_test(survives_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
