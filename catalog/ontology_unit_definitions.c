/* SPDX-License-Identifier: Apache-2.0 */
/* Reading what units are.
 *
 * A definition is one of
 *     ic:factor F ; ic:of U                       F times another unit
 *     [ic:factor F ;] [ic:of U ;] ic:per V, ...   a quotient
 *     [ic:factor F ;] qudt:hasFactorUnit [...]+   a product of powers of units
 *     ic:factor F                                 a number
 *     ic:scale ic:Nines ; ic:of U                 nines of a share
 *     qudt:hasQuantityKind K                      a base unit: K has no other, unless
 * currencies */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { DEPTH_MAX = 64 }; /* from a unit down to its base units */

#define QUDT "http://qudt.org/schema/qudt/"

enum progress { UNREAD, OPEN, READ };

struct definitions {
    struct ic_ontology_graph *graph;
    struct ic_ontology_unit **units; /* by node, or NULL */
    enum progress *progress;         /* by node */
    const struct ic_ontology_unit **bases;
    size_t base_count;
    size_t depth;
};

/* The facts of one unit that define it. */
struct definition {
    struct ic_ontology_unit *unit;
    const struct ic_ontology_fact *first, *factor, *of, *scale, *kind, *per, *parts;
    size_t per_count, part_count;
};

static enum ic_status read_unit(struct definitions *d, uint32_t node,
                                const struct ic_ontology_fact *from);

/* A number greater than zero, or a quotient of two ("365/12"). */
static bool parse_factor(mpq_t factor, const struct ic_term *term)
{
    const char *slash = term->kind == IC_LITERAL ? memchr(term->text, '/', term->length) : NULL;
    const size_t length = slash ? (size_t)(slash - term->text) : term->length;
    bool good = term->kind == IC_LITERAL && ic_number_parse(factor, term->text, length) &&
                mpq_sgn(factor) > 0;
    if (!good || !slash)
        return good;
    mpq_t divisor;
    mpq_init(divisor);
    good =
        ic_number_parse(divisor, slash + 1, term->length - length - 1) && mpq_sgn(divisor) > 0;
    if (good)
        mpq_div(factor, factor, divisor);
    mpq_clear(divisor);
    return good;
}

static enum ic_status multiply_factor(const struct definitions *d, const struct definition *def)
{
    struct ic_unit_form number;
    ic_unit_form_init(&number);
    const bool good =
        parse_factor(number.factor, ic_ontology_term(d->graph, def->factor->object));
    const bool fits = good && ic_unit_form_multiply(&def->unit->form, &number, 1);
    ic_unit_form_clear(&number);
    if (!good)
        return ic_ontology_fail(d->graph, def->factor,
                                "the ic:factor of %s must be a number greater than 0, or a "
                                "quotient such as \"1/3\"",
                                def->unit->name);
    return fits ? IC_OK
                : ic_ontology_fail(d->graph, def->factor,
                                   "the ic:factor of %s makes numbers of more than %d bits",
                                   def->unit->name, IC_UNIT_FACTOR_BITS_MAX);
}

/* Multiplies by the unit that `fact` names. */
static enum ic_status multiply_unit(struct definitions *d, const struct definition *def,
                                    const struct ic_ontology_fact *fact, int exponent)
{
    const struct ic_ontology_unit *unit = d->units[fact->object];
    if (!unit)
        return ic_ontology_fail(
            d->graph, fact, "%s is defined by %s, which is not described as a qudt:Unit",
            def->unit->name, ic_ontology_term(d->graph, fact->object)->text);
    const enum ic_status status = read_unit(d, fact->object, fact);
    if (status != IC_OK)
        return status;
    if (unit->nines)
        return ic_ontology_fail(d->graph, fact,
                                "%s is defined by %s, which counts nines and has no multiples",
                                def->unit->name, unit->name);
    return ic_unit_form_multiply(&def->unit->form, &unit->form, exponent)
               ? IC_OK
               : ic_ontology_fail(d->graph, fact,
                                  "%s has more than %d base units, an exponent above %d or a "
                                  "factor of more than %d bits",
                                  def->unit->name, IC_UNIT_POWERS_MAX, IC_UNIT_EXPONENT_MAX,
                                  IC_UNIT_FACTOR_BITS_MAX);
}

/* A whole number from -IC_UNIT_EXPONENT_MAX to IC_UNIT_EXPONENT_MAX but 0; 0: it is none. */
static int parse_exponent(const struct ic_term *term)
{
    mpq_t number;
    int exponent = 0;
    mpq_init(number);
    if (term->kind == IC_LITERAL && ic_number_parse(number, term->text, term->length) &&
        mpz_cmp_ui(mpq_denref(number), 1) == 0 &&
        mpz_cmpabs_ui(mpq_numref(number), IC_UNIT_EXPONENT_MAX) <= 0)
        exponent = (int)mpz_get_si(mpq_numref(number));
    mpq_clear(number);
    return exponent;
}

/* One qudt:hasFactorUnit. */
static enum ic_status multiply_part(struct definitions *d, const struct definition *def,
                                    const struct ic_ontology_fact *part)
{
    const struct ic_ontology_fact *unit, *exponent = NULL;
    enum ic_status status = ic_ontology_one(d->graph, part->object, QUDT "hasUnit", &unit);
    if (status == IC_OK)
        status = ic_ontology_one(d->graph, part->object, QUDT "exponent", &exponent);
    if (status != IC_OK)
        return status;
    const int power =
        exponent ? parse_exponent(ic_ontology_term(d->graph, exponent->object)) : 0;
    if (!unit || !power)
        return ic_ontology_fail(
            d->graph, exponent ? exponent : part,
            "a qudt:hasFactorUnit of %s must state its qudt:hasUnit and its "
            "qudt:exponent, a whole number from -%d to %d but 0",
            def->unit->name, IC_UNIT_EXPONENT_MAX, IC_UNIT_EXPONENT_MAX);
    return multiply_unit(d, def, unit, power);
}

/* A unit of its own dimension. */
static enum ic_status read_base(struct definitions *d, const struct definition *def)
{
    struct ic_ontology_unit *unit = def->unit;
    const uint32_t kind = def->kind->object;
    enum ic_status status = ic_ontology_text(d->graph, kind, IC_NS_RDFS "label", &unit->kind);
    if (status != IC_OK)
        return status;
    const char *iri =
        ic_arena_strdup(d->graph->ontology->arena, ic_ontology_term(d->graph, kind)->text);
    if (!iri)
        return ic_ontology_no_memory(d->graph);
    if (!unit->kind)
        unit->kind = ic_ontology_local_name(iri);
    unit->kind_node = kind;
    unit->currency = ic_ontology_has_type(d->graph, unit->node, QUDT "CurrencyUnit");
    for (size_t i = 0; i < d->base_count; i++) {
        const struct ic_ontology_unit *other = d->bases[i];
        if ((!other->currency || !unit->currency) && other->kind_node == kind)
            return ic_ontology_fail(d->graph, def->kind,
                                    "%s and %s are both base units of %s; define one by the "
                                    "other, with ic:factor and ic:of",
                                    other->name, unit->name, unit->kind);
    }
    d->bases[d->base_count++] = unit;
    unit->base = true;
    unit->form.powers[unit->form.count++] = (struct ic_unit_power){unit, 1};
    return IC_OK;
}

/* Nines of a share: what they are nines of must be one to a base unit. */
static enum ic_status read_nines(struct definitions *d, const struct definition *def)
{
    const struct ic_term *scale = ic_ontology_term(d->graph, def->scale->object);
    if (strcmp(scale->text, IC_NS_META "Nines") != 0 || !def->of || def->factor || def->per ||
        def->parts)
        return ic_ontology_fail(d->graph, def->scale,
                                "the ic:scale of %s can only be ic:Nines, with an ic:of and "
                                "without ic:factor",
                                def->unit->name);
    const enum ic_status status = multiply_unit(d, def, def->of, 1);
    def->unit->nines = status == IC_OK;
    return status;
}

static enum ic_status find_facts(struct definitions *d, struct definition *def)
{
    const struct {
        const char *predicate;
        const struct ic_ontology_fact **fact;
    } single[] = {{IC_NS_META "factor", &def->factor},
                  {IC_NS_META "of", &def->of},
                  {IC_NS_META "scale", &def->scale}};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++) {
        const enum ic_status status =
            ic_ontology_one(d->graph, def->unit->node, single[i].predicate, single[i].fact);
        if (status != IC_OK)
            return status;
    }
    size_t kinds;
    def->per = ic_ontology_facts(d->graph, def->unit->node, IC_NS_META "per", &def->per_count);
    def->kind = ic_ontology_facts(d->graph, def->unit->node, QUDT "hasQuantityKind", &kinds);
    def->parts =
        ic_ontology_facts(d->graph, def->unit->node, QUDT "hasFactorUnit", &def->part_count);
    return IC_OK;
}

/* Multiplies by all units that define one. */
static enum ic_status multiply_units(struct definitions *d, const struct definition *def)
{
    enum ic_status status = def->of ? multiply_unit(d, def, def->of, 1) : IC_OK;
    for (size_t i = 0; i < def->per_count && status == IC_OK; i++)
        status = multiply_unit(d, def, &def->per[i], -1);
    for (size_t i = 0; i < def->part_count && status == IC_OK; i++)
        status = multiply_part(d, def, &def->parts[i]);
    return status;
}

static enum ic_status read_definition(struct definitions *d, const struct definition *def)
{
    if (def->scale)
        return read_nines(d, def);
    if (def->of && !def->factor && !def->per)
        return ic_ontology_fail(d->graph, def->of,
                                "%s has an ic:of: it must have an ic:factor or ic:per too",
                                def->unit->name);
    if ((def->of || def->per) && def->parts)
        return ic_ontology_fail(d->graph, def->parts,
                                "%s has both a qudt:hasFactorUnit and an ic:of or ic:per; keep "
                                "one way",
                                def->unit->name);
    const enum ic_status status = multiply_units(d, def);
    if (status == IC_OK && def->factor)
        return multiply_factor(d, def);
    if (status != IC_OK || def->per || def->parts)
        return status;
    if (def->kind)
        return read_base(d, def);
    return ic_ontology_fail(d->graph, def->first,
                            "nothing says what %s measures: state ic:factor and ic:of, ic:per, "
                            "qudt:hasFactorUnit, or for a base unit qudt:hasQuantityKind",
                            def->unit->name);
}

/* Reads a unit and before it those that it is defined by. */
static enum ic_status read_unit(struct definitions *d, uint32_t node,
                                const struct ic_ontology_fact *from)
{
    struct definition def = {.unit = d->units[node],
                             .first = &d->graph->facts[d->graph->first[node]]};
    if (d->progress[node] == READ)
        return IC_OK;
    if (d->progress[node] == OPEN)
        return ic_ontology_fail(d->graph, from, "%s is defined by itself", def.unit->name);
    if (++d->depth > DEPTH_MAX)
        return ic_ontology_fail(d->graph, from, "%s is defined in more than %d steps",
                                def.unit->name, DEPTH_MAX);
    d->progress[node] = OPEN;
    enum ic_status status = find_facts(d, &def);
    if (status == IC_OK)
        status = read_definition(d, &def);
    d->progress[node] = READ;
    d->depth--;
    return status;
}

/* The smaller one first. */
static int compare_units(const void *left, const void *right)
{
    const struct ic_ontology_unit *const *a = left, *const *b = right;
    const int order = mpq_cmp((*a)->form.factor, (*b)->form.factor);
    return order ? order : strcmp((*a)->iri, (*b)->iri);
}

enum ic_status ic_unit_read_forms(struct ic_ontology_graph *graph)
{
    struct ic_ontology *ontology = graph->ontology;
    const size_t nodes = ic_document_term_count(graph->terms) + 1;
    struct definitions d = {.graph = graph,
                            .units = calloc(nodes, sizeof *d.units),
                            .progress = calloc(nodes, sizeof *d.progress),
                            .bases = calloc(ontology->unit_count + 1, sizeof *d.bases)};
    enum ic_status status =
        d.units && d.progress && d.bases ? IC_OK : ic_ontology_no_memory(graph);
    for (size_t i = 0; i < ontology->unit_count && status == IC_OK; i++)
        d.units[ontology->units[i]->node] = ontology->units[i];
    for (size_t i = 0; i < ontology->unit_count && status == IC_OK; i++)
        status = read_unit(&d, ontology->units[i]->node, NULL);
    if (status == IC_OK)
        qsort(ontology->units, ontology->unit_count, sizeof *ontology->units, compare_units);
    free(d.units);
    free(d.progress);
    free(d.bases);
    return status;
}
