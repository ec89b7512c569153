/* SPDX-License-Identifier: Apache-2.0 */
/* A small catalog of the world for tests that break something each time.
 *
 * The prepared catalog holds "alpha", "steady" and "big" (hundreds of statements), a file's
 * clouds, a plain graph, all in version 1, and ontology 0. "steady" nobody touches. */
#ifndef IC_TESTS_CRASH_BENCH_H
#define IC_TESTS_CRASH_BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "support.h"
#include "world.h"

enum { BENCH_FILE_CLOUDS = 6 };

#define BENCH_OWNER "owner@faults.example"

struct bench {
    char scratch[PATH_BYTES_MAX]; /* all below is in it */
    char ontologies[WORLD_ONTOLOGIES][PATH_BYTES_MAX];
    char digests[WORLD_ONTOLOGIES][65];
    char prepared[PATH_BYTES_MAX]; /* a catalog in which every trial begins */
    char catalog[PATH_BYTES_MAX];  /* its copy */
    char other[PATH_BYTES_MAX];    /* a directory that is not there: for what makes one */
    char exported[PATH_BYTES_MAX]; /* `prepared` as N-Quads */
};

enum outcome {
    OUTCOME_OLD,
    OUTCOME_NEW,
    OUTCOME_WRONG,
    OUTCOME_ERROR /* it could not be read, and the reader was told */
};

/* Makes the directories. */
void bench_set_up(struct bench *bench);
enum ic_status bench_open(const struct bench *bench, const char *directory, bool create,
                          struct ic_catalog **catalog, struct ic_error *error);
/* What no work changes; OUTCOME_OLD is right. */
enum outcome bench_untouched(struct ic_catalog *catalog);
/* Every cloud that is there is one version whole; the file's are all of one, or none is. */
bool bench_whole(struct ic_catalog *catalog);
/* Opens, verifies, closes; the reason is printed. */
bool bench_sound(const struct bench *bench, const char *directory);

/* ---- its parts ---- */

void bench_file_cloud(unsigned i, char name[32]);
/* Owned: ic_document_free. */
struct ic_document *bench_document(const struct world_cloud *clouds, unsigned count);
/* The file in this version, as N-Triples. Owned: free. */
char *bench_file_text(uint64_t version);
enum ic_status bench_publish(struct ic_catalog *catalog, struct ic_document *document,
                             struct ic_error *error);
/* Reads the text and publishes it; catalog NULL: only reads it. */
enum ic_status bench_import(struct ic_catalog *catalog, const char *text,
                            struct ic_error *error);
/* Ends the program unless `status` is IC_OK. */
void bench_must(enum ic_status status, const struct ic_error *error, const char *what);
/* In version 1 or 2, whole? */
enum outcome bench_look_cloud(struct ic_catalog *catalog, const char *name, bool big);
enum outcome bench_look_file(struct ic_catalog *catalog);

#endif
