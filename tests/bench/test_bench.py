#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benches themselves, as TAP: what is generated, what is asked, that a wrong answer is seen.

Nothing here looks at a time. The generator's statements are read and counted anew, with exact
numbers, by nothing of the bench's own.
"""

import fractions
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(TOP, "build"))
SHELL = os.path.join(BUILD, "intercloud-catalog")
LINE = re.compile(r'<([^>]*)> <[^>]*[#/]([^>#/]*)> (?:<([^>]*)>|"([^"]*)"(?:\^\^<[^>]*#(\w+)>)?) \.\n')
UNITS = {"GB": 10 ** 9, "TB": 10 ** 12, "GiB": 2 ** 30}
FIGURES = ["q1", "q1-wide", "q1-sparql", "q2", "q2-wide", "q3", "q3-wide", "q4", "range", "range-names",
           "units"]
JAPAN = {"JAPAN", "Japan", "JP"}


def program(name, *arguments, status=0):
    """Runs a program of the bench; its stdout and stderr."""
    done = subprocess.run([os.path.join(BUILD, "bench", name), *arguments], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == status, f"{name}: status {done.returncode}: {done.stderr[-400:]}"
    return done.stdout, done.stderr


def generate(kind, clouds):
    text, counted = program("bench-generate", kind, str(clouds))
    return text, json.loads(counted)


def resources(text):
    """{subject: {property: [values]}}, numbers as exact ones; and how many statements."""
    found, count = {}, 0
    for line in text.splitlines(keepends=True):
        match = LINE.fullmatch(line)
        assert match, f"not the N-Triples that is meant: {line}"
        subject, name, iri, literal, datatype = match.groups()
        value = iri or literal if not datatype else fractions.Fraction(literal)
        found.setdefault(subject, {}).setdefault(name, []).append(value)
        count += 1
    return found, count


def amount(value):
    """A number, or a number and a unit, in bytes or percent."""
    if isinstance(value, str):
        digits, unit = value.split()
        return fractions.Fraction(digits) * (UNITS[unit] if unit != "%" else 1)
    return value


def capacity(value):
    return amount(value) if isinstance(value, str) else value * UNITS["GB"]


def offers_of(found):
    """Each cloud with what its offers have: their own, else the cloud's."""
    for cloud in found.values():
        if "Cloud" in cloud["type"][0]:
            parts = [found[iri] for iri in cloud.get("offers", [])] or [cloud]
            yield [{**cloud, **part} for part in parts]


def meets(offer, least, copies, countries, spelled=JAPAN):
    return (amount(offer["availabilityQuantity"][0]) >= fractions.Fraction(least)
            and offer["replicationFactor"][0] >= copies
            and (not countries or spelled & set(offer["tierCountries"])
                 and "AMQP" in offer["StorageReplicationMethod"]
                 and "NFS" in offer["InterCloudStorageAccess"])
            and (countries < 2 or {"ICELAND", "Iceland", "IS"} & set(offer["tierCountries"])))


def count_again(text):
    """What the paper's queries find, from the statements alone."""
    found, count = resources(text)
    clouds = list(offers_of(found))

    def having(test):
        return sum(any(test(offer) for offer in offers) for offers in clouds)

    japan = sum(bool(JAPAN & set(offer["tierCountries"])) for offers in clouds for offer in offers)
    return {"clouds": len(clouds), "statements": count,
            "q1": having(lambda o: meets(o, "99.999", 5, 1)),
            "q1-sparql": having(lambda o: meets(o, "99.999", 5, 1)),
            "q2": having(lambda o: meets(o, "99.95", 6, 2)),
            "q3": having(lambda o: meets(o, "99.95", 4, 0)),
            "q4": min(japan, 10),
            "range": having(lambda o: o["pricePerGB"][0] <= fractions.Fraction("0.9999")),
            "units": having(lambda o: "storageCapacity" in o
                            and capacity(o["storageCapacity"][0]) >= 500 * UNITS["GB"]
                            and JAPAN & set(o["tierCountries"])
                            and "NFS" in o["InterCloudStorageAccess"])}


# ---- the tests: each raises when it fails ----

def test_plain(_folder):
    """the plain clouds are those that the figures of others were measured on"""
    text, counted = generate("plain", 10000)
    assert count_again(text) == counted, (count_again(text), counted)
    done = subprocess.run([os.path.join(BUILD, "bench", "bench-generate"), "plain", "100000"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    counted = json.loads(done.stderr)
    known = {"clouds": 100000, "statements": 2549272, "q1": 41, "q2": 1, "q3": 28607, "q4": 10}
    assert {k: counted[k] for k in known} == known, counted


def test_offers(_folder):
    """with offers, countries, quantities and datatypes are spelled in every way and mean the same"""
    text, counted = generate("offers", 300)
    assert count_again(text) == counted, (count_again(text), counted)
    assert 0 < counted["q1"] < 300 and 0 < counted["units"] < 300, counted
    for spelling in ('"JAPAN"', '"Japan"', '"JP"', ' GB"', ' TB"', ' GiB"', ' %"', "#double>",
                     "#decimal>", "#integer>"):
        assert spelling in text, spelling


def test_same_clouds(_folder):
    """a cloud is the same in a set of any size"""
    for kind in ("plain", "offers"):
        few, many = generate(kind, 7)[0], generate(kind, 20)[0]
        assert many.startswith(few) and len(many) > len(few), kind


def test_requests(folder):
    """each figure has 10,000 different requests"""
    for kind in ("plain", "offers"):
        lines = program("bench", "requests", folder, kind, "1", "1")[0].splitlines()
        for figure in FIGURES:
            texts = {line for line in lines if line.startswith(figure + "\t")}
            assert len(texts) == 10000, f"{kind} {figure}: {len(texts)}"


def run_bench(folder, *arguments):
    """The whole bench, small; its figures by set and size."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "run.py"), "--build", BUILD, "--work",
                           folder, "--seconds", "0.1", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    with open(os.path.join(folder, "figures.json")) as stream:
        benches = json.load(stream)["benches"]
    return {(b["set"], b["clouds"]): b for b in benches}, done.stdout


def check_figures(bench, names):
    for name in names:
        figure = bench[name]
        assert figure["runs"] > 0, name
        assert figure.get("checked", 1) > 0 and figure.get("wrong", 0) == 0, (name, figure)


def test_plain_run(folder):
    """a small run has every figure, every checked answer is right, and draws how they grow"""
    benches, table = run_bench(folder, "--clouds", "100,200", "--offers-clouds", "0")
    names = [f for f in FIGURES if f != "units"] + ["open-clean", "open-killed", "memory", "mixed",
                                                    "publish-1", "publish-8", "redland-q1"]
    for clouds in (100, 200):
        bench = benches["plain", clouds]
        check_figures(bench, names)
        for query in ("q1", "q2", "q3", "q4", "range"):
            assert bench["paper-" + query]["rows"] == bench["expected"][query], query
        assert bench["import"]["statements"] == bench["expected"]["statements"]
        # The log's growth, read off its files, is among what was written, and more than the text.
        publish = bench["publish-1"]
        assert 500 < publish["log_bytes_each"] < 1.05 * publish["written_bytes_each"], publish
    assert benches["plain", 200]["q3"]["rows_median"] == benches["plain", 200]["expected"]["q3"] > 0
    assert "q1 while 8 publish" in table and "stock Redland, q1f" in table, table
    lines = xml.dom.minidom.parse(os.path.join(folder, "growth.svg")).getElementsByTagName("polyline")
    assert len(lines) > 10, len(lines)


def test_offers_run(folder):
    """offers with mixed units and spellings are found as they were meant"""
    benches, _ = run_bench(folder, "--clouds", "0", "--offers-clouds", "10", "import", "publish",
                           *FIGURES)
    check_figures(benches["offers", 10], FIGURES + ["publish-8"])
    assert benches["offers", 10]["units"]["rows_max"] > 0


def test_wrong_answer(folder):
    """an answer that lacks a cloud is seen"""
    text, counted = generate("plain", 60)
    data, catalog = os.path.join(folder, "data.nt"), os.path.join(folder, "db")
    with open(data, "w") as stream:
        stream.write(text)
    ontology = os.path.join(folder, "ontology")
    shutil.copytree(os.path.join(TOP, "ontology"), ontology)
    shutil.copy(os.path.join(HERE, "ontology", "bench.ttl"), ontology)

    def shell(*arguments):
        return subprocess.run([SHELL, "--db", catalog, *arguments], check=True, text=True,
                              capture_output=True).stdout

    shell("ontology", "load", ontology)
    shell("import", "--strict", data)
    names = shell("match", "availabilityQuantity 99.95; replicationFactor 4").split()
    assert len(names) == counted["q3"] > 1, names
    program("bench", "queries", catalog, "plain", "60", "0.05", "q3")
    shell("withdraw", names[0])
    output, errors = program("bench", "queries", catalog, "plain", "60", "0.05", "q3", status=1)
    figure = next(json.loads(line) for line in output.splitlines() if '"q3"' in line)
    assert figure["wrong"] == figure["checked"] > 0, figure
    assert f"{counted['q3'] - 1} rows, expected {counted['q3']}" in errors, errors[-400:]


TESTS = [test_plain, test_offers, test_same_clouds, test_requests, test_plain_run, test_offers_run,
         test_wrong_answer]


def main():
    failed = False
    print(f"1..{len(TESTS)}", flush=True)
    for number, test in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory() as folder:
            try:
                test(folder)
                trouble = ""
            except (AssertionError, OSError, KeyError, ValueError,
                    subprocess.CalledProcessError) as error:
                trouble = f"{type(error).__name__}: {error}"
        failed = failed or bool(trouble)
        print(f"{'not ok' if trouble else 'ok'} {number} - {test.__doc__}")
        for line in trouble.splitlines():
            print("# " + line)
        sys.stdout.flush()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
