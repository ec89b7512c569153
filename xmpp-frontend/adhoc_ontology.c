/* SPDX-License-Identifier: Apache-2.0 */
/* The commands ontology_get and ontology_load. */
#include <string.h>

#include "adhoc.h"
#include "catalog/dataset.h"
#include "log.h"

/* ---- ontology_get ---- */

static const char *match_name(enum ic_comparison match)
{
    static const char *const names[] = {[IC_MATCH_EQUAL] = "=",
                                        [IC_MATCH_AT_LEAST] = ">=",
                                        [IC_MATCH_AT_MOST] = "<=",
                                        [IC_MATCH_ONE_OF] = "in",
                                        [IC_MATCH_WITHIN] = "within"};
    return names[match];
}

static const char *kind_name(enum ic_value_kind kind)
{
    static const char *const names[] = {
        [IC_VALUE_STRING] = "text",       [IC_VALUE_NUMBER] = "number",
        [IC_VALUE_BOOLEAN] = "boolean",   [IC_VALUE_DATE] = "date",
        [IC_VALUE_DATETIME] = "dateTime", [IC_VALUE_CONCEPT] = "concept",
        [IC_VALUE_IRI] = "iri",           [IC_VALUE_NODE] = "node"};
    return names[kind];
}

static void write_attribute(const struct ic_property *property, struct ic_output *output)
{
    struct ic_buffer *out = &output->items;
    ic_buffer_text(out, "<attribute");
    ic_buffer_attribute(out, "name", property->name);
    ic_buffer_attribute(out, "label", property->label);
    ic_buffer_attribute(out, "values", kind_name(property->kind));
    ic_buffer_attribute(out, "match", match_name(property->match));
    ic_buffer_attribute(out, "unit", property->unit_name);
    ic_buffer_attribute(out, "scheme", property->scheme ? property->scheme->label : NULL);
    ic_buffer_text(out, ">");
    if (property->comment)
        ic_buffer_escape(out, property->comment, strlen(property->comment));
    ic_buffer_text(out, "</attribute>");
    ic_output_end_item(output);
}

static enum ic_status write_attributes(struct ic_call *call, const struct ic_ontology *ontology)
{
    size_t count;
    const char *wanted;
    const struct ic_property *const *properties = ic_ontology_properties(ontology, &count);
    const enum ic_status status = ic_call_text(call, "attribute", &wanted);
    if (status != IC_OK)
        return status;
    const struct ic_property *only = wanted ? ic_ontology_attribute(ontology, wanted) : NULL;
    const char *nearest = wanted && !only ? ic_ontology_nearest(ontology, wanted) : NULL;
    if (wanted && !only)
        return ic_fail(call->error, IC_NOT_FOUND,
                       "the ontology has no attribute \"%.200s\"%s%s", wanted,
                       nearest ? "; the nearest is " : "", nearest ? nearest : "");
    if (only)
        write_attribute(only, call->output);
    for (size_t i = 0; !only && i < count; i++)
        write_attribute(properties[i], call->output);
    return IC_OK;
}

/* Every statement of the ontology's graph, as N-Triples. */
static enum ic_status write_statements(struct ic_call *call)
{
    const struct ic_view view = {.as = call->requester};
    const struct ic_term graph = ic_term_iri(IC_GRAPH_ONTOLOGY);
    struct ic_dataset *dataset = NULL;
    struct ic_cursor *cursor = NULL;
    struct ic_quad pattern = {0}, quad;
    bool found = false;
    enum ic_status status =
        ic_catalog_dataset(call->service->catalog, &view, &dataset, call->error);
    if (status != IC_OK)
        return status;
    status = ic_dataset_find(dataset, &graph, &pattern.graph, call->error);
    if (status == IC_OK && pattern.graph != IC_UNKNOWN_TERM)
        status = ic_dataset_open(dataset, &pattern, &cursor, call->error);
    while (cursor && status == IC_OK) {
        struct ic_term s, p, o;
        status = ic_cursor_next(cursor, &quad, &found, call->error);
        if (status != IC_OK || !found)
            break;
        status = ic_dataset_term(dataset, quad.subject, call->arena, &s, call->error);
        if (status == IC_OK)
            status = ic_dataset_term(dataset, quad.predicate, call->arena, &p, call->error);
        if (status == IC_OK)
            status = ic_dataset_term(dataset, quad.object, call->arena, &o, call->error);
        if (status == IC_OK)
            ic_call_statement(call, &s, &p, &o);
        if (call->output->items.status != IC_OK)
            break;
    }
    if (cursor)
        ic_cursor_close(cursor);
    ic_dataset_free(dataset);
    return status;
}

enum ic_status ic_adhoc_ontology_get(struct ic_call *call)
{
    const char *format;
    struct ic_buffer *head = &call->output->head, *tail = &call->output->tail;
    struct ic_ontology *ontology = ic_catalog_ontology(call->service->catalog);
    enum ic_status status = ic_call_text(call, "format", &format);
    const bool statements = format && strcmp(format, "statements") == 0;
    if (status == IC_OK && format && !statements && strcmp(format, "attributes") != 0)
        status =
            ic_fail(call->error, IC_BAD_INPUT,
                    "<format> is \"attributes\" or \"statements\", not \"%.100s\"", format);
    ic_buffer_text(head, "<ontology xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(head, "digest", ic_ontology_digest(ontology));
    ic_buffer_attribute(head, "version", ic_ontology_version(ontology));
    ic_buffer_text(head, statements ? "><document type='application/n-triples'>" : ">");
    if (status == IC_OK)
        status = statements ? write_statements(call) : write_attributes(call, ontology);
    ic_buffer_text(tail, statements ? "</document></ontology>" : "</ontology>");
    ic_ontology_release(ontology);
    return status;
}

/* ---- ontology_load ---- */

static enum ic_status read_document(struct ic_call *call, struct ic_document *document)
{
    const char *xml = NULL;
    size_t length = 0;
    const enum ic_status status = ic_call_payload(call, &xml, &length);
    return status == IC_OK ? ic_parsers_import(call->service->parsers, xml, length, NULL, 0,
                                               document, NULL, call->error)
                           : status;
}

/* What has no attributes is no ontology, but perhaps another document. */
static enum ic_status check_attributes(struct ic_call *call, struct ic_document *document)
{
    struct ic_ontology *ontology = NULL;
    size_t count = 0;
    const enum ic_status status = ic_ontology_build(&document, 1, &ontology, call->error);
    if (status != IC_OK)
        return status;
    ic_ontology_properties(ontology, &count);
    ic_ontology_release(ontology);
    return count > 0 ? IC_OK
                     : ic_fail(call->error, IC_BAD_INPUT,
                               "the document declares no attribute; send all files of an "
                               "ontology, one behind the other");
}

enum ic_status ic_adhoc_ontology_load(struct ic_call *call)
{
    struct ic_document *document = ic_document_new("ontology", NULL);
    enum ic_status status = document ? read_document(call, document)
                                     : ic_fail(call->error, IC_NO_MEMORY, "memory is out");
    if (status == IC_OK)
        status = check_attributes(call, document);
    if (status == IC_OK)
        status = ic_catalog_load_ontology(call->service->catalog, &document, 1, call->error);
    ic_document_free(document);
    if (status != IC_OK)
        return status;
    struct ic_ontology *ontology = ic_catalog_ontology(call->service->catalog);
    size_t count;
    ic_ontology_properties(ontology, &count);
    ic_log("%s loaded an ontology of %zu attributes", call->requester, count);
    ic_buffer_text(&call->output->head, "<loaded xmlns='" IC_NS_PAYLOAD "'");
    ic_buffer_attribute(&call->output->head, "digest", ic_ontology_digest(ontology));
    ic_buffer_attribute(&call->output->head, "version", ic_ontology_version(ontology));
    ic_buffer_format(&call->output->head, " attributes='%zu'/>", count);
    ic_ontology_release(ontology);
    ic_output_summarize(call->output, "The ontology is in force.");
    return IC_OK;
}
