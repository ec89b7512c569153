/* SPDX-License-Identifier: Apache-2.0 */
/* Work of the exchange's own, done by its workers: the thread of the stream never waits for a
 * writer or the disk. Threads: the service's thread. */
#ifndef IC_CHORES_H
#define IC_CHORES_H

#include "service.h"

struct ic_chores;

/* Both are borrowed. Owned: ic_chores_free, after the service. NULL when memory is out. */
struct ic_chores *ic_chores_new(struct ic_service *service, struct ic_catalog *catalog);
void ic_chores_free(struct ic_chores *chores);

/* The catalog's ontology is to become that of `directory`; the log tells what came of it. The
 * loads asked for while one is under way are one, that of the last directory. IC_NO_MEMORY. */
enum ic_status ic_chores_load_ontology(struct ic_chores *chores, const char *directory,
                                       struct ic_error *error);

/* A part of what has expired, and of the terms that nothing uses, is to be taken off the disk;
 * nothing new when that is under way. */
void ic_chores_sweep(struct ic_chores *chores);

/* Tries again what found no place in the queue; to be called about every IC_SERVICE_TICK_MS. */
void ic_chores_tick(struct ic_chores *chores);

/* Nothing is begun any more. */
void ic_chores_stop(struct ic_chores *chores);

#endif
