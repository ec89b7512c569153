/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing group graph patterns (SPARQL 1.1 Query, rules 53 to 69), and which variables are in
 * scope in them (section 18.2.1). */
#include "sparql_parser_internal.h"

#include <string.h>

/* ---- scope ---- */

static bool add_to_scope(struct parser *parser, struct sparql_pattern *group, int variable)
{
    if (variable < 0 || parser->query->variables[variable].blank ||
        !parser_note(parser, variable))
        return true;
    group->scope = parser_grow(parser, group->scope, group->scope_count, sizeof *group->scope);
    if (group->scope)
        group->scope[group->scope_count++] = variable;
    return group->scope != NULL;
}

static bool add_child_scopes(struct parser *parser, struct sparql_pattern *group,
                             const struct sparql_pattern *pattern)
{
    for (const struct sparql_pattern *child = pattern->first; child; child = child->next)
        for (size_t i = 0; i < child->scope_count; i++)
            if (!add_to_scope(parser, group, child->scope[i]))
                return false;
    return true;
}

static bool add_values_scope(struct parser *parser, struct sparql_pattern *group,
                             const struct sparql_values *values)
{
    for (size_t i = 0; i < values->width; i++)
        if (!add_to_scope(parser, group, values->variables[i]))
            return false;
    return true;
}

static bool add_select_scope(struct parser *parser, struct sparql_pattern *group,
                             const struct sparql_select *select)
{
    for (size_t i = 0; i < select->column_count; i++)
        if (!add_to_scope(parser, group, select->columns[i].variable))
            return false;
    return true;
}

/* BIND's variable may not stand in the group before it (section 18.2.1). */
static bool add_bind_scope(struct parser *parser, struct sparql_pattern *group,
                           const struct sparql_pattern *bind)
{
    if (parser_noted(parser, bind->variable))
        return parser_fail(parser, bind->place,
                           "BIND cannot set ?%.200s, which is used in the group before it",
                           parser->query->variables[bind->variable].name);
    return add_to_scope(parser, group, bind->variable);
}

static bool find_scope(struct parser *parser, struct sparql_pattern *group)
{
    bool going = true;
    parser_begin_set(parser);
    for (struct sparql_pattern *p = group->first; p && going; p = p->next) {
        switch (p->kind) {
        case SPARQL_TRIPLE:
            going = add_to_scope(parser, group, p->subject.variable) &&
                    (p->path || add_to_scope(parser, group, p->predicate.variable)) &&
                    add_to_scope(parser, group, p->object.variable);
            break;
        case SPARQL_GRAPH:
        case SPARQL_SERVICE:
            going = add_to_scope(parser, group, p->graph.variable) &&
                    add_child_scopes(parser, group, p);
            break;
        case SPARQL_OPTIONAL:
        case SPARQL_UNION:
            going = add_child_scopes(parser, group, p);
            break;
        case SPARQL_GROUP:
            for (size_t i = 0; going && i < p->scope_count; i++)
                going = add_to_scope(parser, group, p->scope[i]);
            break;
        case SPARQL_BIND:
            going = add_bind_scope(parser, group, p);
            break;
        case SPARQL_VALUES:
            going = add_values_scope(parser, group, p->values);
            break;
        case SPARQL_SUBSELECT:
            going = add_select_scope(parser, group, p->query);
            break;
        case SPARQL_FILTER:
        case SPARQL_MINUS:
            break;
        }
    }
    return going;
}

/* ---- VALUES ---- */

static bool parse_value(struct parser *parser, struct ic_term *term)
{
    if (parser_take_word(parser, "UNDEF"))
        return parser->status == IC_OK;
    if (parser_at_literal(parser))
        return parser_literal(parser, term);
    if (!parser_at_iri(parser))
        return parser_expected(parser, "an IRI, a literal or UNDEF");
    return parser_iri(parser, term);
}

/* Room for one row more. */
static struct ic_term *new_row(struct parser *parser, struct sparql_values *values)
{
    const size_t size = (values->width ? values->width : 1) * sizeof *values->terms;
    values->terms = parser_grow(parser, values->terms, values->rows, size);
    return values->terms ? values->terms + values->rows++ * values->width : NULL;
}

static bool parse_rows(struct parser *parser, struct sparql_values *values, bool bare)
{
    while (parser->status == IC_OK && !parser_at_sign(parser, '}')) {
        if (!bare && !parser_expect_sign(parser, '('))
            return false;
        struct ic_term *row = new_row(parser, values);
        for (size_t i = 0; row && i < values->width; i++)
            if (!parse_value(parser, &row[i]))
                return false;
        if (!row || (!bare && !parser_expect_sign(parser, ')')))
            return false;
    }
    return parser_expect_sign(parser, '}');
}

struct sparql_values *parser_values(struct parser *parser)
{
    struct sparql_values *values = parser_allocate(parser, sizeof *values);
    const bool bare = parser->token.kind == SPARQL_VAR;
    if (!values || (!bare && !parser_expect_sign(parser, '(')))
        return NULL;
    do {
        if (!bare && parser->token.kind != SPARQL_VAR)
            break;
        values->variables = parser_grow(parser, values->variables, values->width, sizeof(int));
        if (!values->variables || !parser_variable(parser, &values->variables[values->width++]))
            return NULL;
    } while (!bare);
    if ((!bare && !parser_expect_sign(parser, ')')) || !parser_expect_sign(parser, '{'))
        return NULL;
    return parse_rows(parser, values, bare) ? values : NULL;
}

/* ---- the parts of a group ---- */

/* A pattern with one group as its child, the keyword was taken. */
static struct sparql_pattern *with_group(struct parser *parser, struct sparql_pattern *pattern)
{
    if (pattern)
        pattern->first = parser_group(parser);
    return pattern && pattern->first ? pattern : NULL;
}

static struct sparql_pattern *parse_filter(struct parser *parser, struct sparql_pattern *filter)
{
    if (filter)
        filter->expr = parser_constraint(parser);
    return filter && filter->expr ? filter : NULL;
}

static struct sparql_pattern *parse_graph(struct parser *parser, struct sparql_pattern *graph)
{
    if (!graph)
        return NULL;
    if (graph->kind == SPARQL_SERVICE)
        graph->silent = parser_take_word(parser, "SILENT");
    return parser_var_or_iri(parser, &graph->graph) ? with_group(parser, graph) : NULL;
}

static struct sparql_pattern *parse_bind(struct parser *parser, struct sparql_pattern *bind)
{
    if (!bind || !parser_expect_sign(parser, '('))
        return NULL;
    bind->expr = parser_expression(parser);
    if (!bind->expr)
        return NULL;
    if (!parser_take_word(parser, "AS"))
        return parser_expected(parser, "AS");
    return parser_variable(parser, &bind->variable) && parser_expect_sign(parser, ')') ? bind
                                                                                       : NULL;
}

static struct sparql_pattern *parse_values(struct parser *parser, struct sparql_pattern *values)
{
    if (values)
        values->values = parser_values(parser);
    return values && values->values ? values : NULL;
}

/* { ... } alone, or { ... } UNION { ... } ... */
static struct sparql_pattern *parse_union(struct parser *parser)
{
    struct sparql_pattern *pattern = parser_new_pattern(parser, SPARQL_UNION);
    if (!pattern)
        return NULL;
    struct sparql_pattern **last = &pattern->first;
    do {
        *last = parser_group(parser);
        if (!*last)
            return NULL;
        last = &(*last)->next;
    } while (parser_take_word(parser, "UNION"));
    return pattern->first->next ? pattern : pattern->first;
}

/* NULL without a failure: the group ends here. */
static struct sparql_pattern *parse_part(struct parser *parser)
{
    static const struct {
        const char *word;
        enum sparql_pattern_kind kind;
        struct sparql_pattern *(*parse)(struct parser *, struct sparql_pattern *);
    } parts[] = {
        {"FILTER", SPARQL_FILTER, parse_filter},  {"OPTIONAL", SPARQL_OPTIONAL, with_group},
        {"MINUS", SPARQL_MINUS, with_group},      {"GRAPH", SPARQL_GRAPH, parse_graph},
        {"SERVICE", SPARQL_SERVICE, parse_graph}, {"BIND", SPARQL_BIND, parse_bind},
        {"VALUES", SPARQL_VALUES, parse_values}};
    if (parser_at_sign(parser, '{'))
        return parse_union(parser);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parser_at_word(parser, parts[i].word))
            continue;
        struct sparql_pattern *pattern = parser_new_pattern(parser, parts[i].kind);
        parser_advance(parser);
        return parts[i].parse(parser, pattern);
    }
    return NULL;
}

/* Triples and other parts in turn. FILTER does not end a block of triples. */
static bool parse_parts(struct parser *parser, struct sparql_pattern *group)
{
    struct sparql_pattern **last = &group->first;
    parser->triples++;
    while (parser_triples(parser, &last)) {
        struct sparql_pattern *part = parse_part(parser);
        if (!part)
            break;
        *last = part;
        last = &part->next;
        if (part->kind != SPARQL_FILTER)
            parser->triples++;
        parser_take_sign(parser, '.');
    }
    parser->triples++;
    return parser->status == IC_OK;
}

static struct sparql_pattern *parse_subselect(struct parser *parser)
{
    struct sparql_pattern *pattern = parser_new_pattern(parser, SPARQL_SUBSELECT);
    struct sparql_select *select = parser_allocate(parser, sizeof *select);
    if (!pattern || !select)
        return NULL;
    parser_advance(parser);
    pattern->query = select;
    const bool aggregates = parser->aggregates;
    const bool parsed = parser_select(parser, select) && parser_where(parser, select) &&
                        parser_modifiers(parser, select) &&
                        parser_finish_select(parser, select);
    parser->aggregates = aggregates;
    return parsed ? pattern : NULL;
}

struct sparql_pattern *parser_group(struct parser *parser)
{
    struct sparql_pattern *group = parser_new_pattern(parser, SPARQL_GROUP);
    if (!group || !parser_expect_sign(parser, '{') || !parser_enter(parser))
        return NULL;
    if (parser_at_word(parser, "SELECT"))
        group->first = parse_subselect(parser);
    else
        parse_parts(parser, group);
    parser->depth--;
    if (!parser_expect_sign(parser, '}') || !find_scope(parser, group))
        return NULL;
    return group;
}
