/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of entries: borrowed from the cache of postings when the view shows the latest state,
 * else read as of the view's. */
#include "sets.h"

#include <stdlib.h>
#include <string.h>

#include "ordinal_bits.h"
#include "ordinal_meet.h"
#include "posting_cache.h"

struct view *view_of_dataset(struct ic_dataset *dataset)
{
    return dataset->class->open == view_open_cursor ? (struct view *)dataset : NULL;
}

static struct store *store_of(struct view *view)
{
    return &view->store;
}

/* The cache, where it shows what the view shows. */
static struct posting_cache *cache_of(struct view *view)
{
    return view->latched ? store_of(view)->postings : NULL;
}

/* With a commit behind it the view must not use the cache, and need not keep the writer out:
 * then each read is as of the view's commit by itself. */
void sets_begin(struct view *view)
{
    store_trim(store_of(view));
    store_latch_shared(store_of(view));
    view->latched = store_is_current(store_of(view));
    if (!view->latched)
        store_unlatch(store_of(view));
}

void sets_end(struct view *view)
{
    if (view->latched)
        store_unlatch(store_of(view));
    view->latched = false;
}

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

static enum ic_status own(roaring_bitmap_t *bitmap, struct entry_set *set,
                          struct ic_error *error)
{
    *set = (struct entry_set){.bits = bitmap, .owned = bitmap};
    return bitmap ? IC_OK : no_memory(error);
}

/* ---- unions ---- */

enum ic_status entry_union_add(struct entry_union *parts, struct entry_set set,
                               struct ic_error *error)
{
    if (parts->count == parts->room) {
        const size_t room = parts->room ? parts->room * 2 : 8;
        struct entry_set *grown = realloc(parts->sets, room * sizeof *grown);
        if (!grown) {
            entry_set_free(&set);
            return no_memory(error);
        }
        parts->sets = grown;
        parts->room = room;
    }
    parts->sets[parts->count++] = set;
    return IC_OK;
}

void entry_union_free(struct entry_union *parts)
{
    for (size_t i = 0; i < parts->count; i++)
        entry_set_free(&parts->sets[i]);
    free(parts->sets);
    *parts = (struct entry_union){.sets = NULL};
}

enum ic_status entry_unions_meet(const struct entry_union *unions, size_t count,
                                 struct entry_set *set, struct ic_error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += unions[i].count;
    const roaring_bitmap_t **bitmaps = malloc((total + 1) * sizeof *bitmaps);
    struct ordinal_union *operands = malloc(count * sizeof *operands);
    *set = (struct entry_set){.bits = NULL};
    for (size_t i = 0, at = 0; bitmaps && operands && i < count; i++) {
        operands[i] = (struct ordinal_union){bitmaps + at, unions[i].count};
        for (size_t k = 0; k < unions[i].count; k++)
            bitmaps[at++] = unions[i].sets[k].bits;
    }
    const enum ic_status status =
        own(bitmaps && operands ? ordinal_meet(operands, count) : NULL, set, error);
    free(bitmaps);
    free(operands);
    return status;
}

/* ---- one value ---- */

static enum ic_status cached_equal(struct view *view, struct posting_cache *cache,
                                   uint64_t property, uint64_t object, struct entry_set *set,
                                   struct ic_error *error)
{
    const struct posting_slot *slot;
    bool kept;
    enum ic_status status =
        posting_cache_slot(cache, store_of(view), property, object, &slot, &kept, error);
    if (status != IC_OK)
        return status;
    if (slot->bits && kept) {
        *set = (struct entry_set){.bits = slot->bits};
        return IC_OK;
    }
    status = own(slot->bits ? slot->bits : roaring_bitmap_of_ptr(slot->count, slot->list), set,
                 error);
    if (!kept) {
        free(slot->list);
        free((struct posting_slot *)(uintptr_t)slot);
    }
    return status;
}

enum ic_status set_equal(struct view *view, uint64_t property, uint64_t object,
                         struct entry_set *set, struct ic_error *error)
{
    struct posting_cache *cache = cache_of(view);
    *set = (struct entry_set){.bits = NULL};
    if ((property | object) & VIEW_LOCAL)
        return own(roaring_bitmap_create(), set, error);
    if (cache)
        return cached_equal(view, cache, property, object, set, error);
    enum ic_status status = own(roaring_bitmap_create(), set, error);
    if (status == IC_OK)
        status = posting_read(store_of(view), property, object, set->owned, error);
    return status;
}

/* ---- many values ---- */

/* A property's values: the cache's, or read for one use. */
struct index_use {
    struct posting_index *index;
    bool kept;
};

static enum ic_status begin_use(struct view *view, uint64_t property, struct index_use *use,
                                struct ic_error *error)
{
    struct posting_cache *cache = cache_of(view);
    *use = (struct index_use){.index = NULL};
    if (cache)
        return posting_cache_index(cache, store_of(view), property, &use->index, &use->kept,
                                   error);
    return posting_index_read(store_of(view), property, &use->index, error);
}

static void end_use(struct index_use *use)
{
    if (use->index && !use->kept) {
        posting_index_free(use->index);
        free(use->index);
    }
}

/* Values of their own bitmap are borrowed; few entries of many values become one set. */
static enum ic_status add_slots(const struct index_use *use, size_t first, size_t last,
                                struct entry_union *parts, struct ic_error *error)
{
    struct ordinal_bits few = {.list = NULL};
    struct entry_set set = {.bits = NULL};
    enum ic_status status = IC_OK;
    for (size_t i = first; status == IC_OK && i < last; i++) {
        const struct posting_slot *slot = &use->index->slots[i];
        if (slot->bits)
            status = entry_union_add(parts, (struct entry_set){.bits = slot->bits}, error);
        for (uint32_t k = 0; !slot->bits && k < slot->count; k++)
            ordinal_bits_add(&few, slot->list[k]);
    }
    if (status == IC_OK)
        status = own(ordinal_bits_bitmap(&few), &set, error);
    if (status == IC_OK)
        status = entry_union_add(parts, set, error);
    ordinal_bits_free(&few);
    return status;
}

enum ic_status set_range(struct view *view, uint64_t property, const struct value_range *range,
                         struct entry_union *parts, struct ic_error *error)
{
    struct index_use use = {.index = NULL};
    struct entry_set set = {.bits = NULL};
    if (property & VIEW_LOCAL)
        return IC_OK;
    if (!cache_of(view)) {
        enum ic_status status = own(roaring_bitmap_create(), &set, error);
        if (status == IC_OK)
            status = posting_read_range(store_of(view), property, range, set.owned, error);
        if (status == IC_OK)
            return entry_union_add(parts, set, error);
        entry_set_free(&set);
        return status;
    }
    size_t first, last;
    enum ic_status status = begin_use(view, property, &use, error);
    if (status == IC_OK)
        status = posting_index_range(use.index, store_of(view), range, &first, &last, error);
    if (status == IC_OK && use.kept) {
        status = add_slots(&use, first, last, parts, error);
    } else if (status == IC_OK) {
        roaring_bitmap_t *bitmap;
        status = posting_index_union(use.index, first, last, &bitmap, error);
        if (status == IC_OK)
            status = own(bitmap, &set, error);
        if (status == IC_OK)
            status = entry_union_add(parts, set, error);
    }
    end_use(&use);
    return status;
}

/* Both at once: the second needs the first. */
static enum ic_status stated_and_repeated(struct view *view, uint64_t property,
                                          struct entry_set *stated, struct entry_set *repeated,
                                          struct ic_error *error)
{
    struct index_use use;
    const roaring_bitmap_t *known_stated = NULL, *known_repeated = NULL;
    roaring_bitmap_t *made;
    enum ic_status status = begin_use(view, property, &use, error);
    if (status == IC_OK && use.kept)
        status = posting_cache_stated(cache_of(view), property, &known_stated,
                                      repeated ? &known_repeated : NULL, error);
    if (status == IC_OK && known_stated) {
        *stated = (struct entry_set){.bits = known_stated};
        if (repeated)
            *repeated = (struct entry_set){.bits = known_repeated};
        end_use(&use);
        return IC_OK;
    }
    if (status == IC_OK)
        status = posting_index_union(use.index, 0, use.index->count, &made, error);
    if (status == IC_OK)
        status = own(made, stated, error);
    if (status == IC_OK && repeated) {
        status = posting_index_repeated(use.index, stated->bits, &made, error);
        if (status == IC_OK)
            status = own(made, repeated, error);
    }
    end_use(&use);
    return status;
}

enum ic_status set_stated(struct view *view, uint64_t property, struct entry_set *set,
                          struct ic_error *error)
{
    *set = (struct entry_set){.bits = NULL};
    if (property & VIEW_LOCAL)
        return own(roaring_bitmap_create(), set, error);
    if (cache_of(view))
        return stated_and_repeated(view, property, set, NULL, error);
    enum ic_status status = own(roaring_bitmap_create(), set, error);
    return status == IC_OK ? posting_read(store_of(view), property, 0, set->owned, error)
                           : status;
}

enum ic_status set_unordered(struct view *view, uint64_t property, struct entry_set *set,
                             struct ic_error *error)
{
    struct index_use use;
    roaring_bitmap_t *bitmap;
    *set = (struct entry_set){.bits = NULL};
    if (property & VIEW_LOCAL)
        return own(roaring_bitmap_create(), set, error);
    enum ic_status status = begin_use(view, property, &use, error);
    if (status == IC_OK)
        status = posting_index_union(use.index, 0, use.index->numbers, &bitmap, error);
    if (status == IC_OK)
        status = own(bitmap, set, error);
    end_use(&use);
    return status;
}

struct repeating {
    roaring_bitmap_t *once, *twice;
};

static enum ic_status note_repeated(void *context, uint64_t object, struct ordinal_bits *bits,
                                    struct ic_error *error)
{
    struct repeating *r = context;
    (void)object;
    roaring_bitmap_t *one = ordinal_bits_bitmap(bits);
    roaring_bitmap_t *both = one ? roaring_bitmap_and(one, r->once) : NULL;
    if (both) {
        roaring_bitmap_or_inplace(r->twice, both);
        roaring_bitmap_or_inplace(r->once, one);
        roaring_bitmap_free(both);
    }
    if (one)
        roaring_bitmap_free(one);
    return both ? IC_OK : no_memory(error);
}

enum ic_status set_repeated(struct view *view, uint64_t property, struct entry_set *set,
                            struct ic_error *error)
{
    *set = (struct entry_set){.bits = NULL};
    if (property & VIEW_LOCAL)
        return own(roaring_bitmap_create(), set, error);
    if (cache_of(view)) {
        struct entry_set stated = {.bits = NULL};
        const enum ic_status status = stated_and_repeated(view, property, &stated, set, error);
        entry_set_free(&stated);
        return status;
    }
    struct repeating r = {.once = roaring_bitmap_create()};
    enum ic_status status = own(roaring_bitmap_create(), set, error);
    r.twice = set->owned;
    if (status == IC_OK && !r.once)
        status = no_memory(error);
    if (status == IC_OK)
        status = posting_each(store_of(view), property, NULL, note_repeated, &r, error);
    if (r.once)
        roaring_bitmap_free(r.once);
    return status;
}

/* ---- marks ---- */

enum ic_status set_clouds(struct view *view, struct entry_set *set, struct ic_error *error)
{
    return set_equal(view, POSTING_MARKS, POSTING_CLOUDS, set, error);
}

enum ic_status set_offered(struct view *view, struct entry_set *set, struct ic_error *error)
{
    return set_equal(view, POSTING_MARKS, POSTING_OFFERED, set, error);
}

enum ic_status set_shared(struct view *view, struct entry_set *set, struct ic_error *error)
{
    return set_equal(view, POSTING_MARKS, POSTING_SHARED, set, error);
}

static enum ic_status add_expired(void *context, const struct expiry *expiry,
                                  struct ic_error *error)
{
    (void)error;
    roaring_bitmap_add_range(context, expiry->first_ordinal,
                             expiry->first_ordinal + expiry->entry_count);
    return IC_OK;
}

static enum ic_status note_first(void *context, const struct expiry *expiry,
                                 struct ic_error *error)
{
    int64_t *first_ms = context;
    (void)error;
    *first_ms = expiry->at_ms;
    return IC_OK;
}

/* Does the store know that nothing in it has expired at the view's time? */
static bool nothing_expired(struct view *view)
{
    int64_t first_ms = view->latched ? store_first_expiry(&view->store) : 0;
    if (view->latched && first_ms == 0) {
        first_ms = INT64_MAX;
        if (expiry_first(&view->store, INT64_MAX, 1, note_first, &first_ms, NULL) != IC_OK)
            return false;
        store_set_first_expiry(&view->store, first_ms);
    }
    return first_ms > view->at_ms;
}

enum ic_status set_visible(struct view *view, struct entry_set *set, struct ic_error *error)
{
    struct entry_set live = {.bits = NULL};
    enum ic_status status = set_equal(view, POSTING_MARKS, POSTING_LIVE, &live, error);
    if (status == IC_OK && nothing_expired(view)) {
        *set = live;
        return IC_OK;
    }
    roaring_bitmap_t *expired = roaring_bitmap_create();
    if (status == IC_OK && !expired)
        status = no_memory(error);
    if (status == IC_OK)
        status = expiry_each(store_of(view), view->at_ms, add_expired, expired, error);
    if (status == IC_OK && !roaring_bitmap_is_empty(expired)) {
        status = own(roaring_bitmap_andnot(live.bits, expired), set, error);
        entry_set_free(&live);
    } else {
        *set = live;
    }
    if (expired)
        roaring_bitmap_free(expired);
    return status;
}

/* ---- clouds of entries ---- */

/* The last cloud at or before the ordinal: a cloud's entries follow it. */
static enum ic_status cloud_before(const roaring_bitmap_t *clouds, uint32_t ordinal,
                                   uint32_t *cloud, struct ic_error *error)
{
    const uint64_t rank = roaring_bitmap_rank(clouds, ordinal);
    if (rank == 0 || !roaring_bitmap_select(clouds, (uint32_t)(rank - 1), cloud))
        return ic_fail(error, IC_CORRUPT,
                       "entry %u of the catalog has no cloud; restore a backup", ordinal);
    return IC_OK;
}

enum ic_status entry_cloud(struct view *view, uint32_t ordinal, uint32_t *cloud,
                           struct ic_error *error)
{
    struct entry_set clouds = {.bits = NULL};
    enum ic_status status = set_clouds(view, &clouds, error);
    if (status == IC_OK)
        status = cloud_before(clouds.bits, ordinal, cloud, error);
    entry_set_free(&clouds);
    return status;
}

/* One walk over both sets. */
static enum ic_status merge_clouds(const roaring_bitmap_t *entries,
                                   const roaring_bitmap_t *clouds, roaring_bitmap_t *into,
                                   struct ic_error *error)
{
    roaring_uint32_iterator_t entry, cloud;
    uint32_t last = 0;
    bool any = false;
    roaring_init_iterator(entries, &entry);
    roaring_init_iterator(clouds, &cloud);
    while (entry.has_value) {
        while (cloud.has_value && cloud.current_value <= entry.current_value) {
            last = cloud.current_value;
            any = true;
            roaring_advance_uint32_iterator(&cloud);
        }
        if (!any)
            return ic_fail(error, IC_CORRUPT,
                           "entry %u of the catalog has no cloud; restore a backup",
                           entry.current_value);
        roaring_bitmap_add(into, last);
        if (!cloud.has_value)
            break; /* the rest belongs to it too */
        roaring_move_uint32_iterator_equalorlarger(&entry, cloud.current_value);
    }
    return IC_OK;
}

enum ic_status set_clouds_of(struct view *view, const roaring_bitmap_t *entries,
                             struct entry_set *set, struct ic_error *error)
{
    enum { ONE_BY_ONE_MAX = 64 };
    struct entry_set clouds = {.bits = NULL};
    roaring_bitmap_t *others = NULL;
    *set = (struct entry_set){.bits = NULL};
    enum ic_status status = set_clouds(view, &clouds, error);
    if (status == IC_OK)
        status = own(roaring_bitmap_and(entries, clouds.bits), set, error);
    if (status == IC_OK && !(others = roaring_bitmap_andnot(entries, clouds.bits)))
        status = no_memory(error);
    if (status == IC_OK && roaring_bitmap_get_cardinality(others) > ONE_BY_ONE_MAX) {
        status = merge_clouds(others, clouds.bits, set->owned, error);
    } else if (status == IC_OK) {
        roaring_uint32_iterator_t at;
        roaring_init_iterator(others, &at);
        for (; status == IC_OK && at.has_value; roaring_advance_uint32_iterator(&at)) {
            uint32_t cloud;
            status = cloud_before(clouds.bits, at.current_value, &cloud, error);
            if (status == IC_OK)
                roaring_bitmap_add(set->owned, cloud);
        }
    }
    if (others)
        roaring_bitmap_free(others);
    entry_set_free(&clouds);
    return status;
}

/* Adds the run of entries from `cloud` to the next cloud, `end` for the last one. */
static void add_run(const roaring_bitmap_t *clouds, uint32_t cloud, uint32_t end,
                    roaring_bitmap_t *into)
{
    roaring_uint32_iterator_t next;
    roaring_init_iterator(clouds, &next);
    const bool more =
        cloud < UINT32_MAX && roaring_move_uint32_iterator_equalorlarger(&next, cloud + 1);
    roaring_bitmap_add_range(into, cloud, (uint64_t)(more ? next.current_value : end) + 1);
}

enum ic_status set_offers_of(struct view *view, const roaring_bitmap_t *clouds,
                             struct entry_set *set, struct ic_error *error)
{
    struct entry_set all = {.bits = NULL}, offered = {.bits = NULL};
    roaring_uint32_iterator_t at;
    *set = (struct entry_set){.bits = NULL};
    enum ic_status status = set_clouds(view, &all, error);
    if (status == IC_OK)
        status = set_offered(view, &offered, error);
    if (status == IC_OK)
        status = own(roaring_bitmap_create(), set, error);
    if (status == IC_OK) {
        for (roaring_init_iterator(clouds, &at); at.has_value;
             roaring_advance_uint32_iterator(&at))
            add_run(all.bits, at.current_value, roaring_bitmap_maximum(offered.bits),
                    set->owned);
        roaring_bitmap_and_inplace(set->owned, offered.bits);
    }
    entry_set_free(&all);
    entry_set_free(&offered);
    return status;
}

/* ---- entries ---- */

/* Reads an entry that a set holds. */
static enum ic_status read_entry(struct view *view, uint32_t ordinal, struct entry *entry,
                                 struct ic_error *error)
{
    bool found;
    const enum ic_status status = entry_read(store_of(view), ordinal, entry, &found, error);
    if (status != IC_OK || found)
        return status;
    return ic_fail(error, IC_CORRUPT, "entry %u of the catalog is missing; restore a backup",
                   ordinal);
}

enum ic_status entry_identity(struct view *view, uint32_t ordinal, uint64_t *subject,
                              uint64_t *graph, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    struct view_mask mask = {.graph = 0};
    enum ic_status status = read_entry(view, ordinal, &entry, error);
    if (status == IC_OK)
        status = view_advertisement(view, entry.advertisement, &mask, error);
    *subject = entry.subject;
    *graph = mask.graph;
    entry_free(&entry);
    return status;
}

enum ic_status entry_values(struct view *view, uint32_t ordinal, uint64_t property,
                            uint64_t **objects, size_t *count, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    *objects = NULL;
    *count = 0;
    enum ic_status status = read_entry(view, ordinal, &entry, error);
    if (status == IC_OK && !(*objects = malloc((entry.fact_count + 1) * sizeof **objects)))
        status = no_memory(error);
    for (size_t i = 0; status == IC_OK && i < entry.fact_count; i++)
        if (entry.facts[i].predicate == property && !entry_repeats(&entry, i))
            (*objects)[(*count)++] = entry.facts[i].object;
    entry_free(&entry);
    return status;
}

enum ic_status cloud_names(struct view *view, const roaring_bitmap_t *clouds, size_t wanted,
                           struct ic_arena *arena, struct cloud_name **names,
                           struct ic_error *error)
{
    return cloud_names_read(store_of(view), view->latched ? view->store.names : NULL, clouds,
                            wanted, arena, names, error);
}

/* ---- values in order ---- */

struct value_walk {
    struct index_use use;
    size_t next, end; /* slots still to come: next to end - 1 */
    bool descending;
};

enum ic_status value_walk_open(struct view *view, uint64_t property, bool descending,
                               struct value_walk **walk, struct ic_error *error)
{
    *walk = calloc(1, sizeof **walk);
    if (!*walk)
        return no_memory(error);
    (*walk)->descending = descending;
    if (property & VIEW_LOCAL)
        return IC_OK;
    const enum ic_status status = begin_use(view, property, &(*walk)->use, error);
    if (status == IC_OK) {
        (*walk)->next = (*walk)->use.index->numbers;
        (*walk)->end = (*walk)->use.index->count;
    } else {
        value_walk_close(*walk);
        *walk = NULL;
    }
    return status;
}

enum ic_status value_walk_next(struct value_walk *walk, uint64_t *object, struct entry_set *set,
                               bool *found, struct ic_error *error)
{
    *found = walk->next < walk->end;
    if (!*found)
        return IC_OK;
    const struct posting_slot *slot =
        &walk->use.index->slots[walk->descending ? --walk->end : walk->next++];
    *object = slot->object;
    if (slot->bits) {
        *set = (struct entry_set){.bits = slot->bits};
        return IC_OK;
    }
    return own(roaring_bitmap_of_ptr(slot->count, slot->list), set, error);
}

void value_walk_close(struct value_walk *walk)
{
    if (!walk)
        return;
    end_use(&walk->use);
    free(walk);
}
