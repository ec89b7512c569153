/* SPDX-License-Identifier: Apache-2.0 */
/* Where the log of a catalog that was closed properly ends. Recovery takes a record that does
 * not check for the log's end, as it must after a crash; behind a proper close that would be
 * damage, and would undo what was acknowledged. Internal to store*.c. Threads: the owner's. */
#ifndef IC_STORE_LOG_END_H
#define IC_STORE_LOG_END_H

#include <db.h>

#include "status.h"

#define STORE_LOG_END_FILE "log-end"

/* Notes the end of the log in a file of the environment's directory. What cannot be written is
 * not noted: the next open then trusts the log as after a crash. */
void store_note_log_end(DB_ENV *env);

/* Before recovery: IC_CORRUPT when the log ends before the place that was noted. */
enum ic_status store_check_log_end(const char *directory, struct ic_error *error);

/* The log goes on: the note no longer holds. */
void store_forget_log_end(const char *directory);

#endif
