/* SPDX-License-Identifier: Apache-2.0 */
/* Who may do what: roles given to JIDs, to domains or to everybody.
 * Threads: roles are only read once made. */
#ifndef IC_ROLES_H
#define IC_ROLES_H

#include <stdbool.h>

#include "catalog/status.h"
#include "holders.h"

enum ic_role {
    IC_ROLE_QUERY,
    IC_ROLE_PUBLISH,
    IC_ROLE_ADMINISTER,
    IC_ROLE_SPARQL, /* queries of one's own wording */
    IC_ROLE_COUNT
};

#define IC_ROLES_EVERYBODY IC_HOLDERS_EVERYBODY

struct ic_roles;

/* Everybody may query, nobody has another role. Owned: ic_roles_free. NULL when memory is out.
 */
struct ic_roles *ic_roles_new(void);
void ic_roles_free(struct ic_roles *roles);

/* Takes `role` from everybody who has it. */
void ic_roles_clear(struct ic_roles *roles, enum ic_role role);

/* Gives `role` to a bare JID, to every account of a domain (written without '@') or, written
 * "*", to everybody. IC_BAD_INPUT: none of these; IC_TOO_LARGE: more than IC_HOLDERS_MAX. */
enum ic_status ic_roles_give(struct ic_roles *roles, enum ic_role role, const char *holder,
                             struct ic_error *error);

/* `requester` is a normalised bare JID. An administrator has every role. */
bool ic_roles_allow(const struct ic_roles *roles, enum ic_role role, const char *requester);

#endif
