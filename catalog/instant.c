/* SPDX-License-Identifier: Apache-2.0 */
/* ISO 8601 instants. */
#include "instant.h"

enum { MS_SECOND = 1000, SECONDS_DAY = 86400 };
#define MS_DAY ((int64_t)SECONDS_DAY * MS_SECOND)

/* Exactly `count` digits at *text, which moves behind them. */
static bool take_digits(const char **text, size_t count, int *value)
{
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        if ((*text)[i] < '0' || (*text)[i] > '9')
            return false;
        result = result * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *value = result;
    return true;
}

static bool take(const char **text, char c)
{
    if (**text != c)
        return false;
    ++*text;
    return true;
}

/* ".123456" as milliseconds; without a dot 0. */
static bool take_fraction(const char **text, int64_t *ms)
{
    *ms = 0;
    if (!take(text, '.'))
        return true;
    size_t digits = 0;
    for (int64_t scale = 100; **text >= '0' && **text <= '9'; ++*text, scale /= 10, digits++)
        *ms += (**text - '0') * scale;
    return digits > 0;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar; `year` from 1970 on. */
static int64_t days_of(int year, int month, int day)
{
    const int y = year - 1;
    int64_t days = (int64_t)y * 365 + y / 4 - y / 100 + y / 400 - 719162;
    for (int m = 1; m < month; m++)
        days += month_days(year, m);
    return days + day - 1;
}

static bool take_date(const char **text, int64_t *days)
{
    int year, month, day;
    if (!take_digits(text, 4, &year) || !take(text, '-') || !take_digits(text, 2, &month) ||
        !take(text, '-') || !take_digits(text, 2, &day))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *days = days_of(year, month, day);
    return true;
}

/* hh:mm[:ss[.fraction]]; 24:00 and leap seconds are not taken. */
static bool take_time(const char **text, int64_t *ms)
{
    int hour, minute, second = 0;
    int64_t fraction = 0;
    if (!take_digits(text, 2, &hour) || !take(text, ':') || !take_digits(text, 2, &minute))
        return false;
    if (take(text, ':') && (!take_digits(text, 2, &second) || !take_fraction(text, &fraction)))
        return false;
    *ms = (int64_t)(hour * 3600 + minute * 60 + second) * MS_SECOND + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

/* "Z", "+hh:mm", "-hh:mm" or nothing: the offset from UTC. */
static bool take_zone(const char **text, int64_t *offset_ms)
{
    *offset_ms = 0;
    if (take(text, 'Z') || **text == '\0')
        return true;
    const int sign = take(text, '-') ? -1 : take(text, '+') ? 1 : 0;
    int hour, minute;
    if (!sign || !take_digits(text, 2, &hour) || !take(text, ':') ||
        !take_digits(text, 2, &minute) || hour > 14 || minute > 59)
        return false;
    *offset_ms = (int64_t)sign * (hour * 60 + minute) * 60 * MS_SECOND;
    return true;
}

enum ic_status ic_instant_parse(const char *text, int64_t *ms, struct ic_error *error)
{
    const char *at = text;
    int64_t days, time_ms = 0, offset_ms = 0;
    bool good = take_date(&at, &days);
    if (good && *at != '\0')
        good = take(&at, 'T') && take_time(&at, &time_ms) && take_zone(&at, &offset_ms);
    const int64_t result = good ? days * MS_DAY + time_ms - offset_ms : -1;
    if (!good || *at != '\0' || result < 0 || result > IC_INSTANT_MS_MAX)
        return ic_fail(error, IC_BAD_INPUT,
                       "'%s' is not a time from 1970 on in ISO 8601, as 2026-01-31 or "
                       "2026-01-31T12:00:00Z",
                       text);
    *ms = result;
    return IC_OK;
}

/* `value` as `digits` decimal digits; returns what follows. */
static char *put_digits(char *to, int64_t value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + digits;
}

void ic_instant_format(int64_t ms, char text[IC_INSTANT_BYTES])
{
    if (ms < 0 || ms > IC_INSTANT_MS_MAX) {
        text[0] = '-';
        text[1] = '\0';
        return;
    }
    int64_t days = ms / MS_DAY;
    const int64_t seconds = ms % MS_DAY / MS_SECOND;
    int year = 1970, month = 1;
    for (; days >= 365 + leap(year); year++)
        days -= 365 + leap(year);
    for (; days >= month_days(year, month); month++)
        days -= month_days(year, month);

    const struct {
        int64_t value;
        int digits;
        char behind;
    } parts[] = {{year, 4, '-'},
                 {month, 2, '-'},
                 {days + 1, 2, 'T'},
                 {seconds / 3600, 2, ':'},
                 {seconds / 60 % 60, 2, ':'},
                 {seconds % 60, 2, ms % MS_SECOND ? '.' : 'Z'},
                 {ms % MS_SECOND, 3, 'Z'}};
    const size_t count = sizeof parts / sizeof *parts - (ms % MS_SECOND ? 0 : 1);
    char *to = text;
    for (size_t i = 0; i < count; i++) {
        to = put_digits(to, parts[i].value, parts[i].digits);
        *to++ = parts[i].behind;
    }
    *to = '\0';
}
