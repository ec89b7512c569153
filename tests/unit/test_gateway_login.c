/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's SCRAM login against libgsasl's server side, and servers that cheat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "xmpp-frontend/gateway_login.h"

#define USER "user"
#define PASSWORD "correct horse"

/* The server's side of one login. */
struct peer {
    Gsasl *library;
    Gsasl_session *session;
    const char *password;
};

static int answer_property(Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
    const struct peer *peer = gsasl_callback_hook_get(library);
    if (property != GSASL_PASSWORD)
        return GSASL_NO_CALLBACK;
    assert_string_equal(gsasl_property_get(session, GSASL_AUTHID), USER);
    return gsasl_property_set(session, GSASL_PASSWORD, peer->password);
}

static void peer_open(struct peer *peer, const char *mechanism, const char *password)
{
    peer->password = password;
    assert_int_equal(gsasl_init(&peer->library), GSASL_OK);
    gsasl_callback_hook_set(peer->library, peer);
    gsasl_callback_set(peer->library, answer_property);
    assert_int_equal(gsasl_server_start(peer->library, mechanism, &peer->session), GSASL_OK);
}

static void peer_close(struct peer *peer)
{
    gsasl_finish(peer->session);
    gsasl_done(peer->library);
}

/* Both sides up to the client's proof; *final is what the server would say with <success/>, or
 * NULL when it refuses the client. */
static struct ic_gateway_login *talk(const char *mechanism, const char *server_password,
                                     char **final)
{
    struct ic_gateway_login *login = NULL;
    struct ic_error error = {.status = IC_OK};
    struct peer peer;
    char *message = NULL, *challenge = NULL, *proof = NULL;
    peer_open(&peer, mechanism, server_password);
    assert_int_equal(ic_gateway_login_new(mechanism, USER, PASSWORD, &login, &error), IC_OK);
    assert_int_equal(ic_gateway_login_step(login, NULL, &message, &error), IC_OK);
    assert_int_equal(gsasl_step64(peer.session, message, &challenge), GSASL_NEEDS_MORE);
    assert_int_equal(ic_gateway_login_step(login, challenge, &proof, &error), IC_OK);
    *final = NULL;
    if (gsasl_step64(peer.session, proof, final) != GSASL_OK)
        *final = NULL;
    free(message);
    free(proof);
    gsasl_free(challenge);
    peer_close(&peer);
    return login;
}

static void logs_in(void **state)
{
    static const char *const mechanisms[] = {"SCRAM-SHA-1", "SCRAM-SHA-256"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ic_error error = {.status = IC_OK};
        char *final = NULL;
        struct ic_gateway_login *login = talk(mechanisms[i], PASSWORD, &final);
        assert_non_null(final);
        assert_int_equal(ic_gateway_login_finish(login, final, &error), IC_OK);
        gsasl_free(final);
        ic_gateway_login_free(login);
    }
}

static void server_refuses_a_wrong_password(void **state)
{
    char *final = NULL;
    (void)state;
    struct ic_gateway_login *login = talk("SCRAM-SHA-256", "another", &final);
    assert_null(final);
    ic_gateway_login_free(login);
}

/* A server that does not know the account cannot sign: whatever it says with <success/>. */
static void success_without_proof_is_refused(void **state)
{
    static const char *const lies[] = {NULL,
                                       "",
                                       "=",
                                       "dj0=",
                                       "dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBPQ==",
                                       "!",
                                       "ZT1vdGhlci1lcnJvcg=="};
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct ic_error error = {.status = IC_OK};
        char *final = NULL;
        struct ic_gateway_login *login = talk("SCRAM-SHA-256", PASSWORD, &final);
        assert_int_equal(ic_gateway_login_finish(login, lies[i], &error), IC_FORBIDDEN);
        assert_non_null(strstr(error.text, "did not prove"));
        gsasl_free(final);
        ic_gateway_login_free(login);
    }
}

static void a_changed_signature_is_refused(void **state)
{
    struct ic_error error = {.status = IC_OK};
    char *final = NULL;
    (void)state;
    struct ic_gateway_login *login = talk("SCRAM-SHA-256", PASSWORD, &final);
    final[6] = final[6] == 'A' ? 'B' : 'A'; /* in the signature: "v=" takes three characters */
    assert_int_equal(ic_gateway_login_finish(login, final, &error), IC_FORBIDDEN);
    gsasl_free(final);
    ic_gateway_login_free(login);
}

/* Before the proof of the client, "success" is a lie too. */
static void early_success_is_refused(void **state)
{
    struct ic_gateway_login *login = NULL;
    struct ic_error error = {.status = IC_OK};
    char *message = NULL;
    (void)state;
    assert_int_equal(ic_gateway_login_new("SCRAM-SHA-1", USER, PASSWORD, &login, &error),
                     IC_OK);
    assert_int_equal(ic_gateway_login_step(login, NULL, &message, &error), IC_OK);
    assert_int_equal(ic_gateway_login_finish(login, NULL, &error), IC_FORBIDDEN);
    free(message);
    ic_gateway_login_free(login);
}

/* A nonce that does not continue ours, no iteration count, no base64. */
static void bad_challenges_are_refused(void **state)
{
    static const char *const challenges[] = {"cj1vdGhlcixzPWFhYWEsaT00MDk2", "cj0=", "*", ""};
    (void)state;
    for (size_t i = 0; i < sizeof challenges / sizeof *challenges; i++) {
        struct ic_gateway_login *login = NULL;
        struct ic_error error = {.status = IC_OK};
        char *message = NULL, *proof = NULL;
        assert_int_equal(ic_gateway_login_new("SCRAM-SHA-256", USER, PASSWORD, &login, &error),
                         IC_OK);
        assert_int_equal(ic_gateway_login_step(login, NULL, &message, &error), IC_OK);
        assert_int_equal(ic_gateway_login_step(login, challenges[i], &proof, &error),
                         IC_FORBIDDEN);
        assert_null(proof);
        free(message);
        ic_gateway_login_free(login);
    }
}

static void only_scram_is_preferred(void **state)
{
    (void)state;
    assert_true(ic_gateway_login_preference("SCRAM-SHA-256") >
                ic_gateway_login_preference("SCRAM-SHA-1"));
    assert_true(ic_gateway_login_preference("SCRAM-SHA-1") > 0);
    assert_int_equal(ic_gateway_login_preference("PLAIN"), 0);
    assert_int_equal(ic_gateway_login_preference("DIGEST-MD5"), 0);
    assert_int_equal(ic_gateway_login_preference("ANONYMOUS"), 0);
    assert_int_equal(ic_gateway_login_preference("SCRAM-SHA-256-PLUS"), 0);
    assert_int_equal(ic_gateway_login_preference(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_in),
        cmocka_unit_test(server_refuses_a_wrong_password),
        cmocka_unit_test(success_without_proof_is_refused),
        cmocka_unit_test(a_changed_signature_is_refused),
        cmocka_unit_test(early_success_is_refused),
        cmocka_unit_test(bad_challenges_are_refused),
        cmocka_unit_test(only_scram_is_preferred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
