#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the compiled libraries contain, as TAP: names and data that could change.

Reads the archives of $BUILD with nm and objdump (binutils, which gcc needs anyway).
"""

import os
import re
import subprocess
import sys

BUILD = os.environ.get("BUILD", "build")
LIBRARIES = ["libintercloud.a", "libimporters.a", "libfrontend.a"]
# What the libraries that we link call their own.
FOREIGN = re.compile(r"(?:db|xmpp|serd|librdf|raptor|rasqal|XML|json|cfg|roaring|SSL|EVP|mp[qzfn]|gsasl"
                     r"|stringprep|idna|uuid|main)(?:_.*)?")

# One pool of parsing worlds for the process, behind a lock: raptor_world.c says why. With the
# first of them their libraries are loaded.
ALLOWED = {"raptor_world.o: pool", "raptor_world.o: pool_lock",
           "rdf_libraries.o: ic_rdf_libraries"}


def output(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def foreign_names(library):
    """Global symbols that a library beside ours may have too, as "object: name"."""
    wrong, unit = [], ""
    for line in output("nm", "-g", "--defined-only", library).splitlines():
        if line.endswith(":"):
            unit = line[:-1]
        elif line and FOREIGN.fullmatch(line.split()[-1]):
            wrong.append(f"{unit}: {line.split()[-1]}")
    return wrong


def variables(library):
    """Objects in writable sections: globals and statics that can change."""
    wrong, unit = [], ""
    for line in output("objdump", "-t", library).splitlines():
        opened = re.match(r"(\S+\.o):", line)
        if opened:
            unit = opened.group(1)
        found = re.match(r"[0-9a-f]+ .{7} (\.data|\.bss|\.tbss|\.tdata|\*COM\*)\S*\s+[0-9a-f]+\s+(\S+)$",
                         line)
        if found and not line.split()[0] == "SYMBOL" and found.group(2) != found.group(1) \
                and not re.match(r"\.data\.rel\.ro", line[25:]) \
                and f"{unit}: {found.group(2)}" not in ALLOWED:
            wrong.append(f"{unit}: {found.group(2)} in {found.group(1)}")
    return wrong


def main():
    tests, failed = [], False
    for name in LIBRARIES:
        library = os.path.join(BUILD, name)
        tests.append((f"{name} holds no variable that can change", variables(library)))
        tests.append((f"{name} takes no other library's names", foreign_names(library)))
    print(f"1..{len(tests)}")
    for number, (what, wrong) in enumerate(tests, 1):
        failed = failed or bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {what}")
        for line in wrong:
            print("# " + line)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
