/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: every page by Berkeley DB, then every database against the others. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "names.h"
#include "postings.h"

enum { PROBLEMS_TOLD_MAX = 100 }; /* the others are only counted */

struct verifier {
    struct ic_catalog *catalog;
    struct store store; /* a snapshot */
    void (*problem)(void *context, const char *message);
    void *context;
    uint64_t problems;
    uint64_t entries_seen, postings_expected, postings_seen;
    roaring_bitmap_t *live;
};

static void complain(struct verifier *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct verifier *v, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    v->problems++;
    if (v->problem && v->problems <= PROBLEMS_TOLD_MAX)
        v->problem(v->context, text);
}

/* Pages as they are on disk: the caller holds off writers and made a checkpoint. */
static enum ic_status verify_pages(struct verifier *v, struct ic_error *error)
{
    for (int i = 0; i < STORE_DATABASE_COUNT; i++) {
        const char *file = store_database_file((enum store_database)i);
        char *path = NULL;
        DB *database;
        if (asprintf(&path, "%s/%s", v->catalog->directory, file) < 0)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
        int code = db_create(&database, NULL, 0);
        if (code == 0) {
            database->set_errcall(database, NULL);
            code = database->verify(database, path, NULL, NULL, 0); /* closes the handle */
        }
        free(path);
        if (code)
            complain(v, "%s: %s", file, db_strerror(code));
    }
    return IC_OK;
}

/* A term that some record uses must be in the dictionary, and the dictionary must find it. */
static enum ic_status check_term(struct verifier *v, uint64_t id, const char *where,
                                 struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term term;
    uint64_t found = 0;
    enum ic_status status = arena ? dictionary_get(&v->store, id, arena, &term, error)
                                  : ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (status == IC_OK)
        status = dictionary_find(&v->store, &term, &found, error);
    if (status == IC_CORRUPT || (status == IC_OK && found != id)) {
        complain(v, "%s uses term %llu, which the dictionary does not have", where,
                 (unsigned long long)id);
        status = IC_OK;
    }
    ic_arena_free(arena);
    return status;
}

/* Is there a record whose key is these two ids? */
static bool has_pair(struct verifier *v, enum store_database database, uint64_t first,
                     uint64_t second)
{
    unsigned char key[16];
    struct store_value value = {.data = NULL};
    bool found = false;
    put_u64(key, first);
    put_u64(key + 8, second);
    const enum ic_status status =
        store_get(&v->store, database, key, sizeof key, &value, &found, NULL);
    store_value_free(&value);
    return status == IC_OK && found;
}

static enum ic_status check_entry(struct verifier *v, const struct advertisement *record,
                                  uint32_t ordinal, const struct entry *entry,
                                  struct ic_error *error)
{
    const char *name = record->cloud_name;
    if (entry->advertisement != record->number)
        complain(v, "entry %u belongs to another advertisement than %s", ordinal, name);
    if (!roaring_bitmap_contains(v->live, ordinal))
        complain(v, "entry %u of %s is not live", ordinal, name);
    if (!has_pair(v, STORE_SUBJECTS, entry->subject, ordinal))
        complain(v, "entry %u of %s is not found by its subject", ordinal, name);
    enum ic_status status = check_term(v, entry->subject, name, error);
    for (size_t i = 0; status == IC_OK && i < entry->fact_count; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        if (entry_repeats(entry, i))
            continue;
        v->postings_expected++;
        bool posted = false;
        if (posting_has(&v->store, fact->predicate, fact->object, ordinal, &posted, NULL) !=
                IC_OK ||
            !posted)
            complain(v, "entry %u of %s has a value that its posting lacks", ordinal, name);
        if (!has_pair(v, STORE_OBJECTS, fact->object, fact->predicate))
            complain(v, "entry %u of %s has a value that the index of values lacks", ordinal,
                     name);
        status = check_term(v, fact->predicate, name, error);
        if (status == IC_OK)
            status = check_term(v, fact->object, name, error);
        if (status == IC_OK && (fact->flags & IC_NORMALISED))
            status = check_term(v, fact->original, name, error);
    }
    return status;
}

static enum ic_status check_record(struct verifier *v, const struct advertisement *record,
                                   struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct claim claim;
    enum graph_kind kind;
    uint64_t number;
    bool found;
    enum ic_status status =
        arena ? claim_read(&v->store, record->cloud_name, arena, &claim, &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK && (!found || claim.advertisement != record->number ||
                            strcmp(claim.owner, record->owner) != 0))
        complain(v, "the name %s is not claimed by its advertisement", record->cloud_name);
    if (status == IC_OK)
        status = graph_read(&v->store, record->graph, &kind, &number, &found, error);
    if (status == IC_OK && (!found || kind != GRAPH_ADVERTISEMENT || number != record->number))
        complain(v, "the graph of %s does not lead to its advertisement", record->cloud_name);
    ic_arena_free(arena);
    return status;
}

static enum ic_status check_advertisement(void *context, const struct advertisement *record,
                                          struct ic_error *error)
{
    struct verifier *v = context;
    struct entry entry = {.facts = NULL};
    enum ic_status status = check_record(v, record, error);
    for (uint64_t i = 0; status == IC_OK && i < record->entry_count; i++) {
        const uint32_t ordinal = (uint32_t)(record->first_ordinal + i);
        bool found;
        status = entry_read(&v->store, ordinal, &entry, &found, error);
        if (status != IC_OK)
            break;
        if (!found) {
            complain(v, "entry %u of %s is missing", ordinal, record->cloud_name);
            continue;
        }
        v->entries_seen++;
        status = check_entry(v, record, ordinal, &entry, error);
    }
    entry_free(&entry);
    return status;
}

static void count_ordinal(void *context, uint32_t ordinal)
{
    uint64_t *count = context;
    (void)ordinal;
    (*count)++;
}

/* Nothing is in the indexes that no entry has: the counts agree. */
static enum ic_status count_indexes(struct verifier *v, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(&v->store, STORE_POSTINGS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        if (scan.key.size != 20) {
            complain(v, "a posting has a damaged key");
            continue;
        }
        if (get_u64(scan.key.data) == POSTING_LIVE)
            continue;
        if (posting_unpack(scan.data.data, scan.data.size, 0, count_ordinal, &v->postings_seen,
                           NULL) != IC_OK)
            complain(v, "a posting is damaged");
    }
    store_scan_close(&scan);
    if (v->postings_seen != v->postings_expected)
        complain(v, "the postings hold %llu values, the entries %llu",
                 (unsigned long long)v->postings_seen,
                 (unsigned long long)v->postings_expected);
    if (roaring_bitmap_get_cardinality(v->live) != v->entries_seen)
        complain(v, "%llu entries are live, %llu are there",
                 (unsigned long long)roaring_bitmap_get_cardinality(v->live),
                 (unsigned long long)v->entries_seen);
    return status;
}

/* The number of records of a database. */
static enum ic_status count_records(struct verifier *v, enum store_database database,
                                    uint64_t *count, struct ic_error *error)
{
    struct store_scan scan;
    bool found;
    *count = 0;
    enum ic_status status = store_scan_open(&v->store, database, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found)
        (*count)++;
    store_scan_close(&scan);
    return status;
}

static enum ic_status count_all(struct verifier *v, struct ic_error *error)
{
    uint64_t entries, subjects, gspo, gpos, gosp;
    enum ic_status status = count_records(v, STORE_ENTRIES, &entries, error);
    if (status == IC_OK)
        status = count_records(v, STORE_SUBJECTS, &subjects, error);
    if (status == IC_OK)
        status = count_records(v, STORE_GSPO, &gspo, error);
    if (status == IC_OK)
        status = count_records(v, STORE_GPOS, &gpos, error);
    if (status == IC_OK)
        status = count_records(v, STORE_GOSP, &gosp, error);
    if (status != IC_OK)
        return status;
    if (entries != v->entries_seen || subjects != v->entries_seen)
        complain(v, "%llu entries, %llu subjects, %llu entries of advertisements",
                 (unsigned long long)entries, (unsigned long long)subjects,
                 (unsigned long long)v->entries_seen);
    if (gspo != gpos || gspo != gosp)
        complain(v, "the three orders of graphs' statements hold %llu, %llu and %llu",
                 (unsigned long long)gspo, (unsigned long long)gpos, (unsigned long long)gosp);
    return IC_OK;
}

/* A page that cannot be read is a problem like the others, told once. */
static enum ic_status run(struct verifier *v, struct ic_error *error)
{
    struct ic_error inner;
    enum ic_status status = store_checkpoint(&v->store, true, error);
    if (status == IC_OK)
        status = verify_pages(v, error);
    if (status != IC_OK)
        return status;
    status = posting_read(&v->store, POSTING_LIVE, 0, v->live, &inner);
    if (status == IC_OK)
        status = catalog_each_advertisement(&v->store, check_advertisement, v, &inner);
    if (status == IC_OK)
        status = count_indexes(v, &inner);
    if (status == IC_OK)
        status = count_all(v, &inner);
    if (status == IC_CORRUPT) {
        complain(v, "%s", inner.text);
        return IC_OK;
    }
    if (status != IC_OK && error)
        *error = inner;
    return status;
}

enum ic_status ic_catalog_verify(struct ic_catalog *catalog,
                                 void (*problem)(void *context, const char *message),
                                 void *context, struct ic_error *error)
{
    struct verifier v = {.catalog = catalog,
                         .problem = problem,
                         .context = context,
                         .live = roaring_bitmap_create()};
    if (!v.live)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    enum ic_status status = catalog_writer_lock(catalog, error);
    if (status == IC_OK) {
        status = store_checkpoint(&catalog->store, true, error);
        if (status == IC_OK)
            status = verify_pages(&v, error);
        catalog_writer_unlock(catalog);
    }
    if (status == IC_OK)
        status = catalog_snapshot(catalog, &v.store, NULL, error);
    if (status == IC_OK) {
        status = run(&v, error);
        catalog_release(&v.store, NULL);
    }
    roaring_bitmap_free(v.live);
    if (status == IC_OK && v.problems)
        status = ic_fail(error, IC_CORRUPT,
                         "%llu contradictions in the catalog %s; restore a backup",
                         (unsigned long long)v.problems, catalog->directory);
    return status;
}
