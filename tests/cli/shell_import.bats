#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intercloud-catalog import.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
}

names() {
    "$program" list --json | json '" ".join(a["name"] for a in j)'
}

@test "the example clouds are published, whatever their format" {
    run --separate-stderr "$program" import data/cloud[1-8].*
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    [ "${#lines[@]}" -eq 8 ]
    [[ ${lines[0]} =~ ^data/cloud1\.ttl:\ 1\ cloud\ \(1\ new\),\ [0-9]+\ offers?,\ [0-9]+\ statements$ ]]
    [ "$(names)" = "cloud1 cloud2 cloud3 cloud4 cloud5 cloud6 cloud7 cloud8" ]
}

@test "- is standard input, and --json reports each advertisement" {
    run --separate-stderr bash -c '"$1" import --json - <data/cloud1.ttl' - "$program"
    [ "$status" -eq 0 ]
    [ "$(json '[(a["file"], a["name"], a["outcome"], a["version"], a["owner"], a["expires"]) for a in j]' \
        <<<"$output")" = "[('-', 'cloud1', 'new', 1, 'admin', None)]" ]
}

@test "the same again renews, something else replaces" {
    small_cloud a 1 >"$tmp/a1.ttl"
    small_cloud a 2 >"$tmp/a2.ttl"
    run "$program" import --json "$tmp/a1.ttl" "$tmp/a1.ttl" "$tmp/a2.ttl"
    [ "$status" -eq 0 ]
    [ "$(json '[(a["outcome"], a["version"]) for a in j]' <<<"$output")" = \
        "[('new', 1), ('renewed', 1), ('replaced', 2)]" ]
}

@test "each file is all or nothing, and the first bad one ends the work" {
    { small_cloud b 1 && echo 'this is not Turtle .'; } >"$tmp/bad.ttl"
    small_cloud a 1 >"$tmp/a.ttl"
    small_cloud c 1 >"$tmp/c.ttl"
    run --separate-stderr "$program" import --format turtle "$tmp/a.ttl" "$tmp/bad.ttl" "$tmp/c.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/bad.ttl:3:"* ]]
    [ "${#lines[@]}" -eq 1 ]
    [ "$(names)" = a ]
}

@test "a failed import with --json still prints valid JSON" {
    small_cloud a 1 >"$tmp/a.ttl"
    run --separate-stderr "$program" import --json "$tmp/a.ttl" "$tmp/none.ttl"
    [ "$status" -eq 1 ]
    [ "$(json 'len(j)' <<<"$output")" -eq 1 ]
    [ "$stderr" = "$tmp/none.ttl: cannot open it: No such file or directory" ]
}

@test "--cloud names a cloud for a document that names none" {
    printf '@prefix : <http://www.csp/resOntology#> .\n<urn:x> :availabilityQuantity 5 .\n' \
        >"$tmp/nameless.ttl"
    run --separate-stderr "$program" import "$tmp/nameless.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == *--cloud* ]]
    "$program" import --cloud solo "$tmp/nameless.ttl"
    [ "$(names)" = solo ]
}

@test "--owner is normalised; the name is his from then on" {
    "$program" import --owner User@Cloud1.ORG/home data/cloud1.ttl
    [ "$("$program" list --json | json 'j[0]["owner"]')" = user@cloud1.org ]
    run --separate-stderr "$program" import --owner other@cloud1.org data/cloud1.ttl
    [ "$status" -eq 4 ]
    run --separate-stderr "$program" import data/cloud1.ttl
    [ "$status" -eq 4 ]
    [ "$("$program" list --json | json 'j[0]["version"]')" -eq 1 ]
}

@test "--lease ends an advertisement" {
    INTERCLOUD_NOW=2030-01-01T00:00:00Z "$program" import --lease PT1H data/cloud1.ttl
    [ "$("$program" list --json | json 'j[0]["expires"]')" = 2030-01-01T01:00:00Z ]
    INTERCLOUD_NOW=2030-01-01T00:59:59Z run -0 --separate-stderr "$program" match 'availabilityQuantity 1'
    [ "$output" = cloud1 ]
    INTERCLOUD_NOW=2030-01-01T01:00:01Z run -0 --separate-stderr "$program" match 'availabilityQuantity 1'
    [ -z "$output" ]
    INTERCLOUD_NOW=2030-01-01T01:00:01Z run -0 "$program" list
    [[ $output == *expired* ]]
}

@test "--dry-run checks and changes nothing" {
    import_examples
    before=$("$program" stats --json)
    small_cloud new 1 >"$tmp/new.ttl"
    run --separate-stderr "$program" import --dry-run "$tmp/new.ttl"
    [ "$status" -eq 0 ]
    [[ $output == *"nothing was changed" ]]
    run --separate-stderr "$program" import --dry-run --owner a@b.org data/cloud1.ttl
    [ "$status" -eq 4 ]
    [ "$("$program" list --json | json 'len(j)')" -eq 8 ]
    [ "$("$program" stats --json | json 'j["sequence"]')" = "$(json 'j["sequence"]' <<<"$before")" ]
}

@test "warnings have a place, and --strict makes errors of them" {
    printf '@prefix : <http://www.csp/resOntology#> .\n' >"$tmp/w.ttl"
    printf '<urn:w> a :Cloud ; :cloudName "w" ;\n    :tierCountries "Atlantis" .\n' >>"$tmp/w.ttl"
    run --separate-stderr "$program" import --strict "$tmp/w.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/w.ttl:3:"*Atlantis* ]]
    [ "$(names)" = "" ]
    run --separate-stderr "$program" import "$tmp/w.ttl"
    [ "$status" -eq 0 ]
    [[ $stderr == "$tmp/w.ttl:3:"*"warning: "*Atlantis* ]]
    [ "$(names)" = w ]
}

@test "--graph fills a plain graph, which takes no part in matching" {
    run --separate-stderr "$program" import --graph urn:plain data/cloud2.ttl
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" match 'availabilityQuantity 1'
    [ -z "$output" ]
    run --separate-stderr "$program" sparql --results csv \
        'SELECT (COUNT(*) AS ?n) { GRAPH <urn:plain> { ?s ?p ?o } }'
    [ "${lines[1]//$'\r'/}" -gt 10 ]
    run --separate-stderr "$program" import --graph urn:intercloud:ontology data/cloud2.ttl
    [ "$status" -eq 4 ]
}

@test "--formats lists what can be read" {
    run --separate-stderr "$program" import --formats
    [ "$status" -eq 0 ]
    local format
    for format in turtle ntriples nquads rdfxml advertisement; do
        grep -q "^$format " <<<"$output"
    done
    [ "$("$program" import --formats --json | json '[f["media-type"] for f in j if f["format"] == "turtle"]')" = \
        "['text/turtle']" ]
    [ ! -e "$INTERCLOUD_DB" ]
}

@test "--format is obeyed where the content says otherwise" {
    run --separate-stderr "$program" import --format rdfxml data/cloud1.ttl
    [ "$status" -eq 1 ]
    [[ $stderr == data/cloud1.ttl:* ]]
}

@test "a directory, an unreadable name and an empty file are errors with the file's name" {
    : >"$tmp/empty.ttl"
    local file
    for file in "$tmp" "$tmp/none" "$tmp/empty.ttl"; do
        run --separate-stderr "$program" import "$file"
        [ "$status" -eq 1 ]
        [[ $stderr == "$file:"* ]]
    done
}

@test "bad bytes are refused with their place and reach no terminal" {
    { small_cloud a 1; printf '<urn:x> <urn:p> "\xff" .\n'; } >"$tmp/latin.ttl"
    run --separate-stderr "$program" import "$tmp/latin.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/latin.ttl:3:"* ]]
    { small_cloud a 1; printf '<urn:x> <urn:p> "\\u0000" .\n'; } >"$tmp/nul.ttl"
    run --separate-stderr "$program" import "$tmp/nul.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/nul.ttl:3:"* ]]
    { small_cloud a 1; printf '\x1b]0;x\x07 .\n'; } >"$tmp/escape.ttl"
    run --separate-stderr "$program" import "$tmp/escape.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr != *$'\x1b'* ]]
}

@test "progress is shown on a terminal only" {
    /usr/bin/python3 -c "import pty; pty.openpty()" 2>"$tmp/pty" || skip "no pseudo-terminals here"
    seq 300000 | sed 's/.*/<urn:s&> <urn:p> "&" ./' >"$tmp/long.nt"
    run --separate-stderr "$program" import --graph urn:long "$tmp/long.nt"
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    run /usr/bin/python3 - "$program" "$tmp/long.nt" <<'EOP'
import os, pty, sys
def read(fd):
    data = os.read(fd, 65536)
    return data
status = pty.spawn([sys.argv[1], 'import', '--graph', 'urn:again', sys.argv[2]], read)
sys.exit(os.waitstatus_to_exitcode(status))
EOP
    [ "$status" -eq 0 ]
    [[ $output == *'%)'*statements* ]]
    # what was shown is cleared before the report
    [[ $output == *$'\r\e[K'"$tmp/long.nt: stored, 300000 statements"* ]]
}
