#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `make deps` does on machines that lack packages: stand-ins for dpkg-query, apt-get and id.

setup() {
    cd "$BATS_TEST_DIRNAME/../.."
    tools=$BATS_TEST_TMPDIR/tools
    mkdir -p "$tools"
    export LOG=$BATS_TEST_TMPDIR/log INSTALLED=$BATS_TEST_TMPDIR/installed
    touch "$LOG"
    printf '%s\n' gcc make >"$INSTALLED"
    tool dpkg-query 'grep -qx "${!#}" "$INSTALLED" && echo "ii "'
    tool apt-get 'echo "apt-get $*" >>"$LOG"'
    as_user 1000
}

tool() {
    printf '#!/bin/bash\n%s\n' "$2" >"$tools/$1"
    chmod +x "$tools/$1"
}

as_user() {
    tool id "echo $1"
}

deps() {
    PATH=$tools:$PATH run .ci/deps "$@"
}

@test "nothing missing: nothing said, nothing installed" {
    deps install gcc make
    [ "$status" = 0 ] && [ -z "$output" ]
    [ ! -s "$LOG" ]
}

@test "something missing without root: the install line and status 2" {
    deps install gcc libdb-dev make libgmp-dev
    [ "$status" = 2 ]
    [[ $output == *"apt-get install --no-install-recommends libdb-dev libgmp-dev"* ]]
    [ ! -s "$LOG" ]
}

@test "a package that starts a server is pointed out" {
    deps install prosody
    [ "$status" = 2 ]
    [[ $output == *"prosody package starts a server"* ]]
}

@test "make deps ends with status 2 as well, make alone names the packages" {
    PATH=$tools:$PATH run make deps
    [ "$status" = 2 ]
    [[ $output == *"apt-get install --no-install-recommends "*libdb-dev* ]]
    PATH=$tools:$PATH run make BUILD="$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/tree/catalog/status.o"
    [ "$status" = 2 ]
    [[ $output == *"apt-get install --no-install-recommends "*libdb-dev* ]]
    [[ $output != *"error: "* ]]
}

@test "check asks only for what is needed now, and names everything that is missing" {
    deps check "gcc" gcc make bats
    [ "$status" = 0 ] && [ -z "$output" ]
    deps check "gcc libdb-dev" gcc libdb-dev bats
    [ "$status" = 2 ]
    [[ $output == *"install --no-install-recommends libdb-dev bats"* ]]
}

@test "as root: installs what is missing, without recommendations, updating lists that do not know it" {
    [ "$(id -u)" = 0 ] || skip "needs root for /usr/sbin/policy-rc.d"
    as_user 0
    tool apt-get 'echo "apt-get $*" >>"$LOG"
        case "$*" in
        *--dry-run*) [ -e "$LOG.updated" ] ;;
        *update) touch "$LOG.updated" ;;
        *install*) echo libdb-dev >>"$INSTALLED" ;;
        esac'
    deps install gcc libdb-dev
    [ "$status" = 0 ]
    grep -q 'update$' "$LOG"
    grep -q 'install --no-install-recommends libdb-dev$' "$LOG"
}

@test "as root: services are forbidden while packages are installed, and only then" {
    [ "$(id -u)" = 0 ] || skip "needs root for /usr/sbin/policy-rc.d"
    before=$(cat /usr/sbin/policy-rc.d 2>/dev/null || echo none)
    as_user 0
    tool apt-get '/usr/sbin/policy-rc.d prosody start; echo "policy says $?" >>"$LOG"; exit 1'
    deps install libdb-dev
    [ "$status" = 2 ]
    grep -q 'policy says 101' "$LOG"
    ! grep -qv 'policy says 101' "$LOG"
    [ "$(cat /usr/sbin/policy-rc.d 2>/dev/null || echo none)" = "$before" ]
}

@test "as root: a server that came with the packages is disabled, what was there before is not" {
    [ "$(id -u)" = 0 ] || skip "needs root for /usr/sbin/policy-rc.d"
    as_user 0
    tool apt-get 'case "$*" in
        *--dry-run*) ;;
        *install*) printf "%s\n" ejabberd erlang-base >>"$INSTALLED" ;;
        esac'
    tool deb-systemd-helper 'echo "$* of $DPKG_MAINTSCRIPT_PACKAGE" >>"$LOG"'
    tool update-rc.d 'echo "update-rc.d $*" >>"$LOG"'
    echo prosody >>"$INSTALLED"
    deps install ejabberd prosody
    [ "$status" = 0 ]
    grep -v update-rc.d "$LOG" | diff - <(printf '%s\n' \
        "disable ejabberd.service ejabberd.socket of ejabberd" \
        "disable epmd.service epmd.socket of erlang-base")
    ! grep 'update-rc.d prosody' "$LOG"
    tool deb-systemd-helper 'exit 1'
    printf '%s\n' gcc make erlang-base >"$INSTALLED"
    deps install ejabberd
    [[ $output == *"ejabberd could not be disabled: it may start at the next boot"* ]]
    [[ $output != *epmd* ]]
}

@test "not Debian: make still tries, deps says what is needed" {
    mkdir "$tools/only"
    for name in bash env id grep; do ln -s "$(command -v "$name")" "$tools/only/$name"; done
    PATH=$tools/only run .ci/deps check gcc gcc libdb-dev
    [ "$status" = 0 ] && [ -z "$output" ]
    PATH=$tools/only run .ci/deps install gcc libdb-dev
    [ "$status" = 2 ]
    [[ $output == *"gcc libdb-dev"* ]]
}
