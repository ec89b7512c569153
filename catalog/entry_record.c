/* SPDX-License-Identifier: Apache-2.0 */
/* Packing and unpacking entries. */
#include "entry_record.h"

#include <string.h>

#include "catalog.h"
#include "term_id.h"

/* IRIs and blank nodes are never ids of their own: their two low bits say nothing. */
enum {
    ID_SHIFT = 2,
    KIND_SHIFT = 1,
    KIND_MASK = 3,
    HEAD_SHIFT = 4,
    HEAD_BASED = 1,
    HEAD_OFFERED = 8
};

enum form { STATED, INHERITED, NORMALISED, SAME_DIGITS, OTHER, FORMS };

static uint64_t zigzag(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t value)
{
    return value >> 1 ^ (value & 1 ? UINT64_MAX : 0);
}

/* ---- ids ---- */

enum {
    TAG_MASK = 3,
    TAG_DECIMAL = 1,
    TAG_VALUED = 2,
    TAG_INTEGER = 3,
    SCALE_MASK = 3, /* of those that are packed */
    REST_SHIFT = 4, /* of an id: the rest of the scale, the sign */
    REST_MASK = 7,
    DIGITS_SHIFT = 7,
    PACKED_MASK = 7,
    PACKED_SHIFT = 3
};

static uint64_t pack(uint64_t id)
{
    const unsigned tag = id & TAG_MASK;
    const bool plain = !(id >> REST_SHIFT & REST_MASK);
    const uint64_t digits = id >> DIGITS_SHIFT, scale = id >> ID_SHIFT & SCALE_MASK;
    if (tag == 0)
        return id >> ID_SHIFT << 1;
    if (tag == TAG_VALUED)
        return id >> ID_SHIFT << PACKED_SHIFT | 7;
    if (plain && tag == TAG_DECIMAL)
        return (digits << 2 | scale) << PACKED_SHIFT | 1;
    if (plain && scale == 0)
        return digits << PACKED_SHIFT | 3;
    return id << PACKED_SHIFT | 5;
}

static uint64_t unpack(uint64_t packed)
{
    const uint64_t rest = packed >> PACKED_SHIFT;
    switch (packed & PACKED_MASK) {
    case 1:
        return rest >> 2 << DIGITS_SHIFT | (rest & SCALE_MASK) << ID_SHIFT | TAG_DECIMAL;
    case 3:
        return rest << DIGITS_SHIFT | TAG_INTEGER;
    case 5:
        return rest;
    case 7:
        return rest << ID_SHIFT | TAG_VALUED;
    default:
        return packed >> 1 << ID_SHIFT;
    }
}

/* The integer of an inline decimal's digits, as an id; 0: it is none. */
static uint64_t same_digits(uint64_t object)
{
    const bool whole = !(object >> ID_SHIFT & 15);
    return (object & TAG_MASK) == TAG_DECIMAL && whole ? object ^ TAG_DECIMAL ^ TAG_INTEGER : 0;
}

/* ---- facts of one predicate ---- */

/* The index behind the facts about the predicate of fact `i`. */
static size_t group_end(const struct entry *entry, size_t i)
{
    const uint64_t predicate = entry->facts[i].predicate;
    while (i < entry->fact_count && entry->facts[i].predicate == predicate)
        i++;
    return i;
}

static bool same_facts(const struct entry *a, size_t a_begin, size_t a_end,
                       const struct entry *b, size_t b_begin, size_t b_end)
{
    if (a_end - a_begin != b_end - b_begin)
        return false;
    for (size_t i = 0; i < a_end - a_begin; i++) {
        const struct entry_fact *x = &a->facts[a_begin + i], *y = &b->facts[b_begin + i];
        if (x->object != y->object || x->original != y->original || x->flags != y->flags)
            return false;
    }
    return true;
}

/* Walks the predicates of an entry and its base side by side. */
struct walk {
    const struct entry *entry, *base;
    size_t own, own_end;     /* the entry's facts about the predicate; empty: it has none */
    size_t based, based_end; /* the base's */
};

static bool walk_next(struct walk *w)
{
    w->own = w->own_end;
    w->based = w->based_end;
    const bool own = w->own < w->entry->fact_count, based = w->based < w->base->fact_count;
    if (!own && !based)
        return false;
    const uint64_t mine = own ? w->entry->facts[w->own].predicate : UINT64_MAX;
    const uint64_t others = based ? w->base->facts[w->based].predicate : UINT64_MAX;
    if (mine <= others)
        w->own_end = group_end(w->entry, w->own);
    if (others <= mine)
        w->based_end = group_end(w->base, w->based);
    return true;
}

static bool walk_same(const struct walk *w)
{
    return same_facts(w->entry, w->own, w->own_end, w->base, w->based, w->based_end);
}

/* ---- writing ---- */

static enum form form_of(const struct entry_fact *fact)
{
    if (fact->flags == IC_STATED)
        return STATED;
    if (fact->flags == IC_INHERITED)
        return INHERITED;
    if (fact->flags != IC_NORMALISED)
        return OTHER;
    return fact->original == same_digits(fact->object) ? SAME_DIGITS : NORMALISED;
}

/* The facts from `begin` to before `end`, all of one predicate. */
static void encode_facts(struct encoder *record, const struct entry *entry, size_t begin,
                         size_t end, uint64_t *predicate)
{
    for (size_t i = begin; i < end; i++) {
        const struct entry_fact *fact = &entry->facts[i];
        const enum form form = form_of(fact);
        const uint64_t step = (fact->predicate - *predicate) >> ID_SHIFT;
        encode_number(record, step * FORMS + form);
        encode_number(record,
                      step ? pack(fact->object) : fact->object - entry->facts[i - 1].object);
        if (form == OTHER)
            encode_number(record, fact->flags);
        if (form == NORMALISED || (form == OTHER && fact->flags & IC_NORMALISED))
            encode_number(record, pack(fact->original));
        *predicate = fact->predicate;
    }
}

/* A base saves something when it has more predicates in common with the entry than must be
 * left out. That it is not much larger bounds what reading the entry costs. */
static bool base_helps(const struct entry *entry, const struct entry *base)
{
    enum { LARGER_MAX = 64 };
    struct walk w = {.entry = entry, .base = base};
    size_t taken = 0, left_out = 0;
    if (base->advertisement != entry->advertisement ||
        base->fact_count > entry->fact_count + LARGER_MAX)
        return false;
    while (walk_next(&w)) {
        taken += w.own < w.own_end && walk_same(&w);
        left_out += w.own == w.own_end;
    }
    return taken > left_out;
}

static void encode_left_out(struct encoder *record, const struct entry *entry,
                            const struct entry *base)
{
    struct walk w = {.entry = entry, .base = base};
    size_t count = 0, between = 0;
    while (walk_next(&w))
        count += w.own == w.own_end;
    encode_number(record, count);
    w = (struct walk){.entry = entry, .base = base};
    while (count && walk_next(&w)) {
        if (w.based == w.based_end)
            continue;
        if (w.own < w.own_end) {
            between++;
            continue;
        }
        encode_number(record, between);
        between = 0;
        count--;
    }
}

void entry_encode(struct encoder *record, const struct entry *entry, const struct entry *base,
                  uint32_t back)
{
    const uint64_t subject = entry->subject >> ID_SHIFT;
    const uint64_t kind =
        (uint64_t)entry->kind << KIND_SHIFT | (entry->offered ? HEAD_OFFERED : 0);
    uint64_t predicate = 0;
    if (base && base_helps(entry, base)) {
        encode_number(record, (uint64_t)back << HEAD_SHIFT | kind | HEAD_BASED);
        encode_number(record, zigzag(subject - (base->subject >> ID_SHIFT)));
    } else {
        base = NULL;
        encode_number(record, entry->advertisement << HEAD_SHIFT | kind);
        encode_number(record, subject);
    }
    encode_number(record, zigzag((entry->stated_subject >> ID_SHIFT) - subject));
    if (!base) {
        for (size_t i = 0, end; i < entry->fact_count; i = end) {
            end = group_end(entry, i);
            encode_facts(record, entry, i, end, &predicate);
        }
        return;
    }
    struct walk w = {.entry = entry, .base = base};
    encode_left_out(record, entry, base);
    while (walk_next(&w))
        if (!walk_same(&w))
            encode_facts(record, entry, w.own, w.own_end, &predicate);
}

/* ---- reading ---- */

bool entry_record_needs_base(struct decoder record, uint32_t *back)
{
    const uint64_t head = decode_number(&record);
    *back = (uint32_t)(head >> HEAD_SHIFT);
    return head & HEAD_BASED;
}

/* One fact behind another about `*predicate`, or about the next. */
static struct entry_fact decode_fact(struct decoder *record, uint64_t *predicate,
                                     uint64_t *object)
{
    const uint64_t step = decode_number(record);
    const enum form form = (enum form)(step % FORMS);
    const uint64_t packed = decode_number(record);
    static const unsigned char flags[FORMS] = {IC_STATED, IC_INHERITED, IC_NORMALISED,
                                               IC_NORMALISED, 0};
    *predicate += step / FORMS << ID_SHIFT;
    *object = step < FORMS ? *object + packed : unpack(packed);
    struct entry_fact fact = {*predicate, *object, 0, flags[form]};
    if (form == OTHER)
        fact.flags = (unsigned)decode_number(record);
    if (form == SAME_DIGITS)
        fact.original = same_digits(*object);
    else if (fact.flags & IC_NORMALISED)
        fact.original = unpack(decode_number(record));
    return fact;
}

/* What of the base is left out: read as it is needed. */
struct left_out {
    struct decoder in;
    uint64_t count, between; /* how many come, and how many predicates before the next */
};

static void next_left_out(struct left_out *list)
{
    if (list->count)
        list->between = decode_number(&list->in);
}

/* Adds what the base has about predicates before `before`, but for what is left out, or is
 * about a predicate of which the entry has facts (`*own`: the last one of its own). */
static enum ic_status take(struct entry *entry, const struct entry *base, size_t *at,
                           uint64_t before, uint64_t own, struct left_out *list,
                           struct ic_error *error)
{
    enum ic_status status = IC_OK;
    while (status == IC_OK && *at < base->fact_count && base->facts[*at].predicate < before) {
        const size_t end = group_end(base, *at);
        const bool left_out =
            base->facts[*at].predicate != own && list->count && !list->between;
        if (left_out) {
            list->count--;
            next_left_out(list);
        } else if (list->between) {
            list->between--;
        }
        for (; status == IC_OK && *at < end; ++*at)
            if (!left_out && base->facts[*at].predicate != own)
                status = entry_add(entry, base->facts[*at], error);
        *at = end;
    }
    return status;
}

static enum ic_status damaged(struct ic_error *error)
{
    return ic_fail(error, IC_CORRUPT, "an entry of the catalog is damaged; restore a backup");
}

static enum ic_status decode_facts(struct decoder *record, const struct entry *base,
                                   struct left_out *list, struct entry *entry,
                                   struct ic_error *error)
{
    static const struct entry none;
    uint64_t predicate = 0, object = 0, own = 0;
    size_t at = 0;
    enum ic_status status = IC_OK;
    base = base ? base : &none;
    while (status == IC_OK && !record->bad && record->at < record->end) {
        const struct entry_fact fact = decode_fact(record, &predicate, &object);
        status = take(entry, base, &at, fact.predicate, own, list, error);
        own = fact.predicate;
        if (status == IC_OK)
            status = entry_add(entry, fact, error);
    }
    if (status == IC_OK)
        status = take(entry, base, &at, UINT64_MAX, own, list, error);
    return status;
}

enum ic_status entry_decode(struct decoder *record, const struct entry *base,
                            struct entry *entry, struct ic_error *error)
{
    struct left_out list = {.count = 0};
    const uint64_t head = decode_number(record);
    uint64_t subject = decode_number(record);
    if (base)
        subject = (base->subject >> ID_SHIFT) + unzigzag(subject);
    entry->fact_count = 0;
    entry->advertisement = base ? base->advertisement : head >> HEAD_SHIFT;
    entry->kind = (enum entry_kind)(head >> KIND_SHIFT & KIND_MASK);
    entry->offered = head & HEAD_OFFERED;
    entry->subject = subject << ID_SHIFT;
    entry->stated_subject = (subject + unzigzag(decode_number(record))) << ID_SHIFT;
    if (base) {
        list.count = decode_number(record);
        list.in = *record;
        for (uint64_t i = 0; i < list.count && !record->bad; i++)
            decode_number(record);
        next_left_out(&list);
    }
    const enum ic_status status = decode_facts(record, base, &list, entry, error);
    if (status != IC_OK)
        return status;
    if (record->bad || list.count || !entry->subject || !entry->stated_subject ||
        entry->kind < ENTRY_CLOUD || entry->kind > ENTRY_PART)
        return damaged(error);
    return IC_OK;
}
