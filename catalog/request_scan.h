/* SPDX-License-Identifier: Apache-2.0 */
/* A scanner over one text of a request: where it stands, what follows, and errors with their
 * place.
 *
 * Invariants: the text is well-formed UTF-8 without U+0000; `at` stands between characters. */
#ifndef IC_REQUEST_SCAN_H
#define IC_REQUEST_SCAN_H

#include "request_internal.h"

struct scanner {
    struct ic_request *request;
    struct ic_error *error;
    const char *text;
    size_t length, at;
    unsigned long argument; /* its number when there are several, else 0 */
    /* The place of offset `known`, so that asking for places in order costs one pass. */
    size_t known;
    struct ic_request_place known_place;
};

/* IC_BAD_INPUT: not UTF-8, or U+0000. */
enum ic_status request_scan_init(struct scanner *scanner, struct ic_request *request,
                                 const char *text, size_t length, unsigned long argument,
                                 struct ic_error *error);

struct ic_request_place request_scan_place(struct scanner *scanner, size_t offset);

/* IC_BAD_INPUT at `offset`. */
enum ic_status request_scan_fail(struct scanner *scanner, size_t offset, const char *format,
                                 ...) __attribute__((format(printf, 3, 4)));

/* Skips white space, then returns the next character, or '\0' at the end. */
char request_scan_next(struct scanner *scanner);

/* Skips white space, then the length of the word that follows; 0: none. */
size_t request_scan_word(struct scanner *scanner);

/* True when the word that follows is exactly `word`. Does not move past it. */
bool request_scan_sees(struct scanner *scanner, const char *word);

/* As request_scan_sees, and moves past it. */
bool request_scan_takes(struct scanner *scanner, const char *word);

/* Reads a quoted string, standing on its quote; the result is kept with the request. */
enum ic_status request_scan_quoted(struct scanner *scanner, const char **text);

#endif
