/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots of the store: what they see beside transactions, compared with a plain model; the
 * bound on the memory of replaced values; shared flushes; reopening. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/store_shared.h"

struct bare {
    char directory[64];
    struct store store;
    struct ic_error error;
};

static int setup_bare(void **state)
{
    struct bare *f = calloc(1, sizeof *f);
    strcpy(f->directory, "/tmp/intercloud-snapshots-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(store_open(&f->store, f->directory, true, NULL, &f->error), IC_OK);
    *state = f;
    return 0;
}

static int teardown_bare(void **state)
{
    struct bare *f = *state;
    char command[128];
    store_close(&f->store);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f);
    return code;
}

static uint64_t seed_of_test(void)
{
    const char *given = getenv("INTERCLOUD_TEST_SEED");
    const uint64_t seed = given ? strtoull(given, NULL, 10) : 20240301;
    print_message("# INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static uint32_t random_below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % limit;
}

static void put(struct bare *f, const char *key, const char *value)
{
    if (store_put(&f->store, STORE_META, key, strlen(key), value, strlen(value), &f->error) !=
        IC_OK)
        fail_msg("%s", f->error.text);
}

static void commit(struct bare *f)
{
    if (store_commit(&f->store, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

static void begin(struct bare *f)
{
    if (store_begin(&f->store, &f->error) != IC_OK)
        fail_msg("%s", f->error.text);
}

/* What a handle has under a key; "-" where there is nothing, "!" where it is too old. Static.
 */
static const char *get(struct store *store, const char *key)
{
    static char text[64];
    struct store_value value = {.data = NULL};
    bool found;
    struct ic_error error;
    const enum ic_status status =
        store_get(store, STORE_META, key, strlen(key), &value, &found, &error);
    if (status == IC_OK && found)
        snprintf(text, sizeof text, "%.*s", (int)value.size, (char *)value.data);
    else
        strcpy(text, status == IC_OK ? "-" : status == IC_BUSY ? "!" : error.text);
    store_value_free(&value);
    return text;
}

static void a_snapshot_sees_its_commit_for_ever(void **state)
{
    struct bare *f = *state;
    struct store old, now;
    begin(f);
    put(f, "a", "1");
    put(f, "gone", "here");
    commit(f);
    store_snapshot_open(&f->store, &old, NULL, NULL);
    begin(f);
    put(f, "a", "2");
    put(f, "a", "3");
    put(f, "new", "1");
    store_delete(&f->store, STORE_META, "gone", 4, NULL, 0, NULL);
    assert_string_equal(get(&f->store, "a"), "3");
    assert_string_equal(get(&old, "a"), "1");
    assert_string_equal(get(&old, "new"), "-");
    assert_string_equal(get(&old, "gone"), "here");
    store_snapshot_open(&f->store, &now, NULL, NULL); /* beside the running transaction */
    commit(f);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(get(i ? &old : &now, "a"), "1");
        assert_string_equal(get(i ? &old : &now, "new"), "-");
        assert_string_equal(get(i ? &old : &now, "gone"), "here");
    }
    store_latch_shared(&now);
    assert_false(store_is_current(&now));
    assert_string_equal(get(&now, "a"), "1");
    store_unlatch(&now);
    store_snapshot_close(&now);
    store_snapshot_open(&f->store, &now, NULL, NULL);
    assert_string_equal(get(&now, "a"), "3");
    assert_string_equal(get(&now, "gone"), "-");
    store_latch_shared(&now);
    assert_true(store_is_current(&now));
    store_unlatch(&now);
    store_snapshot_close(&old);
    store_snapshot_close(&now);
    assert_null(f->store.shared->versions.first);
    assert_int_equal(f->store.shared->versions.bytes, 0);
}

static void an_aborted_transaction_leaves_nothing(void **state)
{
    struct bare *f = *state;
    struct store snapshot;
    begin(f);
    put(f, "a", "1");
    commit(f);
    for (int many = 0; many < 2; many++) {
        begin(f);
        if (many)
            store_expect_many(&f->store);
        store_snapshot_open(&f->store, &snapshot, NULL, NULL);
        put(f, "a", "2");
        put(f, "b", "2");
        assert_string_equal(get(&snapshot, "a"), "1");
        store_abort(&f->store);
        assert_string_equal(get(&snapshot, "a"), "1");
        assert_string_equal(get(&snapshot, "b"), "-");
        assert_string_equal(get(&f->store, "a"), "1");
        assert_null(f->store.shared->versions.first);
        store_snapshot_close(&snapshot);
    }
}

static void a_short_transaction_without_readers_keeps_nothing(void **state)
{
    struct bare *f = *state;
    begin(f);
    put(f, "a", "1");
    assert_null(f->store.shared->versions.first);
    assert_int_equal(f->store.writing, STORE_ALONE);
    commit(f);
    begin(f);
    store_expect_many(&f->store);
    put(f, "a", "2");
    assert_non_null(f->store.shared->versions.first);
    assert_int_equal(f->store.writing, STORE_RECORDING);
    commit(f);
    assert_null(f->store.shared->versions.first);
}

/* The oldest snapshots pay for too many changes, the writer never. */
static void the_memory_of_versions_is_bounded(void **state)
{
    enum { ROUNDS = 200, MAX = 16 * 1024 };
    struct bare *f = *state;
    struct store oldest, newest;
    char value[200];
    f->store.shared->version_bytes_max = MAX;
    memset(value, 'x', sizeof value);
    begin(f);
    put(f, "a", "first");
    commit(f);
    store_snapshot_open(&f->store, &oldest, NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        begin(f);
        snprintf(value, sizeof value, "%0199d", i);
        put(f, "a", value);
        commit(f);
        assert_true(f->store.shared->versions.bytes <= MAX);
        if (i == ROUNDS / 2)
            store_snapshot_open(&f->store, &newest, NULL, NULL);
        if (i == 10)
            assert_string_equal(get(&oldest, "a"), "first");
    }
    assert_string_equal(get(&oldest, "a"), "!");
    struct store_scan scan;
    bool found;
    assert_int_equal(store_scan_open(&oldest, STORE_META, "", 0, NULL, 0, &scan, &f->error),
                     IC_OK);
    assert_int_equal(store_scan_next(&scan, &found, &f->error), IC_BUSY);
    assert_non_null(strstr(f->error.text, "too long"));
    store_scan_close(&scan);
    store_snapshot_close(&oldest);
    store_snapshot_close(&newest);
    assert_null(f->store.shared->versions.first);
}

/* A transaction that alone exceeds the bound shuts readers out until its end, and an abort of
 * it brings those back who saw the state before it. */
static void a_transaction_beyond_the_bound_goes_on_alone(void **state)
{
    struct bare *f = *state;
    struct store before;
    char key[32];
    f->store.shared->version_bytes_max = 4096;
    begin(f);
    put(f, "a", "1");
    commit(f);
    store_snapshot_open(&f->store, &before, NULL, NULL);
    for (int keep = 0; keep < 2; keep++) {
        begin(f);
        put(f, "a", "2");
        for (int i = 0; i < 100; i++) {
            snprintf(key, sizeof key, "key%d", i);
            put(f, key, "v");
        }
        assert_int_equal(f->store.writing, STORE_ALONE);
        assert_int_equal(f->store.shared->versions.bytes, 0);
        if (keep)
            commit(f);
        else
            store_abort(&f->store);
        assert_string_equal(get(&before, "a"), keep ? "!" : "1");
        assert_string_equal(get(&before, "key7"), keep ? "!" : "-");
    }
    store_snapshot_close(&before);
}

static void a_scan_of_the_writer_sees_what_it_writes(void **state)
{
    struct bare *f = *state;
    struct store_scan scan;
    bool found;
    char key[32], seen[400] = "";
    begin(f);
    for (int i = 0; i < 8; i++) {
        snprintf(key, sizeof key, "k%d", i);
        put(f, key, "1");
    }
    assert_int_equal(store_scan_open(&f->store, STORE_META, "k", 1, NULL, 0, &scan, &f->error),
                     IC_OK);
    while (store_scan_next(&scan, &found, &f->error) == IC_OK && found) {
        snprintf(key, sizeof key, "%.*s", (int)scan.key.size, (char *)scan.key.data);
        snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s=%.*s ", key,
                 (int)scan.data.size, (char *)scan.data.data);
        store_delete(&f->store, STORE_META, key, strlen(key), NULL, 0, NULL);
        if (strcmp(key, "k1") == 0) {
            put(f, "k15", "added");
            put(f, "k2", "changed");
            store_delete(&f->store, STORE_META, "k3", 2, NULL, 0, NULL);
            put(f, "k0", "behind");
        }
    }
    store_scan_close(&scan);
    store_abort(&f->store);
    assert_string_equal(seen, "k0=1 k1=1 k15=added k2=changed k4=1 k5=1 k6=1 k7=1 ");
}

/* ---- a random model ---- */

/* Keys are short, with zero and 0xFF bytes, one a prefix of another. */
enum { KEYS = 600, STATES = 24, VALUE_MAX = 9000, DATABASES = 2 };

/* 0: absent; else the value is made of this number. */
struct model {
    uint32_t values[DATABASES][KEYS];
};

static size_t key_of(uint32_t n, unsigned char key[8])
{
    static const unsigned char alphabet[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    size_t size = 0;
    for (n += 1; n; n /= 6)
        if (n % 6)
            key[size++] = alphabet[n % 6 - 1];
        else
            key[size++] = 0x40;
    return size;
}

static size_t value_of(uint32_t number, unsigned char value[VALUE_MAX])
{
    const size_t size = number % 97 == 0 ? number % VALUE_MAX
                        : number % 5     ? number % 40
                                         : number % 600;
    for (size_t i = 0; i < size; i++)
        value[i] = (unsigned char)(number + i * 7);
    return size;
}

static const enum store_database model_databases[DATABASES] = {STORE_META, STORE_NAMES};

static void check_get(struct store *store, const struct model *model, int database, uint32_t n)
{
    static unsigned char expected[VALUE_MAX];
    unsigned char key[8];
    struct store_value value = {.data = NULL};
    struct ic_error error;
    bool found;
    const uint32_t number = model->values[database][n];
    if (store_get(store, model_databases[database], key, key_of(n, key), &value, &found,
                  &error) != IC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(found, number != 0);
    if (found) {
        assert_int_equal(value.size, value_of(number, expected));
        if (value.size)
            assert_memory_equal(value.data, expected, value.size);
    }
    store_value_free(&value);
}

/* The model's keys in the store's order. */
static uint32_t sorted[KEYS];

static int compare_numbers(const void *left, const void *right)
{
    unsigned char a[8], b[8];
    const size_t a_size = key_of(*(const uint32_t *)left, a);
    const size_t b_size = key_of(*(const uint32_t *)right, b);
    return version_compare(a, a_size, b, b_size);
}

static void sort_keys(void)
{
    for (uint32_t i = 0; i < KEYS; i++)
        sorted[i] = i;
    qsort(sorted, KEYS, sizeof *sorted, compare_numbers);
}

/* A scan that stands somewhere, and what it has to see. */
struct walk {
    struct store_scan scan;
    const struct model *model;
    int database;
    unsigned char prefix[2];
    size_t prefix_size;
    uint32_t next; /* in sorted */
    bool open;
};

static void open_walk(struct walk *walk, struct store *store, const struct model *model,
                      uint64_t *seed)
{
    struct ic_error error;
    unsigned char key[8];
    *walk = (struct walk){.model = model, .open = true};
    walk->database = (int)random_below(seed, DATABASES);
    walk->prefix_size = random_below(seed, 3) ? 0 : 1;
    walk->prefix[0] = 0x80;
    const bool from = !walk->prefix_size && random_below(seed, 2);
    const uint32_t start = random_below(seed, KEYS);
    if (from)
        walk->next = start;
    const size_t size = from ? key_of(sorted[start], key) : 0;
    assert_int_equal(store_scan_open(store, model_databases[walk->database], walk->prefix,
                                     walk->prefix_size, from ? key : NULL, size, &walk->scan,
                                     &error),
                     IC_OK);
}

/* Steps once; closes at the end. */
static void step_walk(struct walk *walk)
{
    static unsigned char expected[VALUE_MAX];
    unsigned char key[8];
    struct ic_error error;
    bool found;
    size_t size = 0;
    uint32_t number = 0;
    for (; walk->next < KEYS; walk->next++) {
        size = key_of(sorted[walk->next], key);
        number = walk->model->values[walk->database][sorted[walk->next]];
        if (number && memcmp(key, walk->prefix, walk->prefix_size) == 0)
            break;
    }
    if (store_scan_next(&walk->scan, &found, &error) != IC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(found, walk->next < KEYS);
    if (!found) {
        store_scan_close(&walk->scan);
        walk->open = false;
        return;
    }
    assert_int_equal(walk->scan.key.size, size);
    assert_memory_equal(walk->scan.key.data, key, size);
    assert_int_equal(walk->scan.data.size, value_of(number, expected));
    if (walk->scan.data.size)
        assert_memory_equal(walk->scan.data.data, expected, walk->scan.data.size);
    walk->next++;
}

struct viewer {
    struct store snapshot;
    struct model model;
    struct walk walk;
    bool open;
};

/* One step of one of the snapshots. */
static void look(struct viewer *viewer, uint64_t *seed)
{
    if (!viewer->walk.open && random_below(seed, 2))
        open_walk(&viewer->walk, &viewer->snapshot, &viewer->model, seed);
    for (uint32_t i = random_below(seed, 30); viewer->walk.open && i; i--)
        step_walk(&viewer->walk);
    for (int i = 0; i < 4; i++)
        check_get(&viewer->snapshot, &viewer->model, (int)random_below(seed, DATABASES),
                  random_below(seed, KEYS));
}

static void close_viewer(struct viewer *viewer)
{
    while (viewer->walk.open)
        step_walk(&viewer->walk);
    store_snapshot_close(&viewer->snapshot);
    viewer->open = false;
}

/* One write of the running transaction, in the store and in the model. */
static void change(struct bare *f, struct model *model, uint64_t *seed)
{
    static unsigned char value[VALUE_MAX];
    unsigned char key[8];
    const int database = (int)random_below(seed, DATABASES);
    const uint32_t n = random_below(seed, KEYS);
    const uint32_t number = random_below(seed, 3) ? 1 + random_below(seed, 1000000) : 0;
    const size_t size = key_of(n, key);
    const enum ic_status status =
        number
            ? store_put(&f->store, model_databases[database], key, size, value,
                        value_of(number, value), &f->error)
            : store_delete(&f->store, model_databases[database], key, size, NULL, 0, &f->error);
    assert_int_equal(status, IC_OK);
    model->values[database][n] = number;
}

static void snapshots_and_scans_agree_with_a_model(void **state)
{
    enum { TRANSACTIONS = 400 };
    struct bare *f = *state;
    uint64_t seed = seed_of_test();
    struct model *committed = calloc(1, sizeof *committed), *next = calloc(1, sizeof *next);
    struct viewer *viewers = calloc(STATES, sizeof *viewers);
    sort_keys();
    for (int i = 0; i < TRANSACTIONS; i++) {
        *next = *committed;
        begin(f);
        if (random_below(&seed, 4) == 0)
            store_expect_many(&f->store);
        const uint32_t writes = random_below(&seed, 4) ? 20 : 400;
        for (uint32_t k = random_below(&seed, writes); k; k--) {
            change(f, next, &seed);
            struct viewer *viewer = &viewers[random_below(&seed, STATES)];
            if (f->store.writing == STORE_ALONE)
                continue; /* readers would wait for this thread */
            if (viewer->open && random_below(&seed, 12) == 0) {
                close_viewer(viewer);
            } else if (viewer->open) {
                look(viewer, &seed);
            } else if (random_below(&seed, 6) == 0) {
                store_snapshot_open(&f->store, &viewer->snapshot, NULL, NULL);
                viewer->model = *committed;
                viewer->open = true;
            }
            check_get(&f->store, next, 0, random_below(&seed, KEYS));
        }
        if (random_below(&seed, 4) == 0) {
            store_abort(&f->store);
        } else {
            commit(f);
            *committed = *next;
        }
        for (int k = 0; k < STATES; k++)
            if (viewers[k].open && random_below(&seed, 60) == 0)
                close_viewer(&viewers[k]);
    }
    for (int i = 0; i < STATES; i++)
        if (viewers[i].open)
            close_viewer(&viewers[i]);
    struct walk all = {.open = false};
    begin(f);
    for (int i = 0; i < 4; i++)
        for (open_walk(&all, &f->store, committed, &seed); all.open;)
            step_walk(&all);
    store_abort(&f->store);
    assert_null(f->store.shared->versions.first);
    free(viewers);
    free(committed);
    free(next);
}

/* ---- flushing and reopening ---- */

/* All who wait are served by flushes that began after their commit; none is lost. */
static void one_flush_serves_all_that_wait(void **state)
{
    struct bare *f = *state;
    struct store_ticket tickets[8];
    const uint64_t flushes = f->store.shared->flush.flushes;
    for (int i = 0; i < 8; i++) {
        begin(f);
        put(f, "a", "1");
        assert_int_equal(store_commit_write(&f->store, &tickets[i], &f->error), IC_OK);
    }
    for (int i = 0; i < 8; i++)
        assert_int_equal(store_wait(&f->store, &tickets[i], &f->error), IC_OK);
    assert_int_equal(f->store.shared->flush.flushes, flushes + 1);
}

static void a_reopened_store_refuses_older_snapshots(void **state)
{
    struct bare *f = *state;
    struct store old, now;
    struct store_ticket waiting;
    begin(f);
    put(f, "a", "1");
    commit(f);
    store_snapshot_open(&f->store, &old, NULL, NULL);
    begin(f);
    put(f, "a", "2");
    assert_int_equal(store_commit_write(&f->store, &waiting, &f->error), IC_OK);
    f->store.shared->broken = true;
    assert_int_equal(store_begin(&f->store, &f->error), IC_IO);
    assert_int_equal(store_reopen(&f->store, f->directory, &f->error), IC_OK);
    /* Whether that commit came to the disk, nobody knows: it is not acknowledged. */
    assert_int_equal(store_wait(&f->store, &waiting, &f->error), IC_IO);
    assert_false(store_broken(&f->store));
    assert_string_equal(get(&old, "a"), "!");
    store_snapshot_open(&f->store, &now, NULL, NULL);
    begin(f);
    put(f, "b", "1");
    commit(f);
    assert_string_equal(get(&now, "b"), "-");
    assert_string_equal(get(&f->store, "b"), "1");
    store_snapshot_close(&now);
    store_snapshot_close(&old);
}

static void a_failed_reopening_can_be_tried_again(void **state)
{
    struct bare *f = *state;
    struct store old;
    char name[STORE_FILE_NAME_MAX], file[192], away[128];
    store_database_file(STORE_GOSP, store_generation(&f->store), name);
    snprintf(file, sizeof file, "%s/%s", f->directory, name);
    snprintf(away, sizeof away, "%s/away", f->directory);
    begin(f);
    put(f, "a", "1");
    commit(f);
    store_snapshot_open(&f->store, &old, NULL, NULL);
    f->store.shared->broken = true;
    assert_int_equal(rename(file, away), 0);
    assert_int_not_equal(store_reopen(&f->store, f->directory, &f->error), IC_OK);
    assert_true(store_broken(&f->store));
    assert_string_equal(get(&old, "a"), "!");
    assert_int_equal(store_begin(&f->store, &f->error), IC_IO);
    assert_int_equal(store_checkpoint(&f->store, true, &f->error), IC_IO);
    assert_int_equal(rename(away, file), 0);
    assert_int_equal(store_reopen(&f->store, f->directory, &f->error), IC_OK);
    assert_string_equal(get(&f->store, "a"), "1");
    store_snapshot_close(&old);
}

static void count_call(void *context)
{
    ++*(int *)context;
}

static enum ic_status count_reopening(void *context, struct ic_error *error)
{
    const int calls = ++*(int *)context;
    return calls == 3 ? ic_fail(error, IC_CORRUPT, "refused") : IC_OK;
}

static void hooks_are_called_once_for_each_end(void **state)
{
    struct bare *f = *state;
    int calls = 0;
    struct store_hooks hooks = {.committed = count_call, .context = &calls};
    store_set_hooks(&f->store, &hooks);
    begin(f);
    put(f, "a", "1");
    commit(f);
    assert_int_equal(calls, 1);
    hooks = (struct store_hooks){.aborted = count_call, .context = &calls};
    store_set_hooks(&f->store, &hooks);
    begin(f);
    store_abort(&f->store); /* wrote nothing */
    assert_int_equal(calls, 1);
    begin(f);
    put(f, "a", "2");
    store_abort(&f->store);
    assert_int_equal(calls, 2);
    hooks = (struct store_hooks){.reopened = count_reopening, .context = &calls};
    store_set_hooks(&f->store, &hooks);
    assert_int_equal(store_reopen(&f->store, f->directory, &f->error), IC_CORRUPT);
    assert_int_equal(calls, 3);
    assert_true(store_broken(&f->store));
    assert_int_equal(store_reopen(&f->store, f->directory, &f->error), IC_OK);
    assert_int_equal(calls, 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_bare, teardown_bare)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_sees_its_commit_for_ever),
        TEST(an_aborted_transaction_leaves_nothing),
        TEST(a_short_transaction_without_readers_keeps_nothing),
        TEST(the_memory_of_versions_is_bounded),
        TEST(a_transaction_beyond_the_bound_goes_on_alone),
        TEST(a_scan_of_the_writer_sees_what_it_writes),
        TEST(snapshots_and_scans_agree_with_a_model),
        TEST(one_flush_serves_all_that_wait),
        TEST(a_reopened_store_refuses_older_snapshots),
        TEST(a_failed_reopening_can_be_tried_again),
        TEST(hooks_are_called_once_for_each_end),
    };
    return cmocka_run_group_tests_name("snapshots", tests, NULL, NULL);
}
