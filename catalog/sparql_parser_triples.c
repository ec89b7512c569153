/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing triples: subjects with their properties, blank nodes in brackets, lists (SPARQL 1.1
 * Query, rules 75 to 87 and 98 to 107). Each triple becomes a pattern of its own, behind
 * **last; those inside an object come behind the triple that has it. */
#include "sparql_parser_internal.h"

static bool parse_properties(struct parser *parser, const struct sparql_term *subject,
                             struct sparql_pattern ***last);

struct sparql_pattern *parser_new_pattern(struct parser *parser, enum sparql_pattern_kind kind)
{
    struct sparql_pattern *pattern = parser_allocate(parser, sizeof *pattern);
    if (pattern) {
        pattern->kind = kind;
        pattern->variable = -1;
        pattern->place = parser->token.place;
    }
    return pattern;
}

static void append(struct sparql_pattern ***last, struct sparql_pattern *pattern)
{
    **last = pattern;
    *last = &pattern->next;
}

static struct sparql_term constant(const char *iri)
{
    return (struct sparql_term){.variable = -1, .term = ic_term_iri(iri)};
}

static bool blank(struct parser *parser, struct sparql_term *term)
{
    *term = (struct sparql_term){.variable = parser_new_blank(parser)};
    return parser->status == IC_OK;
}

/* A triple whose object stands at the token, or is `object`. */
static bool parse_node(struct parser *parser, struct sparql_term *term,
                       struct sparql_pattern ***last, bool *has_triples);

static bool add_triple(struct parser *parser, const struct sparql_term *subject,
                       const struct sparql_pattern *verb, const struct sparql_term *object,
                       struct sparql_pattern ***last)
{
    struct sparql_pattern *triple = parser_new_pattern(parser, SPARQL_TRIPLE);
    bool has_triples;
    if (!triple)
        return false;
    triple->subject = *subject;
    triple->predicate = verb->predicate;
    triple->path = verb->path;
    append(last, triple);
    if (object)
        triple->object = *object;
    else
        parse_node(parser, &triple->object, last, &has_triples);
    return parser->status == IC_OK;
}

/* [ properties ], the bracket and what may close it at once were looked at. */
static bool parse_bracket(struct parser *parser, struct sparql_term *term,
                          struct sparql_pattern ***last)
{
    if (!parser_enter(parser) || !blank(parser, term) ||
        !parse_properties(parser, term, last) || !parser_expect_sign(parser, ']'))
        return false;
    parser->depth--;
    return true;
}

/* What follows "(": rdf:first and rdf:rest of each member. */
static bool parse_list(struct parser *parser, struct sparql_term *term,
                       struct sparql_pattern ***last)
{
    const struct sparql_pattern first = {.predicate = constant(IC_NS_RDF "first")};
    const struct sparql_pattern rest = {.predicate = constant(IC_NS_RDF "rest")};
    const struct sparql_term nil = constant(IC_NS_RDF "nil");
    struct sparql_term cell, next;
    if (!parser_enter(parser) || !blank(parser, &cell))
        return false;
    *term = cell;
    while (parser->status == IC_OK) {
        if (!add_triple(parser, &cell, &first, NULL, last))
            return false;
        if (parser_at_sign(parser, ')'))
            break;
        if (!blank(parser, &next) || !add_triple(parser, &cell, &rest, &next, last))
            return false;
        cell = next;
    }
    parser->depth--;
    return add_triple(parser, &cell, &rest, &nil, last) && parser_expect_sign(parser, ')');
}

static bool parse_node(struct parser *parser, struct sparql_term *term,
                       struct sparql_pattern ***last, bool *has_triples)
{
    *has_triples = false;
    if (parser_take_sign(parser, '[')) {
        if (parser_take_sign(parser, ']'))
            return blank(parser, term);
        *has_triples = true;
        return parse_bracket(parser, term, last);
    }
    if (parser_take_sign(parser, '(')) {
        *term = constant(IC_NS_RDF "nil");
        if (parser_take_sign(parser, ')'))
            return parser->status == IC_OK;
        *has_triples = true;
        return parse_list(parser, term, last);
    }
    if (!parser_at_term(parser))
        return parser_expected(parser, "a term");
    return parser_term(parser, term);
}

/* A variable, property or path. */
static bool parse_verb(struct parser *parser, struct sparql_pattern *verb)
{
    *verb = (struct sparql_pattern){.predicate = {.variable = -1}};
    if (parser->token.kind == SPARQL_VAR)
        return parser_variable(parser, &verb->predicate.variable);
    const struct sparql_place place = parser->token.place;
    struct sparql_path *path = parser_path(parser);
    if (!path)
        return false;
    if (path->kind == SPARQL_PATH_IRI)
        verb->predicate.term = path->iri;
    else
        verb->path = path;
    if (verb->path && parser->template)
        return parser_fail(parser, place, "a template takes no property paths");
    return true;
}

static bool at_verb(const struct parser *parser)
{
    return parser->token.kind == SPARQL_VAR || parser_at_iri(parser) ||
           (parser_at_word(parser, "A") && *parser->token.text == 'a') ||
           parser_at_sign(parser, '^') || parser_at_sign(parser, '!') ||
           parser_at_sign(parser, '(');
}

static bool parse_properties(struct parser *parser, const struct sparql_term *subject,
                             struct sparql_pattern ***last)
{
    if (!at_verb(parser))
        return parser_expected(parser, "a property");
    while (parser->status == IC_OK) {
        struct sparql_pattern verb;
        if (!parse_verb(parser, &verb))
            return false;
        do
            if (!add_triple(parser, subject, &verb, NULL, last))
                return false;
        while (parser_take_sign(parser, ','));
        if (!parser_at_sign(parser, ';'))
            return parser->status == IC_OK;
        while (parser_take_sign(parser, ';'))
            ;
        if (!at_verb(parser))
            return parser->status == IC_OK;
    }
    return false;
}

bool parser_triples(struct parser *parser, struct sparql_pattern ***last)
{
    while (parser->status == IC_OK && (parser_at_term(parser) || parser_at_sign(parser, '[') ||
                                       parser_at_sign(parser, '('))) {
        struct sparql_term subject;
        bool has_triples;
        if (!parse_node(parser, &subject, last, &has_triples))
            return false;
        if ((!has_triples || at_verb(parser)) && !parse_properties(parser, &subject, last))
            return false;
        if (!parser_take_sign(parser, '.'))
            break;
    }
    return parser->status == IC_OK;
}
