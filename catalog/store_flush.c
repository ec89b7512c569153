/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting until commits are on disk: one thread syncs the log for all that wait meanwhile.
 *
 * Who commits while a sync runs waits for the next one, beside those that the running one
 * serves: each round wakes its own, and one of the next, which runs that. */
#include "store_shared.h"

bool flush_init(struct store_flush *flush)
{
    *flush = (struct store_flush){.running = false};
    return pthread_mutex_init(&flush->mutex, NULL) == 0 &&
           pthread_cond_init(&flush->done[0], NULL) == 0 &&
           pthread_cond_init(&flush->done[1], NULL) == 0;
}

void flush_free(struct store_flush *flush)
{
    pthread_mutex_destroy(&flush->mutex);
    pthread_cond_destroy(&flush->done[0]);
    pthread_cond_destroy(&flush->done[1]);
}

static pthread_cond_t *done(struct store_flush *flush, uint64_t round)
{
    return &flush->done[round % 2];
}

void flush_stop(struct store_flush *flush)
{
    pthread_mutex_lock(&flush->mutex);
    while (flush->running)
        pthread_cond_wait(done(flush, flush->round), &flush->mutex);
    flush->opening++;
}

void flush_resume(struct store_flush *flush)
{
    pthread_cond_broadcast(&flush->done[0]);
    pthread_cond_broadcast(&flush->done[1]);
    pthread_mutex_unlock(&flush->mutex);
}

/* Syncs the log for every commit up to now. The caller holds the mutex, which is given up
 * meanwhile. */
static int flush_for_all(struct store_shared *shared)
{
    struct store_flush *flush = &shared->flush;
    const uint64_t round = ++flush->round;
    flush->running = true;
    flush->target = shared->committed;
    pthread_mutex_unlock(&flush->mutex);
    const int code = shared->env->log_flush(shared->env, NULL);
    pthread_mutex_lock(&flush->mutex);
    flush->running = false;
    flush->flushes++;
    if (code) {
        shared->broken = true; /* what is on disk is known only after recovery */
        pthread_cond_broadcast(done(flush, round + 1));
    } else {
        flush->flushed = flush->target;
        pthread_cond_signal(done(flush, round + 1));
    }
    pthread_cond_broadcast(done(flush, round));
    return code;
}

/* Waits for the round that serves a commit. */
static void wait_for_round(struct store_flush *flush, uint64_t number)
{
    const uint64_t round = number <= flush->target ? flush->round : flush->round + 1;
    pthread_cond_wait(done(flush, round), &flush->mutex);
}

enum ic_status store_wait(struct store *store, const struct store_ticket *ticket,
                          struct ic_error *error)
{
    struct store_shared *shared = store->shared;
    struct store_flush *flush = &shared->flush;
    int code = 0;
    pthread_mutex_lock(&flush->mutex);
    while (!code) {
        if (flush->opening == ticket->opening && flush->flushed >= ticket->number)
            break;
        if (flush->opening != ticket->opening || shared->broken)
            code = DB_RUNRECOVERY;
        else if (flush->running)
            wait_for_round(flush, ticket->number);
        else
            code = flush_for_all(shared);
    }
    const bool stale = flush->opening != ticket->opening;
    pthread_mutex_unlock(&flush->mutex);
    if (!code)
        return IC_OK;
    if (stale) /* the environment works again: not to be reopened for this */
        return ic_fail(error, IC_IO, "cannot commit: the database stopped; try again");
    return store_fail(store, code, "cannot commit", error);
}
