/* SPDX-License-Identifier: Apache-2.0 */
/* The commands withdraw_resources and resolve_cloud: what is asked about one cloud by its name.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adhoc.h"
#include "log.h"

enum ic_status ic_adhoc_withdraw(struct ic_call *call)
{
    char *name = NULL;
    uint64_t sequence = 0;
    enum ic_status status = ic_call_cloud_name(call, &name);
    if (status == IC_OK)
        status = ic_catalog_withdraw(call->service->catalog, call->requester, name, &sequence,
                                     call->error);
    if (status == IC_OK) {
        ic_log("%s withdrew %s", call->requester, name);
        ic_buffer_text(call->output, "<withdrawn xmlns='" IC_NS_PAYLOAD "'");
        ic_buffer_attribute(call->output, "name", name);
        ic_buffer_format(call->output, " sequence='%" PRIu64 "'/>", sequence);
    }
    free(name);
    return status;
}

enum ic_status ic_adhoc_resolve(struct ic_call *call)
{
    char *name = NULL, *owner = NULL;
    const struct ic_view view = {.as = call->requester};
    enum ic_status status = ic_call_cloud_name(call, &name);
    if (status == IC_OK)
        status = ic_catalog_resolve(call->service->catalog, name, &view, &owner, call->error);
    if (status == IC_OK) {
        const bool administrator = strcmp(owner, IC_OWNER_ADMIN) == 0;
        ic_buffer_text(call->output, "<cloud xmlns='" IC_NS_PAYLOAD "'");
        ic_buffer_attribute(call->output, "name", name);
        ic_buffer_attribute(call->output, "jid", administrator ? NULL : owner);
        ic_buffer_text(call->output, "/>");
    }
    free(owner);
    free(name);
    return status;
}
