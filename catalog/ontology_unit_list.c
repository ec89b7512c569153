/* SPDX-License-Identifier: Apache-2.0 */
/* Which units and rates an attribute's values can be written with, for people. */
#include "ontology_internal.h"

#include <string.h>

/* The units that measure what `form` does, but for `own`, into group->names. A part of a unit
 * is none that is a quotient itself (USD/million). */
static enum ic_status fill(const struct ic_ontology *ontology, const struct ic_unit_form *form,
                           const struct ic_ontology_unit *own, struct ic_arena *arena,
                           struct ic_unit_group *group)
{
    const char **names = ic_arena_alloc(arena, (ontology->unit_count + 1) * sizeof *names);
    if (!names)
        return IC_NO_MEMORY;
    mpq_t ratio;
    mpq_init(ratio);
    for (size_t i = 0; i < ontology->unit_count; i++) {
        const struct ic_ontology_unit *unit = ontology->units[i], *missing[2];
        if (unit != own && !(group->kind && strchr(unit->name, '/')) &&
            ic_unit_ratio(ontology, &unit->form, form, ratio, missing) == IC_UNIT_FITS)
            names[group->count++] = unit->name;
    }
    mpq_clear(ratio);
    group->names = names;
    return IC_OK;
}

/* The units of one base unit. */
static enum ic_status fill_part(const struct ic_ontology *ontology,
                                const struct ic_unit_power *power, struct ic_arena *arena,
                                struct ic_unit_group *group)
{
    group->kind = power->base->kind;
    group->exponent = power->exponent;
    return fill(ontology, &power->base->form, NULL, arena, group);
}

enum ic_status ic_ontology_units(const struct ic_ontology *ontology,
                                 const struct ic_property *property, struct ic_arena *arena,
                                 const struct ic_unit_group **groups, size_t *count)
{
    const struct ic_ontology_unit *unit = ((const struct ic_ontology_property *)property)->unit;
    *count = 0;
    if (!unit)
        return IC_OK;
    const struct ic_unit_form *form = &unit->form;
    const bool composed =
        form->count > 1 || (form->count == 1 && form->powers[0].exponent != 1);
    struct ic_unit_group *list = ic_arena_alloc(arena, (form->count + 1) * sizeof *list);
    enum ic_status status = list ? fill(ontology, form, unit, arena, list) : IC_NO_MEMORY;
    for (size_t i = 0; composed && i < form->count && status == IC_OK; i++)
        status = fill_part(ontology, &form->powers[i], arena, &list[i + 1]);
    if (status == IC_OK) {
        *groups = list;
        *count = 1 + (composed ? form->count : 0);
    }
    return status;
}

enum ic_status ic_ontology_rates(const struct ic_ontology *ontology,
                                 const struct ic_property *property, struct ic_arena *arena,
                                 const struct ic_exchange_rate **rates, size_t *count)
{
    const struct ic_ontology_unit *unit = ((const struct ic_ontology_property *)property)->unit;
    struct ic_exchange_rate *list =
        ic_arena_alloc(arena, (ontology->rate_count + 1) * sizeof *list);
    *count = 0;
    if (!list)
        return IC_NO_MEMORY;
    for (size_t i = 0; unit && i < ontology->rate_count; i++) {
        const struct ic_unit_rate *rate = &ontology->rates[i];
        bool used = false;
        for (size_t p = 0; p < unit->form.count; p++)
            used = used || unit->form.powers[p].base == rate->to;
        if (used)
            list[(*count)++] = (struct ic_exchange_rate){
                rate->from->name, rate->to->name, rate->decimal, rate->date, rate->source};
    }
    *rates = list;
    return IC_OK;
}
