/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in by SASL SCRAM, by libgsasl. */
#include "gateway_login.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

struct ic_gateway_login {
    Gsasl *library;
    Gsasl_session *session;
    bool proved; /* the server's signature was right: SCRAM's last step */
};

/* Best last. Those with channel binding ("-PLUS") need the TLS session, which libstrophe does
 * not give out. */
static const char *const mechanisms[] = {"SCRAM-SHA-1", "SCRAM-SHA-256"};

int ic_gateway_login_preference(const char *mechanism)
{
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++)
        if (strcmp(mechanism, mechanisms[i]) == 0)
            return (int)i + 1;
    return 0;
}

static enum ic_status fail(int code, struct ic_error *error)
{
    if (code == GSASL_MALLOC_ERROR)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");
    if (code == GSASL_AUTHENTICATION_ERROR)
        return ic_fail(error, IC_FORBIDDEN,
                       "the server did not prove that it knows the account");
    return ic_fail(error, IC_FORBIDDEN, "the login failed: %s", gsasl_strerror(code));
}

enum ic_status ic_gateway_login_new(const char *mechanism, const char *user,
                                    const char *password, struct ic_gateway_login **login,
                                    struct ic_error *error)
{
    struct ic_gateway_login *begun = calloc(1, sizeof *begun);
    int code = begun ? gsasl_init(&begun->library) : GSASL_MALLOC_ERROR;
    if (code == GSASL_OK)
        code = gsasl_client_start(begun->library, mechanism, &begun->session);
    if (code == GSASL_OK)
        code = gsasl_property_set(begun->session, GSASL_AUTHID, user);
    if (code == GSASL_OK)
        code = gsasl_property_set(begun->session, GSASL_PASSWORD, password);
    if (code != GSASL_OK) {
        ic_gateway_login_free(begun);
        return fail(code, error);
    }
    *login = begun;
    return IC_OK;
}

void ic_gateway_login_free(struct ic_gateway_login *login)
{
    if (!login)
        return;
    if (login->session)
        gsasl_finish(login->session);
    if (login->library)
        gsasl_done(login->library);
    free(login);
}

/* "=" is how XMPP writes data that is there and empty (RFC 6120, section 6.4.2). */
static const char *content(const char *data)
{
    return data && strcmp(data, "=") != 0 ? data : "";
}

enum ic_status ic_gateway_login_step(struct ic_gateway_login *login, const char *challenge,
                                     char **response, struct ic_error *error)
{
    char *answer = NULL;
    const int code = gsasl_step64(login->session, content(challenge), &answer);
    if (code != GSASL_OK && code != GSASL_NEEDS_MORE) {
        gsasl_free(answer);
        return fail(code, error);
    }
    login->proved = code == GSASL_OK;
    *response = strdup(answer && answer[0] ? answer : "=");
    gsasl_free(answer);
    return *response ? IC_OK : ic_fail(error, IC_NO_MEMORY, "out of memory");
}

enum ic_status ic_gateway_login_finish(struct ic_gateway_login *login, const char *data,
                                       struct ic_error *error)
{
    char *answer = NULL;
    if (login->proved)
        return IC_OK; /* the proof came as a challenge, which ic_gateway_login_step judged */
    const int code = gsasl_step64(login->session, content(data), &answer);
    gsasl_free(answer);
    return code == GSASL_OK ? IC_OK : fail(GSASL_AUTHENTICATION_ERROR, error);
}
