/* SPDX-License-Identifier: Apache-2.0 */
/* Builds command stanzas and maps what comes back to a status and a text. */
#include "gateway_command.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMMAND_BYTES = 1024,        /* of a stanza around its payload */
    WAIT_FIRST_MS = 200,         /* until the first question how far it is */
    WAIT_MAX_MS = 5000,          /* between two */
    WORK_MAX_MS = 60 * 60 * 1000 /* then it is given up */
};

/* A command from its execution to its end. */
struct conversation {
    struct ic_gateway_client *client;
    const char *node;
    const struct ic_gateway_subject *subject;
    FILE *notes;
    struct ic_gateway_reply *reply;
    char *session; /* its id, once there is one */
    bool executing, can_complete;
};

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

/* The children of a further page go behind those of the pages before. */
static void add_page(struct ic_gateway_reply *reply, const struct ic_element *page)
{
    struct ic_element *output = reply->output;
    if (!page)
        return;
    if (!output) {
        reply->output = (struct ic_element *)page;
        return;
    }
    for (const struct ic_element *child = ic_element_first(page); child;
         child = ic_element_next(child))
        ((struct ic_element *)child)->parent = output;
    if (page->first && output->last)
        output->last->next = page->first;
    else if (page->first)
        output->first = page->first;
    if (page->last)
        output->last = page->last;
}

static enum ic_status take_session(struct conversation *talk, const char *id,
                                   struct ic_error *error)
{
    if (talk->session || !id)
        return IC_OK;
    talk->session = strdup(id);
    return talk->session ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory");
}

static enum ic_status understand(struct conversation *talk, const struct ic_element *answer,
                                 struct ic_error *error)
{
    struct ic_gateway_reply *reply = talk->reply;
    const struct ic_gateway_subject *subject = talk->subject;
    const char *type = ic_element_attribute(answer, "type"), *failure = NULL;
    if (!type || strcmp(type, "result") != 0)
        return refuse(answer, reply->arena, subject, error);
    const struct ic_element *command = child_of(answer, IC_NS_COMMANDS, "command");
    const char *state = command ? ic_element_attribute(command, "status") : NULL;
    const struct ic_element *data = child_of(command, IC_NS_IO_DATA, "iodata");
    const struct ic_element *actions = child_of(command, IC_NS_COMMANDS, "actions");
    const bool completed = state && strcmp(state, "completed") == 0;
    talk->executing = state && strcmp(state, "executing") == 0;
    talk->can_complete = child_of(actions, IC_NS_COMMANDS, "complete") != NULL;
    enum ic_status status =
        read_notes(command, reply->arena, completed ? talk->notes : NULL, &failure, error);
    if (status != IC_OK)
        return status;
    /* Work that was accepted and then failed is told with an error. */
    const char *kind = data ? ic_element_attribute(data, "type") : NULL;
    if (failure || (kind && strcmp(kind, "error") == 0))
        return ic_fail_at(error, IC_IO, subject->name, 0, 0, "%s",
                          failure ? failure : "the exchange failed");
    if (!completed && !(talk->executing && child_of(actions, IC_NS_COMMANDS, "next")))
        return malformed(subject, error);
    const struct ic_element *out = child_of(data, IC_NS_IO_DATA, "out");
    add_page(reply, out ? ic_element_first(out) : NULL);
    return take_session(talk, ic_element_attribute(command, "sessionid"), error);
}

/* ---- asking ---- */

static enum ic_status keep_arena(struct ic_gateway_reply *reply, struct ic_arena *arena,
                                 struct ic_error *error)
{
    struct ic_arena **arenas =
        realloc(reply->arenas, (reply->arena_count + 1) * sizeof *reply->arenas);
    if (!arenas) {
        ic_arena_free(arena);
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    }
    reply->arenas = arenas;
    reply->arenas[reply->arena_count++] = arena;
    reply->arena = arena;
    return IC_OK;
}

/* Sends one command with `content`, XML of `length` bytes between `before` and `after`, and
 * understands its answer. */
static enum ic_status ask(struct conversation *talk, const char *action, const char *before,
                          const char *content, size_t length, const char *after,
                          struct ic_error *error)
{
    struct ic_element *answer = NULL;
    struct ic_arena *arena = NULL;
    struct ic_buffer command;
    ic_buffer_init(&command, strlen(before) + length + COMMAND_BYTES);
    ic_buffer_text(&command, "<command xmlns='" IC_NS_COMMANDS "'");
    ic_buffer_attribute(&command, "node", talk->node);
    ic_buffer_attribute(&command, "action", action);
    ic_buffer_attribute(&command, "sessionid", talk->session);
    ic_buffer_text(&command, ">");
    ic_buffer_text(&command, before);
    ic_buffer_add(&command, content, length);
    ic_buffer_text(&command, after);
    ic_buffer_text(&command, "</command>");
    enum ic_status status = command.status;
    if (status != IC_OK)
        ic_fail(error, status, "out of memory");
    else
        status =
            ic_gateway_ask(talk->client, command.data, command.length, &arena, &answer, error);
    ic_buffer_free(&command);
    if (status == IC_OK)
        status = keep_arena(talk->reply, arena, error);
    if (status == IC_OK && talk->reply->arena_count > IC_GATEWAY_PAGES_MAX)
        status = ic_fail(error, IC_TOO_LARGE, "the answer has more than %d pages",
                         IC_GATEWAY_PAGES_MAX);
    return status == IC_OK ? understand(talk, answer, error) : status;
}

#define INPUT "<iodata xmlns='" IC_NS_IO_DATA "' type='input'><in>"
#define END_INPUT "</in></iodata>"
#define GET_STATUS "<iodata xmlns='" IC_NS_IO_DATA "' type='getStatus'/>"

/* ---- a document in parts ---- */

/* How much of escaped text can be cut off: at most `max`, at a line's end where there is one
 * near, never within a character or an entity. */
static size_t cut(const char *text, size_t length, size_t max)
{
    if (length <= max)
        return length;
    for (size_t at = max; at > max / 2; at--)
        if (text[at - 1] == '\n')
            return at;
    size_t at = max;
    for (size_t back = 0; back < 8 && at - back > 1; back++)
        if (text[at - back] == '&')
            return at - back;
    while (at > 1 && ((unsigned char)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static enum ic_status send_parts(struct conversation *talk, const struct ic_buffer *payload,
                                 size_t part_max, struct ic_error *error)
{
    static const char end_tag[] = "</document>";
    const char *text = strchr(payload->data, '>') + 1;
    const size_t head = (size_t)(text - payload->data) - 1;
    size_t left = payload->length - head - 1 - strlen(end_tag);
    enum ic_status status = IC_OK;
    for (size_t number = 1; left > 0 && status == IC_OK; number++) {
        const size_t length = cut(text, left, part_max);
        char *before = NULL;
        if (asprintf(&before, INPUT "%.*s part='%zu'>", (int)head, payload->data, number) < 0)
            return ic_fail(error, IC_NO_MEMORY, "out of memory");
        status = ask(talk, number == 1 ? "execute" : "next", before, text, length,
                     "</document>" END_INPUT, error);
        free(before);
        if (status == IC_OK && !talk->executing)
            status = malformed(talk->subject, error);
        text += length;
        left -= length;
    }
    return status;
}

/* ---- until it is complete ---- */

static enum ic_status await_end(struct conversation *talk, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    long waited_ms = 0, wait_ms = WAIT_FIRST_MS;
    while (status == IC_OK && talk->executing) {
        if (talk->can_complete) {
            status = ask(talk, "complete", "", "", 0, "", error);
        } else if (waited_ms > WORK_MAX_MS) {
            status = ic_fail(error, IC_TIMEOUT, "the exchange has been working for an hour");
        } else {
            status = ic_gateway_wait(talk->client, wait_ms, error);
            waited_ms += wait_ms;
            wait_ms = 2 * wait_ms < WAIT_MAX_MS ? 2 * wait_ms : WAIT_MAX_MS;
            if (status == IC_OK)
                status = ask(talk, "next", GET_STATUS, "", 0, "", error);
        }
    }
    return status;
}

/* What will not be fetched need not be kept; nobody looks at the answer. */
static void cancel(struct conversation *talk)
{
    struct ic_error error = {0};
    if (talk->session && talk->executing)
        ask(talk, "cancel", "", "", 0, "", &error);
}

enum ic_status ic_gateway_execute(struct ic_gateway_client *client, const char *node,
                                  const struct ic_buffer *payload,
                                  const struct ic_gateway_subject *subject, FILE *notes,
                                  struct ic_gateway_reply *reply, struct ic_error *error)
{
    struct conversation talk = {
        .client = client, .node = node, .subject = subject, .notes = notes, .reply = reply};
    const size_t stanza_max = ic_gateway_payload_max(client);
    const bool in_parts = payload && payload->length > stanza_max - COMMAND_BYTES &&
                          strncmp(payload->data, "<document ", strlen("<document ")) == 0;
    *reply = (struct ic_gateway_reply){0};
    enum ic_status status = in_parts
                                ? send_parts(&talk, payload, stanza_max - COMMAND_BYTES, error)
                                : ask(&talk, "execute", INPUT, payload ? payload->data : "",
                                      payload ? payload->length : 0, END_INPUT, error);
    if (status == IC_OK)
        status = await_end(&talk, error);
    if (status != IC_OK) {
        if (status != IC_TIMEOUT)
            cancel(&talk);
        ic_gateway_reply_clear(reply);
    }
    free(talk.session);
    return status;
}

void ic_gateway_reply_clear(struct ic_gateway_reply *reply)
{
    for (size_t i = 0; i < reply->arena_count; i++)
        ic_arena_free(reply->arenas[i]);
    free(reply->arenas);
    *reply = (struct ic_gateway_reply){0};
}
