# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What private/server.sh needs to know of ejabberd; it sources this.
#
# ejabberd runs in an Erlang virtual machine without a node name: it then takes part in no
# distribution, opens no port for it, and starts no port mapper (epmd). ejabberdctl cannot reach
# such a server; what is to be done in it, create_accounts.eval does.
# shellcheck disable=SC2034 # private/server.sh uses them

SERVER_TITLE=ejabberd
SERVER_USER=ejabberd
SERVER_PORT_TAKEN="Failed to open socket .* address already in use"
SERVER_LET_IN="Accepted external component handshake authentication"
EJABBERD_FILES=$SOURCE_ROOT/xmpp-frontend/ejabberd

server_files() {
    cp "$EJABBERD_FILES/create_accounts.eval" "$SERVER/" && : >"$SERVER/hosts"
}

server_host() {
    printf '"%s", ' "$1" >>"$SERVER/hosts"
}

# Erlang does not look into Debian's multiarch folder by itself.
ejabberd_libraries() {
    local folder
    for folder in /usr/lib/*/ejabberd-*/ebin; do
        echo "${folder%/ejabberd-*}"
        return
    done
}

server_configure() {
    local text name
    text=$(<"$EJABBERD_FILES/ejabberd.yml.in")
    text=${text//@DIR@/$SERVER}
    text=${text//@HOSTS@/$(<"$SERVER/hosts")}
    text=${text//@LOG_LEVEL@/$SERVER_LOG_LEVEL}
    text=${text//@DISABLED_MECHANISMS@/$SERVER_DISABLED_MECHANISMS}
    text=${text//@STANZA_BYTES@/$SERVER_STANZA_BYTES}
    text=${text//@C2S_PORT@/$C2S_PORT}
    text=${text//@EXCHANGE_JID@/$EXCHANGE_JID}
    printf '%s\n' "$text" >"$SERVER/ejabberd.yml"
    text=$(fill_example "$EJABBERD_FILES/exchange.yml.example") || return
    {
        printf '%s\n' "${text//524288/$((2 * SERVER_STANZA_BYTES))}"
        for name in $SERVER_COMPONENTS; do # each on a listener of its own, as the example says
            [[ -e $PRIVATE/$name.port ]] || free_port >"$PRIVATE/$name.port"
            printf '  - { module: ejabberd_service, ip: "127.0.0.1", port: %s,\n' \
                "$(<"$PRIVATE/$name.port")"
            printf '      hosts: { "%s": { password: "%s" } } }\n' "$name" "$(<"$PRIVATE/secret")"
        done
    } >"$SERVER/exchange.yml"
    cp "$PRIVATE/ca.crt" "$SERVER/" || return
    printf '{lookup, [file]}.\n{resolv_conf, ""}.\n' >"$SERVER/inetrc" # no DNS
    # No crash dump: it would hold what the server's memory holds.
    SERVER_COMMAND=(env -u ERL_FLAGS -u ERL_AFLAGS -u ERL_ZFLAGS "HOME=$SERVER"
        "ERL_LIBS=$(ejabberd_libraries)" ERL_CRASH_DUMP_SECONDS=0
        "EJABBERD_CONFIG_PATH=$SERVER/ejabberd.yml" "EJABBERD_LOG_PATH=$SERVER/server.log"
        "ERL_INETRC=$SERVER/inetrc" erl -noinput -mnesia dir "\"$SERVER/data\"" -s ejabberd
        -eval 'ok = file:eval("create_accounts.eval").')
}

server_listens() {
    local port
    server_log_has "Start accepting TCP connections at 127.0.0.1:$C2S_PORT for ejabberd_c2s" || return
    for port in "$COMPONENT_PORT" $(cat /dev/null "$PRIVATE"/*.port 2>/dev/null); do
        server_log_has "Start accepting TCP connections at 127.0.0.1:$port for ejabberd_service" ||
            return
    done
}
