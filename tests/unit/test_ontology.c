/* SPDX-License-Identifier: Apache-2.0 */
/* The ontology: what is read, lookups, hierarchies, digest, lifetime. */
#include "tests/unit/ontology_small.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reads_properties, open_small, close_small),
        cmocka_unit_test_setup_teardown(finds_attributes, open_small, close_small),
        cmocka_unit_test_setup_teardown(names_the_nearest, open_small, close_small),
        cmocka_unit_test_setup_teardown(finds_concepts, open_small, close_small),
        cmocka_unit_test_setup_teardown(keeps_schemes_apart, open_small, close_small),
        cmocka_unit_test_setup_teardown(closes_hierarchies, open_small, close_small),
        cmocka_unit_test_setup_teardown(knows_classes, open_small, close_small),
        cmocka_unit_test_setup_teardown(reads_the_version, open_small, close_small),
        cmocka_unit_test(digests_statements),
        cmocka_unit_test(joins_documents),
        cmocka_unit_test(drops_ambiguous_prefixes),
        cmocka_unit_test(counts_references),
    };
    return cmocka_run_group_tests_name("ontology", tests, NULL, NULL);
}
