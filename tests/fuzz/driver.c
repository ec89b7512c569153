/* SPDX-License-Identifier: Apache-2.0 */
/* A fuzz target without libFuzzer: gives it the files of a corpus, then mutations of them from
 * a seeded generator. Prints TAP.
 *
 *     fuzz_TARGET [--seed N] [--rounds N] [--seconds N] [--keep FILE] FILE-OR-DIRECTORY...
 *
 * The input that is being tried stands in the file --keep, which is removed at a good end: what
 * is there after a crash is the input that crashed. Given alone, with --rounds 0, it does so
 * again; what needs the inputs before it needs the same seed and rounds. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

enum { CORPUS_MAX = 4096, INPUT_BYTES_MAX = 64 * 1024, MUTATIONS_MAX = 6 };

struct input {
    uint8_t *bytes;
    size_t size;
};

static struct input corpus[CORPUS_MAX];
static size_t corpus_count;
static uint64_t random_state;
static int kept = -1;

static size_t below(size_t limit)
{
    return fuzz_below(&random_state, limit);
}

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

/* ---- the corpus ---- */

static void add_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(INPUT_BYTES_MAX);
    if (!file || !bytes)
        die(path);
    if (corpus_count == CORPUS_MAX) {
        fprintf(stderr, "more than %d files\n", CORPUS_MAX);
        exit(2);
    }
    const size_t size = fread(bytes, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    corpus[corpus_count++] = (struct input){bytes, size};
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of their names: the same seed is to mean the same inputs. */
static void add_path(const char *path)
{
    struct stat found;
    struct dirent **entries = NULL;
    if (stat(path, &found) != 0)
        die(path);
    if (!S_ISDIR(found.st_mode)) {
        add_file(path);
        return;
    }
    const int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        die(path);
    for (int i = 0; i < count; i++) {
        char *inside = NULL;
        if (asprintf(&inside, "%s/%s", path, entries[i]->d_name) < 0)
            die(path);
        add_path(inside);
        free(inside);
        free(entries[i]);
    }
    free(entries);
}

/* ---- mutations ---- */

/* Puts `size` bytes in the place of those from `from` to `to`, as far as they have room. */
static void replace(struct input *input, size_t from, size_t to, const uint8_t *bytes,
                    size_t size)
{
    const size_t behind = input->size - to;
    if (from + size + behind > INPUT_BYTES_MAX)
        return;
    memmove(input->bytes + from + size, input->bytes + to, behind);
    memcpy(input->bytes + from, bytes, size);
    input->size = from + size + behind;
}

static bool is_edge(uint8_t byte)
{
    return byte == '<' || byte == '>' || byte == '\'' || byte == '"' || byte == '\n' ||
           byte == ' ' || byte == ';' || byte == '&';
}

/* A place where a tag, a value, a word or a line begins or ends. */
static size_t edge(const struct input *input, size_t from)
{
    while (from < input->size && !is_edge(input->bytes[from]))
        from++;
    return from;
}

/* A piece between two edges. */
static struct input piece(const struct input *input)
{
    const size_t from = edge(input, below(input->size + 1));
    size_t to = from;
    for (size_t i = 1 + below(below(4) ? 3 : 30); i > 0 && to < input->size; i--)
        to = edge(input, to + 1);
    return (struct input){input->bytes + from, to - from};
}

static void insert_value(struct input *input, size_t at)
{
    static const char *const values[] = {"",
                                         "0",
                                         "1",
                                         "-1",
                                         "18446744073709551616",
                                         "1e999",
                                         "NaN",
                                         "&lt;",
                                         "&#9;",
                                         "&#x9B;",
                                         "&amp;amp;",
                                         "]]>",
                                         "<![CDATA[",
                                         "<!--",
                                         "<?x?>",
                                         "<!DOCTYPE x [<!ENTITY e 'e'>]>",
                                         "&e;",
                                         "<x/>",
                                         "</x>",
                                         "<x xmlns='urn:x'>",
                                         "\xC3\xA9",
                                         "\xE2\x80\xAE",
                                         "\xEF\xBF\xBF",
                                         "\xED\xA0\x80",
                                         "\xFF",
                                         "a@@b/",
                                         "\\u0000",
                                         "execute",
                                         "cancel",
                                         "next",
                                         "complete",
                                         "prev",
                                         "getStatus",
                                         "getOutput",
                                         "io-schemata-get",
                                         "submit",
                                         "get",
                                         "set",
                                         "result",
                                         "error",
                                         "xml:lang='",
                                         "sessionid='RPC-SESSION-0000001'",
                                         "part='2'"};
    const char *value = values[below(sizeof values / sizeof *values)];
    replace(input, at, at, (const uint8_t *)value, strlen(value));
}

static void mutate(struct input *input)
{
    const struct input part = piece(input);
    const size_t from = (size_t)(part.bytes - input->bytes), to = from + part.size;
    const size_t at = edge(input, below(input->size + 1));
    uint8_t copy[INPUT_BYTES_MAX];
    switch (below(8)) {
    case 0: /* any byte: mostly not well-formed */
        if (input->size > 0)
            input->bytes[below(input->size)] = (uint8_t)below(256);
        break;
    case 1: /* a piece goes */
        replace(input, from, to, copy, 0);
        break;
    case 2: /* a piece stands somewhere else too, once or many times */
        memcpy(copy, part.bytes, part.size);
        for (size_t i = below(8) ? 1 : 1 + below(200); i > 0; i--)
            replace(input, at, at, copy, part.size);
        break;
    case 3:
    case 4: { /* a piece of another input stands here */
        const struct input other = piece(&corpus[below(corpus_count)]);
        replace(input, from, below(2) ? to : from, other.bytes, other.size);
        break;
    }
    case 5:
    case 6: /* a value is another one */
        replace(input, from, to, copy, 0);
        insert_value(input, from);
        break;
    case 7:
        if (below(4) == 0)
            input->size = below(input->size + 1); /* the end is missing */
        else
            insert_value(input, at);
        break;
    }
}

/* ---- running ---- */

static void try(const struct input *input)
{
    if (kept >= 0 && (ftruncate(kept, (off_t)input->size) != 0 ||
                      pwrite(kept, input->bytes, input->size, 0) != (ssize_t)input->size))
        die("--keep");
    /* In memory of its own length, so that a byte too far is seen. */
    uint8_t *bytes = malloc(input->size ? input->size : 1);
    if (!bytes)
        die("memory");
    memcpy(bytes, input->bytes, input->size);
    LLVMFuzzerTestOneInput(bytes, input->size);
    free(bytes);
}

static void run(long rounds, long seconds)
{
    const time_t end = time(NULL) + seconds;
    struct input input = {malloc(INPUT_BYTES_MAX), 0};
    long count = 0;
    if (!input.bytes)
        die("memory");
    for (size_t i = 0; i < corpus_count; i++, count++)
        try(&corpus[i]);
    for (long round = 0; seconds > 0 ? time(NULL) < end : round < rounds; round++, count++) {
        const struct input *model = &corpus[below(corpus_count)];
        memcpy(input.bytes, model->bytes, model->size);
        input.size = model->size;
        for (size_t i = 1 + below(MUTATIONS_MAX); i > 0; i--)
            mutate(&input);
        try(&input);
    }
    free(input.bytes);
    printf("ok 1 - %ld inputs\n", count);
}

static long number(const char *text)
{
    char *end = NULL;
    const long value = text ? strtol(text, &end, 10) : -1;
    if (value < 0 || *end) {
        fprintf(stderr, "\"%s\" is no number from 0 on\n", text ? text : "");
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    long rounds = 0, seconds = 0;
    const char *keep = NULL;
    random_state = (uint64_t)time(NULL);
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--seed") == 0)
            random_state = (uint64_t)number(value);
        else if (strcmp(argv[i], "--rounds") == 0)
            rounds = number(value);
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = number(value);
        else if (strcmp(argv[i], "--keep") == 0)
            keep = value;
        else
            add_path(argv[i--]);
        i++;
    }
    if (corpus_count == 0) {
        fprintf(stderr, "there is no input\n");
        return 2;
    }
    random_state = random_state ? random_state : 1;
    kept = keep ? open(keep, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;
    if (keep && kept < 0)
        die(keep);
    printf("1..1\n# --seed %llu\n", (unsigned long long)random_state);
    fflush(stdout);
    run(rounds, seconds);
    if (keep)
        unlink(keep);
    for (size_t i = 0; i < corpus_count; i++)
        free(corpus[i].bytes);
    return 0;
}
