/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing the terms of SPARQL: variables, IRIs, literals, blank nodes. */
#include <string.h>

#include "sparql_parser_internal.h"

/* ---- variables ---- */

static int add_variable(struct parser *parser, const char *name, bool blank)
{
    struct sparql_query *query = parser->query;
    const size_t count = query->variable_count;
    if (count == SPARQL_VARIABLES_MAX) {
        parser_fail(parser, parser->token.place, "the query has more than %d variables",
                    SPARQL_VARIABLES_MAX);
        return -1;
    }
    query->variables = parser_grow(parser, query->variables, count, sizeof *query->variables);
    parser->known = parser_grow(parser, parser->known, count, sizeof *parser->known);
    if (!query->variables || !parser->known)
        return -1;
    query->variables[count] = (struct sparql_variable){name, blank};
    parser->known[count] = (struct parser_variable){.next = -1, .triples = parser->triples};
    query->variable_count++;
    return (int)count;
}

/* FNV-1a. */
static uint32_t hash_name(const char *name, bool blank)
{
    uint32_t hash = 2166136261U + blank;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return hash;
}

static int find_or_add(struct parser *parser, const char *name, bool blank)
{
    const uint32_t hash = hash_name(name, blank);
    int *bucket = &parser->buckets[hash % PARSER_BUCKETS];
    for (int i = *bucket; i >= 0; i = parser->known[i].next) {
        const struct sparql_variable *variable = &parser->query->variables[i];
        if (parser->known[i].hash == hash && variable->blank == blank && variable->name &&
            strcmp(variable->name, name) == 0)
            return i;
    }
    const int added = add_variable(parser, name, blank);
    if (added < 0)
        return -1;
    parser->known[added].hash = hash;
    parser->known[added].next = *bucket;
    *bucket = added;
    return added;
}

bool parser_variable(struct parser *parser, int *variable)
{
    if (parser->token.kind != SPARQL_VAR)
        return parser_expected(parser, "a variable");
    *variable = find_or_add(parser, parser->token.text, false);
    if (*variable >= 0)
        parser_advance(parser);
    return parser->status == IC_OK;
}

int parser_new_blank(struct parser *parser)
{
    return add_variable(parser, NULL, true);
}

/* The same label means the same node within one block of triples, and may not stand in
 * another (section 19.6). */
static bool parse_label(struct parser *parser, struct sparql_term *term)
{
    term->variable = find_or_add(parser, parser->token.text, true);
    if (term->variable < 0)
        return false;
    if (parser->known[term->variable].triples != parser->triples)
        return parser_fail(parser, parser->token.place,
                           "the blank node _:%.200s stands in two basic graph patterns; use a "
                           "variable",
                           parser->token.text);
    parser_advance(parser);
    return parser->status == IC_OK;
}

void parser_begin_set(struct parser *parser)
{
    parser->stamps++;
}

bool parser_note(struct parser *parser, int variable)
{
    const bool first = !parser_noted(parser, variable);
    parser->known[variable].stamp = parser->stamps;
    return first;
}

bool parser_noted(const struct parser *parser, int variable)
{
    return parser->known[variable].stamp == parser->stamps;
}

/* ---- IRIs ---- */

bool parser_at_iri(const struct parser *parser)
{
    return parser->token.kind == SPARQL_IRI || parser->token.kind == SPARQL_NAME;
}

static const char *expand(struct parser *parser)
{
    const struct sparql_token *token = &parser->token;
    for (size_t i = 0; i < parser->prefix_count; i++) {
        if (strcmp(parser->prefixes[i].name, token->text) != 0)
            continue;
        const size_t head = strlen(parser->prefixes[i].iri), tail = strlen(token->local);
        char *iri = parser_allocate(parser, head + tail + 1);
        if (iri) {
            memcpy(iri, parser->prefixes[i].iri, head);
            memcpy(iri + head, token->local, tail);
        }
        return iri;
    }
    return parser_fail(parser, token->place, "the prefix \"%.200s:\" is not declared",
                       token->text);
}

bool parser_iri(struct parser *parser, struct ic_term *iri)
{
    const char *text = NULL;
    if (!parser_at_iri(parser))
        return parser_expected(parser, "an IRI");
    if (parser->token.kind == SPARQL_NAME) {
        text = expand(parser);
    } else {
        text = sparql_resolve_iri(parser->arena, parser->base, parser->token.text);
        if (!text)
            parser_allocate(parser, SIZE_MAX); /* fails as any allocation */
    }
    if (!text)
        return false;
    *iri = ic_term_iri(text);
    parser_advance(parser);
    return parser->status == IC_OK;
}

bool parser_var_or_iri(struct parser *parser, struct sparql_term *term)
{
    term->variable = -1;
    if (parser->token.kind == SPARQL_VAR)
        return parser_variable(parser, &term->variable);
    if (!parser_at_iri(parser))
        return parser_expected(parser, "a variable or an IRI");
    return parser_iri(parser, &term->term);
}

/* ---- literals ---- */

static bool at_number(const struct sparql_token *token)
{
    return token->kind == SPARQL_INTEGER || token->kind == SPARQL_DECIMAL ||
           token->kind == SPARQL_DOUBLE;
}

/* "+" or "-" with a number right behind it. */
static bool at_signed_number(const struct parser *parser)
{
    const char *end = parser->token.end;
    return (parser_at_sign(parser, '+') || parser_at_sign(parser, '-')) &&
           strspn(end + (*end == '.'), "0123456789") > 0;
}

bool parser_at_literal(const struct parser *parser)
{
    return parser->token.kind == SPARQL_STRING || at_number(&parser->token) ||
           at_signed_number(parser) || parser_at_word(parser, "TRUE") ||
           parser_at_word(parser, "FALSE");
}

static bool parse_number(struct parser *parser, struct ic_term *literal)
{
    const int sign = parser->token.kind == SPARQL_SIGN ? parser->token.sign : 0;
    if (sign)
        parser_advance(parser);
    const struct sparql_token *token = &parser->token;
    const char *text = token->text;
    if (!at_number(token))
        return parser_expected(parser, "a number");
    if (sign) {
        text = ic_arena_printf(parser->arena, "%c%s", sign, token->text);
        if (!text)
            return parser_allocate(parser, SIZE_MAX);
    }
    *literal = ic_term_literal(text, token->kind == SPARQL_INTEGER   ? IC_NS_XSD "integer"
                                     : token->kind == SPARQL_DECIMAL ? IC_XSD_DECIMAL
                                                                     : IC_NS_XSD "double");
    parser_advance(parser);
    return parser->status == IC_OK;
}

bool parser_literal(struct parser *parser, struct ic_term *literal)
{
    const struct sparql_token token = parser->token;
    if (at_number(&token) || at_signed_number(parser))
        return parse_number(parser, literal);
    if (token.kind == SPARQL_WORD) {
        *literal = ic_term_literal(parser_at_word(parser, "TRUE") ? "true" : "false",
                                   IC_NS_XSD "boolean");
        parser_advance(parser);
        return parser->status == IC_OK;
    }
    *literal = (struct ic_term){.kind = IC_LITERAL, .text = token.text, .length = token.length};
    parser_advance(parser);
    if (parser->token.kind == SPARQL_TAG) {
        literal->language = parser->token.text;
        parser_advance(parser);
    } else if (parser_take_sign(parser, SPARQL_TWO('^', '^'))) {
        struct ic_term datatype;
        if (!parser_iri(parser, &datatype))
            return false;
        if (strcmp(datatype.text, IC_XSD_STRING) != 0)
            literal->datatype = datatype.text;
    }
    return parser->status == IC_OK;
}

/* ---- any ---- */

bool parser_at_term(const struct parser *parser)
{
    return parser->token.kind == SPARQL_VAR || parser->token.kind == SPARQL_LABEL ||
           parser_at_iri(parser) || parser_at_literal(parser);
}

bool parser_term(struct parser *parser, struct sparql_term *term)
{
    term->variable = -1;
    if (parser->token.kind == SPARQL_LABEL)
        return parse_label(parser, term);
    if (parser_at_literal(parser))
        return parser_literal(parser, &term->term);
    return parser_var_or_iri(parser, term);
}
