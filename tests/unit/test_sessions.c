/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of commands: pages that together are the whole answer, bounds, ends, an outbox that
 * is full. What the stanzas look like is in tests/data/conversations. */
#include "tests/unit/service_fixture.h"

#define ALL_CLOUDS "<constraints " NS ">" CONSTRAINT("replicationFactor", "5") "</constraints>"
/* Asks something of a session. */
static const char *go_on_with(struct exchange *x, const char *node, const char *action,
                              const char *id, const char *content)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "<command xmlns='http://jabber.org/protocol/commands' node='%s' "
                         "action='%s' sessionid='%s'>%s</command>",
                         node, action, id, content) > 0);
    const char *answer = ask(x, "set", USER1, text);
    free(text);
    return answer;
}

static const char *go_on(struct exchange *x, const char *action, const char *id,
                         const char *content)
{
    return go_on_with(x, "constraint_catalog_resources", action, id, content);
}

static const char *get_output(struct exchange *x, const char *id, const char *set)
{
    char content[500];
    snprintf(content, sizeof content, "%s%s", IODATA("getOutput", ""), set);
    return go_on(x, "next", id, content);
}

static void publish_many(struct exchange *x, int count)
{
    struct ic_buffer input;
    many_clouds(&input, count);
    execute(x, USER1, "publish_resources", input.data);
    ic_buffer_free(&input);
}

/* Counts clouds in `answer`, which must be number `seen` and those behind it. */
static int count_clouds(const char *answer, int seen)
{
    int count = 0;
    for (const char *at = answer; (at = strstr(at, "<cloudName>cloud")); at++, count++)
        assert_int_equal(atoi(at + strlen("<cloudName>cloud")), seen + count);
    return count;
}

/* An answer beyond the cap begins a session; its id. Owned: free. */
static char *begin_paging(struct exchange *x, int clouds)
{
    publish_many(x, clouds);
    x->settings.answer_bytes_max = 2000;
    change_settings(x);
    const char *answer = execute(x, USER1, "constraint_catalog_resources", ALL_CLOUDS);
    check_has(answer, " status='executing'");
    check_has(answer, "<actions><next/><complete/></actions>");
    check_has(answer, "<percentage>100</percentage>");
    assert_null(strstr(answer, "<cloudName>"));
    return between(answer, "sessionid='", "'");
}

static void pages_are_the_whole_answer(void **state)
{
    struct exchange *x = *state;
    char *id = begin_paging(x, 200);
    int seen = 0, pages = 0;
    bool completed = false;
    while (!completed) {
        const char *answer = go_on(x, "complete", id, "");
        assert_true(strlen(answer) <= 2000);
        check_has(answer, "<count>200</count></set>");
        const int count = count_clouds(answer, seen);
        assert_true(count > 0);
        seen += count;
        pages++;
        completed = strstr(answer, " status='completed'") != NULL;
        assert_true(completed == (seen == 200));
    }
    assert_true(pages > 3);
    check_has(go_on(x, "complete", id, ""), "<session-expired ");
    assert_int_equal(ic_sessions_count(x->service->sessions), 0);
    free(id);
}

static void pages_can_be_had_again(void **state)
{
    struct exchange *x = *state;
    char *id = begin_paging(x, 200);
#define SET(content) "<set xmlns='http://jabber.org/protocol/rsm'>" content "</set>"
    const int first = count_clouds(get_output(x, id, ""), 0);
    const int second = count_clouds(get_output(x, id, ""), first);
    assert_true(first > 0 && second > 0);
    count_clouds(get_output(x, id, SET("<index>0</index>")), 0);
    const char *answer = get_output(x, id, SET("<max>3</max><after>41</after>"));
    assert_int_equal(count_clouds(answer, 42), 3);
    check_has(answer, "<set xmlns='http://jabber.org/protocol/rsm'><first index='42'>42</first>"
                      "<last>44</last><count>200</count></set>");
    assert_int_equal(count_clouds(get_output(x, id, SET("<index>500</index>")), 0), 0);
    static const char *const wrong[] = {SET("<max>0</max>"), SET("<max>x</max>"),
                                        SET("<before/>"), SET("<after>-1</after>")};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_has(get_output(x, id, wrong[i]), "<bad-payload ");
    /* Behind the last page comes the first again. */
    count_clouds(get_output(x, id, SET("<index>199</index>")), 199);
    count_clouds(get_output(x, id, ""), 0);
    check_has(go_on(x, "cancel", id, ""), "status='canceled'");
    free(id);
}

static void page_a_table(struct exchange *x, const char *action)
{
    const char *answer =
        ask(x, "set", USER1,
            COMMAND(NODE, "<x xmlns='jabber:x:data' type='submit'><field var='request'>"
                          "<value>replicationFactor 5</value></field></x>"));
    char *id = between(answer, "sessionid='", "'"), place[64];
    int rows = 0;
    for (bool more = true; more;) {
        assert_true(strlen(answer) <= 3000);
        check_has(answer, "<reported>");
        snprintf(place, sizeof place, "<instructions>200 clouds match. Rows %d to ", rows + 1);
        check_has(answer, place);
        for (const char *at = answer; (at = strstr(at, "<item>")); at++)
            rows++;
        snprintf(place, sizeof place, " to %d of 200.</instructions>", rows);
        check_has(answer, place);
        more = !strstr(answer, " status='completed'");
        assert_int_equal(more, rows < 200);
        if (more)
            answer = go_on(x, action, id, "");
    }
    assert_int_equal(rows, 200);
    check_has(go_on(x, action, id, ""), "<session-expired ");
    free(id);
}

/* A person goes on, with either action, to the last page, which ends the command. */
static void a_table_is_paged_too(void **state)
{
    struct exchange *x = *state;
    publish_many(x, 200);
    x->settings.answer_bytes_max = 3000;
    change_settings(x);
    page_a_table(x, "complete");
    page_a_table(x, "next");
}

static void ends_what_nobody_asks_for(void **state)
{
    struct exchange *x = *state;
    char *id = begin_paging(x, 200);
    pass(x, 9 * 60 * 1000);
    check_has(get_output(x, id, ""), "<cloudName>");
    pass(x, 9 * 60 * 1000);
    check_has(get_output(x, id, ""), "<cloudName>");
    pass(x, 10 * 60 * 1000 + 1);
    check_has(get_output(x, id, ""), "<session-expired ");
    free(id);
}

static void bounds_sessions(void **state)
{
    struct exchange *x = *state;
    x->settings.sessions.sessions_max = 5;
    ic_quotas_general(x->quotas)->sessions = 3;
    change_settings(x);
    for (int i = 0; i < 3; i++)
        check_has(ask(x, "set", USER1, COMMAND(NODE, "")), "type='form'");
    const char *answer = ask(x, "set", "USER@CLOUD1.ORG/x", COMMAND(NODE, ""));
    check_has(answer, "<error type='wait'><resource-constraint ");
    check_has(answer, "3 sessions of yours are open");
    check_has(ask(x, "set", USER2, COMMAND(NODE, "")), "type='form'");
    check_has(ask(x, "set", USER2, COMMAND(NODE, "")), "type='form'");
    check_has(ask(x, "set", USER2, COMMAND(NODE, "")), "5 sessions are open");
    /* What needs no session still works. */
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER), "status='completed'");
    pass(x, 10 * 60 * 1000 + 1);
    check_has(ask(x, "set", USER1, COMMAND(NODE, "")), "type='form'");
}

static void bounds_what_sessions_keep(void **state)
{
    struct exchange *x = *state;
    publish_many(x, 200);
    x->settings.answer_bytes_max = 2000;
    x->settings.sessions.bytes_max = 30000;
    change_settings(x);
    int kept = 0;
    const char *answer;
    do {
        answer = execute(x, USER1, "constraint_catalog_resources", ALL_CLOUDS);
    } while (strstr(answer, "status='executing'") && ++kept < 100);
    assert_in_range(kept, 1, 3);
    check_has(answer, "<error type='wait'><resource-constraint ");
    /* The session that could not be kept is gone. */
    assert_int_equal(ic_sessions_count(x->service->sessions), kept);
}

static void long_work_needs_a_session(void **state)
{
    struct exchange *x = *state;
    ic_quotas_general(x->quotas)->sessions = 1;
    change_settings(x);
    x->idle_workers = true;
    assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    const char *answer = pass(x, 1000);
    assert_int_equal(x->stanzas, 2);
    check_has(answer, "status='executing'");
    check_has(answer, "<error type='wait'><resource-constraint ");
    run_work(x);
    assert_int_equal(x->stanzas, 3); /* only one is told of its end */
}

static void what_waits_too_long_is_refused(void **state)
{
    struct exchange *x = *state;
    x->settings.queue_ms = 500;
    change_settings(x);
    x->idle_workers = true;
    execute(x, USER1, "constraint_catalog_resources", PAPER);
    check_has(pass(x, 600), "<error type='wait'><resource-constraint ");
    run_work(x);
    assert_int_equal(x->stanzas, 1); /* answered once */
    assert_true(ic_service_idle(x->service));
}

static void refuses_when_the_queue_is_full(void **state)
{
    struct exchange *x = *state;
    x->settings.jobs.queued_max = 4;
    change_settings(x);
    x->idle_workers = true;
    assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER),
              "of yours wait already");
    assert_string_equal(execute(x, USER2, "constraint_catalog_resources", PAPER), "");
    assert_string_equal(execute(x, USER2, "constraint_catalog_resources", PAPER), "");
    check_has(execute(x, "a@b", "constraint_catalog_resources", PAPER), "is busy: 4 requests");
    /* What needs no work is answered all the same. */
    check_has(ask(x, "get", USER1, "<ping xmlns='urn:xmpp:ping'/>"), "type='result'");
    ic_buffer_truncate(&x->sent, 0);
    x->stanzas = 0;
    run_work(x);
    assert_int_equal(x->stanzas, 4);
}

static void keeps_answers_while_the_outbox_is_full(void **state)
{
    struct exchange *x = *state;
    x->outbox_full = true;
    for (int i = 0; i < 3; i++)
        assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    assert_false(ic_service_idle(x->service));
    x->outbox_full = false;
    ic_service_flush(x->service);
    assert_int_equal(x->stanzas, 3);
    check_has(x->sent.data, "RPC-SESSION-0000001");
    assert_true(ic_service_idle(x->service));
    /* Not for ever. */
    x->outbox_full = true;
    execute(x, USER1, "constraint_catalog_resources", PAPER);
    pass(x, 31 * 1000);
    x->outbox_full = false;
    ic_service_flush(x->service);
    assert_int_equal(x->stanzas, 0);
}

/* One requester floods, and asks slow things too: each request of another waits for one of his
 * at most, however many wait already. */
static void a_flood_is_waited_for_by_turns(void **state)
{
    struct exchange *x = *state;
    const char *answer = "";
    x->idle_workers = true;
    for (int round = 0; round < 20; round++) {
        size_t flooded = 0;
        for (int i = 0; i < 20; i++)
            execute(x, ROOT, i % 2 ? "sparql_query" : "constraint_catalog_resources",
                    i % 2 ? "<query " NS ">SELECT * { ?a ?b ?c }</query>" : PAPER);
        execute(x, USER1, "constraint_catalog_resources", PAPER);
        for (bool answered = false; !answered; flooded += !answered) {
            ic_buffer_truncate(&x->sent, 0);
            assert_true(ic_jobs_run_one(x->service->jobs));
            ic_service_finish(x->service);
            answer = x->sent.data;
            answered = strstr(answer, " to='" USER1 "'") != NULL;
        }
        check_has(answer, "<matchingClouds ");
        assert_true(flooded <= 1);
    }
}

static void refuses_new_work_when_it_is_to_stop(void **state)
{
    struct exchange *x = *state;
    char *id = begin_paging(x, 200);
    ic_service_drain(x->service);
    check_has(execute(x, USER1, "constraint_catalog_resources", PAPER), "is stopping");
    check_has(get_output(x, id, ""), "<cloudName>");
    free(id);
}

static void parts_are_bounded_in_sum(void **state)
{
    struct exchange *x = *state;
    x->settings.publication_bytes_max = 100;
    change_settings(x);
    const char *answer = execute(x, USER1, "publish_resources",
                                 "<document " NS " type='text/turtle' part='1'>"
                                 "# forty characters of a comment, and more\n</document>");
    char *id = between(answer, "sessionid='", "'");
    check_has(go_on_with(x, "publish_resources", "next", id,
                         IODATA("input", "<in><document " NS " type='text/turtle' part='2'>"
                                         "# forty characters of a comment, and more "
                                         "# forty characters of a comment</document></in>")),
              "longer than 100 bytes");
    free(id);
    check_has(execute(x, USER1, "resolve_cloud", "<resolve " NS " part='1'/>"), "cloudName");
}

/* What could not be begun for want of room is there to be completed again. */
static void a_refused_completion_keeps_the_parts(void **state)
{
    struct exchange *x = *state;
    x->settings.jobs.queued_max = 2; /* one of them may be his */
    change_settings(x);
    x->idle_workers = true;
    const char *answer = execute(x, USER1, "publish_resources",
                                 "<document " NS " type='text/turtle' part='1'>" PREFIX
                                 "&lt;urn:c&gt; a :Cloud ; :cloudName \"parts\" .</document>");
    char *id = between(answer, "sessionid='", "'");
    assert_string_equal(execute(x, USER1, "constraint_catalog_resources", PAPER), "");
    check_has(go_on_with(x, "publish_resources", "complete", id, ""),
              "<error type='wait'><resource-constraint ");
    run_work(x);
    assert_string_equal(go_on_with(x, "publish_resources", "complete", id, ""), "");
    check_has(run_work(x), "<published xmlns='http://www.csp/resOntology' published='1'");
    free(id);
}

/* A field that must be filled in and is not is told as any other mistake in a form. */
static void an_empty_form_comes_back(void **state)
{
    struct exchange *x = *state;
    const char *answer = ask(x, "set", USER1, COMMAND(NODE, ""));
    char *id = between(answer, "sessionid='", "'");
    answer =
        go_on(x, "complete", id,
              "<x xmlns='jabber:x:data' type='submit'><field var='request'><value> </value>"
              "</field></x>");
    assert_int_equal(x->stanzas, 1);
    check_has(answer, " status='executing'");
    check_has(answer, "<note type='error'>the form's field \"request\" (Constraints) is empty");
    check_has(answer, "<x xmlns='jabber:x:data' type='form'>");
    answer = go_on(x, "complete", id,
                   "<x xmlns='jabber:x:data' type='submit'><field var='request'>"
                   "<value>replicationFactor 5</value></field></x>");
    check_has(answer, " status='completed'");
    free(id);
}

#define PART(number, text)                                                                     \
    IODATA("input", "<in><document " NS " type='text/turtle' part='" number "'>" text          \
                    "</document></in>")

/* A part that there was no room for does not stand in the document twice when it comes again.
 */
static void a_refused_part_may_come_again(void **state)
{
    struct exchange *x = *state;
    static char comment[3000];
    char second[4000];
    memset(comment, '#', sizeof comment - 1);
    comment[sizeof comment - 2] = '\n';
    snprintf(second, sizeof second, "%s%s%s",
             "<iodata xmlns='urn:xmpp:tmp:io-data' "
             "type='input'><in><document " NS " type='text/turtle' part='2'>.\n",
             comment, "</document></in></iodata>");
    const char *answer = ask(x, "set", USER1,
                             COMMAND("node='publish_resources'",
                                     PART("1", PREFIX "&lt;urn:c&gt; a :Cloud ; :cloudName "
                                                      "\"again\" ; :replicationFactor 5 ")));
    char *id = between(answer, "sessionid='", "'");
    x->settings.sessions.bytes_max = 2000;
    change_settings(x);
    check_has(go_on_with(x, "publish_resources", "next", id, second), "<resource-constraint ");
    x->settings.sessions.bytes_max = 0;
    change_settings(x);
    check_has(go_on_with(x, "publish_resources", "next", id, second), "2 parts");
    check_has(go_on_with(x, "publish_resources", "complete", id, ""), "outcome='new'");
    free(id);
}

/* A quick command's attempt that gives up leaves nothing behind; a worker begins anew. */
static void a_slow_attempt_is_left_to_a_worker(void **state)
{
    static const char request[] = "<constraints " NS " version='1'>" CONSTRAINT(
        "InterCloudStorageAccess", "NFS") "<any>" CONSTRAINT("tierCountries", "JAPAN")
        CONSTRAINT("tierCountries", "ATLANTIS") "</any></constraints>";
    struct exchange *x = *state;
    size_t queued, running;
    publish_clouds(x);
    x->idle_workers = true;
    execute(x, USER1, "constraint_catalog_resources", request);
    ic_service_go(x->service);
    assert_int_equal(x->stanzas, 1); /* without a worker */
    char *first = between(x->sent.data, " status=", "</command>");
    check_has(first, "<note type='warn'>");
    service_step_ms = IC_JOBS_ATTEMPT_MS;
    execute(x, USER1, "constraint_catalog_resources", request);
    ic_service_go(x->service);
    service_step_ms = 0;
    ic_service_go(x->service);
    ic_jobs_count(x->service->jobs, &queued, &running);
    assert_int_equal(x->stanzas, 0);
    assert_int_equal(queued, 1);
    assert_int_equal(running, 0);
    char *second = between(run_work(x), " status=", "</command>");
    assert_int_equal(x->stanzas, 1);
    assert_string_equal(first, second);
    free(first);
    free(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_are_the_whole_answer),
        TEST(pages_can_be_had_again),
        TEST(a_table_is_paged_too),
        TEST(ends_what_nobody_asks_for),
        TEST(bounds_sessions),
        TEST(bounds_what_sessions_keep),
        TEST(long_work_needs_a_session),
        TEST(what_waits_too_long_is_refused),
        TEST(a_slow_attempt_is_left_to_a_worker),
        TEST(refuses_when_the_queue_is_full),
        TEST(keeps_answers_while_the_outbox_is_full),
        TEST(a_flood_is_waited_for_by_turns),
        TEST(refuses_new_work_when_it_is_to_stop),
        TEST(a_refused_completion_keeps_the_parts),
        TEST(an_empty_form_comes_back),
        TEST(parts_are_bounded_in_sum),
        TEST(a_refused_part_may_come_again),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
