/* SPDX-License-Identifier: Apache-2.0 */
/* The postings that queries used lately, in memory: by property, values in their order.
 *
 * It always holds the committed state: changes are noted while a transaction runs and applied
 * when it commits. Whoever reads holds the store's latch shared from the first call to the last
 * use of what it was given; whoever applies or evicts holds it alone.
 * Invariant: what a reader was given stays as it is until the latch is held alone. */
#ifndef IC_POSTING_CACHE_H
#define IC_POSTING_CACHE_H

#include <roaring/roaring.h>

#include "postings.h"
#include "status.h"
#include "store.h"

struct posting_cache;

/* At most about `bytes_max` bytes are kept; what does not fit is read each time. */
enum ic_status posting_cache_new(size_t bytes_max, struct posting_cache **cache,
                                 struct ic_error *error);
void posting_cache_free(struct posting_cache *cache);

/* One change of the transaction that runs. NULL cache: nothing. */
enum ic_status posting_cache_note(struct posting_cache *cache, uint64_t property,
                                  uint64_t object, uint32_t ordinal, bool added,
                                  struct ic_error *error);
/* The transaction committed (the latch is held alone), or did not. */
void posting_cache_apply(struct posting_cache *cache);
void posting_cache_discard(struct posting_cache *cache);

/* Of what is kept, about. */
size_t posting_cache_bytes(struct posting_cache *cache);

/* Forgets everything (the latch is held alone). */
void posting_cache_clear(struct posting_cache *cache);

/* Forgets what was used least, when the cache is over its size (the latch is held alone). */
bool posting_cache_is_full(struct posting_cache *cache);
void posting_cache_evict(struct posting_cache *cache);

/* One value's ordinals: a list (ascending) while they are few, else a bitmap. */
struct posting_slot {
    uint64_t object;
    uint32_t count;         /* of the list; unused with a bitmap */
    roaring_bitmap_t *bits; /* NULL: the list */
    uint32_t *list;
};

/* All values of one property: those without a value key by id, then numbers by value. */
struct posting_index {
    struct posting_slot *slots;
    size_t count, numbers; /* slots[numbers] is the first number */
};

/* The postings of (property, object). `slot` is borrowed; NULL: there are none. *kept false: it
 * did not fit and is the caller's: posting_slot_free. */
enum ic_status posting_cache_slot(struct posting_cache *cache, struct store *store,
                                  uint64_t property, uint64_t object,
                                  const struct posting_slot **slot, bool *kept,
                                  struct ic_error *error);
/* All of a property. *kept as above: posting_index_free. */
enum ic_status posting_cache_index(struct posting_cache *cache, struct store *store,
                                   uint64_t property, struct posting_index **index, bool *kept,
                                   struct ic_error *error);
/* The same, read for one use: posting_index_free, free. */
enum ic_status posting_index_read(struct store *store, uint64_t property,
                                  struct posting_index **index, struct ic_error *error);
/* Entries with any value of a property whose index is kept, and with more than one (`repeated`
 * NULL: not asked for); *stated NULL: it is not kept. */
enum ic_status posting_cache_stated(struct posting_cache *cache, uint64_t property,
                                    const roaring_bitmap_t **stated,
                                    const roaring_bitmap_t **repeated, struct ic_error *error);
void posting_slot_free(struct posting_slot *slot);
void posting_index_free(struct posting_index *index);

/* The union of slots first to last - 1, and the entries that are in several slots; owned:
 * roaring_bitmap_free. */
enum ic_status posting_index_union(const struct posting_index *index, size_t first, size_t last,
                                   roaring_bitmap_t **bitmap, struct ic_error *error);
enum ic_status posting_index_repeated(const struct posting_index *index,
                                      const roaring_bitmap_t *stated,
                                      roaring_bitmap_t **repeated, struct ic_error *error);

/* The first slot of `index` whose number is in or above the low end of the range, and the first
 * above its high end. */
enum ic_status posting_index_range(const struct posting_index *index, struct store *store,
                                   const struct value_range *range, size_t *first, size_t *last,
                                   struct ic_error *error);

#endif
