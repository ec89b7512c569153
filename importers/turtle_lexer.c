/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting Turtle and its relatives into tokens (RDF 1.1 Turtle, section 6.5). */
#include "turtle_lexer.h"

#include <string.h>

#include "catalog/rdf_chars.h"
#include "catalog/utf8.h"
#include "turtle_input.h"

static bool lines_only(const struct ic_turtle_lexer *lexer)
{
    return lexer->dialect == IC_NTRIPLES || lexer->dialect == IC_NQUADS;
}

static void skip_space(struct ic_turtle_lexer *lexer)
{
    for (;;) {
        lexer->start = lexer->at;
        const int c = ic_turtle_peek(lexer, 0);
        if (c == '#') {
            while (ic_turtle_peek(lexer, 0) != '\n' && ic_turtle_peek(lexer, 0) != '\r' &&
                   ic_turtle_step(lexer))
                lexer->start = lexer->at;
        } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            return;
        } else if (!ic_turtle_step(lexer)) {
            return;
        }
    }
}

/* ---- tokens ---- */

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Steps over \uXXXX or \UXXXXXXXX; `in_iri`: the character must be one that IRIs may have. */
static bool code_escape(struct ic_turtle_lexer *lexer, bool in_iri)
{
    const size_t digits = ic_turtle_peek(lexer, 1) == 'u' ? 4 : 8;
    uint32_t code = 0;
    for (size_t i = 0; i < digits; i++) {
        const int value = hex_value(ic_turtle_peek(lexer, 2 + i));
        if (value < 0)
            return IC_TURTLE_FAIL_HERE(lexer, "\\%c needs %zu hexadecimal digits",
                                       digits == 4 ? 'u' : 'U', digits) == IC_OK;
        code = code << 4 | (uint32_t)value;
    }
    if (code == 0)
        return IC_TURTLE_FAIL_HERE(lexer, "U+0000 is not allowed in RDF; remove this escape") ==
               IC_OK;
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return IC_TURTLE_FAIL_HERE(
                   lexer,
                   "U+%04X is no character; write one escape for each character, not a "
                   "surrogate pair",
                   code) == IC_OK;
    if (in_iri && !ic_rdf_iri_character((long)code))
        return IC_TURTLE_FAIL_HERE(lexer, "an IRI may not contain U+%04X; percent-encode it",
                                   code) == IC_OK;
    ic_turtle_step_many(lexer, 2 + digits);
    return lexer->status == IC_OK;
}

static enum ic_status unclosed(struct ic_turtle_lexer *lexer, const struct ic_token *token,
                               const char *what, const char *closer)
{
    return ic_turtle_fail(lexer, IC_BAD_INPUT, token->line, token->column,
                          "%s is not closed; end it with %s", what, closer);
}

/* RFC 3987: a scheme and ':' begin an absolute IRI. */
static bool has_scheme(const char *iri, size_t length)
{
    size_t i = 0;
    while (i < length && ic_rdf_scheme_character(iri[i], i == 0))
        i++;
    return i > 0 && i < length && iri[i] == ':';
}

static enum ic_status read_iri(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_IRI;
    ic_turtle_step(lexer);
    for (;;) {
        size_t size;
        ic_turtle_skip_plain(lexer, true);
        const int c = ic_turtle_peek(lexer, 0);
        if (c == IC_TURTLE_NOTHING || c == '\n' || c == '\r')
            return unclosed(lexer, token, "the IRI", ">");
        if (c == '>')
            break;
        if (c == '\\' && (ic_turtle_peek(lexer, 1) == 'u' || ic_turtle_peek(lexer, 1) == 'U')) {
            if (!code_escape(lexer, true))
                return lexer->status;
            continue;
        }
        const long code = ic_turtle_character(lexer, 0, &size);
        if (code != IC_TURTLE_NOTHING && !ic_rdf_iri_character(code))
            return IC_TURTLE_FAIL_HERE(
                lexer,
                code > 0x20 ? "an IRI may not contain '%c'; percent-encode it as "
                              "%%%02X"
                            : "an IRI may not contain U+00%02X; percent-encode it "
                              "as %%%02X",
                (int)code, (unsigned)code);
        if (!ic_turtle_step(lexer))
            return lexer->status;
    }
    ic_turtle_step(lexer);
    const char *text = lexer->buffer + lexer->start + 1;
    if (lines_only(lexer) && !has_scheme(text, lexer->at - lexer->start - 2))
        return ic_turtle_fail(lexer, IC_BAD_INPUT, token->line, token->column,
                              "a relative IRI; this format needs absolute ones, such as "
                              "<http://example.org/x>");
    return lexer->status;
}

static enum ic_status read_string(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_STRING;
    const int quote = ic_turtle_peek(lexer, 0);
    const char *closer = quote == '"' ? "\"" : "'";
    const bool is_long = !lines_only(lexer) && ic_turtle_peek(lexer, 1) == quote &&
                         ic_turtle_peek(lexer, 2) == quote;
    ic_turtle_step_many(lexer, is_long ? 3 : 1);
    for (;;) {
        ic_turtle_skip_plain(lexer, false);
        const int c = ic_turtle_peek(lexer, 0);
        if (c == IC_TURTLE_NOTHING)
            return is_long ? unclosed(lexer, token, "the long string", "three quotes")
                           : unclosed(lexer, token, "the string", closer);
        if (!is_long && (c == '\n' || c == '\r'))
            return unclosed(lexer, token, "the string",
                            lines_only(lexer)
                                ? "\" on the same line, or write \\n"
                                : "its quote on the same line, or use three quotes");
        if (c == quote && (!is_long || (ic_turtle_peek(lexer, 1) == quote &&
                                        ic_turtle_peek(lexer, 2) == quote)))
            break;
        if (c != '\\') {
            if (!ic_turtle_step(lexer))
                return lexer->status;
            continue;
        }
        const int escaped = ic_turtle_peek(lexer, 1);
        if (escaped == 'u' || escaped == 'U') {
            if (!code_escape(lexer, false))
                return lexer->status;
        } else if (escaped == IC_TURTLE_NOTHING || !strchr("tbnrf\"'\\", escaped)) {
            return IC_TURTLE_FAIL_HERE(
                lexer, "no such escape; a backslash in a string is written \\\\");
        } else {
            ic_turtle_step_many(lexer, 2);
        }
    }
    ic_turtle_step_many(lexer, is_long ? 3 : 1);
    return lexer->status;
}

static enum ic_status read_language(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_LANGUAGE;
    ic_turtle_step(lexer);
    bool first = true;
    for (;;) {
        size_t count = 0;
        while (ic_rdf_tag_character(ic_turtle_peek(lexer, 0), first)) {
            ic_turtle_step(lexer);
            count++;
        }
        if (count == 0)
            return IC_TURTLE_FAIL_HERE(lexer,
                                       "'@' begins a language tag such as @en or @en-GB");
        if (lexer->at - lexer->start - 1 > IC_RDF_TAG_BYTES_MAX)
            return ic_turtle_fail(lexer, IC_BAD_INPUT, token->line, token->column,
                                  "a language tag has at most %d bytes", IC_RDF_TAG_BYTES_MAX);
        if (ic_turtle_peek(lexer, 0) != '-')
            return lexer->status;
        ic_turtle_step(lexer);
        first = false;
    }
}

/* Steps over characters of a name while they may stand inside it; a '.' only when more
 * follows. */
static bool name_characters(struct ic_turtle_lexer *lexer)
{
    for (;;) {
        size_t size, dots = 0;
        while (ic_turtle_peek(lexer, dots) == '.')
            dots++;
        const long code = ic_turtle_character(lexer, dots, &size);
        if (code == IC_TURTLE_NOTHING || !ic_rdf_name_character(code))
            return lexer->status == IC_OK;
        ic_turtle_step_many(lexer, dots + 1);
    }
}

static enum ic_status read_blank(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_BLANK;
    size_t size;
    ic_turtle_step_many(lexer, 2);
    const long code = ic_turtle_character(lexer, 0, &size);
    if (code == IC_TURTLE_NOTHING || !(ic_rdf_name_start(code) || (code >= '0' && code <= '9')))
        return IC_TURTLE_FAIL_HERE(lexer,
                                   "a blank node needs a label of letters and digits after _:");
    name_characters(lexer);
    return lexer->status;
}

/* The bytes of a local name's next part that is not a plain character: %XX or \x. 0: none. */
static size_t local_escape(struct ic_turtle_lexer *lexer, size_t ahead)
{
    const int c = ic_turtle_peek(lexer, ahead), next = ic_turtle_peek(lexer, ahead + 1);
    if (c == '%' && hex_value(next) >= 0 && hex_value(ic_turtle_peek(lexer, ahead + 2)) >= 0)
        return 3;
    if (c == '\\' && next > 0 && strchr("_~.-!$&'()*+,;=/?#@%", next))
        return 2;
    return 0;
}

static enum ic_status read_local(struct ic_turtle_lexer *lexer)
{
    for (bool first = true;; first = false) {
        size_t size, dots = 0;
        while (!first && ic_turtle_peek(lexer, dots) == '.')
            dots++;
        const size_t escape = local_escape(lexer, dots);
        if (escape > 0) {
            ic_turtle_step_many(lexer, dots + escape);
            continue;
        }
        const int byte = ic_turtle_peek(lexer, dots);
        if (byte == '%')
            return IC_TURTLE_FAIL_HERE(lexer,
                                       "'%%' in a name is followed by two hexadecimal digits");
        if (byte == '\\')
            return IC_TURTLE_FAIL_HERE(lexer,
                                       "no such escape in a name; write the whole IRI in < >");
        const long code = byte == IC_TURTLE_NOTHING ? IC_TURTLE_NOTHING
                                                    : ic_turtle_character(lexer, dots, &size);
        const bool digit = code >= '0' && code <= '9';
        if (code == IC_TURTLE_NOTHING ||
            !(code == ':' || digit ||
              (first ? ic_rdf_name_start(code) : ic_rdf_name_character(code))))
            return lexer->status;
        ic_turtle_step_many(lexer, dots + 1);
    }
}

static bool word_is(const struct ic_token *token, const char *word, bool any_case)
{
    const size_t length = strlen(word);
    return token->length == length && (any_case ? strncasecmp(token->text, word, length)
                                                : strncmp(token->text, word, length)) == 0;
}

static enum ic_status read_name(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    name_characters(lexer);
    token->length = lexer->at - lexer->start;
    token->text = lexer->buffer + lexer->start;
    if (lexer->status == IC_OK && ic_turtle_peek(lexer, 0) == ':') {
        token->kind = IC_TOKEN_NAME;
        token->prefix_length = token->length;
        ic_turtle_step(lexer);
        return read_local(lexer);
    }
    token->text = lexer->buffer + lexer->start;
    token->kind = IC_TOKEN_WORD;
    if (word_is(token, "a", false) || word_is(token, "true", false) ||
        word_is(token, "false", false) || word_is(token, "PREFIX", true) ||
        word_is(token, "BASE", true) ||
        (lexer->dialect == IC_TRIG && word_is(token, "GRAPH", true)))
        return lexer->status;
    return ic_turtle_fail(lexer, IC_BAD_INPUT, token->line, token->column,
                          "\"%.*s\" means nothing here; write a name as prefix:name, an IRI in "
                          "< > and text in quotes",
                          (int)ic_utf8_cut(token->text, token->length, 60), token->text);
}

static bool digit_at(struct ic_turtle_lexer *lexer, size_t ahead)
{
    const int c = ic_turtle_peek(lexer, ahead);
    return c >= '0' && c <= '9';
}

/* The bytes of an exponent `ahead`, or 0. */
static size_t exponent_at(struct ic_turtle_lexer *lexer, size_t ahead)
{
    if ((ic_turtle_peek(lexer, ahead) | 0x20) != 'e')
        return 0;
    const int sign = ic_turtle_peek(lexer, ahead + 1);
    const size_t length = sign == '+' || sign == '-' ? 2 : 1;
    return digit_at(lexer, ahead + length) ? length : 0;
}

static enum ic_status read_number(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_NUMBER;
    if (ic_turtle_peek(lexer, 0) == '+' || ic_turtle_peek(lexer, 0) == '-')
        ic_turtle_step(lexer);
    bool any = false;
    for (; digit_at(lexer, 0); any = true)
        ic_turtle_step(lexer);
    if (ic_turtle_peek(lexer, 0) == '.' &&
        (digit_at(lexer, 1) || (any && exponent_at(lexer, 1)))) {
        ic_turtle_step(lexer);
        for (; digit_at(lexer, 0); any = true)
            ic_turtle_step(lexer);
    }
    if (!any)
        return IC_TURTLE_FAIL_HERE(lexer, "a sign is followed by the digits of a number");
    const size_t exponent = exponent_at(lexer, 0);
    ic_turtle_step_many(lexer, exponent);
    while (exponent && digit_at(lexer, 0))
        ic_turtle_step(lexer);
    return lexer->status;
}

/* ---- dispatch ---- */

static enum ic_status unexpected(struct ic_turtle_lexer *lexer)
{
    size_t size;
    const long code = ic_turtle_character(lexer, 0, &size);
    if (code == IC_TURTLE_NOTHING)
        return lexer->status;
    if (lines_only(lexer))
        return IC_TURTLE_FAIL_HERE(
            lexer,
            "'%.*s' cannot begin a term; this format has only <IRI>, _:label "
            "and \"literal\"",
            (int)(code < 0x20 ? 0 : size), lexer->buffer + lexer->at);
    return IC_TURTLE_FAIL_HERE(
        lexer,
        "'%.*s' cannot begin a term; write a name as prefix:name, an IRI in "
        "< > and text in quotes",
        (int)(code < 0x20 ? 0 : size), lexer->buffer + lexer->at);
}

static enum ic_status read_sign(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    token->kind = IC_TOKEN_SIGN;
    ic_turtle_step(lexer);
    return lexer->status;
}

/* Tokens that only Turtle and TriG have. */
static enum ic_status read_turtle(struct ic_turtle_lexer *lexer, struct ic_token *token, int c)
{
    size_t size;
    if (c == '\'')
        return read_string(lexer, token);
    if (strchr("+-0123456789", c) || (c == '.' && digit_at(lexer, 1)))
        return read_number(lexer, token);
    if (strchr(".,;[]()", c) || (lexer->dialect == IC_TRIG && strchr("{}", c)))
        return read_sign(lexer, token);
    const long code = ic_turtle_character(lexer, 0, &size);
    if (code == ':' || (code != '_' && ic_rdf_name_start(code)))
        return read_name(lexer, token);
    return unexpected(lexer);
}

static enum ic_status read_token(struct ic_turtle_lexer *lexer, struct ic_token *token, int c)
{
    if (c == '<')
        return read_iri(lexer, token);
    if (c == '"')
        return read_string(lexer, token);
    if (c == '@')
        return read_language(lexer, token);
    if (c == '_' && ic_turtle_peek(lexer, 1) == ':')
        return read_blank(lexer, token);
    if (c == '^' && ic_turtle_peek(lexer, 1) == '^') {
        token->kind = IC_TOKEN_DATATYPE;
        ic_turtle_step_many(lexer, 2);
        return lexer->status;
    }
    if (!lines_only(lexer))
        return c == 0 ? unexpected(lexer) : read_turtle(lexer, token, c);
    return c == '.' ? read_sign(lexer, token) : unexpected(lexer);
}

enum ic_status ic_turtle_lexer_next(struct ic_turtle_lexer *lexer, struct ic_token *token)
{
    if (lexer->status != IC_OK)
        return lexer->status;
    skip_space(lexer);
    *token = (struct ic_token){.line = lexer->line, .column = lexer->column};
    const int c = ic_turtle_peek(lexer, 0);
    if (lexer->status == IC_OK && c != IC_TURTLE_NOTHING)
        read_token(lexer, token, c);
    token->text = lexer->buffer ? lexer->buffer + lexer->start : "";
    token->length = lexer->at - lexer->start;
    return lexer->status;
}
