/* SPDX-License-Identifier: Apache-2.0 */
/* SIGINT, SIGTERM and SIGHUP while this process owns a catalog: the command is asked to end, so
 * that the catalog can be closed cleanly.
 * Threads: one at a time in a process. */
#ifndef IC_SHELL_INTERRUPT_H
#define IC_SHELL_INTERRUPT_H

struct ic_interrupt;

enum { IC_INTERRUPT_GRACE_MS = 5000 };

/* Blocks these signals for this thread and those it makes. When one comes, the descriptor
 * becomes readable; when the process has not ended IC_INTERRUPT_GRACE_MS later, or a second
 * one comes, it is ended, which a catalog survives. NULL when the system has no resources left.
 * Owned: ic_interrupt_end. */
struct ic_interrupt *ic_interrupt_begin(void);
int ic_interrupt_fd(const struct ic_interrupt *interrupt);

/* Unblocks them; the signal that came, or 0. */
int ic_interrupt_end(struct ic_interrupt *interrupt);

/* Ends the process as `signal` would have done. */
_Noreturn void ic_interrupt_die(int signal);

#endif
