/* SPDX-License-Identifier: Apache-2.0 */
/* Checks who sent an IQ and to whom, and finds the handler of its payload. */
#include "service.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/names.h"
#include "log.h"

static void pong(const struct ic_service *service, const struct ic_iq *iq,
                 struct ic_buffer *answer)
{
    (void)service;
    ic_iq_begin_result(answer, iq);
    ic_iq_end(answer);
}

static const struct route {
    const char *type, *ns, *name;
    void (*handle)(const struct ic_service *, const struct ic_iq *, struct ic_buffer *);
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

static void check_size(const struct ic_service *service, const struct ic_iq *iq,
                       struct ic_buffer *answer)
{
    struct ic_error error = {0};
    if (answer->status == IC_NO_MEMORY)
        ic_iq_error(answer, iq, ic_stanza_error(IC_NO_MEMORY), &error);
    if (answer->status == IC_TOO_LARGE) {
        ic_fail(&error, IC_TOO_LARGE,
                "the answer is longer than %zu bytes; ask with version='1' for pages: "
                "<set xmlns='http://jabber.org/protocol/rsm'><max>100</max></set>",
                service->answer_bytes_max);
        ic_iq_error(answer, iq, &ic_error_answer_large, &error);
    }
    if (answer->status != IC_OK) {
        ic_log("an IQ of %.200s could not be answered: %s", iq->from,
               ic_status_name(answer->status));
        ic_buffer_truncate(answer, 0);
    }
}

void ic_service_answer(const struct ic_service *service, const struct ic_stanza *stanza,
                       struct ic_buffer *answer)
{
    const struct ic_element *element = stanza->element;
    struct ic_iq iq = {.stanza = stanza,
                       .type = ic_element_attribute(element, "type"),
                       .id = ic_element_attribute(element, "id"),
                       .from = ic_element_attribute(element, "from"),
                       .to = ic_element_attribute(element, "to"),
                       .payload = ic_element_only(element)};
    if (!ic_element_is(element, IC_NS_COMPONENT, "iq"))
        return;
    iq.type = iq.type ? iq.type : "";
    iq.to = iq.to ? iq.to : service->jid; /* whose stream it came on */
    if (strcmp(iq.type, "result") == 0 || strcmp(iq.type, "error") == 0)
        return;
    if (!iq.from) {
        ic_log("passed over an IQ without 'from'");
        return;
    }
    if (!refuse(service, &iq, answer))
        find_route(&iq)->handle(service, &iq, answer);
    check_size(service, &iq, answer);
    free(iq.requester);
}
