/* SPDX-License-Identifier: Apache-2.0 */
/* Both ends of the exchange's bench, on the exchange's own stream code: a component that
 * answers every request with a fixed stanza, and one that asks as many accounts would.
 *
 *     bench-xmpp echo  JID PORT SECRET_FILE BYTES
 *     bench-xmpp load  JID PORT SECRET_FILE TARGET SECONDS in-flight N [ACCOUNTS [QUERY]]
 *     bench-xmpp load  JID PORT SECRET_FILE TARGET SECONDS rate N [ACCOUNTS [QUERY]]
 *
 * The echo shows what server, stream and loop cost alone; the exchange is compared with it. In
 * `in-flight` a request goes out for each answer that comes in; in `rate` they go out by the
 * clock, and a late answer delays nothing. With QUERY, all ask that in SPARQL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/request.h"
#include "measure.h"
#include "requests.h"
#include "xmpp-frontend/component.h"
#include "xmpp-frontend/secret.h"
#include "xmpp-frontend/stanza.h"

enum {
    ACCOUNTS = 64,     /* that ask, unless said otherwise */
    WARM_MS = 1000,    /* not measured */
    SAMPLED = 1000,    /* answers whose size is looked at */
    PENDING = 1 << 16, /* requests that may be on their way */
    STANZA_BYTES = 4096,
    DRAIN_MS = 5000
};

struct bench {
    const char *jid, *target;
    struct ic_loop *loop;
    struct ic_component *component;
    struct ic_buffer echo; /* what is between the tags of an answer */
    /* load */
    const char *node;
    char *requests[BENCH_REQUESTS];
    size_t accounts, in_flight, on_the_way, sent, answered, errors, late, sampled;
    double rate;
    uint64_t began_ns, end_ns, sampled_bytes;
    uint64_t sent_ns[PENDING];
    struct bench_samples samples;
    struct ic_timer timer;
    bool measuring, over;
};

static uint64_t now_ns(void)
{
    return bench_clock_ns(CLOCK_MONOTONIC);
}

/* ---- echo ---- */

static void answer(struct bench *bench, const struct ic_stanza *stanza)
{
    const struct ic_element *element = stanza->element;
    struct ic_buffer buffer;
    const char *type = ic_element_attribute(element, "type");
    if (strcmp(element->name, "iq") != 0 || !type || strcmp(type, "result") == 0 ||
        strcmp(type, "error") == 0)
        return;
    ic_buffer_init(&buffer, 1024 * 1024);
    ic_buffer_text(&buffer, "<iq type='result'");
    ic_buffer_attribute(&buffer, "from", ic_element_attribute(element, "to"));
    ic_buffer_attribute(&buffer, "to", ic_element_attribute(element, "from"));
    ic_buffer_attribute(&buffer, "id", ic_element_attribute(element, "id"));
    ic_buffer_text(&buffer, ">");
    ic_buffer_add(&buffer, bench->echo.data, bench->echo.length);
    ic_buffer_text(&buffer, "</iq>");
    if (ic_component_send(bench->component, buffer.data, buffer.length, NULL) != IC_OK)
        bench->errors++;
    ic_buffer_free(&buffer);
}

/* As many elements as an answer of that size has: servers take their time for each. */
static void make_echo(struct bench *bench, size_t bytes)
{
    static const char before[] =
        "<command xmlns='http://jabber.org/protocol/commands' "
        "node='constraint_catalog_resources' sessionid='RPC-SESSION-0000001' "
        "status='completed'><iodata xmlns='urn:xmpp:tmp:io-data' type='output'><out>"
        "<matchingClouds xmlns='http://www.csp/resOntology'>";
    static const char after[] = "</matchingClouds></out></iodata></command>";
    ic_buffer_init(&bench->echo, bytes + sizeof before + sizeof after + 64);
    ic_buffer_text(&bench->echo, before);
    for (unsigned i = 10000; bench->echo.length + strlen(after) < bytes; i++)
        ic_buffer_format(&bench->echo, "<cloudName>cloud%u</cloudName>", i);
    ic_buffer_text(&bench->echo, after);
}

/* ---- load ---- */

static void draw_requests(struct bench *bench)
{
    for (unsigned i = 0; i < BENCH_REQUESTS; i++) {
        struct bench_request drawn;
        struct ic_request *request = NULL;
        struct ic_error error = {0};
        size_t length = 0;
        bench_request_draw(BENCH_PLAIN, BENCH_Q1, false, i, &drawn);
        const char *text = drawn.text;
        if (ic_request_parse("request", &text, 1, &request, &error) != IC_OK)
            bench_die("%s: %s", text, error.text);
        FILE *out = open_memstream(&bench->requests[i], &length);
        if (!out || ic_request_write_xml(request, out) != IC_OK || fclose(out) != 0)
            bench_die("request %u cannot be written", i);
        ic_request_free(request);
    }
}

/* The same for all. */
static void take_query(struct bench *bench, const char *query)
{
    struct ic_buffer buffer;
    ic_buffer_init(&buffer, STANZA_BYTES);
    ic_buffer_text(&buffer, "<query xmlns='" IC_NS_PAYLOAD "'>");
    ic_buffer_escape(&buffer, query, strlen(query));
    ic_buffer_text(&buffer, "</query>");
    if (buffer.status != IC_OK)
        bench_die("the query is too long");
    bench->node = "sparql_query";
    for (size_t i = 0; i < BENCH_REQUESTS; i++)
        bench->requests[i] = strdup(buffer.data);
    ic_buffer_free(&buffer);
}

static void ask(struct bench *bench)
{
    struct ic_buffer buffer;
    const size_t number = bench->sent++;
    ic_buffer_init(&buffer, STANZA_BYTES);
    ic_buffer_format(&buffer, "<iq type='set' id='%zu' from='user%zu@%s/x' to='%s'>", number,
                     number % bench->accounts, bench->jid, bench->target);
    ic_buffer_text(&buffer, "<command xmlns='http://jabber.org/protocol/commands'");
    ic_buffer_attribute(&buffer, "node", bench->node);
    ic_buffer_text(&buffer, "><iodata xmlns='urn:xmpp:tmp:io-data' type='input'><in>");
    ic_buffer_text(&buffer, bench->requests[number % BENCH_REQUESTS]);
    ic_buffer_text(&buffer, "</in></iodata></command></iq>");
    if (buffer.status != IC_OK)
        bench_die("a request is too long");
    bench->sent_ns[number % PENDING] = now_ns();
    if (ic_component_send(bench->component, buffer.data, buffer.length, NULL) == IC_OK)
        bench->on_the_way++;
    else
        bench->late++;
    ic_buffer_free(&buffer);
}

static void take_answer(struct bench *bench, const struct ic_stanza *stanza)
{
    const char *id = ic_element_attribute(stanza->element, "id");
    const char *type = ic_element_attribute(stanza->element, "type");
    const uint64_t at = now_ns();
    if (!id || !type || strcmp(stanza->element->name, "iq") != 0)
        return;
    bench->on_the_way--;
    if (strcmp(type, "result") != 0) {
        bench->errors++;
    } else if (bench->measuring && at < bench->end_ns) {
        const size_t number = strtoul(id, NULL, 10);
        bench->answered++;
        bench_sample(&bench->samples,
                     (struct bench_moment){.wall_ns = at - bench->sent_ns[number % PENDING]});
        if (bench->sampled < SAMPLED) {
            struct ic_buffer size;
            ic_buffer_init(&size, 1024 * 1024);
            ic_element_write(ic_element_first(stanza->element), &size);
            bench->sampled_bytes += size.length;
            bench->sampled++;
            ic_buffer_free(&size);
        }
    }
    if (!bench->over && bench->in_flight)
        ask(bench);
}

static void report(struct bench *bench)
{
    const double seconds = (double)(bench->end_ns - bench->began_ns) / 1e9;
    bench_figure_begin(bench->in_flight ? "in-flight" : "rate");
    bench_figure_count("in_flight", bench->in_flight);
    bench_figure_number("asked_per_second", bench->rate);
    bench_figure_number("answered_per_second", (double)bench->answered / seconds);
    bench_figure_count("errors", bench->errors);
    bench_figure_count("not_sent", bench->late);
    bench_figure_count("unanswered", bench->on_the_way);
    bench_figure_count("answer_bytes",
                       bench->sampled ? bench->sampled_bytes / bench->sampled : 0);
    bench_figure_samples(&bench->samples);
    bench_figure_end();
}

/* Runs every millisecond. */
static void tick(void *context)
{
    struct bench *bench = context;
    const uint64_t at = now_ns();
    if (!bench->measuring && at >= bench->began_ns) {
        bench->measuring = true;
        puts("measuring");
        fflush(stdout);
    }
    if (at >= bench->end_ns && !bench->over) {
        bench->over = true;
        puts("measured");
        fflush(stdout);
    }
    if (bench->over &&
        (bench->on_the_way == 0 || at >= bench->end_ns + DRAIN_MS * UINT64_C(1000000))) {
        report(bench);
        ic_loop_stop(bench->loop);
        return;
    }
    if (!bench->over && bench->rate > 0) {
        const uint64_t start_ns = bench->began_ns - WARM_MS * UINT64_C(1000000);
        const double due = (double)(at - start_ns) / 1e9 * bench->rate;
        ic_component_cork(bench->component);
        while ((double)bench->sent < due)
            ask(bench);
        ic_component_uncork(bench->component);
    }
    ic_loop_start_timer(bench->loop, &bench->timer, 1);
}

/* ---- both ---- */

static void on_stanza(void *context, struct ic_stanza *stanza)
{
    struct bench *bench = context;
    if (bench->target)
        take_answer(bench, stanza);
    else
        answer(bench, stanza);
    ic_stanza_free(stanza);
}

static void on_change(void *context, enum ic_component_state state)
{
    struct bench *bench = context;
    if (state != IC_COMPONENT_UP)
        return;
    puts("ready");
    fflush(stdout);
    if (!bench->target)
        return;
    const uint64_t seconds_ns = bench->end_ns;
    bench->began_ns = now_ns() + WARM_MS * UINT64_C(1000000);
    bench->end_ns = bench->began_ns + seconds_ns;
    for (size_t i = 0; i < bench->in_flight; i++)
        ask(bench);
    bench->timer = (struct ic_timer){.expired = tick, .context = bench};
    ic_loop_start_timer(bench->loop, &bench->timer, 1);
}

static void run(struct bench *bench, const char *port, const char *secret_file)
{
    struct ic_error error = {0};
    char *secret = NULL;
    if (ic_secret_read(secret_file, &secret, &error) != IC_OK)
        bench_die("%s", error.text);
    const struct ic_component_options options = {.jid = bench->jid,
                                                 .server = "127.0.0.1",
                                                 .port = (unsigned)strtoul(port, NULL, 10),
                                                 .secret = secret,
                                                 .outbox_bytes_max = 64 * 1024 * 1024,
                                                 .context = bench,
                                                 .stanza = on_stanza,
                                                 .changed = on_change};
    if (ic_loop_new(&bench->loop, &error) != IC_OK ||
        ic_component_new(bench->loop, &options, &bench->component, &error) != IC_OK)
        bench_die("%s", error.text);
    ic_secret_free(secret);
    ic_component_start(bench->component);
    if (ic_loop_run(bench->loop, &error) != IC_OK)
        bench_die("%s", error.text);
    ic_component_free(bench->component);
    ic_loop_free(bench->loop);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    const bool echo = argc == 6 && strcmp(argv[1], "echo") == 0;
    const bool load = argc >= 9 && argc <= 11 && strcmp(argv[1], "load") == 0;
    if (!echo && !load)
        bench_die("usage: bench-xmpp echo JID PORT SECRET_FILE BYTES | load JID PORT "
                  "SECRET_FILE TARGET SECONDS in-flight|rate N [ACCOUNTS [QUERY]]");
    bench.jid = argv[2];
    if (echo) {
        make_echo(&bench, strtoul(argv[5], NULL, 10));
    } else {
        bench.target = argv[5];
        bench.end_ns = strtoul(argv[6], NULL, 10) * UINT64_C(1000000000);
        if (strcmp(argv[7], "rate") == 0)
            bench.rate = strtod(argv[8], NULL);
        else
            bench.in_flight = strtoul(argv[8], NULL, 10);
        bench.accounts = argc > 9 ? strtoul(argv[9], NULL, 10) : ACCOUNTS;
        bench.node = "constraint_catalog_resources";
        if (argc > 10)
            take_query(&bench, argv[10]);
        else
            draw_requests(&bench);
    }
    run(&bench, argv[3], argv[4]);
    for (size_t i = 0; i < BENCH_REQUESTS; i++)
        free(bench.requests[i]);
    bench_samples_free(&bench.samples);
    ic_buffer_free(&bench.echo);
    return 0;
}
