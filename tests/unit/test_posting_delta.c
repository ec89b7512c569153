/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of postings that wait, against plain sets: what snapshots and the writer see while
 * commits merge, after aborts, reopenings, and transactions that write through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/posting_delta.h"
#include "catalog/postings.h"
#include "catalog/store.h"
#include "catalog/store_shared.h"
#include "catalog/term_id.h"

enum {
    PROPERTIES = 3,
    OBJECTS = 12, /* of each property: half of them numbers */
    ORDINALS = 9000,
    SNAPSHOTS = 3,
    MANY = 40000 /* changes that no transaction keeps in memory */
};

struct model {
    bool has[PROPERTIES][OBJECTS][ORDINALS];
};

struct reader {
    bool open;
    struct store store;
    struct model model;
};

struct fixture {
    char directory[64];
    struct ic_limits limits;
    struct store store;
    uint64_t properties[PROPERTIES], objects[OBJECTS], seed;
    struct model model, next;
    struct reader readers[SNAPSHOTS];
    struct ic_error error;
};

static uint32_t draw(struct fixture *f, uint32_t limit)
{
    f->seed = f->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(f->seed >> 33) % limit;
}

static void open_store(struct fixture *f)
{
    assert_int_equal(store_open(&f->store, f->directory, true, &f->limits, &f->error), IC_OK);
}

static int setup(void **state)
{
    static const char *const numbers[] = {"-2.5", "0.25", "1.5", "9.75", "10.5", "99.5"};
    struct fixture *f = calloc(1, sizeof *f);
    const char *given = getenv("INTERCLOUD_TEST_SEED");
    f->seed = given ? strtoull(given, NULL, 10) : 20240301;
    print_message("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)f->seed);
    strcpy(f->directory, "/tmp/intercloud-delta-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    f->limits.values[IC_LIMIT_CHANGES] = 16384;
    f->limits.values[IC_LIMIT_LOG] = 1024 * 1024;
    open_store(f);
    for (size_t i = 0; i < PROPERTIES; i++)
        f->properties[i] = (i * 300 + 1) << 2;
    for (size_t i = 0; i < OBJECTS; i++)
        f->objects[i] = (i * 100 + 1) << 2;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        const struct ic_term term = ic_term_literal(numbers[i], IC_XSD_DECIMAL);
        assert_true(term_id_of_inline(&term, &f->objects[i]));
    }
    *state = f;
    return 0;
}

static void close_readers(struct fixture *f)
{
    for (size_t i = 0; i < SNAPSHOTS; i++)
        if (f->readers[i].open) {
            store_snapshot_close(&f->readers[i].store);
            f->readers[i].open = false;
        }
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    close_readers(f);
    store_close(&f->store);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f);
    return code;
}

static void change(struct fixture *f, uint32_t count, bool keep)
{
    f->next = f->model;
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t p = draw(f, PROPERTIES), o = draw(f, OBJECTS);
        const uint32_t ordinal = o % 3 == 0 ? draw(f, 40) * 200 : draw(f, ORDINALS);
        const bool add = draw(f, 2);
        assert_int_equal((add ? posting_add : posting_remove)(
                             &f->store, f->properties[p], f->objects[o], ordinal, &f->error),
                         IC_OK);
        f->next.has[p][o][ordinal] = add;
    }
    if (keep) {
        assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
        f->model = f->next;
    } else {
        store_abort(&f->store);
    }
}

static void check_pair(struct fixture *f, struct store *store, const struct model *model,
                       size_t p, size_t o)
{
    roaring_bitmap_t *found = roaring_bitmap_create();
    uint32_t expected = 0;
    assert_int_equal(posting_read(store, f->properties[p], f->objects[o], found, &f->error),
                     IC_OK);
    for (uint32_t i = 0; i < ORDINALS; i++) {
        expected += model->has[p][o][i];
        if (model->has[p][o][i] != roaring_bitmap_contains(found, i))
            fail_msg("property %zu, object %zu, ordinal %u", p, o, i);
    }
    assert_int_equal(roaring_bitmap_get_cardinality(found), expected);
    roaring_bitmap_free(found);
    const uint32_t ordinal = draw(f, ORDINALS);
    bool has;
    assert_int_equal(
        posting_has(store, f->properties[p], f->objects[o], ordinal, &has, &f->error), IC_OK);
    assert_int_equal(has, model->has[p][o][ordinal]);
}

/* What posting_each passes on. */
struct passed {
    struct fixture *f;
    const struct model *model;
    size_t p, count;
    bool seen[OBJECTS];
    struct value_key last;
};

static enum ic_status check_passed(void *context, uint64_t object, struct ordinal_bits *bits,
                                   struct ic_error *error)
{
    struct passed *passed = context;
    size_t o = 0;
    uint64_t expected = 0;
    (void)error;
    while (o < OBJECTS && passed->f->objects[o] != object)
        o++;
    assert_in_range(o, 0, OBJECTS - 1);
    assert_false(passed->seen[o]);
    passed->seen[o] = true;
    for (uint32_t i = 0; i < ORDINALS; i++)
        expected += passed->model->has[passed->p][o][i];
    assert_int_equal(ordinal_bits_count(bits), expected);
    assert_true(expected > 0);
    if (term_id_has_value(object)) {
        struct value_key key;
        term_id_value_key(object, &key);
        if (passed->count)
            assert_true(value_key_compare(&passed->last, &key) < 0);
        passed->last = key;
        passed->count++;
    }
    return IC_OK;
}

static bool any(const struct model *model, size_t p, size_t o)
{
    return memchr(model->has[p][o], 1, ORDINALS) != NULL;
}

static void check_walk(struct fixture *f, struct store *store, const struct model *model,
                       size_t p, bool ranged)
{
    struct value_key low, high;
    const uint32_t first = draw(f, OBJECTS / 2), last = first + draw(f, OBJECTS / 2 - first);
    const struct value_range range = {.low = &low, .high = &high};
    struct passed passed = {.f = f, .model = model, .p = p};
    term_id_value_key(f->objects[first], &low);
    term_id_value_key(f->objects[last], &high);
    assert_int_equal(posting_each(store, f->properties[p], ranged ? &range : NULL, check_passed,
                                  &passed, &f->error),
                     IC_OK);
    for (size_t o = 0; o < OBJECTS; o++)
        assert_int_equal(passed.seen[o],
                         any(model, p, o) && (!ranged || (o >= first && o <= last)));
}

static void check(struct fixture *f, struct store *store, const struct model *model)
{
    for (int i = 0; i < 4; i++)
        check_pair(f, store, model, draw(f, PROPERTIES), draw(f, OBJECTS));
    check_walk(f, store, model, draw(f, PROPERTIES), draw(f, 2));
}

/* Opens a snapshot, or looks once more and closes it. */
static void read_some(struct fixture *f)
{
    struct reader *reader = &f->readers[draw(f, SNAPSHOTS)];
    if (!reader->open) {
        store_snapshot_open(&f->store, &reader->store, NULL, NULL);
        reader->model = f->model;
    } else {
        check(f, &reader->store, &reader->model);
        store_snapshot_close(&reader->store);
    }
    reader->open = !reader->open;
}

static void snapshots_and_the_writer_see_sets(void **state)
{
    enum { ROUNDS = 400 };
    struct fixture *f = *state;
    for (int round = 0; round < ROUNDS; round++) {
        const uint32_t what = draw(f, 100);
        if (what < 60)
            change(f, draw(f, 120), draw(f, 10) != 0);
        else if (what < 62)
            change(f, MANY, draw(f, 2));
        else if (what < 94)
            read_some(f);
        else if (what < 96)
            assert_int_equal(posting_delta_settle(&f->store, &f->error), IC_OK);
        else if (what < 98) {
            close_readers(f);
            assert_int_equal(store_reopen(&f->store, f->directory, &f->error), IC_OK);
        } else {
            close_readers(f);
            store_close(&f->store);
            open_store(f);
            assert_int_equal(posting_delta_count(f->store.shared->delta), 0);
        }
        check(f, &f->store, &f->model);
        for (size_t i = 0; i < SNAPSHOTS; i++)
            if (f->readers[i].open)
                check_pair(f, &f->readers[i].store, &f->readers[i].model, draw(f, PROPERTIES),
                           draw(f, OBJECTS));
    }
}

static size_t count_records(struct fixture *f, enum store_database database)
{
    struct store_scan scan;
    size_t count = 0;
    bool found;
    assert_int_equal(store_scan_open(&f->store, database, "", 0, NULL, 0, &scan, &f->error),
                     IC_OK);
    while (store_scan_next(&scan, &found, &f->error) == IC_OK && found)
        count++;
    store_scan_close(&scan);
    return count;
}

/* As many wait as should, and their records do not become more and more. */
static void what_waits_is_bounded(void **state)
{
    enum { ROUNDS = 600, CHANGES = 20, WAITING_MAX = 16384 / 48, TURNS = 4 };
    struct fixture *f = *state;
    for (int round = 0; round < ROUNDS; round++)
        change(f, CHANGES, true);
    assert_in_range(posting_delta_count(f->store.shared->delta), 1, WAITING_MAX + CHANGES);
    assert_in_range(count_records(f, STORE_POSTING_CHANGES), 1,
                    TURNS * (WAITING_MAX / CHANGES + 1));
    assert_int_equal(posting_delta_settle(&f->store, &f->error), IC_OK);
    assert_int_equal(posting_delta_count(f->store.shared->delta), 0);
    assert_int_equal(count_records(f, STORE_POSTING_CHANGES), 0);
    for (size_t p = 0; p < PROPERTIES; p++)
        for (size_t o = 0; o < OBJECTS; o++)
            check_pair(f, &f->store, &f->model, p, o);
}

/* A transaction reads what it has changed so far. */
static void the_writer_reads_what_it_noted(void **state)
{
    struct fixture *f = *state;
    bool has;
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    assert_int_equal(posting_add(&f->store, 8, 12, 7, &f->error), IC_OK);
    assert_int_equal(posting_has(&f->store, 8, 12, 7, &has, &f->error), IC_OK);
    assert_true(has);
    assert_int_equal(posting_remove(&f->store, 8, 12, 7, &f->error), IC_OK);
    assert_int_equal(posting_has(&f->store, 8, 12, 7, &has, &f->error), IC_OK);
    assert_false(has);
    store_abort(&f->store);
}

static void damaged_records_are_refused(void **state)
{
    static const struct {
        const char *record;
        size_t size;
    } bad[] = {
        {"\x01", 1},                             /* no count */
        {"\x01\x02\x03\x08", 4},                 /* fewer changes than it says */
        {"\xFF\xFF\xFF\xFF\x7F\x01\x03\x08", 8}, /* no ordinal */
        {"\x01\xFF", 2},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char key[] = "\x00\x00\x00\x00\x01";
        assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
        assert_int_equal(store_put(&f->store, STORE_POSTING_CHANGES, key, NUMBER_KEY_BYTES,
                                   bad[i].record, bad[i].size, &f->error),
                         IC_OK);
        assert_int_equal(posting_delta_load(&f->store, &f->error), IC_CORRUPT);
        store_abort(&f->store);
    }
    assert_int_equal(posting_delta_load(&f->store, &f->error), IC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(snapshots_and_the_writer_see_sets, setup, teardown),
        cmocka_unit_test_setup_teardown(what_waits_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(the_writer_reads_what_it_noted, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_records_are_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("posting_delta", tests, NULL, NULL);
}
