/* SPDX-License-Identifier: Apache-2.0 */
/* intercloud-catalog: the catalog's shell. */
#include "shell.h"

int main(int argc, char **argv)
{
    return ic_shell_main(argc, argv);
}
