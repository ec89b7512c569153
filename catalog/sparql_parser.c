/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing SPARQL queries by recursive descent: the prologue and the forms of queries. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sparql_parser_internal.h"

enum { EXCERPT_BYTES = 40 };

/* ---- failing ---- */

void *parser_fail(struct parser *parser, struct sparql_place place, const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    if (parser->status != IC_OK)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    parser->status = ic_fail_at(parser->error, IC_BAD_INPUT, parser->name, place.line,
                                place.column, "%s", text);
    return NULL;
}

static void *no_memory(struct parser *parser)
{
    if (parser->status == IC_OK)
        parser->status = ic_fail(parser->error, IC_NO_MEMORY, "out of memory for a query");
    return NULL;
}

void *parser_expected(struct parser *parser, const char *what)
{
    const struct sparql_token *token = &parser->token;
    const size_t length = (size_t)(token->end - token->start);
    if (token->kind == SPARQL_BAD)
        return NULL; /* it was told when it came */
    if (token->kind == SPARQL_END)
        return parser_fail(parser, token->place, "the query ends where %s should stand", what);
    return parser_fail(parser, token->place, "%s should stand before \"%.*s%s\"", what,
                       (int)(length < EXCERPT_BYTES ? length : EXCERPT_BYTES), token->start,
                       length < EXCERPT_BYTES ? "" : "...");
}

void *parser_allocate(struct parser *parser, size_t size)
{
    void *memory = parser->status == IC_OK ? ic_arena_alloc(parser->arena, size) : NULL;
    return memory ? memory : no_memory(parser);
}

void *parser_grow(struct parser *parser, void *items, size_t count, size_t size)
{
    if (count && (count < 4 || (count & (count - 1)) != 0))
        return items;
    void *grown = parser_allocate(parser, (count ? 2 * count : 4) * size);
    if (grown && count)
        memcpy(grown, items, count * size);
    return grown;
}

bool parser_enter(struct parser *parser)
{
    if (parser->status != IC_OK)
        return false;
    if (parser->depth++ < SPARQL_DEPTH_MAX)
        return true;
    parser->status = ic_fail_at(parser->error, IC_TOO_LARGE, parser->name,
                                parser->token.place.line, parser->token.place.column,
                                "the query is nested deeper than %d levels", SPARQL_DEPTH_MAX);
    return false;
}

/* ---- tokens ---- */

void parser_advance(struct parser *parser)
{
    parser->token = sparql_lexer_next(&parser->lexer);
    if (parser->token.kind != SPARQL_BAD)
        return;
    if (parser->lexer.message)
        parser_fail(parser, parser->token.place, "%s", parser->lexer.message);
    else
        no_memory(parser);
}

bool parser_at_sign(const struct parser *parser, int sign)
{
    return parser->token.kind == SPARQL_SIGN && parser->token.sign == sign;
}

bool parser_at_word(const struct parser *parser, const char *word)
{
    return sparql_token_is(&parser->token, word);
}

bool parser_take_sign(struct parser *parser, int sign)
{
    const bool here = parser_at_sign(parser, sign);
    if (here)
        parser_advance(parser);
    return here;
}

bool parser_take_word(struct parser *parser, const char *word)
{
    const bool here = parser_at_word(parser, word);
    if (here)
        parser_advance(parser);
    return here;
}

bool parser_expect_sign(struct parser *parser, int sign)
{
    const char what[] = {'"', (char)sign, '"', '\0'};
    if (parser->status == IC_OK && !parser_at_sign(parser, sign))
        parser_expected(parser, what);
    if (parser->status == IC_OK)
        parser_advance(parser);
    return parser->status == IC_OK;
}

/* ---- prologue ---- */

static bool parse_prefix(struct parser *parser)
{
    const char *name = parser->token.text;
    struct ic_term iri;
    if (parser->token.kind != SPARQL_NAME || *parser->token.local)
        return parser_expected(parser, "a prefix with its colon");
    parser_advance(parser);
    if (parser->token.kind != SPARQL_IRI)
        return parser_expected(parser, "the prefix's <IRI>");
    if (!parser_iri(parser, &iri))
        return false;
    for (size_t i = 0; i < parser->prefix_count; i++)
        if (strcmp(parser->prefixes[i].name, name) == 0) {
            parser->prefixes[i].iri = iri.text;
            return true;
        }
    parser->prefixes =
        parser_grow(parser, parser->prefixes, parser->prefix_count, sizeof *parser->prefixes);
    if (parser->prefixes)
        parser->prefixes[parser->prefix_count++] = (struct sparql_prefix){name, iri.text};
    return parser->status == IC_OK;
}

static bool parse_prologue(struct parser *parser)
{
    while (parser->status == IC_OK) {
        struct ic_term iri;
        if (parser_take_word(parser, "PREFIX")) {
            parse_prefix(parser);
        } else if (parser_take_word(parser, "BASE")) {
            if (parser->token.kind != SPARQL_IRI)
                return parser_expected(parser, "the <IRI> of BASE");
            if (parser_iri(parser, &iri))
                parser->base = iri.text;
        } else {
            return true;
        }
    }
    return false;
}

static bool parse_from(struct parser *parser)
{
    struct sparql_query *query = parser->query;
    while (parser->status == IC_OK && parser_take_word(parser, "FROM")) {
        const bool named = parser_take_word(parser, "NAMED");
        const char ***list = named ? &query->from_named : &query->from;
        size_t *count = named ? &query->from_named_count : &query->from_count;
        struct ic_term iri;
        if (!parser_iri(parser, &iri))
            return false;
        *list = parser_grow(parser, *list, *count, sizeof **list);
        if (*list)
            (*list)[(*count)++] = iri.text;
    }
    return parser->status == IC_OK;
}

/* ---- forms ---- */

/* Triples in braces: a template, or the pattern of CONSTRUCT WHERE. */
static struct sparql_pattern *parse_template(struct parser *parser)
{
    struct sparql_pattern *group = parser_new_pattern(parser, SPARQL_GROUP);
    if (!parser_expect_sign(parser, '{') || !group)
        return NULL;
    struct sparql_pattern **last = &group->first;
    parser->template = true;
    parser->triples++;
    parser_triples(parser, &last);
    parser->template = false;
    parser->triples++;
    return parser_expect_sign(parser, '}') ? group : NULL;
}

static bool parse_construct(struct parser *parser)
{
    struct sparql_query *query = parser->query;
    query->kind = IC_QUERY_CONSTRUCT;
    if (!parser_at_sign(parser, '{')) { /* CONSTRUCT WHERE { triples } */
        if (!parse_from(parser))
            return false;
        if (!parser_take_word(parser, "WHERE"))
            return parser_expected(parser, "a template or WHERE");
        query->template = query->select.where = parse_template(parser);
        return query->template && parser_modifiers(parser, &query->select);
    }
    query->template = parse_template(parser);
    /* Labels of the template are others than those of the pattern. */
    for (size_t i = 0; i < query->variable_count; i++)
        if (query->variables[i].blank)
            query->variables[i].name = NULL;
    return query->template && parse_from(parser) && parser_where(parser, &query->select) &&
           parser_modifiers(parser, &query->select);
}

static bool parse_describe(struct parser *parser)
{
    struct sparql_query *query = parser->query;
    query->kind = IC_QUERY_DESCRIBE;
    query->select.star = parser_take_sign(parser, '*');
    while (!query->select.star && parser->status == IC_OK &&
           (parser->token.kind == SPARQL_VAR || parser_at_iri(parser))) {
        query->described = parser_grow(parser, query->described, query->described_count,
                                       sizeof *query->described);
        if (query->described &&
            parser_var_or_iri(parser, &query->described[query->described_count]))
            query->described_count++;
    }
    if (!query->select.star && !query->described_count)
        return parser_expected(parser, "a variable, an IRI or \"*\"");
    if (!parse_from(parser))
        return false;
    if ((parser_at_word(parser, "WHERE") || parser_at_sign(parser, '{')) &&
        !parser_where(parser, &query->select))
        return false;
    return parser_modifiers(parser, &query->select);
}

/* SPARQL 1.1 Update, section 3. */
static bool refuse_update(struct parser *parser)
{
    static const char *const words[] = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP",
                                        "CREATE", "ADD",    "MOVE", "COPY",  "WITH"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (parser_at_word(parser, words[i])) {
            parser->status =
                ic_fail_at(parser->error, IC_UNSUPPORTED, parser->name,
                           parser->token.place.line, parser->token.place.column,
                           "%s is an update; a query begins with SELECT, ASK, CONSTRUCT or "
                           "DESCRIBE",
                           words[i]);
            return false;
        }
    return parser_expected(parser, "SELECT, CONSTRUCT, DESCRIBE or ASK");
}

static bool parse_form(struct parser *parser)
{
    struct sparql_query *query = parser->query;
    if (parser_take_word(parser, "SELECT"))
        return parser_select(parser, &query->select) && parse_from(parser) &&
               parser_where(parser, &query->select) && parser_modifiers(parser, &query->select);
    if (parser_take_word(parser, "CONSTRUCT"))
        return parse_construct(parser);
    if (parser_take_word(parser, "DESCRIBE"))
        return parse_describe(parser);
    if (!parser_take_word(parser, "ASK"))
        return refuse_update(parser);
    query->kind = IC_QUERY_ASK;
    return parse_from(parser) && parser_where(parser, &query->select) &&
           parser_modifiers(parser, &query->select);
}

static bool parse_query(struct parser *parser)
{
    parser_advance(parser);
    if (!parse_prologue(parser) || !parse_form(parser))
        return false;
    if (parser->token.kind != SPARQL_END)
        return parser_expected(parser, "the query's end");
    return parser_finish_select(parser, &parser->query->select);
}

enum ic_status sparql_parse(const char *text, const char *name, const char *base,
                            struct ic_arena *arena, struct sparql_query **query,
                            struct ic_error *error)
{
    struct parser parser = {.arena = arena, .name = name, .base = base, .error = error};
    memset(parser.buckets, 0xFF, sizeof parser.buckets);
    if (strlen(text) > SPARQL_BYTES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, name, 0, 0, "the query is longer than %d bytes",
                          SPARQL_BYTES_MAX);
    parser.query = parser_allocate(&parser, sizeof *parser.query);
    sparql_lexer_init(&parser.lexer, text, arena);
    if (parser.query && parse_query(&parser))
        *query = parser.query;
    return parser.status;
}
