/* SPDX-License-Identifier: Apache-2.0 */
/* Definitions of units and exchange rates: what they may say, what is refused and where, and
 * what follows from them. */
#include "tests/unit/ontology_units.h"

#define BASE(name, kind) "x:" name " a qudt:Unit ; qudt:hasQuantityKind x:" kind " .\n"
#define OF(name, factor, of)                                                                   \
    "x:" name " a qudt:Unit ; ic:factor " factor " ; ic:of x:" of " .\n"
#define PARTS(name, parts) "x:" name " a qudt:Unit ; qudt:hasFactorUnit " parts " .\n"
#define PART(unit, exponent) "[ qudt:hasUnit x:" unit " ; qudt:exponent " exponent " ]"
#define CURRENCY(name)                                                                         \
    "x:" name " a qudt:Unit, qudt:CurrencyUnit ; qudt:hasQuantityKind x:Money .\n"
#define RATE(rest) "x:r a ic:ExchangeRate ; " rest " .\n"
#define NUMBER(unit)                                                                           \
    PROPERTY("p", "rdfs:range xsd:decimal ; ic:match ic:Equal ; ic:unit x:" unit)

/* Each is refused at that line (2 is the first) with that in the message. */
static const struct {
    const char *text;
    unsigned long line;
    const char *message;
} refused[] = {
    {"x:a a qudt:Unit .\n", 2, "nothing says what a measures"},
    {BASE("a", "Time") BASE("b", "Time"), 3, "a and b are both base units of Time"},
    {CURRENCY("a") BASE("b", "Money"), 3, "are both base units of Money"},
    {OF("a", "2", "b"), 2, "a is defined by http://x.example/b, which is not described"},
    {OF("a", "2", "a"), 2, "a is defined by itself"},
    {OF("a", "2", "b") "\n" OF("b", "2", "c") OF("c", "2", "a"), 5, "a is defined by itself"},
    {BASE("a", "T") PARTS("b", PART("c", "1")) PARTS("c", PART("b", "1")), 4,
     "b is defined by itself"},
    {BASE("a", "T") OF("b", "0", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "-2", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "\"1/0\"", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "\"0/1\"", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "\"1/2/3\"", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "\"many\"", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "x:c", "a"), 3, "must be a number greater than 0"},
    {BASE("a", "T") OF("b", "2, 3", "a"), 3, "two values of factor"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:of x:a .", 3, "must have an ic:factor or ic:per too"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:of x:a ; ic:factor 2 ; qudt:hasFactorUnit " PART(
         "a", "1") " .",
     3, "keep one way"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:per x:c .", 3, "x.example/c, which is not described"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:per x:a, x:b .", 3, "b is defined by itself"},
    {BASE("a", "T") PARTS("b", PART("a", "0")), 3, "a whole number from -9 to 9 but 0"},
    {BASE("a", "T") PARTS("b", PART("a", "1.5")), 3, "a whole number from -9 to 9 but 0"},
    {BASE("a", "T") PARTS("b", PART("a", "10")), 3, "a whole number from -9 to 9 but 0"},
    {BASE("a", "T") PARTS("b", "[ qudt:hasUnit x:a ]"), 3, "must state its qudt:hasUnit and"},
    {BASE("a", "T") PARTS("b", "[ qudt:exponent 1 ]"), 3, "must state its qudt:hasUnit and"},
    {BASE("a", "T") PARTS("b", PART("a", "9")) PARTS("c", PART("b", "2")), 4,
     "an exponent above 9"},
    {BASE("a", "T") OF("b", "1e399", "a") OF("c", "1e399", "b") OF("d", "1e399", "c")
         OF("e", "1e399", "d"),
     6, "more than 4096 bits"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:scale ic:Tens ; ic:of x:a .", 3,
     "can only be ic:Nines"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:scale ic:Nines .", 3, "can only be ic:Nines"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:scale ic:Nines ; ic:of x:a ; ic:factor 2 .", 3,
     "can only be ic:Nines"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:scale ic:Nines ; ic:of x:a .\n" OF("c", "2", "b"), 4,
     "counts nines and has no multiples"},
    {BASE("a", "T") "x:b a qudt:Unit ; ic:scale ic:Nines ; ic:of x:a .\n" NUMBER("b"), 4,
     "p cannot be measured in b"},
    {BASE("a", "T; skos:notation \"m\"") BASE("b", "L; skos:altLabel \"m\""), 2,
     "'m' is the notation of http://x.example/a and spells http://x.example/b too"},
    {BASE("a", "T; skos:notation \"b\"") BASE("b", "L"), 2, "is the notation of"},
    {BASE("a", "T; skos:altLabel \"\""), 2, "must be 1 to 256 bytes long"},
    {RATE("ic:to x:u ; ic:rate 1 ; ic:date \"2026-01-01\" ; ic:source \"s\""), 2,
     "has no ic:from"},
    {CURRENCY("e") CURRENCY("u") RATE("ic:from x:e ; ic:to x:u ; ic:rate 1 ; ic:source \"s\""),
     4, "has no ic:date"},
    {CURRENCY("e") CURRENCY("u") RATE("ic:from x:e ; ic:to x:u ; ic:rate 1 ; "
                                      "ic:date \"2026-01-01\""),
     4, "has no ic:source"},
    {CURRENCY("e") BASE("t", "T") RATE("ic:from x:e ; ic:to x:t ; ic:rate 1 ; "
                                       "ic:date \"2026-01-01\" ; ic:source \"s\""),
     4, "the ic:to of an ic:ExchangeRate is http://x.example/t, which is no currency"},
    {CURRENCY("e") "x:c a qudt:Unit, qudt:CurrencyUnit ; ic:factor 0.01 ; ic:of x:e .\n" RATE(
         "ic:from x:c ; ic:to x:e ; ic:rate 1 ; ic:date \"2026-01-01\" ; ic:source \"s\""),
     4, "which is no currency: a base unit"},
    {CURRENCY("e") RATE("ic:from x:e ; ic:to x:e ; ic:rate 1 ; ic:date \"2026-01-01\" ; "
                        "ic:source \"s\""),
     3, "to itself"},
    {CURRENCY("e") CURRENCY("u") RATE("ic:from x:e ; ic:to x:u ; ic:rate 0 ; "
                                      "ic:date \"2026-01-01\" ; ic:source \"s\""),
     4, "must be a number greater than 0"},
    {CURRENCY("e") CURRENCY("u") RATE("ic:from x:e ; ic:to x:u ; ic:rate 1 ; "
                                      "ic:date \"today\" ; ic:source \"s\""),
     4, "must be a date"},
    {CURRENCY("e") CURRENCY("u")
         RATE("ic:from x:e ; ic:to x:u ; ic:rate 1 ; "
              "ic:date \"2026-01-01\" ; ic:source \"s\"") "x:q a ic:ExchangeRate ; ic:from x:e "
                                                          "; ic:to x:u ; ic:rate 2 ; "
                                                          "ic:date \"2026-01-01\" ; ic:source "
                                                          "\"s\" .\n",
     5, "two rates from e to u on 2026-01-01"},
};

static void refuses_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct ic_ontology *ontology = NULL;
        struct ic_error error = {.status = IC_OK};
        if (build(refused[i].text, &ontology, &error) != IC_BAD_INPUT)
            fail_msg("accepted: %s", refused[i].text);
        if (!strstr(error.text, refused[i].message) || error.line != refused[i].line)
            fail_msg("line %lu: %s\ninstead of line %lu: %s\nfor %s", error.line, error.text,
                     refused[i].line, refused[i].message, refused[i].text);
    }
}

/* A chain of `length` units, each defined by the next; by IRI the first comes first. */
static enum ic_status build_chain(int length, struct ic_error *error)
{
    char text[16384];
    size_t used = 0;
    for (int i = 1; i < length; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used,
                             "x:u%03d a qudt:Unit ; ic:factor 2 ; ic:of x:u%03d .\n", i, i + 1);
    snprintf(text + used, sizeof text - used,
             "x:u%03d a qudt:Unit ; qudt:hasQuantityKind x:T .\n", length);
    struct ic_ontology *ontology = NULL;
    const enum ic_status status = build(text, &ontology, error);
    ic_ontology_release(ontology);
    return status;
}

static void bounds_definitions(void **state)
{
    (void)state;
    struct ic_error error;
    assert_int_equal(build_chain(64, &error), IC_OK);
    assert_int_equal(build_chain(65, &error), IC_BAD_INPUT);
    assert_non_null(strstr(error.text, "u065 is defined in more than 64 steps"));
    assert_int_equal(error.line, 65);
}

/* A factor may be a quotient, and a unit a product of powers with a factor. */
static void follows_definitions(void **state)
{
    (void)state;
    struct ic_ontology *ontology = built(BASE("t", "Time") OF("third", "\"1/3\"", "t") OF(
        "whole", "3",
        "third") "x:squares a qudt:Unit ; ic:factor 4 ; "
                 "qudt:hasFactorUnit " PART(
                     "third",
                     "2") " .\n"
                          "x:dozen a qudt:Unit ; ic:factor 12 .\n"
                          "x:rate a qudt:Unit ; ic:per x:t .\n"
                          "x:speed a qudt:Unit ; ic:factor 2 ; ic:of x:whole ; ic:per x:third, "
                          "x:third, x:t .\n" NUMBER("t") ":q a rdf:Property ; rdfs:label \"q\" "
                                                         "; rdfs:comment \"c\" ; "
                                                         "rdfs:range xsd:decimal ; ic:match "
                                                         "ic:Equal ; ic:unit x:squares .\n"
                                                         ":n a rdf:Property ; rdfs:label \"n\" "
                                                         "; rdfs:comment \"c\" ; "
                                                         "rdfs:range xsd:integer ; ic:match "
                                                         "ic:Equal ; ic:unit x:dozen .\n");
    void *own = ontology;
    check(&own, "p", "1 whole", "1", NULL);
    check(&own, "p", "6 third", "2", NULL);
    check(&own, "p", "1 third", "0.333333333333333333333333333333335", NULL);
    check(&own, "q", "4 third-third", "1", NULL);
    check(&own, "q", "1 t*t", "2.25", NULL);
    check(&own, "q", "1 t", NULL, "which measures Time; q is Time and Time");
    check(&own, "p", "3 whole-whole-rate", "3", NULL);
    check(&own, "p", "3 speed-t-t", "18", NULL);
    check(&own, "n", "24 dozen/dozen", "2", NULL);
    check_value(&own, "n", "25 dozen/dozen", false, NULL, "is not a whole number");
    check_value(&own, "n", "18 dozen/dozen", true, "1.5", NULL);
    ic_ontology_release(ontology);
}

#define MONEY                                                                                  \
    CURRENCY("u")                                                                              \
    CURRENCY("e")                                                                              \
    CURRENCY("j")                                                                              \
    OF("cent", "0.01", "e")                                                                    \
    BASE("h", "Time") NUMBER("perHour") PARTS("perHour", PART("u", "1") ", " PART("h", "-1"))
#define DATED(id, from, to, rate, date)                                                        \
    "x:" id " a ic:ExchangeRate ; ic:from x:" from " ; ic:to x:" to " ; ic:rate " rate         \
    " ; ic:date \"" date "\" ; ic:source \"bank of " id "\" .\n"

/* The newest rate counts, in its direction alone; nothing is chained. */
static void converts_currencies(void **state)
{
    (void)state;
    struct ic_error error = {.status = IC_OK};
    enum ic_resolution resolution;
    struct ic_ontology *ontology = built(MONEY DATED("r1", "e", "u", "1.1", "2025-06-30") DATED(
        "r2", "e", "u", "1.0835", "2026-01-15") DATED("r3", "e", "u", "1.2", "2025-12-31")
                                             DATED("r4", "j", "e", "0.006", "2026-01-15"));
    void *own = ontology;
    check(&own, "p", "2 e/h", "2.167", NULL);
    check(&own, "p", "200 cent/h", "2.167", NULL);
    check(&own, "p", "2 u/h", "2", NULL);
    check_value(&own, "p", "2 j/h", true, NULL,
                "is in j and p in u, and the ontology has no "
                "ic:ExchangeRate from j to u");
    check(&own, "p", "2 e", NULL, "which measures Money");
    check(&own, "p", "2 h/e", NULL, "which measures Time per Money");
    char *text = resolved(&own, "p", " 2 j/h ", false, &resolution, &error);
    assert_string_equal(text, "2 j/h");
    assert_int_equal(resolution, IC_RESOLVED_UNCONVERTED);
    assert_non_null(strstr(error.text, "no ic:ExchangeRate from j to u: kept as a text"));
    free(text);

    struct ic_arena *arena = ic_arena_new();
    const struct ic_exchange_rate *rates;
    size_t count;
    assert_int_equal(ic_ontology_rates(ontology, attribute(&own, "p"), arena, &rates, &count),
                     IC_OK);
    assert_int_equal(count, 1);
    assert_string_equal(rates[0].rate, "1.0835");
    assert_string_equal(rates[0].date, "2026-01-15");
    assert_string_equal(rates[0].source, "bank of r2");
    ic_arena_free(arena);
    ic_ontology_release(ontology);
}

/* The same rate twice on a day is no contradiction. */
static void takes_a_rate_twice(void **state)
{
    (void)state;
    struct ic_ontology *ontology = built(MONEY DATED("r1", "e", "u", "1.50", "2026-01-15")
                                             DATED("r2", "e", "u", "1.5", "2026-01-15"));
    void *own = ontology;
    check(&own, "p", "2 e/h", "3", NULL);
    ic_ontology_release(ontology);
}

/* No rate comes with the ontology: a price in another currency is not guessed. */
static void ships_no_rates(void **state)
{
    struct ic_arena *arena = ic_arena_new();
    const struct ic_exchange_rate *rates;
    size_t count;
    assert_int_equal(
        ic_ontology_rates(*state, attribute(state, "storagePrice"), arena, &rates, &count),
        IC_OK);
    assert_int_equal(count, 0);
    ic_arena_free(arena);
    check_value(state, "storagePrice", "0.02 EUR/GB-month", true, NULL,
                "no ic:ExchangeRate from EUR to USD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_mistakes),
        cmocka_unit_test(bounds_definitions),
        cmocka_unit_test(follows_definitions),
        cmocka_unit_test(converts_currencies),
        cmocka_unit_test(takes_a_rate_twice),
        cmocka_unit_test_setup_teardown(ships_no_rates, open_real, close_real),
    };
    return cmocka_run_group_tests_name("ontology: definitions of units", tests, NULL, NULL);
}
