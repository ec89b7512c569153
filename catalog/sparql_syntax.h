/* SPDX-License-Identifier: Apache-2.0 */
/* The abstract syntax of SPARQL 1.1 queries (SPARQL 1.1 Query, section 19.8): one node type for
 * patterns, one for expressions, both with their place in the text.
 *
 * Invariants: IRIs are absolute where the text or the base allows, prefixes are expanded,
 * escapes resolved, numbers and booleans are literals with their datatype. A variable is a
 * number, an index into the query's table; blank nodes of the text are variables that cannot
 * be named. `&&` and `||` hold all operands of a chain; no expression, path or group is nested
 * deeper than SPARQL_DEPTH_MAX.
 * Ownership: everything lives in the arena that the query was parsed into. */
#ifndef IC_SPARQL_SYNTAX_H
#define IC_SPARQL_SYNTAX_H

#include <stdint.h>

#include "arena.h"
#include "query.h"
#include "status.h"
#include "term.h"

enum {
    SPARQL_BYTES_MAX = 16 * 1024 * 1024,
    SPARQL_DEPTH_MAX = 256,
    SPARQL_VARIABLES_MAX = 65536
};

struct sparql_place {
    uint32_t line, column; /* from 1; the column counts bytes */
};

struct sparql_variable {
    const char *name; /* without ? or $; a blank node's label, or NULL for [] and lists */
    bool blank;
};

/* A variable, or with `variable` -1 a constant. */
struct sparql_term {
    int variable;
    struct ic_term term;
};

/* ---- expressions ---- */

enum sparql_expr_kind {
    SPARQL_EXPR_TERM, /* .term */
    SPARQL_EXPR_OR,   /* two or more arguments, as AND */
    SPARQL_EXPR_AND,
    SPARQL_EXPR_EQ, /* two arguments, up to DIVIDE */
    SPARQL_EXPR_NE,
    SPARQL_EXPR_LT,
    SPARQL_EXPR_GT,
    SPARQL_EXPR_LE,
    SPARQL_EXPR_GE,
    SPARQL_EXPR_ADD,
    SPARQL_EXPR_SUBTRACT,
    SPARQL_EXPR_MULTIPLY,
    SPARQL_EXPR_DIVIDE,
    SPARQL_EXPR_IN, /* the first argument in the others */
    SPARQL_EXPR_NOT_IN,
    SPARQL_EXPR_NOT,
    SPARQL_EXPR_PLUS,
    SPARQL_EXPR_MINUS,
    SPARQL_EXPR_BUILTIN,   /* .builtin */
    SPARQL_EXPR_FUNCTION,  /* .term is its IRI; also casts; .distinct */
    SPARQL_EXPR_AGGREGATE, /* .builtin, .distinct, .separator; COUNT(*) has no argument */
    SPARQL_EXPR_EXISTS,    /* .pattern, as NOT_EXISTS */
    SPARQL_EXPR_NOT_EXISTS
};

/* name, fewest and most arguments */
#define SPARQL_BUILTINS(X)                                                                     \
    X(STR, 1, 1)                                                                               \
    X(LANG, 1, 1)                                                                              \
    X(LANGMATCHES, 2, 2)                                                                       \
    X(DATATYPE, 1, 1)                                                                          \
    X(BOUND, 1, 1)                                                                             \
    X(IRI, 1, 1)                                                                               \
    X(URI, 1, 1)                                                                               \
    X(BNODE, 0, 1)                                                                             \
    X(RAND, 0, 0)                                                                              \
    X(ABS, 1, 1)                                                                               \
    X(CEIL, 1, 1)                                                                              \
    X(FLOOR, 1, 1)                                                                             \
    X(ROUND, 1, 1)                                                                             \
    X(CONCAT, 0, INT32_MAX)                                                                    \
    X(STRLEN, 1, 1)                                                                            \
    X(UCASE, 1, 1)                                                                             \
    X(LCASE, 1, 1)                                                                             \
    X(ENCODE_FOR_URI, 1, 1)                                                                    \
    X(CONTAINS, 2, 2)                                                                          \
    X(STRSTARTS, 2, 2)                                                                         \
    X(STRENDS, 2, 2)                                                                           \
    X(STRBEFORE, 2, 2)                                                                         \
    X(STRAFTER, 2, 2)                                                                          \
    X(YEAR, 1, 1)                                                                              \
    X(MONTH, 1, 1)                                                                             \
    X(DAY, 1, 1)                                                                               \
    X(HOURS, 1, 1)                                                                             \
    X(MINUTES, 1, 1)                                                                           \
    X(SECONDS, 1, 1)                                                                           \
    X(TIMEZONE, 1, 1)                                                                          \
    X(TZ, 1, 1)                                                                                \
    X(NOW, 0, 0)                                                                               \
    X(UUID, 0, 0)                                                                              \
    X(STRUUID, 0, 0)                                                                           \
    X(MD5, 1, 1)                                                                               \
    X(SHA1, 1, 1)                                                                              \
    X(SHA256, 1, 1)                                                                            \
    X(SHA384, 1, 1)                                                                            \
    X(SHA512, 1, 1)                                                                            \
    X(COALESCE, 0, INT32_MAX)                                                                  \
    X(IF, 3, 3)                                                                                \
    X(STRLANG, 2, 2)                                                                           \
    X(STRDT, 2, 2)                                                                             \
    X(SAMETERM, 2, 2)                                                                          \
    X(ISIRI, 1, 1)                                                                             \
    X(ISURI, 1, 1)                                                                             \
    X(ISBLANK, 1, 1)                                                                           \
    X(ISLITERAL, 1, 1)                                                                         \
    X(ISNUMERIC, 1, 1)                                                                         \
    X(REGEX, 2, 3)                                                                             \
    X(SUBSTR, 2, 3)                                                                            \
    X(REPLACE, 3, 4)
#define SPARQL_AGGREGATES(X)                                                                   \
    X(COUNT, 0, 1)                                                                             \
    X(SUM, 1, 1)                                                                               \
    X(MIN, 1, 1)                                                                               \
    X(MAX, 1, 1)                                                                               \
    X(AVG, 1, 1)                                                                               \
    X(SAMPLE, 1, 1)                                                                            \
    X(GROUP_CONCAT, 1, 1)

enum sparql_builtin {
#define SPARQL_BUILTIN_NAME(name, fewest, most) SPARQL_FN_##name,
    SPARQL_BUILTINS(SPARQL_BUILTIN_NAME) SPARQL_AGGREGATES(SPARQL_BUILTIN_NAME)
#undef SPARQL_BUILTIN_NAME
        SPARQL_BUILTIN_COUNT
};

struct sparql_expr {
    enum sparql_expr_kind kind;
    enum sparql_builtin builtin;
    bool distinct;
    unsigned depth; /* levels of expressions below and with this one */
    struct sparql_place place;
    struct sparql_term term;
    struct sparql_expr **args;
    size_t arg_count;
    const char *separator; /* GROUP_CONCAT; NULL: not given */
    struct sparql_pattern *pattern;
};

/* ---- property paths (section 9) ---- */

enum sparql_path_kind {
    SPARQL_PATH_IRI,
    SPARQL_PATH_INVERSE, /* one part, up to OPTIONAL */
    SPARQL_PATH_ZERO_OR_MORE,
    SPARQL_PATH_ONE_OR_MORE,
    SPARQL_PATH_ZERO_OR_ONE,
    SPARQL_PATH_SEQUENCE, /* two or more parts */
    SPARQL_PATH_ALTERNATIVE,
    SPARQL_PATH_NOT_IN /* none or more parts: IRIs, or INVERSE of one */
};

struct sparql_path {
    enum sparql_path_kind kind;
    struct ic_term iri;
    struct sparql_path **parts;
    size_t part_count;
};

/* ---- patterns (section 5) ---- */

enum sparql_pattern_kind {
    SPARQL_GROUP,    /* the patterns .first, .first->next, ... */
    SPARQL_TRIPLE,   /* .subject, .predicate or .path, .object */
    SPARQL_FILTER,   /* .expr; holds of the whole group that it stands in */
    SPARQL_OPTIONAL, /* .first is the group, as in MINUS, GRAPH, SERVICE */
    SPARQL_UNION,    /* two or more groups */
    SPARQL_MINUS,
    SPARQL_GRAPH,    /* .graph: variable or IRI */
    SPARQL_SERVICE,  /* .graph, .silent */
    SPARQL_BIND,     /* .expr AS .variable */
    SPARQL_VALUES,   /* .values */
    SPARQL_SUBSELECT /* .query */
};

/* VALUES: rows of `width` terms; UNDEF has kind 0. */
struct sparql_values {
    int *variables;
    size_t width, rows;
    struct ic_term *terms;
};

struct sparql_pattern {
    enum sparql_pattern_kind kind;
    bool silent;
    int variable;
    struct sparql_place place;
    struct sparql_pattern *next, *first;
    int *scope; /* of a group: the variables in scope at its end (section 18.2.1) */
    size_t scope_count;
    struct sparql_term subject, predicate, object;
    struct sparql_path *path; /* NULL: .predicate */
    struct sparql_term graph;
    struct sparql_expr *expr;
    struct sparql_values *values;
    struct sparql_select *query;
};

/* ---- queries ---- */

/* What SELECT and GROUP BY name: a variable, or an expression and perhaps its variable. */
struct sparql_column {
    int variable;             /* -1: GROUP BY of an expression without AS */
    struct sparql_expr *expr; /* NULL: the variable itself */
    struct sparql_place place;
};

struct sparql_order {
    struct sparql_expr *expr;
    bool descending;
};

/* SELECT, also inside a pattern; of other forms, what they have of it. */
struct sparql_select {
    bool distinct, reduced, star, aggregates;
    struct sparql_column *columns; /* with `star` filled in too, in order of appearance */
    size_t column_count;
    struct sparql_pattern *where;
    struct sparql_column *group;
    size_t group_count;
    struct sparql_expr **having;
    size_t having_count;
    struct sparql_order *order;
    size_t order_count;
    bool has_limit;
    uint64_t limit, offset;
    struct sparql_pattern *values; /* behind the query, or NULL */
};

struct sparql_query {
    enum ic_query_kind kind;
    struct sparql_select select;
    struct sparql_variable *variables;
    size_t variable_count;
    const char **from, **from_named;
    size_t from_count, from_named_count;
    struct sparql_pattern *template; /* CONSTRUCT: a group of triples */
    struct sparql_term *described;   /* DESCRIBE */
    size_t described_count;
};

/* Parses a query into `arena`. `name` is for messages; `base` an absolute IRI or NULL.
 * IC_BAD_INPUT: a syntax error, with its place; IC_TOO_LARGE: a limit above was passed.
 * Threads: any. */
enum ic_status sparql_parse(const char *text, const char *name, const char *base,
                            struct ic_arena *arena, struct sparql_query **query,
                            struct ic_error *error);

#endif
