/* SPDX-License-Identifier: Apache-2.0 */
/* One parser process as the exchange sees it: starting it, messages with deadlines, ending it.
 * Threads: a child belongs to one thread at a time. */
#ifndef IC_PARSER_CHILD_H
#define IC_PARSER_CHILD_H

#include <sys/types.h>

#include "catalog/codec.h"
#include "parser.h"

struct parser_child {
    pid_t pid;
    int fd;
    size_t requests; /* served so far */
    char names[65];  /* digest of the ontology that it has the names of; "" none */
    struct parser_child *next;
};

/* Starts a process and waits until it is shut in. IC_IO, IC_NO_MEMORY. Owned:
 * parser_child_free. */
enum ic_status parser_child_new(const struct ic_parsers_options *options,
                                struct parser_child **child, struct ic_error *error);

/* Kills it and waits for its end. NULL is allowed. Returns what waitpid said of it, which is
 * how it had ended when it was dead already. */
int parser_child_free(struct parser_child *child);

/* What parser_child_free returned, as the end of a message: "; it was killed by signal ...", or
 * nothing when it was killed on purpose. */
enum { PARSER_CHILD_END_BYTES = 128 };
void parser_child_end(int status, char text[PARSER_CHILD_END_BYTES]);

/* True when an idle process is there and silent, as it should be. */
bool parser_child_is_idle(const struct parser_child *child);

/* Sends one message and receives one of at most IC_PARSER_ANSWER_BYTES_MAX bytes into `answer`
 * (empty; owned by the caller) within `wait_ms`, of which `cpu_s` may be computed. IC_IO: the
 * process ended, or said too much; IC_TIMEOUT; IC_NO_MEMORY. Afterwards it is only good for
 * being freed. */
enum ic_status parser_child_ask(struct parser_child *child, const struct encoder *message,
                                unsigned wait_ms, unsigned cpu_s, struct encoder *answer,
                                struct ic_error *error);

#endif
