/* SPDX-License-Identifier: Apache-2.0 */
/* Which subjects of a document are clouds, which are their offers, and which are parts that
 * they lead to. Every statement must hang on a cloud. */
#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "draft.h"
#include "names.h"

struct finder {
    const struct subject_index *index;
    const struct ic_document *document;
    const struct ic_ontology *ontology;
    uint32_t offers, cloud_name; /* nodes of :offers and :cloudName */
    bool *is_cloud, *is_offer;   /* by node; is_offer: by its type */
    bool *placed;                /* by node: belongs to some cloud */
    uint32_t *seen;              /* by node: the cloud (its index + 1) that last reached it */
    uint32_t *offered_by;        /* by node: the same that last named it as its offer */
    uint32_t *queue;
    struct ic_statement *back; /* statements that link an offer to a cloud, by object */
    size_t back_count;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for a document's structure");
}

/* An error about `node`, whose name stands between `before` and `after`. */
static enum ic_status bad(const struct finder *finder, struct ic_error *error, uint32_t line,
                          const char *before, uint32_t node, const char *after)
{
    const struct ic_term *term = ic_document_term(finder->document, node);
    const bool blank = term->kind == IC_BLANK;
    return ic_fail_at(error, IC_BAD_INPUT, ic_document_name(finder->document), line, 0,
                      "%s%s%.300s%s%s", before, blank ? "_:" : "<", term->text,
                      blank ? "" : ">", after);
}

static bool can_be_subject(const struct finder *finder, uint32_t node)
{
    return ic_document_term(finder->document, node)->kind != IC_LITERAL;
}

static uint32_t first_line(const struct finder *finder, uint32_t node)
{
    size_t count;
    const struct ic_statement *statements = subject_statements(finder->index, node, &count);
    uint32_t line = 0;
    for (size_t i = 0; i < count; i++)
        if (!line || (statements[i].line && statements[i].line < line))
            line = statements[i].line;
    return line;
}

/* The cloud's name from its one :cloudName. */
static enum ic_status read_name(const struct finder *finder, struct draft *draft,
                                struct ic_error *error)
{
    size_t count;
    const struct ic_statement *statements =
        subject_statements(finder->index, draft->cloud, &count);
    const struct ic_statement *named = NULL;
    for (size_t i = 0; i < count; i++) {
        if (statements[i].predicate != finder->cloud_name)
            continue;
        if (named)
            return bad(finder, error, statements[i].line, "the cloud ", draft->cloud,
                       " has more than one :cloudName; give it one");
        named = &statements[i];
    }
    if (!named)
        return bad(finder, error, first_line(finder, draft->cloud), "the cloud ", draft->cloud,
                   " has no :cloudName; add one, or use --cloud NAME");
    draft->line = named->line;
    const struct ic_term *name = ic_document_term(finder->document, named->object);
    if (name->kind != IC_LITERAL)
        return bad(finder, error, named->line, "the :cloudName of ", draft->cloud,
                   " must be a string");
    const enum ic_status status = ic_name_cloud(name->text, &draft->cloud_name, error);
    if (status != IC_OK && error) {
        const struct ic_error inner = *error;
        return ic_fail_at(error, status, ic_document_name(finder->document), named->line, 0,
                          "%s", inner.text);
    }
    return status;
}

static enum ic_status add_draft(const struct finder *finder, struct drafts *drafts,
                                uint32_t cloud, struct ic_error *error)
{
    if (drafts->count == DRAFT_CLOUDS_MAX)
        return ic_fail_at(error, IC_TOO_LARGE, ic_document_name(finder->document),
                          first_line(finder, cloud), 0,
                          "more than %d clouds in one document; split it", DRAFT_CLOUDS_MAX);
    if (drafts->count == drafts->room) {
        const size_t room = drafts->room ? drafts->room * 2 : 8;
        struct draft *grown = realloc(drafts->items, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        drafts->items = grown;
        drafts->room = room;
    }
    drafts->items[drafts->count] = (struct draft){.cloud = cloud};
    return read_name(finder, &drafts->items[drafts->count++], error);
}

static bool has_predicate(const struct finder *finder, uint32_t node, uint32_t predicate)
{
    size_t count;
    const struct ic_statement *statements = subject_statements(finder->index, node, &count);
    for (size_t i = 0; i < count; i++)
        if (statements[i].predicate == predicate)
            return true;
    return false;
}

static enum ic_status find_clouds(struct finder *finder, struct drafts *drafts,
                                  struct ic_error *error)
{
    for (uint32_t node = 0; node < finder->index->nodes; node++) {
        if (finder->index->first[node] == IC_NO_NODE)
            continue;
        finder->is_offer[node] =
            subject_is_a(finder->index, finder->ontology, node, IC_NS "Offer");
        finder->is_cloud[node] =
            has_predicate(finder, node, finder->cloud_name) ||
            subject_is_a(finder->index, finder->ontology, node, IC_NS "Cloud");
        if (!finder->is_cloud[node])
            continue;
        const enum ic_status status = add_draft(finder, drafts, node, error);
        if (status != IC_OK)
            return status;
    }
    if (drafts->count == 0)
        return ic_fail_at(error, IC_BAD_INPUT, ic_document_name(finder->document), 0, 0,
                          "the document describes no cloud; type a resource as :Cloud and give "
                          "it a :cloudName, or use --cloud NAME or --graph IRI");
    return IC_OK;
}

static int compare_names(const void *left, const void *right)
{
    const struct draft *a = left, *b = right;
    return strcmp(a->cloud_name, b->cloud_name);
}

static enum ic_status check_names(const struct finder *finder, struct drafts *drafts,
                                  struct ic_error *error)
{
    qsort(drafts->items, drafts->count, sizeof *drafts->items, compare_names);
    for (size_t i = 1; i < drafts->count; i++)
        if (compare_names(&drafts->items[i - 1], &drafts->items[i]) == 0)
            return ic_fail_at(
                error, IC_BAD_INPUT, ic_document_name(finder->document), drafts->items[i].line,
                0, "two clouds of the document are called \"%s\"", drafts->items[i].cloud_name);
    return IC_OK;
}

static enum ic_status add_entry(struct draft *draft, uint32_t subject, enum entry_kind kind,
                                struct ic_error *error)
{
    if (draft->entry_count == draft->entry_room) {
        const size_t room = draft->entry_room ? draft->entry_room * 2 : 4;
        struct draft_entry *grown = realloc(draft->entries, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        draft->entries = grown;
        draft->entry_room = room;
    }
    draft->entries[draft->entry_count++] =
        (struct draft_entry){.subject = subject, .stated_subject = subject, .kind = kind};
    return IC_OK;
}

/* Puts `node` into the queue of the cloud numbered `stamp` unless it is there already. */
static void reach(struct finder *finder, uint32_t node, uint32_t stamp, size_t *queued)
{
    if (finder->seen[node] == stamp)
        return;
    finder->seen[node] = stamp;
    finder->placed[node] = true;
    finder->queue[(*queued)++] = node;
}

static int compare_by_object(const void *left, const void *right)
{
    const struct ic_statement *a = left, *b = right;
    return (a->object > b->object) - (a->object < b->object);
}

/* Offers that name their cloud instead of being named by it. */
static enum ic_status find_back_links(struct finder *finder, struct ic_error *error)
{
    for (size_t i = 0; i < finder->index->count; i++) {
        const struct ic_statement *s = &finder->index->statements[i];
        finder->back_count += finder->is_offer[s->subject] && finder->is_cloud[s->object] &&
                              !finder->is_cloud[s->subject];
    }
    finder->back = malloc((finder->back_count + 1) * sizeof *finder->back);
    if (!finder->back)
        return no_memory(error);
    size_t k = 0;
    for (size_t i = 0; i < finder->index->count; i++) {
        const struct ic_statement *s = &finder->index->statements[i];
        if (finder->is_offer[s->subject] && finder->is_cloud[s->object] &&
            !finder->is_cloud[s->subject])
            finder->back[k++] = *s;
    }
    if (k)
        qsort(finder->back, k, sizeof *finder->back, compare_by_object);
    return IC_OK;
}

static void reach_back(struct finder *finder, uint32_t cloud, uint32_t stamp, size_t *queued)
{
    size_t low = 0, high = finder->back_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (finder->back[middle].object < cloud)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < finder->back_count && finder->back[low].object == cloud; low++)
        reach(finder, finder->back[low].subject, stamp, queued);
}

/* What the cloud leads to: offers it names, and anything else with statements of its own.
 * Another cloud ends the walk. */
static enum ic_status place_statements(struct finder *finder, struct draft *draft,
                                       uint32_t stamp, struct ic_error *error)
{
    size_t queued = 0;
    reach(finder, draft->cloud, stamp, &queued);
    reach_back(finder, draft->cloud, stamp, &queued);
    for (size_t next = 0; next < queued; next++) {
        size_t count;
        const uint32_t node = finder->queue[next];
        const struct ic_statement *s = subject_statements(finder->index, node, &count);
        for (size_t i = 0; i < count; i++) {
            const uint32_t object = s[i].object;
            const bool offered = node == draft->cloud && s[i].predicate == finder->offers;
            if (offered && (!can_be_subject(finder, object) ||
                            (finder->is_cloud[object] && object != draft->cloud)))
                return bad(finder, error, s[i].line, "", object,
                           " cannot be an offer: name a resource that is not a cloud");
            if (offered)
                finder->offered_by[object] = stamp;
            if (offered || (can_be_subject(finder, object) && !finder->is_cloud[object] &&
                            finder->index->first[object] != IC_NO_NODE))
                reach(finder, object, stamp, &queued);
        }
    }
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < queued; i++) {
        const uint32_t node = finder->queue[i];
        const bool offer = finder->is_offer[node] || finder->offered_by[node] == stamp;
        status = add_entry(draft, node,
                           node == draft->cloud ? ENTRY_CLOUD
                           : offer              ? ENTRY_OFFER
                                                : ENTRY_PART,
                           error);
    }
    return status;
}

/* A small document can say very much: counts before memory is taken for it. */
static enum ic_status count_facts(const struct finder *finder, struct drafts *drafts,
                                  const struct draft *draft, struct ic_error *error)
{
    size_t inheritable = 0, heirs = 0;
    for (size_t i = 0; i < draft->entry_count; i++) {
        size_t count;
        const struct ic_statement *s =
            subject_statements(finder->index, draft->entries[i].subject, &count);
        for (size_t k = 0; i == 0 && k < count; k++)
            inheritable += s[k].predicate != finder->offers;
        heirs += draft->entries[i].kind == ENTRY_OFFER;
        drafts->facts += count + 1;
    }
    drafts->facts += heirs * inheritable;
    return drafts->facts <= drafts->facts_max
               ? IC_OK
               : ic_fail_at(error, IC_TOO_LARGE, ic_document_name(finder->document),
                            draft->line, 0,
                            "with what its clouds share and its offers inherit, the document "
                            "says more than %zu things; split it",
                            drafts->facts_max);
}

/* Gives each entry its stated facts. */
static enum ic_status add_facts(const struct finder *finder, struct draft *draft,
                                struct ic_error *error)
{
    for (size_t i = 0; i < draft->entry_count; i++) {
        struct draft_entry *entry = &draft->entries[i];
        size_t count;
        const struct ic_statement *s =
            subject_statements(finder->index, entry->subject, &count);
        for (size_t k = 0; k < count; k++) {
            const struct draft_fact fact = {.predicate = s[k].predicate,
                                            .object = s[k].object,
                                            .original = IC_NO_NODE,
                                            .line = s[k].line,
                                            .flags = IC_STATED};
            const enum ic_status status = draft_entry_add(entry, fact, error);
            if (status != IC_OK)
                return status;
        }
        draft->stated += count;
        draft->offers += entry->kind == ENTRY_OFFER;
    }
    return IC_OK;
}

static enum ic_status check_placed(const struct finder *finder, struct drafts *drafts,
                                   struct ic_error *error)
{
    for (uint32_t node = 0; node < finder->index->nodes; node++)
        if (finder->index->first[node] != IC_NO_NODE && !finder->placed[node]) {
            drafts->unplaced = true;
            return bad(finder, error, first_line(finder, node), "the statements about ", node,
                       " hang on no cloud of the document; link it from its cloud (:offers), "
                       "or use --cloud NAME or --graph IRI");
        }
    return IC_OK;
}

static enum ic_status find_all(struct finder *finder, struct drafts *drafts,
                               struct ic_error *error)
{
    enum ic_status status = find_clouds(finder, drafts, error);
    if (status == IC_OK)
        status = check_names(finder, drafts, error);
    if (status == IC_OK)
        status = find_back_links(finder, error);
    for (uint32_t i = 0; status == IC_OK && i < drafts->count; i++) {
        status = place_statements(finder, &drafts->items[i], i + 1, error);
        if (status == IC_OK)
            status = count_facts(finder, drafts, &drafts->items[i], error);
        if (status == IC_OK)
            status = add_facts(finder, &drafts->items[i], error);
    }
    return status == IC_OK ? check_placed(finder, drafts, error) : status;
}

enum ic_status draft_structure(const struct subject_index *index,
                               const struct ic_ontology *ontology, struct drafts *drafts,
                               struct ic_error *error)
{
    const size_t nodes = index->nodes + 1;
    struct finder finder = {.index = index,
                            .document = index->document,
                            .ontology = ontology,
                            .offers = ic_document_find_iri(index->document, IC_NS "offers"),
                            .cloud_name =
                                ic_document_find_iri(index->document, IC_NS "cloudName"),
                            .is_cloud = calloc(nodes, sizeof(bool)),
                            .is_offer = calloc(nodes, sizeof(bool)),
                            .placed = calloc(nodes, sizeof(bool)),
                            .seen = calloc(nodes, sizeof(uint32_t)),
                            .offered_by = calloc(nodes, sizeof(uint32_t)),
                            .queue = calloc(nodes, sizeof(uint32_t))};
    enum ic_status status = no_memory(error);
    if (finder.is_cloud && finder.is_offer && finder.placed && finder.seen &&
        finder.offered_by && finder.queue)
        status = find_all(&finder, drafts, error);
    free(finder.is_cloud);
    free(finder.is_offer);
    free(finder.placed);
    free(finder.seen);
    free(finder.offered_by);
    free(finder.queue);
    free(finder.back);
    return status;
}
