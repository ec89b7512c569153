/* SPDX-License-Identifier: Apache-2.0 */
/* ontology load, check, show. */
#include <stdlib.h>
#include <string.h>

#include "command_run.h"

/* ---- load and check ---- */

static enum ic_status report(const struct ic_invocation *invocation,
                             const struct ic_ontology *ontology, struct ic_error *error)
{
    FILE *out = invocation->io->out;
    const char *directory = invocation->operands[0];
    size_t properties, schemes, concepts = 0;
    ic_ontology_properties(ontology, &properties);
    const struct ic_scheme *const *list = ic_ontology_schemes(ontology, &schemes);
    for (size_t i = 0; i < schemes; i++) {
        size_t count;
        ic_ontology_concepts(ontology, list[i], &count);
        concepts += count;
    }
    if (ic_option_given(invocation, "json"))
        return ic_json_print(
            json_pack("{s:o, s:o, s:s, s:I, s:I, s:I}", "directory", ic_json_text(directory),
                      "version", ic_json_text(ic_ontology_version(ontology)), "digest",
                      ic_ontology_digest(ontology), "attributes", (json_int_t)properties,
                      "schemes", (json_int_t)schemes, "concepts", (json_int_t)concepts),
            out, error);
    ic_print_escaped(out, directory, strlen(directory));
    fprintf(out, ": %zu attributes, %zu schemes, %zu concepts\n", properties, schemes,
            concepts);
    return IC_OK;
}

enum ic_status ic_run_ontology_check(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_document **documents;
    struct ic_ontology *ontology = NULL;
    size_t count;
    enum ic_status status =
        ic_directory_import(invocation->io, invocation->operands[0], &documents, &count, error);
    if (status != IC_OK)
        return status;
    status = ic_ontology_build(documents, count, &ontology, error);
    if (status == IC_OK) {
        status = report(invocation, ontology, error);
        ic_ontology_release(ontology);
    }
    ic_documents_free(documents, count);
    return status;
}

enum ic_status ic_run_ontology_load(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_document **documents;
    size_t count;
    enum ic_status status =
        ic_directory_import(invocation->io, invocation->operands[0], &documents, &count, error);
    if (status != IC_OK)
        return status;
    status = ic_catalog_load_ontology(invocation->catalog, documents, count, error);
    ic_documents_free(documents, count);
    if (status == IC_OK) {
        struct ic_ontology *ontology = ic_catalog_ontology(invocation->catalog);
        status = report(invocation, ontology, error);
        ic_ontology_release(ontology);
    }
    return status;
}

/* ---- show ---- */

static const char *const kinds[] = {[IC_VALUE_STRING] = "text",
                                    [IC_VALUE_NUMBER] = "number",
                                    [IC_VALUE_BOOLEAN] = "true or false",
                                    [IC_VALUE_DATE] = "date",
                                    [IC_VALUE_DATETIME] = "date and time",
                                    [IC_VALUE_CONCEPT] = "concept",
                                    [IC_VALUE_IRI] = "address",
                                    [IC_VALUE_NODE] = "node"};

static const char *const comparisons[] = {[IC_MATCH_EQUAL] = "equal",
                                          [IC_MATCH_AT_LEAST] = "at least",
                                          [IC_MATCH_AT_MOST] = "at most",
                                          [IC_MATCH_ONE_OF] = "one of",
                                          [IC_MATCH_WITHIN] = "within"};

static const char *applies_to(const struct ic_property *property)
{
    return property->cloud && property->offer ? "cloud, offer"
           : property->cloud                  ? "cloud"
           : property->offer                  ? "offer"
                                              : "";
}

static size_t concept_count(const struct ic_ontology *ontology,
                            const struct ic_property *property)
{
    size_t count = 0;
    if (property->scheme)
        ic_ontology_concepts(ontology, property->scheme, &count);
    return count;
}

static bool is_below(const struct ic_property *property, const struct ic_property *other)
{
    for (size_t i = 0; i < other->specific_count; i++)
        if (other->specific[i] == property && property != other)
            return true;
    return false;
}

/* The names of what is below the attribute, or above it. */
static json_t *relatives(const struct ic_ontology *ontology, const struct ic_property *property,
                         bool below)
{
    size_t count;
    const struct ic_property *const *all = ic_ontology_properties(ontology, &count);
    json_t *names = json_array();
    for (size_t i = 0; names && i < count; i++)
        if (below ? is_below(all[i], property) : is_below(property, all[i]))
            json_array_append_new(names, ic_json_text(all[i]->name));
    return names;
}

static json_t *json_property(const struct ic_ontology *ontology,
                             const struct ic_property *property)
{
    json_t *applies = json_array();
    if (applies && property->cloud)
        json_array_append_new(applies, json_string("cloud"));
    if (applies && property->offer)
        json_array_append_new(applies, json_string("offer"));
    json_t *object = json_pack(
        "{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:o}",
        "name", ic_json_text(property->name), "iri", ic_json_text(property->iri), "label",
        ic_json_text(property->label), "comment", ic_json_text(property->comment), "kind",
        kinds[property->kind], "comparison", comparisons[property->match], "range",
        ic_json_text(property->range), "unit", ic_json_text(property->unit), "unit-name",
        ic_json_text(property->unit_name), "scheme",
        property->scheme ? ic_json_text(property->scheme->iri) : json_null(), "concepts",
        (json_int_t)concept_count(ontology, property), "applies-to", applies, "worst",
        ic_json_text(property->worst), "best", ic_json_text(property->best), "more-general",
        relatives(ontology, property, false), "more-specific",
        relatives(ontology, property, true));
    return ic_json_with_units(ontology, property, object);
}

static void print_line(FILE *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    fprintf(out, "%-15s", name);
    ic_print_escaped(out, value, strlen(value));
    fputc('\n', out);
}

static void print_names(FILE *out, const char *name, json_t *names)
{
    if (json_array_size(names))
        fprintf(out, "%-15s", name);
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *text = json_string_value(json_array_get(names, i));
        fputs(i ? ", " : "", out);
        ic_print_escaped(out, text, strlen(text));
    }
    if (json_array_size(names))
        fputc('\n', out);
    json_decref(names);
}

static enum ic_status print_property(const struct ic_ontology *ontology,
                                     const struct ic_property *property, FILE *out,
                                     struct ic_error *error)
{
    print_line(out, "name", property->name);
    print_line(out, "iri", property->iri);
    print_line(out, "label", property->label);
    print_line(out, "comment", property->comment);
    print_line(out, "values", kinds[property->kind]);
    print_line(out, "range", property->range);
    print_line(out, "unit", property->unit_name);
    print_line(out, "unit iri", property->unit);
    const enum ic_status status = ic_print_units(ontology, property, out, error);
    print_line(out, "comparison", comparisons[property->match]);
    if (property->scheme) {
        print_line(out, "scheme", property->scheme->label);
        print_line(out, "scheme iri", property->scheme->iri);
        fprintf(out, "%-15s%zu\n", "concepts", concept_count(ontology, property));
    }
    print_line(out, "describes", applies_to(property));
    print_line(out, "worst", property->worst);
    print_line(out, "best", property->best);
    print_names(out, "more general", relatives(ontology, property, false));
    print_names(out, "more specific", relatives(ontology, property, true));
    return status;
}

static enum ic_status show_one(const struct ic_invocation *invocation,
                               const struct ic_ontology *ontology, struct ic_error *error)
{
    const char *name = invocation->operands[0];
    const struct ic_property *property = ic_ontology_attribute(ontology, name);
    if (property && ic_option_given(invocation, "json"))
        return ic_json_print(json_property(ontology, property), invocation->io->out, error);
    if (property)
        return print_property(ontology, property, invocation->io->out, error);
    const char *nearest = ic_ontology_nearest(ontology, name);
    if (nearest)
        return ic_fail(error, IC_NOT_FOUND,
                       "the ontology has no attribute '%s'; did you mean '%s'?", name, nearest);
    return ic_fail(error, IC_NOT_FOUND,
                   "the ontology has no attribute '%s'; 'ontology show' lists them", name);
}

static enum ic_status show_all(const struct ic_invocation *invocation,
                               const struct ic_ontology *ontology, struct ic_error *error)
{
    static const char *const headings[] = {"ATTRIBUTE",  "VALUES",    "UNIT",
                                           "COMPARISON", "DESCRIBES", "LABEL"};
    FILE *out = invocation->io->out;
    size_t count;
    enum ic_status status = IC_OK;
    const struct ic_property *const *all = ic_ontology_properties(ontology, &count);
    if (ic_option_given(invocation, "json")) {
        struct ic_json_array array;
        ic_json_array_begin(&array, out);
        for (size_t i = 0; status == IC_OK && i < count; i++)
            status = ic_json_array_add(&array, json_property(ontology, all[i]), error);
        ic_json_array_end(&array);
        return status;
    }
    struct ic_table *table = ic_table_new(out, headings, sizeof headings / sizeof *headings);
    if (!table)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_property *p = all[i];
        const char *cells[] = {p->name,
                               p->scheme ? p->scheme->label : kinds[p->kind],
                               p->unit_name ? p->unit_name : "",
                               comparisons[p->match],
                               applies_to(p),
                               p->label ? p->label : ""};
        status = ic_table_row(table, cells, error);
    }
    ic_table_end(table);
    ic_table_free(table);
    return status;
}

enum ic_status ic_run_ontology_show(struct ic_invocation *invocation, struct ic_error *error)
{
    struct ic_ontology *ontology = ic_catalog_ontology(invocation->catalog);
    const enum ic_status status = invocation->operand_count
                                      ? show_one(invocation, ontology, error)
                                      : show_all(invocation, ontology, error);
    ic_ontology_release(ontology);
    return status;
}
