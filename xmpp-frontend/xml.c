/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an element tree and writing a subtree with the namespaces it needs. */
#include "xml.h"

#include <string.h>

#define NS_XML "http://www.w3.org/XML/1998/namespace"

bool ic_element_is(const struct ic_element *element, const char *ns, const char *name)
{
    return element && strcmp(element->name, name) == 0 && strcmp(element->ns, ns) == 0;
}

static const char *find_attribute(const struct ic_element *element, const char *ns,
                                  const char *name)
{
    for (const struct ic_xml_attribute *a = element->attributes; a; a = a->next)
        if (strcmp(a->name, name) == 0 && strcmp(a->ns, ns) == 0)
            return a->value;
    return NULL;
}

const char *ic_element_attribute(const struct ic_element *element, const char *name)
{
    return find_attribute(element, "", name);
}

const char *ic_element_language(const struct ic_element *element)
{
    for (; element; element = element->parent) {
        const char *language = find_attribute(element, NS_XML, "lang");
        if (language)
            return language;
    }
    return NULL;
}

static const struct ic_element *first_element(const struct ic_xml_node *node)
{
    while (node && !node->element)
        node = node->next;
    return node ? node->element : NULL;
}

const struct ic_element *ic_element_first(const struct ic_element *element)
{
    return first_element(element->first);
}

const struct ic_element *ic_element_next(const struct ic_element *child)
{
    return child->node ? first_element(child->node->next) : NULL;
}

const struct ic_element *ic_element_only(const struct ic_element *element)
{
    const struct ic_element *child = ic_element_first(element);
    return child && !ic_element_next(child) ? child : NULL;
}

char *ic_element_text(const struct ic_element *element, struct ic_arena *arena)
{
    size_t length = 0;
    for (const struct ic_xml_node *node = element->first; node; node = node->next)
        length += node->element ? 0 : node->length;
    char *text = ic_arena_alloc(arena, length + 1);
    if (!text)
        return NULL;
    char *end = text;
    for (const struct ic_xml_node *node = element->first; node; node = node->next)
        if (!node->element && node->length)
            end = mempcpy(end, node->text, node->length);
    return text;
}

char *ic_text_trim(char *text)
{
    static const char space[] = " \t\r\n";
    text += strspn(text, space);
    size_t length = strlen(text);
    while (length > 0 && strchr(space, text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

static bool same_prefix(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static void write_declaration(const struct ic_xml_declaration *d, struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, d->prefix ? " xmlns:" : " xmlns");
    ic_buffer_text(buffer, d->prefix ? d->prefix : "");
    ic_buffer_text(buffer, "=");
    ic_buffer_quote(buffer, d->uri);
}

/* True when an element from `from` up to, not including, `ancestor` declares `prefix`. */
static bool hidden(const struct ic_element *from, const struct ic_element *ancestor,
                   const char *prefix)
{
    for (const struct ic_element *e = from; e != ancestor; e = e->parent)
        for (const struct ic_xml_declaration *d = e->declarations; d; d = d->next)
            if (same_prefix(d->prefix, prefix))
                return true;
    return false;
}

/* What its ancestors declare and nothing nearer declares anew. */
static void write_scope(const struct ic_element *element, struct ic_buffer *buffer)
{
    for (const struct ic_element *e = element->parent; e; e = e->parent)
        for (const struct ic_xml_declaration *d = e->declarations; d; d = d->next)
            if (!hidden(element, e, d->prefix))
                write_declaration(d, buffer);
}

static void write_name(const char *prefix, const char *name, struct ic_buffer *buffer)
{
    if (prefix) {
        ic_buffer_text(buffer, prefix);
        ic_buffer_text(buffer, ":");
    }
    ic_buffer_text(buffer, name);
}

/* A prefix that no element of the tree declares: the stream's root did, which is not in it. */
static void write_inherited(const struct ic_element *element, const char *prefix,
                            const char *ns, const struct ic_xml_attribute *end,
                            struct ic_buffer *buffer)
{
    const struct ic_xml_declaration declaration = {.prefix = prefix, .uri = ns};
    if (!prefix || strcmp(prefix, "xml") == 0 || hidden(element, NULL, prefix) ||
        (end && same_prefix(element->prefix, prefix)))
        return;
    for (const struct ic_xml_attribute *a = element->attributes; end && a != end; a = a->next)
        if (same_prefix(a->prefix, prefix))
            return;
    write_declaration(&declaration, buffer);
}

static void write_start(const struct ic_element *element, bool root, struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, "<");
    write_name(element->prefix, element->name, buffer);
    for (const struct ic_xml_declaration *d = element->declarations; d; d = d->next)
        write_declaration(d, buffer);
    if (root)
        write_scope(element, buffer);
    write_inherited(element, element->prefix, element->ns, NULL, buffer);
    for (const struct ic_xml_attribute *a = element->attributes; a; a = a->next)
        write_inherited(element, a->prefix, a->ns, a, buffer);
    for (const struct ic_xml_attribute *a = element->attributes; a; a = a->next) {
        ic_buffer_text(buffer, " ");
        write_name(a->prefix, a->name, buffer);
        ic_buffer_text(buffer, "=");
        ic_buffer_quote(buffer, a->value);
    }
    ic_buffer_text(buffer, element->first ? ">" : "/>");
}

static void write_end(const struct ic_element *element, struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, "</");
    write_name(element->prefix, element->name, buffer);
    ic_buffer_text(buffer, ">");
}

/* The depth is bounded by the limits that the tree was built with. */
static void write_element(const struct ic_element *element, bool root, struct ic_buffer *buffer)
{
    write_start(element, root, buffer);
    if (!element->first)
        return;
    for (const struct ic_xml_node *node = element->first; node; node = node->next) {
        if (node->element)
            write_element(node->element, false, buffer);
        else
            ic_buffer_escape(buffer, node->text, node->length);
    }
    write_end(element, buffer);
}

void ic_element_write(const struct ic_element *element, struct ic_buffer *buffer)
{
    write_element(element, true, buffer);
}
