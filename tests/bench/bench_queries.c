/* SPDX-License-Identifier: Apache-2.0 */
/* Queries in a warm process, from text to names, and the memory that they need. Answers are
 * kept as a mark each and compared after the clock has stopped, so that checking disturbs no
 * cache. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "catalog/query.h"
#include "measure.h"
#include "population.h"

enum {
    WARMING_RUNS = 100,
    COMPARISONS_MAX = 1000000000, /* of offers with requests, to check one figure's answers */
    RUNS_MIN = 10
};

/* One row of the table of figures. */
struct figure {
    const char *name;
    enum bench_shape shape;
    bool wide;
    const char *more; /* behind the request's text */
};

static const struct figure figures[] = {
    {"q1", BENCH_Q1, false, ""},
    {"q1-wide", BENCH_Q1, true, ""},
    {"q1-sparql", BENCH_Q1_SPARQL, false, ""},
    {"q2", BENCH_Q2, false, ""},
    {"q2-wide", BENCH_Q2, true, ""},
    {"q3", BENCH_Q3, false, ""},
    {"q3-wide", BENCH_Q3, true, ""},
    {"q4", BENCH_Q4, false, ""},
    {"range", BENCH_RANGE, false, "; limit 10"},
    {"range-names", BENCH_RANGE, false, ""},
    {"units", BENCH_UNITS, false, ""},
};

/* What one run gave. */
struct run {
    unsigned request;
    struct bench_found found;
};

static enum ic_status take_page_row(void *context, const struct ic_term *const *cells,
                                    size_t count, struct ic_error *error)
{
    (void)error;
    if (count < 2 || !cells[0] || !cells[1])
        bench_die("q4 gives a row without name or price");
    double price = strtod(cells[1]->text, NULL);
    bench_found_row(context, bench_cloud_number(cells[0]->text), (unsigned)(price * 1e4 + 0.5));
    return IC_OK;
}

static enum ic_status take_name_row(void *context, const struct ic_term *const *cells,
                                    size_t count, struct ic_error *error)
{
    (void)error;
    if (count != 1 || !cells[0])
        bench_die("q1 in SPARQL gives a row without name");
    bench_found_cloud(context, bench_cloud_number(cells[0]->text));
    return IC_OK;
}

static enum ic_status take_begin(void *context, enum ic_query_kind kind,
                                 const char *const *variables, size_t count,
                                 struct ic_error *error)
{
    (void)context, (void)kind, (void)variables, (void)count, (void)error;
    return IC_OK;
}

static enum ic_status take_end(void *context, struct ic_error *error)
{
    (void)context, (void)error;
    return IC_OK;
}

static struct bench_found run_sparql(struct ic_catalog *catalog, enum bench_shape shape,
                                     const char *text)
{
    struct bench_found found = {0};
    struct ic_query_sink sink = {.context = &found,
                                 .begin = take_begin,
                                 .row = shape == BENCH_Q4 ? take_page_row : take_name_row,
                                 .end = take_end};
    struct ic_query_options options = {.name = "query"};
    struct ic_view view = {0};
    struct ic_dataset *dataset = NULL;
    struct ic_error error = {0};
    enum ic_status status = ic_catalog_dataset(catalog, &view, &dataset, &error);
    if (status == IC_OK)
        status = ic_query_run(dataset, text, &options, &sink, &error);
    ic_dataset_free(dataset);
    if (status != IC_OK)
        bench_die("%s: %s", text, error.text);
    return found;
}

/* Reads the answer's names; only their number where not all are shown. */
static struct bench_found read_answer(const struct ic_answer *answer)
{
    struct bench_found found = {0};
    for (size_t i = 0; answer->shown == answer->matched && i < answer->shown; i++)
        bench_found_cloud(&found, bench_cloud_number(answer->clouds[i].name));
    found.rows = answer->matched;
    return found;
}

/* Runs a request and adds what it took to `samples`. */
static struct bench_found run_timed(struct ic_catalog *catalog, enum bench_shape shape,
                                    const char *text, struct bench_samples *samples)
{
    struct bench_moment start = bench_moment(CLOCK_PROCESS_CPUTIME_ID);
    if (bench_is_sparql(shape)) {
        struct bench_found found = run_sparql(catalog, shape, text);
        bench_sample(samples, bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID)));
        return found;
    }
    struct ic_answer *answer = bench_match(catalog, text);
    struct bench_moment took = bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID));
    struct bench_found found = read_answer(answer);
    start = bench_moment(CLOCK_PROCESS_CPUTIME_ID);
    ic_answer_free(answer);
    took = bench_sum(took, bench_between(start, bench_moment(CLOCK_PROCESS_CPUTIME_ID)));
    bench_sample(samples, took);
    return found;
}

static void draw(const struct bench_options *options, const struct figure *figure,
                 unsigned number, struct bench_request *request)
{
    bench_request_draw(options->set, figure->shape, figure->wide, number, request);
    size_t length = strlen(request->text);
    snprintf(request->text + length, sizeof request->text - length, "%s", figure->more);
}

/* Request i of a figure: all of them come before any comes again, in no simple order. */
static unsigned nth(size_t i)
{
    return (unsigned)((i * 7919 + 13) % BENCH_REQUESTS);
}

static bool right(const struct figure *figure, const struct bench_population *all,
                  const struct bench_request *request, const struct bench_found *found)
{
    struct bench_found expected = figure->shape == BENCH_Q4
                                      ? bench_expect_page(all, request)
                                      : bench_expect(all, &request->want, false);
    if (*figure->more && expected.rows > BENCH_PAGE)
        expected.mark = found->mark;
    if (found->rows == expected.rows && found->mark == expected.mark)
        return true;
    fprintf(stderr, "bench: %s: %zu rows, expected %zu%s\n", request->text, found->rows,
            expected.rows, found->rows == expected.rows ? " others" : "");
    return false;
}

/* How many of the runs, from the first on, gave a wrong answer. */
static size_t count_wrong(const struct bench_options *options, const struct figure *figure,
                          const struct bench_population *all, const struct run *runs,
                          size_t checked)
{
    size_t wrong = 0;
    for (size_t i = 0; i < checked; i++) {
        struct bench_request request;
        draw(options, figure, runs[i].request, &request);
        wrong += !right(figure, all, &request, &runs[i].found);
    }
    return wrong;
}

static int compare_rows(const void *a, const void *b)
{
    size_t x = ((const struct run *)a)->found.rows, y = ((const struct run *)b)->found.rows;
    return (x > y) - (x < y);
}

static size_t measure(struct ic_catalog *catalog, const struct bench_options *options,
                      const struct figure *figure, const struct bench_population *all,
                      struct run *runs)
{
    struct bench_samples samples = {0}, warming = {0};
    struct bench_request request;
    size_t count = 0;
    uint64_t limit = (uint64_t)(options->seconds * 1e9);
    uint64_t start = bench_clock_ns(CLOCK_MONOTONIC);
    for (size_t i = 0;
         i < WARMING_RUNS && (i < 1 || bench_clock_ns(CLOCK_MONOTONIC) - start < limit / 4);
         i++) {
        draw(options, figure, nth(BENCH_REQUESTS - 1 - i), &request);
        run_timed(catalog, figure->shape, request.text, &warming);
    }
    start = bench_clock_ns(CLOCK_MONOTONIC);
    while (count < BENCH_REQUESTS &&
           (count < RUNS_MIN || bench_clock_ns(CLOCK_MONOTONIC) - start < limit)) {
        draw(options, figure, nth(count), &request);
        runs[count].request = nth(count);
        runs[count].found = run_timed(catalog, figure->shape, request.text, &samples);
        count++;
    }
    size_t checked = COMPARISONS_MAX / (all->count + 1) + RUNS_MIN;
    checked = checked < count ? checked : count;
    size_t wrong = count_wrong(options, figure, all, runs, checked);
    qsort(runs, count, sizeof *runs, compare_rows);
    bench_figure_begin(figure->name);
    bench_figure_samples(&samples);
    bench_figure_count("rows_median", runs[count / 2].found.rows);
    bench_figure_count("rows_max", runs[count - 1].found.rows);
    bench_figure_count("checked", checked);
    bench_figure_count("wrong", wrong);
    bench_figure_end();
    bench_samples_free(&samples);
    bench_samples_free(&warming);
    return wrong;
}

/* The queries as the paper and the peers have them: their rows are known from outside. */
static size_t check_paper(struct ic_catalog *catalog, const struct bench_population *all)
{
    size_t wrong = 0;
    for (int shape = 0; shape < BENCH_SHAPES; shape++) {
        if (shape == BENCH_UNITS) /* the plain set has none */
            continue;
        struct figure figure = {.shape = (enum bench_shape)shape, .more = ""};
        struct bench_request request;
        struct bench_samples samples = {0};
        bench_request_paper(figure.shape, &request);
        struct bench_found found = run_timed(catalog, figure.shape, request.text, &samples);
        wrong += !right(&figure, all, &request, &found);
        char name[32];
        snprintf(name, sizeof name, "paper-%s", bench_shape_name(figure.shape));
        bench_figure_begin(name);
        bench_figure_count("rows", found.rows);
        bench_figure_end();
        bench_samples_free(&samples);
    }
    return wrong;
}

int bench_requests(const struct bench_options *options)
{
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        for (unsigned n = 0; n < BENCH_REQUESTS && bench_wanted(options, figures[i].name);
             n++) {
            struct bench_request request;
            draw(options, &figures[i], n, &request);
            printf("%s\t%s\n", figures[i].name, request.text);
        }
    return 0;
}

int bench_queries(const struct bench_options *options)
{
    struct bench_population all;
    bench_population_draw(options->set, options->clouds, &all);
    struct run *runs = calloc(BENCH_REQUESTS, sizeof *runs);
    if (!runs)
        bench_die("out of memory");
    struct ic_catalog *catalog = bench_open(options->directory);
    size_t wrong = options->set == BENCH_PLAIN ? check_paper(catalog, &all) : 0;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (bench_wanted(options, figures[i].name) &&
            (figures[i].shape != BENCH_UNITS || options->set == BENCH_WITH_OFFERS))
            wrong += measure(catalog, options, &figures[i], &all, runs);
    ic_catalog_close(catalog);
    free(runs);
    bench_population_free(&all);
    return wrong ? 1 : 0;
}

int bench_memory(const struct bench_options *options)
{
    uint64_t start = bench_clock_ns(CLOCK_MONOTONIC);
    struct ic_catalog *catalog = bench_open(options->directory);
    struct bench_samples samples = {0};
    size_t runs = 0;
    while (runs < BENCH_REQUESTS &&
           (runs < RUNS_MIN ||
            (double)(bench_clock_ns(CLOCK_MONOTONIC) - start) < options->seconds * 1e9)) {
        for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
            struct bench_request request;
            if (figures[i].shape > BENCH_Q4 || figures[i].wide)
                continue;
            draw(options, &figures[i], nth(runs), &request);
            run_timed(catalog, figures[i].shape, request.text, &samples);
        }
        runs++;
    }
    bench_samples_free(&samples);
    bench_figure_begin("memory");
    bench_figure_count("runs", runs);
    bench_figure_count("resident_kib", bench_status_kib("VmRSS"));
    bench_figure_count("peak_kib", bench_status_kib("VmHWM"));
    bench_figure_count("anonymous_kib", bench_status_kib("RssAnon"));
    bench_figure_end();
    ic_catalog_close(catalog);
    return 0;
}
