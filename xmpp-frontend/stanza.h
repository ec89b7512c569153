/* SPDX-License-Identifier: Apache-2.0 */
/* IQ stanzas (RFC 6120, section 8): what came in, and how it is answered.
 * Threads: any; a stanza is only read. */
#ifndef IC_STANZA_H
#define IC_STANZA_H

#include "buffer.h"
#include "catalog/status.h"
#include "stream.h"

#define IC_NS_STANZA_ERRORS "urn:ietf:params:xml:ns:xmpp-stanzas"
#define IC_NS_COMMANDS "http://jabber.org/protocol/commands"
#define IC_NS_IO_DATA "urn:xmpp:tmp:io-data"

/* An IQ that asks something. Strings are borrowed from the stanza, but `requester`. */
struct ic_iq {
    struct ic_stanza *stanza;         /* NULL: handed on to whoever answers later */
    const char *type;                 /* "get" or "set" */
    const char *id, *from, *to;       /* as they came; `id` NULL where there was none */
    char *requester;                  /* the normalised bare JID of `from`; owned by the IQ */
    const struct ic_element *payload; /* its child */
};

/* How a failure is told to the peer. */
struct ic_stanza_error {
    const char *type;      /* RFC 6120, section 8.3.2 */
    const char *condition; /* section 8.3.3 */
    const char *specific;  /* XEP-0050's own condition, or NULL */
    /* Work that was accepted and then failed: told as a completed command with an error note.
     */
    bool after_acceptance;
    /* The text is for the administrator's log; the peer gets this one. NULL: the error's own.
     */
    const char *public_text;
};

/* The one table from status codes to stanza errors. IC_OK is not allowed. */
const struct ic_stanza_error *ic_stanza_error(enum ic_status status);

/* Errors that no status code stands for. */
extern const struct ic_stanza_error ic_error_bad_request, ic_error_unavailable,
    ic_error_jid_malformed, ic_error_role, ic_error_bad_action, ic_error_malformed_action,
    ic_error_bad_locale, ic_error_bad_session, ic_error_session_expired, ic_error_answer_large;

/* Writes "<iq type='result' …>" and "</iq>". */
void ic_iq_begin_result(struct ic_buffer *answer, const struct ic_iq *iq);
void ic_iq_end(struct ic_buffer *answer);

/* Writes a whole error answer in place of what `answer` holds; `text` with its place goes into
 * <text/>. */
void ic_iq_error(struct ic_buffer *answer, const struct ic_iq *iq,
                 const struct ic_stanza_error *kind, const struct ic_error *text);

/* ic_iq_error with the kind that ic_stanza_error has for the error's status. */
void ic_iq_fail(struct ic_buffer *answer, const struct ic_iq *iq, const struct ic_error *error);

#endif
