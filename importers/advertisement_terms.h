/* SPDX-License-Identifier: Apache-2.0 */
/* The statements that an XML advertisement stands for.
 * Threads: none of its own. */
#ifndef IC_IMPORTERS_ADVERTISEMENT_TERMS_H
#define IC_IMPORTERS_ADVERTISEMENT_TERMS_H

#include "catalog/document.h"
#include "catalog/ontology.h"

struct ic_offer_id;

struct ic_advertisement_terms {
    struct ic_document *document;
    const struct ic_ontology *ontology; /* or NULL: attributes are not checked */
    char *cloud;                        /* the cloud's IRI; NULL until it is named */
    uint32_t cloud_node;
    uint32_t subject;        /* whose capabilities these are: the cloud or the open offer */
    uint32_t attribute;      /* of the open capability, or IC_NO_NODE */
    unsigned unnamed;        /* offers without id so far */
    uint32_t line;           /* of the name */
    struct ic_offer_id *ids; /* of the offers so far */
};

/* All of these: IC_BAD_INPUT, IC_TOO_LARGE, IC_NO_MEMORY, with a message without place. Texts
 * come without white space around them. */
enum ic_status ic_terms_lease(struct ic_advertisement_terms *terms, const char *lease,
                              struct ic_error *error);
enum ic_status ic_terms_name(struct ic_advertisement_terms *terms, const char *name,
                             uint32_t line, struct ic_error *error);
bool ic_terms_named(const struct ic_advertisement_terms *terms);

/* `id` NULL: the offer gets the next of offer-1, offer-2, ... */
enum ic_status ic_terms_begin_offer(struct ic_advertisement_terms *terms, const char *id,
                                    struct ic_error *error);
void ic_terms_end_offer(struct ic_advertisement_terms *terms);

void ic_terms_begin_capability(struct ic_advertisement_terms *terms);
enum ic_status ic_terms_attribute(struct ic_advertisement_terms *terms, const char *attribute,
                                  struct ic_error *error);
bool ic_terms_has_attribute(const struct ic_advertisement_terms *terms);
enum ic_status ic_terms_value(struct ic_advertisement_terms *terms, const char *text,
                              const char *unit, uint32_t line, struct ic_error *error);

void ic_terms_clear(struct ic_advertisement_terms *terms);

#endif
