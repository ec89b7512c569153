/* SPDX-License-Identifier: Apache-2.0 */
/* Building the next generation of a catalog's databases beside the one in force: without log
 * and transactions, so that it costs what writing the files costs, and switching to it by one
 * logged transaction. What is not switched to is removed by the next open.
 * Internal to catalog/. Threads: the writer's. */
#ifndef IC_STORE_BUILD_H
#define IC_STORE_BUILD_H

#include "store.h"

/* Copies what `from` (the writer's handle) has, but for databases that bulk_build_finish
 * writes, into files of the next generation and opens
 * them as `build`, which is written without transactions. Nothing is open after a failure. */
enum ic_status store_build_open(struct store *from, const char *directory, size_t cache_bytes,
                                struct store *build, struct ic_error *error);

/* Writes everything to disk and closes it. */
enum ic_status store_build_close(struct store *build, struct ic_error *error);

/* Closes a build that nobody wants and removes its files. */
void store_build_discard(struct store *build, const char *directory);

/* Makes the generation behind the one in force the one in force: its numbers and texts replace
 * those of STORE_META, in one transaction that also says so. Snapshots of before answer
 * IC_BUSY. `build` was closed. */
enum ic_status store_build_switch(struct store *store, const char *directory,
                                  struct ic_error *error);

/* Removes files of other generations than the one in force. */
void store_build_clean(const struct store *store, const char *directory);

#endif
