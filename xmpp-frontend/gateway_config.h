/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's configuration file.
 * Threads: any, but reading two files at the same time is not for libconfuse. */
#ifndef IC_GATEWAY_CONFIG_H
#define IC_GATEWAY_CONFIG_H

#include <stddef.h>

#include "catalog/status.h"

enum {
    IC_GATEWAY_TIMEOUT_MAX_S = 24 * 60 * 60,
    /* What Prosody and ejabberd take from a client by default. */
    IC_GATEWAY_STANZA_BYTES = 256 * 1024
};

struct ic_gateway_config {
    char *account;       /* normalised bare JID */
    char *exchange;      /* the normalised JID of the exchange's component */
    char *password_file; /* absolute, or relative to the working directory */
    char *server;   /* host or address to connect to, or NULL: what DNS says about the JID's
                       domain; the certificate must name the domain either way */
    char *ca_file;  /* the only authorities trusted, or NULL: the system's */
    long port;      /* 0: the one in DNS, or 5222 */
    long timeout_s; /* for connecting, and for each answer */
    long stanza_bytes_max;
};

/* Reads `path`, or when it is NULL $INTERCLOUD_GATEWAY_CONFIG, else
 * ~/.config/intercloud/gateway.conf. Relative names of files in it are relative to its folder.
 * IC_BAD_INPUT: file, line and what is wrong; IC_NOT_FOUND: there is none. Owned:
 * ic_gateway_config_free. */
enum ic_status ic_gateway_config_read(const char *path, struct ic_gateway_config **config,
                                      struct ic_error *error);
void ic_gateway_config_free(struct ic_gateway_config *config);

#endif
