#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The exchange reads what is published in a process that is shut in, and outlives it.

setup_file() {
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org
    server_start
    exchange_start
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
    cd "$BATS_TEST_TMPDIR" || return
}

# publish FACTOR: a new version of the cloud.
publish() {
    cat >cloud.ttl <<END
@prefix : <http://www.csp/resOntology#> .
<urn:x:one> a :Cloud ; :cloudName "one" ; :replicationFactor $1 .
END
    gateway cloud1.org publish cloud.ttl
}

# Any thread may have started it.
parser() {
    cat "/proc/$EXCHANGE_PID/task/"*/children
}

gone() {
    ! kill -0 "$1" 2>/dev/null || [[ $(process_state "$1") = Z ]]
}

@test "the process is there from the beginning, without privileges, files or environment" {
    local pid
    pid=$(parser | tr -d ' ')
    [ -n "$pid" ]
    grep -q $'^Seccomp:\t2$' "/proc/$pid/status"
    grep -q $'^NoNewPrivs:\t1$' "/proc/$pid/status"
    [ "$(ls "/proc/$pid/fd" | wc -l)" -eq 4 ]
    run publish 1
    [ "$status" -eq 0 ]
    [ "$(parser | tr -d ' ')" = "$pid" ]
}

@test "a process that was killed is replaced without anybody noticing" {
    local pid
    pid=$(parser | tr -d ' ')
    kill -KILL "$pid"
    wait_until "$EXCHANGE_PID" gone "$pid"
    run publish 2
    [ "$status" -eq 0 ]
    [ "$(parser | tr -d ' ')" != "$pid" ]
    [ "$(gateway cloud1.org match "replicationFactor = 2" 2>/dev/null)" = one ]
}

@test "a process that a service manager asks to stop goes on until the exchange ends" {
    local pid
    pid=$(parser | tr -d ' ')
    kill -TERM "$pid"
    run publish 3
    [ "$status" -eq 0 ]
    [ "$(parser | tr -d ' ')" = "$pid" ]
}

@test "the exchange that is killed leaves no process behind" {
    local pid
    pid=$(parser | tr -d ' ')
    kill -KILL "$EXCHANGE_PID"
    wait_until "" gone "$pid"
}
