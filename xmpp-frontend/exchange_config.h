/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's configuration file; intercloud-exchange.conf(5) and exchange.conf.example
 * explain every key, exchange_keys.c declares it.
 *
 * A configuration that was read never changes. It is counted: what works with it retains it, so
 * that a job keeps the one it began with while a reload brings another.
 * Threads: any; libconfuse reads one file at a time. */
#ifndef IC_EXCHANGE_CONFIG_H
#define IC_EXCHANGE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/limits.h"
#include "catalog/status.h"
#include "quotas.h"
#include "roles.h"

/* Names of keys with the meaning of exchange_keys.c; seconds are seconds, bytes bytes. */
struct ic_exchange_config {
    char *jid;         /* of the component, normalised: a domain */
    char *server;      /* host name or address */
    size_t port;       /* of the server's component listener */
    char *secret_file; /* this and the next two: relative names are below the file's folder */
    char *catalog;     /* directory */
    char *ontology;    /* directory, or NULL: where a new catalog looks for one by itself */
    struct ic_roles *roles;
    struct ic_quotas *quotas;
    int64_t lease_ms;     /* of publications that name none; 0: never expires */
    int64_t lease_max_ms; /* 0: any */
    struct ic_limits catalog_limits;
    size_t stanza_bytes_max, answer_bytes_max, outbox_bytes_max;
    size_t match_seconds;
    size_t workers;                                      /* threads that run commands */
    size_t queue_requests, queue_seconds;                /* that wait for them, and how long */
    size_t session_seconds, sessions_max, session_bytes; /* bytes: of all sessions together */
    size_t publication_bytes, publication_parts;         /* of one publication in parts */
    size_t sparql_seconds, sparql_bytes;                 /* of one query */
};

/* Told every mistake, in the order of lines; `error` is borrowed for the call. */
typedef void ic_exchange_config_tell(void *context, const struct ic_error *error);

/* Reads the file. Every mistake goes to `tell` (may be NULL), the first one also into `error`:
 * IC_BAD_INPUT with the line, what is wrong and what would be right; IC_NOT_FOUND, IC_IO,
 * IC_NO_MEMORY. What follows a mistake of syntax is not read. Owned:
 * ic_exchange_config_release.
 */
enum ic_status ic_exchange_config_read(const char *path, ic_exchange_config_tell *tell,
                                       void *context, struct ic_exchange_config **config,
                                       struct ic_error *error);

struct ic_exchange_config *ic_exchange_config_retain(struct ic_exchange_config *config);
void ic_exchange_config_release(struct ic_exchange_config *config); /* NULL is allowed */

/* Where a key of the top level was written; 0: nowhere. */
unsigned long ic_exchange_config_line(const struct ic_exchange_config *config, const char *key);
/* The file it was read from; borrowed. */
const char *ic_exchange_config_path(const struct ic_exchange_config *config);

/* What can be said without starting: the secret is readable and private, the catalog's
 * directory can be written or made, the ontology has no mistake, the server's name is known.
 * Each failure goes to `tell` with the line of its key; the status is the first one's. */
enum ic_status ic_exchange_config_check(const struct ic_exchange_config *config,
                                        ic_exchange_config_tell *tell, void *context);

/* Gives `next`, which nobody else has yet, the values of `running` in keys that need a restart,
 * and tells the names of those where it meant another. IC_NO_MEMORY. */
enum ic_status ic_exchange_config_keep(struct ic_exchange_config *next,
                                       const struct ic_exchange_config *running,
                                       void (*changed)(void *context, const char *key),
                                       void *context, struct ic_error *error);

#endif
