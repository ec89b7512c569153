/* SPDX-License-Identifier: Apache-2.0 */
/* Shutting a process in: after ic_sandbox_enter it can read and write one descriptor, ask for
 * memory, the time and random bytes, and end. The kernel kills it at any other system call
 * (seccomp with a list of what is allowed), at more memory or more CPU time than it was given.
 *
 * Under AddressSanitizer and ThreadSanitizer (IC_SANDBOX_SANITIZED) memory is not bounded, for
 * their shadows reserve terabytes, nor is what is written to a file that descriptor 2 may be,
 * and what their run time does besides is allowed too: signal masks, yielding, its report on
 * descriptor 2. Opening anything, sockets and processes stay out of reach.
 * Threads: none; the process has only one. */
#ifndef IC_SANDBOX_H
#define IC_SANDBOX_H

#include "catalog/status.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IC_SANDBOX_SANITIZED 1
#else
#define IC_SANDBOX_SANITIZED 0
#endif

/* Shuts the calling process in, for good. `fd` is the descriptor that stays, `memory_bytes`
 * what it may take beyond what it has, `cpu_s` its CPU time from here on (prlimit from outside
 * can change that). IC_IO: the kernel refuses; the process is then only partly shut in and must
 * end. */
enum ic_status ic_sandbox_enter(int fd, size_t memory_bytes, unsigned cpu_s,
                                struct ic_error *error);

#endif
