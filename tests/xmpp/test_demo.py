#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make demo and make run: the paper's answer, and nothing left behind, however they end. TAP."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FRONTEND = os.path.join(TOP, "xmpp-frontend")
SCRIPTS = os.path.join(FRONTEND, "private")
LIMIT_S = 120


class Failure(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failure(text)


def start(script, folder, server="prosody"):
    """In a session of its own, as from a terminal: SIGINT is not ignored."""
    os.chmod(folder, 0o711)  # Prosody's user finds its directory below
    return subprocess.Popen(
        [os.path.join(SCRIPTS, script)], cwd="/", start_new_session=True,
        env=dict(os.environ, TMPDIR=folder, XMPP_SERVER=server), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))


def processes(folder):
    """Who runs with that folder in its command line."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as stream:
                line = stream.read()
        except OSError:
            continue
        if folder.encode() in line:
            found.append((int(pid), line.replace(b"\0", b" ").decode()))
    return found


def wait_gone(folder, seconds=15):
    end = time.monotonic() + seconds
    while processes(folder) and time.monotonic() < end:
        time.sleep(0.05)
    check(not processes(folder), f"still running: {processes(folder)}")


def read_until(process, pattern):
    """Lines of the output up to one that matches."""
    lines = []
    for line in process.stdout:
        lines.append(line)
        if re.search(pattern, line):
            return "".join(lines)
    raise Failure(f"ended without /{pattern}/: {''.join(lines)}")


def nothing_left(folder):
    wait_gone(folder)
    check(not os.listdir(folder), f"files left: {os.listdir(folder)}")


def demo_prints_the_paper(folder):
    process = start("demo.sh", folder)
    output, _ = process.communicate(timeout=LIMIT_S)
    check(process.returncode == 0, f"status {process.returncode}: {output}")
    check("<attribute>availabilityQuantity </attribute>" in output, output)
    check("<attribute>StorageReplicationMethod\n        </attribute>" in output, output)
    names = re.findall(r"^ *<cloudName>(.*)</cloudName>$", output, re.M)
    check(names == ["cloud2", "cloud5"], f"{names}: {output}")
    check(re.search(r"sessionid='RPC-SESSION-\d{7}'", output), output)
    nothing_left(folder)


def demo_with_another_answer_fails(folder):
    """The demonstration's own check must be able to fail: without cloud5's file it does."""
    copy = os.path.join(folder, "tree")
    os.mkdir(copy)
    shutil.copytree(os.path.join(TOP, "data"), os.path.join(copy, "data"))
    for name in ("private", "prosody"):
        shutil.copytree(os.path.join(FRONTEND, name), os.path.join(copy, "xmpp-frontend", name))
    os.remove(os.path.join(copy, "data", "cloud5.rdf"))
    place = os.path.join(folder, "tmp")
    os.mkdir(place)
    os.chmod(folder, 0o711)
    os.chmod(place, 0o711)
    done = subprocess.run([os.path.join(copy, "xmpp-frontend/private/demo.sh")], cwd="/",
                          env=dict(os.environ, TMPDIR=place), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=LIMIT_S)
    check(done.returncode == 1, f"status {done.returncode}")
    check("the answer is not cloud2 and cloud5 but: cloud2" in done.stderr, done.stderr)
    check("exchange.log (its last lines)" in done.stderr, "no log lines: " + done.stderr)
    wait_gone(place)
    check(not os.listdir(place), f"files left: {os.listdir(place)}")


def interrupted(pattern, number, status):
    """A test: the signal comes to the whole foreground group once a line has been printed."""
    def test(folder):
        process = start("demo.sh", folder)
        if pattern:
            read_until(process, pattern)
        else:
            time.sleep(0.2)
        os.killpg(process.pid, number)
        output, _ = process.communicate(timeout=LIMIT_S)
        check(process.returncode == status, f"status {process.returncode}: {output}")
        nothing_left(folder)
    return test


def killed_leaves_no_process(folder):
    process = start("demo.sh", folder)
    read_until(process, r"^Prosody on")
    check(len(processes(folder)) >= 2, f"only {processes(folder)}")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_gone(folder)


def run_serves_until_interrupted(folder):
    process = start("run.sh", folder)
    text = read_until(process, r"^Ctrl-C stops everything")
    commands = re.findall(r"^    (export .*|/.*intercloud-(?:gateway|catalog) .*)$", text, re.M)
    script = "\n".join(line for line in commands if "FILE.ttl" not in line)
    done = subprocess.run(["bash", "-e", "-c", script], cwd="/", capture_output=True, text=True,
                          timeout=LIMIT_S)
    check(done.returncode == 0, f"status {done.returncode}: {done.stderr}")
    check(done.stdout.startswith("cloud2\ncloud5\n"), done.stdout)
    check("user@cloud2.org" in done.stdout, done.stdout)
    private = re.search(r"^    export INTERCLOUD_DB=(.*)/catalog.db$", text, re.M).group(1)
    for folder_path in (private, re.search(r"and (\S+)/server.log", text).group(1)):
        check(stat.S_IMODE(os.stat(folder_path).st_mode) == 0o700, f"mode of {folder_path}")
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=LIMIT_S)
    check(process.returncode == 130, f"status {process.returncode}: {output}")
    nothing_left(folder)


def listening(pids):
    """The addresses that they listen on."""
    inodes = set()
    for pid in pids:
        for entry in os.listdir(f"/proc/{pid}/fd"):
            target = os.readlink(f"/proc/{pid}/fd/{entry}")
            if found := re.match(r"socket:\[(\d+)\]", target):
                inodes.add(found.group(1))
    addresses = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as stream:
            for line in stream.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    addresses.append(fields[1].split(":")[0])
    return addresses


def named(name):
    """The processes of that name, whoever started them."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as stream:
                if stream.read().strip() == name:
                    found.add(pid)
        except OSError:
            pass
    return found


def listens_on_loopback_only(folder):
    process = start("run.sh", folder)
    read_until(process, r"^Ctrl-C stops everything")
    addresses = listening(pid for pid, _ in processes(folder))
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=LIMIT_S)
    check(addresses == 2 * ["0100007F"], f"{addresses}")
    nothing_left(folder)


def runs_behind_ejabberd(folder):
    mappers = named("epmd")
    process = start("run.sh", folder, "ejabberd")
    read_until(process, "at ejabberd on 127.0.0.1")
    read_until(process, r"^Ctrl-C stops everything")
    mine = processes(folder)
    check(any("beam" in line for _, line in mine), f"{mine}")
    addresses = listening(pid for pid, _ in mine)
    check(addresses == 2 * ["0100007F"], f"{addresses}")
    check(not named("epmd") - mappers, "epmd runs")
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=LIMIT_S)
    check(process.returncode == 130, f"status {process.returncode}: {output}")
    nothing_left(folder)


def killed_behind_ejabberd_leaves_no_process(folder):
    process = start("demo.sh", folder, "ejabberd")
    read_until(process, r"^ejabberd on")
    check(any("beam" in line for _, line in processes(folder)), f"{processes(folder)}")
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_gone(folder)


TESTS = [
    ("make demo prints the paper's request and answer", demo_prints_the_paper),
    ("make demo fails when the answer is another", demo_with_another_answer_fails),
    ("Ctrl-C while it sets up", interrupted(None, signal.SIGINT, 130)),
    ("Ctrl-C while the clouds publish", interrupted(r"cloud2 new", signal.SIGINT, 130)),
    ("SIGTERM once everything runs", interrupted(r"^Prosody on", signal.SIGTERM, 143)),
    ("kill -9 leaves no process", killed_leaves_no_process),
    ("make run: what it says to paste works, until Ctrl-C", run_serves_until_interrupted),
    ("the server and the exchange listen on loopback only", listens_on_loopback_only),
    ("make run behind ejabberd: loopback only, no port mapper, nothing left", runs_behind_ejabberd),
    ("kill -9 leaves no ejabberd", killed_behind_ejabberd_leaves_no_process),
]


def main():
    print(f"1..{len(TESTS)}", flush=True)
    failed = False
    for number, (name, test) in enumerate(TESTS, 1):
        folder = tempfile.mkdtemp(prefix="demo-")
        try:
            test(folder)
            print(f"ok {number} - {name}", flush=True)
        except (Failure, subprocess.TimeoutExpired) as error:
            failed = True
            print(f"not ok {number} - {name}")
            for line in str(error).splitlines():
                print("# " + line, flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
