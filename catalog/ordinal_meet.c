/* SPDX-License-Identifier: Apache-2.0 */
/* Intersecting unions 65,536 ordinals at a time, which is a container of a Roaring bitmap:
 * plain bits of all that are dense, 8 KiB that stay in the processor's first cache, then those
 * few that a sparse operand has, one by one. CRoaring's own operations make a bitmap for each
 * union and each step, and count its bits each time.
 *
 * It looks into CRoaring's containers, which roaring/containers/ declares. */
#include "ordinal_meet.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ordinal_bits.h"

enum {
    WORDS = ORDINAL_BLOCK_WORDS,
    LIST_MAX = 4096, /* ordinals of an array container */
    FEW = 64 /* ordinals that are looked up one by one, rather than in a union made for them */
};

/* The containers of one union at the place that is worked on. */
struct operand {
    const struct ordinal_union *from;
    int32_t *next;      /* by bitmap: its first container that is not behind the place */
    const void **parts; /* the containers there */
    uint8_t *types;
    size_t part_count, size; /* size: ordinals, at most */
    bool dense;              /* plain bits are among them */
};

/* What is left at the place: plain bits, or (sparse) a list. */
struct rest {
    uint64_t words[WORDS], spare[WORDS];
    uint16_t list[LIST_MAX];
    size_t count;
    bool sparse;
};

static const uint64_t *words_of(const void *container)
{
    return ((const bitset_container_t *)container)->array;
}

/* ---- plain bits ---- */

ORDINAL_BITS_WIDE static void or_words(uint64_t *restrict into, const uint64_t *restrict words)
{
    for (size_t i = 0; i < WORDS; i++)
        into[i] |= words[i];
}

ORDINAL_BITS_WIDE static void and_words(uint64_t *restrict into, const uint64_t *restrict words)
{
    for (size_t i = 0; i < WORDS; i++)
        into[i] &= words[i];
}

static void or_array(uint64_t *into, const array_container_t *array)
{
    for (int32_t i = 0; i < array->cardinality; i++)
        into[array->array[i] >> 6] |= (uint64_t)1 << (array->array[i] & 63);
}

static void or_runs(uint64_t *into, const run_container_t *runs)
{
    for (int32_t i = 0; i < runs->n_runs; i++) {
        const uint32_t last = (uint32_t)runs->runs[i].value + runs->runs[i].length;
        for (uint32_t at = runs->runs[i].value; at <= last; at++)
            into[at >> 6] |= (uint64_t)1 << (at & 63);
    }
}

/* The operand's union as plain bits, in `room` unless it is there already. */
static const uint64_t *union_words(const struct operand *o, uint64_t *room)
{
    if (o->part_count == 1 && o->types[0] == BITSET_CONTAINER_TYPE_CODE)
        return words_of(o->parts[0]);
    memset(room, 0, WORDS * sizeof *room);
    for (size_t i = 0; i < o->part_count; i++)
        if (o->types[i] == BITSET_CONTAINER_TYPE_CODE)
            or_words(room, words_of(o->parts[i]));
        else if (o->types[i] == ARRAY_CONTAINER_TYPE_CODE)
            or_array(room, o->parts[i]);
        else
            or_runs(room, o->parts[i]);
    return room;
}

/* ---- lists ---- */

static bool array_has(const array_container_t *array, uint16_t value)
{
    int32_t low = 0, high = array->cardinality;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (array->array[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < array->cardinality && array->array[low] == value;
}

static bool runs_have(const run_container_t *runs, uint16_t value)
{
    for (int32_t i = 0; i < runs->n_runs && runs->runs[i].value <= value; i++)
        if (value - runs->runs[i].value <= runs->runs[i].length)
            return true;
    return false;
}

static bool has(const struct operand *o, uint16_t value)
{
    for (size_t i = 0; i < o->part_count; i++)
        if (o->types[i] == BITSET_CONTAINER_TYPE_CODE
                ? words_of(o->parts[i])[value >> 6] >> (value & 63) & 1
            : o->types[i] == ARRAY_CONTAINER_TYPE_CODE ? array_has(o->parts[i], value)
                                                       : runs_have(o->parts[i], value))
            return true;
    return false;
}

/* Those of `count` values that have their bit; `kept` may be `values`. */
static size_t keep_set(const uint64_t *words, const uint16_t *values, size_t count,
                       uint16_t *kept)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t value = values[i];
        kept[n] = value;
        n += words[value >> 6] >> (value & 63) & 1;
    }
    return n;
}

static void list_words(struct rest *rest, const uint64_t *words)
{
    rest->count = 0;
    for (uint32_t i = 0; i < WORDS; i++)
        for (uint64_t word = words[i]; word; word &= word - 1)
            rest->list[rest->count++] = (uint16_t)(i * 64 + (uint32_t)__builtin_ctzll(word));
}

static void keep_listed(struct rest *rest, const struct operand *o)
{
    size_t kept = 0;
    if (rest->count > FEW) {
        rest->count =
            keep_set(union_words(o, rest->spare), rest->list, rest->count, rest->list);
        return;
    }
    for (size_t i = 0; i < rest->count; i++) {
        rest->list[kept] = rest->list[i];
        kept += has(o, rest->list[i]);
    }
    rest->count = kept;
}

/* ---- one place ---- */

/* The operand's only container, if it is an array. */
static const array_container_t *only_array(const struct operand *o)
{
    const array_container_t *array = o->parts[0];
    return o->part_count == 1 && o->types[0] == ARRAY_CONTAINER_TYPE_CODE &&
                   array->cardinality <= LIST_MAX
               ? array
               : NULL;
}

/* What the first operand leaves. */
static void begin_rest(struct rest *rest, const struct operand *o)
{
    const array_container_t *array = only_array(o);
    rest->sparse = array || o->size <= FEW;
    if (array) {
        rest->count = (size_t)array->cardinality;
        memcpy(rest->list, array->array, rest->count * sizeof *rest->list);
        return;
    }
    const uint64_t *words = union_words(o, rest->words);
    if (rest->sparse)
        list_words(rest, words);
    else if (words != rest->words)
        memcpy(rest->words, words, sizeof rest->words);
}

static void keep(struct rest *rest, const struct operand *o)
{
    const array_container_t *array = only_array(o);
    if (rest->sparse) {
        keep_listed(rest, o);
    } else if (array) {
        rest->count =
            keep_set(rest->words, array->array, (size_t)array->cardinality, rest->list);
        rest->sparse = true;
    } else {
        and_words(rest->words, union_words(o, rest->spare));
    }
}

/* Few ordinals come first; else what is dense, for that is done with words, and then what is
 * sparse, the smallest first. */
static bool comes_before(const struct operand *a, const struct operand *b)
{
    const int a_class = a->size <= FEW ? 0 : a->dense ? 1 : 2;
    const int b_class = b->size <= FEW ? 0 : b->dense ? 1 : 2;
    return a_class != b_class ? a_class < b_class : a->size < b->size;
}

static void sort_operands(const struct operand **order, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct operand *moved = order[i];
        size_t k = i;
        for (; k && comes_before(moved, order[k - 1]); k--)
            order[k] = order[k - 1];
        order[k] = moved;
    }
}

static void add_rest(const struct rest *rest, uint32_t key, struct ordinal_bits *bits)
{
    if (!rest->sparse)
        ordinal_bits_add_words(bits, key << 16, rest->words);
    for (size_t i = 0; rest->sparse && i < rest->count; i++)
        ordinal_bits_add(bits, key << 16 | rest->list[i]);
}

/* ---- all places ---- */

static bool open_operand(struct operand *o, const struct ordinal_union *from)
{
    *o = (struct operand){.from = from,
                          .next = calloc(from->count + 1, sizeof *o->next),
                          .parts = calloc(from->count + 1, sizeof *o->parts),
                          .types = calloc(from->count + 1, sizeof *o->types)};
    return o->next && o->parts && o->types;
}

static void close_operand(struct operand *o)
{
    free(o->next);
    free(o->parts);
    free(o->types);
}

/* Moves to `key` or behind it, and takes the containers that are at it. False: there are none;
 * *following: where the next ones are, if that is before it. */
static bool move_operand(struct operand *o, uint32_t key, uint32_t *following)
{
    uint32_t next = UINT32_MAX;
    o->part_count = o->size = 0;
    o->dense = false;
    for (size_t i = 0; i < o->from->count; i++) {
        const roaring_array_t *in = &o->from->bitmaps[i]->high_low_container;
        while (o->next[i] < in->size && in->keys[o->next[i]] < key)
            o->next[i]++;
        if (o->next[i] == in->size)
            continue;
        const uint32_t here = in->keys[o->next[i]];
        if (here != key) {
            next = here < next ? here : next;
            continue;
        }
        uint8_t type = in->typecodes[o->next[i]];
        const void *part = container_unwrap_shared(in->containers[o->next[i]], &type);
        o->parts[o->part_count] = part;
        o->types[o->part_count++] = type;
        o->size += (size_t)container_get_cardinality(part, type);
        o->dense = o->dense || type != ARRAY_CONTAINER_TYPE_CODE;
    }
    if (!o->part_count)
        *following = next;
    return o->part_count;
}

/* `order` has room for pointers to the operands. */
static void meet(struct operand *operands, size_t count, const struct operand **order,
                 struct ordinal_bits *bits)
{
    struct rest rest;
    for (uint32_t key = 0; key <= UINT16_MAX;) {
        uint32_t following = 0;
        size_t i = 0;
        while (i < count && move_operand(&operands[i], key, &following))
            i++;
        if (i < count) { /* nothing is before where that operand goes on */
            key = following;
            continue;
        }
        for (i = 0; i < count; i++)
            order[i] = &operands[i];
        sort_operands(order, count);
        begin_rest(&rest, order[0]);
        for (i = 1; i < count && !(rest.sparse && !rest.count); i++)
            keep(&rest, order[i]);
        add_rest(&rest, key++, bits);
    }
}

roaring_bitmap_t *ordinal_meet(const struct ordinal_union *unions, size_t count)
{
    struct operand *operands = calloc(count, sizeof *operands);
    const struct operand **order = calloc(count, sizeof *order);
    struct ordinal_bits bits = {.list = NULL};
    roaring_bitmap_t *result = NULL;
    bool good = operands && order;
    for (size_t i = 0; operands && i < count; i++)
        good = open_operand(&operands[i], &unions[i]) && good;
    if (good) {
        meet(operands, count, order, &bits);
        result = ordinal_bits_bitmap(&bits);
    }
    for (size_t i = 0; operands && i < count; i++)
        close_operand(&operands[i]);
    ordinal_bits_free(&bits);
    free(operands);
    free(order);
    return result;
}
