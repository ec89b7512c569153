/* SPDX-License-Identifier: Apache-2.0 */
/* Terms to librdf's nodes and back. A blank node's identifier is its label in the catalog, both
 * ways: what a program read, in this run or an earlier one, it can find, add to and remove. */
#include <string.h>

#include "redland.h"

struct ic_term redland_term(librdf_node *node)
{
    struct ic_term term = {.kind = IC_IRI, .text = ""};
    if (librdf_node_is_blank(node)) {
        term.kind = IC_BLANK;
        term.text = (const char *)librdf_node_get_counted_blank_identifier(node, &term.length);
    } else if (librdf_node_is_literal(node)) {
        term.kind = IC_LITERAL;
        term.text =
            (const char *)librdf_node_get_literal_value_as_counted_string(node, &term.length);
        term.language = librdf_node_get_literal_value_language(node);
        librdf_uri *datatype =
            term.language ? NULL : librdf_node_get_literal_value_datatype_uri(node);
        if (datatype)
            term.datatype = (const char *)librdf_uri_as_string(datatype);
        if (term.datatype && strcmp(term.datatype, IC_XSD_STRING) == 0)
            term.datatype = NULL;
    } else {
        term.text =
            (const char *)librdf_uri_as_counted_string(librdf_node_get_uri(node), &term.length);
    }
    return term;
}

static librdf_node *literal_node(librdf_world *world, const struct ic_term *term)
{
    librdf_uri *datatype = NULL;
    if (term->datatype) {
        datatype = librdf_new_uri(world, (const unsigned char *)term->datatype);
        if (!datatype)
            return NULL;
    }
    librdf_node *node = librdf_new_node_from_typed_counted_literal(
        world, (const unsigned char *)term->text, term->length, term->language,
        term->language ? strlen(term->language) : 0, datatype);
    if (datatype)
        librdf_free_uri(datatype);
    return node;
}

librdf_node *redland_node(librdf_world *world, const struct ic_term *term)
{
    const unsigned char *text = (const unsigned char *)term->text;
    switch (term->kind) {
    case IC_IRI:
        return librdf_new_node_from_counted_uri_string(world, text, term->length);
    case IC_BLANK:
        return librdf_new_node_from_counted_blank_identifier(world, text, term->length);
    case IC_LITERAL:
        return literal_node(world, term);
    }
    return NULL;
}

enum ic_status redland_find(struct ic_dataset *dataset, librdf_node *node, uint64_t *id,
                            struct ic_error *error)
{
    *id = IC_ANY;
    if (!node)
        return IC_OK;
    const struct ic_term term = redland_term(node);
    return ic_dataset_find(dataset, &term, id, error);
}

enum ic_status redland_find_graph(const struct redland *redland, struct ic_dataset *dataset,
                                  librdf_node *context, uint64_t *id, struct ic_error *error)
{
    *id = IC_DEFAULT_GRAPH;
    if (context)
        return redland_find(dataset, context, id, error);
    if (!redland->graph)
        return IC_OK;
    const struct ic_term term = ic_term_iri(redland->graph);
    return ic_dataset_find(dataset, &term, id, error);
}
