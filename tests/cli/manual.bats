#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual page and the completion say what --help says.

setup() {
    program=${BUILD:-build}/intercloud-catalog
    source catalog/intercloud-catalog.bash
}

# "COMMAND" and "COMMAND --option" lines from the help texts.
from_help() {
    local command
    "$program" --help | sed -n '/^Options in front/,/^$/s/^  \(--[a-z-]*\).*/(program) \1/p'
    "$program" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z]\+\( [a-z]\+\)\?\) .*/\1/p' |
        while read -r command; do
            echo "$command"
            # shellcheck disable=SC2086
            "$program" $command --help | sed -n "/^Options:\$/,\$s/^  \\(--[a-z-]*\\).*/$command \\1/p" |
                grep -v -- ' --help$'
        done
}

# The same lines from the manual page's headings and lists.
from_manual() {
    awk '/^\.Sh DESCRIPTION/ { command = "(program)" }
         /^\.Sh REQUESTS/ { command = "" }
         /^\.Ss / { command = $2; if ($3 ~ /^[a-z]/) command = command " " $3; print command }
         /^\.Sh ENVIRONMENT/ { command = "" }
         /^\.It Fl / { sub(/^-/, "--", $3); print command " " $3 }' catalog/intercloud-catalog.1
}

@test "every command and option of --help is in the manual page, and nothing else" {
    from_help | sort >"$BATS_TEST_TMPDIR/help"
    from_manual | sort >"$BATS_TEST_TMPDIR/manual"
    [ "$(grep -c 'match --' "$BATS_TEST_TMPDIR/help")" -ge 5 ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
}

@test "the manual page is the page of the program's name, with the usual sections" {
    local section
    for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT "EXIT STATUS" EXAMPLES; do
        grep -qx "\.Sh $section" catalog/intercloud-catalog.1
    done
    grep -q '^\.Dt INTERCLOUD-CATALOG 1$' catalog/intercloud-catalog.1
    if command -v groff; then
        run groff -mdoc -ww -Tutf8 -z catalog/intercloud-catalog.1
        [ -z "$output" ]
    fi
}

complete_words() {
    COMP_WORDS=("$program" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _intercloud_catalog
    echo "${COMPREPLY[*]}"
}

@test "completion offers the commands" {
    [ "$(complete_words ma)" = match ]
    [ "$(complete_words --db somewhere ma)" = match ]
    [ "$(complete_words ontology l)" = load ]
}

@test "completion offers a command's options" {
    [ "$(complete_words match --expl)" = --explain ]
    [ "$(complete_words --on)" = --ontology ]
    [[ " $(complete_words import --) " == *" --lease "* ]]
}

# The options of a program with one list of them, from its help and from its page.
same_options() {
    local programs=${BUILD:-build}
    "$programs/$1" --help | grep -o -- '^  --[a-z-]*' | sort -u >"$BATS_TEST_TMPDIR/help"
    sed -n 's/^\.It Fl -\([a-z-]*\).*/  --\1/p' "xmpp-frontend/$1.1" | sort -u >"$BATS_TEST_TMPDIR/manual"
    [ -s "$BATS_TEST_TMPDIR/help" ]
    diff -u "$BATS_TEST_TMPDIR/help" "$BATS_TEST_TMPDIR/manual"
}

@test "the options of the exchange and the gateway are in their manual pages, and nothing else" {
    same_options intercloud-exchange
    same_options intercloud-gateway
}

@test "the keys of the gateway's example configuration are in its manual page" {
    sed -n 's/^#\{0,1\}\([a-z_]\{1,\}\) = .*/\1/p' xmpp-frontend/gateway.conf.example |
        sort >"$BATS_TEST_TMPDIR/keys"
    sed -n 's/^\.It Cm //p' xmpp-frontend/intercloud-gateway.1 | sed 's/ , /\n/' |
        sort >"$BATS_TEST_TMPDIR/manual"
    [ -s "$BATS_TEST_TMPDIR/keys" ]
    diff -u "$BATS_TEST_TMPDIR/keys" "$BATS_TEST_TMPDIR/manual"
}
