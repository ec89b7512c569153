/* SPDX-License-Identifier: Apache-2.0 */
/* Changing plain graphs: all or nothing, durable, and only plain graphs. */
#include "catalog_fixture.h"

struct changes {
    struct ic_document *terms;
    struct ic_graph_change items[16];
    size_t count;
};

static struct ic_term term(const char *text)
{
    if (strncmp(text, "_:", 2) == 0)
        return (struct ic_term){.kind = IC_BLANK, .text = text + 2, .length = strlen(text) - 2};
    return strncmp(text, "urn:", 4) == 0 ? ic_term_iri(text) : ic_term_literal(text, NULL);
}

static uint32_t number(struct changes *c, const char *text)
{
    const struct ic_term given = term(text);
    uint32_t node;
    assert_int_equal(ic_document_intern(c->terms, &given, &node, NULL), IC_OK);
    return node;
}

static void put(struct changes *c, enum ic_graph_change_kind kind, const char *graph,
                const char *object)
{
    c->items[c->count++] = (struct ic_graph_change){kind, number(c, graph), number(c, "urn:s"),
                                                    number(c, "urn:p"), number(c, object)};
}

static enum ic_status run(struct fixture *f, struct changes *c,
                          struct ic_graphs_changed *changed)
{
    const enum ic_status status =
        ic_catalog_change_graphs(f->catalog, c->terms, c->items, c->count, changed, &f->error);
    c->count = 0;
    return status;
}

static struct ic_catalog_stats stats(struct fixture *f)
{
    struct ic_catalog_stats stats;
    assert_int_equal(ic_catalog_stats(f->catalog, &stats, &f->error), IC_OK);
    return stats;
}

static void fail_problem(void *context, const char *message)
{
    (void)context;
    fail_msg("%s", message);
}

static void reopen_and_verify(struct fixture *f)
{
    ic_catalog_close(f->catalog);
    assert_int_equal(fixture_open(f, false), IC_OK);
    assert_int_equal(ic_catalog_verify(f->catalog, fail_problem, NULL, &f->error), IC_OK);
}

static void changes_count_what_they_changed(void **state)
{
    struct fixture *f = *state;
    struct changes c = {.terms = ic_document_new("changes", NULL)};
    struct ic_graphs_changed changed;
    const uint64_t before = stats(f).sequence;
    put(&c, IC_GRAPH_ADD, "urn:g", "one");
    put(&c, IC_GRAPH_ADD, "urn:g", "one");
    put(&c, IC_GRAPH_ADD, "urn:g", "two");
    put(&c, IC_GRAPH_ADD, "urn:h", "_:b");
    assert_int_equal(run(f, &c, &changed), IC_OK);
    assert_int_equal(changed.added, 3);
    assert_int_equal(changed.removed, 0);
    assert_int_equal(changed.sequence, before + 2); /* a record for each graph */
    assert_int_equal(stats(f).plain_graphs, 2);
    assert_int_equal(stats(f).plain_statements, 3);

    put(&c, IC_GRAPH_ADD, "urn:g", "one");
    put(&c, IC_GRAPH_REMOVE, "urn:g", "three");
    put(&c, IC_GRAPH_CLEAR, "urn:nothing", "");
    assert_int_equal(run(f, &c, &changed), IC_OK);
    assert_int_equal(changed.added + changed.removed, 0);
    assert_int_equal(changed.sequence, 0);
    assert_int_equal(stats(f).sequence, before + 2); /* nothing changed: no record */

    put(&c, IC_GRAPH_CLEAR, "urn:g", "");
    put(&c, IC_GRAPH_REMOVE, "urn:h", "_:b");
    put(&c, IC_GRAPH_ADD, "urn:h", "again");
    assert_int_equal(run(f, &c, &changed), IC_OK);
    assert_int_equal(changed.added, 1);
    assert_int_equal(changed.removed, 2);
    assert_int_equal(stats(f).plain_graphs, 1);
    assert_int_equal(stats(f).plain_statements, 1);
    reopen_and_verify(f);
    assert_int_equal(stats(f).plain_statements, 1);
    ic_document_free(c.terms);
}

static void one_bad_change_undoes_all(void **state)
{
    struct fixture *f = *state;
    struct changes c = {.terms = ic_document_new("changes", NULL)};
    struct ic_graphs_changed changed;
    static const struct {
        const char *graph, *subject, *predicate, *object;
        enum ic_status status;
        const char *text;
    } bad[] = {
        {"urn:intercloud:ontology", "urn:s", "urn:p", "o", IC_FORBIDDEN, "catalog's own"},
        {"urn:intercloud:metadata", "urn:s", "urn:p", "o", IC_FORBIDDEN, "catalog's own"},
        {"urn:intercloud:ad:admin:x", "urn:s", "urn:p", "o", IC_FORBIDDEN, "catalog's own"},
        {"_:b", "urn:s", "urn:p", "o", IC_BAD_INPUT, "a graph's name is an IRI"},
        {"literal", "urn:s", "urn:p", "o", IC_BAD_INPUT, "a graph's name is an IRI"},
        {"urn:g", "literal", "urn:p", "o", IC_BAD_INPUT, "subject is an IRI or a blank node"},
        {"urn:g", "urn:s", "literal", "o", IC_BAD_INPUT, "predicate is an IRI, not a literal"},
        {"urn:g", "urn:s", "_:b", "o", IC_BAD_INPUT, "predicate is an IRI, not a blank node"},
        {"urn:g", "_:b.", "urn:p", "o", IC_BAD_INPUT, "no blank node label"},
        {"urn:g", "_:-b", "urn:p", "o", IC_BAD_INPUT, "no blank node label"},
        {"urn:g", "urn:s", "urn:p", "_:b c", IC_BAD_INPUT, "no blank node label"},
        {"urn:g", "urn:s", "urn:p", "_:", IC_BAD_INPUT, "no blank node label"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(&c, IC_GRAPH_ADD, "urn:g", "good");
        c.items[c.count++] = (struct ic_graph_change){
            IC_GRAPH_ADD, number(&c, bad[i].graph), number(&c, bad[i].subject),
            number(&c, bad[i].predicate), number(&c, bad[i].object)};
        assert_int_equal(run(f, &c, &changed), bad[i].status);
        if (!strstr(f->error.text, bad[i].text))
            fail_msg("\"%s\" does not say \"%s\"", f->error.text, bad[i].text);
        assert_int_equal(stats(f).plain_statements, 0);
    }
    put(&c, IC_GRAPH_ADD, "urn:g", "_:a.b-1");
    put(&c, IC_GRAPH_ADD, "urn:g", "_:7");
    put(&c, IC_GRAPH_ADD, "urn:g", "_:\xc3\xa9");
    assert_int_equal(run(f, &c, &changed), IC_OK);
    assert_int_equal(changed.added, 3);
    ic_document_free(c.terms);
}

static void too_many_changes_name_the_limit(void **state)
{
    struct fixture *f = *state;
    struct ic_document *terms = ic_document_new("changes", NULL);
    const struct ic_graph_change none = {.kind = IC_GRAPH_CLEAR};
    struct ic_graphs_changed changed;
    assert_int_equal(ic_catalog_change_graphs(f->catalog, terms, &none,
                                              (size_t)IC_GRAPH_CHANGES_MAX + 1, &changed,
                                              &f->error),
                     IC_TOO_LARGE);
    assert_non_null(strstr(f->error.text, "the limit is 4194304"));
    ic_document_free(terms);
}

/* A large change is one transaction: as many statements as a program may well add at once. */
static void many_statements_at_once(void **state)
{
    enum { MANY = 50000 };
    struct fixture *f = *state;
    struct changes c = {.terms = ic_document_new("changes", NULL)};
    struct ic_graph_change *items = calloc(MANY, sizeof *items);
    struct ic_graphs_changed changed;
    for (int i = 0; i < MANY; i++) {
        char text[32];
        snprintf(text, sizeof text, "value %d", i);
        put(&c, IC_GRAPH_ADD, "urn:g", text);
        items[i] = c.items[--c.count];
    }
    assert_int_equal(
        ic_catalog_change_graphs(f->catalog, c.terms, items, MANY, &changed, &f->error), IC_OK);
    assert_int_equal(changed.added, MANY);
    for (int i = 0; i < MANY; i++)
        items[i].kind = IC_GRAPH_REMOVE;
    assert_int_equal(
        ic_catalog_change_graphs(f->catalog, c.terms, items, MANY, &changed, &f->error), IC_OK);
    assert_int_equal(changed.removed, MANY);
    assert_int_equal(stats(f).plain_graphs, 0);
    free(items);
    ic_document_free(c.terms);
    reopen_and_verify(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(changes_count_what_they_changed), TEST(one_bad_change_undoes_all),
        TEST(too_many_changes_name_the_limit), TEST(many_statements_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
