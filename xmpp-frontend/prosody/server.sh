# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What private/server.sh needs to know of Prosody; it sources this.
# shellcheck disable=SC2034 # it uses them

SERVER_TITLE=Prosody
SERVER_USER=prosody
SERVER_PORT_TAKEN="Failed to open server port"
SERVER_LET_IN="External component successfully authenticated"
PROSODY_FILES=$SOURCE_ROOT/xmpp-frontend/prosody

server_files() {
    mkdir "$SERVER/modules" && cp "$PROSODY_FILES"/modules/*.lua "$SERVER/modules/" &&
        : >"$SERVER/hosts.cfg.lua"
}

server_host() {
    cat >>"$SERVER/hosts.cfg.lua" <<END

VirtualHost "$1"
    ssl = { key = "$SERVER/certs/server.key", certificate = "$SERVER/certs/$1.crt" }
    intercloud_accounts_file = "$SERVER/$1.accounts"
END
}

server_configure() {
    local text name
    text=$(<"$PROSODY_FILES/prosody.cfg.lua.in")
    text=${text//@DIR@/$SERVER}
    text=${text//@LOG_LEVEL@/$SERVER_LOG_LEVEL}
    text=${text//@DISABLED_MECHANISMS@/$SERVER_DISABLED_MECHANISMS}
    text=${text//@STANZA_BYTES@/$SERVER_STANZA_BYTES}
    text=${text//@C2S_PORT@/$C2S_PORT}
    {
        printf '%s\n' "$text"
        fill_example "$PROSODY_FILES/exchange.cfg.lua.example" || return
        for name in $SERVER_COMPONENTS; do
            echo "$COMPONENT_PORT" >"$PRIVATE/$name.port"
            printf '\nComponent "%s"\n    component_secret = "%s"\n' "$name" "$(<"$PRIVATE/secret")"
        done
        cat "$SERVER/hosts.cfg.lua"
    } >"$SERVER/prosody.cfg.lua"
    SERVER_COMMAND=(prosody -F --config "$SERVER/prosody.cfg.lua")
}

server_listens() {
    server_log_has "Activated service 'c2s' on \[127.0.0.1\]:$C2S_PORT" &&
        server_log_has "Activated service 'component' on \[127.0.0.1\]:$COMPONENT_PORT"
}
