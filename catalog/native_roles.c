/* SPDX-License-Identifier: Apache-2.0 */
/* What the variables of a query stand for: a subject is an entry, an object a value, unless it
 * is an entry too, which its cloud offers. */
#include <string.h>

#include "native.h"

enum place_of_triple { MAIN, BRANCH, INSIDE_EXISTS };

static bool visit_group(struct native_planner *planner, const struct sparql_pattern *group,
                        enum place_of_triple where, unsigned scope,
                        bool (*visit)(struct native_planner *, const struct sparql_pattern *,
                                      enum place_of_triple, unsigned));

/* EXISTS inside an expression has a scope of its own. */
static bool visit_expr(struct native_planner *planner, const struct sparql_expr *expr,
                       bool (*visit)(struct native_planner *, const struct sparql_pattern *,
                                     enum place_of_triple, unsigned))
{
    if (expr->pattern &&
        !visit_group(planner, expr->pattern, INSIDE_EXISTS, ++planner->scopes, visit))
        return false;
    for (size_t i = 0; i < expr->arg_count; i++)
        if (!visit_expr(planner, expr->args[i], visit))
            return false;
    return true;
}

static bool visit_group(struct native_planner *planner, const struct sparql_pattern *group,
                        enum place_of_triple where, unsigned scope,
                        bool (*visit)(struct native_planner *, const struct sparql_pattern *,
                                      enum place_of_triple, unsigned))
{
    const enum place_of_triple branch = where == MAIN ? BRANCH : where;
    for (const struct sparql_pattern *p = group->first; p; p = p->next) {
        bool going = true;
        if (p->kind == SPARQL_TRIPLE)
            going = visit(planner, p, where, scope);
        else if (p->kind == SPARQL_GROUP)
            going = visit_group(planner, p, where, scope, visit);
        else if (p->kind == SPARQL_FILTER)
            going = visit_expr(planner, p->expr, visit);
        else if (p->kind == SPARQL_MINUS)
            going = visit_group(planner, p->first, INSIDE_EXISTS, ++planner->scopes, visit);
        else if (p->kind == SPARQL_GRAPH)
            going = visit_group(planner, p->first, where, scope, visit);
        else if (p->kind == SPARQL_UNION || p->kind == SPARQL_OPTIONAL)
            for (const struct sparql_pattern *g = p->first; going && g; g = g->next)
                going = visit_group(planner, g, branch, scope, visit);
        if (!going)
            return false;
    }
    return true;
}

static bool is_property(const struct sparql_pattern *triple, const char *iri)
{
    return strcmp(triple->predicate.term.text, iri) == 0;
}

static bool visit_subject(struct native_planner *planner, const struct sparql_pattern *triple,
                          enum place_of_triple where, unsigned scope)
{
    (void)scope;
    if (triple->path || triple->predicate.variable >= 0)
        return native_not_covered(planner, triple->place, "a property that is no IRI");
    if (triple->subject.variable < 0)
        return native_not_covered(planner, triple->place, "a subject that is no variable");
    struct native_variable *subject = &planner->variables[triple->subject.variable];
    subject->role = NATIVE_ENTRY_ROLE;
    if (where == MAIN && is_property(triple, IC_NS "cloudName")) {
        subject->cloud = true;
        if (triple->object.variable >= 0)
            planner->variables[triple->object.variable].name_of = triple->subject.variable;
    }
    return true;
}

static bool visit_link(struct native_planner *planner, const struct sparql_pattern *triple)
{
    struct native_variable *object = &planner->variables[triple->object.variable];
    if (!is_property(triple, IC_NS "offers"))
        return native_not_covered(planner, triple->place,
                                  "a join of two entries by another property than :offers");
    if (triple->subject.variable == triple->object.variable ||
        (object->parent >= 0 && object->parent != triple->subject.variable))
        return native_not_covered(planner, triple->place, "an offer of several clouds");
    object->parent = triple->subject.variable;
    return true;
}

static bool visit_object(struct native_planner *planner, const struct sparql_pattern *triple,
                         enum place_of_triple where, unsigned scope)
{
    (void)where;
    if (triple->object.variable < 0)
        return true;
    struct native_variable *object = &planner->variables[triple->object.variable];
    if (object->role == NATIVE_ENTRY_ROLE)
        return visit_link(planner, triple);
    /* A cloud has one name: to say it again inside says nothing new. */
    const bool name =
        object->name_of == triple->subject.variable && is_property(triple, IC_NS "cloudName");
    if (object->role == NATIVE_GRAPH_ROLE ||
        (object->role == NATIVE_VALUE_ROLE && object->scope != scope && !name))
        return native_not_covered(planner, triple->place,
                                  "a value that stands inside EXISTS and outside it");
    object->role = NATIVE_VALUE_ROLE;
    object->scope = scope;
    return true;
}

bool native_find_roles(struct native_planner *planner, const struct sparql_pattern *where)
{
    const unsigned scopes = planner->scopes;
    if (!visit_group(planner, where, MAIN, 0, visit_subject))
        return false;
    planner->scopes = scopes;
    if (planner->graph >= 0) {
        if (planner->variables[planner->graph].role != NATIVE_NO_ROLE)
            return native_not_covered(planner, where->place, "a graph that is an entry too");
        planner->variables[planner->graph].role = NATIVE_GRAPH_ROLE;
    }
    if (!visit_group(planner, where, MAIN, 0, visit_object))
        return false;
    for (size_t i = 0; i < planner->plan->query->variable_count; i++) {
        const int parent = planner->variables[i].parent;
        if (parent >= 0 && planner->variables[parent].parent >= 0)
            return native_not_covered(planner, where->place, "offers of what is offered");
    }
    return true;
}
