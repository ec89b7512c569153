#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intercloud-catalog ontology load, check, show.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
    mkdir "$tmp/ontology"
    cp ontology/*.ttl "$tmp/ontology"
}

@test "the ontology that comes with the program is good" {
    run --separate-stderr "$program" ontology check ontology
    [ "$status" -eq 0 ]
    [[ $output =~ ^ontology:\ [0-9]+\ attributes,\ [0-9]+\ schemes,\ [0-9]+\ concepts$ ]]
    [ "$("$program" ontology check --json ontology | json 'j["attributes"] >= 60 and j["concepts"] > 249')" = True ]
    [ ! -e "$INTERCLOUD_DB" ]
}

@test "a mistake is told with file and line, and nothing is loaded" {
    echo ':broken a owl:DatatypeProperty' >>"$tmp/ontology/resOntology.ttl"
    run --separate-stderr "$program" ontology check "$tmp/ontology"
    [ "$status" -eq 1 ]
    [[ $stderr =~ ^$tmp/ontology/resOntology.ttl:[0-9]+:[0-9]+:\  ]]
    cp ontology/resOntology.ttl "$tmp/ontology"
    printf '\n:halfDone a owl:DatatypeProperty ; rdfs:label "half done" .\n' >>"$tmp/ontology/resOntology.ttl"
    run --separate-stderr "$program" ontology check "$tmp/ontology"
    [ "$status" -eq 1 ]
    [[ $stderr =~ ^$tmp/ontology/resOntology.ttl:[0-9]+ ]]
    [[ $stderr == *halfDone* ]]
    import_examples
    before=$("$program" stats --json | json '(j["ontology-digest"], j["sequence"])')
    run --separate-stderr "$program" ontology load "$tmp/ontology"
    [ "$status" -eq 1 ]
    [ "$("$program" stats --json | json '(j["ontology-digest"], j["sequence"])')" = "$before" ]
}

@test "a directory without Turtle, or none, is an error" {
    mkdir "$tmp/empty"
    run --separate-stderr "$program" ontology check "$tmp/empty"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/empty: "* ]]
    run --separate-stderr "$program" ontology check "$tmp/none"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/none: "*"No such file or directory" ]]
}

@test "load changes what matches at the next request" {
    import_examples
    run --separate-stderr "$program" match 'tierCountries NIHONKOKU'
    [ -z "$output" ]
    printf '\n<http://www.csp/resOntology/place#JP> skos:altLabel "NIHONKOKU" .\n' >>"$tmp/ontology/countries.ttl"
    run --separate-stderr "$program" ontology load "$tmp/ontology"
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" match 'tierCountries NIHONKOKU'
    [[ $output == *cloud2* ]]
}

@test "load makes a catalog; --ontology tries one for a single command" {
    run --separate-stderr "$program" ontology load ontology
    [ "$status" -eq 0 ]
    [ -d "$INTERCLOUD_DB" ]
    import_examples
    printf '\n<http://www.csp/resOntology/place#JP> skos:altLabel "NIHONKOKU" .\n' >>"$tmp/ontology/countries.ttl"
    run --separate-stderr "$program" --ontology "$tmp/ontology" match 'tierCountries NIHONKOKU'
    [[ $output == *cloud2* ]]
    run --separate-stderr "$program" match 'tierCountries NIHONKOKU'
    [ -z "$output" ]
}

@test "show lists the attributes" {
    import_examples
    run --separate-stderr "$program" ontology show
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^ATTRIBUTE\ +VALUES\ +UNIT\ +COMPARISON\ +DESCRIBES\ +LABEL$ ]]
    local name
    for name in availabilityQuantity replicationFactor tierCountries StorageReplicationMethod \
        InterCloudStorageAccess; do
        grep -q "^$name " <<<"$output"
    done
    [ "$("$program" ontology show --json | json 'sorted(p["name"] for p in j) == [p["name"] for p in j] and len(j) >= 60')" = True ]
}

@test "show tells all about one, and names the nearest of an unknown one" {
    import_examples
    run --separate-stderr "$program" ontology show tierCountries
    [ "$status" -eq 0 ]
    grep -qx 'comparison  *within' <<<"$output"
    grep -Eq '^concepts +[0-9]+$' <<<"$output"
    [ "$("$program" ontology show --json availabilityQuantity | json '(j["kind"], j["comparison"])')" = \
        "('number', 'at least')" ]
    run --separate-stderr "$program" ontology show teirCountries
    [ "$status" -eq 1 ]
    [[ $stderr == *"did you mean 'tierCountries'?" ]]
}
