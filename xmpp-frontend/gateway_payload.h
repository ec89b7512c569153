/* SPDX-License-Identifier: Apache-2.0 */
/* What the gateway sends: files and requests as payloads of the exchange's commands
 * (DESIGN.md's XMPP contract; the schemas say the rest).
 * Threads: any. */
#ifndef IC_GATEWAY_PAYLOAD_H
#define IC_GATEWAY_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "catalog/status.h"

struct ic_publication {
    const char *path;        /* "-" is stdin */
    const char *format;      /* a name or media type, or NULL: by content */
    int64_t lease_ms;        /* 0: as the document says, or the exchange's default */
    size_t bytes_max;        /* of the file */
    size_t inline_bytes_max; /* an advertisement over this goes as the text of a <document> */
};
enum { IC_PUBLICATION_BYTES_MAX = 16 * 1024 * 1024 }; /* what exchanges take by default */

/* The payload of publish_resources: an advertisement in XML as it is (without comments), every
 * other format, and one that is large, as <document type='MEDIA TYPE'>text</document>. The
 * document is parsed first, so that a syntax error has file, line and column and costs no
 * connection. `buffer` is initialised here. Owned: ic_buffer_free, also after a failure. */
enum ic_status ic_gateway_publication(const struct ic_publication *publication,
                                      struct ic_buffer *buffer, bool *verbatim,
                                      struct ic_error *error);

/* The payload of constraint_catalog_resources: from a request in text (`texts`, as on the
 * command line), or, when `path` is not NULL, from an XML file that holds <constraints>, sent
 * as it is, white space included. `buffer` as above. */
enum ic_status ic_gateway_request(const char *path, const char *const *texts, size_t count,
                                  struct ic_buffer *buffer, struct ic_error *error);

/* <NAME><cloudName>CLOUD</cloudName></NAME>: withdraw, resolve. `buffer` as above. */
enum ic_status ic_gateway_cloud(const char *name, const char *cloud, struct ic_buffer *buffer,
                                struct ic_error *error);

#endif
