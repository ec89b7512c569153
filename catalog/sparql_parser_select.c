/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing SELECT and the solution modifiers (SPARQL 1.1 Query, rules 9, 17 to 28), and the
 * rules that SELECT and GROUP BY keep together (sections 11.4, 18.2.4.4, 19.8). */
#include <stdlib.h>
#include <string.h>

#include "sparql_parser_internal.h"

/* ( expression [AS ?variable] ) */
static bool parse_as(struct parser *parser, struct sparql_column *column, bool must)
{
    if (!parser_expect_sign(parser, '('))
        return false;
    column->expr = parser_expression(parser);
    if (!column->expr)
        return false;
    if (parser_take_word(parser, "AS"))
        parser_variable(parser, &column->variable);
    else if (must)
        return parser_expected(parser, "AS");
    return parser_expect_sign(parser, ')');
}

static struct sparql_column *add_column(struct parser *parser, struct sparql_column **columns,
                                        size_t *count)
{
    *columns = parser_grow(parser, *columns, *count, sizeof **columns);
    if (!*columns)
        return NULL;
    (*columns)[*count] = (struct sparql_column){.variable = -1, .place = parser->token.place};
    return &(*columns)[(*count)++];
}

bool parser_select(struct parser *parser, struct sparql_select *select)
{
    parser->aggregates = false;
    select->distinct = parser_take_word(parser, "DISTINCT");
    select->reduced = !select->distinct && parser_take_word(parser, "REDUCED");
    select->star = parser_take_sign(parser, '*');
    if (select->star)
        return parser->status == IC_OK;
    while (parser->status == IC_OK &&
           (parser->token.kind == SPARQL_VAR || parser_at_sign(parser, '('))) {
        struct sparql_column *column =
            add_column(parser, &select->columns, &select->column_count);
        if (!column)
            return false;
        if (parser->token.kind == SPARQL_VAR) {
            parser_variable(parser, &column->variable);
            continue;
        }
        parser->aggregates_allowed = true;
        parse_as(parser, column, true);
        parser->aggregates_allowed = false;
    }
    if (!select->column_count)
        return parser_expected(parser, "\"*\", a variable or (expression AS ?variable)");
    return parser->status == IC_OK;
}

bool parser_where(struct parser *parser, struct sparql_select *select)
{
    /* Aggregates of SELECT are its own, not those of a SELECT inside. */
    const bool aggregates = parser->aggregates;
    parser_take_word(parser, "WHERE");
    select->where = parser_group(parser);
    parser->aggregates = aggregates;
    return select->where != NULL;
}

/* ---- modifiers ---- */

static bool parse_group_by(struct parser *parser, struct sparql_select *select)
{
    do {
        struct sparql_column *column = add_column(parser, &select->group, &select->group_count);
        if (!column)
            return false;
        if (parser->token.kind == SPARQL_VAR) {
            parser_variable(parser, &column->variable);
        } else if (parser_at_sign(parser, '(')) {
            parse_as(parser, column, false);
        } else {
            column->expr = parser_call(parser);
            if (!column->expr)
                return parser_expected(parser, "what GROUP BY takes");
        }
    } while (parser->status == IC_OK &&
             (parser->token.kind == SPARQL_VAR || parser_at_sign(parser, '(') ||
              parser_at_iri(parser) ||
              (parser->token.kind == SPARQL_WORD && !parser_at_word(parser, "HAVING") &&
               !parser_at_word(parser, "ORDER") && !parser_at_word(parser, "LIMIT") &&
               !parser_at_word(parser, "OFFSET") && !parser_at_word(parser, "VALUES"))));
    return parser->status == IC_OK;
}

static bool at_constraint(const struct parser *parser)
{
    return parser_at_sign(parser, '(') || parser_at_iri(parser) ||
           (parser->token.kind == SPARQL_WORD && !parser_at_word(parser, "ORDER") &&
            !parser_at_word(parser, "LIMIT") && !parser_at_word(parser, "OFFSET") &&
            !parser_at_word(parser, "VALUES"));
}

static bool parse_having(struct parser *parser, struct sparql_select *select)
{
    do {
        select->having = parser_grow(parser, select->having, select->having_count,
                                     sizeof(struct sparql_expr *));
        if (!select->having)
            return false;
        select->having[select->having_count] = parser_constraint(parser);
        if (!select->having[select->having_count++])
            return false;
    } while (at_constraint(parser));
    return true;
}

static bool parse_order_by(struct parser *parser, struct sparql_select *select)
{
    do {
        select->order =
            parser_grow(parser, select->order, select->order_count, sizeof *select->order);
        if (!select->order)
            return false;
        struct sparql_order *order = &select->order[select->order_count++];
        *order = (struct sparql_order){.descending = parser_at_word(parser, "DESC")};
        if (order->descending || parser_at_word(parser, "ASC")) {
            parser_advance(parser);
            if (!parser_at_sign(parser, '('))
                return parser_expected(parser, "\"(\"");
            order->expr = parser_constraint(parser);
        } else if (parser->token.kind == SPARQL_VAR) {
            order->expr = parser_new_expr(parser, SPARQL_EXPR_TERM);
            if (order->expr)
                parser_variable(parser, &order->expr->term.variable);
        } else {
            order->expr = parser_constraint(parser);
        }
        if (!order->expr || parser->status != IC_OK)
            return false;
    } while (parser->token.kind == SPARQL_VAR || at_constraint(parser));
    return true;
}

static bool parse_count(struct parser *parser, uint64_t *count)
{
    const struct sparql_token *token = &parser->token;
    if (token->kind != SPARQL_INTEGER)
        return parser_expected(parser, "a whole number");
    *count = 0;
    for (const char *p = token->text; *p; p++) {
        const uint64_t digit = (uint64_t)(*p - '0');
        *count = *count > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *count * 10 + digit;
    }
    parser_advance(parser);
    return parser->status == IC_OK;
}

static bool parse_slice(struct parser *parser, struct sparql_select *select)
{
    bool limited = false, offset = false;
    while (parser->status == IC_OK) {
        if (!limited && parser_take_word(parser, "LIMIT")) {
            limited = select->has_limit = true;
            parse_count(parser, &select->limit);
        } else if (!offset && parser_take_word(parser, "OFFSET")) {
            offset = true;
            parse_count(parser, &select->offset);
        } else {
            return true;
        }
    }
    return false;
}

/* GROUP or ORDER, with its BY. */
static bool take_by(struct parser *parser, const char *word)
{
    if (!parser_take_word(parser, word))
        return false;
    if (!parser_take_word(parser, "BY"))
        return parser_expected(parser, "BY");
    return true;
}

bool parser_modifiers(struct parser *parser, struct sparql_select *select)
{
    if (take_by(parser, "GROUP") && !parse_group_by(parser, select))
        return false;
    parser->aggregates_allowed = true;
    if (parser->status == IC_OK && parser_take_word(parser, "HAVING") &&
        !parse_having(parser, select))
        return false;
    if (parser->status == IC_OK && take_by(parser, "ORDER") && !parse_order_by(parser, select))
        return false;
    parser->aggregates_allowed = false;
    select->aggregates = parser->aggregates;
    if (parser->status != IC_OK || !parse_slice(parser, select))
        return false;
    if (parser_at_word(parser, "VALUES")) {
        select->values = parser_new_pattern(parser, SPARQL_VALUES);
        parser_advance(parser);
        if (!select->values || !(select->values->values = parser_values(parser)))
            return false;
    }
    return parser->status == IC_OK;
}

/* ---- what must fit together ---- */

/* Every variable of the expression, outside aggregates, is noted. */
static bool all_noted(struct parser *parser, const struct sparql_expr *expr)
{
    if (expr->kind == SPARQL_EXPR_AGGREGATE)
        return true;
    if (expr->kind == SPARQL_EXPR_TERM && expr->term.variable >= 0 &&
        !parser_noted(parser, expr->term.variable))
        return parser_fail(parser, expr->place,
                           "?%.200s stands neither in GROUP BY nor inside an aggregate",
                           parser->query->variables[expr->term.variable].name);
    for (size_t i = 0; i < expr->arg_count; i++)
        if (!all_noted(parser, expr->args[i]))
            return false;
    return true;
}

/* With GROUP BY or aggregates, SELECT shows what is grouped by, aggregates, and expressions
 * over both. */
static bool check_grouped(struct parser *parser, const struct sparql_select *select)
{
    if (select->star)
        return parser_fail(
            parser, select->where->place,
            "SELECT * cannot go with GROUP BY or aggregates; name the variables");
    parser_begin_set(parser);
    for (size_t i = 0; i < select->group_count; i++)
        if (select->group[i].variable >= 0)
            parser_note(parser, select->group[i].variable);
    for (size_t i = 0; i < select->column_count; i++) {
        const struct sparql_column *column = &select->columns[i];
        if (column->expr && !all_noted(parser, column->expr))
            return false;
        if (!column->expr && !parser_noted(parser, column->variable))
            return parser_fail(parser, column->place,
                               "?%.200s stands neither in GROUP BY nor inside an aggregate",
                               parser->query->variables[column->variable].name);
        parser_note(parser, column->variable);
    }
    return true;
}

/* AS needs a variable that is not in scope. */
static bool check_columns(struct parser *parser, const struct sparql_select *select)
{
    parser_begin_set(parser);
    for (size_t i = 0; i < select->where->scope_count; i++)
        parser_note(parser, select->where->scope[i]);
    for (size_t i = 0; i < select->column_count; i++) {
        const struct sparql_column *column = &select->columns[i];
        if (column->expr && !parser_note(parser, column->variable))
            return parser_fail(parser, column->place,
                               "AS cannot set ?%.200s, which the query uses already",
                               parser->query->variables[column->variable].name);
        if (!column->expr)
            parser_note(parser, column->variable);
    }
    return true;
}

bool parser_finish_select(struct parser *parser, struct sparql_select *select)
{
    if (parser->status != IC_OK || !select->where)
        return parser->status == IC_OK;
    for (size_t i = 0; select->star && i < select->where->scope_count; i++) {
        struct sparql_column *column =
            add_column(parser, &select->columns, &select->column_count);
        if (!column)
            return false;
        column->variable = select->where->scope[i];
    }
    if (!check_columns(parser, select))
        return false;
    return select->aggregates || select->group_count || select->having_count
               ? check_grouped(parser, select)
               : true;
}
