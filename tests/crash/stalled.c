/* SPDX-License-Identifier: Apache-2.0 */
/* Readers and writers that stand still: publishing goes on beside a reader that stopped in the
 * middle of its answer, the reader's answer is one version whole although everything under it
 * changed meanwhile, and reading goes on while a writer waits for the disk.
 *
 * Prints TAP. Nothing here measures time: who waits longer than PATIENCE_MS hangs. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "catalog/request.h"
#include "disk.h"

enum {
    PATIENCE_MS = 10000,
    TEST_MAX_MS = 60000,
    MANY = 1500, /* publications beside one reader */
    OTHERS = 12  /* clouds that take the places that a replaced one left */
};

struct scene {
    const struct bench *bench;
    struct ic_catalog *catalog;
    unsigned publications;       /* the writer makes so many and ends */
    _Atomic bool stalled, ended; /* reader is in the middle; writer has ended */
    _Atomic bool read;
    struct world_sum sum;
    uint64_t count;
    enum ic_status status;
    struct ic_error error;
};

static bool wait_until(const _Atomic bool *flag)
{
    for (int i = 0; i < PATIENCE_MS && !atomic_load(flag); i++)
        sleep_us(1000);
    return atomic_load(flag);
}

static bool complain(const char *what)
{
    printf("# %s\n", what);
    return false;
}

/* ---- the writer ---- */

static enum ic_status publish(struct scene *scene, const char *name, uint64_t version, bool big,
                              struct ic_error *error)
{
    const struct world_cloud cloud = {name, version, big};
    const struct ic_publish_options options = {.owner = BENCH_OWNER};
    struct ic_document *document = ic_document_new("published", NULL);
    if (!document || world_add(document, &cloud, error) != IC_OK)
        give_up("cannot make a document");
    const enum ic_status status =
        ic_catalog_publish(scene->catalog, document, &options, NULL, NULL, error);
    ic_document_free(document);
    return status;
}

/* Replaces "big", whose new version has another number of entries; then new clouds, and
 * "alpha" again and again. */
static void *writer(void *context)
{
    struct scene *scene = context;
    char name[32];
    enum ic_status status = publish(scene, "big", 2, true, &scene->error);
    if (status == IC_OK)
        status = publish(scene, "big", 3, true, &scene->error);
    for (unsigned i = 0; status == IC_OK && i < OTHERS; i++) {
        snprintf(name, sizeof name, "other-%u", i);
        status = publish(scene, name, 1, i % 2, &scene->error);
    }
    for (unsigned i = 0; status == IC_OK && i < scene->publications; i++)
        status = publish(scene, "alpha", 10 + i, false, &scene->error);
    scene->status = status;
    atomic_store(&scene->ended, true);
    return NULL;
}

/* ---- readers that stop at their first piece ---- */

static void stand_still(struct scene *scene)
{
    if (scene->count++ == 0) {
        atomic_store(&scene->stalled, true);
        wait_until(&scene->ended);
    }
}

static enum ic_status stop_at_fact(void *context, const struct ic_fact *fact,
                                   struct ic_error *error)
{
    struct scene *scene = context;
    (void)error;
    stand_still(scene);
    if (!(fact->flags & IC_INHERITED))
        world_sum_add(&scene->sum, fact->stated_subject, fact->predicate,
                      fact->original ? fact->original : fact->object);
    return IC_OK;
}

static enum ic_status stop_at_quad(void *context, const struct ic_term *s,
                                   const struct ic_term *p, const struct ic_term *o,
                                   const struct ic_term *graph, struct ic_error *error)
{
    struct scene *scene = context;
    (void)error;
    stand_still(scene);
    if (graph && strstr(graph->text, ":big") == graph->text + strlen(graph->text) - 4)
        world_sum_add(&scene->sum, s, p, o);
    return IC_OK;
}

static enum ic_status stop_at_info(void *context, const struct ic_advertisement_info *info,
                                   struct ic_error *error)
{
    (void)info, (void)error;
    stand_still(context);
    return IC_OK;
}

/* The test's own thread reads; the writer begins when it has stopped. */
static void *start_writer(void *context)
{
    struct scene *scene = context;
    if (wait_until(&scene->stalled))
        writer(scene);
    return NULL;
}

static bool whole(const struct scene *scene)
{
    for (uint64_t version = 1; version <= 3; version++) {
        const struct world_cloud cloud = {"big", version, true};
        const struct world_sum due = world_sum_of(&cloud);
        if (due.count == scene->sum.count && due.sum == scene->sum.sum)
            return true;
    }
    return complain("what the reader got is no version of the cloud");
}

/* ---- tests ---- */

static bool judge_writer(const struct scene *scene)
{
    if (scene->status != IC_OK)
        return complain(scene->error.text);
    return true;
}

/* `went_on`: the writer ended while the reader stood still. */
static bool read_beside_writer(struct scene *scene,
                               enum ic_status (*read)(struct scene *scene, struct ic_error *))
{
    pthread_t thread;
    struct ic_error error;
    if (pthread_create(&thread, NULL, start_writer, scene) != 0)
        give_up("cannot start a thread");
    const enum ic_status status = read(scene, &error);
    const bool went_on = atomic_load(&scene->ended);
    pthread_join(thread, NULL);
    if (status != IC_OK)
        return complain(error.text);
    return went_on ? judge_writer(scene) : complain("the writer waited for the reader");
}

static enum ic_status show_big(struct scene *scene, struct ic_error *error)
{
    const struct ic_view view = {NULL, 0};
    return ic_catalog_show(scene->catalog, "big", &view, NULL, stop_at_fact, scene, error);
}

static bool test_show(struct scene *scene)
{
    const bool went_on = read_beside_writer(scene, show_big);
    return whole(scene) && went_on;
}

static enum ic_status export_all(struct scene *scene, struct ic_error *error)
{
    return ic_catalog_export(scene->catalog, stop_at_quad, scene, error);
}

static bool test_export(struct scene *scene)
{
    const bool went_on = read_beside_writer(scene, export_all);
    return whole(scene) && went_on;
}

static enum ic_status list_all(struct scene *scene, struct ic_error *error)
{
    const struct ic_view view = {NULL, 0};
    return ic_catalog_list(scene->catalog, &view, stop_at_info, scene, error);
}

/* Nine advertisements are there before and stay; others may come meanwhile. */
static bool test_list(struct scene *scene)
{
    return read_beside_writer(scene, list_all) &&
           ((scene->count >= 9 && scene->count <= 9 + OTHERS) ||
            complain("the list is not that of any moment"));
}

static enum ic_status hold_dataset(struct scene *scene, struct ic_error *error)
{
    const struct ic_view view = {NULL, 0};
    struct ic_dataset *dataset;
    const enum ic_status status = ic_catalog_dataset(scene->catalog, &view, &dataset, error);
    if (status != IC_OK)
        return status;
    stand_still(scene);
    ic_dataset_free(dataset);
    return IC_OK;
}

static bool test_dataset(struct scene *scene)
{
    return read_beside_writer(scene, hold_dataset);
}

static bool test_many(struct scene *scene)
{
    scene->publications = MANY;
    const bool went_on = read_beside_writer(scene, show_big);
    return whole(scene) && went_on;
}

static void *reader(void *context)
{
    struct scene *scene = context;
    const char *const texts[] = {"edition = \"steady-1\""};
    const struct ic_match_options options = {.view = {NULL, 0}};
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    struct world_found found;
    enum ic_status status = ic_request_parse("request", texts, 1, &request, &scene->error);
    if (status == IC_OK)
        status = ic_catalog_match(scene->catalog, request, &options, &answer, &scene->error);
    if (status == IC_OK && answer->matched != 1)
        status = ic_fail(&scene->error, IC_CORRUPT, "%zu clouds match", answer->matched);
    ic_answer_free(answer);
    ic_request_free(request);
    if (status == IC_OK)
        status = world_read(scene->catalog, "big", &found, &scene->error);
    scene->status = status;
    atomic_store(&scene->read, true);
    return NULL;
}

/* A publish hangs in its sync; others read. What is not on disk yet, nobody was told. */
static bool test_slow_disk(struct scene *scene)
{
    pthread_t writing, reading;
    scene->publications = 1;
    disk_hold_syncs(true);
    if (pthread_create(&writing, NULL, writer, scene) != 0)
        give_up("cannot start a thread");
    for (int i = 0; i < PATIENCE_MS && !disk_sync_waits(); i++)
        sleep_us(1000);
    const bool waits = disk_sync_waits();
    if (pthread_create(&reading, NULL, reader, scene) != 0)
        give_up("cannot start a thread");
    const bool read = wait_until(&scene->read);
    const bool acknowledged = atomic_load(&scene->ended);
    const bool answered = scene->status == IC_OK;
    disk_hold_syncs(false);
    pthread_join(reading, NULL);
    pthread_join(writing, NULL);
    if (!waits)
        return complain("no publish waits for the disk");
    if (acknowledged)
        return complain("a publish was acknowledged before it was on disk");
    if (!read)
        return complain("the reader waited for the writer's disk");
    return answered ? judge_writer(scene) : complain(scene->error.text);
}

/* ---- running ---- */

static const struct test {
    const char *what;
    bool (*run)(struct scene *scene);
} tests[] = {
    {"publishing goes on beside a reader that stands still in show", test_show},
    {"publishing goes on beside a reader that stands still in export", test_export},
    {"publishing goes on beside a reader that stands still in list", test_list},
    {"publishing goes on beside a dataset that is held", test_dataset},
    {"a reader that stands still for long does not make writers fail", test_many},
    {"reading goes on while a publish waits for the disk", test_slow_disk},
};

struct one {
    const struct bench *bench;
    const struct test *test;
};

static int run_one(void *context)
{
    const struct one *one = context;
    struct scene scene = {.bench = one->bench};
    struct ic_error error;
    disk_watch(one->bench->catalog);
    if (bench_open(one->bench, one->bench->catalog, false, &scene.catalog, &error) != IC_OK)
        give_up("cannot open the catalog: %s", error.text);
    const bool good = one->test->run(&scene);
    ic_catalog_close(scene.catalog);
    return good && bench_sound(one->bench, one->bench->catalog) ? 0 : 1;
}

int main(void)
{
    static struct bench bench;
    const unsigned count = sizeof tests / sizeof *tests;
    bool good = true;
    printf("1..%u\n", count);
    make_scratch(bench.scratch, true);
    bench_set_up(&bench);
    for (unsigned i = 0; i < count; i++) {
        char text[64];
        struct one one = {&bench, &tests[i]};
        remove_tree(bench.catalog);
        copy_tree(bench.prepared, bench.catalog);
        const struct child_result result = wait_child(start_child(run_one, &one), TEST_MAX_MS);
        const bool passed = result.end == CHILD_GOOD;
        if (!passed)
            printf("# it %s\n", describe_child(result, text));
        printf("%sok %u - %s\n", passed ? "" : "not ", i + 1, tests[i].what);
        fflush(stdout);
        good = good && passed;
    }
    remove_tree(bench.scratch);
    return good ? 0 : 1;
}
