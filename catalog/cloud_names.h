/* SPDX-License-Identifier: Apache-2.0 */
/* The column of cloud names by ordinal: answers are read off it, without descriptions and
 * dictionary. Internal to catalog/. Writing needs a transaction. */
#ifndef IC_CLOUD_NAMES_H
#define IC_CLOUD_NAMES_H

#include <roaring/roaring.h>
#include <string.h>

#include "arena.h"
#include "name_cache.h"
#include "status.h"
#include "store.h"
#include "term.h"

/* Sets or removes the name of the cloud that has this ordinal. */
enum ic_status cloud_name_put(struct store *store, uint32_t ordinal, const char *name,
                              struct ic_error *error);
enum ic_status cloud_name_remove(struct store *store, uint32_t ordinal, struct ic_error *error);

struct cloud_name {
    const char *text; /* NUL-terminated */
    uint32_t length;
};
static inline struct ic_term cloud_name_term(const struct cloud_name *name)
{
    return (struct ic_term){.kind = IC_LITERAL, .text = name->text, .length = name->length};
}
static inline bool cloud_name_equal(const struct cloud_name *a, const struct cloud_name *b)
{
    return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}
/* The order of code points, which is that of UTF-8's bytes; names have no NUL. */
static inline int cloud_name_compare(const struct cloud_name *a, const struct cloud_name *b)
{
    const int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* For those who write many: a block is written as a whole, its names ascending. `block` gets
 * what is there (nothing, when there is none). */
enum { CLOUD_NAMES_BLOCK = NAME_CACHE_BLOCK };
struct encoder;
enum ic_status cloud_names_get_block(struct store *store, uint32_t number,
                                     struct encoder *block, struct ic_error *error);
enum ic_status cloud_names_put_block(struct store *store, uint32_t number, const void *data,
                                     size_t size, struct ic_error *error);

/* Names of all ordinals of `clouds`, ascending by ordinal; or, when `wanted` is not 0 and less
 * than there are, the first `wanted` names in code point order, in no order. An ordinal without
 * one is IC_CORRUPT. The array and the texts are allocated in `arena`. `cache`: store->names,
 * for those who hold the latch and see the last commit; else NULL. */
struct name_cache;
enum ic_status cloud_names_read(struct store *store, struct name_cache *cache,
                                const roaring_bitmap_t *clouds, size_t wanted,
                                struct ic_arena *arena, struct cloud_name **names,
                                struct ic_error *error);

/* Calls `each` for every name, by ordinal. */
enum ic_status cloud_names_each(struct store *store,
                                enum ic_status (*each)(void *context, uint32_t ordinal,
                                                       const char *name, size_t length,
                                                       struct ic_error *error),
                                void *context, struct ic_error *error);

#endif
