/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the annotations of one property, with their checks. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

/* Datatypes that an rdfs:range may name (XML Schema 1.1 part 2), and their value spaces. */
static const struct ic_ontology_datatype datatypes[] = {
    {IC_NS_XSD "string", IC_VALUE_STRING, false, NULL, NULL},
    {IC_NS_XSD "normalizedString", IC_VALUE_STRING, false, NULL, NULL},
    {IC_NS_XSD "token", IC_VALUE_STRING, false, NULL, NULL},
    {IC_NS_RDF "langString", IC_VALUE_STRING, false, NULL, NULL},
    {IC_NS_RDFS "Literal", IC_VALUE_STRING, false, NULL, NULL},
    {IC_NS_XSD "decimal", IC_VALUE_NUMBER, false, NULL, NULL},
    {IC_NS_XSD "double", IC_VALUE_NUMBER, false, NULL, NULL},
    {IC_NS_XSD "float", IC_VALUE_NUMBER, false, NULL, NULL},
    {IC_NS_XSD "integer", IC_VALUE_NUMBER, true, NULL, NULL},
    {IC_NS_XSD "nonNegativeInteger", IC_VALUE_NUMBER, true, "0", NULL},
    {IC_NS_XSD "positiveInteger", IC_VALUE_NUMBER, true, "1", NULL},
    {IC_NS_XSD "nonPositiveInteger", IC_VALUE_NUMBER, true, NULL, "0"},
    {IC_NS_XSD "negativeInteger", IC_VALUE_NUMBER, true, NULL, "-1"},
    {IC_NS_XSD "long", IC_VALUE_NUMBER, true, "-9223372036854775808", "9223372036854775807"},
    {IC_NS_XSD "int", IC_VALUE_NUMBER, true, "-2147483648", "2147483647"},
    {IC_NS_XSD "short", IC_VALUE_NUMBER, true, "-32768", "32767"},
    {IC_NS_XSD "byte", IC_VALUE_NUMBER, true, "-128", "127"},
    {IC_NS_XSD "unsignedLong", IC_VALUE_NUMBER, true, "0", "18446744073709551615"},
    {IC_NS_XSD "unsignedInt", IC_VALUE_NUMBER, true, "0", "4294967295"},
    {IC_NS_XSD "unsignedShort", IC_VALUE_NUMBER, true, "0", "65535"},
    {IC_NS_XSD "unsignedByte", IC_VALUE_NUMBER, true, "0", "255"},
    {IC_NS_XSD "boolean", IC_VALUE_BOOLEAN, false, NULL, NULL},
    {IC_NS_XSD "date", IC_VALUE_DATE, false, NULL, NULL},
    {IC_NS_XSD "dateTime", IC_VALUE_DATETIME, false, NULL, NULL},
    {IC_NS_XSD "dateTimeStamp", IC_VALUE_DATETIME, false, NULL, NULL},
    {IC_NS_XSD "anyURI", IC_VALUE_IRI, false, NULL, NULL},
};

const struct ic_ontology_datatype *ic_ontology_datatype(const char *iri)
{
    for (size_t i = 0; i < sizeof datatypes / sizeof *datatypes; i++)
        if (strcmp(datatypes[i].iri, iri) == 0)
            return &datatypes[i];
    return NULL;
}

static const struct {
    const char *iri;
    enum ic_comparison match;
} comparisons[] = {
    {IC_NS_META "Equal", IC_MATCH_EQUAL},    {IC_NS_META "AtLeast", IC_MATCH_AT_LEAST},
    {IC_NS_META "AtMost", IC_MATCH_AT_MOST}, {IC_NS_META "OneOf", IC_MATCH_ONE_OF},
    {IC_NS_META "Within", IC_MATCH_WITHIN},
};

/* One property while it is read. */
struct reading {
    const struct ic_ontology_graph *graph;
    struct ic_ontology_property *property;
    const struct ic_ontology_fact *first; /* where it is described */
};

static struct ic_arena *arena_of(const struct reading *r)
{
    return r->graph->ontology->arena;
}

/* The IRI that a fact states, copied; NULL when memory is out. */
static const char *object_iri(const struct reading *r, const struct ic_ontology_fact *fact)
{
    return ic_arena_strdup(arena_of(r), ic_ontology_term(r->graph, fact->object)->text);
}

static enum ic_status read_texts(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    enum ic_status status =
        ic_ontology_text(r->graph, r->property->node, IC_NS_RDFS "label", &p->label);
    if (status == IC_OK && !p->label)
        return ic_ontology_fail(r->graph, r->first, "%s has no rdfs:label", p->name);
    if (status == IC_OK)
        status =
            ic_ontology_text(r->graph, r->property->node, IC_NS_RDFS "comment", &p->comment);
    if (status == IC_OK && !p->comment)
        return ic_ontology_fail(r->graph, r->first, "%s has no rdfs:comment", p->name);
    return status;
}

static enum ic_status read_scheme(struct reading *r, const struct ic_ontology_fact *fact)
{
    struct ic_property *p = &r->property->public;
    const char *iri = ic_ontology_term(r->graph, fact->object)->text;
    const struct ic_ontology_scheme *scheme =
        ic_ontology_map_get(&r->graph->ontology->scheme_by_iri, iri, strlen(iri));
    if (!scheme)
        return ic_ontology_fail(r->graph, fact,
                                "%s takes its values from %s, which is not described as a "
                                "skos:ConceptScheme",
                                p->name, iri);
    if (scheme->concept_count == 0)
        return ic_ontology_fail(
            r->graph, fact, "%s takes its values from %s, which has no concepts", p->name, iri);
    p->scheme = &scheme->public;
    p->kind = IC_VALUE_CONCEPT;
    return IC_OK;
}

static enum ic_status read_range(struct reading *r, const struct ic_ontology_fact *fact)
{
    struct ic_property *p = &r->property->public;
    const struct ic_term *range = ic_ontology_term(r->graph, fact->object);
    if (range->kind != IC_IRI)
        return ic_ontology_fail(r->graph, fact, "the rdfs:range of %s must be an IRI", p->name);
    if (!(p->range = object_iri(r, fact)))
        return ic_ontology_no_memory(r->graph);
    r->property->datatype = ic_ontology_datatype(range->text);
    p->kind = r->property->datatype ? r->property->datatype->kind : IC_VALUE_NODE;
    if (!r->property->datatype && strncmp(range->text, IC_NS_XSD, strlen(IC_NS_XSD)) == 0)
        return ic_ontology_fail(r->graph, fact,
                                "%s has the rdfs:range xsd:%s, which attributes cannot have; "
                                "use xsd:string, decimal, integer, boolean, date, dateTime or "
                                "anyURI",
                                p->name, ic_ontology_local_name(range->text));
    return IC_OK;
}

/* What the values are: ic:scheme, else rdfs:range. */
static enum ic_status read_kind(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    const struct ic_ontology_fact *scheme, *range;
    enum ic_status status =
        ic_ontology_one(r->graph, r->property->node, IC_NS_META "scheme", &scheme);
    if (status == IC_OK)
        status = ic_ontology_one(r->graph, r->property->node, IC_NS_RDFS "range", &range);
    if (status != IC_OK)
        return status;
    if (!scheme && !range)
        return ic_ontology_fail(r->graph, r->first, "%s has neither rdfs:range nor ic:scheme",
                                p->name);
    if (range)
        status = read_range(r, range);
    if (status != IC_OK || !scheme)
        return status;
    if (range && strcmp(p->range, IC_NS_SKOS "Concept") != 0)
        return ic_ontology_fail(r->graph, range,
                                "%s has an ic:scheme, so its rdfs:range can only be "
                                "skos:Concept",
                                p->name);
    return read_scheme(r, scheme);
}

static bool is_ordered(enum ic_value_kind kind)
{
    return kind == IC_VALUE_NUMBER || kind == IC_VALUE_DATE || kind == IC_VALUE_DATETIME;
}

static enum ic_status read_match(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    const struct ic_ontology_fact *fact;
    const enum ic_status status =
        ic_ontology_one(r->graph, r->property->node, IC_NS_META "match", &fact);
    if (status != IC_OK)
        return status;
    if (!fact)
        return ic_ontology_fail(r->graph, r->first, "%s has no ic:match", p->name);
    const char *iri = ic_ontology_term(r->graph, fact->object)->text;
    const size_t count = sizeof comparisons / sizeof *comparisons;
    size_t i = 0;
    while (i < count && strcmp(comparisons[i].iri, iri) != 0)
        i++;
    if (i == count)
        return ic_ontology_fail(r->graph, fact,
                                "%s has the ic:match %s; use ic:AtLeast, ic:AtMost, ic:Equal, "
                                "ic:OneOf or ic:Within",
                                p->name, iri);
    p->match = comparisons[i].match;
    if ((p->match == IC_MATCH_AT_LEAST || p->match == IC_MATCH_AT_MOST) && !is_ordered(p->kind))
        return ic_ontology_fail(r->graph, fact,
                                "%s has no numbers or dates, so its ic:match cannot be ic:%s",
                                p->name, ic_ontology_local_name(iri));
    if (p->match == IC_MATCH_WITHIN && p->kind != IC_VALUE_CONCEPT)
        return ic_ontology_fail(r->graph, fact,
                                "%s has no ic:scheme, so its ic:match cannot be ic:Within",
                                p->name);
    return IC_OK;
}

static enum ic_status read_unit(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    const struct ic_ontology_fact *fact;
    const enum ic_status status =
        ic_ontology_one(r->graph, r->property->node, IC_NS_META "unit", &fact);
    if (status != IC_OK || !fact)
        return status;
    if (p->kind != IC_VALUE_NUMBER)
        return ic_ontology_fail(r->graph, fact,
                                "%s has no numbers, so it cannot have an ic:unit", p->name);
    if (ic_ontology_term(r->graph, fact->object)->kind != IC_IRI)
        return ic_ontology_fail(r->graph, fact, "the ic:unit of %s must be an IRI", p->name);
    if (!(p->unit = object_iri(r, fact)))
        return ic_ontology_no_memory(r->graph);
    r->property->unit =
        ic_ontology_map_get(&r->graph->ontology->unit_by_iri, p->unit, strlen(p->unit));
    if (r->property->unit && r->property->unit->nines)
        return ic_ontology_fail(r->graph, fact,
                                "%s cannot be measured in %s; use a unit that has multiples",
                                p->name, r->property->unit->name);
    p->unit_name =
        r->property->unit ? r->property->unit->name : ic_ontology_local_name(p->unit);
    return IC_OK;
}

/* ic:appliesTo; without it both. */
static enum ic_status read_levels(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    size_t count;
    const struct ic_ontology_fact *facts =
        ic_ontology_facts(r->graph, r->property->node, IC_NS_META "appliesTo", &count);
    p->cloud = p->offer = count == 0;
    for (size_t i = 0; i < count; i++) {
        const char *iri = ic_ontology_term(r->graph, facts[i].object)->text;
        if (strcmp(iri, IC_NS_META "Cloud") == 0)
            p->cloud = true;
        else if (strcmp(iri, IC_NS_META "Offer") == 0)
            p->offer = true;
        else
            return ic_ontology_fail(r->graph, &facts[i],
                                    "%s has the ic:appliesTo %s; use ic:Cloud or ic:Offer",
                                    p->name, iri);
    }
    return IC_OK;
}

/* One end of the scale, as a canonical decimal; *end NULL: not stated. */
static enum ic_status read_end(struct reading *r, const char *predicate,
                               const struct ic_ontology_fact **fact, const char **end)
{
    const struct ic_property *p = &r->property->public;
    const enum ic_status status = ic_ontology_one(r->graph, r->property->node, predicate, fact);
    if (status != IC_OK || !*fact)
        return status;
    if (p->kind != IC_VALUE_NUMBER)
        return ic_ontology_fail(r->graph, *fact,
                                "%s has no numbers, so it cannot have an ic:%s", p->name,
                                ic_ontology_local_name(predicate));
    const struct ic_term *term = ic_ontology_term(r->graph, (*fact)->object);
    mpq_t number;
    mpq_init(number);
    const bool good =
        term->kind == IC_LITERAL && ic_number_parse(number, term->text, term->length);
    char *decimal = good ? ic_number_decimal(number) : NULL;
    mpq_clear(number);
    if (!good)
        return ic_ontology_fail(r->graph, *fact, "the ic:%s of %s must be a number",
                                ic_ontology_local_name(predicate), p->name);
    *end = decimal ? ic_arena_strdup(arena_of(r), decimal) : NULL;
    free(decimal);
    return *end ? IC_OK : ic_ontology_no_memory(r->graph);
}

static enum ic_status read_scale(struct reading *r)
{
    struct ic_property *p = &r->property->public;
    const struct ic_ontology_fact *worst, *best = NULL;
    enum ic_status status = read_end(r, IC_NS_META "worst", &worst, &p->worst);
    if (status == IC_OK)
        status = read_end(r, IC_NS_META "best", &best, &p->best);
    if (status != IC_OK)
        return status;
    if (!worst != !best)
        return ic_ontology_fail(r->graph, worst ? worst : best,
                                "%s has only one of ic:worst and ic:best; state both or none",
                                p->name);
    if (worst && strcmp(p->worst, p->best) == 0)
        return ic_ontology_fail(r->graph, best, "ic:worst and ic:best of %s must differ",
                                p->name);
    return IC_OK;
}

enum ic_status ic_ontology_read_annotations(const struct ic_ontology_graph *graph,
                                            struct ic_ontology_property *property)
{
    static enum ic_status (*const steps[])(struct reading *) = {
        read_texts, read_kind, read_match, read_unit, read_levels, read_scale};
    struct reading r = {graph, property, &graph->facts[graph->first[property->node]]};
    enum ic_status status = IC_OK;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == IC_OK; i++)
        status = steps[i](&r);
    return status;
}
