/* SPDX-License-Identifier: Apache-2.0 */
/* The expat parser with limits, places and no way out. */
#include "xml.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Entities of a DTD in the text may grow it this much; below the threshold, any. */
enum { AMPLIFICATION_MAX = 20, AMPLIFICATION_FROM_BYTES = 1024 * 1024 };

void ic_xml_place(const struct ic_xml *xml, unsigned long *line, unsigned long *column)
{
    *line = XML_GetCurrentLineNumber(xml->parser);
    *column = XML_GetCurrentColumnNumber(xml->parser) + 1;
}

void ic_xml_fail(struct ic_xml *xml, enum ic_status status, const char *format, ...)
{
    if (xml->status != IC_OK)
        return;
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    unsigned long line, column;
    ic_xml_place(xml, &line, &column);
    xml->status = ic_fail_at(xml->error, status, xml->name, line, column, "%s", text);
    XML_StopParser(xml->parser, XML_FALSE);
}

/* ---- expat's events ---- */

static void on_start(void *user_data, const XML_Char *name, const XML_Char **attributes)
{
    struct ic_xml *xml = user_data;
    if (++xml->depth > IC_XML_DEPTH_MAX)
        ic_xml_fail(xml, IC_TOO_LARGE, "elements are nested deeper than the limit of %d",
                    IC_XML_DEPTH_MAX);
    if (XML_GetSpecifiedAttributeCount(xml->parser) / 2 > IC_XML_ATTRIBUTES_MAX)
        ic_xml_fail(xml, IC_TOO_LARGE, "an element has more attributes than the limit of %d",
                    IC_XML_ATTRIBUTES_MAX);
    if (xml->status == IC_OK && xml->start)
        xml->start(xml, name, attributes);
}

static void on_end(void *user_data, const XML_Char *name)
{
    struct ic_xml *xml = user_data;
    xml->depth--;
    if (xml->status == IC_OK && xml->end)
        xml->end(xml, name);
}

static void on_text(void *user_data, const XML_Char *text, int length)
{
    struct ic_xml *xml = user_data;
    if (xml->status == IC_OK && xml->text)
        xml->text(xml, text, (size_t)length);
}

static void on_doctype(void *user_data, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    struct ic_xml *xml = user_data;
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    if (!xml->allow_dtd)
        ic_xml_fail(
            xml, IC_BAD_INPUT,
            "a document type declaration is not allowed here; remove <!DOCTYPE ...> and "
            "write entities out");
}

/* Declared outside, whether used or not. */
static void on_entity(void *user_data, const XML_Char *entity, int is_parameter,
                      const XML_Char *value, int length, const XML_Char *base,
                      const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
    (void)is_parameter;
    (void)value;
    (void)length;
    (void)base;
    (void)public;
    (void)notation;
    if (system)
        ic_xml_fail(user_data, IC_BAD_INPUT,
                    "entity \"%.100s\" is external (\"%.200s\"), and nothing outside is read; "
                    "declare its text here",
                    entity, system);
}

static void on_skipped(void *user_data, const XML_Char *name, int is_parameter)
{
    ic_xml_fail(user_data, IC_BAD_INPUT,
                "entity %c%.100s; is not defined in this text, and nothing outside is read",
                is_parameter ? '%' : '&', name);
}

/* ---- expat's errors ---- */

static const char *remedy(enum XML_Error code)
{
    if (code == XML_ERROR_NO_ELEMENTS)
        return "the text ends before an element is complete";
    if (code == XML_ERROR_TAG_MISMATCH)
        return "close the element that was opened last";
    if (code == XML_ERROR_UNDEFINED_ENTITY)
        return "only &amp; &lt; &gt; &quot; &apos; are known without a declaration";
    if (code == XML_ERROR_INVALID_TOKEN)
        return "write & as &amp; and < as &lt;, and the text as UTF-8 without control "
               "characters";
    if (code == XML_ERROR_BAD_CHAR_REF)
        return "XML has no such character; U+0000 and most control characters cannot be "
               "written";
    if (code == XML_ERROR_UNBOUND_PREFIX)
        return "declare it with xmlns:PREFIX=\"...\"";
    if (code == XML_ERROR_JUNK_AFTER_DOC_ELEMENT)
        return "there can be one root element only";
    return "the text must be well-formed XML";
}

static enum ic_status report(struct ic_xml *xml)
{
    const enum XML_Error code = XML_GetErrorCode(xml->parser);
    unsigned long line, column;
    ic_xml_place(xml, &line, &column);
    if (xml->status != IC_OK)
        return xml->status;
    if (code == XML_ERROR_NO_MEMORY)
        xml->status = ic_fail(xml->error, IC_NO_MEMORY, "out of memory for reading XML");
    else if (code == XML_ERROR_AMPLIFICATION_LIMIT_BREACH)
        xml->status =
            ic_fail_at(xml->error, IC_TOO_LARGE, xml->name, line, column,
                       "entities grow the text more than %d times", AMPLIFICATION_MAX);
    else
        xml->status = ic_fail_at(xml->error, IC_BAD_INPUT, xml->name, line, column,
                                 "malformed XML: %s; %s", XML_ErrorString(code), remedy(code));
    return xml->status;
}

/* ---- parsing ---- */

enum ic_status ic_xml_open(struct ic_xml *xml, const char *name, bool prefixes,
                           struct ic_error *error)
{
    *xml = (struct ic_xml){.name = name, .error = error};
    xml->parser = XML_ParserCreateNS(NULL, IC_XML_SEPARATOR);
    if (!xml->parser) {
        xml->status = ic_fail(error, IC_NO_MEMORY, "out of memory for reading XML");
        return xml->status;
    }
    XML_SetUserData(xml->parser, xml);
    XML_SetReturnNSTriplet(xml->parser, prefixes);
    XML_SetElementHandler(xml->parser, on_start, on_end);
    XML_SetCharacterDataHandler(xml->parser, on_text);
    XML_SetStartDoctypeDeclHandler(xml->parser, on_doctype);
    XML_SetEntityDeclHandler(xml->parser, on_entity);
    XML_SetSkippedEntityHandler(xml->parser, on_skipped);
    XML_SetParamEntityParsing(xml->parser, XML_PARAM_ENTITY_PARSING_NEVER);
    XML_SetBillionLaughsAttackProtectionMaximumAmplification(xml->parser, AMPLIFICATION_MAX);
    XML_SetBillionLaughsAttackProtectionActivationThreshold(xml->parser,
                                                            AMPLIFICATION_FROM_BYTES);
    return IC_OK;
}

void ic_xml_close(struct ic_xml *xml)
{
    if (xml->parser)
        XML_ParserFree(xml->parser);
    free(xml->collected);
    *xml = (struct ic_xml){0};
}

enum ic_status ic_xml_parse(struct ic_xml *xml, const char *text, size_t length, bool last)
{
    for (size_t piece; xml->status == IC_OK; text += piece, length -= piece) {
        piece = length < IC_SOURCE_CHUNK_BYTES ? length : IC_SOURCE_CHUNK_BYTES;
        if (XML_Parse(xml->parser, text, (int)piece, last && piece == length) != XML_STATUS_OK)
            return report(xml);
        if (piece == length)
            break;
    }
    return xml->status;
}

enum ic_status ic_xml_read(struct ic_xml *xml, struct ic_source *source)
{
    for (;;) {
        void *buffer = XML_GetBuffer(xml->parser, IC_SOURCE_CHUNK_BYTES);
        if (!buffer)
            return report(xml);
        size_t count;
        const enum ic_status status =
            ic_source_read(source, buffer, IC_SOURCE_CHUNK_BYTES, &count, xml->error);
        if (status != IC_OK)
            return status;
        if (XML_ParseBuffer(xml->parser, (int)count, count == 0) != XML_STATUS_OK)
            return report(xml);
        if (count == 0)
            return xml->status;
    }
}

/* ---- for handlers ---- */

void ic_xml_collect(struct ic_xml *xml, const char *text, size_t length, size_t bytes_max)
{
    if (length > bytes_max - xml->collected_length) {
        ic_xml_fail(xml, IC_TOO_LARGE, "the text is longer than the limit of %zu bytes",
                    bytes_max);
        return;
    }
    const size_t needed = xml->collected_length + length + 1;
    if (needed > xml->collected_room) {
        const size_t wanted = needed < 256 ? 512 : needed * 2;
        char *grown = realloc(xml->collected, wanted);
        if (!grown) {
            ic_xml_fail(xml, IC_NO_MEMORY, "out of memory");
            return;
        }
        xml->collected = grown;
        xml->collected_room = wanted;
    }
    memcpy(xml->collected + xml->collected_length, text, length);
    xml->collected_length += length;
    xml->collected[xml->collected_length] = '\0';
}

void ic_xml_collect_nothing(struct ic_xml *xml)
{
    xml->collected_length = 0;
    if (xml->collected)
        xml->collected[0] = '\0';
}

bool ic_xml_is(const char *name, const char *expected)
{
    const size_t length = strlen(expected);
    return strncmp(name, expected, length) == 0 &&
           (!name[length] ||
            (name[length] == IC_XML_SEPARATOR && strchr(expected, name[length])));
}

const char *ic_xml_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2) {
        if (ic_xml_is(attributes[i], name))
            return attributes[i + 1];
    }
    return NULL;
}

const char *ic_xml_local(const char *name, char *buffer, size_t size)
{
    const char *separator = strchr(name, IC_XML_SEPARATOR);
    const char *local = separator ? separator + 1 : name;
    const size_t length = strcspn(local, (const char[]){IC_XML_SEPARATOR, '\0'});
    snprintf(buffer, size, "%.*s", (int)(length < 100 ? length : 100), local);
    return buffer;
}
