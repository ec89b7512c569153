/* SPDX-License-Identifier: Apache-2.0 */
/* Planning a whole query: its dataset, its columns, and its pattern as blocks. */
#include "native.h"

#include <string.h>

/* ---- what planning shares ---- */

bool native_going(const struct native_planner *planner)
{
    return planner->status == IC_OK && !planner->reason;
}

bool native_not_covered(struct native_planner *planner, struct sparql_place place,
                        const char *what)
{
    if (native_going(planner)) {
        planner->reason = what;
        planner->reason_place = place;
    }
    return false;
}

void *native_allocate(struct native_planner *planner, size_t size)
{
    void *memory = native_going(planner) ? ic_arena_alloc(planner->arena, size) : NULL;
    if (!memory && native_going(planner))
        planner->status = ic_fail(planner->error, IC_NO_MEMORY, "out of memory for a query");
    return memory;
}

void *native_grow(struct native_planner *planner, void *items, size_t count, size_t size)
{
    if (!native_going(planner))
        return NULL;
    if (count && (count < 4 || (count & (count - 1)) != 0))
        return items;
    void *grown = native_allocate(planner, (count ? 2 * count : 4) * size);
    if (grown && count)
        memcpy(grown, items, count * size);
    return grown;
}

bool native_find(struct native_planner *planner, const struct ic_term *term, uint64_t *id)
{
    if (native_going(planner))
        planner->status = ic_dataset_find(&planner->view->dataset, term, id, planner->error);
    return native_going(planner);
}

/* ---- columns ---- */

static bool add_column(struct native_planner *planner, int variable, size_t *column)
{
    struct native_plan *plan = planner->plan;
    for (*column = 0; *column < plan->column_count; ++*column)
        if (plan->columns[*column] == variable)
            return true;
    plan->columns =
        native_grow(planner, plan->columns, plan->column_count, sizeof *plan->columns);
    if (!plan->columns)
        return false;
    plan->columns[plan->column_count++] = variable;
    planner->variables[variable].needed = true;
    return true;
}

static bool plan_order(struct native_planner *planner, const struct sparql_select *select)
{
    struct native_plan *plan = planner->plan;
    plan->order = native_allocate(planner, (select->order_count + 1) * sizeof *plan->order);
    for (size_t i = 0; plan->order && i < select->order_count; i++) {
        const struct sparql_expr *expr = select->order[i].expr;
        struct native_order *order = &plan->order[plan->order_count];
        if (expr->kind != SPARQL_EXPR_TERM || expr->term.variable < 0)
            return native_not_covered(planner, expr->place,
                                      "ORDER BY something other than variables");
        order->descending = select->order[i].descending;
        if (!add_column(planner, expr->term.variable, &order->column))
            return false;
        if (order->column >= plan->shown && select->distinct)
            return native_not_covered(planner, expr->place,
                                      "DISTINCT rows ordered by what they do not show");
        plan->order_count++;
    }
    return native_going(planner);
}

static bool plan_columns(struct native_planner *planner, const struct sparql_select *select)
{
    for (size_t i = 0; i < select->column_count; i++) {
        const struct sparql_column *column = &select->columns[i];
        size_t at;
        if (column->expr)
            return native_not_covered(planner, column->place, "an expression in SELECT");
        if (!add_column(planner, column->variable, &at))
            return false;
        if (at + 1 != planner->plan->column_count)
            return native_not_covered(planner, column->place, "a variable shown twice");
        planner->plan->shown = planner->plan->column_count;
    }
    return native_going(planner) && plan_order(planner, select);
}

/* ---- the dataset ---- */

/* STRSTARTS(STR(?graph), "urn:intercloud:ad:") */
static bool is_advertisement_filter(const struct sparql_expr *expr, int graph)
{
    if (expr->kind != SPARQL_EXPR_BUILTIN || expr->builtin != SPARQL_FN_STRSTARTS)
        return false;
    const struct sparql_expr *text = expr->args[0], *prefix = expr->args[1];
    return text->kind == SPARQL_EXPR_BUILTIN && text->builtin == SPARQL_FN_STR &&
           text->args[0]->kind == SPARQL_EXPR_TERM && text->args[0]->term.variable == graph &&
           prefix->kind == SPARQL_EXPR_TERM && prefix->term.variable < 0 &&
           prefix->term.term.kind == IC_LITERAL && !prefix->term.term.datatype &&
           !prefix->term.term.language &&
           strcmp(prefix->term.term.text, IC_GRAPH_AD_PREFIX) == 0;
}

/* GRAPH ?g { ... } and its FILTER, or a pattern without GRAPH. *pattern: what is inside. */
static bool find_dataset(struct native_planner *planner, const struct sparql_pattern *where,
                         const struct sparql_pattern **pattern)
{
    const struct sparql_pattern *graph = NULL;
    bool filtered = false;
    *pattern = where;
    planner->plan->default_graph = true;
    for (const struct sparql_pattern *p = where->first; p; p = p->next)
        if (p->kind == SPARQL_GRAPH)
            graph = p;
    if (!graph)
        return true;
    if (graph->graph.variable < 0)
        return native_not_covered(planner, graph->place, "GRAPH of one IRI");
    for (const struct sparql_pattern *p = where->first; p; p = p->next) {
        const bool filter =
            p->kind == SPARQL_FILTER && is_advertisement_filter(p->expr, graph->graph.variable);
        if (!filter && p != graph)
            return native_not_covered(planner, p->place, "other patterns beside GRAPH");
        filtered = filtered || filter;
    }
    if (!filtered)
        return native_not_covered(planner, graph->place,
                                  "GRAPH without FILTER (STRSTARTS(STR(?g), "
                                  "\"" IC_GRAPH_AD_PREFIX "\"))");
    planner->graph = graph->graph.variable;
    planner->plan->default_graph = false;
    *pattern = graph->first;
    return true;
}

/* ---- blocks ---- */

static const struct native_value *find_value(const struct native_group *group, int variable)
{
    for (size_t i = 0; i < group->value_count; i++)
        if (group->values[i].variable == variable)
            return &group->values[i];
    return NULL;
}

/* The entry variable that a column needs; -1: none. */
static int column_entry(const struct native_planner *planner, const struct native_group *group,
                        int variable)
{
    if (native_find_entry(group, variable))
        return variable;
    const struct native_value *value = find_value(group, variable);
    (void)planner;
    return value ? value->owner : -1;
}

/* The entry whose every choice makes a row: of a cloud and its offer the offer. -1: rows need
 * choices of several. */
static int driving_entry(const struct native_planner *planner, const struct native_group *group)
{
    const struct native_plan *plan = planner->plan;
    int driving = -1;
    const size_t count = planner->existential ? plan->column_count : group->entry_count;
    for (size_t i = 0; i < count; i++) {
        const int variable = planner->existential
                                 ? column_entry(planner, group, plan->columns[i])
                                 : group->entries[i].variable;
        if (variable < 0 || variable == driving)
            continue;
        if (driving < 0 || planner->variables[variable].parent == driving)
            driving = variable;
        else if (planner->variables[driving].parent != variable)
            return -1;
    }
    for (size_t i = 0; driving < 0 && i < group->entry_count; i++)
        if (planner->variables[group->entries[i].variable].parent < 0)
            driving = group->entries[i].variable;
    return driving >= 0 ? driving : group->entry_count ? group->entries[0].variable : -1;
}

/* A cloud has one name: no choice is made. */
static bool is_name(const struct native_planner *planner, const struct native_value *value)
{
    return value->property == planner->plan->cloud_name && !value->optional;
}

static void plan_block_column(const struct native_planner *planner,
                              const struct native_group *group, int driving, int variable,
                              struct native_block *block, struct native_column *column)
{
    const struct native_value *value = find_value(group, variable);
    *column = (struct native_column){.kind = NATIVE_UNBOUND};
    if (variable == planner->graph) {
        column->kind = NATIVE_GRAPH;
    } else if (native_find_entry(group, variable)) {
        column->kind = NATIVE_SUBJECT;
        column->of_cloud = variable != driving;
    } else if (value && is_name(planner, value)) {
        column->kind = NATIVE_NAME;
        column->of_cloud = value->owner != driving;
    } else if (value) {
        column->kind = NATIVE_VALUE;
        while (block->values[column->value].variable != variable)
            column->value++;
        block->shown[column->value] = true;
    }
}

static bool add_block(struct native_planner *planner, const struct native_group *group,
                      struct sparql_place place)
{
    struct native_plan *plan = planner->plan;
    const int driving = driving_entry(planner, group);
    if (driving < 0)
        return native_not_covered(planner, place, "rows that choose among several offers");
    if (plan->block_count == NATIVE_BLOCKS_MAX)
        return native_not_covered(planner, place, "so many combinations of UNIONs");
    plan->blocks = native_grow(planner, plan->blocks, plan->block_count, sizeof *plan->blocks);
    struct native_set *set = native_project(planner, group, driving, place);
    if (!plan->blocks || !set)
        return false;
    const size_t count = group->value_count + 1;
    struct native_block block = {
        .set = set,
        .values = native_allocate(planner, count * sizeof *block.values),
        .of_cloud = native_allocate(planner, count * sizeof *block.of_cloud),
        .shown = native_allocate(planner, count * sizeof *block.shown),
        .columns = native_allocate(planner, (plan->column_count + 1) * sizeof *block.columns)};
    if (!native_going(planner))
        return false;
    for (size_t i = 0; i < group->value_count; i++) {
        const struct native_value *value = &group->values[i];
        const bool needed = planner->variables[value->variable].needed;
        if (value->owner < 0 || is_name(planner, value) || (planner->existential && !needed))
            continue;
        block.of_cloud[block.value_count] = value->owner != driving;
        block.values[block.value_count++] = *value;
    }
    for (size_t i = 0; i < plan->column_count; i++)
        plan_block_column(planner, group, driving, plan->columns[i], &block, &block.columns[i]);
    plan->blocks[plan->block_count++] = block;
    return true;
}

/* A copy that can be added to without changing the other. */
static bool copy_group(struct native_planner *planner, const struct native_group *group,
                       struct native_group *copy)
{
    *copy = (struct native_group){.empty = group->empty, .filters = group->filters};
    for (size_t i = 0; i < group->entry_count; i++) {
        struct native_entry *entry = native_entry(planner, copy, group->entries[i].variable);
        if (!entry || !native_add_set(planner, entry->set, group->entries[i].set))
            return false;
        entry->linked = group->entries[i].linked;
    }
    for (size_t i = 0; i < group->value_count; i++) {
        copy->values =
            native_grow(planner, copy->values, copy->value_count, sizeof *copy->values);
        if (!copy->values)
            return false;
        copy->values[copy->value_count++] = group->values[i];
    }
    return true;
}

/* Whether the group's filters see what they need; what is not bound makes them fail. */
static bool check_block_filters(struct native_planner *planner, struct native_group *group)
{
    for (const struct native_filters *f = group->filters; f; f = f->outer)
        for (size_t i = 0; i < f->count; i++) {
            const struct native_value *value = find_value(group, f->items[i].variable);
            if (value && value->optional)
                return native_not_covered(planner, f->items[i].place,
                                          "a FILTER on the value of an OPTIONAL");
            group->empty = group->empty || !value;
        }
    return true;
}

/* The union of the blocks that a choice of one branch of each UNION gives. */
static bool add_blocks(struct native_planner *planner, const struct native_group *group,
                       struct sparql_pattern *const *unions, size_t count,
                       struct sparql_place place)
{
    struct native_group own;
    if (!copy_group(planner, group, &own))
        return false;
    if (count == 0) {
        if (!check_block_filters(planner, &own))
            return false;
        return own.empty || add_block(planner, &own, place);
    }
    for (const struct sparql_pattern *p = unions[0]->first; p; p = p->next) {
        struct native_group branch;
        if (!copy_group(planner, group, &branch) ||
            !native_add_branch(planner, p, group->filters, &branch) ||
            !add_blocks(planner, &branch, unions + 1, count - 1, place))
            return false;
    }
    return true;
}

/* ---- the query ---- */

static bool check_form(struct native_planner *planner, const struct sparql_query *query)
{
    const struct sparql_select *select = &query->select;
    const struct sparql_place start = {1, 1};
    if (query->kind != IC_QUERY_SELECT && query->kind != IC_QUERY_ASK)
        return native_not_covered(planner, start, "CONSTRUCT and DESCRIBE");
    if (query->from_count || query->from_named_count)
        return native_not_covered(planner, start, "FROM");
    if (select->group_count || select->having_count || select->aggregates)
        return native_not_covered(planner, start, "aggregates");
    if (query->kind == IC_QUERY_ASK && (select->has_limit || select->offset))
        return native_not_covered(planner, start, "ASK with LIMIT or OFFSET");
    if (select->values)
        return native_not_covered(planner, select->values->place, "VALUES");
    return true;
}

static bool plan_pattern(struct native_planner *planner, const struct sparql_pattern *where)
{
    const struct sparql_pattern *pattern;
    struct native_group group = {.entries = NULL};
    if (!find_dataset(planner, where, &pattern) || !native_find_roles(planner, pattern) ||
        !native_add_group(planner, pattern, NULL, &group))
        return false;
    if (!group.entry_count && !group.union_count)
        return native_not_covered(planner, where->place, "a pattern without triples");
    return add_blocks(planner, &group, group.unions, group.union_count, where->place);
}

bool native_plan_query(struct native_planner *planner, const struct sparql_query *query)
{
    const struct sparql_select *select = &query->select;
    const struct ic_term name = ic_term_iri(IC_NS "cloudName");
    struct native_plan *plan = planner->plan;
    plan->query = query;
    plan->distinct = select->distinct;
    planner->graph = -1;
    planner->existential = select->distinct || select->reduced || query->kind == IC_QUERY_ASK;
    planner->variables =
        native_allocate(planner, (query->variable_count + 1) * sizeof *planner->variables);
    for (size_t i = 0; planner->variables && i < query->variable_count; i++)
        planner->variables[i].parent = planner->variables[i].name_of = -1;
    return planner->variables && check_form(planner, query) &&
           native_find(planner, &name, &plan->cloud_name) && plan_columns(planner, select) &&
           plan_pattern(planner, select->where) && native_going(planner);
}
