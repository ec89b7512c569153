#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Gateway, exchange and shell together.

setup_file() {
    # shellcheck source=../../xmpp-frontend/private/server.sh
    source xmpp-frontend/private/server.sh
    private_create exchange1.org cloud1.org cloud2.org cloud3.org
    server_start
    exchange_start
}

teardown_file() {
    source xmpp-frontend/private/server.sh
    private_remove
}

setup() {
    source xmpp-frontend/private/server.sh
    export INTERCLOUD_DB=$PRIVATE/catalog.db
    cd "$BATS_TEST_TMPDIR" || return
}

shell() {
    "$BUILD/intercloud-catalog" "$@"
}

# turtle NAME FACTOR: a cloud.
turtle() {
    cat <<END
@prefix : <http://www.csp/resOntology#> .
<urn:x:$1> a :Cloud ;
    :cloudName "$1" ;
    :replicationFactor $2 .
END
}

# names REQUEST...: the clouds that match, on one line.
names() {
    gateway cloud1.org match "$@" 2>/dev/null | paste -sd' '
}

assert_failed() {
    [ "$status" -eq "$1" ] || { echo "status $status: $output"; return 1; }
    [[ "$output" == *"$2"* ]] || { echo "got: $output"; return 1; }
    [ "${#lines[@]}" -eq 1 ] || { echo "got: $output"; return 1; }
}

@test "each format is recognised and published" {
    turtle form 11 >a.ttl
    shell convert --to ntriples a.ttl >b.nt
    shell convert --to rdfxml a.ttl >c.rdf
    cat >d.xml <<'END'
<?xml version="1.0"?>
<!-- comments and processing instructions do not travel -->
<advertisement xmlns="http://www.csp/resOntology"><?and so?>
  <cloudName>form</cloudName>
  <capability><attribute>replicationFactor</attribute><value>12</value></capability>
</advertisement>
END
    run gateway cloud1.org publish a.ttl
    [ "$status" -eq 0 ]
    [[ "$output" == "a.ttl: form new, version 1, offers 1, statements 3, until 2"* ]]
    run gateway cloud1.org publish b.nt c.rdf
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "b.nt: form renewed, version 1, "* ]]
    [[ "${lines[1]}" == "c.rdf: form renewed, version 1, "* ]]
    run gateway cloud1.org publish - <d.xml
    [ "$status" -eq 0 ]
    [[ "$output" == "-: form replaced, version 2, "* ]]
    [ "$(names "replicationFactor = 12")" = form ]
    run gateway cloud1.org publish --format ntriples a.ttl
    assert_failed 1 "a.ttl:1:"
    gateway cloud1.org withdraw form
}

@test "the first file that is refused ends the work; those before it are published" {
    turtle first 21 >first.ttl
    echo "no turtle" >second.ttl
    turtle third 21 >third.ttl
    run gateway cloud1.org publish first.ttl second.ttl third.ttl
    [ "$status" -eq 1 ]
    [[ "${lines[0]}" == "first.ttl: first new"* ]]
    [[ "${lines[1]}" == "second.ttl:1:"* ]]
    [ "${#lines[@]}" -eq 2 ]
    [ "$(names "replicationFactor = 21")" = first ]
    gateway cloud1.org withdraw first
}

# The seconds until the time at the end of a line of publish.
remaining() {
    local until=${1##* until }
    echo $(($(date -d "$until" +%s) - $(date +%s)))
}

@test "--lease says how long it stands, for every format" {
    local seconds
    turtle lease 31 >lease.ttl
    cat >lease.xml <<'END'
<advertisement xmlns="http://www.csp/resOntology" lease="P1D"><cloudName>lease</cloudName>
<capability><attribute>replicationFactor</attribute><value>31</value></capability></advertisement>
END
    for file in lease.ttl lease.xml; do
        run gateway cloud1.org publish --lease 2h "$file"
        [ "$status" -eq 0 ]
        seconds=$(remaining "$output")
        ((seconds > 7100 && seconds <= 7200)) || { echo "$output"; false; }
    done
    run gateway cloud1.org publish lease.xml
    seconds=$(remaining "$output")
    ((seconds > 86300 && seconds <= 86400)) || { echo "$output"; false; }
    gateway cloud1.org withdraw lease
}

@test "a lease that ends takes the cloud out of the answers" {
    turtle shortlived 41 >s.ttl
    gateway cloud1.org publish --lease 1s s.ttl
    gone() { [ -z "$(names "replicationFactor = 41")" ]; }
    wait_until "" gone
    run gateway cloud1.org resolve shortlived
    assert_failed 1 "shortlived"
}

@test "what is wrong in a document has file, line and column, also when the exchange says so" {
    turtle place 51 | sed 's/replicationFactor 51/replicationFactor "many"/' >place.ttl
    run gateway cloud1.org publish place.ttl
    assert_failed 1 "place.ttl:4"
    printf '@prefix : <http://www.csp/resOntology#> .\n\n<urn:x> :provider' >cut.ttl
    run gateway cloud1.org publish cut.ttl
    assert_failed 1 "cut.ttl:3:"
    [ -z "$(names "replicationFactor = 51")" ]
}

@test "what the ontology does not know is kept, with a note" {
    turtle note 61 | sed 's/:replicationFactor/:colour "blue" ; :replicationFactor/' >note.ttl
    gateway cloud1.org publish note.ttl >out 2>err
    grep -q "^note: .*colour" err
    [ "$(wc -l <out)" -eq 1 ]
    gateway cloud1.org withdraw note
}

@test "files that cannot be sent are refused before anything is" {
    run gateway cloud1.org publish nowhere.ttl
    assert_failed 3 "nowhere.ttl"
    : >empty.ttl
    run gateway cloud1.org publish empty.ttl
    assert_failed 1 "empty.ttl: it is empty"
    turtle raw 5 | sed $'s/"raw"/"r\x01w"/' >raw.ttl
    run gateway cloud1.org publish raw.ttl
    assert_failed 1 "raw.ttl:3: the character U+0001"
    turtle latin 5 | sed $'s/"latin"/"l\xe4tin"/' >latin.ttl
    run gateway cloud1.org publish latin.ttl
    assert_failed 1 "latin.ttl:3"
    turtle null 5 | sed 's/"null"/"n\\u0000"/' >null.ttl
    run gateway cloud1.org publish null.ttl
    assert_failed 1 "null.ttl:3"
    printf 'plain text that nobody knows\n' >text
    run gateway cloud1.org publish text
    [ "$status" -eq 1 ]
    echo '<urn:a> <urn:b> <urn:c> <urn:g> .' >graph.nq
    run gateway cloud1.org publish graph.nq
    assert_failed 1 "graph.nq:1"
    head -c 17000000 /dev/zero | tr '\0' '#' >big.ttl
    run gateway cloud1.org publish big.ttl
    assert_failed 1 "big.ttl: it has more than 16777216 bytes"
}

@test "what is too large for a stanza is published in parts, and found as a whole" {
    # Cut between lines, and within one: every character grows fourfold, or has three bytes.
    { turtle parts 41; for i in $(seq 2000); do echo "# $i <<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"; done; } >lines.ttl
    { turtle angles 42; head -c 300000 /dev/zero | tr '\0' '<' | sed 's/^/#/'; } >angles.ttl
    { turtle euros 43; printf '<urn:x:euros> :label "'; for i in $(seq 100000); do printf '€'; done; echo '" .'; } >euros.ttl
    run gateway cloud1.org publish lines.ttl angles.ttl euros.ttl
    [ "$status" -eq 0 ]
    [[ "$output" == *"lines.ttl: parts new, version 1"* ]]
    [ "$(names 'replicationFactor >= 41' 'replicationFactor <= 43')" = "angles euros parts" ]
    shell show --stated euros | grep -c '€€€' | grep -qx 1
    [ "$(shell show --stated euros | grep -o '€' | wc -l)" -eq 100000 ]
    echo "<urn:x:parts> :nothing ;;; ." >>lines.ttl
    run gateway cloud1.org publish lines.ttl
    assert_failed 1 "lines.ttl:2005:"
    # An advertisement in XML goes as a document then.
    { echo '<advertisement xmlns="http://www.csp/resOntology"><cloudName>wide</cloudName>'
      for i in $(seq 3000); do
          echo "<offer id='o$i'><capability><attribute>replicationFactor</attribute><value>44</value></capability></offer>"
      done
      echo '</advertisement>'; } >wide.xml
    run gateway cloud1.org publish wide.xml
    [ "$status" -eq 0 ]
    [[ "$output" == *"wide new, version 1, offers 3000"* ]]
    [ "$(names 'replicationFactor 44')" = wide ]
    run gateway cloud1.org withdraw wide
    [ "$status" -eq 0 ]
}

@test "an answer that is too large for a stanza comes in pages, and is printed as a whole" {
    for i in $(seq 12000); do
        echo "<urn:m:$i> <http://www.csp/resOntology#cloudName> \"many-$i-with-a-name-of-some-length\" ; <http://www.csp/resOntology#replicationFactor> 77 ; a <http://www.csp/resOntology#Cloud> ."
    done >many.ttl
    shell import many.ttl >/dev/null
    gateway cloud1.org match 'replicationFactor = 77' >names 2>count
    [ "$(wc -l <names)" -eq 12000 ]
    [ "$(sort -u names | wc -l)" -eq 12000 ]
    [ "$(cat count)" = "12000 clouds" ]
    gateway cloud1.org match --format json 'replicationFactor = 77' >json
    [ "$(grep -c '"name"' json)" -eq 12000 ]
    gateway cloud1.org match 'replicationFactor = 77' 'limit 3' >names 2>count
    [ "$(wc -l <names)" -eq 3 ]
}

@test "a server that takes less than the configuration says ends the stream, and that is told" {
    sed 's/^stanza_bytes_max.*/stanza_bytes_max = 600000/' "$PRIVATE/cloud1.org.conf" >large.conf
    { turtle large 5; head -c 300000 /dev/zero | tr '\0' '#'; } >large.ttl
    run "$BUILD/intercloud-gateway" --config large.conf publish large.ttl
    [ "$status" -eq 3 ]
    run gateway cloud1.org resolve large
    assert_failed 1 "large"
}

@test "an XML file with a document type is refused" {
    cat >entity.xml <<END
<!DOCTYPE a [<!ENTITY e SYSTEM "file://$PRIVATE/secret">]>
<advertisement xmlns="http://www.csp/resOntology"><cloudName>&e;</cloudName></advertisement>
END
    run gateway cloud1.org publish entity.xml
    assert_failed 1 "entity.xml:1"
}

@test "names belong to whoever published first" {
    turtle mine 71 >mine.ttl
    gateway cloud2.org publish mine.ttl
    [ "$(gateway cloud1.org resolve mine)" = user@cloud2.org ]
    run gateway cloud3.org publish mine.ttl
    assert_failed 4 "mine"
    run gateway cloud3.org withdraw mine
    assert_failed 4 "mine"
    [ "$(names "replicationFactor = 71")" = mine ]
    run gateway cloud2.org withdraw mine
    [ "$output" = "mine withdrawn" ]
    run gateway cloud3.org publish mine.ttl
    assert_failed 4 "mine"
    run gateway cloud2.org withdraw mine
    assert_failed 1 "mine"
}

@test "answers as text, XML and JSON" {
    turtle b81 81 | gateway cloud1.org publish -
    turtle a81 81 | gateway cloud2.org publish -
    turtle c82 82 | gateway cloud3.org publish -
    gateway cloud1.org match "replicationFactor >= 81" "replicationFactor <= 82" >out 2>err
    [ "$(<out)" = $'a81\nb81\nc82' ]
    [ "$(<err)" = "3 clouds" ]
    gateway cloud1.org match "replicationFactor = 81; limit 1" >out 2>err
    [ "$(<out)" = a81 ]
    [ "$(<err)" = "2 clouds, 1 shown" ]
    gateway cloud1.org match --format xml "replicationFactor = 82" >out 2>err
    xmllint --noblanks --c14n out >canonical
    [[ "$(<canonical)" == '<matchingClouds xmlns="http://www.csp/resOntology"'*'c82'* ]]
    gateway cloud1.org match --format json "replicationFactor 81" >out 2>err
    "${PYTHON:-/usr/bin/python3}" - <<'END'
import json
answer = json.load(open("out"))
assert answer["matched"] == 3 and answer["shown"] == 3, answer
assert [cloud["name"] for cloud in answer["clouds"]] == ["a81", "b81", "c82"], answer
END
    gateway cloud1.org match "replicationFactor = 83" >out 2>err
    [ ! -s out ]
    [ "$(<err)" = "0 clouds" ]
}

@test "a request in a file travels as it is; text does what it says" {
    cat >request.xml <<'END'
<?xml version="1.0"?>
<!-- a comment -->
<constraints xmlns="http://www.csp/resOntology">
  <constraint>
    <attribute>replicationFactor
    </attribute>
    <value> 81 </value>
  </constraint>
</constraints>
END
    gateway cloud1.org --show-stanzas match --request request.xml >out 2>err
    [ "$(<out)" = $'a81\nb81\nc82' ]
    grep -qx ' *<attribute>replicationFactor' err
    grep -qx ' *<value> 81 </value>' err
    ! grep -q comment err
    [ "$(names "replicationFactor in (82, 83)")" = c82 ]
    [ "$(names "replicationFactor = 82 or replicationFactor = 81")" = "a81 b81 c82" ]
}

@test "wrong requests: syntax here, meaning there" {
    run gateway cloud1.org match "replicationFactor >="
    assert_failed 1 "request:1:"
    run gateway cloud1.org match "replicationFaktor 5"
    assert_failed 1 "replicationFactor"
    run gateway cloud1.org match "replicationFactor many"
    assert_failed 1 "replicationFactor"
    run gateway cloud1.org match ""
    [ "$status" -eq 1 ]
    echo '<constraints xmlns="http://www.csp/resOntology"><constraint>' >bad.xml
    run gateway cloud1.org match --request bad.xml
    assert_failed 1 "bad.xml:"
    run gateway cloud1.org match --request bad.xml "replicationFactor 5"
    assert_failed 2 "match takes a request"
}

# ---- the shell while the exchange runs

@test "what the shell imports is found over XMPP, and has no JID" {
    turtle shellmade 91 >shell.ttl
    shell import shell.ttl
    [ "$(names "replicationFactor = 91")" = shellmade ]
    run gateway cloud1.org resolve shellmade
    assert_failed 1 "the catalog's administrator published it"
    run gateway cloud1.org publish shell.ttl
    assert_failed 4 "shellmade"
    shell withdraw shellmade
    [ -z "$(names "replicationFactor = 91")" ]
}

@test "the shell reads stdin and files of its own directory through the exchange" {
    turtle piped 92 | shell import -
    mkdir deep
    turtle deep 93 >deep/d.ttl
    (cd deep && shell import d.ttl)
    [ "$(names "replicationFactor in (92, 93)")" = "deep piped" ]
    run shell import nowhere.ttl
    [ "$status" -ne 0 ]
    [[ "$output" == *"nowhere.ttl"* ]]
    shell withdraw piped
    shell withdraw deep
}

@test "a second exchange on the same catalog is refused" {
    run timeout 20 "$BUILD/intercloud-exchange" --config "$PRIVATE/exchange.conf"
    [ "$status" -eq 3 ]
    [[ "$output" == *"catalog.db"* ]]
    [ "$(names "replicationFactor = 82")" = c82 ]
}
