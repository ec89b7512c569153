/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions of several commands need: input as text or bytes, notes, statements. */
#include <stdlib.h>
#include <string.h>

#include "adhoc_internal.h"
#include "catalog/names.h"

bool ic_call_cancelled(void *context)
{
    struct ic_call *call = context;
    if (call->until_ms && call->service->now_ms() >= call->until_ms)
        call->gave_up = true;
    return call->gave_up || atomic_load_explicit(call->cancelled, memory_order_relaxed);
}

void ic_call_note(struct ic_call *call, const struct ic_error *warning)
{
    const size_t before = call->notes->length;
    call->notes_given++;
    if (call->notes_shown == IC_SERVICE_NOTES_MAX)
        return;
    ic_reply_note(call->notes, "warn", warning);
    if (call->notes->status == IC_OK)
        call->notes_shown++;
    else
        ic_buffer_truncate(call->notes, before);
}

void ic_call_warn(void *call, const char *message)
{
    struct ic_error warning = {0};
    ic_fail(&warning, IC_BAD_INPUT, "%s", message);
    ic_call_note(call, &warning);
}

/* ---- input ---- */

static enum ic_status text_of_child(struct ic_call *call, const char *name, const char **text)
{
    const struct ic_element *found = NULL;
    for (const struct ic_element *child = ic_element_first(call->input); child;
         child = ic_element_next(child)) {
        if (!ic_element_is(child, IC_NS_PAYLOAD, name))
            continue;
        if (found || ic_element_first(child))
            return ic_fail(call->error, IC_BAD_INPUT, "<%s> takes one <%s>, which holds a text",
                           call->input->name, name);
        found = child;
    }
    char *own = found ? ic_element_text(found, call->arena) : NULL;
    if (found && !own)
        return ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    own = own ? ic_text_trim(own) : NULL;
    *text = own && *own ? own : NULL;
    return IC_OK;
}

enum ic_status ic_call_text(struct ic_call *call, const char *name, const char **text)
{
    *text = NULL;
    if (call->form)
        *text = ic_form_value(call->form, name);
    else if (call->input)
        return text_of_child(call, name, text);
    return IC_OK;
}

enum ic_status ic_call_cloud_name(struct ic_call *call, char **name)
{
    const char *text;
    const enum ic_status status = ic_call_text(call, "cloudName", &text);
    if (status != IC_OK)
        return status;
    if (!text)
        return ic_fail(call->error, IC_BAD_INPUT,
                       "<%s> must hold exactly one <cloudName> with the cloud's name",
                       call->input ? call->input->name : "x");
    return ic_name_cloud(text, name, call->error);
}

/* What a person wrote in Turtle. */
static void write_document(const struct ic_call *call, struct ic_buffer *xml)
{
    const char *text = ic_form_text(call->form, "document", call->arena);
    if (!text) {
        xml->status = IC_NO_MEMORY;
        return;
    }
    ic_buffer_text(xml, "<document xmlns='" IC_NS_PAYLOAD "' type='text/turtle'");
    ic_buffer_attribute(xml, "lease", ic_form_value(call->form, "lease"));
    ic_buffer_text(xml, ">");
    ic_buffer_escape(xml, text, strlen(text));
    ic_buffer_text(xml, "</document>");
}

enum ic_status ic_call_keep(struct ic_call *call, struct ic_buffer *buffer, const char **xml,
                            size_t *length)
{
    enum ic_status status = buffer->status;
    *length = buffer->length;
    *xml = status == IC_OK ? ic_arena_copy(call->arena, buffer->data, buffer->length) : NULL;
    if (status == IC_OK && !*xml)
        status = IC_NO_MEMORY;
    ic_buffer_free(buffer);
    return status == IC_OK ? IC_OK : ic_fail(call->error, status, "the payload is too large");
}

enum ic_status ic_call_payload(struct ic_call *call, const char **xml, size_t *length)
{
    struct ic_buffer buffer;
    if (call->whole) {
        *xml = call->whole->data;
        *length = call->whole->length;
        return IC_OK;
    }
    ic_buffer_init(&buffer, IC_CALL_PAYLOAD_BYTES);
    if (call->form)
        write_document(call, &buffer);
    else
        ic_element_write(call->input, &buffer);
    return ic_call_keep(call, &buffer, xml, length);
}

/* ---- output ---- */

void ic_call_statement(struct ic_call *call, const struct ic_term *subject,
                       const struct ic_term *predicate, const struct ic_term *object)
{
    char *text = NULL;
    size_t length = 0;
    struct ic_buffer *items = &call->output->items;
    FILE *line = open_memstream(&text, &length);
    if (line) {
        ic_term_write(line, subject);
        fputc(' ', line);
        ic_term_write(line, predicate);
        fputc(' ', line);
        ic_term_write(line, object);
        fputs(" .\n", line);
    }
    if (!line || fclose(line) != 0)
        items->status = IC_NO_MEMORY;
    else
        ic_buffer_escape(items, text, length);
    free(text);
    ic_output_end_item(call->output);
}
