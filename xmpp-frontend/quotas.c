/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas by account and domain. */
#include "quotas.h"

#include <stdlib.h>

#include "holders.h"

struct ic_quotas {
    struct ic_quota general;
    struct ic_holders holders; /* their value: place in `single` */
    struct ic_quota *single;
    size_t count;
};

struct ic_quotas *ic_quotas_new(void)
{
    return calloc(1, sizeof(struct ic_quotas));
}

void ic_quotas_free(struct ic_quotas *quotas)
{
    if (!quotas)
        return;
    ic_holders_clear(&quotas->holders);
    free(quotas->single);
    free(quotas);
}

struct ic_quota *ic_quotas_general(struct ic_quotas *quotas)
{
    return &quotas->general;
}

enum ic_status ic_quotas_add(struct ic_quotas *quotas, const char *holder,
                             struct ic_quota **quota, struct ic_error *error)
{
    static const struct ic_quota open = {IC_QUOTA_OPEN, IC_QUOTA_OPEN, IC_QUOTA_OPEN,
                                         IC_QUOTA_OPEN, IC_QUOTA_OPEN};
    const struct ic_holder *item;
    char *name = NULL;
    struct ic_quota *single =
        realloc(quotas->single, (quotas->count + 1) * sizeof *quotas->single);
    if (!single)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    quotas->single = single;
    enum ic_status status = ic_holder_name(holder, &name, error);
    if (status == IC_OK)
        status = ic_holders_add(&quotas->holders, name, quotas->count, &item, error);
    if (status != IC_OK)
        return status;
    if (item->value == quotas->count)
        single[quotas->count++] = open;
    *quota = &single[item->value];
    return IC_OK;
}

static void complete(size_t *value, size_t general)
{
    if (*value == IC_QUOTA_OPEN)
        *value = general;
}

void ic_quotas_complete(struct ic_quotas *quotas)
{
    const struct ic_quota *general = &quotas->general;
    for (size_t i = 0; i < quotas->count; i++) {
        struct ic_quota *quota = &quotas->single[i];
        complete(&quota->statements, general->statements);
        complete(&quota->clouds, general->clouds);
        complete(&quota->bytes, general->bytes);
        complete(&quota->publications_a_minute, general->publications_a_minute);
        complete(&quota->sessions, general->sessions);
    }
}

const struct ic_quota *ic_quotas_of(const struct ic_quotas *quotas, const char *owner)
{
    const struct ic_holder *item = ic_holders_find(&quotas->holders, owner);
    return item ? &quotas->single[item->value] : &quotas->general;
}
