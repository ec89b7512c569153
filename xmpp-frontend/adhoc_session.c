/* SPDX-License-Identifier: Apache-2.0 */
/* Requests with a session: what they may ask in each of its states (XEP-0050, section 2.4;
 * XEP-0244, section 3). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adhoc_internal.h"

static ic_refusal refuse(enum ic_status status)
{
    return ic_stanza_error(status);
}

static ic_refusal bad_action(struct ic_error *error, const char *text)
{
    ic_fail(error, IC_BAD_INPUT, "%s", text);
    return &ic_error_bad_action;
}

static struct ic_reply reply_of(const struct ic_adhoc_request *request,
                                const struct ic_session *session, unsigned offers)
{
    return (struct ic_reply){.iq = request->iq,
                             .command = session->command,
                             .id = session->id,
                             .status = "executing",
                             .offers = offers,
                             .in_words = true};
}

static struct ic_session *begin(struct ic_service *service,
                                const struct ic_adhoc_request *request, struct ic_error *error)
{
    char id[IC_SESSION_ID_BYTES];
    struct ic_session *session = NULL;
    if (ic_session_ids_take(service->ids, id, error) != IC_OK ||
        ic_sessions_begin(service->sessions, id, request->iq->requester,
                          ic_service_quota(service, request->iq->requester).sessions,
                          request->iq->from, service->now_ms(), &session, error) != IC_OK)
        return NULL;
    session->command = request->command;
    atomic_store(&service->sessions_open, ic_sessions_count(service->sessions));
    return session;
}

/* ---- forms ---- */

ic_refusal ic_adhoc_give_form(struct ic_service *service, struct ic_adhoc_request *request,
                              struct ic_buffer *answer, struct ic_error *error)
{
    struct ic_session *session = begin(service, request, error);
    if (!session)
        return refuse(error->status);
    session->state = IC_SESSION_FORM;
    session->speaks_forms = true;
    struct ic_reply reply = reply_of(request, session, IC_OFFER_COMPLETE);
    reply.execute = "complete";
    ic_reply_begin(answer, &reply);
    ic_form_write(&session->command->form, session->command->name, NULL, answer);
    ic_reply_end(answer, &reply);
    return NULL;
}

static ic_refusal submit_form(struct ic_service *service, struct ic_adhoc_request *request,
                              struct ic_error *error)
{
    if (!request->x) {
        ic_fail(error, IC_BAD_INPUT,
                "the session waits for its form; send it filled in, or cancel");
        return refuse(IC_BAD_INPUT);
    }
    return ic_adhoc_begin(service, request, NULL, error);
}

/* ---- a publication in parts ---- */

static const struct ic_element *document_of(const struct ic_adhoc_request *request)
{
    return ic_element_is(request->input, IC_NS_PAYLOAD, "document") ? request->input : NULL;
}

bool ic_adhoc_is_part(const struct ic_adhoc_request *request)
{
    const struct ic_element *document = document_of(request);
    return document && ic_element_attribute(document, "part");
}

static enum ic_status check_number(const struct ic_element *document,
                                   const struct ic_session *session, bool *repeated,
                                   struct ic_error *error)
{
    const char *text = document ? ic_element_attribute(document, "part") : NULL;
    char *end = NULL;
    const unsigned long long number =
        text && *text >= '1' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    *repeated = false;
    if (number == 0 || *end)
        return ic_fail(error, IC_BAD_INPUT,
                       "a part is a <document> with its number, from part='1' on");
    *repeated = number == session->parts && session->parts > 0;
    if (number != session->parts + 1 && !*repeated)
        return ic_fail(error, IC_BAD_INPUT,
                       "this is part %llu, but part %zu comes next; parts come in order",
                       number, session->parts + 1);
    return IC_OK;
}

/* The first part says what the document is. */
static enum ic_status open_document(const struct ic_element *document,
                                    const struct ic_settings *settings,
                                    struct ic_session *session, struct ic_error *error)
{
    const char *type = ic_element_attribute(document, "type");
    if (!type)
        return ic_fail(error, IC_BAD_INPUT, "<document> has no attribute \"type\"");
    /* A character may grow sixfold where it is escaped. */
    ic_buffer_init(&session->text, 6 * settings->publication_bytes_max + 4096);
    ic_buffer_text(&session->text, "<document xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(&session->text, "type", type);
    ic_buffer_attribute(&session->text, "lease", ic_element_attribute(document, "lease"));
    ic_buffer_text(&session->text, ">");
    return session->text.status;
}

static enum ic_status add_part(struct ic_service *service,
                               const struct ic_adhoc_request *request,
                               struct ic_session *session, struct ic_error *error)
{
    const struct ic_settings *settings = &service->settings;
    const struct ic_element *document = document_of(request);
    struct ic_arena *arena = request->iq->stanza->arena;
    bool repeated;
    enum ic_status status = check_number(document, session, &repeated, error);
    if (status != IC_OK || repeated) /* an answer was lost on its way; once is enough */
        return status;
    if (session->parts == settings->publication_parts_max)
        return ic_fail(error, IC_TOO_LARGE,
                       "a publication has at most %zu parts; make them larger",
                       settings->publication_parts_max);
    if (ic_element_first(document))
        return ic_fail(error, IC_BAD_INPUT,
                       "an element in <document>, which holds escaped text; write < as &lt;");
    const char *text = ic_element_text(document, arena);
    const size_t length = text ? strlen(text) : 0;
    if (text && session->text_bytes + length > settings->publication_bytes_max)
        return ic_fail(error, IC_TOO_LARGE, "the parts together are longer than %zu bytes",
                       settings->publication_bytes_max);
    if (text && session->parts == 0)
        status = open_document(document, settings, session, error);
    const size_t before = session->text.length;
    if (text && status == IC_OK) {
        ic_buffer_escape(&session->text, text, length);
        status = session->text.status;
    }
    if (status == IC_OK && text)
        status = ic_sessions_keep(service->sessions, session, session->text.capacity, error);
    if (status == IC_OK && text) {
        session->text_bytes += length;
        session->parts++;
        return IC_OK;
    }
    ic_buffer_truncate(&session->text, before); /* the part may come again */
    return !text || status == IC_NO_MEMORY ? ic_fail(error, IC_NO_MEMORY, "memory is out")
                                           : status;
}

static void acknowledge(struct ic_service *service, const struct ic_adhoc_request *request,
                        const struct ic_session *session, struct ic_buffer *answer)
{
    struct ic_reply reply = reply_of(request, session, IC_OFFER_NEXT | IC_OFFER_COMPLETE);
    char text[128];
    snprintf(text, sizeof text, "%zu part%s, %zu bytes so far; complete commits them",
             session->parts, session->parts == 1 ? "" : "s", session->text_bytes);
    reply.execute = "next";
    ic_reply_begin(answer, &reply);
    ic_reply_status(answer, service->now_ms() - session->begun_ms, -1, -1, text);
    ic_reply_end(answer, &reply);
}

ic_refusal ic_adhoc_begin_parts(struct ic_service *service, struct ic_adhoc_request *request,
                                struct ic_buffer *answer, struct ic_error *error)
{
    if (!request->command->parts) {
        ic_fail(error, IC_BAD_INPUT, "%s does not take a document in parts",
                request->command->node);
        return refuse(IC_BAD_INPUT);
    }
    struct ic_session *session = begin(service, request, error);
    if (!session)
        return refuse(error->status);
    session->state = IC_SESSION_PARTS;
    const enum ic_status status = add_part(service, request, session, error);
    if (status == IC_OK)
        acknowledge(service, request, session, answer);
    else
        ic_adhoc_end_session(service, session);
    return status == IC_OK ? NULL : refuse(status);
}

static ic_refusal complete_parts(struct ic_service *service, struct ic_adhoc_request *request,
                                 struct ic_session *session, struct ic_error *error)
{
    ic_buffer_text(&session->text, "</document>");
    if (session->text.status != IC_OK) {
        ic_fail(error, session->text.status, "the parts do not fit into memory");
        return refuse(session->text.status);
    }
    request->input = NULL;
    const size_t length = session->text.length - strlen("</document>");
    ic_refusal wrong = ic_adhoc_begin(service, request, &session->text, error);
    if (wrong && session->text.length) /* it may be tried again */
        ic_buffer_truncate(&session->text, length);
    return wrong;
}

static ic_refusal continue_parts(struct ic_service *service, struct ic_adhoc_request *request,
                                 struct ic_session *session, struct ic_buffer *answer,
                                 struct ic_error *error)
{
    const bool complete = request->action == IC_ACTION_COMPLETE;
    if (request->transaction == IC_TRANSACTION_INPUT) {
        const enum ic_status status = add_part(service, request, session, error);
        if (status != IC_OK)
            return refuse(status);
    } else if (request->transaction != IC_TRANSACTION_STATUS && !complete) {
        ic_fail(error, IC_BAD_INPUT,
                "the session waits for the next part, or for action='complete'");
        return refuse(IC_BAD_INPUT);
    }
    if (complete)
        return complete_parts(service, request, session, error);
    acknowledge(service, request, session, answer);
    return NULL;
}

/* ---- work, and what came of it ---- */

/* When the work ends at the latest; 0: nobody knows. */
static int64_t limit_ms(const struct ic_work *work)
{
    if (work->command->run == ic_adhoc_match)
        return work->settings.match_timeout_ms;
    return work->command->run == ic_adhoc_sparql ? work->settings.sparql_timeout_ms : 0;
}

/* How far it is, as far as anybody can know: a search ends by its time limit at the latest. */
static void report_status(struct ic_service *service, const struct ic_adhoc_request *request,
                          const struct ic_session *session, struct ic_buffer *answer)
{
    const bool ready = session->state == IC_SESSION_READY;
    const int64_t elapsed_ms = service->now_ms() - session->begun_ms;
    char text[128] = "done; getOutput gives the output";
    int64_t remaining_ms = 0;
    int percentage = 100;
    if (!ready) {
        const struct ic_job *job = &session->work->job;
        const bool queued = atomic_load(&job->state) == IC_JOB_QUEUED;
        const int64_t all_ms = limit_ms(session->work);
        remaining_ms = all_ms > elapsed_ms ? all_ms - elapsed_ms : -1;
        percentage = remaining_ms >= 0 ? (int)(99 * elapsed_ms / all_ms) : -1;
        snprintf(text, sizeof text, queued ? "%zu requests are before it" : "running",
                 queued ? ic_jobs_before(service->jobs, job) : 0);
    }
    const struct ic_reply reply =
        reply_of(request, session, ready ? IC_OFFER_NEXT | IC_OFFER_COMPLETE : IC_OFFER_NEXT);
    ic_reply_begin(answer, &reply);
    if (session->speaks_forms)
        ic_reply_info(answer, text);
    else
        ic_reply_status(answer, elapsed_ms, remaining_ms, percentage, text);
    ic_reply_end(answer, &reply);
}

static void report_failure(const struct ic_adhoc_request *request,
                           const struct ic_session *session, struct ic_buffer *answer)
{
    const struct ic_reply reply = reply_of(request, session, IC_OFFER_NEXT);
    ic_reply_begin(answer, &reply);
    ic_reply_failure(answer, ic_stanza_error(session->error.status), &session->error);
    ic_reply_end(answer, &reply);
}

/* Which page: what <set/> asks (XEP-0059), else the one behind the last, and at the end the
 * first again. */
static enum ic_status choose_page(const struct ic_adhoc_request *request,
                                  const struct ic_session *session, size_t *first,
                                  size_t *count, struct ic_error *error)
{
    const size_t items = session->output.count;
    *first = session->delivered < items ? session->delivered : 0;
    *count = 0;
    for (const struct ic_element *child = request->set ? ic_element_first(request->set) : NULL;
         child; child = ic_element_next(child)) {
        const char *text = ic_element_text(child, request->iq->stanza->arena);
        char *end = NULL;
        const bool is_number = text && *text >= '0' && *text <= '9';
        const unsigned long long number = is_number ? strtoull(text, &end, 10) : 0;
        const bool known = strcmp(child->name, "max") == 0 ||
                           strcmp(child->name, "after") == 0 ||
                           strcmp(child->name, "index") == 0;
        if (!known || !is_number || *end || (*child->name == 'm' && number == 0))
            return ic_fail(error, IC_BAD_INPUT,
                           "<set> takes <max>, <index> and <after> with a number, such as "
                           "<set xmlns='" IC_NS_RSM "'><after>99</after></set>");
        if (*child->name == 'm')
            *count = number < items ? (size_t)number : items;
        else
            *first = number < items ? (size_t)number + (*child->name == 'a') : items;
    }
    return IC_OK;
}

static ic_refusal deliver(struct ic_service *service, struct ic_adhoc_request *request,
                          struct ic_session *session, struct ic_buffer *answer,
                          struct ic_error *error)
{
    const struct ic_output *output = &session->output;
    /* A person who has gone on to the last page has the whole. */
    const bool complete = request->action == IC_ACTION_COMPLETE || session->speaks_forms;
    const bool whole = !request->set && session->whole_fits;
    size_t first, count;
    struct ic_page page = {0, output->count};
    struct ic_reply reply = reply_of(request, session, IC_OFFER_NEXT | IC_OFFER_COMPLETE);
    enum ic_status status = choose_page(request, session, &first, &count, error);
    if (status != IC_OK)
        return refuse(status);
    if (complete && whole) {
        reply.status = "completed";
        reply.offers = 0;
    }
    reply.in_words = session->notes.length > 0 || session->speaks_forms;
    /* The last page then completes the command; which page is the last is known only
     * when it has been written. */
    for (bool last = complete && whole;;) {
        ic_buffer_truncate(answer, 0);
        ic_reply_begin(answer, &reply);
        if (session->notes.length && (whole || first == 0))
            ic_buffer_add(answer, session->notes.data, session->notes.length);
        status = whole ? ic_reply_page(answer, session->command, session->speaks_forms, output,
                                       &page, false, error)
                       : ic_reply_fitting_page(answer, session->command, session->speaks_forms,
                                               output, first, count, &page, error);
        ic_reply_end(answer, &reply);
        if (status != IC_OK || last || !complete || page.first + page.count < output->count)
            break;
        last = true;
        reply.status = "completed";
        reply.offers = 0;
    }
    if (status == IC_TOO_LARGE && whole) {
        /* A longer id or address than when it was measured. */
        session->whole_fits = false;
        return deliver(service, request, session, answer, error);
    }
    if (status != IC_OK) {
        ic_buffer_truncate(answer, 0);
        return refuse(status);
    }
    session->delivered = page.first + page.count;
    if (complete && session->delivered == output->count)
        ic_adhoc_end_session(service, session);
    return NULL;
}

static ic_refusal continue_work(struct ic_service *service, struct ic_adhoc_request *request,
                                struct ic_session *session, struct ic_buffer *answer,
                                struct ic_error *error)
{
    const bool complete = request->action == IC_ACTION_COMPLETE;
    /* A person's client has no other way to say what it wants than to go on. */
    const bool output = complete || request->transaction == IC_TRANSACTION_OUTPUT ||
                        (session->speaks_forms && request->transaction == IC_TRANSACTION_NONE);
    if (request->transaction == IC_TRANSACTION_INPUT || request->x) {
        if (!session->speaks_forms) {
            ic_fail(error, IC_BAD_INPUT,
                    "the session has its input; ask for getStatus or getOutput");
            return refuse(IC_BAD_INPUT);
        }
    }
    switch (session->state) {
    case IC_SESSION_WORKING:
        if (complete)
            return bad_action(error, "the work is not done; its end will be told by a message");
        report_status(service, request, session, answer);
        return NULL;
    case IC_SESSION_FAILED:
        if (complete)
            return bad_action(error, "the work failed; cancel deletes the session");
        report_failure(request, session, answer);
        return NULL;
    case IC_SESSION_READY:
        if (output)
            return deliver(service, request, session, answer, error);
        report_status(service, request, session, answer);
        return NULL;
    case IC_SESSION_FORM:
    case IC_SESSION_PARTS:
        break;
    }
    return bad_action(error, "the session does not take this");
}

static void cancel(struct ic_service *service, const struct ic_adhoc_request *request,
                   struct ic_session *session, struct ic_buffer *answer)
{
    struct ic_reply reply = reply_of(request, session, 0);
    /* What a worker is writing to the catalog cannot be called back. */
    const bool at_work = session->work && session->command->role != IC_ROLE_QUERY &&
                         atomic_load(&session->work->job.state) == IC_JOB_RUNNING;
    reply.status = "canceled";
    reply.in_words = at_work;
    ic_reply_begin(answer, &reply);
    if (at_work) {
        struct ic_error text = {0};
        ic_fail(&text, IC_OK, "the work had begun; it may have been done");
        ic_reply_note(answer, "warn", &text);
    }
    ic_reply_end(answer, &reply);
    ic_adhoc_end_session(service, session);
}

ic_refusal ic_adhoc_continue(struct ic_service *service, struct ic_adhoc_request *request,
                             struct ic_buffer *answer, struct ic_error *error)
{
    struct ic_session *session = request->session;
    if (request->action == IC_ACTION_CANCEL) {
        cancel(service, request, session, answer);
        return NULL;
    }
    if (request->action == IC_ACTION_PREV)
        return bad_action(error, "there is no way back; cancel and begin anew");
    if (ic_sessions_touch(service->sessions, session, request->iq->from, service->now_ms()) !=
        IC_OK) {
        ic_fail(error, IC_NO_MEMORY, "memory is out");
        return refuse(IC_NO_MEMORY);
    }
    switch (session->state) {
    case IC_SESSION_FORM:
        return submit_form(service, request, error);
    case IC_SESSION_PARTS:
        return continue_parts(service, request, session, answer, error);
    case IC_SESSION_WORKING:
    case IC_SESSION_READY:
    case IC_SESSION_FAILED:
        break;
    }
    return continue_work(service, request, session, answer, error);
}
