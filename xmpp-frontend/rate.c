/* SPDX-License-Identifier: Apache-2.0 */
/* Buckets of tokens as times (the generic cell rate algorithm): `full` is when the bucket would
 * be full if nobody took; taking one moves it on by the time that one token needs. */
#include "rate.h"

#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/siphash.h"

enum { WAYS = 8, MINUTE_US = 60 * 1000 * 1000 };

struct bucket {
    uint64_t who;    /* hash */
    int64_t full_us; /* in the past: the place is free */
};

struct ic_rate {
    unsigned char key[16];
    struct bucket places[IC_RATE_PLACES]; /* in sets of WAYS, by the hash's low bits */
};

struct ic_rate *ic_rate_new(void)
{
    struct ic_rate *rate = calloc(1, sizeof *rate);
    if (rate && RAND_bytes(rate->key, sizeof rate->key) != 1) {
        free(rate);
        return NULL;
    }
    return rate;
}

void ic_rate_free(struct ic_rate *rate)
{
    free(rate);
}

/* His bucket, else a free place, else NULL: all of the set are in use. */
static struct bucket *find(struct ic_rate *rate, uint64_t who, int64_t now_us)
{
    struct bucket *set = &rate->places[who % (IC_RATE_PLACES / WAYS) * WAYS],
                  *free_place = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].full_us <= now_us)
            free_place = &set[i];
        else if (set[i].who == who)
            return &set[i];
    }
    if (free_place)
        *free_place = (struct bucket){who, now_us};
    return free_place;
}

enum ic_status ic_rate_take(struct ic_rate *rate, const char *who, size_t a_minute,
                            const char *what, int64_t now_ms, struct ic_error *error)
{
    if (!a_minute)
        return IC_OK;
    const int64_t token_us = MINUTE_US / (int64_t)a_minute, now_us = now_ms * 1000;
    struct bucket *bucket = find(rate, siphash(rate->key, who, strlen(who)), now_us);
    if (!bucket)
        return ic_fail(error, IC_BUSY, "too many ask for %s; try again in 60 seconds", what);
    const int64_t wait_us = bucket->full_us + token_us - now_us - MINUTE_US;
    if (wait_us > 0)
        return ic_fail(error, IC_BUSY,
                       "the quota of %zu %s a minute is used up; try again in %lld seconds",
                       a_minute, what, (long long)((wait_us + 999999) / 1000000));
    bucket->full_us += token_us;
    return IC_OK;
}
