/* SPDX-License-Identifier: Apache-2.0 */
/* The command layer: checks node, role, action, session, locale and payload (XEP-0050,
 * XEP-0244) before a command runs.
 *
 * Every command answers at once and is complete with that answer, so no session is ever left
 * to be continued or cancelled. */
#include "adhoc.h"

#include <ctype.h>
#include <string.h>

#include "loop.h"

/* What a request says, taken apart. */
struct request {
    const struct ic_adhoc_command *command;
    const char *action, *session;
    const struct ic_element *iodata; /* or NULL */
    const char *iodata_type;         /* or NULL */
};

/* A check: NULL when it holds, else the kind of error, with `error` filled. */
typedef const struct ic_stanza_error *check(const struct ic_service *service,
                                            const struct ic_iq *iq, struct request *request,
                                            struct ic_error *error);

static const struct ic_stanza_error *fail(const struct ic_stanza_error *kind,
                                          const struct ic_error *error)
{
    return kind ? kind : ic_stanza_error(error->status);
}

const struct ic_adhoc_command *ic_adhoc_find(const char *node)
{
    for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++)
        if (strcmp(c->node, node) == 0)
            return c;
    return NULL;
}

static const struct ic_stanza_error *check_node(const struct ic_service *service,
                                                const struct ic_iq *iq, struct request *request,
                                                struct ic_error *error)
{
    const char *node = ic_element_attribute(iq->payload, "node");
    if (!node) {
        ic_fail(error, IC_BAD_INPUT, "<command/> has no 'node': the name of the command");
        return fail(&ic_error_bad_request, error);
    }
    request->command = ic_adhoc_find(node);
    if (!request->command) {
        ic_fail(error, IC_NOT_FOUND,
                "there is no command \"%.200s\"; the items of node '" IC_NS_COMMANDS
                "' are the commands",
                node);
        return fail(NULL, error);
    }
    if (ic_roles_allow(service->roles, request->command->role, iq->requester))
        return NULL;
    ic_fail(error, IC_FORBIDDEN, "%s may not use %s; the exchange's operator decides who may",
            iq->requester, request->command->node);
    if (service->policy)
        ic_policy_refused(service->policy, iq->requester, request->command->node, error,
                          ic_loop_now_ms());
    return fail(&ic_error_role, error);
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

static const struct ic_stanza_error *check_locale(const struct ic_service *service,
                                                  const struct ic_iq *iq,
                                                  struct request *request,
                                                  struct ic_error *error)
{
    (void)service, (void)request;
    const char *language = ic_element_language(iq->payload);
    if (!language || !*language || is_language(language))
        return NULL;
    ic_fail(error, IC_BAD_INPUT, "xml:lang='%.100s' is no language tag; write one such as 'en'",
            language);
    return fail(&ic_error_bad_locale, error);
}

static const struct ic_stanza_error *check_action(const struct ic_service *service,
                                                  const struct ic_iq *iq,
                                                  struct request *request,
                                                  struct ic_error *error)
{
    static const char *const actions[] = {"execute", "cancel", "next", "prev", "complete"};
    (void)service;
    const char *given = ic_element_attribute(iq->payload, "action");
    request->session = ic_element_attribute(iq->payload, "sessionid");
    request->action = given ? given : "execute";
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (strcmp(actions[i], request->action) == 0)
            return NULL;
    ic_fail(error, IC_BAD_INPUT, "there is no action '%.100s'; write action='execute'", given);
    return fail(&ic_error_malformed_action, error);
}

static const struct ic_stanza_error *check_session(const struct ic_service *service,
                                                   const struct ic_iq *iq,
                                                   struct request *request,
                                                   struct ic_error *error)
{
    (void)iq;
    if (!request->session) {
        if (strcmp(request->action, "execute") == 0)
            return NULL;
        const bool cancel = strcmp(request->action, "cancel") == 0;
        ic_fail(error, IC_BAD_INPUT,
                "there is no session to %s: every command is complete with its first answer",
                cancel ? "cancel" : "go on with");
        return fail(cancel ? &ic_error_bad_session : &ic_error_bad_action, error);
    }
    const enum ic_status status = ic_sessions_find(service->sessions, request->session, error);
    if (status == IC_NOT_FOUND)
        return fail(&ic_error_bad_session, error);
    if (status != IC_OK)
        return fail(NULL, error);
    ic_fail(error, IC_NOT_FOUND,
            "the session \"%.100s\" is over; begin a new one with action='execute' and without "
            "'sessionid'",
            request->session);
    return fail(&ic_error_session_expired, error);
}

/* What goes into <in/>, for a message. */
static void describe_roots(const struct ic_adhoc_command *command, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; command->roots[i].name && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s<%s xmlns='%s'>", i ? " or " : "",
                                 command->roots[i].name, command->roots[i].ns);
}

static const struct ic_stanza_error *bad_payload(const struct request *request,
                                                 const char *what, struct ic_error *error)
{
    char roots[512];
    describe_roots(request->command, roots, sizeof roots);
    ic_fail(error, IC_BAD_INPUT,
            "%s; send <iodata xmlns='" IC_NS_IO_DATA "' type='input'><in> with %s", what,
            roots);
    return fail(NULL, error);
}

static const struct ic_stanza_error *check_iodata(const struct ic_service *service,
                                                  const struct ic_iq *iq,
                                                  struct request *request,
                                                  struct ic_error *error)
{
    (void)service;
    for (const struct ic_element *child = ic_element_first(iq->payload); child;
         child = ic_element_next(child)) {
        if (strcmp(child->ns, IC_NS_COMMANDS) == 0)
            continue; /* notes and actions are the answering side's */
        if (!ic_element_is(child, IC_NS_IO_DATA, "iodata"))
            return bad_payload(request, "the command's payload is not IO Data", error);
        if (request->iodata)
            return bad_payload(request, "a command takes one <iodata/>", error);
        request->iodata = child;
    }
    if (!request->iodata)
        return bad_payload(request, "the command has no payload", error);
    request->iodata_type = ic_element_attribute(request->iodata, "type");
    if (!request->iodata_type)
        return bad_payload(request, "<iodata/> has no 'type'", error);
    if (strcmp(request->iodata_type, "io-schemata-get") != 0 &&
        strcmp(request->iodata_type, "input") != 0)
        return bad_payload(request, "'execute' goes with type='input' or 'io-schemata-get'",
                           error);
    return NULL;
}

/* Finds the input: the one child of the one <in/>, a root that the command takes. */
static const struct ic_stanza_error *find_input(const struct request *request,
                                                const struct ic_element **input,
                                                struct ic_error *error)
{
    const struct ic_element *in = ic_element_only(request->iodata);
    if (!ic_element_is(in, IC_NS_IO_DATA, "in"))
        return bad_payload(request, "<iodata type='input'/> must hold exactly one <in/>",
                           error);
    *input = ic_element_only(in);
    if (!*input)
        return bad_payload(request, "<in/> must hold exactly one element", error);
    for (size_t i = 0; request->command->roots[i].name; i++)
        if (ic_element_is(*input, request->command->roots[i].ns,
                          request->command->roots[i].name))
            return NULL;
    return bad_payload(request, "<in/> holds an element that this command does not take",
                       error);
}

void ic_adhoc_answer(const struct ic_service *service, const struct ic_iq *iq,
                     struct ic_buffer *answer)
{
    static check *const checks[] = {check_node, check_locale, check_action, check_session,
                                    check_iodata};
    struct request request = {0};
    struct ic_error error = {0};
    const struct ic_stanza_error *wrong = NULL;
    const struct ic_element *input = NULL;
    for (size_t i = 0; !wrong && i < sizeof checks / sizeof *checks; i++)
        wrong = checks[i](service, iq, &request, &error);
    const bool schemata = !wrong && strcmp(request.iodata_type, "io-schemata-get") == 0;
    if (!wrong && !schemata)
        wrong = find_input(&request, &input, &error);
    if (wrong)
        ic_iq_error(answer, iq, wrong, &error);
    else if (schemata)
        ic_adhoc_schemata(request.command, iq, answer);
    else
        ic_adhoc_run(service, iq, request.command, input, answer);
}
