/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of the keys of the exchange's configuration: parsing, what messages say of
 * them, what a reload may change, and the tests of the example and the manual page come from
 * it. Threads: any. */
#ifndef IC_EXCHANGE_KEYS_H
#define IC_EXCHANGE_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange_config.h"

enum ic_key_section { IC_KEYS_TOP, IC_KEYS_LIMITS, IC_KEYS_QUOTAS, IC_KEY_SECTION_COUNT };

enum ic_key_type {
    IC_KEY_DOMAIN,     /* a JID without localpart and resource; char *, normalised */
    IC_KEY_TEXT,       /* not empty; char * */
    IC_KEY_FILE,       /* a file's name, relative to the configuration; char * */
    IC_KEY_ROLE,       /* a list of holders; `place` is the role */
    IC_KEY_NUMBER,     /* size_t */
    IC_KEY_WORKERS,    /* the same, or "processors" */
    IC_KEY_BYTES,      /* "64 MiB"; size_t */
    IC_KEY_SECONDS,    /* size_t */
    IC_KEY_DURATION,   /* "P7D" or "never", which is 0; int64_t, milliseconds */
    IC_KEY_CATALOG,    /* a limit of the catalog; `place` is the limit */
    IC_KEY_QUOTA,      /* a number or "none"; size_t in struct ic_quota */
    IC_KEY_QUOTA_BYTES /* bytes or "none"; size_t in struct ic_quota */
};

enum { IC_EXCHANGE_KEYS = 43 };

struct ic_key {
    enum ic_key_section section;
    const char *name;
    enum ic_key_type type;
    const char *usual; /* as it would be written; NULL: none. Of a list its one item, or "" */
    uint64_t minimum, maximum; /* of numbers */
    size_t place;        /* in struct ic_exchange_config or struct ic_quota, or see the type */
    const char *example; /* of a key that must be given; else NULL */
    bool restart;        /* takes effect only when the exchange starts */
};

extern const struct ic_key ic_exchange_keys[IC_EXCHANGE_KEYS];

/* "limits" and "quotas"; of the top level "". */
const char *ic_key_section_name(enum ic_key_section section);

/* Its place in the table; `name` is one of the section. */
size_t ic_key_find(enum ic_key_section section, const char *name);

/* Writes "the keys in limits are lease, …" into `text`. */
void ic_key_list(enum ic_key_section section, char *text, size_t size);

/* Sets the key from text (of a list: one more holder) in `config`, or in `quota` when it is of
 * IC_KEYS_QUOTAS. `path` is the configuration's. IC_BAD_INPUT names the key, the value and what
 * may be there, without a place; IC_NO_MEMORY. */
enum ic_status ic_key_set(const struct ic_key *key, const char *text, const char *path,
                          struct ic_exchange_config *config, struct ic_quota *quota,
                          struct ic_error *error);

/* Do both configurations say the same? Of keys with `restart`. */
bool ic_key_same(const struct ic_key *key, const struct ic_exchange_config *a,
                 const struct ic_exchange_config *b);
/* Gives `to` the value of `from`; likewise. IC_NO_MEMORY. */
enum ic_status ic_key_copy(const struct ic_key *key, const struct ic_exchange_config *from,
                           struct ic_exchange_config *to, struct ic_error *error);

#endif
