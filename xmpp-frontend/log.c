/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines with a time in UTC. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void write_line(const char *text, const struct ic_error *error)
{
    char line[IC_LOG_LINE_BYTES_MAX];
    FILE *out = fmemopen(line, sizeof line, "w");
    if (!out)
        return;
    const time_t now = time(NULL);
    struct tm utc;
    char stamp[sizeof "2026-01-31T12:00:00Z"];
    if (gmtime_r(&now, &utc) && strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        fprintf(out, "%s ", stamp);
    ic_print_escaped(out, text, strlen(text));
    if (error) {
        fputs(": ", out);
        ic_error_print(error, out);
    } else {
        fputc('\n', out);
    }
    long length = ftell(out);
    fclose(out);
    if (length <= 0 || length >= (long)sizeof line)
        length = sizeof line - 1;
    line[length - 1] = '\n';
    /* A log that cannot be written has nowhere to say so. */
    const ssize_t written = write(STDERR_FILENO, line, (size_t)length);
    (void)written;
}

static void format_and_write(const struct ic_error *error, const char *format,
                             va_list arguments) __attribute__((format(printf, 2, 0)));

static void format_and_write(const struct ic_error *error, const char *format,
                             va_list arguments)
{
    char text[IC_LOG_LINE_BYTES_MAX];
    vsnprintf(text, sizeof text, format, arguments);
    write_line(text, error);
}

void ic_log(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_and_write(NULL, format, arguments);
    va_end(arguments);
}

void ic_log_error(const struct ic_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    format_and_write(error, format, arguments);
    va_end(arguments);
}
