/* SPDX-License-Identifier: Apache-2.0 */
/* Entries: what an advertisement says about one subject, one packed record an ordinal, and the
 * indexes that find it. Internal to catalog/. */
#ifndef IC_ENTRIES_H
#define IC_ENTRIES_H

#include "status.h"
#include "store.h"

enum entry_kind {
    ENTRY_CLOUD = 1, /* the cloud */
    ENTRY_OFFER,     /* one of its offers */
    ENTRY_PART       /* a node that cloud or offers lead to, such as an address */
};

/* One effective value; `flags` are IC_STATED, IC_NORMALISED, IC_INHERITED (catalog.h), and
 * `original` is the stated object where IC_NORMALISED, else 0. Sorted by predicate, object,
 * original; two values that were stated differently may have one effective form. */
struct entry_fact {
    uint64_t predicate, object, original;
    unsigned flags;
};

struct entry {
    uint64_t advertisement; /* number */
    uint64_t subject;       /* effective subject */
    uint64_t
        stated_subject; /* what the owner wrote: differs for an offer that was a blank node */
    enum entry_kind kind;
    bool offered; /* its cloud names it by :offers, within the advertisement */
    struct entry_fact *facts;
    size_t fact_count, fact_room;
};

void entry_free(struct entry *entry);

/* Appends a fact. IC_NO_MEMORY. */
enum ic_status entry_add(struct entry *entry, struct entry_fact fact, struct ic_error *error);

/* Sorts the facts and drops repeated ones. */
void entry_sort(struct entry *entry);

/* True where fact i has the predicate and object of the fact before it. */
static inline bool entry_repeats(const struct entry *entry, size_t i)
{
    return i > 0 && entry->facts[i].predicate == entry->facts[i - 1].predicate &&
           entry->facts[i].object == entry->facts[i - 1].object;
}

/* Reads the entry of `ordinal` into `entry` (reusing its memory; zero-initialise the first
 * time). *found false: there is none. IC_CORRUPT. */
enum ic_status entry_read(struct store *store, uint32_t ordinal, struct entry *entry,
                          bool *found, struct ic_error *error);

/* The entry of an advertisement that records of others may refer to (entry_record.h): as it is
 * in the store, and as it will be. Zero-initialise; subject 0: there is none. */
struct entry_base {
    uint32_t ordinal;
    struct entry old, now;
};

/* Reads `old` of the base at `ordinal`, if there is one: before the first write of any entry
 * of the advertisement. `now` is the caller's to set. Owned: entry_base_free. */
enum ic_status entry_base_read(struct store *store, uint32_t ordinal, struct entry_base *base,
                               struct ic_error *error);
void entry_base_free(struct entry_base *base);

/* Makes the record, indexes and marks (postings.h) of `ordinal` those of `entry` (sorted),
 * writing only what differs from what is there; NULL removes the entry, and a cloud's name.
 * `base`: the advertisement's; who changes or removes it writes all entries behind it too.
 * NULL: no entry refers to another. *named (may be NULL) false: it is a cloud now that has no
 * name yet, which the caller puts. Needs a transaction. */
enum ic_status entry_write(struct store *store, uint32_t ordinal, const struct entry *entry,
                           const struct entry_base *base, bool *named, struct ic_error *error);

/* Calls `each` for the ordinals of the entries about `subject`, ascending, for the first `most`
 * of them. */
enum ic_status subject_each(struct store *store, uint64_t subject, uint64_t most,
                            enum ic_status (*each)(void *context, uint32_t ordinal,
                                                   struct ic_error *error),
                            void *context, struct ic_error *error);

#endif
