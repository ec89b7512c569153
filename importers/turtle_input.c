/* SPDX-License-Identifier: Apache-2.0 */
/* The lexer's buffer: bytes from the source, checked as UTF-8, counted in lines and columns. */
#include "turtle_input.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/rdf_chars.h"
#include "catalog/utf8.h"

enum ic_status ic_turtle_fail(struct ic_turtle_lexer *lexer, enum ic_status status,
                              unsigned long line, unsigned long column, const char *format, ...)
{
    if (lexer->status != IC_OK)
        return lexer->status;
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    lexer->status = ic_fail_at(lexer->error, status, lexer->name, line, column, "%s", text);
    return lexer->status;
}

/* ---- characters ---- */

/* Makes room behind `end`: drops what is before the token, then grows. */
static bool make_room(struct ic_turtle_lexer *lexer)
{
    if (lexer->start > 0) {
        memmove(lexer->buffer, lexer->buffer + lexer->start, lexer->end - lexer->start);
        lexer->at -= lexer->start;
        lexer->end -= lexer->start;
        lexer->start = 0;
    }
    if (lexer->end < lexer->room)
        return true;
    if (lexer->room >= IC_TOKEN_BYTES_MAX) {
        ic_turtle_fail(lexer, IC_TOO_LARGE, lexer->line, lexer->column,
                       "a single term is longer than the limit of %d bytes",
                       IC_TOKEN_BYTES_MAX);
        return false;
    }
    const size_t wanted = lexer->room ? lexer->room * 2 : 2 * IC_SOURCE_CHUNK_BYTES;
    char *grown = realloc(lexer->buffer, wanted);
    if (!grown) {
        ic_turtle_fail(lexer, IC_NO_MEMORY, 0, 0, "out of memory");
        return false;
    }
    lexer->buffer = grown;
    lexer->room = wanted;
    return true;
}

/* True when `count` bytes from `at` on are in the buffer, reading more where needed. */
static bool have(struct ic_turtle_lexer *lexer, size_t count)
{
    while (lexer->end - lexer->at < count) {
        lexer->starved |= !lexer->source;
        if (lexer->ended || lexer->status != IC_OK || !lexer->source)
            return false;
        if (!make_room(lexer))
            return false;
        size_t got = 0;
        const enum ic_status status =
            ic_source_read(lexer->source, lexer->buffer + lexer->end, lexer->room - lexer->end,
                           &got, lexer->error);
        if (status != IC_OK)
            lexer->status = status;
        lexer->ended = got == 0;
        lexer->end += got;
    }
    return true;
}

/* The byte `ahead` places on, or IC_TURTLE_NOTHING. */
int ic_turtle_peek(struct ic_turtle_lexer *lexer, size_t ahead)
{
    if (lexer->end - lexer->at <= ahead && !have(lexer, ahead + 1))
        return IC_TURTLE_NOTHING;
    return (unsigned char)lexer->buffer[lexer->at + ahead];
}

/* The character `ahead` bytes on with its size, or IC_TURTLE_NOTHING; fails when it is not
 * UTF-8. */
long ic_turtle_character(struct ic_turtle_lexer *lexer, size_t ahead, size_t *size)
{
    const int first = ic_turtle_peek(lexer, ahead);
    *size = 1;
    if (first < 0x80 && first != 0)
        return first;
    if (first == 0) {
        IC_TURTLE_FAIL_HERE(lexer, "U+0000 is not allowed in RDF; remove it");
        return IC_TURTLE_NOTHING;
    }
    (void)have(lexer, ahead + 4);
    uint32_t code = 0;
    *size =
        ic_utf8_next(lexer->buffer + lexer->at + ahead, lexer->end - lexer->at - ahead, &code);
    if (*size == 0) {
        IC_TURTLE_FAIL_HERE(lexer,
                            "not well-formed UTF-8 (byte 0x%02X); save the text as UTF-8",
                            (unsigned)first);
        return IC_TURTLE_NOTHING;
    }
    return (long)code;
}

/* Steps over one character; false at the end or on a failure. */
bool ic_turtle_step(struct ic_turtle_lexer *lexer)
{
    size_t size;
    const long code = ic_turtle_character(lexer, 0, &size);
    if (code == IC_TURTLE_NOTHING)
        return false;
    const bool line_ends = code == '\n' || (code == '\r' && ic_turtle_peek(lexer, 1) != '\n');
    lexer->at += size;
    lexer->column++;
    if (line_ends) {
        lexer->line++;
        lexer->column = 1;
    }
    return lexer->status == IC_OK;
}

/* ASCII without what ends or escapes an IRI, or a string. */
static bool is_plain_in_iri(unsigned char c)
{
    return c < 0x7F && ic_rdf_iri_character(c);
}

static bool is_plain_in_string(unsigned char c)
{
    return c < 0x7F && c >= 0x20 && c != '\\' && c != '"' && c != '\'';
}

void ic_turtle_skip_plain(struct ic_turtle_lexer *lexer, bool in_iri)
{
    size_t at = lexer->at;
    if (in_iri)
        while (at < lexer->end && is_plain_in_iri((unsigned char)lexer->buffer[at]))
            at++;
    else
        while (at < lexer->end && is_plain_in_string((unsigned char)lexer->buffer[at]))
            at++;
    lexer->column += at - lexer->at;
    lexer->at = at;
}

void ic_turtle_step_many(struct ic_turtle_lexer *lexer, size_t count)
{
    while (count-- > 0 && ic_turtle_step(lexer))
        ;
}

/* ---- life ---- */

void ic_turtle_lexer_open(struct ic_turtle_lexer *lexer, enum ic_turtle_dialect dialect,
                          struct ic_source *source, struct ic_error *error)
{
    *lexer = (struct ic_turtle_lexer){.source = source,
                                      .name = ic_document_name(source->document),
                                      .dialect = dialect,
                                      .line = 1,
                                      .column = 1,
                                      .error = error};
    /* A byte order mark is no character of the text. */
    if (have(lexer, 3) && memcmp(lexer->buffer, "\xEF\xBB\xBF", 3) == 0)
        lexer->start = lexer->at = 3;
}

enum ic_status ic_turtle_lexer_open_memory(struct ic_turtle_lexer *lexer,
                                           enum ic_turtle_dialect dialect, const char *text,
                                           size_t length, struct ic_error *error)
{
    *lexer = (struct ic_turtle_lexer){
        .name = NULL, .dialect = dialect, .line = 1, .column = 1, .error = error};
    lexer->buffer = malloc(length + 1);
    if (!lexer->buffer) {
        lexer->status = ic_fail(error, IC_NO_MEMORY, "out of memory");
        return lexer->status;
    }
    memcpy(lexer->buffer, text, length);
    lexer->end = lexer->room = length;
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        lexer->start = lexer->at = 3;
    return IC_OK;
}

void ic_turtle_lexer_close(struct ic_turtle_lexer *lexer)
{
    free(lexer->buffer);
    lexer->buffer = NULL;
}
