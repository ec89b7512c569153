/* SPDX-License-Identifier: Apache-2.0 */
/* Reading configuration and ontology again while the exchange runs.
 * Threads: any. */
#ifndef IC_RELOAD_H
#define IC_RELOAD_H

#include <stdatomic.h>

#include "catalog/catalog.h"
#include "exchange_config.h"

/* Reads the file of `running` again, and the secret it names. Right: *next, with the values of
 * `running` in keys that need a restart, whose names are logged where the file means another.
 * Wrong: every mistake is logged with its line, and nothing changes. Owned:
 * ic_exchange_config_release, ic_secret_free. */
enum ic_status ic_reload_config(const struct ic_exchange_config *running,
                                struct ic_exchange_config **next, char **secret);

/* Checks the Turtle files of `directory` and makes them the catalog's ontology, or leaves the
 * one in force when there is a mistake; what the shell's own command says goes to the log.
 * `cancelled`: it should come to an end. */
void ic_reload_ontology(struct ic_catalog *catalog, const char *directory,
                        const atomic_bool *cancelled);

#endif
