/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's service: stanzas in, answers out.
 *
 *     stanza -> checks -> job, on a worker -> answer
 *            -> answer, where nothing needs the catalog
 *
 * It knows neither sockets nor clocks: both are given to it. What a stanza asks of the catalog
 * is done by workers; all state of the protocol belongs to one thread. Threads: the service's
 * thread calls everything here, but what says otherwise. */
#ifndef IC_SERVICE_H
#define IC_SERVICE_H

#include "catalog/catalog.h"
#include "jobs.h"
#include "parser.h"
#include "policy.h"
#include "roles.h"
#include "sessions.h"
#include "stanza.h"

enum {
    IC_SERVICE_ANSWER_BYTES = 256 * 1024, /* the default of answer_bytes_max */
    IC_SERVICE_NOTES_MAX = 20,            /* warnings in one answer; more are counted */
    IC_SERVICE_ASYNC_MS = 1000,           /* work that takes longer is answered in between */
    IC_SERVICE_TICK_MS = 100              /* how often ic_service_tick wants to be called */
};

/* What may change while the exchange runs; each piece of work keeps what it began with. */
struct ic_settings {
    size_t answer_bytes_max;      /* of one stanza that goes out */
    int64_t lease_ms;             /* of a publication that names none; 0: never expires */
    int64_t lease_max_ms;         /* longest that may be asked for; 0: any */
    long match_timeout_ms;        /* 0: none */
    long sparql_timeout_ms;       /* 0: none */
    size_t sparql_memory_max;     /* bytes; 0: the catalog's limit `result` */
    size_t publication_bytes_max; /* all parts of one publication */
    size_t publication_parts_max;
    int64_t queue_ms; /* what was not begun after so long is refused */
    struct ic_sessions_limits sessions;
    struct ic_jobs_limits jobs;
};

struct ic_service_options {
    struct ic_catalog *catalog;
    const char *jid;                /* the component's, normalised; copied */
    const struct ic_roles *roles;   /* borrowed until ic_service_configure, as are quotas */
    const struct ic_quotas *quotas; /* NULL: none */
    struct ic_policy *policy;       /* borrowed, or NULL: nobody is counted */
    struct ic_parsers *parsers;     /* borrowed, or NULL: payloads are read in this process */
    struct ic_settings settings;
    int64_t (*now_ms)(void); /* monotonic */
    void *context;
    /* Puts a stanza into the outbox. IC_BUSY: not now; it is kept and tried again. */
    enum ic_status (*send)(void *context, const char *bytes, size_t length,
                           struct ic_error *error);
};

struct ic_service;

/* Starts the workers. Owned: ic_service_free, before the catalog is closed. */
enum ic_status ic_service_new(const struct ic_service_options *options,
                              struct ic_service **service, struct ic_error *error);
/* Gives up what is still being worked on. */
void ic_service_free(struct ic_service *service);

/* What holds from now on; `roles` and `quotas` as in the options. */
void ic_service_configure(struct ic_service *service, const struct ic_roles *roles,
                          const struct ic_quotas *quotas, const struct ic_settings *settings);

/* Takes a stanza, which it owns from here. Errors, results, messages and presence are never
 * answered; everything else is, once: at once, or when the work on it is done. */
void ic_service_take(struct ic_service *service, struct ic_stanza *stanza);
/* Has the work begun that stanzas asked for: what is short here (ic_jobs_go), the rest by
 * workers. Due after one or more ic_service_take, and again, once other events were seen to,
 * when it returns true. */
bool ic_service_go(struct ic_service *service);

/* Readable when work was done: ic_service_finish is due. Borrowed. */
int ic_service_fd(const struct ic_service *service);
void ic_service_finish(struct ic_service *service);

/* Time has passed: answers long work in between, refuses what waited too long, ends sessions.
 */
void ic_service_tick(struct ic_service *service);

/* The outbox has room again. */
void ic_service_flush(struct ic_service *service);

/* Refuses new work from now on. */
void ic_service_drain(struct ic_service *service);
/* True when nothing is queued, running or unsent. */
bool ic_service_idle(struct ic_service *service);

/* ---- for the handlers of payloads ---- */

struct ic_adhoc_command;

/* Everything behind ic_service; fields below the line change, on the service's thread only. */
struct ic_service {
    struct ic_catalog *catalog;
    char *jid;
    struct ic_session_ids *ids;
    struct ic_jobs *jobs;
    struct ic_policy *policy;   /* or NULL */
    struct ic_parsers *parsers; /* or NULL */
    int64_t (*now_ms)(void);
    atomic_size_t sessions_open; /* for any thread */
    atomic_uint_fast64_t answered, refused;
    int64_t started_ms; /* now_ms */
    /* ---- */
    const struct ic_roles *roles;
    const struct ic_quotas *quotas; /* or NULL: none */
    struct ic_settings settings;
    struct ic_sessions *sessions;
    struct ic_work *unanswered; /* whose requesters still wait, oldest first */
    struct ic_unsent *unsent, *last_unsent;
    size_t unsent_bytes;
    bool draining;
    void *context;
    enum ic_status (*send)(void *context, const char *bytes, size_t length,
                           struct ic_error *error);
};

/* What its quotas say of a requester; without quotas, as much as he likes, but 16 sessions. */
struct ic_quota ic_service_quota(const struct ic_service *service, const char *requester);

/* Sends `buffer` now, or keeps it until there is room; empties it. */
void ic_service_send(struct ic_service *service, struct ic_buffer *buffer);

/* Each writes the answer to an IQ into `answer`; adhoc may write none, when work was begun,
 * which then owns `*stanza` and `iq->requester`. */
void ic_disco_info(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer);
void ic_disco_items(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer);
void ic_adhoc_answer(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer);

#define IC_NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define IC_NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define IC_NS_PING "urn:xmpp:ping"

#endif
