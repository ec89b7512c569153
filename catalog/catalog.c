/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing a catalog, its snapshots, its write transactions, its clock. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uuid.h>

#include "catalog_internal.h"
#include "instant.h"
#include "store_build.h"

static int64_t system_now_ms(void *context)
{
    (void)context;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ic_catalog_now_ms(struct ic_catalog *catalog)
{
    const int64_t now_ms = catalog->clock.now_ms(catalog->clock.context);
    int64_t latest_ms = atomic_load(&catalog->latest_ms);
    while (latest_ms < now_ms &&
           !atomic_compare_exchange_weak(&catalog->latest_ms, &latest_ms, now_ms))
        ;
    return latest_ms < now_ms ? now_ms : latest_ms;
}

const char *ic_catalog_directory(const struct ic_catalog *catalog)
{
    return catalog->directory;
}

int ic_catalog_directory_fd(const struct ic_catalog *catalog)
{
    return catalog->directory_fd;
}

const struct ic_limits *ic_catalog_limits(const struct ic_catalog *catalog)
{
    return &catalog->limits;
}

/* What is taken in the moment of a snapshot. */
struct taking {
    struct ic_catalog *catalog;
    struct ic_ontology **ontology;
};

static void take_ontology(void *context)
{
    const struct taking *taking = context;
    if (taking->ontology)
        *taking->ontology = ic_ontology_retain(taking->catalog->ontology);
}

struct ic_ontology *ic_catalog_ontology(struct ic_catalog *catalog)
{
    pthread_mutex_lock(&catalog->ontology_mutex);
    struct ic_ontology *ontology = ic_ontology_retain(catalog->ontology);
    pthread_mutex_unlock(&catalog->ontology_mutex);
    return ontology;
}

/* Puts another ontology into force. The latch is held alone. */
static void replace_ontology(struct ic_catalog *catalog, struct ic_ontology *next)
{
    pthread_mutex_lock(&catalog->ontology_mutex);
    ic_ontology_release(catalog->ontology);
    catalog->ontology = next;
    pthread_mutex_unlock(&catalog->ontology_mutex);
}

/* A transaction became the last commit; nobody can open a snapshot yet. */
static void committed(void *context)
{
    struct ic_catalog *catalog = context;
    if (!catalog->next_ontology)
        return;
    replace_ontology(catalog, catalog->next_ontology);
    catalog->next_ontology = NULL;
}

/* The store was closed and opened, which recovers it. What was committed but not on disk may be
 * gone, and the ontology with it. */
static enum ic_status reopened(void *context, struct ic_error *error)
{
    struct ic_catalog *catalog = context;
    struct ic_ontology *stored;
    if (catalog->trying_ontology)
        return IC_OK;
    const enum ic_status status = catalog_build_ontology(catalog, &stored, error);
    if (status == IC_OK)
        replace_ontology(catalog, stored);
    return status;
}

enum ic_status catalog_writer_lock(struct ic_catalog *catalog, struct ic_error *error)
{
    pthread_mutex_lock(&catalog->writer);
    const enum ic_status status = store_broken(&catalog->store)
                                      ? store_reopen(&catalog->store, catalog->directory, error)
                                      : IC_OK;
    if (status != IC_OK)
        pthread_mutex_unlock(&catalog->writer);
    return status;
}

void catalog_writer_unlock(struct ic_catalog *catalog)
{
    pthread_mutex_unlock(&catalog->writer);
}

enum ic_status catalog_snapshot(struct ic_catalog *catalog, struct store *snapshot,
                                struct ic_ontology **ontology, struct ic_error *error)
{
    struct taking taking = {catalog, ontology};
    if (store_broken(&catalog->store)) {
        const enum ic_status status = catalog_writer_lock(catalog, error);
        if (status != IC_OK)
            return status;
        catalog_writer_unlock(catalog);
    }
    store_snapshot_open(&catalog->store, snapshot, take_ontology, &taking);
    return IC_OK;
}

void catalog_release(struct store *snapshot, struct ic_ontology *ontology)
{
    store_snapshot_close(snapshot);
    ic_ontology_release(ontology);
}

enum ic_status catalog_begin(struct ic_catalog *catalog, struct ic_error *error)
{
    enum ic_status status = catalog_writer_lock(catalog, error);
    if (status != IC_OK)
        return status;
    status = store_begin(&catalog->store, error);
    if (status != IC_OK)
        catalog_writer_unlock(catalog);
    return status;
}

/* Commits, recording the time. */
static enum ic_status commit(struct ic_catalog *catalog, struct store_ticket *ticket,
                             struct ic_error *error)
{
    const enum ic_status status = store_put_number(&catalog->store, "latest-time",
                                                   (uint64_t)ic_catalog_now_ms(catalog), error);
    return status == IC_OK ? store_commit_write(&catalog->store, ticket, error) : status;
}

enum ic_status catalog_end(struct ic_catalog *catalog, enum ic_status status, bool keep,
                           struct ic_error *error)
{
    struct store_ticket ticket;
    if (status == IC_OK && keep)
        status = commit(catalog, &ticket, error);
    store_abort(&catalog->store);
    ic_ontology_release(catalog->next_ontology);
    catalog->next_ontology = NULL;
    catalog_writer_unlock(catalog);
    if (status == IC_OK && keep)
        status = store_wait(&catalog->store, &ticket, error);
    /* The commit stands; a checkpoint that fails now is tried again by the next one. */
    if (status == IC_OK && keep)
        store_checkpoint(&catalog->store, false, NULL);
    return status;
}

static enum ic_status try_ontology(struct ic_catalog *catalog, const char *directory,
                                   struct ic_ontology **ontology, struct ic_error *error)
{
    struct ic_document **documents;
    size_t count;
    (void)catalog;
    enum ic_status status = catalog_read_directory(directory, &documents, &count, error);
    if (status != IC_OK)
        return status;
    status = ic_ontology_build(documents, count, ontology, error);
    catalog_free_documents(documents, count);
    return status;
}

/* The first directory that exists of those that a new catalog takes its ontology from. */
static const char *ontology_source(const struct ic_catalog_options *options)
{
    if (options->ontology)
        return options->ontology;
    const char *named = getenv("INTERCLOUD_ONTOLOGY");
    if (!options->ontology_candidates && named && *named)
        return named;
    const char *const usual[] = {IC_SOURCE_ONTOLOGY, IC_INSTALLED_ONTOLOGY, NULL};
    const char *const *candidates =
        options->ontology_candidates ? options->ontology_candidates : usual;
    for (; *candidates; candidates++)
        if (access(*candidates, R_OK) == 0)
            return *candidates;
    return NULL;
}

/* A new catalog: identity and ontology, in one transaction. */
static enum ic_status initialise(struct ic_catalog *catalog,
                                 const struct ic_catalog_options *options,
                                 struct ic_error *error)
{
    const char *source = ontology_source(options);
    if (!source)
        return ic_fail(
            error, IC_NOT_FOUND,
            "no ontology for the new catalog; name a directory with --ontology DIR or "
            "$INTERCLOUD_ONTOLOGY");
    struct ic_document **documents;
    size_t count;
    enum ic_status status = catalog_read_directory(source, &documents, &count, error);
    if (status != IC_OK)
        return status;
    struct ic_ontology *ontology = NULL;
    status = ic_ontology_build(documents, count, &ontology, error);
    if (status == IC_OK)
        status = catalog_begin(catalog, error);
    if (status == IC_OK) {
        uuid_t uuid;
        char text[37];
        uuid_generate(uuid);
        uuid_unparse_lower(uuid, text);
        status = store_put(&catalog->store, STORE_META, "uuid", 4, text, 36, error);
        if (status == IC_OK)
            status = store_put_number(&catalog->store, "epoch", 1, error);
        if (status == IC_OK)
            status = catalog_store_ontology(catalog, documents, count, ontology, error);
        status = catalog_end(catalog, status, true, error);
    }
    if (status == IC_OK)
        status = store_checkpoint(&catalog->store, true, error);
    if (status == IC_OK)
        status = catalog_write_format(catalog->directory_fd, error);
    ic_ontology_release(ontology);
    catalog_free_documents(documents, count);
    return status;
}

static enum ic_status read_latest_time(struct ic_catalog *catalog, struct ic_error *error)
{
    uint64_t latest_ms;
    const enum ic_status status =
        store_get_number(&catalog->store, "latest-time", &latest_ms, error);
    if (status == IC_OK)
        atomic_store(&catalog->latest_ms, (int64_t)latest_ms);
    return status;
}

static enum ic_status open_all(struct ic_catalog *catalog,
                               const struct ic_catalog_options *options, bool *fresh,
                               bool *made, struct ic_error *error)
{
    enum ic_status status = catalog_take_directory(catalog, options->directory, options->create,
                                                   fresh, made, error);
    if (status == IC_OK)
        status =
            store_open(&catalog->store, catalog->directory, *fresh, &catalog->limits, error);
    if (status == IC_OK)
        store_build_clean(&catalog->store, catalog->directory);
    if (status == IC_OK && *fresh)
        status = initialise(catalog, options, error);
    if (status == IC_OK)
        status = read_latest_time(catalog, error);
    if (status != IC_OK)
        return status;
    catalog->trying_ontology = options->ontology && !*fresh;
    status = catalog->trying_ontology
                 ? try_ontology(catalog, options->ontology, &catalog->ontology, error)
                 : catalog_build_ontology(catalog, &catalog->ontology, error);
    const struct store_hooks hooks = {
        .committed = committed, .reopened = reopened, .context = catalog};
    store_set_hooks(&catalog->store, &hooks);
    return status;
}

static int64_t fixed_now_ms(void *context)
{
    return *(int64_t *)context;
}

/* $INTERCLOUD_NOW stands for the system's clock in tests: a fixed instant. */
static enum ic_status choose_clock(struct ic_catalog *catalog, struct ic_clock clock,
                                   struct ic_error *error)
{
    const char *fixed = getenv("INTERCLOUD_NOW");
    catalog->clock = clock;
    if (clock.now_ms)
        return IC_OK;
    catalog->clock = (struct ic_clock){system_now_ms, NULL};
    if (!fixed || !*fixed)
        return IC_OK;
    catalog->clock = (struct ic_clock){fixed_now_ms, &catalog->fixed_now_ms};
    return ic_instant_parse(fixed, &catalog->fixed_now_ms, error);
}

enum ic_status ic_catalog_open(const struct ic_catalog_options *options,
                               struct ic_catalog **catalog, struct ic_error *error)
{
    struct ic_catalog *opened = calloc(1, sizeof *opened);
    if (!opened)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a catalog");
    opened->directory_fd = opened->lock_fd = -1;
    opened->limits = options->limits;
    bool fresh = false, made = false;
    pthread_mutex_init(&opened->writer, NULL);
    pthread_mutex_init(&opened->ontology_mutex, NULL);
    enum ic_status status = choose_clock(opened, options->clock, error);
    if (status == IC_OK)
        status = open_all(opened, options, &fresh, &made, error);
    if (status == IC_OK) {
        *catalog = opened;
        return IC_OK;
    }
    store_close(&opened->store);
    if (fresh && opened->lock_fd >= 0 && status != IC_OWNED)
        catalog_discard(opened, made);
    ic_catalog_close(opened);
    return status;
}

void ic_catalog_close(struct ic_catalog *catalog)
{
    if (!catalog)
        return;
    store_close(&catalog->store);
    ic_ontology_release(catalog->ontology);
    pthread_mutex_destroy(&catalog->writer);
    pthread_mutex_destroy(&catalog->ontology_mutex);
    if (catalog->lock_fd >= 0)
        close(catalog->lock_fd);
    if (catalog->directory_fd >= 0)
        close(catalog->directory_fd);
    free(catalog->directory);
    free(catalog);
}
