/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that are not complete with their first answer (XEP-0050, section 2.4).
 *
 *     FORM     a form was given; the next request brings it back filled in
 *     PARTS    a publication comes in parts
 *     WORKING  queued or running
 *     READY    the output waits, in one page or more, until it is fetched and deleted
 *     FAILED   the work failed; status requests tell why
 *
 * A session belongs to a bare JID; it ends by `complete`, by `cancel`, or when nothing was
 * asked of it for its time. Sessions, those of one owner, and the bytes that they keep are
 * bounded. Threads: the service's thread. */
#ifndef IC_SESSIONS_H
#define IC_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "output.h"
#include "session_ids.h"

enum ic_session_state {
    IC_SESSION_FORM,
    IC_SESSION_PARTS,
    IC_SESSION_WORKING,
    IC_SESSION_READY,
    IC_SESSION_FAILED
};

struct ic_session {
    char id[IC_SESSION_ID_BYTES];
    enum ic_session_state state;
    const struct ic_adhoc_command *command;
    char *owner;       /* normalised bare JID */
    char *notify;      /* the full JID that asked last */
    bool speaks_forms; /* answers are data forms */
    int64_t begun_ms, touched_ms;
    struct ic_work *work; /* WORKING; borrowed */
    /* PARTS: a <document> without its end tag, and what came of its text. */
    struct ic_buffer text;
    size_t parts, text_bytes;
    /* READY */
    struct ic_output output;
    struct ic_buffer notes;
    size_t delivered; /* items up to here went out with the last page */
    bool whole_fits;  /* one stanza holds all of it */
    /* FAILED */
    struct ic_error error;
    /* The table's own. */
    size_t bytes;
    struct ic_owner *share;
    struct ic_session *prev, *next; /* by time of the last request, oldest first */
};

struct ic_sessions;

/* 0 takes the default beside it. */
struct ic_sessions_limits {
    size_t sessions_max; /* 10,000 */
    size_t bytes_max;    /* 64 MiB: outputs and parts, of all sessions */
    int64_t idle_ms;     /* 10 minutes */
};

/* Owned: ic_sessions_free, which drops every session. NULL when memory is out. */
struct ic_sessions *ic_sessions_new(const struct ic_sessions_limits *limits);
void ic_sessions_free(struct ic_sessions *sessions);
void ic_sessions_set_limits(struct ic_sessions *sessions,
                            const struct ic_sessions_limits *limits);

/* Begins a session with that id. IC_BUSY: too many of all, or `of_owner_max` of this owner (0:
 * he may have any number); IC_NO_MEMORY. */
enum ic_status ic_sessions_begin(struct ic_sessions *sessions, const char *id,
                                 const char *owner, size_t of_owner_max, const char *notify,
                                 int64_t now_ms, struct ic_session **session,
                                 struct ic_error *error);

/* The owner's session of that id, or NULL: another's are not his to know of. */
struct ic_session *ic_sessions_find(struct ic_sessions *sessions, const char *id,
                                    const char *owner);

/* A request came for it from `notify`: it lives on from now. IC_NO_MEMORY. */
enum ic_status ic_sessions_touch(struct ic_sessions *sessions, struct ic_session *session,
                                 const char *notify, int64_t now_ms);

/* Says how many bytes the session keeps now. IC_BUSY: all sessions keep too much. */
enum ic_status ic_sessions_keep(struct ic_sessions *sessions, struct ic_session *session,
                                size_t bytes, struct ic_error *error);

/* Ends a session; frees it with all that it keeps. */
void ic_sessions_end(struct ic_sessions *sessions, struct ic_session *session);

/* The session that nobody has asked for longest, if that is longer than it may be; NULL. */
struct ic_session *ic_sessions_idle(struct ic_sessions *sessions, int64_t now_ms);

size_t ic_sessions_count(const struct ic_sessions *sessions);

#endif
