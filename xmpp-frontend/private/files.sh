# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What private_create makes: certificates, accounts, configurations. Part of server.sh, which sources
# it.

make_authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
        -keyout "$PRIVATE/ca.key" -out "$PRIVATE/ca.crt" -subj "/CN=Intercloud private authority" \
        -addext "basicConstraints=critical,CA:TRUE" \
        -addext "keyUsage=critical,keyCertSign" 2>>"$PRIVATE/openssl.log" &&
        openssl ecparam -name prime256v1 -genkey -noout -out "$SERVER/certs/server.key" \
            2>>"$PRIVATE/openssl.log"
}

# Signs the certificate of host $1. The name in it can be another ($2), its life over ($3, days,
# negative) and its authority a stranger ($4, name of key and certificate): for tests.
make_certificate() {
    local host=$1 name=${2:-$1} days=${3:-2} authority=${4:-$PRIVATE/ca}
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$name" \
        >"$PRIVATE/extensions"
    openssl req -new -key "$SERVER/certs/server.key" -subj "/CN=$name" \
        -out "$PRIVATE/request.pem" 2>>"$PRIVATE/openssl.log" &&
        openssl x509 -req -in "$PRIVATE/request.pem" -CA "$authority.crt" -CAkey "$authority.key" \
            -set_serial "0x$(openssl rand -hex 8)" -days "$days" \
            -out "$SERVER/certs/$host.crt" -extfile "$PRIVATE/extensions" \
            2>>"$PRIVATE/openssl.log"
}

# Account user@HOST ("admin" on the exchange's own domain): a random password, known to the server
# through a file that it removes, and to the gateway through a password_file.
make_account() {
    local host=$1 user=${2:-user} password
    password=$(openssl rand -hex 16) || return
    printf '%s %s\n' "$user" "$password" >"$SERVER/$host.accounts"
    printf '%s\n' "$password" >"$PRIVATE/$host.password"
    server_host "$host"
    printf '%s@%s\n' "$user" "$host" >"$PRIVATE/$host.jid"
}

write_gateway_configuration() {
    local host=$1
    cat >"$PRIVATE/$host.conf" <<END
jid = "$(<"$PRIVATE/$host.jid")"
password_file = "$PRIVATE/$host.password"
exchange = "$EXCHANGE_JID"
server = "127.0.0.1"
port = $C2S_PORT
ca_file = "$PRIVATE/ca.crt"
timeout = 20
stanza_bytes_max = $SERVER_STANZA_BYTES
END
}

write_exchange_configuration() {
    cat >"$PRIVATE/exchange.conf" <<END
jid = "$EXCHANGE_JID"
server = "127.0.0.1"
port = $COMPONENT_PORT
secret_file = "$PRIVATE/secret"
catalog = "$PRIVATE/catalog.db"
admins = { "admin@${EXCHANGE_JID#service.}" }
$EXCHANGE_SETTINGS
END
}

# The operator's example for this server, with the exchange's port, name and secret in place of
# those that it has: what it says is what the tests run.
fill_example() {
    local file=$1 text word
    text=$(<"$file")
    for word in 5347 service.example.org 'CHANGE ME'; do
        if [[ $text != *"$word"* ]]; then
            complain "$file does not say $word"
            return 1
        fi
    done
    text=${text//5347/$COMPONENT_PORT}
    text=${text//service.example.org/$EXCHANGE_JID}
    printf '%s\n' "${text//CHANGE ME/$(<"$PRIVATE/secret")}"
}

# Ports are chosen here, so everything that names one is written again.
write_configurations() {
    local host
    C2S_PORT=$(free_port)
    COMPONENT_PORT=$(free_port)
    while ((COMPONENT_PORT == C2S_PORT)); do COMPONENT_PORT=$(free_port); done
    rm -f "$PRIVATE"/*.port
    server_configure && write_exchange_configuration || return
    for host in "$PRIVATE"/*.jid; do
        write_gateway_configuration "$(basename "$host" .jid)" || return
    done
}

# private_create EXCHANGE_DOMAIN HOST...
private_create() {
    local domain=$1 host
    shift
    umask 077
    EXCHANGE_JID=service.$domain
    if ((EUID == 0)) && ! id "$SERVER_USER" >/dev/null 2>&1; then
        complain "there is no user '$SERVER_USER': install the package $XMPP_SERVER"
        return 1
    fi
    PRIVATE=$(mktemp -d "${TMPDIR:-/tmp}/intercloud.XXXXXXXX") || return
    SERVER=$(mktemp -d "${TMPDIR:-/tmp}/intercloud-server.XXXXXXXX") || return
    C2S_PORT='' COMPONENT_PORT=''
    mkdir "$SERVER/data" "$SERVER/certs" && server_files &&
        openssl rand -hex 24 >"$PRIVATE/secret" || return
    if ! make_authority; then
        cat "$PRIVATE/openssl.log" >&2
        return 1
    fi
    make_certificate "$domain" && make_account "$domain" admin || return
    for host in "$@"; do
        make_certificate "$host" && make_account "$host" || return
    done
}
