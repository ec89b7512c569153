/* SPDX-License-Identifier: Apache-2.0 */
/* Builds command stanzas and maps what comes back to a status and a text. */
#include "gateway_command.h"

#include <string.h>

enum { COMMAND_BYTES = 1024 };

/* RFC 6120, section 8.3.3. The one table from stanza error conditions to our statuses, and with
 * them to exit statuses. */
static const struct {
    const char *condition;
    enum ic_status status;
} conditions[] = {
    {"bad-request", IC_BAD_INPUT},
    {"conflict", IC_CONFLICT},
    {"feature-not-implemented", IC_UNSUPPORTED},
    {"forbidden", IC_FORBIDDEN},
    {"gone", IC_NOT_FOUND},
    {"internal-server-error", IC_IO},
    {"item-not-found", IC_NOT_FOUND},
    {"jid-malformed", IC_BAD_INPUT},
    {"not-acceptable", IC_BAD_INPUT},
    {"not-allowed", IC_FORBIDDEN},
    {"not-authorized", IC_FORBIDDEN},
    {"policy-violation", IC_TOO_LARGE},
    {"recipient-unavailable", IC_IO},
    {"redirect", IC_IO},
    {"registration-required", IC_FORBIDDEN},
    {"remote-server-not-found", IC_IO},
    {"remote-server-timeout", IC_IO},
    {"resource-constraint", IC_BUSY},
    {"service-unavailable", IC_IO},
    {"subscription-required", IC_FORBIDDEN},
    {"undefined-condition", IC_IO},
    {"unexpected-request", IC_BAD_INPUT},
};

static enum ic_status status_of(const char *condition)
{
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (strcmp(conditions[i].condition, condition) == 0)
            return conditions[i].status;
    return IC_IO;
}

static const struct ic_element *child_named(const struct ic_element *parent, const char *name)
{
    const struct ic_element *child = parent ? ic_element_first(parent) : NULL;
    while (child && strcmp(child->name, name) != 0)
        child = ic_element_next(child);
    return child;
}

static const struct ic_element *child_of(const struct ic_element *parent, const char *ns,
                                         const char *name)
{
    const struct ic_element *child = parent ? ic_element_first(parent) : NULL;
    while (child && !ic_element_is(child, ns, name))
        child = ic_element_next(child);
    return child;
}

/* What the server says on the exchange's behalf. */
static const char *explain(const char *condition)
{
    static const struct {
        const char *condition, *text;
    } texts[] = {
        {"remote-server-timeout", "the exchange is not connected to its server"},
        {"remote-server-not-found", "the server finds no such exchange"},
        {"service-unavailable", "nobody answers for the exchange"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(texts[i].condition, condition) == 0)
            return texts[i].text;
    return NULL;
}

/* Takes "payload:LINE:COLUMN: " off the front of a text; the exchange calls every file that. */
static const char *cut_place(const char *text, unsigned long *line, unsigned long *column)
{
    int end = 0;
    if (sscanf(text, "payload:%9lu:%9lu: %n", line, column, &end) == 2 && end)
        return text + end;
    *column = 0;
    if (sscanf(text, "payload:%9lu: %n", line, &end) == 1 && end)
        return text + end;
    *line = 0;
    return text;
}

/* From <error> of an iq (RFC 6120, section 8.3). */
static enum ic_status refuse(const struct ic_element *answer, struct ic_arena *arena,
                             const struct ic_gateway_subject *subject, struct ic_error *error)
{
    const struct ic_element *found = child_named(answer, "error");
    const struct ic_element *child = found ? ic_element_first(found) : NULL;
    const char *condition = "undefined-condition", *text = NULL;
    for (; child; child = ic_element_next(child)) {
        if (strcmp(child->ns, IC_NS_STANZA_ERRORS) != 0)
            continue;
        if (strcmp(child->name, "text") != 0)
            condition = child->name;
        else if (!(text = ic_element_text(child, arena)))
            return ic_fail(error, IC_NO_MEMORY, "out of memory");
    }
    const char *ours = explain(condition);
    if (ours)
        return ic_fail_at(error, status_of(condition), subject->name, 0, 0, "%s (%s)", ours,
                          text ? text : condition);
    unsigned long line = 0, column = 0;
    text = text && text[0] ? text : condition;
    if (subject->has_lines)
        text = cut_place(text, &line, &column);
    return ic_fail_at(error, status_of(condition), subject->name, line, column, "%s", text);
}

static enum ic_status malformed(const struct ic_gateway_subject *subject,
                                struct ic_error *error)
{
    return ic_fail_at(error, IC_IO, subject->name, 0, 0,
                      "the exchange's answer is not one of an Intercloud exchange");
}

/* Prints <note>s (XEP-0050, section 2.2.3). The text of the last one of type error is returned
 * in *failure. */
static enum ic_status read_notes(const struct ic_element *command, struct ic_arena *arena,
                                 FILE *out, const char **failure, struct ic_error *error)
{
    const struct ic_element *note = command ? ic_element_first(command) : NULL;
    for (; note; note = ic_element_next(note)) {
        if (!ic_element_is(note, IC_NS_COMMANDS, "note"))
            continue;
        const char *type = ic_element_attribute(note, "type");
        const char *text = ic_element_text(note, arena);
        if (!text)
            return ic_fail(error, IC_NO_MEMORY, "out of memory");
        if (type && strcmp(type, "error") == 0) {
            *failure = text;
        } else if (out) {
            fputs("note: ", out);
            ic_print_escaped(out, text, strlen(text));
            fputc('\n', out);
        }
    }
    return IC_OK;
}

static enum ic_status understand(const struct ic_element *answer,
                                 const struct ic_gateway_subject *subject, FILE *notes,
                                 struct ic_gateway_reply *reply, struct ic_error *error)
{
    const char *type = ic_element_attribute(answer, "type"), *failure = NULL;
    if (!type || strcmp(type, "result") != 0)
        return refuse(answer, reply->arena, subject, error);
    reply->command = child_of(answer, IC_NS_COMMANDS, "command");
    const char *state = reply->command ? ic_element_attribute(reply->command, "status") : NULL;
    const struct ic_element *data = child_of(reply->command, IC_NS_IO_DATA, "iodata");
    enum ic_status status = read_notes(reply->command, reply->arena, notes, &failure, error);
    if (status != IC_OK)
        return status;
    /* Work that was accepted and then failed is "completed" with an error. */
    const char *kind = data ? ic_element_attribute(data, "type") : NULL;
    if (failure || (kind && strcmp(kind, "error") == 0))
        return ic_fail_at(error, IC_IO, subject->name, 0, 0, "%s",
                          failure ? failure : "the exchange failed");
    if (!state || strcmp(state, "completed") != 0)
        return malformed(subject, error);
    const struct ic_element *out = child_of(data, IC_NS_IO_DATA, "out");
    reply->output = out ? ic_element_first(out) : NULL;
    return IC_OK;
}

static void write_command(const char *node, const struct ic_buffer *payload,
                          struct ic_buffer *out)
{
    ic_buffer_text(out, "<command xmlns='" IC_NS_COMMANDS "'");
    ic_buffer_attribute(out, "node", node);
    ic_buffer_attribute(out, "action", "execute");
    ic_buffer_text(out, "><iodata xmlns='" IC_NS_IO_DATA "' type='input'><in>");
    if (payload)
        ic_buffer_add(out, payload->data, payload->length);
    ic_buffer_text(out, "</in></iodata></command>");
}

enum ic_status ic_gateway_execute(struct ic_gateway_client *client, const char *node,
                                  const struct ic_buffer *payload,
                                  const struct ic_gateway_subject *subject, FILE *notes,
                                  struct ic_gateway_reply *reply, struct ic_error *error)
{
    struct ic_element *answer = NULL;
    struct ic_buffer command;
    enum ic_status status = IC_OK;
    *reply = (struct ic_gateway_reply){0};
    ic_buffer_init(&command, (payload ? payload->length : 0) + COMMAND_BYTES);
    write_command(node, payload, &command);
    if (command.status != IC_OK)
        status = ic_fail(error, command.status, "out of memory");
    else
        status =
            ic_gateway_ask(client, command.data, command.length, &reply->arena, &answer, error);
    ic_buffer_free(&command);
    if (status == IC_OK)
        status = understand(answer, subject, notes, reply, error);
    if (status != IC_OK)
        ic_gateway_reply_clear(reply);
    return status;
}

void ic_gateway_reply_clear(struct ic_gateway_reply *reply)
{
    ic_arena_free(reply->arena);
    *reply = (struct ic_gateway_reply){0};
}
