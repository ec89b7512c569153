/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a cloud of the world back from a catalog, and judging what is found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static enum ic_status note_head(void *context, const struct ic_advertisement_info *info,
                                struct ic_error *error)
{
    struct world_found *found = context;
    (void)error;
    found->there = true;
    found->info = *info;
    found->info.cloud_name = found->info.owner = found->info.graph = NULL;
    found->info.format = found->info.audience = found->info.digest = NULL;
    return IC_OK;
}

static enum ic_status note_fact(void *context, const struct ic_fact *fact,
                                struct ic_error *error)
{
    struct world_found *found = context;
    const char place[] = "urn:crash:place:";
    (void)error;
    if (fact->flags & IC_INHERITED)
        return IC_OK;
    const struct ic_term *stated = fact->original ? fact->original : fact->object;
    world_sum_add(&found->stated, fact->stated_subject, fact->predicate, stated);
    if (strcmp(fact->predicate->text, IC_NS "serial") == 0)
        found->version = strtoull(stated->text, NULL, 10);
    if (strncmp(fact->object->text, place, sizeof place - 1) == 0) {
        const int which = fact->object->text[sizeof place - 1] - '0';
        if (which >= 0 && which < WORLD_ONTOLOGIES)
            found->normalised[which] = true;
    }
    return IC_OK;
}

enum ic_status world_read(struct ic_catalog *catalog, const char *name,
                          struct world_found *found, struct ic_error *error)
{
    *found = (struct world_found){.there = false};
    const struct ic_view view = {NULL, 0};
    const enum ic_status status =
        ic_catalog_show(catalog, name, &view, note_head, note_fact, found, error);
    return status == IC_NOT_FOUND && !found->there ? IC_OK : status;
}

bool world_whole(const struct world_found *found, const char *name, bool big, char *why,
                 size_t why_bytes)
{
    if (!found->there)
        return true;
    const struct world_cloud cloud = {name, found->version, big};
    const struct world_sum expected = world_sum_of(&cloud);
    if (expected.count == found->stated.count && expected.sum == found->stated.sum &&
        found->info.statements == expected.count &&
        found->normalised[0] != found->normalised[1])
        return true;
    snprintf(why, why_bytes,
             "%s says it is version %llu and has %llu statements (its record says %zu), not "
             "that version's %llu; places of %s ontology",
             name, (unsigned long long)found->version, (unsigned long long)found->stated.count,
             found->info.statements, (unsigned long long)expected.count,
             found->normalised[0] == found->normalised[1] ? "both or neither" : "one");
    return false;
}
