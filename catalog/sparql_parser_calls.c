/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing calls: built-in functions, aggregates, functions named by IRIs, EXISTS (SPARQL 1.1
 * Query, rules 70, 121 to 128). */
#include <string.h>

#include "sparql_parser_internal.h"

struct builtin {
    const char *name;
    int32_t fewest, most;
};

static const struct builtin builtins[] = {
#define BUILTIN(name, fewest, most) {#name, fewest, most},
    SPARQL_BUILTINS(BUILTIN) SPARQL_AGGREGATES(BUILTIN)
#undef BUILTIN
};

/* The built-in that the word at the token names, or SPARQL_BUILTIN_COUNT. */
static enum sparql_builtin find_builtin(const struct parser *parser)
{
    const struct sparql_token *token = &parser->token;
    enum sparql_builtin i = 0;
    if (token->kind != SPARQL_WORD)
        return SPARQL_BUILTIN_COUNT;
    while (i < SPARQL_BUILTIN_COUNT && !sparql_token_is(token, builtins[i].name))
        i++;
    return i;
}

/* Up to the ")" behind the arguments; "(" was taken. */
static bool parse_arguments(struct parser *parser, struct sparql_expr *expr)
{
    if (!parser_enter(parser))
        return false;
    if (!parser_at_sign(parser, ')'))
        do
            if (!parser_add_argument(parser, expr, parser_expression(parser)))
                return false;
        while (parser_take_sign(parser, ','));
    parser->depth--;
    return parser_expect_sign(parser, ')');
}

static struct sparql_expr *check_count(struct parser *parser, struct sparql_expr *expr)
{
    const struct builtin *builtin = &builtins[expr->builtin];
    const int64_t count = (int64_t)expr->arg_count;
    if (count >= builtin->fewest && count <= builtin->most)
        return expr;
    return parser_fail(parser, expr->place, "%s takes %s%d argument%s", builtin->name,
                       count < builtin->fewest && builtin->most > builtin->fewest ? "at least "
                       : builtin->most > builtin->fewest                          ? "at most "
                                                                                  : "",
                       (int)(count < builtin->fewest ? builtin->fewest : builtin->most),
                       builtin->fewest == 1 && builtin->most == 1 ? "" : "s");
}

/* COUNT(*), COUNT(DISTINCT *), and what all aggregates take. */
static struct sparql_expr *parse_aggregate(struct parser *parser, struct sparql_expr *expr)
{
    if (!parser->aggregates_allowed)
        return parser_fail(parser, expr->place,
                           "%s cannot stand here: aggregates belong to SELECT, HAVING and "
                           "ORDER BY, and not inside each other",
                           builtins[expr->builtin].name);
    parser->aggregates = true;
    parser->aggregates_allowed = false;
    expr->distinct = parser_take_word(parser, "DISTINCT");
    const bool all = expr->builtin == SPARQL_FN_COUNT && parser_take_sign(parser, '*');
    if (!parser_enter(parser) ||
        (!all && !parser_add_argument(parser, expr, parser_expression(parser))))
        return NULL;
    parser->depth--;
    parser->aggregates_allowed = true;
    if (expr->builtin == SPARQL_FN_GROUP_CONCAT && parser_take_sign(parser, ';')) {
        if (!parser_take_word(parser, "SEPARATOR"))
            return parser_expected(parser, "SEPARATOR");
        if (!parser_expect_sign(parser, '='))
            return NULL;
        if (parser->token.kind != SPARQL_STRING)
            return parser_expected(parser, "the separator in quotes");
        expr->separator = parser->token.text;
        parser_advance(parser);
    }
    return parser_expect_sign(parser, ')') ? expr : NULL;
}

static struct sparql_expr *parse_builtin(struct parser *parser, enum sparql_builtin builtin)
{
    const bool aggregate = builtin >= SPARQL_FN_COUNT;
    struct sparql_expr *expr =
        parser_new_expr(parser, aggregate ? SPARQL_EXPR_AGGREGATE : SPARQL_EXPR_BUILTIN);
    if (!expr)
        return NULL;
    expr->builtin = builtin;
    parser_advance(parser);
    if (!parser_expect_sign(parser, '('))
        return NULL;
    if (aggregate)
        return parse_aggregate(parser, expr);
    if (builtin == SPARQL_FN_BOUND && parser->token.kind != SPARQL_VAR)
        return parser_expected(parser, "a variable");
    return parse_arguments(parser, expr) ? check_count(parser, expr) : NULL;
}

/* An IRI, and its arguments when there are any. */
static struct sparql_expr *parse_function(struct parser *parser)
{
    struct sparql_expr *expr = parser_new_expr(parser, SPARQL_EXPR_TERM);
    if (!expr || !parser_iri(parser, &expr->term.term))
        return NULL;
    if (!parser_take_sign(parser, '('))
        return expr;
    expr->kind = SPARQL_EXPR_FUNCTION;
    expr->distinct = parser_take_word(parser, "DISTINCT");
    if (expr->distinct && parser_at_sign(parser, ')'))
        return parser_expected(parser, "an expression");
    return parse_arguments(parser, expr) ? expr : NULL;
}

static struct sparql_expr *parse_exists(struct parser *parser)
{
    const bool negative = parser_at_word(parser, "NOT");
    struct sparql_expr *expr =
        parser_new_expr(parser, negative ? SPARQL_EXPR_NOT_EXISTS : SPARQL_EXPR_EXISTS);
    if (!expr)
        return NULL;
    if (negative)
        parser_advance(parser);
    if (!parser_take_word(parser, "EXISTS"))
        return parser_expected(parser, "EXISTS");
    const bool aggregates_allowed = parser->aggregates_allowed;
    parser->aggregates_allowed = false;
    expr->pattern = parser_group(parser);
    parser->aggregates_allowed = aggregates_allowed;
    return expr->pattern ? expr : NULL;
}

struct sparql_expr *parser_call(struct parser *parser)
{
    if (parser_at_iri(parser))
        return parse_function(parser);
    if (parser_at_word(parser, "EXISTS") || parser_at_word(parser, "NOT"))
        return parse_exists(parser);
    const enum sparql_builtin builtin = find_builtin(parser);
    return builtin < SPARQL_BUILTIN_COUNT ? parse_builtin(parser, builtin) : NULL;
}

struct sparql_expr *parser_constraint(struct parser *parser)
{
    if (parser_at_sign(parser, '(')) {
        if (!parser_enter(parser))
            return NULL;
        parser_advance(parser);
        struct sparql_expr *expr = parser_expression(parser);
        parser->depth--;
        return expr && parser_expect_sign(parser, ')') ? expr : NULL;
    }
    const struct sparql_place place = parser->token.place;
    struct sparql_expr *call = parser_call(parser);
    if (!call)
        return parser->status == IC_OK ? parser_expected(parser, "\"(\" or a function") : NULL;
    if (call->kind == SPARQL_EXPR_TERM)
        return parser_fail(parser, place,
                           "arguments in \"(\" and \")\" should follow this IRI");
    return call;
}
