/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogs that this process has open for Redland, and what its threads read from them.
 *
 * A catalog has one owner, and librdf worlds, which belong to one thread each, know nothing of
 * one another: storages on the same directory share the open catalog through this list, the
 * module's only data that changes. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <utlist.h>

#include "redland.h"
#include "redland_stream.h"

/* Streams of a thread share its dataset: a second one could wait for a writer that waits for
 * the first. */
struct redland_reader {
    struct redland_catalog *catalog;
    struct ic_dataset *dataset;
    pthread_t thread;
    unsigned users;
    struct redland_stream *streams;
    struct redland_reader *prev, *next;
};

struct redland_catalog {
    struct ic_catalog *catalog;
    dev_t device;
    ino_t inode;
    unsigned users;
    pthread_mutex_t lock; /* of the list of readers */
    struct redland_reader *readers;
    struct redland_catalog *prev, *next;
};

static pthread_mutex_t catalogs_lock = PTHREAD_MUTEX_INITIALIZER;
static struct redland_catalog *catalogs;

static enum ic_status open_catalog(const char *directory, struct redland_catalog **opened,
                                   struct ic_error *error)
{
    struct ic_catalog_options options = {.directory = directory};
    enum ic_status status = ic_limits_from_environment(&options.limits, error);
    if (status != IC_OK)
        return status;
    struct redland_catalog *catalog = calloc(1, sizeof *catalog);
    struct stat stat;
    if (!catalog)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a catalog");
    struct ic_error failure;
    status = ic_catalog_open(&options, &catalog->catalog, &failure);
    if (status == IC_OWNED)
        ic_fail(error, status,
                "%.1024s; end it, or use intercloud-catalog, which works through it",
                failure.text);
    else if (status != IC_OK)
        *error = failure;
    if (status == IC_OK && fstat(ic_catalog_directory_fd(catalog->catalog), &stat) != 0)
        status = ic_fail_errno(error, errno, "cannot look at the catalog %s", directory);
    if (status != IC_OK) {
        ic_catalog_close(catalog->catalog);
        free(catalog);
        return status;
    }
    catalog->device = stat.st_dev;
    catalog->inode = stat.st_ino;
    pthread_mutex_init(&catalog->lock, NULL);
    DL_APPEND(catalogs, catalog);
    *opened = catalog;
    return IC_OK;
}

enum ic_status redland_catalog_take(const char *directory, struct redland_catalog **catalog,
                                    struct ic_error *error)
{
    struct redland_catalog *known = NULL;
    enum ic_status status = IC_OK;
    struct stat at;
    pthread_mutex_lock(&catalogs_lock);
    if (stat(directory, &at) == 0) {
        DL_FOREACH(catalogs, known)
        if (known->device == at.st_dev && known->inode == at.st_ino)
            break;
    }
    if (!known)
        status = open_catalog(directory, &known, error);
    if (status == IC_OK) {
        known->users++;
        *catalog = known;
    }
    pthread_mutex_unlock(&catalogs_lock);
    return status;
}

void redland_catalog_give(struct redland_catalog *catalog)
{
    pthread_mutex_lock(&catalogs_lock);
    if (--catalog->users == 0) {
        DL_DELETE(catalogs, catalog);
        ic_catalog_close(catalog->catalog);
        pthread_mutex_destroy(&catalog->lock);
        free(catalog);
    }
    pthread_mutex_unlock(&catalogs_lock);
}

/* A reader keeps its catalog open, also when the program frees the model first. */
static struct redland_catalog *keep(struct redland_catalog *catalog)
{
    pthread_mutex_lock(&catalogs_lock);
    catalog->users++;
    pthread_mutex_unlock(&catalogs_lock);
    return catalog;
}

struct ic_catalog *redland_catalog_get(struct redland_catalog *catalog)
{
    return catalog->catalog;
}

/* The calling thread's reader, or NULL. */
static struct redland_reader *own_reader(struct redland_catalog *catalog)
{
    struct redland_reader *reader;
    pthread_mutex_lock(&catalog->lock);
    DL_FOREACH(catalog->readers, reader)
    if (pthread_equal(reader->thread, pthread_self()))
        break;
    pthread_mutex_unlock(&catalog->lock);
    return reader;
}

enum ic_status redland_reader_take(struct redland_catalog *catalog,
                                   struct redland_reader **reader, struct ic_error *error)
{
    struct redland_reader *taken = own_reader(catalog);
    if (taken) {
        taken->users++;
        *reader = taken;
        return IC_OK;
    }
    taken = calloc(1, sizeof *taken);
    if (!taken)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for reading the catalog");
    const enum ic_status status =
        ic_catalog_dataset(catalog->catalog, NULL, &taken->dataset, error);
    if (status != IC_OK) {
        free(taken);
        return status;
    }
    taken->catalog = keep(catalog);
    taken->thread = pthread_self();
    taken->users = 1;
    pthread_mutex_lock(&catalog->lock);
    DL_APPEND(catalog->readers, taken);
    pthread_mutex_unlock(&catalog->lock);
    *reader = taken;
    return IC_OK;
}

void redland_reader_give(struct redland_reader *reader)
{
    if (!reader || --reader->users > 0)
        return;
    struct redland_catalog *catalog = reader->catalog;
    pthread_mutex_lock(&catalog->lock);
    DL_DELETE(catalog->readers, reader);
    pthread_mutex_unlock(&catalog->lock);
    ic_dataset_free(reader->dataset);
    free(reader);
    redland_catalog_give(catalog);
}

struct ic_dataset *redland_reader_dataset(struct redland_reader *reader)
{
    return reader->dataset;
}

void redland_reader_add(struct redland_reader *reader, struct redland_stream *stream)
{
    DL_APPEND(reader->streams, stream);
}

void redland_reader_remove(struct redland_reader *reader, struct redland_stream *stream)
{
    DL_DELETE(reader->streams, stream);
}

enum ic_status redland_stop_reading(struct redland_catalog *catalog, struct ic_error *error)
{
    struct redland_reader *reader = own_reader(catalog);
    if (!reader)
        return IC_OK;
    struct redland_stream *stream, *next;
    enum ic_status status = IC_OK;
    reader->users++; /* it must outlive its last stream until the loop has ended */
    DL_FOREACH_SAFE(reader->streams, stream, next)
    {
        status = redland_stream_read_ahead(stream, error);
        if (status != IC_OK)
            break;
    }
    redland_reader_give(reader);
    return status;
}
