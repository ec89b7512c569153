/* SPDX-License-Identifier: Apache-2.0 */
/* The XML stream of a component (XEP-0114 on RFC 6120): bytes in, stanzas out.
 *
 * It knows neither sockets nor time. The restricted XML of RFC 6120, section 11.1, is kept: a
 * DTD, a processing instruction or a comment ends the stream, so no entity is ever expanded.
 * A stanza that passes a limit is read to its end without being kept and is then delivered as
 * its start tag alone, with the reason, so that it can be answered.
 * Threads: a stream belongs to one thread at a time; a stanza that was delivered is its
 * receiver's. */
#ifndef IC_STREAM_H
#define IC_STREAM_H

#include "catalog/status.h"
#include "xml.h"

#define IC_NS_COMPONENT "jabber:component:accept"
#define IC_NS_STREAM "http://etherx.jabber.org/streams"
#define IC_NS_STREAM_ERRORS "urn:ietf:params:xml:ns:xmpp-streams"

enum {
    /* One start tag with its attributes; more than servers let a peer send (Prosody: 512 KiB to
     * a component), so that no peer can end the stream by it. */
    IC_STREAM_TAG_BYTES_MAX = 1024 * 1024,
    IC_STREAM_ID_BYTES_MAX = 1024,
    IC_STREAM_HANDSHAKE_BYTES = 41 /* SHA-1 in hexadecimal and a NUL */
};

/* A child of the stream's root. Owned: ic_stanza_free. */
struct ic_stanza {
    struct ic_arena *arena;
    struct ic_element *element;
    const char *refused; /* the limit that it passed; then `element` has attributes only */
};

/* A parsed stanza of its own, for tests and fuzzers: `text` is one element in the component's
 * namespace. IC_BAD_INPUT: not well-formed. Owned: ic_stanza_free. */
enum ic_status ic_stanza_parse(const char *text, size_t length,
                               const struct ic_xml_limits *limits, struct ic_stanza **stanza,
                               struct ic_error *error);
void ic_stanza_free(struct ic_stanza *stanza);

/* What a stream reports; called from ic_stream_feed and ic_stream_resume. */
struct ic_stream_events {
    void *context;
    /* The root's start tag, its 'id' and 'from' (either may be NULL). A status other than
     * IC_OK, with `error` filled, ends the stream. */
    enum ic_status (*opened)(void *context, const char *id, const char *from,
                             struct ic_error *error);
    /* A child of the root; the receiver owns it. */
    enum ic_status (*stanza)(void *context, struct ic_stanza *stanza, struct ic_error *error);
};

struct ic_stream;

/* `limits` NULL: defaults. Owned: ic_stream_free. NULL when memory is out. */
struct ic_stream *ic_stream_new(const struct ic_xml_limits *limits,
                                const struct ic_stream_events *events);
void ic_stream_free(struct ic_stream *stream);

/* Takes the next bytes, however they were cut. IC_BAD_INPUT: not a stream of ours, with line
 * and column; IC_TOO_LARGE: a tag over its limit; else what an event returned. After anything
 * but IC_OK only ic_stream_free may follow. Must not be called while the stream is paused;
 * bytes after the stream's end tag are dropped. */
enum ic_status ic_stream_feed(struct ic_stream *stream, const char *bytes, size_t length,
                              struct ic_error *error);

/* To be called from an event: no further event comes until ic_stream_resume, which goes on
 * with the bytes already taken and returns as ic_stream_feed does. */
void ic_stream_pause(struct ic_stream *stream);
bool ic_stream_paused(const struct ic_stream *stream);
enum ic_status ic_stream_resume(struct ic_stream *stream, struct ic_error *error);

/* True once the end tag of the root has come. */
bool ic_stream_closed(const struct ic_stream *stream);

/* The handshake of XEP-0114, section 3: lower-case hexadecimal SHA-1 of id and secret. */
enum ic_status ic_stream_handshake(const char *id, const char *secret,
                                   char digest[IC_STREAM_HANDSHAKE_BYTES],
                                   struct ic_error *error);

#endif
