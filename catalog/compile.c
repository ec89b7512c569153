/* SPDX-License-Identifier: Apache-2.0 */
/* The SPARQL query that a request means.
 *
 * One group graph pattern inside GRAPH ?ad, which is an advertisement's: the cloud, its offer,
 * then each constraint's pattern with its filters right behind it, in the order of the request.
 * Every constraint has variables of its own: of several stated values, one that satisfies it is
 * enough. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"

enum { STEP = 2, LINE_FULL_COLUMNS = 76 };

enum ic_status compile_fail(struct compiler *compiler, struct ic_request_place place,
                            enum ic_status status, const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ic_fail_at(compiler->error, status, compiler->request->name, place.line,
                      place.column, "%s", text);
}

enum ic_status compile_no_memory(struct compiler *compiler)
{
    return ic_fail(compiler->error, IC_NO_MEMORY, "out of memory while compiling a request");
}

static void start_line(const struct compiler *compiler)
{
    fprintf(compiler->out, "%*s", compiler->indent, "");
}

/* A variable that nothing else in the query has: the name, with what a VARNAME cannot hold
 * replaced, and a number. NULL when memory is out. */
static const char *new_variable(struct compiler *compiler, const char *name)
{
    char *base = ic_arena_strdup(compiler->arena, name);
    for (char *p = base; p && *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", *p))
            *p = '_';
    for (size_t number = 1; base; number++) {
        const char *variable = ic_arena_printf(compiler->arena, "%s%zu", base, number);
        size_t i = 0;
        while (variable && i < compiler->variable_count &&
               strcmp(compiler->variables[i], variable) != 0)
            i++;
        if (variable && i < compiler->variable_count)
            continue;
        if (variable)
            compiler->variables[compiler->variable_count++] = variable;
        return variable;
    }
    return NULL;
}

/* FILTER (?variable IN (...)) over as many lines as it needs, or = for a single term. */
static void put_any_of(struct compiler *compiler, const char *variable,
                       const struct ic_term *terms, size_t count)
{
    long line_start = ftell(compiler->out);
    start_line(compiler);
    fprintf(compiler->out, "FILTER (?%s %s", variable, count == 1 ? "= " : "IN (");
    for (size_t i = 0; i < count; i++) {
        if (i && ftell(compiler->out) - line_start > LINE_FULL_COLUMNS) {
            fputs(",\n", compiler->out);
            line_start = ftell(compiler->out);
            fprintf(compiler->out, "%*s", compiler->indent + 2 * STEP, "");
        } else if (i) {
            fputs(", ", compiler->out);
        }
        compile_put_term(compiler, &terms[i]);
    }
    fputs(count == 1 ? ")\n" : "))\n", compiler->out);
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
        start_line(compiler);
        fprintf(compiler->out, "FILTER (?%s %s ", variable, test->sign);
        compile_put_term(compiler, &test->terms[0]);
        fputs(")\n", compiler->out);
    }
}

/* `?subject property value .`, with `value` NULL the test's one term. */
static void put_triple(struct compiler *compiler, const char *subject, const char *property,
                       const struct test *test, const char *value)
{
    fprintf(compiler->out, "?%s ", subject);
    compile_put_iri(compiler, property);
    putc(' ', compiler->out);
    if (value)
        fprintf(compiler->out, "?%s", value);
    else
        compile_put_term(compiler, &test->terms[0]);
    fputs(" .", compiler->out);
}

/* A pattern and the filter on its value. A request for a property finds everything more
 * specific too: one branch for each. Not a variable in the property's place, which costs a walk
 * through the whole description, and which rasqal joins wrongly behind a filter. */
static enum ic_status put_pattern(struct compiler *compiler, const char *subject,
                                  const struct ic_property *property, const struct test *test)
{
    const bool several = property->specific_count > 1;
    const char *value = NULL;
    if (!is_ground(test) && !(value = new_variable(compiler, property->name)))
        return compile_no_memory(compiler);
    for (size_t i = 0; i < property->specific_count; i++) {
        start_line(compiler);
        fputs(!several ? "" : i ? "UNION { " : "{ ", compiler->out);
        put_triple(compiler, subject, property->specific[i]->iri, test, value);
        fputs(several ? " }\n" : "\n", compiler->out);
    }
    if (value)
        put_value_filter(compiler, test, value);
    return IC_OK;
}

static bool is_negative(const struct ic_simple *simple)
{
    return simple->negated || simple->op == IC_OP_NE || simple->op == IC_OP_NOT_IN ||
           simple->op == IC_OP_NOT_WITHIN || simple->op == IC_OP_NOT_EXISTS;
}

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
                                 const char *offer)
{
    const struct ic_property *property =
        ic_ontology_attribute(compiler->ontology, simple->attribute);
    if (!property)
        return fail_unknown(compiler, simple);
    struct test test;
    const enum ic_status status = compile_test(compiler, simple, property, &test);
    if (status != IC_OK)
        return status;
    if (is_negative(simple))
        return compile_fail(compiler, simple->place, IC_UNSUPPORTED,
                            "negative forms (not, !=, not in, not within, not exists) are not "
                            "supported yet; say what %s must be",
                            property->name);
    return put_pattern(compiler, is_of_cloud(property) ? "cloud" : offer, property, &test);
}

static enum ic_status put_constraint(struct compiler *compiler,
                                     const struct ic_constraint *constraint, const char *offer)
{
    if (constraint->simple_count == 1)
        return put_simple(compiler, &constraint->simples[0], offer);
    for (size_t i = 0; i < constraint->simple_count; i++) {
        start_line(compiler);
        fputs(i ? "UNION {\n" : "{\n", compiler->out);
        compiler->indent += STEP;
        const enum ic_status status = put_simple(compiler, &constraint->simples[i], offer);
        if (status != IC_OK)
            return status;
        compiler->indent -= STEP;
        start_line(compiler);
        fputs("}\n", compiler->out);
    }
    return IC_OK;
}

static enum ic_status put_group(struct compiler *compiler, const struct ic_group *group,
                                const char *offer)
{
    for (size_t i = 0; i < group->constraint_count; i++) {
        const enum ic_status status = put_constraint(compiler, &group->constraints[i], offer);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

static enum ic_status check_supported(struct compiler *compiler)
{
    const struct ic_request *request = compiler->request;
    if (request->group_count)
        return compile_fail(
            compiler, request->groups[0].constraints[0].simples[0].place, IC_UNSUPPORTED,
            "offer { } groups are not supported yet; write the constraints that "
            "one offer must meet without it");
    if (request->preference_count)
        return compile_fail(compiler, request->preferences[0].place, IC_UNSUPPORTED,
                            "preferences are not supported yet; leave out 'prefer'");
    if (request->main.constraint_count == 0)
        return compile_fail(compiler, (struct ic_request_place){0}, IC_BAD_INPUT,
                            "no constraints; write one as in 'availabilityQuantity >= 99.999'");
    return IC_OK;
}

static enum ic_status put_where(struct compiler *compiler)
{
    fputs("WHERE {\n  GRAPH ?ad {\n    ?cloud ", compiler->out);
    compile_put_iri(compiler, IC_NS "cloudName");
    fputs(" ?cloudName ;\n           ", compiler->out);
    compile_put_iri(compiler, IC_NS "offers");
    fputs(" ?offer .\n", compiler->out);
    compiler->indent = 2 * STEP;
    const enum ic_status status = put_group(compiler, &compiler->request->main, "offer");
    /* Plain graphs and the reserved ones describe nothing that is offered. */
    fputs("  }\n  FILTER (STRSTARTS(STR(?ad), \"" IC_GRAPH_AD_PREFIX "\"))\n}\n",
          compiler->out);
    return status;
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct compile_prefix *one = a, *other = b;
    const size_t shorter =
        one->name_length < other->name_length ? one->name_length : other->name_length;
    const int order = strncmp(one->name, other->name, shorter);
    return order ? order
                 : (one->name_length > other->name_length) -
                       (one->name_length < other->name_length);
}

/* Puts the query together; only the prefixes that it uses are declared. */
static void put_query(struct compiler *compiler, const char *where, bool with_offers, FILE *out)
{
    const char *offer = with_offers ? " ?offer" : "";
    qsort(compiler->prefixes, compiler->prefix_count, sizeof *compiler->prefixes,
          compare_prefixes);
    for (size_t i = 0; i < compiler->prefix_count; i++) {
        const struct compile_prefix *prefix = &compiler->prefixes[i];
        fprintf(out, "PREFIX %.*s: <%.*s>\n", (int)prefix->name_length, prefix->name,
                (int)prefix->length, prefix->iri);
    }
    fprintf(out, "\nSELECT DISTINCT ?cloudName%s\n%sORDER BY ?cloudName%s\n", offer, where,
            offer);
}

/* The WHERE part. Owned: free(*where), also after a failure. */
static enum ic_status compile_where(struct compiler *compiler, char **where)
{
    size_t size = 0;
    compiler->out = open_memstream(where, &size);
    if (!compiler->out)
        return compile_no_memory(compiler);
    const enum ic_status status = put_where(compiler);
    const bool failed = ferror(compiler->out) != 0;
    if ((fclose(compiler->out) != 0 || failed) && status == IC_OK)
        return compile_no_memory(compiler);
    return status;
}

static enum ic_status compile_query(struct compiler *compiler, const char *where,
                                    bool with_offers, char **sparql)
{
    size_t size = 0;
    FILE *out = open_memstream(sparql, &size);
    if (!out)
        return compile_no_memory(compiler);
    put_query(compiler, where, with_offers, out);
    const bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed)
        return IC_OK;
    free(*sparql);
    *sparql = NULL;
    return compile_no_memory(compiler);
}

enum ic_status ic_request_compile(const struct ic_request *request,
                                  const struct ic_ontology *ontology, bool with_offers,
                                  void (*warn)(void *context, const char *message),
                                  void *warn_context, char **sparql, struct ic_error *error)
{
    struct compiler compiler = {.request = request,
                                .ontology = ontology,
                                .warn = warn,
                                .warn_context = warn_context,
                                .error = error};
    char *where = NULL;
    enum ic_status status = check_supported(&compiler);
    if (status != IC_OK)
        return status;
    compiler.arena = ic_arena_new();
    status = compiler.arena ? compile_where(&compiler, &where) : compile_no_memory(&compiler);
    if (status == IC_OK)
        status = compile_query(&compiler, where, with_offers, sparql);
    free(where);
    ic_arena_free(compiler.arena);
    return status;
}
