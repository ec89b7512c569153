/* SPDX-License-Identifier: Apache-2.0 */
/* The characters that the lexer of turtle_lexer.h reads: between its files only. */
#ifndef IC_IMPORTERS_TURTLE_INPUT_H
#define IC_IMPORTERS_TURTLE_INPUT_H

#include "turtle_lexer.h"

enum { IC_TURTLE_NOTHING = -1 }; /* no character: the end, or a failure */

/* Fails at the next character. */
#define IC_TURTLE_FAIL_HERE(lexer, ...)                                                        \
    ic_turtle_fail(lexer, IC_BAD_INPUT, (lexer)->line, (lexer)->column, __VA_ARGS__)

/* The byte `ahead` places on, or IC_TURTLE_NOTHING. */
int ic_turtle_peek(struct ic_turtle_lexer *lexer, size_t ahead);

/* The character `ahead` bytes on with its size, or IC_TURTLE_NOTHING; fails when it is U+0000
 * or not UTF-8. */
long ic_turtle_character(struct ic_turtle_lexer *lexer, size_t ahead, size_t *size);

/* Steps over one character; false at the end or on a failure. */
bool ic_turtle_step(struct ic_turtle_lexer *lexer);
/* Steps over the characters in the buffer that nothing has to be said about within an IRI or a
 * string; most of a text is that. */
void ic_turtle_skip_plain(struct ic_turtle_lexer *lexer, bool in_iri);
void ic_turtle_step_many(struct ic_turtle_lexer *lexer, size_t count);

#endif
