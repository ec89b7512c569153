/* SPDX-License-Identifier: Apache-2.0 */
/* Entry records and their indexes.
 *
 * On disk: key = ordinal as 8 bytes. Record = advertisement number, kind, subject, stated
 * subject, number of facts, then each fact: predicate as the difference from the one before,
 * object, flags, and with IC_NORMALISED the original. */
#include "entries.h"

#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "codec.h"
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

static void encode_entry(struct encoder *record, const struct entry *entry)
{
    encode_number(record, entry->advertisement);
    encode_byte(record, entry->kind);
    encode_number(record, entry->subject);
    encode_number(record, entry->stated_subject);
    encode_number(record, entry->fact_count);
    uint64_t last = 0;
    for (size_t i = 0; i < entry->fact_count; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        encode_number(record, fact->predicate - last);
        encode_number(record, fact->object);
        encode_byte(record, fact->flags);
        if (fact->flags & IC_NORMALISED)
            encode_number(record, fact->original);
        last = fact->predicate;
    }
}

static enum ic_status decode_entry(struct decoder *record, struct entry *entry,
                                   struct ic_error *error)
{
    entry->fact_count = 0;
    entry->advertisement = decode_number(record);
    entry->kind = (enum entry_kind)decode_byte(record);
    entry->subject = decode_number(record);
    entry->stated_subject = decode_number(record);
    const uint64_t count = decode_number(record);
    uint64_t predicate = 0;
    for (uint64_t i = 0; i < count && !record->bad; i++) {
        struct entry_fact fact = {.original = 0};
        fact.predicate = predicate += decode_number(record);
        fact.object = decode_number(record);
        fact.flags = decode_byte(record);
        if (fact.flags & IC_NORMALISED)
            fact.original = decode_number(record);
        const enum ic_status status = entry_add(entry, fact, error);
        if (status != IC_OK)
            return status;
    }
    if (!decoder_done(record) || entry->kind < ENTRY_CLOUD || entry->kind > ENTRY_PART)
        return ic_fail(error, IC_CORRUPT,
                       "an entry of the catalog is damaged; restore a backup");
    return IC_OK;
}

enum ic_status entry_read(struct store *store, uint32_t ordinal, struct entry *entry,
                          bool *found, struct ic_error *error)
{
    unsigned char key[8];
    struct store_value value = {.data = NULL};
    put_u64(key, ordinal);
    enum ic_status status =
        store_get(store, STORE_ENTRIES, key, sizeof key, &value, found, error);
    if (status == IC_OK && *found) {
        struct decoder record = decoder_of(value.data, value.size);
        status = decode_entry(&record, entry, error);
    }
    store_value_free(&value);
    return status;
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

static enum ic_status move_subject(struct store *store, uint32_t ordinal, uint64_t from,
                                   uint64_t to, struct ic_error *error)
{
    unsigned char key[16];
    enum ic_status status = IC_OK;
    put_u64(key + 8, ordinal);
    if (from && from != to) {
        put_u64(key, from);
        status = store_delete(store, STORE_SUBJECTS, key, sizeof key, NULL, 0, error);
    }
    if (status == IC_OK && to && from != to) {
        put_u64(key, to);
        status = store_put(store, STORE_SUBJECTS, key, sizeof key, "", 0, error);
    }
    return status;
}

static bool same_entry(const struct encoder *a, const struct encoder *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

enum ic_status entry_write(struct store *store, uint32_t ordinal, const struct entry *entry,
                           struct ic_error *error)
{
    static const struct entry none;
    struct entry old = {.facts = NULL};
    struct encoder before = {.data = NULL}, after = {.data = NULL};
    const struct entry *new = entry ? entry : &none;
    unsigned char key[8];
    bool found;
    put_u64(key, ordinal);

    enum ic_status status = entry_read(store, ordinal, &old, &found, error);
    if (status != IC_OK || (!found && !entry))
        goto out;
    if (found)
        encode_entry(&before, &old);
    if (entry)
        encode_entry(&after, entry);
    if (before.failed || after.failed) {
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for an entry");
        goto out;
    }
    if (same_entry(&before, &after))
        goto out;
    status =
        entry ? store_put(store, STORE_ENTRIES, key, sizeof key, after.data, after.size, error)
              : store_delete(store, STORE_ENTRIES, key, sizeof key, NULL, 0, error);
    if (status == IC_OK)
        status = move_postings(store, ordinal, &old, new, error);
    if (status == IC_OK)
        status = move_subject(store, ordinal, old.subject, new->subject, error);
    if (status == IC_OK && !found)
        status = posting_add(store, POSTING_LIVE, 0, ordinal, error);
    else if (status == IC_OK && !entry)
        status = posting_remove(store, POSTING_LIVE, 0, ordinal, error);
out:
    entry_free(&old);
    encoder_free(&before);
    encoder_free(&after);
    return status;
}
