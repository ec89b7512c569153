/* SPDX-License-Identifier: Apache-2.0 */
/* What ontology show says of an attribute's units. */
#include <string.h>

#include "command_run.h"

struct unit_lists {
    struct ic_arena *arena;
    const struct ic_unit_group *groups;
    const struct ic_exchange_rate *rates;
    size_t group_count, rate_count;
};

static enum ic_status open_lists(const struct ic_ontology *ontology,
                                 const struct ic_property *property, struct unit_lists *lists,
                                 struct ic_error *error)
{
    *lists = (struct unit_lists){.arena = ic_arena_new()};
    enum ic_status status = lists->arena ? IC_OK : IC_NO_MEMORY;
    if (status == IC_OK)
        status = ic_ontology_units(ontology, property, lists->arena, &lists->groups,
                                   &lists->group_count);
    if (status == IC_OK)
        status = ic_ontology_rates(ontology, property, lists->arena, &lists->rates,
                                   &lists->rate_count);
    return status == IC_OK ? IC_OK : ic_fail(error, status, "out of memory");
}

static void print_group(const struct ic_unit_group *group, FILE *out)
{
    if (!group->count)
        return;
    const char *kind = group->kind ? group->kind : "other units";
    const char *prefix = group->kind && group->exponent < 0 ? "per " : "";
    const size_t width = strlen(prefix) + strlen(kind);
    fputs(prefix, out);
    ic_print_escaped(out, kind, strlen(kind));
    fprintf(out, "%*s", width < 14 ? (int)(15 - width) : 1, "");
    for (size_t i = 0; i < group->count; i++) {
        fputs(i ? ", " : "", out);
        ic_print_escaped(out, group->names[i], strlen(group->names[i]));
    }
    fputc('\n', out);
}

static void print_rate(const struct ic_exchange_rate *rate, FILE *out)
{
    const char *const texts[] = {rate->from, " = ",      rate->rate, " ",         rate->to,
                                 " on ",     rate->date, ", ",       rate->source};
    fprintf(out, "%-15s1 ", "exchange rate");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        ic_print_escaped(out, texts[i], strlen(texts[i]));
    fputc('\n', out);
}

enum ic_status ic_print_units(const struct ic_ontology *ontology,
                              const struct ic_property *property, FILE *out,
                              struct ic_error *error)
{
    struct unit_lists lists;
    const enum ic_status status = open_lists(ontology, property, &lists, error);
    for (size_t i = 0; status == IC_OK && i < lists.group_count; i++)
        print_group(&lists.groups[i], out);
    for (size_t i = 0; status == IC_OK && i < lists.rate_count; i++)
        print_rate(&lists.rates[i], out);
    ic_arena_free(lists.arena);
    return status;
}

/* ---- as JSON: whatever fails, memory is out ---- */

static json_t *json_names(const struct ic_unit_group *group)
{
    json_t *names = json_array();
    for (size_t i = 0; names && i < group->count; i++)
        json_array_append_new(names, ic_json_text(group->names[i]));
    return names;
}

static json_t *json_parts(const struct unit_lists *lists)
{
    json_t *parts = json_array();
    for (size_t i = 1; parts && i < lists->group_count; i++) {
        const struct ic_unit_group *group = &lists->groups[i];
        json_array_append_new(parts, json_pack("{s:o, s:i, s:o}", "kind",
                                               ic_json_text(group->kind), "exponent",
                                               group->exponent, "units", json_names(group)));
    }
    return parts;
}

static json_t *json_rates(const struct unit_lists *lists)
{
    json_t *rates = json_array();
    for (size_t i = 0; rates && i < lists->rate_count; i++) {
        const struct ic_exchange_rate *rate = &lists->rates[i];
        json_array_append_new(
            rates,
            json_pack("{s:o, s:o, s:o, s:o, s:o}", "from", ic_json_text(rate->from), "to",
                      ic_json_text(rate->to), "rate", ic_json_text(rate->rate), "date",
                      ic_json_text(rate->date), "source", ic_json_text(rate->source)));
    }
    return rates;
}

json_t *ic_json_with_units(const struct ic_ontology *ontology,
                           const struct ic_property *property, json_t *object)
{
    struct unit_lists lists;
    json_t *units = NULL;
    if (open_lists(ontology, property, &lists, NULL) == IC_OK)
        units = lists.group_count ? json_names(&lists.groups[0]) : json_array();
    const bool good = units && json_object_set_new(object, "other-units", units) == 0 &&
                      json_object_set_new(object, "unit-parts", json_parts(&lists)) == 0 &&
                      json_object_set_new(object, "exchange-rates", json_rates(&lists)) == 0;
    ic_arena_free(lists.arena);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}
