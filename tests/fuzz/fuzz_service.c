/* SPDX-License-Identifier: Apache-2.0 */
/* The command layer: conversations as tests/unit/test_conversations.c describes them, of which
 * only what goes in counts. Whatever goes in, whoever asked gets one well-formed answer within
 * its limit and nobody else any; sessions and memory stay bounded, and nothing is left over.
 *
 * Each input has a service of its own; the catalog stays, with what was published. */
#include "tests/fuzz/fuzz.h"
#include "tests/unit/service_fixture.h"

/* Of the sanitizers' allocator; missing without one. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

/* rasqal's parser loses a graph pattern where a query is ill-formed. What is lost in all is
 * bounded by check_memory. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:librasqal.so\n";
}

enum {
    SHORT_ANSWER_BYTES = 24 * 1024,
    SESSIONS_MAX = 12,
    KEPT_BYTES_MAX = 512 * 1024,
    ASKED_MAX = 1024,
    WARM_INPUTS = 200, /* until the catalog's caches are what they will be */
    GROWTH_BYTES_MAX = 96 * 1024 * 1024
};

/* Who waits for an answer. */
struct asked {
    char *from, *id;
    bool answered;
};

struct conversation {
    struct exchange *x;
    struct asked asked[ASKED_MAX];
    size_t count;
};

/* ---- what comes out ---- */

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The oldest of those with this address and id whose answer is due. */
static void find_asker(struct conversation *c, const char *to, const char *id)
{
    for (size_t i = 0; i < c->count; i++)
        if (!c->asked[i].answered && same(c->asked[i].from, to) && same(c->asked[i].id, id)) {
            c->asked[i].answered = true;
            return;
        }
    FUZZ_CHECK(false, "an answer to %s, id %s, who waits for none", to, id ? id : "-");
}

static void check_message(const struct conversation *c, const struct ic_element *message)
{
    const char *to = ic_element_attribute(message, "to");
    const struct ic_element *command = ic_element_only(message);
    bool known = false;
    for (size_t i = 0; i < c->count; i++)
        known |= same(c->asked[i].from, to);
    FUZZ_CHECK(known, "a message to %s", to);
    FUZZ_CHECK(ic_element_is(command, IC_NS_COMMANDS, "command"), "not a command");
    FUZZ_CHECK(ic_element_attribute(command, "sessionid"), "no session");
}

static void check_sent(struct conversation *c, const char *bytes, size_t length)
{
    static const struct ic_xml_limits limits = {.bytes_max = 2 * SHORT_ANSWER_BYTES};
    struct ic_stanza *stanza = NULL;
    struct ic_error error = {0};
    FUZZ_CHECK(length <= SHORT_ANSWER_BYTES, "%zu bytes", length);
    const enum ic_status status = ic_stanza_parse(bytes, length, &limits, &stanza, &error);
    FUZZ_CHECK(status == IC_OK, "%s: %.*s", error.text, (int)length, bytes);
    const struct ic_element *element = stanza->element;
    const char *type = ic_element_attribute(element, "type");
    FUZZ_CHECK(ic_element_attribute(element, "from"), "no 'from': %.*s", (int)length, bytes);
    FUZZ_CHECK(ic_element_attribute(element, "to"), "no 'to': %.*s", (int)length, bytes);
    if (ic_element_is(element, IC_NS_COMPONENT, "message")) {
        check_message(c, element);
    } else {
        FUZZ_CHECK(ic_element_is(element, IC_NS_COMPONENT, "iq"), "<%s>", element->name);
        FUZZ_CHECK(same(type, "result") || same(type, "error"), "type %s", type);
        find_asker(c, ic_element_attribute(element, "to"), ic_element_attribute(element, "id"));
    }
    ic_stanza_free(stanza);
}

static enum ic_status take(void *context, const char *bytes, size_t length,
                           struct ic_error *error)
{
    struct conversation *c = context;
    if (c->x->outbox_full)
        return ic_fail(error, IC_BUSY, "the outbox is full");
    check_sent(c, bytes, length);
    return IC_OK;
}

/* ---- what goes in ---- */

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void note_asked(struct conversation *c, const struct ic_stanza *stanza)
{
    const struct ic_element *element = stanza->element;
    const char *type = ic_element_attribute(element, "type");
    const char *from = ic_element_attribute(element, "from");
    if (!from || !ic_element_is(element, IC_NS_COMPONENT, "iq") || same(type, "result") ||
        same(type, "error"))
        return;
    c->asked[c->count++] =
        (struct asked){.from = copy(from), .id = copy(ic_element_attribute(element, "id"))};
}

static void send_text(struct conversation *c, const char *text, size_t length)
{
    struct ic_stanza *stanza = NULL;
    if (c->count == ASKED_MAX || ic_stanza_parse(text, length, NULL, &stanza, NULL) != IC_OK)
        return;
    note_asked(c, stanza);
    ic_service_take(c->x->service, stanza);
    if (!c->x->idle_workers)
        run_work(c->x);
}

static void act(struct conversation *c, const char *line)
{
    struct exchange *x = c->x;
    if (strncmp(line, "---- work", 9) == 0)
        run_work(x);
    else if (strncmp(line, "---- idle", 9) == 0)
        x->idle_workers = true;
    else if (strncmp(line, "---- full", 9) == 0)
        x->outbox_full = !x->outbox_full;
    else if (strncmp(line, "---- pass ", 10) == 0)
        pass(x, (int64_t)(strtoul(line + 10, NULL, 10) % 100000));
}

/* Lines up to the next mark are one stanza. */
static void converse(struct conversation *c, char *text)
{
    struct ic_buffer stanza;
    bool inside = false;
    ic_buffer_init(&stanza, PAYLOAD_BYTES);
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        const bool mark = strncmp(line, "<<<<", 4) == 0 || strncmp(line, ">>>>", 4) == 0 ||
                          strncmp(line, "----", 4) == 0;
        if (inside && !mark) {
            ic_buffer_text(&stanza, line + strspn(line, " "));
            ic_buffer_text(&stanza, "\n");
        }
        if (inside && stanza.length && (mark || !next)) {
            send_text(c, stanza.data, stanza.length);
            ic_buffer_truncate(&stanza, 0);
        }
        if (mark)
            inside = *line == '>';
        if (mark && *line == '-')
            act(c, line);
        const size_t sessions = ic_sessions_count(c->x->service->sessions);
        FUZZ_CHECK(sessions <= SESSIONS_MAX, "%zu sessions", sessions);
    }
    ic_buffer_free(&stanza);
}

/* Everybody who asked has an answer, and what nobody asks for any more is gone. */
static void settle(struct conversation *c)
{
    struct exchange *x = c->x;
    x->outbox_full = false;
    ic_service_flush(x->service);
    run_work(x);
    pass(x, IC_SERVICE_TICK_MS);
    FUZZ_CHECK(ic_service_idle(x->service), "work is left over");
    for (size_t i = 0; i < c->count; i++) {
        FUZZ_CHECK(c->asked[i].answered, "%s, id %s, got no answer", c->asked[i].from,
                   c->asked[i].id ? c->asked[i].id : "-");
        free(c->asked[i].from);
        free(c->asked[i].id);
    }
    pass(x, 11 * 60 * 1000);
    const size_t sessions = ic_sessions_count(x->service->sessions);
    FUZZ_CHECK(sessions == 0, "%zu sessions are left over", sessions);
}

/* ---- the service ---- */

static struct exchange *shared;

static void end(void)
{
    void *state = shared;
    shared = NULL;
    teardown(&state);
}

static struct exchange *exchange(void)
{
    void *state = NULL;
    if (!shared && setup(&state) == 0) {
        shared = state;
        shared->settings.answer_bytes_max = SHORT_ANSWER_BYTES;
        shared->settings.publication_parts_max = 8;
        shared->settings.publication_bytes_max = 64 * 1024;
        shared->settings.sparql_timeout_ms = 200;
        shared->settings.match_timeout_ms = 1000;
        shared->settings.sparql_memory_max = 8 * 1024 * 1024;
        shared->settings.sessions = (struct ic_sessions_limits){.sessions_max = SESSIONS_MAX,
                                                                .bytes_max = KEPT_BYTES_MAX};
        atexit(end);
    }
    FUZZ_CHECK(shared, "no service");
    return shared;
}

static void restart(struct conversation *c)
{
    const struct exchange *x = c->x;
    const struct ic_service_options options = {.catalog = x->fixture->catalog,
                                               .jid = JID,
                                               .roles = x->roles,
                                               .settings = x->settings,
                                               .now_ms = service_now,
                                               .context = c,
                                               .send = take};
    ic_service_free(c->x->service);
    c->x->service = NULL;
    FUZZ_CHECK(ic_service_new(&options, &c->x->service, NULL) == IC_OK, "no service");
    c->x->idle_workers = false;
    c->x->outbox_full = false;
}

static void check_memory(void)
{
    static size_t inputs, first;
    if (!__sanitizer_get_current_allocated_bytes)
        return;
    const size_t bytes = __sanitizer_get_current_allocated_bytes();
    if (++inputs == WARM_INPUTS)
        first = bytes;
    FUZZ_CHECK(!first || bytes < first + GROWTH_BYTES_MAX,
               "%zu bytes, and %zu at the beginning", bytes, first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct conversation *c = calloc(1, sizeof *c);
    char *text = malloc(size + 1);
    FUZZ_CHECK(c && text, "memory is out");
    memcpy(text, data, size);
    text[size] = '\0';
    c->x = exchange();
    restart(c);
    converse(c, text);
    settle(c);
    check_memory();
    free(text);
    free(c);
    return 0;
}
