/* SPDX-License-Identifier: Apache-2.0 */
/* The command publish_resources: the payload becomes the sender's advertisements. */
#include <inttypes.h>

#include "adhoc.h"
#include "catalog/instant.h"
#include "log.h"

/* Bytes of the answer that are kept for what stands around the list. */
enum {
    AROUND_BYTES = 4 * 1024,
    STATEMENTS_MAX = 32768, /* of one publication: the lock is held while they are stored */
    TERM_BYTES_MAX = 4 * 1024 * 1024 /* of all its terms: a long prefix or base, used often, is
                                        hundreds of megabytes in a small payload */
};

static void warn(void *context, const struct ic_error *warning)
{
    ic_call_note(context, warning);
}

struct report {
    const struct ic_call *call;
    struct ic_buffer clouds;
    size_t published, shown;
};

static const char *outcome_name(enum ic_publish_outcome outcome)
{
    static const char *const names[] = {[IC_PUBLISHED_NEW] = "new",
                                        [IC_PUBLISHED_REPLACED] = "replaced",
                                        [IC_PUBLISHED_RENEWED] = "renewed"};
    return names[outcome];
}

/* Everything is on disk already, so a list that grows too long is cut, and says so, instead of
 * turning the answer into an error. */
static void report(void *context, const struct ic_published *published)
{
    struct report *report = context;
    struct ic_buffer *out = &report->clouds;
    const size_t before = out->length;
    ic_log("%s published %s: %s, version %" PRIu64, published->owner, published->cloud_name,
           outcome_name(published->outcome), published->version);
    report->published++;
    if (report->shown + 1 < report->published)
        return;
    ic_buffer_text(out, "<cloud");
    ic_buffer_attribute(out, "name", published->cloud_name);
    ic_buffer_attribute(out, "jid", published->owner);
    ic_buffer_attribute(out, "outcome", outcome_name(published->outcome));
    ic_buffer_format(out,
                     " version='%" PRIu64 "' sequence='%" PRIu64 "' offers='%zu' "
                     "statements='%zu'",
                     published->version, published->sequence, published->offers,
                     published->statements);
    if (published->expires_ms) {
        char expires[IC_INSTANT_BYTES];
        ic_instant_format(published->expires_ms, expires);
        ic_buffer_attribute(out, "expires", expires);
    }
    ic_buffer_text(out, "/>");
    if (out->status == IC_OK)
        report->shown++;
    else
        ic_buffer_truncate(out, before);
}

static void write_report(const struct report *report, struct ic_buffer *out)
{
    ic_buffer_format(out, "<published xmlns='%s' published='%zu' shown='%zu'>", IC_NS_PAYLOAD,
                     report->published, report->shown);
    if (report->clouds.length)
        ic_buffer_add(out, report->clouds.data, report->clouds.length);
    ic_buffer_text(out, "</published>");
}

/* What the payload asks for, else the exchange's default; *ms 0: never expires. */
static enum ic_status choose_lease(const struct ic_call *call,
                                   const struct ic_document *document, int64_t *ms)
{
    const struct ic_service *service = call->service;
    const int64_t asked = ic_document_lease(document);
    *ms = asked ? asked : service->lease_ms;
    if (service->lease_max_ms && asked > service->lease_max_ms)
        return ic_fail(call->error, IC_BAD_INPUT,
                       "the lease is too long: this exchange allows at most %" PRId64
                       " seconds; write for example lease='PT%" PRId64 "S'",
                       service->lease_max_ms / 1000, service->lease_max_ms / 1000);
    return IC_OK;
}

static enum ic_status publish(struct ic_call *call, struct ic_document *document,
                              const struct ic_importer *format)
{
    struct ic_publish_options options = {.owner = call->requester,
                                         .format = format ? format->name : NULL,
                                         .warn = warn,
                                         .warn_context = call};
    struct report list = {.call = call};
    enum ic_status status = choose_lease(call, document, &options.lease_ms);
    if (status != IC_OK)
        return status;
    ic_buffer_init(&list.clouds, call->output->bytes_max / 2 > AROUND_BYTES
                                     ? call->output->bytes_max / 2 - AROUND_BYTES
                                     : 0);
    status = ic_catalog_publish(call->service->catalog, document, &options, report, &list,
                                call->error);
    if (status == IC_OK)
        write_report(&list, call->output);
    ic_buffer_free(&list.clouds);
    return status;
}

enum ic_status ic_adhoc_publish(struct ic_call *call)
{
    const char *xml = NULL;
    size_t length = 0;
    const struct ic_importer *format = NULL;
    struct ic_ontology *ontology = ic_catalog_ontology(call->service->catalog);
    const struct ic_limits *set = ic_catalog_limits(call->service->catalog);
    const size_t statements = ic_limit_value(set, IC_LIMIT_STATEMENTS);
    const struct ic_document_limits limits = {
        .statements_max = statements < STATEMENTS_MAX ? statements : STATEMENTS_MAX,
        .term_bytes_max = ic_limit_value(set, IC_LIMIT_TERM),
        .total_bytes_max = TERM_BYTES_MAX,
        .memory_max = ic_limit_value(set, IC_LIMIT_TRANSACTION)};
    struct ic_document *document = ic_document_new("payload", &limits);
    enum ic_status status =
        document ? IC_OK : ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = ic_call_payload(call, &xml, &length);
    if (status == IC_OK)
        status = ic_parsers_import(call->service->parsers, xml, length, ontology, 0, document,
                                   &format, call->error);
    if (status == IC_OK)
        status = publish(call, document, format);
    ic_document_free(document);
    ic_ontology_release(ontology);
    return status;
}
