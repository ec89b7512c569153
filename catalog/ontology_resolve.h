/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that turn stated values into effective ones. */
#ifndef IC_ONTOLOGY_RESOLVE_H
#define IC_ONTOLOGY_RESOLVE_H

#include "ontology_internal.h"

enum { IC_SHOWN_BYTES_MAX = 80 }; /* of a value in a message */

/* One value on its way. `text` is trimmed. */
struct ic_resolving {
    const struct ic_ontology *ontology;
    const struct ic_ontology_property *property;
    const struct ic_term *stated;
    const char *text;
    size_t length;
    struct ic_arena *arena;
    struct ic_term *effective;
    struct ic_error *error;
    bool *unconverted; /* set: kept as a text, for want of an exchange rate */
    bool compared;     /* of a request: any number, whatever the property's range */
};

/* The value as a message shows it: the whole of it, or its beginning and "...". */
struct ic_shown {
    char text[IC_SHOWN_BYTES_MAX + 4];
};

struct ic_shown ic_resolve_show(const char *text, size_t length);

/* IC_BAD_INPUT: "NAME: 'VALUE' is not WHAT". */
enum ic_status ic_resolve_refuse(const struct ic_resolving *r, const char *what);
enum ic_status ic_resolve_no_memory(const struct ic_resolving *r);

/* Makes a literal the effective term; `text` NULL: IC_NO_MEMORY. */
enum ic_status ic_resolve_give(const struct ic_resolving *r, const char *text,
                               const char *datatype);

/* Makes the trimmed text a plain string, the effective term. */
enum ic_status ic_resolve_give_text(const struct ic_resolving *r);

/* True when `text` is `wanted` to the letter. */
bool ic_resolve_is(const char *wanted, const char *text, size_t length);

/* The value of a property of numbers (ontology_number.c). */
enum ic_status ic_resolve_number(const struct ic_resolving *r);

#endif
