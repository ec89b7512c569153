/* SPDX-License-Identifier: Apache-2.0 */
/* One stanza from a text, through the same stream code that reads a server's. */
#include <string.h>

#include "stream.h"

static enum ic_status opened(void *context, const char *id, const char *from,
                             struct ic_error *error)
{
    (void)context, (void)id, (void)from, (void)error;
    return IC_OK;
}

static enum ic_status keep_first(void *context, struct ic_stanza *stanza,
                                 struct ic_error *error)
{
    struct ic_stanza **first = context;
    if (*first) {
        ic_stanza_free(stanza);
        return ic_fail(error, IC_BAD_INPUT, "there is more than one stanza");
    }
    *first = stanza;
    return IC_OK;
}

enum ic_status ic_stanza_parse(const char *text, size_t length,
                               const struct ic_xml_limits *limits, struct ic_stanza **out,
                               struct ic_error *error)
{
    static const char header[] =
        "<s:stream xmlns:s='" IC_NS_STREAM "' xmlns='" IC_NS_COMPONENT "'>";
    struct ic_stanza *stanza = NULL;
    const struct ic_stream_events events = {&stanza, opened, keep_first};
    struct ic_stream *stream = ic_stream_new(limits, &events);
    if (!stream)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    enum ic_status status = ic_stream_feed(stream, header, strlen(header), error);
    if (status == IC_OK)
        status = ic_stream_feed(stream, text, length, error);
    if (status == IC_OK && !stanza)
        status = ic_fail(error, IC_BAD_INPUT, "the stanza is not complete");
    ic_stream_free(stream);
    if (status != IC_OK)
        ic_stanza_free(stanza);
    else
        *out = stanza;
    return status;
}
