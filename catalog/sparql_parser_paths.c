/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing property paths (SPARQL 1.1 Query, rules 88 to 96). */
#include "sparql_parser_internal.h"

static struct sparql_path *new_path(struct parser *parser, enum sparql_path_kind kind)
{
    struct sparql_path *path = parser_allocate(parser, sizeof *path);
    if (path)
        path->kind = kind;
    return path;
}

static bool add_part(struct parser *parser, struct sparql_path *path, struct sparql_path *part)
{
    if (!path || !part)
        return false;
    path->parts = parser_grow(parser, path->parts, path->part_count, sizeof *path->parts);
    if (path->parts)
        path->parts[path->part_count++] = part;
    return path->parts != NULL;
}

static struct sparql_path *with_part(struct parser *parser, enum sparql_path_kind kind,
                                     struct sparql_path *part)
{
    struct sparql_path *path = part ? new_path(parser, kind) : NULL;
    return add_part(parser, path, part) ? path : NULL;
}

/* iri or `a`. */
static struct sparql_path *parse_iri(struct parser *parser)
{
    struct sparql_path *path = new_path(parser, SPARQL_PATH_IRI);
    if (!path)
        return NULL;
    /* Unlike all keywords, `a` is a small letter. */
    if (parser_at_word(parser, "A") && *parser->token.text == 'a') {
        path->iri = ic_term_iri(IC_RDF_TYPE);
        parser_advance(parser);
        return path;
    }
    if (!parser_at_iri(parser))
        return parser_expected(parser, "a property");
    return parser_iri(parser, &path->iri) ? path : NULL;
}

/* iri, ^iri */
static struct sparql_path *parse_excluded(struct parser *parser)
{
    if (parser_take_sign(parser, '^'))
        return with_part(parser, SPARQL_PATH_INVERSE, parse_iri(parser));
    return parse_iri(parser);
}

static struct sparql_path *parse_not_in(struct parser *parser)
{
    struct sparql_path *path = new_path(parser, SPARQL_PATH_NOT_IN);
    if (!parser_take_sign(parser, '('))
        return add_part(parser, path, parse_excluded(parser)) ? path : NULL;
    if (parser_take_sign(parser, ')'))
        return path;
    do
        if (!add_part(parser, path, parse_excluded(parser)))
            return NULL;
    while (parser_take_sign(parser, '|'));
    return parser_expect_sign(parser, ')') ? path : NULL;
}

static struct sparql_path *parse_primary(struct parser *parser)
{
    if (parser_take_sign(parser, '!'))
        return parse_not_in(parser);
    if (!parser_at_sign(parser, '('))
        return parse_iri(parser);
    if (!parser_enter(parser))
        return NULL;
    parser_advance(parser);
    struct sparql_path *path = parser_path(parser);
    parser->depth--;
    return path && parser_expect_sign(parser, ')') ? path : NULL;
}

static struct sparql_path *parse_element(struct parser *parser)
{
    if (parser_take_sign(parser, '^')) {
        if (parser_at_sign(parser, '^'))
            return parser_expected(parser, "a property");
        return with_part(parser, SPARQL_PATH_INVERSE, parse_element(parser));
    }
    struct sparql_path *path = parse_primary(parser);
    if (!path)
        return NULL;
    if (parser_take_sign(parser, '*'))
        return with_part(parser, SPARQL_PATH_ZERO_OR_MORE, path);
    if (parser_take_sign(parser, '+'))
        return with_part(parser, SPARQL_PATH_ONE_OR_MORE, path);
    if (parser_take_sign(parser, '?'))
        return with_part(parser, SPARQL_PATH_ZERO_OR_ONE, path);
    return path;
}

static struct sparql_path *parse_sequence(struct parser *parser)
{
    struct sparql_path *path = parse_element(parser);
    if (!path || !parser_at_sign(parser, '/'))
        return path;
    path = with_part(parser, SPARQL_PATH_SEQUENCE, path);
    while (path && parser_take_sign(parser, '/'))
        if (!add_part(parser, path, parse_element(parser)))
            return NULL;
    return path;
}

struct sparql_path *parser_path(struct parser *parser)
{
    struct sparql_path *path = parse_sequence(parser);
    if (!path || !parser_at_sign(parser, '|'))
        return path;
    path = with_part(parser, SPARQL_PATH_ALTERNATIVE, path);
    while (path && parser_take_sign(parser, '|'))
        if (!add_part(parser, path, parse_sequence(parser)))
            return NULL;
    return path;
}
