/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness's worker: opens the catalog, publishes, withdraws, imports, loads
 * ontologies, backs up, verifies and reads at once, closes it, and begins again until it is
 * killed. Each result is noted in shared memory as soon as the call returned. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/importer.h"
#include "crash.h"

enum {
    SESSION_MAX_MS = 400,
    PAUSE_MAX_US = 1500,
    WINDOW_STATEMENTS = 200,
    COUNTER_STEP = 7,
    SESSION_ROOM = CHANGES_MAX / 2 /* changes that one session may still need */
};

struct session {
    const struct harness *harness;
    struct ic_catalog *catalog;
    _Atomic bool stop;
};

struct hand {
    struct session *session;
    struct shared *shared;
    unsigned thread, number; /* number: which publisher or reader */
    struct chance chance;
    pthread_t id;
};

static uint64_t enter(struct shared *shared, unsigned thread, enum phase phase)
{
    atomic_store(&shared->phases[thread], (int)phase);
    return now_us();
}

static void leave(struct shared *shared, unsigned thread, enum phase phase, uint64_t since_us)
{
    atomic_store(&shared->phases[thread], PHASE_IDLE);
    atomic_store(&shared->phase_us[phase], now_us() - since_us);
}

/* Anything but IC_OK from the catalog ends the worker: nothing here may fail. */
static void must(const struct hand *hand, enum ic_status status, const struct ic_error *error,
                 const char *what)
{
    if (status == IC_OK)
        return;
    harness_fail(hand->session->harness, "%s: %s: %s", what, ic_status_name(status),
                 error->text);
    _exit(1);
}

static void note_change(struct shared *shared, unsigned slot, uint64_t version,
                        uint64_t sequence)
{
    const uint32_t at = atomic_fetch_add(&shared->change_count, 1);
    if (at < CHANGES_MAX)
        shared->changes[at] = (struct change){sequence, version, slot};
    uint64_t last = atomic_load(&shared->last_sequence);
    while (last < sequence &&
           !atomic_compare_exchange_weak(&shared->last_sequence, &last, sequence))
        ;
}

static void note_sequence(void *context, const struct ic_published *published)
{
    uint64_t *sequence = context;
    if (*sequence < published->sequence)
        *sequence = published->sequence;
}

/* Publishes until the ontology was not replaced meanwhile. */
static uint64_t publish(const struct hand *hand, struct ic_document *document,
                        const struct ic_publish_options *options, const char *what)
{
    uint64_t sequence = 0;
    struct ic_error error;
    enum ic_status status;
    do
        status = ic_catalog_publish(hand->session->catalog, document, options, note_sequence,
                                    &sequence, &error);
    while (status == IC_BUSY);
    must(hand, status, &error, what);
    return sequence;
}

static struct ic_document *cloud_document(const struct hand *hand, unsigned slot,
                                          uint64_t version)
{
    char name[32];
    struct ic_error error;
    struct ic_document *document = ic_document_new("published", NULL);
    cloud_slot_name(slot, name);
    const struct world_cloud cloud = {name, version, cloud_slot_big(slot)};
    if (!document)
        give_up("out of memory for a document");
    must(hand, world_add(document, &cloud, &error), &error, "making a document");
    return document;
}

static void publish_cloud(const struct hand *hand, unsigned slot, uint64_t version, bool renew)
{
    struct shared *shared = hand->shared;
    struct ic_document *document = cloud_document(hand, slot, version);
    const struct ic_publish_options options = {.owner = cloud_slot_owner(slot),
                                               .format = "test",
                                               .lease_ms =
                                                   renew ? (int64_t)24 * 60 * 60 * 1000 : 0};
    const enum phase phase = renew ? PHASE_RENEW : PHASE_PUBLISH;
    if (!renew)
        atomic_store(&shared->slots[slot].attempt, version);
    const uint64_t since_us = enter(shared, hand->thread, phase);
    const uint64_t sequence = publish(hand, document, &options, "publishing");
    if (!renew) {
        note_change(shared, slot, version, sequence);
        atomic_store(&shared->slots[slot].acked, version);
    }
    leave(shared, hand->thread, phase, since_us);
    atomic_fetch_add(&shared->publishes, 1);
    ic_document_free(document);
}

static void withdraw_cloud(const struct hand *hand, unsigned slot, uint64_t version)
{
    struct shared *shared = hand->shared;
    char name[32];
    struct ic_error error;
    uint64_t sequence = 0;
    cloud_slot_name(slot, name);
    atomic_store(&shared->slots[slot].attempt, version);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_WITHDRAW);
    must(hand,
         ic_catalog_withdraw(hand->session->catalog, cloud_slot_owner(slot), name, &sequence,
                             &error),
         &error, "withdrawing");
    note_change(shared, slot, version, sequence);
    atomic_store(&shared->slots[slot].acked, version);
    leave(shared, hand->thread, PHASE_WITHDRAW, since_us);
}

static void pause_a_little(struct hand *hand)
{
    sleep_us(chance_below(&hand->chance, PAUSE_MAX_US));
}

static void *publisher(void *context)
{
    struct hand *hand = context;
    struct shared *shared = hand->shared;
    while (!atomic_load(&hand->session->stop)) {
        const unsigned slot =
            hand->number * CLOUDS_EACH + (unsigned)chance_below(&hand->chance, CLOUDS_EACH);
        const uint64_t version = atomic_load(&shared->slots[slot].acked);
        if (version && !world_withdrawn(version) && chance_one_in(&hand->chance, 6))
            publish_cloud(hand, slot, version, true);
        else if (world_withdrawn(version + 1))
            withdraw_cloud(hand, slot, version + 1);
        else
            publish_cloud(hand, slot, version + 1, false);
        pause_a_little(hand);
    }
    return NULL;
}

/* ---- the bulk writer ---- */

static void import_file(const struct hand *hand, unsigned file)
{
    struct shared *shared = hand->shared;
    struct slot *slot = &shared->slots[SLOT_FILES + file];
    uint64_t version = atomic_load(&slot->acked) + 1;
    char *text = NULL;
    size_t size;
    struct ic_error error;
    while (world_withdrawn(version))
        version++;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; out && i < file_clouds(file); i++) {
        char name[32];
        file_cloud_name(file, i, name);
        const struct world_cloud cloud = {name, version, false};
        must(hand, world_write(out, &cloud, &error), &error, "writing a file");
    }
    if (!out || fclose(out) != 0)
        give_up("out of memory for a file");

    atomic_store(&slot->attempt, version);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_IMPORT);
    struct ic_document *document = ic_document_new("file.nt", NULL);
    const struct ic_import_context from = {.in = fmemopen(text, size, "r")};
    must(hand, ic_import("ntriples", &from, document, NULL, &error), &error, "reading a file");
    const struct ic_publish_options options = {.owner = IC_OWNER_ADMIN, .format = "ntriples"};
    const uint64_t sequence = publish(hand, document, &options, "importing");
    note_change(shared, SLOT_FILES + file, version, sequence);
    atomic_store(&slot->acked, version);
    leave(shared, hand->thread, PHASE_IMPORT, since_us);
    ic_document_free(document);
    fclose(from.in);
    free(text);
}

/* One bulk import through windows; IC_BUSY: the ontology was replaced meanwhile. */
static enum ic_status bulk_once(const struct hand *hand, char *text, size_t size,
                                struct ic_bulk_counts *counts, struct ic_error *error)
{
    const struct ic_bulk_options options = {
        .publish = {.owner = IC_OWNER_ADMIN, .format = "ntriples"}};
    struct ic_bulk *bulk;
    enum ic_status status = ic_bulk_begin(hand->session->catalog, &options, &bulk, error);
    if (status != IC_OK)
        return status;
    struct ic_document *document = ic_document_new("bulk.nt", NULL);
    const struct ic_import_context from = {.in = fmemopen(text, size, "r"),
                                           .window = ic_bulk_window,
                                           .window_context = bulk,
                                           .window_statements = WINDOW_STATEMENTS};
    status = ic_import("ntriples", &from, document, NULL, error);
    status = ic_bulk_end(bulk, status, document, counts, error);
    ic_document_free(document);
    fclose(from.in);
    return status;
}

static void import_bulk(const struct hand *hand)
{
    struct shared *shared = hand->shared;
    struct slot *slot = &shared->slots[SLOT_BULK];
    const uint64_t number = atomic_load(&slot->acked) + 1;
    struct ic_bulk_counts counts;
    struct ic_error error;
    char *text = NULL;
    size_t size;
    if (number > BULKS_MAX)
        return;
    FILE *out = open_memstream(&text, &size);
    for (unsigned i = 0; out && i < BULK_CLOUDS; i++) {
        char name[32];
        bulk_cloud_name(number, i, name);
        const struct world_cloud cloud = {name, number, false};
        must(hand, world_write(out, &cloud, &error), &error, "writing a file");
    }
    if (!out || fclose(out) != 0)
        give_up("out of memory for a file");
    atomic_store(&slot->attempt, number);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_BULK);
    enum ic_status status;
    do
        status = bulk_once(hand, text, size, &counts, &error);
    while (status == IC_BUSY);
    must(hand, status, &error, "a bulk import");
    note_change(shared, SLOT_BULK, number, counts.sequence);
    atomic_store(&slot->acked, number);
    leave(shared, hand->thread, PHASE_BULK, since_us);
    free(text);
}

static void load_ontology(const struct hand *hand)
{
    struct shared *shared = hand->shared;
    struct slot *slot = &shared->slots[SLOT_ONTOLOGY];
    const uint64_t version = atomic_load(&slot->acked) + 1;
    struct ic_error error;
    struct ic_document *document = world_ontology_document(version % WORLD_ONTOLOGIES, &error);
    atomic_store(&slot->attempt, version);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_ONTOLOGY);
    must(hand, ic_catalog_load_ontology(hand->session->catalog, &document, 1, &error), &error,
         "loading an ontology");
    atomic_store(&slot->acked, version);
    leave(shared, hand->thread, PHASE_ONTOLOGY, since_us);
    ic_document_free(document);
}

static void put_graph(const struct hand *hand)
{
    struct shared *shared = hand->shared;
    struct slot *slot = &shared->slots[SLOT_GRAPH];
    const uint64_t version = atomic_load(&slot->acked) + 1;
    struct ic_error error;
    struct ic_document *document;
    must(hand, world_graph_document(version, &document, &error), &error, "making a graph");
    atomic_store(&slot->attempt, version);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_GRAPH);
    must(hand,
         ic_catalog_put_graph(hand->session->catalog, WORLD_GRAPH, document, false, &error),
         &error, "putting a graph");
    atomic_store(&slot->acked, version);
    leave(shared, hand->thread, PHASE_GRAPH, since_us);
    ic_document_free(document);
}

static void take_numbers(const struct hand *hand)
{
    struct shared *shared = hand->shared;
    struct ic_error error;
    uint64_t first;
    const uint64_t since_us = enter(shared, hand->thread, PHASE_COUNTER);
    must(hand,
         ic_catalog_take_numbers(hand->session->catalog, "crash", COUNTER_STEP, &first, &error),
         &error, "taking numbers");
    if (first <= atomic_load(&shared->counter)) {
        harness_fail(hand->session->harness, "number %llu was given out twice",
                     (unsigned long long)first);
        _exit(1);
    }
    atomic_store(&shared->counter, first + COUNTER_STEP - 1);
    leave(shared, hand->thread, PHASE_COUNTER, since_us);
}

static void *bulk_writer(void *context)
{
    struct hand *hand = context;
    while (!atomic_load(&hand->session->stop)) {
        int what = hand->shared->focus;
        if (chance_one_in(&hand->chance, 2))
            what = PHASE_IMPORT + (int)chance_below(&hand->chance, 5);
        if (what == PHASE_IMPORT)
            import_file(hand, (unsigned)chance_below(&hand->chance, FILE_SLOTS));
        else if (what == PHASE_ONTOLOGY)
            load_ontology(hand);
        else if (what == PHASE_GRAPH)
            put_graph(hand);
        else if (what == PHASE_BULK && !hand->shared->left_out[PHASE_BULK])
            import_bulk(hand);
        else
            take_numbers(hand);
        pause_a_little(hand);
    }
    return NULL;
}

/* ---- the caretaker: backups and checkpoints ---- */

static void make_backup(const struct hand *hand)
{
    const struct harness *harness = hand->session->harness;
    struct shared *shared = hand->shared;
    const uint64_t number = atomic_load(&shared->backup) + 1;
    const uint64_t ontology = atomic_load(&shared->slots[SLOT_ONTOLOGY].acked);
    char name[32], path[PATH_BYTES_MAX];
    struct ic_error error;
    snprintf(name, sizeof name, "%llu", (unsigned long long)number);
    join_path(path, harness->backups, name);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_BACKUP);
    const enum ic_status status = ic_catalog_backup(hand->session->catalog, path, &error);
    leave(shared, hand->thread, PHASE_BACKUP, since_us);
    if (status == IC_BUSY) {
        remove_tree(path);
        return; /* a bulk import switched meanwhile */
    }
    must(hand, status, &error, "backing up");
    atomic_store(&shared->backup_ontology, ontology);
    atomic_store(&shared->backup, number);
    snprintf(name, sizeof name, "%llu", (unsigned long long)(number - 1));
    join_path(path, harness->backups, name);
    remove_tree(path);
}

static void note_problem(void *context, const char *message)
{
    harness_fail(context, "verify, while others write: %s", message);
}

static void verify(const struct hand *hand)
{
    struct ic_error error;
    const uint64_t since_us = enter(hand->shared, hand->thread, PHASE_VERIFY);
    const enum ic_status status =
        ic_catalog_verify(hand->session->catalog, note_problem,
                          (void *)(uintptr_t)hand->session->harness, &error);
    leave(hand->shared, hand->thread, PHASE_VERIFY, since_us);
    if (status != IC_BUSY)
        must(hand, status, &error, "verifying");
}

static void *caretaker(void *context)
{
    struct hand *hand = context;
    while (!atomic_load(&hand->session->stop)) {
        sleep_us(chance_below(&hand->chance, 20 * PAUSE_MAX_US));
        const int focus = hand->shared->focus;
        if (focus == PHASE_BACKUP || (focus != PHASE_VERIFY && chance_one_in(&hand->chance, 4)))
            make_backup(hand);
        else if (focus == PHASE_VERIFY || chance_one_in(&hand->chance, 2))
            verify(hand);
    }
    return NULL;
}

/* ---- readers ---- */

/* Is "not advertised" right for some version from `low` to `high`? */
static bool may_be_absent(uint64_t low, uint64_t high)
{
    for (uint64_t version = low; version <= high; version++)
        if (version == 0 || world_withdrawn(version))
            return true;
    return false;
}

/* Whoever reads sees one version whole, not older than what was acknowledged before he began
 * and not newer than what was tried when he ended. */
static void read_cloud(const struct hand *hand, unsigned slot, const char *name, bool big)
{
    const struct harness *harness = hand->session->harness;
    struct shared *shared = hand->shared;
    struct world_found found;
    struct ic_error error;
    char why[FAILURE_BYTES_MAX];
    const uint64_t low = atomic_load(&shared->slots[slot].acked);
    const uint64_t since_us = enter(shared, hand->thread, PHASE_READ);
    const enum ic_status status = world_read(hand->session->catalog, name, &found, &error);
    leave(shared, hand->thread, PHASE_READ, since_us);
    if (status == IC_BUSY)
        return; /* a bulk import switched meanwhile */
    must(hand, status, &error, "reading");
    const uint64_t high = atomic_load(&shared->slots[slot].attempt);
    bool good = world_whole(&found, name, big, why, sizeof why);
    if (!good)
        harness_fail(harness, "a reader: %s", why);
    else if (found.there ? found.version < low || found.version > high
                         : !may_be_absent(low, high))
        good = harness_fail(harness, "a reader saw version %llu of %s, not one of %llu to %llu",
                            (unsigned long long)found.version, name, (unsigned long long)low,
                            (unsigned long long)high);
    if (!good)
        _exit(1);
    atomic_fetch_add(&shared->reads, 1);
}

static void *reader(void *context)
{
    struct hand *hand = context;
    while (!atomic_load(&hand->session->stop)) {
        char name[32];
        const unsigned slot = (unsigned)chance_below(&hand->chance, SLOT_GRAPH);
        if (slot < SLOT_FILES)
            cloud_slot_name(slot, name);
        else
            file_cloud_name(
                slot - SLOT_FILES,
                (unsigned)chance_below(&hand->chance, file_clouds(slot - SLOT_FILES)), name);
        read_cloud(hand, slot, name, slot < SLOT_FILES && cloud_slot_big(slot));
        pause_a_little(hand);
    }
    return NULL;
}

/* ---- sessions ---- */

static void start_hand(struct session *session, struct hand *hand, unsigned thread,
                       unsigned number, uint64_t seed, void *(*run)(void *))
{
    *hand = (struct hand){.session = session,
                          .shared = session->harness->shared,
                          .thread = thread,
                          .number = number,
                          .chance = {seed + thread}};
    if (pthread_create(&hand->id, NULL, run, hand) != 0)
        give_up("cannot start a thread");
}

static void run_session(const struct harness *harness, struct chance *chance)
{
    struct session session = {.harness = harness};
    struct hand hands[THREADS] = {{.session = &session, .shared = harness->shared}};
    struct ic_error error;
    uint64_t since_us = enter(harness->shared, 0, PHASE_OPEN);
    must(&hands[0], harness_open(harness, harness->catalog, true, &session.catalog, &error),
         &error, "opening");
    leave(harness->shared, 0, PHASE_OPEN, since_us);

    unsigned thread = 1;
    for (unsigned i = 0; i < PUBLISHERS; i++, thread++)
        start_hand(&session, &hands[thread], thread, i, chance_next(chance), publisher);
    start_hand(&session, &hands[thread], thread, 0, chance_next(chance), bulk_writer);
    thread++;
    start_hand(&session, &hands[thread], thread, 0, chance_next(chance), caretaker);
    thread++;
    for (unsigned i = 0; i < READERS; i++, thread++)
        start_hand(&session, &hands[thread], thread, i, chance_next(chance), reader);

    const bool brief =
        harness->shared->focus == PHASE_OPEN || harness->shared->focus == PHASE_CLOSE;
    sleep_us(1000 * (1 + chance_below(chance, brief ? SESSION_MAX_MS / 8 : SESSION_MAX_MS)));
    atomic_store(&session.stop, true);
    for (unsigned i = 1; i < thread; i++)
        pthread_join(hands[i].id, NULL);
    since_us = enter(harness->shared, 0, PHASE_CLOSE);
    ic_catalog_close(session.catalog);
    leave(harness->shared, 0, PHASE_CLOSE, since_us);
}

int worker_run(void *context)
{
    const struct harness *harness = context;
    struct chance chance = {harness->seed};
    while (atomic_load(&harness->shared->change_count) < SESSION_ROOM)
        run_session(harness, &chance);
    for (;;)
        pause();
}

int opener_run(void *context)
{
    const struct harness *harness = context;
    struct ic_catalog *catalog;
    struct ic_error error;
    const uint64_t since_us = enter(harness->shared, 0, PHASE_RECOVERY);
    const enum ic_status status =
        harness_open(harness, harness->catalog, false, &catalog, &error);
    if (status != IC_OK) {
        harness_fail(harness, "opening after a kill: %s: %s", ic_status_name(status),
                     error.text);
        return 1;
    }
    leave(harness->shared, 0, PHASE_RECOVERY, since_us);
    for (;;)
        pause();
}
