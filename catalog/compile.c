/* SPDX-License-Identifier: Apache-2.0 */
/* The SPARQL query that a request means.
 *
 * One group graph pattern inside GRAPH ?ad, which is an advertisement's: the cloud, its offer,
 * then each constraint's pattern with its filters right behind it, in the order of the request.
 * Each offer { } is a FILTER EXISTS about the cloud: whether some offer meets it does not
 * depend on which offers meet the others, and joining them would multiply rows. For the same
 * reason a query that shows the offers of several groups has a UNION of them: every row has the
 * offer of one group, so that there are as many as matching offers, not as combinations. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compile_internal.h"

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

void compile_put_all(struct encoder *out, const char *first, ...)
{
    va_list further;
    va_start(further, first);
    for (const char *text = first; text; text = va_arg(further, const char *))
        encode_bytes(out, text, strlen(text));
    va_end(further);
}

void compile_put_spaces(struct compiler *compiler, size_t count)
{
    while (count--)
        encode_byte(&compiler->out, ' ');
}

static enum ic_status check_supported(struct compiler *compiler)
{
    const struct ic_request *request = compiler->request;
    if (request->preference_count)
        return compile_fail(compiler, request->preferences[0].place, IC_UNSUPPORTED,
                            "preferences are not supported yet; leave out 'prefer'");
    if (request->main.constraint_count == 0 && request->group_count == 0)
        return compile_fail(compiler, (struct ic_request_place){0}, IC_BAD_INPUT,
                            "no constraints; write one as in 'availabilityQuantity >= 99.999'");
    return IC_OK;
}

/* `?cloud :cloudName ?cloudName .`, with its offer where `offer` is not NULL. */
static void put_cloud(struct compiler *compiler, const char *offer)
{
    compile_start_line(compiler);
    compile_put(compiler, "?cloud ");
    compile_put_iri(compiler, IC_NS "cloudName");
    if (offer) {
        compile_put(compiler, " ?cloudName ;\n");
        compile_put_spaces(compiler, compiler->indent + strlen("?cloud "));
        compile_put_iri(compiler, IC_NS "offers");
        compile_put(compiler, " ?", offer, " .\n");
    } else {
        compile_put(compiler, " ?cloudName .\n");
    }
}

/* The offer's pattern in braces behind `before`; `offer` NULL: a new variable. */
static enum ic_status put_offer(struct compiler *compiler, const char *before,
                                const struct ic_group *group, const char *offer)
{
    if (!offer)
        offer = compile_new_variable(compiler, "offer");
    if (!offer)
        return compile_no_memory(compiler);
    compile_open(compiler, before);
    compile_put_offers(compiler, offer);
    const enum ic_status status = compile_put_group(compiler, group, offer);
    compile_close(compiler);
    return status;
}

/* Every group is met by some offer. */
static enum ic_status put_conditions(struct compiler *compiler, bool outside)
{
    const struct ic_request *request = compiler->request;
    enum ic_status status = IC_OK;
    if (outside)
        status = put_offer(compiler, "FILTER EXISTS ", &request->main, NULL);
    for (size_t i = 0; status == IC_OK && i < request->group_count; i++)
        status = put_offer(compiler, "FILTER EXISTS ", &request->groups[i], NULL);
    return status;
}

/* The offers of every group, one group a branch. */
static enum ic_status put_branches(struct compiler *compiler, bool outside)
{
    const struct ic_request *request = compiler->request;
    enum ic_status status = IC_OK;
    size_t used = 0;
    if (outside)
        status = put_offer(compiler, "", &request->main, compiler->offers[used++]);
    for (size_t i = 0; status == IC_OK && i < request->group_count; i++) {
        const char *before = used ? "UNION " : "";
        status = put_offer(compiler, before, &request->groups[i], compiler->offers[used++]);
    }
    return status;
}

/* Names the variables of offers that the query shows: ?offer for the constraints outside any
 * group, ?offer1 and so on for the groups. */
static enum ic_status name_offers(struct compiler *compiler, bool outside)
{
    if (outside)
        compiler->offers[compiler->offer_count++] = "offer";
    for (size_t i = 0; i < compiler->request->group_count; i++) {
        const char *offer = compile_new_variable(compiler, "offer");
        if (!offer)
            return compile_no_memory(compiler);
        compiler->offers[compiler->offer_count++] = offer;
    }
    return IC_OK;
}

static enum ic_status put_body(struct compiler *compiler, bool with_offers)
{
    const struct ic_request *request = compiler->request;
    const bool groups = request->group_count > 0, outside = request->main.constraint_count > 0;
    enum ic_status status = with_offers ? name_offers(compiler, outside) : IC_OK;
    if (status != IC_OK)
        return status;
    if (groups && with_offers) {
        put_cloud(compiler, NULL);
        status = put_conditions(compiler, outside);
        compiler->warn = NULL; /* the branches say the same again */
        return status == IC_OK ? put_branches(compiler, outside) : status;
    }
    put_cloud(compiler, outside ? "offer" : NULL);
    status = compile_put_group(compiler, &request->main, "offer");
    return status == IC_OK ? put_conditions(compiler, false) : status;
}

static enum ic_status put_where(struct compiler *compiler, bool with_offers)
{
    compile_put(compiler, "WHERE {\n");
    compiler->indent = COMPILE_INDENT;
    compile_open(compiler, "GRAPH ?ad ");
    const enum ic_status status = put_body(compiler, with_offers);
    compile_close(compiler);
    /* Plain graphs and the reserved ones describe nothing that is offered. */
    compile_put(compiler, "  FILTER (STRSTARTS(STR(?ad), \"" IC_GRAPH_AD_PREFIX "\"))\n}\n");
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

static void put_columns(struct compiler *compiler)
{
    compile_put(compiler, " ?cloudName");
    for (size_t i = 0; i < compiler->offer_count; i++)
        compile_put(compiler, " ?", compiler->offers[i]);
    compile_put(compiler, "\n");
}

/* Puts the query together; only the prefixes that it uses are declared. */
static void put_query(struct compiler *compiler, const struct encoder *where)
{
    qsort(compiler->prefixes, compiler->prefix_count, sizeof *compiler->prefixes,
          compare_prefixes);
    for (size_t i = 0; i < compiler->prefix_count; i++) {
        const struct compile_prefix *prefix = &compiler->prefixes[i];
        compile_put(compiler, "PREFIX ");
        encode_bytes(&compiler->out, prefix->name, prefix->name_length);
        compile_put(compiler, ": <");
        encode_bytes(&compiler->out, prefix->iri, prefix->length);
        compile_put(compiler, ">\n");
    }
    compile_put(compiler, "\nSELECT DISTINCT");
    put_columns(compiler);
    encode_bytes(&compiler->out, where->data, where->size);
    compile_put(compiler, "ORDER BY");
    put_columns(compiler);
    encode_byte(&compiler->out, '\0');
}

/* The prefixes stand before the WHERE part, which says which there are. */
static enum ic_status compile_query(struct compiler *compiler, bool with_offers, char **sparql)
{
    const enum ic_status status = put_where(compiler, with_offers);
    struct encoder where = compiler->out;
    compiler->out = (struct encoder){.failed = where.failed};
    if (status == IC_OK)
        put_query(compiler, &where);
    encoder_free(&where);
    if (status == IC_OK && !compiler->out.failed) {
        *sparql = (char *)compiler->out.data;
        return IC_OK;
    }
    encoder_free(&compiler->out);
    return status == IC_OK ? compile_no_memory(compiler) : status;
}

/* A simple has two variables (the value that is stated, the one that must not be), an offer { }
 * one for its offer; a query that shows the offers of groups has each of them twice. */
static bool make_room(struct compiler *compiler)
{
    const struct ic_request *request = compiler->request;
    const size_t room = 4 * request->simple_count + 2 * request->group_count + 2;
    compiler->arena = ic_arena_new();
    if (!compiler->arena)
        return false;
    compiler->variables = ic_arena_alloc(compiler->arena, room * sizeof *compiler->variables);
    compiler->series = ic_arena_alloc(compiler->arena, room * sizeof *compiler->series);
    compiler->offers = ic_arena_alloc(compiler->arena, room * sizeof *compiler->offers);
    return compiler->variables && compiler->series && compiler->offers;
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
    enum ic_status status = check_supported(&compiler);
    if (status != IC_OK)
        return status;
    status = make_room(&compiler) ? compile_query(&compiler, with_offers, sparql)
                                  : compile_no_memory(&compiler);
    ic_arena_free(compiler.arena);
    return status;
}
