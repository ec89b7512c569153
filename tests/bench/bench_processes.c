/* SPDX-License-Identifier: Apache-2.0 */
/* New processes: how long from starting one to its first answer, after the catalog was closed
 * properly and after its owner was killed while eight threads published. */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "measure.h"

enum { OPENINGS = 20, CRASHES = 5, ACKNOWLEDGED_MAX = 4000 };

/* What the new process says of itself, over the pipe that is its standard output. */
struct first_answer {
    uint64_t open_ns, answer_ns;
    size_t rows;
};

/* Starts this program again for `part`, its standard output a pipe, whose end is *output. */
static pid_t start(const struct bench_options *options, const char *part, int *output)
{
    char clouds[24];
    int ends[2];
    snprintf(clouds, sizeof clouds, "%zu", options->clouds);
    const char *set = options->set == BENCH_PLAIN ? "plain" : "offers";
    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("no pipe");
    pid_t child = fork();
    if (child < 0)
        bench_die("no process");
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl("/proc/self/exe", "bench", part, options->directory, set, clouds, "0",
              (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}

/* A q1 whose number is the process's own, so that each asks another. */
int bench_first_answer(const struct bench_options *options)
{
    struct bench_request request;
    bench_request_draw(options->set, BENCH_Q1, false, (unsigned)getpid() % BENCH_REQUESTS,
                       &request);
    struct first_answer told = {0};
    uint64_t begin = bench_clock_ns(CLOCK_MONOTONIC);
    struct ic_catalog *catalog = bench_open(options->directory);
    uint64_t opened = bench_clock_ns(CLOCK_MONOTONIC);
    struct ic_answer *answer = bench_match(catalog, request.text);
    told.open_ns = opened - begin;
    told.answer_ns = bench_clock_ns(CLOCK_MONOTONIC) - opened;
    told.rows = answer->matched;
    if (write(STDOUT_FILENO, &told, sizeof told) != sizeof told)
        bench_die("standard output is closed");
    ic_answer_free(answer);
    ic_catalog_close(catalog);
    return 0;
}

/* One new process: `total` what it took here, from fork to its answer, with its CPU time until
 * it ended; `open` the part that opening took. */
static void measure_first(const struct bench_options *options, struct bench_samples *total,
                          struct bench_samples *opening)
{
    struct first_answer told = {0};
    int output, status;
    uint64_t begin = bench_clock_ns(CLOCK_MONOTONIC);
    pid_t child = start(options, "first-answer", &output);
    ssize_t got = read(output, &told, sizeof told);
    uint64_t wall = bench_clock_ns(CLOCK_MONOTONIC) - begin;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child || got != sizeof told || status != 0)
        bench_die("the new process gave no answer");
    close(output);
    uint64_t cpu = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000 +
                   (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000;
    bench_sample(total, (struct bench_moment){wall, cpu});
    bench_sample(opening, (struct bench_moment){told.open_ns, 0});
}

static void print_first(const char *name, struct bench_samples *total,
                        struct bench_samples *opening)
{
    bench_figure_begin(name);
    bench_figure_samples(total);
    double open_ns = 0;
    for (size_t i = 0; i < opening->count; i++)
        open_ns += (double)opening->wall_ns[i];
    bench_figure_number("open_us", open_ns / (double)opening->count / 1e3);
    bench_figure_end();
    bench_samples_free(total);
    bench_samples_free(opening);
}

int bench_opening(const struct bench_options *options)
{
    struct bench_samples total = {0}, opening = {0};
    uint64_t start_ns = bench_clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < OPENINGS && (i < 3 || (double)(bench_clock_ns(CLOCK_MONOTONIC) -
                                                       start_ns) < 2e9 * options->seconds);
         i++)
        measure_first(options, &total, &opening);
    print_first("open-clean", &total, &opening);
    return 0;
}

/* Lets a process publish until it acknowledged `wanted` publications or the time of a figure is
 * over, and kills it. It has acknowledged one at least. */
static void crash(const struct bench_options *options, size_t wanted)
{
    int output, status;
    char acknowledged[256];
    pid_t child = start(options, "publish-for-ever", &output);
    struct pollfd waited = {.fd = output, .events = POLLIN};
    uint64_t limit = bench_clock_ns(CLOCK_MONOTONIC) + (uint64_t)(options->seconds * 1e9);
    for (size_t count = 0; count < wanted;) {
        uint64_t now = bench_clock_ns(CLOCK_MONOTONIC);
        if (count &&
            (now >= limit || poll(&waited, 1, (int)((limit - now) / 1000000) + 1) == 0))
            break;
        ssize_t got = read(output, acknowledged, sizeof acknowledged);
        if (got <= 0)
            bench_die("the publishing process ended by itself");
        count += (size_t)got;
    }
    kill(child, SIGKILL);
    if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status))
        bench_die("the publishing process ended by itself");
    close(output);
}

int bench_crashed(const struct bench_options *options)
{
    struct bench_samples total = {0}, opening = {0};
    struct bench_stream stream = {options->clouds};
    /* As much log as lies between two checkpoints, when there is time for it. */
    double paced = 400 * options->seconds + 10;
    unsigned most = paced < ACKNOWLEDGED_MAX ? (unsigned)paced : ACKNOWLEDGED_MAX;
    uint64_t start_ns = bench_clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < CRASHES && (i < 2 || (double)(bench_clock_ns(CLOCK_MONOTONIC) -
                                                      start_ns) < 4e9 * options->seconds);
         i++) {
        crash(options, most / 10 + bench_below(&stream, most));
        measure_first(options, &total, &opening);
    }
    print_first("open-killed", &total, &opening);
    return 0;
}
