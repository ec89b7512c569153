#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/run, tested: what it makes of outputs and statuses, as TAP."""

import argparse
import importlib.machinery
import importlib.util
import os
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("run", os.path.join(os.path.dirname(HERE), "run"))
spec = importlib.util.spec_from_loader("run", loader)
run = importlib.util.module_from_spec(spec)
sys.modules["run"] = run
loader.exec_module(run)

# (what, output, status, late, (passed, failed, skipped))
CASES = [
    ("all pass", "1..2\nok 1 - a\nok 2 - b\n", 0, False, (2, 0, 0)),
    ("one fails", "1..2\nnot ok 1 - a\n# why\nok 2 - b\n# not ok - group\n", 1, False, (1, 1, 0)),
    ("a skip counts as neither", "1..2\nok 1 a # skip no need\nok 2 b\n", 0, False, (1, 0, 1)),
    ("a skip that is not ok fails", "1..1\nnot ok 1 a # skip\n", 1, False, (0, 1, 0)),
    ("a test too few", "1..3\nok 1\nok 2\n", 0, False, (2, 1, 0)),
    ("a test too many", "1..1\nok 1\nok 2\n", 0, False, (2, 1, 0)),
    ("a crash after the tests", "1..1\nok 1\n", -11, False, (1, 1, 0)),
    ("a status without a failing test", "1..1\nok 1\n", 99, False, (1, 1, 0)),
    ("nothing at all", "", 0, False, (0, 1, 0)),
    ("only a plan", "1..2\n", 0, False, (0, 1, 0)),
    ("out of time", "1..1\nok 1\n", -9, True, (1, 1, 0)),
    ("two groups, two plans", "1..1\nok 1 - a\n1..1\nok 1 - b\n", 0, False, (2, 0, 0)),
    ("the plan at the end", "ok 1\nok 2\n1..2\n", 0, False, (2, 0, 0)),
    ("words that only begin like results", "okay\nnothing ok\n1..1\nok 1\n", 0, False, (1, 0, 0)),
]


def check_case(output, status, late, expected):
    outcome = run.judge(output.splitlines(keepends=True), status, late, [])
    return (outcome.passed, outcome.failed, len(outcome.skipped)) == expected


def check_report():
    """A sanitizer's report fails a file that passed."""
    with tempfile.NamedTemporaryFile("w", suffix=".1") as report:
        report.write("heap-use-after-free\n")
        report.flush()
        outcome = run.judge(["1..1\n", "ok 1\n"], 0, False, [report.name])
    return outcome.failed == 1 and "heap-use-after-free" in outcome.trouble[0]


def check_background():
    """What a test leaves running is stopped with it."""
    process = run.start(["bash", "-c", "sleep 1000 & echo $!"], stdout=run.subprocess.PIPE)
    child = int(process.stdout.readline())
    late = run.finish(process, 60)
    for _ in range(1000):
        try:
            with open(f"/proc/{child}/stat", encoding="ascii") as stream:
                if stream.read().split()[2] == "Z":
                    return not late
        except FileNotFoundError:
            return not late
        run.time.sleep(0.01)
    return False


def check_totals():
    """Nothing run and something failed are both failures."""
    empty, failing, good = run.Report(), run.Report(), run.Report()
    sys.stdout, kept = open(os.devnull, "w", encoding="utf-8"), sys.stdout
    try:
        failing.add("a", run.Outcome(passed=3, failed=1))
        good.add("a", run.Outcome(passed=1))
        return (empty.close(), failing.close(), good.close()) == (1, 1, 0)
    finally:
        sys.stdout.close()
        sys.stdout = kept


def check_servers():
    """The files behind ejabberd run behind ejabberd, and one at a time."""
    options = argparse.Namespace(build="build", thread_tests=[], python="python3", cc="gcc",
                                 w3c="", samples="")
    suites = run.suites(options)
    servers = {suite: {run.environment(options, job, "")["XMPP_SERVER"] for job in jobs}
               for suite, (_, jobs) in suites.items() if suite.startswith("xmpp")}
    alone = all(job.alone and job.patient == (job.name == "xmpp/test_faults.py")
                for suite in servers for job in suites[suite][1])
    return alone and servers == {"xmpp": {"prosody"}, "xmpp-ejabberd": {"ejabberd"}}


def main():
    results = [(what, check_case(*case)) for what, *case in CASES]
    results += [(check.__doc__, check()) for check in (check_report, check_background, check_totals,
                                                      check_servers)]
    print(f"1..{len(results)}")
    for number, (what, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
    sys.exit(0 if all(good for _, good in results) else 1)


if __name__ == "__main__":
    main()
