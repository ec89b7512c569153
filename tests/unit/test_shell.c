/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's parts that need no catalog: times, command lines, frames, spools. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/command.h"
#include "catalog/instant.h"
#include "catalog/shell_spool.h"
#include "catalog/shell_turtle.h"
#include "catalog/shell_wire.h"

/* ---- instants ---- */

static void instants_are_parsed_and_written(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
        const char *written;
    } cases[] = {{"1970-01-01", 0, "1970-01-01T00:00:00Z"},
                 {"1970-01-01T00:00:00.001Z", 1, "1970-01-01T00:00:00.001Z"},
                 {"2000-02-29T12:00", 951825600000, "2000-02-29T12:00:00Z"},
                 {"2026-11-22T11:57:00Z", 1795348620000, "2026-11-22T11:57:00Z"},
                 {"2026-11-22T11:57:00+02:00", 1795341420000, "2026-11-22T09:57:00Z"},
                 {"2026-11-22T11:57:00.5-05:30", 1795368420500, "2026-11-22T17:27:00.500Z"},
                 {"2026-12-31T23:59:59.9999Z", 1798761599999, "2026-12-31T23:59:59.999Z"},
                 {"2100-03-01", 4107542400000, "2100-03-01T00:00:00Z"},
                 {"9999-12-31T23:59:59.999Z", IC_INSTANT_MS_MAX, "9999-12-31T23:59:59.999Z"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms;
        char text[IC_INSTANT_BYTES];
        assert_int_equal(ic_instant_parse(cases[i].text, &ms, NULL), IC_OK);
        assert_int_equal(ms, cases[i].ms);
        ic_instant_format(ms, text);
        assert_string_equal(text, cases[i].written);
    }
    char text[IC_INSTANT_BYTES];
    ic_instant_format(-1, text);
    assert_string_equal(text, "-");
    ic_instant_format(IC_INSTANT_MS_MAX + 1, text);
    assert_string_equal(text, "-");
}

static void what_is_no_instant_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "now",
        "1969-12-31",
        "2026-13-01",
        "2026-02-29",
        "2100-02-29",
        "2026-00-10",
        "2026-01-00",
        "26-01-01",
        "2026-01-01T",
        "2026-01-01T24:00",
        "2026-01-01T10:60",
        "2026-01-01T10:00:60Z",
        "2026-01-01T10",
        "2026-01-01T10:00:00.Z",
        "2026-01-01T10:00:00ZZ",
        "2026-01-01T10:00:00+2:00",
        "2026-01-01T10:00:00+15:00",
        "2026-01-01Z",
        " 2026-01-01",
        "1970-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 42;
        struct ic_error error;
        assert_int_equal(ic_instant_parse(cases[i], &ms, &error), IC_BAD_INPUT);
        assert_int_equal(ms, 42);
        assert_non_null(strstr(error.text, "ISO 8601"));
    }
}

/* Every day of four centuries has its own text, in order, and comes back. */
static void every_day_comes_back(void **state)
{
    char before[IC_INSTANT_BYTES] = "", text[IC_INSTANT_BYTES];
    (void)state;
    for (int64_t day = 0; day < 146097; day++) {
        int64_t ms;
        ic_instant_format(day * 86400000, text);
        assert_true(strcmp(before, text) < 0);
        assert_int_equal(ic_instant_parse(text, &ms, NULL), IC_OK);
        assert_int_equal(ms, day * 86400000);
        strcpy(before, text);
    }
    assert_string_equal(text, "2369-12-31T00:00:00Z");
}

/* ---- command lines ---- */

enum { WORDS_MAX = 16 };

static enum ic_status parse(struct ic_invocation *invocation, struct ic_error *error,
                            const char *line, char *buffer)
{
    char *words[WORDS_MAX];
    int argc = 0, used;
    strcpy(buffer, line);
    for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " "))
        words[argc++] = word;
    const struct ic_command *command = ic_command_find(argc, words, &used, error);
    if (!command)
        return error->status;
    return ic_invocation_parse(invocation, command, argc - used, words + used, error);
}

static void a_command_line_is_taken_apart(void **state)
{
    char buffer[256];
    struct ic_error error;
    struct ic_invocation invocation = {0};
    (void)state;
    assert_int_equal(parse(&invocation, &error,
                           "sparql --data a --graph=i=b query --data c --timeout 0.25", buffer),
                     IC_OK);
    size_t cursor = 0;
    assert_string_equal(ic_option_next(&invocation, "data", &cursor), "a");
    assert_string_equal(ic_option_next(&invocation, "data", &cursor), "c");
    assert_null(ic_option_next(&invocation, "data", &cursor));
    assert_string_equal(ic_option_value(&invocation, "graph"), "i=b");
    assert_false(ic_option_given(&invocation, "empty"));
    assert_int_equal(invocation.operand_count, 1);
    assert_string_equal(invocation.operands[0], "query");
    assert_int_equal(ic_invocation_needs(&invocation), IC_COMMAND_READ_ONLY);
    long ms;
    assert_int_equal(ic_option_seconds(&invocation, "timeout", &ms, &error), IC_OK);
    assert_int_equal(ms, 250);
    ic_invocation_clear(&invocation);
}

static void needs_depend_on_options(void **state)
{
    static const struct {
        const char *line;
        unsigned needs;
    } cases[] = {{"import f", IC_COMMAND_CATALOG | IC_COMMAND_CREATES},
                 {"import --dry-run f", IC_COMMAND_CATALOG},
                 {"import --formats", 0},
                 {"match x", IC_COMMAND_CATALOG | IC_COMMAND_READ_ONLY},
                 {"sparql q", IC_COMMAND_CATALOG | IC_COMMAND_READ_ONLY},
                 {"sparql --check q", IC_COMMAND_READ_ONLY},
                 {"withdraw c", IC_COMMAND_CATALOG},
                 {"ontology load d", IC_COMMAND_CATALOG | IC_COMMAND_CREATES},
                 {"ontology check d", IC_COMMAND_READ_ONLY}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[256];
        struct ic_error error;
        struct ic_invocation invocation = {0};
        assert_int_equal(parse(&invocation, &error, cases[i].line, buffer), IC_OK);
        assert_int_equal(ic_invocation_needs(&invocation), cases[i].needs);
        ic_invocation_clear(&invocation);
    }
}

static void wrong_command_lines_are_usage_errors(void **state)
{
    static const struct {
        const char *line, *text;
    } cases[] = {{"lst", "did you mean 'list'?"},
                 {"ontology", "needs one of its own commands"},
                 {"ontology shw", "did you mean 'ontology show'?"},
                 {"show", "show: CLOUD is missing"},
                 {"show a b", "one argument too many: 'b'"},
                 {"list a", "list takes no argument as 'a'"},
                 {"list --json --json", "--json is given twice"},
                 {"list --json=x", "--json takes no argument"},
                 {"import --format", "--format needs F"},
                 {"list --ontology x", "belongs in front of the command"},
                 {"list -j", "unknown option"},
                 {"match --limit 99999999999999999999 x", "not a whole number from 1"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char buffer[256];
        struct ic_error error;
        struct ic_invocation invocation = {0};
        assert_int_equal(parse(&invocation, &error, cases[i].line, buffer), IC_USAGE);
        assert_non_null(strstr(error.text, cases[i].text));
        ic_invocation_clear(&invocation);
    }
}

/* Every row of the table can be helped with, and its options have different names. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (const struct ic_command *c = ic_commands; c->name; c++) {
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);
        ic_help_command(c, out);
        fclose(out);
        assert_non_null(strstr(text, c->name));
        for (const struct ic_command_option *o = c->options; o->name; o++) {
            assert_non_null(strstr(text, o->name));
            for (const struct ic_command_option *p = o + 1; p->name; p++)
                assert_string_not_equal(o->name, p->name);
        }
        assert_true(c->operands_min <= c->operands_max);
        assert_true(c->operands || c->operands_max == 0);
        free(text);
    }
}

/* ---- frames ---- */

static void frames_carry_numbers_and_strings(void **state)
{
    struct ic_frame frame = {0};
    (void)state;
    ic_frame_begin(&frame, IC_WIRE_RUN);
    ic_frame_put_number(&frame, 0x0102030405060708, 8);
    ic_frame_put_string(&frame, "word");
    ic_frame_put_string(&frame, "");
    ic_frame_put_number(&frame, 200, 1);
    assert_false(frame.bad);
    assert_int_equal(ic_frame_get_number(&frame, 8), 0x0102030405060708);
    assert_string_equal(ic_frame_get_string(&frame, 100), "word");
    assert_string_equal(ic_frame_get_string(&frame, 100), "");
    assert_false(ic_frame_done(&frame));
    assert_int_equal(ic_frame_get_number(&frame, 1), 200);
    assert_true(ic_frame_done(&frame));
    assert_int_equal(ic_frame_get_number(&frame, 1), 0);
    assert_false(ic_frame_done(&frame));
    ic_frame_free(&frame);
}

static void frames_refuse_what_goes_past_their_end(void **state)
{
    struct ic_frame frame = {0};
    (void)state;
    ic_frame_begin(&frame, IC_WIRE_PATH);
    ic_frame_put_number(&frame, 5, 4);
    ic_frame_put_bytes(&frame, "four", 4);
    assert_null(ic_frame_get_string(&frame, 100));
    assert_true(frame.bad);

    ic_frame_begin(&frame, IC_WIRE_PATH);
    ic_frame_put_string(&frame, "too long");
    assert_null(ic_frame_get_string(&frame, 7));

    ic_frame_begin(&frame, IC_WIRE_PATH);
    ic_frame_put_number(&frame, 3, 4);
    ic_frame_put_bytes(&frame, "a\0b", 3);
    assert_null(ic_frame_get_string(&frame, 100));

    ic_frame_begin(&frame, IC_WIRE_PATH);
    assert_null(ic_frame_reserve(&frame, IC_WIRE_PAYLOAD_MAX + 1));
    assert_true(frame.bad);
    ic_frame_free(&frame);
}

/* A frame that arrives byte by byte is the same frame; one that is announced too large is not
 * waited for. */
static void frames_arrive_in_pieces(void **state)
{
    int ends[2];
    size_t size;
    struct ic_frame sent = {0}, got = {0};
    struct ic_wire_reader reader = {0};
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ic_frame_begin(&sent, IC_WIRE_ABSOLUTE);
    ic_frame_put_string(&sent, "a path");
    const unsigned char *bytes = ic_frame_bytes(&sent, &size);
    for (size_t i = 0; i < size; i++) {
        assert_int_equal(ic_wire_receive(ends[1], &reader, &got), IC_RECEIVED_NOTHING);
        assert_int_equal(write(ends[0], bytes + i, 1), 1);
    }
    assert_int_equal(ic_wire_receive(ends[1], &reader, &got), IC_RECEIVED);
    assert_int_equal(got.type, IC_WIRE_ABSOLUTE);
    assert_string_equal(ic_frame_get_string(&got, 100), "a path");
    assert_true(ic_frame_done(&got));

    const unsigned char large[] = {IC_WIRE_DATA, 0x7F, 0xFF, 0xFF, 0xFF};
    assert_int_equal(write(ends[0], large, sizeof large), sizeof large);
    assert_int_equal(ic_wire_receive(ends[1], &reader, &got), IC_RECEIVED_BAD);
    close(ends[0]);
    reader = (struct ic_wire_reader){0};
    assert_int_equal(ic_wire_receive(ends[1], &reader, &got), IC_RECEIVED_END);
    close(ends[1]);
    ic_frame_free(&sent);
    ic_frame_free(&got);
}

/* ---- spools ---- */

enum { SPOOLED_BYTES = 5 * IC_SPOOL_MEMORY_BYTES + 12345 };

static unsigned char pattern(size_t i)
{
    return (unsigned char)((i * 2654435761U) >> 13);
}

/* Reads up to `size` bytes that follow `done` others; how many there were. */
static size_t read_pattern(int fd, size_t done, size_t size)
{
    unsigned char buffer[65536];
    const ssize_t got = read(fd, buffer, size < sizeof buffer ? size : sizeof buffer);
    assert_true(got > 0);
    for (size_t i = 0; i < (size_t)got; i++)
        assert_int_equal(buffer[i], pattern(done + i));
    return (size_t)got;
}

/* More than memory holds, taken in odd pieces while it is still being written. */
static void a_spool_keeps_order(int in, int out)
{
    struct ic_spool *spool = ic_spool_new(out, -1);
    size_t written = 0, done = 0;
    unsigned char piece[7919];
    assert_non_null(spool);
    while (written < SPOOLED_BYTES) {
        size_t size = SPOOLED_BYTES - written;
        size = size < sizeof piece ? size : sizeof piece;
        for (size_t i = 0; i < size; i++)
            piece[i] = pattern(written + i);
        assert_int_equal(ic_spool_write(spool, piece, size), 0);
        written += size;
        if (written % 3 == 0)
            done += read_pattern(in, done, 5000);
    }
    assert_false(ic_spool_empty(spool));
    assert_int_equal(ic_spool_flush(spool, 1), ETIMEDOUT);
    while (done < written) {
        done += read_pattern(in, done, 65536);
        assert_int_equal(ic_spool_push(spool), 0);
    }
    assert_true(ic_spool_empty(spool));
    assert_int_equal(ic_spool_flush(spool, 0), 0);
    ic_spool_free(spool);
}

static void spools_keep_order_on_sockets_and_pipes(void **state)
{
    int ends[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    a_spool_keeps_order(ends[0], ends[1]);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(pipe(ends), 0);
    a_spool_keeps_order(ends[0], ends[1]);
    close(ends[0]);
    close(ends[1]);
}

static void a_spool_without_reader_fails_for_good(void **state)
{
    int ends[2];
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    struct ic_spool *spool = ic_spool_new(ends[1], -1);
    FILE *stream = ic_spool_stream(spool, false);
    fputs("to nobody", stream);
    close(ends[0]);
    assert_int_not_equal(fflush(stream), 0);
    assert_int_equal(ic_spool_error(spool), EPIPE);
    assert_int_equal(ic_spool_write(spool, "x", 1), EPIPE);
    fclose(stream);
    ic_spool_free(spool);
    close(ends[1]);
}

static void a_spool_can_be_cancelled(void **state)
{
    int ends[2], cancel[2];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(cancel), 0);
    struct ic_spool *spool = ic_spool_new(ends[1], cancel[0]);
    assert_int_equal(ic_spool_write(spool, "x", 1), 0);
    assert_int_equal(write(cancel[1], "x", 1), 1);
    assert_int_equal(ic_spool_write(spool, "y", 1), ECANCELED);
    ic_spool_free(spool);
    for (size_t i = 0; i < 2; i++) {
        close(ends[i]);
        close(cancel[i]);
    }
}

/* ---- Turtle ---- */

static void terms_are_short_and_safe(void **state)
{
    static const struct {
        struct ic_term term;
        const char *text;
    } cases[] = {
        {{IC_IRI, 0, IC_NS "replicationFactor", NULL, NULL}, ":replicationFactor"},
        {{IC_IRI, 0, IC_NS_PAYLOAD "/place#JP", NULL, NULL}, "place:JP"},
        {{IC_IRI, 0, IC_NS_PAYLOAD "/protocol#NFSv4.2", NULL, NULL}, "protocol:NFSv4.2"},
        {{IC_IRI, 0, IC_NS_PAYLOAD "/protocol#x.", NULL, NULL},
         "<" IC_NS_PAYLOAD "/protocol#x.>"},
        {{IC_IRI, 0, IC_NS_PAYLOAD "/a/b#c", NULL, NULL}, "<" IC_NS_PAYLOAD "/a/b#c>"},
        {{IC_IRI, 0, IC_NS_PAYLOAD "/xsd#c", NULL, NULL}, "<" IC_NS_PAYLOAD "/xsd#c>"},
        {{IC_IRI, 0, IC_NS, NULL, NULL}, "<" IC_NS ">"},
        {{IC_IRI, 0, "urn:x", NULL, NULL}, "<urn:x>"},
        {{IC_BLANK, 0, "b1", NULL, NULL}, "_:b1"},
        {{IC_LITERAL, 0, "99.999", IC_XSD_DECIMAL, NULL}, "99.999"},
        {{IC_LITERAL, 0, "5", IC_XSD_DECIMAL, NULL}, "\"5\"^^xsd:decimal"},
        {{IC_LITERAL, 0, "-5", IC_NS_XSD "integer", NULL}, "-5"},
        {{IC_LITERAL, 0, "5 .", IC_NS_XSD "integer", NULL}, "\"5 .\"^^xsd:integer"},
        {{IC_LITERAL, 0, "true", IC_NS_XSD "boolean", NULL}, "true"},
        {{IC_LITERAL, 0, "1", IC_NS_XSD "boolean", NULL}, "\"1\"^^xsd:boolean"},
        {{IC_LITERAL, 0, "x", NULL, "en"}, "\"x\"@en"},
        {{IC_LITERAL, 0, "a\"\\\n\x1B\x7F\xC2\x9B\xC3\xA9", NULL, NULL},
         "\"a\\u0022\\u005C\\u000A\\u001B\\u007F\\u009B\xC3\xA9\""}};
    struct ic_turtle turtle = {0};
    (void)state;
    const struct ic_term date = ic_term_iri(IC_NS_XSD "date"); /* takes the prefix xsd */
    free(ic_turtle_text(&turtle, &date));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ic_term term = cases[i].term;
        term.length = strlen(term.text);
        char *text = ic_turtle_text(&turtle, &term);
        assert_string_equal(text, cases[i].text);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_parsed_and_written),
        cmocka_unit_test(what_is_no_instant_is_refused),
        cmocka_unit_test(every_day_comes_back),
        cmocka_unit_test(a_command_line_is_taken_apart),
        cmocka_unit_test(needs_depend_on_options),
        cmocka_unit_test(wrong_command_lines_are_usage_errors),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(frames_carry_numbers_and_strings),
        cmocka_unit_test(frames_refuse_what_goes_past_their_end),
        cmocka_unit_test(frames_arrive_in_pieces),
        cmocka_unit_test(spools_keep_order_on_sockets_and_pipes),
        cmocka_unit_test(a_spool_without_reader_fails_for_good),
        cmocka_unit_test(a_spool_can_be_cancelled),
        cmocka_unit_test(terms_are_short_and_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
