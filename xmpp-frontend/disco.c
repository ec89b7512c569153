/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery (XEP-0030): the exchange, its list of commands, each command. */
#include <string.h>

#include "adhoc.h"

static const char *node_of(const struct ic_iq *iq)
{
    const char *node = ic_element_attribute(iq->payload, "node");
    return node && *node ? node : NULL;
}

static void begin(const struct ic_iq *iq, const char *ns, struct ic_buffer *answer)
{
    ic_iq_begin_result(answer, iq);
    ic_buffer_text(answer, "<query");
    ic_buffer_attribute(answer, "xmlns", ns);
    ic_buffer_attribute(answer, "node", node_of(iq));
    ic_buffer_text(answer, ">");
}

static void end(struct ic_buffer *answer)
{
    ic_buffer_text(answer, "</query>");
    ic_iq_end(answer);
}

static void identity(struct ic_buffer *answer, const char *category, const char *type,
                     const char *name)
{
    ic_buffer_text(answer, "<identity");
    ic_buffer_attribute(answer, "category", category);
    ic_buffer_attribute(answer, "type", type);
    ic_buffer_attribute(answer, "name", name);
    ic_buffer_text(answer, "/>");
}

static void feature(struct ic_buffer *answer, const char *var)
{
    ic_buffer_text(answer, "<feature");
    ic_buffer_attribute(answer, "var", var);
    ic_buffer_text(answer, "/>");
}

static void item(struct ic_buffer *answer, const char *jid, const char *node, const char *name)
{
    ic_buffer_text(answer, "<item");
    ic_buffer_attribute(answer, "jid", jid);
    ic_buffer_attribute(answer, "node", node);
    ic_buffer_attribute(answer, "name", name);
    ic_buffer_text(answer, "/>");
}

/* The command of a node, if it is there for whoever asks. Otherwise answers with the error. */
static const struct ic_adhoc_command *
command_of(const struct ic_service *service, const struct ic_iq *iq, struct ic_buffer *answer)
{
    struct ic_error error = {0};
    const struct ic_adhoc_command *command = ic_adhoc_find(node_of(iq));
    if (!command) {
        ic_fail(&error, IC_NOT_FOUND,
                "there is no node \"%.200s\"; the commands are the items of "
                "node '" IC_NS_COMMANDS "'",
                node_of(iq));
        ic_iq_fail(answer, iq, &error);
        return NULL;
    }
    if (!ic_roles_allow(service->roles, command->role, iq->requester)) {
        ic_fail(&error, IC_FORBIDDEN, "this command is not for %s", iq->requester);
        ic_iq_error(answer, iq, &ic_error_role, &error);
        return NULL;
    }
    return command;
}

void ic_disco_info(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer)
{
    const char *node = node_of(iq);
    if (!node) {
        begin(iq, IC_NS_DISCO_INFO, answer);
        identity(answer, "component", "generic", "Intercloud exchange");
        feature(answer, IC_NS_DISCO_INFO);
        feature(answer, IC_NS_DISCO_ITEMS);
        feature(answer, IC_NS_COMMANDS);
        feature(answer, IC_NS_IO_DATA);
        feature(answer, IC_NS_DATA);
        feature(answer, IC_NS_PING);
        end(answer);
    } else if (strcmp(node, IC_NS_COMMANDS) == 0) {
        begin(iq, IC_NS_DISCO_INFO, answer);
        identity(answer, "automation", "command-list", "Commands");
        feature(answer, IC_NS_DISCO_INFO);
        feature(answer, IC_NS_DISCO_ITEMS);
        feature(answer, IC_NS_COMMANDS); /* Gajim offers to execute only where it stands */
        end(answer);
    } else {
        const struct ic_adhoc_command *command = command_of(service, iq, answer);
        if (!command)
            return;
        begin(iq, IC_NS_DISCO_INFO, answer);
        identity(answer, "automation", "command-node", command->name);
        feature(answer, IC_NS_COMMANDS);
        feature(answer, IC_NS_IO_DATA);
        feature(answer, IC_NS_DATA);
        end(answer);
    }
}

void ic_disco_items(struct ic_service *service, struct ic_iq *iq, struct ic_buffer *answer)
{
    const char *node = node_of(iq);
    if (node && strcmp(node, IC_NS_COMMANDS) != 0 && !command_of(service, iq, answer))
        return;
    begin(iq, IC_NS_DISCO_ITEMS, answer);
    if (!node)
        item(answer, service->jid, IC_NS_COMMANDS, "Commands");
    else if (strcmp(node, IC_NS_COMMANDS) == 0)
        for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++)
            if (ic_roles_allow(service->roles, c->role, iq->requester))
                item(answer, service->jid, c->node, c->name);
    end(answer);
}
