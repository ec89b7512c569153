/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing durations: one table of units for the XSD form and the short form. */
#include "duration.h"

#include <stdbool.h>
#include <string.h>

/* Largest first: a unit may only be followed by smaller ones. */
static const struct {
    char xsd, brief;
    bool time; /* after the T of the XSD form */
    int64_t ms;
} units[] = {
    {'D', 'd', false, 24 * 60 * 60 * 1000},
    {'H', 'h', true, 60 * 60 * 1000},
    {'M', 'm', true, 60 * 1000},
    {'S', 's', true, 1000},
};

enum { UNIT_COUNT = sizeof units / sizeof units[0], SECONDS = UNIT_COUNT - 1 };

struct cursor {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits, and decimals where there are any: at most three that count. */
struct quantity {
    int64_t whole, thousandths;
    bool decimals;
};

static bool read_quantity(struct cursor *text, struct quantity *quantity)
{
    *quantity = (struct quantity){0};
    const char *first = text->at;
    for (; text->at < text->end && is_digit(*text->at); text->at++) {
        quantity->whole = quantity->whole * 10 + (*text->at - '0');
        if (quantity->whole > IC_DURATION_MAX_MS)
            return false;
    }
    if (text->at == first || text->at == text->end || *text->at != '.')
        return text->at > first;

    quantity->decimals = true;
    first = ++text->at;
    for (int64_t scale = 100; text->at < text->end && is_digit(*text->at); text->at++) {
        if (scale == 0 && *text->at != '0')
            return false;
        quantity->thousandths += (*text->at - '0') * scale;
        scale /= 10;
    }
    return text->at > first;
}

/* Parts like "1H" or "30m" up to the end; false when there is none or one is wrong. */
static bool read_parts(struct cursor text, bool xsd, int64_t *total)
{
    size_t next = 0; /* units from here on are still allowed */
    bool time = false, any = false;
    *total = 0;
    while (text.at < text.end) {
        if (xsd && *text.at == 'T' && !time) {
            time = true;
            any = false; /* a T promises a part */
            text.at++;
            continue;
        }
        struct quantity quantity;
        if (!read_quantity(&text, &quantity) || text.at == text.end)
            return false;
        size_t unit = next;
        while (unit < UNIT_COUNT && *text.at != (xsd ? units[unit].xsd : units[unit].brief))
            unit++;
        if (unit == UNIT_COUNT || (xsd && units[unit].time != time) ||
            (quantity.decimals && unit != SECONDS) ||
            quantity.whole > IC_DURATION_MAX_MS / units[unit].ms)
            return false;
        *total += quantity.whole * units[unit].ms + quantity.thousandths;
        next = unit + 1;
        any = true;
        text.at++;
    }
    return any;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum ic_status ic_duration_parse(const char *text, int64_t *ms, struct ic_error *error)
{
    struct cursor trimmed = {text, text + strlen(text)};
    while (trimmed.at < trimmed.end && is_space(*trimmed.at))
        trimmed.at++;
    while (trimmed.at < trimmed.end && is_space(trimmed.end[-1]))
        trimmed.end--;

    const size_t length = (size_t)(trimmed.end - trimmed.at);
    const bool xsd = length > 0 && *trimmed.at == 'P';
    if (xsd)
        trimmed.at++;
    int64_t total;
    if (!read_parts(trimmed, xsd, &total) || total <= 0 || total > IC_DURATION_MAX_MS)
        return ic_fail(error, IC_BAD_INPUT,
                       "\"%.60s\" is not a duration of days, hours, minutes and seconds above "
                       "zero and up to 3660 days; write PT1H, P7D, 30m or 90s",
                       text);
    *ms = total;
    return IC_OK;
}
