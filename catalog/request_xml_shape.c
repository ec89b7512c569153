/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a request in XML: one table says which element may stand where and what it may
 * carry. Everything else is refused, so that the table bounds the depth too. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "request_xml.h"
#include "term.h"

#define RSM_NS "http://jabber.org/protocol/rsm" /* XEP-0059 */

enum { ATTRIBUTES_MAX = 3 };

static const struct rule {
    const char *space, *name;
    unsigned parents;
    bool version1; /* only with version='1' */
    bool text;     /* holds text and no elements */
    const char *attributes[ATTRIBUTES_MAX];
} rules[ELEMENT_COUNT] = {
    [CONSTRAINTS] =
        {IC_NS_PAYLOAD, "constraints", IN(ROOT), false, false, {"version", "limit"}},
    [CONSTRAINT] = {IC_NS_PAYLOAD,
                    "constraint",
                    IN(CONSTRAINTS) | IN(ANY) | IN(OFFER),
                    false,
                    false,
                    {"op", "not"}},
    [ANY] = {IC_NS_PAYLOAD, "any", IN(CONSTRAINTS) | IN(OFFER), true, false, {NULL}},
    [OFFER] = {IC_NS_PAYLOAD, "offer", IN(CONSTRAINTS), true, false, {NULL}},
    [PREFERENCE] =
        {IC_NS_PAYLOAD, "preference", IN(CONSTRAINTS), true, false, {"direction", "weight"}},
    [ATTRIBUTE] =
        {IC_NS_PAYLOAD, "attribute", IN(CONSTRAINT) | IN(PREFERENCE), false, true, {NULL}},
    [VALUE] = {IC_NS_PAYLOAD, "value", IN(CONSTRAINT) | IN(PREFERENCE), false, true, {"unit"}},
    [RETURN] = {IC_NS_PAYLOAD, "return", IN(CONSTRAINTS), true, true, {NULL}},
    [SET] = {RSM_NS, "set", IN(CONSTRAINTS), true, false, {NULL}},
    [MAX] = {RSM_NS, "max", IN(SET), true, true, {NULL}},
    [AFTER] = {RSM_NS, "after", IN(SET), true, true, {NULL}},
};

struct ic_request_place request_xml_place(const struct reader *reader)
{
    return (struct ic_request_place){(unsigned long)XML_GetCurrentLineNumber(reader->parser),
                                     (unsigned long)XML_GetCurrentColumnNumber(reader->parser) +
                                         1};
}

void request_xml_stop(struct reader *reader, enum ic_status status)
{
    reader->status = status;
    XML_StopParser(reader->parser, XML_FALSE);
}

void request_xml_fail(struct reader *reader, const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    const struct ic_request_place at = request_xml_place(reader);
    request_xml_stop(reader, ic_fail_at(reader->error, IC_BAD_INPUT, reader->request->name,
                                        at.line, at.column, "%s", text));
}

enum element request_xml_parent(const struct reader *reader)
{
    return reader->depth ? reader->stack[reader->depth - 1] : ROOT;
}

static const char *after_separator(const char *name)
{
    const char *separator = strchr(name, REQUEST_XML_SEPARATOR);
    return separator ? separator + 1 : name;
}

/* The elements that may stand in `inside`, for a message. */
static void list_children(enum element inside, bool version1, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 1; i < ELEMENT_COUNT; i++) {
        if (!(rules[i].parents & IN(inside)) || (rules[i].version1 && !version1))
            continue;
        const size_t used = strlen(out);
        snprintf(out + used, size - used, "%s<%s>", used ? ", " : "", rules[i].name);
    }
}

static void fail_unknown(struct reader *reader, const char *name)
{
    char children[128];
    const char *local = after_separator(name);
    const struct ic_excerpt excerpt = ic_request_excerpt(local, strlen(local));
    const enum element inside = request_xml_parent(reader);
    list_children(inside, reader->version1, children, sizeof children);
    if (inside != ROOT && rules[inside].text)
        request_xml_fail(reader, "<%s> holds text, no <%s>", rules[inside].name, excerpt.text);
    else if (inside == ROOT)
        request_xml_fail(reader,
                         "<%s> is not expected here; a request is <constraints xmlns='%s'>",
                         excerpt.text, IC_NS_PAYLOAD);
    else
        request_xml_fail(reader, "<%s> is not expected in <%s>, which holds %s", excerpt.text,
                         rules[inside].name, children);
}

enum element request_xml_find(struct reader *reader, const char *name)
{
    const enum element inside = request_xml_parent(reader);
    const char *local = after_separator(name);
    for (size_t i = 1; i < ELEMENT_COUNT; i++) {
        const struct rule *rule = &rules[i];
        if (!(rule->parents & IN(inside)) || strcmp(rule->name, local) != 0)
            continue;
        const size_t space = strlen(rule->space);
        if (local != name + space + 1 || strncmp(name, rule->space, space) != 0) {
            request_xml_fail(reader, "<%s> is in another namespace; it must be xmlns='%s'",
                             rule->name, rule->space);
            return ELEMENT_COUNT;
        }
        if (rule->version1 && !reader->version1) {
            request_xml_fail(reader,
                             "<%s> needs the version 1 form; say <constraints version='1'>",
                             rule->name);
            return ELEMENT_COUNT;
        }
        return (enum element)i;
    }
    fail_unknown(reader, name);
    return ELEMENT_COUNT;
}

static bool allows(const struct rule *rule, const char *attribute)
{
    for (size_t i = 0; i < ATTRIBUTES_MAX && rule->attributes[i]; i++)
        if (strcmp(rule->attributes[i], attribute) == 0)
            return true;
    return false;
}

bool request_xml_check_attributes(struct reader *reader, enum element element,
                                  const char *const *attributes)
{
    static const char xml[] = REQUEST_XML_NS "\n";
    for (; *attributes; attributes += 2) {
        if (strncmp(*attributes, xml, sizeof xml - 1) == 0)
            continue;
        if (!allows(&rules[element], *attributes)) {
            const char *local = after_separator(*attributes);
            const struct ic_excerpt excerpt = ic_request_excerpt(local, strlen(local));
            request_xml_fail(reader, "<%s> has no attribute '%s'%s", rules[element].name,
                             excerpt.text, local == *attributes ? "" : " in a namespace");
            return false;
        }
        if (!reader->version1) {
            request_xml_fail(
                reader,
                "the attribute %s needs the version 1 form; say <constraints version='1'>",
                *attributes);
            return false;
        }
    }
    return true;
}

bool request_xml_has_text(enum element element)
{
    return rules[element].text;
}

const char *request_xml_name(enum element element)
{
    return rules[element].name;
}
