/* SPDX-License-Identifier: Apache-2.0 */
/* The dataset in memory: every shape of pattern against a scan of the same statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/dataset.h"
#include "catalog/document.h"

static void add(struct ic_document *document, const char *s, const char *p, const char *o,
                const char *g)
{
    const struct ic_term subject = ic_term_iri(s), predicate = ic_term_iri(p);
    const struct ic_term object = ic_term_iri(o), graph = ic_term_iri(g ? g : "");
    assert_int_equal(
        ic_document_add(document, &subject, &predicate, &object, g ? &graph : NULL, 0, NULL),
        IC_OK);
}

static struct ic_dataset *dataset_of(struct ic_document *const *documents,
                                     const char *const *graphs, size_t count)
{
    struct ic_dataset *dataset;
    struct ic_error error;
    assert_int_equal(ic_dataset_from_documents(documents, graphs, count, &dataset, &error),
                     IC_OK);
    return dataset;
}

static uint64_t id_of(struct ic_dataset *dataset, const char *iri)
{
    const struct ic_term term = ic_term_iri(iri);
    uint64_t id;
    assert_int_equal(ic_dataset_find(dataset, &term, &id, NULL), IC_OK);
    return id;
}

static size_t count_matches(struct ic_dataset *dataset, struct ic_quad pattern)
{
    struct ic_cursor *cursor;
    struct ic_quad quad;
    size_t count = 0;
    bool found;
    assert_int_equal(ic_dataset_open(dataset, &pattern, &cursor, NULL), IC_OK);
    for (;;) {
        assert_int_equal(ic_cursor_next(cursor, &quad, &found, NULL), IC_OK);
        if (!found)
            break;
        count++;
        assert_true(pattern.subject == IC_ANY || quad.subject == pattern.subject);
        assert_true(pattern.predicate == IC_ANY || quad.predicate == pattern.predicate);
        assert_true(pattern.object == IC_ANY || quad.object == pattern.object);
        if (pattern.graph == IC_ANY)
            assert_true(quad.graph != IC_DEFAULT_GRAPH);
        else
            assert_true(quad.graph == pattern.graph);
    }
    ic_cursor_close(cursor);
    return count;
}

/* ---- every shape of pattern ---- */

enum { TERMS = 5, GRAPHS = 3, STATEMENTS = 300 };

static const char *const terms[TERMS] = {"urn:a", "urn:b", "urn:c", "urn:d", "urn:e"};
static const char *const graph_names[GRAPHS] = {NULL, "urn:g1", "urn:g2"};

/* How often each possible quad was written: 0 or 1 after merging. */
struct model {
    unsigned char has[TERMS][TERMS][TERMS][GRAPHS];
};

static size_t model_count(const struct model *model, int s, int p, int o, int g)
{
    size_t count = 0;
    for (int i = 0; i < TERMS; i++)
        for (int j = 0; j < TERMS; j++)
            for (int k = 0; k < TERMS; k++)
                for (int l = 0; l < GRAPHS; l++)
                    count += model->has[i][j][k][l] && (s < 0 || s == i) && (p < 0 || p == j) &&
                             (o < 0 || o == k) && (g < 0 ? l > 0 : g == l);
    return count;
}

static uint64_t term_or_any(struct ic_dataset *dataset, int index)
{
    return index < 0 ? IC_ANY : id_of(dataset, terms[index]);
}

static void every_pattern_finds_what_a_scan_finds(void **state)
{
    (void)state;
    enum { SEED = 20100622 };
    unsigned seed = SEED;
    struct model model = {0};
    struct ic_document *document = ic_document_new("test", NULL);
    for (size_t i = 0; i < TERMS; i++) /* all terms exist */
        add(document, terms[i], terms[i], terms[i], NULL), model.has[i][i][i][0] = 1;
    for (int i = 0; i < STATEMENTS; i++) {
        const int s = rand_r(&seed) % TERMS, p = rand_r(&seed) % TERMS;
        const int o = rand_r(&seed) % TERMS, g = rand_r(&seed) % GRAPHS;
        add(document, terms[s], terms[p], terms[o], graph_names[g]);
        model.has[s][p][o][g] = 1;
    }
    struct ic_dataset *dataset = dataset_of(&document, NULL, 1);
    for (int s = -1; s < TERMS; s++)
        for (int p = -1; p < TERMS; p++)
            for (int o = -1; o < TERMS; o++)
                for (int g = -1; g < GRAPHS; g++) {
                    const struct ic_quad pattern = {term_or_any(dataset, s),
                                                    term_or_any(dataset, p),
                                                    term_or_any(dataset, o),
                                                    g < 0    ? IC_ANY
                                                    : g == 0 ? IC_DEFAULT_GRAPH
                                                             : id_of(dataset, graph_names[g])};
                    const size_t expected = model_count(&model, s, p, o, g);
                    const size_t found = count_matches(dataset, pattern);
                    if (found != expected)
                        fail_msg("seed %d: pattern %d %d %d %d gives %zu of %zu", SEED, s, p, o,
                                 g, found, expected);
                }
    ic_dataset_free(dataset);
    ic_document_free(document);
}

/* ---- what goes where ---- */

static void repeated_statements_count_once(void **state)
{
    (void)state;
    struct ic_document *documents[2] = {ic_document_new("1", NULL), ic_document_new("2", NULL)};
    add(documents[0], "urn:a", "urn:p", "urn:b", NULL);
    add(documents[0], "urn:a", "urn:p", "urn:b", NULL);
    add(documents[1], "urn:a", "urn:p", "urn:b", NULL);
    add(documents[1], "urn:a", "urn:p", "urn:b", "urn:g");
    struct ic_dataset *dataset = dataset_of(documents, NULL, 2);
    assert_int_equal(count_matches(dataset, (struct ic_quad){.graph = IC_DEFAULT_GRAPH}), 1);
    assert_int_equal(count_matches(dataset, (struct ic_quad){.graph = IC_ANY}), 1);
    ic_dataset_free(dataset);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
}

static void a_given_graph_takes_all_statements(void **state)
{
    (void)state;
    struct ic_document *documents[2] = {ic_document_new("1", NULL), ic_document_new("2", NULL)};
    const char *graphs[2] = {"urn:given", "urn:empty"};
    add(documents[0], "urn:a", "urn:p", "urn:b", NULL);
    add(documents[0], "urn:a", "urn:p", "urn:c", "urn:own");
    struct ic_dataset *dataset = dataset_of(documents, graphs, 2);
    assert_int_equal(count_matches(dataset, (struct ic_quad){.graph = IC_DEFAULT_GRAPH}), 0);
    assert_int_equal(
        count_matches(dataset, (struct ic_quad){.graph = id_of(dataset, "urn:given")}), 2);
    uint64_t *ids;
    size_t count;
    assert_int_equal(ic_dataset_graphs(dataset, &ids, &count, NULL), IC_OK);
    assert_int_equal(count, 2); /* the given ones, the empty one too; not urn:own */
    const uint64_t own = id_of(dataset, "urn:own");
    for (size_t i = 0; i < count; i++)
        assert_true(ids[i] != own);
    free(ids);
    ic_dataset_free(dataset);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
}

static void add_blank(struct ic_document *document, const char *label, const char *object)
{
    const struct ic_term subject = {.kind = IC_BLANK, .text = label, .length = strlen(label)};
    const struct ic_term predicate = ic_term_iri("urn:p"), o = ic_term_iri(object);
    assert_int_equal(ic_document_add(document, &subject, &predicate, &o, NULL, 0, NULL), IC_OK);
}

/* The subject of the one statement with that object. */
static uint64_t subject_of(struct ic_dataset *dataset, const char *object)
{
    const struct ic_quad pattern = {.object = id_of(dataset, object),
                                    .graph = IC_DEFAULT_GRAPH};
    struct ic_cursor *cursor;
    struct ic_quad quad;
    bool found;
    assert_int_equal(ic_dataset_open(dataset, &pattern, &cursor, NULL), IC_OK);
    assert_int_equal(ic_cursor_next(cursor, &quad, &found, NULL), IC_OK);
    assert_true(found);
    ic_cursor_close(cursor);
    return quad.subject;
}

static void blank_nodes_of_documents_never_meet(void **state)
{
    (void)state;
    /* "x_d1_0" is the name that a second "x" would get. */
    struct ic_document *documents[2] = {ic_document_new("1", NULL), ic_document_new("2", NULL)};
    add_blank(documents[0], "x", "urn:1x");
    add_blank(documents[0], "x_d1_0", "urn:1y");
    add_blank(documents[1], "x", "urn:2x");
    add_blank(documents[1], "x_d1_0", "urn:2y");
    struct ic_dataset *dataset = dataset_of(documents, NULL, 2);
    const char *const objects[] = {"urn:1x", "urn:1y", "urn:2x", "urn:2y"};
    struct ic_term labels[4];
    for (size_t i = 0; i < 4; i++) {
        const uint64_t id = subject_of(dataset, objects[i]);
        assert_int_equal(ic_dataset_term(dataset, id, NULL, &labels[i], NULL), IC_OK);
        assert_int_equal(labels[i].kind, IC_BLANK);
        for (size_t k = 0; k < i; k++) {
            assert_true(id != subject_of(dataset, objects[k]));
            assert_string_not_equal(labels[i].text, labels[k].text);
        }
    }
    ic_dataset_free(dataset);
    ic_document_free(documents[0]);
    ic_document_free(documents[1]);
}

static void unknown_terms_match_nothing(void **state)
{
    (void)state;
    struct ic_document *document = ic_document_new("test", NULL);
    add(document, "urn:a", "urn:p", "urn:b", NULL);
    struct ic_dataset *dataset = dataset_of(&document, NULL, 1);
    assert_true(id_of(dataset, "urn:nowhere") == IC_UNKNOWN_TERM);
    const struct ic_quad pattern = {.subject = IC_UNKNOWN_TERM, .graph = IC_DEFAULT_GRAPH};
    assert_int_equal(count_matches(dataset, pattern), 0);
    struct ic_term term;
    assert_int_equal(ic_dataset_term(dataset, 1000, NULL, &term, NULL), IC_CORRUPT);
    ic_dataset_free(dataset);
    ic_document_free(document);
}

static void nothing_is_a_dataset(void **state)
{
    (void)state;
    struct ic_dataset *dataset = dataset_of(NULL, NULL, 0);
    assert_int_equal(count_matches(dataset, (struct ic_quad){.graph = IC_DEFAULT_GRAPH}), 0);
    assert_int_equal(count_matches(dataset, (struct ic_quad){.graph = IC_ANY}), 0);
    ic_dataset_free(dataset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pattern_finds_what_a_scan_finds),
        cmocka_unit_test(repeated_statements_count_once),
        cmocka_unit_test(a_given_graph_takes_all_statements),
        cmocka_unit_test(blank_nodes_of_documents_never_meet),
        cmocka_unit_test(unknown_terms_match_nothing),
        cmocka_unit_test(nothing_is_a_dataset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
