/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog as a dataset: terms, graphs, and which advertisements the view shows. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

#include "dictionary.h"
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

enum ic_status view_advertisement(struct view *view, uint64_t number, struct view_mask *mask,
                                  struct ic_error *error)
{
    struct view_advertisement *known;
    HASH_FIND(hh, view->advertisements, &number, sizeof number, known);
    if (known) {
        *mask = known->mask;
        return IC_OK;
    }
    struct ic_arena *arena = ic_arena_new();
    struct advertisement record;
    bool found;
    enum ic_status status =
        arena ? advertisement_read(&view->store, number, arena, &record, &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    if (status == IC_OK && !found)
        status = ic_fail(error, IC_CORRUPT,
                         "an advertisement of the catalog is missing; restore a backup");
    if (status == IC_OK)
        *mask = (struct view_mask){advertisement_live(&record, view->at_ms), record.graph,
                                   record.first_ordinal, record.entry_count};
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
    /* Numbered although unknown: the metadata graph may turn out to have it. */
    uint32_t node;
    status = ic_document_intern(view->local, term, &node, error);
    *id = VIEW_LOCAL | node;
    return status;
}

static enum ic_status get_term(struct ic_dataset *dataset, uint64_t id, struct ic_arena *arena,
                               struct ic_term *term, struct ic_error *error)
{
    struct view *view = view_of(dataset);
    if (!(id & VIEW_LOCAL))
        return dictionary_get(&view->store, id, arena, term, error);
    *term = *ic_document_term(view->local, (uint32_t)id);
    return IC_OK;
}

/* A growing list of ids. */
struct ids {
    uint64_t *items;
    size_t count, room;
};

static bool add_id(struct ids *ids, uint64_t id)
{
    if (ids->count == ids->room) {
        const size_t room = ids->room ? ids->room * 2 : 64;
        uint64_t *grown = realloc(ids->items, room * sizeof *grown);
        if (!grown)
            return false;
        ids->items = grown;
        ids->room = room;
    }
    ids->items[ids->count++] = id;
    return true;
}

enum ic_status view_graphs(struct view *view, int kind, uint64_t **ids, size_t *count,
                           struct ic_error *error)
{
    struct ids list = {.items = NULL};
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(&view->store, STORE_GRAPHS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct view_mask mask = {.visible = true};
        enum graph_kind is;
        uint64_t number;
        status = graph_decode(scan.data.data, scan.data.size, &is, &number, error);
        if (status == IC_OK && is == GRAPH_ADVERTISEMENT && (!kind || kind == (int)is))
            status = view_advertisement(view, number, &mask, error);
        if (status == IC_OK && mask.visible && (!kind || kind == (int)is) &&
            !add_id(&list, get_u64(scan.key.data)))
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    if (status != IC_OK) {
        free(list.items);
        return status;
    }
    *ids = list.items;
    *count = list.count;
    return IC_OK;
}

static enum ic_status all_graphs(struct ic_dataset *dataset, uint64_t **ids, size_t *count,
                                 struct ic_error *error)
{
    struct view *view = view_of(dataset);
    enum ic_status status = view_graphs(view, 0, ids, count, error);
    if (status != IC_OK)
        return status;
    uint64_t *grown = realloc(*ids, (*count + 1) * sizeof *grown);
    if (!grown) {
        free(*ids);
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    }
    grown[(*count)++] = view->metadata_graph;
    *ids = grown;
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
    struct ic_term graph;
    if (!advertisement_live(record, view->at_ms))
        return IC_OK;
    const enum ic_status status = dictionary_get(&view->store, record->graph,
                                                 ic_document_arena(view->local), &graph, error);
    return status == IC_OK ? metadata_of(record, graph.text, add_metadata, view, error)
                           : status;
}

/* A metadata statement's term as the view's id: the dictionary's where it has one. */
static enum ic_status metadata_id(struct view *view, uint32_t node, uint64_t *id,
                                  struct ic_error *error)
{
    const struct ic_term term = *ic_document_term(view->local, node);
    return find_term(&view->dataset, &term, id, error);
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
    struct ic_quad *quads = malloc((count + 1) * sizeof *quads);
    if (!quads)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &statements[i];
        quads[i].graph = view->metadata_graph;
        status = metadata_id(view, s->subject, &quads[i].subject, error);
        if (status == IC_OK)
            status = metadata_id(view, s->predicate, &quads[i].predicate, error);
        if (status == IC_OK)
            status = metadata_id(view, s->object, &quads[i].object, error);
    }
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
                                                   .graphs = all_graphs,
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
    view->live = roaring_bitmap_create();
    view->local = ic_document_new("metadata", NULL);
    const struct ic_term metadata = ic_term_iri(IC_GRAPH_METADATA);
    if (!view->live || !view->local)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
    if (status == IC_OK)
        status = find_term(&view->dataset, &metadata, &view->metadata_graph, error);
    if (status == IC_OK)
        status = posting_read(&view->store, POSTING_LIVE, 0, view->live, error);
    if (status != IC_OK) {
        free_view(&view->dataset);
        return status;
    }
    *dataset = &view->dataset;
    return IC_OK;
}
