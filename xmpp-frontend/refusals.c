/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals of one minute, by requester and what was refused. */
#include "refusals.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

struct kind {
    char *requester, *what;
    unsigned long more; /* since its line */
};

struct ic_refusals {
    pthread_mutex_t mutex;
    struct kind kinds[IC_REFUSALS_KINDS];
    size_t count;
    unsigned long others; /* to more requesters than are kept */
    int64_t since_ms;     /* of the first of this minute */
};

struct ic_refusals *ic_refusals_new(void)
{
    struct ic_refusals *refusals = calloc(1, sizeof *refusals);
    if (refusals)
        pthread_mutex_init(&refusals->mutex, NULL);
    return refusals;
}

/* Logs what was counted and begins anew. */
static void end_minute(struct ic_refusals *refusals)
{
    for (size_t i = 0; i < refusals->count; i++) {
        struct kind *kind = &refusals->kinds[i];
        if (kind->more)
            ic_log("refused %s to %s %lu more times", kind->what, kind->requester, kind->more);
        free(kind->requester);
        free(kind->what);
        *kind = (struct kind){.more = 0};
    }
    if (refusals->others)
        ic_log("refused %lu more requests of others", refusals->others);
    refusals->count = refusals->others = 0;
}

void ic_refusals_free(struct ic_refusals *refusals)
{
    if (!refusals)
        return;
    end_minute(refusals);
    pthread_mutex_destroy(&refusals->mutex);
    free(refusals);
}

static void end_minute_when_over(struct ic_refusals *refusals, int64_t now_ms)
{
    if ((refusals->count || refusals->others) &&
        now_ms - refusals->since_ms >= IC_REFUSALS_MINUTE_MS)
        end_minute(refusals);
}

void ic_refusals_tick(struct ic_refusals *refusals, int64_t now_ms)
{
    pthread_mutex_lock(&refusals->mutex);
    end_minute_when_over(refusals, now_ms);
    pthread_mutex_unlock(&refusals->mutex);
}

static struct kind *find(struct ic_refusals *refusals, const char *requester, const char *what)
{
    for (size_t i = 0; i < refusals->count; i++) {
        struct kind *kind = &refusals->kinds[i];
        if (strcmp(kind->requester, requester) == 0 && strcmp(kind->what, what) == 0)
            return kind;
    }
    return NULL;
}

/* False: there is no room, or no memory. */
static bool add(struct ic_refusals *refusals, const char *requester, const char *what)
{
    if (refusals->count == IC_REFUSALS_KINDS)
        return false;
    struct kind kind = {.requester = strdup(requester), .what = strdup(what)};
    if (kind.requester && kind.what) {
        refusals->kinds[refusals->count++] = kind;
        return true;
    }
    free(kind.requester);
    free(kind.what);
    return false;
}

void ic_refusals_log(struct ic_refusals *refusals, const char *requester, const char *what,
                     const char *why, int64_t now_ms)
{
    pthread_mutex_lock(&refusals->mutex);
    end_minute_when_over(refusals, now_ms);
    if (!refusals->count && !refusals->others)
        refusals->since_ms = now_ms;
    struct kind *kind = find(refusals, requester, what);
    if (kind)
        kind->more++;
    else if (add(refusals, requester, what))
        ic_log("refused %s to %s: %s", what, requester, why);
    else
        refusals->others++;
    pthread_mutex_unlock(&refusals->mutex);
}
