#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The program intercloud-exchange without a server: options, configuration, signals, and the
# catalog that it owns.

bats_require_minimum_version 1.5.0

setup() {
    BUILD=${BUILD:-build}
    exchange=$BUILD/intercloud-exchange
    catalog=$BUILD/intercloud-catalog
    conf=$BATS_TEST_TMPDIR/exchange.conf
    log=$BATS_TEST_TMPDIR/log
    # Nobody listens on port 1: the exchange keeps trying.
    cat >"$conf" <<END
jid = "service.example.org"
server = "127.0.0.1"
port = 1
secret_file = "secret"
catalog = "catalog.db"
END
    echo s3cret-word >"$BATS_TEST_TMPDIR/secret"
    chmod 600 "$BATS_TEST_TMPDIR/secret"
}

teardown() {
    [ -z "${pid:-}" ] || kill -KILL "$pid" 2>/dev/null || true
}

wait_for_log() {
    local i
    for ((i = 0; i < 400; i++)); do
        grep -q -- "$1" "$log" && return 0
        sleep 0.05
    done
    cat "$log"
    return 1
}

start() {
    "$exchange" --config "$conf" >"$BATS_TEST_TMPDIR/stdout" 2>"$log" 3>&- &
    pid=$!
    wait_for_log "serving service.example.org"
}

# Status in $ended.
stop() {
    kill "-$1" "$pid"
    ended=0
    wait "$pid" || ended=$?
    pid=
    [ ! -s "$BATS_TEST_TMPDIR/stdout" ] || return 1
    # Every line of the log begins with its time.
    ! grep -qv '^20[0-9-]*T[0-9:]*Z ' "$log"
}

@test "--help and --version" {
    run -0 "$exchange" --help
    [[ $output == "Usage: intercloud-exchange --config FILE"* ]]
    run -0 "$exchange" --version
    [[ $output =~ ^intercloud-exchange\ [0-9]+\.[0-9]+$ ]]
    [ "$output" = "intercloud-exchange $("$catalog" --version | awk '{ print $NF }')" ]
}

@test "wrong usage is status 2" {
    run -2 "$exchange"
    [[ $output == *"--config FILE is missing"* ]]
    run -2 "$exchange" --config "$conf" more
    run -2 "$exchange" --config
    run -2 "$exchange" --no-such-option
}

@test "every option of --help is in the manual page" {
    "$exchange" --help | sed -n 's/^  --\([a-z]*\).*/\1/p' | sort >"$BATS_TEST_TMPDIR/help"
    sed -n 's/^\.It Fl -\([a-z]*\).*/\1/p' xmpp-frontend/intercloud-exchange.1 | sort \
        >"$BATS_TEST_TMPDIR/manual"
    [ -s "$BATS_TEST_TMPDIR/help" ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
}

@test "the commands of --help are in the manual page: name, who may give them, what they do" {
    "$exchange" --help | grep -A 1 '^  [a-z_]* ([a-z]*)$' | sed 's/^ *//; /^--$/d' \
        >"$BATS_TEST_TMPDIR/help"
    awk '/^\.It Ic [a-z_]* Pq Ic / { print $3 " (" $6 ")"; getline; print }' \
        xmpp-frontend/intercloud-exchange.1 >"$BATS_TEST_TMPDIR/manual"
    grep -qx 'evict_cloud (admins)' "$BATS_TEST_TMPDIR/help"
    [ "$(grep -c '^[a-z_]* (' "$BATS_TEST_TMPDIR/help")" -eq \
        "$(grep -c '\.node = "' xmpp-frontend/adhoc_commands.c)" ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
}

@test "--check says that the configuration is right, and starts nothing" {
    run -0 "$exchange" --config "$conf" --check
    [[ $output == *"the configuration is right" ]]
    [ ! -e "$BATS_TEST_TMPDIR/catalog.db" ]
}

@test "--check says what is wrong, with file and line" {
    echo 'prot = 5347' >>"$conf"
    run -1 "$exchange" --config "$conf" --check
    [[ $output == "$conf:6: no such option 'prot'; the keys are jid,"* ]]
    run -1 "$exchange" --config "$conf.none" --check
    [[ $output == *"there is no such configuration file" ]]
}

@test "--check tells every mistake, then everything that the configuration names" {
    cat >>"$conf" <<'END'
publishers = { "a@@b" }
limits {
    workers = 0
    quack = 1
}
END
    run -1 "$exchange" --config "$conf" --check
    [ "${#lines[@]}" -eq 3 ]
    [[ ${lines[0]} == "$conf:6: publishers: \"a@@b\" is not a JID"* ]]
    [[ ${lines[1]} == "$conf:8: workers = \"0\" is not from 1 to 64"* ]]
    [[ ${lines[2]} == "$conf:9: no such option 'quack'; the keys in limits are lease,"* ]]
    sed -i '6,$d; s|^server = .*|server = "no..name"|; s|^catalog = .*|catalog = "none/c"|' "$conf"
    echo 'ontology = "none"' >>"$conf"
    chmod 644 "$BATS_TEST_TMPDIR/secret"
    run -3 "$exchange" --config "$conf" --check
    [ "${#lines[@]}" -eq 4 ]
    [[ ${lines[0]} == "$conf:2: server: \"no..name\" has no address"* ]]
    [[ ${lines[1]} == "$conf:4: secret_file: "*"others may read or write it"* ]]
    [[ ${lines[2]} == "$conf:5: catalog: the directory "*" cannot be made in "* ]]
    [[ ${lines[3]} == "$conf:6: ontology: cannot read the ontology directory "* ]]
    [[ $output != *s3cret-word* ]]
}

@test "SIGHUP reads the configuration again; a wrong one changes nothing" {
    start
    sed -i 's/^port = 1$/port = 2/' "$conf"
    kill -HUP "$pid"
    wait_for_log "the configuration was read again"
    wait_for_log "not connected to 127.0.0.1 port 2, next attempt"
    echo 'port = many' >>"$conf"
    sed -i 's/^jid = .*/jid = "other.example.org"/' "$conf"
    kill -HUP "$pid"
    wait_for_log "the configuration is wrong: .*exchange.conf:6: port = \"many\" is not"
    wait_for_log "exchange.conf was refused; the configuration in force stays"
    sed -i '$d' "$conf"
    kill -HUP "$pid"
    wait_for_log "jid is different now, which takes effect when the exchange is started again"
    chmod 644 "$BATS_TEST_TMPDIR/secret"
    kill -HUP "$pid"
    wait_for_log "the configuration is wrong: .*/secret: others may read or write it"
    stop TERM
    [ "$ended" -eq 0 ]
}

@test "a secret that others can read is refused, and not shown" {
    chmod 640 "$BATS_TEST_TMPDIR/secret"
    run -4 "$exchange" --config "$conf" --check
    [[ $output == *"/secret: others may read or write it (mode 0640)"* ]]
    run -4 "$exchange" --config "$conf"
    [[ $output != *s3cret-word* ]]
}

@test "it runs without a server, keeps trying, and ends on SIGTERM and SIGINT with 0" {
    for signal in TERM INT; do
        start
        wait_for_log "not connected to 127.0.0.1 port 1, next attempt in .*: .*Connection refused"
        stop "$signal"
        [ "$ended" -eq 0 ]
        tail -n 1 "$log" | grep -q "stopped$"
        ! grep -q s3cret-word "$log"
    done
}

@test "the shell works through it, with its status, and alone after it" {
    start
    "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" import data/cloud2.ttl
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "InterCloudStorageAccess NFS"
    [[ $output == *cloud2* ]]
    run -1 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "noSuchAttribute 1"
    stop TERM
    [ "$ended" -eq 0 ]
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "InterCloudStorageAccess NFS"
    [[ $output == *cloud2* ]]
}

@test "a second exchange on the same catalog is refused and harms nothing" {
    start
    run -3 "$exchange" --config "$conf"
    [ -n "$output" ]
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" list
    stop TERM
    [ "$ended" -eq 0 ]
}

@test "killed with -9 it leaves a catalog that the next one opens" {
    start
    "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" import data/cloud2.ttl
    kill -KILL "$pid"
    wait "$pid" || true
    start
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "InterCloudStorageAccess NFS"
    [[ $output == *cloud2* ]]
    stop TERM
    [ "$ended" -eq 0 ]
}

@test "SIGHUP loads the configured ontology; one with a mistake is refused" {
    cp -r ontology "$BATS_TEST_TMPDIR/ontology"
    echo 'ontology = "ontology"' >>"$conf"
    start
    cat >>"$BATS_TEST_TMPDIR/ontology/resOntology.ttl" <<'END'

<http://www.csp/resOntology#frobnication> a <http://www.w3.org/1999/02/22-rdf-syntax-ns#Property> ;
    <http://www.w3.org/2000/01/rdf-schema#label> "frobnication"@en ;
    <http://www.w3.org/2000/01/rdf-schema#comment> "How much it frobnicates."@en ;
    <http://www.w3.org/2000/01/rdf-schema#range> <http://www.w3.org/2001/XMLSchema#decimal> ;
    <http://www.csp/resOntology/meta#appliesTo> <http://www.csp/resOntology/meta#Offer> ;
    <http://www.csp/resOntology/meta#match> <http://www.csp/resOntology/meta#AtLeast> .
END
    run -1 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "frobnication 1"
    kill -HUP "$pid"
    wait_for_log " loaded the ontology of "
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "frobnication 1"
    echo '<broken' >>"$BATS_TEST_TMPDIR/ontology/resOntology.ttl"
    kill -HUP "$pid"
    wait_for_log "the ontology of .* was refused; the one in force stays"
    grep -q 'resOntology.ttl:[0-9]*:' "$log"
    run -0 "$catalog" --db "$BATS_TEST_TMPDIR/catalog.db" match "frobnication 1"
    stop TERM
    [ "$ended" -eq 0 ]
}

@test "SIGHUP without a configured ontology says so" {
    start
    kill -HUP "$pid"
    wait_for_log "the configuration names no ontology"
    stop TERM
    [ "$ended" -eq 0 ]
}

@test "a catalog that cannot be made is an error of status 3" {
    sed -i 's|^catalog = .*|catalog = "secret/catalog.db"|' "$conf"
    run -3 "$exchange" --config "$conf"
    [ -n "$output" ]
}

@test "the example configuration runs as it is" {
    cp xmpp-frontend/exchange.conf.example "$conf"
    mv "$BATS_TEST_TMPDIR/secret" "$BATS_TEST_TMPDIR/exchange.secret"
    run -0 "$exchange" --config "$conf" --check
    start
    [ -d "$BATS_TEST_TMPDIR/catalog.db" ]
    stop TERM
    [ "$ended" -eq 0 ]
}
