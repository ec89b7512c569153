/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the command layer: what a request says (adhoc.c), the work that it begins
 * (adhoc_work.c), what is asked of a session (adhoc_session.c), and answers (adhoc_answer.c).
 * Threads: the service's thread, but what says otherwise. */
#ifndef IC_ADHOC_INTERNAL_H
#define IC_ADHOC_INTERNAL_H

#include "adhoc.h"

#define IC_NS_RSM "http://jabber.org/protocol/rsm"

enum ic_action {
    IC_ACTION_EXECUTE,
    IC_ACTION_CANCEL,
    IC_ACTION_NEXT,
    IC_ACTION_PREV,
    IC_ACTION_COMPLETE
};

/* What IO Data asks for. */
enum ic_transaction {
    IC_TRANSACTION_NONE,
    IC_TRANSACTION_SCHEMATA,
    IC_TRANSACTION_INPUT,
    IC_TRANSACTION_STATUS,
    IC_TRANSACTION_OUTPUT
};

/* A request, taken apart. */
struct ic_adhoc_request {
    struct ic_iq *iq;
    const struct ic_adhoc_command *command;
    enum ic_action action;
    const char *session_id;     /* or NULL */
    struct ic_session *session; /* of that id, or NULL */
    enum ic_transaction transaction;
    const struct ic_element *input; /* IC_TRANSACTION_INPUT: one of the command's roots */
    const struct ic_element *x;     /* a filled in form, or NULL */
    const struct ic_element *set;   /* which page (XEP-0059), or NULL */
};

/* A failed check: NULL when all is well, else the kind of error, with `error` filled. */
typedef const struct ic_stanza_error *ic_refusal;

/* ---- work ---- */

/* One run of a command. The worker has it while its job is queued or running. */
struct ic_work {
    struct ic_job job; /* first: the pool hands this back */
    struct ic_service *service;
    const struct ic_adhoc_command *command;
    struct ic_stanza *stanza; /* owned; what `iq` and `call` borrow from */
    struct ic_iq iq;          /* `requester` is owned */
    struct ic_settings settings;
    struct ic_quota quota;
    struct ic_call call;
    char id[IC_SESSION_ID_BYTES];
    struct ic_session *session; /* NULL: none yet, or it was cancelled */
    bool answered;              /* the requester has had an answer in between */
    int64_t began_ms;           /* when the request came */
    /* The outcome. */
    enum ic_status status;
    struct ic_error error;
    struct ic_output output;
    struct ic_buffer notes, whole;
    struct ic_buffer answer; /* the whole answer; empty where it does not fit into one stanza */
    struct ic_work *prev, *next; /* those without an answer */
};

/* Begins the work on a request. It takes the stanza and the requester out of `request->iq`;
 * `request->session` is one whose form or parts came to an end, or NULL. `whole` (may be NULL)
 * is taken over, unless it is refused. NULL: begun, or answered with the form to be mended. */
ic_refusal ic_adhoc_begin(struct ic_service *service, struct ic_adhoc_request *request,
                          struct ic_buffer *whole, struct ic_error *error);

/* A job has come back. */
void ic_adhoc_finish(struct ic_service *service, struct ic_work *work);

/* Answers, with a session, those whose work takes long. */
void ic_adhoc_tick(struct ic_service *service);

/* Ends a session, and the work on it. */
void ic_adhoc_end_session(struct ic_service *service, struct ic_session *session);

void ic_adhoc_free(struct ic_work *work);

/* ---- sessions ---- */

/* What a request without session may begin beside work: a form, a publication in parts. */
ic_refusal ic_adhoc_give_form(struct ic_service *service, struct ic_adhoc_request *request,
                              struct ic_buffer *answer, struct ic_error *error);
ic_refusal ic_adhoc_begin_parts(struct ic_service *service, struct ic_adhoc_request *request,
                                struct ic_buffer *answer, struct ic_error *error);
/* True when the input is the first part of several. */
bool ic_adhoc_is_part(const struct ic_adhoc_request *request);

/* A request with a session. */
ic_refusal ic_adhoc_continue(struct ic_service *service, struct ic_adhoc_request *request,
                             struct ic_buffer *answer, struct ic_error *error);

/* ---- answers; any thread ---- */

enum { IC_OFFER_NEXT = 1, IC_OFFER_COMPLETE = 2 };

/* What stands around the payload of an answer or a notification. */
struct ic_reply {
    const struct ic_iq *iq; /* NULL: a message from `from` to `to` */
    const char *from, *to;
    const struct ic_adhoc_command *command;
    const char *id;      /* of the session, or NULL */
    const char *status;  /* "completed", "executing", "canceled" */
    unsigned offers;     /* IC_OFFER_… : <actions/> */
    const char *execute; /* the default action, or NULL */
    bool in_words;       /* it has text for people, which is English */
};

void ic_reply_begin(struct ic_buffer *buffer, const struct ic_reply *reply);
void ic_reply_end(struct ic_buffer *buffer, const struct ic_reply *reply);
void ic_reply_note(struct ic_buffer *buffer, const char *type, const struct ic_error *text);
void ic_reply_info(struct ic_buffer *buffer, const char *text);

/* <iodata type='status'>; remaining_ms and percentage below 0: unknown. */
void ic_reply_status(struct ic_buffer *buffer, int64_t elapsed_ms, int64_t remaining_ms,
                     int percentage, const char *information);

/* XEP-0244, 4.3: the note and the IO Data of work that failed. `kind` decides on the text. */
void ic_reply_failure(struct ic_buffer *buffer, const struct ic_stanza_error *kind,
                      const struct ic_error *error);

/* One page of an output, as IO Data or as a form; `set`: says which (XEP-0059). */
enum ic_status ic_reply_page(struct ic_buffer *buffer, const struct ic_adhoc_command *command,
                             bool as_form, const struct ic_output *output,
                             const struct ic_page *page, bool set, struct ic_error *error);

/* The largest page from item `first` on that fits into the buffer behind what it holds, written
 * to it with its <set/>. IC_TOO_LARGE: not one item fits. */
enum ic_status ic_reply_fitting_page(struct ic_buffer *buffer,
                                     const struct ic_adhoc_command *command, bool as_form,
                                     const struct ic_output *output, size_t first,
                                     size_t count_max, struct ic_page *page,
                                     struct ic_error *error);

/* Answers io-schemata-get. */
void ic_adhoc_schemata(const struct ic_adhoc_command *command, const struct ic_iq *iq,
                       struct ic_buffer *answer);

#endif
