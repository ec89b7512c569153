/* SPDX-License-Identifier: Apache-2.0 */
/* Roles as sets of normalised JIDs and domains. */
#include "roles.h"

#include <stdlib.h>
#include <string.h>

struct ic_roles {
    struct {
        struct ic_holders holders;
        bool everybody;
    } by_role[IC_ROLE_COUNT];
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
    for (size_t role = 0; role < IC_ROLE_COUNT; role++)
        ic_roles_clear(roles, (enum ic_role)role);
    free(roles);
}

void ic_roles_clear(struct ic_roles *roles, enum ic_role role)
{
    ic_holders_clear(&roles->by_role[role].holders);
    roles->by_role[role].everybody = false;
}

enum ic_status ic_roles_give(struct ic_roles *roles, enum ic_role role, const char *holder,
                             struct ic_error *error)
{
    char *name = NULL;
    if (strcmp(holder, IC_ROLES_EVERYBODY) == 0) {
        roles->by_role[role].everybody = true;
        return IC_OK;
    }
    const enum ic_status status = ic_holder_name(holder, &name, error);
    return status == IC_OK ? ic_holders_add(&roles->by_role[role].holders, name, 0, NULL, error)
                           : status;
}

static bool holds(const struct ic_roles *roles, enum ic_role role, const char *requester)
{
    return roles->by_role[role].everybody ||
           ic_holders_find(&roles->by_role[role].holders, requester);
}

bool ic_roles_allow(const struct ic_roles *roles, enum ic_role role, const char *requester)
{
    return holds(roles, role, requester) || holds(roles, IC_ROLE_ADMINISTER, requester);
}
