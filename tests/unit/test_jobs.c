/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of workers: turns, bounds, ends; and with threads, that every job comes back once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "xmpp-frontend/jobs.h"

enum { PATIENCE_MS = 20 * 1000, MANY = 4000 };

struct piece {
    struct ic_job job;
    int number;
    sem_t *begun, *go_on;
};

static int order[16];
static size_t ran;

static void note(struct ic_job *job)
{
    order[ran++] = ((struct piece *)(void *)job)->number;
}

static void submit(struct ic_jobs *jobs, struct piece *piece, const char *requester, int number,
                   enum ic_status expected)
{
    *piece = (struct piece){.job = {.requester = requester, .run = note, .bytes = 10},
                            .number = number};
    assert_int_equal(ic_jobs_submit(jobs, &piece->job, number, NULL), expected);
}

/* A clock that only attempts move. */
static int64_t clock_ms, attempt_ms;

static int64_t now_ms(void)
{
    return clock_ms;
}

/* Takes `attempt_ms`, and is given up when that is too long. */
static bool attempt(struct ic_job *job)
{
    clock_ms += attempt_ms;
    if (attempt_ms >= IC_JOBS_ATTEMPT_MS)
        return false;
    note(job);
    return true;
}

static bool attempt_to_the_end(struct ic_job *job)
{
    clock_ms += attempt_ms;
    note(job);
    return true;
}

static void submit_quick(struct ic_jobs *jobs, struct piece *piece, const char *requester,
                         int number, bool (*attempted)(struct ic_job *))
{
    *piece = (struct piece){
        .job = {.requester = requester, .run = note, .attempt = attempted, .bytes = 10},
        .number = number};
    assert_int_equal(ic_jobs_submit(jobs, &piece->job, clock_ms, NULL), IC_OK);
}

static void check_order(const int *expected, size_t count)
{
    assert_int_equal(ran, count);
    assert_memory_equal(order, expected, count * sizeof *expected);
}

static struct ic_jobs *without_workers(size_t queued_max, size_t bytes_max)
{
    struct ic_jobs *jobs = NULL;
    const struct ic_jobs_limits limits = {
        .workers = IC_JOBS_NO_WORKERS, .queued_max = queued_max, .bytes_max = bytes_max};
    assert_int_equal(ic_jobs_new(&limits, &jobs, NULL), IC_OK);
    ran = 0;
    return jobs;
}

static void requesters_take_turns(void **state)
{
    (void)state;
    struct ic_jobs *jobs = without_workers(0, 0);
    struct piece pieces[6];
    for (int i = 0; i < 4; i++)
        submit(jobs, &pieces[i], "flood", i, IC_OK);
    submit(jobs, &pieces[4], "other", 4, IC_OK);
    submit(jobs, &pieces[5], "third", 5, IC_OK);
    assert_int_equal(ic_jobs_before(jobs, &pieces[4].job), 2);
    assert_int_equal(ic_jobs_before(jobs, &pieces[3].job), 5);
    while (ic_jobs_run_one(jobs))
        continue;
    static const int expected[] = {0, 4, 5, 1, 2, 3};
    assert_memory_equal(order, expected, sizeof expected);
    for (size_t i = 0; i < 6; i++) {
        const struct ic_job *job = ic_jobs_take_finished(jobs);
        assert_ptr_equal(job, &pieces[expected[i]].job);
        assert_true(job->ran);
    }
    assert_null(ic_jobs_take_finished(jobs));
    ic_jobs_free(jobs);
}

static void queues_are_bounded(void **state)
{
    (void)state;
    struct ic_jobs *jobs = without_workers(4, 0);
    struct piece pieces[6];
    submit(jobs, &pieces[0], "a", 0, IC_OK);
    submit(jobs, &pieces[1], "a", 1, IC_OK);
    submit(jobs, &pieces[2], "a", 2, IC_BUSY);
    submit(jobs, &pieces[2], "b", 2, IC_OK);
    submit(jobs, &pieces[3], "c", 3, IC_OK);
    submit(jobs, &pieces[4], "d", 4, IC_BUSY);
    ic_jobs_cancel_all(jobs);
    for (int i = 0; i < 4; i++)
        assert_false(ic_jobs_take_finished(jobs)->ran);
    ic_jobs_free(jobs);

    jobs = without_workers(0, 40);
    submit(jobs, &pieces[0], "a", 0, IC_OK);
    submit(jobs, &pieces[1], "a", 1, IC_OK);
    submit(jobs, &pieces[2], "a", 2, IC_BUSY);
    submit(jobs, &pieces[2], "b", 2, IC_OK);
    submit(jobs, &pieces[3], "c", 3, IC_OK);
    submit(jobs, &pieces[4], "d", 4, IC_BUSY);
    assert_true(ic_jobs_run_one(jobs));
    submit(jobs, &pieces[4], "d", 4, IC_OK);
    ic_jobs_cancel_all(jobs);
    for (int i = 0; i < 5; i++)
        assert_non_null(ic_jobs_take_finished(jobs));
    ic_jobs_free(jobs);
}

static void cancels_and_expires(void **state)
{
    (void)state;
    struct ic_jobs *jobs = without_workers(0, 0);
    struct piece pieces[4];
    size_t queued, running;
    for (int i = 0; i < 4; i++)
        submit(jobs, &pieces[i], "a", i, IC_OK);
    ic_jobs_cancel(jobs, &pieces[2].job);
    assert_ptr_equal(ic_jobs_take_finished(jobs), &pieces[2].job);
    assert_true(atomic_load(&pieces[2].job.cancelled));
    ic_jobs_expire(jobs, 1);
    assert_ptr_equal(ic_jobs_take_finished(jobs), &pieces[0].job);
    assert_false(pieces[0].job.ran);
    ic_jobs_count(jobs, &queued, &running);
    assert_int_equal(queued, 2);
    ic_jobs_hold(jobs, true);
    assert_false(ic_jobs_run_one(jobs));
    ic_jobs_hold(jobs, false);
    assert_true(ic_jobs_run_one(jobs));
    assert_true(ic_jobs_run_one(jobs));
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 3);
    while (ic_jobs_take_finished(jobs))
        continue;
    ic_jobs_free(jobs);
}

/* ---- attempts ---- */

static struct ic_jobs *for_attempts(int64_t each_ms)
{
    clock_ms = 1000;
    attempt_ms = each_ms;
    return without_workers(0, 0);
}

static void take_all(struct ic_jobs *jobs, int count)
{
    for (int i = 0; i < count; i++)
        assert_true(ic_jobs_take_finished(jobs)->ran);
    assert_null(ic_jobs_take_finished(jobs));
    ic_jobs_free(jobs);
}

static void attempts_go_by_turns(void **state)
{
    (void)state;
    struct ic_jobs *jobs = for_attempts(0);
    struct piece pieces[4];
    struct pollfd ready = {.fd = ic_jobs_fd(jobs), .events = POLLIN};
    submit_quick(jobs, &pieces[0], "flood", 0, attempt);
    submit_quick(jobs, &pieces[1], "flood", 1, attempt);
    submit_quick(jobs, &pieces[2], "other", 2, attempt);
    assert_int_equal(ran, 0); /* nothing is begun before */
    ic_jobs_go(jobs, now_ms);
    check_order((const int[]){0, 2, 1}, 3);
    assert_int_equal(poll(&ready, 1, 0), 0); /* who attempts knows it */
    /* What has no attempt stops those behind it, which have their turns. */
    submit(jobs, &pieces[3], "slow", 3, IC_OK);
    ic_jobs_go(jobs, now_ms);
    assert_int_equal(ran, 3);
    assert_true(ic_jobs_run_one(jobs));
    assert_int_equal(poll(&ready, 1, 0), 1);
    take_all(jobs, 4);
}

static void attempts_end_in_time(void **state)
{
    (void)state;
    struct ic_jobs *jobs = for_attempts(1);
    struct piece pieces[5];
    for (int i = 0; i < 5; i++)
        submit_quick(jobs, &pieces[i], "a", i, attempt);
    assert_true(ic_jobs_go(jobs, now_ms)); /* the others are for the next time */
    assert_int_equal(ran, IC_JOBS_ATTEMPT_MS);
    ic_jobs_hold(jobs, true);
    assert_false(ic_jobs_go(jobs, now_ms));
    assert_int_equal(ran, IC_JOBS_ATTEMPT_MS);
    ic_jobs_hold(jobs, false);
    /* Those who wait for long are also for workers. */
    clock_ms = 1000 + IC_JOBS_HELP_MS;
    assert_false(ic_jobs_go(jobs, now_ms));
    assert_int_equal(ran, 2 * IC_JOBS_ATTEMPT_MS);
    while (ic_jobs_run_one(jobs))
        continue;
    check_order((const int[]){0, 1, 2, 3, 4}, 5);
    take_all(jobs, 5);
}

static void what_takes_long_is_left_to_workers(void **state)
{
    (void)state;
    struct ic_jobs *jobs = for_attempts(5);
    struct piece pieces[4];
    size_t queued, running;
    submit_quick(jobs, &pieces[0], "a", 0, attempt);
    submit_quick(jobs, &pieces[1], "a", 1, attempt);
    ic_jobs_go(jobs, now_ms);
    ic_jobs_count(jobs, &queued, &running);
    assert_int_equal(ran, 0);
    assert_int_equal(queued, 2);
    assert_int_equal(running, 0);
    assert_null(ic_jobs_take_finished(jobs));
    /* It is not attempted again, and nothing is for a while. */
    attempt_ms = 0;
    ic_jobs_go(jobs, now_ms);
    clock_ms += 5 * IC_JOBS_REST - 1;
    ic_jobs_go(jobs, now_ms);
    assert_int_equal(ran, 0);
    assert_true(ic_jobs_run_one(jobs));
    clock_ms++;
    ic_jobs_go(jobs, now_ms);
    check_order((const int[]){0, 1}, 2);
    /* The same after one that came to its end. */
    attempt_ms = IC_JOBS_ATTEMPT_MS;
    submit_quick(jobs, &pieces[2], "a", 2, attempt_to_the_end);
    ic_jobs_go(jobs, now_ms);
    assert_int_equal(ran, 3);
    submit_quick(jobs, &pieces[3], "a", 3, attempt_to_the_end);
    ic_jobs_go(jobs, now_ms);
    assert_int_equal(ran, 3);
    assert_true(ic_jobs_run_one(jobs));
    take_all(jobs, 4);
}

/* ---- with threads ---- */

static void wait_here(struct ic_job *job)
{
    struct piece *piece = (struct piece *)(void *)job;
    sem_post(piece->begun);
    sem_wait(piece->go_on);
}

static struct ic_job *take(struct ic_jobs *jobs)
{
    struct pollfd ready = {.fd = ic_jobs_fd(jobs), .events = POLLIN};
    for (;;) {
        struct ic_job *job = ic_jobs_take_finished(jobs);
        if (job)
            return job;
        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    }
}

/* One requester's slow jobs leave half of the workers to others. */
static void one_requester_has_half(void **state)
{
    (void)state;
    struct ic_jobs *jobs = NULL;
    struct piece slow[6], quick;
    sem_t begun, go_on;
    size_t queued, running;
    assert_int_equal(ic_jobs_new(&(struct ic_jobs_limits){.workers = 4}, &jobs, NULL), IC_OK);
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < 6; i++) {
        slow[i] = (struct piece){
            .job = {.requester = "slow", .run = wait_here}, .begun = &begun, .go_on = &go_on};
        assert_int_equal(ic_jobs_submit(jobs, &slow[i].job, 0, NULL), IC_OK);
    }
    ic_jobs_go(jobs, now_ms);
    sem_wait(&begun);
    sem_wait(&begun);
    submit(jobs, &quick, "quick", 7, IC_OK);
    ic_jobs_go(jobs, now_ms);
    assert_ptr_equal(take(jobs), &quick.job); /* while the slow ones still stand */
    ic_jobs_count(jobs, &queued, &running);
    assert_int_equal(running, 2);
    assert_int_equal(queued, 4);
    for (int i = 0; i < 6; i++)
        sem_post(&go_on);
    for (int i = 0; i < 6; i++)
        take(jobs);
    ic_jobs_free(jobs);
    sem_destroy(&begun);
    sem_destroy(&go_on);
}

static atomic_int done;

static void count(struct ic_job *job)
{
    (void)job;
    atomic_fetch_add(&done, 1);
}

static bool attempt_some(struct ic_job *job)
{
    struct piece *piece = (struct piece *)(void *)job;
    if (piece->number % 3 == 0)
        return false;
    count(job);
    return true;
}

static void every_job_comes_back_once(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct ic_jobs *jobs = NULL;
    struct piece *pieces = calloc(MANY, sizeof *pieces);
    int back = 0, not_run = 0;
    atomic_store(&done, 0);
    assert_int_equal(
        ic_jobs_new(&(struct ic_jobs_limits){.workers = 4, .queued_max = 200}, &jobs, NULL),
        IC_OK);
    for (int i = 0; i < MANY;) {
        pieces[i].job = (struct ic_job){.requester = names[i % 7],
                                        .run = count,
                                        .attempt = i % 2 ? attempt_some : NULL,
                                        .bytes = 1};
        pieces[i].number = i;
        if (ic_jobs_submit(jobs, &pieces[i].job, i, NULL) == IC_OK) {
            if (i % 31 == 0)
                ic_jobs_cancel(jobs, &pieces[i].job);
            if (++i % 5 == 0)
                ic_jobs_go(jobs, now_ms);
            continue;
        }
        ic_jobs_go(jobs, now_ms);
        struct ic_job *job = take(jobs);
        not_run += !job->ran;
        back++;
    }
    ic_jobs_go(jobs, now_ms);
    for (; back < MANY; back++)
        not_run += !take(jobs)->ran;
    assert_int_equal(atomic_load(&done) + not_run, MANY);
    ic_jobs_free(jobs);
    free(pieces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requesters_take_turns),
        cmocka_unit_test(queues_are_bounded),
        cmocka_unit_test(cancels_and_expires),
        cmocka_unit_test(one_requester_has_half),
        cmocka_unit_test(every_job_comes_back_once),
        cmocka_unit_test(attempts_go_by_turns),
        cmocka_unit_test(attempts_end_in_time),
        cmocka_unit_test(what_takes_long_is_left_to_workers),
    };
    return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
