/* SPDX-License-Identifier: Apache-2.0 */
/* Output for programs: JSON. Everything beyond ASCII is written as \uXXXX, so that nothing from
 * outside reaches a terminal raw. */
#include <string.h>

#include "command.h"
#include "instant.h"
#include "utf8.h"

enum { JSON_FLAGS = JSON_ENSURE_ASCII | JSON_ENCODE_ANY };

json_t *ic_json_text(const char *text)
{
    if (!text)
        return json_null();
    const size_t length = strlen(text);
    if (ic_utf8_valid(text, length))
        return json_string(text);
    char *clean = NULL;
    size_t clean_length = 0;
    FILE *out = open_memstream(&clean, &clean_length);
    for (size_t i = 0; out && i < length;) {
        const size_t size = ic_utf8_next(text + i, length - i, NULL);
        fwrite(size ? text + i : "\xEF\xBF\xBD", 1, size ? size : 3, out);
        i += size ? size : 1;
    }
    json_t *result = out && fclose(out) == 0 ? json_string(clean) : NULL;
    free(clean);
    return result;
}

json_t *ic_json_instant(int64_t ms)
{
    char text[IC_INSTANT_BYTES];
    if (ms == 0)
        return json_null();
    ic_instant_format(ms, text);
    return json_string(text);
}

json_t *ic_json_term(const struct ic_term *term)
{
    static const char *const kinds[] = {
        [IC_IRI] = "uri", [IC_BLANK] = "bnode", [IC_LITERAL] = "literal"};
    json_t *object =
        json_pack("{s:s, s:o}", "type", kinds[term->kind], "value", ic_json_text(term->text));
    if (object && term->kind == IC_LITERAL && term->language)
        json_object_set_new(object, "xml:lang", ic_json_text(term->language));
    else if (object && term->kind == IC_LITERAL && term->datatype)
        json_object_set_new(object, "datatype", ic_json_text(term->datatype));
    return object;
}

json_t *ic_json_statement(const struct ic_term *subject, const struct ic_term *predicate,
                          const struct ic_term *object, const struct ic_term *graph)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "subject", ic_json_term(subject), "predicate",
                     ic_json_term(predicate), "object", ic_json_term(object), "graph",
                     graph ? ic_json_term(graph) : json_null());
}

enum ic_status ic_json_print(json_t *value, FILE *out, struct ic_error *error)
{
    if (!value)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    const int problem = json_dumpf(value, out, JSON_FLAGS | JSON_INDENT(2));
    fputc('\n', out);
    json_decref(value);
    return problem ? ic_fail(error, IC_IO, "cannot write the JSON text") : IC_OK;
}

void ic_json_array_begin(struct ic_json_array *array, FILE *out)
{
    *array = (struct ic_json_array){.out = out};
    fputc('[', out);
}

enum ic_status ic_json_array_add(struct ic_json_array *array, json_t *value,
                                 struct ic_error *error)
{
    if (!value)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    fputs(array->count++ ? ",\n" : "\n", array->out);
    const int problem = json_dumpf(value, array->out, JSON_FLAGS);
    json_decref(value);
    return problem ? ic_fail(error, IC_IO, "cannot write the JSON text") : IC_OK;
}

void ic_json_array_end(struct ic_json_array *array)
{
    fputs(array->count ? "\n]\n" : "]\n", array->out);
}

json_t *ic_json_advertisement(const struct ic_advertisement_info *info)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:I, s:I, s:o, s:o, s:o, s:b}",
                     "name", ic_json_text(info->cloud_name), "owner", ic_json_text(info->owner),
                     "graph", ic_json_text(info->graph), "version", (json_int_t)info->version,
                     "sequence", (json_int_t)info->sequence, "published",
                     ic_json_instant(info->published_ms), "expires",
                     ic_json_instant(info->expires_ms), "offers", (json_int_t)info->offers,
                     "statements", (json_int_t)info->statements, "format",
                     ic_json_text(info->format), "audience", ic_json_text(info->audience),
                     "digest", ic_json_text(info->digest), "live", (int)info->live);
}
