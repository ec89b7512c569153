/* SPDX-License-Identifier: Apache-2.0 */
/* The ontology: what it reads, what it refuses and where, lookups, resolving values, the files
 * in ontology/. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/importer.h"
#include "catalog/ontology.h"

#define UNIT "http://qudt.org/vocab/unit/"

#define REAL_ONTOLOGY "ontology" /* tests run at the top of the tree */

enum { DOCUMENTS_MAX = 16 };

/* Everything the small ontologies need, on one line so that a test's own text begins on
 * line 2. */
#define PREFIXES                                                                               \
    "@prefix : <" IC_NS "> . @prefix ic: <" IC_NS_META "> . @prefix x: <http://x.example/> . " \
    "@prefix rdf: <" IC_NS_RDF "> . @prefix rdfs: <" IC_NS_RDFS "> . "                         \
    "@prefix owl: <" IC_NS_OWL "> . @prefix skos: <" IC_NS_SKOS "> . "                         \
    "@prefix xsd: <" IC_NS_XSD "> . @prefix unit: <" UNIT "> . "                               \
    "@prefix qudt: <http://qudt.org/schema/qudt/> .\n"

#define PROPERTY(name, rest)                                                                   \
    ":" name " a rdf:Property ; rdfs:label \"" name "\" ; rdfs:comment \"a comment\" ; " rest  \
    " .\n"

static struct ic_document *read_file(const char *name, FILE *in)
{
    struct ic_document *document = ic_document_new(name, NULL);
    const struct ic_import_context context = {.in = in};
    struct ic_error error = {.status = IC_OK};
    assert_non_null(in);
    assert_non_null(document);
    if (ic_import("turtle", &context, document, NULL, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    assert_int_equal(fclose(in), 0);
    return document;
}

static struct ic_document *read_text(const char *name, const char *text)
{
    char *whole = NULL;
    assert_true(asprintf(&whole, "%s%s", PREFIXES, text) > 0);
    struct ic_document *document = read_file(name, fmemopen(whole, strlen(whole), "r"));
    free(whole);
    return document;
}

static enum ic_status build(const char *text, struct ic_ontology **ontology,
                            struct ic_error *error)
{
    struct ic_document *document = read_text("test.ttl", text);
    const enum ic_status status = ic_ontology_build(&document, 1, ontology, error);
    ic_document_free(document);
    return status;
}

static struct ic_ontology *built(const char *text)
{
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    if (build(text, &ontology, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    return ontology;
}

/* ---- checks ---- */

#define SCHEME "x:s a skos:ConceptScheme ; skos:prefLabel \"S\" .\n"
#define CONCEPT(name, rest)                                                                    \
    "x:" name " a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"" name "\" " rest " .\n"

/* Each is refused at that line (2 is the first) with that in the message. */
static const struct {
    const char *text;
    unsigned long line;
    const char *message;
} refused[] = {
    {":p a rdf:Property ; rdfs:comment \"c\" ; rdfs:range xsd:string ; ic:match ic:Equal .", 2,
     "p has no rdfs:label"},
    {":p a rdf:Property ; rdfs:label <x> ; rdfs:comment \"c\" ; rdfs:range xsd:string ; "
     "ic:match ic:Equal .",
     2, "p has no rdfs:label"},
    {":p a owl:DatatypeProperty ; rdfs:label \"p\" ; rdfs:range xsd:string ; "
     "ic:match ic:Equal .",
     2, "p has no rdfs:comment"},
    {PROPERTY("p", "ic:match ic:Equal"), 2, "neither rdfs:range nor ic:scheme"},
    {PROPERTY("p", "rdfs:range xsd:string"), 2, "p has no ic:match"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Nearly"), 2, "use ic:AtLeast"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal") ":p ic:match ic:OneOf .", 3,
     "two values of match"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:AtLeast"), 2, "no numbers or dates"},
    {PROPERTY("p", "rdfs:range xsd:boolean ; ic:match ic:AtMost"), 2, "no numbers or dates"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Within"), 2, "cannot be ic:Within"},
    {PROPERTY("p", "rdfs:range xsd:duration ; ic:match ic:Equal"), 2, "xsd:duration"},
    {PROPERTY("p", "rdfs:range \"x\" ; ic:match ic:Equal"), 2, "must be an IRI"},
    {PROPERTY("p", "rdfs:range xsd:string, xsd:decimal ; ic:match ic:Equal"), 2,
     "two values of range"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:unit unit:GigaBYTE ; ic:match ic:Equal"), 2,
     "cannot have an ic:unit"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:unit \"GB\" ; ic:match ic:Equal"), 2,
     "must be an IRI"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:worst 1"), 2,
     "only one of ic:worst and ic:best"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:best 1"), 2,
     "only one of ic:worst and ic:best"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:worst 1.0 ; "
                   "ic:best 1"),
     2, "must differ"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:worst \"bad\" ; "
                   "ic:best 1"),
     2, "must be a number"},
    {PROPERTY("p", "rdfs:range xsd:date ; ic:match ic:AtLeast ; ic:worst 1 ; ic:best 2"), 2,
     "cannot have an ic:worst"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal ; ic:appliesTo x:y"), 2,
     "use ic:Cloud or ic:Offer"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal")
         PROPERTY("P", "rdfs:range xsd:string ; ic:match ic:Equal"),
     3, "upper and lower case alone"},
    {"<" IC_NS "a,b> a rdf:Property .", 2, "cannot be written in a request"},
    {"<" IC_NS "> a rdf:Property .", 2, "cannot be written in a request"},
    {PROPERTY("p", "ic:scheme x:s ; ic:match ic:Equal"), 2, "not described as a"},
    {SCHEME PROPERTY("p", "ic:scheme x:s ; ic:match ic:Equal"), 3, "has no concepts"},
    {SCHEME CONCEPT("a", "")
         PROPERTY("p", "ic:scheme x:s ; rdfs:range xsd:string ; ic:match ic:Equal"),
     4, "can only be skos:Concept"},
    {"x:a a skos:Concept ; skos:prefLabel \"A\" .", 2, "is in no scheme"},
    {SCHEME "x:a a skos:Concept ; skos:inScheme x:s .", 3, "has no skos:prefLabel"},
    {"x:a a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"A\" .", 2,
     "not a skos:ConceptScheme"},
    {SCHEME "x:a skos:inScheme x:s .", 3, "not a skos:Concept"},
    {SCHEME CONCEPT("a", "; skos:altLabel \"same\"") CONCEPT("b", "; skos:notation \"SAME\""),
     4, "'SAME' spells both http://x.example/a and http://x.example/b"},
    {SCHEME CONCEPT("a", "") CONCEPT("b", "; skos:altLabel \"A\""), 4, "spells both"},
    {SCHEME CONCEPT("a", "; skos:altLabel x:b"), 3, "must be a literal"},
    {SCHEME CONCEPT("a", "; skos:altLabel \"  \""), 3, "must be 1 to"},
    {SCHEME CONCEPT("a", "; skos:broader x:nothing"), 3, "must be described as concepts"},
    {SCHEME CONCEPT("a", "; skos:broader x:a"), 3, "more general than itself"},
    {SCHEME CONCEPT("a", "; skos:broader x:b") CONCEPT("b", "; skos:broader x:c")
         CONCEPT("c", "; skos:broader x:a"),
     3, "more general than itself"},
    {SCHEME CONCEPT("a", "; skos:broader x:b") CONCEPT("b", "") "x:a skos:narrower x:b .", 3,
     "more general than itself"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal ; rdfs:subPropertyOf :q")
         PROPERTY("q", "rdfs:range xsd:string ; ic:match ic:Equal ; rdfs:subPropertyOf :p"),
     2, "more general than itself"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal ; rdfs:subPropertyOf :q")
         PROPERTY("q", "rdfs:range xsd:string ; ic:match ic:Equal ; owl:equivalentProperty :p"),
     2, "more general than itself"},
    {PROPERTY("p", "rdfs:range xsd:string ; ic:match ic:Equal ; rdfs:subPropertyOf :q")
         PROPERTY("q", "rdfs:range xsd:decimal ; ic:match ic:Equal"),
     2, "values of one kind"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:Equal ; ic:unit unit:SEC ; "
                   "rdfs:subPropertyOf :q")
         PROPERTY("q", "rdfs:range xsd:decimal ; ic:match ic:Equal ; ic:unit unit:MIN"),
     2, "same unit"},
    {PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:Equal ; owl:equivalentProperty :q")
         PROPERTY("q", "rdfs:range xsd:decimal ; ic:match ic:Equal ; ic:unit unit:MIN"),
     2, "same unit"},
    {"x:C rdfs:subClassOf x:D .\nx:D rdfs:subClassOf x:C .", 2, "more general than itself"},
    {"unit:SEC a qudt:Unit ; skos:notation unit:MIN .", 2, "must be a literal"},
};

static void refuses_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ic_ontology *ontology = NULL;
        struct ic_error error = {.status = IC_OK};
        if (build(refused[i].text, &ontology, &error) != IC_BAD_INPUT)
            fail_msg("accepted: %s", refused[i].text);
        if (!strstr(error.text, refused[i].message) || error.line != refused[i].line)
            fail_msg("line %lu: %s\ninstead of line %lu: %s\nfor %s", error.line, error.text,
                     refused[i].line, refused[i].message, refused[i].text);
        assert_string_equal(error.file, "test.ttl");
        assert_true(error.column <= 1);
        assert_null(ontology);
    }
}

/* A mistake in the second document is reported there. */
static void names_the_document(void **state)
{
    (void)state;
    struct ic_document *documents[2] = {
        read_text("one.ttl", SCHEME CONCEPT("a", "; skos:altLabel \"same\"")),
        read_text("two.ttl", "\n\n" CONCEPT("b", "; skos:altLabel \"Same\""))};
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    assert_int_equal(ic_ontology_build(documents, 2, &ontology, &error), IC_BAD_INPUT);
    assert_string_equal(error.file, "two.ttl");
    assert_int_equal(error.line, 4);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
}

static void refuses_long_spellings(void **state)
{
    (void)state;
    char text[4096];
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    snprintf(text, sizeof text, SCHEME CONCEPT("a", "; skos:altLabel \"%01025d\""), 1);
    assert_int_equal(build(text, &ontology, &error), IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "1024 bytes"));
    snprintf(text, sizeof text, SCHEME CONCEPT("a", "; skos:altLabel \"%01024d\""), 1);
    assert_int_equal(build(text, &ontology, &error), IC_OK);
    ic_ontology_release(ontology);
}

/* A chain of concepts is a hierarchy of n * (n + 1) / 2 pairs. */
static void bounds_hierarchies(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    fputs(SCHEME, out);
    for (int i = 0; i < 6000; i++)
        fprintf(out,
                "x:c%d a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"%d\" ; "
                "skos:narrower x:c%d .\n",
                i, i, i + 1);
    fputs(CONCEPT("c6000", ""), out);
    assert_int_equal(fclose(out), 0);
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    assert_int_equal(build(text, &ontology, &error), IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "pairs"));
    free(text);
}

/* ---- what is read ---- */

/* clang-format off: one property a line */
static const char small
    [] = "<" IC_NS_PAYLOAD "> a owl:Ontology ; owl:versionInfo \"1.2\" .\n"
         "<http://a.example/> a owl:Ontology ; owl:versionInfo \"9\" .\n" SCHEME
         "x:t a skos:ConceptScheme ; rdfs:label \"T\"@en, \"Te\"@de .\n"
         "x:FTP a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"File Transfer\"@en, "
         "\"Übertragung\"@de ; skos:altLabel \"Straße\", \"Ａ１\" ; skos:notation \"ftp-1\" .\n"
         "x:FTPS a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"S\" ; skos:broader "
         "x:FTP .\n"
         "x:FTPSv2 a skos:Concept ; skos:inScheme x:s, x:t ; skos:prefLabel \"S2\" .\n"
         "x:FTPS skos:narrower x:FTPSv2 .\n"
         "x:other a skos:Concept ; skos:topConceptOf x:t ; skos:prefLabel \"File Transfer\" .\n"
         "x:t skos:hasTopConcept x:top . x:top a skos:Concept ; skos:prefLabel \"top\" .\n"
         "unit:GigaBYTE a qudt:Unit ; rdfs:label \"Gigabyte\" ; skos:notation \"GB\" ; "
         "skos:altLabel \"GByte\" .\n" PROPERTY(
             "size", "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:unit unit:GigaBYTE ; "
                     "ic:worst 0.50 ; ic:best 1e3 ; ic:appliesTo ic:Offer")
             PROPERTY("diskSize", "rdfs:range xsd:double ; ic:match ic:AtLeast ; "
                                  "ic:unit unit:GigaBYTE ; rdfs:subPropertyOf :size")
                 PROPERTY(
                     "volume",
                     "rdfs:range xsd:decimal ; ic:match ic:AtLeast ; ic:unit unit:GigaBYTE ; "
                     "owl:equivalentProperty :diskSize")
                     PROPERTY("copies",
                              "rdfs:range xsd:nonNegativeInteger ; ic:match ic:AtLeast")
                         PROPERTY("level", "rdfs:range xsd:byte ; ic:match ic:AtMost ; ic:unit "
                                           "unit:DECIBEL") PROPERTY(
                             "way",
                             "ic:scheme x:s ; rdfs:range skos:Concept ; ic:match ic:Within ; "
                             "ic:appliesTo ic:Cloud, ic:Offer")
                             PROPERTY("name", "rdfs:range xsd:string ; ic:match ic:OneOf ; "
                                              "ic:appliesTo ic:Cloud")
                                 PROPERTY("on", "rdfs:range xsd:boolean ; ic:match ic:Equal")
                                     PROPERTY("day",
                                              "rdfs:range xsd:date ; ic:match ic:AtLeast")
                                         PROPERTY(
                                             "at",
                                             "rdfs:range xsd:dateTime ; ic:match ic:AtMost")
                                             PROPERTY(
                                                 "page",
                                                 "rdfs:range xsd:anyURI ; ic:match ic:Equal")
                                                 PROPERTY("part",
                                                          "rdfs:range :Part ; ic:match "
                                                          "ic:Equal") "x:price a "
                                                                      "owl:DatatypeProperty ; "
                                                                      "rdfs:label "
                                                                      "\"Preis\"@de, "
                                                                      "\"price\"@en, "
                                                                      "\"prix\"@fr ; "
                                                                      "rdfs:comment \"c\" ; "
                                                                      "rdfs:range xsd:decimal "
                                                                      "; ic:match ic:AtMost .\n"
                                                                      "<urn:y:cost> a "
                                                                      "owl:DatatypeProperty ; "
                                                                      "rdfs:label \"cost\" ; "
                                                                      "rdfs:comment \"c\" ; "
                                                                      "rdfs:range xsd:decimal "
                                                                      "; ic:match ic:AtMost ; "
                                                                      "rdfs:subPropertyOf "
                                                                      "x:unknown .\n"
                                                                      "ic:match a "
                                                                      "owl:AnnotationProperty, "
                                                                      "rdf:Property .\n"
                                                                      ":Disk rdfs:subClassOf "
                                                                      ":Part . :Part "
                                                                      "owl:equivalentClass "
                                                                      "x:Piece . "
                                                                      "x:Piece rdfs:subClassOf "
                                                                      "x:Thing, [ a "
                                                                      "owl:Restriction ] .\n";
/* clang-format on */

static int open_small(void **state)
{
    *state = built(small);
    return *state ? 0 : 1;
}

static int close_small(void **state)
{
    ic_ontology_release(*state);
    return 0;
}

static const struct ic_property *attribute(void **state, const char *name)
{
    const struct ic_property *property = ic_ontology_attribute(*state, name);
    if (!property)
        fail_msg("no attribute %s", name);
    return property;
}

static void reads_properties(void **state)
{
    size_t count;
    const struct ic_property *const *all = ic_ontology_properties(*state, &count);
    assert_int_equal(count, 14);
    for (size_t i = 1; i < count; i++)
        assert_true(strcmp(all[i - 1]->name, all[i]->name) < 0);

    const struct ic_property *size = attribute(state, "size");
    assert_string_equal(size->iri, IC_NS "size");
    assert_string_equal(size->name, "size");
    assert_string_equal(size->label, "size");
    assert_string_equal(size->comment, "a comment");
    assert_string_equal(size->range, IC_XSD_DECIMAL);
    assert_int_equal(size->kind, IC_VALUE_NUMBER);
    assert_int_equal(size->match, IC_MATCH_AT_LEAST);
    assert_string_equal(size->unit, UNIT "GigaBYTE");
    assert_string_equal(size->unit_name, "GB");
    assert_null(size->scheme);
    assert_true(size->offer && !size->cloud);
    assert_string_equal(size->worst, "0.5");
    assert_string_equal(size->best, "1000");

    const struct ic_property *way = attribute(state, "way");
    assert_int_equal(way->kind, IC_VALUE_CONCEPT);
    assert_int_equal(way->match, IC_MATCH_WITHIN);
    assert_string_equal(way->scheme->iri, "http://x.example/s");
    assert_true(way->cloud && way->offer);
    assert_null(way->unit);
    assert_null(way->unit_name);
    assert_null(way->worst);
    assert_null(way->best);

    const struct ic_property *name = attribute(state, "name");
    assert_true(name->cloud && !name->offer);
    assert_int_equal(name->match, IC_MATCH_ONE_OF);
    assert_int_equal(name->kind, IC_VALUE_STRING);
    const struct ic_property *copies = attribute(state, "copies");
    assert_true(copies->cloud && copies->offer);
    assert_string_equal(attribute(state, "level")->unit_name, "DECIBEL");
    assert_int_equal(attribute(state, "on")->kind, IC_VALUE_BOOLEAN);
    assert_int_equal(attribute(state, "day")->kind, IC_VALUE_DATE);
    assert_int_equal(attribute(state, "at")->kind, IC_VALUE_DATETIME);
    assert_int_equal(attribute(state, "page")->kind, IC_VALUE_IRI);
    assert_int_equal(attribute(state, "part")->kind, IC_VALUE_NODE);
}

static void finds_attributes(void **state)
{
    const struct ic_property *size = attribute(state, "size");
    assert_ptr_equal(ic_ontology_property_iri(*state, IC_NS "size"), size);
    assert_ptr_equal(attribute(state, " \t\nsize\r "), size);
    assert_ptr_equal(attribute(state, "<" IC_NS "size>"), size);
    assert_ptr_equal(attribute(state, ":size"), size);
    const struct ic_property *price = attribute(state, "x:price");
    assert_string_equal(price->name, "x:price");
    assert_string_equal(price->label, "price");
    assert_ptr_equal(attribute(state, "<http://x.example/price>"), price);
    assert_string_equal(attribute(state, "<urn:y:cost>")->name, "<urn:y:cost>");

    static const char *const unknown[] = {
        "Size",  "price", "",         "  ", "<size>",   "x:size",     "y:price",
        "si ze", "match", "ic:match", "<>", "unit:SEC", "urn:y:cost", "size\n;"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (ic_ontology_attribute(*state, unknown[i]))
            fail_msg("'%s' is an attribute", unknown[i]);
    assert_null(ic_ontology_property_iri(*state, "size"));
    char *longest = malloc(100001);
    assert_non_null(longest);
    memset(longest, 'a', 100000);
    longest[100000] = '\0';
    longest[1] = ':';
    longest[0] = 'x';
    assert_null(ic_ontology_attribute(*state, longest));
    assert_null(ic_ontology_nearest(*state, longest));
    free(longest);
}

static void names_the_nearest(void **state)
{
    static const struct {
        const char *written, *nearest;
    } cases[] = {
        {"sise", "size"},
        {"SIZE", "size"},
        {" sze ", "size"},
        {"isze", "size"},
        {"diskSizes", "diskSize"},
        {"disksize", "diskSize"},
        {"copis", "copies"},
        {"dis", "diskSize"},
        {"kSiz", "diskSize"},
        {"umbrella", NULL},
        {"", NULL},
        {"q", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = ic_ontology_nearest(*state, cases[i].written);
        if (!nearest != !cases[i].nearest ||
            (nearest && strcmp(nearest, cases[i].nearest) != 0))
            fail_msg("'%s' is nearest to %s, not %s", cases[i].written,
                     nearest ? nearest : "nothing",
                     cases[i].nearest ? cases[i].nearest : "nothing");
    }
}

static void finds_concepts(void **state)
{
    const struct ic_scheme *s = attribute(state, "way")->scheme;
    const struct ic_concept *ftp = ic_ontology_concept_iri(*state, "http://x.example/FTP");
    assert_non_null(ftp);
    assert_string_equal(ftp->label, "File Transfer");
    assert_ptr_equal(ftp->scheme, s);
    static const char *const spellings[] = {"http://x.example/FTP",
                                            "FTP",
                                            "ftp",
                                            " FTP ",
                                            "File Transfer",
                                            "FILE TRANSFER",
                                            "Übertragung",
                                            "ÜBERTRAGUNG",
                                            "FTP-1",
                                            "Straße",
                                            "STRASSE",
                                            "straße",
                                            "Ａ１",
                                            "a1",
                                            "U\u0308bertragung"};
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        if (ic_ontology_concept(*state, s, spellings[i]) != ftp)
            fail_msg("'%s' does not spell FTP", spellings[i]);
    static const char *const unknown[] = {
        "", " ", "HTTP://X.EXAMPLE/ftp", "F T P", "http://x.example/other", "\xff", "ftp\n1"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        if (ic_ontology_concept(*state, s, unknown[i]))
            fail_msg("'%s' spells a concept", unknown[i]);
}

/* The same words may name concepts of two schemes; a concept may be in two. */
static void keeps_schemes_apart(void **state)
{
    size_t count;
    const struct ic_scheme *const *schemes = ic_ontology_schemes(*state, &count);
    assert_int_equal(count, 2);
    assert_string_equal(schemes[0]->iri, "http://x.example/s");
    assert_string_equal(schemes[0]->label, "S");
    assert_string_equal(schemes[1]->label, "T");

    const struct ic_concept *const *concepts = ic_ontology_concepts(*state, schemes[1], &count);
    assert_int_equal(count, 3);
    assert_string_equal(concepts[0]->iri, "http://x.example/FTPSv2");
    assert_string_equal(concepts[1]->iri, "http://x.example/other");
    assert_string_equal(concepts[2]->iri, "http://x.example/top");
    assert_ptr_equal(ic_ontology_concept(*state, schemes[0], "S2"), concepts[0]);
    assert_ptr_equal(ic_ontology_concept(*state, schemes[1], "S2"), concepts[0]);
    assert_ptr_equal(concepts[0]->scheme, schemes[0]);
    assert_ptr_equal(ic_ontology_concept(*state, schemes[1], "file transfer"), concepts[1]);
    assert_null(ic_ontology_concept(*state, schemes[1], "FTP"));
    assert_null(ic_ontology_concept(*state, schemes[0], "top"));

    assert_string_equal(ic_ontology_concept(*state, NULL, "file transfer")->iri,
                        "http://x.example/FTP");
    assert_string_equal(ic_ontology_concept(*state, NULL, "top")->iri, "http://x.example/top");
    assert_null(ic_ontology_concept_iri(*state, "http://x.example/ftp"));
}

static void closes_hierarchies(void **state)
{
    const struct ic_concept *ftp = ic_ontology_concept_iri(*state, "http://x.example/FTP");
    assert_int_equal(ftp->specific_count, 3);
    assert_ptr_equal(ftp->specific[0], ftp);
    assert_string_equal(ftp->specific[1]->iri, "http://x.example/FTPS");
    assert_string_equal(ftp->specific[2]->iri, "http://x.example/FTPSv2");
    assert_int_equal(ftp->specific[1]->specific_count, 2);
    assert_int_equal(ftp->specific[2]->specific_count, 1);

    const struct ic_property *size = attribute(state, "size");
    const struct ic_property *disk = attribute(state, "diskSize");
    const struct ic_property *volume = attribute(state, "volume");
    assert_int_equal(size->specific_count, 3);
    assert_ptr_equal(size->specific[0], size);
    assert_ptr_equal(size->specific[1], disk);
    assert_ptr_equal(size->specific[2], volume);
    assert_int_equal(disk->specific_count, 2);
    assert_ptr_equal(disk->specific[1], volume);
    assert_int_equal(volume->specific_count, 2);
    assert_ptr_equal(volume->specific[0], volume);
    assert_ptr_equal(volume->specific[1], disk);
    assert_int_equal(attribute(state, "<urn:y:cost>")->specific_count, 1);
}

static void knows_classes(void **state)
{
    assert_true(ic_ontology_is_a(*state, IC_NS "Disk", IC_NS "Disk"));
    assert_true(ic_ontology_is_a(*state, IC_NS "Disk", IC_NS "Part"));
    assert_true(ic_ontology_is_a(*state, IC_NS "Disk", "http://x.example/Piece"));
    assert_true(ic_ontology_is_a(*state, IC_NS "Disk", "http://x.example/Thing"));
    assert_true(ic_ontology_is_a(*state, "http://x.example/Piece", IC_NS "Part"));
    assert_true(ic_ontology_is_a(*state, "urn:unknown", "urn:unknown"));
    assert_false(ic_ontology_is_a(*state, IC_NS "Part", IC_NS "Disk"));
    assert_false(ic_ontology_is_a(*state, "http://x.example/Thing", IC_NS "Part"));
    assert_false(ic_ontology_is_a(*state, "urn:unknown", IC_NS "Part"));
}

/* ---- values ---- */

#define BLANK ((const char *)-1)  /* the stated term is a blank node */
#define AS_IRI ((const char *)-2) /* the term is an IRI */

/* What is stated (datatype, "@" language, AS_IRI or BLANK) and what is effective. `effective`
 * NULL: refused, and `datatype` is in the message. */
static const struct {
    const char *property, *stated, *as, *effective, *datatype;
    enum ic_resolution resolution;
} values[] = {
    {"size", "500", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500", IC_XSD_DECIMAL, "500", IC_XSD_DECIMAL, IC_RESOLVED_SAME},
    {"size", "500", IC_NS_XSD "integer", "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "0500.50", IC_XSD_DECIMAL, "500.5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", " +5e2\n", IC_NS_XSD "double", "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "-.5", NULL, "-0.5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "0.1234567890123456789012345678901", NULL, "0.1234567890123456789012345678901",
     IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500\t GByte ", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "5e2GB", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 gigabyte", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 GigaBYTE", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 " UNIT "GigaBYTE", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 <" UNIT "GigaBYTE>", NULL, "500", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"size", "500 TB", NULL, NULL, "number of GB", IC_RESOLVED_SAME},
    {"size", "5 EB", NULL, NULL, "the unit 'EB'", IC_RESOLVED_SAME},
    {"size", "500 gb", NULL, NULL, "number of GB", IC_RESOLVED_SAME},
    {"size", "5 5", NULL, NULL, "the unit '5'", IC_RESOLVED_SAME},
    {"copies", "5 GB", NULL, NULL, "without one", IC_RESOLVED_SAME},
    {"size", "many", NULL, NULL, "size: 'many' is not a number", IC_RESOLVED_SAME},
    {"size", "GB", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "1/3", NULL, NULL, "the unit '/3'", IC_RESOLVED_SAME},
    {"size", "INF", IC_NS_XSD "double", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "1e999999999", NULL, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "5", "@en", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "5", IC_NS_XSD "date", NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "urn:5", AS_IRI, NULL, "not a number", IC_RESOLVED_SAME},
    {"size", "b5", BLANK, NULL, "not a number", IC_RESOLVED_SAME},
    {"copies", "5", NULL, "5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "5.0", NULL, "5", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "-0", NULL, "0", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"copies", "4.5", NULL, NULL, "a whole number", IC_RESOLVED_SAME},
    {"copies", "-1", NULL, NULL, "at least 0", IC_RESOLVED_SAME},
    {"level", "127", NULL, "127", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"level", "-128 DECIBEL", NULL, "-128", IC_XSD_DECIMAL, IC_RESOLVED_CHANGED},
    {"level", "128", NULL, NULL, "at most 127", IC_RESOLVED_SAME},
    {"level", "-129", NULL, NULL, "at least -128", IC_RESOLVED_SAME},
    {"way", "ftp", NULL, "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", " File transfer ", "@en", "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", "http://x.example/FTP", AS_IRI, "http://x.example/FTP", AS_IRI, IC_RESOLVED_SAME},
    {"way", "http://x.example/FTP", NULL, "http://x.example/FTP", AS_IRI, IC_RESOLVED_CHANGED},
    {"way", " pigeon ", NULL, "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "pigeon", "@en", "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "pigeon", NULL, "pigeon", NULL, IC_RESOLVED_UNKNOWN},
    {"way", "http://x.example/other", AS_IRI, "http://x.example/other", NULL,
     IC_RESOLVED_UNKNOWN},
    {"way", " ", NULL, NULL, "the name of a concept", IC_RESOLVED_SAME},
    {"way", "b1", BLANK, NULL, "the name of a concept", IC_RESOLVED_SAME},
    {"name", "Cloud One", NULL, "Cloud One", NULL, IC_RESOLVED_SAME},
    {"name", "  Cloud  One\n", NULL, "Cloud  One", NULL, IC_RESOLVED_CHANGED},
    {"name", "Wolke", "@de", "Wolke", NULL, IC_RESOLVED_CHANGED},
    {"name", "5", IC_NS_XSD "integer", "5", NULL, IC_RESOLVED_CHANGED},
    {"name", "", NULL, "", NULL, IC_RESOLVED_SAME},
    {"name", "urn:x", AS_IRI, NULL, "not a text", IC_RESOLVED_SAME},
    {"on", "true", IC_NS_XSD "boolean", "true", IC_NS_XSD "boolean", IC_RESOLVED_SAME},
    {"on", " 1", NULL, "true", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "0", IC_NS_XSD "boolean", "false", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "false", NULL, "false", IC_NS_XSD "boolean", IC_RESOLVED_CHANGED},
    {"on", "yes", NULL, NULL, "true or false", IC_RESOLVED_SAME},
    {"on", "1", IC_NS_XSD "integer", NULL, "true or false", IC_RESOLVED_SAME},
    {"day", "2026-01-31", IC_NS_XSD "date", "2026-01-31", IC_NS_XSD "date", IC_RESOLVED_SAME},
    {"day", " 2024-02-29+09:00", NULL, "2024-02-29", IC_NS_XSD "date", IC_RESOLVED_CHANGED},
    {"day", "2026-01-31Z", NULL, "2026-01-31", IC_NS_XSD "date", IC_RESOLVED_CHANGED},
    {"day", "2026-02-29", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "1900-02-29", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-13-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "0000-01-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "10000-01-01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-1-1", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01+14:01", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01 x", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01T00:00:00", NULL, NULL, "a date", IC_RESOLVED_SAME},
    {"day", "2026-01-01", IC_NS_XSD "dateTime", NULL, "a date", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00Z", IC_NS_XSD "dateTime", "2026-01-31T12:00:00Z",
     IC_NS_XSD "dateTime", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00", NULL, "2026-01-31T12:00:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-01-01T00:30:00.12300+09:00", NULL, "2025-12-31T15:30:00.123Z",
     IC_NS_XSD "dateTime", IC_RESOLVED_CHANGED},
    {"at", "2024-02-28T23:59:59.000-14:00", NULL, "2024-02-29T13:59:59Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-12-31T24:00:00Z", NULL, "2027-01-01T00:00:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-03-01T24:00:00-12:30", NULL, "2026-03-02T12:30:00Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "2026-01-31T12:00:00.000000000000000000000000001Z", NULL,
     "2026-01-31T12:00:00.000000000000000000000000001Z", IC_NS_XSD "dateTime",
     IC_RESOLVED_CHANGED},
    {"at", "0001-01-01T00:00:00+00:01", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "9999-12-31T23:59:59-00:01", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "9999-12-31T24:00:00Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T24:00:00.1Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:60Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00.Z", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31T12:00:00ZZ", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"at", "2026-01-31", NULL, NULL, "a date and time", IC_RESOLVED_SAME},
    {"page", "https://a.example/é?q#f", AS_IRI, "https://a.example/é?q#f", AS_IRI,
     IC_RESOLVED_SAME},
    {"page", " https://a.example/ ", NULL, "https://a.example/", AS_IRI, IC_RESOLVED_CHANGED},
    {"page", "urn:x", IC_NS_XSD "anyURI", "urn:x", AS_IRI, IC_RESOLVED_CHANGED},
    {"page", "a.example", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "/path", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https:", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "1a:x", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a b/", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a/>.<", NULL, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "https://a.example/", "@en", NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"page", "b1", BLANK, NULL, "an absolute IRI", IC_RESOLVED_SAME},
    {"part", "urn:x", AS_IRI, "urn:x", AS_IRI, IC_RESOLVED_SAME},
    {"part", "b1", BLANK, "b1", BLANK, IC_RESOLVED_SAME},
    {"part", "text", NULL, NULL, "a resource", IC_RESOLVED_SAME},
};

static struct ic_term term(const char *text, const char *as)
{
    if (as == AS_IRI)
        return ic_term_iri(text);
    if (as == BLANK)
        return (struct ic_term){.kind = IC_BLANK, .text = text, .length = strlen(text)};
    struct ic_term literal = ic_term_literal(text, as && *as != '@' ? as : NULL);
    if (as && *as == '@')
        literal.language = as + 1;
    return literal;
}

static void resolves_values(void **state)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct ic_arena *arena = ic_arena_new();
        struct ic_error error = {.line = 7};
        enum ic_resolution resolution;
        struct ic_term effective;
        const struct ic_term stated = term(values[i].stated, values[i].as);
        const enum ic_status status =
            ic_ontology_resolve(*state, attribute(state, values[i].property), &stated, arena,
                                &effective, &resolution, &error);
        if (!values[i].effective) {
            if (status != IC_BAD_INPUT || !strstr(error.text, values[i].datatype))
                fail_msg("%s '%s': status %d, %s", values[i].property, values[i].stated, status,
                         status == IC_OK ? effective.text : error.text);
            assert_int_equal(error.line, 0);
            assert_string_equal(error.file, "");
        } else {
            const struct ic_term wanted = term(values[i].effective, values[i].datatype);
            if (status != IC_OK || !ic_term_equal(&effective, &wanted) ||
                resolution != values[i].resolution)
                fail_msg("%s '%s': status %d, '%s', resolution %d", values[i].property,
                         values[i].stated, status,
                         status == IC_OK ? effective.text : error.text, (int)resolution);
        }
        ic_arena_free(arena);
    }
}

/* A message shows the beginning of a long value, cut between characters, and still its end. */
static void shortens_values(void **state)
{
    char text[10001];
    for (size_t i = 0; i < 10000; i += 2)
        memcpy(text + i, "é", 2);
    text[0] = 'x';
    text[1] = 'y';
    text[10000] = '\0';
    struct ic_arena *arena = ic_arena_new();
    struct ic_error error;
    enum ic_resolution resolution;
    struct ic_term effective;
    const struct ic_term stated = term(text, NULL);
    assert_int_equal(ic_ontology_resolve(*state, attribute(state, "size"), &stated, arena,
                                         &effective, &resolution, &error),
                     IC_BAD_INPUT);
    assert_true(strlen(error.text) < 200);
    assert_true(ic_utf8_valid(error.text, strlen(error.text)));
    assert_non_null(strstr(error.text, "...' is not a number"));
    /* No concept is spelled so long. */
    assert_int_equal(ic_ontology_resolve(*state, attribute(state, "way"), &stated, arena,
                                         &effective, &resolution, &error),
                     IC_OK);
    assert_int_equal(resolution, IC_RESOLVED_UNKNOWN);
    assert_true(ic_term_equal(&effective, &stated));
    ic_arena_free(arena);
}

/* ---- version, digest, prefixes, lifetime ---- */

static void reads_the_version(void **state)
{
    assert_string_equal(ic_ontology_version(*state), "1.2");
    struct ic_ontology *none = built("");
    assert_string_equal(ic_ontology_version(none), "");
    size_t count = 1;
    ic_ontology_properties(none, &count);
    assert_int_equal(count, 0);
    assert_null(ic_ontology_nearest(none, "size"));
    ic_ontology_release(none);
    struct ic_ontology *other = built("x:b a owl:Ontology ; owl:versionInfo \"b\" . "
                                      "x:a a owl:Ontology ; owl:versionInfo \"a\" .");
    assert_string_equal(ic_ontology_version(other), "a");
    ic_ontology_release(other);
}

static void assert_digests(const char *a, const char *b, bool same)
{
    struct ic_ontology *one = built(a), *two = built(b);
    assert_int_equal(strlen(ic_ontology_digest(one)), 64);
    assert_int_equal(strspn(ic_ontology_digest(one), "0123456789abcdef"), 64);
    if ((strcmp(ic_ontology_digest(one), ic_ontology_digest(two)) == 0) != same)
        fail_msg("%s digests of:\n%s\nand:\n%s", same ? "different" : "same", a, b);
    ic_ontology_release(one);
    ic_ontology_release(two);
}

static void digests_statements(void **state)
{
    (void)state;
    assert_digests("x:a x:p 1, 2 . x:b x:p 3 .", "\n\nx:b x:p 3 . x:a x:p 2, 1, 2 .", true);
    assert_digests("x:a x:p 1 .", "x:a x:p 2 .", false);
    assert_digests("x:a x:p \"1\" .", "x:a x:p \"1\"@en .", false);
    assert_digests("x:a x:p x:b .", "x:a x:p \"http://x.example/b\" .", false);
    assert_digests("_:a x:p 1 . _:b x:p 2 ; x:q _:a .", "_:z x:p 2 ; x:q _:y . _:y x:p 1 .",
                   true);
    assert_digests("_:a x:p 1 . _:b x:p 2 ; x:q _:a .", "_:a x:p 1 . _:b x:p 2 ; x:q _:b .",
                   false);
    assert_digests("x:s x:q [ x:p [ x:r 1 ] ], [ x:p [ x:r 2 ] ; x:t 1 ] .",
                   "x:s x:q [ x:p [ x:r 2 ] ], [ x:p [ x:r 1 ] ; x:t 1 ] .", false);

    struct ic_ontology *empty = built(""); /* of no bytes */
    assert_string_equal(ic_ontology_digest(empty),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    ic_ontology_release(empty);
    struct ic_ontology *one = built("x:a x:p \"q\" .");
    /* printf '<http://x.example/a> <http://x.example/p> "q" .\n' | sha256sum */
    assert_string_equal(ic_ontology_digest(one),
                        "2211f440987d4ef8a21669f8ca6995fc0af82c38dbf1fb07a8b1cd7d2b0f81af");
    ic_ontology_release(one);
}

/* The same text split over documents is the same ontology, though blank nodes stay apart. */
static void joins_documents(void **state)
{
    (void)state;
    struct ic_document *documents[2] = {
        read_text("one.ttl", SCHEME CONCEPT("a", "") "_:n x:p 1 ."),
        read_text("two.ttl",
                  PROPERTY("p", "ic:scheme x:s ; ic:match ic:Within") "_:n x:p 2 .")};
    struct ic_ontology *split = NULL;
    struct ic_error error;
    assert_int_equal(ic_ontology_build(documents, 2, &split, &error), IC_OK);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
    struct ic_ontology *whole = built(PROPERTY("p", "ic:scheme x:s ; ic:match ic:Within")
                                          SCHEME CONCEPT("a", "") "_:m x:p 2 . _:n x:p 1 .");
    assert_string_equal(ic_ontology_digest(split), ic_ontology_digest(whole));
    ic_ontology_release(whole);
    assert_non_null(ic_ontology_concept(split, ic_ontology_attribute(split, "p")->scheme, "A"));
    ic_ontology_release(split);
}

/* A prefix that two files use for different namespaces means nothing. */
static void drops_ambiguous_prefixes(void **state)
{
    (void)state;
    static const char property[] = "<http://n.example/p> a rdf:Property ; rdfs:label \"p\" ; "
                                   "rdfs:comment \"c\" ; rdfs:range xsd:string ; "
                                   "ic:match ic:Equal .";
    struct ic_document *documents[2] = {read_text("one.ttl", property),
                                        read_text("two.ttl", "")};
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    assert_int_equal(ic_document_set_prefix(documents[0], "n", "http://n.example/", &error),
                     IC_OK);
    assert_int_equal(ic_ontology_build(documents, 2, &ontology, &error), IC_OK);
    assert_string_equal(ic_ontology_attribute(ontology, "n:p")->name, "n:p");
    ic_ontology_release(ontology);

    assert_int_equal(ic_document_set_prefix(documents[1], "n", "http://m.example/", &error),
                     IC_OK);
    assert_int_equal(ic_ontology_build(documents, 2, &ontology, &error), IC_OK);
    assert_null(ic_ontology_attribute(ontology, "n:p"));
    assert_string_equal(ic_ontology_attribute(ontology, "<http://n.example/p>")->name,
                        "<http://n.example/p>");
    ic_ontology_release(ontology);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
}

static void counts_references(void **state)
{
    (void)state;
    struct ic_ontology *ontology = built(small);
    assert_ptr_equal(ic_ontology_retain(ontology), ontology);
    ic_ontology_release(ontology);
    assert_non_null(ic_ontology_attribute(ontology, "size")); /* still there */
    ic_ontology_release(ontology);
    ic_ontology_release(NULL);
}

/* ---- the files in ontology/ ---- */

static int open_real(void **state)
{
    struct ic_document *documents[DOCUMENTS_MAX];
    size_t count = 0;
    DIR *directory = opendir(REAL_ONTOLOGY);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        const char *end = strrchr(entry->d_name, '.');
        if (!end || strcmp(end, ".ttl") != 0)
            continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", REAL_ONTOLOGY, entry->d_name);
        assert_true(count < DOCUMENTS_MAX);
        documents[count++] = read_file(path, fopen(path, "r"));
    }
    closedir(directory);
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    if (ic_ontology_build(documents, count, &ontology, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    for (size_t i = 0; i < count; i++)
        ic_document_free(documents[i]);
    *state = ontology;
    return 0;
}

static void real_has_the_papers_attributes(void **state)
{
    static const struct {
        const char *name, *value, *effective;
        enum ic_comparison match;
    } paper[] = {
        {"availabilityQuantity ", "99.999", "99.999", IC_MATCH_AT_LEAST},
        {"replicationFactor", "5", "5", IC_MATCH_AT_LEAST},
        {"tierCountries", "JAPAN", IC_NS_PAYLOAD "/place#JP", IC_MATCH_WITHIN},
        {"StorageReplicationMethod\n        ", "AMQP", IC_NS_PAYLOAD "/replication#AMQP",
         IC_MATCH_WITHIN},
        {"InterCloudStorageAccess", "NFS", IC_NS_PAYLOAD "/protocol#NFS", IC_MATCH_WITHIN},
    };
    for (size_t i = 0; i < sizeof paper / sizeof *paper; i++) {
        const struct ic_property *property = attribute(state, paper[i].name);
        struct ic_arena *arena = ic_arena_new();
        struct ic_term effective;
        enum ic_resolution resolution;
        const struct ic_term stated = term(paper[i].value, NULL);
        assert_int_equal(property->match, paper[i].match);
        assert_int_equal(ic_ontology_resolve(*state, property, &stated, arena, &effective,
                                             &resolution, NULL),
                         IC_OK);
        assert_string_equal(effective.text, paper[i].effective);
        ic_arena_free(arena);
    }
}

/* Every attribute says all that DESIGN asks of one, and its unit can be written by people. */
static void real_attributes_are_complete(void **state)
{
    size_t count;
    const struct ic_property *const *all = ic_ontology_properties(*state, &count);
    assert_true(count >= 60);
    for (size_t i = 0; i < count; i++) {
        const struct ic_property *p = all[i];
        if (strncmp(p->iri, IC_NS, strlen(IC_NS)) != 0 || strlen(p->comment) < 10 ||
            (!p->cloud && !p->offer) || (p->unit && strchr(p->unit_name, '-')) ||
            !p->specific_count || p->specific[0] != p)
            fail_msg("%s is not complete", p->iri);
        if (ic_ontology_attribute(*state, p->name) != p)
            fail_msg("%s cannot be asked for by its name", p->iri);
    }
    assert_string_not_equal(ic_ontology_version(*state), "");
}

static bool is_specific(const struct ic_concept *general, const char *iri)
{
    for (size_t i = 0; i < general->specific_count; i++)
        if (strcmp(general->specific[i]->iri, iri) == 0)
            return true;
    return false;
}

static void real_places(void **state)
{
    const struct ic_scheme *places = attribute(state, "tierCountries")->scheme;
    size_t count, countries = 0;
    const struct ic_concept *const *all = ic_ontology_concepts(*state, places, &count);
    const struct ic_concept *world = ic_ontology_concept(*state, places, "World");
    assert_non_null(world);
    for (size_t i = 0; i < count; i++) {
        const char *local = strchr(all[i]->iri, '#') + 1;
        countries += strlen(local) == 2;
        if (!is_specific(world, all[i]->iri))
            fail_msg("%s is nowhere in the world", all[i]->iri);
    }
    assert_int_equal(countries, 249);

    static const struct {
        const char *spelling, *code;
    } spellings[] = {
        {"JAPAN", "JP"},
        {"Japan", "JP"},
        {"JP", "JP"},
        {"JPN", "JP"},
        {"392", "JP"},
        {"UK", "GB"},
        {"Britain", "GB"},
        {"KOREA", "KR"},
        {"South Korea", "KR"},
        {"north korea", "KP"},
        {"USA", "US"},
        {"U.S.", "US"},
        {"Czech Republic", "CZ"},
        {"Russia", "RU"},
        {"Vietnam", "VN"},
        {"TURKEY", "TR"},
        {"türkiye", "TR"},
        {"Ivory Coast", "CI"},
        {"CÔTE D'IVOIRE", "CI"},
        {"Réunion", "RE"},
        {"reunion", "RE"},
        {"Holland", "NL"},
        {"Swaziland", "SZ"},
        {"Burma", "MM"},
        {"Cape Verde", "CV"},
        {"DR Congo", "CD"},
        {"Republic of the Congo", "CG"},
        {"Macau", "MO"},
        {"Palestine", "PS"},
        {"Taiwan", "TW"},
        {"Åland", "AX"},
        {"Vatican", "VA"},
        {"UAE", "AE"},
    };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        const struct ic_concept *place =
            ic_ontology_concept(*state, places, spellings[i].spelling);
        if (!place || strcmp(strchr(place->iri, '#') + 1, spellings[i].code) != 0)
            fail_msg("%s is %s", spellings[i].spelling, place ? place->iri : "unknown");
    }
}

static size_t countries_in(void **state, const char *place)
{
    const struct ic_concept *concept =
        ic_ontology_concept(*state, attribute(state, "tierCountries")->scheme, place);
    size_t count = 0;
    assert_non_null(concept);
    for (size_t i = 0; i < concept->specific_count; i++)
        count += strlen(strchr(concept->specific[i]->iri, '#') + 1) == 2;
    return count;
}

/* Countries by region as UN M49 counts them; Taiwan is added to Eastern Asia, Antarctica lies
 * in the world alone. */
static void real_regions(void **state)
{
    assert_int_equal(countries_in(state, "Africa"), 60);
    assert_int_equal(countries_in(state, "Americas"), 57);
    assert_int_equal(countries_in(state, "Asia"), 51);
    assert_int_equal(countries_in(state, "Europe"), 51);
    assert_int_equal(countries_in(state, "Oceania"), 29);
    assert_int_equal(countries_in(state, "Eastern Asia"), 8);
    assert_int_equal(countries_in(state, "North America"), 41);
    assert_int_equal(countries_in(state, "EU"), 27 + 7);
    assert_int_equal(countries_in(state, "EEA"), 27 + 7 + 3);
    assert_int_equal(countries_in(state, "G7"), 7);
    assert_int_equal(countries_in(state, "ASEAN"), 11);
}

/* What is narrower is found by a request for the broader. */
static void real_hierarchies(void **state)
{
    static const struct {
        const char *property, *general, *specific;
        bool within;
    } cases[] = {
        {"InterCloudStorageAccess", "NFS", "NFS 4.1", true},
        {"InterCloudStorageAccess", "file protocol", "CIFS", true},
        {"InterCloudStorageAccess", "object protocol", "S3", true},
        {"InterCloudStorageAccess", "block protocol", "iSCSI", true},
        {"InterCloudStorageAccess", "NFSv4", "NFS", false},
        {"InterCloudStorageAccess", "file protocol", "S3", false},
        {"StorageReplicationMethod", "AMQP", "AMQP 1.0", true},
        {"StorageReplicationMethod", "AMQP", "message queue", false},
        {"replicationMode", "semi-sync", "sync", true},
        {"replicationMode", "sync", "async", false},
        {"certification", "SOC2", "SOC 2 Type II", true},
        {"certification", "FedRAMP Moderate", "FedRAMP High", true},
        {"certification", "FedRAMP High", "FedRAMP Moderate", false},
        {"operatingSystem", "Linux", "Debian 12", true},
        {"dataCentreTier", "Tier 3", "IV", false},
        {"dataCentreTier", "Tier 3", "Tier IV", true},
        {"supportHours", "8x5", "24/7", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ic_scheme *scheme = attribute(state, cases[i].property)->scheme;
        const struct ic_concept *general =
            ic_ontology_concept(*state, scheme, cases[i].general);
        const struct ic_concept *specific =
            ic_ontology_concept(*state, scheme, cases[i].specific);
        assert_non_null(general);
        if ((specific && is_specific(general, specific->iri)) != cases[i].within)
            fail_msg("%s: %s and %s", cases[i].property, cases[i].general, cases[i].specific);
    }
    assert_true(ic_ontology_is_a(*state, IC_NS "ObjectStorageOffer", IC_NS "Offer"));
    assert_false(ic_ontology_is_a(*state, IC_NS "Cloud", IC_NS "Offer"));
}

int main(void)
{
    const struct CMUnitTest checks[] = {
        cmocka_unit_test(refuses_mistakes),
        cmocka_unit_test(names_the_document),
        cmocka_unit_test(refuses_long_spellings),
        cmocka_unit_test(bounds_hierarchies),
        cmocka_unit_test(digests_statements),
        cmocka_unit_test(joins_documents),
        cmocka_unit_test(drops_ambiguous_prefixes),
        cmocka_unit_test(counts_references),
        cmocka_unit_test_setup_teardown(reads_properties, open_small, close_small),
        cmocka_unit_test_setup_teardown(finds_attributes, open_small, close_small),
        cmocka_unit_test_setup_teardown(names_the_nearest, open_small, close_small),
        cmocka_unit_test_setup_teardown(finds_concepts, open_small, close_small),
        cmocka_unit_test_setup_teardown(keeps_schemes_apart, open_small, close_small),
        cmocka_unit_test_setup_teardown(closes_hierarchies, open_small, close_small),
        cmocka_unit_test_setup_teardown(knows_classes, open_small, close_small),
        cmocka_unit_test_setup_teardown(resolves_values, open_small, close_small),
        cmocka_unit_test_setup_teardown(shortens_values, open_small, close_small),
        cmocka_unit_test_setup_teardown(reads_the_version, open_small, close_small),
        cmocka_unit_test_setup_teardown(real_has_the_papers_attributes, open_real, close_small),
        cmocka_unit_test_setup_teardown(real_attributes_are_complete, open_real, close_small),
        cmocka_unit_test_setup_teardown(real_places, open_real, close_small),
        cmocka_unit_test_setup_teardown(real_regions, open_real, close_small),
        cmocka_unit_test_setup_teardown(real_hierarchies, open_real, close_small),
    };
    return cmocka_run_group_tests_name("ontology", checks, NULL, NULL);
}
