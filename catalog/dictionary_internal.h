/* SPDX-License-Identifier: Apache-2.0 */
/* What dictionary*.c share. */
#ifndef IC_DICTIONARY_INTERNAL_H
#define IC_DICTIONARY_INTERNAL_H

#include <pthread.h>
#include <roaring/roaring.h>

#include "dictionary.h"
#include "siphash.h"
#include "term_cache.h"

struct dictionary {
    pthread_mutex_t mutex; /* of all below but `marks` */
    struct term_cache *cache;
    unsigned char hash_key[SIPHASH_KEY_BYTES];
    bool keyed; /* hash_key was read */
    uint64_t hash_mask;
    uint64_t committed;      /* numbers that were given out */
    uint64_t last;           /* and with those of the running transaction: the writer's */
    roaring_bitmap_t *marks; /* numbers in use, while a sweep runs; the writer's */
};

#endif
