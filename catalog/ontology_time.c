/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical forms of xsd:date and xsd:dateTime (XML Schema 1.1 part 2, 3.3.7 and 3.3.9), exact
 * to any fraction of a second. */
#include "ontology_internal.h"

#include <string.h>

enum {
    YEAR_MIN = 1,
    YEAR_MAX = 9999,
    FRACTION_DIGITS_MAX = 60, /* of a second; a literal with more is refused */
    ZONE_MINUTES_MAX = 14 * 60,
    MINUTES_DAY = 24 * 60
};

/* What is left to read. */
struct scan {
    const char *at, *end;
};

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool is_digit(const struct scan *s)
{
    return s->at < s->end && *s->at >= '0' && *s->at <= '9';
}

/* Exactly `count` digits, as a number from `low` to `high`. */
static bool take_number(struct scan *s, int count, int low, int high, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit(s))
            return false;
        *value = *value * 10 + (*s->at++ - '0');
    }
    return *value >= low && *value <= high;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

struct date {
    int year, month, day;
};

static bool take_date(struct scan *s, struct date *date)
{
    return take_number(s, 4, YEAR_MIN, YEAR_MAX, &date->year) && take(s, '-') &&
           take_number(s, 2, 1, 12, &date->month) && take(s, '-') &&
           take_number(s, 2, 1, month_days(date->year, date->month), &date->day);
}

/* "Z", "+hh:mm", "-hh:mm" or nothing, up to the end. */
static bool take_zone(struct scan *s, int *minutes)
{
    *minutes = 0;
    if (s->at == s->end)
        return true;
    if (take(s, 'Z'))
        return s->at == s->end;
    const bool west = take(s, '-');
    int hour, minute;
    if ((!west && !take(s, '+')) || !take_number(s, 2, 0, 14, &hour) || !take(s, ':') ||
        !take_number(s, 2, 0, 59, &minute) || hour * 60 + minute > ZONE_MINUTES_MAX)
        return false;
    *minutes = west ? -(hour * 60 + minute) : hour * 60 + minute;
    return s->at == s->end;
}

/* ".digits" without trailing zeros; *digits 0 without a fraction. */
static bool take_fraction(struct scan *s, const char **fraction, int *digits)
{
    *digits = 0;
    if (!take(s, '.'))
        return true;
    *fraction = s->at;
    while (is_digit(s))
        s->at++;
    const ptrdiff_t count = s->at - *fraction;
    if (count == 0 || count > FRACTION_DIGITS_MAX)
        return false;
    *digits = (int)count;
    while (*digits > 0 && (*fraction)[*digits - 1] == '0')
        --*digits;
    return true;
}

/* Moves by one day; false past the years we know. */
static bool next_day(struct date *date)
{
    if (++date->day <= month_days(date->year, date->month))
        return true;
    date->day = 1;
    if (++date->month <= 12)
        return true;
    date->month = 1;
    return ++date->year <= YEAR_MAX;
}

static bool previous_day(struct date *date)
{
    if (--date->day >= 1)
        return true;
    if (--date->month < 1) {
        date->month = 12;
        if (--date->year < YEAR_MIN)
            return false;
    }
    date->day = month_days(date->year, date->month);
    return true;
}

enum ic_status ic_ontology_date(const char *text, size_t length, struct ic_arena *arena,
                                const char **canonical)
{
    struct scan s = {text, text + length};
    struct date date;
    int zone;
    if (!take_date(&s, &date) || !take_zone(&s, &zone))
        return IC_BAD_INPUT;
    *canonical = ic_arena_copy(arena, text, strlen("YYYY-MM-DD"));
    return *canonical ? IC_OK : IC_NO_MEMORY;
}

enum ic_status ic_ontology_datetime(const char *text, size_t length, struct ic_arena *arena,
                                    const char **canonical)
{
    struct scan s = {text, text + length};
    struct date date;
    int hour, minute, second, digits, zone;
    const char *fraction = "";
    if (!take_date(&s, &date) || !take(&s, 'T') || !take_number(&s, 2, 0, 24, &hour) ||
        !take(&s, ':') || !take_number(&s, 2, 0, 59, &minute) || !take(&s, ':') ||
        !take_number(&s, 2, 0, 59, &second) || !take_fraction(&s, &fraction, &digits) ||
        !take_zone(&s, &zone))
        return IC_BAD_INPUT;
    if (hour == 24 && (minute || second || digits)) /* 24:00:00 is the next midnight */
        return IC_BAD_INPUT;

    int minutes = hour * 60 + minute - zone;
    bool known = true;
    for (; minutes >= MINUTES_DAY && known; minutes -= MINUTES_DAY)
        known = next_day(&date);
    for (; minutes < 0 && known; minutes += MINUTES_DAY)
        known = previous_day(&date);
    if (!known)
        return IC_BAD_INPUT;
    *canonical = ic_arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%s%.*sZ", date.year,
                                 date.month, date.day, minutes / 60, minutes % 60, second,
                                 digits ? "." : "", digits, fraction);
    return *canonical ? IC_OK : IC_NO_MEMORY;
}
