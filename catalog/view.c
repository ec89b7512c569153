/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog as a dataset: terms, and which advertisements the view shows. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "dictionary.h"
#include "names.h"
#include "postings.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

struct view_advertisement {
    uint64_t number;
    struct view_mask mask;
    bool lost;
    UT_hash_handle hh;
};

static struct view *view_of(struct ic_dataset *dataset)
{
    return (struct view *)dataset;
}

static enum ic_status find_term(struct ic_dataset *dataset, const struct ic_term *term,
                                uint64_t *id, struct ic_error *error);

enum ic_status view_complete(struct view *view, struct ic_error *error)
{
    const struct ic_term metadata = ic_term_iri(IC_GRAPH_METADATA);
    if (view->complete)
        return IC_OK;
    if (!view->live)
        view->live = roaring_bitmap_create();
    if (!view->local)
        view->local = ic_document_new("metadata", NULL);
    if (!view->live || !view->local)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    enum ic_status status =
        store_get_number(&view->store, CATALOG_NAMED_GRAPHS, &view->named_graphs, error);
    if (status == IC_OK)
        status = posting_read(&view->store, POSTING_LIVE, 0, view->live, error);
    if (status != IC_OK)
        return status;
    view->complete = true;
    status = find_term(&view->dataset, &metadata, &view->metadata_graph, error);
    view->complete = status == IC_OK;
    return status;
}

enum ic_status view_advertisement(struct view *view, uint64_t number, struct view_mask *mask,
                                  struct ic_error *error)
{
    struct view_advertisement *known;
    enum ic_status status = view_complete(view, error);
    if (status != IC_OK)
        return status;
    HASH_FIND(hh, view->advertisements, &number, sizeof number, known);
    if (known) {
        *mask = known->mask;
        return IC_OK;
    }
    struct ic_arena *arena = ic_arena_new();
    struct advertisement record;
    bool found;
    status = arena ? advertisement_read(&view->store, number, arena, &record, &found, error)
                   : ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    if (status == IC_OK && !found)
        status = ic_fail(error, IC_CORRUPT,
                         "an advertisement of the catalog is missing; restore a backup");
    if (status == IC_OK) {
        *mask = (struct view_mask){advertisement_live(&record, view->at_ms), 0,
                                   record.first_ordinal, record.entry_count};
        status = view_graph_id(view, &record, &mask->graph, error);
    }
    ic_arena_free(arena);
    if (status != IC_OK)
        return status;
    known = calloc(1, sizeof *known);
    if (!known)
        return IC_OK; /* it is only remembered to save time */
    known->number = number;
    known->mask = *mask;
    HASH_ADD(hh, view->advertisements, number, sizeof known->number, known);
    if (known->lost)
        free(known);
    return IC_OK;
}

static enum ic_status find_term(struct ic_dataset *dataset, const struct ic_term *term,
                                uint64_t *id, struct ic_error *error)
{
    struct view *view = view_of(dataset);
    enum ic_status status = dictionary_find(&view->store, term, id, error);
    if (status != IC_OK || *id)
        return status;
    uint64_t number = 0;
    status = view_complete(view, error);
    if (status == IC_OK && term->kind == IC_IRI)
        status = view_graph_by_name(view, term->text, &number, error);
    if (status != IC_OK || number) {
        *id = GRAPH_OF_AD | number << VIEW_ID_SHIFT;
        return status;
    }
    /* Numbered although unknown: the metadata graph may turn out to have it. */
    uint32_t node;
    status = ic_document_intern(view->local, term, &node, error);
    *id = VIEW_LOCAL | (uint64_t)node << VIEW_ID_SHIFT;
    return status;
}

static enum ic_status get_term(struct ic_dataset *dataset, uint64_t id, struct ic_arena *arena,
                               struct ic_term *term, struct ic_error *error)
{
    struct view *view = view_of(dataset);
    if (view_in_dictionary(id))
        return dictionary_get(&view->store, id, arena, term, error);
    if (!(id & VIEW_LOCAL))
        return view_graph_term(view, id, arena, term, error);
    *term = *ic_document_term(view->local, (uint32_t)((id & ~VIEW_LOCAL) >> VIEW_ID_SHIFT));
    return IC_OK;
}

static enum ic_status add_metadata(void *context, const struct ic_term *subject,
                                   const struct ic_term *predicate,
                                   const struct ic_term *object, struct ic_error *error)
{
    struct view *view = context;
    return ic_document_add(view->local, subject, predicate, object, NULL, 0, error);
}

static enum ic_status add_advertisement(void *context, const struct advertisement *record,
                                        struct ic_error *error)
{
    struct view *view = context;
    if (!advertisement_live(record, view->at_ms))
        return IC_OK;
    char *graph = ic_name_graph(record->owner, record->cloud_name);
    if (!graph)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    const enum ic_status status = metadata_of(record, graph, add_metadata, view, error);
    free(graph);
    return status;
}

/* A metadata statement's term as the view's id: the dictionary's where it has one. `ids`
 * remembers it by node; graphs and properties are in many statements. */
static enum ic_status metadata_id(struct view *view, uint32_t node, uint64_t *ids, uint64_t *id,
                                  struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (!ids[node]) {
        const struct ic_term term = *ic_document_term(view->local, node);
        status = find_term(&view->dataset, &term, &ids[node], error);
    }
    *id = ids[node];
    return status;
}

static int compare_subjects(const void *left, const void *right)
{
    const struct ic_quad *a = left, *b = right;
    return (a->subject > b->subject) - (a->subject < b->subject);
}

enum ic_status view_read_metadata(struct view *view, struct ic_error *error)
{
    size_t count;
    if (view->metadata)
        return IC_OK;
    enum ic_status status =
        catalog_each_advertisement(&view->store, add_advertisement, view, error);
    if (status != IC_OK)
        return status;
    const struct ic_statement *statements = ic_document_statements(view->local, &count);
    uint64_t *ids = calloc(ic_document_term_count(view->local) + 1, sizeof *ids);
    struct ic_quad *quads = malloc((count + 1) * sizeof *quads);
    if (!quads || !ids)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &statements[i];
        quads[i].graph = view->metadata_graph;
        status = metadata_id(view, s->subject, ids, &quads[i].subject, error);
        if (status == IC_OK)
            status = metadata_id(view, s->predicate, ids, &quads[i].predicate, error);
        if (status == IC_OK)
            status = metadata_id(view, s->object, ids, &quads[i].object, error);
    }
    free(ids);
    if (status != IC_OK) {
        free(quads);
        return status;
    }
    if (count)
        qsort(quads, count, sizeof *quads, compare_subjects);
    view->metadata = quads;
    view->metadata_count = count;
    return IC_OK;
}

static void free_view(struct ic_dataset *dataset)
{
    struct view *view = view_of(dataset);
    struct view_advertisement *at, *next;
    HASH_ITER(hh, view->advertisements, at, next)
    {
        HASH_DEL(view->advertisements, at);
        free(at);
    }
    if (view->live)
        roaring_bitmap_free(view->live);
    free(view->metadata);
    ic_document_free(view->local);
    catalog_release(&view->store, view->ontology);
    free(view);
}

static const struct ic_dataset_class view_class = {.find = find_term,
                                                   .term = get_term,
                                                   .graphs = view_all_graphs,
                                                   .open = view_open_cursor,
                                                   .next = view_next,
                                                   .close = view_close_cursor,
                                                   .free = free_view};

enum ic_status ic_catalog_dataset(struct ic_catalog *catalog, const struct ic_view *asked,
                                  struct ic_dataset **dataset, struct ic_error *error)
{
    struct view *view = calloc(1, sizeof *view);
    if (!view)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    *view = (struct view){.dataset = {&view_class}, .catalog = catalog};
    enum ic_status status = catalog_snapshot(catalog, &view->store, &view->ontology, error);
    if (status != IC_OK) {
        free(view);
        return status;
    }
    view->at_ms = asked && asked->at_ms ? asked->at_ms : ic_catalog_now_ms(catalog);
    *dataset = &view->dataset;
    return IC_OK;
}
