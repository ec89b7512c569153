/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SPARQL parser share. A function that fails has set parser->status and
 * returns NULL or false; after that all others do nothing and return soon. */
#ifndef IC_SPARQL_PARSER_INTERNAL_H
#define IC_SPARQL_PARSER_INTERNAL_H

#include "sparql_lexer.h"

enum { PARSER_BUCKETS = 128 };

struct sparql_prefix {
    const char *name, *iri;
};

/* What the parser knows of a variable besides its name. */
struct parser_variable {
    int next;         /* in its bucket; -1: the last */
    uint32_t hash;    /* of its name */
    unsigned triples; /* of a label: the block of triples that it belongs to */
    unsigned stamp;   /* the last set that took it in */
};

struct parser {
    struct sparql_lexer lexer;
    struct sparql_token token; /* the next one */
    struct ic_arena *arena;
    struct sparql_query *query;
    const char *name, *base;
    struct ic_error *error;
    enum ic_status status;
    struct sparql_prefix *prefixes;
    size_t prefix_count;
    struct parser_variable *known; /* by variable */
    int buckets[PARSER_BUCKETS];
    unsigned triples, stamps; /* the last numbers given */
    unsigned depth;
    bool template;           /* no paths */
    bool aggregates_allowed; /* here */
    bool aggregates;         /* one was seen in this SELECT */
};

/* ---- sparql_parser.c ---- */

/* Fails at the token: "expected WHAT, not TOKEN". NULL. */
void *parser_expected(struct parser *parser, const char *what);
/* Fails at a place. NULL. */
void *parser_fail(struct parser *parser, struct sparql_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Zeroed memory, or NULL and a failure. */
void *parser_allocate(struct parser *parser, size_t size);
/* Room for one thing more behind `count` things. */
void *parser_grow(struct parser *parser, void *items, size_t count, size_t size);
/* One level deeper; undone by parser->depth--. */
bool parser_enter(struct parser *parser);

void parser_advance(struct parser *parser);
bool parser_at_sign(const struct parser *parser, int sign);
bool parser_at_word(const struct parser *parser, const char *word);
bool parser_take_sign(struct parser *parser, int sign);
bool parser_take_word(struct parser *parser, const char *word);
bool parser_expect_sign(struct parser *parser, int sign);

/* ---- sparql_parser_terms.c ---- */

/* The variable at the token. */
bool parser_variable(struct parser *parser, int *variable);
int parser_new_blank(struct parser *parser);
/* Whether an IRI or prefixed name stands here, and taking it. */
bool parser_at_iri(const struct parser *parser);
bool parser_iri(struct parser *parser, struct ic_term *iri);
/* A variable or IRI. */
bool parser_var_or_iri(struct parser *parser, struct sparql_term *term);
/* Whether a literal stands here, signed number or not, and taking it. */
bool parser_at_literal(const struct parser *parser);
bool parser_literal(struct parser *parser, struct ic_term *literal);
/* Whether a variable, IRI, literal or blank node stands here (no list, no [ ), and taking it.
 */
bool parser_at_term(const struct parser *parser);
bool parser_term(struct parser *parser, struct sparql_term *term);
/* A new set of variables for parser_note: the first time that a set takes one in is true. */
void parser_begin_set(struct parser *parser);
bool parser_note(struct parser *parser, int variable);
bool parser_noted(const struct parser *parser, int variable);

/* ---- sparql_parser_paths.c, sparql_parser_triples.c ---- */

/* A property path, or the IRI that it is. */
struct sparql_path *parser_path(struct parser *parser);
/* Subjects with their properties up to what cannot begin one, behind *last. */
bool parser_triples(struct parser *parser, struct sparql_pattern ***last);
struct sparql_pattern *parser_new_pattern(struct parser *parser, enum sparql_pattern_kind kind);

/* ---- sparql_parser_expressions.c, sparql_parser_calls.c ---- */

struct sparql_expr *parser_expression(struct parser *parser);
/* ( expression ), a call or EXISTS: what FILTER, HAVING and ORDER BY take. */
struct sparql_expr *parser_constraint(struct parser *parser);
/* A call or EXISTS at the token; NULL without a failure when none is here. */
struct sparql_expr *parser_call(struct parser *parser);
struct sparql_expr *parser_new_expr(struct parser *parser, enum sparql_expr_kind kind);
bool parser_add_argument(struct parser *parser, struct sparql_expr *expr,
                         struct sparql_expr *argument);

/* ---- sparql_parser_patterns.c, sparql_parser_select.c ---- */

/* { ... }: a group, or a SELECT in one. */
struct sparql_pattern *parser_group(struct parser *parser);
/* What stands behind VALUES. */
struct sparql_values *parser_values(struct parser *parser);
/* SELECT ... up to the solution modifiers and VALUES behind them; SELECT itself was taken. */
bool parser_select(struct parser *parser, struct sparql_select *select);
/* [WHERE] { ... } */
bool parser_where(struct parser *parser, struct sparql_select *select);
bool parser_modifiers(struct parser *parser, struct sparql_select *select);
bool parser_finish_select(struct parser *parser, struct sparql_select *select);

#endif
