#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is very large, and the limits that can be configured.

load shell_support

setup() {
    shell_setup
    unset INTERCLOUD_LIMITS
    tmp=$BATS_TEST_TMPDIR
}

# Turtle of one cloud with a million statements: 1,000 values of each of 1,000 properties, less
# the two that make it a cloud.
million_statements() {
    /usr/bin/python3 -c '
print("@prefix : <http://www.csp/resOntology#> . @prefix x: <http://example.org/x#> .")
print("<http://a.example/> a :Cloud ; :cloudName \"a\"")
for p in range(1000):
    print("; x:p%d" % p, ", ".join("\"%d\"" % v for v in range(2 if p == 0 else 0, 1000)))
print(".")'
}

# Turtle of one cloud with a description of $1 MiB.
long_text() {
    /usr/bin/python3 -c '
import sys
print("@prefix : <http://www.csp/resOntology#> .")
print("<http://a.example/> a :Cloud ; :cloudName \"a\" ; :description \"%s\" ." %
      ("0123456789abcdef" * (int(sys.argv[1]) * 65536)))' "$1"
}

# Runs a command with so many MiB of address space; a sanitizer needs more than any for itself.
within() {
    if grep -q __asan_init "$program"; then
        shift
        "$@"
        return
    fi
    (ulimit -v $(($1 * 1024)) && shift && "$@")
}

@test "a cloud of a million statements is published, and found, within 640 MiB" {
    million_statements >"$tmp/a.ttl"
    run --separate-stderr within 640 "$program" import "$tmp/a.ttl"
    [ "$status" -eq 0 ]
    [ "$output" = "$tmp/a.ttl: 1 cloud (1 new), 1 offer, 1000000 statements" ]
    run --separate-stderr within 640 "$program" sparql --results csv \
        'SELECT ?p { ?s ?p "1" }'
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1000 ] # a heading, and all properties but the first
    [ "$("$program" list --json | json 'j[0]["statements"]')" -eq 1000000 ]
}

@test "a cloud of more statements than a transaction has room for is refused by the limit's name" {
    million_statements >"$tmp/a.ttl"
    small_cloud b 1 >"$tmp/b.ttl"
    "$program" import "$tmp/b.ttl"
    INTERCLOUD_LIMITS='transaction=16 MiB' run --separate-stderr within 640 \
        "$program" import "$tmp/a.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/a.ttl:"*"than the limit transaction = 16 MiB; publish less at once, or raise"* ]]
    INTERCLOUD_LIMITS='statements=1000' run --separate-stderr "$program" import "$tmp/a.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/a.ttl:"*"more statements than the limit statements = 1000; "* ]]
    [ "$("$program" list --json | json '" ".join(a["name"] for a in j)')" = b ]
    "$program" verify
}

@test "a text of 16 MiB is published, shown and queried; one of 17 MiB is refused" {
    long_text 16 >"$tmp/16.ttl"
    long_text 17 >"$tmp/17.ttl"
    "$program" import "$tmp/16.ttl"
    "$program" show a >"$tmp/shown"
    [ "$(grep -o '0123456789abcdef' "$tmp/shown" | wc -l)" -eq 1048576 ]
    "$program" sparql --results csv 'SELECT ?d { ?s <http://www.csp/resOntology#description> ?d }' \
        >"$tmp/found"
    [ "$(tail -n 1 "$tmp/found" | tr -d '\r\n' | wc -c)" -eq 16777216 ]
    run --separate-stderr "$program" import "$tmp/17.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/17.ttl:"*"a term of 17825792 bytes is longer than the limit term = 16 MiB; "* ]]
    "$program" verify
}

@test "a query that must hold more than its result may is refused, and others are not" {
    /usr/bin/python3 -c '
for i in range(20000):
    print("<http://x.org/%d> <http://x.org/p> \"value %d\" ." % (i % 5000, i))' >"$tmp/g.nt"
    "$program" import --graph http://x.org/g "$tmp/g.nt"
    query='SELECT ?o { GRAPH <http://x.org/g> { ?s ?p ?o } } ORDER BY ?o'
    [ "$("$program" sparql --results csv "$query" | wc -l)" -eq 20001 ]
    run --separate-stderr "$program" sparql --results csv --memory 1MiB "$query"
    [ "$status" -eq 1 ]
    [[ $stderr == "query: "*"than the limit result = 1 MiB; "* ]]
    INTERCLOUD_LIMITS=result=1MiB run --separate-stderr "$program" sparql --results csv "$query"
    [ "$status" -eq 1 ]
    [[ $stderr == "query: "*"than the limit result = 1 MiB; "* ]]
    run --separate-stderr "$program" sparql --results csv --memory 1MiB "${query% ORDER*}"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 20001 ]
}

@test "a limit that cannot be is a wrong use, and nothing is opened" {
    INTERCLOUD_LIMITS=cache=1 run --separate-stderr "$program" list
    [ "$status" -eq 2 ]
    [[ $stderr == '$INTERCLOUD_LIMITS: the limit cache = "1" is not from 1 MiB to 64 GiB; '* ]]
    INTERCLOUD_LIMITS=speed=1 run --separate-stderr "$program" import data/cloud1.ttl
    [ "$status" -eq 2 ]
    [[ $stderr == '$INTERCLOUD_LIMITS: "speed=1" sets no limit; '*' cache, postings, '* ]]
    run --separate-stderr "$program" sparql --empty --memory lots 'ASK {}'
    [ "$status" -eq 2 ]
    [[ $stderr == 'sparql: --memory: the limit result = "lots" is not from '* ]]
    [ ! -e "$INTERCLOUD_DB" ]
}
