# SPDX-License-Identifier: Apache-2.0
# Shared by the tests of the shell.

bats_require_minimum_version 1.5.0

# A catalog of the test's own, and the example clouds.
shell_setup() {
    program=${BUILD:-build}/intercloud-catalog
    INTERCLOUD_DB=$BATS_TEST_TMPDIR/db
    export INTERCLOUD_DB
    unset INTERCLOUD_ONTOLOGY INTERCLOUD_NOW
    request='availabilityQuantity 99.999; replicationFactor 5; tierCountries JAPAN;
        StorageReplicationMethod AMQP; InterCloudStorageAccess NFS'
}

import_examples() {
    "$program" import data/cloud[1-8].* >"$BATS_TEST_TMPDIR/imported"
}

# The JSON text on stdin, looked into with a Python expression on `j`.
json() {
    /usr/bin/python3 -c 'import json, sys
j = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$1"
}

# Waits until a condition holds; fails after ten seconds.
wait_until() {
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

# A small advertisement of cloud $1 with availability $2.
small_cloud() {
    printf '@prefix : <http://www.csp/resOntology#> .\n'
    printf '<http://%s.example/> a :Cloud ; :cloudName "%s" ; :availabilityQuantity %s .\n' \
        "$1" "$1" "$2"
}
