/* SPDX-License-Identifier: Apache-2.0 */
/* CONSTRUCT and DESCRIBE from the rows of a SELECT (SPARQL 1.1 Query, 16.2 and 16.4).
 *
 * DESCRIBE gives the statements of the default graph whose subject is the resource, and those
 * of the blank nodes they lead to. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

enum { SUBJECT, PREDICATE, OBJECT, PARTS };

/* A place of the template, or a resource to describe. */
struct slot {
    enum { SLOT_CONSTANT, SLOT_COLUMN, SLOT_BLANK } kind;
    struct cell constant;
    size_t index; /* of the column or of the blank node */
};

struct seen {
    bool lost;
    UT_hash_handle hh;
    struct cell cells[]; /* PARTS of a triple, or one described resource */
};

struct graph_builder {
    struct engine *engine;
    struct ic_arena *arena;
    struct slot *slots; /* PARTS for each triple of the template, or one each resource */
    size_t slot_count;
    bool describe;
    const char **blanks; /* labels of the template's blank nodes */
    size_t blank_count;
    struct cell *fresh; /* the row's blank nodes */
    struct seen *triples, *described;
    struct cell *queue; /* resources whose statements are still to give */
    size_t queue_count, queue_room, queue_next;
};

static enum ic_status no_memory(struct graph_builder *builder)
{
    return engine_fail(builder->engine, IC_NO_MEMORY, "out of memory while building a graph");
}

void graph_builder_free(struct graph_builder *builder)
{
    if (!builder)
        return;
    HASH_CLEAR(hh, builder->triples);
    HASH_CLEAR(hh, builder->described);
    free(builder->queue);
    ic_arena_free(builder->arena);
    free(builder);
}

/* ---- what is to be built ---- */

static void blank_slot(struct graph_builder *builder, const char *label, struct slot *slot)
{
    slot->kind = SLOT_BLANK;
    for (slot->index = 0; slot->index < builder->blank_count; slot->index++)
        if (strcmp(builder->blanks[slot->index], label) == 0)
            return;
    builder->blanks[builder->blank_count] = ic_arena_strdup(builder->arena, label);
    if (!builder->blanks[builder->blank_count++])
        no_memory(builder);
}

static void make_slot(struct graph_builder *builder, rasqal_literal *literal,
                      const char *const *names, size_t count, struct slot *slot)
{
    const rasqal_variable *variable = rasqal_literal_as_variable(literal);
    if (!variable && literal->type == RASQAL_LITERAL_BLANK) {
        blank_slot(builder, (const char *)literal->string, slot);
    } else if (!variable) {
        slot->kind = SLOT_CONSTANT;
        terms_cell(builder->engine, literal, &slot->constant);
    } else {
        slot->kind = SLOT_COLUMN;
        for (slot->index = 0; slot->index < count; slot->index++)
            if (strcmp(names[slot->index], (const char *)variable->name) == 0)
                return;
        slot->kind = SLOT_CONSTANT; /* a variable that nothing binds */
        slot->constant.kind = CELL_UNBOUND;
        if (variable->type == RASQAL_VARIABLE_TYPE_ANONYMOUS)
            engine_fail(builder->engine, IC_UNSUPPORTED,
                        "the engine rasqal does not do blank nodes in CONSTRUCT WHERE");
    }
}

static void make_template(struct graph_builder *builder, rasqal_query *query,
                          const char *const *names, size_t count)
{
    rasqal_triple *triple;
    for (int i = 0; (triple = rasqal_query_get_construct_triple(query, i)) &&
                    builder->engine->status == IC_OK;
         i++) {
        struct slot *slots = &builder->slots[builder->slot_count];
        make_slot(builder, triple->subject, names, count, &slots[SUBJECT]);
        make_slot(builder, triple->predicate, names, count, &slots[PREDICATE]);
        make_slot(builder, triple->object, names, count, &slots[OBJECT]);
        builder->slot_count += PARTS;
    }
}

/* DESCRIBE * describes every column. */
static void make_resources(struct graph_builder *builder, rasqal_query *query,
                           const char *const *names, size_t count)
{
    raptor_sequence *resources = rasqal_query_get_describe_sequence(query);
    const int listed = resources ? raptor_sequence_size(resources) : 0;
    for (int i = 0; i < listed; i++)
        make_slot(builder, raptor_sequence_get_at(resources, i), names, count,
                  &builder->slots[builder->slot_count++]);
    for (size_t i = 0; listed == 0 && i < count; i++)
        builder->slots[builder->slot_count++] = (struct slot){SLOT_COLUMN, {0}, i};
}

static size_t slots_needed(rasqal_query *query, bool describe, size_t columns)
{
    raptor_sequence *parts = describe ? rasqal_query_get_describe_sequence(query)
                                      : rasqal_query_get_construct_triples_sequence(query);
    const size_t listed = parts ? (size_t)raptor_sequence_size(parts) : 0;
    return (describe ? listed + columns : listed * PARTS) + 1;
}

struct graph_builder *graph_builder_new(struct engine *engine, rasqal_query *query,
                                        const char *const *names, size_t count)
{
    struct graph_builder *builder = calloc(1, sizeof *builder);
    if (!builder) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while building a graph");
        return NULL;
    }
    builder->engine = engine;
    builder->describe = engine->outline.verb == SPARQL_DESCRIBE;
    builder->arena = ic_arena_new();
    const size_t room = slots_needed(query, builder->describe, count);
    if (builder->arena) {
        builder->slots = ic_arena_alloc(builder->arena, room * sizeof *builder->slots);
        builder->blanks = ic_arena_alloc(builder->arena, room * sizeof *builder->blanks);
        builder->fresh = ic_arena_alloc(builder->arena, room * sizeof *builder->fresh);
    }
    if (!builder->arena || !builder->slots || !builder->blanks || !builder->fresh)
        no_memory(builder);
    else if (builder->describe)
        make_resources(builder, query, names, count);
    else
        make_template(builder, query, names, count);
    if (engine->status == IC_OK)
        return builder;
    graph_builder_free(builder);
    return NULL;
}

/* ---- triples ---- */

/* Adds the cells to a set; *new_one tells whether they were not in it. */
static enum ic_status add_to_set(struct graph_builder *builder, struct seen **set,
                                 const struct cell *cells, size_t count, bool *new_one)
{
    const size_t size = sizeof(struct seen) + count * sizeof *cells;
    if (engine_hold(builder->engine, size) != IC_OK)
        return builder->engine->status;
    struct seen *entry = ic_arena_alloc(builder->arena, size);
    struct seen *same = NULL;
    if (!entry)
        return no_memory(builder);
    for (size_t i = 0; i < count; i++) { /* not by assignment: all bytes are the key */
        entry->cells[i].kind = cells[i].kind;
        entry->cells[i].id = cells[i].id;
    }
    HASH_FIND(hh, *set, entry->cells, count * sizeof *cells, same);
    *new_one = !same;
    if (same)
        return IC_OK;
    HASH_ADD_KEYPTR(hh, *set, entry->cells, count * sizeof *cells, entry);
    return entry->lost ? no_memory(builder) : IC_OK;
}

/* Gives the triple unless it is none (SPARQL 1.1, 16.2) or was given already. */
static enum ic_status give_triple(struct graph_builder *builder, const struct cell *cells)
{
    struct engine *engine = builder->engine;
    struct ic_term terms[PARTS];
    bool new_one = false;
    struct ic_arena *arena = ic_arena_new();
    enum ic_status status = arena ? IC_OK : no_memory(builder);
    for (size_t i = 0; status == IC_OK && i < PARTS; i++)
        status = terms_term(engine, &cells[i], arena, &terms[i]);
    if (status == IC_OK && terms[SUBJECT].kind != IC_LITERAL && terms[PREDICATE].kind == IC_IRI)
        status = add_to_set(builder, &builder->triples, cells, PARTS, &new_one);
    if (status == IC_OK && new_one)
        status = engine->sink->triple(engine->sink->context, &terms[SUBJECT], &terms[PREDICATE],
                                      &terms[OBJECT], engine->error);
    ic_arena_free(arena);
    if (engine->status == IC_OK)
        engine->status = status;
    return status;
}

/* A blank node with a label that the data does not use. */
static enum ic_status fresh_blank(struct graph_builder *builder, struct cell *cell)
{
    struct engine *engine = builder->engine;
    uint32_t node = 0;
    uint64_t taken = IC_UNKNOWN_TERM;
    enum ic_status status;
    do {
        status = ic_document_new_blank(engine->computed, &node, engine->error);
        if (status == IC_OK)
            status = ic_dataset_find(engine->dataset, ic_document_term(engine->computed, node),
                                     &taken, engine->error);
    } while (status == IC_OK && taken != IC_UNKNOWN_TERM);
    *cell = (struct cell){CELL_COMPUTED, node};
    if (engine->status == IC_OK)
        engine->status = status;
    return status;
}

static struct cell slot_cell(const struct graph_builder *builder, const struct slot *slot,
                             const struct cell *cells)
{
    return slot->kind == SLOT_COLUMN  ? cells[slot->index]
           : slot->kind == SLOT_BLANK ? builder->fresh[slot->index]
                                      : slot->constant;
}

static enum ic_status construct_row(struct graph_builder *builder, const struct cell *cells)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < builder->blank_count; i++)
        status = fresh_blank(builder, &builder->fresh[i]);
    for (size_t i = 0; status == IC_OK && i < builder->slot_count; i += PARTS) {
        struct cell triple[PARTS];
        bool complete = true;
        for (size_t part = 0; part < PARTS; part++) {
            triple[part] = slot_cell(builder, &builder->slots[i + part], cells);
            complete = complete && triple[part].kind != CELL_UNBOUND;
        }
        if (complete)
            status = give_triple(builder, triple);
    }
    return status;
}

/* ---- DESCRIBE ---- */

static enum ic_status enqueue(struct graph_builder *builder, const struct cell *cell)
{
    bool new_one = false;
    if (cell->kind != CELL_DATA) /* nothing is stated about what the data does not have */
        return IC_OK;
    const enum ic_status status = add_to_set(builder, &builder->described, cell, 1, &new_one);
    if (status != IC_OK || !new_one)
        return status;
    if (builder->queue_count == builder->queue_room) {
        const size_t room = builder->queue_room ? builder->queue_room * 2 : 64;
        struct cell *grown = realloc(builder->queue, room * sizeof *grown);
        if (!grown)
            return no_memory(builder);
        builder->queue = grown;
        builder->queue_room = room;
    }
    builder->queue[builder->queue_count++] = *cell;
    return IC_OK;
}

static enum ic_status describe_quad(void *context, const struct ic_quad *quad)
{
    struct graph_builder *builder = context;
    const struct cell cells[PARTS] = {
        {CELL_DATA, quad->subject}, {CELL_DATA, quad->predicate}, {CELL_DATA, quad->object}};
    enum ic_status status = give_triple(builder, cells);
    struct ic_term object;
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return no_memory(builder);
    if (status == IC_OK)
        status = terms_term(builder->engine, &cells[OBJECT], arena, &object);
    if (status == IC_OK && object.kind == IC_BLANK)
        status = enqueue(builder, &cells[OBJECT]);
    ic_arena_free(arena);
    return status;
}

/* ---- in and out ---- */

enum ic_status graph_builder_row(void *context, const struct cell *cells, size_t count)
{
    struct graph_builder *builder = context;
    (void)count;
    if (!builder->describe)
        return construct_row(builder, cells);
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < builder->slot_count; i++)
        if (builder->slots[i].kind == SLOT_COLUMN)
            status = enqueue(builder, &cells[builder->slots[i].index]);
    return status;
}

enum ic_status graph_builder_end(struct graph_builder *builder)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; builder->describe && status == IC_OK && i < builder->slot_count; i++)
        if (builder->slots[i].kind == SLOT_CONSTANT)
            status = enqueue(builder, &builder->slots[i].constant);
    while (status == IC_OK && builder->queue_next < builder->queue_count) {
        const struct ic_quad pattern = {.subject = builder->queue[builder->queue_next++].id};
        status = source_default_triples(builder->engine, &pattern, describe_quad, builder);
    }
    return status;
}
