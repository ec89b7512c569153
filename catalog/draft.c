/* SPDX-License-Identifier: Apache-2.0 */
/* Reading drafts from a document: the steps in order, and the subject index they share. */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

static int compare_nodes(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* Equal statements keep the line that came first. */
static int compare_statements(const void *left, const void *right)
{
    const struct ic_statement *a = left, *b = right;
    int order = compare_nodes(a->subject, b->subject);
    if (!order)
        order = compare_nodes(a->predicate, b->predicate);
    if (!order)
        order = compare_nodes(a->object, b->object);
    return order ? order : compare_nodes(a->line, b->line);
}

static bool same_triple(const struct ic_statement *a, const struct ic_statement *b)
{
    return a->subject == b->subject && a->predicate == b->predicate && a->object == b->object;
}

enum ic_status subject_index_build(const struct ic_document *document,
                                   struct subject_index *index, struct ic_error *error)
{
    size_t count;
    const struct ic_statement *all = ic_document_statements(document, &count);
    *index = (struct subject_index){.document = document,
                                    .nodes = ic_document_term_count(document),
                                    .type = ic_document_find_iri(document, IC_RDF_TYPE)};
    index->statements = malloc((count + 1) * sizeof *index->statements);
    index->first = malloc((index->nodes + 1) * sizeof *index->first);
    if (!index->statements || !index->first) {
        subject_index_free(index);
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a document's statements");
    }
    for (size_t i = 0; i < count; i++) {
        index->statements[i] = all[i];
        if (all[i].graph != IC_NO_NODE)
            return ic_fail_at(error, IC_BAD_INPUT, ic_document_name(document), all[i].line, 0,
                              "a graph name in an advertisement: the catalog names its graphs; "
                              "use triples, or --graph IRI, or --restore for an export");
    }
    if (count)
        qsort(index->statements, count, sizeof *index->statements, compare_statements);
    memset(index->first, 0xFF, (index->nodes + 1) * sizeof *index->first);
    for (size_t i = 0; i < count; i++) {
        if (i && same_triple(&index->statements[i], &index->statements[index->count - 1]))
            continue;
        index->statements[index->count] = index->statements[i];
        const uint32_t subject = index->statements[index->count].subject;
        if (index->first[subject] == IC_NO_NODE)
            index->first[subject] = (uint32_t)index->count;
        index->count++;
    }
    return IC_OK;
}

void subject_index_free(struct subject_index *index)
{
    free(index->statements);
    free(index->first);
    index->statements = NULL;
    index->first = NULL;
}

const struct ic_statement *subject_statements(const struct subject_index *index, uint32_t node,
                                              size_t *count)
{
    *count = 0;
    if (node >= index->nodes || index->first[node] == IC_NO_NODE)
        return NULL;
    const struct ic_statement *first = index->statements + index->first[node];
    const struct ic_statement *end = index->statements + index->count;
    const struct ic_statement *at = first;
    while (at < end && at->subject == node)
        at++;
    *count = (size_t)(at - first);
    return first;
}

bool subject_is_a(const struct subject_index *index, const struct ic_ontology *ontology,
                  uint32_t node, const char *class_iri)
{
    size_t count;
    const struct ic_statement *statements = subject_statements(index, node, &count);
    for (size_t i = 0; i < count; i++) {
        if (statements[i].predicate != index->type)
            continue;
        const struct ic_term *object = ic_document_term(index->document, statements[i].object);
        if (object->kind == IC_IRI && (strcmp(object->text, class_iri) == 0 ||
                                       ic_ontology_is_a(ontology, object->text, class_iri)))
            return true;
    }
    return false;
}

enum ic_status draft_entry_add(struct draft_entry *entry, struct draft_fact fact,
                               struct ic_error *error)
{
    if (entry->fact_count == entry->fact_room) {
        const size_t room = entry->fact_room ? entry->fact_room * 2 : 16;
        struct draft_fact *grown = realloc(entry->facts, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a description");
        entry->facts = grown;
        entry->fact_room = room;
    }
    entry->facts[entry->fact_count++] = fact;
    return IC_OK;
}

void drafts_free(struct drafts *drafts)
{
    for (size_t i = 0; i < drafts->count; i++) {
        struct draft *draft = &drafts->items[i];
        for (size_t k = 0; k < draft->entry_count; k++)
            free(draft->entries[k].facts);
        free(draft->entries);
        free(draft->cloud_name);
    }
    free(drafts->items);
    *drafts = (struct drafts){.unplaced = drafts->unplaced};
}

enum ic_status drafts_read(struct ic_document *document, const struct ic_ontology *ontology,
                           const struct draft_options *options, struct drafts *drafts,
                           struct ic_error *error)
{
    struct subject_index index = {.statements = NULL};
    struct draft_work work = {.resolved = NULL};
    enum ic_status status = IC_OK;
    *drafts = (struct drafts){.items = NULL};
    if (options->cloud_name)
        status = draft_name_cloud(document, ontology, options->cloud_name, error);
    if (status == IC_OK)
        status = subject_index_build(document, &index, error);
    if (status == IC_OK) {
        /* What was accepted once must stay so under another ontology: lenient has no limit. */
        drafts->facts_max = options->lenient
                                ? SIZE_MAX
                                : DRAFT_FACTS_FREE + DRAFT_FACTS_A_STATEMENT * index.count;
        status = draft_structure(&index, ontology, drafts, error);
    }
    for (size_t i = 0; status == IC_OK && i < drafts->count; i++) {
        status = draft_digest(document, &drafts->items[i], error);
        if (status == IC_OK)
            status =
                draft_resolve(document, ontology, options, &drafts->items[i], &work, error);
    }
    subject_index_free(&index);
    draft_work_free(&work);
    if (status != IC_OK)
        drafts_free(drafts);
    return status;
}
