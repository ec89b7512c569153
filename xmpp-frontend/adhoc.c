/* SPDX-License-Identifier: Apache-2.0 */
/* The command layer: checks node, role, locale, action, session and payload (XEP-0050,
 * XEP-0244), and finds out what a request is. */
#include "adhoc.h"

#include <ctype.h>
#include <string.h>

#include "adhoc_internal.h"

static ic_refusal fail(const struct ic_error *error)
{
    return ic_stanza_error(error->status);
}

const struct ic_adhoc_command *ic_adhoc_find(const char *node)
{
    for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++)
        if (strcmp(c->node, node) == 0)
            return c;
    return NULL;
}

static ic_refusal check_node(struct ic_service *service, struct ic_adhoc_request *request,
                             struct ic_error *error)
{
    const char *node = ic_element_attribute(request->iq->payload, "node");
    const char *requester = request->iq->requester;
    if (!node) {
        ic_fail(error, IC_BAD_INPUT, "<command/> has no 'node': the name of the command");
        return &ic_error_bad_request;
    }
    request->command = ic_adhoc_find(node);
    if (!request->command) {
        ic_fail(error, IC_NOT_FOUND,
                "there is no command \"%.200s\"; the items of node '" IC_NS_COMMANDS
                "' are the commands",
                node);
        return fail(error);
    }
    if (ic_roles_allow(service->roles, request->command->role, requester))
        return NULL;
    ic_fail(error, IC_FORBIDDEN, "%s may not use %s; the exchange's operator decides who may",
            requester, request->command->node);
    if (service->policy)
        ic_policy_refused(service->policy, requester, request->command->node, error,
                          service->now_ms());
    return &ic_error_role;
}

/* A language tag as RFC 5646 shapes it; whichever it names, the answer is in English and says
 * so. */
static bool is_language(const char *text)
{
    size_t part = 0;
    for (; *text; text++) {
        if (*text == '-' ? part == 0 : !isalnum((unsigned char)*text) || part == 8)
            return false;
        part = *text == '-' ? 0 : part + 1;
    }
    return part > 0;
}

static ic_refusal check_locale(struct ic_service *service, struct ic_adhoc_request *request,
                               struct ic_error *error)
{
    (void)service;
    const char *language = ic_element_language(request->iq->payload);
    if (!language || !*language || is_language(language))
        return NULL;
    ic_fail(error, IC_BAD_INPUT, "xml:lang='%.100s' is no language tag; write one such as 'en'",
            language);
    return &ic_error_bad_locale;
}

static ic_refusal check_action(struct ic_service *service, struct ic_adhoc_request *request,
                               struct ic_error *error)
{
    static const char *const actions[] = {[IC_ACTION_EXECUTE] = "execute",
                                          [IC_ACTION_CANCEL] = "cancel",
                                          [IC_ACTION_NEXT] = "next",
                                          [IC_ACTION_PREV] = "prev",
                                          [IC_ACTION_COMPLETE] = "complete"};
    (void)service;
    const char *given = ic_element_attribute(request->iq->payload, "action");
    request->session_id = ic_element_attribute(request->iq->payload, "sessionid");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (!given || strcmp(actions[i], given) == 0) {
            request->action = (enum ic_action)i;
            return NULL;
        }
    ic_fail(error, IC_BAD_INPUT,
            "there is no action '%.100s'; they are execute, next, prev, complete and cancel",
            given);
    return &ic_error_malformed_action;
}

/* ---- the payload ---- */

/* What goes into <in/>, for a message. */
static void describe_roots(const struct ic_adhoc_command *command, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; command->roots[i].name && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s<%s xmlns='%s'>", i ? " or " : "",
                                 command->roots[i].name, command->roots[i].ns);
}

static ic_refusal bad_payload(const struct ic_adhoc_request *request, const char *what,
                              struct ic_error *error)
{
    char roots[512];
    describe_roots(request->command, roots, sizeof roots);
    ic_fail(error, IC_BAD_INPUT,
            "%s; send <iodata xmlns='" IC_NS_IO_DATA "' type='input'><in> with %s, or nothing "
            "to get a form",
            what, roots);
    return fail(error);
}

static ic_refusal read_iodata(struct ic_adhoc_request *request, const struct ic_element *iodata,
                              struct ic_error *error)
{
    static const char *const types[] = {[IC_TRANSACTION_SCHEMATA] = "io-schemata-get",
                                        [IC_TRANSACTION_INPUT] = "input",
                                        [IC_TRANSACTION_STATUS] = "getStatus",
                                        [IC_TRANSACTION_OUTPUT] = "getOutput"};
    const char *type = ic_element_attribute(iodata, "type");
    if (request->transaction != IC_TRANSACTION_NONE)
        return bad_payload(request, "a command takes one <iodata/>", error);
    for (size_t i = IC_TRANSACTION_SCHEMATA; type && i < sizeof types / sizeof *types; i++)
        if (strcmp(type, types[i]) == 0)
            request->transaction = (enum ic_transaction)i;
    if (request->transaction == IC_TRANSACTION_NONE)
        return bad_payload(request,
                           "<iodata/> needs a type: input, getStatus, getOutput or "
                           "io-schemata-get",
                           error);
    if (request->transaction != IC_TRANSACTION_INPUT)
        return NULL;
    const struct ic_element *in = ic_element_only(iodata);
    if (!ic_element_is(in, IC_NS_IO_DATA, "in"))
        return bad_payload(request, "<iodata type='input'/> must hold exactly one <in/>",
                           error);
    request->input = ic_element_only(in);
    if (!request->input)
        return bad_payload(request, "<in/> must hold exactly one element", error);
    for (size_t i = 0; request->command->roots[i].name; i++)
        if (ic_element_is(request->input, request->command->roots[i].ns,
                          request->command->roots[i].name))
            return NULL;
    return bad_payload(request, "<in/> holds an element that this command does not take",
                       error);
}

static ic_refusal check_payload(struct ic_service *service, struct ic_adhoc_request *request,
                                struct ic_error *error)
{
    ic_refusal wrong = NULL;
    (void)service;
    for (const struct ic_element *child = ic_element_first(request->iq->payload);
         child && !wrong; child = ic_element_next(child)) {
        if (strcmp(child->ns, IC_NS_COMMANDS) == 0)
            continue; /* notes and actions are the answering side's */
        if (ic_element_is(child, IC_NS_IO_DATA, "iodata"))
            wrong = read_iodata(request, child, error);
        else if (ic_element_is(child, IC_NS_DATA, "x") && !request->x)
            request->x = child;
        else if (ic_element_is(child, IC_NS_RSM, "set") && !request->set)
            request->set = child;
        else
            wrong = bad_payload(request, "the command's payload is neither IO Data nor a form",
                                error);
    }
    if (!wrong && request->x && request->transaction != IC_TRANSACTION_NONE)
        wrong = bad_payload(request, "a command takes IO Data or a form, not both", error);
    return wrong;
}

/* ---- what to do ---- */

static ic_refusal start(struct ic_service *service, struct ic_adhoc_request *request,
                        struct ic_buffer *answer, struct ic_error *error)
{
    switch (request->action) {
    case IC_ACTION_EXECUTE:
        break;
    case IC_ACTION_CANCEL:
        ic_fail(error, IC_BAD_INPUT, "there is no session to cancel: 'sessionid' is missing");
        return &ic_error_bad_session;
    case IC_ACTION_NEXT:
    case IC_ACTION_PREV:
    case IC_ACTION_COMPLETE:
        ic_fail(error, IC_BAD_INPUT,
                "there is no session to go on with: 'sessionid' is missing");
        return &ic_error_bad_action;
    }
    if (request->x)
        return ic_adhoc_begin(service, request, NULL, error);
    switch (request->transaction) {
    case IC_TRANSACTION_NONE:
        return ic_adhoc_give_form(service, request, answer, error);
    case IC_TRANSACTION_SCHEMATA:
        ic_adhoc_schemata(request->command, request->iq, answer);
        return NULL;
    case IC_TRANSACTION_INPUT:
        if (ic_adhoc_is_part(request))
            return ic_adhoc_begin_parts(service, request, answer, error);
        return ic_adhoc_begin(service, request, NULL, error);
    case IC_TRANSACTION_STATUS:
    case IC_TRANSACTION_OUTPUT:
        break;
    }
    return bad_payload(request, "getStatus and getOutput need a session", error);
}

static ic_refusal find_session(struct ic_service *service, struct ic_adhoc_request *request,
                               struct ic_error *error)
{
    const char *id = request->session_id;
    if (!id)
        return NULL;
    request->session = ic_sessions_find(service->sessions, id, request->iq->requester);
    if (request->session && request->session->command == request->command)
        return NULL;
    if (!request->session && ic_session_ids_given(service->ids, id)) {
        ic_fail(error, IC_NOT_FOUND,
                "the session \"%.100s\" is over, or was never yours; begin a new one with "
                "action='execute' and without 'sessionid'",
                id);
        return &ic_error_session_expired;
    }
    ic_fail(error, IC_NOT_FOUND, "no session of this command has the id \"%.100s\"", id);
    return &ic_error_bad_session;
}

void ic_adhoc_answer(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer)
{
    static ic_refusal (*const checks[])(struct ic_service *, struct ic_adhoc_request *,
                                        struct ic_error *) = {
        check_node, check_locale, check_action, find_session, check_payload};
    struct ic_adhoc_request request = {.iq = iq};
    struct ic_error error = {0};
    ic_refusal wrong = NULL;
    for (size_t i = 0; !wrong && i < sizeof checks / sizeof *checks; i++)
        wrong = checks[i](service, &request, &error);
    if (!wrong && service->draining && request.action == IC_ACTION_EXECUTE) {
        ic_fail(&error, IC_BUSY, "the exchange is stopping; try again later");
        wrong = fail(&error);
    }
    if (!wrong)
        wrong = request.session ? ic_adhoc_continue(service, &request, answer, &error)
                                : start(service, &request, answer, &error);
    if (wrong) {
        atomic_fetch_add(&service->refused, 1);
        ic_iq_error(answer, iq, wrong, &error);
    }
}
