/* SPDX-License-Identifier: Apache-2.0 */
/* The graph patterns of a request's constraints.
 *
 * Of several stated values a positive form needs one that satisfies it; every constraint has
 * variables of its own, so that each may take another value. A negative form needs a stated
 * value and none that satisfies the positive form: FILTER NOT EXISTS of the positive pattern.
 * A comparison that fails (of a number with a string, with NaN) satisfies nothing, so the
 * negative form holds there. */
#include <string.h>

#include "compile_internal.h"

enum { LINE_FULL_COLUMNS = 76 };

void compile_start_line(struct compiler *compiler)
{
    compile_put_spaces(compiler, compiler->indent);
}

/* ---- variables ---- */

static bool is_taken(const struct compiler *compiler, const char *variable)
{
    for (size_t i = 0; i < compiler->variable_count; i++)
        if (strcmp(compiler->variables[i], variable) == 0)
            return true;
    return false;
}

/* The numbering of the variables that begin with `base`; `base` is kept. */
static struct compile_series *series_of(struct compiler *compiler, const char *base)
{
    size_t i = 0;
    while (i < compiler->series_count && strcmp(compiler->series[i].base, base) != 0)
        i++;
    if (i == compiler->series_count)
        compiler->series[compiler->series_count++] = (struct compile_series){.base = base};
    return &compiler->series[i];
}

const char *compile_new_variable(struct compiler *compiler, const char *name)
{
    char *base = ic_arena_strdup(compiler->arena, name);
    for (char *p = base; p && *p; p++)
        if ((*p < 'a' || *p > 'z') && (*p < 'A' || *p > 'Z') && (*p < '0' || *p > '9'))
            *p = '_';
    struct compile_series *series = base ? series_of(compiler, base) : NULL;
    const char *variable;
    do
        variable =
            series ? ic_arena_printf(compiler->arena, "%s%zu", base, ++series->last) : NULL;
    while (variable && is_taken(compiler, variable));
    if (variable)
        compiler->variables[compiler->variable_count++] = variable;
    return variable;
}

/* ---- values and what is asked of them ---- */

/* FILTER (?variable IN (...)) over as many lines as it needs, or = for a single term. */
static void put_any_of(struct compiler *compiler, const char *variable,
                       const struct ic_term *terms, size_t count)
{
    size_t line_start = compiler->out.size;
    compile_start_line(compiler);
    compile_put(compiler, "FILTER (?", variable, count == 1 ? " = " : " IN (");
    for (size_t i = 0; i < count; i++) {
        if (i && compiler->out.size - line_start > LINE_FULL_COLUMNS) {
            compile_put(compiler, ",\n");
            line_start = compiler->out.size;
            compile_put_spaces(compiler, compiler->indent + 2 * COMPILE_INDENT);
        } else if (i) {
            compile_put(compiler, ", ");
        }
        compile_put_term(compiler, &terms[i]);
    }
    compile_put(compiler, count == 1 ? ")\n" : "))\n");
}

/* True when the value can stand in the pattern itself: the only one that is asked for, and one
 * whose equals are the same term. Numbers have other spellings (5 and 5.0) in SPARQL. */
static bool is_ground(const struct test *test)
{
    return test->kind == TEST_ANY_OF && test->term_count == 1 &&
           !(test->terms[0].datatype && strcmp(test->terms[0].datatype, IC_XSD_DECIMAL) == 0);
}

static void put_value_filter(struct compiler *compiler, const struct test *test,
                             const char *variable)
{
    if (test->kind == TEST_ANY_OF) {
        put_any_of(compiler, variable, test->terms, test->term_count);
    } else if (test->kind == TEST_ORDER) {
        compile_start_line(compiler);
        compile_put(compiler, "FILTER (?", variable, " ", test->sign, " ");
        compile_put_term(compiler, &test->terms[0]);
        compile_put(compiler, ")\n");
    }
}

/* `?subject property value .`, with `value` NULL the test's one term. */
static void put_triple(struct compiler *compiler, const char *subject, const char *property,
                       const struct test *test, const char *value)
{
    compile_put(compiler, "?", subject, " ");
    compile_put_iri(compiler, property);
    compile_put(compiler, " ");
    if (value)
        compile_put(compiler, "?", value);
    else
        compile_put_term(compiler, &test->terms[0]);
    compile_put(compiler, " .");
}

/* A pattern and the filter on its value. A request for a property finds everything more
 * specific too: one branch for each. Not a variable in the property's place, which costs a walk
 * through the whole description. */
static enum ic_status put_pattern(struct compiler *compiler, const char *subject,
                                  const struct ic_property *property, const struct test *test)
{
    const bool several = property->specific_count > 1;
    const char *value = NULL;
    if (!is_ground(test) && !(value = compile_new_variable(compiler, property->name)))
        return compile_no_memory(compiler);
    for (size_t i = 0; i < property->specific_count; i++) {
        compile_start_line(compiler);
        compile_put(compiler, !several ? "" : i ? "UNION { " : "{ ");
        put_triple(compiler, subject, property->specific[i]->iri, test, value);
        compile_put(compiler, several ? " }\n" : "\n");
    }
    if (value)
        put_value_filter(compiler, test, value);
    return IC_OK;
}

/* ---- negative forms ---- */

bool compile_is_negative(const struct ic_simple *simple)
{
    const bool negative = simple->op == IC_OP_NE || simple->op == IC_OP_NOT_IN ||
                          simple->op == IC_OP_NOT_WITHIN || simple->op == IC_OP_NOT_EXISTS;
    return negative != simple->negated;
}

void compile_open(struct compiler *compiler, const char *before)
{
    compile_start_line(compiler);
    compile_put(compiler, before, "{\n");
    compiler->indent += COMPILE_INDENT;
}

void compile_close(struct compiler *compiler)
{
    compiler->indent -= COMPILE_INDENT;
    compile_start_line(compiler);
    compile_put(compiler, "}\n");
}

void compile_put_offers(struct compiler *compiler, const char *offer)
{
    compile_start_line(compiler);
    compile_put(compiler, "?cloud ");
    compile_put_iri(compiler, IC_NS "offers");
    compile_put(compiler, " ?", offer, " .\n");
}

/* What a negative form needs before FILTER NOT EXISTS: a stated value; for `not exists` in a
 * branch of a UNION, which is evaluated by itself, a pattern that binds the subject. */
static enum ic_status put_stated(struct compiler *compiler, const struct place *place,
                                 const struct ic_property *property, const struct test *test)
{
    if (test->kind != TEST_EXISTS)
        return put_pattern(compiler, place->subject, property,
                           &(struct test){.kind = TEST_EXISTS});
    if (!place->branch)
        return IC_OK;
    if (place->subject == place->offer) {
        compile_put_offers(compiler, place->offer);
        return IC_OK;
    }
    compile_start_line(compiler);
    compile_put(compiler, "?", place->subject, " ");
    compile_put_iri(compiler, IC_NS "cloudName");
    compile_put(compiler, " ?cloudName .\n");
    return IC_OK;
}

static enum ic_status put_negative(struct compiler *compiler, const struct place *place,
                                   const struct ic_property *property, const struct test *test)
{
    enum ic_status status = put_stated(compiler, place, property, test);
    if (status != IC_OK)
        return status;
    compile_open(compiler, "FILTER NOT EXISTS ");
    status = put_pattern(compiler, place->subject, property, test);
    compile_close(compiler);
    return status;
}

/* ---- constraints ---- */

static enum ic_status fail_unknown(struct compiler *compiler, const struct ic_simple *simple)
{
    const struct ic_excerpt name =
        ic_request_excerpt(simple->attribute, strlen(simple->attribute));
    const char *nearest = ic_ontology_nearest(compiler->ontology, simple->attribute);
    if (nearest)
        return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                            "unknown attribute '%s'; the nearest is %s", name.text, nearest);
    return compile_fail(compiler, simple->place, IC_BAD_INPUT,
                        "unknown attribute '%s'; 'ontology show' lists the attributes",
                        name.text);
}

/* The name belongs to the cloud itself: ?cloud has it already. */
static bool is_of_cloud(const struct ic_property *property)
{
    return strcmp(property->iri, IC_NS "cloudName") == 0 ||
           strcmp(property->iri, IC_NS "offers") == 0;
}

static enum ic_status put_simple(struct compiler *compiler, const struct ic_simple *simple,
                                 const char *offer, bool branch)
{
    const struct ic_property *property =
        ic_ontology_attribute(compiler->ontology, simple->attribute);
    if (!property)
        return fail_unknown(compiler, simple);
    struct test test;
    const enum ic_status status = compile_test(compiler, simple, property, &test);
    if (status != IC_OK)
        return status;
    const struct place place = {
        .subject = is_of_cloud(property) ? "cloud" : offer, .offer = offer, .branch = branch};
    return compile_is_negative(simple) ? put_negative(compiler, &place, property, &test)
                                       : put_pattern(compiler, place.subject, property, &test);
}

static enum ic_status put_constraint(struct compiler *compiler,
                                     const struct ic_constraint *constraint, const char *offer)
{
    if (constraint->simple_count == 1)
        return put_simple(compiler, &constraint->simples[0], offer, false);
    for (size_t i = 0; i < constraint->simple_count; i++) {
        compile_open(compiler, i ? "UNION " : "");
        const enum ic_status status =
            put_simple(compiler, &constraint->simples[i], offer, true);
        if (status != IC_OK)
            return status;
        compile_close(compiler);
    }
    return IC_OK;
}

enum ic_status compile_put_group(struct compiler *compiler, const struct ic_group *group,
                                 const char *offer)
{
    for (size_t i = 0; i < group->constraint_count; i++) {
        const enum ic_status status = put_constraint(compiler, &group->constraints[i], offer);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}
