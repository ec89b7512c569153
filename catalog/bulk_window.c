/* SPDX-License-Identifier: Apache-2.0 */
/* Windows of a stream of statements. */
#include "bulk_window.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

enum ic_status bulk_windows_open(struct bulk_windows *windows, struct ic_error *error)
{
    *windows = (struct bulk_windows){.clouds = {.items = NULL}};
    return RAND_bytes(windows->key, sizeof windows->key) == 1
               ? IC_OK
               : ic_fail(error, IC_IO, "OpenSSL has no random numbers");
}

void bulk_windows_close(struct bulk_windows *windows)
{
    hash_set_free(&windows->clouds);
    hash_set_free(&windows->others);
    hash_set_free(&windows->objects);
    hash_set_free(&windows->objects_of_others);
}

/* ---- where to cut ---- */

static bool says_cloud(const struct ic_document *document, const struct ic_ontology *ontology,
                       const struct ic_statement *s)
{
    const char *predicate = ic_document_term(document, s->predicate)->text;
    const struct ic_term *object = ic_document_term(document, s->object);
    if (strcmp(predicate, IC_NS "cloudName") == 0)
        return true;
    return strcmp(predicate, IC_RDF_TYPE) == 0 && object->kind == IC_IRI &&
           (strcmp(object->text, IC_NS "Cloud") == 0 ||
            ic_ontology_is_a(ontology, object->text, IC_NS "Cloud"));
}

size_t bulk_window_cut(const struct ic_document *document, const struct ic_ontology *ontology)
{
    size_t count;
    const struct ic_statement *s = ic_document_statements(document, &count);
    size_t first_cloud = 0;
    while (first_cloud < count && !says_cloud(document, ontology, &s[first_cloud]))
        first_cloud++;
    for (size_t end = count; end > 0;) {
        size_t begin = end - 1;
        bool cloud = says_cloud(document, ontology, &s[begin]);
        while (begin > 0 && s[begin - 1].subject == s[end - 1].subject)
            cloud |= says_cloud(document, ontology, &s[--begin]);
        if (cloud)
            return begin > first_cloud ? begin : 0;
        end = begin;
    }
    return 0;
}

/* ---- what earlier windows had ---- */

static uint64_t hash_node(const struct bulk_windows *windows,
                          const struct ic_document *document, uint32_t node)
{
    const struct ic_term *term = ic_document_term(document, node);
    const uint64_t hash = siphash(windows->key, term->text, term->length);
    return term->kind == IC_BLANK ? ~hash : hash;
}

static enum ic_status scattered(const struct ic_document *document, uint32_t node,
                                struct ic_error *error)
{
    const struct ic_term *term = ic_document_term(document, node);
    return ic_fail(error, IC_UNSUPPORTED,
                   "%s: what belongs together does not stand together: %s%.200s",
                   ic_document_name(document), term->kind == IC_BLANK ? "_:" : "", term->text);
}

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
}

/* Marks by node: a subject of this window, and of which kind; what only is led to. */
enum { NODE_CLOUD = 1, NODE_OTHER = 2, NODE_OBJECT = 4, NODE_OBJECT_OF_OTHER = 8 };

static enum ic_status check_subjects(struct bulk_windows *windows,
                                     const struct ic_document *document,
                                     const struct drafts *drafts, unsigned char *nodes,
                                     struct ic_error *error)
{
    for (size_t i = 0; i < drafts->count; i++) {
        const struct draft *draft = &drafts->items[i];
        for (size_t k = 0; k < draft->entry_count; k++) {
            const uint32_t node = draft->entries[k].stated_subject;
            const uint64_t hash = hash_node(windows, document, node);
            if (nodes[node])
                continue;
            nodes[node] = k == 0 ? NODE_CLOUD : NODE_OTHER;
            /* That a cloud led to a cloud takes nothing over. */
            if (hash_set_has(&windows->clouds, hash) || hash_set_has(&windows->others, hash) ||
                hash_set_has(k == 0 ? &windows->objects_of_others : &windows->objects, hash))
                return scattered(document, node, error);
        }
    }
    return IC_OK;
}

/* An object without statements here must not have had any before, but for a cloud's cloud. */
static enum ic_status check_object(struct bulk_windows *windows,
                                   const struct ic_document *document, bool from_cloud,
                                   uint32_t node, unsigned char *nodes, struct ic_error *error)
{
    const unsigned char mark = from_cloud ? NODE_OBJECT : NODE_OBJECT | NODE_OBJECT_OF_OTHER;
    if (nodes[node] & (NODE_CLOUD | NODE_OTHER) || (nodes[node] & mark) == mark ||
        ic_document_term(document, node)->kind == IC_LITERAL)
        return IC_OK;
    const uint64_t hash = hash_node(windows, document, node);
    if (hash_set_has(&windows->others, hash) ||
        (!from_cloud && hash_set_has(&windows->clouds, hash)))
        return scattered(document, node, error);
    nodes[node] |= mark;
    return IC_OK;
}

static enum ic_status check_objects(struct bulk_windows *windows,
                                    const struct ic_document *document, unsigned char *nodes,
                                    struct ic_error *error)
{
    size_t count;
    const struct ic_statement *s = ic_document_statements(document, &count);
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = check_object(windows, document, nodes[s[i].subject] == NODE_CLOUD, s[i].object,
                              nodes, error);
    return status;
}

static bool remember(struct bulk_windows *windows, const struct ic_document *document,
                     const unsigned char *nodes, size_t count)
{
    bool good = true;
    for (uint32_t node = 0; good && node < count; node++) {
        if (!nodes[node])
            continue;
        const uint64_t hash = hash_node(windows, document, node);
        if (nodes[node] & NODE_CLOUD)
            good = hash_set_add(&windows->clouds, hash);
        if (nodes[node] & NODE_OTHER)
            good = good && hash_set_add(&windows->others, hash);
        if (nodes[node] & NODE_OBJECT)
            good = good && hash_set_add(&windows->objects, hash);
        if (nodes[node] & NODE_OBJECT_OF_OTHER)
            good = good && hash_set_add(&windows->objects_of_others, hash);
    }
    return good;
}

enum ic_status bulk_windows_check(struct bulk_windows *windows,
                                  const struct ic_document *document,
                                  const struct drafts *drafts, struct ic_error *error)
{
    const size_t count = ic_document_term_count(document);
    unsigned char *nodes = calloc(count + 1, 1);
    enum ic_status status = nodes ? IC_OK : no_memory(error);
    if (status == IC_OK)
        status = check_subjects(windows, document, drafts, nodes, error);
    if (status == IC_OK)
        status = check_objects(windows, document, nodes, error);
    if (status == IC_OK && !remember(windows, document, nodes, count))
        status = no_memory(error);
    free(nodes);
    return status;
}
