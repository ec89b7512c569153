/* SPDX-License-Identifier: Apache-2.0 */
/* Status codes: names, exit statuses, messages. */
#include "status.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "utf8.h"

static const struct {
    const char *name;
    int exit;
} statuses[IC_STATUS_COUNT] = {
    [IC_OK] = {"ok", 0},
    [IC_BAD_INPUT] = {"bad-input", 1},
    [IC_USAGE] = {"usage", 2},
    [IC_NOT_FOUND] = {"not-found", 1},
    [IC_FORBIDDEN] = {"forbidden", 4},
    [IC_CONFLICT] = {"conflict", 4},
    [IC_TOO_LARGE] = {"too-large", 1},
    [IC_BUSY] = {"busy", 3},
    [IC_OWNED] = {"owned", 3},
    [IC_FORMAT] = {"format", 3},
    [IC_CORRUPT] = {"corrupt", 3},
    [IC_NO_SPACE] = {"no-space", 3},
    [IC_NO_MEMORY] = {"no-memory", 3},
    [IC_IO] = {"io", 3},
    [IC_TIMEOUT] = {"timeout", 3},
    [IC_UNSUPPORTED] = {"unsupported", 1},
};

const char *ic_status_name(enum ic_status status)
{
    return status < IC_STATUS_COUNT ? statuses[status].name : "unknown";
}

int ic_status_exit(enum ic_status status)
{
    return status < IC_STATUS_COUNT ? statuses[status].exit : 3;
}

/* Formats into error->text; cuts only between characters. */
static void set_text(struct ic_error *error, const char *format, va_list arguments)
{
    char text[IC_ERROR_TEXT_MAX + 4];
    const int length = vsnprintf(text, sizeof text, format, arguments);
    const size_t written = length < 0 ? 0 : strnlen(text, sizeof text);
    const size_t cut = ic_utf8_cut(text, written, IC_ERROR_TEXT_MAX - 1);
    memcpy(error->text, text, cut);
    error->text[cut] = '\0';
    for (char *p = error->text; *p; p++) {
        if (*p == '\n' || *p == '\r')
            *p = ' '; /* a message is one line, whatever was quoted in it */
    }
}

enum ic_status ic_fail(struct ic_error *error, enum ic_status status, const char *format, ...)
{
    if (error) {
        struct ic_error failed = {.status = status};
        va_list arguments;
        va_start(arguments, format);
        set_text(&failed, format, arguments);
        va_end(arguments);
        *error = failed;
    }
    return status;
}

enum ic_status ic_fail_at(struct ic_error *error, enum ic_status status, const char *file,
                          unsigned long line, unsigned long column, const char *format, ...)
{
    if (error) {
        struct ic_error failed = {.status = status, .line = line, .column = column};
        va_list arguments;
        va_start(arguments, format);
        set_text(&failed, format, arguments);
        va_end(arguments);
        const size_t cut = file ? ic_utf8_cut(file, strlen(file), sizeof failed.file - 1) : 0;
        if (cut)
            memcpy(failed.file, file, cut);
        *error = failed;
    }
    return status;
}

static enum ic_status status_of_errno(int errno_value)
{
    if (errno_value == ENOSPC || errno_value == EDQUOT)
        return IC_NO_SPACE;
    return errno_value == ENOMEM ? IC_NO_MEMORY : IC_IO;
}

enum ic_status ic_fail_errno(struct ic_error *error, int errno_value, const char *format, ...)
{
    const enum ic_status status = status_of_errno(errno_value);
    if (error) {
        struct ic_error failed = {.status = status};
        va_list arguments;
        va_start(arguments, format);
        set_text(&failed, format, arguments);
        va_end(arguments);

        char buffer[128];
        const char *reason = strerror_r(errno_value, buffer, sizeof buffer);
        const size_t used = strlen(failed.text);
        snprintf(failed.text + used, sizeof failed.text - used, ": %s", reason);
        *error = failed;
    }
    return status;
}

/* True for what moves the cursor, ends a line, or shows text in another order than it is in. */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

void ic_print_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0, size; i < length; i += size) {
        uint32_t code = 0;
        size = ic_utf8_next(text + i, length - i, &code);
        if (size == 0 || is_control(code)) {
            size = size ? size : 1;
            for (size_t k = 0; k < size; k++)
                fprintf(out, "\\x%02X", (unsigned char)text[i + k]);
        } else {
            fwrite(text + i, 1, size, out);
        }
    }
}

void ic_error_print(const struct ic_error *error, FILE *out)
{
    if (error->file[0]) {
        ic_print_escaped(out, error->file, strlen(error->file));
        if (error->line)
            fprintf(out, ":%lu", error->line);
        if (error->line && error->column)
            fprintf(out, ":%lu", error->column);
        fputs(": ", out);
    }
    ic_print_escaped(out, error->text, strlen(error->text));
    fputc('\n', out);
}
