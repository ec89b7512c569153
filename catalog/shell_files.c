/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the caller's files, with progress on a terminal. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"

enum { PROGRESS_INTERVAL_MS = 100, READ_BYTES = 64 * 1024 };

enum ic_status ic_file_read(struct ic_io *io, const char *path, size_t bytes_max, char **text,
                            size_t *length, struct ic_error *error)
{
    FILE *in = io->open(io, path, NULL, error);
    if (!in)
        return error->status;
    char *buffer = NULL;
    size_t used = 0, capacity = 0;
    enum ic_status status = IC_OK;
    while (status == IC_OK && !feof(in)) {
        if (capacity - used < READ_BYTES + 1) {
            capacity = 2 * capacity + READ_BYTES + 1;
            char *larger = realloc(buffer, capacity);
            if (!larger) {
                status = ic_fail(error, IC_NO_MEMORY, "out of memory");
                break;
            }
            buffer = larger;
        }
        used += fread(buffer + used, 1, READ_BYTES, in);
        if (ferror(in))
            status = ic_fail_errno(error, errno, "%s: cannot read it", path);
        else if (used > bytes_max)
            status =
                ic_fail_at(error, IC_TOO_LARGE, path, 0, 0, "longer than %zu bytes", bytes_max);
    }
    fclose(in);
    if (status != IC_OK) {
        free(buffer);
        return status;
    }
    buffer[used] = '\0';
    *text = buffer;
    *length = used;
    return IC_OK;
}

/* ---- progress ---- */

struct progress {
    struct ic_io *io;
    const char *path;
    uint64_t size_bytes; /* 0: unknown */
    struct timespec last;
    bool shown;
};

static void show_progress(void *context, uint64_t bytes, uint64_t statements)
{
    struct progress *progress = context;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t since = (int64_t)(now.tv_sec - progress->last.tv_sec) * 1000 +
                          (now.tv_nsec - progress->last.tv_nsec) / 1000000;
    if (since < PROGRESS_INTERVAL_MS)
        return;
    progress->last = now;
    progress->shown = true;
    FILE *err = progress->io->err;
    fputs("\r\033[K", err);
    ic_print_escaped(err, progress->path, strlen(progress->path));
    fprintf(err, ": %.1f MB", (double)bytes / 1e6);
    if (progress->size_bytes && bytes <= progress->size_bytes)
        fprintf(err, " (%d%%)", (int)((double)bytes * 100.0 / (double)progress->size_bytes));
    fprintf(err, ", %" PRIu64 " statements", statements);
    fflush(err);
}

static void clear_progress(struct progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", progress->io->err);
        fflush(progress->io->err);
    }
}

/* ---- documents ---- */

enum ic_status ic_file_import(struct ic_io *io, const struct ic_file_source *source,
                              struct ic_document **document, const struct ic_importer **chosen,
                              struct ic_error *error)
{
    const struct ic_importer *importer = NULL;
    struct progress progress = {.io = io, .path = source->path};
    clock_gettime(CLOCK_MONOTONIC, &progress.last);
    FILE *in = io->open(io, source->path, &progress.size_bytes, error);
    if (!in)
        return error->status;
    const bool progressing = source->progress && io->err_is_terminal;
    const struct ic_import_context context = {.in = in,
                                              .base = source->base,
                                              .ontology = source->ontology,
                                              .progress = progressing ? show_progress : NULL,
                                              .progress_context = &progress,
                                              .window = source->window,
                                              .window_context = source->window_context,
                                              .window_statements = source->window_statements};
    if (source->opened)
        source->opened(source->window_context, progress.size_bytes, &importer);
    const struct ic_document_limits limits = {
        .statements_max = ic_limit_value(source->limits, IC_LIMIT_STATEMENTS),
        .term_bytes_max = ic_limit_value(source->limits, IC_LIMIT_TERM),
        .memory_max = source->memory_max};
    *document = ic_document_new(source->path, &limits);
    enum ic_status status = *document ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (status == IC_OK)
        status = ic_import(source->format, &context, *document, &importer, error);
    clear_progress(&progress);
    fclose(in);
    if (status != IC_OK) {
        ic_document_free(*document);
        *document = NULL;
    } else if (chosen) {
        *chosen = importer;
    }
    return status;
}

static enum ic_status import_all(struct ic_io *io, char *const *paths, size_t wanted,
                                 struct ic_document **documents, size_t *count,
                                 struct ic_error *error)
{
    for (*count = 0; *count < wanted; ++*count) {
        const struct ic_file_source source = {.path = paths[*count], .format = "turtle"};
        const enum ic_status status =
            ic_file_import(io, &source, &documents[*count], NULL, error);
        if (status != IC_OK)
            return status;
    }
    return IC_OK;
}

enum ic_status ic_directory_import(struct ic_io *io, const char *directory,
                                   struct ic_document ***documents, size_t *count,
                                   struct ic_error *error)
{
    char **paths;
    size_t path_count;
    *documents = NULL;
    *count = 0;
    enum ic_status status = io->list(io, directory, ".ttl", &paths, &path_count, error);
    if (status != IC_OK)
        return status;
    if (path_count == 0)
        status = ic_fail_at(error, IC_BAD_INPUT, directory, 0, 0,
                            "there is no Turtle file (*.ttl) in this directory");
    else if (!(*documents = calloc(path_count, sizeof **documents)))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory");
    else
        status = import_all(io, paths, path_count, *documents, count, error);
    for (size_t i = 0; i < path_count; i++)
        free(paths[i]);
    free(paths);
    if (status != IC_OK) {
        ic_documents_free(*documents, *count);
        *documents = NULL;
        *count = 0;
    }
    return status;
}

void ic_documents_free(struct ic_document **documents, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ic_document_free(documents[i]);
    free(documents);
}

/* One byte of a path as an IRI has it (RFC 3986, section 2); returns what follows. */
static char *put_path_byte(char *to, unsigned char byte)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/!$&'()*+,;=:@";
    if (memchr(plain, byte, sizeof plain - 1)) {
        *to = (char)byte;
        return to + 1;
    }
    static const char digits[] = "0123456789ABCDEF";
    *to++ = '%';
    *to++ = digits[byte >> 4];
    *to++ = digits[byte & 15];
    return to;
}

char *ic_file_iri(struct ic_io *io, const char *path)
{
    char *absolute = strcmp(path, "-") ? io->absolute(io, path) : strdup("/dev/stdin");
    char *iri = absolute ? malloc(3 * strlen(absolute) + sizeof "file://") : NULL;
    if (iri) {
        char *to = stpcpy(iri, "file://");
        for (const char *from = absolute; *from; from++)
            to = put_path_byte(to, (unsigned char)*from);
        *to = '\0';
    }
    free(absolute);
    return iri;
}
