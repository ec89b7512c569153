/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of a document as bytes; parser_codec.h has the layout.
 * Threads: any. */
#ifndef IC_PARSER_DOCUMENT_H
#define IC_PARSER_DOCUMENT_H

#include "catalog/codec.h"
#include "catalog/document.h"

/* Writes lease, prefixes and statements. The document has no graph names. IC_NO_MEMORY. */
enum ic_status ic_parser_encode_document(struct encoder *encoder,
                                         const struct ic_document *document,
                                         struct ic_error *error);

/* Reads them into `document`, which must be empty. IC_BAD_INPUT: not the bytes of a document
 * that an importer made: a reference to a term that was not sent, a term that was sent before
 * or that its kind cannot have, a literal as subject, a lease that cannot be asked for;
 * IC_TOO_LARGE: more than the document's limits; IC_NO_MEMORY. What was read until then stays
 * in the document. */
enum ic_status ic_parser_decode_document(struct decoder *decoder, struct ic_document *document,
                                         struct ic_error *error);

#endif
