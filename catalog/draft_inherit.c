/* SPDX-License-Identifier: Apache-2.0 */
/* What is effective without having been stated there: the names of offers that were blank
 * nodes, what offers inherit from their cloud, and :offers where it is implied. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"
#include "names.h"

enum { OFFER_DIGEST_DIGITS = 16 };

static enum ic_status out_of_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for offers");
}

static enum ic_status intern_iri(struct ic_document *document, const char *iri, uint32_t *node,
                                 struct ic_error *error)
{
    const struct ic_term term = ic_term_iri(iri);
    return ic_document_intern(document, &term, node, error);
}

/* urn:intercloud:offer:CLOUD:DIGEST[:N]; offers that state the same are counted. `twins`: 1 for
 * an IRI that names something in the draft, and for an offer's first name the number of the
 * last twin named after it. */
static enum ic_status name_offer(struct ic_document *document, const struct draft *draft,
                                 struct draft_entry *entry, struct node_marks *twins,
                                 struct ic_error *error)
{
    char digest[65];
    enum ic_status status = draft_entry_digest(document, entry, digest, error);
    if (status != IC_OK)
        return status;
    char *base = ic_name_offer(draft->cloud_name, digest, OFFER_DIGEST_DIGITS);
    if (!base)
        return out_of_memory(error);
    uint32_t first, node;
    status = intern_iri(document, base, &first, error);
    node = first;
    while (status == IC_OK && node_mark(twins, node)) {
        char *name = NULL;
        const uint32_t number = node_mark(twins, first) + 1;
        if (!node_marks_set(twins, first, number) || asprintf(&name, "%s:%u", base, number) < 0)
            status = out_of_memory(error);
        else
            status = intern_iri(document, name, &node, error);
        free(name);
    }
    if (status == IC_OK && !node_marks_set(twins, node, 1))
        status = out_of_memory(error);
    if (status == IC_OK)
        entry->subject = node;
    free(base);
    return status;
}

/* Replaces a blank offer's node by its name in every fact that leads to it. `names`: by node,
 * the name's node + 1. */
static void rename_objects(struct draft *draft, const struct node_marks *names)
{
    for (size_t i = 0; i < draft->entry_count; i++) {
        struct draft_entry *entry = &draft->entries[i];
        for (size_t k = 0; k < entry->fact_count; k++) {
            struct draft_fact *fact = &entry->facts[k];
            const uint32_t name = node_mark(names, fact->object);
            if (!name)
                continue;
            if (fact->original == IC_NO_NODE)
                fact->original = fact->object;
            fact->object = name - 1;
            fact->flags = IC_NORMALISED;
        }
    }
}

static bool is_nameless(const struct ic_document *document, const struct draft_entry *entry)
{
    return entry->kind == ENTRY_OFFER &&
           ic_document_term(document, entry->subject)->kind == IC_BLANK;
}

static enum ic_status name_all(struct ic_document *document, struct draft *draft,
                               struct draft_work *work, struct ic_error *error)
{
    struct node_marks *twins = &work->marks, *names = &work->names;
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < draft->entry_count; i++)
        if (!node_marks_set(twins, draft->entries[i].subject, 1))
            return out_of_memory(error);
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++) {
        struct draft_entry *entry = &draft->entries[i];
        if (!is_nameless(document, entry))
            continue;
        status = name_offer(document, draft, entry, twins, error);
        if (status == IC_OK &&
            !node_marks_set(names, entry->stated_subject, entry->subject + 1))
            status = out_of_memory(error);
    }
    if (status == IC_OK)
        rename_objects(draft, names);
    return status;
}

enum ic_status draft_name_offers(struct ic_document *document, struct draft *draft,
                                 struct draft_work *work, struct ic_error *error)
{
    bool any = false;
    for (size_t i = 0; !any && i < draft->entry_count; i++)
        any = is_nameless(document, &draft->entries[i]);
    const enum ic_status status = any ? name_all(document, draft, work, error) : IC_OK;
    node_marks_clear(&work->marks);
    node_marks_clear(&work->names);
    return status;
}

/* The structural properties: what says that something is a cloud, which one, and what it
 * offers, is never inherited. */
struct structural {
    uint32_t type, offers, cloud_name;
};

static bool is_structural(const struct structural *s, uint32_t predicate)
{
    return predicate == s->type || predicate == s->offers || predicate == s->cloud_name;
}

static struct draft_fact derived(uint32_t predicate, uint32_t object)
{
    return (struct draft_fact){.predicate = predicate,
                               .object = object,
                               .original = IC_NO_NODE,
                               .flags = IC_INHERITED};
}

/* `stated` marks, by predicate, the last offer (its index) that states it. */
static enum ic_status inherit(const struct draft_entry *cloud, struct draft_entry *offer,
                              const struct structural *s, struct node_marks *stated,
                              uint32_t index, struct ic_error *error)
{
    for (size_t i = 0; i < offer->fact_count; i++)
        if (!node_marks_set(stated, offer->facts[i].predicate, index))
            return out_of_memory(error);
    for (size_t i = 0; i < cloud->fact_count; i++) {
        const struct draft_fact *fact = &cloud->facts[i];
        if (is_structural(s, fact->predicate) || node_mark(stated, fact->predicate) == index)
            continue;
        const enum ic_status status =
            draft_entry_add(offer, derived(fact->predicate, fact->object), error);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

static enum ic_status link_offers(struct draft *draft, const struct structural *s,
                                  struct node_marks *linked, struct ic_error *error)
{
    const struct draft_entry *cloud = &draft->entries[0];
    for (size_t i = 0; i < cloud->fact_count; i++)
        if (cloud->facts[i].predicate == s->offers &&
            !node_marks_set(linked, cloud->facts[i].object, 1))
            return out_of_memory(error);
    enum ic_status status = IC_OK;
    for (size_t i = 1; status == IC_OK && i < draft->entry_count; i++) {
        const uint32_t offer = draft->entries[i].subject;
        if (draft->entries[i].kind == ENTRY_OFFER && !node_mark(linked, offer))
            status = draft_entry_add(&draft->entries[0], derived(s->offers, offer), error);
    }
    /* A cloud without offers is its own single offer. */
    if (status == IC_OK && draft->offers == 0)
        status = draft_entry_add(&draft->entries[0],
                                 derived(s->offers, draft->entries[0].subject), error);
    return status;
}

enum ic_status draft_inherit(struct ic_document *document, struct draft *draft,
                             struct draft_work *work, struct ic_error *error)
{
    struct structural s;
    enum ic_status status = intern_iri(document, IC_RDF_TYPE, &s.type, error);
    if (status == IC_OK)
        status = intern_iri(document, IC_NS "offers", &s.offers, error);
    if (status == IC_OK)
        status = intern_iri(document, IC_NS "cloudName", &s.cloud_name, error);
    for (uint32_t i = 1; status == IC_OK && i < draft->entry_count; i++)
        if (draft->entries[i].kind == ENTRY_OFFER)
            status =
                inherit(&draft->entries[0], &draft->entries[i], &s, &work->marks, i, error);
    node_marks_clear(&work->marks);
    if (status == IC_OK)
        status = link_offers(draft, &s, &work->marks, error);
    node_marks_clear(&work->marks);
    for (size_t i = 0; i < draft->entry_count; i++)
        draft->effective += draft->entries[i].fact_count;
    return status;
}
