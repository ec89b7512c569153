/* SPDX-License-Identifier: Apache-2.0 */
/* The configured limits: one table, their texts and their message. */
#include "limits.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

enum { PAIR_BYTES_MAX = 64 }; /* one NAME=VALUE */

/* Minima are what the store needs to work at all. A term is no longer than the readers of
 * formats take; the cache of terms counts in 32 bits. */
static const struct {
    const char *name;
    uint64_t usual, minimum, maximum;
    bool counts; /* it is no number of bytes */
} table[IC_LIMIT_COUNT] = {
    [IC_LIMIT_CACHE] = {"cache", 64 * MIB, MIB, 64 * GIB, false},
    [IC_LIMIT_POSTINGS] = {"postings", 32 * MIB, 64 * KIB, 64 * GIB, false},
    [IC_LIMIT_NAMES] = {"names", 32 * MIB, 64 * KIB, 4 * GIB, false},
    [IC_LIMIT_TERMS] = {"terms", MIB, 64 * KIB, 2 * GIB, false},
    [IC_LIMIT_CHANGES] = {"changes", 8 * MIB, 4 * KIB, 4 * GIB, false},
    [IC_LIMIT_VERSIONS] = {"versions", 64 * MIB, 64 * KIB, 64 * GIB, false},
    [IC_LIMIT_LOG] = {"log", 16 * MIB, MIB, 2 * GIB, false},
    [IC_LIMIT_IMPORT] = {"import", 256 * MIB, 16 * MIB, 64 * GIB, false},
    [IC_LIMIT_TRANSACTION] = {"transaction", 256 * MIB, 64 * KIB, 64 * GIB, false},
    [IC_LIMIT_RESULT] = {"result", 256 * MIB, 64 * KIB, 64 * GIB, false},
    [IC_LIMIT_STATEMENTS] = {"statements", 64 * MIB, 1, UINT32_MAX, true},
    [IC_LIMIT_TERM] = {"term", 16 * MIB, KIB, 16 * MIB, false},
};
_Static_assert(SIZE_MAX >= UINT64_MAX, "limits of gigabytes are kept in a size_t");

const char *ic_limit_name(enum ic_limit limit)
{
    return table[limit].name;
}

bool ic_limit_find(const char *name, size_t length, enum ic_limit *limit)
{
    for (int i = 0; i < IC_LIMIT_COUNT; i++)
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0) {
            *limit = (enum ic_limit)i;
            return true;
        }
    return false;
}

size_t ic_limit_value(const struct ic_limits *limits, enum ic_limit limit)
{
    const uint64_t value = limits ? limits->values[limit] : 0;
    return (size_t)(value ? value : table[limit].usual);
}

void ic_bytes_format(uint64_t bytes, char text[IC_LIMIT_TEXT_MAX])
{
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
    size_t unit = 0;
    while (unit < 3 && bytes && bytes % KIB == 0) {
        bytes /= KIB;
        unit++;
    }
    snprintf(text, IC_LIMIT_TEXT_MAX, "%" PRIu64 " %s", bytes, units[unit]);
}

void ic_limit_format(enum ic_limit limit, uint64_t value, char text[IC_LIMIT_TEXT_MAX])
{
    if (table[limit].counts)
        snprintf(text, IC_LIMIT_TEXT_MAX, "%" PRIu64, value);
    else
        ic_bytes_format(value, text);
}

/* The number that `text` begins with. False: there is none, or it is out of reach. */
static bool read_number(const char *text, uint64_t *value, const char **rest)
{
    const char *p = text;
    *value = 0;
    for (; isdigit((unsigned char)*p); p++) {
        const uint64_t digit = (uint64_t)(*p - '0');
        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    *rest = p;
    return p != text;
}

/* What the number of bytes is multiplied with; 0: `text` is no unit. */
static uint64_t unit_of(const char *text)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"", 1},    {"bytes", 1}, {"K", KIB}, {"KiB", KIB},
                 {"M", MIB}, {"MiB", MIB}, {"G", GIB}, {"GiB", GIB}};
    text += strspn(text, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, text) == 0)
            return units[i].bytes;
    return 0;
}

bool ic_bytes_parse(const char *text, uint64_t *bytes)
{
    const char *rest;
    if (!read_number(text, bytes, &rest))
        return false;
    const uint64_t unit = unit_of(rest);
    if (!unit || *bytes > UINT64_MAX / unit)
        return false;
    *bytes *= unit;
    return true;
}

enum ic_status ic_limit_parse(struct ic_limits *limits, enum ic_limit limit, const char *text,
                              struct ic_error *error)
{
    char minimum[IC_LIMIT_TEXT_MAX], maximum[IC_LIMIT_TEXT_MAX];
    const char *rest;
    uint64_t value;
    const bool good = table[limit].counts ? read_number(text, &value, &rest) && *rest == '\0'
                                          : ic_bytes_parse(text, &value);
    if (good && value >= table[limit].minimum && value <= table[limit].maximum) {
        limits->values[limit] = value;
        return IC_OK;
    }
    ic_limit_format(limit, table[limit].minimum, minimum);
    ic_limit_format(limit, table[limit].maximum, maximum);
    return ic_fail(error, IC_BAD_INPUT,
                   "the limit %s = \"%.40s\" is not from %s to %s; write for example %s",
                   table[limit].name, text, minimum, maximum,
                   table[limit].counts ? "1000000" : "\"16 MiB\" or 16777216");
}

static enum ic_status no_such_limit(const char *text, struct ic_error *error)
{
    char names[256];
    size_t used = 0;
    for (int i = 0; i < IC_LIMIT_COUNT; i++) {
        const char *gap = !i ? "" : i == IC_LIMIT_COUNT - 1 ? " and " : ", ";
        const int length =
            snprintf(names + used, sizeof names - used, "%s%s", gap, table[i].name);
        used += length > 0 ? (size_t)length : 0;
        if (used >= sizeof names)
            break;
    }
    return ic_fail(error, IC_BAD_INPUT,
                   "\"%.40s\" sets no limit; write NAME=VALUE,NAME=VALUE; there are %s", text,
                   names);
}

enum ic_status ic_limits_parse(struct ic_limits *limits, const char *text,
                               struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && *text) {
        char pair[PAIR_BYTES_MAX];
        const size_t length = strcspn(text, ",");
        enum ic_limit limit;
        const size_t kept = length < sizeof pair ? length : sizeof pair - 1;
        memcpy(pair, text, kept);
        pair[kept] = '\0';
        const char *equals = strchr(pair, '=');
        const char *name = pair + strspn(pair, " ");
        if (length >= sizeof pair || !equals || name > equals ||
            !ic_limit_find(name, (size_t)(equals - name), &limit))
            return no_such_limit(pair, error);
        status = ic_limit_parse(limits, limit, equals + 1, error);
        text += length;
        text += *text == ',';
    }
    return status;
}

enum ic_status ic_limits_from_environment(struct ic_limits *limits, struct ic_error *error)
{
    const char *text = getenv("INTERCLOUD_LIMITS");
    struct ic_error why;
    if (!text || ic_limits_parse(limits, text, &why) == IC_OK)
        return IC_OK;
    return ic_fail(error, IC_USAGE, "$INTERCLOUD_LIMITS: %s", why.text);
}

enum ic_status ic_limit_passed(enum ic_limit limit, uint64_t value, const char *what,
                               const char *instead, struct ic_error *error)
{
    char text[IC_LIMIT_TEXT_MAX];
    ic_limit_format(limit, value, text);
    return ic_fail(error, IC_TOO_LARGE, "%s than the limit %s = %s; %s%s", what,
                   table[limit].name, text, instead,
                   value < table[limit].maximum ? ", or raise the limit" : "");
}
