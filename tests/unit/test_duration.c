/* SPDX-License-Identifier: Apache-2.0 */
/* Durations of leases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/duration.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static void reads(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"PT1H", HOUR},
        {" P7D\n", 7 * (int64_t)DAY},
        {"P1DT2H3M4.5S", DAY + 2 * HOUR + 3 * MINUTE + 4500},
        {"PT0.001S", 1},
        {"PT1.5000S", 1500},
        {"P0DT1S", SECOND},
        {"PT90M", 90 * MINUTE},
        {"1h", HOUR},
        {"30m", 30 * MINUTE},
        {"7d", 7 * (int64_t)DAY},
        {"90s", 90 * SECOND},
        {"1h30m", HOUR + 30 * MINUTE},
        {"0.5s", 500},
        {"P3660D", IC_DURATION_MAX_MS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(ic_duration_parse(cases[i].text, &ms, NULL), IC_OK);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {"",
                                        " ",
                                        "P",
                                        "PT",
                                        "P1DT",
                                        "T1H",
                                        "P1H",
                                        "PT1D",
                                        "P1Y",
                                        "P1M",
                                        "P1W",
                                        "-PT1H",
                                        "+PT1H",
                                        "PT-1H",
                                        "PT1",
                                        "1",
                                        "h",
                                        "1H",
                                        "PT1h",
                                        "pt1h",
                                        "1m1h",
                                        "1h1h",
                                        "PT1M1H",
                                        "1.5h",
                                        "1.0h",
                                        "PT1.S",
                                        "PT.5S",
                                        "PT0S",
                                        "0s",
                                        "P3661D",
                                        "1h x",
                                        "1 h",
                                        "1e3s",
                                        "P1DTT1H",
                                        "PT0.0004S",
                                        "PT3660D",
                                        "99999999999999999999s",
                                        "P99999999999999999999D",
                                        "PT87841H"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        struct ic_error error = {0};
        if (ic_duration_parse(cases[i], &ms, &error) != IC_BAD_INPUT)
            fail_msg("\"%s\" was accepted as %ld ms", cases[i], (long)ms);
        assert_int_equal(ms, -1);
        assert_int_equal(error.status, IC_BAD_INPUT);
        assert_non_null(strstr(error.text, "write PT1H"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
