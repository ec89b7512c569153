/* SPDX-License-Identifier: Apache-2.0 */
/* The command layer: checks action, session, locale and payload (XEP-0050, XEP-0244), then
 * runs the command and wraps what it says.
 *
 * Every command answers at once and is complete with that answer, so no session is ever left
 * to be continued or cancelled. */
#include "adhoc.h"

#include <ctype.h>
#include <string.h>

#include "log.h"

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
    ic_log("refused %s to %s", request->command->node, iq->requester);
    ic_fail(error, IC_FORBIDDEN, "%s may not use %s; the exchange's operator decides who may",
            iq->requester, request->command->node);
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

static void begin_command(struct ic_buffer *answer, const struct ic_iq *iq,
                          const struct ic_adhoc_command *command, const char *session)
{
    ic_iq_begin_result(answer, iq);
    ic_buffer_text(answer, "<command xmlns='" IC_NS_COMMANDS "'");
    ic_buffer_attribute(answer, "node", command->node);
    ic_buffer_attribute(answer, "sessionid", session);
    ic_buffer_text(answer, " status='completed'>");
}

static void end_command(struct ic_buffer *answer)
{
    ic_buffer_text(answer, "</command>");
    ic_iq_end(answer);
}

static void add_schema(struct ic_buffer *answer, const char *element,
                       const struct ic_schema *schema)
{
    size_t length;
    const char *text = ic_schema_element(schema, &length);
    ic_buffer_format(answer, "<%s>", element);
    ic_buffer_add(answer, text, length);
    ic_buffer_format(answer, "</%s>", element);
}

static void answer_schemata(const struct ic_adhoc_command *command, const struct ic_iq *iq,
                            struct ic_buffer *answer)
{
    begin_command(answer, iq, command, NULL);
    ic_buffer_text(answer, "<iodata xmlns='" IC_NS_IO_DATA "' type='io-schemata-result'>");
    ic_buffer_element(answer, "desc", command->about);
    add_schema(answer, "in", command->input);
    add_schema(answer, "out", command->output);
    add_schema(answer, "error", &ic_schema_failure);
    ic_buffer_text(answer, "</iodata>");
    end_command(answer);
}

static void add_note(struct ic_buffer *buffer, const char *type, const struct ic_error *text)
{
    ic_buffer_text(buffer, "<note");
    ic_buffer_attribute(buffer, "type", type);
    ic_buffer_text(buffer, ">");
    ic_buffer_error(buffer, text);
    ic_buffer_text(buffer, "</note>");
}

void ic_call_note(struct ic_call *call, const struct ic_error *warning)
{
    if (call->note_count++ < IC_SERVICE_NOTES_MAX)
        add_note(call->notes, "warn", warning);
}

static void answer_output(const struct ic_call *call, const struct ic_adhoc_command *command,
                          const char *session, struct ic_buffer *answer)
{
    begin_command(answer, call->iq, command, session);
    if (call->notes->length)
        ic_buffer_add(answer, call->notes->data, call->notes->length);
    if (call->note_count > IC_SERVICE_NOTES_MAX)
        ic_buffer_format(answer, "<note type='warn'>%zu more warnings are not shown</note>",
                         call->note_count - IC_SERVICE_NOTES_MAX);
    ic_buffer_text(answer, "<iodata xmlns='" IC_NS_IO_DATA "' type='output'><out>");
    if (call->output->length)
        ic_buffer_add(answer, call->output->data, call->output->length);
    ic_buffer_text(answer, "</out></iodata>");
    end_command(answer);
    /* The parts are bounded as the whole is: one that overflowed makes the answer too long. */
    if (answer->status == IC_OK && call->output->status != IC_OK)
        answer->status = call->output->status;
    if (answer->status == IC_OK && call->notes->status != IC_OK)
        answer->status = call->notes->status;
}

/* XEP-0244, section 4.3: a procedure that failed is completed, with a note of type 'error'. */
static void answer_failure(const struct ic_call *call, const struct ic_adhoc_command *command,
                           const struct ic_stanza_error *kind, const char *session,
                           struct ic_buffer *answer)
{
    struct ic_error text = *call->error;
    if (kind->public_text)
        ic_fail(&text, call->error->status, "%s", kind->public_text);
    begin_command(answer, call->iq, command, session);
    add_note(answer, "error", &text);
    ic_buffer_text(answer, "<iodata xmlns='" IC_NS_IO_DATA "' type='error'><error>"
                           "<failure xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(answer, "status", ic_status_name(text.status));
    ic_buffer_text(answer, ">");
    ic_buffer_error(answer, &text);
    ic_buffer_text(answer, "</failure></error></iodata>");
    end_command(answer);
}

void ic_adhoc_run(const struct ic_service *service, const struct ic_iq *iq,
                  const struct ic_adhoc_command *command, const struct ic_element *input,
                  struct ic_buffer *answer)
{
    struct ic_error error = {0};
    char session[IC_SESSION_ID_BYTES];
    struct ic_buffer output, notes;
    ic_buffer_init(&output, service->answer_bytes_max);
    ic_buffer_init(&notes, service->answer_bytes_max);
    struct ic_call call = {.service = service,
                           .iq = iq,
                           .requester = iq->requester,
                           .input = input,
                           .arena = ic_arena_new(),
                           .output = &output,
                           .notes = &notes,
                           .error = &error};
    enum ic_status status = call.arena ? IC_OK : ic_fail(&error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = ic_sessions_new_id(service->sessions, session, &error);
    const bool accepted = status == IC_OK;
    if (status == IC_OK)
        status = command->run(&call);
    if (status == IC_OK) {
        answer_output(&call, command, session, answer);
    } else {
        const struct ic_stanza_error *kind = ic_stanza_error(status);
        if (kind->public_text)
            ic_log_error(&error, "%s of %s failed", command->node, iq->requester);
        if (kind->after_acceptance && accepted)
            answer_failure(&call, command, kind, session, answer);
        else
            ic_iq_error(answer, iq, kind, &error);
    }
    ic_buffer_free(&output);
    ic_buffer_free(&notes);
    ic_arena_free(call.arena);
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
        answer_schemata(request.command, iq, answer);
    else
        ic_adhoc_run(service, iq, request.command, input, answer);
}
