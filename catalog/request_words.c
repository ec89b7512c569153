/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the request language. */
#include <gmp.h>
#include <string.h>

#include "number.h"
#include "request_internal.h"
#include "utf8.h"

const char *const ic_operator_names[IC_OP_NOT_EXISTS + 1] = {
    [IC_OP_DEFAULT] = NULL,
    [IC_OP_GE] = ">=",
    [IC_OP_LE] = "<=",
    [IC_OP_GT] = ">",
    [IC_OP_LT] = "<",
    [IC_OP_EQ] = "=",
    [IC_OP_NE] = "!=",
    [IC_OP_IN] = "in",
    [IC_OP_NOT_IN] = "not in",
    [IC_OP_WITHIN] = "within",
    [IC_OP_NOT_WITHIN] = "not within",
    [IC_OP_EXISTS] = "exists",
    [IC_OP_NOT_EXISTS] = "not exists",
};

const char *const ic_preference_names[IC_PREFER_HAVING + 1] = {
    [IC_PREFER_LOWEST] = "lowest",
    [IC_PREFER_HIGHEST] = "highest",
    [IC_PREFER_NEAR] = "near",
    [IC_PREFER_HAVING] = "having",
};

static const char *const keywords[] = {"or", "not", "in", "within", "exists"};

/* Words that open an item or a simple, where an attribute might stand. */
static const char *const reserved[] = {"or", "not", "offer", "prefer", "limit"};

/* The index of `text` in `names` (which may have holes), or `count`. */
static size_t find(const char *const *names, size_t count, const char *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (names[i] && strlen(names[i]) == length && memcmp(names[i], text, length) == 0)
            return i;
    return count;
}

bool ic_operator_find(const char *text, size_t length, enum ic_operator *op)
{
    const size_t count = sizeof ic_operator_names / sizeof *ic_operator_names;
    const size_t i = find(ic_operator_names, count, text, length);
    if (i < count)
        *op = (enum ic_operator)i;
    return i < count;
}

bool ic_preference_find(const char *text, size_t length, enum ic_preference_kind *kind)
{
    const size_t count = sizeof ic_preference_names / sizeof *ic_preference_names;
    const size_t i = find(ic_preference_names, count, text, length);
    if (i < count)
        *kind = (enum ic_preference_kind)i;
    return i < count;
}

bool ic_request_is_keyword(const char *text, size_t length)
{
    const size_t count = sizeof keywords / sizeof *keywords;
    return find(keywords, count, text, length) < count;
}

bool ic_request_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool ic_request_ends_word(char c)
{
    const unsigned char u = (unsigned char)c;
    return u <= 0x20 || u == 0x7f || c == ';' || c == '(' || c == ')' || c == '{' || c == '}' ||
           c == ',' || c == '"';
}

bool ic_request_is_sign(char c)
{
    return c == '<' || c == '>' || c == '=' || c == '!';
}

bool ic_request_is_number(const char *text, size_t length)
{
    mpq_t number;
    mpq_init(number);
    const bool is = ic_number_parse(number, text, length);
    mpq_clear(number);
    return is;
}

static bool is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (ic_request_ends_word(text[i]))
            return false;
    return length > 0;
}

/* <IRI>: RFC 3987's characters are not checked here; what the ontology does not have is
 * unknown anyway. */
static bool is_bracketed(const char *text, size_t length)
{
    if (length < 3 || text[0] != '<' || text[length - 1] != '>')
        return false;
    for (size_t i = 1; i < length - 1; i++)
        if ((unsigned char)text[i] <= 0x20 || strchr("<>\"\x7f", text[i]))
            return false;
    return true;
}

const char *ic_request_attribute_fault(const char *text, size_t length)
{
    if (length == 0)
        return "is empty; an attribute is a name, prefix:name or <IRI>";
    if (find(reserved, sizeof reserved / sizeof *reserved, text, length) <
        sizeof reserved / sizeof *reserved)
        return "is a word of the request language; write such an attribute as <IRI>";
    if (is_bracketed(text, length))
        return NULL;
    for (size_t i = 0; i < length; i++)
        if (ic_request_ends_word(text[i]) || ic_request_is_sign(text[i]))
            return "is not an attribute; that is a name, prefix:name or <IRI>";
    return NULL;
}

const char *ic_request_unit_fault(const char *text, size_t length)
{
    if (!is_word(text, length) || ic_request_is_sign(text[0]) ||
        (length == 2 && memcmp(text, "or", 2) == 0))
        return "is not a unit; that is one word, such as GB or USD/h";
    return NULL;
}

void ic_request_trim(const char **text, size_t *length)
{
    while (*length && ic_request_is_space((*text)[0])) {
        (*text)++;
        (*length)--;
    }
    while (*length && ic_request_is_space((*text)[*length - 1]))
        (*length)--;
}

struct ic_excerpt ic_request_excerpt(const char *text, size_t length)
{
    struct ic_excerpt excerpt = {""};
    const size_t cut = ic_utf8_cut(text, length, IC_REQUEST_EXCERPT_MAX);
    memcpy(excerpt.text, text, cut);
    if (cut < length)
        memcpy(excerpt.text + cut, "...", 4);
    return excerpt;
}
