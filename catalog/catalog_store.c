/* SPDX-License-Identifier: Apache-2.0 */
/* Advertisements in the store: writing a draft, removing, reading back what was stated. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "cloud_names.h"
#include "dictionary.h"
#include "owner_usage.h"

enum { ENTRIES_OF_AN_AD_MAX = 4 * 1024 * 1024 };

/* Ids of a document's terms, found as they are needed; blank nodes are named apart by the
 * advertisement's number. */
struct term_map {
    struct store *store;
    const struct ic_document *document;
    uint64_t number;
    uint64_t *ids;
};

static enum ic_status term_id(struct term_map *map, uint32_t node, uint64_t *id,
                              struct ic_error *error)
{
    enum ic_status status = IC_OK;
    if (!map->ids[node]) {
        struct ic_term term = *ic_document_term(map->document, node);
        char *label = NULL;
        if (term.kind == IC_BLANK) {
            if (asprintf(&label, "a%llu_%s", (unsigned long long)map->number, term.text) < 0)
                return ic_fail(error, IC_NO_MEMORY, "out of memory for a blank node");
            term.text = label;
            term.length = strlen(label);
        }
        status = catalog_add_term(map->store, &term, &map->ids[node], error);
        free(label);
    }
    *id = map->ids[node];
    return status;
}

static enum ic_status add_fact(struct term_map *map, const struct draft_fact *fact,
                               struct entry *entry, struct ic_error *error)
{
    struct entry_fact stored = {.flags = fact->flags};
    enum ic_status status = term_id(map, fact->predicate, &stored.predicate, error);
    if (status == IC_OK)
        status = term_id(map, fact->object, &stored.object, error);
    if (status == IC_OK && (fact->flags & IC_NORMALISED))
        status = term_id(map, fact->original, &stored.original, error);
    return status == IC_OK ? entry_add(entry, stored, error) : status;
}

/* The entry of a draft, sorted. Owned also after a failure: entry_free. */
static enum ic_status make_entry(struct term_map *map, const struct draft_entry *draft,
                                 const bool *offered, struct entry *entry,
                                 struct ic_error *error)
{
    entry->advertisement = map->number;
    entry->kind = draft->kind;
    entry->offered = offered[draft->subject];
    entry->fact_count = 0;
    enum ic_status status = term_id(map, draft->subject, &entry->subject, error);
    if (status == IC_OK)
        status = term_id(map, draft->stated_subject, &entry->stated_subject, error);
    for (size_t i = 0; status == IC_OK && i < draft->fact_count; i++)
        status = add_fact(map, &draft->facts[i], entry, error);
    if (status == IC_OK)
        entry_sort(entry);
    return status;
}

/* The first entry behind the cloud's is the base of the others: of offers, mostly, which have
 * most in common, and unlike the cloud it does not grow with their number. */
enum { BASE = 1 };

/* Removes entries `from` to before `end` of the run that begins at `first`. */
static enum ic_status remove_entries(struct store *store, uint64_t first, uint64_t from,
                                     uint64_t end, struct ic_error *error)
{
    struct entry_base base = {.ordinal = 0};
    enum ic_status status =
        end > BASE ? entry_base_read(store, (uint32_t)(first + BASE), &base, error) : IC_OK;
    for (uint64_t i = from; status == IC_OK && i < end; i++)
        status = entry_write(store, (uint32_t)(first + i), NULL, &base, NULL, error);
    entry_base_free(&base);
    return status;
}

/* The run of ordinals for `count` entries: the one the advertisement has, when they fit. */
static enum ic_status place_entries(struct store *store, const struct advertisement *old,
                                    uint64_t count, struct advertisement *record,
                                    struct ic_error *error)
{
    record->entry_count = count;
    if (old && count <= old->entry_room) {
        record->first_ordinal = old->first_ordinal;
        record->entry_room = old->entry_room;
        return old->entry_count > count
                   ? remove_entries(store, old->first_ordinal, count, old->entry_count, error)
                   : IC_OK;
    }
    enum ic_status status =
        old ? remove_entries(store, old->first_ordinal, 0, old->entry_count, error) : IC_OK;
    if (status == IC_OK)
        status = store_take(store, "ordinals", count, &record->first_ordinal, error);
    record->entry_room = count;
    if (status == IC_OK && record->first_ordinal + count > UINT32_MAX)
        status = ic_fail(error, IC_TOO_LARGE,
                         "the catalog has no ordinals left; export it and restore it anew");
    return status;
}

/* Which nodes clouds name by :offers. Owned: free. NULL: no memory. */
static bool *find_offered(const struct ic_document *document, const struct draft *draft)
{
    const uint32_t offers = ic_document_find_iri(document, IC_NS "offers");
    bool *offered = calloc(ic_document_term_count(document) + 1, sizeof *offered);
    for (size_t i = 0; offered && i < draft->entry_count; i++) {
        const struct draft_entry *cloud = &draft->entries[i];
        for (size_t k = 0; cloud->kind == ENTRY_CLOUD && k < cloud->fact_count; k++)
            if (cloud->facts[k].predicate == offers)
                offered[cloud->facts[k].object] = true;
    }
    return offered;
}

/* Writes the entries of an advertisement and, where one is a cloud, its name. */
static enum ic_status write_each(struct term_map *map, const struct draft *draft,
                                 const bool *offered, struct advertisement *record,
                                 struct ic_error *error)
{
    const uint32_t first = (uint32_t)record->first_ordinal;
    struct entry_base base = {.ordinal = 0};
    struct entry entry = {.facts = NULL};
    enum ic_status status = IC_OK;
    if (draft->entry_count > BASE) {
        status = entry_base_read(map->store, first + BASE, &base, error);
        if (status == IC_OK)
            status = make_entry(map, &draft->entries[BASE], offered, &base.now, error);
    }
    record->effective = 0;
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++) {
        const uint32_t ordinal = first + (uint32_t)i;
        bool named = true;
        status = make_entry(map, &draft->entries[i], offered, &entry, error);
        for (size_t k = 0; k < entry.fact_count; k++)
            record->effective += !entry_repeats(&entry, k);
        if (status == IC_OK)
            status = entry_write(map->store, ordinal, &entry, &base, &named, error);
        if (status == IC_OK && !named)
            status = cloud_name_put(map->store, ordinal, record->cloud_name, error);
    }
    entry_base_free(&base);
    entry_free(&entry);
    return status;
}

static enum ic_status write_entries(struct store *store, struct ic_document *document,
                                    const struct draft *draft, struct advertisement *record,
                                    struct ic_error *error)
{
    struct term_map map = {.store = store,
                           .document = document,
                           .number = record->number,
                           .ids =
                               calloc(ic_document_term_count(document) + 1, sizeof(uint64_t))};
    bool *offered = find_offered(document, draft);
    enum ic_status status =
        map.ids && offered ? write_each(&map, draft, offered, record, error)
                           : ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
    free(offered);
    free(map.ids);
    return status;
}

enum ic_status catalog_store_draft(struct ic_catalog *catalog, struct ic_document *document,
                                   const struct draft *draft, const struct storing *how,
                                   const struct advertisement *old,
                                   struct advertisement *record, struct ic_error *error)
{
    struct store *store = &catalog->store;
    if (draft->entry_count > ENTRIES_OF_AN_AD_MAX)
        return ic_fail(error, IC_TOO_LARGE, "%s describes %zu resources; the limit is %d",
                       draft->cloud_name, draft->entry_count, ENTRIES_OF_AN_AD_MAX);
    *record = (struct advertisement){.number = old ? old->number : 0,
                                     .version = how->version ? how->version
                                                : old        ? old->version + 1
                                                             : 1,
                                     .sequence = old ? old->sequence : 0,
                                     .published_ms = how->published_ms,
                                     .expires_ms = how->expires_ms,
                                     .offers = draft->offers ? draft->offers : 1,
                                     .stated = draft->stated,
                                     .bytes = draft->bytes,
                                     .cloud_name = draft->cloud_name,
                                     .owner = how->owner,
                                     .format = how->format ? how->format : "",
                                     .audience = how->audience ? how->audience : "all",
                                     .digest = how->digest ? how->digest : draft->digest};
    enum ic_status status =
        old ? IC_OK : store_take(store, "advertisements", 1, &record->number, error);
    if (status == IC_OK)
        status = place_entries(store, old, draft->entry_count, record, error);
    if (status == IC_OK)
        status = write_entries(store, document, draft, record, error);
    if (status == IC_OK && how->log_change)
        status = change_append(store, CHANGE_PUBLISHED, record->cloud_name, record->number,
                               ic_catalog_now_ms(catalog), &record->sequence, error);
    if (status == IC_OK)
        status = advertisement_write(store, record, error);
    if (status == IC_OK) {
        const struct claim claim = {.advertisement = record->number};
        status = claim_write(store, record->cloud_name, &claim, error);
    }
    return status == IC_OK ? owner_usage_change(store, old, record, error) : status;
}

enum ic_status catalog_remove(struct ic_catalog *catalog, const struct advertisement *record,
                              int64_t claim_until_ms, struct ic_error *error)
{
    struct store *store = &catalog->store;
    const struct claim claim = {.owner = record->owner, .until_ms = claim_until_ms};
    enum ic_status status =
        remove_entries(store, record->first_ordinal, 0, record->entry_count, error);
    if (status == IC_OK)
        status = advertisement_delete(store, record->number, error);
    if (status == IC_OK)
        status = claim_write(store, record->cloud_name, &claim, error);
    return status == IC_OK ? owner_usage_change(store, record, NULL, error) : status;
}

/* A stored term as its owner wrote it: blank nodes without the advertisement's number. */
static enum ic_status stated_term(struct store *store, uint64_t number, uint64_t id,
                                  struct ic_arena *arena, struct ic_term *term,
                                  struct ic_error *error)
{
    const enum ic_status status = dictionary_get(store, id, arena, term, error);
    if (status == IC_OK && term->kind == IC_BLANK) {
        char scope[24];
        const size_t length =
            (size_t)snprintf(scope, sizeof scope, "a%llu_", (unsigned long long)number);
        if (strncmp(term->text, scope, length) == 0) {
            term->text += length;
            term->length -= length;
        }
    }
    return status;
}

/* Adds what `entry` states to `document`; inherited and derived facts stay out. */
static enum ic_status add_stated(struct store *store, const struct entry *entry,
                                 struct ic_document *document, struct ic_error *error)
{
    struct ic_arena *arena = ic_document_arena(document);
    const uint64_t number = entry->advertisement;
    struct ic_term subject, predicate, object;
    enum ic_status status =
        stated_term(store, number, entry->stated_subject, arena, &subject, error);
    for (size_t i = 0; status == IC_OK && i < entry->fact_count; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        if (!(fact->flags & (IC_STATED | IC_NORMALISED)))
            continue;
        const uint64_t stated = fact->flags & IC_NORMALISED ? fact->original : fact->object;
        status = dictionary_get(store, fact->predicate, arena, &predicate, error);
        if (status == IC_OK)
            status = stated_term(store, number, stated, arena, &object, error);
        if (status == IC_OK)
            status = ic_document_add(document, &subject, &predicate, &object, NULL, 0, error);
    }
    return status;
}

enum ic_status catalog_stated_document(struct store *store, const struct advertisement *record,
                                       struct ic_document **document, struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    enum ic_status status = IC_OK;
    *document = ic_document_new(record->cloud_name, NULL);
    if (!*document)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
    for (uint64_t i = 0; status == IC_OK && i < record->entry_count; i++) {
        bool found;
        status =
            entry_read(store, (uint32_t)(record->first_ordinal + i), &entry, &found, error);
        if (status == IC_OK && !found)
            status = ic_fail(error, IC_CORRUPT, "an entry of %s is missing; restore a backup",
                             record->cloud_name);
        if (status == IC_OK)
            status = add_stated(store, &entry, *document, error);
    }
    entry_free(&entry);
    if (status != IC_OK) {
        ic_document_free(*document);
        *document = NULL;
    }
    return status;
}

enum ic_status catalog_each_advertisement(struct store *store,
                                          enum ic_status (*each)(void *context,
                                                                 const struct advertisement *,
                                                                 struct ic_error *error),
                                          void *context, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(store, STORE_ADVERTISEMENTS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct ic_arena *arena = ic_arena_new();
        struct advertisement record;
        if (scan.key.size != NUMBER_KEY_BYTES)
            status = ic_fail(error, IC_CORRUPT,
                             "an advertisement of the catalog is damaged; restore a backup");
        else if (!arena)
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for an advertisement");
        else
            status = advertisement_decode(scan.data.data, scan.data.size,
                                          get_number_key(scan.key.data), arena, &record, error);
        if (status == IC_OK)
            status = each(context, &record, error);
        ic_arena_free(arena);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}
