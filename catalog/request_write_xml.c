/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a request in its XML form. */
#include <string.h>

#include "request_internal.h"
#include "term.h"
#include "utf8.h"

struct writer {
    FILE *out;
    bool unwritable; /* met a character that XML 1.0 does not have (section 2.2) */
};

static bool is_xml_character(uint32_t code)
{
    return code >= 0x20 ? code != 0xfffe && code != 0xffff
                        : code == '\t' || code == '\n' || code == '\r';
}

/* White space other than blanks goes as references, which line-end and attribute
 * normalisation leave alone. */
static void put_text(struct writer *writer, const char *text)
{
    const size_t length = strlen(text);
    for (size_t i = 0, step; i < length; i += step) {
        uint32_t code = 0;
        step = ic_utf8_next(text + i, length - i, &code);
        if (step == 0 || !is_xml_character(code)) {
            writer->unwritable = true;
            return;
        }
        if (code < 0x20 || code == 0x7f)
            fprintf(writer->out, "&#%u;", (unsigned)code);
        else if (code == '&')
            fputs("&amp;", writer->out);
        else if (code == '<')
            fputs("&lt;", writer->out);
        else if (code == '>')
            fputs("&gt;", writer->out);
        else if (code == '\'')
            fputs("&apos;", writer->out);
        else
            fwrite(text + i, 1, step, writer->out);
    }
}

static void put_element(struct writer *writer, const char *name, const char *text)
{
    fprintf(writer->out, "<%s>", name);
    put_text(writer, text);
    fprintf(writer->out, "</%s>", name);
}

/* True when trimming leaves the text as it is and something of it. */
static bool is_trimmed(const char *text)
{
    const size_t length = strlen(text);
    return length && !ic_request_is_space(text[0]) && !ic_request_is_space(text[length - 1]);
}

static void put_value(struct writer *writer, const struct ic_request_value *value)
{
    fputs("<value", writer->out);
    if (value->unit) {
        fputs(" unit='", writer->out);
        put_text(writer, value->unit);
        fputs("'", writer->out);
    }
    if (!is_trimmed(value->text))
        fputs(" xml:space='preserve'", writer->out);
    fputs(">", writer->out);
    put_text(writer, value->text);
    fputs("</value>", writer->out);
}

static void put_simple(struct writer *writer, const struct ic_simple *simple)
{
    fputs("<constraint", writer->out);
    if (ic_operator_names[simple->op]) {
        fputs(" op='", writer->out);
        put_text(writer, ic_operator_names[simple->op]);
        fputs("'", writer->out);
    }
    fputs(simple->negated ? " not='true'>" : ">", writer->out);
    put_element(writer, "attribute", simple->attribute);
    for (size_t i = 0; i < simple->value_count; i++)
        put_value(writer, &simple->values[i]);
    fputs("</constraint>", writer->out);
}

static void put_group(struct writer *writer, const struct ic_group *group)
{
    for (size_t i = 0; i < group->constraint_count; i++) {
        const struct ic_constraint *constraint = &group->constraints[i];
        const bool any = constraint->simple_count > 1;
        fputs(any ? "<any>" : "", writer->out);
        for (size_t j = 0; j < constraint->simple_count; j++)
            put_simple(writer, &constraint->simples[j]);
        fputs(any ? "</any>" : "", writer->out);
    }
}

static void put_preference(struct writer *writer, const struct ic_preference *preference)
{
    fprintf(writer->out, "<preference direction='%s'", ic_preference_names[preference->kind]);
    if (preference->weight)
        fprintf(writer->out, " weight='%s'", preference->weight);
    fputs(">", writer->out);
    put_element(writer, "attribute", preference->attribute);
    if (preference->value.text)
        put_value(writer, &preference->value);
    fputs("</preference>", writer->out);
}

static void put_return(struct writer *writer, const struct ic_request_return *returned)
{
    const struct {
        const char *name;
        bool wanted;
    } parts[] = {{"jid", returned->jid},
                 {"offers", returned->offers},
                 {"score", returned->score},
                 {"provenance", returned->provenance}};
    const char *before = "<return>", *end = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].wanted)
            continue;
        fprintf(writer->out, "%s%s", before, parts[i].name);
        before = " ";
        end = "</return>";
    }
    fputs(end, writer->out);
}

static void put_page(struct writer *writer, const struct ic_request_return *returned)
{
    if (returned->rsm_max < 0 && !returned->rsm_after)
        return;
    fputs("<set xmlns='http://jabber.org/protocol/rsm'>", writer->out);
    if (returned->rsm_max >= 0)
        fprintf(writer->out, "<max>%ld</max>", returned->rsm_max);
    if (returned->rsm_after)
        put_element(writer, "after", returned->rsm_after);
    fputs("</set>", writer->out);
}

/* The paper's form has one attribute and one value in each constraint. */
static bool fits_plain_form(const struct ic_request *request)
{
    if (request->returned.version1 || request->limit || request->group_count ||
        request->preference_count)
        return false;
    for (size_t i = 0; i < request->main.constraint_count; i++) {
        const struct ic_constraint *constraint = &request->main.constraints[i];
        const struct ic_simple *simple = &constraint->simples[0];
        if (constraint->simple_count != 1 || simple->negated || simple->op != IC_OP_DEFAULT ||
            simple->value_count != 1 || simple->values[0].unit ||
            !is_trimmed(simple->values[0].text))
            return false;
    }
    return true;
}

enum ic_status ic_request_write_xml(const struct ic_request *request, FILE *out)
{
    struct writer writer = {.out = out};
    fputs("<constraints xmlns='" IC_NS_PAYLOAD "'", out);
    if (!fits_plain_form(request))
        fputs(" version='1'", out);
    if (request->limit)
        fprintf(out, " limit='%zu'", request->limit);
    fputs(">", out);
    put_group(&writer, &request->main);
    for (size_t i = 0; i < request->group_count; i++) {
        fputs("<offer>", out);
        put_group(&writer, &request->groups[i]);
        fputs("</offer>", out);
    }
    for (size_t i = 0; i < request->preference_count; i++)
        put_preference(&writer, &request->preferences[i]);
    put_return(&writer, &request->returned);
    put_page(&writer, &request->returned);
    fputs("</constraints>", out);
    return ferror(out) ? IC_IO : writer.unwritable ? IC_BAD_INPUT : IC_OK;
}
