/* SPDX-License-Identifier: Apache-2.0 */
/* The component's stream and the element trees it delivers: what is taken, what is refused,
 * what is written again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "xmpp-frontend/stream.h"

#define HEADER                                                                                 \
    "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "                     \
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='service.example.org'>"
#define IQ                                                                                     \
    "<iq type='get' id='a' from='u@h/r' to='service.example.org'><ping "                       \
    "xmlns='urn:xmpp:ping'/></iq>"

/* ---- a stream whose events are written down ---- */

struct record {
    struct ic_stream *stream;
    char text[4096];
    size_t stanzas;
    bool pause;
};

static void note(struct record *record, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct record *record, const char *format, ...)
{
    const size_t used = strlen(record->text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(record->text + used, sizeof record->text - used, format, arguments);
    va_end(arguments);
}

static enum ic_status opened(void *context, const char *id, const char *from,
                             struct ic_error *error)
{
    (void)error;
    note(context, "open %s %s|", id ? id : "-", from ? from : "-");
    return IC_OK;
}

static enum ic_status received(void *context, struct ic_stanza *stanza, struct ic_error *error)
{
    struct record *record = context;
    struct ic_buffer buffer;
    (void)error;
    record->stanzas++;
    ic_buffer_init(&buffer, 1 << 20);
    ic_element_write(stanza->element, &buffer);
    assert_int_equal(buffer.status, IC_OK);
    if (stanza->refused)
        note(record, "refused: %s|", stanza->refused);
    else
        note(record, "%s|", buffer.data);
    ic_buffer_free(&buffer);
    ic_stanza_free(stanza);
    if (record->pause)
        ic_stream_pause(record->stream);
    return IC_OK;
}

static void open_stream(struct record *record, const struct ic_xml_limits *limits)
{
    const struct ic_stream_events events = {record, opened, received};
    *record = (struct record){.stream = ic_stream_new(limits, &events)};
    assert_non_null(record->stream);
}

/* Feeds `text` in pieces of `step` bytes. */
static enum ic_status feed(struct record *record, const char *text, size_t step,
                           struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0, length = strlen(text); status == IC_OK && i < length; i += step)
        status = ic_stream_feed(record->stream, text + i, step < length - i ? step : length - i,
                                error);
    return status;
}

static void check_record(const char *input, const char *expected)
{
    static const size_t steps[] = {1, 2, 3, 7, 64, 1 << 20};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct record record;
        struct ic_error error = {0};
        open_stream(&record, NULL);
        if (feed(&record, input, steps[i], &error) != IC_OK)
            fail_msg("in steps of %zu: %s", steps[i], error.text);
        assert_string_equal(record.text, expected);
        ic_stream_free(record.stream);
    }
}

static void takes_stanzas_however_they_are_cut(void **state)
{
    (void)state;
    check_record(
        HEADER " " IQ "\n<message from='a' to='b'><body>h&#233;llo &amp; <![CDATA[<b>]]>"
               "</body></message>",
        "open 1 service.example.org|"
        "<iq type='get' id='a' from='u@h/r' to='service.example.org'>"
        "<ping xmlns='urn:xmpp:ping'/></iq>|"
        "<message from='a' to='b'><body>h\xC3\xA9llo &amp; &lt;b&gt;</body></message>|");
}

/* A prefix of the stream's root is declared where it is used. */
static void a_stanza_stands_alone(void **state)
{
    (void)state;
    check_record(HEADER "<stream:error><a stream:b='1' stream:c='2'/><stream:d stream:e='3'>"
                        "<stream:f/></stream:d></stream:error>",
                 "open 1 service.example.org|"
                 "<stream:error xmlns:stream='" IC_NS_STREAM "'>"
                 "<a xmlns:stream='" IC_NS_STREAM "' stream:b='1' stream:c='2'/>"
                 "<stream:d xmlns:stream='" IC_NS_STREAM "' stream:e='3'>"
                 "<stream:f xmlns:stream='" IC_NS_STREAM "'/></stream:d></stream:error>|");
}

/* The last stanza must not wait for bytes after it. */
static void delivers_at_the_last_byte(void **state)
{
    struct record record;
    struct ic_error error = {0};
    const char *text = HEADER IQ;
    const size_t length = strlen(text);
    (void)state;
    open_stream(&record, NULL);
    for (size_t i = 0; i < length; i++) {
        assert_int_equal(record.stanzas, 0);
        assert_int_equal(ic_stream_feed(record.stream, text + i, 1, &error), IC_OK);
    }
    assert_int_equal(record.stanzas, 1);
    ic_stream_free(record.stream);
}

static void knows_the_streams_end(void **state)
{
    struct record record;
    struct ic_error error = {0};
    (void)state;
    open_stream(&record, NULL);
    assert_int_equal(feed(&record, HEADER IQ, 10, &error), IC_OK);
    assert_false(ic_stream_closed(record.stream));
    assert_int_equal(feed(&record, "</stream:stream>", 3, &error), IC_OK);
    assert_true(ic_stream_closed(record.stream));
    assert_int_equal(feed(&record, "<garbage", 8, &error), IC_OK);
    ic_stream_free(record.stream);
}

static void refuses_what_is_no_stream_of_ours(void **state)
{
    static const struct {
        const char *text, *why;
    } wrong[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "not well-formed"},
        {"<html/>", "not an XMPP stream"},
        {"<stream xmlns='jabber:component:accept'>", "not an XMPP stream"},
        {"<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client'>",
         "not in the namespace 'jabber:component:accept'"},
        {"<s:stream xmlns:s='http://etherx.jabber.org/streams'>", "not in the namespace"},
        {"<!DOCTYPE s [<!ENTITY a 'b'>]><s/>", "document type"},
        {"<!DOCTYPE s SYSTEM 'file:///etc/passwd'><s/>", "document type"},
        {HEADER "<iq><a>&lol;</a></iq>", "undefined entity"},
        {HEADER "<?php 1 ?>", "processing instruction"},
        {HEADER "<iq><?x y?></iq>", "processing instruction"},
        {HEADER "<iq><!-- x --></iq>", "comment"},
        {HEADER "<iq></message>", "mismatched tag"},
        {HEADER "<iq a='1' a='2'/>", "duplicate attribute"},
        {HEADER "<iq><x:y/></iq>", "unbound prefix"},
        {HEADER "<iq>\xFF</iq>", "not well-formed"},
        {HEADER "<iq>\xED\xA0\x80</iq>", "not well-formed"},
        {HEADER "<iq>\x01</iq>", "not well-formed"},
        {HEADER "<iq>&#0;</iq>", "invalid character number"},
        {HEADER "<iq xmlns:p='a&#10;b'/>", "syntax error"},
        {HEADER HEADER, "XML or text declaration not at start"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct record record;
        struct ic_error error = {0};
        open_stream(&record, NULL);
        assert_int_equal(feed(&record, wrong[i].text, 1, &error), IC_BAD_INPUT);
        if (!strstr(error.text, wrong[i].why) || error.line == 0)
            fail_msg("%s: %s", wrong[i].text, error.text);
        assert_int_equal(record.stanzas, 0);
        ic_stream_free(record.stream);
    }
}

/* A NUL byte cannot be in a C string. */
static void refuses_a_nul_byte(void **state)
{
    struct record record;
    struct ic_error error = {0};
    (void)state;
    open_stream(&record, NULL);
    assert_int_equal(feed(&record, HEADER "<iq>", 100, &error), IC_OK);
    assert_int_equal(ic_stream_feed(record.stream, "\0", 1, &error), IC_BAD_INPUT);
    ic_stream_free(record.stream);
}

/* ---- limits ---- */

static char *repeat(const char *head, const char *part, size_t count, const char *tail)
{
    const size_t length = strlen(part);
    char *text = malloc(strlen(head) + length * count + strlen(tail) + 1);
    assert_non_null(text);
    char *end = stpcpy(text, head);
    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, part);
    stpcpy(end, tail);
    return text;
}

static void check_limit(const struct ic_xml_limits *limits, char *stanza, const char *expected)
{
    struct record record;
    struct ic_error error = {0};
    open_stream(&record, limits);
    assert_int_equal(feed(&record, HEADER, 1000, &error), IC_OK);
    assert_int_equal(feed(&record, stanza, 1000, &error), IC_OK);
    assert_int_equal(feed(&record, IQ, 1000, &error), IC_OK);
    assert_int_equal(record.stanzas, 2);
    const char *first = strchr(record.text, '|') + 1;
    if (strncmp(first, expected, strlen(expected)) != 0)
        fail_msg("not %s but %s", expected, first);
    assert_non_null(strstr(first, "urn:xmpp:ping"));
    ic_stream_free(record.stream);
    free(stanza);
}

static void keeps_to_its_limits_and_goes_on(void **state)
{
    const struct ic_xml_limits limits = {
        .bytes_max = 400, .elements_max = 5, .attributes_max = 3, .depth_max = 4};
    (void)state;
    check_limit(&limits, repeat("<iq><a>", "x", 380, "</a></iq>"), "<iq><a>xxx");
    check_limit(&limits, repeat("<iq><a>", "x", 395, "</a></iq>"), "refused: bytes|");
    check_limit(&limits, repeat("<iq><a>", "x", 1 << 20, "</a></iq>"), "refused: bytes|");
    check_limit(&limits, repeat("<iq>", "<a/>", 4, "</iq>"), "<iq><a/><a/><a/><a/></iq>|");
    check_limit(&limits, repeat("<iq>", "<a/>", 5, "</iq>"), "refused: elements|");
    check_limit(&limits, repeat("<iq>", "<a/>", 100000, "</iq>"), "refused: elements|");
    check_limit(&limits, strdup("<iq><a><b><c/></b></a></iq>"), "<iq><a><b><c/></b></a></iq>|");
    check_limit(&limits, strdup("<iq><a><b><c><d/></c></b></a></iq>"),
                "refused: levels of nesting|");
    check_limit(&limits, strdup("<iq><a xmlns:p='q' b='' c=''/></iq>"), "<iq><a xmlns:p='q'");
    check_limit(&limits, strdup("<iq><a xmlns:p='q' b='' c='' d=''/></iq>"),
                "refused: attributes of one element|");
}

static void a_refused_stanza_keeps_its_attributes(void **state)
{
    const struct ic_xml_limits limits = {.elements_max = 2};
    struct ic_stanza *stanza = NULL;
    const char *text = "<iq type='set' id='x' from='a@b'><a><b/></a></iq>";
    (void)state;
    assert_int_equal(ic_stanza_parse(text, strlen(text), &limits, &stanza, NULL), IC_OK);
    assert_string_equal(stanza->refused, "elements");
    assert_string_equal(ic_element_attribute(stanza->element, "id"), "x");
    assert_string_equal(ic_element_attribute(stanza->element, "from"), "a@b");
    assert_null(ic_element_first(stanza->element));
    ic_stanza_free(stanza);
}

/* As long as a peer's server lets it through: his stanza is refused, the stream goes on. */
static void survives_a_peers_largest_tag(void **state)
{
    const struct ic_xml_limits limits = {.bytes_max = 256 * 1024};
    (void)state;
    check_limit(&limits, repeat("<iq><a b='", "x", 512 * 1024, "'/></iq>"), "refused: bytes|");
}

static void ends_a_stream_with_an_endless_tag(void **state)
{
    struct record record;
    struct ic_error error = {0};
    char *tag = repeat(HEADER "<iq a='", "x", IC_STREAM_TAG_BYTES_MAX + 10000, "'/>");
    (void)state;
    open_stream(&record, NULL);
    assert_int_equal(feed(&record, tag, 4096, &error), IC_TOO_LARGE);
    ic_stream_free(record.stream);
    free(tag);
}

/* ---- pausing ---- */

static void pauses_between_two_stanzas(void **state)
{
    struct record record;
    struct ic_error error = {0};
    (void)state;
    open_stream(&record, NULL);
    record.pause = true;
    assert_int_equal(feed(&record, HEADER IQ IQ "<presence/>", 1 << 20, &error), IC_OK);
    for (size_t taken = 1; taken <= 3; taken++) {
        assert_int_equal(record.stanzas, taken);
        assert_true(ic_stream_paused(record.stream));
        assert_int_equal(ic_stream_resume(record.stream, &error), IC_OK);
    }
    assert_int_equal(record.stanzas, 3);
    assert_false(ic_stream_paused(record.stream));
    assert_int_equal(feed(&record, IQ, 5, &error), IC_OK);
    assert_int_equal(record.stanzas, 4);
    ic_stream_free(record.stream);
}

/* ---- trees ---- */

static struct ic_stanza *parse(const char *text)
{
    struct ic_stanza *stanza = NULL;
    struct ic_error error = {0};
    if (ic_stanza_parse(text, strlen(text), NULL, &stanza, &error) != IC_OK)
        fail_msg("%s: %s", text, error.text);
    return stanza;
}

static void check_written(const struct ic_element *element, const char *expected)
{
    struct ic_buffer buffer;
    ic_buffer_init(&buffer, 1 << 16);
    ic_element_write(element, &buffer);
    assert_int_equal(buffer.status, IC_OK);
    assert_string_equal(buffer.data, expected);
    ic_buffer_free(&buffer);
}

/* A subtree brings along what its ancestors declare, the nearest of each prefix. */
static void writes_subtrees_with_their_namespaces(void **state)
{
    struct ic_stanza *stanza =
        parse("<iq xmlns:x='urn:1'><in xmlns='urn:in' xmlns:p='urn:far'><a xmlns:p='urn:near'>"
              "<p:b t='p:q' p:u='1' xml:lang='en'><c xmlns=''/>\n</p:b></a></in></iq>");
    const struct ic_element *in = ic_element_first(stanza->element);
    const struct ic_element *b = ic_element_first(ic_element_first(in));
    (void)state;
    assert_true(ic_element_is(b, "urn:near", "b"));
    assert_true(ic_element_is(ic_element_first(b), "", "c"));
    assert_string_equal(ic_element_language(ic_element_first(b)), "en");
    assert_null(ic_element_language(in));
    check_written(b, "<p:b xmlns:p='urn:near' xmlns='urn:in' xmlns:x='urn:1' t='p:q' p:u='1' "
                     "xml:lang='en'><c xmlns=''/>\n</p:b>");
    ic_stanza_free(stanza);
}

static void finds_children_and_text(void **state)
{
    struct ic_stanza *stanza = parse("<iq>one<a/>two<b n='1'/>&amp;<c/></iq>");
    const struct ic_element *iq = stanza->element, *a = ic_element_first(iq);
    const struct ic_element *b = ic_element_next(a);
    (void)state;
    assert_string_equal(a->name, "a");
    assert_string_equal(b->name, "b");
    assert_string_equal(ic_element_attribute(b, "n"), "1");
    assert_null(ic_element_attribute(b, "m"));
    assert_string_equal(ic_element_next(b)->name, "c");
    assert_null(ic_element_next(ic_element_next(b)));
    assert_null(ic_element_only(iq));
    assert_string_equal(ic_element_text(iq, stanza->arena), "onetwo&");
    assert_string_equal(ic_element_text(a, stanza->arena), "");
    ic_stanza_free(stanza);
}

/* What was read and written again reads the same. */
static void escapes_so_that_it_reads_the_same(void **state)
{
    static const char text[] =
        "<iq a='&#10;&#9;&#13;&lt;&amp;&apos;&quot;'>&#13;\n\t&lt;&gt;&amp;'\"]]&gt;</iq>";
    struct ic_stanza *first = parse(text), *second;
    struct ic_buffer buffer;
    (void)state;
    ic_buffer_init(&buffer, 1 << 16);
    ic_element_write(first->element, &buffer);
    /* Read outside its stream, it has lost the stream's own namespace; that is declared here.
     */
    second = parse(buffer.data);
    assert_string_equal(ic_element_attribute(second->element, "a"), "\n\t\r<&'\"");
    assert_string_equal(ic_element_text(second->element, second->arena), "\r\n\t<>&'\"]]>");
    ic_buffer_free(&buffer);
    ic_stanza_free(first);
    ic_stanza_free(second);
}

static void a_single_stanza_is_exactly_one(void **state)
{
    static const char *const wrong[] = {"", "<iq>", "<iq/><iq/>", "</s:stream>", "<iq/><x"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct ic_stanza *stanza = NULL;
        assert_int_not_equal(ic_stanza_parse(wrong[i], strlen(wrong[i]), NULL, &stanza, NULL),
                             IC_OK);
        assert_null(stanza);
    }
}

/* ---- the buffer ---- */

static void the_buffer_replaces_what_xml_cannot_hold(void **state)
{
    struct ic_buffer buffer;
    (void)state;
    ic_buffer_init(&buffer, 1000);
    static const char text[] = "a\0b\x01\x1F\xC3\xA9\xFF\xEF\xBF\xBE\xED\xA0\x80.";
    ic_buffer_escape(&buffer, text, sizeof text - 1);
    assert_string_equal(buffer.data, "a\xEF\xBF\xBD"
                                     "b\xEF\xBF\xBD\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD"
                                     "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD.");
    ic_buffer_free(&buffer);
}

static void the_buffer_keeps_its_bound(void **state)
{
    struct ic_buffer buffer;
    (void)state;
    ic_buffer_init(&buffer, 10);
    ic_buffer_text(&buffer, "12345");
    ic_buffer_text(&buffer, "123456");
    assert_int_equal(buffer.status, IC_TOO_LARGE);
    ic_buffer_text(&buffer, "1");
    assert_int_equal(buffer.length, 5);
    ic_buffer_truncate(&buffer, 2);
    ic_buffer_text(&buffer, "abcdefgh");
    assert_int_equal(buffer.status, IC_OK);
    assert_string_equal(buffer.data, "12abcdefgh");
    ic_buffer_consume(&buffer, 3);
    assert_string_equal(buffer.data, "bcdefgh");
    ic_buffer_free(&buffer);
}

/* The example of XEP-0114, section 3; its secret is "test". */
static void hashes_the_handshake(void **state)
{
    char digest[IC_STREAM_HANDSHAKE_BYTES];
    (void)state;
    assert_int_equal(ic_stream_handshake("3BF96D32", "test", digest, NULL), IC_OK);
    assert_string_equal(digest, "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_stanzas_however_they_are_cut),
        cmocka_unit_test(a_stanza_stands_alone),
        cmocka_unit_test(delivers_at_the_last_byte),
        cmocka_unit_test(knows_the_streams_end),
        cmocka_unit_test(refuses_what_is_no_stream_of_ours),
        cmocka_unit_test(refuses_a_nul_byte),
        cmocka_unit_test(keeps_to_its_limits_and_goes_on),
        cmocka_unit_test(a_refused_stanza_keeps_its_attributes),
        cmocka_unit_test(survives_a_peers_largest_tag),
        cmocka_unit_test(ends_a_stream_with_an_endless_tag),
        cmocka_unit_test(pauses_between_two_stanzas),
        cmocka_unit_test(writes_subtrees_with_their_namespaces),
        cmocka_unit_test(finds_children_and_text),
        cmocka_unit_test(escapes_so_that_it_reads_the_same),
        cmocka_unit_test(a_single_stanza_is_exactly_one),
        cmocka_unit_test(the_buffer_replaces_what_xml_cannot_hold),
        cmocka_unit_test(the_buffer_keeps_its_bound),
        cmocka_unit_test(hashes_the_handshake),
    };
    return cmocka_run_group_tests_name("stanza", tests, NULL, NULL);
}
