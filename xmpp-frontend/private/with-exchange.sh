#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# with-exchange.sh HOST... -- COMMAND [ARGUMENT]...
# Runs a command beside a private server and an exchange, and ends with its status. The command
# finds in its environment PRIVATE (the directory of configurations and passwords), XMPP_SERVER,
# C2S_PORT, COMPONENT_PORT, EXCHANGE_JID, SERVER (of the XMPP server: server.log) and BUILD.
set -uo pipefail
# shellcheck source=server.sh
. "$(dirname "${BASH_SOURCE[0]}")/server.sh"
trap private_remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

hosts=()
while (($#)) && [[ $1 != -- ]]; do
    hosts+=("$1")
    shift
done
if (($# < 2)); then
    echo "usage: with-exchange.sh HOST... -- COMMAND [ARGUMENT]..." >&2
    exit 2
fi
shift

private_create exchange1.org "${hosts[@]}" && server_start && exchange_start || exit 3
export BUILD SERVER_STANZA_BYTES
"$@"
