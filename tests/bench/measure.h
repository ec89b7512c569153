/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring: clocks, samples and the figures made of them, printed as JSON, one object a line.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

uint64_t bench_clock_ns(clockid_t clock);

/* A moment by the wall's clock and by a CPU clock, of the process or of one thread. */
struct bench_moment {
    uint64_t wall_ns, cpu_ns;
};
struct bench_moment bench_moment(clockid_t cpu_clock);
/* What passed between two moments. */
struct bench_moment bench_between(struct bench_moment from, struct bench_moment to);
struct bench_moment bench_sum(struct bench_moment a, struct bench_moment b);

/* What each run took. Zero-initialised; freed with bench_samples_free. */
struct bench_samples {
    uint64_t *wall_ns, *cpu_ns;
    size_t count, room;
};
/* Ends the program when memory is out: a figure with holes would be wrong. */
void bench_sample(struct bench_samples *samples, struct bench_moment took);
void bench_samples_add(struct bench_samples *samples, const struct bench_samples *more);
void bench_samples_free(struct bench_samples *samples);

/* A figure on standard output: begin, any number of fields, end. */
void bench_figure_begin(const char *name);
void bench_figure_count(const char *field, uint64_t value);
void bench_figure_number(const char *field, double value);
void bench_figure_text(const char *field, const char *value);
/* Fields runs, median_us, p99_us, min_us, max_us, cpu_us (median), mean_us. Sorts `samples`. */
void bench_figure_samples(struct bench_samples *samples);
void bench_figure_end(void);

/* "VmRSS" and the like of this process, in KiB; 0 where the system does not say. */
uint64_t bench_status_kib(const char *key);
/* Bytes that this process gave to write(2) so far; 0 where the system does not say. */
uint64_t bench_written_bytes(void);

/* How far Berkeley DB's log in `directory`, or in a directory within, has come: bytes. Its
 * files log.NNNNNNNNNN are laid out in advance, so their sizes do not tell. */
uint64_t bench_log_position(const char *directory);

/* Prints "bench: TEXT" to standard error and ends the program with status 1. */
_Noreturn void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
