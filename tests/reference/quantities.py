#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `intercloud-catalog match` with exact fractions on random values with units.

    quantities.py [--seed N] [--catalogs N] [--requests N]

Clouds state quantities in random units, many equal or a last digit apart once they are converted;
requests ask for them in other units. units.py says what a value is; the ontology is the project's,
with exchange rates added. The program is that in $BUILD (default: build/). Speaks TAP.
"""

import argparse
import fractions
import glob
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import ttl  # noqa: E402
import units  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NS = "http://www.csp/resOntology#"
RATES = """@prefix ic: <http://www.csp/resOntology/meta#> .
@prefix unit: <http://qudt.org/vocab/unit/> .
<urn:r1> a ic:ExchangeRate ; ic:from unit:CCY_EUR ; ic:to unit:CCY_USD ; ic:rate 1.0835 ;
    ic:date "2026-01-15" ; ic:source "a bank" .
<urn:r2> a ic:ExchangeRate ; ic:from unit:CCY_EUR ; ic:to unit:CCY_USD ; ic:rate 1.2 ;
    ic:date "2025-01-15" ; ic:source "a bank" .
<urn:r3> a ic:ExchangeRate ; ic:from unit:CCY_JPY ; ic:to unit:CCY_USD ; ic:rate 0.0064 ;
    ic:date "2026-01-15" ; ic:source "a bank" .
"""
DATA = "B kB MB GB TB PB KiB MiB GiB TiB bit kbit Mbit Gbit Gibit".split() + ["gigabyte", "GigaBYTE"]
TIME = "ms s min h d wk mo yr".split() + ["hour", "months", "DAY"]
MONEY = ["USD", "EUR", "JPY", "$", "€"]
ATTRIBUTES = {
    "storageCapacity": ["{d}"], "memorySize": ["{d}"],
    "bandwidth": ["{d}/{t}", "{d} per {t}", "Mbps", "GBps", "Gbit/s"],
    "storageThroughput": ["{d}/{t}", "MB/s", "MBps"],
    "backupInterval": ["{t}"], "latency": ["{t}", "us", "ns"], "minimumCommitment": ["{t}"],
    "cpuFrequency": ["Hz", "kHz", "MHz", "GHz", "THz", "gigahertz"],
    "storageOperationRate": ["IOPS", "/{t}", "requests/{t}", "operations per second", "k/{t}"],
    "availabilityQuantity": ["%", "fraction", "‰", "ppm", "percent"],
    "storagePrice": ["{m}/{d}-{t}", "{m}/{d}/{t}", "{m} per {d} per {t}", "{m}/{t}/{d}", "{m} / {d}·{t}"],
    "egressPrice": ["{m}/{d}"], "instancePrice": ["{m}/{t}", "{m}/instance-{t}"],
    "requestPrice": ["{m}/million", "{m}/10k requests", "{m} per 1000", "{m}/request"],
}
OPERATORS = {">=": lambda a, b: a >= b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b,
             "<": lambda a, b: a < b, "=": lambda a, b: a == b}


def decimal(number, places):
    """The decimal at or just below a number, as text."""
    scaled = number.numerator * 10 ** places // number.denominator
    digits = str(scaled).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return text.rstrip("0").rstrip(".") if places and "." in text else text


class World:
    def __init__(self, rng, table, attribute_units):
        self.rng, self.table, self.attribute_units = rng, table, attribute_units
        # A few quantities of each attribute, which clouds and requests come near.
        self.targets = {name: [fractions.Fraction(rng.randint(1, 999), rng.choice([1, 2, 3, 8, 10, 1000]))
                               for _ in range(3)] for name in ATTRIBUTES}
        self.targets["availabilityQuantity"] = [100 - fractions.Fraction(1, 10 ** n) for n in (1, 2, 3)]

    def quantity(self, name):
        """A value near a target: its text, and exactly what it is in the attribute's unit."""
        rng = self.rng
        target = rng.choice(self.targets[name])
        if name == "availabilityQuantity" and rng.random() < .3:
            text = rng.choice(["3 nines", "four nines", "five-nines", "2 nine", "4 9s", "Three Nines"])
            return text, self.table.value(self.attribute_units[name], text)
        unit = rng.choice(ATTRIBUTES[name]).format(d=rng.choice(DATA), t=rng.choice(TIME),
                                                   m=rng.choice(MONEY))
        ratio = self.table.value(self.attribute_units[name], f"1 {unit}")
        wanted = target / ratio
        places = rng.choice([0, 1, 3, 6])
        while wanted * 10 ** places < 1:
            places += 1
        step = rng.choice([0, 0, 0, 1, -1])
        text = decimal(max(wanted + fractions.Fraction(step, 10 ** places), fractions.Fraction(0)), places)
        text += rng.choice(["", " "]) + unit if unit[0] not in "eE" else " " + unit
        return text, self.table.value(self.attribute_units[name], text)


def storable(number):
    """Whether the catalog promises to hold it: 32 places, or a denominator of 16 digits."""
    twos_and_fives = number.denominator
    for prime in (2, 5):
        while twos_and_fives % prime == 0:
            twos_and_fives //= prime
    if twos_and_fives > 1:
        return number.denominator < 10 ** 16
    return 10 ** 32 % number.denominator == 0


class Trial:
    """One catalog, clouds in it, and what they state."""

    def __init__(self, rng, binary, directory, world):
        self.rng, self.binary, self.directory, self.world = rng, binary, directory, world
        self.clouds, self.refused = {}, 0
        for number in range(rng.randint(6, 14)):
            stated = {}
            for name in rng.sample(sorted(ATTRIBUTES), 6):
                text, value = world.quantity(name)
                if storable(value):
                    stated[name] = (text, value)
            self.clouds[f"c{number:02}"] = stated
        self.publish()

    def run(self, *arguments):
        return subprocess.run([self.binary, "--db", os.path.join(self.directory, "db"), *arguments],
                              capture_output=True, text=True, check=False, timeout=120)

    def publish(self):
        path = os.path.join(self.directory, "clouds.ttl")
        with open(path, "w", encoding="utf-8") as out:
            for name, stated in self.clouds.items():
                out.write(f'<urn:{name}> a <{NS}Cloud> ; <{NS}cloudName> "{name}"')
                out.writelines(f' ; <{NS}{a}> "{text}"' for a, (text, _) in stated.items())
                out.write(" .\n")
        for arguments in (("ontology", "load", os.path.join(self.directory, "ontology")), ("import", path)):
            done = self.run(*arguments)
            if done.returncode:
                raise RuntimeError(f"{arguments}: {done.stderr}")

    def ask(self):
        """What differs, or ""; and how many clouds match."""
        rng = self.rng
        stating = sorted({a for stated in self.clouds.values() for a in stated})
        name = rng.choice(stating)
        op = rng.choice(sorted(OPERATORS))
        text, value = self.world.quantity(name)
        if rng.random() < .4:  # exactly what some cloud states
            text, value = rng.choice([s[name] for s in self.clouds.values() if name in s])
        done = self.run("match", f'{name} {op} "{text}"')
        if not storable(value):
            self.refused += 1
            good = done.returncode == 1 and "cannot be held exactly" in done.stderr
            return ("" if good else f"{name} {op} {text}: not refused\n{done.stderr}"), 0
        wanted = [c for c, stated in sorted(self.clouds.items())
                  if name in stated and OPERATORS[op](stated[name][1], value)]
        if done.returncode == 0 and done.stdout.split() == wanted:
            return "", len(wanted)
        stated = [f"{c}: {s[name][0]} = {s[name][1]}" for c, s in self.clouds.items() if name in s]
        return "\n".join([f"{name} {op} {text} = {value}", f"found {done.stdout.split()}, not {wanted}",
                          done.stderr, *stated]), len(wanted)


def read_ontology(directory):
    triples = []
    for number, path in enumerate(sorted(glob.glob(os.path.join(directory, "*.ttl")))):
        with open(path, encoding="utf-8") as stream:
            for triple in ttl.Reader(stream.read(), path).triples:
                triples.append(tuple((t[0], f"{number}.{t[1]}") if t[0] == "blank" else t for t in triple))
    return triples


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=20260130)
    parser.add_argument("--catalogs", type=int, default=3)
    parser.add_argument("--requests", type=int, default=40)
    options = parser.parse_args()
    binary = os.path.join(TOP, os.environ.get("BUILD", "build"), "intercloud-catalog")
    rng = random.Random(options.seed)
    wrong, some, refused = [], 0, 0
    for _ in range(options.catalogs):
        with tempfile.TemporaryDirectory() as directory:
            ontology = os.path.join(directory, "ontology")
            shutil.copytree(os.path.join(TOP, "ontology"), ontology)
            with open(os.path.join(ontology, "our-rates.ttl"), "w", encoding="utf-8") as out:
                out.write(RATES)
            table = units.Units(read_ontology(ontology))
            own = {name: table.about[NS + name][units.META + "unit"][0] for name in ATTRIBUTES}
            trial = Trial(rng, binary, directory, World(rng, table, own))
            for _ in range(options.requests):
                difference, count = trial.ask()
                some += 0 < count < len(trial.clouds)
                if difference:
                    wrong.append(difference)
            refused += trial.refused
    asked = options.catalogs * options.requests
    print("1..2")
    print(f"{'not ok' if wrong else 'ok'} 1 - {asked} requests of seed {options.seed} find what exact "
          f"fractions say; {refused} are refused as too fine")
    for line in "\n".join(wrong[:3]).split("\n") if wrong else []:
        print("# " + line)
    enough = some >= asked // 4
    print(f"{'ok' if enough else 'not ok'} 2 - {some} of {asked} find some clouds and not all")
    sys.exit(1 if wrong or not enough else 0)


if __name__ == "__main__":
    main()
