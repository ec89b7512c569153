#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make run: the demonstration's server and exchange, kept until Ctrl-C, with a catalog that has
# every cloud in data/. Prints what to paste into another terminal.
set -uo pipefail
# shellcheck source=server.sh disable=SC2015
. "$(dirname "${BASH_SOURCE[0]}")/server.sh"
trap private_remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

cd "$SOURCE_ROOT" || exit
mapfile -t files < <(advertisements)
mapfile -t hosts < <(advertising_hosts)
private_create exchange1.org "${hosts[@]}" && server_start && exchange_start || exit 1
for file in "${files[@]}"; do
    gateway "$(host_of "$file")" publish "$file" || exit 1
done

cat <<END

An exchange is running: $EXCHANGE_JID, at $SERVER_TITLE on 127.0.0.1 port $C2S_PORT.

In another terminal, as the same user:

    export INTERCLOUD_GATEWAY_CONFIG=$PRIVATE/${hosts[0]}.conf
    $BUILD/intercloud-gateway match --request $SOURCE_ROOT/data/paper-request.xml
    $BUILD/intercloud-gateway match 'availabilityQuantity >= 99.99; tierCountries JAPAN'
    $BUILD/intercloud-gateway publish FILE.ttl
    $BUILD/intercloud-gateway resolve cloud2

    export INTERCLOUD_DB=$PRIVATE/catalog.db
    $BUILD/intercloud-catalog list
    $BUILD/intercloud-catalog show cloud2

Accounts: user@ ${hosts[*]}, and admin@exchange1.org
Their gateway configurations and passwords: $PRIVATE/HOST.conf, $PRIVATE/HOST.password
An XMPP client of your own connects to 127.0.0.1 port $C2S_PORT (STARTTLS, authority in $PRIVATE/ca.crt).
Logs: $PRIVATE/exchange.log and $SERVER/server.log
Ctrl-C stops everything and removes these files.
END

# Until one of the two ends, or a signal comes.
wait -n "$SERVER_PID" "$EXCHANGE_PID"
complain "the exchange or its server ended by itself"
show_logs
exit 1
