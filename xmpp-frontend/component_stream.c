/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over the component's stream: headers, handshake, stream errors, stanzas
 * (XEP-0114, section 3). */
#include <stdlib.h>
#include <string.h>

#include "catalog/names.h"
#include "component_internal.h"
#include "log.h"
#include "tcp.h"

static enum ic_status opened(void *context, const char *id, const char *from,
                             struct ic_error *error)
{
    struct ic_component *c = context;
    char digest[IC_STREAM_HANDSHAKE_BYTES], *name = NULL;
    if (!id || !*id || strlen(id) > IC_STREAM_ID_BYTES_MAX)
        return ic_fail(error, IC_BAD_INPUT,
                       "the server's stream header has no usable 'id' (1 to %d bytes)",
                       IC_STREAM_ID_BYTES_MAX);
    if (from) {
        const bool ours =
            ic_name_jid(from, &name, NULL) == IC_OK && strcmp(name, c->options.jid) == 0;
        free(name);
        if (!ours)
            return ic_fail(error, IC_BAD_INPUT,
                           "the server's stream header is from \"%.200s\", not from \"%s\"; is "
                           "jid the name that the server has for this component?",
                           from, c->options.jid);
    }
    enum ic_status status = ic_stream_handshake(id, c->options.secret, digest, error);
    if (status == IC_OK)
        status = ic_component_queue(c, "<handshake>", strlen("<handshake>"), error);
    if (status == IC_OK)
        status = ic_component_queue(c, digest, strlen(digest), error);
    if (status == IC_OK)
        status = ic_component_queue(c, "</handshake>", strlen("</handshake>"), error);
    if (status == IC_OK)
        ic_component_enter(c, IC_COMPONENT_HANDSHAKING);
    return status;
}

/* What the administrator can do about a stream error (RFC 6120, section 4.9.3). */
static const char *remedy(const char *condition)
{
    static const struct {
        const char *condition, *remedy;
    } remedies[] = {
        {"conflict", "; another component is connected under this name: stop one of the two"},
        {"host-gone", "; does the server's configuration still have this component?"},
        {"host-unknown", "; does the server's configuration have this component?"},
        {"invalid-from", "; is jid the name that the server has for this component?"},
        {"invalid-namespace", "; is it the server's component port, and is the server ready?"},
        {"not-authorized", "; are jid and secret the ones in the server's configuration?"},
        {"policy-violation", "; does the server take stanzas of answer_bytes?"},
        {"see-other-host", "; it is not followed: if it is right, configure server and port"},
        {"system-shutdown", "; the server is stopping"}};
    for (size_t i = 0; i < sizeof remedies / sizeof *remedies; i++)
        if (strcmp(condition, remedies[i].condition) == 0)
            return remedies[i].remedy;
    return "";
}

static enum ic_status stream_error(struct ic_component *c, const struct ic_stanza *stanza,
                                   struct ic_error *error)
{
    const char *condition = "undefined-condition", *text = NULL, *other = NULL;
    for (const struct ic_element *child = ic_element_first(stanza->element); child;
         child = ic_element_next(child)) {
        if (ic_element_is(child, IC_NS_STREAM_ERRORS, "text"))
            text = ic_element_text(child, stanza->arena);
        else if (strcmp(child->ns, IC_NS_STREAM_ERRORS) == 0)
            condition = child->name, other = ic_element_text(child, stanza->arena);
    }
    c->replaced = strcmp(condition, "conflict") == 0;
    return ic_fail(error, IC_IO, "the server ended the stream: %.100s%s%.200s%s%.500s%s",
                   condition, other && *other ? " " : "", other ? other : "", text ? ": " : "",
                   text ? text : "", remedy(condition));
}

static void come_up(struct ic_component *c)
{
    ic_loop_stop_timer(c->loop, &c->phase);
    c->up_since_ms = ic_loop_now_ms();
    ic_log("connected to %s port %u as %s", c->options.server, c->options.port, c->options.jid);
    ic_component_enter(c, IC_COMPONENT_UP);
}

static bool is_stanza(const struct ic_element *element)
{
    return ic_element_is(element, IC_NS_COMPONENT, "iq") ||
           ic_element_is(element, IC_NS_COMPONENT, "message") ||
           ic_element_is(element, IC_NS_COMPONENT, "presence");
}

static enum ic_status received(void *context, struct ic_stanza *stanza, struct ic_error *error)
{
    struct ic_component *c = context;
    const struct ic_element *element = stanza->element;
    enum ic_status status = IC_OK;
    if (ic_element_is(element, IC_NS_STREAM, "error")) {
        status = stream_error(c, stanza, error);
    } else if (c->state == IC_COMPONENT_HANDSHAKING) {
        if (ic_element_is(element, IC_NS_COMPONENT, "handshake"))
            come_up(c);
        else
            status = ic_fail(error, IC_BAD_INPUT,
                             "the server sent <%.100s> where its <handshake/> was due",
                             element->name);
    } else if (c->state == IC_COMPONENT_UP && is_stanza(element)) {
        c->options.stanza(c->options.context, stanza);
        stanza = NULL;
        if (ic_component_pending(c) >= c->options.outbox_bytes_max)
            ic_stream_pause(c->stream);
    } else if (c->state == IC_COMPONENT_UP) {
        ic_log("passed over <%.100s>, which is no stanza", element->name);
    }
    ic_stanza_free(stanza);
    return status;
}

enum ic_status ic_component_open_stream(struct ic_component *c, struct ic_error *error)
{
    const struct ic_stream_events events = {c, opened, received};
    struct ic_buffer header;
    enum ic_status status =
        ic_tcp_result(c->watch.fd, (unsigned)c->options.stall_timeout_ms, error);
    if (status != IC_OK)
        return status;
    c->stream = ic_stream_new(&c->options.limits, &events);
    if (!c->stream)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    ic_buffer_init(&header, IC_COMPONENT_MARKUP_BYTES);
    ic_buffer_text(&header, "<?xml version='1.0'?><stream:stream xmlns='" IC_NS_COMPONENT
                            "' xmlns:stream='" IC_NS_STREAM "'");
    ic_buffer_attribute(&header, "to", c->options.jid);
    ic_buffer_text(&header, ">");
    if (header.status != IC_OK)
        status = ic_fail(error, header.status, "cannot write the stream header");
    if (status == IC_OK)
        status = ic_component_queue(c, header.data, header.length, error);
    ic_buffer_free(&header);
    if (status == IC_OK)
        ic_component_enter(c, IC_COMPONENT_OPENING);
    return status;
}
