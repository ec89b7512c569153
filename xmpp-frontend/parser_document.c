/* SPDX-License-Identifier: Apache-2.0 */
/* Packing the statements of a document, and unpacking them from a hand that is not trusted. */
#include "parser_document.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/duration.h"
#include "catalog/rdf_chars.h"
#include "catalog/utf8.h"

/* How a term begins; the qualifier of the last two stands before the text. */
enum kind { IRI = 1, BLANK, PLAIN, TYPED, TAGGED, KIND_END };

/* ---- writing ---- */

/* The numbers that terms were sent under, by their number in the document; 0: not yet. */
struct sent {
    const struct ic_document *document;
    uint32_t *numbers, count;
};

static void encode_term(struct encoder *encoder, const struct ic_term *term)
{
    const enum kind kind = term->kind == IC_IRI     ? IRI
                           : term->kind == IC_BLANK ? BLANK
                           : term->language         ? TAGGED
                           : term->datatype         ? TYPED
                                                    : PLAIN;
    encode_byte(encoder, kind);
    if (kind == TYPED || kind == TAGGED)
        encode_string(encoder, kind == TYPED ? term->datatype : term->language);
    encode_number(encoder, term->length);
    encode_bytes(encoder, term->text, term->length);
}

static void encode_node(struct encoder *encoder, struct sent *sent, uint32_t node)
{
    encode_number(encoder, sent->numbers[node]);
    if (sent->numbers[node])
        return;
    sent->numbers[node] = ++sent->count;
    encode_term(encoder, ic_document_term(sent->document, node));
}

static void encode_prefixes(struct encoder *encoder, const struct ic_document *document)
{
    const size_t count = ic_document_prefix_count(document);
    encode_number(encoder, count);
    for (size_t i = 0; i < count; i++) {
        const char *prefix, *iri;
        ic_document_prefix(document, i, &prefix, &iri);
        encode_string(encoder, prefix);
        encode_string(encoder, iri);
    }
}

enum ic_status ic_parser_encode_document(struct encoder *encoder,
                                         const struct ic_document *document,
                                         struct ic_error *error)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    struct sent sent = {.document = document};
    sent.numbers = calloc(ic_document_term_count(document) + 1, sizeof *sent.numbers);
    if (!sent.numbers)
        encoder->failed = true;
    encode_number(encoder, (uint64_t)ic_document_lease(document));
    encode_prefixes(encoder, document);
    encode_number(encoder, count);
    for (size_t i = 0; i < count && !encoder->failed; i++) {
        assert(statements[i].graph == IC_NO_NODE);
        encode_number(encoder, statements[i].line);
        encode_node(encoder, &sent, statements[i].subject);
        encode_node(encoder, &sent, statements[i].predicate);
        encode_node(encoder, &sent, statements[i].object);
    }
    free(sent.numbers);
    return encoder->failed ? ic_fail(error, IC_NO_MEMORY, "out of memory for statements")
                           : IC_OK;
}

/* ---- reading ---- */

static enum ic_status refuse(const struct ic_document *document, struct ic_error *error)
{
    return ic_fail(error, IC_BAD_INPUT, "these are not the bytes of a document, at term %zu",
                   ic_document_term_count(document));
}

/* A label that N-Triples can write, so that what is exported is read again as it was. */
static bool is_label(const char *text, size_t length)
{
    uint32_t code;
    size_t size = 1;
    for (size_t at = 0; at < length; at += size) {
        size = ic_utf8_next(text + at, length - at, &code);
        if (size == 0 || !(ic_rdf_name_character((long)code) || code == '.'))
            return false;
    }
    return length > 0;
}

/* Reads a qualifier or an IRI: NUL-terminated, owned; NULL: bad or out of memory. */
static char *decode_text(struct decoder *decoder, size_t *length)
{
    const char *text = decode_string(decoder, length);
    if (decoder->bad || memchr(text, '\0', *length)) {
        decoder->bad = true;
        return NULL;
    }
    return strndup(text, *length);
}

/* What ic_document_intern does not check, because importers never give it. */
static bool is_possible(const struct ic_term *term)
{
    if (term->kind == IC_BLANK)
        return is_label(term->text, term->length);
    if (term->datatype)
        return *term->datatype && strcmp(term->datatype, IC_XSD_STRING) != 0;
    return term->kind != IC_IRI || term->length > 0;
}

/* The next term, which must be one that was not sent before. */
static enum ic_status decode_term(struct decoder *decoder, struct ic_document *document,
                                  uint32_t *node, struct ic_error *error)
{
    const unsigned kind = decode_byte(decoder);
    const size_t count = ic_document_term_count(document);
    struct ic_term term = {.kind = kind == IRI     ? IC_IRI
                                   : kind == BLANK ? IC_BLANK
                                                   : IC_LITERAL};
    char *qualifier = NULL;
    size_t length;
    if (kind == TYPED || kind == TAGGED)
        qualifier = decode_text(decoder, &length);
    char *text = decode_text(decoder, &term.length);
    enum ic_status status = IC_OK;
    if (decoder->bad || kind < IRI || kind >= KIND_END)
        status = refuse(document, error);
    else if (!text || (!qualifier && (kind == TYPED || kind == TAGGED)))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a term");
    term.text = text;
    term.datatype = kind == TYPED ? qualifier : NULL;
    term.language = kind == TAGGED ? qualifier : NULL;
    if (status == IC_OK && !is_possible(&term))
        status = refuse(document, error);
    if (status == IC_OK)
        status = ic_document_intern(document, &term, node, error);
    if (status == IC_OK && *node != count)
        status = refuse(document, error);
    free(text);
    free(qualifier);
    return status;
}

static enum ic_status decode_node(struct decoder *decoder, struct ic_document *document,
                                  uint32_t *node, struct ic_error *error)
{
    const uint64_t number = decode_number(decoder);
    if (decoder->bad || number > ic_document_term_count(document))
        return refuse(document, error);
    if (number == 0)
        return decode_term(decoder, document, node, error);
    *node = (uint32_t)(number - 1);
    return IC_OK;
}

static enum ic_status decode_statement(struct decoder *decoder, struct ic_document *document,
                                       struct ic_error *error)
{
    struct ic_statement s = {.graph = IC_NO_NODE};
    const uint64_t line = decode_number(decoder);
    enum ic_status status = IC_OK;
    if (decoder->bad || line > UINT32_MAX)
        return refuse(document, error);
    s.line = (uint32_t)line;
    status = decode_node(decoder, document, &s.subject, error);
    if (status == IC_OK)
        status = decode_node(decoder, document, &s.predicate, error);
    if (status == IC_OK)
        status = decode_node(decoder, document, &s.object, error);
    if (status == IC_OK && (ic_document_term(document, s.subject)->kind == IC_LITERAL ||
                            ic_document_term(document, s.predicate)->kind != IC_IRI))
        status = refuse(document, error);
    return status == IC_OK ? ic_document_add_nodes(document, s, error) : status;
}

static enum ic_status decode_prefixes(struct decoder *decoder, struct ic_document *document,
                                      struct ic_error *error)
{
    uint64_t left = decode_number(decoder);
    enum ic_status status = IC_OK;
    if (left >
        IC_DOCUMENT_PREFIXES_MAX) /* the same ones again and again would be cheap to send */
        status = refuse(document, error);
    for (; left && status == IC_OK; left--) {
        size_t length;
        char *prefix = decode_text(decoder, &length);
        char *iri = decode_text(decoder, &length);
        if (decoder->bad)
            status = refuse(document, error);
        else
            status = prefix && iri ? ic_document_set_prefix(document, prefix, iri, error)
                                   : ic_fail(error, IC_NO_MEMORY, "out of memory for a prefix");
        free(prefix);
        free(iri);
    }
    return status;
}

enum ic_status ic_parser_decode_document(struct decoder *decoder, struct ic_document *document,
                                         struct ic_error *error)
{
    assert(ic_document_term_count(document) == 0);
    const uint64_t lease_ms = decode_number(decoder);
    if (decoder->bad || lease_ms > IC_DURATION_MAX_MS)
        return refuse(document, error);
    ic_document_set_lease(document, (int64_t)lease_ms);
    enum ic_status status = decode_prefixes(decoder, document, error);
    const uint64_t count = status == IC_OK ? decode_number(decoder) : 0;
    if (status == IC_OK && decoder->bad)
        status = refuse(document, error);
    for (uint64_t i = 0; i < count && status == IC_OK; i++)
        status = decode_statement(decoder, document, error);
    return status;
}
