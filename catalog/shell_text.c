/* SPDX-License-Identifier: Apache-2.0 */
/* Output for people: tables. */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "command.h"

enum ic_status ic_out_check(struct ic_io *io, struct ic_error *error)
{
    fflush(io->out);
    const int problem = io->out_error(io);
    return problem ? ic_fail_errno(error, problem, "cannot write to standard output") : IC_OK;
}

/* Rows are held back until there are enough of them to know how wide columns are. */
enum { TABLE_HELD_MAX = 1000, TABLE_COLUMNS_MAX = 16, TABLE_GAP = 2 };

struct ic_table {
    FILE *out;
    size_t columns, held;
    size_t widths[TABLE_COLUMNS_MAX];
    const char *rows[TABLE_HELD_MAX][TABLE_COLUMNS_MAX];
    struct ic_arena *arena;
    bool streaming;
};

/* How wide a cell is when printed: characters, those that are escaped counted as four a byte.
 */
static size_t width(const char *cell)
{
    size_t count = 0;
    for (; *cell; cell++) {
        const unsigned char c = (unsigned char)*cell;
        count += c < 0x20 || c == 0x7F ? 4 : (c & 0xC0) != 0x80;
    }
    return count;
}

static void print_row(struct ic_table *table, const char *const *cells)
{
    for (size_t i = 0; i < table->columns; i++) {
        ic_print_escaped(table->out, cells[i], strlen(cells[i]));
        const size_t wide = width(cells[i]), column = table->widths[i];
        if (i + 1 < table->columns)
            fprintf(table->out, "%*s", (int)(column > wide ? column - wide : 0) + TABLE_GAP,
                    "");
    }
    fputc('\n', table->out);
}

static void release_rows(struct ic_table *table)
{
    for (size_t i = 0; i < table->held; i++)
        print_row(table, table->rows[i]);
    table->held = 0;
    table->streaming = true;
    ic_arena_free(table->arena);
    table->arena = NULL;
}

struct ic_table *ic_table_new(FILE *out, const char *const *headings, size_t columns)
{
    struct ic_table *table = calloc(1, sizeof *table);
    if (!table || !(table->arena = ic_arena_new())) {
        free(table);
        return NULL;
    }
    table->out = out;
    table->columns = columns < TABLE_COLUMNS_MAX ? columns : TABLE_COLUMNS_MAX;
    if (ic_table_row(table, headings, NULL) != IC_OK) {
        ic_table_free(table);
        return NULL;
    }
    return table;
}

enum ic_status ic_table_row(struct ic_table *table, const char *const *cells,
                            struct ic_error *error)
{
    if (!table->streaming && table->held == TABLE_HELD_MAX)
        release_rows(table);
    if (table->streaming) {
        print_row(table, cells);
        return IC_OK;
    }
    for (size_t i = 0; i < table->columns; i++) {
        const char *copy = ic_arena_strdup(table->arena, cells[i]);
        if (!copy)
            return ic_fail(error, IC_NO_MEMORY, "out of memory");
        const size_t wide = width(copy);
        table->widths[i] = wide > table->widths[i] ? wide : table->widths[i];
        table->rows[table->held][i] = copy;
    }
    table->held++;
    return IC_OK;
}

void ic_table_end(struct ic_table *table)
{
    if (!table->streaming)
        release_rows(table);
}

void ic_table_free(struct ic_table *table)
{
    if (table)
        ic_arena_free(table->arena);
    free(table);
}
