/* SPDX-License-Identifier: Apache-2.0 */
/* The one publish path: whose name it is, what is new, and storing it. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "names.h"
#include "owner_usage.h"
#include "rdf_chars.h"

/* A document with more, or with more to sweep, is published in a transaction that lets readers
 * in before its end. */
enum { FEW_STATEMENTS = 200, FEW_ENTRIES = 50 };

/* What one publish call carries from draft to draft. */
struct publishing {
    struct ic_catalog *catalog;
    struct ic_document *document;
    const struct ic_publish_options *options;
    struct ic_arena *arena;
    int64_t now_ms;
    bool *checked; /* by node: check_subject was content, for the whole document */
};

static enum ic_status taken(const struct publishing *p, const struct draft *draft,
                            struct ic_error *error)
{
    return ic_fail_at(error, IC_CONFLICT, ic_document_name(p->document), draft->line, 0,
                      "the cloud name \"%s\" belongs to another owner; choose another name",
                      draft->cloud_name);
}

/* A name that looks like another is a trap for who asks for the other. */
static enum ic_status check_scripts(const struct publishing *p, const struct draft *draft,
                                    struct ic_error *error)
{
    struct ic_error why;
    if (strcmp(p->options->owner, IC_OWNER_ADMIN) == 0)
        return IC_OK;
    const enum ic_status status = ic_name_scripts(draft->cloud_name, &why);
    return status == IC_OK ? IC_OK
                           : ic_fail_at(error, status, ic_document_name(p->document),
                                        draft->line, 0, "%s", why.text);
}

/* The advertisement that has this name now, when it is the publisher's; *held false: there is
 * none. A claim that ran out gives way to the new owner. */
static enum ic_status find_old(const struct publishing *p, const struct draft *draft,
                               struct advertisement *old, bool *held, struct ic_error *error)
{
    struct store *store = &p->catalog->store;
    struct claim claim;
    bool claimed;
    *held = false;
    enum ic_status status =
        claim_read(store, draft->cloud_name, p->arena, &claim, &claimed, error);
    if (status != IC_OK || !claimed)
        return status;
    if (claim.advertisement) {
        status = advertisement_read(store, claim.advertisement, p->arena, old, held, error);
        if (status == IC_OK && !*held)
            status = ic_fail(error, IC_CORRUPT,
                             "the advertisement of %s is missing; restore a backup",
                             draft->cloud_name);
        if (status != IC_OK)
            return status;
    }
    if (strcmp(*held ? old->owner : claim.owner, p->options->owner) == 0)
        return IC_OK;
    const int64_t until = !*held            ? claim.until_ms
                          : old->expires_ms ? old->expires_ms + NAME_GRACE_MS
                                            : INT64_MAX;
    if (p->now_ms < until)
        return taken(p, draft, error);
    if (*held) {
        *held = false;
        return catalog_remove(p->catalog, old, p->now_ms, error);
    }
    return IC_OK;
}

/* A subject that somebody publishes. */
struct checking {
    const struct publishing *p;
    const struct advertisement *old; /* that the draft replaces, or NULL */
    const struct ic_term *subject;
    uint32_t line;
};

/* Is the entry of `ordinal` another owner's cloud or offer? */
static enum ic_status check_entry(void *context, uint32_t ordinal, struct ic_error *error)
{
    const struct checking *checking = context;
    const struct publishing *p = checking->p;
    struct entry entry = {.facts = NULL};
    struct advertisement other;
    bool found;
    if (checking->old && ordinal >= checking->old->first_ordinal &&
        ordinal - checking->old->first_ordinal < checking->old->entry_count)
        return IC_OK;
    enum ic_status status = entry_read(&p->catalog->store, ordinal, &entry, &found, error);
    const bool described = found && entry.kind != ENTRY_PART;
    const uint64_t number = entry.advertisement;
    entry_free(&entry);
    if (status != IC_OK || !described)
        return status;
    status = advertisement_read(&p->catalog->store, number, p->arena, &other, &found, error);
    if (status != IC_OK || !found || strcmp(other.owner, p->options->owner) == 0 ||
        (other.expires_ms && p->now_ms >= other.expires_ms + NAME_GRACE_MS))
        return status;
    return ic_fail_at(
        error, IC_FORBIDDEN, ic_document_name(p->document), checking->line, 0,
        "<%.300s> belongs to the cloud %s of another owner; describe only your own "
        "resources",
        checking->subject->text, other.cloud_name);
}

/* Nobody describes what is already somebody else's cloud or offer. */
static enum ic_status check_subject(const struct publishing *p, const struct advertisement *old,
                                    const struct draft_entry *entry, struct ic_error *error)
{
    struct store *store = &p->catalog->store;
    struct checking checking = {p, old, ic_document_term(p->document, entry->stated_subject),
                                entry->fact_count ? entry->facts[0].line : 0};
    uint64_t id;
    if (checking.subject->kind != IC_IRI || p->checked[entry->stated_subject])
        return IC_OK;
    p->checked[entry->stated_subject] = true;
    enum ic_status status = dictionary_find(store, checking.subject, &id, error);
    return status == IC_OK && id
               ? subject_each(store, id, UINT64_MAX, check_entry, &checking, error)
               : status;
}

static enum ic_status check_subjects(const struct publishing *p,
                                     const struct advertisement *old, const struct draft *draft,
                                     struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < draft->entry_count; i++)
        status = check_subject(p, old, &draft->entries[i], error);
    return status;
}

/* The same content again, while it still counts: only the lease is new. */
static enum ic_status renew(const struct publishing *p, const struct advertisement *old,
                            int64_t expires_ms, struct advertisement *record,
                            struct ic_error *error)
{
    *record = *old;
    record->expires_ms = expires_ms;
    return record->expires_ms == old->expires_ms
               ? IC_OK
               : advertisement_write(&p->catalog->store, record, error);
}

static enum ic_status publish_draft(const struct publishing *p, const struct draft *draft,
                                    struct ic_published *published, struct ic_error *error)
{
    struct advertisement old, record;
    bool held;
    enum ic_status status = find_old(p, draft, &old, &held, error);
    if (status == IC_OK && !held)
        status = check_scripts(p, draft, error);
    if (status == IC_OK)
        status = check_subjects(p, held ? &old : NULL, draft, error);
    if (status != IC_OK)
        return status;

    const int64_t expires_ms = p->options->lease_ms ? p->now_ms + p->options->lease_ms : 0;
    const bool same =
        held && advertisement_live(&old, p->now_ms) && strcmp(old.digest, draft->digest) == 0;
    const struct storing how = {.owner = p->options->owner,
                                .format = p->options->format,
                                .published_ms = p->now_ms,
                                .expires_ms = expires_ms,
                                .log_change = true};
    status = same ? renew(p, &old, expires_ms, &record, error)
                  : catalog_store_draft(p->catalog, p->document, draft, &how,
                                        held ? &old : NULL, &record, error);
    if (status != IC_OK)
        return status;
    char *graph = ic_name_graph(record.owner, record.cloud_name);
    *published = (struct ic_published){.cloud_name = draft->cloud_name,
                                       .owner = p->options->owner,
                                       .graph = graph ? ic_arena_strdup(p->arena, graph) : NULL,
                                       .outcome = same   ? IC_PUBLISHED_RENEWED
                                                  : held ? IC_PUBLISHED_REPLACED
                                                         : IC_PUBLISHED_NEW,
                                       .version = record.version,
                                       .sequence = record.sequence,
                                       .expires_ms = record.expires_ms,
                                       .offers = (size_t)record.offers,
                                       .statements = (size_t)record.stated};
    free(graph);
    return published->graph ? IC_OK
                            : ic_fail(error, IC_NO_MEMORY, "out of memory for a graph's name");
}

/* Reads the drafts and begins writing, under one and the same ontology: values are resolved
 * before the lock is taken. On success the transaction is open. */
static enum ic_status prepare(struct publishing *p, struct drafts *drafts,
                              struct ic_error *error)
{
    const struct ic_publish_options *o = p->options;
    const struct draft_options options = {.cloud_name = o->cloud_name,
                                          .strict = o->strict,
                                          .warn = o->warn,
                                          .warn_context = o->warn_context};
    struct ic_ontology *ontology = ic_catalog_ontology(p->catalog);
    enum ic_status status = drafts_read(p->document, ontology, &options, drafts, error);
    if (status == IC_OK)
        status = catalog_begin(p->catalog, error);
    if (status == IC_OK && p->catalog->ontology != ontology) {
        catalog_end(p->catalog, IC_OK, false, NULL);
        status = ic_fail(error, IC_BUSY, "the ontology was replaced meanwhile; publish again");
    }
    ic_ontology_release(ontology);
    if (status != IC_OK)
        drafts_free(drafts);
    return status;
}

enum ic_status catalog_publish_window(struct ic_catalog *catalog, struct ic_document *document,
                                      const struct drafts *drafts,
                                      const struct ic_publish_options *options, int64_t now_ms,
                                      struct catalog_window_counts *counts,
                                      struct ic_error *error)
{
    struct publishing p = {.catalog = catalog,
                           .document = document,
                           .options = options,
                           .arena = ic_document_arena(document),
                           .now_ms = now_ms};
    p.checked =
        ic_arena_alloc(p.arena, (ic_document_term_count(document) + 1) * sizeof *p.checked);
    enum ic_status status =
        p.checked ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for a publication");
    for (size_t i = 0; status == IC_OK && i < drafts->count; i++) {
        const struct draft *draft = &drafts->items[i];
        struct ic_published published;
        struct claim claim;
        bool claimed;
        status =
            claim_read(&catalog->store, draft->cloud_name, p.arena, &claim, &claimed, error);
        if (status == IC_OK && claimed && claim.advertisement)
            status = ic_fail(error, IC_UNSUPPORTED, "the cloud %s is advertised already",
                             draft->cloud_name);
        if (status == IC_OK)
            status = publish_draft(&p, draft, &published, error);
        counts->clouds++;
        counts->offers += status == IC_OK ? published.offers : 0;
        counts->statements += draft->stated;
        counts->bytes += draft->bytes;
    }
    return status;
}

static enum ic_status check_only(const struct publishing *p, const struct drafts *drafts,
                                 struct ic_error *error)
{
    const char *only = p->options->only_cloud;
    for (size_t i = 0; only && i < drafts->count; i++)
        if (strcmp(drafts->items[i].cloud_name, only) != 0)
            return ic_fail_at(
                error, IC_BAD_INPUT, ic_document_name(p->document), drafts->items[i].line, 0,
                "the document describes the cloud \"%s\"; only \"%s\" was announced",
                drafts->items[i].cloud_name, only);
    return IC_OK;
}

enum ic_status ic_catalog_publish(struct ic_catalog *catalog, struct ic_document *document,
                                  const struct ic_publish_options *options,
                                  void (*report)(void *context, const struct ic_published *),
                                  void *report_context, struct ic_error *error)
{
    struct publishing p = {.catalog = catalog,
                           .document = document,
                           .options = options,
                           .arena = ic_document_arena(document),
                           .now_ms = ic_catalog_now_ms(catalog)};
    struct drafts drafts;
    if (catalog->trying_ontology)
        return ic_fail(
            error, IC_USAGE,
            "--ontology tries an ontology for reading; `ontology load` it to publish");
    enum ic_status status = prepare(&p, &drafts, error);
    if (status != IC_OK)
        return status;
    size_t statements;
    uint64_t swept = 0;
    const struct ic_owner_usage *quota = &options->quota;
    const bool limited = quota->clouds || quota->statements || quota->bytes;
    struct ic_owner_usage before;
    ic_document_statements(document, &statements);
    store_limit_transaction(&catalog->store);
    status = catalog_sweep_size(catalog, &swept, error);
    if (status == IC_OK && limited)
        status = owner_usage_read(&catalog->store, options->owner, &before, error);
    if (statements > FEW_STATEMENTS || swept > FEW_ENTRIES)
        store_expect_many(&catalog->store);
    struct ic_published *published =
        ic_arena_alloc(p.arena, (drafts.count + 1) * sizeof *published);
    p.checked =
        ic_arena_alloc(p.arena, (ic_document_term_count(document) + 1) * sizeof *p.checked);
    if (status == IC_OK)
        status = published && p.checked
                     ? check_only(&p, &drafts, error)
                     : ic_fail(error, IC_NO_MEMORY, "out of memory for a publication");
    for (size_t i = 0; status == IC_OK && i < drafts.count; i++)
        status = publish_draft(&p, &drafts.items[i], &published[i], error);
    if (status == IC_OK && swept)
        status = catalog_sweep_some(catalog, error);
    if (status == IC_OK && limited)
        status = owner_usage_check(&catalog->store, options->owner, quota, &before, error);
    status = catalog_end(catalog, status, !options->dry_run, error);
    for (size_t i = 0; status == IC_OK && report && i < drafts.count; i++)
        report(report_context, &published[i]);
    drafts_free(&drafts);
    return status;
}

static enum ic_status withdraw(struct ic_catalog *catalog, const char *owner, const char *name,
                               uint64_t *sequence, struct ic_arena *arena,
                               struct ic_error *error)
{
    struct store *store = &catalog->store;
    struct claim claim;
    struct advertisement record;
    bool found;
    enum ic_status status = claim_read(store, name, arena, &claim, &found, error);
    if (status != IC_OK)
        return status;
    found = found && claim.advertisement;
    if (found)
        status = advertisement_read(store, claim.advertisement, arena, &record, &found, error);
    if (status != IC_OK)
        return status;
    if (!found)
        return ic_fail(error, IC_NOT_FOUND, "no cloud called \"%s\" is advertised", name);
    if (strcmp(owner, IC_OWNER_ADMIN) != 0 && strcmp(owner, record.owner) != 0)
        return ic_fail(error, IC_FORBIDDEN,
                       "the cloud \"%s\" belongs to another owner; only he may withdraw it",
                       name);
    const int64_t now_ms = ic_catalog_now_ms(catalog);
    status = catalog_remove(catalog, &record, now_ms + NAME_GRACE_MS, error);
    if (status == IC_OK)
        status = change_append(store, CHANGE_WITHDRAWN, name, record.number, now_ms, sequence,
                               error);
    return status;
}

enum ic_status ic_catalog_withdraw(struct ic_catalog *catalog, const char *owner,
                                   const char *cloud_name, uint64_t *sequence,
                                   struct ic_error *error)
{
    char *name;
    uint64_t number = 0;
    enum ic_status status = ic_name_cloud(cloud_name, &name, error);
    if (status != IC_OK)
        return status;
    struct ic_arena *arena = ic_arena_new();
    status = arena ? catalog_begin(catalog, error)
                   : ic_fail(error, IC_NO_MEMORY, "out of memory for a withdrawal");
    if (status == IC_OK) {
        status = withdraw(catalog, owner, name, &number, arena, error);
        status = catalog_end(catalog, status, true, error);
    }
    if (sequence)
        *sequence = number;
    ic_arena_free(arena);
    free(name);
    return status;
}

enum ic_status catalog_check_plain(const char *iri, struct ic_error *error)
{
    const char reserved[] = "urn:intercloud:";
    if (strncmp(iri, reserved, sizeof reserved - 1) == 0)
        return ic_fail(
            error, IC_FORBIDDEN,
            "<%.300s> is a graph of the catalog's own; advertisements change by publish "
            "and withdraw, the ontology by `ontology load`",
            iri);
    bool good = strchr(iri, ':') && ic_utf8_valid(iri, strlen(iri));
    for (const char *p = iri; good && *p; p++)
        good = ic_rdf_iri_character((unsigned char)*p);
    if (!good)
        return ic_fail(error, IC_BAD_INPUT, "\"%.300s\" is not an absolute IRI", iri);
    return IC_OK;
}

static enum ic_status check_no_graphs(const struct ic_document *document,
                                      struct ic_error *error)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; i < count; i++)
        if (statements[i].graph != IC_NO_NODE)
            return ic_fail_at(error, IC_BAD_INPUT, ic_document_name(document),
                              statements[i].line, 0,
                              "a graph name in the file, but --graph names the graph; give one "
                              "or the other");
    return IC_OK;
}

enum ic_status ic_catalog_put_graph(struct ic_catalog *catalog, const char *iri,
                                    struct ic_document *document, bool dry_run,
                                    struct ic_error *error)
{
    struct store *store = &catalog->store;
    const struct ic_term term = ic_term_iri(iri);
    uint64_t graph = 0, sequence;
    char scope[32];
    enum ic_status status = catalog_check_plain(iri, error);
    if (status == IC_OK)
        status = check_no_graphs(document, error);
    if (status == IC_OK)
        status = catalog_begin(catalog, error);
    if (status != IC_OK)
        return status;
    store_expect_many(store);
    store_limit_transaction(store);
    status = dictionary_add(store, &term, &graph, error);
    snprintf(scope, sizeof scope, "g%llu", (unsigned long long)graph);
    if (status == IC_OK)
        status = quads_clear(store, graph, error);
    if (status == IC_OK)
        status = graph_write(store, graph, GRAPH_PLAIN, error);
    if (status == IC_OK)
        status = quads_add_document(store, graph, document, scope, error);
    if (status == IC_OK)
        status = change_append(store, CHANGE_GRAPH, iri, 0, ic_catalog_now_ms(catalog),
                               &sequence, error);
    return catalog_end(catalog, status, !dry_run, error);
}

enum ic_status ic_catalog_take_numbers(struct ic_catalog *catalog, const char *counter,
                                       uint64_t count, uint64_t *first, struct ic_error *error)
{
    char name[64];
    snprintf(name, sizeof name, "counter/%s", counter);
    enum ic_status status = catalog_begin(catalog, error);
    if (status != IC_OK)
        return status;
    status = store_take(&catalog->store, name, count, first, error);
    return catalog_end(catalog, status, true, error);
}
