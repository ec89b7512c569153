/* SPDX-License-Identifier: Apache-2.0 */
/* How far the log goes at least: to its last checkpoint, or, of a catalog that was closed
 * properly, to its end. Recovery takes a record that does not check for the log's end, as it
 * must after a crash. Before a checkpoint that would be damage: the databases hold what the log
 * then lacks, and only some of it would be undone. Internal to store*.c. Threads: one at a
 * time.
 */
#ifndef IC_STORE_LOG_END_H
#define IC_STORE_LOG_END_H

#include <db.h>

#include "status.h"

#define STORE_LOG_END_FILE "log-end"

/* Notes the last checkpoint, which is on disk, in a file of the environment's directory. What
 * cannot be written is not noted: an older note holds as well. */
void store_note_checkpoint(DB_ENV *env);
/* Notes the end of a log that is flushed and closed. */
void store_note_log_end(DB_ENV *env);

/* Before recovery: IC_CORRUPT when the log ends before the place that was noted. */
enum ic_status store_check_log_end(const char *directory, struct ic_error *error);

#endif
