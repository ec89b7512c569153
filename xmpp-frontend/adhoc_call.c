/* SPDX-License-Identifier: Apache-2.0 */
/* What the functions of several commands need: the input as bytes, a cloud's name in it. */
#include "adhoc.h"

#include "catalog/names.h"

enum ic_status ic_call_payload(struct ic_call *call, const char **xml, size_t *length)
{
    struct ic_buffer buffer;
    /* An attribute's quote or line end may have grown sixfold since it was read. */
    ic_buffer_init(&buffer, 6 * (size_t)IC_REQUEST_BYTES_MAX);
    ic_element_write(call->input, &buffer);
    char *copy = NULL;
    if (buffer.status == IC_OK)
        copy = ic_arena_copy(call->arena, buffer.data, buffer.length);
    const enum ic_status status = buffer.status != IC_OK ? buffer.status
                                  : copy                 ? IC_OK
                                                         : IC_NO_MEMORY;
    *xml = copy;
    *length = buffer.length;
    ic_buffer_free(&buffer);
    return status == IC_OK ? IC_OK : ic_fail(call->error, status, "the payload is too large");
}

enum ic_status ic_call_cloud_name(struct ic_call *call, char **name)
{
    const struct ic_element *child = ic_element_only(call->input);
    if (!ic_element_is(child, IC_NS_PAYLOAD, "cloudName") || ic_element_first(child))
        return ic_fail(call->error, IC_BAD_INPUT,
                       "<%s> must hold exactly one <cloudName> with the cloud's name",
                       call->input->name);
    const char *text = ic_element_text(child, call->arena);
    if (!text)
        return ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    return ic_name_cloud(text, name, call->error);
}
