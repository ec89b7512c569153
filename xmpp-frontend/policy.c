/* SPDX-License-Identifier: Apache-2.0 */
/* Rates and refusals of requesters. */
#include "policy.h"

#include <stdlib.h>

#include "rate.h"
#include "refusals.h"

struct ic_policy {
    struct ic_rate *publications;
    struct ic_refusals *refusals;
};

struct ic_policy *ic_policy_new(void)
{
    struct ic_policy *policy = calloc(1, sizeof *policy);
    if (!policy)
        return NULL;
    policy->publications = ic_rate_new();
    policy->refusals = ic_refusals_new();
    if (policy->publications && policy->refusals)
        return policy;
    ic_policy_free(policy);
    return NULL;
}

void ic_policy_free(struct ic_policy *policy)
{
    if (!policy)
        return;
    ic_rate_free(policy->publications);
    ic_refusals_free(policy->refusals);
    free(policy);
}

enum ic_status ic_policy_admit_publication(struct ic_policy *policy, const char *owner,
                                           const struct ic_quota *quota, int64_t now_ms,
                                           struct ic_error *error)
{
    return ic_rate_take(policy->publications, owner, quota->publications_a_minute,
                        "publications", now_ms, error);
}

struct ic_owner_usage ic_policy_may_hold(const struct ic_quota *quota)
{
    return (struct ic_owner_usage){
        .clouds = quota->clouds, .statements = quota->statements, .bytes = quota->bytes};
}

void ic_policy_refused(struct ic_policy *policy, const char *requester, const char *what,
                       const struct ic_error *error, int64_t now_ms)
{
    static const char *const reasons[IC_STATUS_COUNT] = {
        [IC_FORBIDDEN] = "not his, or he lacks the role",
        [IC_CONFLICT] = "the name is another owner's",
        [IC_TOO_LARGE] = "over a limit or a quota",
        [IC_BUSY] = "too often, or too much at once"};
    if (reasons[error->status])
        ic_refusals_log(policy->refusals, requester, what, reasons[error->status], now_ms);
}

void ic_policy_tick(struct ic_policy *policy, int64_t now_ms)
{
    ic_refusals_tick(policy->refusals, now_ms);
}
