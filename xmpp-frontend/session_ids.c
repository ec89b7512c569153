/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of sessions from the catalog's persistent counter. */
#include "session_ids.h"

#include <ctype.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ic_session_ids {
    struct ic_catalog *catalog;
    pthread_mutex_t preparing; /* held while a block is taken; taken before `lock` */
    pthread_mutex_t lock;
    /* Numbers that are left: next to end - 1, then spare to spare_end - 1. Blocks grow; between
     * two of them nothing was given out by this process. */
    uint64_t next, end, spare, spare_end;
};

struct ic_session_ids *ic_session_ids_new(struct ic_catalog *catalog)
{
    struct ic_session_ids *ids = calloc(1, sizeof *ids);
    if (!ids)
        return NULL;
    ids->catalog = catalog;
    pthread_mutex_init(&ids->preparing, NULL);
    pthread_mutex_init(&ids->lock, NULL);
    return ids;
}

void ic_session_ids_free(struct ic_session_ids *ids)
{
    if (!ids)
        return;
    pthread_mutex_destroy(&ids->preparing);
    pthread_mutex_destroy(&ids->lock);
    free(ids);
}

static uint64_t count_left(struct ic_session_ids *ids)
{
    pthread_mutex_lock(&ids->lock);
    const uint64_t left = ids->end - ids->next + ids->spare_end - ids->spare;
    pthread_mutex_unlock(&ids->lock);
    return left;
}

bool ic_session_ids_short(struct ic_session_ids *ids)
{
    return count_left(ids) < IC_SESSION_BLOCK / 2;
}

enum ic_status ic_session_ids_prepare(struct ic_session_ids *ids, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    uint64_t first = 0;
    if (!ic_session_ids_short(ids))
        return IC_OK;
    if (pthread_mutex_trylock(&ids->preparing) != 0) {
        if (count_left(ids) > 0)
            return IC_OK; /* another thread is at it in good time */
        pthread_mutex_lock(&ids->preparing);
    }
    const bool is_mine = ic_session_ids_short(ids); /* nobody did it meanwhile */
    if (is_mine)
        status =
            ic_catalog_take_numbers(ids->catalog, "session", IC_SESSION_BLOCK, &first, error);
    if (is_mine && status == IC_OK) {
        pthread_mutex_lock(&ids->lock);
        if (ids->next == ids->end) {
            ids->next = first;
            ids->end = first + IC_SESSION_BLOCK;
        } else {
            ids->spare = first;
            ids->spare_end = first + IC_SESSION_BLOCK;
        }
        pthread_mutex_unlock(&ids->lock);
    }
    pthread_mutex_unlock(&ids->preparing);
    return status;
}

static uint64_t take(struct ic_session_ids *ids)
{
    uint64_t number = 0;
    pthread_mutex_lock(&ids->lock);
    if (ids->next == ids->end) {
        ids->next = ids->spare;
        ids->end = ids->spare_end;
        ids->spare = ids->spare_end = 0;
    }
    if (ids->next < ids->end)
        number = ids->next++;
    pthread_mutex_unlock(&ids->lock);
    return number;
}

enum ic_status ic_session_ids_take(struct ic_session_ids *ids, char id[IC_SESSION_ID_BYTES],
                                   struct ic_error *error)
{
    uint64_t number;
    while ((number = take(ids)) == 0) {
        const enum ic_status status = ic_session_ids_prepare(ids, error);
        if (status != IC_OK)
            return status;
    }
    snprintf(id, IC_SESSION_ID_BYTES, IC_SESSION_PREFIX "%0*" PRIu64, IC_SESSION_DIGITS_MIN,
             number);
    return IC_OK;
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

bool ic_session_ids_given(struct ic_session_ids *ids, const char *id)
{
    const uint64_t number = number_of(id);
    pthread_mutex_lock(&ids->lock);
    const bool given = number > 0 && number < ids->next;
    pthread_mutex_unlock(&ids->lock);
    return given;
}
