/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring: clocks, samples, figures, and what the kernel and the log's files tell. */
#include "measure.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t bench_clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct bench_moment bench_moment(clockid_t cpu_clock)
{
    return (struct bench_moment){bench_clock_ns(CLOCK_MONOTONIC), bench_clock_ns(cpu_clock)};
}

struct bench_moment bench_between(struct bench_moment from, struct bench_moment to)
{
    return (struct bench_moment){to.wall_ns - from.wall_ns, to.cpu_ns - from.cpu_ns};
}

struct bench_moment bench_sum(struct bench_moment a, struct bench_moment b)
{
    return (struct bench_moment){a.wall_ns + b.wall_ns, a.cpu_ns + b.cpu_ns};
}

void bench_die(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    va_end(values);
    exit(1);
}

/* ---- samples ---- */

void bench_sample(struct bench_samples *samples, struct bench_moment took)
{
    if (samples->count == samples->room) {
        samples->room = samples->room ? 2 * samples->room : 1024;
        samples->wall_ns = realloc(samples->wall_ns, samples->room * sizeof(uint64_t));
        samples->cpu_ns = realloc(samples->cpu_ns, samples->room * sizeof(uint64_t));
        if (!samples->wall_ns || !samples->cpu_ns)
            bench_die("out of memory");
    }
    samples->wall_ns[samples->count] = took.wall_ns;
    samples->cpu_ns[samples->count++] = took.cpu_ns;
}

void bench_samples_add(struct bench_samples *samples, const struct bench_samples *more)
{
    for (size_t i = 0; i < more->count; i++)
        bench_sample(samples, (struct bench_moment){more->wall_ns[i], more->cpu_ns[i]});
}

void bench_samples_free(struct bench_samples *samples)
{
    free(samples->wall_ns);
    free(samples->cpu_ns);
    *samples = (struct bench_samples){0};
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* ---- figures ---- */

void bench_figure_begin(const char *name)
{
    printf("{\"figure\": \"%s\"", name);
}

void bench_figure_count(const char *field, uint64_t value)
{
    printf(", \"%s\": %" PRIu64, field, value);
}

void bench_figure_number(const char *field, double value)
{
    printf(", \"%s\": %.3f", field, value);
}

void bench_figure_text(const char *field, const char *value)
{
    printf(", \"%s\": \"%s\"", field, value);
}

void bench_figure_end(void)
{
    puts("}");
    fflush(stdout);
}

void bench_figure_samples(struct bench_samples *samples)
{
    size_t count = samples->count;
    bench_figure_count("runs", count);
    if (!count)
        return;
    qsort(samples->wall_ns, count, sizeof(uint64_t), by_value);
    qsort(samples->cpu_ns, count, sizeof(uint64_t), by_value);
    double total = 0;
    for (size_t i = 0; i < count; i++)
        total += (double)samples->wall_ns[i];
    bench_figure_number("median_us", (double)samples->wall_ns[count / 2] / 1e3);
    bench_figure_number("p99_us", (double)samples->wall_ns[count - 1 - count / 100] / 1e3);
    bench_figure_number("min_us", (double)samples->wall_ns[0] / 1e3);
    bench_figure_number("max_us", (double)samples->wall_ns[count - 1] / 1e3);
    bench_figure_number("mean_us", total / (double)count / 1e3);
    bench_figure_number("cpu_us", (double)samples->cpu_ns[count / 2] / 1e3);
}

/* ---- what the system tells ---- */

/* The number behind `key` and a colon in a file of /proc, or 0. */
static uint64_t proc_number(const char *path, const char *key)
{
    FILE *in = fopen(path, "re");
    char line[256];
    uint64_t value = 0;
    size_t length = strlen(key);
    while (in && fgets(line, sizeof line, in))
        if (strncmp(line, key, length) == 0 && line[length] == ':')
            value = strtoull(line + length + 1, NULL, 10);
    if (in)
        fclose(in);
    return value;
}

uint64_t bench_status_kib(const char *key)
{
    return proc_number("/proc/self/status", key);
}

uint64_t bench_written_bytes(void)
{
    return proc_number("/proc/self/io", "wchar");
}

/* The log's files as found so far: the newest one, and how large a full one is. */
struct log_files {
    unsigned long newest;
    uint64_t used, full;
};

/* Bytes of a file up to the last that is not zero. */
static uint64_t used_bytes(int directory, const char *name, uint64_t size)
{
    char block[65536];
    int file = openat(directory, name, O_RDONLY | O_CLOEXEC);
    uint64_t used = 0;
    while (file >= 0 && size && !used) {
        uint64_t start = (size - 1) / sizeof block * sizeof block;
        ssize_t got = pread(file, block, (size_t)(size - start), (off_t)start);
        while (got > 0 && !block[got - 1])
            got--;
        if (got > 0)
            used = start + (uint64_t)got;
        size = start;
    }
    if (file >= 0)
        close(file);
    return used;
}

/* Reads `directory` and what is in it; takes over the descriptor. */
static void find_log(int directory, struct log_files *found, int depth)
{
    DIR *entries = fdopendir(directory);
    if (!entries) {
        close(directory);
        return;
    }
    for (struct dirent *entry; (entry = readdir(entries));) {
        struct stat about;
        if (entry->d_name[0] == '.' ||
            fstatat(dirfd(entries), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(about.st_mode) && depth < 2) {
            int inner =
                openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (inner >= 0)
                find_log(inner, found, depth + 1);
        }
        if (strncmp(entry->d_name, "log.", 4) != 0 || !S_ISREG(about.st_mode))
            continue;
        unsigned long number = strtoul(entry->d_name + 4, NULL, 10);
        uint64_t size = (uint64_t)about.st_size;
        found->full = size > found->full ? size : found->full;
        if (number > found->newest) {
            found->newest = number;
            found->used = used_bytes(dirfd(entries), entry->d_name, size);
        }
    }
    closedir(entries);
}

uint64_t bench_log_position(const char *directory)
{
    struct log_files found = {0};
    int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened >= 0)
        find_log(opened, &found, 0);
    return found.newest * found.full + found.used;
}
