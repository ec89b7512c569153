/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by node. */
#include "node_marks.h"

#include <stdlib.h>
#include <string.h>

static bool make_room(struct node_marks *marks, uint32_t node)
{
    if (node < marks->room)
        return true;
    const size_t room = ((size_t)node + 1) * 2;
    uint32_t *grown = realloc(marks->values, room * sizeof *grown);
    if (!grown)
        return false;
    memset(grown + marks->room, 0, (room - marks->room) * sizeof *grown);
    marks->values = grown;
    marks->room = room;
    return true;
}

static bool remember(struct node_marks *marks, uint32_t node)
{
    if (marks->marked_count == marks->marked_room) {
        const size_t room = marks->marked_room ? marks->marked_room * 2 : 64;
        uint32_t *grown = realloc(marks->marked, room * sizeof *grown);
        if (!grown)
            return false;
        marks->marked = grown;
        marks->marked_room = room;
    }
    marks->marked[marks->marked_count++] = node;
    return true;
}

bool node_marks_set(struct node_marks *marks, uint32_t node, uint32_t value)
{
    if (!make_room(marks, node) || (marks->values[node] == 0 && !remember(marks, node)))
        return false;
    marks->values[node] = value;
    return true;
}

void node_marks_clear(struct node_marks *marks)
{
    for (size_t i = 0; i < marks->marked_count; i++)
        marks->values[marks->marked[i]] = 0;
    marks->marked_count = 0;
}

void node_marks_free(struct node_marks *marks)
{
    free(marks->values);
    free(marks->marked);
    *marks = (struct node_marks){.values = NULL};
}
