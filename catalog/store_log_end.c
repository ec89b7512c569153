/* SPDX-License-Identifier: Apache-2.0 */
/* The note of a record of the log: file number and offset, as text. */
#include "store_log_end.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOTE_BYTES_MAX = 64 };

/* The last record of an open log. */
static int read_last(DB_ENV *env, DB_LSN *last)
{
    DB_LOGC *cursor;
    DBT record = {.flags = DB_DBT_MALLOC};
    int code = env->log_cursor(env, &cursor, 0);
    if (code)
        return code;
    code = cursor->get(cursor, last, &record, DB_LAST);
    free(record.data);
    const int closed = cursor->close(cursor, 0);
    return code ? code : closed;
}

static int open_directory(const char *directory)
{
    return open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void note(DB_ENV *env, const DB_LSN *record)
{
    const char *home = NULL;
    char text[NOTE_BYTES_MAX];
    if (env->get_home(env, &home) || !home)
        return;
    const int size = snprintf(text, sizeof text, "%lu %lu\n", (unsigned long)record->file,
                              (unsigned long)record->offset);
    const int at = open_directory(home);
    const int file = at < 0
                         ? -1
                         : openat(at, STORE_LOG_END_FILE ".new",
                                  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0 && write(file, text, (size_t)size) == size && fsync(file) == 0)
        renameat(at, STORE_LOG_END_FILE ".new", at, STORE_LOG_END_FILE);
    if (file >= 0)
        close(file);
    if (at >= 0)
        close(at);
}

void store_note_checkpoint(DB_ENV *env)
{
    DB_TXN_STAT *transactions;
    if (env->txn_stat(env, &transactions, 0))
        return;
    note(env, &transactions->st_last_ckp);
    free(transactions);
}

void store_note_log_end(DB_ENV *env)
{
    DB_LSN last;
    if (read_last(env, &last) == 0)
        note(env, &last);
}

static bool read_note(const char *directory, unsigned long *file, unsigned long *offset)
{
    char text[NOTE_BYTES_MAX] = "";
    const int at = open_directory(directory);
    const int note =
        at < 0 ? -1 : openat(at, STORE_LOG_END_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    const ssize_t size = note < 0 ? -1 : read(note, text, sizeof text - 1);
    if (note >= 0)
        close(note);
    if (at >= 0)
        close(at);
    return size > 0 && sscanf(text, "%lu %lu", file, offset) == 2;
}

/* The log's end as Berkeley DB finds it, without recovery. */
static int find_last(const char *directory, DB_LSN *last)
{
    DB_ENV *env;
    *last = (DB_LSN){0, 0};
    int code = db_env_create(&env, 0);
    if (code)
        return code;
    env->set_errcall(env, NULL);
    env->set_errfile(env, NULL);
    code = env->open(env, directory, DB_CREATE | DB_PRIVATE | DB_INIT_LOG, 0600);
    if (!code)
        code = read_last(env, last);
    const int closed = env->close(env, 0);
    return code ? code : closed;
}

enum ic_status store_check_log_end(const char *directory, struct ic_error *error)
{
    unsigned long file, offset;
    DB_LSN last;
    if (!read_note(directory, &file, &offset))
        return IC_OK;
    const int code = find_last(directory, &last);
    if (!code && (last.file > file || (last.file == file && last.offset >= offset)))
        return IC_OK;
    return ic_fail(error, IC_CORRUPT,
                   "the log of the catalog %s is damaged or missing; restore a backup",
                   directory);
}
