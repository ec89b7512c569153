/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the exchange's configuration: what exchange_config.c, which reads, and
 * exchange_parse.c, which knows libconfuse, share. Threads: one for each reading. */
#ifndef IC_EXCHANGE_READING_H
#define IC_EXCHANGE_READING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "exchange_keys.h"

enum {
    IC_READING_MISTAKES_MAX = 100, /* told; a file with more is another kind of file */
    IC_READING_UNKNOWN_MAX = 20
};

struct ic_config_record {
    struct ic_exchange_config config; /* first: what callers see */
    atomic_uint holders;
    char *path;
    unsigned long lines[IC_EXCHANGE_KEYS]; /* where a key was given; 0: nowhere */
};

/* One reading of the file. */
struct ic_reading {
    char *anchor; /* how libconfuse's callbacks find this: see find_reading */
    const char *path;
    struct ic_config_record *record;
    struct ic_error *mistakes;
    size_t mistake_count;
    /* Keys that no table has. libconfuse stops at one, so that the file is read again with it.
     */
    struct {
        char *name;
        enum ic_key_section section;
    } unknown[IC_READING_UNKNOWN_MAX];
    size_t unknown_count;
    bool again;
    bool cut; /* a mistake of syntax ended the reading */
};

/* Notes that something on this line (0: on none) is wrong. */
void ic_reading_mistake(struct ic_reading *r, unsigned long line, enum ic_status status,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Reads the file into the record, notes mistakes, and says in `again` and `cut` how it ended.
 * IC_NO_MEMORY. */
enum ic_status ic_reading_parse(struct ic_reading *r, FILE *file, struct ic_error *error);

#endif
