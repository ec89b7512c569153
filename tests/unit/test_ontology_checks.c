/* SPDX-License-Identifier: Apache-2.0 */
/* What an ontology may not say, and where the mistake is reported. */
#include "tests/unit/ontology_support.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_mistakes),
        cmocka_unit_test(names_the_document),
        cmocka_unit_test(refuses_long_spellings),
        cmocka_unit_test(bounds_hierarchies),
    };
    return cmocka_run_group_tests_name("ontology: checks", tests, NULL, NULL);
}
