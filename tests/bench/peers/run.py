#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What users would pick instead, on the bench's data: Virtuoso, TinySPARQL, Oxigraph.

`make bench-peers` installs them (starting no service), then runs this. Each loads the same
N-Triples in a private directory, answers the same queries, and must give the rows that the
generator counted. Servers listen on loopback only and are stopped by their process id.
The table goes to standard output, every figure to BUILD/bench/peers.json.
"""

import argparse
import glob
import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.dirname(HERE))
import machine  # noqa: E402  (beside the bench, which is no package)

QUERIES = ["q1", "q2", "q3", "q4"]
OXIGRAPH = "0.5.11"
NAMESPACE = "http://www.csp/resOntology#"
START_LIMIT_S, LOAD_LIMIT_S = 120, 1800

# TinySPARQL wants every property declared: its type, and whether a cloud has at most one.
PROPERTIES = {
    "string": ["cloudName", "hypervisor", "contactMail", "region"],
    "string*": ["tierCountries", "StorageReplicationMethod", "InterCloudStorageAccess",
                "certification", "operatingSystem"],
    "double": ["availabilityQuantity", "pricePerGB", "slaCreditPercent"],
    "integer": ["replicationFactor", "latencyMs", "cpuCount", "memoryGB", "storageTB",
                "bandwidthMbps", "backupIntervalHours", "established", "gpuCount"],
}
INDEXED = {"cloudName", "tierCountries", "StorageReplicationMethod", "InterCloudStorageAccess",
           "availabilityQuantity", "replicationFactor", "pricePerGB"}


def say(text):
    print(text, file=sys.stderr, flush=True)


def query_path(name):
    return os.path.join(TOP, "tests", "bench", "queries", name + ".rq")


def folder_bytes(folder):
    return sum(os.stat(path).st_blocks * 512
               for path in glob.glob(os.path.join(folder, "**"), recursive=True)
               if os.path.isfile(path))


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def json_lines(argv):
    """Runs a program that prints JSON, one object a line."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True,
                          stdin=subprocess.DEVNULL)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


# ---- Virtuoso ----

VIRTUOSO_INI = """\
[Database]
DatabaseFile = {dir}/virtuoso.db
ErrorLogFile = {dir}/virtuoso.log
LockFile = {dir}/virtuoso.lck
TransactionFile = {dir}/virtuoso.trx
xa_persistent_file = {dir}/virtuoso.pxa
ErrorLogLevel = 7
FileExtend = 200
MaxCheckpointRemap = 2000
Striping = 0
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {dir}/virtuoso-temp.db
TransactionFile = {dir}/virtuoso-temp.trx
MaxCheckpointRemap = 2000
Striping = 0
[Parameters]
ServerPort = 127.0.0.1:{port}
LiteMode = 0
DisableUnixSocket = 1
ServerThreads = 10
CheckpointInterval = 0
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {dir}, {data}
ThreadsPerQuery = 1
AsyncQueueMaxThreads = 1
[HTTPServer]
ServerPort = 127.0.0.1:{web}
ServerRoot = {dir}
MaxClientConnections = 5
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = 1000000
DefaultGraph = http://bench.example/
MaxQueryCostEstimationTime = 0
"""


class Virtuoso:
    """A server of our own on loopback, from start() to stop()."""

    def __init__(self, folder, data):
        self.folder, self.data, self.process = fresh(folder), data, None
        self.port, self.web = free_ports(2)
        with open(os.path.join(folder, "virtuoso.ini"), "w") as stream:
            stream.write(VIRTUOSO_INI.format(dir=folder, data=os.path.dirname(data),
                                             port=self.port, web=self.web))

    def start(self):
        """Seconds until it is online."""
        log = os.path.join(self.folder, "virtuoso.log")
        if os.path.exists(log):
            os.remove(log)
        begin = time.monotonic()
        self.process = subprocess.Popen(["virtuoso-t", "-f", "-c", "virtuoso.ini"],
                                        cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (os.path.exists(log) and "Server online" in open(log, errors="replace").read()):
            if self.process.poll() is not None or time.monotonic() - begin > START_LIMIT_S:
                raise RuntimeError(f"Virtuoso did not start; {log} says why")
            time.sleep(0.01)
        return time.monotonic() - begin

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def sql(self, text):
        done = subprocess.run(["isql-vt", f"127.0.0.1:{self.port}", "dba", "dba", f"exec={text}"],
                              capture_output=True, text=True, timeout=LOAD_LIMIT_S, check=False)
        if done.returncode or "*** Error" in done.stdout + done.stderr:
            raise RuntimeError(f"isql-vt: {done.stdout}{done.stderr}")
        return done.stdout

    def cpu_s(self):
        """CPU of all its threads, to the nanosecond."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as stream:
                total += int(stream.read().split()[0])
        return total / 1e9

    def peak_kib(self):
        with open(f"/proc/{self.process.pid}/status") as stream:
            return next(int(line.split()[1]) for line in stream if line.startswith("VmHWM"))

    def ask(self, connection, text):
        connection.request("GET", "/sparql?" + urllib.parse.urlencode(
            {"default-graph-uri": "http://bench.example/", "query": text,
             "format": "text/tab-separated-values"}))
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(body[:400].decode(errors="replace"))
        return body.count(b"\n") - 1

    def measure(self, name, text, limit, started=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.web)
        wall, cpu, rows, since, begin = [], [], 0, None, time.monotonic()
        while not wall or time.monotonic() - begin < limit:
            cpu_before, before = self.cpu_s(), time.monotonic()
            rows = self.ask(connection, text)
            wall.append((time.monotonic() - before) * 1e3)
            cpu.append((self.cpu_s() - cpu_before) * 1e3)
            since = since or (time.monotonic() - (started or begin)) * 1e3
        connection.close()
        return {"query": name, "rows": rows, "runs": len(wall),
                "median_ms": statistics.median(wall), "min_ms": min(wall), "max_ms": max(wall),
                "cpu_ms": statistics.median(cpu), "since_start_ms": since,
                "peak_kib": self.peak_kib()}


def run_virtuoso(folder, data, seconds):
    server = Virtuoso(folder, data)
    try:
        server.start()
        empty = folder_bytes(folder)
        cpu, begin = server.cpu_s(), time.monotonic()
        server.sql(f"ld_dir('{os.path.dirname(data)}', '{os.path.basename(data)}', "
                   "'http://bench.example/'); rdf_loader_run(); checkpoint;")
        load = {"load_s": time.monotonic() - begin, "load_cpu_s": server.cpu_s() - cpu,
                "peak_kib": server.peak_kib(), "disk": folder_bytes(folder) - empty,
                "disk_empty": empty}
        round_trip = server.measure("ASK {}", "ASK {}", seconds)
        queries = [server.measure(q, open(query_path(q)).read(), seconds) for q in QUERIES]
        server.stop()
        started = time.monotonic()
        server.start()
        first = server.measure("q1", open(query_path("q1")).read(), 0, started)
    finally:
        server.stop()
    return {"load": load, "queries": queries, "round_trip": round_trip,
            "first_ms": first["since_start_ms"]}


# ---- TinySPARQL ----

def write_tinysparql_ontology(folder):
    lines = [f"@prefix csp: <{NAMESPACE}> .",
             "@prefix nrl: <http://tracker.api.gnome.org/ontology/v3/nrl#> .",
             "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .",
             "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .",
             "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .",
             'csp: a nrl:Namespace, nrl:Ontology ; nrl:prefix "csp" ; '
             'nrl:lastModified "2026-01-01T00:00:00Z" .',
             "csp:Cloud a rdfs:Class ; rdfs:subClassOf rdfs:Resource ."]
    for kind, names in PROPERTIES.items():
        for name in names:
            lines.append(f"csp:{name} a rdf:Property ; rdfs:domain csp:Cloud ; "
                         f"rdfs:range xsd:{kind.rstrip('*')}"
                         + ("" if kind.endswith("*") else " ; nrl:maxCardinality 1")
                         + (" ; nrl:indexed true" if name in INDEXED else "") + " .")
    with open(os.path.join(fresh(folder), "90-csp.ontology"), "w") as stream:
        stream.write("\n".join(lines) + "\n")
    return folder


def run_tinysparql(folder, data, seconds, program):
    store = os.path.join(fresh(folder), "store")
    ontology = write_tinysparql_ontology(os.path.join(folder, "ontology"))
    load = json_lines([program, "load", store, ontology, data])[0]
    load["disk"] = folder_bytes(store)
    queries = json_lines([program, "query", store, str(seconds), *map(query_path, QUERIES)])
    first = json_lines([program, "query", store, "0", query_path("q1")])[0]
    return {"load": load, "queries": queries, "first_ms": first["since_start_ms"]}


# ---- Oxigraph ----

def run_oxigraph(folder, data, seconds):
    fresh(folder)
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
                    "--prefix", folder, "oxigraph@" + OXIGRAPH], check=True,
                   stdin=subprocess.DEVNULL, stdout=sys.stderr)
    load, *queries = json_lines(["node", os.path.join(HERE, "oxigraph.js"), folder, data,
                                 str(seconds), *map(query_path, QUERIES)])
    return {"load": load, "queries": queries, "first_ms": queries[0]["since_start_ms"]}


# ---- the report ----

def disagreements(name, result, expected):
    return [f"{name} gives {q['rows']} rows for {q['query']}, not {expected[q['query']]}"
            for q in result["queries"] if q["rows"] != expected[q["query"]]]


def spread(figures):
    return f"{figures['median_ms']:.2f} ({figures['min_ms']:.2f}-{figures['max_ms']:.2f})"


def print_table(results, statements):
    print("| | load, thousand statements/s | bytes/statement | peak RSS load / query, MiB "
          "| q1 ms | q2 ms | q3 ms | q4 ms | new process to first answer, ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, result in results.items():
        load, queries = result["load"], result["queries"]
        disk = f"{load['disk'] / statements:.0f}" if "disk" in load else "in memory"
        print(f"| {name} | {statements / load['load_s'] / 1000:.0f} | {disk} "
              f"| {load['peak_kib'] / 1024:.0f} / {queries[-1]['peak_kib'] / 1024:.0f} | "
              + " | ".join(spread(q) for q in queries) + f" | {result['first_ms']:.0f} |")
    print("\nCPU ms a query (median): "
          + "; ".join(name + " " + ", ".join(f"{q['query']} {q['cpu_ms']:.2f}"
                                             for q in result["queries"])
                      for name, result in results.items()))
    for name, result in results.items():
        if "round_trip" in result:
            print(f"{name} answers over HTTP: an empty query (ASK {{}}) takes "
                  f"{spread(result['round_trip'])} ms, "
                  f"{result['round_trip']['cpu_ms']:.2f} ms of its CPU.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="the build tree")
    parser.add_argument("--clouds", type=int, default=100000)
    parser.add_argument("--seconds", type=float, default=5, help="for each query (%(default)s)")
    parser.add_argument("--peers", default="virtuoso tinysparql oxigraph")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # servers are stopped on the way out
    build = os.path.abspath(options.build)
    folder = os.path.join(build, "bench", "peers")
    os.makedirs(folder, exist_ok=True)
    data = os.path.join(folder, "data", f"plain-{options.clouds}.nt")
    with open(os.path.join(fresh(os.path.dirname(data)), os.path.basename(data)), "wb") as out:
        done = subprocess.run([os.path.join(build, "bench", "bench-generate"), "plain",
                               str(options.clouds)], stdout=out, stderr=subprocess.PIPE, check=True)
    expected = json.loads(done.stderr)
    say(f"{options.clouds} clouds, {expected['statements']} statements")
    runners = {
        "virtuoso": ("Virtuoso", lambda d: run_virtuoso(d, data, options.seconds)),
        "tinysparql": ("TinySPARQL", lambda d: run_tinysparql(
            d, data, options.seconds, os.path.join(build, "bench", "bench-tinysparql"))),
        "oxigraph": ("Oxigraph (WebAssembly)", lambda d: run_oxigraph(d, data, options.seconds)),
    }
    results, wrong = {}, []
    for peer in options.peers.split():
        name, runner = runners[peer]
        say(f"{name} …")
        results[name] = runner(os.path.join(folder, peer))
        wrong += disagreements(name, results[name], expected)
        say(json.dumps(results[name]))
        shutil.rmtree(os.path.join(folder, peer))
    shutil.rmtree(os.path.dirname(data))
    print(f"{options.clouds} clouds, {expected['statements']} statements; median "
          f"(least-most) over {options.seconds:g} s of runs; {machine.description()}\n")
    print_table(results, expected["statements"])
    with open(os.path.join(build, "bench", "peers.json"), "w") as stream:
        json.dump({"clouds": options.clouds, "expected": expected, "results": results,
                   "machine": machine.facts()}, stream, indent=1)
    for line in wrong:
        say(f"bench-peers: {line}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
