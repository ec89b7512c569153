/* SPDX-License-Identifier: Apache-2.0 */
/* A service on a catalog of its own, without threads, sockets or time: a stanza goes in, work
 * is done when the test says so, and what was sent is looked at. */
#ifndef SERVICE_FIXTURE_H
#define SERVICE_FIXTURE_H

#include "tests/unit/catalog_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xmpp-frontend/adhoc_internal.h"

#define JID "service.example.org"
#define USER1 "user@cloud1.org/gateway"
#define USER2 "user@cloud2.org/gateway"
#define ROOT "root@example.org/console"
#define NS "xmlns='http://www.csp/resOntology'"
#define TEXT(text)                                                                             \
    "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>" text "</text>"

enum { ANSWER_BYTES = 256 * 1024, PAYLOAD_BYTES = 2 * 1024 * 1024 };

struct exchange {
    struct fixture *fixture;
    struct ic_service *service;
    struct ic_roles *roles;
    struct ic_quotas *quotas;
    struct ic_settings settings;
    struct ic_buffer sent; /* since the last stanza went in */
    size_t stanzas;        /* that were sent since */
    bool outbox_full;
    bool idle_workers; /* what was asked stays queued until run_work */
};

static int64_t service_time_ms, service_step_ms; /* step: time that a look at it takes */

static inline int64_t service_now(void)
{
    return service_time_ms += service_step_ms;
}

static inline enum ic_status take_sent(void *context, const char *bytes, size_t length,
                                       struct ic_error *error)
{
    struct exchange *x = context;
    if (x->outbox_full)
        return ic_fail(error, IC_BUSY, "the outbox is full");
    ic_buffer_add(&x->sent, bytes, length);
    x->stanzas++;
    return IC_OK;
}

static inline void start_service(struct exchange *x)
{
    const struct ic_service_options options = {.catalog = x->fixture->catalog,
                                               .jid = JID,
                                               .roles = x->roles,
                                               .quotas = x->quotas,
                                               .settings = x->settings,
                                               .now_ms = service_now,
                                               .context = x,
                                               .send = take_sent};
    assert_int_equal(ic_service_new(&options, &x->service, NULL), IC_OK);
}

static inline void change_settings(struct exchange *x)
{
    ic_service_configure(x->service, x->roles, x->quotas, &x->settings);
}

static inline int setup(void **state)
{
    struct exchange *x = calloc(1, sizeof *x);
    void *fixture = NULL;
    assert_non_null(x);
    assert_int_equal(fixture_setup(&fixture), 0);
    x->fixture = fixture;
    x->roles = ic_roles_new();
    x->quotas = ic_quotas_new();
    ic_quotas_general(x->quotas)->sessions = 16;
    assert_int_equal(ic_roles_give(x->roles, IC_ROLE_PUBLISH, IC_ROLES_EVERYBODY, NULL), IC_OK);
    assert_int_equal(ic_roles_give(x->roles, IC_ROLE_ADMINISTER, "root@example.org", NULL),
                     IC_OK);
    x->settings = (struct ic_settings){.answer_bytes_max = ANSWER_BYTES,
                                       .lease_ms = DAY_MS,
                                       .match_timeout_ms = 10000,
                                       .jobs.workers = IC_JOBS_NO_WORKERS};
    ic_buffer_init(&x->sent, PAYLOAD_BYTES);
    service_time_ms = 1000000;
    service_step_ms = 0;
    start_service(x);
    *state = x;
    return 0;
}

static inline int teardown(void **state)
{
    struct exchange *x = *state;
    void *fixture = x->fixture;
    ic_service_free(x->service);
    ic_roles_free(x->roles);
    ic_quotas_free(x->quotas);
    ic_buffer_free(&x->sent);
    free(x);
    return fixture_teardown(&fixture);
}

/* Does what is queued; what was sent since the last stanza went in, "" for nothing. Borrowed
 * until then. */
static inline const char *run_work(struct exchange *x)
{
    ic_service_go(x->service);
    while (ic_jobs_run_one(x->service->jobs))
        continue;
    ic_service_finish(x->service);
    return x->sent.length ? x->sent.data : "";
}

/* Time passes; what was sent meanwhile. */
static inline const char *pass(struct exchange *x, int64_t ms)
{
    ic_buffer_truncate(&x->sent, 0);
    x->stanzas = 0;
    service_time_ms += ms;
    ic_service_tick(x->service);
    return x->sent.length ? x->sent.data : "";
}

/* The answer to a stanza, "" when there is none (yet); borrowed until the next one. */
static inline const char *send_stanza(struct exchange *x, const char *text)
{
    struct ic_stanza *stanza = NULL;
    struct ic_error error = {0};
    if (ic_stanza_parse(text, strlen(text), NULL, &stanza, &error) != IC_OK)
        fail_msg("%.200s: %s", text, error.text);
    ic_buffer_truncate(&x->sent, 0);
    x->stanzas = 0;
    ic_service_take(x->service, stanza);
    if (!x->idle_workers)
        run_work(x);
    return x->sent.length ? x->sent.data : "";
}

static inline const char *ask(struct exchange *x, const char *type, const char *from,
                              const char *payload)
{
    char *text = NULL;
    assert_true(asprintf(&text, "<iq type='%s' id='1' from='%s' to='" JID "'>%s</iq>", type,
                         from, payload) > 0);
    const char *answer = send_stanza(x, text);
    free(text);
    return answer;
}

static inline const char *execute(struct exchange *x, const char *from, const char *node,
                                  const char *input)
{
    char *text = NULL;
    assert_true(asprintf(&text,
                         "<command xmlns='http://jabber.org/protocol/commands' node='%s' "
                         "action='execute'><iodata xmlns='urn:xmpp:tmp:io-data' "
                         "type='input'><in>%s</in></iodata></command>",
                         node, input) > 0);
    const char *answer = ask(x, "set", from, text);
    free(text);
    return answer;
}

/* What stands between the first `before` and the next `after` in the answer. Owned: free. */
static inline char *between(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before);
    const char *end = start ? strstr(start + strlen(before), after) : NULL;
    if (!end)
        fail_msg("no %s...%s in: %.1000s", before, after, text);
    start += strlen(before);
    return strndup(start, (size_t)(end - start));
}

static inline char *output(const char *answer)
{
    return between(answer, "<out>", "</out>");
}

static inline void check_has(const char *answer, const char *part)
{
    if (!strstr(answer, part))
        fail_msg("no %s in: %.1000s", part, answer);
}

/* ---- validating ---- */

static inline void check_valid(const struct ic_schema *schema, const char *document)
{
    char path[] = "/tmp/test-commands-XXXXXX", schema_path[200];
    const int fd = mkstemp(path);
    snprintf(schema_path, sizeof schema_path, "xmpp-frontend/schemas/%s", schema->file);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, document, strlen(document)), (ssize_t)strlen(document));
    close(fd);
    const pid_t child = fork();
    if (child == 0) {
        execlp("xmllint", "xmllint", "--noout", "--nonet", "--schema", schema_path, path,
               (char *)NULL);
        _exit(127);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(path);
    if (status != 0)
        fail_msg("not valid by %s: %s", schema->file, document);
}

/* Executes with valid input, checks that the output is valid too, and returns it. Owned: free.
 */
static inline char *execute_valid(struct exchange *x, const char *from, const char *node,
                                  const char *input)
{
    const struct ic_adhoc_command *command = ic_adhoc_find(node);
    assert_non_null(command);
    check_valid(command->input, input);
    const char *answer = execute(x, from, node, input);
    check_has(answer, " status='completed'");
    char *out = output(answer);
    check_valid(command->output, out);
    return out;
}

/* ---- clouds ---- */

#define CAPABILITY(attribute, value)                                                           \
    "<capability><attribute>" attribute "</attribute><value>" value "</value></capability>"
#define GOOD_CLOUD                                                                             \
    CAPABILITY("availabilityQuantity", "99.999")                                               \
    CAPABILITY("replicationFactor", "5")                                                       \
    CAPABILITY("tierCountries", "JAPAN")                                                       \
    CAPABILITY("StorageReplicationMethod", "AMQP")                                             \
    CAPABILITY("InterCloudStorageAccess", "NFS")
#define ADVERTISEMENT(name, capabilities)                                                      \
    "<advertisement " NS "><cloudName>" name "</cloudName>" capabilities "</advertisement>"

#define DOCUMENT(type, text) "<document " NS " type='" type "'>" text "</document>"
#define PREFIX "@prefix : &lt;http://www.csp/resOntology#&gt; .\n"

#define CONSTRAINT(attribute, value)                                                           \
    "<constraint><attribute>" attribute "</attribute><value>" value "</value></constraint>"
#define PAPER                                                                                  \
    "<constraints " NS ">\n" CONSTRAINT("availabilityQuantity ", "99.999")                     \
        CONSTRAINT("replicationFactor", "5") CONSTRAINT("tierCountries", "JAPAN")              \
            CONSTRAINT("StorageReplicationMethod\n        ", "AMQP")                           \
                CONSTRAINT("InterCloudStorageAccess", "NFS") "</constraints>"
#define ANY_STORAGE(attributes, more)                                                          \
    "<constraints " NS " " attributes ">" CONSTRAINT("InterCloudStorageAccess", "NFS") more    \
        "</constraints>"

static inline void publish(struct exchange *x, const char *from, const char *advertisement)
{
    free(execute_valid(x, from, "publish_resources", advertisement));
}

static inline void publish_clouds(struct exchange *x)
{
    publish(x, USER1,
            ADVERTISEMENT("cloud1", CAPABILITY("availabilityQuantity", "99.9")
                                        CAPABILITY("InterCloudStorageAccess", "NFS")));
    publish(x, USER2, ADVERTISEMENT("cloud2", GOOD_CLOUD));
    publish(x, "user@cloud5.org", ADVERTISEMENT("cloud5", GOOD_CLOUD));
}

/* As many clouds as are wanted, with replicationFactor 5. Owned: ic_buffer_free. */
static inline void many_clouds(struct ic_buffer *input, int count)
{
    ic_buffer_init(input, PAYLOAD_BYTES);
    ic_buffer_text(input, "<document " NS " type='text/turtle'>" PREFIX);
    for (int i = 0; i < count; i++)
        ic_buffer_format(input,
                         "&lt;urn:c%d&gt; a :Cloud ; :cloudName \"cloud%03d\" ; "
                         ":replicationFactor 5 .\n",
                         i, i);
    ic_buffer_text(input, "</document>");
    assert_int_equal(input->status, IC_OK);
}

#define COMMAND(attributes, content)                                                           \
    "<command xmlns='http://jabber.org/protocol/commands' " attributes ">" content "</"        \
    "command>"
#define NODE "node='constraint_catalog_resources' "
#define IODATA(type, content)                                                                  \
    "<iodata xmlns='urn:xmpp:tmp:io-data' type='" type "'>" content "</iodata>"

#endif
