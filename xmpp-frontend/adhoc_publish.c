/* SPDX-License-Identifier: Apache-2.0 */
/* The command publish_resources: the payload becomes the sender's advertisements. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adhoc.h"
#include "catalog/instant.h"
#include "catalog/names.h"
#include "log.h"
#include "loop.h"

enum { STATEMENTS_MAX = 128 * 1024 }; /* of one publication: other writers wait for it */

static void warn(void *context, const struct ic_error *warning)
{
    ic_call_note(context, warning);
}

static const char *outcome_name(enum ic_publish_outcome outcome)
{
    static const char *const names[] = {[IC_PUBLISHED_NEW] = "new",
                                        [IC_PUBLISHED_REPLACED] = "replaced",
                                        [IC_PUBLISHED_RENEWED] = "renewed"};
    return names[outcome];
}

static void report(void *context, const struct ic_published *published)
{
    struct ic_output *output = ((struct ic_call *)context)->output;
    struct ic_buffer *out = &output->items;
    ic_log("%s published %s: %s, version %" PRIu64, published->owner, published->cloud_name,
           outcome_name(published->outcome), published->version);
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
    ic_output_end_item(output);
}

/* What the payload asks for, else the exchange's default; *ms 0: never expires. */
static enum ic_status choose_lease(const struct ic_call *call,
                                   const struct ic_document *document, int64_t *ms)
{
    const struct ic_settings *settings = call->settings;
    const int64_t asked = ic_document_lease(document);
    *ms = asked ? asked : settings->lease_ms;
    if (settings->lease_max_ms && asked > settings->lease_max_ms)
        return ic_fail(call->error, IC_BAD_INPUT,
                       "the lease is too long: this exchange allows at most %" PRId64
                       " seconds; write for example lease='PT%" PRId64 "S'",
                       settings->lease_max_ms / 1000, settings->lease_max_ms / 1000);
    return IC_OK;
}

static enum ic_status publish(struct ic_call *call, struct ic_document *document,
                              const struct ic_importer *format)
{
    struct ic_publish_options options = {.owner = call->requester,
                                         .format = format ? format->name : NULL,
                                         .warn = warn,
                                         .warn_context = call,
                                         .quota = ic_policy_may_hold(call->quota)};
    enum ic_status status = choose_lease(call, document, &options.lease_ms);
    if (status == IC_OK && ic_call_cancelled(call))
        status = ic_fail(call->error, IC_TIMEOUT, "the publication was cancelled");
    if (status != IC_OK)
        return status;
    status = ic_catalog_publish(call->service->catalog, document, &options, report, call,
                                call->error);
    if (status != IC_OK)
        return status;
    ic_buffer_format(&call->output->head, "<published xmlns='%s' published='%zu' shown='%zu'>",
                     IC_NS_PAYLOAD, call->output->count, call->output->count);
    ic_buffer_text(&call->output->tail, "</published>");
    ic_output_summarize(call->output, "Published.");
    return IC_OK;
}

/* ---- what a person filled in ---- */

/* "attribute = value" on each line, which keeps its number: errors name it. */
static enum ic_status write_capabilities(struct ic_call *call, struct ic_buffer *xml)
{
    size_t count = 0;
    const char *const *lines = ic_form_values(call->form, "capabilities", &count);
    for (size_t i = 0; i < count; i++) {
        const char *equals = strchr(lines[i], '=');
        if (i > 0)
            ic_buffer_text(xml, "\n");
        if (!lines[i][strspn(lines[i], " \t\r\n")])
            continue;
        if (!equals)
            return ic_fail(call->error, IC_BAD_INPUT,
                           "line %zu of the capabilities has no \"=\"; write for example "
                           "replicationFactor = 5",
                           i + 1);
        ic_buffer_text(xml, "<capability><attribute>");
        ic_buffer_escape(xml, lines[i], (size_t)(equals - lines[i]));
        ic_buffer_text(xml, "</attribute>");
        ic_buffer_element(xml, "value", equals + 1);
        ic_buffer_text(xml, "</capability>");
    }
    return IC_OK;
}

static enum ic_status advertisement_of_form(struct ic_call *call, const char **xml,
                                            size_t *length)
{
    struct ic_buffer buffer;
    char *name = NULL;
    const char *written = ic_form_value(call->form, "cloudName");
    if (!written)
        return ic_fail(call->error, IC_BAD_INPUT,
                       "fill in the cloud's name and its capabilities, or a Turtle document");
    enum ic_status status = ic_name_cloud(written, &name, call->error);
    if (status != IC_OK)
        return status;
    ic_buffer_init(&buffer, IC_CALL_PAYLOAD_BYTES);
    ic_buffer_text(&buffer, "<advertisement xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(&buffer, "lease", ic_form_value(call->form, "lease"));
    ic_buffer_text(&buffer, ">");
    ic_buffer_element(&buffer, "cloudName", name);
    free(name);
    status = write_capabilities(call, &buffer);
    ic_buffer_text(&buffer, "</advertisement>");
    if (status == IC_OK)
        return ic_call_keep(call, &buffer, xml, length);
    ic_buffer_free(&buffer);
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
        /* A long prefix or base, used often, is hundreds of megabytes in a small payload. */
        .total_bytes_max = call->settings->publication_bytes_max,
        .memory_max = ic_limit_value(set, IC_LIMIT_TRANSACTION)};
    const bool of_form = call->form && !ic_form_value(call->form, "document");
    struct ic_document *document =
        ic_document_new(of_form ? "capabilities" : "payload", &limits);
    enum ic_status status =
        document ? IC_OK : ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = of_form ? advertisement_of_form(call, &xml, &length)
                         : ic_call_payload(call, &xml, &length);
    if (status == IC_OK)
        status = ic_parsers_import(call->service->parsers, xml, length, ontology, 0, document,
                                   &format, call->error);
    if (status == IC_OK)
        status = publish(call, document, format);
    if (status != IC_OK && of_form)
        call->error->column = 0; /* of what was made of the line */
    ic_document_free(document);
    ic_ontology_release(ontology);
    return status;
}
