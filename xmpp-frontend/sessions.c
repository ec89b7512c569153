/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sessions: by id, by owner, by age. */
#include "sessions.h"

#include <stdlib.h>
#include <string.h>

#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

enum {
    SESSIONS_DEFAULT = 10000,
    BYTES_DEFAULT = 64 * 1024 * 1024,
    IDLE_MS_DEFAULT = 10 * 60 * 1000
};

struct ic_owner {
    char *jid;
    size_t sessions;
    bool lost;
    UT_hash_handle hh;
};

/* What the table hashes; a session's own structure stays free of uthash. */
struct entry {
    struct ic_session session;
    bool lost;
    UT_hash_handle hh;
};

struct ic_sessions {
    struct ic_sessions_limits limits;
    struct entry *by_id;
    struct ic_owner *owners;
    struct ic_session *oldest; /* a list by the time of the last request */
    size_t count, bytes;
};

void ic_sessions_set_limits(struct ic_sessions *sessions,
                            const struct ic_sessions_limits *limits)
{
    sessions->limits = (struct ic_sessions_limits){
        .sessions_max = limits->sessions_max ? limits->sessions_max : SESSIONS_DEFAULT,
        .bytes_max = limits->bytes_max ? limits->bytes_max : BYTES_DEFAULT,
        .idle_ms = limits->idle_ms > 0 ? limits->idle_ms : IDLE_MS_DEFAULT};
}

struct ic_sessions *ic_sessions_new(const struct ic_sessions_limits *limits)
{
    struct ic_sessions *sessions = calloc(1, sizeof *sessions);
    if (sessions)
        ic_sessions_set_limits(sessions, limits);
    return sessions;
}

void ic_sessions_free(struct ic_sessions *sessions)
{
    while (sessions && sessions->oldest)
        ic_sessions_end(sessions, sessions->oldest);
    free(sessions);
}

static struct ic_owner *owner_of(struct ic_sessions *sessions, const char *jid)
{
    struct ic_owner *owner = NULL;
    HASH_FIND_STR(sessions->owners, jid, owner);
    if (owner)
        return owner;
    owner = calloc(1, sizeof *owner);
    if (owner)
        owner->jid = strdup(jid);
    if (owner && owner->jid)
        HASH_ADD_KEYPTR(hh, sessions->owners, owner->jid, strlen(owner->jid), owner);
    if (owner && (!owner->jid || owner->lost)) {
        free(owner->jid);
        free(owner);
        return NULL;
    }
    return owner;
}

static void drop_unused(struct ic_sessions *sessions, struct ic_owner *owner)
{
    if (owner->sessions > 0)
        return;
    HASH_DEL(sessions->owners, owner);
    free(owner->jid);
    free(owner);
}

static enum ic_status admit(const struct ic_sessions *sessions, const struct ic_owner *owner,
                            size_t of_owner_max, struct ic_error *error)
{
    if (of_owner_max && owner->sessions >= of_owner_max)
        return ic_fail(
            error, IC_BUSY,
            "%zu sessions of yours are open, no more are allowed; complete or cancel "
            "one",
            owner->sessions);
    if (sessions->count >= sessions->limits.sessions_max)
        return ic_fail(error, IC_BUSY,
                       "the exchange is busy: %zu sessions are open; try again later",
                       sessions->count);
    return IC_OK;
}

static struct ic_session *add(struct ic_sessions *sessions, struct ic_owner *owner,
                              const char *id, const char *notify, int64_t now_ms)
{
    struct entry *entry = calloc(1, sizeof *entry);
    struct ic_session *session = &entry->session;
    if (!entry)
        return NULL;
    session->owner = strdup(owner->jid);
    session->notify = strdup(notify);
    snprintf(session->id, sizeof session->id, "%s", id);
    if (session->owner && session->notify)
        HASH_ADD_STR(sessions->by_id, session.id, entry);
    if (!session->owner || !session->notify || entry->lost) {
        free(session->owner);
        free(session->notify);
        free(entry);
        return NULL;
    }
    session->share = owner;
    session->begun_ms = session->touched_ms = now_ms;
    ic_buffer_init(&session->text, 0);
    ic_buffer_init(&session->notes, 0);
    ic_output_init(&session->output, 0);
    DL_APPEND(sessions->oldest, session);
    owner->sessions++;
    sessions->count++;
    return session;
}

enum ic_status ic_sessions_begin(struct ic_sessions *sessions, const char *id, const char *jid,
                                 size_t of_owner_max, const char *notify, int64_t now_ms,
                                 struct ic_session **session, struct ic_error *error)
{
    struct ic_owner *owner = owner_of(sessions, jid);
    enum ic_status status = owner ? admit(sessions, owner, of_owner_max, error) : IC_NO_MEMORY;
    *session = NULL;
    if (status == IC_OK) {
        *session = add(sessions, owner, id, notify, now_ms);
        status = *session ? IC_OK : IC_NO_MEMORY;
    }
    if (owner)
        drop_unused(sessions, owner);
    return status == IC_NO_MEMORY ? ic_fail(error, status, "memory is out") : status;
}

struct ic_session *ic_sessions_find(struct ic_sessions *sessions, const char *id,
                                    const char *owner)
{
    struct entry *entry = NULL;
    HASH_FIND_STR(sessions->by_id, id, entry);
    return entry && strcmp(entry->session.owner, owner) == 0 ? &entry->session : NULL;
}

enum ic_status ic_sessions_touch(struct ic_sessions *sessions, struct ic_session *session,
                                 const char *notify, int64_t now_ms)
{
    char *copy = strdup(notify);
    if (!copy)
        return IC_NO_MEMORY;
    free(session->notify);
    session->notify = copy;
    session->touched_ms = now_ms;
    DL_DELETE(sessions->oldest, session);
    DL_APPEND(sessions->oldest, session);
    return IC_OK;
}

enum ic_status ic_sessions_keep(struct ic_sessions *sessions, struct ic_session *session,
                                size_t bytes, struct ic_error *error)
{
    const size_t others = sessions->bytes - session->bytes;
    if (bytes > session->bytes && others + bytes > sessions->limits.bytes_max)
        return ic_fail(
            error, IC_BUSY,
            "the exchange is busy: sessions keep %zu bytes already; try again later, "
            "or ask for less",
            others);
    sessions->bytes = others + bytes;
    session->bytes = bytes;
    return IC_OK;
}

void ic_sessions_end(struct ic_sessions *sessions, struct ic_session *session)
{
    struct entry *entry = (struct entry *)(void *)session;
    HASH_DEL(sessions->by_id, entry);
    DL_DELETE(sessions->oldest, session);
    sessions->count--;
    sessions->bytes -= session->bytes;
    session->share->sessions--;
    drop_unused(sessions, session->share);
    free(session->owner);
    free(session->notify);
    ic_buffer_free(&session->text);
    ic_buffer_free(&session->notes);
    ic_output_free(&session->output);
    free(entry);
}

struct ic_session *ic_sessions_idle(struct ic_sessions *sessions, int64_t now_ms)
{
    struct ic_session *oldest = sessions->oldest;
    return oldest && now_ms - oldest->touched_ms > sessions->limits.idle_ms ? oldest : NULL;
}

size_t ic_sessions_count(const struct ic_sessions *sessions)
{
    return sessions->count;
}
