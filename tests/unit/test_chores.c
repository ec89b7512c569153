/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's own work: it is done by workers, in its turn, and tried until it was begun. */
#include <poll.h>

#include "tests/unit/service_fixture.h"
#include "xmpp-frontend/chores.h"

enum { TICK_MS = IC_SERVICE_TICK_MS, QUEUE_MS = 10 * 1000 };

static struct ic_chores *chores;

static int setup_chores(void **state)
{
    if (setup(state) != 0)
        return -1;
    const struct exchange *x = *state;
    chores = ic_chores_new(x->service, x->fixture->catalog);
    return chores ? 0 : -1;
}

static int teardown_chores(void **state)
{
    struct exchange *x = *state;
    ic_service_free(x->service);
    x->service = NULL;
    ic_chores_free(chores);
    return teardown(state);
}

/* A copy of our ontology with one attribute more; its directory. Static. */
static const char *ontology_with(const struct exchange *x, const char *attribute)
{
    static char directory[200];
    char command[500], path[300];
    snprintf(directory, sizeof directory, "%s/with-%s", x->fixture->directory, attribute);
    snprintf(command, sizeof command, "cp -r ontology '%s'", directory);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/more.ttl", directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "@prefix : <http://www.csp/resOntology#> .\n"
            "@prefix ic: <http://www.csp/resOntology/meta#> .\n"
            "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
            ":%s a <http://www.w3.org/1999/02/22-rdf-syntax-ns#Property> ;\n"
            "  rdfs:label \"%s\"@en ; rdfs:comment \"An attribute.\"@en ;\n"
            "  rdfs:range <http://www.w3.org/2001/XMLSchema#decimal> ;\n"
            "  ic:appliesTo ic:Offer ; ic:match ic:AtLeast .\n",
            attribute, attribute);
    fclose(file);
    return directory;
}

static bool knows(const struct exchange *x, const char *attribute)
{
    struct ic_ontology *ontology = ic_catalog_ontology(x->fixture->catalog);
    const bool known = ic_ontology_attribute(ontology, attribute) != NULL;
    ic_ontology_release(ontology);
    return known;
}

static void load_ontology(const struct exchange *x, const char *attribute)
{
    assert_int_equal(ic_chores_load_ontology(chores, ontology_with(x, attribute), NULL), IC_OK);
}

static size_t queued(const struct exchange *x)
{
    size_t count, running;
    ic_jobs_count(x->service->jobs, &count, &running);
    return count;
}

static void an_ontology_is_loaded_by_a_worker(void **state)
{
    struct exchange *x = *state;
    x->idle_workers = true;
    load_ontology(x, "first");
    assert_int_equal(queued(x), 1);
    /* What needs no worker goes on. */
    check_has(ask(x, "get", USER1, "<ping xmlns='urn:xmpp:ping'/>"), "type='result'");
    assert_false(knows(x, "first"));
    assert_false(ic_service_idle(x->service));
    run_work(x);
    assert_true(knows(x, "first"));
    assert_true(ic_service_idle(x->service));
    assert_int_equal(x->stanzas, 1);
}

static void the_ontology_asked_for_last_counts(void **state)
{
    struct exchange *x = *state;
    load_ontology(x, "first");
    load_ontology(x, "second");
    load_ontology(x, "third");
    assert_int_equal(queued(x), 1);
    run_work(x);
    assert_true(knows(x, "first"));
    ic_chores_tick(chores);
    assert_int_equal(queued(x), 1);
    run_work(x);
    assert_true(knows(x, "third"));
    assert_false(knows(x, "second"));
    ic_chores_tick(chores);
    assert_int_equal(queued(x), 0);
}

static void a_wrong_ontology_changes_nothing(void **state)
{
    struct exchange *x = *state;
    load_ontology(x, "first");
    run_work(x);
    assert_int_equal(ic_chores_load_ontology(chores, "/nowhere", NULL), IC_OK);
    run_work(x);
    assert_true(knows(x, "first"));
    ic_chores_tick(chores);
    assert_int_equal(queued(x), 0);
}

static void what_was_not_begun_is_tried_again(void **state)
{
    struct exchange *x = *state;
    load_ontology(x, "first");
    service_time_ms += QUEUE_MS + 1;
    ic_service_tick(x->service);
    assert_int_equal(queued(x), 0);
    assert_false(knows(x, "first"));
    ic_chores_tick(chores);
    assert_int_equal(queued(x), 1);
    run_work(x);
    assert_true(knows(x, "first"));
}

static void what_finds_no_place_is_tried_again(void **state)
{
    struct exchange *x = *state;
    x->settings.jobs.queued_max = 1;
    change_settings(x);
    x->idle_workers = true;
    execute(x, USER1, "catalog_status", "<getStatus " NS "/>");
    load_ontology(x, "first");
    ic_chores_tick(chores);
    assert_int_equal(queued(x), 1);
    run_work(x);
    assert_false(knows(x, "first"));
    ic_chores_tick(chores);
    run_work(x);
    assert_true(knows(x, "first"));
}

static void sweeps_what_has_expired(void **state)
{
    struct exchange *x = *state;
    struct ic_catalog_stats stats;
    publish_clouds(x);
    x->fixture->now_ms += 2 * DAY_MS;
    ic_chores_sweep(chores);
    ic_chores_sweep(chores);
    assert_int_equal(queued(x), 1);
    assert_int_equal(ic_catalog_stats(x->fixture->catalog, &stats, NULL), IC_OK);
    assert_int_equal(stats.advertisements, 3);
    run_work(x);
    assert_int_equal(ic_catalog_stats(x->fixture->catalog, &stats, NULL), IC_OK);
    assert_int_equal(stats.advertisements, 0);
}

static void nothing_is_begun_at_the_end(void **state)
{
    struct exchange *x = *state;
    load_ontology(x, "first");
    load_ontology(x, "second");
    ic_chores_stop(chores);
    run_work(x);
    assert_true(knows(x, "first"));
    ic_chores_tick(chores);
    ic_chores_sweep(chores);
    assert_int_equal(queued(x), 0);
    load_ontology(x, "third"); /* in vain; the teardown finds it */
    assert_int_equal(queued(x), 0);
}

/* With threads: while an ontology is loaded and the catalog swept, requests are answered. */
static void goes_on_beside_requests(void **state)
{
    struct exchange *x = *state;
    ic_service_free(x->service);
    ic_chores_free(chores);
    x->settings.jobs.workers = 4;
    start_service(x);
    chores = ic_chores_new(x->service, x->fixture->catalog);
    assert_non_null(chores);
    x->idle_workers = true;
    for (int round = 0; round < 20 || !knows(x, "first"); round++) {
        struct pollfd done = {.fd = ic_service_fd(x->service), .events = POLLIN};
        if (round == 0)
            load_ontology(x, "first");
        ic_chores_sweep(chores);
        execute(x, USER1, "constraint_catalog_resources", PAPER);
        ic_service_go(x->service);
        while (x->stanzas == 0) {
            assert_int_equal(poll(&done, 1, -1), 1);
            ic_service_finish(x->service);
        }
        check_has(x->sent.data, "<matchingClouds ");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_chores, teardown_chores)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_ontology_is_loaded_by_a_worker),  TEST(the_ontology_asked_for_last_counts),
        TEST(a_wrong_ontology_changes_nothing),   TEST(what_was_not_begun_is_tried_again),
        TEST(what_finds_no_place_is_tried_again), TEST(sweeps_what_has_expired),
        TEST(nothing_is_begun_at_the_end),        TEST(goes_on_beside_requests),
    };
    return cmocka_run_group_tests_name("chores", tests, NULL, NULL);
}
