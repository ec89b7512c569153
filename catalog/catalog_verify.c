/* SPDX-License-Identifier: Apache-2.0 */
/* Verification: every page by Berkeley DB, then from the advertisements down to their entries
 * and what must lead to them; catalog_verify_indexes.c goes the other way. */
#include "catalog_verify.h"

#include <stdlib.h>
#include <string.h>

#include "dictionary.h"
#include "posting_delta.h"
#include "postings.h"
#include "term_id.h"

enum { PROBLEMS_TOLD_MAX = 100 }; /* the others are only counted */

void verify_complain(struct verifier *v, const char *format, ...)
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
        char file[STORE_FILE_NAME_MAX], *path = NULL;
        store_database_file((enum store_database)i, store_generation(&v->catalog->store), file);
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
            verify_complain(v, "%s: %s", file, db_strerror(code));
    }
    return IC_OK;
}

enum ic_status verify_term(struct verifier *v, uint64_t id, const char *where,
                           struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    struct store_value value = {.data = NULL};
    bool found;
    if (term_id_is_inline(id))
        return IC_OK;
    put_number_key(key, id >> 2);
    const enum ic_status status =
        store_get(&v->store, STORE_TERMS, key, sizeof key, &value, &found, error);
    store_value_free(&value);
    if (status == IC_OK && (!found || id >> 2 > NUMBER_KEY_MAX))
        verify_complain(v, "%s uses term %llu, which the dictionary does not have", where,
                        (unsigned long long)(id >> 2));
    return status;
}

/* ---- entries ---- */

static enum ic_status check_facts(struct verifier *v, const char *name, uint32_t ordinal,
                                  const struct entry *entry, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i < entry->fact_count; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        bool posted = true;
        if (!entry_repeats(entry, i)) {
            v->values++;
            status =
                posting_has(&v->store, fact->predicate, fact->object, ordinal, &posted, error);
        }
        if (status == IC_OK && !posted)
            verify_complain(v, "entry %u of %s has a value that its posting lacks", ordinal,
                            name);
        if (status == IC_OK)
            status = verify_term(v, fact->predicate, name, error);
        if (status == IC_OK)
            status = verify_term(v, fact->object, name, error);
        if (status == IC_OK && (fact->flags & IC_NORMALISED))
            status = verify_term(v, fact->original, name, error);
    }
    return status;
}

struct sharing {
    uint32_t ordinal;
    bool found, shared;
};

static enum ic_status note_sharing(void *context, uint32_t ordinal, struct ic_error *error)
{
    struct sharing *sharing = context;
    (void)error;
    sharing->found |= ordinal == sharing->ordinal;
    sharing->shared |= ordinal != sharing->ordinal;
    return IC_OK;
}

static void expect_mark(struct verifier *v, uint64_t mark, uint32_t ordinal)
{
    roaring_bitmap_add(v->expected[mark / 4], ordinal);
}

static enum ic_status check_entry(struct verifier *v, const struct advertisement *record,
                                  uint32_t ordinal, const struct entry *entry,
                                  struct ic_error *error)
{
    const char *name = record->cloud_name;
    struct sharing sharing = {.ordinal = ordinal};
    if (entry->advertisement != record->number)
        verify_complain(v, "entry %u belongs to another advertisement than %s", ordinal, name);
    expect_mark(v, POSTING_LIVE, ordinal);
    if (entry->kind == ENTRY_CLOUD)
        expect_mark(v, POSTING_CLOUDS, ordinal);
    enum ic_status status =
        subject_each(&v->store, entry->subject, UINT64_MAX, note_sharing, &sharing, error);
    if (sharing.shared)
        expect_mark(v, POSTING_SHARED, ordinal);
    if (status == IC_OK && !sharing.found)
        verify_complain(v, "entry %u of %s is not found by its subject", ordinal, name);
    if (status == IC_OK)
        status = verify_term(v, entry->subject, name, error);
    if (status == IC_OK)
        status = verify_term(v, entry->stated_subject, name, error);
    return status == IC_OK ? check_facts(v, name, ordinal, entry, error) : status;
}

/* ---- advertisements ---- */

/* What one advertisement's cloud offers, and where its subjects stand. */
struct offering {
    uint64_t property;
    uint64_t *subjects;        /* by entry */
    struct entry cloud, entry; /* memory that is used again */
};

static enum ic_status check_entries(struct verifier *v, const struct advertisement *record,
                                    struct offering *o, struct ic_error *error)
{
    struct store *store = &v->store;
    enum ic_status status = IC_OK;
    o->cloud.fact_count = 0;
    for (uint64_t i = 0; status == IC_OK && i < record->entry_count; i++) {
        const uint32_t ordinal = (uint32_t)(record->first_ordinal + i);
        bool found;
        status = entry_read(store, ordinal, &o->entry, &found, error);
        if (status != IC_OK)
            break;
        o->subjects[i] = found ? o->entry.subject : 0;
        if (!found) {
            verify_complain(v, "entry %u of %s is missing", ordinal, record->cloud_name);
            continue;
        }
        v->entries++;
        status = check_entry(v, record, ordinal, &o->entry, error);
        if (o->entry.kind == ENTRY_CLOUD) {
            const struct entry spare = o->cloud;
            o->cloud = o->entry;
            o->entry = spare;
        }
    }
    for (size_t k = 0; status == IC_OK && k < o->cloud.fact_count; k++)
        for (uint64_t i = 0; i < record->entry_count; i++)
            if (o->cloud.facts[k].predicate == o->property &&
                o->cloud.facts[k].object == o->subjects[i])
                expect_mark(v, POSTING_OFFERED, (uint32_t)(record->first_ordinal + i));
    return status;
}

static enum ic_status check_record(struct verifier *v, const struct advertisement *record,
                                   struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct claim claim;
    bool found;
    const enum ic_status status =
        arena ? claim_read(&v->store, record->cloud_name, arena, &claim, &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK && (!found || claim.advertisement != record->number))
        verify_complain(v, "the name %s is not claimed by its advertisement",
                        record->cloud_name);
    ic_arena_free(arena);
    v->advertisements++;
    v->expiring += record->expires_ms != 0;
    return status;
}

static enum ic_status check_advertisement(void *context, const struct advertisement *record,
                                          struct ic_error *error)
{
    struct verifier *v = context;
    const struct ic_term offers = ic_term_iri(IC_NS "offers");
    struct offering o = {.subjects =
                             calloc((size_t)record->entry_count + 1, sizeof *o.subjects)};
    enum ic_status status =
        o.subjects ? dictionary_find(&v->store, &offers, &o.property, error)
                   : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK)
        status = check_record(v, record, error);
    if (status == IC_OK)
        status = check_entries(v, record, &o, error);
    entry_free(&o.cloud);
    entry_free(&o.entry);
    free(o.subjects);
    return status;
}

/* ---- all of it ---- */

static enum ic_status read_marks(struct verifier *v, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (uint64_t i = 0; status == IC_OK && i < VERIFY_MARKS; i++)
        status = posting_read(&v->store, POSTING_MARKS, 4 * i, v->marks[i], error);
    return status;
}

static void compare_marks(struct verifier *v)
{
    static const char *const names[] = {"live", "clouds", "offered", "sharing a subject"};
    for (int i = 0; i < VERIFY_MARKS; i++) {
        const uint64_t wrong = roaring_bitmap_xor_cardinality(v->marks[i], v->expected[i]);
        if (wrong)
            verify_complain(v, "%llu entries are marked as %s and are not, or the reverse",
                            (unsigned long long)wrong, names[i]);
    }
}

/* A page that cannot be read is a problem like the others, told once. */
static enum ic_status run(struct verifier *v, struct ic_error *error)
{
    struct ic_error inner;
    enum ic_status status = read_marks(v, &inner);
    if (status == IC_OK)
        status = catalog_each_advertisement(&v->store, check_advertisement, v, &inner);
    if (status == IC_OK)
        compare_marks(v);
    if (status == IC_OK)
        status = verify_indexes(v, &inner);
    if (status == IC_OK)
        status = verify_owners(v, &inner);
    if (status == IC_CORRUPT) {
        verify_complain(v, "%s", inner.text);
        return IC_OK;
    }
    if (status != IC_OK && error)
        *error = inner;
    return status;
}

/* Files and records are read one after the other: the first while nobody writes. The snapshot
 * for the second is of that moment, when no changes of postings wait: their records are
 * compared with the entries. On success v->store is open. */
static enum ic_status check_pages(struct verifier *v, struct ic_error *error)
{
    enum ic_status status = catalog_writer_lock(v->catalog, error);
    if (status != IC_OK)
        return status;
    struct ic_error inner;
    status = posting_delta_settle(&v->catalog->store, &inner);
    if (status == IC_CORRUPT)
        verify_complain(v, "%s", inner.text);
    else if (status != IC_OK && error)
        *error = inner;
    if (status == IC_OK || status == IC_CORRUPT)
        status = store_checkpoint(&v->catalog->store, true, error);
    if (status == IC_OK)
        status = verify_pages(v, error);
    if (status == IC_OK)
        store_snapshot_open(&v->catalog->store, &v->store, NULL, NULL);
    catalog_writer_unlock(v->catalog);
    return status;
}

static void free_bitmap(roaring_bitmap_t *bitmap)
{
    if (bitmap)
        roaring_bitmap_free(bitmap);
}

enum ic_status ic_catalog_verify(struct ic_catalog *catalog,
                                 void (*problem)(void *context, const char *message),
                                 void *context, struct ic_error *error)
{
    struct verifier v = {.catalog = catalog, .problem = problem, .context = context};
    bool memory = true;
    for (int i = 0; i < VERIFY_MARKS; i++) {
        v.marks[i] = roaring_bitmap_create();
        v.expected[i] = roaring_bitmap_create();
        memory = memory && v.marks[i] && v.expected[i];
    }
    enum ic_status status =
        memory ? check_pages(&v, error)
               : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK) {
        status = run(&v, error);
        catalog_release(&v.store, NULL);
    }
    for (int i = 0; i < VERIFY_MARKS; i++) {
        free_bitmap(v.marks[i]);
        free_bitmap(v.expected[i]);
    }
    if (status == IC_OK && v.problems)
        status = ic_fail(error, IC_CORRUPT,
                         "%llu contradictions in the catalog %s; restore a backup",
                         (unsigned long long)v.problems, catalog->directory);
    return status;
}
