/* SPDX-License-Identifier: Apache-2.0 */
/* Sweeping: what time has ended leaves the catalog. Advertisements that expired go with their
 * entries, their names stay their owners' for the rest of the 30 days; then the claims go; and
 * terms that nothing uses any more. Every call does a bounded part in one transaction; each
 * publication does a part of the first two in its own, so that nothing needs to run. */
#include <stdlib.h>
#include <string.h>

#include "catalog_internal.h"
#include "dictionary.h"
#include "term_record.h"

enum {
    NAMES_A_REMOVAL = 64, /* claims that are looked at for each that may go */
    SWEPT_BY_A_WRITER = 2 /* advertisements: more than a publication brings */
};

#define NAMES_POSITION "sweep-names"

/* ---- advertisements ---- */

struct expired {
    uint64_t *numbers;
    size_t count;
};

static enum ic_status note_expired(void *context, const struct expiry *expiry,
                                   struct ic_error *error)
{
    struct expired *expired = context;
    (void)error;
    expired->numbers[expired->count++] = expiry->advertisement;
    return IC_OK;
}

static enum ic_status expire(struct ic_catalog *catalog, uint64_t number, int64_t now_ms,
                             struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct advertisement record;
    uint64_t sequence;
    bool found = false;
    enum ic_status status =
        arena ? advertisement_read(&catalog->store, number, arena, &record, &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep");
    if (status == IC_OK && !found)
        status = ic_fail(error, IC_CORRUPT,
                         "an advertisement of the catalog is missing; restore a backup");
    if (status == IC_OK)
        status = catalog_remove(catalog, &record, record.expires_ms + NAME_GRACE_MS, error);
    if (status == IC_OK)
        status = change_append(&catalog->store, CHANGE_EXPIRED, record.cloud_name, number,
                               now_ms, &sequence, error);
    ic_arena_free(arena);
    return status;
}

static enum ic_status sweep_advertisements(struct ic_catalog *catalog, size_t budget,
                                           struct ic_swept *swept, struct ic_error *error)
{
    const int64_t now_ms = ic_catalog_now_ms(catalog);
    struct expired expired = {.numbers = calloc(budget + 1, sizeof *expired.numbers)};
    if (!expired.numbers)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep");
    enum ic_status status = expiry_first(&catalog->store, now_ms, (uint64_t)budget + 1,
                                         note_expired, &expired, error);
    swept->more |= expired.count > budget;
    for (size_t i = 0; status == IC_OK && i < expired.count && i < budget; i++) {
        status = expire(catalog, expired.numbers[i], now_ms, error);
        swept->advertisements++;
    }
    free(expired.numbers);
    return status;
}

/* ---- claims ---- */

/* Where the last call stopped; empty: at the beginning. */
static enum ic_status read_position(struct store *store, struct store_value *position,
                                    struct ic_error *error)
{
    bool found;
    return store_get(store, STORE_META, NAMES_POSITION, strlen(NAMES_POSITION), position,
                     &found, error);
}

static enum ic_status write_position(struct store *store, const char *name,
                                     struct ic_error *error)
{
    return name ? store_put(store, STORE_META, NAMES_POSITION, strlen(NAMES_POSITION), name,
                            strlen(name), error)
                : store_delete(store, STORE_META, NAMES_POSITION, strlen(NAMES_POSITION), NULL,
                               0, error);
}

struct claims {
    char **over; /* names whose claim ran out */
    size_t count, room;
    char *next; /* where to go on; NULL: at the beginning */
};

/* Looks at a bounded number of claims from `position` on. */
static enum ic_status find_over(struct store *store, const struct store_value *position,
                                int64_t now_ms, struct claims *claims, struct ic_error *error)
{
    struct store_scan scan;
    bool found = true;
    enum ic_status status =
        store_scan_open(store, STORE_NAMES, "", 0, position->size ? position->data : NULL,
                        position->size, &scan, error);
    if (status != IC_OK)
        return status;
    size_t looked = 0;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct ic_arena *arena = ic_arena_new();
        char *name = strndup(scan.key.data, scan.key.size);
        struct claim claim;
        status = arena && name
                     ? claim_decode(scan.data.data, scan.data.size, arena, &claim, error)
                     : ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep");
        ic_arena_free(arena);
        const bool full =
            claims->count == claims->room || looked++ == claims->room * NAMES_A_REMOVAL;
        if (status == IC_OK && full)
            claims->next = name;
        else if (status == IC_OK && !claim.advertisement && claim.until_ms <= now_ms)
            claims->over[claims->count++] = name;
        else
            free(name);
        if (status != IC_OK || full)
            break;
    }
    store_scan_close(&scan);
    return status;
}

static enum ic_status sweep_claims(struct ic_catalog *catalog, size_t budget,
                                   struct ic_swept *swept, struct ic_error *error)
{
    struct store *store = &catalog->store;
    struct store_value position = {.data = NULL};
    struct claims claims = {.over = calloc(budget + 1, sizeof *claims.over), .room = budget};
    enum ic_status status = claims.over
                                ? read_position(store, &position, error)
                                : ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep");
    const bool began = position.size != 0;
    if (status == IC_OK)
        status = find_over(store, &position, ic_catalog_now_ms(catalog), &claims, error);
    for (size_t i = 0; status == IC_OK && i < claims.count; i++)
        status = claim_delete(store, claims.over[i], error);
    if (status == IC_OK && (began || claims.next))
        status = write_position(store, claims.next, error);
    if (status == IC_OK) {
        swept->names += claims.count;
        swept->more |= claims.next != NULL;
    }
    for (size_t i = 0; claims.over && i < claims.count; i++)
        free(claims.over[i]);
    free(claims.over);
    free(claims.next);
    store_value_free(&position);
    return status;
}

/* ---- beside publications ---- */

static enum ic_status count_entries(void *context, const struct expiry *expiry,
                                    struct ic_error *error)
{
    (void)error;
    *(uint64_t *)context += expiry->entry_count;
    return IC_OK;
}

enum ic_status catalog_sweep_size(struct ic_catalog *catalog, uint64_t *entries,
                                  struct ic_error *error)
{
    *entries = 0;
    return expiry_first(&catalog->store, ic_catalog_now_ms(catalog), SWEPT_BY_A_WRITER,
                        count_entries, entries, error);
}

enum ic_status catalog_sweep_some(struct ic_catalog *catalog, struct ic_error *error)
{
    struct ic_swept swept = {.more = false};
    const enum ic_status status =
        sweep_advertisements(catalog, SWEPT_BY_A_WRITER, &swept, error);
    return status == IC_OK && swept.advertisements
               ? sweep_claims(catalog, SWEPT_BY_A_WRITER, &swept, error)
               : status;
}

enum ic_status ic_catalog_sweep(struct ic_catalog *catalog, size_t budget,
                                struct ic_swept *swept, struct ic_error *error)
{
    *swept = (struct ic_swept){.more = false};
    enum ic_status status = catalog_begin(catalog, error);
    if (status != IC_OK)
        return status;
    status = sweep_advertisements(catalog, budget, swept, error);
    if (status == IC_OK)
        status = sweep_claims(catalog, budget, swept, error);
    return catalog_end(catalog, status, swept->advertisements || swept->names || swept->more,
                       error);
}

/* ---- terms ---- */

/* The databases whose records hold terms, in the order in which they are walked; the last step
 * takes terms out. */
static const enum store_database steps[] = {STORE_ENTRIES, STORE_GSPO, STORE_GRAPHS,
                                            STORE_TERMS, STORE_TERMS};
enum { STEPS = sizeof steps / sizeof *steps, STEP_DATATYPES = 3 };

static enum ic_status mark_entry(struct store *store, const struct store_scan *scan,
                                 struct ic_error *error)
{
    struct entry entry = {.facts = NULL};
    bool found;
    enum ic_status status =
        scan->key.size == ORDINAL_KEY_BYTES
            ? entry_read(store, get_ordinal_key(scan->key.data), &entry, &found, error)
            : ic_fail(error, IC_CORRUPT, "an entry's key is damaged");
    if (status == IC_OK)
        status = dictionary_mark(store, entry.subject, error);
    if (status == IC_OK)
        status = dictionary_mark(store, entry.stated_subject, error);
    for (size_t i = 0; status == IC_OK && i < entry.fact_count; i++) {
        status = dictionary_mark(store, entry.facts[i].predicate, error);
        if (status == IC_OK)
            status = dictionary_mark(store, entry.facts[i].object, error);
        if (status == IC_OK)
            status = dictionary_mark(store, entry.facts[i].original, error);
    }
    entry_free(&entry);
    return status;
}

/* A key of ids of 8 bytes each. */
static enum ic_status mark_key(struct store *store, const struct store_scan *scan,
                               struct ic_error *error)
{
    const unsigned char *at = scan->key.data;
    enum ic_status status = IC_OK;
    for (size_t i = 0; status == IC_OK && i + 8 <= scan->key.size; i += 8)
        status = dictionary_mark(store, get_u64(at + i), error);
    return status;
}

static enum ic_status sweep_term(struct store *store, int step, const struct store_scan *scan,
                                 struct store_value *unused, struct ic_error *error)
{
    if (scan->key.size != NUMBER_KEY_BYTES)
        return ic_fail(error, IC_CORRUPT, "a term's key is damaged; restore a backup");
    const bool used = dictionary_marked(store, get_number_key(scan->key.data) << 2);
    if (step == STEP_DATATYPES)
        return used ? dictionary_mark(
                          store, term_record_datatype(scan->data.data, scan->data.size), error)
                    : IC_OK;
    if (used)
        return IC_OK;
    unused->data = malloc(scan->data.size + 1);
    if (!unused->data)
        return ic_fail(error, IC_NO_MEMORY, "out of memory for a sweep");
    memcpy(unused->data, scan->data.data, scan->data.size);
    unused->size = scan->data.size;
    return IC_OK;
}

/* One record: marks what it holds, or gives a copy of it in `unused` when it must go. */
static enum ic_status sweep_record(struct store *store, int step, const struct store_scan *scan,
                                   struct store_value *unused, struct ic_error *error)
{
    if (steps[step] == STORE_ENTRIES)
        return mark_entry(store, scan, error);
    if (steps[step] == STORE_TERMS)
        return sweep_term(store, step, scan, unused, error);
    return mark_key(store, scan, error);
}

/* Goes to the next record of the step; *found false: there is none left. */
static enum ic_status next_record(struct term_sweep *sweep, struct store_scan *scan,
                                  bool *found, struct ic_error *error)
{
    enum ic_status status = store_scan_next(scan, found, error);
    if (status == IC_OK && *found && scan->key.size == sweep->position_size &&
        memcmp(scan->key.data, sweep->position, sweep->position_size) == 0)
        status = store_scan_next(scan, found, error);
    if (status != IC_OK || !*found)
        return status;
    if (scan->key.size > sizeof sweep->position)
        return ic_fail(error, IC_CORRUPT, "a key of the catalog is damaged; restore a backup");
    memcpy(sweep->position, scan->key.data, scan->key.size);
    sweep->position_size = scan->key.size;
    return IC_OK;
}

/* Records of one step, until `budget` is used up or one of them must go: that happens when the
 * scan is closed. */
static enum ic_status sweep_some(struct store *store, struct term_sweep *sweep, size_t *budget,
                                 struct store_value *unused, struct ic_error *error)
{
    struct store_scan scan;
    bool found = true;
    enum ic_status status = store_scan_open(store, steps[sweep->step], "", 0,
                                            sweep->position_size ? sweep->position : NULL,
                                            sweep->position_size, &scan, error);
    if (status != IC_OK)
        return status;
    while (status == IC_OK && found && *budget && !unused->data) {
        status = next_record(sweep, &scan, &found, error);
        if (status == IC_OK && found)
            status = sweep_record(store, sweep->step, &scan, unused, error);
        --*budget;
    }
    store_scan_close(&scan);
    if (status == IC_OK && !found) {
        sweep->step++;
        sweep->position_size = 0;
    }
    return status;
}

/* A query that runs may have looked up the term that is about to go, and keep its id. */
static enum ic_status be_alone(struct store *store, struct ic_error *error)
{
    bool alone;
    store_be_alone(store, &alone);
    return alone ? IC_OK
                 : ic_fail(error, IC_BUSY,
                           "terms can be taken out while no query runs; try again");
}

static enum ic_status sweep_part(struct store *store, struct term_sweep *sweep, size_t budget,
                                 uint64_t *removed, struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && budget && sweep->step < STEPS) {
        struct store_value unused = {.data = NULL};
        status = sweep_some(store, sweep, &budget, &unused, error);
        if (status == IC_OK && unused.data)
            status = be_alone(store, error);
        if (status == IC_OK && unused.data) {
            ++*removed;
            status = dictionary_remove(store, get_number_key(sweep->position), unused.data,
                                       unused.size, error);
        }
        store_value_free(&unused);
    }
    return status;
}

enum ic_status ic_catalog_sweep_terms(struct ic_catalog *catalog, size_t budget,
                                      uint64_t *removed, bool *done, struct ic_error *error)
{
    struct store *store = &catalog->store;
    uint64_t before = 0;
    *removed = 0;
    enum ic_status status = catalog_begin(catalog, error);
    if (status != IC_OK)
        return status;
    if (!dictionary_marking(store)) { /* a new sweep */
        catalog->term_sweep = (struct term_sweep){.step = 0};
        status = dictionary_begin_marks(store, error);
    }
    const struct term_sweep from = catalog->term_sweep;
    if (status == IC_OK)
        status = sweep_part(store, &catalog->term_sweep, budget, removed, error);
    if (status == IC_OK && *removed)
        status = store_get_number(store, "terms-swept", &before, error);
    if (status == IC_OK && *removed)
        status = store_put_number(store, "terms-swept", before + *removed, error);
    *done = catalog->term_sweep.step == STEPS;
    if (status == IC_BUSY)
        catalog->term_sweep = from;
    else if (status != IC_OK || *done)
        dictionary_end_marks(store->dictionary);
    return catalog_end(catalog, status, *removed != 0, error);
}
