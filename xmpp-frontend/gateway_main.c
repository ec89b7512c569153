/* SPDX-License-Identifier: Apache-2.0 */
/* The program intercloud-gateway: a cloud's side of the exchange, one command a run. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "catalog/duration.h"
#include "gateway_answer.h"
#include "gateway_payload.h"
#include "secret.h"

#define VERSION "0.1"

/* The command line taken apart. */
struct gateway {
    const char *config_path;
    const char *format;       /* publish: of the files; match: of the answer */
    const char *request_path; /* match --request */
    int64_t lease_ms;
    long timeout_s;
    bool show_stanzas;
    char **operands;
    size_t operand_count;

    struct ic_gateway_config *config;
    struct ic_gateway_client *client; /* opened when first needed */
    struct ic_error error;
};

struct command {
    const char *name, *operands, *summary;
    const char *options; /* letters of `options` that it takes */
    size_t operands_min, operands_max;
    enum ic_status (*run)(struct gateway *gateway);
};

enum { OPERANDS_MAX = 1 << 16 };

/* ---- talking ---- */

static enum ic_status connect_gateway(struct gateway *gateway)
{
    char *password = NULL;
    if (gateway->client)
        return IC_OK;
    enum ic_status status =
        ic_secret_read(gateway->config->password_file, &password, &gateway->error);
    if (status == IC_OK)
        status =
            ic_gateway_open(gateway->config, password, gateway->show_stanzas ? stderr : NULL,
                            &gateway->client, &gateway->error);
    ic_secret_free(password);
    return status;
}

/* Takes over and frees `payload`, whose making came to `status`. */
static enum ic_status execute(struct gateway *gateway, const char *node,
                              const struct ic_gateway_subject *subject, enum ic_status status,
                              struct ic_buffer *payload, struct ic_gateway_reply *reply)
{
    *reply = (struct ic_gateway_reply){0};
    if (status == IC_OK)
        status = connect_gateway(gateway);
    if (status == IC_OK)
        status = ic_gateway_execute(gateway->client, node, payload, subject, stderr, reply,
                                    &gateway->error);
    ic_buffer_free(payload);
    return status;
}

/* ---- the commands ---- */

static enum ic_status publish_file(struct gateway *gateway, const char *path)
{
    const struct ic_publication publication = {
        .path = path,
        .format = gateway->format,
        .lease_ms = gateway->lease_ms,
        .bytes_max = IC_PUBLICATION_BYTES_MAX,
        .inline_bytes_max = (size_t)gateway->config->stanza_bytes_max / 2,
    };
    struct ic_gateway_subject subject = {.name = path};
    struct ic_buffer payload;
    struct ic_gateway_reply reply;
    enum ic_status status =
        ic_gateway_publication(&publication, &payload, &subject.has_lines, &gateway->error);
    status = execute(gateway, "publish_resources", &subject, status, &payload, &reply);
    if (status == IC_OK)
        status = ic_gateway_print_publish(&reply, path, stdout, &gateway->error);
    ic_gateway_reply_clear(&reply);
    return status;
}

/* Stops at the first file that is refused; those before it are published. */
static enum ic_status run_publish(struct gateway *gateway)
{
    enum ic_status status = IC_OK;
    setvbuf(stdout, NULL, _IOLBF, 0); /* what is confirmed is said at once */
    for (size_t i = 0; i < gateway->operand_count && status == IC_OK; i++)
        status = publish_file(gateway, gateway->operands[i]);
    return status;
}

static enum ic_status run_match(struct gateway *gateway)
{
    enum ic_gateway_format format = IC_GATEWAY_TEXT;
    struct ic_buffer payload;
    struct ic_gateway_reply reply;
    enum ic_status status = IC_OK;
    if ((gateway->request_path != NULL) == (gateway->operand_count > 0))
        return ic_fail(&gateway->error, IC_USAGE,
                       "match takes a request, or --request FILE.xml");
    if (gateway->format)
        status = ic_gateway_format_find(gateway->format, &format, &gateway->error);
    if (status != IC_OK)
        return status;
    status = ic_gateway_request(gateway->request_path, (const char *const *)gateway->operands,
                                gateway->operand_count, &payload, &gateway->error);
    const struct ic_gateway_subject subject = {
        .name = gateway->request_path ? gateway->request_path : "request"};
    status =
        execute(gateway, "constraint_catalog_resources", &subject, status, &payload, &reply);
    if (status == IC_OK)
        status = ic_gateway_print_match(&reply, format, stdout, stderr, &gateway->error);
    ic_gateway_reply_clear(&reply);
    return status;
}

static enum ic_status
about_cloud(struct gateway *gateway, const char *node, const char *element,
            enum ic_status (*print)(const struct ic_gateway_reply *, const char *, FILE *,
                                    struct ic_error *))
{
    const char *cloud = gateway->operands[0];
    const struct ic_gateway_subject subject = {.name = gateway->config->exchange};
    struct ic_buffer payload;
    struct ic_gateway_reply reply;
    enum ic_status status = ic_gateway_cloud(element, cloud, &payload, &gateway->error);
    status = execute(gateway, node, &subject, status, &payload, &reply);
    if (status == IC_OK)
        status = print(&reply, cloud, stdout, &gateway->error);
    ic_gateway_reply_clear(&reply);
    return status;
}

static enum ic_status run_withdraw(struct gateway *gateway)
{
    return about_cloud(gateway, "withdraw_resources", "withdraw", ic_gateway_print_withdraw);
}

static enum ic_status run_resolve(struct gateway *gateway)
{
    return about_cloud(gateway, "resolve_cloud", "resolve", ic_gateway_print_resolve);
}

static enum ic_status run_later(struct gateway *gateway)
{
    return ic_fail(&gateway->error, IC_USAGE,
                   "this version does not do that yet; it does publish, match, withdraw and "
                   "resolve");
}

static const struct command commands[] = {
    {"publish", "FILE...", "publish what the files say about your clouds; '-' is stdin", "fl",
     1, OPERANDS_MAX, run_publish},
    {"match", "REQUEST...", "ask which clouds satisfy a request", "fr", 0, OPERANDS_MAX,
     run_match},
    {"withdraw", "CLOUD", "end the advertisement of one of your clouds", "", 1, 1,
     run_withdraw},
    {"resolve", "CLOUD", "ask whose cloud it is: the JID to talk to", "", 1, 1, run_resolve},
    {"watch", NULL, NULL, "", 0, OPERANDS_MAX, run_later},
    {"message", NULL, NULL, "", 0, OPERANDS_MAX, run_later},
    {"listen", NULL, NULL, "", 0, OPERANDS_MAX, run_later},
};

/* ---- the command line ---- */

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"format", required_argument, NULL, 'f'},
    {"lease", required_argument, NULL, 'l'},
    {"request", required_argument, NULL, 'r'},
    {"show-stanzas", no_argument, NULL, 's'},
    {"timeout", required_argument, NULL, 't'},
    {"version", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    fputs("usage: intercloud-gateway [--config FILE] COMMAND [OPTION]... [ARGUMENT]...\n\n"
          "A cloud's side of an Intercloud exchange, over XMPP.\n\nCommands:\n",
          stdout);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].summary)
            printf("  %-9s %-12s %s\n", commands[i].name, commands[i].operands,
                   commands[i].summary);
    fputs(
        "\nOptions:\n"
        "  --config FILE     configuration; default $INTERCLOUD_GATEWAY_CONFIG, else\n"
        "                    ~/.config/intercloud/gateway.conf\n"
        "  --format FORMAT   publish: of the files (default: by their content);\n"
        "                    match: of the answer: text, xml or json\n"
        "  --lease DURATION  publish: how long it stands, as 90m, 12h, 7d or PT1H\n"
        "  --request FILE    match: a file with <constraints> in XML\n"
        "  --show-stanzas    print what is sent and received on stderr, as indented XML\n"
        "  --timeout SECONDS for connecting and for each answer (default: configuration)\n"
        "  --version         print the version\n"
        "  --help            this text\n"
        "\nExit status: 0 done (a match with no cloud too), 1 the input was wrong, 2 the usage "
        "was\nwrong, 3 the server failed, 4 refused.\n",
        stdout);
}

static enum ic_status parse_timeout(struct gateway *gateway, const char *text)
{
    char *end = NULL;
    errno = 0;
    gateway->timeout_s = strtol(text, &end, 10);
    if (errno || end == text || *end || gateway->timeout_s < 1 ||
        gateway->timeout_s > IC_GATEWAY_TIMEOUT_MAX_S)
        return ic_fail(&gateway->error, IC_USAGE, "--timeout takes seconds from 1 to %d",
                       IC_GATEWAY_TIMEOUT_MAX_S);
    return IC_OK;
}

static enum ic_status take_option(struct gateway *gateway, int letter, const char *value)
{
    struct ic_error reason = {.status = IC_OK};
    switch (letter) {
    case 'c':
        gateway->config_path = value;
        return IC_OK;
    case 'f':
        gateway->format = value;
        return IC_OK;
    case 'l':
        if (ic_duration_parse(value, &gateway->lease_ms, &reason) != IC_OK)
            return ic_fail(&gateway->error, IC_USAGE, "--lease: %s", reason.text);
        return IC_OK;
    case 'r':
        gateway->request_path = value;
        return IC_OK;
    case 's':
        gateway->show_stanzas = true;
        return IC_OK;
    case 't':
        return parse_timeout(gateway, value);
    default:
        return ic_fail(&gateway->error, IC_USAGE, "see 'intercloud-gateway --help'");
    }
}

/* Letters of the options that were given and belong to single commands go to `given`. */
static enum ic_status parse_options(struct gateway *gateway, int argc, char **argv,
                                    char given[static 16])
{
    size_t count = 0;
    for (int letter; (letter = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
        if (letter == 'h' || letter == 'v') {
            if (letter == 'h')
                print_help();
            else
                puts("intercloud-gateway " VERSION);
            exit(fflush(stdout) == 0 ? 0 : 3);
        }
        if (strchr("flr", letter) && letter != '?' && count < 15)
            given[count++] = (char)letter;
        const enum ic_status status = take_option(gateway, letter, optarg);
        if (status != IC_OK)
            return status;
    }
    given[count] = '\0';
    return IC_OK;
}

static enum ic_status find_command(struct gateway *gateway, const char *name, const char *given,
                                   const struct command **command)
{
    *command = NULL;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, name) == 0)
            *command = &commands[i];
    if (!*command)
        return ic_fail(&gateway->error, IC_USAGE,
                       "there is no command \"%s\"; see 'intercloud-gateway --help'", name);
    if ((*command)->run == run_later)
        return run_later(gateway);
    if (strspn(given, (*command)->options) != strlen(given))
        return ic_fail(&gateway->error, IC_USAGE,
                       "an option that %s does not take; see 'intercloud-gateway --help'",
                       name);
    if (gateway->operand_count < (*command)->operands_min ||
        gateway->operand_count > (*command)->operands_max)
        return ic_fail(&gateway->error, IC_USAGE, "usage: intercloud-gateway %s %s", name,
                       (*command)->operands);
    return IC_OK;
}

/* See IC_GATEWAY_ALARM_GRACE_S. */
static void give_up(int number)
{
    static const char text[] = "the server does not answer (timeout in the configuration)\n";
    (void)number;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(3);
    _exit(3);
}

static enum ic_status run(struct gateway *gateway, int argc, char **argv)
{
    const struct command *command = NULL;
    char given[16] = "";
    enum ic_status status = parse_options(gateway, argc, argv, given);
    if (status != IC_OK)
        return status;
    if (optind >= argc)
        return ic_fail(&gateway->error, IC_USAGE,
                       "which command? See 'intercloud-gateway --help'");
    gateway->operands = argv + optind + 1;
    gateway->operand_count = (size_t)(argc - optind - 1);
    if ((status = find_command(gateway, argv[optind], given, &command)) != IC_OK)
        return status;
    status = ic_gateway_config_read(gateway->config_path, &gateway->config, &gateway->error);
    if (status == IC_OK) {
        if (gateway->timeout_s)
            gateway->config->timeout_s = gateway->timeout_s;
        status = command->run(gateway);
    }
    if (status == IC_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = ic_fail_errno(&gateway->error, errno, "cannot write the answer");
    ic_gateway_close(gateway->client);
    ic_gateway_config_free(gateway->config);
    return status;
}

int main(int argc, char **argv)
{
    struct gateway gateway = {.error = {.status = IC_OK}};
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, give_up);
    const enum ic_status status = run(&gateway, argc, argv);
    if (status != IC_OK)
        ic_error_print(&gateway.error, stderr);
    return ic_status_exit(status);
}
