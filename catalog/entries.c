/* SPDX-License-Identifier: Apache-2.0 */
/* Entry records and their indexes.
 *
 * On disk: key = ordinal (4 bytes), record as entry_record.h says. An index entry of a subject
 * is a key alone: its number (5 bytes), the ordinal (4). */
#include "entries.h"

#include <stdlib.h>
#include <string.h>

#include "bulk_build.h"
#include "catalog.h"
#include "cloud_names.h"
#include "codec.h"
#include "entry_record.h"
#include "postings.h"

void entry_free(struct entry *entry)
{
    free(entry->facts);
    *entry = (struct entry){.facts = NULL};
}

enum ic_status entry_add(struct entry *entry, struct entry_fact fact, struct ic_error *error)
{
    if (entry->fact_count == entry->fact_room) {
        const size_t room = entry->fact_room ? entry->fact_room * 2 : 32;
        struct entry_fact *grown = realloc(entry->facts, room * sizeof *grown);
        if (!grown)
            return ic_fail(error, IC_NO_MEMORY, "out of memory for a description");
        entry->facts = grown;
        entry->fact_room = room;
    }
    entry->facts[entry->fact_count++] = fact;
    return IC_OK;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_facts(const void *left, const void *right)
{
    const struct entry_fact *a = left, *b = right;
    int order = compare_numbers(a->predicate, b->predicate);
    if (!order)
        order = compare_numbers(a->object, b->object);
    return order ? order : compare_numbers(a->original, b->original);
}

void entry_sort(struct entry *entry)
{
    if (entry->fact_count < 2)
        return;
    qsort(entry->facts, entry->fact_count, sizeof *entry->facts, compare_facts);
    size_t kept = 1;
    for (size_t i = 1; i < entry->fact_count; i++) {
        if (compare_facts(&entry->facts[i], &entry->facts[kept - 1]) == 0)
            entry->facts[kept - 1].flags |= entry->facts[i].flags;
        else
            entry->facts[kept++] = entry->facts[i];
    }
    entry->fact_count = kept;
}

/* Subjects are never ids of their own: their two low bits say nothing. */
enum { ID_SHIFT = 2 };

static enum ic_status read_base(struct store *store, uint32_t ordinal, struct entry *base,
                                struct ic_error *error)
{
    unsigned char key[ORDINAL_KEY_BYTES];
    struct store_value value = {.data = NULL};
    uint32_t back;
    bool found;
    put_ordinal_key(key, ordinal);
    enum ic_status status =
        store_get(store, STORE_ENTRIES, key, sizeof key, &value, &found, error);
    struct decoder record = decoder_of(value.data, value.size);
    if (status == IC_OK && (!found || entry_record_needs_base(record, &back)))
        status =
            ic_fail(error, IC_CORRUPT, "an entry of the catalog is damaged; restore a backup");
    if (status == IC_OK)
        status = entry_decode(&record, NULL, base, error);
    store_value_free(&value);
    return status;
}

/* Reads a record; its base from the store, unless it is `known`. */
static enum ic_status decode(struct store *store, uint32_t ordinal, struct decoder record,
                             const struct entry_base *known, struct entry *entry,
                             struct ic_error *error)
{
    struct entry own = {.facts = NULL};
    const struct entry *base = NULL;
    uint32_t back;
    enum ic_status status = IC_OK;
    if (entry_record_needs_base(record, &back)) {
        base = &own;
        if (known && known->old.subject && known->ordinal == ordinal - back)
            base = &known->old;
        else
            status = read_base(store, ordinal - back, &own, error);
    }
    if (status == IC_OK)
        status = entry_decode(&record, base, entry, error);
    entry_free(&own);
    return status;
}

static enum ic_status read_entry(struct store *store, uint32_t ordinal,
                                 const struct entry_base *base, struct entry *entry,
                                 struct store_value *value, bool *found, struct ic_error *error)
{
    unsigned char key[ORDINAL_KEY_BYTES];
    put_ordinal_key(key, ordinal);
    const enum ic_status status =
        store_get(store, STORE_ENTRIES, key, sizeof key, value, found, error);
    return status == IC_OK && *found
               ? decode(store, ordinal, decoder_of(value->data, value->size), base, entry,
                        error)
               : status;
}

enum ic_status entry_read(struct store *store, uint32_t ordinal, struct entry *entry,
                          bool *found, struct ic_error *error)
{
    struct store_value value = {.data = NULL};
    const enum ic_status status = read_entry(store, ordinal, NULL, entry, &value, found, error);
    store_value_free(&value);
    return status;
}

enum ic_status entry_base_read(struct store *store, uint32_t ordinal, struct entry_base *base,
                               struct ic_error *error)
{
    bool found = false;
    base->ordinal = ordinal;
    const enum ic_status status =
        store->build ? IC_OK : entry_read(store, ordinal, &base->old, &found, error);
    if (status == IC_OK && !found)
        base->old.subject = 0;
    return status;
}

void entry_base_free(struct entry_base *base)
{
    entry_free(&base->old);
    entry_free(&base->now);
}

/* Walks two sorted lists of facts: what only the old one has leaves the postings, what only
 * the new one has enters them. */
static enum ic_status move_postings(struct store *store, uint32_t ordinal,
                                    const struct entry *old, const struct entry *new,
                                    struct ic_error *error)
{
    size_t i = 0, k = 0;
    while (i < old->fact_count || k < new->fact_count) {
        if (i < old->fact_count && entry_repeats(old, i)) {
            i++;
            continue;
        }
        if (k < new->fact_count && entry_repeats(new, k)) {
            k++;
            continue;
        }
        const struct entry_fact *gone = i < old->fact_count ? &old->facts[i] : NULL;
        const struct entry_fact *come = k < new->fact_count ? &new->facts[k] : NULL;
        int order = !gone ? 1 : !come ? -1 : compare_numbers(gone->predicate, come->predicate);
        if (!order)
            order = compare_numbers(gone->object, come->object);
        enum ic_status status = IC_OK;
        if (order < 0)
            status = posting_remove(store, gone->predicate, gone->object, ordinal, error);
        else if (order > 0)
            status = posting_add(store, come->predicate, come->object, ordinal, error);
        if (status != IC_OK)
            return status;
        i += order <= 0;
        k += order >= 0;
    }
    return IC_OK;
}

enum { SUBJECT_KEY_BYTES = NUMBER_KEY_BYTES + ORDINAL_KEY_BYTES };

static void make_subject_key(unsigned char key[SUBJECT_KEY_BYTES], uint64_t subject,
                             uint32_t ordinal)
{
    put_number_key(key, subject >> ID_SHIFT);
    put_ordinal_key(key + NUMBER_KEY_BYTES, ordinal);
}

enum ic_status subject_each(struct store *store, uint64_t subject, uint64_t most,
                            enum ic_status (*each)(void *context, uint32_t ordinal,
                                                   struct ic_error *error),
                            void *context, struct ic_error *error)
{
    unsigned char key[SUBJECT_KEY_BYTES];
    struct store_scan scan;
    bool found;
    if (subject & ((1U << ID_SHIFT) - 1) || subject >> ID_SHIFT > NUMBER_KEY_MAX)
        return IC_OK; /* a literal, or no term of the dictionary */
    make_subject_key(key, subject, 0);
    enum ic_status status =
        store_scan_open(store, STORE_SUBJECTS, key, NUMBER_KEY_BYTES, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while (most-- && (status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        const unsigned char *at = scan.key.data;
        status = scan.key.size == SUBJECT_KEY_BYTES
                     ? each(context, get_ordinal_key(at + NUMBER_KEY_BYTES), error)
                     : ic_fail(error, IC_CORRUPT,
                               "a subject of the catalog is damaged; restore a backup");
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    return status;
}

/* The entries about a subject besides one: how many, and the first. Three entries tell whether
 * there is none, one or more. */
struct others {
    uint32_t but, first;
    unsigned count;
};
enum { ENTRIES_THAT_TELL = 3 };

static enum ic_status note_other(void *context, uint32_t ordinal, struct ic_error *error)
{
    struct others *others = context;
    (void)error;
    if (ordinal == others->but)
        return IC_OK;
    if (others->count++ == 0)
        others->first = ordinal;
    return IC_OK;
}

/* The mark of entries that share their subject: on all of them, or on none when one is left. */
static enum ic_status mark_shared(struct store *store, uint32_t ordinal, uint64_t subject,
                                  bool comes, struct ic_error *error)
{
    struct others others = {.but = ordinal};
    enum ic_status (*change)(struct store *, uint64_t, uint64_t, uint32_t, struct ic_error *) =
        comes ? posting_add : posting_remove;
    enum ic_status status =
        subject_each(store, subject, ENTRIES_THAT_TELL, note_other, &others, error);
    if (status == IC_OK && others.count)
        status = change(store, POSTING_MARKS, POSTING_SHARED, ordinal, error);
    if (status == IC_OK && others.count == 1)
        status = change(store, POSTING_MARKS, POSTING_SHARED, others.first, error);
    return status;
}

static enum ic_status move_subject(struct store *store, uint32_t ordinal, uint64_t from,
                                   uint64_t to, struct ic_error *error)
{
    unsigned char key[SUBJECT_KEY_BYTES];
    enum ic_status status = IC_OK;
    if (from == to)
        return IC_OK;
    if (from) {
        make_subject_key(key, from, ordinal);
        status = store_delete(store, STORE_SUBJECTS, key, sizeof key, NULL, 0, error);
        if (status == IC_OK)
            status = mark_shared(store, ordinal, from, false, error);
    }
    if (status == IC_OK && to) {
        make_subject_key(key, to, ordinal);
        status = store_put(store, STORE_SUBJECTS, key, sizeof key, "", 0, error);
        if (status == IC_OK && !(store->build && build_is_first_subject(store, to)))
            status = mark_shared(store, ordinal, to, true, error);
    }
    return status;
}

static enum ic_status move_mark(struct store *store, uint64_t mark, uint32_t ordinal, bool from,
                                bool to, struct ic_error *error)
{
    return from == to ? IC_OK
           : to       ? posting_add(store, POSTING_MARKS, mark, ordinal, error)
                      : posting_remove(store, POSTING_MARKS, mark, ordinal, error);
}

/* The marks that follow from there being an entry (its kind is not 0), and from what it is. */
static enum ic_status move_marks(struct store *store, uint32_t ordinal,
                                 const struct entry *from, const struct entry *to,
                                 struct ic_error *error)
{
    const bool was_cloud = from->kind == ENTRY_CLOUD, is_cloud = to->kind == ENTRY_CLOUD;
    enum ic_status status =
        move_mark(store, POSTING_LIVE, ordinal, from->kind != 0, to->kind != 0, error);
    if (status == IC_OK)
        status = move_mark(store, POSTING_OFFERED, ordinal, from->offered, to->offered, error);
    if (status == IC_OK)
        status = move_mark(store, POSTING_CLOUDS, ordinal, was_cloud, is_cloud, error);
    return status == IC_OK && was_cloud && !is_cloud ? cloud_name_remove(store, ordinal, error)
                                                     : status;
}

static bool same_record(const struct store_value *before, const struct encoder *after)
{
    return before->size == after->size && memcmp(before->data, after->data, after->size) == 0;
}

/* Encodes the entry and writes the record, when it is another one than `before`. */
static enum ic_status write_record(struct store *store, uint32_t ordinal,
                                   const struct entry *entry, const struct entry_base *base,
                                   const struct store_value *before, struct ic_error *error)
{
    struct encoder after = {.data = NULL};
    unsigned char key[ORDINAL_KEY_BYTES];
    put_ordinal_key(key, ordinal);
    if (!entry)
        return store_delete(store, STORE_ENTRIES, key, sizeof key, NULL, 0, error);
    const bool based = base && base->now.subject && ordinal > base->ordinal;
    entry_encode(&after, entry, based ? &base->now : NULL,
                 ordinal - (based ? base->ordinal : 0));
    enum ic_status status = IC_OK;
    if (after.failed)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for an entry");
    else if (!before->data || !same_record(before, &after))
        status =
            store_put(store, STORE_ENTRIES, key, sizeof key, after.data, after.size, error);
    encoder_free(&after);
    return status;
}

enum ic_status entry_write(struct store *store, uint32_t ordinal, const struct entry *entry,
                           const struct entry_base *base, bool *named, struct ic_error *error)
{
    static const struct entry none;
    struct entry old = {.facts = NULL};
    struct store_value before = {.data = NULL};
    const struct entry *new = entry ? entry : &none;
    bool found = false; /* in a build every ordinal is new */
    enum ic_status status =
        store->build ? IC_OK : read_entry(store, ordinal, base, &old, &before, &found, error);
    if (named)
        *named = new->kind != ENTRY_CLOUD || old.kind == ENTRY_CLOUD;
    if (status == IC_OK && (found || entry)) {
        status = write_record(store, ordinal, entry, base, &before, error);
        if (status == IC_OK)
            status = move_postings(store, ordinal, &old, new, error);
        if (status == IC_OK)
            status = move_subject(store, ordinal, old.subject, new->subject, error);
        if (status == IC_OK)
            status = move_marks(store, ordinal, &old, new, error);
    }
    entry_free(&old);
    store_value_free(&before);
    return status;
}
