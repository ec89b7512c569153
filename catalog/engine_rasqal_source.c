/* SPDX-License-Identifier: Apache-2.0 */
/* The dataset as rasqal's triples source: every pattern is a lookup with the terms that are
 * bound so far.
 *
 * rasqal evaluates joins as nested loops over shared variables and decides before it runs
 * which pattern binds a variable. A pattern that only uses a variable, reached while that is
 * unbound (a second OPTIONAL on the same variable, say), would silently match anything: such
 * a query is stopped. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

enum part { SUBJECT, PREDICATE, OBJECT, PARTS };

static const rasqal_triple_parts part_flags[PARTS] = {
    RASQAL_TRIPLE_SUBJECT, RASQAL_TRIPLE_PREDICATE, RASQAL_TRIPLE_OBJECT};

/* The triples of a pattern over one graph or a merge of several. A triple that an earlier
 * graph of the merge has as well is left out. */
struct walk {
    struct engine *engine;
    struct ic_quad pattern;
    struct ic_cursor *cursor;
    const uint64_t *graphs;    /* NULL: pattern.graph alone */
    size_t graph_count, graph; /* graph: the next one to open */
    struct ic_quad quad;
    bool at_end;
};

/* What rasqal keeps per pattern that it matches. */
struct match {
    struct walk walk;
};

/* rasqal owns these bytes; the engine is reached through them. */
struct source {
    struct engine *engine;
};

/* ---- walking ---- */

static bool has_quad(struct engine *engine, const struct ic_quad *quad)
{
    struct ic_cursor *cursor = NULL;
    struct ic_quad ignored;
    bool found = false;
    if (engine_failed(engine, ic_dataset_open(engine->dataset, quad, &cursor, engine->error)))
        return false;
    engine_failed(engine, ic_cursor_next(cursor, &ignored, &found, engine->error));
    ic_cursor_close(cursor);
    return found;
}

static bool in_earlier_graph(struct walk *walk)
{
    struct ic_quad quad = walk->quad;
    for (size_t i = 0; i + 1 < walk->graph; i++) {
        quad.graph = walk->graphs[i];
        if (has_quad(walk->engine, &quad))
            return true;
    }
    return false;
}

static bool open_next_graph(struct walk *walk)
{
    ic_cursor_close(walk->cursor);
    walk->cursor = NULL;
    if (walk->graph >= walk->graph_count)
        return false;
    if (walk->graphs)
        walk->pattern.graph = walk->graphs[walk->graph];
    walk->graph++;
    struct engine *engine = walk->engine;
    return !engine_failed(
        engine, ic_dataset_open(engine->dataset, &walk->pattern, &walk->cursor, engine->error));
}

static void walk_next(struct walk *walk)
{
    while (engine_running(walk->engine)) {
        bool found = false;
        if (walk->cursor &&
            engine_failed(walk->engine, ic_cursor_next(walk->cursor, &walk->quad, &found,
                                                       walk->engine->error)))
            break;
        if (found && !in_earlier_graph(walk))
            return;
        if (!found && !open_next_graph(walk))
            break;
    }
    walk->at_end = true;
}

/* Starts at the first triple. pattern.graph is a graph, or IC_DEFAULT_GRAPH for the query's
 * default graph. */
static void walk_open(struct walk *walk, struct engine *engine, const struct ic_quad *pattern)
{
    *walk = (struct walk){.engine = engine, .pattern = *pattern, .graph_count = 1};
    if (pattern->graph == IC_DEFAULT_GRAPH && engine->restricted) {
        walk->graphs = engine->defaults;
        walk->graph_count = engine->default_count;
    }
    if (pattern->subject == IC_UNKNOWN_TERM || pattern->predicate == IC_UNKNOWN_TERM ||
        pattern->object == IC_UNKNOWN_TERM || pattern->graph == IC_UNKNOWN_TERM)
        walk->graph_count = 0;
    walk_next(walk);
}

static void walk_close(struct walk *walk)
{
    ic_cursor_close(walk->cursor);
    walk->cursor = NULL;
}

enum ic_status source_default_triples(struct engine *engine, const struct ic_quad *pattern,
                                      enum ic_status (*each)(void *context,
                                                             const struct ic_quad *quad),
                                      void *context)
{
    struct ic_quad all = *pattern;
    struct walk walk;
    all.graph = IC_DEFAULT_GRAPH;
    walk_open(&walk, engine, &all);
    for (; !walk.at_end; walk_next(&walk))
        if (engine_failed(engine, each(context, &walk.quad)))
            break;
    walk_close(&walk);
    return engine->status;
}

/* ---- rasqal's callbacks ---- */

static uint64_t quad_part(const struct ic_quad *quad, enum part part)
{
    return part == SUBJECT ? quad->subject : part == PREDICATE ? quad->predicate : quad->object;
}

static rasqal_literal *triple_part(const rasqal_triple *triple, enum part part)
{
    return part == SUBJECT     ? triple->subject
           : part == PREDICATE ? triple->predicate
                               : triple->object;
}

/* The id to look up at one place of a pattern: IC_ANY where the pattern binds a variable. */
static bool place_id(struct engine *engine, rasqal_literal *literal, bool binds, uint64_t *id)
{
    rasqal_variable *variable = rasqal_literal_as_variable(literal);
    *id = IC_ANY;
    if (variable && binds)
        return true;
    if (variable && !variable->value) {
        engine_fail(engine, IC_UNSUPPORTED,
                    "the engine rasqal cannot evaluate a pattern on ?%s where an earlier "
                    "pattern may leave it unbound",
                    variable->name);
        return false;
    }
    return (variable ? terms_id(engine, variable->value, id)
                     : terms_constant_id(engine, literal, id)) == IC_OK;
}

static bool is_named(const struct engine *engine, uint64_t id)
{
    for (size_t i = 0; i < engine->named_count; i++)
        if (engine->named[i] == id)
            return true;
    return false;
}

static bool graph_id(struct engine *engine, const rasqal_triple *triple, uint64_t *id)
{
    *id = IC_DEFAULT_GRAPH;
    if (!triple->origin)
        return true;
    rasqal_variable *variable = rasqal_literal_as_variable(triple->origin);
    rasqal_literal *graph = variable ? variable->value : triple->origin;
    if (!graph)
        return true;
    /* raptor interns URIs, and the query's data graphs keep these: the pointer is enough. */
    if (graph->type == RASQAL_LITERAL_URI && graph->value.uri == engine->last_graph) {
        *id = engine->last_graph_id;
        return true;
    }
    if (terms_id(engine, graph, id) != IC_OK)
        return false;
    if (engine->restricted && !is_named(engine, *id))
        *id = IC_UNKNOWN_TERM;
    if (graph->type == RASQAL_LITERAL_URI) {
        engine->last_graph = graph->value.uri;
        engine->last_graph_id = *id;
    }
    return true;
}

static rasqal_triple_parts bind_match(rasqal_triples_match *rtm, void *user_data,
                                      rasqal_variable *bindings[4], rasqal_triple_parts parts)
{
    struct match *match = user_data;
    unsigned bound = 0;
    (void)rtm;
    for (enum part part = SUBJECT; part < PARTS; part++) {
        if (!bindings[part] || !((unsigned)parts & (unsigned)part_flags[part]))
            continue;
        const uint64_t id = quad_part(&match->walk.quad, part);
        bool again = false; /* the same variable at an earlier place */
        for (enum part earlier = SUBJECT; earlier < part; earlier++) {
            if (bindings[earlier] != bindings[part])
                continue;
            if (quad_part(&match->walk.quad, earlier) != id)
                return RASQAL_TRIPLE_NONE;
            again = true;
        }
        if (again)
            continue;
        rasqal_literal *literal = terms_literal(match->walk.engine, id);
        if (!literal)
            return RASQAL_TRIPLE_NONE;
        rasqal_variable_set_value(bindings[part], literal);
        bound |= (unsigned)part_flags[part];
    }
    return (rasqal_triple_parts)bound;
}

static void next_match(rasqal_triples_match *rtm, void *user_data)
{
    struct match *match = user_data;
    (void)rtm;
    walk_next(&match->walk);
}

static int is_end(rasqal_triples_match *rtm, void *user_data)
{
    const struct match *match = user_data;
    (void)rtm;
    return match->walk.at_end || match->walk.engine->status != IC_OK;
}

static void finish_match(rasqal_triples_match *rtm, void *user_data)
{
    struct match *match = user_data;
    (void)rtm;
    if (!match)
        return;
    walk_close(&match->walk);
    free(match);
}

static int init_match(rasqal_triples_match *rtm, rasqal_triples_source *rts, void *user_data,
                      rasqal_triple_meta *meta, rasqal_triple *triple)
{
    struct engine *engine = ((const struct source *)user_data)->engine;
    (void)rts;
    rtm->bind_match = bind_match;
    rtm->next_match = next_match;
    rtm->is_end = is_end;
    rtm->finish = finish_match; /* rasqal calls it also when this fails */
    rtm->user_data = NULL;

    uint64_t ids[PARTS], graph;
    for (enum part part = SUBJECT; part < PARTS; part++) {
        rasqal_literal *literal = triple_part(triple, part);
        meta->bindings[part] = rasqal_literal_as_variable(literal);
        if (!place_id(engine, literal,
                      ((unsigned)meta->parts & (unsigned)part_flags[part]) != 0, &ids[part]))
            return 1;
    }
    if (!graph_id(engine, triple, &graph) || !engine_running(engine))
        return 1;
    struct match *match = calloc(1, sizeof *match);
    if (!match) {
        engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
        return 1;
    }
    rtm->user_data = match;
    const struct ic_quad pattern = {ids[SUBJECT], ids[PREDICATE], ids[OBJECT], graph};
    walk_open(&match->walk, engine, &pattern);
    return engine->status != IC_OK;
}

static int triple_present(rasqal_triples_source *rts, void *user_data, rasqal_triple *triple)
{
    struct engine *engine = ((const struct source *)user_data)->engine;
    struct ic_quad pattern;
    (void)rts;
    if (!engine_running(engine) ||
        !place_id(engine, triple->subject, false, &pattern.subject) ||
        !place_id(engine, triple->predicate, false, &pattern.predicate) ||
        !place_id(engine, triple->object, false, &pattern.object) ||
        !graph_id(engine, triple, &pattern.graph))
        return 0;
    struct walk walk;
    walk_open(&walk, engine, &pattern);
    const bool present = !walk.at_end;
    walk_close(&walk);
    return present;
}

static void free_source(void *user_data)
{
    (void)user_data; /* the engine outlives rasqal's objects */
}

static int init_source(rasqal_query *query, void *factory_user_data, void *user_data,
                       rasqal_triples_source *rts, rasqal_triples_error_handler handler)
{
    struct source *source = user_data;
    (void)query;
    (void)handler;
    source->engine = factory_user_data;
    rts->version = 1;
    rts->init_triples_match = init_match;
    rts->triple_present = triple_present;
    rts->free_triples_source = free_source;
    return 0;
}

static int register_factory(rasqal_triples_source_factory *factory)
{
    factory->version = 2;
    factory->user_data_size = sizeof(struct source);
    factory->init_triples_source = init_source;
    return 0;
}

enum ic_status source_register(struct engine *engine)
{
    if (rasqal_set_triples_source_factory(engine->world, register_factory, engine))
        return engine_fail(engine, IC_IO, "rasqal refuses the dataset as its source");
    return engine->status;
}
