/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded pool of workers that is fair to requesters.
 *
 * Each requester has a queue of its own; workers serve the queues in turn, and one requester
 * occupies at most half of the workers. So a requester that floods, or asks for slow things,
 * waits for itself; another's next job waits for one job of each requester at most.
 * A job that has ended is handed back through ic_jobs_take_finished, in the order in which
 * they ended; `ic_jobs_fd` becomes readable when there are any.
 * Threads: workers call `run`; everything else belongs to the one thread that made the pool,
 * but what says otherwise. */
#ifndef IC_JOBS_H
#define IC_JOBS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "catalog/status.h"

struct ic_jobs;

enum ic_job_state { IC_JOB_QUEUED, IC_JOB_RUNNING, IC_JOB_ENDED };

/* A piece of work; embedded in what it belongs to, never copied. */
struct ic_job {
    const char *requester;           /* whose share it is; borrowed as long as the job lives */
    void (*run)(struct ic_job *job); /* on a worker */
    /* NULL, or does the same on the thread of ic_jobs_go, for a job that mostly takes less
     * time than a worker takes to wake. False: it takes long; nothing was done, `run` is to do
     * it. */
    bool (*attempt)(struct ic_job *job);
    /* Called by whoever took it back; NULL: it is what the taker knows. */
    void (*ended)(struct ic_job *job);
    atomic_bool cancelled; /* `run` should come to an end; any thread may look */
    size_t bytes;          /* what it holds in memory while it waits, about */
    bool ran;              /* false: it ended without having been begun */
    int64_t submitted_ms;  /* set by ic_jobs_submit */
    /* The pool's own. */
    atomic_int state; /* enum ic_job_state */
    struct ic_job *next;
    struct ic_share *share;
};

/* 0 takes the default beside it. */
struct ic_jobs_limits {
    unsigned workers;  /* 4; IC_JOBS_NO_WORKERS: jobs run in ic_jobs_run_one */
    size_t queued_max; /* 1024, of all requesters; one has at most half of them */
    size_t bytes_max;  /* 64 MiB, of all queued jobs; half of it for one requester */
};
#define IC_JOBS_NO_WORKERS UINT32_MAX

/* Starts the workers, with every signal blocked. Owned: ic_jobs_free. */
enum ic_status ic_jobs_new(const struct ic_jobs_limits *limits, struct ic_jobs **jobs,
                           struct ic_error *error);
/* Ends the workers, waiting for what they run; nothing is begun any more. */
void ic_jobs_join(struct ic_jobs *jobs);
/* Joins. No job may be left that the caller has not taken. */
void ic_jobs_free(struct ic_jobs *jobs);

/* Borrowed; for reading readiness only. */
int ic_jobs_fd(const struct ic_jobs *jobs);

/* Changes the limits for what comes from now on; the number of workers stays. */
void ic_jobs_set_limits(struct ic_jobs *jobs, const struct ic_jobs_limits *limits);

/* Queues a job; ic_jobs_go lets it begin. IC_BUSY: the queue is full, or the requester's part
 * of it; the job stays the caller's. */
enum ic_status ic_jobs_submit(struct ic_jobs *jobs, struct ic_job *job, int64_t now_ms,
                              struct ic_error *error);

/* Attempts jobs in this thread, by turns, for up to IC_JOBS_ATTEMPT_MS. True: the next one is
 * to be attempted too, by another call after other events; waking a worker would take longer.
 * False: workers have been woken for what is left, which takes long, or has waited for
 * IC_JOBS_HELP_MS, so that this thread alone is too slow. Due after one or more ic_jobs_submit;
 * ic_jobs_take_finished is due after it.
 * Attempts that take long are a small part of the time: one that took longer than
 * IC_JOBS_ATTEMPT_MS, done or not, is the last for IC_JOBS_REST times as long. `now_ms` is
 * monotonic. */
bool ic_jobs_go(struct ic_jobs *jobs, int64_t (*now_ms)(void));
enum {
    IC_JOBS_ATTEMPT_MS = 2, /* by a clock of milliseconds: more than 1 ms, less than 2 */
    IC_JOBS_HELP_MS = 10,
    IC_JOBS_REST = 20
};

/* Takes a queued job out, so that it ends without having run; tells a running one to end. */
void ic_jobs_cancel(struct ic_jobs *jobs, struct ic_job *job);
void ic_jobs_cancel_all(struct ic_jobs *jobs);

/* Ends, without running them, queued jobs that were submitted before `submitted_ms`. */
void ic_jobs_expire(struct ic_jobs *jobs, int64_t submitted_ms);

/* While held, workers begin nothing new. */
void ic_jobs_hold(struct ic_jobs *jobs, bool hold);

/* The job that ended first, or NULL. It is the caller's again. */
struct ic_job *ic_jobs_take_finished(struct ic_jobs *jobs);

/* Runs one queued job in this thread; false: there is none. */
bool ic_jobs_run_one(struct ic_jobs *jobs);

void ic_jobs_count(struct ic_jobs *jobs, size_t *queued, size_t *running);

/* Queued jobs that will be begun before it, about; 0 when it is not queued. */
size_t ic_jobs_before(struct ic_jobs *jobs, const struct ic_job *job);

#endif
