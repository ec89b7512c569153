/* SPDX-License-Identifier: Apache-2.0 */
/* Changing plain graphs statement by statement, for programs that edit them in place. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "rdf_chars.h"
#include "utf8.h"

/* What is known of a term that is a graph. */
enum { GRAPH_READY = 1, GRAPH_CHANGED = 2, GRAPH_SHRUNK = 4 };

struct changing {
    struct ic_catalog *catalog;
    const struct ic_document *terms;
    uint64_t *ids;        /* by term number; 0: not looked up, or not in the dictionary */
    unsigned char *flags; /* by term number */
    struct ic_graphs_changed *changed;
};

/* ---- what RDF allows where ---- */

/* The document that holds the terms has seen to the characters. */
static bool absolute(const char *iri)
{
    const char *p = iri;
    while (ic_rdf_scheme_character(*p, p == iri))
        p++;
    return p > iri && *p == ':';
}

/* BLANK_NODE_LABEL of N-Triples: what export writes must be readable again. */
static bool good_label(const char *label, size_t length)
{
    for (size_t at = 0, size; at < length; at += size) {
        uint32_t code = 0;
        size = ic_utf8_next(label + at, length - at, &code);
        const bool digit = code >= '0' && code <= '9';
        if (size == 0 || (at == 0 ? !ic_rdf_name_start((long)code) && !digit
                                  : !ic_rdf_name_character((long)code) && code != '.'))
            return false;
    }
    return length > 0 && label[length - 1] != '.';
}

static enum ic_status check_term(const struct ic_term *term, const char *place, bool may_blank,
                                 bool may_literal, struct ic_error *error)
{
    switch (term->kind) {
    case IC_IRI:
        return absolute(term->text)
                   ? IC_OK
                   : ic_fail(error, IC_BAD_INPUT, "the %s \"%.300s\" is not an absolute IRI",
                             place, term->text);
    case IC_BLANK:
        if (!may_blank)
            break;
        return good_label(term->text, term->length)
                   ? IC_OK
                   : ic_fail(error, IC_BAD_INPUT,
                             "\"%.300s\" is no blank node label: letters, digits, _ and -",
                             term->text);
    case IC_LITERAL:
        if (!may_literal)
            break;
        return !term->datatype || absolute(term->datatype)
                   ? IC_OK
                   : ic_fail(error, IC_BAD_INPUT,
                             "the datatype \"%.300s\" is not an absolute IRI", term->datatype);
    }
    return ic_fail(error, IC_BAD_INPUT, "a statement's %s is an IRI%s, not a %s", place,
                   may_blank ? " or a blank node" : "",
                   term->kind == IC_BLANK ? "blank node" : "literal");
}

static enum ic_status check_change(const struct changing *c,
                                   const struct ic_graph_change *change, struct ic_error *error)
{
    const struct ic_document *terms = c->terms;
    const struct ic_term *graph = ic_document_term(terms, change->graph);
    enum ic_status status = graph->kind == IC_IRI
                                ? catalog_check_plain(graph->text, error)
                                : ic_fail(error, IC_BAD_INPUT, "a graph's name is an IRI");
    if (status != IC_OK || change->kind == IC_GRAPH_CLEAR)
        return status;
    status =
        check_term(ic_document_term(terms, change->subject), "subject", true, false, error);
    if (status == IC_OK)
        status = check_term(ic_document_term(terms, change->predicate), "predicate", false,
                            false, error);
    if (status == IC_OK)
        status =
            check_term(ic_document_term(terms, change->object), "object", true, true, error);
    return status;
}

/* ---- ids ---- */

static enum ic_status term_id(struct changing *c, uint32_t node, bool add,
                              struct ic_error *error)
{
    struct store *store = &c->catalog->store;
    const struct ic_term *term = ic_document_term(c->terms, node);
    if (c->ids[node])
        return IC_OK;
    return add ? catalog_add_term(store, term, &c->ids[node], error)
               : dictionary_find(store, term, &c->ids[node], error);
}

/* The quad of a change; *known false: it has a term that the catalog does not have. */
static enum ic_status quad_of(struct changing *c, const struct ic_graph_change *change,
                              uint64_t quad[4], bool *known, struct ic_error *error)
{
    const uint32_t nodes[4] = {change->graph, change->subject, change->predicate,
                               change->object};
    *known = true;
    for (int i = 0; i < 4; i++) {
        const enum ic_status status = term_id(c, nodes[i], change->kind == IC_GRAPH_ADD, error);
        if (status != IC_OK)
            return status;
        quad[i] = c->ids[nodes[i]];
        *known &= quad[i] != 0;
    }
    return IC_OK;
}

/* ---- changes ---- */

static enum ic_status make_graph(struct changing *c, uint32_t node, struct ic_error *error)
{
    if (c->flags[node] & GRAPH_READY)
        return IC_OK;
    c->flags[node] |= GRAPH_READY;
    return graph_write(&c->catalog->store, c->ids[node], GRAPH_PLAIN, error);
}

static enum ic_status change_statement(struct changing *c, const struct ic_graph_change *change,
                                       struct ic_error *error)
{
    struct store *store = &c->catalog->store;
    const bool add = change->kind == IC_GRAPH_ADD;
    uint64_t quad[4];
    bool known, present = false;
    enum ic_status status = quad_of(c, change, quad, &known, error);
    if (status == IC_OK && known)
        status = quad_present(store, quad, &present, error);
    if (status != IC_OK || present == add)
        return status;
    c->flags[change->graph] |= (unsigned char)(GRAPH_CHANGED | (add ? 0 : GRAPH_SHRUNK));
    *(add ? &c->changed->added : &c->changed->removed) += 1;
    if (!add)
        return quad_remove(store, quad, error);
    status = make_graph(c, change->graph, error);
    return status == IC_OK ? quad_add(store, quad, error) : status;
}

static enum ic_status clear_graph(struct changing *c, uint32_t node, struct ic_error *error)
{
    struct store *store = &c->catalog->store;
    bool any = false;
    enum ic_status status = term_id(c, node, false, error);
    if (status == IC_OK && c->ids[node])
        status = quads_any(store, c->ids[node], &any, error);
    if (status != IC_OK || !any)
        return status;
    c->changed->removed++;
    c->flags[node] |= GRAPH_CHANGED | GRAPH_SHRUNK;
    return quads_clear(store, c->ids[node], error);
}

/* A graph without statements is no longer one; every graph that changed is recorded. */
static enum ic_status finish_graph(struct changing *c, uint32_t node, struct ic_error *error)
{
    struct store *store = &c->catalog->store;
    bool any = true;
    enum ic_status status = IC_OK;
    if (c->flags[node] & GRAPH_SHRUNK)
        status = quads_any(store, c->ids[node], &any, error);
    if (status == IC_OK && !any)
        status = graph_delete(store, c->ids[node], error);
    return status == IC_OK
               ? change_append(store, CHANGE_GRAPH, ic_document_term(c->terms, node)->text, 0,
                               ic_catalog_now_ms(c->catalog), &c->changed->sequence, error)
               : status;
}

static enum ic_status make_changes(struct changing *c, const struct ic_graph_change *changes,
                                   size_t count, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = changes[i].kind == IC_GRAPH_CLEAR ? clear_graph(c, changes[i].graph, error)
                                                   : change_statement(c, &changes[i], error);
    const size_t terms = ic_document_term_count(c->terms);
    for (size_t i = 0; status == IC_OK && i < terms; i++)
        if (c->flags[i] & GRAPH_CHANGED)
            status = finish_graph(c, (uint32_t)i, error);
    return status;
}

enum ic_status ic_catalog_change_graphs(struct ic_catalog *catalog,
                                        const struct ic_document *terms,
                                        const struct ic_graph_change *changes, size_t count,
                                        struct ic_graphs_changed *changed,
                                        struct ic_error *error)
{
    const size_t room = ic_document_term_count(terms) + 1;
    struct changing c = {.catalog = catalog,
                         .terms = terms,
                         .ids = calloc(room, sizeof *c.ids),
                         .flags = calloc(room, 1),
                         .changed = changed};
    enum ic_status status = IC_OK;
    *changed = (struct ic_graphs_changed){.added = 0};
    if (!c.ids || !c.flags)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for changes to a graph");
    else if (count > IC_GRAPH_CHANGES_MAX)
        status = ic_fail(error, IC_TOO_LARGE,
                         "%zu changes to graphs at once; the limit is %d, `import --graph` "
                         "takes more",
                         count, IC_GRAPH_CHANGES_MAX);
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = check_change(&c, &changes[i], error);
    if (status == IC_OK)
        status = catalog_begin(catalog, error);
    if (status == IC_OK) {
        store_limit_transaction(&catalog->store);
        status = make_changes(&c, changes, count, error);
        const bool keep = changed->added > 0 || changed->removed > 0;
        status = catalog_end(catalog, status, keep, error);
    }
    free(c.ids);
    free(c.flags);
    return status;
}
