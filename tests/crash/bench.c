/* SPDX-License-Identifier: Apache-2.0 */
/* A small catalog of the world for tests that break something each time: made once, copied for
 * each trial, and looked at afterwards. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/importer.h"

/* ---- the prepared catalog ---- */

void bench_file_cloud(unsigned i, char name[32])
{
    snprintf(name, 32, "file-%u", i);
}

struct ic_document *bench_document(const struct world_cloud *clouds, unsigned count)
{
    struct ic_document *document = ic_document_new("clouds", NULL);
    for (unsigned i = 0; document && i < count; i++)
        if (world_add(document, &clouds[i], NULL) != IC_OK)
            give_up("cannot make a document");
    if (!document)
        give_up("cannot make a document");
    return document;
}

char *bench_file_text(uint64_t version)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; out && i < BENCH_FILE_CLOUDS; i++) {
        char name[32];
        bench_file_cloud(i, name);
        const struct world_cloud cloud = {name, version, false};
        world_write(out, &cloud, NULL);
    }
    if (!out || fclose(out) != 0)
        give_up("cannot make a file");
    return text;
}

enum ic_status bench_publish(struct ic_catalog *catalog, struct ic_document *document,
                             struct ic_error *error)
{
    const struct ic_publish_options options = {.owner = BENCH_OWNER, .format = "test"};
    return ic_catalog_publish(catalog, document, &options, NULL, NULL, error);
}

enum ic_status bench_import(struct ic_catalog *catalog, const char *text,
                            struct ic_error *error)
{
    struct ic_document *document = ic_document_new("file.nt", NULL);
    FILE *in = document ? fmemopen((void *)(uintptr_t)text, strlen(text), "r") : NULL;
    const struct ic_import_context from = {.in = in};
    enum ic_status status = in ? ic_import("ntriples", &from, document, NULL, error)
                               : ic_fail(error, IC_NO_MEMORY, "out of memory for a file");
    if (status == IC_OK && catalog)
        status = bench_publish(catalog, document, error);
    if (in)
        fclose(in);
    ic_document_free(document);
    return status;
}

void bench_must(enum ic_status status, const struct ic_error *error, const char *what)
{
    if (status != IC_OK)
        give_up("%s: %s: %s", what, ic_status_name(status), error->text);
}

enum ic_status bench_open(const struct bench *bench, const char *directory, bool create,
                          struct ic_catalog **catalog, struct ic_error *error)
{
    const char *const candidates[] = {bench->ontologies[0], NULL};
    const struct ic_catalog_options options = {.directory = directory,
                                               .create = create,
                                               .ontology_candidates = candidates,
                                               .limits.values[IC_LIMIT_CHANGES] =
                                                   4096}; /* some wait, and commits merge */
    return ic_catalog_open(&options, catalog, error);
}

static enum ic_status write_quad(void *context, const struct ic_term *s,
                                 const struct ic_term *p, const struct ic_term *o,
                                 const struct ic_term *graph, struct ic_error *error)
{
    const struct ic_term *const terms[] = {s, p, o, graph};
    (void)error;
    for (int i = 0; i < 4; i++)
        if (terms[i]) {
            ic_term_write(context, terms[i]);
            fputc(' ', context);
        }
    fputs(".\n", context);
    return IC_OK;
}

/* Fills a new catalog; runs in a child, so that this process keeps no library's state. */
static int prepare_catalog(void *context)
{
    const struct bench *bench = context;
    static const struct world_cloud clouds[] = {
        {"alpha", 1, false}, {"steady", 1, false}, {"big", 1, true}};
    struct ic_catalog *catalog;
    struct ic_error error;
    bench_must(bench_open(bench, bench->prepared, true, &catalog, &error), &error, "open");
    struct ic_document *document = bench_document(clouds, 3);
    bench_must(bench_publish(catalog, document, &error), &error, "publish");
    ic_document_free(document);
    char *text = bench_file_text(1);
    bench_must(bench_import(catalog, text, &error), &error, "import");
    free(text);
    bench_must(world_graph_document(1, &document, &error), &error, "graph");
    bench_must(ic_catalog_put_graph(catalog, WORLD_GRAPH, document, false, &error), &error,
               "graph");
    ic_document_free(document);
    FILE *out = fopen(bench->exported, "w");
    bench_must(ic_catalog_export(catalog, write_quad, out, &error), &error, "export");
    fclose(out);
    ic_catalog_close(catalog);
    return 0;
}

void bench_set_up(struct bench *bench)
{
    const char *scratch = bench->scratch;
    static const char *const names[] = {"ontology0", "ontology1"};
    struct ic_error error;
    for (unsigned i = 0; i < WORLD_ONTOLOGIES; i++) {
        join_path(bench->ontologies[i], scratch, names[i]);
        world_write_ontology(bench->ontologies[i], i);
        bench_must(world_ontology_digest(i, bench->digests[i], &error), &error, "ontology");
    }
    join_path(bench->prepared, scratch, "prepared");
    join_path(bench->catalog, scratch, "catalog");
    join_path(bench->other, scratch, "other");
    join_path(bench->exported, scratch, "exported.nq");
    const struct child_result result = wait_child(start_child(prepare_catalog, bench), 60000);
    if (result.end != CHILD_GOOD)
        give_up("the catalog for the tests could not be made");
}

/* ---- looking ---- */

enum outcome bench_look_cloud(struct ic_catalog *catalog, const char *name, bool big)
{
    struct world_found found;
    struct ic_error error;
    char why[256];
    if (world_read(catalog, name, &found, &error) != IC_OK) {
        printf("# %s: %s\n", name, error.text);
        return OUTCOME_ERROR;
    }
    if (!world_whole(&found, name, big, why, sizeof why)) {
        printf("# %s\n", why);
        return OUTCOME_WRONG;
    }
    return !found.there || found.version > 2 ? OUTCOME_WRONG
           : found.version == 2              ? OUTCOME_NEW
                                             : OUTCOME_OLD;
}

enum outcome bench_look_file(struct ic_catalog *catalog)
{
    enum outcome first = OUTCOME_WRONG;
    for (unsigned i = 0; i < BENCH_FILE_CLOUDS; i++) {
        char name[32];
        bench_file_cloud(i, name);
        const enum outcome found = bench_look_cloud(catalog, name, false);
        if (found == OUTCOME_ERROR)
            return found;
        if (i && found != first) {
            printf("# half a file was imported\n");
            return OUTCOME_WRONG;
        }
        first = found;
    }
    return first;
}

enum outcome bench_untouched(struct ic_catalog *catalog)
{
    return bench_look_cloud(catalog, "steady", false);
}

bool bench_whole(struct ic_catalog *catalog)
{
    static const char *const names[] = {"alpha", "steady", "big", "extra"};
    struct world_found found;
    struct ic_error error;
    char why[256], name[32];
    uint64_t first = 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (world_read(catalog, names[i], &found, &error) != IC_OK ||
            !world_whole(&found, names[i], i == 2, why, sizeof why))
            return false;
    for (unsigned i = 0; i < BENCH_FILE_CLOUDS; i++) {
        bench_file_cloud(i, name);
        if (world_read(catalog, name, &found, &error) != IC_OK ||
            !world_whole(&found, name, false, why, sizeof why) || (i && found.version != first))
            return false;
        first = found.version;
    }
    return true;
}

static void print_problem(void *context, const char *message)
{
    (void)context;
    printf("# verify: %s\n", message);
}

bool bench_sound(const struct bench *bench, const char *directory)
{
    struct ic_catalog *catalog;
    struct ic_error error;
    enum ic_status status = bench_open(bench, directory, false, &catalog, &error);
    if (status == IC_OK) {
        status = ic_catalog_verify(catalog, print_problem, NULL, &error);
        ic_catalog_close(catalog);
    }
    if (status != IC_OK)
        printf("# %s: %s: %s\n", directory, ic_status_name(status), error.text);
    return status == IC_OK;
}
