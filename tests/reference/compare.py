#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares `intercloud-catalog match` with the naive reference matcher on random catalogs.

    compare.py [--seed N] [--catalogs N] [--requests N] [--engine NAME] [--ontology DIR] [--keep]

One catalog is a random ontology (for every fourth: the project's own), random clouds written in
several formats, and requests; half of the requests are asked again after some clouds have been
withdrawn, replaced or have run out. The programs are those in $BUILD (default: build/). On
a difference the smallest catalog and request that still show it are printed.

    model.py     what a request means          generate.py  random ontologies, clouds, requests
    write.py     their spellings               ttl.py       a reader for ontology files
"""

import argparse
import copy
import dataclasses
import datetime
import glob
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import generate  # noqa: E402
import model  # noqa: E402
import ttl  # noqa: E402
import write  # noqa: E402

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
LEASE = datetime.timedelta(hours=1)
SHRINK_TRIES_MAX = 150


class Failure(Exception):
    """The program did what it should not."""


def instant(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Program:
    """intercloud-catalog on one catalog directory, at a time that we set."""

    def __init__(self, binary, directory):
        self.binary, self.directory, self.now = binary, directory, START

    def run(self, *arguments, status=0):
        environment = {**os.environ, "INTERCLOUD_NOW": instant(self.now), "LC_ALL": "C.UTF-8"}
        argv = [self.binary, "--db", os.path.join(self.directory, "db"), *arguments]
        done = subprocess.run(argv, env=environment, capture_output=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != status:
            raise Failure(f"status {done.returncode}, expected {status}: {' '.join(argv)}\n"
                          + done.stderr.decode("utf-8", "replace")[:2000])
        return done.stdout.decode("utf-8")

    def file(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        return path

    def load(self, ontology_text):
        """`ontology_text` None: a new catalog's own ontology, the project's."""
        if ontology_text is not None:
            folder = os.path.join(self.directory, "ontology")
            os.makedirs(folder, exist_ok=True)
            self.file("ontology/made.ttl", ontology_text)
            self.run("ontology", "load", folder)

    def names(self, *arguments):
        return self.run("match", *arguments).splitlines()

    def offers(self, *arguments):
        """{cloud: names of the offers that meet the constraints outside groups, of each group's}"""
        answer = json.loads(self.run("match", "--json", "--offers", *arguments))
        return {cloud["name"]: [cloud["offers"], *cloud.get("groups", [])]
                for cloud in answer["clouds"]}

    def sparql_names(self, engine, *arguments):
        """The answer of the query that --explain prints, run by `sparql`."""
        at = [a for pair in zip(arguments, arguments[1:]) if pair[0] == "--at" for a in pair]
        query = self.run("match", "--explain", *arguments)
        rows = json.loads(self.run("sparql", "--results", "json", "--engine", engine, *at, query))
        return [row["cloudName"]["value"] for row in rows["results"]["bindings"]]


# ---- one catalog's life ----

class Trial:
    """A catalog and its model, side by side."""

    def __init__(self, rng, program, ontology_text, ontology, engine=None):
        self.rng, self.program, self.engine = rng, program, engine
        self.text, self.ontology = ontology_text, ontology
        self.matcher = model.Matcher(ontology)
        self.world = generate.World(rng, ontology)
        self.clouds = self.world.clouds(rng.randint(4, 11))
        self.files = 0
        self.asked = self.some = self.errors = 0

    def import_clouds(self, clouds):
        """Writes clouds as documents of random formats, several in one now and then."""
        rng, rest = self.rng, list(clouds)
        while rest:
            group = [rest.pop() for _ in range(min(len(rest), rng.choice([1, 1, 1, 2, 4])))]
            lease = rng.random() < 0.25
            known = all(p in self.ontology.properties
                        for c in group for r in [c, *c.offers] for p, _ in r.stated)
            style = rng.choice(["ttl", "nt", "xml"] if len(group) == 1 and known else ["ttl", "nt"])
            self.files += 1
            name, options = f"{self.files}.{style}", ["--lease", "PT1H"] if lease else []
            for cloud in group:
                cloud.renamed = style == "xml"  # the XML form has no IRIs of the owner's
            if style == "xml":
                in_file = lease and rng.random() < 0.5
                text = write.advertisement(rng, group[0], " lease='PT1H'" if in_file else "")
                options = [] if in_file else options
            else:
                text = (write.turtle if style == "ttl" else write.ntriples)(rng, group)
            for cloud in group:
                cloud.expires = self.program.now + LEASE if lease else None
            self.program.run("import", *options, self.program.file(name, text))

    def some_clouds(self, most):
        return self.rng.sample(self.clouds, self.rng.randint(0, min(most, len(self.clouds) - 1)))

    def change(self):
        """Withdraws some clouds, replaces some, lets some leases run out."""
        rng = self.rng
        self.program.now += datetime.timedelta(minutes=rng.choice([10, 70]))
        for cloud in self.some_clouds(2):
            if cloud.expires is None or self.program.now < cloud.expires:
                self.program.run("withdraw", cloud.name)
                self.clouds.remove(cloud)
        for cloud in self.some_clouds(3):
            number = int(cloud.node[1].split(".")[0].removeprefix("http://cloud"))
            self.clouds[self.clouds.index(cloud)] = new = self.world.cloud(cloud.name, number)
            self.import_clouds([new])

    def ask(self, request):
        """None, or how the answers differ."""
        at, options = self.program.now, []
        if self.rng.random() < 0.2:
            at += self.rng.choice([LEASE * 2, LEASE / 2])
            options = ["--at", instant(at)]
        arguments = write.request_arguments(self.rng, request)
        if self.rng.random() < 0.2:
            options += ["--request", self.program.file("request.xml", write.request_xml(request))]
            arguments = []
        expected = self.matcher.match(self.clouds, request, at)
        self.asked += 1
        self.some += 0 < len(expected) < len(self.clouds)
        style = self.rng.random()
        if style < 0.1 or self.engine:
            # The native engine covers every query that a request compiles to. rasqal is the second
            # opinion: it runs them all too, and differs in none.
            engine = self.engine or self.rng.choice(["native", "rasqal"])
            how = f"sparql --engine {engine}"
            got = self.program.sparql_names(engine, *options, *arguments)
        elif style < 0.2:
            how, got = "match --offers", self.program.offers(*options, *arguments)
            expected, got = self.offers_of(expected, got, request)
        elif style < 0.3:
            limit = self.rng.randint(1, 4)
            how, got = "match", self.program.names(*options, "--limit", str(limit), *arguments)
            expected = expected[:limit]
        else:
            how, got = "match", self.program.names(*options, *arguments)
        if got != expected:
            return (f"asked:    {options + arguments}\n{how}: {got}\nexpected: {expected}")
        return None

    def offers_of(self, names, got, request):
        """Both answers in a form that can be compared: offers that have no IRI are counted."""
        mine = {}
        theirs = {name: [(len(offers), set()) for offers in parts] for name, parts in got.items()}
        for cloud in self.clouds:
            if cloud.name not in names:
                continue
            parts = [self.matcher.matching_offers(cloud, part) for part in request.parts()]
            if request.groups and not request.constraints:
                parts.insert(0, [])
            own = [set() if cloud.renamed else {n[1] for n in nodes if n[0] == "iri"}
                   for nodes in parts]
            mine[cloud.name] = [(len(nodes), iris) for nodes, iris in zip(parts, own)]
            if len(got.get(cloud.name, [])) == len(parts):
                theirs[cloud.name] = [(len(offers), iris & set(offers))
                                      for offers, iris in zip(got[cloud.name], own)]
        return mine, theirs

    def run(self, requests):
        """Asks everything; the first difference, or None."""
        self.program.load(self.text)
        self.import_clouds(self.clouds)
        for number in range(requests):
            if number == requests // 2:
                self.change()
            request = generate.random_request(self.rng, self.world, self.ontology, self.clouds)
            difference = self.ask(request)
            if difference:
                return difference + "\n" + Shrinker(self, request).report()
        return None


# ---- making a difference small ----

class Shrinker:
    """Drops clouds, offers, statements, constraints and values as long as the answers differ."""

    def __init__(self, trial, request):
        self.trial, self.tries = trial, 0
        live = [c for c in trial.clouds
                if c.expires is None or trial.program.now < c.expires]
        self.clouds, self.request = copy.deepcopy(live), copy.deepcopy(request)
        for cloud in self.clouds:
            cloud.expires = None

    def answers(self, clouds, request):
        """(the program's, the model's) for a new catalog of clouds written as N-Triples."""
        self.tries += 1
        with tempfile.TemporaryDirectory(prefix="intercloud-shrink-") as directory:
            program = Program(self.trial.program.binary, directory)
            rng = random.Random(0)
            try:
                program.load(self.trial.text)
                program.run("import", program.file("all.nt", write.ntriples(rng, clouds)))
                got = program.names(*write.request_arguments(rng, request))
            except Failure as failure:
                got = str(failure)
        return got, self.trial.matcher.match(clouds, request)

    def differ(self, clouds, request):
        got, expected = self.answers(clouds, request)
        return isinstance(got, list) and got != expected

    def without_one(self):
        """Every (clouds, request) that is one step smaller, the large steps first."""
        for i in range(len(self.clouds) if len(self.clouds) > 1 else 0):
            yield self.clouds[:i] + self.clouds[i + 1:], self.request
        for smaller in smaller_requests(self.request):
            yield self.clouds, smaller
        for i, cloud in enumerate(self.clouds):
            for smaller in smaller_clouds(cloud):
                yield self.clouds[:i] + [smaller] + self.clouds[i + 1:], self.request

    def report(self):
        got, expected = self.answers(self.clouds, self.request)
        if not isinstance(got, list) or got == expected:
            return "(written anew as N-Triples in a new catalog the answers agree)"
        doubtful = [c for c in self.clouds if (c.name in got) != (c.name in expected)][:1]
        if self.differ(doubtful, self.request):
            self.clouds = doubtful
        changed = True
        while changed and self.tries < SHRINK_TRIES_MAX:
            changed = False
            for clouds, request in self.without_one():
                if self.tries < SHRINK_TRIES_MAX and self.differ(clouds, request):
                    self.clouds, self.request, changed = clouds, request, True
                    break
        got, expected = self.answers(self.clouds, self.request)
        rng = random.Random(0)
        attributes = {s.attribute for part in self.request.parts() for c in part for s in c}
        attributes |= {p for c in self.clouds for r in [c, *c.offers] for p, _ in r.stated}
        known = [self.trial.ontology.properties[a] for a in sorted(attributes)
                 if a in self.trial.ontology.properties]
        return "\n".join(["smallest:", write.ntriples(rng, self.clouds),
                          f"request:  {write.request_arguments(rng, self.request)}",
                          f"match:    {got}", f"expected: {expected}",
                          *(f"where {p}" for p in known)])


def smaller_clouds(cloud):
    """Without an offer; without half of the statements of a resource, or one of few."""
    for j in range(len(cloud.offers)):
        fewer = copy.deepcopy(cloud)
        del fewer.offers[j]
        yield fewer
    for j in range(-1, len(cloud.offers)):
        count = len((cloud if j < 0 else cloud.offers[j]).stated)
        step = (count + 1) // 2 if count > 4 else 1
        for k in range(0, count, step):
            fewer = copy.deepcopy(cloud)
            del (fewer if j < 0 else fewer.offers[j]).stated[k:k + step]
            yield fewer


def smaller_requests(request):
    """Without a group; without a constraint, alternative or value of some part."""
    for i in range(len(request.groups)):
        if request.constraints or len(request.groups) > 1:
            fewer = copy.deepcopy(request)
            del fewer.groups[i]
            yield fewer
    for i, constraints in enumerate([request.constraints, *request.groups]):
        for smaller in smaller_constraints(constraints, bool(i == 0 and request.groups)):
            fewer = copy.deepcopy(request)
            if i == 0:
                fewer.constraints = smaller
            else:
                fewer.groups[i - 1] = smaller
            yield fewer


def smaller_constraints(constraints, may_be_empty):
    for i, constraint in enumerate(constraints):
        if len(constraints) > 1 or may_be_empty:
            yield constraints[:i] + constraints[i + 1:]
        for j, simple in enumerate(constraint):
            others = constraint[:j] + constraint[j + 1:]
            if others:
                yield constraints[:i] + [others] + constraints[i + 1:]
            for k in range(len(simple.values) if len(simple.values) > 1 else 0):
                values = simple.values[:k] + simple.values[k + 1:]
                less = dataclasses.replace(simple, values=values)
                yield (constraints[:i] + [constraint[:j] + [less] + constraint[j + 1:]]
                       + constraints[i + 1:])


# ---- the campaign ----

def read_ontology(directory):
    triples = []
    for path in sorted(glob.glob(os.path.join(directory, "*.ttl"))):
        with open(path, encoding="utf-8") as stream:
            triples += ttl.read(stream.read(), path)[0]
    return model.Ontology(triples)


def one_catalog(options, real, number):
    """(what went wrong or None, requests asked, answers that were neither empty nor all)"""
    rng = random.Random(f"{options.seed}.{number}")
    text, ontology = None, real
    if number % 4:
        text = generate.random_ontology(rng)
        ontology = model.Ontology(ttl.read(text)[0])
    directory = tempfile.mkdtemp(prefix="intercloud-reference-")
    trial = Trial(rng, Program(options.binary, directory), text, ontology,
                  options.engine)
    try:
        trouble = trial.run(options.requests)
    except (Failure, subprocess.TimeoutExpired, UnicodeDecodeError, json.JSONDecodeError) as failure:
        trouble = str(failure)
    if trouble and options.keep:
        trouble += f"\nkept: {directory}"
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return trouble, trial.asked, trial.some


def campaign(options):
    real = read_ontology(options.ontology)
    print(f"# seed {options.seed}, {options.catalogs} catalogs, {options.requests} requests each")
    print(f"1..{options.catalogs + 1}")
    asked = some = failed = 0
    for number in range(options.catalogs):
        trouble, more, telling = one_catalog(options, real, number)
        asked, some = asked + more, some + telling
        failed += bool(trouble)
        print(f"{'not ok' if trouble else 'ok'} {number + 1} - catalog {number} of seed "
              f"{options.seed}: {more} requests", flush=True)
        if trouble:
            print("# " + trouble.replace("\n", "\n# "), flush=True)
    # A comparison of empty answers would say nothing.
    telling = some * 3 > asked
    print(f"{'ok' if telling else 'not ok'} {options.catalogs + 1} - {some} of {asked} requests "
          "have an answer that is neither empty nor every cloud")
    return 1 if failed or not telling else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    build = os.environ.get("BUILD", os.path.join(TOP, "build"))
    parser.add_argument("--seed", default="1", help="any word; the same one repeats a campaign")
    parser.add_argument("--catalogs", type=int, default=60)
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--engine", help="ask `sparql` with this engine, not `match`")
    parser.add_argument("--binary", default=os.path.join(build, "intercloud-catalog"))
    parser.add_argument("--ontology", default=os.path.join(TOP, "ontology"))
    parser.add_argument("--keep", action="store_true", help="keep the catalogs that differ")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    sys.exit(campaign(options))


if __name__ == "__main__":
    main()
