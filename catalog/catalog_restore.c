/* SPDX-License-Identifier: Apache-2.0 */
/* Restoring an export into a catalog without advertisements, in one transaction. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "instant.h"
#include "names.h"

/* Statements [first, end) of one graph. */
struct range {
    size_t first, end;
};

/* An export, its statements sorted by graph and subject. */
struct restoring {
    struct ic_catalog *catalog;
    const struct ic_document *source;
    struct ic_statement *statements;
    size_t count;
    struct range metadata;
    struct ic_arena *arena;
    const struct ic_ontology *ontology;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a restore");
}

static enum ic_status bad(const struct restoring *r, uint32_t line, struct ic_error *error,
                          const char *what, const char *name)
{
    return ic_fail_at(error, IC_BAD_INPUT, ic_document_name(r->source), line, 0,
                      "not an export: %s%.300s", what, name);
}

static const char *text_of(const struct restoring *r, uint32_t node)
{
    return ic_document_term(r->source, node)->text;
}

static int compare_graphs(const void *left, const void *right)
{
    const struct ic_statement *a = left, *b = right;
    if (a->graph != b->graph)
        return a->graph < b->graph ? -1 : 1;
    return (a->subject > b->subject) - (a->subject < b->subject);
}

static enum ic_status sort_statements(struct restoring *r, struct ic_error *error)
{
    const struct ic_statement *all = ic_document_statements(r->source, &r->count);
    r->statements = malloc((r->count + 1) * sizeof *r->statements);
    if (!r->statements)
        return no_memory(error);
    for (size_t i = 0; i < r->count; i++) {
        r->statements[i] = all[i];
        if (all[i].graph == IC_NO_NODE)
            return bad(r, all[i].line, error, "a statement has no graph", "");
    }
    if (r->count)
        qsort(r->statements, r->count, sizeof *r->statements, compare_graphs);
    return IC_OK;
}

/* The range of `graph`, empty when the export does not have it. */
static struct range range_of(const struct restoring *r, uint32_t graph)
{
    struct range range = {0, 0};
    while (range.first < r->count && r->statements[range.first].graph != graph)
        range.first++;
    for (range.end = range.first;
         range.end < r->count && r->statements[range.end].graph == graph;)
        range.end++;
    return range;
}

/* A term without the scope that the exporting catalog gave its blank nodes ("a12_", "g3_"): the
 * restored graph gets a scope of its own. */
static struct ic_term unscoped(const struct restoring *r, uint32_t node)
{
    struct ic_term term = *ic_document_term(r->source, node);
    if (term.kind == IC_BLANK && (term.text[0] == 'a' || term.text[0] == 'g')) {
        const size_t digits = strspn(term.text + 1, "0123456789");
        if (digits && term.text[1 + digits] == '_' && term.text[2 + digits]) {
            term.text += digits + 2;
            term.length -= digits + 2;
        }
    }
    return term;
}

/* A document of one graph's statements. */
static enum ic_status extract(const struct restoring *r, struct range range, const char *name,
                              struct ic_document **document, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    *document = ic_document_new(name, NULL);
    if (!*document)
        return no_memory(error);
    for (size_t i = range.first; status == IC_OK && i < range.end; i++) {
        const struct ic_statement *s = &r->statements[i];
        const struct ic_term subject = unscoped(r, s->subject);
        const struct ic_term object = unscoped(r, s->object);
        status = ic_document_add(*document, &subject, ic_document_term(r->source, s->predicate),
                                 &object, NULL, s->line, error);
    }
    if (status != IC_OK) {
        ic_document_free(*document);
        *document = NULL;
    }
    return status;
}

/* What the metadata graph says of `subject` by ic:NAME, or NULL. */
static const char *metadata(const struct restoring *r, uint32_t subject, const char *name)
{
    char property[64];
    snprintf(property, sizeof property, IC_NS_META "%s", name);
    size_t i = r->metadata.first, end = r->metadata.end;
    while (i < end) {
        const size_t middle = i + (end - i) / 2;
        if (r->statements[middle].subject < subject)
            i = middle + 1;
        else
            end = middle;
    }
    for (; i < r->metadata.end && r->statements[i].subject == subject; i++)
        if (strcmp(text_of(r, r->statements[i].predicate), property) == 0)
            return text_of(r, r->statements[i].object);
    return NULL;
}

static enum ic_status read_instant(const struct restoring *r, uint32_t subject,
                                   const char *name, int64_t *ms, struct ic_error *error)
{
    const char *text = metadata(r, subject, name);
    *ms = 0;
    return text ? ic_instant_parse(text, ms, error) : IC_OK;
}

/* "prefix IRI" texts of the ontology. */
static enum ic_status add_prefixes(const struct restoring *r, struct ic_document *document,
                                   struct ic_error *error)
{
    const struct range range = r->metadata;
    enum ic_status status = IC_OK;
    for (size_t i = range.first; status == IC_OK && i < range.end; i++) {
        if (strcmp(text_of(r, r->statements[i].predicate), IC_NS_META "prefix") != 0)
            continue;
        const char *text = text_of(r, r->statements[i].object);
        const char *space = strchr(text, ' ');
        char *prefix = space ? ic_arena_copy(r->arena, text, (size_t)(space - text)) : NULL;
        if (prefix)
            status = ic_document_set_prefix(document, prefix, space + 1, error);
    }
    return status;
}

static enum ic_status restore_ontology(struct restoring *r, struct ic_document **document,
                                       struct ic_ontology **ontology, struct ic_error *error)
{
    const struct range range = range_of(r, ic_document_find_iri(r->source, IC_GRAPH_ONTOLOGY));
    if (range.first == range.end)
        return bad(r, 0, error, "it has no graph ", IC_GRAPH_ONTOLOGY);
    enum ic_status status = extract(r, range, ic_document_name(r->source), document, error);
    if (status == IC_OK)
        status = add_prefixes(r, *document, error);
    if (status == IC_OK)
        status = ic_ontology_build(document, 1, ontology, error);
    return status;
}

/* How the advertisement of `graph` was stored, from its metadata. */
static enum ic_status read_storing(const struct restoring *r, uint32_t graph,
                                   struct storing *how, struct ic_error *error)
{
    const char *version = metadata(r, graph, "version");
    *how = (struct storing){.owner = metadata(r, graph, "owner"),
                            .format = metadata(r, graph, "format"),
                            .audience = metadata(r, graph, "audience"),
                            .digest = metadata(r, graph, "digest"),
                            .version = version ? strtoull(version, NULL, 10) : 0,
                            .log_change = true};
    if (!how->owner || !how->version || !metadata(r, graph, "cloudName"))
        return bad(r, 0, error, "no owner, version or cloudName in the metadata of ",
                   text_of(r, graph));
    enum ic_status status = read_instant(r, graph, "published", &how->published_ms, error);
    return status == IC_OK ? read_instant(r, graph, "expires", &how->expires_ms, error)
                           : status;
}

static enum ic_status restore_advertisement(struct restoring *r, uint32_t graph,
                                            struct range range, struct ic_error *error)
{
    const struct draft_options options = {.lenient = true};
    struct ic_document *document = NULL;
    struct drafts drafts = {.items = NULL};
    struct advertisement record;
    struct storing how;
    enum ic_status status = read_storing(r, graph, &how, error);
    if (status == IC_OK)
        status = extract(r, range, ic_document_name(r->source), &document, error);
    if (status == IC_OK)
        status = drafts_read(document, r->ontology, &options, &drafts, error);
    if (status == IC_OK && (drafts.count != 1 || strcmp(drafts.items[0].cloud_name,
                                                        metadata(r, graph, "cloudName")) != 0))
        status = bad(r, r->statements[range.first].line, error,
                     "its metadata names another cloud than ", text_of(r, graph));
    if (status == IC_OK)
        status = catalog_store_draft(r->catalog, document, &drafts.items[0], &how, NULL,
                                     &record, error);
    drafts_free(&drafts);
    ic_document_free(document);
    return status;
}

static enum ic_status restore_plain(struct restoring *r, uint32_t graph, struct range range,
                                    struct ic_error *error)
{
    struct store *store = &r->catalog->store;
    struct ic_document *document = NULL;
    uint64_t id = 0;
    char scope[32];
    enum ic_status status =
        dictionary_add(store, ic_document_term(r->source, graph), &id, error);
    if (status == IC_OK)
        status = graph_write(store, id, GRAPH_PLAIN, error);
    if (status == IC_OK)
        status = extract(r, range, ic_document_name(r->source), &document, error);
    snprintf(scope, sizeof scope, "g%llu", (unsigned long long)id);
    if (status == IC_OK)
        status = quads_add_document(store, id, document, scope, error);
    ic_document_free(document);
    return status;
}

static enum ic_status restore_claims(struct restoring *r, struct ic_error *error)
{
    static const char prefix[] = "urn:intercloud:claim:";
    const struct range range = r->metadata;
    enum ic_status status = IC_OK;
    for (size_t i = range.first; status == IC_OK && i < range.end; i++) {
        const uint32_t subject = r->statements[i].subject;
        if ((i > range.first && r->statements[i - 1].subject == subject) ||
            strncmp(text_of(r, subject), prefix, sizeof prefix - 1) != 0)
            continue;
        const char *name = metadata(r, subject, "cloudName");
        struct claim claim = {.owner = metadata(r, subject, "owner")};
        if (!name || !claim.owner)
            return bad(r, r->statements[i].line, error,
                       "an incomplete claim: ", text_of(r, subject));
        status = read_instant(r, subject, "claimedUntil", &claim.until_ms, error);
        if (status == IC_OK)
            status = claim_write(&r->catalog->store, name, &claim, error);
    }
    return status;
}

static enum ic_status restore_graphs(struct restoring *r, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    struct range range = {0, 0};
    for (; status == IC_OK && range.first < r->count; range.first = range.end) {
        const uint32_t graph = r->statements[range.first].graph;
        const char *iri = text_of(r, graph);
        while (range.end < r->count && r->statements[range.end].graph == graph)
            range.end++;
        if (strcmp(iri, IC_GRAPH_METADATA) == 0 || strcmp(iri, IC_GRAPH_ONTOLOGY) == 0)
            continue;
        status = strncmp(iri, IC_GRAPH_AD_PREFIX, strlen(IC_GRAPH_AD_PREFIX)) == 0
                     ? restore_advertisement(r, graph, range, error)
                     : restore_plain(r, graph, range, error);
    }
    return status;
}

static enum ic_status check_empty(void *context, const struct advertisement *record,
                                  struct ic_error *error)
{
    (void)context;
    return ic_fail(error, IC_CONFLICT,
                   "the catalog already advertises %s; restore into a new one",
                   record->cloud_name);
}

/* Everything inside the transaction. */
static enum ic_status restore_all(struct restoring *r, struct ic_document *ontology,
                                  struct ic_error *error)
{
    struct store *store = &r->catalog->store;
    uint64_t epoch;
    enum ic_status status =
        catalog_each_advertisement(&r->catalog->store, check_empty, NULL, error);
    if (status == IC_OK)
        status = catalog_store_ontology(r->catalog, &ontology, 1, r->ontology, error);
    if (status == IC_OK)
        status = restore_claims(r, error);
    if (status == IC_OK)
        status = restore_graphs(r, error);
    return status == IC_OK ? store_take(store, "epoch", 1, &epoch, error) : status;
}

enum ic_status ic_catalog_restore(struct ic_catalog *catalog, struct ic_document *source,
                                  bool dry_run, struct ic_error *error)
{
    struct restoring r = {
        .catalog = catalog, .source = source, .arena = ic_document_arena(source)};
    struct ic_document *document = NULL;
    struct ic_ontology *ontology = NULL;
    enum ic_status status = sort_statements(&r, error);
    if (status == IC_OK)
        r.metadata = range_of(&r, ic_document_find_iri(source, IC_GRAPH_METADATA));
    if (status == IC_OK)
        status = restore_ontology(&r, &document, &ontology, error);
    r.ontology = ontology;
    if (status == IC_OK && (status = catalog_begin(catalog, error)) == IC_OK) {
        store_expect_many(&catalog->store);
        catalog->next_ontology = ic_ontology_retain(ontology);
        status = restore_all(&r, document, error);
        status = catalog_end(catalog, status, !dry_run, error);
    }
    ic_ontology_release(ontology);
    ic_document_free(document);
    free(r.statements);
    return status;
}
