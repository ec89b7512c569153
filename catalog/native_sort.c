/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting names: code point order is the order of the bytes of UTF-8. What all names begin
 * with is skipped; then they are sorted by eight bytes at a time, as a number, and only names
 * that agree in those look at the next eight. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

enum { INSERTION_MAX = 16, RADIX_MIN = 512, KEY_BYTES = 8 };

struct keyed {
    uint64_t
        key; /* the bytes at the depth that is being sorted, big-endian, 0 behind the end */
    const struct cloud_name *name;
};

static uint64_t key_at(const struct cloud_name *name, size_t depth)
{
    const size_t left = name->length > depth ? name->length - depth : 0;
    uint64_t key = 0;
    if (left < KEY_BYTES) {
        for (size_t i = 0; i < left; i++)
            key |= (uint64_t)(unsigned char)name->text[depth + i] << (56 - 8 * i);
        return key;
    }
    memcpy(&key, name->text + depth, sizeof key);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    key = __builtin_bswap64(key);
#endif
    return key;
}

/* Names have no NUL, so that a key says where a name ends. */
static void insertion_sort(struct keyed *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const struct keyed moved = items[i];
        size_t k = i;
        for (; k && items[k - 1].key > moved.key; k--)
            items[k] = items[k - 1];
        items[k] = moved;
    }
}

static int compare_keys(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

/* By the bytes in which the keys differ, the last first. `spare` has room for as many. */
static void radix_sort(struct keyed *items, struct keyed *spare, size_t count)
{
    uint64_t differ = 0;
    struct keyed *from = items, *to = spare;
    for (size_t i = 1; i < count; i++)
        differ |= items[i].key ^ items[0].key;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t starts[256] = {0}, sum = 0;
        if (!(differ >> shift & 0xFF))
            continue;
        for (size_t i = 0; i < count; i++)
            starts[from[i].key >> shift & 0xFF]++;
        for (size_t i = 0; i < 256; i++) {
            const size_t here = starts[i];
            starts[i] = sum;
            sum += here;
        }
        for (size_t i = 0; i < count; i++)
            to[starts[from[i].key >> shift & 0xFF]++] = from[i];
        struct keyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof *items);
}

/* Clouds that were imported in the order of their names have ordinals in that order. */
static bool in_order(const struct keyed *items, size_t count)
{
    size_t i = 1;
    while (i < count && items[i - 1].key <= items[i].key)
        i++;
    return i >= count;
}

static void sort_by_key(struct keyed *items, struct keyed *spare, size_t count)
{
    if (in_order(items, count))
        return;
    if (count <= INSERTION_MAX)
        insertion_sort(items, count);
    else if (count < RADIX_MIN)
        qsort(items, count, sizeof *items, compare_keys);
    else
        radix_sort(items, spare, count);
}

/* A run of items whose names agree before `depth`. */
struct run_of_equals {
    size_t first, count, depth;
};

/* Finds the runs that agree at `depth` too and goes on behind it; keeps a list of its own, as
 * names may be long. False: no memory. */
static bool sort_runs(struct keyed *items, struct keyed *spare, size_t count, size_t depth)
{
    size_t room = 16, waiting = 1;
    struct run_of_equals *runs = malloc(room * sizeof *runs);
    if (!runs)
        return false;
    runs[0] = (struct run_of_equals){0, count, depth};
    while (waiting) {
        const struct run_of_equals run = runs[--waiting];
        struct keyed *part = items + run.first;
        for (size_t i = 0; i < run.count; i++)
            part[i].key = key_at(part[i].name, run.depth);
        sort_by_key(part, spare, run.count);
        for (size_t i = 0, end; i < run.count; i = end) {
            for (end = i + 1; end < run.count && part[end].key == part[i].key;)
                end++;
            if (end - i < 2 || !(part[i].key & 0xFF)) /* alone, or ended: equal */
                continue;
            if (waiting == room) {
                struct run_of_equals *grown = realloc(runs, 2 * room * sizeof *runs);
                if (!grown) {
                    free(runs);
                    return false;
                }
                runs = grown;
                room *= 2;
            }
            runs[waiting++] =
                (struct run_of_equals){run.first + i, end - i, run.depth + KEY_BYTES};
        }
    }
    free(runs);
    return true;
}

static size_t common_prefix(const struct cloud_name *const *names, size_t count)
{
    size_t common = names[0]->length;
    for (size_t i = 1; i < count && common; i++) {
        size_t same = 0;
        while (same < common && same < names[i]->length &&
               names[i]->text[same] == names[0]->text[same])
            same++;
        common = same;
    }
    return common;
}

bool native_sort_names(const struct cloud_name **names, size_t count)
{
    if (count < 2)
        return true;
    struct keyed *items = malloc(2 * count * sizeof *items);
    if (!items)
        return false;
    const size_t depth = common_prefix(names, count);
    for (size_t i = 0; i < count; i++)
        items[i].name = names[i];
    const bool sorted = sort_runs(items, items + count, count, depth);
    for (size_t i = 0; sorted && i < count; i++)
        names[i] = items[i].name;
    free(items);
    return sorted;
}
