#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""RDF documents that others wrote ($SAMPLES), as TAP: they are read whole, survive being written
in every format, and are either published or refused with a remedy.
"""

import glob
import json
import os
import re
import subprocess
import sys
import tempfile

SAMPLES = os.environ.get("SAMPLES", "../shared/samples")
PROGRAM = os.path.join(os.environ.get("BUILD", "build"), "intercloud-catalog")
FORMATS = {".ttl": "turtle", ".nt": "ntriples", ".rdf": "rdfxml"}
# Documents with a mistake in them, and where it is.
BROKEN = {"omn/omn-federation.ttl": ":140:23: "}
BLANK = re.compile(r"_:\w+")


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


def triples(path, source=None):
    """The document as N-Triples lines, labels of blank nodes taken off; a set of its own."""
    chosen = ["--from", source] if source else []
    done = run("convert", *chosen, "--to", "ntriples", "--base", "http://base.example/", path)
    if done.returncode:
        raise AssertionError(done.stderr.strip())
    return sorted(BLANK.sub("_:", line) for line in done.stdout.splitlines())


def check_formats(path, folder):
    """Recognised by content, and the same after having been written in each format."""
    first = triples(path)
    assert len(first) >= 2, f"only {len(first)} triples"
    assert first == triples(path, FORMATS[os.path.splitext(path)[1]]), "by name it reads otherwise"
    written = os.path.join(folder, "written")
    for form in ("turtle", "ntriples", "rdfxml"):
        done = run("convert", "--to", form, "--base", "http://base.example/", path)
        assert done.returncode == 0, done.stderr
        with open(written, "w", encoding="utf-8") as stream:
            stream.write(done.stdout)
        assert triples(written, form) == first, f"other triples after {form}"


def check_broken(path, folder):
    """The mistake in it is found where it is, and nothing is kept."""
    place = BROKEN[os.path.relpath(path, SAMPLES)]
    for arguments in (["convert", "--to", "ntriples", path],
                      ["--db", os.path.join(folder, "db"), "import", "--graph", "urn:x:y", path]):
        done = run(*arguments)
        assert done.returncode == 1 and path + place in done.stderr, done.stderr


def check_import(path, folder):
    """No cloud in it: refused with a remedy; as a plain graph every triple is there."""
    database = os.path.join(folder, "db")
    refused = run("--db", database, "import", path)
    assert refused.returncode == 1, f"status {refused.returncode}: {refused.stderr}"
    assert os.path.basename(path) in refused.stderr and "--graph" in refused.stderr, refused.stderr
    kept = run("--db", database, "import", "--graph", "urn:example:sample", path)
    assert kept.returncode == 0, kept.stderr
    # A set of triples: the document may repeat itself.
    done = run("convert", "--to", "ntriples", "--base", "http://base.example/", path)
    distinct = len(set(done.stdout.splitlines()))
    asked = run("--db", database, "sparql", "--results", "json",
                "SELECT ?s ?p ?o { GRAPH <urn:example:sample> { ?s ?p ?o } }")
    assert asked.returncode == 0, asked.stderr
    there = len(json.loads(asked.stdout)["results"]["bindings"])
    assert there == distinct, f"{there} of {distinct} triples are in the graph"
    assert run("--db", database, "verify").returncode == 0


def main():
    paths = sorted(p for p in glob.glob(os.path.join(SAMPLES, "*", "*"))
                   if os.path.splitext(p)[1] in FORMATS)
    if not paths:
        missing = "not ok" if os.environ.get("CI") == "true" else "ok"
        print(f"1..1\n{missing} 1 - samples of others # skip no documents in {SAMPLES}")
        return missing == "not ok"
    failed = False
    checks = [(p, c) for p in paths for c in
              ([check_broken] if os.path.relpath(p, SAMPLES) in BROKEN
               else [check_formats, check_import])]
    print(f"1..{len(checks)}")
    for number, (path, check) in enumerate(checks, 1):
        what = f"{os.path.relpath(path, SAMPLES)}: {check.__doc__.splitlines()[0]}"
        with tempfile.TemporaryDirectory(prefix="intercloud-samples-") as folder:
            try:
                check(path, folder)
                print(f"ok {number} - {what}")
            except AssertionError as error:
                failed = True
                print(f"not ok {number} - {what}\n# " + str(error).replace("\n", "\n# "))
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
