/* SPDX-License-Identifier: Apache-2.0 */
/* A term as bytes: how the dictionary keeps it and compares it.
 *
 *   kind 1 | ...
 *   i | text             IRI
 *   b | text             blank node
 *   s | text             plain literal
 *   l | language s, text literal with a language, the tag in lower case (RDF 1.1 Concepts 3.3)
 *   d | datatype v, text literal of a datatype, which is an IRI of the dictionary
 *   0x80 + n | text      literal of the n-th usual datatype
 *
 * Internal to the dictionary. Threads: any. */
#ifndef IC_TERM_RECORD_H
#define IC_TERM_RECORD_H

#include <stdint.h>

#include "arena.h"
#include "term.h"

/* Small records need no memory of their own. */
struct term_record {
    unsigned char small[256];
    unsigned char *data;
    size_t size;
};

/* True when the term's datatype has to be given by its id. */
bool term_record_names_datatype(const struct ic_term *term);

/* Owned: term_record_free. False: out of memory. */
bool term_record_encode(struct term_record *record, const struct ic_term *term,
                        uint64_t datatype);
void term_record_free(struct term_record *record);

enum term_record_state { TERM_RECORD_GOOD, TERM_RECORD_BAD, TERM_RECORD_NO_MEMORY };

/* Unpacks a term into `arena`. *datatype, when not 0, is the id of the datatype's IRI, which
 * the caller has to fill in. */
enum term_record_state term_record_decode(const void *data, size_t size, struct ic_arena *arena,
                                          struct ic_term *term, uint64_t *datatype);

/* The id of a record's datatype, else 0. */
uint64_t term_record_datatype(const void *data, size_t size);

#endif
