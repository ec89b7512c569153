#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the catalog: what `make bench` runs. README.md beside this says what each figure means.

The tables go to standard output as Markdown, progress to standard error, every figure to
BUILD/bench/figures.json, the growth from size to size to BUILD/bench/growth.svg. The exit status
is 0 only when every part ran and every answer that was checked was right.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import machine  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402

QUERIES = ["q1", "q1-wide", "q1-sparql", "q2", "q2-wide", "q3", "q3-wide", "q4", "range", "range-names",
           "units"]
PARTS = ["import", *QUERIES, "open", "memory", "publish", "mixed", "crash", "redland"]
CHANGING = {"publish", "mixed", "crash"}  # on a copy: the others need the clouds as they were


class Failed(Exception):
    """A part did not run, or an answer was wrong."""


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def run_measured(argv):
    """Runs a program; what it took, and what it printed."""
    begin = time.monotonic()
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failed(f"{os.path.basename(argv[0])} ended with status {process.returncode}")
    return {"seconds": time.monotonic() - begin, "cpu_seconds": used.ru_utime + used.ru_stime,
            "peak_kib": used.ru_maxrss}, output


def folder_bytes(folder):
    """Bytes of the files below a folder, and of those among them that are the log's."""
    total = log = 0
    for path, _, names in os.walk(folder):
        for name in names:
            size = os.lstat(os.path.join(path, name)).st_size
            total += size
            log += size if name.startswith("log.") else 0
    return total, log


class Bench:
    """One set of clouds of one size."""

    def __init__(self, options, kind, clouds):
        self.options, self.kind, self.clouds = options, kind, clouds
        self.name = f"{kind}-{clouds}"
        self.programs = os.path.join(options.build, "bench")
        self.folder = os.path.join(options.work, self.name)
        self.data = os.path.join(self.folder, "data.nt")
        self.catalog = os.path.join(self.folder, "catalog")
        self.copy = os.path.join(self.folder, "copy")
        self.figures, self.wrong = {"set": kind, "clouds": clouds}, []

    def shell(self, *arguments):
        return run_measured([os.path.join(self.options.build, "intercloud-catalog"), *arguments])

    def keep(self, lines):
        """Takes over figures that a program printed."""
        for line in lines.splitlines():
            figure = json.loads(line)
            self.figures[figure.pop("figure")] = figure
            say(f"{self.name}: {report.short(line)}")

    def part(self, part, catalog, *names):
        """Runs a part of the bench program; its figures are kept also when an answer is wrong."""
        argv = [os.path.join(self.programs, "bench"), part, catalog, self.kind, str(self.clouds),
                str(self.options.seconds), *names]
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            for line in process.stdout:
                self.keep(line)
        if process.returncode:
            raise Failed(f"bench {part} ended with status {process.returncode}")

    def generate(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(self.data, "wb") as out:
            done = subprocess.run([os.path.join(self.programs, "bench-generate"), self.kind,
                                   str(self.clouds)], stdout=out, stderr=subprocess.PIPE,
                                  check=True)
        self.figures["expected"] = json.loads(done.stderr)
        say(f"{self.name}: {self.figures['expected']['statements']} statements, "
            f"{os.path.getsize(self.data) >> 20} MiB of N-Triples")

    def make_catalog(self):
        shutil.rmtree(self.catalog, ignore_errors=True)
        ontology = os.path.join(self.folder, "ontology")
        shutil.rmtree(ontology, ignore_errors=True)
        os.makedirs(ontology)
        for folder in (os.path.join(TOP, "ontology"), os.path.join(HERE, "ontology")):
            for name in os.listdir(folder):
                if name.endswith(".ttl"):
                    shutil.copy(os.path.join(folder, name), ontology)
        self.shell("--db", self.catalog, "ontology", "load", ontology)
        before, _ = folder_bytes(self.catalog)
        took, _ = self.shell("--db", self.catalog, "import", self.data)
        total, log = folder_bytes(self.catalog)
        statements = self.figures["expected"]["statements"]
        took.update(statements=statements, disk=total, log=log, disk_before=before,
                    per_second=statements / took["seconds"], bytes_each=total / statements,
                    log_bytes_each=log / statements)
        self.figures["import"] = took
        say(f"{self.name}: import {report.short(json.dumps(took))}")
        counted = json.loads(self.shell("--db", self.catalog, "stats", "--json")[1])
        if (counted["live-advertisements"], counted["stated-statements"]) != \
                (self.clouds, statements):
            raise Failed(f"the catalog holds {counted['live-advertisements']} clouds of "
                         f"{self.clouds}, {counted['stated-statements']} statements of "
                         f"{statements}")

    def changing_parts(self, wanted):
        """On a copy, made the way an administrator makes one."""
        shutil.rmtree(self.copy, ignore_errors=True)
        self.shell("--db", self.catalog, "backup", self.copy)
        if "publish" in wanted:
            self.attempt("publish", self.part, "publish", self.copy)
        if "mixed" in wanted:
            self.attempt("mixed", self.part, "mixed", self.copy)
        if "crash" in wanted:
            self.attempt("crash", self.part, "crashed", self.copy)
        shutil.rmtree(self.copy)

    def redland(self):
        """Stock Redland: q1 as people write it takes minutes already at 10,000 clouds."""
        if self.kind != "plain" or self.clouds > self.options.redland_clouds:
            return
        store = os.path.join(self.folder, "redland")
        shutil.rmtree(store, ignore_errors=True)
        os.makedirs(store)
        program = os.path.join(self.programs, "bench-redland")
        queries = ["q1f"] + (["q1"] if self.clouds <= self.options.redland_q1_clouds else [])
        self.keep(run_measured([program, "load", store, self.data])[1])
        self.figures["redland-load"]["bytes_each"] = \
            folder_bytes(store)[0] / self.figures["expected"]["statements"]
        self.keep(run_measured([program, "query", store, str(self.options.seconds)] + [
            os.path.join(HERE, "queries", q + ".rq") for q in queries])[1])
        shutil.rmtree(store)
        for query in queries:
            figure, rows = self.figures["redland-" + query], self.figures["expected"]["q1"]
            if figure["rows"] != rows:
                raise Failed(f"Redland gives {figure['rows']} rows for {query}, not {rows}")
            if "q1" in self.figures:
                figure["ratio"] = figure["median_us"] / self.figures["q1"]["median_us"]

    def check_paper(self):
        """The generator counted the paper's queries while it wrote the file."""
        for query in ("q1", "q1-sparql", "q2", "q3", "q4", "range"):
            got = self.figures.get("paper-" + query, {}).get("rows")
            want = self.figures["expected"][query]
            if got is not None and got != want:
                raise Failed(f"{query} gives {got} rows, not {want}")

    def attempt(self, name, what, *arguments):
        """One part; when it fails the others still run."""
        try:
            what(*arguments)
        except (Failed, OSError, ValueError, subprocess.SubprocessError) as error:
            self.wrong.append(f"{self.name}: {name}: {error}")
            say(self.wrong[-1])
            return False
        return True

    def run(self, wanted):
        self.attempt("data", self.generate)
        if not self.attempt("import", self.make_catalog):
            return
        queries = [q for q in QUERIES if q in wanted]
        if queries:
            self.attempt("queries", self.part, "queries", self.catalog, *queries)
            self.attempt("queries", self.check_paper)
        if "open" in wanted:
            self.attempt("open", self.part, "opening", self.catalog)
        if "memory" in wanted:
            self.attempt("memory", self.part, "memory", self.catalog)
        if CHANGING & set(wanted):
            self.attempt("copy", self.changing_parts, wanted)
        if "redland" in wanted:
            self.attempt("redland", self.redland)


def sizes(text):
    return [int(word) for word in text.replace(",", " ").split()]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0],
                                     epilog="parts: " + " ".join(PARTS))
    parser.add_argument("--build", required=True, help="the build tree")
    parser.add_argument("--work", help="where data and catalogs go (BUILD/bench)")
    parser.add_argument("--clouds", type=sizes, default=[10000, 100000, 1000000], metavar="N,N…",
                        help="sizes of the plain set (10000,100000,1000000)")
    parser.add_argument("--offers-clouds", type=sizes, default=None, metavar="N",
                        help="clouds in the set with 100 offers each (10000, or as many as the "
                             "smallest size; 0: without that set)")
    parser.add_argument("--seconds", type=float, default=10, help="for each figure (%(default)s)")
    parser.add_argument("--redland-clouds", type=int, default=100000, metavar="N",
                        help="stock Redland up to this size (%(default)s)")
    parser.add_argument("--redland-q1-clouds", type=int, default=10000, metavar="N",
                        help="its quadratic q1 up to this size (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep data and catalogs")
    parser.add_argument("parts", nargs="*", metavar="PART", help="default: all")
    options = parser.parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"no such part: {' '.join(unknown)}; parts: {' '.join(PARTS)}")
    options.build = os.path.abspath(options.build)
    options.work = os.path.abspath(options.work or os.path.join(options.build, "bench"))
    if options.offers_clouds is None:
        options.offers_clouds = [min(10000, *options.clouds, 10000)]
    return options


def main():
    options = arguments()
    os.makedirs(options.work, exist_ok=True)
    # No catalog, ontology or clock but the bench's own.
    for name in [n for n in os.environ if n.startswith("INTERCLOUD_")]:
        del os.environ[name]
    wanted, benches = options.parts or PARTS, []
    for kind, counts in (("plain", options.clouds), ("offers", options.offers_clouds)):
        for clouds in counts:
            if clouds:
                bench = Bench(options, kind, clouds)
                benches.append(bench)
                bench.run(wanted)
                if not options.keep:
                    shutil.rmtree(bench.folder, ignore_errors=True)
                with open(os.path.join(options.work, "figures.json"), "w") as stream:
                    json.dump({"machine": machine.facts(), "seconds": options.seconds,
                               "benches": [b.figures for b in benches]}, stream, indent=1)
    print(report.table([b.figures for b in benches]))
    print(f"\n{machine.description()}; {options.seconds:g} s a figure")
    plot.write(os.path.join(options.work, "growth.svg"), [b.figures for b in benches])
    wrong = [line for b in benches for line in b.wrong]
    for line in wrong:
        print(f"bench: {line}", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
