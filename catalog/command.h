/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the shell: the table of commands, and a command line taken apart by it.
 *
 * The table is the one description of the command line: parsing, help texts and suggestions
 * come from it. getopt_long is not used because its state is global and commands are parsed in
 * several threads of the process that owns a catalog. */
#ifndef IC_COMMAND_H
#define IC_COMMAND_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "importer.h"
#include "shell.h"

enum {
    IC_COMMAND_WORDS_MAX = 1 << 16,        /* arguments of one command */
    IC_COMMAND_BYTES_MAX = 4 * 1024 * 1024 /* all of them together */
};

#define IC_COMMAND_OPERANDS_ANY IC_COMMAND_WORDS_MAX

/* What a command needs; IC_COMMAND_CATALOG and more may depend on its options. */
enum {
    IC_COMMAND_CATALOG = 1,   /* works on a catalog */
    IC_COMMAND_CREATES = 2,   /* makes one where there is none */
    IC_COMMAND_READ_ONLY = 4, /* changes nothing, so it can be run again */
};

struct ic_command_option {
    const char *name;     /* without "--"; NULL ends a list */
    const char *argument; /* its name in help texts, or NULL: a flag; "[NAME]": --option=NAME or
                             nothing */
    const char *help;
    bool repeats;
};

struct ic_invocation;

struct ic_command {
    const char *name; /* one or two words; NULL ends the table */
    const char *operands;
    const char *summary;
    const struct ic_command_option *options;
    size_t operands_min, operands_max;
    unsigned needs;
    /* Needs as the options make them, or NULL: `needs`. */
    unsigned (*needs_of)(const struct ic_invocation *invocation);
    /* What parsing cannot see: values of options, and which go together. May be NULL. IC_USAGE,
     * IC_UNSUPPORTED. */
    enum ic_status (*check)(const struct ic_invocation *invocation, struct ic_error *error);
    enum ic_status (*run)(struct ic_invocation *invocation, struct ic_error *error);
};

/* Ended by a command without name. */
extern const struct ic_command ic_commands[];

/* Options in front of the command. */
extern const struct ic_command_option ic_command_globals[];

struct ic_option_value {
    const struct ic_command_option *option;
    const char *value; /* NULL where there is none */
};

/* A command line taken apart. Borrows its words. */
struct ic_invocation {
    const struct ic_command *command;
    struct ic_catalog *catalog; /* NULL where the command needs none */
    struct ic_io *io;
    const char *ontology; /* --ontology DIR, for commands without a catalog; or NULL */
    const struct ic_limits *limits; /* for commands without a catalog; NULL: the defaults */
    bool help;                      /* --help was given: nothing else was checked */
    struct ic_option_value *values;
    size_t value_count;
    const char **operands;
    size_t operand_count;
};

/* The catalog's, or of commands without one, the caller's. */
static inline const struct ic_limits *ic_invocation_limits(const struct ic_invocation *i)
{
    return i->catalog ? ic_catalog_limits(i->catalog) : i->limits;
}

/* ---- the table (command_table.c, shell_options.c) ---- */

/* The command that argv[0], or argv[0] and argv[1], name; *words how many of them. NULL:
 * `error` (IC_USAGE) names the nearest. */
const struct ic_command *ic_command_find(int argc, char *const *argv, int *words,
                                         struct ic_error *error);

/* Takes apart what follows the command's name, into a zeroed `invocation`. IC_USAGE. Owned:
 * ic_invocation_clear, also after a failure. */
enum ic_status ic_invocation_parse(struct ic_invocation *invocation,
                                   const struct ic_command *command, int argc,
                                   char *const *argv, struct ic_error *error);
void ic_invocation_clear(struct ic_invocation *invocation);

/* Takes the options in front of the command apart, ended by a first word that is none:
 * *used words. `values` has room for IC_COMMAND_GLOBALS_MAX. */
enum { IC_COMMAND_GLOBALS_MAX = 16 };
enum ic_status ic_globals_parse(int argc, char *const *argv, struct ic_option_value *values,
                                size_t *count, int *used, struct ic_error *error);

bool ic_option_given(const struct ic_invocation *invocation, const char *name);
/* The value of an option that is given at most once; NULL: not given. */
const char *ic_option_value(const struct ic_invocation *invocation, const char *name);
/* The values of an option that repeats, from *cursor (first 0) on; NULL at the end. */
const char *ic_option_next(const struct ic_invocation *invocation, const char *name,
                           size_t *cursor);
unsigned ic_invocation_needs(const struct ic_invocation *invocation);

/* Runs it; the exit status. An error has been printed to invocation->io->err. */
int ic_invocation_run(struct ic_invocation *invocation);

/* ---- help (shell_help.c) ---- */

void ic_help_program(FILE *out);
void ic_help_command(const struct ic_command *command, FILE *out);

/* ---- option values (shell_values.c) ---- */

/* --as and --at. `*as` is owned: free. */
enum ic_status ic_option_view(const struct ic_invocation *invocation, struct ic_view *view,
                              char **as, struct ic_error *error);
/* A whole number from 1 to `max`; 0 when the option is not given. */
enum ic_status ic_option_number(const struct ic_invocation *invocation, const char *name,
                                unsigned long max, unsigned long *value,
                                struct ic_error *error);
/* Seconds with a fraction, as milliseconds; 0 when the option is not given. */
enum ic_status ic_option_seconds(const struct ic_invocation *invocation, const char *name,
                                 long *ms, struct ic_error *error);
/* IC_USAGE when more than one of `names` (ended by NULL) is given. */
enum ic_status ic_options_exclude(const struct ic_invocation *invocation,
                                  const char *const *names, struct ic_error *error);
/* IC_UNSUPPORTED when one of `names` is given: this version does not do it yet. */
enum ic_status ic_options_refuse(const struct ic_invocation *invocation,
                                 const char *const *names, struct ic_error *error);

/* Returns `status`; what names an unknown cloud also says where the known ones are. */
enum ic_status ic_hint_list(enum ic_status status, struct ic_error *error);

/* ---- files (shell_files.c) ---- */

/* All bytes of one of the caller's files, NUL-terminated. IC_TOO_LARGE over `bytes_max`.
 * Owned: free(*text). */
enum ic_status ic_file_read(struct ic_io *io, const char *path, size_t bytes_max, char **text,
                            size_t *length, struct ic_error *error);

/* Statements of one of the caller's files. `format` NULL: by content; `base` NULL: the format's
 * own. */
struct ic_file_source {
    const char *path, *format, *base;
    const struct ic_ontology *ontology; /* or NULL */
    bool progress;                      /* shown on a terminal */
    const struct ic_limits *limits;     /* NULL: the defaults */
    size_t memory_max;                  /* of the document (struct ic_document_limits) */
    /* As in struct ic_import_context; `window_context` is told the file's size and format. */
    enum ic_status (*window)(void *context, struct ic_document *document,
                             struct ic_error *error);
    void (*opened)(void *context, uint64_t size_bytes, const struct ic_importer *const *format);
    void *window_context;
    size_t window_statements;
};
/* Owned: ic_document_free(*document). `chosen` (may be NULL) is the format. */
enum ic_status ic_file_import(struct ic_io *io, const struct ic_file_source *source,
                              struct ic_document **document, const struct ic_importer **chosen,
                              struct ic_error *error);

/* The Turtle files of a directory, at least one. Owned: ic_documents_free. */
enum ic_status ic_directory_import(struct ic_io *io, const char *directory,
                                   struct ic_document ***documents, size_t *count,
                                   struct ic_error *error);
void ic_documents_free(struct ic_document **documents, size_t count);

/* The file: IRI of a path of his. Owned: free. NULL when memory is out. */
char *ic_file_iri(struct ic_io *io, const char *path);

/* ---- output (shell_text.c, shell_json.c) ---- */

/* Flushes `out`; an error with the reason when something could not be written to it. */
enum ic_status ic_out_check(struct ic_io *io, struct ic_error *error);

/* A text for people: columns are as wide as their widest cell among the first rows; cells are
 * escaped for terminals. */
struct ic_table;
struct ic_table *ic_table_new(FILE *out, const char *const *headings, size_t columns);
enum ic_status ic_table_row(struct ic_table *table, const char *const *cells,
                            struct ic_error *error);
void ic_table_end(struct ic_table *table);
void ic_table_free(struct ic_table *table);

/* A string for JSON of any bytes: where they are not UTF-8, U+FFFD stands. NULL text: null. */
json_t *ic_json_text(const char *text);
/* An instant; null for 0. */
json_t *ic_json_instant(int64_t ms);
/* A term as in the SPARQL 1.1 results format: {"type", "value", "datatype", "xml:lang"}. */
json_t *ic_json_term(const struct ic_term *term);
/* {"subject", "predicate", "object", "graph"}: terms, and null for the default graph. */
json_t *ic_json_statement(const struct ic_term *subject, const struct ic_term *predicate,
                          const struct ic_term *object, const struct ic_term *graph);
/* Writes `value` (NULL: memory is out) and frees it. */
enum ic_status ic_json_print(json_t *value, FILE *out, struct ic_error *error);

/* An array that is written one element at a time. */
struct ic_json_array {
    FILE *out;
    size_t count;
};
void ic_json_array_begin(struct ic_json_array *array, FILE *out);
enum ic_status ic_json_array_add(struct ic_json_array *array, json_t *value,
                                 struct ic_error *error);
void ic_json_array_end(struct ic_json_array *array);

/* An advertisement's record, as list and show print it. */
json_t *ic_json_advertisement(const struct ic_advertisement_info *info);

#endif
