/* SPDX-License-Identifier: Apache-2.0 */
/* What is in all of several unions of Roaring bitmaps, without making the unions.
 * Internal to catalog/. Threads: any that may read the bitmaps. */
#ifndef IC_ORDINAL_MEET_H
#define IC_ORDINAL_MEET_H

#include <roaring/roaring.h>
#include <stddef.h>

/* What is in any of `count` bitmaps; none: nothing. Borrowed. */
struct ordinal_union {
    const roaring_bitmap_t *const *bitmaps;
    size_t count;
};

/* What is in each of `count` unions, one at least. Owned: roaring_bitmap_free. NULL: memory is
 * out. */
roaring_bitmap_t *ordinal_meet(const struct ordinal_union *unions, size_t count);

#endif
