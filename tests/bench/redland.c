/* SPDX-License-Identifier: Apache-2.0 */
/* Stock Redland on the benches' data: librdf's "hashes" storage in Berkeley DB, as a program
 * that uses no catalog would have it. Figures go to standard output as JSON.
 *
 *     bench-redland load DIR FILE.nt
 *     bench-redland query DIR SECONDS QUERY.rq...        each until it took so many seconds */
#include <librdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

enum { QUERY_BYTES_MAX = 65536 };

struct redland {
    librdf_world *world;
    librdf_storage *storage;
    librdf_model *model;
};

static void redland_open(struct redland *r, const char *directory, bool new)
{
    char options[1024];
    snprintf(options, sizeof options, "hash-type='bdb',dir='%s',new='%s',contexts='no'",
             directory, new ? "yes" : "no");
    r->world = librdf_new_world();
    librdf_world_open(r->world);
    r->storage = librdf_new_storage(r->world, "hashes", "bench", options);
    r->model = r->storage ? librdf_new_model(r->world, r->storage, NULL) : NULL;
    if (!r->model)
        bench_die("librdf cannot open %s", directory);
}

static void redland_close(struct redland *r)
{
    librdf_free_model(r->model);
    librdf_free_storage(r->storage);
    librdf_free_world(r->world);
}

static void load(const char *directory, const char *path)
{
    struct redland r;
    struct bench_moment start = bench_moment(CLOCK_PROCESS_CPUTIME_ID);
    redland_open(&r, directory, true);
    librdf_parser *parser = librdf_new_parser(r.world, "ntriples", NULL, NULL);
    librdf_uri *uri = librdf_new_uri_from_filename(r.world, path);
    if (!parser || !uri || librdf_parser_parse_into_model(parser, uri, uri, r.model) != 0)
        bench_die("librdf cannot load %s", path);
    librdf_free_uri(uri);
    librdf_free_parser(parser);
    redland_close(&r);
    struct bench_moment took = bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID));
    bench_figure_begin("redland-load");
    bench_figure_number("seconds", (double)took.wall_ns / 1e9);
    bench_figure_number("cpu_seconds", (double)took.cpu_ns / 1e9);
    bench_figure_count("peak_kib", bench_status_kib("VmHWM"));
    bench_figure_end();
}

/* Rows of a query, each with its first value read. */
static size_t run(const struct redland *r, const char *text)
{
    size_t rows = 0;
    librdf_query *query =
        librdf_new_query(r->world, "sparql", NULL, (const unsigned char *)text, NULL);
    librdf_query_results *results = query ? librdf_query_execute(query, r->model) : NULL;
    if (!results)
        bench_die("librdf does not run %s", text);
    for (; !librdf_query_results_finished(results); librdf_query_results_next(results)) {
        librdf_node *value = librdf_query_results_get_binding_value(results, 0);
        rows += value != NULL;
        librdf_free_node(value);
    }
    librdf_free_query_results(results);
    librdf_free_query(query);
    return rows;
}

static void read_query(const char *path, char *text)
{
    FILE *in = fopen(path, "re");
    size_t length = in ? fread(text, 1, QUERY_BYTES_MAX - 1, in) : 0;
    if (!in || ferror(in) || !feof(in))
        bench_die("cannot read %s", path);
    text[length] = '\0';
    fclose(in);
}

static void measure(const struct redland *r, const char *path, double seconds)
{
    static char text[QUERY_BYTES_MAX];
    struct bench_samples samples = {0};
    size_t rows = 0;
    read_query(path, text);
    const char *base = strrchr(path, '/');
    char name[64];
    snprintf(name, sizeof name, "redland-%.*s", (int)strcspn(base ? base + 1 : path, "."),
             base ? base + 1 : path);
    uint64_t begin = bench_clock_ns(CLOCK_MONOTONIC);
    do {
        struct bench_moment start = bench_moment(CLOCK_PROCESS_CPUTIME_ID);
        rows = run(r, text);
        bench_sample(&samples, bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID)));
    } while ((double)(bench_clock_ns(CLOCK_MONOTONIC) - begin) < seconds * 1e9);
    bench_figure_begin(name);
    bench_figure_samples(&samples);
    bench_figure_count("rows", rows);
    bench_figure_count("peak_kib", bench_status_kib("VmHWM"));
    bench_figure_end();
    bench_samples_free(&samples);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "load") == 0) {
        load(argv[2], argv[3]);
        return 0;
    }
    if (argc >= 5 && strcmp(argv[1], "query") == 0) {
        struct redland r;
        redland_open(&r, argv[2], false);
        for (int i = 4; i < argc; i++)
            measure(&r, argv[i], strtod(argv[3], NULL));
        redland_close(&r);
        return 0;
    }
    fputs("usage: bench-redland load DIR FILE.nt | query DIR SECONDS QUERY.rq...\n", stderr);
    return 2;
}
