/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of entries by what they state: the operands of native matching. An entry is one
 * subject of one advertisement and has an ordinal (README.md, "The data model"); what a cloud
 * or an offer states is effective (resolved, inherited).
 *
 * Sets hold ordinals that the view may not show (expired advertisements): set_visible is the
 * mask that an answer passes at last.
 * Ownership: a set is borrowed from the catalog's caches or owned; it is valid from sets_begin
 * to sets_end and given back by entry_set_free. Threads: those of the view. */
#ifndef IC_SETS_H
#define IC_SETS_H

#include <roaring/roaring.h>

#include "cloud_names.h"
#include "postings.h"
#include "value_key.h"
#include "view.h"

struct entry_set {
    const roaring_bitmap_t *bits;
    roaring_bitmap_t *owned; /* NULL: borrowed */
};

static inline void entry_set_free(struct entry_set *set)
{
    if (set->owned)
        roaring_bitmap_free(set->owned);
    *set = (struct entry_set){.bits = NULL};
}

/* Sets whose members together make one. Zero-initialise; given back by entry_union_free. */
struct entry_union {
    struct entry_set *sets;
    size_t count, room;
};

/* Takes the set over; frees it when memory is out. */
enum ic_status entry_union_add(struct entry_union *parts, struct entry_set set,
                               struct ic_error *error);
void entry_union_free(struct entry_union *parts);
/* What is in each of `count` unions, one at least. */
enum ic_status entry_unions_meet(const struct entry_union *unions, size_t count,
                                 struct entry_set *set, struct ic_error *error);

/* The view behind a dataset, or NULL: it is another kind of dataset. */
struct view *view_of_dataset(struct ic_dataset *dataset);

/* Between these the sets stay what they are; short: a writer waits meanwhile. */
void sets_begin(struct view *view);
void sets_end(struct view *view);

/* Entries with this very term as a value of the property. */
enum ic_status set_equal(struct view *view, uint64_t property, uint64_t object,
                         struct entry_set *set, struct ic_error *error);

/* Adds the entries with a number in the range as a value. */
enum ic_status set_range(struct view *view, uint64_t property, const struct value_range *range,
                         struct entry_union *parts, struct ic_error *error);

/* Entries that have the property; those that have it with more than one value. */
enum ic_status set_stated(struct view *view, uint64_t property, struct entry_set *set,
                          struct ic_error *error);
enum ic_status set_repeated(struct view *view, uint64_t property, struct entry_set *set,
                            struct ic_error *error);

/* Entries with a value of the property that has no place among the numbers: those that
 * value_walk and set_range do not show. */
enum ic_status set_unordered(struct view *view, uint64_t property, struct entry_set *set,
                             struct ic_error *error);

/* Entries that the view shows; clouds; what a cloud names by :offers within its own
 * advertisement (a cloud without offers names itself). */
enum ic_status set_visible(struct view *view, struct entry_set *set, struct ic_error *error);
enum ic_status set_clouds(struct view *view, struct entry_set *set, struct ic_error *error);
enum ic_status set_offered(struct view *view, struct entry_set *set, struct ic_error *error);

/* Visible entries whose subject another visible entry has too: where the default graph merges
 * several advertisements. */
enum ic_status set_shared(struct view *view, struct entry_set *set, struct ic_error *error);

/* The clouds whose offers (or selves) are among `entries`. */
enum ic_status set_clouds_of(struct view *view, const roaring_bitmap_t *entries,
                             struct entry_set *set, struct ic_error *error);

/* What the clouds among `clouds` offer: the inverse, within set_offered. */
enum ic_status set_offers_of(struct view *view, const roaring_bitmap_t *clouds,
                             struct entry_set *set, struct ic_error *error);

/* The cloud of one entry. */
enum ic_status entry_cloud(struct view *view, uint32_t ordinal, uint32_t *cloud,
                           struct ic_error *error);
/* The subject and graph of an entry. */
enum ic_status entry_identity(struct view *view, uint32_t ordinal, uint64_t *subject,
                              uint64_t *graph, struct ic_error *error);
/* The values of a property of an entry, each once. Owned: free(*objects). */
enum ic_status entry_values(struct view *view, uint32_t ordinal, uint64_t property,
                            uint64_t **objects, size_t *count, struct ic_error *error);

/* Names (effective :cloudName, plain literals) of clouds: names[i] is that of the i-th ordinal
 * of `clouds`, allocated in `arena`; or the first `wanted` names (cloud_names_read). No two
 * clouds that a view sees have one name. */
enum ic_status cloud_names(struct view *view, const roaring_bitmap_t *clouds, size_t wanted,
                           struct ic_arena *arena, struct cloud_name **names,
                           struct ic_error *error);

/* The numbers that a property has, in their order, each with its entries. */
struct value_walk;
enum ic_status value_walk_open(struct view *view, uint64_t property, bool descending,
                               struct value_walk **walk, struct ic_error *error);
enum ic_status value_walk_next(struct value_walk *walk, uint64_t *object, struct entry_set *set,
                               bool *found, struct ic_error *error);
void value_walk_close(struct value_walk *walk);

#endif
