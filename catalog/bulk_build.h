/* SPDX-License-Identifier: Apache-2.0 */
/* What a store that is being built keeps in memory until it is complete: the same functions
 * write it as any other, but postings are sorted first, terms are found in memory, and numbers
 * and names are written when they are final.
 *
 * Invariant: a store under construction only gets new advertisements; nothing is replaced.
 * Internal to catalog/. Threads: one. */
#ifndef IC_BULK_BUILD_H
#define IC_BULK_BUILD_H

#include <roaring/roaring.h>

#include "build_records.h"
#include "bulk_terms.h"
#include "codec.h"
#include "posting_sort.h"
#include "store.h"
#include "term_record.h"

enum { BUILD_NUMBERS_MAX = 16, BUILD_NUMBER_NAME_MAX = 64 };

struct bulk_build {
    struct store *from; /* the generation in force */
    size_t memory_max;  /* bytes, for terms, claims and sorting */
    struct build_records claims;
    uint64_t sequence; /* of the one change record that stands for all; 0: not yet taken */
    struct posting_sort *postings;
    struct bulk_terms terms;
    uint64_t last_term;         /* the last number that was given out */
    roaring_bitmap_t *subjects; /* numbers of the terms that are subjects since the beginning */
    bool had_entries;           /* the store had some at the beginning */
    struct build_number {
        char name[BUILD_NUMBER_NAME_MAX];
        uint64_t value;
    } numbers[BUILD_NUMBERS_MAX];
    size_t number_count;
    struct encoder names; /* the block of cloud names that is being filled */
    uint32_t names_block;
};

/* Turns `store`, open for building, into one that collects; `from` is the generation in force,
 * `directory` is for temporary files, `memory_max` bytes for terms, claims and sorting: these
 * share it, and what terms and claims take beyond it is taken nevertheless, 21 to 43 bytes a
 * term and about 45 a cloud. Owned: bulk_build_close. */
enum ic_status bulk_build_open(struct store *store, struct store *from, int directory,
                               size_t memory_max, struct ic_error *error);

/* Is the database one that store_build_open leaves empty, because bulk_build_finish writes it?
 */
static inline bool build_writes_last(enum store_database database)
{
    return database == STORE_TERM_IDS || database == STORE_NAMES;
}
void bulk_build_close(struct store *store);

/* Writes what was collected. */
enum ic_status bulk_build_finish(struct store *store, struct ic_error *error);

/* ---- called by those who write, where store->build is not NULL ---- */

enum ic_status build_add_posting(struct store *store, uint64_t property, uint64_t object,
                                 uint32_t ordinal, struct ic_error *error);
/* The id of a term by its record; *id 0: there is none and `add` is false. */
enum ic_status build_term(struct store *store, const struct ic_term *term,
                          const struct term_record *record, bool add, uint64_t *id,
                          struct ic_error *error);
/* True when the subject's entry is the first about it. */
bool build_is_first_subject(struct store *store, uint64_t subject);
/* A number of STORE_META; false: it is not kept here. */
bool build_get_number(const struct store *store, const char *name, uint64_t *value);
bool build_put_number(struct store *store, const char *name, uint64_t value);
/* A record of STORE_NAMES. */
enum ic_status build_get_claim(struct store *store, const void *key, size_t key_size,
                               struct store_value *value, bool *found, struct ic_error *error);
enum ic_status build_put_claim(struct store *store, const void *key, size_t key_size,
                               const void *data, size_t size, struct ic_error *error);
enum ic_status build_cloud_name(struct store *store, uint32_t ordinal, const char *name,
                                struct ic_error *error);

#endif
