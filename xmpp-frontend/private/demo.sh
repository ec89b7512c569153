#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make demo: a private XMPP server and an exchange; every cloud in data/ publishes itself from an
# account on its own domain; cloud1 sends the paper's request; the answer must be cloud2 and
# cloud5 in the paper's form. Stops and removes everything, however it ends.
set -uo pipefail
# shellcheck source=server.sh
. "$(dirname "${BASH_SOURCE[0]}")/server.sh"
trap private_remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

EXCHANGE_DOMAIN=exchange1.org
ASKER=cloud1.org
EXPECTED=$'cloud2\ncloud5'

fail() {
    complain "$*"
    show_logs
    exit 1
}

step() {
    printf '\n== %s\n' "$*"
}

# The answer as the paper has it: status, session and payload, with nothing between its elements.
check_form() {
    local answer=$1 form
    form=$(xmllint --noblanks --c14n "$answer") || return
    [[ $form == *"<command xmlns=\"http://jabber.org/protocol/commands\""* &&
        $form == *' node="constraint_catalog_resources"'* &&
        $form == *' status="completed"'* &&
        $form =~ \ sessionid=\"RPC-SESSION-[0-9]{7,}\" &&
        $form == *'<iodata xmlns="urn:xmpp:tmp:io-data" type="output"><out>'* &&
        $form == *'<matchingClouds xmlns="http://www.csp/resOntology"><cloudName>cloud2</cloudName><cloudName>cloud5</cloudName></matchingClouds></out></iodata></command></iq>' ]]
}

cd "$SOURCE_ROOT" || exit
mapfile -t files < <(advertisements)
mapfile -t hosts < <(advertising_hosts)
((${#files[@]})) || fail "there are no advertisements in data/"

step "A private $SERVER_TITLE and an exchange, on loopback"
private_create "$EXCHANGE_DOMAIN" "${hosts[@]}" || fail "cannot set up the private server"
server_start || exit 1
exchange_start || exit 1
printf '%s on 127.0.0.1 port %s, exchange %s, accounts user@ %s\n' "$SERVER_TITLE" "$C2S_PORT" \
    "$EXCHANGE_JID" "${hosts[*]}"

step "Each cloud publishes its advertisement, over TLS"
for file in "${files[@]}"; do
    gateway "$(host_of "$file")" publish "$file" || fail "publishing ${file##*/} failed"
done

step "cloud1 sends the paper's request (data/paper-request.xml): request, then answer"
gateway "$ASKER" --show-stanzas match --request data/paper-request.xml \
    >"$PRIVATE/names" 2>"$PRIVATE/stanzas" || {
    cat "$PRIVATE/stanzas" >&2
    fail "the request failed"
}
cat "$PRIVATE/stanzas"

# The second stanza is the answer; what follows it is the count.
sed -n "/^<iq /,/^<\/iq>/p" "$PRIVATE/stanzas" |
    awk '/^<iq / { n++ } n == 2' >"$PRIVATE/answer.xml"
[[ $(<"$PRIVATE/names") == "$EXPECTED" ]] ||
    fail "the answer is not cloud2 and cloud5 but: $(tr '\n' ' ' <"$PRIVATE/names")"
check_form "$PRIVATE/answer.xml" || fail "the answer is not in the paper's form"

step "The answer is cloud2 and cloud5, in the paper's form"
