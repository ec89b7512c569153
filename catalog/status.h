/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes and the one shape of an error message.
 *
 * Every fallible function returns enum ic_status and, when it fails, fills the
 * struct ic_error that its caller passed (which may be NULL). There is no global
 * error state, so these functions may be called from any thread. */
#ifndef IC_STATUS_H
#define IC_STATUS_H

#include <stdarg.h>
#include <stdio.h>

enum ic_status {
    IC_OK = 0,
    IC_BAD_INPUT,   /* what was given is wrong: syntax, type, unknown attribute */
    IC_USAGE,       /* the command line is wrong */
    IC_NOT_FOUND,   /* no such cloud, graph, session or file */
    IC_FORBIDDEN,   /* somebody else's, or not allowed to this role */
    IC_CONFLICT,    /* the name is taken */
    IC_TOO_LARGE,   /* a named limit was passed */
    IC_BUSY,        /* try again later */
    IC_OWNED,       /* another process owns the catalog */
    IC_FORMAT,      /* the catalog has another format version */
    IC_CORRUPT,     /* the catalog's files contradict themselves */
    IC_NO_SPACE,    /* the disk is full */
    IC_NO_MEMORY,   /* an allocation failed */
    IC_IO,          /* the operating system or a library failed */
    IC_TIMEOUT,     /* a deadline passed */
    IC_UNSUPPORTED, /* a part of the contract that this version does not do yet */
    IC_STATUS_COUNT
};

enum { IC_ERROR_FILE_MAX = 512, IC_ERROR_TEXT_MAX = 2048 };

/* A failure, for the person who must act on it. `file` is empty and `line` is 0
 * where there is no place; `column` is 0 where only the line is known. Lines and
 * columns count from 1. `text` is one line: what is wrong and what would be right.
 * It may hold text from outside; print it with ic_error_print. */
struct ic_error {
    enum ic_status status;
    unsigned long line, column;
    char file[IC_ERROR_FILE_MAX];
    char text[IC_ERROR_TEXT_MAX];
};

/* Fills `error` (may be NULL) with `status` and the formatted text (cut at a UTF-8
 * boundary when longer than the buffer) and returns `status`. A place that is
 * already in `error` is dropped. */
enum ic_status ic_fail(struct ic_error *error, enum ic_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As ic_fail, with a place. `file` may be NULL. */
enum ic_status ic_fail_at(struct ic_error *error, enum ic_status status, const char *file,
                          unsigned long line, unsigned long column, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* As ic_fail for a failed system call: appends ": " and strerror(errno_value). ENOSPC and
 * EDQUOT become IC_NO_SPACE, ENOMEM IC_NO_MEMORY, everything else IC_IO. */
enum ic_status ic_fail_errno(struct ic_error *error, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The name of a status, for JSON and logs: "bad-input", "not-found", ... */
const char *ic_status_name(enum ic_status status);

/* The exit status of the command-line contract: 0 done, 1 input, 2 usage, 3 catalog or
 * server failed, 4 refused. The one table that maps them. */
int ic_status_exit(enum ic_status status);

/* Writes "FILE:LINE:COLUMN: text\n" (as much of the place as is known), control
 * characters and invalid UTF-8 escaped as \xNN. */
void ic_error_print(const struct ic_error *error, FILE *out);

/* Writes `length` bytes of `text`, with C0, DEL and C1 controls and invalid UTF-8 escaped as
 * \xNN, so that nothing from outside reaches a terminal or a log raw. */
void ic_print_escaped(FILE *out, const char *text, size_t length);

#endif
