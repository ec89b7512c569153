#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Units at the command line: advertised in one, asked for in another.

load shell_support

setup() {
    shell_setup
    tmp=$BATS_TEST_TMPDIR
    mkdir "$tmp/ontology"
    cp ontology/*.ttl "$tmp/ontology"
    cat >"$tmp/clouds.ttl" <<'TURTLE'
@prefix : <http://www.csp/resOntology#> .
<urn:half> a :Cloud ; :cloudName "half" ; :storageCapacity "0.5 TB" ;
    :availabilityQuantity "five nines" ; :backupInterval "10 min" ; :storagePrice "24 USD/TB-month" .
<urn:binary> a :Cloud ; :cloudName "binary" ; :storageCapacity "466 GiB" ;
    :availabilityQuantity 99.999 ; :backupInterval "600 s" ; :storagePrice "0.00075 USD/GB-day" .
<urn:less> a :Cloud ; :cloudName "less" ; :storageCapacity "465 GiB" ;
    :availabilityQuantity "0.9999 fraction" ; :backupInterval "601 s" .
<urn:nearly> a :Cloud ; :cloudName "nearly" ; :storageCapacity "499999999999 B" .
TURTLE
}

# The names that a request finds, on one line.
names() {
    "$program" match "$@" 2>/dev/null | paste -sd' '
}

# The catalog's ontology with one rate more, from EUR to USD.
load_rate() {
    cat >"$tmp/ontology/rate-$2.ttl" <<TURTLE
@prefix ic: <http://www.csp/resOntology/meta#> .
@prefix unit: <http://qudt.org/vocab/unit/> .
<urn:rate:$2> a ic:ExchangeRate ; ic:from unit:CCY_EUR ; ic:to unit:CCY_USD ;
    ic:rate $1 ; ic:date "$2" ; ic:source "a bank" .
TURTLE
    "$program" ontology load "$tmp/ontology"
}

@test "at least 500 GB finds 0.5 TB and 466 GiB, and not 465 GiB or a byte less" {
    "$program" import "$tmp/clouds.ttl"
    [ "$(names 'storageCapacity >= 500 GB')" = "binary half" ]
    [ "$(names 'storageCapacity 500 GB')" = "binary half" ]
    [ "$(names 'storageCapacity 500')" = "binary half" ]
    [ "$(names 'storageCapacity 4 Tbit')" = "binary half" ]
    [ "$(names 'storageCapacity >= 499999999999 B')" = "binary half nearly" ]
    [ "$(names 'storageCapacity > 499999999999 B')" = "binary half" ]
    [ "$(names 'storageCapacity = 500000 MB')" = "half" ]
    [ "$(names 'storageCapacity in (465 GiB, 0.5 TB)')" = "half less" ]
}

@test "nines, percent and fraction are one scale" {
    "$program" import "$tmp/clouds.ttl"
    [ "$(names 'availabilityQuantity 5 nines')" = "binary half" ]
    [ "$(names 'availabilityQuantity "five nines"')" = "binary half" ]
    [ "$(names 'availabilityQuantity = 0.99999 fraction')" = "binary half" ]
    [ "$(names 'availabilityQuantity >= 99.99 %')" = "binary half less" ]
}

@test "what has no last decimal place is equal and ordered all the same" {
    "$program" import "$tmp/clouds.ttl"
    [ "$(names 'backupInterval = 10 min')" = "binary half" ]
    [ "$(names 'backupInterval <= 600000 ms')" = "binary half" ]
    [ "$(names 'backupInterval < 10 min')" = "" ]
    [ "$(names 'backupInterval > 10 min')" = "less" ]
    [ "$(names 'backupInterval < 600.001 s')" = "binary half" ]
    [ "$(names 'backupInterval <= 0.16666666666666666666 h')" = "" ]
    [ "$(names 'backupInterval >= 0.16666666666666666666 h')" = "binary half less" ]
}

@test "prices are compared whatever they are per; a month is 730 hours" {
    "$program" import "$tmp/clouds.ttl"
    [ "$(names 'storagePrice <= 0.024 USD/GB-month')" = "binary half" ]
    [ "$(names 'storagePrice < 0.024')" = "binary" ]
    [ "$(names 'storagePrice <= 0.00075 USD/GB/d')" = "binary" ]
    [ "$(names 'storagePrice = 0.0228125 USD/GB-mo')" = "binary" ]
    [ "$(names 'storagePrice "0.288 USD per GB per year"')" = "binary half" ]
}

@test "an XML request and an XML advertisement name units too" {
    "$program" import "$tmp/clouds.ttl"
    cat >"$tmp/request.xml" <<'XML'
<constraints xmlns='http://www.csp/resOntology' version='1'>
  <constraint op='&gt;='><attribute>storageCapacity</attribute><value unit='GiB'>466</value></constraint>
</constraints>
XML
    run --separate-stderr "$program" match --request "$tmp/request.xml"
    [ "$output" = binary ]
    cat >"$tmp/cloud.xml" <<'XML'
<advertisement xmlns='http://www.csp/resOntology'><cloudName>xml</cloudName>
  <capability><attribute>storageCapacity</attribute><value unit='TiB'>1</value></capability>
</advertisement>
XML
    "$program" import "$tmp/cloud.xml"
    [ "$(names 'storageCapacity = 1024 GiB')" = xml ]
}

@test "a unit that does not fit, is unknown or ambiguous is refused, and the message says what would do" {
    "$program" import "$tmp/clouds.ttl"
    run --separate-stderr "$program" match 'storageCapacity >= 5 s'
    [ "$status" -eq 1 ]
    [[ $stderr == *"'s', which measures time; storageCapacity is data, in a unit such as GB, "* ]]
    run --separate-stderr "$program" match 'storageCapacity >= 5 KB'
    [[ $stderr == *"may mean KiB or kB; write one of them"* ]]
    run --separate-stderr "$program" match 'storageCapacity >= 5 gb'
    [[ $stderr == *"may mean Gbit or GB; upper and lower case matter"* ]]
    sed 's/466 GiB/466 furlongs/' "$tmp/clouds.ttl" >"$tmp/wrong.ttl"
    run --separate-stderr "$program" import "$tmp/wrong.ttl"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/wrong.ttl:4: storageCapacity: '466 furlongs' has the unit 'furlongs', which the ontology does not know"* ]]
}

@test "a currency is converted by the newest rate that the ontology holds, and by none without" {
    sed 's/24 USD/20 EUR/' "$tmp/clouds.ttl" >"$tmp/euro.ttl"
    run --separate-stderr "$program" import "$tmp/euro.ttl"
    [ "$status" -eq 0 ]
    [[ $stderr == *"$tmp/euro.ttl:3: warning: storagePrice: '20 EUR/TB-month' is in EUR and storagePrice in USD, and the ontology has no ic:ExchangeRate from EUR to USD"* ]]
    [ "$(names 'storagePrice <= 1000')" = binary ]
    [ "$(names 'storagePrice exists')" = "binary half" ]
    run --separate-stderr "$program" match 'storagePrice <= 0.02 EUR/GB-month'
    [ "$status" -eq 1 ]
    [[ $stderr == *"no ic:ExchangeRate from EUR to USD" ]]
    run --separate-stderr "$program" import --strict "$tmp/euro.ttl"
    [ "$status" -eq 1 ]

    load_rate 1.25 2026-01-30
    [ "$(names 'storagePrice = 0.025')" = half ]
    [ "$(names 'storagePrice <= 0.02 EUR/GB-month')" = "binary half" ]
    load_rate 1.5 2025-12-31
    [ "$(names 'storagePrice = 0.025')" = half ]
    load_rate 1.5 2026-01-31
    [ "$(names 'storagePrice = 0.03')" = half ]
    run --separate-stderr "$program" ontology show storagePrice
    grep -qx 'exchange rate  1 EUR = 1.5 USD on 2026-01-31, a bank' <<<"$output"
    [ "$("$program" show --stated half | grep -c '20 EUR/TB-month')" -eq 1 ]
}

@test "an attribute in another unit, or another month: what is stored follows" {
    "$program" import "$tmp/clouds.ttl"
    "$program" show half | grep -F ':storageCapacity "500"^^xsd:decimal ;  # normalised from "0.5 TB"'
    sed -i '/^:storageCapacity /,/\.$/s/unit:GigaBYTE/unit:TeraBYTE/' "$tmp/ontology/resOntology.ttl"
    sed -i '/^unit:MO /,/\.$/s/ic:factor 730/ic:factor 720/' "$tmp/ontology/units.ttl"
    "$program" ontology load "$tmp/ontology"
    "$program" show half | grep -F ':storageCapacity 0.5 ;  # normalised from "0.5 TB"'
    [ "$(names 'storageCapacity >= 500 GB')" = "binary half" ]
    [ "$(names 'storageCapacity >= 0.5')" = "binary half" ]
    [ "$(names 'storagePrice = 0.0225')" = binary ]
    "$program" verify
}

@test "a mistake in a unit is told with file and line" {
    local number
    printf '\n%s\n' '<urn:u> a <http://qudt.org/schema/qudt/Unit> ; <http://www.csp/resOntology/meta#of> <urn:v> ; <http://www.csp/resOntology/meta#factor> 2 .' >>"$tmp/ontology/units.ttl"
    number=$(wc -l <"$tmp/ontology/units.ttl")
    run --separate-stderr "$program" ontology check "$tmp/ontology"
    [ "$status" -eq 1 ]
    [[ $stderr == "$tmp/ontology/units.ttl:$number: u is defined by urn:v, which is not described as a qudt:Unit" ]]
}

@test "show lists the units that an attribute takes" {
    "$program" import "$tmp/clouds.ttl"
    run --separate-stderr "$program" ontology show storageCapacity
    grep -qx 'unit           GB' <<<"$output"
    grep -Eq '^other units    bit, .*, GiB, .*TB' <<<"$output"
    run --separate-stderr "$program" ontology show storagePrice
    grep -qx 'money          USD' <<<"$output"
    grep -qx 'per time       ns, us, ms, s, min, h, d, wk, mo, yr' <<<"$output"
    [ "$("$program" ontology show --json storagePrice | json '[(p["kind"], p["exponent"]) for p in j["unit-parts"]]')" = \
        "[('data', -1), ('money', 1), ('time', -1)]" ]
    [ "$("$program" ontology show --json cpuFrequency | json 'j["other-units"], j["exchange-rates"]')" = \
        "(['Hz', 'kHz', 'MHz', 'THz'], [])" ]
}
