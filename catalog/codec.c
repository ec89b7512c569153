/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and unpacking records. */
#include "codec.h"

#include <stdlib.h>
#include <string.h>

void encoder_free(struct encoder *encoder)
{
    free(encoder->data);
    *encoder = (struct encoder){.data = NULL};
}

void encode_bytes(struct encoder *encoder, const void *data, size_t size)
{
    if (encoder->failed || size == 0)
        return;
    if (encoder->room - encoder->size < size) {
        size_t room = encoder->room ? encoder->room * 2 : 256;
        while (room - encoder->size < size)
            room *= 2;
        unsigned char *grown = realloc(encoder->data, room);
        if (!grown) {
            encoder->failed = true;
            return;
        }
        encoder->data = grown;
        encoder->room = room;
    }
    memcpy(encoder->data + encoder->size, data, size);
    encoder->size += size;
}

void encode_byte(struct encoder *encoder, unsigned byte)
{
    const unsigned char value = (unsigned char)byte;
    encode_bytes(encoder, &value, 1);
}

void encode_number(struct encoder *encoder, uint64_t value)
{
    unsigned char bytes[10];
    size_t size = 0;
    do {
        bytes[size++] = (unsigned char)((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value);
    encode_bytes(encoder, bytes, size);
}

void encode_string(struct encoder *encoder, const char *text)
{
    const size_t length = text ? strlen(text) : 0;
    encode_number(encoder, length);
    encode_bytes(encoder, text, length);
}

struct decoder decoder_of(const void *data, size_t size)
{
    const unsigned char *at = data;
    return (struct decoder){.at = at, .end = size ? at + size : at};
}

unsigned decode_byte(struct decoder *decoder)
{
    if (decoder->at == decoder->end) {
        decoder->bad = true;
        return 0;
    }
    return *decoder->at++;
}

uint64_t decode_number(struct decoder *decoder)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const unsigned byte = decode_byte(decoder);
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80))
            return decoder->bad ? 0 : value;
    }
    decoder->bad = true;
    return 0;
}

const char *decode_string(struct decoder *decoder, size_t *length)
{
    const uint64_t wanted = decode_number(decoder);
    if (decoder->bad || wanted > (uint64_t)(decoder->end - decoder->at)) {
        decoder->bad = true;
        *length = 0;
        return "";
    }
    const char *text = (const char *)decoder->at;
    decoder->at += wanted;
    *length = (size_t)wanted;
    return text;
}

bool decoder_done(const struct decoder *decoder)
{
    return !decoder->bad && decoder->at == decoder->end;
}
