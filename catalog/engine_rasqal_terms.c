/* SPDX-License-Identifier: Apache-2.0 */
/* Terms of the dataset as rasqal literals and back, each made once.
 *
 * Invariants: entries hold one reference to their literal each, so that its address stays its
 * own; literals of data are forgotten together when CACHE_MAX are reached. */
#include "engine_rasqal.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(entry) ((entry)->lost = true)
#include <uthash.h>

#include "number.h"

enum { CACHE_MAX = 1 << 20 };

struct cached {
    uint64_t id;
    rasqal_literal *literal;
    bool lost; /* uthash had no memory for it */
    UT_hash_handle by_id, by_literal;
};

struct rasqal_terms {
    struct cached *by_id, *by_literal; /* of data */
    struct cached *constants;          /* of the query's patterns; by_literal alone */
};

static rasqal_literal *no_literal(struct engine *engine)
{
    engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    return NULL;
}

bool terms_open(struct engine *engine)
{
    engine->terms = calloc(1, sizeof *engine->terms);
    engine->opaque =
        raptor_new_uri(engine->raptor, (const unsigned char *)ENGINE_OPAQUE_DATATYPE);
    return engine->terms && engine->opaque;
}

static void forget_data(struct rasqal_terms *terms)
{
    struct cached *entry, *next;
    HASH_CLEAR(by_literal, terms->by_literal);
    HASH_ITER(by_id, terms->by_id, entry, next)
    {
        HASH_DELETE(by_id, terms->by_id, entry);
        rasqal_free_literal(entry->literal);
        free(entry);
    }
}

static void forget_constants(struct rasqal_terms *terms)
{
    struct cached *entry, *next;
    HASH_ITER(by_literal, terms->constants, entry, next)
    {
        HASH_DELETE(by_literal, terms->constants, entry);
        rasqal_free_literal(entry->literal);
        free(entry);
    }
}

void terms_close(struct engine *engine)
{
    if (engine->terms) {
        forget_data(engine->terms);
        forget_constants(engine->terms);
    }
    free(engine->terms);
    engine->terms = NULL;
    raptor_free_uri(engine->opaque);
    engine->opaque = NULL;
}

/* ---- dataset to rasqal ---- */

/* Remembers the literal; on no memory it is merely not remembered. */
static void remember(struct engine *engine, uint64_t id, rasqal_literal *literal)
{
    struct rasqal_terms *terms = engine->terms;
    if (HASH_CNT(by_id, terms->by_id) >= CACHE_MAX)
        forget_data(terms);
    struct cached *entry = calloc(1, sizeof *entry);
    if (!entry)
        return;
    entry->id = id;
    entry->literal = literal;
    HASH_ADD(by_id, terms->by_id, id, sizeof entry->id, entry);
    if (entry->lost) {
        free(entry);
        return;
    }
    HASH_ADD(by_literal, terms->by_literal, literal, sizeof entry->literal, entry);
    if (entry->lost) {
        HASH_DELETE(by_id, terms->by_id, entry);
        free(entry);
        return;
    }
    rasqal_new_literal_from_literal(literal);
}

rasqal_literal *terms_literal(struct engine *engine, uint64_t id)
{
    struct cached *entry;
    HASH_FIND(by_id, engine->terms->by_id, &id, sizeof id, entry);
    if (entry)
        return rasqal_new_literal_from_literal(entry->literal);
    struct ic_arena *arena = ic_arena_new();
    if (!arena)
        return no_literal(engine);
    struct ic_term term;
    rasqal_literal *literal = NULL;
    const enum ic_status status =
        ic_dataset_term(engine->dataset, id, arena, &term, engine->error);
    if (status == IC_OK)
        literal = values_literal(engine, &term, id);
    else if (engine->status == IC_OK)
        engine->status = status;
    if (literal)
        remember(engine, id, literal);
    ic_arena_free(arena);
    return literal;
}

/* ---- rasqal to dataset ---- */

/* What rasqal computed as a decimal has the type that SPARQL's operators give, when all
 * numbers that the query met were of one kind; else it could be any. NULL after engine_fail. */
static const char *computed_type(struct engine *engine)
{
    const unsigned kinds = engine->numbers & ~(unsigned)NUMBER_DIVIDED;
    if (kinds == NUMBER_DOUBLE)
        return IC_NS_XSD "double";
    if (kinds == NUMBER_DECIMAL || (kinds == NUMBER_INTEGER && kinds != engine->numbers))
        return IC_XSD_DECIMAL;
    if (kinds == NUMBER_INTEGER)
        return IC_NS_XSD "integer";
    engine_fail(engine, IC_UNSUPPORTED,
                "the engine rasqal does not compute with numbers of several datatypes");
    return NULL;
}

/* A computed decimal in canonical form. */
static enum ic_status computed_decimal(struct engine *engine, struct ic_term *term)
{
    mpq_t number;
    mpq_init(number);
    const bool parsed = ic_number_parse(number, term->text, term->length);
    char *canonical = parsed ? ic_number_decimal(number) : NULL;
    mpq_clear(number);
    if (!parsed)
        return IC_OK;
    const char *kept = canonical ? ic_arena_strdup(engine->arena, canonical) : NULL;
    free(canonical);
    if (!kept)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while running the query");
    term->datatype = computed_type(engine);
    if (!term->datatype)
        return engine->status;
    term->text = kept;
    term->length = strlen(kept);
    return IC_OK;
}

/* The literal as a term that borrows its strings. */
static enum ic_status literal_term(struct engine *engine, rasqal_literal *literal,
                                   struct ic_term *term)
{
    *term = (struct ic_term){.kind = IC_LITERAL};
    if (literal->type == RASQAL_LITERAL_URI) {
        size_t length;
        term->kind = IC_IRI;
        term->text = (const char *)raptor_uri_as_counted_string(literal->value.uri, &length);
        term->length = length;
        return IC_OK;
    }
    if (rasqal_literal_get_rdf_term_type(literal) == RASQAL_LITERAL_UNKNOWN)
        return engine_fail(engine, IC_UNSUPPORTED,
                           "the engine rasqal computed a value that is not an RDF term");
    term->text = (const char *)literal->string;
    term->length = strlen(term->text);
    if (literal->type == RASQAL_LITERAL_BLANK) {
        term->kind = IC_BLANK;
        return IC_OK;
    }
    if (literal->language && *literal->language)
        term->language = literal->language;
    else if (literal->datatype)
        term->datatype = (const char *)raptor_uri_as_string(literal->datatype);
    if (term->datatype && strcmp(term->datatype, IC_XSD_STRING) == 0)
        term->datatype = NULL;
    return IC_OK;
}

static bool cached_id(const struct engine *engine, const rasqal_literal *literal, uint64_t *id)
{
    struct cached *entry;
    HASH_FIND(by_literal, engine->terms->by_literal, &literal, sizeof literal, entry);
    if (entry)
        *id = entry->id;
    return entry || (values_read_mark(literal, id) && *id != IC_UNKNOWN_TERM);
}

enum ic_status terms_cell(struct engine *engine, rasqal_literal *literal, struct cell *cell)
{
    *cell = (struct cell){.kind = CELL_UNBOUND};
    if (!literal)
        return IC_OK;
    cell->kind = CELL_DATA;
    if (cached_id(engine, literal, &cell->id))
        return IC_OK;
    struct ic_term term;
    enum ic_status status = literal_term(engine, literal, &term);
    if (status == IC_OK && term.datatype && strcmp(term.datatype, IC_XSD_DECIMAL) == 0)
        status = computed_decimal(engine, &term);
    if (status == IC_OK)
        status = ic_dataset_find(engine->dataset, &term, &cell->id, engine->error);
    if (status == IC_OK && cell->id == IC_UNKNOWN_TERM) {
        uint32_t node;
        cell->kind = CELL_COMPUTED;
        status = ic_document_intern(engine->computed, &term, &node, engine->error);
        cell->id = node;
    }
    if (engine->status == IC_OK)
        engine->status = status;
    return status;
}

/* rasqal makes an integer constant beyond 32 bits a decimal; its spelling tells. */
static bool is_long_integer(const struct ic_term *term)
{
    enum { INT_DIGITS = 10 };
    return term->datatype && strcmp(term->datatype, IC_XSD_DECIMAL) == 0 &&
           !strchr(term->text, '.') && term->length >= INT_DIGITS;
}

static enum ic_status find_term(struct engine *engine, rasqal_literal *literal, uint64_t *id)
{
    struct ic_term term;
    enum ic_status status = literal_term(engine, literal, &term);
    if (status == IC_OK && is_long_integer(&term))
        term.datatype = IC_NS_XSD "integer";
    if (status == IC_OK)
        status = ic_dataset_find(engine->dataset, &term, id, engine->error);
    if (engine->status == IC_OK)
        engine->status = status;
    return status;
}

enum ic_status terms_id(struct engine *engine, rasqal_literal *literal, uint64_t *id)
{
    return cached_id(engine, literal, id) ? IC_OK : find_term(engine, literal, id);
}

enum ic_status terms_constant_id(struct engine *engine, rasqal_literal *literal, uint64_t *id)
{
    struct rasqal_terms *terms = engine->terms;
    struct cached *entry;
    HASH_FIND(by_literal, terms->constants, &literal, sizeof literal, entry);
    if (entry) {
        *id = entry->id;
        return IC_OK;
    }
    const enum ic_status status = find_term(engine, literal, id);
    entry = status == IC_OK ? calloc(1, sizeof *entry) : NULL;
    if (!entry) /* on no memory it is merely not remembered */
        return status;
    entry->id = *id;
    entry->literal = literal;
    HASH_ADD(by_literal, terms->constants, literal, sizeof entry->literal, entry);
    if (entry->lost)
        free(entry);
    else
        rasqal_new_literal_from_literal(literal);
    return status;
}

enum ic_status terms_term(struct engine *engine, const struct cell *cell,
                          struct ic_arena *arena, struct ic_term *term)
{
    if (cell->kind == CELL_COMPUTED) {
        *term = *ic_document_term(engine->computed, (uint32_t)cell->id);
        return IC_OK;
    }
    const enum ic_status status =
        ic_dataset_term(engine->dataset, cell->id, arena, term, engine->error);
    if (engine->status == IC_OK)
        engine->status = status;
    return status;
}
