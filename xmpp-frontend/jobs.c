/* SPDX-License-Identifier: Apache-2.0 */
/* Workers and the queues of requesters.
 *
 * Invariants, under the lock: a share is in the table while it has queued or running jobs, and
 * in the ring while it has queued ones and may begin one more. */
#include "jobs.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define uthash_nonfatal_oom(share) ((share)->lost = true)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

enum { WORKERS_DEFAULT = 4, QUEUED_DEFAULT = 1024, BYTES_DEFAULT = 64 * 1024 * 1024 };

/* What one requester has asked for. */
struct ic_share {
    char *requester;
    struct ic_job *first, *last; /* queued, in their order */
    size_t queued, bytes;
    unsigned running;
    bool in_ring, lost;
    struct ic_share *prev, *next; /* the ring */
    UT_hash_handle hh;
};

struct ic_jobs {
    pthread_mutex_t lock;
    pthread_cond_t work; /* something may be begun, or it is over */
    pthread_t *threads;
    unsigned thread_count, running_max; /* running_max: of one requester */
    size_t queued_max, bytes_max;
    bool held, over;
    int event;
    bool told;               /* the event is set */
    unsigned idle;           /* workers that wait */
    int64_t rest_until_ms;   /* nothing is attempted before */
    struct ic_share *shares; /* by requester */
    struct ic_share *ring;   /* those whose turn comes, the next one first */
    size_t queued, bytes, running;
    struct ic_job *finished, *last_finished;
    struct ic_job **at_work; /* by thread; NULL: idle */
};

/* ---- under the lock ---- */

static void update_ring(struct ic_jobs *jobs, struct ic_share *share)
{
    const bool ready = share->queued > 0 && share->running < jobs->running_max;
    if (ready && !share->in_ring)
        DL_APPEND(jobs->ring, share);
    else if (!ready && share->in_ring)
        DL_DELETE(jobs->ring, share);
    share->in_ring = ready;
    if (share->queued == 0 && share->running == 0) {
        HASH_DEL(jobs->shares, share);
        free(share->requester);
        free(share);
    }
}

static struct ic_share *share_of(struct ic_jobs *jobs, const char *requester)
{
    struct ic_share *share = NULL;
    HASH_FIND_STR(jobs->shares, requester, share);
    if (share)
        return share;
    share = calloc(1, sizeof *share);
    if (share)
        share->requester = strdup(requester);
    if (share && share->requester)
        HASH_ADD_KEYPTR(hh, jobs->shares, share->requester, strlen(share->requester), share);
    if (share && (!share->requester || share->lost)) {
        free(share->requester);
        free(share);
        return NULL;
    }
    return share;
}

static void finish(struct ic_jobs *jobs, struct ic_job *job)
{
    job->next = NULL;
    if (jobs->finished)
        jobs->last_finished->next = job;
    else
        jobs->finished = job;
    jobs->last_finished = job;
    atomic_store(&job->state, IC_JOB_ENDED);
}

static void tell(struct ic_jobs *jobs)
{
    const uint64_t one = 1;
    /* Cannot fail: its counter is far from its end. */
    jobs->told = jobs->told || write(jobs->event, &one, sizeof one) > 0;
}

/* Takes the job behind `before` (NULL: the first) off its queue. */
static struct ic_job *take(struct ic_jobs *jobs, struct ic_share *share, struct ic_job *before)
{
    struct ic_job *job = before ? before->next : share->first;
    if (before)
        before->next = job->next;
    else
        share->first = job->next;
    if (share->last == job)
        share->last = before;
    job->next = NULL;
    share->queued--;
    jobs->queued--;
    share->bytes -= job->bytes;
    jobs->bytes -= job->bytes;
    return job;
}

static void end_unbegun(struct ic_jobs *jobs, struct ic_share *share, struct ic_job *before)
{
    struct ic_job *job = take(jobs, share, before);
    job->ran = false;
    finish(jobs, job);
    tell(jobs);
}

/* The next job by turns, counted as running; NULL: nothing may be begun. */
static struct ic_job *begin(struct ic_jobs *jobs)
{
    struct ic_share *share = jobs->ring;
    if (!share || jobs->held)
        return NULL;
    struct ic_job *job = take(jobs, share, NULL);
    share->running++;
    jobs->running++;
    /* To the ring's end. */
    DL_DELETE(jobs->ring, share);
    share->in_ring = false;
    update_ring(jobs, share);
    job->ran = true;
    atomic_store(&job->state, IC_JOB_RUNNING);
    return job;
}

static void end(struct ic_jobs *jobs, struct ic_job *job)
{
    struct ic_share *share = job->share;
    share->running--;
    jobs->running--;
    update_ring(jobs, share);
    finish(jobs, job);
}

/* ---- workers ---- */

struct worker {
    struct ic_jobs *jobs;
    unsigned number;
};

static void *work(void *argument)
{
    struct worker worker = *(struct worker *)argument;
    struct ic_jobs *jobs = worker.jobs;
    free(argument);
    pthread_mutex_lock(&jobs->lock);
    while (!jobs->over) {
        struct ic_job *job = begin(jobs);
        if (!job) {
            jobs->idle++;
            pthread_cond_wait(&jobs->work, &jobs->lock);
            jobs->idle--;
            continue;
        }
        jobs->at_work[worker.number] = job;
        pthread_mutex_unlock(&jobs->lock);
        job->run(job);
        pthread_mutex_lock(&jobs->lock);
        jobs->at_work[worker.number] = NULL;
        end(jobs, job);
        tell(jobs);
        /* Ending it may have made room for the same requester's next one. */
        if (jobs->ring)
            pthread_cond_signal(&jobs->work);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

static enum ic_status start_workers(struct ic_jobs *jobs, unsigned count,
                                    struct ic_error *error)
{
    sigset_t all, before;
    int failed = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (unsigned i = 0; i < count && failed == 0; i++) {
        struct worker *worker = malloc(sizeof *worker);
        if (!worker) {
            failed = ENOMEM;
            break;
        }
        *worker = (struct worker){jobs, i};
        failed = pthread_create(&jobs->threads[i], NULL, work, worker);
        if (failed == 0)
            jobs->thread_count++;
        else
            free(worker);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed == 0 ? IC_OK : ic_fail_errno(error, failed, "cannot start a worker");
}

/* ---- the interface ---- */

enum ic_status ic_jobs_new(const struct ic_jobs_limits *limits, struct ic_jobs **made,
                           struct ic_error *error)
{
    const bool none = limits->workers == IC_JOBS_NO_WORKERS;
    const unsigned workers = none ? 0 : limits->workers ? limits->workers : WORKERS_DEFAULT;
    struct ic_jobs *jobs = calloc(1, sizeof *jobs);
    if (!jobs)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_cond_init(&jobs->work, NULL);
    jobs->threads = calloc(workers + 1, sizeof *jobs->threads);
    jobs->at_work = calloc(workers + 1, sizeof *jobs->at_work);
    jobs->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    jobs->running_max = workers > 1 ? workers / 2 : 1;
    ic_jobs_set_limits(jobs, limits);
    enum ic_status status = IC_OK;
    if (!jobs->threads || !jobs->at_work)
        status = ic_fail(error, IC_NO_MEMORY, "memory is out");
    else if (jobs->event < 0)
        status = ic_fail_errno(error, errno, "cannot make an event descriptor");
    else
        status = start_workers(jobs, workers, error);
    if (status == IC_OK)
        *made = jobs;
    else
        ic_jobs_free(jobs);
    return status;
}

void ic_jobs_join(struct ic_jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->over = true;
    pthread_cond_broadcast(&jobs->work);
    pthread_mutex_unlock(&jobs->lock);
    while (jobs->thread_count > 0)
        pthread_join(jobs->threads[--jobs->thread_count], NULL);
}

void ic_jobs_free(struct ic_jobs *jobs)
{
    if (!jobs)
        return;
    ic_jobs_join(jobs);
    struct ic_share *share, *after;
    HASH_ITER(hh, jobs->shares, share, after)
    {
        HASH_DEL(jobs->shares, share);
        free(share->requester);
        free(share);
    }
    if (jobs->event >= 0)
        close(jobs->event);
    free(jobs->threads);
    free(jobs->at_work);
    pthread_cond_destroy(&jobs->work);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

int ic_jobs_fd(const struct ic_jobs *jobs)
{
    return jobs->event;
}

void ic_jobs_set_limits(struct ic_jobs *jobs, const struct ic_jobs_limits *limits)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->queued_max = limits->queued_max ? limits->queued_max : QUEUED_DEFAULT;
    jobs->bytes_max = limits->bytes_max ? limits->bytes_max : BYTES_DEFAULT;
    pthread_mutex_unlock(&jobs->lock);
}

/* Whether there is room for one more job. With the lock. */
static enum ic_status admit(const struct ic_jobs *jobs, const struct ic_share *share,
                            size_t bytes, struct ic_error *error)
{
    if (jobs->queued >= jobs->queued_max || jobs->bytes + bytes > jobs->bytes_max)
        return ic_fail(error, IC_BUSY,
                       "the exchange is busy: %zu requests wait already; try again in some "
                       "seconds",
                       jobs->queued);
    if (share->queued >= (jobs->queued_max + 1) / 2 ||
        (share->queued > 0 && share->bytes + bytes > jobs->bytes_max / 2))
        return ic_fail(error, IC_BUSY,
                       "%zu requests of yours wait already; wait for their answers",
                       share->queued);
    return IC_OK;
}

static void count_in(struct ic_jobs *jobs, struct ic_share *share, struct ic_job *job)
{
    atomic_store(&job->state, IC_JOB_QUEUED);
    share->queued++;
    jobs->queued++;
    share->bytes += job->bytes;
    jobs->bytes += job->bytes;
}

/* With the lock. */
static void append(struct ic_jobs *jobs, struct ic_share *share, struct ic_job *job)
{
    job->share = share;
    job->next = NULL;
    job->ran = false;
    if (share->last)
        share->last->next = job;
    else
        share->first = job;
    share->last = job;
    count_in(jobs, share, job);
}

enum ic_status ic_jobs_submit(struct ic_jobs *jobs, struct ic_job *job, int64_t now_ms,
                              struct ic_error *error)
{
    pthread_mutex_lock(&jobs->lock);
    struct ic_share *share = share_of(jobs, job->requester);
    const enum ic_status status = share ? admit(jobs, share, job->bytes, error)
                                        : ic_fail(error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK) {
        job->submitted_ms = now_ms;
        append(jobs, share, job);
    }
    if (share)
        update_ring(jobs, share);
    pthread_mutex_unlock(&jobs->lock);
    return status;
}

/* What was attempted and takes long: the next of its requester, for a worker. With the lock. */
static void put_back(struct ic_jobs *jobs, struct ic_job *job)
{
    struct ic_share *share = job->share;
    share->running--;
    jobs->running--;
    job->attempt = NULL;
    job->ran = false;
    job->next = share->first;
    share->first = job;
    if (!share->last)
        share->last = job;
    count_in(jobs, share, job);
    update_ring(jobs, share);
}

/* Whether the job whose turn it is may be attempted now. With the lock. */
static bool may_attempt(const struct ic_jobs *jobs, int64_t now_ms, int64_t until_ms)
{
    return jobs->ring && !jobs->held && jobs->ring->first->attempt && now_ms < until_ms &&
           now_ms >= jobs->rest_until_ms;
}

/* Attempts it; the time when that was over. With the lock, which it gives away meanwhile. */
static int64_t attempt_next(struct ic_jobs *jobs, int64_t from_ms, int64_t (*now_ms)(void))
{
    struct ic_job *job = begin(jobs);
    pthread_mutex_unlock(&jobs->lock);
    const bool done = job->attempt(job);
    const int64_t to_ms = now_ms();
    pthread_mutex_lock(&jobs->lock);
    if (done)
        end(jobs, job);
    else
        put_back(jobs, job);
    if (!done || to_ms - from_ms >= IC_JOBS_ATTEMPT_MS)
        jobs->rest_until_ms = to_ms + IC_JOBS_REST * (to_ms - from_ms);
    return to_ms;
}

bool ic_jobs_go(struct ic_jobs *jobs, int64_t (*now_ms)(void))
{
    bool again = false;
    pthread_mutex_lock(&jobs->lock);
    if (jobs->ring) {
        int64_t at_ms = now_ms();
        const int64_t until_ms = at_ms + IC_JOBS_ATTEMPT_MS;
        while (may_attempt(jobs, at_ms, until_ms))
            at_ms = attempt_next(jobs, at_ms, now_ms);
        again = may_attempt(jobs, at_ms, INT64_MAX) &&
                at_ms - jobs->ring->first->submitted_ms < IC_JOBS_HELP_MS;
    }
    /* Each that wakes looks for itself. */
    for (size_t i = 0; !again && jobs->ring && i < jobs->queued && i < jobs->idle; i++)
        pthread_cond_signal(&jobs->work);
    pthread_mutex_unlock(&jobs->lock);
    return again;
}

void ic_jobs_cancel(struct ic_jobs *jobs, struct ic_job *job)
{
    pthread_mutex_lock(&jobs->lock);
    atomic_store(&job->cancelled, true);
    if (atomic_load(&job->state) == IC_JOB_QUEUED) {
        struct ic_share *share = job->share;
        struct ic_job *before = NULL;
        for (struct ic_job *j = share->first; j != job; j = j->next)
            before = j;
        end_unbegun(jobs, share, before);
        update_ring(jobs, share);
    }
    pthread_mutex_unlock(&jobs->lock);
}

void ic_jobs_expire(struct ic_jobs *jobs, int64_t submitted_ms)
{
    struct ic_share *share, *after;
    pthread_mutex_lock(&jobs->lock);
    HASH_ITER(hh, jobs->shares, share, after)
    {
        while (share->first && share->first->submitted_ms < submitted_ms)
            end_unbegun(jobs, share, NULL);
        update_ring(jobs, share);
    }
    pthread_mutex_unlock(&jobs->lock);
}

void ic_jobs_cancel_all(struct ic_jobs *jobs)
{
    ic_jobs_expire(jobs, INT64_MAX);
    pthread_mutex_lock(&jobs->lock);
    for (unsigned i = 0; i < jobs->thread_count; i++)
        if (jobs->at_work[i])
            atomic_store(&jobs->at_work[i]->cancelled, true);
    pthread_mutex_unlock(&jobs->lock);
}

void ic_jobs_hold(struct ic_jobs *jobs, bool hold)
{
    pthread_mutex_lock(&jobs->lock);
    if (jobs->held && !hold)
        pthread_cond_broadcast(&jobs->work);
    jobs->held = hold;
    pthread_mutex_unlock(&jobs->lock);
}

struct ic_job *ic_jobs_take_finished(struct ic_jobs *jobs)
{
    uint64_t count;
    pthread_mutex_lock(&jobs->lock);
    struct ic_job *job = jobs->finished;
    if (job) {
        jobs->finished = job->next;
        if (!jobs->finished)
            jobs->last_finished = NULL;
        job->next = NULL;
    } else if (jobs->told) {
        jobs->told = read(jobs->event, &count, sizeof count) < 0;
    }
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

bool ic_jobs_run_one(struct ic_jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    struct ic_job *job = begin(jobs);
    pthread_mutex_unlock(&jobs->lock);
    if (!job)
        return false;
    job->run(job);
    pthread_mutex_lock(&jobs->lock);
    end(jobs, job);
    tell(jobs);
    pthread_mutex_unlock(&jobs->lock);
    return true;
}

void ic_jobs_count(struct ic_jobs *jobs, size_t *queued, size_t *running)
{
    pthread_mutex_lock(&jobs->lock);
    *queued = jobs->queued;
    *running = jobs->running;
    pthread_mutex_unlock(&jobs->lock);
}

size_t ic_jobs_before(struct ic_jobs *jobs, const struct ic_job *job)
{
    size_t before = 0, rounds = 1;
    pthread_mutex_lock(&jobs->lock);
    if (atomic_load(&job->state) == IC_JOB_QUEUED) {
        for (const struct ic_job *j = job->share->first; j != job; j = j->next)
            rounds++;
        struct ic_share *share, *after;
        HASH_ITER(hh, jobs->shares, share, after)
        before += share->queued < rounds ? share->queued : rounds;
        before--; /* itself */
    }
    pthread_mutex_unlock(&jobs->lock);
    return before;
}
