#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the exchange behind a real server, beside an echo component on the same stream code:
what `make bench-exchange` runs. README.md beside this says what each figure means.

The table goes to standard output as Markdown, progress to standard error, every figure to
BUILD/bench/exchange.json. The exit status is 0 only when every request was answered.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)
import machine  # noqa: E402

ECHO, LOAD = "echo.exchange1.org", "load.exchange1.org"
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


def held(pid):
    """KiB resident, and open descriptors."""
    with open(f"/proc/{pid}/status", encoding="ascii") as stream:
        rss = int(re.search(r"VmRSS:\s+(\d+)", stream.read()).group(1))
    return rss, len(os.listdir(f"/proc/{pid}/fd"))


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
        subprocess.run([os.path.join(self.build, "intercloud-catalog"), "--db",
                        os.path.join(self.private, "catalog.db"), *arguments], check=True,
                       stdout=subprocess.DEVNULL)

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

    def load(self, target, pid, kind, number, seconds=None):
        """Figures of one load, with the CPU time that `pid` took for a request."""
        argv = [self.program, "load", LOAD, self.port(LOAD), self.secret, target,
                str(seconds or self.options.seconds), kind, str(number)]
        cpu = figure = None
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True) as process:
            for line in process.stdout:
                if line.strip() == "measuring":
                    cpu = cpu_seconds(pid)
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
            targets = {"echo": (ECHO, echo.pid), "exchange": (exchange, self.exchange_pid)}
            for kind, number in (("in-flight", 256), ("in-flight", 1)):
                for name, (jid, pid) in targets.items():
                    figures[f"{name}-{number}"] = self.load(jid, pid, kind, number)
            rate = 0.5 * figures["exchange-256"]["answered_per_second"]
            for name, (jid, pid) in targets.items():
                figures[f"{name}-half"] = self.load(jid, pid, "rate", int(rate))
            if self.options.soak:
                before = held(self.exchange_pid)
                rate = 0.8 * figures["exchange-256"]["answered_per_second"]
                figures["soak"] = self.load(exchange, self.exchange_pid, "rate", int(rate),
                                            self.options.soak)
                figures["soak"]["held_before"], figures["soak"]["held_after"] = \
                    before, held(self.exchange_pid)
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
    if "soak" in figures:
        soak = figures["soak"]
        print(f"\nAt 80% load, {soak['runs']} answers: resident {soak['held_before'][0]} KiB before, "
              f"{soak['held_after'][0]} KiB after; descriptors {soak['held_before'][1]} before, "
              f"{soak['held_after'][1]} after; {soak['errors']} errors.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=os.path.join(TOP, "build"))
    parser.add_argument("--clouds", type=int, default=100000)
    parser.add_argument("--seconds", type=int, default=10, help="for each figure")
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
                           SERVER_COMPONENTS=f"{ECHO} {LOAD}")
        subprocess.run([PRIVATE, "cloud1.org", "--", sys.executable, os.path.abspath(__file__),
                        "--out", out, "--clouds", str(options.clouds), "--seconds",
                        str(options.seconds), "--soak", str(options.soak)], check=True,
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
