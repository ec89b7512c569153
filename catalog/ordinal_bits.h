/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting ordinals, many at a time, into a Roaring bitmap.
 * Internal to catalog/. Threads: those of its owner. */
#ifndef IC_ORDINAL_BITS_H
#define IC_ORDINAL_BITS_H

#include <roaring/roaring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CHUNK_ORDINALS = 4096, /* of a dense record of postings */
    CHUNK_BYTES = CHUNK_ORDINALS / 8,
    ORDINAL_BLOCK = 65536, /* ordinals of a container of a Roaring bitmap */
    ORDINAL_BLOCK_WORDS = ORDINAL_BLOCK / 64
};

/* For loops over many words: the program chooses the variant for its processor. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define ORDINAL_BITS_WIDE __attribute__((target_clones("avx2", "popcnt", "default")))
#else
#define ORDINAL_BITS_WIDE
#endif

/* Few ordinals are kept as a list in any order, more as plain bits in blocks of 65,536.
 * Zero-initialise; `failed`: memory ran out, the content is undefined. */
struct ordinal_bits {
    uint32_t *list;
    size_t count, room;
    uint64_t **blocks; /* by ordinal >> 16, NULL where there is none; then the list is empty */
    size_t block_count;
    bool failed;
};

void ordinal_bits_add(struct ordinal_bits *bits, uint32_t ordinal);
/* Adds one that may be there already, or removes one that need not be. */
void ordinal_bits_set(struct ordinal_bits *bits, uint32_t ordinal, bool there);
/* Adds a chunk's plain bits, CHUNK_BYTES bytes, bit i of byte i/8 for ordinal first + i. */
void ordinal_bits_add_chunk(struct ordinal_bits *bits, uint32_t first,
                            const unsigned char *chunk);
/* Adds a block's plain bits: ORDINAL_BLOCK_WORDS words, from ordinal `first` on. */
void ordinal_bits_add_words(struct ordinal_bits *bits, uint32_t first, const uint64_t *words);
/* Adds a bitmap's ordinals. */
void ordinal_bits_add_bitmap(struct ordinal_bits *bits, const roaring_bitmap_t *bitmap);

/* Empties it and keeps its memory. */
void ordinal_bits_clear(struct ordinal_bits *bits);
void ordinal_bits_free(struct ordinal_bits *bits);

uint64_t ordinal_bits_count(const struct ordinal_bits *bits);

/* What was collected; NULL: memory is out. Owned: roaring_bitmap_free. */
roaring_bitmap_t *ordinal_bits_bitmap(const struct ordinal_bits *bits);

#endif
