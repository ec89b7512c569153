/* SPDX-License-Identifier: Apache-2.0 */
/* bench PART DIR SET CLOUDS SECONDS [FIGURE...]: measures a catalog that holds the clouds of a
 * set, in this process, through the public interface. Figures go to standard output as JSON,
 * one object a line. tests/bench/run.py says which, in which order. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"

static const struct {
    const char *name;
    int (*run)(const struct bench_options *options);
} parts[] = {
    {"requests", bench_requests},
    {"queries", bench_queries},
    {"opening", bench_opening},
    {"crashed", bench_crashed},
    {"first-answer", bench_first_answer},
    {"memory", bench_memory},
    {"publish", bench_publish},
    {"mixed", bench_mixed},
    {"publish-for-ever", bench_publish_for_ever},
};

bool bench_wanted(const struct bench_options *options, const char *name)
{
    const char *const *wanted = options->names;
    if (!*wanted)
        return true;
    while (*wanted && strcmp(*wanted, name) != 0)
        wanted++;
    return *wanted != NULL;
}

struct ic_catalog *bench_open(const char *directory)
{
    struct ic_catalog_options options = {.directory = directory};
    struct ic_catalog *catalog = NULL;
    struct ic_error error = {0};
    if (ic_catalog_open(&options, &catalog, &error) != IC_OK)
        bench_die("%s: %s", directory, error.text);
    return catalog;
}

struct ic_answer *bench_match(struct ic_catalog *catalog, const char *text)
{
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    struct ic_error error = {0};
    struct ic_match_options options = {0};
    enum ic_status status = ic_request_parse("request", &text, 1, &request, &error);
    if (status == IC_OK)
        status = ic_catalog_match(catalog, request, &options, &answer, &error);
    ic_request_free(request);
    if (status != IC_OK)
        bench_die("%s: %s", text, error.text);
    return answer;
}

int main(int argc, char **argv)
{
    struct bench_options options = {0};
    char *end = NULL;
    if (argc >= 6 && bench_set_named(argv[3], &options.set)) {
        options.directory = argv[2];
        options.clouds = strtoull(argv[4], &end, 10);
        options.seconds = strtod(argv[5], NULL);
        options.names = (const char *const *)argv + 6;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (strcmp(parts[i].name, argv[1]) == 0 && options.clouds && !*end)
                return parts[i].run(&options);
    }
    fputs("usage: bench PART DIR plain|offers CLOUDS SECONDS [FIGURE...]\nparts:", stderr);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        fprintf(stderr, " %s", parts[i].name);
    fputc('\n', stderr);
    return 2;
}
