/* SPDX-License-Identifier: Apache-2.0 */
/* The tokens of Turtle, TriG, N-Triples and N-Quads (RDF 1.1), with their places.
 *
 * Everything that is wrong inside a token is found here: invalid UTF-8, U+0000 raw or escaped,
 * bad escapes, IRIs with characters that IRIs may not have, strings that are not closed.
 * Threads: a lexer belongs to one thread. */
#ifndef IC_IMPORTERS_TURTLE_LEXER_H
#define IC_IMPORTERS_TURTLE_LEXER_H

#include "source.h"

enum ic_turtle_dialect { IC_TURTLE, IC_TRIG, IC_NTRIPLES, IC_NQUADS };

enum ic_token_kind {
    IC_TOKEN_END,
    IC_TOKEN_IRI,      /* <...> */
    IC_TOKEN_NAME,     /* prefix:local */
    IC_TOKEN_BLANK,    /* _:label */
    IC_TOKEN_STRING,   /* with its quotes */
    IC_TOKEN_LANGUAGE, /* @en, also @prefix and @base */
    IC_TOKEN_NUMBER,
    IC_TOKEN_WORD,     /* a, true, false, PREFIX, BASE, GRAPH */
    IC_TOKEN_DATATYPE, /* ^^ */
    IC_TOKEN_SIGN      /* one of . , ; [ ] ( ) { } */
};

struct ic_token {
    enum ic_token_kind kind;
    const char *text; /* as written; borrowed until the next token is read */
    size_t length;
    size_t prefix_length; /* of a NAME: bytes before its ':' */
    unsigned long line, column;
};

struct ic_turtle_lexer {
    struct ic_source *source; /* NULL: the buffer is all there is */
    const char *name;         /* of the document, for messages */
    enum ic_turtle_dialect dialect;
    char *buffer;
    size_t start, at, end, room; /* token begins at start, next character is at `at` */
    size_t token_bytes_max;
    bool ended;
    bool starved;               /* without source: more was asked for than the buffer had */
    unsigned long line, column; /* of the next character */
    enum ic_status status;      /* the first failure */
    struct ic_error *error;
};

enum { IC_TOKEN_BYTES_MAX = 32 * 1024 * 1024 };

/* Reads from `source`. `error` gets the first failure. Owned: ic_turtle_lexer_close. */
void ic_turtle_lexer_open(struct ic_turtle_lexer *lexer, enum ic_turtle_dialect dialect,
                          struct ic_source *source, struct ic_error *error);

/* Reads from memory, copied. */
enum ic_status ic_turtle_lexer_open_memory(struct ic_turtle_lexer *lexer,
                                           enum ic_turtle_dialect dialect, const char *text,
                                           size_t length, struct ic_error *error);

void ic_turtle_lexer_close(struct ic_turtle_lexer *lexer);

/* The next token. Comments and white space are skipped. */
enum ic_status ic_turtle_lexer_next(struct ic_turtle_lexer *lexer, struct ic_token *token);

/* Fails at a place of the text: fills the lexer's error and returns `status`. */
enum ic_status ic_turtle_fail(struct ic_turtle_lexer *lexer, enum ic_status status,
                              unsigned long line, unsigned long column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
