/* SPDX-License-Identifier: Apache-2.0 */
/* Regular expressions: rasqal hands them to POSIX regcomp, SPARQL means those of XPath
 * (XPath Functions 3.1, section 5.6). What both read alike is passed on, "." with its XPath
 * meaning; the rest is refused. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

/* regcomp makes a copy for each repetition, and of copies copies. */
enum { REPETITIONS_MAX = 256 };

struct translation {
    const char *in;
    char *out;                 /* room for ANY_LENGTH bytes for each of `in` */
    unsigned long repetitions; /* the product of all, also of those side by side */
    bool alike;
};

/* Any character but an end of line, in a locale of bytes and in one of characters. */
#define ANY_BYTES "([^\n\r\x80-\xFF]|[\xC2-\xF4][\x80-\xBF]+)"
#define ANY_CHARACTER "[^\n\r]"
enum { ANY_LENGTH = sizeof ANY_BYTES };

static void put(struct translation *t, const char *text)
{
    const size_t length = strlen(text);
    memcpy(t->out, text, length);
    t->out += length;
}

/* A bracket expression without escapes, classes, subtraction or characters beyond ASCII. */
static void bracket(struct translation *t)
{
    const char *start = t->in, *p = start + 1;
    if (*p == '^')
        p++;
    if (*p == ']') /* a member in POSIX, an error in XPath */
        t->alike = false;
    for (; *p && *p != ']'; p++)
        if (*p == '\\' || *p == '[' || (unsigned char)*p >= 0x80)
            t->alike = false;
    if (*p != ']') {
        t->alike = false;
        return;
    }
    for (; t->in <= p; t->in++)
        *t->out++ = *t->in;
}

static void escape(struct translation *t)
{
    const char c = t->in[1];
    if (c == 'n' || c == 'r' || c == 't')
        *t->out++ = c == 'n' ? '\n' : c == 'r' ? '\r' : '\t';
    else if (c && strchr("\\|.?*+(){}$^-[]", c)) {
        if (c != '-')
            *t->out++ = '\\';
        *t->out++ = c;
    } else {
        t->alike = false;
    }
    t->in += c ? 2 : 1;
}

/* {n}, {n,}, {n,m}: the larger. */
static void count_repetitions(struct translation *t)
{
    char *end;
    unsigned long most = strtoul(t->in + 1, &end, 10);
    if (*end == ',') {
        const unsigned long second = strtoul(end + 1, NULL, 10);
        most = second > most ? second : most;
    }
    most = most > 0 ? most : 1;
    t->repetitions =
        most > REPETITIONS_MAX / t->repetitions ? REPETITIONS_MAX + 1 : t->repetitions * most;
    if (t->repetitions > REPETITIONS_MAX)
        t->alike = false;
}

/* One piece of the pattern. */
static void piece(struct translation *t, bool bytes)
{
    const unsigned char c = (unsigned char)*t->in;
    const char next = t->in[1];
    const bool quantifier = c == '*' || c == '+' || c == '?';
    if ((quantifier || c == '}') && (next == '?' || next == '+' || next == '*'))
        t->alike = false; /* reluctant ones */
    if (c == '(' && (next == '?' || next == '*'))
        t->alike = false;
    if (c >= 0x80 && bytes && next && strchr("*+?{", next))
        t->alike = false; /* would quantify the last byte */
    if (c == '[') {
        bracket(t);
    } else if (c == '\\') {
        escape(t);
    } else if (c == '.') {
        put(t, bytes ? ANY_BYTES : ANY_CHARACTER);
        t->in++;
    } else {
        if (c == '{')
            count_repetitions(t);
        *t->out++ = (char)c;
        t->in++;
    }
}

char *regex_translate(struct engine *engine, const char *pattern)
{
    const size_t room = strlen(pattern) * ANY_LENGTH + 1;
    char *text = ic_arena_alloc(engine->arena, room);
    if (!text) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while preparing the query");
        return NULL;
    }
    struct translation t = {.in = pattern, .out = text, .repetitions = 1, .alike = true};
    const bool bytes = MB_CUR_MAX == 1;
    while (t.alike && *t.in)
        piece(&t, bytes);
    *t.out = '\0';
    if (t.alike)
        return text;
    engine_fail(engine, IC_UNSUPPORTED,
                t.repetitions > REPETITIONS_MAX
                    ? "the regular expression \"%.200s\" repeats more than rasqal does in time"
                    : "the engine rasqal does not read the regular expression \"%.200s\" as "
                      "SPARQL means it",
                pattern);
    return NULL;
}
