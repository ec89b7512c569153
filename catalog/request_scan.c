/* SPDX-License-Identifier: Apache-2.0 */
/* Scanning the text form of a request. */
#include "request_scan.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

enum ic_status request_scan_init(struct scanner *scanner, struct ic_request *request,
                                 const char *text, size_t length, unsigned long argument,
                                 struct ic_error *error)
{
    *scanner = (struct scanner){.request = request,
                                .error = error,
                                .text = text,
                                .length = length,
                                .argument = argument,
                                .known_place = {argument ? argument : 1, 1}};
    if (ic_utf8_valid(text, length))
        return IC_OK;
    for (size_t i = 0, step; i < length; i += step) {
        step = ic_utf8_next(text + i, length - i, NULL);
        if (step == 0)
            return request_scan_fail(scanner, i, "the request is not UTF-8");
        if (text[i] == '\0')
            return request_scan_fail(scanner, i, "U+0000 cannot stand in a request");
    }
    return IC_OK;
}

struct ic_request_place request_scan_place(struct scanner *scanner, size_t offset)
{
    if (offset < scanner->known) {
        scanner->known = 0;
        scanner->known_place =
            (struct ic_request_place){scanner->argument ? scanner->argument : 1, 1};
    }
    for (; scanner->known < offset; scanner->known++) {
        const unsigned char c = (unsigned char)scanner->text[scanner->known];
        if (c == '\n' && scanner->argument == 0) {
            scanner->known_place.line++;
            scanner->known_place.column = 1;
        } else if ((c & 0xc0) != 0x80) {
            scanner->known_place.column++;
        }
    }
    return scanner->known_place;
}

enum ic_status request_scan_fail(struct scanner *scanner, size_t offset, const char *format,
                                 ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const struct ic_request_place place = request_scan_place(scanner, offset);
    return ic_fail_at(scanner->error, IC_BAD_INPUT, scanner->request->name, place.line,
                      place.column, "%s", text);
}

char request_scan_next(struct scanner *scanner)
{
    while (scanner->at < scanner->length && ic_request_is_space(scanner->text[scanner->at]))
        scanner->at++;
    return scanner->at < scanner->length ? scanner->text[scanner->at] : '\0';
}

size_t request_scan_word(struct scanner *scanner)
{
    request_scan_next(scanner);
    size_t end = scanner->at;
    while (end < scanner->length && !ic_request_ends_word(scanner->text[end]))
        end++;
    return end - scanner->at;
}

bool request_scan_sees(struct scanner *scanner, const char *word)
{
    const size_t length = request_scan_word(scanner);
    return length == strlen(word) && memcmp(scanner->text + scanner->at, word, length) == 0;
}

bool request_scan_takes(struct scanner *scanner, const char *word)
{
    if (!request_scan_sees(scanner, word))
        return false;
    scanner->at += strlen(word);
    return true;
}

/* Four hexadecimal digits at `offset`; UINT32_MAX when they are not there. */
static uint32_t hex4(const struct scanner *scanner, size_t offset)
{
    if (scanner->length < 4 || offset > scanner->length - 4)
        return UINT32_MAX;
    uint32_t code = 0;
    for (size_t i = offset; i < offset + 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = strchr(digits, scanner->text[i]);
        if (!digit)
            return UINT32_MAX;
        const uint32_t value = (uint32_t)(digit - digits);
        code = code * 16 + (value < 16 ? value : value - 6);
    }
    return code;
}

static size_t put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    const size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = count; i > 1; i--, code >>= 6)
        out[i - 1] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00 >> count & 0xff) | code);
    return count;
}

/* \uXXXX behind the backslash at scanner->at, or two of them for a surrogate pair. */
static enum ic_status read_code(struct scanner *scanner, char *out, size_t *used)
{
    const size_t start = scanner->at;
    uint32_t code = hex4(scanner, start + 2);
    if (code == UINT32_MAX)
        return request_scan_fail(scanner, start,
                                 "\\u needs four hexadecimal digits, as in \\u00e9");
    if (code == 0)
        return request_scan_fail(scanner, start, "\\u0000 cannot stand in a request");
    scanner->at += 6;
    if (code >= 0xd800 && code <= 0xdfff) {
        const bool follows = scanner->length - scanner->at >= 6 &&
                             memcmp(scanner->text + scanner->at, "\\u", 2) == 0;
        const uint32_t low = follows ? hex4(scanner, scanner->at + 2) : UINT32_MAX;
        if (code > 0xdbff || low < 0xdc00 || low > 0xdfff)
            return request_scan_fail(scanner, start,
                                     "half a surrogate pair; write both halves, as in "
                                     "\\ud83d\\ude00, or the character itself");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        scanner->at += 6;
    }
    *used += put_utf8(out + *used, code);
    return IC_OK;
}

static enum ic_status read_escape(struct scanner *scanner, char *out, size_t *used)
{
    const char c = scanner->at + 1 < scanner->length ? scanner->text[scanner->at + 1] : '\0';
    if (c == 'u')
        return read_code(scanner, out, used);
    if (c == '\0' || !strchr("\"\\nt", c))
        return request_scan_fail(scanner, scanner->at,
                                 "unknown escape; there are \\\" \\\\ \\n \\t and \\uXXXX");
    out[(*used)++] = c == 'n' ? '\n' : c == 't' ? '\t' : c;
    scanner->at += 2;
    return IC_OK;
}

/* The offset of the closing quote of the string whose inside begins at `offset`, or the
 * length of the text. */
static size_t closing_quote(const struct scanner *scanner, size_t offset)
{
    while (offset < scanner->length && scanner->text[offset] != '"')
        offset += scanner->text[offset] == '\\' ? 2 : 1;
    return offset < scanner->length ? offset : scanner->length;
}

enum ic_status request_scan_quoted(struct scanner *scanner, const char **text)
{
    const size_t open = scanner->at;
    const size_t close = closing_quote(scanner, open + 1);
    if (close == scanner->length)
        return request_scan_fail(scanner, open, "a quote is opened here and never closed");

    /* No escape is shorter than what it stands for. */
    char *out = ic_arena_alloc(scanner->request->arena, close - open);
    if (!out)
        return ic_request_no_memory(scanner->error);
    size_t used = 0;
    for (scanner->at = open + 1; scanner->at < close;) {
        if (scanner->text[scanner->at] != '\\') {
            out[used++] = scanner->text[scanner->at++];
            continue;
        }
        const enum ic_status status = read_escape(scanner, out, &used);
        if (status != IC_OK)
            return status;
    }
    scanner->at = close + 1;
    out[used] = '\0';
    *text = out;
    return IC_OK;
}
