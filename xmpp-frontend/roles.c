/* SPDX-License-Identifier: Apache-2.0 */
/* Roles as lists of normalised JIDs and domains. */
#include "roles.h"

#include <stdlib.h>
#include <string.h>

#include "catalog/names.h"

struct holders {
    char **names; /* with '@' an account, without one a domain */
    size_t count;
    bool everybody;
};

struct ic_roles {
    struct holders by_role[IC_ROLE_COUNT];
};

struct ic_roles *ic_roles_new(void)
{
    struct ic_roles *roles = calloc(1, sizeof *roles);
    if (roles)
        roles->by_role[IC_ROLE_QUERY].everybody = true;
    return roles;
}

void ic_roles_free(struct ic_roles *roles)
{
    if (!roles)
        return;
    for (size_t role = 0; role < IC_ROLE_COUNT; role++) {
        for (size_t i = 0; i < roles->by_role[role].count; i++)
            free(roles->by_role[role].names[i]);
        free(roles->by_role[role].names);
    }
    free(roles);
}

enum ic_status ic_roles_give(struct ic_roles *roles, enum ic_role role, const char *holder,
                             struct ic_error *error)
{
    struct holders *holders = &roles->by_role[role];
    char *name = NULL;
    if (strcmp(holder, IC_ROLES_EVERYBODY) == 0) {
        holders->everybody = true;
        return IC_OK;
    }
    if (holders->count >= IC_ROLES_HOLDERS_MAX)
        return ic_fail(error, IC_TOO_LARGE, "more than %d JIDs in one list; name their domains",
                       IC_ROLES_HOLDERS_MAX);
    if (strchr(holder, '/'))
        return ic_fail(error, IC_BAD_INPUT,
                       "\"%.200s\" has a resource; write user@domain, a domain or \"*\"",
                       holder);
    enum ic_status status = ic_name_jid(holder, &name, error);
    if (status != IC_OK)
        return status;
    char **names = realloc(holders->names, (holders->count + 1) * sizeof *names);
    if (!names) {
        free(name);
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    }
    holders->names = names;
    names[holders->count++] = name;
    return IC_OK;
}

static bool holds(const struct holders *holders, const char *requester)
{
    const char *at = strchr(requester, '@');
    const char *domain = at ? at + 1 : requester;
    if (holders->everybody)
        return true;
    for (size_t i = 0; i < holders->count; i++)
        if (strcmp(holders->names[i], requester) == 0 || strcmp(holders->names[i], domain) == 0)
            return true;
    return false;
}

bool ic_roles_allow(const struct ic_roles *roles, enum ic_role role, const char *requester)
{
    return holds(&roles->by_role[role], requester) ||
           holds(&roles->by_role[IC_ROLE_ADMINISTER], requester);
}
