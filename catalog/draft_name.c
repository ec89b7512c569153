/* SPDX-License-Identifier: Apache-2.0 */
/* A document that names no cloud, as providers' lists do: --cloud NAME makes one. What the
 * document types as offers, else what no statement leads to, becomes its offers. */
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "names.h"

static enum ic_status add(struct ic_document *document, uint32_t cloud, const char *predicate,
                          const struct ic_term *object, struct ic_error *error)
{
    const struct ic_term subject = *ic_document_term(document, cloud);
    const struct ic_term property = ic_term_iri(predicate);
    return ic_document_add(document, &subject, &property, object, NULL, 0, error);
}

/* The one resource that is a cloud without a name, or IC_NO_NODE; *named: one that has. */
static uint32_t find_nameless(const struct subject_index *index,
                              const struct ic_ontology *ontology, uint32_t *named)
{
    const uint32_t property = ic_document_find_iri(index->document, IC_NS "cloudName");
    uint32_t nameless = IC_NO_NODE;
    *named = IC_NO_NODE;
    for (uint32_t node = 0; node < index->nodes; node++) {
        size_t count;
        bool has_name = false;
        const struct ic_statement *s = subject_statements(index, node, &count);
        for (size_t i = 0; i < count; i++)
            has_name |= s[i].predicate == property;
        if (has_name)
            *named = node;
        else if (count && subject_is_a(index, ontology, node, IC_NS "Cloud"))
            nameless = node;
    }
    return nameless;
}

/* Marks the offers of a document without a cloud. */
static bool *find_offers(const struct subject_index *index, const struct ic_ontology *ontology)
{
    bool *typed = calloc(index->nodes + 1, sizeof *typed);
    bool *roots = calloc(index->nodes + 1, sizeof *roots);
    bool any = false;
    if (!typed || !roots) {
        free(typed);
        free(roots);
        return NULL;
    }
    for (uint32_t node = 0; node < index->nodes; node++) {
        roots[node] = index->first[node] != IC_NO_NODE;
        typed[node] = roots[node] && subject_is_a(index, ontology, node, IC_NS "Offer");
        any |= typed[node];
    }
    for (size_t i = 0; i < index->count; i++)
        if (index->statements[i].object != index->statements[i].subject)
            roots[index->statements[i].object] = false;
    free(any ? roots : typed);
    return any ? typed : roots;
}

static enum ic_status make_cloud(struct ic_document *document,
                                 const struct subject_index *index,
                                 const struct ic_ontology *ontology, const char *name,
                                 uint32_t *cloud, struct ic_error *error)
{
    bool *offers = find_offers(index, ontology);
    char *iri = ic_name_cloud_iri(name);
    enum ic_status status = IC_OK;
    if (!offers || !iri) {
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for a cloud");
    } else {
        const struct ic_term subject = ic_term_iri(iri), class = ic_term_iri(IC_NS "Cloud");
        status = ic_document_intern(document, &subject, cloud, error);
        if (status == IC_OK)
            status = add(document, *cloud, IC_RDF_TYPE, &class, error);
        for (uint32_t node = 0; status == IC_OK && node < index->nodes; node++) {
            const struct ic_term offer = *ic_document_term(document, node);
            if (offers[node])
                status = add(document, *cloud, IC_NS "offers", &offer, error);
        }
    }
    free(offers);
    free(iri);
    return status;
}

enum ic_status draft_name_cloud(struct ic_document *document,
                                const struct ic_ontology *ontology, const char *cloud_name,
                                struct ic_error *error)
{
    struct subject_index index;
    uint32_t named;
    enum ic_status status = subject_index_build(document, &index, error);
    if (status != IC_OK) {
        subject_index_free(&index);
        return status;
    }
    uint32_t cloud = find_nameless(&index, ontology, &named);
    if (named == IC_NO_NODE) {
        const struct ic_term name = ic_term_literal(cloud_name, NULL);
        if (cloud == IC_NO_NODE)
            status = make_cloud(document, &index, ontology, cloud_name, &cloud, error);
        if (status == IC_OK)
            status = add(document, cloud, IC_NS "cloudName", &name, error);
    } else {
        status = ic_fail_at(error, IC_BAD_INPUT, ic_document_name(document), 0, 0,
                            "the document names its cloud itself; import it without --cloud %s",
                            cloud_name);
    }
    subject_index_free(&index);
    return status;
}
