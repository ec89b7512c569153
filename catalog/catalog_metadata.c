/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata graph: who published what, when, as statements about advertisements' graphs. */
#include <string.h>

#include "catalog_internal.h"
#include "instant.h"

#define META(name) IC_NS_META name

static enum ic_status say(const char *graph, const char *property, const char *text,
                          const char *datatype, metadata_each each, void *context,
                          struct ic_error *error)
{
    const struct ic_term subject = ic_term_iri(graph), predicate = ic_term_iri(property);
    const struct ic_term object = ic_term_literal(text, datatype);
    return each(context, &subject, &predicate, &object, error);
}

static enum ic_status say_instant(const char *graph, const char *property, int64_t ms,
                                  metadata_each each, void *context, struct ic_error *error)
{
    char text[IC_INSTANT_BYTES];
    if (ms == 0)
        return IC_OK;
    ic_instant_format(ms, text);
    return say(graph, property, text, IC_NS_XSD "dateTime", each, context, error);
}

enum ic_status metadata_of(const struct advertisement *record, const char *graph,
                           metadata_each each, void *context, struct ic_error *error)
{
    char version[24];
    snprintf(version, sizeof version, "%llu", (unsigned long long)record->version);
    const struct {
        const char *property, *text, *datatype;
    } texts[] = {{META("cloudName"), record->cloud_name, NULL},
                 {META("owner"), record->owner, NULL},
                 {META("format"), record->format, NULL},
                 {META("audience"), record->audience, NULL},
                 {META("digest"), record->digest, NULL},
                 {META("version"), version, IC_NS_XSD "integer"}};
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].text[0])
            status = say(graph, texts[i].property, texts[i].text, texts[i].datatype, each,
                         context, error);
    if (status == IC_OK)
        status =
            say_instant(graph, META("published"), record->published_ms, each, context, error);
    if (status == IC_OK)
        status = say_instant(graph, META("expires"), record->expires_ms, each, context, error);
    return status;
}
