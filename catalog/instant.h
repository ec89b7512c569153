/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as people write them: ISO 8601, UTC milliseconds since 1970.
 * Threads: any. */
#ifndef IC_INSTANT_H
#define IC_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { IC_INSTANT_BYTES = 32 }; /* room for the text of an instant with its NUL */

/* Instants from 1970-01-01 to 9999-12-31. */
#define IC_INSTANT_MS_MAX INT64_C(253402300799999)

/* Parses YYYY-MM-DD, or YYYY-MM-DDThh:mm[:ss[.fraction]] with "Z", "+hh:mm", "-hh:mm" or no
 * zone, which means UTC; digits after the millisecond are dropped. IC_BAD_INPUT says what
 * would be right. */
enum ic_status ic_instant_parse(const char *text, int64_t *ms, struct ic_error *error);

/* Writes YYYY-MM-DDThh:mm:ss.mmmZ, the milliseconds only where there are any; "-" when `ms` is
 * not an instant. */
void ic_instant_format(int64_t ms, char text[IC_INSTANT_BYTES]);

#endif
