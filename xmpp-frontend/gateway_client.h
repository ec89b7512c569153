/* SPDX-License-Identifier: Apache-2.0 */
/* An XMPP client (RFC 6120) on libstrophe that asks one exchange: TLS or nothing, the server's
 * certificate checked against the account's domain, SCRAM or nothing.
 *
 * Threads: one client in one thread; it changes the environment (SSL_CERT_FILE, SSL_CERT_DIR),
 * so no other thread may be looking there. */
#ifndef IC_GATEWAY_CLIENT_H
#define IC_GATEWAY_CLIENT_H

#include <stdio.h>

#include "catalog/arena.h"
#include "gateway_config.h"
#include "xml.h"

/* libstrophe's TLS handshake and the resolver block as long as a silent peer likes. So the
 * client arms alarm(2) this long after its own time-out; the program has to end on SIGALRM. */
enum { IC_GATEWAY_ALARM_GRACE_S = 3 };

struct ic_gateway_client;

/* Connects and logs in. `config` and `password` are borrowed until it returns, `config` until
 * the client is closed. `trace` (may be NULL) gets every request and answer, indented. IC_IO:
 * no connection, or no TLS that can be trusted; IC_FORBIDDEN: the login was refused, or has no
 * SCRAM; IC_TIMEOUT. Owned: ic_gateway_close. */
enum ic_status ic_gateway_open(const struct ic_gateway_config *config, const char *password,
                               FILE *trace, struct ic_gateway_client **client,
                               struct ic_error *error);

/* Ends the stream and frees the client. NULL is allowed. */
void ic_gateway_close(struct ic_gateway_client *client);

/* Sends <iq type='set'> with the element that `payload` holds (`length` bytes of XML) to the
 * exchange and waits for its answer, an iq of type result or error. IC_TOO_LARGE: the stanza
 * would be more than the server takes; IC_TIMEOUT; IC_IO: the connection ended. Owned:
 * ic_arena_free(*arena), which frees `*answer` too. */
enum ic_status ic_gateway_ask(struct ic_gateway_client *client, const char *payload,
                              size_t length, struct ic_arena **arena,
                              struct ic_element **answer, struct ic_error *error);

/* Bytes that the payload of one ic_gateway_ask may have. */
size_t ic_gateway_payload_max(const struct ic_gateway_client *client);

/* Lets time pass, until a message of the exchange comes, `ms` at most. IC_IO: the connection
 * ended. */
enum ic_status ic_gateway_wait(struct ic_gateway_client *client, long ms,
                               struct ic_error *error);

#endif
