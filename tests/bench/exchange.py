#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the exchange behind a real server, beside an echo component on the same stream code:
what `make bench-exchange` runs. README.md beside this says what each figure means.

The table goes to standard output as Markdown, progress to standard error, every figure to
BUILD/bench/exchange.json. The exit status is 0 only when every request was answered.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import machine  # noqa: E402

ECHO, LOAD, FLOOD = "echo.exchange1.org", "load.exchange1.org", "flood.exchange1.org"
SETTINGS = f'sparql = {{"{FLOOD}"}}'
# Goes through all statements by rasqal: seconds, which a worker spends on it.
SLOW = "SELECT (COUNT(DISTINCT ?o) AS ?n) WHERE { ?s ?p ?o }"
ASIDE = 50  # requests a second of those who ask beside a flood
PRIVATE = os.path.join(TOP, "xmpp-frontend", "private", "with-exchange.sh")


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def cpu_seconds(pid):
    """What its threads have run, which all live as long as it: to the nanosecond, where the ticks
    of /proc/PID/stat pass over what is shorter than one."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as stream:
            total += int(stream.read().split()[0])
    return total / 1e9


class Bench:
    """Inside with-exchange.sh: the exchange runs, its catalog is filled here."""

    def __init__(self, options):
        self.options = options
        self.private, self.build = os.environ["PRIVATE"], os.environ["BUILD"]
        self.program = os.path.join(self.build, "bench", "bench-xmpp")
        self.secret = os.path.join(self.private, "secret")
        with open(os.path.join(self.private, "exchange.pid"), encoding="ascii") as stream:
            self.exchange_pid = int(stream.read())

    def shell(self, *arguments):
        return subprocess.run([os.path.join(self.build, "intercloud-catalog"), "--db",
                               os.path.join(self.private, "catalog.db"), *arguments],
                              check=True, stdout=subprocess.PIPE).stdout

    def held(self):
        """KiB that the exchange has resident, KiB of them that the catalog keeps within its
        limits, and open descriptors."""
        with open(f"/proc/{self.exchange_pid}/status", encoding="ascii") as stream:
            rss = int(re.search(r"VmRSS:\s+(\d+)", stream.read()).group(1))
        stats = json.loads(self.shell("stats", "--json"))
        kept = sum(value for key, value in stats.items() if key.startswith("memory-"))
        return rss, kept // 1024, len(os.listdir(f"/proc/{self.exchange_pid}/fd"))

    def port(self, name):
        with open(os.path.join(self.private, name + ".port"), encoding="ascii") as stream:
            return stream.read().strip()

    def fill(self):
        folder = os.path.join(self.private, "bench-ontology")
        os.makedirs(folder)
        for source in (os.path.join(TOP, "ontology"), os.path.join(HERE, "ontology")):
            for name in os.listdir(source):
                if name.endswith(".ttl"):
                    shutil.copy(os.path.join(source, name), folder)
        self.shell("ontology", "load", folder)
        data = os.path.join(self.private, "bench.nt")
        with open(data, "wb") as out:
            subprocess.run([os.path.join(self.build, "bench", "bench-generate"), "plain",
                            str(self.options.clouds)], stdout=out, stderr=subprocess.DEVNULL,
                           check=True)
        self.shell("import", data)
        os.unlink(data)

    def program_for(self, jid, target, seconds, *load):
        return [self.program, "load", jid, self.port(jid), self.secret, target, str(seconds),
                *map(str, load)]

    def load(self, target, pid, kind, number, seconds=None, watch=None):
        """Figures of one load, with the CPU time that `pid` took for a request. `watch` is called
        every few seconds."""
        argv = self.program_for(LOAD, target, seconds or self.options.seconds, kind, number)
        cpu = figure = None
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            for line in process.stdout:
                if line.strip() == "measuring":
                    cpu = cpu_seconds(pid)
                    while watch and not watch(process):
                        pass
                elif line.strip() == "measured":
                    cpu = cpu_seconds(pid) - cpu
                elif line.startswith("{"):
                    figure = json.loads(line)
        if process.returncode or not figure:
            raise SystemExit(f"the load on {target} failed")
        figure["cpu_us_each"] = 1e6 * cpu / max(1, figure["runs"])
        say(f"{target}: {kind} {number}: {figure['answered_per_second']:.0f}/s, median "
            f"{figure['median_us']:.0f} us, p99 {figure['p99_us']:.0f} us, CPU "
            f"{figure['cpu_us_each']:.0f} us each, {figure['errors']} errors, "
            f"{figure['unanswered']} unanswered")
        return figure

    @contextlib.contextmanager
    def beside(self, target, *load):
        """While another component sends its load, which nobody measures."""
        argv = self.program_for(FLOOD, target, 3600, *load)
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            try:
                while process.stdout.readline().strip() != "measuring":
                    pass
                yield
            finally:
                process.terminate()
        # What it asked for may go on for long.
        before, busy = cpu_seconds(self.exchange_pid), True
        while busy:
            time.sleep(2)
            now = cpu_seconds(self.exchange_pid)
            before, busy = now, now - before > 0.1

    def rounds(self, load):
        """The median of each of the figures that `load` gives for echo and exchange by turns: on a
        machine with other work only what was measured at the same time compares."""
        runs = {name: [] for name in self.targets}
        for _ in range(self.options.rounds):
            for name, (jid, pid) in self.targets.items():
                runs[name].append(load(jid, pid))
        return {name: {field: statistics.median(run[field] for run in several)
                       for field in several[0] if isinstance(several[0][field], (int, float))}
                for name, several in runs.items()}

    def fairness(self):
        """The latency of some when another asks for as much as it can, or for slow things."""
        figures, exchange = {}, os.environ["EXCHANGE_JID"]
        for name, both in self.rounds(lambda jid, pid: self.load(jid, pid, "rate", ASIDE)).items():
            figures[f"{name}-alone"] = both
        for name, (jid, pid) in self.targets.items():
            with self.beside(jid, "in-flight", 256, 1):
                figures[f"{name}-flood"] = self.load(jid, pid, "rate", ASIDE)
        with self.beside(exchange, "rate", 4, 1, SLOW):
            figures["exchange-slow"] = self.load(exchange, self.exchange_pid, "rate", ASIDE)
        return figures

    def soak(self, rate):
        """What the exchange holds, every minute (and at the beginning and the end)."""
        held_at, began = [[0, *self.held()]], time.monotonic()

        def watch(process):
            try:
                process.wait(5)
                return True
            except subprocess.TimeoutExpired:
                minutes = (time.monotonic() - began) / 60
                if minutes > len(held_at):
                    held_at.append([round(minutes, 1), *self.held()])
                    say("after {} minutes: {} KiB, {} of them kept, {} descriptors".format(
                        *held_at[-1]))
                return False

        figure = self.load(os.environ["EXCHANGE_JID"], self.exchange_pid, "rate", int(rate),
                           self.options.soak, watch)
        minutes = (time.monotonic() - began) / 60
        figure["held"] = held_at + [[round(minutes, 1), *self.held()]]
        return figure

    def measure(self):
        self.fill()
        exchange = os.environ["EXCHANGE_JID"]
        figures = {"server": os.environ["XMPP_SERVER"], "clouds": self.options.clouds}
        first = self.load(exchange, self.exchange_pid, "in-flight", 16, 2)
        figures["answer_bytes"] = first["answer_bytes"]
        echo = subprocess.Popen([self.program, "echo", ECHO, self.port(ECHO), self.secret,
                                 str(first["answer_bytes"])], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, text=True)
        try:
            if echo.stdout.readline().strip() != "ready":
                raise SystemExit("the echo component did not start")
            self.targets = {"echo": (ECHO, echo.pid), "exchange": (exchange, self.exchange_pid)}
            for number in (256, 1):
                load = self.rounds(lambda jid, pid, n=number: self.load(jid, pid, "in-flight", n))
                figures.update({f"{name}-{number}": figure for name, figure in load.items()})
            rate = int(0.5 * figures["exchange-256"]["answered_per_second"])
            load = self.rounds(lambda jid, pid: self.load(jid, pid, "rate", rate))
            figures.update({f"{name}-half": figure for name, figure in load.items()})
            figures.update(self.fairness())
            if self.options.soak:
                figures["soak"] = self.soak(
                    0.8 * figures["exchange-256"]["answered_per_second"])
        finally:
            echo.terminate()
            echo.wait()
        with open(self.options.out, "w", encoding="utf-8") as stream:
            json.dump(figures, stream)


def table(figures):
    """Markdown; ratios within one run are what counts."""
    echo, ours = "echo-", "exchange-"
    rows = [("answers a second, 256 in flight", "256", "answered_per_second", "{:.0f}"),
            ("latency, 1 in flight, us (median)", "1", "median_us", "{:.0f}"),
            ("p99 at half load, us", "half", "p99_us", "{:.0f}"),
            ("CPU a request, 256 in flight, us", "256", "cpu_us_each", "{:.1f}")]
    print(f"\n| {figures['server']}, {figures['clouds']} clouds, answers of "
          f"{figures['answer_bytes']} bytes | echo | exchange | ratio | difference |")
    print("|---|---|---|---|---|")
    for title, load, field, form in rows:
        a, b = figures[echo + load][field], figures[ours + load][field]
        print(f"| {title} | {form.format(a)} | {form.format(b)} | {b / a:.2f} | "
              f"{b - a:+.0f} |")
    both = [(name, [figures[f"{name}-{beside}"] for beside in besides]) for name, besides in
            (("echo", ("alone", "flood")), ("exchange", ("alone", "flood", "slow")))]
    print(f"\n| latency of {ASIDE} requests a second, us, median / p99 | alone | beside one that "
          "floods | beside one that asks slow things |\n|---|---|---|---|")
    for name, loads in both:
        cells = [f"{load['median_us']:.0f} / {load['p99_us']:.0f}" for load in loads]
        print(f"| {name} | " + " | ".join((cells + ["-"])[:3]) + " |")
    if "soak" in figures:
        soak = figures["soak"]
        print(f"\nAt 80% load, {soak['runs']} answers, {soak['errors']} errors, "
              f"{soak['unanswered']} unanswered:\n")
        print("| minute | resident, MiB | of them kept by the catalog within its limits | "
              "descriptors |\n|---|---|---|---|")
        for minute, kib, kept, descriptors in soak["held"]:
            print(f"| {minute} | {kib / 1024:.1f} | {kept / 1024:.1f} | {descriptors} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(TOP, "build"))
    parser.add_argument("--clouds", type=int, default=100000)
    parser.add_argument("--seconds", type=int, default=4, help="for each figure and round")
    parser.add_argument("--rounds", type=int, default=5,
                        help="of echo and exchange by turns; their medians count")
    parser.add_argument("--soak", type=int, default=0, help="seconds at 80%% load")
    parser.add_argument("--servers", default="prosody ejabberd")
    parser.add_argument("--out", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.out:
        Bench(options).measure()
        return 0
    build = os.path.abspath(options.build)
    all_figures, wrong = {"machine": machine.facts()}, 0
    for server in options.servers.split():
        out = os.path.join(build, "bench", f"exchange-{server}.json")
        environment = dict(os.environ, BUILD=build, XMPP_SERVER=server,
                           SERVER_COMPONENTS=f"{ECHO} {LOAD} {FLOOD}",
                           EXCHANGE_SETTINGS=SETTINGS)
        subprocess.run([PRIVATE, "cloud1.org", "--", sys.executable, os.path.abspath(__file__),
                        "--out", out, "--clouds", str(options.clouds), "--seconds",
                        str(options.seconds), "--rounds", str(options.rounds), "--soak",
                        str(options.soak)], check=True,
                       env=environment)
        with open(out, encoding="utf-8") as stream:
            figures = json.load(stream)
        os.unlink(out)
        table(figures)
        all_figures[server] = figures
        wrong += sum(f["errors"] + f["unanswered"] for f in figures.values()
                     if isinstance(f, dict))
    with open(os.path.join(build, "bench", "exchange.json"), "w", encoding="utf-8") as stream:
        json.dump(all_figures, stream, indent=1)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
