/* SPDX-License-Identifier: Apache-2.0 */
/* Data forms (XEP-0004): what a person's client shows and fills in.
 * Threads: any; a submitted form is only read. */
#ifndef IC_FORM_H
#define IC_FORM_H

#include "buffer.h"
#include "xml.h"

#define IC_NS_DATA "jabber:x:data"

enum {
    IC_FORM_FIELDS_MAX = 8,
    IC_FORM_OPTIONS_MAX = 4,
    IC_FORM_COLUMNS_MAX = 10,
    IC_FORM_VALUES_MAX = 10000 /* lines of all submitted fields */
};

/* A field to be filled in. */
struct ic_form_field {
    const char *var;
    const char *type;  /* "text-single", "text-multi", "list-single", "boolean" */
    const char *label; /* for people */
    const char *about; /* <desc/>, or NULL */
    const char *value; /* what it is when nothing is filled in, or NULL */
    const char *options[IC_FORM_OPTIONS_MAX]; /* of a list-single */
    bool required;
};

/* A column of a result table (or a field of a result without rows). */
struct ic_form_column {
    const char *var, *label;
    const char *from; /* an attribute of the output's row, "": its text; "NAME/": the texts of
                         its children NAME */
};

/* How a command looks as a form. */
struct ic_form_design {
    const char *instructions;
    struct ic_form_field fields[IC_FORM_FIELDS_MAX];
    const char *row; /* the output's children that are rows; NULL: its root is the only one */
    struct ic_form_column columns[IC_FORM_COLUMNS_MAX];
    /* Writes the result's fields and items where columns cannot say it; or NULL. */
    void (*write)(const struct ic_element *output, struct ic_arena *arena,
                  struct ic_buffer *buffer);
};

struct ic_form; /* submitted */

/* Reads <x xmlns='jabber:x:data'>, of any type but 'form' and 'result' (XEP-0050, 3.3.2: a
 * cancelled form counts as submitted), and checks it against the design: required fields are
 * there, a choice is one of the options. Fields that the design lacks are passed over
 * (XEP-0004, 3.2). The form lives in `arena`. IC_BAD_INPUT names the field; IC_TOO_LARGE. */
enum ic_status ic_form_read(const struct ic_element *x, const struct ic_form_design *design,
                            struct ic_arena *arena, const struct ic_form **form,
                            struct ic_error *error);

/* The first value of a field that is not blank, white space around it trimmed (but in a
 * text-multi); its default when there is none; NULL: neither. */
const char *ic_form_value(const struct ic_form *form, const char *var);

/* All its values, as they are. */
const char *const *ic_form_values(const struct ic_form *form, const char *var, size_t *count);

/* A list of its values as one text, a line each, in `arena`. NULL: memory is out. */
const char *ic_form_text(const struct ic_form *form, const char *var, struct ic_arena *arena);

/* The form to be filled in, with what was filled in before (may be NULL). */
void ic_form_write(const struct ic_form_design *design, const char *title,
                   const struct ic_form *before, struct ic_buffer *buffer);

/* A command's output, a document of its own, as a form of type 'result'; `summary` is for
 * people, or "". Fails as parsing does; what does not fit makes `buffer` fail. */
enum ic_status ic_form_write_result(const struct ic_form_design *design, const char *title,
                                    const char *summary, const char *output, size_t length,
                                    struct ic_buffer *buffer, struct ic_error *error);

/* A part of a result, for a design's `write`; `label` and `value` may be NULL. */
void ic_form_field_write(const char *var, const char *label, const char *value,
                         struct ic_buffer *buffer);

#endif
