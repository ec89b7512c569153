/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one command. */
#include <errno.h>

#include "command_run.h"

int ic_invocation_run(struct ic_invocation *invocation)
{
    struct ic_io *io = invocation->io;
    struct ic_error error = {.status = IC_OK};
    enum ic_status status = invocation->command->run(invocation, &error);
    /* When output fails, whatever else failed is a consequence of it. */
    const enum ic_status written = ic_out_check(io, &error);
    const int problem = io->out_error(io);
    status = written == IC_OK ? status : written;
    /* Who has stopped reading, or has interrupted, knows. */
    if (status != IC_OK && problem != EPIPE && problem != ECANCELED)
        ic_error_print(&error, io->err);
    fflush(io->err);
    return ic_status_exit(status);
}

bool ic_command_cancelled(void *context)
{
    struct ic_io *io = context;
    return io->cancelled(io);
}

int ic_shell_run(struct ic_catalog *catalog, struct ic_io *io, int argc, char **argv)
{
    struct ic_error error = {.status = IC_OK};
    struct ic_invocation invocation = {.catalog = catalog, .io = io};
    int words = 0, result = ic_status_exit(IC_USAGE);
    const struct ic_command *command =
        argc > 0 ? ic_command_find(argc, argv, &words, &error) : NULL;
    if (argc <= 0)
        ic_fail(&error, IC_USAGE, "a command is missing");
    if (command && ic_invocation_parse(&invocation, command, argc - words, argv + words,
                                       &error) == IC_OK) {
        if (invocation.help) {
            ic_help_command(command, io->out);
            result = 0;
        } else {
            result = ic_invocation_run(&invocation);
        }
    } else {
        result = ic_status_exit(error.status);
        ic_error_print(&error, io->err);
    }
    ic_invocation_clear(&invocation);
    fflush(io->out);
    fflush(io->err);
    return result;
}
