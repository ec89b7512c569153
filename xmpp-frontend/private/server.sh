# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private XMPP server and an exchange for one script: bash functions, to be sourced by demo.sh,
# run.sh and the tests. XMPP_SERVER says which server: prosody (when unset) or ejabberd.
#
#     private_create EXCHANGE_DOMAIN HOST...   directories, certificates, accounts, configurations
#     server_start | server_stop               the server, as a user of its own, on loopback only
#     exchange_start | exchange_stop           intercloud-exchange, connected when the call returns
#     private_remove                           stops both and removes every file
#
# The caller traps EXIT with private_remove. Both daemons also end when the script that started
# them dies in any way, kill -9 included (a parent death signal). Two directories, both mode 0700:
# $PRIVATE holds what is ours (passwords, secret, catalog, configurations), $SERVER what the server
# reads and writes, and belongs to the server's user.
#
# What only one server has is in ../$XMPP_SERVER/server.sh, sourced at the end:
#
#     SERVER_TITLE, SERVER_USER     its name for people; the user that its Debian package made
#     SERVER_PORT_TAKEN             what its log says when somebody else has a port
#     SERVER_LET_IN                 what its log says of a component that has shaken hands
#     server_files                  puts what never changes into $SERVER
#     server_host HOST              adds a virtual host
#     server_configure              writes the configuration, with the present ports
#     server_listens                true when its log says so
#     SERVER_COMMAND                its command line, an array, set by server_configure

PRIVATE_SCRIPTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SOURCE_ROOT=$(cd "$PRIVATE_SCRIPTS/../.." && pwd)
BUILD=${BUILD:-$SOURCE_ROOT/build}
[[ $BUILD = /* ]] || BUILD=$PWD/$BUILD
XMPP_SERVER=${XMPP_SERVER:-prosody}

# Set while they exist, and handed on: bats runs each test in a process of its own. The ids of the
# processes are in $PRIVATE/server.pid and exchange.pid, for one test may start what another stops.
PRIVATE=${PRIVATE-} SERVER=${SERVER-} C2S_PORT=${C2S_PORT-} COMPONENT_PORT=${COMPONENT_PORT-}
EXCHANGE_JID=${EXCHANGE_JID-}
export PRIVATE SERVER C2S_PORT COMPONENT_PORT EXCHANGE_JID XMPP_SERVER
# The private server's knobs, for tests: set before private_create.
SERVER_LOG_LEVEL=${SERVER_LOG_LEVEL:-info}
SERVER_DISABLED_MECHANISMS=${SERVER_DISABLED_MECHANISMS-'"PLAIN"'}
SERVER_STANZA_BYTES=${SERVER_STANZA_BYTES:-262144} # what both take by default
# Names of more components, with the exchange's secret; the port of each is in $PRIVATE/NAME.port.
SERVER_COMPONENTS=${SERVER_COMPONENTS-}
EXCHANGE_SETTINGS=${EXCHANGE_SETTINGS-} # more of its configuration
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

# The process ids, read from the files that say them.
load_processes() {
    SERVER_PID='' EXCHANGE_PID=''
    [[ -e $PRIVATE/server.pid ]] && SERVER_PID=$(<"$PRIVATE/server.pid")
    [[ -e $PRIVATE/exchange.pid ]] && EXCHANGE_PID=$(<"$PRIVATE/exchange.pid")
    return 0
}

# Runs a command as the server's user, the package's when we are root (no server likes to be root);
# it gets SIGTERM when the calling script dies.
as_server_user() {
    if ((EUID == 0)); then
        exec setpriv "--reuid=$SERVER_USER" "--regid=$SERVER_USER" --init-groups --inh-caps=-all \
            --pdeathsig TERM -- "$@"
    fi
    exec setpriv --pdeathsig TERM -- "$@"
}

# A port of loopback that nobody listens on, below the range from which the kernel takes ports for
# outgoing connections. Somebody may take it before the server does: server_start then tries again.
free_port() {
    local port
    while :; do
        port=$((10000 + (RANDOM << 15 | RANDOM) % 22000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# ---- the server

server_log_has() {
    grep -q -- "$1" "$SERVER/server.log" 2>/dev/null
}

# Listening, and every account made.
server_is_ready() {
    ! compgen -G "$SERVER/*.accounts" >/dev/null && server_listens
}

server_launch() {
    : >"$SERVER/server.log"
    if ((EUID == 0)); then chown -R "$SERVER_USER:" "$SERVER" || return; fi
    (cd "$SERVER" && as_server_user "${SERVER_COMMAND[@]}") \
        </dev/null >"$PRIVATE/server.out" 2>&1 3>&- &
    SERVER_PID=$!
    echo "$SERVER_PID" >"$PRIVATE/server.pid"
    wait_until "$SERVER_PID" server_is_ready
}

# Starts the server on free ports; on the same ones when it ran before.
server_start() {
    local try
    if [[ $C2S_PORT ]]; then
        server_configure && server_launch && return
    else
        for ((try = 1; try <= SERVER_START_TRIES; try++)); do
            write_configurations || return
            server_launch && return
            server_stop
            server_log_has "$SERVER_PORT_TAKEN" || break
        done
    fi
    complain "the private $SERVER_TITLE did not start"
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
    load_processes
    [[ $SERVER_PID ]] || return 0
    stop_process "$SERVER_PID" || true # not this process's child in bats
    rm -f "$PRIVATE/server.pid"
    SERVER_PID=
}

# ---- the exchange

components_seen() {
    grep -c "$SERVER_LET_IN" "$SERVER/server.log" || true
}

more_components_than() {
    (($(components_seen) > $1))
}

# Starts intercloud-exchange; its log is added to.
exchange_launch() {
    setpriv --pdeathsig TERM -- "$BUILD/intercloud-exchange" --config "$PRIVATE/exchange.conf" \
        </dev/null >>"$PRIVATE/exchange.log" 2>&1 3>&- &
    EXCHANGE_PID=$!
    echo "$EXCHANGE_PID" >"$PRIVATE/exchange.pid"
}

# Starts it and returns when the server has let it in.
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
    load_processes
    [[ $EXCHANGE_PID ]] || return 0
    local status=0
    stop_process "$EXCHANGE_PID" || status=$?
    rm -f "$PRIVATE/exchange.pid"
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
    for log in "$PRIVATE/exchange.log" "$PRIVATE/server.out" "$SERVER/server.log"; do
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

load_processes
# shellcheck source=files.sh
. "$PRIVATE_SCRIPTS/files.sh"
# shellcheck source=../prosody/server.sh disable=SC1091
. "$SOURCE_ROOT/xmpp-frontend/$XMPP_SERVER/server.sh"
