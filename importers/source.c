/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a source chunk by chunk. */
#include "source.h"

#include <errno.h>
#include <string.h>

enum ic_status ic_source_read(struct ic_source *source, char *buffer, size_t size,
                              size_t *count, struct ic_error *error)
{
    const struct ic_import_context *context = source->context;
    const char *name = ic_document_name(source->document);
    errno = 0;
    *count = fread(buffer, 1, size < IC_SOURCE_CHUNK_BYTES ? size : IC_SOURCE_CHUNK_BYTES,
                   context->in);
    if (*count == 0 && ferror(context->in))
        return ic_fail_at(error, IC_IO, name, 0, 0, "cannot be read: %s",
                          errno ? strerror(errno) : "input/output error");
    source->bytes += *count;
    if (context->bytes_max && source->bytes > context->bytes_max)
        return ic_fail_at(
            error, IC_TOO_LARGE, name, 0, 0,
            "the input is longer than bytes_max, %zu bytes; split it into smaller "
            "documents",
            context->bytes_max);
    if (context->progress && *count) {
        size_t statements;
        ic_document_statements(source->document, &statements);
        context->progress(context->progress_context, source->bytes, statements);
    }
    return IC_OK;
}
