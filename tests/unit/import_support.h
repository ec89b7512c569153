/* SPDX-License-Identifier: Apache-2.0 */
/* Importing text in tests. */
#ifndef IC_TESTS_IMPORT_SUPPORT_H
#define IC_TESTS_IMPORT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/importer.h"
#include "catalog/serialize.h"

/* A document called "doc" that `text` became; NULL and *error when it was refused. */
static inline struct ic_document *import_bytes(const char *format, const char *text,
                                               size_t length, struct ic_import_context context,
                                               struct ic_error *error)
{
    struct ic_document *document = ic_document_new("doc", NULL);
    assert_non_null(document);
    *error = (struct ic_error){0};
    context.in = fmemopen((void *)(uintptr_t)text, length, "r");
    assert_non_null(context.in);
    const enum ic_status status = ic_import(format, &context, document, NULL, error);
    fclose(context.in);
    if (status == IC_OK)
        return document;
    assert_int_equal(error->status, status);
    assert_true(error->text[0] != '\0');
    assert_null(strchr(error->text, '\n'));
    ic_document_free(document);
    return NULL;
}

static inline struct ic_document *import_text(const char *format, const char *text)
{
    struct ic_error error;
    struct ic_document *document =
        import_bytes(format, text, strlen(text), (struct ic_import_context){0}, &error);
    if (!document)
        fail_msg("%lu:%lu: %s\nin: %s", error.line, error.column, error.text, text);
    return document;
}

/* The document as text of `syntax`. Owned: free. */
static inline char *written(const struct ic_document *document, enum ic_rdf_syntax syntax)
{
    char *text = NULL;
    size_t size;
    struct ic_error error = {0};
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    if (ic_write_document(document, syntax, out, &error) != IC_OK)
        fail_msg("%s", error.text);
    assert_int_equal(fclose(out), 0);
    return text;
}

static inline int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of `text` in place; every line ends with a newline. */
static inline char *sort_lines(char *text)
{
    char *lines[4096], *rest = strdup(text), *at = rest;
    size_t count = 0;
    assert_non_null(rest);
    for (char *line; (line = strsep(&at, "\n")) != NULL && count < 4096;) {
        if (*line)
            lines[count++] = line;
    }
    qsort(lines, count, sizeof *lines, compare_lines);
    char *to = text;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(lines[i]);
        memcpy(to, lines[i], length);
        to[length] = '\n';
        to += length + 1;
    }
    *to = '\0';
    free(rest);
    return text;
}

#endif
