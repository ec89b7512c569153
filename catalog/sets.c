/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of entries, read from the store. */
#include "sets.h"

#include <stdlib.h>
#include <string.h>

#include "dictionary.h"
#include "postings.h"

struct view *view_of_dataset(struct ic_dataset *dataset)
{
    return dataset->class->open == view_open_cursor ? (struct view *)dataset : NULL;
}

enum ic_status sets_begin(struct view *view, struct ic_error *error)
{
    (void)view;
    (void)error;
    return IC_OK;
}

void sets_end(struct view *view)
{
    (void)view;
}

static enum ic_status fresh(struct entry_set *set, struct ic_error *error)
{
    set->owned = roaring_bitmap_create();
    set->bits = set->owned;
    return set->owned ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

enum ic_status set_equal(struct view *view, uint64_t property, uint64_t object,
                         struct entry_set *set, struct ic_error *error)
{
    enum ic_status status = fresh(set, error);
    if (status == IC_OK && !((property | object) & VIEW_LOCAL))
        status = posting_read(&view->store, property, object, set->owned, error);
    return status;
}

/* Calls `each` for the values of a property. */
static enum ic_status each_value(struct view *view, uint64_t property,
                                 enum ic_status (*each)(void *, uint64_t, struct ic_error *),
                                 void *context, struct ic_error *error)
{
    unsigned char key[8];
    struct store_scan scan;
    bool found;
    uint64_t last = 0;
    if (property & VIEW_LOCAL)
        return IC_OK;
    put_u64(key, property);
    enum ic_status status =
        store_scan_open(&view->store, STORE_POSTINGS, key, 8, NULL, 0, &scan, error);
    while (status == IC_OK && (status = store_scan_next(&scan, &found, error)) == IC_OK &&
           found) {
        const uint64_t object = get_u64((const unsigned char *)scan.key.data + 8);
        if (object != last)
            status = each(context, object, error);
        last = object;
    }
    store_scan_close(&scan);
    return status;
}

struct number_value {
    uint64_t object;
    struct value_key key;
};
struct collecting {
    struct view *view;
    const struct value_range *range;
    struct number_value *items;
    size_t count;
};

static enum ic_status collect(void *context, uint64_t object, struct ic_error *error)
{
    struct collecting *c = context;
    struct ic_term term;
    struct ic_arena *arena = ic_arena_new();
    enum ic_status status = dictionary_get(&c->view->store, object, arena, &term, error);
    struct value_key key;
    const struct value_range *range = c->range;
    const bool is_number = status == IC_OK && value_key_of(&term, &key);
    ic_arena_free(arena);
    if (!is_number)
        return status;
    const int low = range->low ? value_key_compare(&key, range->low) : 1;
    const int high = range->high ? value_key_compare(&key, range->high) : -1;
    if (low < (range->above_low ? 1 : 0) || high > (range->below_high ? -1 : 0))
        return IC_OK;
    c->items = realloc(c->items, (c->count + 1) * sizeof *c->items);
    c->items[c->count++] = (struct number_value){object, key};
    return IC_OK;
}

enum ic_status set_range(struct view *view, uint64_t property, const struct value_range *range,
                         struct entry_set *set, struct ic_error *error)
{
    struct collecting c = {view, range, NULL, 0};
    enum ic_status status = fresh(set, error);
    if (status == IC_OK)
        status = each_value(view, property, collect, &c, error);
    for (size_t i = 0; status == IC_OK && i < c.count; i++)
        status = posting_read(&view->store, property, c.items[i].object, set->owned, error);
    free(c.items);
    return status;
}

enum ic_status set_stated(struct view *view, uint64_t property, struct entry_set *set,
                          struct ic_error *error)
{
    return set_equal(view, property, 0, set, error);
}

struct repeating {
    struct view *view;
    uint64_t property;
    roaring_bitmap_t *once, *twice;
};

static enum ic_status note_repeated(void *context, uint64_t object, struct ic_error *error)
{
    struct repeating *r = context;
    roaring_bitmap_t *one = roaring_bitmap_create();
    enum ic_status status = posting_read(&r->view->store, r->property, object, one, error);
    roaring_bitmap_t *both = roaring_bitmap_and(one, r->once);
    roaring_bitmap_or_inplace(r->twice, both);
    roaring_bitmap_or_inplace(r->once, one);
    roaring_bitmap_free(both);
    roaring_bitmap_free(one);
    return status;
}

enum ic_status set_repeated(struct view *view, uint64_t property, struct entry_set *set,
                            struct ic_error *error)
{
    enum ic_status status = fresh(set, error);
    struct repeating r = {view, property, roaring_bitmap_create(), set->owned};
    if (status == IC_OK)
        status = each_value(view, property, note_repeated, &r, error);
    roaring_bitmap_free(r.once);
    return status;
}

static enum ic_status
each_visible(struct view *view,
             enum ic_status (*each)(void *, uint32_t, const struct entry *, struct ic_error *),
             void *context, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    struct entry entry = {.facts = NULL};
    roaring_uint32_iterator_t *it = roaring_create_iterator(view->live);
    for (; status == IC_OK && it->has_value; roaring_advance_uint32_iterator(it)) {
        bool found;
        struct view_mask mask;
        status = entry_read(&view->store, it->current_value, &entry, &found, error);
        if (status == IC_OK && found)
            status = view_advertisement(view, entry.advertisement, &mask, error);
        if (status == IC_OK && found && mask.visible)
            status = each(context, it->current_value, &entry, error);
    }
    roaring_free_uint32_iterator(it);
    entry_free(&entry);
    return status;
}

static enum ic_status add_any(void *context, uint32_t ordinal, const struct entry *entry,
                              struct ic_error *error)
{
    (void)entry;
    (void)error;
    roaring_bitmap_add(context, ordinal);
    return IC_OK;
}

static enum ic_status add_cloud(void *context, uint32_t ordinal, const struct entry *entry,
                                struct ic_error *error)
{
    (void)error;
    if (entry->kind == ENTRY_CLOUD)
        roaring_bitmap_add(context, ordinal);
    return IC_OK;
}

enum ic_status set_visible(struct view *view, struct entry_set *set, struct ic_error *error)
{
    enum ic_status status = fresh(set, error);
    return status == IC_OK ? each_visible(view, add_any, set->owned, error) : status;
}

enum ic_status set_clouds(struct view *view, struct entry_set *set, struct ic_error *error)
{
    enum ic_status status = fresh(set, error);
    return status == IC_OK ? each_visible(view, add_cloud, set->owned, error) : status;
}

enum ic_status entry_identity(struct view *view, uint32_t ordinal, uint64_t *subject,
                              uint64_t *graph, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    struct view_mask mask;
    bool found;
    enum ic_status status = entry_read(&view->store, ordinal, &entry, &found, error);
    *subject = entry.subject;
    if (status == IC_OK)
        status = view_advertisement(view, entry.advertisement, &mask, error);
    *graph = mask.graph;
    entry_free(&entry);
    return status;
}

enum ic_status entry_cloud(struct view *view, uint32_t ordinal, uint32_t *cloud,
                           struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    struct view_mask mask;
    bool found;
    enum ic_status status = entry_read(&view->store, ordinal, &entry, &found, error);
    if (status == IC_OK)
        status = view_advertisement(view, entry.advertisement, &mask, error);
    for (uint64_t o = mask.first; status == IC_OK && o < mask.first + mask.count; o++) {
        status = entry_read(&view->store, (uint32_t)o, &entry, &found, error);
        if (found && entry.kind == ENTRY_CLOUD)
            *cloud = (uint32_t)o;
    }
    entry_free(&entry);
    return status;
}

enum ic_status entry_values(struct view *view, uint32_t ordinal, uint64_t property,
                            uint64_t **objects, size_t *count, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    bool found;
    enum ic_status status = entry_read(&view->store, ordinal, &entry, &found, error);
    *objects = calloc(entry.fact_count + 1, sizeof **objects);
    *count = 0;
    for (size_t i = 0; i < entry.fact_count; i++)
        if (entry.facts[i].predicate == property && !entry_repeats(&entry, i))
            (*objects)[(*count)++] = entry.facts[i].object;
    entry_free(&entry);
    return status;
}

struct offering {
    struct view *view;
    uint64_t offers;
    roaring_bitmap_t *set;
};

static enum ic_status note_offered(void *context, uint32_t ordinal, const struct entry *entry,
                                   struct ic_error *error)
{
    struct offering *o = context;
    struct view_mask mask;
    struct entry other = {.facts = NULL};
    bool found;
    (void)ordinal;
    if (entry->kind != ENTRY_CLOUD)
        return IC_OK;
    enum ic_status status = view_advertisement(o->view, entry->advertisement, &mask, error);
    for (uint64_t k = mask.first; status == IC_OK && k < mask.first + mask.count; k++) {
        status = entry_read(&o->view->store, (uint32_t)k, &other, &found, error);
        for (size_t i = 0; found && i < entry->fact_count; i++)
            if (entry->facts[i].predicate == o->offers &&
                entry->facts[i].object == other.subject)
                roaring_bitmap_add(o->set, (uint32_t)k);
    }
    entry_free(&other);
    return status;
}

enum ic_status set_offered(struct view *view, struct entry_set *set, struct ic_error *error)
{
    const struct ic_term offers = ic_term_iri(IC_NS "offers");
    struct offering o = {.view = view};
    enum ic_status status = fresh(set, error);
    o.set = set->owned;
    if (status == IC_OK)
        status = ic_dataset_find(&view->dataset, &offers, &o.offers, error);
    return status == IC_OK ? each_visible(view, note_offered, &o, error) : status;
}

struct subject_at {
    uint64_t subject;
    uint32_t ordinal;
};
struct sharing {
    struct subject_at *items;
    size_t count;
};

static enum ic_status note_subject(void *context, uint32_t ordinal, const struct entry *entry,
                                   struct ic_error *error)
{
    struct sharing *s = context;
    (void)error;
    s->items = realloc(s->items, (s->count + 1) * sizeof *s->items);
    s->items[s->count++] = (struct subject_at){entry->subject, ordinal};
    return IC_OK;
}

static int by_subject(const void *left, const void *right)
{
    const struct subject_at *a = left, *b = right;
    return (a->subject > b->subject) - (a->subject < b->subject);
}

enum ic_status set_shared(struct view *view, struct entry_set *set, struct ic_error *error)
{
    struct sharing s = {NULL, 0};
    enum ic_status status = fresh(set, error);
    if (status == IC_OK)
        status = each_visible(view, note_subject, &s, error);
    if (s.count)
        qsort(s.items, s.count, sizeof *s.items, by_subject);
    for (size_t i = 1; i < s.count; i++)
        if (s.items[i].subject == s.items[i - 1].subject) {
            roaring_bitmap_add(set->owned, s.items[i].ordinal);
            roaring_bitmap_add(set->owned, s.items[i - 1].ordinal);
        }
    free(s.items);
    return status;
}

enum ic_status set_clouds_of(struct view *view, const roaring_bitmap_t *entries,
                             struct entry_set *set, struct ic_error *error)
{
    enum ic_status status = fresh(set, error);
    roaring_uint32_iterator_t *it = roaring_create_iterator(entries);
    for (; status == IC_OK && it->has_value; roaring_advance_uint32_iterator(it)) {
        uint32_t cloud;
        status = entry_cloud(view, it->current_value, &cloud, error);
        roaring_bitmap_add(set->owned, cloud);
    }
    roaring_free_uint32_iterator(it);
    return status;
}

enum ic_status cloud_names(struct view *view, const roaring_bitmap_t *clouds,
                           struct ic_arena *arena, struct ic_term **names,
                           struct ic_error *error)
{
    const struct ic_term iri = ic_term_iri(IC_NS "cloudName");
    uint64_t property;
    size_t i = 0;
    enum ic_status status = ic_dataset_find(&view->dataset, &iri, &property, error);
    *names =
        ic_arena_alloc(arena, (roaring_bitmap_get_cardinality(clouds) + 1) * sizeof **names);
    roaring_uint32_iterator_t *it = roaring_create_iterator(clouds);
    for (; status == IC_OK && it->has_value; roaring_advance_uint32_iterator(it)) {
        uint64_t *objects;
        size_t count;
        status = entry_values(view, it->current_value, property, &objects, &count, error);
        if (status == IC_OK && count)
            status = ic_dataset_term(&view->dataset, objects[0], arena, &(*names)[i++], error);
        free(objects);
    }
    roaring_free_uint32_iterator(it);
    return status;
}

struct value_walk {
    struct view *view;
    uint64_t property;
    struct collecting values;
    size_t next;
    bool descending;
};

static int by_key(const void *left, const void *right)
{
    const struct number_value *a = left, *b = right;
    return value_key_compare(&a->key, &b->key);
}

enum ic_status value_walk_open(struct view *view, uint64_t property, bool descending,
                               struct value_walk **walk, struct ic_error *error)
{
    static const struct value_range all;
    *walk = calloc(1, sizeof **walk);
    **walk = (struct value_walk){view, property, {view, &all, NULL, 0}, 0, descending};
    enum ic_status status = each_value(view, property, collect, &(*walk)->values, error);
    if ((*walk)->values.count)
        qsort((*walk)->values.items, (*walk)->values.count, sizeof(struct number_value),
              by_key);
    return status;
}

enum ic_status value_walk_next(struct value_walk *walk, uint64_t *object, struct entry_set *set,
                               bool *found, struct ic_error *error)
{
    *found = walk->next < walk->values.count;
    if (!*found)
        return IC_OK;
    const size_t i = walk->descending ? walk->values.count - 1 - walk->next : walk->next;
    walk->next++;
    *object = walk->values.items[i].object;
    return set_equal(walk->view, walk->property, *object, set, error);
}

void value_walk_close(struct value_walk *walk)
{
    if (walk) {
        free(walk->values.items);
        free(walk);
    }
}
