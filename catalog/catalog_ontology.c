/* SPDX-License-Identifier: Apache-2.0 */
/* The ontology in the catalog: its reserved graph, its prefixes, loading another one. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "hash_set.h"
#include "importer.h"
#include "term_id.h"

enum { ONTOLOGY_FILES_MAX = 1000, ONTOLOGY_FILE_BYTES_MAX = 256 * 1024 * 1024 };

#define PREFIX_KEY "prefix/"

static int is_turtle(const struct dirent *entry)
{
    const size_t length = strlen(entry->d_name);
    return entry->d_name[0] != '.' && length > 4 &&
           strcmp(entry->d_name + length - 4, ".ttl") == 0;
}

void catalog_free_documents(struct ic_document **documents, size_t count)
{
    for (size_t i = 0; documents && i < count; i++)
        ic_document_free(documents[i]);
    free(documents);
}

static enum ic_status read_file(const char *directory, const char *name,
                                struct ic_document **document, struct ic_error *error)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s", directory, name) < 0)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an ontology");
    FILE *in = fopen(path, "re");
    enum ic_status status =
        in ? IC_OK : ic_fail_errno(error, errno, "cannot read the ontology file %s", path);
    if (status == IC_OK && !(*document = ic_document_new(path, NULL)))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for an ontology");
    if (status == IC_OK) {
        const struct ic_import_context context = {.in = in,
                                                  .bytes_max = ONTOLOGY_FILE_BYTES_MAX};
        status = ic_import("turtle", &context, *document, NULL, error);
    }
    if (in)
        fclose(in);
    free(path);
    return status;
}

enum ic_status catalog_read_directory(const char *directory, struct ic_document ***documents,
                                      size_t *count, struct ic_error *error)
{
    struct dirent **names = NULL;
    const int found = scandir(directory, &names, is_turtle, alphasort);
    *documents = NULL;
    *count = 0;
    if (found < 0)
        return ic_fail_errno(error, errno, "cannot read the ontology directory %s", directory);
    enum ic_status status = IC_OK;
    if (found == 0 || found > ONTOLOGY_FILES_MAX)
        status = ic_fail(error, IC_BAD_INPUT,
                         "%s has %d Turtle files (*.ttl); an ontology has 1 to %d", directory,
                         found, ONTOLOGY_FILES_MAX);
    else if (!(*documents = calloc((size_t)found, sizeof **documents)))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for an ontology");
    for (int i = 0; i < found; i++) {
        if (status == IC_OK)
            status = read_file(directory, names[i]->d_name, &(*documents)[(*count)++], error);
        free(names[i]);
    }
    free(names);
    if (status != IC_OK) {
        catalog_free_documents(*documents, *count);
        *documents = NULL;
        *count = 0;
    }
    return status;
}

enum ic_status ic_ontology_check_directory(const char *directory, struct ic_error *error)
{
    struct ic_document **documents;
    struct ic_ontology *ontology = NULL;
    size_t count;
    enum ic_status status = catalog_read_directory(directory, &documents, &count, error);
    if (status != IC_OK)
        return status;
    status = ic_ontology_build(documents, count, &ontology, error);
    ic_ontology_release(ontology);
    catalog_free_documents(documents, count);
    return status;
}

/* Forgets the prefixes of the ontology that was loaded before. */
static enum ic_status clear_prefixes(struct store *store, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status = store_scan_open(store, STORE_META, PREFIX_KEY, strlen(PREFIX_KEY),
                                            NULL, 0, &scan, error);
    while (status == IC_OK && (status = store_scan_next(&scan, &found, error)) == IC_OK &&
           found)
        status = store_delete(store, STORE_META, scan.key.data, scan.key.size, NULL, 0, error);
    store_scan_close(&scan);
    return status;
}

static enum ic_status store_prefixes(struct store *store, const struct ic_document *document,
                                     struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < ic_document_prefix_count(document); i++) {
        const char *prefix, *iri;
        char *key = NULL;
        ic_document_prefix(document, i, &prefix, &iri);
        if (asprintf(&key, PREFIX_KEY "%s", prefix) < 0)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a prefix");
        status = store_put(store, STORE_META, key, strlen(key), iri, strlen(iri), error);
        free(key);
    }
    return status;
}

static enum ic_status ontology_graph(struct store *store, bool add, uint64_t *graph,
                                     struct ic_error *error)
{
    const struct ic_term term = ic_term_iri(IC_GRAPH_ONTOLOGY);
    return add ? dictionary_add(store, &term, graph, error)
               : dictionary_find(store, &term, graph, error);
}

enum ic_status catalog_store_ontology(struct ic_catalog *catalog,
                                      struct ic_document *const *documents, size_t count,
                                      const struct ic_ontology *ontology,
                                      struct ic_error *error)
{
    struct store *store = &catalog->store;
    const char *digest = ic_ontology_digest(ontology);
    uint64_t graph, sequence;
    enum ic_status status = ontology_graph(store, true, &graph, error);
    if (status == IC_OK)
        status = quads_clear(store, graph, error);
    if (status == IC_OK)
        status = clear_prefixes(store, error);
    if (status == IC_OK)
        status = graph_write(store, graph, GRAPH_ONTOLOGY, error);
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        char scope[24];
        snprintf(scope, sizeof scope, "o%zu", i);
        status = quads_add_document(store, graph, documents[i], scope, error);
        if (status == IC_OK)
            status = store_prefixes(store, documents[i], error);
    }
    if (status == IC_OK)
        status =
            store_put(store, STORE_META, "ontology-digest", 15, digest, strlen(digest), error);
    if (status == IC_OK)
        status = change_append(store, CHANGE_ONTOLOGY, IC_GRAPH_ONTOLOGY, 0,
                               ic_catalog_now_ms(catalog), &sequence, error);
    return status;
}

static enum ic_status read_prefixes(struct store *store, struct ic_document *document,
                                    struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status = store_scan_open(store, STORE_META, PREFIX_KEY, strlen(PREFIX_KEY),
                                            NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        char *prefix = strndup((char *)scan.key.data + strlen(PREFIX_KEY),
                               scan.key.size - strlen(PREFIX_KEY));
        char *iri = strndup(scan.data.data, scan.data.size);
        status = prefix && iri ? ic_document_set_prefix(document, prefix, iri, error)
                               : ic_fail(error, IC_NO_MEMORY, "out of memory for a prefix");
        free(prefix);
        free(iri);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

/* The ontology's graph as it is read: three ids a statement, in the order of the quads. */
struct graph_ids {
    uint64_t *ids;
    size_t count, room;
};

static enum ic_status add_quad(struct graph_ids *graph, const DBT *key, struct ic_error *error)
{
    enum { QUAD_KEY_BYTES = 32 };
    if (key->size != QUAD_KEY_BYTES)
        return ic_fail(error, IC_CORRUPT, "a quad of the catalog is damaged; restore a backup");
    if (graph->room - graph->count < 3) {
        const size_t room = graph->room ? graph->room * 2 : 3 * 1024;
        uint64_t *grown = realloc(graph->ids, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for the ontology");
        graph->ids = grown;
        graph->room = room;
    }
    for (size_t i = 1; i <= 3; i++)
        graph->ids[graph->count++] = get_u64((const unsigned char *)key->data + 8 * i);
    return IC_OK;
}

static enum ic_status read_quads(struct store *store, struct graph_ids *graph,
                                 struct ic_error *error)
{
    struct store_scan scan;
    unsigned char prefix[8];
    uint64_t id;
    bool found;
    enum ic_status status = ontology_graph(store, false, &id, error);
    if (status != IC_OK)
        return status;
    put_u64(prefix, id);
    status = store_scan_open(store, STORE_GSPO, prefix, sizeof prefix, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while (status == IC_OK && (status = store_scan_next(&scan, &found, error)) == IC_OK &&
           found)
        status = add_quad(graph, &scan.key, error);
    store_scan_close(&scan);
    return status;
}

static int compare_ids(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The different ids among `graph`, ascending; owned: free. NULL: no memory. */
static uint64_t *different_ids(const struct graph_ids *graph, size_t *count)
{
    struct hash_set seen = {.items = NULL};
    uint64_t *ids = malloc((graph->count + 1) * sizeof *ids);
    bool good = ids != NULL;
    *count = 0;
    for (size_t i = 0; good && i < graph->count; i++)
        if (!hash_set_has(&seen, graph->ids[i])) {
            good = hash_set_add(&seen, graph->ids[i]);
            ids[(*count)++] = graph->ids[i];
        }
    hash_set_free(&seen);
    if (good) {
        qsort(ids, *count, sizeof *ids, compare_ids);
        return ids;
    }
    free(ids);
    return NULL;
}

/* Reads the terms of `ids` into `document`; nodes[i] is that of ids[i]. */
static enum ic_status add_terms(struct store *store, struct ic_document *document,
                                const uint64_t *ids, size_t count, uint32_t *nodes,
                                struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term *terms = arena ? ic_arena_alloc(arena, (count + 1) * sizeof *terms) : NULL;
    enum ic_status status =
        terms ? dictionary_get_many(store, ids, count, arena, terms, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for the ontology");
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = ic_document_intern(document, &terms[i], &nodes[i], error);
    ic_arena_free(arena);
    return status;
}

static enum ic_status add_statements(struct ic_document *document,
                                     const struct graph_ids *graph, const uint64_t *ids,
                                     size_t count, const uint32_t *nodes,
                                     struct ic_error *error)
{
    enum ic_status status = IC_OK;
    uint32_t own[3];
    for (size_t i = 0; status == IC_OK && i < graph->count; i++) {
        const uint64_t *at = bsearch(&graph->ids[i], ids, count, sizeof *ids, compare_ids);
        own[i % 3] = nodes[at - ids];
        if (i % 3 == 2)
            status = ic_document_add_nodes(document,
                                           (struct ic_statement){.subject = own[0],
                                                                 .predicate = own[1],
                                                                 .object = own[2],
                                                                 .graph = IC_NO_NODE},
                                           error);
    }
    return status;
}

/* Reads the ontology's graph into `document`. Each term is read once, in the order of ids,
 * which keeps the statements in order too. */
static enum ic_status read_graph(struct store *store, struct ic_document *document,
                                 struct ic_error *error)
{
    struct graph_ids graph = {.ids = NULL};
    size_t count = 0;
    enum ic_status status = read_quads(store, &graph, error);
    uint64_t *ids = different_ids(&graph, &count);
    uint32_t *nodes = malloc((count + 1) * sizeof *nodes);
    if (status == IC_OK && (!ids || !nodes))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for the ontology");
    if (status == IC_OK)
        status = add_terms(store, document, ids, count, nodes, error);
    if (status == IC_OK)
        status = add_statements(document, &graph, ids, count, nodes, error);
    free(graph.ids);
    free(ids);
    free(nodes);
    return status;
}

/* The digest that was stored with the ontology; empty: none. */
static enum ic_status read_digest(struct store *store, char digest[65], struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    bool found;
    const enum ic_status status =
        store_get(store, STORE_META, "ontology-digest", 15, &value, &found, error);
    const bool known = status == IC_OK && found && value.size == 64;
    snprintf(digest, 65, "%.*s", known ? 64 : 0, known ? (char *)value.data : "");
    store_value_free(&value);
    return status;
}

enum ic_status catalog_build_ontology(struct ic_catalog *catalog, struct ic_ontology **ontology,
                                      struct ic_error *error)
{
    struct ic_document *document = ic_document_new(IC_GRAPH_ONTOLOGY, NULL);
    if (!document)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for the ontology");
    enum ic_status status = read_prefixes(&catalog->store, document, error);
    if (status == IC_OK)
        status = read_graph(&catalog->store, document, error);
    char digest[65];
    if (status == IC_OK)
        status = read_digest(&catalog->store, digest, error);
    if (status == IC_OK)
        status =
            ic_ontology_build_known(&document, 1, *digest ? digest : NULL, ontology, error);
    ic_document_free(document);
    return status;
}

/* One advertisement under a new ontology. */
struct rederivation {
    struct ic_catalog *catalog;
    const struct ic_ontology *ontology;
};

static enum ic_status rederive(void *context, const struct advertisement *record,
                               struct ic_error *error)
{
    const struct rederivation *r = context;
    const struct draft_options options = {.lenient = true};
    struct ic_document *document = NULL;
    struct drafts drafts = {.items = NULL};
    enum ic_status status =
        catalog_stated_document(&r->catalog->store, record, &document, error);
    if (status == IC_OK)
        status = drafts_read(document, r->ontology, &options, &drafts, error);
    if (status == IC_OK &&
        (drafts.count != 1 || strcmp(drafts.items[0].cloud_name, record->cloud_name) != 0))
        status = ic_fail(error, IC_BAD_INPUT,
                         "under this ontology the advertisement of %s no longer describes that "
                         "cloud; :Cloud, :cloudName and :offers must stay",
                         record->cloud_name);
    if (status == IC_OK) {
        const struct storing how = {.owner = record->owner,
                                    .format = record->format,
                                    .audience = record->audience,
                                    .digest = record->digest,
                                    .version = record->version,
                                    .published_ms = record->published_ms,
                                    .expires_ms = record->expires_ms};
        struct advertisement stored;
        status = catalog_store_draft(r->catalog, document, &drafts.items[0], &how, record,
                                     &stored, error);
    }
    drafts_free(&drafts);
    ic_document_free(document);
    return status;
}

enum ic_status ic_catalog_load_ontology(struct ic_catalog *catalog,
                                        struct ic_document *const *documents, size_t count,
                                        struct ic_error *error)
{
    struct ic_ontology *ontology;
    enum ic_status status = ic_ontology_build(documents, count, &ontology, error);
    if (status == IC_OK && (status = catalog_begin(catalog, error)) != IC_OK)
        ic_ontology_release(ontology);
    if (status != IC_OK)
        return status;
    struct rederivation r = {catalog, ontology};
    store_expect_many(&catalog->store);
    catalog->next_ontology = ontology;
    status = catalog_store_ontology(catalog, documents, count, ontology, error);
    if (status == IC_OK)
        status = catalog_each_advertisement(&catalog->store, rederive, &r, error);
    return catalog_end(catalog, status, true, error);
}
