# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private XMPP server and an exchange for one script: bash functions, to be sourced by demo.sh,
# run.sh and the tests.
#
#     private_create EXCHANGE_DOMAIN HOST...   directories, certificates, accounts, configurations
#     server_start | server_stop               Prosody, as a user of its own, on loopback only
#     exchange_start | exchange_stop           intercloud-exchange, connected when the call returns
#     private_remove                           stops both and removes every file
#
# The caller traps EXIT with private_remove. Both daemons also end when the script that started
# them dies in any way, kill -9 included (a parent death signal). Two directories, both mode 0700:
# $PRIVATE holds what is ours (passwords, secret, catalog, configurations), $SERVER what Prosody
# reads and writes, and belongs to Prosody's user.

PROSODY_TEMPLATES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE_ROOT=$(cd "$PROSODY_TEMPLATES/../.." && pwd)
BUILD=${BUILD:-$SOURCE_ROOT/build}
[[ $BUILD = /* ]] || BUILD=$PWD/$BUILD

# Set while they exist. Kept when they come from the environment: bats runs each test in a process
# of its own.
PRIVATE=${PRIVATE-} SERVER=${SERVER-} SERVER_PID=${SERVER_PID-} EXCHANGE_PID=${EXCHANGE_PID-}
C2S_PORT=${C2S_PORT-} COMPONENT_PORT=${COMPONENT_PORT-} EXCHANGE_JID=${EXCHANGE_JID-}
# The private server's knobs, for tests: set before private_create.
SERVER_LOG_LEVEL=${SERVER_LOG_LEVEL:-info}
SERVER_DISABLED_MECHANISMS=${SERVER_DISABLED_MECHANISMS-'"PLAIN"'}
SERVER_STANZA_BYTES=${SERVER_STANZA_BYTES:-262144} # Prosody's own default
SERVER_START_TRIES=5
WAIT_SECONDS=20

complain() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# Tries the rest of its arguments as a command, 20 times a second, until it succeeds; fails after
# WAIT_SECONDS or when process $1 is gone ("" for no process).
wait_until() {
    local pid=$1 deadline=$((SECONDS + WAIT_SECONDS))
    shift
    until "$@"; do
        if ((SECONDS >= deadline)) || { [[ $pid ]] && ! kill -0 "$pid" 2>/dev/null; }; then
            return 1
        fi
        sleep 0.05
    done
}

# The user that Prosody runs as: its package's when we are root (it refuses to run as root).
server_user() {
    if ((EUID == 0)); then echo prosody; else id -un; fi
}

# Runs a command as that user; it gets SIGTERM when the calling script dies.
as_server_user() {
    if ((EUID == 0)); then
        exec setpriv --reuid=prosody --regid=prosody --init-groups --inh-caps=-all \
            --pdeathsig TERM -- "$@"
    fi
    exec setpriv --pdeathsig TERM -- "$@"
}

# A port of loopback that nobody listens on, below the range from which the kernel takes ports for
# outgoing connections. Somebody may take it before Prosody does: server_start then tries again.
free_port() {
    local port
    while :; do
        port=$((10000 + (RANDOM << 15 | RANDOM) % 22000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# ---- what private_create makes

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

# Account user@HOST ("admin" on the exchange's own domain): a random password, known to Prosody
# through a file that its module removes, and to the gateway through a password_file.
make_account() {
    local host=$1 user=${2:-user} password
    password=$(openssl rand -hex 16) || return
    printf '%s %s\n' "$user" "$password" >"$SERVER/$host.accounts"
    printf '%s\n' "$password" >"$PRIVATE/$host.password"
    cat >>"$SERVER/hosts.cfg.lua" <<END

VirtualHost "$host"
    ssl = { key = "$SERVER/certs/server.key", certificate = "$SERVER/certs/$host.crt" }
    intercloud_accounts_file = "$SERVER/$host.accounts"
END
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
END
}

write_server_configuration() {
    local text
    text=$(<"$PROSODY_TEMPLATES/prosody.cfg.lua.in")
    text=${text//@DIR@/$SERVER}
    text=${text//@MODULES@/$SERVER/modules}
    text=${text//@LOG_LEVEL@/$SERVER_LOG_LEVEL}
    text=${text//@DISABLED_MECHANISMS@/$SERVER_DISABLED_MECHANISMS}
    text=${text//@STANZA_BYTES@/$SERVER_STANZA_BYTES}
    text=${text//@C2S_PORT@/$C2S_PORT}
    text=${text//@COMPONENT_PORT@/$COMPONENT_PORT}
    {
        printf '%s\n' "$text"
        cat "$SERVER/hosts.cfg.lua"
        printf '\nComponent "%s"\n    component_secret = "%s"\n' "$EXCHANGE_JID" \
            "$(<"$PRIVATE/secret")"
    } >"$SERVER/prosody.cfg.lua"
}

# Ports are chosen here, so everything that names one is written again.
write_configurations() {
    local host
    C2S_PORT=$(free_port)
    COMPONENT_PORT=$(free_port)
    while ((COMPONENT_PORT == C2S_PORT)); do COMPONENT_PORT=$(free_port); done
    write_server_configuration && write_exchange_configuration || return
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
    if ((EUID == 0)) && ! id prosody >/dev/null 2>&1; then
        complain "there is no user 'prosody': install the package prosody"
        return 1
    fi
    PRIVATE=$(mktemp -d "${TMPDIR:-/tmp}/intercloud.XXXXXXXX") || return
    SERVER=$(mktemp -d "${TMPDIR:-/tmp}/intercloud-server.XXXXXXXX") || return
    mkdir "$SERVER/data" "$SERVER/certs" "$SERVER/modules" &&
        cp "$PROSODY_TEMPLATES"/modules/*.lua "$SERVER/modules/" &&
        openssl rand -hex 24 >"$PRIVATE/secret" && : >"$SERVER/hosts.cfg.lua" || return
    if ! make_authority; then
        cat "$PRIVATE/openssl.log" >&2
        return 1
    fi
    make_certificate "$domain" && make_account "$domain" admin || return
    for host in "$@"; do
        make_certificate "$host" && make_account "$host" || return
    done
}

# ---- Prosody

server_log_has() {
    grep -q -- "$1" "$SERVER/prosody.log" 2>/dev/null
}

# Listening, and every account made.
server_is_ready() {
    ! compgen -G "$SERVER/*.accounts" >/dev/null &&
        server_log_has "Activated service 'c2s' on \[127.0.0.1\]:$C2S_PORT" &&
        server_log_has "Activated service 'component' on \[127.0.0.1\]:$COMPONENT_PORT"
}

server_launch() {
    : >"$SERVER/prosody.log"
    if ((EUID == 0)); then chown -R "$(server_user):" "$SERVER" || return; fi
    (cd "$SERVER" && as_server_user prosody -F --config "$SERVER/prosody.cfg.lua") \
        </dev/null >"$PRIVATE/prosody.out" 2>&1 3>&- &
    SERVER_PID=$!
    wait_until "$SERVER_PID" server_is_ready
}

# Starts Prosody on free ports; on the same ones when it ran before.
server_start() {
    local try
    if [[ $C2S_PORT ]]; then
        server_launch && return
    else
        for ((try = 1; try <= SERVER_START_TRIES; try++)); do
            write_configurations || return
            server_launch && return
            server_stop
            server_log_has "Failed to open server port" || break
        done
    fi
    complain "the private Prosody did not start"
    show_logs
    return 1
}

# stop_process PID: asks, waits, insists; by process id alone.
stop_process() {
    local pid=$1 deadline=$((SECONDS + 10))
    kill -TERM "$pid" 2>/dev/null
    kill -CONT "$pid" 2>/dev/null
    while kill -0 "$pid" 2>/dev/null && [[ $(process_state "$pid") != Z ]]; do
        if ((SECONDS >= deadline)); then
            complain "process $pid does not stop: killing it"
            kill -KILL "$pid" 2>/dev/null
            break
        fi
        sleep 0.02
    done
    wait "$pid" 2>/dev/null
}

process_state() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) }
    echo "${stat:0:1}"
}

server_stop() {
    [[ $SERVER_PID ]] || return 0
    stop_process "$SERVER_PID" || true # not this process's child in bats
    SERVER_PID=
}

# ---- the exchange

components_seen() {
    grep -c "External component successfully authenticated" "$SERVER/prosody.log" || true
}

more_components_than() {
    (($(components_seen) > $1))
}

# Starts intercloud-exchange; its log is added to.
exchange_launch() {
    setpriv --pdeathsig TERM -- "$BUILD/intercloud-exchange" --config "$PRIVATE/exchange.conf" \
        </dev/null >>"$PRIVATE/exchange.log" 2>&1 3>&- &
    EXCHANGE_PID=$!
}

# Starts it and returns when Prosody has let it in.
exchange_start() {
    local before
    before=$(components_seen)
    exchange_launch
    if ! wait_until "$EXCHANGE_PID" more_components_than "$before"; then
        complain "the exchange did not connect"
        show_logs
        return 1
    fi
}

exchange_stop() {
    [[ $EXCHANGE_PID ]] || return 0
    local status=0
    stop_process "$EXCHANGE_PID" || status=$?
    EXCHANGE_PID=
    return "$status"
}

# ---- for everybody

# gateway HOST ARGUMENT...: the gateway as that host's account.
gateway() {
    local host=$1
    shift
    "$BUILD/intercloud-gateway" --config "$PRIVATE/$host.conf" "$@"
}

# The advertisements in data/, a line each; relative to $SOURCE_ROOT.
advertisements() (
    cd "$SOURCE_ROOT" || return
    {
        compgen -G "data/cloud*.ttl"
        compgen -G "data/cloud*.rdf"
        compgen -G "data/cloud*.xml"
    } | sort
)

# data/cloud2.ttl is published by user@cloud2.org.
host_of() {
    local name=${1##*/}
    echo "${name%%[.-]*}.org"
}

# The hosts of all of them, a line each.
advertising_hosts() {
    local file
    advertisements | while IFS= read -r file; do host_of "$file"; done | sort -u
}

show_logs() {
    local log
    for log in "$PRIVATE/exchange.log" "$PRIVATE/prosody.out" "$SERVER/prosody.log"; do
        [[ -s $log ]] || continue
        printf -- '---- %s (its last lines)\n' "${log##*/}" >&2
        tail -n 25 "$log" | cat -v >&2
    done
}

private_remove() {
    exchange_stop
    server_stop
    [[ $SERVER ]] && rm -rf -- "$SERVER"
    [[ $PRIVATE ]] && rm -rf -- "$PRIVATE"
    SERVER='' PRIVATE=''
    return 0
}
