/* SPDX-License-Identifier: Apache-2.0 */
/* Parser processes: the same results as in this process, on anything; and what becomes of one
 * that dies, hangs, lies or takes too much. The test program itself is what is started, as the
 * parser or, under another name, as a bad one. */
#include "tests/unit/parser_support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "importers/payload.h"
#include "xmpp-frontend/parser.h"
#include "xmpp-frontend/parser_process.h"
#include "xmpp-frontend/sandbox.h"

/* ---- what a process is that was not started to parse ---- */

static void put(const void *data, size_t size)
{
    if (write(IC_PARSER_FD, data, size) != (ssize_t)size)
        _exit(9);
}

static bool get(void *data, size_t size)
{
    for (char *at = data; size > 0;) {
        const ssize_t got = read(IC_PARSER_FD, at, size);
        if (got <= 0)
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

/* An answer with one statement whose line is `line`, `times` times at once. */
static void put_answer(uint32_t line, unsigned times)
{
    struct ic_document *document = ic_document_new("x", NULL);
    struct encoder message = {0}, bytes = {0};
    unsigned char length[IC_PARSER_LENGTH_BYTES];
    const struct ic_term term = ic_term_iri("urn:x");
    ic_document_add(document, &term, &term, &term, NULL, line, NULL);
    ic_parser_encode_answer(&message, IC_OK, ic_importers[0], document, NULL, NULL);
    ic_parser_put_length(length, message.size);
    for (; times > 0; times--) {
        encode_bytes(&bytes, length, sizeof length);
        encode_bytes(&bytes, message.data, message.size);
    }
    put(bytes.data, bytes.size);
    encoder_free(&bytes);
    encoder_free(&message);
    ic_document_free(document);
}

static void wait_for_the_end(void)
{
    char byte;
    while (read(IC_PARSER_FD, &byte, 1) > 0)
        continue;
    _exit(0);
}

/* Does what the payload says, else answers with the number of requests so far. */
static void obey(const char *xml, uint32_t requests)
{
    static const unsigned char nonsense[] = "\x06\0\0\0nonsen", huge[] = "\xFF\xFF\xFF\xFF";
    static const unsigned char half[] = "\x40\0\0\0half";
    if (strstr(xml, "abort")) {
        signal(SIGABRT, SIG_DFL);
        abort();
    } else if (strstr(xml, "exit")) {
        _exit(7);
    } else if (strstr(xml, "hang")) {
        wait_for_the_end();
    } else if (strstr(xml, "burn")) {
        for (volatile unsigned i = 0;; i++)
            continue;
    } else if (strstr(xml, "nonsense")) {
        put(nonsense, 10);
    } else if (strstr(xml, "empty")) {
        put("\0\0\0\0", 4);
    } else if (strstr(xml, "huge")) {
        put(huge, 4);
        wait_for_the_end();
    } else if (strstr(xml, "half")) {
        put(half, 8);
        _exit(0);
    } else if (strstr(xml, "trickle")) {
        put(half, 4);
        for (;;) {
            put("x", 1);
            usleep(20 * 1000);
        }
    } else {
        put_answer(requests, strstr(xml, "twice") ? 2 : 1);
    }
}

static void be_bad(void)
{
    unsigned char length[IC_PARSER_LENGTH_BYTES];
    put("\0\0\0\0", 4); /* ready */
    for (uint32_t requests = 1; get(length, sizeof length); requests++) {
        const size_t size = ic_parser_get_length(length);
        char *data = calloc(1, size + 1);
        if (!get(data, size))
            _exit(9);
        for (size_t i = 0; i < size; i++) /* so that what is in it can be found */
            data[i] = data[i] ? data[i] : ' ';
        obey(data, requests);
        free(data);
    }
    _exit(0);
}

static int be_a_process(int argc, char **argv)
{
    const char *name = basename(argv[0]);
    if (strcmp(name, "bad") == 0)
        be_bad();
    if (strcmp(name, "dead") == 0)
        return 5;
    if (strcmp(name, "mute") == 0)
        wait_for_the_end();
    if (strcmp(name, "deaf") == 0) {
        put("\0\0\0\0", 4); /* ready */
        for (;;)
            pause();
    }
    return ic_parser_process(argc, argv);
}

/* ---- parsers of this test ---- */

static char directory[64];

/* The test program under another name. */
static const char *called(const char *name)
{
    static char path[128], self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(length > 0);
    self[length] = '\0';
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_true(symlink(self, path) == 0 || errno == EEXIST);
    return path;
}

static struct ic_parsers *parsers_with(struct ic_parsers_options options)
{
    struct ic_parsers *parsers = NULL;
    struct ic_error error = {0};
    if (ic_parsers_new(&options, &parsers, &error) != IC_OK)
        fail_msg("%s", error.text);
    return parsers;
}

static struct ic_parsers *bad_parsers(struct ic_parsers_options options)
{
    options.program = called("bad");
    options.processes_max = 1;
    return parsers_with(options);
}

static enum ic_status import(struct ic_parsers *parsers, const char *xml,
                             struct ic_document **document, struct ic_error *error)
{
    const struct ic_importer *format = NULL;
    struct ic_document *read = ic_document_new("payload", NULL);
    assert_non_null(read);
    *error = (struct ic_error){0};
    const enum ic_status status =
        ic_parsers_import(parsers, xml, strlen(xml), NULL, 0, read, &format, error);
    if (status == IC_OK)
        assert_non_null(format);
    else
        assert_int_equal(error->status, status);
    if (document)
        *document = read;
    else
        ic_document_free(read);
    return status;
}

/* The line that a bad process gives: how many requests it had. */
static uint32_t asked_so_far(struct ic_parsers *parsers, const char *xml)
{
    struct ic_document *document;
    struct ic_error error;
    size_t count;
    if (import(parsers, xml, &document, &error) != IC_OK)
        fail_msg("%s", error.text);
    const struct ic_statement *s = ic_document_statements(document, &count);
    assert_int_equal(count, 1);
    const uint32_t line = s->line;
    ic_document_free(document);
    return line;
}

/* ---- the same as in this process ---- */

struct outcome {
    struct ic_document *document;
    const struct ic_importer *format;
    enum ic_status status;
    struct ic_error error;
};

static struct outcome outcome_of(struct ic_parsers *parsers, const char *xml, size_t length,
                                 const struct ic_ontology *ontology, size_t bytes_max)
{
    static const struct ic_document_limits limits = {
        .statements_max = 500, .term_bytes_max = 5000, .total_bytes_max = 50000};
    struct outcome o = {.document = ic_document_new("payload", &limits)};
    o.status = ic_parsers_import(parsers, xml, length, ontology, bytes_max, o.document,
                                 &o.format, &o.error);
    return o;
}

/* True when it could be read. */
static bool compare(struct ic_parsers *parsers, const char *xml, size_t length,
                    const struct ic_ontology *ontology, size_t bytes_max)
{
    struct outcome a = outcome_of(NULL, xml, length, ontology, bytes_max);
    struct outcome b = outcome_of(parsers, xml, length, ontology, bytes_max);
    const struct ic_error *x = &a.error, *y = &b.error;
    if (a.status != b.status || a.format != b.format ||
        (a.status != IC_OK && (x->line != y->line || x->column != y->column ||
                               strcmp(x->file, y->file) != 0 || strcmp(x->text, y->text) != 0)))
        fail_msg("in the process: %s %s:%lu:%lu: %s\nin its own: %s %s:%lu:%lu: %s\nin: %s",
                 ic_status_name(a.status), x->file, x->line, x->column, x->text,
                 ic_status_name(b.status), y->file, y->line, y->column, y->text, xml);
    if (a.status == IC_OK)
        assert_same_documents(a.document, b.document, xml);
    ic_document_free(a.document);
    ic_document_free(b.document);
    return a.status == IC_OK;
}

static char *as_document(const char *type, const char *text)
{
    char *xml = NULL;
    size_t length;
    FILE *out = open_memstream(&xml, &length);
    assert_non_null(out);
    fprintf(out, "<document xmlns='" IC_NS_PAYLOAD "' lease='PT2H' type='%s'>", type);
    for (const char *c = text; *c; c++) {
        if (*c == '<' || *c == '&')
            fputs(*c == '<' ? "&lt;" : "&amp;", out);
        else
            fputc(*c, out);
    }
    fputs("</document>", out);
    assert_int_equal(fclose(out), 0);
    return xml;
}

/* Compares it as it is and with bytes changed, cut out or doubled. */
static void compare_variants(struct ic_parsers *parsers, const char *xml,
                             const struct ic_ontology *ontology, uint64_t *seed)
{
    enum { VARIANTS = IC_SANDBOX_SANITIZED ? 20 : 100 };
    const size_t length = strlen(xml);
    char *changed = calloc(2, length + 2);
    assert_non_null(changed);
    compare(parsers, xml, length, NULL, 0);
    for (size_t i = 0; i < VARIANTS && length > 0; i++) {
        const size_t at = next_random(seed) % length;
        const size_t piece = next_random(seed) % 20 % (length - at + 1);
        const bool twice = next_random(seed) % 4 == 0;
        memcpy(changed, xml, at + piece);
        memcpy(changed + at + (twice ? piece : 0), xml + at + (twice ? 0 : piece),
               length - at - (twice ? 0 : piece));
        const size_t size = length + (twice ? piece : 0) - (twice ? 0 : piece);
        changed[size] = '\0';
        if (next_random(seed) % 2 && size > 0)
            changed[next_random(seed) % size] = (char)next_random(seed);
        compare(parsers, changed, size, i % 2 ? ontology : NULL, i % 10 ? 0 : size - 1);
    }
    free(changed);
}

static void compares_with_this_process(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *type;
    } corpora[] = {
        {"tests/data/import/*.ttl", "text/turtle"},
        {"tests/data/import/*.nt", "application/n-triples"},
        {"tests/data/import/*.nq", "application/n-quads"},
        {"tests/data/import/*.trig", "application/trig"},
        {"tests/data/import/*.rdf", "application/rdf+xml"},
        {"tests/data/import/*.rdf", NULL},
        {"tests/data/import/*.xml", NULL},
        {"tests/data/import/*.xml", "advertisement"},
        {"data/*.ttl", "text/turtle"},
        {"data/*.rdf", NULL},
        {"data/*.xml", NULL},
    };
    const char *given = getenv("SEED");
    uint64_t seed = (uint64_t)(given ? strtoll(given, NULL, 10) : getpid());
    print_message("# SEED=%lu\n", (unsigned long)seed);
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    struct ic_ontology *ontology = tree_ontology();
    size_t accepted = 0;
    for (size_t i = 0; i < sizeof corpora / sizeof *corpora; i++) {
        glob_t files;
        assert_int_equal(glob(corpora[i].pattern, 0, NULL, &files), 0);
        for (size_t f = 0; f < files.gl_pathc; f++) {
            size_t length;
            char *text = file_text(files.gl_pathv[f], &length);
            char *xml = corpora[i].type ? as_document(corpora[i].type, text) : strdup(text);
            accepted += compare(parsers, xml, strlen(xml), ontology, 0);
            compare_variants(parsers, xml, ontology, &seed);
            free(text);
            free(xml);
        }
        globfree(&files);
    }
    assert_true(accepted >= 10);
    ic_ontology_release(ontology);
    ic_parsers_free(parsers);
}

#define AD(text) "<advertisement xmlns='" IC_NS_PAYLOAD "'>" text "</advertisement>"
#define CAPABILITY(name)                                                                       \
    "<capability><attribute>" name "</attribute><value>1</value></capability>"

static void compares_payloads(void **state)
{
    (void)state;
    static const char *const payloads[] = {
        "",
        "text",
        "<x/>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hosts'>]><x>&e;</x>",
        AD("<cloudName>c</cloudName>" CAPABILITY("replicationFactor")),
        AD("<cloudName>c</cloudName>\n" CAPABILITY("replicationFaktor")),
        AD("<cloudName>c</cloudName>\n" CAPABILITY("nothingLikeIt\xC3\xA9")),
        AD("<cloudName>c</cloudName>\n" CAPABILITY("&lt;urn:x>")),
        AD("<cloudName>c\n</cloudName><offer/><offer id='1'/>"),
        DOCUMENT("text/turtle", "&lt;a:a> &lt;a:b> [], [ &lt;a:c> () ], _:ic0, _:uic0 ."),
        DOCUMENT("text/turtle", "x"),
        DOCUMENT("text/html", ""),
        DOCUMENT("application/rdf+xml",
                 "&lt;?xml version='1.0' encoding='ISO-8859-1'?>&lt;r:RDF "
                 "xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:e='rel'>"
                 "&lt;e:C e:p='x'/>&lt;/r:RDF>"),
        DOCUMENT("application/rdf+xml", "&lt;?xml version='1.0' encoding='EUC-JP'?>&lt;x/>"),
    };
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    struct ic_ontology *ontology = tree_ontology();
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        compare(parsers, payloads[i], strlen(payloads[i]), ontology, 0);
        compare(parsers, payloads[i], strlen(payloads[i]), NULL, 0);
        compare(parsers, payloads[i], strlen(payloads[i]), NULL, 20);
    }
    ic_ontology_release(ontology);
    ic_parsers_free(parsers);
}

/* The importers' own limits are met in the process, the document's too. */
static void compares_limits(void **state)
{
    (void)state;
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    char *deep = NULL, *many = NULL;
    size_t length;
    FILE *out = open_memstream(&deep, &length);
    for (size_t i = 0; i < 5000; i++)
        fputs("<e:a xmlns:e='urn:e:'>", out);
    fclose(out);
    compare(parsers, deep, length, NULL, 0);
    out = open_memstream(&many, &length);
    fputs("<document xmlns='" IC_NS_PAYLOAD "' type='text/turtle'>", out);
    for (size_t i = 0; i < 600; i++)
        fprintf(out, "\n&lt;urn:a> &lt;urn:b> %zu .", i);
    fputs("</document>", out);
    fclose(out);
    assert_false(compare(parsers, many, length, NULL, 0));
    free(deep);
    free(many);
    ic_parsers_free(parsers);
}

enum { THREADS = 4, IMPORTS = 50 };

static void *import_many(void *context)
{
    for (size_t i = 0; i < IMPORTS; i++) {
        char xml[256], expected[64];
        struct ic_document *document;
        struct ic_error error;
        snprintf(xml, sizeof xml, DOCUMENT("turtle", "&lt;a:%zu> &lt;a:b> &lt;a:c> ."), i);
        snprintf(expected, sizeof expected, "<a:%zu> <a:b> <a:c> .\n", i);
        assert_int_equal(import(context, xml, &document, &error), IC_OK);
        char *text = written(document, IC_RDF_NQUADS);
        assert_string_equal(text, expected);
        free(text);
        ic_document_free(document);
    }
    return NULL;
}

static void threads_share_processes(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct ic_parsers *parsers =
        parsers_with((struct ic_parsers_options){.processes_max = 2, .requests_max = 20});
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, import_many, parsers), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    ic_parsers_free(parsers);
}

/* ---- processes that fail ---- */

static void replaces_what_fails(void **state)
{
    (void)state;
    static const struct {
        const char *xml;
        enum ic_status status;
        const char *part;
    } faults[] = {
        {"abort", IC_IO, "killed by signal 6"},
        {"exit", IC_IO, "ended with status 7"},
        {"nonsense", IC_IO, "makes no sense"},
        {"empty", IC_IO, "makes no sense"},
        {"huge", IC_IO, "announces an answer of 4294967295 bytes"},
        {"half", IC_IO, "has ended"},
        {"hang", IC_BUSY, "try again later"},
        {"trickle", IC_BUSY, "try again later"},
        {"burn", IC_TOO_LARGE, "more than 1 seconds of CPU time"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const bool slow = faults[i].status == IC_BUSY;
        struct ic_error error;
        struct ic_parsers *parsers = bad_parsers(
            (struct ic_parsers_options){.cpu_s = 1, .wait_ms = slow ? 300 : 60 * 1000});
        assert_int_equal(asked_so_far(parsers, "x"), 1);
        assert_int_equal(asked_so_far(parsers, "x"), 2);
        const enum ic_status status = import(parsers, faults[i].xml, NULL, &error);
        if (status != faults[i].status || !strstr(error.text, faults[i].part))
            fail_msg("%s: %s: %s", faults[i].xml, ic_status_name(status), error.text);
        assert_int_equal(asked_so_far(parsers, "x"), 1); /* another one */
        ic_parsers_free(parsers);
    }
}

/* What comes when nobody asks is not taken for the next answer. */
static void drops_what_was_not_asked(void **state)
{
    (void)state;
    struct ic_parsers *parsers = bad_parsers((struct ic_parsers_options){0});
    assert_int_equal(asked_so_far(parsers, "x"), 1);
    assert_int_equal(asked_so_far(parsers, "twice"), 2);
    assert_int_equal(asked_so_far(parsers, "x"), 1);
    ic_parsers_free(parsers);
}

static void renews_processes(void **state)
{
    (void)state;
    struct ic_parsers *parsers = bad_parsers((struct ic_parsers_options){.requests_max = 3});
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(asked_so_far(parsers, "x"), i % 3 + 1);
    ic_parsers_free(parsers);
}

/* More than the socket holds, to one that does not read. */
static void gives_up_on_the_deaf(void **state)
{
    (void)state;
    const size_t size = 1024 * 1024 - 1;
    struct ic_parsers *parsers =
        parsers_with((struct ic_parsers_options){.program = called("deaf"), .wait_ms = 300});
    char *xml = malloc(size + 1);
    struct ic_error error;
    assert_non_null(xml);
    memset(xml, 'x', size);
    xml[size] = '\0';
    assert_int_equal(import(parsers, xml, NULL, &error), IC_BUSY);
    free(xml);
    ic_parsers_free(parsers);
}

static void refuses_to_start(void **state)
{
    (void)state;
    static const char *const names[] = {"dead", "mute", "not/there"};
    static const char *const parts[] = {"ended with status 5", "does not answer",
                                        "No such file"};
    for (size_t i = 0; i < 3; i++) {
        struct ic_parsers *parsers = NULL;
        struct ic_error error = {0};
        const struct ic_parsers_options options = {
            .program = i < 2 ? called(names[i]) : names[i], .start_ms = i == 1 ? 300 : 0};
        assert_int_equal(ic_parsers_new(&options, &parsers, &error), IC_IO);
        assert_null(parsers);
        if (!strstr(error.text, parts[i]))
            fail_msg("%s: %s", names[i], error.text);
    }
}

static void refuses_long_payloads(void **state)
{
    (void)state;
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    struct ic_document *document = ic_document_new("payload", NULL);
    struct ic_error error = {0};
    char *xml = calloc(1, IC_PARSER_REQUEST_BYTES_MAX);
    assert_non_null(xml);
    assert_int_equal(ic_parsers_import(parsers, xml, IC_PARSER_REQUEST_BYTES_MAX, NULL, 0,
                                       document, NULL, &error),
                     IC_TOO_LARGE);
    assert_non_null(strstr(error.text, "longer than the limit of 64 MiB"));
    free(xml);
    ic_document_free(document);
    ic_parsers_free(parsers);
}

/* A long base and many prefixes below it: some kilobytes that want a gigabyte. */
static void bounds_memory(void **state)
{
    (void)state;
    enum { BASE = 300 * 1000, PREFIXES_COUNT = 4000 };
    struct ic_parsers *parsers =
        parsers_with((struct ic_parsers_options){.memory_bytes = 64 * 1024 * 1024});
    struct ic_error error;
    char *xml = NULL;
    size_t length;
    FILE *out = open_memstream(&xml, &length);
    assert_non_null(out);
    fputs("<document xmlns='" IC_NS_PAYLOAD "' type='text/turtle'>@base &lt;urn:/", out);
    for (size_t i = 0; i < BASE; i++)
        fputc('x', out);
    fputs("/> .\n", out);
    for (size_t i = 0; i < PREFIXES_COUNT; i++)
        fprintf(out, "@prefix p%zu: &lt;%zu> .\n", i, i);
    fputs("</document>", out);
    assert_int_equal(fclose(out), 0);
    if (!IC_SANDBOX_SANITIZED) {
        if (import(parsers, xml, NULL, &error) != IC_TOO_LARGE ||
            !strstr(error.text, "more than 64 MiB of memory"))
            fail_msg("%s", error.text);
    }
    assert_int_equal(import(parsers, DOCUMENT("turtle", "&lt;a:a> &lt;a:b> 1 ."), NULL, &error),
                     IC_OK);
    free(xml);
    ic_parsers_free(parsers);
}

/* ---- what the process is ---- */

/* The one child of this process. */
static pid_t only_child(void)
{
    char path[64];
    int pid = 0, another;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    assert_int_equal(fscanf(in, "%d%d", &pid, &another), 1);
    fclose(in);
    return pid;
}

static char *process_file(pid_t pid, const char *name)
{
    char path[64];
    size_t length;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return file_text(path, &length);
}

static void is_shut_in(void **state)
{
    (void)state;
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    const pid_t pid = only_child();
    char *status = process_file(pid, "status"), *limits = process_file(pid, "limits");
    assert_non_null(strstr(status, "\nNoNewPrivs:\t1\n"));
    assert_non_null(strstr(status, "\nSeccomp:\t2\n"));
    assert_non_null(strstr(limits, "Max open files            0 "));
    assert_non_null(strstr(limits, "Max core file size        0 "));
    if (!IC_SANDBOX_SANITIZED) {
        char *environment = process_file(pid, "environ");
        assert_string_equal(environment, "");
        assert_non_null(strstr(limits, "Max file size             0 "));
        assert_null(strstr(limits, "Max address space         unlimited"));
        free(environment);
    }
    /* 0, 1 and 2 are /dev/null, 3 the socket; nothing else was inherited. */
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *open_files = opendir(path);
    assert_non_null(open_files);
    for (struct dirent *entry; (entry = readdir(open_files)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(open_files);
    assert_int_equal(count, 4);
    free(status);
    free(limits);
    ic_parsers_free(parsers);
}

static void replaces_what_died_idle(void **state)
{
    (void)state;
    struct ic_parsers *parsers = parsers_with((struct ic_parsers_options){0});
    const pid_t pid = only_child();
    struct ic_error error;
    siginfo_t info;
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(import(parsers, DOCUMENT("turtle", "&lt;a:a> &lt;a:b> 1 ."), NULL, &error),
                     IC_OK);
    assert_int_not_equal(only_child(), pid);
    ic_parsers_free(parsers);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* none is left */
    assert_int_equal(errno, ECHILD);
}

/* An exchange that is killed leaves no process behind. */
static void ends_with_the_exchange(void **state)
{
    (void)state;
    int status;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);
    const pid_t exchange = fork();
    if (exchange == 0) {
        struct ic_parsers *parsers = NULL;
        ic_parsers_new(NULL, &parsers, NULL);
        kill(getpid(), parsers ? SIGKILL : SIGTERM);
    }
    assert_int_equal(waitpid(exchange, &status, 0), exchange);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(waitpid(-1, &status, 0) > 0); /* orphaned, so ours now */
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0), 0);
}

static void is_not_started_by_hand(void **state)
{
    (void)state;
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        char name[] = "x", argument[] = IC_PARSER_ARGUMENT;
        char *arguments[] = {name, argument, NULL};
        close(STDERR_FILENO);
        _exit(ic_parser_process(2, arguments));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* ---- */

static int setup(void **state)
{
    (void)state;
    strcpy(directory, "/tmp/intercloud-test-XXXXXX");
    return mkdtemp(directory) ? 0 : 1;
}

static int teardown(void **state)
{
    static const char *const names[] = {"bad", "dead", "mute", "deaf"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(called(names[i]));
    return rmdir(directory);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_with_this_process),
        cmocka_unit_test(compares_payloads),
        cmocka_unit_test(compares_limits),
        cmocka_unit_test(threads_share_processes),
        cmocka_unit_test(replaces_what_fails),
        cmocka_unit_test(drops_what_was_not_asked),
        cmocka_unit_test(renews_processes),
        cmocka_unit_test(gives_up_on_the_deaf),
        cmocka_unit_test(refuses_to_start),
        cmocka_unit_test(refuses_long_payloads),
        cmocka_unit_test(bounds_memory),
        cmocka_unit_test(is_shut_in),
        cmocka_unit_test(replaces_what_died_idle),
        cmocka_unit_test(ends_with_the_exchange),
        cmocka_unit_test(is_not_started_by_hand),
    };
    if (argc > 1 && strcmp(argv[1], IC_PARSER_ARGUMENT) == 0)
        return be_a_process(argc, argv);
    return cmocka_run_group_tests(tests, setup, teardown);
}
