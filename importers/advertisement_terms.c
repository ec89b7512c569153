/* SPDX-License-Identifier: Apache-2.0 */
/* Minting IRIs and adding the statements of an XML advertisement. */
#include "advertisement_terms.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/duration.h"
#include "catalog/names.h"
#include "catalog/rdf_chars.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

enum { OFFER_ID_BYTES_MAX = 255, OFFERS_MAX = 100000 };

struct ic_offer_id {
    bool lost; /* uthash had no memory for it */
    UT_hash_handle hh;
    char id[];
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory");
}

enum ic_status ic_terms_lease(struct ic_advertisement_terms *terms, const char *lease,
                              struct ic_error *error)
{
    int64_t lease_ms;
    const enum ic_status status = ic_duration_parse(lease, &lease_ms, error);
    if (status == IC_OK)
        ic_document_set_lease(terms->document, lease_ms);
    return status;
}

static enum ic_status intern_iri(struct ic_advertisement_terms *terms, const char *iri,
                                 uint32_t *node, struct ic_error *error)
{
    const struct ic_term term = ic_term_iri(iri);
    return ic_document_intern(terms->document, &term, node, error);
}

/* subject <predicate> object, the last two as IRIs. */
static enum ic_status add(struct ic_advertisement_terms *terms, uint32_t subject,
                          const char *predicate, uint32_t object, struct ic_error *error)
{
    struct ic_statement statement = {
        .subject = subject, .object = object, .graph = IC_NO_NODE, .line = terms->line};
    enum ic_status status = intern_iri(terms, predicate, &statement.predicate, error);
    if (status == IC_OK)
        status = ic_document_add_nodes(terms->document, statement, error);
    return status;
}

static enum ic_status add_iri(struct ic_advertisement_terms *terms, uint32_t subject,
                              const char *predicate, const char *object, struct ic_error *error)
{
    uint32_t node;
    const enum ic_status status = intern_iri(terms, object, &node, error);
    return status == IC_OK ? add(terms, subject, predicate, node, error) : status;
}

/* ---- the cloud ---- */

bool ic_terms_named(const struct ic_advertisement_terms *terms)
{
    return terms->cloud != NULL;
}

enum ic_status ic_terms_name(struct ic_advertisement_terms *terms, const char *name,
                             uint32_t line, struct ic_error *error)
{
    char *cloud_name;
    enum ic_status status = ic_name_cloud(name, &cloud_name, error);
    if (status != IC_OK)
        return status;
    terms->line = line;
    terms->cloud = ic_name_cloud_iri(cloud_name);
    uint32_t literal = IC_NO_NODE;
    const struct ic_term term = ic_term_literal(cloud_name, NULL);
    status = terms->cloud ? intern_iri(terms, terms->cloud, &terms->cloud_node, error)
                          : no_memory(error);
    if (status == IC_OK)
        status = ic_document_intern(terms->document, &term, &literal, error);
    if (status == IC_OK)
        status = add_iri(terms, terms->cloud_node, IC_RDF_TYPE, IC_NS "Cloud", error);
    if (status == IC_OK)
        status = add(terms, terms->cloud_node, IC_NS "cloudName", literal, error);
    if (status == IC_OK)
        status = ic_document_set_prefix(terms->document, "", IC_NS, error);
    terms->subject = terms->cloud_node;
    free(cloud_name);
    return status;
}

/* ---- offers ---- */

static enum ic_status claim_id(struct ic_advertisement_terms *terms, const char *id,
                               struct ic_error *error)
{
    const size_t length = strlen(id);
    struct ic_offer_id *found;
    HASH_FIND_STR(terms->ids, id, found);
    if (found)
        return ic_fail(error, IC_BAD_INPUT,
                       "a second offer \"%.200s\"; give each offer an id of its own", id);
    if (HASH_COUNT(terms->ids) >= OFFERS_MAX)
        return ic_fail(error, IC_TOO_LARGE, "more offers than the limit of %d", OFFERS_MAX);
    struct ic_offer_id *made = malloc(sizeof *made + length + 1);
    if (!made)
        return no_memory(error);
    made->lost = false;
    memcpy(made->id, id, length + 1);
    HASH_ADD_STR(terms->ids, id, made);
    if (made->lost) {
        free(made);
        return no_memory(error);
    }
    return IC_OK;
}

/* The cloud's IRI with the encoded id as its fragment. Owned: free. */
static char *offer_iri(const char *cloud, const char *id)
{
    char *iri = NULL;
    size_t size;
    FILE *out = open_memstream(&iri, &size);
    if (!out)
        return NULL;
    fprintf(out, "%s#offer-", cloud);
    ic_name_encode(out, id);
    if (fclose(out) != 0) {
        free(iri);
        return NULL;
    }
    return iri;
}

enum ic_status ic_terms_begin_offer(struct ic_advertisement_terms *terms, const char *id,
                                    struct ic_error *error)
{
    char number[24];
    if (!id) {
        snprintf(number, sizeof number, "%u", ++terms->unnamed);
        id = number;
    } else if (!*id || strlen(id) > OFFER_ID_BYTES_MAX) {
        return ic_fail(
            error, IC_BAD_INPUT,
            "the id of an offer is empty or longer than %d bytes; name it or leave id "
            "out",
            OFFER_ID_BYTES_MAX);
    }
    enum ic_status status = claim_id(terms, id, error);
    if (status != IC_OK)
        return status;
    char *iri = offer_iri(terms->cloud, id);
    status = iri ? intern_iri(terms, iri, &terms->subject, error) : no_memory(error);
    free(iri);
    if (status == IC_OK)
        status = add(terms, terms->cloud_node, IC_NS "offers", terms->subject, error);
    if (status == IC_OK)
        status = add_iri(terms, terms->subject, IC_RDF_TYPE, IC_NS "Offer", error);
    return status;
}

void ic_terms_end_offer(struct ic_advertisement_terms *terms)
{
    terms->subject = terms->cloud_node;
}

/* ---- capabilities ---- */

void ic_terms_begin_capability(struct ic_advertisement_terms *terms)
{
    terms->attribute = IC_NO_NODE;
}

bool ic_terms_has_attribute(const struct ic_advertisement_terms *terms)
{
    return terms->attribute != IC_NO_NODE;
}

static enum ic_status known_attribute(struct ic_advertisement_terms *terms,
                                      const char *attribute, struct ic_error *error)
{
    const struct ic_property *property = ic_ontology_attribute(terms->ontology, attribute);
    if (property)
        return intern_iri(terms, property->iri, &terms->attribute, error);
    const char *nearest = ic_ontology_nearest(terms->ontology, attribute);
    return ic_fail(error, IC_BAD_INPUT,
                   nearest
                       ? "the ontology has no attribute \"%.200s\"; the nearest is \"%s\""
                       : "the ontology has no attribute \"%.200s\"; \"ontology show\" lists "
                         "them%s",
                   attribute, nearest ? nearest : "");
}

static bool plain_name(const char *name)
{
    const char *p = name;
    while (*p && (unsigned char)*p < 0x80 && ic_rdf_name_character(*p))
        p++;
    return ic_rdf_name_start((unsigned char)*name) && !*p;
}

/* <IRI>, its brackets taken off, or a local name of the attributes' namespace. */
static enum ic_status unchecked_attribute(struct ic_advertisement_terms *terms,
                                          const char *attribute, struct ic_error *error)
{
    const size_t length = strlen(attribute);
    char *iri = NULL;
    if (length > 2 && attribute[0] == '<' && attribute[length - 1] == '>') {
        iri = strndup(attribute + 1, length - 2);
        const char *p = iri;
        while (p && *p && ic_rdf_iri_character((unsigned char)*p))
            p++;
        if (p && (*p || !strchr(iri, ':'))) {
            free(iri);
            return ic_fail(error, IC_BAD_INPUT, "\"%.200s\" is not an absolute IRI", attribute);
        }
    } else if (plain_name(attribute)) {
        if (asprintf(&iri, "%s%s", IC_NS, attribute) < 0)
            iri = NULL;
    } else {
        return ic_fail(
            error, IC_BAD_INPUT,
            "\"%.200s\" is not the name of an attribute; write a local name or <IRI>",
            attribute);
    }
    const enum ic_status status =
        iri ? intern_iri(terms, iri, &terms->attribute, error) : no_memory(error);
    free(iri);
    return status;
}

enum ic_status ic_terms_attribute(struct ic_advertisement_terms *terms, const char *attribute,
                                  struct ic_error *error)
{
    if (!*attribute)
        return ic_fail(error, IC_BAD_INPUT, "<attribute> is empty; name an attribute");
    return terms->ontology ? known_attribute(terms, attribute, error)
                           : unchecked_attribute(terms, attribute, error);
}

enum ic_status ic_terms_value(struct ic_advertisement_terms *terms, const char *text,
                              const char *unit, uint32_t line, struct ic_error *error)
{
    if (!*text)
        return ic_fail(error, IC_BAD_INPUT, "<value> is empty; give it a value");
    char *joined = NULL;
    while (unit && *unit == ' ')
        unit++;
    if (unit && *unit && asprintf(&joined, "%s %s", text, unit) < 0)
        return no_memory(error);
    const struct ic_term term = ic_term_literal(joined ? joined : text, NULL);
    struct ic_statement statement = {.subject = terms->subject,
                                     .predicate = terms->attribute,
                                     .graph = IC_NO_NODE,
                                     .line = line};
    enum ic_status status =
        ic_document_intern(terms->document, &term, &statement.object, error);
    if (status == IC_OK)
        status = ic_document_add_nodes(terms->document, statement, error);
    free(joined);
    return status;
}

void ic_terms_clear(struct ic_advertisement_terms *terms)
{
    struct ic_offer_id *id, *following;
    HASH_ITER(hh, terms->ids, id, following)
    {
        HASH_DEL(terms->ids, id);
        free(id);
    }
    free(terms->cloud);
    terms->cloud = NULL;
}
