/* SPDX-License-Identifier: Apache-2.0 */
/* What Turtle's grammar stands on: the token that is looked at, the text for raptor, the lines
 * of its statements, the declared prefixes. For turtle_grammar.c only.
 *
 * raptor makes the statements of a list of predicates when it has read the list, those of
 * nested [ ] and ( ) before, and those of a ( ) from its last member to its first. `lines` is a
 * stack on which each open list has its statements' lines; a list that ends hands them on in
 * that order. */
#ifndef IC_IMPORTERS_TURTLE_READER_H
#define IC_IMPORTERS_TURTLE_READER_H

#include "turtle_grammar.h"

struct ic_declared;

struct ic_reader {
    struct ic_turtle_lexer *lexer;
    const struct ic_turtle_sink *sink; /* NULL: only checks */
    struct ic_turtle_summary *summary;
    bool graph_names;
    struct ic_token token;        /* the one being looked at */
    struct ic_declared *prefixes; /* names alone */
    uint32_t *lines;
    size_t line_count, line_room;
    char *text; /* checked, not yet handed on */
    size_t text_length, text_room;
    unsigned depth;
    bool in_graph;
};

void ic_reader_clear(struct ic_reader *reader);

/* ---- the token ---- */

enum ic_status ic_reader_next(struct ic_reader *reader);
bool ic_reader_at_sign(const struct ic_reader *reader, char sign);
bool ic_reader_at_iri(const struct ic_reader *reader); /* an IRI or a prefixed name */

/* `word` as a token of `kind`; a WORD in any case. */
bool ic_reader_at_word(const struct ic_reader *reader, enum ic_token_kind kind,
                       const char *word);

/* Fails: the token is not `what` should be here. */
enum ic_status ic_reader_expected(struct ic_reader *reader, const char *what);

/* ---- text for raptor ---- */

enum ic_status ic_reader_emit(struct ic_reader *reader, const char *text);
enum ic_status ic_reader_emit_text(struct ic_reader *reader, const char *text, size_t length);

/* Hands the token on and looks at the next. */
enum ic_status ic_reader_emit_token(struct ic_reader *reader);

/* The same for an IRI or a name, whose prefix must have been declared. */
enum ic_status ic_reader_iri(struct ic_reader *reader);

/* Declares the prefix of the token, a NAME. */
enum ic_status ic_reader_declare_prefix(struct ic_reader *reader);

/* What has been handed on is no subject but the name of something: of the graph that follows,
 * or of the base (IC_ROLE_NAME, IC_ROLE_BASE). */
enum ic_status ic_reader_name(struct ic_reader *reader, uint32_t line, int role);

/* Gives the text to the sink when there is enough; between statements. The more prefixes there
 * are, which raptor is told with each part, the longer the parts. */
enum ic_status ic_reader_flush(struct ic_reader *reader, bool last);

/* ---- lines of statements ---- */

/* A statement of the innermost open list begins at the token. */
enum ic_status ic_reader_push_line(struct ic_reader *reader);

/* Hands on the lines of a list of predicates that began when there were `first`. */
enum ic_status ic_reader_announce_list(struct ic_reader *reader, size_t first);

/* Hands on the lines of a ( ): rdf:first and rdf:rest of each member, the last first. */
enum ic_status ic_reader_announce_collection(struct ic_reader *reader, size_t first);

#endif
