/* SPDX-License-Identifier: Apache-2.0 */
/* Forms: reading what was submitted, writing what is asked and answered. */
#include "form.h"

#include <string.h>

#include "stream.h"

struct submitted {
    const char *var;
    const char **values;
    size_t count;
};

struct ic_form {
    const struct ic_form_design *design;
    struct submitted *fields;
    size_t count;
};

static const char space[] = " \t\r\n";

/* ---- reading ---- */

static const struct submitted *find(const struct ic_form *form, const char *var)
{
    for (size_t i = 0; i < form->count; i++)
        if (strcmp(form->fields[i].var, var) == 0)
            return &form->fields[i];
    return NULL;
}

static const struct ic_form_field *field_of(const struct ic_form_design *design,
                                            const char *var)
{
    for (size_t i = 0; i < IC_FORM_FIELDS_MAX && design->fields[i].var; i++)
        if (strcmp(design->fields[i].var, var) == 0)
            return &design->fields[i];
    return NULL;
}

static size_t count_children(const struct ic_element *element, const char *name)
{
    size_t count = 0;
    for (const struct ic_element *child = ic_element_first(element); child;
         child = ic_element_next(child))
        count += ic_element_is(child, IC_NS_DATA, name);
    return count;
}

/* Lines of a text keep their white space. */
static bool read_values(const struct ic_element *element, bool is_text, struct submitted *field,
                        struct ic_arena *arena)
{
    field->values =
        ic_arena_alloc(arena, (count_children(element, "value") + 1) * sizeof *field->values);
    if (!field->values)
        return false;
    for (const struct ic_element *child = ic_element_first(element); child;
         child = ic_element_next(child)) {
        if (!ic_element_is(child, IC_NS_DATA, "value"))
            continue;
        char *text = ic_element_text(child, arena);
        if (!text)
            return false;
        field->values[field->count++] = is_text ? text : ic_text_trim(text);
    }
    return true;
}

static bool is_option(const struct ic_form_field *field, const char *value)
{
    for (size_t i = 0; i < IC_FORM_OPTIONS_MAX && field->options[i]; i++)
        if (strcmp(field->options[i], value) == 0)
            return true;
    return false;
}

static enum ic_status check(const struct ic_form *form, struct ic_error *error)
{
    const struct ic_form_field *fields = form->design->fields;
    for (size_t i = 0; i < IC_FORM_FIELDS_MAX && fields[i].var; i++) {
        const char *value = ic_form_value(form, fields[i].var);
        if (fields[i].required && !value)
            return ic_fail(error, IC_BAD_INPUT, "the form's field \"%s\" (%s) is empty",
                           fields[i].var, fields[i].label);
        if (value && fields[i].options[0] && !is_option(&fields[i], value))
            return ic_fail(error, IC_BAD_INPUT,
                           "the form's field \"%s\" cannot be \"%.100s\"; it has a list to "
                           "choose from",
                           fields[i].var, value);
    }
    return IC_OK;
}

enum ic_status ic_form_read(const struct ic_element *x, const struct ic_form_design *design,
                            struct ic_arena *arena, const struct ic_form **read,
                            struct ic_error *error)
{
    const char *type = ic_element_attribute(x, "type");
    size_t values = 0;
    if (!type || (strcmp(type, "submit") != 0 && strcmp(type, "cancel") != 0))
        return ic_fail(error, IC_BAD_INPUT, "a filled in form has type='submit'");
    struct ic_form *form = ic_arena_alloc(arena, sizeof *form);
    if (form) {
        form->design = design;
        form->fields =
            ic_arena_alloc(arena, (count_children(x, "field") + 1) * sizeof *form->fields);
    }
    if (!form || !form->fields)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    for (const struct ic_element *child = ic_element_first(x); child;
         child = ic_element_next(child)) {
        const char *var = ic_element_attribute(child, "var");
        const struct ic_form_field *declared = var ? field_of(design, var) : NULL;
        if (!ic_element_is(child, IC_NS_DATA, "field") || !declared)
            continue;
        values += count_children(child, "value");
        if (values > IC_FORM_VALUES_MAX)
            return ic_fail(error, IC_TOO_LARGE, "the form has more than %d values",
                           IC_FORM_VALUES_MAX);
        if (find(form, var))
            return ic_fail(error, IC_BAD_INPUT, "the form has the field \"%.100s\" twice", var);
        struct submitted *field = &form->fields[form->count];
        field->var = var;
        if (!read_values(child, strcmp(declared->type, "text-multi") == 0, field, arena))
            return ic_fail(error, IC_NO_MEMORY, "memory is out");
        form->count++;
    }
    *read = form;
    return check(form, error);
}

const char *ic_form_value(const struct ic_form *form, const char *var)
{
    const struct submitted *field = find(form, var);
    const struct ic_form_field *declared = field_of(form->design, var);
    for (size_t i = 0; field && i < field->count; i++)
        if (field->values[i][strspn(field->values[i], space)])
            return field->values[i];
    return declared ? declared->value : NULL;
}

const char *const *ic_form_values(const struct ic_form *form, const char *var, size_t *count)
{
    const struct submitted *field = find(form, var);
    *count = field ? field->count : 0;
    return field ? field->values : NULL;
}

const char *ic_form_text(const struct ic_form *form, const char *var, struct ic_arena *arena)
{
    const struct submitted *field = find(form, var);
    size_t length = 0, used = 0;
    for (size_t i = 0; field && i < field->count; i++)
        length += strlen(field->values[i]) + 1;
    char *text = ic_arena_alloc(arena, length + 1);
    for (size_t i = 0; text && field && i < field->count; i++) {
        const size_t bytes = strlen(field->values[i]);
        memcpy(text + used, field->values[i], bytes);
        text[used + bytes] = '\n';
        used += bytes + 1;
    }
    return text;
}

/* ---- writing ---- */

void ic_form_field_write(const char *var, const char *label, const char *value,
                         struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, "<field");
    ic_buffer_attribute(buffer, "var", var);
    ic_buffer_attribute(buffer, "label", label);
    ic_buffer_text(buffer, ">");
    if (value)
        ic_buffer_element(buffer, "value", value);
    ic_buffer_text(buffer, "</field>");
}

static void begin(const char *type, const char *title, const char *instructions,
                  struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, "<x xmlns='" IC_NS_DATA "'");
    ic_buffer_attribute(buffer, "type", type);
    ic_buffer_text(buffer, ">");
    ic_buffer_element(buffer, "title", title);
    if (*instructions)
        ic_buffer_element(buffer, "instructions", instructions);
}

static void write_values(const struct ic_form_field *field, const struct ic_form *before,
                         struct ic_buffer *buffer)
{
    size_t count = 0;
    const char *const *values = before ? ic_form_values(before, field->var, &count) : NULL;
    for (size_t i = 0; i < count; i++)
        ic_buffer_element(buffer, "value", values[i]);
    if (count == 0 && field->value)
        ic_buffer_element(buffer, "value", field->value);
}

void ic_form_write(const struct ic_form_design *design, const char *title,
                   const struct ic_form *before, struct ic_buffer *buffer)
{
    begin("form", title, design->instructions, buffer);
    for (size_t i = 0; i < IC_FORM_FIELDS_MAX && design->fields[i].var; i++) {
        const struct ic_form_field *field = &design->fields[i];
        ic_buffer_text(buffer, "<field");
        ic_buffer_attribute(buffer, "var", field->var);
        ic_buffer_attribute(buffer, "type", field->type);
        ic_buffer_attribute(buffer, "label", field->label);
        ic_buffer_text(buffer, ">");
        if (field->about)
            ic_buffer_element(buffer, "desc", field->about);
        if (field->required)
            ic_buffer_text(buffer, "<required/>");
        write_values(field, before, buffer);
        for (size_t o = 0; o < IC_FORM_OPTIONS_MAX && field->options[o]; o++) {
            ic_buffer_text(buffer, "<option>");
            ic_buffer_element(buffer, "value", field->options[o]);
            ic_buffer_text(buffer, "</option>");
        }
        ic_buffer_text(buffer, "</field>");
    }
    ic_buffer_text(buffer, "</x>");
}

/* The texts of the children `name`, the words that people read; NULL: none, or no memory. */
static const char *texts_of(const struct ic_element *row, const char *name, size_t length,
                            struct ic_arena *arena)
{
    const char *all = NULL;
    for (const struct ic_element *child = ic_element_first(row); child;
         child = ic_element_next(child)) {
        if (strlen(child->name) != length || strncmp(child->name, name, length) != 0)
            continue;
        const char *text = ic_element_text(child, arena);
        all = all && text ? ic_arena_printf(arena, "%s, %s", all, text) : text;
    }
    return all;
}

static const char *cell(const struct ic_element *row, const char *from, struct ic_arena *arena)
{
    const size_t length = strlen(from);
    if (length == 0)
        return ic_element_text(row, arena);
    if (from[length - 1] == '/')
        return texts_of(row, from, length - 1, arena);
    return ic_element_attribute(row, from);
}

static void write_row(const struct ic_form_design *design, const struct ic_element *row,
                      bool labels, struct ic_arena *arena, struct ic_buffer *buffer)
{
    for (size_t i = 0; i < IC_FORM_COLUMNS_MAX && design->columns[i].var; i++) {
        const struct ic_form_column *column = &design->columns[i];
        const char *value = cell(row, column->from, arena);
        if (value || !labels)
            ic_form_field_write(column->var, labels ? column->label : NULL, value ? value : "",
                                buffer);
    }
}

static void write_table(const struct ic_form_design *design, const struct ic_element *output,
                        struct ic_arena *arena, struct ic_buffer *buffer)
{
    ic_buffer_text(buffer, "<reported>");
    for (size_t i = 0; i < IC_FORM_COLUMNS_MAX && design->columns[i].var; i++)
        ic_form_field_write(design->columns[i].var, design->columns[i].label, NULL, buffer);
    ic_buffer_text(buffer, "</reported>");
    for (const struct ic_element *row = ic_element_first(output);
         row && buffer->status == IC_OK; row = ic_element_next(row)) {
        if (strcmp(row->name, design->row) != 0)
            continue;
        ic_buffer_text(buffer, "<item>");
        write_row(design, row, false, arena, buffer);
        ic_buffer_text(buffer, "</item>");
    }
}

enum ic_status ic_form_write_result(const struct ic_form_design *design, const char *title,
                                    const char *summary, const char *output, size_t length,
                                    struct ic_buffer *buffer, struct ic_error *error)
{
    const struct ic_xml_limits limits = {.bytes_max = length + 1, .elements_max = length + 1};
    struct ic_stanza *tree = NULL;
    const enum ic_status status = ic_stanza_parse(output, length, &limits, &tree, error);
    if (status != IC_OK)
        return status;
    begin("result", title, summary, buffer);
    if (design->write)
        design->write(tree->element, tree->arena, buffer);
    else if (design->row)
        write_table(design, tree->element, tree->arena, buffer);
    else
        write_row(design, tree->element, true, tree->arena, buffer);
    ic_buffer_text(buffer, "</x>");
    ic_stanza_free(tree);
    return IC_OK;
}
