/* SPDX-License-Identifier: Apache-2.0 */
/* From entries to rows of ids: each entry with each choice of its values. */
#include "native.h"

#include <stdlib.h>
#include <string.h>

/* The values of one value variable that an entry can choose from. */
struct choice {
    uint64_t *objects; /* owned */
    size_t count;
    struct entry_set repeated; /* entries that state the property more than once */
};

struct collecting {
    struct native_run *run;
    const struct native_block *block;
    const struct native_fixed *fixed;
    struct native_rows *rows;
    struct choice *choices; /* by value */
    uint64_t *picked;       /* by value */
    uint32_t entry, cloud;
    size_t times; /* each row comes, for the values that are not shown */
};

static bool failed(struct native_run *run, enum ic_status status)
{
    if (run->status == IC_OK)
        run->status = status;
    return run->status != IC_OK;
}

static enum ic_status add_row(struct native_run *run, struct native_rows *rows,
                              const uint64_t *cells)
{
    if (rows->count == rows->room) {
        const size_t room = rows->room ? rows->room * 2 : 64;
        if (native_hold(run, room - rows->room, (rows->width + 1) * sizeof *rows->cells) !=
            IC_OK)
            return run->status;
        uint64_t *grown = realloc(rows->cells, room * (rows->width + 1) * sizeof *grown);
        if (!grown)
            return native_fail_memory(run);
        rows->cells = grown;
        rows->room = room;
    }
    memcpy(rows->cells + rows->count++ * rows->width, cells, rows->width * sizeof *cells);
    return IC_OK;
}

static uint64_t cell(struct collecting *c, const struct native_column *column)
{
    struct native_run *run = c->run;
    const uint32_t entry = column->of_cloud ? c->cloud : c->entry;
    uint64_t subject = 0, graph = 0;
    switch (column->kind) {
    case NATIVE_UNBOUND:
        return 0;
    case NATIVE_VALUE:
        return c->picked[column->value];
    case NATIVE_NAME:
        return NATIVE_NAME_CELL | entry;
    case NATIVE_SUBJECT:
    case NATIVE_GRAPH:
        break;
    }
    if (failed(run, entry_identity(run->view, entry, &subject, &graph, run->error)))
        return 0;
    return column->kind == NATIVE_SUBJECT ? subject : graph;
}

static enum ic_status emit(struct collecting *c)
{
    uint64_t *cells = c->picked + c->block->value_count;
    for (size_t i = 0; i < c->rows->width; i++)
        cells[i] = cell(c, &c->block->columns[i]);
    for (size_t i = 0; c->run->status == IC_OK && i < c->times; i++)
        add_row(c->run, c->rows, cells);
    return c->run->status;
}

/* Every choice of shown values from number `value` on. */
static enum ic_status choose(struct collecting *c, size_t value)
{
    while (value < c->block->value_count && !c->block->shown[value])
        value++;
    if (value == c->block->value_count)
        return emit(c);
    const struct choice *choice = &c->choices[value];
    c->picked[value] = 0;
    if (choice->count == 0)
        return choose(c, value + 1);
    for (size_t i = 0; c->run->status == IC_OK && i < choice->count; i++) {
        c->picked[value] = choice->objects[i];
        choose(c, value + 1);
    }
    return c->run->status;
}

/* The values of the entry at hand that meet the condition. */
static enum ic_status read_values(struct collecting *c, size_t value)
{
    struct native_run *run = c->run;
    const struct native_value *wanted = &c->block->values[value];
    struct choice *choice = &c->choices[value];
    const uint32_t entry = c->block->of_cloud[value] ? c->cloud : c->entry;
    size_t kept = 0;
    free(choice->objects);
    *choice = (struct choice){.repeated = choice->repeated};
    if (failed(run, entry_values(run->view, entry, wanted->property, &choice->objects,
                                 &choice->count, run->error)))
        return run->status;
    for (size_t i = 0; i < choice->count; i++) {
        bool accepts;
        if (c->fixed && c->fixed->value == value)
            accepts = choice->objects[i] == c->fixed->object;
        else if (native_accepts(run, wanted->condition, choice->objects[i], &accepts) != IC_OK)
            return run->status;
        if (accepts)
            choice->objects[kept++] = choice->objects[i];
    }
    choice->count = kept;
    return IC_OK;
}

/* All rows of the entry at hand. */
static enum ic_status collect_entry(struct collecting *c)
{
    struct native_run *run = c->run;
    c->times = 1;
    for (size_t i = 0; i < c->block->value_count; i++) {
        const bool shown = c->block->shown[i];
        const uint32_t entry = c->block->of_cloud[i] ? c->cloud : c->entry;
        if (!shown && !roaring_bitmap_contains(c->choices[i].repeated.bits, entry))
            continue; /* one value, which is there as the entry is */
        if (read_values(c, i) != IC_OK)
            return run->status;
        if (!c->choices[i].count && !c->block->values[i].optional)
            return IC_OK;
        if (!shown && c->choices[i].count)
            c->times *= c->choices[i].count;
    }
    return choose(c, 0);
}

static bool needs_cloud(const struct native_run *run, const struct native_block *block)
{
    bool needs = false;
    for (size_t i = 0; i < block->value_count; i++)
        needs = needs || block->of_cloud[i];
    for (size_t i = 0; i < run->plan->column_count; i++)
        needs = needs || block->columns[i].of_cloud;
    return needs;
}

static enum ic_status open_choices(struct collecting *c)
{
    struct native_run *run = c->run;
    c->choices = calloc(c->block->value_count + 1, sizeof *c->choices);
    c->picked = calloc(c->block->value_count + c->rows->width + 1, sizeof *c->picked);
    if (!c->choices || !c->picked)
        return native_fail_memory(run);
    for (size_t i = 0; run->status == IC_OK && i < c->block->value_count; i++)
        if (!c->block->shown[i])
            failed(run, set_repeated(run->view, c->block->values[i].property,
                                     &c->choices[i].repeated, run->error));
    return run->status;
}

enum ic_status native_collect_rows(struct native_run *run, const struct native_block *block,
                                   const roaring_bitmap_t *entries,
                                   const struct native_fixed *fixed, struct native_rows *rows)
{
    struct collecting c = {.run = run, .block = block, .fixed = fixed, .rows = rows};
    const bool clouds = needs_cloud(run, block);
    roaring_uint32_iterator_t *it = roaring_create_iterator(entries);
    if (!it)
        return native_fail_memory(run);
    for (open_choices(&c); it->has_value && native_running(run);
         roaring_advance_uint32_iterator(it)) {
        c.entry = it->current_value;
        if (!clouds || !failed(run, entry_cloud(run->view, c.entry, &c.cloud, run->error)))
            collect_entry(&c);
    }
    roaring_free_uint32_iterator(it);
    for (size_t i = 0; c.choices && i < block->value_count; i++) {
        free(c.choices[i].objects);
        entry_set_free(&c.choices[i].repeated);
    }
    free(c.choices);
    free(c.picked);
    return run->status;
}
