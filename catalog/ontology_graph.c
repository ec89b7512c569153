/* SPDX-License-Identifier: Apache-2.0 */
/* The statements of an ontology's documents as one graph, and questions about them. */
#include "ontology_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum ic_status ic_ontology_no_memory(const struct ic_ontology_graph *graph)
{
    return ic_fail(graph->error, IC_NO_MEMORY, "out of memory while building the ontology");
}

enum ic_status ic_ontology_fail(const struct ic_ontology_graph *graph,
                                const struct ic_ontology_fact *fact, const char *format, ...)
{
    char text[IC_ERROR_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return ic_fail_at(graph->error, IC_BAD_INPUT, graph->names[fact->source], fact->line, 0,
                      "%s", text);
}

/* The graph's own number of a term of document `source`. */
static enum ic_status intern(struct ic_ontology_graph *graph, size_t source,
                             const struct ic_term *term, uint32_t *node)
{
    if (term->kind != IC_BLANK)
        return ic_document_intern(graph->own_terms, term, node, graph->error);
    const char *label =
        ic_arena_printf(ic_document_arena(graph->own_terms), "%zu.%s", source, term->text);
    if (!label)
        return ic_ontology_no_memory(graph);
    const struct ic_term own = {.kind = IC_BLANK, .text = label, .length = strlen(label)};
    return ic_document_intern(graph->own_terms, &own, node, graph->error);
}

static enum ic_status load_document(struct ic_ontology_graph *graph,
                                    const struct ic_document *document, size_t source)
{
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; i < count; i++) {
        const struct ic_statement *s = &statements[i];
        const uint32_t nodes[3] = {s->subject, s->predicate, s->object};
        uint32_t own[3] = {s->subject, s->predicate, s->object};
        for (size_t n = 0; graph->own_terms && n < 3; n++) {
            const struct ic_term *term = ic_document_term(document, nodes[n]);
            const enum ic_status status = intern(graph, source, term, &own[n]);
            if (status != IC_OK)
                return status;
        }
        graph->facts[graph->count++] =
            (struct ic_ontology_fact){own[0], own[1], own[2], (uint32_t)source, s->line};
    }
    return IC_OK;
}

/* By subject, predicate, object; equal ones by place, so that the first is kept. */
static int compare_facts(const void *left, const void *right)
{
    const struct ic_ontology_fact *a = left, *b = right;
    if (a->subject != b->subject)
        return a->subject < b->subject ? -1 : 1;
    if (a->predicate != b->predicate)
        return a->predicate < b->predicate ? -1 : 1;
    if (a->object != b->object)
        return a->object < b->object ? -1 : 1;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return (a->line > b->line) - (a->line < b->line);
}

/* What comes from a catalog is. */
static bool in_order(const struct ic_ontology_graph *graph)
{
    size_t i = 1;
    while (i < graph->count && compare_facts(&graph->facts[i - 1], &graph->facts[i]) <= 0)
        i++;
    return i >= graph->count;
}

static bool same_fact(const struct ic_ontology_fact *a, const struct ic_ontology_fact *b)
{
    return a->subject == b->subject && a->predicate == b->predicate && a->object == b->object;
}

/* Sorts the facts, drops repeated ones, and notes where each subject's begin. */
static enum ic_status index_facts(struct ic_ontology_graph *graph)
{
    if (!in_order(graph))
        qsort(graph->facts, graph->count, sizeof *graph->facts, compare_facts);
    size_t kept = 0;
    for (size_t i = 0; i < graph->count; i++)
        if (kept == 0 || !same_fact(&graph->facts[kept - 1], &graph->facts[i]))
            graph->facts[kept++] = graph->facts[i];
    graph->count = kept;

    const size_t nodes = ic_document_term_count(graph->terms);
    graph->first = calloc(nodes + 1, sizeof *graph->first);
    if (!graph->first)
        return ic_ontology_no_memory(graph);
    size_t at = 0;
    for (size_t node = 0; node <= nodes; node++) {
        while (at < kept && graph->facts[at].subject < node)
            at++;
        graph->first[node] = (uint32_t)at;
    }
    return IC_OK;
}

enum ic_status ic_ontology_graph_load(struct ic_ontology_graph *graph,
                                      struct ic_document *const *documents, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        size_t own;
        ic_document_statements(documents[i], &own);
        total += own;
    }
    if (total > IC_ONTOLOGY_STATEMENTS_MAX)
        return ic_fail(graph->error, IC_TOO_LARGE,
                       "the ontology has %zu statements; at most %d are allowed", total,
                       IC_ONTOLOGY_STATEMENTS_MAX);
    graph->own_terms = count == 1 ? NULL : ic_document_new("ontology", NULL);
    graph->terms = count == 1 ? documents[0] : graph->own_terms;
    graph->facts = malloc((total + 1) * sizeof *graph->facts);
    graph->names = calloc(count + 1, sizeof *graph->names);
    if (!graph->terms || !graph->facts || !graph->names)
        return ic_ontology_no_memory(graph);
    for (size_t i = 0; i < count; i++) {
        graph->names[i] = ic_document_name(documents[i]);
        const enum ic_status status = load_document(graph, documents[i], i);
        if (status != IC_OK)
            return status;
    }
    graph->type = ic_document_find_iri(graph->terms, IC_RDF_TYPE);
    return index_facts(graph);
}

void ic_ontology_graph_free(struct ic_ontology_graph *graph)
{
    ic_document_free(graph->own_terms);
    free(graph->facts);
    free(graph->first);
    free(graph->names);
}

static const struct ic_ontology_fact *find_facts(const struct ic_ontology_graph *graph,
                                                 uint32_t subject, uint32_t wanted,
                                                 size_t *count)
{
    *count = 0;
    const struct ic_ontology_fact *fact = graph->facts + graph->first[subject];
    const struct ic_ontology_fact *end = graph->facts + graph->first[subject + 1];
    while (fact < end && fact->predicate != wanted)
        fact++;
    while (fact + *count < end && fact[*count].predicate == wanted)
        ++*count;
    return *count ? fact : NULL;
}

const struct ic_ontology_fact *ic_ontology_facts(const struct ic_ontology_graph *graph,
                                                 uint32_t subject, const char *predicate,
                                                 size_t *count)
{
    *count = 0;
    if (graph->first[subject] == graph->first[subject + 1])
        return NULL;
    const uint32_t wanted = ic_document_find_iri(graph->terms, predicate);
    return wanted == IC_NO_NODE ? NULL : find_facts(graph, subject, wanted, count);
}

enum ic_status ic_ontology_one(const struct ic_ontology_graph *graph, uint32_t subject,
                               const char *predicate, const struct ic_ontology_fact **fact)
{
    size_t count;
    *fact = ic_ontology_facts(graph, subject, predicate, &count);
    if (count > 1)
        return ic_ontology_fail(graph, &(*fact)[1], "%s has two values of %s; keep one",
                                ic_ontology_local_name(ic_ontology_term(graph, subject)->text),
                                ic_ontology_local_name(predicate));
    return IC_OK;
}

/* Texts without language first, then English, then the others. */
static int language_rank(const struct ic_term *term)
{
    if (!term->language)
        return 0;
    const bool english = strncasecmp(term->language, "en", 2) == 0 &&
                         (!term->language[2] || term->language[2] == '-');
    return english ? 1 : 2;
}

enum ic_status ic_ontology_text(const struct ic_ontology_graph *graph, uint32_t subject,
                                const char *predicate, const char **text)
{
    size_t count;
    const struct ic_ontology_fact *facts = ic_ontology_facts(graph, subject, predicate, &count);
    const struct ic_term *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct ic_term *term = ic_ontology_term(graph, facts[i].object);
        if (term->kind != IC_LITERAL)
            continue;
        const int order = best ? language_rank(term) - language_rank(best) : -1;
        if (order < 0 || (order == 0 && ic_term_compare(term, best) < 0))
            best = term;
    }
    *text = best ? ic_arena_copy(graph->ontology->arena, best->text, best->length) : NULL;
    return best && !*text ? ic_ontology_no_memory(graph) : IC_OK;
}

bool ic_ontology_has_type(const struct ic_ontology_graph *graph, uint32_t subject,
                          const char *type)
{
    size_t count;
    const struct ic_ontology_fact *facts = find_facts(graph, subject, graph->type, &count);
    const uint32_t wanted = count ? ic_document_find_iri(graph->terms, type) : IC_NO_NODE;
    for (size_t i = 0; i < count; i++)
        if (facts[i].object == wanted)
            return true;
    return false;
}
