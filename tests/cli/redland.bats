#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The librdf storage module in the hands of rdfproc, Redland's own tool.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
    export REDLAND_MODULE_PATH=${BUILD:-build}
    import_examples
    options=
}

# rdfproc is built without the sanitizers that the module may have, and frees little at its end.
rdfproc() {
    local preload=
    [ -z "$TEST_SANITIZER" ] || preload=$("${CC:-gcc}" -print-file-name=libasan.so)
    LD_PRELOAD=$preload ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 command rdfproc "$@"
}

# On the catalog.
rdf() {
    rdfproc -q -s intercloud -t "$options" "$INTERCLOUD_DB" "$@"
}

fails_saying() {
    run --separate-stderr rdf "${@:2}"
    [ "$status" -ne 0 ]
    [[ $stderr == *"$1"* ]]
}

ns=http://www.csp/resOntology#
graph=http://example.org/graph

@test "librdf finds the module, and the module adds one name to the program" {
    run rdfproc -s help x x
    [[ $output == *"intercloud  Intercloud catalog"* ]]
    run nm -D --defined-only --format=posix "$REDLAND_MODULE_PATH/librdf_storage_intercloud.so"
    [ "$status" -eq 0 ]
    [ "$(cut -d ' ' -f 1 <<<"$output" | grep -v '^__')" = librdf_storage_module_register_factory ]
}

@test "size, find and contexts show what clouds have published" {
    run rdf find - "${ns}cloudName" -
    [ "$status" -eq 0 ]
    [ "$(grep -c 'Matched triple:' <<<"$output")" -eq 8 ]
    run rdf find - "${ns}cloudName" - urn:intercloud:ad:admin:cloud3
    [[ $output == *'<http://cloud3.org/#cloud>'*'"cloud3" with context <urn:intercloud:ad:admin:cloud3>'* ]]
    run rdf contexts
    [ "$(grep -c 'Context: <urn:intercloud:ad:admin:cloud[1-8]>' <<<"$output")" -eq 8 ]
    [[ $output == *'<urn:intercloud:ontology>'*'<urn:intercloud:metadata>'* ]]
    statements=$("$program" sparql --results csv 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }' | tail -n 1 | tr -d '\r')
    run rdf size
    [[ $output == *" $statements triples"* ]]
    [ "$(rdf serialize ntriples | wc -l)" -eq "$statements" ]
    run rdf targets http://cloud3.org/#cloud "${ns}cloudName"
    [[ $output == *'Matched node: "cloud3"'* ]]
    rdf has-arc-out http://cloud3.org/#cloud "${ns}cloudName"
    rdf contains http://cloud3.org/#cloud "${ns}cloudName" cloud3
    run ! rdf contains http://cloud3.org/#cloud "${ns}cloudName" cloud2
}

@test "plain graphs take statements and give them back" {
    rdf add http://example.org/s http://example.org/p "some words" "$graph"
    rdf add http://example.org/s http://example.org/p http://example.org/o "$graph"
    run rdf find http://example.org/s - - "$graph"
    [[ $output == *'"some words" with context <http://example.org/graph>'* ]]
    [[ $output == *'<http://example.org/o> with context'* ]]
    run rdf contexts
    [[ $output == *"Context: <$graph>"* ]]
    run "$program" sparql --results csv "SELECT ?o { GRAPH <$graph> { ?s ?p ?o } } ORDER BY STR(?o)"
    [ "$output" = $'o\r\nhttp://example.org/o\r\nsome words\r' ]
    rdf remove http://example.org/s http://example.org/p "some words" "$graph"
    run ! rdf remove http://example.org/s http://example.org/p "some words" "$graph"
    rdf remove-context "$graph"
    run rdf contexts
    [[ $output != *"$graph"* ]]
    "$program" verify
}

@test "graph= makes a plain graph the model's own" {
    options="graph='$graph'"
    rdf add http://example.org/s http://example.org/p o
    rdf -T add http://example.org/s http://example.org/p in-a-transaction
    rdf contains http://example.org/s http://example.org/p in-a-transaction
    printf '<a> <http://example.org/p> 1, 2, _:b . _:b <http://example.org/q> <a> .' >"$tmp/a.ttl"
    rdf parse "$tmp/a.ttl" turtle http://base.example/
    run rdf size
    [[ $output == *" 6 triples"* ]]
    run rdf query sparql - 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'
    [[ $output == *'n="6"'* ]]
    [ "$("$program" export | grep -c "<$graph>")" -eq 6 ]
}

@test "what clouds, ontology and catalog own is not changed" {
    "$program" export >"$tmp/before"
    for reserved in urn:intercloud:ad:admin:cloud3 urn:intercloud:ontology urn:intercloud:metadata; do
        fails_saying "<$reserved> is a graph of the catalog's own; advertisements change by publish and withdraw" \
            add http://example.org/s http://example.org/p o "$reserved"
        fails_saying "<$reserved> is a graph of the catalog's own" \
            remove http://cloud3.org/#cloud "${ns}cloudName" cloud3 "$reserved"
    done
    fails_saying "give a context, or open the storage with graph='IRI'" \
        add http://example.org/s http://example.org/p o
    fails_saying "give a context, or open the storage with graph='IRI'" \
        remove http://cloud3.org/#cloud "${ns}cloudName" cloud3
    fails_saying "\`intercloud-catalog ontology load\` makes one" \
        -n add http://example.org/s http://example.org/p o "$graph"
    "$program" export | diff "$tmp/before" -
}

@test "SPARQL is run by the catalog's engine" {
    run rdf query sparql - "SELECT ?n { ?c <${ns}cloudName> ?n } ORDER BY ?n LIMIT 2"
    [[ $output == *'n="cloud1"]'*'n="cloud2"]'* ]]
    run rdf query sparql - "ASK { ?c <${ns}cloudName> 'cloud2' }"
    [ "$status" -eq 0 ]
    run rdf query sparql - "ASK { ?c <${ns}cloudName> 'cloud9' }"
    [ "$status" -ne 0 ]
    # Without our engine librdf would put every graph into the default graph.
    run rdf query sparql - "SELECT ?n FROM <urn:intercloud:ad:admin:cloud3> { ?c <${ns}cloudName> ?n }"
    [[ $output == *'n="cloud3"]' ]]
    run rdf query sparql - "CONSTRUCT { ?c <http://example.org/named> ?n } { ?c <${ns}cloudName> ?n }"
    [ "$(grep -c ':named' <<<"$output")" -eq 8 ]
    run --separate-stderr rdf -r json query sparql - "SELECT ?n { ?c <${ns}cloudName> ?n } ORDER BY ?n LIMIT 1"
    [ "$(json 'j["results"]["bindings"][0]["n"]["value"]' <<<"$output")" = cloud1 ]
    run --separate-stderr rdf query sparql - $'SELECT *\n{ ?s ?p }'
    [[ $stderr == *"Error - query:2"* ]]
}

@test "another process's catalog: the program is told who has it" {
    mkfifo "$tmp/pipe"
    "$program" import --graph urn:slow --format ntriples "$tmp/pipe" >"$tmp/owner.out" 2>&1 3>&- 7>&- &
    owner=$!
    exec 7>"$tmp/pipe"
    wait_until [ -S "$INTERCLOUD_DB/socket" ]
    fails_saying "process $owner (intercloud-cat" size
    fails_saying "owns the catalog $INTERCLOUD_DB; end it, or use intercloud-catalog" size
    exec 7>&-
    wait "$owner"
    rdf size
}

@test "the limits of the environment are the module's too" {
    export INTERCLOUD_LIMITS=result=64KiB
    run --separate-stderr rdf query sparql - 'SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }'
    [[ $stderr == *'the limit result = 64 KiB'* ]]
    INTERCLOUD_LIMITS=caches=1
    fails_saying '$INTERCLOUD_LIMITS: "caches=1" sets no limit' size
}
