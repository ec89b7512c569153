/* SPDX-License-Identifier: Apache-2.0 */
/* The growing, bounded buffer and the one place where outgoing XML is escaped. */
#include "buffer.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/utf8.h"

enum { FIRST_CAPACITY = 1024, FORMAT_BYTES_MAX = 512 };

void ic_buffer_init(struct ic_buffer *buffer, size_t bytes_max)
{
    *buffer = (struct ic_buffer){.bytes_max = bytes_max, .status = IC_OK};
}

void ic_buffer_free(struct ic_buffer *buffer)
{
    free(buffer->data);
    ic_buffer_init(buffer, buffer->bytes_max);
}

void ic_buffer_truncate(struct ic_buffer *buffer, size_t length)
{
    if (length < buffer->length) {
        buffer->length = length;
        buffer->data[length] = '\0';
    }
    buffer->status = IC_OK;
}

void ic_buffer_consume(struct ic_buffer *buffer, size_t count)
{
    if (count == 0)
        return;
    memmove(buffer->data, buffer->data + count, buffer->length - count + 1);
    buffer->length -= count;
}

/* Makes room for `more` bytes and the NUL. */
static bool make_room(struct ic_buffer *buffer, size_t more)
{
    if (buffer->status != IC_OK)
        return false;
    if (more > buffer->bytes_max - buffer->length) {
        buffer->status = IC_TOO_LARGE;
        return false;
    }
    const size_t needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity ? buffer->capacity : FIRST_CAPACITY;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->status = IC_NO_MEMORY;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void ic_buffer_add(struct ic_buffer *buffer, const char *bytes, size_t length)
{
    if (!make_room(buffer, length))
        return;
    if (length)
        memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void ic_buffer_text(struct ic_buffer *buffer, const char *text)
{
    ic_buffer_add(buffer, text, strlen(text));
}

void ic_buffer_format(struct ic_buffer *buffer, const char *format, ...)
{
    char text[FORMAT_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= sizeof text)
        buffer->status = buffer->status == IC_OK ? IC_TOO_LARGE : buffer->status;
    else
        ic_buffer_add(buffer, text, (size_t)length);
}

/* What stands for a character in XML, or NULL: itself. In an attribute's value white space
 * would be normalised (XML 1.0, section 3.3.3), in character data only the carriage return
 * (2.11); a reference keeps it. */
static const char *replacement(uint32_t code, bool in_attribute)
{
    switch (code) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\r':
        return "&#13;";
    case '\'':
        return in_attribute ? "&apos;" : NULL;
    case '\t':
        return in_attribute ? "&#9;" : NULL;
    case '\n':
        return in_attribute ? "&#10;" : NULL;
    default:
        return code < 0x20 || code == 0xFFFE || code == 0xFFFF ? "\xEF\xBF\xBD" : NULL;
    }
}

/* Stands for itself everywhere. */
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '&' && c != '<' && c != '>' && c != '\'';
}

static void escape(struct ic_buffer *buffer, const char *text, size_t length, bool in_attribute)
{
    size_t plain = 0; /* where the run of characters that stand for themselves begins */
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code = 0;
        if (is_plain(text[i])) {
            size = 1;
            continue;
        }
        size = ic_utf8_next(text + i, length - i, &code);
        const char *instead = replacement(size ? code : 0, in_attribute);
        size = size ? size : 1;
        if (instead) {
            ic_buffer_add(buffer, text + plain, i - plain);
            ic_buffer_text(buffer, instead);
            plain = i + size;
        }
    }
    ic_buffer_add(buffer, text + plain, length - plain);
}

void ic_buffer_escape(struct ic_buffer *buffer, const char *text, size_t length)
{
    escape(buffer, text, length, false);
}

void ic_buffer_quote(struct ic_buffer *buffer, const char *text)
{
    ic_buffer_text(buffer, "'");
    escape(buffer, text, strlen(text), true);
    ic_buffer_text(buffer, "'");
}

void ic_buffer_attribute(struct ic_buffer *buffer, const char *name, const char *value)
{
    if (!value)
        return;
    ic_buffer_text(buffer, " ");
    ic_buffer_text(buffer, name);
    ic_buffer_text(buffer, "=");
    ic_buffer_quote(buffer, value);
}

void ic_buffer_element(struct ic_buffer *buffer, const char *name, const char *text)
{
    ic_buffer_text(buffer, "<");
    ic_buffer_text(buffer, name);
    ic_buffer_text(buffer, ">");
    ic_buffer_escape(buffer, text, strlen(text));
    ic_buffer_text(buffer, "</");
    ic_buffer_text(buffer, name);
    ic_buffer_text(buffer, ">");
}

void ic_buffer_error(struct ic_buffer *buffer, const struct ic_error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out) {
        ic_error_print(error, out);
        if (fclose(out) != 0)
            length = 0;
    }
    if (length > 0)
        ic_buffer_escape(buffer, text, length - 1); /* without the line's end */
    else if (buffer->status == IC_OK)
        buffer->status = IC_NO_MEMORY;
    free(text);
}
