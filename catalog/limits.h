/* SPDX-License-Identifier: Apache-2.0 */
/* The limits of a catalog that can be configured: their names, defaults and ranges, how they
 * are written, and the one message of a limit that was passed.
 *
 * The defaults are for a machine with 1 GiB. What is only remembered (cache, postings, names,
 * terms, versions) is forgotten at its limit, `log` and `import` only change how the work is
 * done; what passes another one is refused with its name. */
#ifndef IC_LIMITS_H
#define IC_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum ic_limit {
    IC_LIMIT_CACHE,       /* pages of the databases in memory */
    IC_LIMIT_POSTINGS,    /* postings in memory */
    IC_LIMIT_NAMES,       /* clouds' names in memory */
    IC_LIMIT_TERMS,       /* terms of the dictionary in memory */
    IC_LIMIT_CHANGES,     /* changes of postings that wait to be merged */
    IC_LIMIT_VERSIONS,    /* what writers replaced, for snapshots that are open */
    IC_LIMIT_LOG,         /* logged since the last checkpoint, which recovery must read */
    IC_LIMIT_IMPORT,      /* memory of a bulk import */
    IC_LIMIT_TRANSACTION, /* memory of what one publication states, and what it writes */
    IC_LIMIT_RESULT,      /* memory of what one query or answer collects */
    IC_LIMIT_STATEMENTS,  /* of one document that is read; a number, no bytes */
    IC_LIMIT_TERM,        /* one term's text */
    IC_LIMIT_COUNT
};

/* 0: the default. */
struct ic_limits {
    uint64_t values[IC_LIMIT_COUNT];
};

enum { IC_LIMIT_TEXT_MAX = 32 }; /* of a value as ic_limit_format writes it */

const char *ic_limit_name(enum ic_limit limit);
/* *limit by its name, or false. */
bool ic_limit_find(const char *name, size_t length, enum ic_limit *limit);

/* The value in force; `limits` NULL: the default. Every maximum fits a size_t. */
size_t ic_limit_value(const struct ic_limits *limits, enum ic_limit limit);

/* A number of bytes as below, or false. */
bool ic_bytes_parse(const char *text, uint64_t *bytes);
/* A number of bytes in the largest unit that divides it: "64 MiB". */
void ic_bytes_format(uint64_t bytes, char text[IC_LIMIT_TEXT_MAX]);

/* Sets one from text: bytes, "512 KiB", "64MiB", "1G" (K, M and G are 2^10, 2^20 and 2^30, with
 * or without iB). IC_BAD_INPUT names the limit and its range. */
enum ic_status ic_limit_parse(struct ic_limits *limits, enum ic_limit limit, const char *text,
                              struct ic_error *error);

/* Sets those of "NAME=VALUE,NAME=VALUE". IC_BAD_INPUT. */
enum ic_status ic_limits_parse(struct ic_limits *limits, const char *text,
                               struct ic_error *error);

/* Sets those of $INTERCLOUD_LIMITS; unset, it sets none. IC_USAGE names the variable. Not while
 * another thread changes the environment. */
enum ic_status ic_limits_from_environment(struct ic_limits *limits, struct ic_error *error);

/* A value in the largest unit that divides it: "64 MiB". */
void ic_limit_format(enum ic_limit limit, uint64_t value, char text[IC_LIMIT_TEXT_MAX]);

/* IC_TOO_LARGE. `what` is the clause before "than the limit ..." ("the answer takes more"),
 * `instead` what would be right ("ask for less"). */
enum ic_status ic_limit_passed(enum ic_limit limit, uint64_t value, const char *what,
                               const char *instead, struct ic_error *error);

#endif
