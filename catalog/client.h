/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of the catalog's socket: has a command run by the process that owns the
 * catalog. */
#ifndef IC_CLIENT_H
#define IC_CLIENT_H

#include <stdbool.h>

#include "status.h"

enum ic_client_result {
    IC_CLIENT_DONE,        /* it ran: exit_status */
    IC_CLIENT_NOT_STARTED, /* nobody listens, or he is busy or closing: try again */
    IC_CLIENT_LOST,        /* the owner went away in the middle; `error` */
    IC_CLIENT_FAILED       /* `error` */
};

struct ic_client_outcome {
    int exit_status;
    bool printed;     /* something has reached stdout or stderr */
    bool pipe_closed; /* FAILED because nobody reads stdout any more */
};

/* Runs the command with this process's stdin, stdout, stderr and files. Only files that the
 * command line names are opened for the owner, who must be the same user, root, or (for root)
 * the user whose directory it is. With IC_CLIENT_NOT_STARTED `error` says why. SIGPIPE must be
 * ignored. */
enum ic_client_result ic_client_run(const char *directory, int argc, char *const *argv,
                                    struct ic_client_outcome *outcome, struct ic_error *error);

#endif
