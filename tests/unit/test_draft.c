/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts: what of a document is cloud, offer and part, and what becomes effective. */
#include "catalog_fixture.h"

#include <time.h>

#include "catalog/draft.h"

struct shown {
    char text[8192];
};

static enum ic_status add_line(void *context, const struct ic_fact *fact,
                               struct ic_error *error)
{
    struct shown *shown = context;
    const struct ic_term *const terms[] = {fact->subject, fact->predicate, fact->object};
    char *line = NULL;
    size_t size;
    (void)error;
    FILE *out = open_memstream(&line, &size);
    for (int i = 0; i < 3; i++) {
        const char *hash = terms[i]->kind == IC_IRI ? strrchr(terms[i]->text, '#') : NULL;
        fprintf(out, "%s ", hash ? hash + 1 : terms[i]->text);
    }
    fprintf(out, "%s\n",
            fact->flags & IC_INHERITED    ? "inherited"
            : fact->flags & IC_NORMALISED ? fact->original->text
                                          : "stated");
    fclose(out);
    strncat(shown->text, line, sizeof shown->text - strlen(shown->text) - 1);
    free(line);
    return IC_OK;
}

static void assert_shows(struct fixture *f, const char *cloud, const char *line)
{
    struct shown shown = {.text = ""};
    if (ic_catalog_show(f->catalog, cloud, NULL, NULL, add_line, &shown, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    if (!strstr(shown.text, line))
        fail_msg("no line\n%sin\n%s", line, shown.text);
}

static void values_are_resolved(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        fixture_publish(f, "a@a.org",
                        "x:c a :Cloud ; :cloudName \" c \" ; :tierCountries \"Japan\" ;"
                        ":replicationFactor \"+05\"^^xsd:integer ; x:own x:thing .",
                        0, NULL),
        IC_OK);
    assert_shows(f, "c", "cloudName c  c \n");
    assert_shows(f, "c", "tierCountries JP Japan\n");
    assert_shows(f, "c", "replicationFactor 5 +05\n");
    assert_shows(f, "c", "http://x.org/own http://x.org/thing stated\n");
    assert_shows(f, "c", "offers http://x.org/c inherited\n");
}

static void offers_are_found_both_ways(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(
        fixture_publish(f, "a@a.org",
                        "x:c a :Cloud ; :cloudName \"c\" ; :offers x:one ; x:has x:two ."
                        "x:one :replicationFactor 1 ."
                        "x:two a :StorageOffer . x:three a :Offer ; x:of x:c .",
                        0, NULL),
        IC_OK);
    assert_shows(f, "c", "http://x.org/c offers http://x.org/one stated\n");
    assert_shows(f, "c", "http://x.org/c offers http://x.org/two inherited\n");
    assert_shows(f, "c", "http://x.org/c offers http://x.org/three inherited\n");
}

static void blank_offers_have_the_same_name_again(void **state)
{
    struct fixture *f = *state;
    struct fixture_published first = {.count = 0}, again = first;
    const char *turtle = "x:c a :Cloud ; :cloudName \"c\" ; :offers [ :replicationFactor 1 ], "
                         "[ :replicationFactor 2 ] .";
    struct shown before = {.text = ""}, after = {.text = ""};
    fixture_publish(f, "a@a.org", turtle, 0, &first);
    ic_catalog_show(f->catalog, "c", NULL, NULL, add_line, &before, &f->error);
    fixture_publish(f, "a@a.org", "x:c a :Cloud ; :cloudName \"c\" .", 0, NULL);
    fixture_publish(f, "a@a.org", turtle, 0, &again);
    assert_int_equal(again.version, 3);
    ic_catalog_show(f->catalog, "c", NULL, NULL, add_line, &after, &f->error);
    assert_non_null(strstr(after.text, "urn:intercloud:offer:c:"));
    assert_int_equal(strlen(before.text), strlen(after.text));
}

static void refused(struct fixture *f, const char *turtle, unsigned long line,
                    const char *message)
{
    assert_int_equal(fixture_publish(f, "a@a.org", turtle, 0, NULL), IC_BAD_INPUT);
    if (f->error.line != line || !strstr(f->error.text, message))
        fail_msg("%lu: %s", f->error.line, f->error.text);
}

/* The statements stand on line 2: the fixture puts prefixes on line 1. */
static void bad_structure_is_refused(void **state)
{
    struct fixture *f = *state;
    refused(f, "x:c x:p x:o .", 0, "describes no cloud");
    refused(f, "\n\nx:c a :Cloud .", 4, "has no :cloudName");
    refused(f, "x:c a :Cloud ; :cloudName \"c\", \"d\" .", 2, "more than one :cloudName");
    refused(f, "x:c :cloudName x:name .", 2, "must be a string");
    refused(f, "x:c :cloudName \"  \" .", 2, "empty");
    refused(f, "x:c :cloudName \"c\" .\nx:d :cloudName \"c\" .", 3, "two clouds");
    refused(f, "x:c :cloudName \"c\" .\nx:stray x:p x:o .", 3, "hang on no cloud");
    refused(f, "x:c :cloudName \"c\" ; :offers \"text\" .", 2, "cannot be an offer");
    refused(f, "x:c :cloudName \"c\" ; :offers x:d .\nx:d :cloudName \"d\" .", 2,
            "cannot be an offer");
    refused(f, "x:c :cloudName \"c\" ;\n:replicationFactor \"many\" .", 3, "replicationFactor");
}

struct warnings {
    int count;
    char last[IC_ERROR_TEXT_MAX];
};

static void keep_warning(void *context, const struct ic_error *warning)
{
    struct warnings *warnings = context;
    warnings->count++;
    snprintf(warnings->last, sizeof warnings->last, "%s", warning->text);
}

static enum ic_status read_drafts(struct fixture *f, const char *turtle, const char *cloud_name,
                                  bool strict, struct warnings *warnings, struct drafts *drafts)
{
    const struct draft_options options = {.cloud_name = cloud_name,
                                          .strict = strict,
                                          .warn = keep_warning,
                                          .warn_context = warnings};
    struct ic_document *document = fixture_document(turtle);
    struct ic_ontology *ontology = ic_catalog_ontology(f->catalog);
    const enum ic_status status = drafts_read(document, ontology, &options, drafts, &f->error);
    ic_ontology_release(ontology);
    ic_document_free(document);
    return status;
}

static void warnings_name_what_is_kept(void **state)
{
    struct fixture *f = *state;
    struct warnings warnings = {.count = 0};
    struct drafts drafts;
    const char *turtle = "x:c :cloudName \"c\" ; :replicatonFactor 3, 4 .";
    assert_int_equal(read_drafts(f, turtle, NULL, false, &warnings, &drafts), IC_OK);
    assert_int_equal(warnings.count, 1);
    assert_non_null(strstr(warnings.last, "did you mean replicationFactor?"));
    drafts_free(&drafts);
    assert_int_equal(read_drafts(f, turtle, NULL, true, &warnings, &drafts), IC_BAD_INPUT);
    assert_int_equal(read_drafts(f, "x:c :cloudName \"c\" ; :tierCountries \"Atlantis\" .",
                                 NULL, false, &warnings, &drafts),
                     IC_OK);
    assert_non_null(strstr(warnings.last, "Atlantis"));
    drafts_free(&drafts);
}

static void a_list_of_offers_becomes_a_named_cloud(void **state)
{
    struct fixture *f = *state;
    struct warnings warnings = {.count = 0};
    struct drafts drafts;
    assert_int_equal(read_drafts(f,
                                 "x:one :replicationFactor 1 ; x:at [ x:zone \"a\" ] ."
                                 "x:two :replicationFactor 2 .",
                                 "mine", false, &warnings, &drafts),
                     IC_OK);
    assert_int_equal(drafts.count, 1);
    assert_string_equal(drafts.items[0].cloud_name, "mine");
    assert_int_equal(drafts.items[0].offers, 2);
    assert_int_equal(drafts.items[0].entry_count, 4); /* cloud, two offers, one part */
    drafts_free(&drafts);
    assert_int_equal(
        read_drafts(f, "x:c :cloudName \"c\" .", "mine", false, &warnings, &drafts),
        IC_BAD_INPUT);
}

static void an_offer_is_its_own_clouds_only(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     "x:a a :Cloud ; :cloudName \"a\" ; :offers x:o ."
                                     "x:b a :Cloud ; :cloudName \"b\" ; x:beside x:o ."
                                     "x:o :replicationFactor 7 .",
                                     0, NULL),
                     IC_OK);
    assert_string_equal(fixture_match(f, "replicationFactor 7"), "a");
}

/* `count` times `item`, separated by commas, between `before` and `after`. */
static char *repeated(const char *before, const char *item, int count, const char *after)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs(before, out);
    for (int i = 0; i < count; i++)
        fprintf(out, "%s%s%d", i ? ", " : "", item, i);
    fputs(after, out);
    fclose(out);
    return text;
}

#define SECONDS_MAX 20 /* of processor time; it took minutes when it was quadratic or worse */

static void many_equal_offers_are_told_apart_quickly(void **state)
{
    struct fixture *f = *state;
    struct warnings warnings = {.count = 0};
    struct drafts drafts;
    const clock_t before = clock();
    char *turtle =
        repeated("x:c a :Cloud ; :cloudName \"c\" ; :offers ", "_:b", 6000,
                 ", <urn:intercloud:offer:c:e3b0c44298fc1c14:2> ."
                 "<urn:intercloud:offer:c:e3b0c44298fc1c14:2> :replicationFactor 1 .");
    assert_int_equal(read_drafts(f, turtle, NULL, false, &warnings, &drafts), IC_OK);
    free(turtle);
    assert_int_equal(drafts.items[0].offers, 6001);
    for (size_t i = 2; i < drafts.items[0].entry_count; i++)
        assert_int_not_equal(drafts.items[0].entries[i].subject,
                             drafts.items[0].entries[i - 1].subject);
    size_t second = 0; /* what has the second twin's name is not a twin */
    for (size_t i = 0; i < drafts.items[0].entry_count; i++)
        second +=
            drafts.items[0].entries[i].subject == drafts.items[0].entries[6001].stated_subject;
    assert_int_equal(second, 1);
    drafts_free(&drafts);
    assert_true((clock() - before) / CLOCKS_PER_SEC < SECONDS_MAX);
}

static void what_offers_inherit_has_a_limit(void **state)
{
    struct fixture *f = *state;
    char *offers = repeated("x:c a :Cloud ; :cloudName \"c\" ; :offers ", "x:o", 2000, " .");
    char *turtle, *values = repeated("x:c x:p ", "x:v", 2000, " .");
    assert_true(asprintf(&turtle, "%s%s", offers, values) > 0);
    assert_int_equal(fixture_publish(f, "a@a.org", turtle, 0, NULL), IC_TOO_LARGE);
    assert_int_equal(fixture_publish(f, "a@a.org", offers, 0, NULL), IC_OK);
    free(turtle);
    free(values);
    free(offers);
}

static void shared_parts_have_a_limit(void **state)
{
    struct fixture *f = *state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < 1000; i++)
        fprintf(out, "x:c%d a :Cloud ; :cloudName \"c%d\" ; x:p x:s0 .\n x:s%d x:p x:s%d .\n",
                i, i, i, i + 1);
    fputs("x:s1000 x:p 1 .", out);
    fclose(out);
    assert_int_equal(fixture_publish(f, "a@a.org", text, 0, NULL), IC_TOO_LARGE);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(values_are_resolved),
        TEST(offers_are_found_both_ways),
        TEST(blank_offers_have_the_same_name_again),
        TEST(bad_structure_is_refused),
        TEST(warnings_name_what_is_kept),
        TEST(a_list_of_offers_becomes_a_named_cloud),
        TEST(an_offer_is_its_own_clouds_only),
        TEST(many_equal_offers_are_told_apart_quickly),
        TEST(what_offers_inherit_has_a_limit),
        TEST(shared_parts_have_a_limit),
    };
    return cmocka_run_group_tests_name("draft", tests, NULL, NULL);
}
