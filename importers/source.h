/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a source: counted, bounded and reported as progress.
 * Threads: a source belongs to one thread. */
#ifndef IC_IMPORTERS_SOURCE_H
#define IC_IMPORTERS_SOURCE_H

#include "catalog/importer.h"

enum { IC_SOURCE_CHUNK_BYTES = 64 * 1024 }; /* progress is reported this often */

struct ic_source {
    const struct ic_import_context *context;
    const struct ic_document *document;
    uint64_t bytes; /* read so far */
};

/* Reads at most `size` (up to IC_SOURCE_CHUNK_BYTES) bytes; *count is 0 only at the end.
 * IC_TOO_LARGE: the context's bytes_max is passed; IC_IO. */
enum ic_status ic_source_read(struct ic_source *source, char *buffer, size_t size,
                              size_t *count, struct ic_error *error);

#endif
