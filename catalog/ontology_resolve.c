/* SPDX-License-Identifier: Apache-2.0 */
/* From what somebody wrote to the term that is matched and queried. */
#include "ontology_resolve.h"

#include <string.h>

#include "utf8.h"

struct ic_shown ic_resolve_show(const char *text, size_t length)
{
    struct ic_shown shown;
    const size_t size = ic_utf8_cut(text, length, IC_SHOWN_BYTES_MAX);
    memcpy(shown.text, text, size);
    memcpy(shown.text + size, size < length ? "..." : "", size < length ? 4 : 1);
    return shown;
}

enum ic_status ic_resolve_no_memory(const struct ic_resolving *r)
{
    return ic_fail(r->error, IC_NO_MEMORY, "out of memory while reading a value of %s",
                   r->property->public.name);
}

enum ic_status ic_resolve_refuse(const struct ic_resolving *r, const char *what)
{
    return ic_fail(r->error, IC_BAD_INPUT, "%s: '%s' is not %s", r->property->public.name,
                   ic_resolve_show(r->text, r->length).text, what);
}

/* A literal of one of these datatypes, or of none and without language. */
static bool is_plain_or(const struct ic_term *term, const char *datatype)
{
    return term->kind == IC_LITERAL && !term->language &&
           (!term->datatype || strcmp(term->datatype, datatype) == 0);
}

enum ic_status ic_resolve_give(const struct ic_resolving *r, const char *text,
                               const char *datatype)
{
    if (!text)
        return ic_resolve_no_memory(r);
    *r->effective = ic_term_literal(text, datatype);
    return IC_OK;
}

bool ic_resolve_is(const char *spelling, const char *text, size_t length)
{
    return strlen(spelling) == length && memcmp(spelling, text, length) == 0;
}

static enum ic_status resolve_boolean(const struct ic_resolving *r)
{
    const bool yes =
        ic_resolve_is("true", r->text, r->length) || ic_resolve_is("1", r->text, r->length);
    const bool no =
        ic_resolve_is("false", r->text, r->length) || ic_resolve_is("0", r->text, r->length);
    if (!is_plain_or(r->stated, IC_NS_XSD "boolean") || (!yes && !no))
        return ic_resolve_refuse(r, "true or false");
    return ic_resolve_give(r, yes ? "true" : "false", IC_NS_XSD "boolean");
}

static enum ic_status resolve_date(const struct ic_resolving *r)
{
    const char *canonical = NULL;
    enum ic_status status = IC_BAD_INPUT;
    if (is_plain_or(r->stated, IC_NS_XSD "date"))
        status = ic_ontology_date(r->text, r->length, r->arena, &canonical);
    if (status == IC_BAD_INPUT)
        return ic_resolve_refuse(r, "a date, such as 2026-01-31");
    return ic_resolve_give(r, canonical, IC_NS_XSD "date");
}

static enum ic_status resolve_datetime(const struct ic_resolving *r)
{
    const char *canonical = NULL;
    enum ic_status status = IC_BAD_INPUT;
    if (is_plain_or(r->stated, IC_NS_XSD "dateTime") ||
        is_plain_or(r->stated, IC_NS_XSD "dateTimeStamp"))
        status = ic_ontology_datetime(r->text, r->length, r->arena, &canonical);
    if (status == IC_BAD_INPUT)
        return ic_resolve_refuse(r, "a date and time, such as 2026-01-31T12:00:00Z");
    return ic_resolve_give(r, canonical, IC_NS_XSD "dateTime");
}

/* The trimmed text; the stated one itself when nothing was trimmed. */
static const char *trimmed(const struct ic_resolving *r)
{
    return r->length == r->stated->length ? r->stated->text
                                          : ic_arena_copy(r->arena, r->text, r->length);
}

enum ic_status ic_resolve_give_text(const struct ic_resolving *r)
{
    const char *text = trimmed(r);
    if (!text)
        return ic_resolve_no_memory(r);
    *r->effective = (struct ic_term){.kind = IC_LITERAL, .text = text, .length = r->length};
    return IC_OK;
}

static enum ic_status resolve_string(const struct ic_resolving *r)
{
    return r->stated->kind == IC_LITERAL ? ic_resolve_give_text(r)
                                         : ic_resolve_refuse(r, "a text");
}

/* scheme ":" and then no character that an IRI cannot have (RFC 3987, section 2.2). */
static bool is_absolute_iri(const char *text, size_t length)
{
    size_t at = 0;
    while (at < length && text[at] != ':') {
        const char c = text[at];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool other = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
        if (!letter && (at == 0 || !other))
            return false;
        at++;
    }
    if (at == 0 || at + 1 >= length)
        return false;
    for (; at < length; at++)
        if ((unsigned char)text[at] <= ' ' || text[at] == 0x7F ||
            strchr("<>\"{}|\\^`", text[at]))
            return false;
    return true;
}

static enum ic_status resolve_iri(const struct ic_resolving *r)
{
    if (r->stated->kind == IC_BLANK ||
        (r->stated->kind == IC_LITERAL && !is_plain_or(r->stated, IC_NS_XSD "anyURI")) ||
        !is_absolute_iri(r->text, r->length))
        return ic_resolve_refuse(r, "an absolute IRI, such as https://cloud1.example/");
    const char *text = trimmed(r);
    if (!text)
        return ic_resolve_no_memory(r);
    *r->effective = (struct ic_term){.kind = IC_IRI, .text = text, .length = r->length};
    return IC_OK;
}

static enum ic_status resolve_node(const struct ic_resolving *r)
{
    if (r->stated->kind == IC_LITERAL)
        return ic_resolve_refuse(r, "a resource, but a text");
    *r->effective = *r->stated;
    return IC_OK;
}

static enum ic_status resolve_concept(const struct ic_resolving *r, bool *unknown)
{
    const struct ic_concept *concept;
    if (r->stated->kind == IC_BLANK || r->length == 0)
        return ic_resolve_refuse(r, "the name of a concept");
    if (ic_ontology_find_concept(r->ontology, r->property->public.scheme, r->text, r->length,
                                 &concept) != IC_OK)
        return ic_resolve_no_memory(r);
    *unknown = concept == NULL;
    if (*unknown)
        return ic_resolve_give_text(r);
    *r->effective = ic_term_iri(concept->iri);
    return IC_OK;
}

static enum ic_status resolve(struct ic_resolving r, const struct ic_property *property,
                              enum ic_resolution *resolution)
{
    bool unknown = false, unconverted = false;
    enum ic_status status = IC_OK;
    r.unconverted = &unconverted;
    ic_ontology_trim(&r.text, &r.length);
    switch (property->kind) {
    case IC_VALUE_STRING:
        status = resolve_string(&r);
        break;
    case IC_VALUE_NUMBER:
        status = ic_resolve_number(&r);
        break;
    case IC_VALUE_BOOLEAN:
        status = resolve_boolean(&r);
        break;
    case IC_VALUE_DATE:
        status = resolve_date(&r);
        break;
    case IC_VALUE_DATETIME:
        status = resolve_datetime(&r);
        break;
    case IC_VALUE_CONCEPT:
        status = resolve_concept(&r, &unknown);
        break;
    case IC_VALUE_IRI:
        status = resolve_iri(&r);
        break;
    case IC_VALUE_NODE:
        status = resolve_node(&r);
        break;
    }
    if (status == IC_OK)
        *resolution = unknown                                ? IC_RESOLVED_UNKNOWN
                      : unconverted                          ? IC_RESOLVED_UNCONVERTED
                      : ic_term_equal(r.stated, r.effective) ? IC_RESOLVED_SAME
                                                             : IC_RESOLVED_CHANGED;
    return status;
}

enum ic_status ic_ontology_resolve(const struct ic_ontology *ontology,
                                   const struct ic_property *property,
                                   const struct ic_term *stated, struct ic_arena *arena,
                                   struct ic_term *effective, enum ic_resolution *resolution,
                                   struct ic_error *error)
{
    const struct ic_resolving r = {.ontology = ontology,
                                   .property = (const struct ic_ontology_property *)property,
                                   .stated = stated,
                                   .text = stated->text,
                                   .length = stated->length,
                                   .arena = arena,
                                   .effective = effective,
                                   .error = error};
    return resolve(r, property, resolution);
}

enum ic_status ic_ontology_resolve_asked(const struct ic_ontology *ontology,
                                         const struct ic_property *property,
                                         const struct ic_term *asked, struct ic_arena *arena,
                                         struct ic_term *effective,
                                         enum ic_resolution *resolution, struct ic_error *error)
{
    const struct ic_resolving r = {.ontology = ontology,
                                   .property = (const struct ic_ontology_property *)property,
                                   .stated = asked,
                                   .text = asked->text,
                                   .length = asked->length,
                                   .arena = arena,
                                   .effective = effective,
                                   .error = error,
                                   .compared = true};
    return resolve(r, property, resolution);
}
