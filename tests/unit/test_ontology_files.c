/* SPDX-License-Identifier: Apache-2.0 */
/* The files in ontology/: the vocabulary is whole and says what it should. */
#include <dirent.h>

#include "tests/unit/ontology_support.h"

#define REAL_ONTOLOGY "ontology" /* tests run at the top of the tree */

enum { DOCUMENTS_MAX = 16 };

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

static int close_real(void **state)
{
    ic_ontology_release(*state);
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
        const struct ic_term stated = ic_term_literal(paper[i].value, NULL);
        assert_int_equal(property->match, paper[i].match);
        assert_int_equal(ic_ontology_resolve(*state, property, &stated, arena, &effective,
                                             &resolution, NULL),
                         IC_OK);
        assert_string_equal(effective.text, paper[i].effective);
        ic_arena_free(arena);
    }
}

/* True when a unit has no better name than the end of its IRI. */
static bool is_nameless(const struct ic_property *property)
{
    const char *end = property->unit ? strpbrk(property->unit, "#") : NULL;
    if (property->unit && !end)
        end = strrchr(property->unit, '/');
    return end && strcmp(end + 1, property->unit_name) == 0;
}

/* Every attribute says all that is asked of one, and its unit has a name that people write. */
static void real_attributes_are_complete(void **state)
{
    size_t count;
    const struct ic_property *const *all = ic_ontology_properties(*state, &count);
    assert_true(count >= 60);
    for (size_t i = 0; i < count; i++) {
        const struct ic_property *p = all[i];
        if (strncmp(p->iri, IC_NS, strlen(IC_NS)) != 0 || strlen(p->comment) < 10 ||
            (!p->cloud && !p->offer) || is_nameless(p) || !p->specific_count ||
            p->specific[0] != p)
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(real_has_the_papers_attributes, open_real, close_real),
        cmocka_unit_test_setup_teardown(real_attributes_are_complete, open_real, close_real),
        cmocka_unit_test_setup_teardown(real_places, open_real, close_real),
        cmocka_unit_test_setup_teardown(real_regions, open_real, close_real),
        cmocka_unit_test_setup_teardown(real_hierarchies, open_real, close_real),
    };
    return cmocka_run_group_tests_name("ontology: files", tests, NULL, NULL);
}
