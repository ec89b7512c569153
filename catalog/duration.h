/* SPDX-License-Identifier: Apache-2.0 */
/* Durations of leases, as people and XML write them.
 * Threads: any. */
#ifndef IC_DURATION_H
#define IC_DURATION_H

#include <stdint.h>

#include "status.h"

#define IC_DURATION_MAX_MS ((int64_t)3660 * 24 * 60 * 60 * 1000) /* about ten years */

/* Milliseconds of `text`, white space around it ignored: an XSD duration (XSD 1.1 part 2,
 * 3.3.6) of days, hours, minutes and seconds ("PT1H", "P7D", "P1DT12H", "PT0.5S"), or the
 * short form ("90s", "30m", "1h", "7d", "1h30m"). Years and months, whose length varies, are
 * refused, and so is zero, a sign and more than IC_DURATION_MAX_MS. IC_BAD_INPUT. */
enum ic_status ic_duration_parse(const char *text, int64_t *ms, struct ic_error *error);

#endif
