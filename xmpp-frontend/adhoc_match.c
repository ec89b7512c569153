/* SPDX-License-Identifier: Apache-2.0 */
/* The command constraint_catalog_resources: which clouds satisfy these constraints? */
#include <inttypes.h>
#include <string.h>

#include "adhoc.h"

#define NS_RSM "http://jabber.org/protocol/rsm"

static void warn(void *context, const char *message)
{
    struct ic_error warning = {0};
    ic_fail(&warning, IC_BAD_INPUT, "%s", message);
    ic_call_note(context, &warning);
}

/* The address of whoever published a cloud, or NULL: the administrator has none. */
static const char *jid_of(const struct ic_answer_cloud *cloud)
{
    return strcmp(cloud->owner, IC_OWNER_ADMIN) == 0 ? NULL : cloud->owner;
}

/* The paper's form. */
static void write_names(const struct ic_answer *answer, struct ic_buffer *out)
{
    ic_buffer_text(out, "<matchingClouds xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_text(out, answer->shown ? ">" : "/>");
    for (size_t i = 0; i < answer->shown && out->status == IC_OK; i++)
        ic_buffer_element(out, "cloudName", answer->clouds[i].name);
    if (answer->shown)
        ic_buffer_text(out, "</matchingClouds>");
}

static void write_cloud(const struct ic_answer_cloud *cloud,
                        const struct ic_request_return *returned, struct ic_buffer *out)
{
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
}

/* XEP-0059, section 2.2: a page names its first and last item; an empty one only counts. */
static void write_page(const struct ic_answer *answer, size_t shown, const char *after,
                       struct ic_buffer *out)
{
    ic_buffer_text(out, "<set xmlns='" NS_RSM "'>");
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
                         const struct ic_request_return *returned, struct ic_buffer *out)
{
    const size_t shown = returned->rsm_max == 0 ? 0 : answer->shown;
    ic_buffer_format(out,
                     "<matchingClouds xmlns='%s' version='1' matched='%zu' shown='%zu' "
                     "sequence='%" PRIu64 "'>",
                     IC_NS_PAYLOAD, answer->matched, shown, answer->sequence);
    for (size_t i = 0; i < shown && out->status == IC_OK; i++)
        write_cloud(&answer->clouds[i], returned, out);
    if (returned->rsm_max >= 0 || returned->rsm_after)
        write_page(answer, shown, returned->rsm_after, out);
    ic_buffer_text(out, "</matchingClouds>");
}

static enum ic_status match(struct ic_call *call, const struct ic_request *request)
{
    const struct ic_request_return *returned = ic_request_return(request);
    const size_t own = ic_request_limit(request);
    struct ic_match_options options = {.view = {.as = call->requester},
                                       .limit = own,
                                       .after = returned->rsm_after,
                                       .with_offers = returned->offers,
                                       .with_owners = returned->jid,
                                       .timeout_ms = call->service->match_timeout_ms,
                                       .warn = warn,
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
    ic_answer_free(answer);
    return IC_OK;
}

enum ic_status ic_adhoc_match(struct ic_call *call)
{
    const char *xml = NULL;
    size_t length = 0;
    struct ic_request *request = NULL;
    enum ic_status status = ic_call_payload(call, &xml, &length);
    if (status == IC_OK)
        status = ic_request_parse_xml("constraints", xml, length, &request, call->error);
    if (status == IC_OK)
        status = match(call, request);
    ic_request_free(request);
    return status;
}
