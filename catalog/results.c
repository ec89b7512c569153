/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing a results format and checking that it can carry the result. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results_internal.h"
#include "serialize.h"

static const struct results_format *const formats[] = {
    &results_table_format,    &results_json_format,  &results_xml_format,
    &results_csv_format,      &results_tsv_format,   &results_turtle_format,
    &results_ntriples_format, &results_nquads_format};

enum { FORMATS = sizeof formats / sizeof *formats };

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory while writing results");
}

static bool carries(const struct results_format *format, enum ic_query_kind kind)
{
    switch (kind) {
    case IC_QUERY_SELECT:
        return format->row != NULL;
    case IC_QUERY_ASK:
        return format->boolean != NULL;
    case IC_QUERY_CONSTRUCT:
    case IC_QUERY_DESCRIBE:
        return format->triple != NULL;
    }
    return false;
}

/* "json, xml and csv": the formats that can carry the kind, or all of them. */
static void list_formats(char *text, size_t room, bool all, enum ic_query_kind kind)
{
    size_t used = 0;
    *text = '\0';
    for (size_t i = 0; i < FORMATS && used < room; i++)
        if (all || carries(formats[i], kind))
            used += (size_t)snprintf(text + used, room - used, "%s%s", used ? ", " : "",
                                     formats[i]->name);
}

static enum ic_status writer_begin(void *context, enum ic_query_kind kind,
                                   const char *const *variables, size_t count,
                                   struct ic_error *error)
{
    static const char *const kinds[] = {[IC_QUERY_SELECT] = "rows",
                                        [IC_QUERY_ASK] = "a boolean",
                                        [IC_QUERY_CONSTRUCT] = "triples",
                                        [IC_QUERY_DESCRIBE] = "triples"};
    struct ic_results_writer *writer = context;
    writer->kind = kind;
    if (!writer->format)
        writer->format = kind == IC_QUERY_CONSTRUCT || kind == IC_QUERY_DESCRIBE
                             ? &results_turtle_format
                             : &results_table_format;
    if (!carries(writer->format, kind)) {
        char possible[128];
        list_formats(possible, sizeof possible, false, kind);
        return ic_fail(error, IC_BAD_INPUT,
                       "the query gives %s, which %s cannot carry; use one of: %s", kinds[kind],
                       writer->format->name, possible);
    }
    writer->columns = count;
    writer->names = ic_arena_alloc(writer->arena, (count + 1) * sizeof *writer->names);
    for (size_t i = 0; writer->names && i < count; i++)
        if (!(writer->names[i] = ic_arena_strdup(writer->arena, variables[i])))
            return no_memory(error);
    return writer->names ? writer->format->begin(writer, error) : no_memory(error);
}

/* A full disk or a closed pipe ends the query at the next result. */
static enum ic_status check_stream(const struct ic_results_writer *writer,
                                   struct ic_error *error)
{
    if (!ferror(writer->out))
        return IC_OK;
    return ic_fail_errno(error, errno ? errno : EIO, "cannot write the results");
}

static enum ic_status writer_row(void *context, const struct ic_term *const *cells,
                                 size_t count, struct ic_error *error)
{
    struct ic_results_writer *writer = context;
    (void)count;
    const enum ic_status status = writer->format->row(writer, cells, error);
    if (status != IC_OK)
        return status;
    writer->count++;
    return check_stream(writer, error);
}

static enum ic_status writer_boolean(void *context, bool value, struct ic_error *error)
{
    struct ic_results_writer *writer = context;
    return writer->format->boolean(writer, value, error);
}

static enum ic_status writer_triple(void *context, const struct ic_term *subject,
                                    const struct ic_term *predicate,
                                    const struct ic_term *object, struct ic_error *error)
{
    struct ic_results_writer *writer = context;
    const enum ic_status status =
        writer->format->triple(writer, subject, predicate, object, error);
    if (status != IC_OK)
        return status;
    writer->count++;
    return check_stream(writer, error);
}

static enum ic_status writer_end(void *context, struct ic_error *error)
{
    struct ic_results_writer *writer = context;
    const enum ic_status status = writer->format->end(writer, error);
    if (status != IC_OK)
        return status;
    errno = 0;
    if (fflush(writer->out) != 0)
        return ic_fail_errno(error, errno ? errno : EIO, "cannot write the results");
    return check_stream(writer, error);
}

static enum ic_status find_format(const char *name, const struct results_format **format,
                                  struct ic_error *error)
{
    *format = NULL;
    if (!name)
        return IC_OK;
    for (size_t i = 0; i < FORMATS; i++) {
        if (strcmp(formats[i]->name, name) == 0) {
            *format = formats[i];
            return IC_OK;
        }
    }
    char known[128];
    list_formats(known, sizeof known, true, IC_QUERY_SELECT);
    return ic_fail(error, IC_USAGE, "there is no results format \"%s\"; there are: %s", name,
                   known);
}

enum ic_status ic_results_writer_new(const char *format, FILE *out,
                                     struct ic_results_writer **writer, struct ic_error *error)
{
    const struct results_format *chosen;
    const enum ic_status status = find_format(format, &chosen, error);
    if (status != IC_OK)
        return status;
    struct ic_results_writer *made = calloc(1, sizeof *made);
    if (made)
        made->arena = ic_arena_new();
    if (!made || !made->arena) {
        free(made);
        return no_memory(error);
    }
    made->format = chosen;
    made->out = out;
    made->sink = (struct ic_query_sink){.context = made,
                                        .begin = writer_begin,
                                        .row = writer_row,
                                        .boolean = writer_boolean,
                                        .triple = writer_triple,
                                        .end = writer_end};
    *writer = made;
    return IC_OK;
}

const struct ic_query_sink *ic_results_writer_sink(struct ic_results_writer *writer)
{
    return &writer->sink;
}

size_t ic_results_writer_count(const struct ic_results_writer *writer)
{
    return writer->count;
}

void ic_results_writer_free(struct ic_results_writer *writer)
{
    if (!writer)
        return;
    results_table_free(writer->table);
    ic_writer_free(writer->rdf);
    ic_arena_free(writer->arena);
    free(writer);
}
