/* SPDX-License-Identifier: Apache-2.0 */
/* Walking the quads of a view that match a pattern: first entries of advertisements, then
 * plain and ontology graphs, then the metadata graph, as far as the pattern asks for them. */
#include <stdlib.h>
#include <string.h>

#include "postings.h"
#include "term_id.h"
#include "view.h"

struct cursor {
    struct ic_cursor base; /* first */
    struct view *view;
    struct ic_quad pattern;

    /* entries */
    uint32_t *ordinals;
    size_t ordinal_count, next_ordinal;
    struct entry entry; /* the one being walked; default graph: with all about its subject */
    size_t next_fact;   /* facts of it already passed */
    uint64_t entry_graph;
    roaring_bitmap_t *merged; /* ordinals that were walked with an earlier one, or NULL */

    /* plain and ontology graphs */
    uint64_t *graphs;
    size_t graph_count, next_graph;
    struct store_scan scan;
    bool scanning;
    unsigned char order; /* of the keys being scanned: index into quad_orders */

    /* metadata */
    bool metadata;
    size_t next_metadata;
};

static struct cursor *cursor_of(struct ic_cursor *base)
{
    return (struct cursor *)base;
}

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

static bool matches(uint64_t wanted, uint64_t id)
{
    return wanted == IC_ANY || wanted == id;
}

/* ---- entries ---- */

static enum ic_status add_ordinal(void *context, uint32_t ordinal, struct ic_error *error)
{
    (void)error;
    roaring_bitmap_add(context, ordinal);
    return IC_OK;
}

/* Ordinals of the entries about `subject`. */
static enum ic_status read_subject(struct view *view, uint64_t subject,
                                   roaring_bitmap_t *bitmap, struct ic_error *error)
{
    return subject_each(&view->store, subject, UINT64_MAX, add_ordinal, bitmap, error);
}

/* Ordinals that have `object` under any property. */
static enum ic_status read_object(struct view *view, uint64_t object, roaring_bitmap_t *bitmap,
                                  struct ic_error *error)
{
    struct store *store = &view->store;
    uint64_t *properties;
    size_t count;
    enum ic_status status = posting_properties(store, &properties, &count, error);
    if (status != IC_OK)
        return status;
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = posting_read(store, properties[i], object, bitmap, error);
    free(properties);
    return status;
}

/* The entries that can match, of all advertisements, as the most selective index has them. */
static enum ic_status read_candidates(struct view *view, const struct ic_quad *pattern,
                                      roaring_bitmap_t *bitmap, struct ic_error *error)
{
    struct store *store = &view->store;
    if (pattern->subject != IC_ANY)
        return read_subject(view, pattern->subject, bitmap, error);
    if (pattern->predicate != IC_ANY) /* a literal is nobody's property */
        return term_id_has_value(pattern->predicate)
                   ? IC_OK
                   : posting_read(store, pattern->predicate, pattern->object, bitmap, error);
    if (pattern->object != IC_ANY)
        return read_object(view, pattern->object, bitmap, error);
    roaring_bitmap_or_inplace(bitmap, view->live);
    return IC_OK;
}

/* Lists the ordinals that can match; `mask` (NULL: any) is the one advertisement asked for. */
static enum ic_status find_entries(struct cursor *cursor, const struct view_mask *mask,
                                   struct ic_error *error)
{
    roaring_bitmap_t *bitmap = roaring_bitmap_create();
    if (!bitmap)
        return no_memory(error);
    enum ic_status status = IC_OK;
    if (mask && cursor->pattern.subject == IC_ANY)
        roaring_bitmap_add_range(bitmap, mask->first, mask->first + mask->count);
    else
        status = read_candidates(cursor->view, &cursor->pattern, bitmap, error);
    if (status == IC_OK) {
        roaring_bitmap_and_inplace(bitmap, cursor->view->live);
        if (mask) {
            roaring_bitmap_remove_range(bitmap, 0, mask->first);
            roaring_bitmap_remove_range(bitmap, mask->first + mask->count,
                                        (uint64_t)UINT32_MAX + 1);
        }
        cursor->ordinal_count = (size_t)roaring_bitmap_get_cardinality(bitmap);
        cursor->ordinals = malloc((cursor->ordinal_count + 1) * sizeof *cursor->ordinals);
        if (cursor->ordinals)
            roaring_bitmap_to_uint32_array(bitmap, cursor->ordinals);
        else
            status = no_memory(error);
    }
    roaring_bitmap_free(bitmap);
    return status;
}

/* Adds the facts of another entry about the same subject to the one being walked. */
static enum ic_status merge_entry(struct cursor *cursor, uint32_t ordinal,
                                  struct ic_error *error)
{
    struct entry other = {.facts = NULL};
    struct view_mask mask = {.visible = false};
    bool found;
    enum ic_status status = entry_read(&cursor->view->store, ordinal, &other, &found, error);
    if (status == IC_OK && found)
        status = view_advertisement(cursor->view, other.advertisement, &mask, error);
    for (size_t i = 0; status == IC_OK && mask.visible && i < other.fact_count; i++)
        status = entry_add(&cursor->entry, other.facts[i], error);
    entry_free(&other);
    return status;
}

/* In the default graph a triple stands once: all entries about a subject are walked as one, and
 * their ordinals passed over later. */
static enum ic_status merge_subject(struct cursor *cursor, uint32_t ordinal,
                                    struct ic_error *error)
{
    roaring_bitmap_t *same = roaring_bitmap_create();
    if (!same)
        return no_memory(error);
    enum ic_status status = read_subject(cursor->view, cursor->entry.subject, same, error);
    roaring_bitmap_and_inplace(same, cursor->view->live);
    roaring_bitmap_remove(same, ordinal);
    roaring_uint32_iterator_t at;
    roaring_init_iterator(same, &at);
    for (; status == IC_OK && at.has_value; roaring_advance_uint32_iterator(&at))
        status = merge_entry(cursor, at.current_value, error);
    if (status == IC_OK && !roaring_bitmap_is_empty(same)) {
        entry_sort(&cursor->entry);
        if (!cursor->merged)
            cursor->merged = roaring_bitmap_create();
        if (cursor->merged)
            roaring_bitmap_or_inplace(cursor->merged, same);
        else
            status = no_memory(error);
    }
    roaring_bitmap_free(same);
    return status;
}

/* Reads the next visible entry; *found false when there is none left. */
static enum ic_status next_entry(struct cursor *cursor, bool *found, struct ic_error *error)
{
    while (cursor->next_ordinal < cursor->ordinal_count) {
        const uint32_t ordinal = cursor->ordinals[cursor->next_ordinal++];
        struct view_mask mask;
        if (cursor->merged && roaring_bitmap_contains(cursor->merged, ordinal))
            continue;
        enum ic_status status =
            entry_read(&cursor->view->store, ordinal, &cursor->entry, found, error);
        if (status == IC_OK && !*found)
            status = ic_fail(error, IC_CORRUPT,
                             "an entry of the catalog is missing; restore a backup");
        if (status == IC_OK)
            status =
                view_advertisement(cursor->view, cursor->entry.advertisement, &mask, error);
        if (status != IC_OK)
            return status;
        if (!mask.visible)
            continue;
        cursor->next_fact = 0;
        cursor->entry_graph = mask.graph;
        return cursor->pattern.graph == IC_DEFAULT_GRAPH ? merge_subject(cursor, ordinal, error)
                                                         : IC_OK;
    }
    cursor->entry.fact_count = cursor->next_fact = 0;
    *found = false;
    return IC_OK;
}

static enum ic_status next_of_entries(struct cursor *cursor, struct ic_quad *quad, bool *found,
                                      struct ic_error *error)
{
    for (;;) {
        const struct entry *entry = &cursor->entry;
        while (cursor->next_fact < entry->fact_count) {
            const size_t i = cursor->next_fact++;
            const struct entry_fact *fact = &entry->facts[i];
            if (entry_repeats(entry, i) ||
                !matches(cursor->pattern.predicate, fact->predicate) ||
                !matches(cursor->pattern.object, fact->object))
                continue;
            *quad = (struct ic_quad){entry->subject, fact->predicate, fact->object,
                                     cursor->pattern.graph == IC_DEFAULT_GRAPH
                                         ? IC_DEFAULT_GRAPH
                                         : cursor->entry_graph};
            *found = true;
            return IC_OK;
        }
        const enum ic_status status = next_entry(cursor, found, error);
        if (status != IC_OK || !*found)
            return status;
    }
}

/* ---- plain and ontology graphs ---- */

/* The orders of quads' keys; places are of (graph, subject, predicate, object). */
static const struct {
    enum store_database database;
    unsigned char place[4];
} quad_orders[] = {
    {STORE_GSPO, {0, 1, 2, 3}}, {STORE_GPOS, {0, 2, 3, 1}}, {STORE_GOSP, {0, 3, 1, 2}}};

/* The order in which the bound places come first. */
static unsigned char choose_order(const struct ic_quad *pattern)
{
    if (pattern->subject != IC_ANY)
        return pattern->predicate == IC_ANY && pattern->object != IC_ANY ? 2 : 0;
    if (pattern->predicate != IC_ANY)
        return 1;
    return pattern->object != IC_ANY ? 2 : 0;
}

static enum ic_status open_graph(struct cursor *cursor, uint64_t graph, struct ic_error *error)
{
    const uint64_t wanted[4] = {graph, cursor->pattern.subject, cursor->pattern.predicate,
                                cursor->pattern.object};
    unsigned char prefix[32];
    size_t size = 0;
    cursor->order = choose_order(&cursor->pattern);
    for (int i = 0; i < 4; i++) {
        const uint64_t id = wanted[quad_orders[cursor->order].place[i]];
        if (id == IC_ANY)
            break;
        put_u64(prefix + size, id);
        size += 8;
    }
    return store_scan_open(&cursor->view->store, quad_orders[cursor->order].database, prefix,
                           size, NULL, 0, &cursor->scan, error);
}

static enum ic_status next_of_graphs(struct cursor *cursor, struct ic_quad *quad, bool *found,
                                     struct ic_error *error)
{
    *found = false;
    while (cursor->scanning || cursor->next_graph < cursor->graph_count) {
        enum ic_status status = IC_OK;
        if (!cursor->scanning) {
            status = open_graph(cursor, cursor->graphs[cursor->next_graph++], error);
            cursor->scanning = status == IC_OK;
        }
        if (status == IC_OK)
            status = store_scan_next(&cursor->scan, found, error);
        if (status == IC_OK && *found && cursor->scan.key.size != 32)
            status = ic_fail(error, IC_CORRUPT,
                             "a quad of the catalog is damaged; restore a backup");
        if (status != IC_OK)
            return status;
        if (!*found) {
            store_scan_close(&cursor->scan);
            cursor->scanning = false;
            continue;
        }
        uint64_t ids[4];
        for (int i = 0; i < 4; i++)
            ids[quad_orders[cursor->order].place[i]] =
                get_u64((unsigned char *)cursor->scan.key.data + 8 * i);
        *quad = (struct ic_quad){ids[1], ids[2], ids[3], ids[0]};
        return IC_OK;
    }
    return IC_OK;
}

/* ---- metadata ---- */

/* Where the statements about the pattern's subject begin. */
static size_t first_metadata(const struct cursor *cursor)
{
    const struct view *view = cursor->view;
    size_t low = 0, high = cursor->pattern.subject == IC_ANY ? 0 : view->metadata_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (view->metadata[middle].subject < cursor->pattern.subject)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool next_of_metadata(struct cursor *cursor, struct ic_quad *quad)
{
    const struct view *view = cursor->view;
    const struct ic_quad *pattern = &cursor->pattern;
    while (cursor->metadata && cursor->next_metadata < view->metadata_count) {
        *quad = view->metadata[cursor->next_metadata++];
        if (!matches(pattern->subject, quad->subject))
            return false; /* they are sorted by subject, and began with this one */
        if (matches(pattern->predicate, quad->predicate) &&
            matches(pattern->object, quad->object))
            return true;
    }
    return false;
}

/* ---- the cursor ---- */

enum ic_status view_next(struct ic_cursor *base, struct ic_quad *quad, bool *found,
                         struct ic_error *error)
{
    struct cursor *cursor = cursor_of(base);
    enum ic_status status = next_of_entries(cursor, quad, found, error);
    if (status == IC_OK && !*found)
        status = next_of_graphs(cursor, quad, found, error);
    if (status == IC_OK && !*found)
        *found = next_of_metadata(cursor, quad);
    return status;
}

void view_close_cursor(struct ic_cursor *base)
{
    struct cursor *cursor = cursor_of(base);
    if (cursor->scanning)
        store_scan_close(&cursor->scan);
    if (cursor->merged)
        roaring_bitmap_free(cursor->merged);
    entry_free(&cursor->entry);
    free(cursor->ordinals);
    free(cursor->graphs);
    free(cursor);
}

static enum ic_status plain_graphs(struct cursor *cursor, struct ic_error *error)
{
    uint64_t *ontology = NULL;
    size_t count = 0;
    enum ic_status status =
        view_graphs(cursor->view, GRAPH_PLAIN, &cursor->graphs, &cursor->graph_count, error);
    if (status == IC_OK)
        status = view_graphs(cursor->view, GRAPH_ONTOLOGY, &ontology, &count, error);
    uint64_t *all = status == IC_OK ? realloc(cursor->graphs,
                                              (cursor->graph_count + count + 1) * sizeof *all)
                                    : NULL;
    if (status == IC_OK && !all)
        status = no_memory(error);
    if (all) {
        cursor->graphs = all;
        for (size_t i = 0; i < count; i++)
            cursor->graphs[cursor->graph_count++] = ontology[i];
    }
    free(ontology);
    return status;
}

/* The pattern names one graph. */
static enum ic_status select_graph(struct cursor *cursor, bool known, struct ic_error *error)
{
    const uint64_t graph = cursor->pattern.graph;
    enum graph_kind kind;
    uint64_t number;
    bool found;
    if (graph == cursor->view->metadata_graph) {
        cursor->metadata = true;
        return IC_OK;
    }
    if (!known || graph & VIEW_LOCAL)
        return IC_OK;
    enum ic_status status = view_graph_by_id(cursor->view, graph, &number, error);
    if (status == IC_OK && number) {
        struct view_mask mask;
        status = view_advertisement(cursor->view, number, &mask, error);
        return status == IC_OK && mask.visible ? find_entries(cursor, &mask, error) : status;
    }
    if (status == IC_OK)
        status = graph_read(&cursor->view->store, graph, &kind, &found, error);
    if (status != IC_OK || !found)
        return status;
    cursor->graphs = malloc(sizeof *cursor->graphs);
    if (!cursor->graphs)
        return no_memory(error);
    cursor->graphs[cursor->graph_count++] = graph;
    return IC_OK;
}

/* `known`: every bound term is in the dictionary, so that entries and quads can match. */
static enum ic_status select_sources(struct cursor *cursor, bool known, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    const uint64_t graph = cursor->pattern.graph;
    if (graph == IC_DEFAULT_GRAPH)
        return known ? find_entries(cursor, NULL, error) : IC_OK;
    if (graph != IC_ANY) {
        status = select_graph(cursor, known, error);
    } else {
        cursor->metadata = true;
        if (known)
            status = find_entries(cursor, NULL, error);
        if (known && status == IC_OK)
            status = plain_graphs(cursor, error);
    }
    if (status == IC_OK && cursor->metadata)
        status = view_read_metadata(cursor->view, error);
    if (status == IC_OK && cursor->metadata)
        cursor->next_metadata = first_metadata(cursor);
    return status;
}

enum ic_status view_open_cursor(struct ic_dataset *dataset, const struct ic_quad *pattern,
                                struct ic_cursor **result, struct ic_error *error)
{
    const enum ic_status complete = view_complete((struct view *)dataset, error);
    if (complete != IC_OK)
        return complete;
    struct cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor)
        return no_memory(error);
    cursor->base.dataset = dataset;
    cursor->view = (struct view *)dataset;
    cursor->pattern = *pattern;
    enum ic_status status = IC_OK;
    if (pattern->subject != IC_UNKNOWN_TERM && pattern->predicate != IC_UNKNOWN_TERM &&
        pattern->object != IC_UNKNOWN_TERM && pattern->graph != IC_UNKNOWN_TERM)
        status = select_sources(cursor,
                                view_in_dictionary(pattern->subject) &&
                                    view_in_dictionary(pattern->predicate) &&
                                    view_in_dictionary(pattern->object),
                                error);
    if (status != IC_OK) {
        view_close_cursor(&cursor->base);
        return status;
    }
    *result = &cursor->base;
    return IC_OK;
}
