/* SPDX-License-Identifier: Apache-2.0 */
/* Export and restore: everything that makes a catalog, as quads.
 *
 * An export holds the stated statements of each advertisement in its graph; in the metadata
 * graph what is known about each, the claims on names without advertisement (subjects
 * urn:intercloud:claim:NAME) and the ontology's prefixes; the ontology graph; plain graphs. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "instant.h"
#include "names.h"

typedef enum ic_status (*quad_each)(void *context, const struct ic_term *s,
                                    const struct ic_term *p, const struct ic_term *o,
                                    const struct ic_term *graph, struct ic_error *error);

struct exporter {
    struct store *store; /* a snapshot */
    quad_each each;
    void *context;
};

static enum ic_status export_metadata(void *context, const struct ic_term *subject,
                                      const struct ic_term *predicate,
                                      const struct ic_term *object, struct ic_error *error)
{
    const struct exporter *exporter = context;
    const struct ic_term graph = ic_term_iri(IC_GRAPH_METADATA);
    return exporter->each(exporter->context, subject, predicate, object, &graph, error);
}

static enum ic_status export_entry(const struct exporter *exporter, const struct entry *entry,
                                   const struct ic_term *graph, struct ic_error *error)
{
    struct store *store = exporter->store;
    struct ic_arena *arena = ic_arena_new();
    struct ic_term subject, predicate, object;
    enum ic_status status =
        arena ? dictionary_get(store, entry->stated_subject, arena, &subject, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
    for (size_t i = 0; status == IC_OK && i < entry->fact_count; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        if (!(fact->flags & (IC_STATED | IC_NORMALISED)))
            continue;
        status = dictionary_get(store, fact->predicate, arena, &predicate, error);
        if (status == IC_OK)
            status = dictionary_get(store,
                                    fact->flags & IC_NORMALISED ? fact->original : fact->object,
                                    arena, &object, error);
        if (status == IC_OK)
            status =
                exporter->each(exporter->context, &subject, &predicate, &object, graph, error);
    }
    ic_arena_free(arena);
    return status;
}

static enum ic_status export_advertisement(void *context, const struct advertisement *record,
                                           struct ic_error *error)
{
    struct exporter *exporter = context;
    struct entry entry = {.facts = NULL};
    char *iri = ic_name_graph(record->owner, record->cloud_name);
    if (!iri)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
    const struct ic_term graph = ic_term_iri(iri);
    enum ic_status status = metadata_of(record, iri, export_metadata, exporter, error);
    for (uint64_t i = 0; status == IC_OK && i < record->entry_count; i++) {
        bool found;
        status = entry_read(exporter->store, (uint32_t)(record->first_ordinal + i), &entry,
                            &found, error);
        if (status == IC_OK && !found)
            status = ic_fail(error, IC_CORRUPT, "an entry of %s is missing; restore a backup",
                             record->cloud_name);
        if (status == IC_OK)
            status = export_entry(exporter, &entry, &graph, error);
    }
    entry_free(&entry);
    free(iri);
    return status;
}

/* Names that are still their owner's although nothing is advertised under them. */
static enum ic_status export_claim(struct exporter *exporter, const char *name,
                                   const struct claim *claim, struct ic_error *error)
{
    char *subject = NULL, *part = ic_name_cloud_iri(name), until[IC_INSTANT_BYTES];
    ic_instant_format(claim->until_ms, until);
    const size_t prefix = strlen("urn:intercloud:cloud:");
    if (!part || asprintf(&subject, "urn:intercloud:claim:%s", part + prefix) < 0) {
        free(part);
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
    }
    const struct {
        const char *property, *text, *datatype;
    } facts[] = {{IC_NS_META "cloudName", name, NULL},
                 {IC_NS_META "owner", claim->owner, NULL},
                 {IC_NS_META "claimedUntil", until, IC_NS_XSD "dateTime"}};
    const struct ic_term s = ic_term_iri(subject);
    enum ic_status status = IC_OK;
    for (int i = 0; status == IC_OK && i < 3; i++) {
        const struct ic_term p = ic_term_iri(facts[i].property);
        const struct ic_term o = ic_term_literal(facts[i].text, facts[i].datatype);
        status = export_metadata(exporter, &s, &p, &o, error);
    }
    free(part);
    free(subject);
    return status;
}

static enum ic_status export_claims(struct exporter *exporter, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(exporter->store, STORE_NAMES, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct ic_arena *arena = ic_arena_new();
        struct claim claim;
        char *name = arena ? ic_arena_copy(arena, scan.key.data, scan.key.size) : NULL;
        status = name ? claim_decode(scan.data.data, scan.data.size, arena, &claim, error)
                      : ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
        if (status == IC_OK && claim.advertisement == 0)
            status = export_claim(exporter, name, &claim, error);
        ic_arena_free(arena);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

static enum ic_status export_prefixes(struct exporter *exporter, struct ic_error *error)
{
    static const char key[] = "prefix/";
    const size_t skip = sizeof key - 1;
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(exporter->store, STORE_META, key, skip, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    const struct ic_term s = ic_term_iri(IC_GRAPH_ONTOLOGY);
    const struct ic_term p = ic_term_iri(IC_NS_META "prefix");
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        char *text = NULL;
        if (asprintf(&text, "%.*s %.*s", (int)(scan.key.size - skip),
                     (char *)scan.key.data + skip, (int)scan.data.size,
                     (char *)scan.data.data) < 0) {
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
            break;
        }
        const struct ic_term o = ic_term_literal(text, NULL);
        status = export_metadata(exporter, &s, &p, &o, error);
        free(text);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

static enum ic_status export_quads(struct exporter *exporter, struct ic_error *error)
{
    struct store *store = exporter->store;
    struct store_scan scan;
    bool found;
    enum ic_status status = store_scan_open(store, STORE_GSPO, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct ic_arena *arena = ic_arena_new();
        struct ic_term terms[4];
        if (!arena)
            status = ic_fail(error, IC_NO_MEMORY, "out of memory for an export");
        for (int i = 0; status == IC_OK && i < 4; i++)
            status = dictionary_get(store, get_u64((unsigned char *)scan.key.data + 8 * i),
                                    arena, &terms[i], error);
        if (status == IC_OK)
            status = exporter->each(exporter->context, &terms[1], &terms[2], &terms[3],
                                    &terms[0], error);
        ic_arena_free(arena);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

enum ic_status ic_catalog_export(struct ic_catalog *catalog, quad_each each, void *context,
                                 struct ic_error *error)
{
    struct store snapshot;
    struct exporter exporter = {&snapshot, each, context};
    enum ic_status status = catalog_snapshot(catalog, &snapshot, NULL, error);
    if (status != IC_OK)
        return status;
    status = catalog_each_advertisement(&snapshot, export_advertisement, &exporter, error);
    if (status == IC_OK)
        status = export_claims(&exporter, error);
    if (status == IC_OK)
        status = export_prefixes(&exporter, error);
    if (status == IC_OK)
        status = export_quads(&exporter, error);
    catalog_release(&snapshot, NULL);
    return status;
}
