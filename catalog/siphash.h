/* SPDX-License-Identifier: Apache-2.0 */
/* SipHash-2-4 (Aumasson and Bernstein, 2012): a short keyed hash. Who does not know the key
 * cannot choose texts that collide.
 * Threads: any. */
#ifndef IC_SIPHASH_H
#define IC_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY_BYTES = 16 };

uint64_t siphash(const unsigned char key[SIPHASH_KEY_BYTES], const void *data, size_t size);

#endif
