/* SPDX-License-Identifier: Apache-2.0 */
/* The store: transactions, entries with their indexes and marks, records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "catalog/codec.h"
#include "catalog/entries.h"
#include "catalog/entry_record.h"
#include "catalog/postings.h"
#include "catalog/records.h"
#include "catalog/store.h"
#include "catalog/term_id.h"

struct fixture {
    char directory[64];
    struct store store;
    struct ic_error error;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->directory, "/tmp/intercloud-store-XXXXXX");
    assert_non_null(mkdtemp(f->directory));
    assert_int_equal(store_open(&f->store, f->directory, true, NULL, &f->error), IC_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    char command[128];
    store_close(&f->store);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    const int code = system(command);
    free(f);
    return code;
}

static void aborted_writes_are_gone(void **state)
{
    struct fixture *f = *state;
    uint64_t first, value;
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    assert_int_equal(store_take(&f->store, "n", 5, &first, &f->error), IC_OK);
    assert_int_equal(first, 1);
    store_abort(&f->store);
    assert_int_equal(store_get_number(&f->store, "n", &value, &f->error), IC_OK);
    assert_int_equal(value, 0);
    assert_int_equal(store_begin(&f->store, &f->error), IC_OK);
    store_take(&f->store, "n", 5, &first, &f->error);
    assert_int_equal(store_commit(&f->store, &f->error), IC_OK);
    store_get_number(&f->store, "n", &value, &f->error);
    assert_int_equal(value, 5);
}

static struct entry cloud_about(uint64_t subject)
{
    return (struct entry){
        .advertisement = 1, .subject = subject, .stated_subject = subject, .kind = ENTRY_CLOUD};
}

static void entries_move_their_postings(void **state)
{
    struct fixture *f = *state;
    struct entry entry = cloud_about(12);
    roaring_bitmap_t *bitmap = roaring_bitmap_create();
    bool found;
    store_begin(&f->store, &f->error);
    entry_add(&entry, (struct entry_fact){.predicate = 20, .object = 24, .flags = IC_STATED},
              NULL);
    entry_add(&entry, (struct entry_fact){20, 28, 32, IC_NORMALISED}, NULL);
    entry_add(&entry, (struct entry_fact){20, 28, 36, IC_NORMALISED}, NULL);
    entry_sort(&entry);
    assert_int_equal(entry.fact_count, 3);
    assert_true(entry_repeats(&entry, 2));
    assert_int_equal(entry_write(&f->store, 11, &entry, NULL, NULL, &f->error), IC_OK);
    posting_read(&f->store, 20, 0, bitmap, &f->error);
    assert_int_equal(roaring_bitmap_get_cardinality(bitmap), 1);

    entry.facts[0].object = 240; /* 24 leaves, 240 comes */
    entry_sort(&entry);
    assert_int_equal(entry_write(&f->store, 11, &entry, NULL, NULL, &f->error), IC_OK);
    roaring_bitmap_clear(bitmap);
    posting_read(&f->store, 20, 24, bitmap, &f->error);
    assert_true(roaring_bitmap_is_empty(bitmap));
    posting_read(&f->store, 20, 240, bitmap, &f->error);
    assert_true(roaring_bitmap_contains(bitmap, 11));

    struct entry read = {.facts = NULL};
    assert_int_equal(entry_read(&f->store, 11, &read, &found, &f->error), IC_OK);
    assert_int_equal(read.fact_count, 3);
    assert_int_equal(read.facts[0].original, 32);
    assert_int_equal(read.stated_subject, 12);
    assert_int_equal(entry_write(&f->store, 11, NULL, NULL, NULL, &f->error), IC_OK);
    assert_int_equal(entry_read(&f->store, 11, &read, &found, &f->error), IC_OK);
    assert_false(found);
    roaring_bitmap_clear(bitmap);
    posting_read(&f->store, 20, 0, bitmap, &f->error);
    posting_read(&f->store, POSTING_MARKS, POSTING_LIVE, bitmap, &f->error);
    posting_read(&f->store, POSTING_MARKS, POSTING_CLOUDS, bitmap, &f->error);
    assert_true(roaring_bitmap_is_empty(bitmap));
    store_commit(&f->store, &f->error);
    entry_free(&read);
    entry_free(&entry);
    roaring_bitmap_free(bitmap);
}

static bool marked(struct fixture *f, uint64_t mark, uint32_t ordinal)
{
    bool has;
    assert_int_equal(posting_has(&f->store, POSTING_MARKS, mark, ordinal, &has, &f->error),
                     IC_OK);
    return has;
}

/* One entry about a subject shares it with nobody, two do with each other. */
static void entries_about_one_subject_are_marked(void **state)
{
    struct fixture *f = *state;
    struct entry one = cloud_about(12), two = cloud_about(12), three = cloud_about(16);
    store_begin(&f->store, &f->error);
    entry_write(&f->store, 1, &one, NULL, NULL, &f->error);
    entry_write(&f->store, 7, &three, NULL, NULL, &f->error);
    assert_false(marked(f, POSTING_SHARED, 1));
    entry_write(&f->store, 2, &two, NULL, NULL, &f->error);
    assert_true(marked(f, POSTING_SHARED, 1) && marked(f, POSTING_SHARED, 2));
    assert_false(marked(f, POSTING_SHARED, 7));
    entry_write(&f->store, 3, &two, NULL, NULL, &f->error);
    assert_true(marked(f, POSTING_SHARED, 3));
    entry_write(&f->store, 1, NULL, NULL, NULL, &f->error);
    assert_false(marked(f, POSTING_SHARED, 1));
    assert_true(marked(f, POSTING_SHARED, 2) && marked(f, POSTING_SHARED, 3));
    entry_write(&f->store, 2, &three, NULL, NULL, &f->error); /* now about the other subject */
    assert_true(marked(f, POSTING_SHARED, 2) && marked(f, POSTING_SHARED, 7));
    assert_false(marked(f, POSTING_SHARED, 3));
    one.kind = ENTRY_PART;
    assert_true(marked(f, POSTING_CLOUDS, 3));
    entry_write(&f->store, 3, &one, NULL, NULL, &f->error);
    assert_false(marked(f, POSTING_CLOUDS, 3));
    assert_true(marked(f, POSTING_LIVE, 3));
    store_commit(&f->store, &f->error);
}

static enum ic_status count_subject(void *context, uint32_t ordinal, struct ic_error *error)
{
    (void)ordinal;
    (void)error;
    ++*(int *)context;
    return IC_OK;
}

/* A literal's id has the bits of some term's number, and is no subject. */
static void literals_are_no_subjects(void **state)
{
    struct fixture *f = *state;
    struct entry entry = cloud_about(160 << 2);
    int count = 0;
    store_begin(&f->store, &f->error);
    entry_write(&f->store, 1, &entry, NULL, NULL, &f->error);
    for (uint64_t tag = 0; tag < 4; tag++)
        subject_each(&f->store, 160 << 2 | tag, UINT64_MAX, count_subject, &count, &f->error);
    assert_int_equal(count, 1);
    store_commit(&f->store, &f->error);
}

static bool posted(struct fixture *f, uint64_t property, uint64_t object, uint32_t ordinal)
{
    bool has;
    assert_int_equal(posting_has(&f->store, property, object, ordinal, &has, &f->error), IC_OK);
    return has;
}

static struct entry offer_of(uint64_t subject, const struct entry_fact *facts, size_t count)
{
    struct entry entry = {.advertisement = 1,
                          .subject = subject,
                          .stated_subject = subject + 4,
                          .kind = ENTRY_OFFER};
    for (size_t i = 0; i < count; i++)
        entry_add(&entry, facts[i], NULL);
    entry_sort(&entry);
    return entry;
}

static void assert_same_facts(const struct entry *a, const struct entry *b)
{
    assert_int_equal(a->fact_count, b->fact_count);
    for (size_t i = 0; i < a->fact_count; i++) {
        assert_int_equal(a->facts[i].predicate, b->facts[i].predicate);
        assert_int_equal(a->facts[i].object, b->facts[i].object);
        assert_int_equal(a->facts[i].original, b->facts[i].original);
        assert_int_equal(a->facts[i].flags, b->facts[i].flags);
    }
}

static size_t record_bytes(struct fixture *f, uint32_t ordinal)
{
    unsigned char key[ORDINAL_KEY_BYTES];
    struct store_value value = {.data = NULL};
    bool found;
    put_ordinal_key(key, ordinal);
    store_get(&f->store, STORE_ENTRIES, key, sizeof key, &value, &found, &f->error);
    const size_t size = found ? value.size : 0;
    store_value_free(&value);
    return size;
}

/* What entries have in common is written once, and changes for all of them. */
static void entries_have_a_base(void **state)
{
    enum { FIRST = 21, COUNT = 3 };
    struct fixture *f = *state;
    const struct entry_fact inherited[] = {{40, 44, 0, IC_INHERITED},
                                           {40, 48, 0, IC_INHERITED},
                                           {60, 64, 0, IC_INHERITED},
                                           {80, 84, 88, IC_NORMALISED}};
    struct entry offers[COUNT];
    bool found;
    store_begin(&f->store, &f->error);
    for (int change = 0; change < 3; change++) {
        struct entry_base base = {.ordinal = 0};
        assert_int_equal(entry_base_read(&f->store, FIRST, &base, &f->error), IC_OK);
        for (uint64_t i = 0; i < COUNT; i++)
            offers[i] = offer_of(100 + 8 * i, inherited, 4);
        offers[1].facts[3] = (struct entry_fact){100, 104, 0, IC_STATED | IC_INHERITED};
        offers[2].fact_count = 3;
        offers[1].offered = offers[2].offered = change == 1;
        for (uint64_t i = 0; change && i < COUNT; i++)
            for (size_t k = 0; k < 2; k++)
                offers[i].facts[k].object += 400 * (uint64_t)change;
        base.now = offers[0];
        for (uint32_t i = 0; i < COUNT; i++)
            assert_int_equal(entry_write(&f->store, FIRST + i, change < 2 ? &offers[i] : NULL,
                                         &base, NULL, &f->error),
                             IC_OK);
        base.now.facts = NULL;
        entry_base_free(&base);
        for (uint32_t i = 0; i < COUNT; i++) {
            struct entry read = {.facts = NULL};
            assert_int_equal(posted(f, POSTING_MARKS, POSTING_OFFERED, FIRST + i),
                             change == 1 && i > 0);
            for (uint64_t k = 0; k < 3; k++)
                assert_int_equal(posted(f, 40, 44 + 400 * k, FIRST + i),
                                 change < 2 && (int)k == change);
            assert_int_equal(entry_read(&f->store, FIRST + i, &read, &found, &f->error), IC_OK);
            assert_int_equal(found, change < 2);
            if (found) {
                assert_int_equal(read.subject, offers[i].subject);
                assert_int_equal(read.stated_subject, offers[i].stated_subject);
                assert_int_equal(read.kind, ENTRY_OFFER);
                assert_int_equal(read.offered, offers[i].offered);
                assert_same_facts(&read, &offers[i]);
            }
            if (found && i)
                assert_true(record_bytes(f, FIRST + i) < record_bytes(f, FIRST));
            entry_free(&read);
            entry_free(&offers[i]);
        }
        assert_int_equal(posted(f, 80, 84, FIRST), change < 2);
        assert_int_equal(posted(f, 100, 104, FIRST + 1), change < 2);
        assert_false(posted(f, 80, 84, FIRST + 1) || posted(f, 80, 84, FIRST + 2));
    }
    store_commit(&f->store, &f->error);
}

/* Every sort of id comes back from a record as it was. */
static void ids_are_packed(void **state)
{
    static const uint64_t ids[] = {4,
                                   400000000,
                                   (uint64_t)NUMBER_KEY_MAX << 2 | 2,
                                   5 << 7 | 1,
                                   5 << 7 | 3,
                                   (5 << 7 | 1) + (3 << 2),
                                   (5 << 7 | 1) + (4 << 2),
                                   (5 << 7 | 1) + (15 << 2) + (1 << 6),
                                   (5 << 7 | 3) + (1 << 6),
                                   (TERM_ID_DIGITS_MAX - 1) << 7 | 1,
                                   (TERM_ID_DIGITS_MAX - 1) << 7 | 127,
                                   (TERM_ID_DIGITS_MAX - 1) << 7 | 3};
    enum { COUNT = sizeof ids / sizeof *ids };
    struct fixture *f = *state;
    struct entry entry = {.facts = NULL};
    struct encoder record = {.data = NULL};
    for (size_t i = 0; i < COUNT; i++) {
        entry_add(&entry, (struct entry_fact){(i + 1) << 2, ids[i], 0, IC_STATED}, NULL);
        entry_add(&entry, (struct entry_fact){400, ids[i], ids[COUNT - 1 - i], IC_NORMALISED},
                  NULL);
        entry_add(&entry, (struct entry_fact){404, ids[i], ids[i] ^ 2, IC_NORMALISED}, NULL);
        entry_add(&entry, (struct entry_fact){408, ids[i], ids[i], IC_NORMALISED | IC_STATED},
                  NULL);
    }
    entry.advertisement = NUMBER_KEY_MAX;
    entry.subject = (uint64_t)NUMBER_KEY_MAX << 2;
    entry.stated_subject = 4;
    entry.kind = ENTRY_PART;
    entry_sort(&entry);
    entry_encode(&record, &entry, NULL, 0);
    for (size_t size = 0; size <= record.size; size++) {
        struct entry read = {.facts = NULL};
        struct decoder in = decoder_of(record.data, size);
        const enum ic_status status = entry_decode(&in, NULL, &read, &f->error);
        assert_true(status == IC_OK || status == IC_CORRUPT);
        assert_true(status == IC_OK || size < record.size);
        if (size == record.size) {
            assert_same_facts(&read, &entry);
            assert_int_equal(read.advertisement, entry.advertisement);
            assert_int_equal(read.subject, entry.subject);
            assert_int_equal(read.stated_subject, entry.stated_subject);
        }
        entry_free(&read);
    }
    entry_free(&entry);
    encoder_free(&record);
}

struct expired {
    uint64_t numbers[8];
    int count;
};

static enum ic_status note_expired(void *context, const struct expiry *expiry,
                                   struct ic_error *error)
{
    struct expired *expired = context;
    (void)error;
    assert_int_equal(expiry->first_ordinal, expiry->advertisement * 10);
    expired->numbers[expired->count++] = expiry->advertisement;
    return IC_OK;
}

static struct expired expired_at(struct fixture *f, int64_t at_ms)
{
    struct expired expired = {.count = 0};
    assert_int_equal(expiry_each(&f->store, at_ms, note_expired, &expired, &f->error), IC_OK);
    return expired;
}

/* Those that expire stand in the order of time; renewing moves one, an end to expiry and
 * deleting take it away. */
static void expiries_follow_their_advertisements(void **state)
{
    struct fixture *f = *state;
    struct advertisement record = {.version = 1,
                                   .cloud_name = "cloud",
                                   .owner = "a@a.org",
                                   .format = "turtle",
                                   .audience = "all",
                                   .digest = "00",
                                   .entry_room = 2,
                                   .entry_count = 2};
    store_begin(&f->store, &f->error);
    for (uint64_t number = 1; number <= 3; number++) {
        record.number = number;
        record.first_ordinal = number * 10;
        record.expires_ms = number == 3 ? 0 : 1000 * (int64_t)(3 - number);
        assert_int_equal(advertisement_write(&f->store, &record, &f->error), IC_OK);
    }
    assert_int_equal(expired_at(f, 999).count, 0);
    assert_int_equal(expired_at(f, 1000).count, 1);
    struct expired both = expired_at(f, INT64_MAX);
    assert_int_equal(both.count, 2);
    assert_int_equal(both.numbers[0], 2);
    record.number = 2;
    record.first_ordinal = 20;
    record.expires_ms = 5000; /* renewed */
    advertisement_write(&f->store, &record, &f->error);
    both = expired_at(f, INT64_MAX);
    assert_int_equal(both.count, 2);
    assert_int_equal(both.numbers[0], 1);
    assert_int_equal(advertisement_delete(&f->store, 1, &f->error), IC_OK);
    record.expires_ms = 0;
    advertisement_write(&f->store, &record, &f->error);
    assert_int_equal(expired_at(f, INT64_MAX).count, 0);
    store_commit(&f->store, &f->error);
}

/* What is packed comes back: codes for what is usual, texts for the rest. */
static void advertisements_come_back_as_they_were(void **state)
{
    static const char *const digests[] = {
        "00", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"};
    static const char *const formats[] = {"", "turtle", "advertisement", "a new one"};
    static const char *const audiences[] = {"all", "", "a@a.org b@b.org"};
    struct fixture *f = *state;
    struct ic_arena *arena = ic_arena_new();
    store_begin(&f->store, &f->error);
    for (int i = 0; i < 36; i++) {
        const struct advertisement record = {.number = 7,
                                             .version = 300,
                                             .sequence = 5,
                                             .published_ms = 1700000000000,
                                             .first_ordinal = 4000000000,
                                             .entry_count = 2,
                                             .entry_room = 9,
                                             .offers = 1,
                                             .stated = 26,
                                             .effective = 27,
                                             .cloud_name = "cloud",
                                             .owner = "a@a.org",
                                             .digest = digests[i % 3],
                                             .format = formats[i / 3 % 4],
                                             .audience = audiences[i / 12]};
        struct advertisement read;
        bool found;
        assert_int_equal(advertisement_write(&f->store, &record, &f->error), IC_OK);
        assert_int_equal(advertisement_read(&f->store, 7, arena, &read, &found, &f->error),
                         IC_OK);
        assert_true(found && read.version == 300 && read.sequence == 5 &&
                    read.published_ms == record.published_ms && read.expires_ms == 0 &&
                    read.first_ordinal == 4000000000 && read.entry_count == 2 &&
                    read.entry_room == 9 && read.offers == 1 && read.stated == 26 &&
                    read.effective == 27);
        assert_string_equal(read.cloud_name, record.cloud_name);
        assert_string_equal(read.owner, record.owner);
        assert_string_equal(read.digest, record.digest);
        assert_string_equal(read.format, record.format);
        assert_string_equal(read.audience, record.audience);
    }
    store_commit(&f->store, &f->error);
    ic_arena_free(arena);
}

/* Every cut and every changed byte of a record is an error or another record, never a crash or
 * a read beyond its end (which ASan would see). */
static void damaged_records_are_refused(void **state)
{
    struct fixture *f = *state;
    const struct advertisement record = {.number = 1,
                                         .version = 300,
                                         .cloud_name = "cloud",
                                         .owner = "a@a.org",
                                         .format = "",
                                         .audience = "all",
                                         .digest = "00",
                                         .entry_room = 2,
                                         .entry_count = 2};
    struct store_value value = {.data = NULL};
    unsigned char key[NUMBER_KEY_BYTES];
    bool found;
    store_begin(&f->store, &f->error);
    assert_int_equal(advertisement_write(&f->store, &record, &f->error), IC_OK);
    store_commit(&f->store, &f->error);
    put_number_key(key, 1);
    assert_int_equal(
        store_get(&f->store, STORE_ADVERTISEMENTS, key, sizeof key, &value, &found, &f->error),
        IC_OK);
    assert_true(found);
    struct ic_arena *arena = ic_arena_new();
    for (size_t size = 0; size < value.size; size++) {
        struct advertisement read;
        unsigned char *cut = malloc(size + 1);
        memcpy(cut, value.data, size);
        cut = realloc(cut, size ? size : 1);
        assert_int_equal(advertisement_decode(cut, size, 1, arena, &read, &f->error),
                         IC_CORRUPT);
        free(cut);
    }
    for (size_t i = 0; i < value.size; i++) {
        struct advertisement read;
        ((unsigned char *)value.data)[i] ^= 0xFF;
        const enum ic_status status =
            advertisement_decode(value.data, value.size, 1, arena, &read, &f->error);
        assert_true(status == IC_OK || status == IC_CORRUPT);
        ((unsigned char *)value.data)[i] ^= 0xFF;
    }
    ic_arena_free(arena);
    store_value_free(&value);
}

static void numbers_pack_and_unpack(void **state)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 16384, UINT32_MAX, UINT64_MAX};
    struct encoder out = {.data = NULL};
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        encode_number(&out, numbers[i]);
    struct decoder in = decoder_of(out.data, out.size);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(decode_number(&in) == numbers[i]);
    assert_true(decoder_done(&in));
    assert_int_equal(decode_number(&in), 0);
    assert_false(decoder_done(&in));
    encoder_free(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(aborted_writes_are_gone),
        TEST(entries_move_their_postings),
        TEST(entries_have_a_base),
        TEST(ids_are_packed),
        TEST(entries_about_one_subject_are_marked),
        TEST(literals_are_no_subjects),
        TEST(expiries_follow_their_advertisements),
        TEST(advertisements_come_back_as_they_were),
        TEST(damaged_records_are_refused),
        cmocka_unit_test(numbers_pack_and_unpack),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
