/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk import: one thread reads statements, another publishes them window by window into a
 * generation under construction. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "bulk_window.h"
#include "catalog_internal.h"
#include "owner_usage.h"
#include "store_build.h"

enum {
    QUEUE_MAX = 2, /* windows that wait: the reader stops when there are more */
    CATALOG_TO_INPUT_MAX = 4
};

struct ic_bulk {
    struct ic_catalog *catalog;
    struct ic_catalog target; /* the same with the store under construction */
    struct ic_bulk_options options;
    struct ic_ontology *ontology;
    struct bulk_windows windows;
    struct hash_set warned; /* hashes of warnings that were told */
    struct catalog_window_counts counts;
    int64_t now_ms;
    _Atomic bool cut; /* there is more than one window */

    pthread_t thread;
    bool running;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct ic_document *queue[QUEUE_MAX]; /* under the mutex, as all below */
    size_t queued;
    bool ended;
    enum ic_status status; /* the worker's first failure */
    struct ic_error error;
};

/* Each warning once: clouds are alike. */
static void warn(void *context, const struct ic_error *warning)
{
    struct ic_bulk *bulk = context;
    const uint64_t hash = siphash(bulk->windows.key, warning->text, strlen(warning->text));
    if (!bulk->options.publish.warn || hash_set_has(&bulk->warned, hash))
        return;
    hash_set_add(&bulk->warned, hash);
    bulk->options.publish.warn(bulk->options.publish.warn_context, warning);
}

static enum ic_status publish_window(struct ic_bulk *bulk, struct ic_document *document,
                                     struct ic_error *error)
{
    const struct draft_options options = {
        .strict = bulk->options.publish.strict, .warn = warn, .warn_context = bulk};
    struct drafts drafts;
    enum ic_status status = drafts_read(document, bulk->ontology, &options, &drafts, error);
    if (status != IC_OK && drafts.unplaced && bulk->cut)
        return IC_UNSUPPORTED; /* they may hang on a cloud of another window */
    if (status != IC_OK)
        return status;
    status = bulk_windows_check(&bulk->windows, document, &drafts, error);
    if (status == IC_OK)
        status =
            catalog_publish_window(&bulk->target, document, &drafts, &bulk->options.publish,
                                   bulk->now_ms, &bulk->counts, error);
    drafts_free(&drafts);
    return status;
}

/* ---- the worker ---- */

static struct ic_document *next_window(struct ic_bulk *bulk)
{
    struct ic_document *document = NULL;
    pthread_mutex_lock(&bulk->mutex);
    while (!bulk->queued && !bulk->ended)
        pthread_cond_wait(&bulk->changed, &bulk->mutex);
    if (bulk->queued) {
        document = bulk->queue[0];
        bulk->queue[0] = bulk->queue[1];
        bulk->queued--;
        pthread_cond_broadcast(&bulk->changed);
    }
    pthread_mutex_unlock(&bulk->mutex);
    return document;
}

static void *work(void *context)
{
    struct ic_bulk *bulk = context;
    struct ic_document *document;
    struct ic_error error = {.status = IC_OK};
    enum ic_status status = IC_OK;
    while ((document = next_window(bulk))) {
        if (status == IC_OK) {
            status = publish_window(bulk, document, &error);
            pthread_mutex_lock(&bulk->mutex);
            bulk->status = status;
            bulk->error = error;
            pthread_mutex_unlock(&bulk->mutex);
        }
        ic_document_free(document);
    }
    return NULL;
}

/* Hands a window over; the worker's failure comes back here. */
static enum ic_status enqueue(struct ic_bulk *bulk, struct ic_document *document,
                              struct ic_error *error)
{
    pthread_mutex_lock(&bulk->mutex);
    while (bulk->queued == QUEUE_MAX && bulk->status == IC_OK)
        pthread_cond_wait(&bulk->changed, &bulk->mutex);
    const enum ic_status status = bulk->status;
    if (status == IC_OK) {
        bulk->queue[bulk->queued++] = document;
        pthread_cond_broadcast(&bulk->changed);
    } else if (error) {
        *error = bulk->error;
    }
    pthread_mutex_unlock(&bulk->mutex);
    if (status != IC_OK)
        ic_document_free(document);
    return status;
}

static enum ic_status join(struct ic_bulk *bulk, struct ic_error *error)
{
    if (bulk->running) {
        pthread_mutex_lock(&bulk->mutex);
        bulk->ended = true;
        pthread_cond_broadcast(&bulk->changed);
        pthread_mutex_unlock(&bulk->mutex);
        pthread_join(bulk->thread, NULL);
        bulk->running = false;
    }
    if (bulk->status != IC_OK && error)
        *error = bulk->error;
    return bulk->status;
}

/* ---- begin, window, end ---- */

static void free_bulk(struct ic_bulk *bulk)
{
    bulk_build_close(&bulk->target.store);
    store_build_discard(&bulk->target.store, bulk->catalog->directory);
    bulk_windows_close(&bulk->windows);
    hash_set_free(&bulk->warned);
    ic_ontology_release(bulk->ontology);
    pthread_cond_destroy(&bulk->changed);
    pthread_mutex_destroy(&bulk->mutex);
    catalog_writer_unlock(bulk->catalog);
    free(bulk);
}

/* A quarter of the memory each for sorting and for Berkeley DB's cache, which waits to be
 * written; the rest is for terms and windows. */
static enum ic_status open_target(struct ic_bulk *bulk, struct ic_error *error)
{
    struct ic_catalog *catalog = bulk->catalog;
    const size_t memory = bulk->options.memory_max
                              ? bulk->options.memory_max
                              : ic_limit_value(&catalog->limits, IC_LIMIT_IMPORT);
    bulk->target = (struct ic_catalog){.directory = catalog->directory,
                                       .directory_fd = catalog->directory_fd,
                                       .clock = catalog->clock,
                                       .limits = catalog->limits,
                                       .ontology = bulk->ontology};
    bulk->target.latest_ms = bulk->now_ms;
    enum ic_status status = store_build_open(&catalog->store, catalog->directory, memory / 8,
                                             &bulk->target.store, error);
    if (status == IC_OK)
        status = bulk_build_open(&bulk->target.store, &catalog->store, catalog->directory_fd,
                                 memory / 4, error);
    return status;
}

enum ic_status ic_bulk_begin(struct ic_catalog *catalog, const struct ic_bulk_options *options,
                             struct ic_bulk **result, struct ic_error *error)
{
    if (catalog->trying_ontology)
        return ic_fail(
            error, IC_USAGE,
            "--ontology tries an ontology for reading; `ontology load` it to publish");
    uint64_t databases, log;
    catalog_file_sizes(catalog, &databases, &log);
    if (options->input_bytes && databases / CATALOG_TO_INPUT_MAX > options->input_bytes)
        return ic_fail(error, IC_UNSUPPORTED, "the catalog is much larger than the import");
    struct ic_bulk *bulk = calloc(1, sizeof *bulk);
    if (!bulk)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
    enum ic_status status = catalog_writer_lock(catalog, error);
    if (status != IC_OK) {
        free(bulk);
        return status;
    }
    bulk->catalog = catalog;
    bulk->options = *options;
    bulk->now_ms = ic_catalog_now_ms(catalog);
    bulk->ontology = ic_catalog_ontology(catalog);
    pthread_mutex_init(&bulk->mutex, NULL);
    pthread_cond_init(&bulk->changed, NULL);
    status = bulk_windows_open(&bulk->windows, error);
    if (status == IC_OK)
        status = open_target(bulk, error);
    if (status == IC_OK && pthread_create(&bulk->thread, NULL, work, bulk) != 0)
        status = ic_fail(error, IC_NO_MEMORY, "cannot start a thread for an import");
    if (status != IC_OK) {
        free_bulk(bulk);
        return status;
    }
    bulk->running = true;
    *result = bulk;
    return IC_OK;
}

enum ic_status ic_bulk_window(void *context, struct ic_document *document,
                              struct ic_error *error)
{
    struct ic_bulk *bulk = context;
    const size_t cut = bulk_window_cut(document, bulk->ontology);
    struct ic_document *window = NULL;
    if (cut == 0)
        return IC_OK;
    bulk->cut = true;
    const enum ic_status status = ic_document_detach(document, cut, &window, error);
    if (status == IC_OK)
        return enqueue(bulk, window, error);
    ic_document_free(window);
    return status;
}

/* The rest of the document, as a window of its own. */
static enum ic_status take_rest(struct ic_bulk *bulk, struct ic_document *document,
                                struct ic_error *error)
{
    struct ic_document *rest = NULL;
    size_t count;
    ic_document_statements(document, &count);
    const enum ic_status status = ic_document_detach(document, count, &rest, error);
    if (status == IC_OK)
        return enqueue(bulk, rest, error);
    ic_document_free(rest);
    return status;
}

static enum ic_status switch_over(struct ic_bulk *bulk, struct ic_bulk_counts *counts,
                                  struct ic_error *error)
{
    struct ic_catalog *catalog = bulk->catalog;
    const struct ic_owner_usage more = {.clouds = bulk->counts.clouds,
                                        .statements = bulk->counts.statements,
                                        .bytes = bulk->counts.bytes};
    enum ic_status status = bulk_build_finish(&bulk->target.store, error);
    if (status == IC_OK)
        status =
            owner_usage_add(&bulk->target.store, bulk->options.publish.owner, &more, error);
    if (status == IC_OK)
        status =
            store_put_number(&bulk->target.store, "latest-time", (uint64_t)bulk->now_ms, error);
    if (status == IC_OK)
        status = store_build_close(&bulk->target.store, error);
    if (status == IC_OK)
        status = store_build_switch(&catalog->store, catalog->directory, error);
    if (status == IC_OK && counts)
        status = store_get_number(&catalog->store, "sequence", &counts->sequence, error);
    return status;
}

enum ic_status ic_bulk_end(struct ic_bulk *bulk, enum ic_status status,
                           struct ic_document *document, struct ic_bulk_counts *counts,
                           struct ic_error *error)
{
    if (status == IC_OK && document)
        status = take_rest(bulk, document, error);
    const enum ic_status worked = join(bulk, status == IC_OK ? error : NULL);
    status = status == IC_OK ? worked : status;
    for (size_t i = 0; i < bulk->queued; i++)
        ic_document_free(bulk->queue[i]);
    if (counts)
        *counts = (struct ic_bulk_counts){.clouds = bulk->counts.clouds,
                                          .offers = bulk->counts.offers,
                                          .statements = bulk->counts.statements};
    if (status == IC_OK && !bulk->options.publish.dry_run)
        status = switch_over(bulk, counts, error);
    free_bulk(bulk);
    return status;
}
