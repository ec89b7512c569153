/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a finished ontology. */
#include "ontology_internal.h"

#include <stdio.h>
#include <string.h>

enum {
    NEAREST_BYTES_MAX = 64,    /* names longer than this are compared with nothing */
    PREFIXED_BYTES_MAX = 2048, /* namespace and local name of prefix:name */
    CONTAINED_BYTES_MIN = 3    /* "ram" is a hint, "a" is none */
};

const char *ic_ontology_digest(const struct ic_ontology *ontology)
{
    return ontology->digest;
}

const char *ic_ontology_version(const struct ic_ontology *ontology)
{
    return ontology->version;
}

const struct ic_property *const *ic_ontology_properties(const struct ic_ontology *ontology,
                                                        size_t *count)
{
    *count = ontology->property_count;
    return ontology->properties;
}

const struct ic_scheme *const *ic_ontology_schemes(const struct ic_ontology *ontology,
                                                   size_t *count)
{
    *count = ontology->scheme_count;
    return ontology->schemes;
}

const struct ic_concept *const *ic_ontology_concepts(const struct ic_ontology *ontology,
                                                     const struct ic_scheme *scheme,
                                                     size_t *count)
{
    (void)ontology;
    const struct ic_ontology_scheme *own = (const struct ic_ontology_scheme *)scheme;
    *count = own->concept_count;
    return own->concepts;
}

const struct ic_property *ic_ontology_property_iri(const struct ic_ontology *ontology,
                                                   const char *iri)
{
    return ic_ontology_map_get(&ontology->property_by_iri, iri, strlen(iri));
}

/* prefix:name by the prefixes of the ontology's files. */
static const struct ic_property *prefixed(const struct ic_ontology *ontology, const char *text,
                                          size_t length)
{
    const char *colon = memchr(text, ':', length);
    if (!colon)
        return NULL;
    const size_t prefix = (size_t)(colon - text);
    for (size_t i = 0; i < ontology->prefix_count; i++) {
        const struct ic_ontology_prefix *known = &ontology->prefixes[i];
        if (!known->iri || strlen(known->prefix) != prefix ||
            memcmp(known->prefix, text, prefix) != 0)
            continue;
        char iri[PREFIXED_BYTES_MAX];
        const int size = snprintf(iri, sizeof iri, "%s%.*s", known->iri,
                                  (int)(length - prefix - 1), colon + 1);
        return size > 0 && (size_t)size < sizeof iri ? ic_ontology_property_iri(ontology, iri)
                                                     : NULL;
    }
    return NULL;
}

const struct ic_property *ic_ontology_attribute(const struct ic_ontology *ontology,
                                                const char *attribute)
{
    size_t length = strlen(attribute);
    ic_ontology_trim(&attribute, &length);
    if (length > PREFIXED_BYTES_MAX)
        return NULL;
    if (length > 2 && attribute[0] == '<' && attribute[length - 1] == '>')
        return ic_ontology_map_get(&ontology->property_by_iri, attribute + 1, length - 2);
    const struct ic_property *property =
        ic_ontology_map_get(&ontology->property_by_name, attribute, length);
    return property ? property : prefixed(ontology, attribute, length);
}

/* ---- nearest ---- */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap two neighbours) from `a` to `b`, both at most
 * NEAREST_BYTES_MAX bytes: optimal string alignment. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][NEAREST_BYTES_MAX + 1]; /* rows[i % 3][j]: first i of a, first j of b */
    for (size_t i = 0; i <= a_length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        for (size_t j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                row[j] = i + j;
                continue;
            }
            row[j] =
                least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

const char *ic_ontology_nearest(const struct ic_ontology *ontology, const char *attribute)
{
    char wanted[IC_ONTOLOGY_FOLDED_BYTES], name[IC_ONTOLOGY_FOLDED_BYTES];
    size_t length = strlen(attribute);
    ic_ontology_trim(&attribute, &length);
    if (length == 0 || length > NEAREST_BYTES_MAX ||
        ic_ontology_fold(attribute, length, wanted) != IC_OK ||
        (length = strlen(wanted)) > NEAREST_BYTES_MAX)
        return NULL;

    const char *nearest = NULL, *container = NULL;
    size_t smallest = (length < 3 ? 1 : length / 3) + 1; /* more wrong is another word */
    size_t shortest = SIZE_MAX;
    for (size_t i = 0; i < ontology->property_count; i++) {
        const struct ic_property *property = ontology->properties[i];
        if (ic_ontology_fold(property->name, strlen(property->name), name) != IC_OK)
            continue;
        const size_t size = strlen(name);
        const char *at = length >= CONTAINED_BYTES_MIN ? strstr(name, wanted) : NULL;
        const size_t far = size + (at == name ? 0 : IC_ONTOLOGY_FOLDED_BYTES);
        if (at && far < shortest) { /* names that begin with it before others */
            container = property->name;
            shortest = far;
        }
        if (size > NEAREST_BYTES_MAX)
            continue;
        const size_t edits = distance(wanted, length, name, size);
        if (edits < smallest) {
            nearest = property->name;
            smallest = edits;
        }
    }
    return nearest ? nearest : container;
}

/* ---- concepts ---- */

static bool in_scheme(const struct ic_concept *concept, const struct ic_scheme *scheme)
{
    const struct ic_ontology_concept *own = (const struct ic_ontology_concept *)concept;
    for (size_t i = 0; i < own->scheme_count; i++)
        if (&own->schemes[i]->public == scheme)
            return true;
    return scheme == NULL;
}

enum ic_status ic_ontology_find_concept(const struct ic_ontology *ontology,
                                        const struct ic_scheme *scheme, const char *spelling,
                                        size_t length, const struct ic_concept **concept)
{
    *concept = NULL;
    ic_ontology_trim(&spelling, &length);
    const struct ic_concept *named =
        ic_ontology_map_get(&ontology->concept_by_iri, spelling, length);
    if (named && in_scheme(named, scheme)) {
        *concept = named;
        return IC_OK;
    }
    char folded[IC_ONTOLOGY_FOLDED_BYTES];
    const enum ic_status status = ic_ontology_fold(spelling, length, folded);
    if (status == IC_NO_MEMORY)
        return status;
    const struct ic_ontology_map *map =
        scheme ? &((const struct ic_ontology_scheme *)scheme)->spellings
               : &ontology->any_spelling;
    if (status == IC_OK)
    *concept = ic_ontology_map_get(map, folded, strlen(folded));
    return IC_OK;
}

const struct ic_concept *ic_ontology_concept(const struct ic_ontology *ontology,
                                             const struct ic_scheme *scheme,
                                             const char *spelling)
{
    const struct ic_concept *concept;
    ic_ontology_find_concept(ontology, scheme, spelling, strlen(spelling), &concept);
    return concept;
}

const struct ic_concept *ic_ontology_concept_iri(const struct ic_ontology *ontology,
                                                 const char *iri)
{
    return ic_ontology_map_get(&ontology->concept_by_iri, iri, strlen(iri));
}

bool ic_ontology_is_a(const struct ic_ontology *ontology, const char *iri, const char *ancestor)
{
    if (strcmp(iri, ancestor) == 0)
        return true;
    const struct ic_ontology_class *class =
        ic_ontology_map_get(&ontology->classes, iri, strlen(iri));
    for (size_t i = 0; class && i < class->ancestor_count; i++)
        if (strcmp(class->ancestors[i], ancestor) == 0)
            return true;
    return false;
}
