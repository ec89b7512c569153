#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The exchange starts, ends in every way, and finds its server and its catalog again.

# Each test has an exchange and a catalog of its own; the server is the file's until a test stops it:
# those that do come last.
setup_file() {
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org cloud2.org
    server_start
    cp "$PRIVATE/secret" "$PRIVATE/secret.right"
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
    export INTERCLOUD_DB=$PRIVATE/catalog.db
    rm -rf "$INTERCLOUD_DB" "$PRIVATE/exchange.log"
    cp "$PRIVATE/secret.right" "$PRIVATE/secret"
    [ -n "$SERVER_PID" ] || server_start
}

# A server that a test starts ends with the test.
teardown() {
    exchange_stop || true
    [ -z "${server_stopped-}" ] || server_stop
}

stop_the_server() {
    server_stopped=yes
    server_stop
}

shell() {
    "$BUILD/intercloud-catalog" "$@"
}

turtle() {
    cat <<END
@prefix : <http://www.csp/resOntology#> .
<urn:x:$1> a :Cloud ; :cloudName "$1" ; :replicationFactor $2 .
END
}

# The number of the session that the exchange gives next.
session() {
    gateway cloud1.org --show-stanzas match "replicationFactor 1" 2>&1 >/dev/null |
        sed -n "s/.* sessionid='RPC-SESSION-\([0-9]*\)'.*/\1/p" | sed 's/^0*//'
}

matches() {
    [ "$(gateway cloud1.org match "replicationFactor = $2" 2>/dev/null)" = "$1" ]
}

exchange_ended() {
    ! kill -0 "$EXCHANGE_PID" 2>/dev/null || [[ $(process_state "$EXCHANGE_PID") = Z ]]
}

@test "a new catalog begins with session 1" {
    exchange_start
    [ "$(session)" -eq 1 ]
    [ "$(session)" -eq 2 ]
}

@test "SIGTERM: a clean end, status 0, no socket left, and sessions count on" {
    local before
    exchange_start
    before=$(session)
    exchange_stop
    [ -z "$(find "$PRIVATE/catalog.db" -type s)" ]
    exchange_start
    [ "$(session)" -gt "$before" ]
}

@test "kill -9: what was published is there, sessions are new, the catalog is sound" {
    local before
    exchange_start
    before=$(session)
    turtle killed 7 | gateway cloud1.org publish -
    kill -KILL "$EXCHANGE_PID"
    wait_until "" exchange_ended
    shell verify
    [ "$(shell match "replicationFactor 7" 2>/dev/null)" = killed ]
    exchange_start
    [ "$(session)" -gt "$before" ]
    matches killed 7
}

@test "kill -9 while clouds publish: every publication that was confirmed is there" {
    local round total=0
    for round in 1 2; do
        exchange_start
        (
            for number in $(seq 1 30); do
                turtle "r$round-$number" 8 >"$BATS_TEST_TMPDIR/$number.ttl"
            done
            gateway cloud2.org --timeout 1 publish "$BATS_TEST_TMPDIR"/*.ttl 2>/dev/null
        ) >"$BATS_TEST_TMPDIR/confirmed.$round" &
        local publisher=$!
        wait_until "" test -s "$BATS_TEST_TMPDIR/confirmed.$round"
        sleep "0.0$round"
        kill -KILL "$EXCHANGE_PID"
        wait "$publisher" || true
        wait_until "" exchange_ended
        shell verify
        shell match "replicationFactor 8" 2>/dev/null | sort >"$BATS_TEST_TMPDIR/there"
        sed 's/^[^ ]*: \([^ ]*\) new.*/\1/' "$BATS_TEST_TMPDIR/confirmed.$round" | sort \
            >"$BATS_TEST_TMPDIR/expected"
        [ -s "$BATS_TEST_TMPDIR/expected" ]
        total=$((total + $(wc -l <"$BATS_TEST_TMPDIR/expected")))
        [ -z "$(comm -23 "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/there")" ]
    done
    [ "$total" -lt 60 ] # it was killed before the end
}

@test "without the exchange a client is told so, and its own time-out ends the wait" {
    run gateway cloud1.org resolve cloud2
    [ "$status" -eq 3 ]
    case $XMPP_SERVER in
    prosody) [[ "$output" == *"the exchange is not connected to its server"* ]] ;;
    ejabberd) [[ "$output" == *"the server finds no such exchange"* ]] ;;
    esac
    exchange_start
    kill -STOP "$EXCHANGE_PID"
    run gateway cloud1.org --timeout 1 resolve cloud2
    kill -CONT "$EXCHANGE_PID"
    [ "$status" -eq 3 ]
    [[ "$output" == *"the exchange did not answer within 1 s"* ]]
}

@test "a wrong secret is reported, and the exchange goes on trying" {
    (umask 077; echo wrong >"$PRIVATE/secret")
    exchange_launch
    wait_until "$EXCHANGE_PID" grep -q "not-authorized" "$PRIVATE/exchange.log"
    kill -0 "$EXCHANGE_PID"
    exchange_stop
}

@test "a second exchange takes the name: one is thrown out and told so, or both serve; one alone serves" {
    local second served
    exchange_start
    turtle here 3 | gateway cloud1.org publish -
    sed 's/catalog.db/other.db/' "$PRIVATE/exchange.conf" >"$PRIVATE/second.conf"
    served=$(components_seen)
    "$BUILD/intercloud-exchange" --config "$PRIVATE/second.conf" >"$PRIVATE/second.log" 2>&1 3>&- &
    second=$!
    wait_until "$second" more_components_than "$served"
    case $XMPP_SERVER in
    prosody)
        wait_until "$EXCHANGE_PID" grep -q "conflict.*another component is connected under this name" \
            "$PRIVATE/exchange.log"
        # The first takes the name back when it comes again.
        wait_until "$second" grep -q "conflict.*stop one of the two" "$PRIVATE/second.log"
        ;;
    ejabberd) # it knows of no conflict, and gives each stanza to one of them
        [ "$(cat "$PRIVATE/exchange.log" "$PRIVATE/second.log" | grep -c conflict)" -eq 0 ]
        ;;
    esac
    kill -TERM "$second"
    wait "$second"
    rm -rf "$PRIVATE/other.db"
    wait_until "$EXCHANGE_PID" matches here 3
}

@test "the shell through the exchange says the same as on its own" {
    local command status name number=0
    mkdir "$BATS_TEST_TMPDIR/through" "$BATS_TEST_TMPDIR/alone"
    cat >"$BATS_TEST_TMPDIR/commands" <<'END'
list
list --json
show killed
show --json killed
show nobody
match 'replicationFactor 7'
match --format xml 'replicationFactor 7'
match --format json 'replicationFactor 7'
match --explain 'replicationFactor 7'
match 'replicationFaktor 7'
sparql 'SELECT ?n WHERE { ?c <http://www.csp/resOntology#cloudName> ?n } ORDER BY ?n'
sparql --results csv 'SELECT ?n WHERE { ?c <http://www.csp/resOntology#cloudName> ?n } ORDER BY ?n'
sparql 'SELECT'
ontology show replicationFactor
export
verify
withdraw nobody
list --fruit
END
    exchange_start
    turtle killed 7 | gateway cloud1.org publish -
    run_all() {
        number=0
        while IFS= read -r command; do
            number=$((number + 1))
            status=0
            eval "shell $command" >"$1/$number" 2>"$1/$number.err" || status=$?
            echo "$status" >"$1/$number.status"
        done <"$BATS_TEST_TMPDIR/commands"
    }
    run_all "$BATS_TEST_TMPDIR/through"
    kill -0 "$EXCHANGE_PID"
    exchange_stop
    run_all "$BATS_TEST_TMPDIR/alone"
    [ "$number" -ge 15 ]
    diff -ru "$BATS_TEST_TMPDIR/through" "$BATS_TEST_TMPDIR/alone"
}

@test "a shell that is killed in the middle does the exchange no harm" {
    local client
    exchange_start
    mkfifo "$BATS_TEST_TMPDIR/pipe"
    shell import "$BATS_TEST_TMPDIR/pipe" 3>&- &
    client=$!
    exec 9>"$BATS_TEST_TMPDIR/pipe"
    turtle halfway 9 | head -2 >&9
    sleep 0.2
    kill -KILL "$client"
    exec 9>&-
    wait "$client" || true
    shell verify
    ! shell list | grep halfway
    kill -0 "$EXCHANGE_PID"
    turtle afterwards 10 | shell import -
    shell list | grep -q afterwards
}

@test "the server restarts: the exchange comes back by itself" {
    local before
    exchange_start
    before=$(session)
    stop_the_server
    sleep 0.5
    kill -0 "$EXCHANGE_PID"
    server_start
    wait_until "$EXCHANGE_PID" more_components_than 0
    [ "$(session)" -gt "$before" ]
}

@test "SIGHUP takes another secret, for the next connection" {
    local secret
    exchange_start
    secret=$(openssl rand -hex 24)
    (umask 077; echo "$secret" >"$PRIVATE/secret")
    kill -HUP "$EXCHANGE_PID"
    wait_until "$EXCHANGE_PID" grep -q "the configuration was read again" "$PRIVATE/exchange.log"
    [ "$(session)" -ge 1 ] # on the connection that there is
    stop_the_server
    server_start
    wait_until "$EXCHANGE_PID" more_components_than 0
    ! grep -q "not-authorized" "$PRIVATE/exchange.log"
    ! grep -q "$secret" "$PRIVATE/exchange.log"
}

@test "the exchange may start before its server" {
    stop_the_server
    exchange_launch
    sleep 0.5
    kill -0 "$EXCHANGE_PID"
    server_start
    wait_until "$EXCHANGE_PID" more_components_than 0
    [ "$(session)" -eq 1 ]
}

@test "SIGTERM ends an exchange that has no server" {
    stop_the_server
    exchange_launch
    wait_until "$EXCHANGE_PID" shell list >/dev/null
    exchange_stop
}
