/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's commands, as a library: the program intercloud-catalog runs them on a catalog
 * of its own, or has them run by the process that owns the catalog, through its socket.
 *
 * A command sees its catalog, its arguments and a struct ic_io; it never touches stdin, stdout,
 * stderr, the environment or the file system by itself, so that it does the same on both ways.
 */
#ifndef IC_SHELL_H
#define IC_SHELL_H

#include "catalog.h"
#include "status.h"

#define IC_VERSION "0.1"

/* What a command has to do with the world. Writing to `out` and `err` never waits for their
 * reader: what he does not take yet is kept aside. */
struct ic_io {
    FILE *out, *err;
    bool out_is_terminal, err_is_terminal;
    unsigned columns; /* of the terminal; 0 unknown */
    /* Opens a file of the person who called, for reading; "-" is stdin. *size_bytes (may be
     * NULL) is 0 when unknown. NULL: `error` says why. Owned: fclose. */
    FILE *(*open)(struct ic_io *io, const char *path, uint64_t *size_bytes,
                  struct ic_error *error);
    /* Names of the regular files in one of his directories that end in `suffix`, sorted in byte
     * order, with the directory in front. Owned: free each, free. */
    enum ic_status (*list)(struct ic_io *io, const char *directory, const char *suffix,
                           char ***paths, size_t *count, struct ic_error *error);
    /* An absolute path of his, for a directory that is to be made (backup) or a base IRI.
     * NULL when memory is out or the connection is gone. Owned: free. */
    char *(*absolute)(struct ic_io *io, const char *path);
    /* The errno value of what went wrong with `out`, or 0. EPIPE: nobody reads it any more. */
    int (*out_error)(struct ic_io *io);
    /* True once nobody waits for the command any more: he interrupted it, or is gone. */
    bool (*cancelled)(struct ic_io *io);
};

/* Runs one command of the contract on an open catalog: argv[0] is the command's name. Returns
 * the exit status; errors have been printed to io->err. Threads: any number at once. */
int ic_shell_run(struct ic_catalog *catalog, struct ic_io *io, int argc, char **argv);

/* The whole program: options, finding or creating the catalog, the socket. */
int ic_shell_main(int argc, char **argv);

struct ic_server;

/* Listens on the Unix socket in the catalog's directory and runs the commands that come in,
 * each connection in a thread of its own (a bounded number). A stale socket is replaced: the
 * caller holds the catalog's lock, so nobody else can be listening. Only processes of the same
 * user and of root are answered. The threads take no signals. Owned: ic_server_stop. */
enum ic_status ic_server_start(struct ic_catalog *catalog, struct ic_server **server,
                               struct ic_error *error);

/* Removes the socket, refuses new commands and waits for running ones: at most `grace_ms`, then
 * their connections are closed, which ends a command at its next reading or writing. Negative:
 * as long as they need, but clients that take or give nothing for a while are dropped. */
void ic_server_stop(struct ic_server *server, long grace_ms);

#endif
