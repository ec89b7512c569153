/* SPDX-License-Identifier: Apache-2.0 */
/* Units of measure: what each one is exactly, how people write them, and converting between
 * them.
 *
 * A unit's form is a positive rational times powers of base units: GiB/s is 8589934592 times
 * bit^1 s^-1. Two units measure the same when their powers are the same; currencies are base
 * units each, joined by the exchange rates of the ontology.
 *
 * Invariants: the forms of a finished ontology's units are read and never changed. Forms hold
 * GMP numbers: each ic_unit_form_init has its ic_unit_form_clear. */
#ifndef IC_ONTOLOGY_UNIT_H
#define IC_ONTOLOGY_UNIT_H

#include <gmp.h>

#include "ontology.h"

struct ic_ontology_graph;
struct ic_ontology_unit;

enum {
    IC_UNIT_BYTES_MAX = 256,        /* of a unit as written */
    IC_UNIT_FACTORS_MAX = 16,       /* units in a product or quotient */
    IC_UNIT_POWERS_MAX = 8,         /* different base units in a form */
    IC_UNIT_EXPONENT_MAX = 9,       /* absolute, of a base unit */
    IC_UNIT_FACTOR_BITS_MAX = 4096, /* numerator and denominator of a unit's factor */
    IC_UNIT_NINES_MAX = 30,         /* of a share in nines */
    IC_UNIT_PLACES_MAX = 32,        /* decimal places of an effective value with a unit */
    IC_UNIT_DENOMINATOR_DIGITS = IC_UNIT_PLACES_MAX / 2 /* of a value that has no last place */
};

struct ic_unit_power {
    const struct ic_ontology_unit *base;
    int exponent;
};

struct ic_unit_form {
    mpq_t factor;
    size_t count;
    struct ic_unit_power powers[IC_UNIT_POWERS_MAX]; /* exponents not 0; by the bases' IRIs */
};

/* One, of nothing. */
void ic_unit_form_init(struct ic_unit_form *form);
void ic_unit_form_clear(struct ic_unit_form *form);
/* Multiplies by `by` to the power `exponent`. False: more than a maximum above. */
bool ic_unit_form_multiply(struct ic_unit_form *form, const struct ic_unit_form *by,
                           int exponent);

/* One of the things that a spelling may mean. */
struct ic_unit_named {
    const struct ic_ontology_unit *unit;
    bool label; /* an rdfs:label, in whatever case */
    struct ic_unit_named *next;
};

/* How people write a unit, and what it is. */
struct ic_ontology_unit {
    const char *iri;
    const char *name; /* the preferred spelling */
    uint32_t node;
    bool base;        /* of its own dimension */
    bool currency;    /* a base unit with exchange rates */
    bool nines;       /* counts the nines of a share: `form` is of what one nine is a part of */
    const char *kind; /* of a base unit: the name of what it measures */
    uint32_t kind_node;
    struct ic_unit_form form;
};

/* 1 `from` is `rate` `to`, on `date`. */
struct ic_unit_rate {
    const struct ic_ontology_unit *from, *to;
    const char *decimal, *date;
    const char *source; /* or NULL */
    mpq_t rate;
};

/* ---- while an ontology is built ---- */

/* Fills `kind`, `nines` and `form` of all units (ontology_unit_definitions.c). */
enum ic_status ic_unit_read_forms(struct ic_ontology_graph *graph);
/* Reads the exchange rates: of each pair the newest (ontology_rates.c). */
enum ic_status ic_unit_read_rates(struct ic_ontology_graph *graph);

/* ---- asking a finished ontology ---- */

/* What a spelling may mean: to the letter, else a label in whatever case; NULL: nothing. */
const struct ic_unit_named *ic_unit_find(const struct ic_ontology *ontology, const char *text,
                                         size_t length);
/* The one unit that a spelling means; NULL: none, or several. */
const struct ic_ontology_unit *ic_unit_single(const struct ic_ontology *ontology,
                                              const char *text, size_t length);
/* What is spelled so but for upper and lower case; NULL: nothing. */
const struct ic_unit_named *ic_unit_near(const struct ic_ontology *ontology, const char *text,
                                         size_t length);
const struct ic_unit_rate *ic_unit_rate(const struct ic_ontology *ontology,
                                        const struct ic_ontology_unit *from,
                                        const struct ic_ontology_unit *to);

/* Reads a unit, or a product or quotient of units: factors joined by "-", "*", a middle dot or
 * a space; everything behind the first "/" or "per" is below the line, and may begin with a
 * number (USD/10k requests). `nines` is set where the whole of it is a unit of nines.
 * IC_BAD_INPUT (without place): the message continues "the unit 'X', ". */
enum ic_status ic_unit_parse(const struct ic_ontology *ontology, const char *text,
                             size_t length, struct ic_unit_form *form, bool *nines,
                             struct ic_error *error);

/* Whether values in `from` are values in `to`, and then how many `to` one `from` is. */
enum ic_unit_fit {
    IC_UNIT_FITS,
    IC_UNIT_OTHER,  /* they measure different things */
    IC_UNIT_NO_RATE /* of `missing[0]` to `missing[1]` */
};
enum ic_unit_fit ic_unit_ratio(const struct ic_ontology *ontology,
                               const struct ic_unit_form *from, const struct ic_unit_form *to,
                               mpq_t ratio, const struct ic_ontology_unit *missing[2]);

/* What a form measures ("money per data and time"), cut to fit. */
void ic_unit_describe(const struct ic_unit_form *form, char *text, size_t size);

/* The decimal by which an exact value with a unit is stored and compared. A value with more
 * than IC_UNIT_PLACES_MAX decimal places in its unit is refused. One without a last place (10
 * min in hours) lies between two neighbours of that many places; the number half way between
 * them, which has one place more, stands for it: that compares with every decimal as the value
 * itself does, and with every other such value too, because two fractions whose denominators
 * have at most IC_UNIT_DENOMINATOR_DIGITS digits never lie between the same neighbours. A
 * larger denominator is refused. False: refused, `number` is unchanged. */
bool ic_unit_settle(mpq_t number);

#endif
