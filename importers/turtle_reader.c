/* SPDX-License-Identifier: Apache-2.0 */
/* What the grammar stands on: the token it looks at, text for raptor, lines, prefixes. */
#include "turtle_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "catalog/utf8.h"
#include "raptor.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

enum { TURTLE_PART_BYTES = 128 * 1024, LINES_PART_BYTES = 8 * 1024 };
enum { PREFIXES_MAX = 100000, EXCERPT_BYTES = 60 };

struct ic_declared {
    bool lost; /* uthash had no memory for it */
    UT_hash_handle hh;
    char prefix[];
};

/* ---- helpers ---- */

enum ic_status ic_reader_next(struct ic_reader *reader)
{
    return ic_turtle_lexer_next(reader->lexer, &reader->token);
}

bool ic_reader_at_sign(const struct ic_reader *reader, char sign)
{
    return reader->token.kind == IC_TOKEN_SIGN && reader->token.text[0] == sign;
}

bool ic_reader_at_word(const struct ic_reader *reader, enum ic_token_kind kind,
                       const char *word)
{
    const size_t length = strlen(word);
    return reader->token.kind == kind && reader->token.length == length &&
           (kind == IC_TOKEN_WORD ? strncasecmp(reader->token.text, word, length)
                                  : strncmp(reader->token.text, word, length)) == 0;
}

/* "… but found X; REMEDY" at the current token. */
enum ic_status ic_reader_expected(struct ic_reader *reader, const char *what)
{
    const struct ic_token *token = &reader->token;
    if (token->kind == IC_TOKEN_END)
        return ic_turtle_fail(reader->lexer, IC_BAD_INPUT, token->line, token->column,
                              "the text ends where %s should be", what);
    return ic_turtle_fail(reader->lexer, IC_BAD_INPUT, token->line, token->column,
                          "found %.*s%s where %s should be",
                          (int)ic_utf8_cut(token->text, token->length, EXCERPT_BYTES),
                          token->text, token->length > EXCERPT_BYTES ? "..." : "", what);
}

static enum ic_status no_memory(struct ic_reader *reader)
{
    return ic_turtle_fail(reader->lexer, IC_NO_MEMORY, 0, 0, "out of memory");
}

/* Adds text for raptor. */
enum ic_status ic_reader_emit_text(struct ic_reader *reader, const char *text, size_t length)
{
    if (!reader->sink)
        return IC_OK;
    if (reader->text_room - reader->text_length < length) {
        size_t wanted = reader->text_room ? reader->text_room : 4096;
        while (wanted - reader->text_length < length)
            wanted *= 2;
        char *grown = realloc(reader->text, wanted);
        if (!grown)
            return no_memory(reader);
        reader->text = grown;
        reader->text_room = wanted;
    }
    memcpy(reader->text + reader->text_length, text, length);
    reader->text_length += length;
    return IC_OK;
}

enum ic_status ic_reader_emit(struct ic_reader *reader, const char *text)
{
    return ic_reader_emit_text(reader, text, strlen(text));
}

/* Hands the current token on and reads the next. */
enum ic_status ic_reader_emit_token(struct ic_reader *reader)
{
    enum ic_status status =
        ic_reader_emit_text(reader, reader->token.text, reader->token.length);
    if (status == IC_OK)
        status = ic_reader_emit(reader, " ");
    return status == IC_OK ? ic_reader_next(reader) : status;
}

/* Hands the text on between statements. The more prefixes there are, which raptor is told with
 * each part, the longer the parts. */
enum ic_status ic_reader_flush(struct ic_reader *reader, bool last)
{
    const bool lines =
        reader->lexer->dialect == IC_NTRIPLES || reader->lexer->dialect == IC_NQUADS;
    const size_t enough = lines
                              ? LINES_PART_BYTES
                              : TURTLE_PART_BYTES + 1000 * (size_t)HASH_COUNT(reader->prefixes);
    if (!reader->sink || reader->text_length == 0 || (!last && reader->text_length < enough))
        return IC_OK;
    const enum ic_status status =
        reader->sink->text(reader->sink->context, reader->text, reader->text_length);
    reader->text_length = 0;
    if (status != IC_OK)
        reader->lexer->status = status;
    return status;
}

/* A statement of the innermost open list begins on the current line. */
enum ic_status ic_reader_push_line(struct ic_reader *reader)
{
    if (reader->line_count == reader->line_room) {
        const size_t wanted = reader->line_room ? reader->line_room * 2 : 256;
        uint32_t *grown = realloc(reader->lines, wanted * sizeof *grown);
        if (!grown)
            return no_memory(reader);
        reader->lines = grown;
        reader->line_room = wanted;
    }
    reader->lines[reader->line_count++] = (uint32_t)reader->token.line;
    return IC_OK;
}

static enum ic_status announce(struct ic_reader *reader, uint32_t line)
{
    reader->summary->statements++;
    reader->summary->named += reader->in_graph;
    if (!reader->sink)
        return IC_OK;
    const enum ic_status status = reader->sink->statement(
        reader->sink->context, line, reader->in_graph ? IC_ROLE_IN_GRAPH : IC_ROLE_PLAIN);
    return status == IC_OK ? IC_OK : no_memory(reader);
}

/* Hands on the lines of a predicate list that began at `first`. */
enum ic_status ic_reader_announce_list(struct ic_reader *reader, size_t first)
{
    enum ic_status status = IC_OK;
    for (size_t i = first; i < reader->line_count && status == IC_OK; i++)
        status = announce(reader, reader->lines[i]);
    reader->line_count = first;
    return status;
}

/* Hands on the lines of a ( ): rdf:first and rdf:rest of each member, the last first. */
enum ic_status ic_reader_announce_collection(struct ic_reader *reader, size_t first)
{
    enum ic_status status = IC_OK;
    for (size_t i = reader->line_count; i-- > first && status == IC_OK;) {
        status = announce(reader, reader->lines[i]);
        if (status == IC_OK)
            status = announce(reader, reader->lines[i]);
    }
    reader->line_count = first;
    return status;
}

/* ---- names ---- */

static struct ic_declared *find_prefix(struct ic_reader *reader, const char *prefix,
                                       size_t length)
{
    struct ic_declared *found;
    HASH_FIND(hh, reader->prefixes, prefix, length, found);
    return found;
}

enum ic_status ic_reader_declare_prefix(struct ic_reader *reader)
{
    const struct ic_token *token = &reader->token;
    if (find_prefix(reader, token->text, token->prefix_length))
        return IC_OK;
    if (HASH_COUNT(reader->prefixes) >= PREFIXES_MAX)
        return ic_turtle_fail(reader->lexer, IC_TOO_LARGE, token->line, token->column,
                              "more than %d prefixes", PREFIXES_MAX);
    struct ic_declared *made = malloc(sizeof *made + token->prefix_length + 1);
    if (!made)
        return no_memory(reader);
    made->lost = false;
    memcpy(made->prefix, token->text, token->prefix_length);
    made->prefix[token->prefix_length] = '\0';
    HASH_ADD(hh, reader->prefixes, prefix, token->prefix_length, made);
    if (made->lost) {
        free(made);
        return no_memory(reader);
    }
    return IC_OK;
}

/* IRI or prefixed name; the caller has seen that it is one. */
enum ic_status ic_reader_iri(struct ic_reader *reader)
{
    const struct ic_token *token = &reader->token;
    if (token->kind == IC_TOKEN_NAME &&
        !find_prefix(reader, token->text, token->prefix_length)) {
        const int length = (int)ic_utf8_cut(token->text, token->prefix_length, EXCERPT_BYTES);
        return ic_turtle_fail(
            reader->lexer, IC_BAD_INPUT, token->line, token->column,
            "prefix \"%.*s:\" is not declared; put @prefix %.*s: <...> . before "
            "this line",
            length, token->text, length, token->text);
    }
    return ic_reader_emit_token(reader);
}

bool ic_reader_at_iri(const struct ic_reader *reader)
{
    return reader->token.kind == IC_TOKEN_IRI || reader->token.kind == IC_TOKEN_NAME;
}

/* What has been handed on is no subject but the name of something: of the graph that follows,
 * or of the base. */
enum ic_status ic_reader_name(struct ic_reader *reader, uint32_t line, int role)
{
    enum ic_status status = ic_reader_emit(reader, "<" IC_TURTLE_NAMES "> 0 .\n");
    if (status == IC_OK && reader->sink &&
        reader->sink->statement(reader->sink->context, line, role) != IC_OK)
        status = no_memory(reader);
    return status;
}

void ic_reader_clear(struct ic_reader *reader)
{
    struct ic_declared *declared, *following;
    HASH_ITER(hh, reader->prefixes, declared, following)
    {
        HASH_DEL(reader->prefixes, declared);
        free(declared);
    }
    free(reader->lines);
    free(reader->text);
}
