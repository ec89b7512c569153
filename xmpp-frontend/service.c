/* SPDX-License-Identifier: Apache-2.0 */
/* Checks who sent an IQ and to whom, finds the handler of its payload, and sees to it that what
 * was answered goes out. */
#include "service.h"

#include <stdlib.h>
#include <string.h>

#include "adhoc_internal.h"
#include "catalog/names.h"
#include "log.h"

/* ---- what waits for room in the outbox ---- */

struct ic_unsent {
    struct ic_unsent *next;
    int64_t until_ms;
    size_t length;
    char bytes[];
};

/* What is kept for a server that takes nothing; above it workers stop. */
enum { UNSENT_BYTES_MAX = 8 * 1024 * 1024, UNSENT_MS = 30 * 1000, SESSIONS_OF_ONE = 16 };

static void keep(struct ic_service *service, const struct ic_buffer *buffer)
{
    struct ic_unsent *unsent = malloc(sizeof *unsent + buffer->length);
    if (!unsent) {
        ic_log("memory is out: an answer of %zu bytes was not sent", buffer->length);
        return;
    }
    *unsent =
        (struct ic_unsent){.until_ms = service->now_ms() + UNSENT_MS, .length = buffer->length};
    memcpy(unsent->bytes, buffer->data, buffer->length);
    if (service->last_unsent)
        service->last_unsent->next = unsent;
    else
        service->unsent = unsent;
    service->last_unsent = unsent;
    service->unsent_bytes += unsent->length;
    if (service->unsent_bytes > UNSENT_BYTES_MAX)
        ic_jobs_hold(service->jobs, true);
}

static void drop_first_unsent(struct ic_service *service)
{
    struct ic_unsent *first = service->unsent;
    service->unsent = first->next;
    if (!service->unsent)
        service->last_unsent = NULL;
    service->unsent_bytes -= first->length;
    free(first);
    if (service->unsent_bytes <= UNSENT_BYTES_MAX / 2)
        ic_jobs_hold(service->jobs, false);
}

void ic_service_send(struct ic_service *service, struct ic_buffer *buffer)
{
    struct ic_error error = {0};
    if (buffer->status != IC_OK) {
        ic_log("a stanza could not be written: %s", ic_status_name(buffer->status));
    } else if (buffer->length > 0) {
        enum ic_status status = IC_BUSY;
        if (!service->unsent)
            status = service->send(service->context, buffer->data, buffer->length, &error);
        if (status == IC_BUSY)
            keep(service, buffer);
        else if (status != IC_OK)
            ic_log_error(&error, "an answer was not sent");
    }
    ic_buffer_truncate(buffer, 0);
}

void ic_service_flush(struct ic_service *service)
{
    struct ic_error error = {0};
    while (service->unsent) {
        const enum ic_status status = service->send(service->context, service->unsent->bytes,
                                                    service->unsent->length, &error);
        if (status == IC_BUSY)
            return;
        if (status != IC_OK)
            ic_log_error(&error, "an answer was not sent");
        drop_first_unsent(service);
    }
}

static void drop_late(struct ic_service *service, int64_t now_ms)
{
    size_t dropped = 0;
    for (; service->unsent && service->unsent->until_ms <= now_ms; dropped++)
        drop_first_unsent(service);
    if (dropped > 0)
        ic_log("%zu answers could not be sent in time", dropped);
}

/* ---- stanzas ---- */

static void pong(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer)
{
    (void)service;
    ic_iq_begin_result(answer, iq);
    ic_iq_end(answer);
}

static const struct route {
    const char *type, *ns, *name;
    void (*handle)(struct ic_service *, struct ic_iq *, struct ic_buffer *);
} routes[] = {{"get", IC_NS_DISCO_INFO, "query", ic_disco_info},
              {"get", IC_NS_DISCO_ITEMS, "query", ic_disco_items},
              {"get", IC_NS_PING, "ping", pong},
              {"set", IC_NS_COMMANDS, "command", ic_adhoc_answer}};

static const struct route *find_route(const struct ic_iq *iq)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(iq->type, routes[i].type) == 0 &&
            ic_element_is(iq->payload, routes[i].ns, routes[i].name))
            return &routes[i];
    return NULL;
}

/* True when `to` is the component itself, not an account or a resource under its name. */
static bool is_to_us(const struct ic_service *service, const char *to)
{
    char *name = NULL;
    if (strcmp(to, service->jid) == 0)
        return true;
    const bool same = !strchr(to, '/') && ic_name_jid(to, &name, NULL) == IC_OK &&
                      strcmp(name, service->jid) == 0;
    free(name);
    return same;
}

/* Answers what is wrong with the IQ itself; true when something was. */
static bool refuse(const struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer)
{
    struct ic_error error = {0};
    const struct ic_stanza_error *kind = NULL;
    const bool asks = strcmp(iq->type, "get") == 0 || strcmp(iq->type, "set") == 0;
    if (ic_name_jid(iq->from, &iq->requester, &error) != IC_OK) {
        kind = &ic_error_jid_malformed;
    } else if (strcmp(iq->requester, IC_OWNER_ADMIN) == 0) {
        /* A domain of this name would otherwise own what the administrator imported. */
        kind = &ic_error_role;
        ic_fail(&error, IC_FORBIDDEN, "the address \"%s\" is reserved", IC_OWNER_ADMIN);
    } else if (!is_to_us(service, iq->to)) {
        kind = &ic_error_unavailable;
        ic_fail(&error, IC_NOT_FOUND, "nobody is here but %s itself", service->jid);
    } else if (iq->stanza->refused) {
        kind = ic_stanza_error(IC_TOO_LARGE);
        ic_fail(&error, IC_TOO_LARGE, "the stanza has too many %s; send less at once",
                iq->stanza->refused);
    } else if (!asks) {
        kind = &ic_error_bad_request;
        ic_fail(&error, IC_BAD_INPUT, "an IQ's type is 'get', 'set', 'result' or 'error'");
    } else if (!iq->payload) {
        kind = &ic_error_bad_request;
        ic_fail(&error, IC_BAD_INPUT, "an IQ of type '%s' must have exactly one child element",
                iq->type);
    } else if (!find_route(iq)) {
        kind = &ic_error_unavailable;
        ic_fail(&error, IC_UNSUPPORTED, "<%.100s xmlns='%.200s'/> with type '%s' is not served",
                iq->payload->name, iq->payload->ns, iq->type);
    }
    if (kind)
        ic_iq_error(answer, iq, kind, &error);
    return kind != NULL;
}

/* An answer that did not fit, or found no memory, becomes an error that fits. */
static void check_size(const struct ic_iq *iq, struct ic_buffer *answer)
{
    struct ic_error error = {0};
    const enum ic_status status = answer->status;
    if (status == IC_OK)
        return;
    ic_fail(&error, status, "the answer is longer than %zu bytes", answer->bytes_max);
    ic_iq_error(answer, iq,
                status == IC_TOO_LARGE ? &ic_error_answer_large : ic_stanza_error(status),
                &error);
    if (answer->status != IC_OK)
        ic_log("an IQ of %.200s could not be answered: %s", iq->from, ic_status_name(status));
}

void ic_service_take(struct ic_service *service, struct ic_stanza *stanza)
{
    const struct ic_element *element = stanza->element;
    struct ic_iq iq = {.stanza = stanza,
                       .type = ic_element_attribute(element, "type"),
                       .id = ic_element_attribute(element, "id"),
                       .from = ic_element_attribute(element, "from"),
                       .to = ic_element_attribute(element, "to"),
                       .payload = ic_element_only(element)};
    struct ic_buffer answer;
    ic_buffer_init(&answer, service->settings.answer_bytes_max);
    iq.type = iq.type ? iq.type : "";
    iq.to = iq.to ? iq.to : service->jid; /* whose stream it came on */
    const bool asks = ic_element_is(element, IC_NS_COMPONENT, "iq") &&
                      strcmp(iq.type, "result") != 0 && strcmp(iq.type, "error") != 0;
    if (asks && !iq.from)
        ic_log("passed over an IQ without 'from'");
    if (asks && iq.from) {
        if (!refuse(service, &iq, &answer))
            find_route(&iq)->handle(service, &iq, &answer);
        if (iq.stanza)
            check_size(&iq, &answer);
        ic_service_send(service, &answer);
    }
    ic_buffer_free(&answer);
    free(iq.requester);
    ic_stanza_free(iq.stanza); /* NULL: the work on it has it */
}

/* ---- time and workers ---- */

bool ic_service_go(struct ic_service *service)
{
    const bool again = ic_jobs_go(service->jobs, service->now_ms);
    ic_service_finish(service);
    return again;
}

int ic_service_fd(const struct ic_service *service)
{
    return ic_jobs_fd(service->jobs);
}

void ic_service_finish(struct ic_service *service)
{
    for (struct ic_job *job; (job = ic_jobs_take_finished(service->jobs));) {
        if (job->ended) /* the exchange's own */
            job->ended(job);
        else
            ic_adhoc_finish(service, (struct ic_work *)(void *)job);
    }
    atomic_store(&service->sessions_open, ic_sessions_count(service->sessions));
}

static void end_idle_sessions(struct ic_service *service, int64_t now_ms)
{
    for (struct ic_session *session; (session = ic_sessions_idle(service->sessions, now_ms));) {
        if (session->state == IC_SESSION_WORKING) {
            /* It ends by its own time limit. */
            if (ic_sessions_touch(service->sessions, session, session->notify, now_ms) != IC_OK)
                return;
        } else {
            ic_adhoc_end_session(service, session);
        }
    }
}

void ic_service_tick(struct ic_service *service)
{
    const int64_t now_ms = service->now_ms();
    ic_jobs_expire(service->jobs, now_ms - service->settings.queue_ms);
    ic_service_finish(service);
    ic_adhoc_tick(service);
    end_idle_sessions(service, now_ms);
    ic_service_flush(service);
    drop_late(service, now_ms);
}

void ic_service_drain(struct ic_service *service)
{
    service->draining = true;
}

bool ic_service_idle(struct ic_service *service)
{
    size_t queued, running;
    ic_jobs_count(service->jobs, &queued, &running);
    return queued == 0 && running == 0 && !service->unanswered && !service->unsent;
}

/* ---- beginning and end ---- */

struct ic_quota ic_service_quota(const struct ic_service *service, const char *requester)
{
    return service->quotas ? *ic_quotas_of(service->quotas, requester)
                           : (struct ic_quota){.sessions = SESSIONS_OF_ONE};
}

void ic_service_configure(struct ic_service *service, const struct ic_roles *roles,
                          const struct ic_quotas *quotas, const struct ic_settings *settings)
{
    service->roles = roles;
    service->quotas = quotas;
    service->settings = *settings;
    if (service->settings.answer_bytes_max == 0)
        service->settings.answer_bytes_max = IC_SERVICE_ANSWER_BYTES;
    if (service->settings.queue_ms <= 0)
        service->settings.queue_ms = 10 * 1000;
    if (service->settings.publication_bytes_max == 0)
        service->settings.publication_bytes_max = 16 * 1024 * 1024;
    if (service->settings.publication_parts_max == 0)
        service->settings.publication_parts_max = 1024;
    ic_sessions_set_limits(service->sessions, &settings->sessions);
    ic_jobs_set_limits(service->jobs, &settings->jobs);
}

enum ic_status ic_service_new(const struct ic_service_options *options,
                              struct ic_service **made, struct ic_error *error)
{
    struct ic_service *service = calloc(1, sizeof *service);
    if (!service)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    service->catalog = options->catalog;
    service->now_ms = options->now_ms;
    service->policy = options->policy;
    service->parsers = options->parsers;
    service->context = options->context;
    service->send = options->send;
    service->started_ms = options->now_ms();
    service->jid = strdup(options->jid);
    service->ids = ic_session_ids_new(options->catalog);
    service->sessions = ic_sessions_new(&options->settings.sessions);
    enum ic_status status = service->jid && service->ids && service->sessions
                                ? ic_session_ids_prepare(service->ids, error)
                                : ic_fail(error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = ic_jobs_new(&options->settings.jobs, &service->jobs, error);
    if (status != IC_OK) {
        ic_service_free(service);
        return status;
    }
    ic_service_configure(service, options->roles, options->quotas, &options->settings);
    *made = service;
    return IC_OK;
}

void ic_service_free(struct ic_service *service)
{
    if (!service)
        return;
    if (service->jobs) {
        ic_jobs_cancel_all(service->jobs);
        ic_jobs_join(service->jobs);
        for (struct ic_job *job; (job = ic_jobs_take_finished(service->jobs));)
            if (!job->ended)
                ic_adhoc_free((struct ic_work *)(void *)job);
    }
    while (service->unsent)
        drop_first_unsent(service);
    ic_jobs_free(service->jobs);
    ic_sessions_free(service->sessions);
    ic_session_ids_free(service->ids);
    free(service->jid);
    free(service);
}
