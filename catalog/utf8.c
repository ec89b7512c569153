/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 decoding without over-long forms, surrogates or values above U+10FFFF. */
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

#include "term.h"

static bool continues(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t ic_utf8_next(const char *text, size_t length, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0)
        return 0;
    const unsigned char first = (unsigned char)text[0];
    const size_t size = first < 0x80             ? 1
                        : (first & 0xE0) == 0xC0 ? 2
                        : (first & 0xF0) == 0xE0 ? 3
                        : (first & 0xF8) == 0xF0 ? 4
                                                 : 0;
    if (size == 0 || size > length)
        return 0;

    uint32_t value = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
        const unsigned char byte = (unsigned char)text[i];
        if (!continues(byte))
            return 0;
        value = value << 6 | (byte & 0x3Fu);
    }
    if (value < smallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    if (code)
        *code = value;
    return size;
}

size_t ic_utf8_cut(const char *text, size_t length, size_t limit)
{
    if (length <= limit)
        return length;
    size_t cut = limit;
    while (cut > 0 && continues((unsigned char)text[cut]))
        cut--;
    return cut;
}

/* How many bytes from `text` on are ASCII but no NUL, in whole words. */
static size_t plain_words(const char *text, size_t length)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    size_t i = 0;
    for (uint64_t word; i + sizeof word <= length; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        if ((word | (word - ones)) & high)
            break;
    }
    return i;
}

bool ic_utf8_valid(const char *text, size_t length)
{
    for (size_t i = plain_words(text, length), size; i < length; i += size) {
        size = ic_utf8_next(text + i, length - i, NULL);
        if (size == 0 || text[i] == '\0')
            return false;
    }
    return true;
}
