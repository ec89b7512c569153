/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 as its paper defines it: two rounds for each word, four at the end. */
#include "siphash.h"

#include <endian.h>
#include <string.h>

struct state {
    uint64_t a, b, c, d;
};

static uint64_t turn(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(struct state *s, int rounds)
{
    while (rounds--) {
        s->a += s->b;
        s->c += s->d;
        s->b = turn(s->b, 13) ^ s->a;
        s->d = turn(s->d, 16) ^ s->c;
        s->a = turn(s->a, 32);
        s->c += s->b;
        s->a += s->d;
        s->b = turn(s->b, 17) ^ s->c;
        s->d = turn(s->d, 21) ^ s->a;
        s->c = turn(s->c, 32);
    }
}

/* 8 bytes, low first. */
static uint64_t word(const unsigned char *p)
{
    uint64_t value;
    memcpy(&value, p, sizeof value);
    return le64toh(value);
}

/* Up to 7 bytes, likewise. */
static uint64_t rest(const unsigned char *p, size_t size)
{
    uint64_t value = 0;
    while (size--)
        value = value << 8 | p[size];
    return value;
}

uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *data, size_t size)
{
    const uint64_t k0 = word(key), k1 = word(key + 8);
    struct state s = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du,
                      k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
    const unsigned char *p = data;
    for (size_t left = size; left >= 8; left -= 8, p += 8) {
        const uint64_t m = word(p);
        s.d ^= m;
        mix(&s, 2);
        s.a ^= m;
    }
    const uint64_t last = (uint64_t)size << 56 | rest(p, size % 8);
    s.d ^= last;
    mix(&s, 2);
    s.a ^= last;
    s.c ^= 0xFF;
    mix(&s, 4);
    return s.a ^ s.b ^ s.c ^ s.d;
}
