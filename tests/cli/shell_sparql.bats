#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intercloud-catalog sparql on files, and convert.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
    printf '<urn:a> <urn:p> <rel> , "x" .\n_:b <urn:p> "y"@en .\n' >"$tmp/one.ttl"
    printf '<urn:c> <urn:p> "z" .\n_:b <urn:p> "w" .\n' >"$tmp/two.nt"
}

csv() {
    run --separate-stderr "$program" sparql --results csv "$@"
    output=${output//$'\r'/}
}

@test "--data fills the default graph, --graph named graphs, without a catalog" {
    csv --data "$tmp/one.ttl" 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'
    [ "$output" = $'n\n3' ]
    csv --data "$tmp/one.ttl" --graph "urn:g?a=b=$tmp/two.nt" \
        'SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g'
    [ "$output" = $'g,n\nurn:g?a=b,2' ]
    csv --data "$tmp/one.ttl" --data "$tmp/one.ttl" --data "$tmp/two.nt" \
        'SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o FILTER isBlank(?s) }'
    [ "$output" = $'n\n3' ]
    [ ! -e "$INTERCLOUD_DB" ]
}

@test "the base of a data file is its own address" {
    csv --data "$tmp/one.ttl" 'SELECT ?o { <urn:a> <urn:p> ?o FILTER isIRI(?o) }'
    [ "$output" = "o"$'\n'"file://$(realpath "$tmp")/rel" ]
}

@test "--empty queries nothing, and --base resolves" {
    csv --empty 'SELECT * { ?s ?p ?o }'
    [ "$output" = "s,p,o" ]
    csv --empty --base http://base.example/ 'SELECT (STR(<x>) AS ?i) {}'
    [ "$output" = $'i\nhttp://base.example/x' ]
}

@test "each result format is what it says" {
    [ "$("$program" sparql --data "$tmp/two.nt" --json 'SELECT ?s { ?s <urn:p> "z" }' |
        json 'j["results"]["bindings"][0]["s"]["value"]')" = urn:c ]
    "$program" sparql --data "$tmp/two.nt" --results xml 'SELECT ?s { ?s ?p ?o }' | xmllint --noout -
    [ "$("$program" sparql --empty --results json 'ASK {}' | json 'j["boolean"]')" = True ]
    run --separate-stderr "$program" sparql --data "$tmp/two.nt" --results ntriples \
        'CONSTRUCT { ?s <urn:q> ?o } { ?s <urn:p> ?o FILTER isIRI(?s) }'
    [ "$output" = '<urn:c> <urn:q> "z" .' ]
    run --separate-stderr "$program" sparql --empty --results csv 'ASK {}'
    [ "$status" -eq 1 ]
}

@test "--check accepts and refuses without running" {
    run --separate-stderr "$program" sparql --check 'SELECT * { ?s ?p ?o }'
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
    run --separate-stderr "$program" sparql --check 'SELECT * { ?s ?p }'
    [ "$status" -eq 1 ]
    [[ $stderr == query:1* ]]
}

@test "--timeout ends a query that takes too long, with status 3" {
    seq 300 | sed 's/.*/<urn:s&> <urn:p> "&" ./' >"$tmp/many.nt"
    run --separate-stderr timeout 60 "$program" sparql --data "$tmp/many.nt" --timeout 0.2 \
        'SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }'
    [ "$status" -eq 3 ]
    [ -n "$stderr" ]
}

@test "an unknown engine is refused" {
    run --separate-stderr "$program" sparql --empty --engine abacus 'ASK {}'
    [ "$status" -ne 0 ]
    [[ $stderr == *abacus* ]]
}

@test "convert reads by content and writes the format asked for" {
    run --separate-stderr "$program" convert --to ntriples "$tmp/two.nt"
    [ "$status" -eq 0 ]
    [ "${lines[0]}" = '<urn:c> <urn:p> "z" .' ]
    run --separate-stderr "$program" convert --from turtle --base http://base.example/ --to ntriples - <"$tmp/one.ttl"
    [ "${lines[0]}" = '<urn:a> <urn:p> <http://base.example/rel> .' ]
    "$program" convert --to rdfxml "$tmp/two.nt" | xmllint --noout -
    [ "$("$program" convert --json "$tmp/two.nt" | json '(len(j), j[0]["object"]["value"], j[0]["graph"])')" = \
        "(2, 'z', None)" ]
}

@test "convert writes N-Quads by itself when there are graph names" {
    echo '<urn:a> <urn:p> "x" <urn:g> .' >"$tmp/q.nq"
    run --separate-stderr "$program" convert "$tmp/q.nq"
    [ "$output" = '<urn:a> <urn:p> "x" <urn:g> .' ]
    run --separate-stderr "$program" convert --to turtle "$tmp/q.nq"
    [ "$status" -eq 1 ]
}

@test "convert goes round through every format without loss" {
    local cloud format
    for cloud in data/cloud1.ttl data/cloud2.ttl data/cloud5.rdf; do
        "$program" convert --to ntriples "$cloud" | sort >"$tmp/expected"
        for format in turtle rdfxml nquads; do
            "$program" convert --to $format "$cloud" >"$tmp/there"
            "$program" convert --from $format --to ntriples "$tmp/there" | sort >"$tmp/back"
            diff "$tmp/expected" "$tmp/back"
        done
    done
}

@test "convert of something wrong has file, line and column" {
    printf '<urn:a> <urn:b> .\n' >"$tmp/bad.ttl"
    run --separate-stderr "$program" convert --from turtle "$tmp/bad.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr =~ ^$tmp/bad.ttl:1:[0-9]+:\  ]]
    [ -z "$output" ]
}
