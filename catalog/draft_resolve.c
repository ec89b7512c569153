/* SPDX-License-Identifier: Apache-2.0 */
/* From stated to effective: values by the ontology. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"

struct resolver {
    struct ic_document *document;
    const struct ic_ontology *ontology;
    const struct draft_options *options;
    struct draft *draft;
    struct ic_arena *arena;
    uint32_t type, offers, cloud_name; /* nodes of the structural properties */
    bool *warned;                      /* by node: unknown properties that were told */
};

/* Tells the person who publishes; with `strict` it is the error. */
static enum ic_status warn(struct resolver *r, uint32_t line, struct ic_error *error,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

static enum ic_status warn(struct resolver *r, uint32_t line, struct ic_error *error,
                           const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct ic_error warning;
    ic_fail_at(&warning, IC_BAD_INPUT, ic_document_name(r->document), line, 0, "%s", text);
    if (r->options->strict) {
        if (error)
            *error = warning;
        return IC_BAD_INPUT;
    }
    if (r->options->warn)
        r->options->warn(r->options->warn_context, &warning);
    return IC_OK;
}

static enum ic_status warn_unknown(struct resolver *r, const struct draft_fact *fact,
                                   struct ic_error *error)
{
    if (r->warned[fact->predicate])
        return IC_OK;
    r->warned[fact->predicate] = true;
    const char *iri = ic_document_term(r->document, fact->predicate)->text;
    const bool own = strncmp(iri, IC_NS, strlen(IC_NS)) == 0;
    const char *name = own ? iri + strlen(IC_NS) : iri;
    const char *nearest = own ? ic_ontology_nearest(r->ontology, name) : NULL;
    return warn(r, fact->line, error,
                "the ontology has no attribute %s%.300s%s: kept, but no request finds it%s%s%s",
                own ? ":" : "<", name, own ? "" : ">", nearest ? "; did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
}

static enum ic_status resolve_name(struct resolver *r, struct draft_fact *fact,
                                   struct ic_error *error)
{
    const struct ic_term name = ic_term_literal(r->draft->cloud_name, NULL);
    uint32_t node;
    const enum ic_status status = ic_document_intern(r->document, &name, &node, error);
    if (status == IC_OK && node != fact->object) {
        fact->original = fact->object;
        fact->object = node;
        fact->flags = IC_NORMALISED;
    }
    return status;
}

static enum ic_status resolve_value(struct resolver *r, const struct ic_property *property,
                                    struct draft_fact *fact, struct ic_error *error)
{
    struct ic_term effective;
    enum ic_resolution resolution;
    struct ic_error wrong;
    const struct ic_term *stated = ic_document_term(r->document, fact->object);
    enum ic_status status = ic_ontology_resolve(r->ontology, property, stated, r->arena,
                                                &effective, &resolution, &wrong);
    if (status == IC_BAD_INPUT && r->options->lenient)
        return warn(r, fact->line, error, "%s", wrong.text);
    if (status != IC_OK)
        return ic_fail_at(error, status, ic_document_name(r->document), fact->line, 0, "%s",
                          wrong.text);
    if (resolution == IC_RESOLVED_UNKNOWN)
        status = warn(
            r, fact->line, error, "no concept of %s is spelled \"%.200s\": kept as a string",
            property->scheme ? property->scheme->label : property->name, stated->text);
    if (resolution == IC_RESOLVED_UNCONVERTED)
        status = warn(r, fact->line, error, "%s", wrong.text);
    uint32_t node = fact->object;
    if (status == IC_OK)
        status = ic_document_intern(r->document, &effective, &node, error);
    if (status == IC_OK && node != fact->object) {
        fact->original = fact->object;
        fact->object = node;
        fact->flags = IC_NORMALISED;
    }
    return status;
}

static enum ic_status resolve_fact(struct resolver *r, struct draft_fact *fact,
                                   struct ic_error *error)
{
    if (fact->predicate == r->type || fact->predicate == r->offers)
        return IC_OK;
    if (fact->predicate == r->cloud_name)
        return resolve_name(r, fact, error);
    const struct ic_property *property = ic_ontology_property_iri(
        r->ontology, ic_document_term(r->document, fact->predicate)->text);
    if (!property)
        return warn_unknown(r, fact, error);
    return property->kind == IC_VALUE_NODE ? IC_OK : resolve_value(r, property, fact, error);
}

static enum ic_status resolve_entries(struct resolver *r, struct ic_error *error)
{
    for (size_t i = 0; i < r->draft->entry_count; i++) {
        struct draft_entry *entry = &r->draft->entries[i];
        for (size_t k = 0; k < entry->fact_count; k++) {
            const enum ic_status status = resolve_fact(r, &entry->facts[k], error);
            if (status != IC_OK)
                return status;
        }
    }
    return IC_OK;
}

static struct resolver resolver_of(struct ic_document *document,
                                   const struct ic_ontology *ontology,
                                   const struct draft_options *options, struct draft *draft)
{
    return (struct resolver){.document = document,
                             .ontology = ontology,
                             .options = options,
                             .draft = draft,
                             .arena = ic_document_arena(document),
                             .type = ic_document_find_iri(document, IC_RDF_TYPE),
                             .offers = ic_document_find_iri(document, IC_NS "offers"),
                             .cloud_name = ic_document_find_iri(document, IC_NS "cloudName")};
}

enum ic_status draft_resolve(struct ic_document *document, const struct ic_ontology *ontology,
                             const struct draft_options *options, struct draft *draft,
                             struct ic_error *error)
{
    struct resolver r = resolver_of(document, ontology, options, draft);
    r.warned = calloc(ic_document_term_count(document) + 1, sizeof *r.warned);
    enum ic_status status = r.warned ? resolve_entries(&r, error)
                                     : ic_fail(error, IC_NO_MEMORY, "out of memory for values");
    free(r.warned);
    if (status == IC_OK)
        status = draft_name_offers(document, draft, error);
    if (status == IC_OK)
        status = draft_inherit(document, draft, error);
    return status;
}
