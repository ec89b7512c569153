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

#include "adhoc.h"
#include "catalog/shell.h"
#include "chores.h"
#include "component.h"
#include "exchange_keys.h"
#include "log.h"
#include "parser_process.h"
#include "reload.h"
#include "secret.h"
#include "service.h"

enum {
    WORK_GRACE_MS = 5000, /* what is in flight may take so long when it is to stop */
    STREAM_GRACE_MS = 2000,
    COMMANDS_GRACE_MS = 5000,
    SWEEP_INTERVAL_MS = 10 * 1000
};

struct exchange {
    struct ic_exchange_config *config;
    struct ic_catalog *catalog;
    struct ic_server *server;
    struct ic_loop *loop;
    struct ic_component *component;
    struct ic_policy *policy;
    struct ic_parsers *parsers;
    struct ic_service *service;
    struct ic_chores *chores;
    struct ic_watch signals, work;
    struct ic_timer sweep, tick, deadline;
    bool stopping, stream_ended;
};

/* ---- stanzas ---- */

static void on_stanza(void *context, struct ic_stanza *stanza)
{
    ic_service_take(((struct exchange *)context)->service, stanza);
}

static enum ic_status send_stanza(void *context, const char *bytes, size_t length,
                                  struct ic_error *error)
{
    return ic_component_send(((struct exchange *)context)->component, bytes, length, error);
}

/* Once nothing is being worked on and all is sent, or the time for that is over. */
static void stop_when_idle(struct exchange *exchange)
{
    if (exchange->stopping && !exchange->stream_ended && ic_service_idle(exchange->service)) {
        exchange->stream_ended = true;
        ic_loop_stop_timer(exchange->loop, &exchange->deadline);
        ic_component_stop(exchange->component, STREAM_GRACE_MS);
    }
}

static void on_work(void *context, uint32_t events)
{
    struct exchange *exchange = context;
    (void)events;
    ic_component_cork(exchange->component);
    ic_service_finish(exchange->service);
    ic_component_uncork(exchange->component);
    stop_when_idle(exchange);
}

/* What came in together is begun, and where that is short answered, together. */
static bool on_turn(void *context)
{
    struct exchange *exchange = context;
    ic_component_cork(exchange->component);
    const bool again = ic_service_go(exchange->service);
    ic_component_uncork(exchange->component);
    stop_when_idle(exchange);
    return again;
}

static void on_tick(void *context)
{
    struct exchange *exchange = context;
    ic_service_tick(exchange->service);
    ic_chores_tick(exchange->chores);
    stop_when_idle(exchange);
    ic_loop_start_timer(exchange->loop, &exchange->tick, IC_SERVICE_TICK_MS);
}

static void on_room(void *context)
{
    struct exchange *exchange = context;
    ic_service_flush(exchange->service);
    stop_when_idle(exchange);
}

static void on_change(void *context, enum ic_component_state state)
{
    struct exchange *exchange = context;
    if (state == IC_COMPONENT_STOPPED)
        ic_loop_stop(exchange->loop);
}

/* ---- configuration ---- */

static struct ic_component_options component_options(struct exchange *exchange,
                                                     const struct ic_exchange_config *config,
                                                     const char *secret)
{
    return (struct ic_component_options){.jid = config->jid,
                                         .server = config->server,
                                         .port = (unsigned)config->port,
                                         .secret = secret,
                                         .limits = {.bytes_max = config->stanza_bytes_max},
                                         .outbox_bytes_max = config->outbox_bytes_max,
                                         .answer_bytes_max = config->answer_bytes_max,
                                         .context = exchange,
                                         .stanza = on_stanza,
                                         .room = on_room,
                                         .changed = on_change};
}

static struct ic_settings settings_of(const struct ic_exchange_config *config)
{
    return (struct ic_settings){
        .answer_bytes_max = config->answer_bytes_max,
        .lease_ms = config->lease_ms,
        .lease_max_ms = config->lease_max_ms,
        .match_timeout_ms = (long)config->match_seconds * 1000,
        .sparql_timeout_ms = (long)config->sparql_seconds * 1000,
        .sparql_memory_max = config->sparql_bytes,
        .publication_bytes_max = config->publication_bytes,
        .publication_parts_max = config->publication_parts,
        .queue_ms = (int64_t)config->queue_seconds * 1000,
        .sessions = {.sessions_max = config->sessions_max,
                     .bytes_max = config->session_bytes,
                     .idle_ms = (int64_t)config->session_seconds * 1000},
        .jobs = {.workers = (unsigned)config->workers, .queued_max = config->queue_requests}};
}

/* The exchange takes the reference. Work that has begun keeps to the one before. */
static void use_config(struct exchange *exchange, struct ic_exchange_config *config)
{
    const struct ic_settings settings = settings_of(config);
    ic_service_configure(exchange->service, config->roles, config->quotas, &settings);
    ic_exchange_config_release(exchange->config);
    exchange->config = config;
}

static void reload(struct exchange *exchange)
{
    struct ic_exchange_config *next;
    struct ic_error error = {0};
    char *secret;
    if (ic_reload_config(exchange->config, &next, &secret) != IC_OK)
        return;
    const struct ic_component_options options = component_options(exchange, next, secret);
    if (ic_component_configure(exchange->component, &options, &error) == IC_OK) {
        use_config(exchange, next);
        ic_log("the configuration was read again");
    } else {
        ic_log_error(&error, "the configuration in force stays");
        ic_exchange_config_release(next);
    }
    ic_secret_free(secret);
}

/* ---- signals ---- */

static void on_signal(void *context, uint32_t events)
{
    struct exchange *exchange = context;
    struct signalfd_siginfo info;
    struct ic_error error = {0};
    (void)events;
    if (read(exchange->signals.fd, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo == SIGHUP) {
        ic_log("reloading on SIGHUP");
        reload(exchange);
        if (!exchange->config->ontology)
            ic_log("the configuration names no ontology, so none is loaded");
        else if (ic_chores_load_ontology(exchange->chores, exchange->config->ontology,
                                         &error) != IC_OK)
            ic_log_error(&error, "the ontology in force stays");
        return;
    }
    ic_log("stopping on signal %u", info.ssi_signo);
    if (exchange->stopping) { /* a second one does not wait */
        ic_loop_stop(exchange->loop);
        return;
    }
    exchange->stopping = true;
    ic_chores_stop(exchange->chores);
    ic_service_drain(exchange->service);
    ic_loop_start_timer(exchange->loop, &exchange->deadline, WORK_GRACE_MS);
    stop_when_idle(exchange);
}

static void give_up_work(void *context)
{
    struct exchange *exchange = context;
    ic_log("not everything was done in %d ms; the rest is given up", WORK_GRACE_MS);
    exchange->stream_ended = true;
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

static enum ic_status start_service(struct exchange *exchange, struct ic_error *error)
{
    const struct ic_service_options options = {.catalog = exchange->catalog,
                                               .jid = exchange->config->jid,
                                               .roles = exchange->config->roles,
                                               .quotas = exchange->config->quotas,
                                               .policy = exchange->policy,
                                               .parsers = exchange->parsers,
                                               .settings = settings_of(exchange->config),
                                               .now_ms = ic_loop_now_ms,
                                               .context = exchange,
                                               .send = send_stanza};
    const enum ic_status status = ic_service_new(&options, &exchange->service, error);
    if (status != IC_OK)
        return status;
    exchange->chores = ic_chores_new(exchange->service, exchange->catalog);
    return exchange->chores ? IC_OK : ic_fail(error, IC_NO_MEMORY, "memory is out");
}

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
    exchange->policy = ic_policy_new();
    if (!exchange->policy)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    const struct ic_parsers_options parsers = {.processes_max = config->workers};
    status = ic_parsers_new(&parsers, &exchange->parsers, error);
    return status == IC_OK ? start_service(exchange, error) : status;
}

static void sweep(void *context)
{
    struct exchange *exchange = context;
    ic_chores_sweep(exchange->chores);
    ic_policy_tick(exchange->policy, ic_loop_now_ms());
    ic_loop_start_timer(exchange->loop, &exchange->sweep, SWEEP_INTERVAL_MS);
}

static enum ic_status make_component(struct exchange *exchange, const char *secret,
                                     struct ic_error *error)
{
    const struct ic_component_options options =
        component_options(exchange, exchange->config, secret);
    enum ic_status status = ic_loop_new(&exchange->loop, error);
    if (status == IC_OK) {
        ic_loop_on_turn(exchange->loop, on_turn, exchange);
        status = ic_loop_watch(exchange->loop, &exchange->signals, error);
    }
    exchange->work = (struct ic_watch){.fd = ic_service_fd(exchange->service),
                                       .events = EPOLLIN,
                                       .ready = on_work,
                                       .context = exchange};
    if (status == IC_OK)
        status = ic_loop_watch(exchange->loop, &exchange->work, error);
    if (status == IC_OK)
        status = ic_component_new(exchange->loop, &options, &exchange->component, error);
    return status;
}

static void close_all(struct exchange *exchange)
{
    ic_component_free(exchange->component);
    if (exchange->loop) {
        ic_loop_unwatch(exchange->loop, &exchange->signals);
        ic_loop_unwatch(exchange->loop, &exchange->work);
        ic_loop_stop_timer(exchange->loop, &exchange->sweep);
        ic_loop_stop_timer(exchange->loop, &exchange->tick);
        ic_loop_stop_timer(exchange->loop, &exchange->deadline);
    }
    if (exchange->signals.fd >= 0)
        close(exchange->signals.fd);
    ic_loop_free(exchange->loop);
    if (exchange->server)
        ic_server_stop(exchange->server, COMMANDS_GRACE_MS);
    ic_service_free(exchange->service);
    ic_chores_free(exchange->chores);
    ic_parsers_free(exchange->parsers);
    ic_policy_free(exchange->policy);
    ic_catalog_close(exchange->catalog);
    ic_exchange_config_release(exchange->config);
}

/* Takes the reference to the configuration. */
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
        exchange.tick = (struct ic_timer){.expired = on_tick, .context = &exchange};
        exchange.deadline = (struct ic_timer){.expired = give_up_work, .context = &exchange};
        ic_loop_start_timer(exchange.loop, &exchange.sweep, SWEEP_INTERVAL_MS);
        ic_loop_start_timer(exchange.loop, &exchange.tick, IC_SERVICE_TICK_MS);
        ic_component_start(exchange.component);
        status = ic_loop_run(exchange.loop, error);
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
    "  --check        say everything that is wrong with the configuration, the secret, the\n"
    "                 directories and the server's name, start nothing, and end\n"
    "  --help         this text\n"
    "  --version      the program's version\n"
    "\n"
    "The commands (XEP-0050) that it answers, and the key of the configuration that says who\n"
    "may give each; admins may give all:\n\n";

static const char more_help[] =
    "\n"
    "SIGTERM and SIGINT end it, SIGHUP reads the configuration and the ontology again. It\n"
    "logs to standard error. While it runs, `intercloud-catalog --db DIRECTORY` works through "
    "it.\n"
    "Exit status: 0 done, 1 the configuration is wrong, 2 the usage is wrong, 3 the catalog\n"
    "failed, 4 refused.\n";

static const char *key_of(enum ic_role role)
{
    size_t i = 0;
    while (ic_exchange_keys[i].type != IC_KEY_ROLE || ic_exchange_keys[i].place != role)
        i++;
    return ic_exchange_keys[i].name;
}

static void print_help(void)
{
    fputs(help, stdout);
    for (const struct ic_adhoc_command *c = ic_adhoc_commands; c->node; c++)
        printf("  %s (%s)\n      %s\n", c->node, key_of(c->role), c->about);
    fputs(more_help, stdout);
}

static int usage(const char *problem)
{
    fprintf(stderr, "intercloud-exchange: %s; see intercloud-exchange --help\n", problem);
    return ic_status_exit(IC_USAGE);
}

static void print_mistake(void *context, const struct ic_error *error)
{
    (void)context;
    ic_error_print(error, stderr);
}

static int check(const char *path)
{
    struct ic_exchange_config *config = NULL;
    enum ic_status status = ic_exchange_config_read(path, print_mistake, NULL, &config, NULL);
    if (status == IC_OK)
        status = ic_exchange_config_check(config, print_mistake, NULL);
    if (status == IC_OK)
        printf("%s: the configuration is right\n", path);
    ic_exchange_config_release(config);
    return ic_status_exit(status);
}

static int serve(const char *path)
{
    struct ic_error error = {0};
    struct ic_exchange_config *config = NULL;
    enum ic_status status = ic_exchange_config_read(path, print_mistake, NULL, &config, NULL);
    if (status == IC_OK && (status = run(config, &error)) != IC_OK)
        ic_error_print(&error, stderr);
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
    bool only_check = false;
    if (argc > 1 && strcmp(argv[1], IC_PARSER_ARGUMENT) == 0)
        return ic_parser_process(argc, argv);
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == CONFIG) {
            path = optarg;
        } else if (option == CHECK) {
            only_check = true;
        } else if (option == HELP) {
            print_help();
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
    return only_check ? check(path) : serve(path);
}
