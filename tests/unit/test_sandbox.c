/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that is shut in can still do, and that anything else is its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xmpp-frontend/sandbox.h"

enum { MEMORY_BYTES = 64 * 1024 * 1024, CPU_S = 10, ALLOWED = 0, NOT_SHUT_IN = 99 };

static int inside; /* the descriptor that stays; the other end is `outside` */
static int outside, pipe_ends[2];

/* How a process ends that is shut in and then does `act`: as waitpid says. */
static int end_of(void (*act)(void), size_t memory_bytes, unsigned cpu_s)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        if (ic_sandbox_enter(inside, memory_bytes, cpu_s, NULL) != IC_OK)
            _exit(NOT_SHUT_IN);
        act();
        _exit(ALLOWED);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* ---- what is forbidden; the raw calls, for what they would do does not matter ---- */

static void open_file(void)
{
    syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void open_old(void)
{
#ifdef SYS_open
    syscall(SYS_open, "/dev/null", O_RDONLY);
#else
    open_file();
#endif
}

static void stat_file(void)
{
    char buffer[512];
    syscall(SYS_newfstatat, AT_FDCWD, "/", buffer, 0);
}

static void unlink_file(void)
{
    syscall(SYS_unlinkat, AT_FDCWD, "/nothing/there", 0);
}

static void make_socket(void)
{
    syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void make_pair(void)
{
    int pair[2];
    syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, pair);
}

static void connect_socket(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET};
    syscall(SYS_connect, inside, &address, sizeof address);
}

static void send_descriptor(void)
{
    const struct msghdr message = {0};
    syscall(SYS_sendmsg, inside, &message, 0);
}

static void receive_descriptor(void)
{
    struct msghdr message = {0};
    syscall(SYS_recvmsg, inside, &message, MSG_DONTWAIT);
}

static void copy_descriptor(void)
{
    syscall(SYS_dup, inside);
}

static void read_other(void)
{
    char byte;
    syscall(SYS_read, pipe_ends[0], &byte, 0);
}

static void write_other(void)
{
    syscall(SYS_write, pipe_ends[1], "x", 1);
}

static void write_parts_to_other(void)
{
    syscall(SYS_writev, pipe_ends[1], NULL, 0);
}

static void control(void)
{
    int count;
    syscall(SYS_ioctl, inside, 0x541B, &count);
}

static void run_program(void)
{
    char name[] = "/bin/true", *arguments[] = {name, NULL};
    syscall(SYS_execve, name, arguments, NULL);
}

static void fork_process(void)
{
    syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void kill_parent(void)
{
    syscall(SYS_kill, getppid(), 0);
}

static void kill_itself(void)
{
    syscall(SYS_tgkill, 1, 1, 0);
}

static void trace_parent(void)
{
    syscall(SYS_ptrace, 16, 1, 0, 0);
}

static void read_parent(void)
{
    syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static void lift_limits(void)
{
    struct rlimit limit = {1, 1};
    syscall(SYS_prlimit64, 0, RLIMIT_CPU, &limit, NULL);
}

static void lift_privileges(void)
{
    syscall(SYS_setuid, 0);
}

static void change_filter(void)
{
    syscall(SYS_seccomp, 0, 0, NULL);
}

static void map_code(void)
{
    syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void map_file(void)
{
    syscall(SYS_mmap, NULL, 4096, PROT_READ, MAP_PRIVATE, inside, 0);
}

static void make_code(void)
{
    static char page[8192];
    char *aligned = page + 4096 - (uintptr_t)page % 4096;
    syscall(SYS_mprotect, aligned, 4096, PROT_READ | PROT_EXEC);
}

static void set_namespace(void)
{
    syscall(SYS_unshare, CLONE_NEWUSER);
}

static void start_ring(void)
{
    syscall(SYS_io_uring_setup, 1, NULL);
}

static void unknown_call(void)
{
    syscall(100000);
}

/* getpid has number 20 among the 32-bit calls, where 20 is writev among ours. */
static void call_32_bit(void)
{
#ifdef __x86_64__
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
#else
    unknown_call();
#endif
}

static void refuses_everything_else(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {
        {"open", open_old},
        {"openat", open_file},
        {"stat", stat_file},
        {"unlink", unlink_file},
        {"socket", make_socket},
        {"socketpair", make_pair},
        {"connect", connect_socket},
        {"sendmsg", send_descriptor},
        {"recvmsg", receive_descriptor},
        {"dup", copy_descriptor},
        {"read of another descriptor", read_other},
        {"write to another descriptor", write_other},
        {"writev to another descriptor", write_parts_to_other},
        {"ioctl", control},
        {"execve", run_program},
        {"clone", fork_process},
        {"kill", kill_parent},
        {"tgkill", kill_itself},
        {"ptrace", trace_parent},
        {"process_vm_readv", read_parent},
        {"prlimit", lift_limits},
        {"setuid", lift_privileges},
        {"seccomp", change_filter},
        {"mmap of code", map_code},
        {"mmap of a file", map_file},
        {"mprotect to code", make_code},
        {"unshare", set_namespace},
        {"io_uring", start_ring},
        {"an unknown call", unknown_call},
        {"a 32-bit call", call_32_bit},
    };
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
        const int status = end_of(acts[i].act, MEMORY_BYTES, CPU_S);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV && acts[i].act == call_32_bit)
            continue; /* a kernel without such calls */
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %#x instead of SIGSYS", acts[i].name, (unsigned)status);
    }
}

/* ---- what is allowed ---- */

/* Reads a byte, writes it back, uses memory, asks the time. */
static void do_its_work(void)
{
    char byte = 0;
    struct timespec now;
    char *small = malloc(100), *large = malloc(1024 * 1024);
    if (!small || !large || read(inside, &byte, 1) != 1)
        _exit(1);
    large = realloc(large, 4 * 1024 * 1024);
    if (!large)
        _exit(2);
    memset(large, byte, 4 * 1024 * 1024);
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || write(inside, large + 5, 1) != 1)
        _exit(3);
    free(small);
    free(large);
}

static void allows_its_work(void **state)
{
    (void)state;
    char byte = 0;
    assert_int_equal(write(outside, "x", 1), 1);
    assert_int_equal(end_of(do_its_work, MEMORY_BYTES, CPU_S), ALLOWED);
    assert_int_equal(read(outside, &byte, 1), 1);
    assert_int_equal(byte, 'x');
}

/* ---- what is bounded ---- */

static void take_much(void)
{
    char *memory = malloc(2 * (size_t)MEMORY_BYTES);
    _exit(memory ? 1 : 7);
}

static void bounds_memory(void **state)
{
    (void)state;
    const int status = end_of(take_much, MEMORY_BYTES, CPU_S);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), IC_SANDBOX_SANITIZED ? 1 : 7);
}

static void compute_for_ever(void)
{
    for (volatile unsigned i = 0;; i++)
        continue;
}

static void bounds_time(void **state)
{
    (void)state;
    const int status = end_of(compute_for_ever, MEMORY_BYTES, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGXCPU);
}

int main(void)
{
    int pair[2];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_everything_else),
        cmocka_unit_test(allows_its_work),
        cmocka_unit_test(bounds_memory),
        cmocka_unit_test(bounds_time),
    };
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(pipe_ends) != 0)
        return 1;
    inside = pair[0];
    outside = pair[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
