/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the client: its state, shared by the negotiation of the stream and what comes after.
 */
#ifndef IC_GATEWAY_STREAM_H
#define IC_GATEWAY_STREAM_H

#include <stdbool.h>
#include <strophe.h>

#include "gateway_client.h"
#include "gateway_login.h"

/* What the client waits for. Anything else that comes ends the connection, so nothing that was
 * put into the stream before TLS can be taken for something that came after it. */
enum ic_gateway_phase {
    IC_GATEWAY_CONNECTING, /* the TCP connection */
    IC_GATEWAY_OPENING,    /* the server's stream header */
    IC_GATEWAY_FEATURES,   /* <features/> of the stream just opened */
    IC_GATEWAY_STARTTLS,   /* <proceed/> */
    IC_GATEWAY_LOGIN,      /* <challenge/>, <success/> or <failure/> */
    IC_GATEWAY_BINDING,    /* the answer to <bind/> */
    IC_GATEWAY_READY,      /* stanzas */
    IC_GATEWAY_CLOSED
};

struct ic_gateway_client {
    const struct ic_gateway_config *config;
    const char *password; /* until logged in */
    FILE *trace;
    xmpp_log_t log;
    xmpp_ctx_t *context;
    xmpp_conn_t *connection;
    enum ic_gateway_phase phase;
    bool secure, authenticated, closing;
    struct ic_gateway_login *login;
    char *awaited; /* the id of the request that has no answer yet */
    struct ic_arena *arena;
    struct ic_element *answer;
    bool told;             /* a message of the exchange has come */
    char reason[256];      /* what OpenSSL said of the certificate, or libstrophe last */
    struct ic_error error; /* the first failure */
};

/* Notes the first failure and ends the connection. */
void ic_gateway_fail(struct ic_gateway_client *client, enum ic_status status,
                     const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The server's stream header has come: a phase of the negotiation ends. */
void ic_gateway_opened(struct ic_gateway_client *client);

/* A child of the stream's root while the phase is before IC_GATEWAY_READY. */
void ic_gateway_negotiate(struct ic_gateway_client *client, xmpp_stanza_t *stanza);

#endif
