/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning SPARQL. */
#include "sparql_lexer.h"

#include <string.h>

#include "rdf_chars.h"
#include "utf8.h"

/* What a scanned text is collected in: as long as the text that is left, at most. */
struct collected {
    char *bytes;
    size_t length;
};

void sparql_lexer_init(struct sparql_lexer *lexer, const char *text, struct ic_arena *arena)
{
    *lexer = (struct sparql_lexer){.at = text, .line_start = text, .line = 1, .arena = arena};
}

static void skip_blank(struct sparql_lexer *lexer)
{
    for (;; lexer->at++) {
        if (*lexer->at == '#')
            lexer->at += strcspn(lexer->at, "\r\n");
        if (*lexer->at == '\n') {
            lexer->line++;
            lexer->line_start = lexer->at + 1;
        } else if (*lexer->at != ' ' && *lexer->at != '\t' && *lexer->at != '\r') {
            return;
        }
    }
}

static enum sparql_token_kind bad(struct sparql_lexer *lexer, const char *message)
{
    lexer->message = message;
    return SPARQL_BAD;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The character of the \uXXXX or \UXXXXXXXX at `p` and its length; 0: none is there. */
static size_t codepoint_escape(const char *p, uint32_t *code)
{
    const size_t digits = p[0] != '\\' ? 0 : p[1] == 'u' ? 4 : p[1] == 'U' ? 8 : 0;
    *code = 0;
    for (size_t i = 0; i < digits; i++) {
        const int digit = hex_digit(p[2 + i]);
        if (digit < 0 || *code > 0x10FFFF)
            return 0;
        *code = *code << 4 | (uint32_t)digit;
    }
    const bool character = *code && *code <= 0x10FFFF && (*code < 0xD800 || *code > 0xDFFF);
    return digits && character ? digits + 2 : 0;
}

/* The next character, plain or escaped, and its length in the text; 0 at the end. */
static size_t next_character(const char *p, uint32_t *code)
{
    if ((unsigned char)*p < 0x80 && *p != '\\') {
        *code = (unsigned char)*p;
        return *p != '\0';
    }
    return *p == '\\' ? codepoint_escape(p, code) : ic_utf8_next(p, strnlen(p, 4), code);
}

static void add(struct collected *collected, uint32_t code)
{
    char *p = collected->bytes + collected->length;
    if (code < 0x80) {
        *p++ = (char)code;
    } else if (code < 0x800) {
        *p++ = (char)(0xC0 | code >> 6);
    } else if (code < 0x10000) {
        *p++ = (char)(0xE0 | code >> 12);
        *p++ = (char)(0x80 | (code >> 6 & 0x3F));
    } else {
        *p++ = (char)(0xF0 | code >> 18);
        *p++ = (char)(0x80 | (code >> 12 & 0x3F));
        *p++ = (char)(0x80 | (code >> 6 & 0x3F));
    }
    if (code >= 0x80)
        *p++ = (char)(0x80 | (code & 0x3F));
    collected->length = (size_t)(p - collected->bytes);
}

/* Text without escapes is itself; valid UTF-8 it is, for the query's text was checked. */
static char *copy_plain(struct sparql_lexer *lexer, const char *text, size_t length)
{
    return memchr(text, '\\', length) ? NULL : ic_arena_copy(lexer->arena, text, length);
}

/* Room for what `length` bytes of text become; the rest of it is zero. */
static bool collect(struct sparql_lexer *lexer, size_t length, struct collected *collected)
{
    *collected = (struct collected){ic_arena_alloc(lexer->arena, length + 1), 0};
    return collected->bytes != NULL;
}

/* ---- IRIs ---- */

/* The length of <...> at `p`, or 0: "<" is an operator there. */
static size_t iri_length(const char *p)
{
    uint32_t code;
    size_t at = 1;
    for (size_t step; (step = next_character(p + at, &code)) != 0; at += step) {
        if (step == 1 && code == '>')
            return at + 1;
        if (!ic_rdf_iri_character((long)code))
            return 0;
    }
    return 0;
}

static enum sparql_token_kind scan_iri(struct sparql_lexer *lexer, struct sparql_token *token,
                                       size_t length)
{
    struct collected text;
    token->length = length - 2;
    token->text = copy_plain(lexer, lexer->at + 1, token->length);
    if (token->text) {
        lexer->at += length;
        return SPARQL_IRI;
    }
    if (!collect(lexer, length, &text))
        return bad(lexer, NULL);
    uint32_t code;
    for (const char *p = lexer->at + 1; *p != '>';) {
        p += next_character(p, &code);
        add(&text, code);
    }
    lexer->at += length;
    token->text = text.bytes;
    token->length = text.length;
    return SPARQL_IRI;
}

/* ---- names ---- */

static inline size_t name_length(const char *p, bool (*first)(long), bool (*further)(long))
{
    uint32_t code;
    size_t end = 0;
    for (size_t at = 0, step; (step = next_character(p + at, &code)) != 0;) {
        if (!(at ? further : first)((long)code))
            break;
        at += step;
        if (code != '.')
            end = at;
    }
    return end;
}

static bool prefix_start(long code)
{
    return code != '_' && ic_rdf_name_start(code);
}

static bool digit_or_start(long code)
{
    return (code >= '0' && code <= '9') || ic_rdf_name_start(code);
}

static bool prefix_character(long code)
{
    return code == '.' || ic_rdf_name_character(code);
}

/* VARNAME: a name without "-" and ".". */
static bool variable_character(long code)
{
    return code != '-' && ic_rdf_name_character(code);
}

static bool copy_name(struct sparql_lexer *lexer, size_t length, const char **name)
{
    struct collected text;
    uint32_t code;
    *name = copy_plain(lexer, lexer->at, length);
    if (*name) {
        lexer->at += length;
        return true;
    }
    if (!collect(lexer, length, &text))
        return false;
    for (const char *end = lexer->at + length; lexer->at < end;) {
        lexer->at += next_character(lexer->at, &code);
        add(&text, code);
    }
    *name = text.bytes;
    return true;
}

/* PN_LOCAL at `p`: its length in the text. A "." inside belongs to it, one behind does not. */
static size_t local_length(const char *p)
{
    uint32_t code;
    size_t end = 0;
    for (size_t at = 0, step;; at += step) {
        if (p[at] == '%' && hex_digit(p[at + 1]) >= 0 && hex_digit(p[at + 2]) >= 0) {
            step = 3;
        } else if (p[at] == '\\' && p[at + 1] && strchr("_~.-!$&'()*+,;=/?#@%", p[at + 1])) {
            step = 2;
        } else if (p[at] == '.' && at) {
            step = 1;
            continue;
        } else {
            step = next_character(p + at, &code);
            if (step == 0 || (code != ':' && !(at ? ic_rdf_name_character((long)code)
                                                  : digit_or_start((long)code))))
                return end;
        }
        end = at + step;
    }
}

static bool copy_local(struct sparql_lexer *lexer, size_t length, const char **local)
{
    struct collected text;
    uint32_t code;
    *local = copy_plain(lexer, lexer->at, length);
    if (*local) {
        lexer->at += length;
        return true;
    }
    if (!collect(lexer, length, &text))
        return false;
    for (const char *end = lexer->at + length; lexer->at < end;) {
        size_t step = next_character(lexer->at, &code);
        if (step == 0) { /* an escaped sign */
            step = 2;
            code = (unsigned char)lexer->at[1];
        }
        lexer->at += step;
        add(&text, code);
    }
    *local = text.bytes;
    return true;
}

/* A prefixed name, or a keyword when no colon follows. */
static enum sparql_token_kind scan_name(struct sparql_lexer *lexer, struct sparql_token *token)
{
    const size_t length = name_length(lexer->at, prefix_start, prefix_character);
    if (lexer->at[length] != ':') {
        size_t word = 0;
        while (lexer->at[word] && (hex_digit(lexer->at[word]) >= 0 || lexer->at[word] == '_' ||
                                   ic_rdf_tag_character(lexer->at[word], true)))
            word++;
        token->text = lexer->at;
        token->length = word;
        lexer->at += word;
        return word ? SPARQL_WORD : bad(lexer, "this character has no meaning here");
    }
    if (!copy_name(lexer, length, &token->text))
        return bad(lexer, NULL);
    token->length = length;
    lexer->at++;
    return copy_local(lexer, local_length(lexer->at), &token->local) ? SPARQL_NAME
                                                                     : bad(lexer, NULL);
}

static enum sparql_token_kind scan_label(struct sparql_lexer *lexer, struct sparql_token *token)
{
    lexer->at += 2;
    const size_t length = name_length(lexer->at, digit_or_start, prefix_character);
    if (!length)
        return bad(lexer, "a blank node's label must follow \"_:\"");
    return copy_name(lexer, length, &token->text) ? SPARQL_LABEL : bad(lexer, NULL);
}

static enum sparql_token_kind scan_variable(struct sparql_lexer *lexer,
                                            struct sparql_token *token)
{
    const size_t length = name_length(lexer->at + 1, digit_or_start, variable_character);
    if (!length) {
        token->sign = *lexer->at++;
        return SPARQL_SIGN;
    }
    lexer->at++;
    return copy_name(lexer, length, &token->text) ? SPARQL_VAR : bad(lexer, NULL);
}

static enum sparql_token_kind scan_tag(struct sparql_lexer *lexer, struct sparql_token *token)
{
    size_t length = 1;
    for (bool first = true; lexer->at[length]; length++) {
        if (lexer->at[length] == '-')
            first = false;
        else if (!ic_rdf_tag_character((unsigned char)lexer->at[length], first))
            break;
    }
    token->text = ic_arena_copy(lexer->arena, lexer->at + 1, length - 1);
    if (!token->text)
        return bad(lexer, NULL);
    if (!ic_rdf_tag(token->text))
        return bad(lexer, "a language tag must follow \"@\"");
    lexer->at += length;
    return SPARQL_TAG;
}

/* ---- numbers ---- */

static size_t digits_at(const char *p)
{
    size_t count = 0;
    while (p[count] >= '0' && p[count] <= '9')
        count++;
    return count;
}

static enum sparql_token_kind scan_number(struct sparql_lexer *lexer,
                                          struct sparql_token *token)
{
    const char *p = lexer->at + digits_at(lexer->at);
    enum sparql_token_kind kind = SPARQL_INTEGER;
    const char *behind = *p == '.' ? p + 1 + digits_at(p + 1) : p;
    const char *exponent = behind + (behind[0] == 'e' || behind[0] == 'E');
    exponent += exponent > behind && (*exponent == '+' || *exponent == '-');
    if (exponent > behind && digits_at(exponent)) {
        kind = SPARQL_DOUBLE;
        p = exponent + digits_at(exponent);
    } else if (*p == '.' && behind > p + 1) {
        kind = SPARQL_DECIMAL;
        p = behind;
    }
    token->length = (size_t)(p - lexer->at);
    token->text = ic_arena_copy(lexer->arena, lexer->at, token->length);
    lexer->at = p;
    return token->text ? kind : bad(lexer, NULL);
}

/* ---- strings ---- */

/* The length of the string at `p`, quotes and all; 0: it does not end. */
static size_t string_length(const char *p, size_t quotes)
{
    for (size_t at = quotes; p[at]; at++) {
        if (p[at] == '\\' && p[at + 1])
            at++;
        else if (quotes == 1 && (p[at] == '\n' || p[at] == '\r'))
            return 0;
        else if (strncmp(p + at, p, quotes) == 0)
            return at + quotes;
    }
    return 0;
}

static enum sparql_token_kind scan_string(struct sparql_lexer *lexer,
                                          struct sparql_token *token)
{
    static const char escapes[] = "tbnrf\\\"'", meanings[] = "\t\b\n\r\f\\\"'";
    const char *p = lexer->at;
    const size_t quotes = p[1] == p[0] && p[2] == p[0] ? 3 : 1;
    const size_t length = string_length(p, quotes);
    struct collected text;
    if (!length)
        return bad(lexer, "the string that begins here does not end");
    if (!collect(lexer, length, &text))
        return bad(lexer, NULL);
    for (const char *at = p + quotes, *end = p + length - quotes; at < end;) {
        uint32_t code;
        size_t step = next_character(at, &code);
        if (step == 0) {
            const char *known = strchr(escapes, at[1]);
            if (!known || !at[1])
                return bad(lexer, "a backslash in a string begins an escape: \\t \\b \\n \\r "
                                  "\\f \\\\ \\\" \\' \\uXXXX \\UXXXXXXXX");
            code = (unsigned char)meanings[known - escapes];
            step = 2;
        }
        if (at[0] == '\n') {
            lexer->line++;
            lexer->line_start = at + 1;
        }
        at += step;
        add(&text, code);
    }
    lexer->at = p + length;
    token->text = text.bytes;
    token->length = text.length;
    return SPARQL_STRING;
}

/* ---- all ---- */

static enum sparql_token_kind scan_sign(struct sparql_lexer *lexer, struct sparql_token *token)
{
    static const char pairs[][3] = {"&&", "||", "!=", "<=", ">=", "^^"};
    const char *p = lexer->at;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (p[0] != pairs[i][0] || p[1] != pairs[i][1])
            continue;
        token->sign = SPARQL_TWO(p[0], p[1]);
        lexer->at += 2;
        return SPARQL_SIGN;
    }
    if (!strchr("{}()[].,;=<>!+-*/|^", *p))
        return bad(lexer, "this character has no meaning here");
    token->sign = *p;
    lexer->at++;
    return SPARQL_SIGN;
}

static enum sparql_token_kind scan(struct sparql_lexer *lexer, struct sparql_token *token)
{
    const char *p = lexer->at;
    size_t length;
    if (*p == '\0')
        return SPARQL_END;
    if (ic_rdf_name_start((unsigned char)*p) && *p != '_')
        return scan_name(lexer, token);
    if (*p == '?' || *p == '$')
        return scan_variable(lexer, token);
    if (*p == '<' && (length = iri_length(p)) != 0)
        return scan_iri(lexer, token, length);
    if (*p == '"' || *p == '\'')
        return scan_string(lexer, token);
    if (*p == '@')
        return scan_tag(lexer, token);
    if (digits_at(p) || (*p == '.' && digits_at(p + 1)))
        return scan_number(lexer, token);
    if (*p == '_' && p[1] == ':')
        return scan_label(lexer, token);
    if (strchr("{}()[].,;=<>!+-*/|&^", *p))
        return scan_sign(lexer, token);
    return scan_name(lexer, token);
}

struct sparql_token sparql_lexer_next(struct sparql_lexer *lexer)
{
    skip_blank(lexer);
    struct sparql_token token = {
        .start = lexer->at,
        .place = {lexer->line, (uint32_t)(lexer->at - lexer->line_start + 1)}};
    token.kind = scan(lexer, &token);
    token.end = lexer->at;
    return token;
}

bool sparql_token_is(const struct sparql_token *token, const char *keyword)
{
    if (token->kind != SPARQL_WORD)
        return false;
    for (size_t i = 0; i < token->length; i++) {
        const char c = token->text[i];
        if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != keyword[i])
            return false; /* also at the keyword's end: no word holds a NUL */
    }
    return keyword[token->length] == '\0';
}
