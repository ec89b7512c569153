/* SPDX-License-Identifier: Apache-2.0 */
/* One command of the exchange: an XEP-0050 command with XEP-0244 IO data, asked and understood.
 * Threads: as the client. */
#ifndef IC_GATEWAY_COMMAND_H
#define IC_GATEWAY_COMMAND_H

#include "gateway_client.h"
#include "stanza.h"

/* What the exchange answered; everything lies in `arena`. */
struct ic_gateway_reply {
    struct ic_arena *arena;
    const struct ic_element *output; /* the element in <out>, or NULL */
    const struct ic_element *command;
};

/* Executes `node` with `payload` (one element; may be NULL). `subject` (a file's name, or the
 * exchange) is what messages are about; with `has_lines` the lines that the exchange names are
 * those of that file. A refusal by the exchange becomes the status that belongs to its stanza
 * error condition, with the exchange's text. Notes of the answer go to `notes`, a line each.
 * Owned: ic_gateway_reply_clear. */
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
