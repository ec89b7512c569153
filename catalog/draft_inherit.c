/* SPDX-License-Identifier: Apache-2.0 */
/* What is effective without having been stated there: the names of offers that were blank
 * nodes, what offers inherit from their cloud, and :offers where it is implied. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"
#include "names.h"

enum { OFFER_DIGEST_DIGITS = 16 };

static enum ic_status intern_iri(struct ic_document *document, const char *iri, uint32_t *node,
                                 struct ic_error *error)
{
    const struct ic_term term = ic_term_iri(iri);
    return ic_document_intern(document, &term, node, error);
}

/* By node: 0 for an IRI that names nothing in the draft, else the number of the last twin that
 * was named after it. */
struct twins {
    uint32_t *last;
    size_t room;
};

/* Makes room for nodes that were interned meanwhile. */
static enum ic_status grow_twins(struct twins *twins, size_t nodes, struct ic_error *error)
{
    if (nodes <= twins->room)
        return IC_OK;
    const size_t room = 2 * nodes;
    uint32_t *grown = realloc(twins->last, room * sizeof *grown);
    if (!grown)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for offers' names");
    memset(grown + twins->room, 0, (room - twins->room) * sizeof *grown);
    *twins = (struct twins){grown, room};
    return IC_OK;
}

/* urn:intercloud:offer:CLOUD:DIGEST[:N]; offers that state the same are counted. */
static enum ic_status name_offer(struct ic_document *document, const struct draft *draft,
                                 struct draft_entry *entry, struct twins *twins,
                                 struct ic_error *error)
{
    char digest[65];
    enum ic_status status = draft_entry_digest(document, entry, digest, error);
    if (status != IC_OK)
        return status;
    char *base = ic_name_offer(draft->cloud_name, digest, OFFER_DIGEST_DIGITS);
    if (!base)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an offer's name");
    uint32_t first, node;
    status = intern_iri(document, base, &first, error);
    if (status == IC_OK)
        status = grow_twins(twins, ic_document_term_count(document), error);
    node = first;
    while (status == IC_OK && twins->last[node]) {
        char *name = NULL;
        if (asprintf(&name, "%s:%u", base, ++twins->last[first]) < 0)
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for an offer's name");
        else
            status = intern_iri(document, name, &node, error);
        free(name);
        if (status == IC_OK)
            status = grow_twins(twins, ic_document_term_count(document), error);
    }
    if (status == IC_OK) {
        twins->last[node] = 1;
        entry->subject = node;
    }
    free(base);
    return status;
}

/* Replaces a blank offer's node by its name in every fact that leads to it. */
static void rename_objects(struct draft *draft, const uint32_t *names)
{
    for (size_t i = 0; i < draft->entry_count; i++) {
        struct draft_entry *entry = &draft->entries[i];
        for (size_t k = 0; k < entry->fact_count; k++) {
            struct draft_fact *fact = &entry->facts[k];
            if (names[fact->object] == IC_NO_NODE)
                continue;
            if (fact->original == IC_NO_NODE)
                fact->original = fact->object;
            fact->object = names[fact->object];
            fact->flags = IC_NORMALISED;
        }
    }
}

enum ic_status draft_name_offers(struct ic_document *document, struct draft *draft,
                                 struct ic_error *error)
{
    const size_t nodes = ic_document_term_count(document);
    uint32_t *names = malloc((nodes + 1) * sizeof *names);
    if (!names)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for offers' names");
    memset(names, 0xFF, (nodes + 1) * sizeof *names);
    struct twins twins = {.last = NULL};
    enum ic_status status = grow_twins(&twins, nodes, error);
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++)
        twins.last[draft->entries[i].subject] = 1;
    bool any = false;
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++) {
        struct draft_entry *entry = &draft->entries[i];
        if (entry->kind != ENTRY_OFFER ||
            ic_document_term(document, entry->subject)->kind != IC_BLANK)
            continue;
        status = name_offer(document, draft, entry, &twins, error);
        names[entry->stated_subject] = entry->subject;
        any = true;
    }
    if (status == IC_OK && any)
        rename_objects(draft, names);
    free(twins.last);
    free(names);
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

/* `stamps` marks, by predicate, the last offer (its index + 1) that states it. */
static enum ic_status inherit(const struct draft_entry *cloud, struct draft_entry *offer,
                              const struct structural *s, uint32_t *stamps, uint32_t stamp,
                              struct ic_error *error)
{
    for (size_t i = 0; i < offer->fact_count; i++)
        stamps[offer->facts[i].predicate] = stamp;
    for (size_t i = 0; i < cloud->fact_count; i++) {
        const struct draft_fact *fact = &cloud->facts[i];
        if (is_structural(s, fact->predicate) || stamps[fact->predicate] == stamp)
            continue;
        const enum ic_status status =
            draft_entry_add(offer, derived(fact->predicate, fact->object), error);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

/* `stamps`: by node, for marks of its own. */
static enum ic_status link_offers(struct draft *draft, const struct structural *s,
                                  uint32_t *stamps, struct ic_error *error)
{
    const struct draft_entry *cloud = &draft->entries[0];
    for (size_t i = 0; i < cloud->fact_count; i++)
        if (cloud->facts[i].predicate == s->offers)
            stamps[cloud->facts[i].object] = UINT32_MAX;
    enum ic_status status = IC_OK;
    for (size_t i = 1; status == IC_OK && i < draft->entry_count; i++) {
        const uint32_t offer = draft->entries[i].subject;
        if (draft->entries[i].kind == ENTRY_OFFER && stamps[offer] != UINT32_MAX)
            status = draft_entry_add(&draft->entries[0], derived(s->offers, offer), error);
    }
    /* A cloud without offers is its own single offer. */
    if (status == IC_OK && draft->offers == 0)
        status = draft_entry_add(&draft->entries[0],
                                 derived(s->offers, draft->entries[0].subject), error);
    return status;
}

enum ic_status draft_inherit(struct ic_document *document, struct draft *draft,
                             struct ic_error *error)
{
    struct structural s;
    enum ic_status status = intern_iri(document, IC_RDF_TYPE, &s.type, error);
    if (status == IC_OK)
        status = intern_iri(document, IC_NS "offers", &s.offers, error);
    if (status == IC_OK)
        status = intern_iri(document, IC_NS "cloudName", &s.cloud_name, error);
    uint32_t *stamps = calloc(ic_document_term_count(document) + 1, sizeof *stamps);
    if (status == IC_OK && !stamps)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for inheritance");
    for (uint32_t i = 1; status == IC_OK && i < draft->entry_count; i++)
        if (draft->entries[i].kind == ENTRY_OFFER)
            status = inherit(&draft->entries[0], &draft->entries[i], &s, stamps, i, error);
    if (status == IC_OK)
        status = link_offers(draft, &s, stamps, error);
    free(stamps);
    for (size_t i = 0; i < draft->entry_count; i++)
        draft->effective += draft->entries[i].fact_count;
    return status;
}
