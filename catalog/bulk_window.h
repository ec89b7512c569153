/* SPDX-License-Identifier: Apache-2.0 */
/* Cutting a stream of statements into windows that each describe whole clouds, so that a file
 * larger than memory is published as if it were one document.
 *
 * That works when what hangs together stands together: a cloud, then its offers and parts. A
 * window is refused when it says something about a subject of an earlier window, or leads to
 * one: then only the document as a whole can tell what belongs to whom.
 * Internal to catalog/. Threads: one at a time. */
#ifndef IC_BULK_WINDOW_H
#define IC_BULK_WINDOW_H

#include "document.h"
#include "draft.h"
#include "hash_set.h"
#include "siphash.h"
#include "status.h"

struct bulk_windows {
    unsigned char key[SIPHASH_KEY_BYTES];
    struct hash_set clouds;  /* subjects of earlier windows that are clouds */
    struct hash_set others;  /* the other subjects */
    struct hash_set objects; /* what earlier windows lead to without saying anything about it */
    struct hash_set objects_of_others; /* those of them that not only clouds lead to */
};

enum ic_status bulk_windows_open(struct bulk_windows *windows, struct ic_error *error);
void bulk_windows_close(struct bulk_windows *windows);

/* The number of statements before the last cloud of the document, 0 when there is no other
 * cloud before it: they can be detached. */
size_t bulk_window_cut(const struct ic_document *document, const struct ic_ontology *ontology);

/* Takes note of a window's drafts. IC_UNSUPPORTED: it hangs together with an earlier one. */
enum ic_status bulk_windows_check(struct bulk_windows *windows,
                                  const struct ic_document *document,
                                  const struct drafts *drafts, struct ic_error *error);

#endif
