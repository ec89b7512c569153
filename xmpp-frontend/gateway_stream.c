/* SPDX-License-Identifier: Apache-2.0 */
/* From a TCP connection to a bound resource: STARTTLS, SASL SCRAM, bind (RFC 6120, sections 5
 * to 7), over libstrophe's raw mode. */
#include "gateway_stream.h"

#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

static void open_stream(struct ic_gateway_client *client)
{
    client->phase = IC_GATEWAY_OPENING;
    if (xmpp_conn_open_stream_default(client->connection) != XMPP_EOK)
        ic_gateway_fail(client, IC_IO, "the XMPP stream cannot be opened");
}

void ic_gateway_opened(struct ic_gateway_client *client)
{
    if (client->phase == IC_GATEWAY_CONNECTING)
        open_stream(client);
    else if (client->phase == IC_GATEWAY_OPENING)
        client->phase = IC_GATEWAY_FEATURES;
    else
        ic_gateway_fail(client, IC_IO, "the server opened a stream out of turn");
}

static bool is_named(xmpp_stanza_t *stanza, const char *ns, const char *name)
{
    const char *its_ns = xmpp_stanza_get_ns(stanza), *its_name = xmpp_stanza_get_name(stanza);
    return its_ns && its_name && strcmp(its_ns, ns) == 0 && strcmp(its_name, name) == 0;
}

static void unexpected(struct ic_gateway_client *client, xmpp_stanza_t *stanza,
                       const char *expected)
{
    const char *name = xmpp_stanza_get_name(stanza);
    ic_gateway_fail(client, IC_IO, "the server sent <%.40s> where %s was due", name ? name : "",
                    expected);
}

/* ---- TLS ---- */

static void ask_for_tls(struct ic_gateway_client *client, xmpp_stanza_t *features)
{
    if (!xmpp_stanza_get_child_by_name_and_ns(features, "starttls", XMPP_NS_TLS)) {
        ic_gateway_fail(client, IC_IO,
                        "the server offers no TLS (STARTTLS); nothing was sent to it");
        return;
    }
    client->phase = IC_GATEWAY_STARTTLS;
    xmpp_send_raw_string(client->connection, "<starttls xmlns='%s'/>", XMPP_NS_TLS);
}

/* libstrophe's text ends in the number of OpenSSL's verdict: "X509_V_ERR_...(62)". */
static void explain_tls(struct ic_gateway_client *client)
{
    const char *bracket = strrchr(client->reason, '(');
    const long verdict = bracket ? strtol(bracket + 1, NULL, 10) : X509_V_OK;
    if (verdict != X509_V_OK)
        ic_gateway_fail(
            client, IC_IO,
            "the server's certificate is refused: %s; it must be valid, name %s and "
            "come from an authority in %s",
            X509_verify_cert_error_string(verdict), strchr(client->config->account, '@') + 1,
            client->config->ca_file ? client->config->ca_file : "the system's store");
    else
        ic_gateway_fail(client, IC_IO, "the TLS handshake failed: %s",
                        client->reason[0] ? client->reason : "no reason given");
}

/* libstrophe gives OpenSSL the JID's domain as the name that the certificate must have, and
 * because it has no handler for bad certificates from us, OpenSSL's refusal stands. */
static void start_tls(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    if (!is_named(stanza, XMPP_NS_TLS, "proceed")) {
        ic_gateway_fail(client, IC_IO, "the server refused to start TLS");
        return;
    }
    client->reason[0] = '\0';
    if (xmpp_conn_tls_start(client->connection) != XMPP_EOK ||
        !xmpp_conn_is_secured(client->connection)) {
        explain_tls(client);
        return;
    }
    client->secure = true;
    open_stream(client);
}

/* ---- SASL ---- */

/* The best mechanism of ours that the server offers. Owned: xmpp_free. */
static char *choose_mechanism(struct ic_gateway_client *client, xmpp_stanza_t *features)
{
    xmpp_stanza_t *list =
        xmpp_stanza_get_child_by_name_and_ns(features, "mechanisms", XMPP_NS_SASL);
    xmpp_stanza_t *child = list ? xmpp_stanza_get_children(list) : NULL;
    char *best = NULL;
    int preference = 0;
    for (; child; child = xmpp_stanza_get_next(child)) {
        char *text =
            is_named(child, XMPP_NS_SASL, "mechanism") ? xmpp_stanza_get_text(child) : NULL;
        if (text && ic_gateway_login_preference(text) > preference) {
            preference = ic_gateway_login_preference(text);
            char *worse = best;
            best = text;
            text = worse;
        }
        if (text)
            xmpp_free(client->context, text);
    }
    return best;
}

static enum ic_status begin_login(struct ic_gateway_client *client, const char *mechanism,
                                  char **initial, struct ic_error *error)
{
    const char *at = strchr(client->config->account, '@');
    char *user = strndup(client->config->account, (size_t)(at - client->config->account));
    if (!user)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    enum ic_status status =
        ic_gateway_login_new(mechanism, user, client->password, &client->login, error);
    if (status == IC_OK)
        status = ic_gateway_login_step(client->login, NULL, initial, error);
    free(user);
    return status;
}

static void log_in(struct ic_gateway_client *client, xmpp_stanza_t *features)
{
    struct ic_error error = {.status = IC_OK};
    char *initial = NULL, *mechanism = choose_mechanism(client, features);
    if (!mechanism) {
        ic_gateway_fail(
            client, IC_FORBIDDEN,
            "the server offers no login by SCRAM-SHA-256 or SCRAM-SHA-1; the password "
            "was not sent");
        return;
    }
    if (begin_login(client, mechanism, &initial, &error) != IC_OK) {
        ic_gateway_fail(client, error.status, "%s", error.text);
    } else {
        client->phase = IC_GATEWAY_LOGIN;
        xmpp_send_raw_string(client->connection, "<auth xmlns='%s' mechanism='%s'>%s</auth>",
                             XMPP_NS_SASL, mechanism, initial);
    }
    free(initial);
    xmpp_free(client->context, mechanism);
}

static void refuse_login(struct ic_gateway_client *client, xmpp_stanza_t *failure)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(failure);
    const char *condition = child ? xmpp_stanza_get_name(child) : NULL;
    if (condition && strcmp(condition, "not-authorized") == 0)
        ic_gateway_fail(client, IC_FORBIDDEN,
                        "the server refuses the login of %s: there is no such account, or the "
                        "password is wrong",
                        client->config->account);
    else
        ic_gateway_fail(client, IC_FORBIDDEN, "the server refuses the login of %s: %.60s",
                        client->config->account, condition ? condition : "no reason given");
}

static void continue_login(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    struct ic_error error = {.status = IC_OK};
    char *response = NULL;
    char *data = xmpp_stanza_get_text(stanza);
    enum ic_status status = IC_OK;
    if (is_named(stanza, XMPP_NS_SASL, "challenge")) {
        status = ic_gateway_login_step(client->login, data, &response, &error);
        if (status == IC_OK)
            xmpp_send_raw_string(client->connection, "<response xmlns='%s'>%s</response>",
                                 XMPP_NS_SASL, response);
    } else if (is_named(stanza, XMPP_NS_SASL, "success")) {
        status = ic_gateway_login_finish(client->login, data, &error);
        if (status == IC_OK) {
            client->authenticated = true;
            open_stream(client);
        }
    } else if (is_named(stanza, XMPP_NS_SASL, "failure")) {
        refuse_login(client, stanza);
    } else {
        unexpected(client, stanza, "<challenge> or <success>");
    }
    if (status != IC_OK)
        ic_gateway_fail(client, status, "%s", error.text);
    free(response);
    if (data)
        xmpp_free(client->context, data);
}

/* ---- binding ---- */

static void bind(struct ic_gateway_client *client, xmpp_stanza_t *features)
{
    if (!xmpp_stanza_get_child_by_name_and_ns(features, "bind", XMPP_NS_BIND)) {
        ic_gateway_fail(client, IC_IO, "the server offers no resource binding");
        return;
    }
    client->phase = IC_GATEWAY_BINDING;
    xmpp_send_raw_string(client->connection, "<iq type='set' id='bind'><bind xmlns='%s'/></iq>",
                         XMPP_NS_BIND);
}

static void bound(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    const char *name = xmpp_stanza_get_name(stanza), *id = xmpp_stanza_get_id(stanza);
    const char *type = xmpp_stanza_get_type(stanza);
    if (!name || strcmp(name, "iq") != 0 || !id || strcmp(id, "bind") != 0)
        unexpected(client, stanza, "the answer to <bind>");
    else if (!type || strcmp(type, "result") != 0)
        ic_gateway_fail(client, IC_FORBIDDEN, "the server refuses to bind a resource");
    else
        client->phase = IC_GATEWAY_READY;
}

void ic_gateway_negotiate(struct ic_gateway_client *client, xmpp_stanza_t *stanza)
{
    switch (client->phase) {
    case IC_GATEWAY_FEATURES:
        if (!is_named(stanza, XMPP_NS_STREAMS, "features"))
            unexpected(client, stanza, "<features>");
        else if (!client->secure)
            ask_for_tls(client, stanza);
        else if (!client->authenticated)
            log_in(client, stanza);
        else
            bind(client, stanza);
        break;
    case IC_GATEWAY_STARTTLS:
        start_tls(client, stanza);
        break;
    case IC_GATEWAY_LOGIN:
        continue_login(client, stanza);
        break;
    case IC_GATEWAY_BINDING:
        bound(client, stanza);
        break;
    case IC_GATEWAY_CONNECTING:
    case IC_GATEWAY_OPENING:
        unexpected(client, stanza, "the stream's header");
        break;
    case IC_GATEWAY_READY:
    case IC_GATEWAY_CLOSED:
        break;
    }
}
