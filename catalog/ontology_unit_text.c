/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a unit as somebody wrote it: one that the ontology names, or a product or quotient.
 *
 *     unit    = [ product ] *( below product )      below = "/" / "per"
 *     product = factor *( times factor )            times = "-" / "*" / "·" / spaces
 *     factor  = a spelling of a unit; "1" at the very beginning; a number right behind `below`
 *
 * What is behind the first `below` divides, all of it: USD/GB-month and USD/GB/month are the
 * same, as price lists mean it. Spellings may hold these signs themselves ("/s", "per cent"),
 * so at each place the longest spelling that ends before a sign counts. */
#include "ontology_internal.h"

#include <stdio.h>
#include <string.h>

#include "number.h"
#include "ontology_resolve.h"

struct reader {
    const struct ic_ontology *ontology;
    const char *at, *end;
    bool below;
    size_t factors;
    struct ic_unit_form *form;
    bool nines;
    struct ic_error *error;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* How many bytes at `p` are a sign between factors: 0 for none. */
static size_t sign_length(const char *p, const char *end)
{
    static const char *const dots[] = {"\xC2\xB7", "\xE2\x8B\x85"}; /* U+00B7, U+22C5 */
    if (p < end && (*p == '/' || *p == '-' || *p == '*' || is_space(*p)))
        return 1;
    for (size_t i = 0; i < sizeof dots / sizeof *dots; i++)
        if ((size_t)(end - p) >= strlen(dots[i]) && memcmp(p, dots[i], strlen(dots[i])) == 0)
            return strlen(dots[i]);
    return 0;
}

/* Up to three of the units that a spelling may mean: "GB, Gbit or GiB". */
static void list(const struct ic_unit_named *named, bool labels, char *text, size_t size)
{
    const struct ic_ontology_unit *units[3];
    size_t count = 0, used = 0;
    for (; named && count < 3; named = named->next) {
        size_t i = 0;
        while (i < count && units[i] != named->unit)
            i++;
        if (i == count && (!labels || named->label))
            units[count++] = named->unit;
    }
    text[0] = '\0';
    for (size_t i = 0; i < count && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s",
                                 i == 0           ? ""
                                 : i + 1 == count ? " or "
                                                  : ", ",
                                 units[i]->name);
}

/* True when `named` has another unit behind it, of the same sort. */
static bool is_ambiguous(const struct ic_unit_named *named)
{
    for (const struct ic_unit_named *n = named->next; n; n = n->next)
        if (n->label == named->label && n->unit != named->unit)
            return true;
    return false;
}

/* True when text that is a part of a unit has a line in it; an IRI in brackets has none. */
static bool has_line(const char *text, size_t length)
{
    return text[0] != '<' && (memchr(text, '/', length) || memmem(text, length, " per ", 5));
}

/* True when the part from r->at to `end` is the whole unit. */
static bool is_whole(const struct reader *r, const char *end)
{
    return r->factors == 0 && !r->below && end == r->end;
}

/* What may be meant by the part from r->at to `end`. */
static enum ic_status refuse_choice(const struct reader *r, const char *end,
                                    const struct ic_unit_named *named, bool labels,
                                    const char *remedy)
{
    char choice[256];
    list(named, labels, choice, sizeof choice);
    if (is_whole(r, end))
        return ic_fail(r->error, IC_BAD_INPUT, "which may mean %s; %s", choice, remedy);
    return ic_fail(r->error, IC_BAD_INPUT, "of which '%s' may mean %s; %s",
                   ic_resolve_show(r->at, (size_t)(end - r->at)).text, choice, remedy);
}

static enum ic_status refuse_name(const struct reader *r, const char *end)
{
    const size_t length = (size_t)(end - r->at);
    const struct ic_unit_named *near = ic_unit_near(r->ontology, r->at, length);
    if (near && (is_whole(r, end) || !has_line(r->at, length)))
        return refuse_choice(r, end, near, false, "upper and lower case matter");
    if (is_whole(r, end))
        return ic_fail(r->error, IC_BAD_INPUT, "which the ontology does not know");
    return ic_fail(r->error, IC_BAD_INPUT, "of which the ontology does not know '%s'",
                   ic_resolve_show(r->at, length).text);
}

const struct ic_ontology_unit *ic_unit_single(const struct ic_ontology *ontology,
                                              const char *text, size_t length)
{
    const struct ic_unit_named *named = ic_unit_find(ontology, text, length);
    return named && !is_ambiguous(named) ? named->unit : NULL;
}

static enum ic_status multiply(struct reader *r, const struct ic_unit_form *form)
{
    if (++r->factors > IC_UNIT_FACTORS_MAX ||
        !ic_unit_form_multiply(r->form, form, r->below ? -1 : 1))
        return ic_fail(r->error, IC_BAD_INPUT,
                       "which has more than %d units or a power above %d", IC_UNIT_FACTORS_MAX,
                       IC_UNIT_EXPONENT_MAX);
    return IC_OK;
}

/* A number below the line, or the 1 above it. */
static enum ic_status read_number(struct reader *r)
{
    const char *from = r->at;
    while (r->at < r->end && ((*r->at >= '0' && *r->at <= '9') || *r->at == '.'))
        r->at++;
    const size_t length = (size_t)(r->at - from);
    const bool one = r->factors == 0 && length == 1 && *from == '1';
    struct ic_unit_form number;
    ic_unit_form_init(&number);
    enum ic_status status;
    if ((!r->below && !one) || !ic_number_parse(number.factor, from, length) ||
        mpq_sgn(number.factor) <= 0)
        status = ic_fail(r->error, IC_BAD_INPUT,
                         "in which '%s' stands where a unit should; a number is possible "
                         "behind '/' alone, as in USD/10k",
                         ic_resolve_show(from, length).text);
    else
        status = multiply(r, &number);
    ic_unit_form_clear(&number);
    return status;
}

/* The longest spelling of a unit that ends before a sign; *end is where. NULL: none, and *end
 * is where the shortest one would. */
static const struct ic_unit_named *longest(const struct reader *r, const char **end)
{
    for (const char *p = r->end; p > r->at; p--) {
        const size_t length = (size_t)(p - r->at);
        if (p < r->end && !sign_length(p, r->end))
            continue;
        const struct ic_unit_named *named = ic_unit_find(r->ontology, r->at, length);
        *end = p;
        if (named && (is_whole(r, p) || !has_line(r->at, length)))
            return named;
    }
    return NULL;
}

static enum ic_status read_name(struct reader *r)
{
    const char *end = r->end;
    const struct ic_unit_named *named = longest(r, &end);
    if (!named)
        return refuse_name(r, end);
    if (is_ambiguous(named))
        return refuse_choice(r, end, named, named->label, "write one of them");
    if (named->unit->nines && !is_whole(r, end))
        return ic_fail(r->error, IC_BAD_INPUT,
                       "of which '%s' counts nines and has no multiples", named->unit->name);
    r->nines = named->unit->nines;
    r->at = end;
    return multiply(r, &named->unit->form);
}

static void skip_spaces(struct reader *r)
{
    while (r->at < r->end && is_space(*r->at))
        r->at++;
}

/* What stands between two factors, or before the first; spaces alone are a product. */
static void read_sign(struct reader *r)
{
    skip_spaces(r);
    const size_t left = (size_t)(r->end - r->at);
    if (left && *r->at == '/') {
        r->below = true;
        r->at++;
    } else if (left > 3 && memcmp(r->at, "per", 3) == 0 && is_space(r->at[3])) {
        r->below = true;
        r->at += 3;
    } else if (r->factors) {
        r->at += sign_length(r->at, r->end);
    }
    skip_spaces(r);
}

static enum ic_status read_factors(struct reader *r)
{
    enum ic_status status = IC_OK;
    while (r->at < r->end && status == IC_OK) {
        if (r->factors || !ic_unit_find(r->ontology, r->at, (size_t)(r->end - r->at)))
            read_sign(r);
        if (r->at == r->end)
            return ic_fail(r->error, IC_BAD_INPUT, "which ends before its last unit");
        status = (*r->at >= '0' && *r->at <= '9') &&
                         !ic_unit_find(r->ontology, r->at, (size_t)(r->end - r->at))
                     ? read_number(r)
                     : read_name(r);
    }
    return status;
}

enum ic_status ic_unit_parse(const struct ic_ontology *ontology, const char *text,
                             size_t length, struct ic_unit_form *form, bool *nines,
                             struct ic_error *error)
{
    struct reader r = {
        .ontology = ontology, .at = text, .end = text + length, .form = form, .error = error};
    if (length > IC_UNIT_BYTES_MAX)
        return ic_fail(error, IC_BAD_INPUT, "which is longer than %d bytes", IC_UNIT_BYTES_MAX);
    const enum ic_status status = read_factors(&r);
    *nines = r.nines;
    return status;
}
