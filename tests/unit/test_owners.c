/* SPDX-License-Identifier: Apache-2.0 */
/* What owners hold in the catalog, and their quotas: exact after every change, also when many
 * publish at once; names that look like others. */
#include "catalog_fixture.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>

#include "catalog/names.h"

static const char alice[] = "alice@cloud1.org", bob[] = "bob@cloud2.org";

static void verify(struct fixture *f)
{
    if (ic_catalog_verify(f->catalog, NULL, NULL, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

/* The name with what an IRI may not have as hexadecimal digits. */
static const char *iri_part(const char *name, char part[200])
{
    size_t used = 0;
    for (; *name && used < 190; name++)
        used += (size_t)snprintf(part + used, 200 - used,
                                 isalnum((unsigned char)*name) || *name == '-' ? "%c" : "%02X",
                                 (unsigned char)*name);
    return part;
}

/* A cloud with `values` statements beside its type and name. */
static struct ic_document *cloud(const char *name, int values)
{
    char text[4000], part[200];
    int used = snprintf(text, sizeof text, "<urn:x:%s> a :Cloud ; :cloudName \"%s\"",
                        iri_part(name, part), name);
    for (int i = 0; i < values; i++)
        used += snprintf(text + used, sizeof text - (size_t)used, " ; x:p%d \"v\"", i);
    snprintf(text + used, sizeof text - (size_t)used, " .");
    return fixture_document(text);
}

static enum ic_status publish_as(struct fixture *f, const char *owner, const char *name,
                                 int values, struct ic_owner_usage quota, int64_t lease_ms,
                                 struct ic_error *error)
{
    struct ic_document *document = cloud(name, values);
    const struct ic_publish_options options = {
        .owner = owner, .quota = quota, .lease_ms = lease_ms};
    const enum ic_status status =
        ic_catalog_publish(f->catalog, document, &options, NULL, NULL, error);
    ic_document_free(document);
    return status;
}

static void publish(struct fixture *f, const char *owner, const char *name, int values)
{
    if (publish_as(f, owner, name, values, (struct ic_owner_usage){0}, 0, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

static struct ic_owner_usage usage_of(struct fixture *f, const char *owner)
{
    struct ic_owner_usage usage;
    assert_int_equal(ic_catalog_owner_usage(f->catalog, owner, &usage, &f->error), IC_OK);
    return usage;
}

static void check_usage(struct fixture *f, const char *owner, uint64_t clouds,
                        uint64_t statements, uint64_t bytes)
{
    const struct ic_owner_usage usage = usage_of(f, owner);
    assert_int_equal(usage.clouds, clouds);
    assert_int_equal(usage.statements, statements);
    assert_int_equal(usage.bytes, bytes);
}

/* The bytes are those of the N-Triples lines, which anyone can count. */
static uint64_t bytes_of(const char *name, int values)
{
    char line[300];
    int bytes = snprintf(line, sizeof line,
                         "<urn:x:%s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                         "<http://www.csp/resOntology#Cloud> .\n",
                         name);
    bytes +=
        snprintf(line, sizeof line,
                 "<urn:x:%s> <http://www.csp/resOntology#cloudName> \"%s\" .\n", name, name);
    for (int i = 0; i < values; i++)
        bytes +=
            snprintf(line, sizeof line, "<urn:x:%s> <http://x.org/p%d> \"v\" .\n", name, i);
    return (uint64_t)bytes;
}

static void usage_follows_every_change(void **state)
{
    struct fixture *f = *state;
    check_usage(f, alice, 0, 0, 0);
    publish(f, alice, "one", 3);
    check_usage(f, alice, 1, 5, bytes_of("one", 3));
    publish(f, alice, "two", 0);
    check_usage(f, alice, 2, 7, bytes_of("one", 3) + bytes_of("two", 0));
    publish(f, bob, "three", 1);
    check_usage(f, alice, 2, 7, bytes_of("one", 3) + bytes_of("two", 0));
    check_usage(f, bob, 1, 3, bytes_of("three", 1));
    publish(f, alice, "one", 3); /* only the lease */
    publish(f, alice, "one", 10);
    check_usage(f, alice, 2, 14, bytes_of("one", 10) + bytes_of("two", 0));
    publish(f, alice, "one", 1);
    check_usage(f, alice, 2, 5, bytes_of("one", 1) + bytes_of("two", 0));
    verify(f);
    assert_int_equal(ic_catalog_withdraw(f->catalog, alice, "one", NULL, &f->error), IC_OK);
    check_usage(f, alice, 1, 2, bytes_of("two", 0));
    assert_int_equal(ic_catalog_withdraw(f->catalog, alice, "two", NULL, &f->error), IC_OK);
    check_usage(f, alice, 0, 0, 0);
    verify(f);
    ic_catalog_close(f->catalog);
    assert_int_equal(fixture_open(f, false), IC_OK);
    check_usage(f, bob, 1, 3, bytes_of("three", 1));
}

static void a_failed_or_tried_publication_counts_nothing(void **state)
{
    struct fixture *f = *state;
    const struct ic_publish_options dry = {.owner = alice, .dry_run = true};
    struct ic_document *document = cloud("dry", 4);
    publish(f, bob, "his", 0);
    assert_int_equal(ic_catalog_publish(f->catalog, document, &dry, NULL, NULL, &f->error),
                     IC_OK);
    ic_document_free(document);
    check_usage(f, alice, 0, 0, 0);
    document = fixture_document("<urn:x:a> a :Cloud ; :cloudName \"a\" . "
                                "<urn:x:his> a :Cloud ; :cloudName \"his\" .");
    const struct ic_publish_options real = {.owner = alice};
    assert_int_equal(ic_catalog_publish(f->catalog, document, &real, NULL, NULL, &f->error),
                     IC_CONFLICT);
    ic_document_free(document);
    check_usage(f, alice, 0, 0, 0);
    verify(f);
}

static void expired_clouds_count_until_they_are_swept(void **state)
{
    struct fixture *f = *state;
    const struct ic_owner_usage quota = {.clouds = 1};
    struct ic_swept swept;
    assert_int_equal(publish_as(f, alice, "short", 0, quota, 1000, &f->error), IC_OK);
    f->now_ms += 2000;
    check_usage(f, alice, 1, 2, bytes_of("short", 0));
    /* Each publication sweeps a little, so that who is alone need not wait. */
    assert_int_equal(publish_as(f, alice, "next", 0, quota, 1000, &f->error), IC_OK);
    check_usage(f, alice, 1, 2, bytes_of("next", 0));
    f->now_ms += 2000;
    assert_int_equal(ic_catalog_sweep(f->catalog, 100, &swept, &f->error), IC_OK);
    assert_int_equal(swept.advertisements, 1);
    check_usage(f, alice, 0, 0, 0);
    /* A name whose time is over goes to the new owner, and so does what it counts. */
    publish(f, alice, "moving", 2);
    assert_int_equal(publish_as(f, bob, "moving", 0, quota, 0, &f->error), IC_CONFLICT);
    assert_int_equal(publish_as(f, alice, "moving", 2, quota, 1000, &f->error), IC_OK);
    f->now_ms += 31 * DAY_MS;
    publish(f, bob, "moving", 0);
    check_usage(f, alice, 0, 0, 0);
    check_usage(f, bob, 1, 2, bytes_of("moving", 0));
    verify(f);
}

static void quotas_are_exact(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name;
        struct ic_owner_usage quota;
        enum ic_status status;
        const char *why;
    } steps[] = {
        {"b", {.clouds = 2}, IC_OK, NULL},
        {"c", {.clouds = 2}, IC_TOO_LARGE, "clouds = 3, more than the quota of 2"},
        {"c", {.statements = 11}, IC_TOO_LARGE, "statements = 12, more than the quota of 11"},
        {"c", {.statements = 12}, IC_OK, NULL},
        {"d", {.clouds = 4, .statements = 16, .bytes = 1}, IC_TOO_LARGE, "bytes = "},
        {"d", {.clouds = 4, .statements = 16}, IC_OK, NULL}};
    uint64_t bytes = bytes_of("a", 2);
    publish(f, alice, "a", 2);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct ic_error error = {0};
        const enum ic_status status =
            publish_as(f, alice, steps[i].name, 2, steps[i].quota, 0, &error);
        if (status != steps[i].status)
            fail_msg("step %zu: %s", i, error.text);
        if (steps[i].why && !strstr(error.text, steps[i].why))
            fail_msg("step %zu: %s", i, error.text);
        bytes += status == IC_OK ? bytes_of(steps[i].name, 2) : 0;
        assert_int_equal(usage_of(f, alice).bytes, bytes);
    }
    const struct ic_owner_usage last = {.bytes = bytes + bytes_of("e", 0)};
    const struct ic_owner_usage less = {.bytes = last.bytes - 1};
    assert_int_equal(publish_as(f, alice, "e", 0, less, 0, &f->error), IC_TOO_LARGE);
    assert_non_null(strstr(f->error.text, "withdraw a cloud, or ask the operator"));
    assert_int_equal(publish_as(f, alice, "e", 0, last, 0, &f->error), IC_OK);
    verify(f);
}

/* A quota that was lowered takes nothing away. */
static void who_is_above_may_renew_and_shrink(void **state)
{
    struct fixture *f = *state;
    const struct ic_owner_usage quota = {.clouds = 1, .statements = 5, .bytes = 100};
    publish(f, alice, "one", 4);
    publish(f, alice, "two", 4);
    assert_int_equal(publish_as(f, alice, "one", 4, quota, 1000, &f->error), IC_OK);
    assert_int_equal(publish_as(f, alice, "one", 3, quota, 1000, &f->error), IC_OK);
    assert_int_equal(publish_as(f, alice, "one", 4, quota, 1000, &f->error), IC_TOO_LARGE);
    assert_int_equal(publish_as(f, alice, "three", 0, quota, 1000, &f->error), IC_TOO_LARGE);
    assert_int_equal(publish_as(f, bob, "three", 0, quota, 1000, &f->error), IC_TOO_LARGE);
    assert_int_equal(
        publish_as(f, bob, "three", 0, (struct ic_owner_usage){.clouds = 1}, 1000, &f->error),
        IC_OK);
}

struct publisher {
    pthread_t thread;
    struct fixture *f;
    int number;
    int published, refused;
};

enum { PUBLISHERS = 6, TRIES = 20, QUOTA_CLOUDS = 25 };

static void *publish_many(void *context)
{
    struct publisher *p = context;
    for (int i = 0; i < TRIES; i++) {
        char name[32];
        struct ic_error error = {0};
        const struct ic_owner_usage quota = {.clouds = QUOTA_CLOUDS, .statements = 1000};
        snprintf(name, sizeof name, "t%d-%d", p->number, i);
        const enum ic_status status = publish_as(p->f, alice, name, 1, quota, 0, &error);
        p->published += status == IC_OK;
        p->refused += status == IC_TOO_LARGE;
    }
    return NULL;
}

static void publications_at_once_do_not_pass_together(void **state)
{
    struct publisher publishers[PUBLISHERS];
    int published = 0, refused = 0;
    for (int i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){.f = *state, .number = i};
        assert_int_equal(
            pthread_create(&publishers[i].thread, NULL, publish_many, &publishers[i]), 0);
    }
    for (int i = 0; i < PUBLISHERS; i++) {
        pthread_join(publishers[i].thread, NULL);
        published += publishers[i].published;
        refused += publishers[i].refused;
    }
    assert_int_equal(published, QUOTA_CLOUDS);
    assert_int_equal(refused, PUBLISHERS * TRIES - QUOTA_CLOUDS);
    assert_int_equal(usage_of(*state, alice).clouds, QUOTA_CLOUDS);
    assert_int_equal(usage_of(*state, alice).statements, 3 * QUOTA_CLOUDS);
    verify(*state);
}

static enum ic_status note_owner(void *context, const char *owner,
                                 const struct ic_owner_usage *usage, struct ic_error *error)
{
    (void)error;
    const size_t used = strlen(context);
    snprintf((char *)context + used, 300 - used, "%s %llu; ", owner,
             (unsigned long long)usage->clouds);
    return IC_OK;
}

static enum ic_status add_quad(void *context, const struct ic_term *s, const struct ic_term *p,
                               const struct ic_term *o, const struct ic_term *graph,
                               struct ic_error *error)
{
    return ic_document_add(context, s, p, o, graph, 0, error);
}

/* Also what a bulk import brings, and what crosses to another catalog. */
static void owners_are_listed_and_restored(void **state)
{
    struct fixture *f = *state, *other;
    void *other_state;
    char listed[300] = "", restored[300] = "";
    struct ic_bulk *bulk;
    const struct ic_bulk_options options = {.publish = {.owner = bob}};
    publish(f, alice, "one", 2);
    publish(f, bob, "two", 2);
    assert_int_equal(ic_bulk_begin(f->catalog, &options, &bulk, &f->error), IC_OK);
    struct ic_document *document =
        fixture_document("<urn:x:m> a :Cloud ; :cloudName \"m\" . "
                         "<urn:x:n> a :Cloud ; :cloudName \"n\" ; x:p \"_\" .");
    if (ic_bulk_end(bulk, IC_OK, document, NULL, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    ic_document_free(document);
    publish(f, IC_OWNER_ADMIN, "three", 0);
    verify(f);
    assert_int_equal(ic_catalog_owners(f->catalog, note_owner, listed, &f->error), IC_OK);
    assert_string_equal(listed, "admin 1; alice@cloud1.org 1; bob@cloud2.org 3; ");
    assert_int_equal(usage_of(f, bob).statements, 4 + 2 + 3);

    document = ic_document_new("export", NULL);
    assert_int_equal(ic_catalog_export(f->catalog, add_quad, document, &f->error), IC_OK);
    assert_int_equal(fixture_setup(&other_state), 0);
    other = other_state;
    if (ic_catalog_restore(other->catalog, document, false, &other->error) != IC_OK)
        fail_msg("%s", other->error.text);
    assert_int_equal(ic_catalog_owners(other->catalog, note_owner, restored, &f->error), IC_OK);
    assert_string_equal(restored, listed);
    assert_int_equal(usage_of(other, bob).bytes, usage_of(f, bob).bytes);
    verify(other);
    fixture_teardown(&other_state);
    ic_document_free(document);
}

static void names_that_mix_scripts_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const traps[] = {"cl\xD0\xBEud1",
                                        "\xCE\xBF"
                                        "cloud",
                                        "\xE1\x8E\xAA"
                                        "cloud",
                                        "cloud1\xD9\xA1"};
    static const char *const names[] = {"\xD0\xBE\xD0\xB1\xD0\xBB\xD0\xB0\xD0\xBA\xD0\xBE 1",
                                        "caf\xC3\xA9 cloud-1",
                                        "\xE6\x9D\xB1\xE4\xBA\xAC"
                                        "cloud",
                                        "\xCE\xB1\xCE\xB2\xCE\xB3", "1 \xE2\x98\x81"};
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++) {
        assert_int_equal(
            publish_as(f, alice, traps[i], 0, (struct ic_owner_usage){0}, 0, &f->error),
            IC_BAD_INPUT);
        assert_non_null(strstr(f->error.text, "look like another name"));
    }
    check_usage(f, alice, 0, 0, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        publish(f, alice, names[i], 0);
    /* What the administrator named so can be resolved, and withdrawn. */
    publish(f, IC_OWNER_ADMIN, traps[0], 0);
    assert_int_equal(ic_catalog_withdraw(f->catalog, IC_OWNER_ADMIN, traps[0], NULL, &f->error),
                     IC_OK);
}

/* One cloud has one name, however it is spelled. */
static void spellings_of_a_name_are_one_name(void **state)
{
    struct fixture *f = *state;
    static const char *const spellings[] = {"\xEF\xBD\x83loud\xEF\xBC\x91", " cloud1 ",
                                            "clo\xE2\x80\x8Bud1"};
    publish(f, alice, "cloud1", 0);
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        char *owner = NULL;
        assert_int_equal(
            publish_as(f, bob, spellings[i], 0, (struct ic_owner_usage){0}, 0, &f->error),
            IC_CONFLICT);
        assert_int_equal(ic_catalog_resolve(f->catalog, spellings[i], &(struct ic_view){0},
                                            &owner, &f->error),
                         IC_OK);
        assert_string_equal(owner, alice);
        free(owner);
    }
}

static void jids_have_one_form(void **state)
{
    static const struct {
        const char *given, *bare;
    } jids[] = {{"u@xn--mnchen-3ya.de", "u@m\xC3\xBCnchen.de"},
                {"U@M\xC3\x9CNCHEN.de./r", "u@m\xC3\xBCnchen.de"},
                {"u@a\xE3\x80\x82org", "u@a.org"},
                {"u@b\xE3\x80\x82", "u@b"},
                {"u@xn--a", "u@xn--a"},
                {"u\xEF\xBC\xA0x.org", NULL},
                {"u@x\xEF\xBC\x8Fy", NULL},
                {"u@a.\xE3\x80\x82"
                 "b",
                 NULL},
                {"u@.", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof jids / sizeof *jids; i++) {
        char *bare = NULL, *again = NULL;
        struct ic_error error;
        const enum ic_status status = ic_name_jid(jids[i].given, &bare, &error);
        if ((status == IC_OK) != (jids[i].bare != NULL))
            fail_msg("%s: %s", jids[i].given, status == IC_OK ? bare : error.text);
        if (status == IC_OK) {
            assert_string_equal(bare, jids[i].bare);
            assert_int_equal(ic_name_jid(bare, &again, &error), IC_OK);
            assert_string_equal(bare, again);
        }
        free(bare);
        free(again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
        TEST(usage_follows_every_change),
        TEST(a_failed_or_tried_publication_counts_nothing),
        TEST(expired_clouds_count_until_they_are_swept),
        TEST(quotas_are_exact),
        TEST(who_is_above_may_renew_and_shrink),
        TEST(publications_at_once_do_not_pass_together),
        TEST(owners_are_listed_and_restored),
        TEST(names_that_mix_scripts_are_refused),
        TEST(spellings_of_a_name_are_one_name),
        cmocka_unit_test(jids_have_one_form),
    };
    return cmocka_run_group_tests_name("owners", tests, NULL, NULL);
}
