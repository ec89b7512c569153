/* SPDX-License-Identifier: Apache-2.0 */
/* What answers look like: the command around them, notes, status, output in pages, failures,
 * schemata. */
#include <inttypes.h>
#include <string.h>

#include "adhoc_internal.h"

enum { AROUND_BYTES = 512 }; /* <set/> and end tags behind a page */

void ic_reply_begin(struct ic_buffer *buffer, const struct ic_reply *reply)
{
    if (reply->iq) {
        ic_iq_begin_result(buffer, reply->iq);
    } else {
        ic_buffer_text(buffer, "<message");
        ic_buffer_attribute(buffer, "from", reply->from);
        ic_buffer_attribute(buffer, "to", reply->to);
        ic_buffer_text(buffer, ">");
    }
    ic_buffer_text(buffer, "<command xmlns='" IC_NS_COMMANDS "'");
    ic_buffer_attribute(buffer, "node", reply->command->node);
    ic_buffer_attribute(buffer, "sessionid", reply->id);
    ic_buffer_attribute(buffer, "status", reply->status);
    ic_buffer_text(buffer, reply->in_words ? " xml:lang='en'>" : ">");
    if (!reply->offers)
        return;
    ic_buffer_text(buffer, "<actions");
    ic_buffer_attribute(buffer, "execute", reply->execute);
    ic_buffer_text(buffer, ">");
    if (reply->offers & IC_OFFER_NEXT)
        ic_buffer_text(buffer, "<next/>");
    if (reply->offers & IC_OFFER_COMPLETE)
        ic_buffer_text(buffer, "<complete/>");
    ic_buffer_text(buffer, "</actions>");
}

void ic_reply_end(struct ic_buffer *buffer, const struct ic_reply *reply)
{
    ic_buffer_text(buffer, "</command>");
    if (reply->iq)
        ic_iq_end(buffer);
    else
        ic_buffer_text(buffer, "</message>");
}

void ic_reply_note(struct ic_buffer *buffer, const char *type, const struct ic_error *text)
{
    ic_buffer_text(buffer, "<note");
    ic_buffer_attribute(buffer, "type", type);
    ic_buffer_text(buffer, ">");
    ic_buffer_error(buffer, text);
    ic_buffer_text(buffer, "</note>");
}

void ic_reply_info(struct ic_buffer *buffer, const char *text)
{
    ic_buffer_text(buffer, "<note type='info'>");
    ic_buffer_escape(buffer, text, strlen(text));
    ic_buffer_text(buffer, "</note>");
}

void ic_reply_status(struct ic_buffer *buffer, int64_t elapsed_ms, int64_t remaining_ms,
                     int percentage, const char *information)
{
    ic_buffer_format(buffer,
                     "<iodata xmlns='" IC_NS_IO_DATA "' type='status'><status>"
                     "<elapsed>%" PRId64 "</elapsed>",
                     elapsed_ms);
    if (remaining_ms >= 0)
        ic_buffer_format(buffer, "<remaining>%" PRId64 "</remaining>", remaining_ms);
    if (percentage >= 0)
        ic_buffer_format(buffer, "<percentage>%d</percentage>", percentage);
    ic_buffer_element(buffer, "information", information);
    ic_buffer_text(buffer, "</status></iodata>");
}

void ic_reply_failure(struct ic_buffer *buffer, const struct ic_stanza_error *kind,
                      const struct ic_error *error)
{
    struct ic_error text = *error;
    if (kind->public_text)
        ic_fail(&text, error->status, "%s", kind->public_text);
    ic_reply_note(buffer, "error", &text);
    ic_buffer_text(buffer, "<iodata xmlns='" IC_NS_IO_DATA "' type='error'><error>"
                           "<failure xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(buffer, "status", ic_status_name(text.status));
    ic_buffer_text(buffer, ">");
    ic_buffer_error(buffer, &text);
    ic_buffer_text(buffer, "</failure></error></iodata>");
}

/* ---- output ---- */

/* XEP-0059, 2.6: items are told apart by their place, from 0. */
static void write_set(struct ic_buffer *buffer, const struct ic_output *output,
                      const struct ic_page *page)
{
    ic_buffer_text(buffer, "<set xmlns='" IC_NS_RSM "'>");
    if (page->count > 0)
        ic_buffer_format(buffer, "<first index='%zu'>%zu</first><last>%zu</last>", page->first,
                         page->first, page->first + page->count - 1);
    ic_buffer_format(buffer, "<count>%zu</count></set>", output->count);
}

enum ic_status ic_reply_page(struct ic_buffer *buffer, const struct ic_adhoc_command *command,
                             bool as_form, const struct ic_output *output,
                             const struct ic_page *page, bool set, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (as_form) {
        struct ic_buffer text;
        char summary[sizeof output->summary + 96];
        snprintf(summary, sizeof summary,
                 set && page->count > 0 ? "%s Rows %zu to %zu of %zu." : "%s", output->summary,
                 page->first + 1, page->first + page->count, output->count);
        ic_buffer_init(&text, output->bytes_max);
        ic_output_write(output, page, &text);
        status = text.status;
        if (status == IC_OK)
            status = ic_form_write_result(&command->form, command->name,
                                          summary[0] == ' ' ? summary + 1 : summary, text.data,
                                          text.length, buffer, error);
        ic_buffer_free(&text);
    } else {
        ic_buffer_text(buffer, "<iodata xmlns='" IC_NS_IO_DATA "' type='output'><out>");
        ic_output_write(output, page, buffer);
        ic_buffer_text(buffer, "</out></iodata>");
    }
    if (set)
        write_set(buffer, output, page);
    return status == IC_OK ? buffer->status : status;
}

enum ic_status ic_reply_fitting_page(struct ic_buffer *buffer,
                                     const struct ic_adhoc_command *command, bool as_form,
                                     const struct ic_output *output, size_t first,
                                     size_t count_max, struct ic_page *page,
                                     struct ic_error *error)
{
    const size_t before = buffer->length, bytes_max = buffer->bytes_max;
    enum ic_status status = IC_TOO_LARGE;
    if (before + AROUND_BYTES < bytes_max &&
        ic_output_page(output, first, count_max, bytes_max - before - AROUND_BYTES, page)) {
        /* What follows the page must fit too. A table takes more room than what it is made of,
         * so smaller pages are tried. */
        for (;;) {
            buffer->bytes_max = bytes_max - AROUND_BYTES / 2;
            status = ic_reply_page(buffer, command, as_form, output, page, true, error);
            buffer->bytes_max = bytes_max;
            if (status != IC_TOO_LARGE || page->count <= 1)
                break;
            ic_buffer_truncate(buffer, before);
            page->count /= 2;
        }
    }
    if (status == IC_TOO_LARGE)
        ic_fail(error, status,
                "a single item of the answer is longer than an answer may be, %zu bytes",
                bytes_max);
    return status;
}

/* ---- schemata ---- */

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
    const struct ic_reply reply = {.iq = iq, .command = command, .status = "completed"};
    ic_reply_begin(answer, &reply);
    ic_buffer_text(answer, "<iodata xmlns='" IC_NS_IO_DATA "' type='io-schemata-result'>");
    ic_buffer_element(answer, "desc", command->about);
    add_schema(answer, "in", command->input);
    add_schema(answer, "out", command->output);
    add_schema(answer, "error", &ic_schema_failure);
    ic_buffer_text(answer, "</iodata>");
    ic_reply_end(answer, &reply);
}
