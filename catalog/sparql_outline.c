/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning SPARQL tokens for the outline of a query. */
#include "sparql_outline.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct token {
    enum { END, WORD, OPEN, CLOSE, LEFT, RIGHT, OTHER } kind; /* OPEN is "{", LEFT is "(" */
    size_t start, end;
};

struct scanner {
    const char *text;
    size_t at, length;
};

static char peek(const struct scanner *s, size_t ahead)
{
    return s->at + ahead < s->length ? s->text[s->at + ahead] : '\0';
}

static void skip_blank(struct scanner *s)
{
    while (s->at < s->length) {
        const char c = s->text[s->at];
        if (c == '#')
            while (s->at < s->length && s->text[s->at] != '\n' && s->text[s->at] != '\r')
                s->at++;
        else if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
            s->at++;
        else
            return;
    }
}

/* Past a string in one or three quotes; an unfinished one takes the rest. */
static void skip_string(struct scanner *s)
{
    const char quote = s->text[s->at];
    const bool is_long = peek(s, 1) == quote && peek(s, 2) == quote;
    s->at += is_long ? 3 : 1;
    while (s->at < s->length) {
        if (s->text[s->at] == '\\') {
            s->at += 2;
        } else if (s->text[s->at] != quote) {
            s->at++;
        } else if (!is_long) {
            s->at++;
            return;
        } else if (peek(s, 1) == quote && peek(s, 2) == quote) {
            s->at += 3;
            return;
        } else {
            s->at++;
        }
    }
    s->at = s->length;
}

/* Past <IRI> when one stands here, else past the operator "<". */
static void skip_iri(struct scanner *s)
{
    for (size_t i = s->at + 1; i < s->length; i++) {
        const unsigned char c = (unsigned char)s->text[i];
        if (c == '>') {
            s->at = i + 1;
            return;
        }
        if (c <= ' ' || strchr("<\"{}|^`\\", c))
            break;
    }
    s->at++;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == ':' || c == '-' || c == '%' || (unsigned char)c >= 0x80;
}

/* A name, a prefixed name or a number. A dot inside belongs to it, one behind does not. */
static void skip_name(struct scanner *s)
{
    while (is_name(peek(s, 0)) || (peek(s, 0) == '.' && is_name(peek(s, 1))) ||
           peek(s, 0) == '\\')
        s->at += peek(s, 0) == '\\' ? 2 : 1;
    if (s->at > s->length)
        s->at = s->length;
}

static struct token next_token(struct scanner *s)
{
    skip_blank(s);
    struct token token = {.kind = END, .start = s->at, .end = s->at};
    if (s->at >= s->length)
        return token;
    const char c = s->text[s->at];
    token.kind = OTHER;
    if (c == '"' || c == '\'') {
        skip_string(s);
    } else if (c == '<') {
        skip_iri(s);
    } else if (c == '?' || c == '$' || c == '@') {
        s->at++;
        skip_name(s);
    } else if (is_name(c)) {
        token.kind = WORD;
        skip_name(s);
    } else {
        token.kind = c == '{'   ? OPEN
                     : c == '}' ? CLOSE
                     : c == '(' ? LEFT
                     : c == ')' ? RIGHT
                                : OTHER;
        s->at++;
    }
    if (s->at > s->length)
        s->at = s->length;
    token.end = s->at;
    return token;
}

static bool is_word(const struct scanner *s, const struct token *token, const char *keyword)
{
    const size_t length = strlen(keyword);
    return token->kind == WORD && token->end - token->start == length &&
           strncasecmp(s->text + token->start, keyword, length) == 0;
}

/* The keyword of the list that the token is, or NULL. */
static const char *among(const struct scanner *s, const struct token *token,
                         const char *const *keywords)
{
    for (; *keywords; keywords++)
        if (is_word(s, token, *keywords))
            return *keywords;
    return NULL;
}

static const char *const beyond_words[] = {"EXISTS",   "MINUS",  "SERVICE", "VALUES",
                                           "BINDINGS", "SELECT", NULL};
static const char *const part_words[] = {"FILTER", "UNION", "OPTIONAL", "GRAPH", "BIND", NULL};
static const char *const tail_words[] = {"LIMIT", "OFFSET", NULL};

static enum sparql_verb verb_of(const struct scanner *s, const struct token *token)
{
    return is_word(s, token, "SELECT")      ? SPARQL_SELECT
           : is_word(s, token, "ASK")       ? SPARQL_ASK
           : is_word(s, token, "CONSTRUCT") ? SPARQL_CONSTRUCT
           : is_word(s, token, "DESCRIBE")  ? SPARQL_DESCRIBE
                                            : SPARQL_NONE;
}

/* Up to the verb; false when there is none. */
static bool scan_prologue(struct scanner *s, struct sparql_outline *outline)
{
    for (;;) {
        const struct token token = next_token(s);
        if (token.kind == END)
            return false;
        outline->verb = verb_of(s, &token);
        outline->verb_start = token.start;
        if (outline->verb != SPARQL_NONE)
            return true;
    }
}

/* From behind the verb to the "{" of the pattern. */
static void scan_head(struct scanner *s, struct sparql_outline *outline)
{
    bool template = outline->verb == SPARQL_CONSTRUCT, ended = false;
    size_t parentheses = 0, braces = 0;
    for (;;) {
        const struct token token = next_token(s);
        if (!ended && (token.kind == END ||
                       (!parentheses && !braces && !template && token.kind == OPEN) ||
                       (!parentheses && !braces &&
                        (is_word(s, &token, "FROM") || is_word(s, &token, "WHERE"))))) {
            outline->head_end = token.start;
            ended = true;
            template = false;
        }
        if (token.kind == END || (token.kind == OPEN && !parentheses && !braces && !template)) {
            outline->pattern_start = token.start;
            return;
        }
        if (token.kind == OPEN)
            braces++;
        else if (token.kind == CLOSE && braces && --braces == 0)
            template = false;
        else if (token.kind == LEFT)
            parentheses++;
        else if (token.kind == RIGHT && parentheses)
            parentheses--;
    }
}

/* "||" and "&&" are two tokens each: the second one counts. */
static bool is_part(const struct scanner *s, const struct token *before,
                    const struct token *token)
{
    const char c = s->text[token->start];
    return among(s, token, part_words) ||
           (token->kind == OTHER && (c == '|' || c == '&') && before->kind == OTHER &&
            before->end == token->start && s->text[before->start] == c);
}

static void note_beyond(struct sparql_outline *outline, const char *what, size_t start)
{
    if (outline->beyond)
        return;
    outline->beyond = what;
    outline->beyond_start = start;
}

/* An operator that stands in a pattern only in property paths, unless it is in parentheses. */
static bool is_path_operator(const struct scanner *s, const struct token *token)
{
    const char c = s->text[token->start];
    return token->kind == OTHER && token->end - token->start == 1 && c &&
           strchr("/^|*?!+", c) && (c != '+' || !strchr("0123456789.", s->text[token->end]));
}

/* The FILTER of a FILTER EXISTS or FILTER NOT EXISTS that ends with `token`, or NULL. */
static const struct token *exists_filter(const struct scanner *s, const struct token before[2],
                                         const struct token *token)
{
    if (!is_word(s, token, "EXISTS"))
        return NULL;
    const bool negated = is_word(s, &before[1], "NOT");
    const struct token *filter = &before[negated ? 0 : 1];
    return is_word(s, filter, "FILTER") ? filter : NULL;
}

/* What rasqal lacks, or does wrongly: of a group alone in an OPTIONAL it loses the braces,
 * which are the scope of its FILTERs. */
static void look_beyond(const struct scanner *s, const struct token before[2],
                        const struct token *token, struct sparql_outline *outline)
{
    const bool exists = exists_filter(s, before, token) != NULL;
    const char *beyond = exists ? NULL : among(s, token, beyond_words);
    outline->exists += exists;
    if (beyond)
        note_beyond(outline, strcmp(beyond, "SELECT") == 0 ? "a SELECT inside a query" : beyond,
                    token->start);
    if (token->kind == OPEN && before[1].kind == OPEN && is_word(s, &before[0], "OPTIONAL"))
        note_beyond(outline, "a group that begins an OPTIONAL", token->start);
}

/* The pattern and the solution modifiers behind it. */
static void scan_body(struct scanner *s, struct sparql_outline *outline)
{
    size_t braces = 1, parentheses = 0;
    bool ordering = false;
    struct token before[2] = {{.kind = END}, {.kind = OPEN}};
    for (;;) {
        const struct token token = next_token(s);
        const bool tail = !braces && !parentheses;
        if (ordering && (token.kind == END || (tail && among(s, &token, tail_words)))) {
            outline->order_end = token.start;
            ordering = false;
        }
        if (token.kind == END)
            return;
        braces += token.kind == OPEN;
        if (braces > outline->depth)
            outline->depth = braces;
        braces -= token.kind == CLOSE && braces;
        parentheses += token.kind == LEFT;
        parentheses -= token.kind == RIGHT && parentheses;
        if (tail && !outline->order_start && is_word(s, &token, "ORDER")) {
            outline->order_start = token.start;
            outline->order_end = s->length;
            ordering = true;
        }
        if (braces && !parentheses && !outline->path_start && is_path_operator(s, &token))
            outline->path_start = token.start;
        outline->parts += is_part(s, &before[1], &token);
        look_beyond(s, before, &token, outline);
        before[0] = before[1];
        before[1] = token;
    }
}

void sparql_outline_scan(const char *text, size_t length, struct sparql_outline *outline)
{
    struct scanner scanner = {.text = text, .length = length};
    memset(outline, 0, sizeof *outline);
    outline->head_end = outline->pattern_start = length;
    if (!scan_prologue(&scanner, outline))
        return;
    scan_head(&scanner, outline);
    if (outline->pattern_start < length)
        scan_body(&scanner, outline);
}

/* Writes the mark, and what stands between the filter's words; `negation` is NOT or NULL. Of a
 * group that is a SERVICE alone rasqal loses the braces: where it begins one, it gets company.
 */
static void put_mark(const char *text, const struct token *filter, const struct token *negation,
                     const struct token *exists, bool begins, FILE *out)
{
    size_t at = filter->end;
    fprintf(out, "%sSERVICE <%s>", begins ? "FILTER (true) " : "",
            negation ? SPARQL_NOT_EXISTS_IRI : SPARQL_EXISTS_IRI);
    if (negation) {
        fwrite(text + at, 1, negation->start - at, out);
        at = negation->end;
    }
    fwrite(text + at, 1, exists->start - at, out);
}

char *sparql_outline_mark_exists(const char *text, size_t length)
{
    struct scanner scanner = {.text = text, .length = length};
    struct token before[3] = {{.kind = END}, {.kind = END}, {.kind = END}}, token;
    char *marked = NULL;
    size_t size = 0, at = 0;
    FILE *out = open_memstream(&marked, &size);
    if (!out)
        return NULL;
    do {
        token = next_token(&scanner);
        const struct token *filter = exists_filter(&scanner, &before[1], &token);
        if (filter) {
            fwrite(text + at, 1, filter->start - at, out);
            put_mark(text, filter, filter == &before[1] ? &before[2] : NULL, &token,
                     filter[-1].kind == OPEN, out);
            at = token.end;
        }
        before[0] = before[1];
        before[1] = before[2];
        before[2] = token;
    } while (token.kind != END);
    fwrite(text + at, 1, length - at, out);
    const bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return marked;
    free(marked);
    return NULL;
}

void sparql_place(const char *text, size_t offset, unsigned long *line, unsigned long *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*line;
            *column = 1;
        } else {
            ++*column;
        }
    }
}
