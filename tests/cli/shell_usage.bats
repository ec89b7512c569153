#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The command line of intercloud-catalog: options, help, exit statuses.

load shell_support

setup() {
    shell_setup
}

@test "--version names the program" {
    run --separate-stderr "$program" --version
    [ "$status" -eq 0 ]
    [[ $output =~ ^intercloud-catalog\ [0-9]+\.[0-9]+ ]]
    [ -z "$stderr" ]
}

@test "--help goes to stdout and names every command of the contract" {
    run --separate-stderr "$program" --help
    [ "$status" -eq 0 ]
    local command
    for command in import match sparql convert list show export withdraw stats verify backup \
        'ontology load' 'ontology check' 'ontology show'; do
        grep -q "^  $command  " <<<"$output"
    done
}

@test "every command has its own help, with or without a catalog" {
    local command
    for command in import match sparql convert list show export withdraw stats verify backup \
        'ontology load' 'ontology check' 'ontology show'; do
        # shellcheck disable=SC2086
        run --separate-stderr "$program" $command --help
        [ "$status" -eq 0 ]
        [[ $output == "usage: intercloud-catalog $command"* ]]
        [ -z "$stderr" ]
    done
}

@test "without a command it prints the help on stderr and fails with status 2" {
    run --separate-stderr "$program"
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ $stderr == usage:* ]]
}

@test "an unknown command or option is refused with the nearest" {
    run --separate-stderr "$program" imprt x
    [ "$status" -eq 2 ]
    [ "$stderr" = "unknown command 'imprt'; did you mean 'import'?" ]
    run --separate-stderr "$program" ontology lod x
    [ "$status" -eq 2 ]
    [[ $stderr == *"did you mean 'ontology load'?" ]]
    run --separate-stderr "$program" list --jsn
    [ "$status" -eq 2 ]
    [ "$stderr" = "list: unknown option --jsn; did you mean --json?" ]
    run --separate-stderr "$program" zzzzzz
    [ "$status" -eq 2 ]
    [[ $stderr != *"did you mean"* ]]
    run --separate-stderr "$program" list -x
    [ "$status" -eq 2 ]
    run --separate-stderr "$program" ontology
    [ "$status" -eq 2 ]
}

@test "control characters in arguments are escaped in messages" {
    run --separate-stderr "$program" $'li\x1bst'
    [ "$status" -eq 2 ]
    [[ $stderr == *'li\x1Bst'* ]]
    [[ $stderr != *$'\x1b'* ]]
}

@test "missing and surplus arguments are usage errors" {
    local line
    for line in 'import' 'match' 'sparql' 'convert' 'show' 'withdraw' 'backup' 'ontology load' \
        'list x' 'convert a b' 'show a b' 'import --format' 'list --json=1' 'list --json --json' \
        '--db' 'list --db x' 'import --format nothing x' 'import --lease 5 x' \
        'import --owner @ x' 'import --graph urn:g --cloud c x' 'import --graph urn:g x y' \
        'import --restore --owner a@b x' 'match --limit 0 x' 'match --limit 1x x' \
        'match --format html x' 'match --format xml --offers x' 'match --request f x' \
        'match --at noon x' 'match --as @ x' 'sparql --file f q' 'sparql --timeout soon q' \
        'sparql --graph x q' 'sparql --empty --as a@b q' 'sparql --json --results csv q' \
        'sparql --empty --results pdf ASK{}' 'convert --from x f' 'convert --to x f' \
        'export --format turtle'; do
        # shellcheck disable=SC2086
        run --separate-stderr "$program" $line
        [ "$status" -eq 2 ] || { echo "$line: $status"; false; }
        [ -z "$output" ]
        [ "${#stderr_lines[@]}" -eq 1 ]
    done
    [ ! -e "$INTERCLOUD_DB" ]
}

@test "what this version does not do is refused by name, with status 1" {
    local option
    for option in --why-not --why-not=cloud1 --who-would-match=f --provenance --shuffle=1; do
        run --separate-stderr "$program" match "$option" 'availabilityQuantity 1'
        [ "$status" -eq 1 ]
        [[ $stderr == "match: this version does not do ${option%%=*} yet" ]]
    done
    for option in --update --check-update --explain; do
        run --separate-stderr "$program" sparql --empty "$option" 'ASK {}'
        [ "$status" -eq 1 ]
        [[ $stderr == "sparql: this version does not do ${option%%=*} yet" ]]
    done
}

@test "-- ends the options, and options may stand behind operands" {
    run --separate-stderr "$program" convert -- --help
    [ "$status" -eq 1 ]
    [[ $stderr == --help:* ]]
    small_cloud a 1 >"$BATS_TEST_TMPDIR/a.ttl"
    run --separate-stderr "$program" convert "$BATS_TEST_TMPDIR/a.ttl" --to ntriples
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 3 ]
}

@test "reading commands do not make a catalog" {
    local line
    for line in list stats verify export 'show c' 'withdraw c' 'match availabilityQuantity' \
        'sparql ASK{}' 'ontology show' "import --dry-run data/cloud1.ttl" \
        "backup $BATS_TEST_TMPDIR/b"; do
        # shellcheck disable=SC2086
        run --separate-stderr "$program" $line
        [ "$status" -eq 1 ] || { echo "$line: $status"; false; }
        [[ $stderr == *"there is no catalog"* ]]
        [ ! -e "$INTERCLOUD_DB" ]
    done
}

@test "the catalog is --db, else \$INTERCLOUD_DB, else ./catalog.db" {
    "$program" import data/cloud1.ttl
    "$program" --db "$BATS_TEST_TMPDIR/other" import data/cloud3.ttl
    run --separate-stderr "$program" --db "$BATS_TEST_TMPDIR/other" list
    [[ $output == *cloud3* && $output != *cloud1* ]]
    run --separate-stderr "$program" list
    [[ $output == *cloud1* && $output != *cloud3* ]]
    local here=$PWD path
    path=$(realpath "$program")
    unset INTERCLOUD_DB
    cd "$BATS_TEST_TMPDIR"
    mv other catalog.db
    run --separate-stderr "$path" list
    cd "$here"
    [[ $output == *cloud3* ]]
}

@test "failing output is an error, a closed pipe is not one to talk about" {
    import_examples
    run --separate-stderr bash -c '"$1" export >/dev/full' - "$program"
    [ "$status" -eq 3 ]
    [[ $stderr == "cannot write to standard output: No space left on device" ]]
    run --separate-stderr bash -c '"$1" export | head -1; echo "${PIPESTATUS[0]}"' - "$program"
    [ "${lines[1]}" -eq 141 ]
    [ -z "$stderr" ]
}
