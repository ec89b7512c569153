/* SPDX-License-Identifier: Apache-2.0 */
/* Help texts, made from the table of commands. */
#include <string.h>

#include "command.h"

enum { HELP_INDENT = 26 };

static void print_option(const struct ic_command_option *option, FILE *out)
{
    const char *argument = option->argument ? option->argument : "";
    char name[128];
    if (argument[0] == '[')
        snprintf(name, sizeof name, "--%s[=%.*s]", option->name, (int)strlen(argument) - 2,
                 argument + 1);
    else
        snprintf(name, sizeof name, "--%s%s%s", option->name, argument[0] ? " " : "", argument);
    if (strlen(name) > HELP_INDENT - 4)
        fprintf(out, "  %s\n%*s%s", name, HELP_INDENT, "", option->help);
    else
        fprintf(out, "  %-*s%s", HELP_INDENT - 2, name, option->help);
    fputs(option->repeats ? "; may be repeated\n" : "\n", out);
}

void ic_help_program(FILE *out)
{
    fputs("usage: intercloud-catalog [--db DIR] [--ontology DIR] COMMAND [OPTION]... [ARGUMENT]"
          "...\n\nA catalog of what clouds can do: publish descriptions, ask which clouds "
          "satisfy a request.\n\nCommands:\n",
          out);
    for (const struct ic_command *c = ic_commands; c->name; c++)
        fprintf(out, "  %-*s%s\n", HELP_INDENT - 2, c->name, c->summary);
    fputs("\nOptions in front of the command:\n", out);
    for (const struct ic_command_option *o = ic_command_globals; o->name; o++)
        print_option(o, out);
    fputs("\n'intercloud-catalog COMMAND --help' tells more about one.\n\n"
          "Exit status: 0 done, 1 the input was wrong, 2 the usage was wrong, 3 the catalog "
          "failed, 4 refused.\n",
          out);
}

void ic_help_command(const struct ic_command *command, FILE *out)
{
    fprintf(out, "usage: intercloud-catalog %s%s%s%s\n\n%s.\n", command->name,
            command->options->name ? " [OPTION]..." : "", command->operands ? " " : "",
            command->operands ? command->operands : "", command->summary);
    fputs("\nOptions:\n", out);
    for (const struct ic_command_option *o = command->options; o->name; o++)
        print_option(o, out);
    fprintf(out, "  %-*sthis text\n", HELP_INDENT - 2, "--help");
}
