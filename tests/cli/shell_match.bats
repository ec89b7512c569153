#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# intercloud-catalog match and sparql on a catalog.

load shell_support

setup() {
    shell_setup
    import_examples
}

@test "the paper's request finds cloud2 and cloud5, names on stdout, the count on stderr" {
    run --separate-stderr "$program" match "$request"
    [ "$status" -eq 0 ]
    [ "$output" = $'cloud2\ncloud5' ]
    [ "$stderr" = "2 clouds" ]
}

@test "a request may be several arguments, or an XML file, or on stdin" {
    run --separate-stderr "$program" match 'availabilityQuantity 99.999' 'replicationFactor 5' \
        'tierCountries JAPAN' 'StorageReplicationMethod AMQP; InterCloudStorageAccess NFS'
    [ "$output" = $'cloud2\ncloud5' ]
    run --separate-stderr "$program" match --request data/paper-request.xml
    [ "$output" = $'cloud2\ncloud5' ]
    run --separate-stderr bash -c '"$1" match --request - <data/paper-request.xml' - "$program"
    [ "$output" = $'cloud2\ncloud5' ]
}

@test "--format xml is the paper's answer, byte for byte" {
    run --separate-stderr "$program" match --format xml "$request"
    [ "$output" = "<matchingClouds xmlns='http://www.csp/resOntology'><cloudName>cloud2</cloudName><cloudName>cloud5</cloudName></matchingClouds>" ]
    run --separate-stderr "$program" match --format xml 'availabilityQuantity 100; replicationFactor 99'
    [ "$status" -eq 0 ]
    [ "$output" = "<matchingClouds xmlns='http://www.csp/resOntology'/>" ]
}

@test "names are escaped in XML and control characters nowhere reach the terminal" {
    printf '@prefix : <http://www.csp/resOntology#> .\n<urn:o> a :Cloud ; :cloudName "a<&>b" ; :availabilityQuantity 100 .\n' |
        "$program" import -
    run --separate-stderr "$program" match --format xml 'availabilityQuantity 100'
    [[ $output == *'<cloudName>a&lt;&amp;&gt;b</cloudName>'* ]]
    run --separate-stderr "$program" match $'availabilityQuantity \x1b[2J'
    [ "$status" -eq 1 ]
    [[ $stderr != *$'\x1b'* ]]
}

@test "--format json and --json say how many, which, and up to which change" {
    run --separate-stderr "$program" match --json --limit 1 --offers "$request"
    [ "$status" -eq 0 ]
    [ "$(json '(j["matched"], j["shown"], [c["name"] for c in j["clouds"]])' <<<"$output")" = \
        "(2, 1, ['cloud2'])" ]
    [ "$(json 'j["clouds"][0]["offers"]' <<<"$output")" = "['http://cloud2.org/#vault']" ]
    [ "$(json 'j["sequence"]' <<<"$output")" = "$("$program" stats --json | json 'j["sequence"]')" ]
    [ "$stderr" = "2 clouds, 1 shown" ]
}

@test "--limit cuts and says so; the request's own limit too" {
    run --separate-stderr "$program" match --limit 1 "$request"
    [ "$output" = cloud2 ]
    [ "$stderr" = "2 clouds, 1 shown" ]
    run --separate-stderr "$program" match "$request; limit 1"
    [ "$output" = cloud2 ]
}

@test "--offers prints the offers that match" {
    run --separate-stderr "$program" match --offers "$request"
    [ "${lines[0]}" = $'cloud2\thttp://cloud2.org/#vault' ]
}

@test "data/README.md says what its requests find" {
    local file clouds checked=0
    while IFS='|' read -r _ file _ clouds _; do
        [[ $file =~ ([a-z0-9-]+-request\.(txt|xml)) ]] || continue
        file=data/${BASH_REMATCH[1]}
        if [[ $file == *.xml ]]; then
            run --separate-stderr "$program" match --request "$file"
        else
            run --separate-stderr "$program" match "$(cat "$file")"
        fi
        clouds=${clouds//[ ,]/ }
        [ "$(echo $output)" = "$(echo $clouds)" ]
        checked=$((checked + 1))
    done <data/README.md
    [ "$checked" -eq "$(ls data/*-request.* | wc -l)" ]
}

@test "negative forms need a value, and none that satisfies" {
    run --separate-stderr "$program" match 'not availabilityQuantity 99.999'
    [ "$output" = $'cloud1\ncloud2' ]
    run --separate-stderr "$program" match 'memorySize != 32; memorySize not in (64, 256)'
    [ "$output" = cloud3 ]
    run --separate-stderr "$program" match 'operatingSystem not within Windows'
    [ "$output" = cloud3 ]
    run --separate-stderr "$program" match 'memorySize not exists; cpuCount exists'
    [ -z "$output" ]
    [ "$stderr" = "0 clouds" ]
    run --separate-stderr "$program" match 'not memorySize exists; cloudName cloud2'
    [ "$output" = cloud2 ]
}

@test "offers that meet groups come with the number of their group" {
    local groups='offer { storagePrice exists; not storageClass hot }; offer { cpuCount >= 8 }'
    run --separate-stderr "$program" match --offers "$groups"
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == $'cloud3\turn:intercloud:offer:cloud3:'*$'\t1' ]]
    [[ ${lines[1]} == $'cloud3\turn:intercloud:offer:cloud3:'*$'\t2' ]]
    [ "${#lines[@]}" -eq 2 ]
    run --separate-stderr "$program" match --json --offers "$groups; tierCountries Japan"
    [ "$(json '[len(c) for c in [j["clouds"][0]["offers"], *j["clouds"][0]["groups"]]]' <<<"$output")" = \
        '[2, 1, 1]' ]
    run --separate-stderr "$program" match --json --offers "$request"
    [ "$(json '"groups" in j["clouds"][0]' <<<"$output")" = False ]
}

@test "the XML form has not, the opposites and offer groups" {
    cat >"$BATS_TEST_TMPDIR/r.xml" <<'END'
<constraints xmlns='http://www.csp/resOntology' version='1'>
  <offer>
    <constraint><attribute>storagePrice</attribute><value>1</value></constraint>
    <constraint not='true' op='&lt;'><attribute>replicationFactor</attribute><value>4</value></constraint>
  </offer>
  <offer>
    <constraint op='not within'><attribute>operatingSystem</attribute><value>Windows</value></constraint>
    <any>
      <constraint op='!='><attribute>cpuCount</attribute><value>32</value></constraint>
      <constraint op='not exists'><attribute>cpuCount</attribute></constraint>
      <constraint op='exists'><attribute>memorySize</attribute></constraint>
    </any>
  </offer>
</constraints>
END
    run --separate-stderr "$program" match --request "$BATS_TEST_TMPDIR/r.xml"
    [ "$status" -eq 0 ]
    [ "$output" = cloud3 ]
}

@test "--explain prints the query, and sparql runs it with the same clouds" {
    query=$("$program" match --explain "$request")
    [[ $query == *SELECT* ]]
    run --separate-stderr "$program" sparql --results csv "$query"
    [ "${output//$'\r'/}" = $'cloudName\ncloud2\ncloud5' ]
    printf '%s\n' "$query" >"$BATS_TEST_TMPDIR/query"
    run --separate-stderr "$program" sparql --results csv --file "$BATS_TEST_TMPDIR/query"
    [ "${output//$'\r'/}" = $'cloudName\ncloud2\ncloud5' ]
}

@test "values are data: nothing in them widens the query" {
    local value
    for value in '"x\" } UNION { ?s ?p ?o }"' '"} # "' "\"' OR 1=1\"" '"a\nb"'; do
        run --separate-stderr "$program" match "provider = $value"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        [ "$stderr" = "0 clouds" ]
    done
}

@test "an unknown attribute names the nearest, with its place" {
    run --separate-stderr "$program" match 'replicationFactor 5; availabilityQuantty 99'
    [ "$status" -eq 1 ]
    [[ $stderr == "request:1:22: "*availabilityQuantity* ]]
    run --separate-stderr "$program" match 'availabilityQuantity high'
    [ "$status" -eq 1 ]
    [[ $stderr == request:1:1:* ]]
}

@test "a bad request file has its name and line in the message" {
    printf '<constraints xmlns="http://www.csp/resOntology">\n<constraint>\n' >"$BATS_TEST_TMPDIR/r.xml"
    run --separate-stderr "$program" match --request "$BATS_TEST_TMPDIR/r.xml"
    [ "$status" -eq 1 ]
    [[ $stderr == "$BATS_TEST_TMPDIR/r.xml:3:"* ]]
}

@test "--at sees what was live then" {
    INTERCLOUD_NOW=2030-01-01T00:00:00Z "$program" import --lease PT1H - < <(small_cloud brief 100)
    run --separate-stderr "$program" match --at 2030-01-01T00:30:00Z 'availabilityQuantity 100'
    [ "$output" = brief ]
    run --separate-stderr "$program" match --at 2030-01-01T03:00:00+02:00 'availabilityQuantity 100'
    [ -z "$output" ]
}

@test "sparql sees advertisements as named graphs, the ontology and the metadata" {
    run --separate-stderr "$program" sparql --results csv \
        'PREFIX : <http://www.csp/resOntology#>
         SELECT ?name { GRAPH <urn:intercloud:ad:admin:cloud3> { ?c :cloudName ?name } }'
    [ "${output//$'\r'/}" = $'name\ncloud3' ]
    run --separate-stderr "$program" sparql --results json \
        'ASK { GRAPH <urn:intercloud:ontology> { ?p <http://www.w3.org/2000/01/rdf-schema#label> ?l } }'
    [ "$(json 'j["boolean"]' <<<"$output")" = True ]
}

@test "sparql errors have the query's name, line and column or at least line" {
    printf 'SELECT ?x\nWHERE { ?x ?y }\n' >"$BATS_TEST_TMPDIR/bad.rq"
    run --separate-stderr "$program" sparql --file "$BATS_TEST_TMPDIR/bad.rq"
    [ "$status" -eq 1 ]
    [[ $stderr == "$BATS_TEST_TMPDIR/bad.rq:2"* ]]
    printf 'ASK {} \0' >"$BATS_TEST_TMPDIR/nul.rq"
    run --separate-stderr "$program" sparql --file "$BATS_TEST_TMPDIR/nul.rq"
    [ "$status" -eq 1 ]
}
