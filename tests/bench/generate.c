/* SPDX-License-Identifier: Apache-2.0 */
/* bench-generate SET CLOUDS: writes the clouds of a set as N-Triples to standard output and
 * what the paper's queries must find in them, as JSON, to standard error. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "requests.h"

struct output {
    uint64_t statements;
    uint64_t rows[BENCH_SHAPES];
    const struct bench_request *asked;
    uint64_t last[BENCH_SHAPES]; /* the cloud counted last, plus one */
};

static void write_fact(void *context, const struct bench_fact *fact)
{
    struct output *output = context;
    output->statements++;
    putc_unlocked('<', stdout);
    fputs_unlocked(fact->subject, stdout);
    fputs_unlocked(fact->property ? "> <" BENCH_NAMESPACE : "> <" BENCH_RDF_TYPE, stdout);
    if (fact->property)
        fputs_unlocked(fact->property, stdout);
    fputs_unlocked(fact->kind == BENCH_IRI ? "> <" : "> \"", stdout);
    fputs_unlocked(fact->value, stdout);
    const char *datatype = bench_datatype(fact->kind);
    if (datatype) {
        fputs_unlocked("\"^^<", stdout);
        fputs_unlocked(datatype, stdout);
    }
    fputs_unlocked(datatype || fact->kind == BENCH_IRI ? "> .\n" : "\" .\n", stdout);
}

/* A cloud counts once, however many of its offers match; q4 has a row for each offer, of which
 * it shows a page. */
static void count_offer(void *context, uint64_t cloud, const struct bench_offer *offer)
{
    struct output *output = context;
    for (int shape = 0; shape < BENCH_SHAPES; shape++) {
        bool counts = shape == BENCH_Q4 ? output->rows[shape] < BENCH_PAGE
                                        : output->last[shape] != cloud + 1;
        if (counts && bench_meets(offer, &output->asked[shape].want)) {
            output->last[shape] = cloud + 1;
            output->rows[shape]++;
        }
    }
}

int main(int argc, char **argv)
{
    enum bench_set set;
    char *end = NULL;
    unsigned long long clouds = argc == 3 ? strtoull(argv[2], &end, 10) : 0;
    if (argc != 3 || !bench_set_named(argv[1], &set) || *end || !clouds) {
        fputs("usage: bench-generate plain|offers CLOUDS\n", stderr);
        return 2;
    }
    static char buffer[1 << 20];
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    struct bench_request asked[BENCH_SHAPES];
    for (int shape = 0; shape < BENCH_SHAPES; shape++)
        bench_request_paper((enum bench_shape)shape, &asked[shape]);
    struct output output = {.asked = asked};
    struct bench_sink sink = {&output, write_fact, count_offer};
    for (uint64_t i = 0; i < clouds; i++)
        bench_draw(set, i, 0, &sink);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "bench-generate: standard output: %s\n", strerror(errno));
        return 1;
    }
    fprintf(stderr, "{\"clouds\": %llu, \"statements\": %llu", clouds,
            (unsigned long long)output.statements);
    for (int shape = 0; shape < BENCH_SHAPES; shape++)
        fprintf(stderr, ", \"%s\": %llu", bench_shape_name((enum bench_shape)shape),
                (unsigned long long)output.rows[shape]);
    fputs("}\n", stderr);
    return 0;
}
