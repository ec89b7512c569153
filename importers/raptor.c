/* SPDX-License-Identifier: Apache-2.0 */
/* Driving raptor2: worlds, options, blank nodes, and its statements as terms of a document. */
#include "raptor.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/raptor_world.h"

struct ic_raptor {
    const struct ic_import_context *context;
    struct ic_document *document;
    struct ic_raptor_hooks hooks;
    struct ic_error *error;
    enum ic_status status; /* the first failure */
    raptor_world *world;
    raptor_parser *parser;
    uint32_t graph; /* the one named last, or IC_NO_NODE */
    uint32_t base;  /* the one set last, or IC_NO_NODE: the context's */
};

/* Keeps the first failure and makes raptor stop. */
static void stop(struct ic_raptor *raptor, enum ic_status status)
{
    if (raptor->status == IC_OK) {
        raptor->status = status;
        if (raptor->parser)
            raptor_parser_parse_abort(raptor->parser);
    }
}

static const char *name_of(const struct ic_raptor *raptor)
{
    return ic_document_name(raptor->document);
}

/* raptor's warnings are about style (a reserved name, an unusual parseType): ignored. */
static void on_log(void *user_data, raptor_log_message *message)
{
    struct ic_raptor *raptor = user_data;
    if (message->level < RAPTOR_LOG_LEVEL_ERROR || raptor->status != IC_OK)
        return;
    if (message->text && strstr(message->text, "ut of memory")) {
        stop(raptor, ic_fail(raptor->error, IC_NO_MEMORY, "%s", message->text));
        return;
    }
    const struct ic_place place = raptor->hooks.current(raptor->hooks.context);
    stop(raptor,
         ic_fail_at(raptor->error, IC_BAD_INPUT, name_of(raptor), place.line, place.column,
                    "%s", message->text ? message->text : "raptor cannot read this"));
}

/* ---- blank nodes ---- */

/* True for labels that ic_document_new_blank makes, with any number of 'u' in front. */
static bool looks_fresh(const char *label)
{
    label += strspn(label, "u");
    return strncmp(label, "ic", 2) == 0;
}

/* raptor asks for the label of every blank node: `label` as written (ours to free), or NULL
 * for a node without one. Written labels that look fresh get a 'u' in front, so that no fresh
 * label ever meets a written one. */
static unsigned char *on_blank(void *user_data, unsigned char *label)
{
    struct ic_raptor *raptor = user_data;
    char *result = NULL;
    if (!label) {
        uint32_t node;
        const enum ic_status status =
            ic_document_new_blank(raptor->document, &node, raptor->error);
        if (status != IC_OK) {
            stop(raptor, status);
            return NULL;
        }
        const struct ic_term *term = ic_document_term(raptor->document, node);
        result = raptor_alloc_memory(term->length + 1);
        if (result)
            memcpy(result, term->text, term->length + 1);
    } else if (!looks_fresh((const char *)label)) {
        return label;
    } else {
        const size_t length = strlen((const char *)label);
        result = raptor_alloc_memory(length + 2);
        if (result) {
            result[0] = 'u';
            memcpy(result + 1, label, length + 1);
        }
        raptor_free_memory(label);
    }
    return (unsigned char *)result;
}

/* ---- statements ---- */

/* Borrows the strings of `from`. */
static struct ic_term term_of(const raptor_term *from)
{
    struct ic_term term = {0};
    size_t length;
    switch (from->type) {
    case RAPTOR_TERM_TYPE_URI:
        term.kind = IC_IRI;
        term.text = (const char *)raptor_uri_as_counted_string(from->value.uri, &term.length);
        break;
    case RAPTOR_TERM_TYPE_BLANK:
        term.kind = IC_BLANK;
        term.text = (const char *)from->value.blank.string;
        term.length = from->value.blank.string_len;
        break;
    case RAPTOR_TERM_TYPE_LITERAL:
        term.kind = IC_LITERAL;
        term.text = (const char *)from->value.literal.string;
        term.length = from->value.literal.string_len;
        term.language = (const char *)from->value.literal.language;
        if (!term.language && from->value.literal.datatype)
            term.datatype = (const char *)raptor_uri_as_counted_string(
                from->value.literal.datatype, &length);
        if (term.datatype && strcmp(term.datatype, IC_XSD_STRING) == 0)
            term.datatype = NULL;
        break;
    case RAPTOR_TERM_TYPE_UNKNOWN:
        break;
    }
    return term;
}

/* Lets the caller take what was read, between two subjects. */
static enum ic_status offer_window(struct ic_raptor *raptor)
{
    const struct ic_import_context *context = raptor->context;
    size_t count;
    const struct ic_statement *s = ic_document_statements(raptor->document, &count);
    if (!context->window || count < context->window_statements || count < 2 ||
        raptor->graph != IC_NO_NODE || raptor->base != IC_NO_NODE ||
        s[count - 1].graph != IC_NO_NODE || s[count - 1].subject == s[count - 2].subject)
        return IC_OK;
    return context->window(context->window_context, raptor->document, raptor->error);
}

/* The subject's node: most often the one of the statement before. */
static enum ic_status intern_subject(struct ic_raptor *raptor, const struct ic_term *subject,
                                     uint32_t *node)
{
    size_t count;
    const struct ic_statement *s = ic_document_statements(raptor->document, &count);
    if (count) {
        const struct ic_term *last = ic_document_term(raptor->document, s[count - 1].subject);
        *node = s[count - 1].subject;
        if (last->kind == subject->kind && last->length == subject->length &&
            memcmp(last->text, subject->text, subject->length) == 0)
            return IC_OK;
    }
    return ic_document_intern(raptor->document, subject, node, raptor->error);
}

static enum ic_status add_statement(struct ic_raptor *raptor, const raptor_statement *from)
{
    struct ic_place place = {0};
    if (!raptor->hooks.statement(raptor->hooks.context, &place))
        return ic_fail_at(raptor->error, IC_IO, name_of(raptor), 0, 0,
                          "raptor read more statements than the text has");

    struct ic_statement statement = {.graph = IC_NO_NODE, .line = (uint32_t)place.line};
    const struct ic_term subject = term_of(from->subject), object = term_of(from->object);
    const struct ic_term predicate = term_of(from->predicate);
    if (place.role == IC_ROLE_NAME || place.role == IC_ROLE_BASE)
        return ic_document_intern(raptor->document, &subject,
                                  place.role == IC_ROLE_NAME ? &raptor->graph : &raptor->base,
                                  raptor->error);
    enum ic_status status = IC_OK;
    if (place.role == IC_ROLE_IN_GRAPH) {
        statement.graph = raptor->graph;
    } else if (from->graph) {
        const struct ic_term graph = term_of(from->graph);
        status = ic_document_intern(raptor->document, &graph, &statement.graph, raptor->error);
    }
    if (status == IC_OK)
        status = intern_subject(raptor, &subject, &statement.subject);
    if (status == IC_OK)
        status = ic_document_intern(raptor->document, &predicate, &statement.predicate,
                                    raptor->error);
    if (status == IC_OK)
        status =
            ic_document_intern(raptor->document, &object, &statement.object, raptor->error);
    if (status == IC_OK)
        status = ic_document_add_nodes(raptor->document, statement, raptor->error);
    if (status == IC_OK)
        status = offer_window(raptor);
    if (status != IC_OK && raptor->error && raptor->error->line == 0) {
        raptor->error->line = place.line;
        raptor->error->column = place.column;
    }
    return status;
}

static void on_statement(void *user_data, raptor_statement *statement)
{
    struct ic_raptor *raptor = user_data;
    if (raptor->status != IC_OK)
        return;
    const enum ic_status status = add_statement(raptor, statement);
    if (status != IC_OK)
        stop(raptor, status);
}

static void on_namespace(void *user_data, raptor_namespace *declared)
{
    struct ic_raptor *raptor = user_data;
    raptor_uri *uri = raptor_namespace_get_uri(declared);
    const unsigned char *prefix = raptor_namespace_get_prefix(declared);
    if (!uri || raptor->status != IC_OK)
        return;
    const enum ic_status status =
        ic_document_set_prefix(raptor->document, prefix ? (const char *)prefix : "",
                               (const char *)raptor_uri_as_string(uri), raptor->error);
    if (status != IC_OK)
        stop(raptor, status);
}

/* ---- life ---- */

/* raptor reads what it is given and nothing else, and keeps language tags as written. */
static void set_options(raptor_parser *parser)
{
    static const struct {
        raptor_option option;
        int value;
    } options[] = {
        {RAPTOR_OPTION_NO_NET, 1},
        {RAPTOR_OPTION_NO_FILE, 1},
        {RAPTOR_OPTION_LOAD_EXTERNAL_ENTITIES, 0},
        {RAPTOR_OPTION_NORMALIZE_LANGUAGE, 0},
        {RAPTOR_OPTION_SCANNING, 0},
        {RAPTOR_OPTION_ALLOW_BAGID, 0},
        {RAPTOR_OPTION_ALLOW_NON_NS_ATTRIBUTES, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        raptor_parser_set_option(parser, options[i].option, NULL, options[i].value);
}

static enum ic_status make_parser(struct ic_raptor *raptor, const char *syntax)
{
    const enum ic_status status = ic_raptor_world_take(&raptor->world, raptor->error);
    if (status != IC_OK)
        return status;
    raptor_world_set_log_handler(raptor->world, raptor, on_log);
    raptor_world_set_generate_bnodeid_handler(raptor->world, raptor, on_blank);
    raptor->parser = raptor_new_parser(raptor->world, syntax);
    if (!raptor->parser)
        return ic_fail(raptor->error, IC_NO_MEMORY, "raptor cannot start its reader for %s",
                       syntax);
    set_options(raptor->parser);
    raptor_parser_set_statement_handler(raptor->parser, raptor, on_statement);
    raptor_parser_set_namespace_handler(raptor->parser, raptor, on_namespace);
    return IC_OK;
}

enum ic_status ic_raptor_new(const char *syntax, const struct ic_import_context *context,
                             struct ic_document *document, struct ic_raptor_hooks hooks,
                             struct ic_raptor **raptor, struct ic_error *error)
{
    struct ic_raptor *made = calloc(1, sizeof *made);
    if (!made)
        return ic_fail(error, IC_NO_MEMORY, "raptor cannot start its reader for %s", syntax);
    *made = (struct ic_raptor){.context = context,
                               .document = document,
                               .hooks = hooks,
                               .error = error,
                               .graph = IC_NO_NODE,
                               .base = IC_NO_NODE};
    const enum ic_status status = make_parser(made, syntax);
    if (status == IC_OK)
        *raptor = made;
    else
        ic_raptor_free(made);
    return status;
}

void ic_raptor_free(struct ic_raptor *raptor)
{
    if (!raptor)
        return;
    if (raptor->parser)
        raptor_free_parser(raptor->parser);
    ic_raptor_world_give(raptor->world);
    free(raptor);
}

/* ---- feeding ---- */

enum ic_status ic_raptor_begin(struct ic_raptor *raptor)
{
    if (raptor->status != IC_OK)
        return raptor->status;
    const char *base = raptor->context->base ? raptor->context->base : IC_IMPORT_BASE;
    if (raptor->base != IC_NO_NODE)
        base = ic_document_term(raptor->document, raptor->base)->text;
    raptor_uri *uri = raptor_new_uri(raptor->world, (const unsigned char *)base);
    if (!uri || raptor_parser_parse_start(raptor->parser, uri) != 0)
        stop(raptor, ic_fail(raptor->error, IC_NO_MEMORY, "raptor cannot start reading"));
    if (uri)
        raptor_free_uri(uri);
    return raptor->status;
}

static enum ic_status feed(struct ic_raptor *raptor, const char *text, size_t length, bool last)
{
    if (raptor->status != IC_OK)
        return raptor->status;
    if (raptor_parser_parse_chunk(raptor->parser, (const unsigned char *)text, length, last) !=
            0 &&
        raptor->status == IC_OK) {
        const struct ic_place place = raptor->hooks.current(raptor->hooks.context);
        raptor->status =
            ic_fail_at(raptor->error, IC_BAD_INPUT, name_of(raptor), place.line, place.column,
                       "raptor cannot read this and does not say why");
    }
    return raptor->status;
}

enum ic_status ic_raptor_feed(struct ic_raptor *raptor, const char *text, size_t length)
{
    return feed(raptor, text, length, false);
}

enum ic_status ic_raptor_end(struct ic_raptor *raptor)
{
    return feed(raptor, "", 0, true);
}

/* Declares again what on_namespace has kept. */
static enum ic_status feed_prefixes(struct ic_raptor *raptor)
{
    char *head = NULL;
    size_t size;
    FILE *out = open_memstream(&head, &size);
    const char *prefix, *iri;
    if (!out)
        return ic_fail(raptor->error, IC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < ic_document_prefix_count(raptor->document); i++) {
        ic_document_prefix(raptor->document, i, &prefix, &iri);
        const struct ic_term term = ic_term_iri(iri);
        fprintf(out, "@prefix %s: ", prefix);
        ic_term_write(out, &term);
        fputs(" .\n", out);
    }
    enum ic_status status = IC_NO_MEMORY;
    if (fclose(out) == 0)
        status = ic_raptor_feed(raptor, head, size);
    else
        ic_fail(raptor->error, status, "out of memory");
    free(head);
    return status;
}

enum ic_status ic_raptor_turtle(struct ic_raptor *raptor, const char *text, size_t length)
{
    enum ic_status status = ic_raptor_begin(raptor);
    if (status == IC_OK)
        status = feed_prefixes(raptor);
    if (status == IC_OK)
        status = ic_raptor_feed(raptor, text, length);
    return status == IC_OK ? ic_raptor_end(raptor) : status;
}
