/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of plain graphs and of the ontology: one key of four term ids in each of three
 * orders, with empty data. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"

/* Which place of (graph, subject, predicate, object) comes where in each order's keys. */
static const struct {
    enum store_database database;
    unsigned char place[4];
} orders[] = {
    {STORE_GSPO, {0, 1, 2, 3}},
    {STORE_GPOS, {0, 2, 3, 1}},
    {STORE_GOSP, {0, 3, 1, 2}},
};

enum { ORDERS = sizeof orders / sizeof orders[0], KEY_BYTES = 32 };

static void make_key(int order, const uint64_t quad[4], unsigned char key[KEY_BYTES])
{
    for (int i = 0; i < 4; i++)
        put_u64(key + 8 * i, quad[orders[order].place[i]]);
}

enum ic_status quad_add(struct store *store, const uint64_t quad[4], struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (int order = 0; status == IC_OK && order < ORDERS; order++) {
        unsigned char key[KEY_BYTES];
        make_key(order, quad, key);
        status = store_put(store, orders[order].database, key, sizeof key, "", 0, error);
    }
    return status;
}

enum ic_status quad_remove(struct store *store, const uint64_t quad[4], struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (int order = 0; status == IC_OK && order < ORDERS; order++) {
        unsigned char key[KEY_BYTES];
        make_key(order, quad, key);
        status = store_delete(store, orders[order].database, key, sizeof key, NULL, 0, error);
    }
    return status;
}

enum ic_status quad_present(struct store *store, const uint64_t quad[4], bool *present,
                            struct ic_error *error)
{
    unsigned char key[KEY_BYTES];
    struct store_value value = {.data = NULL};
    make_key(0, quad, key);
    const enum ic_status status =
        store_get(store, orders[0].database, key, sizeof key, &value, present, error);
    store_value_free(&value);
    return status;
}

enum ic_status quads_any(struct store *store, uint64_t graph, bool *any, struct ic_error *error)
{
    struct store_scan scan;
    unsigned char prefix[8];
    put_u64(prefix, graph);
    enum ic_status status =
        store_scan_open(store, STORE_GSPO, prefix, sizeof prefix, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    status = store_scan_next(&scan, any, error);
    store_scan_close(&scan);
    return status;
}

enum ic_status quads_clear(struct store *store, uint64_t graph, struct ic_error *error)
{
    unsigned char prefix[8];
    put_u64(prefix, graph);
    for (;;) {
        /* A scan of its own for each: deleting under an open cursor would move it. */
        struct store_scan scan;
        uint64_t quad[4];
        bool found = false;
        enum ic_status status =
            store_scan_open(store, STORE_GSPO, prefix, sizeof prefix, NULL, 0, &scan, error);
        if (status != IC_OK)
            return status;
        status = store_scan_next(&scan, &found, error);
        if (status == IC_OK && found && scan.key.size != KEY_BYTES)
            status = ic_fail(error, IC_CORRUPT,
                             "a quad of the catalog is damaged; restore a backup");
        for (int i = 0; status == IC_OK && found && i < 4; i++)
            quad[i] = get_u64((const unsigned char *)scan.key.data + 8 * i);
        store_scan_close(&scan);
        if (status == IC_OK && found)
            status = quad_remove(store, quad, error);
        if (status != IC_OK || !found)
            return status;
    }
}

enum ic_status catalog_add_term(struct store *store, const struct ic_term *term, uint64_t *id,
                                struct ic_error *error)
{
    static const char prefix[] = IC_GRAPH_AD_PREFIX;
    uint64_t named;
    enum ic_status status = dictionary_add(store, term, id, error);
    if (status != IC_OK || term->kind != IC_IRI ||
        strncmp(term->text, prefix, sizeof prefix - 1) != 0)
        return status;
    status = store_get_number(store, CATALOG_NAMED_GRAPHS, &named, error);
    return status == IC_OK && !named ? store_put_number(store, CATALOG_NAMED_GRAPHS, 1, error)
                                     : status;
}

static enum ic_status term_id(struct store *store, const struct ic_document *document,
                              uint32_t node, const char *scope, uint64_t *ids,
                              struct ic_error *error)
{
    if (ids[node])
        return IC_OK;
    struct ic_term term = *ic_document_term(document, node);
    char *label = NULL;
    if (term.kind == IC_BLANK) {
        if (asprintf(&label, "%s_%s", scope, term.text) < 0)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a blank node");
        term.text = label;
        term.length = strlen(label);
    }
    const enum ic_status status = catalog_add_term(store, &term, &ids[node], error);
    free(label);
    return status;
}

enum ic_status quads_add_document(struct store *store, uint64_t graph,
                                  const struct ic_document *document, const char *scope,
                                  struct ic_error *error)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    uint64_t *ids = calloc(ic_document_term_count(document) + 1, sizeof *ids);
    enum ic_status status =
        ids ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a graph");
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &statements[i];
        status = term_id(store, document, s->subject, scope, ids, error);
        if (status == IC_OK)
            status = term_id(store, document, s->predicate, scope, ids, error);
        if (status == IC_OK)
            status = term_id(store, document, s->object, scope, ids, error);
        if (status == IC_OK) {
            const uint64_t quad[4] = {graph, ids[s->subject], ids[s->predicate],
                                      ids[s->object]};
            status = quad_add(store, quad, error);
        }
    }
    free(ids);
    return status;
}
