#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The build: nothing twice, everything again that a change concerns, in any directory. On a copy of
# the sources whose importers/ list is cut to one file, so that it takes seconds.

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.."
    export COPY="$BATS_FILE_TMPDIR/a copy"
    mkdir -p "$COPY/tests/unit" "$COPY/ontology"
    cp -r Makefile .ci catalog importers xmpp-frontend "$COPY"
    cp --parents tests/module.mk tests/*/*.mk "$COPY"
    cat >"$COPY/importers/module.mk" <<<'IMPORTERS_SOURCES := catalog/arena.c'
    echo '#error not built' >"$COPY/catalog/main.c"
}

# Runs make with nothing in the environment but a path and a home.
build() {
    run env -i PATH="$PATH" HOME="$BATS_TEST_TMPDIR" make -C "$COPY" --no-print-directory "$@"
    [ "$status" = 0 ] || { echo "$output"; return 1; }
}

@test "a first make compiles, a second one does nothing" {
    build build/libimporters.a
    [[ $output == *"CC   catalog/arena.c"* && $output == *"AR   build/libimporters.a"* ]]
    build build/libimporters.a
    [[ $output != *" CC "* && $output != *" AR "* ]]
}

@test "a changed header compiles what includes it" {
    build build/libimporters.a
    sleep 0.01
    touch "$COPY/catalog/arena.h"
    build build/libimporters.a
    [[ $output == *"CC   catalog/arena.c"* ]]
}

@test "changed flags compile everything, the same flags nothing" {
    build build/libimporters.a
    build build/libimporters.a CFLAGS=-O0
    [[ $output == *"CC   catalog/arena.c"* ]]
    build build/libimporters.a CFLAGS=-O0
    [[ $output != *" CC "* ]]
}

@test "a changed list makes the archive anew, without what left it" {
    build build/libimporters.a
    echo 'IMPORTERS_SOURCES := catalog/utf8.c' >"$COPY/importers/module.mk"
    build build/libimporters.a
    [[ $output == *"AR   build/libimporters.a"* ]]
    [ "$(ar t "$COPY/build/libimporters.a")" = utf8.o ]
    echo 'IMPORTERS_SOURCES := catalog/arena.c' >"$COPY/importers/module.mk"
}

@test "sanitizers have trees of their own" {
    build SANITIZE=address,undefined build-address-undefined/libimporters.a
    nm "$COPY/build-address-undefined/catalog/arena.o" | grep -q __asan
    ! nm "$COPY/build/catalog/arena.o" | grep -q __asan
}

@test "DEVELOPER=1 makes warnings errors" {
    build V=1 DEVELOPER=1 build/libimporters.a
    [[ $output == *-Werror* ]]
}

@test "help names every target that people call, clean removes every tree" {
    build help
    for target in all deps check lint install clean help; do
        [[ $output == *$'\n'"  $target "* ]]
    done
    build clean
    [ -z "$(find "$COPY" -maxdepth 1 -name 'build*')" ]
}
