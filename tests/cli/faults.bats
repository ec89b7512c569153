#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The catalog when its disk is full, when it is read-only, and when its owner is killed.

setup() {
    CATALOG="${BUILD:-build}/intercloud-catalog"
    DIR="$BATS_TEST_TMPDIR/disk"
    mkdir -p "$DIR"
    export INTERCLOUD_DB="$DIR/catalog"
}

teardown() {
    mountpoint -q "$DIR" && umount "$DIR"
    true
}

# $1 clouds, so that an import takes a while.
many_clouds() {
    echo '@prefix : <http://www.csp/resOntology#> .'
    for ((i = 0; i < $1; i++)); do
        echo "<http://c$i/> a :Cloud ; :cloudName \"many$i\" ; :replicationFactor $((i % 9)) ;" \
            ":provider \"provider $i\" ; :contactMail \"mail$i@example.org\" ."
    done
}

mount_small() {
    [ "$(id -u)" = 0 ] || skip "only root can mount a small disk"
    mount -t tmpfs -o "size=$1" tmpfs "$DIR" 2>/dev/null || skip "cannot mount a small disk here"
}

@test "a full disk is said to be full, and nothing acknowledged is lost" {
    mount_small 12m
    "$CATALOG" import data/cloud2.ttl
    many_clouds 6000 >"$BATS_TEST_TMPDIR/many.ttl"
    # Berkeley DB leaks a few of its own records when a write fails.
    ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" run "$CATALOG" import "$BATS_TEST_TMPDIR/many.ttl"
    [ "$status" -eq 3 ]
    [[ "$output" == *"No space left"* || "$output" == *"disk"*"full"* ]]
    mount -o remount,size=64m "$DIR"
    run "$CATALOG" verify
    [ "$status" -eq 0 ]
    [ "$("$CATALOG" match 'replicationFactor 1' 2>/dev/null)" = cloud2 ]
    "$CATALOG" import "$BATS_TEST_TMPDIR/many.ttl"
}

@test "a read-only directory is named" {
    mount_small 32m
    "$CATALOG" import data/cloud2.ttl
    mount -o remount,ro "$DIR"
    run "$CATALOG" match 'replicationFactor 1'
    [ "$status" -eq 3 ]
    [[ "$output" == *"$DIR"*"Read-only"* ]]
}

@test "an importer killed at any moment leaves the catalog as it was" {
    "$CATALOG" import data/cloud2.ttl
    many_clouds 1500 >"$BATS_TEST_TMPDIR/many.ttl"
    for round in 1 2 3 4 5 6; do
        "$CATALOG" import "$BATS_TEST_TMPDIR/many.ttl" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
        pid=$!
        sleep "0.$((round * 13))"
        kill -9 "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
        run "$CATALOG" verify
        echo "round $round: $output"
        [ "$status" -eq 0 ]
        clouds=$("$CATALOG" list --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)))')
        # All of the file or none of it.
        [ "$clouds" -eq 1 ] || [ "$clouds" -eq 1501 ]
        if grep -q "1500 clouds" "$BATS_TEST_TMPDIR/out"; then [ "$clouds" -eq 1501 ]; fi
    done
}
