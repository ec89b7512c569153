/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a request in its text form. */
#include <string.h>

#include "request_internal.h"

static bool needs_quotes(const char *text)
{
    const size_t length = strlen(text);
    if (length == 0 || ic_request_is_sign(text[0]) || ic_request_is_keyword(text, length))
        return true;
    for (size_t i = 0; i < length; i++)
        if (ic_request_ends_word(text[i]))
            return true;
    return false;
}

static void put_quoted(const char *text, FILE *out)
{
    putc('"', out);
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p == '\n')
            fputs("\\n", out);
        else if (*p == '\t')
            fputs("\\t", out);
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            fprintf(out, "\\u%04x", (unsigned)*p);
        else
            putc(*p, out);
    }
    putc('"', out);
}

static void put_value(const struct ic_request_value *value, FILE *out)
{
    if (needs_quotes(value->text))
        put_quoted(value->text, out);
    else
        fputs(value->text, out);
    if (value->unit)
        fprintf(out, " %s", value->unit);
}

static void put_simple(const struct ic_simple *simple, FILE *out)
{
    if (simple->negated)
        fputs("not ", out);
    fputs(simple->attribute, out);
    if (ic_operator_names[simple->op])
        fprintf(out, " %s", ic_operator_names[simple->op]);
    if (simple->value_count == 0)
        return;
    const bool list = simple->value_count > 1;
    fputs(list ? " (" : " ", out);
    for (size_t i = 0; i < simple->value_count; i++) {
        if (i)
            fputs(", ", out);
        put_value(&simple->values[i], out);
    }
    if (list)
        putc(')', out);
}

static void put_group(const struct ic_group *group, FILE *out)
{
    for (size_t i = 0; i < group->constraint_count; i++) {
        if (i)
            fputs("; ", out);
        const struct ic_constraint *constraint = &group->constraints[i];
        for (size_t j = 0; j < constraint->simple_count; j++) {
            if (j)
                fputs(" or ", out);
            put_simple(&constraint->simples[j], out);
        }
    }
}

static void put_preference(const struct ic_preference *preference, FILE *out)
{
    fprintf(out, "prefer %s ", ic_preference_names[preference->kind]);
    if (preference->kind == IC_PREFER_NEAR || preference->kind == IC_PREFER_HAVING) {
        put_value(&preference->value, out);
        putc(' ', out);
    }
    fputs(preference->attribute, out);
    if (preference->weight)
        fprintf(out, " weight %s", preference->weight);
}

enum ic_status ic_request_write(const struct ic_request *request, FILE *out)
{
    const char *between = request->main.constraint_count ? "; " : "";
    put_group(&request->main, out);
    for (size_t i = 0; i < request->group_count; i++, between = "; ") {
        fprintf(out, "%soffer { ", between);
        put_group(&request->groups[i], out);
        fputs(" }", out);
    }
    for (size_t i = 0; i < request->preference_count; i++, between = "; ") {
        fputs(between, out);
        put_preference(&request->preferences[i], out);
    }
    if (request->limit)
        fprintf(out, "%slimit %zu", between, request->limit);
    return ferror(out) ? IC_IO : IC_OK;
}
