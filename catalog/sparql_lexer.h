/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of SPARQL 1.1 (SPARQL 1.1 Query, section 19.8, rules 139 to 173), one at a time.
 * A codepoint escape (section 19.2) stands for its character in IRIs, names and strings; it is
 * never a delimiter. The text ends with a NUL and is well-formed UTF-8. */
#ifndef IC_SPARQL_LEXER_H
#define IC_SPARQL_LEXER_H

#include "sparql_syntax.h"

enum sparql_token_kind {
    SPARQL_END,
    SPARQL_BAD,    /* the lexer's message is set */
    SPARQL_IRI,    /* .text: what stands between < and > */
    SPARQL_NAME,   /* prefix:local: .text is the prefix, .local the rest, escapes resolved */
    SPARQL_LABEL,  /* _:label: .text */
    SPARQL_VAR,    /* .text */
    SPARQL_STRING, /* .text, .length */
    SPARQL_TAG,    /* @en: .text */
    SPARQL_INTEGER,
    SPARQL_DECIMAL,
    SPARQL_DOUBLE, /* without a sign: .text */
    SPARQL_WORD,   /* a keyword: .start, .length in the text itself */
    SPARQL_SIGN    /* .sign: a character, or two in one number: SPARQL_TWO('&', '&') */
};

#define SPARQL_TWO(a, b) ((a) << 8 | (b))

struct sparql_token {
    enum sparql_token_kind kind;
    int sign;
    const char *start, *end; /* in the text */
    const char *text, *local;
    size_t length;
    struct sparql_place place;
};

struct sparql_lexer {
    const char *at, *line_start;
    uint32_t line;
    struct ic_arena *arena;
    const char *message; /* what is wrong, of SPARQL_BAD; NULL: memory is out */
};

void sparql_lexer_init(struct sparql_lexer *lexer, const char *text, struct ic_arena *arena);
struct sparql_token sparql_lexer_next(struct sparql_lexer *lexer);

/* Whether a word is this keyword, in any case. `keyword` is in capitals. */
bool sparql_token_is(const struct sparql_token *token, const char *keyword);

/* Resolves `reference` against `base` (RFC 3986, section 5.2) in `arena`; `base` NULL: as it
 * is. NULL when memory is out. */
const char *sparql_resolve_iri(struct ic_arena *arena, const char *base, const char *reference);

#endif
