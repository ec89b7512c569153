/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of raptor worlds: the process's only changing static data, because the libraries
 * under raptor have static data of their own (see raptor_world.h). */
#include "raptor_world.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct pooled {
    raptor_world *world;
    struct pooled *next;
    bool busy;
};

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static struct pooled *pool; /* only grows; under pool_lock */

/* raptor's log goes nowhere until a caller wants it; raptor would write to stderr. */
static void ignore_log(void *user_data, raptor_log_message *message)
{
    (void)user_data;
    (void)message;
}

static raptor_world *new_world(void)
{
    raptor_world *world = raptor_new_world();
    if (!world)
        return NULL;
    /* Nothing here fetches anything: libcurl is left alone. libxml2's error handlers are the
     * thread's and would stay behind in the thread that opened the world. */
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_WWW_SKIP_INIT_FINISH, 1);
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_GENERIC_ERROR_SAVE, 0);
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_STRUCTURED_ERROR_SAVE, 0);
    raptor_world_set_log_handler(world, NULL, ignore_log);
    /* A world that did not open cannot be freed either (see raptor_world.h): it is leaked. */
    return raptor_world_open(world) == 0 ? world : NULL;
}

/* NULL: no memory. */
static struct pooled *new_entry(void)
{
    struct pooled *entry = calloc(1, sizeof *entry);
    if (!entry || !(entry->world = new_world())) {
        free(entry);
        return NULL;
    }
    entry->next = pool;
    return pool = entry;
}

enum ic_status ic_raptor_world_take(raptor_world **world, struct ic_error *error)
{
    pthread_mutex_lock(&pool_lock);
    enum ic_status status = ic_rdf_libraries_load(error);
    struct pooled *entry = pool;
    while (entry && entry->busy)
        entry = entry->next;
    if (status == IC_OK && !entry && !(entry = new_entry()))
        status = ic_fail(error, IC_NO_MEMORY, "out of memory while opening raptor");
    if (entry)
        entry->busy = true;
    pthread_mutex_unlock(&pool_lock);
    *world = entry ? entry->world : NULL;
    return status;
}

void ic_raptor_world_give(raptor_world *world)
{
    if (!world)
        return;
    raptor_world_set_log_handler(world, NULL, ignore_log);
    raptor_world_set_generate_bnodeid_handler(world, NULL, NULL);
    pthread_mutex_lock(&pool_lock);
    for (struct pooled *entry = pool; entry; entry = entry->next) {
        if (entry->world == world)
            entry->busy = false;
    }
    pthread_mutex_unlock(&pool_lock);
}
