/* SPDX-License-Identifier: Apache-2.0 */
/* The component's stream on expat: checks the root, cuts stanzas, keeps to restricted XML. */
#include "stream.h"

#include <assert.h>
#include <expat.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "xml_build.h"

/* Later expat versions, and the fixes that distributions gave older ones, put off parsing
 * until more bytes have come; the last stanza would wait for the next. Weak, because a 2.5
 * without those fixes has no such function. */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled)
    __attribute__((weak));

struct ic_stream {
    XML_Parser parser;
    struct ic_stream_events events;
    struct ic_xml_builder builder;
    unsigned long long fed, seen; /* bytes given to the parser; up to the last event's end */
    unsigned long long stanza_offset; /* where the stanza being built begins */
    bool opened, closed, paused;
    enum ic_status status; /* why the parser was stopped */
    struct ic_error error;
};

void ic_stanza_free(struct ic_stanza *stanza)
{
    if (stanza)
        ic_arena_free(stanza->arena); /* the stanza itself lies in it */
}

static void stop(struct ic_stream *stream)
{
    stream->status = stream->error.status;
    XML_StopParser(stream->parser, XML_FALSE);
}

static void fail(struct ic_stream *stream, const char *message)
{
    ic_fail_at(&stream->error, IC_BAD_INPUT, "stream", XML_GetCurrentLineNumber(stream->parser),
               XML_GetCurrentColumnNumber(stream->parser) + 1, "%s", message);
    stop(stream);
}

/* Every handler begins here: where the parser is; false once it was stopped, since expat may
 * still report the end of an empty element then. */
static bool note(struct ic_stream *stream)
{
    const long long index = XML_GetCurrentByteIndex(stream->parser);
    const int count = XML_GetCurrentByteCount(stream->parser);
    if (index >= 0)
        stream->seen = (unsigned long long)index + (unsigned long long)(count > 0 ? count : 0);
    return stream->status == IC_OK;
}

static size_t stanza_bytes(const struct ic_stream *stream)
{
    return (size_t)(stream->seen - stream->stanza_offset);
}

static const char *root_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    return NULL;
}

static void open_root(struct ic_stream *stream, const char *name, const char **attributes)
{
    static const char root[] = IC_NS_STREAM "\nstream";
    const size_t length = sizeof root - 1;
    if (strncmp(name, root, length) != 0 ||
        (name[length] && name[length] != IC_XML_SEPARATOR)) {
        fail(stream, "this is not an XMPP stream: its root must be <stream> in the namespace "
                     "'" IC_NS_STREAM "'");
        return;
    }
    const struct ic_xml_declaration *d = stream->builder.pending;
    while (d && d->prefix)
        d = d->next;
    if (!d || strcmp(d->uri, IC_NS_COMPONENT) != 0) {
        fail(stream, "the stream's content is not in the namespace '" IC_NS_COMPONENT
                     "': the port is not the server's component port");
        return;
    }
    stream->opened = true;
    ic_xml_builder_clear(&stream->builder);
    if (stream->events.opened(stream->events.context, root_attribute(attributes, "id"),
                              root_attribute(attributes, "from"), &stream->error) != IC_OK)
        stop(stream);
}

static void on_declaration(void *context, const char *prefix, const char *uri)
{
    struct ic_stream *stream = context;
    if (note(stream))
        ic_xml_builder_declare(&stream->builder, prefix, uri);
}

static void on_start(void *context, const char *name, const char **attributes)
{
    struct ic_stream *stream = context;
    if (!note(stream))
        return;
    if (!stream->opened) {
        open_root(stream, name, attributes);
        return;
    }
    if (stream->builder.depth == 0)
        stream->stanza_offset = (unsigned long long)XML_GetCurrentByteIndex(stream->parser);
    ic_xml_builder_start(&stream->builder, name, attributes, stanza_bytes(stream));
}

static void deliver(struct ic_stream *stream)
{
    struct ic_xml_builder *builder = &stream->builder;
    struct ic_stanza *stanza =
        builder->no_memory ? NULL : ic_arena_alloc(builder->arena, sizeof *stanza);
    if (!stanza) {
        ic_fail(&stream->error, IC_NO_MEMORY, "memory is out while a stanza comes in");
        stop(stream);
        return;
    }
    *stanza = (struct ic_stanza){builder->arena, builder->root, builder->refused};
    builder->arena = NULL;
    ic_xml_builder_clear(builder);
    if (stream->events.stanza(stream->events.context, stanza, &stream->error) != IC_OK)
        stop(stream);
}

static void on_end(void *context, const char *name)
{
    struct ic_stream *stream = context;
    (void)name;
    if (!note(stream))
        return;
    if (stream->builder.depth == 0)
        stream->closed = true;
    else if (ic_xml_builder_end(&stream->builder))
        deliver(stream);
}

static void on_text(void *context, const char *text, int length)
{
    struct ic_stream *stream = context;
    if (note(stream) && stream->builder.depth > 0)
        ic_xml_builder_add_text(&stream->builder, text, (size_t)length, stanza_bytes(stream));
}

static void on_doctype(void *context, const char *name, const char *system_id,
                       const char *public_id, int has_internal_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_internal_subset;
    if (note(context))
        fail(context, "a document type declaration is not allowed in a stream");
}

static void on_instruction(void *context, const char *target, const char *data)
{
    (void)target, (void)data;
    if (note(context))
        fail(context, "a processing instruction is not allowed in a stream");
}

static void on_comment(void *context, const char *text)
{
    (void)text;
    if (note(context))
        fail(context, "a comment is not allowed in a stream");
}

struct ic_stream *ic_stream_new(const struct ic_xml_limits *limits,
                                const struct ic_stream_events *events)
{
    struct ic_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->events = *events;
    ic_xml_builder_init(&stream->builder, limits);
    stream->parser = XML_ParserCreateNS("UTF-8", IC_XML_SEPARATOR);
    if (!stream->parser) {
        free(stream);
        return NULL;
    }
    if (XML_SetReparseDeferralEnabled)
        XML_SetReparseDeferralEnabled(stream->parser, XML_FALSE);
    XML_SetReturnNSTriplet(stream->parser, 1);
    XML_SetUserData(stream->parser, stream);
    XML_SetElementHandler(stream->parser, on_start, on_end);
    XML_SetCharacterDataHandler(stream->parser, on_text);
    XML_SetStartNamespaceDeclHandler(stream->parser, on_declaration);
    XML_SetStartDoctypeDeclHandler(stream->parser, on_doctype);
    XML_SetProcessingInstructionHandler(stream->parser, on_instruction);
    XML_SetCommentHandler(stream->parser, on_comment);
    return stream;
}

void ic_stream_free(struct ic_stream *stream)
{
    if (!stream)
        return;
    XML_ParserFree(stream->parser);
    ic_xml_builder_clear(&stream->builder);
    free(stream);
}

/* What XML_Parse and XML_ResumeParser have come to. */
static enum ic_status outcome(struct ic_stream *stream, enum XML_Status parsed,
                              struct ic_error *error)
{
    if (stream->status != IC_OK) {
        if (error)
            *error = stream->error;
        return stream->status;
    }
    /* What follows the stream's end is nobody's. */
    if (stream->closed)
        return IC_OK;
    if (parsed == XML_STATUS_ERROR) {
        const enum XML_Error code = XML_GetErrorCode(stream->parser);
        stream->status = code == XML_ERROR_NO_MEMORY ? IC_NO_MEMORY : IC_BAD_INPUT;
        return ic_fail_at(
            error, stream->status, "stream", XML_GetCurrentLineNumber(stream->parser),
            XML_GetCurrentColumnNumber(stream->parser) + 1, "%s: %s",
            stream->opened ? "the server's XML is broken"
                           : "this is not an XMPP stream; is it the server's port "
                             "for components?",
            XML_ErrorString(code));
    }
    stream->paused = parsed == XML_STATUS_SUSPENDED;
    if (!stream->paused && stream->fed - stream->seen > IC_STREAM_TAG_BYTES_MAX) {
        stream->status = IC_TOO_LARGE;
        return ic_fail(error, IC_TOO_LARGE, "a tag of more than %d bytes in the stream",
                       IC_STREAM_TAG_BYTES_MAX);
    }
    return IC_OK;
}

enum ic_status ic_stream_feed(struct ic_stream *stream, const char *bytes, size_t length,
                              struct ic_error *error)
{
    assert(!stream->paused && length <= INT_MAX);
    if (stream->closed)
        return IC_OK;
    stream->fed += length;
    return outcome(stream, XML_Parse(stream->parser, bytes, (int)length, XML_FALSE), error);
}

void ic_stream_pause(struct ic_stream *stream)
{
    if (XML_StopParser(stream->parser, XML_TRUE) == XML_STATUS_OK)
        stream->paused = true;
}

bool ic_stream_paused(const struct ic_stream *stream)
{
    return stream->paused;
}

enum ic_status ic_stream_resume(struct ic_stream *stream, struct ic_error *error)
{
    assert(stream->paused);
    stream->paused = false;
    return outcome(stream, XML_ResumeParser(stream->parser), error);
}

bool ic_stream_closed(const struct ic_stream *stream)
{
    return stream->closed;
}

enum ic_status ic_stream_handshake(const char *id, const char *secret,
                                   char digest[IC_STREAM_HANDSHAKE_BYTES],
                                   struct ic_error *error)
{
    unsigned char sha1[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool done = context && EVP_DigestInit_ex(context, EVP_sha1(), NULL) &&
                      EVP_DigestUpdate(context, id, strlen(id)) &&
                      EVP_DigestUpdate(context, secret, strlen(secret)) &&
                      EVP_DigestFinal_ex(context, sha1, &length);
    EVP_MD_CTX_free(context);
    if (!done || 2 * length + 1 != IC_STREAM_HANDSHAKE_BYTES)
        return ic_fail(error, IC_IO, "OpenSSL did not compute a SHA-1 digest");
    for (unsigned int i = 0; i < length; i++) {
        static const char digits[] = "0123456789abcdef";
        *digest++ = digits[sha1[i] >> 4];
        *digest++ = digits[sha1[i] & 15];
    }
    *digest = '\0';
    return IC_OK;
}
