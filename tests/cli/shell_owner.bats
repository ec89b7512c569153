#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# One process owns a catalog, the others work through its socket.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
    import_examples
    pids=()
}

teardown() {
    local pid
    for pid in "${pids[@]}"; do
        kill -9 "$pid" 2>"$tmp/ignored" || true
    done
}

# An owner: a shell that goes on importing from a pipe until the test closes descriptor 7.
start_owner() {
    mkfifo "$tmp/pipe"
    "$program" import --graph urn:slow --format ntriples "$tmp/pipe" >"$tmp/owner.out" 2>"$tmp/owner.err" 3>&- 7>&- &
    owner=$!
    pids+=("$owner")
    exec 7>"$tmp/pipe"
    wait_until [ -S "$INTERCLOUD_DB/socket" ]
}

# 60,000 statements, some megabytes.
large() {
    seq 60000 | sed 's/.*/<urn:subject:&> <urn:predicate> "value &" ./'
}

end_owner() {
    exec 7>&-
    wait "$owner"
}

@test "every command runs through the owner, with the same output and status" {
    local here=$PWD
    "$program" show cloud2 >"$tmp/show"
    "$program" list >"$tmp/list"
    "$program" ontology show tierCountries >"$tmp/attribute"
    start_owner
    diff "$tmp/show" <("$program" show cloud2)
    diff "$tmp/list" <("$program" list)
    diff "$tmp/attribute" <("$program" ontology show tierCountries)
    run --separate-stderr "$program" match "$request"
    [ "$status" -eq 0 ]
    [ "$output" = $'cloud2\ncloud5' ]
    [ "$stderr" = "2 clouds" ]
    run --separate-stderr "$program" match 'availabilityQuantty 1'
    [ "$status" -eq 1 ]
    [[ $stderr == request:1:1:* ]]
    run --separate-stderr "$program" show nobody
    [ "$status" -eq 1 ]
    run --separate-stderr "$program" import --owner a@b.org data/cloud1.ttl
    [ "$status" -eq 4 ]
    run --separate-stderr "$program" sparql --results csv 'SELECT (1 AS ?n) {}'
    [ "$status" -eq 0 ]
    [ "$("$program" stats --json | json 'j["advertisements"]')" -eq 8 ]
    run --separate-stderr "$program" verify
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" backup "$tmp/copy"
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" --db "$tmp/copy" list
    [ "${#lines[@]}" -eq 9 ]
    end_owner
    [ "$(cat "$tmp/owner.out")" = "$tmp/pipe: stored, 0 statements" ]
    [ ! -e "$INTERCLOUD_DB/socket" ]
}

@test "files, stdin, directories and relative paths are the client's" {
    start_owner
    local path
    path=$(realpath "$program")
    small_cloud inner 50 >"$tmp/inner.ttl"
    cp -r ontology "$tmp/vocabulary"
    cd "$tmp"
    run --separate-stderr "$path" import inner.ttl
    [ "$status" -eq 0 ]
    run --separate-stderr bash -c '"$1" import - </dev/fd/9' - "$path" 9< <(small_cloud outer 51)
    [ "$status" -eq 0 ]
    run --separate-stderr "$path" ontology load vocabulary
    [ "$status" -eq 0 ]
    run --separate-stderr "$path" backup here
    [ "$output" = "$tmp/here: backup is complete" ]
    run --separate-stderr "$path" import none.ttl
    [ "$status" -eq 1 ]
    [ "$stderr" = "none.ttl: cannot open it: No such file or directory" ]
    cd "$OLDPWD"
    run --separate-stderr "$program" list
    [[ $output == *inner* && $output == *outer* ]]
    end_owner
}

@test "large input and output pass through the owner whole" {
    large >"$tmp/large.nt"
    start_owner
    run --separate-stderr "$program" import --graph urn:large "$tmp/large.nt"
    [ "$status" -eq 0 ]
    [ "$output" = "$tmp/large.nt: stored, 60000 statements" ]
    "$program" export | grep ' <urn:large> \.$' | sed 's/ <urn:large> \.$/ ./' | sort >"$tmp/exported"
    sort "$tmp/large.nt" | diff - "$tmp/exported"
    run --separate-stderr bash -c '"$1" export | head -1; echo "${PIPESTATUS[0]}"' - "$program"
    [ "${lines[1]}" -eq 141 ]
    run --separate-stderr bash -c '"$1" export >/dev/full' - "$program"
    [ "$status" -eq 3 ]
    end_owner
}

@test "a client that does not read keeps nobody from writing" {
    large | "$program" import --format ntriples --graph urn:large -
    start_owner
    mkfifo "$tmp/stalled"
    "$program" export >"$tmp/stalled" 3>&- 7>&- &
    pids+=($!)
    exec 8<"$tmp/stalled"
    read -r -u 8 first
    [ -n "$first" ]
    run --separate-stderr timeout 10 "$program" import --json - < <(small_cloud beside 1)
    [ "$status" -eq 0 ]
    [ "$(json 'j[0]["outcome"]' <<<"$output")" = new ]
    # and it gets the rest when it reads on, as the catalog was when it asked
    rest=$(cat <&8)
    exec 8<&-
    [ "$(grep -c ' <urn:large> \.$' <<<"$first"$'\n'"$rest")" -eq 60000 ]
    ! grep -q beside <<<"$rest"
    end_owner
}

@test "many clients at once" {
    start_owner
    local i
    for ((i = 0; i < 24; i++)); do
        "$program" import - < <(small_cloud "many$i" 1) >"$tmp/out.$i" 2>&1 3>&- 7>&- &
        pids+=($!)
    done
    for ((i = 0; i < 24; i++)); do
        wait "${pids[i + 1]}"
    done
    [ "$("$program" list --json | json 'sum(a["name"].startswith("many") for a in j)')" -eq 24 ]
    end_owner
    run --separate-stderr "$program" verify
    [ "$status" -eq 0 ]
}

@test "kill -9 of the owner: the client says so, the next command opens the catalog" {
    start_owner
    mkfifo "$tmp/input"
    "$program" import --format turtle "$tmp/input" >"$tmp/client.out" 2>"$tmp/client.err" 3>&- 7>&- &
    local client=$!
    pids+=("$client")
    exec 8>"$tmp/input"
    small_cloud lost 1 >&8
    kill -9 "$owner"
    exec 8>&-
    run wait "$client"
    wait "$client" || status=$?
    [ "$status" -eq 3 ]
    [ "$(wc -l <"$tmp/client.err")" -eq 1 ]
    [[ $(<"$tmp/client.err") == "$INTERCLOUD_DB: "*"went away"* ]]
    exec 7>&-
    # the socket and the lock file are still there, and stale
    [ -S "$INTERCLOUD_DB/socket" ]
    run --separate-stderr "$program" match "$request"
    [ "$output" = $'cloud2\ncloud5' ]
    [ ! -e "$INTERCLOUD_DB/socket" ]
    run --separate-stderr "$program" verify
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" show lost
    [ "$status" -eq 1 ]
}

@test "kill -9 of a client harms neither owner nor catalog" {
    start_owner
    mkfifo "$tmp/input"
    "$program" import --format turtle "$tmp/input" >"$tmp/client.out" 2>&1 3>&- 7>&- &
    local client=$!
    exec 8>"$tmp/input"
    small_cloud lost 1 >&8
    kill -9 "$client"
    wait "$client" || true
    exec 8>&-
    run --separate-stderr "$program" list
    [ "$status" -eq 0 ]
    [[ $output != *lost* ]]
    end_owner
    run --separate-stderr "$program" verify
    [ "$status" -eq 0 ]
}

@test "the owner ends cleanly on SIGTERM and SIGINT, and its clients are told" {
    local name
    for name in TERM INT; do
        rm -f "$tmp/pipe"
        # job control gives the owner its default signals, which background jobs ignore
        set -m
        start_owner
        set +m
        kill -$name "$owner"
        status=0
        wait "$owner" || status=$?
        exec 7>&-
        [ "$status" -eq $((128 + $(kill -l $name))) ]
        [ ! -e "$INTERCLOUD_DB/socket" ]
        run --separate-stderr "$program" verify
        [ "$status" -eq 0 ]
    done
}

@test "an owner that has no socket yet is waited for" {
    exec 9>"$INTERCLOUD_DB/lock"
    flock -x 9
    (
        sleep 1
        flock -u 9
    ) 3>&- 7>&- &
    run --separate-stderr timeout 20 "$program" match "$request"
    [ "$status" -eq 0 ]
    [ "$output" = $'cloud2\ncloud5' ]
    exec 9>&-
}

@test "an owner that never listens is an error with status 3" {
    exec 9>"$INTERCLOUD_DB/lock"
    flock -x 9
    run --separate-stderr timeout 20 "$program" list
    exec 9>&-
    [ "$status" -eq 3 ]
    [ "${#stderr_lines[@]}" -eq 1 ]
    [[ $stderr == "$INTERCLOUD_DB: "*"owns the catalog"* ]]
}

@test "--ontology cannot be tried on another's catalog" {
    start_owner
    run --separate-stderr "$program" --ontology ontology list
    [ "$status" -eq 3 ]
    [[ $stderr == *--ontology* ]]
    end_owner
}

@test "the socket is for its owner alone, in a directory of any length" {
    local long=$tmp i
    for ((i = 0; i < 5; i++)); do
        long=$long/a-rather-long-name-of-a-directory-in-a-rather-long-path
        mkdir "$long"
    done
    INTERCLOUD_DB=$long/db
    import_examples
    start_owner
    [ "$(stat -c %a "$INTERCLOUD_DB/socket")" = 600 ]
    run --separate-stderr "$program" match "$request"
    [ "$output" = $'cloud2\ncloud5' ]
    end_owner
}

@test "nonsense on the socket does not disturb the owner" {
    start_owner
    run /usr/bin/python3 - "$INTERCLOUD_DB/socket" <<'EOP'
import random, socket, sys
random.seed(7)
hello = b'H' + (4).to_bytes(4, 'big') + (1).to_bytes(4, 'big')
starts = [b'', hello, hello + b'R', hello + b'R' + (2**31).to_bytes(4, 'big'),
          hello + b'R' + (9).to_bytes(4, 'big') + b'\0' * 9,
          hello + b'R' + (13).to_bytes(4, 'big') + b'\0' * 5 + (2**31).to_bytes(4, 'big') + b'\xff' * 4]
for i in range(300):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(sys.argv[1])
    try:
        s.sendall(random.choice(starts) + random.randbytes(random.randrange(64)))
        if i % 3 == 0:
            s.shutdown(socket.SHUT_WR)
            while s.recv(4096):
                pass
    except (BrokenPipeError, ConnectionResetError):
        pass
    s.close()
EOP
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" match "$request"
    [ "$output" = $'cloud2\ncloud5' ]
    end_owner
}

@test "a missing, a read-only and a foreign directory are told apart" {
    run --separate-stderr "$program" --db "$tmp/none/db" list
    [ "$status" -eq 1 ]
    run --separate-stderr "$program" --db "$tmp/none/db" import data/cloud1.ttl
    [ "$status" -ne 0 ]
    [[ $stderr == *"$tmp/none/db"* ]]
    mkdir "$tmp/foreign"
    echo something >"$tmp/foreign/file"
    run --separate-stderr "$program" --db "$tmp/foreign" list
    [ "$status" -ne 0 ]
    [[ $stderr == *"$tmp/foreign"* ]]
    [ "$(ls "$tmp/foreign")" = file ]
    echo 'intercloud-catalog 999' >"$INTERCLOUD_DB/format"
    run --separate-stderr "$program" list
    [ "$status" -eq 3 ]
    [[ $stderr == *"import --restore"* ]]
}

@test "a query whose caller was killed ends" {
    start_owner
    local threads query
    threads=$(ls "/proc/$owner/task" | wc -l)
    "$program" sparql 'SELECT * { GRAPH ?f { ?a ?b ?c } GRAPH ?g { ?d ?e ?h }
        GRAPH ?i { ?j ?k ?l } FILTER(?a = ?j && ?c = ?d && ?b = "none") }' 3>&- 7>&- &
    query=$!
    pids+=("$query")
    more_threads() { [ "$(ls "/proc/$owner/task" | wc -l)" -gt "$threads" ]; }
    fewer_threads() { ! more_threads; }
    wait_until more_threads
    kill -9 "$query"
    wait_until fewer_threads
    end_owner # which waits for its readers
    grep -q "stored" "$tmp/owner.out"
}
