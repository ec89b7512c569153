/* SPDX-License-Identifier: Apache-2.0 */
/* Bulk import: the caller reads statements; one thread makes drafts of them, window by window,
 * another publishes those into a generation under construction. A window that fails is handed
 * on with its failure, so that the first one in the file is what is told. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "bulk_window.h"
#include "catalog_internal.h"
#include "owner_usage.h"
#include "store_build.h"

enum {
    QUEUE_MAX = 1, /* windows that wait: who makes them stops when there are more */
    CATALOG_TO_INPUT_MAX = 4
};

/* A part of the file on its way. */
struct window {
    struct ic_document *document;
    struct drafts drafts;
    bool drafted; /* drafts is to be freed */
    enum ic_status status;
    struct ic_error error;
};

/* Windows on their way from one thread to another; under the bulk's mutex. */
struct queue {
    struct window *windows[QUEUE_MAX];
    size_t count;
    bool ended; /* none will come */
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

    pthread_t drafter, publisher;
    unsigned threads; /* that were started */
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    struct queue read, drafted; /* under the mutex, as all below */
    enum ic_status status;      /* the first failure */
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

/* ---- windows ---- */

static void free_window(struct window *window)
{
    if (window->drafted)
        drafts_free(&window->drafts);
    ic_document_free(window->document);
    free(window);
}

static void push(struct ic_bulk *bulk, struct queue *queue, struct window *window)
{
    pthread_mutex_lock(&bulk->mutex);
    while (queue->count == QUEUE_MAX)
        pthread_cond_wait(&bulk->changed, &bulk->mutex);
    queue->windows[queue->count++] = window;
    pthread_cond_broadcast(&bulk->changed);
    pthread_mutex_unlock(&bulk->mutex);
}

/* The next window, or NULL at the end. */
static struct window *pop(struct ic_bulk *bulk, struct queue *queue)
{
    struct window *window = NULL;
    pthread_mutex_lock(&bulk->mutex);
    while (!queue->count && !queue->ended)
        pthread_cond_wait(&bulk->changed, &bulk->mutex);
    if (queue->count) {
        window = queue->windows[0];
        memmove(queue->windows, queue->windows + 1, --queue->count * sizeof queue->windows[0]);
        pthread_cond_broadcast(&bulk->changed);
    }
    pthread_mutex_unlock(&bulk->mutex);
    return window;
}

static void end(struct ic_bulk *bulk, struct queue *queue)
{
    pthread_mutex_lock(&bulk->mutex);
    queue->ended = true;
    pthread_cond_broadcast(&bulk->changed);
    pthread_mutex_unlock(&bulk->mutex);
}

/* ---- the threads ---- */

static enum ic_status draft_window(struct ic_bulk *bulk, struct window *window)
{
    const struct draft_options options = {
        .strict = bulk->options.publish.strict, .warn = warn, .warn_context = bulk};
    const enum ic_status status = drafts_read(window->document, bulk->ontology, &options,
                                              &window->drafts, &window->error);
    if (status != IC_OK && window->drafts.unplaced && bulk->cut)
        return IC_UNSUPPORTED; /* they may hang on a cloud of another window */
    window->drafted = status == IC_OK;
    return status == IC_OK ? bulk_windows_check(&bulk->windows, window->document,
                                                &window->drafts, &window->error)
                           : status;
}

static void *make_drafts(void *context)
{
    struct ic_bulk *bulk = context;
    struct window *window;
    bool failed = false;
    while ((window = pop(bulk, &bulk->read))) {
        if (failed) {
            free_window(window);
            continue;
        }
        window->status = draft_window(bulk, window);
        failed = window->status != IC_OK;
        push(bulk, &bulk->drafted, window);
    }
    end(bulk, &bulk->drafted);
    return NULL;
}

static void *publish(void *context)
{
    struct ic_bulk *bulk = context;
    struct window *window;
    bool failed = false;
    while ((window = pop(bulk, &bulk->drafted))) {
        if (!failed && window->status == IC_OK)
            window->status = catalog_publish_window(
                &bulk->target, window->document, &window->drafts, &bulk->options.publish,
                bulk->now_ms, &bulk->counts, &window->error);
        if (!failed && window->status != IC_OK) {
            failed = true;
            pthread_mutex_lock(&bulk->mutex);
            bulk->status = window->status;
            bulk->error = window->error;
            pthread_mutex_unlock(&bulk->mutex);
        }
        free_window(window);
    }
    return NULL;
}

/* Hands a window over; owned from here on. A failure of an earlier one comes back here. */
static enum ic_status enqueue(struct ic_bulk *bulk, struct ic_document *document,
                              struct ic_error *error)
{
    struct window *window = calloc(1, sizeof *window);
    pthread_mutex_lock(&bulk->mutex);
    enum ic_status status = bulk->status;
    if (status != IC_OK && error)
        *error = bulk->error;
    pthread_mutex_unlock(&bulk->mutex);
    if (status == IC_OK && !window)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for an import");
    if (status == IC_OK) {
        window->document = document;
        push(bulk, &bulk->read, window);
    } else {
        ic_document_free(document);
        free(window);
    }
    return status;
}

static enum ic_status join(struct ic_bulk *bulk, struct ic_error *error)
{
    if (bulk->threads)
        end(bulk, &bulk->read);
    if (bulk->threads > 0)
        pthread_join(bulk->drafter, NULL);
    if (bulk->threads > 1)
        pthread_join(bulk->publisher, NULL);
    bulk->threads = 0;
    if (bulk->status != IC_OK && error)
        *error = bulk->error;
    return bulk->status;
}

static enum ic_status start(struct ic_bulk *bulk, struct ic_error *error)
{
    if (pthread_create(&bulk->drafter, NULL, make_drafts, bulk) == 0)
        bulk->threads++;
    if (bulk->threads == 1 && pthread_create(&bulk->publisher, NULL, publish, bulk) == 0)
        bulk->threads++;
    if (bulk->threads == 2)
        return IC_OK;
    join(bulk, NULL);
    return ic_fail(error, IC_NO_MEMORY, "cannot start a thread for an import");
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

/* A sixteenth of the memory for Berkeley DB's cache, which waits to be written; half for terms,
 * claims and sorting. The rest is for windows: five at most, and the names of what they had. */
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
    enum ic_status status = store_build_open(&catalog->store, catalog->directory, memory / 16,
                                             &bulk->target.store, error);
    if (status == IC_OK)
        status = bulk_build_open(&bulk->target.store, &catalog->store, catalog->directory_fd,
                                 memory / 2, error);
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
    if (status == IC_OK)
        status = start(bulk, error);
    if (status != IC_OK) {
        free_bulk(bulk);
        return status;
    }
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
    bulk_windows_close(&bulk->windows); /* its memory is needed for sorting */
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
    if (counts)
        *counts = (struct ic_bulk_counts){.clouds = bulk->counts.clouds,
                                          .offers = bulk->counts.offers,
                                          .statements = bulk->counts.statements};
    if (status == IC_OK && !bulk->options.publish.dry_run)
        status = switch_over(bulk, counts, error);
    free_bulk(bulk);
    return status;
}
