/* SPDX-License-Identifier: Apache-2.0 */
/* Telling the kinds of payload apart by the root element, and unwrapping <document>. */
#include "payload.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/duration.h"
#include "formats.h"
#include "xml.h"

#define PAYLOADS                                                                               \
    "publish <advertisement> or <document type='...'> of namespace " IC_NS_PAYLOAD             \
    ", or <rdf:RDF>"

/* What a <document> may hold. TriG is left out: a publisher has one graph. */
static const struct ic_importer *const embedded[] = {
    &ic_importer_turtle, &ic_importer_ntriples,      &ic_importer_nquads,
    &ic_importer_rdfxml, &ic_importer_advertisement,
};

enum { EMBEDDED_COUNT = sizeof embedded / sizeof embedded[0] };

struct unwrap {
    size_t bytes_max;
    const struct ic_importer *importer; /* of the payload, or of the document's text */
    bool is_document;
    int64_t lease_ms; /* that <document> asks for; 0: none */
};

static const struct ic_importer *find_embedded(const char *type)
{
    const struct ic_importer *importer = ic_importer_find(type);
    for (size_t i = 0; i < EMBEDDED_COUNT; i++) {
        if (embedded[i] == importer)
            return importer;
    }
    return NULL;
}

static void take_lease(struct ic_xml *xml, const char *lease)
{
    struct unwrap *unwrap = xml->context;
    struct ic_error inner;
    if (ic_duration_parse(lease, &unwrap->lease_ms, &inner) != IC_OK)
        ic_xml_fail(xml, inner.status, "attribute \"lease\": %s", inner.text);
}

static void open_document(struct ic_xml *xml, const char **attributes)
{
    struct unwrap *unwrap = xml->context;
    const char *type = ic_xml_attribute(attributes, "type");
    const char *lease = ic_xml_attribute(attributes, "lease");
    unwrap->is_document = true;
    if (lease)
        take_lease(xml, lease);
    if (type)
        unwrap->importer = find_embedded(type);
    if (unwrap->importer)
        return;
    char types[256] = "";
    for (size_t i = 0; i < EMBEDDED_COUNT; i++)
        snprintf(types + strlen(types), sizeof types - strlen(types), "%s%s", i ? ", " : "",
                 embedded[i]->media_type);
    ic_xml_fail(xml, IC_BAD_INPUT, "<document> has %s; give it one of %s",
                type ? "a type that cannot be published" : "no attribute \"type\"", types);
}

static void on_start(struct ic_xml *xml, const char *name, const char **attributes)
{
    struct unwrap *unwrap = xml->context;
    char local[128];
    if (xml->depth > 1)
        ic_xml_fail(xml, IC_BAD_INPUT,
                    "an element in <document>, which holds escaped text; write < as &lt;");
    else if (strcmp(name, IC_XML_IN(IC_NS_PAYLOAD, "advertisement")) == 0)
        unwrap->importer = &ic_importer_advertisement;
    else if (strcmp(name, IC_XML_IN(IC_NS_RDF, "RDF")) == 0)
        unwrap->importer = &ic_importer_rdfxml;
    else if (strcmp(name, IC_XML_IN(IC_NS_PAYLOAD, "document")) == 0)
        open_document(xml, attributes);
    else
        ic_xml_fail(xml, IC_BAD_INPUT, "element <%s> cannot be published; " PAYLOADS,
                    ic_xml_local(name, local, sizeof local));
    /* The other kinds have importers of their own, which read them from the beginning. */
    if (xml->status == IC_OK && !unwrap->is_document)
        XML_StopParser(xml->parser, XML_FALSE);
}

static void on_text(struct ic_xml *xml, const char *text, size_t length)
{
    const struct unwrap *unwrap = xml->context;
    ic_xml_collect(xml, text, length, unwrap->bytes_max ? unwrap->bytes_max : SIZE_MAX);
}

/* Finds out what the payload is; a <document>'s text is then in xml->collected. */
static enum ic_status look(struct ic_xml *xml, struct unwrap *unwrap, const char *text,
                           size_t length)
{
    xml->context = unwrap;
    xml->start = on_start;
    xml->text = on_text;
    if (XML_Parse(xml->parser, "", 0, XML_FALSE) != XML_STATUS_OK)
        return ic_fail(xml->error, IC_NO_MEMORY, "out of memory for reading XML");
    const enum ic_status status = ic_xml_parse(xml, text, length, true);
    if (unwrap->importer && !unwrap->is_document)
        return IC_OK; /* stopped on purpose */
    return status;
}

enum ic_status ic_import_payload(const char *xml, size_t length,
                                 const struct ic_ontology *ontology, size_t bytes_max,
                                 struct ic_document *document,
                                 const struct ic_importer **chosen, struct ic_error *error)
{
    const char *name = ic_document_name(document);
    struct ic_import_context context = {
        .ontology = ontology, .bytes_max = bytes_max, .network_payload = true};
    struct unwrap unwrap = {.bytes_max = bytes_max};
    struct ic_xml reader;
    if (bytes_max && length > bytes_max)
        return ic_fail_at(error, IC_TOO_LARGE, name, 0, 0,
                          "the payload of %zu bytes is longer than bytes_max, %zu bytes",
                          length, bytes_max);
    enum ic_status status = ic_xml_open(&reader, name, false, error);
    if (status == IC_OK)
        status = look(&reader, &unwrap, xml, length);
    if (status == IC_OK) {
        const char *text = unwrap.is_document ? reader.collected : xml;
        const size_t size = unwrap.is_document ? reader.collected_length : length;
        /* A stream for reading never writes to its memory. */
        context.in = fmemopen((void *)(uintptr_t)(text ? text : ""), size, "r");
        status = context.in ? unwrap.importer->run(&context, document, error)
                            : ic_fail(error, IC_NO_MEMORY, "out of memory");
        if (context.in)
            fclose(context.in);
        if (unwrap.lease_ms)
            ic_document_set_lease(document, unwrap.lease_ms);
    }
    if (chosen)
        *chosen = unwrap.importer;
    ic_xml_close(&reader);
    return status;
}
