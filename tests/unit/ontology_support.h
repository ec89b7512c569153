/* SPDX-License-Identifier: Apache-2.0 */
/* Small ontologies for the tests, written in Turtle. */
#ifndef IC_TESTS_ONTOLOGY_SUPPORT_H
#define IC_TESTS_ONTOLOGY_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/importer.h"
#include "catalog/ontology.h"

#define UNIT "http://qudt.org/vocab/unit/"

/* Everything the small ontologies need, on one line so that a test's own text begins on
 * line 2. */
#define PREFIXES                                                                               \
    "@prefix : <" IC_NS "> . @prefix ic: <" IC_NS_META "> . @prefix x: <http://x.example/> . " \
    "@prefix rdf: <" IC_NS_RDF "> . @prefix rdfs: <" IC_NS_RDFS "> . "                         \
    "@prefix owl: <" IC_NS_OWL "> . @prefix skos: <" IC_NS_SKOS "> . "                         \
    "@prefix xsd: <" IC_NS_XSD "> . @prefix unit: <" UNIT "> . "                               \
    "@prefix qudt: <http://qudt.org/schema/qudt/> .\n"

#define PROPERTY(name, rest)                                                                   \
    ":" name " a rdf:Property ; rdfs:label \"" name "\" ; rdfs:comment \"a comment\" ; " rest  \
    " .\n"

#define SCHEME "x:s a skos:ConceptScheme ; skos:prefLabel \"S\" .\n"
#define CONCEPT(name, rest)                                                                    \
    "x:" name " a skos:Concept ; skos:inScheme x:s ; skos:prefLabel \"" name "\" " rest " .\n"

static inline struct ic_document *read_file(const char *name, FILE *in)
{
    struct ic_document *document = ic_document_new(name, NULL);
    const struct ic_import_context context = {.in = in};
    struct ic_error error = {.status = IC_OK};
    assert_non_null(in);
    assert_non_null(document);
    if (ic_import("turtle", &context, document, NULL, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    assert_int_equal(fclose(in), 0);
    return document;
}

static inline struct ic_document *read_text(const char *name, const char *text)
{
    char *whole = NULL;
    assert_true(asprintf(&whole, "%s%s", PREFIXES, text) > 0);
    struct ic_document *document = read_file(name, fmemopen(whole, strlen(whole), "r"));
    free(whole);
    return document;
}

static inline enum ic_status build(const char *text, struct ic_ontology **ontology,
                                   struct ic_error *error)
{
    struct ic_document *document = read_text("test.ttl", text);
    const enum ic_status status = ic_ontology_build(&document, 1, ontology, error);
    ic_document_free(document);
    return status;
}

static inline struct ic_ontology *built(const char *text)
{
    struct ic_ontology *ontology = NULL;
    struct ic_error error;
    if (build(text, &ontology, &error) != IC_OK)
        fail_msg("%s:%lu: %s", error.file, error.line, error.text);
    return ontology;
}

static inline const struct ic_property *attribute(void **state, const char *name)
{
    const struct ic_property *property = ic_ontology_attribute(*state, name);
    if (!property)
        fail_msg("no attribute %s", name);
    return property;
}

#endif
