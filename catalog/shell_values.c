/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the values of options. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "duration.h"
#include "instant.h"
#include "names.h"

/* Puts the option's name in front of a message about its value and makes it a matter of usage.
 */
static enum ic_status usage(const struct ic_invocation *invocation, const char *option,
                            struct ic_error *error)
{
    const struct ic_error inner = *error;
    return ic_fail(error, IC_USAGE, "%s: --%s: %s", invocation->command->name, option,
                   inner.text);
}

enum ic_status ic_option_view(const struct ic_invocation *invocation, struct ic_view *view,
                              char **as, struct ic_error *error)
{
    const char *jid = ic_option_value(invocation, "as"),
               *at = ic_option_value(invocation, "at");
    *as = NULL;
    *view = (struct ic_view){0};
    if (at && ic_instant_parse(at, &view->at_ms, error) != IC_OK)
        return usage(invocation, "at", error);
    if (jid) {
        const enum ic_status status = ic_name_jid(jid, as, error);
        if (status == IC_BAD_INPUT)
            return usage(invocation, "as", error);
        if (status != IC_OK)
            return status;
        view->as = *as;
    }
    return IC_OK;
}

enum ic_status ic_option_number(const struct ic_invocation *invocation, const char *name,
                                unsigned long max, unsigned long *value, struct ic_error *error)
{
    const char *text = ic_option_value(invocation, name);
    *value = 0;
    if (!text)
        return IC_OK;
    char *end = NULL;
    errno = 0;
    if (text[0] >= '0' && text[0] <= '9')
        *value = strtoul(text, &end, 10);
    if (!end || *end != '\0' || errno != 0 || *value == 0 || *value > max)
        return ic_fail(error, IC_USAGE, "%s: --%s: '%s' is not a whole number from 1 to %lu",
                       invocation->command->name, name, text, max);
    return IC_OK;
}

enum ic_status ic_option_seconds(const struct ic_invocation *invocation, const char *name,
                                 long *ms, struct ic_error *error)
{
    const char *text = ic_option_value(invocation, name);
    *ms = 0;
    if (!text)
        return IC_OK;
    char span[64];
    int64_t parsed = 0;
    const int length = snprintf(span, sizeof span, "PT%sS", text);
    if (length < 0 || (size_t)length >= sizeof span ||
        strspn(text, "0123456789.") < strlen(text) ||
        ic_duration_parse(span, &parsed, NULL) != IC_OK || parsed > LONG_MAX)
        return ic_fail(error, IC_USAGE,
                       "%s: --%s: '%s' is not a number of seconds, as 10 or 0.5",
                       invocation->command->name, name, text);
    *ms = (long)parsed;
    return IC_OK;
}

enum ic_status ic_options_exclude(const struct ic_invocation *invocation,
                                  const char *const *names, struct ic_error *error)
{
    const char *first = NULL;
    for (; *names; names++) {
        if (!ic_option_given(invocation, *names))
            continue;
        if (first)
            return ic_fail(error, IC_USAGE, "%s: --%s and --%s exclude each other",
                           invocation->command->name, first, *names);
        first = *names;
    }
    return IC_OK;
}

enum ic_status ic_options_refuse(const struct ic_invocation *invocation,
                                 const char *const *names, struct ic_error *error)
{
    for (; *names; names++)
        if (ic_option_given(invocation, *names))
            return ic_fail(error, IC_UNSUPPORTED, "%s: this version does not do --%s yet",
                           invocation->command->name, *names);
    return IC_OK;
}

enum ic_status ic_hint_list(enum ic_status status, struct ic_error *error)
{
    char text[IC_ERROR_TEXT_MAX];
    if (status != IC_NOT_FOUND || !error)
        return status;
    memcpy(text, error->text, sizeof text);
    return ic_fail(error, status, "%s; `list` shows all", text);
}
