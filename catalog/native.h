/* SPDX-License-Identifier: Apache-2.0 */
/* Native matching: the SPARQL that requests compile to, and what has the same shape, planned
 * and run over sets of entries (sets.h). Private to native_*.c.
 *
 * What is covered. A query is SELECT or ASK over the advertisements: the default graph, or
 * GRAPH ?g with FILTER (STRSTARTS(STR(?g), "urn:intercloud:ad:")). In it
 *   - an entry variable stands as a subject: it is one entry. Two are linked by :offers, from
 *     a cloud (which has a :cloudName in the same pattern) to what it offers;
 *   - a value variable stands as an object, once (or once in each branch of a UNION);
 *   - FILTERs compare one value variable with constants, or are [NOT] EXISTS;
 *   - UNION, MINUS and nested groups of these; OPTIONAL of one triple.
 * All else has no plan: the reason is told, and another engine takes the query.
 *
 * How. What a group demands of one entry variable is a set expression: an AND of postings,
 * ranges, ORs for UNION, ANDNOTs for NOT EXISTS. An offer has one cloud, so a group over a
 * cloud and its offers becomes a set of clouds (those whose offers are among a set), or a set
 * of offers. Where rows count (no DISTINCT), or where what a branch binds is shown, a UNION is
 * distributed: the query is the union of several blocks, each a conjunction.
 * In the default graph, entries of one subject in several advertisements are merged: when such
 * a subject could be part of a solution the query has no plan.
 *
 * Threads: as the dataset. */
#ifndef IC_NATIVE_H
#define IC_NATIVE_H

#include <time.h>

#include "query_engine.h"
#include "sets.h"
#include "sparql_syntax.h"

enum {
    NATIVE_BLOCKS_MAX = 256 /* of a query, after UNIONs were distributed */
};

/* ---- conditions on a value ---- */

/* A comparison with a date or a point in time in its canonical form: EQ, LT, GT, LE or GE. */
struct native_test {
    enum sparql_expr_kind kind;
    struct ic_term term;
    struct native_test *next; /* all of a list must hold */
};

/* The values that pass: numbers in one of the ranges (disjoint, ascending), the terms among
 * `terms`, which are neither numbers nor times, and times for which one of the lists of tests
 * holds. Where a condition is NULL every value passes. */
struct native_condition {
    struct value_range *ranges;
    size_t range_count;
    uint64_t *terms;
    size_t term_count;
    struct native_test **tests;
    size_t test_count;
};

/* ---- sets ---- */

enum native_set_kind {
    NATIVE_EQUAL,  /* .property, .object */
    NATIVE_STATED, /* .property */
    NATIVE_RANGE,  /* .property, .range */
    NATIVE_TESTED, /* .property, .condition: each entry's values are looked at */
    NATIVE_OFFERED,
    NATIVE_AND, /* .args; those that are negated are taken away; none: every entry */
    NATIVE_OR,  /* none: no entry */
    NATIVE_CLOUDS_OF,
    NATIVE_OFFERS_OF
};

struct native_set {
    enum native_set_kind kind;
    bool negated;       /* inside NATIVE_AND */
    bool of_each_cloud; /* :cloudName: every cloud has one */
    uint64_t property, object;
    struct value_range range;
    struct native_condition *condition;
    struct native_set **args;
    size_t arg_count;
};

/* ---- conjunctions ---- */

/* What a group asks of one entry variable. */
struct native_entry {
    int variable;
    bool linked;            /* its cloud offers it */
    struct native_set *set; /* NATIVE_AND */
};

/* A value variable: a value of `property` of the entry `owner` that meets the condition. */
struct native_value {
    int variable, owner; /* owner -1: bound in a UNION that became a set */
    uint64_t property;
    bool optional;
    struct native_condition *condition;
};

struct native_filters;
struct native_group {
    struct native_entry *entries;
    size_t entry_count;
    struct native_value *values;
    size_t value_count;
    struct sparql_pattern **unions; /* to distribute */
    size_t union_count;
    const struct native_filters *filters; /* of the group, with `unions` */
    bool empty;                           /* a filter fails on every row */
};

/* ---- plans ---- */

enum native_column_kind {
    NATIVE_UNBOUND,
    NATIVE_SUBJECT, /* of the driving entry, or of its cloud */
    NATIVE_GRAPH,
    NATIVE_VALUE, /* .value of the block */
    NATIVE_NAME   /* of the cloud */
};

struct native_column {
    enum native_column_kind kind;
    bool of_cloud; /* the driving entry's cloud, not itself */
    size_t value;
};

/* One conjunction: a row for each entry of `set` and each choice of its values. */
struct native_block {
    struct native_set *set;
    struct native_value *values; /* that are enumerated or counted */
    bool *of_cloud;              /* by value: it is the cloud's */
    bool *shown;                 /* by value: in a column */
    size_t value_count;
    struct native_column *columns;
};

struct native_order {
    size_t column;
    bool descending;
};

/* Columns are the query's variables that SELECT shows, then those only ordered by. */
struct native_plan {
    const struct sparql_query *query;
    bool default_graph, distinct;
    int *columns; /* the variables */
    size_t shown, column_count;
    struct native_order *order;
    size_t order_count;
    struct native_block *blocks;
    size_t block_count;
    uint64_t cloud_name; /* the id of :cloudName */
};

/* ---- planning ---- */

enum native_role { NATIVE_NO_ROLE, NATIVE_ENTRY_ROLE, NATIVE_VALUE_ROLE, NATIVE_GRAPH_ROLE };

/* What is known of a variable in the whole query. */
struct native_variable {
    enum native_role role;
    int name_of;    /* the cloud whose :cloudName it is in the main pattern; -1: none */
    int parent;     /* an offer's cloud; -1: none */
    unsigned scope; /* of a value: the EXISTS it stands in, 0: none */
    bool cloud;     /* has a :cloudName in the main pattern */
    bool needed;    /* shown or ordered by */
};

struct native_planner {
    struct native_plan *plan;
    struct ic_arena *arena;
    struct view *view;
    struct native_variable *variables;
    unsigned scopes;
    unsigned inside;  /* levels of EXISTS around: nothing of it is shown */
    bool existential; /* how often a row comes does not count */
    int graph;        /* the variable of GRAPH, or -1 */
    enum ic_status status;
    struct ic_error *error;
    const char *reason; /* there is no plan: what is not covered */
    struct sparql_place reason_place;
};

struct native_filter {
    int variable;
    struct native_condition *condition;
    struct sparql_place place;
};

/* The filters of a group, and of those around it. */
struct native_filters {
    struct native_filter *items;
    size_t count;
    const struct native_filters *outer;
};

/* Plans a query over a view. False: there is no plan, planner->reason says why, or
 * planner->status is not IC_OK. */
bool native_plan_query(struct native_planner *planner, const struct sparql_query *query);

/* There is no plan for what stands at `place`. False. */
bool native_not_covered(struct native_planner *planner, struct sparql_place place,
                        const char *what);
bool native_going(const struct native_planner *planner);
/* Zeroed memory, or NULL and a failure. */
void *native_allocate(struct native_planner *planner, size_t size);
/* Room for one thing more behind `count` things, or NULL and a failure. */
void *native_grow(struct native_planner *planner, void *items, size_t count, size_t size);
bool native_find(struct native_planner *planner, const struct ic_term *term, uint64_t *id);

/* ---- native_condition.c ---- */

/* The condition that an expression puts on one value variable. */
struct native_condition *native_condition_of(struct native_planner *planner,
                                             const struct sparql_expr *expr, int *variable);
/* Both; NULL stands for any value. */
struct native_condition *native_condition_and(struct native_planner *planner,
                                              struct native_condition *a,
                                              struct native_condition *b);
/* Entries with a value of the property that passes. */
struct native_set *native_condition_set(struct native_planner *planner, uint64_t property,
                                        struct native_condition *condition);

/* ---- native_roles.c ---- */

/* What each variable stands for. planner->graph is known already. */
bool native_find_roles(struct native_planner *planner, const struct sparql_pattern *where);

/* ---- native_groups.c, native_project.c ---- */

/* Adds what a group graph pattern asks to `group`. */
bool native_add_group(struct native_planner *planner, const struct sparql_pattern *pattern,
                      const struct native_filters *outer, struct native_group *group);
/* Adds one branch of a UNION that is distributed to what stands around it. */
bool native_add_branch(struct native_planner *planner, const struct sparql_pattern *pattern,
                       const struct native_filters *filters, struct native_group *group);
struct native_entry *native_entry(struct native_planner *planner, struct native_group *group,
                                  int variable);
struct native_entry *native_find_entry(const struct native_group *group, int variable);
struct native_set *native_new_set(struct native_planner *planner, enum native_set_kind kind);
bool native_add_set(struct native_planner *planner, struct native_set *to,
                    struct native_set *set);
/* The entries that `variable` can be in the group. */
struct native_set *native_project(struct native_planner *planner,
                                  const struct native_group *group, int variable,
                                  struct sparql_place place);

/* ---- running ---- */

struct native_run {
    struct native_plan *plan;
    struct view *view;
    const struct ic_query_options *options;
    const struct ic_query_sink *sink;
    struct ic_error *error;
    enum ic_status status;
    struct timespec deadline;
    bool has_deadline;
    unsigned ticks;
    bool uncovered;         /* a value was found that there is no comparison for */
    struct ic_arena *arena; /* of terms and rows */
    size_t held;            /* bytes of rows and of their order, beside the arena */
};

/* Asks whether the query holds too much, and now and then whether it must end. */
bool native_running(struct native_run *run);
/* Counts `count` things of `size` bytes that the query is going to hold; IC_TOO_LARGE. */
enum ic_status native_hold(struct native_run *run, size_t count, size_t size);
enum ic_status native_fail_memory(struct native_run *run);

/* Evaluates a set expression. The result is given back by entry_set_free. */
enum ic_status native_evaluate(struct native_run *run, const struct native_set *expr,
                               struct entry_set *set);
/* The same, of what the view shows. */
enum ic_status native_evaluate_visible(struct native_run *run, const struct native_set *expr,
                                       struct entry_set *set);
/* Whether entries among `shared`, merged by subject, might meet the expression although none
 * of them does alone (or no longer meet it). */
enum ic_status native_touches(struct native_run *run, const struct native_set *expr,
                              const roaring_bitmap_t *shared, bool *touches);

/* Runs the plan on the sink. *covered false: the data is such that there is no plan after all;
 * nothing was given to the sink then. */
enum ic_status native_execute(struct native_run *run, bool *covered);

/* ---- native_values.c ---- */

/* Whether a term is a date or a point in time in its canonical form, as effective values are:
 * YYYY-MM-DD, YYYY-MM-DDThh:mm:ss[.fraction]Z. */
bool native_is_time(const struct ic_term *term);
/* Whether a value passes. Sets run->uncovered when it is a time that cannot be compared. */
enum ic_status native_accepts(struct native_run *run, const struct native_condition *condition,
                              uint64_t object, bool *accepts);
/* Keeps the entries that have a value of expr->property for which expr->condition holds. */
enum ic_status native_keep_tested(struct native_run *run, const struct native_set *expr,
                                  struct entry_set *set);

/* ---- native_rows.c ---- */

/* Rows of cells: term ids, 0 unbound, or with NATIVE_NAME_CELL the ordinal of a cloud whose
 * name it is. */
#define NATIVE_NAME_CELL ((uint64_t)1 << 63)
struct native_rows {
    uint64_t *cells;
    size_t width, count, room;
};
/* Only rows where this value of the block is that object. */
struct native_fixed {
    size_t value;
    uint64_t object;
};
/* Adds the rows of the entries. `fixed` may be NULL. */
enum ic_status native_collect_rows(struct native_run *run, const struct native_block *block,
                                   const roaring_bitmap_t *entries,
                                   const struct native_fixed *fixed, struct native_rows *rows);

/* ---- native_give.c ---- */

/* The part of `count` rows that OFFSET and LIMIT leave. */
void native_slice(const struct native_run *run, size_t count, size_t *first, size_t *end);
/* Decodes, sorts, removes what is equal, cuts and gives to the sink. */
enum ic_status native_give_rows(struct native_run *run, struct native_rows *rows);
/* How many rows the sink needs, where the rest is counted; 0: all. */
size_t native_rows_wanted(const struct native_run *run);
/* Whether the sink need not be given row number `given` and those behind it: all of `left` are
 * counted then. */
bool native_counts_rest(const struct native_run *run, size_t given, size_t left);
/* Gives one row, unless there are too many. */
enum ic_status native_give(struct native_run *run, const struct ic_term *const *cells,
                           size_t *given);

/* ---- native_sort.c ---- */

/* Sorts pointers to names in code point order. False: no memory. */
bool native_sort_names(const struct cloud_name **names, size_t count);

#endif
