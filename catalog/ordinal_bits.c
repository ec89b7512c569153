/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting ordinals and making a Roaring bitmap of them, by its portable format
 * (https://github.com/RoaringBitmap/RoaringFormatSpec): setting bits one by one in a Roaring
 * bitmap costs more than the rest of a query. */
#include "ordinal_bits.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAX = 1024, /* ordinals of a list */
    BLOCK_WORDS = ORDINAL_BLOCK_WORDS,
    BLOCK_BYTES = BLOCK_WORDS * 8,
    BLOCK_BITS = 16,
    FORMAT_COOKIE = 12346,     /* no run containers */
    ARRAY_CONTAINER_MAX = 4096 /* ordinals; a block with more is plain bits */
};

static uint64_t *block_of(struct ordinal_bits *bits, uint32_t ordinal)
{
    const size_t i = ordinal >> BLOCK_BITS;
    if (i >= bits->block_count) {
        const size_t count = i + 1 > bits->block_count * 2 ? i + 1 : bits->block_count * 2;
        uint64_t **grown = realloc(bits->blocks, count * sizeof *grown);
        if (!grown) {
            bits->failed = true;
            return NULL;
        }
        memset(grown + bits->block_count, 0, (count - bits->block_count) * sizeof *grown);
        bits->blocks = grown;
        bits->block_count = count;
    }
    if (!bits->blocks[i] && !(bits->blocks[i] = calloc(1, BLOCK_BYTES)))
        bits->failed = true;
    return bits->blocks[i];
}

static void set_bit(struct ordinal_bits *bits, uint32_t ordinal)
{
    uint64_t *block = block_of(bits, ordinal);
    const uint32_t low = ordinal & 0xFFFF;
    if (block)
        block[low >> 6] |= (uint64_t)1 << (low & 63);
}

/* From the list to blocks. */
static void spread(struct ordinal_bits *bits)
{
    for (size_t i = 0; i < bits->count; i++)
        set_bit(bits, bits->list[i]);
    bits->count = 0;
}

void ordinal_bits_add(struct ordinal_bits *bits, uint32_t ordinal)
{
    if (bits->block_count) {
        set_bit(bits, ordinal);
        return;
    }
    if (bits->count == bits->room) {
        if (bits->count >= LIST_MAX) {
            spread(bits);
            set_bit(bits, ordinal);
            return;
        }
        const size_t room = bits->room ? bits->room * 4 : 16;
        uint32_t *grown = realloc(bits->list, room * sizeof *grown);
        if (!grown) {
            bits->failed = true;
            return;
        }
        bits->list = grown;
        bits->room = room;
    }
    bits->list[bits->count++] = ordinal;
}

static void clear_bit(struct ordinal_bits *bits, uint32_t ordinal)
{
    const size_t i = ordinal >> BLOCK_BITS;
    const uint32_t low = ordinal & 0xFFFF;
    if (i < bits->block_count && bits->blocks[i])
        bits->blocks[i][low >> 6] &= ~((uint64_t)1 << (low & 63));
}

void ordinal_bits_set(struct ordinal_bits *bits, uint32_t ordinal, bool there)
{
    clear_bit(bits, ordinal);
    for (size_t i = 0; i < bits->count;)
        if (bits->list[i] == ordinal)
            bits->list[i] = bits->list[--bits->count];
        else
            i++;
    if (there)
        ordinal_bits_add(bits, ordinal);
}

void ordinal_bits_add_chunk(struct ordinal_bits *bits, uint32_t first,
                            const unsigned char *chunk)
{
    if (bits->count)
        spread(bits);
    uint64_t *block = block_of(bits, first);
    if (!block)
        return;
    uint64_t *at = block + (first & 0xFFFF) / 64;
    for (size_t i = 0; i < CHUNK_BYTES / 8; i++) {
        uint64_t word;
        memcpy(&word, chunk + i * 8, sizeof word);
        at[i] |= le64toh(word);
    }
}

void ordinal_bits_add_words(struct ordinal_bits *bits, uint32_t first, const uint64_t *words)
{
    if (bits->count)
        spread(bits);
    uint64_t *block = block_of(bits, first);
    for (size_t i = 0; block && i < BLOCK_WORDS; i++)
        block[i] |= words[i];
}

void ordinal_bits_add_bitmap(struct ordinal_bits *bits, const roaring_bitmap_t *bitmap)
{
    uint32_t some[256];
    uint32_t count;
    roaring_uint32_iterator_t at;
    roaring_init_iterator(bitmap, &at);
    while ((count = roaring_read_uint32_iterator(&at, some, 256)))
        for (uint32_t i = 0; i < count; i++)
            ordinal_bits_add(bits, some[i]);
}

void ordinal_bits_clear(struct ordinal_bits *bits)
{
    for (size_t i = 0; i < bits->block_count; i++)
        free(bits->blocks[i]);
    free(bits->blocks);
    bits->blocks = NULL;
    bits->block_count = bits->count = 0;
}

void ordinal_bits_free(struct ordinal_bits *bits)
{
    ordinal_bits_clear(bits);
    free(bits->list);
    *bits = (struct ordinal_bits){.list = NULL};
}

ORDINAL_BITS_WIDE static uint32_t count_block(const uint64_t *block)
{
    uint32_t count = 0;
    for (size_t i = 0; block && i < BLOCK_WORDS; i++)
        count += (uint32_t)__builtin_popcountll(block[i]);
    return count;
}

uint64_t ordinal_bits_count(const struct ordinal_bits *bits)
{
    uint64_t count = bits->count;
    for (size_t i = 0; i < bits->block_count; i++)
        count += count_block(bits->blocks[i]);
    return count;
}

/* ---- the portable format ---- */

static unsigned char *put16(unsigned char *p, uint32_t value)
{
    p[0] = (unsigned char)value;
    p[1] = (unsigned char)(value >> 8);
    return p + 2;
}

static unsigned char *put32(unsigned char *p, uint32_t value)
{
    return put16(put16(p, value), value >> 16);
}

static unsigned char *put_container(unsigned char *p, const uint64_t *block, uint32_t count)
{
    for (uint32_t i = 0; i < BLOCK_WORDS; i++) {
        uint64_t word = block[i];
        if (count > ARRAY_CONTAINER_MAX) {
            word = htole64(word);
            memcpy(p, &word, sizeof word);
            p += sizeof word;
            continue;
        }
        for (; word; word &= word - 1)
            p = put16(p, i * 64 + (uint32_t)__builtin_ctzll(word));
    }
    return p;
}

static size_t container_bytes(uint32_t count)
{
    return count > ARRAY_CONTAINER_MAX ? BLOCK_BYTES : count * 2;
}

static roaring_bitmap_t *from_blocks(const struct ordinal_bits *bits)
{
    enum { HEAD = 8, DESCRIPTION = 4, OFFSET = 4 };
    uint32_t *counts = malloc((bits->block_count + 1) * sizeof *counts);
    uint32_t containers = 0;
    size_t size = HEAD;
    for (size_t i = 0; counts && i < bits->block_count; i++) {
        counts[i] = count_block(bits->blocks[i]);
        containers += counts[i] != 0;
        size += counts[i] ? DESCRIPTION + OFFSET + container_bytes(counts[i]) : 0;
    }
    unsigned char *data = counts ? malloc(size) : NULL;
    roaring_bitmap_t *bitmap = NULL;
    if (data) {
        unsigned char *p = put32(put32(data, FORMAT_COOKIE), containers);
        for (uint32_t i = 0; i < bits->block_count; i++)
            if (counts[i])
                p = put16(put16(p, i), counts[i] - 1);
        size_t offset = HEAD + (size_t)containers * (DESCRIPTION + OFFSET);
        for (size_t i = 0; i < bits->block_count; i++) {
            if (!counts[i])
                continue;
            p = put32(p, (uint32_t)offset);
            offset += container_bytes(counts[i]);
        }
        for (size_t i = 0; i < bits->block_count; i++)
            if (counts[i])
                p = put_container(p, bits->blocks[i], counts[i]);
        bitmap = roaring_bitmap_portable_deserialize_safe((const char *)data, size);
    }
    free(data);
    free(counts);
    return bitmap;
}

roaring_bitmap_t *ordinal_bits_bitmap(const struct ordinal_bits *bits)
{
    if (bits->failed)
        return NULL;
    return bits->block_count ? from_blocks(bits)
                             : roaring_bitmap_of_ptr(bits->count, bits->list);
}
