/* SPDX-License-Identifier: Apache-2.0 */
/* Broken stanzas: whatever is cut, repeated or exchanged in right ones, the service answers
 * with nothing or with one well-formed stanza to whoever asked, and goes on. */
#include "tests/unit/service_fixture.h"

#include <time.h>

#define COMMAND_STANZA(node, type, input)                                                      \
    "<iq type='set' id='1' from='user@cloud1.org/r' to='" JID "' xml:lang='en'>"               \
    "<command xmlns='http://jabber.org/protocol/commands' node='" node "' action='execute'>"   \
    "<iodata xmlns='urn:xmpp:tmp:io-data' type='" type "'>" input "</iodata></command></iq>"

enum { ROUNDS = 3000, STANZA_BYTES_MAX = 4096, SHORT_ANSWER_BYTES = 20000 };

static const char *const stanzas[] = {
    COMMAND_STANZA(
        "constraint_catalog_resources", "input",
        "<in><constraints " NS " version='1'><constraint op='&gt;='><attribute>"
        "replicationFactor</attribute><value unit=''>5</value></constraint><any><constraint>"
        "<attribute>tierCountries</attribute><value>JAPAN</value></constraint></any>"
        "<return>jid offers</return><set xmlns='http://jabber.org/protocol/rsm'><max>2</max>"
        "<after>a</after></set></constraints></in>"),
    COMMAND_STANZA("publish_resources", "input",
                   "<in><advertisement " NS
                   " lease='PT1H'><cloudName>c&amp;d</cloudName><capability>"
                   "<attribute>replicationFactor</attribute><value>5</value></capability>"
                   "<offer id='x'/></advertisement></in>"),
    COMMAND_STANZA(
        "publish_resources", "input",
        "<in><document " NS " type='text/turtle'>@prefix : "
        "&lt;http://www.csp/resOntology#&gt; . &lt;urn:c&gt; a :Cloud ; :cloudName \"e\" ; "
        ":replicationFactor 5 .</document></in>"),
    COMMAND_STANZA("withdraw_resources", "input",
                   "<in><withdraw " NS "><cloudName>c&amp;d</cloudName></withdraw></in>"),
    COMMAND_STANZA("resolve_cloud", "input",
                   "<in><resolve " NS "><cloudName>e</cloudName></resolve></in>"),
    COMMAND_STANZA("resolve_cloud", "io-schemata-get", ""),
    "<iq type='get' id='2' from='user@cloud1.org' to='" JID "'>"
    "<query xmlns='http://jabber.org/protocol/disco#info' node='publish_resources'/></iq>",
    "<iq type='set' id='3' from='user@cloud1.org' to='" JID "'>"
    "<command xmlns='http://jabber.org/protocol/commands' node='resolve_cloud' action='cancel' "
    "sessionid='RPC-SESSION-0000001'/></iq>"};

static uint64_t random_state;

/* xorshift64* (Vigna 2016). */
static size_t below(size_t limit)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (size_t)((random_state * UINT64_C(2685821657736338717)) >> 33) % limit;
}

/* Replaces, drops, repeats or swaps something, so that most results are still well-formed. */
static void mutate(char *text)
{
    static const char *const values[] = {"",
                                         "1",
                                         "get",
                                         "set",
                                         "<x/>",
                                         "&#9;",
                                         "-1",
                                         "\xC3\xA9",
                                         "&lt;",
                                         "execute",
                                         "cancel",
                                         "a@@b",
                                         "99999999999999999999",
                                         "&#x9B;",
                                         "x"};
    char copy[STANZA_BYTES_MAX];
    const size_t length = strlen(text);
    const char *value = values[below(sizeof values / sizeof *values)];
    size_t from = below(length), to = from;
    if (below(10) == 0) {
        text[from] = (char)(1 + below(255)); /* any byte: mostly not well-formed */
        return;
    }
    /* From the end of a tag or the beginning of a value to the next such place. */
    while (from < length && text[from] != '>' && text[from] != '\'')
        from++;
    for (to = from + 1; to < length && text[to] != '<' && text[to] != '\''; to++)
        continue;
    if (to >= length)
        return;
    const size_t times = below(3);
    snprintf(copy, sizeof copy, "%s", text);
    snprintf(text, STANZA_BYTES_MAX, "%.*s%s%s%s", (int)from + 1, copy, times > 0 ? value : "",
             times > 1 ? value : "", copy + to);
}

static void check_answer(const char *text, const struct ic_buffer *answer)
{
    struct ic_stanza *stanza = NULL;
    struct ic_error error = {0};
    if (answer->length == 0)
        return;
    assert_true(answer->length <= SHORT_ANSWER_BYTES);
    if (ic_stanza_parse(answer->data, answer->length, NULL, &stanza, &error) != IC_OK)
        fail_msg("%s: %s\nto: %s", error.text, answer->data, text);
    const char *type = ic_element_attribute(stanza->element, "type");
    assert_true(ic_element_is(stanza->element, IC_NS_COMPONENT, "iq"));
    assert_true(strcmp(type, "result") == 0 || strcmp(type, "error") == 0);
    assert_non_null(ic_element_attribute(stanza->element, "to"));
    assert_non_null(ic_element_attribute(stanza->element, "from"));
    ic_stanza_free(stanza);
}

static void outlives_broken_stanzas(void **state)
{
    struct exchange *x = *state;
    const char *seed = getenv("INTERCLOUD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
    print_message("INTERCLOUD_TEST_SEED=%llu\n", (unsigned long long)random_state);
    random_state = random_state ? random_state : 1;
    x->settings.answer_bytes_max = SHORT_ANSWER_BYTES;
    change_settings(x);
    size_t whole = 0, results = 0;
    for (int round = 0; round < ROUNDS; round++) {
        char text[STANZA_BYTES_MAX];
        struct ic_stanza *stanza = NULL;
        snprintf(text, sizeof text, "%s", stanzas[below(sizeof stanzas / sizeof *stanzas)]);
        for (size_t i = below(4); i > 0; i--)
            mutate(text);
        if (ic_stanza_parse(text, strlen(text), NULL, &stanza, NULL) != IC_OK)
            continue;
        ic_stanza_free(stanza);
        whole++;
        const char *answer = send_stanza(x, text);
        assert_true(x->stanzas <= 1);
        check_answer(text, &x->sent);
        results += strstr(answer, "<iq type='result'") != NULL;
        pass(x, (int64_t)below(1000));
    }
    /* It was not all turned away at the door. */
    assert_true(whole > ROUNDS / 3);
    assert_true(results > ROUNDS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(outlives_broken_stanzas, setup, teardown),
    };
    return cmocka_run_group_tests_name("service_random", tests, NULL, NULL);
}
