/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of postings that wait: in memory a tree of pairs, each with its changes in the order
 * of commits; on disk the same changes, a record or more for each commit.
 *
 * A hand goes round the pairs in the order of keys and merges those that it passes. When it has
 * gone round, everything that waited when it set out is merged, and the records of that are
 * deleted, a few with each commit.
 *
 * On disk: key = a number (5 bytes), consecutive. Record: runs of changes of one ordinal: the
 * ordinal, how many; for each the property >> 2 << 1 | added, the object. All LEB128. */
#include "posting_delta.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "codec.h"
#include "posting_cache.h"
#include "store_shared.h"

enum {
    CHANGE_BYTES = 48,     /* what one that waits takes, with its share of its pair */
    NOTED_MAX = 16 * 1024, /* changes of a transaction; more are written through */
    SETTLE_AT_ONCE = 8 * 1024,
    RECORD_BYTES = 900 /* less than a quarter of a page */
};

struct change {
    uint64_t commit; /* that made it */
    uint64_t merged; /* the commit that merged it, or UINT64_MAX */
    uint32_t ordinal;
    bool added;
};

struct delta_pair {
    RB_ENTRY(delta_pair) link;
    struct delta_pair *prev, *next; /* of those with merged changes, by merged_by */
    uint64_t merged_by;             /* the commit that merged last; 0: nothing here is merged */
    struct change *changes;
    size_t count, room;
    size_t merged; /* so many of them, from the first on */
    unsigned size;
    const unsigned char *key; /* a posting's, up to and with the object; behind the struct */
};

RB_HEAD(delta_tree, delta_pair);

struct noted {
    uint64_t property, object;
    uint32_t ordinal, index;
    bool added;
    unsigned size;
    size_t key; /* in `keys` */
};

/* How far merging is; a transaction's own until it commits. */
struct progress {
    uint64_t first, next; /* the oldest record's number, and the next one's */
    uint64_t begun;       /* records below it were there when the hand set out */
    uint64_t done;        /* those below it are merged */
    struct posting_key hand;
};

struct posting_delta {
    struct delta_tree tree;
    struct delta_pair *merged;   /* the longest merged first */
    size_t waiting, waiting_max; /* changes; beyond that commits merge */
    struct progress progress;

    /* of the running transaction */
    struct progress next;
    bool moved, all; /* `next` holds; everything that waited was merged */
    struct delta_pair **merging;
    size_t merging_count, merging_room, merging_changes;
    struct noted *noted;
    size_t noted_count, noted_room;
    struct encoder keys;
};

static int compare_pairs(const struct delta_pair *a, const struct delta_pair *b)
{
    return version_compare(a->key, a->size, b->key, b->size);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
RB_GENERATE_INTERNAL(delta_tree, delta_pair, link, compare_pairs, static)
#pragma GCC diagnostic pop

static enum ic_status no_memory(struct ic_error *error)
{
    return ic_fail(error, IC_NO_MEMORY, "out of memory for changes of postings");
}

struct posting_delta *posting_delta_new(size_t bytes_max)
{
    struct posting_delta *delta = calloc(1, sizeof *delta);
    if (delta)
        delta->waiting_max = bytes_max / CHANGE_BYTES;
    return delta;
}

/* ---- pairs ---- */

/* The pair of a key, or the first behind it. */
static struct delta_pair *pair_from(struct posting_delta *delta, const void *key, unsigned size)
{
    struct delta_pair wanted = {.key = key, .size = size};
    return RB_NFIND(delta_tree, &delta->tree, &wanted);
}

static bool is_pair(const struct delta_pair *pair, const void *key, unsigned size)
{
    return pair && pair->size == size && memcmp(pair->key, key, size) == 0;
}

static void remove_pair(struct posting_delta *delta, struct delta_pair *pair)
{
    RB_REMOVE(delta_tree, &delta->tree, pair);
    free(pair->changes);
    free(pair);
}

static void clear(struct posting_delta *delta)
{
    struct delta_pair *pair, *next;
    for (pair = RB_MIN(delta_tree, &delta->tree); pair; pair = next) {
        next = RB_NEXT(delta_tree, &delta->tree, pair);
        remove_pair(delta, pair);
    }
    delta->merged = NULL;
    delta->waiting = 0;
}

void posting_delta_free(struct posting_delta *delta)
{
    if (!delta)
        return;
    clear(delta);
    free(delta->merging);
    free(delta->noted);
    encoder_free(&delta->keys);
    free(delta);
}

static bool add_change(struct posting_delta *delta, const void *key, unsigned size,
                       struct change change)
{
    struct delta_pair *pair = pair_from(delta, key, size);
    if (!is_pair(pair, key, size)) {
        pair = calloc(1, sizeof *pair + size);
        if (!pair)
            return false;
        pair->size = size;
        pair->key = memcpy(pair + 1, key, size);
        RB_INSERT(delta_tree, &delta->tree, pair);
    }
    if (pair->count == pair->room) {
        const size_t room = pair->room ? pair->room * 2 : 2;
        struct change *grown = realloc(pair->changes, room * sizeof *grown);
        if (!grown && !pair->count)
            remove_pair(delta, pair);
        if (!grown)
            return false;
        pair->changes = grown;
        pair->room = room;
    }
    pair->changes[pair->count++] = change;
    delta->waiting++;
    return true;
}

/* The changes of a pair that wait are merged now by a commit. */
static void set_merged(struct posting_delta *delta, struct delta_pair *pair, uint64_t commit)
{
    if (pair->merged == pair->count)
        return;
    if (pair->merged_by)
        DL_DELETE(delta->merged, pair);
    delta->waiting -= pair->count - pair->merged;
    while (pair->merged < pair->count)
        pair->changes[pair->merged++].merged = commit;
    pair->merged_by = commit;
    DL_APPEND(delta->merged, pair);
}

/* Forgets what is merged for all snapshots from `oldest` on. */
static void forget_merged(struct posting_delta *delta, uint64_t oldest)
{
    struct delta_pair *pair;
    while ((pair = delta->merged) && pair->merged_by <= oldest) {
        DL_DELETE(delta->merged, pair);
        pair->count -= pair->merged;
        memmove(pair->changes, pair->changes + pair->merged,
                pair->count * sizeof *pair->changes);
        pair->merged = 0;
        pair->merged_by = 0;
        if (!pair->count)
            remove_pair(delta, pair);
    }
}

/* ---- merging ---- */

static int compare_changes(const void *left, const void *right)
{
    const struct posting_change *a = left, *b = right;
    if (a->ordinal != b->ordinal)
        return a->ordinal < b->ordinal ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

/* Makes changes of one pair in STORE_POSTINGS; of several of one ordinal the last. What is
 * written for others does not count as this transaction's. */
static enum ic_status write_changes(struct store *store, const void *key, unsigned size,
                                    struct posting_change *changes, size_t count,
                                    struct ic_error *error)
{
    struct posting_key pair = {.pair = size};
    size_t kept = 0;
    memcpy(pair.bytes, key, size);
    qsort(changes, count, sizeof *changes, compare_changes);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || changes[i + 1].ordinal != changes[i].ordinal)
            changes[kept++] = changes[i];
    return posting_apply(store, &pair, changes, kept, error);
}

static enum ic_status merge_pair(struct store *store, const struct delta_pair *pair,
                                 struct ic_error *error)
{
    const size_t count = pair->count - pair->merged;
    const uint64_t written = store->written_bytes;
    struct posting_change few[32], *changes = few;
    if (count > sizeof few / sizeof *few && !(changes = malloc(count * sizeof *changes)))
        return no_memory(error);
    for (size_t i = 0; i < count; i++)
        changes[i] = (struct posting_change){.ordinal = pair->changes[pair->merged + i].ordinal,
                                             .order = (uint32_t)i,
                                             .added = pair->changes[pair->merged + i].added};
    store->written_bytes = 0;
    const enum ic_status status =
        write_changes(store, pair->key, pair->size, changes, count, error);
    store->written_bytes = written;
    if (changes != few)
        free(changes);
    return status;
}

static struct progress *move(struct posting_delta *delta)
{
    if (!delta->moved)
        delta->next = delta->progress;
    delta->moved = true;
    return &delta->next;
}

/* The pair that the hand comes to; it sets out anew behind the last. */
static struct delta_pair *turn(struct posting_delta *delta, struct progress *progress)
{
    struct posting_key *hand = &progress->hand;
    struct delta_pair *pair = pair_from(delta, hand->bytes, hand->pair);
    if (is_pair(pair, hand->bytes, hand->pair))
        pair = RB_NEXT(delta_tree, &delta->tree, pair);
    if (!pair) {
        pair = RB_MIN(delta_tree, &delta->tree);
        progress->done = progress->begun;
        progress->begun = progress->next;
    }
    hand->pair = pair->size;
    memcpy(hand->bytes, pair->key, pair->size);
    return pair;
}

/* Merges about so many of the changes that waited when the transaction began. */
static enum ic_status merge_some(struct store *store, size_t wanted, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    struct progress *progress = move(delta);
    const size_t until = delta->merging_changes + wanted;
    while (!delta->all && delta->merging_changes < until) {
        if (delta->merging_changes == delta->waiting) {
            delta->all = true;
            progress->done = progress->begun = progress->next;
            break;
        }
        if (delta->merging_count == delta->merging_room) {
            const size_t room = delta->merging_room ? delta->merging_room * 2 : 64;
            struct delta_pair **grown = realloc(delta->merging, room * sizeof *grown);
            if (!grown)
                return no_memory(error);
            delta->merging = grown;
            delta->merging_room = room;
        }
        struct delta_pair *pair = turn(delta, progress);
        if (pair->merged == pair->count)
            continue;
        const enum ic_status status = merge_pair(store, pair, error);
        if (status != IC_OK)
            return status;
        delta->merging[delta->merging_count++] = pair;
        delta->merging_changes += pair->count - pair->merged;
    }
    return IC_OK;
}

/* Deletes some of the records of which all is merged. */
static enum ic_status trim(struct store *store, struct progress *progress, size_t most,
                           struct ic_error *error)
{
    enum ic_status status = IC_OK;
    for (; status == IC_OK && most && progress->first < progress->done; most--) {
        unsigned char key[NUMBER_KEY_BYTES];
        put_number_key(key, progress->first++);
        status = store_delete(store, STORE_POSTING_CHANGES, key, sizeof key, NULL, 0, error);
    }
    return status;
}

/* ---- the transaction ---- */

static void forget_noted(struct posting_delta *delta)
{
    delta->noted_count = 0;
    delta->keys.size = 0;
}

enum ic_status posting_delta_note(struct store *store, uint64_t property, uint64_t object,
                                  uint32_t ordinal, bool added, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    struct posting_key key;
    enum ic_status status = posting_make_pair(store, property, object, &key, error);
    if (status == IC_OK && delta->noted_count == NOTED_MAX)
        status = posting_delta_write_through(store, error);
    if (status != IC_OK)
        return status;
    if (delta->noted_count == delta->noted_room) {
        const size_t room = delta->noted_room ? delta->noted_room * 2 : 64;
        struct noted *grown = realloc(delta->noted, room * sizeof *grown);
        if (!grown)
            return no_memory(error);
        delta->noted = grown;
        delta->noted_room = room;
    }
    const size_t at = delta->keys.size;
    encode_bytes(&delta->keys, key.bytes, key.pair);
    if (delta->keys.failed)
        return no_memory(error);
    delta->noted[delta->noted_count] = (struct noted){.property = property,
                                                      .object = object,
                                                      .ordinal = ordinal,
                                                      .index = (uint32_t)delta->noted_count,
                                                      .added = added,
                                                      .key = at,
                                                      .size = key.pair};
    delta->noted_count++;
    return posting_cache_note(store->postings, property, object, ordinal, added, error);
}

static int compare_noted(const void *left, const void *right, void *context)
{
    const struct noted *a = left, *b = right;
    const unsigned char *keys = context;
    const int order = version_compare(keys + a->key, a->size, keys + b->key, b->size);
    return order ? order : (a->index > b->index) - (a->index < b->index);
}

/* Changes that waited come first, and their records go: nothing may bring them back over what
 * is written now. */
enum ic_status posting_delta_write_through(struct store *store, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    const unsigned char *keys = delta->keys.data;
    if (!delta->noted_count)
        return IC_OK;
    enum ic_status status = merge_some(store, SIZE_MAX / 2, error);
    if (status == IC_OK)
        status = trim(store, move(delta), SIZE_MAX, error);
    struct posting_change *changes = malloc(delta->noted_count * sizeof *changes);
    if (!changes)
        return no_memory(error);
    qsort_r(delta->noted, delta->noted_count, sizeof *delta->noted, compare_noted,
            delta->keys.data);
    for (size_t i = 0; status == IC_OK && i < delta->noted_count;) {
        const struct noted *first = &delta->noted[i];
        size_t count = 0;
        for (; i < delta->noted_count && delta->noted[i].size == first->size &&
               memcmp(keys + delta->noted[i].key, keys + first->key, first->size) == 0;
             i++)
            changes[count++] = (struct posting_change){
                delta->noted[i].ordinal, delta->noted[i].index, delta->noted[i].added};
        status = write_changes(store, keys + first->key, first->size, changes, count, error);
    }
    free(changes);
    forget_noted(delta);
    return status;
}

static enum ic_status put_record(struct store *store, struct encoder *record,
                                 struct progress *progress, struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    if (record->failed)
        return no_memory(error);
    put_number_key(key, progress->next++);
    const enum ic_status status = store_put(store, STORE_POSTING_CHANGES, key, sizeof key,
                                            record->data, record->size, error);
    record->size = 0;
    return status;
}

/* What the transaction noted, as records. */
static enum ic_status put_records(struct store *store, struct progress *progress,
                                  struct ic_error *error)
{
    enum { PACKED_BYTES = 20, RUN_MAX = RECORD_BYTES / PACKED_BYTES };
    struct posting_delta *delta = store->shared->delta;
    struct encoder record = {.data = NULL};
    enum ic_status status = IC_OK;
    for (size_t i = 0, run; status == IC_OK && i < delta->noted_count; i += run) {
        const struct noted *noted = &delta->noted[i];
        run = 1;
        while (run < RUN_MAX && i + run < delta->noted_count &&
               noted[run].ordinal == noted->ordinal)
            run++;
        if (record.size + (run + 1) * PACKED_BYTES > RECORD_BYTES && record.size)
            status = put_record(store, &record, progress, error);
        encode_number(&record, noted->ordinal);
        encode_number(&record, run);
        for (size_t k = 0; k < run; k++) {
            encode_number(&record, noted[k].property >> 2 << 1 | noted[k].added);
            encode_number(&record, noted[k].object);
        }
    }
    if (status == IC_OK && record.size)
        status = put_record(store, &record, progress, error);
    encoder_free(&record);
    return status;
}

enum ic_status posting_delta_flush(struct store *store, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    enum ic_status status = IC_OK;
    if (!delta->noted_count)
        return IC_OK;
    if (delta->waiting + delta->noted_count > delta->waiting_max)
        status = merge_some(store, delta->noted_count * 2, error);
    struct progress *progress = move(delta);
    const uint64_t before = progress->next;
    if (status == IC_OK)
        status = put_records(store, progress, error);
    return status == IC_OK ? trim(store, progress, 2 * (progress->next - before), error)
                           : status;
}

static void end(struct posting_delta *delta)
{
    forget_noted(delta);
    delta->merging_count = delta->merging_changes = 0;
    delta->moved = delta->all = false;
}

bool posting_delta_committed(struct store *store)
{
    struct posting_delta *delta = store->shared->delta;
    const uint64_t commit = store->shared->committed;
    bool good = true;
    for (size_t i = 0; i < delta->merging_count; i++)
        set_merged(delta, delta->merging[i], commit);
    for (size_t i = 0; good && i < delta->noted_count; i++) {
        const struct noted *noted = &delta->noted[i];
        good = add_change(delta, delta->keys.data + noted->key, noted->size,
                          (struct change){commit, UINT64_MAX, noted->ordinal, noted->added});
    }
    if (delta->merged)
        forget_merged(delta, oldest_snapshot(store->shared));
    if (delta->moved)
        delta->progress = delta->next;
    end(delta);
    return good;
}

void posting_delta_aborted(struct store *store)
{
    end(store->shared->delta);
}

enum ic_status posting_delta_settle(struct store *store, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    enum ic_status status = IC_OK;
    while (status == IC_OK &&
           (delta->waiting || delta->progress.first < delta->progress.next)) {
        struct store_ticket ticket;
        status = store_begin(store, error);
        if (status == IC_OK)
            status = merge_some(store, SETTLE_AT_ONCE, error);
        if (status == IC_OK)
            status = trim(store, move(delta), SETTLE_AT_ONCE, error);
        if (status == IC_OK)
            status = store_commit_write(store, &ticket, error);
        if (status == IC_OK)
            status = store_checkpoint(store, false, error);
    }
    store_abort(store);
    return status;
}

/* ---- opening ---- */

static enum ic_status load_record(struct store *store, const DBT *data, struct ic_error *error)
{
    struct decoder record = decoder_of(data->data, data->size);
    while (!record.bad && record.at < record.end) {
        const uint64_t ordinal = decode_number(&record);
        for (uint64_t left = decode_number(&record); left && !record.bad; left--) {
            const uint64_t property = decode_number(&record), object = decode_number(&record);
            struct posting_key key;
            if (record.bad || ordinal > UINT32_MAX)
                break;
            const enum ic_status status =
                posting_make_pair(store, property >> 1 << 2, object, &key, error);
            if (status != IC_OK)
                return status;
            if (!add_change(store->shared->delta, key.bytes, key.pair,
                            (struct change){store->shared->committed, UINT64_MAX,
                                            (uint32_t)ordinal, property & 1}))
                return no_memory(error);
        }
        if (ordinal > UINT32_MAX)
            record.bad = true;
    }
    return record.bad
               ? ic_fail(error, IC_CORRUPT, "changes of postings are damaged; restore a backup")
               : IC_OK;
}

enum ic_status posting_delta_load(struct store *store, struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    struct progress progress = {.first = 1, .next = 1};
    struct store_scan scan;
    bool found;
    clear(delta);
    end(delta);
    enum ic_status status =
        store_scan_open(store, STORE_POSTING_CHANGES, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        if (scan.key.size != NUMBER_KEY_BYTES) {
            status =
                ic_fail(error, IC_CORRUPT, "changes of postings are damaged; restore a backup");
            break;
        }
        const uint64_t number = get_number_key(scan.key.data);
        if (progress.next == 1)
            progress.first = number;
        progress.next = number + 1;
        status = load_record(store, &scan.data, error);
        if (status != IC_OK)
            break;
    }
    store_scan_close(&scan);
    progress.done = progress.first;
    progress.begun = progress.next;
    delta->progress = progress;
    return status;
}

/* ---- readers ---- */

/* The commit that the handle sees. */
static uint64_t seen(const struct store *store)
{
    return store->is_snapshot ? store->snapshot : UINT64_MAX - 1;
}

/* Does the handle see the change, and not in STORE_POSTINGS? */
static bool waits_for(const struct store *store, const struct change *change)
{
    return change->commit <= seen(store) && change->merged > seen(store);
}

/* The writer's handle reads what it has merged itself. */
static bool skips(const struct store *store)
{
    return !store->is_snapshot && store->shared->delta->all;
}

enum ic_status posting_delta_find(struct store *store, const void *key, unsigned size,
                                  bool after, struct posting_key *pair, bool *found,
                                  struct ic_error *error)
{
    struct posting_delta *delta = store->shared->delta;
    const enum ic_status status = read_begin(store, error);
    *found = false;
    if (status != IC_OK)
        return status;
    struct delta_pair *at = skips(store) ? NULL : pair_from(delta, key, size);
    if (after && is_pair(at, key, size))
        at = RB_NEXT(delta_tree, &delta->tree, at);
    while (at && at->changes[0].commit > seen(store))
        at = RB_NEXT(delta_tree, &delta->tree, at);
    if (at) {
        *found = true;
        pair->pair = pair->size = at->size;
        memcpy(pair->bytes, at->key, at->size);
    }
    read_end(store);
    return IC_OK;
}

enum ic_status posting_delta_overlay(struct store *store, const void *key, unsigned size,
                                     struct ordinal_bits *bits, struct ic_error *error)
{
    const enum ic_status status = read_begin(store, error);
    if (status != IC_OK)
        return status;
    const struct delta_pair *pair =
        skips(store) ? NULL : pair_from(store->shared->delta, key, size);
    const size_t count = is_pair(pair, key, size) ? pair->count : 0;
    for (size_t i = 0; i < count; i++)
        if (waits_for(store, &pair->changes[i]))
            ordinal_bits_set(bits, pair->changes[i].ordinal, pair->changes[i].added);
    read_end(store);
    return IC_OK;
}

enum ic_status posting_delta_has(struct store *store, const void *key, unsigned size,
                                 uint32_t ordinal, bool *has, struct ic_error *error)
{
    const enum ic_status status = read_begin(store, error);
    if (status != IC_OK)
        return status;
    const struct delta_pair *pair =
        skips(store) ? NULL : pair_from(store->shared->delta, key, size);
    const size_t count = is_pair(pair, key, size) ? pair->count : 0;
    for (size_t i = 0; i < count; i++)
        if (pair->changes[i].ordinal == ordinal && waits_for(store, &pair->changes[i]))
            *has = pair->changes[i].added;
    read_end(store);
    return IC_OK;
}

size_t posting_delta_count(const struct posting_delta *delta)
{
    return delta->waiting;
}
