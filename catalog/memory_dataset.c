/* SPDX-License-Identifier: Apache-2.0 */
/* A dataset in memory: quads in six sort orders, each sorted when it is first needed.
 *
 * Invariants: ids are node numbers of `terms` plus one, so that 0 stays IC_ANY; the default
 * graph is number 0 inside; `quads` is sorted by graph, subject, predicate, object without
 * duplicates, so that the default graph comes first. Every pattern has an order that it is a
 * prefix of: a match is two binary searches, never a scan. */
#include "dataset.h"

#include <stdlib.h>
#include <string.h>

#include "document.h"

enum field { SUBJECT, PREDICATE, OBJECT, GRAPH, FIELDS };

enum order { GSPO, GPOS, GOSP, SPOG, POSG, OSPG, ORDERS };

static const unsigned char order_fields[ORDERS][FIELDS] = {
    [GSPO] = {GRAPH, SUBJECT, PREDICATE, OBJECT}, [GPOS] = {GRAPH, PREDICATE, OBJECT, SUBJECT},
    [GOSP] = {GRAPH, OBJECT, SUBJECT, PREDICATE}, [SPOG] = {SUBJECT, PREDICATE, OBJECT, GRAPH},
    [POSG] = {PREDICATE, OBJECT, SUBJECT, GRAPH}, [OSPG] = {OBJECT, SUBJECT, PREDICATE, GRAPH}};

enum { DEFAULT_GRAPH = 0 };

struct quad {
    uint32_t field[FIELDS];
};

struct memory {
    struct ic_dataset base;
    struct ic_document *terms; /* the only document, or our own when there are several */
    bool own_terms;
    struct quad *quads;
    size_t count, room, default_count;
    uint32_t *order[ORDERS]; /* positions in quads; GSPO is the quads' own order */
    uint32_t *graphs;        /* named graphs, sorted, each once */
    size_t graph_count, graph_room;
};

struct memory_cursor {
    struct ic_cursor base;
    const uint32_t *order;
    size_t next, end;
};

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory while indexing the dataset");
}

/* ---- reading ---- */

static enum ic_status memory_find(struct ic_dataset *dataset, const struct ic_term *term,
                                  uint64_t *id, struct ic_error *error)
{
    const struct memory *memory = (const struct memory *)dataset;
    const uint32_t node = ic_document_find(memory->terms, term);
    (void)error;
    *id = node == IC_NO_NODE ? IC_UNKNOWN_TERM : (uint64_t)node + 1;
    return IC_OK;
}

static enum ic_status memory_term(struct ic_dataset *dataset, uint64_t id,
                                  struct ic_arena *arena, struct ic_term *term,
                                  struct ic_error *error)
{
    const struct memory *memory = (const struct memory *)dataset;
    (void)arena;
    if (id == IC_ANY || id > ic_document_term_count(memory->terms))
        return ic_fail(error, IC_CORRUPT, "the dataset has no term %llu",
                       (unsigned long long)id);
    *term = *ic_document_term(memory->terms, (uint32_t)(id - 1));
    return IC_OK;
}

static enum ic_status memory_graphs(struct ic_dataset *dataset, uint64_t **ids, size_t *count,
                                    struct ic_error *error)
{
    const struct memory *memory = (const struct memory *)dataset;
    uint64_t *copy = malloc((memory->graph_count + 1) * sizeof *copy);
    if (!copy)
        return no_memory(error);
    for (size_t i = 0; i < memory->graph_count; i++)
        copy[i] = memory->graphs[i];
    *ids = copy;
    *count = memory->graph_count;
    return IC_OK;
}

static int compare_fields(const struct quad *a, const struct quad *b,
                          const unsigned char fields[FIELDS], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint32_t x = a->field[fields[i]], y = b->field[fields[i]];
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

struct sort_context {
    const struct quad *quads;
    const unsigned char *fields;
};

static int compare_positions(const void *a, const void *b, void *context)
{
    const struct sort_context *sort = context;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return compare_fields(&sort->quads[x], &sort->quads[y], sort->fields, FIELDS);
}

/* Orders that do not begin with the graph hold the named graphs' quads only. */
static size_t order_start(const struct memory *memory, enum order order)
{
    return order < SPOG ? 0 : memory->default_count;
}

static enum ic_status need_order(struct memory *memory, enum order order,
                                 struct ic_error *error)
{
    if (order == GSPO || memory->order[order])
        return IC_OK;
    const size_t start = order_start(memory, order);
    uint32_t *positions = malloc((memory->count - start + 1) * sizeof *positions);
    if (!positions)
        return no_memory(error);
    for (size_t i = start; i < memory->count; i++)
        positions[i - start] = (uint32_t)i;
    struct sort_context context = {memory->quads, order_fields[order]};
    qsort_r(positions, memory->count - start, sizeof *positions, compare_positions, &context);
    memory->order[order] = positions;
    return IC_OK;
}

/* The first place in the order whose first `count` fields are not below `key`'s, or, with
 * `after`, above them. */
static size_t search(const struct memory *memory, enum order order, const struct quad *key,
                     size_t count, bool after)
{
    const uint32_t *positions = memory->order[order];
    size_t low = 0, high = memory->count - order_start(memory, order);
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct quad *quad = &memory->quads[positions ? positions[middle] : middle];
        const int result = compare_fields(quad, key, order_fields[order], count);
        if (result < 0 || (after && result == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The order whose first *prefix fields are exactly the bound ones. */
static enum order choose_order(const bool bound[FIELDS], size_t *prefix)
{
    *prefix = (size_t)bound[SUBJECT] + bound[PREDICATE] + bound[OBJECT] + bound[GRAPH];
    enum order order = GSPO;
    if (bound[OBJECT] && !bound[PREDICATE])
        order = GOSP; /* also with the subject: graph, object, subject */
    else if (bound[PREDICATE] && !bound[SUBJECT])
        order = GPOS;
    if (bound[GRAPH])
        return order;
    return order == GOSP ? OSPG : order == GPOS ? POSG : SPOG;
}

static enum ic_status memory_open(struct ic_dataset *dataset, const struct ic_quad *pattern,
                                  struct ic_cursor **out, struct ic_error *error)
{
    struct memory *memory = (struct memory *)dataset;
    const uint64_t values[FIELDS] = {pattern->subject, pattern->predicate, pattern->object,
                                     pattern->graph};
    bool bound[FIELDS], impossible = false;
    struct quad key;
    for (size_t i = 0; i < FIELDS; i++) {
        bound[i] = values[i] != IC_ANY;
        if (i == GRAPH && values[i] == IC_DEFAULT_GRAPH)
            key.field[i] = DEFAULT_GRAPH;
        else if (values[i] > UINT32_MAX)
            impossible = true;
        else
            key.field[i] = (uint32_t)values[i];
    }
    struct memory_cursor *cursor = calloc(1, sizeof *cursor);
    if (!cursor)
        return no_memory(error);
    cursor->base.dataset = dataset;
    if (!impossible) {
        size_t prefix;
        const enum order order = choose_order(bound, &prefix);
        const enum ic_status status = need_order(memory, order, error);
        if (status != IC_OK) {
            free(cursor);
            return status;
        }
        cursor->order = memory->order[order];
        cursor->next = search(memory, order, &key, prefix, false);
        cursor->end = search(memory, order, &key, prefix, true);
    }
    *out = &cursor->base;
    return IC_OK;
}

static enum ic_status memory_next(struct ic_cursor *base, struct ic_quad *quad, bool *found,
                                  struct ic_error *error)
{
    struct memory_cursor *cursor = (struct memory_cursor *)base;
    const struct memory *memory = (const struct memory *)base->dataset;
    (void)error;
    *found = cursor->next < cursor->end;
    if (!*found)
        return IC_OK;
    const size_t at = cursor->order ? cursor->order[cursor->next] : cursor->next;
    const struct quad *q = &memory->quads[at];
    cursor->next++;
    quad->subject = q->field[SUBJECT];
    quad->predicate = q->field[PREDICATE];
    quad->object = q->field[OBJECT];
    quad->graph = q->field[GRAPH] == DEFAULT_GRAPH ? IC_DEFAULT_GRAPH : q->field[GRAPH];
    return IC_OK;
}

static void memory_close(struct ic_cursor *cursor)
{
    free(cursor);
}

static void memory_free(struct ic_dataset *dataset)
{
    struct memory *memory = (struct memory *)dataset;
    if (memory->own_terms)
        ic_document_free(memory->terms);
    for (size_t i = 0; i < ORDERS; i++)
        free(memory->order[i]);
    free(memory->quads);
    free(memory->graphs);
    free(memory);
}

static const struct ic_dataset_class memory_class = {
    .find = memory_find,
    .term = memory_term,
    .graphs = memory_graphs,
    .open = memory_open,
    .next = memory_next,
    .close = memory_close,
    .free = memory_free,
};

/* ---- building ---- */

static bool grow(void **array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return true;
    const size_t wanted = *room ? *room * 2 : 64;
    void *grown = realloc(*array, wanted * size);
    if (!grown)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

static enum ic_status add_graph(struct memory *memory, uint32_t id, struct ic_error *error)
{
    if (memory->graph_count && memory->graphs[memory->graph_count - 1] == id)
        return IC_OK; /* statements of one graph mostly follow each other */
    if (!grow((void **)&memory->graphs, memory->graph_count, &memory->graph_room,
              sizeof *memory->graphs))
        return no_memory(error);
    memory->graphs[memory->graph_count++] = id;
    return IC_OK;
}

static enum ic_status add_quad(struct memory *memory, const struct quad *quad,
                               struct ic_error *error)
{
    if (memory->count >= UINT32_MAX - 1)
        return ic_fail(error, IC_TOO_LARGE, "the dataset has more than %u statements",
                       UINT32_MAX - 1);
    if (!grow((void **)&memory->quads, memory->count, &memory->room, sizeof *memory->quads))
        return no_memory(error);
    memory->quads[memory->count++] = *quad;
    return quad->field[GRAPH] == DEFAULT_GRAPH ? IC_OK
                                               : add_graph(memory, quad->field[GRAPH], error);
}

/* A blank node of document `index` as a term of our own: its label when no other document
 * has taken it, else one with the document's number behind. */
static enum ic_status intern_blank(struct memory *memory, const struct ic_term *term,
                                   size_t index, uint32_t *node, struct ic_error *error)
{
    if (ic_document_find(memory->terms, term) == IC_NO_NODE)
        return ic_document_intern(memory->terms, term, node, error);
    struct ic_arena *arena = ic_document_arena(memory->terms);
    for (size_t attempt = 0;; attempt++) {
        char *label = ic_arena_printf(arena, "%s_d%zu_%zu", term->text, index, attempt);
        if (!label)
            return no_memory(error);
        const struct ic_term renamed = {
            .kind = IC_BLANK, .text = label, .length = strlen(label)};
        if (ic_document_find(memory->terms, &renamed) == IC_NO_NODE)
            return ic_document_intern(memory->terms, &renamed, node, error);
    }
}

/* Ids for all terms of document `index`, in a new array indexed by its node numbers. */
static enum ic_status translate(struct memory *memory, const struct ic_document *document,
                                size_t index, uint32_t **ids, struct ic_error *error)
{
    const size_t count = ic_document_term_count(document);
    uint32_t *translated = malloc((count + 1) * sizeof *translated);
    if (!translated)
        return no_memory(error);
    for (size_t i = 0; i < count; i++) {
        const struct ic_term *term = ic_document_term(document, (uint32_t)i);
        uint32_t node = (uint32_t)i;
        enum ic_status status = IC_OK;
        if (memory->own_terms && term->kind == IC_BLANK)
            status = intern_blank(memory, term, index, &node, error);
        else if (memory->own_terms)
            status = ic_document_intern(memory->terms, term, &node, error);
        if (status != IC_OK) {
            free(translated);
            return status;
        }
        translated[i] = node + 1;
    }
    *ids = translated;
    return IC_OK;
}

static enum ic_status add_document(struct memory *memory, const struct ic_document *document,
                                   size_t index, const char *graph, struct ic_error *error)
{
    uint32_t *ids = NULL;
    uint32_t whole = DEFAULT_GRAPH;
    enum ic_status status = translate(memory, document, index, &ids, error);
    if (status == IC_OK && graph) {
        const struct ic_term term = ic_term_iri(graph);
        uint32_t node = 0;
        status = ic_document_intern(memory->terms, &term, &node, error);
        whole = node + 1;
        if (status == IC_OK)
            status = add_graph(memory, whole, error); /* it exists even when it is empty */
    }
    size_t count;
    const struct ic_statement *statements = ic_document_statements(document, &count);
    for (size_t i = 0; status == IC_OK && i < count; i++) {
        const struct ic_statement *s = &statements[i];
        const uint32_t own = s->graph == IC_NO_NODE ? DEFAULT_GRAPH : ids[s->graph];
        const struct quad quad = {
            {ids[s->subject], ids[s->predicate], ids[s->object], graph ? whole : own}};
        status = add_quad(memory, &quad, error);
    }
    free(ids);
    return status;
}

static int compare_quads(const void *a, const void *b)
{
    return compare_fields(a, b, order_fields[GSPO], FIELDS);
}

static int compare_ids(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void sort_and_deduplicate(struct memory *memory)
{
    if (memory->count)
        qsort(memory->quads, memory->count, sizeof *memory->quads, compare_quads);
    size_t kept = 0;
    for (size_t i = 0; i < memory->count; i++)
        if (kept == 0 || compare_quads(&memory->quads[kept - 1], &memory->quads[i]) != 0)
            memory->quads[kept++] = memory->quads[i];
    memory->count = kept;
    while (memory->default_count < kept &&
           memory->quads[memory->default_count].field[GRAPH] == DEFAULT_GRAPH)
        memory->default_count++;

    if (memory->graph_count)
        qsort(memory->graphs, memory->graph_count, sizeof *memory->graphs, compare_ids);
    kept = 0;
    for (size_t i = 0; i < memory->graph_count; i++)
        if (kept == 0 || memory->graphs[kept - 1] != memory->graphs[i])
            memory->graphs[kept++] = memory->graphs[i];
    memory->graph_count = kept;
}

enum ic_status ic_dataset_from_documents(struct ic_document *const *documents,
                                         const char *const *graphs, size_t count,
                                         struct ic_dataset **dataset, struct ic_error *error)
{
    struct memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return no_memory(error);
    memory->base.class = &memory_class;
    /* One document whose terms need no company is used as it is; otherwise terms are copied
     * so that equal ones of several documents get one id. */
    memory->own_terms = count != 1 || (graphs && graphs[0]);
    memory->terms = memory->own_terms ? ic_document_new("dataset", NULL) : documents[0];
    enum ic_status status = memory->terms ? IC_OK : no_memory(error);
    for (size_t i = 0; status == IC_OK && i < count; i++)
        status = add_document(memory, documents[i], i, graphs ? graphs[i] : NULL, error);
    if (status != IC_OK) {
        memory_free(&memory->base);
        return status;
    }
    sort_and_deduplicate(memory);
    *dataset = &memory->base;
    return IC_OK;
}
