#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What the gateway makes of answers, right and wrong: a component of ours gives them.

setup_file() {
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org
    server_start
    "${PYTHON:-/usr/bin/python3}" tests/xmpp/fake_exchange.py "$EXCHANGE_JID" "$COMPONENT_PORT" "$PRIVATE/secret" \
        >"$PRIVATE/fake" 2>&1 3>&- &
    echo $! >"$PRIVATE/exchange.pid"
    load_processes
    wait_until "$EXCHANGE_PID" grep -q ready "$PRIVATE/fake"
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
}

resolve() {
    run gateway cloud1.org resolve "$@"
}

@test "each stanza error has its exit status" {
    local status_of condition
    for status_of in bad-request:1 not-acceptable:1 item-not-found:1 jid-malformed:1 gone:1 \
        policy-violation:1 feature-not-implemented:1 unexpected-request:1 \
        internal-server-error:3 resource-constraint:3 service-unavailable:3 \
        remote-server-not-found:3 remote-server-timeout:3 recipient-unavailable:3 redirect:3 \
        undefined-condition:3 no-such-condition:3 \
        forbidden:4 not-authorized:4 not-allowed:4 conflict:4 registration-required:4 \
        subscription-required:4; do
        condition=${status_of%:*}
        resolve "error-$condition"
        [ "$status" -eq "${status_of#*:}" ] || { echo "$condition: $status"; false; }
        [[ "$output" == "service.exchange1.org: "*"$condition"* ]]
        [ "${#lines[@]}" -eq 1 ]
    done
}

@test "the exchange's text is the message, on one line, without control characters" {
    resolve text-forbidden
    [ "$status" -eq 4 ]
    [ "$output" = 'service.exchange1.org: a reason\xC2\x9B2J second line' ]
}

@test "only the exchange's own answer to this very question counts" {
    resolve stray
    [ "$status" -eq 0 ]
    [ "$output" = right@there.org ]
}

@test "a good answer goes to stdout, its notes to stderr" {
    gateway cloud1.org resolve user >"$BATS_TEST_TMPDIR/stdout" 2>"$BATS_TEST_TMPDIR/stderr"
    [ "$(<"$BATS_TEST_TMPDIR/stdout")" = user@there.org ]
    [ "$(<"$BATS_TEST_TMPDIR/stderr")" = "note: by the way" ]
}

@test "an answer that is none" {
    local name
    for name in bare pending other; do
        resolve "$name"
        [ "$status" -eq 3 ]
        [[ "$output" == *"the exchange's answer"* ]]
    done
}

@test "work that was accepted and then failed" {
    resolve failed
    [ "$status" -eq 3 ]
    [ "$output" = "service.exchange1.org: the disk burns" ]
}

@test "a cloud that the administrator published has no JID" {
    resolve nojid
    [ "$status" -eq 1 ]
    [[ "$output" == *"has no JID"* ]]
}

@test "no answer runs into the time-out" {
    resolve --timeout 1 silent
    [ "$status" -eq 3 ]
    [[ "$output" == *"the exchange did not answer within 1 s"* ]]
}

@test "names are normalised and escaped on their way" {
    resolve $'  a&<\'">b '
    [ "$status" -eq 0 ]
    [[ "$output" == *"@there.org"* ]]
    resolve $'a\x01b'
    [ "$status" -eq 1 ]
}

@test "--show-stanzas prints the request and the answer, indented" {
    gateway cloud1.org --show-stanzas resolve user >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
    [ "$(<"$BATS_TEST_TMPDIR/out")" = user@there.org ]
    sed -E "s/ id='[^']*'/ id='ID'/; /^note/d" "$BATS_TEST_TMPDIR/err" >"$BATS_TEST_TMPDIR/stanzas"
    sed -i -E "12,\$s/<([a-z]+) .*'(\/?)>/<\1 ...\2>/; s/>by the way</>...</" "$BATS_TEST_TMPDIR/stanzas"
    diff -u - "$BATS_TEST_TMPDIR/stanzas" <<'END'
<iq type='set' to='service.exchange1.org' id='ID'>
  <command xmlns='http://jabber.org/protocol/commands' node='resolve_cloud' action='execute'>
    <iodata xmlns='urn:xmpp:tmp:io-data' type='input'>
      <in>
        <resolve xmlns='http://www.csp/resOntology'>
          <cloudName>user</cloudName>
        </resolve>
      </in>
    </iodata>
  </command>
</iq>
<iq ...>
  <command ...>
    <note ...>...</note>
    <iodata ...>
      <out>
        <cloud .../>
      </out>
    </iodata>
  </command>
</iq>
END
    grep -q "^<iq .* xml:lang='en'" "$BATS_TEST_TMPDIR/err"
}
