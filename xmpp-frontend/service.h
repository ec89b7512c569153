/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange's service: one stanza in, at most one answer out.
 *
 * It has no connection and no thread of its own: whoever holds a stanza calls it, the I/O
 * thread or a worker.
 * Threads: any number may call ic_service_answer at the same time. */
#ifndef IC_SERVICE_H
#define IC_SERVICE_H

#include "catalog/catalog.h"
#include "parser.h"
#include "roles.h"
#include "sessions.h"
#include "stanza.h"

enum {
    IC_SERVICE_ANSWER_BYTES = 256 * 1024, /* the default of answer_bytes_max */
    IC_SERVICE_NOTES_MAX = 20             /* warnings in one answer; more are counted */
};

/* Everything an answer depends on; borrowed by the service. */
struct ic_service {
    struct ic_catalog *catalog;
    struct ic_sessions *sessions;
    struct ic_parsers *parsers; /* that read payloads; NULL: they are read in this process */
    const struct ic_roles *roles;
    const char *jid;         /* the component's, normalised */
    size_t answer_bytes_max; /* a longer answer becomes an error */
    int64_t lease_ms;        /* of a publication that names none; 0: never expires */
    int64_t lease_max_ms;    /* longest that may be asked for; 0: any */
    long match_timeout_ms;   /* 0: none */
};

/* Writes the answer to `stanza` into `answer` (an empty buffer whose bytes_max is
 * `answer_bytes_max`), or nothing where none is due: errors, results, messages and presence
 * are never answered. */
void ic_service_answer(const struct ic_service *service, const struct ic_stanza *stanza,
                       struct ic_buffer *answer);

/* The handlers behind it, one for each payload it knows. */
void ic_disco_info(const struct ic_service *service, const struct ic_iq *iq,
                   struct ic_buffer *answer);
void ic_disco_items(const struct ic_service *service, const struct ic_iq *iq,
                    struct ic_buffer *answer);
void ic_adhoc_answer(const struct ic_service *service, const struct ic_iq *iq,
                     struct ic_buffer *answer);

#define IC_NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define IC_NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define IC_NS_PING "urn:xmpp:ping"

#endif
