/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and domains, sorted by name. */
#include "holders.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/names.h"

enum ic_status ic_holder_name(const char *text, char **name, struct ic_error *error)
{
    if (strchr(text, '/'))
        return ic_fail(error, IC_BAD_INPUT,
                       "\"%.200s\" has a resource; write user@domain, a domain or \"*\"", text);
    enum ic_status status = ic_name_jid(text, name, error);
    if (status != IC_OK)
        return status;
    status = ic_name_scripts(*name, error);
    if (status != IC_OK) {
        free(*name);
        *name = NULL;
    }
    return status;
}

/* Where `name` is or belongs. */
static size_t place_of(const struct ic_holders *holders, const char *name, bool *there)
{
    size_t low = 0, high = holders->count;
    *there = false;
    while (low < high && !*there) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(holders->items[middle].name, name);
        *there = order == 0;
        if (order >= 0)
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

enum ic_status ic_holders_add(struct ic_holders *holders, char *name, size_t value,
                              const struct ic_holder **item, struct ic_error *error)
{
    bool there;
    const size_t at = place_of(holders, name, &there);
    if (there) {
        free(name);
    } else {
        struct ic_holder *items = NULL;
        if (holders->count < IC_HOLDERS_MAX)
            items = realloc(holders->items, (holders->count + 1) * sizeof *items);
        if (!items) {
            free(name);
            return holders->count < IC_HOLDERS_MAX
                       ? ic_fail(error, IC_NO_MEMORY, "memory is out")
                       : ic_fail(error, IC_TOO_LARGE,
                                 "more than %d JIDs in one list; name their domains",
                                 IC_HOLDERS_MAX);
        }
        memmove(items + at + 1, items + at, (holders->count - at) * sizeof *items);
        items[at] = (struct ic_holder){name, value};
        holders->items = items;
        holders->count++;
    }
    if (item)
        *item = &holders->items[at];
    return IC_OK;
}

const struct ic_holder *ic_holders_find(const struct ic_holders *holders, const char *jid)
{
    const char *at = strchr(jid, '@');
    bool there;
    size_t place = place_of(holders, jid, &there);
    if (!there && at)
        place = place_of(holders, at + 1, &there);
    return there ? &holders->items[place] : NULL;
}

void ic_holders_clear(struct ic_holders *holders)
{
    for (size_t i = 0; i < holders->count; i++)
        free(holders->items[i].name);
    free(holders->items);
    *holders = (struct ic_holders){.items = NULL};
}
