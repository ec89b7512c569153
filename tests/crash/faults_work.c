/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a catalog while a call fails, and what must be true afterwards. Work changes
 * one thing of the prepared catalog from version 1 to version 2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/importer.h"
#include "catalog/request.h"
#include "faults.h"

/* ---- looking ---- */

static enum outcome look_alpha(const struct bench *bench, struct ic_catalog *catalog)
{
    (void)bench;
    return bench_look_cloud(catalog, "alpha", false);
}

static enum outcome look_withdrawn(const struct bench *bench, struct ic_catalog *catalog)
{
    struct world_found found;
    struct ic_error error;
    if (world_read(catalog, "alpha", &found, &error) == IC_OK && !found.there)
        return OUTCOME_NEW;
    return look_alpha(bench, catalog);
}

static enum outcome look_big(const struct bench *bench, struct ic_catalog *catalog)
{
    (void)bench;
    return bench_look_cloud(catalog, "big", true);
}

static enum outcome look_file(const struct bench *bench, struct ic_catalog *catalog)
{
    (void)bench;
    return bench_look_file(catalog);
}

/* The digest and the advertisements tell the same. */
static enum outcome look_ontology(const struct bench *bench, struct ic_catalog *catalog)
{
    struct ic_catalog_stats stats;
    struct world_found found;
    struct ic_error error;
    if (ic_catalog_stats(catalog, &stats, &error) != IC_OK ||
        world_read(catalog, "steady", &found, &error) != IC_OK)
        return OUTCOME_ERROR;
    for (unsigned i = 0; i < WORLD_ONTOLOGIES; i++)
        if (strcmp(stats.ontology_digest, bench->digests[i]) == 0 && found.normalised[i] &&
            !found.normalised[!i])
            return i ? OUTCOME_NEW : OUTCOME_OLD;
    printf("# the ontology's digest and the effective statements are not of one ontology\n");
    return OUTCOME_WRONG;
}

static enum ic_status sum_graph(void *context, const struct ic_term *s, const struct ic_term *p,
                                const struct ic_term *o, const struct ic_term *graph,
                                struct ic_error *error)
{
    (void)error;
    if (graph && strcmp(graph->text, WORLD_GRAPH) == 0)
        world_sum_add(context, s, p, o);
    return IC_OK;
}

static enum outcome look_graph(const struct bench *bench, struct ic_catalog *catalog)
{
    struct world_sum sum = {0, 0};
    struct ic_error error;
    (void)bench;
    if (ic_catalog_export(catalog, sum_graph, &sum, &error) != IC_OK)
        return OUTCOME_ERROR;
    for (uint64_t version = 1; version <= 2; version++)
        if (sum.count == world_graph_sum(version).count &&
            sum.sum == world_graph_sum(version).sum)
            return version == 1 ? OUTCOME_OLD : OUTCOME_NEW;
    printf("# the graph is that of no version\n");
    return OUTCOME_WRONG;
}

/* ---- works that write ---- */

static void free_document(void *prepared)
{
    ic_document_free(prepared);
}

static void *prepare_alpha(const struct bench *bench)
{
    static const struct world_cloud cloud = {"alpha", 2, false};
    (void)bench;
    return bench_document(&cloud, 1);
}

static void *prepare_big(const struct bench *bench)
{
    static const struct world_cloud cloud = {"big", 2, true};
    (void)bench;
    return bench_document(&cloud, 1);
}

static enum ic_status run_publish(const struct bench *bench, struct ic_catalog *catalog,
                                  void *prepared, struct ic_error *error)
{
    (void)bench;
    return bench_publish(catalog, prepared, error);
}

static enum ic_status run_withdraw(const struct bench *bench, struct ic_catalog *catalog,
                                   void *prepared, struct ic_error *error)
{
    (void)bench, (void)prepared;
    return ic_catalog_withdraw(catalog, BENCH_OWNER, "alpha", NULL, error);
}

static void *prepare_file(const struct bench *bench)
{
    (void)bench;
    return bench_file_text(2);
}

static enum ic_status run_import(const struct bench *bench, struct ic_catalog *catalog,
                                 void *prepared, struct ic_error *error)
{
    (void)bench;
    return bench_import(catalog, prepared, error);
}

/* ---- bulk import: clouds that are not there yet ---- */

enum { BULK_CLOUDS = 8, WINDOW_STATEMENTS = 60 };

static void bulk_cloud(unsigned i, char name[32])
{
    snprintf(name, 32, "bulk-%u", i);
}

static void *prepare_bulk(const struct bench *bench)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)bench;
    for (unsigned i = 0; out && i < BULK_CLOUDS; i++) {
        char name[32];
        bulk_cloud(i, name);
        const struct world_cloud cloud = {name, 2, false};
        world_write(out, &cloud, NULL);
    }
    if (!out || fclose(out) != 0)
        give_up("cannot make a file");
    return text;
}

static enum ic_status run_bulk(const struct bench *bench, struct ic_catalog *catalog,
                               void *prepared, struct ic_error *error)
{
    const struct ic_bulk_options options = {
        .publish = {.owner = BENCH_OWNER, .format = "ntriples"}};
    struct ic_bulk *bulk;
    (void)bench;
    enum ic_status status = ic_bulk_begin(catalog, &options, &bulk, error);
    if (status != IC_OK)
        return status;
    struct ic_document *document = ic_document_new("bulk.nt", NULL);
    FILE *in = document ? fmemopen(prepared, strlen(prepared), "r") : NULL;
    const struct ic_import_context from = {.in = in,
                                           .window = ic_bulk_window,
                                           .window_context = bulk,
                                           .window_statements = WINDOW_STATEMENTS};
    status = in ? ic_import("ntriples", &from, document, NULL, error)
                : ic_fail(error, IC_NO_MEMORY, "out of memory for a file");
    status = ic_bulk_end(bulk, status, document, NULL, error);
    ic_document_free(document);
    if (in)
        fclose(in);
    return status;
}

static enum outcome look_bulk(const struct bench *bench, struct ic_catalog *catalog)
{
    unsigned there = 0;
    (void)bench;
    for (unsigned i = 0; i < BULK_CLOUDS; i++) {
        char name[32];
        struct world_found found;
        struct ic_error error;
        bulk_cloud(i, name);
        if (world_read(catalog, name, &found, &error) != IC_OK)
            return OUTCOME_ERROR;
        if (found.there && bench_look_cloud(catalog, name, false) != OUTCOME_NEW)
            return OUTCOME_WRONG;
        there += found.there;
    }
    return there == 0 ? OUTCOME_OLD : there == BULK_CLOUDS ? OUTCOME_NEW : OUTCOME_WRONG;
}

static void *prepare_ontology(const struct bench *bench)
{
    struct ic_error error;
    (void)bench;
    return world_ontology_document(1, &error);
}

static enum ic_status run_ontology(const struct bench *bench, struct ic_catalog *catalog,
                                   void *prepared, struct ic_error *error)
{
    struct ic_document *document = prepared;
    (void)bench;
    return ic_catalog_load_ontology(catalog, &document, 1, error);
}

static void *prepare_graph(const struct bench *bench)
{
    struct ic_document *document;
    (void)bench;
    return world_graph_document(2, &document, NULL) == IC_OK ? document : NULL;
}

static enum ic_status run_graph(const struct bench *bench, struct ic_catalog *catalog,
                                void *prepared, struct ic_error *error)
{
    (void)bench;
    return ic_catalog_put_graph(catalog, WORLD_GRAPH, prepared, false, error);
}

static enum ic_status run_numbers(const struct bench *bench, struct ic_catalog *catalog,
                                  void *prepared, struct ic_error *error)
{
    uint64_t first;
    (void)bench, (void)prepared;
    return ic_catalog_take_numbers(catalog, "faults", 3, &first, error);
}

static enum ic_status run_open(const struct bench *bench, struct ic_catalog *none,
                               void *prepared, struct ic_error *error)
{
    struct ic_catalog *catalog;
    (void)none, (void)prepared;
    const enum ic_status status = bench_open(bench, bench->catalog, false, &catalog, error);
    if (status == IC_OK)
        ic_catalog_close(catalog);
    return status;
}

static enum ic_status run_create(const struct bench *bench, struct ic_catalog *none,
                                 void *prepared, struct ic_error *error)
{
    struct ic_catalog *catalog;
    (void)none, (void)prepared;
    const enum ic_status status = bench_open(bench, bench->other, true, &catalog, error);
    if (status == IC_OK)
        ic_catalog_close(catalog);
    return status;
}

/* A directory that did not become a catalog is none, and can become one. */
static bool check_created(const struct bench *bench, enum ic_status status)
{
    struct ic_catalog *catalog;
    struct ic_error error;
    if (status != IC_OK) {
        const enum ic_status opened = bench_open(bench, bench->other, true, &catalog, &error);
        if (opened != IC_OK) {
            printf("# making it again: %s: %s\n", ic_status_name(opened), error.text);
            return false;
        }
        ic_catalog_close(catalog);
    }
    return bench_sound(bench, bench->other);
}

static void *prepare_restore(const struct bench *bench)
{
    struct ic_document *document = ic_document_new("exported.nq", NULL);
    const struct ic_import_context from = {.in = fopen(bench->exported, "r")};
    struct ic_error error;
    if (!document || !from.in)
        give_up("cannot read what was exported");
    bench_must(ic_import("nquads", &from, document, NULL, &error), &error, "what was exported");
    fclose(from.in);
    return document;
}

/* All that was in the catalog, or nothing. */
static bool check_restored(const struct bench *bench, enum ic_status status)
{
    struct ic_catalog *catalog = NULL;
    struct ic_error error;
    struct world_found found;
    if (status != IC_OK &&
        bench_open(bench, bench->other, false, &catalog, &error) == IC_NOT_FOUND)
        return true; /* the catalog itself was not made */
    ic_catalog_close(catalog);
    if (!bench_sound(bench, bench->other))
        return false;
    bench_must(bench_open(bench, bench->other, false, &catalog, &error), &error, "open");
    bench_must(world_read(catalog, "steady", &found, &error), &error, "read");
    const bool whole = found.there && bench_untouched(catalog) == OUTCOME_OLD &&
                       bench_look_file(catalog) == OUTCOME_OLD &&
                       look_graph(bench, catalog) == OUTCOME_OLD;
    ic_catalog_close(catalog);
    if (whole || (status != IC_OK && !found.there))
        return true;
    printf("# a part was restored\n");
    return false;
}

static enum ic_status run_restore(const struct bench *bench, struct ic_catalog *none,
                                  void *prepared, struct ic_error *error)
{
    struct ic_catalog *catalog;
    (void)none;
    enum ic_status status = bench_open(bench, bench->other, true, &catalog, error);
    if (status != IC_OK)
        return status;
    status = ic_catalog_restore(catalog, prepared, false, error);
    ic_catalog_close(catalog);
    return status;
}

static enum ic_status run_backup(const struct bench *bench, struct ic_catalog *catalog,
                                 void *prepared, struct ic_error *error)
{
    (void)prepared;
    return ic_catalog_backup(catalog, bench->other, error);
}

/* A backup that failed does not look like a catalog, unless it is whole. */
static bool check_backup(const struct bench *bench, enum ic_status status)
{
    struct ic_catalog *catalog;
    struct ic_error error;
    if (status == IC_OK)
        return bench_sound(bench, bench->other);
    if (bench_open(bench, bench->other, false, &catalog, &error) != IC_OK)
        return true;
    ic_catalog_close(catalog);
    return bench_sound(bench, bench->other);
}

/* ---- works that read ---- */

static enum ic_status wrong(struct ic_error *error, const char *what)
{
    printf("# a wrong answer: %s\n", what);
    return ic_fail(error, IC_STATUS_COUNT, "a wrong answer");
}

static const char request_text[] = "serial >= 1; edition = \"alpha-1\" or place within Alpha";

static enum ic_status run_match(const struct bench *bench, struct ic_catalog *catalog,
                                void *prepared, struct ic_error *error)
{
    const char *const texts[] = {request_text};
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    const struct ic_match_options options = {.view = {NULL, 0}, .with_offers = true};
    (void)bench, (void)prepared;
    enum ic_status status = ic_request_parse("request", texts, 1, &request, error);
    if (status == IC_OK)
        status = ic_catalog_match(catalog, request, &options, &answer, error);
    if (status == IC_OK && (answer->matched != 3 + BENCH_FILE_CLOUDS ||
                            strcmp(answer->clouds[0].name, "alpha") != 0))
        status = wrong(error, request_text);
    ic_answer_free(answer);
    ic_request_free(request);
    return status;
}

static enum ic_status run_compile(const struct bench *bench, struct ic_catalog *catalog,
                                  void *prepared, struct ic_error *error)
{
    const char *const texts[] = {request_text};
    struct ic_request *request = NULL;
    struct ic_ontology *ontology = ic_catalog_ontology(catalog);
    char *sparql = NULL;
    (void)bench, (void)prepared;
    enum ic_status status = ic_request_parse("request", texts, 1, &request, error);
    if (status == IC_OK)
        status = ic_request_compile(request, ontology, true, NULL, NULL, &sparql, error);
    free(sparql);
    ic_request_free(request);
    ic_ontology_release(ontology);
    return status;
}

static enum ic_status run_show(const struct bench *bench, struct ic_catalog *catalog,
                               void *prepared, struct ic_error *error)
{
    struct world_found found;
    char why[256];
    (void)bench, (void)prepared;
    const enum ic_status status = world_read(catalog, "big", &found, error);
    if (status != IC_OK)
        return status;
    return found.there && world_whole(&found, "big", true, why, sizeof why)
               ? IC_OK
               : wrong(error, "show");
}

static enum ic_status run_export(const struct bench *bench, struct ic_catalog *catalog,
                                 void *prepared, struct ic_error *error)
{
    struct world_sum sum = {0, 0};
    (void)bench, (void)prepared;
    const enum ic_status status = ic_catalog_export(catalog, sum_graph, &sum, error);
    if (status != IC_OK)
        return status;
    return sum.sum == world_graph_sum(1).sum ? IC_OK : wrong(error, "export");
}

static enum ic_status count_one(void *context, const struct ic_advertisement_info *info,
                                struct ic_error *error)
{
    unsigned *count = context;
    (void)info, (void)error;
    (*count)++;
    return IC_OK;
}

static enum ic_status run_list(const struct bench *bench, struct ic_catalog *catalog,
                               void *prepared, struct ic_error *error)
{
    const struct ic_view view = {NULL, 0};
    unsigned count = 0;
    (void)bench, (void)prepared;
    const enum ic_status status = ic_catalog_list(catalog, &view, count_one, &count, error);
    return status != IC_OK || count == 3 + BENCH_FILE_CLOUDS ? status : wrong(error, "list");
}

static void tell_problem(void *context, const char *message)
{
    (void)context;
    printf("# verify: %s\n", message);
}

static enum ic_status run_verify(const struct bench *bench, struct ic_catalog *catalog,
                                 void *prepared, struct ic_error *error)
{
    (void)bench, (void)prepared;
    return ic_catalog_verify(catalog, tell_problem, NULL, error);
}

static enum ic_status run_parse(const struct bench *bench, struct ic_catalog *catalog,
                                void *prepared, struct ic_error *error)
{
    (void)bench, (void)catalog;
    return bench_import(NULL, prepared, error);
}

const struct work works[] = {
    {"publish", false, false, prepare_alpha, run_publish, free_document, look_alpha, NULL},
    {"publish-big", false, false, prepare_big, run_publish, free_document, look_big, NULL},
    {"withdraw", false, false, NULL, run_withdraw, NULL, look_withdrawn, NULL},
    {"import", false, false, prepare_file, run_import, free, look_file, NULL},
    {"bulk", false, false, prepare_bulk, run_bulk, free, look_bulk, NULL},
    {"ontology", false, false, prepare_ontology, run_ontology, free_document, look_ontology,
     NULL},
    {"graph", false, false, prepare_graph, run_graph, free_document, look_graph, NULL},
    {"numbers", false, false, NULL, run_numbers, NULL, NULL, NULL},
    {"backup", false, false, NULL, run_backup, NULL, NULL, check_backup},
    {"open", true, false, NULL, run_open, NULL, NULL, NULL},
    {"create", true, true, NULL, run_create, NULL, NULL, check_created},
    {"restore", true, true, prepare_restore, run_restore, free_document, NULL, check_restored},
    {"match", false, false, NULL, run_match, NULL, NULL, NULL},
    {"compile", false, false, NULL, run_compile, NULL, NULL, NULL},
    {"show", false, false, NULL, run_show, NULL, NULL, NULL},
    {"export", false, false, NULL, run_export, NULL, NULL, NULL},
    {"list", false, false, NULL, run_list, NULL, NULL, NULL},
    {"verify", false, false, NULL, run_verify, NULL, NULL, NULL},
    {"parse", false, true, prepare_file, run_parse, free, NULL, NULL},
};
const unsigned work_count = sizeof works / sizeof *works;
