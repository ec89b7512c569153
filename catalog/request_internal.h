/* SPDX-License-Identifier: Apache-2.0 */
/* What the request parsers and writers share: the request itself and how it is built, and the
 * words of the language.
 *
 * Invariants: everything a request holds lies in its arena. What a built request says can be
 * written in both forms: attributes, units and counts of values were checked on the way in. */
#ifndef IC_REQUEST_INTERNAL_H
#define IC_REQUEST_INTERNAL_H

#include "arena.h"
#include "request.h"

struct ic_request {
    struct ic_arena *arena;
    const char *name; /* in messages */
    struct ic_group main;
    struct ic_group *groups;
    size_t group_count;
    struct ic_preference *preferences;
    size_t preference_count;
    size_t limit; /* 0: none */
    struct ic_request_return returned;
    size_t simple_count; /* everywhere; the ones over the maximum are counted, not kept */
};

enum { IC_REQUEST_EXCERPT_MAX = 48 };

/* The beginning of a text from outside, for a message. */
struct ic_excerpt {
    char text[IC_REQUEST_EXCERPT_MAX + 4];
};

/* ---- building: request.c ---- */

/* Owned: ic_request_free. */
enum ic_status ic_request_new(const char *name, struct ic_request **request,
                              struct ic_error *error);

/* A copy that lives as long as the request; NULL when memory is out. Copies nothing when the
 * request already has too many constraints, so that counting them needs no memory. */
const char *ic_request_keep(struct ic_request *request, const char *text, size_t length);

enum ic_status ic_request_no_memory(struct ic_error *error);

/* Each appends a copy of the struct; what it points to stays shared. A simple's values beyond
 * the maximum are counted, then refused by ic_request_add_simple. */
enum ic_status ic_request_add_value(struct ic_request *request, struct ic_simple *simple,
                                    const struct ic_request_value *value,
                                    struct ic_error *error);
/* IC_BAD_INPUT: an operator without its values or `exists` with some; IC_TOO_LARGE. */
enum ic_status ic_request_add_simple(struct ic_request *request,
                                     struct ic_constraint *constraint,
                                     const struct ic_simple *simple, struct ic_error *error);
enum ic_status ic_request_add_constraint(struct ic_request *request, struct ic_group *group,
                                         const struct ic_constraint *constraint,
                                         struct ic_error *error);
enum ic_status ic_request_add_group(struct ic_request *request, const struct ic_group *group,
                                    struct ic_error *error);
/* IC_BAD_INPUT: a weight that is not a positive number; IC_TOO_LARGE. */
enum ic_status ic_request_add_preference(struct ic_request *request,
                                         const struct ic_preference *preference,
                                         struct ic_error *error);
/* "limit N", once. */
enum ic_status ic_request_set_limit(struct ic_request *request, const char *text, size_t length,
                                    struct ic_request_place place, struct ic_error *error);

/* The last step: IC_BAD_INPUT when nothing was asked (`example` says how to write something),
 * IC_TOO_LARGE when there are too many constraints. */
enum ic_status ic_request_finish(const struct ic_request *request, const char *example,
                                 struct ic_error *error);

/* A count from 1 to IC_REQUEST_LIMIT_MAX in decimal digits; 0: it is none. */
size_t ic_request_count(const char *text, size_t length);

/* ---- words: request_words.c ---- */

extern const char *const ic_operator_names[IC_OP_NOT_EXISTS + 1]; /* NULL for the default */
extern const char *const ic_preference_names[IC_PREFER_HAVING + 1];

/* Finds a name of a table; false when it is none of them. */
bool ic_operator_find(const char *text, size_t length, enum ic_operator *op);
bool ic_preference_find(const char *text, size_t length, enum ic_preference_kind *kind);

/* Space, tab, carriage return, newline. */
bool ic_request_is_space(char c);
/* A character that cannot stand in a word: space, ; ( ) { } , " and C0 controls, DEL. */
bool ic_request_ends_word(char c);
bool ic_request_is_number(const char *text, size_t length);
/* <, >, = or !, of which operators are made. */
bool ic_request_is_sign(char c);

/* Words that cannot be a value without quotes: or, not, in, within, exists. */
bool ic_request_is_keyword(const char *text, size_t length);

/* NULL when the text can be an attribute or a unit, else what is wrong with it: the end of a
 * sentence that begins with the text. */
const char *ic_request_attribute_fault(const char *text, size_t length);
const char *ic_request_unit_fault(const char *text, size_t length);

/* Narrows a text to what is between the white space around it. */
void ic_request_trim(const char **text, size_t *length);

struct ic_excerpt ic_request_excerpt(const char *text, size_t length);

#endif
