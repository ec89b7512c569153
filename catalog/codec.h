/* SPDX-License-Identifier: Apache-2.0 */
/* Packing records: a growing buffer to write, a bounded cursor to read.
 *
 * Integers are LEB128 (7 bits a byte, low first), strings their length and bytes. A reader
 * that meets anything else sets `bad` and returns zeros: callers check once, at the end.
 * A writer that runs out of memory sets `failed`, likewise. */
#ifndef IC_CODEC_H
#define IC_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct encoder {
    unsigned char *data;
    size_t size, room;
    bool failed;
};

struct decoder {
    const unsigned char *at, *end;
    bool bad;
};

void encoder_free(struct encoder *encoder);
void encode_byte(struct encoder *encoder, unsigned byte);
void encode_number(struct encoder *encoder, uint64_t value);
void encode_bytes(struct encoder *encoder, const void *data, size_t size);
void encode_string(struct encoder *encoder, const char *text);

struct decoder decoder_of(const void *data, size_t size);
unsigned decode_byte(struct decoder *decoder);
uint64_t decode_number(struct decoder *decoder);
/* Borrowed from the record, not NUL-terminated. */
const char *decode_string(struct decoder *decoder, size_t *length);
/* True when everything was read and nothing was wrong. */
bool decoder_done(const struct decoder *decoder);

#endif
