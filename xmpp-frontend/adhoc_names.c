/* SPDX-License-Identifier: Apache-2.0 */
/* The commands about one cloud by its name: withdraw_resources, resolve_cloud, evict_cloud,
 * describe_cloud. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adhoc.h"
#include "catalog/instant.h"
#include "log.h"

static const char *address_of(const char *owner)
{
    return strcmp(owner, IC_OWNER_ADMIN) == 0 ? NULL : owner;
}

/* Ends the advertisement in the name of `owner`. */
static enum ic_status withdraw(struct ic_call *call, const char *owner, const char *verb)
{
    char *name = NULL;
    uint64_t sequence = 0;
    enum ic_status status = ic_call_cloud_name(call, &name);
    if (status == IC_OK)
        status =
            ic_catalog_withdraw(call->service->catalog, owner, name, &sequence, call->error);
    if (status == IC_OK) {
        ic_log("%s %s %s", call->requester, verb, name);
        ic_buffer_text(&call->output->head, "<withdrawn xmlns='" IC_NS_PAYLOAD "'");
        ic_buffer_attribute(&call->output->head, "name", name);
        ic_buffer_format(&call->output->head, " sequence='%" PRIu64 "'/>", sequence);
        ic_output_summarize(call->output, "The cloud is advertised no more.");
    }
    free(name);
    return status;
}

enum ic_status ic_adhoc_withdraw(struct ic_call *call)
{
    return withdraw(call, call->requester, "withdrew");
}

enum ic_status ic_adhoc_evict(struct ic_call *call)
{
    return withdraw(call, IC_OWNER_ADMIN, "evicted");
}

enum ic_status ic_adhoc_resolve(struct ic_call *call)
{
    char *name = NULL, *owner = NULL;
    const struct ic_view view = {.as = call->requester};
    enum ic_status status = ic_call_cloud_name(call, &name);
    if (status == IC_OK)
        status = ic_catalog_resolve(call->service->catalog, name, &view, &owner, call->error);
    if (status == IC_OK) {
        ic_buffer_text(&call->output->head, "<cloud xmlns='" IC_NS_PAYLOAD "'");
        ic_buffer_attribute(&call->output->head, "name", name);
        ic_buffer_attribute(&call->output->head, "jid", address_of(owner));
        ic_buffer_text(&call->output->head, "/>");
    }
    free(owner);
    free(name);
    return status;
}

/* ---- describe_cloud ---- */

static enum ic_status head(void *context, const struct ic_advertisement_info *info,
                           struct ic_error *error)
{
    struct ic_buffer *out = &((struct ic_call *)context)->output->head;
    char time[IC_INSTANT_BYTES];
    (void)error;
    ic_buffer_text(out, "<description xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(out, "name", info->cloud_name);
    ic_buffer_attribute(out, "jid", address_of(info->owner));
    ic_buffer_format(out, " version='%" PRIu64 "' sequence='%" PRIu64 "'", info->version,
                     info->sequence);
    ic_instant_format(info->published_ms, time);
    ic_buffer_attribute(out, "published", time);
    if (info->expires_ms) {
        ic_instant_format(info->expires_ms, time);
        ic_buffer_attribute(out, "expires", time);
    }
    ic_buffer_format(out, " offers='%zu' statements='%zu'>", info->offers, info->statements);
    return IC_OK;
}

static const char *kind_name(const struct ic_term *term)
{
    return term->kind == IC_IRI ? "iri" : term->kind == IC_BLANK ? "blank" : "literal";
}

static enum ic_status fact(void *context, const struct ic_fact *fact, struct ic_error *error)
{
    struct ic_output *output = ((struct ic_call *)context)->output;
    struct ic_buffer *out = &output->items;
    ic_buffer_text(out, "<statement");
    ic_buffer_attribute(out, "subject", fact->subject->text);
    ic_buffer_attribute(out, "property", fact->predicate->text);
    ic_buffer_attribute(out, "kind", kind_name(fact->object));
    ic_buffer_attribute(out, "datatype", fact->object->datatype);
    ic_buffer_attribute(out, "language", fact->object->language);
    ic_buffer_attribute(out, "stated", fact->original ? fact->original->text : NULL);
    ic_buffer_attribute(out, "inherited", fact->flags & IC_INHERITED ? "true" : NULL);
    ic_buffer_text(out, ">");
    ic_buffer_escape(out, fact->object->text, fact->object->length);
    ic_buffer_text(out, "</statement>");
    ic_output_end_item(output);
    /* Going on would only read what is thrown away. */
    return out->status == IC_OK ? IC_OK : ic_fail(error, out->status, "the cloud is too large");
}

enum ic_status ic_adhoc_describe(struct ic_call *call)
{
    char *name = NULL;
    const struct ic_view view = {.as = call->requester};
    enum ic_status status = ic_call_cloud_name(call, &name);
    if (status == IC_OK)
        status =
            ic_catalog_show(call->service->catalog, name, &view, head, fact, call, call->error);
    ic_buffer_text(&call->output->tail, "</description>");
    free(name);
    return status;
}
