/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping postings in memory: loading, changing, forgetting. */
#include "posting_cache.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "dictionary.h"
#include "term_id.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((element)->lost = true)
#include <uthash.h>

enum {
    LIST_MAX = 32,           /* ordinals of a slot's list */
    BITMAP_BYTES = 200,      /* about what a bitmap costs beyond its content */
    ENTRY_BYTES = 160,       /* what being in a table costs */
    CHANGES_KEPT = 64 * 1024 /* beyond so many changes a commit empties the cache instead */
};

struct pair {
    uint64_t property, object;
};

struct single {
    struct pair pair; /* key */
    struct posting_slot slot;
    bool empty; /* known to have no posting */
    bool lost;
    _Atomic bool used;
    UT_hash_handle hh;
};

struct whole {
    uint64_t property; /* key */
    struct posting_index index;
    roaring_bitmap_t *stated, *repeated; /* NULL: not known now */
    size_t bytes;
    bool lost;
    _Atomic bool used;
    UT_hash_handle hh;
};

struct change {
    struct pair pair;
    uint32_t ordinal;
    bool added;
};

struct posting_cache {
    pthread_mutex_t mutex; /* of tables and sizes; what they lead to changes under the latch */
    struct single *singles;
    struct whole *wholes;
    size_t bytes, bytes_max;
    struct change *changes; /* of the running transaction: the writer's alone */
    size_t change_count, change_room;
    bool too_many;
};

enum ic_status posting_cache_new(size_t bytes_max, struct posting_cache **cache,
                                 struct ic_error *error)
{
    *cache = calloc(1, sizeof **cache);
    if (!*cache)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for the cache of postings");
    (*cache)->bytes_max = bytes_max;
    pthread_mutex_init(&(*cache)->mutex, NULL);
    return IC_OK;
}

/* ---- slots ---- */

void posting_slot_free(struct posting_slot *slot)
{
    if (slot->bits)
        roaring_bitmap_free(slot->bits);
    free(slot->list);
    *slot = (struct posting_slot){.object = 0};
}

void posting_index_free(struct posting_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        posting_slot_free(&index->slots[i]);
    free(index->slots);
    *index = (struct posting_index){.slots = NULL};
}

static size_t slot_bytes(const struct posting_slot *slot)
{
    return slot->bits ? BITMAP_BYTES + roaring_bitmap_portable_size_in_bytes(slot->bits)
                      : (size_t)slot->count * sizeof *slot->list;
}

static int compare_ordinals(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static bool fill_slot(struct posting_slot *slot, uint64_t object,
                      const struct ordinal_bits *bits)
{
    *slot = (struct posting_slot){.object = object};
    if (bits->failed)
        return false;
    if (bits->block_count || bits->count > LIST_MAX) {
        slot->bits = ordinal_bits_bitmap(bits);
        return slot->bits != NULL;
    }
    slot->list = malloc((bits->count + 1) * sizeof *slot->list);
    if (!slot->list)
        return false;
    slot->count = (uint32_t)bits->count;
    if (bits->count)
        memcpy(slot->list, bits->list, bits->count * sizeof *slot->list);
    qsort(slot->list, slot->count, sizeof *slot->list, compare_ordinals);
    return true;
}

static bool change_list(struct posting_slot *slot, uint32_t ordinal, bool added)
{
    uint32_t i = 0;
    while (i < slot->count && slot->list[i] < ordinal)
        i++;
    const bool there = i < slot->count && slot->list[i] == ordinal;
    if (there == added)
        return true;
    if (!added) {
        memmove(slot->list + i, slot->list + i + 1, (--slot->count - i) * sizeof *slot->list);
        return true;
    }
    uint32_t *grown = realloc(slot->list, (slot->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    memmove(grown + i + 1, grown + i, (slot->count++ - i) * sizeof *grown);
    grown[i] = ordinal;
    slot->list = grown;
    if (slot->count <= LIST_MAX)
        return true;
    slot->bits = roaring_bitmap_of_ptr(slot->count, slot->list);
    free(slot->list);
    slot->list = NULL;
    slot->count = 0;
    return slot->bits != NULL;
}

static bool change_slot(struct posting_slot *slot, uint32_t ordinal, bool added)
{
    if (!slot->bits)
        return change_list(slot, ordinal, added);
    if (added)
        roaring_bitmap_add(slot->bits, ordinal);
    else
        roaring_bitmap_remove(slot->bits, ordinal);
    return true;
}

/* ---- forgetting ---- */

static void drop_single(struct posting_cache *cache, struct single *single)
{
    HASH_DEL(cache->singles, single);
    cache->bytes -= ENTRY_BYTES + slot_bytes(&single->slot);
    posting_slot_free(&single->slot);
    free(single);
}

static size_t derived_bytes(const roaring_bitmap_t *bits)
{
    return bits ? BITMAP_BYTES + roaring_bitmap_portable_size_in_bytes(bits) : 0;
}

static void drop_derived(struct posting_cache *cache, struct whole *whole)
{
    const size_t bytes = derived_bytes(whole->stated) + derived_bytes(whole->repeated);
    whole->bytes -= bytes;
    cache->bytes -= bytes;
    if (whole->stated)
        roaring_bitmap_free(whole->stated);
    if (whole->repeated)
        roaring_bitmap_free(whole->repeated);
    whole->stated = whole->repeated = NULL;
}

static void drop_whole(struct posting_cache *cache, struct whole *whole)
{
    HASH_DEL(cache->wholes, whole);
    drop_derived(cache, whole);
    cache->bytes -= whole->bytes;
    posting_index_free(&whole->index);
    free(whole);
}

static void drop_all(struct posting_cache *cache)
{
    struct single *single, *next_single;
    struct whole *whole, *next_whole;
    HASH_ITER(hh, cache->singles, single, next_single) drop_single(cache, single);
    HASH_ITER(hh, cache->wholes, whole, next_whole) drop_whole(cache, whole);
}

void posting_cache_free(struct posting_cache *cache)
{
    if (!cache)
        return;
    drop_all(cache);
    pthread_mutex_destroy(&cache->mutex);
    free(cache->changes);
    free(cache);
}

void posting_cache_clear(struct posting_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    drop_all(cache);
    pthread_mutex_unlock(&cache->mutex);
    posting_cache_discard(cache);
}

size_t posting_cache_bytes(struct posting_cache *cache)
{
    pthread_mutex_lock(&cache->mutex);
    const size_t bytes = cache->bytes;
    pthread_mutex_unlock(&cache->mutex);
    return bytes;
}

bool posting_cache_is_full(struct posting_cache *cache)
{
    return posting_cache_bytes(cache) > cache->bytes_max;
}

/* What was not used since the last time goes; when that is not enough, all goes. */
void posting_cache_evict(struct posting_cache *cache)
{
    struct single *single, *next_single;
    struct whole *whole, *next_whole;
    pthread_mutex_lock(&cache->mutex);
    HASH_ITER(hh, cache->singles, single, next_single)
    {
        if (!single->used)
            drop_single(cache, single);
        else
            single->used = false;
    }
    HASH_ITER(hh, cache->wholes, whole, next_whole)
    {
        if (!whole->used)
            drop_whole(cache, whole);
        else
            whole->used = false;
    }
    if (cache->bytes > cache->bytes_max / 4 * 3)
        drop_all(cache);
    pthread_mutex_unlock(&cache->mutex);
}

/* ---- changes ---- */

enum ic_status posting_cache_note(struct posting_cache *cache, uint64_t property,
                                  uint64_t object, uint32_t ordinal, bool added,
                                  struct ic_error *error)
{
    if (!cache || cache->too_many)
        return IC_OK;
    if (cache->change_count == CHANGES_KEPT) {
        cache->too_many = true;
        return IC_OK;
    }
    if (cache->change_count == cache->change_room) {
        const size_t room = cache->change_room ? cache->change_room * 2 : 256;
        struct change *grown = realloc(cache->changes, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for the cache of postings");
        cache->changes = grown;
        cache->change_room = room;
    }
    cache->changes[cache->change_count++] = (struct change){{property, object}, ordinal, added};
    return IC_OK;
}

void posting_cache_discard(struct posting_cache *cache)
{
    if (!cache)
        return;
    cache->change_count = 0;
    cache->too_many = false;
}

static bool apply_to_single(struct posting_cache *cache, const struct change *change)
{
    struct single *single;
    HASH_FIND(hh, cache->singles, &change->pair, sizeof change->pair, single);
    if (!single)
        return true;
    cache->bytes -= slot_bytes(&single->slot);
    const bool good = change_slot(&single->slot, change->ordinal, change->added);
    single->empty = false;
    cache->bytes += slot_bytes(&single->slot);
    return good;
}

/* The slot of an object among those sorted by id or, for numbers, by value; `*at` is where it
 * would be. A number that is not its own id and is new is not placed: false. */
static bool find_slot(const struct posting_index *index, uint64_t object, size_t *at,
                      bool *found)
{
    size_t low = 0, high = index->numbers;
    struct value_key wanted, middle_key;
    const bool number = term_id_has_value(object);
    *found = false;
    if (number) {
        low = index->numbers;
        high = index->count;
        if (!term_id_is_inline(object)) {
            for (*at = low; *at < high && index->slots[*at].object != object; ++*at)
                ;
            *found = *at < high;
            return *found;
        }
        term_id_value_key(object, &wanted);
    }
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint64_t other = index->slots[middle].object;
        int order = 0;
        if (number) {
            if (!term_id_is_inline(other))
                return false;
            term_id_value_key(other, &middle_key);
            order = value_key_compare(&middle_key, &wanted);
        }
        if (!order)
            order = (other > object) - (other < object);
        if (!order) {
            *at = middle;
            return *found = true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return true;
}

static bool insert_slot(struct whole *whole, size_t at, uint64_t object)
{
    struct posting_index *index = &whole->index;
    struct posting_slot *grown =
        realloc(index->slots, (index->count + 1) * sizeof *index->slots);
    if (!grown)
        return false;
    index->slots = grown;
    memmove(grown + at + 1, grown + at, (index->count++ - at) * sizeof *grown);
    grown[at] = (struct posting_slot){.object = object};
    index->numbers += !term_id_has_value(object);
    whole->bytes += sizeof *grown;
    return true;
}

static bool apply_to_whole(struct posting_cache *cache, const struct change *change)
{
    struct whole *whole;
    size_t at;
    bool found;
    HASH_FIND(hh, cache->wholes, &change->pair.property, sizeof change->pair.property, whole);
    if (!whole)
        return true;
    drop_derived(cache, whole);
    const size_t before = whole->bytes;
    bool good = find_slot(&whole->index, change->pair.object, &at, &found) &&
                (found || !change->added || insert_slot(whole, at, change->pair.object));
    if (good && (found || change->added)) {
        struct posting_slot *slot = &whole->index.slots[at];
        whole->bytes -= slot_bytes(slot);
        good = change_slot(slot, change->ordinal, change->added);
        whole->bytes += slot_bytes(slot);
    }
    cache->bytes += whole->bytes - before;
    if (!good)
        drop_whole(cache, whole);
    return true;
}

void posting_cache_apply(struct posting_cache *cache)
{
    if (!cache)
        return;
    bool good = !cache->too_many;
    pthread_mutex_lock(&cache->mutex);
    for (size_t i = 0; good && i < cache->change_count; i++) {
        const struct change *change = &cache->changes[i];
        good = apply_to_single(cache, change);
        if (change->pair.property != POSTING_MARKS)
            good = apply_to_whole(cache, change) && good;
    }
    if (!good)
        drop_all(cache);
    pthread_mutex_unlock(&cache->mutex);
    posting_cache_discard(cache);
}

/* ---- loading ---- */

struct loading {
    struct posting_index *index;
    size_t room, bytes;
};

static enum ic_status load_slot(void *context, uint64_t object, struct ordinal_bits *bits,
                                struct ic_error *error)
{
    struct loading *loading = context;
    struct posting_index *index = loading->index;
    if (index->count == loading->room) {
        const size_t room = loading->room ? loading->room * 2 : 16;
        struct posting_slot *grown = realloc(index->slots, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
        index->slots = grown;
        loading->room = room;
    }
    struct posting_slot *slot = &index->slots[index->count];
    if (!fill_slot(slot, object, bits)) {
        posting_slot_free(slot);
        return ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
    }
    if (!term_id_has_value(object))
        index->numbers = index->count + 1;
    index->count++;
    loading->bytes += sizeof *slot + slot_bytes(slot);
    return IC_OK;
}

/* Puts a loaded one into its table, unless another thread was faster or it does not fit. */
static struct single *keep_single(struct posting_cache *cache, struct single *single)
{
    struct single *known;
    const size_t bytes = ENTRY_BYTES + slot_bytes(&single->slot);
    pthread_mutex_lock(&cache->mutex);
    HASH_FIND(hh, cache->singles, &single->pair, sizeof single->pair, known);
    if (!known && cache->bytes <= cache->bytes_max) {
        HASH_ADD(hh, cache->singles, pair, sizeof single->pair, single);
        if (!single->lost) {
            cache->bytes += bytes;
            known = single;
        }
    }
    pthread_mutex_unlock(&cache->mutex);
    return known;
}

static enum ic_status load_single(void *context, uint64_t object, struct ordinal_bits *bits,
                                  struct ic_error *error)
{
    struct single *single = context;
    single->empty = false;
    return fill_slot(&single->slot, object, bits)
               ? IC_OK
               : ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
}

static enum ic_status read_single(struct store *store, struct single *single,
                                  struct ic_error *error)
{
    single->empty = true;
    single->slot = (struct posting_slot){.object = single->pair.object};
    return posting_each_of(store, single->pair.property, single->pair.object, load_single,
                           single, error);
}

enum ic_status posting_cache_slot(struct posting_cache *cache, struct store *store,
                                  uint64_t property, uint64_t object,
                                  const struct posting_slot **slot, bool *kept,
                                  struct ic_error *error)
{
    const struct pair pair = {property, object};
    struct single *single;
    pthread_mutex_lock(&cache->mutex);
    HASH_FIND(hh, cache->singles, &pair, sizeof pair, single);
    pthread_mutex_unlock(&cache->mutex);
    *kept = true;
    if (!single) {
        struct single *loaded = calloc(1, sizeof *loaded);
        if (!loaded)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
        loaded->pair = pair;
        const enum ic_status status = read_single(store, loaded, error);
        if (status != IC_OK) {
            posting_slot_free(&loaded->slot);
            free(loaded);
            return status;
        }
        single = keep_single(cache, loaded);
        if (!single) {
            *kept = false;
            struct posting_slot *own = malloc(sizeof *own);
            if (own)
                *own = loaded->slot;
            else
                posting_slot_free(&loaded->slot);
            free(loaded);
            *slot = own;
            return own ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a posting");
        }
        if (single != loaded) {
            posting_slot_free(&loaded->slot);
            free(loaded);
        }
    }
    single->used = true;
    *slot = &single->slot;
    return IC_OK;
}

static struct whole *find_whole(struct posting_cache *cache, uint64_t property)
{
    struct whole *whole;
    pthread_mutex_lock(&cache->mutex);
    HASH_FIND(hh, cache->wholes, &property, sizeof property, whole);
    pthread_mutex_unlock(&cache->mutex);
    if (whole)
        whole->used = true;
    return whole;
}

static struct whole *keep_whole(struct posting_cache *cache, struct whole *whole)
{
    struct whole *known;
    pthread_mutex_lock(&cache->mutex);
    HASH_FIND(hh, cache->wholes, &whole->property, sizeof whole->property, known);
    if (!known && cache->bytes <= cache->bytes_max && whole->bytes <= cache->bytes_max) {
        HASH_ADD(hh, cache->wholes, property, sizeof whole->property, whole);
        if (!whole->lost) {
            cache->bytes += whole->bytes;
            known = whole;
        }
    }
    pthread_mutex_unlock(&cache->mutex);
    return known;
}

enum ic_status posting_cache_index(struct posting_cache *cache, struct store *store,
                                   uint64_t property, struct posting_index **index, bool *kept,
                                   struct ic_error *error)
{
    struct whole *whole = find_whole(cache, property);
    *kept = true;
    if (whole) {
        *index = &whole->index;
        return IC_OK;
    }
    whole = calloc(1, sizeof *whole);
    if (!whole)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
    struct loading loading = {.index = &whole->index};
    whole->property = property;
    whole->used = true;
    const enum ic_status status =
        posting_each(store, property, NULL, load_slot, &loading, error);
    if (status != IC_OK) {
        posting_index_free(&whole->index);
        free(whole);
        return status;
    }
    whole->bytes = ENTRY_BYTES + loading.bytes;
    struct whole *known = keep_whole(cache, whole);
    if (known) {
        *index = &known->index;
        if (known != whole) {
            posting_index_free(&whole->index);
            free(whole);
        }
        return IC_OK;
    }
    *kept = false;
    *index = malloc(sizeof **index);
    if (*index)
        **index = whole->index;
    else
        posting_index_free(&whole->index);
    free(whole);
    return *index ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
}

enum ic_status posting_index_read(struct store *store, uint64_t property,
                                  struct posting_index **index, struct ic_error *error)
{
    *index = calloc(1, sizeof **index);
    if (!*index)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for postings");
    struct loading loading = {.index = *index};
    const enum ic_status status =
        posting_each(store, property, NULL, load_slot, &loading, error);
    if (status != IC_OK) {
        posting_index_free(*index);
        free(*index);
        *index = NULL;
    }
    return status;
}

/* ---- what follows from an index ---- */

static void add_slot(struct ordinal_bits *bits, const struct posting_slot *slot)
{
    if (slot->bits)
        ordinal_bits_add_bitmap(bits, slot->bits);
    for (uint32_t i = 0; !slot->bits && i < slot->count; i++)
        ordinal_bits_add(bits, slot->list[i]);
}

static uint64_t slot_count(const struct posting_slot *slot)
{
    return slot->bits ? roaring_bitmap_get_cardinality(slot->bits) : slot->count;
}

enum ic_status posting_index_union(const struct posting_index *index, size_t first, size_t last,
                                   roaring_bitmap_t **bitmap, struct ic_error *error)
{
    struct ordinal_bits bits = {.list = NULL};
    const roaring_bitmap_t **large = malloc((last - first + 2) * sizeof *large);
    size_t count = 0;
    *bitmap = NULL;
    for (size_t i = first; large && i < last; i++) {
        if (index->slots[i].bits)
            large[count++] = index->slots[i].bits;
        else
            add_slot(&bits, &index->slots[i]);
    }
    roaring_bitmap_t *small = large ? ordinal_bits_bitmap(&bits) : NULL;
    if (small && count) {
        large[count++] = small;
        *bitmap = roaring_bitmap_or_many(count, large);
        roaring_bitmap_free(small);
    } else {
        *bitmap = small;
    }
    ordinal_bits_free(&bits);
    free(large);
    return *bitmap ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

enum ic_status posting_index_repeated(const struct posting_index *index,
                                      const roaring_bitmap_t *stated,
                                      roaring_bitmap_t **repeated, struct ic_error *error)
{
    uint64_t values = 0;
    *repeated = roaring_bitmap_create();
    roaring_bitmap_t *once = roaring_bitmap_create();
    for (size_t i = 0; i < index->count; i++)
        values += slot_count(&index->slots[i]);
    const bool some = values > roaring_bitmap_get_cardinality(stated);
    bool good = *repeated && once;
    for (size_t i = 0; good && some && i < index->count; i++) {
        struct ordinal_bits bits = {.list = NULL};
        add_slot(&bits, &index->slots[i]);
        roaring_bitmap_t *one = ordinal_bits_bitmap(&bits);
        roaring_bitmap_t *both = one ? roaring_bitmap_and(one, once) : NULL;
        good = both != NULL;
        if (good) {
            roaring_bitmap_or_inplace(*repeated, both);
            roaring_bitmap_or_inplace(once, one);
            roaring_bitmap_free(both);
        }
        if (one)
            roaring_bitmap_free(one);
        ordinal_bits_free(&bits);
    }
    if (once)
        roaring_bitmap_free(once);
    if (good)
        return IC_OK;
    if (*repeated)
        roaring_bitmap_free(*repeated);
    *repeated = NULL;
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a query");
}

/* Keeps the first one that a thread has made. */
static const roaring_bitmap_t *keep_derived(struct posting_cache *cache, struct whole *whole,
                                            roaring_bitmap_t **place, roaring_bitmap_t *made)
{
    pthread_mutex_lock(&cache->mutex);
    if (!*place) {
        *place = made;
        made = NULL;
        whole->bytes += derived_bytes(*place);
        cache->bytes += derived_bytes(*place);
    }
    const roaring_bitmap_t *kept = *place;
    pthread_mutex_unlock(&cache->mutex);
    if (made)
        roaring_bitmap_free(made);
    return kept;
}

static const roaring_bitmap_t *known_derived(struct posting_cache *cache,
                                             roaring_bitmap_t *const *place)
{
    pthread_mutex_lock(&cache->mutex);
    const roaring_bitmap_t *known = *place;
    pthread_mutex_unlock(&cache->mutex);
    return known;
}

enum ic_status posting_cache_stated(struct posting_cache *cache, uint64_t property,
                                    const roaring_bitmap_t **stated,
                                    const roaring_bitmap_t **repeated, struct ic_error *error)
{
    struct whole *whole = find_whole(cache, property);
    roaring_bitmap_t *made;
    enum ic_status status;
    *stated = NULL;
    if (!whole)
        return IC_OK;
    *stated = known_derived(cache, &whole->stated);
    if (!*stated) {
        status = posting_index_union(&whole->index, 0, whole->index.count, &made, error);
        if (status != IC_OK)
            return status;
        *stated = keep_derived(cache, whole, &whole->stated, made);
    }
    if (!repeated)
        return IC_OK;
    *repeated = known_derived(cache, &whole->repeated);
    if (!*repeated) {
        status = posting_index_repeated(&whole->index, *stated, &made, error);
        if (status != IC_OK)
            return status;
        *repeated = keep_derived(cache, whole, &whole->repeated, made);
    }
    return IC_OK;
}

/* ---- ranges ---- */

static enum ic_status slot_key(const struct posting_index *index, struct store *store, size_t i,
                               struct value_key *key, struct ic_error *error)
{
    return dictionary_value_key(store, index->slots[i].object, key, error);
}

/* The first number that is not below the key or, with `above`, the first above it. */
static enum ic_status lower_bound(const struct posting_index *index, struct store *store,
                                  const struct value_key *key, bool above, size_t *at,
                                  struct ic_error *error)
{
    size_t low = index->numbers, high = index->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        struct value_key value;
        const enum ic_status status = slot_key(index, store, middle, &value, error);
        if (status != IC_OK)
            return status;
        const int order = value_key_compare(&value, key);
        if (order < 0 || (order == 0 && above))
            low = middle + 1;
        else
            high = middle;
    }
    *at = low;
    return IC_OK;
}

enum ic_status posting_index_range(const struct posting_index *index, struct store *store,
                                   const struct value_range *range, size_t *first, size_t *last,
                                   struct ic_error *error)
{
    enum ic_status status = IC_OK;
    *first = index->numbers;
    *last = index->count;
    if (range->low)
        status = lower_bound(index, store, range->low, range->above_low, first, error);
    if (status == IC_OK && range->high)
        status = lower_bound(index, store, range->high, !range->below_high, last, error);
    if (*last < *first)
        *last = *first;
    return status;
}
