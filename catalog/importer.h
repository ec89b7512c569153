/* SPDX-License-Identifier: Apache-2.0 */
/* The import interface: a format turns bytes into the statements of a document.
 *
 * The formats live in importers/ and are registered by a program's main: the engine itself
 * includes nothing of theirs. */
#ifndef IC_IMPORTER_H
#define IC_IMPORTER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "document.h"
#include "status.h"

struct ic_ontology;

/* Where a document without base has its relative IRIs. A hierarchical path, because raptor
 * resolves <x> against nothing else. */
#define IC_IMPORT_BASE "intercloud://document/"

/* What a format may use beside the bytes. */
struct ic_import_context {
    FILE *in;                           /* read to its end; the caller closes it */
    const char *base;                   /* base IRI, or NULL: IC_IMPORT_BASE */
    const struct ic_ontology *ontology; /* names of attributes, for formats that need them;
                                           may be NULL (convert) */
    size_t bytes_max;                   /* input longer than this is IC_TOO_LARGE; 0: none */
    bool network_payload;               /* from XMPP: graph names are refused */
    void (*progress)(void *context, uint64_t bytes, uint64_t statements); /* or NULL */
    void *progress_context;
    /* For input that is larger than memory: called, when not NULL, whenever the document has
     * that many statements and the last one is about another subject than the one before. It
     * may detach statements (ic_document_detach). Not called in a document with graphs. */
    enum ic_status (*window)(void *context, struct ic_document *document,
                             struct ic_error *error);
    void *window_context;
    size_t window_statements;
};

struct ic_importer {
    const char *name;       /* for --format: "turtle" */
    const char *label;      /* for people: "RDF 1.1 Turtle" */
    const char *media_type; /* "text/turtle" */
    const char *extensions; /* space separated, without dots: "ttl" */

    /* How sure the format is that a file beginning with these bytes (up to
     * IC_SNIFF_BYTES) is its own: 0 not at all, 100 certainly. */
    int (*recognise)(const char *head, size_t length);

    /* Reads context->in into `document`. Errors carry the document's name, line and column.
     * Never opens another file and never uses the network (XML entities, xi:include,
     * remote contexts). */
    enum ic_status (*run)(const struct ic_import_context *context, struct ic_document *document,
                          struct ic_error *error);
};

enum { IC_SNIFF_BYTES = 4096 };

/* Every format of this program, ended by NULL. Defined by importers/, linked by the programs:
 * the one thing about importers/ that the engine's shell knows. */
extern const struct ic_importer *const ic_importers[];

/* By name, else by media type (parameters after ';' ignored, case ignored), or NULL. */
const struct ic_importer *ic_importer_find(const char *name);

/* Chooses by content, and by the extension of `name` when contents leave a tie. NULL: none
 * recognises it. */
const struct ic_importer *ic_importer_recognise(const char *name, const char *head,
                                                size_t length);

/* Reads all of context->in with the format called `format`, or, when it is NULL, with the one
 * that recognises the content (reported in *chosen before it reads). IC_BAD_INPUT lists the
 * formats when none does. */
enum ic_status ic_import(const char *format, const struct ic_import_context *context,
                         struct ic_document *document, const struct ic_importer **chosen,
                         struct ic_error *error);

#endif
