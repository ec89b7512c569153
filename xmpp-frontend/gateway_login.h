/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in by SASL SCRAM (RFC 5802, RFC 7677), by libgsasl.
 *
 * libstrophe's own login would also use DIGEST-MD5, and PLAIN where a server offers nothing
 * better; this one never sends anything from which the password could be had back, and refuses
 * a server that does not prove that it knows the account.
 * Threads: a login belongs to one thread at a time. */
#ifndef IC_GATEWAY_LOGIN_H
#define IC_GATEWAY_LOGIN_H

#include <stdbool.h>

#include "catalog/status.h"

struct ic_gateway_login;

/* Whether `mechanism` is one of ours, and how much it is preferred: 0 it is not. */
int ic_gateway_login_preference(const char *mechanism);

/* Begins a login with one of those mechanisms. Owned: ic_gateway_login_free. */
enum ic_status ic_gateway_login_new(const char *mechanism, const char *user,
                                    const char *password, struct ic_gateway_login **login,
                                    struct ic_error *error);
void ic_gateway_login_free(struct ic_gateway_login *login);

/* Answers a challenge (base64; NULL for the initial response). Owned: free(*response).
 * IC_FORBIDDEN: the server's side of the exchange is wrong. */
enum ic_status ic_gateway_login_step(struct ic_gateway_login *login, const char *challenge,
                                     char **response, struct ic_error *error);

/* Judges the data of <success/> (base64, or NULL): the server must have proved that it knows
 * the account. IC_FORBIDDEN. */
enum ic_status ic_gateway_login_finish(struct ic_gateway_login *login, const char *data,
                                       struct ic_error *error);

#endif
