/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness's supervisor: starts workers on one catalog, kills them (-9) at random
 * moments of what they do, also while a recovery runs, and has the checker look each time.
 *
 *     crash [--rounds N] [--seed S] [--power] [--keep]   $BUILD: where intercloud-catalog is
 *
 * --without "bulk import,close" leaves out what these names (of the last line) stand for.
 * With --power a kill is a power cut: what was not synced is lost, but for a part that chance
 * decides (disk_power.c). That "acknowledged" means "on disk" shows only there.
 *
 * Prints TAP, and at the end one line that counts the kills by what was going on. The same seed
 * draws the same rounds; the moments themselves are the scheduler's. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crash_supervisor.h"

enum {
    ROUNDS = 20,
    RUN_MAX_MS = 500,     /* how long a worker runs before a kill is aimed */
    TARGET_MAX_MS = 4000, /* to wait for the phase that is to be hit */
    ROUNDS_A_CATALOG = 30,
    KILLED_RECOVERIES_MAX = 2
};
#define JOURNAL_BYTES ((size_t)1 << 30) /* of writes that a power round records; sparse */

/* What a round hits, and how often compared with the others. */
static const struct {
    const char *name;
    unsigned weight;
} phases[PHASES] = {[PHASE_IDLE] = {"idle", 0},
                    [PHASE_OPEN] = {"open", 2},
                    [PHASE_PUBLISH] = {"publish", 4},
                    [PHASE_WITHDRAW] = {"withdraw", 1},
                    [PHASE_RENEW] = {"renew", 1},
                    [PHASE_IMPORT] = {"import", 3},
                    [PHASE_ONTOLOGY] = {"ontology load", 3},
                    [PHASE_GRAPH] = {"graph", 1},
                    [PHASE_COUNTER] = {"counter", 1},
                    [PHASE_BULK] = {"bulk import", 3},
                    [PHASE_BACKUP] = {"backup", 2},
                    [PHASE_VERIFY] = {"checkpoint and verify", 3},
                    [PHASE_READ] = {"read", 0},
                    [PHASE_CLOSE] = {"close", 3},
                    [PHASE_RECOVERY] = {"recovery", 0},
                    [PHASE_SHELL_IMPORT] = {"shell import", 2},
                    [PHASE_SHELL_ONTOLOGY] = {"shell ontology load", 1},
                    [PHASE_SHELL_CREATE] = {"shell import into a new catalog", 1}};

/* The first bag holds each kind once, so that a short run hits them all. */
static enum phase draw(struct supervisor *s)
{
    if (s->in_bag == 0) {
        for (int phase = 0; phase < PHASES; phase++) {
            const unsigned weight =
                s->fillings ? phases[phase].weight : phases[phase].weight > 0;
            for (unsigned i = 0; i < weight && !s->harness.shared->left_out[phase]; i++)
                s->bag[s->in_bag++] = (enum phase)phase;
        }
        s->fillings++;
    }
    const unsigned at = (unsigned)chance_below(&s->chance, s->in_bag);
    const enum phase drawn = s->bag[at];
    s->bag[at] = s->bag[--s->in_bag];
    return drawn;
}

/* ---- killing ---- */

static bool in_phase(const struct shared *shared, enum phase phase)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (atomic_load(&shared->phases[i]) == (int)phase)
            return true;
    return false;
}

/* Waits until something is in `phase`, and then a part of the time that it takes. */
static void wait_for_phase(struct supervisor *s, enum phase phase)
{
    const struct shared *shared = s->harness.shared;
    const uint64_t until_us = now_us() + TARGET_MAX_MS * 1000;
    sleep_us(1000 * chance_below(&s->chance, chance_one_in(&s->chance, 2) ? 50 : RUN_MAX_MS));
    while (!in_phase(shared, phase) && !atomic_load(&shared->failed) && now_us() < until_us)
        sleep_us(20);
    sleep_us(chance_below(&s->chance, atomic_load(&shared->phase_us[phase]) * 5 / 4 + 100));
}

static bool died_by_us(const struct harness *harness, struct child_result result,
                       const char *who)
{
    char text[64];
    if (result.end == CHILD_SIGNALLED && result.code == SIGKILL)
        return true;
    return harness_fail(harness, "%s %s", who, describe_child(result, text));
}

void count_hits(struct supervisor *s)
{
    struct shared *shared = s->harness.shared;
    for (unsigned i = 0; i < THREADS; i++) {
        s->hits[atomic_load(&shared->phases[i])]++;
        atomic_store(&shared->phases[i], PHASE_IDLE);
    }
    s->kills++;
}

static pid_t start_victim(struct supervisor *s, int (*run)(void *context))
{
    if (s->journal) {
        remove_tree(s->before);
        copy_tree(s->harness.disk, s->before);
        disk_record(s->journal, s->harness.disk);
    }
    return start_child(run, &s->harness);
}

static bool kill_victim(struct supervisor *s, pid_t pid, const char *who)
{
    const bool good = died_by_us(&s->harness, kill_child(pid), who);
    count_hits(s);
    if (good && s->journal) {
        disk_record(NULL, NULL);
        s->recorded_bytes += s->journal->used;
        s->lost_blocks +=
            disk_power_cut(s->journal, s->before, s->harness.disk, chance_next(&s->chance));
    }
    return good;
}

/* Recoveries that are killed themselves, often one after the other. */
static bool kill_recoveries(struct supervisor *s)
{
    const struct harness *harness = &s->harness;
    for (int i = 0; i < KILLED_RECOVERIES_MAX && chance_one_in(&s->chance, 2); i++) {
        const uint64_t usual_us = atomic_load(&harness->shared->phase_us[PHASE_RECOVERY]);
        const pid_t pid = start_victim(s, opener_run);
        sleep_us(chance_below(&s->chance, (usual_us ? usual_us : 30000) * 3 / 2));
        if (!kill_victim(s, pid, "an opening"))
            return false;
    }
    return true;
}

static bool worker_round(struct supervisor *s, enum phase phase)
{
    struct harness *harness = &s->harness;
    harness->seed = chance_next(&s->chance);
    harness->shared->focus = phase;
    const pid_t pid = start_victim(s, worker_run);
    wait_for_phase(s, phase);
    return kill_victim(s, pid, "the worker") && kill_recoveries(s);
}

bool check_in_child(struct supervisor *s, int (*check)(void *context), void *context)
{
    char text[64];
    const struct child_result result = wait_child(start_child(check, context), CHECK_MAX_MS);
    s->checks++;
    return result.end == CHILD_GOOD ||
           harness_fail(&s->harness, "the checker %s", describe_child(result, text));
}

/* ---- rounds ---- */

static void fresh_catalog(struct supervisor *s)
{
    struct shared *shared = s->harness.shared;
    remove_tree(s->harness.catalog);
    for (unsigned i = 0; i < SLOTS; i++) {
        shared->base[i] = 0;
        atomic_store(&shared->slots[i].acked, 0);
        atomic_store(&shared->slots[i].attempt, 0);
    }
    atomic_store(&shared->counter, 0);
    atomic_store(&shared->last_sequence, 0);
}

static bool run_round(struct supervisor *s, unsigned round)
{
    enum phase phase = draw(s);
    while (s->journal && phase >= PHASE_SHELL_IMPORT) /* only our own process is recorded */
        phase = draw(s);
    if (round % ROUNDS_A_CATALOG == 0)
        fresh_catalog(s);
    remove_tree(s->harness.backups);
    if (mkdir(s->harness.backups, 0700) != 0)
        give_up("cannot make %s: %s", s->harness.backups, strerror(errno));
    bool good;
    good = phase >= PHASE_SHELL_IMPORT ? shell_round(s, phase) : worker_round(s, phase);
    good = good && check_in_child(s, checker_run, &s->harness);
    if (good)
        return true;
    printf("# round %u, which was to hit \"%s\": %s\n", round, phases[phase].name,
           s->harness.shared->failure);
    return false;
}

static void set_up(struct supervisor *s)
{
    struct harness *harness = &s->harness;
    const char *build = getenv("BUILD");
    struct ic_error error;
    harness->shared = mmap(NULL, sizeof *harness->shared, PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (harness->shared == MAP_FAILED)
        give_up("no shared memory: %s", strerror(errno));
    make_scratch(harness->scratch, s->journal != NULL);
    join_path(harness->disk, harness->scratch, "disk");
    join_path(harness->catalog, harness->disk, "catalog");
    join_path(harness->backups, harness->disk, "backups");
    join_path(s->before, harness->scratch, "before");
    if (mkdir(harness->disk, 0700) != 0)
        give_up("cannot make %s: %s", harness->disk, strerror(errno));
    join_path(s->output, harness->scratch, "output");
    join_path(harness->program, build && *build ? build : "build", "intercloud-catalog");
    if (access(harness->program, X_OK) != 0)
        give_up("%s: %s; set $BUILD", harness->program, strerror(errno));
    for (unsigned i = 0; i < WORLD_ONTOLOGIES; i++) {
        char name[32];
        snprintf(name, sizeof name, "ontology%u", i);
        join_path(harness->ontologies[i], harness->scratch, name);
        world_write_ontology(harness->ontologies[i], i);
        if (world_ontology_digest(i, harness->digests[i], &error) != IC_OK)
            give_up("the tests' ontology: %s:%lu: %s", error.file, error.line, error.text);
    }
    setenv("INTERCLOUD_ONTOLOGY", harness->ontologies[0], 1);
    unsetenv("INTERCLOUD_NOW");
}

static void print_counts(const struct supervisor *s, uint64_t seed, unsigned rounds)
{
    const struct shared *shared = s->harness.shared;
    const char *gap = " ";
    printf("# seed %llu: %u rounds, %u %s, %u checks; running then:", (unsigned long long)seed,
           rounds, s->kills, s->journal ? "power cuts" : "kills", s->checks);
    for (int phase = 0; phase < PHASES; phase++)
        if (phase != PHASE_IDLE && s->hits[phase]) {
            printf("%s%s %u", gap, phases[phase].name, s->hits[phase]);
            gap = ", ";
        }
    if (s->journal)
        printf("; %llu blocks and names lost", (unsigned long long)s->lost_blocks);
    printf("; %llu publishes, %llu reads, %llu backups opened, %llu unfinished ones refused\n",
           (unsigned long long)atomic_load(&shared->publishes),
           (unsigned long long)atomic_load(&shared->reads),
           (unsigned long long)atomic_load(&shared->checked_backups),
           (unsigned long long)atomic_load(&shared->refused_backups));
}

/* `names`: of phases, separated by commas. */
static void leave_out(struct supervisor *s, const char *names)
{
    for (int phase = 0; phase < PHASES; phase++) {
        const size_t length = strlen(phases[phase].name);
        for (const char *at = names; (at = strstr(at, phases[phase].name)); at++)
            if ((at == names || at[-1] == ',') && (at[length] == ',' || !at[length]))
                s->harness.shared->left_out[phase] = true;
    }
}

int main(int argc, char **argv)
{
    static struct supervisor s;
    static const struct option options[] = {
        {"rounds", required_argument, NULL, 'r'}, {"seed", required_argument, NULL, 's'},
        {"power", no_argument, NULL, 'p'},        {"without", required_argument, NULL, 'w'},
        {"keep", no_argument, NULL, 'k'},         {NULL, 0, NULL, 0}};
    unsigned rounds = ROUNDS, round = 0;
    uint64_t seed = now_us();
    const char *without = "";
    bool keep = false, good = true;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'r')
            rounds = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 's')
            seed = strtoull(optarg, NULL, 10);
        else if (option == 'p')
            s.journal = disk_journal_new(JOURNAL_BYTES);
        else if (option == 'w')
            without = optarg;
        else if (option == 'k')
            keep = true;
        else
            return 2;
    }
    printf("1..1\n# seed %llu\n", (unsigned long long)seed);
    s.chance.state = seed;
    set_up(&s);
    leave_out(&s, without);
    while (good && round < rounds)
        good = run_round(&s, round++);
    if (good && s.journal && (s.recorded_bytes == 0 || s.lost_blocks == 0)) {
        printf("# the power cuts lost nothing: the calls do not pass through disk.c\n");
        good = false;
    }
    print_counts(&s, seed, round);
    printf("%sok 1 - after a %s at any moment a catalog opens, verifies and holds what was "
           "acknowledged\n",
           good ? "" : "not ", s.journal ? "power cut" : "kill");
    if (keep || !good)
        printf("# the catalog is in %s\n", s.harness.scratch);
    else
        remove_tree(s.harness.scratch);
    return good ? 0 : 1;
}
