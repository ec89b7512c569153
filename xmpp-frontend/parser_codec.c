/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to and from the parser processes: names, requests, answers. */
#include "parser_codec.h"

#include <stdlib.h>
#include <string.h>

#include "parser_document.h"

static enum ic_status written(const struct encoder *encoder, struct ic_error *error)
{
    return encoder->failed ? ic_fail(error, IC_NO_MEMORY, "out of memory for a payload")
                           : IC_OK;
}

static enum ic_status misunderstood(struct ic_error *error)
{
    return ic_fail(error, IC_BAD_INPUT, "a message of the exchange is not understood");
}

void ic_parser_put_length(unsigned char bytes[IC_PARSER_LENGTH_BYTES], size_t length)
{
    for (unsigned i = 0; i < IC_PARSER_LENGTH_BYTES; i++)
        bytes[i] = (unsigned char)(length >> (8 * i));
}

size_t ic_parser_get_length(const unsigned char bytes[IC_PARSER_LENGTH_BYTES])
{
    size_t length = 0;
    for (unsigned i = 0; i < IC_PARSER_LENGTH_BYTES; i++)
        length |= (size_t)bytes[i] << (8 * i);
    return length;
}

void ic_parser_sent(struct iovec *parts, size_t count, size_t *first, size_t sent)
{
    for (; *first < count; ++*first) {
        struct iovec *part = &parts[*first];
        const size_t size = sent < part->iov_len ? sent : part->iov_len;
        part->iov_len -= size;
        sent -= size;
        if (part->iov_len > 0) {
            part->iov_base = (char *)part->iov_base + size;
            return;
        }
    }
}

/* ---- names ---- */

enum ic_status ic_parser_encode_names(struct encoder *encoder,
                                      const struct ic_ontology *ontology,
                                      struct ic_error *error)
{
    struct ic_document *names = ic_document_new("names", NULL);
    enum ic_status status = names ? ic_ontology_write_names(ontology, names, error)
                                  : ic_fail(error, IC_NO_MEMORY, "out of memory for names");
    if (status == IC_OK) {
        encode_byte(encoder, IC_PARSER_NAMES);
        encode_string(encoder, ic_ontology_digest(ontology));
        status = ic_parser_encode_document(encoder, names, error);
    }
    ic_document_free(names);
    return status == IC_OK ? written(encoder, error) : status;
}

enum ic_status ic_parser_decode_names(struct decoder *decoder, struct ic_ontology **ontology,
                                      struct ic_error *error)
{
    size_t length;
    const char *text = decode_string(decoder, &length);
    char *digest = strndup(text, length);
    struct ic_document *names = ic_document_new("names", NULL);
    enum ic_status status = digest && names
                                ? ic_parser_decode_document(decoder, names, error)
                                : ic_fail(error, IC_NO_MEMORY, "out of memory for names");
    if (status == IC_OK && !decoder_done(decoder))
        status = misunderstood(error);
    if (status == IC_OK)
        status = ic_ontology_build_known(&names, 1, digest, ontology, error);
    ic_document_free(names);
    free(digest);
    return status;
}

/* ---- requests ---- */

enum ic_status ic_parser_encode_request(struct encoder *encoder,
                                        const struct ic_document *document, size_t bytes_max,
                                        bool named, const char *xml, size_t length,
                                        struct ic_error *error)
{
    const struct ic_document_limits *limits = ic_document_limits(document);
    encode_byte(encoder, IC_PARSER_REQUEST);
    encode_number(encoder, bytes_max);
    encode_number(encoder, limits->statements_max);
    encode_number(encoder, limits->term_bytes_max);
    encode_number(encoder, limits->total_bytes_max);
    encode_number(encoder, limits->memory_max);
    encode_byte(encoder, named);
    encode_string(encoder, ic_document_name(document));
    encode_number(encoder, length);
    encode_bytes(encoder, xml, length);
    return written(encoder, error);
}

enum ic_status ic_parser_decode_request(struct decoder *decoder,
                                        struct ic_parser_request *request,
                                        struct ic_error *error)
{
    *request = (struct ic_parser_request){.bytes_max = decode_number(decoder)};
    request->limits.statements_max = decode_number(decoder);
    request->limits.term_bytes_max = decode_number(decoder);
    request->limits.total_bytes_max = decode_number(decoder);
    request->limits.memory_max = decode_number(decoder);
    const unsigned named = decode_byte(decoder);
    size_t length;
    const char *text = decode_string(decoder, &length);
    request->named = named == 1;
    request->xml = decode_string(decoder, &request->length);
    if (named > 1 || !decoder_done(decoder))
        return misunderstood(error);
    char *name = strndup(text, length);
    request->document = name ? ic_document_new(name, &request->limits) : NULL;
    free(name);
    return request->document ? IC_OK
                             : ic_fail(error, IC_NO_MEMORY, "out of memory for a payload");
}

/* ---- answers ---- */

/* What ic_import_payload returns. */
static bool is_answer(uint64_t status)
{
    return status == IC_OK || status == IC_BAD_INPUT || status == IC_TOO_LARGE ||
           status == IC_NO_MEMORY || status == IC_IO;
}

static size_t number_of(const struct ic_importer *format)
{
    size_t number = 0;
    while (format && ic_importers[number] && ic_importers[number] != format)
        number++;
    return format && ic_importers[number] ? number + 1 : 0;
}

enum ic_status ic_parser_encode_answer(struct encoder *encoder, enum ic_status status,
                                       const struct ic_importer *format,
                                       const struct ic_document *document,
                                       const struct ic_error *answered, struct ic_error *error)
{
    encode_number(encoder, status);
    encode_number(encoder, number_of(format));
    enum ic_status done = IC_OK;
    if (status == IC_OK) {
        done = ic_parser_encode_document(encoder, document, error);
    } else {
        encode_byte(encoder, answered->file[0] != '\0');
        encode_number(encoder, answered->line);
        encode_number(encoder, answered->column);
        encode_string(encoder, answered->text);
    }
    if (done == IC_OK && encoder->size > IC_PARSER_ANSWER_BYTES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, ic_document_name(document), 0, 0,
                          "the payload stands for more than %d MiB of statements; publish less "
                          "at once",
                          IC_PARSER_ANSWER_BYTES_MAX / (1024 * 1024));
    return done == IC_OK ? written(encoder, error) : done;
}

static enum ic_status nonsense(struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT, "the answer of a parser process makes no sense");
}

/* The error as the importer would have filled it. */
static enum ic_status decode_failure(struct decoder *decoder, enum ic_status status,
                                     const char *name, struct ic_error *error)
{
    const unsigned placed = decode_byte(decoder);
    const uint64_t line = decode_number(decoder), column = decode_number(decoder);
    size_t length;
    const char *text = decode_string(decoder, &length);
    if (placed > 1 || line > UINT32_MAX || column > UINT32_MAX || length == 0 ||
        length >= IC_ERROR_TEXT_MAX || memchr(text, '\0', length) || !decoder_done(decoder))
        return nonsense(error);
    ic_fail_at(error, status, placed ? name : NULL, (unsigned long)line, (unsigned long)column,
               "%.*s", (int)length, text);
    return IC_OK;
}

enum ic_status ic_parser_decode_answer(const void *data, size_t size,
                                       struct ic_document *document,
                                       const struct ic_importer **format,
                                       enum ic_status *answered, struct ic_error *error)
{
    struct decoder decoder = decoder_of(data, size);
    const uint64_t said = decode_number(&decoder), number = decode_number(&decoder);
    size_t formats = 0;
    while (ic_importers[formats])
        formats++;
    if (decoder.bad || !is_answer(said) || number > formats || (said == IC_OK && !number))
        return nonsense(error);
    *answered = (enum ic_status)said;
    if (format)
        *format = number ? ic_importers[number - 1] : NULL;
    if (said != IC_OK)
        return decode_failure(&decoder, *answered, ic_document_name(document), error);
    const enum ic_status status = ic_parser_decode_document(&decoder, document, error);
    if (status == IC_NO_MEMORY)
        return status;
    return status == IC_OK && decoder_done(&decoder) ? IC_OK : nonsense(error);
}
