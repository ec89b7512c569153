#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Who may do what, and how much, through a real server; and a configuration that changes while the
# exchange runs.

# One server and one exchange for all tests, each of which begins with the first configuration and an
# empty catalog.
setup_file() {
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org cloud2.org
    server_start
    cp "$PRIVATE/exchange.conf" "$PRIVATE/first.conf"
    exchange_start
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
    export INTERCLOUD_DB=$PRIVATE/catalog.db
    configure ""
    shell list | tail -n +2 | while read -r name _; do shell withdraw "$name"; done
    connections=$(grep -c " connected to " "$PRIVATE/exchange.log")
}

shell() {
    "$BUILD/intercloud-catalog" "$@"
}

log_lines() {
    grep -c -- "$1" "$PRIVATE/exchange.log" || true
}

more_lines() {
    [ "$(log_lines "$1")" -gt "$2" ]
}

# The first configuration and this text, read by the exchange that runs.
configure() {
    local before
    { cat "$PRIVATE/first.conf"; printf '%s\n' "$1"; } >"$PRIVATE/exchange.conf"
    before=$(log_lines "reloading on SIGHUP")
    finished=$(log_lines "configuration names no ontology")
    kill -HUP "$EXCHANGE_PID"
    wait_until "$EXCHANGE_PID" more_lines "configuration names no ontology" "$finished"
    [ "$(log_lines "reloading on SIGHUP")" -eq $((before + 1)) ]
}

turtle() {
    cat <<END
@prefix : <http://www.csp/resOntology#> .
<urn:x:$(printf %s "$1" | od -An -tx1 | tr -d ' \n')> a :Cloud ; :cloudName "$1" ; :replicationFactor $2 .
END
}

publish() {
    turtle "$2" "${3:-1}" | gateway "$1" publish -
}

refused() {
    [ "$status" -ne 0 ] && [[ $output == *"$1"* ]] || { echo "status $status: $output"; return 1; }
}

# The whole time there was one connection.
teardown() {
    [ "${connections:-0}" -eq "$(grep -c " connected to " "$PRIVATE/exchange.log")" ]
}

@test "a role comes and goes with the configuration, without a new connection" {
    local before
    publish cloud1.org mine
    configure 'publishers = { "user@cloud2.org" }'
    before=$(log_lines "refused publish_resources to user@cloud1.org: ")
    run publish cloud1.org mine 2
    refused "user@cloud1.org may not use publish_resources"
    more_lines "refused publish_resources to user@cloud1.org: " "$before"
    publish cloud2.org yours
    configure 'publishers = { "CLOUD1.org." }'
    publish cloud1.org mine 3
    run publish cloud2.org yours 2
    refused "may not use publish_resources"
}

@test "who may ask is configured too; an administrator may everything" {
    configure 'queriers = {}'
    run gateway cloud1.org match "replicationFactor 1"
    refused "may not use constraint_catalog_resources"
    run gateway exchange1.org match "replicationFactor 1"
    [ "$status" -eq 0 ]
    configure 'queriers = { "cloud1.org" }'
    run gateway cloud1.org match "replicationFactor 1"
    [ "$status" -eq 0 ]
}

@test "the quota of clouds and of statements, of everybody and of one owner" {
    configure 'quotas { clouds = 1 statements = 5 }
quota "user@cloud2.org" { clouds = 2 }'
    publish cloud1.org one
    run publish cloud1.org two
    refused "with this publication user@cloud1.org would have clouds = 2, more than the quota of 1"
    publish cloud1.org one 2
    publish cloud2.org three
    run publish cloud2.org four
    refused "statements = 6, more than the quota of 5"
    [ "$(shell list | tail -n +2 | wc -l)" -eq 2 ]
    gateway cloud1.org withdraw one
    publish cloud1.org two
}

@test "publications a minute: the next one is told when to try again" {
    configure 'quotas { publications_a_minute = 1 }'
    publish cloud2.org once || true # its bucket may be in use by the tests before
    run publish cloud2.org again
    refused "the quota of 1 publications a minute is used up; try again in "
    more_lines "refused publish_resources to user@cloud2.org: " 0 # once a minute
    configure 'quotas { publications_a_minute = none }'
    publish cloud2.org again
}

@test "a name that mixes scripts is refused; one of another script is taken" {
    run publish cloud1.org "cl$(printf '\xd0\xbe')ud2"
    refused "mixes letters of several scripts"
    publish cloud1.org "облако"
    [ "$(gateway cloud2.org resolve "ОБЛАКО" 2>/dev/null || true)" = "" ]
    [[ "$(gateway cloud2.org resolve "облако")" == *user@cloud1.org* ]]
}

@test "another spelling of a name is the same name, and belongs to its owner" {
    publish cloud1.org cloud7
    run publish cloud2.org "ｃloud７"
    refused "belongs to another owner"
}

@test "a wrong configuration is told with its lines and changes nothing" {
    local end
    configure 'publishers = { "cloud2.org" }'
    end=$(wc -l <"$PRIVATE/first.conf")
    configure 'publishers = { "cloud1.org" }
port = many
limits { workers = 1000 }'
    grep -q "the configuration is wrong: .*exchange.conf:$((end + 2)): port was given before" \
        "$PRIVATE/exchange.log"
    grep -q "the configuration is wrong: .*exchange.conf:$((end + 3)): workers = \"1000\" is not" \
        "$PRIVATE/exchange.log"
    grep -q "exchange.conf was refused; the configuration in force stays" "$PRIVATE/exchange.log"
    run publish cloud1.org mine
    refused "may not use publish_resources"
    publish cloud2.org yours
}

@test "keys that need a restart are named, and stay" {
    configure 'limits { workers = 7 cache = "80 MiB" lease = "PT2H" }'
    grep -q "workers is different now, which takes effect when the exchange is started again" \
        "$PRIVATE/exchange.log"
    grep -q "cache is different now" "$PRIVATE/exchange.log"
    ! grep -q "lease is different now" "$PRIVATE/exchange.log"
    publish cloud1.org leased
    shell list --json | grep -q '"expires"'
}
