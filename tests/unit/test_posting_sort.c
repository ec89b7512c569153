/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting postings: in memory and with runs on disk the result is the sorted input. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/posting_sort.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 20;
}

static int compare(const void *left, const void *right)
{
    const struct posting_tuple *a = left, *b = right;
    if (a->property != b->property)
        return a->property < b->property ? -1 : 1;
    if (a->object != b->object)
        return a->object < b->object ? -1 : 1;
    return (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

/* Sorts `count` tuples with memory for 64 Ki of them and compares with qsort. `much`: with more
 * at first, until `spill` have been added. */
static void check_spilling(size_t count, size_t much, size_t spill)
{
    struct ic_error error = {.text = ""};
    struct posting_sort *sort;
    struct posting_tuple *expected = malloc((count + 1) * sizeof *expected), tuple;
    const int directory = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    uint64_t seed = count + 1;
    bool found;
    assert_int_equal(posting_sort_new(directory, much, &sort, &error), IC_OK);
    for (size_t i = 0; i < count; i++) {
        if (spill && i == spill) {
            assert_int_equal(posting_sort_spill(sort, 1, &error), IC_OK);
            assert_true(posting_sort_spilled(sort));
        }
        expected[i] = (struct posting_tuple){
            .property = (uint32_t)(next_random(&seed) % 40),
            .object = next_random(&seed) % 3 ? next_random(&seed) % 1000 : next_random(&seed),
            .ordinal = (uint32_t)i};
        assert_int_equal(posting_sort_add(sort, expected[i], &error), IC_OK);
    }
    qsort(expected, count, sizeof *expected, compare);
    assert_int_equal(posting_sort_end(sort, &error), IC_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(posting_sort_next(sort, &tuple, &found, &error), IC_OK);
        assert_true(found);
        assert_int_equal(compare(&tuple, &expected[i]), 0);
    }
    assert_int_equal(posting_sort_next(sort, &tuple, &found, &error), IC_OK);
    assert_false(found);
    posting_sort_free(sort);
    close(directory);
    free(expected);
}

static void check(size_t count)
{
    check_spilling(count, 1, 0);
}

static void test_nothing(void **state)
{
    (void)state;
    check(0);
}

static void test_in_memory(void **state)
{
    (void)state;
    check(1);
    check(50000);
}

static void test_runs(void **state)
{
    (void)state;
    check(65536);
    check(65537);
    check(400000);
}

static void test_memory_that_shrinks(void **state)
{
    (void)state;
    check_spilling(400000, 8 * 1024 * 1024, 100000);
    check_spilling(400000, 8 * 1024 * 1024, 399999);
    check_spilling(65536, 1, 65536 - 1);
}

static void test_directory_that_cannot_be_written(void **state)
{
    struct ic_error error = {.text = ""};
    struct posting_sort *sort;
    enum ic_status status = IC_OK;
    (void)state;
    const int directory = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(posting_sort_new(directory, 1, &sort, &error), IC_OK);
    for (uint32_t i = 0; status == IC_OK && i < 100000; i++)
        status = posting_sort_add(sort, (struct posting_tuple){.ordinal = i}, &error);
    assert_int_not_equal(status, IC_OK);
    assert_non_null(strstr(error.text, "temporary file"));
    posting_sort_free(sort);
    close(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_in_memory),
        cmocka_unit_test(test_runs),
        cmocka_unit_test(test_memory_that_shrinks),
        cmocka_unit_test(test_directory_that_cannot_be_written),
    };
    return cmocka_run_group_tests_name("posting_sort", tests, NULL, NULL);
}
