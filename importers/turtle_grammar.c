/* SPDX-License-Identifier: Apache-2.0 */
/* Turtle's grammar by recursive descent (RDF 1.1 Turtle and TriG, section 6; N-Triples and
 * N-Quads, section 7). */
#include "turtle_grammar.h"

#include "raptor.h"
#include "turtle_reader.h"

static bool at_a(const struct ic_reader *reader)
{
    return reader->token.kind == IC_TOKEN_WORD && reader->token.length == 1;
}

/* ---- directives ---- */

/* @prefix p: <iri> . | PREFIX p: <iri> | @base <iri> . | BASE <iri>. Handed on in the first
 * form, which raptor reads everywhere. */
static enum ic_status directive(struct ic_reader *reader, bool prefix, bool dotted)
{
    const uint32_t line = (uint32_t)reader->token.line;
    enum ic_status status = ic_reader_emit(reader, prefix ? "@prefix " : "@base ");
    if (status == IC_OK)
        status = ic_reader_next(reader);
    if (status == IC_OK && prefix) {
        if (reader->token.kind != IC_TOKEN_NAME ||
            reader->token.length != reader->token.prefix_length + 1)
            return ic_reader_expected(reader, "a prefix such as \"ex:\"");
        status = ic_reader_declare_prefix(reader);
        if (status == IC_OK)
            status = ic_reader_emit_token(reader);
    }
    if (status != IC_OK)
        return status;
    if (reader->token.kind != IC_TOKEN_IRI)
        return ic_reader_expected(reader, "an IRI in < >");
    status = ic_reader_emit_token(reader);
    if (status == IC_OK && dotted) {
        if (!ic_reader_at_sign(reader, '.'))
            return ic_reader_expected(reader, "the '.' that ends a directive");
        status = ic_reader_next(reader);
    }
    reader->summary->directives++;
    if (status == IC_OK)
        status = ic_reader_emit(reader, ".\n");
    if (status == IC_OK && !prefix)
        status = ic_reader_emit(reader, "<> ");
    return status == IC_OK && !prefix ? ic_reader_name(reader, line, IC_ROLE_BASE) : status;
}

/* ---- triples ---- */

static enum ic_status predicate_list(struct ic_reader *reader);
static enum ic_status object(struct ic_reader *reader);

static enum ic_status deeper(struct ic_reader *reader)
{
    if (++reader->depth > IC_TURTLE_NESTING_MAX)
        return ic_turtle_fail(
            reader->lexer, IC_TOO_LARGE, reader->token.line, reader->token.column,
            "[ ] and ( ) are nested deeper than the limit of %d", IC_TURTLE_NESTING_MAX);
    return IC_OK;
}

/* [ ] or [ predicates and objects ]; *bare: it was empty. */
static enum ic_status bracketed(struct ic_reader *reader, bool *bare)
{
    enum ic_status status = deeper(reader);
    if (status == IC_OK)
        status = ic_reader_emit_token(reader);
    *bare = status == IC_OK && ic_reader_at_sign(reader, ']');
    if (status == IC_OK && !*bare)
        status = predicate_list(reader);
    if (status != IC_OK)
        return status;
    if (!ic_reader_at_sign(reader, ']'))
        return ic_reader_expected(reader, "',', ';' or ']'");
    reader->depth--;
    return ic_reader_emit_token(reader);
}

/* ( objects ) */
static enum ic_status collection(struct ic_reader *reader)
{
    const size_t first = reader->line_count;
    enum ic_status status = deeper(reader);
    if (status == IC_OK)
        status = ic_reader_emit_token(reader);
    while (status == IC_OK && !ic_reader_at_sign(reader, ')')) {
        if (reader->token.kind == IC_TOKEN_END)
            return ic_reader_expected(reader, "a member or ')'");
        status = ic_reader_push_line(reader);
        if (status == IC_OK)
            status = object(reader);
    }
    if (status == IC_OK)
        status = ic_reader_announce_collection(reader, first);
    reader->depth--;
    return status == IC_OK ? ic_reader_emit_token(reader) : status;
}

static enum ic_status literal(struct ic_reader *reader)
{
    const bool string = reader->token.kind == IC_TOKEN_STRING;
    enum ic_status status =
        ic_reader_emit_text(reader, reader->token.text, reader->token.length);
    if (status == IC_OK)
        status = ic_reader_next(reader);
    if (status == IC_OK && string && reader->token.kind == IC_TOKEN_LANGUAGE)
        return ic_reader_emit_token(reader);
    if (status == IC_OK && string && reader->token.kind == IC_TOKEN_DATATYPE) {
        status = ic_reader_emit(reader, "^^");
        if (status == IC_OK)
            status = ic_reader_next(reader);
        if (status == IC_OK)
            status = ic_reader_at_iri(reader) ? ic_reader_iri(reader)
                                              : ic_reader_expected(reader, "a datatype's IRI");
        return status;
    }
    return status == IC_OK ? ic_reader_emit(reader, " ") : status;
}

static enum ic_status object(struct ic_reader *reader)
{
    bool bare;
    if (ic_reader_at_iri(reader))
        return ic_reader_iri(reader);
    if (reader->token.kind == IC_TOKEN_BLANK)
        return ic_reader_emit_token(reader);
    if (ic_reader_at_sign(reader, '['))
        return bracketed(reader, &bare);
    if (ic_reader_at_sign(reader, '('))
        return collection(reader);
    if (reader->token.kind == IC_TOKEN_STRING || reader->token.kind == IC_TOKEN_NUMBER ||
        ic_reader_at_word(reader, IC_TOKEN_WORD, "true") ||
        ic_reader_at_word(reader, IC_TOKEN_WORD, "false"))
        return literal(reader);
    return ic_reader_expected(reader, "an object (an IRI, a name, a literal, [ or ( )");
}

static enum ic_status object_list(struct ic_reader *reader)
{
    for (;;) {
        enum ic_status status = ic_reader_push_line(reader);
        if (status == IC_OK)
            status = object(reader);
        if (status != IC_OK || !ic_reader_at_sign(reader, ','))
            return status;
        status = ic_reader_emit_token(reader);
        if (status != IC_OK)
            return status;
    }
}

/* verb objects (';' [verb objects])*, and the statements these make. */
static enum ic_status predicate_list(struct ic_reader *reader)
{
    const size_t first = reader->line_count;
    for (;;) {
        enum ic_status status;
        if (at_a(reader))
            status = ic_reader_emit_token(reader);
        else if (ic_reader_at_iri(reader))
            status = ic_reader_iri(reader);
        else
            return ic_reader_expected(reader, "a predicate (an IRI, a name or 'a')");
        if (status == IC_OK)
            status = object_list(reader);
        if (status != IC_OK)
            return status;
        if (!ic_reader_at_sign(reader, ';'))
            break;
        while (status == IC_OK && ic_reader_at_sign(reader, ';'))
            status = ic_reader_next(reader);
        if (status != IC_OK)
            return status;
        if (ic_reader_at_sign(reader, '.') || ic_reader_at_sign(reader, ']') ||
            ic_reader_at_sign(reader, '}'))
            break;
        status = ic_reader_emit(reader, "; ");
        if (status != IC_OK)
            return status;
    }
    return ic_reader_announce_list(reader, first);
}

/* A subject has been read: its predicates follow, or nothing when it was [ … ] with some. */
static enum ic_status after_subject(struct ic_reader *reader, bool may_stand_alone)
{
    if (may_stand_alone && (ic_reader_at_sign(reader, '.') || ic_reader_at_sign(reader, '}')))
        return IC_OK;
    return predicate_list(reader);
}

static enum ic_status triples(struct ic_reader *reader)
{
    if (ic_reader_at_sign(reader, '[')) {
        bool bare;
        const enum ic_status status = bracketed(reader, &bare);
        return status == IC_OK ? after_subject(reader, !bare) : status;
    }
    enum ic_status status;
    if (ic_reader_at_sign(reader, '('))
        status = collection(reader);
    else if (ic_reader_at_iri(reader))
        status = ic_reader_iri(reader);
    else if (reader->token.kind == IC_TOKEN_BLANK)
        status = ic_reader_emit_token(reader);
    else
        return ic_reader_expected(reader, "a subject (an IRI, a name, _:label, [ or ( )");
    return status == IC_OK ? predicate_list(reader) : status;
}

/* The '.' after a statement, which is handed on with `end`. */
static enum ic_status end_triples(struct ic_reader *reader, const char *end)
{
    if (!ic_reader_at_sign(reader, '.'))
        return ic_reader_expected(reader, "',', ';' or '.'");
    enum ic_status status = ic_reader_next(reader);
    if (status == IC_OK)
        status = ic_reader_emit(reader, end);
    return status == IC_OK ? ic_reader_flush(reader, false) : status;
}

/* ---- TriG ---- */

static enum ic_status refuse_graph(struct ic_reader *reader)
{
    return ic_turtle_fail(reader->lexer, IC_BAD_INPUT, reader->token.line, reader->token.column,
                          "a graph name; what is published gets its graph from the catalog, so "
                          "leave graph names out");
}

/* { triples }, the '{' being looked at. Handed on without the braces. */
static enum ic_status block(struct ic_reader *reader, bool named)
{
    reader->in_graph = named;
    enum ic_status status = ic_reader_next(reader);
    while (status == IC_OK && !ic_reader_at_sign(reader, '}')) {
        status = triples(reader);
        if (status == IC_OK && !ic_reader_at_sign(reader, '}'))
            status = ic_reader_at_sign(reader, '.')
                         ? end_triples(reader, ".\n")
                         : ic_reader_expected(reader, "',', ';', '.' or '}'");
        else if (status == IC_OK)
            status = ic_reader_emit(reader, ".\n");
    }
    reader->in_graph = false;
    if (status == IC_OK)
        status = ic_reader_next(reader);
    return status == IC_OK ? ic_reader_flush(reader, false) : status;
}

/* An IRI, a label or [ ] has been looked at: it names a graph or is a subject. */
static enum ic_status graph_or_triples(struct ic_reader *reader, bool must_name)
{
    const struct ic_token label = reader->token;
    bool bare = true;
    enum ic_status status;
    if (ic_reader_at_sign(reader, '['))
        status = bracketed(reader, &bare);
    else if (ic_reader_at_iri(reader))
        status = ic_reader_iri(reader);
    else if (reader->token.kind == IC_TOKEN_BLANK)
        status = ic_reader_emit_token(reader);
    else
        return ic_reader_expected(reader, "a graph's name (an IRI, a name or _:label)");
    if (status != IC_OK)
        return status;
    if (bare && ic_reader_at_sign(reader, '{')) {
        if (!reader->graph_names) {
            reader->token = label;
            return refuse_graph(reader);
        }
        status = ic_reader_name(reader, (uint32_t)label.line, IC_ROLE_NAME);
        return status == IC_OK ? block(reader, true) : status;
    }
    if (must_name)
        return ic_reader_expected(reader, "the '{' of the graph");
    status = after_subject(reader, !bare);
    return status == IC_OK ? end_triples(reader, ".\n") : status;
}

/* ---- documents ---- */

static enum ic_status turtle_statement(struct ic_reader *reader)
{
    if (ic_reader_at_word(reader, IC_TOKEN_LANGUAGE, "@prefix"))
        return directive(reader, true, true);
    if (ic_reader_at_word(reader, IC_TOKEN_LANGUAGE, "@base"))
        return directive(reader, false, true);
    if (ic_reader_at_word(reader, IC_TOKEN_WORD, "PREFIX"))
        return directive(reader, true, false);
    if (ic_reader_at_word(reader, IC_TOKEN_WORD, "BASE"))
        return directive(reader, false, false);
    if (ic_reader_at_word(reader, IC_TOKEN_WORD, "GRAPH")) {
        const enum ic_status status = ic_reader_next(reader);
        return status == IC_OK ? graph_or_triples(reader, true) : status;
    }
    if (ic_reader_at_sign(reader, '{'))
        return block(reader, false);
    if (reader->lexer->dialect == IC_TRIG && !ic_reader_at_sign(reader, '('))
        return graph_or_triples(reader, false);
    const enum ic_status status = triples(reader);
    return status == IC_OK ? end_triples(reader, ".\n") : status;
}

/* One line of N-Triples or N-Quads. The line end is handed on in front: raptor keeps a text
 * that ends with one in memory, and copies it with every part that follows. */
static enum ic_status line_statement(struct ic_reader *reader)
{
    const unsigned long line = reader->token.line;
    enum ic_status status;
    if (reader->token.kind != IC_TOKEN_IRI && reader->token.kind != IC_TOKEN_BLANK)
        return ic_reader_expected(reader, "a subject (<IRI> or _:label)");
    status = ic_reader_push_line(reader);
    if (status == IC_OK)
        status = ic_reader_emit(reader, "\n");
    if (status == IC_OK)
        status = ic_reader_emit_token(reader);
    if (status != IC_OK)
        return status;
    if (reader->token.kind != IC_TOKEN_IRI)
        return ic_reader_expected(reader, "a predicate (<IRI>)");
    status = ic_reader_emit_token(reader);
    if (status == IC_OK)
        status = object(reader);
    if (status != IC_OK)
        return status;
    bool named = false;
    if (reader->lexer->dialect == IC_NQUADS && !ic_reader_at_sign(reader, '.')) {
        if (reader->token.kind != IC_TOKEN_IRI && reader->token.kind != IC_TOKEN_BLANK)
            return ic_reader_expected(reader, "a graph's name (<IRI> or _:label) or '.'");
        if (!reader->graph_names)
            return refuse_graph(reader);
        named = true;
        status = ic_reader_emit_token(reader);
    }
    if (status != IC_OK)
        return status;
    if (!ic_reader_at_sign(reader, '.') || reader->token.line != line)
        return ic_reader_expected(reader, "the '.' that ends the line");
    reader->summary->named += named;
    status = ic_reader_announce_list(reader, 0);
    if (status == IC_OK)
        status = end_triples(reader, ".");
    if (status == IC_OK && reader->token.kind != IC_TOKEN_END && reader->token.line == line)
        return ic_reader_expected(reader, "the end of the line");
    return status;
}

enum ic_status ic_turtle_read(struct ic_turtle_lexer *lexer, bool graph_names,
                              const struct ic_turtle_sink *sink,
                              struct ic_turtle_summary *summary)
{
    struct ic_reader reader = {
        .lexer = lexer, .sink = sink, .summary = summary, .graph_names = graph_names};
    const bool lines = lexer->dialect == IC_NTRIPLES || lexer->dialect == IC_NQUADS;
    *summary = (struct ic_turtle_summary){0};
    enum ic_status status = ic_reader_next(&reader);
    while (status == IC_OK && reader.token.kind != IC_TOKEN_END)
        status = lines ? line_statement(&reader) : turtle_statement(&reader);
    if (status == IC_OK)
        status = ic_reader_flush(&reader, true);

    ic_reader_clear(&reader);
    return status;
}
