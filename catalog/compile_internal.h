/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the request compiler share. */
#ifndef IC_COMPILE_INTERNAL_H
#define IC_COMPILE_INTERNAL_H

#include "codec.h"
#include "request_internal.h"

enum {
    COMPILE_PREFIXES_MAX = 64, /* further namespaces are written out */
    COMPILE_INDENT = 2         /* columns */
};

/* A namespace of the query: `length` bytes at `iri`; its prefix: `name_length` at `name`. */
struct compile_prefix {
    const char *name, *iri;
    size_t name_length, length;
};

/* How far the variables of one name are numbered. */
struct compile_series {
    const char *base;
    size_t last;
};

struct compiler {
    const struct ic_request *request;
    const struct ic_ontology *ontology;
    struct ic_arena *arena;
    struct encoder out;                                   /* the WHERE part, then the query */
    size_t indent;                                        /* columns */
    struct compile_prefix prefixes[COMPILE_PREFIXES_MAX]; /* used so far */
    size_t prefix_count;
    const char **variables; /* each once; with room for all that the request needs */
    size_t variable_count;
    struct compile_series *series;
    size_t series_count;
    const char **offers; /* the variables of offers that the query shows */
    size_t offer_count;
    void (*warn)(void *context, const char *message);
    void *warn_context;
    struct ic_error *error;
};

/* What one constraint asks of one value. */
enum test_kind {
    TEST_EXISTS, /* that there is one */
    TEST_ORDER,  /* `sign`, against the only term */
    TEST_ANY_OF  /* that it is one of the terms */
};

struct test {
    enum test_kind kind;
    const char *sign;
    struct ic_term *terms; /* effective; sorted and different from each other */
    size_t term_count;
};

/* Where a simple stands. */
struct place {
    const char *subject,
        *offer;  /* variables: whose values; the offer's. The same, or a cloud's */
    bool branch; /* alone in a branch of a UNION */
};

/* Puts texts, one after the other; the last is NULL. Memory that runs out shows in `out`. */
void compile_put_all(struct encoder *out, const char *first, ...) __attribute__((sentinel));
#define compile_put(compiler, ...) compile_put_all(&(compiler)->out, __VA_ARGS__, (char *)NULL)
void compile_put_spaces(struct compiler *compiler, size_t count);

/* A failure at a place of the request. */
enum ic_status compile_fail(struct compiler *compiler, struct ic_request_place place,
                            enum ic_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

enum ic_status compile_no_memory(struct compiler *compiler);

/* What the positive form of `simple` asks of a value of `property`: the comparison that is
 * written or the ontology's, against effective values. */
enum ic_status compile_test(struct compiler *compiler, const struct ic_simple *simple,
                            const struct ic_property *property, struct test *test);

/* ---- compile_patterns.c ---- */

/* A variable that nothing else in the query has: the name, with what a VARNAME cannot hold
 * replaced, and a number. NULL when memory is out. */
const char *compile_new_variable(struct compiler *compiler, const char *name);

void compile_start_line(struct compiler *compiler);
/* A line with `before` and "{", and what is inside further to the right. */
void compile_open(struct compiler *compiler, const char *before);
void compile_close(struct compiler *compiler);
/* `?cloud :offers ?offer .` */
void compile_put_offers(struct compiler *compiler, const char *offer);

/* True for `not`, `!=` and the like; two negations cancel each other: a value that is not
 * stated makes neither hold, so that `not p != 5` is `p = 5`. */
bool compile_is_negative(const struct ic_simple *simple);

/* What one offer must meet. */
enum ic_status compile_put_group(struct compiler *compiler, const struct ic_group *group,
                                 const char *offer);

/* ---- compile_terms.c ---- */

/* Write SPARQL 1.1 terms (the grammar's IRIREF, PrefixedName, String and NumericLiteral), so
 * that no text from outside ends or extends them. IRIs must outlive the compiler
 * and be valid: documents take no others, and the compiler checks those of requests. */
bool compile_iri_is_valid(const char *iri);
void compile_put_iri(struct compiler *compiler, const char *iri);
void compile_put_term(struct compiler *compiler, const struct ic_term *term);

#endif
