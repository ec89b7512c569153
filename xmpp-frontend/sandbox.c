/* SPDX-License-Identifier: Apache-2.0 */
/* Resource limits and the seccomp filter of a process that is shut in. */
#include "sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- what is bounded ---- */

static enum ic_status bound(int resource, rlim_t value, struct ic_error *error)
{
    const struct rlimit limit = {.rlim_cur = value, .rlim_max = value};
    if (setrlimit(resource, &limit) != 0)
        return ic_fail_errno(error, errno, "cannot set the resource limit %d", resource);
    return IC_OK;
}

/* The addresses in use, in bytes; 0: not known. */
static size_t address_space(void)
{
    unsigned long pages = 0;
    FILE *in = fopen("/proc/self/statm", "re");
    if (!in)
        return 0;
    const int read = fscanf(in, "%lu", &pages);
    fclose(in);
    return read == 1 ? pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static enum ic_status bound_memory(size_t memory_bytes, struct ic_error *error)
{
    const size_t used = address_space();
    if (IC_SANDBOX_SANITIZED)
        return IC_OK;
    if (used == 0)
        return ic_fail(error, IC_IO, "/proc/self/statm cannot be read; mount /proc");
    return bound(RLIMIT_AS, used + memory_bytes, error);
}

static enum ic_status bound_time(unsigned cpu_s, struct ic_error *error)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    const struct rlimit limit = {.rlim_cur = (rlim_t)used.ru_utime.tv_sec +
                                             (rlim_t)used.ru_stime.tv_sec + cpu_s + 1,
                                 .rlim_max = RLIM_INFINITY};
    /* Soft only, so that an unprivileged parent can move it; its signal cannot be caught. */
    if (setrlimit(RLIMIT_CPU, &limit) != 0)
        return ic_fail_errno(error, errno, "cannot bound the CPU time");
    return IC_OK;
}

static enum ic_status bound_resources(size_t memory_bytes, unsigned cpu_s,
                                      struct ic_error *error)
{
    /* 0 descriptors: those that are open stay so, another one cannot be had. */
    static const int none[] = {
        RLIMIT_NOFILE,
        RLIMIT_CORE,
        RLIMIT_NPROC,
        RLIMIT_MEMLOCK,
        RLIMIT_MSGQUEUE,
#if !IC_SANDBOX_SANITIZED /* whose report may go to a file */
        RLIMIT_FSIZE
#endif
    };
    enum ic_status status = bound_memory(memory_bytes, error);
    if (status == IC_OK)
        status = bound_time(cpu_s, error);
    for (size_t i = 0; i < sizeof none / sizeof *none && status == IC_OK; i++)
        status = bound(none[i], 0, error);
    return status;
}

/* ---- what is allowed ---- */

static const int calls[] = {
    SCMP_SYS(brk),           SCMP_SYS(munmap),          SCMP_SYS(mremap),
    SCMP_SYS(madvise), /* memory */
    SCMP_SYS(futex),         SCMP_SYS(restart_syscall), SCMP_SYS(exit_group),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday),    SCMP_SYS(time), /* without the vDSO */
    SCMP_SYS(sysinfo),                                                  /* glibc's qsort */
    SCMP_SYS(getrandom), /* salts of hash tables */
#if IC_SANDBOX_SANITIZED
    SCMP_SYS(getpid),        SCMP_SYS(gettid),          SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),   SCMP_SYS(rt_sigprocmask),  SCMP_SYS(rt_sigaction),
    SCMP_SYS(nanosleep),     SCMP_SYS(clock_nanosleep),
#endif
};

/* A call is allowed when all of its conditions hold: memory is never mapped from a file and
 * never becomes code. */
static int allow_with_conditions(scmp_filter_ctx filter, int fd)
{
    const struct scmp_arg_cmp not_code = SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1,
                                  SCMP_A0_32(SCMP_CMP_EQ, (unsigned)fd));
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                                  SCMP_A0_32(SCMP_CMP_EQ, (unsigned)fd));
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1,
                                  SCMP_A0_32(SCMP_CMP_EQ, (unsigned)fd));
    if (!failed && IC_SANDBOX_SANITIZED)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1,
                                  SCMP_A0_32(SCMP_CMP_EQ, STDERR_FILENO));
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, not_code,
                                  SCMP_A3_64(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    if (!failed)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, not_code);
    return failed;
}

static enum ic_status filter_calls(int fd, struct ic_error *error)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int failed = filter ? 0 : -ENOMEM;
    /* Calls of another architecture (32-bit ones) have other numbers. */
    if (!failed)
        failed = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    for (size_t i = 0; i < sizeof calls / sizeof *calls && !failed; i++)
        failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    if (!failed)
        failed = allow_with_conditions(filter, fd);
    if (!failed)
        failed = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    if (failed)
        return ic_fail_errno(error, -failed,
                             "the kernel takes no filter for system calls (seccomp)");
    return IC_OK;
}

enum ic_status ic_sandbox_enter(int fd, size_t memory_bytes, unsigned cpu_s,
                                struct ic_error *error)
{
    const enum ic_status status = bound_resources(memory_bytes, cpu_s, error);
    if (status != IC_OK)
        return status;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ic_fail_errno(error, errno, "cannot give up privileges");
    return filter_calls(fd, error);
}
