/* SPDX-License-Identifier: Apache-2.0 */
/* The text form of a request: a recursive descent over the grammar in request.h.
 *
 * What a word means depends on where it stands: signs end an attribute but not a value, the
 * operators' words are operators only behind an attribute, and only a number has a unit. */
#include <string.h>

#include "request_scan.h"

#define EXAMPLE "'availabilityQuantity >= 99.999; tierCountries JAPAN'"

static enum ic_status unexpected(struct scanner *scanner)
{
    const size_t length = request_scan_word(scanner);
    const struct ic_excerpt found =
        ic_request_excerpt(scanner->text + scanner->at, length ? length : 1);
    return request_scan_fail(
        scanner, scanner->at,
        "'%s' is not expected here; put ';' before another constraint, 'or' "
        "before an alternative, quotes around a value that is not one word",
        found.text);
}

/* The length of the <IRI> or word that follows. */
static size_t name_length(struct scanner *scanner)
{
    const size_t word = request_scan_word(scanner);
    const char *text = scanner->text + scanner->at;
    if (word == 0 || text[0] != '<')
        return word;
    const char *close = memchr(text, '>', scanner->length - scanner->at);
    return close ? (size_t)(close - text) + 1 : word;
}

/* The length of the attribute that follows; a sign ends it unless it is an <IRI>. */
static size_t attribute_length(struct scanner *scanner)
{
    const size_t word = name_length(scanner);
    const char *text = scanner->text + scanner->at;
    if (word && text[0] == '<')
        return word;
    size_t length = 0;
    while (length < word && !ic_request_is_sign(text[length]))
        length++;
    return length;
}

static enum ic_status parse_attribute(struct scanner *scanner, const char **attribute)
{
    const size_t length = attribute_length(scanner);
    const char *text = scanner->text + scanner->at;
    if (length == 0)
        return request_scan_next(scanner) == '\0'
                   ? request_scan_fail(scanner, scanner->at, "an attribute is missing here")
                   : request_scan_fail(
                         scanner, scanner->at,
                         "an attribute is expected here: a name, prefix:name or <IRI>");
    const char *fault = ic_request_attribute_fault(text, length);
    if (fault) {
        const struct ic_excerpt excerpt = ic_request_excerpt(text, length);
        return request_scan_fail(scanner, scanner->at, "'%s' %s", excerpt.text, fault);
    }
    *attribute = ic_request_keep(scanner->request, text, length);
    if (!*attribute)
        return ic_request_no_memory(scanner->error);
    scanner->at += length;
    return IC_OK;
}

static enum ic_status parse_sign_operator(struct scanner *scanner, enum ic_operator *op)
{
    const size_t start = scanner->at;
    size_t end = start;
    while (end < scanner->length && ic_request_is_sign(scanner->text[end]))
        end++;
    if (!ic_operator_find(scanner->text + start, end - start, op)) {
        const struct ic_excerpt excerpt =
            ic_request_excerpt(scanner->text + start, end - start);
        return request_scan_fail(
            scanner, start,
            "'%s' is not an operator; there are >= <= > < = != in, within, "
            "exists, not in, not within, not exists",
            excerpt.text);
    }
    scanner->at = end;
    return IC_OK;
}

/* The operator behind an attribute; IC_OP_DEFAULT when there is none. */
static enum ic_status parse_operator(struct scanner *scanner, enum ic_operator *op)
{
    static const enum ic_operator words[][2] = {{IC_OP_IN, IC_OP_NOT_IN},
                                                {IC_OP_WITHIN, IC_OP_NOT_WITHIN},
                                                {IC_OP_EXISTS, IC_OP_NOT_EXISTS}};
    *op = IC_OP_DEFAULT;
    if (ic_request_is_sign(request_scan_next(scanner)))
        return parse_sign_operator(scanner, op);
    const size_t start = scanner->at;
    const bool negative = request_scan_takes(scanner, "not");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (request_scan_takes(scanner, ic_operator_names[words[i][0]])) {
            *op = words[i][negative];
            return IC_OK;
        }
    }
    if (negative)
        return request_scan_fail(
            scanner, start,
            "'not' stands before an attribute or before in, within, exists; "
            "quote it when it is a value");
    return IC_OK;
}

/* A word or quoted string, without unit. */
static enum ic_status parse_plain_value(struct scanner *scanner, struct ic_request_value *value)
{
    if (request_scan_next(scanner) == '"') {
        value->quoted = true;
        return request_scan_quoted(scanner, &value->text);
    }
    const size_t length = request_scan_word(scanner);
    const char *text = scanner->text + scanner->at;
    if (length == 0)
        return request_scan_next(scanner) == '\0'
                   ? request_scan_fail(scanner, scanner->at, "a value is missing here")
                   : request_scan_fail(
                         scanner, scanner->at,
                         "a value is expected here: a number, a word, or \"text in "
                         "quotes\"");
    if (ic_request_is_keyword(text, length)) {
        const struct ic_excerpt word = ic_request_excerpt(text, length);
        return request_scan_fail(
            scanner, scanner->at,
            "'%s' is a word of the request language; write \"%s\" when it is a "
            "value",
            word.text, word.text);
    }
    value->text = ic_request_keep(scanner->request, text, length);
    if (!value->text)
        return ic_request_no_memory(scanner->error);
    scanner->at += length;
    return IC_OK;
}

/* Takes the word that follows as the unit of `value`. */
static enum ic_status parse_unit(struct scanner *scanner, struct ic_request_value *value)
{
    const size_t length = request_scan_word(scanner);
    value->unit = ic_request_keep(scanner->request, scanner->text + scanner->at, length);
    if (!value->unit)
        return ic_request_no_memory(scanner->error);
    scanner->at += length;
    return IC_OK;
}

static bool is_unquoted_number(const struct scanner *scanner, size_t start,
                               const struct ic_request_value *value)
{
    return !value->quoted && ic_request_is_number(scanner->text + start, scanner->at - start);
}

static enum ic_status parse_value(struct scanner *scanner, struct ic_request_value *value)
{
    *value = (struct ic_request_value){0};
    request_scan_next(scanner);
    const size_t start = scanner->at;
    enum ic_status status = parse_plain_value(scanner, value);
    if (status != IC_OK || !is_unquoted_number(scanner, start, value))
        return status;
    const size_t length = request_scan_word(scanner);
    if (!ic_request_unit_fault(scanner->text + scanner->at, length))
        status = parse_unit(scanner, value);
    return status;
}

static enum ic_status parse_list(struct scanner *scanner, struct ic_simple *simple)
{
    const size_t open = scanner->at++;
    for (;;) {
        struct ic_request_value value;
        enum ic_status status = parse_value(scanner, &value);
        if (status == IC_OK)
            status = ic_request_add_value(scanner->request, simple, &value, scanner->error);
        if (status != IC_OK)
            return status;
        const char next = request_scan_next(scanner);
        if (next == '\0')
            return request_scan_fail(scanner, open, "a list is opened here and never closed");
        if (next != ',' && next != ')')
            return request_scan_fail(
                scanner, scanner->at,
                "',' or ')' is expected here; a value that is not one word "
                "stands in quotes");
        scanner->at++;
        if (next == ')')
            return IC_OK;
    }
}

static enum ic_status parse_values(struct scanner *scanner, struct ic_simple *simple)
{
    const char next = request_scan_next(scanner);
    if (next == '(')
        return parse_list(scanner, simple);
    if (simple->op == IC_OP_EXISTS || simple->op == IC_OP_NOT_EXISTS || next == '\0' ||
        next == ';' || next == '}' || request_scan_sees(scanner, "or"))
        return IC_OK; /* ic_request_add_simple says so where a value is missing */
    struct ic_request_value value;
    const enum ic_status status = parse_value(scanner, &value);
    if (status != IC_OK)
        return status;
    return ic_request_add_value(scanner->request, simple, &value, scanner->error);
}

static enum ic_status parse_simple(struct scanner *scanner, struct ic_constraint *constraint)
{
    struct ic_simple simple = {0};
    request_scan_next(scanner);
    simple.place = request_scan_place(scanner, scanner->at);
    simple.negated = request_scan_takes(scanner, "not");
    enum ic_status status = parse_attribute(scanner, &simple.attribute);
    if (status == IC_OK)
        status = parse_operator(scanner, &simple.op);
    if (status == IC_OK)
        status = parse_values(scanner, &simple);
    if (status != IC_OK)
        return status;
    return ic_request_add_simple(scanner->request, constraint, &simple, scanner->error);
}

static enum ic_status parse_constraint(struct scanner *scanner, struct ic_group *group)
{
    struct ic_constraint constraint = {0};
    do {
        const enum ic_status status = parse_simple(scanner, &constraint);
        if (status != IC_OK)
            return status;
    } while (request_scan_takes(scanner, "or"));
    return ic_request_add_constraint(scanner->request, group, &constraint, scanner->error);
}

static enum ic_status parse_offer(struct scanner *scanner)
{
    struct ic_group group = {0};
    if (request_scan_next(scanner) != '{')
        return request_scan_fail(
            scanner, scanner->at,
            "'{' is expected after 'offer', as in offer { memorySize >= 64 }");
    const size_t open = scanner->at++;
    for (;;) {
        const enum ic_status status = parse_constraint(scanner, &group);
        if (status != IC_OK)
            return status;
        const char next = request_scan_next(scanner);
        if (next == '\0')
            return request_scan_fail(scanner, open, "'{' is opened here and never closed");
        if (next != ';' && next != '}')
            return unexpected(scanner);
        scanner->at++;
        if (next == '}')
            return ic_request_add_group(scanner->request, &group, scanner->error);
    }
}

/* How many words follow up to the end of the item; counts no further than 4. */
static size_t words_ahead(struct scanner *scanner)
{
    const size_t start = scanner->at;
    size_t count = 0;
    for (size_t length; count < 4 && (length = name_length(scanner)) > 0; count++)
        scanner->at += length;
    scanner->at = start;
    return count;
}

/* The value of "near" and "having". After it stand ATTRIBUTE [ "weight" number ], one word or
 * three, so that a unit makes them two or four. */
static enum ic_status parse_preferred_value(struct scanner *scanner,
                                            struct ic_request_value *value)
{
    request_scan_next(scanner);
    const size_t start = scanner->at;
    const enum ic_status status = parse_plain_value(scanner, value);
    if (status != IC_OK || !is_unquoted_number(scanner, start, value))
        return status;
    if (words_ahead(scanner) % 2 != 0)
        return IC_OK;
    const size_t length = request_scan_word(scanner);
    if (ic_request_unit_fault(scanner->text + scanner->at, length))
        return IC_OK;
    return parse_unit(scanner, value);
}

static enum ic_status parse_weight(struct scanner *scanner, struct ic_preference *preference)
{
    const size_t length = request_scan_word(scanner);
    if (!ic_request_is_number(scanner->text + scanner->at, length))
        return request_scan_fail(scanner, scanner->at, "a number is expected after 'weight'");
    preference->weight = ic_request_keep(scanner->request, scanner->text + scanner->at, length);
    if (!preference->weight)
        return ic_request_no_memory(scanner->error);
    scanner->at += length;
    return IC_OK;
}

static enum ic_status parse_preference(struct scanner *scanner, struct ic_request_place place)
{
    struct ic_preference preference = {.place = place};
    const size_t length = request_scan_word(scanner);
    if (!ic_preference_find(scanner->text + scanner->at, length, &preference.kind))
        return request_scan_fail(scanner, scanner->at,
                                 "lowest, highest, near or having is expected after 'prefer'");
    scanner->at += length;
    enum ic_status status = IC_OK;
    if (preference.kind == IC_PREFER_NEAR || preference.kind == IC_PREFER_HAVING)
        status = parse_preferred_value(scanner, &preference.value);
    if (status == IC_OK)
        status = parse_attribute(scanner, &preference.attribute);
    if (status == IC_OK && request_scan_takes(scanner, "weight"))
        status = parse_weight(scanner, &preference);
    if (status != IC_OK)
        return status;
    return ic_request_add_preference(scanner->request, &preference, scanner->error);
}

static enum ic_status parse_item(struct scanner *scanner)
{
    const char next = request_scan_next(scanner);
    const struct ic_request_place place = request_scan_place(scanner, scanner->at);
    if (next == '\0' || next == ';')
        return request_scan_fail(scanner, scanner->at,
                                 "a constraint is missing here; ';' stands only between two");
    if (request_scan_takes(scanner, "offer"))
        return parse_offer(scanner);
    if (request_scan_takes(scanner, "prefer"))
        return parse_preference(scanner, place);
    if (request_scan_takes(scanner, "limit")) {
        const size_t length = request_scan_word(scanner);
        const char *text = scanner->text + scanner->at;
        scanner->at += length;
        return ic_request_set_limit(scanner->request, text, length, place, scanner->error);
    }
    return parse_constraint(scanner, &scanner->request->main);
}

static enum ic_status parse_items(struct scanner *scanner)
{
    for (;;) {
        const enum ic_status status = parse_item(scanner);
        if (status != IC_OK)
            return status;
        const char next = request_scan_next(scanner);
        if (scanner->at == scanner->length)
            return IC_OK;
        if (next != ';')
            return unexpected(scanner);
        scanner->at++;
    }
}

static enum ic_status check_size(const char *name, const char *const *texts, size_t count,
                                 bool *blank, struct ic_error *error)
{
    size_t size = 0;
    *blank = true;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(texts[i]);
        if (length > IC_REQUEST_BYTES_MAX - size)
            return ic_fail_at(error, IC_TOO_LARGE, name, 0, 0,
                              "the request is longer than %d bytes", IC_REQUEST_BYTES_MAX);
        size += length;
        if (strspn(texts[i], " \t\r\n") != length)
            *blank = false;
    }
    return IC_OK;
}

enum ic_status ic_request_parse(const char *name, const char *const *texts, size_t count,
                                struct ic_request **out, struct ic_error *error)
{
    bool blank;
    enum ic_status status = check_size(name, texts, count, &blank, error);
    struct ic_request *request = NULL;
    if (status == IC_OK)
        status = ic_request_new(name, &request, error);
    for (size_t i = 0; status == IC_OK && !blank && i < count; i++) {
        struct scanner scanner;
        status = request_scan_init(&scanner, request, texts[i], strlen(texts[i]),
                                   count > 1 ? (unsigned long)i + 1 : 0, error);
        if (status == IC_OK)
            status = parse_items(&scanner);
    }
    if (status == IC_OK)
        status = ic_request_finish(request, EXAMPLE, error);
    if (status != IC_OK) {
        ic_request_free(request);
        return status;
    }
    *out = request;
    return IC_OK;
}
