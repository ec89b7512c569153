/* SPDX-License-Identifier: Apache-2.0 */
/* What the crash tests share: seeded chance, directories of their own, children with deadlines,
 * results as TAP. */
#ifndef IC_TESTS_CRASH_SUPPORT_H
#define IC_TESTS_CRASH_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* SplitMix64: the same seed gives the same numbers everywhere. */
struct chance {
    uint64_t state;
};
uint64_t chance_next(struct chance *chance);
/* A number below `limit`, which is above 0. */
uint64_t chance_below(struct chance *chance, uint64_t limit);
bool chance_one_in(struct chance *chance, uint64_t n);

uint64_t now_us(void);
void sleep_us(uint64_t us);

enum { PATH_BYTES_MAX = 512 };

/* A new private directory below $TMPDIR or /tmp; its real path. `fast`: in memory where there
 * is a place for that, for tests that do not need a disk. Ends the program on failure. */
void make_scratch(char path[PATH_BYTES_MAX], bool fast);
/* "DIRECTORY/NAME" into `path`. Ends the program when it does not fit. */
void join_path(char path[PATH_BYTES_MAX], const char *directory, const char *name);
/* Removes the directory and what is in it; missing is no error. */
void remove_tree(const char *path);
/* Copies the files and directories below `from` (no sockets, pipes) to the new directory `to`.
 */
void copy_tree(const char *from, const char *to);
/* Reads a whole file. Owned: free. NULL when it cannot be read. */
unsigned char *read_whole(const char *path, size_t *size);
void write_whole(const char *path, const void *data, size_t size);

/* Says why on stderr and ends the program: for what is wrong with the test's surroundings. */
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

enum child_end { CHILD_GOOD, CHILD_BAD, CHILD_SIGNALLED, CHILD_LATE };

/* How a child ended; `code` is its exit status or the signal. */
struct child_result {
    enum child_end end;
    int code;
};

/* Forks; in the child runs `run`, whose value is the exit status. */
pid_t start_child(int (*run)(void *context), void *context);
/* Waits until the child ends or `limit_ms` have passed; then it is killed. */
struct child_result wait_child(pid_t pid, uint64_t limit_ms);
/* Kills it and waits for it: CHILD_SIGNALLED by SIGKILL, unless it had ended before. */
struct child_result kill_child(pid_t pid);
const char *describe_child(struct child_result result, char text[64]);

#endif
