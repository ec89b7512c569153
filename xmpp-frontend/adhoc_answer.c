/* SPDX-License-Identifier: Apache-2.0 */
/* Running a command and writing its answer: schemata, output, notes, failures. */
#include "adhoc.h"
#include "log.h"
#include "loop.h"

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

void ic_adhoc_schemata(const struct ic_adhoc_command *command, const struct ic_iq *iq,
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
    const size_t before = call->notes->length;
    call->notes_given++;
    if (call->notes_shown == IC_SERVICE_NOTES_MAX)
        return;
    add_note(call->notes, "warn", warning);
    if (call->notes->status == IC_OK)
        call->notes_shown++;
    else
        ic_buffer_truncate(call->notes, before);
}

static void answer_output(const struct ic_call *call, const struct ic_adhoc_command *command,
                          const char *session, struct ic_buffer *answer)
{
    begin_command(answer, call->iq, command, session);
    if (call->notes->length)
        ic_buffer_add(answer, call->notes->data, call->notes->length);
    if (call->notes_given > call->notes_shown)
        ic_buffer_format(answer, "<note type='warn'>%zu more warnings are not shown</note>",
                         call->notes_given - call->notes_shown);
    ic_buffer_text(answer, "<iodata xmlns='" IC_NS_IO_DATA "' type='output'><out>");
    if (call->output->length)
        ic_buffer_add(answer, call->output->data, call->output->length);
    ic_buffer_text(answer, "</out></iodata>");
    end_command(answer);
    /* The output is bounded as the whole is: when it overflowed, so does the answer. */
    if (answer->status == IC_OK)
        answer->status = call->output->status;
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
    /* What was done must not become an error for its many warnings. */
    ic_buffer_init(&notes, service->answer_bytes_max / 4);
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
        if (service->policy)
            ic_policy_refused(service->policy, iq->requester, command->node, &error,
                              ic_loop_now_ms());
        if (kind->after_acceptance && accepted)
            answer_failure(&call, command, kind, session, answer);
        else
            ic_iq_error(answer, iq, kind, &error);
    }
    ic_buffer_free(&output);
    ic_buffer_free(&notes);
    ic_arena_free(call.arena);
}
