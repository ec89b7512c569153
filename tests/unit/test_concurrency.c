/* SPDX-License-Identifier: Apache-2.0 */
/* Publishers, ontology loads, checkpoints and backups beside readers, in threads: every reader
 * sees one commit, whole, for as long as it looks; nobody stops anybody. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "catalog_fixture.h"

#include "catalog/catalog_internal.h"
#include "catalog/sets.h"
#include "catalog/store_shared.h"
#include "catalog/value_key.h"
#include "catalog/view.h"

enum { PUBLISHERS = 4, READERS = 3, PAIRS = 3, CLOUDS = PUBLISHERS * PAIRS };

/* Publisher P owns pairs of clouds: both of a pair are published by one document, with the same
 * value; a reader must never see them differ. */
struct crowd {
    struct fixture *fixture;
    atomic_bool stop;
    atomic_uint commits;
    atomic_uint wrong;
    atomic_uint filled; /* sets that had something in them */
    bool only_pairs;    /* nothing but the pairs is published */
};

/* cmocka's assertions are for one thread: the others count what was wrong, and say it. */
static void wrong(struct crowd *crowd, const char *what)
{
    atomic_fetch_add(&crowd->wrong, 1);
    fprintf(stderr, "# %s\n", what);
}

struct publisher {
    struct crowd *crowd;
    int number;
    unsigned rounds;
    pthread_t thread;
};

static void ignore(void *context, const struct ic_published *published)
{
    (void)context;
    (void)published;
}

/* Publishes pair `pair` with `value`; again when the ontology changed meanwhile. */
static bool publish_pair(struct crowd *crowd, int publisher, int pair, unsigned value)
{
    char text[512], owner[32];
    struct ic_error error = {.status = IC_OK};
    enum ic_status status;
    snprintf(owner, sizeof owner, "p%d@a.org", publisher);
    snprintf(text, sizeof text,
             "x:c%d-%d-a a :Cloud ; :cloudName \"c%d-%d-a\" ; :replicationFactor %u ."
             "x:c%d-%d-b a :Cloud ; :cloudName \"c%d-%d-b\" ; :replicationFactor %u .",
             publisher, pair, publisher, pair, value, publisher, pair, publisher, pair, value);
    const struct ic_publish_options options = {.owner = owner, .format = "turtle"};
    do {
        struct ic_document *document = fixture_document(text);
        status = ic_catalog_publish(crowd->fixture->catalog, document, &options, ignore, NULL,
                                    &error);
        ic_document_free(document);
    } while (status == IC_BUSY);
    if (status != IC_OK)
        wrong(crowd, error.text);
    atomic_fetch_add(&crowd->commits, 1);
    return status == IC_OK;
}

static void *publish_rounds(void *context)
{
    struct publisher *publisher = context;
    struct crowd *crowd = publisher->crowd;
    struct ic_error error;
    char name[32], owner[32];
    snprintf(owner, sizeof owner, "p%d@a.org", publisher->number);
    for (unsigned round = 1; round <= publisher->rounds; round++)
        for (int pair = 0; pair < PAIRS; pair++) {
            if (!publish_pair(crowd, publisher->number, pair, round))
                return NULL;
            if (pair != 0 || round % 5 || crowd->only_pairs)
                continue;
            /* A cloud beside the pairs that comes and goes. */
            snprintf(name, sizeof name, "c%d-9-a", publisher->number);
            if (!publish_pair(crowd, publisher->number, 9, round) ||
                ic_catalog_withdraw(crowd->fixture->catalog, owner, name, NULL, &error) !=
                    IC_OK)
                wrong(crowd, "a cloud that was published cannot be withdrawn");
        }
    return NULL;
}

static void start(struct publisher publishers[PUBLISHERS], struct crowd *crowd, unsigned rounds)
{
    for (int i = 0; i < PUBLISHERS; i++) {
        publishers[i] = (struct publisher){.crowd = crowd, .number = i, .rounds = rounds};
        assert_int_equal(
            pthread_create(&publishers[i].thread, NULL, publish_rounds, &publishers[i]), 0);
    }
}

static void finish(struct publisher publishers[PUBLISHERS])
{
    for (int i = 0; i < PUBLISHERS; i++)
        pthread_join(publishers[i].thread, NULL);
}

/* ---- reading ---- */

enum { SETS_VALUES = 10 };

/* Copies of what sets.h shows; NULL where it was not asked. */
struct sets_seen {
    roaring_bitmap_t *stated, *equal[SETS_VALUES];
};

/* The value of each cloud of the pairs, 0 where it is not there. */
struct sight {
    unsigned values[PUBLISHERS][PAIRS][2];
    size_t quads;
};

static enum ic_status note(struct ic_dataset *dataset, const struct ic_quad *quad,
                           struct sight *sight, struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term subject, object;
    int publisher, pair;
    char which;
    enum ic_status status = ic_dataset_term(dataset, quad->subject, arena, &subject, error);
    if (status == IC_OK)
        status = ic_dataset_term(dataset, quad->object, arena, &object, error);
    if (status == IC_OK &&
        sscanf(subject.text, "http://x.org/c%d-%d-%c", &publisher, &pair, &which) == 3 &&
        pair < PAIRS)
        sight->values[publisher][pair][which == 'b'] = (unsigned)strtoul(object.text, NULL, 10);
    ic_arena_free(arena);
    return status;
}

static enum ic_status see(struct ic_dataset *dataset, struct sight *sight,
                          struct ic_error *error)
{
    const struct ic_term property = ic_term_iri(IC_NS "replicationFactor");
    struct ic_quad pattern = {.graph = IC_DEFAULT_GRAPH}, quad;
    struct ic_cursor *cursor = NULL;
    bool found = true;
    *sight = (struct sight){.quads = 0};
    enum ic_status status = ic_dataset_find(dataset, &property, &pattern.predicate, error);
    if (status == IC_OK)
        status = ic_dataset_open(dataset, &pattern, &cursor, error);
    while (status == IC_OK &&
           (status = ic_cursor_next(cursor, &quad, &found, error)) == IC_OK && found) {
        sight->quads++;
        status = note(dataset, &quad, sight, error);
    }
    ic_cursor_close(cursor);
    return status;
}

/* The ontology of a view is that of its commit. */
static bool right_ontology(struct view *view)
{
    struct store_value value = {.data = NULL};
    struct ic_error error;
    const char *digest = ic_ontology_digest(view->ontology);
    bool found;
    const bool right = store_get(&view->store, STORE_META, "ontology-digest", 15, &value,
                                 &found, &error) == IC_OK &&
                       found && value.size == strlen(digest) &&
                       memcmp(value.data, digest, value.size) == 0;
    store_value_free(&value);
    return right;
}

static void check_sight(struct crowd *crowd, const struct sight *sight)
{
    for (int i = 0; i < PUBLISHERS; i++)
        for (int pair = 0; pair < PAIRS; pair++)
            if (sight->values[i][pair][0] != sight->values[i][pair][1])
                wrong(crowd, "a publication was seen by half");
}

/* Opens a view, looks twice with commits between, and must see the same. */
static void *read_on(void *context)
{
    struct crowd *crowd = context;
    struct ic_error error;
    while (!crowd->stop) {
        struct ic_dataset *dataset;
        struct sight first, again;
        if (ic_catalog_dataset(crowd->fixture->catalog, NULL, &dataset, &error) != IC_OK) {
            wrong(crowd, error.text);
            break;
        }
        if (!right_ontology((struct view *)dataset))
            wrong(crowd, "a view has the ontology of another commit");
        if (see(dataset, &first, &error) != IC_OK)
            wrong(crowd, error.text);
        check_sight(crowd, &first);
        for (const unsigned seen = crowd->commits; crowd->commits < seen + 3 && !crowd->stop;)
            sched_yield();
        if (see(dataset, &again, &error) != IC_OK)
            wrong(crowd, error.text);
        if (memcmp(&first, &again, sizeof first) != 0)
            wrong(crowd, "a view changed while it was open");
        ic_dataset_free(dataset);
    }
    return NULL;
}

/* Both clouds of the first pair have the value of one commit: a request for any value has both
 * in its answer or none. The request goes through the sets of the cache, where there is one. */
static void *match_on(void *context)
{
    struct crowd *crowd = context;
    struct ic_error error;
    for (unsigned value = 1; !crowd->stop; value = value % 10 + 1) {
        char text[64];
        const char *const texts[] = {text};
        struct ic_request *request = NULL;
        struct ic_answer *answer = NULL;
        const struct ic_match_options options = {.view = {NULL, 0}};
        snprintf(text, sizeof text, "replicationFactor = %u", value);
        enum ic_status status = ic_request_parse("request", texts, 1, &request, &error);
        if (status == IC_OK)
            status =
                ic_catalog_match(crowd->fixture->catalog, request, &options, &answer, &error);
        int halves[PUBLISHERS][10] = {{0}};
        for (size_t i = 0; status == IC_OK && i < answer->shown; i++) {
            int publisher, pair;
            char which;
            if (sscanf(answer->clouds[i].name, "c%d-%d-%c", &publisher, &pair, &which) == 3)
                halves[publisher][pair] += which == 'a' ? 1 : -1;
        }
        for (int i = 0; i < PUBLISHERS * 10; i++)
            if (halves[i / 10][i % 10] != 0 && i % 10 != 9)
                wrong(crowd, "an answer has half of a publication");
        if (status != IC_OK)
            wrong(crowd, error.text);
        ic_answer_free(answer);
        ic_request_free(request);
    }
    return NULL;
}

/* The sets of one view, taken twice with commits between: borrowed from the cache while the
 * view is of the last commit, read as of its own afterwards. */
static enum ic_status take_sets(struct view *view, struct sets_seen *seen,
                                struct ic_error *error)
{
    const struct ic_term property = ic_term_iri(IC_NS "replicationFactor");
    struct entry_set equal = {.bits = NULL}, stated = {.bits = NULL};
    uint64_t id;
    *seen = (struct sets_seen){.stated = NULL};
    enum ic_status status = ic_dataset_find(&view->dataset, &property, &id, error);
    sets_begin(view);
    if (status == IC_OK)
        status = set_stated(view, id, &stated, error);
    if (status == IC_OK)
        seen->stated = roaring_bitmap_copy(stated.bits);
    for (unsigned value = 1; status == IC_OK && value <= SETS_VALUES; value++) {
        char text[16];
        struct value_key key;
        snprintf(text, sizeof text, "%u", value);
        const struct ic_term number = {.kind = IC_LITERAL,
                                       .text = text,
                                       .length = strlen(text),
                                       .datatype = IC_NS_XSD "integer"};
        const struct value_range range = {.low = &key, .high = &key};
        if (!value_key_of(&number, &key))
            break;
        struct entry_union parts = {.sets = NULL};
        status = set_range(view, id, &range, &parts, error);
        if (status == IC_OK)
            status = entry_unions_meet(&parts, 1, &equal, error);
        if (status == IC_OK)
            seen->equal[value - 1] = roaring_bitmap_copy(equal.bits);
        entry_set_free(&equal);
        entry_union_free(&parts);
    }
    entry_set_free(&stated);
    sets_end(view);
    return status;
}

static bool same_bits(const roaring_bitmap_t *a, const roaring_bitmap_t *b)
{
    return a && b ? roaring_bitmap_equals(a, b) : a == b;
}

static bool same_sets(const struct sets_seen *a, const struct sets_seen *b)
{
    bool same = same_bits(a->stated, b->stated);
    for (int i = 0; i < SETS_VALUES; i++)
        same = same && same_bits(a->equal[i], b->equal[i]);
    return same;
}

static void free_sets(struct sets_seen *seen)
{
    if (seen->stated)
        roaring_bitmap_free(seen->stated);
    for (int i = 0; i < SETS_VALUES; i++)
        if (seen->equal[i])
            roaring_bitmap_free(seen->equal[i]);
}

/* Both of a pair in a set or none: an even number of entries. */
static bool in_pairs(const struct sets_seen *seen)
{
    for (int i = 0; i < SETS_VALUES; i++)
        if (seen->equal[i] && roaring_bitmap_get_cardinality(seen->equal[i]) % 2)
            return false;
    return true;
}

static void *take_on(void *context)
{
    struct crowd *crowd = context;
    struct ic_error error;
    while (!crowd->stop) {
        struct ic_dataset *dataset;
        struct sets_seen first = {.stated = NULL}, again = {.stated = NULL};
        if (ic_catalog_dataset(crowd->fixture->catalog, NULL, &dataset, &error) != IC_OK ||
            take_sets((struct view *)dataset, &first, &error) != IC_OK) {
            wrong(crowd, error.text);
            break;
        }
        for (const unsigned seen = crowd->commits; crowd->commits < seen + 2 && !crowd->stop;)
            sched_yield();
        if (take_sets((struct view *)dataset, &again, &error) != IC_OK)
            wrong(crowd, error.text);
        if (!same_sets(&first, &again))
            wrong(crowd, "the sets of a view changed while it was open");
        for (int i = 0; i < SETS_VALUES; i++)
            crowd->filled += first.equal[i] && !roaring_bitmap_is_empty(first.equal[i]);
        if (crowd->only_pairs && !in_pairs(&first))
            wrong(crowd, "a set has half of a publication");
        free_sets(&first);
        free_sets(&again);
        ic_dataset_free(dataset);
    }
    return NULL;
}

/* The ontology by turns with and without a property more. */
static void *load_ontologies(void *context)
{
    struct crowd *crowd = context;
    struct ic_document **documents;
    struct ic_error error;
    size_t count;
    if (catalog_read_directory("ontology", &documents, &count, &error) != IC_OK) {
        wrong(crowd, error.text);
        return NULL;
    }
    struct ic_document **more = calloc(count + 1, sizeof *more);
    memcpy(more, documents, count * sizeof *more);
    more[count] = fixture_document(
        "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . "
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
        ":more a rdf:Property ; rdfs:label \"more\" ; rdfs:comment \"a comment\" ; "
        "rdfs:range xsd:string ; <" IC_NS_META "match> <" IC_NS_META "Equal> .");
    for (int i = 0; i < 4; i++)
        if (ic_catalog_load_ontology(crowd->fixture->catalog, more, count + (i % 2 == 0),
                                     &error) != IC_OK)
            wrong(crowd, error.text);
    ic_document_free(more[count]);
    free(more);
    catalog_free_documents(documents, count);
    return NULL;
}

static unsigned rounds_of_test(void)
{
    const char *given = getenv("INTERCLOUD_TEST_ROUNDS");
    return given ? (unsigned)strtoul(given, NULL, 10) : 10;
}

static void complain(void *context, const char *message)
{
    (void)context;
    fprintf(stderr, "# %s\n", message);
}

static void check_end(struct crowd *crowd)
{
    struct fixture *f = crowd->fixture;
    assert_int_equal(crowd->wrong, 0);
    assert_int_equal(ic_catalog_verify(f->catalog, complain, NULL, &f->error), IC_OK);
    assert_null(f->catalog->store.shared->versions.first);
}

static void readers_see_one_commit_beside_publishers_and_ontologies(void **state)
{
    struct crowd crowd = {.fixture = *state};
    struct publisher publishers[PUBLISHERS];
    pthread_t readers[READERS], loader;
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &crowd), 0);
    start(publishers, &crowd, rounds_of_test());
    assert_int_equal(pthread_create(&loader, NULL, load_ontologies, &crowd), 0);
    finish(publishers);
    pthread_join(loader, NULL);
    crowd.stop = true;
    for (int i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    check_end(&crowd);
}

static void answers_and_sets_are_of_one_commit_beside_publishers(void **state)
{
    struct crowd crowd = {.fixture = *state, .only_pairs = true};
    struct publisher publishers[PUBLISHERS];
    pthread_t matchers[2], takers[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&matchers[i], NULL, match_on, &crowd), 0);
        assert_int_equal(pthread_create(&takers[i], NULL, take_on, &crowd), 0);
    }
    start(publishers, &crowd, rounds_of_test());
    finish(publishers);
    crowd.stop = true;
    for (int i = 0; i < 2; i++) {
        pthread_join(matchers[i], NULL);
        pthread_join(takers[i], NULL);
    }
    assert_true(crowd.filled > 0);
    check_end(&crowd);
}

/* A reader that stands still in the middle of its work: the publishers all come to their end,
 * and it goes on where it was. */
static void a_stalled_reader_stops_nobody(void **state)
{
    struct crowd crowd = {.fixture = *state};
    struct publisher publishers[PUBLISHERS];
    struct ic_dataset *dataset;
    struct ic_cursor *cursor;
    struct ic_error error;
    struct ic_quad pattern = {.graph = IC_DEFAULT_GRAPH}, quad;
    struct sight before = {.quads = 0}, after;
    bool found = true;
    for (int i = 0; i < PUBLISHERS; i++)
        for (int pair = 0; pair < PAIRS; pair++)
            publish_pair(&crowd, i, pair, 77);
    const struct ic_term property = ic_term_iri(IC_NS "replicationFactor");
    assert_int_equal(ic_catalog_dataset(crowd.fixture->catalog, NULL, &dataset, &error), IC_OK);
    assert_int_equal(ic_dataset_find(dataset, &property, &pattern.predicate, &error), IC_OK);
    assert_int_equal(ic_dataset_open(dataset, &pattern, &cursor, &error), IC_OK);
    assert_int_equal(ic_cursor_next(cursor, &quad, &found, &error), IC_OK);
    note(dataset, &quad, &before, &error);

    start(publishers, &crowd, rounds_of_test());
    finish(publishers);

    while (ic_cursor_next(cursor, &quad, &found, &error) == IC_OK && found)
        note(dataset, &quad, &before, &error);
    for (int i = 0; i < PUBLISHERS; i++)
        for (int pair = 0; pair < PAIRS; pair++)
            assert_int_equal(before.values[i][pair][0], 77);
    ic_cursor_close(cursor);
    assert_int_equal(see(dataset, &after, &error), IC_OK);
    assert_int_equal(after.quads, 2 * CLOUDS);
    ic_dataset_free(dataset);
    check_end(&crowd);
}

/* ---- checkpoints and backups ---- */

static void *checkpoint_on(void *context)
{
    struct crowd *crowd = context;
    struct ic_error error;
    while (!crowd->stop) {
        if (store_checkpoint(&crowd->fixture->catalog->store, true, &error) != IC_OK)
            wrong(crowd, error.text);
        for (const unsigned seen = crowd->commits; crowd->commits < seen + 3 && !crowd->stop;)
            sched_yield();
    }
    return NULL;
}

/* Every acknowledged value is in the copy, or a later one; and the copy is whole. */
static void check_backup(struct crowd *crowd, const char *directory,
                         const unsigned least[PUBLISHERS])
{
    struct fixture copy = {.now_ms = START_MS, .catalog_directory = strdup(directory)};
    struct ic_dataset *dataset;
    struct sight sight;
    if (fixture_open(&copy, false) != IC_OK)
        fail_msg("%s", copy.error.text);
    assert_int_equal(ic_catalog_verify(copy.catalog, complain, NULL, &copy.error), IC_OK);
    assert_int_equal(ic_catalog_dataset(copy.catalog, NULL, &dataset, &copy.error), IC_OK);
    assert_int_equal(see(dataset, &sight, &copy.error), IC_OK);
    check_sight(crowd, &sight);
    for (int i = 0; i < PUBLISHERS; i++)
        assert_true(sight.values[i][0][0] >= least[i]);
    ic_dataset_free(dataset);
    ic_catalog_close(copy.catalog);
    free(copy.catalog_directory);
}

static void backups_while_publishing_are_whole(void **state)
{
    struct crowd crowd = {.fixture = *state};
    struct fixture *f = crowd.fixture;
    struct publisher publishers[PUBLISHERS];
    pthread_t checkpoints;
    start(publishers, &crowd, 4 * rounds_of_test());
    assert_int_equal(pthread_create(&checkpoints, NULL, checkpoint_on, &crowd), 0);
    for (int i = 0; i < 2; i++) {
        struct ic_dataset *dataset;
        struct sight sight;
        unsigned least[PUBLISHERS];
        char directory[128];
        snprintf(directory, sizeof directory, "%s/backup%d", f->directory, i);
        assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &dataset, &f->error), IC_OK);
        assert_int_equal(see(dataset, &sight, &f->error), IC_OK);
        ic_dataset_free(dataset);
        for (int k = 0; k < PUBLISHERS; k++)
            least[k] = sight.values[k][0][0];
        if (ic_catalog_backup(f->catalog, directory, &f->error) != IC_OK)
            fail_msg("%s", f->error.text);
        check_backup(&crowd, directory, least);
    }
    finish(publishers);
    crowd.stop = true;
    pthread_join(checkpoints, NULL);
    check_end(&crowd);
}

/* ---- a failure in the middle ---- */

static void the_ontology_is_read_again_after_a_reopening(void **state)
{
    struct crowd crowd = {.fixture = *state};
    struct fixture *f = crowd.fixture;
    struct ic_dataset *old, *new;
    struct sight sight;
    publish_pair(&crowd, 0, 0, 5);
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &old, &f->error), IC_OK);
    struct ic_ontology *before = ic_catalog_ontology(f->catalog);
    f->catalog->store.shared->broken = true;
    assert_int_equal(ic_catalog_dataset(f->catalog, NULL, &new, &f->error), IC_OK);
    assert_true(((struct view *)new)->ontology != before);
    assert_string_equal(ic_ontology_digest(((struct view *)new)->ontology),
                        ic_ontology_digest(before));
    assert_int_equal(see(new, &sight, &f->error), IC_OK);
    assert_int_equal(sight.values[0][0][0], 5);
    assert_int_equal(see(old, &sight, &f->error), IC_BUSY);
    assert_non_null(strstr(f->error.text, "ask again"));
    ic_ontology_release(before);
    ic_dataset_free(old);
    ic_dataset_free(new);
    publish_pair(&crowd, 0, 0, 6);
    assert_string_equal(fixture_match(f, "replicationFactor 6"), "c0-0-a c0-0-b");
    check_end(&crowd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(readers_see_one_commit_beside_publishers_and_ontologies),
        TEST(answers_and_sets_are_of_one_commit_beside_publishers),
        TEST(a_stalled_reader_stops_nobody),
        TEST(backups_while_publishing_are_whole),
        TEST(the_ontology_is_read_again_after_a_reopening),
    };
    return cmocka_run_group_tests_name("concurrency", tests, NULL, NULL);
}
