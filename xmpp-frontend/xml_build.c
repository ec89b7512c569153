/* SPDX-License-Identifier: Apache-2.0 */
/* From start tags, texts and end tags to a tree; past a limit only the depth is counted. */
#include "xml_build.h"

#include <string.h>

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

void ic_xml_builder_init(struct ic_xml_builder *builder, const struct ic_xml_limits *limits)
{
    const struct ic_xml_limits given = limits ? *limits : (struct ic_xml_limits){0};
    *builder = (struct ic_xml_builder){
        .limits = {.bytes_max = or_default(given.bytes_max, IC_XML_BYTES_MAX),
                   .elements_max = or_default(given.elements_max, IC_XML_ELEMENTS_MAX),
                   .attributes_max = or_default(given.attributes_max, IC_XML_ATTRIBUTES_MAX),
                   .depth_max = or_default(given.depth_max, IC_XML_DEPTH_MAX)}};
    ic_buffer_init(&builder->text, builder->limits.bytes_max);
}

void ic_xml_builder_clear(struct ic_xml_builder *builder)
{
    const struct ic_xml_limits limits = builder->limits;
    ic_buffer_free(&builder->text);
    ic_arena_free(builder->arena);
    ic_xml_builder_init(builder, &limits);
}

static void *allocate(struct ic_xml_builder *builder, size_t size)
{
    void *memory = NULL;
    if (!builder->arena)
        builder->arena = ic_arena_new();
    if (builder->arena)
        memory = ic_arena_alloc(builder->arena, size);
    builder->no_memory = builder->no_memory || !memory;
    return memory;
}

static const char *copy(struct ic_xml_builder *builder, const char *text, size_t length)
{
    char *memory = allocate(builder, length + 1);
    if (memory && length)
        memcpy(memory, text, length);
    return memory;
}

/* From here on nothing is kept; what was, stays in the arena until the stanza is freed. */
static void refuse(struct ic_xml_builder *builder, const char *limit)
{
    builder->refused = limit;
    if (builder->root)
        builder->root->first = builder->root->last = NULL;
}

static bool keeps(const struct ic_xml_builder *builder)
{
    return !builder->refused && !builder->no_memory;
}

static void append(struct ic_xml_builder *builder, struct ic_xml_node *node)
{
    struct ic_element *parent = builder->current;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

/* Character data becomes one node however the parser cut it. */
static void flush_text(struct ic_xml_builder *builder)
{
    struct ic_buffer *text = &builder->text;
    if (!keeps(builder) || text->length == 0)
        return;
    struct ic_xml_node *node = allocate(builder, sizeof *node);
    const char *kept = node ? copy(builder, text->data, text->length) : NULL;
    if (!kept)
        return;
    *node = (struct ic_xml_node){.text = kept, .length = text->length};
    append(builder, node);
    ic_buffer_truncate(text, 0);
}

/* Cuts "namespace separator name separator prefix"; the last part and the first two may be
 * missing. `near` lends its namespace when it is the same one. */
static void split_name(struct ic_xml_builder *builder, const char *name, const char *near,
                       const char **ns, const char **local, const char **prefix)
{
    const char *first = strchr(name, IC_XML_SEPARATOR);
    const char *second = first ? strchr(first + 1, IC_XML_SEPARATOR) : NULL;
    const size_t ns_length = first ? (size_t)(first - name) : 0;
    const char *start = first ? first + 1 : name;
    const size_t length = second ? (size_t)(second - start) : strlen(start);

    if (near && strlen(near) == ns_length && memcmp(near, name, ns_length) == 0)
        *ns = near;
    else
        *ns = ns_length ? copy(builder, name, ns_length) : "";
    *local = copy(builder, start, length);
    *prefix = second ? copy(builder, second + 1, strlen(second + 1)) : NULL;
}

void ic_xml_builder_declare(struct ic_xml_builder *builder, const char *prefix, const char *uri)
{
    if (!keeps(builder))
        return;
    struct ic_xml_declaration *declaration = allocate(builder, sizeof *declaration);
    if (!declaration)
        return;
    *declaration = (struct ic_xml_declaration){
        .next = builder->pending,
        .prefix = prefix ? copy(builder, prefix, strlen(prefix)) : NULL,
        .uri = copy(builder, uri ? uri : "", uri ? strlen(uri) : 0)};
    builder->pending = declaration;
}

static void add_attributes(struct ic_xml_builder *builder, struct ic_element *element,
                           const char *const *attributes)
{
    for (size_t i = 0; attributes[i] && keeps(builder); i += 2) {
        struct ic_xml_attribute *attribute = allocate(builder, sizeof *attribute);
        if (!attribute)
            return;
        *attribute = (struct ic_xml_attribute){0};
        split_name(builder, attributes[i], NULL, &attribute->ns, &attribute->name,
                   &attribute->prefix);
        attribute->value = copy(builder, attributes[i + 1], strlen(attributes[i + 1]));
        if (element->last_attribute)
            element->last_attribute->next = attribute;
        else
            element->attributes = attribute;
        element->last_attribute = attribute;
    }
}

static size_t count_attributes(const struct ic_xml_builder *builder,
                               const char *const *attributes)
{
    size_t count = 0;
    for (const struct ic_xml_declaration *d = builder->pending; d; d = d->next)
        count++;
    for (size_t i = 0; attributes[i]; i += 2)
        count++;
    return count;
}

static void check_limits(struct ic_xml_builder *builder, const char *const *attributes,
                         size_t offset)
{
    const struct ic_xml_limits *limits = &builder->limits;
    if (offset > limits->bytes_max)
        refuse(builder, "bytes");
    else if (builder->elements > limits->elements_max)
        refuse(builder, "elements");
    else if (builder->depth > limits->depth_max)
        refuse(builder, "levels of nesting");
    else if (count_attributes(builder, attributes) > limits->attributes_max)
        refuse(builder, "attributes of one element");
}

/* The root is made whatever it holds: without its attributes nothing could be answered. */
void ic_xml_builder_start(struct ic_xml_builder *builder, const char *name,
                          const char *const *attributes, size_t offset)
{
    builder->depth++;
    builder->elements++;
    if (keeps(builder) && builder->root)
        check_limits(builder, attributes, offset);
    flush_text(builder);
    if (!keeps(builder))
        return;
    struct ic_element *element = allocate(builder, sizeof *element);
    if (!element)
        return;
    *element =
        (struct ic_element){.parent = builder->current, .declarations = builder->pending};
    builder->pending = NULL;
    split_name(builder, name, element->parent ? element->parent->ns : NULL, &element->ns,
               &element->name, &element->prefix);
    add_attributes(builder, element, attributes);
    if (builder->current) {
        struct ic_xml_node *node = allocate(builder, sizeof *node);
        if (!node)
            return;
        *node = (struct ic_xml_node){.element = element};
        element->node = node;
        append(builder, node);
    } else {
        builder->root = element;
    }
    builder->current = element;
}

void ic_xml_builder_add_text(struct ic_xml_builder *builder, const char *text, size_t length,
                             size_t offset)
{
    if (keeps(builder) && offset > builder->limits.bytes_max)
        refuse(builder, "bytes");
    if (!keeps(builder))
        return;
    ic_buffer_add(&builder->text, text, length);
    builder->no_memory = builder->text.status == IC_NO_MEMORY;
}

bool ic_xml_builder_end(struct ic_xml_builder *builder)
{
    flush_text(builder);
    builder->depth--;
    if (keeps(builder))
        builder->current = builder->current->parent;
    return builder->depth == 0;
}
