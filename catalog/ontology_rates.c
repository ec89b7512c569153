/* SPDX-License-Identifier: Apache-2.0 */
/* Exchange rates: reading them, and asking for one.
 *
 * Invariant: of each pair of currencies the newest rate is kept, whatever today's date: the
 * same ontology converts the same way always. A rate is used from `from` to `to` alone; nothing
 * is turned round or chained, since a bank's rate back is another one. */
#include "ontology_internal.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

/* One rate while it is read. */
struct reading {
    struct ic_ontology_graph *graph;
    uint32_t node;
    struct ic_unit_rate *rate;
};

/* The one fact of a rate with a predicate of ours; a rate without it is refused. */
static enum ic_status required(const struct reading *r, const char *predicate,
                               const struct ic_ontology_fact **fact)
{
    const enum ic_status status = ic_ontology_one(r->graph, r->node, predicate, fact);
    if (status == IC_OK && !*fact)
        return ic_ontology_fail(r->graph, &r->graph->facts[r->graph->first[r->node]],
                                "an ic:ExchangeRate has no ic:%s; it has ic:from, ic:to, "
                                "ic:rate, ic:date and ic:source",
                                ic_ontology_local_name(predicate));
    return status;
}

static enum ic_status read_currency(const struct reading *r, const char *predicate,
                                    const struct ic_ontology_unit **currency)
{
    const struct ic_ontology_fact *fact;
    const enum ic_status status = required(r, predicate, &fact);
    if (status != IC_OK)
        return status;
    const struct ic_term *term = ic_ontology_term(r->graph, fact->object);
    *currency = ic_ontology_map_get(&r->graph->ontology->unit_by_iri, term->text, term->length);
    if (!*currency || !(*currency)->currency)
        return ic_ontology_fail(r->graph, fact,
                                "the ic:%s of an ic:ExchangeRate is %s, which is no currency: "
                                "a base unit that is a qudt:CurrencyUnit",
                                ic_ontology_local_name(predicate), term->text);
    return IC_OK;
}

static enum ic_status read_number(const struct reading *r)
{
    const struct ic_ontology_fact *fact;
    enum ic_status status = required(r, IC_NS_META "rate", &fact);
    if (status != IC_OK)
        return status;
    const struct ic_term *term = ic_ontology_term(r->graph, fact->object);
    if (term->kind != IC_LITERAL || !ic_number_parse(r->rate->rate, term->text, term->length) ||
        mpq_sgn(r->rate->rate) <= 0)
        return ic_ontology_fail(r->graph, fact,
                                "the ic:rate of an ic:ExchangeRate must be a number greater "
                                "than 0");
    char *decimal = ic_number_decimal(r->rate->rate);
    r->rate->decimal = decimal ? ic_arena_strdup(r->graph->ontology->arena, decimal) : NULL;
    free(decimal);
    return r->rate->decimal ? IC_OK : ic_ontology_no_memory(r->graph);
}

static enum ic_status read_date(const struct reading *r)
{
    const struct ic_ontology_fact *fact;
    enum ic_status status = required(r, IC_NS_META "date", &fact);
    if (status != IC_OK)
        return status;
    const struct ic_term *term = ic_ontology_term(r->graph, fact->object);
    status = term->kind == IC_LITERAL
                 ? ic_ontology_date(term->text, term->length, r->graph->ontology->arena,
                                    &r->rate->date)
                 : IC_BAD_INPUT;
    if (status == IC_NO_MEMORY)
        return ic_ontology_no_memory(r->graph);
    return status == IC_OK
               ? IC_OK
               : ic_ontology_fail(r->graph, fact,
                                  "the ic:date of an ic:ExchangeRate must be a date, such as "
                                  "2026-01-31");
}

static enum ic_status read_rate(const struct reading *r)
{
    struct ic_unit_rate *rate = r->rate;
    const struct ic_ontology_fact *source;
    enum ic_status status = read_currency(r, IC_NS_META "from", &rate->from);
    if (status == IC_OK)
        status = read_currency(r, IC_NS_META "to", &rate->to);
    if (status == IC_OK && rate->from == rate->to)
        status = ic_ontology_fail(r->graph, &r->graph->facts[r->graph->first[r->node]],
                                  "an ic:ExchangeRate is from %s to itself", rate->to->name);
    if (status == IC_OK)
        status = read_number(r);
    if (status == IC_OK)
        status = read_date(r);
    if (status == IC_OK)
        status = required(r, IC_NS_META "source", &source);
    if (status != IC_OK)
        return status;
    const struct ic_term *term = ic_ontology_term(r->graph, source->object);
    rate->source = ic_arena_copy(r->graph->ontology->arena, term->text, term->length);
    return rate->source ? IC_OK : ic_ontology_no_memory(r->graph);
}

/* Keeps the newer one of the same pair. */
static enum ic_status keep(const struct reading *r)
{
    struct ic_ontology *ontology = r->graph->ontology;
    struct ic_unit_rate *kept = ontology->rates, *added = r->rate;
    while (kept < added && (kept->from != added->from || kept->to != added->to))
        kept++;
    if (kept == added) {
        ontology->rate_count++;
        return IC_OK;
    }
    const int order = strcmp(kept->date, added->date);
    const bool other = mpq_equal(kept->rate, added->rate) == 0;
    if (order < 0) {
        mpq_swap(kept->rate, added->rate);
        kept->decimal = added->decimal;
        kept->date = added->date;
        kept->source = added->source;
    }
    mpq_clear(added->rate);
    if (order == 0 && other)
        return ic_ontology_fail(r->graph, &r->graph->facts[r->graph->first[r->node]],
                                "two rates from %s to %s on %s; keep one", kept->from->name,
                                kept->to->name, kept->date);
    return IC_OK;
}

static int compare_rates(const void *left, const void *right)
{
    const struct ic_unit_rate *a = left, *b = right;
    const int order = strcmp(a->from->iri, b->from->iri);
    return order ? order : strcmp(a->to->iri, b->to->iri);
}

enum ic_status ic_unit_read_rates(struct ic_ontology_graph *graph)
{
    struct ic_ontology *ontology = graph->ontology;
    const size_t nodes = ic_document_term_count(graph->terms);
    size_t count = 0;
    for (uint32_t node = 0; node < nodes; node++)
        count += ic_ontology_has_type(graph, node, IC_NS_META "ExchangeRate");
    ontology->rates = ic_arena_alloc(ontology->arena, (count + 1) * sizeof *ontology->rates);
    if (!ontology->rates)
        return ic_ontology_no_memory(graph);
    enum ic_status status = IC_OK;
    for (uint32_t node = 0; node < nodes && status == IC_OK; node++) {
        if (!ic_ontology_has_type(graph, node, IC_NS_META "ExchangeRate"))
            continue;
        const struct reading r = {graph, node, &ontology->rates[ontology->rate_count]};
        mpq_init(r.rate->rate);
        status = read_rate(&r);
        if (status == IC_OK)
            status = keep(&r);
        else
            mpq_clear(r.rate->rate);
    }
    if (status == IC_OK)
        qsort(ontology->rates, ontology->rate_count, sizeof *ontology->rates, compare_rates);
    return status;
}

const struct ic_unit_rate *ic_unit_rate(const struct ic_ontology *ontology,
                                        const struct ic_ontology_unit *from,
                                        const struct ic_ontology_unit *to)
{
    const struct ic_unit_rate wanted = {.from = from, .to = to};
    return bsearch(&wanted, ontology->rates, ontology->rate_count, sizeof *ontology->rates,
                   compare_rates);
}
