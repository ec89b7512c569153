/* SPDX-License-Identifier: Apache-2.0 */
/* The program intercloud-catalog: takes the command line apart, finds the catalog and its
 * owner. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "command.h"
#include "server_session.h"
#include "shell_interrupt.h"
#include "shell_local.h"

enum {
    OWNER_WAIT_MS = 5000, /* for an owner who starts up, closes or is busy */
    RETRY_FIRST_MS = 10,
    RETRY_LAST_MS = 400,
    READER_MS = 500, /* for the reader of our output, before the catalog is given up */
    INTERRUPT_GRACE_MS = 2000
};

struct shell {
    const char *db, *ontology;
    struct ic_limits limits; /* of $INTERCLOUD_LIMITS */
    struct ic_invocation invocation;
    int argc; /* the command and what follows */
    char **argv;
};

static int fail(const struct ic_error *error)
{
    ic_error_print(error, stderr);
    return ic_status_exit(error->status);
}

/* Passes the rest of the output on, ends what is given and tells the exit status. */
static int finish(struct ic_local_io *local, struct ic_interrupt *interrupt, int result)
{
    const int problem = ic_local_io_flush(local, -1);
    ic_local_io_free(local);
    const int signal = interrupt ? ic_interrupt_end(interrupt) : 0;
    if (signal)
        ic_interrupt_die(signal);
    if (problem == EPIPE)
        ic_interrupt_die(SIGPIPE);
    return problem ? ic_status_exit(IC_IO) : result;
}

static int out_of_memory(void)
{
    struct ic_error error;
    ic_fail(&error, IC_NO_MEMORY, "out of memory");
    return fail(&error);
}

/* A command that needs no catalog. */
static int run_alone(struct shell *shell)
{
    struct ic_local_io *local = ic_local_io_new(-1);
    if (!local)
        return out_of_memory();
    shell->invocation.io = ic_local_io(local);
    return finish(local, NULL, ic_invocation_run(&shell->invocation));
}

/* Runs the command on our own catalog, which others may use meanwhile, and closes that. */
static int run_as_owner(struct shell *shell, struct ic_catalog *catalog,
                        struct ic_interrupt *interrupt)
{
    struct ic_error error;
    struct ic_server *server = NULL;
    struct ic_local_io *local = ic_local_io_new(ic_interrupt_fd(interrupt));
    if (!local) {
        ic_catalog_close(catalog);
        ic_interrupt_end(interrupt);
        return out_of_memory();
    }
    shell->invocation.io = ic_local_io(local);
    shell->invocation.catalog = catalog;
    if (ic_server_start(catalog, &server, &error) != IC_OK) {
        fputs("note: no other process can use the catalog meanwhile: ",
              shell->invocation.io->err);
        ic_error_print(&error, shell->invocation.io->err);
    }
    const int result = ic_invocation_run(&shell->invocation);

    /* The catalog is not kept from others until somebody has read our last page of output. */
    ic_local_io_flush(local, READER_MS);
    struct pollfd interrupted = {.fd = ic_interrupt_fd(interrupt), .events = POLLIN};
    ic_server_stop(server, poll(&interrupted, 1, 0) > 0 ? INTERRUPT_GRACE_MS : -1);
    ic_catalog_close(catalog);
    return finish(local, interrupt, result);
}

static enum ic_status open_catalog(struct shell *shell, struct ic_catalog **catalog,
                                   struct ic_error *error)
{
    const unsigned needs = ic_invocation_needs(&shell->invocation);
    const struct ic_catalog_options options = {.directory = shell->db,
                                               .create = needs & IC_COMMAND_CREATES,
                                               .ontology = shell->ontology,
                                               .limits = shell->limits};
    return ic_catalog_open(&options, catalog, error);
}

/* Waits longer each time; false when the time is over. */
static bool wait_again(int64_t deadline_ms, int *pause_ms)
{
    if (ic_session_now_ms() >= deadline_ms)
        return false;
    poll(NULL, 0, *pause_ms);
    *pause_ms = 2 * *pause_ms < RETRY_LAST_MS ? 2 * *pause_ms : RETRY_LAST_MS;
    return true;
}

/* Has the command run by the catalog's owner. False: try again, as the owner perhaps. */
static bool run_by_owner(struct shell *shell, int64_t deadline_ms, int *pause_ms, bool *again,
                         int *result)
{
    struct ic_error error;
    struct ic_client_outcome outcome;
    switch (ic_client_run(shell->db, shell->argc, shell->argv, &outcome, &error)) {
    case IC_CLIENT_DONE:
        *result = outcome.exit_status;
        return true;
    case IC_CLIENT_NOT_STARTED:
        if (wait_again(deadline_ms, pause_ms))
            return false;
        break;
    case IC_CLIENT_LOST:
        /* What changes nothing and has said nothing can be done again. */
        if (!*again && !outcome.printed &&
            ic_invocation_needs(&shell->invocation) & IC_COMMAND_READ_ONLY) {
            *again = true;
            return false;
        }
        break;
    case IC_CLIENT_FAILED:
        if (outcome.pipe_closed)
            ic_interrupt_die(SIGPIPE);
        break;
    }
    const struct ic_error inner = error;
    ic_fail(&error, inner.status, "%s: %s", shell->db, inner.text);
    *result = fail(&error);
    return true;
}

static int run_on_catalog(struct shell *shell)
{
    const int64_t deadline_ms = ic_session_now_ms() + OWNER_WAIT_MS;
    int pause_ms = RETRY_FIRST_MS, result = 0;
    bool again = false;
    for (;;) {
        struct ic_error error;
        struct ic_catalog *catalog;
        struct ic_interrupt *interrupt = ic_interrupt_begin();
        if (!interrupt)
            return out_of_memory();
        const enum ic_status status = open_catalog(shell, &catalog, &error);
        if (status == IC_OK)
            return run_as_owner(shell, catalog, interrupt);
        const int signal = ic_interrupt_end(interrupt);
        if (signal)
            ic_interrupt_die(signal);
        if (status != IC_OWNED)
            return fail(&error);
        if (shell->ontology) {
            ic_fail(&error, IC_OWNED,
                    "%s: another process owns the catalog, so --ontology cannot be tried on it",
                    shell->db);
            return fail(&error);
        }
        if (run_by_owner(shell, deadline_ms, &pause_ms, &again, &result))
            return result;
    }
}

/* Without a command. */
static int run_no_command(void)
{
    ic_help_program(stderr);
    return ic_status_exit(IC_USAGE);
}

/* The options in front of the command. True: they were all there is, with *result. */
static bool take_globals(struct shell *shell, struct ic_error *error, int *result)
{
    struct ic_option_value values[IC_COMMAND_GLOBALS_MAX];
    size_t count;
    int used;
    if (ic_globals_parse(shell->argc, shell->argv, values, &count, &used, error) != IC_OK) {
        *result = fail(error);
        return true;
    }
    shell->argc -= used;
    shell->argv += used;
    for (size_t i = 0; i < count; i++) {
        const char *name = values[i].option->name;
        if (strcmp(name, "db") == 0) {
            shell->db = values[i].value;
        } else if (strcmp(name, "ontology") == 0) {
            shell->ontology = values[i].value;
        } else {
            if (strcmp(name, "version") == 0)
                puts("intercloud-catalog " IC_VERSION);
            else
                ic_help_program(stdout);
            *result = fflush(stdout) == 0 ? 0 : ic_status_exit(IC_IO);
            return true;
        }
    }
    return false;
}

static int run_command(struct shell *shell)
{
    struct ic_error error;
    int words;
    struct ic_invocation *invocation = &shell->invocation;
    const struct ic_command *command =
        ic_command_find(shell->argc, shell->argv, &words, &error);
    if (!command ||
        ic_invocation_parse(invocation, command, shell->argc - words, shell->argv + words,
                            &error) != IC_OK ||
        ic_limits_from_environment(&shell->limits, &error) != IC_OK)
        return fail(&error);
    if (invocation->help) {
        ic_help_command(command, stdout);
        return fflush(stdout) == 0 ? 0 : ic_status_exit(IC_IO);
    }
    invocation->ontology = shell->ontology;
    invocation->limits = &shell->limits;
    return ic_invocation_needs(invocation) & IC_COMMAND_CATALOG ? run_on_catalog(shell)
                                                                : run_alone(shell);
}

int ic_shell_main(int argc, char **argv)
{
    const char *chosen = getenv("INTERCLOUD_DB");
    struct shell shell = {.db = chosen && *chosen ? chosen : "catalog.db",
                          .argc = argc > 0 ? argc - 1 : 0,
                          .argv = argv + (argc > 0)};
    struct ic_error error;
    int result;
    signal(SIGPIPE, SIG_IGN);
    if (take_globals(&shell, &error, &result))
        return result;
    result = shell.argc ? run_command(&shell) : run_no_command();
    ic_invocation_clear(&shell.invocation);
    return result;
}
