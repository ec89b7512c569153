/* SPDX-License-Identifier: Apache-2.0 */
/* The client's connection, and questions with their answers. */
#include "gateway_client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "catalog/names.h"
#include "gateway_stream.h"
#include "gateway_xml.h"

enum { STEP_MS = 100, CLOSE_MS = 1000, IQ_BYTES = 512, XMPP_PORT = 5222 };

#define NS_PING "urn:xmpp:ping"

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void ic_gateway_fail(struct ic_gateway_client *client, enum ic_status status,
                     const char *format, ...)
{
    if (client->error.status == IC_OK) {
        char text[IC_ERROR_TEXT_MAX];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        ic_fail_at(&client->error, status, client->config->account, 0, 0, "%s", text);
    }
    xmpp_disconnect(client->connection);
}

/* Keeps what explains a failure. libstrophe reports what OpenSSL says of a certificate only
 * here; whether to go on is decided by OpenSSL, never by these texts. */
static void on_log(void *context, xmpp_log_level_t level, const char *area, const char *text)
{
    static const char verdict[] = "result=";
    struct ic_gateway_client *client = context;
    const char *found = strcmp(area, "tls") == 0 ? strstr(text, verdict) : NULL;
    if (found)
        snprintf(client->reason, sizeof client->reason, "%s", found + sizeof verdict - 1);
    else if (level == XMPP_LEVEL_ERROR && !client->reason[0])
        snprintf(client->reason, sizeof client->reason, "%s", text);
}

static void lost(struct ic_gateway_client *client, int code,
                 const xmpp_stream_error_t *stream_error)
{
    const struct ic_gateway_config *config = client->config;
    if (client->closing)
        return;
    if (stream_error)
        ic_gateway_fail(client, IC_IO, "the server ended the connection: %s",
                        stream_error->text ? stream_error->text : "stream error");
    else if (client->phase == IC_GATEWAY_CONNECTING)
        ic_gateway_fail(client, IC_IO, "cannot connect to %s (port %ld): %s",
                        config->server ? config->server : "the domain's server",
                        config->port ? config->port : XMPP_PORT,
                        code > 0 ? strerror(code) : "no address answers");
    else
        ic_gateway_fail(client, IC_IO, "the connection to the server was lost");
}

static void on_connection(xmpp_conn_t *connection, xmpp_conn_event_t event, int code,
                          xmpp_stream_error_t *stream_error, void *context)
{
    struct ic_gateway_client *client = context;
    (void)connection;
    switch (event) {
    case XMPP_CONN_RAW_CONNECT:
    case XMPP_CONN_CONNECT:
        ic_gateway_opened(client);
        break;
    case XMPP_CONN_DISCONNECT:
    case XMPP_CONN_FAIL:
        lost(client, code, stream_error);
        client->phase = IC_GATEWAY_CLOSED;
        break;
    }
}

/* ---- stanzas ---- */

static bool is_text(const char *value, const char *expected)
{
    return value && strcmp(value, expected) == 0;
}

/* Every request of somebody else is answered (RFC 6120, section 8.2.3): pings, and else that we
 * do nothing of the kind. */
static void answer_request(struct ic_gateway_client *client, xmpp_stanza_t *request)
{
    xmpp_stanza_t *reply =
        xmpp_stanza_get_child_by_name_and_ns(request, "ping", NS_PING)
            ? xmpp_stanza_reply(request)
            : xmpp_stanza_reply_error(request, "cancel", "service-unavailable", NULL);
    if (!reply)
        return;
    if (!is_text(xmpp_stanza_get_type(reply), "error"))
        xmpp_stanza_set_type(reply, "result");
    xmpp_send(client->connection, reply);
    xmpp_stanza_release(reply);
}

/* libstrophe drops the prefix of attributes; "xml:lang" is the one that stanzas have. */
static void restore_prefix(struct ic_element *stanza)
{
    for (struct ic_xml_attribute *a = stanza->attributes; a; a = a->next)
        if (!a->prefix && strcmp(a->name, "lang") == 0)
            a->prefix = "xml";
}

static void take_answer(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    char *text = NULL;
    size_t length = 0;
    struct ic_error error = {.status = IC_OK};
    if (xmpp_stanza_to_text(stanza, &text, &length) != XMPP_EOK) {
        ic_gateway_fail(client, IC_NO_MEMORY, "out of memory");
        return;
    }
    if (ic_gateway_xml_parse("answer", text, length, NULL, &client->arena, &client->answer,
                             &error) != IC_OK)
        ic_gateway_fail(client, error.status, "the answer cannot be read: %s", error.text);
    else
        restore_prefix(client->answer);
    xmpp_free(client->context, text);
}

static void take_stanza(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    const char *type = xmpp_stanza_get_type(stanza), *id = xmpp_stanza_get_id(stanza);
    const bool from_exchange = is_text(xmpp_stanza_get_from(stanza), client->config->exchange);
    if (is_text(xmpp_stanza_get_name(stanza), "message") && from_exchange)
        client->told = true; /* what it tells is asked for */
    if (!is_text(xmpp_stanza_get_name(stanza), "iq"))
        return;
    if (is_text(type, "get") || is_text(type, "set"))
        answer_request(client, stanza);
    else if (client->awaited && is_text(id, client->awaited) && !client->answer &&
             from_exchange)
        take_answer(client, stanza);
}

/* RFC 6120, section 4.9.1. */
static void stream_error(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    const char *condition = "no reason given";
    xmpp_stanza_t *text = xmpp_stanza_get_child_by_name(stanza, "text");
    char *explained = text ? xmpp_stanza_get_text(text) : NULL;
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(stanza); child;
         child = xmpp_stanza_get_next(child))
        if (child != text && is_text(xmpp_stanza_get_ns(child), XMPP_NS_STREAMS_IETF))
            condition = xmpp_stanza_get_name(child);
    ic_gateway_fail(client, IC_IO, "the server ended the stream: %.60s%s%.200s", condition,
                    explained ? ": " : "", explained ? explained : "");
    if (explained)
        xmpp_free(client->context, explained);
}

static int on_stanza(xmpp_conn_t *connection, xmpp_stanza_t *stanza, void *context)
{
    struct ic_gateway_client *client = context;
    (void)connection;
    if (client->closing || client->error.status != IC_OK)
        return 1;
    if (is_text(xmpp_stanza_get_ns(stanza), XMPP_NS_STREAMS) &&
        is_text(xmpp_stanza_get_name(stanza), "error"))
        stream_error(client, stanza);
    else if (client->phase == IC_GATEWAY_READY)
        take_stanza(client, stanza);
    else
        ic_gateway_negotiate(client, stanza);
    return 1;
}

/* ---- waiting ---- */

static bool is_ready(const struct ic_gateway_client *client)
{
    return client->phase == IC_GATEWAY_READY;
}

static bool is_answered(const struct ic_gateway_client *client)
{
    return client->answer != NULL;
}

/* Runs the connection until `reached`, a failure, or the time-out. */
static enum ic_status run(struct ic_gateway_client *client,
                          bool (*reached)(const struct ic_gateway_client *), const char *what,
                          struct ic_error *error)
{
    const long timeout_s = client->config->timeout_s;
    const int64_t deadline = now_ms() + timeout_s * 1000;
    alarm((unsigned)timeout_s + IC_GATEWAY_ALARM_GRACE_S);
    while (client->error.status == IC_OK && !reached(client)) {
        if (now_ms() >= deadline)
            ic_gateway_fail(client, IC_TIMEOUT,
                            "%s within %ld s (timeout in the configuration)", what, timeout_s);
        else
            xmpp_run_once(client->context, STEP_MS);
    }
    alarm(0);
    if (client->error.status != IC_OK && error)
        *error = client->error;
    return client->error.status;
}

/* ---- opening and closing ---- */

/* libstrophe trusts the system's authorities beside the ones it is given; OpenSSL looks for the
 * system's where these variables say. */
static enum ic_status trust_only(const char *ca_file, struct ic_error *error)
{
    if (access(ca_file, R_OK) != 0)
        return ic_fail_errno(error, errno, "cannot read ca_file %s", ca_file);
    if (setenv("SSL_CERT_FILE", ca_file, 1) != 0 || setenv("SSL_CERT_DIR", "/dev/null", 1) != 0)
        return ic_fail_errno(error, errno, "setenv");
    return IC_OK;
}

static enum ic_status connect_client(struct ic_gateway_client *client, struct ic_error *error)
{
    const struct ic_gateway_config *config = client->config;
    xmpp_initialize();
    client->log = (xmpp_log_t){on_log, client};
    client->context = xmpp_ctx_new(NULL, &client->log);
    client->connection = client->context ? xmpp_conn_new(client->context) : NULL;
    if (!client->connection)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    xmpp_conn_set_flags(client->connection,
                        XMPP_CONN_FLAG_MANDATORY_TLS | XMPP_CONN_FLAG_DISABLE_SM);
    xmpp_conn_set_jid(client->connection, config->account);
    if (config->ca_file)
        xmpp_conn_set_cafile(client->connection, config->ca_file);
    xmpp_handler_add(client->connection, on_stanza, NULL, NULL, NULL, client);

    /* libstrophe asks DNS only when it is given no host. */
    const char *domain = strchr(config->account, '@') + 1;
    const char *server = config->server ? config->server : config->port ? domain : NULL;
    if (xmpp_connect_raw(client->connection, server, (unsigned short)config->port,
                         on_connection, client) != XMPP_EOK &&
        client->error.status == IC_OK)
        lost(client, 0, NULL);
    return run(client, is_ready, "the server did not let us in", error);
}

enum ic_status ic_gateway_open(const struct ic_gateway_config *config, const char *password,
                               FILE *trace, struct ic_gateway_client **client,
                               struct ic_error *error)
{
    struct ic_gateway_client *opened = NULL;
    enum ic_status status = config->ca_file ? trust_only(config->ca_file, error) : IC_OK;
    if (status != IC_OK)
        return status;
    opened = calloc(1, sizeof *opened);
    if (!opened)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    opened->config = config;
    opened->password = password;
    opened->trace = trace;
    status = connect_client(opened, error);
    opened->password = NULL;
    if (status != IC_OK) {
        ic_gateway_close(opened);
        return status;
    }
    *client = opened;
    return IC_OK;
}

void ic_gateway_close(struct ic_gateway_client *client)
{
    if (!client)
        return;
    if (client->connection) {
        const int64_t deadline = now_ms() + CLOSE_MS;
        alarm(IC_GATEWAY_ALARM_GRACE_S);
        client->closing = true;
        xmpp_disconnect(client->connection);
        while (!xmpp_conn_is_disconnected(client->connection) && now_ms() < deadline)
            xmpp_run_once(client->context, STEP_MS);
        xmpp_conn_release(client->connection);
        alarm(0);
    }
    if (client->context)
        xmpp_ctx_free(client->context);
    xmpp_shutdown();
    ic_gateway_login_free(client->login);
    ic_arena_free(client->arena);
    free(client->awaited);
    free(client);
}

/* ---- asking ---- */

static void show(struct ic_gateway_client *client, const char *stanza, size_t length)
{
    struct ic_arena *arena = NULL;
    struct ic_element *element = NULL;
    if (client->trace &&
        ic_gateway_xml_parse("request", stanza, length, NULL, &arena, &element, NULL) == IC_OK)
        ic_gateway_xml_indent(element, client->trace);
    ic_arena_free(arena);
}

static enum ic_status send_request(struct ic_gateway_client *client, const char *payload,
                                   size_t length, struct ic_error *error)
{
    const struct ic_gateway_config *config = client->config;
    struct ic_buffer stanza;
    char *id = xmpp_uuid_gen(client->context);
    enum ic_status status = IC_OK;
    free(client->awaited);
    client->awaited = id ? strdup(id) : NULL;
    if (id)
        xmpp_free(client->context, id);
    if (!client->awaited)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");

    ic_buffer_init(&stanza, length + IC_JID_BYTES_MAX + IQ_BYTES);
    ic_buffer_text(&stanza, "<iq type='set'");
    ic_buffer_attribute(&stanza, "to", config->exchange);
    ic_buffer_attribute(&stanza, "id", client->awaited);
    ic_buffer_text(&stanza, ">");
    ic_buffer_add(&stanza, payload, length);
    ic_buffer_text(&stanza, "</iq>");
    if (stanza.status != IC_OK) {
        status = ic_fail(error, stanza.status, "out of memory");
    } else if (stanza.length > (size_t)config->stanza_bytes_max) {
        status =
            ic_fail(error, IC_TOO_LARGE,
                    "this becomes a stanza of %zu bytes and the server takes %ld; split it, "
                    "or raise stanza_bytes_max if the server takes more",
                    stanza.length, config->stanza_bytes_max);
    } else {
        show(client, stanza.data, stanza.length);
        xmpp_send_raw(client->connection, stanza.data, stanza.length);
    }
    ic_buffer_free(&stanza);
    return status;
}

enum ic_status ic_gateway_ask(struct ic_gateway_client *client, const char *payload,
                              size_t length, struct ic_arena **arena,
                              struct ic_element **answer, struct ic_error *error)
{
    enum ic_status status = send_request(client, payload, length, error);
    if (status == IC_OK)
        status = run(client, is_answered, "the exchange did not answer", error);
    if (status != IC_OK)
        return status;
    *arena = client->arena;
    *answer = client->answer;
    client->arena = NULL;
    client->answer = NULL;
    if (client->trace)
        ic_gateway_xml_indent(*answer, client->trace);
    return IC_OK;
}

size_t ic_gateway_payload_max(const struct ic_gateway_client *client)
{
    return (size_t)client->config->stanza_bytes_max - IQ_BYTES - IC_JID_BYTES_MAX;
}

enum ic_status ic_gateway_wait(struct ic_gateway_client *client, long ms,
                               struct ic_error *error)
{
    const int64_t until = now_ms() + ms;
    client->told = false;
    while (client->error.status == IC_OK && !client->told && now_ms() < until)
        xmpp_run_once(client->context, STEP_MS);
    if (client->error.status != IC_OK && error)
        *error = client->error;
    return client->error.status;
}
