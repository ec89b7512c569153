/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's configuration file; exchange.conf.example explains every key.
 * Threads: any, but libconfuse reads one file at a time. */
#ifndef IC_EXCHANGE_CONFIG_H
#define IC_EXCHANGE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/limits.h"
#include "catalog/status.h"
#include "roles.h"

struct ic_exchange_config {
    char *jid;         /* of the component, normalised: a domain */
    char *server;      /* host name or address */
    unsigned port;     /* of the server's component listener */
    char *secret_file; /* this and the next two: relative names are below the file's folder */
    char *catalog;     /* directory */
    char *ontology;    /* directory, or NULL: where a new catalog looks for one by itself */
    struct ic_roles *roles;
    int64_t lease_ms;     /* of publications that name none; 0: never expires */
    int64_t lease_max_ms; /* 0: any */
    struct ic_limits catalog_limits;
    size_t stanza_bytes_max, answer_bytes_max, outbox_bytes_max;
    long match_timeout_ms;
};

/* IC_BAD_INPUT with the line: what is wrong and what would be right; IC_NOT_FOUND, IC_IO.
 * Owned: ic_exchange_config_free. */
enum ic_status ic_exchange_config_read(const char *path, struct ic_exchange_config **config,
                                       struct ic_error *error);
void ic_exchange_config_free(struct ic_exchange_config *config);

#endif
