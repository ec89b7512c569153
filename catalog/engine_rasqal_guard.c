/* SPDX-License-Identifier: Apache-2.0 */
/* What rasqal must not be given. Of everybody: a sum of three or more without parentheses, for
 * which its parser writes beyond a sequence (raptor2 2.0.15, raptor_sequence_join). Of
 * strangers (`guarded`) also what takes time or memory where no budget is looked at: a long
 * text, whose preparation is quadratic, and expressions whose values grow by each other, as in
 * BIND(CONCAT(?a, ?a) AS ?b) BIND(CONCAT(?b, ?b) AS ?c)…
 *
 * The growth of a variable is how many times longer than a stored value or a literal its value
 * can be, about: of AS the sum of the growths that its expression names; of others 1. */
#include "engine_rasqal.h"

#include <string.h>

#include "sparql_lexer.h"

enum {
    GUARDED_BYTES_MAX = 16 * 1024,
    COMPUTED_MAX = 32,    /* variables behind AS */
    GROWTH_MAX = 32,      /* of one of them, and of what one CONCAT names */
    GROWTH_OF_ENCODED = 3 /* a byte becomes %XX */
};

struct level {
    unsigned operators; /* "+" and "-" since the last sign that ends a sum */
    unsigned growth;    /* of what it names so far */
    bool concat, encode;
};

struct computed {
    const char *name;
    unsigned growth;
};

struct guard {
    struct engine *engine;
    struct level *levels; /* by open parentheses */
    size_t depth;
    struct computed computed[COMPUTED_MAX];
    size_t computed_count;
    bool changed; /* in this pass: a growth */
    bool operand_before, operator_before, distinct_before;
};

static unsigned at_most(unsigned growth)
{
    return growth > GROWTH_MAX ? GROWTH_MAX + 1 : growth;
}

static struct computed *find(struct guard *guard, const char *name)
{
    for (size_t i = 0; i < guard->computed_count; i++)
        if (strcmp(guard->computed[i].name, name) == 0)
            return &guard->computed[i];
    return NULL;
}

static void too_much(struct guard *guard)
{
    engine_fail(guard->engine, IC_TOO_LARGE,
                "the query computes values from each other that may become more than %d times "
                "as long; use fewer variables in CONCAT and AS",
                GROWTH_MAX);
}

static void define(struct guard *guard, const char *name)
{
    const unsigned growth = at_most(guard->levels[guard->depth].growth);
    struct computed *computed = find(guard, name);
    if (!guard->engine->options->guarded)
        return;
    if (!computed && guard->computed_count == COMPUTED_MAX) {
        engine_fail(guard->engine, IC_TOO_LARGE, "the query computes more than %d variables",
                    COMPUTED_MAX);
        return;
    }
    if (!computed) {
        computed = &guard->computed[guard->computed_count++];
        *computed = (struct computed){.name = name, .growth = 1};
    }
    if (growth > computed->growth) {
        computed->growth = growth;
        guard->changed = true;
    }
    if (growth > GROWTH_MAX)
        too_much(guard);
}

static void name_variable(struct guard *guard, const char *name)
{
    struct level *level = &guard->levels[guard->depth];
    const struct computed *computed = find(guard, name);
    level->growth = at_most(level->growth + (computed ? computed->growth : 1));
}

static void close_parenthesis(struct guard *guard)
{
    const struct level *inner = &guard->levels[guard->depth];
    if (guard->depth == 0)
        return;
    if (inner->concat && inner->growth > GROWTH_MAX && guard->engine->options->guarded)
        too_much(guard);
    struct level *outer = &guard->levels[--guard->depth];
    const unsigned factor = inner->encode ? GROWTH_OF_ENCODED : 1;
    outer->growth = at_most(outer->growth + factor * inner->growth);
}

static bool ends_sum(int sign)
{
    switch (sign) {
    case ',':
    case '=':
    case '<':
    case '>':
    case ';':
    case '.':
    case '{':
    case '}':
    case SPARQL_TWO('!', '='):
    case SPARQL_TWO('<', '='):
    case SPARQL_TWO('>', '='):
    case SPARQL_TWO('&', '&'):
    case SPARQL_TWO('|', '|'):
        return true;
    default:
        return false;
    }
}

static bool is_operand(const struct sparql_token *token)
{
    return token->kind != SPARQL_SIGN || token->sign == '(' || token->sign == '!' ||
           token->sign == '+' || token->sign == '-';
}

static void look(struct guard *guard, const struct sparql_token *token, const char *word)
{
    struct level *level = &guard->levels[guard->depth];
    if (guard->operator_before && is_operand(token) && guard->depth > 0 &&
        ++level->operators > 1)
        engine_fail(guard->engine, IC_UNSUPPORTED,
                    "the engine rasqal does not read sums of three or more; write parentheses, "
                    "as in (1 + 2) + 3");
    const int sign = token->kind == SPARQL_SIGN ? token->sign : 0;
    guard->operator_before = guard->operand_before && (sign == '+' || sign == '-');
    guard->operand_before = !sign || sign == ')';
    if (sign == '(') {
        guard->levels[++guard->depth] =
            (struct level){.concat = strcmp(word, "CONCAT") == 0,
                           .encode = strcmp(word, "ENCODE_FOR_URI") == 0};
    } else if (sign == ')') {
        close_parenthesis(guard);
    } else if (ends_sum(sign)) {
        level->operators = 0;
    } else if (token->kind == SPARQL_VAR && strcmp(word, "AS") == 0) {
        define(guard, token->text);
    } else if (token->kind == SPARQL_VAR) {
        name_variable(guard, token->text);
    }
    guard->engine->holds_rows |=
        token->kind == SPARQL_WORD &&
        (sparql_token_is(token, "GROUP") || sparql_token_is(token, "GROUP_CONCAT") ||
         (guard->distinct_before && sparql_token_is(token, "DISTINCT")));
    guard->distinct_before = sign == '(';
}

/* The keyword that what follows depends on. */
static const char *word_of(const struct sparql_token *token)
{
    static const char *const words[] = {"AS", "CONCAT", "ENCODE_FOR_URI"};
    for (size_t i = 0; token->kind == SPARQL_WORD && i < sizeof words / sizeof *words; i++)
        if (sparql_token_is(token, words[i]))
            return words[i];
    return "";
}

static bool pass(struct guard *guard)
{
    struct sparql_lexer lexer;
    const char *word = "";
    sparql_lexer_init(&lexer, guard->engine->text, guard->engine->arena);
    guard->depth = 0;
    guard->levels[0] = (struct level){.operators = 0};
    guard->operand_before = guard->operator_before = false;
    guard->distinct_before = guard->changed = false;
    for (;;) {
        const struct sparql_token token = sparql_lexer_next(&lexer);
        /* What is no token is the parser's to refuse; a stranger may know a way round that. */
        if (token.kind == SPARQL_BAD && guard->engine->options->guarded)
            engine_fail(guard->engine, IC_BAD_INPUT, "line %u of the query is not understood",
                        token.place.line);
        if (token.kind == SPARQL_END || token.kind == SPARQL_BAD ||
            guard->engine->status != IC_OK)
            return guard->changed && guard->engine->status == IC_OK;
        look(guard, &token, word);
        word = word_of(&token);
    }
}

enum ic_status guard_check(struct engine *engine)
{
    const size_t length = strlen(engine->text);
    size_t parentheses = 1;
    if (engine->options->guarded && length > GUARDED_BYTES_MAX)
        return engine_fail(engine, IC_TOO_LARGE,
                           "the query is longer than %d bytes, which rasqal may not be given",
                           GUARDED_BYTES_MAX);
    for (const char *p = engine->text; *p; p++)
        parentheses += *p == '(';
    struct guard guard = {
        .engine = engine,
        .levels = ic_arena_alloc(engine->arena, parentheses * sizeof *guard.levels)};
    if (!guard.levels)
        return engine_fail(engine, IC_NO_MEMORY, "out of memory while reading the query");
    /* A variable may be named before the text that defines it. */
    while (pass(&guard))
        continue;
    return engine->status;
}
