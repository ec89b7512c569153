/* SPDX-License-Identifier: Apache-2.0 */
/* Writing Turtle: prefixes, short forms of numbers and booleans, ';' and ',' where subject and
 * predicate repeat. */
#include <stdlib.h>
#include <string.h>

#include "rdf_chars.h"
#include "serialize_internal.h"

static void write_head(struct ic_writer *writer)
{
    for (size_t i = 0; i < writer->prefix_count; i++)
        fprintf(writer->out, "@prefix %s: <%s> .\n", writer->prefixes[i].prefix,
                writer->prefixes[i].iri);
    if (writer->prefix_count)
        fputc('\n', writer->out);
    writer->begun = true;
}

/* Local names of ASCII letters, digits, '_' and '-' need no escapes in any reader. */
static bool plain_local(const char *local)
{
    const char *p = local;
    while (*p && (unsigned char)*p < 0x80 && ic_rdf_name_character((unsigned char)*p))
        p++;
    return *local && *local != '-' && !*p;
}

static void write_iri(const struct ic_writer *writer, const char *iri)
{
    const struct ic_writer_prefix *prefix = ic_writer_find_prefix(writer, iri);
    if (prefix && plain_local(iri + prefix->iri_length)) {
        fprintf(writer->out, "%s:%s", prefix->prefix, iri + prefix->iri_length);
    } else {
        const struct ic_term term = ic_term_iri(iri);
        ic_term_write(writer->out, &term);
    }
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* The bytes of an exponent at `text`, or 0. */
static size_t exponent(const char *text)
{
    if (*text != 'e' && *text != 'E')
        return 0;
    const size_t sign = text[1] == '+' || text[1] == '-' ? 2 : 1;
    const size_t count = digits(text + sign);
    return count ? sign + count : 0;
}

/* True when a bare `text` means a literal of `datatype` in Turtle. */
static bool is_bare(const char *text, const char *datatype)
{
    if (strncmp(datatype, IC_NS_XSD, sizeof IC_NS_XSD - 1) != 0)
        return false;
    const char *type = datatype + sizeof IC_NS_XSD - 1;
    if (strcmp(type, "boolean") == 0)
        return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
    if (*text == '+' || *text == '-')
        text++;
    const size_t whole = digits(text);
    text += whole;
    if (strcmp(type, "integer") == 0)
        return whole && !*text;
    const size_t fraction = *text == '.' ? digits(text + 1) : 0;
    if (strcmp(type, "decimal") == 0)
        return fraction && !text[1 + fraction];
    if (strcmp(type, "double") != 0 || whole + fraction == 0)
        return false;
    if (*text == '.')
        text += 1 + fraction;
    const size_t power = exponent(text);
    return power && !text[power];
}

static void write_object(const struct ic_writer *writer, const struct ic_term *object)
{
    if (object->kind == IC_IRI) {
        write_iri(writer, object->text);
    } else if (object->kind == IC_LITERAL && object->datatype) {
        if (is_bare(object->text, object->datatype)) {
            fputs(object->text, writer->out);
            return;
        }
        struct ic_term plain = *object;
        plain.datatype = NULL;
        ic_term_write(writer->out, &plain);
        fputs("^^", writer->out);
        write_iri(writer, object->datatype);
    } else {
        ic_term_write(writer->out, object);
    }
}

enum ic_status ic_turtle_write(struct ic_writer *writer, const struct ic_term *subject,
                               const struct ic_term *predicate, const struct ic_term *object,
                               struct ic_error *error)
{
    if (!writer->begun)
        write_head(writer);
    const bool open = writer->subject != NULL;
    bool same_subject, same_predicate;
    enum ic_status status = ic_writer_same(&writer->subject, subject, &same_subject, error);
    if (status == IC_OK)
        status = ic_writer_same(&writer->predicate, predicate, &same_predicate, error);
    if (status != IC_OK)
        return status;

    if (same_subject && same_predicate) {
        fputs(", ", writer->out);
    } else {
        if (same_subject) {
            fputs(" ;\n    ", writer->out);
        } else {
            if (open)
                fputs(" .\n\n", writer->out);
            if (subject->kind == IC_IRI)
                write_iri(writer, subject->text);
            else
                ic_term_write(writer->out, subject);
            fputc(' ', writer->out);
        }
        if (strcmp(predicate->text, IC_RDF_TYPE) == 0)
            fputc('a', writer->out);
        else
            write_iri(writer, predicate->text);
        fputc(' ', writer->out);
    }
    write_object(writer, object);
    return IC_OK;
}

void ic_turtle_end(struct ic_writer *writer)
{
    if (!writer->begun)
        write_head(writer);
    if (writer->subject)
        fputs(" .\n", writer->out);
    free(writer->subject);
    writer->subject = NULL;
}
