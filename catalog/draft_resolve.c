/* SPDX-License-Identifier: Apache-2.0 */
/* From stated to effective: values by the ontology. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->lost = true)
#include <uthash.h>

/* A value that was resolved: most are stated by many clouds of a document. */
struct resolved_value {
    struct {
        const struct ic_property *property;
        uint64_t stated;
    } key;
    uint32_t effective;
    bool lost;
    UT_hash_handle hh;
};

void draft_work_free(struct draft_work *work)
{
    HASH_CLEAR(hh, work->resolved);
    ic_arena_free(work->arena);
    node_marks_free(&work->marks);
    node_marks_free(&work->names);
    node_marks_free(&work->warned);
}

struct resolver {
    struct ic_document *document;
    const struct ic_ontology *ontology;
    const struct draft_options *options;
    struct draft *draft;
    struct draft_work *work;
    struct ic_arena *arena;
    uint32_t type, offers, cloud_name; /* nodes of the structural properties */
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
    if (node_mark(&r->work->warned, fact->predicate))
        return IC_OK;
    if (!node_marks_set(&r->work->warned, fact->predicate, 1))
        return ic_fail(error, IC_NO_MEMORY, "out of memory for values");
    const char *iri = ic_document_term(r->document, fact->predicate)->text;
    const bool own = strncmp(iri, IC_NS, strlen(IC_NS)) == 0;
    const char *name = own ? iri + strlen(IC_NS) : iri;
    const char *nearest = own ? ic_ontology_nearest(r->ontology, name) : NULL;
    return warn(r, fact->line, error,
                "the ontology has no attribute %s%.300s%s: kept, but no request finds it%s%s%s",
                own ? ":" : "<", name, own ? "" : ">", nearest ? "; did you mean " : "",
                nearest ? nearest : "", nearest ? "?" : "");
}

/* Makes `node` the effective value of the fact. */
static void take_value(struct draft_fact *fact, uint32_t node)
{
    if (node == fact->object)
        return;
    fact->original = fact->object;
    fact->object = node;
    fact->flags = IC_NORMALISED;
}

static enum ic_status resolve_name(struct resolver *r, struct draft_fact *fact,
                                   struct ic_error *error)
{
    const struct ic_term name = ic_term_literal(r->draft->cloud_name, NULL);
    uint32_t node;
    const enum ic_status status = ic_document_intern(r->document, &name, &node, error);
    if (status == IC_OK)
        take_value(fact, node);
    return status;
}

/* Only to save time: when memory is out, the value is resolved again. */
static void remember(struct draft_work *work, const struct ic_property *property,
                     uint32_t stated, uint32_t effective)
{
    if (!work->arena && !(work->arena = ic_arena_new()))
        return;
    struct resolved_value *value = ic_arena_alloc(work->arena, sizeof *value);
    if (!value)
        return;
    memset(value, 0, sizeof *value);
    value->key.property = property;
    value->key.stated = stated;
    value->effective = effective;
    HASH_ADD(hh, work->resolved, key, sizeof value->key, value);
}

static enum ic_status resolve_new(struct resolver *r, const struct ic_property *property,
                                  const struct draft_fact *fact, uint32_t *node,
                                  struct ic_error *error)
{
    struct ic_term effective;
    enum ic_resolution resolution;
    struct ic_error wrong;
    const struct ic_term *stated = ic_document_term(r->document, fact->object);
    enum ic_status status = ic_ontology_resolve(r->ontology, property, stated, r->arena,
                                                &effective, &resolution, &wrong);
    *node = fact->object;
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
    return status == IC_OK ? ic_document_intern(r->document, &effective, node, error) : status;
}

static enum ic_status resolve_value(struct resolver *r, const struct ic_property *property,
                                    struct draft_fact *fact, struct ic_error *error)
{
    struct resolved_value *known, wanted;
    memset(&wanted.key, 0, sizeof wanted.key);
    wanted.key.property = property;
    wanted.key.stated = fact->object;
    HASH_FIND(hh, r->work->resolved, &wanted.key, sizeof wanted.key, known);
    if (known) {
        take_value(fact, known->effective);
        return IC_OK;
    }
    uint32_t node;
    const enum ic_status status = resolve_new(r, property, fact, &node, error);
    if (status == IC_OK) {
        remember(r->work, property, fact->object, node);
        take_value(fact, node);
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

enum ic_status draft_resolve(struct ic_document *document, const struct ic_ontology *ontology,
                             const struct draft_options *options, struct draft *draft,
                             struct draft_work *work, struct ic_error *error)
{
    struct resolver r = {.document = document,
                         .ontology = ontology,
                         .options = options,
                         .draft = draft,
                         .work = work,
                         .arena = ic_document_arena(document),
                         .type = ic_document_find_iri(document, IC_RDF_TYPE),
                         .offers = ic_document_find_iri(document, IC_NS "offers"),
                         .cloud_name = ic_document_find_iri(document, IC_NS "cloudName")};
    enum ic_status status = resolve_entries(&r, error);
    if (status == IC_OK)
        status = draft_name_offers(document, draft, work, error);
    if (status == IC_OK)
        status = draft_inherit(document, draft, work, error);
    return status;
}
