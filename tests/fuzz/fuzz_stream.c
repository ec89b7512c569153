/* SPDX-License-Identifier: Apache-2.0 */
/* The stream parser: however the bytes are cut, and wherever it is paused, the same stanzas
 * come out and the same end; and each is within its limits and can be read again. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "xmpp-frontend/stream.h"

enum { STANZA_BYTES_MAX = 4096, EVENTS_BYTES_MAX = 16 * 1024 * 1024 };

/* Small, so that inputs of a few kilobytes pass them. */
static const struct ic_xml_limits limits = {
    .bytes_max = STANZA_BYTES_MAX, .elements_max = 64, .attributes_max = 16, .depth_max = 12};

struct record {
    struct ic_stream *stream;
    struct ic_buffer events;
    uint64_t random; /* 0: never pause */
};

static enum ic_status opened(void *context, const char *id, const char *from,
                             struct ic_error *error)
{
    struct record *record = context;
    (void)error;
    ic_buffer_format(&record->events, "open %s %s\n", id ? id : "-", from ? from : "-");
    return IC_OK;
}

static size_t depth_of(const struct ic_element *element, size_t *elements)
{
    size_t deepest = 0;
    ++*elements;
    for (const struct ic_element *child = ic_element_first(element); child;
         child = ic_element_next(child)) {
        const size_t depth = depth_of(child, elements);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest + 1;
}

/* What was read, written and read again is the same. */
static void check_written(const struct ic_buffer *written)
{
    static const struct ic_xml_limits wide = {.bytes_max = 64 * STANZA_BYTES_MAX,
                                              .attributes_max = 64};
    struct ic_stanza *again = NULL;
    struct ic_error error = {0};
    struct ic_buffer twice;
    const enum ic_status status =
        ic_stanza_parse(written->data, written->length, &wide, &again, &error);
    FUZZ_CHECK(status == IC_OK, "%s in %s", error.text, written->data);
    ic_buffer_init(&twice, EVENTS_BYTES_MAX);
    ic_element_write(again->element, &twice);
    /* Declarations may stand in another order. */
    FUZZ_CHECK(twice.length == written->length, "%s and %s", written->data, twice.data);
    ic_buffer_free(&twice);
    ic_stanza_free(again);
}

static enum ic_status received(void *context, struct ic_stanza *stanza, struct ic_error *error)
{
    struct record *record = context;
    struct ic_buffer written;
    size_t elements = 0;
    (void)error;
    const size_t depth = depth_of(stanza->element, &elements);
    FUZZ_CHECK(elements <= limits.elements_max, "%zu", elements);
    FUZZ_CHECK(depth <= limits.depth_max, "%zu", depth);
    FUZZ_CHECK(!stanza->refused || elements == 1, "%zu", elements);
    ic_buffer_init(&written, EVENTS_BYTES_MAX);
    ic_element_write(stanza->element, &written);
    FUZZ_CHECK(written.status == IC_OK, "%d", (int)written.status);
    check_written(&written);
    ic_buffer_format(&record->events, "%s %s\n", stanza->refused ? stanza->refused : "",
                     written.data);
    ic_buffer_free(&written);
    ic_stanza_free(stanza);
    if (record->random && fuzz_below(&record->random, 2) == 0)
        ic_stream_pause(record->stream);
    return IC_OK;
}

/* The whole input in pieces; `random` 0: in one. */
static enum ic_status feed(struct record *record, const uint8_t *data, size_t size,
                           uint64_t random)
{
    const struct ic_stream_events events = {record, opened, received};
    struct ic_error error = {0};
    enum ic_status status = IC_OK;
    *record = (struct record){.stream = ic_stream_new(&limits, &events), .random = random};
    FUZZ_CHECK(record->stream, "memory is out");
    ic_buffer_init(&record->events, EVENTS_BYTES_MAX);
    for (size_t at = 0, step; status == IC_OK && at < size; at += step) {
        const size_t most = random && fuzz_below(&record->random, 4) ? 16 : 4096;
        step = random ? 1 + fuzz_below(&record->random, most) : size;
        step = step < size - at ? step : size - at;
        status = ic_stream_feed(record->stream, (const char *)data + at, step, &error);
        while (status == IC_OK && ic_stream_paused(record->stream))
            status = ic_stream_resume(record->stream, &error);
    }
    FUZZ_CHECK(status == IC_OK || status == IC_BAD_INPUT || status == IC_TOO_LARGE, "%d",
               (int)status);
    FUZZ_CHECK((status == IC_OK) == (error.text[0] == '\0'), "%s", error.text);
    if (status == IC_OK)
        ic_buffer_format(&record->events, "closed: %d\n", ic_stream_closed(record->stream));
    ic_stream_free(record->stream);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record whole, cut;
    const enum ic_status first = feed(&whole, data, size, 0);
    const enum ic_status second = feed(&cut, data, size, fuzz_hash(data, size));
    FUZZ_CHECK(first == second, "%d whole, %d in pieces", (int)first, (int)second);
    FUZZ_CHECK(whole.events.length == cut.events.length &&
                   (whole.events.length == 0 ||
                    memcmp(whole.events.data, cut.events.data, cut.events.length) == 0),
               "\n%s\nin pieces:\n%s", whole.events.data, cut.events.data);
    ic_buffer_free(&whole.events);
    ic_buffer_free(&cut.events);
    return 0;
}
