/* SPDX-License-Identifier: Apache-2.0 */
/* The graphs of a view. An advertisement's graph has a name that follows from its owner and
 * cloud (names.h) and is stored nowhere, and an id that follows from its number; unless some
 * statement has that name as a term: then its id is the term's. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dictionary.h"
#include "names.h"
#include "view.h"

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

/* ---- names and ids ---- */

enum ic_status view_graph_id(struct view *view, const struct advertisement *record,
                             uint64_t *id, struct ic_error *error)
{
    *id = GRAPH_OF_AD | record->number << VIEW_ID_SHIFT;
    if (!view->named_graphs)
        return IC_OK;
    char *iri = ic_name_graph(record->owner, record->cloud_name);
    if (!iri)
        return no_memory(error);
    const struct ic_term term = ic_term_iri(iri);
    uint64_t named;
    const enum ic_status status = dictionary_find(&view->store, &term, &named, error);
    free(iri);
    if (status == IC_OK && named)
        *id = named;
    return status;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* Undoes ic_name_encode. NULL: it is no such text, or memory is out. */
static char *decode_name(const char *encoded, struct ic_arena *arena)
{
    char *name = ic_arena_strdup(arena, encoded), *out = name;
    for (const char *p = encoded; name && *p; p++) {
        if (*p != '%') {
            *out++ = *p;
            continue;
        }
        const int high = hex_digit(p[1]), low = high < 0 ? -1 : hex_digit(p[2]);
        if (low < 0 || (high == 0 && low == 0))
            return NULL;
        *out++ = (char)(high << 4 | low);
        p += 2;
    }
    if (name)
        *out = '\0';
    return name;
}

/* The advertisement that has the cloud's name, when its graph is called `iri`. */
static enum ic_status check_name(struct view *view, const char *cloud, const char *iri,
                                 struct ic_arena *arena, uint64_t *number,
                                 struct ic_error *error)
{
    struct store *store = &view->store;
    struct claim claim;
    struct advertisement record;
    bool found;
    enum ic_status status = claim_read(store, cloud, arena, &claim, &found, error);
    if (status != IC_OK || !found || !claim.advertisement)
        return status;
    status = advertisement_read(store, claim.advertisement, arena, &record, &found, error);
    if (status != IC_OK || !found)
        return status;
    char *minted = ic_name_graph(record.owner, record.cloud_name);
    if (!minted)
        return no_memory(error);
    if (strcmp(minted, iri) == 0)
        *number = record.number;
    free(minted);
    return IC_OK;
}

enum ic_status view_graph_by_name(struct view *view, const char *iri, uint64_t *number,
                                  struct ic_error *error)
{
    static const char prefix[] = IC_GRAPH_AD_PREFIX;
    *number = 0;
    if (strncmp(iri, prefix, sizeof prefix - 1) != 0)
        return IC_OK;
    const char *colon = strchr(iri + sizeof prefix - 1, ':'); /* behind the owner */
    if (!colon || strlen(colon + 1) > (size_t)3 * IC_CLOUD_NAME_BYTES_MAX)
        return IC_OK;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return no_memory(error);
    const char *cloud = decode_name(colon + 1, arena);
    const enum ic_status status =
        cloud ? check_name(view, cloud, iri, arena, number, error) : IC_OK;
    ic_arena_free(arena);
    return status;
}

enum ic_status view_graph_by_id(struct view *view, uint64_t graph, uint64_t *number,
                                struct ic_error *error)
{
    struct ic_term term;
    *number = 0;
    if (!view_in_dictionary(graph)) {
        *number = graph & GRAPH_OF_AD ? (graph & ~GRAPH_OF_AD) >> VIEW_ID_SHIFT : 0;
        return IC_OK;
    }
    if (!view->named_graphs)
        return IC_OK;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return no_memory(error);
    enum ic_status status = dictionary_get(&view->store, graph, arena, &term, error);
    if (status == IC_OK && term.kind == IC_IRI)
        status = view_graph_by_name(view, term.text, number, error);
    ic_arena_free(arena);
    return status;
}

enum ic_status view_graph_term(struct view *view, uint64_t id, struct ic_arena *arena,
                               struct ic_term *term, struct ic_error *error)
{
    struct advertisement record;
    bool found;
    const enum ic_status status = advertisement_read(
        &view->store, (id & ~GRAPH_OF_AD) >> VIEW_ID_SHIFT, arena, &record, &found, error);
    if (status != IC_OK)
        return status;
    if (!found)
        return ic_fail(error, IC_CORRUPT,
                       "an advertisement of the catalog is missing; restore a backup");
    char *minted = ic_name_graph(record.owner, record.cloud_name);
    const char *iri = minted ? ic_arena_strdup(arena, minted) : NULL;
    free(minted);
    if (!iri)
        return no_memory(error);
    *term = ic_term_iri(iri);
    return IC_OK;
}

/* ---- lists ---- */

struct ids {
    struct view *view;
    uint64_t *items;
    size_t count, room;
};

static enum ic_status add_id(struct ids *ids, uint64_t id, struct ic_error *error)
{
    if (ids->count == ids->room) {
        const size_t room = ids->room ? ids->room * 2 : 64;
        uint64_t *grown = realloc(ids->items, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        ids->items = grown;
        ids->room = room;
    }
    ids->items[ids->count++] = id;
    return IC_OK;
}

static enum ic_status add_advertisement(void *context, const struct advertisement *record,
                                        struct ic_error *error)
{
    struct ids *ids = context;
    uint64_t id;
    if (!advertisement_live(record, ids->view->at_ms))
        return IC_OK;
    const enum ic_status status = view_graph_id(ids->view, record, &id, error);
    return status == IC_OK ? add_id(ids, id, error) : status;
}

/* Plain graphs and the ontology. */
static enum ic_status add_stored(struct ids *ids, int kind, struct ic_error *error)
{
    struct store_scan scan;
    enum graph_kind is;
    bool found;
    enum ic_status status =
        store_scan_open(&ids->view->store, STORE_GRAPHS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        status = graph_decode(scan.data.data, scan.data.size, &is, error);
        if (status == IC_OK && (!kind || kind == (int)is))
            status = add_id(ids, get_u64(scan.key.data), error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

enum ic_status view_graphs(struct view *view, int kind, uint64_t **ids, size_t *count,
                           struct ic_error *error)
{
    struct ids list = {.view = view};
    enum ic_status status = IC_OK;
    if (!kind || kind == GRAPH_ADVERTISEMENT)
        status = catalog_each_advertisement(&view->store, add_advertisement, &list, error);
    if (status == IC_OK && kind != GRAPH_ADVERTISEMENT)
        status = add_stored(&list, kind, error);
    if (status != IC_OK) {
        free(list.items);
        return status;
    }
    *ids = list.items;
    *count = list.count;
    return IC_OK;
}

enum ic_status view_all_graphs(struct ic_dataset *dataset, uint64_t **ids, size_t *count,
                               struct ic_error *error)
{
    struct view *view = (struct view *)dataset;
    enum ic_status status = view_complete(view, error);
    if (status == IC_OK)
        status = view_graphs(view, 0, ids, count, error);
    if (status != IC_OK)
        return status;
    uint64_t *grown = realloc(*ids, (*count + 1) * sizeof *grown);
    if (!grown) {
        free(*ids);
        return no_memory(error);
    }
    grown[(*count)++] = view->metadata_graph;
    *ids = grown;
    return IC_OK;
}
