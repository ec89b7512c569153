/* SPDX-License-Identifier: Apache-2.0 */
/* The XML form of a request, read with expat. Document type declarations are refused, so that
 * there are no entities but the predefined and nothing outside is read. */
#include "request_xml.h"

#include <string.h>

#define PRESERVE REQUEST_XML_NS "\nspace"
#define EXAMPLE                                                                                \
    "<constraint><attribute>availabilityQuantity</attribute><value>99.999</value></"           \
    "constraint>"

static const char *get(const char *const *attributes, const char *name)
{
    for (; *attributes; attributes += 2)
        if (strcmp(*attributes, name) == 0)
            return attributes[1];
    return NULL;
}

/* An XML Schema boolean, absent: false. */
static bool read_boolean(struct reader *reader, const char *text, bool *value)
{
    *value = text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0);
    if (text && !*value && strcmp(text, "false") != 0 && strcmp(text, "0") != 0) {
        request_xml_fail(reader, "not='%s' is neither true nor false",
                         ic_request_excerpt(text, strlen(text)).text);
        return false;
    }
    return true;
}

static const char *keep(struct reader *reader, const char *text, size_t length)
{
    const char *kept = ic_request_keep(reader->request, text, length);
    if (!kept)
        request_xml_stop(reader, ic_request_no_memory(reader->error));
    return kept;
}

/* ---- openings ---- */

static void open_constraints(struct reader *reader, const char *const *attributes)
{
    const char *version = get(attributes, "version");
    if (version && strcmp(version, "1") != 0) {
        request_xml_fail(reader, "version='%s' is unknown; there is version='1'",
                         ic_request_excerpt(version, strlen(version)).text);
        return;
    }
    reader->version1 = version != NULL;
    reader->request->returned.version1 = version != NULL;
    const char *limit = get(attributes, "limit");
    if (!request_xml_check_attributes(reader, CONSTRAINTS, attributes) || !limit)
        return;
    const enum ic_status status = ic_request_set_limit(
        reader->request, limit, strlen(limit), request_xml_place(reader), reader->error);
    if (status != IC_OK)
        request_xml_stop(reader, status);
}

static void open_constraint(struct reader *reader, const char *const *attributes)
{
    reader->simple = (struct ic_simple){.place = request_xml_place(reader)};
    const char *op = get(attributes, "op");
    if (op && !ic_operator_find(op, strlen(op), &reader->simple.op)) {
        request_xml_fail(
            reader,
            "op='%s' is not an operator; there are >= <= > < = != in, within, exists, not in, "
            "not within, not exists (write < as &lt;)",
            ic_request_excerpt(op, strlen(op)).text);
        return;
    }
    read_boolean(reader, get(attributes, "not"), &reader->simple.negated);
}

static void open_preference(struct reader *reader, const char *const *attributes)
{
    reader->preference = (struct ic_preference){.place = request_xml_place(reader)};
    const char *direction = get(attributes, "direction");
    if (!direction ||
        !ic_preference_find(direction, strlen(direction), &reader->preference.kind)) {
        request_xml_fail(
            reader, "<preference> needs direction='lowest', 'highest', 'near' or 'having'");
        return;
    }
    const char *weight = get(attributes, "weight");
    if (weight)
        reader->preference.weight = keep(reader, weight, strlen(weight));
}

static void open_value(struct reader *reader, const char *const *attributes)
{
    reader->value = (struct ic_request_value){0};
    const char *space = get(attributes, PRESERVE);
    reader->preserve = space && strcmp(space, "preserve") == 0;
    const char *unit = get(attributes, "unit");
    if (!unit)
        return;
    size_t length = strlen(unit);
    ic_request_trim(&unit, &length);
    const char *fault = ic_request_unit_fault(unit, length);
    if (fault)
        request_xml_fail(reader, "unit='%s' %s", ic_request_excerpt(unit, length).text, fault);
    else
        reader->value.unit = keep(reader, unit, length);
}

static void open_once(struct reader *reader, enum element element)
{
    if (reader->seen & IN(element))
        request_xml_fail(reader, "a second <%s>; a request has one", request_xml_name(element));
    reader->seen |= IN(element);
}

static void XMLCALL on_start(void *context, const char *name, const char **attributes)
{
    struct reader *reader = context;
    const char *const *pairs = attributes;
    if (reader->status != IC_OK)
        return;
    const enum element element = request_xml_find(reader, name);
    if (element == ELEMENT_COUNT ||
        (element != CONSTRAINTS && !request_xml_check_attributes(reader, element, pairs)))
        return;
    reader->text_length = 0;

    if (element == CONSTRAINTS)
        open_constraints(reader, pairs);
    else if (element == CONSTRAINT)
        open_constraint(reader, pairs);
    else if (element == PREFERENCE)
        open_preference(reader, pairs);
    else if (element == VALUE)
        open_value(reader, pairs);
    else if (element == RETURN || element == SET || element == MAX || element == AFTER)
        open_once(reader, element);
    else if (element == OFFER)
        reader->group = (struct ic_group){0};
    if (element == ANY || (element == CONSTRAINT && request_xml_parent(reader) != ANY))
        reader->constraint = (struct ic_constraint){0};
    reader->stack[reader->depth++] = element;
}

/* ---- closings ---- */

static void close_attribute(struct reader *reader, const char *text, size_t length)
{
    const char **attribute = request_xml_parent(reader) == CONSTRAINT
                                 ? &reader->simple.attribute
                                 : &reader->preference.attribute;
    const char *fault = ic_request_attribute_fault(text, length);
    if (*attribute)
        request_xml_fail(reader, "a second <attribute> in one <%s>",
                         request_xml_name(request_xml_parent(reader)));
    else if (fault)
        request_xml_fail(reader, "'%s' %s", ic_request_excerpt(text, length).text, fault);
    else
        *attribute = keep(reader, text, length);
}

static void close_value(struct reader *reader, const char *text, size_t length)
{
    if (length == 0 && !reader->preserve) {
        request_xml_fail(reader,
                         "<value> is empty (say xml:space='preserve' to ask for empty text)");
        return;
    }
    if (reader->value.unit && !ic_request_is_number(text, length)) {
        request_xml_fail(reader, "'%s' has a unit and is not a number",
                         ic_request_excerpt(text, length).text);
        return;
    }
    reader->value.quoted = reader->preserve;
    reader->value.text = keep(reader, text, length);
    if (!reader->value.text)
        return;
    if (request_xml_parent(reader) == PREFERENCE) {
        if (reader->preference.value.text)
            request_xml_fail(reader, "a second <value> in one <preference>");
        reader->preference.value = reader->value;
        return;
    }
    if (reader->simple.value_count == 1 && !reader->version1) {
        request_xml_fail(
            reader, "several values need the version 1 form; say <constraints version='1'>");
        return;
    }
    const enum ic_status status =
        ic_request_add_value(reader->request, &reader->simple, &reader->value, reader->error);
    if (status != IC_OK)
        request_xml_stop(reader, status);
}

static enum ic_status add_constraint(struct reader *reader)
{
    struct ic_group *group =
        request_xml_parent(reader) == OFFER ? &reader->group : &reader->request->main;
    return ic_request_add_constraint(reader->request, group, &reader->constraint,
                                     reader->error);
}

static void close_constraint(struct reader *reader)
{
    if (!reader->simple.attribute) {
        request_xml_fail(reader, "<constraint> has no <attribute>; write %s", EXAMPLE);
        return;
    }
    enum ic_status status = ic_request_add_simple(reader->request, &reader->constraint,
                                                  &reader->simple, reader->error);
    if (status == IC_OK && request_xml_parent(reader) != ANY)
        status = add_constraint(reader);
    if (status != IC_OK)
        request_xml_stop(reader, status);
}

static void close_group(struct reader *reader, enum element element)
{
    const bool empty = element == ANY ? reader->constraint.simple_count == 0
                                      : reader->group.constraint_count == 0;
    if (empty && reader->request->simple_count <= IC_REQUEST_CONSTRAINTS_MAX) {
        request_xml_fail(reader, "<%s> holds no <constraint>", request_xml_name(element));
        return;
    }
    const enum ic_status status =
        element == ANY ? add_constraint(reader)
                       : ic_request_add_group(reader->request, &reader->group, reader->error);
    if (status != IC_OK)
        request_xml_stop(reader, status);
}

static void close_preference(struct reader *reader)
{
    const struct ic_preference *preference = &reader->preference;
    const bool takes_value =
        preference->kind == IC_PREFER_NEAR || preference->kind == IC_PREFER_HAVING;
    if (!preference->attribute) {
        request_xml_fail(reader, "<preference> has no <attribute>");
        return;
    }
    if (takes_value != (preference->value.text != NULL)) {
        request_xml_fail(reader, "<preference direction='%s'> takes %s <value>",
                         ic_preference_names[preference->kind], takes_value ? "one" : "no");
        return;
    }
    const enum ic_status status =
        ic_request_add_preference(reader->request, preference, reader->error);
    if (status != IC_OK)
        request_xml_stop(reader, status);
}

static void close_return(struct reader *reader, const char *text, size_t length)
{
    struct ic_request_return *returned = &reader->request->returned;
    const struct {
        const char *name;
        bool *flag;
    } parts[] = {{"jid", &returned->jid},
                 {"offers", &returned->offers},
                 {"score", &returned->score},
                 {"provenance", &returned->provenance}};
    while (length) {
        size_t word = 0, i = 0;
        while (word < length && !ic_request_is_space(text[word]))
            word++;
        while (i < 4 && (strlen(parts[i].name) != word || strncmp(parts[i].name, text, word)))
            i++;
        if (i == 4) {
            request_xml_fail(
                reader,
                "<return> has '%s'; there are jid, offers, score and provenance, with spaces "
                "between",
                ic_request_excerpt(text, word).text);
            return;
        }
        *parts[i].flag = true;
        text += word;
        length -= word;
        ic_request_trim(&text, &length);
    }
}

static void close_max(struct reader *reader, const char *text, size_t length)
{
    const size_t max = ic_request_count(text, length);
    if (max == 0 && !(length == 1 && text[0] == '0'))
        request_xml_fail(reader, "<max> is not a whole number from 0 to %d",
                         IC_REQUEST_LIMIT_MAX);
    else
        reader->request->returned.rsm_max = (long)max;
}

static void close_text(struct reader *reader, enum element element)
{
    const char *text = reader->text;
    size_t length = reader->text_length;
    if (!(element == VALUE && reader->preserve) && element != AFTER)
        ic_request_trim(&text, &length);
    if (element == ATTRIBUTE)
        close_attribute(reader, text, length);
    else if (element == VALUE)
        close_value(reader, text, length);
    else if (element == RETURN)
        close_return(reader, text, length);
    else if (element == MAX)
        close_max(reader, text, length);
    else
        reader->request->returned.rsm_after = keep(reader, text, length);
}

static void XMLCALL on_end(void *context, const char *name)
{
    struct reader *reader = context;
    (void)name;
    if (reader->status != IC_OK)
        return;
    const enum element element = reader->stack[--reader->depth];
    if (request_xml_has_text(element))
        close_text(reader, element);
    else if (element == CONSTRAINT)
        close_constraint(reader);
    else if (element == ANY || element == OFFER)
        close_group(reader, element);
    else if (element == PREFERENCE)
        close_preference(reader);
    reader->text_length = 0;
}

static void XMLCALL on_text(void *context, const char *text, int length)
{
    struct reader *reader = context;
    if (reader->status != IC_OK)
        return;
    const enum element inside = request_xml_parent(reader);
    if (request_xml_has_text(inside)) {
        memcpy(reader->text + reader->text_length, text, (size_t)length);
        reader->text_length += (size_t)length;
        return;
    }
    size_t rest = (size_t)length;
    ic_request_trim(&text, &rest);
    if (rest)
        request_xml_fail(reader, "the text '%s' is not expected in <%s>",
                         ic_request_excerpt(text, rest).text, request_xml_name(inside));
}

static void XMLCALL on_doctype(void *context, const char *name, const char *system,
                               const char *public, int internal)
{
    (void)name, (void)system, (void)public, (void)internal;
    request_xml_fail(context,
                     "a document type declaration is not allowed here; leave out <!DOCTYPE>");
}

static enum ic_status expat_failure(struct reader *reader)
{
    const enum XML_Error code = XML_GetErrorCode(reader->parser);
    const struct ic_request_place at = request_xml_place(reader);
    if (reader->status != IC_OK)
        return reader->status;
    if (code == XML_ERROR_NO_MEMORY)
        return ic_request_no_memory(reader->error);
    if (code == XML_ERROR_UNDEFINED_ENTITY)
        return ic_fail_at(reader->error, IC_BAD_INPUT, reader->request->name, at.line,
                          at.column,
                          "an unknown entity; there are &lt; &gt; &amp; &apos; "
                          "&quot; and &#NUMBER;");
    return ic_fail_at(reader->error, IC_BAD_INPUT, reader->request->name, at.line, at.column,
                      "not well-formed XML: %s", XML_ErrorString(code));
}

static enum ic_status read_xml(struct reader *reader, const char *xml, size_t length)
{
    /* The encoding given here overrides what the document declares. */
    reader->parser = XML_ParserCreateNS("UTF-8", REQUEST_XML_SEPARATOR);
    /* Text never grows: an escape is longer than its character. */
    reader->text = ic_arena_alloc(reader->request->arena, length + 1);
    if (!reader->parser || !reader->text)
        return ic_request_no_memory(reader->error);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (XML_Parse(reader->parser, xml, (int)length, XML_TRUE) != XML_STATUS_OK)
        return expat_failure(reader);
    return ic_request_finish(reader->request, EXAMPLE, reader->error);
}

enum ic_status ic_request_parse_xml(const char *name, const char *xml, size_t length,
                                    struct ic_request **out, struct ic_error *error)
{
    if (length > IC_REQUEST_BYTES_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, name, 0, 0,
                          "the request is longer than %d bytes", IC_REQUEST_BYTES_MAX);
    struct reader reader = {.error = error, .status = IC_OK};
    enum ic_status status = ic_request_new(name, &reader.request, error);
    if (status == IC_OK)
        status = read_xml(&reader, xml, length);
    if (reader.parser)
        XML_ParserFree(reader.parser);
    if (status != IC_OK) {
        ic_request_free(reader.request);
        return status;
    }
    *out = reader.request;
    return IC_OK;
}
