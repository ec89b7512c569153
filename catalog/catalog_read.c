/* SPDX-License-Identifier: Apache-2.0 */
/* Reading advertisements back: list, show, resolve, statistics. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "name_cache.h"
#include "names.h"
#include "posting_cache.h"

static int64_t view_time(struct ic_catalog *catalog, const struct ic_view *view)
{
    return view && view->at_ms ? view->at_ms : ic_catalog_now_ms(catalog);
}

/* Calls `each` with the public form of a record. */
static enum ic_status pass_info(const struct advertisement *record, int64_t at_ms,
                                enum ic_status (*each)(void *context,
                                                       const struct ic_advertisement_info *,
                                                       struct ic_error *error),
                                void *context, struct ic_error *error)
{
    char *graph = ic_name_graph(record->owner, record->cloud_name);
    if (!graph)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
    const struct ic_advertisement_info info = {.cloud_name = record->cloud_name,
                                               .owner = record->owner,
                                               .graph = graph,
                                               .format = record->format,
                                               .audience = record->audience,
                                               .digest = record->digest,
                                               .version = record->version,
                                               .sequence = record->sequence,
                                               .published_ms = record->published_ms,
                                               .expires_ms = record->expires_ms,
                                               .offers = (size_t)record->offers,
                                               .statements = (size_t)record->stated,
                                               .live = advertisement_live(record, at_ms)};
    const enum ic_status status = each(context, &info, error);
    free(graph);
    return status;
}

/* The advertisement that a claim leads to; IC_OK with *found false when it leads to none. */
static enum ic_status read_claimed(struct store *store, const char *name,
                                   struct ic_arena *arena, struct advertisement *record,
                                   bool *found, struct ic_error *error)
{
    struct claim claim;
    enum ic_status status = claim_read(store, name, arena, &claim, found, error);
    if (status != IC_OK || !*found)
        return status;
    *found = claim.advertisement != 0;
    return *found ? advertisement_read(store, claim.advertisement, arena, record, found, error)
                  : IC_OK;
}

enum ic_status ic_catalog_list(struct ic_catalog *catalog, const struct ic_view *view,
                               enum ic_status (*each)(void *context,
                                                      const struct ic_advertisement_info *,
                                                      struct ic_error *error),
                               void *context, struct ic_error *error)
{
    const int64_t at_ms = view_time(catalog, view);
    struct store snapshot;
    struct store_scan scan;
    bool found;
    enum ic_status status = catalog_snapshot(catalog, &snapshot, NULL, error);
    if (status != IC_OK)
        return status;
    status = store_scan_open(&snapshot, STORE_NAMES, "", 0, NULL, 0, &scan, error);
    while (status == IC_OK && (status = store_scan_next(&scan, &found, error)) == IC_OK &&
           found) {
        struct ic_arena *arena = ic_arena_new();
        struct claim claim;
        struct advertisement record;
        status = arena ? claim_decode(scan.data.data, scan.data.size, arena, &claim, error)
                       : ic_fail(error, IC_NO_MEMORY, "out of memory for a list");
        found = status == IC_OK && claim.advertisement != 0;
        if (found)
            status = advertisement_read(&snapshot, claim.advertisement, arena, &record, &found,
                                        error);
        if (status == IC_OK && found)
            status = pass_info(&record, at_ms, each, context, error);
        ic_arena_free(arena);
    }
    store_scan_close(&scan);
    catalog_release(&snapshot, NULL);
    return status;
}

static enum ic_status not_found(const char *name, struct ic_error *error)
{
    return ic_fail(error, IC_NOT_FOUND, "no cloud called \"%s\" is advertised", name);
}

/* Passes one entry's facts with their terms. */
static enum ic_status pass_facts(struct store *store, const struct entry *entry,
                                 enum ic_status (*each)(void *context, const struct ic_fact *,
                                                        struct ic_error *error),
                                 void *context, struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term subject, stated_subject, predicate, object, original;
    enum ic_status status =
        arena ? dictionary_get(store, entry->subject, arena, &subject, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for a description");
    if (status == IC_OK)
        status = dictionary_get(store, entry->stated_subject, arena, &stated_subject, error);
    for (size_t i = 0; status == IC_OK && i < entry->fact_count; i++) {
        const struct entry_fact *stored = &entry->facts[i];
        const bool normalised = (stored->flags & IC_NORMALISED) != 0;
        status = dictionary_get(store, stored->predicate, arena, &predicate, error);
        if (status == IC_OK)
            status = dictionary_get(store, stored->object, arena, &object, error);
        if (status == IC_OK && normalised)
            status = dictionary_get(store, stored->original, arena, &original, error);
        const struct ic_fact fact = {.subject = &subject,
                                     .stated_subject = &stated_subject,
                                     .predicate = &predicate,
                                     .object = &object,
                                     .original = normalised ? &original : NULL,
                                     .flags = stored->flags};
        if (status == IC_OK)
            status = each(context, &fact, error);
    }
    ic_arena_free(arena);
    return status;
}

static enum ic_status pass_entries(struct store *store, const struct advertisement *record,
                                   enum ic_status (*each)(void *context, const struct ic_fact *,
                                                          struct ic_error *error),
                                   void *context, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    enum ic_status status = IC_OK;
    for (uint64_t i = 0; status == IC_OK && i < record->entry_count; i++) {
        bool found;
        status =
            entry_read(store, (uint32_t)(record->first_ordinal + i), &entry, &found, error);
        if (status == IC_OK && !found)
            status = ic_fail(error, IC_CORRUPT, "an entry of %s is missing; restore a backup",
                             record->cloud_name);
        if (status == IC_OK)
            status = pass_facts(store, &entry, each, context, error);
    }
    entry_free(&entry);
    return status;
}

enum ic_status ic_catalog_show(
    struct ic_catalog *catalog, const char *cloud_name, const struct ic_view *view,
    enum ic_status (*head)(void *context, const struct ic_advertisement_info *,
                           struct ic_error *error),
    enum ic_status (*each)(void *context, const struct ic_fact *, struct ic_error *error),
    void *context, struct ic_error *error)
{
    char *name;
    bool found;
    struct advertisement record;
    struct store snapshot;
    enum ic_status status = ic_name_cloud(cloud_name, &name, error);
    if (status != IC_OK)
        return status;
    struct ic_arena *arena = ic_arena_new();
    status = arena ? catalog_snapshot(catalog, &snapshot, NULL, error)
                   : ic_fail(error, IC_NO_MEMORY, "out of memory for a description");
    if (status == IC_OK) {
        status = read_claimed(&snapshot, name, arena, &record, &found, error);
        if (status == IC_OK && !found)
            status = not_found(name, error);
        if (status == IC_OK && head)
            status = pass_info(&record, view_time(catalog, view), head, context, error);
        if (status == IC_OK)
            status = pass_entries(&snapshot, &record, each, context, error);
        catalog_release(&snapshot, NULL);
    }
    ic_arena_free(arena);
    free(name);
    return status;
}

enum ic_status ic_catalog_resolve(struct ic_catalog *catalog, const char *cloud_name,
                                  const struct ic_view *view, char **owner,
                                  struct ic_error *error)
{
    char *name;
    bool found;
    struct advertisement record;
    struct store snapshot;
    enum ic_status status = ic_name_cloud(cloud_name, &name, error);
    if (status != IC_OK)
        return status;
    struct ic_arena *arena = ic_arena_new();
    status = arena ? catalog_snapshot(catalog, &snapshot, NULL, error)
                   : ic_fail(error, IC_NO_MEMORY, "out of memory for a name");
    if (status == IC_OK) {
        status = read_claimed(&snapshot, name, arena, &record, &found, error);
        catalog_release(&snapshot, NULL);
        if (status == IC_OK &&
            (!found || !advertisement_live(&record, view_time(catalog, view))))
            status = not_found(name, error);
        if (status == IC_OK && !(*owner = strdup(record.owner)))
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for a name");
    }
    ic_arena_free(arena);
    free(name);
    return status;
}

struct counting {
    struct ic_catalog_stats *stats;
    int64_t now_ms;
};

static enum ic_status count_advertisement(void *context, const struct advertisement *record,
                                          struct ic_error *error)
{
    struct counting *counting = context;
    struct ic_catalog_stats *stats = counting->stats;
    (void)error;
    stats->advertisements++;
    stats->live_advertisements += advertisement_live(record, counting->now_ms);
    stats->entries += record->entry_count;
    stats->offers += record->offers;
    stats->stated += record->stated;
    stats->effective += record->effective;
    return IC_OK;
}

/* Counts plain graphs and the statements of plain and ontology graphs. */
static enum ic_status count_graphs(struct store *store, struct ic_catalog_stats *stats,
                                   struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    uint64_t last = 0;
    enum graph_kind kind = GRAPH_PLAIN;
    enum ic_status status = store_scan_open(store, STORE_GSPO, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        const uint64_t graph = get_u64(scan.key.data);
        if (graph != last)
            status = graph_read(store, graph, &kind, &found, error);
        if (status != IC_OK)
            break;
        stats->plain_graphs += kind == GRAPH_PLAIN && graph != last;
        stats->plain_statements += kind == GRAPH_PLAIN;
        stats->ontology_statements += kind == GRAPH_ONTOLOGY;
        last = graph;
    }
    store_scan_close(&scan);
    return status;
}

static enum ic_status read_text(struct store *store, const char *name, char *text, size_t room,
                                struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    bool found;
    enum ic_status status =
        store_get(store, STORE_META, name, strlen(name), &value, &found, error);
    if (status == IC_OK)
        snprintf(text, room, "%.*s", found ? (int)value.size : 0,
                 found ? (char *)value.data : "");
    store_value_free(&value);
    return status;
}

enum ic_status ic_catalog_stats(struct ic_catalog *catalog, struct ic_catalog_stats *stats,
                                struct ic_error *error)
{
    struct counting counting = {stats, ic_catalog_now_ms(catalog)};
    struct store snapshot, *store = &snapshot;
    uint64_t swept = 0;
    *stats = (struct ic_catalog_stats){.format_version = CATALOG_FORMAT_VERSION};
    enum ic_status status = catalog_snapshot(catalog, &snapshot, NULL, error);
    if (status != IC_OK)
        return status;
    status = read_text(store, "uuid", stats->uuid, sizeof stats->uuid, error);
    if (status == IC_OK)
        status = read_text(store, "ontology-digest", stats->ontology_digest,
                           sizeof stats->ontology_digest, error);
    if (status == IC_OK)
        status = store_get_number(store, "epoch", &stats->epoch, error);
    if (status == IC_OK)
        status = store_get_number(store, "sequence", &stats->sequence, error);
    if (status == IC_OK)
        status = store_get_number(store, "terms", &stats->terms, error);
    if (status == IC_OK)
        status = store_get_number(store, "terms-swept", &swept, error);
    stats->terms -= swept;
    if (status == IC_OK)
        status = catalog_each_advertisement(store, count_advertisement, &counting, error);
    if (status == IC_OK)
        status = count_graphs(store, stats, error);
    catalog_file_sizes(catalog, &stats->database_bytes, &stats->log_bytes);
    if (status == IC_OK)
        status = store_memory(store, &stats->cache_bytes, &stats->version_bytes, error);
    stats->posting_bytes = posting_cache_bytes(store->postings);
    stats->name_bytes = name_cache_bytes(store->names);
    catalog_release(&snapshot, NULL);
    return status;
}
