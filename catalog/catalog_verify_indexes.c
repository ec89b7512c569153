/* SPDX-License-Identifier: Apache-2.0 */
/* Verification, the second half: a walk over every database but the entries', from its records
 * back to what they are of. Where each record of one side was found from the other, equal
 * counts say that nothing is left over. */
#include "catalog_verify.h"

#include <stdlib.h>
#include <string.h>

#include "cloud_names.h"
#include "codec.h"
#include "dictionary.h"
#include "postings.h"
#include "term_id.h"
#include "term_record.h"
#include "value_key.h"

typedef enum ic_status (*check_each)(struct verifier *v, const struct store_scan *scan,
                                     struct ic_error *error);

/* Calls `check` for every record; *count may be NULL. */
static enum ic_status walk(struct verifier *v, enum store_database database, check_each check,
                           uint64_t *count, struct ic_error *error)
{
    struct store_scan scan;
    uint64_t records = 0;
    bool found;
    enum ic_status status = store_scan_open(&v->store, database, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        records++;
        if (check && (status = check(v, &scan, error)) != IC_OK)
            break;
    }
    store_scan_close(&scan);
    if (count)
        *count = records;
    return status;
}

static void compare(struct verifier *v, const char *what, uint64_t found, uint64_t expected)
{
    if (found != expected)
        verify_complain(v, "%llu %s, %llu expected", (unsigned long long)found, what,
                        (unsigned long long)expected);
}

/* ---- postings, names of clouds, expiry ---- */

static enum ic_status count_values(struct verifier *v, uint64_t *values, struct ic_error *error)
{
    struct ordinal_bits bits = {.list = NULL};
    struct store_scan scan;
    bool found;
    enum ic_status status =
        store_scan_open(&v->store, STORE_POSTINGS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        uint64_t property, object;
        ordinal_bits_clear(&bits);
        status = posting_decode(scan.key.data, scan.key.size, scan.data.data, scan.data.size,
                                &property, &object, &bits, error);
        if (status != IC_OK)
            break;
        if (property != POSTING_MARKS)
            *values += ordinal_bits_count(&bits);
        else if (object / 4 >= VERIFY_MARKS || object % 4)
            verify_complain(v, "the postings have a mark %llu that is none",
                            (unsigned long long)object);
    }
    store_scan_close(&scan);
    ordinal_bits_free(&bits);
    return status;
}

/* The name of a cloud must be its advertisement's. */
static enum ic_status check_cloud_name(void *context, uint32_t ordinal, const char *name,
                                       size_t length, struct ic_error *error)
{
    struct verifier *v = context;
    struct ic_arena *arena = ic_arena_new();
    struct entry entry = {.facts = NULL};
    struct advertisement record;
    bool found = false;
    enum ic_status status =
        arena ? entry_read(&v->store, ordinal, &entry, &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK && found)
        status =
            advertisement_read(&v->store, entry.advertisement, arena, &record, &found, error);
    if (status == IC_OK &&
        (!found || entry.kind != ENTRY_CLOUD || strlen(record.cloud_name) != length ||
         memcmp(record.cloud_name, name, length) != 0))
        verify_complain(v, "entry %u has the name %.*s, which is not its cloud's", ordinal,
                        (int)length, name);
    roaring_bitmap_remove(v->expected[POSTING_CLOUDS / 4], ordinal);
    entry_free(&entry);
    ic_arena_free(arena);
    return status;
}

struct expiries {
    struct verifier *v;
    uint64_t count;
};

static enum ic_status check_expiry(void *context, const struct expiry *expiry,
                                   struct ic_error *error)
{
    struct expiries *expiries = context;
    struct ic_arena *arena = ic_arena_new();
    struct advertisement record;
    bool found = false;
    const enum ic_status status =
        arena ? advertisement_read(&expiries->v->store, expiry->advertisement, arena, &record,
                                   &found, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    expiries->count++;
    if (status == IC_OK &&
        (!found || (record.expires_ms != expiry->at_ms && record.expires_ms >= 0) ||
         record.first_ordinal != expiry->first_ordinal ||
         record.entry_count != expiry->entry_count))
        verify_complain(expiries->v, "the expiry of advertisement %llu is not its record's",
                        (unsigned long long)expiry->advertisement);
    ic_arena_free(arena);
    return status;
}

static enum ic_status check_indexes(struct verifier *v, struct ic_error *error)
{
    struct expiries expiries = {.v = v};
    uint64_t entries = 0, subjects = 0, values = 0;
    enum ic_status status = walk(v, STORE_ENTRIES, NULL, &entries, error);
    if (status == IC_OK)
        status = walk(v, STORE_SUBJECTS, NULL, &subjects, error);
    if (status == IC_OK)
        status = count_values(v, &values, error);
    if (status == IC_OK)
        status = cloud_names_each(&v->store, check_cloud_name, v, error);
    if (status == IC_OK)
        status = expiry_each(&v->store, INT64_MAX, check_expiry, &expiries, error);
    if (status != IC_OK)
        return status;
    compare(v, "entries", entries, v->entries);
    compare(v, "subjects of entries", subjects, v->entries);
    compare(v, "values in postings", values, v->values);
    compare(v, "expiries", expiries.count, v->expiring);
    compare(v, "clouds without a name",
            roaring_bitmap_get_cardinality(v->expected[POSTING_CLOUDS / 4]), 0);
    return IC_OK;
}

/* ---- claims and changes ---- */

static enum ic_status check_claim(struct verifier *v, const struct store_scan *scan,
                                  struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct claim claim;
    struct advertisement record;
    bool found = true;
    enum ic_status status =
        arena ? claim_decode(scan->data.data, scan->data.size, arena, &claim, error)
              : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    if (status == IC_OK && claim.advertisement) {
        status =
            advertisement_read(&v->store, claim.advertisement, arena, &record, &found, error);
        if (status == IC_OK && (!found || strlen(record.cloud_name) != scan->key.size ||
                                memcmp(record.cloud_name, scan->key.data, scan->key.size)))
            verify_complain(v, "the name %.*s leads to another advertisement",
                            (int)scan->key.size, (char *)scan->key.data);
    }
    ic_arena_free(arena);
    return status;
}

static enum ic_status check_change(struct verifier *v, const struct store_scan *scan,
                                   struct ic_error *error)
{
    struct decoder in = decoder_of(scan->data.data, scan->data.size);
    const unsigned kind = decode_byte(&in);
    (void)error;
    decode_number(&in);
    decode_number(&in);
    if (scan->key.size != NUMBER_KEY_BYTES || in.bad || !kind || !strchr("pwoxgi", (int)kind))
        verify_complain(v, "a change is damaged");
    return IC_OK;
}

static enum ic_status check_log(struct verifier *v, struct ic_error *error)
{
    uint64_t changes = 0, sequence = 0;
    enum ic_status status = walk(v, STORE_NAMES, check_claim, NULL, error);
    if (status == IC_OK)
        status = walk(v, STORE_CHANGES, check_change, &changes, error);
    if (status == IC_OK)
        status = store_get_number(&v->store, "sequence", &sequence, error);
    if (status == IC_OK)
        compare(v, "changes", changes, sequence);
    return status;
}

/* ---- the dictionary ---- */

/* Is the id in the list of its hash? */
static enum ic_status check_listed(struct verifier *v, const struct store_scan *scan,
                                   uint64_t id, struct ic_error *error)
{
    unsigned char key[NUMBER_KEY_BYTES];
    struct store_value value = {.data = NULL};
    bool found, listed = false;
    enum ic_status status =
        dictionary_hash(&v->store, scan->data.data, scan->data.size, key, error);
    if (status == IC_OK)
        status = store_get(&v->store, STORE_TERM_IDS, key, sizeof key, &value, &found, error);
    struct decoder list = decoder_of(value.data, value.size);
    while (status == IC_OK && !list.bad && list.at < list.end)
        listed |= decode_number(&list) == id;
    store_value_free(&value);
    if (status == IC_OK && !listed)
        verify_complain(v, "term %llu is not found by its hash", (unsigned long long)(id >> 2));
    return status;
}

static enum ic_status check_term(struct verifier *v, const struct store_scan *scan,
                                 struct ic_error *error)
{
    struct ic_arena *arena = ic_arena_new();
    struct ic_term term;
    struct value_key value;
    uint64_t datatype = 0;
    const uint64_t number =
        scan->key.size == NUMBER_KEY_BYTES ? get_number_key(scan->key.data) : 0;
    enum ic_status status =
        arena ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    const enum term_record_state state =
        arena ? term_record_decode(scan->data.data, scan->data.size, arena, &term, &datatype)
              : TERM_RECORD_NO_MEMORY;
    if (status == IC_OK && state == TERM_RECORD_NO_MEMORY)
        status = ic_fail(error, IC_NO_MEMORY, "out of memory for verification");
    else if (status == IC_OK && (!number || state != TERM_RECORD_GOOD))
        verify_complain(v, "term %llu is damaged", (unsigned long long)number);
    else if (status == IC_OK)
        status = check_listed(
            v, scan, number << 2 | (!datatype && value_key_of(&term, &value) ? 2U : 0U), error);
    if (status == IC_OK && datatype)
        status = verify_term(v, datatype, "a literal", error);
    ic_arena_free(arena);
    return status;
}

static enum ic_status check_dictionary(struct verifier *v, struct ic_error *error)
{
    struct store_scan scan;
    uint64_t terms = 0, listed = 0;
    bool found;
    enum ic_status status = walk(v, STORE_TERMS, check_term, &terms, error);
    if (status == IC_OK)
        status = store_scan_open(&v->store, STORE_TERM_IDS, "", 0, NULL, 0, &scan, error);
    if (status != IC_OK)
        return status;
    while ((status = store_scan_next(&scan, &found, error)) == IC_OK && found) {
        struct decoder list = decoder_of(scan.data.data, scan.data.size);
        for (; !list.bad && list.at < list.end; listed++)
            decode_number(&list);
    }
    store_scan_close(&scan);
    compare(v, "ids by hash", listed, terms);
    return status;
}

/* ---- plain graphs and the ontology ---- */

static enum ic_status check_graph(struct verifier *v, const struct store_scan *scan,
                                  struct ic_error *error)
{
    enum graph_kind kind;
    const enum ic_status status = graph_decode(scan->data.data, scan->data.size, &kind, error);
    if (status != IC_OK || scan->key.size != 8)
        return status;
    return verify_term(v, get_u64(scan->key.data), "a graph", error);
}

static enum ic_status check_quad(struct verifier *v, const struct store_scan *scan,
                                 struct ic_error *error)
{
    enum graph_kind kind;
    bool found;
    if (scan->key.size != 32) {
        verify_complain(v, "a quad is damaged");
        return IC_OK;
    }
    const unsigned char *at = scan->key.data;
    enum ic_status status = graph_read(&v->store, get_u64(at), &kind, &found, error);
    if (status == IC_OK && !found)
        verify_complain(v, "a quad is of a graph that has no record");
    for (int i = 1; status == IC_OK && i < 4; i++)
        status = verify_term(v, get_u64(at + (ptrdiff_t)8 * i), "a quad", error);
    return status;
}

static enum ic_status check_quads(struct verifier *v, struct ic_error *error)
{
    uint64_t gspo = 0, gpos = 0, gosp = 0;
    enum ic_status status = walk(v, STORE_GRAPHS, check_graph, NULL, error);
    if (status == IC_OK)
        status = walk(v, STORE_GSPO, check_quad, &gspo, error);
    if (status == IC_OK)
        status = walk(v, STORE_GPOS, NULL, &gpos, error);
    if (status == IC_OK)
        status = walk(v, STORE_GOSP, NULL, &gosp, error);
    if (status == IC_OK && (gspo != gpos || gspo != gosp))
        verify_complain(v, "the three orders of graphs' statements hold %llu, %llu and %llu",
                        (unsigned long long)gspo, (unsigned long long)gpos,
                        (unsigned long long)gosp);
    return status;
}

enum ic_status verify_indexes(struct verifier *v, struct ic_error *error)
{
    enum ic_status status = check_indexes(v, error);
    if (status == IC_OK)
        status = check_log(v, error);
    if (status == IC_OK)
        status = check_dictionary(v, error);
    return status == IC_OK ? check_quads(v, error) : status;
}
