/* SPDX-License-Identifier: Apache-2.0 */
/* TinySPARQL in this process, measured: one JSON object a line on standard output.
 *
 *     bench-tinysparql load DIR ONTOLOGY FILE
 *     bench-tinysparql query DIR SECONDS QUERY.rq...     each until it took so many seconds */
#include <libtracker-sparql/tracker-sparql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { RUNS_MAX = 1000 };

struct times {
    double wall[RUNS_MAX], cpu[RUNS_MAX];
};

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void check(GError *error)
{
    if (error) {
        fprintf(stderr, "bench-tinysparql: %s\n", error->message);
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t run(TrackerSparqlConnection *connection, const char *query)
{
    GError *error = NULL;
    TrackerSparqlCursor *cursor =
        tracker_sparql_connection_query(connection, query, NULL, &error);
    check(error);
    size_t rows = 0;
    while (tracker_sparql_cursor_next(cursor, NULL, &error))
        rows += tracker_sparql_cursor_get_string(cursor, 0, NULL) != NULL;
    check(error);
    g_object_unref(cursor);
    return rows;
}

static void measure(TrackerSparqlConnection *connection, const char *path, double limit,
                    double started)
{
    static struct times times;
    gchar *query = NULL;
    GError *error = NULL;
    g_file_get_contents(path, &query, NULL, &error);
    check(error);
    double begin = seconds(CLOCK_MONOTONIC);
    double first = 0;
    size_t rows = 0, runs = 0;
    do {
        double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
        rows = run(connection, query);
        times.cpu[runs] = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        times.wall[runs++] = seconds(CLOCK_MONOTONIC) - wall;
        if (runs == 1)
            first = seconds(CLOCK_MONOTONIC) - started;
    } while (runs < RUNS_MAX && seconds(CLOCK_MONOTONIC) - begin < limit);
    qsort(times.wall, runs, sizeof(double), by_value);
    qsort(times.cpu, runs, sizeof(double), by_value);
    gchar *name = g_path_get_basename(path);
    printf("{\"query\": \"%.*s\", \"rows\": %zu, \"runs\": %zu, \"median_ms\": %.4f, "
           "\"min_ms\": %.4f, \"max_ms\": %.4f, \"cpu_ms\": %.4f, \"since_start_ms\": %.1f, "
           "\"peak_kib\": %ld}\n",
           (int)strcspn(name, "."), name, rows, runs, times.wall[runs / 2] * 1e3,
           times.wall[0] * 1e3, times.wall[runs - 1] * 1e3, times.cpu[runs / 2] * 1e3,
           first * 1e3, peak_kib());
    g_free(name);
    g_free(query);
}

static void load(TrackerSparqlConnection *connection, const char *path)
{
    GFile *file = g_file_new_for_path(path);
    gchar *uri = g_file_get_uri(file);
    gchar *update = g_strdup_printf("LOAD <%s>", uri);
    GError *error = NULL;
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    tracker_sparql_connection_update(connection, update, NULL, &error);
    check(error);
    printf("{\"load_s\": %.3f, \"load_cpu_s\": %.3f, \"peak_kib\": %ld}\n",
           seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
           peak_kib());
    g_free(update);
    g_free(uri);
    g_object_unref(file);
}

int main(int argc, char **argv)
{
    double started = seconds(CLOCK_MONOTONIC);
    bool loading = argc == 5 && strcmp(argv[1], "load") == 0;
    if (!loading && (argc < 5 || strcmp(argv[1], "query") != 0)) {
        fputs("usage: bench-tinysparql load DIR ONTOLOGY FILE | query DIR SECONDS QUERY...\n",
              stderr);
        return 2;
    }
    GError *error = NULL;
    GFile *store = g_file_new_for_path(argv[2]);
    GFile *ontology = loading ? g_file_new_for_path(argv[3]) : NULL;
    TrackerSparqlConnection *connection =
        tracker_sparql_connection_new(loading ? TRACKER_SPARQL_CONNECTION_FLAGS_NONE
                                              : TRACKER_SPARQL_CONNECTION_FLAGS_READONLY,
                                      store, ontology, NULL, &error);
    check(error);
    if (loading)
        load(connection, argv[4]);
    for (int i = 4; !loading && i < argc; i++)
        measure(connection, argv[i], strtod(argv[3], NULL), started);
    g_object_unref(connection);
    g_clear_object(&ontology);
    g_object_unref(store);
    return 0;
}
