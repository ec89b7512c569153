/* SPDX-License-Identifier: Apache-2.0 */
/* The table of stanza errors, and answers to IQs. */
#include "stanza.h"

#include <assert.h>
#include <string.h>

static const char sorry[] = "the exchange failed; its log has the reason";

/* What the sender can mend is bad-payload, ownership is forbidden, a taken
 * name is a conflict, what passes by itself is resource-constraint. */
static const struct ic_stanza_error errors[IC_STATUS_COUNT] = {
    [IC_BAD_INPUT] = {"modify", "bad-request", "bad-payload", false, NULL},
    [IC_USAGE] = {"modify", "bad-request", "bad-payload", false, NULL},
    [IC_NOT_FOUND] = {"cancel", "item-not-found", NULL, false, NULL},
    [IC_FORBIDDEN] = {"auth", "forbidden", NULL, false, NULL},
    [IC_CONFLICT] = {"cancel", "conflict", NULL, false, NULL},
    [IC_TOO_LARGE] = {"modify", "bad-request", "bad-payload", false, NULL},
    [IC_BUSY] = {"wait", "resource-constraint", NULL, false, NULL},
    [IC_OWNED] = {"wait", "internal-server-error", NULL, true, sorry},
    [IC_FORMAT] = {"cancel", "internal-server-error", NULL, true, sorry},
    [IC_CORRUPT] = {"cancel", "internal-server-error", NULL, true, sorry},
    [IC_NO_SPACE] = {"wait", "resource-constraint", NULL, false,
                     "the exchange's disk is full; try again later"},
    [IC_NO_MEMORY] = {"wait", "resource-constraint", NULL, false,
                      "the exchange is out of memory; try again later"},
    [IC_IO] = {"wait", "internal-server-error", NULL, true, sorry},
    [IC_TIMEOUT] = {"wait", "resource-constraint", NULL, true, NULL},
    [IC_UNSUPPORTED] = {"modify", "feature-not-implemented", NULL, false, NULL}};

const struct ic_stanza_error ic_error_bad_request = {.type = "modify",
                                                     .condition = "bad-request"};
const struct ic_stanza_error ic_error_unavailable = {.type = "cancel",
                                                     .condition = "service-unavailable"};
const struct ic_stanza_error ic_error_jid_malformed = {.type = "modify",
                                                       .condition = "jid-malformed"};
const struct ic_stanza_error ic_error_role = {.type = "cancel", .condition = "forbidden"};
const struct ic_stanza_error ic_error_bad_action = {
    .type = "modify", .condition = "bad-request", .specific = "bad-action"};
const struct ic_stanza_error ic_error_malformed_action = {
    .type = "modify", .condition = "bad-request", .specific = "malformed-action"};
const struct ic_stanza_error ic_error_bad_locale = {
    .type = "modify", .condition = "bad-request", .specific = "bad-locale"};
const struct ic_stanza_error ic_error_bad_session = {
    .type = "modify", .condition = "bad-request", .specific = "bad-sessionid"};
const struct ic_stanza_error ic_error_session_expired = {
    .type = "cancel", .condition = "not-allowed", .specific = "session-expired"};
/* Waiting would not help, asking for less does: so it is not RFC 6120's usual "wait". */
const struct ic_stanza_error ic_error_answer_large = {.type = "modify",
                                                      .condition = "resource-constraint"};

const struct ic_stanza_error *ic_stanza_error(enum ic_status status)
{
    assert(status > IC_OK && status < IC_STATUS_COUNT);
    return &errors[status];
}

static void begin(struct ic_buffer *answer, const struct ic_iq *iq, const char *type)
{
    ic_buffer_text(answer, "<iq");
    ic_buffer_attribute(answer, "type", type);
    ic_buffer_attribute(answer, "from", iq->to);
    ic_buffer_attribute(answer, "to", iq->from);
    ic_buffer_attribute(answer, "id", iq->id);
    ic_buffer_text(answer, ">");
}

void ic_iq_begin_result(struct ic_buffer *answer, const struct ic_iq *iq)
{
    begin(answer, iq, "result");
}

void ic_iq_end(struct ic_buffer *answer)
{
    ic_buffer_text(answer, "</iq>");
}

static void empty_element(struct ic_buffer *answer, const char *name, const char *ns)
{
    ic_buffer_text(answer, "<");
    ic_buffer_text(answer, name);
    ic_buffer_attribute(answer, "xmlns", ns);
    ic_buffer_text(answer, "/>");
}

void ic_iq_error(struct ic_buffer *answer, const struct ic_iq *iq,
                 const struct ic_stanza_error *kind, const struct ic_error *text)
{
    ic_buffer_truncate(answer, 0);
    begin(answer, iq, "error");
    ic_buffer_text(answer, "<error");
    ic_buffer_attribute(answer, "type", kind->type);
    ic_buffer_text(answer, ">");
    empty_element(answer, kind->condition, IC_NS_STANZA_ERRORS);
    ic_buffer_text(answer, "<text xmlns='" IC_NS_STANZA_ERRORS "' xml:lang='en'>");
    if (kind->public_text)
        ic_buffer_text(answer, kind->public_text);
    else
        ic_buffer_error(answer, text);
    ic_buffer_text(answer, "</text>");
    if (kind->specific)
        empty_element(answer, kind->specific, IC_NS_COMMANDS);
    ic_buffer_text(answer, "</error>");
    ic_iq_end(answer);
}

void ic_iq_fail(struct ic_buffer *answer, const struct ic_iq *iq, const struct ic_error *error)
{
    ic_iq_error(answer, iq, ic_stanza_error(error->status), error);
}
