/* SPDX-License-Identifier: Apache-2.0 */
/* The results of our engine as librdf's: an object that librdf's functions on results walk,
 * write and free through the methods at the end of this file. */
#include <stdlib.h>
#include <string.h>

#include "redland.h"
#include "redland_layout.h"

/* The context of the query object that librdf takes for the results' query. librdf frees the
 * object, and the context after `terminate`, by free(). */
struct given {
    struct redland_answer answer; /* its rows are kept */
    size_t position;              /* of the row that the program looks at */
};

static struct given *given_of(librdf_query_results *results)
{
    return ((struct redland_query_results *)results)->query->context;
}

static librdf_world *world_of(librdf_query_results *results)
{
    return ((struct redland_query_results *)results)->query->world;
}

static bool is_rows(const struct given *given)
{
    return given->answer.kind == IC_QUERY_SELECT;
}

static bool is_triples(const struct given *given)
{
    return given->answer.kind == IC_QUERY_CONSTRUCT || given->answer.kind == IC_QUERY_DESCRIBE;
}

static bool at_end(const struct given *given)
{
    return given->position >= redland_rows_count(given->answer.rows);
}

static void terminate(librdf_query *query)
{
    struct given *given = ((struct redland_query *)query)->context;
    redland_rows_free(given->answer.rows);
}

/* ---- what kind it is ---- */

static int is_bindings(librdf_query_results *results)
{
    return is_rows(given_of(results));
}

static int is_boolean(librdf_query_results *results)
{
    return given_of(results)->answer.kind == IC_QUERY_ASK;
}

static int is_graph(librdf_query_results *results)
{
    return is_triples(given_of(results));
}

static int is_syntax(librdf_query_results *results)
{
    (void)results;
    return 0;
}

static int get_boolean(librdf_query_results *results)
{
    return is_boolean(results) ? given_of(results)->answer.boolean : -1;
}

static librdf_stream *as_stream(librdf_query_results *results)
{
    const struct given *given = given_of(results);
    return is_triples(given) ? redland_stream_of_rows(world_of(results), given->answer.rows)
                             : NULL;
}

/* ---- bindings ---- */

static int finished(librdf_query_results *results)
{
    const struct given *given = given_of(results);
    return !is_rows(given) || at_end(given);
}

static int next_row(librdf_query_results *results)
{
    if (!finished(results))
        given_of(results)->position++;
    return finished(results);
}

/* How many were seen, the current one included. */
static int get_count(librdf_query_results *results)
{
    const struct given *given = given_of(results);
    if (!is_rows(given))
        return -1;
    const size_t seen = given->position + !at_end(given);
    return seen > INT32_MAX ? INT32_MAX : (int)seen;
}

static int get_columns(librdf_query_results *results)
{
    const struct given *given = given_of(results);
    return is_rows(given) ? (int)redland_rows_columns(given->answer.rows) : -1;
}

static librdf_node *get_value(librdf_query_results *results, int column)
{
    const struct given *given = given_of(results);
    if (finished(results) || column < 0 || column >= get_columns(results))
        return NULL;
    const struct ic_term *term =
        redland_rows_cell(given->answer.rows, given->position, (size_t)column);
    return term ? redland_node(world_of(results), term) : NULL;
}

static const char *get_name(librdf_query_results *results, int column)
{
    return column < 0 || column >= get_columns(results)
               ? NULL
               : given_of(results)->answer.names[column];
}

static librdf_node *get_value_by_name(librdf_query_results *results, const char *name)
{
    const int columns = get_columns(results);
    for (int i = 0; i < columns; i++)
        if (strcmp(given_of(results)->answer.names[i], name) == 0)
            return get_value(results, i);
    return NULL;
}

static int get_bindings(librdf_query_results *results, const char ***names,
                        librdf_node **values)
{
    struct given *given = given_of(results);
    if (finished(results))
        return 1;
    if (names)
        *names = given->answer.names;
    for (int i = 0; values && i < get_columns(results); i++)
        values[i] = get_value(results, i);
    return 0;
}

/* ---- writing ---- */

/* The names, MIME types and IRIs by which librdf programs ask for our results formats. */
static const struct {
    const char *format, *mime_type, *iri;
} formats[] = {
    {"xml", "application/sparql-results+xml",
     "http://www.w3.org/ns/formats/SPARQL_Results_XML"},
    {"xml", NULL, "http://www.w3.org/2005/sparql-results#"},
    {"json", "application/sparql-results+json",
     "http://www.w3.org/ns/formats/SPARQL_Results_JSON"},
    {"json", "text/json", "http://www.w3.org/2001/sw/DataAccess/json-sparql/"},
    {"csv", "text/csv", "http://www.w3.org/ns/formats/SPARQL_Results_CSV"},
    {"tsv", "text/tab-separated-values", "http://www.w3.org/ns/formats/SPARQL_Results_TSV"},
    {"table", "text/plain", NULL},
    {"turtle", "text/turtle", "http://www.w3.org/ns/formats/Turtle"},
    {"ntriples", "application/n-triples", "http://www.w3.org/ns/formats/N-Triples"},
};

static bool same(const char *asked, const char *known)
{
    return asked && known && strcmp(asked, known) == 0;
}

static const char *choose_format(librdf_query_results *results, const char *name,
                                 const char *mime_type, librdf_uri *uri)
{
    const char *iri = uri ? (const char *)librdf_uri_as_string(uri) : NULL;
    if (!name && !mime_type && !iri)
        return is_graph(results) ? "turtle" : "xml";
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (name ? same(name, formats[i].format)
                 : same(mime_type, formats[i].mime_type) || same(iri, formats[i].iri))
            return formats[i].format;
    struct ic_error error;
    ic_fail(
        &error, IC_UNSUPPORTED,
        "results are not written as \"%.100s\"; xml, json, csv, tsv and table are for rows, "
        "turtle and ntriples for triples",
        name        ? name
        : mime_type ? mime_type
                    : iri);
    redland_log(world_of(results), LIBRDF_FROM_QUERY, &error);
    return NULL;
}

static librdf_query_results_formatter *new_formatter(librdf_query_results *results,
                                                     const char *name, const char *mime_type,
                                                     librdf_uri *uri)
{
    const char *format = choose_format(results, name, mime_type, uri);
    struct redland_formatter *formatter = format ? malloc(sizeof *formatter) : NULL;
    if (formatter)
        *formatter = (struct redland_formatter){results, format};
    return (librdf_query_results_formatter *)formatter;
}

static void free_formatter(librdf_query_results_formatter *formatter)
{
    free(formatter);
}

/* Writes what is left of the results to a sink. */
static enum ic_status write_to(struct given *given, const struct ic_query_sink *sink,
                               struct ic_error *error)
{
    const struct redland_answer *answer = &given->answer;
    const size_t columns = redland_rows_columns(answer->rows);
    const struct ic_term **cells = calloc(columns + 1, sizeof *cells);
    if (!cells)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for results");
    enum ic_status status = sink->begin(sink->context, answer->kind, answer->names,
                                        is_rows(given) ? columns : 0, error);
    if (status == IC_OK && answer->kind == IC_QUERY_ASK)
        status = sink->boolean(sink->context, answer->boolean, error);
    for (; status == IC_OK && !at_end(given); given->position++) {
        for (size_t i = 0; i < columns; i++)
            cells[i] = redland_rows_cell(answer->rows, given->position, i);
        status = is_rows(given)
                     ? sink->row(sink->context, cells, columns, error)
                     : sink->triple(sink->context, cells[0], cells[1], cells[2], error);
    }
    free(cells);
    return status == IC_OK ? sink->end(sink->context, error) : status;
}

static ssize_t write_to_iostream(void *cookie, const char *bytes, size_t size)
{
    return raptor_iostream_write_bytes(bytes, 1, size, cookie) == (int)size ? (ssize_t)size : 0;
}

static int write_results(raptor_iostream *iostream, librdf_query_results_formatter *given_as,
                         librdf_query_results *results, librdf_uri *base)
{
    const struct redland_formatter *formatter = (const struct redland_formatter *)given_as;
    struct ic_results_writer *writer = NULL;
    struct ic_error error;
    (void)base; /* our writers write absolute IRIs */
    if (!formatter)
        return 1; /* choose_format has said why */
    FILE *out = fopencookie(iostream, "w", (cookie_io_functions_t){.write = write_to_iostream});
    enum ic_status status =
        out ? ic_results_writer_new(formatter->format, out, &writer, &error)
            : ic_fail(&error, IC_NO_MEMORY, "out of memory for writing results");
    if (status == IC_OK)
        status = write_to(given_of(results), ic_results_writer_sink(writer), &error);
    ic_results_writer_free(writer);
    if (out && fclose(out) != 0 && status == IC_OK)
        status = ic_fail(&error, IC_IO, "cannot write the results");
    if (status != IC_OK)
        redland_log(world_of(results), LIBRDF_FROM_QUERY, &error);
    return status != IC_OK;
}

static const struct redland_query_methods methods = {.terminate = terminate,
                                                     .as_stream = as_stream,
                                                     .get_count = get_count,
                                                     .next_row = next_row,
                                                     .finished = finished,
                                                     .get_bindings = get_bindings,
                                                     .get_value = get_value,
                                                     .get_name = get_name,
                                                     .get_value_by_name = get_value_by_name,
                                                     .get_columns = get_columns,
                                                     .is_bindings = is_bindings,
                                                     .is_boolean = is_boolean,
                                                     .is_graph = is_graph,
                                                     .is_syntax = is_syntax,
                                                     .get_boolean = get_boolean,
                                                     .new_formatter = new_formatter,
                                                     .free_formatter = free_formatter,
                                                     .write = write_results};

librdf_query_results *redland_results_new(librdf_world *world,
                                          const struct redland_answer *answer)
{
    struct redland_query_results *results = calloc(1, sizeof *results);
    struct redland_query *query = calloc(1, sizeof *query);
    struct given *given = calloc(1, sizeof *given);
    if (!results || !query || !given) {
        free(results);
        free(query);
        free(given);
        return NULL;
    }
    given->answer = *answer;
    redland_rows_keep(answer->rows);
    *query = (struct redland_query){.world = world,
                                    .usage = 1,
                                    .context = given,
                                    .methods = &methods,
                                    .results = (librdf_query_results *)results};
    results->query = query;
    return (librdf_query_results *)results;
}
