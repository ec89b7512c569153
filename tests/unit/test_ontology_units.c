/* SPDX-License-Identifier: Apache-2.0 */
/* Values with units, by the ontology in ontology/: what they are in the unit of their
 * attribute, exactly, and what is refused. */
#include "tests/unit/ontology_units.h"

/* An attribute, a value and what it becomes. `effective` NULL: refused, with `message` in it.
 */
struct row {
    const char *attribute, *value, *effective, *message;
};

static const struct row converted[] = {
    /* Data: SI and IEC, bytes and bits. */
    {"storageCapacity", "500 GB", "500", NULL},
    {"storageCapacity", "0.5 TB", "500", NULL},
    {"storageCapacity", "499999999999 B", "499.999999999", NULL},
    {"storageCapacity", "500000000000 B", "500", NULL},
    {"storageCapacity", "466 GiB", "500.363689984", NULL},
    {"storageCapacity", "465 GiB", "499.28994816", NULL},
    {"storageCapacity", "1 KiB", "0.000001024", NULL},
    {"storageCapacity", "1 kB", "0.000001", NULL},
    {"storageCapacity", "1 EiB", "1152921504.606846976", NULL},
    {"storageCapacity", "1 EB", "1000000000", NULL},
    {"storageCapacity", "8 Gbit", "1", NULL},
    {"storageCapacity", "8 Gb", "1", NULL},
    {"storageCapacity", "1 bit", "0.000000000125", NULL},
    {"storageCapacity", "8 Gibit", "1.073741824", NULL},
    {"storageCapacity", "1 octet", "0.000000001", NULL},
    {"storageCapacity", "-0 TiB", "0", NULL},
    {"storageCapacity", "9007199254740993 B", "9007199.254740993", NULL},
    {"storageCapacity", "9007199254740992 B", "9007199.254740992", NULL},
    {"storageCapacity", "5EB", "5000000000", NULL},
    {"storageCapacity", "5e3EB", "5000000000000", NULL},
    {"storageCapacity", "1 TeraBYTE", "1000", NULL},
    {"storageCapacity", "1 http://qudt.org/vocab/unit/TebiBYTE", "1099.511627776", NULL},
    {"storageCapacity", "1 <http://qudt.org/vocab/unit/TebiBYTE>", "1099.511627776", NULL},
    {"storageCapacity", "1 GIGABYTE", "1", NULL}, /* a label, in whatever case */
    /* Rates, named and composed. */
    {"bandwidth", "1 Gbit/s", "1000", NULL},
    {"bandwidth", "1 GB/s", "8000", NULL},
    {"bandwidth", "1 MiB/s", "8.388608", NULL},
    {"bandwidth", "1 Gbps", "1000", NULL},
    {"bandwidth", "1 GBps", "8000", NULL},
    {"bandwidth", "45 GB/h", "100", NULL},
    {"bandwidth", "1 gigabit per second", "1000", NULL},
    {"bandwidth", "1 GigaBIT per SEC", "1000", NULL},
    {"bandwidth", "1 <http://qudt.org/vocab/unit/GigaBIT>/s", "1000", NULL},
    {"storageOperationRate", "3000 IOPS", "3000", NULL},
    {"storageOperationRate", "180000 /min", "3000", NULL},
    {"storageOperationRate", "180 k/min", "3000", NULL},
    {"storageOperationRate", "3 1/ms", "3000", NULL},
    {"storageOperationRate", "3 requests per millisecond", "3000", NULL},
    /* Time; the month is 730 hours and a twelfth of a year. */
    {"storageLatency", "250 us", "0.25", NULL},
    {"storageLatency", "250 µs", "0.25", NULL},
    {"storageLatency", "7 ns", "0.000007", NULL},
    {"storageLatency", "1 min", "60000", NULL},
    {"minimumCommitment", "1 year", "12", NULL},
    {"minimumCommitment", "730 h", "1", NULL},
    {"minimumCommitment", "365 d", "12", NULL},
    {"minimumCommitment", "2628000 s", "1", NULL},
    {"backupInterval", "1 week", "168", NULL},
    {"backupInterval", "1 month", "730", NULL},
    /* Shares. */
    {"availabilityQuantity", "99.999", "99.999", NULL},
    {"availabilityQuantity", "99.999%", "99.999", NULL},
    {"availabilityQuantity", "0.99999 fraction", "99.999", NULL},
    {"availabilityQuantity", "999.99 ‰", "99.999", NULL},
    {"availabilityQuantity", "5 nines", "99.999", NULL},
    {"availabilityQuantity", "five nines", "99.999", NULL},
    {"availabilityQuantity", "Five  NINES", "99.999", NULL},
    {"availabilityQuantity", "five-nines", "99.999", NULL},
    {"availabilityQuantity", "one nine", "90", NULL},
    {"availabilityQuantity", "5 9s", "99.999", NULL},
    {"availabilityQuantity", "eleven nines", "99.999999999", NULL},
    {"availabilityQuantity", "30 nines", "99.9999999999999999999999999999", NULL},
    {"packetLoss", "100 ppm", "0.01", NULL},
    /* Frequencies. */
    {"cpuFrequency", "2600 MHz", "2.6", NULL},
    {"cpuFrequency", "1 Hz", "0.000000001", NULL},
    /* Prices: any currency by any units, everything behind the line below it. */
    {"storagePrice", "0.02 USD/GB-month", "0.02", NULL},
    {"storagePrice", "0.02 USD/GB/month", "0.02", NULL},
    {"storagePrice", "0.02 $ per GB and month", NULL, "'and'"},
    {"storagePrice", "0.02 $ per GB per month", "0.02", NULL},
    {"storagePrice", "0.02 USD / GB·mo", "0.02", NULL},
    {"storagePrice", "0.02 USD/month/GB", "0.02", NULL},
    {"storagePrice", "20 USD/TB-month", "0.02", NULL},
    {"storagePrice", "0.24 USD/GB-year", "0.02", NULL},
    {"storagePrice", "0.00024 USD/GB-day", "0.0073", NULL},
    {"storagePrice", "1.073741824 USD/GiB-month", "1", NULL},
    {"storagePrice", "0.0125 USD/Gbit-month", "0.1", NULL},
    {"egressPrice", "90 USD/TB", "0.09", NULL},
    {"requestPrice", "0.4 USD/million", "0.4", NULL},
    {"requestPrice", "0.0004 USD/1000 requests", "0.4", NULL},
    {"requestPrice", "0.004 USD/10k", "0.4", NULL},
    {"requestPrice", "0.4 USD per million requests", "0.4", NULL},
    {"requestPrice", "0.0000004 USD/request", "0.4", NULL},
    {"instancePrice", "730 USD/month", "1", NULL},
    {"instancePrice", "1 USD/instance-hour", "1", NULL},
    {"instancePrice", "0.0001 USD/s", "0.36", NULL},
    {"setupPrice", "99 USD", "99", NULL},
};

static const struct row refused[] = {
    {"storageCapacity", "5 gb", NULL, "may mean Gbit or GB"},
    {"storageCapacity", "5 KB", NULL, "may mean KiB or kB; write one of them"},
    {"storageCapacity", "5 mbit", NULL, "may mean Mbit"},
    {"storageCapacity", "5 foo", NULL, "which the ontology does not know"},
    {"storageCapacity", "5 GB foo", NULL, "the ontology does not know 'foo'"},
    {"storageCapacity", "5 5", NULL, "the unit '5'"},
    {"storageCapacity", "5 GB 5", NULL, "'5' stands where a unit should"},
    {"storageCapacity", "5 GB/0", NULL, "'0' stands where a unit should"},
    {"storageCapacity", "5 GB/", NULL, "ends before its last unit"},
    {"storageCapacity", "5 /", NULL, "ends before its last unit"},
    {"storageCapacity", "5 GB//s", NULL, "does not know '/s'"},
    {"storageCapacity", "5 -GB", NULL, "does not know"},
    {"storageCapacity", "5 s", NULL, "which measures time; storageCapacity is data"},
    {"storageCapacity", "5 GB/s", NULL, "which measures data per time"},
    {"storageCapacity", "5 GB-GB", NULL, "which measures data and data"},
    {"storageCapacity", "5 GB/GB", NULL, "which measures number"},
    {"storageCapacity", "5 %", NULL, "which measures share"},
    {"storageCapacity", "5 nines", NULL, "which measures share"},
    {"storageCapacity", "five nines", NULL, "which measures share"},
    {"storageCapacity", "five GB", NULL, "is not a number"},
    {"bandwidth", "1 Gbit", NULL, "bandwidth is data per time"},
    {"storageOperationRate", "5 Hz", NULL, "which measures frequency"},
    {"cpuFrequency", "5 /s", NULL, "which measures number per time"},
    {"replicationFactor", "5 GB", NULL, "takes a number without one"},
    {"replicationFactor", "five nines", NULL, "is not a number"},
    {"availabilityQuantity", "4.5 nines", NULL, "is not 1 to 30 whole nines"},
    {"availabilityQuantity", "0 nines", NULL, "is not 1 to 30 whole nines"},
    {"availabilityQuantity", "-1 nines", NULL, "is not 1 to 30 whole nines"},
    {"availabilityQuantity", "31 nines", NULL, "is not 1 to 30 whole nines"},
    {"availabilityQuantity", "1e399 nines", NULL, "is not 1 to 30 whole nines"},
    {"availabilityQuantity", "5 nines/s", NULL, "counts nines"},
    {"availabilityQuantity", "five nine-nines", NULL, "is not a number"},
    {"storagePrice", "5 USD", NULL, "which measures money; storagePrice is money per"},
    {"storagePrice", "5 GB-month/USD", NULL, "per money"},
    {"storagePrice", "5 ¥/GB-month", NULL, "'¥' may mean CNY or JPY"},
    {"storagePrice", "5 USD-EUR/USD-GB-month", NULL, "no ic:ExchangeRate from EUR to USD"},
    {"storagePrice", "5 USD-EUR/GB-month", NULL, "which measures money and money"},
};

static void converts_exactly(void **state)
{
    for (size_t i = 0; i < sizeof converted / sizeof *converted; i++)
        check(state, converted[i].attribute, converted[i].value, converted[i].effective,
              converted[i].message);
}

static void refuses_what_does_not_fit(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        check_value(state, refused[i].attribute, refused[i].value, true, NULL,
                    refused[i].message);
}

/* A value without a last decimal place stands between its neighbours, on the right side of
 * every number with at most 32 places; equal quantities are equal whatever their units. */
static void orders_what_has_no_last_place(void **state)
{
    static const char *const ascending[] = {"599.99999999 s",
                                            "0.16666666666666666666666666666666 h",
                                            "10 min",
                                            "0.16666666666666666666666666666667 h",
                                            "600.000000000001 s",
                                            "20 min",
                                            "0.33333333333333333333333333333334 h"};
    const size_t count = sizeof ascending / sizeof *ascending;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(order(state, "backupInterval", ascending[i], ascending[j]),
                             (i > j) - (i < j));
    assert_int_equal(order(state, "backupInterval", "10 min", "600 s"), 0);
    assert_int_equal(order(state, "backupInterval", "-10 min", "-600000 ms"), 0);
    assert_int_equal(order(state, "backupInterval", "-10 min", "-600.000000000001 s"), 1);
    assert_int_equal(
        order(state, "backupInterval", "-10 min", "-0.16666666666666666666666666666666 h"), -1);
    check(state, "backupInterval", "10 min", "0.166666666666666666666666666666665", NULL);
    check(state, "backupInterval", "-10 min", "-0.166666666666666666666666666666665", NULL);
    check(state, "instancePrice", "1 USD/month", "0.001369863013698630136986301369865", NULL);
    /* 1 / (3600 * 10^11) h is the smallest step that is exact: denominators of 16 digits. */
    check(state, "backupInterval", "0.00000000001 s", "0.000000000000002777777777777777775",
          NULL);
    check(state, "backupInterval", "0.0000000000001 s", NULL, "more than 32 decimal places");
}

/* Limits: of the number, of the places, of the unit's length and of its factors. */
static void bounds_what_it_reads(void **state)
{
    char text[600];
    check(state, "storageCapacity", "0.00000000000000000000000000000001",
          "0.00000000000000000000000000000001", NULL);
    check(state, "storageCapacity", "0.000000000000000000000000000000001", NULL,
          "more than 32 decimal places");
    check(state, "storageCapacity", "1e400 GB", NULL, "is not a number");
    check(state, "storageCapacity", "1e391 EB", NULL, "has more than 400 digits");
    check(state, "storageCapacity", "1e-400 B", NULL, "more than 32 decimal places");
    snprintf(text, sizeof text, "1%0399d", 0);
    check(state, "storageCapacity", "1e399 GB", text, NULL);
    check(state, "storageCapacity", "1e390 EB", text, NULL);
    /* At most 256 bytes, and 16 units. */
    snprintf(text, sizeof text, "5 %0256d", 0);
    check(state, "storageCapacity", text, NULL, "'0000");
    snprintf(text, sizeof text, "5 %0257d", 0);
    check(state, "storageCapacity", text, NULL, "longer than 256 bytes");
    snprintf(text, sizeof text, "5 GB-GB-GB-GB-GB-GB-GB/GB-GB-GB-GB-GB-GB-month-s/s");
    check(state, "storageCapacity", text, NULL,
          "which measures data per time and time and time");
    check(state, "storageCapacity", "5 GB-s-s/s-s-s-s-s-s-s-s-s-s-s-s-s-s", NULL,
          "more than 16 units");
    check(state, "storageCapacity", "5 s-s-s-s-s-s-s-s-s-s", NULL, "a power above 9");
}

/* What an attacker would send: a unit of ten megabytes, and quotients a thousand deep. */
static void survives_hostile_units(void **state)
{
    enum { SIZE = 10 * 1024 * 1024 };
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    memset(text, 'G', SIZE);
    memcpy(text, "5 ", 2);
    text[SIZE] = '\0';
    check(state, "storageCapacity", text, NULL, "longer than 256 bytes");
    for (size_t i = 2; i < SIZE; i++)
        text[i] = " -/*"[i % 4];
    check(state, "storageCapacity", text, NULL, "longer than 256 bytes");
    memcpy(text, "5 GB", 4);
    for (size_t i = 0; i < 1000; i++)
        memcpy(text + 4 + 3 * i, "/GB", 4);
    check(state, "storageCapacity", text, NULL, "longer than 256 bytes");
    memcpy(text, "5 ", 3);
    for (size_t i = 0; i < 85; i++)
        memcpy(text + 2 + 3 * i, "/GB", 4);
    check(state, "storageCapacity", text, NULL, "more than 16 units");
    check(state, "storageCapacity", "5 \xC2", NULL, "does not know");
    check(state, "storageCapacity", "5 GB\xC2\xB7", NULL, "ends before its last unit");
    check(state, "storageCapacity", "5 <>", NULL, "does not know");
    check(state, "storageCapacity", "5 <", NULL, "does not know");
    free(text);
}

/* Each of a row of units is smaller than the next, alone and in a quotient. */
static void knows_the_prefixes(void **state)
{
    static const char *const rows[][7] = {
        {"bit", "kbit", "Mbit", "Gbit", "Tbit", "Pbit", "Ebit"},
        {"bit", "Kibit", "Mibit", "Gibit", "Tibit", "Pibit", "Eibit"},
        {"B", "kB", "MB", "GB", "TB", "PB", "EB"},
        {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t i = 0; i < 6; i++) {
            char small[64], large[64];
            snprintf(small, sizeof small, "%d %s", r % 2 ? 1024 : 1000, rows[r][i]);
            snprintf(large, sizeof large, "1 %s", rows[r][i + 1]);
            assert_int_equal(order(state, "storageCapacity", small, large), 0);
            strcat(small, "/s");
            strcat(large, "/s");
            assert_int_equal(order(state, "bandwidth", small, large), 0);
        }
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16;
}

/* Random rows of units and signs: each is refused with a message, or is a unit of which two are
 * more than one. */
static void reads_random_units(void **state)
{
    static const char *const tokens[] = {"GB",
                                         "GiB",
                                         "s",
                                         "month",
                                         "USD",
                                         "EUR",
                                         "/",
                                         "-",
                                         "*",
                                         " ",
                                         "per ",
                                         "10",
                                         "1",
                                         "MB/s",
                                         "%",
                                         "·",
                                         "<",
                                         ">",
                                         "nines",
                                         "k",
                                         "US dollar",
                                         "/s",
                                         "KB",
                                         "per",
                                         "IOPS",
                                         "0",
                                         ".",
                                         "bit",
                                         UNIT "GigaBYTE"};
    static const char *const attributes[] = {"storageCapacity", "bandwidth", "storagePrice",
                                             "storageOperationRate", "instancePrice"};
    unsigned seed = 20260130, accepted = 0;
    for (size_t i = 0; i < 20000; i++) {
        char one[512] = "1 ", two[512] = "2 ";
        for (unsigned n = 1 + next_random(&seed) % 7; n > 0; n--) {
            const char *token = tokens[next_random(&seed) % (sizeof tokens / sizeof *tokens)];
            strcat(one, token);
            strcat(two, token);
        }
        const char *name = attributes[next_random(&seed) % 5];
        struct ic_error error = {.status = IC_OK};
        enum ic_resolution resolution;
        char *text = resolved(state, name, one, true, &resolution, &error);
        if (text && order(state, name, one, two) != -1)
            fail_msg("%s: '%s' is not less than '%s'", name, one, two);
        if (!text && !strstr(error.text, name))
            fail_msg("%s: '%s': %s", name, one, error.text);
        accepted += text != NULL;
        free(text);
    }
    assert_true(accepted > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(converts_exactly),
        cmocka_unit_test(refuses_what_does_not_fit),
        cmocka_unit_test(orders_what_has_no_last_place),
        cmocka_unit_test(bounds_what_it_reads),
        cmocka_unit_test(survives_hostile_units),
        cmocka_unit_test(knows_the_prefixes),
        cmocka_unit_test(reads_random_units),
    };
    return cmocka_run_group_tests_name("ontology: units", tests, open_real, close_real);
}
