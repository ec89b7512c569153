/* SPDX-License-Identifier: Apache-2.0 */
/* Failing calls: everything that is done to a catalog, with the n-th call failing, for every n
 * (or for some that chance draws) until it passes without reaching one.
 *
 *     faults [--samples N] [--seed S] [--work W] [--site S] [--at N] [--without W/S]      N 0:
 * every call
 *
 * Each trial runs in a process of its own on a copy of a small catalog. The work ends with an
 * error or well; no crash, no hang, no leak (in a sanitized tree); the same process can go on
 * with the catalog; it opens, verifies and holds the old or the new, and the new when the work
 * ended well. Prints TAP. */
#include <db.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "disk.h"
#include "faults.h"

enum { SAMPLES = 6, TRIAL_MAX_MS = 60000, SHOWN_MAX = 4 };

enum site { SITE_DB, SITE_DISK_ERROR, SITE_DISK_FULL, SITE_MEMORY, SITES };

static const char *const site_names[SITES] = {"db", "disk-error", "disk-full", "memory"};

static const int codes[] = {ENOSPC, EIO, ENOMEM, DB_RUNRECOVERY};

/* In memory that parent and child share. */
struct told {
    long calls;
    bool happened, judged;
    enum ic_status status;
};

struct trial {
    const struct bench *bench;
    const struct work *work;
    enum site site;
    long at;
    int code;            /* of Berkeley DB's */
    bool variant, again; /* variant: after it was done, or all later calls too */
    struct told *told;
};

static void begin_fault(const struct trial *t)
{
    switch (t->site) {
    case SITE_DB:
        db_fault_begin(t->at, t->code, t->variant);
        break;
    case SITE_DISK_ERROR:
        disk_fail((struct disk_fault){.calls = ~0U, .at = t->at, .error = EIO});
        break;
    case SITE_DISK_FULL:
        disk_fail((struct disk_fault){.calls = DISK_CALL_WRITE | DISK_CALL_TRUNCATE,
                                      .at = t->at,
                                      .error = ENOSPC,
                                      .lasting = true});
        break;
    case SITE_MEMORY:
        memory_fault_begin(t->at, t->variant);
        break;
    case SITES:
        break;
    }
}

static void end_fault(const struct trial *t)
{
    switch (t->site) {
    case SITE_DB:
        t->told->calls = db_fault_end();
        t->told->happened = db_fault_happened();
        break;
    case SITE_DISK_ERROR:
    case SITE_DISK_FULL:
        t->told->calls = disk_fail_end();
        t->told->happened = disk_failed();
        break;
    case SITE_MEMORY:
        t->told->calls = memory_fault_end();
        t->told->happened = memory_fault_happened();
        break;
    case SITES:
        break;
    }
}

static bool complain(const char *what)
{
    printf("# %s\n", what);
    return false;
}

/* What the work answered is an answer. */
static bool judge_status(const struct trial *t, const struct ic_error *error)
{
    const enum ic_status status = t->told->status;
    if (status == IC_STATUS_COUNT)
        return complain("a wrong answer");
    if (status == IC_OK)
        return true;
    if (error->status != status || !error->text[0])
        return complain("an error without a message");
    if (!t->told->happened) {
        printf("# it fails without a fault: %s: %s\n", ic_status_name(status), error->text);
        return false;
    }
    if (t->site == SITE_MEMORY && status != IC_NO_MEMORY) {
        printf("# out of memory is called %s: %s\n", ic_status_name(status), error->text);
        return false;
    }
    return true;
}

/* After a failure the first one who reads may be told to try again. */
static bool judge_look(const struct trial *t, struct ic_catalog *catalog, bool done)
{
    enum outcome steady = bench_untouched(catalog);
    if (steady == OUTCOME_ERROR)
        steady = bench_untouched(catalog);
    if (steady != OUTCOME_OLD)
        return complain("what nobody touched is not as it was");
    const enum outcome found = t->work->look ? t->work->look(t->bench, catalog) : OUTCOME_NEW;
    if (found == OUTCOME_WRONG || found == OUTCOME_ERROR)
        return complain("neither the old nor the new");
    return !done || found == OUTCOME_NEW || complain("what was acknowledged is not there");
}

/* The work with its fault, and in the same process what comes after. */
static bool run_work(const struct trial *t, void *prepared, bool *done)
{
    struct ic_catalog *catalog = NULL;
    struct ic_error error = {.status = IC_OK};
    disk_watch(t->bench->scratch);
    if (!t->work->opens && !t->work->nothing &&
        bench_open(t->bench, t->bench->catalog, false, &catalog, &error) != IC_OK)
        return complain(error.text);
    begin_fault(t);
    t->told->status = t->work->run(t->bench, catalog, prepared, &error);
    end_fault(t);
    *done = t->told->status == IC_OK;
    bool good = judge_status(t, &error);
    if (good && catalog) {
        good = judge_look(t, catalog, *done);
        /* What failed may have happened: a commit whose answer was lost. */
        const bool happened =
            t->work->look && good && t->work->look(t->bench, catalog) == OUTCOME_NEW;
        if (good && t->again && !*done && !happened && !t->work->check_other) {
            *done = t->work->run(t->bench, catalog, prepared, &error) == IC_OK;
            if (!*done)
                printf("# the same again, without a fault: %s: %s\n",
                       ic_status_name(error.status), error.text);
            good = *done && judge_look(t, catalog, true);
        }
    }
    ic_catalog_close(catalog);
    return good;
}

static bool judge_afterwards(const struct trial *t, bool done)
{
    struct ic_catalog *catalog;
    struct ic_error error;
    if (t->work->check_other && !t->work->check_other(t->bench, t->told->status))
        return false;
    if (t->work->nothing)
        return true;
    if (!bench_sound(t->bench, t->bench->catalog))
        return false;
    if (bench_open(t->bench, t->bench->catalog, false, &catalog, &error) != IC_OK)
        return complain(error.text);
    const bool good = judge_look(t, catalog, done);
    ic_catalog_close(catalog);
    return good;
}

static int trial_run(void *context)
{
    const struct trial *t = context;
    void *prepared = t->work->prepare ? t->work->prepare(t->bench) : NULL;
    bool done;
    const bool good = run_work(t, prepared, &done) && judge_afterwards(t, done);
    if (t->work->release)
        t->work->release(prepared);
    t->told->judged = true;
    return good ? 0 : 1;
}

/* Only counts the calls. */
static int count_run(void *context)
{
    bool done;
    const struct trial *t = context;
    void *prepared = t->work->prepare ? t->work->prepare(t->bench) : NULL;
    const bool good = run_work(t, prepared, &done) && done;
    if (t->work->release)
        t->work->release(prepared);
    return good ? 0 : 1;
}

static struct child_result try_once(struct trial *t, int (*run)(void *))
{
    remove_tree(t->bench->catalog);
    remove_tree(t->bench->other);
    copy_tree(t->bench->prepared, t->bench->catalog);
    *t->told = (struct told){.calls = 0};
    return wait_child(start_child(run, t), TRIAL_MAX_MS);
}

struct tally {
    long trials, failures;
    long statuses[IC_STATUS_COUNT];
};

static void try_at(struct trial *t, struct tally *tally, long at)
{
    char text[64];
    t->at = at;
    const struct child_result result = try_once(t, trial_run);
    tally->trials++;
    if (t->told->status < IC_STATUS_COUNT)
        tally->statuses[t->told->status]++;
    if (result.end == CHILD_GOOD)
        return;
    if (tally->failures++ < SHOWN_MAX)
        printf("# %s, %s call %ld, %s%s: %s%s\n", t->work->name, site_names[t->site], at,
               t->site == SITE_DB ? db_strerror(t->code) : "failing",
               !t->variant              ? ""
               : t->site == SITE_DB     ? ", after it was done"
               : t->site == SITE_MEMORY ? ", and all later ones"
                                        : "",
               describe_child(result, text),
               result.end == CHILD_BAD && t->told->judged ? "" : " (not judged)");
}

/* Every call, or as many as wanted, drawn by chance. */
static void try_all(struct trial *t, struct tally *tally, long samples, struct chance *chance)
{
    const long calls = t->told->calls;
    const bool every = samples == 0 || calls <= samples;
    const unsigned kinds = t->site == SITE_DB ? sizeof codes / sizeof *codes : 1;
    for (long i = 0; i < (every ? calls : samples); i++) {
        const long at = every ? i : (long)chance_below(chance, (uint64_t)calls);
        const unsigned first = (unsigned)chance_below(chance, kinds);
        for (unsigned k = 0; k < (samples ? 1 : kinds); k++) {
            t->code = codes[(first + k) % (sizeof codes / sizeof *codes)];
            t->variant = chance_one_in(chance, 2);
            t->again = chance_one_in(chance, 2);
            try_at(t, tally, at);
        }
    }
}

static void print_result(const struct trial *t, const struct tally *tally, long calls,
                         unsigned number)
{
    printf("%sok %u - %s: %ld trials with one of its %ld %s calls failing\n",
           tally->failures ? "not " : "", number, t->work->name, tally->trials, calls,
           site_names[t->site]);
    if (tally->failures)
        printf("# %ld of %ld\n", tally->failures, tally->trials);
    printf("#   ");
    for (int status = 0; status < IC_STATUS_COUNT; status++)
        if (tally->statuses[status])
            printf(" %s %ld", ic_status_name((enum ic_status)status), tally->statuses[status]);
    printf("\n");
    fflush(stdout);
}

struct wanted {
    long samples, at;
    uint64_t seed;
    const char *work, *site, *without; /* without: WORK/SITE */
};

/* True: nothing failed. A work that makes no such call is no test. */
static bool test_one(struct trial *t, const struct wanted *wanted, unsigned *tests)
{
    struct tally tally = {0};
    char text[64];
    struct chance chance = {wanted->seed + *tests};
    t->at = -1;
    t->code = codes[0];
    t->variant = t->again = false;
    const struct child_result result = try_once(t, count_run);
    const long calls = t->told->calls;
    if (result.end != CHILD_GOOD) {
        printf("not ok %u - %s: without a fault it %s\n", ++*tests, t->work->name,
               describe_child(result, text));
        return false;
    }
    if (calls == 0) {
        /* Every write ends in system calls; where none is seen, none is made to fail. */
        const bool blind = strcmp(t->work->name, "publish") == 0;
        if (blind)
            printf("not ok %u - publish: no %s calls are seen\n", ++*tests,
                   site_names[t->site]);
        return !blind;
    }
    if (wanted->at >= 0)
        for (unsigned i = 0; i < 4 * sizeof codes / sizeof *codes; i++) {
            t->code = codes[i / 4];
            t->variant = i & 1;
            t->again = i & 2;
            try_at(t, &tally, wanted->at);
        }
    else
        try_all(t, &tally, wanted->samples, &chance);
    print_result(t, &tally, calls, ++*tests);
    return tally.failures == 0;
}

/* Returns how many tests there were. */
static unsigned run_all(const struct bench *bench, const struct wanted *wanted, bool *good)
{
    struct trial t = {.bench = bench};
    unsigned tests = 0;
    t.told =
        mmap(NULL, sizeof *t.told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t.told == MAP_FAILED)
        give_up("no shared memory");
    for (unsigned i = 0; i < work_count; i++)
        for (int site = 0; site < SITES; site++) {
            if ((wanted->work && strcmp(wanted->work, works[i].name) != 0) ||
                (wanted->site && strcmp(wanted->site, site_names[site]) != 0))
                continue;
            char both[64];
            snprintf(both, sizeof both, "%s/%s", works[i].name, site_names[site]);
            if (wanted->without && strcmp(wanted->without, both) == 0)
                continue;
            t.work = &works[i];
            t.site = (enum site)site;
            if (!test_one(&t, wanted, &tests))
                *good = false;
        }
    return tests;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"samples", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"work", required_argument, NULL, 'w'},
                                            {"site", required_argument, NULL, 'i'},
                                            {"at", required_argument, NULL, 'a'},
                                            {"without", required_argument, NULL, 'o'},
                                            {NULL, 0, NULL, 0}};
    struct wanted wanted = {.samples = SAMPLES, .at = -1, .seed = now_us()};
    static struct bench bench;
    bool good = true;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'n')
            wanted.samples = strtol(optarg, NULL, 10);
        else if (option == 's')
            wanted.seed = strtoull(optarg, NULL, 10);
        else if (option == 'w')
            wanted.work = optarg;
        else if (option == 'i')
            wanted.site = optarg;
        else if (option == 'o')
            wanted.without = optarg;
        else if (option == 'a')
            wanted.at = strtol(optarg, NULL, 10);
        else
            return 2;
    }
    printf("# seed %llu\n", (unsigned long long)wanted.seed);
    make_scratch(bench.scratch, true);
    bench_set_up(&bench);
    printf("1..%u\n", run_all(&bench, &wanted, &good));
    remove_tree(bench.scratch);
    return good ? 0 : 1;
}
