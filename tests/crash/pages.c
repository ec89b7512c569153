/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged files: every page of every file of a small catalog with a bit flipped, zeroed, cut
 * off; files empty, gone, of garbage, not to be read or written, or no file at all.
 *
 *     pages [--samples N] [--seed S] [--closed|--killed] [--file NAME] [--page N] [--how H,H]
 *
 * --samples 0: all places. --without log.: not in files whose names begin so. Each trial
 * damages one place of a copy and asks the catalog a fixed set of questions in a process of its
 * own, as a user who is not root: each is answered right or ends with an error of the catalog's
 * (exit status 3), never wrong; nothing crashes or hangs. Then something is published: what is
 * acknowledged is there when the catalog is opened again, or opening fails.
 *
 * One thing nobody can tell: a damaged end of a log from one that was never written, when the
 * owner was killed. There the catalog may be that of an earlier moment: sound, and nothing in
 * it by half. Prints TAP. */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pages.h"

enum { SAMPLES = 60, TRIAL_MAX_MS = 60000, FILES_MAX = 64, SHOWN_MAX = 12 };

enum damage {
    DAMAGE_FLIP,
    DAMAGE_ZERO,
    DAMAGE_CUT,      /* the file ends where the page begins */
    DAMAGE_CUT_HALF, /* the file ends within the page */
    PAGE_DAMAGES,
    DAMAGE_EMPTY = PAGE_DAMAGES,
    DAMAGE_GONE,
    DAMAGE_GARBAGE, /* random bytes */
    DAMAGE_DIRECTORY,
    DAMAGE_PIPE,
    DAMAGE_UNREADABLE, /* also of the directory itself, which is the last "file" */
    DAMAGE_UNWRITABLE,
    DAMAGES
};

static const char *const damage_names[DAMAGES] = {
    "flip",    "zero",      "cut",  "cut-half",   "empty",     "gone",
    "garbage", "directory", "pipe", "unreadable", "unwritable"};

struct place {
    unsigned file;
    size_t page;
    enum damage damage;
};

struct wanted {
    long samples, page;
    uint64_t seed;
    const char *file, *how, *without;
    bool killed, closed;
};

struct pages {
    struct bench bench;
    const char *from;   /* the catalog whose copies are damaged */
    struct asked right; /* the answers */
    struct asked *told; /* shared with the children */
    bool killed;        /* the owner was */
    char files[FILES_MAX][64];
    size_t sizes[FILES_MAX];
    unsigned file_count;
    struct place *places;
    size_t place_count, place_room;
    struct chance chance;
    long right_count, earlier_count, error_count, wrong_count, crashes;
};

/* ---- where ---- */

static bool is_wanted(const struct pages *p, const struct wanted *wanted,
                      const struct place *place)
{
    const char *name = p->files[place->file];
    return (!wanted->file || strcmp(wanted->file, name) == 0) &&
           (!wanted->without || strncmp(name, wanted->without, strlen(wanted->without)) != 0) &&
           (!wanted->how || strstr(wanted->how, damage_names[place->damage])) &&
           (wanted->page < 0 || (size_t)wanted->page == place->page);
}

static void add_place(struct pages *p, const struct wanted *wanted, struct place place)
{
    if (!is_wanted(p, wanted, &place))
        return;
    if (p->place_count == p->place_room) {
        p->place_room = p->place_room ? 2 * p->place_room : 256;
        p->places = realloc(p->places, p->place_room * sizeof *p->places);
        if (!p->places)
            give_up("out of memory for the places");
    }
    p->places[p->place_count++] = place;
}

/* The last page that is not all zeros, and one more: a log file is as long as it may get. */
static size_t used_pages(const unsigned char *data, size_t size)
{
    while (size && !data[size - 1])
        size--;
    return size / PAGE_BYTES + 1;
}

static void find_places(struct pages *p, const struct wanted *wanted)
{
    p->place_count = 0;
    for (unsigned file = 0; file < p->file_count; file++) {
        char path[PATH_BYTES_MAX];
        size_t size;
        join_path(path, p->from, p->files[file]);
        unsigned char *data = read_whole(path, &size);
        if (!data)
            give_up("cannot read %s", path);
        p->sizes[file] = size;
        for (size_t page = 0;
             size && page <= used_pages(data, size) && page * PAGE_BYTES < size; page++)
            for (int damage = 0; damage < PAGE_DAMAGES; damage++)
                add_place(p, wanted, (struct place){file, page, (enum damage)damage});
        for (int damage = PAGE_DAMAGES; damage < DAMAGES; damage++)
            add_place(p, wanted, (struct place){file, 0, (enum damage)damage});
        free(data);
    }
    strcpy(p->files[p->file_count], "."); /* list_files() left room */
    for (int damage = DAMAGE_UNREADABLE; damage < DAMAGES; damage++)
        add_place(p, wanted, (struct place){p->file_count, 0, (enum damage)damage});
}

/* ---- damage ---- */

static void garble(struct pages *p, unsigned char *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        data[i] = (unsigned char)chance_next(&p->chance);
}

static void replace_file(struct pages *p, const struct place *place, const char *path)
{
    const size_t size = p->sizes[place->file];
    unsigned char *data = NULL;
    unlink(path);
    if (place->damage == DAMAGE_EMPTY)
        write_whole(path, "", 0);
    else if (place->damage == DAMAGE_DIRECTORY && mkdir(path, 0700) != 0)
        give_up("cannot make %s", path);
    else if (place->damage == DAMAGE_PIPE && mkfifo(path, 0600) != 0)
        give_up("cannot make %s", path);
    else if (place->damage == DAMAGE_GARBAGE && (data = malloc(size + 1))) {
        garble(p, data, size);
        write_whole(path, data, size);
    }
    free(data);
}

static int give_away(const char *path, const struct stat *stat, int type, struct FTW *walk)
{
    (void)stat, (void)type, (void)walk;
    return lchown(path, PAGES_USER, PAGES_USER);
}

/* To the user as whom the questions are asked: nobody forbids root anything. */
static void hand_over(const char *directory)
{
    if (geteuid() == 0 && nftw(directory, give_away, 16, FTW_PHYS) != 0)
        give_up("cannot hand over %s: %s", directory, strerror(errno));
}

static void do_damage(struct pages *p, const struct place *place)
{
    char path[PATH_BYTES_MAX];
    size_t size;
    join_path(path, p->bench.catalog, p->files[place->file]);
    if (place->damage >= DAMAGE_UNREADABLE) {
        const bool directory = place->file == p->file_count;
        const mode_t left = place->damage == DAMAGE_UNREADABLE ? 0 : directory ? 0500 : 0400;
        if (chmod(path, left) != 0)
            give_up("cannot change the mode of %s", path);
        return;
    }
    if (place->damage >= PAGE_DAMAGES) {
        replace_file(p, place, path);
        return;
    }
    unsigned char *data = read_whole(path, &size);
    const size_t at = place->page * PAGE_BYTES;
    size_t length = size - at < PAGE_BYTES ? size - at : PAGE_BYTES;
    const size_t within = (size_t)chance_below(&p->chance, length);
    if (place->damage == DAMAGE_FLIP)
        data[at + within] ^= (unsigned char)(1 << chance_below(&p->chance, 8));
    else if (place->damage == DAMAGE_ZERO)
        memset(data + at, 0, length);
    else
        size = place->damage == DAMAGE_CUT ? at : at + within;
    write_whole(path, data, size);
    free(data);
}

/* ---- judging ---- */

/* A catalog's damage is the catalog's failure: exit status 3. */
static bool is_damage(const struct pages *p, const struct place *place, enum ic_status status)
{
    const bool no_catalog = status == IC_NOT_FOUND && place->damage == DAMAGE_GONE &&
                            strcmp(p->files[place->file], "format") == 0;
    return no_catalog || ic_status_exit(status) == 3;
}

enum verdict { RIGHT, ERRORS, WRONG };

static enum verdict compare(const struct pages *p, const struct place *place, char *why,
                            size_t size)
{
    enum verdict verdict = RIGHT;
    for (unsigned i = 0; i < QUESTIONS; i++) {
        const struct reply *reply = &p->told->replies[i];
        if (reply->status == IC_OK && reply->sum == p->right.replies[i].sum)
            continue;
        if (reply->status == IC_OK)
            snprintf(why, size, "a wrong answer to \"%s\"", question_names[i]);
        else
            snprintf(why, size, "\"%s\" ends with %s: %.300s", question_names[i],
                     ic_status_name(reply->status), reply->text);
        if (reply->status == IC_OK || !is_damage(p, place, reply->status))
            return WRONG;
        verdict = ERRORS;
    }
    return verdict;
}

/* The log's end was lost, and what is there is whole. */
static bool is_earlier(const struct pages *p, const struct place *place)
{
    return p->killed && strncmp(p->files[place->file], "log.", 4) == 0 &&
           p->told->replies[ASK_SOUND].status == IC_OK;
}

static bool judge(struct pages *p, const struct place *place, struct child_result result,
                  char *why, size_t size)
{
    char text[64];
    if (result.end != CHILD_GOOD) {
        p->crashes++;
        snprintf(why, size, "%s while %s", describe_child(result, text), p->told->doing);
        return false;
    }
    switch (compare(p, place, why, size)) {
    case RIGHT:
        p->right_count++;
        return true;
    case ERRORS:
        p->error_count++;
        return true;
    case WRONG:
        break;
    }
    const bool earlier = is_earlier(p, place);
    const struct reply *sound = &p->told->replies[ASK_SOUND];
    if (!earlier && sound->status != IC_OK)
        snprintf(why + strlen(why), size - strlen(why), "; verify: %.200s", sound->text);
    (*(earlier ? &p->earlier_count : &p->wrong_count))++;
    return earlier;
}

static bool try_place(struct pages *p, const struct place *place)
{
    char why[512];
    remove_tree(p->bench.catalog);
    copy_tree(p->from, p->bench.catalog);
    do_damage(p, place);
    hand_over(p->bench.catalog);
    memset(p->told, 0, sizeof *p->told);
    const struct child_result result =
        wait_child(start_child(pages_ask, &p->bench), TRIAL_MAX_MS);
    if (judge(p, place, result, why, sizeof why))
        return true;
    if (p->wrong_count + p->crashes <= SHOWN_MAX)
        printf("# %s page %zu %s: %s\n", p->files[place->file], place->page,
               damage_names[place->damage], why);
    return false;
}

/* ---- running ---- */

static void list_files(struct pages *p)
{
    char path[PATH_BYTES_MAX];
    struct disk_names *names = calloc(1, sizeof *names);
    if (!names)
        give_up("out of memory for names");
    disk_names_scan(names, p->from);
    p->file_count = 0;
    for (uint32_t i = 0; i < names->count && p->file_count < FILES_MAX - 1; i++) {
        join_path(path, p->from, names->items[i].path);
        if (strlen(names->items[i].path) < sizeof p->files[0])
            strcpy(p->files[p->file_count++], names->items[i].path);
    }
    free(names);
}

/* What an undamaged catalog answers. */
static bool ask_undamaged(struct pages *p, const char *directory, struct asked *right)
{
    bool good = true;
    remove_tree(p->bench.catalog);
    copy_tree(directory, p->bench.catalog);
    hand_over(p->bench.catalog);
    memset(p->told, 0, sizeof *p->told);
    const struct child_result result =
        wait_child(start_child(pages_ask, &p->bench), TRIAL_MAX_MS);
    *right = *p->told;
    for (unsigned i = 0; i < QUESTIONS; i++)
        if (right->replies[i].status != IC_OK) {
            printf("# undamaged: %s: %s\n", question_names[i], right->replies[i].text);
            good = false;
        }
    return good && result.end == CHILD_GOOD;
}

static long try_places(struct pages *p, const struct wanted *wanted)
{
    long trials = 0;
    const bool some = wanted->samples && (size_t)wanted->samples < p->place_count;
    for (size_t i = 0; i < p->place_count && !(some && trials == wanted->samples); i++) {
        try_place(p, &p->places[some ? chance_below(&p->chance, p->place_count) : i]);
        trials++;
    }
    return trials;
}

/* Damages copies of `from`; p->right says what is right. */
static bool run(struct pages *p, const char *from, const struct wanted *wanted,
                const char *what, unsigned number)
{
    p->from = from;
    p->right_count = p->earlier_count = p->error_count = p->wrong_count = p->crashes = 0;
    list_files(p);
    find_places(p, wanted);
    const long trials = try_places(p, wanted);
    const bool good = !p->wrong_count && !p->crashes;
    printf("%sok %u - %s, damaged in %ld of %zu places: %ld right, %ld of an earlier moment, "
           "%ld errors, %ld wrong, %ld crashed or hung\n",
           good ? "" : "not ", number, what, trials, p->place_count, p->right_count,
           p->earlier_count, p->error_count, p->wrong_count, p->crashes);
    fflush(stdout);
    return good;
}

static bool run_closed(struct pages *p, const struct wanted *wanted, unsigned number)
{
    p->killed = false;
    return ask_undamaged(p, p->bench.prepared, &p->right) &&
           run(p, p->bench.prepared, wanted, "a catalog that was closed", number);
}

static bool run_killed(struct pages *p, const struct wanted *wanted, unsigned number)
{
    const char *killed = pages_killed(&p->bench);
    p->killed = true;
    return ask_undamaged(p, killed, &p->right) &&
           run(p, killed, wanted, "a catalog whose owner was killed", number);
}

static void *share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        give_up("no shared memory");
    return memory;
}

int main(int argc, char **argv)
{
    static struct pages p;
    static const struct option options[] = {{"samples", required_argument, NULL, 'n'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"file", required_argument, NULL, 'f'},
                                            {"page", required_argument, NULL, 'p'},
                                            {"how", required_argument, NULL, 'h'},
                                            {"without", required_argument, NULL, 'w'},
                                            {"closed", no_argument, NULL, 'c'},
                                            {"killed", no_argument, NULL, 'k'},
                                            {NULL, 0, NULL, 0}};
    struct wanted wanted = {.samples = SAMPLES, .page = -1, .seed = now_us()};
    unsigned tests = 0;
    bool good = true;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'n')
            wanted.samples = strtol(optarg, NULL, 10);
        else if (option == 's')
            wanted.seed = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            wanted.file = optarg;
        else if (option == 'p')
            wanted.page = strtol(optarg, NULL, 10);
        else if (option == 'w')
            wanted.without = optarg;
        else if (option == 'h')
            wanted.how = optarg;
        else if (option == 'c' || option == 'k')
            *(option == 'c' ? &wanted.closed : &wanted.killed) = true;
        else
            return 2;
    }
    printf("# seed %llu\n", (unsigned long long)wanted.seed);
    p.chance.state = wanted.seed;
    make_scratch(p.bench.scratch, true);
    if (chmod(p.bench.scratch, 0711) != 0)
        give_up("cannot change the mode of %s", p.bench.scratch);
    bench_set_up(&p.bench);
    p.told = share(sizeof *p.told);
    pages_share(p.told);
    if (!wanted.killed)
        good &= run_closed(&p, &wanted, ++tests);
    if (!wanted.closed)
        good &= run_killed(&p, &wanted, ++tests);
    printf("1..%u\n", tests);
    remove_tree(p.bench.scratch);
    return good ? 0 : 1;
}
