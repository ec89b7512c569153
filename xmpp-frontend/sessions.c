/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of sessions from the catalog's persistent counter. */
#include "sessions.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ic_sessions {
    struct ic_catalog *catalog;
    pthread_mutex_t lock;
    uint64_t next, end; /* numbers of the block that are left: next to end - 1 */
};

struct ic_sessions *ic_sessions_new(struct ic_catalog *catalog)
{
    struct ic_sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions)
        return NULL;
    sessions->catalog = catalog;
    if (pthread_mutex_init(&sessions->lock, NULL) != 0) {
        free(sessions);
        return NULL;
    }
    return sessions;
}

void ic_sessions_free(struct ic_sessions *sessions)
{
    if (!sessions)
        return;
    pthread_mutex_destroy(&sessions->lock);
    free(sessions);
}

/* Takes a block when there is none. With the lock. */
static enum ic_status refill(struct ic_sessions *sessions, struct ic_error *error)
{
    uint64_t first = 0;
    if (sessions->next < sessions->end)
        return IC_OK;
    const enum ic_status status =
        ic_catalog_take_numbers(sessions->catalog, "session", IC_SESSION_BLOCK, &first, error);
    if (status != IC_OK)
        return status;
    sessions->next = first;
    sessions->end = first + IC_SESSION_BLOCK;
    return IC_OK;
}

enum ic_status ic_sessions_new_id(struct ic_sessions *sessions, char id[IC_SESSION_ID_BYTES],
                                  struct ic_error *error)
{
    pthread_mutex_lock(&sessions->lock);
    const enum ic_status status = refill(sessions, error);
    if (status == IC_OK)
        snprintf(id, IC_SESSION_ID_BYTES, IC_SESSION_PREFIX "%0*" PRIu64, IC_SESSION_DIGITS_MIN,
                 sessions->next++);
    pthread_mutex_unlock(&sessions->lock);
    return status;
}

/* The number of an id in the one form in which it is written; 0: it is none. */
static uint64_t number_of(const char *id)
{
    char written[IC_SESSION_ID_BYTES];
    const size_t prefix = strlen(IC_SESSION_PREFIX);
    if (strncmp(id, IC_SESSION_PREFIX, prefix) != 0 || !isdigit((unsigned char)id[prefix]))
        return 0;
    const uint64_t number = strtoumax(id + prefix, NULL, 10);
    snprintf(written, sizeof written, IC_SESSION_PREFIX "%0*" PRIu64, IC_SESSION_DIGITS_MIN,
             number);
    return strcmp(written, id) == 0 ? number : 0;
}

enum ic_status ic_sessions_find(struct ic_sessions *sessions, const char *id,
                                struct ic_error *error)
{
    const uint64_t number = number_of(id);
    if (number == 0)
        return ic_fail(error, IC_NOT_FOUND, "no session has the id \"%.100s\"", id);
    pthread_mutex_lock(&sessions->lock);
    enum ic_status status = refill(sessions, error);
    if (status == IC_OK && number >= sessions->next)
        status = ic_fail(error, IC_NOT_FOUND, "no session has the id \"%.100s\"", id);
    pthread_mutex_unlock(&sessions->lock);
    return status;
}
