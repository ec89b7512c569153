/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the format of a source, by name, by content or by file name. */
#include "importer.h"

#include <string.h>
#include <strings.h>

const struct ic_importer *ic_importer_find(const char *name)
{
    for (size_t i = 0; ic_importers[i]; i++) {
        if (strcasecmp(ic_importers[i]->name, name) == 0)
            return ic_importers[i];
    }
    size_t length = strcspn(name, ";");
    while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '\t'))
        length--;
    for (size_t i = 0; ic_importers[i]; i++) {
        const char *type = ic_importers[i]->media_type;
        if (strlen(type) == length && strncasecmp(type, name, length) == 0)
            return ic_importers[i];
    }
    return NULL;
}

/* True when the file called `name` ends in "." and one of `extensions`. */
static bool has_extension(const char *name, const char *extensions)
{
    const char *base = strrchr(name, '/');
    const char *dot = strrchr(base ? base : name, '.');
    if (!dot || !dot[1])
        return false;
    const size_t length = strlen(dot + 1);
    for (const char *at = extensions; *at;) {
        const size_t word = strcspn(at, " ");
        if (word == length && strncasecmp(at, dot + 1, word) == 0)
            return true;
        at += word;
        at += strspn(at, " ");
    }
    return false;
}

const struct ic_importer *ic_importer_recognise(const char *name, const char *head,
                                                size_t length)
{
    const struct ic_importer *best = NULL;
    int best_score = 0;
    bool best_named = false;
    for (size_t i = 0; ic_importers[i]; i++) {
        const struct ic_importer *importer = ic_importers[i];
        const int score = importer->recognise(head, length);
        const bool named = name && has_extension(name, importer->extensions);
        if (score > best_score || (score == best_score && named && !best_named)) {
            best = importer;
            best_score = score;
            best_named = named;
        }
    }
    return best;
}

/* ---- reading the head twice ---- */

/* A stream that gives back the bytes that were read to recognise the format, then goes on
 * with the source. */
struct rewound {
    char head[IC_SNIFF_BYTES];
    size_t length, given;
    FILE *rest;
};

static ssize_t rewound_read(void *cookie, char *buffer, size_t size)
{
    struct rewound *source = cookie;
    if (source->given < source->length) {
        const size_t left = source->length - source->given;
        const size_t count = size < left ? size : left;
        memcpy(buffer, source->head + source->given, count);
        source->given += count;
        return (ssize_t)count;
    }
    const size_t count = fread(buffer, 1, size, source->rest);
    return count == 0 && ferror(source->rest) ? -1 : (ssize_t)count;
}

static enum ic_status unknown_format(const char *file, struct ic_error *error, const char *what)
{
    char names[512] = "";
    size_t used = 0;
    for (size_t i = 0; ic_importers[i] && used < sizeof names; i++) {
        const int written = snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "",
                                     ic_importers[i]->name);
        used += written > 0 ? (size_t)written : 0;
    }
    return ic_fail_at(error, IC_BAD_INPUT, file, 0, 0, "%s; the formats are %s", what, names);
}

static enum ic_status import_recognised(const struct ic_import_context *context,
                                        struct ic_document *document,
                                        const struct ic_importer **chosen,
                                        struct ic_error *error)
{
    const char *name = ic_document_name(document);
    struct rewound source = {.rest = context->in};
    source.length = fread(source.head, 1, sizeof source.head, context->in);
    if (ferror(context->in))
        return ic_fail_at(error, IC_IO, name, 0, 0, "cannot be read");
    *chosen = ic_importer_recognise(name, source.head, source.length);
    if (!*chosen)
        return unknown_format(name, error,
                              "its contents look like no format that can be imported; name one "
                              "with --format if it is one");

    struct ic_import_context again = *context;
    again.in = fopencookie(&source, "r", (cookie_io_functions_t){.read = rewound_read});
    if (!again.in)
        return ic_fail(error, IC_NO_MEMORY, "out of memory while opening %s", name);
    const enum ic_status status = (*chosen)->run(&again, document, error);
    fclose(again.in);
    return status;
}

enum ic_status ic_import(const char *format, const struct ic_import_context *context,
                         struct ic_document *document, const struct ic_importer **chosen,
                         struct ic_error *error)
{
    const struct ic_importer *found;
    if (!chosen)
        chosen = &found;
    *chosen = NULL;
    if (!format)
        return import_recognised(context, document, chosen, error);
    *chosen = ic_importer_find(format);
    if (!*chosen) {
        char what[128];
        snprintf(what, sizeof what, "there is no format \"%.64s\"", format);
        return unknown_format(NULL, error, what);
    }
    return (*chosen)->run(context, document, error);
}
