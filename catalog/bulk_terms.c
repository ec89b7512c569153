/* SPDX-License-Identifier: Apache-2.0 */
/* Terms of a bulk import by their hashes. */
#include "bulk_terms.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 64 * 1024 };

enum ic_status bulk_terms_open(struct bulk_terms *terms,
                               const unsigned char key[SIPHASH_KEY_BYTES],
                               struct ic_error *error)
{
    *terms = (struct bulk_terms){.room = ROOM_AT_FIRST};
    memcpy(terms->key, key, sizeof terms->key);
    if (RAND_bytes(terms->other_key, sizeof terms->other_key) != 1)
        return ic_fail(error, IC_IO, "OpenSSL has no random numbers");
    terms->items = calloc(terms->room, sizeof *terms->items);
    return terms->items ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for terms");
}

void bulk_terms_close(struct bulk_terms *terms)
{
    free(terms->items);
    *terms = (struct bulk_terms){.items = NULL};
}

static struct bulk_term *find(const struct bulk_terms *terms, uint64_t hash, uint32_t more)
{
    size_t i = (size_t)hash & (terms->room - 1);
    while (terms->items[i].id && (terms->items[i].hash != hash || terms->items[i].more != more))
        i = (i + 1) & (terms->room - 1);
    return &terms->items[i];
}

static bool grow(struct bulk_terms *terms)
{
    struct bulk_terms larger = *terms;
    larger.room = terms->room * 2;
    larger.items = calloc(larger.room, sizeof *larger.items);
    if (!larger.items)
        return false;
    for (size_t i = 0; i < terms->room; i++)
        if (terms->items[i].id)
            *find(&larger, terms->items[i].hash, terms->items[i].more) = terms->items[i];
    free(terms->items);
    *terms = larger;
    return true;
}

struct bulk_term *bulk_terms_place(struct bulk_terms *terms, const void *record, size_t size)
{
    if (terms->count >= terms->room / 4 * 3 && !grow(terms))
        return NULL;
    const uint64_t hash = siphash(terms->key, record, size);
    const uint32_t more = (uint32_t)siphash(terms->other_key, record, size);
    struct bulk_term *term = find(terms, hash, more);
    term->hash = hash;
    term->more = more;
    return term;
}

static int compare(const void *left, const void *right)
{
    const struct bulk_term *a = left, *b = right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

size_t bulk_terms_sort(struct bulk_terms *terms, uint64_t hash_mask)
{
    size_t count = 0;
    for (size_t i = 0; i < terms->room; i++) {
        if (!terms->items[i].id)
            continue;
        terms->items[count] = terms->items[i];
        terms->items[count++].hash &= hash_mask;
    }
    qsort(terms->items, count, sizeof *terms->items, compare);
    return count;
}
