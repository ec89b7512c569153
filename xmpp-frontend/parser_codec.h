/* SPDX-License-Identifier: Apache-2.0 */
/* What the exchange and its parser processes (parser.h) say to each other, as bytes.
 *
 * A message is 4 bytes of length, low first, and that many bytes; catalog/codec.h has the
 * numbers and strings in it. The exchange sends names (an ontology's attributes) and requests,
 * a process sends answers. The exchange reads an answer as if an attacker had written it, for a
 * parser that was taken over is one: whatever these functions let through is a document that
 * the importers could have made, within the document's limits.
 *
 *     names    'N' DIGEST DOCUMENT
 *     request  'R' bytes_max statements_max term_bytes_max total_bytes_max memory_max named
 *                  NAME XML
 *     answer   status format; of IC_OK: DOCUMENT, else: placed line column TEXT
 *     DOCUMENT lease_ms count (PREFIX IRI)*
 *              count (line subject predicate object)*, each of the three a number:
 *              n > 0: the n-th term of this document; 0: the next term, which follows
 *              kind [datatype or language] text
 *
 * Only terms that statements use are sent, and no graph names: nothing that is published has a
 * use for them.
 * Threads: any. */
#ifndef IC_PARSER_CODEC_H
#define IC_PARSER_CODEC_H

#include <sys/uio.h>

#include "catalog/codec.h"
#include "catalog/importer.h"
#include "catalog/ontology.h"

enum {
    IC_PARSER_LENGTH_BYTES = 4,
    IC_PARSER_REQUEST_BYTES_MAX = 64 * 1024 * 1024, /* one message of the exchange */
    IC_PARSER_ANSWER_BYTES_MAX = 64 * 1024 * 1024   /* one message of a process */
};

enum { IC_PARSER_NAMES = 'N', IC_PARSER_REQUEST = 'R' };

/* The length of a message. */
void ic_parser_put_length(unsigned char bytes[IC_PARSER_LENGTH_BYTES], size_t length);
size_t ic_parser_get_length(const unsigned char bytes[IC_PARSER_LENGTH_BYTES]);

/* Takes `sent` bytes off the parts from number *first on, which moves over those that are
 * empty. */
void ic_parser_sent(struct iovec *parts, size_t count, size_t *first, size_t sent);

struct ic_parser_request {
    size_t bytes_max;
    struct ic_document_limits limits;
    bool named; /* attributes are those of the names sent last; false: unchecked */
    const char *xml;
    size_t length;
    struct ic_document *document; /* made from the limits and the name; owned by the caller */
};

/* Both write the byte that says what they are. IC_NO_MEMORY. */
enum ic_status ic_parser_encode_names(struct encoder *encoder,
                                      const struct ic_ontology *ontology,
                                      struct ic_error *error);
enum ic_status ic_parser_encode_request(struct encoder *encoder,
                                        const struct ic_document *document, size_t bytes_max,
                                        bool named, const char *xml, size_t length,
                                        struct ic_error *error);

/* Both read what follows that byte. IC_BAD_INPUT, IC_NO_MEMORY. *ontology owned:
 * ic_ontology_release. request->xml is borrowed from the message, request->document owned. */
enum ic_status ic_parser_decode_names(struct decoder *decoder, struct ic_ontology **ontology,
                                      struct ic_error *error);
enum ic_status ic_parser_decode_request(struct decoder *decoder,
                                        struct ic_parser_request *request,
                                        struct ic_error *error);

/* `status` with `error` is what reading the payload gave; the answer says so. IC_TOO_LARGE: it
 * would be longer than IC_PARSER_ANSWER_BYTES_MAX; IC_NO_MEMORY. */
enum ic_status ic_parser_encode_answer(struct encoder *encoder, enum ic_status status,
                                       const struct ic_importer *format,
                                       const struct ic_document *document,
                                       const struct ic_error *answered, struct ic_error *error);

/* Reads a whole answer; `document` must be empty. *answered: what the process says its importer
 * returned, and on anything but IC_OK *error as the importer filled it. Itself: IC_OK,
 * IC_NO_MEMORY, or IC_CORRUPT with *error: no importer could have said that. */
enum ic_status ic_parser_decode_answer(const void *data, size_t size,
                                       struct ic_document *document,
                                       const struct ic_importer **format,
                                       enum ic_status *answered, struct ic_error *error);

#endif
