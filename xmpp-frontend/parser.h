/* SPDX-License-Identifier: Apache-2.0 */
/* Reading payloads in processes of their own, so that a mistake in a parser is not the
 * catalog's: what they say is checked as if an attacker had said it (parser_codec.h), and they
 * can do nothing else (sandbox.h).
 *
 * A process serves one request at a time, is kept for the next one, and is renewed after
 * `requests_max`. It is started by exec of the running program, with no environment and no
 * descriptor but its socket. It ends when that socket does, however the exchange ended; while
 * it computes, its CPU limit ends it. Threads: any number may import at the same time; when all
 * processes are busy they wait. */
#ifndef IC_PARSER_H
#define IC_PARSER_H

#include "catalog/importer.h"
#include "catalog/ontology.h"

struct ic_parsers;

/* 0 or NULL: the default. */
struct ic_parsers_options {
    const char *program;  /* that runs ic_parser_process when IC_PARSER_ARGUMENT is its first
                             argument; the running one. Borrowed. */
    size_t processes_max; /* 4; one for each thread that imports is enough */
    size_t requests_max;  /* of one process: 1000 */
    size_t memory_bytes;  /* of one process, beyond what it has at its start: 256 MiB */
    unsigned cpu_s;       /* CPU time for each MiB of a payload that is begun, up to a second
                             more in all: 2 */
    unsigned wait_ms;     /* for an answer, likewise for each MiB: 10 s */
    unsigned start_ms;    /* for a process that is started: 30 s */
};

/* Starts the first process, so that a machine that cannot shut one in is found out now. IC_IO,
 * IC_NO_MEMORY. Owned: ic_parsers_free, when nobody imports any more. */
enum ic_status ic_parsers_new(const struct ic_parsers_options *options,
                              struct ic_parsers **parsers, struct ic_error *error);
void ic_parsers_free(struct ic_parsers *parsers);

/* As ic_import_payload (importers/payload.h), with the same statements and the same errors, but
 * in a process; `document` must be empty.
 * `parsers` NULL: in this process. Besides: IC_TOO_LARGE when the payload needs more memory or
 * CPU time than a process has; IC_BUSY when there was no answer in time; IC_IO when the process
 * died or answered nonsense, or none can be started. After these the process is gone, which is
 * logged, and the next import has another one. */
enum ic_status ic_parsers_import(struct ic_parsers *parsers, const char *xml, size_t length,
                                 const struct ic_ontology *ontology, size_t bytes_max,
                                 struct ic_document *document,
                                 const struct ic_importer **chosen, struct ic_error *error);

#endif
