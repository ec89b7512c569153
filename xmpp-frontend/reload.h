/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the ontology again while the exchange runs.
 * Threads: any. */
#ifndef IC_RELOAD_H
#define IC_RELOAD_H

#include "catalog/catalog.h"

/* Checks the Turtle files of `directory` and makes them the catalog's ontology, or leaves the
 * one in force when there is a mistake; what the shell's own command says goes to the log. */
void ic_reload_ontology(struct ic_catalog *catalog, const char *directory);

#endif
