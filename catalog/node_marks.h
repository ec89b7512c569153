/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by node of a document, 0 at first; clearing costs as much as was marked, not as the
 * document is large. Internal to catalog/. */
#ifndef IC_NODE_MARKS_H
#define IC_NODE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node_marks {
    uint32_t *values;
    size_t room;
    uint32_t *marked;
    size_t marked_count, marked_room;
};

static inline uint32_t node_mark(const struct node_marks *marks, uint32_t node)
{
    return node < marks->room ? marks->values[node] : 0;
}

/* False: memory is out. `value` is not 0. */
bool node_marks_set(struct node_marks *marks, uint32_t node, uint32_t value);
void node_marks_clear(struct node_marks *marks);
void node_marks_free(struct node_marks *marks);

#endif
