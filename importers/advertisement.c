/* SPDX-License-Identifier: Apache-2.0 */
/* The format of clouds that do not want to write RDF:
 *
 *     <advertisement xmlns='http://www.csp/resOntology' lease='PT1H'>
 *       <cloudName>cloud1</cloudName>
 *       <capability><attribute>storageSize</attribute><value unit='GB'>500</value></capability>
 *       <offer id='small'><capability>...</capability></offer>
 *     </advertisement>
 *
 * It becomes statements about urn:intercloud:cloud:NAME, and about
 * urn:intercloud:cloud:NAME#offer-ID for each offer. Values stay plain literals: what they mean
 * is the ontology's business. */
#include <stdlib.h>
#include <string.h>

#include "advertisement_terms.h"
#include "formats.h"
#include "xml.h"

enum { VALUE_BYTES_MAX = 64 * 1024 };

/* Where the reader is: the innermost element. */
enum state { OUTSIDE, ADVERTISEMENT, CLOUD_NAME, CAPABILITY, ATTRIBUTE, VALUE, OFFER };

/* Which element may stand in which. `many`: more than once. */
static const struct rule {
    enum state parent;
    const char *name;
    enum state state;
    const char *attribute; /* the one it may have, or NULL */
} rules[] = {
    {OUTSIDE, "advertisement", ADVERTISEMENT, "lease"},
    {ADVERTISEMENT, "cloudName", CLOUD_NAME, NULL},
    {ADVERTISEMENT, "capability", CAPABILITY, NULL},
    {ADVERTISEMENT, "offer", OFFER, "id"},
    {OFFER, "capability", CAPABILITY, NULL},
    {CAPABILITY, "attribute", ATTRIBUTE, NULL},
    {CAPABILITY, "value", VALUE, "unit"},
};

enum { RULE_COUNT = sizeof rules / sizeof rules[0], STATE_DEPTH_MAX = 5 };

struct run {
    struct ic_xml xml;
    struct ic_advertisement_terms terms;
    enum state stack[STATE_DEPTH_MAX]; /* of open elements; [depth - 1] is the innermost */
    char *unit;                        /* of the open value, or NULL */
    bool has_value;                    /* of the open capability */
    uint32_t line;                     /* where the last element began */
};

static enum state innermost(const struct run *run)
{
    return run->xml.depth ? run->stack[run->xml.depth - 1] : OUTSIDE;
}

/* Takes what terms.c said over as a failure at the current place. */
static void fail_as(struct run *run, enum ic_status status, const struct ic_error *inner)
{
    if (status != IC_OK)
        ic_xml_fail(&run->xml, status, "%s", inner->text);
}

/* ---- start tags ---- */

static void wrong_element(struct run *run, enum state parent, const char *name)
{
    char local[128], allowed[128] = "";
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rules[i].parent == parent)
            snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s<%s>",
                     allowed[0] ? ", " : "", rules[i].name);
    }
    ic_xml_local(name, local, sizeof local);
    if (allowed[0])
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "element <%s> does not belong here; in namespace " IC_NS_PAYLOAD
                    " there can be %s",
                    local, allowed);
    else
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "element <%s> does not belong here; only text can stand here", local);
}

static void check_attributes(struct run *run, const struct rule *rule, const char **attributes)
{
    char local[128];
    for (size_t i = 0; attributes[i]; i += 2) {
        if (rule->attribute && strcmp(attributes[i], rule->attribute) == 0)
            continue;
        ic_xml_local(attributes[i], local, sizeof local);
        if (rule->attribute)
            ic_xml_fail(&run->xml, IC_BAD_INPUT,
                        "<%s> has no attribute \"%s\"; it can have \"%s\"", rule->name, local,
                        rule->attribute);
        else
            ic_xml_fail(&run->xml, IC_BAD_INPUT, "<%s> has no attribute \"%s\"; remove it",
                        rule->name, local);
    }
}

static void enter(struct run *run, const struct rule *rule, const char *value)
{
    struct ic_error inner = {0};
    switch (rule->state) {
    case ADVERTISEMENT:
        if (value)
            fail_as(run, ic_terms_lease(&run->terms, value, &inner), &inner);
        break;
    case OFFER:
        fail_as(run, ic_terms_begin_offer(&run->terms, value, &inner), &inner);
        break;
    case CAPABILITY:
        run->has_value = false;
        ic_terms_begin_capability(&run->terms);
        break;
    case VALUE:
        free(run->unit);
        run->unit = NULL;
        if (value && !(run->unit = strdup(value)))
            ic_xml_fail(&run->xml, IC_NO_MEMORY, "out of memory");
        break;
    case OUTSIDE:
    case CLOUD_NAME:
    case ATTRIBUTE:
        break;
    }
}

/* The rules that the table does not hold: what must have been read before. */
static bool in_order(struct run *run, enum state state)
{
    const bool named = ic_terms_named(&run->terms);
    if (state == CLOUD_NAME && named)
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "a second <cloudName>; an advertisement describes one cloud");
    else if ((state == CAPABILITY || state == OFFER) && !named)
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "<cloudName> is missing; put it first in <advertisement>");
    else if (state == ATTRIBUTE && ic_terms_has_attribute(&run->terms))
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "a second <attribute>; begin a <capability> for each");
    else if (state == VALUE && !ic_terms_has_attribute(&run->terms))
        ic_xml_fail(&run->xml, IC_BAD_INPUT,
                    "<attribute> is missing; put it first in <capability>");
    else
        return true;
    return false;
}

static void on_start(struct ic_xml *xml, const char *name, const char **attributes)
{
    struct run *run = xml->context;
    const enum state parent = xml->depth > 1 ? run->stack[xml->depth - 2] : OUTSIDE;
    static const char space[] = IC_XML_IN(IC_NS_PAYLOAD, "");
    const bool ours = strncmp(name, space, sizeof space - 1) == 0;
    const struct rule *rule = NULL;
    for (size_t i = 0; ours && i < RULE_COUNT && !rule; i++) {
        if (rules[i].parent == parent && strcmp(rules[i].name, name + sizeof space - 1) == 0)
            rule = &rules[i];
    }
    if (!rule) {
        wrong_element(run, parent, name);
        return;
    }
    check_attributes(run, rule, attributes);
    if (!in_order(run, rule->state))
        return;
    unsigned long line, column;
    ic_xml_place(xml, &line, &column);
    run->line = (uint32_t)line;
    run->stack[xml->depth - 1] = rule->state;
    ic_xml_collect_nothing(xml);
    enter(run, rule, rule->attribute ? ic_xml_attribute(attributes, rule->attribute) : NULL);
}

/* ---- text and end tags ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void on_text(struct ic_xml *xml, const char *text, size_t length)
{
    struct run *run = xml->context;
    const enum state state = innermost(run);
    if (state == CLOUD_NAME || state == ATTRIBUTE || state == VALUE) {
        ic_xml_collect(xml, text, length, VALUE_BYTES_MAX);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (!is_space(text[i])) {
            ic_xml_fail(xml, IC_BAD_INPUT,
                        "text does not belong here; it stands in <cloudName>, <attribute> and "
                        "<value>");
            return;
        }
    }
}

/* The collected text without the white space around it; "" when there is none. */
static const char *trimmed(struct ic_xml *xml)
{
    char *text = xml->collected;
    size_t length = xml->collected_length;
    if (!text)
        return "";
    while (length && is_space(text[length - 1]))
        text[--length] = '\0';
    while (is_space(*text))
        text++;
    return text;
}

static void leave(struct run *run, enum state state)
{
    struct ic_error inner = {0};
    const char *text = trimmed(&run->xml);
    switch (state) {
    case CLOUD_NAME:
        fail_as(run, ic_terms_name(&run->terms, text, run->line, &inner), &inner);
        break;
    case ATTRIBUTE:
        fail_as(run, ic_terms_attribute(&run->terms, text, &inner), &inner);
        break;
    case VALUE:
        run->has_value = true;
        fail_as(run, ic_terms_value(&run->terms, text, run->unit, run->line, &inner), &inner);
        break;
    case CAPABILITY:
        if (!run->has_value)
            ic_xml_fail(&run->xml, IC_BAD_INPUT,
                        "<capability> needs an <attribute> and a <value>");
        break;
    case OFFER:
        ic_terms_end_offer(&run->terms);
        break;
    case ADVERTISEMENT:
        if (!ic_terms_named(&run->terms))
            ic_xml_fail(&run->xml, IC_BAD_INPUT,
                        "<cloudName> is missing; put it first in <advertisement>");
        break;
    case OUTSIDE:
        break;
    }
}

/* expat has counted the element off already. */
static void on_end(struct ic_xml *xml, const char *name)
{
    struct run *run = xml->context;
    (void)name;
    leave(run, run->stack[xml->depth]);
    ic_xml_collect_nothing(xml);
}

/* ---- the format ---- */

static enum ic_status run_advertisement(const struct ic_import_context *context,
                                        struct ic_document *document, struct ic_error *error)
{
    struct run run = {.terms = {.document = document, .ontology = context->ontology}};
    struct ic_source source = {.context = context, .document = document};
    enum ic_status status = ic_xml_open(&run.xml, ic_document_name(document), false, error);
    if (status == IC_OK) {
        run.xml.context = &run;
        run.xml.start = on_start;
        run.xml.end = on_end;
        run.xml.text = on_text;
        status = ic_xml_read(&run.xml, &source);
    }
    free(run.unit);
    ic_terms_clear(&run.terms);
    ic_xml_close(&run.xml);
    return status;
}

static void note_root(struct ic_xml *xml, const char *name, const char **attributes)
{
    (void)attributes;
    int *score = xml->context;
    if (strcmp(name, IC_XML_IN(IC_NS_PAYLOAD, "advertisement")) == 0)
        *score = 95;
    XML_StopParser(xml->parser, XML_FALSE);
}

static int recognise_advertisement(const char *head, size_t length)
{
    int score = 0;
    struct ic_xml xml;
    if (ic_xml_open(&xml, "", false, NULL) == IC_OK) {
        xml.context = &score;
        xml.start = note_root;
        ic_xml_parse(&xml, head, length, false);
    }
    ic_xml_close(&xml);
    return score;
}

const struct ic_importer ic_importer_advertisement = {
    .name = "advertisement",
    .label = "XML advertisement of " IC_NS_PAYLOAD,
    .media_type = "application/vnd.intercloud.advertisement+xml",
    .extensions = "xml",
    .recognise = recognise_advertisement,
    .run = run_advertisement,
};
