/* SPDX-License-Identifier: Apache-2.0 */
/* The work that a command is: begun as a job, run by a worker, answered when it is done, or,
 * when that takes long, answered in between and fetched later (XEP-0244, section 3). */
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "adhoc_internal.h"
#include "log.h"

/* What one output may take in memory, beside the limit of all sessions together. */
enum { OUTPUT_BYTES_MAX = 16 * 1024 * 1024, ATTEMPT_BYTES_MAX = 64 * 1024 };

void ic_adhoc_free(struct ic_work *work)
{
    if (!work)
        return;
    ic_output_free(&work->output);
    ic_buffer_free(&work->notes);
    ic_buffer_free(&work->whole);
    ic_buffer_free(&work->answer);
    ic_arena_free(work->call.arena);
    ic_stanza_free(work->stanza);
    free(work->iq.requester);
    free(work);
}

/* ---- on a worker ---- */

static void add_notes(const struct ic_work *work, struct ic_buffer *answer)
{
    const struct ic_call *call = &work->call;
    if (work->notes.length)
        ic_buffer_add(answer, work->notes.data, work->notes.length);
    if (call->notes_given > call->notes_shown)
        ic_buffer_format(answer, "<note type='warn'>%zu more warnings are not shown</note>",
                         call->notes_given - call->notes_shown);
}

/* The whole answer, where it fits into one stanza; else `answer` is left empty. */
static void render(struct ic_work *work)
{
    const struct ic_reply reply = {.iq = &work->iq,
                                   .command = work->command,
                                   .id = work->id,
                                   .status = "completed",
                                   .in_words = work->notes.length || work->call.form};
    const struct ic_page all = {0, work->output.count};
    struct ic_buffer *answer = &work->answer;
    ic_reply_begin(answer, &reply);
    add_notes(work, answer);
    const enum ic_status status = ic_reply_page(answer, work->command, work->call.form != NULL,
                                                &work->output, &all, false, &work->error);
    ic_reply_end(answer, &reply);
    if (status == IC_OK && answer->status == IC_OK)
        return;
    if (status != IC_TOO_LARGE && answer->status != IC_TOO_LARGE)
        work->status = status != IC_OK ? status : answer->status;
    ic_buffer_truncate(answer, 0);
}

static void run_command(struct ic_work *work)
{
    struct ic_error *error = &work->error;
    enum ic_status status = work->command->run(&work->call);
    if (status == IC_OK)
        status = ic_output_status(&work->output);
    if (status == IC_TOO_LARGE && error->status == IC_OK)
        ic_fail(error, status,
                "the answer is longer than %zu bytes; ask for less, or for a page of it",
                work->output.bytes_max);
    work->status = status;
    if (status == IC_OK)
        render(work);
    if (work->status == IC_NO_MEMORY && error->status == IC_OK)
        ic_fail(error, IC_NO_MEMORY, "memory is out");
}

static void run(struct ic_job *job)
{
    struct ic_work *work = (struct ic_work *)(void *)job;
    work->status = ic_session_ids_prepare(work->service->ids, &work->error);
    if (work->status == IC_OK)
        run_command(work);
}

/* On the service's thread. What an attempt that gave up has written is taken back. */
static bool attempt(struct ic_job *job)
{
    struct ic_work *work = (struct ic_work *)(void *)job;
    struct ic_call *call = &work->call;
    call->until_ms = work->service->now_ms() + IC_JOBS_ATTEMPT_MS;
    run_command(work);
    call->until_ms = 0;
    if (work->status == IC_OK || !call->gave_up)
        return true;
    const size_t output_max = work->output.bytes_max;
    ic_output_free(&work->output);
    ic_output_init(&work->output, output_max);
    ic_buffer_truncate(&work->notes, 0);
    call->notes_given = call->notes_shown = 0;
    call->gave_up = false;
    work->error = (struct ic_error){0};
    work->status = IC_OK;
    return false;
}

/* ---- beginning ---- */

/* What a person filled in wrongly comes back to be mended. */
static bool give_form_again(struct ic_service *service, struct ic_work *work)
{
    struct ic_session *session = work->session;
    if (!session || (work->status != IC_BAD_INPUT && work->status != IC_NOT_FOUND &&
                     work->status != IC_TOO_LARGE))
        return false;
    const struct ic_reply reply = {.iq = &work->iq,
                                   .command = work->command,
                                   .id = session->id,
                                   .status = "executing",
                                   .offers = IC_OFFER_COMPLETE,
                                   .execute = "complete",
                                   .in_words = true};
    struct ic_buffer answer;
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    ic_reply_begin(&answer, &reply);
    ic_reply_note(&answer, "error", &work->error);
    ic_form_write(&work->command->form, work->command->name, work->call.form, &answer);
    ic_reply_end(&answer, &reply);
    const bool fits = answer.status == IC_OK;
    if (fits)
        ic_service_send(service, &answer);
    ic_buffer_free(&answer);
    if (fits) {
        session->state = IC_SESSION_FORM;
        session->work = NULL;
    }
    return fits;
}

static enum ic_status read_form(struct ic_work *work, const struct ic_adhoc_request *request,
                                struct ic_error *error)
{
    if (!request->x)
        return IC_OK;
    return ic_form_read(request->x, &request->command->form, work->call.arena, &work->call.form,
                        error);
}

static enum ic_status prepare(struct ic_service *service, struct ic_work *work,
                              const struct ic_adhoc_request *request, struct ic_error *error)
{
    const struct ic_session *session = request->session;
    const struct ic_settings *settings = &work->settings;
    const size_t all = settings->sessions.bytes_max;
    const size_t output_max = all && all < OUTPUT_BYTES_MAX ? all : OUTPUT_BYTES_MAX;
    ic_output_init(&work->output, output_max);
    /* What was done must not become an error for its many warnings. */
    ic_buffer_init(&work->notes, settings->answer_bytes_max / 4);
    ic_buffer_init(&work->answer, settings->answer_bytes_max);
    work->call = (struct ic_call){.service = service,
                                  .settings = settings,
                                  .quota = &work->quota,
                                  .requester = request->iq->requester,
                                  .input = request->input,
                                  .arena = ic_arena_new(),
                                  .output = &work->output,
                                  .notes = &work->notes,
                                  .cancelled = &work->job.cancelled,
                                  .error = &work->error};
    if (!work->call.arena)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    enum ic_status status = read_form(work, request, error);
    if (status == IC_OK && session)
        memcpy(work->id, session->id, sizeof work->id);
    else if (status == IC_OK)
        status = ic_session_ids_take(service->ids, work->id, error);
    return status;
}

/* What was not begun: the requester keeps what he sent, to send it again or to mend it. */
static ic_refusal give_up(struct ic_service *service, const struct ic_adhoc_request *request,
                          struct ic_work *work, struct ic_buffer *whole,
                          const struct ic_error *error)
{
    const enum ic_status status = error->status;
    work->session = request->session;
    work->status = status;
    work->error = *error;
    const bool mends = work->call.form && give_form_again(service, work);
    if (whole) {
        *whole = work->whole;
        ic_buffer_init(&work->whole, 0);
    }
    work->iq.requester = NULL; /* still the caller's */
    ic_adhoc_free(work);
    return mends ? NULL : ic_stanza_error(status);
}

ic_refusal ic_adhoc_begin(struct ic_service *service, struct ic_adhoc_request *request,
                          struct ic_buffer *whole, struct ic_error *error)
{
    struct ic_session *session = request->session;
    struct ic_work *work = calloc(1, sizeof *work);
    if (!work) {
        ic_fail(error, IC_NO_MEMORY, "memory is out");
        return ic_stanza_error(IC_NO_MEMORY);
    }
    work->service = service;
    work->command = request->command;
    work->settings = service->settings;
    work->quota = ic_service_quota(service, request->iq->requester);
    work->began_ms = service->now_ms();
    work->iq = *request->iq;
    enum ic_status status = prepare(service, work, request, error);
    if (whole) {
        work->whole = *whole;
        ic_buffer_init(whole, 0);
        work->call.whole = &work->whole;
    }
    work->job = (struct ic_job){.requester = request->iq->requester,
                                .run = run,
                                .bytes = ic_arena_size_bytes(request->iq->stanza->arena) +
                                         work->whole.length};
    if (work->command->is_quick && work->job.bytes <= ATTEMPT_BYTES_MAX &&
        !ic_session_ids_short(service->ids)) /* who runs it takes more of them */
        work->job.attempt = attempt;
    if (status == IC_OK && request->command->is_publication && service->policy)
        status = ic_policy_admit_publication(service->policy, request->iq->requester,
                                             &work->quota, work->began_ms, error);
    if (status == IC_OK)
        status = ic_jobs_submit(service->jobs, &work->job, work->began_ms, error);
    if (status != IC_OK && service->policy && error)
        ic_policy_refused(service->policy, request->iq->requester, request->command->node,
                          error, work->began_ms);
    if (status != IC_OK)
        return give_up(service, request, work, whole, error);
    work->stanza = request->iq->stanza;
    request->iq->stanza = NULL;
    request->iq->requester = NULL;
    DL_APPEND(service->unanswered, work);
    if (session) {
        session->state = IC_SESSION_WORKING;
        session->work = work;
        work->session = session;
    }
    return NULL;
}

/* ---- the answer in between ---- */

/* A session for what has none yet; NULL, with `error` filled: there may be no more. */
static struct ic_session *session_of(struct ic_service *service, struct ic_work *work,
                                     struct ic_error *error)
{
    if (!work->session)
        ic_sessions_begin(service->sessions, work->id, work->iq.requester, work->quota.sessions,
                          work->iq.from, service->now_ms(), &work->session, error);
    struct ic_session *session = work->session;
    if (session) {
        session->state = IC_SESSION_WORKING;
        session->command = work->command;
        session->speaks_forms = work->call.form != NULL;
        session->work = work;
        session->begun_ms = work->began_ms;
    }
    return session;
}

static void answer_error(struct ic_service *service, struct ic_work *work,
                         const struct ic_stanza_error *kind, const struct ic_error *error)
{
    struct ic_buffer answer;
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    ic_iq_error(&answer, &work->iq, kind, error);
    ic_service_send(service, &answer);
    ic_buffer_free(&answer);
    atomic_fetch_add(&service->refused, 1);
}

static void answer_in_between(struct ic_service *service, struct ic_work *work)
{
    struct ic_error error = {0};
    struct ic_buffer answer;
    struct ic_session *session = session_of(service, work, &error);
    DL_DELETE(service->unanswered, work);
    work->answered = true;
    if (!session) {
        /* Where it could not be fetched, it need not be done. */
        answer_error(service, work, ic_stanza_error(error.status), &error);
        ic_jobs_cancel(service->jobs, &work->job);
        return;
    }
    const struct ic_reply reply = {.iq = &work->iq,
                                   .command = work->command,
                                   .id = session->id,
                                   .status = "executing",
                                   .offers = IC_OFFER_NEXT,
                                   .in_words = true};
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    ic_reply_begin(&answer, &reply);
    ic_reply_info(&answer, "The work has begun and takes longer than a second; a message will "
                           "tell when it is done.");
    ic_reply_end(&answer, &reply);
    ic_service_send(service, &answer);
    ic_buffer_free(&answer);
}

void ic_adhoc_tick(struct ic_service *service)
{
    const int64_t now_ms = service->now_ms();
    struct ic_work *work, *after;
    /* The oldest stand first. */
    DL_FOREACH_SAFE(service->unanswered, work, after)
    {
        if (now_ms - work->began_ms < IC_SERVICE_ASYNC_MS)
            break;
        answer_in_between(service, work);
    }
}

/* ---- the end ---- */

/* What went wrong, for the log and for the requester. */
static const struct ic_stanza_error *outcome(struct ic_work *work)
{
    if (!work->job.ran) {
        work->status =
            ic_fail(&work->error, IC_BUSY,
                    "the exchange is busy: the request could not be begun in time; try again "
                    "in some seconds");
    }
    if (work->status == IC_OK)
        return NULL;
    const struct ic_stanza_error *kind = ic_stanza_error(work->status);
    if (kind->public_text)
        ic_log_error(&work->error, "%s of %s failed", work->command->node, work->iq.requester);
    return kind;
}

/* XEP-0244, section 4.3: a procedure that failed is completed, with a note of type 'error'. */
static void answer_failure(struct ic_service *service, struct ic_work *work,
                           const struct ic_stanza_error *kind)
{
    const struct ic_reply reply = {.iq = &work->iq,
                                   .command = work->command,
                                   .id = work->id,
                                   .status = "completed",
                                   .in_words = true};
    struct ic_buffer answer;
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    ic_reply_begin(&answer, &reply);
    ic_reply_failure(&answer, kind, &work->error);
    ic_reply_end(&answer, &reply);
    ic_service_send(service, &answer);
    ic_buffer_free(&answer);
}

/* The output becomes the session's. */
static enum ic_status keep_output(struct ic_service *service, struct ic_session *session,
                                  struct ic_work *work, struct ic_error *error)
{
    const size_t bytes = ic_output_memory(&work->output) + work->notes.capacity;
    const enum ic_status status = ic_sessions_keep(service->sessions, session, bytes, error);
    if (status != IC_OK)
        return status;
    ic_output_free(&session->output);
    session->output = work->output;
    ic_output_init(&work->output, 0);
    session->notes = work->notes;
    ic_buffer_init(&work->notes, 0);
    session->state = IC_SESSION_READY;
    session->delivered = 0;
    session->whole_fits = work->answer.length > 0;
    return IC_OK;
}

static void notify(struct ic_service *service, const struct ic_session *session)
{
    const bool ready = session->state == IC_SESSION_READY;
    const struct ic_reply reply = {.from = service->jid,
                                   .to = session->notify,
                                   .command = session->command,
                                   .id = session->id,
                                   .status = "executing",
                                   .offers = ready ? IC_OFFER_NEXT | IC_OFFER_COMPLETE
                                                   : IC_OFFER_NEXT,
                                   .in_words = true};
    struct ic_buffer message;
    ic_buffer_init(&message, service->settings.answer_bytes_max);
    ic_reply_begin(&message, &reply);
    if (ready)
        ic_reply_info(&message, "The work is done; the output may be fetched.");
    else
        ic_reply_failure(&message, ic_stanza_error(session->error.status), &session->error);
    ic_reply_end(&message, &reply);
    ic_service_send(service, &message);
    ic_buffer_free(&message);
}

/* Those who were answered in between are told that it is over. */
static void finish_session(struct ic_service *service, struct ic_work *work)
{
    struct ic_session *session = work->session;
    session->work = NULL;
    if (work->status == IC_OK && keep_output(service, session, work, &work->error) != IC_OK)
        work->status = work->error.status;
    if (work->status != IC_OK) {
        session->state = IC_SESSION_FAILED;
        session->error = work->error;
    }
    notify(service, session);
}

/* An output that is longer than one stanza may be: the requester fetches it page by page. */
static ic_refusal offer_pages(struct ic_service *service, struct ic_work *work,
                              struct ic_error *error)
{
    struct ic_session *session = session_of(service, work, error);
    struct ic_buffer answer;
    struct ic_page page;
    enum ic_status status =
        session ? keep_output(service, session, work, error) : error->status;
    if (status != IC_OK)
        return ic_stanza_error(status);
    session->work = NULL;
    const struct ic_reply reply = {.iq = &work->iq,
                                   .command = work->command,
                                   .id = session->id,
                                   .status = "executing",
                                   .offers = IC_OFFER_NEXT | IC_OFFER_COMPLETE,
                                   .in_words = true};
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    ic_reply_begin(&answer, &reply);
    ic_buffer_format(
        &answer,
        session->speaks_forms
            ? "<note type='info'>The answer has %zu rows, which come in pages.</note>"
            : "<note type='info'>The answer has %zu parts and does not fit into one "
              "stanza; fetch it in pages.</note>",
        session->output.count);
    if (session->speaks_forms) {
        status = ic_reply_fitting_page(&answer, session->command, true, &session->output, 0, 0,
                                       &page, error);
        session->delivered = page.count;
    } else {
        ic_reply_status(&answer, service->now_ms() - session->begun_ms, 0, 100,
                        "done; getOutput gives the first page");
    }
    ic_reply_end(&answer, &reply);
    if (status == IC_OK)
        ic_service_send(service, &answer);
    ic_buffer_free(&answer);
    return status == IC_OK ? NULL : ic_stanza_error(status);
}

static void finish_unanswered(struct ic_service *service, struct ic_work *work,
                              const struct ic_stanza_error *kind)
{
    struct ic_session *session = work->session;
    if (!kind && work->answer.length) {
        ic_service_send(service, &work->answer);
        atomic_fetch_add(&service->answered, 1);
    } else if (!kind) {
        kind = offer_pages(service, work, &work->error);
        session = kind ? work->session : NULL; /* it lives on */
    } else if (work->call.form && give_form_again(service, work)) {
        return;
    }
    if (kind && (kind->after_acceptance || work->call.form))
        answer_failure(service, work, kind);
    else if (kind)
        answer_error(service, work, kind, &work->error);
    if (session)
        ic_adhoc_end_session(service, session);
}

void ic_adhoc_finish(struct ic_service *service, struct ic_work *work)
{
    const struct ic_stanza_error *kind = outcome(work);
    if (!work->answered) {
        DL_DELETE(service->unanswered, work);
        finish_unanswered(service, work, kind);
    } else if (work->session) {
        finish_session(service, work);
    }
    ic_adhoc_free(work);
}

void ic_adhoc_end_session(struct ic_service *service, struct ic_session *session)
{
    struct ic_work *work = session->work;
    if (work) {
        work->session = NULL;
        if (atomic_load(&work->job.state) != IC_JOB_ENDED)
            ic_jobs_cancel(service->jobs, &work->job);
    }
    ic_sessions_end(service->sessions, session);
    atomic_store(&service->sessions_open, ic_sessions_count(service->sessions));
}
