/* SPDX-License-Identifier: Apache-2.0 */
/* What a constraint asks of a value: comparison and effective values, by the ontology. */
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"
#include "names.h"

static const char *kind_phrase(enum ic_value_kind kind)
{
    switch (kind) {
    case IC_VALUE_STRING:
        return "text";
    case IC_VALUE_NUMBER:
        return "a number";
    case IC_VALUE_BOOLEAN:
        return "true or false";
    case IC_VALUE_DATE:
        return "a date";
    case IC_VALUE_DATETIME:
        return "a date and time";
    case IC_VALUE_CONCEPT:
        return "a concept";
    case IC_VALUE_IRI:
        return "an IRI";
    case IC_VALUE_NODE:
        return "a node of the description";
    }
    return "unknown";
}

/* The operator that a constraint without one has. */
static enum ic_operator default_operator(enum ic_comparison match)
{
    switch (match) {
    case IC_MATCH_AT_LEAST:
        return IC_OP_GE;
    case IC_MATCH_AT_MOST:
        return IC_OP_LE;
    case IC_MATCH_WITHIN:
        return IC_OP_WITHIN;
    case IC_MATCH_EQUAL:
    case IC_MATCH_ONE_OF:
        break;
    }
    return IC_OP_IN;
}

/* The operator without its "not"; != is the negative of =. */
static enum ic_operator positive_operator(enum ic_operator op)
{
    if (op == IC_OP_NE || op == IC_OP_NOT_IN || op == IC_OP_EQ)
        return IC_OP_IN;
    if (op == IC_OP_NOT_WITHIN)
        return IC_OP_WITHIN;
    return op == IC_OP_NOT_EXISTS ? IC_OP_EXISTS : op;
}

static bool has_order(enum ic_value_kind kind)
{
    return kind == IC_VALUE_NUMBER || kind == IC_VALUE_DATE || kind == IC_VALUE_DATETIME;
}

/* Refuses comparisons that the attribute's kind does not have. */
static enum ic_status check_kind(struct compiler *compiler, const struct ic_simple *simple,
                                 const struct ic_property *property, enum ic_operator op)
{
    const char *name = property->name, *is = kind_phrase(property->kind);
    if (property->kind == IC_VALUE_NODE)
        return compile_fail(
            compiler, simple->place, IC_BAD_INPUT,
            "%s is %s and has no value to compare; only 'exists' can ask for it", name, is);
    if (op == IC_OP_IN)
        return IC_OK;
    if (op == IC_OP_WITHIN) {
        if (property->kind != IC_VALUE_CONCEPT)
            return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                                "%s is %s, and 'within' is for concepts; use 'in'", name, is);
        return IC_OK;
    }
    if (property->kind == IC_VALUE_CONCEPT)
        return compile_fail(
            compiler, simple->place, IC_BAD_INPUT,
            "%s is a concept of the scheme %s, it has no order; use 'within' or "
            "'='",
            name, property->scheme ? property->scheme->label : "(none)");
    if (!has_order(property->kind))
        return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                            "%s is %s, it has no order; use '=' or 'in'", name, is);
    if (simple->value_count > 1)
        return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                            "'%s %s' takes one value, not %zu; use 'in' for any of several",
                            name, ic_operator_names[op], simple->value_count);
    return IC_OK;
}

static void warn_unknown(const struct compiler *compiler, const struct ic_simple *simple,
                         const struct ic_property *property, const char *text)
{
    if (!compiler->warn)
        return;
    char message[IC_ERROR_TEXT_MAX];
    const struct ic_excerpt excerpt = ic_request_excerpt(text, strlen(text));
    snprintf(
        message, sizeof message,
        "%s:%lu:%lu: '%s' is not known in the scheme %s of %s; only clouds that state it in "
        "this spelling %s",
        compiler->request->name, simple->place.line, simple->place.column, excerpt.text,
        property->scheme ? property->scheme->label : "(none)", property->name,
        compile_is_negative(simple) ? "are left out" : "match");
    compiler->warn(compiler->warn_context, message);
}

/* Names of clouds are normalised before they are stored (names.h), so here too. */
static enum ic_status resolve_cloud_name(struct compiler *compiler,
                                         const struct ic_term *stated, struct ic_term *term,
                                         struct ic_error *problem)
{
    char *name = NULL;
    const enum ic_status status = ic_name_cloud(stated->text, &name, problem);
    if (status != IC_OK)
        return status;
    const char *kept = ic_arena_strdup(compiler->arena, name);
    free(name);
    if (!kept)
        return ic_fail(problem, IC_NO_MEMORY, "out of memory while compiling a request");
    *term = ic_term_literal(kept, NULL);
    return IC_OK;
}

/* The effective term of one value. */
static enum ic_status resolve(struct compiler *compiler, const struct ic_simple *simple,
                              const struct ic_property *property,
                              const struct ic_request_value *value, struct ic_term *term)
{
    const char *text = value->text;
    if (value->unit)
        text = ic_arena_printf(compiler->arena, "%s %s", value->text, value->unit);
    if (!text)
        return compile_no_memory(compiler);
    const struct ic_term stated = ic_term_literal(text, NULL);
    enum ic_resolution resolution = IC_RESOLVED_SAME;
    struct ic_error problem = {.text = ""};
    const enum ic_status status =
        strcmp(property->iri, IC_NS "cloudName") == 0
            ? resolve_cloud_name(compiler, &stated, term, &problem)
            : ic_ontology_resolve_asked(compiler->ontology, property, &stated, compiler->arena,
                                        term, &resolution, &problem);
    if (status != IC_OK)
        return compile_fail(compiler, simple->place, status, "%s", problem.text);
    if (resolution == IC_RESOLVED_UNKNOWN)
        warn_unknown(compiler, simple, property, text);
    if (term->kind == IC_IRI && !compile_iri_is_valid(term->text))
        return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                            "'%s' is not an IRI (RFC 3987)",
                            ic_request_excerpt(text, strlen(text)).text);
    return IC_OK;
}

/* How many terms `term` stands for, and those terms where `out` is not NULL: with `within`, a
 * concept and everything narrower. */
static size_t expand(const struct compiler *compiler, const struct ic_term *term, bool within,
                     struct ic_term *out)
{
    const struct ic_concept *concept =
        within && term->kind == IC_IRI ? ic_ontology_concept_iri(compiler->ontology, term->text)
                                       : NULL;
    if (!concept) {
        if (out)
            *out = *term;
        return 1;
    }
    for (size_t i = 0; out && i < concept->specific_count; i++)
        out[i] = ic_term_iri(concept->specific[i]->iri);
    return concept->specific_count;
}

static int compare_terms(const void *a, const void *b)
{
    return ic_term_compare(a, b);
}

static void sort_unique(struct test *test)
{
    size_t kept = 0;
    qsort(test->terms, test->term_count, sizeof *test->terms, compare_terms);
    for (size_t i = 0; i < test->term_count; i++)
        if (i == 0 || !ic_term_equal(&test->terms[kept - 1], &test->terms[i]))
            test->terms[kept++] = test->terms[i];
    test->term_count = kept;
}

enum ic_status compile_test(struct compiler *compiler, const struct ic_simple *simple,
                            const struct ic_property *property, struct test *test)
{
    const enum ic_operator op = simple->op == IC_OP_DEFAULT ? default_operator(property->match)
                                                            : positive_operator(simple->op);
    *test = (struct test){.kind = TEST_EXISTS};
    if (op == IC_OP_EXISTS)
        return IC_OK;
    enum ic_status status = check_kind(compiler, simple, property, op);
    if (status != IC_OK)
        return status;

    const size_t count = simple->value_count;
    struct ic_term *values = ic_arena_alloc(compiler->arena, count * sizeof *values);
    if (!values)
        return compile_no_memory(compiler);
    for (size_t i = 0; i < count; i++) {
        status = resolve(compiler, simple, property, &simple->values[i], &values[i]);
        if (status != IC_OK)
            return status;
        test->term_count += expand(compiler, &values[i], op == IC_OP_WITHIN, NULL);
    }
    test->terms = ic_arena_alloc(compiler->arena, test->term_count * sizeof *test->terms);
    if (!test->terms)
        return compile_no_memory(compiler);
    for (size_t i = 0, used = 0; i < count; i++)
        used += expand(compiler, &values[i], op == IC_OP_WITHIN, test->terms + used);
    sort_unique(test);
    test->kind = op == IC_OP_IN || op == IC_OP_WITHIN ? TEST_ANY_OF : TEST_ORDER;
    test->sign = ic_operator_names[op];
    return IC_OK;
}
