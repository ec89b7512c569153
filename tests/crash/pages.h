/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged files: what a catalog is asked, and what it replied. */
#ifndef IC_TESTS_CRASH_PAGES_H
#define IC_TESTS_CRASH_PAGES_H

#include "bench.h"
#include "disk_names.h"

enum question {
    ASK_OPEN,
    ASK_LIST,
    ASK_MATCH_RANGE,
    ASK_MATCH_EDITION,
    ASK_MATCH_PLACE,
    ASK_SHOW_STEADY,
    ASK_SHOW_BIG,
    ASK_SHOW_MISSING,
    ASK_RESOLVE,
    ASK_EXPORT,
    ASK_ONTOLOGY,
    ASK_SOUND,   /* verify finds nothing, every cloud is whole, a file is there or is not */
    ASK_PUBLISH, /* alpha, version 2 */
    ASK_SHOW_PUBLISHED,
    ASK_OPEN_AGAIN, /* after the process that published was killed */
    ASK_SHOW_AGAIN,
    QUESTIONS
};

extern const char *const question_names[QUESTIONS];

enum { PAGE_BYTES = 4096, REPLY_TEXT_MAX = 320, PAGES_USER = 65534 };

struct reply {
    enum ic_status status;
    uint64_t sum; /* of the answer */
    char text[REPLY_TEXT_MAX];
};

/* In memory that parent and child share. */
struct asked {
    struct reply replies[QUESTIONS];
    char doing[64];
};

/* Where the children put what they were told. */
void pages_share(struct asked *asked);
/* Asks the catalog of the bench; runs in a child. Status 0: every question was asked, or the
 * catalog did not open. */
int pages_ask(void *bench);
/* A catalog like the prepared one, whose owner was killed after three publications. */
const char *pages_killed(struct bench *bench);

#endif
