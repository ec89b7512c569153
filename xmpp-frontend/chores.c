/* SPDX-License-Identifier: Apache-2.0 */
/* Chores are jobs of the administrator's share: they take their turn beside the requesters, and
 * no stanza can come from that address. Each is wanted, then submitted, then wanted again if it
 * was not begun. */
#include "chores.h"

#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "reload.h"

enum { SWEEP_RECORDS = 2000 /* looked at each time: some milliseconds */ };

struct chore {
    struct ic_job job; /* first: the pool hands this back */
    struct ic_catalog *catalog;
    char *directory; /* of the ontology that is being loaded; owned */
    bool wanted, submitted;
};

struct ic_chores {
    struct ic_service *service;
    char *directory; /* of the ontology that is to be loaded; owned */
    struct chore load, sweep;
    bool stopped;
};

/* ---- on a worker ---- */

static void load(struct ic_job *job)
{
    struct chore *chore = (struct chore *)(void *)job;
    ic_reload_ontology(chore->catalog, chore->directory, &job->cancelled);
}

static void sweep(struct ic_job *job)
{
    struct ic_catalog *catalog = ((struct chore *)(void *)job)->catalog;
    struct ic_error error = {0};
    struct ic_swept swept;
    uint64_t terms;
    bool done;
    enum ic_status status = ic_catalog_sweep(catalog, SWEEP_RECORDS, &swept, &error);
    if (status == IC_OK && !swept.more)
        status = ic_catalog_sweep_terms(catalog, SWEEP_RECORDS, &terms, &done, &error);
    if (status != IC_OK && status != IC_BUSY) /* busy: somebody reads; the next time, then */
        ic_log_error(&error, "the catalog was not swept");
}

/* ---- on the service's thread ---- */

static void ended(struct ic_job *job)
{
    struct chore *chore = (struct chore *)(void *)job;
    chore->submitted = false;
    chore->wanted = chore->wanted || !job->ran;
}

static void submit(struct ic_chores *chores, struct chore *chore)
{
    if (!chore->wanted || chore->submitted || chores->stopped)
        return;
    if (chore == &chores->load && chores->directory) {
        free(chore->directory);
        chore->directory = chores->directory;
        chores->directory = NULL;
    }
    atomic_store(&chore->job.cancelled, false);
    chore->submitted = ic_jobs_submit(chores->service->jobs, &chore->job,
                                      chores->service->now_ms(), NULL) == IC_OK;
    chore->wanted = !chore->submitted;
}

struct ic_chores *ic_chores_new(struct ic_service *service, struct ic_catalog *catalog)
{
    struct ic_chores *chores = calloc(1, sizeof *chores);
    if (!chores)
        return NULL;
    const struct ic_job job = {.requester = IC_OWNER_ADMIN, .ended = ended};
    chores->service = service;
    chores->load = (struct chore){.job = job, .catalog = catalog};
    chores->sweep = (struct chore){.job = job, .catalog = catalog};
    chores->load.job.run = load;
    chores->sweep.job.run = sweep;
    return chores;
}

void ic_chores_free(struct ic_chores *chores)
{
    if (!chores)
        return;
    free(chores->directory);
    free(chores->load.directory);
    free(chores);
}

enum ic_status ic_chores_load_ontology(struct ic_chores *chores, const char *directory,
                                       struct ic_error *error)
{
    char *copy = strdup(directory);
    if (!copy)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    free(chores->directory);
    chores->directory = copy;
    chores->load.wanted = true;
    submit(chores, &chores->load);
    return IC_OK;
}

void ic_chores_sweep(struct ic_chores *chores)
{
    chores->sweep.wanted = !chores->sweep.submitted;
    submit(chores, &chores->sweep);
}

void ic_chores_tick(struct ic_chores *chores)
{
    submit(chores, &chores->load);
    submit(chores, &chores->sweep);
}

void ic_chores_stop(struct ic_chores *chores)
{
    chores->stopped = true;
}
