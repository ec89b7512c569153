/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of publications and the log of refusals, on a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xmpp-frontend/policy.h"
#include "xmpp-frontend/rate.h"
#include "xmpp-frontend/refusals.h"

enum { MINUTE_MS = 60 * 1000 };

static int new_rate(void **state)
{
    *state = ic_rate_new();
    return *state ? 0 : -1;
}

static int free_rate(void **state)
{
    ic_rate_free(*state);
    return 0;
}

static int takes(struct ic_rate *rate, const char *who, size_t a_minute, int64_t now_ms,
                 int tries)
{
    int taken = 0;
    for (int i = 0; i < tries; i++)
        taken += ic_rate_take(rate, who, a_minute, "things", now_ms, NULL) == IC_OK;
    return taken;
}

static void a_minutes_worth_at_once_then_one_by_one(void **state)
{
    struct ic_error error = {0};
    assert_int_equal(takes(*state, "a@b", 6, 1000, 20), 6);
    assert_int_equal(ic_rate_take(*state, "a@b", 6, "things", 1000, &error), IC_BUSY);
    assert_string_equal(error.text,
                        "the quota of 6 things a minute is used up; try again in 10 seconds");
    assert_int_equal(ic_rate_take(*state, "a@b", 6, "things", 10001, &error), IC_BUSY);
    assert_non_null(strstr(error.text, "in 1 seconds"));
    assert_int_equal(takes(*state, "a@b", 6, 10999, 5), 0);
    assert_int_equal(takes(*state, "a@b", 6, 11000, 5), 1);
    assert_int_equal(takes(*state, "a@b", 6, 21000, 5), 1);
    assert_int_equal(takes(*state, "a@b", 6, 51000, 5), 3);
    /* Others have their own. */
    assert_int_equal(takes(*state, "c@b", 6, 51000, 20), 6);
    assert_int_equal(takes(*state, "a@b", 6, 51000 + MINUTE_MS, 20), 6);
    assert_int_equal(takes(*state, "a@b", 6, 51000 + 100 * MINUTE_MS, 20), 6);
}

static void never_more_than_the_quota_in_the_long_run(void **state)
{
    static const size_t quotas[] = {1, 7, 120, 1000, IC_RATE_MAX};
    for (size_t i = 0; i < sizeof quotas / sizeof *quotas; i++) {
        char who[20];
        size_t taken = 0;
        const int step_ms = 250, minutes = 5;
        snprintf(who, sizeof who, "q%zu@b", i);
        const int tries = (int)(quotas[i] < 2000 ? quotas[i] + 1 : 100);
        for (int ms = 0; ms < minutes * MINUTE_MS; ms += step_ms)
            taken += (size_t)takes(*state, who, quotas[i], ms, tries);
        if (quotas[i] < IC_RATE_MAX) /* a full bucket, and what flowed in */
            assert_in_range(taken, (size_t)minutes * quotas[i],
                            (size_t)(minutes + 1) * quotas[i]);
        else
            assert_int_equal(taken, (size_t)(minutes * MINUTE_MS / step_ms) * 100);
    }
}

static void no_quota_is_no_bound(void **state)
{
    assert_int_equal(takes(*state, "a@b", 0, 5, 100000), 100000);
}

/* After a reload. */
static void another_quota_holds_at_once(void **state)
{
    assert_int_equal(takes(*state, "a@b", 10, 0, 20), 10);
    assert_int_equal(takes(*state, "a@b", 60, 1000, 20), 1);
    assert_int_equal(takes(*state, "a@b", 2, 31000, 20), 1);
}

/* The table does not grow; who finds no place is refused, and those who have one keep it. */
static void more_requesters_than_places(void **state)
{
    char who[40];
    int let_in = 0;
    struct ic_error error = {0};
    assert_int_equal(takes(*state, "first@b", 2, 0, 3), 2);
    for (int i = 0; i < 2 * IC_RATE_PLACES; i++) {
        snprintf(who, sizeof who, "u%d@flood", i);
        const enum ic_status status = ic_rate_take(*state, who, 2, "things", 0, &error);
        let_in += status == IC_OK;
        assert_true(status == IC_OK || status == IC_BUSY);
    }
    assert_in_range(let_in, IC_RATE_PLACES / 2, IC_RATE_PLACES - 1);
    assert_non_null(strstr(error.text, "try again in 60 seconds"));
    assert_int_equal(takes(*state, "first@b", 2, 0, 3), 0);
    assert_int_equal(takes(*state, "first@b", 2, 30000, 3), 1);
    assert_int_equal(takes(*state, who, 2, 30001, 1), 1);
}

/* ---- refusals ---- */

struct capture {
    FILE *file;
    int before;
};

static void begin_capture(struct capture *capture)
{
    fflush(stderr);
    capture->file = tmpfile();
    capture->before = dup(STDERR_FILENO);
    assert_non_null(capture->file);
    assert_true(dup2(fileno(capture->file), STDERR_FILENO) >= 0);
}

/* Lines that hold `text` since begin_capture. */
static size_t count_lines(const struct capture *capture, const char *text)
{
    char line[1000];
    size_t count = 0;
    FILE *in = fdopen(dup(fileno(capture->file)), "r");
    assert_non_null(in);
    rewind(in);
    while (fgets(line, sizeof line, in))
        count += strstr(line, text) != NULL;
    fseek(in, 0, SEEK_END);
    fclose(in);
    return count;
}

static void end_capture(struct capture *capture)
{
    dup2(capture->before, STDERR_FILENO);
    close(capture->before);
    fclose(capture->file);
}

static void a_flood_of_refusals_is_a_few_lines(void **state)
{
    struct ic_refusals *refusals = ic_refusals_new();
    struct capture capture;
    (void)state;
    begin_capture(&capture);
    for (int i = 0; i < 100000; i++)
        ic_refusals_log(refusals, "a@b", "publish", "no role", 1000 + i / 2);
    const size_t at_once = count_lines(&capture, "refused publish to a@b: no role");
    const size_t all_before = count_lines(&capture, "");
    ic_refusals_tick(refusals, 1000 + MINUTE_MS - 1);
    const size_t early = count_lines(&capture, "");
    ic_refusals_tick(refusals, 1000 + MINUTE_MS);
    const size_t summary = count_lines(&capture, "refused publish to a@b 99999 more times");
    ic_refusals_log(refusals, "a@b", "publish", "no role", 2 * MINUTE_MS);
    const size_t again = count_lines(&capture, "refused publish to a@b: no role");
    end_capture(&capture);
    ic_refusals_free(refusals);
    assert_int_equal(at_once, 1);
    assert_int_equal(all_before, 1);
    assert_int_equal(early, 1);
    assert_int_equal(summary, 1);
    assert_int_equal(again, 2);
}

static void many_requesters_are_counted_together(void **state)
{
    struct ic_refusals *refusals = ic_refusals_new();
    struct capture capture;
    char who[40];
    (void)state;
    begin_capture(&capture);
    for (int i = 0; i < 10000; i++) {
        snprintf(who, sizeof who, "u%d@b", i);
        ic_refusals_log(refusals, who, "publish", "no role", 0);
        ic_refusals_log(refusals, "u0@b", "evict", "no role", 0);
    }
    const size_t before = count_lines(&capture, "");
    ic_refusals_free(refusals);
    const size_t after = count_lines(&capture, "");
    const size_t others = count_lines(&capture, "refused 9969 more requests of others");
    const size_t more = count_lines(&capture, "refused evict to u0@b 9999 more times");
    end_capture(&capture);
    assert_int_equal(before, IC_REFUSALS_KINDS);
    assert_int_equal(others, 1);
    assert_int_equal(more, 1);
    assert_int_equal(after, IC_REFUSALS_KINDS + 2);
}

static void what_is_no_refusal_is_not_logged(void **state)
{
    struct ic_policy *policy = ic_policy_new();
    struct capture capture;
    size_t lines = 0;
    (void)state;
    begin_capture(&capture);
    for (int status = IC_OK + 1; status < IC_STATUS_COUNT; status++) {
        struct ic_error error = {.status = (enum ic_status)status};
        ic_policy_refused(policy, ic_status_name(error.status), "publish", &error, 0);
    }
    lines = count_lines(&capture, "");
    const size_t named =
        count_lines(&capture, "to forbidden: ") + count_lines(&capture, "to conflict: ") +
        count_lines(&capture, "to too-large: ") + count_lines(&capture, "to busy: ");
    end_capture(&capture);
    ic_policy_free(policy);
    assert_int_equal(lines, 4);
    assert_int_equal(named, 4);
}

static void *refuse_many(void *context)
{
    struct ic_error error = {.status = IC_FORBIDDEN};
    for (int i = 0; i < 1000; i++)
        ic_policy_refused(context, i % 2 ? "a@b" : "c@d", "publish", &error, 0);
    return NULL;
}

static void many_threads_refuse(void **state)
{
    struct ic_policy *policy = ic_policy_new();
    struct capture capture;
    pthread_t threads[4];
    (void)state;
    begin_capture(&capture);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, refuse_many, policy);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    ic_policy_free(policy);
    const size_t lines = count_lines(&capture, "refused publish to ");
    const size_t counted = count_lines(&capture, " 1999 more times");
    end_capture(&capture);
    assert_int_equal(lines, 4);
    assert_int_equal(counted, 2);
}

static void a_quota_says_what_may_be_held(void **state)
{
    const struct ic_quota quota = {.statements = 1, .clouds = 2, .bytes = 3};
    const struct ic_owner_usage usage = ic_policy_may_hold(&quota);
    (void)state;
    assert_int_equal(usage.statements, 1);
    assert_int_equal(usage.clouds, 2);
    assert_int_equal(usage.bytes, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define RATE(name) cmocka_unit_test_setup_teardown(name, new_rate, free_rate)
        RATE(a_minutes_worth_at_once_then_one_by_one),
        RATE(never_more_than_the_quota_in_the_long_run),
        RATE(no_quota_is_no_bound),
        RATE(another_quota_holds_at_once),
        RATE(more_requesters_than_places),
        cmocka_unit_test(a_flood_of_refusals_is_a_few_lines),
        cmocka_unit_test(many_requesters_are_counted_together),
        cmocka_unit_test(what_is_no_refusal_is_not_logged),
        cmocka_unit_test(many_threads_refuse),
        cmocka_unit_test(a_quota_says_what_may_be_held),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
