/* SPDX-License-Identifier: Apache-2.0 */
/* The service on a real catalog: stanzas in, answers out. Every request and answer that the
 * schemas describe is checked against them. */
#include "tests/unit/service_fixture.h"

/* ---- discovery and routing ---- */

static void pings_and_lists_what_it_can(void **state)
{
    struct exchange *x = *state;
    assert_string_equal(ask(x, "get", USER1, "<ping xmlns='urn:xmpp:ping'/>"),
                        "<iq type='result' from='" JID "' to='" USER1 "' id='1'></iq>");
    assert_string_equal(
        ask(x, "get", USER1, "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
        "<iq type='result' from='" JID "' to='" USER1 "' id='1'>"
        "<query xmlns='http://jabber.org/protocol/disco#info'>"
        "<identity category='component' type='generic' name='Intercloud exchange'/>"
        "<feature var='http://jabber.org/protocol/disco#info'/>"
        "<feature var='http://jabber.org/protocol/disco#items'/>"
        "<feature var='http://jabber.org/protocol/commands'/>"
        "<feature var='urn:xmpp:tmp:io-data'/><feature var='jabber:x:data'/>"
        "<feature var='urn:xmpp:ping'/></query></iq>");
    assert_string_equal(
        ask(x, "get", USER1,
            "<query xmlns='http://jabber.org/protocol/disco#items' "
            "node='http://jabber.org/protocol/commands'/>"),
        "<iq type='result' from='" JID "' to='" USER1 "' id='1'>"
        "<query xmlns='http://jabber.org/protocol/disco#items' "
        "node='http://jabber.org/protocol/commands'>"
        "<item jid='" JID "' node='constraint_catalog_resources' name='Find clouds'/>"
        "<item jid='" JID "' node='publish_resources' name='Publish a cloud'/>"
        "<item jid='" JID "' node='withdraw_resources' name='Withdraw a cloud'/>"
        "<item jid='" JID "' node='resolve_cloud' name='Who publishes a cloud'/>"
        "<item jid='" JID "' node='describe_cloud' name='Describe a cloud'/>"
        "<item jid='" JID "' node='catalog_status' name='State of the catalog'/>"
        "<item jid='" JID "' node='ontology_get' name='Read the ontology'/></query></iq>");
    check_has(ask(x, "get", USER1, "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
              "<item jid='" JID
              "' node='http://jabber.org/protocol/commands' name='Commands'/>");
    check_has(ask(x, "get", USER1,
                  "<query xmlns='http://jabber.org/protocol/disco#info' "
                  "node='http://jabber.org/protocol/commands'/>"),
              "<identity category='automation' type='command-list' name='Commands'/>");
    for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++) {
        char query[300];
        snprintf(query, sizeof query,
                 "<query xmlns='http://jabber.org/protocol/disco#info' node='%s'/>", c->node);
        const char *answer = ask(x, "get", ROOT, query);
        check_has(answer, "<identity category='automation' type='command-node' name='");
        check_has(answer, "<feature var='http://jabber.org/protocol/commands'/>"
                          "<feature var='urn:xmpp:tmp:io-data'/>"
                          "<feature var='jabber:x:data'/>");
    }
    check_has(ask(x, "get", USER1,
                  "<query xmlns='http://jabber.org/protocol/disco#info' node='no'/>"),
              "<error type='cancel'><item-not-found ");
    check_has(ask(x, "get", USER1,
                  "<query xmlns='http://jabber.org/protocol/disco#items' node='no'/>"),
              "<error type='cancel'><item-not-found ");
}

static void answers_what_it_does_not_serve(void **state)
{
    static const struct {
        const char *stanza, *error;
    } cases[] = {
        {"<iq type='get' id='1' from='a@b' to='" JID
         "'><query xmlns='jabber:iq:version'/></iq>",
         "<error type='cancel'><service-unavailable "},
        {"<iq type='set' id='1' from='a@b' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='cancel'><service-unavailable "},
        {"<iq type='get' id='1' from='a@b' to='" JID "'/>",
         "<error type='modify'><bad-request "},
        {"<iq type='get' id='1' from='a@b' to='" JID "'><ping xmlns='urn:xmpp:ping'/>"
         "<ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='modify'><bad-request "},
        {"<iq type='fetch' id='1' from='a@b' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='modify'><bad-request "},
        {"<iq id='1' from='a@b' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='modify'><bad-request "},
        {"<iq type='get' id='1' from='a@b' to='x@" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='cancel'><service-unavailable "},
        {"<iq type='get' id='1' from='a@b' to='" JID "/x'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='cancel'><service-unavailable "},
        {"<iq type='get' id='1' from='a@@b' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='modify'><jid-malformed "},
        {"<iq type='get' id='1' from='a@b/' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='modify'><jid-malformed "},
        /* The owner of what the administrator imported is no address. */
        {"<iq type='get' id='1' from='admin' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='cancel'><forbidden "},
        {"<iq type='get' id='1' from='ADMIN/x' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
         "<error type='cancel'><forbidden "},
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = send_stanza(x, cases[i].stanza);
        check_has(answer, "<iq type='error' from='");
        check_has(answer, " id='1'>");
        check_has(answer, cases[i].error);
    }
    check_has(send_stanza(x, "<iq type='get' id='1' from='a@b' to='Service.EXAMPLE.org'>"
                             "<ping xmlns='urn:xmpp:ping'/></iq>"),
              "<iq type='result'");
    check_has(
        send_stanza(x, "<iq type='get' id='1' from='a@b'><ping xmlns='urn:xmpp:ping'/></iq>"),
        "<iq type='result' from='" JID "'");
}

static void says_nothing_where_nothing_is_due(void **state)
{
    static const char *const stanzas[] = {
        "<iq type='result' id='1' from='a@b' to='" JID "'/>",
        "<iq type='error' id='1' from='a@b' to='" JID "'><error type='cancel'/></iq>",
        "<iq type='error' id='1' from='a@@b' to='" JID "'/>",
        "<iq type='get' id='1' to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<message from='a@b' to='" JID "'><body>hello</body></message>",
        "<message type='error' from='a@b' to='" JID "'/>",
        "<presence from='a@b' to='" JID "' type='subscribe'/>",
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof stanzas / sizeof *stanzas; i++)
        assert_string_equal(send_stanza(x, stanzas[i]), "");
}

static void escapes_what_it_gives_back(void **state)
{
    struct exchange *x = *state;
    assert_string_equal(
        send_stanza(x,
                    "<iq type='get' id='&lt;&apos;&#10;&amp;' from='a@b/&lt;&quot;&apos;&gt;' "
                    "to='" JID "'><ping xmlns='urn:xmpp:ping'/></iq>"),
        "<iq type='result' from='" JID "' to='a@b/&lt;\"&apos;&gt;' "
        "id='&lt;&apos;&#10;&amp;'></iq>");
}

/* ---- the command layer ---- */

#define BAD(specific)                                                                          \
    "<error type='modify'><bad-request "                                                       \
    "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>|<" specific                                 \
    " xmlns='http://jabber.org/protocol/commands'/></error></iq>"

static void refuses_commands_as_xep_0050_says(void **state)
{
    static const struct {
        const char *command, *error, *text;
    } cases[] = {
        {COMMAND("", ""), "<error type='modify'><bad-request ", "has no 'node'"},
        {COMMAND("node='no_such'", ""), "<error type='cancel'><item-not-found ",
         "there is no command \"no_such\""},
        {COMMAND(NODE "action='destroy'", ""), BAD("malformed-action"), "'destroy'"},
        {COMMAND(NODE "action='next'", ""), BAD("bad-action"), "no session to go on with"},
        {COMMAND(NODE "action='prev'", ""), BAD("bad-action"), "no session"},
        {COMMAND(NODE "action='complete'", ""), BAD("bad-action"), "no session"},
        {COMMAND(NODE "action='cancel'", ""), BAD("bad-sessionid"), "no session to cancel"},
        {COMMAND(NODE "action='cancel' sessionid='x'", ""), BAD("bad-sessionid"), "\"x\""},
        {COMMAND(NODE "action='cancel' sessionid='RPC-SESSION-9999999'", ""),
         BAD("bad-sessionid"), "RPC-SESSION-9999999"},
        {COMMAND(NODE "action='next' sessionid='RPC-SESSION-9999999'", ""),
         BAD("bad-sessionid"), "RPC-SESSION-9999999"},
        {COMMAND(NODE "sessionid=''", PAPER), BAD("bad-sessionid"), "\"\""},
        {COMMAND(NODE "xml:lang='not a language'", ""), BAD("bad-locale"), "write one such as"},
        {COMMAND(NODE, "<y xmlns='jabber:x:data'/>"), BAD("bad-payload"),
         "neither IO Data nor a form; send &lt;iodata"},
        {COMMAND(NODE, "<x xmlns='jabber:x:data' type='submit'/>"), BAD("bad-payload"),
         "\"request\" (Constraints) is empty"},
        {COMMAND(NODE, "<x xmlns='jabber:x:data' type='result'/>"), BAD("bad-payload"),
         "type='submit'"},
        {COMMAND(NODE, "<x xmlns='jabber:x:data' type='submit'/>" IODATA("getStatus", "")),
         BAD("bad-payload"), "not both"},
        {COMMAND(NODE, "<iodata xmlns='urn:xmpp:tmp:io-data'/>"), BAD("bad-payload"),
         "needs a type"},
        {COMMAND(NODE, IODATA("getStatus", "")), BAD("bad-payload"), "need a session"},
        {COMMAND(NODE, IODATA("getOutput", "")), BAD("bad-payload"), "need a session"},
        {COMMAND(NODE, IODATA("whatever", "")), BAD("bad-payload"), "needs a type"},
        {COMMAND(NODE, IODATA("input", "")), BAD("bad-payload"), "exactly one &lt;in/&gt;"},
        {COMMAND(NODE, IODATA("input", "<in/>")), BAD("bad-payload"), "exactly one element"},
        {COMMAND(NODE, IODATA("input", "<in><a/><b/></in>")), BAD("bad-payload"),
         "exactly one element"},
        {COMMAND(NODE, IODATA("input", "<in/><in/>")), BAD("bad-payload"), "exactly one"},
        {COMMAND(NODE, IODATA("getStatus", "") IODATA("input", "")), BAD("bad-payload"),
         "one &lt;iod"},
        {COMMAND(NODE, IODATA("input", "<in><constraints/></in>")), BAD("bad-payload"),
         "&lt;constraints xmlns='http://www.csp/resOntology'&gt;"},
        {COMMAND("node='publish_resources'", IODATA("input", "<in>" PAPER "</in>")),
         BAD("bad-payload"), "&lt;advertisement xmlns="},
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *answer = ask(x, "set", USER1, cases[i].command);
        const char *bar = strchr(cases[i].error, '|');
        char *head = strndup(cases[i].error, bar ? (size_t)(bar - cases[i].error) : 200);
        check_has(answer, head);
        if (bar)
            check_has(answer, bar + 1);
        char *text = between(answer, "<text ", "</text>");
        check_has(text, "xml:lang='en'>");
        check_has(text, cases[i].text);
        free(text);
        free(head);
    }
}

static void execute_is_the_default_and_languages_are_taken(void **state)
{
    static const char *const commands[] = {
        COMMAND(NODE, IODATA("input", "<in>" PAPER "</in>")),
        COMMAND(NODE "action='execute' xml:lang='de-AT'",
                IODATA("input", "<in>" PAPER "</in>")),
        COMMAND(NODE "status='executing'",
                "<note type='info'>x</note>" IODATA("input", "\n<in>\n" PAPER "</in>")),
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        check_has(ask(x, "set", USER1, commands[i]), " status='completed'>");
}

static void counts_sessions_on(void **state)
{
    struct exchange *x = *state;
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER),
              " sessionid='RPC-SESSION-0000001' ");
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER),
              " sessionid='RPC-SESSION-0000002' ");
    /* A session that was given out is over; so says the same exchange, and the next one. */
    for (int restarted = 0; restarted < 2; restarted++) {
        const char *answer =
            ask(x, "set", USER1,
                COMMAND(NODE "action='cancel' sessionid='RPC-SESSION-0000002'", ""));
        check_has(answer, "<error type='cancel'><not-allowed ");
        check_has(answer, "<session-expired xmlns='http://jabber.org/protocol/commands'/>");
        ic_service_free(x->service);
        ic_catalog_close(x->fixture->catalog);
        assert_int_equal(fixture_open(x->fixture, false), IC_OK);
        start_service(x);
    }
    char *id =
        between(execute(x, USER1, "constraint_catalog_resources", PAPER), "RPC-SESSION-", "'");
    assert_true(strlen(id) == 7 && strtol(id, NULL, 10) > 2);
    free(id);
}

/* What other spellings of a number do not name. */
static void a_session_has_one_spelling(void **state)
{
    static const char *const ids[] = {
        "RPC-SESSION-1",       "RPC-SESSION-00000001", "RPC-SESSION-+000001",
        "RPC-SESSION- 000001", "rpc-session-0000001",  "RPC-SESSION-0000001 ",
        "RPC-SESSION-0000000", "RPC-SESSION-",         "RPC-SESSION-99999999999999999999999"};
    struct exchange *x = *state;
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER), "RPC-SESSION-0000001");
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_false(ic_session_ids_given(x->service->ids, ids[i]));
    assert_true(ic_session_ids_given(x->service->ids, "RPC-SESSION-0000001"));
}

static void keeps_to_roles(void **state)
{
    struct exchange *x = *state;
    struct ic_roles *roles = ic_roles_new();
    assert_int_equal(ic_roles_give(roles, IC_ROLE_PUBLISH, "cloud2.org", NULL), IC_OK);
    ic_service_configure(x->service, roles, x->quotas, &x->settings);
    publish(x, USER2, ADVERTISEMENT("cloud2", GOOD_CLOUD));
    check_has(execute(x, USER1, "publish_resources", ADVERTISEMENT("cloud1", GOOD_CLOUD)),
              "<error type='cancel'><forbidden ");
    check_has(execute(x, USER1, "withdraw_resources",
                      "<withdraw " NS "><cloudName>cloud2</cloudName></withdraw>"),
              "<error type='cancel'><forbidden ");
    const char *items = ask(x, "get", USER1,
                            "<query xmlns='http://jabber.org/protocol/disco#items' "
                            "node='http://jabber.org/protocol/commands'/>");
    check_has(items, "resolve_cloud");
    assert_null(strstr(items, "publish_resources"));
    check_has(ask(x, "get", USER1,
                  "<query xmlns='http://jabber.org/protocol/disco#info' "
                  "node='publish_resources'/>"),
              "<error type='cancel'><forbidden ");
    change_settings(x);
    ic_roles_free(roles);
}

static void gives_its_schemata(void **state)
{
    struct exchange *x = *state;
    for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++) {
        char command[400];
        snprintf(command, sizeof command, COMMAND("node='%s'", IODATA("io-schemata-get", "")),
                 c->node);
        const char *answer = ask(x, "set", ROOT, command);
        check_has(answer, " status='completed'><iodata xmlns='urn:xmpp:tmp:io-data' "
                          "type='io-schemata-result'><desc>");
        const struct {
            const char *before, *after;
            const struct ic_schema *schema;
        } parts[] = {{"<in>", "</in>", c->input},
                     {"<out>", "</out>", c->output},
                     {"<error>", "</error>", &ic_schema_failure}};
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            size_t length;
            const char *element = ic_schema_element(parts[i].schema, &length);
            char *part = between(answer, parts[i].before, parts[i].after);
            assert_int_equal(strlen(part), length);
            assert_memory_equal(part, element, length);
            /* A stream must not have these (RFC 6120, section 11.1). */
            assert_null(strstr(part, "<!--"));
            assert_null(strstr(part, "<?"));
            free(part);
        }
        /* The whole is one stanza that a server would take. */
        struct ic_stanza *stanza = NULL;
        assert_int_equal(ic_stanza_parse(answer, strlen(answer), NULL, &stanza, NULL), IC_OK);
        ic_stanza_free(stanza);
    }
}

/* ---- work that fails after it was accepted ---- */

static enum ic_status fail_io(struct ic_call *call)
{
    ic_buffer_text(&call->output->head, "<half");
    return ic_fail_errno(call->error, EIO, "cannot read /secret/path");
}

static enum ic_status fail_timeout(struct ic_call *call)
{
    return ic_fail(call->error, IC_TIMEOUT, "the search took longer than 10 s");
}

/* The answer to a request for a command that the table lacks. */
static const char *run_command(struct exchange *x, const struct ic_adhoc_command *command)
{
    static const char stanza[] = "<iq type='set' id='1' from='a@b/c' to='" JID "'/>";
    struct ic_error error = {0};
    struct ic_iq iq = {.type = "set", .id = "1", .to = JID, .requester = strdup("a@b")};
    struct ic_adhoc_request request = {.iq = &iq, .command = command};
    assert_int_equal(ic_stanza_parse(stanza, strlen(stanza), NULL, &iq.stanza, NULL), IC_OK);
    iq.from = ic_element_attribute(iq.stanza->element, "from");
    ic_buffer_truncate(&x->sent, 0);
    assert_null(ic_adhoc_begin(x->service, &request, NULL, &error));
    return run_work(x);
}

static void tells_a_failure_of_accepted_work(void **state)
{
    struct exchange *x = *state;
    struct ic_adhoc_command command = {.node = "n", .name = "N", .run = fail_io};
    const char *answer = run_command(x, &command);
    assert_string_equal(
        answer,
        "<iq type='result' from='" JID "' to='a@b/c' id='1'>"
        "<command xmlns='http://jabber.org/protocol/commands' node='n' "
        "sessionid='RPC-SESSION-0000001' status='completed' xml:lang='en'>"
        "<note type='error'>the exchange failed; its log has the reason</note>"
        "<iodata xmlns='urn:xmpp:tmp:io-data' type='error'><error>"
        "<failure xmlns='http://www.csp/resOntology' status='io'>the exchange failed; its log "
        "has the reason</failure></error></iodata></command></iq>");
    char *failure = between(answer, "<error>", "</error>");
    check_valid(&ic_schema_failure, failure);
    free(failure);

    command.run = fail_timeout;
    answer = run_command(x, &command);
    check_has(answer, "<note type='error'>the search took longer than 10 s</note>");
    check_has(answer, "status='timeout'>");
}

static void every_status_has_an_error(void **state)
{
    (void)state;
    for (enum ic_status status = IC_OK + 1; status < IC_STATUS_COUNT; status++) {
        const struct ic_stanza_error *error = ic_stanza_error(status);
        assert_non_null(error->type);
        assert_non_null(error->condition);
    }
}

/* ---- constraint_catalog_resources ---- */

static void answers_the_paper(void **state)
{
    struct exchange *x = *state;
    publish_clouds(x);
    char *out = execute_valid(x, USER1, "constraint_catalog_resources", PAPER);
    assert_string_equal(out, "<matchingClouds " NS "><cloudName>cloud2</cloudName>"
                             "<cloudName>cloud5</cloudName></matchingClouds>");
    free(out);
    assert_string_equal(x->sent.data,
                        "<iq type='result' from='" JID "' to='" USER1 "' id='1'>"
                        "<command xmlns='http://jabber.org/protocol/commands' "
                        "node='constraint_catalog_resources' sessionid='RPC-SESSION-0000004' "
                        "status='completed'><iodata xmlns='urn:xmpp:tmp:io-data' type='output'>"
                        "<out><matchingClouds " NS "><cloudName>cloud2</cloudName>"
                        "<cloudName>cloud5</cloudName></matchingClouds></out></iodata>"
                        "</command></iq>");
    out = execute_valid(x, USER1, "constraint_catalog_resources",
                        "<constraints " NS
                        ">" CONSTRAINT("replicationFactor", "6") "</constraints>");
    assert_string_equal(out, "<matchingClouds " NS "/>");
    free(out);
}

static void check_match(struct exchange *x, const char *constraints, const char *expected)
{
    char *out = execute_valid(x, USER1, "constraint_catalog_resources", constraints);
    /* The sequence depends on how the catalog counts; that it is a number the schema checks. */
    char *sequence = strstr(out, " sequence='");
    if (sequence) {
        const char *rest = strchr(sequence + strlen(" sequence='"), '\'') + 1;
        memmove(sequence, rest, strlen(rest) + 1);
    }
    assert_string_equal(out, expected);
    free(out);
}

#define VERSION1(matched, shown, content)                                                      \
    "<matchingClouds " NS " version='1' matched='" matched "' shown='" shown "'>" content      \
    "</matchingClouds>"
#define RSM(content) "<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>"

static void says_more_in_version_1(void **state)
{
    struct exchange *x = *state;
    publish_clouds(x);
    check_match(x, ANY_STORAGE("version='1'", ""),
                VERSION1("3", "3",
                         "<cloud name='cloud1'/><cloud name='cloud2'/><cloud name='cloud5'/>"));
    check_match(x, ANY_STORAGE("version='1' limit='1'", "<return>jid</return>"),
                VERSION1("3", "1", "<cloud name='cloud1' jid='user@cloud1.org'/>"));
    char *out = execute_valid(x, USER1, "constraint_catalog_resources",
                              ANY_STORAGE("version='1'", "<return>offers</return>"));
    check_has(out, "<cloud name='cloud1'><offer id='");
    free(out);
    check_has(execute(x, USER1, "constraint_catalog_resources",
                      ANY_STORAGE("version='1'", "<return>score</return>")),
              "<error type='modify'><feature-not-implemented ");
}

static void pages_by_rsm(void **state)
{
    struct exchange *x = *state;
    publish_clouds(x);
    check_match(x, ANY_STORAGE("version='1'", RSM("<max>2</max>")),
                VERSION1("3", "2",
                         "<cloud name='cloud1'/><cloud name='cloud2'/>" RSM(
                             "<first index='0'>cloud1</first><last>cloud2</last>"
                             "<count>3</count>")));
    check_match(x, ANY_STORAGE("version='1'", RSM("<max>2</max><after>cloud2</after>")),
                VERSION1("3", "1",
                         "<cloud name='cloud5'/>" RSM("<first>cloud5</first><last>cloud5</last>"
                                                      "<count>3</count>")));
    check_match(x, ANY_STORAGE("version='1'", RSM("<max>2</max><after>cloud5</after>")),
                VERSION1("3", "0", RSM("<count>3</count>")));
    check_match(x, ANY_STORAGE("version='1'", RSM("<max>0</max>")),
                VERSION1("3", "0", RSM("<count>3</count>")));
}

static void notes_a_value_that_nothing_spells(void **state)
{
    struct exchange *x = *state;
    const char *answer =
        execute(x, USER1, "constraint_catalog_resources",
                "<constraints " NS ">" CONSTRAINT("tierCountries", "JAPANN") "</constraints>");
    check_has(answer, "<note type='warn'>");
    check_has(answer, "JAPANN");
    check_has(answer, "<out><matchingClouds " NS "/></out>");
}

/* ---- bad input ---- */

/* The payload of `node` is refused as bad-payload, with a text that has `why`; nothing
 * changes. */
static void check_bad_payload(struct exchange *x, const char *node, const char *input,
                              const char *why)
{
    struct ic_catalog_stats before, after;
    assert_int_equal(ic_catalog_stats(x->fixture->catalog, &before, NULL), IC_OK);
    const char *answer = execute(x, USER1, node, input);
    check_has(answer, "<error type='modify'><bad-request ");
    check_has(answer, "<bad-payload xmlns='http://jabber.org/protocol/commands'/>");
    char *text = between(answer, "<text ", "</text>");
    check_has(text, why);
    free(text);
    assert_int_equal(ic_catalog_stats(x->fixture->catalog, &after, NULL), IC_OK);
    assert_int_equal(before.sequence, after.sequence);
}

static void refuses_bad_constraints(void **state)
{
    static const struct {
        const char *input, *why;
    } cases[] = {
        {"<constraints " NS "/>", "constraint"},
        {"<constraints " NS ">" CONSTRAINT("availabilityQuantit", "1") "</constraints>",
         "availabilityQuantity"},
        {"<constraints " NS ">\n" CONSTRAINT("availabilityQuantity", "much") "</constraints>",
         "constraints:2:"},
        {"<constraints " NS "><constraint/></constraints>", "no &lt;attribute&gt;"},
        {"<constraints " NS "><constraint op='&lt;'/></constraints>", "version='1'"},
        {"<constraints " NS " version='2'>" CONSTRAINT("a", "b") "</constraints>",
         "version='2'"},
        {"<constraints " NS "><evil xmlns='urn:x'/></constraints>", "&lt;evil&gt;"},
        {"<constraints " NS ">" CONSTRAINT("\xC2\x9B"
                                           "2J",
                                           "1") "</constraints>",
         "\\xC2\\x9B"},
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_bad_payload(x, "constraint_catalog_resources", cases[i].input, cases[i].why);
}

static void refuses_10000_constraints(void **state)
{
    struct exchange *x = *state;
    struct ic_buffer input;
    ic_buffer_init(&input, PAYLOAD_BYTES);
    ic_buffer_text(&input, "<constraints " NS ">");
    for (int i = 0; i < 10000; i++)
        ic_buffer_text(&input, CONSTRAINT("replicationFactor", "5"));
    ic_buffer_text(&input, "</constraints>");
    assert_int_equal(input.status, IC_OK);
    check_bad_payload(x, "constraint_catalog_resources", input.data, "256");
    ic_buffer_free(&input);
}

static void refuses_a_stanza_over_its_limits(void **state)
{
    struct exchange *x = *state;
    struct ic_buffer input;
    ic_buffer_init(&input, PAYLOAD_BYTES);
    ic_buffer_text(&input, "<document " NS " type='text/turtle'>");
    while (input.length < IC_XML_BYTES_MAX)
        ic_buffer_text(&input, "0123456789012345678901234567890123456789\n");
    ic_buffer_text(&input, "</document>");
    assert_int_equal(input.status, IC_OK);
    check_bad_payload(x, "publish_resources", input.data, "too many bytes");
    ic_buffer_free(&input);
}

/* A prefix of 10 kB that 2,000 names begin with is 20 MB of IRIs. */
static void refuses_prefixes_that_swell(void **state)
{
    struct exchange *x = *state;
    struct ic_buffer input;
    ic_buffer_init(&input, PAYLOAD_BYTES);
    ic_buffer_text(&input, "<document type='text/turtle' " NS ">@prefix p: &lt;urn:");
    for (int i = 0; i < 10000; i++)
        ic_buffer_text(&input, "x");
    ic_buffer_text(&input, "&gt; .\n" PREFIX ":c a :Cloud ; :cloudName \"c\" ; :p p:0");
    for (int i = 1; i < 2000; i++)
        ic_buffer_format(&input, ",p:%d", i);
    ic_buffer_text(&input, " .</document>");
    check_bad_payload(x, "publish_resources", input.data, "terms pass the limit");
    ic_buffer_free(&input);
}

static void refuses_bad_publications(void **state)
{
    static const struct {
        const char *input, *why;
    } cases[] = {
        {ADVERTISEMENT("", GOOD_CLOUD), "a cloud name is empty"},
        {"<advertisement " NS ">" GOOD_CLOUD "</advertisement>", "cloudName"},
        {ADVERTISEMENT("c", CAPABILITY("replicationFacto", "5")), "replicationFactor"},
        {ADVERTISEMENT("c", CAPABILITY("replicationFactor", "five")), "five"},
        {"<advertisement lease='forever' " NS "><cloudName>c</cloudName></advertisement>",
         "forever"},
        {DOCUMENT("text/turtle", PREFIX ":c a :Cloud ; :cloudName \"c\" ;;; x"), "payload:2:"},
        {DOCUMENT("text/turtle", PREFIX ":c a :Cloud ; :cloudName \"a\\u0000b\" ."), "U+0000"},
        {DOCUMENT("application/n-quads",
                  "&lt;urn:a&gt; &lt;http://www.csp/resOntology#cloudName&gt; \"a\" "
                  "&lt;urn:g&gt; ."),
         "graph"},
        {DOCUMENT("text/html", "x"), "text/turtle"},
        {DOCUMENT("application/rdf+xml",
                  "&lt;!DOCTYPE r [&lt;!ENTITY x SYSTEM \"file:///etc/passwd\"&gt;]&gt;"
                  "&lt;r&gt;&amp;x;&lt;/r&gt;"),
         "payload:1:"},
        {DOCUMENT("text/turtle", "&lt;urn:a&gt; &lt;urn:b&gt; &lt;urn:c&gt; ."), "cloud"},
        {"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'/>",
         "&lt;advertisement xmlns="},
    };
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_bad_payload(x, "publish_resources", cases[i].input, cases[i].why);
}

static void refuses_what_is_anothers(void **state)
{
    struct exchange *x = *state;
    publish_clouds(x);
    check_has(execute(x, USER1, "publish_resources", ADVERTISEMENT("cloud2", GOOD_CLOUD)),
              "<error type='cancel'><conflict ");
    check_has(execute(x, USER1, "withdraw_resources",
                      "<withdraw " NS "><cloudName>cloud2</cloudName></withdraw>"),
              "<error type='auth'><forbidden ");
    check_match(x, PAPER,
                "<matchingClouds " NS "><cloudName>cloud2</cloudName>"
                "<cloudName>cloud5</cloudName></matchingClouds>");
}

/* In words that fit whoever asks by XMPP: the shell adds its own hint itself. */
static void says_that_a_cloud_is_unknown(void **state)
{
    static const char *const asked[][2] = {{"withdraw_resources", "withdraw"},
                                           {"resolve_cloud", "resolve"},
                                           {"describe_cloud", "describe"},
                                           {"evict_cloud", "withdraw"}};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        char input[200];
        snprintf(input, sizeof input, "<%s " NS "><cloudName>cloud9</cloudName></%s>",
                 asked[i][1], asked[i][1]);
        const char *answer = execute(*state, ROOT, asked[i][0], input);
        check_has(answer, "<error type='cancel'><item-not-found ");
        check_has(answer, TEXT("no cloud called \"cloud9\" is advertised"));
    }
}

static void refuses_names_that_are_none(void **state)
{
    static const char *const inputs[] = {
        "<resolve " NS "/>",
        "<resolve " NS "><cloudName/></resolve>",
        "<resolve " NS "><cloudName>a</cloudName><cloudName>b</cloudName></resolve>",
        "<resolve " NS "><cloudName>a<b/></cloudName></resolve>",
        "<resolve " NS "><name>a</name></resolve>",
        "<resolve " NS "><cloudName>a\xC2\x9B</cloudName></resolve>"};
    struct exchange *x = *state;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        check_bad_payload(x, "resolve_cloud", inputs[i], "");
}

/* ---- publish, withdraw, resolve ---- */

static void publishes_renews_and_withdraws(void **state)
{
    struct exchange *x = *state;
    char *out =
        execute_valid(x, USER1, "publish_resources", ADVERTISEMENT(" cloud1 ", GOOD_CLOUD));
    check_has(out, "<published " NS " published='1' shown='1'><cloud name='cloud1' "
                   "jid='user@cloud1.org' outcome='new' version='1' sequence='");
    /* The clock of the test stands still; the default lease is a day. */
    check_has(out, " expires='2023-11-15T22:13:20Z'/>");
    free(out);
    out = execute_valid(x, "USER@Cloud1.org/other", "publish_resources",
                        ADVERTISEMENT("cloud1", GOOD_CLOUD));
    check_has(out, "outcome='renewed' version='1'");
    free(out);
    out = execute_valid(x, USER1, "publish_resources",
                        "<advertisement lease='PT1H' " NS
                        "><cloudName>cloud1</cloudName>" CAPABILITY("replicationFactor",
                                                                    "3") "</advertisement>");
    check_has(out, "outcome='replaced' version='2'");
    check_has(out, " expires='2023-11-14T23:13:20Z'/>");
    free(out);

    out = execute_valid(x, USER2, "resolve_cloud",
                        "<resolve " NS "><cloudName>\n cloud1 </cloudName></resolve>");
    assert_string_equal(out, "<cloud " NS " name='cloud1' jid='user@cloud1.org'/>");
    free(out);
    out = execute_valid(x, USER1, "withdraw_resources",
                        "<withdraw " NS "><cloudName>cloud1</cloudName></withdraw>");
    check_has(out, "<withdrawn " NS " name='cloud1' sequence='");
    free(out);
    check_has(execute(x, USER2, "resolve_cloud",
                      "<resolve " NS "><cloudName>cloud1</cloudName></resolve>"),
              "<error type='cancel'><item-not-found ");
}

static void takes_rdf_in_every_form(void **state)
{
    struct exchange *x = *state;
    publish(x, USER1,
            DOCUMENT("text/turtle", PREFIX "&lt;urn:c1&gt; a :Cloud ; :cloudName \"cloud1\" ; "
                                           ":replicationFactor 5 ."));
    const char *answer = execute(
        x, USER2, "publish_resources",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
        "xmlns:c='http://www.csp/resOntology#'><c:Cloud rdf:about='urn:c2'>"
        "<c:cloudName>cloud2</c:cloudName><c:replicationFactor "
        "rdf:datatype='http://www.w3.org/2001/XMLSchema#integer'>6</c:replicationFactor>"
        "</c:Cloud></rdf:RDF>");
    check_has(answer, "<cloud name='cloud2' jid='user@cloud2.org' outcome='new'");
    check_match(x, "<constraints " NS ">" CONSTRAINT("replicationFactor", "5") "</constraints>",
                "<matchingClouds " NS "><cloudName>cloud1</cloudName>"
                "<cloudName>cloud2</cloudName></matchingClouds>");
}

static void bounds_leases(void **state)
{
    struct exchange *x = *state;
    x->settings.lease_max_ms = 2 * DAY_MS;
    change_settings(x);
    check_bad_payload(x, "publish_resources",
                      "<advertisement lease='P3D' " NS "><cloudName>c</cloudName>" GOOD_CLOUD
                      "</advertisement>",
                      "at most 172800 seconds");
    publish(x, USER1,
            "<advertisement lease='P2D' " NS "><cloudName>c</cloudName>" GOOD_CLOUD
            "</advertisement>");
}

/* Warnings are notes; what there is no room for is counted. */
static void counts_warnings_beyond_the_first(void **state)
{
    struct exchange *x = *state;
    struct ic_buffer input;
    ic_buffer_init(&input, PAYLOAD_BYTES);
    ic_buffer_text(&input, "<document " NS " type='text/turtle'>" PREFIX
                           "&lt;urn:c&gt; a :Cloud ; :cloudName \"cloud1\"");
    for (int i = 0; i < 50; i++)
        ic_buffer_format(&input, " ; :unheardOf%d 1", i);
    ic_buffer_text(&input, " .</document>");
    char *out = execute_valid(x, USER1, "publish_resources", input.data);
    size_t notes = 0;
    for (const char *p = x->sent.data; (p = strstr(p, "<note type='warn'>")); p++)
        notes++;
    assert_int_equal(notes, IC_SERVICE_NOTES_MAX + 1);
    check_has(x->sent.data, "<note type='warn'>30 more warnings are not shown</note>");
    free(out);
    x->settings.answer_bytes_max = 4000;
    change_settings(x);
    out = execute_valid(x, USER1, "publish_resources", input.data);
    check_has(x->sent.data, " more warnings are not shown</note>");
    free(out);
    ic_buffer_free(&input);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pings_and_lists_what_it_can),
        TEST(answers_what_it_does_not_serve),
        TEST(says_nothing_where_nothing_is_due),
        TEST(escapes_what_it_gives_back),
        TEST(refuses_commands_as_xep_0050_says),
        TEST(execute_is_the_default_and_languages_are_taken),
        TEST(counts_sessions_on),
        TEST(a_session_has_one_spelling),
        TEST(keeps_to_roles),
        TEST(gives_its_schemata),
        TEST(tells_a_failure_of_accepted_work),
        TEST(every_status_has_an_error),
        TEST(answers_the_paper),
        TEST(says_more_in_version_1),
        TEST(pages_by_rsm),
        TEST(notes_a_value_that_nothing_spells),
        TEST(refuses_bad_constraints),
        TEST(refuses_10000_constraints),
        TEST(refuses_a_stanza_over_its_limits),
        TEST(refuses_prefixes_that_swell),
        TEST(refuses_bad_publications),
        TEST(refuses_what_is_anothers),
        TEST(says_that_a_cloud_is_unknown),
        TEST(refuses_names_that_are_none),
        TEST(publishes_renews_and_withdraws),
        TEST(takes_rdf_in_every_form),
        TEST(bounds_leases),
        TEST(counts_warnings_beyond_the_first),
    };
    return cmocka_run_group_tests_name("commands", tests, NULL, NULL);
}
