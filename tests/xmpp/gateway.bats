#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The gateway before it reaches an exchange: command line, configuration, TLS, login, time-outs.

setup_file() {
    export XMPP_SERVER=prosody # its hosts differ in ways that ejabberd's cannot
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org wrong.org expired.org stranger.org
    make_certificate wrong.org other.org
    make_certificate expired.org expired.org -1
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -keyout "$PRIVATE/stranger.key" -out "$PRIVATE/stranger.crt" -subj /CN=stranger 2>&1
    make_certificate stranger.org stranger.org 2 "$PRIVATE/stranger"
    # Lines after a host's belong to it.
    make_certificate plain.org && make_account plain.org
    echo '    disable_sasl_mechanisms = { "SCRAM-SHA-1", "SCRAM-SHA-256" }' >>"$SERVER/hosts.cfg.lua"
    make_certificate sha1.org && make_account sha1.org
    echo '    password_hash = "SHA-1"' >>"$SERVER/hosts.cfg.lua"
    make_certificate notls.org && make_account notls.org
    echo '    modules_disabled = { "tls" }' >>"$SERVER/hosts.cfg.lua"
    server_start
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
    unset INTERCLOUD_GATEWAY_CONFIG SSL_CERT_FILE SSL_CERT_DIR
}

# Messages of the exchange itself would be "no exchange": the login has worked.
assert_logged_in() {
    [ "$status" -eq 3 ]
    [ "$output" = "service.exchange1.org: the exchange is not connected to its server (Component unavailable)" ]
}

assert_failed() {
    [ "$status" -eq "$1" ] || { echo "status $status: $output"; return 1; }
    [[ "$output" == *"$2"* ]] || { echo "got: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ]
}

# A copy of a host's configuration with one key changed: configuration HOST KEY VALUE.
configuration() {
    sed "/^$2 /d" "$PRIVATE/$1.conf" >"$BATS_TEST_TMPDIR/gateway.conf"
    [ -z "${3+x}" ] || echo "$2 = $3" >>"$BATS_TEST_TMPDIR/gateway.conf"
}

with_configuration() {
    run "$BUILD/intercloud-gateway" --config "$BATS_TEST_TMPDIR/gateway.conf" "$@"
}

# ---- TLS

@test "a good certificate and SCRAM-SHA-256 log in" {
    run gateway cloud1.org resolve cloud2
    assert_logged_in
    grep -q 'Stream encrypted (TLSv1\.[23]' "$SERVER/server.log"
}

@test "a certificate for another name is refused" {
    run gateway wrong.org resolve cloud2
    assert_failed 3 "certificate is refused: hostname mismatch"
}

@test "an expired certificate is refused" {
    run gateway expired.org resolve cloud2
    assert_failed 3 "certificate is refused: certificate has expired"
}

@test "a certificate of an unknown authority is refused" {
    run gateway stranger.org resolve cloud2
    assert_failed 3 "certificate is refused: unable to get local issuer certificate"
}

@test "with ca_file the system's authorities do not count" {
    configuration stranger.org ca_file "\"$PRIVATE/ca.crt\""
    SSL_CERT_FILE=$PRIVATE/stranger.crt with_configuration resolve cloud2
    assert_failed 3 "certificate is refused: unable to get local issuer certificate"
}

@test "without ca_file the system's authorities count" {
    configuration cloud1.org ca_file
    SSL_CERT_FILE=$PRIVATE/ca.crt with_configuration resolve cloud2
    assert_logged_in
    with_configuration resolve cloud2
    assert_failed 3 "certificate is refused"
}

@test "refused certificates get no login: the server sees neither a name nor a password" {
    ! grep -q 'Authenticated as user@\(wrong\|expired\|stranger\)\.org' "$SERVER/server.log"
}

@test "a server without TLS gets nothing" {
    run gateway notls.org resolve cloud2
    assert_failed 3 "the server ended the stream: undefined-condition: No stream features"
}

@test "a missing ca_file is named" {
    configuration cloud1.org ca_file '"/nonexistent/ca.crt"'
    with_configuration resolve cloud2
    assert_failed 3 "ca_file /nonexistent/ca.crt"
}

# ---- login

@test "a server that offers only PLAIN does not get the password" {
    SERVER_OFFERS=$(grep -c "Authenticated as user@plain.org" "$SERVER/server.log" || true)
    run gateway plain.org resolve cloud2
    assert_failed 4 "offers no login by SCRAM"
    [ "$(grep -c "Authenticated as user@plain.org" "$SERVER/server.log")" -eq "$SERVER_OFFERS" ]
}

@test "SCRAM-SHA-1 is taken where there is nothing better" {
    run gateway sha1.org resolve cloud2
    assert_logged_in
}

@test "a wrong password is refused" {
    (umask 077; echo wrong >"$BATS_TEST_TMPDIR/password")
    configuration cloud1.org password_file "\"$BATS_TEST_TMPDIR/password\""
    with_configuration resolve cloud2
    assert_failed 4 "refuses the login of user@cloud1.org"
}

@test "an unknown account is refused the same way" {
    configuration cloud1.org jid '"nobody@cloud1.org"'
    with_configuration resolve cloud2
    assert_failed 4 "refuses the login of nobody@cloud1.org"
}

@test "the password file must be closed to others" {
    local mode
    cp "$PRIVATE/cloud1.org.password" "$BATS_TEST_TMPDIR/password"
    configuration cloud1.org password_file '"password"'
    for mode in 0640 0604 0622 0644; do
        chmod "$mode" "$BATS_TEST_TMPDIR/password"
        with_configuration resolve cloud2
        assert_failed 4 "$BATS_TEST_TMPDIR/password: others may"
    done
    chmod 0400 "$BATS_TEST_TMPDIR/password"
    with_configuration resolve cloud2
    assert_logged_in
}

@test "a password file that is missing, empty or a directory is named" {
    configuration cloud1.org password_file '"nowhere"'
    with_configuration resolve cloud2
    assert_failed 3 "$BATS_TEST_TMPDIR/nowhere"
    (umask 077; : >"$BATS_TEST_TMPDIR/empty")
    configuration cloud1.org password_file '"empty"'
    with_configuration resolve cloud2
    assert_failed 1 "$BATS_TEST_TMPDIR/empty:1: "
    configuration cloud1.org password_file '"/"'
    with_configuration resolve cloud2
    assert_failed 4 "regular file"
}

@test "no password stands in a command line or in the server's files in clear" {
    local password
    password=$(<"$PRIVATE/cloud1.org.password")
    [ "${#password}" -eq 32 ]
    ! grep -rqF "$password" "$SERVER"
    ! ls "$SERVER"/*.accounts
}

# ---- the way there

@test "nobody listening at the server's port" {
    configuration cloud1.org port "$(free_port)"
    with_configuration resolve cloud2
    assert_failed 3 "cannot connect to 127.0.0.1"
}

@test "an exchange that does not exist" {
    configuration cloud1.org exchange '"service.nowhere.org"'
    with_configuration resolve cloud2
    assert_failed 4 "service.nowhere.org: Communication with remote domains is not enabled"
}

# A peer that says what its first argument holds, and what else silent_server.py does.
start_silent() {
    "${PYTHON:-/usr/bin/python3}" -u tests/xmpp/silent_server.py "$@" >"$BATS_TEST_TMPDIR/port" 3>&- &
    SILENT_PID=$!
    wait_until "$SILENT_PID" test -s "$BATS_TEST_TMPDIR/port"
    configuration cloud1.org port "$(<"$BATS_TEST_TMPDIR/port")"
}

HEADER="<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' \
from='cloud1.org' xmlns:stream='http://etherx.jabber.org/streams'>"
STARTTLS="<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>"
PROCEED="<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
SCRAM="<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
<mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>"

@test "a server that accepts and is silent runs into the time-out" {
    start_silent ""
    with_configuration --timeout 1 resolve cloud2
    kill "$SILENT_PID"
    assert_failed 3 "within 1 s"
}

@test "a server that is silent in the TLS handshake runs into the time-out" {
    start_silent "$HEADER$STARTTLS$PROCEED"
    with_configuration --timeout 1 resolve cloud2
    kill "$SILENT_PID"
    assert_failed 3 "does not answer"
}

@test "a server that offers a login but no STARTTLS gets neither" {
    start_silent "$HEADER$SCRAM"
    with_configuration --timeout 5 resolve cloud2
    kill "$SILENT_PID"
    assert_failed 3 "offers no TLS"
}

@test "what was slipped in before TLS is not believed after it" {
    start_silent "$HEADER$STARTTLS" "$PROCEED$SCRAM" "$SERVER/certs/cloud1.org.crt" \
        "$SERVER/certs/server.key"
    with_configuration --timeout 5 resolve cloud2
    kill "$SILENT_PID"
    assert_failed 3 "the server sent <features> where the stream's header was due"
}

# ---- configuration

@test "an unknown key is named with its line" {
    configuration cloud1.org colour '"blue"'
    with_configuration resolve cloud2
    assert_failed 1 "$BATS_TEST_TMPDIR/gateway.conf:9: no such option 'colour'"
}

@test "missing keys are named with an example" {
    local key
    for key in jid exchange password_file; do
        configuration cloud1.org "$key"
        with_configuration resolve cloud2
        assert_failed 1 "$key is missing; write for example $key = "
    done
}

@test "values that cannot be" {
    configuration cloud1.org port 65536
    with_configuration resolve cloud2
    assert_failed 1 "port = 65536 is not from 0 to 65535"
    configuration cloud1.org timeout 0
    with_configuration resolve cloud2
    assert_failed 1 "timeout = 0"
    configuration cloud1.org jid '"cloud1.org"'
    with_configuration resolve cloud2
    assert_failed 1 "write USER@DOMAIN"
    configuration cloud1.org exchange '"@"'
    with_configuration resolve cloud2
    assert_failed 1 "exchange: "
    configuration cloud1.org port '"a"'
    with_configuration resolve cloud2
    assert_failed 1 "gateway.conf:"
}

@test "a configuration that is missing or a directory" {
    run "$BUILD/intercloud-gateway" --config /nonexistent.conf resolve cloud2
    assert_failed 1 "/nonexistent.conf: there is no such configuration file"
    run "$BUILD/intercloud-gateway" --config / resolve cloud2
    assert_failed 1 "directory"
}

@test "the configuration is found by environment, then in the home directory" {
    INTERCLOUD_GATEWAY_CONFIG=$PRIVATE/cloud1.org.conf run "$BUILD/intercloud-gateway" resolve x
    assert_logged_in
    mkdir -p "$BATS_TEST_TMPDIR/.config/intercloud"
    cp "$PRIVATE/cloud1.org.conf" "$BATS_TEST_TMPDIR/.config/intercloud/gateway.conf"
    HOME=$BATS_TEST_TMPDIR run "$BUILD/intercloud-gateway" resolve x
    assert_logged_in
}

@test "the example configuration is accepted, and names every key" {
    local key
    for key in jid password_file exchange server port ca_file timeout stanza_bytes_max; do
        grep -Eq "^#?$key = " xmpp-frontend/gateway.conf.example
    done
    sed 's/^#\([a-z_]* = \)/\1/' xmpp-frontend/gateway.conf.example \
        >"$BATS_TEST_TMPDIR/gateway.conf"
    with_configuration resolve cloud2
    assert_failed 3 "gateway.password"
}

# ---- command line

@test "--help and --version" {
    run "$BUILD/intercloud-gateway" --help
    [ "$status" -eq 0 ]
    [[ "$output" == "usage: intercloud-gateway"* ]]
    run "$BUILD/intercloud-gateway" --version
    [ "$status" -eq 0 ]
    [[ "$output" == "intercloud-gateway "* ]]
}

@test "the manual page has the commands and options of --help, and no others" {
    "$BUILD/intercloud-gateway" --help |
        sed -n 's/^  \(--[a-z-]*\).*/\1/p; s/^  \([a-z]\+\) .*/\1/p; s/^.*, \(--help\)$/\1/p' | sort \
        >"$BATS_TEST_TMPDIR/help"
    sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p; s/^\.Ss \([a-z]\+\).*/\1/p' \
        xmpp-frontend/intercloud-gateway.1 | sort >"$BATS_TEST_TMPDIR/manual"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/help")" -ge 12 ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
}

@test "wrong usage is status 2 and says what is right" {
    run "$BUILD/intercloud-gateway"
    assert_failed 2 "which command?"
    run "$BUILD/intercloud-gateway" publsh x
    assert_failed 2 'no command "publsh"'
    run gateway cloud1.org resolve
    assert_failed 2 "usage: intercloud-gateway resolve CLOUD"
    run gateway cloud1.org resolve a b
    assert_failed 2 "usage: intercloud-gateway resolve CLOUD"
    run gateway cloud1.org publish
    assert_failed 2 "usage: intercloud-gateway publish FILE..."
    run gateway cloud1.org match
    assert_failed 2 "match takes a request"
    run gateway cloud1.org resolve --lease 1h cloud2
    assert_failed 2 "an option that resolve does not take"
    run gateway cloud1.org publish --lease yesterday x
    assert_failed 2 "--lease: "
    run gateway cloud1.org match --format pdf x
    assert_failed 2 "text, xml or json"
    run gateway cloud1.org --timeout 0 resolve x
    assert_failed 2 "--timeout takes seconds"
}

@test "what comes in a later version is refused as usage" {
    local command
    for command in "watch x" "message cloud2 hello" listen; do
        # shellcheck disable=SC2086
        run gateway cloud1.org $command
        assert_failed 2 "does not do that yet"
    done
}

@test "names from outside cannot write to the terminal" {
    run "$BUILD/intercloud-gateway" --config $'/\e]0;x\a' resolve x
    assert_failed 1 '\x1B]0;x\x07'
}
