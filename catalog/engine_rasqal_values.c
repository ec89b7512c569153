/* SPDX-License-Identifier: Apache-2.0 */
/* Making rasqal literals of terms.
 *
 * rasqal compares decimals exactly, integers by a subtraction that wraps at 32 bits, doubles
 * approximately; it rewrites lexical forms and reads typed strings anew at each "=". So a
 * number of whatever datatype is handed over as a decimal of its exact value, and a typed
 * literal carries its term's id behind the NUL of its string: that survives rasqal's own
 * copies, and its result is the dataset's term, not a spelling of the value.
 *
 * Invariant: a literal's datatype stays NULL (then rasqal leaves it alone) unless
 * engine.keep_datatypes, or it is a date, or of a datatype that rasqal does not know. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

enum {
    EXACT_DIGITS = 40, /* of a decimal in rasqal: its mpf_t holds at least 57 */
    ID_DIGITS = 16,    /* hexadecimal */
    ID_BYTES = ID_DIGITS + 1
};

static rasqal_literal *no_literal(struct engine *engine)
{
    engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    return NULL;
}

/* A string for rasqal to free, with the id behind it. */
static unsigned char *marked_string(const char *text, size_t length, uint64_t id)
{
    unsigned char *string = rasqal_alloc_memory(length + 1 + ID_BYTES);
    if (!string)
        return NULL;
    memcpy(string, text, length);
    string[length] = '\0';
    snprintf((char *)string + length + 1, ID_BYTES, "%016llx", (unsigned long long)id);
    return string;
}

static unsigned char *copied_string(const char *text, size_t length)
{
    unsigned char *string = rasqal_alloc_memory(length + 1);
    if (!string)
        return NULL;
    memcpy(string, text, length);
    string[length] = '\0';
    return string;
}

/* The id behind a marked string. */
bool values_read_mark(const rasqal_literal *literal, uint64_t *id)
{
    if (!literal->string || literal->string_len < ID_BYTES)
        return false;
    const char *string = (const char *)literal->string;
    const size_t length = strlen(string);
    if (length + ID_BYTES != literal->string_len)
        return false;
    *id = strtoull(string + length + 1, NULL, 16);
    return true;
}

static rasqal_literal *plain_literal(struct engine *engine, const struct ic_term *term)
{
    unsigned char *string = copied_string(term->text, term->length);
    char *language = NULL;
    if (!string)
        return no_literal(engine);
    if (term->kind == IC_BLANK) {
        rasqal_literal *blank =
            rasqal_new_simple_literal(engine->world, RASQAL_LITERAL_BLANK, string);
        return blank ? blank : no_literal(engine);
    }
    if (term->language) {
        language = (char *)copied_string(term->language, strlen(term->language));
        if (!language) {
            rasqal_free_memory(string);
            return no_literal(engine);
        }
    }
    rasqal_literal *literal =
        rasqal_new_string_literal(engine->world, string, language, NULL, NULL);
    return literal ? literal : no_literal(engine);
}

static rasqal_literal *iri_literal(struct engine *engine, const char *iri)
{
    raptor_uri *uri = raptor_new_uri(engine->raptor, (const unsigned char *)iri);
    rasqal_literal *literal = uri ? rasqal_new_uri_literal(engine->world, uri) : NULL;
    return literal ? literal : no_literal(engine);
}

/* A typed literal that rasqal treats as of a datatype it does not know. */
static rasqal_literal *unknown_literal(struct engine *engine, const struct ic_term *term,
                                       uint64_t id, bool opaque)
{
    raptor_uri *datatype =
        opaque ? raptor_uri_copy(engine->opaque)
               : raptor_new_uri(engine->raptor, (const unsigned char *)term->datatype);
    /* rasqal compares lengths too, and copies all of a literal of a known datatype. */
    unsigned char *string = opaque ? marked_string(term->text, term->length, id)
                                   : copied_string(term->text, term->length);
    if (!datatype || !string) {
        raptor_free_uri(datatype);
        rasqal_free_memory(string);
        return no_literal(engine);
    }
    rasqal_literal *literal =
        rasqal_new_string_literal(engine->world, string, NULL, datatype, NULL);
    if (!literal)
        return no_literal(engine);
    if (opaque)
        literal->string_len = (unsigned)(term->length + ID_BYTES);
    return literal;
}

/* Gives a native literal its term's spelling and, unless datatypes are kept, none of its
 * own. The type's own string must be one that rasqal frees with the value or never. */
static bool dress(struct engine *engine, rasqal_literal *literal, const struct ic_term *term,
                  uint64_t id, bool rasqal_frees_string)
{
    unsigned char *marked = marked_string(term->text, term->length, id);
    if (!marked)
        return false;
    if (rasqal_frees_string) {
        rasqal_free_memory((void *)(uintptr_t)literal->string);
        literal->string = marked;
    } else {
        literal->string = (const unsigned char *)ic_arena_copy(
            engine->arena, (const char *)marked, term->length + ID_BYTES);
        rasqal_free_memory(marked);
        if (!literal->string)
            return false;
    }
    literal->string_len = (unsigned)(term->length + ID_BYTES);
    if (engine->keep_datatypes) {
        raptor_uri *datatype =
            raptor_new_uri(engine->raptor, (const unsigned char *)term->datatype);
        if (!datatype)
            return false;
        raptor_free_uri(literal->datatype);
        literal->datatype = datatype;
    } else if (literal->type != RASQAL_LITERAL_DATE) { /* copying a date needs its datatype */
        raptor_free_uri(literal->datatype);
        literal->datatype = NULL;
    }
    return true;
}

static rasqal_literal *dressed(struct engine *engine, rasqal_literal *literal,
                               const struct ic_term *term, uint64_t id, bool frees)
{
    if (literal && dress(engine, literal, term, id, frees))
        return literal;
    if (literal)
        rasqal_free_literal(literal);
    return no_literal(engine);
}

/* Cuts a canonical decimal to EXACT_DIGITS significant digits and puts a 5 behind, so that
 * it still lies on the right side of every number of EXACT_DIGITS digits. True when it had
 * to. */
static bool shorten_decimal(char *text)
{
    size_t significant = 0;
    bool cut = false;
    for (char *p = text; *p; p++) {
        if (*p == '-' || *p == '.' || (!significant && *p == '0'))
            continue;
        if (++significant > EXACT_DIGITS) {
            cut = cut || *p != '0';
            *p = significant == EXACT_DIGITS + 1 ? '5' : '0';
        }
    }
    return cut;
}

/* The number as a rasqal decimal, or NULL. *exact false: it was shortened. */
static rasqal_literal *decimal_literal(struct engine *engine, const mpq_t number, bool *exact)
{
    char *text = ic_number_decimal(number);
    if (!text) {
        return no_literal(engine);
    }
    char *whole = strdup(text);
    *exact = !shorten_decimal(text);
    rasqal_literal *literal = rasqal_new_decimal_literal(
        engine->world, (const unsigned char *)(*exact && whole ? whole : text));
    free(whole);
    free(text);
    return literal ? literal : no_literal(engine);
}

static const char *const integer_types[] = {"integer",
                                            "int",
                                            "long",
                                            "short",
                                            "byte",
                                            "nonNegativeInteger",
                                            "positiveInteger",
                                            "negativeInteger",
                                            "nonPositiveInteger",
                                            "unsignedInt",
                                            "unsignedLong",
                                            "unsignedShort",
                                            "unsignedByte",
                                            NULL};

static unsigned number_kind(const char *datatype)
{
    const size_t prefix = sizeof IC_NS_XSD - 1;
    if (!datatype || strncmp(datatype, IC_NS_XSD, prefix) != 0)
        return 0;
    const char *name = datatype + prefix;
    if (strcmp(name, "decimal") == 0)
        return NUMBER_DECIMAL;
    if (strcmp(name, "double") == 0 || strcmp(name, "float") == 0)
        return NUMBER_DOUBLE;
    for (size_t i = 0; integer_types[i]; i++)
        if (strcmp(name, integer_types[i]) == 0)
            return NUMBER_INTEGER;
    return 0;
}

/* Parses a lexical form of that kind of number (XSD 1.1 part 2, 3.3.3 to 3.3.5). */
static bool parse_number(mpq_t number, unsigned kind, const char *text, size_t length)
{
    if (kind != NUMBER_DOUBLE && (memchr(text, 'e', length) || memchr(text, 'E', length)))
        return false;
    if (kind == NUMBER_INTEGER && memchr(text, '.', length))
        return false;
    return ic_number_parse(number, text, length);
}

static bool is_infinity(const char *text)
{
    return strcmp(text, "INF") == 0 || strcmp(text, "-INF") == 0;
}

/* Beyond every number that ic_number_parse accepts, so that infinities compare like numbers. */
static rasqal_literal *infinity_literal(struct engine *engine, const char *text)
{
    enum { DIGITS = IC_NUMBER_DIGITS_MAX + IC_NUMBER_EXPONENT_MAX + 2 };
    char digits[DIGITS + 2];
    memset(digits, '9', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    if (*text == '-')
        *digits = '-';
    return rasqal_new_decimal_literal(engine->world, (const unsigned char *)digits);
}

static rasqal_literal *number_literal(struct engine *engine, const struct ic_term *term,
                                      uint64_t id, unsigned kind)
{
    rasqal_literal *literal = NULL;
    mpq_t number;
    mpq_init(number);
    engine->numbers |= kind;
    if (parse_number(number, kind, term->text, term->length)) {
        bool exact;
        literal = decimal_literal(engine, number, &exact);
        if (literal)
            literal = dressed(engine, literal, term, id, false);
    } else if (kind == NUMBER_DOUBLE && is_infinity(term->text)) {
        literal = dressed(engine, infinity_literal(engine, term->text), term, id, false);
    } else {
        literal = unknown_literal(engine, term, id, true);
    }
    mpq_clear(number);
    return literal;
}

static rasqal_literal *boolean_literal(struct engine *engine, const struct ic_term *term,
                                       uint64_t id)
{
    const bool yes = strcmp(term->text, "true") == 0 || strcmp(term->text, "1") == 0;
    if (!yes && strcmp(term->text, "false") != 0 && strcmp(term->text, "0") != 0)
        return unknown_literal(engine, term, id, true);
    /* The canonical spelling is what tells a boolean from a number (engine_rasqal_compare.c).
     */
    struct ic_term canonical = *term;
    canonical.text = yes ? "true" : "false";
    canonical.length = strlen(canonical.text);
    return dressed(engine, rasqal_new_boolean_literal(engine->world, yes), &canonical, id,
                   false);
}

/* rasqal frees a string twice when a date passes its check and not its constructor, so that
 * is tried first. */
static bool is_time(struct engine *engine, const struct ic_term *term, bool with_time)
{
    if (with_time) {
        rasqal_xsd_datetime *value = rasqal_new_xsd_datetime(engine->world, term->text);
        rasqal_free_xsd_datetime(value);
        return value != NULL;
    }
    rasqal_xsd_date *value = rasqal_new_xsd_date(engine->world, term->text);
    rasqal_free_xsd_date(value);
    return value != NULL;
}

static rasqal_literal *time_literal(struct engine *engine, const struct ic_term *term,
                                    uint64_t id, bool with_time)
{
    if (!is_time(engine, term, with_time))
        return unknown_literal(engine, term, id, true);
    rasqal_literal *literal = unknown_literal(engine, term, id, false);
    return literal ? dressed(engine, literal, term, id, true) : NULL;
}

rasqal_literal *values_literal(struct engine *engine, const struct ic_term *term, uint64_t id)
{
    if (term->kind == IC_IRI)
        return iri_literal(engine, term->text);
    if (term->kind == IC_BLANK || !term->datatype)
        return plain_literal(engine, term);
    const unsigned kind = number_kind(term->datatype);
    if (kind)
        return number_literal(engine, term, id, kind);
    if (strcmp(term->datatype, IC_NS_XSD "boolean") == 0)
        return boolean_literal(engine, term, id);
    if (strcmp(term->datatype, IC_NS_XSD "date") == 0)
        return time_literal(engine, term, id, false);
    if (strcmp(term->datatype, IC_NS_XSD "dateTime") == 0)
        return time_literal(engine, term, id, true);
    return unknown_literal(engine, term, id, false);
}

static bool is_number_type(rasqal_literal_type type)
{
    return type == RASQAL_LITERAL_DECIMAL || type == RASQAL_LITERAL_DOUBLE ||
           type == RASQAL_LITERAL_FLOAT || type == RASQAL_LITERAL_INTEGER ||
           type == RASQAL_LITERAL_INTEGER_SUBTYPE;
}

rasqal_literal *values_constant(struct engine *engine, rasqal_literal *literal)
{
    if (!is_number_type(literal->type))
        return rasqal_new_literal_from_literal(literal);
    const char *text = (const char *)literal->string;
    const struct ic_term term = {.kind = IC_LITERAL, .text = text, .length = strlen(text)};
    rasqal_literal *constant;
    bool exact = true;
    mpq_t number;
    mpq_init(number);
    if (ic_number_parse(number, text, term.length))
        constant = decimal_literal(engine, number, &exact);
    else if (is_infinity(text))
        constant = infinity_literal(engine, text);
    else
        constant = unknown_literal(engine, &term, IC_UNKNOWN_TERM, true);
    mpq_clear(number);
    if (!constant)
        return no_literal(engine);
    if (constant->type == RASQAL_LITERAL_DECIMAL) {
        raptor_free_uri(constant->datatype);
        constant->datatype = NULL; /* "=" would parse the string anew */
    }
    if (exact)
        return constant;
    rasqal_free_literal(constant);
    engine_fail(engine, IC_UNSUPPORTED,
                "the number %.60s... has more than the %d digits that the engine rasqal "
                "compares exactly",
                text, EXACT_DIGITS);
    return NULL;
}
