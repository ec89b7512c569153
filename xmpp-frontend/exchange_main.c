/* SPDX-License-Identifier: Apache-2.0 */
/* The program intercloud-exchange: catalog, its socket, the component and the service behind
 * it.
 *
 * Threads: everything of XMPP happens in the main one; the catalog's socket has threads of its
 * own, so signals are blocked before it starts and come through a descriptor. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "catalog/shell.h"
#include "component.h"
#include "exchange_config.h"
#include "log.h"
#include "parser_process.h"
#include "reload.h"
#include "secret.h"
#include "service.h"

enum {
    STREAM_GRACE_MS = 2000,
    COMMANDS_GRACE_MS = 5000,
    SWEEP_INTERVAL_MS = 10 * 1000,
    SWEEP_RECORDS = 2000 /* looked at each time: some milliseconds */
};

struct exchange {
    struct ic_exchange_config *config;
    struct ic_catalog *catalog;
    struct ic_server *server;
    struct ic_loop *loop;
    struct ic_component *component;
    struct ic_service service;
    struct ic_watch signals;
    struct ic_timer sweep;
};

/* ---- stanzas ---- */

/* The one place where a request is worked on: it needs only the service and the stanza, so
 * that another thread can do it as well. */
static void on_stanza(void *context, struct ic_stanza *stanza)
{
    struct exchange *exchange = context;
    struct ic_error error = {0};
    struct ic_buffer answer;
    ic_buffer_init(&answer, exchange->service.answer_bytes_max);
    ic_service_answer(&exchange->service, stanza, &answer);
    if (answer.length > 0 &&
        ic_component_send(exchange->component, answer.data, answer.length, &error) != IC_OK)
        ic_log_error(&error, "an answer was not sent");
    ic_buffer_free(&answer);
    ic_stanza_free(stanza);
}

static void on_change(void *context, enum ic_component_state state)
{
    const struct exchange *exchange = context;
    if (state == IC_COMPONENT_STOPPED)
        ic_loop_stop(exchange->loop);
}

/* ---- signals ---- */

static void on_signal(void *context, uint32_t events)
{
    struct exchange *exchange = context;
    struct signalfd_siginfo info;
    (void)events;
    if (read(exchange->signals.fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo == SIGHUP) {
        ic_log("reloading on SIGHUP");
        if (exchange->config->ontology)
            ic_reload_ontology(exchange->catalog, exchange->config->ontology);
        else
            ic_log("the configuration names no ontology, so none is loaded");
        return;
    }
    ic_log("stopping on signal %u", info.ssi_signo);
    if (ic_component_state(exchange->component) == IC_COMPONENT_CLOSING)
        ic_loop_stop(exchange->loop);
    else
        ic_component_stop(exchange->component, STREAM_GRACE_MS);
}

static enum ic_status take_signals(struct exchange *exchange, struct ic_error *error)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    exchange->signals = (struct ic_watch){.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK),
                                          .events = EPOLLIN,
                                          .ready = on_signal,
                                          .context = exchange};
    if (exchange->signals.fd < 0)
        return ic_fail_errno(error, errno, "cannot receive signals");
    return IC_OK;
}

/* ---- start and end ---- */

static enum ic_status open_catalog(struct exchange *exchange, struct ic_error *error)
{
    const struct ic_exchange_config *config = exchange->config;
    const char *const candidates[] = {config->ontology, NULL};
    const struct ic_catalog_options options = {.directory = config->catalog,
                                               .create = true,
                                               .ontology_candidates =
                                                   config->ontology ? candidates : NULL,
                                               .limits = config->catalog_limits};
    enum ic_status status = ic_catalog_open(&options, &exchange->catalog, error);
    if (status == IC_OK)
        status = ic_server_start(exchange->catalog, &exchange->server, error);
    if (status != IC_OK)
        return status;
    struct ic_sessions *sessions = ic_sessions_new(exchange->catalog);
    if (!sessions)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    struct ic_parsers *parsers = NULL;
    status = ic_parsers_new(NULL, &parsers, error);
    exchange->service = (struct ic_service){.catalog = exchange->catalog,
                                            .sessions = sessions,
                                            .parsers = parsers,
                                            .roles = config->roles,
                                            .jid = config->jid,
                                            .answer_bytes_max = config->answer_bytes_max,
                                            .lease_ms = config->lease_ms,
                                            .lease_max_ms = config->lease_max_ms,
                                            .match_timeout_ms = config->match_timeout_ms};
    return status;
}

/* Takes what has expired, and terms that nothing uses, off the disk, a little at a time. */
static void sweep(void *context)
{
    struct exchange *exchange = context;
    struct ic_error error = {0};
    struct ic_swept swept;
    uint64_t terms;
    bool done;
    enum ic_status status = ic_catalog_sweep(exchange->catalog, SWEEP_RECORDS, &swept, &error);
    if (status == IC_OK && !swept.more)
        status =
            ic_catalog_sweep_terms(exchange->catalog, SWEEP_RECORDS, &terms, &done, &error);
    if (status != IC_OK && status != IC_BUSY) /* busy: somebody reads; the next time, then */
        ic_log_error(&error, "the catalog was not swept");
    ic_loop_start_timer(exchange->loop, &exchange->sweep, SWEEP_INTERVAL_MS);
}

static enum ic_status make_component(struct exchange *exchange, const char *secret,
                                     struct ic_error *error)
{
    const struct ic_exchange_config *config = exchange->config;
    const struct ic_component_options options = {
        .jid = config->jid,
        .server = config->server,
        .port = config->port,
        .secret = secret,
        .limits = {.bytes_max = config->stanza_bytes_max},
        .outbox_bytes_max = config->outbox_bytes_max,
        .answer_bytes_max = config->answer_bytes_max,
        .context = exchange,
        .stanza = on_stanza,
        .changed = on_change};
    enum ic_status status = ic_loop_new(&exchange->loop, error);
    if (status == IC_OK)
        status = ic_loop_watch(exchange->loop, &exchange->signals, error);
    if (status == IC_OK)
        status = ic_component_new(exchange->loop, &options, &exchange->component, error);
    return status;
}

static void close_all(struct exchange *exchange)
{
    ic_component_free(exchange->component);
    if (exchange->signals.fd >= 0) {
        if (exchange->loop)
            ic_loop_unwatch(exchange->loop, &exchange->signals);
        close(exchange->signals.fd);
    }
    ic_loop_free(exchange->loop);
    if (exchange->server)
        ic_server_stop(exchange->server, COMMANDS_GRACE_MS);
    ic_parsers_free(exchange->service.parsers);
    ic_sessions_free(exchange->service.sessions);
    ic_catalog_close(exchange->catalog);
}

static enum ic_status run(struct ic_exchange_config *config, struct ic_error *error)
{
    struct exchange exchange = {.config = config, .signals.fd = -1};
    char *secret = NULL;
    enum ic_status status = ic_secret_read(config->secret_file, &secret, error);
    if (status == IC_OK)
        status = take_signals(&exchange, error);
    if (status == IC_OK)
        status = open_catalog(&exchange, error);
    if (status == IC_OK)
        status = make_component(&exchange, secret, error);
    ic_secret_free(secret);
    if (status == IC_OK) {
        ic_log("serving %s with the catalog %s", config->jid, config->catalog);
        exchange.sweep = (struct ic_timer){.expired = sweep, .context = &exchange};
        ic_loop_start_timer(exchange.loop, &exchange.sweep, SWEEP_INTERVAL_MS);
        ic_component_start(exchange.component);
        status = ic_loop_run(exchange.loop, error);
        ic_loop_stop_timer(exchange.loop, &exchange.sweep);
    }
    close_all(&exchange);
    if (status == IC_OK)
        ic_log("stopped");
    return status;
}

/* ---- the command line ---- */

static const char help[] =
    "Usage: intercloud-exchange --config FILE [--check]\n"
    "\n"
    "Serves an Intercloud catalog as a component of an XMPP server.\n"
    "\n"
    "  --config FILE  the configuration; exchange.conf.example explains every key\n"
    "  --check        read the configuration and the secret, say what is wrong, and end\n"
    "  --help         this text\n"
    "  --version      the program's version\n"
    "\n"
    "SIGTERM and SIGINT end it, SIGHUP loads the configured ontology again. It logs to "
    "standard\n"
    "error. While it runs, `intercloud-catalog --db DIRECTORY` works through it.\n"
    "Exit status: 0 done, 1 the configuration is wrong, 2 the usage is wrong, 3 the catalog\n"
    "failed, 4 refused.\n";

static int usage(const char *problem)
{
    fprintf(stderr, "intercloud-exchange: %s; see intercloud-exchange --help\n", problem);
    return ic_status_exit(IC_USAGE);
}

static int serve(const char *path, bool check)
{
    struct ic_error error = {0};
    struct ic_exchange_config *config = NULL;
    char *secret = NULL;
    enum ic_status status = ic_exchange_config_read(path, &config, &error);
    if (status == IC_OK)
        status =
            check ? ic_secret_read(config->secret_file, &secret, &error) : run(config, &error);
    if (status != IC_OK)
        ic_error_print(&error, stderr);
    else if (check)
        printf("%s: the configuration is right\n", path);
    ic_secret_free(secret);
    ic_exchange_config_free(config);
    return ic_status_exit(status);
}

int main(int argc, char **argv)
{
    enum { CONFIG = 1, CHECK, HELP, SHOW_VERSION };
    static const struct option options[] = {{"config", required_argument, NULL, CONFIG},
                                            {"check", no_argument, NULL, CHECK},
                                            {"help", no_argument, NULL, HELP},
                                            {"version", no_argument, NULL, SHOW_VERSION},
                                            {NULL, 0, NULL, 0}};
    const char *path = NULL;
    bool check = false;
    if (argc > 1 && strcmp(argv[1], IC_PARSER_ARGUMENT) == 0)
        return ic_parser_process(argc, argv);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == CONFIG) {
            path = optarg;
        } else if (option == CHECK) {
            check = true;
        } else if (option == HELP) {
            fputs(help, stdout);
            return 0;
        } else if (option == SHOW_VERSION) {
            puts("intercloud-exchange " IC_VERSION);
            return 0;
        } else {
            return ic_status_exit(IC_USAGE);
        }
    }
    if (optind < argc)
        return usage("there are no arguments but options");
    if (!path)
        return usage("--config FILE is missing");
    return serve(path, check);
}
