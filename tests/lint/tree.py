#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The source tree's own rules, as TAP: layers, licences, names, sizes, what never to write.

It reads files only; symbols.py looks at what the compiler made of them.
"""

import fnmatch
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOP_LEVEL = {"Makefile", "README.md", "LICENSE", "catalog", "ontology", "xmpp-frontend", "importers",
             "tests", "data"}
LAYERS = {"catalog": ("importers", "xmpp-frontend", "tests"),
          "importers": ("xmpp-frontend", "tests"),
          "xmpp-frontend": ("tests",)}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 96
TEXT = (".c", ".h", ".mk", ".md", ".py", ".bats", ".bash", ".sh", ".ttl", ".lua", ".xsd", ".conf",
        ".1", ".5", "Makefile", "run", "deps")
LICENSED = (".c", ".h", ".mk", ".py", ".bats", ".bash", ".sh", ".ttl", ".lua", ".1", ".5", "Makefile",
            ".ci/run", ".ci/deps", "tests/run")
# Built from parts so that this file does not name what it looks for.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|not imple" r"mented|st" r"ub)\b")
MACHINE = re.compile(r"(?<![\w.:/-])/(?:work|home|root|Users|builds)/[\w.]")
BANNED = re.compile(r"(?<![\w.>])(?:strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|system"
                    r"|popen|tmpnam|mktemp|alloca|setjmp|longjmp|asctime|ctime|gmtime|localtime"
                    r"|rand|srand)\s*\(")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def tree_files():
    """Every file of the tree, relative; not what is built."""
    found = []
    for folder, names, files in os.walk(TOP):
        names[:] = [n for n in names if n not in (".git", "build", "__pycache__", "catalog.db")
                    and not n.startswith("build-")]
        found += [os.path.relpath(os.path.join(folder, f), TOP) for f in files]
    return sorted(found)


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace", newline="") as stream:
        return stream.read()


def lines_with(pattern, files):
    return [f"{path}:{number}: {line.strip()[:100]}" for path in files
            for number, line in enumerate(read(path).split("\n"), 1) if pattern.search(line)]


# ---- the checks: each returns what is wrong, as lines ----

def check_top_level(_files):
    """the top level holds the fixed set"""
    names = {n for n in os.listdir(TOP) if not n.startswith(".") and n != "catalog.db"
             and not re.fullmatch(r"build(-.*)?", n)}
    return [f"{n} does not belong at the top" for n in sorted(names - TOP_LEVEL)] + \
           [f"{n} is missing" for n in sorted(TOP_LEVEL - names)]


def check_layers(files):
    """includes go down only: xmpp-frontend -> importers -> catalog"""
    wrong = []
    for path in files:
        layer = path.split("/")[0]
        if path.endswith((".c", ".h")) and layer in LAYERS:
            for number, line in enumerate(read(path).split("\n"), 1):
                match = re.match(r'\s*#\s*include\s*["<]([^">]+)[">]', line)
                parts = match.group(1).split("/") if match else []
                if set(parts[:-1]) & set(LAYERS[layer]) or ".." in parts:
                    wrong.append(f"{path}:{number}: {line}")
    return wrong


def check_licence(files):
    """every source file opens with the licence line"""
    wrong = []
    for path in files:
        if path.endswith(LICENSED):
            head = read(path).split("\n")[:2]
            if not any("SPDX-License-Identifier: Apache-2.0" in line for line in head):
                wrong.append(f"{path}: no SPDX line among the first two")
    return wrong


def check_first_sentence(files):
    """every C file and header says in a comment at its head what it is"""
    return [f"{path}: no comment after the SPDX line" for path in files
            if path.endswith((".c", ".h")) and not re.match(
                r"/\* SPDX[^\n]*\*/\n/\* \S", read(path))]


def check_unfinished(files):
    """no words of unfinished work"""
    return lines_with(UNFINISHED, [f for f in files if f.endswith(TEXT)])


def check_machine_paths(files):
    """no path of one machine"""
    here = re.compile(re.escape(os.path.dirname(TOP)) + "/") if TOP.count("/") > 1 else MACHINE
    listed = [f for f in files if f.endswith(TEXT)]
    return sorted(set(lines_with(MACHINE, listed) + lines_with(here, listed)))


def check_banned(files):
    """no call of functions that overflow, share state or start a shell"""
    wrong = []
    for path in files:
        if path.endswith((".c", ".h")) and path.split("/")[0] in LAYERS:
            code = COMMENT.sub(lambda m: "\n" * m.group().count("\n"), read(path))
            wrong += [f"{path}:{number}: {line.strip()}"
                      for number, line in enumerate(code.split("\n"), 1) if BANNED.search(line)]
    return wrong


def check_text(files):
    """text ends with a newline; no trailing white space, carriage return or tab in C"""
    wrong = []
    for path in files:
        if not path.endswith(TEXT):
            continue
        text = read(path)
        if text and not text.endswith("\n"):
            wrong.append(f"{path}: no newline at the end")
        if "\ufffd" in text and not path.startswith("tests/"):
            wrong.append(f"{path}: not UTF-8")
        for number, line in enumerate(text.split("\n"), 1):
            if line != line.rstrip() or (path.endswith((".c", ".h")) and "\t" in line):
                wrong.append(f"{path}:{number}: white space")
    return wrong


def check_columns(files):
    """C lines have at most 96 columns"""
    return [f"{path}:{number}: {len(line)} columns" for path in files if path.endswith((".c", ".h"))
            for number, line in enumerate(read(path).split("\n"), 1) if len(line) > COLUMNS_MAX]


def check_functions(files):
    """no function is longer than 70 lines"""
    wrong = []
    for path in files:
        if not path.endswith(".c"):
            continue
        lines = read(path).split("\n")
        start = None
        for number, line in enumerate(lines, 1):
            if line == "{":
                start = number
            elif line == "}" and start:
                if number - start + 1 > FUNCTION_LINES_MAX:
                    wrong.append(f"{path}:{start}: {number - start + 1} lines: {lines[start - 2]}")
                start = None
    return wrong


def check_lists(files):
    """module.mk lists every source once, in order"""
    wrong = []
    for folder in ("catalog", "importers", "xmpp-frontend"):
        have = {os.path.basename(f) for f in files
                if os.path.dirname(f) == folder and f.endswith(".c") and not f.endswith("main.c")}
        listed = re.findall(r"[\w.-]+\.c\b", read(f"{folder}/module.mk"))
        wrong += [f"{folder}/module.mk does not list {f}" for f in sorted(have - set(listed))]
        wrong += [f"{folder}/module.mk lists {f}, which is not there"
                  for f in sorted(set(listed) - have)]
        lists = [re.findall(r"[\w.-]+\.c\b", part) for part in read(f"{folder}/module.mk").split(":=")]
        if len(listed) != len(set(listed)) or any(part != sorted(part) for part in lists):
            wrong.append(f"{folder}/module.mk: not in alphabetical order, or a file twice")
    return wrong


def check_file_maps(files):
    """each folder has a README.md that names its files"""
    wrong = []
    for folder in ("catalog", "importers", "xmpp-frontend", "ontology", "data", "tests"):
        readme = f"{folder}/README.md"
        if readme not in files:
            wrong.append(f"{readme} is missing")
            continue
        # A word of the map is a name or a pattern such as draft_*.c; the ending may be left out,
        # and a header needs no mention beside its .c file.
        words = {re.sub(r"\.[ch]?$", "", w) for w in re.findall(r"[\w.*-]+", read(readme))}
        for path in files:
            name = os.path.basename(path)
            stem = name.rsplit(".", 1)[0]
            if os.path.dirname(path) == folder and name not in ("README.md", "module.mk") \
                    and not any(fnmatch.fnmatchcase(n, w) for w in words if w.strip("*.")
                                for n in (name, stem)):
                wrong.append(f"{readme} does not name {name}")
    return wrong


def check_scripts(files):
    """shell and Python scripts parse"""
    wrong = []
    for path in files:
        head = read(path).split("\n", 1)[0] if "." not in os.path.basename(path) \
            or path.endswith((".sh", ".bash", ".py")) else ""
        if path.endswith(".py") or "python" in head:
            try:
                compile(read(path), path, "exec", dont_inherit=True)
            except SyntaxError as error:
                wrong.append(f"{path}:{error.lineno}: {error.msg}")
        elif path.endswith((".sh", ".bash")) or re.match(r"#!.*\b(ba)?sh\b", head):
            done = subprocess.run(["bash", "-n", os.path.join(TOP, path)], capture_output=True,
                                  text=True, check=False)
            wrong += done.stderr.splitlines()
    return wrong


def check_headers(files):
    """each header compiles alone, also as C11"""
    wrong = []
    compiler = os.environ.get("CC", "gcc")
    packages = subprocess.run(["pkg-config", "--cflags", "rasqal", "raptor2", "libstrophe", "expat"],
                              capture_output=True, text=True, check=False).stdout.split()
    for path in files:
        if path.endswith(".h") and path.split("/")[0] in LAYERS:
            done = subprocess.run(
                [compiler, "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wpedantic",
                 "-Wstrict-prototypes", "-Werror", "-fsyntax-only", "-I.", *packages, "-x", "c", "-"],
                input=f'#include "{path}"\n', cwd=TOP, capture_output=True, text=True, check=False)
            if done.returncode:
                wrong += [f"{path}: {line}" for line in done.stderr.splitlines()[:4]]
    return wrong


def check_format(files):
    """clang-format agrees"""
    tool = shutil.which("clang-format")
    if not tool:
        return None
    sources = [f for f in files if f.endswith((".c", ".h"))]
    done = subprocess.run([tool, "--dry-run", "-Werror", *sources], cwd=TOP, capture_output=True,
                          text=True, check=False)
    places = [line.split(":")[:2] for line in done.stderr.splitlines() if "error:" in line]
    return [f"{path}: {sum(p == path for p, _ in places)} places, the first in line {line}; "
            "clang-format -i mends them"
            for n, (path, line) in enumerate(places) if path not in [p for p, _ in places[:n]]]


def check_packages(_files):
    """the Makefile names each package once"""
    listed = re.findall(r"^PACKAGES_\w+ := ((?:.*\\\n)*.*)$", read("Makefile"), re.MULTILINE)
    names = " ".join(listed).replace("\\\n", " ").split()
    return [f"{n} is listed twice" for n in sorted({n for n in names if names.count(n) > 1})] \
        if names else ["no PACKAGES_… lists found"]


CHECKS = [check_top_level, check_layers, check_licence, check_first_sentence, check_unfinished,
          check_machine_paths, check_banned, check_text, check_columns, check_functions, check_lists,
          check_file_maps, check_scripts, check_headers, check_packages, check_format]


def main():
    files = tree_files()
    failed = False
    print(f"1..{len(CHECKS)}")
    for number, check in enumerate(CHECKS, 1):
        wrong = check(files)
        failed = failed or bool(wrong)
        skip = " # skip clang-format is not installed" if wrong is None else ""
        print(f"{'not ok' if wrong else 'ok'} {number} - {check.__doc__}{skip}")
        for line in wrong or []:
            print("# " + line)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
