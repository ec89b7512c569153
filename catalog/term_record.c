/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and unpacking terms. */
#include "term_record.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"

enum { USUAL = 0x80, NUMBER_BYTES_MAX = 10 };

/* The usual datatypes. Their places are on disk: add at the end, change none. */
static const char *const usual[] = {
    IC_XSD_DECIMAL,
    IC_NS_XSD "integer",
    IC_NS_XSD "boolean",
    IC_NS_XSD "double",
    IC_NS_XSD "float",
    IC_NS_XSD "date",
    IC_NS_XSD "time",
    IC_NS_XSD "dateTime",
    IC_NS_XSD "dateTimeStamp",
    IC_NS_XSD "duration",
    IC_NS_XSD "dayTimeDuration",
    IC_NS_XSD "yearMonthDuration",
    IC_NS_XSD "gYear",
    IC_NS_XSD "gYearMonth",
    IC_NS_XSD "gMonth",
    IC_NS_XSD "gMonthDay",
    IC_NS_XSD "gDay",
    IC_NS_XSD "anyURI",
    IC_NS_XSD "long",
    IC_NS_XSD "int",
    IC_NS_XSD "short",
    IC_NS_XSD "byte",
    IC_NS_XSD "nonNegativeInteger",
    IC_NS_XSD "positiveInteger",
    IC_NS_XSD "nonPositiveInteger",
    IC_NS_XSD "negativeInteger",
    IC_NS_XSD "unsignedLong",
    IC_NS_XSD "unsignedInt",
    IC_NS_XSD "unsignedShort",
    IC_NS_XSD "unsignedByte",
    IC_NS_XSD "hexBinary",
    IC_NS_XSD "base64Binary",
    IC_NS_XSD "normalizedString",
    IC_NS_XSD "token",
    IC_NS_XSD "language",
    IC_NS_RDF "HTML",
    IC_NS_RDF "XMLLiteral",
};

enum { USUAL_COUNT = sizeof usual / sizeof *usual };

/* The place of a datatype among the usual ones, USUAL_COUNT when it is none. */
static unsigned place_of(const char *datatype)
{
    unsigned i = 0;
    while (i < USUAL_COUNT && strcmp(datatype, usual[i]) != 0)
        i++;
    return i;
}

bool term_record_names_datatype(const struct ic_term *term)
{
    return term->kind == IC_LITERAL && !term->language && term->datatype &&
           place_of(term->datatype) == USUAL_COUNT;
}

static size_t put_number(unsigned char *out, uint64_t value)
{
    size_t size = 0;
    for (; value > 0x7F; value >>= 7)
        out[size++] = (unsigned char)(value | 0x80);
    out[size++] = (unsigned char)value;
    return size;
}

static size_t put_language(unsigned char *out, const char *language)
{
    size_t size = put_number(out, strlen(language));
    for (const char *p = language; *p; p++)
        out[size++] = (unsigned char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    return size;
}

static size_t put_qualifier(unsigned char *out, const struct ic_term *term, uint64_t datatype)
{
    if (term->kind != IC_LITERAL) {
        *out = term->kind == IC_IRI ? 'i' : 'b';
        return 1;
    }
    if (term->language) {
        *out = 'l';
        return 1 + put_language(out + 1, term->language);
    }
    if (!term->datatype) {
        *out = 's';
        return 1;
    }
    if (datatype) {
        *out = 'd';
        return 1 + put_number(out + 1, datatype);
    }
    *out = (unsigned char)(USUAL + place_of(term->datatype));
    return 1;
}

bool term_record_encode(struct term_record *record, const struct ic_term *term,
                        uint64_t datatype)
{
    const size_t language =
        term->kind == IC_LITERAL && term->language ? strlen(term->language) : 0;
    const size_t most = 1 + NUMBER_BYTES_MAX + language + term->length;
    record->data = most <= sizeof record->small ? record->small : malloc(most);
    if (!record->data)
        return false;
    record->size = put_qualifier(record->data, term, datatype);
    if (term->length)
        memcpy(record->data + record->size, term->text, term->length);
    record->size += term->length;
    return true;
}

void term_record_free(struct term_record *record)
{
    if (record->data != record->small)
        free(record->data);
    record->data = NULL;
}

/* Reads the kind and what qualifies a literal. False: they are damaged. */
static bool decode_kind(struct decoder *in, struct ic_term *term, const char **language,
                        size_t *language_length, uint64_t *datatype)
{
    const unsigned kind = decode_byte(in);
    *term = (struct ic_term){.kind = kind == 'i'   ? IC_IRI
                                     : kind == 'b' ? IC_BLANK
                                                   : IC_LITERAL};
    *language = NULL;
    *datatype = 0;
    if (kind == 'l')
        *language = decode_string(in, language_length);
    else if (kind == 'd')
        *datatype = decode_number(in);
    else if (kind >= USUAL && kind - USUAL < USUAL_COUNT)
        term->datatype = usual[kind - USUAL];
    else if (kind != 'i' && kind != 'b' && kind != 's')
        return false;
    return !in->bad && (kind != 'd' || *datatype);
}

enum term_record_state term_record_decode(const void *data, size_t size, struct ic_arena *arena,
                                          struct ic_term *term, uint64_t *datatype)
{
    struct decoder in = decoder_of(data, size);
    const char *language;
    size_t length = 0;
    if (!decode_kind(&in, term, &language, &length, datatype))
        return TERM_RECORD_BAD;
    if (language && !(term->language = ic_arena_copy(arena, language, length)))
        return TERM_RECORD_NO_MEMORY;
    term->length = (size_t)(in.end - in.at);
    term->text = ic_arena_copy(arena, (const char *)in.at, term->length);
    return term->text ? TERM_RECORD_GOOD : TERM_RECORD_NO_MEMORY;
}

uint64_t term_record_datatype(const void *data, size_t size)
{
    struct decoder in = decoder_of(data, size);
    struct ic_term term;
    const char *language;
    size_t length;
    uint64_t datatype;
    return decode_kind(&in, &term, &language, &length, &datatype) ? datatype : 0;
}
