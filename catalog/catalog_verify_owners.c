/* SPDX-License-Identifier: Apache-2.0 */
/* Verification of what owners hold: the advertisements are counted again and compared with the
 * records. */
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "catalog_verify.h"
#include "owner_usage.h"

struct owner {
    struct ic_owner_usage usage;
    UT_hash_handle hh;
    char name[];
};

struct counting {
    struct verifier *v;
    struct owner *owners;
};

static enum ic_status count(void *context, const struct advertisement *record,
                            struct ic_error *error)
{
    struct counting *c = context;
    struct owner *owner = NULL;
    const size_t length = strlen(record->owner);
    HASH_FIND(hh, c->owners, record->owner, length, owner);
    if (!owner) {
        owner = calloc(1, sizeof *owner + length + 1);
        if (!owner)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
        memcpy(owner->name, record->owner, length + 1);
        HASH_ADD(hh, c->owners, name, length, owner);
    }
    owner->usage.clouds++;
    owner->usage.statements += record->stated;
    owner->usage.bytes += record->bytes;
    return IC_OK;
}

static enum ic_status compare(void *context, const char *name,
                              const struct ic_owner_usage *usage, struct ic_error *error)
{
    struct counting *c = context;
    struct owner *owner = NULL;
    (void)error;
    HASH_FIND(hh, c->owners, name, strlen(name), owner);
    if (!owner || owner->usage.clouds != usage->clouds ||
        owner->usage.statements != usage->statements || owner->usage.bytes != usage->bytes)
        verify_complain(c->v, "what %s holds is counted wrongly", name);
    if (owner) {
        HASH_DEL(c->owners, owner);
        free(owner);
    }
    return IC_OK;
}

enum ic_status verify_owners(struct verifier *v, struct ic_error *error)
{
    struct counting c = {.v = v};
    struct owner *owner, *next;
    enum ic_status status = catalog_each_advertisement(&v->store, count, &c, error);
    if (status == IC_OK)
        status = owner_usage_each(&v->store, compare, &c, error);
    HASH_ITER(hh, c.owners, owner, next)
    {
        if (status == IC_OK)
            verify_complain(v, "what %s holds is not counted", owner->name);
        HASH_DEL(c.owners, owner);
        free(owner);
    }
    return status;
}
