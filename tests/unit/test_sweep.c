/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeping: what time has ended goes, in parts, and nothing else does. */
#include "catalog_fixture.h"

static void publish(struct fixture *f, const char *owner, const char *name, int64_t lease_ms)
{
    char turtle[512];
    snprintf(turtle, sizeof turtle,
             "x:%s a :Cloud ; :cloudName \"%s\" ; x:only \"of %s\", \"typed %s\"^^x:type-%s .",
             name, name, name, name, name);
    if (fixture_publish(f, owner, turtle, lease_ms, NULL) != IC_OK)
        fail_msg("%s", f->error.text);
}

static struct ic_swept sweep(struct fixture *f, size_t budget)
{
    struct ic_swept swept;
    if (ic_catalog_sweep(f->catalog, budget, &swept, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
    return swept;
}

static void tell(void *context, const char *message)
{
    (void)context;
    print_message("# %s\n", message);
}

static void verify(struct fixture *f)
{
    assert_int_equal(ic_catalog_verify(f->catalog, tell, NULL, &f->error), IC_OK);
}

static struct ic_catalog_stats stats(struct fixture *f)
{
    struct ic_catalog_stats read;
    assert_int_equal(ic_catalog_stats(f->catalog, &read, &f->error), IC_OK);
    return read;
}

static void expired_advertisements_go_in_parts(void **state)
{
    struct fixture *f = *state;
    char name[16];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "c%d", i);
        publish(f, "a@a.org", name, i < 4 ? DAY_MS * (i + 1) : 0);
    }
    struct ic_swept swept = sweep(f, 10);
    assert_true(swept.advertisements == 0 && swept.names == 0 && !swept.more);
    f->now_ms += 3 * DAY_MS; /* c0, c1, c2 */
    swept = sweep(f, 2);
    assert_true(swept.advertisements == 2 && swept.more);
    verify(f);
    swept = sweep(f, 2);
    assert_true(swept.advertisements == 1 && !swept.more);
    assert_int_equal(stats(f).advertisements, 2);
    assert_int_equal(stats(f).live_advertisements, 2);
    verify(f);
}

/* The name stays its owner's for 30 days after expiry, whenever the sweep came. */
static void names_outlive_what_was_swept(void **state)
{
    struct fixture *f = *state;
    publish(f, "a@a.org", "c", DAY_MS);
    f->now_ms += 20 * DAY_MS;
    assert_int_equal(sweep(f, 10).advertisements, 1);
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:c a :Cloud ; :cloudName \"c\" .", DAY_MS, NULL),
        IC_CONFLICT);
    f->now_ms = START_MS + DAY_MS + 30 * DAY_MS - 1;
    assert_int_equal(sweep(f, 10).names, 0);
    assert_int_equal(
        fixture_publish(f, "b@b.org", "x:c a :Cloud ; :cloudName \"c\" .", DAY_MS, NULL),
        IC_CONFLICT);
    f->now_ms++;
    assert_int_equal(sweep(f, 10).names, 1);
    assert_int_equal(sweep(f, 10).names, 0);
    verify(f);
    publish(f, "b@b.org", "c", DAY_MS);
    verify(f);
}

/* The owner publishes again after the sweep. */
static void a_swept_cloud_can_come_back(void **state)
{
    struct fixture *f = *state;
    struct fixture_published published = {.count = 0};
    publish(f, "a@a.org", "c", DAY_MS);
    f->now_ms += 2 * DAY_MS;
    sweep(f, 10);
    assert_int_equal(
        fixture_publish(f, "a@a.org", "x:c a :Cloud ; :cloudName \"c\" .", DAY_MS, &published),
        IC_OK);
    assert_int_equal(published.outcome, IC_PUBLISHED_NEW);
    assert_int_equal(stats(f).live_advertisements, 1);
    verify(f);
}

static uint64_t sweep_terms(struct fixture *f, size_t budget)
{
    uint64_t removed, all = 0;
    bool done = false;
    while (!done) {
        assert_int_equal(ic_catalog_sweep_terms(f->catalog, budget, &removed, &done, &f->error),
                         IC_OK);
        all += removed;
    }
    return all;
}

static void terms_that_nothing_uses_go(void **state)
{
    struct fixture *f = *state;
    publish(f, "a@a.org", "kept", 0);
    struct ic_document *plain =
        fixture_document("x:in-a-graph x:has \"a typed\"^^x:type-graph .");
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", plain, false, &f->error), IC_OK);
    ic_document_free(plain);
    sweep_terms(f, 1000000);
    const uint64_t before = stats(f).terms;
    publish(f, "a@a.org", "gone", DAY_MS);
    const uint64_t added = stats(f).terms - before;
    assert_true(added >= 4);
    assert_int_equal(sweep_terms(f, 1000000), 0); /* all are in use */
    f->now_ms += 2 * DAY_MS;
    sweep(f, 10);
    assert_int_equal(sweep_terms(f, 7), added);
    assert_int_equal(stats(f).terms, before);
    verify(f);
    publish(f, "a@a.org", "gone", DAY_MS); /* with new numbers */
    verify(f);
}

/* A query may hold the id of a term that is to go: it stays until no query runs. */
static void terms_stay_while_a_query_runs(void **state)
{
    struct fixture *f = *state;
    struct ic_dataset *dataset;
    uint64_t removed;
    bool done = false;
    enum ic_status status = IC_OK;
    publish(f, "a@a.org", "gone", DAY_MS);
    f->now_ms += 2 * DAY_MS;
    sweep(f, 10);
    const uint64_t before = stats(f).terms;
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    while (status == IC_OK && !done)
        status = ic_catalog_sweep_terms(f->catalog, 1000, &removed, &done, &f->error);
    assert_int_equal(status, IC_BUSY);
    ic_dataset_free(dataset);
    assert_int_equal(stats(f).terms, before);
    assert_true(sweep_terms(f, 1000) >= 4);
    verify(f);
}

/* Publishing is enough: what expired goes without anybody sweeping, a few at a time, but not
 * what the publication itself renews. */
static void publications_sweep(void **state)
{
    struct fixture *f = *state;
    struct fixture_published published = {.count = 0};
    char name[16];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "c%d", i);
        publish(f, "a@a.org", name, DAY_MS);
    }
    f->now_ms += 2 * DAY_MS;
    assert_int_equal(fixture_publish(f, "a@a.org", "x:c0 a :Cloud ; :cloudName \"c0\" .",
                                     DAY_MS, &published),
                     IC_OK);
    assert_int_equal(published.outcome, IC_PUBLISHED_REPLACED);
    const uint64_t left = stats(f).advertisements;
    assert_true(left > 1 && left < 6);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "d%d", i);
        publish(f, "a@a.org", name, DAY_MS);
    }
    assert_int_equal(stats(f).advertisements, 6);
    assert_int_equal(stats(f).live_advertisements, 6);
    assert_int_equal(sweep(f, 10).advertisements, 0);
    verify(f);
}

/* What is published between two parts of a sweep keeps its terms, also old ones that had no
 * use when the sweep began. */
static void a_sweep_sees_what_is_published_meanwhile(void **state)
{
    struct fixture *f = *state;
    uint64_t removed;
    bool done = false;
    publish(f, "a@a.org", "first", 0);
    publish(f, "a@a.org", "again", DAY_MS);
    f->now_ms += 2 * DAY_MS;
    sweep(f, 10);
    for (int i = 0; !done; i++) {
        assert_int_equal(ic_catalog_sweep_terms(f->catalog, 3, &removed, &done, &f->error),
                         IC_OK);
        assert_int_equal(removed, 0);
        if (i == 2)
            publish(f, "a@a.org", "again", 0);
    }
    verify(f);
    assert_int_equal(stats(f).live_advertisements, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(expired_advertisements_go_in_parts),
        TEST(names_outlive_what_was_swept),
        TEST(a_swept_cloud_can_come_back),
        TEST(terms_that_nothing_uses_go),
        TEST(terms_stay_while_a_query_runs),
        TEST(publications_sweep),
        TEST(a_sweep_sees_what_is_published_meanwhile),
    };
    return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
