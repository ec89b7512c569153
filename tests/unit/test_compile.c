/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to SPARQL: the text of the queries, what they find, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "catalog/importer.h"
#include "catalog/ontology.h"
#include "catalog/query.h"
#include "catalog/request.h"
#include "tests/unit/request_random.h"

static const char prefixes[] = "@prefix : <http://www.csp/resOntology#> .\n"
                               "@prefix ic: <http://www.csp/resOntology/meta#> .\n"
                               "@prefix place: <http://www.csp/resOntology/place#> .\n"
                               "@prefix ex: <http://example.org/v-1/> .\n"
                               "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
                               "@prefix qudt: <http://qudt.org/schema/qudt/> .\n"
                               "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
                               "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
                               "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
                               "@prefix unit: <http://qudt.org/vocab/unit/> .\n"
                               "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n";

#define PROPERTY(name, more)                                                                   \
    name " a rdf:Property ; rdfs:label \"" name "\"@en ; rdfs:comment \"" name "\"@en ;"       \
         " ic:appliesTo ic:Cloud, ic:Offer ; " more " .\n"
#define CONCEPT(scheme, name, label, more)                                                     \
    name " a skos:Concept ; skos:inScheme " scheme " ; skos:prefLabel \"" label "\"@en" more   \
         " .\n"
#define PLACES "<http://www.csp/resOntology/place>"

static const char ontology_text[] =
    "unit:GigaBYTE a qudt:Unit ; rdfs:label \"gigabyte\"@en ; skos:notation \"GB\" ;"
    " rdfs:comment \"x\"@en ; qudt:hasQuantityKind <urn:data> .\n" PROPERTY(
        ":cloudName", "rdfs:range xsd:string ; ic:match "
                      "ic:Equal") PROPERTY(":availabilityQuantity",
                                           "rdfs:range xsd:decimal ; ic:match ic:AtLeast")
        PROPERTY(":replicationFactor", "rdfs:range xsd:decimal ; ic:match ic:Equal")
            PROPERTY(":price", "rdfs:range xsd:decimal ; ic:match ic:AtMost") PROPERTY(
                ":storage",
                "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:unit unit:GigaBYTE")
                PROPERTY(":tierCountries",
                         "ic:scheme " PLACES
                         " ; ic:match ic:Within") PROPERTY(":seat", "ic:scheme " PLACES
                                                                    " ; ic:match ic:OneOf")
                    PROPERTY(":label", "rdfs:range xsd:string ; ic:match ic:OneOf") PROPERTY(
                        ":encrypted", "rdfs:range xsd:boolean ; ic:match ic:Equal")
                        PROPERTY(":since", "rdfs:range xsd:date ; ic:match ic:AtMost") PROPERTY(
                            ":checked", "rdfs:range xsd:dateTime ; ic:match ic:AtLeast")
                            PROPERTY(":endpoint", "rdfs:range xsd:anyURI ; ic:match ic:Equal")
                                PROPERTY(":contact", "rdfs:range :Contact ; ic:match ic:Equal")
                                    PROPERTY(":memory",
                                             "rdfs:range xsd:decimal ; ic:match ic:AtLeast")
                                        PROPERTY(
                                            ":gpuMemory",
                                            "rdfs:range xsd:decimal ; ic:match ic:AtLeast ;"
                                            " rdfs:subPropertyOf :memory")
                                            PROPERTY(
                                                "ex:x.y",
                                                "rdfs:range xsd:decimal ; ic:match ic:AtLeast")
                                                PLACES
    " a skos:ConceptScheme ; rdfs:label \"Places\"@en ; skos:prefLabel \"Places\"@en "
    ".\n" CONCEPT(PLACES, "place:World", "World", "")
        CONCEPT(PLACES, "place:Asia", "Asia", " ; skos:broader place:World") CONCEPT(
            PLACES, "place:JP", "Japan",
            " ; skos:altLabel \"JAPAN\"@en ; skos:notation \"JPN\" ; skos:broader place:Asia")
            CONCEPT(PLACES, "place:KR", "Korea", " ; skos:broader place:Asia")
                CONCEPT(PLACES, "place:FR", "France", " ; skos:broader place:World")
                    CONCEPT(PLACES, "place:v4.1", "Four", "");

/* Two clouds with offers and one without, whose effective form has the same shape. */
static const char cloud1[] =
    "<urn:c1> :cloudName \"cloud1\" ; :offers <urn:c1#a>, <urn:c1#b> .\n"
    "<urn:c1#a> :availabilityQuantity 99.999 ; :replicationFactor \"5\"^^xsd:decimal ;"
    " :tierCountries place:JP, place:FR ; :encrypted true ; :memory 64.0 ;"
    " :since \"2020-02-29\"^^xsd:date ; :checked \"2026-01-01T00:00:00Z\"^^xsd:dateTime .\n"
    "<urn:c1#b> :availabilityQuantity 99.5 ; :price 0.05 ; :endpoint <https://c1.example/> ;"
    " :label \"or\", \"a\\\"b\\\\c\\nd } é\\u0001\" .\n";
static const char cloud2[] =
    "<urn:c2> :cloudName \"cloud2\" ; :offers <urn:c2> ; :availabilityQuantity 99.9995 ;"
    " :replicationFactor \"5.0\"^^xsd:decimal ; :tierCountries place:KR, \"Atlantis\" ;"
    " :gpuMemory 80.0 ; :encrypted false ; :label \"\\\\u0041\" ; ex:x.y 1.0 ;"
    " :since \"2024-01-01\"^^xsd:date .\n"
    /* What one cloud says of another changes nothing. */
    "<urn:c1#a> :price 0.01 . <urn:c1> :offers <urn:c2> .\n";
static const char cloud3[] =
    "<urn:c3> :cloudName \"Cloud3\" ; :offers <urn:c3> ;"
    " :seat place:FR, place:v4.1 ; :storage 500.0 ; :contact <urn:c3#me> .\n";

struct fixture {
    struct ic_ontology *ontology;
    struct ic_document *clouds[3];
    struct ic_dataset *dataset;
};

static struct ic_document *read_turtle(const char *name, const char *text)
{
    char *turtle = NULL;
    assert_true(asprintf(&turtle, "%s%s", prefixes, text) > 0);
    struct ic_document *document = ic_document_new(name, NULL);
    FILE *in = fmemopen(turtle, strlen(turtle), "r");
    assert_true(document && in);
    const struct ic_import_context context = {.in = in};
    const struct ic_importer *chosen = NULL;
    struct ic_error error;
    if (ic_import("turtle", &context, document, &chosen, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    fclose(in);
    free(turtle);
    return document;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    struct ic_document *document = read_turtle("fixture.ttl", ontology_text);
    struct ic_error error;
    if (ic_ontology_build(&document, 1, &fixture->ontology, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    ic_document_free(document);

    static const char *const texts[] = {cloud1, cloud2, cloud3};
    static const char *const graphs[] = {"urn:intercloud:ad:a:1", "urn:intercloud:ad:a:2",
                                         "urn:intercloud:ad:a:3"};
    for (int i = 0; i < 3; i++)
        fixture->clouds[i] = read_turtle(graphs[i], texts[i]);
    assert_int_equal(
        ic_dataset_from_documents(fixture->clouds, graphs, 3, &fixture->dataset, &error),
        IC_OK);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    ic_dataset_free(fixture->dataset);
    for (int i = 0; i < 3; i++)
        ic_document_free(fixture->clouds[i]);
    ic_ontology_release(fixture->ontology);
    free(fixture);
    return 0;
}

static struct ic_request *parse(const char *text)
{
    struct ic_request *request = NULL;
    struct ic_error error;
    if (ic_request_parse("request", &text, 1, &request, &error) != IC_OK)
        fail_msg("%lu:%lu: %s\nin: %.200s", error.line, error.column, error.text, text);
    return request;
}

static char *compile(const struct fixture *fixture, const char *text, bool with_offers)
{
    struct ic_request *request = parse(text);
    struct ic_error error;
    char *sparql = NULL;
    if (ic_request_compile(request, fixture->ontology, with_offers, NULL, NULL, &sparql,
                           &error) != IC_OK)
        fail_msg("%lu:%lu: %s\nin: %.200s", error.line, error.column, error.text, text);
    ic_request_free(request);
    return sparql;
}

/* ---- the text ---- */

#define HEAD                                                                                   \
    "SELECT DISTINCT ?cloudName\n"                                                             \
    "WHERE {\n"                                                                                \
    "  GRAPH ?ad {\n"                                                                          \
    "    ?cloud :cloudName ?cloudName ;\n"                                                     \
    "           :offers ?offer .\n"
#define TAIL                                                                                   \
    "  }\n"                                                                                    \
    "  FILTER (STRSTARTS(STR(?ad), \"urn:intercloud:ad:\"))\n"                                 \
    "}\n"                                                                                      \
    "ORDER BY ?cloudName\n"
#define OWN "PREFIX : <http://www.csp/resOntology#>\n"
#define PLACE "PREFIX place: <http://www.csp/resOntology/place#>\n"
#define XSD "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"

static const struct {
    const char *request, *sparql;
} texts[] = {
    {"availabilityQuantity 99.999",
     OWN "\n" HEAD "    ?offer :availabilityQuantity ?availabilityQuantity1 .\n"
         "    FILTER (?availabilityQuantity1 >= 99.999)\n" TAIL},
    {"replicationFactor 5; price -7; replicationFactor = 5e-1",
     OWN "\n" HEAD "    ?offer :replicationFactor ?replicationFactor1 .\n"
         "    FILTER (?replicationFactor1 = 5.0)\n"
         "    ?offer :price ?price1 .\n"
         "    FILTER (?price1 <= -7.0)\n"
         "    ?offer :replicationFactor ?replicationFactor2 .\n"
         "    FILTER (?replicationFactor2 = 0.5)\n" TAIL},
    {"replicationFactor (3, 5, 3.0)",
     OWN "\n" HEAD "    ?offer :replicationFactor ?replicationFactor1 .\n"
         "    FILTER (?replicationFactor1 IN (3.0, 5.0))\n" TAIL},
    {"tierCountries JAPAN", OWN PLACE "\n" HEAD "    ?offer :tierCountries place:JP .\n" TAIL},
    {"tierCountries = Asia",
     OWN PLACE "\n" HEAD "    ?offer :tierCountries place:Asia .\n" TAIL},
    {"seat in (JP, JPN, Korea)",
     OWN PLACE "\n" HEAD "    ?offer :seat ?seat1 .\n"
               "    FILTER (?seat1 IN (place:JP, place:KR))\n" TAIL},
    {"seat = v4.1", OWN PLACE "\n" HEAD "    ?offer :seat place:v4.1 .\n" TAIL},
    {"seat within (Asia, FR)",
     OWN PLACE "\n" HEAD "    ?offer :seat ?seat1 .\n"
               "    FILTER (?seat1 IN (place:Asia, place:FR, place:JP, place:KR))\n" TAIL},
    {"seat (FR, Atlantis)", OWN PLACE "\n" HEAD "    ?offer :seat ?seat1 .\n"
                                      "    FILTER (?seat1 IN (place:FR, \"Atlantis\"))\n" TAIL},
    {"memory >= 16", OWN "\n" HEAD "    { ?offer :memory ?memory1 . }\n"
                         "    UNION { ?offer :gpuMemory ?memory1 . }\n"
                         "    FILTER (?memory1 >= 16.0)\n" TAIL},
    {"memory exists or encrypted true; since 2024-01-01",
     OWN XSD "\n" HEAD "    {\n"
             "      { ?offer :memory ?memory1 . }\n"
             "      UNION { ?offer :gpuMemory ?memory1 . }\n"
             "    }\n"
             "    UNION {\n"
             "      ?offer :encrypted true .\n"
             "    }\n"
             "    ?offer :since ?since1 .\n"
             "    FILTER (?since1 <= \"2024-01-01\"^^xsd:date)\n" TAIL},
    {"cloudName cloud2", OWN "\n" HEAD "    ?cloud :cloudName \"cloud2\" .\n" TAIL},
    {"ex:x.y 1; <http://example.org/v-1/x.y> < 2",
     OWN "\n" HEAD "    ?offer <http://example.org/v-1/x.y> ?ex_x_y1 .\n"
         "    FILTER (?ex_x_y1 >= 1.0)\n"
         "    ?offer <http://example.org/v-1/x.y> ?ex_x_y2 .\n"
         "    FILTER (?ex_x_y2 < 2.0)\n" TAIL},
    {"storage 500 GB", OWN "\n" HEAD "    ?offer :storage ?storage1 .\n"
                           "    FILTER (?storage1 >= 500.0)\n" TAIL},
    {"endpoint https://c1.example/",
     OWN "\n" HEAD "    ?offer :endpoint <https://c1.example/> .\n" TAIL},
    {"not price 5; price not exists", OWN "\n" HEAD "    ?offer :price ?price1 .\n"
                                          "    FILTER NOT EXISTS {\n"
                                          "      ?offer :price ?price2 .\n"
                                          "      FILTER (?price2 <= 5.0)\n"
                                          "    }\n"
                                          "    FILTER NOT EXISTS {\n"
                                          "      ?offer :price ?price3 .\n"
                                          "    }\n" TAIL},
    {"not price != 5; not encrypted not exists",
     OWN "\n" HEAD "    ?offer :price ?price1 .\n"
         "    FILTER (?price1 = 5.0)\n"
         "    ?offer :encrypted ?encrypted1 .\n" TAIL},
    {"memory != 16; seat != FR", OWN PLACE "\n" HEAD "    { ?offer :memory ?memory1 . }\n"
                                           "    UNION { ?offer :gpuMemory ?memory1 . }\n"
                                           "    FILTER NOT EXISTS {\n"
                                           "      { ?offer :memory ?memory2 . }\n"
                                           "      UNION { ?offer :gpuMemory ?memory2 . }\n"
                                           "      FILTER (?memory2 = 16.0)\n"
                                           "    }\n"
                                           "    ?offer :seat ?seat1 .\n"
                                           "    FILTER NOT EXISTS {\n"
                                           "      ?offer :seat place:FR .\n"
                                           "    }\n" TAIL},
    /* A branch of a UNION is evaluated by itself: it says which offers it is about. */
    {"price not exists or seat not within Asia or cloudName not exists",
     OWN PLACE "\n" HEAD "    {\n"
               "      ?cloud :offers ?offer .\n"
               "      FILTER NOT EXISTS {\n"
               "        ?offer :price ?price1 .\n"
               "      }\n"
               "    }\n"
               "    UNION {\n"
               "      ?offer :seat ?seat1 .\n"
               "      FILTER NOT EXISTS {\n"
               "        ?offer :seat ?seat2 .\n"
               "        FILTER (?seat2 IN (place:Asia, place:JP, place:KR))\n"
               "      }\n"
               "    }\n"
               "    UNION {\n"
               "      ?cloud :cloudName ?cloudName .\n"
               "      FILTER NOT EXISTS {\n"
               "        ?cloud :cloudName ?cloudName1 .\n"
               "      }\n"
               "    }\n" TAIL},
    {"price 1; offer { price 2; not price 1 }; offer { encrypted true }",
     OWN "\n" HEAD "    ?offer :price ?price1 .\n"
         "    FILTER (?price1 <= 1.0)\n"
         "    FILTER EXISTS {\n"
         "      ?cloud :offers ?offer1 .\n"
         "      ?offer1 :price ?price2 .\n"
         "      FILTER (?price2 <= 2.0)\n"
         "      ?offer1 :price ?price3 .\n"
         "      FILTER NOT EXISTS {\n"
         "        ?offer1 :price ?price4 .\n"
         "        FILTER (?price4 <= 1.0)\n"
         "      }\n"
         "    }\n"
         "    FILTER EXISTS {\n"
         "      ?cloud :offers ?offer2 .\n"
         "      ?offer2 :encrypted true .\n"
         "    }\n" TAIL},
    {"offer { cloudName cloud2; price 1 }",
     OWN "\nSELECT DISTINCT ?cloudName\nWHERE {\n  GRAPH ?ad {\n"
         "    ?cloud :cloudName ?cloudName .\n"
         "    FILTER EXISTS {\n"
         "      ?cloud :offers ?offer1 .\n"
         "      ?cloud :cloudName \"cloud2\" .\n"
         "      ?offer1 :price ?price1 .\n"
         "      FILTER (?price1 <= 1.0)\n"
         "    }\n" TAIL},
    {"label \"\\\" } \\\\u0041 \\\\ \\n\\u0001\\u0085 \\\\U\"", OWN
     "\n" HEAD "    ?offer :label \"\\\" } \\\\\\u00750041 \\\\ \\n\\u0001\\u0085 \\\\\\u0055\""
     " .\n" TAIL},
};

static void test_text(void **state)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *sparql = compile(*state, texts[i].request, false);
        assert_string_equal(sparql, texts[i].sparql);
        free(sparql);
    }
}

/* The queries that show offers: of one group its offer, of several a row for each offer of each
 * of them. */
static void test_text_with_offers(void **state)
{
    char *sparql = compile(*state, "price 1", true);
    assert_string_equal(sparql, OWN "\n"
                                    "SELECT DISTINCT ?cloudName ?offer\n"
                                    "WHERE {\n"
                                    "  GRAPH ?ad {\n"
                                    "    ?cloud :cloudName ?cloudName ;\n"
                                    "           :offers ?offer .\n"
                                    "    ?offer :price ?price1 .\n"
                                    "    FILTER (?price1 <= 1.0)\n"
                                    "  }\n"
                                    "  FILTER (STRSTARTS(STR(?ad), \"urn:intercloud:ad:\"))\n"
                                    "}\n"
                                    "ORDER BY ?cloudName ?offer\n");
    free(sparql);
    sparql = compile(*state, "price 1; offer { encrypted true }", true);
    assert_string_equal(sparql, OWN "\n"
                                    "SELECT DISTINCT ?cloudName ?offer ?offer1\n"
                                    "WHERE {\n"
                                    "  GRAPH ?ad {\n"
                                    "    ?cloud :cloudName ?cloudName .\n"
                                    "    FILTER EXISTS {\n"
                                    "      ?cloud :offers ?offer2 .\n"
                                    "      ?offer2 :price ?price1 .\n"
                                    "      FILTER (?price1 <= 1.0)\n"
                                    "    }\n"
                                    "    FILTER EXISTS {\n"
                                    "      ?cloud :offers ?offer3 .\n"
                                    "      ?offer3 :encrypted true .\n"
                                    "    }\n"
                                    "    {\n"
                                    "      ?cloud :offers ?offer .\n"
                                    "      ?offer :price ?price2 .\n"
                                    "      FILTER (?price2 <= 1.0)\n"
                                    "    }\n"
                                    "    UNION {\n"
                                    "      ?cloud :offers ?offer1 .\n"
                                    "      ?offer1 :encrypted true .\n"
                                    "    }\n"
                                    "  }\n"
                                    "  FILTER (STRSTARTS(STR(?ad), \"urn:intercloud:ad:\"))\n"
                                    "}\n"
                                    "ORDER BY ?cloudName ?offer ?offer1\n");
    free(sparql);
}

/* ---- what it finds ---- */

struct found {
    char names[256]; /* with a space behind each */
};

static enum ic_status begin(void *context, enum ic_query_kind kind,
                            const char *const *variables, size_t count, struct ic_error *error)
{
    (void)context, (void)error;
    assert_int_equal(kind, IC_QUERY_SELECT);
    assert_string_equal(variables[0], "cloudName");
    assert_int_equal(count, 1);
    return IC_OK;
}

static enum ic_status row(void *context, const struct ic_term *const *cells, size_t count,
                          struct ic_error *error)
{
    struct found *found = context;
    (void)count, (void)error;
    assert_non_null(cells[0]);
    strcat(strcat(found->names, cells[0]->text), " ");
    return IC_OK;
}

static enum ic_status end(void *context, struct ic_error *error)
{
    (void)context, (void)error;
    return IC_OK;
}

static struct found run_query(struct ic_dataset *dataset, const char *sparql)
{
    struct found found = {""};
    const struct ic_query_options options = {.name = "query"};
    const struct ic_query_sink sink = {
        .context = &found, .begin = begin, .row = row, .end = end};
    struct ic_error error;
    if (ic_query_run(dataset, sparql, &options, &sink, &error) != IC_OK)
        fail_msg("%lu:%lu: %s\n%.2000s", error.line, error.column, error.text, sparql);
    return found;
}

static struct found run(const struct fixture *fixture, const char *text)
{
    char *sparql = compile(fixture, text, false);
    const struct found found = run_query(fixture->dataset, sparql);
    free(sparql);
    return found;
}

static const struct {
    const char *request, *clouds;
} answers[] = {
    {"availabilityQuantity 99.999", "cloud1 cloud2 "},
    {"availabilityQuantity > 99.999", "cloud2 "},
    {"availabilityQuantity <= 99.999", "cloud1 "},
    {"availabilityQuantity < 99.5", ""},
    {"availabilityQuantity exists", "cloud1 cloud2 "},
    {"replicationFactor 5", "cloud1 cloud2 "},
    {"replicationFactor = 5.00", "cloud1 cloud2 "},
    {"replicationFactor in (4, 5.0)", "cloud1 cloud2 "},
    {"replicationFactor (4, 6)", ""},
    {"availabilityQuantity 99.9; replicationFactor 5; tierCountries JP", "cloud1 "},
    {"tierCountries Asia", "cloud1 cloud2 "},
    {"tierCountries = Asia", ""},
    {"tierCountries JP; tierCountries France", "cloud1 "},
    {"tierCountries Atlantis", "cloud2 "},
    {"tierCountries (Atlantis, JPN)", "cloud1 cloud2 "},
    {"seat FR", "Cloud3 "},
    {"seat World", ""},
    {"seat Four", "Cloud3 "},
    {"seat (Four, JP)", "Cloud3 "},
    {"seat within World", "Cloud3 "},
    {"memory 16", "cloud1 cloud2 "},
    {"memory > 64", "cloud2 "},
    {"gpuMemory 16", "cloud2 "},
    {"memory = 80", "cloud2 "},
    {"memory > 79.99999999999999999999999999999999999", "cloud2 "},
    {"memory > 80.00000000000000000000000000000000001", ""},
    {"memory >= 80.00000000000000000000000000000000001", ""},
    {"encrypted true", "cloud1 "},
    {"encrypted 0 or tierCountries JP", "cloud1 cloud2 "},
    {"tierCountries KR or memory >= 64 or seat FR", "Cloud3 cloud1 cloud2 "},
    {"seat exists or price 1; storage 100 or price 0.05", "Cloud3 cloud1 "},
    {"since 2020-02-29", "cloud1 "},
    {"since 2023-12-31", "cloud1 "},
    {"since > 2020-02-29", "cloud2 "},
    {"since = 2024-01-01", "cloud2 "},
    {"since in (2024-01-01, 2020-02-29)", "cloud1 cloud2 "},
    {"checked 2025-12-31T23:59:59Z", "cloud1 "},
    {"checked > 2026-01-01T00:00:00Z", ""},
    {"checked = 2026-01-01T01:00:00+01:00", "cloud1 "},
    {"endpoint https://c1.example/", "cloud1 "},
    {"contact exists", "Cloud3 "},
    {"cloudName cloud2", "cloud2 "},
    {"cloudName (cloud1, Cloud3)", "Cloud3 cloud1 "},
    {"ex:x.y 1", "cloud2 "},
    {"label \"or\"", "cloud1 "},
    {"label \"a\\\"b\\\\c\\nd } é\\u0001\"", "cloud1 "},
    {"label (x, \"a\\\"b\\\\c\\nd } é\\u0001\")", "cloud1 "},
    {"label \"\\\\u0041\"", "cloud2 "},
    {"label A", ""},
    /* One offer must meet them all, and nobody speaks for another cloud. */
    {"availabilityQuantity 99.999; price 1", ""},
    {"availabilityQuantity 99.5; price 1", "cloud1 "},
    {"price <= 0.01", ""},
    /* Negative forms need a value, and none that satisfies the positive form. */
    {"not availabilityQuantity 99.999", "cloud1 "},
    {"price != 0.05", ""},
    {"price != 0.06", "cloud1 "},
    {"tierCountries != JP", "cloud2 "},
    {"tierCountries not in (KR, FR)", ""},
    {"tierCountries not within (Asia, Atlantis)", ""},
    {"tierCountries not within Asia", ""},
    {"seat not within Asia", "Cloud3 "},
    {"not memory > 64", "cloud1 "},
    {"memory not exists", "Cloud3 cloud1 "},
    {"memory not exists; price exists", "cloud1 "},
    {"not memory exists", "Cloud3 cloud1 "},
    {"not memory not exists", "cloud1 cloud2 "},
    {"not memory != 80", "cloud2 "},
    {"cloudName != cloud1", "Cloud3 cloud2 "},
    {"cloudName not exists", ""},
    {"not seat JP or encrypted true", "Cloud3 cloud1 "},
    {"price not exists or price 0.05; encrypted exists", "cloud1 cloud2 "},
    /* Groups are met by offers of one cloud, which need not be the same. */
    {"offer { availabilityQuantity 99.999 }; offer { price 1 }", "cloud1 "},
    {"offer { availabilityQuantity 99.999; price 1 }", ""},
    {"memory 16; offer { price 0.05 }", "cloud1 "},
    {"offer { memory not exists }; offer { memory 16 }", "cloud1 "},
    {"offer { cloudName cloud2 }; offer { label exists }", "cloud2 "},
    /* Values stay values. */
    {"label \"x\\\" . } } #\"", ""},
    {"label \"\\\\\\\" } UNION { ?offer ?p ?o\"", ""},
};

static void test_answers(void **state)
{
    int failures = 0;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct found found = run(*state, answers[i].request);
        if (strcmp(found.names, answers[i].clouds) == 0)
            continue;
        print_error("%s\n gave '%s', not '%s'\n", answers[i].request, found.names,
                    answers[i].clouds);
        failures++;
    }
    assert_int_equal(failures, 0);
}

/* ---- what is refused, and what is warned of ---- */

static const struct {
    const char *request;
    enum ic_status status;
    unsigned long column;
    const char *says;
} refused[] = {
    {"limit 5", IC_BAD_INPUT, 0, "no constraints"},
    {"availabilityQuantty 5", IC_BAD_INPUT, 1,
     "unknown attribute 'availabilityQuantty'; the nearest is availabilityQuantity"},
    {"price 1; TIERcountries JP", IC_BAD_INPUT, 10, "the nearest is tierCountries"},
    {"qwertzuiop 5", IC_BAD_INPUT, 1, "'ontology show' lists the attributes"},
    {"<http://x/y> 5", IC_BAD_INPUT, 1, "unknown attribute '<http://x/y>'"},
    {"price cheap", IC_BAD_INPUT, 1, "cheap"},
    {"price 5x", IC_BAD_INPUT, 1, "5x"},
    {"price >= (1, 2)", IC_BAD_INPUT, 1, "'price >=' takes one value, not 2"},
    {"price (1, 2)", IC_BAD_INPUT, 1, "'price <=' takes one value, not 2"},
    {"price within 5", IC_BAD_INPUT, 1, "price is a number, and 'within' is for concepts"},
    {"tierCountries >= JP", IC_BAD_INPUT, 1,
     "tierCountries is a concept of the scheme Places, it has no order; use 'within' or '='"},
    {"label < x", IC_BAD_INPUT, 1, "label is text, it has no order"},
    {"encrypted >= true", IC_BAD_INPUT, 1, "encrypted is true or false, it has no order"},
    {"encrypted perhaps", IC_BAD_INPUT, 1, "perhaps"},
    {"since 2023-02-29", IC_BAD_INPUT, 1, "2023-02-29"},
    {"endpoint > https://x/", IC_BAD_INPUT, 1, "endpoint is an IRI, it has no order"},
    {"endpoint \"https://x/> . ?offer ?p <y\"", IC_BAD_INPUT, 1, "https://x/>"},
    {"endpoint nothing", IC_BAD_INPUT, 1, "nothing"},
    {"contact me", IC_BAD_INPUT, 1, "only 'exists' can ask for it"},
    {"storage 500 parsec", IC_BAD_INPUT, 1, "parsec"},
    {"label not within x", IC_BAD_INPUT, 1, "label is text, and 'within' is for concepts"},
    {"contact != me", IC_BAD_INPUT, 1, "only 'exists' can ask for it"},
    {"not prise 5", IC_BAD_INPUT, 1, "the nearest is price"},
    {"not label < x", IC_BAD_INPUT, 1, "it has no order"},
    {"price 1; offer { prise 2 }", IC_BAD_INPUT, 18, "the nearest is price"},
    {"price 1; prefer lowest price", IC_UNSUPPORTED, 10, "preferences are not supported yet"},
};

static void test_refuses(void **state)
{
    const struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ic_request *request = parse(refused[i].request);
        struct ic_error error = {0};
        char *sparql = NULL;
        const enum ic_status status =
            ic_request_compile(request, fixture->ontology, false, NULL, NULL, &sparql, &error);
        if (status != refused[i].status || error.status != status || sparql ||
            error.column != refused[i].column || !strstr(error.text, refused[i].says) ||
            strcmp(error.file, "request") != 0)
            fail_msg("%s\n gave %d %s:%lu:%lu: %s\n not %s", refused[i].request, (int)status,
                     error.file, error.line, error.column, error.text, refused[i].says);
        ic_request_free(request);
    }
}

static void count_warning(void *context, const char *message)
{
    (void)message;
    ++*(int *)context;
}

/* Also where the constraint stands in the query twice. */
static void test_warns_once(void **state)
{
    const struct fixture *fixture = *state;
    for (int with_offers = 0; with_offers < 2; with_offers++) {
        struct ic_request *request = parse("seat Atlantis; offer { seat != Lemuria }");
        char *sparql = NULL;
        int count = 0;
        assert_int_equal(ic_request_compile(request, fixture->ontology, with_offers,
                                            count_warning, &count, &sparql, NULL),
                         IC_OK);
        assert_int_equal(count, 2);
        free(sparql);
        ic_request_free(request);
    }
}

static void note_warning(void *context, const char *message)
{
    char **last = context;
    free(*last);
    *last = strdup(message);
}

static void test_warns(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *request, *says;
    } cases[] = {
        {"price 1; seat Atlantis",
         "request:1:10: 'Atlantis' is not known in the scheme Places"},
        {"seat (JP, Jpan)", "'Jpan' is not known in the scheme Places of seat; only clouds"},
        {"seat != Jpan", "of seat; only clouds that state it in this spelling are left out"},
        {"seat JP", NULL},
        {"label Atlantis", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ic_request *request = parse(cases[i].request);
        char *sparql = NULL, *warning = NULL;
        assert_int_equal(ic_request_compile(request, fixture->ontology, false, note_warning,
                                            &warning, &sparql, NULL),
                         IC_OK);
        if (!cases[i].says != !warning || (warning && !strstr(warning, cases[i].says)))
            fail_msg("%s\n warned '%s', not '%s'", cases[i].request, warning, cases[i].says);
        free(warning);
        free(sparql);
        ic_request_free(request);
    }
}

/* A value of a million characters, each of which has to be escaped. */
static void test_long_value(void **state)
{
    enum { COUNT = 1000000 };
    char *text = malloc(2 * COUNT + 16);
    assert_non_null(text);
    strcpy(text, "label \"");
    for (size_t i = 0; i < COUNT; i++)
        memcpy(text + 7 + 2 * i, i % 2 ? "\\\"" : "\\\\", 2);
    strcpy(text + 7 + 2 * COUNT, "\"");
    char *sparql = compile(*state, text, false);
    const char *start = strstr(sparql, "?offer :label \"");
    assert_non_null(start);
    assert_memory_equal(start + 15, "\\\\\\\"\\\\\\\"", 8);
    assert_memory_equal(start + 15 + 2 * COUNT, "\" .\n  }\n  FILTER", 14);
    free(sparql);
    const struct found found = run(*state, text);
    assert_string_equal(found.names, "");
    free(text);
}

/* Clouds whose labels are nasty texts: each text finds the clouds that state it and no other.
 */
static void test_values_are_data(void **state)
{
    enum { COUNT = 60 };
    const struct fixture *fixture = *state;
    struct random random = random_seeded();
    struct ic_request *requests[COUNT];
    struct ic_document *documents[COUNT];
    const char *labels[COUNT];
    char graphs[COUNT][32], names[COUNT][16];
    const char *graph_names[COUNT];
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(ic_request_new("random", &requests[i], NULL), IC_OK);
        const char *text = random_text(&random, requests[i], true);
        size_t length = strlen(text);
        ic_request_trim(&text, &length);
        labels[i] = ic_request_keep(requests[i], text, length);
        struct ic_simple simple = {.attribute = "label"};
        struct ic_constraint constraint = {0};
        const struct ic_request_value value = {.text = labels[i]};
        ic_request_add_value(requests[i], &simple, &value, NULL);
        ic_request_add_simple(requests[i], &constraint, &simple, NULL);
        ic_request_add_constraint(requests[i], &requests[i]->main, &constraint, NULL);

        sprintf(graphs[i], "urn:intercloud:ad:a:%d", i);
        sprintf(names[i], "n%02d", i);
        graph_names[i] = graphs[i];
        documents[i] = ic_document_new(graphs[i], NULL);
        const struct ic_term cloud = ic_term_iri("urn:cloud");
        const struct ic_term predicates[] = {ic_term_iri(IC_NS "cloudName"),
                                             ic_term_iri(IC_NS "offers"),
                                             ic_term_iri(IC_NS "label")};
        const struct ic_term objects[] = {ic_term_literal(names[i], NULL), cloud,
                                          ic_term_literal(labels[i], NULL)};
        for (int j = 0; j < 3; j++)
            assert_int_equal(ic_document_add(documents[i], &cloud, &predicates[j], &objects[j],
                                             NULL, 0, NULL),
                             IC_OK);
    }
    struct ic_dataset *dataset = NULL;
    assert_int_equal(ic_dataset_from_documents(documents, graph_names, COUNT, &dataset, NULL),
                     IC_OK);
    for (int i = 0; i < COUNT; i++) {
        char *sparql = NULL, expected[COUNT * 4 + 1] = "";
        for (int j = 0; j < COUNT; j++)
            if (strcmp(labels[i], labels[j]) == 0)
                strcat(strcat(expected, names[j]), " ");
        assert_int_equal(ic_request_compile(requests[i], fixture->ontology, false, NULL, NULL,
                                            &sparql, NULL),
                         IC_OK);
        const struct found found = run_query(dataset, sparql);
        if (strcmp(found.names, expected) != 0)
            fail_msg("found '%s', not '%s', with\n%s", found.names, expected, sparql);
        free(sparql);
    }
    ic_dataset_free(dataset);
    for (int i = 0; i < COUNT; i++) {
        ic_document_free(documents[i]);
        ic_request_free(requests[i]);
    }
}

static void check_query(const char *sparql)
{
    struct ic_error error;
    if (ic_query_check(sparql, &(struct ic_query_options){.name = "query", .engine = "rasqal"},
                       &error) != IC_OK)
        fail_msg("%lu: %s", error.line, error.text);
}

/* The most variables: groups of one negative form each, with their offers. */
static void test_many_groups(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < IC_REQUEST_CONSTRAINTS_MAX; i++)
        fputs("; offer { not memory 1 }" + (i ? 0 : 2), out);
    fclose(out);
    char *sparql = compile(*state, text, true);
    assert_non_null(strstr(sparql, "?offer255 ?offer256\nWHERE"));
    assert_non_null(strstr(sparql, "{ ?offer256 :gpuMemory ?memory1024 . }"));
    assert_non_null(strstr(sparql, "?cloud :offers ?offer512 ."));
    assert_null(strstr(sparql, "?memory1025"));
    check_query(sparql);
    free(sparql);
    free(text);
}

/* The most that a request can hold still compiles, with a variable for each constraint. */
static void test_many(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("memory 1", out);
    for (int i = 1; i < IC_REQUEST_CONSTRAINTS_MAX; i++)
        fputs(i % 2 ? "; memory 1" : " or seat within World", out);
    fclose(out);
    char *sparql = compile(*state, text, false);
    assert_non_null(strstr(sparql, "{ ?offer :gpuMemory ?memory129 . }"));
    assert_null(strstr(sparql, "?memory130 "));
    assert_non_null(strstr(sparql, "?seat127 ."));
    check_query(sparql);
    free(sparql);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),        cmocka_unit_test(test_text_with_offers),
        cmocka_unit_test(test_answers),     cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_warns),       cmocka_unit_test(test_warns_once),
        cmocka_unit_test(test_long_value),  cmocka_unit_test(test_many),
        cmocka_unit_test(test_many_groups), cmocka_unit_test(test_values_are_data),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
