/* SPDX-License-Identifier: Apache-2.0 */
/* A pool of raptor worlds.
 *
 * raptor_free_world() calls libxml2's xmlCleanupParser(), libxslt's xsltCleanupGlobals() and
 * curl_global_cleanup(), which pull the ground from under every other thread that is inside
 * one of these libraries at that moment. So a world, once made, is never freed: it goes back
 * to a pool and serves the next caller, in whatever thread. There are as many worlds as
 * there ever were callers at once. For the same reason rasqal must be given one of these
 * (rasqal_world_set_raptor) and never make its own.
 *
 * Invariant: a world serves one thread at a time.
 * Threads: any. */
#ifndef IC_RAPTOR_WORLD_H
#define IC_RAPTOR_WORLD_H

#include "rdf_libraries.h"

/* A world for the calling thread alone, opened, without log handler or blank node handler;
 * the first call loads raptor and rasqal. IC_NO_MEMORY, IC_IO. Owned: ic_raptor_world_give. */
enum ic_status ic_raptor_world_take(raptor_world **world, struct ic_error *error);

/* Back into the pool; everything made from it must have been freed. NULL is allowed. */
void ic_raptor_world_give(raptor_world *world);

#endif
