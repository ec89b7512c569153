/* SPDX-License-Identifier: Apache-2.0 */
/* Views: every pattern gives just what a filter over all quads gives; the default graph is a
 * merge; time decides what is shown. */
#include "catalog_fixture.h"

#include <time.h>

#include "catalog/dataset.h"

struct quads {
    struct ic_quad *items;
    size_t count;
};

static struct quads collect(struct fixture *f, struct ic_dataset *dataset,
                            const struct ic_quad *pattern)
{
    struct quads quads = {.items = NULL};
    struct ic_cursor *cursor;
    struct ic_quad quad;
    bool found;
    assert_int_equal(ic_dataset_open(dataset, pattern, &cursor, &f->error), IC_OK);
    while (ic_cursor_next(cursor, &quad, &found, &f->error) == IC_OK && found) {
        quads.items = realloc(quads.items, (quads.count + 1) * sizeof quad);
        quads.items[quads.count++] = quad;
    }
    assert_false(found);
    ic_cursor_close(cursor);
    return quads;
}

static bool fits(uint64_t wanted, uint64_t id)
{
    return wanted == IC_ANY || wanted == id;
}

/* How many of `all` the pattern should find. */
static size_t expected(const struct quads *all, const struct ic_quad *p)
{
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        const struct ic_quad *q = &all->items[i];
        count += fits(p->subject, q->subject) && fits(p->predicate, q->predicate) &&
                 fits(p->object, q->object) && fits(p->graph, q->graph);
    }
    return count;
}

static void fill(struct fixture *f)
{
    assert_int_equal(
        fixture_publish(f, "a@a.org",
                        "x:one a :Cloud ; :cloudName \"one\" ; x:shared x:part ;"
                        ":replicationFactor 5 ; :offers x:o1, x:o2 ."
                        "x:o1 :InterCloudStorageAccess \"NFS\" . x:part x:p \"v\" .",
                        0, NULL),
        IC_OK);
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     "x:two a :Cloud ; :cloudName \"two\" ; x:shared x:part ."
                                     "x:part x:p \"v\", \"w\" .",
                                     DAY_MS, NULL),
                     IC_OK);
    struct ic_document *plain = fixture_document("x:one x:p \"v\" . x:s x:p x:part .");
    assert_int_equal(
        ic_catalog_put_graph(f->catalog, "http://x.org/g", plain, false, &f->error), IC_OK);
    ic_document_free(plain);
}

/* The pattern that keeps the places of `quad` named by the bits of `mask`. */
static struct ic_quad masked(const struct ic_quad *quad, unsigned mask, uint64_t graph)
{
    return (struct ic_quad){mask & 1 ? quad->subject : IC_ANY,
                            mask & 2 ? quad->predicate : IC_ANY,
                            mask & 4 ? quad->object : IC_ANY, graph};
}

static void check_patterns(struct fixture *f, struct ic_dataset *dataset, uint64_t graph)
{
    const struct ic_quad everything = {.graph = graph};
    struct quads all = collect(f, dataset, &everything);
    assert_true(all.count > 10);
    for (size_t i = 0; i<all.count; i += all.count> 500 ? 97 : 1) {
        for (unsigned mask = 0; mask < 8; mask++) {
            const bool one_graph = graph == IC_ANY && (i & 1);
            const struct ic_quad pattern =
                masked(&all.items[i], mask, one_graph ? all.items[i].graph : graph);
            if (mask == 0 && !one_graph)
                continue;
            struct quads some = collect(f, dataset, &pattern);
            assert_int_equal(some.count, expected(&all, &pattern));
            for (size_t k = 0; k < some.count; k++)
                assert_true(fits(pattern.subject, some.items[k].subject) &&
                            fits(pattern.predicate, some.items[k].predicate) &&
                            fits(pattern.object, some.items[k].object));
            free(some.items);
        }
    }
    free(all.items);
}

static void every_pattern_finds_what_a_filter_finds(void **state)
{
    struct fixture *f = *state;
    struct ic_dataset *dataset;
    fill(f);
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    check_patterns(f, dataset, IC_ANY);
    check_patterns(f, dataset, IC_DEFAULT_GRAPH);
    ic_dataset_free(dataset);
}

static size_t count(struct fixture *f, const struct ic_view *view, const char *predicate,
                    uint64_t graph)
{
    struct ic_dataset *dataset;
    struct ic_quad pattern = {.graph = graph};
    const struct ic_term term = ic_term_iri(predicate);
    assert_int_equal(ic_catalog_dataset(f->catalog, view, &dataset, &f->error), IC_OK);
    assert_int_equal(ic_dataset_find(dataset, &term, &pattern.predicate, &f->error), IC_OK);
    struct quads quads = collect(f, dataset, &pattern);
    ic_dataset_free(dataset);
    free(quads.items);
    return quads.count;
}

static void the_default_graph_has_each_triple_once(void **state)
{
    struct fixture *f = *state;
    const struct ic_view later = {NULL, START_MS + 2 * DAY_MS};
    fill(f);
    assert_int_equal(count(f, NULL, "http://x.org/p", IC_DEFAULT_GRAPH), 2); /* "v", "w" */
    assert_int_equal(count(f, NULL, "http://x.org/p", IC_ANY), 5);
    /* When the second advertisement has expired its statements are gone from both. */
    assert_int_equal(count(f, &later, "http://x.org/p", IC_DEFAULT_GRAPH), 1);
    assert_int_equal(count(f, &later, "http://x.org/p", IC_ANY), 3);
}

static void metadata_says_who_published(void **state)
{
    struct fixture *f = *state;
    const struct ic_view later = {NULL, START_MS + 2 * DAY_MS};
    const char *owner = "http://www.csp/resOntology/meta#owner";
    fill(f);
    assert_int_equal(count(f, NULL, owner, IC_DEFAULT_GRAPH), 0);
    assert_int_equal(count(f, NULL, owner, IC_ANY), 2);
    assert_int_equal(count(f, &later, owner, IC_ANY), 1);
}

static uint64_t id_of(struct fixture *f, struct ic_dataset *dataset, const char *iri)
{
    const struct ic_term term = ic_term_iri(iri);
    uint64_t id;
    assert_int_equal(ic_dataset_find(dataset, &term, &id, &f->error), IC_OK);
    return id;
}

/* The graphs of the quads about `subject` are found by name, listed, and called by their
 * names. */
static void check_graph(struct fixture *f, const char *name, const char *subject,
                        size_t statements)
{
    struct ic_dataset *dataset;
    struct ic_term term;
    struct ic_arena *arena = ic_arena_new();
    uint64_t *graphs;
    size_t graph_count, listed = 0;
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    const uint64_t graph = id_of(f, dataset, name);
    const struct ic_quad in = {.graph = graph};
    struct quads quads = collect(f, dataset, &in);
    assert_int_equal(quads.count, statements);
    free(quads.items);
    const struct ic_quad about = {.subject = id_of(f, dataset, subject)};
    quads = collect(f, dataset, &about);
    for (size_t i = 0; i < quads.count; i++)
        assert_true(quads.items[i].graph == graph);
    assert_true(quads.count > 0);
    free(quads.items);
    const struct ic_quad known = {.subject = graph,
                                  .graph = id_of(f, dataset, IC_GRAPH_METADATA)};
    quads = collect(f, dataset, &known);
    assert_true(quads.count > 4);
    free(quads.items);
    assert_int_equal(ic_dataset_term(dataset, graph, arena, &term, &f->error), IC_OK);
    assert_string_equal(term.text, name);
    assert_int_equal(ic_dataset_graphs(dataset, &graphs, &graph_count, &f->error), IC_OK);
    for (size_t i = 0; i < graph_count; i++)
        listed += graphs[i] == graph;
    assert_int_equal(listed, 1);
    free(graphs);
    ic_arena_free(arena);
    ic_dataset_free(dataset);
}

/* A graph's name is a term like others: one id, whether or not a statement has it. */
static void graphs_of_advertisements_have_one_id(void **state)
{
    static const char name[] = "urn:intercloud:ad:a@a.org:one%20more";
    struct fixture *f = *state;
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     "x:one a :Cloud ; :cloudName \"one more\" ; x:p 5 .", 0,
                                     NULL),
                     IC_OK);
    check_graph(f, name, "http://x.org/one", 4);
    assert_int_equal(fixture_publish(f, "a@a.org",
                                     "x:two a :Cloud ; :cloudName \"two\" ;"
                                     "x:sees <urn:intercloud:ad:a@a.org:one%20more> .",
                                     0, NULL),
                     IC_OK);
    check_graph(f, name, "http://x.org/one", 4);
    check_graph(f, "urn:intercloud:ad:a@a.org:two", "http://x.org/two", 4);

    struct ic_dataset *dataset;
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    struct ic_quad seen = {.predicate = id_of(f, dataset, "http://x.org/sees")};
    struct quads quads = collect(f, dataset, &seen);
    assert_int_equal(quads.count, 1);
    assert_true(quads.items[0].object == id_of(f, dataset, name));
    free(quads.items);
    check_patterns(f, dataset, IC_ANY);
    static const char *const none[] = {"urn:intercloud:ad:",
                                       "urn:intercloud:ad:a@a.org",
                                       "urn:intercloud:ad:a@a.org:",
                                       "urn:intercloud:ad:b@b.org:two",
                                       "urn:intercloud:ad:a@a.org:one%2",
                                       "urn:intercloud:ad:a@a.org:%00",
                                       "urn:intercloud:ad:a@a.org:t%77o"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct ic_quad pattern = {.graph = id_of(f, dataset, none[i])};
        quads = collect(f, dataset, &pattern);
        assert_int_equal(quads.count, 0);
        free(quads.items);
    }
    ic_dataset_free(dataset);
}

/* A literal's id has the bits of some term's number: as a subject or a property it is none. */
static void literals_are_no_subjects_and_no_properties(void **state)
{
    struct fixture *f = *state;
    struct ic_dataset *dataset;
    fill(f);
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    for (uint64_t number = 1; number < 4000; number++) {
        const uint64_t id = number << 2 | 3;
        const struct ic_quad about = {.subject = id, .graph = IC_DEFAULT_GRAPH};
        const struct ic_quad having = {.predicate = id, .graph = IC_DEFAULT_GRAPH};
        struct quads quads = collect(f, dataset, &about);
        assert_int_equal(quads.count, 0);
        quads = collect(f, dataset, &having);
        assert_int_equal(quads.count, 0);
    }
    ic_dataset_free(dataset);
}

static void unknown_terms_match_nothing(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_int_equal(count(f, NULL, "http://nowhere.org/p", IC_ANY), 0);
    assert_int_equal(count(f, NULL, "http://nowhere.org/p", IC_DEFAULT_GRAPH), 0);
}

#define CLOUDS 1000
#define SECONDS_MAX 30 /* of processor time; it took minutes when it was quadratic */

static void many_clouds_may_describe_one_thing(void **state)
{
    struct fixture *f = *state;
    struct ic_dataset *dataset;
    char *text = NULL;
    size_t size;
    const clock_t before = clock();
    FILE *out = open_memstream(&text, &size);
    for (int i = 0; i < CLOUDS; i++)
        fprintf(out, "x:c%d a :Cloud ; :cloudName \"c%d\" ; x:shared x:part .\n", i, i);
    fputs("x:part x:p \"v\" .", out);
    fclose(out);
    assert_int_equal(fixture_publish(f, "a@a.org", text, 0, NULL), IC_OK);
    free(text);
    assert_int_equal(count(f, NULL, "http://x.org/p", IC_DEFAULT_GRAPH), 1);
    assert_int_equal(count(f, NULL, "http://x.org/p", IC_ANY), CLOUDS);

    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
    const struct ic_term owner = ic_term_iri(IC_NS_META "owner");
    struct ic_quad pattern = {.graph = IC_ANY};
    assert_int_equal(ic_dataset_find(dataset, &owner, &pattern.predicate, &f->error), IC_OK);
    struct quads owners = collect(f, dataset, &pattern);
    assert_int_equal(owners.count, CLOUDS);
    for (size_t i = 0; i < owners.count; i++) {
        struct quads again = collect(f, dataset, &owners.items[i]);
        assert_int_equal(again.count, 1);
        free(again.items);
    }
    free(owners.items);
    ic_dataset_free(dataset);
    assert_true((clock() - before) / CLOCKS_PER_SEC < SECONDS_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_pattern_finds_what_a_filter_finds),
        TEST(the_default_graph_has_each_triple_once),
        TEST(metadata_says_who_published),
        TEST(graphs_of_advertisements_have_one_id),
        TEST(literals_are_no_subjects_and_no_properties),
        TEST(unknown_terms_match_nothing),
        TEST(many_clouds_may_describe_one_thing),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
