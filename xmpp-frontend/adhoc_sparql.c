/* SPDX-License-Identifier: Apache-2.0 */
/* The command sparql_query: any SPARQL query over what the requester may see, read-only, within
 * a budget of time and memory. The answer is SPARQL Query Results XML (W3C, 2013), or, of
 * CONSTRUCT and DESCRIBE, N-Triples. */
#include <string.h>

#include "adhoc.h"
#include "catalog/query.h"

#define NS_RESULTS "http://www.w3.org/2005/sparql-results#"

struct answer {
    struct ic_call *call;
    const char *const *variables; /* copies */
    size_t count;
};

static enum ic_status full(const struct ic_call *call, struct ic_error *error)
{
    /* Going on would only compute what is thrown away. */
    const enum ic_status status = call->output->items.status;
    return status == IC_OK
               ? IC_OK
               : ic_fail(error, status,
                         "the answer is longer than %zu bytes; use LIMIT and OFFSET",
                         call->output->bytes_max);
}

static enum ic_status begin(void *context, enum ic_query_kind kind,
                            const char *const *variables, size_t count, struct ic_error *error)
{
    struct answer *answer = context;
    struct ic_output *output = answer->call->output;
    if (kind == IC_QUERY_CONSTRUCT || kind == IC_QUERY_DESCRIBE) {
        ic_buffer_text(&output->head, "<results xmlns='" IC_NS_PAYLOAD
                                      "'><document type='application/n-triples'>");
        ic_buffer_text(&output->tail, "</document></results>");
        return IC_OK;
    }
    const char **copies = ic_arena_alloc(answer->call->arena, (count + 1) * sizeof *copies);
    if (!copies)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    ic_buffer_text(&output->head,
                   "<results xmlns='" IC_NS_PAYLOAD "'><sparql xmlns='" NS_RESULTS "'><head>");
    for (size_t i = 0; i < count; i++) {
        copies[i] = ic_arena_strdup(answer->call->arena, variables[i]);
        if (!copies[i])
            return ic_fail(error, IC_NO_MEMORY, "memory is out");
        ic_buffer_text(&output->head, "<variable");
        ic_buffer_attribute(&output->head, "name", variables[i]);
        ic_buffer_text(&output->head, "/>");
    }
    answer->variables = copies;
    answer->count = count;
    ic_buffer_text(&output->head, "</head>");
    if (kind == IC_QUERY_SELECT) {
        ic_buffer_text(&output->head, "<results>");
        ic_buffer_text(&output->tail, "</results>");
    }
    ic_buffer_text(&output->tail, "</sparql></results>");
    return IC_OK;
}

static void write_term(const struct ic_term *term, struct ic_buffer *out)
{
    static const char *const names[] = {
        [IC_IRI] = "uri", [IC_BLANK] = "bnode", [IC_LITERAL] = "literal"};
    ic_buffer_format(out, "<%s", names[term->kind]);
    ic_buffer_attribute(out, "xml:lang", term->language);
    ic_buffer_attribute(out, "datatype", term->datatype);
    ic_buffer_text(out, ">");
    ic_buffer_escape(out, term->text, term->length);
    ic_buffer_format(out, "</%s>", names[term->kind]);
}

static enum ic_status row(void *context, const struct ic_term *const *cells, size_t count,
                          struct ic_error *error)
{
    const struct answer *answer = context;
    struct ic_buffer *out = &answer->call->output->items;
    ic_buffer_text(out, "<result>");
    for (size_t i = 0; i < count; i++) {
        if (!cells[i])
            continue;
        ic_buffer_text(out, "<binding");
        ic_buffer_attribute(out, "name", answer->variables[i]);
        ic_buffer_text(out, ">");
        write_term(cells[i], out);
        ic_buffer_text(out, "</binding>");
    }
    ic_buffer_text(out, "</result>");
    ic_output_end_item(answer->call->output);
    return full(answer->call, error);
}

static enum ic_status boolean(void *context, bool value, struct ic_error *error)
{
    const struct answer *answer = context;
    ic_buffer_element(&answer->call->output->items, "boolean", value ? "true" : "false");
    ic_output_end_item(answer->call->output);
    return full(answer->call, error);
}

static enum ic_status triple(void *context, const struct ic_term *subject,
                             const struct ic_term *predicate, const struct ic_term *object,
                             struct ic_error *error)
{
    const struct answer *answer = context;
    ic_call_statement(answer->call, subject, predicate, object);
    return full(answer->call, error);
}

static enum ic_status end(void *context, struct ic_error *error)
{
    return full(((const struct answer *)context)->call, error);
}

enum ic_status ic_adhoc_sparql(struct ic_call *call)
{
    struct answer answer = {.call = call};
    const struct ic_query_sink sink = {.context = &answer,
                                       .begin = begin,
                                       .row = row,
                                       .boolean = boolean,
                                       .triple = triple,
                                       .end = end};
    const struct ic_query_options options = {.name = "query",
                                             .timeout_ms = call->settings->sparql_timeout_ms,
                                             .cancelled = ic_call_cancelled,
                                             .cancelled_context = call,
                                             .guarded = true,
                                             .memory_max = call->settings->sparql_memory_max};
    const struct ic_view view = {.as = call->requester};
    struct ic_dataset *dataset = NULL;
    const char *text = call->form ? ic_form_text(call->form, "query", call->arena)
                                  : ic_element_text(call->input, call->arena);
    if (!text)
        return ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    if (call->input && ic_element_first(call->input))
        return ic_fail(call->error, IC_BAD_INPUT,
                       "<query> holds the query's text; write < as &lt;");
    enum ic_status status =
        ic_catalog_dataset(call->service->catalog, &view, &dataset, call->error);
    if (status != IC_OK)
        return status;
    status = ic_query_run(dataset, text, &options, &sink, call->error);
    ic_dataset_free(dataset);
    ic_output_summarize(call->output, call->output->count == 1 ? "%zu result." : "%zu results.",
                        call->output->count);
    return status;
}

/* ---- as a form ---- */

static const struct ic_element *child_of(const struct ic_element *element, const char *name)
{
    for (const struct ic_element *child = ic_element_first(element); child;
         child = ic_element_next(child))
        if (strcmp(child->name, name) == 0)
            return child;
    return NULL;
}

static const char *value_of(const struct ic_element *result, const char *variable,
                            struct ic_arena *arena)
{
    for (const struct ic_element *binding = ic_element_first(result); binding;
         binding = ic_element_next(binding)) {
        const char *name = ic_element_attribute(binding, "name");
        const struct ic_element *term = ic_element_first(binding);
        if (name && term && strcmp(name, variable) == 0)
            return ic_element_text(term, arena);
    }
    return NULL;
}

static void write_table(const struct ic_element *output, struct ic_arena *arena,
                        struct ic_buffer *buffer)
{
    const struct ic_element *head = child_of(output, "head");
    const struct ic_element *results = child_of(output, "results");
    ic_buffer_text(buffer, "<reported>");
    for (const struct ic_element *v = ic_element_first(head); v; v = ic_element_next(v)) {
        const char *name = ic_element_attribute(v, "name");
        ic_form_field_write(name, name, NULL, buffer);
    }
    ic_buffer_text(buffer, "</reported>");
    for (const struct ic_element *result = ic_element_first(results);
         result && buffer->status == IC_OK; result = ic_element_next(result)) {
        ic_buffer_text(buffer, "<item>");
        for (const struct ic_element *v = ic_element_first(head); v; v = ic_element_next(v)) {
            const char *name = ic_element_attribute(v, "name");
            const char *value = value_of(result, name, arena);
            ic_form_field_write(name, NULL, value ? value : "", buffer);
        }
        ic_buffer_text(buffer, "</item>");
    }
}

void ic_adhoc_sparql_form(const struct ic_element *output, struct ic_arena *arena,
                          struct ic_buffer *buffer)
{
    const struct ic_element *document = child_of(output, "document");
    const struct ic_element *sparql = child_of(output, "sparql");
    const struct ic_element *boolean = sparql ? child_of(sparql, "boolean") : NULL;
    if (document)
        ic_form_field_write("statements", "Statements", ic_element_text(document, arena),
                            buffer);
    else if (boolean)
        ic_form_field_write("boolean", "Answer", ic_element_text(boolean, arena), buffer);
    else if (sparql)
        write_table(sparql, arena, buffer);
}
