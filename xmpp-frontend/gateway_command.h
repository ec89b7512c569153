/* SPDX-License-Identifier: Apache-2.0 */
/* One command of the exchange: an XEP-0050 command with XEP-0244 IO data, asked and understood.
 * Threads: as the client. */
#ifndef IC_GATEWAY_COMMAND_H
#define IC_GATEWAY_COMMAND_H

#include "gateway_client.h"
#include "stanza.h"

enum { IC_GATEWAY_PAGES_MAX = 10000 };

/* What the exchange answered. Where it came in pages, `output` has the children of all of them.
 */
struct ic_gateway_reply {
    struct ic_arena *arena;    /* of the last answer */
    struct ic_element *output; /* the element in <out>, or NULL */
    struct ic_arena **arenas;  /* of all answers */
    size_t arena_count;
};

/* Executes `node` with `payload` (one element; may be NULL), and goes on until it is complete:
 * a <document> too large for one stanza is sent in parts, work that takes long is waited for,
 * an answer in pages is fetched to its end. `subject` (a file's name, or the exchange) is what
 * messages are about; with `has_lines` the lines that the exchange names are those of that
 * file. A refusal by the exchange becomes the status that belongs to its stanza error
 * condition, with the exchange's text. Notes of the answer go to `notes`, a line each. Owned:
 * ic_gateway_reply_clear. */
struct ic_gateway_subject {
    const char *name;
    bool has_lines;
};
enum ic_status ic_gateway_execute(struct ic_gateway_client *client, const char *node,
                                  const struct ic_buffer *payload,
                                  const struct ic_gateway_subject *subject, FILE *notes,
                                  struct ic_gateway_reply *reply, struct ic_error *error);
void ic_gateway_reply_clear(struct ic_gateway_reply *reply);

#endif
