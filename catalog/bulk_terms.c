/* SPDX-License-Identifier: Apache-2.0 */
/* Terms of a bulk import by their hashes. */
#include "bulk_terms.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 4 * 1024, PART_SHIFT = 36 }; /* the highest 4 of 40 bits */

enum ic_status bulk_terms_open(struct bulk_terms *terms,
                               const unsigned char key[SIPHASH_KEY_BYTES], uint64_t hash_mask,
                               struct ic_error *error)
{
    *terms = (struct bulk_terms){.hash_mask = hash_mask};
    memcpy(terms->key, key, sizeof terms->key);
    return RAND_bytes(terms->other_key, sizeof terms->other_key) == 1
               ? IC_OK
               : ic_fail(error, IC_IO, "OpenSSL has no random numbers");
}

void bulk_terms_close(struct bulk_terms *terms)
{
    for (unsigned i = 0; i < BULK_TERMS_PARTS; i++) {
        free(terms->parts[i].items);
        terms->parts[i] = (struct bulk_terms_part){.items = NULL};
    }
}

size_t bulk_terms_memory(const struct bulk_terms *terms)
{
    size_t room = 0;
    for (unsigned i = 0; i < BULK_TERMS_PARTS; i++)
        room += terms->parts[i].room;
    return room * sizeof(struct bulk_term);
}

static struct bulk_term *place_of(const struct bulk_terms_part *part, uint64_t hash,
                                  uint32_t more)
{
    size_t i = (size_t)hash & (part->room - 1);
    while (part->items[i].id && (part->items[i].hash != hash || part->items[i].more != more))
        i = (i + 1) & (part->room - 1);
    return &part->items[i];
}

static bool grow(struct bulk_terms_part *part)
{
    struct bulk_terms_part larger = {.count = part->count,
                                     .room = part->room ? part->room * 2 : ROOM_AT_FIRST};
    larger.items = calloc(larger.room, sizeof *larger.items);
    if (!larger.items)
        return false;
    for (size_t i = 0; i < part->room; i++)
        if (part->items[i].id)
            *place_of(&larger, part->items[i].hash, part->items[i].more) = part->items[i];
    free(part->items);
    *part = larger;
    return true;
}

static struct bulk_terms_part *part_of(struct bulk_terms *terms, uint64_t hash)
{
    return &terms->parts[(hash & terms->hash_mask) >> PART_SHIFT & (BULK_TERMS_PARTS - 1)];
}

struct bulk_term *bulk_terms_place(struct bulk_terms *terms, const void *record, size_t size)
{
    const uint64_t hash = siphash(terms->key, record, size);
    const uint32_t more = (uint32_t)siphash(terms->other_key, record, size);
    struct bulk_terms_part *part = part_of(terms, hash);
    if (part->count >= part->room / 4 * 3 && !grow(part))
        return NULL;
    struct bulk_term *term = place_of(part, hash, more);
    term->hash = hash;
    term->more = more;
    return term;
}

void bulk_terms_add(struct bulk_terms *terms, struct bulk_term *place, uint32_t id)
{
    part_of(terms, place->hash)->count++;
    place->id = id;
}

static int compare(const void *left, const void *right)
{
    const struct bulk_term *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

const struct bulk_term *bulk_terms_sort(struct bulk_terms *terms, unsigned number,
                                        size_t *count)
{
    const struct bulk_terms_part *part = &terms->parts[number];
    *count = 0;
    for (size_t i = 0; i < part->room; i++) {
        if (!part->items[i].id)
            continue;
        part->items[*count] = part->items[i];
        part->items[(*count)++].hash &= terms->hash_mask;
    }
    if (*count)
        qsort(part->items, *count, sizeof *part->items, compare);
    return part->items;
}
