#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intercloud-catalog list, show, export, withdraw, stats, verify, backup.

load shell_support

setup() {
    shell_setup
    import_examples
    tmp=$BATS_TEST_TMPDIR
}

@test "list is a table, or JSON" {
    run --separate-stderr "$program" list
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^NAME\ +OWNER\ +VERSION\ +PUBLISHED\ +EXPIRES\ +OFFERS\ +FORMAT\ +STATE$ ]]
    [ "${#lines[@]}" -eq 9 ]
    [[ ${lines[2]} =~ ^cloud2\ +admin\ +1\ +20[0-9-]+T[0-9:.]+Z\ +never\ +3\ +turtle\ +live$ ]]
    [ "$("$program" list --json | json '[(a["name"], a["offers"], a["live"]) for a in j if a["name"] == "cloud2"]')" = \
        "[('cloud2', 3, True)]" ]
}

@test "show tells what became of what was stated" {
    run --separate-stderr "$program" show cloud2
    [ "$status" -eq 0 ]
    grep -q ':tierCountries place:JP ;  # normalised from "JAPAN"' <<<"$output"
    grep -q ':tierCountries place:JP ;  # inherited' <<<"$output"
    grep -q '^# cloud2, owner admin, version 1, live$' <<<"$output"
}

@test "show is Turtle, also of what was stated, and says the same as the JSON" {
    local cloud form
    for cloud in 1 2 3 4 5 6 7 8; do
        for form in '' --stated; do
            # shellcheck disable=SC2086
            "$program" show $form cloud$cloud >"$tmp/shown.ttl"
            # shellcheck disable=SC2086
            [ "$("$program" show $form --json cloud$cloud | json 'len(j["statements"])')" -eq \
                "$("$program" convert --from turtle --to ntriples "$tmp/shown.ttl" | wc -l)" ]
        done
    done
}

@test "show --stated is what the owner wrote" {
    "$program" show --stated cloud1 >"$tmp/shown.ttl"
    "$program" convert --from turtle --to ntriples "$tmp/shown.ttl" | sort >"$tmp/shown.nt"
    "$program" convert --to ntriples data/cloud1.ttl | sort >"$tmp/written.nt"
    diff "$tmp/written.nt" "$tmp/shown.nt"
}

@test "show --json has each statement's flags and its original" {
    [ "$("$program" show --json cloud2 | json '[s["original"]["value"] for s in j["statements"]
        if s["flags"] == ["normalised"] and s["object"]["value"].endswith("place#JP")][:1]')" = "['JAPAN']" ]
}

@test "control characters in values are escaped" {
    printf '@prefix : <http://www.csp/resOntology#> .\n<urn:o> a :Cloud ; :cloudName "esc" ; :provider "a\\u001B[2J\\u009B" .\n' |
        "$program" import -
    run --separate-stderr "$program" show esc
    [[ $output == *':provider "a\u001B[2J\u009B"'* ]]
    [[ $output != *$'\x1b'* ]]
    run --separate-stderr "$program" show --json esc
    [[ $output != *$'\x1b'* && $output != *$'\xc2\x9b'* ]]
}

@test "an unknown cloud is an error" {
    run --separate-stderr "$program" show cloud99
    [ "$status" -eq 1 ]
    [ "$stderr" = 'no cloud called "cloud99" is advertised; `list` shows all' ]
    run --separate-stderr "$program" withdraw cloud99
    [ "$status" -eq 1 ]
    [ "$stderr" = 'no cloud called "cloud99" is advertised; `list` shows all' ]
}

@test "withdraw ends an advertisement" {
    run --separate-stderr "$program" withdraw cloud2
    [ "$status" -eq 0 ]
    [ "$output" = "cloud2: withdrawn" ]
    run --separate-stderr "$program" match "$request"
    [ "$output" = cloud5 ]
    [ "$("$program" withdraw --json cloud5 | json '(j["name"], j["outcome"])')" = "('cloud5', 'withdrawn')" ]
    run --separate-stderr "$program" match "$request"
    [ -z "$output" ]
}

@test "export and import --restore give the same catalog" {
    "$program" import --graph urn:plain data/cloud3.ttl
    "$program" export >"$tmp/all.nq"
    [ "$("$program" export --json | json 'len(j)')" -eq "$(wc -l <"$tmp/all.nq")" ]
    run --separate-stderr "$program" --db "$tmp/copy" import --restore "$tmp/all.nq"
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" --db "$tmp/copy" verify
    [ "$status" -eq 0 ]
    diff <("$program" list) <("$program" --db "$tmp/copy" list)
    diff <("$program" export | sort | grep -v urn:intercloud:metadata) \
        <("$program" --db "$tmp/copy" export | sort | grep -v urn:intercloud:metadata)
    run --separate-stderr "$program" --db "$tmp/copy" match "$request"
    [ "$output" = $'cloud2\ncloud5' ]
    run --separate-stderr "$program" import --restore "$tmp/all.nq"
    [ "$status" -ne 0 ]
}

@test "stats counts, as text and as JSON" {
    run --separate-stderr "$program" stats
    [ "$status" -eq 0 ]
    grep -q '^advertisements  *8$' <<<"$output"
    [ "$("$program" stats --json | json '(j["advertisements"], j["live-advertisements"], len(j["uuid"]))')" = "(8, 8, 36)" ]
    # What the catalog keeps in memory is some of its pages and nothing for readers that are gone.
    [ "$("$program" stats --json | json '(0 < j["memory-cache"] <= j["database-bytes"], j["memory-versions"])')" = "(True, 0)" ]
}

@test "verify finds a sound catalog sound and a damaged one not" {
    run --separate-stderr "$program" verify
    [ "$status" -eq 0 ]
    [ "$("$program" verify --json | json 'j["sound"]')" = True ]
    # every page of one database but its first is overwritten
    local file=("$INTERCLOUD_DB"/postings.*.db)
    [ "${#file[@]}" -eq 1 ] && [ -s "${file[0]}" ]
    dd if=/dev/urandom of="${file[0]}" bs=4096 seek=1 count=2 conv=notrunc status=none
    # Berkeley DB does not free its memory once it has found damage
    ASAN_OPTIONS=detect_leaks=0 run --separate-stderr "$program" verify
    [ "$status" -eq 3 ]
    [[ $stderr == *"${file[0]##*/}"* ]]
}

@test "backup copies the catalog, to where the caller says" {
    local path here=$PWD
    path=$(realpath "$program")
    cd "$tmp"
    run --separate-stderr "$path" backup copy
    cd "$here"
    [ "$status" -eq 0 ]
    run --separate-stderr "$program" --db "$tmp/copy" match "$request"
    [ "$output" = $'cloud2\ncloud5' ]
    run --separate-stderr "$program" backup "$tmp/copy"
    [ "$status" -ne 0 ]
    [ "$("$program" backup --json "$tmp/other" | json 'j["backup"]')" = "$tmp/other" ]
}
