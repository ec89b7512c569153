/* SPDX-License-Identifier: Apache-2.0 */
/* Durable publishes: clouds that the catalog has, all their values drawn anew. Only clouds with
 * odd numbers are published, so what the even ones answer stays known.
 *
 * Threads: each publisher has clouds of its own; they share the catalog and the time to stop.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "measure.h"
#include "population.h"

enum { PUBLISHERS = 8, READS_MAX = 100000 };

struct publisher {
    struct ic_catalog *catalog;
    const struct bench_options *options;
    unsigned index, threads;
    atomic_bool *stop;
    int acknowledge; /* a byte is written here for each publish; -1: nowhere */
    struct bench_samples samples;
    uint64_t statements;
    pthread_t thread;
};

static void add_fact(void *context, const struct bench_fact *fact)
{
    struct ic_document *document = context;
    char predicate[128];
    snprintf(predicate, sizeof predicate, "%s%s",
             fact->property ? BENCH_NAMESPACE : BENCH_RDF_TYPE,
             fact->property ? fact->property : "");
    struct ic_term s = ic_term_iri(fact->subject), p = ic_term_iri(predicate);
    struct ic_term o = fact->kind == BENCH_IRI
                           ? ic_term_iri(fact->value)
                           : ic_term_literal(fact->value, bench_datatype(fact->kind));
    struct ic_error error = {0};
    if (ic_document_add(document, &s, &p, &o, NULL, 0, &error) != IC_OK)
        bench_die("%s", error.text);
}

/* Publishes cloud `number`; returns how many statements it has. */
static size_t publish(struct ic_catalog *catalog, enum bench_set set, uint64_t number,
                      uint64_t redraw)
{
    struct ic_document *document = ic_document_new("bench", NULL);
    if (!document)
        bench_die("out of memory");
    struct bench_sink sink = {document, add_fact, NULL};
    bench_draw(set, number, redraw, &sink);
    struct ic_publish_options options = {.owner = IC_OWNER_ADMIN};
    struct ic_error error = {0};
    size_t statements;
    ic_document_statements(document, &statements);
    if (ic_catalog_publish(catalog, document, &options, NULL, NULL, &error) != IC_OK)
        bench_die("publishing cloud%llu: %s", (unsigned long long)number, error.text);
    ic_document_free(document);
    return statements;
}

static void *publish_until_stopped(void *context)
{
    struct publisher *me = context;
    /* Its own odd numbers: 2 * (k * threads + index) + 1. */
    unsigned own = (unsigned)(me->options->clouds / 2) / me->threads;
    struct bench_stream stream = {me->index + 1};
    do { /* at least once: a figure of nothing is no figure */
        uint64_t cloud =
            2 * ((uint64_t)bench_below(&stream, own) * me->threads + me->index) + 1;
        uint64_t redraw = bench_next(&stream) | 1;
        struct bench_moment start = bench_moment(CLOCK_THREAD_CPUTIME_ID);
        me->statements += publish(me->catalog, me->options->set, cloud, redraw);
        bench_sample(&me->samples, bench_between(start, bench_moment(CLOCK_THREAD_CPUTIME_ID)));
        if (me->acknowledge >= 0 && write(me->acknowledge, "+", 1) != 1)
            break;
    } while (!atomic_load(me->stop));
    return NULL;
}

/* So many that each has a cloud. */
static unsigned publishers_for(const struct bench_options *options, unsigned threads)
{
    unsigned odd = (unsigned)(options->clouds / 2);
    if (!odd)
        bench_die("a catalog with fewer than two clouds");
    return odd < threads ? odd : threads;
}

static void start_publishers(struct publisher *publishers, unsigned threads,
                             const struct bench_options *options, struct ic_catalog *catalog,
                             atomic_bool *stop, int acknowledge)
{
    atomic_store(stop, false);
    for (unsigned i = 0; i < threads; i++) {
        publishers[i] = (struct publisher){.catalog = catalog,
                                           .options = options,
                                           .index = i,
                                           .threads = threads,
                                           .stop = stop,
                                           .acknowledge = acknowledge};
        if (pthread_create(&publishers[i].thread, NULL, publish_until_stopped, &publishers[i]))
            bench_die("no thread");
    }
}

/* Waits for them; their samples together are in `all`. */
static uint64_t stop_publishers(struct publisher *publishers, unsigned threads,
                                atomic_bool *stop, struct bench_samples *all)
{
    uint64_t statements = 0;
    atomic_store(stop, true);
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(publishers[i].thread, NULL);
        bench_samples_add(all, &publishers[i].samples);
        statements += publishers[i].statements;
        bench_samples_free(&publishers[i].samples);
    }
    return statements;
}

static void sleep_seconds(double seconds)
{
    struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

static void measure(struct ic_catalog *catalog, const struct bench_options *options,
                    const char *name, unsigned threads)
{
    struct publisher publishers[PUBLISHERS];
    struct bench_samples all = {0};
    atomic_bool stop;
    threads = publishers_for(options, threads);
    uint64_t log = bench_log_position(options->directory), written = bench_written_bytes();
    struct bench_moment start = bench_moment(CLOCK_PROCESS_CPUTIME_ID);
    start_publishers(publishers, threads, options, catalog, &stop, -1);
    sleep_seconds(options->seconds);
    uint64_t statements = stop_publishers(publishers, threads, &stop, &all);
    struct bench_moment took = bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID));
    written = bench_written_bytes() - written;
    log = bench_log_position(options->directory) - log;
    double count = (double)all.count;
    bench_figure_begin(name);
    bench_figure_samples(&all);
    bench_figure_number("per_second", count / ((double)took.wall_ns / 1e9));
    bench_figure_number("statements_each", (double)statements / count);
    bench_figure_number("log_bytes_each", (double)log / count);
    bench_figure_number("written_bytes_each", (double)written / count);
    bench_figure_number("process_cpu_us_each", (double)took.cpu_ns / count / 1e3);
    bench_figure_end();
    bench_samples_free(&all);
}

int bench_publish(const struct bench_options *options)
{
    struct ic_catalog *catalog = bench_open(options->directory);
    if (bench_wanted(options, "publish-1"))
        measure(catalog, options, "publish-1", 1);
    if (bench_wanted(options, "publish-8"))
        measure(catalog, options, "publish-8", PUBLISHERS);
    ic_catalog_close(catalog);
    return 0;
}

/* Publishes with eight threads and writes a byte to standard output for each, until it is
 * killed, or until nobody reads those bytes. */
int bench_publish_for_ever(const struct bench_options *options)
{
    struct publisher publishers[PUBLISHERS];
    atomic_bool stop;
    struct ic_catalog *catalog = bench_open(options->directory);
    unsigned threads = publishers_for(options, PUBLISHERS);
    start_publishers(publishers, threads, options, catalog, &stop, STDOUT_FILENO);
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(publishers[i].thread, NULL);
        bench_samples_free(&publishers[i].samples);
    }
    ic_catalog_close(catalog);
    return 1;
}

/* Of the clouds with even numbers, the answer must be what it always was. */
static bool right(const struct bench_population *all, const struct bench_request *request,
                  const struct ic_answer *answer)
{
    struct bench_found found = {0}, expected = bench_expect(all, &request->want, true);
    for (size_t i = 0; i < answer->shown; i++) {
        uint64_t number = bench_cloud_number(answer->clouds[i].name);
        if (number % 2 == 0)
            bench_found_cloud(&found, number);
    }
    if (found.rows != expected.rows || found.mark != expected.mark)
        fprintf(stderr, "bench: %s: %zu clouds with even numbers, expected %zu\n",
                request->text, found.rows, expected.rows);
    return found.rows == expected.rows && found.mark == expected.mark;
}

int bench_mixed(const struct bench_options *options)
{
    struct publisher publishers[PUBLISHERS];
    struct bench_samples reads = {0}, writes = {0};
    struct bench_population all;
    atomic_bool stop;
    size_t wrong = 0, checked = 0;
    bench_population_draw(options->set, options->clouds, &all);
    struct ic_catalog *catalog = bench_open(options->directory);
    unsigned threads = publishers_for(options, PUBLISHERS);
    start_publishers(publishers, threads, options, catalog, &stop, -1);
    uint64_t begin = bench_clock_ns(CLOCK_MONOTONIC), elapsed = 0;
    for (unsigned i = 0; i < READS_MAX && (double)elapsed < options->seconds * 1e9; i++) {
        struct bench_request request;
        bench_request_draw(options->set, BENCH_Q1, false, i * 7919 % BENCH_REQUESTS, &request);
        struct bench_moment start = bench_moment(CLOCK_THREAD_CPUTIME_ID);
        struct ic_answer *answer = bench_match(catalog, request.text);
        bench_sample(&reads, bench_between(start, bench_moment(CLOCK_THREAD_CPUTIME_ID)));
        if (i % 100 == 0) { /* not each: it would leave the publishers little of a core */
            wrong += !right(&all, &request, answer);
            checked++;
        }
        ic_answer_free(answer);
        elapsed = bench_clock_ns(CLOCK_MONOTONIC) - begin;
    }
    stop_publishers(publishers, threads, &stop, &writes);
    bench_figure_begin("mixed");
    bench_figure_samples(&reads);
    bench_figure_number("publishes_per_second", (double)writes.count / ((double)elapsed / 1e9));
    bench_figure_count("checked", checked);
    bench_figure_count("wrong", wrong);
    bench_figure_end();
    ic_catalog_close(catalog);
    bench_samples_free(&reads);
    bench_samples_free(&writes);
    bench_population_free(&all);
    return wrong ? 1 : 0;
}
