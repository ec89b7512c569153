/* SPDX-License-Identifier: Apache-2.0 */
/* The command constraint_catalog_resources: which clouds satisfy these constraints? */
#include <inttypes.h>
#include <string.h>

#include "adhoc_internal.h"

/* The address of whoever published a cloud, or NULL: the administrator has none. */
static const char *jid_of(const struct ic_answer_cloud *cloud)
{
    return strcmp(cloud->owner, IC_OWNER_ADMIN) == 0 ? NULL : cloud->owner;
}

/* The paper's form. */
static void write_names(const struct ic_answer *answer, struct ic_output *output)
{
    ic_buffer_text(&output->head, "<matchingClouds xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_text(&output->head, answer->shown ? ">" : "/>");
    for (size_t i = 0; i < answer->shown && output->items.status == IC_OK; i++) {
        ic_buffer_element(&output->items, "cloudName", answer->clouds[i].name);
        ic_output_end_item(output);
    }
    if (answer->shown)
        ic_buffer_text(&output->tail, "</matchingClouds>");
}

static void write_cloud(const struct ic_answer_cloud *cloud,
                        const struct ic_request_return *returned, struct ic_output *output)
{
    struct ic_buffer *out = &output->items;
    ic_buffer_text(out, "<cloud");
    ic_buffer_attribute(out, "name", cloud->name);
    ic_buffer_attribute(out, "jid", returned->jid ? jid_of(cloud) : NULL);
    const size_t offers = returned->offers ? cloud->offer_count : 0;
    ic_buffer_text(out, offers ? ">" : "/>");
    for (size_t i = 0; i < offers; i++) {
        ic_buffer_text(out, "<offer");
        ic_buffer_attribute(out, "id", cloud->offers[i]);
        if (cloud->groups[i])
            ic_buffer_format(out, " group='%zu'", cloud->groups[i]);
        ic_buffer_text(out, "/>");
    }
    if (offers)
        ic_buffer_text(out, "</cloud>");
    ic_output_end_item(output);
}

/* XEP-0059, section 2.2: a page names its first and last item; an empty one only counts. */
static void write_page(const struct ic_answer *answer, size_t shown, const char *after,
                       struct ic_buffer *out)
{
    ic_buffer_text(out, "<set xmlns='" IC_NS_RSM "'>");
    if (shown) {
        const char *first = answer->clouds[0].name;
        ic_buffer_text(out, after ? "<first>" : "<first index='0'>");
        ic_buffer_escape(out, first, strlen(first));
        ic_buffer_text(out, "</first>");
        ic_buffer_element(out, "last", answer->clouds[shown - 1].name);
    }
    ic_buffer_format(out, "<count>%zu</count></set>", answer->matched);
}

static void write_clouds(const struct ic_answer *answer,
                         const struct ic_request_return *returned, struct ic_output *output)
{
    const size_t shown = returned->rsm_max == 0 ? 0 : answer->shown;
    ic_buffer_format(&output->head,
                     "<matchingClouds xmlns='%s' version='1' matched='%zu' shown='%zu' "
                     "sequence='%" PRIu64 "'>",
                     IC_NS_PAYLOAD, answer->matched, shown, answer->sequence);
    for (size_t i = 0; i < shown && output->items.status == IC_OK; i++)
        write_cloud(&answer->clouds[i], returned, output);
    if (returned->rsm_max >= 0 || returned->rsm_after)
        write_page(answer, shown, returned->rsm_after, &output->tail);
    ic_buffer_text(&output->tail, "</matchingClouds>");
}

static enum ic_status match(struct ic_call *call, const struct ic_request *request,
                            const struct ic_request_return *returned)
{
    const size_t own = ic_request_limit(request);
    struct ic_match_options options = {.view = {.as = call->requester},
                                       .limit = own,
                                       .after = returned->rsm_after,
                                       .with_offers = returned->offers,
                                       .with_owners = returned->jid,
                                       .timeout_ms = call->settings->match_timeout_ms,
                                       .cancelled = ic_call_cancelled,
                                       .cancelled_context = call,
                                       .warn = ic_call_warn,
                                       .warn_context = call};
    if (returned->score || returned->provenance)
        return ic_fail(call->error, IC_UNSUPPORTED,
                       "<return> cannot have score or provenance in this version; jid and "
                       "offers are there");
    if (returned->rsm_max >= 0) {
        /* A page of none still needs the count; a limit of 0 would mean all. */
        const size_t page = returned->rsm_max > 0 ? (size_t)returned->rsm_max : 1;
        options.limit = own && own < page ? own : page;
    }
    struct ic_answer *answer = NULL;
    const enum ic_status status =
        ic_catalog_match(call->service->catalog, request, &options, &answer, call->error);
    if (status != IC_OK)
        return status;
    if (returned->version1)
        write_clouds(answer, returned, call->output);
    else
        write_names(answer, call->output);
    ic_output_summarize(call->output,
                        answer->matched == 1 ? "%zu cloud matches." : "%zu clouds match.",
                        answer->matched);
    ic_answer_free(answer);
    return IC_OK;
}

/* A person writes the request's text form, an item on each line. */
static enum ic_status match_form(struct ic_call *call)
{
    static const struct ic_request_return returned = {
        .version1 = true, .jid = true, .rsm_max = -1};
    size_t count = 0, filled = 0;
    const char *const *lines = ic_form_values(call->form, "request", &count);
    const char **texts = ic_arena_alloc(call->arena, (count + 1) * sizeof *texts);
    struct ic_request *request = NULL;
    if (!texts)
        return ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    for (size_t i = 0; i < count; i++)
        if (lines[i][strspn(lines[i], " \t\r\n")])
            texts[filled++] = lines[i];
    enum ic_status status = ic_request_parse("request", texts, filled, &request, call->error);
    if (status == IC_OK)
        status = match(call, request, &returned);
    ic_request_free(request);
    return status;
}

enum ic_status ic_adhoc_match(struct ic_call *call)
{
    const char *xml = NULL;
    size_t length = 0;
    struct ic_request *request = NULL;
    if (call->form)
        return match_form(call);
    enum ic_status status = ic_call_payload(call, &xml, &length);
    if (status == IC_OK)
        status = ic_request_parse_xml("constraints", xml, length, &request, call->error);
    if (status == IC_OK)
        status = match(call, request, ic_request_return(request));
    ic_request_free(request);
    return status;
}
