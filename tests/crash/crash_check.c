/* SPDX-License-Identifier: Apache-2.0 */
/* The crash harness's checker: the catalog opens by itself, verify finds nothing, and it holds
 * what was acknowledged (or what was being tried), each whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/request.h"
#include "crash.h"

enum { MATCHED_OF_FILE = 40 }; /* of a file's clouds one in so many is also asked for */

/* ---- shared by the parts ---- */

enum ic_status harness_open(const struct harness *harness, const char *directory, bool create,
                            struct ic_catalog **catalog, struct ic_error *error)
{
    const char *const candidates[] = {harness->ontologies[0], NULL};
    const struct ic_catalog_options options = {.directory = directory,
                                               .create = create,
                                               .ontology_candidates = candidates,
                                               .limits.values[IC_LIMIT_CHANGES] =
                                                   65536}; /* some wait, and commits merge */
    return ic_catalog_open(&options, catalog, error);
}

bool harness_fail(const struct harness *harness, const char *format, ...)
{
    bool first = false;
    if (atomic_compare_exchange_strong(&harness->shared->failed, &first, true)) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(harness->shared->failure, FAILURE_BYTES_MAX, format, arguments);
        va_end(arguments);
    }
    return false;
}

void cloud_slot_name(unsigned slot, char name[32])
{
    snprintf(name, 32, "p%u-%u", slot / CLOUDS_EACH, slot % CLOUDS_EACH);
}

const char *cloud_slot_owner(unsigned slot)
{
    static const char *const owners[PUBLISHERS] = {"p0@crash.example", "p1@crash.example",
                                                   "p2@crash.example"};
    return owners[slot / CLOUDS_EACH];
}

bool cloud_slot_big(unsigned slot)
{
    return slot % CLOUDS_EACH == CLOUDS_EACH - 1;
}

unsigned file_clouds(unsigned file)
{
    return file ? FILE_CLOUDS_MAX : 20;
}

void file_cloud_name(unsigned file, unsigned index, char name[32])
{
    snprintf(name, 32, "f%u-%u", file, index);
}

void bulk_cloud_name(uint64_t bulk, unsigned index, char name[32])
{
    snprintf(name, 32, "b%llu-%u", (unsigned long long)bulk, index);
}

/* ---- one catalog against what is known ---- */

struct checking {
    const struct harness *harness;
    struct ic_catalog *catalog;
    const char *what;      /* "the catalog" or "the backup" */
    unsigned ontology;     /* which one is in force */
    uint64_t state[SLOTS]; /* what was found */
    size_t listed, expected;
    bool backup;
    struct world_sum graph;
};

static bool bad(const struct checking *c, const char *what, const struct ic_error *error)
{
    return harness_fail(c->harness, "%s: %s: %s: %s", c->what, what,
                        ic_status_name(error->status), error->text);
}

static void note_problem(void *context, const char *message)
{
    const struct checking *c = context;
    harness_fail(c->harness, "%s: verify: %s", c->what, message);
}

/* May the slot be in the state that was found? A withdrawn cloud is not told from one that was
 * never published: `found` 0 stands for both. */
static bool allowed(uint64_t version, uint64_t found)
{
    return found ? version == found : version == 0 || world_withdrawn(version);
}

/* What a slot was at change `sequence`, from the changes that were acknowledged. */
static uint64_t version_at(const struct shared *shared, unsigned slot, uint64_t sequence)
{
    uint64_t version = shared->base[slot];
    const uint32_t count = atomic_load(&shared->change_count);
    for (uint32_t i = 0; i < count && i < CHANGES_MAX; i++)
        if (shared->changes[i].slot == slot && shared->changes[i].sequence <= sequence &&
            shared->changes[i].version > version)
            version = shared->changes[i].version;
    return version;
}

/* The catalog: what was acknowledged or tried. A backup: what was acknowledged up to its
 * sequence; a change that was being made when the worker died has no known number. */
static bool place_state(struct checking *c, unsigned slot, const char *name, uint64_t found,
                        uint64_t sequence)
{
    const struct slot *noted = &c->harness->shared->slots[slot];
    const uint64_t acked = atomic_load(&noted->acked), attempt = atomic_load(&noted->attempt);
    const uint64_t due = c->backup ? version_at(c->harness->shared, slot, sequence) : acked;
    const bool is_attempt = attempt != acked && allowed(attempt, found);
    if (!allowed(due, found) && !is_attempt)
        return harness_fail(
            c->harness, "%s holds version %llu of %s; acknowledged is %llu, tried %llu%s",
            c->what, (unsigned long long)found, name, (unsigned long long)due,
            (unsigned long long)attempt, c->backup ? " (up to the backup's sequence)" : "");
    c->state[slot] = allowed(due, found) ? due : attempt;
    return true;
}

static bool finds(struct checking *c, const char *name, uint64_t version)
{
    char text[96];
    const char *const texts[] = {text};
    struct ic_request *request = NULL;
    struct ic_answer *answer = NULL;
    struct ic_error error;
    const struct ic_match_options options = {.view = {NULL, 0}};
    snprintf(text, sizeof text, "edition = \"%s-%llu\"", name, (unsigned long long)version);
    enum ic_status status = ic_request_parse("request", texts, 1, &request, &error);
    if (status == IC_OK)
        status = ic_catalog_match(c->catalog, request, &options, &answer, &error);
    const bool good = status == IC_OK && answer->matched == 1 && answer->shown == 1 &&
                      strcmp(answer->clouds[0].name, name) == 0;
    if (status != IC_OK)
        bad(c, "match", &error);
    else if (!good)
        harness_fail(c->harness, "%s: match %s finds %zu clouds", c->what, text,
                     answer->matched);
    ic_answer_free(answer);
    ic_request_free(request);
    return good;
}

/* Reads a cloud: whole, under the ontology in force, found by match and by name. */
static bool read_whole_cloud(struct checking *c, const char *name, const char *owner, bool big,
                             bool match, uint64_t *version)
{
    struct world_found found;
    struct ic_error error;
    char why[FAILURE_BYTES_MAX], *resolved = NULL;
    *version = 0;
    if (world_read(c->catalog, name, &found, &error) != IC_OK)
        return bad(c, name, &error);
    if (!world_whole(&found, name, big, why, sizeof why))
        return harness_fail(c->harness, "%s: %s", c->what, why);
    if (!found.there)
        return true;
    c->expected++;
    *version = found.version;
    if (!found.normalised[c->ontology])
        return harness_fail(c->harness, "%s: %s is as another ontology has it", c->what, name);
    const struct ic_view view = {NULL, 0};
    if (ic_catalog_resolve(c->catalog, name, &view, &resolved, &error) != IC_OK)
        return bad(c, "resolve", &error);
    const bool owned = strcmp(resolved, owner) == 0;
    free(resolved);
    if (!owned)
        return harness_fail(c->harness, "%s: %s has another owner", c->what, name);
    return !match || finds(c, name, found.version);
}

static bool check_clouds(struct checking *c, uint64_t sequence)
{
    for (unsigned slot = 0; slot < CLOUD_SLOTS; slot++) {
        char name[32];
        uint64_t found;
        cloud_slot_name(slot, name);
        if (!read_whole_cloud(c, name, cloud_slot_owner(slot), cloud_slot_big(slot), true,
                              &found) ||
            !place_state(c, slot, name, found, sequence))
            return false;
    }
    return true;
}

/* A file's clouds are all of one version. */
static bool check_files(struct checking *c, uint64_t sequence)
{
    for (unsigned file = 0; file < FILE_SLOTS; file++) {
        uint64_t first = 0;
        char name[32];
        for (unsigned i = 0; i < file_clouds(file); i++) {
            uint64_t found;
            file_cloud_name(file, i, name);
            const bool match = i % MATCHED_OF_FILE == 0;
            if (!read_whole_cloud(c, name, IC_OWNER_ADMIN, false, match, &found))
                return false;
            if (i && found != first)
                return harness_fail(
                    c->harness, "%s: half a file: version %llu of the first cloud, %llu of %s",
                    c->what, (unsigned long long)first, (unsigned long long)found, name);
            first = found;
        }
        if (!place_state(c, SLOT_FILES + file, "a file", first, sequence))
            return false;
    }
    return true;
}

/* The clouds of one bulk import: all or none. */
static bool check_bulk(struct checking *c, uint64_t bulk, bool *there)
{
    unsigned count = 0;
    for (unsigned i = 0; i < BULK_CLOUDS; i++) {
        char name[32];
        uint64_t found;
        bulk_cloud_name(bulk, i, name);
        if (!read_whole_cloud(c, name, IC_OWNER_ADMIN, false, i == 0, &found))
            return false;
        count += found == bulk;
    }
    *there = count > 0;
    return count == 0 || count == BULK_CLOUDS ||
           harness_fail(c->harness, "%s: %u of the %d clouds of bulk import %llu", c->what,
                        count, BULK_CLOUDS, (unsigned long long)bulk);
}

static bool check_bulks(struct checking *c, uint64_t sequence)
{
    const struct shared *shared = c->harness->shared;
    const uint64_t attempt = atomic_load(&shared->slots[SLOT_BULK].attempt);
    const uint64_t acked = atomic_load(&shared->slots[SLOT_BULK].acked);
    const uint64_t due = c->backup ? version_at(shared, SLOT_BULK, sequence) : acked;
    uint64_t found = 0;
    for (uint64_t bulk = 1; bulk <= attempt; bulk++) {
        bool there;
        if (!check_bulk(c, bulk, &there))
            return false;
        if (there && found != bulk - 1)
            return harness_fail(c->harness, "%s: bulk import %llu is there, an earlier is not",
                                c->what, (unsigned long long)bulk);
        if (there)
            found = bulk;
    }
    c->state[SLOT_BULK] = found;
    return found == due || (attempt != acked && found == attempt) ||
           harness_fail(c->harness, "%s holds %llu bulk imports; acknowledged are %llu",
                        c->what, (unsigned long long)found, (unsigned long long)due);
}

static bool check_ontology(struct checking *c, const struct ic_catalog_stats *stats)
{
    const struct shared *shared = c->harness->shared;
    const struct slot *slot = &shared->slots[SLOT_ONTOLOGY];
    const uint64_t attempt = atomic_load(&slot->attempt);
    uint64_t version =
        c->backup ? atomic_load(&shared->backup_ontology) : atomic_load(&slot->acked);
    for (; version <= attempt; version++)
        if (strcmp(stats->ontology_digest, c->harness->digests[version % WORLD_ONTOLOGIES]) ==
            0) {
            c->state[SLOT_ONTOLOGY] = version;
            c->ontology = version % WORLD_ONTOLOGIES;
            return true;
        }
    return harness_fail(c->harness, "%s has an ontology with digest %s", c->what,
                        stats->ontology_digest);
}

static enum ic_status sum_graph(void *context, const struct ic_term *s, const struct ic_term *p,
                                const struct ic_term *o, const struct ic_term *graph,
                                struct ic_error *error)
{
    struct checking *c = context;
    (void)error;
    if (graph && strcmp(graph->text, WORLD_GRAPH) == 0)
        world_sum_add(&c->graph, s, p, o);
    return IC_OK;
}

/* The plain graph, by way of export, which reads everything. */
static bool check_graph(struct checking *c)
{
    const struct slot *slot = &c->harness->shared->slots[SLOT_GRAPH];
    struct ic_error error;
    if (ic_catalog_export(c->catalog, sum_graph, c, &error) != IC_OK)
        return bad(c, "export", &error);
    const uint64_t from =
        c->backup ? c->harness->shared->base[SLOT_GRAPH] : atomic_load(&slot->acked);
    for (uint64_t version = from; version <= atomic_load(&slot->attempt); version++) {
        const struct world_sum due = world_graph_sum(version);
        if (due.count == c->graph.count && due.sum == c->graph.sum) {
            c->state[SLOT_GRAPH] = version;
            return true;
        }
    }
    return harness_fail(c->harness, "%s: the graph has %llu statements, those of no version",
                        c->what, (unsigned long long)c->graph.count);
}

static enum ic_status count_listed(void *context, const struct ic_advertisement_info *info,
                                   struct ic_error *error)
{
    struct checking *c = context;
    (void)error;
    c->listed += info->live;
    return IC_OK;
}

static bool check_list(struct checking *c)
{
    struct ic_error error;
    const struct ic_view view = {NULL, 0};
    if (ic_catalog_list(c->catalog, &view, count_listed, c, &error) != IC_OK)
        return bad(c, "list", &error);
    return c->listed == c->expected ||
           harness_fail(c->harness, "%s: %zu clouds are listed, %zu were read", c->what,
                        c->listed, c->expected);
}

static bool check_all(struct checking *c)
{
    struct ic_catalog_stats stats;
    struct ic_error error;
    if (ic_catalog_verify(c->catalog, note_problem, c, &error) != IC_OK)
        return bad(c, "verify", &error);
    if (ic_catalog_stats(c->catalog, &stats, &error) != IC_OK)
        return bad(c, "stats", &error);
    return check_ontology(c, &stats) && check_clouds(c, stats.sequence) &&
           check_files(c, stats.sequence) && check_bulks(c, stats.sequence) && check_graph(c) &&
           check_list(c);
}

/* What only the catalog itself has: every acknowledged sequence, and its counter. */
static bool check_numbers(struct checking *c)
{
    const struct shared *shared = c->harness->shared;
    struct ic_catalog_stats stats;
    struct ic_error error;
    uint64_t first;
    if (ic_catalog_stats(c->catalog, &stats, &error) != IC_OK)
        return bad(c, "stats", &error);
    if (stats.sequence < atomic_load(&shared->last_sequence))
        return harness_fail(c->harness, "the sequence is %llu; %llu was acknowledged",
                            (unsigned long long)stats.sequence,
                            (unsigned long long)atomic_load(&shared->last_sequence));
    if (ic_catalog_take_numbers(c->catalog, "crash", 1, &first, &error) != IC_OK)
        return bad(c, "taking a number", &error);
    return first > atomic_load(&shared->counter) ||
           harness_fail(c->harness, "number %llu was given out twice",
                        (unsigned long long)first);
}

/* A finished backup opens, verifies, and is the catalog at one sequence. */
static bool check_backup(const struct harness *harness, uint64_t number, bool finished)
{
    struct checking c = {.harness = harness, .what = "the backup", .backup = true};
    char name[32], path[PATH_BYTES_MAX];
    struct ic_error error;
    snprintf(name, sizeof name, "%llu", (unsigned long long)number);
    join_path(path, harness->backups, name);
    if (!finished && access(path, F_OK) != 0)
        return true;
    const enum ic_status status = harness_open(harness, path, false, &c.catalog, &error);
    if (!finished && (status == IC_NOT_FOUND || status == IC_FORMAT || status == IC_IO)) {
        atomic_fetch_add(&harness->shared->refused_backups, 1);
        return true;
    }
    if (status != IC_OK)
        return bad(&c, finished ? "opening" : "opening what was not finished", &error);
    const bool good = check_all(&c);
    ic_catalog_close(c.catalog);
    atomic_fetch_add(&harness->shared->checked_backups, 1);
    return good;
}

static bool check_backups(const struct harness *harness)
{
    struct shared *shared = harness->shared;
    const uint64_t finished = atomic_load(&shared->backup);
    if (finished && !check_backup(harness, finished, true))
        return false;
    return check_backup(harness, finished + 1, false);
}

static void settle(const struct checking *c)
{
    struct shared *shared = c->harness->shared;
    for (unsigned slot = 0; slot < SLOTS; slot++) {
        shared->base[slot] = c->state[slot];
        atomic_store(&shared->slots[slot].acked, c->state[slot]);
        atomic_store(&shared->slots[slot].attempt, c->state[slot]);
    }
    atomic_store(&shared->change_count, 0);
    atomic_store(&shared->backup, 0);
}

int checker_run(void *context)
{
    const struct harness *harness = context;
    struct checking c = {.harness = harness, .what = "the catalog"};
    struct ic_error error;
    if (!check_backups(harness))
        return 1;
    const enum ic_status status =
        harness_open(harness, harness->catalog, true, &c.catalog, &error);
    if (status != IC_OK) {
        bad(&c, "opening", &error);
        return 1;
    }
    const bool good = check_all(&c) && check_numbers(&c);
    ic_catalog_close(c.catalog);
    if (good)
        settle(&c);
    return good ? 0 : 1;
}
