/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a secret from a file that nobody else can read or write. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ic_status ic_config_relative(const char *config_path, const char *name, char **path,
                                  struct ic_error *error)
{
    const char *slash = strrchr(config_path, '/');
    const size_t folder = name[0] == '/' || !slash ? 0 : (size_t)(slash - config_path) + 1;
    const size_t length = strlen(name);
    char *joined = malloc(folder + length + 1);
    if (!joined)
        return ic_fail(error, IC_NO_MEMORY, "memory is out");
    memcpy(joined, config_path, folder);
    memcpy(joined + folder, name, length + 1);
    *path = joined;
    return IC_OK;
}

/* The checks are made on the opened file, so it cannot be exchanged in between. */
static enum ic_status check_private(const char *path, int fd, struct ic_error *error)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return ic_fail_errno(error, errno, "cannot look at %s", path);
    if (!S_ISREG(info.st_mode))
        return ic_fail_at(error, IC_FORBIDDEN, path, 0, 0,
                          "a secret must be in a regular file");
    if (info.st_uid != geteuid() && info.st_uid != 0)
        return ic_fail_at(error, IC_FORBIDDEN, path, 0, 0,
                          "the file belongs to another user; it must be yours or root's");
    if (info.st_mode & (S_IRWXG | S_IRWXO))
        return ic_fail_at(error, IC_FORBIDDEN, path, 0, 0,
                          "others may read or write it (mode %04o); run: chmod 0600 on it",
                          (unsigned)(info.st_mode & 07777));
    return IC_OK;
}

enum ic_status ic_secret_read(const char *path, char **secret, struct ic_error *error)
{
    char bytes[IC_SECRET_BYTES_MAX + 2] = "";
    ssize_t length = 0;
    /* Not to block on a pipe that somebody put there. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return ic_fail_errno(error, errno, "cannot open the secret's file %s", path);
    enum ic_status status = check_private(path, fd, error);
    if (status == IC_OK && (length = read(fd, bytes, sizeof bytes - 1)) < 0)
        status = ic_fail_errno(error, errno, "cannot read %s", path);
    close(fd);
    const size_t used = strcspn(bytes, "\r\n");
    if (status == IC_OK && used == 0)
        status =
            ic_fail_at(error, IC_BAD_INPUT, path, 1, 0, "there is no secret in the first line");
    if (status == IC_OK && used > IC_SECRET_BYTES_MAX)
        status = ic_fail_at(error, IC_TOO_LARGE, path, 1, 0, "a secret has at most %d bytes",
                            IC_SECRET_BYTES_MAX);
    if (status == IC_OK && !(*secret = strndup(bytes, used)))
        status = ic_fail(error, IC_NO_MEMORY, "memory is out");
    explicit_bzero(bytes, sizeof bytes);
    return status;
}

void ic_secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
