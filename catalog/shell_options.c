/* SPDX-License-Identifier: Apache-2.0 */
/* Finds commands and options in the table and takes command lines apart by it. */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"

enum { NEAR_BYTES_MAX = 64, NEAR_DISTANCE = 3 };

/* Levenshtein distance without regard to case; large when a word is too long to be compared. */
static size_t distance(const char *a, const char *b)
{
    const size_t la = strlen(a), lb = strlen(b);
    if (la > NEAR_BYTES_MAX || lb > NEAR_BYTES_MAX)
        return SIZE_MAX;
    size_t row[NEAR_BYTES_MAX + 1];
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            const size_t above = row[j];
            const bool same = strncasecmp(a + i - 1, b + j - 1, 1) == 0;
            size_t best = corner + !same;
            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            corner = above;
        }
    }
    return row[lb];
}

/* Keeps in *nearest whichever of the two is nearer to `word`, if it is near at all. */
static void nearer(const char *word, const char *candidate, const char **nearest, size_t *best)
{
    const size_t far = distance(word, candidate);
    if (far < *best && far < strlen(candidate)) {
        *best = far;
        *nearest = candidate;
    }
}

const struct ic_command *ic_command_find(int argc, char *const *argv, int *words,
                                         struct ic_error *error)
{
    const char *nearest = NULL, *second = argc > 1 ? argv[1] : "";
    size_t best = NEAR_DISTANCE;
    bool group = false;
    char both[2 * NEAR_BYTES_MAX + 2];
    snprintf(both, sizeof both, "%s %s", argv[0], second);

    for (const struct ic_command *c = ic_commands; c->name; c++) {
        const char *space = strchr(c->name, ' ');
        const size_t first = space ? (size_t)(space - c->name) : 0;
        if (space ? strcmp(c->name, both) == 0 : strcmp(c->name, argv[0]) == 0) {
            *words = space ? 2 : 1;
            return c;
        }
        group = group ||
                (space && strlen(argv[0]) == first && strncmp(c->name, argv[0], first) == 0);
        nearer(space ? both : argv[0], c->name, &nearest, &best);
    }
    if (group && !nearest)
        ic_fail(error, IC_USAGE, "'%s' needs one of its own commands after it, see --help",
                argv[0]);
    else if (nearest)
        ic_fail(error, IC_USAGE, "unknown command '%s'; did you mean '%s'?",
                group ? both : argv[0], nearest);
    else
        ic_fail(error, IC_USAGE, "unknown command '%s'; --help lists the commands", argv[0]);
    return NULL;
}

/* The option that `word`, "--name" or "--name=value", names. */
static const struct ic_command_option *find_option(const struct ic_command_option *options,
                                                   const char *word, size_t length)
{
    for (const struct ic_command_option *o = options; o->name; o++)
        if (strlen(o->name) == length && strncmp(o->name, word, length) == 0)
            return o;
    return NULL;
}

static enum ic_status unknown_option(const struct ic_command *command,
                                     const struct ic_command_option *options, const char *word,
                                     size_t length, struct ic_error *error)
{
    char name[NEAR_BYTES_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)(length > INT_MAX ? INT_MAX : length), word);
    const char *who = command ? command->name : "", *gap = command ? ": " : "";
    if (command && find_option(ic_command_globals, word, length))
        return ic_fail(error, IC_USAGE, "%s: --%s belongs in front of the command", who, name);

    const char *nearest = NULL;
    size_t best = NEAR_DISTANCE;
    for (const struct ic_command_option *o = options; o->name; o++)
        nearer(name, o->name, &nearest, &best);
    if (nearest)
        return ic_fail(error, IC_USAGE, "%s%sunknown option --%s; did you mean --%s?", who, gap,
                       name, nearest);
    return ic_fail(error, IC_USAGE, "%s%sunknown option --%s; --help lists the options", who,
                   gap, name);
}

/* Takes the option in argv[*at], and its argument, apart; *at ends on its last word. */
static enum ic_status take_option(const struct ic_command *command,
                                  const struct ic_command_option *options, int argc,
                                  char *const *argv, int *at, struct ic_option_value *value,
                                  struct ic_error *error)
{
    const char *word = argv[*at] + 2, *equals = strchr(word, '=');
    const size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const char *who = command ? command->name : "", *gap = command ? ": " : "";
    const struct ic_command_option *option = find_option(options, word, length);
    if (argv[*at][1] != '-' || !option)
        return unknown_option(command, options, argv[*at][1] == '-' ? word : word - 1,
                              argv[*at][1] == '-' ? length : strlen(word - 1), error);

    *value = (struct ic_option_value){option, equals ? equals + 1 : NULL};
    if (!option->argument && equals)
        return ic_fail(error, IC_USAGE, "%s%s--%s takes no argument", who, gap, option->name);
    if (option->argument && option->argument[0] != '[' && !equals) {
        if (*at + 1 >= argc)
            return ic_fail(error, IC_USAGE, "%s%s--%s needs %s", who, gap, option->name,
                           option->argument);
        value->value = argv[++*at];
    }
    return IC_OK;
}

enum ic_status ic_globals_parse(int argc, char *const *argv, struct ic_option_value *values,
                                size_t *count, int *used, struct ic_error *error)
{
    int at = 0;
    for (*count = 0; at < argc && argv[at][0] == '-' && argv[at][1] != '\0'; at++) {
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        if (*count == IC_COMMAND_GLOBALS_MAX)
            return ic_fail(error, IC_USAGE, "too many options in front of the command");
        const enum ic_status status =
            take_option(NULL, ic_command_globals, argc, argv, &at, &values[*count], error);
        if (status != IC_OK)
            return status;
        ++*count;
    }
    *used = at;
    return IC_OK;
}

static enum ic_status check_repeats(const struct ic_invocation *invocation,
                                    const struct ic_option_value *value, struct ic_error *error)
{
    for (size_t i = 0; !value->option->repeats && i < invocation->value_count; i++)
        if (invocation->values[i].option == value->option)
            return ic_fail(error, IC_USAGE, "%s: --%s is given twice",
                           invocation->command->name, value->option->name);
    return IC_OK;
}

static enum ic_status check_operands(const struct ic_invocation *invocation,
                                     struct ic_error *error)
{
    const struct ic_command *command = invocation->command;
    const size_t count = invocation->operand_count;
    if (count < command->operands_min)
        return ic_fail(error, IC_USAGE, "%s: %s is missing; see %s --help", command->name,
                       command->operands, command->name);
    if (count > command->operands_max)
        return ic_fail(error, IC_USAGE,
                       command->operands_max ? "%s: one argument too many: '%s'"
                                             : "%s takes no argument as '%s'",
                       command->name, invocation->operands[command->operands_max]);
    return IC_OK;
}

enum ic_status ic_invocation_parse(struct ic_invocation *invocation,
                                   const struct ic_command *command, int argc,
                                   char *const *argv, struct ic_error *error)
{
    invocation->command = command;
    if (argc > IC_COMMAND_WORDS_MAX)
        return ic_fail(error, IC_USAGE, "%s: more than %d arguments", command->name,
                       IC_COMMAND_WORDS_MAX);
    const size_t room = (size_t)argc + 1;
    invocation->values = calloc(room, sizeof *invocation->values);
    invocation->operands = calloc(room, sizeof *invocation->operands);
    if (!invocation->values || !invocation->operands)
        return ic_fail(error, IC_NO_MEMORY, "out of memory");

    bool options = true;
    for (int at = 0; at < argc; at++) {
        if (!options || argv[at][0] != '-' || argv[at][1] == '\0') {
            invocation->operands[invocation->operand_count++] = argv[at];
        } else if (strcmp(argv[at], "--") == 0) {
            options = false;
        } else if (strcmp(argv[at], "--help") == 0) {
            invocation->help = true;
            return IC_OK;
        } else {
            struct ic_option_value value;
            enum ic_status status =
                take_option(command, command->options, argc, argv, &at, &value, error);
            if (status == IC_OK)
                status = check_repeats(invocation, &value, error);
            if (status != IC_OK)
                return status;
            invocation->values[invocation->value_count++] = value;
        }
    }
    const enum ic_status status = check_operands(invocation, error);
    return status == IC_OK && command->check ? command->check(invocation, error) : status;
}

void ic_invocation_clear(struct ic_invocation *invocation)
{
    free(invocation->values);
    free(invocation->operands);
    invocation->values = NULL;
    invocation->operands = NULL;
}

bool ic_option_given(const struct ic_invocation *invocation, const char *name)
{
    for (size_t i = 0; i < invocation->value_count; i++)
        if (strcmp(invocation->values[i].option->name, name) == 0)
            return true;
    return false;
}

const char *ic_option_value(const struct ic_invocation *invocation, const char *name)
{
    size_t cursor = 0;
    return ic_option_next(invocation, name, &cursor);
}

const char *ic_option_next(const struct ic_invocation *invocation, const char *name,
                           size_t *cursor)
{
    while (*cursor < invocation->value_count) {
        const struct ic_option_value *value = &invocation->values[(*cursor)++];
        if (strcmp(value->option->name, name) == 0)
            return value->value;
    }
    return NULL;
}

unsigned ic_invocation_needs(const struct ic_invocation *invocation)
{
    const struct ic_command *command = invocation->command;
    return command->needs_of ? command->needs_of(invocation) : command->needs;
}
